"""The programmes service as the rest of withless sees it; see README.md for the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws
from ...cache import Cache
from ...place import Instance, Place, TableSpec
from ...plan import Lever, Measure, Settings
from ...service import BaseService, Exhibit, Found, PlanProblem, Problem, Quantity, Shown
from .register import REGISTER
from .tables import LEVERS, PROGRAMMES, REACH, VALUES, WORTH, YOUNG

if TYPE_CHECKING:
    from .model import ProgrammesModel

Floats = NDArray[np.float64]


def _quantity(what: str, model: ProgrammesModel, settings: Settings, **arguments: str) -> Floats:
    from . import quantities

    found: Floats = getattr(quantities, what)(model, settings, **arguments)
    return found


QUANTITIES = {
    what: Quantity(unit, meaning, arguments, partial(_quantity, what))
    for what, (unit, meaning, arguments) in {
        "engaged": ("people", "different young people engaged by at least one programme", {}),
        "engaged_of": ("people", "the same in one group of young people (give `young`)", {"young": "id"}),
        "coverage_of": ("share", "share of one group that is engaged (give `young`)", {"young": "id"}),
        "outcome": ("ratio", "one outcome a year (give `outcome`)", {"outcome": "id"}),
        "cost_per_outcome": (
            "pounds",
            "pounds of spending for one of an outcome (give `outcome`)",
            {"outcome": "id"},
        ),
        "programmes_open": ("ratio", "programmes that run", {}),
    }.items()
}


class Programmes(BaseService):
    """Youth services, or any portfolio of programmes that engage people to some end."""

    kind = "programmes"
    unit_lever = "spend"
    tables: tuple[TableSpec, ...] = (PROGRAMMES, YOUNG, REACH, VALUES, WORTH)
    levers: tuple[Lever, ...] = LEVERS
    assumptions = REGISTER
    quantities: Mapping[str, Quantity] = QUANTITIES
    extras: tuple[str, ...] = ("engaged",)
    nouns = ("programme", "people in programmes")
    main_outcome = "main_outcome"

    def strata(self, place: Place, instance: Instance) -> tuple[str, ...]:
        """A stratum for each programme."""
        return instance.tables["programmes"].words("id")

    def units(self, place: Place, instance: Instance, lever: str) -> tuple[str, ...]:
        """Programmes, young groups for `floor`, outcomes for `weight`, and `all` for the budget and how it is spent."""
        from .portfolio import units

        return units(instance, lever)

    def choices(self, place: Place, instance: Instance, lever: str) -> tuple[str, ...]:
        """The ways to spend a budget."""
        from .allocation import words
        from .portfolio import portfolio

        return words(portfolio(instance)) if lever == "spend_how" else ()

    def baseline(self, place: Place, instance: Instance) -> Mapping[str, Floats]:
        """Today's budgets, and what runs."""
        from .allocation import today
        from .portfolio import portfolio

        return today(portfolio(instance))

    def problems(self, place: Place, instance: Instance) -> list[Problem]:
        """Faults that only show when rows and tables are held against each other."""
        from .problems import problems

        return problems(place, instance)

    def plan_problems(self, place: Place, instance: Instance, measures: Sequence[Measure]) -> list[PlanProblem]:
        """Trimming that closes a programme, and floors that cannot be met."""
        from .closures import plan_problems

        return plan_problems(self.levers, place, instance, measures)

    def build(self, place: Place, instance: Instance, draws: Draws, cache: Cache) -> ProgrammesModel:
        """The portfolio on some draws."""
        from .model import ProgrammesModel

        return ProgrammesModel(place, instance, draws, cache)

    def bytes_a_draw(self, place: Place, instance: Instance) -> float:
        """Most of it are people by programme, quarter and group of the place."""
        young, groups = len(instance.tables["young"]), 30
        return 8.0 * len(instance.tables["programmes"]) * place.calendar.quarters * (6 * groups + 12 * young + 30)

    def exhibits(self, model: ProgrammesModel, settings: Settings, found: Found) -> Sequence[Exhibit]:
        """What comes of it, who is engaged, and the curve of cuts."""
        from .exhibits import exhibits

        return exhibits(model, settings, found)

    def commands(self) -> Mapping[str, Callable[..., Shown]]:
        """`withless programmes curve`."""
        from .commands import curve

        return {"curve": curve}

    def fates(self, place: Place, instance: Instance, settings: Settings) -> Mapping[str, str]:
        """What becomes of every programme by the end."""
        from .quantities import fates

        return fates(instance, settings)


SERVICE = Programmes()
