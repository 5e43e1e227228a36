"""One run of a portfolio on some draws: who is engaged, what comes of it, what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...outcomes import Outcomes, repeated
from ...plan import Settings
from ...service import BaseModel
from . import closures, response, valuation
from .allocation import Spending, one_quarter, spending, today
from .portfolio import ENGAGED, Parameters, Portfolio, drawn, groups_of, portfolio

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MAIN = "main_outcome"
"""The series of what the service is there for: see `valuation.of_all`."""
PROGRAMME_LEVERS = frozenset({"spend", "open", "targeting", "intensity"})
"""Levers that bear on their own programmes alone."""


@dataclass(frozen=True)
class Reached:
    """Cases are the pairs of a draw and a row of settings that occur: draw[case], row[case], at[draw, quarter] the case of each.

    engaged[case, programme, young]; depth[case, programme], what comes of each against today's; different[case, young] young
    people engaged at least once; outcomes[case, outcome] a year.
    """

    draw: Ints
    row: Ints
    at: Ints
    engaged: Floats
    depth: Floats
    different: Floats
    outcomes: Floats


def reached(p: Portfolio, m: Parameters, s: Spending) -> Reached:
    """Who is engaged by some spending, and what comes of it."""
    n, rows = len(m.overlap), len(s.given)
    pairs, at = np.unique(np.arange(n)[:, None] * rows + s.which, return_inverse=True)
    draw, row = np.divmod(pairs, rows)
    cost = (m.unit_cost[draw] * s.intensity[row])[:, :, None]
    engaged = response.engaged(s.variable[row], cost, p.could * m.saturation[draw][:, :, None])
    engaged *= s.running[row][:, :, None]
    depth = s.intensity[row] ** m.depth[draw][:, None]
    outcomes = np.stack([_summed(m.value[draw, k], engaged, depth) for k in range(len(p.outcomes))], axis=1)
    outcomes[:, p.outcomes.index(ENGAGED)] = engaged.reshape(len(draw), -1).sum(axis=1)
    different = response.different(engaged, p.people, m.overlap[draw])
    return Reached(draw, row, at.reshape(n, s.which.shape[1]), engaged, depth, different, outcomes)


def _summed(value: Floats, engaged: Floats, depth: Floats) -> Floats:
    """value[case, programme, young] of all who are engaged: float[case]."""
    found: Floats = (value * engaged * depth[:, :, None]).reshape(len(engaged), -1).sum(axis=1)
    return found


class ProgrammesModel(BaseModel):
    """A portfolio on some draws. Strata are programmes."""

    @property
    def portfolio(self) -> Portfolio:
        """The tables as arrays."""
        return self.shared("portfolio", lambda: portfolio(self.instance))

    @property
    def parameters(self) -> Parameters:
        """The numbers in these draws."""
        return self.kept("parameters", self._drawn)

    @property
    def overhead(self) -> float:
        """Pounds a year that no programme carries: the service's budget beyond them."""
        beyond = self.instance.budget - self.portfolio.budget
        return max(0.0, float(beyond)) if np.isfinite(beyond) else 0.0

    def _drawn(self) -> Parameters:
        p = self.portfolio
        return drawn(p, self.draws, self.uniforms(f"programmes.values@{p.name}", p.lines))

    def spending(self, settings: Settings) -> Spending:
        """What every programme is given under the settings."""
        return self.kept("spending", lambda: spending(self.portfolio, settings, self.cache), settings, brief=True)

    def reached(self, settings: Settings) -> Reached:
        """Who is reached under the settings."""
        return self.kept(
            "reached", lambda: reached(self.portfolio, self.parameters, self.spending(settings)), settings, brief=True
        )

    def reached_today(self) -> Reached:
        """Who is reached in a quarter as things stand."""
        s = one_quarter(self.portfolio, today(self.portfolio), self.cache)
        return reached(self.portfolio, self.parameters, s)

    def run(self, settings: Settings) -> Outcomes:
        """The outcomes under some settings."""
        s, r = self.spending(settings), self.reached(settings)
        if (s.which == s.which[:, :1]).all() and (
            s.running >= self.portfolio.open
        ).all():  # every quarter is like the first
            first = replace(s, which=s.which[:, :1]), replace(r, at=r.at[:, :1])
            return repeated(self._outcomes(*first), s.which.shape[1])
        return self._outcomes(s, r)

    def stake(self, touched: Mapping[str, frozenset[str]]) -> Floats:
        """Pounds a year spent today on the programmes that a plan moves, float[draw]; on all, where it moves what bears on all.

        A floor or a weight alone moves money only where it is spent in the best way: it then bears on all. A programme that is
        closed today counts as what opening it would take, up to all that is spent.
        """
        p, whole = self.portfolio, self.portfolio.budget + self.overhead
        own = frozenset().union(*(ids for lever, ids in touched.items() if lever in PROGRAMME_LEVERS))
        pounds = float(p.spend[[i in own for i in p.ids]].sum())
        bears_on_all = any(ids for lever, ids in touched.items() if lever not in PROGRAMME_LEVERS)
        return np.full(len(self.draws), whole if bears_on_all else min(pounds, whole))

    def _outcomes(self, s: Spending, r: Reached) -> Outcomes:
        """The outcomes of spending and of those reached by it."""
        p, m, home = self.portfolio, self.parameters, groups_of(self.place, self.instance)
        n, quarters = r.at.shape
        served = np.moveaxis(r.engaged @ home, 1, 0) / 4
        each = valuation.against_today(p, m, r.draw, r.engaged, r.depth) if p.weighed else r.depth
        quality = served * each.T[:, :, None] if (each != 1).any() else served
        need = ((p.could @ home) / 4)[:, None, None, :]
        one_off, once = closures.one_off(p, s, self.draws.of("programmes.closing", self.instance.name))
        return Outcomes(
            strata=p.ids,
            people={
                "need": np.broadcast_to(need, (len(p.ids), n, quarters, need.shape[3])),
                "served": (people := served[:, r.at]),
                "quality": people if quality is served else quality[:, r.at],
            },
            money=self._money(s, r) | {"one_off": one_off},
            series=_series(p, m, s, r),
            once=once,
            worth=valuation.of_each(p, m).T if p.weighed else None,
        )

    def _money(self, s: Spending, r: Reached) -> dict[str, Floats]:
        """Pounds of every quarter by name of `outcomes.MONEY`: float[programme, draw, quarter].

        What the budget holds beyond its programmes is carried by programmes as they are paid for today. It is overhead, and so
        is the fixed cost of a programme that runs: one more young person does not take it once more.
        """
        p = self.portfolio
        share = p.spend * p.open / p.budget if p.budget > 0 else np.full(len(p.ids), 1 / len(p.ids))
        left = self.overhead * share
        rows = r.row[r.at]
        return {
            "gross_cost": np.moveaxis((s.given + left) / 4, 1, 0)[:, rows],
            "overhead": np.moveaxis((np.minimum(s.running * p.fixed, s.given) + left) / 4, 1, 0)[:, rows],
        }


def _series(p: Portfolio, m: Parameters, s: Spending, r: Reached) -> dict[str, Floats]:
    """What the service alone has, [draw, quarter] or [draw, quarter, programme]."""
    told = {f"outcome_{name}": r.outcomes[r.at, k] for k, name in enumerate(p.outcomes) if name != ENGAGED}
    return told | {
        MAIN: valuation.of_all(p, m, r.draw, r.outcomes)[r.at],
        "users": r.engaged.sum(axis=2)[r.at],
        "cost": s.given[r.row][r.at],
        "engaged": r.different.sum(axis=1)[r.at],
    }
