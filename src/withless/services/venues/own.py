"""How far a venue's log weight must move for its own users, all others as they are today, to change by a given share.

What is known of hours, of volunteers and of shared buildings is known of a venue's own users. What that means for its pull
depends on who else is near, so it is solved in every draw: y = ln(own users / today's) is given, the move of ln w is found.

The areas that use a venue are put together by how large a part of an area's use it has (and of the nest it shares, if any),
with the mean chance of use, weighted by its users: what they do together follows from some dozens of such groups as well as
from all areas. Moves are found by Newton's method at set values of y (`knot`), by cubics between them: a number depends on
no other quarter and no other draw.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...kernels import njit
from ...simd import at, exp, load, log, put, store
from .baseline import World
from .choice import Came, by_draw, eights
from .nests import Nests, room_for
from .participation import AGES, Floats, Ints, pulls

GROUPS = 32
PARTS = 8
"""Of a venue in a nest the groups are by its part of the nest in eighths, and by the nest's part of use in quarters."""
KNOTS = 22
ROUNDS = 50
ENOUGH = 1e-8
FARTHEST = 3.0
"""A Newton step is cut to this."""


def knot(k: Any) -> Floats:
    """The size of y at the knots, k = 0, 1, ..: 0, 0.12, 0.28, .., closer together where users curve most."""
    at: Floats = 0.1 * np.asarray(k, dtype=np.float64) + 0.02 * np.asarray(k, dtype=np.float64) ** 2
    return at


def below(y: Floats) -> NDArray[np.int64]:
    """The last knot that is no larger than a size of y."""
    found: NDArray[np.int64] = np.floor((np.sqrt(0.01 + 0.08 * y) - 0.1) / 0.04 + 1e-9).astype(np.int64)
    return found


def moves(w: World, weights: Floats, came: Came, y: Floats) -> Floats:
    """Moves of log weights[draw, quarter, venue] that change own users of today by e^y; weights[draw, venue] and who came
    today, `w` of the venues at their own sites. Venues that nobody uses move by y.
    """
    move, which = y.copy(), np.flatnonzero((y != 0).any(axis=(0, 1)) & (weights > 0).all(axis=0))
    if not len(which):
        return move
    index = np.full(weights.shape[1], -1, dtype=np.int64)
    index[which] = np.arange(len(which))
    wanted = y[:, :, which]
    size = np.minimum(np.abs(wanted), knot(KNOTS))
    need = np.stack([np.where(wanted * side > 0, below(size) + 1, 0).max(axis=1) for side in (-1, 1)], axis=1)
    c, links = w.crowd, w.links
    who = (c.lam, np.ascontiguousarray(came.trips[:, :, 2]), c.ages, c.people, *c.mode_share)
    pairs = [a for link in links for a in (link.start, link.site)]
    unpacked: tuple[Any, ...] = (*w.attraction, *pairs, *w.seen, w.alike, eights(weights), *who, index, eights(need))
    unpacked += (len(which), int(need.max()) + 1)
    at, slope = (by_draw(np.ascontiguousarray(found)) for found in _moves(*unpacked))
    move[:, :, which] = _between(wanted, size, at, slope)
    return move


def _between(y: Floats, size: Floats, at: Floats, slope: Floats) -> Floats:
    """Cubics between knots: y and its size[draw, quarter, venue]; at and slope[draw, venue, side, knot] of moves by y."""
    k = np.minimum(below(size), at.shape[3] - 2)
    draw, venue, side = np.arange(len(y))[:, None, None], np.arange(y.shape[2])[None, None, :], (y > 0).astype(np.int64)
    sign, low, width = np.where(y > 0, 1.0, -1.0), knot(k), knot(k + 1) - knot(k)
    t = (size - low) / width
    d0, d1 = (at[draw, venue, side, k + j] for j in (0, 1))
    s0, s1 = (sign * width * slope[draw, venue, side, k + j] for j in (0, 1))
    curve = d0 + t * (s0 + t * (3 * (d1 - d0) - 2 * s0 - s1 + t * (2 * (d0 - d1) + s0 + s1)))
    beyond = np.where(np.abs(y) > size, sign * (np.abs(y) - size), 0.0)
    return np.asarray(np.where(y == 0, 0.0, curve + beyond))


