"""A plan: measures that move levers, and the settings that result; services see settings and never measures."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .place import Place

Floats = NDArray[np.float64]

EVIDENCE = ("contract", "business_case", "target")
"""What stands behind a booked saving, strongest first."""

CHANGES = ("set", "scale", "add")


@dataclass(frozen=True)
class Lever:
    """Something a plan may move, declared by a service, one value a unit (a row of `table`, or the whole service).

    `low` and `high` bound it in `unit`. `direction` is +1 where raising it never takes service away, -1 where raising
    it never adds any, 0 where it depends. A lever of unit `choice` holds the place of a word in the service's list.
    `words` are names that a plan may write in the stead of a number: {word: number}. `closes`: at 0 it shuts the unit, so that
    nothing else that is done there has an effect.
    """

    name: str
    meaning: str
    unit: str
    table: str = ""
    low: float = -np.inf
    high: float = np.inf
    direction: int = 0
    words: Mapping[str, float] = field(default_factory=dict)
    closes: bool = False

    @property
    def yes_or_no(self) -> bool:
        """Whether a change of it happens to a unit or does not, with nothing between: switches and choices."""
        return self.unit in ("switch", "choice")


UNIT_COST = Lever(
    "unit_cost", "cost of a unit of service against today's, by an efficiency claim", "ratio", low=0.2, high=2.0
)
"""Reserved on every service: `delivery` weighs the claim, no service sees it."""


@dataclass(frozen=True)
class Measure:
    """One line of a plan. `where` are unit ids; dates are quarters from the calendar's start (fractions allowed).

    `amount` is what `change` ("set", "scale", "add") does, in the lever's unit (scale: a ratio). `phase` is the length
    of a linear ramp in quarters, 0 for at once; `end` is None where it lasts. Money in pounds (a year, at full effect,
    for `booked_saving`), NaN where the plan says nothing.
    """

    id: str
    title: str
    service: str
    lever: str
    where: tuple[str, ...]
    change: str
    amount: float
    start: float
    end: float | None = None
    phase: float = 0.0
    booked_saving: float = np.nan
    one_off_cost: float = np.nan
    posts: float = 0.0
    evidence: str = "business_case"
    source: str = ""

    def __post_init__(self) -> None:
        if self.change not in CHANGES or self.evidence not in EVIDENCE:
            raise ValueError(f"measure {self.id}: change {self.change!r}, evidence {self.evidence!r}")


@dataclass(frozen=True)
class Promise:
    """A promise of the plan and how it is checked.

    Holds where `what` of `service` ("all" for the whole plan) stands in relation `comparison` to `value`; where
    `relative`, to `value` times the baseline. `when` is "end", "always" or a financial year. `arguments` are the
    rest of the check, such as {"minutes": 20.0}.
    """

    text: str
    service: str
    what: str
    comparison: str
    value: float
    relative: bool = False
    when: str = "end"
    arguments: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """A savings plan for a place. `target_saving` is pounds a year (NaN if none), due in `target_year`."""

    title: str
    place: Place
    measures: tuple[Measure, ...]
    promises: tuple[Promise, ...] = ()
    target_saving: float = np.nan
    target_year: str = ""
    overrides: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    def of(self, instance: str) -> tuple[Measure, ...]:
        """The measures of one service instance, in the plan's order."""
        return tuple(m for m in self.measures if m.service == instance)


@dataclass(frozen=True)
class Settings:
    """The plan as it is carried out, laid over the levers of one instance: what services see.

    `values[lever]` is float[draw, unit, quarter], in the lever's unit; its axis of draws has length 1 where the lever stands
    alike in every draw, else as many as the draws of the run.
    """

    units: Mapping[str, tuple[str, ...]]
    values: Mapping[str, Floats]

    def __post_init__(self) -> None:
        for lever, array in self.values.items():
            if array.ndim != 3:
                raise ValueError(f"settings of {lever}: found shape {array.shape}, expected (draw, unit, quarter)")
            array.setflags(write=False)

    def __getitem__(self, lever: str) -> Floats:
        return self.values[lever]

    def by_quarter(self, lever: str) -> Floats:
        """The values of a lever the other way round, float[draw, quarter, unit], and so in memory: NumPy adds up in the order in
        which numbers lie, and how sums of a transposed view lie depends on how many there are.
        """
        return np.ascontiguousarray(self.values[lever].transpose(0, 2, 1))

    @cached_property
    def quarters(self) -> int:
        """Quarters that the settings run over."""
        return next((v.shape[2] for v in self.values.values()), 0)

    @cached_property
    def fingerprint(self) -> str:
        """BLAKE2b of every value, 32 hexadecimal digits."""
        digest = hashlib.blake2b(digest_size=16)
        for lever in sorted(self.values):
            digest.update(
                f"{lever}:{self.values[lever].shape}".encode() + np.ascontiguousarray(self.values[lever]).tobytes()
            )
        return digest.hexdigest()


