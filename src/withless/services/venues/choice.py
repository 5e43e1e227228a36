"""The choice model, compiled: who uses a venue, which one, how far they go, how often.

    attraction  T_ij = exp(-kappa * f(minutes_ij)),   f(m) = (20/alpha) * ((m/20)^alpha - 1), the log as alpha -> 0
    inclusive   I_i  = ln sum_j T_ij w_j,             w_j = open_j * exp(V_j / lam), distance apart
    use         P_ia = logistic(lam*I_i + g_ia)       by area i and age band a
    venue       s_ij = T_ij w_j / sum_k T_ik w_k        but for venues next door to each other: see nests.py

This is the nested logit with beta = lam*kappa: f has slope 1 at 20 minutes, so kappa is the fall in the log odds of
choosing a venue for one more minute there, which data on where members go pin down much better than lam.

Sums are taken in the order written: no fast mathematics and no threaded linear algebra, so that a number is the same to
the last bit however many draws or workers there are. Kernels leave the interpreter free, so that blocks run side by side,
and take eight draws at a time: what follows from one pair of area and site is then one load for all eight.
Numba keeps what it has compiled until the text of this file changes: `tests/compiled.py` says how that is seen to.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...kernels import njit
from ...simd import above, add, choose, div, equal, exp, fill, load, log, mul, store, sub, unlike
from .nests import Nests, pulls, room_for

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Sites = NDArray[np.uint32]
"""Unsigned, because compiled code looks at the sign of every other index."""
Bools = NDArray[np.bool_]

REFERENCE_MINUTES = 20.0
AGES = 6
CERTAIN = 1e90
"""Odds above this are as good as certain; three of them can be multiplied."""


class Links(NamedTuple):
    """Pairs of area and site for one mode, in rows by area: row i is `start[i]:start[i+1]`.

    `distance[pair]` is km, or minutes where `given[pair]`.
    """

    start: Ints
    site: Sites
    distance: Floats
    given: Bools


class Crowd(NamedTuple):
    """Who chooses, by draw, or by `eights` where that is asked for: lam and fade [draw], odds[draw, area] of use apart from
    venues, ages[draw, age] factors on them.

    Fixed: quintile[area] (5 = outside), people[area, age]; `mode_share[mode][draw, area]` adds up to 1 over modes.
    """

    lam: Floats
    fade: Floats
    odds: Floats
    ages: Floats
    quintile: Ints
    people: Floats
    mode_share: tuple[Floats, Floats]


class Came(NamedTuple):
    """Who comes, by `eights` of draws: by_site[eight, quarter, 2, site, 8] users and visits, by_area[eight, quarter, area]
    users of all eight, by_group[eight, quarter, 3, 6, age, 8] (users, users x quality, that x extra minutes), and trips[eight,
    mode, 3, area, 8] of the last quarter (mean minutes, pull sum_j T_ij w_j, odds of use).
    """

    by_site: Floats
    by_area: Floats
    by_group: Floats
    trips: Floats


def eights(by_draw: Floats) -> Floats:
    """by_draw[draw, ...] as [eight, ..., 8]: draws eight by eight, side by side, as compiled code takes them."""
    grouped = by_draw.reshape(len(by_draw) // 8, 8, *by_draw.shape[1:])
    return np.ascontiguousarray(np.moveaxis(grouped, 1, -1))


def by_draw(eights: Floats) -> Floats:
    """What `eights` laid side by side, by draw again: [draw, ...]."""
    one_by_one = np.moveaxis(eights, -1, 1)
    return one_by_one.reshape(8 * len(one_by_one), *one_by_one.shape[2:])


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


@njit(cache=True, nogil=True, error_model="numpy")
def attractions(distance: Floats, given: Bools, area: Ints, per_km: Floats, kappa: Floats, alpha: Floats) -> Floats:
    """`attraction` of many draws: T[eight, pair, 8]; `per_km[eight, area, 8]`, kappa and alpha [eight, 8]."""
    n, areas = len(distance), per_km.shape[1]
    out, log_per_km = np.empty((len(per_km), n, 8)), np.empty((areas, 8))
    log_distance = np.log(np.maximum(distance, 0.1) / REFERENCE_MINUTES)
    one = fill(1.0)
    for e in range(len(per_km)):
        power = load(alpha[e], 0)
        bend = choose(power, fill(1e-6), power, one)
        steep = mul(load(kappa[e], 0), fill(-REFERENCE_MINUTES))
        for i in range(areas):
            store(log_per_km, 8 * i, log(load(per_km[e], 8 * i)))
        for p in range(n):
            x = fill(log_distance[p])
            if not given[p]:
                x = add(x, load(log_per_km, 8 * area[p]))
            far = choose(power, fill(1e-6), div(sub(exp(mul(bend, x)), one), bend), x)
            store(out[e], 8 * p, exp(mul(steep, far)))
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def shared_out(t: Floats, links: Links, seen: Nests, rho: Floats, w: Floats, amounts: Floats) -> Floats:
    """Share out amounts[eight, area, 8] to sites by how people choose, t[eight, pair, 8], rho[eight, node, 8] and
    w[eight, site, 8]: [eight, site, 8].
    """
    start, site = links.start, links.site
    out, least, (part, slot, split) = np.zeros(w.shape), fill(1e-300), room_for(start, seen)
    first, one, two, node = seen.first, seen.one, seen.two, seen.node
    for e in range(len(t)):
        there, here, alike, give = t[e], w[e], rho[e], amounts[e]
        for i in range(len(start) - 1):
            total = pulls(there, here, start, site, first, one, two, node, alike, i, part, slot, split)
            each = div(load(give, 8 * i), choose(total, least, total, least))
            for p in range(start[i], start[i + 1]):
                _add_to(out[e], 8 * site[p], mul(load(part, 8 * (p - start[i])), each))
    return out


def evaluate(
    t: tuple[Floats, Floats],
    links: tuple[Links, Links],
    seen: tuple[Nests, Nests],
    rho: Floats,
    per_km: tuple[Floats, Floats],
    w: Floats,
    often: Floats,
    crowd: Crowd,
    shift: Floats,
    before: Floats,
    wanted: Bools,
    came: Came,
) -> None:
    """Fill `came` for every draw that is `wanted[draw]`; a draw's quarter equal to the one before is copied, not computed.

    t[mode][eight, pair, 8]; rho[eight, node, 8] of the nests that are seen; per_km[mode][eight, area, 8]; w and often [draw,
    quarter, site]; the crowd by `eights`; shift[draw, 6] of the log odds of use by quintile; before[eight, mode, 3, area,
    8]. Draws beside a wanted one are computed again, to the same bits.
    """
    odds = crowd.odds * eights(np.exp(shift))[:, crowd.quintile]
    who = (crowd.lam, crowd.fade, odds, crowd.ages, crowd.quintile, crowd.people)
    ways = (*per_km, *crowd.mode_share)
    groups = np.ascontiguousarray(wanted.reshape(-1, 8).any(axis=1))
    unpacked: tuple[Any, ...] = (
        *t,
        *links[0],
        *links[1],
        *seen,
        rho,
        *ways,
        eights(w),
        eights(often),
        *who,
        before,
        groups,
        *came,
    )
    _evaluate(*unpacked)


# fmt: off
@njit(cache=True, nogil=True, error_model="numpy")
def _evaluate(
    t0: Floats, t1: Floats, start0: Ints, site0: Sites, distance0: Floats, given0: Bools,
    start1: Ints, site1: Sites, distance1: Floats, given1: Bools, seen0: Nests, seen1: Nests, rho: Floats,
    per_km0: Floats, per_km1: Floats, share0: Floats, share1: Floats, w: Floats, often: Floats,
    lam: Floats, fade: Floats, odds: Floats, ages: Floats, quintile: Ints, people: Floats,
    before: Floats, wanted: Bools, by_site: Floats, by_area: Floats, by_group: Floats, trips: Floats,
) -> None:
    """`evaluate`, unpacked and eight draws at a time: arrays only, which compile once."""
    for e in range(len(w)):
        if not wanted[e]:
            continue
        who = Person(lam[e], fade[e], odds[e], ages[e], quintile, people)
        one = Mode(t0[e], start0, site0, distance0, given0, seen0, rho[e], per_km0[e], share0[e], before[e, 0])
        two = Mode(t1[e], start1, site1, distance1, given1, seen1, rho[e], per_km1[e], share1[e], before[e, 1])
        which = _states(w[e], often[e])
        rounds, sites, areas = which.max() + 1, w.shape[2], by_area.shape[2]
        w_now, often_now, here = np.empty((sites, 8)), np.empty((sites, 8)), np.empty((rounds, areas, 8))
        there, groups = np.zeros((rounds, 2, sites, 8)), np.zeros((rounds, 3, 6, AGES, 8))
        here[:] = 0.0
        for k in range(rounds):
            for lane in range(8):
                q = np.searchsorted(which[:, lane], min(k, which[-1, lane]))
                w_now[:, lane] = w[e, q, :, lane]
                often_now[:, lane] = often[e, q, :, lane]
            _one_state(one, w_now, often_now, who, trips[e, 0], there[k], here[k], groups[k])
            _one_state(two, w_now, often_now, who, trips[e, 1], there[k], here[k], groups[k])
        _lay_out(which, there, here, groups, by_site[e], by_area[e], by_group[e])
# fmt: on


@njit(cache=True, error_model="numpy")
def _states(w: Floats, often: Floats) -> Ints:
    """Which of its own states a draw is in, from nil up: [quarter, 8]; w and often [quarter, site, 8].

    Draws change in quarters of their own. Eight of them go through their states side by side, however far apart in time,
    so that there are as many rounds as the most changeable has states.
    """
    which = np.zeros((len(w), 8), dtype=np.int64)
    for q in range(1, len(w)):
        for lane in range(8):
            which[q, lane] = which[q - 1, lane]
            for j in range(w.shape[1]):
                if w[q, j, lane] != w[q - 1, j, lane] or often[q, j, lane] != often[q - 1, j, lane]:
                    which[q, lane] += 1
                    break
    return which


@njit(cache=True, error_model="numpy")
def _lay_out(
    which: Ints, there: Floats, here: Floats, groups: Floats, by_site: Floats, by_area: Floats, by_group: Floats
) -> None:
    """Lay what was found by round, there[round, 2, site, 8], here[round, area, 8] and groups[round, 3, 6, age, 8], out by
    quarter: by_site and by_group of each draw, by_area summed over the eight.
    """
    lanes = np.ascontiguousarray(here.transpose(0, 2, 1))
    for q in range(len(which)):
        if q > 0 and np.array_equal(which[q], which[q - 1]):
            by_site[q], by_area[q], by_group[q] = by_site[q - 1], by_area[q - 1], by_group[q - 1]
            continue
        by_area[q] = 0.0
        for lane in range(8):
            k = which[q, lane]
            by_site[q, :, :, lane] = there[k, :, :, lane]
            by_group[q, :, :, :, lane] = groups[k, :, :, :, lane]
            for i in range(len(by_area[q])):
                by_area[q, i] += lanes[k, lane, i]


class Person(NamedTuple):
    """Who chooses in eight draws: lam and fade [8], odds[area, 8], ages[age, 8]; quintile[area], people[area, age]."""

    lam: Floats
    fade: Floats
    odds: Floats
    ages: Floats
    quintile: Ints
    people: Floats


class Mode(NamedTuple):
    """One mode of travel in eight draws: t[pair, 8], the links, nests seen, rho[node, 8], minutes per_km[area, 8],
    share[area, 8], trips before[3, area, 8].
    """

    t: Floats
    start: Ints
    site: Sites
    distance: Floats
    given: Bools
    seen: Nests
    rho: Floats
    per_km: Floats
    share: Floats
    before: Floats


@njit(inline="always")
def _add_to(array: Floats, at: int, more: Any) -> None:
    """array[at : at + 8] += more."""
    store(array, at, add(load(array, at), more))


@njit(inline="always")
def _add_people(by_group: Floats, cell: int, n: Any, thinned: Any, extra: Any) -> None:
    """Add people of one age in one area: users, users x quality, that x extra minutes."""
    n_thinned = mul(n, thinned)
    _add_to(by_group, cell, n)
    _add_to(by_group, cell + 8 * 6 * AGES, n_thinned)
    _add_to(by_group, cell + 8 * 12 * AGES, mul(n_thinned, extra))


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
    """Add one mode in one quarter of eight draws; w and often [site, 8], trips[3, area, 8], by_site[2, site, 8],
    by_area[area, 8], by_group[3, 6, age, 8].

    Extra minutes thin out visits only where the pull has not grown: who goes farther for something better has lost
    nothing. `mode.before` holds the trips at baseline (NaN while those are found).
    """
    t, start, site, distance, given, seen, rho, per_km, share, before = mode
    odds, ages, quintiles, people = who.odds, who.ages, who.quintile, who.people
    lam, fade, zero, one = load(who.lam, 0), load(who.fade, 0), fill(0.0), fill(1.0)
    areas, sites, (part, slot, split) = len(start) - 1, by_site.shape[1], room_for(start, seen)
    first, left, right, node = seen.first, seen.one, seen.two, seen.node
    for i in range(areas):
        far, told, hours = zero, zero, zero
        total = pulls(t, w, start, site, first, left, right, node, rho, i, part, slot, split)
        for p in range(start[i], start[i + 1]):
            pull = load(part, 8 * (p - start[i]))
            hours = add(hours, mul(pull, load(often, 8 * site[p])))
            if given[p]:
                told = add(told, mul(pull, fill(distance[p])))
            else:
                far = add(far, mul(pull, fill(distance[p])))
        here = choose(total, zero, load(share, 8 * i), zero)  # where there is nowhere to go, nobody goes
        total = choose(total, zero, total, one)
        way = div(add(mul(far, load(per_km, 8 * i)), told), total)
        often_here = div(hours, total)
        way_before, total_before = load(before, 8 * i), load(before, 8 * (areas + i))
        extra = choose(way, way_before, sub(way, way_before), zero)
        extra = choose(total, total_before, zero, extra)
        x = load(before, 8 * (2 * areas + i))
        if unlike(total, total_before):
            x = equal(total, total_before, x, mul(exp(mul(lam, log(total))), load(odds, 8 * i)))
        visits = one
        if above(extra, zero):
            visits = choose(extra, zero, exp(mul(fade, sub(zero, extra))), one)
        store(trips, 8 * i, choose(here, zero, way, fill(np.nan)))
        store(trips, 8 * (areas + i), choose(here, zero, total, fill(np.nan)))
        store(trips, 8 * (2 * areas + i), choose(here, zero, x, fill(np.nan)))
        users, thinned, cell = zero, mul(often_here, visits), 8 * AGES * quintiles[i]
        x = choose(fill(CERTAIN), x, x, fill(CERTAIN))
        for a in range(0, AGES, 3):  # three ages share a division, which takes as long as a dozen products
            x0, x1, x2 = mul(x, load(ages, 8 * a)), mul(x, load(ages, 8 * a + 8)), mul(x, load(ages, 8 * a + 16))
            d0, d1, d2 = add(one, x0), add(one, x1), add(one, x2)
            d12 = mul(d1, d2)
            out = div(here, mul(d0, d12))
            rest = mul(out, d0)
            n0 = mul(fill(people[i, a]), mul(x0, mul(out, d12)))
            n1 = mul(fill(people[i, a + 1]), mul(x1, mul(rest, d2)))
            n2 = mul(fill(people[i, a + 2]), mul(x2, mul(rest, d1)))
            users = add(users, add(n0, add(n1, n2)))
            _add_people(by_group, cell + 8 * a, n0, thinned, extra)
            _add_people(by_group, cell + 8 * a + 8, n1, thinned, extra)
            _add_people(by_group, cell + 8 * a + 16, n2, thinned, extra)
        _add_to(by_area, 8 * i, users)
        each = div(users, total)
        for p in range(start[i], start[i + 1]):
            at = 8 * site[p]
            come = mul(each, load(part, 8 * (p - start[i])))
            _add_to(by_site, at, come)
            _add_to(by_site, 8 * sites + at, mul(mul(come, load(often, at)), visits))


# compiled with nests,simd:55d0329b
