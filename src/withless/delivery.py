"""From a plan on paper to the plan as it is carried out: shortfall, delay, efficiency claims and one-off costs.

Delivery acts on the plan, never on outcomes. In each draw measure m arrives as a share `s_m` of itself, `l_m` quarters late;
`carried` gives both for every draw, `plan.settings` lays them over the levers, and services simulate what is really done.
With z the body's own luck and e_m, f_m the measure's, all standard normal and independent, and rho = `delivery.common`,
    s_m = B^-1(Phi(sqrt(rho)*z + sqrt(1 - rho)*e_m))        B: beta about the mean of the measure's evidence tier
    l_m = 2*lag*Phi(-sqrt(rho)*z + sqrt(1 - rho)*f_m) + crowding
so that a body which delivers little delivers late, and one measure split into ten varies little less than the one. A lever
that is yes or no happens to a unit where the unit's own uniform luck is below s_m.

An efficiency claim of k (lever `unit_cost`) proves real by a share r. With chance r nothing of it is hidden; else, of the
rest, u is a hidden cut in quality. What is neither real nor hidden is not saved: cost falls by k*(r + (1 - r)*u), quality
by k*(1 - r)*u.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, ndtr, ndtri

from .assumptions import Draws, Register
from .place import Calendar
from .plan import UNIT_COST, Carried, Measure, in_force
from .totals import Totals

Floats = NDArray[np.float64]

REGISTER = Register.load(Path(__file__).with_name("delivery.toml"))


@dataclass(frozen=True)
class Delivery:
    """How a plan turns out in some draws: `carried[measure id]`, and `honest[instance][draw]`, the uniform luck by which an
    efficiency claim hides nothing.
    """

    carried: Mapping[str, Carried]
    honest: Mapping[str, Floats]

    def some(self, first: int, last: int) -> Delivery:
        """The same in draws `first` up to `last` alone."""
        return Delivery(
            {name: Carried(c.share[first:last], c.lag[first:last]) for name, c in self.carried.items()},
            {name: luck[first:last] for name, luck in self.honest.items()},
        )


def delivery(
    measures: Sequence[Measure], yes_or_no: frozenset[str], draws: Draws, crowding: Mapping[str, Floats]
) -> Delivery:
    """Draw how every measure arrives; `yes_or_no` are the ids of measures whose lever happens to a unit or does not.

    `crowding[id][draw]` are quarters that a measure waits besides. Measures, units and instances have streams of their own:
    adding one changes no other.
    """
    if not measures:
        return Delivery({}, {})
    streams, ids = draws.streams(), [m.id for m in measures]
    body = ndtri(streams.uniforms("delivery.body", ["body"], 1)[:, :, 0])
    own = ndtri(streams.uniforms("delivery", ids, 2))
    rho = draws["delivery.common"][:, None]
    far, late = (sign * np.sqrt(rho) * body + np.sqrt(1 - rho) * own[:, :, k] for k, sign in ((0, 1), (1, -1)))
    spread = draws["delivery.spread"]
    mean = np.minimum([draws[f"delivery.share.{m.evidence}"] for m in measures], 1 - 1e-6)
    shares = np.asarray(betaincinv(mean * spread, (1 - mean) * spread, ndtr(far).T), np.float64)
    lag = [2 * ndtr(late[:, i]) * draws[f"delivery.lag.{m.evidence}"] + crowding[m.id] for i, m in enumerate(measures)]
    units = list(dict.fromkeys(_unit_key(m, u) for m in measures if m.id in yes_or_no for u in m.where))
    luck = dict(zip(units, streams.uniforms("delivery.units", units, 1)[:, :, 0].T, strict=True)) if units else {}

    def carried(m: Measure, share: Floats, late: Floats) -> Carried:
        if m.id not in yes_or_no:
            return Carried(share[:, None], late)
        happens = [luck[_unit_key(m, u)] < share for u in m.where]
        return Carried(np.array(happens, dtype=np.float64).reshape(len(m.where), -1).T, late)

    instances = list(dict.fromkeys(m.service for m in measures))
    honest = streams.uniforms("efficiency.honest", instances, 1)[:, :, 0].T
    return Delivery(
        {m.id: carried(m, share, late) for m, share, late in zip(measures, shares, lag, strict=True)},
        dict(zip(instances, honest, strict=True)),
    )


def _unit_key(m: Measure, unit: str) -> str:
    return f"{m.service}\x1f{m.lever}\x1f{unit}"


def crowding(
    measures: Sequence[Measure], change: Floats, gross_cost: float, calendar: Calendar, draws: Draws
) -> dict[str, Floats]:
    """Extra quarters that a measure waits because its year holds more change than can be carried: {id: float[draw]}.

    `change[year]` is the money that the plan, carried out to the letter, would move in a year that it did not move in the one
    before; capacity is a share of `gross_cost`, pounds a year of all services of the place. What exceeds it waits
    for the next years: on average half of (change / capacity - 1) years. What a plan books plays no part.
    """
    room = np.maximum(draws["delivery.capacity"] * gross_cost, 1e-9)
    return {m.id: 2.0 * np.maximum(change[_year(m, calendar)] / room - 1.0, 0.0) for m in measures}


@dataclass(frozen=True)
class Claims:
    """What an instance's efficiency claims come to: shares of gross cost, float[draw, quarter]."""

    real: Floats
    hidden: Floats


