"""Where the header of a table stands: official files and council workbooks begin with a title, a cover sheet or notes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..place import TableSpec
from .faults import Fault, quoted

LOOKED_AT = 60
"""Rows from the top among which the header is looked for."""

_HEAD_BYTES = 1 << 16


@dataclass(frozen=True)
class Wanted:
    """The columns that a table is to have: every name that is read, and those that must be there."""

    names: frozenset[str]
    required: tuple[str, ...]

    @property
    def enough(self) -> int:
        """How many of the names a row must hold to be the header."""
        return max(2, (len(self.required) + 1) // 2)

    def score(self, record: Sequence[str | None]) -> int:
        """How many of the names a row holds."""
        return len({plain_name(c) for c in record if c} & self.names)

    def best(self, records: Sequence[Sequence[str | None]]) -> int:
        """How many of the required names the best of the first rows holds."""
        needed = frozenset(self.required)
        return max((len({plain_name(c) for c in r if c} & needed) for r in records[:LOOKED_AT]), default=0)

    def header(self, records: Sequence[Sequence[str | None]]) -> int | None:
        """The row that holds most of the names, if they are enough; the first of several."""
        scores = [self.score(r) for r in records[:LOOKED_AT]]
        best = max(scores, default=0)
        return scores.index(best) if best >= self.enough else None


def wanted_by(spec: TableSpec) -> Wanted:
    """The columns that a table declares."""
    return Wanted(frozenset(c.name for c in spec.columns), tuple(c.name for c in spec.columns if c.required))


def plain_name(name: str) -> str:
    """A column's name as it is compared: lower case, _ for spaces and dashes, without the pounds that it is in."""
    pounds = re.sub(r"[\s_]*(\(£\)|£)$", "", name.strip().casefold())
    return re.sub(r"[\s\-]+", "_", pounds)


def header_in_text(content: bytes, wanted: Wanted | None) -> tuple[int, str]:
    """How many records of a CSV stand above its header, and the sign between cells of that."""
    head = content[:_HEAD_BYTES].decode("utf-8", "replace")
    lines = head.split("\n")
    blank = next((i for i, line in enumerate(lines) if line.strip("\r, ;\t")), 0)
    usual = _delimiter(lines[blank])
    if wanted is None:
        return blank, usual
    for sign in dict.fromkeys((usual, *",;\t|")):
        records = _records(head, sign)
        found = wanted.header(records)
        if found is not None:
            return found, sign
    return blank, usual


def _records(head: str, sign: str) -> list[list[str]]:
    """The first records of a CSV, as far as they can be read."""
    records: list[list[str]] = []
    try:
        for record in csv.reader(io.StringIO(head, newline=""), delimiter=sign):
            records.append(record)
            if len(records) >= LOOKED_AT:
                break
    except csv.Error:
        pass
    return records


def _delimiter(header: str) -> str:
    """The sign between cells, by what the header holds most of; a comma where in doubt."""
    counts = {sign: header.count(sign) for sign in ",;\t|"}
    most = max(counts, key=lambda sign: counts[sign])
    return most if counts[most] > counts[","] else ","


def told_above(above: Sequence[Sequence[str | None]], file: str, faults: list[Fault]) -> None:
    """Say which rows above the header were left out."""
    filled = [i + 1 for i, row in enumerate(above) if any(c and c.strip() for c in row)]
    if not filled:
        return
    shown = next(c for c in above[filled[0] - 1] if c and c.strip())
    rows = f"row {filled[0]}" if len(filled) == 1 else f"rows {filled[0]} to {filled[-1]}"
    found = f"{quoted(shown.strip())} above the header"
    mend = (
        f"The header was found in row {len(above) + 1}; {rows} above it {'is' if len(filled) == 1 else 'are'} left out."
    )
    faults.append(Fault(file, filled[0], "", found, "the header in the first row", mend, "warning"))
