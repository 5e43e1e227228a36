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

import numpy as np
from numpy.typing import NDArray

from ..kernels import njit
from .evaluate import nested, slope, use
from .problem import Arrays, Floats, Ints

Bools = NDArray[np.bool_]

LEVELS = np.array([0.5, 0.9, 0.1, 0.7, 0.3])
"""References: at level q a venue's is its best option that, with all better ones, has q of the venue's y."""
STEPS = 40
"""Halvings to find where the slope of use is s; any point gives a valid bound."""


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
    delta, best, trial = np.empty(widest), np.empty(widest), np.empty(widest)
    ref = np.empty(options, dtype=np.int64)
    for index in range(len(rows)):
        r = rows[index]
        if p.nearest:
            const = _nearest(p, r, y, allowed, best)
        else:
            const = _best(p, r, y, allowed, levels, ref, delta, trial, best)
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
    delta: Floats,
    trial: Floats,
    best: Floats,
) -> float:
    """The lowest bound at y of row r: its constant, coefficients in best."""
    lowest, const = np.inf, 0.0
    if p.step[r + 1] == p.step[r]:
        const = _tangent(p, r, y, best)
        lowest = const + _at(p, r, y, best)
    for level in levels:
        _reference(p, r, y, allowed, level, ref)
        for upper in range(2):
            total = _deltas(p, r, ref, allowed, upper == 1, delta)
            c = _lifted(p, r, total, delta, y, allowed, upper == 1, trial)
            bound = c + _at(p, r, y, trial)
            if bound < lowest:
                lowest, const = bound, c
                best[:] = trial
    return const


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
def _tangent(p: Arrays, r: int, y: Floats, out: Floats) -> float:
    """The tangent of use at the mean pull."""
    total = 0.0
    for e in range(p.start[r], p.start[r + 1]):
        first, many = p.first[p.venue[e]], p.first[p.venue[e] + 1] - p.first[p.venue[e]]
        for k in range(many):
            total += y[first + k] * p.value[p.at[e] + k]
    total = max(total, 1e-280)
    steep, at = slope(p, r, total), 0
    if not steep < 1e280:
        steep = 1e280
    for e in range(p.start[r], p.start[r + 1]):
        for k in range(p.first[p.venue[e] + 1] - p.first[p.venue[e]]):
            out[at] = steep * p.value[p.at[e] + k]
            at += 1
    return use(p, r, total) - steep * total


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
def _deltas(p: Arrays, r: int, ref: Ints, allowed: Bools, upper: bool, delta: Floats) -> float:
    """Pull of every option less the reference's, into delta, and the total pull at the reference."""
    at, total, begin = 0, 0.0, p.start[r]
    for e in range(begin, p.start[r + 1]):
        here = p.value[p.at[e] + ref[e - begin]]
        total += here
        for k in range(p.first[p.venue[e] + 1] - p.first[p.venue[e]]):
            delta[at] = p.value[p.at[e] + k] - here
            at += 1
    if p.step[r + 1] > p.step[r]:
        return _nested_deltas(p, r, ref, allowed, upper, delta)
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _nested_deltas(p: Arrays, r: int, ref: Ints, allowed: Bools, upper: bool, delta: Floats) -> float:
    """The same for a row with nests: `upper` values downs at the reference and ups with the rest of the nests empty; else ups
    at the reference and downs with all of the nests there.
    """
    steps, begin = p.step[r + 1] - p.step[r], p.start[r]
    size = p.pairs[r] + steps
    here, rest, work = np.zeros(size), np.zeros(size), np.empty(size)
    joined = np.zeros(size, dtype=np.bool_)
    for s in range(p.step[r], p.step[r + 1]):
        joined[p.one[s]], joined[p.two[s]] = True, True
    for e in range(begin, p.start[r + 1]):
        v = p.venue[e]
        slot, value = p.slot[p.at[e] + ref[e - begin]], p.value[p.at[e] + ref[e - begin]]
        if slot >= 0:
            here[slot] += value
        for k in range(p.first[v + 1] - p.first[v]):
            other = p.slot[p.at[e] + k]
            if other >= 0 and joined[other] and not upper and allowed[p.first[v] + k]:
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
            elif (own >= 0 and joined[own]) or (slot >= 0 and joined[slot]):
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
            at += 1
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _lifted(
    p: Arrays, r: int, total: float, delta: Floats, y: Floats, allowed: Bools, upper: bool, out: Floats
) -> float:
    """Coefficients of the submodular bound about a reference with pull `total`, into out; returns the constant."""
    sign = -1.0 if upper else 1.0  # what is valued exactly: ups (lower) or downs (upper)
    base, exact_most, exact_sum, at = use(p, r, total), 0.0, 0.0, 0
    for e in range(p.start[r], p.start[r + 1]):
        v, most = p.venue[e], 0.0
        for o in range(p.first[v], p.first[v + 1]):
            if allowed[o]:
                most = max(most, sign * delta[at])
            at += 1
        exact_most, exact_sum = max(exact_most, most), exact_sum + most
    if upper:
        exact_sum = min(exact_sum, total)
        exact_most = min(exact_most, total)
    far = use(p, r, total + sign * exact_sum)
    steep, turn, extra = 0.0, 0.0, 0.0
    if exact_most > 0.0:
        steep = sign * (use(p, r, total + sign * exact_most) - base) / exact_most
        low, high = 0.0, exact_most
        for _ in range(STEPS):
            turn = (low + high) / 2
            if sign * (slope(p, r, total + sign * turn) - steep) > 0:
                low = turn
            else:
                high = turn
        extra = use(p, r, total + sign * turn) - base - sign * steep * turn
    at = 0
    for e in range(p.start[r], p.start[r + 1]):
        v = p.venue[e]
        for _ in range(p.first[v], p.first[v + 1]):
            d = delta[at]
            if d == 0.0:
                out[at] = 0.0
            elif sign * d > 0.0:
                out[at] = use(p, r, max(total + d, 0.0)) - base
            else:
                out[at] = _other_way(p, r, total, abs(d), sign, exact_sum, far, base, steep, turn, extra)
            at += 1
    return base


@njit(cache=True, nogil=True, error_model="numpy")
def _other_way(
    p: Arrays,
    r: int,
    total: float,
    d: float,
    sign: float,
    exact_sum: float,
    far: float,
    base: float,
    steep: float,
    turn: float,
    extra: float,
) -> float:
    """The lifted coefficient of an option whose pull differs by d the other way: -L(d) for downs, u(d) for ups."""
    plain = use(p, r, max(total + sign * exact_sum - sign * d, 0.0)) - far
    if turn + d <= exact_sum:
        lifted = -sign * steep * d + extra
    else:
        lifted = use(p, r, max(total + sign * exact_sum - sign * d, 0.0)) - base - sign * steep * exact_sum
    return min(plain, lifted)


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
    return level * p.people[r, 0]
