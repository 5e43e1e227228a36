"""Appeals of every draw of a block, eight draws side by side, compiled: `appeals` says what they are, for one draw.

With the eight draws innermost every step of the loops over pairs takes eight numbers that lie together. One round of Newton's
method is reckoned for all eight at once; each has a step of its own, and one that is done keeps its answer. No draw hangs
on another, and a group starts from its own first guesses, so blocks may be solved in any order.

Numba keeps what it has compiled until this file changes: after a change in `lanes` or `appeals`, touch it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from ...lanes import above, add, choose, div, exp, fill, greatest, least, load, log, mul, store, sub
from .appeals import RIDGE, SHUT, Aim, balanced, gradient_at
from .choice import AGES, Crowd, Floats, Ints, Links, Sites, by_draw, eights

TOLERANCE = 1e-9
ROUNDS = 200
LAST_STEP = 5e-5
"""Below this miss one more Newton step squares it, to below 1e-8, and whoever uses the result sees what is left."""
LAST_RATIO = 2e-4
RATIOS = 6
"""Steps that go by ratios at most, see `_right`; after them Newton's own, which arrive from anywhere."""
BALANCING = 2
"""Rounds of balancing at most, before Newton takes over, where the first guess misses by more than `FAR`."""
FAR = 3.0
PATIENCE = 20
"""Rounds in which quintiles must be met as closely as venues; what a `use` table says of them may not be possible."""
LONGEST = 5.0
"""A step of log weights is cut to this."""
TINY = 1e-300
CERTAIN = 1e90
"""Odds above this are as good as certain; three of them can be multiplied."""


TOGETHER = 8


class Mode(NamedTuple):
    """One mode of travel in eight draws: attraction t[pair, 8], pairs by area, share[area, 8] of people who go so."""

    t: Floats
    start: Ints
    site: Sites
    share: Floats


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


class Newton(NamedTuple):
    """Where eight draws have got to: x, trial, direction and gradient [n, 8], step, slope along the direction and miss [8]."""

    x: Floats
    trial: Floats
    direction: Floats
    gradient: Floats
    step: Floats
    slope: Floats
    miss: Floats


def solve(
    t: tuple[Floats, Floats], links: tuple[Links, Links], crowd: Crowd, users: Floats, target: Floats
) -> tuple[Floats, Floats]:
    """Log weights[draw, venue] and shifts[draw, 6] of every draw; t[mode][eight, pair, 8], users[venue], target[draw, 5].

    `target` may have no rows. `crowd.shift` is not looked at.
    """
    pairs = [x for link in links for x in (link.start, link.site)]
    who = (eights(crowd.lam), eights(crowd.odds), eights(crowd.ages), crowd.quintile, crowd.people)
    aims = eights(target) if len(target) else np.zeros((len(who[0]), 0, 8))
    unpacked: tuple[Any, ...] = (*t, *pairs, *who, *(eights(x) for x in crowd.mode_share), users, aims)
    found = by_draw(_solve(*unpacked))
    shifts = np.zeros((len(found), 6))
    shifts[:, : aims.shape[1]] = found[:, len(users) :]
    return np.ascontiguousarray(found[:, : len(users)]), shifts


# fmt: off
@njit(cache=True, nogil=True, error_model="numpy")
def _solve(
    t0: Floats, t1: Floats, start0: Ints, site0: Sites, start1: Ints, site1: Sites, lam: Floats, odds: Floats, ages: Floats,
    quintile: Ints, people: Floats, share0: Floats, share1: Floats, users: Floats, by_quintile: Floats,
) -> Floats:
    """Log weights and shifts [eight, n, 8]; arrays only, which compile once, each of draws by `eights`."""
    n = len(users) + by_quintile.shape[1]
    found = np.empty((len(lam), n, 8))
    for e in range(len(lam)):
        one, two = Mode(t0[e], start0, site0, share0[e]), Mode(t1[e], start1, site1, share1[e])
        found[e] = _solve_eight((one, two), Chooser(lam[e], odds[e], ages[e], quintile, people), users, by_quintile[e])
    return found
# fmt: on


