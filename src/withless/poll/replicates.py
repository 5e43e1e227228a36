"""Replicate weights: a column of weights for each of many samples drawn from the sample, and what their spread says.

The variance of a number is `scale * sum over replicates of factor * (number there - mean of numbers)^2` (K. M. Wolter,
Introduction to Variance Estimation, 2nd edition, 2007); scales and factors by kind are those of `svrepdesign` in R's
package survey.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import linalg, special

from ..numbers import ratio
from .residuals import Bools, Floats

KINDS = ("JK1", "JKn", "BRR", "Fay", "bootstrap", "ACS", "successive-difference", "JK2", "other")
"""How replicates were made."""

_RANK = 1e-5  # the tolerance with which R's survey counts degrees of freedom


class ReplicateError(ValueError):
    """Replicate weights that cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Replicates:
    """`weights[unit, replicate]` as used in each replicate, the common `scale`, `factors[replicate]`.

    `about_estimate` measures spread about the number itself (`mse`), else about the mean of the replicates' numbers.
    `freedom` are degrees of freedom where they are not those that the columns show: calibration bends columns, which then
    look like more than were drawn.
    """

    weights: Floats
    scale: float
    factors: Floats
    about_estimate: bool = False
    freedom: int | None = None

    def covariance(self, numbers: Floats, estimate: Floats) -> Floats:
        """Covariance [k, k] from `numbers[replicate, k]`; replicates in which one cannot be made are left out."""
        known = np.isfinite(numbers).all(axis=1)
        if not known.any():
            return np.full((numbers.shape[1],) * 2, np.nan)
        numbers, factors = numbers[known], self.factors[known]
        middle = estimate if self.about_estimate else numbers[factors > 0].mean(axis=0)
        off = (numbers - middle) * np.sqrt(factors)[:, None]
        return np.asarray(off.T @ off * self.scale)

    def within(self, mask: Bools) -> Replicates:
        """The same for the units where `mask[unit]` is true."""
        return replace(self, weights=np.where(mask[:, None], self.weights, 0.0), freedom=None)


def replicates(
    weights: Floats,
    columns: Any,
    kind: str,
    scale: float | None = None,
    factors: Any = None,
    combined: bool = True,
    rho: float | None = None,
    about_estimate: bool = False,
) -> Replicates:
    """Replicate weights from `columns[unit, replicate]`.

    `combined`: the columns are whole weights; else they multiply `weights`. `factors` are one for each replicate (`rscales`).
    `rho` is the shrinkage of Fay's kind. What is not given is what the kind says. Raises `ReplicateError`.
    """
    table = np.asarray(columns, dtype=np.float64)
    if table.ndim != 2 or len(table) != len(weights) or table.shape[1] < 2:
        raise ReplicateError("replicate weights are at least two columns, one entry a person")
    if not np.isfinite(table).all() or (table < 0).any():
        raise ReplicateError("replicate weights are numbers, none below zero, without gaps")
    if kind not in KINDS:
        raise ReplicateError(f"the kind of replicates is one of {', '.join(KINDS)}, not {kind!r}")
    scale, each = _scales(table, kind, scale, factors, combined, rho)
    if each.shape != (table.shape[1],) or not np.isfinite(each).all() or (each < 0).any() or not scale >= 0:
        raise ReplicateError(f"rscales are one number, or {table.shape[1]}, one for each replicate; none is below zero")
    return Replicates(table if combined else table * weights[:, None], scale, each, about_estimate)


def _scales(
    table: Floats, kind: str, scale: float | None, factors: Any, combined: bool, rho: float | None
) -> tuple[float, Floats]:
    """The scale, and a factor for each replicate, as the kind has them where nothing is said."""
    count = table.shape[1]
    each = np.ones(count) if factors is None else np.broadcast_to(np.asarray(factors, dtype=np.float64), count)
    if kind in ("BRR", "Fay"):
        if kind == "Fay" and (rho is None or not 0 <= rho < 1):
            raise ReplicateError("replicates of Fay's kind need rho, from 0 to below 1")
        return 1 / (count * (1 - (rho if kind == "Fay" and rho is not None else 0.0)) ** 2), each
    if kind in ("ACS", "successive-difference"):
        return 4 / count, np.ones(count)
    if kind == "JK2":
        return 1.0, np.ones(count)
    if kind == "JKn" and factors is None:
        if combined:
            raise ReplicateError(
                "JKn replicates that are whole weights need rscales: (n - 1)/n of the stratum that each leaves a unit out of"
            )
        each = 1 / table.max(axis=0)
    if scale is None and kind == "JK1":
        scale = (count - 1) / count if combined else float(1 / table[:, 0].max())
    if scale is None and kind == "bootstrap":
        scale = 1 / (count - 1)
    return (1.0 if scale is None else float(scale)), np.asarray(each)


def rank(weights: Floats) -> int:
    """How many columns of weights are not sums of others; less one these are the degrees of freedom."""
    size = np.sqrt((weights**2).sum(axis=0))
    table = weights[:, size > 0] / size[size > 0]
    if table.size == 0:
        return 0
    table = table[table.any(axis=1)]
    diagonal = np.abs(np.diag(linalg.qr(table, mode="r", pivoting=True, check_finite=False)[0]))
    return int((diagonal > _RANK).sum())


def replicated_covariance(of: Replicates, weight: Floats, parts: Floats, worth: Floats, values: Floats) -> Floats:
    """Covariance [column, column] of one row of a table: `weight[count, replicate]`, `parts[count, column]` above zero where a
    count is in a column, `worth[count]` what it counts for, `values[column]` the row.
    """
    on = (parts > 0).astype(np.float64)
    known = on.any(axis=0)
    return of.covariance(np.where(known, _repeated(weight, on, worth), 0.0), np.where(known, values, 0.0))


def replicated_logits(of: Replicates, weight: Floats, parts: Floats, worth: Floats, values: Floats) -> Floats:
    """Standard errors [row, column] of shares' logits, as R's survey has them; `worth[row, count]`, `values[row, column]`."""
    out = np.full(values.shape, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        for r, row in enumerate(worth):
            numbers, middle = special.logit(_repeated(weight, parts, row)), special.logit(values[r])
            for j in np.flatnonzero(np.isfinite(middle)):
                out[r, j] = np.sqrt(of.covariance(numbers[:, [j]], middle[[j]])[0, 0])
    return out


def _repeated(weight: Floats, on: Floats, worth: Floats) -> Floats:
    """A row's numbers [replicate, column]."""
    return ratio((weight * worth[:, None]).T @ on, weight.T @ on)
