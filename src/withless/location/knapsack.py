"""The fractional knapsack with one option a venue: the inner problem of the Lagrangian bound, solved by its one multiplier."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..kernels import njit
from .problem import Floats, Ints

Bools = NDArray[np.bool_]
ROUNDS = 200


@njit(cache=True, nogil=True, error_model="numpy")
def priced(
    first: Ints, gain: Floats, saving: Floats, allowed: Bools, price: float, best: Floats
) -> tuple[float, float]:
    """Sum over venues of the best gain + price * saving, laid into best[venue], and the saving of those options."""
    total, saved = 0.0, 0.0
    for v in range(len(first) - 1):
        most, its = -np.inf, 0.0
        for o in range(first[v], first[v + 1]):
            if allowed[o]:
                here = gain[o] + price * saving[o]
                if here > most or (here == most and saving[o] > its):
                    most, its = here, saving[o]
        best[v] = most
        total += most
        saved += its
    return total, saved


@njit(cache=True, nogil=True, error_model="numpy")
def upper(
    first: Ints, gain: Floats, saving: Floats, allowed: Bools, target: float, best: Floats
) -> tuple[float, float]:
    """The most that gain . y can be, at least `target` saved, one allowed option a venue, y fractional: (bound, price).

    The bound is that of the price given back: valid at any price at least 0, whatever rounding did on the way to it. Leaves
    every venue's best in best[venue]; -inf where the target is out of reach.
    """
    total, saved = priced(first, gain, saving, allowed, 0.0, best)
    if saved >= target:
        return total, 0.0
    low, high, spread = 0.0, 1e-9, 0.0
    for o in range(len(gain)):
        if allowed[o]:
            spread = max(spread, abs(gain[o]))
    high = max(high, spread * 1e-6 / max(abs(target), 1e-300))
    for _ in range(200):
        total, saved = priced(first, gain, saving, allowed, high, best)
        if saved >= target:
            break
        if total - high * target < -1e3 * (1.0 + spread * len(first)):
            return -np.inf, high
        low, high = high, 2.0 * high
    for _ in range(ROUNDS):
        middle = (low + high) / 2
        if middle <= low or middle >= high:
            break
        total, saved = priced(first, gain, saving, allowed, middle, best)
        if saved >= target:
            high = middle
        else:
            low = middle
    total, _ = priced(first, gain, saving, allowed, high, best)
    return total - high * target, high


@njit(cache=True, nogil=True, error_model="numpy")
def most_saved(first: Ints, saving: Floats, allowed: Bools) -> float:
    """The most that any choice of allowed options saves; -inf where a venue has none."""
    total = 0.0
    for v in range(len(first) - 1):
        most = -np.inf
        for o in range(first[v], first[v + 1]):
            if allowed[o]:
                most = max(most, saving[o])
        total += most
    return total
