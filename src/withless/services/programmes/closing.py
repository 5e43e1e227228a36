"""What closing programmes costs once, and which lever brought it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .portfolio import Portfolio
from .ways import CAUSES, Spending

Floats = NDArray[np.float64]


def closing(p: Portfolio, s: Spending, each: Floats) -> tuple[Floats, dict[str, Floats]]:
    """One-off pounds [programme, draw, quarter] and by lever and unit, {lever: [draw, quarter, unit]}; `each[draw]` is the cost of
    closing as a share of a year's fixed cost. A programme that opens and closes again pays once.
    """
    shut = np.maximum.accumulate(np.maximum(p.open - s.running[s.which], 0.0), axis=1)
    falls = np.diff(shut, axis=1, prepend=0.0) * p.fixed
    pounds = each[:, None, None] * falls
    if not falls.any():
        return np.moveaxis(pounds, 2, 0), {}
    cause = s.cause[s.which]
    by_lever = {lever: np.where(cause == k, pounds, 0.0) for k, lever in enumerate(CAUSES)}
    return np.moveaxis(pounds, 2, 0), {
        lever: found if lever in ("open", "spend") else found.sum(axis=2, keepdims=True)
        for lever, found in by_lever.items()
        if found.any()
    }
