"""The choice model at a trial of log weights, with its first and second derivatives, of one draw or of eight side by side; compiled.

With the eight draws innermost every step of the loops over pairs takes eight numbers that lie together. Numba keeps what it
has compiled until the text of this file changes: `tests/compiled.py` says how that is seen to.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...kernels import njit
from ...simd import above, add_to, at, choose, exp, greatest, least, log, put, room
from .calibration import RIDGE
from .nests import Nests, room_for, weigh
from .participation import CERTAIN, TINY, Floats, Ints, Mode, Person, Sites, participation

TOGETHER = 8
"""Areas that go through each stage of a look one after another."""


class Look(NamedTuple):
    """The model at one trial: use[venue] and by_quintile[6] users, and the second derivatives of Phi (`calibration`),
    system[row * n + column], upper triangle; without room for them they are not worked out.

    What makes them out is laid down where there is room: parts[mode][pair] of an area's use, and of each mode and area users and
    slope, sum N P (1 - P): by_area[mode][2 * area], [2 * area + 1].
    """

    use: Floats
    by_quintile: Floats
    system: Floats
    parts: tuple[Floats, Floats]
    by_area: tuple[Floats, Floats]


@njit(cache=True)
def look_for(modes: tuple[Mode, Mode], venues: int, cells: int, kept: int) -> Look:
    """Room for a look with as many `cells` of second derivatives (the square of the unknowns, or none), or, `kept` 1, with room
    for what makes them out.
    """
    t, areas = modes[0].t, kept * 2 * (len(modes[0].start) - 1)
    parts = (room(t, kept * len(modes[0].site)), room(t, kept * len(modes[1].site)))
    return Look(room(t, venues), room(t, 6), room(t, cells), parts, (room(t, areas), room(t, areas)))


@njit(cache=True, error_model="numpy")
def look_at(trial: Floats, modes: tuple[Mode, Mode], who: Person, users: Floats, look: Look) -> None:
    """Fill `look` with the model at a trial [n] of log weights and shifts; a venue without users has a 1 of its own in the
    system.
    """
    venues, n, system, lam = len(users), len(trial), look.system, at(who.lam, 0)
    w, shift = room(trial, venues), room(trial, 6)
    shift[:] = 1.0
    for j in range(venues):
        put(w, j, exp(least(at(trial, j), 600.0)))
    for q in range(n - venues):
        put(shift, q, exp(at(trial, venues + q)))
    look.use[:] = 0.0
    look.by_quintile[:] = 0.0
    system[:] = 0.0
    _add_mode(modes[0], w, who, shift, look, n, look.parts[0], look.by_area[0])
    _add_mode(modes[1], w, who, shift, look, n, look.parts[1], look.by_area[1])
    if len(system) == 0:
        return
    for j in range(venues):
        if users[j] > 0:
            add_to(system, j * (n + 1), at(look.use, j) * (1.0 + 1e-12))
        else:
            for k in range(n):
                put(system, j * n + k, 0.0)
                put(system, k * n + j, 0.0)
            put(system, j * (n + 1), 1.0)
    for q in range(venues, n):
        put(system, q * (n + 1), at(system, q * (n + 1)) / lam + RIDGE)


@njit(cache=True, error_model="numpy")
def _add_mode(
    mode: Mode, w: Floats, who: Person, shift: Floats, look: Look, n: int, kept: Floats, by_area: Floats
) -> None:
    """Add one mode's part to a look: users of venues and quintiles, and what the system has off its diagonal.

    Some areas go through each stage together, because those of a stage do not wait for each other. Stages take arrays: one
    taken out of a tuple or cut out of another is counted each time, which would cost more here than the work; and pairs
    are counted from no less than nil, so that their sign is not looked at.
    """
    t, start, site, share, seen, rho = mode
    lams, odds, ages, quintile, people = who
    use, by_quintile, system, lam = look.use, look.by_quintile, look.system, at(lams, 0)
    areas, most = len(start) - 1, 1
    for a in range(0, areas, TOGETHER):
        most = max(most, start[min(a + TOGETHER, areas)] - start[a])
    keep = len(kept) > 0
    part, total, x = kept if keep else room(t, most), room(t, TOGETHER), room(t, TOGETHER)
    users, slope = room(t, TOGETHER), room(t, TOGETHER)
    _, slot, split = room_for(start, seen, t)
    steps, step_one, step_two, node = seen.first, seen.one, seen.two, seen.node
    for a in range(0, areas, TOGETHER):
        end, base = min(a + TOGETHER, areas), 0 if keep else start[a]
        _pull(t, start, site, w, a, end, base, part, total)
        if steps[end] > steps[a]:
            _weigh(start, steps, step_one, step_two, node, rho, a, end, base, part, total, slot, split)
        _odds(total, lam, odds, shift, quintile, a, end, x)
        for i in range(a, end):
            come, bend = participation(at(x, i - a), ages, people, i)
            put(users, i - a, come * at(share, i))
            put(slope, i - a, bend * at(share, i))
        for i in range(a, end):
            here, bend, k = at(users, i - a), at(slope, i - a), quintile[i]
            first, last = max(start[i], 0), start[i + 1]
            if keep:
                put(by_area, 2 * i, here)
                put(by_area, 2 * i + 1, bend)
            if above(here, 0.0):
                add_to(by_quintile, k, here)
                _add_use(part, at(total, i - a), here, site, first, last, base, use)
                if len(system) > 0:
                    _add_curve(part, here - lam * bend, site, first, last, base, n, system)
                    if steps[i + 1] > steps[i]:
                        _add_nests(seen, i, rho, here, part, first, last, base, site, n, system)
                    if len(use) + k < n:
                        _add_cross(part, bend, len(use) + k, site, first, last, base, n, system)
            elif keep:
                for p in range(first, last):
                    put(part, p, 0.0)


@njit(cache=True, error_model="numpy")
def _pull(
    t: Floats, start: Ints, site: Sites, w: Floats, a: int, end: int, base: int, part: Floats, total: Floats
) -> None:
    """Lay T w of every pair of areas a to end, and its total by area."""
    for i in range(a, end):
        there = 0.0
        for p in range(max(start[i], 0), start[i + 1]):
            pull = at(t, p) * at(w, site[p])
            put(part, p - base, pull)
            there += pull
        put(total, i - a, there)


@njit(cache=True, error_model="numpy")
def _weigh(
    start: Ints,
    steps: Ints,
    one: Ints,
    two: Ints,
    node: Ints,
    rho: Floats,
    a: int,
    end: int,
    base: int,
    part: Floats,
    total: Floats,
    slot: Floats,
    split: Floats,
) -> None:
    """Make the pulls of areas a to end effective ones, and their totals."""
    for i in range(a, end):
        if steps[i + 1] > steps[i]:
            first, count, there = start[i] - base, start[i + 1] - start[i], 0.0
            weigh(part, first, count, steps[i], steps[i + 1], one, two, node, rho, slot, split)
            for k in range(first, first + count):
                there += at(part, k)
            put(total, i - a, there)


@njit(cache=True, error_model="numpy")
def _odds(total: Floats, lam: Any, odds: Floats, shift: Floats, quintile: Ints, a: int, end: int, x: Floats) -> None:
    """Lay the odds of use but for age of areas a to end, zero where nothing is in reach; total becomes one over it.

    Logarithms come before exponentials, in a loop of their own: one chain of both is too long for the next to begin in time.
    """
    for k in range(end - a):
        put(x, k, lam * log(greatest(at(total, k), TINY)))
    for i in range(a, end):
        there = at(total, i - a)
        raised = exp(at(x, i - a)) * (at(odds, i) * at(shift, quintile[i]))
        put(x, i - a, choose(there, 0.0, least(raised, CERTAIN), 0.0))
        put(total, i - a, 1.0 / greatest(there, TINY))


@njit(cache=True, error_model="numpy")
def _add_use(part: Floats, each: Any, users: Any, site: Sites, first: int, last: int, base: int, use: Floats) -> None:
    """Make shares of an area's pulls, part[pair - base] of pairs first to last, and add its users of each venue."""
    for p in range(first, last):
        s = at(part, p - base) * each
        put(part, p - base, s)
        add_to(use, site[p], users * s)


