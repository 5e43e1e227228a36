"""Official tables with headers of several rows, as grids of text: CSV in UTF-8 or Windows-1252, and sheets of a workbook."""

from __future__ import annotations

import csv
import gzip
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..files import Fault, Faults
from ..files.faults import nearest, quoted
from ..writing import reads
from .catalogue import find
from .file_spec import Published

NOTHING = {
    "": "blank",
    "..": "not available",
    "...": "not available",
    "\u2026": "not available",
    ".": "not applicable",
    ":": "not available",
    "-": "not given",
    "*": "held back",
}
"""Marks that stand where a number is not, and what they mean; a file may say that `-` means more."""


@dataclass(frozen=True)
class Grid:
    """A table's cells as text, trimmed; `rows[0]` is row 1 of a spreadsheet; all rows are as wide as the widest."""

    file: str
    rows: list[list[str]]

    def fault(self, row: int | None, column: str, found: str, expected: str, mend: str = "") -> Fault:
        """Something wrong in it; `row` counts from 0, as `rows` does."""
        return Fault(self.file, None if row is None else row + 1, column, found, expected, mend)


def grid(file: Published, data: Path) -> Grid:
    """A CSV file of a folder as a grid; raises `Faults` where it is missing or no table."""
    path = find(file, data)
    if path is None:
        found = f"no such file in {data} or its folder {file.folder}"
        raise Faults([file.fault(None, "", found, "the file")])
    return csv_grid(path, file.source)


def csv_grid(path: Path, mend: str = "") -> Grid:
    """A CSV file as a grid: UTF-8, or else Windows-1252, in which many official files are still written."""
    reads(path)
    raw = path.read_bytes()
    if raw[:2] == b"\x1f\x8b":
        raw = gzip.decompress(raw)
    if b"\x00" in raw[:4096]:
        raise Faults([Fault(path.name, None, "", "what is no text", "a CSV file", mend)])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""))]
    except csv.Error:
        raise Faults(
            [
                Fault(
                    path.name,
                    None,
                    "",
                    "what is no table (a quotation mark is not closed, or stands inside a cell)",
                    "a CSV file",
                    mend,
                )
            ]
        ) from None
    if not any(any(row) for row in rows):
        raise Faults([Fault(path.name, None, "", "no rows", "the whole file", mend)])
    return Grid(path.name, _as_wide(rows))


def _as_wide(rows: list[list[str]]) -> list[list[str]]:
    """Rows filled up with blanks to the widest; a row cut short is found by what it lacks, not by its length."""
    width = max(map(len, rows))
    return [row + [""] * (width - len(row)) for row in rows]


def along(cells: Sequence[str]) -> list[str]:
    """Cells of a header row that spans columns: a blank takes what stands to its left."""
    filled: list[str] = []
    for cell in cells:
        filled.append(cell or (filled[-1] if filled else ""))
    return filled


def number(cell: str) -> float | None:
    """A cell as a number; thousands may be set off by commas, losses in brackets; None where it is a mark for none.

    Raises ValueError for anything else.
    """
    if cell in NOTHING:
        return None
    plain = cell.replace(",", "").replace("£", "").replace("$", "").strip()
    if re.fullmatch(r"\(.*\)", plain):
        plain = f"-{plain[1:-1]}"
    if not re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", plain):
        raise ValueError(cell)
    return float(plain)


def plain_council(name: str) -> str:
    """A council's name without its number, capitals, `UA`, `Council`, `of` and dashes, for comparing."""
    text = unicodedata.normalize("NFKC", name).casefold().replace("&", " and ").replace("st.", "st")
    text = re.sub(r"^\s*\d{3}\s*-?\s*", "", text)
    text = re.sub(r"[^a-z ]", " ", text)
    return " ".join(word for word in text.split() if word not in UNSAID)


UNSAID = frozenset(["ua", "cc", "dc", "bc", "mbc", "council", "upon", "on", "of", "the", "city", "county", "borough"])
"""Words and letters that one file puts to a council's name and another does not."""


SHORTENED = {"bath and somerset": "bath and north east somerset"}
"""A name as one file shortens it, and the council that is meant."""


def position(asked: str, names: Iterable[tuple[int, str]], file: str, column: str) -> int:
    """Where a council stands among (position, name), by name or by its number; raises `Faults` with the nearest names."""
    known = list(names)
    wanted = plain_council(asked)
    code = asked.strip()
    for place, name in known:
        here = plain_council(name)
        same = SHORTENED.get(here, here) == wanted and wanted
        if same or (len(code) == 3 and code.isdigit() and name.startswith(code)):
            return place
    full = [re.sub(r"^\s*\d{3}\s*-?\s*", "", name).strip() for _, name in known]
    shorter = {plain_council(name): name for name in full if plain_council(name)}
    holding = [n for p, n in shorter.items() if wanted and (set(wanted.split()) <= set(p.split()))]
    near = nearest(wanted, shorter)
    guesses = list(dict.fromkeys([*([shorter[near]] if near else []), *holding]))[:4]
    mend = f"Did you mean {' or '.join(guesses)}?" if guesses else f"It holds {len(full)} councils, such as {full[0]}."
    raise Faults([Fault(file, None, column, quoted(asked), "a council of the file", mend)])
