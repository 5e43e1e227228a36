"""A table file (CSV, CSV in gzip, xlsx or ods) read as text, with the row numbers that a spreadsheet shows.

What is on top of the table is told from its header here, and what no reader can use is refused: no cell is lost in silence.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..writing import reads
from .encoding import SAVE_AS_UTF8, to_utf8
from .faults import LISTED, Fault, one_of, quoted
from .header import Wanted, plain_name, told_above
from .separated import MOST_COLUMNS, Refusal, batch, read_separated, refusal
from .workbook import ENDINGS, ERROR, BadWorkbook, Sheet, Workbook, open_workbook, unpacked_bytes

__all__ = ["Ints", "RawTable", "plain_name", "read_csv", "read_table"]

LARGEST = 500_000_000
"""Bytes of the largest table that is read, after unpacking."""

ONE_SHEET = "one sheet"
_CHUNK = 1 << 24
_SHORT = 2_000
_ERROR = re.compile(ERROR)

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class RawTable:
    """Cells as text: `cells[name]` trimmed, blank = null; `rows[i]` the spreadsheet's row of entry i.

    `written` gives every name as the file has it; names are compared in lower case with _ for spaces.
    """

    file: str
    cells: pl.DataFrame
    rows: Ints
    written: dict[str, str]
    header: int = 1
    """The spreadsheet's row in which the names stand."""


@dataclass(frozen=True)
class Reading:
    """How a table is read: the columns it is to have (None: whatever it has), a sheet by name, hidden rows or not.

    `whole` refuses every cell that a spreadsheet could not work out, whatever its column; without it, whoever reads the
    columns refuses those it needs (`unworked`).
    """

    wanted: Wanted | None = None
    hidden_rows: bool = False
    whole: bool = True


def read_table(
    path: Path, file: str, faults: list[Fault], wanted: Wanted | None = None, hidden_rows: bool = False
) -> RawTable | None:
    """Read a table; None where that cannot be done. What is wrong is added to `faults`, never raised.

    `wanted` are the columns it is to have, by which its header and its sheet are found; with none, the first row of the
    first sheet is the header, and cells that a spreadsheet could not work out are refused in every column.
    A workbook's name may end in # and the name of a sheet.
    """
    how = Reading(wanted, hidden_rows, wanted is None)
    try:
        sheet = ""
        if not path.is_file() and "#" in path.name:
            name, _, sheet = path.name.partition("#")
            path, file = path.with_name(name.strip()), file.partition("#")[0].strip()
        reads(path)
        if not path.is_file():
            mend = "Check its name in place.yaml, and that it lies in the place's folder."
            faults.append(Fault(file, None, "", "no such file", "a table", mend))
            return None
        frame = _frame(path, file, sheet.strip(), how, faults)
        return None if frame is None else _with_header(frame, file, how, faults)
    except Refusal as refusal:
        faults.append(refusal.fault)
    except OSError as e:
        reason = e.strerror or type(e).__name__
        faults.append(Fault(file, None, "", f"a file that cannot be read ({reason})", "a table", ""))
    return None


def read_csv(content: bytes, file: str, faults: list[Fault]) -> RawTable | None:
    """The same of a CSV's bytes."""
    try:
        plain = to_utf8(content, file, faults)
        return (
            None if plain is None else _with_header(read_separated(plain, file, None, faults), file, Reading(), faults)
        )
    except Refusal as refusal:
        faults.append(refusal.fault)
    return None


def unworked(cells: pl.Series) -> pl.Series:
    """Cells with an error of the spreadsheet, or a formula that was never worked out."""
    if len(cells) <= _SHORT:
        return pl.Series(
            [bool(t) and (t[0] == "=" or bool(_ERROR.match(t))) for t in cells.to_list()], dtype=pl.Boolean
        )
    return (cells.str.contains(ERROR) | cells.str.starts_with("=")).fill_null(False)


