"""The choice model, compiled: who uses a venue, which one, how far they go, how often.

    attraction  T_ij = exp(-kappa * f(minutes_ij)),   f(m) = (20/alpha) * ((m/20)^alpha - 1), the log as alpha -> 0
    inclusive   I_i  = ln sum_j T_ij w_j,             w_j = open_j * exp(V_j / lam), distance apart
    use         P_ia = logistic(lam*I_i + g_ia)       by area i and age band a
    venue       s_ij = T_ij w_j / sum_k T_ik w_k

This is the nested logit with beta = lam*kappa: f has slope 1 at 20 minutes, so kappa is the fall in the log odds of
choosing a venue for one more minute there, which data on where members go pin down much better than lam.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

REFERENCE_MINUTES = 20.0
AGES = 6


@njit(cache=True, parallel=True)
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


@njit(cache=True)
def _row(t: Floats, start: Ints, site: Ints, w: Floats, i: int) -> float:
    total = 0.0
    for p in range(start[i], start[i + 1]):
        total += t[p] * w[site[p]]
    return total


@njit(cache=True)
def _accumulate(
    t: Floats, start: Ints, site: Ints, w: Floats, lam: float, g: Floats, shift: Floats, quintile: Ints, people: Floats,
    mode_share: Floats, use: Floats, by_quintile: Floats, hessian: Floats, cross: Floats, curve: Floats,
) -> float:
    """Add one mode's areas to users by site, users by quintile, and to the second derivatives; the value of Phi."""
    value = 0.0
    for i in range(len(start) - 1):
        total = _row(t, start, site, w, i)
        if total <= 0.0 or mode_share[i] == 0.0:
            continue
        index = lam * np.log(total) + shift[quintile[i]]
        users, slope = 0.0, 0.0
        for a in range(AGES):
            n = people[i, a] * mode_share[i]
            z = index + g[i, a]
            p = 1.0 / (1.0 + np.exp(-z))
            users += n * p
            slope += n * p * (1.0 - p)
            value += n * (np.log1p(np.exp(-abs(z))) + max(z, 0.0)) / lam
        by_quintile[quintile[i]] += users
        for p in range(start[i], start[i + 1]):
            use[site[p]] += users * t[p] * w[site[p]] / total
        curve[quintile[i]] += slope / lam
        c = users - lam * slope
        for p in range(start[i], start[i + 1]):
            j, s = site[p], t[p] * w[site[p]] / total
            cross[quintile[i], j] += slope * s
            for r in range(start[i], p + 1):
                hessian[j, site[r]] -= c * s * t[r] * w[site[r]] / total
    return value


@njit(cache=True)
def _solve_one(
    t0: Floats, start0: Ints, site0: Ints, t1: Floats, start1: Ints, site1: Ints, lam: float, g: Floats, quintile: Ints,
    people: Floats, no_car: Floats, users: Floats, target: Floats, ridge: float, tolerance: float, rounds: int,
) -> tuple[Floats, Floats, float]:
    """Log weights and quintile shifts of one draw, and the worst relative miss; see `appeals.solve`."""
    venues = len(users)
    shifted = len(target) > 0
    size = venues + (6 if shifted else 0)
    x = np.zeros(size)
    reach = np.zeros(venues)
    for i in range(len(start0) - 1):
        here = people[i].sum()
        for p in range(start0[i], start0[i + 1]):
            reach[site0[p]] += here * t0[p]
    for j in range(venues):
        x[j] = np.log(users[j] / max(reach[j], 1e-300)) if users[j] > 0 else -700.0
    miss, lowest, step_size = np.inf, np.inf, 1.0
    direction, trial = np.zeros(size), x.copy()
    slope_along = 0.0
    for _ in range(rounds):
        w = np.exp(np.minimum(trial[:venues], 600.0))
        shift = np.zeros(6)
        if shifted:
            shift[:] = trial[venues:]
        use, by_quintile = np.zeros(venues), np.zeros(6)
        hessian, cross, curve = np.zeros((venues, venues)), np.zeros((6, venues)), np.zeros(6)
        value = _accumulate(
            t0, start0, site0, w, lam, g, shift, quintile, people, 1.0 - no_car, use, by_quintile, hessian, cross, curve,
        )
        value += _accumulate(
            t1, start1, site1, w, lam, g, shift, quintile, people, no_car, use, by_quintile, hessian, cross, curve,
        )
        for j in range(venues):
            if users[j] > 0:
                value -= users[j] * trial[j]
        if shifted:
            for q in range(5):
                value += -target[q] * shift[q] / lam + 0.5 * ridge * shift[q] ** 2
        if value > lowest + 1e-4 * step_size * slope_along + 1e-9 * abs(lowest) and step_size > 1e-6:
            step_size *= 0.5  # Armijo: the step went too far
            trial = x + step_size * direction
            continue
        x, lowest = trial, value
        miss = 0.0
        gradient = np.zeros(size)
        system = np.zeros((size, size))
        for j in range(venues):
            if users[j] <= 0:
                system[j, j] = 1.0
                continue
            gradient[j] = use[j] - users[j]
            miss = max(miss, abs(gradient[j]) / users[j])
            for k in range(venues):
                if users[k] > 0:
                    system[j, k] = hessian[j, k] if j == k else hessian[j, k] + hessian[k, j]
            system[j, j] += use[j] + 1e-9 * users[j]
        if shifted:
            for q in range(5):
                gradient[venues + q] = (by_quintile[q] - target[q]) / lam + ridge * shift[q]
                system[venues + q, venues + q] = curve[q] + ridge
                for j in range(venues):
                    if users[j] > 0:
                        system[venues + q, j] = cross[q, j]
                        system[j, venues + q] = cross[q, j]
            system[size - 1, size - 1] = 1.0
        if miss < tolerance:
            break
        direction = -np.linalg.solve(system, gradient)
        biggest = np.abs(direction).max()
        if biggest > 5.0:
            direction *= 5.0 / biggest
        slope_along = (direction * gradient).sum()
        step_size = 1.0
        trial = x + direction
    shift = np.zeros(6)
    if shifted:
        shift[:5] = x[venues : venues + 5]
    return x[:venues].copy(), shift, miss


