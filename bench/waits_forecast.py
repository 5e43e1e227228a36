"""Forecasts of England's waiting list beside those of a forecasting library in one run, and what other settings would give.

    python bench/waits_forecast.py [DATA]      DATA is the folder with the series (../shared/data/waits)

Every forecast is made from what was known in its month, and held to what came. Ratios below 1 are in our favour.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from statsmodels.tsa.arima.model import ARIMA
from statsmodels.tsa.forecasting.theta import ThetaModel
from statsmodels.tsa.holtwinters import ExponentialSmoothing, Holt

from withless.api import import_rtt
from withless.files.folder import read_folder
from withless.services.waits import backtest, backtest_cohort, backtest_weekly, estimate, long_wait_drive, project
from withless.services.waits.backtest_command import series_of
from withless.services.waits.backtest_series import QUANTITIES, RELATIVE, Series, errors
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
    "ARIMA(0,2,2)": lambda y: ARIMA(y, order=(0, 2, 2)).fit().forecast(AHEAD),
}


def of_peer(known: Series, way: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Mean absolute errors a year ahead, by quantity."""
    is_so = known.figures()
    off = []
    for t in range(backtest.FIRST, len(known.months) - AHEAD):
        path = np.empty(len(QUANTITIES))
        for q in range(len(QUANTITIES)):
            y = np.log(is_so[: t + 1, q]) if RELATIVE[q] else is_so[: t + 1, q]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                value = float(np.asarray(way(y))[-1])
            path[q] = np.exp(value) if RELATIVE[q] else value
        off.append(np.abs(errors(path, is_so[t + AHEAD])))
    return np.mean(off, axis=0)


Changes = dict[str, object]

SETTINGS: dict[str, tuple[Changes, dict[str, tuple[float, float]]]] = {
    "as it is": ({}, {}),
    "front stands still": ({}, {"front.goes_on": (0, 0)}),
    "front half as fast": ({}, {"front.goes_on": (0.5, 0.5)}),
    "front half as fast again": ({}, {"front.goes_on": (1.5, 1.5)}),
    "damping 0.8 alone": ({}, {"front.damping": (0.8, 0.8)}),
    "damping 0.95 alone": ({}, {"front.damping": (0.95, 0.95)}),
    "long waits not shielded": ({}, {"shielded": (0, 0)}),
    "long waits shielded wholly": ({}, {"shielded": (1, 1)}),
    "pull of the longest surer": ({}, {"late": (0, 0)}),
    "pull of the longest vaguer": ({}, {"late": (-0.25, 0.25)}),
    "urgent not spared": ({}, {"urgent": (0, 0)}),
    "naive weighed in to all five": ({"MIXED": QUANTITIES}, {}),
    "naive weighed in to none": ({"MIXED": ()}, {}),
    "weights learnt from month 6": ({"LEARN": 6}, {}),
    "weights nearer a half": ({"PRIOR": 36.0}, {}),
    "long waits from 31 weeks": ({"LATE": 31.0}, {}),
    "long waits from 47 weeks": ({"LATE": 47.0}, {}),
    "half-life 3 months": ({"HALF_LIFE": 3.0}, {}),
    "half-life 12 months": ({"HALF_LIFE": 12.0}, {}),
}
"""What is changed: constants of the modules, and ranges of assumptions."""

HOMES = (backtest, backtest_cohort, estimate, long_wait_drive, project)


def of_setting(
    known: Series, changed: Changes, assumed: dict[str, tuple[float, float]]
) -> tuple[np.ndarray, np.ndarray]:
    """Errors and coverage a year ahead under other settings."""
    before = [(home, name, getattr(home, name)) for name in changed for home in HOMES if hasattr(home, name)]
    usual = backtest_weekly.register
    ranges = {f"waits.{n}": {"low": a, "high": b, "source": "a what-if"} for n, (a, b) in assumed.items()}
    try:
        for home, name, _ in before:
            setattr(home, name, changed[name])
        backtest_weekly.register = lambda: usual().override(ranges, "plan")
        found = backtest.hindcast(known, ets=False)
    finally:
        backtest_weekly.register = usual
        for home, name, value in before:
            setattr(home, name, value)
    return np.abs(found.errors("weekly", AHEAD)).mean(axis=0), found.covered(AHEAD).mean(axis=0)


def main() -> None:
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "shared" / "data" / "waits"
    if not data.is_dir():
        sys.exit(f"No folder {data}: give the one with the series as an argument.")
    known = series(data, HERE / "build" / "waits_forecast")
    start = time.perf_counter()
    ours, covered = of_setting(known, {}, {})
    print(f"A year ahead, mean absolute error ({', '.join(QUANTITIES)}); {time.perf_counter() - start:.1f} s")
    print(f"{'ours':<28}", np.round(ours, 2))
    for name, way in PEERS.items():
        start = time.perf_counter()
        found = of_peer(known, way)
        print(
            f"{name:<28}",
            np.round(found, 2),
            "ours to it",
            np.round(ours / found, 2),
            f"{time.perf_counter() - start:.1f} s",
        )
    print("\nOther settings of ours, and the share of what came in the 80% range")
    print(f"{'as it is':<28}", np.round(ours, 2), np.round(covered, 2))
    for name, changed in list(SETTINGS.items())[1:]:
        found, share = of_setting(known, *changed)
        print(f"{name:<28}", np.round(found, 2), np.round(share, 2))


if __name__ == "__main__":
    main()
