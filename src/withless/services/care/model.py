"""One run of a care service on some draws: who needs help, who has it, what it costs, what others take on.

People counted as served are those helped *at the needs there would be without the plan*: people made worse by losing help
and then helped again are no gain in service, people who no longer need it are no loss. Spending follows the needs there
really are, so that what comes back is seen as money.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws
from ...cache import kept
from ...place import Instance, Place
from ...plan import Settings
from ...service import key_of
from .baseline import Today, today
from .budget import within
from .cohort import step_cohort
from .effects import Effects, effects
from .parameters import of
from .runs import Run
from .transitions import worsened

Floats = NDArray[np.float64]


@kept(6, key_of)
def run(place: Place, instance: Instance, settings: Settings, draws: Draws) -> Run:
    """Today under the settings; kept from one question to the next."""
    t = today(place, instance, draws)
    e = within(instance, settings, draws, t, effects(instance, settings, draws, t))
    back = of(draws, instance, "lost.return")
    still = Run.at_today(t, e).state
    if e.still:
        return Run(t, e, still, still, back)
    eased = still if (e.carers == 0).all() else become(instance, draws, t, replace(e, **unlost(e)))
    return Run(t, e, become(instance, draws, t, e), eased, back)


def unlost(e: Effects) -> dict[str, Floats]:
    """Fields of the effects under which nobody loses or gains help."""
    return {"kept": np.ones_like(e.kept), "hours": np.ones_like(e.hours), "gives": np.ones_like(e.gives)}


def become(instance: Instance, draws: Draws, t: Today, e: Effects, worsening: Floats | None = None) -> Floats:
    """Older people by need, the mean of each quarter [draw, age, fifth, quarter, 4].

    `worsening[draw]` replaces the register's multiplier for people who lost help. Hours cut count as help lost in part, as far as
    quality of life is lost.
    """
    n = len(draws)
    more = of(draws, instance, "lost.worsening") if worsening is None else worsening
    wide = t.needs.published[:, None, None]
    without = worsened(t.rates, wide, more[:, None, None], of(draws, instance, "lost.recovery")[:, None, None])
    supported = worsened(t.rates, wide, 1 - of(draws, instance, "carers.effect")[:, None, None])
    rates, lost_rates, carers_rates = (
        np.ascontiguousarray(g).reshape(n, -1, 4, 4) for g in (t.rates, without - t.rates, supported - t.rates)
    )
    before = t.state[:, :, :, None, 1:]
    share = np.where(before > 0, t.home[:, :, :, None] / np.where(before > 0, before, 1.0), 0.0)
    lost = share * (1 - e.kept * e.gives_each)
    lost = np.clip(lost, -0.5, 1.0).reshape(n, -1, *lost.shape[3:])
    before_it = t.state.reshape(n, -1, 4)
    state = step_cohort(before_it, rates, lost_rates, carers_rates, lost, e.carers)
    return np.asarray(state.reshape(*t.state.shape[:3], -1, 4))
