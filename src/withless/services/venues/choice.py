"""The choice model, compiled: who uses a venue, which one, how far they go, how often.

    attraction  T_ij = exp(-kappa * f(minutes_ij)),   f(m) = (20/alpha) * ((m/20)^alpha - 1), the log as alpha -> 0
    inclusive   I_i  = ln sum_j T_ij w_j,             w_j = open_j * exp(V_j / lam), distance apart
    use         P_ia = logistic(lam*I_i + g_ia)       by area i and age band a
    venue       s_ij = T_ij w_j / sum_k T_ik w_k

This is the nested logit with beta = lam*kappa: f has slope 1 at 20 minutes, so kappa is the fall in the log odds of
choosing a venue for one more minute there, which data on where members go pin down much better than lam.

Sums are taken in the order written: no fast mathematics and no threaded linear algebra, so that a number is the same to
the last bit however many draws or workers there are. Kernels leave the interpreter free, so that blocks run side by side.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Sites = NDArray[np.uint32]
"""Unsigned, because compiled code looks at the sign of every other index."""
Bools = NDArray[np.bool_]

REFERENCE_MINUTES = 20.0
AGES = 6


class Links(NamedTuple):
    """Pairs of area and site for one mode, in rows by area: row i is `start[i]:start[i+1]`.

    `distance[pair]` is km, or minutes where `given[pair]`.
    """

    start: Ints
    site: Sites
    distance: Floats
    given: Bools


class Crowd(NamedTuple):
    """Who chooses, by draw: lam and fade [draw], odds[draw, area] of use apart from venues, ages[draw, age] factors on
    them, and shift[draw, 6] of their logs.

    Fixed: quintile[area] (5 = outside), people[area, age]; `mode_share[mode, draw, area]` adds up to 1 over modes.
    """

    lam: Floats
    fade: Floats
    odds: Floats
    ages: Floats
    shift: Floats
    quintile: Ints
    people: Floats
    mode_share: Floats


class Came(NamedTuple):
    """What `evaluate` fills: by_site[draw, quarter, 2, site] users and visits, by_area[draw, quarter, area] users,
    by_group[draw, quarter, 3, 6, age] (users, users x quality, that x extra minutes), and trips[draw, mode, 3, area] of the
    last quarter (mean minutes, pull sum_j T_ij w_j, odds of use).
    """

    by_site: Floats
    by_area: Floats
    by_group: Floats
    trips: Floats


@njit(cache=True, nogil=True, error_model="numpy")
def attraction(distance: Floats, given: Bools, area: Ints, per_km: Floats, kappa: Floats, alpha: Floats) -> Floats:
    """T[draw, pair] of one mode; `area[pair]`, `per_km[draw, area]` minutes a km, kappa and alpha [draw]."""
    draws, n = per_km.shape[0], len(distance)
    out = np.empty((draws, n))
    log_distance = np.log(np.maximum(distance, 0.1) / REFERENCE_MINUTES)
    for d in range(draws):
        log_per_km = np.log(per_km[d])
        for p in range(n):
            x = log_distance[p] + (0.0 if given[p] else log_per_km[area[p]])
            f = x if alpha[d] < 1e-6 else (np.exp(alpha[d] * x) - 1.0) / alpha[d]
            out[d, p] = np.exp(-kappa[d] * REFERENCE_MINUTES * f)
    return out


def evaluate(
    t: tuple[Floats, Floats],
    links: tuple[Links, Links],
    per_km: Floats,
    w: Floats,
    often: Floats,
    crowd: Crowd,
    before: Floats,
    wanted: Bools,
    came: Came,
) -> None:
    """Fill `came` for every draw that is `wanted[draw]`; a quarter equal to the one before is copied, not computed.

    t[mode][draw, pair]; per_km[mode, draw, area]; w and often [draw, quarter, site]; before[draw, mode, 3, area].
    """
    unpacked: tuple[Any, ...] = (*t, *links[0], *links[1], per_km, w, often, *crowd, before, wanted, *came)
    _evaluate(*unpacked)


# fmt: off
@njit(cache=True, nogil=True, error_model="numpy")
def _evaluate(
    t0: Floats, t1: Floats, start0: Ints, site0: Sites, distance0: Floats, given0: Bools,
    start1: Ints, site1: Sites, distance1: Floats, given1: Bools, per_km: Floats, w: Floats, often: Floats,
    lam: Floats, fade: Floats, odds: Floats, ages: Floats, shift: Floats, quintile: Ints, people: Floats, share: Floats,
    before: Floats, wanted: Bools, by_site: Floats, by_area: Floats, by_group: Floats, trips: Floats,
) -> None:
    """`evaluate`, unpacked: arrays only, which compile once."""
    for d in range(w.shape[0]):
        if wanted[d]:
            came = Came(by_site[d], by_area[d], by_group[d], trips[d])
            who = Person(lam[d], fade[d], odds[d] * np.exp(shift[d])[quintile], ages[d], quintile, people)
            one = Mode(t0[d], start0, site0, distance0, given0, per_km[0, d], share[0, d], before[d, 0])
            two = Mode(t1[d], start1, site1, distance1, given1, per_km[1, d], share[1, d], before[d, 1])
            _one_draw(one, two, w[d], often[d], who, came)
# fmt: on


class Person(NamedTuple):
    """Who chooses in one draw: lam, fade, odds[area], ages[age], quintile[area], people[area, age]."""

    lam: float
    fade: float
    odds: Floats
    ages: Floats
    quintile: Ints
    people: Floats


class Mode(NamedTuple):
    """One mode of travel in one draw: t[pair], the links, minutes per_km[area], share[area], trips before[3, area]."""

    t: Floats
    start: Ints
    site: Sites
    distance: Floats
    given: Bools
    per_km: Floats
    share: Floats
    before: Floats


@njit(cache=True, error_model="numpy")
def _one_draw(one: Mode, two: Mode, w: Floats, often: Floats, who: Person, came: Came) -> None:
    """Every quarter of one draw; w and often [quarter, site], `came` without its axis of draws."""
    for q in range(len(w)):
        if q > 0 and np.array_equal(w[q], w[q - 1]) and np.array_equal(often[q], often[q - 1]):
            came.by_site[q] = came.by_site[q - 1]
            came.by_area[q] = came.by_area[q - 1]
            came.by_group[q] = came.by_group[q - 1]
            continue
        came.by_site[q] = 0.0
        came.by_area[q] = 0.0
        came.by_group[q] = 0.0
        _one_state(one, w[q], often[q], who, came.trips[0], came.by_site[q], came.by_area[q], came.by_group[q])
        _one_state(two, w[q], often[q], who, came.trips[1], came.by_site[q], came.by_area[q], came.by_group[q])


@njit(cache=True, error_model="numpy")
def _one_state(
    mode: Mode,
    w: Floats,
    often: Floats,
    who: Person,
    trips: Floats,
    by_site: Floats,
    by_area: Floats,
    by_group: Floats,
) -> None:
    """Add one mode in one quarter; w and often [site], trips[3, area], by_site[2, site], by_area[area], by_group[3, 6, age].

    Extra minutes thin out visits only where the pull has not grown: who goes farther for something better has lost
    nothing. `mode.before` holds the trips at baseline (NaN while those are found).
    """
    t, start, site, distance, given, per_km, share, before = mode
    lam, fade, odds, ages, quintiles, people = who
    for i in range(len(start) - 1):
        trips[:, i] = np.nan
        total, way, hours = 0.0, 0.0, 0.0
        for p in range(start[i], start[i + 1]):
            pull = t[p] * w[site[p]]
            total += pull
            way += pull * (distance[p] if given[p] else distance[p] * per_km[i])
            hours += pull * often[site[p]]
        if total <= 0.0 or share[i] == 0.0:
            continue
        way, hours = way / total, hours / total
        extra = way - before[0, i] if way > before[0, i] and total <= before[1, i] else 0.0
        x = before[2, i] if total == before[1, i] else np.exp(lam * np.log(total)) * odds[i]
        visits = np.exp(-fade * extra) if extra > 0.0 else 1.0
        trips[0, i], trips[1, i], trips[2, i] = way, total, x
        users, quintile = 0.0, quintiles[i]
        for a in range(AGES):
            n = people[i, a] * share[i] * x * ages[a] / (1.0 + x * ages[a])
            users += n
            by_group[0, quintile, a] += n
            by_group[1, quintile, a] += n * hours * visits
            by_group[2, quintile, a] += n * hours * visits * extra
        by_area[i] += users
        each = users / total
        for p in range(start[i], start[i + 1]):
            s = each * t[p] * w[site[p]]
            by_site[0, site[p]] += s
            by_site[1, site[p]] += s * often[site[p]] * visits