def steady(units: Mapping[str, tuple[str, ...]], baseline: Mapping[str, Floats], quarters: int = 1) -> Settings:
    """The levers as they are today, `baseline[lever][unit]`, in every quarter and draw."""
    return Settings(
        units, {k: np.repeat(np.asarray(v, np.float64)[None, :, None], quarters, 2) for k, v in baseline.items()}
    )


def in_force(start: float, end: float | None, phase: float, quarters: int, lag: Floats | float = 0.0) -> Floats:
    """Share of each quarter in which a measure bites, 0 to 1: float[..., quarter], with `lag` quarters of delay.

    The ramp is linear over `phase` quarters from `start`; a quarter's share is the exact mean of the ramp over it.
    """
    begin = np.asarray(start + np.asarray(lag, dtype=np.float64))[..., None]
    edges = np.arange(quarters + 1, dtype=np.float64)
    since = (np.minimum(edges, end) if end is not None else edges) - begin
    since = np.maximum(since, 0.0)
    if phase > 0:
        ramp = np.minimum(since, phase)
        area = ramp**2 / (2 * phase) + (since - ramp)
    else:
        area = since
    return np.diff(area, axis=-1)


@dataclass(frozen=True)
class Carried:
    """How one measure is carried out: `share[draw, place in where]` of it, `lag[draw]` quarters late.

    Of a lever that is yes or no the share of a unit is 0 or 1: it happens there or it does not.
    """

    share: Floats
    lag: Floats


ON_TIME = Carried(np.ones((1, 1)), np.zeros(1))
"""All of it, at once."""


def settings(
    levers: Sequence[Lever],
    units: Mapping[str, tuple[str, ...]],
    baseline: Mapping[str, Floats],
    measures: Sequence[Measure],
    quarters: int,
    carried: Mapping[str, Carried] | None = None,
) -> Settings:
    """Lay measures over the baseline values `baseline[lever][unit]`, in the plan's order, within each lever's bounds.

    `carried[measure id]` says how far and how late each arrives; without it the plan is carried out to the letter. A measure on
    its ramp stands part of the way; a lever that is a choice changes when half of the ramp is done.
    Raises KeyError for a lever or unit that is not there (files.read_plan reports these with their line).
    """
    known = {lever.name: lever for lever in levers}
    values = dict(steady(units, baseline, quarters).values)
    for m in measures:
        if m.lever == UNIT_COST.name:
            continue
        lever, how = known[m.lever], ON_TIME if carried is None else carried[m.id]
        rows = [units[m.lever].index(u) for u in m.where]
        force = in_force(m.start, m.end, m.phase, quarters, how.lag)[:, None, :]  # [draw, 1, quarter]
        share = how.share[:, :, None]
        now = values[m.lever]
        if len(now) < max(len(force), len(share)):
            now = np.repeat(now, max(len(force), len(share)), axis=0)
        there = now[:, rows]
        moved = _changed(there, m, share, force, choice=lever.unit == "choice")
        touched = share * force > 0
        now = np.array(now)
        now[:, rows] = np.where(touched, np.clip(moved, lever.low, lever.high), there)
        values[m.lever] = now
    return Settings(units=units, values=values)


LAST_BIT = 1e-12
"""What a ramp is short of its end or past its start by rounding alone: a building open for a trillionth of a quarter is shut."""


def _changed(now: Floats, m: Measure, share: Floats, force: Floats, *, choice: bool) -> Floats:
    """Values `now[draw, unit, quarter]` after a measure of which `share` is carried out and that is in force for `force`."""
    if choice:
        return np.where((share >= 0.5) & (force >= 0.5), m.amount, now)
    reached = share * force
    reached = np.where(reached > 1 - LAST_BIT, 1.0, np.where(reached < LAST_BIT, 0.0, reached))
    if m.change == "set":
        return now + reached * (m.amount - now)
    if m.change == "scale":
        return now * (1 + reached * (m.amount - 1))
    return now + reached * m.amount
