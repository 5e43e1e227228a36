"""Rows that would count twice are refused with their parts named: totals, headers again, rows twice; one cause, one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from withless.files.columns import check_columns
from withless.files.faults import Fault
from withless.files.header import wanted_by
from withless.files.tables import read_table
from withless.place import Column, TableSpec

POUNDS = "pounds/year"
LINES = TableSpec(
    "lines",
    "lines",
    (
        Column("id", "id", "id"),
        Column("name", "text", "name"),
        Column("kind", "choice", "kind", choices=("service", "grant")),
        Column("net", "number", "net", unit=POUNDS),
        Column("income", "number", "income", unit=POUNDS, blank=True),
    ),
    key=("id",),
)
BANDS = TableSpec(
    "bands",
    "bands",
    (
        Column("specialty", "text", "specialty"),
        Column("month", "text", "month"),
        Column("week_from", "number", "weeks"),
        Column("count", "count", "people", unit="people"),
    ),
    key=("specialty", "month", "week_from"),
)
HEAD = "id,name,kind,net,income\n"
PARTS = "a,Adults,service,6100,800\nb,Children,service,4200,250\nc,Roads,service,1300,310\n"


def faults_of(folder: Path, spec: TableSpec, text: str, ids: dict[str, tuple[str, ...]] | None = None) -> list[Fault]:
    (folder / "t.csv").write_text(text, encoding="utf-8")
    faults: list[Fault] = []
    raw = read_table(folder / "t.csv", "t.csv", faults, wanted_by(spec))
    assert raw is not None
    check_columns(raw, spec, ids or {}, faults)
    return faults


@pytest.mark.parametrize(
    "total",
    [
        "total,Total,service,11600,1360",
        "t,TOTAL,service,11600,1360",
        "all,All services,service,11600,1360",
        "st,Sub-total,service,11600,1360",
        "gt,Grand total:,service,11600,",
        "n,Net expenditure,service,11600,1360",
        "t,Total of the directorate,service,11600,1360",
        "x,Directorate,service,11600,1360",
    ],
)
def test_a_total_beside_its_parts_is_refused_with_the_parts(tmp_path: Path, total: str) -> None:
    (fault,) = faults_of(tmp_path, LINES, f"{HEAD}{PARTS}{total}\n")
    assert fault.row == 5
    assert "rows 2 to 4" in fault.mend


def test_a_total_between_other_kinds_of_row_is_found(tmp_path: Path) -> None:
    text = f"{HEAD}{PARTS}g,Grant,grant,-5000,5000\nt,Total net,service,11600,1360\nd,Debt,service,90,0\n"
    (fault,) = faults_of(tmp_path, LINES, text)
    assert (fault.row, "rows 2 to 4" in fault.mend) == (6, True)


@pytest.mark.parametrize("name", ["Total Fitness", "All Saints House", "Somerset"])
def test_a_name_with_total_in_it_is_no_total(tmp_path: Path, name: str) -> None:
    assert faults_of(tmp_path, LINES, f"{HEAD}{PARTS}f,{name},service,700,90\n") == []


@pytest.mark.parametrize("name", ["Total", "C_999", "All specialties", "Trust"])
def test_a_specialty_that_is_all_others_is_refused_once(tmp_path: Path, name: str) -> None:
    rows = [("knees", 300), ("eyes", 600), ("ears", 45), (name, 945)]
    text = "specialty,month,week_from,count\n" + "".join(
        f"{s},2026-0{m},{w},{n * m + w}\n" for s, n in rows for m in (1, 2) for w in (0,)
    )
    (fault,) = faults_of(tmp_path, BANDS, text + f"knees,2026-03,0,7\neyes,2026-03,0,8\n{name},2026-03,0,15\n")
    assert name in fault.found
    assert fault.more == 2


def test_a_list_that_is_a_total_alone_is_read(tmp_path: Path) -> None:
    text = "specialty,month,week_from,count\n" + "".join(f"Total,2026-01,{w},{9 - w}\n" for w in range(5))
    assert faults_of(tmp_path, BANDS, text) == []


def test_a_header_again_among_the_rows_is_refused(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, LINES, f"{HEAD}{PARTS}{HEAD}d,Debt,service,90,0\n{HEAD}")
    assert (fault.row, fault.more) == (5, 1)


def test_a_note_under_the_table_is_left_out_and_told(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, LINES, f'{HEAD}{PARTS}"Source: budget book, page 12",,,,\n')
    assert (fault.row, fault.severity) == (5, "warning")


def test_the_same_row_twice_is_refused_also_where_a_key_is_blank(tmp_path: Path) -> None:
    spec = TableSpec(
        "values",
        "",
        (Column("programme", "text", ""), Column("low", "number", ""), Column("young", "text", "", required=False)),
        key=("programme", "young"),
    )
    (fault,) = faults_of(tmp_path, spec, "programme,low,young\nclubs,1,\nclubs,1,\n")
    assert "row 2" in fault.mend


def test_ids_that_lost_their_zeros_are_one_sentence_with_both_spellings(tmp_path: Path) -> None:
    spec = TableSpec("people", "", (Column("area", "ref", "", refers_to="areas.id"), Column("n", "number", "")))
    text = "area,n\n" + "".join(f"{i:03d},1\n" for i in range(1, 13))
    (fault,) = faults_of(tmp_path, spec, text, {"areas.id": tuple(str(i) for i in range(1, 13))})
    assert ("001" in fault.found, '"1"' in fault.expected, fault.more) == (True, True, 11)


@pytest.mark.parametrize("written", ["(90,000)", "(£90,000)", "90,000-", "90,000 CR"])
def test_money_as_accountants_write_it_is_answered_with_how_to_write_it(tmp_path: Path, written: str) -> None:
    (fault,) = faults_of(tmp_path, LINES, f'{HEAD}{PARTS}g,Grant,grant,"{written}",5000\n')
    assert "90,000 if it is negative" in fault.mend


def test_many_faults_in_the_very_same_words_are_one_with_the_rows(tmp_path: Path) -> None:
    rows = "".join(f"x{i},Line,servise,{i}1,1\n" for i in range(9))
    (fault,) = faults_of(tmp_path, LINES, HEAD + rows)
    assert (fault.row, fault.more, fault.also) == (2, 8, (3, 4, 5, 6, 7))
    assert "in rows 3, 4, 5, 6, 7 and others" in str(fault)


def test_a_row_like_the_only_one_above_that_holds_anything_is_no_total(tmp_path: Path) -> None:
    blanks = TableSpec(
        "venues",
        "venues",
        (
            Column("id", "id", "id"),
            Column("users", "number", "users", unit="people", blank=True),
            Column("gross_cost", "number", "cost", unit=POUNDS, blank=True),
        ),
        key=("id",),
    )
    head = "id,users,gross_cost\n"
    around, ours = "a,,\nb,,\nc,,\n", "d,900,41000\ne,900,41000\n"
    assert faults_of(tmp_path, blanks, head + around + ours) == []
    assert faults_of(tmp_path, blanks, head + around + ours + "f,1800,82000\n") != []
