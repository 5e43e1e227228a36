"""The choice model at a trial of log weights, eight draws side by side, with its second derivatives; compiled.

`calibration` says the same for one draw. With the eight draws innermost every step of the loops over pairs takes eight numbers
that lie together. Numba keeps what it has compiled until the text of this file changes: `tests/compiled.py` says how that is
seen to.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...kernels import njit
from ...simd import above, add, choose, div, exp, fill, greatest, least, load, log, mul, store, sub
from .calibration import RIDGE, Aim, Mode, settle
from .choice import AGES, CERTAIN, Floats, Ints, Sites
from .nests import Nests, room_for, weigh

TOGETHER = 8
"""Areas that go through each stage of a look one after another."""
TINY = 1e-300


class Chooser(NamedTuple):
    """Who chooses in eight draws: lam[8], odds[area, 8], ages[age, 8]; quintile[area] and people[area, age] are the same."""

    lam: Floats
    odds: Floats
    ages: Floats
    quintile: Ints
    people: Floats


class Look(NamedTuple):
    """The model at one trial of eight draws: use[venue, 8], by_quintile[6, 8] users, and the second derivatives of Phi,
    system[n, n, 8], upper triangle.
    """

    use: Floats
    by_quintile: Floats
    system: Floats


@njit(cache=True, error_model="numpy")
def look_at(trial: Floats, modes: tuple[Mode, Mode], who: Chooser, users: Floats, look: Look) -> None:
    """Fill `look` with the model at a trial [n, 8] of log weights and shifts; a venue without users has a 1 of its own in
    the system.
    """
    venues, n = len(users), len(trial)
    w, shift = np.empty((venues, 8)), np.ones((6, 8))
    for j in range(venues):
        store(w, j * 8, exp(least(load(trial, j * 8), fill(600.0))))
    for q in range(n - venues):
        store(shift, q * 8, exp(load(trial, (venues + q) * 8)))
    look.use[:] = 0.0
    look.by_quintile[:] = 0.0
    look.system[:] = 0.0
    for m in range(2):
        _add_mode(modes[m], w, who, shift, look)
    for j in range(venues):
        if users[j] > 0:
            look.system[j, j] += look.use[j] * (1.0 + 1e-12)
        else:
            look.system[j, :] = 0.0
            look.system[:, j] = 0.0
            look.system[j, j] = 1.0
    for q in range(venues, n):
        look.system[q, q] = look.system[q, q] / who.lam + RIDGE


@njit(cache=True, error_model="numpy")
def _add_mode(mode: Mode, w: Floats, who: Chooser, shift: Floats, look: Look) -> None:
    """Add one mode's part to a look: users of venues and quintiles, and what the system has off its diagonal.

    Some areas go through each stage together, because those of a stage do not wait for each other. Stages take arrays: one
    taken out of a tuple or cut out of another is counted each time, which would cost more here than the work; and pairs
    are counted from no less than nil, so that their sign is not looked at.
    """
    t, start, site, share, seen, rho = mode
    lam, odds, ages, quintile, people = who
    use, by_quintile, system = look
    areas, most = len(start) - 1, 1
    for a in range(0, areas, TOGETHER):
        most = max(most, start[min(a + TOGETHER, areas)] - start[a])
    part, total, x = np.empty((most, 8)), np.empty((TOGETHER, 8)), np.empty((TOGETHER, 8))
    users, slope = np.empty((TOGETHER, 8)), np.empty((TOGETHER, 8))
    slot, split = room_for(start, seen)[1:]
    steps, step_one, step_two, node = seen.first, seen.one, seen.two, seen.node
    for a in range(0, areas, TOGETHER):
        end = min(a + TOGETHER, areas)
        _pull(t, start, site, w, a, end, part, total)
        if steps[end] > steps[a]:
            _weigh(start, steps, step_one, step_two, node, rho, a, end, part, total, slot, split)
        _odds(total, lam, odds, shift, quintile, a, end, x)
        _come(x, ages, people, share, a, end, users, slope)
        for i in range(a, end):
            n, bend, k = load(users, (i - a) * 8), load(slope, (i - a) * 8), quintile[i]
            if above(n, fill(0.0)):
                store(by_quintile, k * 8, add(load(by_quintile, k * 8), n))
                first, last = max(start[i], 0), start[i + 1]
                _add_use(part, load(total, (i - a) * 8), n, site, first, last, start[a], use)
                _add_curve(part, sub(n, mul(load(lam, 0), bend)), site, first, last, start[a], system)
                if steps[i + 1] > steps[i]:
                    _add_nests(seen, i, rho, n, part, first, last, start[a], site, system)
                if len(use) + k < len(system):
                    _add_cross(part, bend, len(use) + k, site, first, last, start[a], system)


@njit(cache=True, error_model="numpy")
def _pull(t: Floats, start: Ints, site: Sites, w: Floats, a: int, end: int, part: Floats, total: Floats) -> None:
    """Lay T w of every pair of areas a to end, and its total by area, [.., 8]."""
    for i in range(a, end):
        there = fill(0.0)
        for p in range(max(start[i], 0), start[i + 1]):
            pull = mul(load(t, p * 8), load(w, site[p] * 8))
            store(part, (p - start[a]) * 8, pull)
            there = add(there, pull)
        store(total, (i - a) * 8, there)


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
    part: Floats,
    total: Floats,
    slot: Floats,
    split: Floats,
) -> None:
    """Make the pulls of areas a to end effective ones, and their totals."""
    for i in range(a, end):
        if steps[i + 1] > steps[i]:
            at, count, there = start[i] - start[a], start[i + 1] - start[i], fill(0.0)
            weigh(part, at, count, steps[i], steps[i + 1], one, two, node, rho, slot, split)
            for k in range(at, at + count):
                there = add(there, load(part, k * 8))
            store(total, (i - a) * 8, there)


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
    system: Floats,
) -> None:
    """What nests have of an area's second derivatives, see `calibration`; part[pair - base] are shares of pairs first to last."""
    begun, stop, n, one = seen.first[i], seen.first[i + 1], len(system), fill(1.0)
    node, above, member_first, member = seen.node, seen.above, seen.member_first, seen.member
    for s in range(begun, stop):
        own, around, whole = div(one, load(rho, node[s] * 8)), one, fill(TINY)
        for slot in (seen.one[s], seen.two[s]):
            if slot < last - first:
                entry = (site[first + slot] * (n + 1)) * 8
                more = mul(mul(users, load(part, (first + slot - base) * 8)), sub(own, one))
                store(system, entry, add(load(system, entry), more))
        if above[s] >= 0:
            around = div(one, load(rho, node[begun + above[s]] * 8))
        start, end = member_first[s], member_first[s + 1]
        for m in range(start, end):
            whole = add(whole, load(part, (first + member[m] - base) * 8))
        each = div(mul(users, sub(own, around)), whole)
        for m in range(start, end):
            a = first + member[m]
            weight = mul(each, load(part, (a - base) * 8))
            for r in range(start, end):
                b = first + member[r]
                if site[a] <= site[b]:
                    entry = (site[a] * n + site[b]) * 8
                    store(system, entry, sub(load(system, entry), mul(weight, load(part, (b - base) * 8))))


