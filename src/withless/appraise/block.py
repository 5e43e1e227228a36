"""A few blocks of draws: every service without and with the plan, delivery applied, rolled up by year and group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from .. import delivery, promises
from ..assumptions import Draws, Register
from ..ledger import Side, ledger
from ..memory import Newest
from ..outcomes import PAYERS
from ..place import Calendar, Instance, Place
from ..plan import UNIT_COST, Measure, Plan, Promise, Settings, settings
from ..service import Service, get, key_of
from ..totals import Totals, totals

Floats = NDArray[np.float64]


Arguments = Mapping[str, float | str]

MOVED = tuple(f"moved_{payer}" for payer in PAYERS)
MODELLED = {"nhs": "waits"}
"""Who bears what a kind of service models itself: {payer: kind}. What is moved to them is left out where a place has one,
because it is in that service's own costs."""


@dataclass(frozen=True)
class BlockService:
    """One instance in some blocks; the arrays are those of `ServiceResult`, with `area` summed over draws."""

    yearly: Mapping[str, Floats]
    group: Mapping[str, Floats]
    area: Mapping[str, Floats]
    unit: Mapping[str, Floats]
    quarterly: Mapping[str, Floats]
    extra: Mapping[str, Floats]
    measured: frozenset[str]


@dataclass(frozen=True)
class Block:
    """All instances in `blocks` blocks, the promises' (value, baseline)[draw], and the draws themselves."""

    blocks: int
    services: Mapping[str, BlockService]
    promises: tuple[tuple[Floats, Floats], ...]
    values: Mapping[str, Floats]


@dataclass(frozen=True)
class Layout:
    """What a plan does to one instance, the same in every block of draws.

    `before` and `after` are the levers over the calendar without and with its measures; `units` the ids along the axis of
    units; `year` the quarters of the target year; `elsewhere` payers whose costs another service of the place models.
    """

    place: Place
    instance: Instance
    measures: tuple[Measure, ...]
    before: Settings
    after: Settings
    units: tuple[str, ...]
    year: slice
    elsewhere: tuple[str, ...]

    @property
    def service(self) -> Service:
        """The service that simulates it."""
        return get(self.instance.kind)


Asked = tuple[str, tuple[tuple[str, float | str], ...]]
"""A quantity of a service with its arguments."""


@dataclass(frozen=True)
class Both:
    """Both sides of an instance in some blocks, and what is asked of it: asked[quantity] is (baseline, plan), float[draw,
    quarter] each; extra[quantity][draw] that of the last quarter with the plan.
    """

    layout: Layout
    baseline: Totals
    plan: Totals
    asked: Mapping[Asked, tuple[Floats, Floats]]
    extra: Mapping[str, Floats]


@dataclass(frozen=True)
class Run(Both):
    """The same once delivered, before rolling up: how far the measures were, and what was hidden and paid once."""

    d: Floats
    hidden: Floats
    one_off: Floats


def run_block(
    plan: Plan, layouts: Sequence[Layout], register: Register, seed: int, block: int, blocks: int = 1
) -> Block:
    """Simulate `blocks` blocks from number `block` on, and roll them up."""
    draws = _DRAWS.get((register.fingerprint, seed, block, blocks), lambda: register.draw(seed, block, blocks))
    both = [_both(layout, draws, plan.promises) for layout in layouts]
    gross_cost = _gross_cost(layouts, [side.baseline for side in both])
    crowding = delivery.crowding(plan.measures, plan.place.calendar, gross_cost, draws)
    luck = delivery.luck(plan.measures, draws, crowding)
    runs = [_delivered(found, draws, luck) for found in both]
    return Block(
        blocks,
        services={run.layout.instance.name: _roll_up(run) for run in runs},
        promises=tuple(_promise(p, runs, plan.place.calendar) for p in plan.promises),
        values=draws.values,
    )


def laid_out(plan: Plan, year: int) -> tuple[Layout, ...]:
    """The layout of every instance of the place; `year` is the target year's index."""
    place = plan.place
    quarters = slice(*np.append(place.calendar.year_starts, place.calendar.quarters)[year : year + 2].tolist())

    def of(instance: Instance) -> Layout:
        service, measures = get(instance.kind), plan.of(instance.name)
        return Layout(
            place=place,
            instance=instance,
            measures=measures,
            before=lay_out(plan, instance, ()),
            after=lay_out(plan, instance, measures),
            units=service.units(place, instance, service.levers[0].name) if service.levers else (),
            year=quarters,
            elsewhere=elsewhere(place, instance),
        )

    return tuple(of(instance) for instance in place.instances.values())


