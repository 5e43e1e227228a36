"""The waits service as the rest of withless sees it; see README.md for the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws, Register
from ...cache import Cache
from ...place import Instance, Place, TableSpec
from ...plan import Lever, Measure, Settings
from ...service import BaseService, Exhibit, Found, PlanProblem, Problem, Quantity, Shown
from .calendar_weeks import QUARTER_WEEKS
from .rates import WEEKS
from .tables import BANDS, BY_PART, FLOWS, LEVERS, RATIOS, specialties, strata

if TYPE_CHECKING:
    from .model import WaitsModel

Floats = NDArray[np.float64]


def _quantity(what: str, model: WaitsModel, settings: Settings, **arguments: float | str) -> Floats:
    from .quantities import quantity

    return quantity(model, settings, what, **arguments)


QUANTITIES = {
    what: Quantity(unit, meaning, arguments, partial(_quantity, what))
    for what, (unit, meaning, arguments) in {
        "list": ("people", "people on the list at the quarter's end", {}),
        "list_of": ("people", "people on the list of one specialty at the quarter's end", {"specialty": "id"}),
        "share_within": (
            "share",
            "share of the list that has waited less than so many weeks, at the quarter's end",
            {"weeks": "ratio"},
        ),
        "over": ("people", "people who have waited so many weeks or longer, at the quarter's end", {"weeks": "ratio"}),
        "median_weeks": ("weeks", "weeks waited by half of the list, at the quarter's end", {}),
        "p92_weeks": ("weeks", "weeks waited by 92 of 100 on the list, at the quarter's end", {}),
        "wait": (
            "weeks",
            "wait that somebody who joins and needs treatment may expect, a long wait counting for more than its weeks",
            {},
        ),
        "treated": ("people/year", "treatments a year", {}),
        "left_untreated": ("people/year", "people a year who leave the list without treatment here", {}),
    }.items()
}


class Waits(BaseService):
    """A list that people join, wait on by the week, and leave treated or not."""

    kind = "waits"
    unit_lever = "capacity"
    tables: tuple[TableSpec, ...] = (BANDS, FLOWS)
    levers: tuple[Lever, ...] = LEVERS
    assumptions = Register.load(Path(__file__).with_name("assumptions.toml"))
    quantities: Mapping[str, Quantity] = QUANTITIES
    extras: tuple[str, ...] = ("list", "median_weeks", "left_untreated")
    nouns = ("list", "treatments")

    def strata(self, place: Place, instance: Instance) -> tuple[str, ...]:
        """Each specialty, and in it each way off the list."""
        return strata(instance)

    def units(self, place: Place, instance: Instance, lever: str) -> tuple[str, ...]:
        """Strata for what is done to treatments, specialties for what is done to the list."""
        return strata(instance) if lever in BY_PART else specialties(instance)

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

    def build(self, place: Place, instance: Instance, draws: Draws, cache: Cache) -> WaitsModel:
        """The list on some draws."""
        from .model import WaitsModel

        return WaitsModel(place, instance, draws, cache)

    def plan_problems(self, place: Place, instance: Instance, measures: Sequence[Measure]) -> list[PlanProblem]:
        """A fall in who comes on to the list that does not say what becomes of them."""
        from .problems import plan_problems

        return plan_problems(measures, specialties(instance))

    def fates(self, place: Place, instance: Instance, settings: Settings) -> Mapping[str, str]:
        """What becomes of each stratum's capacity by the end."""
        from .quantities import fates

        return fates(instance, settings)

    def bytes_a_draw(self, place: Place, instance: Instance) -> float:
        """Most of it are flows by week, and whoever is on the list by weeks waited at each quarter's end."""
        quarters = place.calendar.quarters
        each = 6 * QUARTER_WEEKS * quarters + 6 * WEEKS + 60 * quarters
        return 8.0 * (len(strata(instance)) * each + len(specialties(instance)) * WEEKS * quarters)

    def exhibits(self, model: WaitsModel, settings: Settings, found: Found) -> Sequence[Exhibit]:
        """The list, the share within 18 weeks, and the order of treatment."""
        from .exhibits import exhibits

        return exhibits(model, settings, found)

    def commands(self) -> Mapping[str, Callable[..., Shown]]:
        """`withless waits project`, `withless waits target` and `withless waits backtest`."""
        from .backtest_command import backtest
        from .commands import project
        from .targets import target

        return {"project": project, "target": target, "backtest": backtest}


SERVICE = Waits()
