"""From past forecasts to the errors that are drawn from (`errors.toml`): few parameters, and those shrunk.

Weights of the naive forecast are not fitted here: they are the package's. Of the errors that are left, quantity by quantity,

    lean    slope of the mean error on months ahead, times years / (years + 3): as if three more years had shown none
    scale   and power: root mean square scale * months ** power, the power drawn to a half (a random walk's)
    kept    the largest share of the draws' own spread that is not more than those errors at any horizon
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from .backtest_series import RELATIVE, Floats
from .backtest_weekly import Origin
from .forecast_error import LEAN_MONTHS, QUANTITIES, Error, Errors, measured

LEANS = ("over_52", "over_65", "over_78")
"""Quantities whose lean is taken off: long waits, but for those so few that they show none."""

PRIOR_YEARS = 3.0
"""Years without a lean that a lean is shrunk by; judged."""

ALIKE = 20
"""Pairs of an origin and a horizon that tell as much as one which overlaps no other; judged: in two and a half years there are
some 15 quarters' worth among 282 pairs.
"""

HALF_A_WALK = (0.5, 0.2)
"""The power of a random walk, give or take: what the power is drawn to."""


def pairs_of(origins: list[int], truth: Floats, until: int) -> list[tuple[int, int]]:
    """(origin, months ahead) of the forecasts from `origins` whose truth came by a month."""
    ahead = range(1, truth.shape[1] + 1)
    return [(t, h) for t in origins for h in ahead if t + h <= until and np.isfinite(truth[t, h - 1]).all()]


def apart(pairs: list[tuple[int, int]], origin: int, months: int) -> list[tuple[int, int]]:
    """Those of the pairs that share no month with a year ahead of an origin."""
    return [(t, h) for t, h in pairs if t + h <= origin or t >= origin + months]


def without_lean(errors: Errors) -> Errors:
    """The same weights, and nothing taken off."""
    return {q: replace(e, lean=0.0) for q, e in errors.items()}


def misses(origins: Mapping[int, Origin], truth: Floats) -> tuple[Floats, Floats]:
    """Errors[origin, months ahead, quantity] before any lean is taken off, on the scale on which they are added, and the spread
    of the draws by themselves there; NaN where nothing came or was forecast.
    """
    plain, off, own = without_lean(measured()), np.full_like(truth, np.nan), np.full_like(truth, np.nan)
    for t, one in origins.items():
        found, own[t] = one.stated(plain)
        off[t] = logged(found) - logged(truth[t])
    return off, own


def calibrated(off: Floats, own: Floats, pairs: list[tuple[int, int]]) -> Errors:
    """The errors that some pairs of an origin and months ahead show."""
    t, h = (np.array(x) for x in zip(*pairs, strict=True))
    x, year = off[t, h - 1], h / LEAN_MONTHS
    years = len(set(t.tolist())) / 12
    slope = (x * year[:, None]).sum(axis=0) / (year**2).sum() * years / (years + PRIOR_YEARS)
    lean = np.where([q in LEANS for q in QUANTITIES], slope, 0.0)
    scale, power = spread_of(x - lean * year[:, None], h.astype(np.float64))
    spread = np.array([own[t[h == k], k - 1].mean(axis=0) for k in np.unique(h)])
    kept = np.minimum((scale * np.unique(h)[:, None] ** power / np.maximum(spread, 1e-9)).min(axis=0), 1.0)
    weights = measured()
    return {
        q: Error(weights[q].naive_weight, float(lean[k]), float(scale[k]), float(power[k]), float(kept[k]))
        for k, q in enumerate(QUANTITIES)
    }


def spread_of(off: Floats, ahead: Floats) -> tuple[Floats, Floats]:
    """Scale and power, each [quantity], of errors off[pair, quantity] that grow as scale * ahead ** power.

    The power is the mean of its likelihood (`ALIKE` pairs are taken for one) times a normal prior, `HALF_A_WALK`.
    """
    grid = np.linspace(0.0, 1.0, 21)
    mean_log, worth = np.log(ahead).mean(), len(ahead) / ALIKE
    scales = np.array([np.sqrt(((off / ahead[:, None] ** b) ** 2).mean(axis=0)) for b in grid])
    fit = (
        -worth * (np.log(np.maximum(scales, 1e-12)) + grid[:, None] * mean_log)
        - 0.5 * ((grid[:, None] - HALF_A_WALK[0]) / HALF_A_WALK[1]) ** 2
    )
    weight = np.exp(fit - fit.max(axis=0))
    power = (weight * grid[:, None]).sum(axis=0) / weight.sum(axis=0)
    return np.sqrt(((off / ahead[:, None] ** power) ** 2).mean(axis=0)), power


def logged(figures_: Floats) -> Floats:
    """Figures on the scale on which errors are added: logarithms of counts, as `forecast_error.added`."""
    return np.where(RELATIVE, np.log(np.maximum(figures_, 0.0) + 0.5), figures_)
