"""What stands in a cell, as an answer: codes without a needless point, and words by which programs write nothing."""

from __future__ import annotations

import re

BLANKS = frozenset({"NA", "<NA>", "NaN", "nan", "NULL"})
"""Words for nothing: R writes NA, pandas NaN and <NA>, data bases NULL."""

_WHOLE = re.compile(r"([+-]?\d+)\.0+")


def plain_code(text: str) -> str:
    """A code as it is compared: `1.0`, as pandas writes codes of a column with gaps, is `1`."""
    text = text.strip()
    found = _WHOLE.fullmatch(text)
    return found[1] if found else text
