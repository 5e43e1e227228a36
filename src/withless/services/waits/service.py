"""The waits service as the rest of withless sees it; see README.md for the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws, Register
from ...outcomes import Outcomes
from ...place import Instance, Place, TableSpec
from ...plan import Lever, Measure, Settings, steady
from ...service import BaseService, Exhibit, Found, PlanProblem, Problem, Quantity, Shown
from .tables import BANDS, BY_PART, FLOWS, LEVERS, QUANTITIES, RATIOS, specialties, strata

Floats = NDArray[np.float64]


class Waits(BaseService):
    """A list that people join, wait on by the week, and leave treated or not."""

    kind = "waits"
    tables: tuple[TableSpec, ...] = (BANDS, FLOWS)
    levers: tuple[Lever, ...] = LEVERS
    unit_lever = "capacity"
    assumptions = Register.load(Path(__file__).with_name("assumptions.toml"))
    quantities: Mapping[str, Quantity] = QUANTITIES
    extras: tuple[str, ...] = ("list", "median_weeks", "left_untreated")
    in_verdict = True
    nouns = ("list", "treatments")
    main_outcome = ""

    def strata(self, place: Place, instance: Instance) -> tuple[str, ...]:
        """Each specialty, and in it each way off the list."""
        return strata(instance)

    def units(self, place: Place, instance: Instance, lever: str) -> tuple[str, ...]:
        """Strata for what is done to treatments, specialties for what is done to the list."""
        return strata(instance) if lever in BY_PART else specialties(instance)

    def choices(self, place: Place, instance: Instance, lever: str) -> tuple[str, ...]:
        """No lever is a choice."""
        return ()

    def baseline(self, place: Place, instance: Instance) -> Mapping[str, Floats]:
        """Capacity and arrivals as they are; nothing else is done."""
        return {
            lever.name: np.full(len(self.units(place, instance, lever.name)), 1.0 if lever.name in RATIOS else 0.0)
            for lever in self.levers
        }

    def problems(self, place: Place, instance: Instance) -> list[Problem]:
        """Faults that only show when rows and tables are held against each other."""
        from .problems import problems

        return problems(place, instance)

    def simulate(self, place: Place, instance: Instance, settings: Settings, draws: Draws) -> Outcomes:
        """The cohort under the settings, on some draws."""
        from .model import simulate

        return simulate(place, instance, settings, draws, self._today(place, instance))

    def stake(self, place: Place, instance: Instance, draws: Draws, touched: Mapping[str, frozenset[str]]) -> Floats:
        """Gross cost a year, today, of the lists that a plan moves: float[draw]."""
        from .model import stake

        return stake(place, instance, draws, touched, self._today(place, instance))

    def plan_problems(self, place: Place, instance: Instance, measures: Sequence[Measure]) -> list[PlanProblem]:
        """A fall in who comes on to the list that does not say what becomes of them."""
        from .problems import plan_problems

        return plan_problems(measures, specialties(instance))

    def quantity(
        self,
        place: Place,
        instance: Instance,
        settings: Settings,
        draws: Draws,
        what: str,
        arguments: Mapping[str, float | str],
    ) -> Floats:
        """One of `QUANTITIES`, float[draw, quarter]."""
        from .quantities import quantity

        return quantity(place, instance, settings, draws, what, arguments)

    def fates(self, place: Place, instance: Instance, settings: Settings) -> Mapping[str, str]:
        """What becomes of each stratum's capacity by the end."""
        from .quantities import fates

        return fates(instance, settings)

    def exhibits(
        self, place: Place, instance: Instance, settings: Settings, draws: Draws, found: Found
    ) -> Sequence[Exhibit]:
        """The list, the share within 18 weeks, and the order of treatment."""
        from .exhibits import exhibits

        return exhibits(place, instance, settings, draws, found)

    def commands(self) -> Mapping[str, Callable[..., Shown]]:
        """`withless waits project`, `withless waits target` and `withless waits backtest`."""
        from .backtest_command import backtest
        from .commands import project
        from .targets import target

        return {"project": project, "target": target, "backtest": backtest}

    def _today(self, place: Place, instance: Instance) -> Settings:
        """The settings if nothing is done."""
        units = {lever.name: self.units(place, instance, lever.name) for lever in self.levers}
        return steady(units, self.baseline(place, instance), place.calendar.quarters)


SERVICE = Waits()
