"""A table file (CSV, CSV in gzip, or xlsx) read as text, with the row numbers that a spreadsheet shows.

A CSV without quotation marks goes through polars' vectorised reader; one with them through Python's strict csv reader
in batches, because only that tells where a quotation mark is left open. Both see the same cells.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..writing import reads
from .encoding import SAVE_AS_UTF8, to_utf8
from .faults import LISTED, Fault, quoted

LARGEST = 500_000_000
"""Bytes of the largest table that is read, after unpacking."""

MOST_COLUMNS = 2_000
_CHUNK = 1 << 24
_BATCH = 200_000

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


@dataclass(frozen=True)
class _Ragged:
    """Rows with too many or too few cells: the first of them, and how many in all."""

    first: list[tuple[int, int]]
    count: int


def read_table(path: Path, file: str, faults: list[Fault]) -> RawTable | None:
    """Read a table; None where that cannot be done. What is wrong is added to `faults`, never raised."""
    reads(path)
    try:
        if not path.is_file():
            mend = "Check its name in place.yaml, and that it lies in the place's folder."
            faults.append(Fault(file, None, "", "no such file", "a table", mend))
            return None
        frame = _frame(path, file, faults)
        return None if frame is None else _with_header(frame, file, faults)
    except _Refusal as refusal:
        faults.append(refusal.fault)
    except OSError as e:
        reason = e.strerror or type(e).__name__
        faults.append(Fault(file, None, "", f"a file that cannot be read ({reason})", "a table", ""))
    return None


def read_csv(content: bytes, file: str, faults: list[Fault]) -> RawTable | None:
    """The same of a CSV's bytes."""
    try:
        plain = to_utf8(content, file, faults)
        return None if plain is None else _with_header(_csv(plain, file, faults), file, faults)
    except _Refusal as refusal:
        faults.append(refusal.fault)
    return None


def _frame(path: Path, file: str, faults: list[Fault]) -> pl.DataFrame | None:
    """All records as text columns c0, c1, ..., the header among them."""
    name = path.name.lower()
    if path.stat().st_size > LARGEST:
        raise _refusal(file, f"{path.stat().st_size:,} bytes", f"at most {LARGEST:,}", "Split or shorten it.")
    if name.endswith(".xlsx"):
        return _xlsx(path, file, faults)
    if name.endswith((".csv", ".csv.gz", ".tsv", ".txt")):
        content = _unpacked(path, file) if name.endswith(".gz") else path.read_bytes()
        plain = None if content is None else to_utf8(content, file, faults)
        return None if plain is None else _csv(plain, file, faults)
    raise _refusal(file, f"a file ending in {path.suffix or 'nothing'}", ".csv, .csv.gz or .xlsx", SAVE_AS_UTF8)


