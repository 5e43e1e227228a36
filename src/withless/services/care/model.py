"""One run of a care service on some draws: who needs help, who has it, what it costs, what others take on.

People counted as served are those helped *at the needs there would be without the plan*: people made worse by losing help
and then helped again are no gain in service, people who no longer need it are no loss. Spending follows the needs there
really are, so that what comes back is seen as money.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...outcomes import Outcomes, repeated
from ...plan import Settings, steady
from ...service import BaseModel
from .baseline import Baseline, baseline
from .budget import within
from .cohort import step_cohort
from .effects import Effects, effects
from .outcome import outcomes
from .parameters import Inputs
from .policy import today_levers
from .projection import Projection
from .stake import stake
from .tables import LEVER_UNITS
from .transitions import worsened

Floats = NDArray[np.float64]


class CareModel(BaseModel):
    """A care service on some draws."""

    @property
    def baseline(self) -> Baseline:
        """The service today."""
        return self.kept("baseline", lambda: baseline(Inputs(self.place, self.instance, self.draws)))

    @property
    def unchanged(self) -> Projection:
        """The service as it stands, for one quarter: all others are like it."""
        return self.project(steady(LEVER_UNITS, today_levers(self.instance)))

    def project(self, settings: Settings) -> Projection:
        """The service under some settings."""
        return self.kept("projection", lambda: project(self.baseline, settings), settings, brief=True)

    def as_today(self, settings: Settings) -> bool:
        """Whether settings leave everything as it is: then every quarter is like `unchanged`."""
        today = today_levers(self.instance)
        return all(np.array_equal(v, np.broadcast_to(today[k][:, None], v.shape)) for k, v in settings.values.items())

    def run(self, settings: Settings) -> Outcomes:
        """The outcomes under some settings."""
        if self.as_today(settings):
            return repeated(outcomes(self.unchanged), settings.quarters)
        return outcomes(self.project(settings))

    def stake(self, touched: Mapping[str, frozenset[str]]) -> Floats:
        """Pounds a year that clients cost whom the moved levers are about, and carers' support where it is moved."""
        return stake(self.baseline, touched)


def project(base: Baseline, settings: Settings) -> Projection:
    """The service under some settings."""
    e = within(base, settings, effects(base, settings))
    back = base.inputs.of("lost.return")
    still = Projection.at_todays_needs(base, e).state
    if e.still:
        return Projection(base, e, still, still, back)
    eased = still if (e.carers == 0).all() else become(base, replace(e, **unlost(e)))
    return Projection(base, e, become(base, e), eased, back)


def unlost(e: Effects) -> dict[str, Floats]:
    """Fields of the effects under which nobody loses or gains help."""
    return {"kept": np.ones_like(e.kept), "hours": np.ones_like(e.hours), "gives": np.ones_like(e.gives)}


def become(base: Baseline, e: Effects, worsening: Floats | None = None) -> Floats:
    """Older people by need, the mean of each quarter [draw, age, fifth, quarter, 4].

    `worsening[draw]` replaces the register's multiplier for people who lost help. Hours cut count as help lost in part, as far as
    quality of life is lost.
    """
    n = len(base.inputs)
    more = base.inputs.of("lost.worsening") if worsening is None else worsening
    wide = base.needs.published[:, None, None]
    without = worsened(base.rates, wide, more[:, None, None], base.inputs.of("lost.recovery")[:, None, None])
    supported = worsened(base.rates, wide, 1 - base.inputs.of("carers.effect")[:, None, None])
    rates, lost_rates, carers_rates = (
        np.ascontiguousarray(g).reshape(n, -1, 4, 4) for g in (base.rates, without - base.rates, supported - base.rates)
    )
    before = base.state[:, :, :, None, 1:]
    share = np.where(before > 0, base.home[:, :, :, None] / np.where(before > 0, before, 1.0), 0.0)
    lost = share * (1 - e.kept * e.gives_each)
    lost = np.clip(lost, -0.5, 1.0).reshape(n, -1, *lost.shape[3:])
    before_it = base.state.reshape(n, -1, 4)
    state = step_cohort(before_it, rates, lost_rates, carers_rates, lost, e.carers)
    return np.asarray(state.reshape(*base.state.shape[:3], -1, 4))
