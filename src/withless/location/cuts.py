"""Linear upper bounds on the value of rows: f(y) <= constant + coefficients * y for every allowed choice of options.

y[option] is 1 where an option is chosen. Every row takes the bound that is lowest at the point to be cut off, among

- the tangent of use at the mean pull (use is concave in pull, and pull linear in y where no nests are);
- submodular bounds about a reference choice x (Nemhauser and Wolsey), for options with more or less pull than the reference:
  with A the pull at x, delta of an option its pull less the reference's, phi use in the row,

      phi(A + ups - downs)  <=  phi(A) + sum_ups g(up) - sum_downs L(down)        about ups at x      (`lower`)
      phi(A + ups - downs)  <=  phi(A) + sum_ups u(up) - sum_downs l(down)        about downs at x    (`upper`)

  with g(d) = phi(A + d) - phi(A) and l(d) = phi(A) - phi(A - d) exact, and L and u lifted. Nemhauser and Wolsey's L takes
  every up as there: phi(A + T) - phi(A + T - d), T all ups together. But ups cost g, and g(up) >= s * up with s = g(U)/U for
  U the largest, so no more than max_t [phi(A + t - d) - s t] is left of downs d: with phi'(A + v) = s,

      w(d) = s d - (phi(A + v) - phi(A) - s v)  while v + d <= T,  then  phi(A) + s T - phi(A + T - d).

  w is convex and at most 0 at 0, so it is superadditive, and so is the larger of both: that is L. u is its mirror image, the
  smaller of phi(A - D + t) - phi(A - D) and s' t + (phi(A - v') - phi(A) + s' v'), subadditive. This is the lifting of Ahmed
  and Atamturk (Math. Programming 128, 2011) with the knapsack of ups relaxed, which holds for venues with many options too.

Where venues share nests, pull is itself submodular: ups are valued at the reference and downs with everything there, or
downs at the reference and ups with nothing there; what follows takes these as the deltas.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..kernels import njit
from .evaluate import nested, slope, use
from .problem import Arrays, Floats, Ints

Bools = NDArray[np.bool_]

LEVELS = np.array([0.5, 0.9, 0.1, 0.7, 0.3])
"""References: at level q a venue's is its best option that, with all better ones, has q of the venue's y."""
STEPS = 60
"""Halvings, on a scale of ratios, to find where the slope of use is s; what is left between the last two is added."""
ROUNDING = 1e-13
"""Part of a row's pull that sums with nests may be off; bounds are rounded up by it."""


class Deltas(NamedTuple):
    """By option of a row, in the order of its entries: pull less the reference's, total pull if it alone moves, and if it moves
    once all that is valued exactly is there.
    """

    delta: Floats
    near: Floats
    far: Floats


@njit(cache=True, nogil=True, error_model="numpy")
def cuts(
    p: Arrays, y: Floats, allowed: Bools, rows: Ints, group: Ints, levels: Floats, constant: Floats, coefficient: Floats
) -> None:
    """Add, for the `rows` asked for, each row's best bound at y to constant[group] and coefficient[group, option].

    `group[row]`; bounds hold for choices among options that are allowed[option].
    """
    widest, options = 1, len(allowed)
    for r in range(len(p.start) - 1):
        widest = max(widest, _room(p, r))
    best, trial = np.empty(widest), np.empty(widest)
    d = Deltas(np.empty(widest), np.empty(widest), np.empty(widest))
    ref = np.empty(options, dtype=np.int64)
    for index in range(len(rows)):
        r = rows[index]
        const = _nearest(p, r, y, allowed, best) if p.nearest else _best(p, r, y, allowed, levels, ref, d, trial, best)
        g, at = group[r], 0
        constant[g] += const
        for e in range(p.start[r], p.start[r + 1]):
            v = p.venue[e]
            for o in range(p.first[v], p.first[v + 1]):
                coefficient[g, o] += best[at]
                at += 1


