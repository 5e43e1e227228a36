"""A few blocks of draws: every service without the plan and with the plan as it is carried out, rolled up by year and group."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from .. import delivery, promises
from ..assumptions import Draws, Register
from ..ledger import Side, ledger
from ..outcomes import PAYERS
from ..place import Calendar
from ..plan import UNIT_COST, Plan, Promise, Settings
from ..streams import BLOCK
from ..totals import Totals
from .layout import Layout
from .simulations import Arguments, Crowding, Simulations

Floats = NDArray[np.float64]

RUNS_IN_HAND = 2
"""Runs that one process has at a time at most: what services keep from run to run is sized for as many."""

MOVED = tuple(f"moved_{payer}" for payer in PAYERS)


@dataclass(frozen=True)
class BlockService:
    """One instance in some blocks; the arrays are those of `ServiceResult`, with `area` and `as_written` summed over draws."""

    yearly: Mapping[str, Floats]
    group: Mapping[str, Floats]
    area: Mapping[str, Floats]
    unit: Mapping[str, Floats]
    quarterly: Mapping[str, Floats]
    extra: Mapping[str, Floats]
    as_written: Mapping[str, int]
    measured: frozenset[str]


Asked = tuple[str, tuple[tuple[str, float | str], ...]]
"""A quantity of a service with its arguments."""

Levels = Mapping[Asked, tuple[Floats, Floats]]
"""What promises ask of an instance, with the plan and without: two float[draw, quarter] each."""


@dataclass(frozen=True)
class Block:
    """All instances in `blocks` blocks but those known before, what promises ask of those that are here, the promises'
    (value, baseline)[draw], and the draws themselves.
    """

    blocks: int
    services: dict[str, BlockService]
    levels: Mapping[str, Levels]
    promises: tuple[tuple[Floats, Floats], ...]
    values: Mapping[str, Floats]


@dataclass(frozen=True)
class Run:
    """Both sides of an instance in some blocks, before rolling up.

    asked[quantity] is (baseline, plan), float[draw, quarter] each; extra[quantity][draw] that of the last quarter with the
    plan; `hidden` and `one_off` pounds [draw, quarter]; stake[draw] pounds a year of what the plan changes.
    """

    layout: Layout
    after: Settings
    baseline: Totals
    plan: Totals
    asked: Mapping[Asked, tuple[Floats, Floats]]
    extra: Mapping[str, Floats]
    hidden: Floats
    one_off: Floats
    stake: Floats


def run_block(
    sims: Simulations,
    plan: Plan,
    layouts: Sequence[Layout],
    crowd: Crowding,
    register: Register,
    block: int,
    blocks: int = 1,
    after_each: Callable[[], None] | None = None,
    known: Mapping[str, Levels] | None = None,
) -> Block:
    """Simulate `blocks` blocks from number `block` on, and roll them up; `after_each` is called after every service.

    `known` are the instances of which the result is known, with what promises ask of them in all draws: they are not run.
    """
    draws, known = sims.draws(register, block, blocks), known or {}
    how, rows = sims.delivery(plan, crowd, draws), slice(BLOCK * block, BLOCK * (block + blocks))
    services: dict[str, BlockService] = {}
    levels: dict[str, Levels] = {}
    of_these: dict[str, Levels] = {}
    for layout in layouts:
        name = layout.instance.name
        if name in known:
            sims.touch(layout, draws)
            of_these[name] = {what: (with_it[rows], without[rows]) for what, (with_it, without) in known[name].items()}
        else:
            run = run_one(sims, layout, draws, how, plan.promises)
            of_these[name] = levels[name] = {asked(p): _levels(p, run) for p in plan.promises if _concerns(p, name)}
            services[name] = _roll_up(run)
        if after_each is not None:
            after_each()
    promised = tuple(_promise(p, of_these, plan.place.calendar) for p in plan.promises)
    return Block(blocks, services, levels, promised, draws.values)


def crowding_of(sims: Simulations, layouts: Sequence[Layout], register: Register, blocks: int) -> Crowding:
    """What the plan to the letter would move from year to year, on the first block of the first `blocks`."""
    draws = sims.draws(register, 0, blocks)
    with ThreadPoolExecutor(RUNS_IN_HAND) as pool:
        found = list(pool.map(lambda layout: _to_the_letter(sims, layout, draws), layouts))
    change = np.sum([np.abs(np.diff(saving, prepend=0.0)) for saving, _ in found], axis=0)
    return Crowding(change, sum(gross for _, gross in found))


def _to_the_letter(sims: Simulations, layout: Layout, draws: Draws) -> tuple[Floats, float]:
    """Mean saving[year] of an instance if its measures were carried out to the letter, and what it costs today, a year."""
    calendar = layout.place.calendar
    before = sims.totals(layout, layout.before, draws)
    after = sims.totals(layout, layout.written, draws, before.c0) if layout.touched else before
    claimed = np.ones(calendar.quarters)
    for m in layout.measures:
        if m.lever == UNIT_COST.name:
            claimed = claimed * (1 - delivery.claimed(m) * delivery.on_time(m.start, m.end, m.phase, calendar.quarters))
    net = [side.all("gross_cost") * k - side.all("income") for side, k in ((before, 1.0), (after, claimed))]
    saving = by_year(net[0] - net[1], calendar)[:BLOCK].mean(axis=0)
    return saving, 4 * float(before.all("gross_cost")[:BLOCK, 0].mean())


def asked(p: Promise) -> Asked:
    """What a promise asks, of whichever instance."""
    return p.what, tuple(sorted(p.arguments.items()))


def _concerns(p: Promise, name: str) -> bool:
    return p.service in (name, "all")


def run_one(
    sims: Simulations, layout: Layout, draws: Draws, how: delivery.Delivery, made: Sequence[Promise] = ()
) -> Run:
    """Both sides of an instance with what promises ask of it: one instance after another, so that services need keep little."""
    after, quarters = layout.carried_out(how.carried), layout.place.calendar.quarters
    baseline = sims.totals(layout, layout.before, draws)
    plan = sims.totals(layout, after, draws, baseline.c0) if layout.touched else baseline
    claims = delivery.claims(layout.measures, how, draws, quarters)

    def quantity(side: Settings, what: str, arguments: Arguments) -> Floats:
        return sims.quantity(layout, side, draws, what, arguments)

    return Run(
        layout=layout,
        after=after,
        baseline=baseline,
        plan=delivery.apply_claims(plan, claims),
        asked={
            asked(p): (quantity(layout.before, p.what, p.arguments), quantity(after, p.what, p.arguments))
            for p in made
            if p.service == layout.instance.name and p.what not in promises.GENERIC
        },
        extra={name: quantity(after, name, {})[:, -1] for name in layout.service.extras},
        hidden=plan.all("gross_cost") * claims.hidden,
        one_off=delivery.one_off(layout.measures, how, plan, draws),
        stake=_stake(sims, layout, baseline, draws),
    )


def _stake(sims: Simulations, layout: Layout, baseline: Totals, draws: Draws) -> Floats:
    """Gross cost a year today of what the plan changes, at most all of it: float[draw]; an efficiency claim bears on it all."""
    whole = 4 * baseline.all("gross_cost")[:, 0]
    if any(m.lever == UNIT_COST.name for m in layout.measures):
        return whole
    if not layout.touched:
        return np.zeros(len(draws))
    stake = sims.model(layout.instance, draws).stake(layout.changed)
    return whole if stake is None else np.asarray(np.minimum(np.broadcast_to(stake, whole.shape), whole))


def _roll_up(run: Run) -> BlockService:
    layout, sides = run.layout, (run.baseline, run.plan)
    return BlockService(
        yearly=yearly(run),
        group=_groups(run),
        area={k: _pair(side.by_area[k].mean(axis=0) for side in sides) for k in run.baseline.by_area},
        unit={k: _pair(side.by_unit[k].mean(axis=1) for side in sides) for k in run.baseline.by_unit},
        quarterly={k: _pair(side.series[k] for side in sides) for k in run.baseline.series},
        extra=run.extra,
        as_written=_as_written(layout, run.after, len(run.stake)),
        measured=run.baseline.measured,
    )


def _as_written(layout: Layout, after: Settings, draws: int) -> dict[str, int]:
    """Draws in which the switches and choices that the plan moves at a unit end as it has them: {unit id: draws}."""
    held: dict[str, NDArray[np.bool_]] = {}
    for lever in layout.service.levers:
        if not lever.yes_or_no or lever.name not in layout.touched:
            continue
        ends, written = after[lever.name][:, :, -1], layout.written[lever.name][:, :, -1]
        for i, unit in enumerate(layout.lever_units[lever.name]):
            if unit in layout.touched[lever.name]:
                same = np.broadcast_to(np.abs(ends[:, i] - written[:, i]) < 0.5, draws)
                held[unit] = held.get(unit, True) & same
    return {unit: int(same.sum()) for unit, same in held.items()}


def yearly(run: Run) -> dict[str, Floats]:
    """Everything by draw and year; see `ServiceResult`."""
    measures, calendar = run.layout.measures, run.layout.place.calendar
    sides, main = (run.baseline, run.plan), run.layout.service.main_outcome
    shape = run.one_off.shape
    quarterly = {
        f"{name}{i}": side.all(name)
        for i, side in enumerate(sides)
        for name in ("need", "served", "quality", "spared", "wait_days", "gross_cost", "income")
    }
    quarterly |= {f"main{i}": side.series[main] if main else side.all("quality") for i, side in enumerate(sides)}
    quarterly |= {name: run.plan.overall[name] - run.baseline.overall[name] for name in (*MOVED, "capital_receipt")}
    booked = np.broadcast_to(delivery.booked(measures, calendar.quarters), shape)
    stake = np.broadcast_to(run.stake[:, None] / 4, shape)
    quarterly |= {"hidden": run.hidden, "one_off": run.one_off, "booked": booked, "stake": stake}
    summed = by_year(np.stack([np.broadcast_to(v, shape) for v in quarterly.values()]), calendar)
    parts = ledger(_side(run.baseline, calendar), _side(run.plan, calendar), run.baseline.worth)
    waits = {
        f"wait{i}": _mean_by_year(side.series["wait"], calendar)
        for i, side in enumerate(sides)
        if "wait" in side.series
    }
    return dict(parts) | dict(zip(quarterly, summed, strict=True)) | waits


def _mean_by_year(values: Floats, calendar: Calendar) -> Floats:
    """Mean of values[draw, quarter] over the quarters of a year in which it is defined: [draw, year], NaN where in none."""
    known = np.isfinite(values)
    total, n = by_year(np.where(known, values, 0.0), calendar), by_year(known.astype(np.float64), calendar)
    return np.where(n > 0, total / np.where(n > 0, n, 1.0), np.nan)


def _groups(run: Run) -> dict[str, Floats]:
    """Everything by draw and group in the target year; see `ServiceResult`."""
    before, after = run.baseline.of_groups(), run.plan.of_groups()
    both = {
        f"{name}{i}": side[name] for i, side in enumerate((before, after)) for name in ("served", "reach", "output")
    }
    return both | {"need": before["need"], "moved": after["moved"] - before["moved"]}


def _promise(p: Promise, levels: Mapping[str, Levels], calendar: Calendar) -> tuple[Floats, Floats]:
    """What a promise speaks of at its time, over the services it names, with the plan and without: two float[draw]."""
    found = [of_one[asked(p)] for name, of_one in levels.items() if _concerns(p, name)]
    value, before = (np.sum([level[side] for level in found], axis=0) for side in (0, 1))
    return promises.at(value, p, calendar), promises.at(before, p, calendar)


def _levels(p: Promise, run: Run) -> tuple[Floats, Floats]:
    """A promised quantity of one instance with the plan and without, in every quarter: two float[draw, quarter]."""
    if p.what in promises.GENERIC:
        return promises.level(p.what, run.plan, run.baseline), promises.level(p.what, run.baseline, run.baseline)
    before, after = run.asked[asked(p)]
    return after, before


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
