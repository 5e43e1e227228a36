"""Weights that meet known totals: raking, post-stratification, trimming, and what weighting costs.

Raking (iterative proportional fitting; Deming and Stephan, Annals of Mathematical Statistics 11, 1940) scales weights to
one margin after another until all are met. `bounds` keeps each weight's factor within a range while it does so: the
factors are clipped and the margins solved for what is left, which is the truncated raking of Deville and Sarndal (1992).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .design import Design, DesignError, codes
from .residuals import Bools, Calibration, Floats, Ints, Regressed

TOLERANCE = 1e-10
"""Share of all weight by which a margin may be missed once raking is done."""

ROUNDS = 1000
_HALVINGS = 60
_FAR = (1e-60, 1e60)  # factors run off where margins cannot be met within bounds


@dataclass(frozen=True)
class Margin:
    """A known distribution: `name`, `groups[unit]` (codes), `labels` of the codes and `targets` (summed weights) by code."""

    name: str
    groups: Ints
    labels: tuple[str, ...]
    targets: Floats


@dataclass(frozen=True)
class Raked:
    """A calibrated design, and how raking went: rounds, whether it was done, the largest miss as a share of all weight."""

    design: Design
    rounds: int
    converged: bool
    miss: float


def margin(name: str, column: Any, targets: Mapping[Any, float], total: float | None = None) -> Margin:
    """A margin from a column and `targets` by its values; with `total`, targets are shares and are made to sum to one.

    Raises `DesignError` for values without a target and targets without people.
    """
    coded, values = codes(column)
    labels = tuple(map(str, values))
    wanted = {str(k): float(v) for k, v in targets.items()}
    if missing := [v for v in labels if v not in wanted]:
        raise DesignError(f"margin {name}: there is no target for {', '.join(missing)}")
    if empty := [k for k, v in wanted.items() if k not in labels and v > 0]:
        raise DesignError(f"margin {name}: nobody in the sample is {', '.join(empty)}, so its target cannot be met")
    if nil := [v for v in labels if wanted[v] <= 0]:
        raise DesignError(
            f"margin {name}: the target for {', '.join(nil)} is nil, but there are such people in the sample"
        )
    aims = np.array([wanted[v] for v in labels])
    return Margin(name, coded, labels, aims if total is None else aims / aims.sum() * total)


def rake(
    d: Design,
    margins: Sequence[Margin],
    rounds: int = ROUNDS,
    change: float | None = None,
    bounds: tuple[float, float] | None = None,
) -> Raked:
    """Scale weights until every margin is met.

    `bounds` holds the factor on each weight, relative to the common one, within (low, high). `change` stops as R's survey
    does, once no cell of the crossed margins changes by so much in a round (a share of all weight if below 1); by
    default rounds go on until every margin is met within `TOLERANCE`. Raises `DesignError` naming the groups that conflict
    where no weights can meet all margins.
    """
    totals = [float(m.targets.sum()) for m in margins]
    if not margins or max(totals) - min(totals) > 1e-6 * max(totals):
        told = "; ".join(f"{m.name} {t:,.6g}" for m, t in zip(margins, totals, strict=True))
        raise DesignError(f"margins have different totals: {told}" if margins else "raking takes at least one margin")
    at = counted(d, margins)
    cell, size = _cells([m.groups[at] for m in margins])
    first = np.unique(cell, return_index=True)[1]
    levels = [m.groups[at][first] for m in margins]
    mass = np.bincount(cell, d.weights[at], size).astype(np.float64)
    fitted = _fit(mass, levels, [m.targets for m in margins], rounds, change, bounds)
    if not fitted.converged and change is None:
        _refuse(levels, margins, mass, bounds)
    after = tuple(_spread(d, at, factor[cell]) for factor in fitted.factors)
    groups = tuple(np.where(at, m.groups, -1) for m in margins)
    calibrated: Calibration | Regressed = Calibration(groups, d.weights, after, raked=True)
    if bounds is not None:
        calibrated = Regressed(groups, np.zeros((len(d), 0)), np.where(at, d.weights, 0.0), after[-1])
    weights = np.where(at, after[-1], 0.0)
    raked = replace(d, weights=weights, calibrations=(*d.calibrations, calibrated))

    def again(one: Design) -> Design:
        held = bounds
        if bounds is not None:  # a replicate's factors are held as those of the sample are
            own = float(one.weights[at].sum() / d.weights[at].sum())
            held = (bounds[0] * own, bounds[1] * own)
        return rake(one, margins, rounds, change, held).design

    return Raked(with_replicates(d, raked, again), fitted.rounds, fitted.converged, fitted.miss)


def with_replicates(d: Design, done: Design, again: Callable[[Design], Design]) -> Design:
    """`done`, made of `d` by `again`, with every replicate's weights made likewise: their spread then knows of it."""
    if d.replicates is None:
        return done
    columns = []
    for i, weights in enumerate(d.replicates.weights.T):
        try:
            columns.append(again(replace(d, weights=weights, replicates=None)).weights)
        except DesignError as error:
            raise DesignError(f"replicate {i + 1}: {error}") from None
    spread = replace(d.replicates, weights=np.stack(columns, axis=1))
    return replace(done, calibrations=(), replicates=spread)


