"""Hindcasts: at every past month a list is taken on from what was known then, and held to what came.

Ours, *weekly*, is what `withless waits project` prints: the weekly cohort, and for long waits its mean with the naive forecast.
*combined* is the like of a monthly cohort, for all quantities. Both are weighted, quantity by quantity, by one over the mean
squared errors *on earlier months alone* (Bates and Granger 1969). Ranges of ours are normal, with the spread of its own
earlier errors, which grow with a power of the horizon that those errors show.

Peers, each given the same months: *naive* (it stays as it is), *damped trend* (exponential smoothing by statsmodels), *flat
rates* (last year's clock starts, treatments and removals go on, waits spread as today), *held* (the weekly cohort at
today's rates); *alone* and *cohort* are the two cohorts by themselves.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import Any

import numpy as np

from .backtest_cohort import Monthly, Settings, rates, take_on
from .backtest_series import QUANTITIES, RELATIVE, Floats, Series, coarser, errors, figures
from .backtest_weekly import weekly

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

RANGE = 0.8
ENOUGH = 10
"""Errors of forecasts with a full year behind them from which on ranges are built on those alone."""

MIXED = ("percentile_92", "over_52")
"""Quantities of the weekly cohort in which the naive forecast is weighted in: there it is nearer so at every horizon. Of the
others the cohort by itself is as near, and counts people who are all accounted for."""

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
class Hindcast:
    """What was forecast and what came. Axes: origin (month of the series), months ahead (from 1), quantity.

    forecasts[method] and truth are NaN where a month is not known. low and high are the 80% range of `weekly`.
    weights[origin, quantity] is the weight of the naive forecast in it.
    """

    series: Series
    forecasts: Mapping[str, Floats]
    truth: Floats
    low: Floats
    high: Floats
    weights: Floats

    def errors(self, method: str, ahead: int) -> Floats:
        """errors[origin, quantity] so many months ahead, of the origins that are scored and known."""
        of = self.forecasts[method][FIRST:, ahead - 1]
        off = errors(of, self.truth[FIRST:, ahead - 1])
        return off[np.isfinite(off).all(axis=1)]

    def covered(self, ahead: int) -> Floats:
        """covered[origin, quantity], 1 where what came lay within the range."""
        came = self.truth[FIRST:, ahead - 1]
        hit = (came >= self.low[FIRST:, ahead - 1]) & (came <= self.high[FIRST:, ahead - 1])
        told = np.isfinite(came).all(axis=1) & np.isfinite(self.low[FIRST:, ahead - 1]).all(axis=1)
        return hit[told].astype(np.float64)


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
    for n, t in enumerate(usable):
        for method, path in _paths(series, known, is_so, t, ets and t >= FIRST).items():
            found[method][t] = path
        if progress:
            progress(n + 1, len(usable))
    truth = np.full(shape, np.nan)
    for h in range(1, HORIZON + 1):
        truth[: months - h, h - 1] = is_so[h:]
    found["combined"], _ = _combined(found["cohort"], found["naive"], truth, usable)
    found["weekly"], weights = _combined(found["alone"], found["naive"], truth, usable, MIXED)
    low, high = _ranges(found["weekly"], truth, usable)
    return Hindcast(series, found, truth, low, high, weights)


def _paths(series: Series, known: Monthly, is_so: Floats, t: int, ets: bool) -> dict[str, Floats]:
    """Every method's [months ahead, quantity], from what was known at month t."""
    past = series.upto(t)
    then = Monthly(known.pull[:t], known.leave[:t])
    cohort = np.mean([_cohort(past, then, Settings(damping=d)) for d in DAMPINGS], axis=0)
    found = weekly(past, HORIZON) | {
        "cohort": cohort,
        "naive": np.repeat(is_so[t][None], HORIZON, axis=0),
        "flat": _flat(past, is_so[t]),
    }
    return found | ({"ets": damped_trend(is_so[: t + 1])} if ets else {})


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
    path[:, 4] = now[4] * path[:, 0] / now[0]
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


def _pairs(t: int, usable: list[int], truth: Floats) -> tuple[list[int], list[int]]:
    """Origins and months ahead of the forecasts whose truth was known at month t."""
    at = [(s, h) for s in usable for h in range(1, HORIZON + 1) if s + h <= t and np.isfinite(truth[s, h - 1]).all()]
    return [s for s, _ in at], [h - 1 for _, h in at]


