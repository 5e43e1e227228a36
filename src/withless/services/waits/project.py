"""From rates, levers and draws to a run of the cohort: what comes, what can be treated, in which order.

arrivals  = rate of the week of the year * (1 + level) * (1 + growth + gap/2)^years * luck * lever
            * (1 - prevented) * (1 - refused * (1 - back)) * (1 - diverted * (1 - back))
capacity  = rate of the week of the year * (1 + level) * (1 + growth - gap/2)^years * luck * lever
pull_w    = estimated pull_w * exp(late * (w - 18) / 34) beyond 18 weeks
growth    = the mean of what the months show of that flow, where two years of them do, and of what is drawn
front     = front.goes_on * speed * (behind + damping + damping^2 + ...): see `long_wait_drive.py`; for NHS lists alone
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from ...assumptions import Draws
from ...place import Instance
from . import tables
from .backtest_cohort import LATE, smooth
from .balance import NOTE, Balance, balanced
from .calendar_weeks import QUARTER_WEEKS, Timeline
from .cohort import QUANTILES, WITHIN, Flow, Run, run
from .estimate import estimate
from .long_wait_drive import LAST, path
from .observed import observed
from .rates import Observed, Rates

Floats = NDArray[np.float64]

LATE_FROM, LATE_AT = 18, 52
"""Weeks waited beyond which `waits.late` bends the pull, and at which it holds in full."""

MOST_LATE = 2.0
"""It does not go on growing for ever: nobody's pull changes by more than twice what it does at 52 weeks."""

MOST_WEEKS = 520
"""No wait is counted longer than ten years: where nobody is treated any more it has no end."""

WORTH_WEEKS = 52
"""Weeks of waiting that cost `waits.phi` of what a treatment is worth."""


@dataclass(frozen=True)
class Levers:
    """Levers of an instance week by week: capacity and lists [draw, specialty, part, week], the others [draw, specialty, week];
    the axis of draws has length 1 where a lever stands alike in all.
    """

    capacity: Floats
    lists: Floats
    arrivals: Floats
    prevented: Floats
    refused: Floats
    diverted: Floats
    validation: Floats
    longest_first: Floats
    urgent_first: Floats
    sent: Floats
    received: Floats

    @property
    def moved(self) -> NDArray[np.bool_]:
        """Whether any lever of a specialty is elsewhere than today in any draw: bool[specialty]."""
        found = np.zeros(self.arrivals.shape[1], dtype=np.bool_)
        for name in self.__dataclass_fields__:
            array = getattr(self, name)
            found |= (array != (1.0 if name in tables.RATIOS else 0.0)).any(axis=tuple({*range(array.ndim)} - {1}))
        return found


def rates_of(instance: Instance) -> tuple[Observed, Rates]:
    """What the tables say and the rates estimated from them."""
    seen = observed(instance)
    rates = estimate(seen)
    unknown = len(seen.months) == 1 and bool(np.isnan(seen.removals[-1]).any())
    return seen, replace(rates, notes=(*rates.notes, NOTE)) if unknown else rates


def of(draws: Draws, instance: Instance, name: str) -> Floats:
    """An assumption of the service for this instance: float[draw]."""
    return draws.of(f"waits.{name}", instance.name)


def today(rates: Rates, weeks: int) -> Levers:
    """Every lever where it stands."""
    s, p = len(rates.specialties), len(rates.parts)
    cells, single = np.ones((1, s, p, weeks)), np.zeros((1, s, weeks))
    return Levers(cells, np.zeros_like(cells), np.ones((1, s, weeks)), *[single] * 8)


def levers_of(rates: Rates, values: Mapping[str, Floats], line: Timeline) -> Levers:
    """Levers by week from `values[lever][draw, unit, period]`, as today before the calendar begins."""
    s, p, weeks = len(rates.specialties), len(rates.parts), np.maximum(line.period, 0)
    found = {name: np.take(_alike(values[name]), weeks, axis=2) for name in Levers.__dataclass_fields__}
    for name, array in found.items():
        array[:, :, ~line.begun] = 1.0 if name in tables.RATIOS else 0.0
    return Levers(**{k: v.reshape(len(v), s, p, -1) if k in tables.BY_PART else v for k, v in found.items()})


def _alike(values: Floats) -> Floats:
    """values[draw, unit, period] once where all draws have the same."""
    return values[:1] if (values == values[:1]).all() else values


def project(
    instance: Instance,
    draws: Draws,
    line: Timeline,
    levers: Levers,
    within: tuple[int, ...] = WITHIN,
    quantiles: tuple[float, ...] = QUANTILES,
) -> Run:
    """Run the list of an instance under some levers on some draws."""
    return run(flow_under(instance, rates_of(instance), draws, line, levers), line.period, within, quantiles)


