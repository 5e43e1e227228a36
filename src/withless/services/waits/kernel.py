"""What `cohort.run` runs: lists a week at a time, compiled. The model is told in `cohort.py`; here is how it is made quick.

People stay where they are in memory and their weeks move: `line[at + w]` is bin w, and `at` falls by one a week. How many want
treatment is known before anybody is older, from `through_w = keep_w * take_{w+1}`; so a usual week is one sum and one pass
in which all leave, appear and are treated at once. A week with a validation drive or transfers, and one in which more would
be treated in some bin than are there, ages its list first and treats it after. Bins beyond the longest waiter are left
out: they are nought.

Arrays in a tuple cost a count of who uses them whenever a call is not inlined: what is called every week is given numbers.
Numba keeps what it has compiled until this very file changes: after a change in `lanes`, `layout` or `spread`, touch it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .lanes import add, fill, least, load, mul, store, sub, total
from .layout import Desk, Floats, Given, Levers, Out, Week
from .spread import distribution

ARRIVED, OTHER, RECEIVED, BACK, TREATED, REMOVED, VALIDATED, SENT, IDLE, PERSON_WEEKS = range(10)
"""Rows of flows, in the order of `cohort.FLOWS`."""


@njit(cache=True, nogil=True, error_model="numpy")
def run_draws(given: Given, out: Out) -> None:
    """`cohort.run`, its arrays laid out."""
    bins = out.closing.shape[3]
    desk = _desk(bins, given.urgent_weeks, max(min(given.front_from, bins), given.urgent_weeks))
    for d in range(len(out.closing)):
        _one_draw(np.int64(d), given, out, desk)  # type: ignore[arg-type]  # unsigned, it would turn into a float


@njit(cache=True, error_model="numpy")
def _desk(bins: int, urgent_weeks: int, late_from: int) -> Desk:
    """Room for lists of so many bins, of which the first are urgent and the last have waited long."""
    room = (bins + 31) // 16 * 16
    is_urgent, is_late, zeros = np.zeros(room), np.zeros(room), np.zeros((4, room))
    is_urgent[:urgent_weeks] = 1.0
    is_late[late_from:bins] = 1.0
    is_late[bins] = is_late[bins - 1]  # who grows out of the last bin stays in it
    return Desk(np.zeros(2 * room), zeros[0], zeros[1], zeros[2], zeros[3], is_urgent, is_late)


@njit(cache=True, error_model="numpy")
def _one_draw(d: int, given: Given, out: Out, desk: Desk) -> None:
    """Every specialty and part in one draw."""
    bins, periods = out.closing.shape[3], out.stock.shape[3]
    everyone = np.zeros((periods, bins))
    listed = np.empty((periods, bins))
    for s in range(out.stock.shape[1]):
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
    levers, moved, front, most, coming = _levers(d, s, p, given), np.zeros(len(out.flows)), np.nan, 0.0, 0.0
    fresh, appearing, reach = _open(d, s, p, given, desk, bins)
    pull, shape = _row(given.pull, d, s, p), _row(given.shape, d, s, p)
    restart, shielded = _now(given.restart, d), _now(given.shielded, d)
    late_from = max(min(given.front_from, bins), given.urgent_weeks)
    at, top, opening = room, _top(line, room, bins), _people(line, room, room)
    for t in range(weeks):
        week = _week(levers, t)
        if week.front != front:
            front = week.front
            most, coming = _pull(pull, shape, front, given.front_from, given.front_to, bins, desk)
        if at == 0:
            line[room : room + bins] = line[:bins]
            at = room
        new = week.arrivals * fresh
        wanted = _wanted(line, at, top, desk.through) + (coming + new * desk.take[0])
        first = _urgent(at, new, given.urgent_weeks, desk)
        shield = shielded * (1.0 - week.longest) if week.capacity < wanted else 0.0
        last = _late(at, max(top, reach), new, late_from, desk) if shield > 0.0 else 0.0
        early, share, late, done = _shares(wanted, first, last, shield, week)
        usual = max(early, share, late) * most < 1.0 and not max(week.validated, week.sent, week.received) > 0.0
        if not usual:
            early, share, late = 0.0, 0.0, 0.0
        line[at - 1] = new - new * desk.take[0] * (
            early if given.urgent_weeks > 0 else share if late_from > 0 else late
        )
        people, gone = _age(at, max(top, reach), given.urgent_weeks, late_from, early, share, late, desk)
        at -= 1
        top = _fold(line, at, max(top, reach) + 1, bins)
        if not usual:
            _drives(line, at, top, bins, given.validate_from, restart, given.waits, week, moved)
            done, top = _treat(line, at, bins, shielded, desk, week), bins
        left = _left(done, week)
        idle, top = _take_longest(line, at, top, left)
        top = _top(line, at, top)
        moved[ARRIVED] += week.arrivals
        moved[OTHER] += appearing
        moved[TREATED] += done + (left - idle)
        moved[REMOVED] += gone + (week.arrivals - new)
        moved[IDLE] += idle
        moved[PERSON_WEEKS] += people
        now = given.period[t]
        if t + 1 == weeks or given.period[t + 1] != now:
            closing = _people(line, at, room)
            moved[PERSON_WEEKS] += 0.5 * (closing - opening)
            opening = closing
            if now >= 0:
                out.stock[d, s, p, now] = closing
                _tell(line, at, moved, listed[now], out.flows[:, d, s, p, now])
            moved[:] = 0.0
    out.closing[d, s, p] = line[at : at + bins]


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
    """A lever in a week, or a rate in a bin."""
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
    desk.line[:] = 0.0
    for w in range(bins):
        desk.line[room + w] = _now(opening, w)
        desk.appear[w] = _now(other, w)
        reach = w + 1 if desk.appear[w] != 0.0 else reach
        desk.keep[w] = _now(leave, w)
    _stay(desk.keep, bins)
    return np.exp(-_now(leave, 0) / 2.0), _people(desk.appear, 0, room), reach


@njit(cache=True, error_model="numpy")
def _pull(
    pull: Floats, shape: Floats, front: float, first: int, last: int, bins: int, desk: Desk
) -> tuple[float, float]:
    """Lay the pull on the desk, its front down by so many weeks from bin `first` on, `shape` read up to bin `last`; returns the
    largest share of a bin that wants treatment, and how many of those who appear in a week.
    """
    take = desk.take
    for w in range(bins):
        take[w] = _now(pull, w)
    if front > 0.0:
        whole = int(front)
        for w in range(first, bins):
            here, low, high = min(w, last), min(w + whole, last), min(w + whole + 1, last)
            below = _now(shape, low)
            gain = below + (front - whole) * (_now(shape, high) - below) - _now(shape, here)
            take[w] += max(gain, 0.0)
    _stay(take, bins)
    most = 0.0
    for w in range(bins):
        take[w] = 1.0 - take[w]
        most = max(most, take[w])
    take[bins] = take[bins - 1]
    coming = fill(0.0)
    for i in range(0, bins, 8):
        store(desk.through, i, mul(load(desk.keep, i), load(take, i + 1)))
        coming = add(coming, mul(load(desk.appear, i), load(take, i + 1)))
    return most, total(coming)


@njit(cache=True, error_model="numpy")
def _stay(rates: Floats, bins: int) -> None:
    """Turn rates a week into shares who stay, exp(-rate); by its series for rates of 1 or less, which all of a list's are
    or none: a call for each bin costs more than weeks of a list do.
    """
    largest = 0.0
    for w in range(bins):
        largest = max(largest, abs(rates[w]))
    if largest > 1.0:
        for w in range(bins):
            rates[w] = np.exp(-rates[w])
        return
    for w in range(bins):  # of a quarter of the rate, to the twelfth power: what is left out is below one in 10^16
        x = -0.25 * rates[w]
        y = 1 + x * (1 / 9) * (1 + x * (1 / 10) * (1 + x * (1 / 11) * (1 + x * (1 / 12))))
        y = 1 + x * (1 / 5) * (1 + x * (1 / 6) * (1 + x * (1 / 7) * (1 + x * (1 / 8) * y)))
        y = 1 + x * (1 + x * (1 / 2) * (1 + x * (1 / 3) * (1 + x * (1 / 4) * y)))
        rates[w] = (y * y) * (y * y)


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
def _late(at: int, top: int, new: float, late_from: int, desk: Desk) -> float:
    """How many of those who will have waited long by the week's end will want treatment."""
    wanted = fill(0.0)
    for i in range(max(late_from - 1, 0) // 8 * 8, top, 8):
        there = add(mul(load(desk.line, at + i), load(desk.keep, i)), load(desk.appear, i))
        wanted = add(wanted, mul(mul(there, load(desk.take, i + 1)), load(desk.is_late, i + 1)))
    people: float = total(wanted)
    return people + new * desk.take[0] if late_from == 0 else people


@njit(cache=True, error_model="numpy")
def _shares(wanted: float, first: float, last: float, shielded: float, week: Week) -> tuple[float, float, float, float]:
    """The shares of what is wanted that are done, of the urgent, of those between and of long waits, and how many those are;
    `first` want it urgently, `last` have waited long and are shielded.
    """
    capacity, longest, urgent = week.capacity, week.longest, week.urgent
    if np.isnan(capacity):
        capacity, longest, urgent = wanted, 0.0, 0.0
    protected = urgent * first + shielded * last
    met = 1.0 if protected <= capacity else capacity / protected
    before, spared = urgent * met, shielded * met
    rest, left = wanted - before * first - spared * last, max(capacity - before * first - spared * last, 0.0)
    share = (1.0 - longest) * left / rest if rest > 1e-12 * wanted else 0.0
    early, late = before + share * (1.0 - before), spared + share * (1.0 - spared)
    return early, share, late, first * early + (wanted - first - last) * share + last * late


@njit(cache=True, error_model="numpy")
def _age(
    at: int, top: int, urgent_weeks: int, late_from: int, early: float, share: float, late: float, desk: Desk
) -> tuple[float, float]:
    """A week older: who is kept stays in place, which is one bin on, who appears joins, and those treated go.

    Returns how many there were, and how many left untreated.
    """
    line, keep, appear, take = desk.line, desk.keep, desk.appear, desk.take
    one, most, sooner, more = fill(1.0), fill(share), fill(early - share), fill(late - share)
    people, gone = fill(0.0), fill(0.0)
    for i in range(0, top, 8):
        was = load(line, at + i)
        kept = mul(was, load(keep, i))
        part = most
        if i < urgent_weeks - 1:
            part = add(part, mul(sooner, load(desk.is_urgent, i + 1)))
        if i + 8 >= late_from:
            part = add(part, mul(more, load(desk.is_late, i + 1)))
        people = add(people, was)
        gone = add(gone, sub(was, kept))
        store(line, at + i, mul(add(kept, load(appear, i)), sub(one, mul(load(take, i + 1), part))))
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
def _left(done: float, week: Week) -> float:
    """Treatments that go to the longest waiters: capacity not used so far, beyond what rounding makes of none, and lists."""
    left = max(week.capacity - done, 0.0) if week.capacity >= 0.0 else 0.0
    return (left if left > 1e-9 * done else 0.0) + week.extra


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
def _treat(line: Floats, at: int, bins: int, shielded: float, desk: Desk, week: Week) -> float:
    """Treat, but in no bin more than are there; returns how many."""
    take, is_urgent, is_late = desk.take, desk.is_urgent, desk.is_late
    wanted, first, last, done = fill(0.0), fill(0.0), fill(0.0), fill(0.0)
    for i in range(0, bins, 8):
        want = mul(load(line, at + i), load(take, i))
        wanted = add(wanted, want)
        first = add(first, mul(want, load(is_urgent, i)))
        last = add(last, mul(want, load(is_late, i)))
    shield = shielded * (1.0 - week.longest) if week.capacity < total(wanted) else 0.0
    early, share, late, _ = _shares(total(wanted), total(first), total(last) if shield > 0.0 else 0.0, shield, week)
    for i in range(0, bins, 8):
        there = load(line, at + i)
        sooner, more = mul(fill(early - share), load(is_urgent, i)), mul(fill(late - share), load(is_late, i))
        treated = least(there, mul(mul(there, load(take, i)), add(fill(share), add(sooner, more))))
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
