"""A large CSV read piece by piece: memory holds one piece, later one column, never the file.

Each piece is read as any table is, so that faults and cells are those of a small file, and laid down as Parquet in a
folder of its own, which is deleted with the data that reads it.
"""

from __future__ import annotations

import codecs
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from ..files.faults import Fault, has_errors
from ..files.tables import RawTable, read_csv
from .residuals import Ints

LARGE = 1 << 25
"""Bytes from which a CSV is read in pieces."""

PIECE = 1 << 23
_ENOUGH = 20  # faults after which reading on tells nothing new
_BLANK = b' \t\r\n,;|"'


@dataclass(frozen=True)
class Pieces:
    """A table laid down: the folder, the spreadsheet's row of each entry, columns by plain name as the file writes them."""

    folder: Path
    rows: Ints
    written: dict[str, str]

    def column(self, name: str) -> pl.Series:
        """One column as text."""
        return pl.scan_parquet(self.folder / "*.parquet").select(name).collect().to_series()

    def head(self, count: int) -> pl.DataFrame:
        """The first rows."""
        return pl.scan_parquet(self.folder / "*.parquet").head(count).collect()

    def kept_for(self, owner: object) -> None:
        """Delete the folder once `owner` is gone."""
        weakref.finalize(owner, shutil.rmtree, self.folder, True)


def streams(path: Path) -> bool:
    """Whether a file is a CSV so large that it is read in pieces."""
    if not path.name.lower().endswith((".csv", ".tsv", ".txt")) or path.stat().st_size < LARGE:
        return False
    with path.open("rb") as file:
        return not file.read(2).startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


def lay_down(path: Path, faults: list[Fault]) -> Pieces | None:
    """Read a CSV in pieces; None where it cannot be read, with what is wrong in `faults`."""
    folder = Path(tempfile.mkdtemp(prefix="withless-"))
    rows: list[Ints] = []
    written: dict[str, str] = {}
    done = False
    try:
        for number, (content, before) in enumerate(_pieces(path)):
            found: list[Fault] = []
            raw = read_csv(content, path.name, found)
            faults += _news(found, faults, before, number > 0)
            if raw is None or len(faults) >= _ENOUGH:
                return None
            if not has_errors(faults):
                _write(raw, folder / f"{number:06}.parquet")
            rows.append(raw.rows + before)
            written = written or raw.written
        done = not has_errors(faults)
        return Pieces(folder, np.concatenate(rows), written) if done else None
    finally:
        if not done:
            shutil.rmtree(folder, ignore_errors=True)


def _write(raw: RawTable, path: Path) -> None:
    raw.cells.write_parquet(path, compression="lz4", statistics=False)


def _news(found: Sequence[Fault], told: Sequence[Fault], before: int, later: bool) -> list[Fault]:
    """Faults at the rows of the whole file; those of the header, and warnings, are told once."""
    news = [replace(f, row=f.row + before) if later and f.row is not None and f.row > 1 else f for f in found]
    known = {(f.column, f.expected, f.mend) for f in told}
    once = [f for f in news if f.severity == "warning" or f.row is None or f.row == 1]
    return [f for f in news if f not in once or not later or (f.column, f.expected, f.mend) not in known]


def _pieces(path: Path) -> Iterator[tuple[bytes, int]]:
    """The header with some whole records, and how many records come between the two in the file."""
    header, rest, before = b"", b"", 0
    with path.open("rb") as file:
        while True:
            read = file.read(PIECE)
            text = rest + read
            end, records = _whole(text, not read)
            if not end and read:
                rest = text
                continue
            piece, rest = text[:end], text[end:]
            if not header and piece.strip():
                header = piece[: _first_record(piece)]
                yield piece, 0
                records -= 1
            elif piece.strip(_BLANK):
                yield header.strip(b"\r\n") + b"\n" + piece, before
            before += records
            if not read:
                return


def _whole(text: bytes, last: bool) -> tuple[int, int]:
    """Where the last whole record of a text ends, and how many records there are up to there."""
    signs = np.frombuffer(text, dtype=np.uint8)
    ends = np.flatnonzero(signs == 10)
    if b'"' in text:
        ends = ends[np.searchsorted(np.flatnonzero(signs == 34), ends) % 2 == 0]
    if last:
        return len(text), len(ends)
    return (int(ends[-1]) + 1, len(ends)) if len(ends) else (0, 0)


def _first_record(piece: bytes) -> int:
    """Where the header ends: blank rows above it are taken with it."""
    start = len(piece) - len(piece.lstrip(b"\r\n"))
    end = piece.find(b"\n", start)
    while end >= 0 and piece.count(b'"', 0, end) % 2:
        end = piece.find(b"\n", end + 1)
    return len(piece) if end < 0 else end + 1
