"""Appeals at which the choice model gives every venue its observed users, compiled.

They minimise the convex function
    Phi = sum N ln(1 + exp(lam*I + g)) / lam - sum_j U_j ln w_j
over ln w, whose gradient is modelled less observed users; where users by deprivation quintile are known, five shifts of
the index are found with them. Here are Phi's first and second derivatives for one draw; `abreast` has them for eight side by
side, and solves for all draws of a block by Newton's method.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from .choice import AGES, Floats, Ints, Sites

RIDGE = 1e-6
"""Weight on the shifts, so that a quintile without people has none."""
SHUT = -700.0
"""Log weight of a venue without users."""


class Mode(NamedTuple):
    """One mode of travel in one draw: attraction t[pair], pairs by area, share[area] of people who go so. `looks` has eight
    draws in one: t[pair, 8], share[area, 8].
    """

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
    """The model at one trial: w and use [venue]; total, users and slope sum N P (1 - P), each [mode, area]; users
    by_quintile[6].
    """

    w: Floats
    use: Floats
    total: Floats
    users: Floats
    slope: Floats
    by_quintile: Floats


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
        np.zeros(6),
    )
    for m in range(2):
        _add_users(modes[m], look.w, who, shift, look.use, look.total[m], look.users[m], look.slope[m])
    look.by_quintile[:] = _by_quintile(look.users, who)
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
def gradient_at(trial: Floats, use: Floats, modelled: Floats, lam: float, aim: Aim) -> tuple[Floats, float]:
    """Gradient of Phi where venues have `use` and quintiles `modelled` users, and the worst relative miss of a venue's."""
    venues, gradient, miss = len(aim.users), np.zeros(len(trial)), 0.0
    for j in range(venues):
        if aim.users[j] > 0:
            gradient[j] = use[j] - aim.users[j]
            miss = max(miss, abs(gradient[j]) / aim.users[j])
    for q in range(len(aim.by_quintile)):
        gradient[venues + q] = (modelled[q] - aim.by_quintile[q]) / lam + RIDGE * trial[venues + q]
    return gradient, miss


@njit(cache=True, error_model="numpy")
def balanced(trial: Floats, use: Floats, modelled: Floats, lam: float, aim: Aim) -> Floats:
    """The trial after a round of balancing: each venue's weight, and each quintile's odds, by what it misses."""
    venues, out = len(aim.users), trial.copy()
    common = min(max(np.log(aim.users.sum() / use.sum()) * (1.0 / lam - 1.0), -6.0), 6.0)
    for j in range(venues):
        if aim.users[j] > 0:
            out[j] += min(max(np.log(aim.users[j] / max(use[j], 1e-300)), -4.0), 4.0) + common
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


# compiled with lanes,choice:710ead58