@njit(cache=True, error_model="numpy")
def _odds(total: Floats, lam: Floats, odds: Floats, shift: Floats, quintile: Ints, a: int, end: int, x: Floats) -> None:
    """Lay the odds of use but for age of areas a to end, nil where nothing is in reach; total becomes one over it.

    Logarithms come before exponentials, in a loop of their own: one chain of both is too long for the next to begin beside it.
    """
    for k in range(0, (end - a) * 8, 8):
        some = greatest(load(total, k), fill(TINY))
        store(x, k, mul(load(lam, 0), log(some)))
    for i in range(a, end):
        k, there = (i - a) * 8, load(total, (i - a) * 8)
        raised = mul(exp(load(x, k)), mul(load(odds, i * 8), load(shift, quintile[i] * 8)))
        store(x, k, choose(there, fill(0.0), least(raised, fill(CERTAIN)), fill(0.0)))
        store(total, k, div(fill(1.0), greatest(there, fill(TINY))))


@njit(cache=True, error_model="numpy")
def _come(
    x: Floats, ages: Floats, people: Floats, share: Floats, a: int, end: int, users: Floats, slope: Floats
) -> None:
    """Lay users sum N P and slope sum N P (1 - P) of areas a to end, with P = odds / (1 + odds) by age.

    Three ages share a division, which takes as long as a dozen products.
    """
    one = fill(1.0)
    for i in range(a, end):
        here, n, bend = load(x, (i - a) * 8), fill(0.0), fill(0.0)
        for g in range(0, AGES, 3):
            x0, x1, x2 = (
                mul(here, load(ages, g * 8)),
                mul(here, load(ages, g * 8 + 8)),
                mul(here, load(ages, g * 8 + 16)),
            )
            d0, d1, d2 = add(one, x0), add(one, x1), add(one, x2)
            d12 = mul(d1, d2)
            out = div(one, mul(d0, d12))
            left = mul(out, d0)
            out0, out1, out2 = mul(out, d12), mul(left, d2), mul(left, d1)
            n0, n1 = mul(fill(people[i, g]), mul(x0, out0)), mul(fill(people[i, g + 1]), mul(x1, out1))
            n2 = mul(fill(people[i, g + 2]), mul(x2, out2))
            n = add(n, add(add(n0, n1), n2))
            bend = add(bend, add(add(mul(n0, out0), mul(n1, out1)), mul(n2, out2)))
        store(users, (i - a) * 8, mul(n, load(share, i * 8)))
        store(slope, (i - a) * 8, mul(bend, load(share, i * 8)))


