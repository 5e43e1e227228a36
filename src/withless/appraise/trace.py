"""One measure followed by itself from the plan to the verdict, on the first block of draws, so that an auditor can redo it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..plan import UNIT_COST, Carried, Measure, Plan, Settings
from ..totals import Totals
from ..verdict import CLASSES, Pounds, classify, tolerance
from .block import crowding_of, run_one, yearly
from .gather import pounds_of, target_year
from .layout import Layout, lay_out
from .simulations import Simulations

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Trace:
    """What one measure does by itself. `carried` is how it arrives beside the rest of the plan; `after` the levers of
    its service; `baseline` and `plan` the totals; `yearly[name][draw, year]` as in `ServiceResult`; `verdict[draw]` the class.
    """

    measure: Measure
    layout: Layout
    year: int
    carried: Carried
    after: Settings
    baseline: Totals
    plan: Totals
    yearly: Mapping[str, Floats]
    pounds: Pounds

    @property
    def words(self) -> tuple[str, ...]:
        """The class of every draw by itself."""
        return tuple(CLASSES[i] for i in classify(self.pounds))

    @property
    def tolerance(self) -> Floats:
        """Pounds within which a draw is *same*: float[draw]."""
        return tolerance(self.pounds)

    @property
    def typical(self) -> tuple[int, int, int]:
        """Three draws: where little of the measure arrives, about half the draws get more, and much."""
        order = np.argsort(self.carried.share.mean(axis=1), kind="stable")
        low, middle, high = (int(order[int(q * (len(order) - 1))]) for q in (0.1, 0.5, 0.9))
        return low, middle, high


def trace(sims: Simulations, plan: Plan, name: str) -> Trace:
    """Follow a measure by its id; raises KeyError naming those there are."""
    found = [m for m in plan.measures if m.id == name]
    if not found:
        raise KeyError(f"there is no measure {name!r}; there are {', '.join(m.id for m in plan.measures)}")
    measure, year, register = found[0], target_year(plan), sims.register(plan)
    draws = sims.draws(register, 0)
    crowd = crowding_of(sims, sims.layouts(plan, year), register, 1)
    how = sims.delivery(plan, crowd, draws)
    layout = lay_out(replace(plan, measures=(measure,)), plan.place.instances[measure.service], year)
    run = run_one(sims, layout, draws, how)
    by_year = yearly(run)
    return Trace(
        measure=measure,
        layout=layout,
        year=year,
        carried=how.carried[name],
        after=run.after,
        baseline=run.baseline,
        plan=run.plan,
        yearly=by_year,
        pounds=pounds_of(by_year, year),
    )


def levels(t: Trace, unit: str, draw: int) -> tuple[float, float]:
    """A unit's lever today and as this draw has it by the target year's end; NaN, NaN for an efficiency claim."""
    if t.measure.lever == UNIT_COST.name:
        return np.nan, np.nan
    lever, last = t.measure.lever, t.layout.year.stop - 1
    row = t.layout.lever_units[lever].index(unit)
    now = t.after[lever]
    return float(t.layout.before[lever][0, row, last]), float(now[min(draw, len(now) - 1), row, last])