def _combined(
    cohort: Floats, naive: Floats, truth: Floats, usable: list[int], mixed: tuple[str, ...] = QUANTITIES
) -> tuple[Floats, Floats]:
    """The mean of a cohort's and the naive forecasts, and weights[origin, quantity] of the naive one: 0 where not `mixed`."""
    weights, out = np.full((len(truth), len(QUANTITIES)), np.nan), np.full_like(cohort, np.nan)
    for t in usable:
        s, h = _pairs(t, usable, truth)
        share = np.full(len(QUANTITIES), 0.5)
        if s:
            squared = [(errors(found[s, h], truth[s, h]) ** 2).sum(axis=0) for found in (cohort, naive)]
            held = PRIOR * (squared[0] + squared[1]) / 2 / len(s)
            share = (squared[0] + held) / (squared[0] + squared[1] + 2 * held)
        weights[t] = np.where([q in mixed for q in QUANTITIES], share, 0.0)
        out[t] = weights[t] * naive[t] + (1 - weights[t]) * cohort[t]
    return out, weights


def _ranges(forecasts: Floats, truth: Floats, usable: list[int]) -> tuple[Floats, Floats]:
    """The 80% range of a forecast at every origin, from errors that were known there."""
    low, high = np.full_like(forecasts, np.nan), np.full_like(forecasts, np.nan)
    ahead = np.arange(1, HORIZON + 1.0)[:, None]
    for t in usable:
        s, h = map(np.array, _pairs(t, usable, truth))
        if len(s) < ENOUGH // 2:
            continue
        full = s >= FIRST
        full = full if full.sum() >= ENOUGH else np.ones_like(full)
        off = logged(forecasts[s, h]) - logged(truth[s, h])
        scale, power = spread_of(off[full], h[full] + 1.0)
        reach = NormalDist().inv_cdf(0.5 + RANGE / 2) * scale * ahead**power
        middle = logged(forecasts[t])
        low[t], high[t] = unlogged(middle - reach), unlogged(middle + reach)
    return low, high


def spread_of(off: Floats, ahead: Floats) -> tuple[Floats, Floats]:
    """Scale and power, each [quantity], of errors off[pair, quantity] that grow as scale * ahead ** power.

    The power is the mean of its likelihood (errors of one quarter are taken for one) times a normal prior, 0.5 (a random
    walk's) give or take 0.2.
    """
    grid = np.linspace(0.0, 1.0, 21)
    mean_log, worth = np.log(ahead).mean(), len(ahead) / 6
    scales = np.array([np.sqrt(((off / ahead[:, None] ** b) ** 2).mean(axis=0)) for b in grid])
    fit = (
        -worth * (np.log(np.maximum(scales, 1e-12)) + grid[:, None] * mean_log)
        - 0.5 * ((grid[:, None] - 0.5) / 0.2) ** 2
    )
    weight = np.exp(fit - fit.max(axis=0))
    power = (weight * grid[:, None]).sum(axis=0) / weight.sum(axis=0)
    return np.sqrt(((off / ahead[:, None] ** power) ** 2).mean(axis=0)), power


def logged(figures_: Floats) -> Floats:
    """Figures on the scale on which errors are added: logarithms of counts."""
    return np.where(RELATIVE, np.log(np.maximum(figures_, 1.0)), figures_)


def unlogged(values: Floats) -> Floats:
    """Back from `logged`."""
    return np.where(RELATIVE, np.exp(np.where(RELATIVE, values, 0.0)), values)


def coverage_interval(hits: Floats, ahead: int) -> tuple[float, float, float]:
    """Share covered with its 95% interval (Wilson), windows that overlap counted once: n origins a month apart hold
    (n + ahead - 1) / ahead years' worth, not n.
    """
    n, share = max((len(hits) + ahead - 1) / ahead, 1.0), float(hits.mean())
    z2 = 1.96**2
    centre, half = (share + z2 / (2 * n)) / (1 + z2 / n), np.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    half *= 1.96 / (1 + z2 / n)
    return share, float(max(0.0, centre - half)), float(min(1.0, centre + half))
