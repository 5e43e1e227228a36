"""The care service as the rest of withless sees it; see README.md for the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws, Register
from ...outcomes import Outcomes, repeated
from ...place import Instance, Place, TableSpec
from ...plan import Lever, Settings, steady
from ...service import BaseService, Exhibit, Found, Problem, Quantity, Shown
from .tables import CLIENTS_TABLE, COSTS_TABLE, LEVER_UNITS, LEVERS, POLICY_TABLE, QUANTITIES, SCOPES

Floats = NDArray[np.float64]


class Care(BaseService):
    """Help for adults who cannot manage alone: older people by need as it changes, working age in a simpler form."""

    kind = "care"
    tables: tuple[TableSpec, ...] = (CLIENTS_TABLE, COSTS_TABLE, POLICY_TABLE)
    levers: tuple[Lever, ...] = LEVERS
    unit_lever = "threshold"
    assumptions = Register.load(Path(__file__).with_name("assumptions.toml"))
    quantities: Mapping[str, Quantity] = QUANTITIES
    extras: tuple[str, ...] = ("saving_kept",)
    in_verdict = True
    nouns = ("client group", "people supported")
    main_outcome = ""

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

    def simulate(self, place: Place, instance: Instance, settings: Settings, draws: Draws) -> Outcomes:
        """The cohort under the settings, on some draws."""
        from .model import run
        from .outcome import outcomes

        steady = _steady(self, place, instance, settings)
        r = run(place, instance, steady or settings, draws)
        if steady is None:
            return outcomes(place, instance, draws, r)
        return repeated(outcomes(place, instance, draws, r), place.calendar.quarters)

    def stake(self, place: Place, instance: Instance, draws: Draws, touched: Mapping[str, frozenset[str]]) -> Floats:
        """Pounds a year that clients cost whom the moved levers are about, and carers' support where it is moved."""
        from .stake import stake

        return stake(place, instance, draws, touched)

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

        steady = _steady(self, place, instance, settings)
        found = quantity(place, instance, steady or settings, draws, what)
        return np.broadcast_to(found, (len(found), place.calendar.quarters))

    def fates(self, place: Place, instance: Instance, settings: Settings) -> Mapping[str, str]:
        """What a plan does to the help of every client group."""
        from .quantities import fates

        return fates(instance, settings)

    def exhibits(
        self, place: Place, instance: Instance, settings: Settings, draws: Draws, found: Found
    ) -> Sequence[Exhibit]:
        """Who loses, and what is left of the saving after five and ten years."""
        from .exhibits import exhibits

        return exhibits(place, instance, settings, draws)

    def commands(self) -> Mapping[str, Callable[..., Shown]]:
        """`withless care project`."""
        from .commands import project

        return {"project": project}


def _steady(service: Care, place: Place, instance: Instance, settings: Settings) -> Settings | None:
    """The settings of one quarter, where every quarter is as today: all the others are like it."""
    today = service.baseline(place, instance)
    if all(np.array_equal(v, np.broadcast_to(today[k][:, None], v.shape)) for k, v in settings.values.items()):
        return steady(settings.units, today)
    return None


SERVICE = Care()