@njit(cache=True, error_model="numpy")
def _add_use(part: Floats, each: Any, users: Any, site: Sites, first: int, last: int, base: int, use: Floats) -> None:
    """Make shares of an area's pulls, part[pair - base] of pairs first to last, and add its users of each venue."""
    for p in range(first, last):
        s, j = mul(load(part, (p - base) * 8), each), site[p] * 8
        store(part, (p - base) * 8, s)
        store(use, j, add(load(use, j), mul(users, s)))


@njit(cache=True, error_model="numpy")
def _add_curve(part: Floats, c: Any, site: Sites, first: int, last: int, base: int, system: Floats) -> None:
    """Take c * part * part from system[site, site], upper triangle."""
    n = len(system)
    for p in range(first, last):
        row, weight = site[p] * n, mul(c, load(part, (p - base) * 8))
        for r in range(p, last):
            entry = (row + site[r]) * 8
            store(system, entry, sub(load(system, entry), mul(weight, load(part, (r - base) * 8))))


@njit(cache=True, error_model="numpy")
def _add_cross(
    part: Floats, slope: Any, column: int, site: Sites, first: int, last: int, base: int, system: Floats
) -> None:
    """Add slope * part to system[site, quintile's column], and slope to the quintile's own."""
    n = len(system)
    for p in range(first, last):
        entry = (site[p] * n + column) * 8
        store(system, entry, add(load(system, entry), mul(slope, load(part, (p - base) * 8))))
    entry = (column * n + column) * 8
    store(system, entry, add(load(system, entry), slope))


@njit(cache=True, error_model="numpy")
def first_guess(mode: Mode, who: Chooser, users: Floats, one: Ints, two: Ints) -> Floats:
    """`appeals.first_guess` of eight draws, [venue, 8]; nests of venues by their slots one and two [node]."""
    t, start, site = mode.t, mode.start, mode.site
    venues, everyone = len(users), who.people.sum()
    first, weight, typical = np.zeros((venues, 8)), np.zeros((venues, 8)), fill(0.0)
    for i in range(len(start) - 1):
        here = fill(who.people[i].sum())
        for p in range(start[i], start[i + 1]):
            j = site[p] * 8
            store(weight, j, add(load(weight, j), mul(here, load(t, p * 8))))
    for j in range(venues):
        reach = greatest(load(weight, j * 8), fill(max(1e-12 * everyone, TINY)))
        weight[j] = max(users[j], 1e-9)
        store(weight, j * 8, div(load(weight, j * 8), reach))
        store(first, j * 8, log(load(weight, j * 8)))
    for i in range(len(start) - 1):
        total = fill(0.0)
        for p in range(start[i], start[i + 1]):
            total = add(total, mul(load(t, p * 8), load(weight, site[p] * 8)))
        part = fill(who.people[i].sum() / everyone)
        typical = add(typical, mul(part, log(greatest(total, fill(TINY)))))
    level, none = np.empty(8), np.zeros(0)
    store(level, 0, typical)
    for lane in range(8 if len(one) > 0 else 0):
        settle(first[:, lane], Aim(users, none, one, two, mode.rho[:, lane]))
    guess: Floats = first + (np.log(max(users.sum() / everyone, 1e-6)) / who.lam - level)
    return guess


# compiled with calibration,choice,nests,simd:ce40b675
