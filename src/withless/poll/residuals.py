"""What calibration leaves of scores: residuals on the totals that weights were made to meet.

Two packages of formulas for the same thing, as R's survey has them, so that errors are those of that package. Raking by
margins (`rake` there) takes scores' means off margin by margin, people counted alike. Calibration (`calibrate` there) takes
a regression off, people counted by their weights before it (Deville and Sarndal, Calibration Estimators in Survey
Sampling, JASA 87, 1992).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..numbers import ratio

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

SWEEPS = 10
"""Rounds in which scores are freed of the margins of a raking; as many as R's survey takes."""


@dataclass(frozen=True)
class Calibration:
    """Weights made to meet totals of groups: one round of margins, or one post-stratification.

    `groups[m][unit]` codes the margins (-1 = took no part), `after[m][unit]` the weights once margin m was met, `before[unit]`
    those at the start. `raked` tells raking (margins) from post-stratification (one margin).
    """

    groups: tuple[Ints, ...]
    before: Floats
    after: tuple[Floats, ...]
    raked: bool

    def residual(self, scores: Floats) -> Floats:
        """`scores[unit, k]` less what the groups tell of them."""
        if not self.raked:
            return self._residual_of_strata(scores)
        sizes = [int(g.max()) + 1 for g in self.groups]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        counts = [np.bincount(g[g >= 0], minlength=s) for g, s in zip(self.groups, sizes, strict=True)]
        cross = self._cross(sizes, starts)
        told = np.zeros((starts[-1], scores.shape[1]))
        sums = np.concatenate(
            [group_sums(g, scores / a[:, None], s) for g, a, s in zip(self.groups, self.after, sizes, strict=True)]
        )
        for _ in range(SWEEPS):
            for m, count in enumerate(counts):
                own = slice(starts[m], starts[m + 1])
                told[own] += (sums[own] - cross[own] @ told) / np.maximum(count, 1)[:, None]
        out = scores.copy()
        for m, (g, a) in enumerate(zip(self.groups, self.after, strict=True)):
            inside = g >= 0
            out[inside] -= a[inside, None] * told[starts[m] + g[inside]]
        return out

    def _cross(self, sizes: Sequence[int], starts: Ints) -> Floats:
        """Sums of `after[m2]/after[m]` by the groups of two margins: how one margin's means bear on another's."""
        cross = np.zeros((starts[-1], starts[-1]))
        for m, (g, a) in enumerate(zip(self.groups, self.after, strict=True)):
            for n, (h, b) in enumerate(zip(self.groups, self.after, strict=True)):
                inside = g >= 0
                pair = g[inside] * sizes[n] + h[inside]
                table = np.bincount(pair, (b / a)[inside], sizes[m] * sizes[n]).reshape(sizes[m], sizes[n])
                cross[starts[m] : starts[m + 1], starts[n] : starts[n + 1]] = table
        return cross

    def _residual_of_strata(self, scores: Floats) -> Floats:
        g, a = self.groups[0], self.after[0]
        inside, size = g >= 0, int(g.max()) + 1
        top = group_sums(g, scores * np.where(inside, self.before / a, 0.0)[:, None], size)
        means = top / np.bincount(g[inside], self.before[inside], size)[:, None]
        out = scores.copy()
        out[inside] -= means[g[inside]] * a[inside, None]
        return out


@dataclass(frozen=True)
class Regressed:
    """Weights made to meet totals by a regression: of groups, of numbers, or of both.

    `groups[m][unit]` codes margins (-1 = took no part), `numbers[unit, k]` columns with known totals (of no columns where
    there are none). `before[unit]` weighs the regression: weights before, over the variance that each unit was given.
    `after[unit]` are the weights once totals were met.
    """

    groups: tuple[Ints, ...]
    numbers: Floats
    before: Floats
    after: Floats

    @property
    def by_groups(self) -> bool:
        """Whether all that was known are groups, so that units alike in them are alike in this."""
        return bool(self.numbers.shape[1] == 0)

    def residual(self, scores: Floats) -> Floats:
        """`scores[unit, k]` less what the totals tell of them."""
        known = model(self.groups, self.numbers)
        each = ratio(scores, self.after[:, None], 0.0)
        weighed = sparse.csr_array(known.multiply(self.before[:, None]).T)
        slope = solved((weighed @ known).toarray(), weighed @ each)
        return np.asarray(scores - self.after[:, None] * (known @ slope))


def model(groups: Sequence[Ints], numbers: Floats) -> sparse.csr_array:
    """A matrix [unit, known total]: 1 in the column of each unit's group, then the numbers."""
    parts = [one_hot(g, np.ones(len(g)), int(g.max()) + 1).T for g in groups]
    return sparse.csr_array(sparse.hstack([*parts, sparse.csr_array(numbers)]))


def one_hot(groups: Ints, values: Floats, size: int) -> sparse.csr_array:
    """A matrix [group, unit] that sums `values` times what it is multiplied with by group; groups below nil sum to nothing."""
    on = np.flatnonzero(groups >= 0)
    return sparse.csr_array((values[on], (groups[on], on)), shape=(size, len(groups)))


def solved(cross: Floats, right: Floats) -> Floats:
    """The least answer of `cross @ x = right`: margins overlap (each adds up to everybody), so that there are many."""
    scale = np.sqrt(np.maximum(np.diag(cross), 1e-300))
    even = np.linalg.pinv(cross / np.outer(scale, scale), rcond=1e-12, hermitian=True)
    return np.asarray(even @ (right.T / scale).T / (scale if right.ndim == 1 else scale[:, None]))


def group_sums(groups: Ints, values: Floats, size: int) -> Floats:
    """Sums of `values[unit, k]` by group, [group, k]; groups below nil are left out."""
    inside = groups >= 0
    if not inside.all():
        groups, values = groups[inside], values[inside]
    columns = [np.bincount(groups, column, size) for column in np.ascontiguousarray(values.T)]
    return np.stack(columns, axis=1) if columns else np.zeros((size, 0))
