"""What an appraisal holds: per service and for the plan, by draw, year and group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..assumptions import Register
from ..ledger import PARTS
from ..outcomes import PAYERS
from ..place import Instance, Place
from ..plan import Measure, Plan
from ..promises import PromiseResult
from ..verdict import Verdict
from .influence import Switch
from .simulations import Crowding

Floats = NDArray[np.float64]

ADDS_UP: tuple[str, ...] = (
    *(
        "saving",
        *PARTS,
        "gained",
        "left",
        "raised",
        "drawn",
        "c0",
        "stake",
        "hidden",
        "one_off",
        "capital_receipt",
        "booked",
    ),
    *(f"{name}{side}" for name in ("gross_cost", "income") for side in "01"),
    *(f"moved_{payer}" for payer in PAYERS),
)
"""Names of `ServiceResult.yearly` that may be added over services: pounds, never people."""


@dataclass(frozen=True)
class ServiceResult:
    """One instance under the plan and without it. A suffix 0 is the baseline, 1 the plan; so is the axis `side`.

    yearly[name][draw, year]: what `ADDS_UP` names, in pounds, and need, served, quality, spared, main (the main outcome) with
    suffixes 0 and 1 (person-years), wait_days0, wait_days1, and where a service has a list wait0, wait1, NaN where undefined.
    group[name][draw, group], target year: need, served0, served1 (person-years), reach0, reach1, output0, output1,
    moved (pounds). area[name][side, area] and unit[name][side, draw, unit] are what the service alone reports, in the
    target year; quarterly[name][side, draw, quarter] likewise; extra[name][draw], NaN where undefined. `units` are
    the ids along the axis `unit`; `fates` says what the plan on paper makes of those that are ours, and `as_written[unit]`
    in what share of draws the yes-or-no changes there end so.
    """

    instance: Instance
    in_verdict: bool
    nouns: tuple[str, str]
    measures: tuple[Measure, ...]
    units: tuple[str, ...]
    fates: Mapping[str, str]
    as_written: Mapping[str, float]
    measured: frozenset[str]
    yearly: Mapping[str, Floats]
    group: Mapping[str, Floats]
    area: Mapping[str, Floats]
    unit: Mapping[str, Floats]
    quarterly: Mapping[str, Floats]
    extra: Mapping[str, Floats]
    verdict: Verdict
    verdict_by_year: Mapping[str, Verdict]


@dataclass(frozen=True)
class Appraisal:
    """What a plan does, with what is needed to say how we know. `year` is the target year's place in the calendar."""

    plan: Plan
    register: Register
    seed: int
    draws: int
    year: int
    services: tuple[ServiceResult, ...]
    promises: tuple[PromiseResult, ...]
    verdict: Verdict
    verdict_by_year: Mapping[str, Verdict]
    influence: Mapping[str, float]
    """Squared rank correlation of assumptions with D - tol or D/S of the target year, 0 to 1: see `influence`."""
    nearest: Switch | None
    """The single assumption under which the word is least likely."""
    horizon: Mapping[str, Floats]
    """Pounds discounted over the calendar, float[draw]: saving, one_off, capital_receipt, net."""
    crowding: Crowding

    @property
    def place(self) -> Place:
        """The place of the plan."""
        return self.plan.place

    @cached_property
    def target_year(self) -> str:
        """The financial year that the headline speaks of."""
        return self.place.calendar.years[self.year]

    def total(self, name: str, payer: str = "", *, judged: bool = False) -> Floats:
        """Pounds of `ADDS_UP` over all services: float[draw, year]. Refuses people: one person may use several services.

        With a `payer` ("council", "nhs") over those it pays for; `judged` leaves out services that the verdict does.
        """
        if name not in ADDS_UP:
            raise TypeError(f"{name} cannot be added over services: the same person may use several")
        zero = np.zeros((self.draws, len(self.place.calendar.years)))
        counted = [s for s in self.services if payer in ("", s.instance.payer) and (s.in_verdict or not judged)]
        return sum((s.yearly[name] for s in counted), zero)

    def service(self, name: str) -> ServiceResult:
        """The result of one instance; raises KeyError naming those there are."""
        for s in self.services:
            if s.instance.name == name:
                return s
        raise KeyError(f"no service {name!r}; there are {', '.join(s.instance.name for s in self.services)}")
