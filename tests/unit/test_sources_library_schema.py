"""Members and visits in the national library schema: joined to a place's own areas and libraries, with what is judged said."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from mutated_place import AREAS, PEOPLE, VENUES, csv_of, place_yaml
from typer.testing import CliRunner

from withless.cli import app

MEMBERS = "Local authority,Count date,Area code,Members\n"
VISITS = "Local authority,Library name,Count start,Count end,Count type,Visits\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A place with four libraries at the corners of twelve areas."""
    folder = tmp_path / "vale"
    folder.mkdir()
    for name, rows in (("areas", AREAS), ("people", PEOPLE), ("venues", VENUES)):
        (folder / f"{name}.csv").write_bytes(csv_of(rows))
    text = place_yaml("venues", {t: f"{t}.csv" for t in ("areas", "people", "venues", "use", "travel")})
    (folder / "place.yaml").write_text(text.replace(", use: use.csv, travel: travel.csv", ""), encoding="utf-8")
    return folder


def run(command: str, folder: Path, place: Path, csv: str) -> tuple[int, str]:
    (folder / "published.csv").write_text(csv, encoding="utf-8")
    words = [
        command,
        folder / "published.csv",
        "--place",
        place,
        "--out",
        folder / "o.csv",
        "--venues",
        folder / "v.csv",
    ]
    told = CliRunner().invoke(app, ["import", *map(str, words)])
    assert "Traceback" not in told.output
    return told.exit_code, " ".join(told.output.split())


def column(file: Path, name: str) -> list[float]:
    return pl.read_csv(file)[name].to_list()


def test_members_of_the_latest_count_are_shared_out_among_the_libraries(tmp_path: Path, place: Path) -> None:
    rows = "".join(f"Vale,2018-10-23,A{i:02d},{100 + i}\n" for i in range(12))
    old = "".join(f"Vale,2017-10-23,A{i:02d},999\n" for i in range(12))
    code, told = run("library-members", tmp_path, place, MEMBERS + old + rows + "Vale,2018-10-23,E01014486,557\n")
    assert code == 0, told
    assert "1,266 members in 12 areas" in told
    assert "557 live in areas that the place does not have" in told
    assert "12 rows of earlier counts are left out" in told
    assert column(tmp_path / "o.csv", "members") == [100.0 + i for i in range(12)]
    users = column(tmp_path / "v.csv", "users")
    assert sum(users) == pytest.approx(1266, abs=3)
    assert users[0] > users[3]  # 40 hours a week against 15


def test_an_area_goes_to_the_library_in_it(tmp_path: Path, place: Path) -> None:
    assert run("library-members", tmp_path, place, MEMBERS + "Vale,2018-10-23,A00,100\n")[0] == 0
    assert column(tmp_path / "v.csv", "users")[0] > 85


def test_members_of_another_place_are_refused(tmp_path: Path, place: Path) -> None:
    code, told = run("library-members", tmp_path, place, MEMBERS + "Bristol,2018-10-23,E01014486,557\n")
    assert code == 1
    assert "no area of the place" in told


def test_visits_of_months_weeks_and_a_year_are_of_a_year(tmp_path: Path, place: Path) -> None:
    months = "".join(f"Vale,Hill,2019-{m:02d}-01,2019-{m:02d}-{d},Counter,{d * 100}\n" for m, d in ((1, 31), (2, 28)))
    week = "Vale,Mill Library,2019-02-11,2019-02-17,By hand,70\nVale,Mill Library,2019-05-13,2019-05-19,By hand,140\n"
    year = "Vale,Rise,2018-04-01,2019-03-31,Counter,5000\nVale,Rise,2017-04-01,2018-03-31,Counter,9000\n"
    code, told = run(
        "library-visits", tmp_path, place, VISITS + months + week + year + "Vale,Elsewhere,2019-01-01,2019-12-31,,1\n"
    )
    assert code == 0, told
    got = {
        r["library"]: (r["venue"], r["visits"], r["days_counted"]) for r in pl.read_csv(tmp_path / "o.csv").to_dicts()
    }
    assert got["Hill"] == ("L1", round(100 * 365.25), 59)
    assert got["Mill Library"] == ("L2", round(15 * 365.25), 14)
    assert got["Rise"][:2] == ("L3", pytest.approx(5000, rel=0.001))
    assert "fewer than 300 days and scaled to a year, as if other days were like them: Hill, Mill Library." in told
    assert "Not found in the place by name: Elsewhere." in told
    assert column(tmp_path / "v.csv", "visits")[3] == 3190  # not counted: as it was


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("Vale,Hill,2019-01-01,2019-01-31,Counter,5\nVale,Hill,2019-01-15,2019-02-15,By hand,5\n", "row 2 counts too"),
        ("Vale,Hill,2019-02-01,2019-01-01,Counter,5\n", "a day before count_start"),
        ("Vale,Hill,2019-02-01,soon,Counter,5\n", "expected a date"),
        ("Vale,Nowhere,2019-01-01,2019-01-31,Counter,5\n", "no library of the place by name"),
        ("Vale,Hill,2019-01-01,2019-01-31,Counter,many\n", "visits: found"),
    ],
)
def test_visits_that_cannot_be_counted_are_refused(tmp_path: Path, place: Path, rows: str, words: str) -> None:
    code, told = run("library-visits", tmp_path, place, VISITS + rows)
    assert code == 1
    assert words in told
    assert not (tmp_path / "o.csv").exists()