def unworked_fault(written: str) -> tuple[str, str, str]:
    """What to say of such a cell: found, expected, mend."""
    if written.startswith("="):
        mend = "Nobody has worked it out: open the file in a spreadsheet and save it, or put the value itself there."
        return f"the formula {quoted(written)} without a result", "a value", mend
    mend = "It is no blank: mend it in the spreadsheet, or clear the cell where the value is not known."
    return f"{quoted(written)}, an error of the spreadsheet", "a value", mend


def _frame(path: Path, file: str, sheet: str, how: Reading, faults: list[Fault]) -> pl.DataFrame | None:
    """All records as text columns c0, c1, ..., the header first among the filled ones."""
    name = path.name.lower()
    if path.stat().st_size > LARGEST:
        raise refusal(file, f"{path.stat().st_size:,} bytes", f"at most {LARGEST:,}", "Split or shorten it.")
    if name.endswith(ENDINGS):
        return _workbook(path, file, sheet, how, faults)
    if sheet:
        raise refusal(file, f"a sheet {quoted(sheet)} of a CSV", "a workbook", "A CSV has no sheets.")
    if name.endswith((".csv", ".csv.gz", ".tsv", ".txt")):
        content = _unpacked(path, file) if name.endswith(".gz") else path.read_bytes()
        plain = None if content is None else to_utf8(content, file, faults)
        return None if plain is None else read_separated(plain, file, how.wanted, faults)
    raise refusal(file, f"a file ending in {path.suffix or 'nothing'}", ".csv, .csv.gz, .xlsx or .ods", SAVE_AS_UTF8)


def _unpacked(path: Path, file: str) -> bytes:
    """Content of a gzip file, read in pieces so that a small file cannot fill the memory."""
    pieces, size = [], 0
    try:
        with gzip.open(path) as stream:
            while piece := stream.read(_CHUNK):
                size += len(piece)
                if size > LARGEST:
                    raise refusal(file, f"more than {LARGEST:,} bytes when unpacked", "less", "Shorten it.")
                pieces.append(piece)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise refusal(file, "a damaged gzip file", "a CSV packed with gzip", "Pack it again.") from None
    return b"".join(pieces)


def _workbook(path: Path, file: str, named: str, how: Reading, faults: list[Fault]) -> pl.DataFrame:
    """One sheet of a workbook as text, from the header on: the one named, the first that is seen, or the one that has
    the columns.
    """
    mend = "Open it in a spreadsheet and save it again as .xlsx or .ods, or as CSV UTF-8."
    try:
        if unpacked_bytes(path) > LARGEST:
            raise refusal(file, f"more than {LARGEST:,} bytes when unpacked", "less", "Shorten it.")
        book = open_workbook(path)
        sheet = _chosen(book, file, named, how.wanted, faults)
    except BadWorkbook:
        raise refusal(file, "a file that is no workbook, or a damaged one", "an xlsx or ods workbook", mend) from None
    start = how.wanted.header(sheet.rows) if how.wanted is not None else None
    start = next((i for i, row in enumerate(sheet.rows) if any(row)), 0) if start is None else start
    told_above(sheet.rows[:start], file, faults)
    rows: list[list[str]] = [[] for _ in range(start)] + _filled_down(sheet, start, file, faults)
    hidden = [r for r in sorted(sheet.hidden_rows) if start < r < len(rows) and any(rows[r])]
    if hidden and not how.hidden_rows:
        found = f"{len(hidden)} hidden row{'s' if len(hidden) > 1 else ''}"
        mend = "What nobody sees is left out: show the rows or delete them, or write hidden_rows: read in place.yaml."
        faults.append(Fault(file, hidden[0] + 1, "", found, "rows that can be seen", mend, "warning"))
        for r in hidden:
            rows[r] = []
    width = max((len(row) for row in rows), default=0)
    if width > MOST_COLUMNS:
        raise refusal(file, f"{width:,} columns", f"at most {MOST_COLUMNS:,}", "Check how it was saved.")
    return batch([row + [""] * (width - len(row)) for row in rows], width)


