"""What closing every venue, each on its own, would do to its users: exact, over pairs of area and venue.

For area i with pull S = sum_j T_ij w_j and users N(S), closing j leaves N(S - T_ij w_j): the loss is the difference; the
rest of j's users go on elsewhere, (sum_k T_ik w_k m_k - T_ij w_j m_j) / (S - T_ij w_j) - m_j minutes farther on average.
Pulls are effective ones (nests.py); what is left without a venue that shares a nest is worked out anew.
"""

from __future__ import annotations

from ...kernels import njit
from .nests import room_for, weigh
from .participation import Floats, Mode, Person, odds_at, participation, pulls

NEARLY_ALL = 1 - 1e-9
"""A venue that draws more than this part of an area is taken out by adding up the others, not by subtracting."""


@njit(cache=True, nogil=True, error_model="numpy")
def users_at(pull: float, i: int, mode: Mode, who: Person) -> float:
    """Users in area i of those who travel so, at a pull."""
    if pull <= 0.0:
        return 0.0
    users: float = participation(odds_at(pull, who.lam[0], who.odds[i]), who.ages, who.people, i)[0]
    return users * mode.share[i]


@njit(cache=True, nogil=True, error_model="numpy")
def each_alone(mode: Mode, minutes: Floats, w: Floats, who: Person, out: Floats) -> None:
    """Add one mode of one draw, minutes[pair], to out[3, venue]: users today; users who would give up if it alone closed;
    minutes, times the others. `w[venue]` as in choice.py.
    """
    t, start, site, share, seen, rho = mode
    part, slot, split = room_for(start, seen, t)
    first, one, two, node, leaf = seen.first, seen.one, seen.two, seen.node, seen.leaf
    left = part.copy()
    for i in range(len(start) - 1):
        if share[i] == 0.0:
            continue
        begin, far = start[i], 0.0
        total = pulls(t, w, start, site, first, one, two, node, rho, i, part, slot, split)
        for p in range(begin, start[i + 1]):
            far += part[p - begin] * minutes[p]
        before = users_at(total, i, mode, who)
        if before <= 0.0:
            continue
        for p in range(begin, start[i + 1]):
            pull = part[p - begin]
            rest, rest_far = total - pull, far - pull * minutes[p]
            if pull > NEARLY_ALL * total or leaf[p] >= 0:
                rest, rest_far, count = 0.0, 0.0, start[i + 1] - begin
                for k in range(count):
                    left[k] = 0.0 if begin + k == p else t[begin + k] * w[site[begin + k]]
                weigh(left, 0, count, first[i], first[i + 1], one, two, node, rho, slot, split)
                for k in range(count):
                    rest += left[k]
                    rest_far += left[k] * minutes[begin + k]
            here, lost = before * pull / total, before - users_at(rest, i, mode, who)
            out[0, site[p]] += here
            out[1, site[p]] += lost
            if rest > 0.0:
                out[2, site[p]] += max(here - lost, 0.0) * (rest_far / rest - minutes[p])


@njit(cache=True, nogil=True, error_model="numpy")
def together(mode: Mode, w: Floats, who: Person, by_site: Floats, by_area: Floats) -> None:
    """Add one mode's users to by_site[venue] and by_area[area] for the weights `w[venue]`, in one draw."""
    t, start, site, _, seen, rho = mode
    part, slot, split = room_for(start, seen, t)
    for i in range(len(start) - 1):
        total = pulls(t, w, start, site, seen.first, seen.one, seen.two, seen.node, rho, i, part, slot, split)
        users = users_at(total, i, mode, who)
        if users <= 0.0:
            continue
        by_area[i] += users
        each = users / total
        for p in range(start[i], start[i + 1]):
            by_site[site[p]] += each * part[p - start[i]]


# compiled with nests,participation,simd:51d4612a