@njit(cache=True, error_model="numpy")
def _solve_eight(modes: tuple[Mode, Mode], who: Chooser, users: Floats, by_quintile: Floats) -> Floats:
    """Log weights and quintile shifts [n, 8] of eight draws."""
    venues, quintiles = len(users), len(by_quintile)
    n = venues + quintiles
    x = np.zeros((n, 8))
    x[:venues] = first_guess(modes[0], who, users)
    for j in range(venues):
        if users[j] <= 0:
            x[j] = SHUT
    at = Newton(x, x.copy(), np.zeros((n, 8)), np.zeros((n, 8)), np.ones(8), np.zeros(8), np.ones(8))
    look = Look(np.zeros((venues, 8)), np.zeros((6, 8)), np.zeros((n, n, 8)))
    going, due = np.ones(8, dtype=np.bool_), np.zeros(8, dtype=np.bool_)
    for attempt in range(ROUNDS):
        look_at(at.trial, modes, who, users, look)
        for lane in range(8):
            due[lane] = False
            if going[lane]:
                aim = Aim(users, by_quintile[:, lane])
                going[lane], due[lane] = _arrive(at, look, who.lam[lane], aim, lane, attempt)
        if due.any():
            ratios = quintiles == 0 and attempt < RATIOS
            right = _right(look.use, users) if ratios else at.gradient.copy()
            positive_solve(look.system, right)
            for lane in range(8):
                if due[lane]:
                    going[lane] = _set_off(at, right, lane)
        if not going.any():
            break
    return at.x


@njit(cache=True, error_model="numpy")
def _arrive(at: Newton, look: Look, lam: float, aim: Aim, lane: int, attempt: int) -> tuple[bool, bool]:
    """Look at where a draw's trial has come to, and go there or back; returns whether it goes on, and by a new step.

    Phi is convex, so a step that still points downhill, or uphill by less than half of the old slope, has not gone too
    far.
    """
    trial, use, modelled = at.trial[:, lane], look.use[:, lane], look.by_quintile[:, lane]
    gradient, at.miss[lane] = gradient_at(trial, use, modelled, lam, aim)
    at.gradient[:, lane] = gradient
    for q in range(len(aim.by_quintile) if attempt < PATIENCE else 0):
        if aim.by_quintile[q] > 0:
            at.miss[lane] = max(at.miss[lane], abs(gradient[len(use) + q]) * lam / aim.by_quintile[q])
    if attempt < BALANCING and at.miss[lane] > FAR:
        at.trial[:, lane] = balanced(trial, use, modelled, lam, aim)
        at.x[:, lane] = at.trial[:, lane]
        return True, False
    slope, uphill = at.slope[lane], (at.direction[:, lane] * gradient).sum()
    if slope < 0.0 and uphill > 0.5 * abs(slope) and at.step[lane] > 1e-6:
        at.step[lane] *= 0.5
        at.trial[:, lane] = at.x[:, lane] + at.step[lane] * at.direction[:, lane]
        return True, False
    at.x[:, lane] = trial
    on = not at.miss[lane] < TOLERANCE
    return on, on


@njit(cache=True, error_model="numpy")
def _set_off(at: Newton, right: Floats, lane: int) -> bool:
    """Take a Newton step in one draw; returns whether there is more to do after it."""
    direction = at.direction[:, lane]
    direction[:] = -right[:, lane]
    biggest = np.abs(direction).max()
    if biggest > LONGEST:
        direction *= LONGEST / biggest
    at.slope[lane], at.step[lane] = (direction * at.gradient[:, lane]).sum(), 1.0
    at.trial[:, lane] = at.x[:, lane] + direction
    if at.miss[lane] < LAST_STEP:
        at.x[:, lane] = at.trial[:, lane]
        return False
    return True


