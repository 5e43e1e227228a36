"""Appeals at which the choice model gives every venue its observed users, compiled.

They minimise the convex function
    Phi = sum N ln(1 + exp(lam*I + g)) / lam - sum_j U_j ln w_j
over ln w, whose gradient is modelled less observed users; where users by deprivation quintile are known, five shifts of
the index are found with them. Newton with Armijo steps, from the solution of the draw nearest in lam.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from .choice import AGES, Crowd, Floats, Ints, Links, Sites

RIDGE = 1e-6
"""Weight on the shifts, so that a quintile without people has none."""
TOLERANCE = 1e-9
ROUNDS = 200
LAST_STEP = 5e-5
"""Below this miss one more Newton step squares it, to below 1e-8, and whoever uses the result sees what is left."""
BALANCING = 2
"""Rounds of balancing before Newton takes over, where there is no neighbour to start from."""
CHUNK = 16
"""Draws solved one after another, in the order of lam, each from where the last one ended."""
SHUT = -700.0
"""Log weight of a venue without users."""


class Mode(NamedTuple):
    """One mode of travel in one draw: attraction t[pair], pairs by area, share[area] of people who go so."""

    t: Floats
    start: Ints
    site: Sites
    share: Floats


class Chooser(NamedTuple):
    """Who chooses in one draw: lam, odds[area], ages[age], quintile[area], people[age, area]."""

    lam: float
    odds: Floats
    ages: Floats
    quintile: Ints
    people: Floats


class Aim(NamedTuple):
    """What is to be met: users[venue], by_quintile[5] inside (empty where it is not known)."""

    users: Floats
    by_quintile: Floats


class Look(NamedTuple):
    """The model at one trial: w and use [venue]; total, users and slope sum N P (1 - P), each [mode, area]."""

    w: Floats
    use: Floats
    total: Floats
    users: Floats
    slope: Floats


def solve(
    t: tuple[Floats, Floats], links: tuple[Links, Links], crowd: Crowd, users: Floats, target: Floats
) -> tuple[Floats, Floats]:
    """Log weights[draw, venue] and shifts[draw, 6] of every draw; t[mode][draw, pair], users[venue], target[draw, 5].

    `target` may have no rows. `crowd.shift` is not looked at.
    """
    pairs = [x for link in links for x in (link.start, link.site)]
    people, who = np.ascontiguousarray(crowd.people.T), (crowd.lam, crowd.odds, crowd.ages, crowd.quintile)
    unpacked: tuple[Any, ...] = (*t, *pairs, *who, people, crowd.mode_share, users, target)
    solved: tuple[Floats, Floats] = _solve(*unpacked)
    return solved


# fmt: off
@njit(cache=True, nogil=True, error_model="numpy")
def _solve(
    t0: Floats, t1: Floats, start0: Ints, site0: Sites, start1: Ints, site1: Sites, lam: Floats, odds: Floats, ages: Floats,
    quintile: Ints, people: Floats, mode_share: Floats, users: Floats, target: Floats,
) -> tuple[Floats, Floats]:
    """`solve`, unpacked: arrays only, which compile once."""
    draws, venues = len(lam), len(users)
    weights, shifts, guesses = np.empty((draws, venues)), np.zeros((draws, 6)), np.empty((draws, venues))
    order = np.argsort(lam)
    for d in range(draws):
        guesses[d] = first_guess(Mode(t0[d], start0, site0, mode_share[0, d]), lam[d], people, users)
    for chunk in range(-(-draws // CHUNK)):
        known, shift = np.zeros(venues), np.zeros(6)
        for k in range(chunk * CHUNK, min((chunk + 1) * CHUNK, draws)):
            d = order[k]
            one, two = Mode(t0[d], start0, site0, mode_share[0, d]), Mode(t1[d], start1, site1, mode_share[1, d])
            who = Chooser(lam[d], odds[d], ages[d], quintile, people)
            aim = Aim(users, target[d] if len(target) > 0 else np.zeros(0))
            balancing = BALANCING if k == chunk * CHUNK else 0
            weights[d], shifts[d] = _solve_one((one, two), who, aim, guesses[d] + known, shift, balancing)
            known, shift = weights[d] - guesses[d], shifts[d].copy()
    return weights, shifts
# fmt: on


@njit(cache=True, error_model="numpy")
def _solve_one(
    modes: tuple[Mode, Mode], who: Chooser, aim: Aim, first: Floats, shift: Floats, balancing: int
) -> tuple[Floats, Floats]:
    """Log weights and quintile shifts of one draw.

    Phi is convex, so a step that still points downhill, or uphill by less than half of the old slope, has not gone too
    far.
    """
    venues = len(aim.users)
    x = np.concatenate((np.where(aim.users > 0, first, SHUT), shift[: len(aim.by_quintile)]))
    trial, direction, step, slope_along = x.copy(), np.zeros(len(x)), 1.0, 0.0
    for attempt in range(ROUNDS):
        look = look_at(trial, modes, who, venues)
        gradient, miss = gradient_at(trial, look, who, aim)
        if attempt < balancing and miss > 0.02:
            trial = balanced(trial, look, who, aim)
            x = trial
            continue
        uphill = (direction * gradient).sum()
        if slope_along < 0.0 and uphill > 0.5 * abs(slope_along) and step > 1e-6:
            step *= 0.5
            trial = x + step * direction
            continue
        x = trial
        if miss < TOLERANCE:
            break
        direction = -_positive_solve(system_at(look, modes, who, aim), gradient)
        biggest = np.abs(direction).max()
        if biggest > 5.0:
            direction *= 5.0 / biggest
        slope_along, step = (direction * gradient).sum(), 1.0
        trial = x + direction
        if miss < LAST_STEP:
            x = trial
            break
    found = np.zeros(6)
    found[: len(aim.by_quintile)] = x[venues:]
    return x[:venues].copy(), found


@njit(cache=True, error_model="numpy")
def look_at(trial: Floats, modes: tuple[Mode, Mode], who: Chooser, venues: int) -> Look:
    """The model at a trial of log weights and shifts."""
    areas = len(who.odds)
    shift = np.ones(6)
    shift[: len(trial) - venues] = np.exp(trial[venues:])
    look = Look(
        np.exp(np.minimum(trial[:venues], 600.0)),
        np.zeros(venues),
        np.zeros((2, areas)),
        np.zeros((2, areas)),
        np.zeros((2, areas)),
    )
    for m in range(2):
        _add_users(modes[m], look.w, who, shift, look.use, look.total[m], look.users[m], look.slope[m])
    return look


@njit(cache=True, error_model="numpy")
def _add_users(
    mode: Mode, w: Floats, who: Chooser, shift: Floats, use: Floats, total: Floats, users: Floats, slope: Floats
) -> None:
    """Add one mode's users of venues; fill total, users and slope [area].

    P = x / (1 + x) with x = total^lam * odds * shift * age. The loop over areas is the inner one, so that it runs
    several areas at a time.
    """
    t, start, site, share = mode
    lam, odds_here, ages, quintile, people = who
    areas, x = len(total), np.zeros(len(total))
    for i in range(areas):
        total[i] = pull(t, start, site, w, i)
        if total[i] > 0.0:
            x[i] = np.exp(lam * np.log(total[i])) * odds_here[i] * shift[quintile[i]]
    for a in range(AGES):
        age, here = ages[a], people[a]
        for i in range(areas):
            odds = x[i] * age
            out = 1.0 / (1.0 + odds)
            n = here[i] * odds * out
            users[i] += n
            slope[i] += n * out
    for i in range(areas):
        users[i] *= share[i]
        slope[i] *= share[i]
        if users[i] > 0.0:
            each = users[i] / total[i]
            for p in range(start[i], start[i + 1]):
                use[site[p]] += each * t[p] * w[site[p]]


@njit(cache=True, error_model="numpy")
def pull(t: Floats, start: Ints, site: Sites, w: Floats, i: int) -> float:
    """S_i = sum_j T_ij w_j of area i."""
    total = 0.0
    for p in range(start[i], start[i + 1]):
        total += t[p] * w[site[p]]
    return total


@njit(cache=True, error_model="numpy")
def _by_quintile(values: Floats, who: Chooser) -> Floats:
    """Sum values[mode, area] by quintile, [6]."""
    quintile = who.quintile
    out = np.zeros(6)
    for i in range(values.shape[1]):
        out[quintile[i]] += values[0, i] + values[1, i]
    return out


@njit(cache=True, error_model="numpy")
def gradient_at(trial: Floats, look: Look, who: Chooser, aim: Aim) -> tuple[Floats, float]:
    """Gradient of Phi, and the worst relative miss of a venue's users."""
    venues, gradient, miss = len(aim.users), np.zeros(len(trial)), 0.0
    for j in range(venues):
        if aim.users[j] > 0:
            gradient[j] = look.use[j] - aim.users[j]
            miss = max(miss, abs(gradient[j]) / aim.users[j])
    modelled = _by_quintile(look.users, who)
    for q in range(len(aim.by_quintile)):
        gradient[venues + q] = (modelled[q] - aim.by_quintile[q]) / who.lam + RIDGE * trial[venues + q]
    return gradient, miss