@njit(cache=True, error_model="numpy")
def _add_curve(part: Floats, c: Any, site: Sites, first: int, last: int, base: int, n: int, system: Floats) -> None:
    """Take c * part * part from system[site, site], upper triangle."""
    for p in range(first, last):
        row, weight = site[p] * n, -(c * at(part, p - base))
        for r in range(p, last):
            add_to(system, row + site[r], weight * at(part, r - base))


@njit(cache=True, error_model="numpy")
def _add_cross(
    part: Floats, slope: Any, column: int, site: Sites, first: int, last: int, base: int, n: int, system: Floats
) -> None:
    """Add slope * part to system[site, quintile's column], and slope to the quintile's own."""
    for p in range(first, last):
        add_to(system, site[p] * n + column, slope * at(part, p - base))
    add_to(system, column * (n + 1), slope)


@njit(cache=True, error_model="numpy")
def _add_nests(
    seen: Nests,
    i: int,
    rho: Floats,
    users: Any,
    part: Floats,
    first: int,
    last: int,
    base: int,
    site: Sites,
    n: int,
    system: Floats,
) -> None:
    """Add what nests have of an area's second derivatives; part[pair - base] are shares of pairs first to last.

    With rho' that of the nest around, a pair joined first in nest n has users s (1/rho_n - 1) more on the diagonal, and a
    nest n with the part s_n of the area takes users (1/rho_n - 1/rho') s_j s_k / s_n from its pairs j and k.
    """
    begun, node, outer, member_first, member = seen.first[i], seen.node, seen.above, seen.member_first, seen.member
    for s in range(begun, seen.first[i + 1]):
        own, around, whole = 1.0 / at(rho, node[s]), 1.0, TINY
        for slot in (seen.one[s], seen.two[s]):
            if slot < last - first:
                more = users * at(part, first + slot - base) * (own - 1.0)
                add_to(system, site[first + slot] * (n + 1), more)
        if outer[s] >= 0:
            around = 1.0 / at(rho, node[begun + outer[s]])
        start, end = member_first[s], member_first[s + 1]
        for m in range(start, end):
            whole += at(part, first + member[m] - base)
        each = users * (own - around) / whole
        for m in range(start, end):
            a = first + member[m]
            weight = -(each * at(part, a - base))
            for r in range(start, end):
                b = first + member[r]
                if site[a] <= site[b]:
                    add_to(system, site[a] * n + site[b], weight * at(part, b - base))