class _Refusal(Exception):
    """The table cannot be read at all; the fault says why."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault


def _refusal(file: str, found: str, expected: str, mend: str, row: int | None = None) -> _Refusal:
    return _Refusal(Fault(file, row, "", found, expected, mend))


def _unpacked(path: Path, file: str) -> bytes:
    """Content of a gzip file, read in pieces so that a small file cannot fill the memory."""
    pieces, size = [], 0
    try:
        with gzip.open(path) as stream:
            while piece := stream.read(_CHUNK):
                size += len(piece)
                if size > LARGEST:
                    raise _refusal(file, f"more than {LARGEST:,} bytes when unpacked", "less", "Shorten it.")
                pieces.append(piece)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise _refusal(file, "a damaged gzip file", "a CSV packed with gzip", "Pack it again.") from None
    return b"".join(pieces)


def _xlsx(path: Path, file: str, faults: list[Fault]) -> pl.DataFrame:
    """The first sheet of a workbook as text."""
    import fastexcel

    mend = "Open it in a spreadsheet and save it again as .xlsx, or as CSV UTF-8."
    try:
        with zipfile.ZipFile(path) as parts:
            if sum(part.file_size for part in parts.infolist()) > LARGEST:
                raise _refusal(file, f"more than {LARGEST:,} bytes when unpacked", "less", "Shorten it.")
        book = fastexcel.read_excel(path)
        frame = book.load_sheet(0, header_row=None, skip_rows=0, dtypes="string").to_polars()
    except BaseException as e:  # a workbook that breaks the reader's native code raises outside Exception
        if isinstance(e, KeyboardInterrupt | SystemExit | MemoryError | OSError | _Refusal):
            raise
        raise _refusal(file, "a file that is no workbook, or a damaged one", "an xlsx workbook", mend) from None
    if len(book.sheet_names) > 1:
        found = f"{len(book.sheet_names)} sheets"
        told = f"Only the first, {book.sheet_names[0]}, was read."
        faults.append(Fault(file, None, "", found, "one sheet", told, "warning"))
    return frame.rename({old: f"c{i}" for i, old in enumerate(frame.columns)})


def _csv(content: bytes, file: str, faults: list[Fault]) -> pl.DataFrame:
    """All records of a CSV; ragged rows and an unusual delimiter are told."""
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    header = content.lstrip(b"\r\n, ;\t").split(b"\n", 1)[0].decode("utf-8", "replace")
    if not header.strip():
        raise _refusal(file, "an empty file", "a header and rows", "Check that the right file was saved.")
    delimiter = _delimiter(header)
    if delimiter != ",":
        mend = "It was read with that. Save it with commas to be safe."
        name = {"\t": "tabs", ";": "semicolons", "|": "bars"}[delimiter]
        faults.append(Fault(file, 1, "", f"{name} between the cells", "commas", mend, "warning"))
    return (_quoted_csv if b'"' in content else _plain_csv)(content, delimiter, file, faults)


def _delimiter(header: str) -> str:
    """The sign between cells, by what the header holds most of; a comma where in doubt."""
    counts = {sign: header.count(sign) for sign in ",;\t|"}
    most = max(counts, key=lambda sign: counts[sign])
    return most if counts[most] > counts[","] else ","


def _plain_csv(content: bytes, delimiter: str, file: str, faults: list[Fault]) -> pl.DataFrame:
    """A CSV without quotation marks, by polars."""
    start = len(content) - len(content.lstrip(b"\r\n"))
    first_line = content[start:].split(b"\n", 1)[0]
    width = first_line.count(delimiter.encode()) + 1
    if width > MOST_COLUMNS:
        raise _refusal(file, f"{width:,} columns", f"at most {MOST_COLUMNS:,}", "Check how it was saved.")
    _tell_ragged(_ragged_rows(content, delimiter.encode(), width), width, file, faults)
    schema = {f"c{i}": pl.String() for i in range(width)}
    frame = pl.read_csv(
        io.BytesIO(content[start:]),
        has_header=False,
        schema=schema,
        separator=delimiter,
        quote_char=None,
        truncate_ragged_lines=True,
    )
    blank = content.count(b"\n", 0, start)
    return pl.concat([pl.DataFrame(schema=schema).clear(blank), frame]) if blank else frame


def _ragged_rows(content: bytes, delimiter: bytes, width: int) -> _Ragged:
    """Rows whose number of cells is not `width`, from counts of delimiters; blank rows and blank extra cells pass."""
    first: list[tuple[int, int]] = []
    count = row = start = 0
    while start < len(content):
        end = content.find(b"\n", min(start + _CHUNK, len(content)))
        end = len(content) if end < 0 else end + 1
        piece = np.frombuffer(content, dtype=np.uint8, count=end - start, offset=start)
        ends = np.flatnonzero(piece == 10)
        if len(piece) and piece[-1] != 10:
            ends = np.append(ends, len(piece))
        marks = np.searchsorted(np.flatnonzero(piece == delimiter[0]), ends)
        cells = np.diff(marks, prepend=0) + 1
        for i in np.flatnonzero(cells != width):
            line = content[start + (int(ends[i - 1]) + 1 if i else 0) : start + int(ends[i])]
            spare = line.split(delimiter)[width:]
            if line.strip(b"\r \t" + delimiter) and (cells[i] < width or any(s.strip() for s in spare)):
                count += 1
                if len(first) < LISTED:
                    first.append((row + int(i) + 1, int(cells[i])))
        row, start = row + len(ends), end
    return _Ragged(first, count)


def _quoted_csv(content: bytes, delimiter: str, file: str, faults: list[Fault]) -> pl.DataFrame:
    """A CSV with quotation marks, by Python's strict reader in batches."""
    text = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="")
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    frames: list[pl.DataFrame] = []
    first: list[tuple[int, int]] = []
    count = row = width = 0
    batch: list[list[str]] = []
    try:
        for cells in reader:
            row += 1
            if not width and cells:
                width = len(cells)
                batch = [[""] * width for _ in batch]
            if len(cells) != width and any(cells) and (len(cells) < width or any(cells[width:])):
                count += 1
                first += [(row, len(cells))] * (len(first) < LISTED)
            batch.append((cells + [""] * (width - len(cells)))[:width])
            if width and len(batch) >= _BATCH:
                frames.append(_batch(batch, width))
                batch = []
    except csv.Error:
        mend = "A quotation mark is opened and not closed, or stands inside a cell: double it there."
        raise _refusal(file, "a stray quotation mark", "quotation marks in pairs", mend, row=row + 1) from None
    if width > MOST_COLUMNS:
        raise _refusal(file, f"{width:,} columns", f"at most {MOST_COLUMNS:,}", "Check how it was saved.")
    frames.append(_batch(batch, width))
    _tell_ragged(_Ragged(first, count), width, file, faults)
    return pl.concat(frames)


