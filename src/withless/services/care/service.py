"""The care service as the rest of withless sees it; see README.md for the model."""

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
from ...plan import Lever, Settings
from ...service import BaseService, Exhibit, Found, Problem, Quantity, Shown
from .tables import CLIENTS_TABLE, COSTS_TABLE, LEVER_UNITS, LEVERS, POLICY_TABLE, SCOPES

if TYPE_CHECKING:
    from .model import CareModel

Floats = NDArray[np.float64]


_QUANTITIES = {
    "people_supported": ("people", "people whom the council truly supports, worse needs included"),
    "people_without": ("people", "people with needs and no help from the council"),
    "people_unmet": ("people", "of those, people whose needs nobody meets"),
    "people_with_family": ("people", "of those, people helped by family and friends only"),
    "people_paying": ("people", "of those, people who pay for all their help"),
    "people_losing": ("people", "people who would be helped without the plan and are not with it"),
    "hours_needed": ("hours/week", "hours of help a week that people with needs at home need"),
    "hours_met": ("hours/week", "of those, hours that the council provides"),
    "family_hours": ("hours/week", "hours a week that families give in the stead of the council"),
    "carers_supported": ("people", "family carers whom the council supports"),
    "over_budget": ("pounds/year", "pounds a year by which a tighter budget cannot be kept to"),
    "saving_kept": ("share", "part of the saving left once people's needs have changed; not defined without a saving"),
}


def _quantity(what: str, model: CareModel, settings: Settings) -> Floats:
    from .quantities import quantity

    return quantity(model, settings, what)


class Care(BaseService):
    """Help for adults who cannot manage alone: older people by need as it changes, working age in a simpler form."""

    kind = "care"
    unit_lever = "threshold"
    tables: tuple[TableSpec, ...] = (CLIENTS_TABLE, COSTS_TABLE, POLICY_TABLE)
    levers: tuple[Lever, ...] = LEVERS
    assumptions = Register.load(Path(__file__).with_name("assumptions.toml"))
    quantities: Mapping[str, Quantity] = {
        name: Quantity(unit, meaning, {}, partial(_quantity, name)) for name, (unit, meaning) in _QUANTITIES.items()
    }
    extras: tuple[str, ...] = ("saving_kept",)
    nouns = ("client group", "people supported")

    def strata(self, place: Place, instance: Instance) -> tuple[str, ...]:
        """Client group, need and setting."""
        from .money import STRATA

        return STRATA

    def units(self, place: Place, instance: Instance, lever: str) -> tuple[str, ...]:
        """Client groups, bands of need or settings, by lever."""
        return LEVER_UNITS[lever]

    def choices(self, place: Place, instance: Instance, lever: str) -> tuple[str, ...]:
        """Whom a threshold applies to."""
        return SCOPES if lever == "applies_to" else ()

    def baseline(self, place: Place, instance: Instance) -> Mapping[str, Floats]:
        """Today's rules, shares and charges."""
        from .policy import today_levers

        return today_levers(instance)

    def problems(self, place: Place, instance: Instance) -> list[Problem]:
        """Faults that only show when rows, tables and the place's people are held against each other."""
        from .problems import problems

        return problems(place, instance, self.assumptions)

    def build(self, place: Place, instance: Instance, draws: Draws, cache: Cache) -> CareModel:
        """Today's needs and clients on some draws."""
        from .model import CareModel

        return CareModel(place, instance, draws, cache)

    def fates(self, place: Place, instance: Instance, settings: Settings) -> Mapping[str, str]:
        """What a plan does to the help of every client group."""
        from .quantities import fates

        return fates(instance, settings)

    def exhibits(self, model: CareModel, settings: Settings, found: Found) -> Sequence[Exhibit]:
        """Who loses, and what is left of the saving after five and ten years."""
        from .exhibits import exhibits

        return exhibits(model, settings)

    def commands(self) -> Mapping[str, Callable[..., Shown]]:
        """`withless care project`."""
        from .commands import project

        return {"project": project}


SERVICE = Care()
