"""The list as a cohort by weeks waited, a week at a time, compiled: every patient is somewhere, to the last one.

For every draw, specialty and part of the list, with `x_w` people in bin w (waited w to w + 1 weeks), one week is

    ageing      n_0 = arrivals * exp(-leave_0 / 2) + back at the start;   n_{w+1} = x_w * exp(-leave_w) + other_w
                (the last bin keeps its own survivors too)
    validation  a share of those at or beyond `validate_from` weeks is taken off; of these, `restart` come back in bin 0
    transfers   `sent` leave untreated for another provider, longest waiters first; `received` join with their wait
    treatment   want_w = n_w * (1 - exp(-pull_w)), U = sum of want over the first `urgent_weeks` bins
                urgent protected (weight g): the first of g * capacity goes to g * want_w of those bins
                as observed (weight 1 - g - l): min(n_w, want_w * (1 - g - l) * capacity / sum of want)
                longest first (weight l): all that is left of the capacity, and one-off lists; idle if nobody is left
    after it    x'_w = n_w - treated_w

so that list at the end = list at the start + arrivals + other + received + back - treated - removed - validated - sent.
Where capacity is NaN as many are treated as want to be: a constant hazard.

Interface: fill `Flow`, call `run(flow, period)`; `Run` is what comes out. Arrays of `Flow` have the axes they are
documented with; an axis of draws or of weeks of length 1 stands for all. A period is any run of weeks (a week, a month, a
quarter): `period[week]` numbers them from 0, -1 for weeks that are only run through (a run-in). Flows are summed
over a period, stocks stand at its end. `Run.closing` may be the `opening` of another run: two runs one after the other
are one long run, which is how rates that change over time are laid on.

Eight draws go side by side in the innermost loop. Sums over weeks waited are taken in the order written, so that a draw
has the same bits whatever it is run with, and no fast mathematics is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LANES = 8
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
    latter with waits spread as `received_waits[w]` (sums to 1); `longest` and `urgent`, weights of those disciplines, 0 to
    1 together. `restart[draw]` share of the validated who come back to the start of the list.
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
    restart: Floats = field(default_factory=lambda: np.zeros(1))
    received_waits: Floats | None = None
    validate_from: int = 12
    urgent_weeks: int = 4


@dataclass(frozen=True)
class Run:
    """What became of a list. The last entry of axis `group` is all specialties together, those before are single ones.

    flows[flow, draw, specialty, part, period]: see `FLOWS`. stock[draw, specialty, part, period]: people at the period's
    end. within[draw, group, period, k]: of them, those who have waited less than `within[k]` weeks.
    percentile[draw, group, period, q]: weeks waited by the share q of the list, linear inside a bin, NaN for an empty
    list. closing[draw, specialty, part, w]: the list at the end of the run.
    """

    flows: Floats
    stock: Floats
    within: Floats
    percentile: Floats
    closing: Floats

    def flow(self, name: str) -> Floats:
        """One of `FLOWS`: float[draw, specialty, part, period]."""
        found: Floats = self.flows[FLOWS.index(name)]
        return found

    @property
    def listed(self) -> Floats:
        """People on the list by group: float[draw, group, period]."""
        by_specialty = self.stock.sum(axis=2)
        return np.concatenate([by_specialty, by_specialty.sum(axis=1, keepdims=True)], axis=1)


def run(flow: Flow, period: Ints, within: Sequence[int] = WITHIN, quantiles: Sequence[float] = QUANTILES) -> Run:
    """Run a list for `len(period)` weeks; raises ValueError where an array has another shape than documented."""
    draws, weeks = _size(flow, len(period))
    specialties, parts, bins = flow.opening.shape[1:]
    periods = int(period.max(initial=-1)) + 1
    flows = np.zeros((len(FLOWS), draws, specialties, parts, periods))
    stock = np.zeros((draws, specialties, parts, periods))
    counts = np.zeros((draws, specialties + 1, periods, len(within)))
    percentile = np.zeros((draws, specialties + 1, periods, len(quantiles)))
    closing = np.empty((draws, specialties, parts, bins))
    waits = np.zeros(bins) if flow.received_waits is None else np.asarray(flow.received_waits, np.float64)
    _run(
        flow.opening, flow.arrivals, flow.capacity, flow.pull, flow.leave, flow.other, flow.extra, flow.validated,
        flow.sent, flow.received, flow.longest, flow.urgent, flow.restart, waits, flow.validate_from,
        min(flow.urgent_weeks, bins), np.ascontiguousarray(period, np.int64), weeks,
        np.asarray(within, np.int64), np.asarray(quantiles, np.float64),
        flows, stock, counts, percentile, closing,
    )  # fmt: skip
    return Run(flows, stock, counts, percentile, closing)


_BY_WEEK = ("arrivals", "capacity", "extra", "validated", "sent", "received", "longest", "urgent")
_BY_WAIT = ("opening", "pull", "leave", "other")


def _size(flow: Flow, weeks: int) -> tuple[int, int]:
    """Draws and weeks of a run, once every array has been seen to fit."""
    cells = flow.opening.shape[1:3]
    found = {name: getattr(flow, name) for name in (*_BY_WEEK, *_BY_WAIT)}
    draws = max(len(flow.restart), *(len(array) for array in found.values()))
    for name, array in found.items():
        last = weeks if name in _BY_WEEK else flow.opening.shape[3]
        fits = array.ndim == 4 and array.shape[0] in (1, draws) and array.shape[3] in (1, last)
        if not fits or any(n not in (1, m) for n, m in zip(array.shape[1:3], cells, strict=True)):
            raise ValueError(f"{name}: found shape {array.shape}, expected ({draws} or 1, *{cells} or 1, {last} or 1)")
    if len(flow.restart) not in (1, draws):
        raise ValueError(f"restart: found {len(flow.restart)} draws, expected {draws} or 1")
    return draws, weeks


@njit(cache=True, inline="always")
def _at(array: Floats, d: int, s: int, p: int, k: int) -> float:
    """An element of an array of which any axis may have length 1 and then stands for all."""
    i, j, m, n = array.shape
    return array[d if i > 1 else 0, s if j > 1 else 0, p if m > 1 else 0, k if n > 1 else 0]


# fmt: off
@njit(cache=True, parallel=True, error_model="numpy")
def _run(
    opening: Floats, arrivals: Floats, capacity: Floats, pull: Floats, leave: Floats, other: Floats, extra: Floats,
    validated: Floats, sent: Floats, received: Floats, longest: Floats, urgent: Floats, restart: Floats, waits: Floats,
    validate_from: int, urgent_weeks: int, period: Ints, weeks: int, within: Ints, quantiles: Floats,
    flows: Floats, stock: Floats, counts: Floats, percentile: Floats, closing: Floats,
) -> None:
    """`run`, unpacked: eight draws side by side, one specialty and part after another."""
    draws, specialties, parts, bins = closing.shape
    periods = stock.shape[3]
    for group in prange((draws + LANES - 1) // LANES):
        first = group * LANES
        everyone = np.zeros((periods, bins, LANES))
        for s in range(specialties):
            listed = np.zeros((periods, bins, LANES))
            for p in range(parts):
                x, keep, take, other_in = _rates(opening, pull, leave, other, first, draws, s, p, bins)
                week = np.zeros((9, LANES))
                sums = np.zeros((10, LANES))
                for t in range(weeks):
                    for lane in range(LANES):
                        d = min(first + lane, draws - 1)
                        week[0, lane] = _at(arrivals, d, s, p, t)
                        week[1, lane] = _at(capacity, d, s, p, t)
                        week[2, lane] = _at(extra, d, s, p, t)
                        week[3, lane] = _at(validated, d, s, p, t)
                        week[4, lane] = _at(sent, d, s, p, t)
                        week[5, lane] = _at(received, d, s, p, t)
                        week[6, lane] = _at(longest, d, s, p, t)
                        week[7, lane] = _at(urgent, d, s, p, t)
                        week[8, lane] = restart[d if len(restart) > 1 else 0]
                    _step(x, keep, take, other_in, week, waits, validate_from, urgent_weeks, sums)
                    now = period[t]
                    if now < 0:
                        sums[:] = 0.0
                    elif t + 1 == weeks or period[t + 1] != now:
                        _note(x, sums, listed[now], flows, stock, first, s, p, now)
                for lane in range(min(LANES, draws - first)):
                    for w in range(bins):
                        closing[first + lane, s, p, w] = x[w, lane]
            _distribution(listed, within, quantiles, counts, percentile, first, s)
            everyone += listed
        _distribution(everyone, within, quantiles, counts, percentile, first, specialties)


@njit(cache=True, error_model="numpy")
def _rates(
    opening: Floats, pull: Floats, leave: Floats, other: Floats, first: int, draws: int, s: int, p: int, bins: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """The list, the share kept in a week, the share that wants treatment, and who appears, [week, lane]; keep[-1] is
    the share of arrivals that is there at the end of its first week.
    """
    x, take, other_in = np.empty((bins, LANES)), np.empty((bins, LANES)), np.empty((bins, LANES))
    keep = np.empty((bins + 1, LANES))
    for lane in range(LANES):
        d = min(first + lane, draws - 1)
        for w in range(bins):
            x[w, lane] = _at(opening, d, s, p, w)
            keep[w, lane] = np.exp(-_at(leave, d, s, p, w))
            take[w, lane] = 1.0 - np.exp(-_at(pull, d, s, p, w))
            other_in[w, lane] = _at(other, d, s, p, w)
        keep[bins, lane] = np.exp(-_at(leave, d, s, p, 0) / 2.0)
    return x, keep, take, other_in
# fmt: on


@njit(cache=True, error_model="numpy")
def _step(
    x: Floats,
    keep: Floats,
    take: Floats,
    other: Floats,
    week: Floats,
    waits: Floats,
    validate_from: int,
    urgent_weeks: int,
    sums: Floats,
) -> None:
    """One week of one list; x[w, lane] becomes the list a week later, and `sums[flow, lane]` grow by what moved."""
    before = np.zeros(LANES)
    for w in range(len(x)):
        for lane in range(LANES):
            before[lane] += x[w, lane]
    _age(x, keep, other, week[0], sums)
    levers = False
    for lane in range(LANES):
        levers = levers or week[3, lane] > 0.0 or week[4, lane] > 0.0 or week[5, lane] > 0.0
    if levers:
        _validate(x, week, validate_from, sums)
        _transfer(x, week, waits, sums)
    _treat(x, take, week, urgent_weeks, sums)
    after = np.zeros(LANES)
    for w in range(len(x)):
        for lane in range(LANES):
            after[lane] += x[w, lane]
    for lane in range(LANES):
        sums[0, lane] += week[0, lane]
        sums[9, lane] += 0.5 * (before[lane] + after[lane])


@njit(cache=True, error_model="numpy")
def _age(x: Floats, keep: Floats, other: Floats, arrivals: Floats, sums: Floats) -> None:
    """A week older: who is kept moves one bin on, who appears joins, who is new comes into the first."""
    last = len(x) - 1
    gone, appeared = np.zeros(LANES), np.zeros(LANES)
    for lane in range(LANES):
        stays = x[last, lane] * keep[last, lane]
        gone[lane] += x[last, lane] - stays
        appeared[lane] += other[last, lane]
        x[last, lane] = stays + other[last, lane]
    for w in range(last - 1, -1, -1):
        for lane in range(LANES):
            stays = x[w, lane] * keep[w, lane]
            gone[lane] += x[w, lane] - stays
            appeared[lane] += other[w, lane]
            moved = stays + other[w, lane]
            x[w + 1, lane] = x[w + 1, lane] + moved if w + 1 == last else moved
    for lane in range(LANES):
        stays = arrivals[lane] * keep[last + 1, lane]
        x[0, lane] = stays
        sums[5, lane] += gone[lane] + (arrivals[lane] - stays)
        sums[1, lane] += appeared[lane]


@njit(cache=True, error_model="numpy")
def _validate(x: Floats, week: Floats, validate_from: int, sums: Floats) -> None:
    """Take off a share of those who have waited long enough; some of them come back to the start."""
    for lane in range(LANES):
        off = 0.0
        if week[3, lane] > 0.0:
            for w in range(validate_from, len(x)):
                part = x[w, lane] * week[3, lane]
                x[w, lane] -= part
                off += part
        back = off * week[8, lane]
        x[0, lane] += back
        sums[6, lane] += off
        sums[3, lane] += back


@njit(cache=True, error_model="numpy")
def _transfer(x: Floats, week: Floats, waits: Floats, sums: Floats) -> None:
    """Send the longest waiters elsewhere, and take in others with their wait behind them."""
    for lane in range(LANES):
        left = week[4, lane]
        for w in range(len(x) - 1, -1, -1):
            if left <= 0.0:
                break
            part = min(x[w, lane], left)
            x[w, lane] -= part
            left -= part
        sums[7, lane] += week[4, lane] - left
        if week[5, lane] > 0.0:
            for w in range(len(x)):
                x[w, lane] += week[5, lane] * waits[w]
                sums[2, lane] += week[5, lane] * waits[w]


@njit(cache=True, error_model="numpy")
def _treat(x: Floats, take: Floats, week: Floats, urgent_weeks: int, sums: Floats) -> None:
    """Treat: urgent protected, then as observed, then what is left to the longest waiters."""
    bins = len(x)
    want, first, done = np.zeros(LANES), np.zeros(LANES), np.zeros(LANES)
    for w in range(bins):
        for lane in range(LANES):
            want[lane] += x[w, lane] * take[w, lane]
        if w + 1 == urgent_weeks:
            for lane in range(LANES):
                first[lane] = want[lane]
    scale, urgent, left = np.empty(LANES), np.empty(LANES), np.empty(LANES)
    for lane in range(LANES):
        hazard = np.isnan(week[1, lane])
        room = want[lane] if hazard else week[1, lane]
        g = 0.0 if hazard else week[7, lane]
        observed = 1.0 if hazard else max(0.0, 1.0 - week[6, lane] - g)
        urgent[lane] = min(g, g * room / first[lane]) if first[lane] > 0.0 else 0.0
        scale[lane] = (1.0 if hazard else observed * room / want[lane]) if want[lane] > 0.0 else 0.0
        left[lane] = room
    for w in range(bins):
        for lane in range(LANES):
            share = scale[lane] + urgent[lane] if w < urgent_weeks else scale[lane]
            part = min(x[w, lane], x[w, lane] * take[w, lane] * share)
            x[w, lane] -= part
            done[lane] += part
    rest = False
    for lane in range(LANES):
        left[lane] -= done[lane]
        left[lane] = (left[lane] if left[lane] > 1e-9 * done[lane] else 0.0) + week[2, lane]
        rest = rest or left[lane] > 0.0
    if rest:
        _longest(x, left, done)
    for lane in range(LANES):
        sums[4, lane] += done[lane]
        sums[8, lane] += left[lane]


@njit(cache=True, error_model="numpy")
def _longest(x: Floats, left: Floats, done: Floats) -> None:
    """What is left of the capacity goes to the longest waiters; `left` is then what stays idle."""
    for w in range(len(x) - 1, -1, -1):
        for lane in range(LANES):
            part = min(x[w, lane], left[lane])
            x[w, lane] -= part
            left[lane] -= part
            done[lane] += part


# fmt: off
@njit(cache=True, error_model="numpy")
def _note(
    x: Floats, sums: Floats, listed: Floats, flows: Floats, stock: Floats, first: int, s: int, p: int, now: int
) -> None:
    """Write down a period at its end: its flows, its list, and the list's waits added to `listed[w, lane]`."""
    for lane in range(LANES):
        if first + lane < stock.shape[0]:
            total = 0.0
            for w in range(len(x)):
                total += x[w, lane]
            stock[first + lane, s, p, now] = total
            for k in range(len(sums)):
                flows[k, first + lane, s, p, now] = sums[k, lane]
    listed += x
    sums[:] = 0.0


