"""Division where the divisor may be zero, and numbers as people write them: pounds, shares, sizes with a letter."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_LETTERS = ((1e9, "bn", 1e9), (1e6, "m", 1e6), (1e4, "k", 1e3))
"""(from this size on, letter, what it stands for)."""


def ratio(part: ArrayLike, whole: ArrayLike, empty: float = math.nan) -> Floats:
    """Part / whole by element; `empty` where the whole is zero. No warning; what is not a number stays so."""
    top, bottom = np.broadcast_arrays(np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64))
    found = np.full(top.shape, empty)
    np.divide(top, bottom, out=found, where=bottom != 0)
    return found


def short(x: float, digits: int = 3) -> str:
    """A size with a letter: `2.4m`, `240k`, `9,876`, `0.13`."""
    for least, letter, unit in _LETTERS:
        if abs(x) >= least:
            return f"{x / unit:.{digits}g}{letter}"
    return f"{x:,.0f}" if abs(x) >= 100 else f"{x:.{digits}g}"


def pounds(x: float, digits: int = 4) -> str:
    """Money: `£900k`, `£1.25m`, `£210`, `-£40`; whole pounds below ten thousand."""
    if not math.isfinite(x):
        return "an amount that is not known"
    sign = "-" if x < 0 else ""
    return f"{sign}£{abs(x):,.0f}" if abs(x) < _LETTERS[-1][0] else f"{sign}£{short(abs(x), digits)}"


def percent(share: float, digits: int = 3) -> str:
    """A share as per cent: `34.5%`."""
    return f"{100 * share:.{digits}g}%"