@njit(cache=True, error_model="numpy")
def _right(use: Floats, users: Floats) -> Floats:
    """What a Newton step is to undo [venue, 8], by ratios: U ln(U / observed) in place of the gradient U - observed.

    The two are the same to first order; users are nearer to exponential than to straight in log weights, and it saves a
    round. Beside shifts of quintiles it does not.
    """
    right = np.zeros(use.shape)
    for j in range(len(users)):
        if users[j] > 0:
            here = greatest(load(use, j * 8), fill(1e-200 * users[j]))
            store(right, j * 8, mul(here, log(div(here, fill(users[j])))))
    return right


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
    for mode in modes:
        _add_mode(mode, w, who, shift, look)
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
    taken out of a tuple or cut out of another is counted each time, which would cost more here than the work.
    """
    t, start, site, share = mode
    lam, odds, ages, quintile, people = who
    use, by_quintile, system = look
    areas, most = len(start) - 1, 1
    for a in range(0, areas, TOGETHER):
        most = max(most, start[min(a + TOGETHER, areas)] - start[a])
    part, total, x = np.empty((most, 8)), np.empty((TOGETHER, 8)), np.empty((TOGETHER, 8))
    users, slope = np.empty((TOGETHER, 8)), np.empty((TOGETHER, 8))
    for a in range(0, areas, TOGETHER):
        end = min(a + TOGETHER, areas)
        _pull(t, start, site, w, a, end, part, total)
        _odds(total, lam, odds, shift, quintile, a, end, x)
        _come(x, ages, people, share, a, end, users, slope)
        for i in range(a, end):
            n, bend, k = load(users, (i - a) * 8), load(slope, (i - a) * 8), quintile[i]
            if above(n, fill(0.0)):
                store(by_quintile, k * 8, add(load(by_quintile, k * 8), n))
                first, last = max(start[i], 0), start[i + 1]
                _add_use(part, load(total, (i - a) * 8), n, site, first, last, start[a], use)
                _add_curve(part, sub(n, mul(load(lam, 0), bend)), site, first, last, start[a], system)
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
def _odds(total: Floats, lam: Floats, odds: Floats, shift: Floats, quintile: Ints, a: int, end: int, x: Floats) -> None:
    """Lay the odds of use but for age of areas a to end, nil where nothing is in reach; total becomes one over it."""
    for k in range(0, (end - a) * 8, 8):
        some = greatest(load(total, k), fill(TINY))
        store(x, k, mul(load(lam, 0), log(some)))
    for i in range(a, end):
        k, there = (i - a) * 8, load(total, (i - a) * 8)
        raised = mul(exp(load(x, k)), mul(load(odds, i * 8), load(shift, quintile[i] * 8)))
        store(x, k, choose(there, fill(0.0), least(raised, fill(CERTAIN)), fill(0.0)))
        store(total, k, div(fill(1.0), greatest(there, fill(TINY))))


@njit(cache=True, error_model="numpy")
def _come(x: Floats, ages: Floats, people: Floats, share: Floats, a: int, end: int, users: Floats, slope: Floats) -> None:
    """Lay users sum N P and slope sum N P (1 - P) of areas a to end, with P = odds / (1 + odds) by age.

    Three ages share a division, which takes as long as a dozen products.
    """
    one = fill(1.0)
    for i in range(a, end):
        here, n, bend = load(x, (i - a) * 8), fill(0.0), fill(0.0)
        for g in range(0, AGES, 3):
            x0, x1, x2 = mul(here, load(ages, g * 8)), mul(here, load(ages, g * 8 + 8)), mul(here, load(ages, g * 8 + 16))
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
def _add_cross(part: Floats, slope: Any, column: int, site: Sites, first: int, last: int, base: int, system: Floats) -> None:
    """Add slope * part to system[site, quintile's column], and slope to the quintile's own."""
    n = len(system)
    for p in range(first, last):
        entry = (site[p] * n + column) * 8
        store(system, entry, add(load(system, entry), mul(slope, load(part, (p - base) * 8))))
    entry = (column * n + column) * 8
    store(system, entry, add(load(system, entry), slope))


@njit(cache=True, error_model="numpy")
def positive_solve(system: Floats, x: Floats) -> None:
    """Turn right sides x[n, 8] into the solutions of eight symmetric positive definite systems[n, n, 8], by Cholesky on the
    upper triangle, in place.
    """
    n, per_root = len(x), np.empty((len(x), 8))
    for k in range(n):
        per_root[k] = 1.0 / np.sqrt(np.maximum(system[k, k], TINY))
        scale = load(per_root, k * 8)
        for j in range(k, n):
            store(system, (k * n + j) * 8, mul(load(system, (k * n + j) * 8), scale))
        here = mul(load(x, k * 8), scale)
        store(x, k * 8, here)
        for i in range(k + 1, n):
            factor = load(system, (k * n + i) * 8)
            store(x, i * 8, sub(load(x, i * 8), mul(factor, here)))
            for j in range(i, n):
                entry = (i * n + j) * 8
                store(system, entry, sub(load(system, entry), mul(factor, load(system, (k * n + j) * 8))))
    for k in range(n - 1, -1, -1):
        here = load(x, k * 8)
        for j in range(k + 1, n):
            here = sub(here, mul(load(system, (k * n + j) * 8), load(x, j * 8)))
        store(x, k * 8, mul(here, load(per_root, k * 8)))


@njit(cache=True, error_model="numpy")
def first_guess(mode: Mode, who: Chooser, users: Floats) -> Floats:
    """`appeals.first_guess` of eight draws, [venue, 8]."""
    t, start, site, _ = mode
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
    level = np.empty(8)
    store(level, 0, typical)
    guess: Floats = first + (np.log(max(users.sum() / everyone, 1e-6)) / who.lam - level)
    return guess
