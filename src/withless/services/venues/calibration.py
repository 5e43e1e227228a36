"""Appeals at which the choice model gives every venue its observed users, compiled.

They minimise the convex function
    Phi = sum N ln(1 + exp(lam*I + g)) / lam - sum_j U_j ln w_j
over ln w, whose gradient is modelled less observed users; where users by deprivation quintile are known, five shifts of
the index are found with them. `derivatives` has the model at a trial with Phi's derivatives; here is what is done with them in one
draw. `newton` solves for all draws of a block, `large_place` draw by draw.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...kernels import njit
from .nests import handed_down
from .participation import Floats, Ints

RIDGE = 1e-6
"""Weight on the shifts, so that a quintile without people has none."""
SHUT = -700.0
"""Log weight of a venue without users."""


class Aim(NamedTuple):
    """What is to be met: users[venue], by_quintile[5] inside (empty where it is not known); and the nests of venues by slots
    one and two [node] with their rho[node], see nests.py.
    """

    users: Floats
    by_quintile: Floats
    one: Ints
    two: Ints
    rho: Floats


@njit(cache=True, error_model="numpy")
def gradient_at(trial: Floats, use: Floats, modelled: Floats, lam: float, aim: Aim) -> tuple[Floats, float]:
    """Gradient of Phi where venues have `use` and quintiles `modelled` users, and the worst relative miss of a venue's."""
    venues, gradient, miss = len(aim.users), np.zeros(len(trial)), 0.0
    for j in range(venues):
        if aim.users[j] > 0:
            gradient[j] = use[j] - aim.users[j]
            miss = max(miss, abs(gradient[j]) / aim.users[j])
    for q in range(len(aim.by_quintile)):
        gradient[venues + q] = (modelled[q] - aim.by_quintile[q]) / lam + RIDGE * trial[venues + q]
    return gradient, miss


@njit(cache=True, error_model="numpy")
def balanced(trial: Floats, use: Floats, modelled: Floats, lam: float, aim: Aim) -> Floats:
    """The trial after a round of balancing: each venue's weight, and each quintile's odds, by what it misses."""
    venues, out = len(aim.users), trial.copy()
    level, missed = np.zeros(venues + len(aim.one)), np.zeros((2, venues + len(aim.one)))
    missed[0, :venues], missed[1, :venues] = aim.users, use
    common = min(max(np.log(aim.users.sum() / use.sum()) * (1.0 / lam - 1.0), -6.0), 6.0)
    for k in range(len(aim.one)):
        missed[:, venues + k] = missed[:, aim.one[k]] + missed[:, aim.two[k]]
    for j in range(len(level)):
        if missed[0, j] > 0:
            level[j] = min(max(np.log(missed[0, j] / max(missed[1, j], 1e-300)), -4.0), 4.0)
    handed_down(level, aim.one, aim.two, aim.rho)
    for j in range(venues):
        if aim.users[j] > 0:
            out[j] += level[j] + common
    for q in range(len(aim.by_quintile)):
        if aim.by_quintile[q] > 0:
            out[venues + q] += np.log(aim.by_quintile[q] / max(modelled[q], 1e-300))
    return out


@njit(cache=True, error_model="numpy")
def settle(log_weights: Floats, aim: Aim) -> None:
    """Make log weights[venue] that would be right without nests about right with them, in place."""
    venues, nodes = len(aim.users), len(aim.one)
    if nodes == 0:
        return
    level = np.full(venues + nodes, SHUT)
    for j in range(venues):
        if aim.users[j] > 0:
            level[j] = log_weights[j]
    for k in range(nodes):
        a, b = level[aim.one[k]], level[aim.two[k]]
        level[venues + k] = max(a, b) + np.log(1.0 + np.exp(-abs(a - b)))
    for k in range(nodes):  # what nobody uses has no say and stays where it is
        for c in (aim.one[k], aim.two[k]):
            level[c] = level[venues + k] if level[c] <= SHUT else level[c]
    handed_down(level, aim.one, aim.two, aim.rho)
    for j in range(venues):
        if aim.users[j] > 0:
            log_weights[j] = level[j]


# compiled with nests,simd:f33443b3
