"""Means, shares, totals and ratios with linearised covariances, their intervals, design effects, and change between waves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import special

from .design import Design, DesignError, codes, covariance
from .replicates import Replicates
from .residuals import Bools, Floats

LEVEL = 0.95
INTERVALS = ("logit", "wald", "beta", "asin", "xlogit", "mean")
"""How an interval of a share is made; mean is another name of wald, xlogit of logit."""


@dataclass(frozen=True)
class Estimate:
    """Numbers with their covariance: `values[k]`, `covariance[k, k]`, `effects[k, k]` (design effects, or None)."""

    names: tuple[str, ...]
    values: Floats
    covariance: Floats
    df: int
    effects: Floats | None = None
    size: int = 0

    @property
    def errors(self) -> Floats:
        """Standard errors [k]."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))

    def interval(self, level: float = LEVEL, df: float | None = None) -> Floats:
        """Symmetric intervals [k, 2] on Student's t with `df` degrees of freedom (default: the design's; inf = normal)."""
        half = quantile(level, self.df if df is None else df) * self.errors
        return np.stack([self.values - half, self.values + half], axis=1)


@dataclass(frozen=True)
class By:
    """An estimate for each group: `groups[i]` is what the i-th of `estimates` speaks of."""

    groups: tuple[Any, ...]
    estimates: tuple[Estimate, ...] = field(default=())


def quantile(level: float, df: float) -> float:
    """How many standard errors make half an interval of this level."""
    tail = (1 + level) / 2
    if df <= 0:
        return float("nan")
    return float(special.ndtri(tail) if np.isinf(df) else special.stdtrit(df, tail))


def mean(d: Design, x: Any, names: Sequence[str] = (), effect: str = "") -> Estimate:
    """Weighted means of the columns of `x[unit, k]`, units with a gap left out.

    `effect` asks for design effects against a simple random sample "with" or "without" replacement.
    """
    d, table, names = _known(d, x, names)
    total = d.weights.sum()
    values = d.weights @ table / total
    off = table - values
    found = _varied(d, table, values, mean=True) if d.replicates else covariance(d, off * (d.weights / total)[:, None])
    if not effect:
        return Estimate(names, values, found, d.df)
    n, spread = _spread(d, off)
    return Estimate(names, values, found, d.df, _effects(found, spread / n, n, total, effect), n)


def total(d: Design, x: Any, names: Sequence[str] = (), effect: str = "") -> Estimate:
    """Weighted totals of the columns of `x[unit, k]`, units with a gap left out; see `mean`."""
    d, table, names = _known(d, x, names)
    values = d.weights @ table
    found = _varied(d, table, values) if d.replicates else covariance(d, table * d.weights[:, None])
    if not effect:
        return Estimate(names, values, found, d.df)
    everyone = d.weights.sum()
    n, spread = _spread(d, table - values / everyone)
    return Estimate(names, values, found, d.df, _effects(found, spread * everyone**2 / n, n, everyone, effect), n)


def _varied(d: Design, table: Floats, values: Floats, mean: bool = False) -> Floats:
    """Covariance of totals or means from replicate weights."""
    if d.replicates is None:
        raise DesignError("the design has no replicate weights")
    w = d.replicates.weights
    sums = w.T @ table
    with np.errstate(divide="ignore", invalid="ignore"):
        return d.replicates.covariance(sums / w.sum(axis=0)[:, None] if mean else sums, values)


def _spread(d: Design, off: Floats) -> tuple[int, Floats]:
    """How many units count, and the variance [k, k] of their deviations `off[unit, k]`; NaN where there is one."""
    n = int((d.weights != 0).sum())
    return n, (off.T * d.weights) @ off / d.weights.sum() * (n / (n - 1) if n > 1 else np.nan)


def _effects(found: Floats, simple: Floats, n: int, everyone: float, effect: str) -> Floats:
    if effect not in ("with", "without"):
        raise DesignError(f"a design effect is against a sample with or without replacement, not {effect!r}")
    if effect == "without":
        if everyone < n:
            raise DesignError("weights sum to less than the sample: they do not say how many people there are")
        simple = simple * (1 - n / everyone)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(found / simple)


def shares(d: Design, column: Any, levels: Sequence[Any] | None = None, effect: str = "") -> Estimate:
    """Weighted shares of each value of a column."""
    table, names = indicators(column, levels)
    return mean(d, table, names, effect)


def counts(d: Design, column: Any, levels: Sequence[Any] | None = None) -> Estimate:
    """Weighted numbers of each value of a column."""
    table, names = indicators(column, levels)
    return total(d, table, names)


