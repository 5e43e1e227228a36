"""Youth spending of an authority is found by its words in every year's layout, and what cannot be compared is said."""

import csv
import io
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from withless.cli import app
from withless.files import Faults
from withless.sources.deflator import deflator
from withless.sources.youth_spending import COLUMNS, EARLY, FIRST, NEW, OLD, youth_spending

UNIVERSAL, TARGETED = "Universal services for young people", "Targeted services for young people "
WORDS = {
    "2010-11": {
        2: "Youth offender teams",
        41: f"{UNIVERSAL} (including youth work,  advice)",
        42: TARGETED,
        43: "Substances misuse services (Drugs)",
        44: "Teenage pregnancy services",
        45: "Connexions",
        52: "Youth work - (memorandum expenditure Included in\xa0lines 41 and 42 above)",
    },
    "2011-12": {
        29: f"{UNIVERSAL} (including youth work, positive",
        30: f"{TARGETED}(including youth work, positive",
        31: "Substances misuse services (Drugs, alcohol and volatile substances)",
        32: "Teenage pregnancy services",
    },
    "2012-13": {
        27: f"27 {UNIVERSAL} (advice)",
        28: f"28 {TARGETED}",
        30: "30 Youth Justice",
        34: "34 Teenage pregnancy services",
    },
    "2013-14": {
        28: f"28 {UNIVERSAL}",
        29: f"29 {TARGETED}",
        31: "31 Youth Justice",
        36: "36 Teenage pregnancy services(included in lines 27 and 28 above)",
    },
}
NAMES = ("Somewhere", "North Somewhere", "King\u2019s Town")


def write(
    folder: Path,
    year: str,
    cells: dict[tuple[str, int], tuple[str, str, str]] | None = None,
    header: tuple[str, ...] = (),
) -> Path:
    """A file of a year in Windows-1252; `cells` gives gross, income and net of a line of an authority."""
    names = list(header or (OLD if year == "2010-11" else NEW))
    names[4:4] = ["Own Provision"]
    rows = [names]
    for number, name in enumerate(NAMES, 201):
        for line, words in WORDS[year].items():
            gross, income, net = (cells or {}).get((name, line), (str(100 + line), str(line), "100"))
            rows.append([str(number), name, str(line), words, "0", gross, income, net])
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    path = folder / f"s251_{year}.csv"
    path.write_bytes(out.getvalue().encode("cp1252"))
    return path


def test_lines_are_found_though_their_numbers_change_every_year(tmp_path: Path) -> None:
    files = [write(tmp_path, year) for year in ("2013-14", "2010-11", "2012-13")]
    table = youth_spending(files, "Somewhere", least=3).table
    assert table.columns == list(COLUMNS)
    found = table.filter(pl.col("service").is_in(["universal", "targeted"])).select("year", "service", "line", "gross")
    assert found.rows() == [
        ("2010-11", "universal", "41", 141.0),
        ("2010-11", "targeted", "42", 142.0),
        ("2012-13", "universal", "27", 127.0),
        ("2012-13", "targeted", "28", 128.0),
        ("2013-14", "universal", "28", 128.0),
        ("2013-14", "targeted", "29", 129.0),
    ]


def test_parts_that_are_within_the_two_are_not_counted_again(tmp_path: Path) -> None:
    made = youth_spending([write(tmp_path, year) for year in WORDS], "Somewhere", least=3)
    others = made.table.filter(~pl.col("service").is_in(["universal", "targeted"]))
    apart = ["substance_misuse", "teenage_pregnancy"]
    assert others.select("year", "service").rows() == [
        *(("2010-11", s) for s in (*apart, "connexions")), *(("2011-12", s) for s in apart),
    ]  # fmt: skip
    assert any("Compare all lines" in note for note in made.notes)


@pytest.mark.parametrize("header", [EARLY, FIRST])
def test_the_years_without_a_line_on_youth_services_say_so(tmp_path: Path, header: tuple[str, ...]) -> None:
    rows = [
        ["1 " if header is FIRST else "", "Secure accommodation (youth justice)"],
        ["27 ", "Teenage pregnancy services"],
    ]
    text = ",".join(h for h in header if h) + "\n"
    for number, name in enumerate(NAMES, 201):
        for line, words in rows:
            numbered = [f"{line}{words}"] if header is FIRST else [line.strip() or "1", words]
            text += ",".join([str(number), name, *numbered, "50", "10", "40"]) + "\n"
    (tmp_path / "s.csv").write_text(text)
    made = youth_spending([tmp_path / "s.csv"], "Somewhere", least=3)
    assert made.table.select("service", "line", "net").rows() == [("teenage_pregnancy", "27", 40.0)]
    assert any("no line on youth services" in note for note in made.notes)


