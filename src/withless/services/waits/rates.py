"""What was observed of a list, and what is estimated from it: the arrays that tables, estimation and projection share.

`observed.observed(instance)` turns the tables `bands` and `flows` into `Observed`; `estimate.estimate(observed)` turns
that into `Rates`; `project.py` runs the cohort on `Rates`. A week bin w holds those who have waited at least w and less
than w + 1 weeks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WEEKS = 120
"""Week bins that a list is kept in; the last one holds everybody who has waited longer still."""

YEAR_WEEKS = 52
"""Weeks of the year: week k begins on day 7k after 1 January, and the last one takes the days left over."""


@dataclass(frozen=True)
class Observed:
    """What the tables say, month by month, in week bins; NaN where they say nothing.

    `months` are (year, month) in order, at least one. `parts` are the ways off the list that the tables tell apart:
    ("admitted", "non_admitted"), or ("treated",) where they tell none apart.
    stock[month, specialty, week]: people on the list at the end of the month.
    completed[month, specialty, part, week]: people taken off it during the month, by weeks waited then.
    starts[month, specialty]: clock starts (new on the list) in the month; removals[month, specialty]: net unreported
    removals in the month (below 0: more appeared than left). unit_cost[specialty]: pounds for each treatment.
    `working_days[month]` are weekdays less bank holidays of England.
    """

    specialties: tuple[str, ...]
    parts: tuple[str, ...]
    months: tuple[tuple[int, int], ...]
    stock: Floats
    completed: Floats
    starts: Floats
    removals: Floats
    unit_cost: Floats
    working_days: Floats

    def __post_init__(self) -> None:
        for name in ("stock", "completed", "starts", "removals", "unit_cost", "working_days"):
            getattr(self, name).setflags(write=False)


@dataclass(frozen=True)
class Rates:
    """What keeps a list going, estimated from `Observed`; the opening list is that of the end of the last month.

    stock[specialty, part, week]: the opening list, split by the way off the list that people will take in the end.
    pull[specialty, part, week]: rate a week at which people in that bin are treated, today's capacity and queue
    discipline being what they are (0 or more). leave[specialty, part, week]: rate a week of net unreported removals (0
    or more). other[specialty, part, week]: people a week who appear on the list with that wait behind them (what a
    negative removal is; 0 or more).
    arrivals[specialty, part, week of year]: clock starts a week, by the part they will take.
    capacity[specialty, part, week of year]: treatments a week; its mean over the year is today's level.
    growth[specialty, part] and treated_growth, likewise: change a year of arrivals and of treatments, as a share, that the months
    show (0 where fewer than two years cannot show any). front_speed: weeks waited by which the months show the front of long
    waits to come down in a month, NaN where they are too few (`long_wait_drive.py`); behind: months that the rates lie back, on
    average.
    `month` is the (year, month) at whose end the list stands. `notes` say in a sentence each what was assumed, such as
    that removals were taken from England.
    """

    specialties: tuple[str, ...]
    parts: tuple[str, ...]
    month: tuple[int, int]
    stock: Floats
    pull: Floats
    leave: Floats
    other: Floats
    arrivals: Floats
    capacity: Floats
    growth: Floats
    treated_growth: Floats
    front_speed: float = np.nan
    behind: float = 0.0
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        s, p, w = len(self.specialties), len(self.parts), self.stock.shape[-1]
        shapes: dict[str, tuple[int, ...]] = dict.fromkeys(("stock", "pull", "leave", "other"), (s, p, w))
        shapes |= {
            "arrivals": (s, p, YEAR_WEEKS),
            "capacity": (s, p, YEAR_WEEKS),
            "growth": (s, p),
            "treated_growth": (s, p),
        }
        for name, shape in shapes.items():
            found = getattr(self, name)
            if found.shape != shape:
                raise ValueError(f"rates.{name}: found shape {found.shape}, expected {shape}")
            if not np.isfinite(found).all() or ("growth" not in name and (found < 0).any()):
                raise ValueError(f"rates.{name} holds a number below 0 or one that is not finite")
            found.setflags(write=False)
