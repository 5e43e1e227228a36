"""The cohort a month at a time, in bands: what is estimated from past months, and a list taken on from there.

With d weeks in the month and s_b those who would stand in band b if nobody had left (the clock starts of the month among
them, evenly by age):

    X_b = s_b * exp(-(pull_b + leave_b) * d)           treated_b = pull_b * d * logmean(s_b, X_b)

so that pull_b = completed_b / (d * mean stock_b), and leave_b is what is left over by the balance of the band (below 0
where more appeared than left). It is the weekly cohort of `cohort.py` with the month for a step. Taken on from a month:

    capacity  treatments of the same month a year before, by the growth of the last twelve months on those before
    arrivals  clock starts, in the same way
    pull      mean of the last twelve months, recent ones weighted more, all bands below `LATE` scaled to fill the capacity;
              above it the pattern moves down in age, as drives against long waits have moved it (`front_speed`)
    leave     mean of the last twelve months, as pull
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .backtest_series import Floats, Series, counted, cumulative

WINDOW = 12
"""Months whose rates are averaged: a year, so that no season counts more than another."""

HALF_LIFE = 6.0
"""Months after which a month's rates count half."""

LATE = 39.0
"""Weeks waited from which on a drive against long waits protects people from what happens to capacity; judged."""

FASTEST = 0.6 * 4
"""Weeks waited by which the front of long waits moves down in a month, at most; judged."""

LONG_RUN_GROWTH = 0.023
"""Growth a year of completed pathways, England, 2011-12 to 2019-20 (14.09 to 16.96 million; NHS England, RTT overview):
stands in for growth where fewer than two years of months are at hand."""

PANDEMIC = ((2020, 3), (2021, 3))
"""Months from the first to the last of these are no guide to any other, and are left out of every mean."""


@dataclass(frozen=True)
class Monthly:
    """Rates of every month but the first: pull[month, band] and leave[month, band] a week; NaN where they cannot be had.

    Row m is of the month m + 1 of the series: what happened between the end of month m and that of m + 1.
    """

    pull: Floats
    leave: Floats


@dataclass(frozen=True)
class Settings:
    """How a list is taken on. `damping` of the front's speed a month; `front` off leaves the pattern of pull as it is;
    `binding` off treats as many as the rates say, whatever the capacity (a constant hazard).
    """

    damping: float = 0.8
    front: bool = True
    binding: bool = True


def moved_on(counts: Floats, edges: Floats, starts: float, weeks: float) -> Floats:
    """s[band]: the list and the month's clock starts, `weeks` on, had nobody left."""
    young = np.clip((np.minimum(edges[1:], weeks) - edges[:-1]) / weeks, 0.0, None)
    there: Floats = np.maximum(counted(cumulative(counts, edges), edges, weeks), 1e-9) + starts * young
    return there


def rates(series: Series) -> Monthly:
    """Pull and leave of every month by the balance of each band."""
    edges, weeks = series.edges, series.weeks
    pull = np.full((max(len(series.months) - 1, 0), len(edges) - 1), np.nan)
    leave = pull.copy()
    for m in range(len(pull)):
        told = np.isfinite(series.stock[m : m + 2]).all() and np.isfinite(series.completed[m + 1]).all()
        pandemic = PANDEMIC[0] <= series.months[m + 1] <= PANDEMIC[1]
        if not told or not np.isfinite(series.starts[m + 1]) or pandemic:
            continue
        d, end = weeks[m + 1], np.maximum(series.stock[m + 1], 1e-9)
        start = moved_on(series.stock[m], edges, series.starts[m + 1], d)
        gone = np.log(start / end)
        mean = np.where(np.abs(gone) > 1e-6, (start - end) / np.where(np.abs(gone) > 1e-6, gone, 1.0), start)
        pull[m] = by_end_of_month(series.completed[m + 1], edges, d) / (mean * d)
        leave[m] = gone / d - pull[m]
    return Monthly(pull, leave)


def by_end_of_month(completed: Floats, edges: Floats, weeks: float) -> Floats:
    """Completed pathways by the band in which people would have stood at the month's end: they left evenly over it."""
    below = cumulative(completed, edges)
    parts = (np.arange(8) + 0.5) / 8
    mean: Floats = np.mean([counted(below, edges, part * weeks) for part in parts], axis=0)
    return np.maximum(mean, 0.0)


def recent(monthly: Floats, month: int) -> tuple[Floats, float]:
    """Weighted mean over the year up to a month of the series, and how many months ago that mean stands."""
    rows = np.arange(max(0, month - WINDOW), month)
    rows = rows[np.isfinite(monthly[rows]).all(axis=1)]
    if not len(rows):
        raise ValueError("no month before this one has rates")
    ago = month - 1 - rows
    weight = 0.5 ** (ago / HALF_LIFE)
    return (weight[:, None] * monthly[rows]).sum(axis=0) / weight.sum(), float((weight * ago).sum() / weight.sum())


def smooth(values: Floats, edges: Floats) -> Floats:
    """values[..., band] smoothed over age with a standard deviation of four weeks."""
    age = edges[:-1]
    weight = np.exp(-0.5 * ((age[:, None] - age) / 4.0) ** 2)
    smoothed: Floats = values @ (weight / weight.sum(axis=1, keepdims=True)).T
    return smoothed