@njit(cache=True, error_model="numpy")
def balanced(trial: Floats, look: Look, who: Chooser, aim: Aim) -> Floats:
    """The trial after a round of balancing: each venue's weight by what it misses."""
    venues, out = len(aim.users), trial.copy()
    common = min(max(np.log(aim.users.sum() / look.use.sum()) * (1.0 / who.lam - 1.0), -6.0), 6.0)
    for j in range(venues):
        if aim.users[j] > 0:
            out[j] += min(max(np.log(aim.users[j] / max(look.use[j], 1e-300)), -4.0), 4.0) + common
    modelled = _by_quintile(look.users, who)
    for q in range(len(aim.by_quintile)):
        if aim.by_quintile[q] > 0:
            out[venues + q] += np.log(aim.by_quintile[q] / max(modelled[q], 1e-300))
    return out


@njit(cache=True, error_model="numpy")
def system_at(look: Look, modes: tuple[Mode, Mode], who: Chooser, aim: Aim) -> Floats:
    """Second derivatives of Phi, upper triangle; a venue without users has a 1 of its own."""
    venues, quintiles = len(aim.users), len(aim.by_quintile)
    out, cross = np.zeros((venues + quintiles, venues + quintiles)), np.zeros((6, venues))
    for m in range(2):
        _add_curvature(modes[m], look, who, m, out, cross)
    curve = _by_quintile(look.slope, who) / who.lam
    for j in range(venues):
        if aim.users[j] <= 0:
            out[j, :] = 0.0
            out[:, j] = 0.0
            out[j, j] = 1.0
            continue
        out[j, j] += look.use[j] * (1.0 + 1e-12)
        for q in range(quintiles):
            out[j, venues + q] = cross[q, j]
    for q in range(quintiles):
        out[venues + q, venues + q] = curve[q] + RIDGE
    return out


