"""Tables come in every encoding and shape that spreadsheets write; each is read, or told."""

import gzip
import io
import time
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from withless.files import tables
from withless.files.faults import Fault
from withless.files.tables import RawTable, read_table

HERE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def read(folder: Path, content: bytes, name: str = "t.csv") -> tuple[RawTable | None, list[Fault]]:
    faults: list[Fault] = []
    (folder / name).write_bytes(content)
    return read_table(folder / name, name, faults), faults


def cells(folder: Path, content: bytes, name: str = "t.csv") -> dict[str, list[str | None]]:
    table, faults = read(folder, content, name)
    assert table is not None, faults
    assert faults == []
    return table.cells.to_dict(as_series=False)


PLAIN = "id,name\nA,Frome\nB,Cafés\n"
EXPECTED = {"id": ["A", "B"], "name": ["Frome", "Cafés"]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_with_or_without_a_mark_is_read_alike(tmp_path: Path, encoding: str) -> None:
    assert cells(tmp_path, PLAIN.encode(encoding)) == EXPECTED


def test_windows_1252_is_read_with_a_warning_that_names_the_row(tmp_path: Path) -> None:
    table, (fault,) = read(tmp_path, PLAIN.encode("cp1252"))
    assert table is not None
    assert table.cells["name"].to_list() == EXPECTED["name"]
    assert (fault.severity, fault.row) == ("warning", 3)
    assert "CSV UTF-8" in fault.mend
    assert "Cafés" in fault.found


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_way_to_end_a_row_is_read(tmp_path: Path, newline: str) -> None:
    assert cells(tmp_path, PLAIN.replace("\n", newline).encode()) == EXPECTED


def test_a_gzip_csv_is_read(tmp_path: Path) -> None:
    assert cells(tmp_path, gzip.compress(PLAIN.encode()), "t.csv.gz") == EXPECTED


def workbook(rows: Sequence[Sequence[object]], sheets: int = 1) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        for _ in range(sheets):
            sheet = book.add_worksheet()
            for i, row in enumerate(rows):
                sheet.write_row(i, 0, row)
    return buffer.getvalue()


def test_a_workbook_is_read_with_the_rows_it_shows(tmp_path: Path) -> None:
    content = workbook([[], ["ID", "Fixed Share", "hours"], ["A", 0.5, 40], [], ["B", "60%", 12.25]])
    table, faults = read(tmp_path, content, "t.xlsx")
    assert table is not None
    assert faults == []
    assert table.cells.to_dict(as_series=False) == {
        "id": ["A", "B"],
        "fixed_share": ["0.5", "60%"],
        "hours": ["40", "12.25"],
    }
    assert table.rows.tolist() == [3, 5]


def test_only_the_first_sheet_is_read_and_that_is_said(tmp_path: Path) -> None:
    _, (fault,) = read(tmp_path, workbook([["id"], ["A"]], sheets=3), "t.xlsx")
    assert (fault.severity, fault.found) == ("warning", "3 sheets")


def test_a_workbook_named_csv_is_told_to_take_its_own_ending(tmp_path: Path) -> None:
    table, (fault,) = read(tmp_path, workbook([["id"], ["A"]]))
    assert table is None
    assert ".xlsx" in fault.mend


@pytest.mark.parametrize("mark", ["", '"'], ids=["without quotation marks", "with quotation marks"])
def test_blank_rows_above_the_header_count(tmp_path: Path, mark: str) -> None:
    table, _ = read(tmp_path, f"\n\nid,{mark}n{mark}\nA,1\n".encode())
    assert table is not None
    assert table.rows.tolist() == [4]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "an empty file"),
        (b"\n\n  \n", "an empty file"),
        (b"id,name\n", "a header and no rows"),
        (b"id,name\n,\n\n", "a header and no rows"),
        (b"id,name\nA,\x00\x01\x02\n", "bytes that are no text"),
        (b"%PDF-1.7 whatever", "a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an old Excel file (.xls)"),
        (gzip.compress(b"id\nA\n", mtime=0), "a compressed file"),
        (b'id,name\nA,"open\n', "a stray quotation mark"),
    ],
)
def test_what_is_no_table_is_told(tmp_path: Path, content: bytes, found: str) -> None:
    table, faults = read(tmp_path, content)
    assert table is None
    assert [f.found for f in faults] == [found]


