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
    engaged = _today(p, m)
    total = engaged.sum(axis=2)
    mean = np.maximum(np.einsum("dig,dig->di", _of_group(m), _weights(p, engaged)), 0.0)
    known = (mean * total * p.open).sum(axis=1) > 0
    cost = np.where(total > 0, p.spend / np.where(total > 0, total, 1.0), 0.0)
    return np.where(known[:, None], mean, cost)


def against_today(p: Portfolio, m: Parameters, draw: NDArray[np.int64], engaged: Floats, depth: Floats) -> Floats:
    """Worth of each young person engaged against today's, engaged[case, programme, young]: float[case, programme].

    It changes with the time given to each, and with whom a programme engages.
    """
    today = np.maximum(np.einsum("dig,dig->di", _of_group(m), _weights(p, _today(p, m))), 0.0)[draw]
    now = np.einsum("cig,cig->ci", _of_group(m, depth, draw), _weights(p, engaged))
    there = (today > 0) & (engaged.sum(axis=2) > 0) & (of_each(p, m)[draw] == today)
    return np.where(there, np.maximum(now, 0.0) / np.where(today > 0, today, 1.0), depth)


def of_all(p: Portfolio, m: Parameters, draw: NDArray[np.int64], outcomes: Floats) -> Floats:
    """What the service is there for, from outcomes[case, outcome] a year: float[case].

    The worth of all outcomes; without a worth table the first outcome of the values table, else young people engaged.
    """
    if p.weighed:
        return np.asarray((m.worth[draw] * outcomes).sum(axis=1))
    return outcomes[:, min(1, len(p.outcomes) - 1)]


def _today(p: Portfolio, m: Parameters) -> Floats:
    """Young people engaged for today's money, of a closed programme for what opening it would take: [draw, programme, young]."""
    variable = response.split(p.could, p.risk, p.targeting, np.maximum(p.spend - p.fixed, 0.0))
    return response.engaged(variable, m.unit_cost[:, :, None], p.could * m.saturation[:, :, None])


def _weights(p: Portfolio, engaged: Floats) -> Floats:
    """Share of each group among those engaged, among those within reach where nobody is: [case, programme, young]."""
    many = np.where(engaged.sum(axis=2, keepdims=True) > 0, engaged, p.could)
    total = many.sum(axis=2, keepdims=True)
    return many / np.where(total > 0, total, 1.0)


def _of_group(m: Parameters, depth: Floats | None = None, draw: NDArray[np.int64] | None = None) -> Floats:
    """Pounds that one engaged in each group is worth, [case, programme, young], in the cases of `draw` with depth[case, programme]."""
    at = slice(None) if draw is None else draw
    found = np.zeros((len(m.overlap) if draw is None else len(draw), *m.value.shape[2:]))
    for k in range(m.value.shape[1]):
        each = m.worth[at, k][:, None, None] * m.value[at, k]
        found += each if depth is None or k == _ENGAGED_FIRST else each * depth[:, :, None]
    return found


_ENGAGED_FIRST = 0
"""Place of `portfolio.ENGAGED` among outcomes: being engaged is no deeper for more time."""
