"""What a service did to people and money in some draws: one additive cube, kept by quantity.

People are counted by group, money is not (a building's heating belongs to no age band): people[quantity] is
[stratum, draw, quarter, group] and money[quantity] [stratum, draw, quarter]. Every quantity adds up over draws, quarters,
groups and strata, so rolling up is a plain sum; rates are computed when they are read. Stocks are person-years (people
present for a quarter count a quarter each); flows are counts.

An appraisal needs no more of a cube than its `Totals` (`totals.py`), which are a hundredth of its size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

PEOPLE = ("need", "served", "quality", "wait_days", "spared")
"""need and served in person-years; quality = served x quality (baseline 1); wait_days in person-days. `spared` are people who
would have been served and by the plan's own doing no longer need it (prevention, records cleared): they are not lost."""

MONEY = ("gross_cost", "income", "one_off", "capital_receipt", "price", "overhead", "raised", "drawn")
"""Pounds, base-year prices. `price` is the part of gross_cost that a change of input prices caused (0 at baseline).
`overhead` is the part of gross_cost that serves nobody in particular: fixed overheads and shut buildings. `raised` is council
tax and grants, `drawn` what is taken from reserves: neither is in `income`, because neither is saved."""

PAYERS = ("users", "carers", "volunteers", "nhs", "other")
"""Who bears what a service no longer does, in pounds."""

Floats = NDArray[np.float64]


class NotFinite(ValueError):
    """An amount that no number holds: what was given is far too large, far too small, or zero where nothing divides."""


@dataclass(frozen=True)
class Outcomes:
    """One run of one service on some draws.

    people[of `PEOPLE`][stratum, draw, quarter, group]; money[of `MONEY`][stratum, draw, quarter]; moved[of `PAYERS`][draw,
    quarter, group] in pounds; what is left out of any of these is nil, but for people served. area_sum[name][quarter,
    area], summed over draws; series[name][draw, quarter] or [draw, quarter, unit] for what a service alone has. All finite.
    Arrays may be views that repeat themselves. Where groups share alike in all of it, people and moved may have a single
    group, and `spread[draw, group]` (sums to 1) says how it is spread. `measured` names the parts of a group ("quintile",
    "age") by which use was observed and not assumed.

    once[lever][draw, quarter, unit]: the part of `one_off` that a change of this lever at this unit brings, so that a figure
    which the plan states can take its place. worth[stratum, draw]: what one person served is worth, on any scale, where the
    service values its outcomes; without it people are worth what they cost today. A wait that can be defined is
    series["wait"][draw, quarter], NaN where there is nobody to wait: see `verdict`.
    """

    strata: tuple[str, ...]
    people: Mapping[str, Floats]
    money: Mapping[str, Floats]
    moved: Mapping[str, Floats] = field(default_factory=dict)
    area_sum: Mapping[str, Floats] = field(default_factory=dict)
    series: Mapping[str, Floats] = field(default_factory=dict)
    measured: frozenset[str] = frozenset()
    spread: Floats | None = None
    once: Mapping[str, Floats] = field(default_factory=dict)
    worth: Floats | None = None

    def __post_init__(self) -> None:
        _, draws, quarters, groups = self.people["served"].shape
        parts = (
            ("people", PEOPLE, (len(self.strata), draws, quarters, groups)),
            ("money", MONEY, (len(self.strata), draws, quarters)),
            ("moved", PAYERS, (draws, quarters, groups)),
        )
        for part, known, shape in parts:
            for name, found in getattr(self, part).items():
                if name not in known:
                    raise ValueError(f"outcomes.{part}: found {name!r}, expected any of {', '.join(known)}")
                if found.shape != shape:
                    raise ValueError(f"outcomes.{part}[{name!r}]: found shape {found.shape}, expected {shape}")
                if not np.isfinite(_once(found).sum()):  # a sum of finite numbers is finite, and quicker to have
                    raise NotFinite(f"outcomes.{part}[{name!r}] holds a number that is not finite")
                found.setflags(write=False)
        if self.spread is not None and (groups != 1 or self.spread.shape[0] != draws):
            raise ValueError(
                f"outcomes.spread: found {self.spread.shape} beside {groups} groups, expected ({draws}, group) beside 1"
            )

    def counts(self, quantity: str) -> Floats:
        """`people` of one quantity: float[stratum, draw, quarter, group]."""
        return self._every_group(self.people.get(quantity, self._nil()))

    def pounds(self, quantity: str) -> Floats:
        """`money` of one quantity: float[stratum, draw, quarter]."""
        return self.money.get(quantity, self._nil()[..., 0])

    def moved_to(self, payer: str) -> Floats:
        """`moved` to one payer: float[draw, quarter, group]."""
        return self._every_group(self.moved.get(payer, self._nil()[0]))

    def _nil(self) -> Floats:
        return np.broadcast_to(0.0, self.people["served"].shape)

    def _every_group(self, found: Floats) -> Floats:
        """found[..., draw, quarter, group], spread over groups where that is still to be done."""
        return found if self.spread is None else found * self.spread[:, None, :]


_QUARTER = {"people": 2, "money": 2, "moved": 1, "area_sum": 0, "series": 1, "once": 1}
"""Axis of quarters in each part."""


def repeated(one: Outcomes, quarters: int) -> Outcomes:
    """Outcomes of a single quarter for each of `quarters` like it."""
    parts = {part: every_quarter(getattr(one, part), axis, quarters) for part, axis in _QUARTER.items()}
    return replace(one, **parts)  # type: ignore[arg-type]


def every_quarter(parts: Mapping[str, Floats], axis: int, quarters: int) -> dict[str, Floats]:
    """Arrays of a single quarter as views that repeat it along their axis of quarters."""
    return {k: np.broadcast_to(x, (*x.shape[:axis], quarters, *x.shape[axis + 1 :])) for k, x in parts.items()}


def single(outcomes: Outcomes) -> Outcomes | None:
    """The one quarter of outcomes that are `repeated`; None where they are not."""
    parts = {part: (getattr(outcomes, part), axis) for part, axis in _QUARTER.items()}
    if any(x.strides[axis] for arrays, axis in parts.values() for x in arrays.values()):
        return None
    one = {
        part: {k: x[(slice(None),) * axis + (slice(0, 1),)] for k, x in arrays.items()}
        for part, (arrays, axis) in parts.items()
    }
    return replace(outcomes, **one)  # type: ignore[arg-type]


def _once(array: Floats) -> Floats:
    """The array without what it repeats."""
    return array[tuple(slice(None) if stride else slice(0, 1) for stride in array.strides)]