@njit(cache=True, parallel=True)
def solve(
    t0: Floats, start0: Ints, site0: Ints, t1: Floats, start1: Ints, site1: Ints, lam: Floats, g: Floats, quintile: Ints,
    people: Floats, no_car: Floats, users: Floats, target: Floats, ridge: float, tolerance: float, rounds: int,
) -> tuple[Floats, Floats, Floats]:
    """`_solve_one` for every draw: log weights[draw, venue], shifts[draw, 6], miss[draw]. g is [draw, area, age]."""
    draws, venues = t0.shape[0], len(users)
    weights, shifts, miss = np.empty((draws, venues)), np.empty((draws, 6)), np.empty(draws)
    for d in prange(draws):
        weights[d], shifts[d], miss[d] = _solve_one(
            t0[d], start0, site0, t1[d], start1, site1, lam[d], g[d], quintile, people, no_car[d], users,
            target[d] if len(target) > 0 else np.zeros(0), ridge, tolerance, rounds,
        )
    return weights, shifts, miss


@njit(cache=True)
def _one_state(
    t: Floats, start: Ints, site: Ints, distance: Floats, given: NDArray[np.bool_], per_km: Floats, w: Floats, often: Floats,
    lam: float, fade: float, g: Floats, shift: Floats, quintile: Ints, people: Floats, mode_share: Floats, before: Floats,
    minutes: Floats, by_site: Floats, by_area: Floats, by_group: Floats,
) -> None:
    """Add one mode in one state to users and visits by site, users by area, and users, quality and minutes by group.

    `often[site]` is the hours factor on visits; `before[area]` the mean minutes at baseline (NaN while that is found);
    `minutes[area]` receives the mean minutes now. by_site is [2, site], by_group [3, quintile (5 = outside), age].
    """
    for i in range(len(start) - 1):
        minutes[i] = np.nan
        total = _row(t, start, site, w, i)
        if total <= 0.0 or mode_share[i] == 0.0:
            continue
        way, hours = 0.0, 0.0
        for p in range(start[i], start[i + 1]):
            s = t[p] * w[site[p]] / total
            way += s * (distance[p] if given[p] else distance[p] * per_km[i])
            hours += s * often[site[p]]
        minutes[i] = way
        extra = 0.0 if np.isnan(before[i]) else way - before[i]
        index = lam * np.log(total) + shift[quintile[i]]
        visits = np.exp(-fade * extra)
        users = 0.0
        for a in range(AGES):
            n = people[i, a] * mode_share[i] / (1.0 + np.exp(-(index + g[i, a])))
            users += n
            by_group[0, quintile[i], a] += n
            by_group[1, quintile[i], a] += n * hours * visits
            by_group[2, quintile[i], a] += n * hours * visits * extra
        by_area[i] += users
        for p in range(start[i], start[i + 1]):
            s = users * t[p] * w[site[p]] / total
            by_site[0, site[p]] += s
            by_site[1, site[p]] += s * often[site[p]] * visits


@njit(cache=True, parallel=True)
def evaluate(
    t0: Floats, start0: Ints, site0: Ints, distance0: Floats, given0: NDArray[np.bool_],
    t1: Floats, start1: Ints, site1: Ints, distance1: Floats, given1: NDArray[np.bool_],
    per_km: Floats, w: Floats, often: Floats, lam: Floats, fade: Floats, g: Floats, shift: Floats, quintile: Ints,
    people: Floats, no_car: Floats, before: Floats,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Every draw and quarter: by_site[draw, quarter, 2, site], by_area[draw, quarter, area], by_group[draw, quarter, 3, 6,
    age] and the last quarter's minutes[draw, mode, area]. A quarter equal to the one before is copied, not computed.

    w and often are [draw, quarter, site]; per_km [mode, draw, area]; before [draw, mode, area].
    """
    draws, quarters, n = w.shape
    areas = people.shape[0]
    by_site = np.zeros((draws, quarters, 2, n))
    by_area = np.zeros((draws, quarters, areas))
    by_group = np.zeros((draws, quarters, 3, 6, AGES))
    minutes = np.zeros((draws, 2, areas))
    for d in prange(draws):
        for q in range(quarters):
            if q > 0 and np.array_equal(w[d, q], w[d, q - 1]) and np.array_equal(often[d, q], often[d, q - 1]):
                by_site[d, q] = by_site[d, q - 1]
                by_area[d, q] = by_area[d, q - 1]
                by_group[d, q] = by_group[d, q - 1]
                continue
            _one_state(
                t0[d], start0, site0, distance0, given0, per_km[0, d], w[d, q], often[d, q], lam[d], fade[d], g[d], shift[d],
                quintile, people, 1.0 - no_car[d], before[d, 0], minutes[d, 0], by_site[d, q], by_area[d, q], by_group[d, q],
            )
            _one_state(
                t1[d], start1, site1, distance1, given1, per_km[1, d], w[d, q], often[d, q], lam[d], fade[d], g[d], shift[d],
                quintile, people, no_car[d], before[d, 1], minutes[d, 1], by_site[d, q], by_area[d, q], by_group[d, q],
            )
    return by_site, by_area, by_group, minutes
