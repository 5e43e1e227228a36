"""What `cohort.run` runs: lists a week at a time, compiled. The model is told in `cohort.py`; here is how it is made quick.

People stay where they are in memory and their weeks move: `line[at + w]` is bin w, and `at` falls by one a week. How many want
treatment is known before anybody is older, from `through_w = keep_w * take_{w+1}`; so a usual week is one sum and one pass
in which all leave, appear and are treated at once. A week with a validation drive or transfers, and one in which more would
be treated in some bin than are there, ages its list first and treats it after. Bins beyond the longest waiter are left
out: they are nought.

Arrays in a tuple cost a count of who uses them whenever a call is not inlined: what is called every week is given numbers.
Numba keeps what it has compiled until the text of this file changes: `tests/compiled.py` says how that is seen to.
"""

from __future__ import annotations

import numpy as np

from ...kernels import njit
from ...simd import add, fill, least, load, mul, store, sub, total
from .expected_wait import begin, expected_cost, keep_of, wanted_of
from .layout import Bools, Desk, Floats, Given, Levers, Out, Week
from .pulling import pulled, stays
from .sharing import remaining, shares
from .spread import distribution

ARRIVED, OTHER, RECEIVED, BACK, TREATED, REMOVED, VALIDATED, SENT, IDLE, PERSON_WEEKS = range(10)
"""Rows of flows, in the order of `cohort.FLOWS`."""


@njit(cache=True, nogil=True, error_model="numpy")
def run_draws(given: Given, out: Out, changed: Bools, lists: Floats, keep: bool) -> None:
    """`cohort.run`, its arrays laid out: runs the specialties that are `changed`, and takes the others' lists as they are."""
    desk = _desk(out.closing.shape[3], given.urgent_weeks, given.front_from)
    for d in range(len(out.closing)):
        _one_draw(np.int64(d), given, out, changed, lists[d], keep, desk)  # type: ignore[arg-type]  # unsigned, it would turn into a float


@njit(cache=True, error_model="numpy")
def _desk(bins: int, urgent_weeks: int, front_from: int) -> Desk:
    """Room for lists of so many bins."""
    room = (bins + 31) // 16 * 16
    marks, zeros = np.zeros((3, room)), np.zeros((10, room))
    marks[0, :urgent_weeks] = 1.0
    marks[1, max(front_from, urgent_weeks, 1) : bins] = 1.0
    marks[1, bins] = marks[1, bins - 1]  # who grows out of the last bin stays in it
    marks[2, front_from:bins] = 1.0
    line, ahead = np.zeros(2 * room), np.zeros(2 * room)
    keep, take, appear, through, pull, began, stood, driven, there, cured = zeros
    urgent, long, moves = marks
    return Desk(
        line,
        keep,
        take,
        appear,
        through,
        pull,
        ahead,
        urgent,
        long,
        moves,
        began,
        stood,
        driven,
        there,
        cured,
        np.zeros(3),
    )


@njit(cache=True, error_model="numpy")
def _one_draw(d: int, given: Given, out: Out, changed: Bools, lists: Floats, keep: bool, desk: Desk) -> None:
    """Every specialty and part in one draw; lists[specialty, period, w]."""
    bins, periods = out.closing.shape[3], out.stock.shape[3]
    everyone = np.zeros((periods, bins))
    room = np.empty((periods, bins))
    for s in range(out.stock.shape[1]):
        if not changed[s]:
            everyone += lists[s]
            continue
        listed = lists[s] if keep else room
        listed[:] = 0.0
        for p in range(out.stock.shape[2]):
            _one_list(d, s, p, given, out, desk, listed)
        distribution(listed, given.within, given.quantiles, out.within[d, s], out.percentile[d, s])
        everyone += listed
    distribution(everyone, given.within, given.quantiles, out.within[d, -1], out.percentile[d, -1])


