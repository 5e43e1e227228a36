"""What closing every venue, each on its own, would do to its users: exact, over pairs of area and venue.

For area i with pull S = sum_j T_ij w_j and users N(S), closing j leaves N(S - T_ij w_j): the loss is the difference; the
rest of j's users go on elsewhere, (sum_k T_ik w_k m_k - T_ij w_j m_j) / (S - T_ij w_j) - m_j minutes farther on average.
Pulls are effective ones (nests.py); what is left without a venue that shares a nest is worked out anew.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...kernels import njit
from .choice import AGES, Floats, Ints, Sites
from .nests import Nests, weigh_one

NEARLY_ALL = 1 - 1e-9
"""A venue that draws more than this part of an area is taken out by adding up the others, not by subtracting."""


class Way(NamedTuple):
    """One mode of travel in one draw: attraction t[pair] and minutes[pair], pairs by area, share[area] who go so; nests seen
    and their rho[node].
    """

    t: Floats
    minutes: Floats
    start: Ints
    site: Sites
    share: Floats
    seen: Nests
    rho: Floats


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
    minutes, start, site, share, seen = way.minutes, way.start, way.site, way.share, way.seen
    pulls, left = np.empty(len(site)), np.empty(len(site))
    for i in range(len(start) - 1):
        if share[i] == 0.0:
            continue
        total, far = 0.0, 0.0
        _weigh(way, w, i, -1, pulls)
        for p in range(start[i], start[i + 1]):
            total += pulls[p]
            far += pulls[p] * minutes[p]
        before = users_of(total, i, share[i], who)
        if before <= 0.0:
            continue
        for p in range(start[i], start[i + 1]):
            pull = pulls[p]
            rest, rest_far = total - pull, far - pull * minutes[p]
            if pull > NEARLY_ALL * total or seen.leaf[p] >= 0:
                rest, rest_far = 0.0, 0.0
                _weigh(way, w, i, p, left)
                for k in range(start[i], start[i + 1]):
                    rest += left[k]
                    rest_far += left[k] * minutes[k]
            here, lost = before * pull / total, before - users_of(rest, i, share[i], who)
            out[0, site[p]] += here
            out[1, site[p]] += lost
            if rest > 0.0:
                out[2, site[p]] += max(here - lost, 0.0) * (rest_far / rest - minutes[p])


@njit(cache=True, nogil=True, error_model="numpy")
def _weigh(way: Way, w: Floats, i: int, without: int, pulls: Floats) -> None:
    """Lay the effective pulls of area i into pulls[pair], those of the pair `without` left out."""
    start, seen = way.start, way.seen
    for p in range(start[i], start[i + 1]):
        pulls[p] = 0.0 if p == without else way.t[p] * w[way.site[p]]
    if seen.first[i + 1] > seen.first[i]:
        weigh_one(pulls, start[i], start[i + 1] - start[i], seen, i, way.rho)


@njit(cache=True, nogil=True, error_model="numpy")
def together(way: Way, w: Floats, who: Public, by_site: Floats, by_area: Floats) -> None:
    """Add one mode's users to by_site[venue] and by_area[area] for the weights `w[venue]`."""
    start, site, share = way.start, way.site, way.share
    pulls = np.empty(len(site))
    for i in range(len(start) - 1):
        total = 0.0
        _weigh(way, w, i, -1, pulls)
        for p in range(start[i], start[i + 1]):
            total += pulls[p]
        users = users_of(total, i, share[i], who)
        if users <= 0.0:
            continue
        by_area[i] += users
        each = users / total
        for p in range(start[i], start[i + 1]):
            by_site[site[p]] += each * pulls[p]


# compiled with choice,nests,simd:5f281106
