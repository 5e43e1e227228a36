"""A list month by month in bands of weeks waited, and the figures by which it is judged.

A percentile lies on a straight line inside its band, as in the published figures; where people are moved on by a part of
a band, the cumulative count is a monotone cubic through the bands' edges (Fritsch and Carlson 1980).
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from . import outlook
from .forecast_error import COUNTS, QUANTITIES
from .observed import spread
from .rates import WEEKS

Floats = NDArray[np.float64]

RELATIVE = np.array([q in COUNTS for q in QUANTITIES])
"""Whether an error in them is a share of the truth (per cent), or in their own unit."""

UNITS = tuple("%" if q in COUNTS else "points" if q == "within_18" else "weeks" for q in QUANTITIES)
FIVE = 5
"""The first of them are those whose forecasts are held against other methods."""

_TAIL = np.array([4.0, 8.0, 16.0, 32.0, 97.0])  # weeks beyond the last edge at which the open band is given knots
_COARSE = np.array(
    [0.0, *np.arange(2.0, 47.0, 4.0), 49.0, *np.arange(52.0, 105.0, 4.0)]
)  # about four weeks wide, with edges at 18 and 52, where the questions are


@dataclass(frozen=True)
class Series:
    """One list over months that follow on each other; NaN where a month has nothing to say.

    `months` are (year, month). edges[band + 1] in weeks, the last one infinite. stock[month, band] is people waiting at
    the month's end; completed[month, band] people treated during it, by their wait then; starts[month] clock starts.
    """

    months: tuple[tuple[int, int], ...]
    edges: Floats
    stock: Floats
    completed: Floats
    starts: Floats

    def __post_init__(self) -> None:
        bands = len(self.edges) - 1
        for name, shape in (("stock", (len(self.months), bands)), ("completed", (len(self.months), bands))):
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name}: found shape {getattr(self, name).shape}, expected {shape}")
        for name in ("edges", "stock", "completed", "starts"):
            getattr(self, name).setflags(write=False)

    @property
    def weeks(self) -> Floats:
        """weeks[month]: the length of each month in weeks."""
        return np.array([calendar.monthrange(*m)[1] / 7 for m in self.months])

    @property
    def whole(self) -> NDArray[np.bool_]:
        """whole[month]: whether the month has a list."""
        return np.asarray(np.isfinite(self.stock).all(axis=1))

    def upto(self, month: int) -> Series:
        """What was known at the end of a month, by its place in `months`: nothing later is there to be seen."""
        end = month + 1
        return replace(
            self,
            months=self.months[:end],
            stock=self.stock[:end].copy(),
            completed=self.completed[:end].copy(),
            starts=self.starts[:end].copy(),
        )

    def figures(self) -> Floats:
        """figures[month, quantity]: `QUANTITIES` of every month's list."""
        return np.array([figures(x, self.edges) for x in self.stock])


def coarser(series: Series) -> Series:
    """The same list in bands of about four weeks, where its own are narrower; others are left as they are."""
    finite = series.edges[:-1]
    if len(finite) < 3 or np.median(np.diff(finite)) >= 3:
        return series
    kept = [e for e in _COARSE if e in finite]
    starts = np.searchsorted(finite, kept)
    return replace(
        series,
        edges=np.append(kept, np.inf),
        stock=np.add.reduceat(series.stock, starts, axis=1),
        completed=np.add.reduceat(series.completed, starts, axis=1),
    )


def figures(counts: Floats, edges: Floats) -> Floats:
    """`QUANTITIES` of one list, counts[band], as the commands read them: even inside a band, the open one falling off."""
    total = counts.sum()
    if not np.isfinite(total) or total <= 0:
        return np.full(len(QUANTITIES), np.nan)
    found = outlook.today(by_week(counts, edges)[None])
    return np.array([found[q][-1] for q in QUANTITIES])


def by_week(counts: Floats, edges: Floats) -> Floats:
    """counts[band] spread over week bins, [week]; NaN stays."""
    if not np.isfinite(counts).all():
        return np.full(WEEKS, np.nan)
    ends = np.where(np.isinf(edges), np.nan, edges)
    return spread(list(zip(ends[:-1], ends[1:], counts, strict=True)), WEEKS)


def errors(forecast: Floats, truth: Floats) -> Floats:
    """Forecast less truth, in `UNITS`: per cent of the truth, points or weeks."""
    off = forecast - truth
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(RELATIVE[: off.shape[-1]], 100 * off / truth, off)


def cumulative(counts: Floats, edges: Floats) -> Callable[[Floats], Floats]:
    """How many have waited less than so many weeks, as a function; the open band falls off as the one before it does."""
    width = edges[-2] - edges[-3] if len(edges) > 2 else 4.0
    fall = np.log((counts[-2] + counts[-1] + 1) / (counts[-1] + 1)) / width if len(counts) > 1 else 0.25
    tail = counts[:-1].sum() + counts[-1] * (1 - np.exp(-max(fall, 1e-3) * _TAIL[:-1]))
    knots = np.concatenate([edges[:-1], edges[-2] + _TAIL])
    total = float(counts.sum())
    values = np.concatenate([[0.0], np.cumsum(counts[:-1]), tail, [total]])
    curve = PchipInterpolator(knots, np.maximum.accumulate(values), extrapolate=False)
    last = knots[-1]

    def below(weeks: Floats) -> Floats:
        inside = curve(np.clip(weeks, 0.0, last))
        return np.where(weeks >= last, total, np.where(weeks <= 0, 0.0, inside))

    return below


def counted(below: Callable[[Floats], Floats], edges: Floats, later: float) -> Floats:
    """counts[band] of those same people `later` weeks on, nobody having left or come: band w holds who waited w - later."""
    ends = np.where(np.isinf(edges), 1e6, edges)
    return np.diff(below(ends - later))
