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
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

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
    draws = _size(flow, len(period))
    specialties, parts, bins = flow.opening.shape[1:]
    periods = int(period.max(initial=-1)) + 1
    flows = np.zeros((len(FLOWS), draws, specialties, parts, periods))
    stock = np.zeros((draws, specialties, parts, periods))
    counts = np.zeros((draws, specialties + 1, periods, len(within)))
    percentile = np.zeros((draws, specialties + 1, periods, len(quantiles)))
    closing = np.empty((draws, specialties, parts, bins))
    waits = np.zeros(bins) if flow.received_waits is None else np.asarray(flow.received_waits, np.float64)
    front_to = bins - 1 if flow.front_to is None else min(flow.front_to, bins - 1)
    given = [_plain(getattr(flow, name)) for name in (*_BY_WAIT, *_BY_WEEK, *_BY_DRAW)]
    packed: tuple[Any, ...] = (
        *given, _plain(waits), flow.validate_from, min(flow.urgent_weeks, bins), flow.front_from, front_to,
        np.array(period, np.int64), np.array(within, np.int64), np.array(quantiles, np.float64),
        flows, stock, counts, percentile, closing,
    )  # fmt: skip
    _run(*packed)
    return Run(flows, stock, counts, percentile, closing)


def _plain(array: Floats) -> Floats:
    """The array as the kernel is compiled for it: another layout would be compiled anew."""
    return np.require(array, np.float64, ["C_CONTIGUOUS", "WRITEABLE"])


_BY_WEEK = ("arrivals", "capacity", "extra", "validated", "sent", "received", "longest", "urgent", "front")
_BY_WAIT = ("opening", "pull", "leave", "other", "shape")
_BY_DRAW = ("restart", "shielded")


def _size(flow: Flow, weeks: int) -> int:
    """Draws of a run, once every array has been seen to fit."""
    cells = flow.opening.shape[1:3]
    found = {name: getattr(flow, name) for name in (*_BY_WEEK, *_BY_WAIT)}
    by_draw = {name: getattr(flow, name) for name in _BY_DRAW}
    draws = max(len(array) for array in (*by_draw.values(), *found.values()))
    for name, array in found.items():
        last = weeks if name in _BY_WEEK else flow.opening.shape[3]
        fits = array.ndim == 4 and array.shape[0] in (1, draws) and array.shape[3] in (1, last)
        if not fits or any(n not in (1, m) for n, m in zip(array.shape[1:3], cells, strict=True)):
            raise ValueError(f"{name}: found shape {array.shape}, expected ({draws} or 1, *{cells} or 1, {last} or 1)")
    if flow.front_from < 0 or (flow.front_to or 0) < 0:
        raise ValueError(f"front_from, front_to: found {flow.front_from}, {flow.front_to}, expected 0 or more")
    for name, array in by_draw.items():
        if len(array) not in (1, draws):
            raise ValueError(f"{name}: found {len(array)} draws, expected {draws} or 1")
    return draws


@njit(cache=True, error_model="numpy")
def _at(array: Floats, d: int, s: int, p: int, k: int) -> float:
    """An element of an array of which any axis may have length 1 and then stands for all."""
    i, j, m, n = array.shape
    value: float = array[d if i > 1 else 0, s if j > 1 else 0, p if m > 1 else 0, k if n > 1 else 0]
    return value


# fmt: off
@njit(cache=True, nogil=True, error_model="numpy")
def _run(
    opening: Floats, pull: Floats, leave: Floats, other: Floats, shape: Floats, arrivals: Floats, capacity: Floats,
    extra: Floats, validated: Floats, sent: Floats, received: Floats, longest: Floats, urgent: Floats, front: Floats,
    restart: Floats, shielded: Floats, waits: Floats, validate_from: int, urgent_weeks: int, front_from: int,
    front_to: int, period: Ints, within: Ints, quantiles: Floats,
    flows: Floats, stock: Floats, counts: Floats, percentiles: Floats, closing: Floats,
) -> None:
    """`run`, unpacked: arrays only, which compile once."""
    for d in range(len(closing)):
        given = Given(
            opening, pull, leave, other, shape, arrivals, capacity, extra, validated, sent, received, longest, urgent, front,
            restart, shielded, waits, validate_from, urgent_weeks, front_from, front_to, period, within, quantiles,
        )
        out = Out(flows, stock, counts[d], percentiles[d], closing)
        _one_draw(np.int64(d), given, out)  # type: ignore[arg-type]  # unsigned, it would turn into a float
# fmt: on