def _chosen(book: Workbook, file: str, named: str, wanted: Wanted | None, faults: list[Fault]) -> Sheet:
    """The sheet to read."""
    if named:
        if named not in book.names:
            raise refusal(file, f"no sheet {quoted(named)}", one_of(book.names), "Check the name after #.")
        return book.sheet(named)
    seen = [n for n in book.names if n not in book.hidden]
    if not seen:
        mend = f"Name one after the file: {file}#{book.names[0]}." if book.names else ""
        raise refusal(file, "no sheet that can be seen", "one", mend)
    sheet = book.sheet(seen[0])
    if wanted is not None and wanted.best(sheet.rows) < len(wanted.required):
        scored = {s.name: (wanted.best(s.rows), s) for s in (sheet, *(book.sheet(n) for n in seen[1:]))}
        best = max(score for score, _ in scored.values())
        others = [s for score, s in scored.values() if score == best and best >= wanted.enough]
        if len(others) > 1 and sheet not in others:
            found = f"the columns in several sheets ({', '.join(s.name for s in others)})"
            raise refusal(file, found, "one table", f"Name one after the file in place.yaml: {file}#{others[0].name}.")
        sheet = sheet if sheet in others or not others else others[0]
    left = [n for n in book.names if n != sheet.name]
    if left:
        hidden = [n for n in left if n in book.hidden]
        told = f"Only {sheet.name} was read, not {', '.join(left[:6])}{' and others' if len(left) > 6 else ''}"
        told += f" ({', '.join(hidden[:6])} {'is' if len(hidden) == 1 else 'are'} hidden)." if hidden else "."
        mend = f"{told} To read another, name it: {file}#{left[0]}."
        faults.append(Fault(file, None, "", f"{len(book.names)} sheets", ONE_SHEET, mend, "warning"))
    return sheet


def _filled_down(sheet: Sheet, start: int, file: str, faults: list[Fault]) -> list[list[str]]:
    """Rows from the header on, the value of cells that are merged downwards in each of their rows."""
    rows = [list(row) for row in sheet.rows[start:]]
    merged = {k: v for k, v in sheet.merged_down.items() if k[0] > start}
    for (first, column), last in merged.items():
        value = rows[first - start][column] if column < len(rows[first - start]) else ""
        for row in rows[first - start + 1 : last - start + 1]:
            row.extend([""] * (column + 1 - len(row)))
            row[column] = row[column] or value
    if merged:
        first, column = min(merged)
        found = f"{len(merged)} merged cell{'s' if len(merged) > 1 else ''}"
        mend = "The value was taken for every row that it spans."
        faults.append(Fault(file, first + 1, f"column {column + 1}", found, "one cell a row", mend, "warning"))
    return rows


def _with_header(frame: pl.DataFrame, file: str, how: Reading, faults: list[Fault]) -> RawTable:
    """Split off the header, name the columns, drop blank rows and blank unnamed columns."""
    trimmed = frame.lazy().select(pl.all().str.strip_chars()).select(pl.all().replace("", None)).collect()
    filled = trimmed.select(~pl.all_horizontal(pl.all().is_null())).to_series().to_numpy()
    rows = np.flatnonzero(filled)
    if len(rows) == 0:
        raise refusal(file, "an empty file", "a header and rows", "Check that the right file was saved.")
    names = [str(name or "") for name in trimmed.row(int(rows[0]))]
    body = trimmed if len(rows) == len(filled) else trimmed.filter(pl.Series(filled))
    body, rows = _rows_of_data(body.slice(1), rows[1:].astype(np.int64) + 1, names, file, how, faults)
    if len(body) == 0:
        raise refusal(file, "a header and no rows", "at least one row", "Check that the right file was saved.")
    keep: dict[str, str] = {}
    written: dict[str, str] = {}
    header = int(np.flatnonzero(filled)[0]) + 1
    for i, (column, name) in enumerate(zip(body.columns, names, strict=True)):
        plain = plain_name(name)
        if not plain:
            _unnamed(body[column], i, header, file, faults)
        elif plain in written:
            found, mend = f"{quoted(name)} twice", "Rename or delete one of the two columns."
            faults.append(Fault(file, header, name, found, "each column once", mend))
        else:
            keep[column], written[plain] = plain, name
    cells = body.select(list(keep)).rename(keep)
    if how.whole:
        _refuse_unworked(cells, rows, written, file, faults)
    return RawTable(file, cells, rows, written, header)


