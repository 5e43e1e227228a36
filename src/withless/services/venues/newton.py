"""Appeals of every draw of a block, eight draws side by side, compiled: `calibration` says what they are, for one draw.

One round of Newton's method is reckoned for eight draws at once; each has a step of its own, and one that is done keeps its
answer. No draw hangs on another and each starts from a first guess of its own: its neighbours in lam, started from, save
nothing where eight must wait for the slowest.

Numba keeps what it has compiled until the text of this file changes: `tests/compiled.py` says how that is seen to.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...kernels import njit
from ...simd import add_to, at, greatest, log, put
from .calibration import SHUT, Aim, balanced, gradient_at, settle
from .choice import Crowd, Links, by_draw, eights
from .derivatives import Look, first_guess, look_at, look_for
from .nests import Nests, Tree
from .participation import TINY, Floats, Ints, Mode, Person, Sites

DENSE = 200
"""Unknowns up to which systems are solved by Cholesky, and beyond which by conjugate gradients."""
CLOSE, MOST_STEPS = 1e-12, 400
"""What is left of a right side where conjugate gradients stop, and steps after which Cholesky takes over."""
TOLERANCE = 1e-9
ROUNDS = 200
LAST_STEP = 5e-5
"""Below this miss one more Newton step squares it, to below 1e-8, and whoever uses the result sees what is left."""
RATIOS = 6
"""Steps that go by ratios at most, see `_right`; after them Newton's own, which arrive from anywhere."""
BALANCING = 2
"""Rounds of balancing at most, before Newton takes over, where the first guess misses by more than `FAR`."""
FAR = 3.0
PATIENCE = 20
"""Rounds in which quintiles must be met as closely as venues; what a `use` table says of them may not be possible."""
LONGEST = 5.0
"""A step of log weights is cut to this."""


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
    t: tuple[Floats, Floats],
    links: tuple[Links, Links],
    tree: Tree,
    seen: tuple[Nests, Nests],
    rho: Floats,
    crowd: Crowd,
    users: Floats,
    target: Floats,
) -> tuple[Floats, Floats]:
    """Log weights[draw, venue] and shifts[draw, 6] of every draw; t[mode][eight, pair, 8], rho[eight, node, 8] of the nests of
    the tree, users[venue], target[draw, 5].

    `target` may have no rows. The crowd is by `eights`.
    """
    pairs = [x for link in links for x in (link.start, link.site)]
    who = (crowd.lam, crowd.odds, crowd.ages, crowd.quintile, crowd.people)
    aims = eights(target) if len(target) else np.zeros((len(who[0]), 0, 8))
    unpacked: tuple[Any, ...] = (*t, *pairs, *seen, tree.one, tree.two, rho, *who, *crowd.mode_share, users, aims)
    found = by_draw(_solve(*unpacked))
    shifts = np.zeros((len(found), 6))
    shifts[:, : aims.shape[1]] = found[:, len(users) :]
    return np.ascontiguousarray(found[:, : len(users)]), shifts


# fmt: off
@njit(cache=True, nogil=True, error_model="numpy")
def _solve(
    t0: Floats, t1: Floats, start0: Ints, site0: Sites, start1: Ints, site1: Sites, seen0: Nests, seen1: Nests,
    nest_one: Ints, nest_two: Ints, rho: Floats,
    lam: Floats, odds: Floats, ages: Floats, quintile: Ints, people: Floats,
    share0: Floats, share1: Floats, users: Floats, by_quintile: Floats,
) -> Floats:
    """Log weights and shifts [eight, n, 8]; arrays only, which compile once, each of draws by `eights`."""
    n = len(users) + by_quintile.shape[1]
    found = np.empty((len(lam), n, 8))
    for e in range(len(lam)):
        one = Mode(t0[e], start0, site0, share0[e], seen0, rho[e])
        two = Mode(t1[e], start1, site1, share1[e], seen1, rho[e])
        who = Person(lam[e : e + 1], odds[e], ages[e], quintile, people)
        found[e] = _solve_eight((one, two), who, users, by_quintile[e], nest_one, nest_two)
    return found
# fmt: on


