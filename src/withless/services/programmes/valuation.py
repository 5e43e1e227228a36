"""What one person engaged by a programme is worth, by the worth table; without one, people are worth what they cost."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import response
from .portfolio import Parameters, Portfolio

Floats = NDArray[np.float64]


def of_each(p: Portfolio, m: Parameters) -> Floats:
    """Pounds that one young person engaged today is worth to society, all outcomes together: float[draw, programme].

    Never below 0: a programme that does harm counts as worth nothing, so that closing it takes no service away, and what harm
    there is cannot be set against what the others do. In a draw in which nothing that is done today is worth anything, people
    are worth what they cost.
    """
    mean, known, cost = _today(p, m)
    return np.where(known[:, None], mean, cost)


def against_today(p: Portfolio, m: Parameters, draw: NDArray[np.int64], engaged: Floats, depth: Floats) -> Floats:
    """Worth of each young person engaged against today's, engaged[case, programme, young]: float[case, programme].

    It changes with the time given to each, and with whom a programme engages.
    """
    mean, known, _ = _today(p, m)
    today = np.where(known[:, None], mean, 0.0)[draw]
    now = np.maximum(_mean(_of_group(m, draw, depth), p, engaged), 0.0)
    there = (today > 0) & (engaged.sum(axis=2) > 0)
    return np.where(there, now / np.where(today > 0, today, 1.0), depth)


def of_all(p: Portfolio, m: Parameters, draw: NDArray[np.int64], outcomes: Floats) -> Floats:
    """What the service is there for, from outcomes[case, outcome] a year: float[case].

    The worth of all outcomes; without a worth table the first outcome of the values table, else young people engaged.
    """
    if p.weighed:
        return np.asarray((m.worth[draw] * outcomes).sum(axis=1))
    return outcomes[:, min(1, len(p.outcomes) - 1)]


def _today(p: Portfolio, m: Parameters) -> tuple[Floats, NDArray[np.bool_], Floats]:
    """Worth of each engaged by today's money, whether all that is done is worth anything, and what each costs: float[draw,
    programme], bool[draw], float[draw, programme]. Of a closed programme, by what opening it would take.
    """
    variable = response.split(p.could, p.risk, p.targeting, np.maximum(p.spend - p.fixed, 0.0))
    engaged = response.engaged(variable, m.unit_cost[:, :, None], p.could * m.saturation[:, :, None])
    mean, total = np.maximum(_mean(_of_group(m), p, engaged), 0.0), engaged.sum(axis=2)
    known = (mean * total * p.open).sum(axis=1) > 0
    return mean, known, np.where(total > 0, p.spend / np.where(total > 0, total, 1.0), 0.0)


def _mean(each: Floats, p: Portfolio, engaged: Floats) -> Floats:
    """Mean of each[case, programme, young] over those engaged, over those within reach where nobody is: [case, programme]."""
    many = np.where(engaged.sum(axis=2, keepdims=True) > 0, engaged, p.could)
    total = many.sum(axis=2)
    return np.asarray((each * many).sum(axis=2) / np.where(total > 0, total, 1.0))


def _of_group(m: Parameters, draw: NDArray[np.int64] | None = None, depth: Floats | None = None) -> Floats:
    """Pounds that one engaged in each group is worth: [draw, programme, young]; or [case, ...], in the draws of the cases, with
    depth[case, programme]. Being engaged is no deeper for more time.
    """
    at = np.arange(len(m.overlap)) if draw is None else draw
    found: Floats = m.worth[at, 0][:, None, None] * m.value[at, 0]  # the first outcome: `portfolio.ENGAGED`
    for k in range(1, m.value.shape[1]):
        each = m.worth[at, k][:, None, None] * m.value[at, k]
        found += each if depth is None else each * depth[:, :, None]
    return found
