"""One block of draws: every service without and with the plan, delivery applied, rolled up by year and group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import delivery, promises
from ..assumptions import Draws, Register
from ..ledger import Side, by_group, ledger
from ..outcomes import PAYERS, Outcomes
from ..place import Calendar, Instance, Place
from ..plan import UNIT_COST, Measure, Plan, Promise, Settings, settings
from ..service import Service, get

Floats = NDArray[np.float64]


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
    """One instance in one block before rolling up: both sides, and how far the measures were delivered.

    `elsewhere` are payers whose costs another service of the place models.
    """

    instance: Instance
    service: Service
    before: Settings
    after: Settings
    baseline: Outcomes
    plan: Outcomes
    d: Floats
    hidden: Floats
    one_off: Floats
    elsewhere: tuple[str, ...] = ()


def run_block(plan: Plan, register: Register, seed: int, block: int, year: int) -> Block:
    """Simulate block number `block` and roll it up; `year` is the target year's index."""
    draws = register.draw(seed, block)
    baselines = {name: _simulate(plan, instance, (), draws) for name, instance in plan.place.instances.items()}
    crowding = delivery.crowding(plan.measures, plan.place.calendar, _gross_cost(plan, baselines), draws)
    luck = delivery.luck(plan.measures, draws, crowding)
    runs = {name: _run(plan, plan.place.instances[name], baseline, draws, luck) for name, baseline in baselines.items()}
    return Block(
        services={name: _roll_up(run, plan, draws, year) for name, run in runs.items()},
        promises=tuple(_promise(p, runs, plan, draws) for p in plan.promises),
        values=draws.values,
    )


def lay_out(plan: Plan, instance: Instance, measures: tuple[Measure, ...]) -> Settings:
    """The levers of an instance over the calendar under some measures; none give the baseline."""
    service, place = get(instance.kind), plan.place
    units = {lever.name: service.units(place, instance, lever.name) for lever in service.levers}
    quarters = place.calendar.quarters
    return settings(service.levers, units, service.baseline(place, instance), measures, quarters)


def _simulate(plan: Plan, instance: Instance, measures: tuple[Measure, ...], draws: Draws) -> Outcomes:
    return get(instance.kind).simulate(plan.place, instance, lay_out(plan, instance, measures), draws)


def _run(plan: Plan, instance: Instance, baseline: Outcomes, draws: Draws, luck: delivery.Luck) -> Run:
    """One instance with the plan beside its baseline, delivery and efficiency claims applied."""
    measures, quarters = plan.of(instance.name), plan.place.calendar.quarters
    moves_levers = any(m.lever != UNIT_COST.name for m in measures)
    simulated = _simulate(plan, instance, measures, draws) if moves_levers else baseline
    d = np.broadcast_to(delivery.delivered(measures, luck, quarters), (len(draws), quarters))
    claims = delivery.claims(measures, luck, draws, quarters)
    service = get(instance.kind)
    units = service.units(plan.place, instance, service.levers[0].name) if service.levers else ()
    blended = delivery.blend(baseline, simulated, d, delivery.delivered_to(units, measures, luck, quarters))
    stated = any(np.isfinite(m.one_off_cost) for m in measures)
    own = 0.0 if stated else blended.pounds("one_off").sum(axis=0)
    return Run(
        instance=instance,
        service=service,
        before=lay_out(plan, instance, ()),
        after=lay_out(plan, instance, measures),
        baseline=baseline,
        plan=delivery.apply_claims(blended, claims),
        d=d,
        hidden=blended.pounds("gross_cost").sum(axis=0) * claims.hidden,
        one_off=delivery.one_off(measures, luck, draws, quarters) + own,
        elsewhere=elsewhere(plan.place, instance),
    )


def elsewhere(place: Place, instance: Instance) -> tuple[str, ...]:
    """Payers whose costs another service of the place models, so that counting them here would count them twice."""
    others = {i.kind for i in place.instances.values() if i.name != instance.name}
    return tuple(payer for payer, kind in MODELLED.items() if kind in others and kind != instance.kind)


def _moved(run: Run) -> Floats:
    """Pounds that the plan moves to others, [payer, draw, quarter, group], those modelled elsewhere left out."""
    moved: Floats = run.plan.moved - run.baseline.moved
    moved[[PAYERS.index(payer) for payer in run.elsewhere]] = 0.0
    return moved


def _roll_up(run: Run, plan: Plan, draws: Draws, year: int) -> BlockService:
    calendar = plan.place.calendar
    sides = (run.baseline, run.plan)
    in_year = calendar.year_of == year
    return BlockService(
        yearly=_yearly(run, plan.of(run.instance.name), calendar),
        group=_groups(run, in_year),
        area={k: _pair(o.area_sum[k][in_year].mean(axis=0) for o in sides) for k in run.baseline.area_sum},
        unit={k: _pair(o.series[k][:, in_year].mean(axis=1) for o in sides) for k, v in _series(run, 3)},
        quarterly={k: _pair(o.series[k] for o in sides) for k, v in _series(run, 2)},
        extra={
            k: run.service.quantity(plan.place, run.instance, run.after, draws, k, {})[:, -1]
            for k in run.service.extras
        },
        measured=run.baseline.measured,
    )