@njit(cache=True, error_model="numpy")
def _one_list(d: int, s: int, p: int, given: Given, out: Out, desk: Desk, listed: Floats) -> None:
    """One list week by week; its waits at the end of each period are added to listed[period, w]."""
    bins, room, line, weeks = out.closing.shape[3], len(desk.keep), desk.line, len(given.period)
    levers, moved, front, most, coming = _levers(d, s, p, given), np.zeros(len(out.flows)), 0.0, 0.0, 0.0
    fresh, appearing, reach = _open(d, s, p, given, desk, bins)
    restart, shielded = _now(given.restart, d), _now(given.shielded, d)
    first_long = max(given.front_from, given.urgent_weeks, 1)
    at, top, opening = room, _top(line, room, bins), _people(line, room, room)
    costs, told = given.costs[d if len(given.costs) > 1 else 0], given.costs.shape[1] > 0
    begin(line, at, bins, desk)
    for t in range(weeks):
        week = _week(levers, t)
        if t == 0 or week.front != front:
            front, start = week.front, 0 if t == 0 else min(given.front_from, bins) // 8 * 8
            most, coming = pulled(front, start, bins, reach, desk)
        if at == 0:
            line[room : room + bins] = line[:bins]
            at = room
        new = week.arrivals * fresh
        wanted = wanted_of(at, top, new, desk) if told else _wanted(line, at, top, desk.through)
        wanted += coming + new * desk.take[0]
        last = _long(at, max(top, reach), first_long, desk) if shielded > 0.0 and wanted > week.capacity else 0.0
        early, late, long, done = shares(wanted, _urgent(at, new, given.urgent_weeks, desk), last, shielded, week)
        usual = max(early, late, long) * most < 1.0
        if not usual or week.validated > 0.0 or week.sent > 0.0 or week.received > 0.0:
            usual, early, late, long = False, 0.0, 0.0, 0.0
        line[at - 1] = new - new * desk.take[0] * (early if given.urgent_weeks > 0 else late)
        people, gone = _age(at, max(top, reach), given.urgent_weeks, first_long, early, late, long, desk)
        at -= 1
        top = _fold(line, at, max(top, reach) + 1, bins)
        if not usual:
            keep_of(line, at, bins, desk, 1.0)
            _drives(line, at, top, bins, given.validate_from, restart, given.waits, week, moved)
            keep_of(line, at, bins, desk, -1.0)
            done, top = _treat(at, bins, shielded, desk, week), bins
        left = remaining(done, week)
        idle, top = _take_longest(line, at, top, left)
        top = _top(line, at, top)
        _count(moved, week.arrivals, appearing, done + (left - idle), gone + (week.arrivals - new), idle, people)
        now = given.period[t]
        if t + 1 == weeks or given.period[t + 1] != now:
            closing = _people(line, at, room)
            moved[PERSON_WEEKS] += 0.5 * (closing - opening)
            opening = closing
            if now >= 0:
                out.stock[d, s, p, now] = closing
                _tell(line, at, moved, listed[now], out.flows[:, d, s, p, now])
                if told:
                    out.expected[d, s, p, now] = expected_cost(line, at, bins, max(reach, top), costs, desk)
            moved[:] = 0.0
            begin(line, at, bins, desk)
    out.closing[d, s, p] = line[at : at + bins]


@njit(cache=True, error_model="numpy")
def _count(
    moved: Floats, arrived: float, other: float, treated: float, removed: float, idle: float, person_weeks: float
) -> None:
    """Add a week's flows up."""
    moved[ARRIVED] += arrived
    moved[OTHER] += other
    moved[TREATED] += treated
    moved[REMOVED] += removed
    moved[IDLE] += idle
    moved[PERSON_WEEKS] += person_weeks


@njit(cache=True, error_model="numpy")
def _tell(line: Floats, at: int, moved: Floats, listed: Floats, flows: Floats) -> None:
    """Add a period's last list to listed[w], and lay down its flows."""
    for k in range(len(moved)):
        flows[k] = moved[k]
    for w in range(len(listed)):
        listed[w] += line[at + w]


@njit(cache=True, error_model="numpy")
def _row(array: Floats, d: int, s: int, p: int) -> Floats:
    """The last axis of an array of which any axis may have length 1 and then stands for all."""
    i, j, m, _ = array.shape
    row: Floats = array[d if i > 1 else 0, s if j > 1 else 0, p if m > 1 else 0]
    return row


@njit(cache=True, error_model="numpy")
def _now(row: Floats, t: int) -> float:
    """A lever in a week, a rate in a bin, or what is drawn in a draw."""
    value: float = row[t if len(row) > 1 else 0]
    return value


