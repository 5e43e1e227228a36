"""What closing every venue, each on its own, would do to its users: exact, over pairs of area and venue.

For area i with pull S = sum_j T_ij w_j and users N(S), closing j leaves N(S - T_ij w_j): the loss is the difference; the
rest of j's users go on elsewhere, (sum_k T_ik w_k m_k - T_ij w_j m_j) / (S - T_ij w_j) - m_j minutes farther on average.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from .choice import AGES, Floats, Ints, Sites

NEARLY_ALL = 1 - 1e-9
"""A venue that draws more than this part of an area is taken out by adding up the others, not by subtracting."""


class Way(NamedTuple):
    """One mode of travel in one draw: attraction t[pair] and minutes[pair], pairs by area, share[area] who go so."""

    t: Floats
    minutes: Floats
    start: Ints
    site: Sites
    share: Floats


class Public(NamedTuple):
    """Who chooses in one draw: lam, odds[area], ages[age], people[area, age]."""

    lam: float
    odds: Floats
    ages: Floats
    people: Floats


@njit(cache=True, nogil=True, error_model="numpy")
def users_of(total: float, i: int, share: float, who: Public) -> float:
    """Users in area i of those who travel in one way, at a pull of `total`."""
    if total <= 0.0:
        return 0.0
    x, users = np.exp(who.lam * np.log(total)) * who.odds[i], 0.0
    for a in range(AGES):
        users += who.people[i, a] * x * who.ages[a] / (1.0 + x * who.ages[a])
    return users * share


@njit(cache=True, nogil=True, error_model="numpy")
def each_alone(way: Way, w: Floats, who: Public, out: Floats) -> None:
    """Add one mode to out[3, venue]: users today; users who would give up if it alone closed; minutes, times the others.

    `w[venue]` as in choice.py.
    """
    t, minutes, start, site, share = way
    for i in range(len(start) - 1):
        if share[i] == 0.0:
            continue
        total, far = 0.0, 0.0
        for p in range(start[i], start[i + 1]):
            total += t[p] * w[site[p]]
            far += t[p] * w[site[p]] * minutes[p]
        before = users_of(total, i, share[i], who)
        if before <= 0.0:
            continue
        for p in range(start[i], start[i + 1]):
            pull = t[p] * w[site[p]]
            rest, rest_far = total - pull, far - pull * minutes[p]
            if pull > NEARLY_ALL * total:
                rest, rest_far = 0.0, 0.0
                for k in range(start[i], start[i + 1]):
                    if k != p:
                        rest += t[k] * w[site[k]]
                        rest_far += t[k] * w[site[k]] * minutes[k]
            here, lost = before * pull / total, before - users_of(rest, i, share[i], who)
            out[0, site[p]] += here
            out[1, site[p]] += lost
            if rest > 0.0:
                out[2, site[p]] += max(here - lost, 0.0) * (rest_far / rest - minutes[p])


@njit(cache=True, nogil=True, error_model="numpy")
def together(way: Way, w: Floats, who: Public, by_site: Floats, by_area: Floats) -> None:
    """Add one mode's users to by_site[venue] and by_area[area] for the weights `w[venue]`."""
    t, _, start, site, share = way
    per_pull = np.zeros(len(w))
    for i in range(len(start) - 1):
        total = 0.0
        for p in range(start[i], start[i + 1]):
            total += t[p] * w[site[p]]
        users = users_of(total, i, share[i], who)
        if users <= 0.0:
            continue
        by_area[i] += users
        each = users / total
        for p in range(start[i], start[i + 1]):
            per_pull[site[p]] += each * t[p]
    by_site += per_pull * w


# compiled with lanes,choice:710ead58
