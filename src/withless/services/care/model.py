"""One run of a care service on some draws: who needs help, who has it, what it costs, what others take on.

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
from ...memory import kept
from ...place import Instance, Place
from ...plan import Settings
from ...service import key_of
from .baseline import Today, today
from .cohort import step_cohort
from .effects import Effects, effects
from .parameters import of
from .transitions import worsened

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Run:
    """A run: today, the effects of the settings, and people by need [draw, age, fifth, quarter, 4] as they become.

    `eased` is what they would become with carers' support alone, `state` with everything; `comes_back[draw]` is the part of
    people made worse by losing help who come back to the council.
    """

    today: Today
    effects: Effects
    state: Floats
    eased: Floats
    comes_back: Floats

    @property
    def in_need(self) -> Floats:
        """Older people by need as they become: [draw, age, fifth, quarter, need]."""
        return self.state[..., 1:]

    @cached_property
    def home(self) -> Floats:
        """Older clients at home at today's needs, [draw, age, fifth, quarter, need]."""
        return np.asarray(self.today.home[:, :, :, None] * self.effects.kept)

    @cached_property
    def home_now(self) -> Floats:
        """The same at needs as they become: of those made worse, the ones who come back and are eligible."""
        back = self._worse * self._part_at_home * self._helped
        return np.maximum(self.home * self._by_carers + back, 0.0)

    @cached_property
    def care_home(self) -> Floats:
        """Older clients in care homes at today's needs, [draw, age, fifth, quarter, need]."""
        return np.broadcast_to(self.today.care_home[:, :, :, None], self.effects.kept.shape)

    @cached_property
    def care_home_now(self) -> Floats:
        """The same at needs as they become."""
        back = self._worse * (1 - self._part_at_home)
        return np.maximum(self.care_home * self._by_carers + back, 0.0)

    @cached_property
    def _worse(self) -> Floats:
        """People more in each band because help was lost (fewer: below nil) who are the council's, as far as they come back."""
        return np.asarray((self.state - self.eased)[..., 1:] * self.comes_back[:, None, None, None, None])

    @cached_property
    def _by_carers(self) -> Floats:
        """People in each need against today's, by carers' support alone, which reaches clients and others alike."""
        before = self.today.state[:, :, :, None, 1:]
        return np.where(before > 0, self.eased[..., 1:] / np.where(before > 0, before, 1.0), 1.0)

    @cached_property
    def _part_at_home(self) -> Floats:
        """Of a band's clients today, those at home, [draw, age, fifth, 1, need]."""
        clients = self.today.home + self.today.care_home
        return np.where(clients > 0, self.today.home / np.where(clients > 0, clients, 1.0), 1.0)[:, :, :, None]

    @cached_property
    def _helped(self) -> Floats:
        """Of those who change band, the part that counts among clients at home.

        Who comes to a worse band counts if eligible there. Who leaves moderate needs was a client only where hours were cut:
        those taken off were none.
        """
        kept, hours = self.effects.kept, self.effects.hours_each
        share = kept.copy()
        lost = 1 - kept[..., 0] * hours[..., 0]
        clients = kept[..., 0] * (1 - hours[..., 0])
        share[..., 0] = np.where(np.abs(lost) > 1e-12, clients / np.where(np.abs(lost) > 1e-12, lost, 1.0), 0.0)
        return share

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


@kept(6, key_of)
def run(place: Place, instance: Instance, settings: Settings, draws: Draws) -> Run:
    """Today under the settings; kept from one question to the next."""
    t = today(place, instance, draws)
    e = effects(instance, settings, draws, t)
    back = of(draws, instance, "lost.return")
    still = np.broadcast_to(t.state[:, :, :, None], (*e.kept.shape[:4], t.state.shape[3]))
    if e.still:
        return Run(t, e, still, still, back)
    eased = still if (e.carers == 0).all() else become(instance, draws, t, replace(e, **unlost(e)))
    return Run(t, e, become(instance, draws, t, e), eased, back)


def unlost(e: Effects) -> dict[str, Floats]:
    """Fields of the effects under which nobody loses or gains help."""
    return {"kept": np.ones_like(e.kept), "hours": np.ones_like(e.hours)}


def become(instance: Instance, draws: Draws, t: Today, e: Effects, worsening: Floats | None = None) -> Floats:
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
    lost = share * (1 - e.kept * e.hours_each)
    lost = np.clip(lost, -0.5, 1.0).reshape(n, -1, *lost.shape[3:])
    before_it = t.state.reshape(n, -1, 4)
    state = step_cohort(before_it, rates, lost_rates, carers_rates, lost, e.carers)
    return np.asarray(state.reshape(*t.state.shape[:3], -1, 4))


def at_todays_needs(r: Run) -> Run:
    """The same run, had losing help changed nobody's needs."""
    return replace(r, state=r.eased)