# fmt: off
@njit(cache=True, nogil=True, error_model="numpy")
def _moves(
    t0: Floats, t1: Floats, start0: Ints, site0: Any, start1: Ints, site1: Any, seen0: Nests, seen1: Nests, rho: Floats,
    w: Floats, lam: Floats, x: Floats, ages: Floats, people: Floats, share0: Floats, share1: Floats, index: Ints,
    need: Floats, venues: int, knots: int,
) -> tuple[Floats, Floats]:
    """Moves and their slopes at the knots, each [eight, venue, side, knot, 8]; `need[eight, side, venue, 8]` knots."""
    at, slope = np.zeros((len(w), venues, 2, knots, 8)), np.ones((len(w), venues, 2, knots, 8))
    for e in range(len(w)):
        groups, close = np.zeros((venues, GROUPS, 4, 8)), np.ones((venues, 8))
        _group(t0[e], start0, site0, seen0, rho[e], w[e], x[e, 0], ages[e], people, share0[e], index, groups, close)
        _group(t1[e], start1, site1, seen1, rho[e], w[e], x[e, 1], ages[e], people, share1[e], index, groups, close)
        for j in range(venues):
            for side in range(2):
                if need[e, side, j].max() > 0:
                    _walk(groups[j], close[j], lam[e], side, need[e, side, j], at[e, j, side], slope[e, j, side])
    return at, slope
# fmt: on