def counted(d: Design, margins: Sequence[Margin]) -> Bools:
    """Units that weights are made for; raises `DesignError` for groups without any."""
    at = d.inside & (d.weights > 0)
    for m in margins:
        there = np.bincount(m.groups[at], minlength=len(m.targets)) > 0
        if not there.all():
            empty = ", ".join(label for label, here in zip(m.labels, there, strict=True) if not here)
            raise DesignError(f"margin {m.name}: nobody with a weight is {empty}, so its target cannot be met")
    return at


def _spread(d: Design, at: Any, factor: Floats) -> Floats:
    """Weights after a margin; 1 where a unit took no part, which leaves its nil score alone."""
    out = np.ones(len(d))
    out[at] = d.weights[at] * factor
    return out


@dataclass(frozen=True)
class _Fitted:
    """Factors by cell after each margin of the last round."""

    factors: list[Floats]
    rounds: int
    converged: bool
    miss: float


def _fit(
    mass: Floats,
    levels: Sequence[Ints],
    targets: Sequence[Floats],
    rounds: int,
    change: float | None,
    bounds: tuple[float, float] | None,
) -> _Fitted:
    total, common = float(targets[0].sum()), float(targets[0].sum() / mass.sum())
    limit = None if change is None else (change * mass.sum() if change < 1 else change)
    low, high = (0.0, np.inf) if bounds is None else (bounds[0] * common, bounds[1] * common)
    raw = np.full(len(mass), common if bounds is not None else 1.0)
    old, miss = mass, np.inf
    factors: list[Floats] = []
    for step in range(1, rounds + 1):
        factors = []
        for level, aim in zip(levels, targets, strict=True):
            raw = np.clip(raw * _scaling(mass, raw, level, aim, low, high)[level], _FAR[0], _FAR[1])
            factors.append(np.clip(raw, low, high))
        new = mass * factors[-1]
        miss = max(float(np.abs(np.bincount(g, new, len(t)) - t).max()) for g, t in zip(levels, targets, strict=True))
        if (limit is None and miss <= TOLERANCE * total) or (limit is not None and np.abs(new - old).max() < limit):
            return _Fitted(factors, step, True, miss / total)
        old = new
    return _Fitted(factors, rounds, False, miss / total)


def _scaling(mass: Floats, raw: Floats, level: Ints, aim: Floats, low: float, high: float) -> Floats:
    """What each level's factors are to be multiplied by, clipped factors taken into account."""
    if low == 0.0 and np.isinf(high):
        return np.asarray(aim / np.bincount(level, mass * raw, len(aim)))
    down, up = np.full(len(aim), 1e-6), np.full(len(aim), 1e6)
    for _ in range(_HALVINGS):
        middle = np.sqrt(down * up)
        much = np.bincount(level, mass * np.clip(raw * middle[level], low, high), len(aim)) > aim
        down, up = np.where(much, down, middle), np.where(much, middle, up)
    return np.asarray(np.sqrt(down * up))


def _cells(columns: Sequence[Ints]) -> tuple[Ints, int]:
    """A number for each different combination of some codes, and how many there are."""
    cell = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        cell = np.unique(cell * (int(column.max()) + 1) + column, return_inverse=True)[1].astype(np.int64)
    return cell, int(cell.max()) + 1


