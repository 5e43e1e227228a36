"""Slips of whole tables and plans that no single cell shows, each told in one sentence: other units, rows twice, odd headers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from mutated_place import (
    CLIENTS,
    COSTS,
    FLOWS,
    LINES,
    PEOPLE,
    PROGRAMMES,
    TRAVEL,
    USE,
    VALUES,
    VENUES,
    WAITS,
    WORTH,
    YOUNG,
    Rows,
    base,
    csv_of,
    meaning,
    place_yaml,
    plan_yaml,
    read,
)


def column(rows: Rows, name: str, change: Callable[[str], str], only: int | None = None) -> Rows:
    """The table with a column changed, in all rows or in one (from 1)."""
    at = rows[0].index(name)
    return [
        [change(c) if i and j == at and c and only in (None, i) else c for j, c in enumerate(row)]
        for i, row in enumerate(rows)
    ]


def times(factor: float) -> Callable[[str], str]:
    return lambda cell: f"{float(cell) * factor:.10g}"


def both(rows: Rows, factor: float) -> Rows:
    return column(column(rows, "low", times(factor)), "high", times(factor))


def told(folder: Path, kind: str, table: str, content: Rows | bytes) -> list[str]:
    data = content if isinstance(content, bytes) else csv_of(content)
    return [str(f) for f in read(folder, kind, table, f"{table}.csv", data).faults]


SEXES = [[*PEOPLE[0], "sex"], *([*row, s] for row in PEOPLE[1:] for s in ("Male", "Female", "T"))]
MANY = [
    ("venues", "people", column(PEOPLE, "people", times(1000)), "these districts?"),
    ("venues", "people", column(PEOPLE, "people", times(1000), 9), "813,000 people of 25-64 in A01"),
    ("venues", "people", [r for r in PEOPLE if r[:2] != ["A05", "25-64"]], "no row for A05, 25-64"),
    ("venues", "people", SEXES, "people count twice"),
    ("venues", "travel", column(TRAVEL, "minutes", times(1 / 60)), "in hours?"),
    ("venues", "travel", column(TRAVEL, "minutes", lambda c: str(min(60 * int(c), 599))), "in seconds"),
    ("venues", "venues", [*VENUES, ["L9", *VENUES[1][1:]]], 'found "L9" and "L1" (row 2), alike but for the id'),
    ("venues", "venues", [*VENUES, ["AVG", "Average", *VENUES[1][2:]]], "an average"),
    ("venues", "use", column(USE, "venue", lambda c: c.replace("L1", "\uff2c\uff11")), 'expected "L1"'),
    ("venues", "use", column(USE, "area", lambda c: c.replace("A", "\u0410")), "of another alphabet"),
    ("waits", "flows", column(FLOWS, "clock_starts", times(1000)), "treated or removed in the month"),
    ("waits", "flows", column(FLOWS, "clock_starts", times(0.001)), "Are these of a year, or in thousands?"),
    ("waits", "flows", column(FLOWS, "clock_starts", times(12)), "Are these of a year, or in thousands?"),
    ("waits", "flows", column(FLOWS, "removals", lambda _: "90000"), "90,000 removals from a list of"),
    ("care", "clients", column(CLIENTS, "hours_week", times(1 / 7)), "Are these hours a day?"),
    ("care", "costs", column(COSTS, "pounds", lambda _: "1900", 2), "a charge of £1,900 a week"),
    ("programmes", "worth", both(WORTH, 0.001), "of worth for a pound spent"),
    ("programmes", "worth", both(WORTH, 1000), "of worth for a pound spent"),
    ("programmes", "values", both(VALUES, 100), "of worth for a pound spent"),
    ("programmes", "young", column(YOUNG, "people", times(0.001)), "Are people in thousands"),
    ("programmes", "programmes", [*PROGRAMMES, ["clubs", *PROGRAMMES[1][1:]]], 'found "clubs" and "CLUBS"'),
    ("budget", "lines", column(LINES, "income", lambda c: f"-{c}", 1), "what it brings in, above 0"),
    ("budget", "lines", column(LINES, "income", lambda _: "1000000000", 3), "five times what all services cost"),
    ("budget", "lines", column(LINES, "kind", lambda _: "service", 5), "Is it a grant?"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "table", "rows", "words"), MANY, ids=lambda v: v if isinstance(v, str) else "")
def test_a_slip_of_a_whole_table_is_told_once(tmp_path: Path, kind: str, table: str, rows: Rows, words: str) -> None:
    faults = told(tmp_path, kind, table, rows)
    assert sum(words in f for f in faults) == 1, faults


def test_months_are_read_in_the_forms_that_systems_write(tmp_path: Path) -> None:
    whole = meaning(read(tmp_path, "waits"))
    for form in ("202603", "2026-03-01T00:00:00", "2026-03-31 00:00:00", "Mar-26"):
        changed = csv_of(column(FLOWS, "month", lambda _, form=form: form))  # type: ignore[misc]
        assert meaning(read(tmp_path, "waits", "flows", "flows.csv", changed)) == whole, form


def test_one_cause_in_every_row_is_one_sentence(tmp_path: Path) -> None:
    many = [FLOWS[0], *([f"s{i}", "some day", "300", "11", "640"] for i in range(9))]
    (fault,) = [f for f in told(tmp_path, "waits", "flows", many) if "a month such as" in f]
    assert "and 8 more like this" in fault


HEADERS = [
    ([*LINES[:3], ["ID", "Name", "Kind", "Net (£)", "Income (£)"], *LINES[3:]], "row 4: found the header again"),
    ([LINES[0], ["", "", "", "£", "£"], *LINES[1:]], "a second row of headers (£, £)"),
    ([LINES[0], ["", "", "", "£000", "£000"], *LINES[1:]], "write pounds, or £240k in each cell"),
    ([["id", "name", "kind", "net £000", "income"], *LINES[1:]], "net £000 is not in pounds"),
    ([["id", "name", "kind", "net (£m)", "income"], *LINES[1:]], "net (£m) is not in pounds"),
]


@pytest.mark.parametrize(("rows", "words"), HEADERS)
def test_a_header_that_is_no_plain_header_is_told_in_one_sentence(tmp_path: Path, rows: Rows, words: str) -> None:
    (fault,) = told(tmp_path, "budget", "lines", rows)
    assert words in fault


def test_a_header_may_name_pounds(tmp_path: Path) -> None:
    rows = [["id", "name", "kind", "Net (£)", "income £"], *LINES[1:]]
    assert told(tmp_path, "budget", "lines", rows) == []


def test_weeks_and_numbers_under_a_header_are_no_row_of_units(tmp_path: Path) -> None:
    assert told(tmp_path, "waits", "bands", WAITS) == []


PLANS_ = [
    ("venues", {"booked_saving: £40k": "booked_saving: £40k", "one_off_cost: £21k": "one_off_cost: £21m"}, "50 years"),
    ("venues", {"posts: 2": "posts: 2000"}, "2000 posts fewer"),
    ("budget", {"{add: -£40k}": "{set: £1.3bn}"}, "of the order of today's"),
    ("budget", {"{add: -£40k}": "{set: £1.3k}"}, "of the order of today's"),
    ("venues", {"[L1, L3]": "Hill Library"}, "That is the name of L1"),
    ("venues", {"[L1, L3]": "ALL"}, "Did you mean all?"),
    ("venues", {"{scale: 0.8}": "minus 20%"}, "or -20% for a cut"),
    ("venues", {"by: 2028-29": "by: 2029"}, "Write 2028-29 or 2029-30."),
]


@pytest.mark.parametrize(("kind", "changes", "words"), PLANS_)
def test_a_slip_in_a_plan_is_told_once(tmp_path: Path, kind: str, changes: Mapping[str, str], words: str) -> None:
    text = plan_yaml(kind)
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    faults = [str(f) for f in read(tmp_path, kind, "plan.yaml", "", text.encode()).faults]
    assert sum(words in f for f in faults) == 1, faults


def place_faults(folder: Path, old: str, new: str) -> list[str]:
    text = place_yaml("venues", {t: f"{t}.csv" for t in base("venues")})
    assert old in text
    return [str(f) for f in read(folder, "venues", "place.yaml", "", text.replace(old, new).encode()).faults]


def test_two_services_cannot_have_one_table(tmp_path: Path) -> None:
    again = "services:\n  museums: {kind: venues, payer: council, budget: £1.02m, tables: {venues: venues.csv}}\n"
    (fault,) = place_faults(tmp_path, "services:\n", again)
    assert "would count twice" in fault


def test_a_budget_in_thousands_is_one_error_of_the_table(tmp_path: Path) -> None:
    faults = [f for f in place_faults(tmp_path, "£1.02m", "1020") if f.startswith("venues.csv")]
    assert len(faults) == 1
    assert "the budget in thousands?" in faults[0]
