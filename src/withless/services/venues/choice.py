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
from ...simd import above, add_to, at, choose, equal, exp, fill, load, log, put, unlike
from .nests import Nests, room_for
from .participation import AGES, CERTAIN, Floats, Ints, Mode, Person, Sites, odds_at, pulls, three_ages

Bools = NDArray[np.bool_]

REFERENCE_MINUTES = 20.0


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
def attraction(
    distance: Floats, given: Bools, area: Ints, per_km: Floats, kappa: Floats, alpha: Floats, out: Floats
) -> None:
    """Fill out[pair] with T of one mode; `area[pair]`, `per_km[area]` minutes a km, kappa and alpha [1]. Of one draw or, with an
    axis of 8 more, of eight.
    """
    log_per_km, power, steep = np.empty_like(per_km), at(alpha, 0), at(kappa, 0) * -REFERENCE_MINUTES
    log_distance = np.log(np.maximum(distance, 0.1) / REFERENCE_MINUTES)
    bend = choose(power, 1e-6, power, 1.0)
    for i in range(len(per_km)):
        put(log_per_km, i, log(at(per_km, i)))
    for p in range(len(distance)):
        x = log_distance[p]
        if not given[p]:
            x += at(log_per_km, area[p])
        far = choose(power, 1e-6, (exp(bend * x) - 1.0) / bend, x)
        put(out, p, exp(steep * far))


def attractions(distance: Floats, given: Bools, area: Ints, per_km: Floats, kappa: Floats, alpha: Floats) -> Floats:
    """`attraction` of many draws: T[eight, pair, 8]; `per_km[eight, area, 8]`, kappa and alpha [eight, 8]."""
    out = np.empty((len(per_km), len(distance), 8))
    for e in range(len(per_km)):
        attraction(distance, given, area, per_km[e], kappa[e : e + 1], alpha[e : e + 1], out[e])
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def shared_out(t: Floats, links: Links, seen: Nests, rho: Floats, w: Floats, amounts: Floats) -> Floats:
    """Share out amounts[eight, area, 8] to sites by how people choose, t[eight, pair, 8], rho[eight, node, 8] and
    w[eight, site, 8]: [eight, site, 8].
    """
    start, site = links.start, links.site
    out, (part, slot, split) = np.zeros(w.shape), room_for(start, seen, w[0])
    first, one, two, node = seen.first, seen.one, seen.two, seen.node
    for e in range(len(t)):
        there, here, alike, give, got = t[e], w[e], rho[e], amounts[e], out[e]
        for i in range(len(start) - 1):
            total = pulls(there, here, start, site, first, one, two, node, alike, i, part, slot, split)
            each = at(give, i) / choose(total, 1e-300, total, 1e-300)
            for p in range(start[i], start[i + 1]):
                add_to(got, site[p], at(part, p - start[i]) * each)
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
        who = Person(lam[e : e + 1], odds[e], ages[e], quintile, people)
        one = Mode(t0[e], start0, site0, share0[e], seen0, rho[e]), Trip(distance0, given0, per_km0[e], before[e, 0])
        two = Mode(t1[e], start1, site1, share1[e], seen1, rho[e]), Trip(distance1, given1, per_km1[e], before[e, 1])
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
            _one_state(one[0], one[1], w_now, often_now, who, fade[e], trips[e, 0], there[k], here[k], groups[k])
            _one_state(two[0], two[1], w_now, often_now, who, fade[e], trips[e, 1], there[k], here[k], groups[k])
        _lay_out(which, there, here, groups, by_site[e], by_area[e], by_group[e])
# fmt: on


