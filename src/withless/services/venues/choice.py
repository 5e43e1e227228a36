"""The choice model, compiled: who uses a venue, which one, how far they go, how often.

    attraction  T_ij = exp(-kappa * f(minutes_ij)),   f(m) = (20/alpha) * ((m/20)^alpha - 1), the log as alpha -> 0
    inclusive   I_i  = ln sum_j T_ij w_j,             w_j = open_j * exp(V_j / lam), distance apart
    use         P_ia = logistic(lam*I_i + g_ia)       by area i and age band a
    venue       s_ij = T_ij w_j / sum_k T_ik w_k

This is the nested logit with beta = lam*kappa: f has slope 1 at 20 minutes, so kappa is the fall in the log odds of
choosing a venue for one more minute there, which data on where members go pin down much better than lam.

Sums are taken in the order written: no fast mathematics and no threaded linear algebra, so that a number is the same to
the last bit however many draws or workers there are.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

REFERENCE_MINUTES = 20.0
AGES = 6
LAST_STEP = 1e-5
"""Below this miss one more Newton step squares it, and whoever uses the result sees what is left."""
BALANCING = 2
"""Rounds of balancing before Newton takes over, where there is no neighbour to start from."""
CHUNK = 16
"""Draws solved one after another, in the order of lam, each from where the last one ended."""


@njit(cache=True, parallel=True, error_model="numpy")
def attraction(
    distance: Floats, given: NDArray[np.bool_], area: Ints, per_km: Floats, kappa: Floats, alpha: Floats
) -> Floats:
    """T[draw, pair] of one mode; `area[pair]`, `per_km[draw, area]` minutes a km, kappa and alpha [draw]."""
    draws, n = per_km.shape[0], len(distance)
    out = np.empty((draws, n))
    log_distance = np.log(np.maximum(distance, 0.1) / REFERENCE_MINUTES)
    for d in prange(draws):
        log_per_km = np.log(per_km[d])
        for p in range(n):
            x = log_distance[p] + (0.0 if given[p] else log_per_km[area[p]])
            f = x if alpha[d] < 1e-6 else (np.exp(alpha[d] * x) - 1.0) / alpha[d]
            out[d, p] = np.exp(-kappa[d] * REFERENCE_MINUTES * f)
    return out


@njit(cache=True, error_model="numpy")
def _row(t: Floats, start: Ints, site: Ints, w: Floats, i: int) -> float:
    total = 0.0
    for p in range(start[i], start[i + 1]):
        total += t[p] * w[site[p]]
    return total


@njit(cache=True, error_model="numpy")
def _users(
    t: Floats,
    start: Ints,
    site: Ints,
    w: Floats,
    lam: float,
    odds: Floats,
    ages: Floats,
    people: Floats,
    mode_share: Floats,
    use: Floats,
    totals: Floats,
    x: Floats,
    by_area: Floats,
    slope: Floats,
) -> None:
    """Add one mode's users by site; fill totals S, users and the slope sum N P (1 - P) of each area.

    odds[area] = exp(g + shift), ages[age] likewise: P = x / (1 + x) with x = S^lam * odds * ages. people[age, area]:
    the loop over areas is the inner one, so that it runs several areas at a time.
    """
    areas = len(start) - 1
    for i in range(areas):
        totals[i] = _row(t, start, site, w, i)
        x[i] = np.exp(lam * np.log(totals[i])) * odds[i] if totals[i] > 0.0 else 0.0
        by_area[i], slope[i] = 0.0, 0.0
    for a in range(AGES):
        age, here = ages[a], people[a]
        for i in range(areas):
            odds_here = x[i] * age
            out = 1.0 / (1.0 + odds_here)
            n = here[i] * odds_here * out
            by_area[i] += n
            slope[i] += n * out
    for i in range(areas):
        by_area[i] *= mode_share[i]
        slope[i] *= mode_share[i]
        if by_area[i] > 0.0:
            each = by_area[i] / totals[i]
            for p in range(start[i], start[i + 1]):
                use[site[p]] += each * t[p] * w[site[p]]


@njit(cache=True, error_model="numpy")
def _curvature(
    t: Floats,
    start: Ints,
    site: Ints,
    w: Floats,
    lam: float,
    quintile: Ints,
    totals: Floats,
    by_area: Floats,
    slope: Floats,
    hessian: Floats,
    cross: Floats,
    share: Floats,
) -> None:
    """Add one mode's second derivatives of Phi: lower triangle of hessian[site, site] off the users, cross[quintile, site]."""
    for i in range(len(start) - 1):
        if by_area[i] <= 0.0:
            continue
        first, n = start[i], start[i + 1] - start[i]
        c = by_area[i] - lam * slope[i]
        for k in range(n):
            share[k] = t[first + k] * w[site[first + k]] / totals[i]
        for k in range(n):
            j, s = site[first + k], share[k]
            cross[quintile[i], j] += slope[i] * s
            cs = c * s
            for r in range(k + 1):
                hessian[j, site[first + r]] -= cs * share[r]


