"""What a plan does to each service on paper: the levers without it and to the letter, and the units that it moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..place import Instance, Place
from ..plan import Carried, Measure, Plan, Settings, settings, steady
from ..service import Service, get

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Layout:
    """What a plan does to one instance on paper, the same in every block of draws.

    `today[lever]` are the values of its units; `before` and `written` the levers over the calendar without its measures and
    with them carried out to the letter; `lever_units[lever]` the ids a lever moves, `touched[lever]` those that the plan
    moves at all and `changed[lever]` those that it moves by more than a trifle; `units` the ids along the axis of units; `year`
    the quarters of the target year.
    """

    place: Place
    instance: Instance
    measures: tuple[Measure, ...]
    today: Mapping[str, Floats]
    before: Settings
    written: Settings
    lever_units: Mapping[str, tuple[str, ...]]
    touched: Mapping[str, frozenset[str]]
    changed: Mapping[str, frozenset[str]]
    units: tuple[str, ...]
    year: slice

    @property
    def service(self) -> Service:
        """The service that simulates it."""
        return get(self.instance.kind)

    def carried_out(self, carried: Mapping[str, Carried] | None) -> Settings:
        """The levers under the measures as they arrive; to the letter where `carried` is None."""
        if not self.touched:
            return self.before
        quarters = self.place.calendar.quarters
        return settings(self.service.levers, self.lever_units, self.today, self.measures, quarters, carried)


def yes_or_no(plan: Plan) -> frozenset[str]:
    """Ids of the measures whose lever happens to a unit or does not."""
    levers = {name: {v.name: v for v in get(i.kind).levers} for name, i in plan.place.instances.items()}
    return frozenset(
        m.id for m in plan.measures if m.lever in levers[m.service] and levers[m.service][m.lever].yes_or_no
    )


@dataclass(frozen=True)
class Axes:
    """The levers of an instance whatever the plan: `units[lever]` the ids that each moves, `today[lever][unit]` their values,
    `before` those over the calendar.
    """

    units: Mapping[str, tuple[str, ...]]
    today: Mapping[str, Floats]
    before: Settings


def axes(place: Place, instance: Instance) -> Axes:
    """The levers of an instance as they are today."""
    service = get(instance.kind)
    units = {lever.name: service.units(place, instance, lever.name) for lever in service.levers}
    today = service.baseline(place, instance)
    return Axes(units, today, steady(units, today, place.calendar.quarters))


def lay_out(plan: Plan, instance: Instance, year: int = 0, known: Axes | None = None) -> Layout:
    """What a plan does to one instance on paper; `known` are its levers as they are today."""
    place, calendar = plan.place, plan.place.calendar
    service, measures = get(instance.kind), plan.of(instance.name)
    of = known or axes(place, instance)
    units, today, before = of.units, of.today, of.before

    def under(*some: Measure) -> Settings:
        return settings(service.levers, units, today, some, calendar.quarters) if some else before

    written = under(*measures)
    touched = _touched(before, [written, *map(under, measures)])
    first, last = np.append(calendar.year_starts, calendar.quarters)[year : year + 2].tolist()
    return Layout(
        place=place,
        instance=instance,
        measures=measures,
        today=today,
        before=before,
        written=written,
        lever_units=units,
        touched=touched,
        changed=_touched(before, [written, *map(under, measures)], TRIFLE) or touched,
        units=units.get(service.unit_lever, ()),
        year=slice(first, last),
    )


TRIFLE = 0.005
"""A lever moved by no more than this part of today's value is no change worth the name: hours cut by a minute at every
library are no reason to hold the closing of one against the cost of all.
"""


def _touched(before: Settings, afters: Sequence[Settings], least: float = 0.0) -> dict[str, frozenset[str]]:
    """The units of each lever that any of the settings moves by more than `least` of today's value: {lever: ids}, without levers
    that none moves.

    The plan on paper is not enough: of two measures that undo each other, one may be late.
    """
    found: dict[str, frozenset[str]] = {}
    for after in afters:
        for lever, now in after.values.items():
            today = before[lever]
            moved = (
                (now != today) & ~(np.isnan(now) & np.isnan(today)) & ~(np.abs(now - today) <= least * np.abs(today))
            )
            if moved.any():
                rows = np.flatnonzero(moved.any(axis=(0, 2)))
                found[lever] = found.get(lever, frozenset()) | {after.units[lever][i] for i in rows}
    return found