@njit(cache=True, nogil=True, error_model="numpy")
def _room(p: Arrays, r: int) -> int:
    found = 0
    for e in range(p.start[r], p.start[r + 1]):
        found += p.first[p.venue[e] + 1] - p.first[p.venue[e]]
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _best(
    p: Arrays,
    r: int,
    y: Floats,
    allowed: Bools,
    levels: Floats,
    ref: Ints,
    d: Deltas,
    trial: Floats,
    best: Floats,
) -> float:
    """The lowest bound at y of row r: its constant, coefficients in best."""
    lowest, const = np.inf, 0.0
    if _whole(p, r, y):  # any bound about the choice itself is exact there
        _reference(p, r, y, allowed, 0.5, ref)
        return _lifted(p, r, ref, _deltas(p, r, ref, allowed, False, d), d, allowed, False, best)
    if p.step[r + 1] == p.step[r]:
        const = _tangent(p, r, y, allowed, best)
        if const < np.inf:
            lowest = const + _at(p, r, y, best)
    for level in levels:
        _reference(p, r, y, allowed, level, ref)
        for upper in range(2):
            total = _deltas(p, r, ref, allowed, upper == 1, d)
            c = _lifted(p, r, ref, total, d, allowed, upper == 1, trial)
            bound = c + _at(p, r, y, trial)
            if bound < lowest:
                lowest, const = bound, c
                best[:] = trial
    return const


@njit(cache=True, nogil=True, error_model="numpy")
def _whole(p: Arrays, r: int, y: Floats) -> bool:
    """Whether no venue of a row is divided."""
    for e in range(p.start[r], p.start[r + 1]):
        for o in range(p.first[p.venue[e]], p.first[p.venue[e] + 1]):
            if 1e-9 < y[o] < 1.0 - 1e-9:
                return False
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _at(p: Arrays, r: int, y: Floats, coefficient: Floats) -> float:
    """Coefficients times y."""
    found, at = 0.0, 0
    for e in range(p.start[r], p.start[r + 1]):
        v = p.venue[e]
        for o in range(p.first[v], p.first[v + 1]):
            if y[o] != 0.0:
                found += coefficient[at] * y[o]
            at += 1
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _tangent(p: Arrays, r: int, y: Floats, allowed: Bools, out: Floats) -> float:
    """The tangent of use at the mean pull, no coefficient larger than what it takes to reach the most there can be; inf where
    nothing is near.
    """
    total, everything = 0.0, 0.0
    for e in range(p.start[r], p.start[r + 1]):
        first, most = p.first[p.venue[e]], 0.0
        for k in range(p.first[p.venue[e] + 1] - first):
            total += y[first + k] * p.value[p.at[e] + k]
            if allowed[first + k]:
                most = max(most, p.value[p.at[e] + k])
        everything += most
    steep, at = slope(p, r, total), 0
    const = use(p, r, total) - steep * total
    most = use(p, r, everything) - const
    if total <= 0.0 or not (0.0 <= const < np.inf and 0.0 <= steep < 1e200):
        return np.inf
    for e in range(p.start[r], p.start[r + 1]):
        for k in range(p.first[p.venue[e] + 1] - p.first[p.venue[e]]):
            out[at] = min(steep * p.value[p.at[e] + k], most)
            at += 1
    return const


@njit(cache=True, nogil=True, error_model="numpy")
def _reference(p: Arrays, r: int, y: Floats, allowed: Bools, level: float, ref: Ints) -> None:
    """Lay the reference option of every venue of row r, counted within the venue, into ref[entry within the row]."""
    for e in range(p.start[r], p.start[r + 1]):
        v, at = p.venue[e], p.at[e]
        best, worst = -1, -1
        for k in range(p.first[v + 1] - p.first[v]):
            if not allowed[p.first[v] + k]:
                continue
            reached = 0.0
            for other in range(p.first[v + 1] - p.first[v]):
                if p.value[at + other] >= p.value[at + k]:
                    reached += y[p.first[v] + other]
            if reached >= level and (best < 0 or p.value[at + k] > p.value[at + best]):
                best = k
            if worst < 0 or p.value[at + k] < p.value[at + worst]:
                worst = k
        ref[e - p.start[r]] = best if best >= 0 else worst


@njit(cache=True, nogil=True, error_model="numpy")
def _deltas(p: Arrays, r: int, ref: Ints, allowed: Bools, upper: bool, d: Deltas) -> float:
    """Lay d.delta and d.near out for a reference; returns the total pull there."""
    if p.step[r + 1] > p.step[r]:
        total = _nested_deltas(p, r, ref, allowed, upper, d.delta)
        for at in range(_room(p, r)):
            d.near[at] = max(total + d.delta[at], 0.0) + ROUNDING * total
        return total
    begin, many = p.start[r], p.start[r + 1] - p.start[r]
    before, after, at = np.zeros(many + 1), 0.0, _room(p, r)
    for e in range(begin, p.start[r + 1]):
        before[e - begin + 1] = before[e - begin] + p.value[p.at[e] + ref[e - begin]]
    for e in range(p.start[r + 1] - 1, begin - 1, -1):
        here = p.value[p.at[e] + ref[e - begin]]
        for k in range(p.first[p.venue[e] + 1] - p.first[p.venue[e]] - 1, -1, -1):
            at -= 1
            d.delta[at] = p.value[p.at[e] + k] - here
            d.near[at] = before[e - begin] + after + p.value[p.at[e] + k]
        after += here
    summed: float = before[many]
    return summed


