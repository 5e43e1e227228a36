"""A sample design and the variance of a weighted sum under it: Taylor linearisation, single stage, calibration-aware.

`covariance` takes scores `z[unit, k] = weight * influence` of k statistics and gives their covariance: within stratum h of
n_h primary units, `(1 - n_h/N_h) * n_h/(n_h - 1) * sum over units (t - mean t)(t - mean t)'`, t the sum of a unit's scores.
Where weights were calibrated, scores are first replaced by residuals on the calibration's groups (Deville and Sarndal,
Calibration Estimators in Survey Sampling, JASA 87, 1992), as R's package survey does; it is held to that package by
tests.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .replicates import ReplicateError, Replicates, rank, replicates
from .residuals import Bools, Calibration, Floats, Ints, Regressed, group_sums

LONELY = ("fail", "remove", "certainty", "adjust", "average")
"""What is done with a stratum of one primary unit: refuse; count it as certain (two names); centre it on nil, the mean of
all scores; give it the average of the other strata."""

_CERTAIN = 1e-7


class DesignError(ValueError):
    """A design, margin or statistic that cannot be; the message says why and what to do."""


@dataclass(frozen=True)
class Design:
    """How units came into a sample and what each stands for.

    `weights[unit]` (nil outside a domain); `strata[unit]`; `clusters[unit]`, primary units numbered through all strata, or
    None where each unit is one; `sampled[stratum]` primary units drawn and `population[stratum]` there are (inf = no
    correction); `inside[unit]` false for units that a domain leaves out. With `replicates`, these alone say how numbers vary.
    """

    weights: Floats
    strata: Ints
    clusters: Ints | None
    sampled: Ints
    population: Floats
    inside: Bools
    lonely: str = "fail"
    lonely_domains: bool = False
    calibrations: tuple[Calibration | Regressed, ...] = ()
    replicates: Replicates | None = None

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def df(self) -> int:
        """Degrees of freedom: primary units less strata, among units that count."""
        return self._freedom(self.weights != 0)

    @property
    def df_kept(self) -> int:
        """The same among units kept: a calibrated design keeps all of them in every domain, as R's survey does."""
        return self._freedom(self.kept)

    @property
    def kept(self) -> Bools:
        """Units on which the calibration still rests: all of a calibrated design, else those of the domain."""
        return np.ones(len(self), dtype=bool) if self.calibrations else self.inside

    def within(self, mask: Bools) -> Design:
        """The domain where `mask[unit]` is true; the others still count for the design."""
        inside = self.inside & np.asarray(mask, dtype=bool)
        spread = None if self.replicates is None else self.replicates.within(inside)
        return replace(self, inside=inside, weights=np.where(inside, self.weights, 0.0), replicates=spread)

    def _freedom(self, units: Bools) -> int:
        if self.replicates is not None:
            return (
                rank(self.replicates.weights[units]) - 1 if self.replicates.freedom is None else self.replicates.freedom
            )
        units_drawn = int(units.sum()) if self.clusters is None else len(np.unique(self.clusters[units]))
        return units_drawn - len(np.unique(self.strata[units]))


def design(
    weights: Any,
    strata: Any = None,
    clusters: Any = None,
    fpc: Any = None,
    lonely: str = "fail",
    lonely_domains: bool = False,
) -> Design:
    """A design from columns, one entry a unit.

    `weights` nil or above, not all nil; `strata` and `clusters` of any type; clusters are told apart within strata. `fpc`:
    primary units in the population of the stratum (1 or more), or the share of them that was drawn (to 1; where all are 1,
    all were drawn). `lonely_domains` treats a stratum with one primary unit *in a domain* by the rule too.
    Raises `DesignError`.
    """
    w = np.asarray(weights, dtype=np.float64)
    if w.ndim != 1 or len(w) == 0 or not np.isfinite(w).all() or (w < 0).any() or not w.any():
        raise DesignError("weights are a list of finite numbers, none below nil, not all nil")
    if lonely not in LONELY:
        raise DesignError(f"the rule for lonely strata is one of {', '.join(LONELY)}, not {lonely!r}")
    h = codes(strata, len(w))[0] if strata is not None else np.zeros(len(w), dtype=np.int64)
    c = None
    if clusters is not None:
        named = codes(clusters, len(w))[0]
        c = np.unique(h * (int(named.max()) + 1) + named, return_inverse=True)[1].astype(np.int64)
    stratum = h if c is None else h[np.unique(c, return_index=True)[1]]
    sampled = np.bincount(stratum, minlength=int(h.max()) + 1)
    population = np.full(len(sampled), np.inf) if fpc is None else _population(fpc, h, sampled)
    return Design(w, h, c, sampled, population, np.ones(len(w), dtype=bool), lonely, lonely_domains)


def replicated(
    weights: Any,
    columns: Any,
    kind: str,
    scale: float | None = None,
    factors: Any = None,
    combined: bool = True,
    rho: float | None = None,
    about_estimate: bool = False,
) -> Design:
    """A design whose errors come from replicate weights, `columns[unit, replicate]`; see `replicates.replicates`."""
    base = design(weights)
    try:
        found = replicates(base.weights, columns, kind, scale, factors, combined, rho, about_estimate)
    except ReplicateError as error:
        raise DesignError(str(error)) from None
    return replace(base, replicates=found)


