"""The cohort: people by need in every cell, followed exactly through every quarter.

In a cell of one age band and deprivation fifth, people move between none, moderate, substantial and critical at rates G; of
those with a need, a part l has lost help and moves at other rates, and a part u has a supported carer. Within a quarter
both parts are held, so that dx/dt = x (G + l (G_lost - G) + u (G_carers - G)), row by row, and x(t) is x(0) times a matrix
exponential: its series is summed on the vector itself, which gives the quarter's mean as well. Compiled, and blocks may run
side by side.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...kernels import njit

Floats = NDArray[np.float64]

QUARTER = 0.25
"""Years."""
TERMS = 14
LARGEST = 0.5
"""A quarter is cut until no rate times a step is above this: 14 terms are then exact to rounding."""


def step_cohort(x0: Floats, g: Floats, lost_g: Floats, carers_g: Floats, lost: Floats, carers: Floats) -> Floats:
    """People by need, the mean of each quarter: float[draw, cell, quarter, 4].

    x0[draw, cell, 4] at the start; g and the differences lost_g, carers_g[draw, cell, 4, 4], rates a year;
    lost[draw, cell, quarter, 3] and carers[draw, quarter]: the part of each band that has lost help or whose carer is
    supported.
    """
    draws, cells, quarters = lost.shape[:3]
    shapes = ((draws, cells, 4), *[(draws, cells, 4, 4)] * 3, (draws, cells, quarters, 3), (draws, quarters))
    return np.asarray(_step(*_whole((x0, g, lost_g, carers_g, lost, carers), shapes)))


def approach(target: Floats, speed: Floats) -> Floats:
    """What a share has come to on its way to a moving target, the mean of each quarter: float[draw, row, quarter, 3].

    target and speed[draw, row, quarter, 3]: ds/dt = speed * (target - s), speed a year, infinite for at once; s starts at 0.
    """
    return np.asarray(_approach(*_whole((target, speed), (target.shape, target.shape))))


def _whole(arrays: Sequence[Floats], shapes: Sequence[tuple[int, ...]]) -> list[Floats]:
    """Arrays in the shapes that compiled code walks through unchecked; raises ValueError for one that does not fit."""
    return [np.ascontiguousarray(np.broadcast_to(a, shape)) for a, shape in zip(arrays, shapes, strict=True)]


@njit(cache=True, nogil=True)
def _step(x0: Floats, g: Floats, lost_g: Floats, carers_g: Floats, lost: Floats, carers: Floats) -> Floats:
    draws, cells, quarters = lost.shape[0], lost.shape[1], lost.shape[2]
    out = np.empty((draws, cells, quarters, 4))
    x, rates = np.empty(4), np.empty((4, 4))
    term, after, mean = np.empty(4), np.empty(4), np.empty(4)
    for d in range(draws):
        for c in range(cells):
            x[:] = x0[d, c]
            for q in range(quarters):
                rates[0] = g[d, c, 0] * QUARTER
                for i in range(1, 4):
                    for j in range(4):
                        moved = lost[d, c, q, i - 1] * lost_g[d, c, i, j] + carers[d, q] * carers_g[d, c, i, j]
                        rates[i, j] = (g[d, c, i, j] + moved) * QUARTER
                _quarter(x, rates, term, after, mean)
                out[d, c, q] = mean
    return out


@njit(cache=True, nogil=True)
def _quarter(x: Floats, rates: Floats, term: Floats, after: Floats, mean: Floats) -> None:
    """Move x[4] by exp(rates[4, 4]) in place, and put its mean on the way into `mean`; the others are room to work in."""
    fastest = 0.0
    for i in range(4):
        fastest = max(fastest, -rates[i, i])
    steps = max(int(np.ceil(fastest / LARGEST)), 1)
    mean[:] = 0.0
    for _ in range(steps):
        for j in range(4):
            term[j], after[j] = x[j], x[j]
            mean[j] += x[j] / steps
        for n in range(1, TERMS + 1):
            a, b, e, f = term[0], term[1], term[2], term[3]
            for j in range(4):
                moved = a * rates[0, j] + b * rates[1, j] + e * rates[2, j] + f * rates[3, j]
                term[j] = moved / (n * steps)
                after[j] += term[j]
                mean[j] += term[j] / ((n + 1) * steps)
        x[:] = after


@njit(cache=True, nogil=True)
def _approach(target: Floats, speed: Floats) -> Floats:
    draws, rows, quarters, bands = target.shape
    out = np.empty(target.shape)
    for d in range(draws):
        for r in range(rows):
            for k in range(bands):
                share = 0.0
                for q in range(quarters):
                    aim, way = target[d, r, q, k], speed[d, r, q, k] * QUARTER
                    left = np.exp(-way)
                    on_average = 0.0 if np.isinf(way) else ((1 - left) / way if way > 1e-12 else 1.0)
                    out[d, r, q, k] = aim + (share - aim) * on_average
                    share = aim + (share - aim) * left
    return out