def _refuse(
    levels: Sequence[Ints], margins: Sequence[Margin], mass: Floats, bounds: tuple[float, float] | None
) -> None:
    """Say which groups conflict: the dual of the linear programme that misses the margins by as little as can be."""
    from scipy.optimize import linprog

    starts = np.concatenate([[0], np.cumsum([len(m.targets) for m in margins])])
    rows, cells = starts[-1], len(mass)
    total = float(margins[0].targets.sum())
    table = np.zeros((rows, cells))
    for start, level in zip(starts[:-1], levels, strict=True):
        table[start + level, np.arange(cells)] = 1.0
    common = total / mass.sum()
    low, high = (0.0, np.inf) if bounds is None else bounds
    limits = [(low * common * m, None if np.isinf(high) else high * common * m) for m in mass] + [(0, None)] * 2 * rows
    cost = np.concatenate([np.zeros(cells), np.ones(2 * rows)])
    aims = np.concatenate([m.targets for m in margins])
    found = linprog(
        cost, A_eq=np.hstack([table, np.eye(rows), -np.eye(rows)]), b_eq=aims, bounds=limits, method="highs"
    )
    names = [f"{m.name} {label}" for m in margins for label in m.labels]
    if found.fun is not None and found.fun > 1e-7 * total:
        dual = np.asarray(found.eqlin.marginals)
        much = [n for n, y in zip(names, dual - np.median(dual), strict=True) if y > 1e-9]
        little = [n for n, y in zip(names, dual - np.median(dual), strict=True) if y < -1e-9]
        held = "" if bounds is None else f" with factors held from {low:g} to {high:g}"
        told = [f"too few people are {', '.join(much)}"] * bool(much) + [f"too many {', '.join(little)}"] * bool(little)
        raise DesignError(
            f"no weights can meet these margins{held}: for the other targets {' and '.join(told) or 'groups conflict'}; "
            f"they are missed by {found.fun / 2 / total:.1%} of all weight at least. Join groups, or ask for other targets"
        )
    if bounds is None and found.x is not None and (np.asarray(found.x[:cells]) <= 1e-12 * total).any():
        raise DesignError("these margins can be met only by giving some people no weight at all: join small groups")


def poststratify(d: Design, given: Margin) -> Design:
    """Scale weights within each group of one margin (groups may be crossed) to its target."""
    at = counted(d, [given])
    factor = given.targets / np.bincount(given.groups[at], d.weights[at], len(given.targets))
    after = _spread(d, at, factor[given.groups[at]])
    calibrated = Calibration((np.where(at, given.groups, -1),), d.weights, (after,), raked=False)
    done = replace(d, weights=np.where(at, after, 0.0), calibrations=(*d.calibrations, calibrated))
    return with_replicates(d, done, lambda one: poststratify(one, given))


def scaled(d: Design, factor: float) -> Design:
    """All weights times a factor."""
    spread = None if d.replicates is None else replace(d.replicates, weights=d.replicates.weights * factor)
    return replace(d, weights=d.weights * factor, replicates=spread)


def trim(d: Design, low: float = 0.0, high: float = np.inf, strict: bool = False) -> Design:
    """Cut weights at `low` and `high` and share what is cut among the others equally; `strict` repeats until none is out.

    Margins that held before hold only nearly afterwards. Replicates are trimmed at the same limits.
    """
    counts = d.inside & (d.weights > 0)
    weights = d.weights.copy()
    for _ in range(ROUNDS):
        out = counts & ((weights < low) | (weights > high))
        if not out.any():
            break
        if out.sum() == counts.sum():
            raise DesignError(f"every weight lies outside {low:g} to {high:g}")
        cut = np.clip(weights, low, high)
        rest = counts & ~out
        cut[rest] += (weights[counts] - cut[counts]).sum() / rest.sum()
        weights = np.where(counts, cut, 0.0)
        if not strict:
            break
    return with_replicates(d, replace(d, weights=weights), lambda one: trim(one, low, high, strict))


@dataclass(frozen=True)
class Spread:
    """Kish's effective number, the factor by which weighting swells variance, and the smallest and largest weight."""

    effective: float
    factor: float
    low: float
    high: float


def spread(weights: Floats) -> Spread:
    """What unequal weights cost: `(sum w)^2 / sum w^2`, and `1 + cv^2` (Kish, Survey Sampling, 1965)."""
    w = np.asarray(weights, dtype=np.float64)
    w = w[w != 0]
    effective = float(w.sum() ** 2 / (w**2).sum())
    return Spread(effective, len(w) / effective, float(w.min()), float(w.max()))