@njit(cache=True, error_model="numpy")
def _levers(d: int, s: int, p: int, given: Given) -> Levers:
    """The levers of one list."""
    return Levers(
        _row(given.arrivals, d, s, p),
        _row(given.capacity, d, s, p),
        _row(given.extra, d, s, p),
        _row(given.validated, d, s, p),
        _row(given.sent, d, s, p),
        _row(given.received, d, s, p),
        _row(given.longest, d, s, p),
        _row(given.urgent, d, s, p),
        _row(given.front, d, s, p),
    )


@njit(cache=True, error_model="numpy")
def _week(levers: Levers, t: int) -> Week:
    """The levers of one list in one week."""
    return Week(
        _now(levers.arrivals, t),
        _now(levers.capacity, t),
        _now(levers.extra, t),
        _now(levers.validated, t),
        _now(levers.sent, t),
        _now(levers.received, t),
        _now(levers.longest, t),
        _now(levers.urgent, t),
        _now(levers.front, t),
    )


@njit(cache=True, error_model="numpy")
def _open(d: int, s: int, p: int, given: Given, desk: Desk, bins: int) -> tuple[float, float, int]:
    """Lay a list and its rates on the desk, but for its pull; returns the share of arrivals there at their first week's end,
    how many appear in a week, and the bins they are in.
    """
    room, reach = len(desk.keep), 0
    opening, leave, other = _row(given.opening, d, s, p), _row(given.leave, d, s, p), _row(given.other, d, s, p)
    pull, shape = _row(given.pull, d, s, p), _row(given.shape, d, s, p)
    desk.line[:] = 0.0
    for w in range(bins):
        desk.line[room + w] = _now(opening, w)
        desk.appear[w] = _now(other, w)
        reach = w + 1 if desk.appear[w] != 0.0 else reach
        desk.keep[w] = _now(leave, w)
        desk.pull[w] = _now(pull, w)
    for w in range(2 * room):
        desk.ahead[w] = _now(shape, min(w, given.front_to))
    stays(desk.keep, bins)
    return np.exp(-_now(leave, 0) / 2.0), _people(desk.appear, 0, room), reach


@njit(cache=True, error_model="numpy")
def _top(line: Floats, at: int, top: int) -> int:
    """Bins up to the longest waiter, of whom it is known that they are among the first `top`."""
    while top > 0 and line[at + top - 1] == 0.0:
        top -= 1
    return top


@njit(cache=True, error_model="numpy")
def _people(line: Floats, at: int, room: int) -> float:
    """How many are on the list."""
    a, b = fill(0.0), fill(0.0)
    for i in range(0, room, 16):
        a = add(a, load(line, at + i))
        b = add(b, load(line, at + i + 8))
    people: float = total(add(a, b))
    return people


@njit(cache=True, error_model="numpy")
def _wanted(line: Floats, at: int, top: int, through: Floats) -> float:
    """How many of those on the list will stay the week and want treatment at its end."""
    a, b = fill(0.0), fill(0.0)
    for i in range(0, top, 16):
        a = add(a, mul(load(line, at + i), load(through, i)))
        b = add(b, mul(load(line, at + i + 8), load(through, i + 8)))
    people: float = total(add(a, b))
    return people


@njit(cache=True, error_model="numpy")
def _urgent(at: int, new: float, urgent_weeks: int, desk: Desk) -> float:
    """How many urgent will want treatment at the week's end."""
    wanted = fill(0.0)
    for i in range(0, urgent_weeks - 1, 8):
        there = add(mul(load(desk.line, at + i), load(desk.keep, i)), load(desk.appear, i))
        wanted = add(wanted, mul(mul(there, load(desk.take, i + 1)), load(desk.is_urgent, i + 1)))
    people: float = total(wanted)
    return people + new * desk.take[0] if urgent_weeks > 0 else 0.0


