"""What is said of a list taken on: figures at some weeks from a run, and what is stated of it beside the naive forecast.

Where hindcasts were nearer with the naive forecast weighted in (`forecast_error.naive_weight`: long waits), that is what is
stated if nothing changes. A change adds to it what it makes of the run, on the same draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .cohort import WITHIN, Run, percentile
from .forecast_error import naive_weight

Floats = NDArray[np.float64]

NESTED = ("list", *(f"over_{k}" for k in WITHIN[1:]))
"""Each of these counts some of those before it."""


@dataclass(frozen=True)
class Paths:
    """A projection at some weeks: values[quantity][draw, group, horizon]; groups are specialties, then all together.

    within_18 is in points, median and percentile_92 in weeks; treated, left_untreated and person_days are sums from now.
    """

    horizons: tuple[int, ...]
    values: Mapping[str, Floats]


def read(run: Run, horizons: tuple[int, ...]) -> Paths:
    """A run told by the week, at so many weeks from its start."""
    at = np.array(horizons) - 1
    listed, within = run.listed[..., at], run.within[:, :, at]
    with np.errstate(invalid="ignore"):
        within_18 = np.where(listed > 0, 100 * within[..., 0] / np.where(listed > 0, listed, 1.0), np.nan)
    values = {
        "list": listed,
        "within_18": within_18,
        "median": run.percentile[:, :, at, 0],
        "percentile_92": run.percentile[:, :, at, 1],
        **{f"over_{k}": listed - within[..., i] for i, k in enumerate(WITHIN) if i},
        "treated": _summed(run, at, "treated"),
        "left_untreated": _summed(run, at, "removed", "validated"),
        "person_days": 7 * _summed(run, at, "person_weeks"),
    }
    return Paths(horizons, values)


def _summed(run: Run, at: NDArray[np.int64], *names: str) -> Floats:
    """Flows from the start to each horizon by group: float[draw, group, horizon]."""
    weekly = sum((run.flow(n) for n in names), np.zeros(1)).sum(axis=2)
    total = np.cumsum(weekly, axis=2)[..., at]
    return np.concatenate([total, total.sum(axis=1, keepdims=True)], axis=1)


def joined(parts: Sequence[Paths]) -> Paths:
    """Blocks of draws one after the other."""
    return Paths(parts[0].horizons, {k: np.concatenate([p.values[k] for p in parts]) for k in parts[0].values})


def today(stock: Floats) -> dict[str, Floats]:
    """The list as it was counted, and so the naive forecast: {quantity: float[group]} from stock[specialty, week]."""
    whole = np.vstack([stock, stock.sum(axis=0)])
    listed = whole.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        within = 100 * whole[:, :18].sum(axis=1) / listed
    found = {"list": listed, "within_18": within}
    found |= {n: np.array([percentile(row, q) for row in whole]) for n, q in (("median", 0.5), ("percentile_92", 0.92))}
    return found | {f"over_{k}": whole[:, k:].sum(axis=1) for k in WITHIN[1:]}


def stated(paths: Paths, unchanged: Paths, now: Mapping[str, Floats]) -> Paths:
    """What is stated of a run: the naive forecast, `now`, is weighted into the run without the change, `unchanged`, and `paths`
    lies as far from that as from `unchanged`.
    """
    values = dict(paths.values)
    for name in now:
        gap = naive_weight(name) * (now[name][None, :, None] - unchanged.values[name])
        values[name] = values[name] + np.where(np.isfinite(gap), gap, 0.0)
    for whole, part in pairwise(NESTED):
        values[part] = np.clip(values[part], 0.0, values[whole])
    values["percentile_92"] = np.maximum(values["percentile_92"], values["median"])
    return Paths(paths.horizons, values)