class Given(NamedTuple):
    """`Flow` with the periods and what is asked of them, as arrays."""

    opening: Floats
    pull: Floats
    leave: Floats
    other: Floats
    shape: Floats
    arrivals: Floats
    capacity: Floats
    extra: Floats
    validated: Floats
    sent: Floats
    received: Floats
    longest: Floats
    urgent: Floats
    front: Floats
    restart: Floats
    shielded: Floats
    waits: Floats
    validate_from: int
    urgent_weeks: int
    front_from: int
    front_to: int
    period: Ints
    within: Ints
    quantiles: Floats


class Out(NamedTuple):
    """The arrays of `Run`, to be filled; counts and percentiles of one draw."""

    flows: Floats
    stock: Floats
    counts: Floats
    percentiles: Floats
    closing: Floats


@njit(cache=True, error_model="numpy")
def _one_draw(d: int, given: Given, out: Out) -> None:
    """Every specialty and part in one draw."""
    bins, periods = given.opening.shape[3], out.stock.shape[3]
    everyone = np.zeros((periods, bins))
    for s in range(out.stock.shape[1]):
        listed = np.zeros((periods, bins))
        for p in range(out.stock.shape[2]):
            _one_list(d, s, p, given, out, listed)
        _distribution(listed, given.within, given.quantiles, out.counts[s], out.percentiles[s])
        everyone += listed
    _distribution(everyone, given.within, given.quantiles, out.counts[-1], out.percentiles[-1])


@njit(cache=True, error_model="numpy")
def _one_list(d: int, s: int, p: int, given: Given, out: Out, listed: Floats) -> None:
    """One list week by week; its waits at the end of each period are added to listed[period, w].

    Who left is reckoned at a period's end, from the sum of the list over its weeks: sum_w (1 - keep_w) * sum_t x_w.
    """
    x = out.closing[d, s, p]
    cell, room = _cell(d, s, p, given, x), Room(np.empty_like(x), np.empty_like(x), np.zeros_like(x))
    moved, opening, front = np.zeros(len(out.flows)), _sum(x), 0.0
    for t in range(len(given.period)):
        week = _week(d, s, p, t, given)
        if week.front != front:
            front = week.front
            _move_front(d, s, p, front, given, cell)
        _age(x, cell, week.arrivals, room, moved)
        if week.validated > 0.0:
            _validate(room, cell, week, moved)
        if week.sent > 0.0 or week.received > 0.0:
            _transfer(room, cell, week, moved)
        _treat(x, cell, week, room, moved)
        now = given.period[t]
        if t + 1 == len(given.period) or given.period[t + 1] != now:
            closing = _sum(x)
            for w in range(len(x)):
                moved[5] += room.weeks[w] * (1.0 - cell.keep[w])
            moved[9] = _sum(room.weeks) + 0.5 * (closing - opening)
            if now >= 0:
                out.stock[d, s, p, now] = closing
                out.flows[:, d, s, p, now] = moved
                listed[now] += x
            room.weeks[:] = 0.0
            moved[:] = 0.0
            opening = closing


@njit(cache=True, error_model="numpy")
def _cell(d: int, s: int, p: int, given: Given, x: Floats) -> Cell:
    """The rates of one list as shares of a week; `x` becomes its opening."""
    keep, take, appear = np.empty_like(x), np.empty_like(x), np.empty_like(x)
    for w in range(len(x)):
        x[w] = _at(given.opening, d, s, p, w)
        keep[w] = np.exp(-_at(given.leave, d, s, p, w))
        take[w] = 1.0 - np.exp(-_at(given.pull, d, s, p, w))
        appear[w] = _at(given.other, d, s, p, w)
    first = np.exp(-_at(given.leave, d, s, p, 0) / 2.0)
    back = given.restart[d if len(given.restart) > 1 else 0]
    shielded = given.shielded[d if len(given.shielded) > 1 else 0]
    late = max(min(given.front_from, len(x)), given.urgent_weeks)
    return Cell(keep, take, appear, _sum(appear), first, np.full(1, np.max(take)), given.waits, back, shielded, late)


@njit(cache=True, error_model="numpy")
def _move_front(d: int, s: int, p: int, front: float, given: Given, cell: Cell) -> None:
    """The shares that want treatment once the front of long waits has come down by so many weeks."""
    for w in range(given.front_from, len(cell.take)):
        gain = 0.0
        if front > 0.0:
            gain = _between(d, s, p, w + front, given) - _between(d, s, p, float(w), given)
        cell.take[w] = 1.0 - np.exp(-(_at(given.pull, d, s, p, w) + max(gain, 0.0)))
    cell.most[0] = np.max(cell.take)


