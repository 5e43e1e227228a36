"""What a person sees in a workbook is what is read: errors, formulas, hidden sheets and rows, titles, covers, dates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from sheets import Cell, Day, Error, Formula, ods, xlsx

from withless.files.columns import Checked, check_columns
from withless.files.faults import Fault
from withless.files.header import wanted_by
from withless.files.tables import read_table
from withless.place import Column, TableSpec

LINES = TableSpec(
    "lines",
    "lines",
    (
        Column("id", "id", "id"),
        Column("name", "text", "name"),
        Column("net", "number", "net", unit="pounds/year"),
        Column("income", "number", "income", unit="pounds/year", blank=True),
        Column("month", "text", "month", required=False),
    ),
    key=("id",),
)
HEADER: list[Cell] = ["id", "name", "net", "income"]
ROWS: list[list[Cell]] = [["A", "Roads", 500, 20], ["B", "Parks", 700, 30]]
Writer = Callable[..., Path]
both = pytest.mark.parametrize(("write", "name"), [(xlsx, "t.xlsx"), (ods, "t.ods")])


def read(path: Path, hidden_rows: bool = False) -> tuple[Checked | None, list[Fault]]:
    faults: list[Fault] = []
    raw = read_table(path, path.name, faults, wanted_by(LINES), hidden_rows)
    return None if raw is None else check_columns(raw, LINES, {}, faults), faults


def made(folder: Path, write: Writer, name: str, rows: Sequence[Sequence[Cell]], **how: Any) -> Path:
    return write(folder / name, {"Lines": rows}, **how)


@both
def test_a_workbook_of_either_kind_is_read_alike(tmp_path: Path, write: Writer, name: str) -> None:
    table, faults = read(made(tmp_path, write, name, [HEADER, *ROWS]))
    assert table is not None
    assert faults == []
    assert table.table.words("id") == ("A", "B")
    assert table.table.numbers("net").tolist() == [500, 700]


@both
@pytest.mark.parametrize("code", ["#REF!", "#N/A", "#DIV/0!", "#VALUE!"])
def test_an_error_cell_is_no_blank(tmp_path: Path, write: Writer, name: str, code: str) -> None:
    _, (fault,) = read(made(tmp_path, write, name, [HEADER, ROWS[0], ["B", "Parks", 700, Error(code)]]))
    assert (fault.row, fault.column, fault.severity) == (3, "income", "error")
    assert code in fault.found


@both
def test_a_formula_without_a_result_is_no_blank(tmp_path: Path, write: Writer, name: str) -> None:
    _, (fault,) = read(made(tmp_path, write, name, [HEADER, ROWS[0], ["B", "Parks", 700, Formula("C3*2")]]))
    assert (fault.row, fault.column) == (3, "income")
    assert "C3*2" in fault.found


def test_a_zero_that_a_program_put_in_place_of_a_result_is_no_zero(tmp_path: Path) -> None:
    rows = [HEADER, ROWS[0], ["B", "Parks", Formula("100*7", "0"), 30]]
    _, (fault,) = read(made(tmp_path, xlsx, "t.xlsx", rows, recalculate=True))
    assert (fault.row, fault.column) == (3, "net")


@both
def test_a_formula_with_its_result_is_read(tmp_path: Path, write: Writer, name: str) -> None:
    table, faults = read(made(tmp_path, write, name, [HEADER, ROWS[0], ["B", "Parks", Formula("100*7", "700"), 30]]))
    assert table is not None
    assert faults == []
    assert table.table.numbers("net").tolist() == [500, 700]


@both
def test_an_error_in_a_column_that_nothing_reads_stops_nobody(tmp_path: Path, write: Writer, name: str) -> None:
    rows = [[*HEADER, "checked"], [*ROWS[0], Error("#N/A")], [*ROWS[1], "yes"]]
    _, faults = read(made(tmp_path, write, name, rows))
    assert [f.severity for f in faults] == ["warning"]


@both
def test_a_hidden_sheet_is_not_read_unless_it_is_named(tmp_path: Path, write: Writer, name: str) -> None:
    old = [HEADER, ["A", "Roads", 1, 0], ["B", "Parks", 2, 0]]
    path = write(tmp_path / name, {"Old": old, "New": [HEADER, *ROWS]}, hidden=["Old"])
    table, (fault,) = read(path)
    assert table is not None
    assert table.table.numbers("net").tolist() == [500, 700]
    assert "Old is hidden" in fault.mend
    named, faults = read(path.with_name(f"{name}#Old"))
    assert named is not None
    assert faults == []
    assert named.table.numbers("net").tolist() == [1, 2]


@both
def test_a_cover_sheet_is_passed_over_and_told(tmp_path: Path, write: Writer, name: str) -> None:
    cover = [["Budget lines 2026-27"], ["This sheet says what is in the others."]]
    table, (fault,) = read(write(tmp_path / name, {"Cover": cover, "Table_1": [HEADER, *ROWS]}))
    assert table is not None
    assert len(table.rows) == 2
    assert "Table_1" in fault.mend


@both
def test_two_sheets_with_the_columns_behind_a_cover_are_one_question(tmp_path: Path, write: Writer, name: str) -> None:
    cover = [["Budget lines"]]
    _, (fault,) = read(write(tmp_path / name, {"Cover": cover, "2025": [HEADER, *ROWS], "2026": [HEADER, *ROWS]}))
    assert "several sheets (2025, 2026)" in fault.found


@both
def test_rows_above_the_header_are_left_out_and_rows_keep_their_numbers(
    tmp_path: Path, write: Writer, name: str
) -> None:
    rows: list[list[Cell]] = [["Budget lines 2026-27"], ["Pounds"], [], HEADER, *ROWS]
    table, (fault,) = read(made(tmp_path, write, name, rows))
    assert table is not None
    assert table.rows.tolist() == [5, 6]
    assert (fault.row, fault.severity) == (1, "warning")
    assert "row 4" in fault.mend


@pytest.mark.parametrize("quote", ["", '"'])
def test_so_are_those_of_a_csv(tmp_path: Path, quote: str) -> None:
    text = f"{quote}Budget lines, draft{quote}\nPounds\n\nid;name;net;income\nA;Roads;500;20\nB;Parks;700;30\n"
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    table, faults = read(tmp_path / "t.csv")
    assert table is not None
    assert table.rows.tolist() == [5, 6]
    assert {f.severity for f in faults} == {"warning"}


def test_no_header_at_all_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("Code,Title,Spending,Fees\nA,Roads,500,20\nB,Parks,1,2\n", encoding="utf-8")
    wide = TableSpec("lines", "", tuple(Column(f"thing_{i}", "text", "") for i in "abcdef"), ())
    faults: list[Fault] = []
    raw = read_table(tmp_path / "t.csv", "t.csv", faults, wanted_by(wide))
    assert raw is not None
    check_columns(raw, wide, {}, faults)
    assert len(faults) == 1
    assert "thing_a, thing_b" in faults[0].expected


@both
def test_hidden_rows_are_told_and_read_only_when_said_so(tmp_path: Path, write: Writer, name: str) -> None:
    path = made(tmp_path, write, name, [HEADER, *ROWS], hidden_rows=[3])
    table, (fault,) = read(path)
    assert table is not None
    assert table.table.words("id") == ("A",)
    assert "1 hidden row" in fault.found
    whole, faults = read(path, hidden_rows=True)
    assert whole is not None
    assert whole.table.words("id") == ("A", "B")
    assert faults == []


@both
def test_a_date_cell_is_a_month_in_a_column_of_months(tmp_path: Path, write: Writer, name: str) -> None:
    rows = [[*HEADER, "month"], [*ROWS[0], Day(46082)], [*ROWS[1], "Mar-26"]]
    table, faults = read(made(tmp_path, write, name, rows))
    assert table is not None
    assert faults == []
    assert table.table.words("month") == ("2026-03", "2026-03")


def test_cells_merged_downwards_hold_their_value_in_every_row(tmp_path: Path) -> None:
    rows = [[*HEADER, "month"], [*ROWS[0], "2026-03"], [*ROWS[1], None]]
    table, (fault,) = read(made(tmp_path, xlsx, "t.xlsx", rows, merged=["E2:E3"]))
    assert table is not None
    assert table.table.words("month") == ("2026-03", "2026-03")
    assert fault.severity == "warning"


@both
def test_row_numbers_without_a_name_are_left_out(tmp_path: Path, write: Writer, name: str) -> None:
    table, (fault,) = read(made(tmp_path, write, name, [[None, *HEADER], [0, *ROWS[0]], [1, *ROWS[1]]]))
    assert table is not None
    assert (fault.severity, fault.column) == ("warning", "column 1")


def test_an_age_band_that_became_a_date_is_named(tmp_path: Path) -> None:
    spec = TableSpec("p", "", (Column("id", "id", ""), Column("age_band", "choice", "", choices=("0-15", "16-24"))))
    path = xlsx(tmp_path / "t.xlsx", {"S": [["id", "age_band"], ["A", Day(46037)], ["B", "16-24"]]})
    faults: list[Fault] = []
    raw = read_table(path, path.name, faults, wanted_by(spec))
    assert raw is not None
    check_columns(raw, spec, {}, faults)
    assert "It probably was 0-15" in faults[0].mend