@njit(cache=True, error_model="numpy")
def _positive_solve(system: Floats, right: Floats) -> Floats:
    """X of system x = right for a symmetric positive definite system, by Cholesky: its upper triangle is overwritten."""
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
def _solve_one(  # noqa: PLR0912, PLR0915 - one Newton loop, compiled whole
    t0: Floats,
    start0: Ints,
    site0: Ints,
    t1: Floats,
    start1: Ints,
    site1: Ints,
    lam: float,
    g: Floats,
    ages: Floats,
    quintile: Ints,
    people: Floats,
    no_car: Floats,
    users: Floats,
    target: Floats,
    first: Floats,
    shift0: Floats,
    ridge: float,
    tolerance: float,
    rounds: int,
    balancing: int,
) -> tuple[Floats, Floats]:
    """Log weights and quintile shifts of one draw; see `baseline.today`.

    Starts from `first`, balances a few rounds (each venue's weight by what it misses), then Newton. Phi is convex, so a
    step that still points downhill, or uphill by less than half of the old slope, has not gone too far.
    """
    venues, areas = len(users), len(start0) - 1
    shifted = len(target) > 0
    size = venues + (5 if shifted else 0)
    x = np.zeros(size)
    x[:venues] = first
    if shifted:
        x[venues:] = shift0[:5]
    for j in range(venues):
        if users[j] <= 0:
            x[j] = -700.0
    area0, area1, slope0, slope1 = np.zeros(areas), np.zeros(areas), np.zeros(areas), np.zeros(areas)
    totals0, totals1, scratch, odds = np.zeros(areas), np.zeros(areas), np.zeros(areas), np.zeros(areas)
    today_odds, share, car = np.exp(g), np.zeros(venues), 1.0 - no_car
    direction, trial, step, slope_along, miss = np.zeros(size), x.copy(), 1.0, 0.0, np.inf
    for attempt in range(rounds):
        w = np.exp(np.minimum(trial[:venues], 600.0))
        shift_odds = np.ones(6)
        if shifted:
            shift_odds[:5] = np.exp(trial[venues:])
        for i in range(areas):
            odds[i] = today_odds[i] * shift_odds[quintile[i]]
        use = np.zeros(venues)
        _users(t0, start0, site0, w, lam, odds, ages, people, car, use, totals0, scratch, area0, slope0)
        _users(t1, start1, site1, w, lam, odds, ages, people, no_car, use, totals1, scratch, area1, slope1)
        by_quintile, curve = np.zeros(6), np.zeros(6)
        for i in range(areas):
            by_quintile[quintile[i]] += area0[i] + area1[i]
            curve[quintile[i]] += (slope0[i] + slope1[i]) / lam
        gradient, miss = np.zeros(size), 0.0
        for j in range(venues):
            if users[j] > 0:
                gradient[j] = use[j] - users[j]
                miss = max(miss, abs(gradient[j]) / users[j])
        if shifted:
            for q in range(5):
                gradient[venues + q] = (by_quintile[q] - target[q]) / lam + ridge * trial[venues + q]
        if attempt < balancing and miss > 0.02:
            x = trial.copy()
            common = np.log(users.sum() / use.sum()) * (1.0 / lam - 1.0)
            for j in range(venues):
                if users[j] > 0:
                    trial[j] += min(max(np.log(users[j] / max(use[j], 1e-300)), -4.0), 4.0) + min(
                        max(common, -6.0), 6.0
                    )
            if shifted:
                for q in range(5):
                    if target[q] > 0:
                        trial[venues + q] += np.log(target[q] / max(by_quintile[q], 1e-300))
            continue
        uphill = (direction * gradient).sum()
        if uphill > 0.5 * abs(slope_along) and slope_along < 0.0 and step > 1e-6:
            step *= 0.5
            trial = x + step * direction
            continue
        x = trial.copy()
        if miss < tolerance:
            break
        hessian, cross = np.zeros((venues, venues)), np.zeros((6, venues))
        _curvature(t0, start0, site0, w, lam, quintile, totals0, area0, slope0, hessian, cross, share)
        _curvature(t1, start1, site1, w, lam, quintile, totals1, area1, slope1, hessian, cross, share)
        system = np.zeros((size, size))
        for j in range(venues):
            if users[j] <= 0:
                system[j, j] = 1.0
                continue
            for k in range(j + 1):
                if users[k] > 0:
                    both = hessian[j, k] + (hessian[k, j] if j != k else 0.0)
                    system[j, k] = both
                    system[k, j] = both
            system[j, j] += use[j] * (1.0 + 1e-12)
        if shifted:
            for q in range(5):
                system[venues + q, venues + q] = curve[q] + ridge
                for j in range(venues):
                    if users[j] > 0:
                        system[venues + q, j] = cross[q, j]
                        system[j, venues + q] = cross[q, j]
        direction = -_positive_solve(system, gradient)
        biggest = np.abs(direction).max()
        if biggest > 5.0:
            direction *= 5.0 / biggest
        slope_along, step = (direction * gradient).sum(), 1.0
        trial = x + direction
        if miss < LAST_STEP:
            x = trial
            break
    shift = np.zeros(6)
    if shifted:
        shift[:5] = x[venues:]
    return x[:venues].copy(), shift


