"""Faults in a waiting list that no single cell shows: bands that overlap or leave gaps, months amiss, counts at odds."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import numpy as np

from ...place import Instance, Place
from ...plan import Measure
from ...service import PlanProblem, Problem
from .calendar_weeks import counted_on
from .observed import counts_of, month_of
from .project import rates_of
from .rates import WEEKS
from .tables import TREATED, WAITING

Key = tuple[str, str, str]
"""Specialty, part, month."""

MOST_RUN_IN_WEEKS = 53
"""A list counted longer ago than this before the calendar begins is told of."""


def problems(place: Place, instance: Instance) -> list[Problem]:
    """All faults of an instance; errors stop a run, warnings are told."""
    months = [*_months("bands", instance), *_months("flows", instance)]
    if months:
        return months
    rows = _rows(instance)
    found = [*_bands(instance, rows), *_whole(instance, rows)]
    if any(p.severity == "error" for p in found):
        return found
    return [
        *found,
        *_missing(rows),
        *_balance(instance, rows),
        *_flows(instance, rows),
        *_time(place, rows),
        *_cost(instance),
    ]


def plan_problems(measures: Sequence[Measure], specialties: Sequence[str]) -> list[PlanProblem]:
    """Measures that let fewer come on to a list than are expected, and leave open what becomes of those who do not come."""
    level, found = dict.fromkeys(specialties, 1.0), []
    for m in measures:
        if m.lever != "arrivals":
            continue
        before = {s: level[s] for s in m.where}
        level |= {
            s: {"set": m.amount, "scale": now * m.amount, "add": now + m.amount}[m.change] for s, now in before.items()
        }
        fewer = [s for s in m.where if level[s] < min(before[s], 1.0) - 1e-9]
        if fewer:
            lists = fewer[0] if len(fewer) == 1 else f"{len(fewer)} specialties"
            found.append(
                PlanProblem(
                    m.id,
                    f"arrivals of {lists} at {level[fewer[0]]:g} of what is expected",
                    "a plan that says whether those who do not come no longer need it, are refused, or are sent elsewhere",
                    "Use the lever prevented (the need is gone: no service lost), refused (the need stays: service lost) or "
                    "diverted (managed elsewhere: moved, at a cost).",
                )
            )
    return found


def _months(table: str, instance: Instance) -> Iterator[Problem]:
    """Months that are not written as months."""
    for row, text in enumerate(instance.tables[table].words("month")):
        if month_of(text) is None:
            yield Problem(table, row, "month", repr(text), "a month such as 2026-01", "Write year, hyphen, month.")


def _rows(instance: Instance) -> Mapping[Key, list[int]]:
    """Rows of `bands` by specialty, part and month, in order of their least week."""
    bands = instance.tables["bands"]
    out: dict[Key, list[int]] = defaultdict(list)
    for row, key in enumerate(zip(bands.words("specialty"), bands.words("part"), bands.words("month"), strict=True)):
        out[key].append(row)
    low = bands.numbers("week_from")
    return {key: sorted(rows, key=lambda r: (low[r], r)) for key, rows in out.items()}


def _bands(instance: Instance, rows: Mapping[Key, list[int]]) -> Iterator[Problem]:
    """Bands that are empty, overlap or leave a gap, and lists with a single band."""
    bands = instance.tables["bands"]
    low, high = bands.numbers("week_from"), bands.numbers("week_to")
    for (specialty, part, month), here in rows.items():
        of = f"{specialty}, {part}, {month}"
        for row in here:
            if high[row] <= low[row]:
                yield Problem(
                    "bands", row, "week_to", f"{high[row]:g}, from {low[row]:g}", "more than week_from",
                    "week_to is one band on: the band of week 3 alone is 3 to 4.",
                )  # fmt: skip
        for row, after in itertools.pairwise(here):
            end = high[row]
            if np.isnan(end) or low[after] < end - 1e-9:
                found = f"{of}: {_span(low[row], end)} and {_span(low[after], high[after])}"
                yield Problem("bands", after, "week_from", found, "bands that do not overlap", "Count each wait once.")
            elif low[after] > end + 1e-9:
                found = f"{of}: nothing from {end:g} to {low[after]:g} weeks"
                mend = "Give the band between, with 0 if nobody is in it."
                yield Problem("bands", after, "week_from", found, "bands that follow on each other", mend)
        if low[here[0]] > 0:
            found = f"{of}: bands begin at {low[here[0]]:g} weeks"
            yield Problem("bands", here[0], "week_from", found, "the first band at 0", "Give the bands before it.")
        if len(here) == 1:
            mend = "Waits cannot be told from one number: give the list by weeks waited."
            yield Problem("bands", here[0], "week_to", f"{of}: one band only", "two bands or more", mend)
        if low[here[-1]] >= WEEKS:
            found = f"{of}: a band from {low[here[-1]]:g} weeks"
            mend = f"Waits are kept to {WEEKS} weeks, all beyond together."
            yield Problem("bands", here[-1], "week_from", found, f"bands within {WEEKS} weeks", mend, "warning")


def _span(low: float, high: float) -> str:
    return f"{low:g} and longer" if np.isnan(high) else f"{low:g} to {high:g}"


def _whole(instance: Instance, rows: Mapping[Key, list[int]]) -> Iterator[Problem]:
    """What a list needs at all: people on it in its last month, and people treated."""
    parts = {part for _, part, _ in rows}
    if WAITING not in parts:
        yield Problem("bands", None, "part", "no incomplete", "people on the list", "Give the list by weeks waited.")
        return
    if not parts & set(TREATED):
        mend = "Give who was treated in the month, by weeks waited then."
        yield Problem("bands", None, "part", "nobody treated", "admitted, non_admitted or completed", mend)
    if "completed" in parts and parts & {"admitted", "non_admitted"}:
        mend = "Use admitted and non_admitted, or completed for both."
        yield Problem("bands", None, "part", "completed beside its parts", "one or the other", mend)
    counts = counts_of(instance.tables["bands"])
    last = max(month for _, _, month in rows)
    listed = {s: counts[r].sum() for (s, part, month), r in rows.items() if part == WAITING and month == last}
    if sum(listed.values()) <= 0:
        found = f"a list of nil at the end of {last}"
        yield Problem("bands", None, "count", found, "people on the list", "Is the last month complete?")
    else:
        for specialty in (s for s, people in listed.items() if people == 0):
            found = f"nobody on the list of {specialty}"
            mend = "It is taken as empty: leave it out if it is closed."
            yield Problem("bands", None, "count", found, "people on the list", mend, "warning")


def _missing(rows: Mapping[Key, list[int]]) -> Iterator[Problem]:
    """Months that are missing between others, and specialties without their list in the last month."""
    months = sorted({m for _, _, m in rows})
    numbers = [year * 12 + month for year, month in filter(None, map(month_of, months))]
    for before, after, text in zip(numbers, numbers[1:], months[1:], strict=False):
        if after != before + 1:
            found = f"{after - before - 1} months missing before {text}"
            mend = "Rates are worked out from the months there are."
            yield Problem("bands", None, "month", found, "months that follow on each other", mend, "warning")
    specialties = dict.fromkeys(s for s, _, _ in rows)
    for specialty in specialties:
        if (specialty, WAITING, months[-1]) not in rows:
            found = f"no list of {specialty} at the end of {months[-1]}"
            yield Problem("bands", None, "month", found, "every specialty's list in the last month", "Add it.")


def _balance(instance: Instance, rows: Mapping[Key, list[int]]) -> Iterator[Problem]:
    """More treated in a month than can have been on the list."""
    counts, flows = counts_of(instance.tables["bands"]), instance.tables["flows"]
    starts = dict(
        zip(
            zip(flows.words("specialty"), flows.words("month"), strict=True), flows.numbers("clock_starts"), strict=True
        )
    )
    sums = {key: float(counts[r].sum()) for key, r in rows.items()}
    months = sorted({m for _, _, m in rows})
    for specialty in dict.fromkeys(s for s, _, _ in rows):
        for month in months:
            treated = sum(sums.get((specialty, part, month), 0.0) for part in TREATED)
            before = months[months.index(month) - 1] if months.index(month) else month
            stock = sums.get((specialty, WAITING, before))
            new = starts.get((specialty, month), np.nan)
            if stock is None or np.isnan(new):
                continue
            if treated > (stock + new) * (1.0 if before != month else 2.0) + 1:
                found = f"{specialty}, {month}: {treated:,.0f} treated, {stock:,.0f} on the list, {new:,.0f} new"
                yield Problem(
                    "bands", None, "count", found, "no more treated than were on the list or new",
                    "Are treatments of several months counted, or is the list cut short?",
                )  # fmt: skip


def _flows(instance: Instance, rows: Mapping[Key, list[int]]) -> Iterator[Problem]:
    """Specialties and months of one table that the other lacks."""
    flows = instance.tables["flows"]
    there = {(s, m) for s, _, m in rows}
    told = set(zip(flows.words("specialty"), flows.words("month"), strict=True))
    for row, key in enumerate(zip(flows.words("specialty"), flows.words("month"), strict=True)):
        if key[0] not in {s for s, _ in there}:
            mend = "Check the spelling; the row is not used."
            yield Problem("flows", row, "specialty", f"{key[0]!r}", "a specialty of bands", mend, "warning")
    last = max(m for _, m in there)
    for specialty in sorted({s for s, m in there if m == last} - {s for s, m in told if m == last}):
        found = f"no clock starts of {specialty} in {last}"
        mend = "They are taken to be those that keep its first weeks in balance."
        yield Problem("flows", None, "clock_starts", found, "clock starts of every specialty", mend, "warning")


def _time(place: Place, rows: Mapping[Key, list[int]]) -> Iterator[Problem]:
    """A list counted after the calendar begins, or long before it."""
    last = max(month_of(m) or (0, 0) for _, _, m in rows)
    days = (date(place.calendar.year, place.calendar.month, 1) - counted_on(last)).days
    text = f"{last[0]}-{last[1]:02d}"
    if days < 0:
        mend = "It is taken to stand so when the calendar begins."
        yield Problem(
            "bands", None, "month", f"a list counted in {text}", "a month before the calendar", mend, "warning"
        )
    elif days > 7 * MOST_RUN_IN_WEEKS:
        mend = "It is run on to there as if nothing had changed since: give newer months."
        yield Problem("bands", None, "month", f"a list counted in {text}", "a newer one", mend, "warning")


def _cost(instance: Instance) -> Iterator[Problem]:
    """Treatments that cost more in a year than the budget holds."""
    seen, rates = rates_of(instance)
    yearly = rates.capacity.sum(axis=(1, 2))
    cost = float((np.nan_to_num(seen.unit_cost) * yearly).sum())
    if np.isfinite(instance.budget) and cost > instance.budget * 1.005:
        found = f"treatments of £{cost:,.0f} a year at these costs"
        expected = f"at most the budget, £{instance.budget:,.0f}"
        mend = "Costs are scaled down to it: check unit_cost, and the budget in place.yaml."
        yield Problem("flows", None, "unit_cost", found, expected, mend, "warning")