@njit(cache=True, error_model="numpy")
def _long(at: int, top: int, first: int, desk: Desk) -> float:
    """How many of those who will have waited `first` weeks or longer will want treatment at the week's end."""
    wanted = fill(0.0)
    for i in range((first - 1) // 8 * 8, top, 8):
        there = add(mul(load(desk.line, at + i), load(desk.keep, i)), load(desk.appear, i))
        wanted = add(wanted, mul(mul(there, load(desk.take, i + 1)), load(desk.is_long, i + 1)))
    people: float = total(wanted)
    return people


@njit(cache=True, error_model="numpy")
def _age(
    at: int, top: int, urgent_weeks: int, first_long: int, early: float, late: float, long: float, desk: Desk
) -> tuple[float, float]:
    """A week older: who is kept stays in place, which is one bin on, who appears joins, and those treated go.

    Returns how many there were, and how many left untreated.
    """
    line, keep, appear, take = desk.line, desk.keep, desk.appear, desk.take
    one, most, more, spare = fill(1.0), fill(late), fill(early - late), fill(long - late)
    people, gone = fill(0.0), fill(0.0)
    for i in range(0, top, 8):
        was = load(line, at + i)
        kept = mul(was, load(keep, i))
        share = most
        if i < urgent_weeks - 1:
            share = add(most, mul(more, load(desk.is_urgent, i + 1)))
        if i + 8 >= first_long:
            share = add(share, mul(spare, load(desk.is_long, i + 1)))
        people = add(people, was)
        gone = add(gone, sub(was, kept))
        store(line, at + i, mul(add(kept, load(appear, i)), sub(one, mul(load(take, i + 1), share))))
    return total(people), total(gone)


@njit(cache=True, error_model="numpy")
def _fold(line: Floats, at: int, top: int, bins: int) -> int:
    """Those who have grown out of the last bin stay in it; returns the bins up to the longest waiter."""
    if top <= bins:
        return top
    line[at + bins - 1] += line[at + bins]
    line[at + bins] = 0.0
    return bins


@njit(cache=True, error_model="numpy")
def _drives(
    line: Floats,
    at: int,
    top: int,
    bins: int,
    validate_from: int,
    restart: float,
    waits: Floats,
    week: Week,
    moved: Floats,
) -> None:
    """Take off a share of those who have waited long enough, some of whom come back to the start; send the longest waiters
    elsewhere, and take in others with their wait behind them.
    """
    if week.validated > 0.0:
        taken, share = fill(0.0), fill(week.validated)
        for i in range(at + validate_from, at + bins, 8):
            there = load(line, i)
            taken = add(taken, mul(there, share))
            store(line, i, sub(there, mul(there, share)))
        off = total(taken)
        line[at] += off * restart
        moved[VALIDATED] += off
        moved[BACK] += off * restart
    if week.sent > 0.0:
        missing, _ = _take_longest(line, at, _top(line, at, top), week.sent)
        moved[SENT] += week.sent - missing
    if week.received > 0.0:
        for w in range(bins):
            line[at + w] += week.received * waits[w]
        moved[RECEIVED] += week.received * waits.sum()


@njit(cache=True, error_model="numpy")
def _treat(at: int, bins: int, shielded: float, desk: Desk, week: Week) -> float:
    """Treat, but in no bin more than are there; returns how many."""
    line, take = desk.line, desk.take
    wanted, first, last, done = fill(0.0), fill(0.0), fill(0.0), fill(0.0)
    for i in range(0, bins, 8):
        want = mul(load(line, at + i), load(take, i))
        wanted = add(wanted, want)
        first = add(first, mul(want, load(desk.is_urgent, i)))
        last = add(last, mul(want, load(desk.is_long, i)))
    early, late, long, _ = shares(total(wanted), total(first), total(last), shielded, week)
    for i in range(0, bins, 8):
        there = load(line, at + i)
        share = add(fill(late), mul(fill(early - late), load(desk.is_urgent, i)))
        share = add(share, mul(fill(long - late), load(desk.is_long, i)))
        treated = least(there, mul(mul(there, load(take, i)), share))
        store(line, at + i, sub(there, treated))
        done = add(done, treated)
    people: float = total(done)
    return people


@njit(cache=True, error_model="numpy")
def _take_longest(line: Floats, at: int, top: int, people: float) -> tuple[float, int]:
    """Take people off the first `top` bins, longest waiters first; returns how many were not there to be taken, and the
    bins that are left.
    """
    left, w = people, at + top
    while left > 0.0 and w >= at + 8:  # eight bins at a time, while all in them are taken
        eight = total(load(line, w - 8))
        if eight > left:
            break
        store(line, w - 8, fill(0.0))
        left -= eight
        w -= 8
    while left > 0.0 and w > at:
        w -= 1
        part = min(line[w], left)
        line[w] -= part
        left -= part
    return max(left, 0.0), min(w - at + 1, top)


# compiled with expected_wait,layout,pulling,sharing,spread,simd:59ade136