@njit(cache=True, nogil=True, error_model="numpy")
def _nested_deltas(p: Arrays, r: int, ref: Ints, allowed: Bools, upper: bool, delta: Floats) -> float:
    """The same for a row with nests: `upper` values downs at the reference and ups with the rest of the nests empty; else ups
    at the reference and downs with all of the nests there.
    """
    steps, begin = p.step[r + 1] - p.step[r], p.start[r]
    size = p.pairs[r] + steps
    here, rest, work = np.zeros(size), np.zeros(size), np.empty(size)
    for e in range(begin, p.start[r + 1]):
        v = p.venue[e]
        slot, value = p.slot[p.at[e] + ref[e - begin]], p.value[p.at[e] + ref[e - begin]]
        if slot >= 0:
            here[slot] += value
        for k in range(p.first[v + 1] - p.first[v]):
            other = p.slot[p.at[e] + k]
            if p.joined[p.at[e] + k] and not upper and allowed[p.first[v] + k]:
                rest[other] = max(rest[other], p.value[p.at[e] + k])
    work[:] = here
    total = nested(p, r, work)
    base = here if upper else rest
    at = 0
    for e in range(begin, p.start[r + 1]):
        v = p.venue[e]
        own = p.slot[p.at[e] + ref[e - begin]]
        value = p.value[p.at[e] + ref[e - begin]]
        for k in range(p.first[v + 1] - p.first[v]):
            slot, other = p.slot[p.at[e] + k], p.value[p.at[e] + k]
            if k == ref[e - begin] or not allowed[p.first[v] + k]:
                delta[at] = 0.0
            elif p.joined[p.at[e] + ref[e - begin]] or p.joined[p.at[e] + k]:
                up, down = 0.0, 0.0
                lost = value if slot != own else max(value - other, 0.0)
                gained = other if slot != own else max(other - value, 0.0)
                if own >= 0 and lost > 0.0:
                    was = base[own]
                    base[own] = value
                    work[:] = base
                    down = nested(p, r, work)
                    base[own] = value - lost
                    work[:] = base
                    down -= nested(p, r, work)
                    base[own] = was
                if slot >= 0 and gained > 0.0:
                    start = rest if upper else here
                    was = start[slot]
                    start[slot] = value if slot == own else 0.0
                    work[:] = start
                    up = -nested(p, r, work)
                    start[slot] = other
                    work[:] = start
                    up += nested(p, r, work)
                    start[slot] = was
                delta[at] = up - down
            else:
                delta[at] = other - value
            at += 1
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _lifted(p: Arrays, r: int, ref: Ints, total: float, d: Deltas, allowed: Bools, upper: bool, out: Floats) -> float:
    """Coefficients of the submodular bound about a reference with pull `total`, into out; returns the constant."""
    sign = -1.0 if upper else 1.0  # what is valued exactly: ups (lower) or downs (upper)
    sums = _exact_side(p, r, ref, total, d, allowed, sign)
    base, steep, extra, turn = use(p, r, total), 0.0, 0.0, total
    if sums.largest > 0.0:
        steep = abs(use(p, r, sums.at_largest) - base) / sums.largest
        turn, extra = _turn(p, r, min(total, sums.at_largest), max(total, sums.at_largest), total, base, steep)
    end, at = use(p, r, sums.everything), 0
    for e in range(p.start[r], p.start[r + 1]):
        v = p.venue[e]
        for _ in range(p.first[v], p.first[v + 1]):
            size = abs(d.delta[at])
            if size == 0.0:
                out[at] = 0.0
            elif sign * d.delta[at] > 0.0:
                out[at] = use(p, r, d.near[at]) - base
            else:
                there = use(p, r, d.far[at])
                lifted = extra - sign * steep * size
                if abs(turn - total) + size > sums.total:
                    lifted = there - base - sign * steep * sums.total
                out[at] = min(there - end, lifted)
            at += 1
    return base


