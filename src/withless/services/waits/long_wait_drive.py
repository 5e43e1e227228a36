"""The front of long waits: drives against them come down in age, and how fast the months of a list show.

From 2022 on hospitals in England were told to clear waits of over 104 weeks, then 78, then 65. In rates of treatment by weeks
waited this is a front that comes down: in the end those at 60 weeks are treated as those at 80 were before. After m months

    front = speed * (behind + damping + damping^2 + ... + damping^m)         weeks waited

since the rates are means that lie `behind` months back, and a drive does not go on for ever. The cohort treats those who have
waited `LATE` weeks or more as those `front` weeks above them were (`cohort.Flow.front`), and shields them from a shortage.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .backtest_cohort import HALF_LIFE, LATE, PANDEMIC, WINDOW, front_speed
from .backtest_cohort import rates as monthly_rates
from .backtest_series import Series
from .rates import Observed

Floats = NDArray[np.float64]

EDGES = np.array([0.0, *range(3, 104, 4), np.inf])
"""Bands in which the speed is measured, those of England's series."""

LAST = 101
"""Weeks waited beyond which rates of treatment are too few people's to be moved down; judged."""

ENOUGH_MONTHS = 9
"""Months with rates from which on they show a speed: as in the hindcasts (`backtest.LEARN`)."""

ENOUGH_PEOPLE = 5_000.0
"""People treated after `LATE` weeks, in all months, from which on they show one. By chance alone a speed of a week a month is
then off by a fifth (14 bands, a year of months, rates that rise by 2% a week waited)."""

STEP = 4
"""Weeks for which the front is held: a month, as it was measured."""

GRAIN = 0.05
"""Weeks waited to which the front is told: every move of it costs time, and nobody knows it as nearly; judged."""

WEEKS_A_MONTH = 365.25 / 12 / 7


def speed(seen: Observed, starts: Floats) -> float:
    """Weeks waited by which the front came down in a month, of all specialties together and over all months; NaN where
    they are too few to show one.
    """
    number = np.array([y * 12 + m - 1 for y, m in seen.months])
    series = _together(seen, starts, number - number[0])
    known = monthly_rates(series).pull
    late = np.nansum(series.completed[:, EDGES[:-1] >= LATE])
    if np.isfinite(known).all(axis=1).sum() < ENOUGH_MONTHS or late < ENOUGH_PEOPLE:
        return np.nan
    return front_speed(known, EDGES, len(series.months) - 1)


def _together(seen: Observed, starts: Floats, at: NDArray[np.int64]) -> Series:
    """All specialties and ways off the list as one series of months without a gap, in `EDGES`; NaN where one is missing."""
    months, bands = int(at[-1]) + 1, EDGES[:-1].astype(int)
    first = seen.months[0][0] * 12 + seen.months[0][1] - 1
    stock, came = np.full((months, len(bands)), np.nan), np.full(months, np.nan)
    completed = stock.copy()
    stock[at] = np.add.reduceat(seen.stock.sum(axis=1), bands, axis=1)
    completed[at] = np.add.reduceat(seen.completed.sum(axis=(1, 2)), bands, axis=1)
    came[at] = starts.sum(axis=1)
    calendar = tuple(((first + k) // 12, (first + k) % 12 + 1) for k in range(months))
    return Series(calendar, EDGES, stock, completed, came)


def behind(months: tuple[tuple[int, int], ...]) -> float:
    """Months that rates lie back on average, recent ones weighted more; 0 for a single month."""
    number = np.array([y * 12 + m for y, m in months])
    ago = (number[-1] - number)[[not PANDEMIC[0] <= m <= PANDEMIC[1] for m in months]]
    ago = ago[ago < WINDOW]
    weight = 0.5 ** (ago / HALF_LIFE)
    return float((weight * ago).sum() / weight.sum()) if len(ago) else 0.0


def path(speed_: Floats, damping: Floats, back: float, weeks: int) -> Floats:
    """Weeks waited by which the front has come down: float[draw, week], from its speed[draw] (weeks a month) and damping[draw]
    (of the speed, a month; below 1), held for `STEP` weeks at a time and until it has moved by `GRAIN`.
    """
    step = np.arange(weeks) // STEP
    months = (step + 0.5) * STEP / WEEKS_A_MONTH
    damped = damping[:, None] * (1 - damping[:, None] ** months) / (1 - damping[:, None])
    down: Floats = np.round(speed_[:, None] * (back + damped) / GRAIN) * GRAIN
    return down
