"""The weekly cohort taken on from any month of a series: as `withless waits project` runs it, and at rates held.

Read at the ends of months: between two weeks on a straight line.
"""

from __future__ import annotations

import calendar

import numpy as np

from ...assumptions import Register
from ...place import Instance
from ...service import get
from . import outlook
from . import project as projecting
from .backtest_series import QUANTITIES, Floats, Series
from .calendar_weeks import by_week
from .cohort import Flow, run
from .estimate import estimate
from .observed import spread
from .rates import WEEKS, Observed, Rates

SEED, BLOCKS = 1, 4
"""Those of the commands, unless told otherwise."""

_LIST = Instance("list", "waits", "", "nhs", np.nan, {})


def weekly(past: Series, months: int) -> dict[str, Floats]:
    """`QUANTITIES` at the end of so many months after the last of the series, [month, quantity]: `alone`, the mean of what
    `project` runs, before the naive forecast is weighted in; `held`, at today's rates.
    """
    seen = as_observed(past)
    rates = estimate(seen)
    return {"alone": projected((seen, rates), months), "held": ahead(rates, months)[-1]}


def register() -> Register:
    """The assumptions of the service, as no place and no plan has changed them."""
    return get("waits").assumptions


def projected(known: tuple[Observed, Rates], months: int) -> Floats:
    """The mean of all draws, all specialties together: [month, quantity]."""
    _, rates = known
    ends = month_ends(rates.month, months)
    weeks = int(np.ceil(ends[-1]))
    line, levers = by_week(rates.month, weeks), projecting.today(rates, weeks)
    told = outlook.joined(
        [
            outlook.read(projecting.take_on(_LIST, known, draws, line, levers), tuple(range(1, weeks + 1)))
            for draws in (register().draw(SEED, block) for block in range(BLOCKS))
        ]
    )
    paths = [told.values[q][:, -1].mean(axis=0) for q in QUANTITIES]
    return np.array([np.interp(ends, np.arange(1.0, weeks + 1), path) for path in paths]).T


def ahead(rates: Rates, months: int) -> Floats:
    """`QUANTITIES` at the ends of the months after that of the rates, these held: [specialty, month, quantity], the last
    specialty being all together.
    """
    ends = month_ends(rates.month, months)
    weeks = np.arange(int(np.ceil(ends[-1])) + 1)
    of_year = by_week(rates.month, len(weeks)).of_year
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
    """A series as one specialty with one way off the list."""
    months = past.months
    blank = np.full((len(months), 1), np.nan)
    return Observed(
        specialties=("all",),
        parts=("treated",),
        months=months,
        stock=_by_week(past.stock, past.edges)[:, None],
        completed=_by_week(past.completed, past.edges)[:, None, None],
        starts=past.starts[:, None].copy(),
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
