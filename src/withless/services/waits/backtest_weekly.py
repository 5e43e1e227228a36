"""The weekly cohort at today's rates, as `withless waits project` runs it, taken on from any month of a series.

Read at the ends of months: between two weeks on a straight line.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from .backtest_series import Floats, Series
from .cohort import Flow, run
from .estimate import estimate
from .observed import spread
from .rates import WEEKS, YEAR_WEEKS, Observed, Rates

_MONTHS_KEPT = 25
"""Months of the past that an estimate is given: two years tell growth, one tells rates."""


def held(past: Series, months: int) -> Floats:
    """`QUANTITIES` at the end of so many months after the last of the series: [month, quantity]."""
    together: Floats = ahead(estimate(as_observed(past)), months)[-1]
    return together


def ahead(rates: Rates, months: int) -> Floats:
    """`QUANTITIES` at the ends of the months after that of the rates: [specialty, month, quantity], the last specialty
    being all together.
    """
    ends = month_ends(rates.month, months)
    weeks = np.arange(int(np.ceil(ends[-1])) + 1)
    of_year = weeks_of_year(rates.month, len(weeks))
    found = run(
        Flow(
            opening=rates.stock[None],
            arrivals=rates.arrivals[None][..., of_year],
            capacity=rates.capacity[None][..., of_year],
            pull=rates.pull[None],
            leave=rates.leave[None],
            other=rates.other[None],
        ),
        np.asarray(weeks, dtype=np.int64),
    )
    listed, within, percentile = found.listed[0], found.within[0], found.percentile[0]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = 100 * within[..., 0] / listed  # of an empty list there is none
    paths = np.stack([listed, share, percentile[..., 0], percentile[..., 1], listed - within[..., 1]], axis=-1)
    return np.array(
        [[np.interp(ends, weeks + 1.0, path[:, q]) for q in range(paths.shape[-1])] for path in paths]
    ).transpose(0, 2, 1)


def as_observed(past: Series) -> Observed:
    """The last two years of a series as one specialty with one way off the list."""
    cut = slice(max(0, len(past.months) - _MONTHS_KEPT), None)
    months = past.months[cut]
    blank = np.full((len(months), 1), np.nan)
    return Observed(
        specialties=("all",),
        parts=("treated",),
        months=months,
        stock=_by_week(past.stock[cut], past.edges)[:, None],
        completed=_by_week(past.completed[cut], past.edges)[:, None, None],
        starts=past.starts[cut, None].copy(),
        removals=blank,
        unit_cost=np.array([np.nan]),
        working_days=np.full(len(months), np.nan),
    )


def _by_week(counts: Floats, edges: Floats) -> Floats:
    """counts[month, band] spread over week bins, [month, week]; NaN stays."""
    ends = np.where(np.isinf(edges), np.nan, edges)
    return np.array(
        [
            spread(list(zip(ends[:-1], ends[1:], row, strict=True)), WEEKS)
            if np.isfinite(row).all()
            else np.full(WEEKS, np.nan)
            for row in counts
        ]
    )


def month_ends(month: tuple[int, int], months: int) -> Floats:
    """Weeks from the end of a month to the ends of those after it."""
    number = month[0] * 12 + month[1] - 1 + np.arange(1, months + 1)
    days = [calendar.monthrange(int(n // 12), int(n % 12 + 1))[1] for n in number]
    return np.cumsum(days) / 7


def weeks_of_year(month: tuple[int, int], weeks: int) -> NDArray[np.int64]:
    """The week of the year of each of so many weeks that follow on a month's end."""
    first = date(month[0] + month[1] // 12, month[1] % 12 + 1, 1)
    days = [first + timedelta(7 * k) for k in range(weeks)]
    return np.array([min((d.timetuple().tm_yday - 1) // 7, YEAR_WEEKS - 1) for d in days], dtype=np.int64)
