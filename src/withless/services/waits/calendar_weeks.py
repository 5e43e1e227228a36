"""Weeks of a run on the calendar: which week of the year each is, how long after the list was counted, in which quarter.

A model's quarter is 13 weeks: it drops a day and a quarter each year, which no result shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from ...place import Calendar
from .rates import YEAR_WEEKS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

QUARTER_WEEKS = 13


@dataclass(frozen=True)
class Timeline:
    """of_year[week] is the week of the year; years[week] since the list was counted; period[week] what it is told in, -1
    before it begins (a run-in); luck[week] the quarter whose luck it shares, -1 for none.
    """

    of_year: Ints
    years: Floats
    period: Ints
    luck: Ints

    @property
    def begun(self) -> NDArray[np.bool_]:
        """Whether the calendar has begun by each week."""
        return self.period >= 0


def counted_on(month: tuple[int, int]) -> date:
    """The day after a month's last."""
    return date(month[0] + month[1] // 12, month[1] % 12 + 1, 1)


def run_in_weeks(month: tuple[int, int], calendar: Calendar) -> int:
    """Whole weeks from the count at a month's end to the start of the calendar; 0 if it was counted later."""
    days = (date(calendar.year, calendar.month, 1) - counted_on(month)).days
    return max(0, round(days / 7))


def by_quarter(month: tuple[int, int], calendar: Calendar) -> Timeline:
    """The weeks from the count to the end of the calendar."""
    before = run_in_weeks(month, calendar)
    start = max(counted_on(month), date(calendar.year, calendar.month, 1)) - timedelta(7 * before)
    quarter = np.concatenate([np.full(before, -1), np.arange(QUARTER_WEEKS * calendar.quarters) // QUARTER_WEEKS])
    return Timeline(*_weeks(start, len(quarter)), quarter.astype(np.int64), quarter.astype(np.int64))


def by_week(month: tuple[int, int], weeks: int) -> Timeline:
    """So many weeks from the count on, each a period of its own."""
    week = np.arange(weeks, dtype=np.int64)
    return Timeline(*_weeks(counted_on(month), weeks), week, week // QUARTER_WEEKS)


def _weeks(start: date, weeks: int) -> tuple[Ints, Floats]:
    days = [start + timedelta(7 * k) for k in range(weeks)]
    of_year = np.array([min((d.timetuple().tm_yday - 1) // 7, YEAR_WEEKS - 1) for d in days], dtype=np.int64)
    return of_year, np.asarray((np.arange(weeks) + 0.5) / 52.18, dtype=np.float64)
