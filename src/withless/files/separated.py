"""A CSV as text cells, record by record, with the row numbers that a spreadsheet shows.

A CSV without quotation marks goes through polars' vectorised reader; one with them through Python's strict csv reader
in batches, because only that tells where a quotation mark is left open. Both see the same cells.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from .faults import LISTED, Fault
from .header import Wanted, header_in_text, told_above

MOST_COLUMNS = 2_000
_CHUNK = 1 << 24
_BATCH = 200_000


@dataclass(frozen=True)
class _Ragged:
    """Rows with too many or too few cells: the first of them, and how many in all."""

    first: list[tuple[int, int]]
    count: int


class Refusal(Exception):
    """The table cannot be read at all; the fault says why."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault


def refusal(file: str, found: str, expected: str, mend: str, row: int | None = None) -> Refusal:
    """The refusal of a whole table, to be raised."""
    return Refusal(Fault(file, row, "", found, expected, mend))


def read_separated(content: bytes, file: str, wanted: Wanted | None, faults: list[Fault]) -> pl.DataFrame:
    """All records of a CSV, blank above the header; ragged rows and an unusual delimiter are told."""
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if not content.strip(b"\r\n, ;\t"):
        raise refusal(file, "an empty file", "a header and rows", "Check that the right file was saved.")
    above, delimiter = header_in_text(content, wanted)
    if delimiter != ",":
        mend = "It was read with that. Save it with commas to be safe."
        name = {"\t": "tabs", ";": "semicolons", "|": "bars"}[delimiter]
        faults.append(Fault(file, above + 1, "", f"{name} between the cells", "commas", mend, "warning"))
    return (_quoted_csv if b'"' in content else _plain_csv)(content, delimiter, above, file, faults)


def _plain_csv(content: bytes, delimiter: str, above: int, file: str, faults: list[Fault]) -> pl.DataFrame:
    """A CSV without quotation marks, by polars."""
    start = 0
    for _ in range(above):
        start = content.index(b"\n", start) + 1
    told_above(
        [line.decode("utf-8", "replace").split(delimiter) for line in content[:start].split(b"\n")[:-1]], file, faults
    )
    first_line = content[start:].split(b"\n", 1)[0]
    width = first_line.count(delimiter.encode()) + 1
    if width > MOST_COLUMNS:
        raise refusal(file, f"{width:,} columns", f"at most {MOST_COLUMNS:,}", "Check how it was saved.")
    _tell_ragged(_ragged_rows(content[start:], delimiter.encode(), width, above), width, file, faults)
    schema = {f"c{i}": pl.String() for i in range(width)}
    frame = pl.read_csv(
        io.BytesIO(content[start:]),
        has_header=False,
        schema=schema,
        separator=delimiter,
        quote_char=None,
        truncate_ragged_lines=True,
    )
    return pl.concat([pl.DataFrame(schema=schema).clear(above), frame]) if above else frame


def _ragged_rows(content: bytes, delimiter: bytes, width: int, above: int) -> _Ragged:
    """Rows whose number of cells is not `width`, from counts of delimiters; blank rows and blank extra cells pass."""
    first: list[tuple[int, int]] = []
    count = start = 0
    row = above
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


def _quoted_csv(content: bytes, delimiter: str, above: int, file: str, faults: list[Fault]) -> pl.DataFrame:
    """A CSV with quotation marks, by Python's strict reader in batches."""
    text = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="")
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    frames: list[pl.DataFrame] = []
    first: list[tuple[int, int]] = []
    count = row = width = 0
    records: list[list[str]] = []
    title: list[list[str]] = []
    try:
        for cells in reader:
            row += 1
            if row <= above:
                title.append(cells)
                records.append([])
                continue
            if not width and cells:
                width = len(cells)
                records = [[""] * width for _ in records]
            if len(cells) != width and any(cells) and (len(cells) < width or any(cells[width:])):
                count += 1
                first += [(row, len(cells))] * (len(first) < LISTED)
            records.append((cells + [""] * (width - len(cells)))[:width])
            if width and len(records) >= _BATCH:
                frames.append(batch(records, width))
                records = []
    except csv.Error:
        mend = "A quotation mark is opened and not closed, or stands inside a cell: double it there."
        raise refusal(file, "a stray quotation mark", "quotation marks in pairs", mend, row=row + 1) from None
    if width > MOST_COLUMNS:
        raise refusal(file, f"{width:,} columns", f"at most {MOST_COLUMNS:,}", "Check how it was saved.")
    frames.append(batch(records, width))
    told_above(title, file, faults)
    _tell_ragged(_Ragged(first, count), width, file, faults)
    return pl.concat(frames)


def batch(records: list[list[str]], width: int) -> pl.DataFrame:
    """Records of equal width as text columns c0, c1, ..."""
    columns: Iterator[tuple[str, ...]] = zip(*records, strict=True) if records else iter([()] * width)
    return pl.DataFrame({f"c{i}": pl.Series(values, dtype=pl.String) for i, values in enumerate(columns)})


def _tell_ragged(ragged: _Ragged, width: int, file: str, faults: list[Fault]) -> None:
    mend = "A comma too many or too few shifts the cells; put text that holds a comma in quotes."
    expected = f"{width}, as in the header"
    for i, (row, cells) in enumerate(ragged.first):
        more = ragged.count - len(ragged.first) if i == len(ragged.first) - 1 else 0
        faults.append(Fault(file, row, "", f"{cells} cell{'s' if cells > 1 else ''}", expected, mend, more=more))
