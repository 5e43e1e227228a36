"""The same plan faster or slower: what it saves, costs and takes away when it is carried out within one year, or two, or six.

Every measure keeps what it does; its start and its phase are stretched or squeezed so that the last is complete a given number
of years after the first begins. Delivery does the rest: more change in a year than can be carried is late. What no service
computes is the cost of haste, quadratic in what changes in a year as in models of adjustment costs:
    haste[year] = (k / 2) * (s[year] - s[year - 1])^2 / S        s: saving of the year, S: final saving, k: pace.adjustment
All paces are compared over the same years, a calendar long enough for the slowest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from .appraise import Appraisal
from .assumptions import Draws
from .attribution import Attribution
from .place import Calendar
from .plan import Measure, Plan
from .streams import BLOCK, Streams
from .study import Study

Floats = NDArray[np.float64]

MOST_YEARS = 10
AFTER = 4
"""Quarters that are seen after the slowest pace is complete."""


def optimal_path(adjustment: float, discount: float, years: int) -> tuple[Floats, float]:
    """The pace that costs least where the whole saving is 1, and that cost: s[year], and with b = 1/(1 + discount) the value of
        min over 0 <= s <= 1 of the sum over years t of b^t * [(1 - s_t) + (k/2) * (s_t - s_(t-1))^2],   0 before the first year.

    It rises and then stays at 1. For every year from which it may stay there the rest is a linear system, and the cheapest path
    that keeps within bounds is the answer, since the problem is convex.
    """
    b = np.asarray((1 / (1 + discount)) ** np.arange(years), np.float64)
    best, least = np.ones(years), np.inf
    for whole_from in range(years + 1):
        path = _rising(adjustment, b, whole_from)
        if path.min() < -1e-12 or path.max() > 1 + 1e-12:
            continue
        steps = np.diff(path, prepend=0.0)
        cost = float((b * ((1 - path) + adjustment / 2 * steps**2)).sum())
        if cost < least - 1e-15:
            best, least = path, cost
    return best, least


def _rising(k: float, b: Floats, n: int) -> Floats:
    """The path that is 1 from year n on, and before it k*b_t*(s_t - s_(t-1)) - k*b_(t+1)*(s_(t+1) - s_t) = b_t: stationary."""
    path = np.ones(len(b))
    if n == 0 or k == 0:
        return path
    later = np.append(b[1:], 0.0)[:n]
    a = np.diag(k * (b[:n] + later)) - np.diag(k * b[1:n], 1) - np.diag(k * b[1:n], -1)
    right = b[:n].copy()
    if n < len(b):
        right[-1] += k * later[-1]
    path[:n] = np.linalg.solve(a, right)
    return path


def span(plan: Plan) -> tuple[float, float]:
    """Quarters at which the first measure starts and the last is complete."""
    return min(m.start for m in plan.measures), max(m.start + m.phase for m in plan.measures)


def at_pace(plan: Plan, years: float) -> Plan:
    """The plan with the last measure complete `years` after the first starts."""
    first, last = span(plan)
    stretch = 4 * years / (last - first) if last > first else np.nan

    def moved(m: Measure) -> Measure:
        if np.isnan(stretch):  # all at once: each comes in over the whole time
            return replace(m, phase=4.0 * years)
        end = None if m.end is None else first + (m.end - first) * stretch
        return replace(m, start=first + (m.start - first) * stretch, phase=m.phase * stretch, end=end)

    return replace(plan, measures=tuple(moved(m) for m in plan.measures))


def on_calendar(plan: Plan, calendar: Calendar) -> Plan:
    """The plan as it is, seen over another calendar; promises are left out, which may speak of years that it has not."""
    place = replace(plan.place, calendar=calendar)
    return replace(plan, place=place, promises=(), target_year=calendar.whole_years[-1])


def calendar_for(plan: Plan, years: Sequence[float]) -> Calendar:
    """A calendar that holds the slowest pace and a year after it, in whole years, and at least what the plan's own does."""
    own, (first, last) = plan.place.calendar, span(plan)
    needed = max(first + 4 * max(years), last) + AFTER
    return replace(own, quarters=max(own.quarters, 4 * int(np.ceil(needed / 4))))


@dataclass(frozen=True)
class Pace:
    """A plan at one pace: `years` from first start to last completion, `own` where that is the plan's own.

    [draw, year] over the common calendar, pounds: `saving`, `judged` that of services the verdict counts, `taken` service taken
    away, `one_off`, `receipts`, `haste`, `raised`; lost[service] fewer people served. `measures` are the plan's at this pace.
    """

    years: float
    own: bool
    measures: tuple[Measure, ...]
    saving: Floats
    judged: Floats
    taken: Floats
    one_off: Floats
    receipts: Floats
    haste: Floats
    raised: Floats
    lost: Mapping[str, Floats]
    appraisal: Appraisal


