"""The cost of the wait that somebody who still needs treatment may expect, from a period life table; compiled.

Over the weeks of a period, n_w people were there to be treated with w weeks behind them and treated_w of them were. So the
hazard is h_w = treated_w / n_w, and of those who join, S_w = prod_{u<w} (1 - h_u) are still waiting after w weeks. Whoever leaves
untreated, is taken off or sent elsewhere is out of n_w from then on and counts neither as treated nor as waiting (censored):
a list that people give up on is no quicker for it. The cost of a wait that ends in its w-th week being costs[w],

    expected cost = sum_w S_w * h_w * costs[w]

Those who have waited longest are few: the oldest who together are `THIN` of all person-weeks share one hazard, which holds
for every week beyond, too. A wait is counted to the last of `costs` and no longer: where nobody is treated that is its cost.

Who was there is known from lists at weeks' ends, without counting treatments: n_{w+1} = keep_w * (list_w before) + appear_w, less
who was driven off before treatment, and treated_w = n_w - list_w after.
"""

from __future__ import annotations

import numpy as np

from ...kernels import njit
from ...simd import add, div, fill, greatest, load, mul, store, sub, total
from .layout import Desk, Floats

THIN = 0.001
"""Share of person-weeks at risk that the longest waiters hold together from which on their own hazard is known; judged."""

ENOUGH = 1e-12
"""Share of those who joined below which nobody is followed any further."""


@njit(cache=True, error_model="numpy")
def wanted_of(at: int, top: int, new: float, desk: Desk) -> float:
    """As many as will want treatment, and the list is added to what stood in the period, with who is new in the week."""
    line, through, stood = desk.line, desk.through, desk.stood
    a, b = fill(0.0), fill(0.0)
    for i in range(0, top, 16):
        first, second = load(line, at + i), load(line, at + i + 8)
        a = add(a, mul(first, load(through, i)))
        b = add(b, mul(second, load(through, i + 8)))
        store(stood, i, add(load(stood, i), first))
        store(stood, i + 8, add(load(stood, i + 8), second))
    desk.counts[0] += new
    desk.counts[1] += 1.0
    desk.counts[2] = max(desk.counts[2], float(top))
    people: float = total(add(a, b))
    return people


@njit(cache=True, error_model="numpy")
def begin(line: Floats, at: int, bins: int, desk: Desk) -> None:
    """Begin to count a period's person-weeks."""
    nothing = fill(0.0)
    for i in range(0, bins, 8):
        store(desk.began, i, load(line, at + i))
        store(desk.stood, i, nothing)
        store(desk.driven, i, nothing)
    desk.counts[:] = 0.0


@njit(cache=True, error_model="numpy")
def keep_of(line: Floats, at: int, bins: int, desk: Desk, sign: float) -> None:
    """Add a list to what was driven off, or take it off; people may be in any bin then."""
    times = fill(sign)
    for i in range(0, bins, 8):
        store(desk.driven, i, add(load(desk.driven, i), mul(times, load(line, at + i))))
    desk.counts[2] = float(bins)


@njit(cache=True, error_model="numpy")
def expected_cost(line: Floats, at: int, bins: int, last: int, costs: Floats, desk: Desk) -> float:
    """The expected cost of waiting in a period that ends with line[at + w]; nobody waits beyond bin `last` in the end, or appears
    there. NaN where nobody was there. Leaves n_w in desk.there, treated_w in desk.cured and h_w in desk.stood.
    """
    last = min(max(last, int(desk.counts[2])) + 1, bins - 1)
    everyone = _at_risk(line, at, bins, last, desk)
    if everyone <= 0.0:
        return np.nan
    there, cured, share = desk.there, desk.cured, desk.stood
    old, treated, few, longest = 0.0, 0.0, last + 1, len(costs) - 1
    while few > 0 and old < THIN * everyone:
        few -= 1
        old += there[few]
        treated += cured[few]
    few = min(few, longest)
    share[few : few + 4] = 0.0
    cost, waiting = _first(share, few, costs)
    thin = treated / old
    for w in range(few, longest):
        if waiting < ENOUGH:
            break
        cost += waiting * thin * costs[w]
        waiting *= 1.0 - thin
    whole: float = cost + waiting * costs[longest]
    return whole


@njit(cache=True, error_model="numpy")
def _at_risk(line: Floats, at: int, bins: int, last: int, desk: Desk) -> float:
    """Lay n_w and treated_w on the desk, and h_w, 0 where nobody was, in place of `stood`; returns all person-weeks at risk."""
    there, cured, stood, nothing = desk.there, desk.cured, desk.stood, fill(0.0)
    there[0] = desk.counts[0] - desk.driven[0]
    weeks = fill(desk.counts[1])
    for i in range(0, last + 1, 8):
        lists, off = load(stood, i), load(desk.driven, i + 1)
        store(there, i + 1, sub(add(mul(load(desk.keep, i), lists), mul(weeks, load(desk.appear, i))), off))
        store(cured, i, add(sub(lists, load(desk.began, i)), load(line, at + i)))  # lists at the weeks' ends
    there[bins - 1] += there[bins]  # who grows out of the last bin stays in it
    there[last + 1 :] = 0.0
    everyone, one = nothing, fill(1e-300)
    for i in range(0, last + 1, 8):
        n = greatest(load(there, i), nothing)
        treated = greatest(sub(n, load(cured, i)), nothing)
        store(there, i, n)
        store(cured, i, treated)
        store(stood, i, div(treated, greatest(n, one)))
        everyone = add(everyone, n)
    people: float = total(everyone)
    return people


@njit(cache=True, error_model="numpy")
def _first(share: Floats, few: int, costs: Floats) -> tuple[float, float]:
    """Expected cost within the first `few` weeks, and who is still waiting: four stretches side by side, since each product must
    wait for the one before. Shares from `few` on are nought.
    """
    q = (few + 3) // 4
    a, b, c, d = 1.0, 1.0, 1.0, 1.0
    of_a, of_b, of_c, of_d = 0.0, 0.0, 0.0, 0.0
    for w in range(q):
        h, i, j, k = share[w], share[q + w], share[2 * q + w], share[3 * q + w]
        of_a += a * h * costs[w]
        of_b += b * i * costs[q + w]
        of_c += c * j * costs[2 * q + w]
        of_d += d * k * costs[3 * q + w]
        a *= 1.0 - h
        b *= 1.0 - i
        c *= 1.0 - j
        d *= 1.0 - k
    return of_a + a * (of_b + b * (of_c + c * of_d)), a * b * c * d


# compiled with simd:b407d72c
