"""Appeals at which the choice model gives every venue its observed users, compiled.

They minimise the convex function
    Phi = sum N ln(1 + exp(lam*I + g)) / lam - sum_j U_j ln w_j
over ln w, whose gradient is modelled less observed users; where users by deprivation quintile are known, five shifts of
the index are found with them. Here are Phi's first and second derivatives for one draw; `newton` has them for eight side by
side, and solves for all draws of a block by Newton's method.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...kernels import njit
from .choice import AGES, Floats, Ints, Sites
from .nests import Nests, handed_down, weigh_one

RIDGE = 1e-6
"""Weight on the shifts, so that a quintile without people has none."""
SHUT = -700.0
"""Log weight of a venue without users."""


class Mode(NamedTuple):
    """One mode of travel in one draw: attraction t[pair], pairs by area, share[area] of people who go so, nests seen and their
    rho[node]. `derivatives` has eight draws in one: t[pair, 8], share[area, 8], rho[node, 8].
    """

    t: Floats
    start: Ints
    site: Sites
    share: Floats
    seen: Nests
    rho: Floats


class Chooser(NamedTuple):
    """Who chooses in one draw: lam, odds[area], ages[age], quintile[area], people[age, area]."""

    lam: float
    odds: Floats
    ages: Floats
    quintile: Ints
    people: Floats


class Aim(NamedTuple):
    """What is to be met: users[venue], by_quintile[5] inside (empty where it is not known); and the nests of venues by slots
    one and two [node] with their rho[node], see nests.py.
    """

    users: Floats
    by_quintile: Floats
    one: Ints
    two: Ints
    rho: Floats


class Look(NamedTuple):
    """The model at one trial: effective pulls [pair] of each mode and use[venue]; total, users and slope sum N P (1 - P), each
    [mode, area]; users by_quintile[6].
    """

    pulls: tuple[Floats, Floats]
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
    w = np.exp(np.minimum(trial[:venues], 600.0))
    look = Look(
        (effective(modes[0], w), effective(modes[1], w)),
        np.zeros(venues),
        np.zeros((2, areas)),
        np.zeros((2, areas)),
        np.zeros((2, areas)),
        np.zeros(6),
    )
    for m in range(2):
        _add_users(modes[m], look.pulls[m], who, shift, look.use, look.total[m], look.users[m], look.slope[m])
    look.by_quintile[:] = _by_quintile(look.users, who)
    return look


@njit(cache=True, error_model="numpy")
def _add_users(
    mode: Mode, pulls: Floats, who: Chooser, shift: Floats, use: Floats, total: Floats, users: Floats, slope: Floats
) -> None:
    """Add one mode's users of venues, from effective pulls[pair]; fill total, users and slope [area].

    P = x / (1 + x) with x = total^lam * odds * shift * age. The loop over areas is the inner one, so that it runs
    several areas at a time.
    """
    start, site, share = mode.start, mode.site, mode.share
    lam, odds_here, ages, quintile, people = who
    areas, x = len(total), np.zeros(len(total))
    for i in range(areas):
        total[i] = pulls[start[i] : start[i + 1]].sum()
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
                use[site[p]] += each * pulls[p]


@njit(cache=True, error_model="numpy")
def effective(mode: Mode, w: Floats) -> Floats:
    """Effective pulls[pair] at weights w[site]."""
    start, site = mode.start, mode.site
    pulls = np.empty(len(site))
    for p in range(len(site)):
        pulls[p] = mode.t[p] * w[site[p]]
    for i in range(len(start) - 1):
        if mode.seen.first[i + 1] > mode.seen.first[i]:
            weigh_one(pulls, start[i], start[i + 1] - start[i], mode.seen, i, mode.rho)
    return pulls


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
    level, missed = np.zeros(venues + len(aim.one)), np.zeros((2, venues + len(aim.one)))
    missed[0, :venues], missed[1, :venues] = aim.users, use
    common = min(max(np.log(aim.users.sum() / use.sum()) * (1.0 / lam - 1.0), -6.0), 6.0)
    for k in range(len(aim.one)):
        missed[:, venues + k] = missed[:, aim.one[k]] + missed[:, aim.two[k]]
    for j in range(len(level)):
        if missed[0, j] > 0:
            level[j] = min(max(np.log(missed[0, j] / max(missed[1, j], 1e-300)), -4.0), 4.0)
    handed_down(level, aim.one, aim.two, aim.rho)
    for j in range(venues):
        if aim.users[j] > 0:
            out[j] += level[j] + common
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
    start, site, seen, rho = mode.start, mode.site, mode.seen, mode.rho
    pulls, total, users, slope = look.pulls[m], look.total[m], look.users[m], look.slope[m]
    lam, quintile = who.lam, who.quintile
    share = np.zeros(len(look.use))
    for i in range(len(users)):
        if users[i] <= 0.0:
            continue
        first, n = start[i], start[i + 1] - start[i]
        c = users[i] - lam * slope[i]
        for k in range(n):
            share[k] = pulls[first + k] / total[i]
        for k in range(n):
            j = site[first + k]
            cross[quintile[i], j] += slope[i] * share[k]
            for r in range(k, n):
                hessian[j, site[first + r]] -= c * share[k] * share[r]
        _add_nests(seen, i, rho, users[i], share, site[first : first + n], hessian)


@njit(cache=True, error_model="numpy")
def _add_nests(seen: Nests, i: int, rho: Floats, users: float, share: Floats, site: Sites, hessian: Floats) -> None:
    """Add what nests have of an area's second derivatives: share[pair] and site[pair] of its pairs.

    With rho' that of the nest around, a pair joined first in nest n has users s (1/rho_n - 1) more on the diagonal, and a
    nest n with the part s_n of the area takes users (1/rho_n - 1/rho') s_j s_k / s_n from its pairs j and k.
    """
    begun, pairs = seen.first[i], len(site)
    for s in range(begun, seen.first[i + 1]):
        own = 1.0 / rho[seen.node[s]]
        for slot in (seen.one[s], seen.two[s]):
            if slot < pairs:
                hessian[site[slot], site[slot]] += users * share[slot] * (own - 1.0)
        around = 1.0 if seen.above[s] < 0 else 1.0 / rho[seen.node[begun + seen.above[s]]]
        whole, first, last = 0.0, seen.member_first[s], seen.member_first[s + 1]
        for m in range(first, last):
            whole += share[seen.member[m]]
        if whole <= 0.0:
            continue
        each = users * (own - around) / whole
        for m in range(first, last):
            for r in range(first, last):
                a, b = seen.member[m], seen.member[r]
                if site[a] <= site[b]:
                    hessian[site[a], site[b]] -= each * share[a] * share[b]


@njit(cache=True, error_model="numpy")
def first_guess(mode: Mode, lam: float, people: Floats, aim: Aim) -> Floats:
    """Log weights[venue] to start from: users over people within reach, at a level where about the right share comes."""
    t, start, site, users = mode.t, mode.start, mode.site, aim.users
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
    settle(first, aim)
    guess: Floats = first + np.log(max(users.sum() / everyone, 1e-6)) / lam - typical
    return guess


@njit(cache=True, error_model="numpy")
def settle(log_weights: Floats, aim: Aim) -> None:
    """Make log weights[venue] that would be right without nests about right with them, in place."""
    venues, nodes = len(aim.users), len(aim.one)
    if nodes == 0:
        return
    level = np.full(venues + nodes, SHUT)
    for j in range(venues):
        if aim.users[j] > 0:
            level[j] = log_weights[j]
    for k in range(nodes):
        a, b = level[aim.one[k]], level[aim.two[k]]
        level[venues + k] = max(a, b) + np.log(1.0 + np.exp(-abs(a - b)))
    for k in range(nodes):  # what nobody uses has no say and stays where it is
        for c in (aim.one[k], aim.two[k]):
            level[c] = level[venues + k] if level[c] <= SHUT else level[c]
    handed_down(level, aim.one, aim.two, aim.rho)
    for j in range(venues):
        if aim.users[j] > 0:
            log_weights[j] = level[j]


# compiled with choice,nests,simd:5f281106