def indicators(column: Any, levels: Sequence[Any] | None = None) -> tuple[Floats, tuple[str, ...]]:
    """0 or 1 for each value [unit, level]; NaN where a float is missing."""
    values = np.asarray(column)
    if levels is None:
        known = values[~np.isnan(values)] if values.dtype.kind == "f" else values
        levels = codes(known)[1]
    table = np.stack([(values == v).astype(np.float64) for v in levels], axis=1)
    if values.dtype.kind == "f":
        table[np.isnan(values)] = np.nan
    return table, tuple(map(str, levels))


def ratio(d: Design, top: Any, bottom: Any) -> Estimate:
    """The total of one column over the total of another."""
    d, table, _ = _known(d, np.stack([np.asarray(top, float), np.asarray(bottom, float)], axis=1), ())
    up, down = d.weights @ table
    if d.replicates is not None:
        sums = d.replicates.weights.T @ table
        found = d.replicates.covariance(sums[:, :1] / sums[:, 1:], np.array([up / down]))
        return Estimate(("ratio",), np.array([up / down]), found, d.df)
    score = (table[:, 0] - up / down * table[:, 1]) / down
    return Estimate(("ratio",), np.array([up / down]), covariance(d, (score * d.weights)[:, None]), d.df)


def by(d: Design, groups: Mapping[str, Any] | Any, statistic: Any) -> By:
    """`statistic(domain)` for every group, or every combination of groups where several columns are given."""
    columns = list(groups.values()) if isinstance(groups, Mapping) else [groups]
    coded = [codes(np.asarray(c)) for c in columns]
    cell: Any = np.zeros(len(d), dtype=np.int64)
    for column, values in reversed(coded):
        cell = cell * len(values) + column
    found, names = [], []
    for number in np.unique(cell[d.weights != 0]).tolist():
        parts, rest = [], number
        for _, values in coded:
            parts.append(values[rest % len(values)])
            rest //= len(values)
        names.append(tuple(parts) if len(parts) > 1 else parts[0])
        found.append(statistic(d.within(cell == number)))
    return By(tuple(names), tuple(found))


def _known(d: Design, x: Any, names: Sequence[str]) -> tuple[Design, Floats, tuple[str, ...]]:
    """The units without a gap as a domain, `x` as a table with nil elsewhere, and names."""
    table = np.asarray(x, dtype=np.float64)
    table = table[:, None] if table.ndim == 1 else table
    if len(table) != len(d):
        raise DesignError(f"there are {len(table):,} entries for {len(d):,} units")
    gaps = np.asarray(~np.isfinite(table).all(axis=1))
    if gaps.any():
        d, table = d.within(~gaps), np.where(gaps[:, None], 0.0, table)
    if not d.weights.any():
        raise DesignError("nobody is left to count")
    return d, table, tuple(names) or tuple(str(i) for i in range(table.shape[1]))


def share_interval(
    d: Design, column: Any, method: str = "logit", level: float = LEVEL, df: float | None = None
) -> tuple[float, float, float, float]:
    """(share, standard error, low, high) of the units where `column[unit]` is true (1, not 0; NaN = gap).

    As R's svyciprop has it, degrees of freedom are those of the whole design, gaps or not.
    """
    given = np.asarray(column, dtype=np.float64)
    found = mean(d, given)
    p, v = float(found.values[0]), float(found.covariance[0, 0])
    df = d.df if df is None else df
    if method == "beta":
        low, high = beta_interval(p, v, level, d.df, int(d.kept.sum()) - 1)
    elif method == "logit" and d.replicates is not None and 0 < p < 1:
        known = d.within(np.isfinite(given))
        spread = logit_variance(known.replicates, np.where(np.isfinite(given), given, 0.0), p)
        low, high = logit_interval(p, spread, level, df)
    else:
        low, high = interval(p, v, method, level, df)
    return p, float(np.sqrt(max(v, 0.0))), low, high


def logit_variance(of: Replicates | None, yes: Floats, p: float) -> float:
    """The variance of a share's logit from what it is in each replicate; `yes[unit]` is 1 or 0."""
    if of is None:
        raise DesignError("the design has no replicate weights")
    with np.errstate(divide="ignore", invalid="ignore"):
        numbers = special.logit((of.weights.T @ yes) / of.weights.sum(axis=0))
    return float(of.covariance(numbers[:, None], np.array([special.logit(p)]))[0, 0])


