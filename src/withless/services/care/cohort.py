"""The monthly cohort: people by need in every cell, those who lost help moving at rates of their own.

For a cell of one age band and deprivation fifth with people x (none, moderate, substantial, critical), l of them without
the help they would have had and u with a supported carer: x' = x P + l (P_lost - P) + u (P_carers - P), a month at a
time. P are matrix exponentials, so each group moves exactly; who has lost help is looked at anew every month.
Compiled, because a month is little work and there are many.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MONTHS = 3
"""Steps in a quarter."""


@njit(cache=True)  # type: ignore[untyped-decorator]
def step_cohort(x0: Floats, p: Floats, lost_p: Floats, carers_p: Floats, lost: Floats, carers: Floats) -> Floats:
    """People by need, the mean of each quarter: float[draw, cell, quarter, 4].

    x0[draw, cell, 4] at the start; p and the differences lost_p, carers_p[draw, cell, 4, 4] for a month;
    lost[draw, cell, quarter, 3] and carers[draw, quarter]: the part of each band that has lost help or whose carer is
    supported.
    """
    draws, cells, quarters = lost.shape[0], lost.shape[1], lost.shape[2]
    out = np.empty((draws, cells, quarters, 4))
    x, y = np.empty(4), np.empty(4)
    for d in range(draws):
        for c in range(cells):
            for i in range(4):
                x[i] = x0[d, c, i]
            for q in range(quarters):
                for j in range(4):
                    out[d, c, q, j] = 0.0
                for _ in range(MONTHS):
                    for j in range(4):
                        total = x[0] * p[d, c, 0, j]
                        for i in range(1, 4):
                            moved = p[d, c, i, j] + lost[d, c, q, i - 1] * lost_p[d, c, i, j]
                            total += x[i] * (moved + carers[d, q] * carers_p[d, c, i, j])
                        y[j] = total
                    for j in range(4):
                        out[d, c, q, j] += (x[j] + y[j]) / (2 * MONTHS)
                        x[j] = y[j]
    return out


@njit(cache=True)  # type: ignore[untyped-decorator]
def approach(target: Floats, monthly: Floats) -> Floats:
    """What a share has come to on its way to a moving target, the mean of each quarter: float[draw, row, quarter, 3].

    target and monthly[draw, row, quarter, 3]: each month the share goes `monthly` (0 to 1) of the way; it starts at 0.
    """
    draws, rows, quarters, bands = target.shape
    out = np.empty(target.shape)
    for d in range(draws):
        for r in range(rows):
            for k in range(bands):
                share = 0.0
                for q in range(quarters):
                    total, way, aim = 0.0, monthly[d, r, q, k], target[d, r, q, k]
                    if way >= 1.0:
                        share = aim
                        out[d, r, q, k] = aim
                        continue
                    for _ in range(MONTHS):
                        after = share + (aim - share) * way
                        total += (share + after) / 2
                        share = after
                    out[d, r, q, k] = total / MONTHS
    return out
