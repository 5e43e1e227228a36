"""From a plan on paper to what is carried out: delay, shortfall, efficiency claims and one-off costs.

A measure m arrives as `share_m` of itself, `lag_m` quarters late. For an instance, `d[draw, quarter]` is what stands
of its measures over what the plan has standing by then, weighted by booked saving, and every quantity becomes
`baseline + d * (simulated - baseline)`: a saving that is not delivered brings harm that is not delivered.

An efficiency claim of k (lever `unit_cost`) proves real by a share r. Of the rest, u is a quiet cut in quality and
1 - u is not saved at all: cost falls by k*(r + (1 - r)*u), quality by k*(1 - r)*u.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from .assumptions import Draws, Register
from .place import Calendar
from .plan import UNIT_COST, Measure, in_force
from .totals import Totals

Floats = NDArray[np.float64]

REGISTER = Register.load(Path(__file__).with_name("delivery.toml"))


@dataclass(frozen=True)
class Luck:
    """How single measures turn out in some draws: `share[draw]` of each delivered, `lag[draw]` quarters late, by id."""

    share: Mapping[str, Floats]
    lag: Mapping[str, Floats]
    _late: dict[tuple[object, ...], Floats] = field(default_factory=dict, repr=False, compare=False)

    def in_force(self, m: Measure, quarters: int) -> Floats:
        """Share of each quarter in which a measure bites, late as it is: float[draw, quarter], not to be written to."""
        key = (m.id, m.start, m.end, m.phase, quarters)
        if key not in self._late:
            self._late[key] = in_force(m.start, m.end, m.phase, quarters, self.lag[m.id])
        return self._late[key]


def luck(measures: Sequence[Measure], draws: Draws, crowding: Mapping[str, Floats]) -> Luck:
    """Draw every measure's own delivery around the average of its evidence tier.

    The share is beta distributed about the tier's, so a few measures fail outright; the lag is uniform from nil to
    twice the tier's plus the wait that `crowding[id][draw]` brings. One stream a measure: adding one changes no other.
    """
    if not measures:
        return Luck({}, {})
    ids, spread = [m.id for m in measures], draws["delivery.spread"]
    u = draws.streams().uniforms("delivery", ids, 2)
    mean = np.minimum([draws[f"delivery.share.{m.evidence}"] for m in measures], 1 - 1e-6)
    shares = np.asarray(betaincinv(mean * spread, (1 - mean) * spread, u[:, :, 0].T), np.float64)
    lags = [2 * u[:, i, 1] * draws[f"delivery.lag.{m.evidence}"] + crowding[m.id] for i, m in enumerate(measures)]
    return Luck(dict(zip(ids, shares, strict=True)), dict(zip(ids, lags, strict=True)))


def crowding(measures: Sequence[Measure], calendar: Calendar, gross_cost: Floats, draws: Draws) -> dict[str, Floats]:
    """Extra quarters that a measure waits because its year holds more change than can be carried: {id: float[draw]}.

    Change in a year is the booked saving that starts in it; capacity C is a share of `gross_cost[draw]`, pounds a year of
    the services that the plan touches. What exceeds C waits for the next years: on average half of (change / C - 1) years.
    """
    starts = {m.id: _year(m, calendar) for m in measures}
    change: dict[int, float] = {}
    for m in measures:
        change[starts[m.id]] = change.get(starts[m.id], 0.0) + abs(_known(m.booked_saving))
    room = np.maximum(draws["delivery.capacity"] * gross_cost, 1e-9)
    return {m.id: 2.0 * np.maximum(change[starts[m.id]] / room - 1.0, 0.0) for m in measures}


def delivered(measures: Sequence[Measure], luck: Luck, quarters: int) -> Floats:
    """What stands of an instance's measures against the plan: `d[draw, quarter]`, 1 where nothing is due ([1, quarter] if none).

    Efficiency claims are left out: they carry their own shortfall.
    """
    due = np.zeros(quarters)
    stands: Floats = np.zeros((1, quarters))
    real = [m for m in measures if m.lever != UNIT_COST.name]
    weights = _weights(real)
    for m, weight in zip(real, weights, strict=True):
        due = due + weight * _on_time(m.start, m.end, m.phase, quarters)
        stands = stands + weight * luck.share[m.id][:, None] * luck.in_force(m, quarters)
    return np.minimum(np.where(due > 0, stands / np.where(due > 0, due, 1.0), 1.0), 1.0)


def delivered_to(units: Sequence[str], measures: Sequence[Measure], luck: Luck, quarters: int) -> Floats:
    """What stands for each unit: `d[draw, quarter, unit]`, of the measures that name it, else of all."""
    all_of_them = delivered(measures, luck, quarters)
    draws = max((len(share) for share in luck.share.values()), default=1)
    out = np.repeat(np.broadcast_to(all_of_them, (draws, quarters))[:, :, None], len(units), axis=2)
    named = {u: tuple(m.id for m in measures if u in m.where) for u in units}
    for ids in set(named.values()) - {()}:
        own = delivered([m for m in measures if m.id in ids], luck, quarters)
        out[:, :, [i for i, u in enumerate(units) if named[u] == ids]] = own[:, :, None]
    return out


def blend(baseline: Totals, simulated: Totals, d: Floats, d_unit: Floats) -> Totals:
    """Every quantity part of the way from baseline to simulated, by `d[draw, quarter]`; units by `d_unit` of their own.

    Sums over draws (`by_area`) take the average d of those draws.
    """
    if simulated is baseline:
        return baseline
    if not np.array_equal(baseline.spread, simulated.spread):  # type: ignore[arg-type]  # None is like None alone
        baseline, simulated = baseline.spread_out(), simulated.spread_out()
    year = baseline.year

    def mix(before: Mapping[str, Floats], after: Mapping[str, Floats], weight: Floats) -> dict[str, Floats]:
        return {k: before[k] + weight * (v - before[k]) for k, v in after.items()}

    return replace(
        simulated,
        by_stratum=mix(baseline.by_stratum, simulated.by_stratum, d[None]),
        overall=mix(baseline.overall, simulated.overall, d),
        series=mix(baseline.series, simulated.series, d),
        by_group=mix(baseline.by_group, simulated.by_group, d[:, year, None]),
        by_unit=mix(baseline.by_unit, simulated.by_unit, d_unit[:, year]),
        by_area=mix(baseline.by_area, simulated.by_area, d[:, year].mean(axis=0)[:, None]),
    )


@dataclass(frozen=True)
class Claims:
    """What an instance's efficiency claims come to: shares of gross cost, float[draw, quarter]."""

    real: Floats
    hidden: Floats