def _batch(batch: list[list[str]], width: int) -> pl.DataFrame:
    columns: Iterator[tuple[str, ...]] = zip(*batch, strict=True) if batch else iter([()] * width)
    return pl.DataFrame({f"c{i}": pl.Series(values, dtype=pl.String) for i, values in enumerate(columns)})


def _tell_ragged(ragged: _Ragged, width: int, file: str, faults: list[Fault]) -> None:
    mend = "A comma too many or too few shifts the cells; put text that holds a comma in quotes."
    expected = f"{width}, as in the header"
    for i, (row, cells) in enumerate(ragged.first):
        more = ragged.count - len(ragged.first) if i == len(ragged.first) - 1 else 0
        faults.append(Fault(file, row, "", f"{cells} cell{'s' if cells > 1 else ''}", expected, mend, more=more))


def _with_header(frame: pl.DataFrame, file: str, faults: list[Fault]) -> RawTable:
    """Split off the header, name the columns, drop blank rows and blank unnamed columns."""
    trimmed = frame.lazy().select(pl.all().str.strip_chars()).select(pl.all().replace("", None)).collect()
    filled = trimmed.select(~pl.all_horizontal(pl.all().is_null())).to_series().to_numpy()
    rows = np.flatnonzero(filled)
    if len(rows) == 0:
        raise _refusal(file, "an empty file", "a header and rows", "Check that the right file was saved.")
    names = [str(name or "") for name in trimmed.row(int(rows[0]))]
    body = trimmed if len(rows) == len(filled) else trimmed.filter(pl.Series(filled))
    body = body.slice(1)
    if len(body) == 0:
        raise _refusal(file, "a header and no rows", "at least one row", "Check that the right file was saved.")
    keep: dict[str, str] = {}
    written: dict[str, str] = {}
    for column, name in zip(body.columns, names, strict=True):
        plain = plain_name(name)
        if not plain:
            if body[column].null_count() < len(body):
                number = body.columns.index(column) + 1
                mend = "Name it, or clear it."
                faults.append(Fault(file, 1, f"column {number}", "cells without a name above them", "a name", mend))
        elif plain in written:
            found, mend = f"{quoted(name)} twice", "Rename or delete one of the two columns."
            faults.append(Fault(file, int(rows[0]) + 1, name, found, "each column once", mend))
        else:
            keep[column], written[plain] = plain, name
    return RawTable(file, body.select(list(keep)).rename(keep), rows[1:].astype(np.int64) + 1, written)


def plain_name(name: str) -> str:
    """A column's name as it is compared: lower case, _ for spaces and dashes."""
    return re.sub(r"[\s\-]+", "_", name.strip().casefold())
