"""Rows of names below the first: questions in full, and codes of the program that asked, which are no people.

Qualtrics writes three rows of names, of which the third holds `{"ImportId": ...}`; SurveyMonkey two, of which the second
says `Response` or the answer that a column stands for. Others are noticed and asked about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from ..files.faults import Fault, quoted
from .residuals import Ints

HEAD = 500
"""Rows that are looked at."""

_DEEPEST = 4  # rows below the first in which a program's codes are looked for
_LONG = 25  # letters of a cell that may be a question
_SURVEYMONKEY = {"Response", "Open-Ended Response"}


@dataclass(frozen=True)
class NamesBelow:
    """How many rows below the first are names, and the titles of columns that they give."""

    rows: int = 0
    titles: Mapping[str, str] = field(default_factory=dict)


def names_below(
    file: str, head: pl.DataFrame, written: Mapping[str, str], rows: Ints, header_rows: int, faults: list[Fault]
) -> NamesBelow:
    """Rows of names at the top of `head`; `header_rows` says how many there are in all (0 = find out)."""
    if header_rows:
        return NamesBelow(header_rows - 1, _titles(head, written) if header_rows > 1 else {})
    for i in range(min(_DEEPEST, len(head))):
        if any(str(cell).replace(" ", "").startswith('{"ImportId"') for cell in head.row(i) if cell):
            _tell(file, rows[: i + 1], "Qualtrics", faults)
            return NamesBelow(i + 1, _titles(head, written) if i else {})
    if len(head) < 2:
        return NamesBelow()
    marked = [c for c in head.columns if head[c][0] in _SURVEYMONKEY]
    if marked and all(int((head[c] == head[c][0]).sum()) == 1 for c in marked):
        _tell(file, rows[:1], "SurveyMonkey", faults)
        return NamesBelow(1)
    odd = _odd(head)
    if odd:
        shown = quoted(head[odd[0]][0])
        mend = "It looks like a question, not an answer: delete the row, or say header_rows: 2 in poll.yaml (1 if it is one)."
        faults.append(Fault(file, int(rows[0]), written.get(odd[0], odd[0]), shown, "a person's answer", mend))
    return NamesBelow()


def _titles(head: pl.DataFrame, written: Mapping[str, str]) -> dict[str, str]:
    return {c: str(head[c][0]) for c in head.columns if head[c][0] and str(head[c][0]) != written.get(c)}


def _tell(file: str, rows: Ints, program: str, faults: list[Fault]) -> None:
    which = f"{len(rows)} rows of names below the first" if len(rows) > 1 else "a row of names below the first"
    mend = (
        f"They were left out, as {program} writes them."
        if len(rows) > 1
        else f"It was left out, as {program} writes it."
    )
    faults.append(Fault(file, int(rows[0]), "", which, "a person's answers", mend, "warning"))


def _odd(head: pl.DataFrame) -> list[str]:
    """Columns whose first cell is unlike all others, where most of the first row's cells are so."""
    filled = [c for c in head.columns if head[c][0] is not None]
    found = {c: _unlike(head[c]) for c in filled}
    sure = [c for c in filled if found[c] == _SURE]
    doubtful = [c for c in filled if found[c]]
    if len(doubtful) * 2 >= len(filled) and (sure or len(doubtful) > 1):
        return sure or doubtful
    return []


_SURE = 2


def _unlike(column: pl.Series) -> int:
    """Whether a column's first cell is no answer like the others: 0 no, 1 perhaps, 2 surely."""
    first, rest = str(column[0]), column[1:].drop_nulls()
    if len(rest) < 2 or (rest == first).any():
        return 0
    asks = first.rstrip().endswith("?") and not rest.str.strip_chars().str.ends_with("?").any()
    text = _not_number(first) and not np.any([_not_number(x) for x in rest.unique().to_list()])
    long = len(first) > _LONG and " " in first and rest.str.len_chars().max() * 2 < len(first)  # type: ignore[operator]
    repeated = rest.n_unique() * 2 <= len(rest)
    if (asks and (text or repeated)) or (text and long):
        return _SURE
    return 1 if text or (long and repeated) else 0


def _not_number(text: str) -> bool:
    try:
        float(text.replace(",", ""))
    except ValueError:
        return True
    return False
