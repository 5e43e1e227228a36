"""The weekly cohort taken on from any month of a series: as `withless waits project` prints it, and at rates held.

Read at the ends of months: between two weeks on a straight line.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass

import numpy as np

from ...assumptions import Register
from ...place import Instance
from ...service import get
from . import commands, outlook
from .backtest_series import Floats, Series, by_week
from .calendar_weeks import by_week as weeks_of
from .cohort import Flow, run
from .estimate import estimate
from .forecast_error import QUANTITIES, Errors
from .rates import Observed, Rates

SEED, BLOCKS = 1, 4
"""Those of the commands, unless told otherwise."""

_LIST = Instance("list", "waits", "", "nhs", np.nan, {})


@dataclass(frozen=True)
class Origin:
    """A list taken on from one month: what it is stated from, and the uniforms of its errors; `ends` are weeks to the ends of the
    months after it.
    """

    basis: outlook.Basis
    uniforms: dict[str, Floats]
    ends: Floats

    def printed(self, errors: Errors | None = None) -> tuple[Floats, Floats, Floats]:
        """What `project` prints, and the ends of its range, each [month, quantity]; by some errors, or the package's."""
        found = outlook.ranges(self.basis.unchanged, self.basis, self.uniforms, errors)
        mean, low, high = (self._read({q: found[q][k] for q in QUANTITIES}) for k in ("mean", "p10", "p90"))
        return mean, low, high

    def stated(self, errors: Errors) -> tuple[Floats, Floats]:
        """What `project` states by some errors, and the spread of the draws by themselves on the scale of errors, each
        [month, quantity].
        """
        draws = outlook.mixed(self.basis.unchanged, self.basis, errors)
        own = {q: outlook.own_spread(q, draws[q]) for q in QUANTITIES}
        return self._read(outlook.stated(draws, self.basis.unchanged.horizons, errors)), self._read(own)

    def alone(self) -> Floats:
        """The mean of the cohort by itself, [month, quantity]."""
        return self._read({q: self.basis.unchanged.values[q].mean(axis=0) for q in QUANTITIES})

    def _read(self, values: dict[str, Floats]) -> Floats:
        weeks = np.array(self.basis.unchanged.horizons, np.float64)
        return np.array([np.interp(self.ends, weeks, values[q][-1]) for q in QUANTITIES]).T


def origin(past: Series, months: int) -> Origin:
    """The last month of a series taken on for so many months, by the functions of `project`."""
    seen = as_observed(past)
    return taken_on((seen, estimate(seen)), month_ends(past.months[-1], months))


def taken_on(known: tuple[Observed, Rates], ends: Floats) -> Origin:
    """The same from what is known of a list."""
    horizons = tuple(sorted({*np.floor(ends).astype(int).tolist(), *np.ceil(ends).astype(int).tolist()}))
    blocks = [register().draw(SEED, block) for block in range(BLOCKS)]
    found = commands.forecast(_LIST, known, blocks, {"nothing changes": commands.Change()}, horizons)
    return Origin(found.basis, outlook.uniforms_of(blocks), ends)


def register() -> Register:
    """The assumptions of the service, as no place and no plan has changed them."""
    found: Register = get("waits").assumptions
    return found


def held(past: Series, months: int) -> Floats:
    """`QUANTITIES` at the ends of so many months after the last of the series, today's rates held: [month, quantity]."""
    whole: Floats = ahead(estimate(as_observed(past)), months)[-1]
    return whole


def ahead(rates: Rates, months: int) -> Floats:
    """`QUANTITIES` at the ends of the months after that of the rates, these held: [specialty, month, quantity], the last
    specialty being all together.
    """
    ends = month_ends(rates.month, months)
    weeks = np.arange(int(np.ceil(ends[-1])) + 1)
    of_year = weeks_of(rates.month, len(weeks)).of_year
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
    values = outlook.read(found, tuple((weeks + 1).tolist())).values
    paths = np.stack([values[q][0] for q in QUANTITIES], axis=-1)
    at_ends = np.array([[np.interp(ends, weeks + 1.0, path[:, q]) for q in range(paths.shape[-1])] for path in paths])
    return np.asarray(at_ends.transpose(0, 2, 1), np.float64)


def as_observed(past: Series) -> Observed:
    """A series as one specialty with one way off the list."""
    months = past.months
    return Observed(
        specialties=("all",),
        parts=("treated",),
        months=months,
        stock=np.array([by_week(row, past.edges) for row in past.stock])[:, None],
        completed=np.array([by_week(row, past.edges) for row in past.completed])[:, None, None],
        starts=past.starts[:, None].copy(),
        removals=np.full((len(months), 1), np.nan),
        unit_cost=np.array([np.nan]),
        working_days=np.full(len(months), np.nan),
    )


def month_ends(month: tuple[int, int], months: int) -> Floats:
    """Weeks from the end of a month to the ends of those after it."""
    number = month[0] * 12 + month[1] - 1 + np.arange(1, months + 1)
    days = [calendar.monthrange(int(n // 12), int(n % 12 + 1))[1] for n in number]
    return np.cumsum(days) / 7
