"""What a whole table gives away: places apart, pairs that are not there, amounts that cannot be meant, names alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from withless.files import check
from withless.files.faults import Fault
from withless.files.libraries import spans

AREAS = "id,name,x,y,decile\n" + "".join(
    f"A{i},Area {i},{420_000 + 1_000 * (i % 4)},{441_000 + 1_000 * (i // 4)},{i % 10 + 1}\n" for i in range(12)
)
BANDS = {"0-15": 300, "16-24": 150, "25-64": 800, "65-74": 150, "75-84": 80, "85+": 40}
PEOPLE = "area,age_band,people\n" + "".join(f"A{i},{b},{n}\n" for i in range(12) for b, n in BANDS.items())
HEAD = "id,name,type,x,y,hours,staffed_hours,users,visits,gross_cost,income,fixed_share,run_by,capital_receipt,mothball_cost\n"
LIBRARIES = (
    f"{HEAD}L1,Hill,library,420100,441100,40,40,900,19000,400000,20000,0.5,council,300000,8000\n"
    "L2,Mill,library,423050,442100,30,30,700,12000,300000,15000,0.5,council,250000,6000\n"
    "L3,Rise,library,422020,443050,20,20,400,7000,200000,10000,0.5,council,120000,4000\n"
)
LINES = (
    "id,name,kind,net,income\nadults,Adult care,service,6100000,800000\nroads,Roads,service,1300000,310000\n"
    "bins,Bins,service,900000,20000\ntax,Council tax,council_tax,-7000000,7000000\n"
)
PLACE = """withless: 1
name: Testvale
invented: true
calendar: {start: 2026-04, quarters: 12}
areas: areas.csv
people: people.csv
services:
  libraries:
    kind: venues
    budget: £900k
    tables: {venues: libraries.csv%s}
  other:
    kind: budget
    budget: £1.4m
    tables: {lines: lines.csv}