def _rows_of_data(
    body: pl.DataFrame, rows: Ints, names: Sequence[str], file: str, how: Reading, faults: list[Fault]
) -> tuple[pl.DataFrame, Ints]:
    """Rows that hold data: the header again among them is refused, a note under the table is left out and told."""
    named = [c for c, name in zip(body.columns, names, strict=True) if name]
    if not named or not len(body):
        return body, rows
    said = {c: name for c, name in zip(body.columns, names, strict=True) if name}
    again = body.select(pl.all_horizontal((pl.col(c) == n) | pl.col(c).is_null() for c, n in said.items())).to_series()
    again = again.fill_null(False) | _named_again(body, said)
    for n, i in enumerate(again.arg_true().head(1).to_list()):
        mend = "Delete the row: it is counted as data."
        more = int(again.sum()) - 1 - n
        faults.append(Fault(file, int(rows[i]), "", "the header again", "a row of data", mend, more=more))
    keep = ~again
    if how.wanted is not None and len(named) >= _WIDE:
        single = body.select(pl.sum_horizontal(pl.all().is_not_null())).to_series() == 1
        text = body.select(pl.coalesce(pl.all())).to_series()
        note = single & (text.str.len_chars() > _NOTE) & text.str.contains(" ", literal=True)
        last = int(np.flatnonzero(~note.to_numpy())[-1]) if not note.all() else 0
        note &= ~pl.Series(np.arange(len(body)) < last)
        for i in note.arg_true().head(1).to_list():
            more = int(note.sum()) - 1
            mend = "A row with one cell filled is taken for a note and left out."
            faults.append(Fault(file, int(rows[i]), "", quoted(text[i]), "a row of data", mend, "warning", more=more))
        keep &= ~note
    return body.filter(keep), rows[keep.to_numpy()]


def _named_again(body: pl.DataFrame, said: dict[str, str]) -> pl.Series:
    """Rows that hold the header's names in another spelling."""
    first = next(iter(said))
    plain = {c: plain_name(n) for c, n in said.items()}
    maybe = body[first].str.to_lowercase().str.contains(said[first].casefold(), literal=True).fill_null(False)
    told = [
        i
        for i in maybe.arg_true().head(LISTED).to_list()
        if all(plain_name(body[c][i] or "") == n for c, n in plain.items())
    ]
    return pl.Series(np.isin(np.arange(len(body)), told))


_WIDE, _NOTE = 3, 12
"""Columns that a table has, and letters of a row's only cell, for that to be a note under the table."""


UNNAMED = "cells without a name above them"
"""What is found where a column with cells has no name."""


def _unnamed(cells: pl.Series, i: int, header: int, file: str, faults: list[Fault]) -> None:
    """A column without a name: blank, the row numbers that R and pandas write, or something that is missing a name."""
    if cells.null_count() == len(cells):
        return
    number = cells.cast(pl.Int64, strict=False)
    if i == 0 and number.null_count() == 0 and number.n_unique() == len(number):
        mend = "Row numbers, as R and pandas write them: the column is left out."
        faults.append(Fault(file, header, "column 1", "numbers without a name above them", "a name", mend, "warning"))
        return
    mend = "Name it, or clear it."
    faults.append(Fault(file, header, f"column {i + 1}", UNNAMED, "a name", mend))


def _refuse_unworked(cells: pl.DataFrame, rows: Ints, written: dict[str, str], file: str, faults: list[Fault]) -> None:
    """Cells that a spreadsheet could not work out, in any column."""
    for name in cells.columns:
        bad = unworked(cells[name]).arg_true()
        for n, i in enumerate(bad.head(LISTED).to_list()):
            found, expected, mend = unworked_fault(str(cells[name][i]))
            more = len(bad) - LISTED if n == LISTED - 1 and len(bad) > LISTED else 0
            faults.append(Fault(file, int(rows[i]), written[name], found, expected, mend, more=more))
