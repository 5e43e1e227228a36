"""Venues within a short walk of each other are near substitutes, however separate distant ones are in people's minds.

Venues that lie close together share a nest below the choice between places, nests within nests by distance: two that are
joined at h km have a dissimilarity of rho(h) = r + (1 - r) * min(1, h / R)^2 times lam, with r (`venues.next_door`) and R
(`venues.short_walk`) drawn. With y the pull T_ij w_j of a venue, or of a nest, a nest of a and b pulls
    y = (y_a^(1/rho) + y_b^(1/rho))^rho,    and a has the part y_a^(1/rho) / (y_a^(1/rho) + y_b^(1/rho)) of it.
rho grows with h from the leaves to the root and never exceeds 1, so this is a random utility model; at rho = 1 it is a plain
sum, and where no venues are near each other nothing is left of it.

What follows works with effective pulls: those that add up to what the nest pulls, each in proportion to its part.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import linkage
from scipy.spatial import cKDTree
from scipy.spatial.distance import pdist

from ...kernels import njit
from ...simd import above, at, choose, exp, greatest, least, log, put, room

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Sites = NDArray[np.uint32]

WIDEST = 1.0
"""Kilometres beyond which venues are never in one nest: the most that `venues.short_walk` may be."""
NOTHING = 1e-300


class Tree(NamedTuple):
    """Nests of sites, the smallest first: node k joins slots one[k] and two[k] (sites, then nodes) at height[k] km."""

    one: Ints
    two: Ints
    height: Floats


class Nests(NamedTuple):
    """Nests that areas see, for one mode: of area i the steps first[i]:first[i + 1], each joining two of its slots.

    Slots count an area's pairs, then its steps. `node` is the nest of the whole, `above` the step that a step is part of
    (-1: none), member[member_first[s]:member_first[s + 1]] the pairs in it, counted within the area; `leaf[pair]` is the
    step, counted within the area, that a pair is joined by first (-1: none).
    """

    first: Ints
    one: Ints
    two: Ints
    node: Ints
    above: Ints
    member_first: Ints
    member: Ints
    leaf: Ints


def tree(x_km: Floats, y_km: Floats, own: int) -> Tree:
    """Nests of the first `own` sites by complete linkage; the others join the nest of their nearest and change no other."""
    at = np.column_stack([x_km, y_km])
    parent: dict[int, int] = {}
    children: dict[int, tuple[int, int]] = {}
    height: dict[int, float] = {}
    near = cKDTree(at[:own]).query_pairs(WIDEST, output_type="ndarray") if own > 1 else np.zeros((0, 2), dtype=np.int64)
    some, fresh = np.unique(near), len(at)
    if len(some):
        slots = some.tolist()
        for a, b, h, _ in linkage(pdist(at[some]), "complete"):
            slots.append(fresh)
            if h < WIDEST:
                children[fresh], height[fresh] = (slots[int(a)], slots[int(b)]), float(h)
                parent[slots[int(a)]] = parent[slots[int(b)]] = fresh
            fresh += 1
    for site in range(own, len(at)):
        away = np.hypot(*(at[:site] - at[site]).T)
        nearest = int(away.argmin())
        here, h = nearest, float(away[nearest])
        while here in parent and height[parent[here]] <= h:
            here = parent[here]
        if h < WIDEST:
            outer = parent.get(here)
            children[fresh], height[fresh] = (here, site), h
            parent[here] = parent[site] = fresh
            if outer is not None:
                a, b = children[outer]
                children[outer], parent[fresh] = (fresh if a == here else a, fresh if b == here else b), outer
            fresh += 1
    return _ordered(children, height, len(at))


def _ordered(children: dict[int, tuple[int, int]], height: dict[int, float], sites: int) -> Tree:
    """The nests with their slots counted in order, smaller ones before those that hold them."""
    depth: dict[int, int] = {}

    def deep(slot: int) -> int:
        if slot not in depth:
            depth[slot] = 1 + max(map(deep, children[slot])) if slot in children else 0
        return depth[slot]

    order = sorted(children, key=lambda slot: (deep(slot), slot))
    place = {slot: sites + k for k, slot in enumerate(order)}
    pairs = [[place.get(slot, slot) for slot in children[node]] for node in order]
    one, two = np.array(pairs, dtype=np.int64).reshape(-1, 2).T.copy()
    return Tree(one, two, np.array([height[node] for node in order], dtype=np.float64))


def alike(t: Tree, next_door: Floats, short_walk: Floats) -> Floats:
    """Dissimilarity of every nest over lam, [draw, node]."""
    near = np.minimum(t.height[None, :] / short_walk[:, None], 1.0) ** 2
    rho: Floats = next_door[:, None] + (1 - next_door[:, None]) * near
    return rho


def nests(t: Tree, start: Ints, site: Sites, sites: int) -> Nests:
    """What each area sees of the nests, over the pairs of one mode."""
    found: Sequence[Ints] = _see(t.one, t.two, start, site, sites)
    return Nests(*found)


@njit(cache=True)
def _see(
    one: Ints, two: Ints, start: Ints, site: Sites, base: int
) -> tuple[Ints, Ints, Ints, Ints, Ints, Ints, Ints, Ints]:
    """`nests`, in two goes: the first counts."""
    areas, many = len(start) - 1, len(one)
    first, leaf = np.zeros(areas + 1, dtype=np.int64), np.full(len(site), -1, dtype=np.int64)
    at = np.full(base + many, -1, dtype=np.int64)
    steps, members = 0, 0
    for go in range(2):
        a_one, a_two = np.zeros(steps, dtype=np.int64), np.zeros(steps, dtype=np.int64)
        node, above = np.zeros(steps, dtype=np.int64), np.full(steps, -1, dtype=np.int64)
        member_first, member = np.zeros(steps + 1, dtype=np.int64), np.zeros(members, dtype=np.int64)
        steps, members = 0, 0
        size = np.zeros(base + many, dtype=np.int64)
        for i in range(areas):
            pairs, begun = start[i + 1] - start[i], steps
            for p in range(start[i], start[i + 1]):
                at[site[p]], size[site[p]] = p - start[i], 1
            for k in range(many):
                a, b = at[one[k]], at[two[k]]
                at[base + k] = a if b < 0 else b
                size[base + k] = (size[one[k]] if a >= 0 else 0) + (size[two[k]] if b >= 0 else 0)
                if a >= 0 and b >= 0:
                    step = steps - begun
                    if go == 1:
                        a_one[steps], a_two[steps], node[steps] = a, b, k
                        filled = members
                        for slot in (a, b):
                            if slot < pairs:
                                member[filled], leaf[start[i] + slot] = slot, step
                                filled += 1
                            else:
                                inner = begun + slot - pairs
                                above[inner] = step
                                for m in range(member_first[inner], member_first[inner + 1]):
                                    member[filled] = member[m]
                                    filled += 1
                        member_first[steps + 1] = filled
                    members += size[base + k]
                    at[base + k] = pairs + step
                    steps += 1
            first[i + 1] = steps
            for p in range(start[i], start[i + 1]):
                at[site[p]] = -1
            for k in range(many):
                at[base + k] = -1
    return first, a_one, a_two, node, above, member_first, member, leaf


@njit(cache=True, error_model="numpy")
def weigh(
    pulls: Floats,
    first: int,
    count: int,
    begun: int,
    end: int,
    left: Ints,
    right: Ints,
    node: Ints,
    rho: Floats,
    slot: Floats,
    split: Floats,
) -> None:
    """Make effective pulls of an area of its pulls, pulls[first : first + count]; rho[node]; its steps are begun to end, of
    slots left and right (`Nests.one` and `two`). Of one draw, or of eight, with an axis of 8 more.

    Leaves in slot[count + steps] the effective pulls of pairs and nests, in split[2 * steps] the parts of each step.
    Takes arrays, not the tuple that holds them: one taken out of a tuple is counted each time.
    """
    for k in range(count):
        put(slot, k, at(pulls, first + k))
    for s in range(end - begun):
        a, b = at(slot, left[begun + s]), at(slot, right[begun + s])
        most, fewest, r = greatest(a, b), least(a, b), at(rho, node[begun + s])
        if not above(fewest, 0.0):
            put(split, 2 * s, choose(b, a, 0.0, 1.0))
            put(split, 2 * s + 1, choose(b, a, 1.0, 0.0))
            put(slot, count + s, most)
            continue
        ratio = fewest / greatest(most, NOTHING)
        z = choose(ratio, 0.0, exp(log(greatest(ratio, NOTHING)) / r), 0.0)
        whole = 1.0 + z
        big = 1.0 / whole
        small = z * big
        put(split, 2 * s, choose(a, b, big, small))
        put(split, 2 * s + 1, choose(a, b, small, big))
        put(slot, count + s, most * exp(r * log(whole)))
    for s in range(end - begun - 1, -1, -1):
        nest = at(slot, count + s)
        put(slot, left[begun + s], nest * at(split, 2 * s))
        put(slot, right[begun + s], nest * at(split, 2 * s + 1))
    for k in range(count):
        put(pulls, first + k, at(slot, k))


class Room(NamedTuple):
    """What the pulls of one area are worked out in: part[pair], slot and split as `nests.weigh` has them."""

    part: Floats
    slot: Floats
    split: Floats


@njit(cache=True)
def room_for(start: Ints, seen: Nests, like: Floats) -> Room:
    """Room for the area with most pairs and steps, of as many draws as an array `like` it has."""
    pairs, steps = 1, 0
    for i in range(len(start) - 1):
        pairs = max(pairs, start[i + 1] - start[i])
        steps = max(steps, seen.first[i + 1] - seen.first[i])
    return Room(room(like, pairs), room(like, pairs + steps), room(like, 2 * steps))


@njit(cache=True, error_model="numpy")
def handed_down(level: Floats, one: Ints, two: Ints, rho: Floats) -> None:
    """Turn level[site, then node] of logarithms into moves of log weights in place, one draw, rho[node].

    Within a nest a log weight need differ by rho only for each that the logarithm of what it draws is to differ by.
    """
    sites = len(level) - len(one)
    was = level.copy()
    for k in range(len(one) - 1, -1, -1):
        for c in (one[k], two[k]):
            level[c] = level[sites + k] + rho[k] * (was[c] - was[sites + k])


# compiled with simd:b407d72c
