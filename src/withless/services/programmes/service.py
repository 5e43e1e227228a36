"""The programmes service as the rest of withless sees it; see README.md for the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws
from ...outcomes import Outcomes
from ...place import Instance, Place, TableSpec
from ...plan import Lever, Measure, Settings
from ...service import BaseService, Exhibit, Found, PlanProblem, Problem, Quantity, Shown
from .register import REGISTER
from .tables import LEVERS, PROGRAMMES, QUANTITIES, REACH, VALUES, WORTH, YOUNG

Floats = NDArray[np.float64]


class Programmes(BaseService):
    """Youth services, or any portfolio of programmes that engage people to some end."""

    kind = "programmes"
    tables: tuple[TableSpec, ...] = (PROGRAMMES, YOUNG, REACH, VALUES, WORTH)
    levers: tuple[Lever, ...] = LEVERS
    unit_lever = "spend"
    assumptions = REGISTER
    quantities: Mapping[str, Quantity] = QUANTITIES
    extras: tuple[str, ...] = ("engaged",)
    in_verdict = True
    nouns = ("programme", "people in programmes")
    main_outcome = "main_outcome"

    def strata(self, place: Place, instance: Instance) -> tuple[str, ...]:
        """A stratum for each programme."""
        return instance.tables["programmes"].words("id")

    def units(self, place: Place, instance: Instance, lever: str) -> tuple[str, ...]:
        """Programmes, young groups for `floor`, outcomes for `weight`, and `all` for the budget and how it is spent."""
        from .portfolio import portfolio

        p = portfolio(instance)
        units = {"budget": ("all",), "spend_how": ("all",), "floor": p.young, "weight": p.outcomes}
        return units.get(lever, p.ids)

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
        from .closings import plan_problems

        return plan_problems(self.levers, place, instance, measures)

    def stake(self, place: Place, instance: Instance, draws: Draws, touched: Mapping[str, frozenset[str]]) -> Floats:
        """Today's cost of the programmes that are touched; all of it where the budget or how it is spent is."""
        from .model import stake

        return stake(instance, draws, touched)

    def simulate(self, place: Place, instance: Instance, settings: Settings, draws: Draws) -> Outcomes:
        """Who is engaged and what it costs under the settings, on some draws."""
        from .model import simulate

        return simulate(place, instance, settings, draws)

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

        return quantity(instance, settings, draws, what, arguments)

    def exhibits(
        self, place: Place, instance: Instance, settings: Settings, draws: Draws, found: Found
    ) -> Sequence[Exhibit]:
        """What comes of it, who is engaged, and the curve of cuts."""
        from .exhibits import exhibits

        return exhibits(instance, settings, draws, found)

    def commands(self) -> Mapping[str, Callable[..., Shown]]:
        """`withless programmes curve`."""
        from .commands import curve

        return {"curve": curve}

    def fates(self, place: Place, instance: Instance, settings: Settings) -> Mapping[str, str]:
        """What becomes of every programme by the end."""
        from .quantities import fates

        return fates(instance, settings)


SERVICE = Programmes()