def claims(measures: Sequence[Measure], luck: Luck, draws: Draws, quarters: int) -> Claims:
    """Real and hidden parts of the claims on `unit_cost`, compounded in the plan's order, late by their lag."""
    cost = np.ones((len(draws), quarters))
    quality = np.ones((len(draws), quarters))
    for m in measures:
        if m.lever != UNIT_COST.name:
            continue
        k = _claimed(m) * luck.in_force(m, quarters)
        r = draws[f"efficiency.real.{m.evidence}"][:, None]
        if _claimed(m) < 0:  # a dearer unit is simply dearer
            r = np.ones_like(r)
        hidden = k * (1 - r) * draws["efficiency.hidden"][:, None]
        cost = np.maximum(cost * (1 - k * r - hidden), UNIT_COST.low)
        quality = quality * (1 - hidden)
    return Claims(real=quality - cost, hidden=1 - quality)


def apply_claims(totals: Totals, c: Claims) -> Totals:
    """Totals after efficiency claims: gross cost and overhead fall by both parts, quality by the hidden one."""
    if not c.real.any() and not c.hidden.any():
        return totals
    worth, cost = 1 - c.hidden, 1 - c.real - c.hidden
    strata, overall, groups = totals.by_stratum, totals.overall, totals.by_group
    return replace(
        totals,
        by_stratum={**strata, "quality": strata["quality"] * worth, "gross_cost": strata["gross_cost"] * cost},
        overall={**overall, "overhead": overall["overhead"] * cost},
        by_group={**groups, "output": groups["output"] * worth[:, totals.year, None]},
    )


def one_off(measures: Sequence[Measure], luck: Luck, draws: Draws, quarters: int) -> Floats:
    """One-off pounds of an instance's measures, when and as far as they are carried out: float[draw, quarter].

    The plan's figure with optimism bias, and the exit cost of every post that goes.
    """
    total = np.zeros((len(draws), quarters))
    for m in measures:
        if not _known(m.one_off_cost) and not m.posts:
            continue
        cost = _known(m.one_off_cost) * (1 + draws["delivery.optimism_bias"])
        cost = cost + m.posts * draws["delivery.exit_cost"]
        share = 1.0 if m.lever == UNIT_COST.name else luck.share[m.id]
        begun = in_force(m.start, None, m.phase, quarters, luck.lag[m.id])
        begins = np.diff(np.concatenate([np.zeros((len(draws), 1)), begun], axis=1), axis=1)
        total += (cost * share)[:, None] * begins
    return total


def booked(measures: Sequence[Measure], quarters: int) -> Floats:
    """Pounds that the plan books in every quarter: float[quarter]."""
    total = np.zeros(quarters)
    for m in measures:
        total += _known(m.booked_saving) / 4 * _on_time(m.start, m.end, m.phase, quarters)
    return total


@lru_cache(maxsize=512)
def _on_time(start: float, end: float | None, phase: float, quarters: int) -> Floats:
    """`in_force` without a lag, read-only."""
    found = in_force(start, end, phase, quarters)
    found.setflags(write=False)
    return found


def _known(pounds: float) -> float:
    """Nil where a plan does not say."""
    return 0.0 if np.isnan(pounds) else pounds


def _claimed(m: Measure) -> float:
    """The fall in unit cost that a claim states, as a share of it."""
    return {"set": 1 - m.amount, "scale": 1 - m.amount, "add": -m.amount}[m.change]


def _weights(measures: Sequence[Measure]) -> list[float]:
    """Weights of measures within an instance: booked savings; one that books nothing counts as the smallest that does."""
    booked = [abs(_known(m.booked_saving)) for m in measures]
    least = min((b for b in booked if b > 0), default=1.0)
    return [b or least for b in booked]


def _year(m: Measure, calendar: Calendar) -> int:
    quarter = int(np.clip(np.floor(m.start), 0, calendar.quarters - 1))
    return int(calendar.year_of[quarter])
