"""The tables `bands` and `flows` as arrays by month and week waited: bands are spread over their weeks here, once.

A band is spread evenly, as percentiles inside it are read. The last, open band falls off week by week as the two
bands before it do, and holds the same people.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ...place import Instance, Table
from .rates import WEEKS, Observed
from .tables import WAITING, parts_of, specialties

Floats = NDArray[np.float64]

STAR = 1.5
"""People that a `*` (1 to 4) stands for: small counts are mostly one or two."""

OPEN_FALL = (0.5, 0.98)
"""Least and most that is left of a count one week further into an open band."""

_MONTH = re.compile(r"^(\d{4})-(0[1-9]|1[0-2])$")


@lru_cache(maxsize=1024)
def month_of(text: str) -> tuple[int, int] | None:
    """`2026-01` as (2026, 1); None for anything else."""
    found = _MONTH.match(text.strip())
    return (int(found[1]), int(found[2])) if found else None


def observed(instance: Instance, weeks: int = WEEKS) -> Observed:
    """The tables of an instance as arrays, in the order in which specialties first appear in `bands`."""
    bands, flows = instance.tables["bands"], instance.tables["flows"]
    kinds, parts = specialties(instance), parts_of(bands)
    months = tuple(sorted({m for m in map(month_of, bands.words("month")) if m is not None}))
    counted = _by_week(bands, kinds, (WAITING, *parts), months, weeks)
    known = ~np.isnan(counted)
    completed = np.where(known, counted, np.nan)[:, :, 1:]
    flow = {
        name: _by_month(flows, name, kinds, months) if name in flows else np.full((len(months), len(kinds)), np.nan)
        for name in ("clock_starts", "removals", "unit_cost")
    }
    return Observed(
        specialties=kinds,
        parts=tuple("treated" if p == "completed" else p for p in parts),
        months=months,
        stock=counted[:, :, 0].copy(),
        completed=completed.copy(),
        starts=flow["clock_starts"],
        removals=flow["removals"],
        unit_cost=_latest(flow["unit_cost"]),
        working_days=np.array([working_days(y, m) for y, m in months], dtype=np.float64),
    )


def names_of(instance: Instance) -> dict[str, str]:
    """The name of each specialty: that of the table, else its code."""
    flows = instance.tables["flows"]
    names = {s: s for s in instance.tables["bands"].words("specialty")}
    if "name" in flows:
        names |= {s: n for s, n in zip(flows.words("specialty"), flows.words("name"), strict=True) if n.strip()}
    return names


def counts_of(bands: Table) -> Floats:
    """People in each row of a table of bands; a `*` stands for `STAR`."""
    hidden = bands.suppressed.get("count", np.zeros(len(bands), dtype=bool))
    return np.where(hidden, STAR, np.nan_to_num(bands.numbers("count")))


def _by_week(
    bands: Table, specialties: tuple[str, ...], parts: tuple[str, ...], months: tuple[tuple[int, int], ...], weeks: int
) -> Floats:
    """People by month, specialty, part and week: NaN where a month has no row of that specialty and part."""
    out = np.full((len(months), len(specialties), len(parts), weeks), np.nan)
    rows: dict[tuple[int, int, int], list[tuple[float, float, float]]] = {}
    columns = zip(
        bands.words("month"), bands.words("specialty"), bands.words("part"), bands.numbers("week_from"),
        bands.numbers("week_to"), counts_of(bands), strict=True,
    )  # fmt: skip
    for month, specialty, part, low, high, count in columns:
        when = month_of(month)
        if when is None or part not in parts:
            continue
        key = (months.index(when), specialties.index(specialty), parts.index(part))
        rows.setdefault(key, []).append((low, high, count))
    for key, found in rows.items():
        out[key] = spread(sorted(found), weeks)
    return out


def spread(bands: list[tuple[float, float, float]], weeks: int) -> Floats:
    """Bands (week_from, week_to or NaN, people), in order, over week bins: float[week], the same people in all."""
    low, high, count = np.array(bands, dtype=np.float64).reshape(-1, 3).T
    even = ~np.isnan(high)
    out: Floats = (count[even, None] * _even_shapes(low[even], high[even], weeks)).sum(axis=0)
    for k in np.flatnonzero(~even):
        out += count[k] * _open_shape(bands[:k], low[k], weeks)
    return out


def _even_shapes(low: Floats, high: Floats, weeks: int) -> Floats:
    """Share of each band in each week bin, [band, week]; what lies beyond the last bin is put into it."""
    start = np.arange(weeks, dtype=np.float64)
    end = np.repeat(start[None] + 1, len(low), axis=0)
    end[:, -1] = np.maximum(high, weeks)
    inside = np.clip(np.minimum(end, high[:, None]) - np.maximum(start, low[:, None]), 0.0, None)
    share: Floats = inside / np.maximum(high - low, 1e-12)[:, None]
    return share


def _open_shape(before: list[tuple[float, float, float]], low: float, weeks: int) -> Floats:
    """Share of an open band in each week bin: falling as from the last band but one to the last before it."""
    shape = np.zeros(weeks)
    first = min(int(low), weeks - 1)
    fall = 0.9
    if len(before) > 1:
        (l1, h1, c1), (l2, h2, c2) = before[-2:]
        if c1 > 0 and c2 > 0:
            density = (c2 / (h2 - l2)) / (c1 / (h1 - l1))
            fall = density ** (2 / (h2 - l1)) if h2 > l1 else fall
    left = float(np.clip(fall, *OPEN_FALL)) ** np.arange(weeks - first)
    shape[first:] = left / left.sum()
    return shape


def _by_month(flows: Table, column: str, specialties: tuple[str, ...], months: tuple[tuple[int, int], ...]) -> Floats:
    """A column of `flows`: float[month, specialty], NaN where there is no row."""
    out = np.full((len(months), len(specialties)), np.nan)
    for month, specialty, value in zip(
        flows.words("month"), flows.words("specialty"), flows.numbers(column), strict=True
    ):
        when = month_of(month)
        if when in months and specialty in specialties:
            out[months.index(when), specialties.index(specialty)] = value
    return out


def _latest(values: Floats) -> Floats:
    """The last value that each column of values[month, specialty] has, NaN where it has none."""
    out = np.full(values.shape[1], np.nan)
    for row in values:
        out = np.where(np.isnan(row), out, row)
    return out


def working_days(year: int, month: int) -> int:
    """Weekdays of a month that are no bank holiday in England."""
    first = date(year, month, 1)
    after = date(year + month // 12, month % 12 + 1, 1)
    days = [first + timedelta(n) for n in range((after - first).days)]
    return sum(1 for d in days if d.weekday() < 5 and d not in bank_holidays(year))


def bank_holidays(year: int) -> frozenset[date]:
    """Bank holidays of England, with those moved or added by proclamation since 2007."""
    easter = _easter(year)
    usual = {
        _observed(date(year, 1, 1)),
        easter - timedelta(2),
        easter + timedelta(1),
        _monday(year, 5, first=True),
        _monday(year, 5, first=False),
        _monday(year, 8, first=False),
    }
    christmas = date(year, 12, 25)
    shift = {5: (2, 2), 6: (1, 1), 4: (0, 2)}.get(christmas.weekday(), (0, 0))
    usual |= {christmas + timedelta(shift[0]), christmas + timedelta(1 + shift[1])}
    gone, added = _PROCLAIMED.get(year, (set(), set()))
    return frozenset((usual - gone) | added)


_PROCLAIMED: dict[int, tuple[set[date], set[date]]] = {
    2011: (set(), {date(2011, 4, 29)}),
    2012: ({date(2012, 5, 28)}, {date(2012, 6, 4), date(2012, 6, 5)}),
    2020: ({date(2020, 5, 4)}, {date(2020, 5, 8)}),
    2022: ({date(2022, 5, 30)}, {date(2022, 6, 2), date(2022, 6, 3), date(2022, 9, 19)}),
    2023: (set(), {date(2023, 5, 8)}),
}


def _observed(day: date) -> date:
    """A holiday that falls on a weekend is kept on the next Monday."""
    return day + timedelta({5: 2, 6: 1}.get(day.weekday(), 0))


def _monday(year: int, month: int, *, first: bool) -> date:
    """The first or last Monday of a month."""
    if first:
        day = date(year, month, 1)
        return day + timedelta(-day.weekday() % 7)
    day = date(year, month, 31)
    return day - timedelta(day.weekday())


def _easter(year: int) -> date:
    """Easter Sunday, by the anonymous Gregorian rule (Meeus, Jones and Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    h = (19 * a + b - d - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)