@njit(cache=True, error_model="numpy")
def _states(w: Floats, often: Floats) -> Ints:
    """Which of its own states a draw is in, from 0 up: [quarter, 8]; w and often [quarter, site, 8].

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


class Trip(NamedTuple):
    """How far it is by one mode in eight draws: distance[pair] in km, or in minutes where `given[pair]`, minutes per_km[area, 8],
    trips before[3, area, 8].
    """

    distance: Floats
    given: Bools
    per_km: Floats
    before: Floats


@njit(inline="always")
def _add_people(by_group: Floats, cell: int, n: Any, thinned: Any, extra: Any) -> None:
    """Add people of one age in one area: users, users x quality, that x extra minutes."""
    n_thinned = n * thinned
    add_to(by_group, cell, n)
    add_to(by_group, cell + 6 * AGES, n_thinned)
    add_to(by_group, cell + 12 * AGES, n_thinned * extra)


@njit(cache=True, error_model="numpy")
def _one_state(
    mode: Mode,
    trip: Trip,
    w: Floats,
    often: Floats,
    who: Person,
    fades: Floats,
    trips: Floats,
    by_site: Floats,
    by_area: Floats,
    by_group: Floats,
) -> None:
    """Add one mode in one quarter of eight draws; w and often [site, 8], fades[8], trips[3, area, 8], by_site[2, site, 8],
    by_area[area, 8], by_group[3, 6, age, 8].

    Extra minutes thin out visits only where the pull has not grown: who goes farther for something better has lost
    nothing. `trip.before` holds the trips at baseline (NaN while those are found).
    """
    t, start, site, share, seen, rho = mode
    distance, given, per_km, before = trip
    odds, ages, quintiles, people = who.odds, who.ages, who.quintile, who.people
    lam, fade = at(who.lam, 0), load(fades, 0)
    areas, sites, (part, slot, split) = len(start) - 1, by_site.shape[1], room_for(start, seen, t)
    first, left, right, node = seen.first, seen.one, seen.two, seen.node
    for i in range(areas):
        far, told, hours = fill(0.0), fill(0.0), fill(0.0)
        total = pulls(t, w, start, site, first, left, right, node, rho, i, part, slot, split)
        for p in range(start[i], start[i + 1]):
            pull = at(part, p - start[i])
            hours += pull * at(often, site[p])
            if given[p]:
                told += pull * distance[p]
            else:
                far += pull * distance[p]
        here = choose(total, 0.0, at(share, i), 0.0)  # where there is nowhere to go, nobody goes
        total = choose(total, 0.0, total, 1.0)
        way = (far * at(per_km, i) + told) / total
        often_here = hours / total
        way_before, total_before, x = at(before, i), at(before, areas + i), at(before, 2 * areas + i)
        extra = choose(way, way_before, way - way_before, 0.0)
        extra = choose(total, total_before, 0.0, extra)
        if unlike(total, total_before):
            x = equal(total, total_before, x, odds_at(total, lam, at(odds, i)))
        visits = fill(1.0)
        if above(extra, 0.0):
            visits = choose(extra, 0.0, exp(fade * (0.0 - extra)), 1.0)
        put(trips, i, choose(here, 0.0, way, np.nan))
        put(trips, areas + i, choose(here, 0.0, total, np.nan))
        put(trips, 2 * areas + i, choose(here, 0.0, x, np.nan))
        users, thinned, cell = fill(0.0), often_here * visits, AGES * quintiles[i]
        x = choose(CERTAIN, x, x, CERTAIN)
        for a in range(0, AGES, 3):
            x0, x1, x2, out0, out1, out2 = three_ages(x, ages, a, here)
            n0, n1, n2 = people[i, a] * (x0 * out0), people[i, a + 1] * (x1 * out1), people[i, a + 2] * (x2 * out2)
            users += n0 + (n1 + n2)
            _add_people(by_group, cell + a, n0, thinned, extra)
            _add_people(by_group, cell + a + 1, n1, thinned, extra)
            _add_people(by_group, cell + a + 2, n2, thinned, extra)
        add_to(by_area, i, users)
        each = users / total
        for p in range(start[i], start[i + 1]):
            come = each * at(part, p - start[i])
            add_to(by_site, site[p], come)
            add_to(by_site, sites + site[p], come * at(often, site[p]) * visits)


# compiled with nests,participation,simd:51d4612a
