"""Hindcasts: at every past month a list is taken on from what was known then, and held to what came.

Ours, *weekly*, is what `withless waits project` prints, range and all: the same functions, draws and errors (`errors.toml`).
Those errors were measured on England's months, so of England they say how well the figures of the package fit the past;
`left_out` is each forecast by errors calibrated anew without any month of its own year ahead.

Peers, each given the same months: *naive* (it stays as it is), *damped trend* (exponential smoothing by statsmodels), *flat
rates* (last year's clock starts, treatments and removals go on, waits spread as today), *held* (the weekly cohort at
today's rates); *alone* is the weekly cohort by itself, *cohort* a monthly one, *combined* that one weighted with the naive
forecast by one over mean squared errors on earlier months (Bates and Granger 1969).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from .backtest_calibration import apart, calibrated, logged, misses, pairs_of
from .backtest_cohort import Monthly, Settings, rates, take_on
from .backtest_series import FIVE, RELATIVE, Floats, Series, coarser, errors, figures
from .backtest_weekly import Origin, held, origin
from .forecast_error import QUANTITIES, Errors

HORIZON = 12
LEARN = 9
"""Months of history from which on a forecast teaches weights and ranges."""

FIRST = 12
"""Months of history from which on a forecast is scored."""

DAMPINGS = (0.8, 0.85, 0.9, 0.95)
"""Dampings of the front's speed whose forecasts are averaged: the range that forecasters use (0.8 to 0.98: Hyndman and
Athanasopoulos, Forecasting: principles and practice, section 8.2)."""

PRIOR = 6.0
"""Past errors that equal weights count as, before any are known; judged."""

METHODS = ("weekly", "naive", "ets", "flat", "held", "alone", "combined", "cohort")
TITLES = {
    "weekly": "ours: what project prints",
    "naive": "naive: stays as it is",
    "ets": "damped trend (ETS)",
    "flat": "flat rates (stock-flow)",
    "held": "weekly cohort, rates held",
    "alone": "weekly cohort by itself",
    "combined": "monthly cohort and naive",
    "cohort": "monthly cohort by itself",
}
Progress = Callable[[int, int], None] | None


class NoPeer(ImportError):
    """statsmodels, which makes the damped trend, is not installed."""


@dataclass(frozen=True)
class Printed:
    """What was forecast, and the ends of its 80% range: each [origin, months ahead from 1, quantity], NaN where nothing was."""

    mean: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Hindcast:
    """What was forecast and what came. Axes: origin (month of the series), months ahead (from 1), quantity.

    forecasts[method] and truth are NaN where a month is not known, those of some peers beyond the first `FIVE` quantities.
    `printed` is what `project` prints, `left_out` that by errors of other years alone, `fitted` the errors that all months show,
    and `origins` what was run.
    """

    series: Series
    forecasts: Mapping[str, Floats]
    truth: Floats
    printed: Printed
    left_out: Printed
    fitted: Errors
    origins: Mapping[int, Origin]

    def errors(self, method: str, ahead: int) -> Floats:
        """errors[origin, quantity] so many months ahead, of the origins that are scored and known."""
        of = self.forecasts[method][FIRST:, ahead - 1]
        off = errors(of, self.truth[FIRST:, ahead - 1])
        return off[np.isfinite(off[:, :FIVE]).all(axis=1)]

    def covered(self, ahead: int, by: str = "printed") -> Floats:
        """covered[origin, quantity], 1 where what came lay within the range."""
        came, given = self.truth[FIRST:, ahead - 1], getattr(self, by)
        low, high = (of[FIRST:, ahead - 1] for of in (given.low, given.high))
        told = np.isfinite(came).all(axis=1) & np.isfinite(low).all(axis=1)
        hit: Floats = ((came >= low) & (came <= high))[told].astype(np.float64)
        return hit


def hindcast(given: Series, ets: bool = True, progress: Progress = None) -> Hindcast:
    """Take the list on from every month with at least `LEARN` months before it, up to a year; raises ValueError where there
    are too few months, `NoPeer` where `ets` is asked for and cannot be had.
    """
    series = coarser(given)
    months, known, is_so = len(series.months), rates(series), series.figures()
    usable = [t for t in range(LEARN, months) if series.whole[t] and np.isfinite(known.pull[:t]).all(axis=1).sum() >= 6]
    if not any(t >= FIRST and t + 1 < months for t in usable):
        raise ValueError(
            f"{months} month{'s' if months != 1 else ''}, of which too few have a list, treatments and clock starts"
        )
    shape = (months, HORIZON, len(QUANTITIES))
    found = {m: np.full(shape, np.nan) for m in METHODS if m != "ets" or ets}
    origins: dict[int, Origin] = {}
    for n, t in enumerate(usable):
        if t >= FIRST:
            origins[t] = origin(series.upto(t), HORIZON)
            found["alone"][t], found["held"][t] = origins[t].alone(), held(series.upto(t), HORIZON)
        for method, path in _peers(series, known, is_so, t, ets and t >= FIRST).items():
            found[method][t, :, : path.shape[1]] = path
        if progress:
            progress(n + 1, len(usable))
    truth = np.full(shape, np.nan)
    for h in range(1, HORIZON + 1):
        truth[: months - h, h - 1] = is_so[h:]
    found["combined"] = _combined(found["cohort"], found["naive"], truth, usable)
    printed = _printed(origins, shape, dict.fromkeys(origins))
    found["weekly"] = printed.mean
    off, own = misses(origins, truth)
    pairs = pairs_of(list(origins), truth, months - 1)
    others = {t: calibrated(off, own, rest) if (rest := apart(pairs, t, HORIZON)) else None for t in origins}
    fitted = calibrated(off, own, pairs)
    return Hindcast(series, found, truth, printed, _printed(origins, shape, others, True), fitted, origins)


def _printed(
    origins: Mapping[int, Origin], shape: tuple[int, ...], by: Mapping[int, Errors | None], known: bool = False
) -> Printed:
    """Every origin by errors of its own (None: the package's, or none at all where only `known` ones count)."""
    out = Printed(*(np.full(shape, np.nan) for _ in range(3)))
    for t, one in origins.items():
        if known and by[t] is None:
            continue
        out.mean[t], out.low[t], out.high[t] = one.printed(by[t])
    return out


def _peers(series: Series, known: Monthly, is_so: Floats, t: int, ets: bool) -> dict[str, Floats]:
    """Every peer's [months ahead, quantity], from what was known at month t."""
    past = series.upto(t)
    then = Monthly(known.pull[:t], known.leave[:t])
    found = {
        "cohort": np.mean([_cohort(past, then, Settings(damping=d)) for d in DAMPINGS], axis=0),
        "naive": np.repeat(is_so[t][None], HORIZON, axis=0),
        "flat": _flat(past, is_so[t]),
    }
    return found | ({"ets": damped_trend(is_so[: t + 1, :FIVE])} if ets else {})


def _cohort(past: Series, known: Monthly, settings: Settings) -> Floats:
    return np.array([figures(x, past.edges) for x in take_on(past, HORIZON, settings, known)])


def _flat(past: Series, now: Floats) -> Floats:
    """List + months x mean monthly change of the last year (clock starts less treatments less removals); the shape stays."""
    lists = past.stock.sum(axis=1)
    then = max(0, len(lists) - 1 - HORIZON)
    earlier = np.flatnonzero(np.isfinite(lists[then:-1]))
    change = (lists[-1] - lists[then + earlier[0]]) / (len(lists) - 1 - then - earlier[0]) if len(earlier) else 0.0
    path = np.repeat(now[None], HORIZON, axis=0)
    path[:, 0] = np.maximum(now[0] + change * np.arange(1, HORIZON + 1), 1.0)
    path[:, 4:] = now[4:] * path[:, :1] / now[0]
    return path


def damped_trend(past: Floats) -> Floats:
    """ETS(A, Ad, N) of each quantity, logarithms of counts: [months ahead, quantity] from past[month, quantity]."""
    smoothing = _statsmodels()
    out = np.empty((HORIZON, past.shape[1]))
    for q in range(past.shape[1]):
        values = np.log(np.maximum(past[:, q], 1.0)) if RELATIVE[q] else past[:, q]
        values = values[np.isfinite(values)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a fit has not quite settled is a fact about the peer
            model = smoothing(values, trend="add", damped_trend=True, initialization_method="estimated")
            path = model.fit().forecast(HORIZON)
        out[:, q] = np.exp(path) if RELATIVE[q] else path
    return out


@cache
def _statsmodels() -> Callable[..., Any]:
    try:
        from statsmodels.tsa.holtwinters import ExponentialSmoothing
    except ImportError:
        raise NoPeer("the damped trend needs statsmodels: pip install 'withless[backtest]'") from None
    make: Callable[..., Any] = ExponentialSmoothing
    return make


def _combined(cohort: Floats, naive: Floats, truth: Floats, usable: list[int]) -> Floats:
    """The mean of a cohort's and the naive forecasts, weighted by what had come at each origin."""
    out = np.full_like(cohort, np.nan)
    for t in usable:
        pairs, share = pairs_of(usable, truth, t), np.full(len(QUANTITIES), 0.5)
        if pairs:
            s, h = (np.array(x) for x in zip(*pairs, strict=True))
            squared = [
                ((logged(found[s, h - 1]) - logged(truth[s, h - 1])) ** 2).sum(axis=0) for found in (cohort, naive)
            ]
            prior = PRIOR * (squared[0] + squared[1]) / 2 / len(s)
            share = (squared[0] + prior) / (squared[0] + squared[1] + 2 * prior)
        out[t] = share * naive[t] + (1 - share) * cohort[t]
    return out


def coverage_interval(hits: Floats, ahead: int) -> tuple[float, float, float]:
    """Share covered with its 95% interval (Wilson), windows that overlap counted once: n origins a month apart hold
    (n + ahead - 1) / ahead years' worth, not n.
    """
    n, share = max((len(hits) + ahead - 1) / ahead, 1.0), float(hits.mean())
    z2 = 1.96**2
    centre, half = (share + z2 / (2 * n)) / (1 + z2 / n), np.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    half *= 1.96 / (1 + z2 / n)
    return share, float(max(0.0, centre - half)), float(min(1.0, centre + half))
