"""One block of draws: every service without and with the plan, delivery applied, rolled up by year and group."""

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
from ..service import Service, get
from ..totals import Totals, totals

Floats = NDArray[np.float64]


Arguments = Mapping[str, float | str]

MOVED = tuple(f"moved_{payer}" for payer in PAYERS)
MODELLED = {"nhs": "waits"}
"""Who bears what a kind of service models itself: {payer: kind}. What is moved to them is left out where a place has one,
because it is in that service's own costs."""


@dataclass(frozen=True)
class BlockService:
    """One instance in one block; the arrays are those of `ServiceResult`, with `area` summed over draws."""

    yearly: Mapping[str, Floats]
    group: Mapping[str, Floats]
    area: Mapping[str, Floats]
    unit: Mapping[str, Floats]
    quarterly: Mapping[str, Floats]
    extra: Mapping[str, Floats]
    measured: frozenset[str]


@dataclass(frozen=True)
class Block:
    """All instances in one block, the promises' (value, baseline)[draw], and the draws themselves."""

    services: Mapping[str, BlockService]
    promises: tuple[tuple[Floats, Floats], ...]
    values: Mapping[str, Floats]


@dataclass(frozen=True)
class Run:
    """One instance in one block before rolling up: both sides, and how far the measures were delivered."""

    instance: Instance
    service: Service
    before: Settings
    after: Settings
    baseline: Totals
    plan: Totals
    d: Floats
    hidden: Floats
    one_off: Floats


def run_block(plan: Plan, register: Register, seed: int, block: int, year: int) -> Block:
    """Simulate block number `block` and roll it up; `year` is the target year's index."""
    draws = _DRAWS.get((register.fingerprint, seed, block), lambda: register.draw(seed, block))
    quarters = _quarters(plan.place.calendar, year)
    baselines = {
        name: _simulated(plan, instance, (), draws, quarters) for name, instance in plan.place.instances.items()
    }
    crowding = delivery.crowding(plan.measures, plan.place.calendar, _gross_cost(plan, baselines), draws)
    luck = delivery.luck(plan.measures, draws, crowding)
    services, levels = {}, {}
    for name, baseline in baselines.items():  # all that one service is asked follows on its run, while it is kept
        run = _run(plan, plan.place.instances[name], baseline, draws, luck)
        services[name] = _roll_up(run, plan, draws)
        asked = [i for i, p in enumerate(plan.promises) if p.service in (name, "all")]
        levels |= {(i, name): _levels(plan.promises[i], run, plan, draws) for i in asked}
    return Block(
        services=services,
        promises=tuple(
            _promise(p, [levels[i, name] for name in services if (i, name) in levels], plan.place.calendar)
            for i, p in enumerate(plan.promises)
        ),
        values=draws.values,
    )


def lay_out(plan: Plan, instance: Instance, measures: tuple[Measure, ...]) -> Settings:
    """The levers of an instance over the calendar under some measures; none give the baseline."""
    service, place = get(instance.kind), plan.place
    units = {lever.name: service.units(place, instance, lever.name) for lever in service.levers}
    quarters = place.calendar.quarters
    return settings(service.levers, units, service.baseline(place, instance), measures, quarters)


def _simulated(
    plan: Plan, instance: Instance, measures: tuple[Measure, ...], draws: Draws, year: slice, c0: Floats | None = None
) -> Totals:
    """Totals of an instance under some measures, kept for the next plan that has the same."""
    place, under, others = plan.place, lay_out(plan, instance, measures), elsewhere(plan.place, instance)

    def make() -> Totals:
        return totals(get(instance.kind).simulate(place, instance, under, draws), year, others, c0)

    return _TOTALS.get((*_key(place, instance, under, draws), year.start, year.stop, others), make)


def _quantity(place: Place, run: Run, under: Settings, draws: Draws, what: str, arguments: Arguments) -> Floats:
    """One of the service's own quantities, float[draw, quarter], kept as totals are."""
    key = (*_key(place, run.instance, under, draws), what, *sorted(arguments.items()))
    return _QUANTITIES.get(key, lambda: run.service.quantity(place, run.instance, under, draws, what, arguments))


def _key(place: Place, instance: Instance, under: Settings, draws: Draws) -> tuple[str, ...]:
    """All that decides what a run gives."""
    return (place.fingerprint, instance.name, draws.key, under.fingerprint)


