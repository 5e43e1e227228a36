"""The evaluator: value of any choice of options, and the exact change by every single move. Every method must agree with it.

What is left without a venue is added up from the others, never taken as the total less its own: one venue may draw nearly all.
"""

from __future__ import annotations

import numpy as np

from ..kernels import njit
from .problem import Arrays, Floats, Ints, Problem

NOBODY = -1


def values(p: Problem, chosen: Ints) -> Floats:
    """Value of every row, float[row], with option `chosen[venue]` (counted within the venue) of each venue."""
    found: Floats = _values(p.arrays, np.asarray(chosen, dtype=np.int64))
    return found


def harm(p: Problem, chosen: Ints) -> float:
    """What is lost against today, summed row by row."""
    today = np.zeros(p.venues, dtype=np.int64)
    return float((values(p, today) - values(p, chosen)).sum())


def moves(p: Problem, chosen: Ints) -> Floats:
    """Harm added by every option, float[option], if its venue alone took it and all others stood as `chosen`."""
    chosen = np.asarray(chosen, dtype=np.int64)
    found = np.zeros(len(p.options.venue))
    for venue in range(p.venues):
        low, high = p.arrays.first[venue], p.arrays.first[venue + 1]
        move_one(p.arrays, chosen, venue, found[low:high])
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def use(p: Arrays, r: int, total: float) -> float:
    """Use in row r at a pull of `total`."""
    found: float = 0.0
    if total <= 0.0:
        return found
    x = np.exp(p.lam[r] * np.log(total))
    for k in range(p.people.shape[1]):
        z = x * p.odds[r, k]
        found += p.people[r, k] * z / (1.0 + z)
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def slope(p: Arrays, r: int, total: float) -> float:
    """How much use in row r rises for a little more pull."""
    found: float = 0.0
    if total <= 0.0:
        return np.inf
    x = np.exp(p.lam[r] * np.log(total))
    for k in range(p.people.shape[1]):
        z = x * p.odds[r, k]
        found += p.people[r, k] * z / ((1.0 + z) * (1.0 + z))
    found *= p.lam[r] / total
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def nested(p: Arrays, r: int, pulls: Floats) -> float:
    """Total pull of a row with nests; pulls[slot] holds those of its pairs and is written over."""
    count, begun = p.pairs[r], p.step[r]
    for s in range(p.step[r + 1] - begun):
        a, b, rho = pulls[p.one[begun + s]], pulls[p.two[begun + s]], p.rho[begun + s]
        most, fewest = max(a, b), min(a, b)
        joint = most
        if fewest > 0.0:
            joint = most * np.exp(rho * np.log(1.0 + np.exp(np.log(fewest / most) / rho)))
        pulls[p.one[begun + s]], pulls[p.two[begun + s]] = 0.0, 0.0
        pulls[count + s] = joint
    total = 0.0
    for k in range(count + p.step[r + 1] - begun):
        total += pulls[k]
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def row_value(p: Arrays, r: int, chosen: Ints, venue: int, k: int) -> float:
    """Value of row r where `venue` takes its k-th option and the others as `chosen`; venue -1: all as chosen."""
    if p.nearest:
        best: float = p.nothing
        for e in range(p.start[r], p.start[r + 1]):
            best = max(best, p.value[p.at[e] + (k if p.venue[e] == venue else chosen[p.venue[e]])])
        best *= p.people[r, 0]
        return best
    if p.step[r + 1] == p.step[r]:
        total = 0.0
        for e in range(p.start[r], p.start[r + 1]):
            total += p.value[p.at[e] + (k if p.venue[e] == venue else chosen[p.venue[e]])]
        return use(p, r, total)
    pulls = np.zeros(p.pairs[r] + p.step[r + 1] - p.step[r])
    for e in range(p.start[r], p.start[r + 1]):
        v = p.at[e] + (k if p.venue[e] == venue else chosen[p.venue[e]])
        if p.slot[v] >= 0:
            pulls[p.slot[v]] += p.value[v]
    return use(p, r, nested(p, r, pulls))


@njit(cache=True, nogil=True, error_model="numpy")
def _values(p: Arrays, chosen: Ints) -> Floats:
    out = np.zeros(len(p.start) - 1)
    for r in range(len(out)):
        out[r] = row_value(p, r, chosen, -1, 0)
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def move_one(p: Arrays, chosen: Ints, venue: int, out: Floats) -> None:
    """`moves` of the options of one venue, laid into out[option within it]."""
    many, now = p.first[venue + 1] - p.first[venue], chosen[venue]
    out[:] = 0.0
    for q in range(p.seen[venue], p.seen[venue + 1]):
        e = p.by_venue[q]
        r, at = p.row[e], p.at[e]
        if p.nearest:
            before = row_value(p, r, chosen, -1, 0)
            for k in range(many):
                if k != now:
                    out[k] += before - row_value(p, r, chosen, venue, k)
            continue
        with_nests = p.step[r + 1] > p.step[r]
        rest = without(p, r, chosen, venue) if with_nests else 0.0
        if not with_nests:
            for other in range(p.start[r], p.start[r + 1]):
                if other != e:
                    rest += p.value[p.at[other] + chosen[p.venue[other]]]
        before = with_one(p, r, chosen, venue, now, rest, p.joined[at + now])
        for k in range(many):
            if k != now and (p.value[at + k] != p.value[at + now] or p.slot[at + k] != p.slot[at + now]):
                out[k] += before - with_one(p, r, chosen, venue, k, rest, p.joined[at + k])


@njit(cache=True, nogil=True, error_model="numpy")
def with_one(p: Arrays, r: int, chosen: Ints, venue: int, k: int, rest: float, joined: bool) -> float:
    """Value of row r with a venue's k-th option, `rest` the pull without the venue: added to it where no nest holds it."""
    if joined:
        return row_value(p, r, chosen, venue, k)
    for e in range(p.start[r], p.start[r + 1]):
        if p.venue[e] == venue:
            rest += p.value[p.at[e] + k]
    return use(p, r, rest)


@njit(cache=True, nogil=True, error_model="numpy")
def without(p: Arrays, r: int, chosen: Ints, venue: int) -> float:
    """Pull of a row with nests without one venue."""
    pulls = np.zeros(p.pairs[r] + p.step[r + 1] - p.step[r])
    for e in range(p.start[r], p.start[r + 1]):
        v = p.at[e] + chosen[p.venue[e]]
        if p.venue[e] != venue and p.slot[v] >= 0:
            pulls[p.slot[v]] += p.value[v]
    return nested(p, r, pulls)
