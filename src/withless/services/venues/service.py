"""The venues service as the rest of withless sees it; see README.md for the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws, Register
from ...cache import Cache
from ...place import Instance, Place, TableSpec
from ...plan import Lever, Settings
from ...service import BaseModel, BaseService, Findings, Model, Problem, Quantity, Shown, Suggestion, Wanted
from .tables import LEVERS, TRAVEL, USE, VENUES

Floats = NDArray[np.float64]


def _quantity(unit: str, meaning: str, of: str, **arguments: str) -> Quantity:
    """A quantity found by the function of that name in quantities.py, which is imported when first asked."""

    def ask(model: Model, settings: Settings, **given: float | str) -> Floats:
        from . import quantities

        found: Floats = getattr(quantities, of)(model, settings, **given)
        return found

    return Quantity(unit, meaning, arguments, ask)


QUANTITIES = {
    "people_beyond": _quantity(
        "people",
        "residents whose nearest open venue is further than so many minutes",
        "people_beyond",
        minutes="minutes",
    ),
    "farthest_minutes": _quantity(
        "minutes", "minutes to the nearest open venue for the worst-placed residents", "farthest_minutes"
    ),
    "visits": _quantity("visits/year", "visits a year to venues inside, by anybody", "visits"),
    "venues_open": _quantity("venues", "venues inside that are open", "venues_open"),
    "hours_open": _quantity("hours/week", "opening hours a week over all venues inside", "hours_open"),
    "users_of": _quantity("people", "users of one venue, from anywhere", "users_of", venue="id"),
    "stay_share": _quantity(
        "share", "users of closed venues who go on using another, closures alone applied", "stay_share"
    ),
}


class Venues(BaseService):
    """Buildings open to the public, chosen between by the people around them."""

    kind = "venues"
    tables: tuple[TableSpec, ...] = (VENUES, USE, TRAVEL)
    levers: tuple[Lever, ...] = LEVERS
    unit_lever = "open"
    assumptions = Register.load(Path(__file__).with_name("assumptions.toml"))
    quantities: Mapping[str, Quantity] = QUANTITIES
    extras: tuple[str, ...] = ("stay_share",)
    nouns = ("venue", "users")
    uses_volunteers = True

    def units(self, place: Place, instance: Instance, lever: str) -> tuple[str, ...]:
        """Every lever moves venues."""
        return instance.tables["venues"].words("id")

    def choices(self, place: Place, instance: Instance, lever: str) -> tuple[str, ...]:
        """Venues that another may move in with: all of the place, of any service."""
        from .facts import hosts

        return tuple(hosts(place)) if lever == "shared" else ()

    def baseline(self, place: Place, instance: Instance) -> Mapping[str, Floats]:
        """Today's hours, fees and who runs what."""
        from .facts import levers_today

        return levers_today(instance)

    def problems(self, place: Place, instance: Instance) -> list[Problem]:
        """Faults that only show when rows and tables are held against each other."""
        from .problems import problems

        return problems(place, instance)

    def build(self, place: Place, instance: Instance, draws: Draws, cache: Cache) -> Model:
        """The choice model on some draws."""
        from .model import VenuesModel

        return VenuesModel(place, instance, draws, cache)

    def fit(self, model: Model, progress: Callable[[int, int], None] | None) -> Findings:
        """The choice model estimated from the `use` table."""
        from . import findings, fit
        from .facts import Facts

        assert isinstance(model, Facts)  # noqa: S101  # it is of this service's own making
        steps = len(fit.SPECIFICATIONS) + len(fit.LAMS)

        def tick(done: int) -> None:
            if progress is not None:
                progress(done, steps)

        estimates = fit.fit(model, progress=tick)
        by_lam = fit.profile(model)
        tick(steps)
        return Findings(findings.tell(model.instance, estimates, by_lam), findings.mixture(model.instance, estimates))

    def suggest(self, model: BaseModel, wanted: Wanted) -> Suggestion:
        """Venues chosen by the location problem at middle values."""
        from .suggest import suggest

        return suggest(model, wanted)

    def commands(self) -> Mapping[str, Callable[..., Shown]]:
        """`withless venues closures` and `withless venues options`."""
        from .commands import closures
        from .options_command import options

        return {"closures": closures, "options": options}

    def fates(self, place: Place, instance: Instance, settings: Settings) -> Mapping[str, str]:
        """What becomes of every venue inside by the end."""
        from .quantities import fates

        return fates(place, instance, settings)


SERVICE = Venues()