def _run(plan: Plan, instance: Instance, baseline: Totals, draws: Draws, luck: delivery.Luck) -> Run:
    """One instance with the plan beside its baseline, delivery and efficiency claims applied."""
    measures, quarters = plan.of(instance.name), plan.place.calendar.quarters
    moves_levers = any(m.lever != UNIT_COST.name for m in measures)
    simulated = _simulated(plan, instance, measures, draws, baseline.year, baseline.c0) if moves_levers else baseline
    d = np.broadcast_to(delivery.delivered(measures, luck, quarters), (len(draws), quarters))
    claims = delivery.claims(measures, luck, draws, quarters)
    service = get(instance.kind)
    units = service.units(plan.place, instance, service.levers[0].name) if service.levers else ()
    blended = delivery.blend(baseline, simulated, d, delivery.delivered_to(units, measures, luck, quarters))
    stated = any(np.isfinite(m.one_off_cost) for m in measures)
    own = 0.0 if stated else blended.all("one_off")
    return Run(
        instance=instance,
        service=service,
        before=lay_out(plan, instance, ()),
        after=lay_out(plan, instance, measures),
        baseline=baseline,
        plan=delivery.apply_claims(blended, claims),
        d=d,
        hidden=blended.all("gross_cost") * claims.hidden,
        one_off=delivery.one_off(measures, luck, draws, quarters) + own,
    )


def elsewhere(place: Place, instance: Instance) -> tuple[str, ...]:
    """Payers whose costs another service of the place models, so that counting them here would count them twice."""
    others = {i.kind for i in place.instances.values() if i.name != instance.name}
    return tuple(payer for payer, kind in MODELLED.items() if kind in others and kind != instance.kind)


def _roll_up(run: Run, plan: Plan, draws: Draws) -> BlockService:
    place, sides = plan.place, (run.baseline, run.plan)
    return BlockService(
        yearly=_yearly(run, plan.of(run.instance.name), place.calendar),
        group=_groups(run),
        area={k: _pair(side.by_area[k].mean(axis=0) for side in sides) for k in run.baseline.by_area},
        unit={k: _pair(side.by_unit[k].mean(axis=1) for side in sides) for k in run.baseline.by_unit},
        quarterly={k: _pair(side.series[k] for side in sides) for k in run.baseline.series},
        extra={k: _quantity(place, run, run.after, draws, k, {})[:, -1] for k in run.service.extras},
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
    return dict(ledger(baseline, plan)) | {name: by_year(value, calendar) for name, value in quarterly.items()}


def _groups(run: Run) -> dict[str, Floats]:
    """Everything by draw and group in the target year; see `ServiceResult`."""
    before, after = ({k: v.sum(axis=1) for k, v in side.by_group.items()} for side in (run.baseline, run.plan))
    both = {
        f"{name}{i}": side[name] for i, side in enumerate((before, after)) for name in ("served", "reach", "output")
    }
    return both | {"need": before["need"], "moved": after["moved"] - before["moved"]}


def _promise(p: Promise, levels: Sequence[tuple[Floats, Floats]], calendar: Calendar) -> tuple[Floats, Floats]:
    """What a promise speaks of at its time, over the services it names, with the plan and without: two float[draw]."""
    value, before = (np.sum([level[side] for level in levels], axis=0) for side in (0, 1))
    return promises.at(value, p, calendar), promises.at(before, p, calendar)


def _levels(p: Promise, run: Run, plan: Plan, draws: Draws) -> tuple[Floats, Floats]:
    """A promised quantity of one instance with the plan and without, in every quarter: two float[draw, quarter]."""
    if p.what in promises.GENERIC:
        return promises.level(p.what, run.plan, run.baseline), promises.level(p.what, run.baseline, run.baseline)
    before, after = (_quantity(plan.place, run, side, draws, p.what, p.arguments) for side in (run.before, run.after))
    # what is not defined today is not blended
    return np.where(np.isnan(before), after, before + run.d * (after - before)), before


def by_year(values: Floats, calendar: Calendar) -> Floats:
    """Sum `values[..., quarter]` into `[..., year]`."""
    found: Floats = np.add.reduceat(values, calendar.year_starts, axis=-1)
    return found


def _quarters(calendar: Calendar, year: int) -> slice:
    """The quarters of a year."""
    return slice(*np.append(calendar.year_starts, calendar.quarters)[year : year + 2].tolist())


def _side(side: Totals, calendar: Calendar) -> Side:
    parts = {**side.overall, **side.by_stratum}
    return Side(**{f.name: by_year(parts[f.name], calendar) for f in fields(Side)})


def _pair(sides: Iterable[Floats]) -> Floats:
    return np.stack(list(sides))


def _gross_cost(plan: Plan, baselines: Mapping[str, Totals]) -> Floats:
    """Pounds a year that the services touched by the plan cost today: float[draw]."""
    touched = {m.service for m in plan.measures}
    first = [4 * side.all("gross_cost")[:, 0] for name, side in baselines.items() if name in touched]
    return sum(first, np.zeros(1))


_DRAWS: Newest[Draws] = Newest(32)
_TOTALS: Newest[Totals] = Newest(512)
_QUANTITIES: Newest[Floats] = Newest(1024)
"""Both sides of ten services with their promises and 1,024 draws fit: a second plan simulates only what it changes."""
