"""The list as a cohort by weeks waited, a week at a time, compiled: every patient is somewhere, to the last one.

For every draw, specialty and part of the list, with `x_w` people in bin w (waited w to w + 1 weeks), one week is

    ageing      n_0 = arrivals * exp(-leave_0 / 2) + back at the start;   n_{w+1} = x_w * exp(-leave_w) + other_w
                (the last bin keeps its own survivors too)
    validation  a share of those at or beyond `validate_from` weeks is taken off; of these, `restart` come back in bin 0
    transfers   `sent` leave untreated for another provider, longest waiters first; `received` join with their wait
    treatment   want_w = n_w * (1 - exp(-pull_w)); the first `urgent_weeks` bins hold the urgent
                urgent protected (g, 0 to 1): e_w = g * want_w of the urgent bins comes first, as far as capacity goes
                as observed: of the capacity then left, 1 - l goes to the want then left, min(n_w, in proportion to it)
                longest first (l, 0 to 1): all the rest of the capacity, and one-off lists; idle if nobody is left
                long waits shielded (h, 0 to 1): where capacity is short of the want, h * (1 - l) * want_w of the bins from
                `front_from` on comes first as well; others bear the shortage
    after it    x'_w = n_w - treated_w

    moving front  where front f > 0, bins from `front_from` on pull as longer waiters did: pull_w + max(shape(min(w + f, to)) -
                shape(min(w, to)), 0), `shape` linear between bins, `to` = `front_to`; nobody's pull falls

so that list at the end = list at the start + arrivals + other + received + back - treated - removed - validated - sent.
Where capacity is NaN as many are treated as want to be: a constant hazard.

Interface: fill `Flow`, call `run(flow, period)`; `Run` is what comes out. Arrays of `Flow` have the axes they are
documented with; an axis of draws or of weeks of length 1 stands for all. A period is any run of weeks (a week, a month, a
quarter): `period[week]` numbers them from 0, -1 for weeks that are only run through (a run-in). Flows are summed
over a period, stocks stand at its end. `Run.closing` may be the `opening` of another run: two runs one after the other
are one long run, which is how rates that change over time are laid on.

Draws share nothing and sums are taken in the order written, without fast mathematics: a draw has the same bits in any
company, on any number of threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .distribution import percentile_of
from .kernel import run_draws
from .kernel_arrays import Given, Out

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FLOWS = ("arrived", "other", "received", "back", "treated", "removed", "validated", "sent", "idle", "person_weeks")
"""What `Run.flows` holds by period: people, but `idle` treatments nobody was there for, and `person_weeks` waited."""

WITHIN = (18, 52, 65, 78, 104)
"""Weeks that a list is counted within; the rest of it is over."""

QUANTILES = (0.5, 0.92)
_NOTHING = np.zeros((1, 1, 1, 1))


@dataclass(frozen=True)
class Flow:
    """What moves a list. Axes: draw, specialty, part, then week waited (`w`) or week of the run (`t`).

    opening[draw, specialty, part, w] people; arrivals[.., t] people a week; capacity[.., t] treatments a week (NaN: as
    many as want); pull[.., w] and leave[.., w] rates a week, 0 or more; other[.., w] people a week who appear with w weeks
    behind them and are one bin on by the week's end.
    Levers, all [.., t]: `extra` treatments a week on top that go to the longest waiters (one-off lists); `validated` share
    of those at or beyond `validate_from` weeks taken off in that week; `sent` and `received` people a week, the
    latter with waits spread as `received_waits[w]` (sums to 1); `longest` and `urgent`, l and g of the queue discipline, 0
    to 1 each: 0 and 0 as observed, 1 and 0 longest first, 0 and 1 urgent protected, 1 and 1 urgent, then longest.
    `restart[draw]` share of the validated who come back to the start of the list; `shielded[draw]`, h, how far those from
    bin `front_from` on are spared when capacity is short, 0 to 1.
    Drives against long waits: front[.., t] weeks waited by which they have come down by that week, 0 or more, and shape[.., w]
    the pull smoothed over age, a week; read no further than bin `front_to` (None: the last). The shares treated are
    reckoned anew in a week whose front is not that of the week before: hold it for a month or a quarter.
    costs[draw, weeks] of a wait that ends in its w-th week, for `Run.expected`; without any, that is not calculated.
    """

    opening: Floats
    arrivals: Floats
    capacity: Floats
    pull: Floats
    leave: Floats
    other: Floats = field(default_factory=lambda: _NOTHING)
    extra: Floats = field(default_factory=lambda: _NOTHING)
    validated: Floats = field(default_factory=lambda: _NOTHING)
    sent: Floats = field(default_factory=lambda: _NOTHING)
    received: Floats = field(default_factory=lambda: _NOTHING)
    longest: Floats = field(default_factory=lambda: _NOTHING)
    urgent: Floats = field(default_factory=lambda: _NOTHING)
    front: Floats = field(default_factory=lambda: _NOTHING)
    shape: Floats = field(default_factory=lambda: _NOTHING)
    restart: Floats = field(default_factory=lambda: np.zeros(1))
    shielded: Floats = field(default_factory=lambda: np.zeros(1))
    received_waits: Floats | None = None
    costs: Floats = field(default_factory=lambda: np.zeros((1, 0)))
    validate_from: int = 12
    urgent_weeks: int = 4
    front_from: int = 39
    front_to: int | None = None


@dataclass(frozen=True)
class Run:
    """What became of a list. The last entry of axis `group` is all specialties together, those before are single ones.

    flows[flow, draw, specialty, part, period]: see `FLOWS`. stock[draw, specialty, part, period]: people at the period's
    end. within[draw, group, period, k]: of them, those who have waited less than `within[k]` weeks.
    percentile[draw, group, period, q]: weeks waited by the share q of the list, linear inside a bin, NaN for an empty
    list. expected[draw, specialty, part, period]: expected cost of the wait of somebody who joins and needs treatment until
    it comes, by that period's life table (`expected_wait.py`), NaN where nobody was there or it was not asked for.
    closing[draw, specialty, part, w]: the list at the end of the run. lists[draw, specialty, period, w], where they
    were to be kept: people by weeks waited at the period's end.
    """

    flows: Floats
    stock: Floats
    within: Floats
    percentile: Floats
    expected: Floats
    closing: Floats
    lists: Floats | None = None

    def flow(self, name: str) -> Floats:
        """One of `FLOWS`: float[draw, specialty, part, period]."""
        found: Floats = self.flows[FLOWS.index(name)]
        return found

    @property
    def listed(self) -> Floats:
        """People on the list by group: float[draw, group, period]."""
        by_specialty = self.stock.sum(axis=2)
        return np.concatenate([by_specialty, by_specialty.sum(axis=1, keepdims=True)], axis=1)


def run(
    flow: Flow,
    period: Ints,
    within: Sequence[int] = WITHIN,
    quantiles: Sequence[float] = QUANTILES,
    keep: bool = False,
    known: tuple[Run, NDArray[np.bool_]] | None = None,
) -> Run:
    """Run a list for `len(period)` weeks; raises ValueError where an array has another shape than documented.

    `keep` keeps `Run.lists`. Where a run with kept lists is `known` that differs in some specialties only (those marked), the
    others are taken over from it: the result is the same to the last bit.
    """
    draws = _size(flow, len(period))
    specialties, parts, bins = flow.opening.shape[1:]
    periods = int(period.max(initial=-1)) + 1
    changed = np.ones(specialties, dtype=np.bool_)
    lists = np.empty((draws, specialties if keep else 0, periods, bins))
    out = Out(
        flows=np.zeros((len(FLOWS), draws, specialties, parts, periods)),
        stock=np.zeros((draws, specialties, parts, periods)),
        within=np.zeros((draws, specialties + 1, periods, len(within))),
        percentile=np.zeros((draws, specialties + 1, periods, len(quantiles))),
        expected=np.full((draws, specialties, parts, periods), np.nan),
        closing=np.empty((draws, specialties, parts, bins)),
    )
    if known is not None and known[0].lists is not None:
        before, changed = known
        lists = known[0].lists
        out = Out(*(getattr(before, name).copy() for name in Out._fields))
    waits = np.zeros(bins) if flow.received_waits is None else np.asarray(flow.received_waits, np.float64)
    front_to = bins - 1 if flow.front_to is None else min(flow.front_to, bins - 1)
    arrays = {name: _plain(getattr(flow, name)) for name in (*_BY_WAIT, *BY_WEEK, *_BY_DRAW)}
    given = Given(
        **arrays, waits=_plain(waits), costs=_plain(flow.costs), validate_from=flow.validate_from,
        urgent_weeks=min(flow.urgent_weeks, bins), front_from=flow.front_from, front_to=front_to,
        period=np.array(period, np.int64), within=np.array(within, np.int64), quantiles=np.array(quantiles, np.float64),
    )  # fmt: skip
    run_draws(given, out, changed, lists, keep)
    return Run(*out, lists=lists if keep else None)


def _plain(array: Floats) -> Floats:
    """The array as the kernel is compiled for it: another layout would be compiled anew."""
    return np.require(array, np.float64, ["C_CONTIGUOUS", "WRITEABLE"])


BY_WEEK = ("arrivals", "capacity", "extra", "validated", "sent", "received", "longest", "urgent", "front")
"""Arrays of `Flow` that have an axis of weeks of the run."""

_BY_WAIT = ("opening", "pull", "leave", "other", "shape")
_BY_DRAW = ("restart", "shielded")


def _size(flow: Flow, weeks: int) -> int:
    """Draws of a run, once every array has been seen to fit."""
    cells = flow.opening.shape[1:3]
    found = {name: getattr(flow, name) for name in (*BY_WEEK, *_BY_WAIT)}
    by_draw = {name: getattr(flow, name) for name in _BY_DRAW}
    draws = max(len(array) for array in (*by_draw.values(), *found.values()))
    for name, array in found.items():
        last = weeks if name in BY_WEEK else flow.opening.shape[3]
        fits = array.ndim == 4 and array.shape[0] in (1, draws) and array.shape[3] in (1, last)
        if not fits or any(n not in (1, m) for n, m in zip(array.shape[1:3], cells, strict=True)):
            raise ValueError(f"{name}: found shape {array.shape}, expected ({draws} or 1, *{cells} or 1, {last} or 1)")
    if flow.front_from < 0 or (flow.front_to or 0) < 0:
        raise ValueError(f"front_from, front_to: found {flow.front_from}, {flow.front_to}, expected 0 or more")
    if 0 < flow.costs.shape[1] < flow.opening.shape[3] + 8:
        raise ValueError(f"costs: found {flow.costs.shape[1]} weeks, expected 0 or {flow.opening.shape[3] + 8} or more")
    for name, array in {**by_draw, "costs": flow.costs}.items():
        if len(array) not in (1, draws):
            raise ValueError(f"{name}: found {len(array)} draws, expected {draws} or 1")
    return draws


def percentile(counts: Floats, share: float) -> float:
    """Weeks waited by `share` of the people in counts[week], linear inside a week; NaN where nobody waits."""
    found: float = percentile_of(np.concatenate([[0.0], np.cumsum(counts)]), share)
    return found