@njit(cache=True, error_model="numpy")
def _add_curvature(mode: Mode, look: Look, who: Chooser, m: int, hessian: Floats, cross: Floats) -> None:
    """Add one mode's part to hessian[site, site] (upper triangle) and cross[quintile, site]."""
    t, start, site, _ = mode
    w, total, users, slope = look.w, look.total[m], look.users[m], look.slope[m]
    lam, quintile = who.lam, who.quintile
    share = np.zeros(len(w))
    for i in range(len(users)):
        if users[i] <= 0.0:
            continue
        first, n = start[i], start[i + 1] - start[i]
        c = users[i] - lam * slope[i]
        for k in range(n):
            share[k] = t[first + k] * w[site[first + k]] / total[i]
        for k in range(n):
            j = site[first + k]
            cross[quintile[i], j] += slope[i] * share[k]
            for r in range(k, n):
                hessian[j, site[first + r]] -= c * share[k] * share[r]


@njit(cache=True, error_model="numpy")
def _positive_solve(system: Floats, right: Floats) -> Floats:
    """The x of system x = right for a symmetric positive definite system, by Cholesky on its upper triangle, in place."""
    n, x = len(right), right.copy()
    for k in range(n):
        root = np.sqrt(max(system[k, k], 1e-300))
        for j in range(k, n):
            system[k, j] /= root
        for i in range(k + 1, n):
            factor = system[k, i]
            if factor != 0.0:
                for j in range(i, n):
                    system[i, j] -= factor * system[k, j]
        x[k] /= root
        for i in range(k + 1, n):
            x[i] -= system[k, i] * x[k]
    for k in range(n - 1, -1, -1):
        for j in range(k + 1, n):
            x[k] -= system[k, j] * x[j]
        x[k] /= system[k, k]
    return x


@njit(cache=True, error_model="numpy")
def first_guess(mode: Mode, lam: float, people: Floats, users: Floats) -> Floats:
    """Log weights[venue] to start from: users over people within reach, at a level where about the right share comes."""
    t, start, site, _ = mode
    venues, here, everyone = len(users), people.sum(axis=0), people.sum()
    reach, first = np.zeros(venues), np.zeros(venues)
    for i in range(len(here)):
        for p in range(start[i], start[i + 1]):
            reach[site[p]] += here[i] * t[p]
    for j in range(venues):
        first[j] = np.log(max(users[j], 1e-9) / max(reach[j], 1e-12 * everyone))
    weight, typical = np.exp(first), 0.0
    for i in range(len(here)):
        total = pull(t, start, site, weight, i)
        typical += here[i] / everyone * np.log(max(total, 1e-300))
    guess: Floats = first + np.log(max(users.sum() / everyone, 1e-6)) / lam - typical
    return guess