@njit(cache=True, error_model="numpy")
def _between(d: int, s: int, p: int, age: float, given: Given) -> float:
    """`shape` at an age, linear between bins and level beyond `front_to`."""
    age = min(age, float(given.front_to))
    w = int(age)
    low = _at(given.shape, d, s, p, w)
    return low + (age - w) * (_at(given.shape, d, s, p, min(w + 1, given.front_to)) - low)


@njit(cache=True, error_model="numpy")
def _week(d: int, s: int, p: int, t: int, given: Given) -> Week:
    """The levers of one list in one week."""
    return Week(
        _at(given.arrivals, d, s, p, t),
        _at(given.capacity, d, s, p, t),
        _at(given.extra, d, s, p, t),
        _at(given.validated, d, s, p, t),
        _at(given.sent, d, s, p, t),
        _at(given.received, d, s, p, t),
        _at(given.longest, d, s, p, t),
        _at(given.urgent, d, s, p, t),
        _at(given.front, d, s, p, t),
        given.validate_from,
        given.urgent_weeks,
    )


class Cell(NamedTuple):
    """One list in one draw: share kept in a week, share that wants treatment and who appears, [w]; all who appear; the
    share of arrivals there at their first week's end; the largest `take`, [1]; waits of those received; share of the
    validated who come back; how far those from bin `late` on are shielded.
    """

    keep: Floats
    take: Floats
    appear: Floats
    appearing: float
    first: float
    most: Floats
    waits: Floats
    restart: float
    shielded: float
    late: int


class Week(NamedTuple):
    """One week's levers of one list: see `Flow`."""

    arrivals: float
    capacity: float
    extra: float
    validated: float
    sent: float
    received: float
    longest: float
    urgent: float
    front: float
    validate_from: int
    urgent_weeks: int


class Room(NamedTuple):
    """Arrays to work in, [w]: the list a week older, who wants treatment, and person-weeks since the period began."""

    older: Floats
    want: Floats
    weeks: Floats


@njit(cache=True, error_model="numpy")
def _age(x: Floats, cell: Cell, arrivals: float, room: Room, moved: Floats) -> None:
    """A week older: who is kept moves one bin on, who appears joins, who is new comes into the first."""
    last = len(x) - 1
    keep, appear, take, n, want, weeks = cell.keep, cell.appear, cell.take, room.older, room.want, room.weeks
    for w in range(last):  # one thing a loop: a compiler's vectors cope with few arrays at a time
        n[w + 1] = x[w] * keep[w] + appear[w]
    n[last] += x[last] * keep[last] + appear[last]
    n[0] = arrivals * cell.first
    for w in range(len(x)):
        weeks[w] += x[w]
    for w in range(len(x)):
        want[w] = n[w] * take[w]
    moved[0] += arrivals
    moved[1] += cell.appearing
    moved[5] += arrivals - n[0]


@njit(cache=True, error_model="numpy")
def _validate(room: Room, cell: Cell, week: Week, moved: Floats) -> None:
    """Take off a share of those who have waited long enough; some of them come back to the start."""
    n, off = room.older, 0.0
    for w in range(week.validate_from, len(n)):
        part = n[w] * week.validated
        n[w] -= part
        off += part
    n[0] += off * cell.restart
    moved[6] += off
    moved[3] += off * cell.restart
    room.want[:] = n * cell.take


@njit(cache=True, error_model="numpy")
def _transfer(room: Room, cell: Cell, week: Week, moved: Floats) -> None:
    """Send the longest waiters elsewhere, and take in others with their wait behind them."""
    n = room.older
    left = _take_longest(n, week.sent)
    moved[7] += week.sent - left
    for w in range(len(n)):
        n[w] += week.received * cell.waits[w]
        moved[2] += week.received * cell.waits[w]
    room.want[:] = n * cell.take


@njit(cache=True, error_model="numpy")
def _treat(x: Floats, cell: Cell, week: Week, room: Room, moved: Floats) -> None:
    """Treat: urgent and long waits protected, then as observed, then what is left to the longest. `x` is who is left."""
    n, want = room.older, room.want
    wanted = _sum(want)
    hazard = np.isnan(week.capacity)
    capacity = wanted if hazard else week.capacity
    longest, urgent = (0.0, 0.0) if hazard else (week.longest, week.urgent)
    shielded = cell.shielded * (1.0 - longest) if capacity < wanted else 0.0
    first, last = _ends(want, week.urgent_weeks, cell.late, shielded > 0.0)
    early, rest, late = _shares(first, last, wanted, longest, urgent, shielded, capacity)
    if max(early, rest, late) * cell.most[0] < 1.0:  # nobody is short: what is wanted is done
        for w in range(len(x)):
            x[w] = n[w] - want[w] * rest
        for w in range(week.urgent_weeks):
            x[w] = n[w] - want[w] * early
        if last > 0.0:
            for w in range(cell.late, len(x)):
                x[w] = n[w] - want[w] * late
        done = first * early + (wanted - first - last) * rest + last * late
    else:
        for w in range(len(x)):
            part = want[w] * (early if w < week.urgent_weeks else late if last > 0.0 and w >= cell.late else rest)
            want[w] = n[w] if n[w] < part else part
        for w in range(len(x)):
            x[w] = n[w] - want[w]
        done = _sum(want)
    left = max(capacity - done, 0.0)
    left = (left if left > 1e-9 * done else 0.0) + week.extra
    idle = _take_longest(x, left)
    moved[4] += done + (left - idle)
    moved[8] += idle


