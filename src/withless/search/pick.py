"""One bundle a service, at least so much saved, the least harm: a knapsack with few choices, solved over steps of the saving."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

STEPS = 2000
"""Parts that the saving is divided into; each bundle's is rounded to the nearest."""


def pick(savings: Sequence[Sequence[float]], harms: Sequence[Sequence[float]], target: float) -> list[int] | None:
    """Which bundle of each service, savings[service][bundle] and harms alike; None where no choice saves the target.

    Savings may be below zero. Dynamic programming over the saving so far, all beyond the target counted as the target.
    """
    step = target / STEPS if target > 0 else 1.0
    lowest = sum(min(*s, 0.0) if len(s) > 1 else min(s[0], 0.0) for s in savings)
    shift = int(np.ceil(-lowest / step)) if lowest < 0 else 0
    size = shift + (STEPS if target > 0 else 0) + 1
    best = np.full(size, np.inf)
    best[shift] = 0.0
    taken = np.zeros((len(savings), size), dtype=np.int64)
    came = np.zeros((len(savings), size), dtype=np.int64)
    for k, (some, harm) in enumerate(zip(savings, harms, strict=True)):
        after = np.full(size, np.inf)
        for j, (s, h) in enumerate(zip(some, harm, strict=True)):
            for at in np.flatnonzero(np.isfinite(best)):
                to = int(np.clip(at + round(s / step), 0, size - 1))
                if best[at] + h < after[to]:
                    after[to], taken[k, to], came[k, to] = best[at] + h, j, at
        best = after
    reached = size - 1
    slack = max(1, STEPS // 500)
    ends = [e for e in range(max(0, reached - slack), reached + 1) if np.isfinite(best[e])]
    if not ends:
        return None
    end, chosen = min(ends, key=lambda e: best[e]), []
    for k in range(len(savings) - 1, -1, -1):
        chosen.append(int(taken[k, end]))
        end = int(came[k, end])
    return chosen[::-1]