@njit(cache=True, error_model="numpy")
def _solve_eight(
    modes: tuple[Mode, Mode], who: Person, users: Floats, by_quintile: Floats, nest_one: Ints, nest_two: Ints
) -> Floats:
    """Log weights and quintile shifts [n, 8] of eight draws."""
    venues, quintiles = len(users), len(by_quintile)
    n = venues + quintiles
    x = np.zeros((n, 8))
    first, level = first_guess(modes[0], who, users)
    for lane in range(8):
        settle(first[:, lane], Aim(users, np.zeros(0), nest_one, nest_two, modes[0].rho[:, lane]))
    x[:venues] = first + level
    for j in range(venues):
        if users[j] <= 0:
            x[j] = SHUT
    at = Newton(x, x.copy(), np.zeros((n, 8)), np.zeros((n, 8)), np.ones(8), np.zeros(8), np.ones(8))
    look = look_for(modes, venues, n * n, 0)
    going, due = np.ones(8, dtype=np.bool_), np.zeros(8, dtype=np.bool_)
    for attempt in range(ROUNDS):
        look_at(at.trial, modes, who, users, look)
        for lane in range(8):
            due[lane] = False
            if going[lane]:
                aim = Aim(users, by_quintile[:, lane], nest_one, nest_two, modes[0].rho[:, lane])
                going[lane], due[lane] = _arrive(at, look, who.lam[0, lane], aim, lane, attempt)
        if due.any():
            ratios = quintiles == 0 and attempt < RATIOS
            right = _right(look.use, users) if ratios else at.gradient.copy()
            for lane in range(8):
                if not due[lane]:
                    right[:, lane] = 0.0
            if n <= DENSE or not conjugate_solve(look.system, right):
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
    round. Where there are shifts of quintiles it does not.
    """
    right = np.zeros(use.shape)
    for j in range(len(users)):
        if users[j] > 0:
            here = greatest(at(use, j), 1e-200 * users[j])
            put(right, j, here * log(here / users[j]))
    return right


@njit(cache=True, error_model="numpy")
def conjugate_solve(system: Floats, x: Floats) -> bool:
    """The same as `positive_solve` to `CLOSE` of every right side, by conjugate gradients on the system scaled by its diagonal:
    the square of n for each of some dozen steps, in place of the cube. False, with nothing changed, where it takes too many.
    """
    n = len(x)
    found, left, along, image = np.zeros((n, 8)), x.copy(), np.zeros((n, 8)), np.zeros((n, 8))
    per, start = np.empty((n, 8)), np.zeros(8)
    for k in range(n):
        diagonal = system[k * (n + 1)]
        per[k] = np.where(diagonal > TINY, 1.0 / np.maximum(diagonal, TINY), 0.0)
        start += x[k] * per[k] * x[k]
    was = np.ones(8)
    for step in range(MOST_STEPS):
        now = np.zeros(8)
        for k in range(n):
            now += left[k] * per[k] * left[k]
        if (now <= CLOSE * CLOSE * start).all():
            x[:] = found
            return True
        back = np.where(was > 0.0, now / np.maximum(was, TINY), 0.0) if step else np.zeros(8)
        for k in range(n):
            along[k] = per[k] * left[k] + back * along[k]
        _times(system, along, image)
        bent = np.zeros(8)
        for k in range(n):
            bent += along[k] * image[k]
        far = np.where(bent > 0.0, now / np.maximum(bent, TINY), 0.0)
        for k in range(n):
            found[k] += far * along[k]
            left[k] -= far * image[k]
        was = now
    return False


@njit(cache=True, error_model="numpy")
def _times(system: Floats, x: Floats, image: Floats) -> None:
    """Fill image[n, 8] with eight symmetric systems, of which the upper triangle is read, times x[n, 8]."""
    n = len(x)
    image[:] = 0.0
    for i in range(n):
        here = at(x, i)
        total = at(system, i * n + i) * here
        for j in range(i + 1, n):
            entry = at(system, i * n + j)
            total += entry * at(x, j)
            add_to(image, j, entry * here)
        add_to(image, i, total)


@njit(cache=True, error_model="numpy")
def positive_solve(system: Floats, x: Floats) -> None:
    """Turn right sides x[n, 8] into the solutions of eight symmetric positive definite systems[n * n, 8], by Cholesky on the
    upper triangle, in place.
    """
    n = len(x)
    per_root = np.empty((n, 8))
    for k in range(n):
        per_root[k] = 1.0 / np.sqrt(np.maximum(system[k * (n + 1)], TINY))
        scale = at(per_root, k)
        for j in range(k, n):
            put(system, k * n + j, at(system, k * n + j) * scale)
        here = at(x, k) * scale
        put(x, k, here)
        for i in range(k + 1, n):
            factor = -at(system, k * n + i)
            add_to(x, i, factor * here)
            for j in range(i, n):
                add_to(system, i * n + j, factor * at(system, k * n + j))
    for k in range(n - 1, -1, -1):
        here = at(x, k)
        for j in range(k + 1, n):
            here -= at(system, k * n + j) * at(x, j)
        put(x, k, here * at(per_root, k))


# compiled with calibration,derivatives,nests,participation,simd:3ffc0a05
