"""Forecasts of England's waiting list next to those of a forecasting library in one run, what other settings would give, and
what the ranges did in a month that taught nothing.

    python bench/waits_forecast.py [DATA]      DATA is the folder with the series (../shared/data/waits)

Every forecast is made from what was known in its month, and held to what came. Ratios below 1 are in our favour.
"""

from __future__ import annotations

import csv
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from statsmodels.tsa.arima.model import ARIMA
from statsmodels.tsa.forecasting.theta import ThetaModel
from statsmodels.tsa.holtwinters import ExponentialSmoothing, Holt

from withless.api import import_rtt
from withless.files.folder import read_folder
from withless.services.waits import (
    backtest,
    backtest_cohort,
    backtest_weekly,
    estimate,
    forecast_error,
    long_wait_drive,
    project,
)
from withless.services.waits.backtest_command import series_of
from withless.services.waits.backtest_series import FIVE, QUANTITIES, RELATIVE, Series, errors, figures
from withless.services.waits.tables import BANDS, FLOWS

HERE = Path(__file__).parents[1]
FILES = ("england_4week_bands_2021-04_2024-09.csv", "england_stock_flow_2021-04_2024-09.csv")
AHEAD = 12


def series(data: Path, work: Path) -> Series:
    import_rtt([data / name for name in FILES], work, england=True)
    tables, _ = read_folder(work, (BANDS, FLOWS))
    return series_of(tables)


def theta(past: np.ndarray) -> np.ndarray:
    return np.asarray(ThetaModel(past, deseasonalize=False).fit().forecast(AHEAD))


PEERS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "ETS, damped trend": lambda y: (
        ExponentialSmoothing(y, trend="add", damped_trend=True, initialization_method="estimated").fit().forecast(AHEAD)
    ),
    "Holt, trend undamped": lambda y: Holt(y, initialization_method="estimated").fit().forecast(AHEAD),
    "simple smoothing": lambda y: ExponentialSmoothing(y, initialization_method="estimated").fit().forecast(AHEAD),
    "theta": theta,
    "ARIMA(1,1,0)": lambda y: ARIMA(y, order=(1, 1, 0)).fit().forecast(AHEAD),
}


