"""The venues service as the rest of withless sees it; see README.md for the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws, Register
from ...cache import kept
from ...outcomes import Outcomes, repeated
from ...place import Instance, Place, TableSpec
from ...plan import Lever, Settings
from ...service import BaseModel, BaseService, Findings, Problem, Quantity, Shown, Suggestion, Wanted
from .tables import LEVERS, QUANTITIES, TRAVEL, USE, VENUES

Floats = NDArray[np.float64]


class Venues(BaseService):
    """Buildings open to the public, chosen between by the people around them."""

    kind = "venues"
    tables: tuple[TableSpec, ...] = (VENUES, USE, TRAVEL)
    levers: tuple[Lever, ...] = LEVERS
    unit_lever = "open"
    assumptions = Register.load(Path(__file__).with_name("assumptions.toml"))
    quantities: Mapping[str, Quantity] = QUANTITIES
    extras: tuple[str, ...] = ("stay_share",)
    in_verdict = True
    nouns = ("venue", "users")
    main_outcome = ""
    uses_volunteers = True

    def strata(self, place: Place, instance: Instance) -> tuple[str, ...]:
        """One stratum."""
        return ("all",)

    def units(self, place: Place, instance: Instance, lever: str) -> tuple[str, ...]:
        """Every lever moves venues."""
        return instance.tables["venues"].words("id")

    def choices(self, place: Place, instance: Instance, lever: str) -> tuple[str, ...]:
        """Venues that another may move in with: all of the place, of any service."""
        from .travel import host_positions

        return tuple(host_positions(place)) if lever == "shared" else ()

    def baseline(self, place: Place, instance: Instance) -> Mapping[str, Floats]:
        """Today's hours, fees and who runs what."""
        from .effects import baseline_levers

        return baseline_levers(instance)

    def problems(self, place: Place, instance: Instance) -> list[Problem]:
        """Faults that only show when rows and tables are held against each other."""
        from .problems import problems

        return problems(place, instance)

    def simulate(self, place: Place, instance: Instance, settings: Settings, draws: Draws) -> Outcomes:
        """The choice model under the settings, on some draws."""
        from .model import simulate

        hosts, steady = self.choices(place, instance, "shared"), _steady(instance, settings)
        if steady is None:
            return simulate(place, instance, settings, draws, hosts)
        return repeated(simulate(place, instance, steady, draws, hosts), place.calendar.quarters)

    def stake(self, place: Place, instance: Instance, draws: Draws, touched: Mapping[str, frozenset[str]]) -> Floats:
        """Gross cost a year of the venues that a plan moves, float[draw]."""
        from .money import stake

        return stake(instance, draws, touched)

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

        hosts, steady = self.choices(place, instance, "shared"), _steady(instance, settings)
        found = quantity(place, instance, steady or settings, draws, what, arguments, hosts)
        return np.broadcast_to(found, (len(found), place.calendar.quarters))

    def fit(
        self,
        place: Place,
        instance: Instance,
        draws: Draws,
        progress: Callable[[int, int], None] | None = None,
    ) -> Findings:
        """The choice model estimated from the `use` table."""
        from . import findings, fit

        steps = len(fit.SPECIFICATIONS) + len(fit.LAMS)

        def tick(done: int) -> None:
            if progress is not None:
                progress(done, steps)

        estimates = fit.fit(place, instance, draws, progress=tick)
        by_lam = fit.profile(place, instance, draws)
        tick(steps)
        return Findings(findings.tell(instance, estimates, by_lam), findings.mixture(instance, estimates))

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

        return fates(place, instance, settings, self.choices(place, instance, "shared"))


@kept(128, lambda instance, settings: (instance.fingerprint, settings.fingerprint))
def _steady(instance: Instance, settings: Settings) -> Settings | None:
    """The settings of one quarter, where every quarter is as today in every draw: all the others are like it."""
    from .effects import baseline_levers

    today = baseline_levers(instance)
    if all(
        np.array_equal(v, np.broadcast_to(today[k][:, None], v.shape), equal_nan=True)
        for k, v in settings.values.items()
    ):
        return Settings(settings.units, {k: v[:1, :, :1].copy() for k, v in settings.values.items()})
    return None


SERVICE = Venues()