@njit(cache=True, error_model="numpy")
def _distribution(
    listed: Floats, within: Ints, quantiles: Floats, counts: Floats, percentile: Floats, first: int, group: int
) -> None:
    """How many have waited less than so many weeks, and percentiles, from listed[period, w, lane]."""
    periods, bins, _ = listed.shape
    for now in range(periods):
        for lane in range(min(LANES, counts.shape[0] - first)):
            total = 0.0
            for k in range(len(within)):
                counts[first + lane, group, now, k] = 0.0
            for w in range(bins):
                total += listed[now, w, lane]
                for k in range(len(within)):
                    if w < within[k]:
                        counts[first + lane, group, now, k] += listed[now, w, lane]
            for q in range(len(quantiles)):
                percentile[first + lane, group, now, q] = _percentile(listed[now, :, lane], quantiles[q] * total, total)
# fmt: on


@njit(cache=True, error_model="numpy")
def _percentile(counts: Floats, target: float, total: float) -> float:
    """Weeks at which the sum of counts[w] reaches `target`, linear inside a bin; NaN where nobody waits."""
    if total <= 0.0:
        return np.nan
    below = 0.0
    for w in range(len(counts)):
        if counts[w] > 0.0 and below + counts[w] >= target:
            return w + (target - below) / counts[w]
        below += counts[w]
    return float(len(counts))


def percentile(counts: Floats, share: float) -> float:
    """Weeks waited by `share` of the people in counts[week], linear inside a week; NaN where nobody waits."""
    found: float = _percentile(
        np.ascontiguousarray(counts, np.float64), share * float(np.sum(counts)), float(np.sum(counts))
    )
    return found
