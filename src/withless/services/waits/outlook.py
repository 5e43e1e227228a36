"""What is said of a list taken on: figures at some weeks from a run, what is stated of it, and the range round that.

Stated is the cohort's mean, drawn to the naive forecast so far as hindcasts were nearer so, with the lean taken off
(`forecast_error.py`). A change adds to it what it makes of the run, on the same draws.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws
from . import forecast_error
from .cohort import WITHIN, Run, percentile
from .forecast_error import QUANTITIES, Errors, added, back

Floats = NDArray[np.float64]
Figures = dict[str, dict[str, Floats]]

YEAR_MONTHS = 12
"""Months from which on a list is known as those were whose errors were measured. With 1, 2, 3, 6 and 9 months of England's known,
its forecasts were nearest with the naive one weighing about 1 / (months + 1) of what it left to the cohort."""

NESTED = ("list", *(f"over_{k}" for k in WITHIN[1:]))
"""Each of these counts some of those before it."""


@dataclass(frozen=True)
class Paths:
    """A projection at some weeks: values[quantity][draw, group, horizon]; groups are specialties, then all together.

    within_18 is in points, median and percentile_92 in weeks; treated, left_untreated and person_days are sums from now.
    """

    horizons: tuple[int, ...]
    values: Mapping[str, Floats]


@dataclass(frozen=True)
class Basis:
    """What a forecast is stated from: the run `unchanged`, the same with the front of long waits standing `still` (None: it does
    in both), the list as counted, `now`[quantity][group], and how many `months` of it are known.
    """

    unchanged: Paths
    still: Paths | None
    now: Mapping[str, Floats]
    months: int

    @property
    def lacking(self) -> float:
        """Share of what a year of months would show of a list that its own do not: 1 / (months + 1), 0 from a year on."""
        return 0.0 if self.months >= YEAR_MONTHS else 1 / (self.months + 1)


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


def fall(basis: Basis, quantity: str) -> Floats:
    """How far the front lowers a quantity, as a logarithm, [group, horizon]: 0 of the list, its share within 18 weeks and its
    median; of the 92nd percentile what it does to those over 52 weeks.
    """
    name = "over_52" if quantity == "percentile_92" else quantity
    here = basis.unchanged.values[name]
    if basis.still is None or not name.startswith("over_"):
        return np.zeros(here.shape[1:])
    still, moved = (added(name, p.values[name].mean(axis=0)) for p in (basis.still, basis.unchanged))
    return np.maximum(still - moved, 0.0)


def mixed(paths: Paths, basis: Basis, errors: Errors) -> dict[str, Floats]:
    """Every draw of a run, the naive forecast weighted into what it is if nothing changes: {name: [draw, group, horizon]}. What
    few months lack is made up in the middle alone, since what they leave uncertain stays so.
    """
    found = dict(paths.values)
    for name, error in errors.items():
        weight, now, here = (
            forecast_error.naive_weight(error, fall(basis, name)),
            basis.now[name][None, :, None],
            basis.unchanged.values[name],
        )
        gap = weight * (now - here) + (1 - weight) * basis.lacking * (now - _read(np.nanmean, here))
        found[name] = found[name] + np.where(np.isfinite(gap), gap, 0.0)
    for whole, part in pairwise(NESTED):
        found[part] = np.clip(found[part], 0.0, found[whole])
    found["percentile_92"] = np.maximum(found["percentile_92"], found["median"])
    return found


def stated(draws: Mapping[str, Floats], horizons: tuple[int, ...], errors: Errors) -> dict[str, Floats]:
    """What is stated of draws so mixed: their mean with the lean taken off, {quantity: float[group, horizon]}."""
    found = {name: _read(np.nanmean, values) for name, values in draws.items()}
    for name, error in errors.items():
        if error.lean:
            found[name] = back(name, added(name, found[name]) - forecast_error.lean(error, np.array(horizons)))
    for whole, part in pairwise(NESTED):
        found[part] = np.minimum(found[part], found[whole])
    return found


def own_spread(quantity: str, values: Floats) -> Floats:
    """Standard deviation of draws[draw, group, horizon] on the scale of their errors, [group, horizon]."""
    return _read(np.nanstd, added(quantity, values))


def ranges(paths: Paths, basis: Basis, uniforms: Mapping[str, Floats], errors: Errors | None = None) -> Figures:
    """{quantity: {mean, p10, p90: float[group, horizon]}}: what is stated, and what holds 80 in 100 with the errors of past
    forecasts. uniforms[quantity][draw].
    """
    known = forecast_error.measured() if errors is None else errors
    if basis.lacking:  # hindcasts knew a year of months or more: of fewer, all that is drawn stays uncertain
        known = {q: replace(e, kept=1.0) for q, e in known.items()}
    draws = mixed(paths, basis, known)
    middle, spread = stated(draws, paths.horizons, known), dict(draws)
    for name, error in known.items():
        spread[name] = _with_errors(name, draws[name], middle[name], error, uniforms[name], paths.horizons)
    for whole, part in pairwise(NESTED):
        spread[part] = np.minimum(spread[part], spread[whole])
    return {name: {"mean": middle[name], **between(spread[name])} for name in draws}


def _with_errors(
    name: str, draws: Floats, middle: Floats, error: forecast_error.Error, uniforms: Floats, horizons: tuple[int, ...]
) -> Floats:
    """Draws round what is stated, [draw, group, horizon]: as much of their own spread as is kept, and errors beyond it."""
    scaled, own = added(name, draws), own_spread(name, draws)
    off = scaled - _read(np.nanmean, scaled)
    drawn = np.stack([forecast_error.draw(error, np.array(horizons), uniforms, spread) for spread in own], axis=1)
    return back(name, added(name, middle) + error.kept * off + drawn)


def between(values: Floats) -> dict[str, Floats]:
    """What lies between holds 80 in 100: {p10, p90} over draws, NaN where a list is empty in all."""
    return {f"p{round(100 * q)}": _read(partial(np.nanquantile, q=q), values) for q in (0.1, 0.9)}


def changed(before: Paths, after: Paths) -> Figures:
    """What a change makes of it, on the same draws: {quantity: {mean, p10, p90}}."""
    gaps = {name: after.values[name] - before.values[name] for name in before.values}
    return {name: {"mean": _read(np.nanmean, gap), **between(gap)} for name, gap in gaps.items()}


def _read(of: Callable[..., Floats], values: Floats) -> Floats:
    """`of` the values of all draws that are there, NaN where none is."""
    none = np.isnan(values).all(axis=0)
    return np.where(none, np.nan, of(np.where(none, 0.0, values), axis=0))


def uniforms_of(blocks: Sequence[Draws]) -> dict[str, Floats]:
    """Numbers from 0 to 1 that errors are drawn by, {quantity: float[draw]}; long waits of all lengths are off alike."""
    found = {}
    for name in QUANTITIES:
        stream = "over_52" if name.startswith("over_") else name
        found[name] = np.concatenate([d.streams().lhs(f"waits.forecast.{stream}") for d in blocks])
    return found