def logit_interval(p: float, variance: float, level: float, df: float) -> tuple[float, float]:
    """An interval of a share from the variance of its logit."""
    middle, half = special.logit(p), quantile(level, df) * np.sqrt(max(variance, 0.0))
    return float(special.expit(middle - half)), float(special.expit(middle + half))


def interval(p: float, variance: float, method: str, level: float, df: float) -> tuple[float, float]:
    """An interval of a share from its variance: wald, on the logit, or on the arcsine of the root."""
    if method not in INTERVALS or method == "beta":
        raise DesignError(f"an interval is one of {', '.join(INTERVALS)}, not {method!r}")
    half = quantile(level, df) * np.sqrt(max(variance, 0.0))
    if method in ("wald", "mean"):
        return float(p - half), float(p + half)
    if method == "asin" and p in (0.0, 1.0):
        return float("nan"), float("nan")
    if method == "asin":
        middle, half = np.arcsin(np.sqrt(p)), half / (2 * np.sqrt(p * (1 - p)))
        return float(np.sin(middle - half) ** 2), float(np.sin(middle + half) ** 2)
    if p in (0.0, 1.0):
        return p, p
    return logit_interval(p, variance / (p * (1 - p)) ** 2, level, df)


def beta_interval(p: float, variance: float, level: float, df: float, df_simple: float) -> tuple[float, float]:
    """Clopper and Pearson's interval on the effective number of answers, as Korn and Graubard (1998) mend it."""
    alpha = 1 - level
    if variance <= 0:
        return p, p
    n = p * (1 - p) / variance * (quantile(level, df_simple) / quantile(level, df)) ** 2
    low = special.betaincinv(n * p, n * (1 - p) + 1, alpha / 2) if p > 0 else 0.0
    high = special.betaincinv(n * p + 1, n * (1 - p), 1 - alpha / 2) if p < 1 else 1.0
    return float(low), float(high)


@dataclass(frozen=True)
class Change:
    """A difference with its error: `value`, `error`, `low` to `high`, and `p`, how often chance alone gives as much."""

    value: float
    error: float
    low: float
    high: float
    p: float


def change(first: Estimate, second: Estimate, level: float = LEVEL, k: int = 0) -> Change:
    """The k-th number of a second wave less that of the first, two samples drawn apart; normal where df differ."""
    df = first.df + second.df
    error = float(np.sqrt(first.covariance[k, k] + second.covariance[k, k]))
    return difference(float(second.values[k] - first.values[k]), error, df, level)


def change_within(d: Design, wave: Any, x: Any, level: float = LEVEL) -> Change:
    """The same where both waves are rows of one design (a panel: clusters are people): `wave[unit]` is 0 or 1.

    What the waves have in common is taken into account.
    """
    later = np.asarray(wave).astype(bool)
    values = np.asarray(x, dtype=np.float64)
    known = d.within(np.isfinite(values))
    values = np.where(np.isfinite(values), values, 0.0)
    if known.replicates is not None:
        return _change_replicated(known, later, values, level)
    score, sides = np.zeros(len(d)), []
    for side, sign in ((~later, -1.0), (later, 1.0)):
        w = known.weights * side
        middle = float(w @ values / w.sum())
        sides.append(middle)
        score += sign * w * (values - middle) / w.sum()
    error = float(np.sqrt(max(covariance(known, score[:, None])[0, 0], 0.0)))
    return difference(sides[1] - sides[0], error, known.df, level)


def _change_replicated(d: Design, later: Bools, values: Floats, level: float) -> Change:
    """A change between two waves of one design whose errors come from replicate weights."""
    assert d.replicates is not None  # noqa: S101  # the caller looked

    def moved(w: Floats) -> Floats:
        second, first = (w[side].T @ values[side] / w[side].sum(axis=0) for side in (later, ~later))
        return np.atleast_1d(second - first)

    value = moved(d.weights)
    found = d.replicates.covariance(moved(d.replicates.weights)[:, None], value)
    return difference(float(value[0]), float(np.sqrt(max(found[0, 0], 0.0))), d.df, level)


def difference(value: float, error: float, df: float, level: float = LEVEL) -> Change:
    """A difference with an interval and the two-sided chance of one as large where there is none."""
    half = quantile(level, df) * error
    p = 1.0 if error == 0 and value == 0 else (0.0 if error == 0 else 2 * float(special.stdtr(df, -abs(value / error))))
    return Change(value, error, value - half, value + half, p)


def mask(column: Any, *values: Any) -> Bools:
    """Where a column has one of some values: a net."""
    return np.asarray(np.isin(np.asarray(column), values))