def of_peer(known: Series, way: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Mean absolute errors a year ahead, by quantity."""
    is_so = known.figures()
    off = []
    for t in range(backtest.FIRST, len(known.months) - AHEAD):
        path = np.empty(FIVE)
        for q in range(FIVE):
            y = np.log(is_so[: t + 1, q]) if RELATIVE[q] else is_so[: t + 1, q]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                value = float(np.asarray(way(y))[-1])
            path[q] = np.exp(value) if RELATIVE[q] else value
        off.append(np.abs(errors(path, is_so[t + AHEAD, :FIVE])))
    return np.mean(off, axis=0)


Changes = dict[str, object]

SETTINGS: dict[str, tuple[Changes, dict[str, tuple[float, float]]]] = {
    "as it is": ({}, {}),
    "the front stands still": ({}, {"front.goes_on": (0, 0)}),
    "it goes on half as fast": ({}, {"front.goes_on": (0.5, 0.5)}),
    "it goes on half as fast again": ({}, {"front.goes_on": (1.5, 1.5)}),
    "damping 0.8 alone": ({}, {"front.damping": (0.8, 0.8)}),
    "damping 0.95 alone": ({}, {"front.damping": (0.95, 0.95)}),
    "long waits not shielded": ({}, {"shielded": (0, 0)}),
    "long waits from 31 weeks, not 39": ({"LATE": 31.0}, {}),
    "long waits from 47 weeks": ({"LATE": 47.0}, {}),
    "the urgent not spared": ({}, {"urgent": (0, 0)}),
    "naive weight halved at a fall to 0.7": ({"HALVED_AT": 0.357}, {}),
    "naive weight not following the front": ({"HALVED_AT": 1e9}, {}),
    "no naive forecast": ({"weights": 0.0}, {}),
    "half as much naive forecast": ({"weights": 0.5}, {}),
    "the lean not taken off": ({"leans": 0.0}, {}),
    "rates count half after 3 months, not 6": ({"HALF_LIFE": 3.0}, {}),
    "rates count half after 12 months": ({"HALF_LIFE": 12.0}, {}),
}
"""What is changed: constants of modules, `weights` and `leans` of the package's errors as factors, ranges of assumptions."""

HOMES = (backtest, backtest_cohort, estimate, forecast_error, long_wait_drive, project)


def of_setting(known: Series, changed: Changes, assumed: dict[str, tuple[float, float]]) -> tuple[float, ...]:
    """Mean absolute errors a year ahead under other settings, by one block of draws."""
    before = [(home, name, getattr(home, name)) for name in changed for home in HOMES if hasattr(home, name)]
    usual, blocks = backtest_weekly.register, backtest_weekly.BLOCKS
    ranges = {f"waits.{n}": {"low": a, "high": b, "source": "a what-if"} for n, (a, b) in assumed.items()}
    given = {
        q: replace(e, naive_weight=e.naive_weight * changed.get("weights", 1.0), lean=e.lean * changed.get("leans", 1.0))
        for q, e in forecast_error.measured().items()
    }
    off, is_so = [], known.figures()
    try:
        for home, name, _ in before:
            setattr(home, name, changed[name])
        backtest_weekly.register, backtest_weekly.BLOCKS = lambda: usual().override(ranges, "plan"), 1
        for t in range(backtest.FIRST, len(known.months) - AHEAD):
            stated = backtest_weekly.origin(known.upto(t), AHEAD).stated(given)[0][-1]
            off.append(np.abs(errors(stated, is_so[t + AHEAD]))[:FIVE])
    finally:
        backtest_weekly.register, backtest_weekly.BLOCKS = usual, blocks
        for home, name, value in before:
            setattr(home, name, value)
    return tuple(np.mean(off, axis=0))


def later(data: Path, known: Series) -> None:
    """The last month's forecast and its ranges, held to England's list of January 2026."""
    rows = list(
        csv.reader((data / "england_2026-01_specialty_week_bands.csv").read_text(encoding="utf-8").splitlines())
    )
    first = rows[0].index("w00")
    waiting = [
        [float(x or 0) for x in r[first : first + 105]] for r in rows if r[0] == "incomplete" and r[1] != "C_999"
    ]
    came = figures(np.sum(waiting, axis=0), np.append(np.arange(105.0), np.inf))
    of = backtest_weekly.origin(known, 16)
    now = known.figures()[-1]
    print(
        f"\n{'January 2026, 16 months on':<28}{'came':>11}{'ours':>11}{'from':>11}{'to':>11}{'in it':>7}{'naive':>11}"
    )
    for q, (name, *values) in enumerate(zip(QUANTITIES, *(x[-1] for x in of.printed()), strict=True)):
        mean, low, high = (float(v) for v in values)
        cells = "".join(f"{v:>11,.0f}" if RELATIVE[q] else f"{v:>11.1f}" for v in (came[q], mean, low, high))
        inside = "yes" if low <= came[q] <= high else "no"
        print(f"{name:<28}{cells}{inside:>7}" + (f"{now[q]:>11,.0f}" if RELATIVE[q] else f"{now[q]:>11.1f}"))


def row(name: str, values: Sequence[float]) -> str:
    """A line of the tables: list, 18 weeks, median, 92nd, over 52 weeks."""
    return f"{name:<40}" + "".join(f"{v:>8.{1 if RELATIVE[q] else 2}f}" for q, v in enumerate(values))


def main() -> None:
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "shared" / "data" / "waits"
    if not data.is_dir():
        sys.exit(f"No folder {data}: give the one with the series as an argument.")
    known = series(data, HERE / "build" / "waits_forecast")
    print(
        f"{'A year ahead, mean absolute error':<40}"
        + "".join(f"{h:>8}" for h in ("list", "18 wks", "median", "92nd", "52+"))
    )
    print(row("ours", of_setting(known, {}, {})))
    for name, way in PEERS.items():
        print(row(name, of_peer(known, way)))
    print("\nOne thing changed")
    for name, changed in list(SETTINGS.items())[1:]:
        print(row(name, of_setting(known, *changed)), flush=True)
    later(data, known)


if __name__ == "__main__":
    main()