@njit(cache=True, error_model="numpy")
def _ends(want: Floats, urgent_weeks: int, late: int, shielded: bool) -> tuple[float, float]:
    """What the urgent want, and what those who have waited long do, where they are shielded."""
    first, last = 0.0, 0.0
    for w in range(urgent_weeks):
        first += want[w]
    if shielded:
        for w in range(late, len(want)):
            last += want[w]
    return first, last


@njit(cache=True, error_model="numpy")
def _shares(
    first: float, last: float, wanted: float, longest: float, urgent: float, shielded: float, capacity: float
) -> tuple[float, float, float]:
    """Shares of what is wanted that are done: of the urgent, of those between, of the long waits that are shielded."""
    protected = urgent * first + shielded * last
    met = min(1.0, capacity / protected) if protected > 0.0 else 0.0
    before, spared = urgent * met, shielded * met
    rest = wanted - before * first - spared * last
    left = max(capacity - before * first - spared * last, 0.0)
    share = (1.0 - longest) * left / rest if rest > 1e-12 * wanted else 0.0
    return before + share * (1.0 - before), share, spared + share * (1.0 - spared)


@njit(cache=True, error_model="numpy")
def _take_longest(n: Floats, people: float) -> float:
    """Take people off n[w], longest waiters first; returns how many were not there to be taken."""
    left, w = people, len(n)
    while left > 0.0 and w > 0:
        if w >= 8:  # eight bins at a time, while all in them are taken
            eight = ((n[w - 1] + n[w - 5]) + (n[w - 3] + n[w - 7])) + ((n[w - 2] + n[w - 6]) + (n[w - 4] + n[w - 8]))
            if eight <= left:
                for k in range(w - 8, w):
                    n[k] = 0.0
                left -= eight
                w -= 8
                continue
        w -= 1
        part = min(n[w], left)
        n[w] -= part
        left -= part
    return max(left, 0.0)


@njit(cache=True, error_model="numpy")
def _sum(v: Floats) -> float:
    """Sum in eight strands that are joined at the end: one order for every machine, and quick."""
    a, b, c, d, e, f, g, h = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    whole = len(v) - len(v) % 8
    for i in range(0, whole, 8):
        a, b, c, d = a + v[i], b + v[i + 1], c + v[i + 2], d + v[i + 3]
        e, f, g, h = e + v[i + 4], f + v[i + 5], g + v[i + 6], h + v[i + 7]
    for i in range(whole, len(v)):
        a += v[i]
    return ((a + e) + (c + g)) + ((b + f) + (d + h))


@njit(cache=True, error_model="numpy")
def _distribution(listed: Floats, within: Ints, quantiles: Floats, counts: Floats, percentiles: Floats) -> None:
    """How many of listed[period, w] have waited less than within[k] weeks, and percentiles, [period, k or q]."""
    below = np.empty(listed.shape[1] + 1)
    for now in range(len(listed)):
        below[0] = 0.0
        for w in range(listed.shape[1]):
            below[w + 1] = below[w] + listed[now, w]
        for k in range(len(within)):
            counts[now, k] = below[min(within[k], listed.shape[1])]
        for q in range(len(quantiles)):
            percentiles[now, q] = _percentile(below, quantiles[q])


@njit(cache=True, error_model="numpy")
def _percentile(below: Floats, share: float) -> float:
    """Weeks at which below[w], people who have waited less than w weeks, reaches a share of all; NaN if there are none."""
    last = len(below) - 1
    total = below[last]
    if total <= 0.0:
        return np.nan
    target = share * total
    for w in range(last):
        if below[w + 1] >= target and below[w + 1] > below[w]:
            return float(w + (target - below[w]) / (below[w + 1] - below[w]))
    return float(last)


def percentile(counts: Floats, share: float) -> float:
    """Weeks waited by `share` of the people in counts[week], linear inside a week; NaN where nobody waits."""
    found: float = _percentile(np.concatenate([[0.0], np.cumsum(counts)]), share)
    return found