def take_on(
    instance: Instance, known: tuple[Observed, Rates], draws: Draws, line: Timeline, levers: Levers, still: bool = False
) -> Run:
    """`project` from what is known of a list, whatever the tables of the instance: hindcasts know the months before alone. The
    front of long waits stands `still` where asked.
    """
    flow = unmoved(instance, known, draws, line)
    flow = replace(flow, front=np.zeros((1, 1, 1, 1))) if still else flow
    return run(under(instance, known[1], draws, flow, levers), line.period)


def flow_under(instance: Instance, known: tuple[Observed, Rates], draws: Draws, line: Timeline, levers: Levers) -> Flow:
    """What moves the list under some levers, from what is known of it."""
    return under(instance, known[1], draws, unmoved(instance, known, draws, line), levers)


def unmoved(instance: Instance, known: tuple[Observed, Rates], draws: Draws, line: Timeline) -> Flow:
    """What moves the list, with every lever where it stands: see `cohort.Flow`."""
    seen, rates = known
    bent = _bent(of(draws, instance, "late"), rates.pull.shape[2])[:, None, None]
    leaving = of(draws, instance, "leave")[:, None] * _balance(instance, draws, seen, rates).leave
    return Flow(
        opening=rates.stock[None],
        arrivals=_arrivals(instance, draws, line, seen, rates),
        capacity=_capacity(instance, draws, line, seen, rates),
        pull=rates.pull[None] * bent,
        leave=rates.leave[None] * leaving[..., None, None],
        other=rates.other[None],
        longest=of(draws, instance, "longest")[:, None, None, None],
        urgent=of(draws, instance, "urgent")[:, None, None, None],
        front=front_of(instance, draws, rates, len(line.period)),
        shape=np.ascontiguousarray(smooth(rates.pull, np.arange(rates.pull.shape[2] + 1.0)))[None] * bent,
        restart=of(draws, instance, "validation.back"),
        shielded=of(draws, instance, "shielded"),
        received_waits=_waits_beyond(rates, 4),
        front_from=int(LATE),
        front_to=LAST,
    )


def under(instance: Instance, rates: Rates, draws: Draws, still: Flow, levers: Levers) -> Flow:
    """The flow once levers are moved."""
    if not levers.moved.any():
        return still
    share = _parts_share(rates)
    return replace(
        still,
        arrivals=_times(still.arrivals, prod(come_on(instance, draws, levers), start=levers.arrivals)[:, :, None]),
        capacity=_times(still.capacity, levers.capacity),
        extra=levers.lists / (4 * QUARTER_WEEKS),
        validated=_validated(of(draws, instance, "validation.off"), levers.validation),
        sent=(levers.sent / (4 * QUARTER_WEEKS))[:, :, None] * share,
        received=(levers.received / (4 * QUARTER_WEEKS))[:, :, None] * share,
        longest=1 - _times(1 - still.longest, (1 - levers.longest_first)[:, :, None]),
        urgent=1 - _times(1 - still.urgent, (1 - levers.urgent_first)[:, :, None]),
    )


def come_on(instance: Instance, draws: Draws, levers: Levers) -> tuple[Floats, Floats, Floats]:
    """Share that is left of those who would come once some are prevented, once some are refused, once some are managed elsewhere:
    float[draw or 1, specialty, week] each. Some of the refused and of those sent elsewhere come all the same.
    """
    kept = [1 - levers.prevented]
    for name in ("refused", "diverted"):
        share = getattr(levers, name)
        back = of(draws, instance, f"{name}.back")[:, None, None]
        kept.append(1 - share * (1 - back) if share.any() else np.ones_like(share))
    return kept[0], kept[1], kept[2]


def wait_costs(exponent: Floats) -> Floats:
    """What a wait that ends in its w-th week costs, a wait of a year being 1: (weeks / 52) ^ exponent[draw], [draw, week]."""
    costs: Floats = ((np.arange(MOST_WEEKS) + 0.5) / WORTH_WEEKS) ** exponent[:, None]
    return costs


def _times(flow: Floats, factor: Floats) -> Floats:
    """Flow * factor, or the flow itself where no factor is other than 1."""
    return flow if (factor == 1.0).all() else flow * factor


def front_of(instance: Instance, draws: Draws, rates: Rates, weeks: int) -> Floats:
    """Weeks waited by which the front of long waits has come down, float[draw, 1, 1, week]: as fast as the months show, else as
    drawn. Only hospitals of the NHS have been told to clear long waits.
    """
    if instance.payer != "nhs":
        return np.zeros((1, 1, 1, 1))
    shown = np.isfinite(rates.front_speed)
    speed = rates.front_speed if shown else of(draws, instance, "front.speed")
    speed = speed * of(draws, instance, "front.goes_on")
    return path(speed, of(draws, instance, "front.damping"), rates.behind if shown else 0.0, weeks)[:, None, None]