def claims(measures: Sequence[Measure], how: Delivery, draws: Draws, quarters: int) -> Claims:
    """Real and hidden parts of an instance's claims on `unit_cost`, compounded in the plan's order, late by their lag."""
    cost = np.ones((len(draws), quarters))
    quality = np.ones((len(draws), quarters))
    for m in measures:
        if m.lever != UNIT_COST.name:
            continue
        k = claimed(m) * in_force(m.start, m.end, m.phase, quarters, how.carried[m.id].lag)
        r = draws[f"efficiency.real.{m.evidence}"][:, None]
        if claimed(m) < 0:  # a dearer unit is simply dearer
            r = np.ones_like(r)
        hides = how.honest[m.service][:, None] >= r
        hidden = k * (1 - r) * draws["efficiency.hidden"][:, None] * hides
        cost = np.maximum(cost * (1 - k * r - hidden), UNIT_COST.low)
        quality = quality * (1 - hidden)
    return Claims(real=quality - cost, hidden=1 - quality)


def apply_claims(totals: Totals, c: Claims) -> Totals:
    """Totals after efficiency claims: gross cost and overhead fall by both parts, quality by the hidden one."""
    if not c.real.any() and not c.hidden.any():
        return totals
    worth, cost = 1 - c.hidden, 1 - c.real - c.hidden
    strata, groups = totals.by_stratum, totals.by_group
    cheaper = {name: strata[name] * cost for name in ("gross_cost", "overhead")}
    return replace(
        totals,
        by_stratum={**strata, **cheaper, "quality": strata["quality"] * worth},
        by_group={**groups, "output": groups["output"] * worth[:, totals.year, None]},
    )


def one_off(measures: Sequence[Measure], how: Delivery, simulated: Totals, draws: Draws) -> Floats:
    """One-off pounds of an instance, when and as far as they fall due: float[draw, quarter].

    What the service computes; in its place, for the lever and units of a measure that states a cost, the plan's figure with
    optimism bias; and the exit cost of every post that goes.
    """
    total = np.array(np.broadcast_to(simulated.all("one_off"), (len(draws), simulated.all("one_off").shape[1])))
    for lever, (units, once) in simulated.once.items():
        stated = {u for m in measures if m.lever == lever and np.isfinite(m.one_off_cost) for u in m.where}
        if stated:
            total = total - once[:, :, [u in stated for u in units]].sum(axis=2)
    for m in measures:
        cost = _known(m.one_off_cost) * (1 + draws["delivery.optimism_bias"]) + m.posts * draws["delivery.exit_cost"]
        if cost.any():
            total = total + cost[:, None] * begun(m, how.carried[m.id], total.shape[1])
    return total


def begun(m: Measure, how: Carried, quarters: int) -> Floats:
    """Part of a measure that is begun in each quarter: float[draw, quarter]. A claim on unit cost is begun in full."""
    share = np.ones(1) if m.lever == UNIT_COST.name else how.share.mean(axis=1)
    stands = in_force(m.start, None, m.phase, quarters, how.lag)
    return share[:, None] * np.diff(stands, axis=1, prepend=0.0)


def booked(measures: Sequence[Measure], quarters: int) -> Floats:
    """Pounds that the plan books in every quarter: float[quarter]."""
    total = np.zeros(quarters)
    for m in measures:
        total += _known(m.booked_saving) / 4 * on_time(m.start, m.end, m.phase, quarters)
    return total


@lru_cache(maxsize=512)
def on_time(start: float, end: float | None, phase: float, quarters: int) -> Floats:
    """`plan.in_force` without a lag, read-only: float[quarter]."""
    found = in_force(start, end, phase, quarters)
    found.setflags(write=False)
    return found


def _known(pounds: float) -> float:
    """Nil where a plan does not say."""
    return 0.0 if np.isnan(pounds) else pounds


def claimed(m: Measure) -> float:
    """The fall in unit cost that a claim states, as a share of it."""
    return {"set": 1 - m.amount, "scale": 1 - m.amount, "add": -m.amount}[m.change]


def _year(m: Measure, calendar: Calendar) -> int:
    quarter = int(np.clip(np.floor(m.start), 0, calendar.quarters - 1))
    return int(calendar.year_of[quarter])
