"""Whether people use a venue at all, and which: what all parts of the choice model share, of one draw or of eight side by side.

    pull          S_i = sum_j T_ij w_j, effective where venues share a nest (nests.py)
    odds of use   x_ia = S_i^lam * odds_i * age_a
    users         N_ia * P_ia,   P = x / (1 + x)

Arrays of one draw have the axes named; those of eight have one of 8 more, the last (simd.py).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...kernels import njit
from ...simd import at, exp, log, put
from .nests import Nests, weigh

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Sites = NDArray[np.uint32]
"""Unsigned, because compiled code looks at the sign of every other index."""

AGES = 6
CERTAIN = 1e90
"""Odds above this are as good as certain; three of them can be multiplied."""
TINY = 1e-300


class Mode(NamedTuple):
    """One mode of travel: attraction t[pair] of pairs in rows by area (row i is start[i] : start[i + 1]) with their sites,
    share[area] of people who go so, the nests that areas see and rho[node] of those.
    """

    t: Floats
    start: Ints
    site: Sites
    share: Floats
    seen: Nests
    rho: Floats


class Person(NamedTuple):
    """Who chooses: lam[1], odds[area] of use apart from venues and ages[age], factors on them; alike in all draws
    quintile[area] (5 = outside) and people[area, age].
    """

    lam: Floats
    odds: Floats
    ages: Floats
    quintile: Ints
    people: Floats


@njit(inline="always")
def pulls(
    t: Floats,
    w: Floats,
    start: Ints,
    site: Sites,
    first: Ints,
    one: Ints,
    two: Ints,
    node: Ints,
    rho: Floats,
    i: int,
    part: Floats,
    slot: Floats,
    split: Floats,
) -> Any:
    """Lay the effective pulls of area i into part; returns their sum. Arrays are those of `Mode` and its `Nests`."""
    there = 0.0
    for p in range(start[i], start[i + 1]):
        pull = at(t, p) * at(w, site[p])
        put(part, p - start[i], pull)
        there += pull
    if first[i + 1] > first[i]:
        count = start[i + 1] - start[i]
        weigh(part, 0, count, first[i], first[i + 1], one, two, node, rho, slot, split)
        there = 0.0
        for k in range(count):
            there += at(part, k)
    return there


@njit(inline="always")
def odds_at(pull: Any, lam: Any, odds: Any) -> Any:
    """The odds of use but for age, at a pull above 0."""
    return exp(lam * log(pull)) * odds


@njit(inline="always")
def three_ages(x: Any, ages: Floats, g: int, of: Any) -> Any:
    """The odds of use of three ages from g on, and `of` / (1 + odds): the part `of` them that stays out.

    They share a division, which takes as long as a dozen products.
    """
    x0, x1, x2 = x * at(ages, g), x * at(ages, g + 1), x * at(ages, g + 2)
    d0, d1, d2 = 1.0 + x0, 1.0 + x1, 1.0 + x2
    d12 = d1 * d2
    out = of / (d0 * d12)
    rest = out * d0
    return x0, x1, x2, out * d12, rest * d2, rest * d1


@njit(inline="always")
def participation(x: Any, ages: Floats, people: Floats, i: int) -> Any:
    """Users of area i at odds x but for age, sum N P, and how they bend with the log odds, sum N P (1 - P)."""
    x0, x1, x2, out0, out1, out2 = three_ages(x, ages, 0, 1.0)
    x3, x4, x5, out3, out4, out5 = three_ages(x, ages, 3, 1.0)
    n0, n1, n2 = people[i, 0] * (x0 * out0), people[i, 1] * (x1 * out1), people[i, 2] * (x2 * out2)
    n3, n4, n5 = people[i, 3] * (x3 * out3), people[i, 4] * (x4 * out4), people[i, 5] * (x5 * out5)
    bend = (n0 * out0 + n1 * out1 + n2 * out2) + (n3 * out3 + n4 * out4 + n5 * out5)
    return (n0 + n1 + n2) + (n3 + n4 + n5), bend