@njit(cache=True, error_model="numpy")
def _first_guess(t: Floats, start: Ints, site: Ints, lam: float, people: Floats, users: Floats) -> Floats:
    """Log weights[venue] to start from: users over people within reach, at a level where about the right share comes."""
    venues, everyone = len(users), people.sum()
    reach, first = np.zeros(venues), np.zeros(venues)
    for i in range(len(start) - 1):
        here = people[i].sum()
        for p in range(start[i], start[i + 1]):
            reach[site[p]] += here * t[p]
    for j in range(venues):
        first[j] = np.log(max(users[j], 1e-9) / max(reach[j], 1e-12 * everyone))
    weight, typical = np.exp(first), 0.0
    for i in range(len(start) - 1):
        total = _row(t, start, site, weight, i)
        typical += people[i].sum() / everyone * np.log(max(total, 1e-300))
    guess: Floats = first + np.log(max(users.sum() / everyone, 1e-6)) / lam - typical
    return guess


@njit(cache=True, parallel=True, error_model="numpy")
def solve(
    t0: Floats,
    start0: Ints,
    site0: Ints,
    t1: Floats,
    start1: Ints,
    site1: Ints,
    lam: Floats,
    g: Floats,
    ages: Floats,
    quintile: Ints,
    people: Floats,
    no_car: Floats,
    users: Floats,
    target: Floats,
    ridge: float,
    tolerance: float,
    rounds: int,
) -> tuple[Floats, Floats]:
    """`_solve_one` for every draw, neighbours in lam one from another: log weights[draw, venue], shifts[draw, 6].

    g[draw, area], ages[draw, age].
    """
    draws, venues = t0.shape[0], len(users)
    weights, shifts = np.empty((draws, venues)), np.empty((draws, 6))
    order, guesses, by_age = np.argsort(lam), np.empty((draws, venues)), np.ascontiguousarray(people.T)
    for d in prange(draws):
        guesses[d] = _first_guess(t0[d], start0, site0, lam[d], people, users)
    for chunk in prange(-(-draws // CHUNK)):
        known, shift = np.zeros(venues), np.zeros(6)
        for k in range(chunk * CHUNK, min((chunk + 1) * CHUNK, draws)):
            d = order[k]
            weights[d], shifts[d] = _solve_one(
                t0[d],
                start0,
                site0,
                t1[d],
                start1,
                site1,
                lam[d],
                g[d],
                ages[d],
                quintile,
                by_age,
                no_car[d],
                users,
                target[d] if len(target) > 0 else np.zeros(0),
                guesses[d] + known,
                shift,
                ridge,
                tolerance,
                rounds,
                BALANCING if k == chunk * CHUNK else 0,
            )
            known, shift = weights[d] - guesses[d], shifts[d]
    return weights, shifts


@njit(cache=True, error_model="numpy")
def _one_state(
    t: Floats,
    start: Ints,
    site: Ints,
    distance: Floats,
    given: NDArray[np.bool_],
    per_km: Floats,
    w: Floats,
    often: Floats,
    lam: float,
    fade: float,
    odds: Floats,
    ages: Floats,
    quintile: Ints,
    people: Floats,
    mode_share: Floats,
    before: Floats,
    trips: Floats,
    by_site: Floats,
    by_area: Floats,
    by_group: Floats,
) -> None:
    """Add one mode in one state to users and visits by site, users by area, and users, quality and minutes by group.

    `often[site]` is the hours factor on visits; `trips[3, area]` receives the mean minutes, the pull sum_j T_ij w_j and
    the odds of use; `before` holds them at baseline (NaN while that is found). Extra minutes thin out visits only where
    the pull has not grown: who goes farther for something better has lost nothing. by_site is [2, site], by_group
    [3, quintile (5 = outside), age].
    """
    for i in range(len(start) - 1):
        trips[:, i] = np.nan
        total, way, hours = 0.0, 0.0, 0.0
        for p in range(start[i], start[i + 1]):
            pull = t[p] * w[site[p]]
            total += pull
            way += pull * (distance[p] if given[p] else distance[p] * per_km[i])
            hours += pull * often[site[p]]
        if total <= 0.0 or mode_share[i] == 0.0:
            continue
        way, hours = way / total, hours / total
        extra = way - before[0, i] if way > before[0, i] and total <= before[1, i] else 0.0
        x = before[2, i] if total == before[1, i] else np.exp(lam * np.log(total)) * odds[i]
        visits = np.exp(-fade * extra) if extra > 0.0 else 1.0
        trips[0, i], trips[1, i], trips[2, i] = way, total, x
        users = 0.0
        for a in range(AGES):
            n = people[i, a] * mode_share[i] * x * ages[a] / (1.0 + x * ages[a])
            users += n
            by_group[0, quintile[i], a] += n
            by_group[1, quintile[i], a] += n * hours * visits
            by_group[2, quintile[i], a] += n * hours * visits * extra
        by_area[i] += users
        each = users / total
        for p in range(start[i], start[i + 1]):
            s = each * t[p] * w[site[p]]
            by_site[0, site[p]] += s
            by_site[1, site[p]] += s * often[site[p]] * visits


@njit(cache=True, parallel=True, error_model="numpy")
def evaluate(
    t0: Floats,
    start0: Ints,
    site0: Ints,
    distance0: Floats,
    given0: NDArray[np.bool_],
    t1: Floats,
    start1: Ints,
    site1: Ints,
    distance1: Floats,
    given1: NDArray[np.bool_],
    per_km: Floats,
    w: Floats,
    often: Floats,
    lam: Floats,
    fade: Floats,
    g: Floats,
    ages: Floats,
    shift: Floats,
    quintile: Ints,
    people: Floats,
    no_car: Floats,
    before: Floats,
    wanted: NDArray[np.bool_],
    by_site: Floats,
    by_area: Floats,
    by_group: Floats,
    trips: Floats,
) -> None:
    """Fill, for every draw that is `wanted[draw]`, by_site[draw, quarter, 2, site], by_area[draw, quarter, area],
    by_group[draw, quarter, 3, 6, age] and the last quarter's trips[draw, mode, 3, area]. A quarter equal to the one
    before is copied, not computed.

    w and often are [draw, quarter, site]; per_km [mode, draw, area]; before [draw, mode, 3, area].
    """
    draws, quarters, _ = w.shape
    for d in prange(draws):
        if not wanted[d]:
            continue
        odds = np.exp(g[d] + shift[d][quintile])
        for q in range(quarters):
            if q > 0 and np.array_equal(w[d, q], w[d, q - 1]) and np.array_equal(often[d, q], often[d, q - 1]):
                by_site[d, q] = by_site[d, q - 1]
                by_area[d, q] = by_area[d, q - 1]
                by_group[d, q] = by_group[d, q - 1]
                continue
            by_site[d, q] = 0.0
            by_area[d, q] = 0.0
            by_group[d, q] = 0.0
            _one_state(
                t0[d],
                start0,
                site0,
                distance0,
                given0,
                per_km[0, d],
                w[d, q],
                often[d, q],
                lam[d],
                fade[d],
                odds,
                ages[d],
                quintile,
                people,
                1.0 - no_car[d],
                before[d, 0],
                trips[d, 0],
                by_site[d, q],
                by_area[d, q],
                by_group[d, q],
            )
            _one_state(
                t1[d],
                start1,
                site1,
                distance1,
                given1,
                per_km[1, d],
                w[d, q],
                often[d, q],
                lam[d],
                fade[d],
                odds,
                ages[d],
                quintile,
                people,
                no_car[d],
                before[d, 1],
                trips[d, 1],
                by_site[d, q],
                by_area[d, q],
                by_group[d, q],
            )
