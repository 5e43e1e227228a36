"""The services of a place on drawn assumptions: models built once, and what they gave kept for the plan that comes next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import delivery
from ..assumptions import Draws, Joint, Register
from ..cache import Cache
from ..outcomes import NotFinite
from ..place import Instance, Place
from ..plan import Plan, Settings
from ..service import Model, Unworkable, ask, discover, get
from ..totals import Totals, totals
from .layout import Axes, Layout, axes, lay_out, yes_or_no

Floats = NDArray[np.float64]

Arguments = Mapping[str, float | str]


@dataclass(frozen=True)
class Crowding:
    """How much a plan would change in a year if it were carried out to the letter: change[year] in pounds, and the gross cost a
    year of all services of the place; means of the first block of draws, so that more draws change neither.
    """

    change: Floats
    gross_cost: float


def cache_of(most_bytes: int) -> Cache:
    """A cache for one place: what the place itself and draws hold is not counted wherever something refers to them."""
    return Cache(most_bytes, apart=(Place, Instance, Draws, Register))


@dataclass(frozen=True)
class Simulations:
    """One place and one seed; `cache` holds all that is kept. Threads may share it; in another process it starts empty."""

    place: Place
    seed: int
    cache: Cache

    def register(self, plan: Plan) -> Register:
        """Every assumption in force for a plan of this place."""
        overrides = repr(sorted((name, sorted(fields.items(), key=str)) for name, fields in plan.overrides.items()))
        return self.cache.get(("register", overrides), lambda: register_for(plan))

    def layouts(self, plan: Plan, year: int) -> tuple[Layout, ...]:
        """What a plan does to every instance on paper; `year` is the target year's index."""
        return tuple(lay_out(plan, i, year, self._axes(i)) for i in self.place.instances.values())

    def _axes(self, instance: Instance) -> Axes:
        return self.cache.get(("axes", instance.name), lambda: axes(self.place, instance))

    def today(self, instance: Instance) -> Settings:
        """The levers of an instance as they are today, over the calendar."""
        return self._axes(instance).before

    def draws(self, register: Register, block: int, blocks: int = 1) -> Draws:
        """The draws of some blocks."""
        key = ("draws", register.fingerprint, block, blocks)
        return self.cache.get(key, lambda: register.draw(self.seed, block, blocks))

    def delivery(self, plan: Plan, crowd: Crowding, draws: Draws) -> delivery.Delivery:
        """How every measure of a plan arrives in some draws: how much each of them changes plays no part in it."""
        waits = delivery.crowding(plan.measures, crowd.change, crowd.gross_cost, self.place.calendar, draws)
        told = tuple((m.id, m.service, m.lever, m.where, m.evidence) for m in plan.measures)
        late = tuple(array.tobytes() for array in waits.values())
        return self.cache.get(
            ("delivery", draws.key, told, late),
            lambda: delivery.delivery(plan.measures, yes_or_no(plan), draws, waits),
        )

    def model(self, instance: Instance, draws: Draws) -> Model:
        """The model of an instance on some draws."""
        service = get(instance.kind)
        return self.cache.get(
            ("model", instance.name, draws.key), lambda: service.build(self.place, instance, draws, self.cache)
        )

    def totals(self, layout: Layout, under: Settings, draws: Draws, c0: Floats | None = None) -> Totals:
        """Totals of an instance under some settings; `c0` are the standard costs of the baseline, None for itself."""

        def make() -> Totals:
            try:
                outcomes = self.model(layout.instance, draws).run(under)
            except NotFinite as error:
                raise Unworkable(
                    f"{layout.instance.name}: no result, because an amount is not finite ({error}). Look for a figure in "
                    "its tables, its budget or the plan that is far too large, far too small, or zero where it cannot be."
                ) from error
            return totals(outcomes, layout.year, layout.instance.payer, c0, layout.lever_units)

        return self.cache.get(self._totals_key(layout, under, draws), make)

    def touch(self, layout: Layout, draws: Draws) -> None:
        """Count the totals of the baseline as used, for a plan to come that changes this instance."""
        self.cache.held(self._totals_key(layout, layout.before, draws))

    @staticmethod
    def _totals_key(layout: Layout, under: Settings, draws: Draws) -> tuple[object, ...]:
        return ("totals", layout.instance.name, under.fingerprint, draws.key, layout.year.start, layout.year.stop)

    def quantity(self, layout: Layout, under: Settings, draws: Draws, what: str, arguments: Arguments) -> Floats:
        """One of the service's own quantities, float[draw, quarter]."""
        name = layout.instance.name
        return self.cache.get(
            ("quantity", name, under.fingerprint, draws.key, what, *sorted(arguments.items())),
            lambda: ask(self.model(layout.instance, draws), what, under, arguments),
        )


def base_register() -> Register:
    """Every assumption there is: those of delivery and of all services."""
    return Register.merge([delivery.REGISTER, *(s.assumptions for s in discover().values())])


def register_for(plan: Plan) -> Register:
    """Every assumption in force for a plan: the base register, fits of its services, the place's own, the plan's own."""
    register = base_register()
    for instance in plan.place.instances.values():
        if isinstance(fit := instance.options.get("fit"), Joint):
            register = register.with_joint(fit)
    return register.override(plan.place.overrides, "place").override(plan.overrides, "plan")