def lay_out(plan: Plan, instance: Instance, measures: tuple[Measure, ...]) -> Settings:
    """The levers of an instance over the calendar under some measures; none give the baseline."""
    service, place = get(instance.kind), plan.place
    units = {lever.name: service.units(place, instance, lever.name) for lever in service.levers}
    quarters = place.calendar.quarters
    return settings(service.levers, units, service.baseline(place, instance), measures, quarters)


def elsewhere(place: Place, instance: Instance) -> tuple[str, ...]:
    """Payers whose costs another service of the place models, so that counting them here would count them twice."""
    others = {i.kind for i in place.instances.values() if i.name != instance.name}
    return tuple(payer for payer, kind in MODELLED.items() if kind in others and kind != instance.kind)


def _simulated(layout: Layout, under: Settings, draws: Draws, c0: Floats | None = None) -> Totals:
    """Totals of an instance under some settings, kept for the next plan that has the same."""

    def make() -> Totals:
        outcomes = layout.service.simulate(layout.place, layout.instance, under, draws)
        return totals(outcomes, layout.year, layout.elsewhere, c0)

    key = (*key_of(layout.place, layout.instance, under, draws), layout.year.start, layout.year.stop, layout.elsewhere)
    return _TOTALS.get(key, make)


def _quantity(layout: Layout, under: Settings, draws: Draws, what: str, arguments: Arguments) -> Floats:
    """One of the service's own quantities, float[draw, quarter], kept as totals are."""

    def make() -> Floats:
        return layout.service.quantity(layout.place, layout.instance, under, draws, what, arguments)

    return _QUANTITIES.get(
        (*key_of(layout.place, layout.instance, under, draws), what, *sorted(arguments.items())), make
    )


def _both(layout: Layout, draws: Draws, asked: Sequence[Promise]) -> Both:
    """Both sides of an instance with what promises ask of it: one instance after another, so that services need keep little."""
    baseline = _simulated(layout, layout.before, draws)
    moves_levers = any(m.lever != UNIT_COST.name for m in layout.measures)
    plan = _simulated(layout, layout.after, draws, baseline.c0) if moves_levers else baseline

    def quantity(side: Settings, what: str, arguments: Arguments) -> Floats:
        return _quantity(layout, side, draws, what, arguments)

    return Both(
        layout=layout,
        baseline=baseline,
        plan=plan,
        asked={
            _asked(p): (quantity(layout.before, p.what, p.arguments), quantity(layout.after, p.what, p.arguments))
            for p in asked
            if p.service == layout.instance.name and p.what not in promises.GENERIC
        },
        extra={name: quantity(layout.after, name, {})[:, -1] for name in layout.service.extras},
    )


def _asked(p: Promise) -> Asked:
    return p.what, tuple(sorted(p.arguments.items()))


def _delivered(both: Both, draws: Draws, luck: delivery.Luck) -> Run:
    """One instance with the plan beside its baseline, delivery and efficiency claims applied."""
    layout, baseline = both.layout, both.baseline
    measures, quarters = layout.measures, layout.place.calendar.quarters
    d = np.broadcast_to(delivery.delivered(measures, luck, quarters), (len(draws), quarters))
    claims = delivery.claims(measures, luck, draws, quarters)
    blended = delivery.blend(baseline, both.plan, d, delivery.delivered_to(layout.units, measures, luck, quarters))
    stated = any(np.isfinite(m.one_off_cost) for m in measures)
    own = 0.0 if stated else blended.all("one_off")
    return Run(
        layout=layout,
        baseline=baseline,
        plan=delivery.apply_claims(blended, claims),
        asked=both.asked,
        extra=both.extra,
        d=d,
        hidden=blended.all("gross_cost") * claims.hidden,
        one_off=delivery.one_off(measures, luck, draws, quarters) + own,
    )


