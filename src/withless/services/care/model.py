"""One run of a care service on one block of draws: who needs help, who has it, what it costs, what others take on.

People counted as served are those helped *at the needs there would be without the plan*: people made worse by losing help
and then helped again are no gain in service, people who no longer need it are no loss. Spending follows the needs there
really are, so that what comes back is seen as money.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws
from ...place import Instance, Place
from ...plan import Settings
from .baseline import Today, today
from .cohort import step_cohort
from .effects import Effects, effects
from .memory import Newest
from .parameters import of
from .transitions import worsened

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Run:
    """A run: today, the effects of the settings, and people by need state[draw, age, fifth, quarter, 4] as they become."""

    today: Today
    effects: Effects
    state: Floats

    @property
    def in_need(self) -> Floats:
        """Older people by need as they become: [draw, age, fifth, quarter, need]."""
        return self.state[..., 1:]

    @cached_property
    def grown(self) -> Floats:
        """People in each need against today's, [draw, age, fifth, quarter, need]."""
        if self.effects.still:
            return np.ones_like(self.effects.kept)
        before = self.today.state[:, :, :, None, 1:]
        return np.where(before > 0, self.in_need / np.where(before > 0, before, 1.0), 1.0)

    @cached_property
    def home(self) -> Floats:
        """Older clients at home at today's needs, [draw, age, fifth, quarter, need]."""
        return np.asarray(self.today.home[:, :, :, None] * self.effects.kept)

    @cached_property
    def home_now(self) -> Floats:
        """The same at needs as they become."""
        return np.asarray(self.home * self.grown)

    @cached_property
    def care_home(self) -> Floats:
        """Older clients in care homes at today's needs, [draw, age, fifth, quarter, need]."""
        return np.broadcast_to(self.today.care_home[:, :, :, None], self.effects.kept.shape)

    @cached_property
    def care_home_now(self) -> Floats:
        """The same at needs as they become."""
        return np.asarray(self.care_home * self.grown)

    @cached_property
    def working_home(self) -> Floats:
        """Clients of working age at home, [draw, group, fifth, quarter, need]."""
        clients = self.today.working.sum(axis=2) * self.today.at_home[:, :, None]
        return np.asarray(clients[:, :, :, None] * self.effects.kept_working)

    @cached_property
    def working_care(self) -> Floats:
        """Clients of working age in care homes, [draw, group, fifth, quarter, need]; they lose nothing."""
        clients = self.today.working.sum(axis=2) * (1 - self.today.at_home[:, :, None])
        return np.broadcast_to(clients[:, :, :, None], self.effects.kept_working.shape)

    @cached_property
    def working(self) -> Floats:
        """Clients of working age, [draw, group, fifth, quarter, need]."""
        return np.asarray(self.working_home + self.working_care)


def run(place: Place, instance: Instance, settings: Settings, draws: Draws) -> Run:
    """Today under the settings; kept from one question to the next."""
    key = (place.fingerprint, instance.name, draws.key, settings.fingerprint)
    return _RUNS.get(key, lambda: _run(place, instance, settings, draws))


def _run(place: Place, instance: Instance, settings: Settings, draws: Draws) -> Run:
    t = today(place, instance, draws)
    e = effects(instance, settings, draws, t)
    if e.still:
        return Run(t, e, np.broadcast_to(t.state[:, :, :, None], (*e.kept.shape[:4], t.state.shape[3])))
    return Run(t, e, become(instance, draws, t, e))


def become(
    instance: Instance, draws: Draws, t: Today, e: Effects, worsening: Floats | None = None
) -> Floats:
    """Older people by need, the mean of each quarter [draw, age, fifth, quarter, 4].

    `worsening[draw]` replaces the register's multiplier for people who lost help. Hours cut count as help lost in part.
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
    lost = share * (1 - e.kept * e.hours)
    lost = np.clip(lost, -0.5, 1.0).reshape(n, -1, *lost.shape[3:])
    before_it = t.state.reshape(n, -1, 4)
    state = step_cohort(before_it, rates, lost_rates, carers_rates, lost, np.ascontiguousarray(e.carers))
    return np.asarray(state.reshape(*t.state.shape[:3], -1, 4))


def at_todays_needs(r: Run) -> Run:
    """The same run, had losing help changed nobody's needs."""
    return replace(r, state=np.broadcast_to(r.today.state[:, :, :, None], r.state.shape))


_RUNS: Newest[Run] = Newest(16)