@pytest.mark.parametrize("mark", ["", "-", "*", ".."])
def test_a_mark_is_a_gap_and_not_nothing(tmp_path: Path, mark: str) -> None:
    made = youth_spending([write(tmp_path, "2013-14", {("Somewhere", 28): ("9", mark, "9")})], "Somewhere", least=3)
    assert made.table["income"].to_list() == [None, 29.0]
    assert any("Gaps in 2013-14" in note and "Income: no figure" in note for note in made.notes)


def test_net_that_is_not_gross_less_income_is_left_and_said(tmp_path: Path) -> None:
    made = youth_spending(
        [write(tmp_path, "2013-14", {("Somewhere", 28): ("900", "100", "500")})], "Somewhere", least=3
    )
    assert made.table["net"].to_list() == [500.0, 100.0]
    assert any("is not gross £900 less income £100" in note for note in made.notes)


def test_a_cell_that_is_no_number_is_told_with_its_row(tmp_path: Path) -> None:
    with pytest.raises(Faults, match=r'row 2, TotalExpenditure: found "1OO"'):
        youth_spending([write(tmp_path, "2013-14", {("Somewhere", 28): ("1OO", "0", "1")})], "Somewhere", least=3)


def test_a_renamed_column_is_told_with_its_likeness(tmp_path: Path) -> None:
    header = tuple(n.replace("TotalExpenditure", "Total Expenditure") for n in NEW)
    with pytest.raises(Faults, match=r"TotalExpenditure: found no such column.*Did you mean Total Expenditure"):
        youth_spending([write(tmp_path, "2013-14", header=header)], "Somewhere", least=3)


def test_half_a_file_is_told_wherever_it_breaks_off(tmp_path: Path) -> None:
    path = write(tmp_path, "2013-14")
    whole = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(whole[:-2]))
    with pytest.raises(Faults, match="is this half of the file"):
        youth_spending([path], "Somewhere", least=3)
    path.write_bytes(b"".join(whole[:9]))
    with pytest.raises(Faults, match="is this half of the file"):
        youth_spending([path], "Somewhere", least=3)


def test_a_year_that_is_not_known_and_one_that_comes_twice_are_told(tmp_path: Path) -> None:
    path = write(tmp_path, "2013-14")
    (tmp_path / "again.csv").write_bytes(path.read_bytes())
    with pytest.raises(Faults, match="2013-14 for the second time"):
        youth_spending([path, tmp_path / "again.csv"], "Somewhere", least=3)
    path.write_bytes(path.read_bytes().replace(b",28,28 Univ", b",33,33 Univ"))
    with pytest.raises(Faults, match="universal services on line 33"):
        youth_spending([path], "Somewhere", least=3)


def test_files_that_are_no_such_thing_are_told_all_at_once(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_bytes(b"")
    with pytest.raises(Faults) as told:
        youth_spending([tmp_path / "none.csv", tmp_path / "empty.csv"], "Somewhere", least=3)
    assert "no such file" in str(told.value)
    assert "no rows" in str(told.value)


def test_an_authority_that_is_not_there_is_answered_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(Faults, match="Did you mean Somewhere"):
        youth_spending([write(tmp_path, "2013-14")], "Somewher", least=3)


def test_real_terms_are_by_the_stated_deflator(tmp_path: Path) -> None:
    made = youth_spending([write(tmp_path, "2010-11")], "Somewhere", prices="2013-14", least=3)
    assert made.table["gross"][0] == pytest.approx(141 * deflator().factor("2010-11", "2013-14"), abs=0.01)
    assert set(made.table["prices"]) == {"2013-14"}


def test_somerset_is_as_published(shared_data: Path, tmp_path: Path) -> None:
    out = tmp_path / "youth.csv"
    files = [str(shared_data / "youth" / f"s251_outturn_{y}.csv") for y in ("1011", "1213", "1314")]
    told = CliRunner().invoke(app, ["import", "youth-spending", *files, "--authority", "Somerset", "--out", str(out)])
    assert told.exit_code == 0, told.output
    table = pl.read_csv(out)
    assert table.filter(pl.col("year") == "2010-11")["gross"].sum() == pytest.approx(11_402_454.22)
    assert table.filter(pl.col("year") == "2013-14")["net"].sum() == 3_189_120


def test_every_authority_can_be_read_in_every_year(shared_data: Path) -> None:
    files = sorted((shared_data / "youth").glob("s251_outturn_*.csv"))
    for name in ("Darlington", "Birmingham", "City of London", "Isle of Wight", "St. Helens"):
        assert youth_spending(files, name).table.height == 9
