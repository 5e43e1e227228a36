"""The plan's promises against the outcomes: each is a quantity, a comparison and a time, true or false in every draw."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .place import Calendar
from .plan import Promise
from .totals import Totals

Floats = NDArray[np.float64]

COMPARISONS: Mapping[str, Callable[[Floats, Floats], NDArray[np.bool_]]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_SLACK = 1e-9  # a promise to keep what there is must not fail on the last bit of a sum


@dataclass(frozen=True)
class PromiseResult:
    """How a promise came out: `value` and `baseline` float[draw] at its time, `holds` bool[draw]."""

    promise: Promise
    unit: str
    value: Floats
    baseline: Floats
    holds: NDArray[np.bool_]

    @property
    def probability(self) -> float:
        """Share of draws in which it holds."""
        return float(self.holds.mean())


GENERIC: Mapping[str, tuple[str, str]] = {
    "need": ("people", "people the service is there for"),
    "served": ("people", "people served"),
    "quality": ("ratio", "quality for those served, today's = 1"),
    "wait_days": ("ratio", "days waited for each person served"),
    "gross_cost": ("pounds/year", "gross cost a year"),
    "income": ("pounds/year", "income a year"),
    "net_cost": ("pounds/year", "gross cost less income, a year"),
    "saving": ("pounds/year", "fall in net cost a year against doing nothing"),
}
"""Quantities that every service has: unit and meaning."""

ADDS_UP = ("gross_cost", "income", "net_cost", "saving")
"""Those that may be checked over all services together."""


def level(what: str, totals: Totals, baseline: Totals) -> Floats:
    """A generic quantity as a level in every quarter (money and people by the year): float[draw, quarter]."""
    if what in ("need", "served", "gross_cost", "income"):
        return 4 * totals.all(what)
    if what in ("quality", "wait_days"):
        return _ratio(totals.all(what), totals.all("served"))
    if what == "net_cost":
        return 4 * (totals.all("gross_cost") - totals.all("income"))
    if what == "saving":
        return level("net_cost", baseline, baseline) - level("net_cost", totals, baseline)
    raise KeyError(what)


def at(levels: Floats, promise: Promise, calendar: Calendar) -> Floats:
    """`levels[draw, quarter]` at the promise's time: the last quarter, the mean of a year, or the worst quarter."""
    found: Floats
    if promise.when == "end":
        found = levels[:, -1]
    elif promise.when == "always":
        found = levels.max(axis=1) if promise.comparison in ("<=", "<") else levels.min(axis=1)
    else:
        found = levels[:, calendar.year_of == calendar.years.index(promise.when)].mean(axis=1)
    return found


def check(promise: Promise, unit: str, value: Floats, baseline: Floats) -> PromiseResult:
    """Hold `value[draw]` against the promise; a value that is not defined (NaN) does not hold."""
    bound = promise.value * baseline if promise.relative else np.full_like(value, promise.value)
    slack = _SLACK * np.maximum(np.abs(bound), 1.0) * (1 if promise.comparison in ("<=", "<") else -1)
    strict = promise.comparison in ("<", ">")
    holds = COMPARISONS[promise.comparison](value, bound if strict else bound + slack)
    return PromiseResult(promise, unit, value, baseline, holds & np.isfinite(value))


def _ratio(top: Floats, bottom: Floats) -> Floats:
    return np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1.0), np.nan)