@dataclass(frozen=True)
class Paces:
    """A plan at several paces on the same draws and years; rate[draw] discounts money, health_rate[draw] people-years."""

    plan: Plan
    calendar: Calendar
    paces: tuple[Pace, ...]
    rate: Floats
    health_rate: Floats
    adjustment: Floats

    def cost(self, p: Pace) -> Floats:
        """What a pace costs beside the money it saves: service taken away, one-off costs and haste, as of the first year."""
        return self.present(p.taken + p.one_off + p.haste)

    def net(self, p: Pace) -> Floats:
        """Net present value in money: savings and receipts less one-off costs and haste, float[draw]."""
        return self.present(p.judged + p.receipts - p.one_off - p.haste)

    def misses(self, p: Pace) -> float | None:
        """Chance that the plan's target is missed in its year by what is saved and raised; None without a target."""
        aim, year = self.plan.target_saving, self.plan.target_year
        if np.isnan(aim) or year not in self.calendar.years:
            return None
        at = self.calendar.years.index(year)
        return float((p.saving[:, at] + p.raised[:, at] < aim).mean())

    def dearer(self, fast: Pace, slow: Pace) -> tuple[float, float, float]:
        """Cost of a pound saved at two paces (ratios of means), and the chance that it is higher at the faster one."""
        cost, saved = zip(*((self.cost(p), self.present(p.judged)) for p in (fast, slow)), strict=True)
        each = [float(c.mean() / s.mean()) if s.mean() > 1 else np.nan for c, s in zip(cost, saved, strict=True)]
        return each[0], each[1], float((cost[0] * saved[1] > cost[1] * saved[0]).mean())

    def present(self, yearly: Floats) -> Floats:
        """Pounds of all years as of the first: float[draw]."""
        return discounted(yearly, self.rate)


def discounted(yearly: Floats, rate: Floats) -> Floats:
    """yearly[draw, year] added up as of the first year: float[draw]."""
    total: Floats = (yearly / (1 + rate[:, None]) ** np.arange(yearly.shape[1])).sum(axis=1)
    return total


def paces(
    plan: Plan, years: Sequence[float], seed: int, draws: int, progress: Callable[[int, int], None] | None = None
) -> Paces:
    """The plan at its own pace and at each of `years`, on the same draws; raises ValueError for one without measures."""
    if not plan.measures:
        raise ValueError("the plan has no measures: nothing can be done faster or slower")
    calendar = calendar_for(plan, years)
    seen = on_calendar(plan, calendar)
    study, (first, last) = Study(seen.place, seed, draws), span(plan)
    wanted = [((last - first) / 4, True, seen), *((y, False, at_pace(seen, y)) for y in years)]
    found = []
    for done, (length, own, variant) in enumerate(wanted, 1):
        found.append(_pace(length, own, study.appraise(variant)))
        if progress is not None:
            progress(done, len(wanted))
    drawn = _drawn(found[0].appraisal)
    rates = (drawn["money.discount_rate"], drawn["money.health_discount_rate"], drawn["pace.adjustment"])
    return Paces(plan, calendar, tuple(found), *rates)


def _drawn(a: Appraisal) -> Draws:
    return a.register.draw(a.seed, 0, a.draws // BLOCK)


def _pace(years: float, own: bool, a: Appraisal) -> Pace:
    saving = a.total("saving")
    drawn = _drawn(a)
    judged = [s for s in a.services if s.in_verdict and s.measures]
    return Pace(
        years=years,
        own=own,
        measures=a.plan.measures,
        saving=saving,
        judged=a.total("saving", judged=True),
        taken=a.total("fewer", judged=True) + a.total("lower", judged=True),
        one_off=a.total("one_off"),
        receipts=a.total("capital_receipt"),
        haste=haste(saving, drawn["pace.adjustment"]),
        raised=a.total("raised"),
        lost={s.instance.name: s.yearly["served0"] - s.yearly["served1"] - s.yearly["spared1"] for s in judged},
        appraisal=a,
    )


def haste(saving: Floats, adjustment: Floats) -> Floats:
    """Cost of changing much in one year, pounds: (k/2)*(s - s before)^2/S, S the final saving; float[draw, year]."""
    final = np.abs(saving[:, -1:])
    steps = np.diff(saving, axis=1, prepend=0.0)
    return np.where(final > 1.0, adjustment[:, None] / 2 * steps**2 / np.maximum(final, 1.0), 0.0)


@dataclass(frozen=True)
class Learnt:
    """A pace with learning: final saving and service taken away, float[draw], where each measure that shows harm above a bound
    after its first phase goes no further; stopped[id] is the share of draws in which one does so and something is left to stop.
    """

    saving: Floats
    taken: Floats
    stopped: Mapping[str, float]


def learn(p: Pace, shares: Attribution, bound: float, *, undo: bool = False) -> Learnt:
    """What a pace comes to if harm is watched: a measure that seems to take away more than `bound` pounds of service for a pound
    saved, `pace.harm_shows` quarters after it starts, is stopped there, or with `undo` what was begun is put back as well.

    Shares are those of the plan on the same draws; what is seen is misread by `pace.misread`. Of a measure that is complete by
    then nothing can be stopped: that is what a fast pace gives away.
    """
    a = p.appraisal
    drawn = _drawn(a)
    luck = ndtri(Streams(a.seed, 0, a.draws // BLOCK).uniforms("pace.misread", [m.id for m in p.measures], 1)[:, :, 0])
    saving, taken, stopped = np.zeros(a.draws), np.zeros(a.draws), {}
    for i, (m, part) in enumerate(zip(p.measures, shares.parts, strict=True)):
        s, d = part.share["saving"], part.taken
        done = np.minimum(drawn["pace.harm_shows"] / max(m.phase, 1e-9), 1.0)
        seen = d * np.exp(drawn["pace.misread"] * luck[:, i])
        stops = (seen > bound * np.maximum(s, 0.0)) & (d > 0) & (done < 1)
        kept = np.where(stops, 0.0 if undo else done, 1.0)
        saving, taken = saving + kept * s, taken + kept * d * (m.id in shares.judged)
        stopped[m.id] = float(stops.mean())
    return Learnt(saving, taken, stopped)
