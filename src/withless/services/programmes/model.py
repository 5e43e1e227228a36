"""One run of a portfolio on some draws: who is engaged, what comes of it, what it costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws
from ...memory import Newest
from ...outcomes import Outcomes
from ...place import Instance, Place
from ...plan import Settings
from . import response
from .portfolio import ENGAGED, Parameters, Portfolio, drawn, groups_of, portfolio
from .ways import Spending, spending

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Reached:
    """engaged[draw, quarter, programme, young]; depth[draw, quarter, programme], what comes of each against today's;
    different[draw, quarter, young] young people engaged at least once; outcomes[draw, quarter, outcome] a year.
    """

    engaged: Floats
    depth: Floats
    different: Floats
    outcomes: Floats


def reached(p: Portfolio, m: Parameters, s: Spending, intensity: Floats) -> Reached:
    """Who is engaged by some spending, intensity[quarter, programme], and what comes of it, in quarters `s.first`."""
    variable, running, intensity = s.variable[s.first], s.running[s.first], intensity[s.first]
    cost = m.unit_cost[:, None, :, None] * intensity[None, :, :, None]
    room = (p.could * m.saturation[:, :, None])[:, None]
    engaged = response.engaged(variable[None], cost, room) * running[None, :, :, None]
    depth = intensity[None] ** m.depth[:, None, None]
    outcomes = np.einsum("doig,dqig->dqo", m.value, engaged * depth[:, :, :, None])
    outcomes[:, :, p.outcomes.index(ENGAGED)] = engaged.sum(axis=(2, 3))
    return Reached(engaged, depth, response.different(engaged, p.people, m.overlap), outcomes)


def run(instance: Instance, settings: Settings, draws: Draws) -> tuple[Spending, Reached]:
    """Spending, and who is reached in every quarter, under the settings."""
    s, r = _run(instance, settings, draws)
    return s, Reached(*(x[:, s.which] for x in (r.engaged, r.depth, r.different, r.outcomes)))


def _run(instance: Instance, settings: Settings, draws: Draws) -> tuple[Spending, Reached]:
    """The same, in quarters that differ alone; kept for promises, which ask again."""
    p = portfolio(instance)

    def make() -> tuple[Portfolio, Spending, Reached]:
        s = spending(instance, settings)
        return p, s, reached(p, drawn(instance, draws), s, settings.by_quarter("intensity"))

    return _RUNS.get((id(p), settings.fingerprint, draws.key), make)[1:]


def simulate(place: Place, instance: Instance, settings: Settings, draws: Draws) -> Outcomes:
    """The outcomes of one run; see `service.Service.simulate`. Strata are programmes."""
    p, home = portfolio(instance), groups_of(place, instance)
    s, r = _run(instance, settings, draws)
    n = len(draws)
    served = np.einsum("dqig,gh->idqh", r.engaged, home) / 4
    quality = served * np.moveaxis(r.depth, 2, 0)[:, :, :, None]
    need = ((p.could @ home) / 4)[:, None, None, :]
    users, different, outcomes = (x[:, s.which] for x in (r.engaged.sum(axis=3), r.different.sum(axis=2), r.outcomes))
    return Outcomes(
        strata=p.ids,
        people={
            "need": np.broadcast_to(need, (len(p.ids), n, len(s.which), need.shape[3])),
            "served": served[:, :, s.which],
            "quality": quality[:, :, s.which],
        },
        money=_money(instance, s, draws),
        series={
            "users": users,
            "cost": np.broadcast_to(s.given[None], (n, *s.given.shape)),
            "engaged": different,
        }
        | {f"outcome_{name}": outcomes[:, :, k] for k, name in enumerate(p.outcomes) if name != ENGAGED},
    )


def _money(instance: Instance, s: Spending, draws: Draws) -> dict[str, Floats]:
    """Pounds of every quarter by name of `outcomes.MONEY`: float[programme, draw, quarter].

    What the budget holds beyond its programmes is fixed overhead, carried by programmes as they are paid for today.
    """
    p = portfolio(instance)
    left = overhead(instance)
    share = p.spend * p.open / p.budget if p.budget > 0 else np.full(len(p.ids), 1 / len(p.ids))
    fixed = np.broadcast_to((left * share / 4)[:, None, None], (len(p.ids), len(draws), len(s.given)))
    closed = np.maximum.accumulate(np.maximum(p.open - s.running, 0.0), axis=0)
    closing = np.diff(closed, axis=0, prepend=0.0) * p.fixed
    each = draws.of("programmes.closing", instance.name)
    return {
        "gross_cost": fixed + (s.given.T / 4)[:, None, :],
        "overhead": fixed,
        "one_off": each[None, :, None] * closing.T[:, None, :],
    }


def overhead(instance: Instance) -> float:
    """Pounds a year that no programme carries: the service's budget beyond them."""
    beyond = instance.budget - portfolio(instance).budget
    return max(0.0, float(beyond)) if np.isfinite(beyond) else 0.0


_RUNS: Newest[tuple[Portfolio, Spending, Reached]] = Newest(8)