def _roll_up(run: Run) -> BlockService:
    layout, sides = run.layout, (run.baseline, run.plan)
    return BlockService(
        yearly=_yearly(run, layout.measures, layout.place.calendar),
        group=_groups(run),
        area={k: _pair(side.by_area[k].mean(axis=0) for side in sides) for k in run.baseline.by_area},
        unit={k: _pair(side.by_unit[k].mean(axis=1) for side in sides) for k in run.baseline.by_unit},
        quarterly={k: _pair(side.series[k] for side in sides) for k in run.baseline.series},
        extra=run.extra,
        measured=run.baseline.measured,
    )


def _yearly(run: Run, measures: tuple[Measure, ...], calendar: Calendar) -> dict[str, Floats]:
    """Everything by draw and year; see `ServiceResult`."""
    baseline, plan = _side(run.baseline, calendar), _side(run.plan, calendar)
    quarterly = {
        f"{name}{i}": side.all(name)
        for i, side in enumerate((run.baseline, run.plan))
        for name in ("need", "served", "quality", "wait_days", "gross_cost", "income")
    }
    quarterly |= {
        f"exits{i}": side.series["exits"] for i, side in enumerate((run.baseline, run.plan)) if "exits" in side.series
    }
    quarterly |= {name: run.plan.overall[name] - run.baseline.overall[name] for name in (*MOVED, "capital_receipt")}
    booked = np.broadcast_to(delivery.booked(measures, calendar.quarters), run.d.shape)
    quarterly |= {"hidden": run.hidden, "one_off": run.one_off, "booked": booked}
    yearly = by_year(np.stack(list(quarterly.values())), calendar)
    return dict(ledger(baseline, plan)) | dict(zip(quarterly, yearly, strict=True))


def _groups(run: Run) -> dict[str, Floats]:
    """Everything by draw and group in the target year; see `ServiceResult`."""
    before, after = run.baseline.of_groups(), run.plan.of_groups()
    both = {
        f"{name}{i}": side[name] for i, side in enumerate((before, after)) for name in ("served", "reach", "output")
    }
    return both | {"need": before["need"], "moved": after["moved"] - before["moved"]}


def _promise(p: Promise, runs: Sequence[Run], calendar: Calendar) -> tuple[Floats, Floats]:
    """What a promise speaks of at its time, over the services it names, with the plan and without: two float[draw]."""
    levels = [_levels(p, run) for run in runs if p.service in (run.layout.instance.name, "all")]
    value, before = (np.sum([level[side] for level in levels], axis=0) for side in (0, 1))
    return promises.at(value, p, calendar), promises.at(before, p, calendar)


def _levels(p: Promise, run: Run) -> tuple[Floats, Floats]:
    """A promised quantity of one instance with the plan and without, in every quarter: two float[draw, quarter]."""
    if p.what in promises.GENERIC:
        return promises.level(p.what, run.plan, run.baseline), promises.level(p.what, run.baseline, run.baseline)
    before, after = run.asked[_asked(p)]
    # what is not defined today is not blended
    return np.where(np.isnan(before), after, before + run.d * (after - before)), before


def by_year(values: Floats, calendar: Calendar) -> Floats:
    """Sum `values[..., quarter]` into `[..., year]`."""
    first = (calendar.month - 4) % 12 // 3
    whole = np.zeros((*values.shape[:-1], 4 * len(calendar.years)))
    whole[..., first : first + calendar.quarters] = values
    return np.asarray(sum(whole[..., k::4] for k in range(4)))


def _side(side: Totals, calendar: Calendar) -> Side:
    parts = {**side.overall, **side.by_stratum}
    return Side(**{f.name: by_year(parts[f.name], calendar) for f in fields(Side)})


def _pair(sides: Iterable[Floats]) -> Floats:
    return np.stack(list(sides))


def _gross_cost(layouts: Sequence[Layout], baselines: Sequence[Totals]) -> Floats:
    """Pounds a year that the services touched by the plan cost today: float[draw]."""
    touched = [side for layout, side in zip(layouts, baselines, strict=True) if layout.measures]
    return sum((4 * side.all("gross_cost")[:, 0] for side in touched), np.zeros(1))


_DRAWS: Newest[Draws] = Newest(16)
_TOTALS: Newest[Totals] = Newest(256)
_QUANTITIES: Newest[Floats] = Newest(512)
"""Both sides of ten services with their promises and 1,024 draws fit: a second plan simulates only what it changes."""
