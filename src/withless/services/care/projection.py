"""Help and needs as they become under some settings: the baseline, what the settings do, people by need in every quarter."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .baseline import Baseline
from .effects import Effects

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Projection:
    """The service under some settings: the baseline, their effects, and people by need [draw, age, fifth, quarter, 4] as they
    become.

    `eased` is what they would become with carers' support alone, `state` with everything; `comes_back[draw]` is the part of
    people made worse by losing help who come back to the council.
    """

    baseline: Baseline
    effects: Effects
    state: Floats
    eased: Floats
    comes_back: Floats

    @staticmethod
    def at_todays_needs(base: Baseline, e: Effects) -> Projection:
        """What the effects do at today's needs."""
        still = np.broadcast_to(base.state[:, :, :, None], (*e.kept.shape[:4], base.state.shape[3]))
        return Projection(base, e, still, still, np.ones(len(base.state)))

    @property
    def in_need(self) -> Floats:
        """Older people by need as they become: [draw, age, fifth, quarter, need]."""
        return self.state[..., 1:]

    @cached_property
    def home(self) -> Floats:
        """Older clients at home at today's needs, [draw, age, fifth, quarter, need]."""
        return np.asarray(self.baseline.home[:, :, :, None] * self.effects.kept)

    @cached_property
    def home_now(self) -> Floats:
        """The same at needs as they become: of those made worse, the ones who come back and are eligible."""
        back = self._worse * self._part_at_home * self._helped
        return np.maximum(self.home * self._by_carers + back, 0.0)

    @cached_property
    def care_home(self) -> Floats:
        """Older clients in care homes at today's needs, [draw, age, fifth, quarter, need]."""
        return np.broadcast_to(self.baseline.care_home[:, :, :, None], self.effects.kept.shape)

    @cached_property
    def care_home_now(self) -> Floats:
        """The same at needs as they become."""
        back = self._worse * (1 - self._part_at_home)
        return np.maximum(self.care_home * self._by_carers + back, 0.0)

    @cached_property
    def _worse(self) -> Floats:
        """People more in each band because help was lost (fewer: below zero) who are the council's, as far as they come back."""
        return np.asarray((self.state - self.eased)[..., 1:] * self.comes_back[:, None, None, None, None])

    @cached_property
    def _by_carers(self) -> Floats:
        """People in each need against today's, by carers' support alone, which reaches clients and others alike."""
        before = self.baseline.state[:, :, :, None, 1:]
        return np.where(before > 0, self.eased[..., 1:] / np.where(before > 0, before, 1.0), 1.0)

    @cached_property
    def _part_at_home(self) -> Floats:
        """Of a band's clients today, those at home, [draw, age, fifth, 1, need]."""
        clients = self.baseline.home + self.baseline.care_home
        return np.where(clients > 0, self.baseline.home / np.where(clients > 0, clients, 1.0), 1.0)[:, :, :, None]

    @cached_property
    def _helped(self) -> Floats:
        """Of those who change band, the part that counts among clients at home.

        Who comes to a worse band counts if eligible there. Who leaves moderate needs was a client only where hours were cut:
        those taken off were none.
        """
        kept, gives = self.effects.kept, self.effects.gives_each
        share = kept.copy()
        lost = 1 - kept[..., 0] * gives[..., 0]
        clients = kept[..., 0] * (1 - gives[..., 0])
        share[..., 0] = np.where(np.abs(lost) > 1e-12, clients / np.where(np.abs(lost) > 1e-12, lost, 1.0), 0.0)
        return share

    @cached_property
    def working_home(self) -> Floats:
        """Clients of working age at home, [draw, group, fifth, quarter, need]."""
        clients = self.baseline.working.sum(axis=2) * self.baseline.at_home[:, :, None]
        return np.asarray(clients[:, :, :, None] * self.effects.kept_working)

    @cached_property
    def working_care(self) -> Floats:
        """Clients of working age in care homes, [draw, group, fifth, quarter, need]; they lose nothing."""
        clients = self.baseline.working.sum(axis=2) * (1 - self.baseline.at_home[:, :, None])
        return np.broadcast_to(clients[:, :, :, None], self.effects.kept_working.shape)

    @cached_property
    def working(self) -> Floats:
        """Clients of working age, [draw, group, fifth, quarter, need]."""
        return np.asarray(self.working_home + self.working_care)