"""


def faults_of(folder: Path, **changed: str) -> list[Fault]:
    """What check says of a small place with some of its files changed; `travel` adds that table."""
    files = {"areas": AREAS, "people": PEOPLE, "libraries": LIBRARIES, "lines": LINES, **changed}
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    (folder / "place.yaml").write_text(
        PLACE % (", travel: travel.csv" if "travel" in changed else ""), encoding="utf-8"
    )
    return check(folder)


def test_the_place_itself_has_no_faults(tmp_path: Path) -> None:
    assert faults_of(tmp_path) == []


def test_venues_with_x_and_y_swapped_are_refused_though_both_points_are_on_land(tmp_path: Path) -> None:
    rows = [r.split(",") for r in LIBRARIES.splitlines()]
    swapped = "\n".join(",".join([*r[:3], r[4], r[3], *r[5:]]) if i else ",".join(r) for i, r in enumerate(rows))
    (fault,) = faults_of(tmp_path, libraries=swapped)
    assert (fault.severity, fault.column) == ("error", "x, y")
    assert "swapped" in fault.mend


def test_so_are_areas(tmp_path: Path) -> None:
    rows = [r.split(",") for r in AREAS.splitlines()]
    swapped = "\n".join(",".join([*r[:2], r[3], r[2], *r[4:]]) if i else ",".join(r) for i, r in enumerate(rows))
    faults = faults_of(tmp_path, areas=swapped)
    assert any(f.severity == "error" and "swapped" in f.mend for f in faults)


def test_one_venue_far_from_every_area_is_a_warning(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, libraries=LIBRARIES.replace("422020,443050", "472020,443050"))
    assert (fault.severity, fault.row) == ("warning", 4)


@pytest.mark.parametrize(
    ("point", "severity"), [("441000,420000", "error"), ("0,0", "error"), ("520000,441000", "warning")]
)
def test_one_area_far_from_all_others_is_told(tmp_path: Path, point: str, severity: str) -> None:
    (fault,) = faults_of(tmp_path, areas=AREAS.replace("420000,441000", point))
    assert (fault.severity, fault.row, fault.file) == (severity, 2, "areas.csv")


def test_pairs_that_a_travel_table_lacks_are_counted(tmp_path: Path) -> None:
    travel = "area,venue,mode,minutes\nA0,L1,car,5\nA0,L2,car,\nA1,L1,no_car,unreachable\n"
    missing, cut = faults_of(tmp_path, travel=travel)
    assert "3 of 72 pairs" in missing.found
    assert "2 pairs without minutes" in cut.found
    assert {missing.severity, cut.severity} == {"warning"}


def thousandth(text: str, columns: tuple[str, ...], factor: float) -> str:
    head, *rows = text.splitlines()
    names = head.split(",")
    at = [names.index(c) for c in columns]
    out = [head]
    for row in rows:
        cells = row.split(",")
        out.append(",".join(f"{float(c) * factor:.10g}" if i in at else c for i, c in enumerate(cells)))
    return "\n".join(out) + "\n"


@pytest.mark.parametrize(
    ("file", "columns", "factor"),
    [
        ("libraries", ("gross_cost", "income"), 1e-3),
        ("libraries", ("gross_cost", "income"), 1e3),
        ("libraries", ("gross_cost",), 1e-3),
        ("libraries", ("capital_receipt",), 1e3),
        ("libraries", ("income",), 1e3),
        ("lines", ("net", "income"), 1e-3),
        ("lines", ("net", "income"), 1e3),
    ],
)
def test_a_table_in_thousands_or_a_thousand_times_too_large_is_told(
    tmp_path: Path, file: str, columns: tuple[str, ...], factor: float
) -> None:
    text = {"libraries": LIBRARIES, "lines": LINES}[file]
    assert faults_of(tmp_path, **{file: thousandth(text, columns, factor)})


def test_funding_with_its_sign_turned_is_refused(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, lines=LINES.replace("-7000000,7000000", "7000000,-7000000"))
    assert any(f.severity == "error" and f.column == "income" for f in faults)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("08:30-18:00", 9.5), ("09:00-12:30,13:30-17:00", 7.0), ("9am-5pm", 8.0), ("10-4", 6.0), ("", 0.0), ("Closed", 0.0),
        ("7.5", 7.5), ("9:00 to 12:00 and 14:00 to 17:00", 6.0), ("by appointment", None), ("18:00-08:30", None),
    ],
)  # fmt: skip
def test_a_days_hours_are_read_as_people_write_them(text: str, hours: float | None) -> None:
    assert spans(text) == hours


def test_opening_hours_by_day_make_the_hours_of_the_week(tmp_path: Path) -> None:
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    head = HEAD.replace("hours,staffed_hours,", "".join(f"{d} hours," for d in days))
    rows = "".join(
        f"L{i},Library {i},library,42{i}100,441100,{'08:30-18:00,' * 3}08:30-20:00,08:30-18:00,09:00-17:00,,900,19000,"
        "200000,20000,0.5,council,300000,8000\n"
        for i in (1, 2, 3)
    )
    (fault,) = faults_of(tmp_path, libraries=head + rows)
    assert fault.severity == "warning"
    assert "57.5 a week" in fault.mend


def test_a_name_that_differs_by_a_letter_is_told(tmp_path: Path) -> None:
    from withless.files.columns import check_columns
    from withless.files.header import wanted_by
    from withless.files.names import check_names_alike
    from withless.files.tables import read_table
    from withless.place import Column, TableSpec

    spec = TableSpec(
        "values", "", (Column("programme", "text", ""), Column("outcome", "text", ""), Column("low", "number", ""))
    )
    outcomes = ["offences_averted", "offences_averted", "ofences_averted", "in_work", "in_work", "in_work_2"]
    (tmp_path / "t.csv").write_text(
        "programme,outcome,low\n" + "".join(f"P{i},{o},1\n" for i, o in enumerate(outcomes))
    )
    faults: list[Fault] = []
    raw = read_table(tmp_path / "t.csv", "t.csv", faults, wanted_by(spec))
    assert raw is not None
    check_names_alike(check_columns(raw, spec, {}, faults), spec, faults)
    (fault,) = faults
    assert ("ofences" in fault.found, "offences" in fault.expected, fault.row) == (True, True, 4)


def test_one_workbook_with_a_sheet_for_every_table_is_read_without_a_word(tmp_path: Path) -> None:
    from sheets import xlsx

    texts = {"Libraries": LIBRARIES, "Lines": LINES, "People": PEOPLE, "Areas": AREAS}
    book = {n: [[c or None for c in r.split(",")] for r in t.splitlines()] for n, t in texts.items()}
    xlsx(tmp_path / "all.xlsx", book)
    place = (PLACE % "").replace("areas.csv", "all.xlsx").replace("people.csv", "all.xlsx")
    place = place.replace("libraries.csv", "all.xlsx").replace("lines.csv", "all.xlsx")
    (tmp_path / "place.yaml").write_text(place, encoding="utf-8")
    assert check(tmp_path) == []
