"""How long those on a list have waited: people within so many weeks, and percentiles; compiled."""

from __future__ import annotations

import numpy as np

from ...kernels import njit
from .kernel_arrays import Floats, Ints


@njit(cache=True, error_model="numpy")
def distribution(listed: Floats, within: Ints, quantiles: Floats, counts: Floats, percentiles: Floats) -> None:
    """How many of listed[period, w] have waited less than within[k] weeks, and percentiles, [period, k or q]."""
    last, bins = len(listed) - 1, listed.shape[1]
    below = np.zeros((4, bins + 1))
    for start in range(0, last + 1, 4):  # four sums side by side: each number must wait for the one before
        a, b, c, d = 0.0, 0.0, 0.0, 0.0
        second, third, fourth = min(start + 1, last), min(start + 2, last), min(start + 3, last)
        for w in range(bins):
            a, b, c, d = a + listed[start, w], b + listed[second, w], c + listed[third, w], d + listed[fourth, w]
            below[0, w + 1], below[1, w + 1], below[2, w + 1], below[3, w + 1] = a, b, c, d
        for now in range(start, min(start + 4, last + 1)):
            for k in range(len(within)):
                counts[now, k] = below[now - start, min(within[k], bins)]
            for q in range(len(quantiles)):
                percentiles[now, q] = percentile_of(below[now - start], quantiles[q])


@njit(cache=True, error_model="numpy")
def percentile_of(below: Floats, share: float) -> float:
    """Weeks at which below[w], people who have waited less than w weeks, reaches a share of all; NaN if there are none."""
    last = len(below) - 1
    if below[last] <= 0.0:
        return np.nan
    target = share * below[last]
    w, high = 0, last - 1  # the first bin at whose end enough have waited less
    while w < high:
        middle = (w + high) // 2
        if below[middle + 1] >= target and below[middle + 1] > 0.0:
            high = middle
        else:
            w = middle + 1
    return float(w + (target - below[w]) / (below[w + 1] - below[w]))