@njit(cache=True, error_model="numpy")
def first_guess(mode: Mode, who: Person, users: Floats) -> tuple[Floats, Floats]:
    """Log weights[venue] to start from, users over people within reach, and what to add to them where about the right share is
    to come, [1]; as if no venues were near each other: see `calibration.settle`.
    """
    t, start, site = mode.t, mode.start, mode.site
    venues, everyone, typical = len(users), who.people.sum(), 0.0
    first, weight, level = room(t, venues), room(t, venues), room(t, 1)
    weight[:] = 0.0
    for i in range(len(start) - 1):
        here = who.people[i].sum()
        for p in range(start[i], start[i + 1]):
            add_to(weight, site[p], here * at(t, p))
    for j in range(venues):
        put(weight, j, max(users[j], 1e-9) / greatest(at(weight, j), max(1e-12 * everyone, TINY)))
        put(first, j, log(at(weight, j)))
    for i in range(len(start) - 1):
        there = 0.0
        for p in range(start[i], start[i + 1]):
            there += at(t, p) * at(weight, site[p])
        typical += who.people[i].sum() / everyone * log(greatest(there, TINY))
    put(level, 0, np.log(max(users.sum() / everyone, 1e-6)) / at(who.lam, 0) - typical)
    return first, level


# compiled with calibration,nests,participation,simd:2edccfc0