def _population(fpc: Any, strata: Ints, sampled: Ints) -> Floats:
    given = np.broadcast_to(np.asarray(fpc, dtype=np.float64), strata.shape)
    if np.isnan(given).any() or (given <= 0).any():
        raise DesignError("fpc is above nil everywhere")
    if (given > 1).any() and (given < 1).any():
        raise DesignError("fpc is either a number of primary units (1 or more) or a share drawn (at most 1), not both")
    first = np.unique(strata, return_index=True)[1]
    if (given != given[first][strata]).any():
        raise DesignError("fpc differs within a stratum")
    population = given[first] if (given > 1).any() else sampled / given[first]
    if (population < sampled - 1e-9).any():
        raise DesignError("fpc says that there are fewer primary units than were drawn")
    return np.asarray(population)


def codes(column: Any, size: int | None = None) -> tuple[Ints, list[Any]]:
    """Codes 0, 1, ... of a column and what they stand for, in order."""
    values = np.asarray(column)
    if values.ndim != 1 or (size is not None and len(values) != size):
        raise DesignError(f"a column has {values.shape} entries where {size} are expected")
    if values.dtype.kind == "f" and np.isnan(values).any():
        raise DesignError("a column of the design has gaps")
    distinct, coded = np.unique(values, return_inverse=True)
    return coded.astype(np.int64), distinct.tolist()


def covariance(d: Design, scores: Floats) -> Floats:
    """Covariance [k, k] of the sums of `scores[unit, k]`, which hold the weight already and are nil outside a domain.

    NaN where no stratum gives any information. Designs with replicate weights have no scores (see `estimates`). Raises
    `DesignError` for a lonely stratum where the rule is to fail.
    """
    z = scores
    for calibration in d.calibrations:
        z = calibration.residual(z)
    strata, totals = d.strata, z
    if d.clusters is not None:
        totals = group_sums(d.clusters, z, int(d.clusters.max()) + 1)
        strata = strata_of_clusters(d)
    return pooled(d, totals, strata)


def strata_of_clusters(d: Design) -> Ints:
    """The stratum of each primary unit, where units are clustered."""
    if d.clusters is None:
        raise DesignError("the design has no clusters")
    strata = np.zeros(int(d.clusters.max()) + 1, dtype=np.int64)
    strata[d.clusters] = d.strata
    return strata


def pooled(d: Design, totals: Floats, strata: Ints) -> Floats:
    """Sum over strata of the variance between primary units: `totals[primary unit, k]`, `strata[primary unit]`."""
    rules = Rules.of(d)
    means = group_sums(strata, totals, len(d.sampled)) / d.sampled[:, None]
    means[rules.off_centre] = 0.0
    centred = (totals - means[strata]) * np.sqrt(rules.scale)[strata, None]
    return np.asarray(centred.T @ centred) * rules.inflation


@dataclass(frozen=True)
class Rules:
    """Per stratum: the factor on its sum of squares (nil = left out), whether it is centred on nil; and a last factor."""

    scale: Floats
    off_centre: Bools
    inflation: float

    @classmethod
    def of(cls, d: Design) -> Rules:
        """The rules of a design, those for lonely strata among them."""
        n = d.sampled.astype(np.float64)
        free = np.where(
            np.isinf(d.population), 1.0, (d.population - n) / np.where(np.isinf(d.population), 1, d.population)
        )
        scale = np.where(n > 1, free * n / np.maximum(n - 1, 1), free)
        certain = free < _CERTAIN
        lonely = (n == 1) & ~certain
        there, alone = _domain(d, n)
        alone = alone & d.lonely_domains & ~certain
        if d.lonely == "fail" and (lonely & there).any():
            raise DesignError(
                f"{int((lonely & there).sum())} strata have one primary unit, so that their spread is unknown; choose a rule: "
                f"{', '.join(LONELY[1:])}"
            )
        left_out = (lonely | alone) & (d.lonely == "average")
        known = there & ~left_out
        scale = np.where(certain | left_out, 0.0, scale)
        off = (lonely | alone) & (d.lonely == "adjust")
        inflation = float(there.sum() / known.sum()) if known.any() else np.nan
        return cls(np.maximum(scale, 0.0), off, inflation if d.lonely == "average" else 1.0)


def _domain(d: Design, sampled: Floats) -> tuple[Bools, Bools]:
    """Strata of which units are kept; strata with several primary units of which one is."""
    kept = d.kept
    if kept.all():
        return sampled > 0, np.zeros(len(sampled), dtype=bool)
    strata, clusters = d.strata[kept], np.flatnonzero(kept) if d.clusters is None else d.clusters[kept]
    pairs = np.unique(np.stack([strata, clusters]), axis=1)[0]
    here = np.bincount(pairs, minlength=len(sampled))
    return here > 0, (here == 1) & (sampled > 1)