def _yearly(run: Run, measures: tuple[Measure, ...], calendar: Calendar) -> dict[str, Floats]:
    """Everything by draw and year; see `ServiceResult`."""
    baseline, plan = _side(run.baseline, calendar), _side(run.plan, calendar)
    result = dict(ledger(baseline, plan))
    for suffix, outcomes, side in (("0", run.baseline, baseline), ("1", run.plan, plan)):
        for name in ("need", "served", "quality", "wait_days"):
            result[name + suffix] = by_year(outcomes.counts(name).sum(axis=(0, 3)), calendar)
        if "exits" in outcomes.series:
            result["exits" + suffix] = by_year(outcomes.series["exits"], calendar)
        result["gross_cost" + suffix] = side.gross_cost.sum(axis=0)
        result["income" + suffix] = side.income
    moved = _moved(run).sum(axis=3)
    result |= {f"moved_{payer}": by_year(moved[i], calendar) for i, payer in enumerate(PAYERS)}
    receipts = (run.plan.pounds("capital_receipt") - run.baseline.pounds("capital_receipt")).sum(axis=0)
    booked = np.broadcast_to(delivery.booked(measures, calendar.quarters), run.d.shape)
    pounds = {"hidden": run.hidden, "one_off": run.one_off, "capital_receipt": receipts, "booked": booked}
    return result | {name: by_year(value, calendar) for name, value in pounds.items()}


def _groups(run: Run, in_year: NDArray[np.bool_]) -> dict[str, Floats]:
    """Everything by draw and group in the target year; see `ServiceResult`."""
    gross = run.baseline.pounds("gross_cost")[:, :, in_year].sum(axis=2)
    people = {
        (name, i): o.counts(name)[:, :, in_year].sum(axis=2)
        for i, o in enumerate((run.baseline, run.plan))
        for name in ("served", "quality")
    }
    served = people["served", 0].sum(axis=2)
    c0 = np.where(served > 0, gross / np.where(served > 0, served, 1.0), 0.0)
    result = {"need": run.baseline.counts("need")[:, :, in_year].sum(axis=(0, 2))}
    for i in (0, 1):
        reach, output = by_group(c0, people["served", i], people["quality", i])
        result |= {f"served{i}": people["served", i].sum(axis=0), f"reach{i}": reach, f"output{i}": output}
    moved = _moved(run)[:, :, in_year]
    return result | {"moved": moved.sum(axis=(0, 2))}


def _promise(p: Promise, runs: Mapping[str, Run], plan: Plan, draws: Draws) -> tuple[Floats, Floats]:
    """What a promise speaks of at its time, with the plan and without: two float[draw]."""
    chosen = list(runs.values()) if p.service == "all" else [runs[p.service]]
    levels = [_levels(p, run, plan, draws) for run in chosen]
    value, before = (np.sum([level[side] for level in levels], axis=0) for side in (0, 1))
    return promises.at(value, p, plan.place.calendar), promises.at(before, p, plan.place.calendar)


def _levels(p: Promise, run: Run, plan: Plan, draws: Draws) -> tuple[Floats, Floats]:
    """A promised quantity of one instance with the plan and without, in every quarter: two float[draw, quarter]."""
    if p.what in promises.GENERIC:
        return promises.level(p.what, run.plan, run.baseline), promises.level(p.what, run.baseline, run.baseline)
    ask = (plan.place, run.instance)
    before = run.service.quantity(*ask, run.before, draws, p.what, p.arguments)
    after = run.service.quantity(*ask, run.after, draws, p.what, p.arguments)
    # what is not defined today is not blended
    return np.where(np.isnan(before), after, before + run.d * (after - before)), before


def by_year(values: Floats, calendar: Calendar) -> Floats:
    """Sum `values[..., quarter]` into `[..., year]`."""
    totals = np.zeros((*values.shape[:-1], len(calendar.years)))
    for q, year in enumerate(calendar.year_of):
        totals[..., year] += values[..., q]
    return totals


def _side(outcomes: Outcomes, calendar: Calendar) -> Side:
    return Side(
        served=by_year(outcomes.counts("served").sum(axis=3), calendar),
        quality=by_year(outcomes.counts("quality").sum(axis=3), calendar),
        gross_cost=by_year(outcomes.pounds("gross_cost"), calendar),
        income=by_year(outcomes.pounds("income").sum(axis=0), calendar),
        price=by_year(outcomes.pounds("price").sum(axis=0), calendar),
        overhead=by_year(outcomes.pounds("overhead").sum(axis=0), calendar),
    )


def _series(run: Run, dimensions: int) -> list[tuple[str, Floats]]:
    return [(k, v) for k, v in run.baseline.series.items() if v.ndim == dimensions]


def _pair(sides: object) -> Floats:
    return np.stack(list(sides))  # type: ignore[call-overload]


def _gross_cost(plan: Plan, baselines: Mapping[str, Outcomes]) -> Floats:
    """Pounds a year that the services touched by the plan cost today: float[draw]."""
    touched = {m.service for m in plan.measures}
    first = [4 * o.pounds("gross_cost").sum(axis=0)[:, 0] for name, o in baselines.items() if name in touched]
    return sum(first, np.zeros(1))