@njit(cache=True, error_model="numpy")
def _group(
    t: Floats,
    start: Ints,
    site: Any,
    seen: Nests,
    rho: Floats,
    w: Floats,
    x: Floats,
    ages: Floats,
    people: Floats,
    share: Floats,
    index: Ints,
    groups: Floats,
    close: Floats,
) -> None:
    """Add one mode to groups[venue, group, 4, 8]: own users, and times the part of use that the venue's nest has, times its
    own part of that, times the chance of use; close[venue, 8] is rho of its nest, 1 where it has none.
    """
    (part, slot, split), own, nest = room_for(start, seen, t), np.empty(8), np.empty(8)
    first, one, two, node, leaf = seen.first, seen.one, seen.two, seen.node, seen.leaf
    users, chance, each = np.empty(8), np.empty(8), np.empty(8)
    for i in range(len(start) - 1):
        store(each, 0, pulls(t, w, start, site, first, one, two, node, rho, i, part, slot, split))
        n, sure = 0.0, 0.0
        for a in range(AGES):
            odds = at(x, i) * at(ages, a)
            p = odds / (1.0 + odds)
            here = people[i, a] * p
            n, sure = n + here, sure + here * p
        store(users, 0, n * at(share, i))
        store(chance, 0, sure / n)
        for q in range(start[i], start[i + 1]):
            j = index[site[q]]
            if j < 0:
                continue
            store(own, 0, at(part, q - start[i]))
            store(nest, 0, at(part, q - start[i]))
            joined = leaf[q]
            if joined >= 0:
                store(nest, 0, at(slot, start[i + 1] - start[i] + joined))
                close[j] = rho[node[first[i] + joined]]
            for lane in range(8):
                if own[lane] > 0.0 and users[lane] > 0.0:
                    s, of_nest = min(nest[lane] / each[lane], 1.0), min(own[lane] / nest[lane], 1.0)
                    g = min(int(GROUPS * (1.0 - np.sqrt(1.0 - s))), GROUPS - 1)
                    if joined >= 0:
                        quarter = min(int(s * (GROUPS // PARTS)), GROUPS // PARTS - 1)
                        g = min(int(PARTS * of_nest), PARTS - 1) * (GROUPS // PARTS) + quarter
                    here_users = users[lane] * s * of_nest
                    groups[j, g, 0, lane] += here_users
                    groups[j, g, 1, lane] += here_users * s
                    groups[j, g, 2, lane] += here_users * of_nest
                    groups[j, g, 3, lane] += here_users * chance[lane]


@njit(cache=True, error_model="numpy")
def _walk(groups: Floats, close: Floats, lam: Floats, side: int, need: Floats, at: Floats, slope: Floats) -> None:
    """Fill at and slope[knot, 8] of one venue on one side of today, knot by knot."""
    few, nested = np.empty((GROUPS, 4, 8)), False
    filled = 0
    for g in range(GROUPS):
        if groups[g, 0].max() > 0.0:
            few[filled, 0] = groups[g, 0]
            for k in range(1, 4):
                few[filled, k] = groups[g, k] / np.maximum(groups[g, 0], 1e-300)
            filled += 1
    for lane in range(8):
        nested = nested or close[lane] < 1.0
    now, found, before = np.zeros(8), np.empty((2, 8)), np.zeros(8)
    _own(few, filled, nested, now, close, lam, found)
    before[:] = found[0]
    slope[0] = 1.0 / found[1]
    for k in range(1, len(at)):
        y, going = (0.1 * k + 0.02 * k * k) * (1.0 if side == 1 else -1.0), np.zeros(8, dtype=np.bool_)
        step = 0.1 + 0.02 * (2 * k - 1)
        for lane in range(8):
            going[lane] = need[lane] >= k
            if going[lane]:
                now[lane] += slope[k - 1, lane] * step * (1.0 if side == 1 else -1.0)
        for _ in range(ROUNDS):
            if not going.any():
                break
            _own(few, filled, nested, now, close, lam, found)
            for lane in range(8):
                if going[lane]:
                    miss = y - np.log(found[0, lane] / before[lane])
                    slope[k, lane] = 1.0 / found[1, lane]
                    going[lane] = abs(miss) > ENOUGH
                    if going[lane]:
                        now[lane] += min(max(miss / found[1, lane], -FARTHEST), FARTHEST)
        at[k] = now


@njit(cache=True, error_model="numpy")
def _own(few: Floats, filled: int, nested: bool, now: Floats, close: Floats, lam: Floats, found: Floats) -> None:
    """Own users and the slope of their logarithm at a move `now[8]` of the log weight: found[2, 8].

    With z = e^(now/rho), q the part of the nest and s that of use, the nest pulls R^rho times as much, R = 1 + q (z - 1); the
    area g = 1 + s (R^rho - 1) times; the chance of use P becomes P G / (1 + P (G - 1)) with G = g^lam.
    """
    users, slopes, r, lower = 0.0, 0.0, load(close, 0), load(lam, 0)
    z = exp(load(now, 0) / r)
    for g in range(filled):
        n, s, q, p = at(few, 4 * g), at(few, 4 * g + 1), at(few, 4 * g + 2), at(few, 4 * g + 3)
        pull, part, ratio = z, 1.0, 1.0
        if nested:
            whole = 1.0 + q * (z - 1.0)
            pull, ratio = exp(r * log(whole)), z / whole
            part = q * ratio
        more = 1.0 + s * (pull - 1.0)
        odds = exp(lower * log(more))
        chance = 1.0 + p * (odds - 1.0)
        of_all = s * pull / more
        come = n * ratio * (pull / more * odds) / chance
        bend = (1.0 - part) / r + part * (1.0 - of_all) + lower * ((1.0 - p) / chance) * (part * of_all)
        users, slopes = users + come, slopes + come * bend
    put(found, 0, users)
    put(found, 1, slopes / users)


# compiled with nests,participation,simd:51d4612a