def front_speed(pull: Floats, edges: Floats, month: int) -> float:
    """Weeks waited by which the pattern of pull over long waits has moved down in a month, over all months before.

    Where pull(age, t) = f(age + v t): dpull/dt = v * dpull/dage; v by least squares over the bands beyond `LATE`.
    """
    rows = np.flatnonzero(np.isfinite(pull[:month]).all(axis=1))
    late = np.flatnonzero(edges[:-1] >= LATE)[:-2]  # the open band and the one before it say little of a slope
    if len(rows) < 3 or len(late) < 4:
        return 0.0
    smoothed = smooth(pull[rows], edges)
    time = rows - rows.mean()
    by_time = (time[:, None] * smoothed).sum(axis=0) / (time**2).sum()
    by_age = np.gradient(smoothed.mean(axis=0), edges[:-1])
    speed = (by_time[late] * by_age[late]).sum() / max(float((by_age[late] ** 2).sum()), 1e-30)
    return float(np.clip(speed, 0.0, FASTEST))


def moved_down(pull: Floats, edges: Floats, weeks: float) -> Floats:
    """pull[band] once the front of long waits has come down by so many weeks: those beyond `LATE` are treated as those
    who had waited longer were; nobody's pull falls.
    """
    ages, shape = edges[:-1], smooth(pull, edges)
    last = ages[-1] - 2.0
    gain = np.interp(np.minimum(ages + weeks, last), ages, shape) - np.interp(np.minimum(ages, last), ages, shape)
    moved: Floats = pull + np.where(ages >= LATE, np.maximum(gain, 0.0), 0.0)
    return moved


def growth(monthly: Floats, month: int, told: NDArray[np.bool_]) -> float:
    """Growth a year (log) of the last twelve months on the same months before, of those `told` in both years; the long
    run's where fewer than six are.
    """
    now = np.arange(max(month - WINDOW + 1, WINDOW), month + 1)
    both = now[told[now] & told[now - WINDOW]]
    if len(both) < WINDOW // 2 or month < 2 * WINDOW - 1:
        return LONG_RUN_GROWTH
    return float(np.log(monthly[both].sum() / monthly[both - WINDOW].sum()))


def year_on(monthly: Floats, weeks: Floats, month: int, ahead: int, grown: float, of_month: float) -> float:
    """A flow in the month `ahead`, of `of_month` weeks: as in that month of the last year that is known, grown on; where
    there is none, at the mean rate so far.
    """
    same = month + ahead - WINDOW * -(-ahead // WINDOW)
    if same >= 1 and np.isfinite(monthly[same]):
        return float(monthly[same] * np.exp(grown * -(-ahead // WINDOW)))
    known = np.flatnonzero(np.isfinite(monthly[: month + 1]))[-WINDOW:]
    return float(monthly[known].sum() / weeks[known].sum() * of_month)


def take_on(series: Series, months: int, settings: Settings, found: Monthly | None = None) -> Floats:
    """stock[month ahead, band] for so many months after the last of the series."""
    at = len(series.months) - 1
    known = rates(series) if found is None else found
    pull, age = recent(known.pull, at)
    leave, _ = recent(known.leave, at)
    speed = front_speed(known.pull, series.edges, at) if settings.front else 0.0
    weeks, treated = series.weeks, series.completed.sum(axis=1)
    told = np.isfinite(series.starts) & np.isfinite(treated) & (treated > 0)
    told &= [not PANDEMIC[0] <= m <= PANDEMIC[1] for m in series.months]
    more = [growth(flow, at, told) for flow in (series.starts, treated)]
    counts, out = series.stock[at], np.empty((months, series.stock.shape[1]))
    for h in range(1, months + 1):
        d = _length(series.months[at], h)
        starts = year_on(series.starts, weeks, at, h, more[0], d)
        capacity = year_on(treated, weeks, at, h, more[1], d) if settings.binding else np.nan
        damped = settings.damping * (1 - settings.damping**h) / (1 - settings.damping)
        now = moved_down(pull, series.edges, speed * (age + damped)) if speed else pull
        present = moved_on(counts, series.edges, starts, d)
        now = _filling(now, leave, present, d, capacity, series.edges[:-1] < LATE)
        counts = present * np.exp(-(now + leave) * d)
        out[h - 1] = counts
    return out


def _filling(
    pull: Floats, leave: Floats, present: Floats, weeks: float, capacity: float, free: NDArray[np.bool_]
) -> Floats:
    """pull, with the bands in `free` scaled so that the treatments of the month are the capacity (NaN: left alone)."""
    if np.isnan(capacity):
        return pull
    low, high = 0.2, 5.0
    for _ in range(40):
        scale = np.sqrt(low * high)
        scaled = np.where(free, pull * scale, pull)
        out = (scaled + leave) * weeks
        mean = np.where(np.abs(out) > 1e-9, -np.expm1(-out) / np.where(np.abs(out) > 1e-9, out, 1.0), 1.0)
        low, high = (low, scale) if (present * scaled * weeks * mean).sum() > capacity else (scale, high)
    return np.where(free, pull * np.sqrt(low * high), pull)


def _length(month: tuple[int, int], ahead: int) -> float:
    """Weeks in the month so many after another."""
    y, m = divmod(month[0] * 12 + month[1] - 1 + ahead, 12)
    return calendar.monthrange(y, m + 1)[1] / 7