def _arrivals(instance: Instance, draws: Draws, line: Timeline, seen: Observed, rates: Rates) -> Floats:
    """People a week who come on to the list if nothing is done: float[draw, specialty, part, week]."""
    level = _balance(instance, draws, seen, rates).arrivals
    flow = (rates.arrivals, rates.growth)
    return _grown(instance, draws, line, seen, rates, flow, level, "level", +0.5, "arrivals")


def _capacity(instance: Instance, draws: Draws, line: Timeline, seen: Observed, rates: Rates) -> Floats:
    """Treatments a week that can be done if nothing is done: float[draw, specialty, part, week]."""
    level = _balance(instance, draws, seen, rates).capacity
    flow = (rates.capacity, rates.treated_growth)
    return _grown(instance, draws, line, seen, rates, flow, level, "capacity_level", -0.5, "capacity")


def _balance(instance: Instance, draws: Draws, seen: Observed, rates: Rates) -> Balance:
    """Factors on the rates where one month alone is known; else 1."""
    if len(seen.months) > 1:
        one = np.ones((1, len(rates.specialties)))
        return Balance(one, one, one)
    return balanced(seen, rates, of(draws, instance, "drift"))


def _grown(
    instance: Instance,
    draws: Draws,
    line: Timeline,
    seen: Observed,
    rates: Rates,
    flow: tuple[Floats, Floats],
    balance: Floats,
    level: str,
    gap: float,
    luck: str,
) -> Floats:
    """A flow, by week of the year and its growth as the months show it, with its balance[draw, specialty], level, growth and
    luck.
    """
    months = min(len(seen.months), 12)
    by_week, (shown, which) = flow[0], np.unique(flow[1], return_inverse=True)
    drawn = of(draws, instance, "growth")[:, None]
    growth = np.where(shown != 0, (shown + drawn) / 2, drawn) + gap * of(draws, instance, "growth_gap")[:, None]
    grown = np.exp(np.log1p(np.maximum(growth, -0.5))[..., None] * line.years)
    levels = balance * (1 + of(draws, instance, level) / np.sqrt(months))[:, None]
    lucky = _luck(instance, draws, line, rates, luck) * levels[:, :, None]
    usual = np.take(by_week, line.of_year, axis=-1)
    found: Floats = lucky[:, :, None] * usual
    found *= grown[:, which.reshape(flow[1].shape)] if len(shown) > 1 else grown[:, :, None]
    return found


def _luck(instance: Instance, draws: Draws, line: Timeline, rates: Rates, name: str) -> Floats:
    """What a quarter brings to each specialty: a factor [draw, specialty, week], about 1; the run-in has none."""
    entities = [f"{instance.name}:{s}" for s in rates.specialties]
    uniforms = draws.streams().uniforms(f"waits.luck.{name}", entities, int(line.luck.max(initial=0)) + 1)
    factor = np.maximum(1 + of(draws, instance, "luck")[:, None, None] * ndtri(uniforms), 0.1)
    by_week: Floats = factor[:, :, np.maximum(line.luck, 0)]
    by_week[:, :, line.luck < 0] = 1.0
    return by_week


def _bent(late: Floats, weeks: int) -> Floats:
    """Factor on the pull by weeks waited: float[draw, week]."""
    bend = np.clip((np.arange(weeks) - LATE_FROM) / (LATE_AT - LATE_FROM), 0.0, MOST_LATE)
    factor: Floats = np.exp(late[:, None] * bend)
    return factor


def _validated(off: Floats, checked: Floats) -> Floats:
    """Share of long waiters taken off in a week, [draw, specialty, 1, week], from checked[draw, specialty, week] a quarter."""
    if not checked.any():
        return np.zeros((1, 1, 1, 1))
    new = np.ones(checked.shape[2], dtype=np.bool_)  # weeks in which it is not what it was the week before
    new[1:] = (np.diff(checked, axis=2) != 0).any(axis=(0, 1))
    weekly = 1 - (1 - np.minimum(checked[:, :, new], 1.0) * off[:, None, None]) ** (1 / QUARTER_WEEKS)
    return np.take(weekly, np.cumsum(new) - 1, axis=2)[:, :, None]


def _parts_share(rates: Rates) -> Floats:
    """How a specialty's list is split over its parts: float[1, specialty, part, 1]."""
    by_part = rates.stock.sum(axis=2)
    total = by_part.sum(axis=1, keepdims=True)
    share = np.where(total > 0, by_part / np.where(total > 0, total, 1.0), 1 / by_part.shape[1])
    return np.asarray(share[None, :, :, None])


def _waits_beyond(rates: Rates, weeks: int) -> Floats:
    """Waits of those taken over from elsewhere: as today's list beyond so many weeks."""
    waits = rates.stock.sum(axis=(0, 1))
    waits[:weeks] = 0.0
    there = waits if waits.sum() > 0 else np.eye(len(waits))[min(weeks, len(waits) - 1)]
    shares: Floats = there / there.sum()
    return shares
