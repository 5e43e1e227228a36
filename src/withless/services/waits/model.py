"""A waiting list on some draws: run once as things stand, and under the settings of any plan, by quarter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...outcomes import Outcomes
from ...plan import Settings
from ...service import BaseModel
from . import project
from .calendar_weeks import by_quarter
from .cohort import Flow, Run, run
from .inputs import Inputs
from .outcome import outcomes, stake
from .quarterly import Quarterly, quarterly

Floats = NDArray[np.float64]


class WaitsModel(BaseModel):
    """A waiting list on some draws."""

    @property
    def inputs(self) -> Inputs:
        """What the list is worked out from."""
        observed, rates = self.shared("rates", lambda: project.rates_of(self.instance))
        timeline = self.shared("timeline", lambda: by_quarter(rates.month, self.place.calendar))
        return Inputs(self.place, self.instance, self.draws, observed, rates, timeline)

    @property
    def unchanged(self) -> Quarterly:
        """The list if nothing is done, by quarter."""
        return self.kept(
            "unchanged", lambda: self._quarterly(project.today(self.inputs.rates, len(self.inputs.timeline.years)))
        )

    def quarterly(self, settings: Settings) -> Quarterly:
        """The list under some settings, by quarter."""
        levers = self.levers(settings)
        if not levers.moved.any():
            return self.unchanged
        return self.kept("quarterly", lambda: self._quarterly(levers), settings, brief=True)

    def levers(self, settings: Settings) -> project.Levers:
        """Settings week by week."""
        return project.levers_of(self.inputs.rates, settings.values, self.inputs.timeline)

    def flow(self, levers: project.Levers) -> Flow:
        """What moves the list under some levers."""
        return project.under(self.instance, self.inputs.rates, self.draws, self.still, levers)

    @property
    def still(self) -> Flow:
        """What moves the list if nothing is done."""
        i = self.inputs

        def make() -> Flow:
            flow = project.unmoved(i.instance, (i.observed, i.rates), i.draws, i.timeline)
            return replace(flow, costs=project.wait_costs(i.of("wait.exponent")))

        return self.kept("still", make, brief=True)

    def run(self, settings: Settings) -> Outcomes:
        """The outcomes under some settings."""
        return outcomes(self.quarterly(settings), self.unchanged)

    def stake(self, touched: Mapping[str, frozenset[str]]) -> Floats:
        """Gross cost a year, today, of the lists that a plan moves: float[draw]."""
        return stake(self.unchanged, touched)

    def _quarterly(self, levers: project.Levers) -> Quarterly:
        clears = bool(levers.validation.any())
        found = self._ran(levers, waits=not clears)
        with_records = found
        if clears:
            with_records = self._ran(replace(levers, validation=np.zeros_like(levers.validation[:1])))
        return quarterly(self.inputs, levers, self.still, found, with_records)

    def _ran(self, levers: project.Levers, *, waits: bool = True) -> Run:
        """The list run under some levers, in the specialties that they move; with the cost of `waits` unless not asked for."""
        moved, period = levers.moved, self.inputs.timeline.period
        flow = self.flow(levers)
        flow = flow if waits else replace(flow, costs=np.zeros((1, 0)))
        if not moved.any():
            return replace(self._with_lists, lists=None)
        if moved.mean() < 0.5:  # else it takes longer to have the unmoved one as well, if nobody asks for it
            return run(flow, period, known=(self._with_lists, moved))
        return run(flow, period)

    @property
    def _with_lists(self) -> Run:
        """The list run as things stand, with the waits of everybody on it at every quarter's end."""
        return self.kept("lists", lambda: run(self.still, self.inputs.timeline.period, keep=True), brief=True)