class Exact(NamedTuple):
    """Of the side that is valued exactly: all its deltas together, the largest one, total pull with that one alone, and with
    all of them.
    """

    total: float
    largest: float
    at_largest: float
    everything: float


@njit(cache=True, nogil=True, error_model="numpy")
def _exact_side(p: Arrays, r: int, ref: Ints, total: float, d: Deltas, allowed: Bools, sign: float) -> Exact:
    """Sums of one side, and d.far: the pull with all of that side there and an option moved the other way.

    Sums leave a venue out by adding up the others, never by taking it from the whole: one may draw nearly everything.
    """
    begin, many = p.start[r], p.start[r + 1] - p.start[r]
    own, before = np.empty(many), np.zeros(many + 1)
    largest, at_largest, summed, at = 0.0, total, 0.0, 0
    plain = p.step[r + 1] == p.step[r]
    for e in range(begin, p.start[r + 1]):
        v, most = p.venue[e], 0.0
        for o in range(p.first[v], p.first[v + 1]):
            if allowed[o] and sign * d.delta[at] > most:
                most = sign * d.delta[at]
                if most > largest:
                    largest, at_largest = most, d.near[at]
            at += 1
        summed += most
        own[e - begin] = p.value[p.at[e] + ref[e - begin]] + sign * most
        before[e - begin + 1] = before[e - begin] + own[e - begin]
    everything = before[many] if plain else max(total + sign * summed, 0.0)
    after = 0.0
    for e in range(p.start[r + 1] - 1, begin - 1, -1):
        v = p.venue[e]
        here = p.value[p.at[e] + ref[e - begin]]
        for k in range(p.first[v + 1] - p.first[v] - 1, -1, -1):
            at -= 1
            if plain:
                mine = (own[e - begin] - here) + p.value[p.at[e] + k]
                d.far[at] = max(before[e - begin] + after + mine, 0.0)
            else:
                d.far[at] = max(everything + d.delta[at], 0.0) + ROUNDING * total
        after += own[e - begin]
    return Exact(summed, largest, at_largest, everything)


@njit(cache=True, nogil=True, error_model="numpy")
def _turn(p: Arrays, r: int, low: float, high: float, total: float, base: float, steep: float) -> tuple[float, float]:
    """The pull B between low and high at which use slopes by `steep`; use(B) - base - steep * (B - total), rounded up."""
    least = max(low, high * 1e-300)
    low = least
    for _ in range(STEPS):
        middle = np.sqrt(low) * np.sqrt(high)
        if not low < middle < high:
            break
        if slope(p, r, middle) > steep:
            low = middle
        else:
            high = middle
    over = max(slope(p, r, low) - steep, 0.0) * (high - low)
    return low, use(p, r, low) - base - steep * (low - total) + min(over, steep * high)


@njit(cache=True, nogil=True, error_model="numpy")
def _nearest(p: Arrays, r: int, y: Floats, allowed: Bools, out: Floats) -> float:
    """Where the nearest counts: value <= v + sum of (value_o - v) over options worth more than v, for the v that is lowest."""
    room = 0
    for e in range(p.start[r], p.start[r + 1]):
        room += p.first[p.venue[e] + 1] - p.first[p.venue[e]]
    worth, share = np.empty(room), np.empty(room)
    at, least = 0, np.inf
    for e in range(p.start[r], p.start[r + 1]):
        v, best = p.venue[e], p.nothing
        worst = np.inf
        for k in range(p.first[v + 1] - p.first[v]):
            worth[at] = p.value[p.at[e] + k] if allowed[p.first[v] + k] else p.nothing
            share[at] = y[p.first[v] + k]
            best = max(best, worth[at])
            if allowed[p.first[v] + k]:
                worst = min(worst, worth[at])
            at += 1
        least = worst if least == np.inf else max(least, worst)
    level, reached = max(least, p.nothing) if room > 0 else p.nothing, 0.0
    order = np.argsort(-worth)
    floor = level
    for q in order:
        if worth[q] <= floor:
            break
        reached += share[q]
        if reached >= 1.0 - 1e-12:
            level = worth[q]
            break
    for q in range(room):
        out[q] = max(worth[q] - level, 0.0) * p.people[r, 0]
    const: float = level * p.people[r, 0]
    return const


# compiled with evaluate:fd6d2320