@pytest.mark.parametrize("name", ["t.xlsx", "t.csv.gz"])
def test_a_damaged_container_is_told(tmp_path: Path, name: str) -> None:
    whole = workbook([["id"], ["A"]]) if name.endswith("xlsx") else gzip.compress(PLAIN.encode())
    for content in (whole[: len(whole) // 2], b"no container"):
        table, (fault,) = read(tmp_path, content, name)
        assert table is None
        assert "damaged" in fault.found


def test_an_ending_that_is_no_table_is_refused(tmp_path: Path) -> None:
    table, (fault,) = read(tmp_path, b"id\nA\n", "t.numbers")
    assert table is None
    assert ".numbers" in fault.found


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    faults: list[Fault] = []
    assert read_table(tmp_path / "gone.csv", "gone.csv", faults) is None
    assert faults[0].found == "no such file"


@pytest.mark.parametrize(("sign", "word"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_another_sign_between_cells_is_guessed_and_told(tmp_path: Path, sign: str, word: str) -> None:
    table, (fault,) = read(tmp_path, PLAIN.replace(",", sign).encode())
    assert table is not None
    assert table.cells.to_dict(as_series=False) == EXPECTED
    assert fault.severity == "warning"
    assert word in fault.found


def test_a_file_too_large_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "LARGEST", 1_000)
    for name, content in (("t.csv", b"id\n" + b"A\n" * 1_000), ("t.csv.gz", gzip.compress(b"id\n" + b"A\n" * 1_000))):
        table, (fault,) = read(tmp_path, content, name)
        assert table is None
        assert "1,000" in f"{fault.expected}{fault.found}"


QUOTED = ["", '"X, Y",1\n']


@pytest.mark.parametrize("first", QUOTED, ids=["without quotation marks", "with quotation marks"])
def test_rows_with_cells_too_many_or_too_few_are_told_by_row(tmp_path: Path, first: str) -> None:
    rows = 1 if first else 0
    _, faults = read(tmp_path, f"id,name\n{first}A,1\nB\nC,2,3\n\nD,4,,\n".encode())
    assert [(f.row, f.found) for f in faults] == [(3 + rows, "1 cell"), (4 + rows, "3 cells")]


@pytest.mark.parametrize("first", QUOTED, ids=["without quotation marks", "with quotation marks"])
def test_many_ragged_rows_are_counted_beyond_the_first_ten(tmp_path: Path, first: str) -> None:
    _, faults = read(tmp_path, ("id,name\n" + first + "B\n" * 50).encode())
    assert len(faults) == 10
    assert sum(1 + f.more for f in faults) == 50


def test_ragged_rows_are_found_across_the_pieces_a_file_is_read_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "_CHUNK", 64)
    rows = [f"A{i},{i}" for i in range(500)]
    rows[123] = "A,1,2"
    rows[477] = "A"
    _, faults = read(tmp_path, ("id,n\n" + "\n".join(rows)).encode())
    assert [f.row for f in faults] == [125, 479]


def test_quoted_cells_keep_commas_line_ends_and_the_row_a_spreadsheet_shows(tmp_path: Path) -> None:
    table, faults = read(tmp_path, b'id,name\nA,"Frome, ""old""\nlibrary"\n\nB,x\n')
    assert table is not None
    assert faults == []
    assert table.cells["name"].to_list() == ['Frome, "old"\nlibrary', "x"]
    assert table.rows.tolist() == [2, 4]


def test_both_readers_see_the_same_cells(tmp_path: Path) -> None:
    rows = "id,name,n\nA, Frome ,1\n\nB,,2\n,,\nC,x,\n"
    plain, quoted_ = (read(tmp_path, (text).encode())[0] for text in (rows, rows.replace(" Frome ", '" Frome "')))
    assert plain is not None
    assert quoted_ is not None
    assert plain.cells.equals(quoted_.cells)
    assert plain.rows.tolist() == quoted_.rows.tolist() == [2, 4, 6]


def test_a_column_named_twice_is_told(tmp_path: Path) -> None:
    _, (fault,) = read(tmp_path, b"id,Hours,hours\nA,1,2\n")
    assert (fault.row, fault.found) == (1, '"hours" twice')


def test_cells_under_no_name_are_told_and_blank_ones_are_not(tmp_path: Path) -> None:
    _, (fault,) = read(tmp_path, b"id,,\nA,1,\n")
    assert fault.column == "column 2"


@HERE
@given(
    rows=st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=6), min_size=2, max_size=2),
        min_size=1,
        max_size=6,
    )
)
def test_what_a_csv_writer_writes_is_read_back(tmp_path: Path, rows: list[list[str]]) -> None:
    frame = pl.DataFrame({"a": [f"x{r[0]}" for r in rows], "b": [f"y{r[1]}y" for r in rows]})
    for style in ("necessary", "always"):
        table, _ = read(tmp_path, frame.write_csv(quote_style=style).encode())  # type: ignore[call-overload]
        assert table is not None
        assert table.cells["b"].to_list() == frame["b"].str.strip_chars().to_list()


@HERE
@given(content=st.binary(max_size=300), name=st.sampled_from(["t.csv", "t.xlsx", "t.csv.gz"]))
def test_any_bytes_give_a_table_or_a_fault(tmp_path: Path, content: bytes, name: str) -> None:
    table, faults = read(tmp_path, content, name)
    assert table is not None or faults


@HERE
@given(content=st.text(st.sampled_from('a1,;"\n\r\t £é\x85'), max_size=60))
def test_any_text_with_the_signs_of_tables_gives_a_table_or_a_fault(tmp_path: Path, content: str) -> None:
    table, faults = read(tmp_path, content.encode())
    assert table is not None or faults


def test_a_million_rows_are_read_in_seconds(tmp_path: Path) -> None:
    content = b"area,venue,users\n" + b"".join(b"E%07d,LIB%03d,%d\n" % (i // 50, i % 50, i) for i in range(1_000_000))
    begun = time.perf_counter()
    table, faults = read(tmp_path, content)
    assert time.perf_counter() - begun < 10
    assert faults == []
    assert table is not None
    assert len(table.cells) == 1_000_000
