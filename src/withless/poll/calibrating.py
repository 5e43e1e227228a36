"""Weights that meet known totals by changing as little as can be: linear, ratio, raking, logit, with or without bounds.

Deville and Sarndal (JASA 87, 1992): of all weights `d * g` that meet the totals, those are taken whose factors g lie nearest
to 1 by a distance G. Then `g = F(x eta)`, F the inverse of G's slope, and eta solves `sum d F(x eta) x = totals`, the
slope of a convex function: Newton's steps, cut short where they overshoot, find it wherever it exists. Distances, bounds and
errors are those of `calibrate` in R's package survey.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse, special

from .design import Design, DesignError, codes
from .residuals import Bools, Floats, Regressed, model, solved
from .weighting import Margin, Raked, counted, with_replicates

METHODS = ("linear", "ratio", "raking", "logit")

_STEPS = 200
_NEAR = 1e-12  # share of a total (plus one) by which it may be missed when all is done
_DONE = 1e-8  # the same where no step brings it nearer: rounding
_FAR = 500.0  # exponents beyond this mean that factors run off
_RESCALED = 20  # R's survey scales weights first where every total is more than so many times the sample's


@dataclass(frozen=True)
class Known:
    """A number of people (or of what they have) that is known: `values[unit]` in the sample, their `total`."""

    name: str
    values: Floats
    total: float


def calibrate(
    d: Design,
    columns: Mapping[str, Any],
    totals: Mapping[str, float],
    method: str = "linear",
    bounds: tuple[float, float] | None = None,
    variance: Any = None,
    together: Any = None,
    margins: Sequence[Margin] = (),
    absolute: bool = False,
    cut: tuple[float, float] | None = None,
) -> Raked:
    """Weights that meet the `totals` of `columns` (by name, numbers by unit) and of `margins`.

    R's `~x + y` has a column of ones too: give it, or a margin, where the number of people is known. `bounds` hold the
    factors of `linear` and `raking`, and are needed for `logit`. `variance[unit]` says how widely units vary (linear only);
    `ratio` takes one column, and its variance. Units of one group in `together` get one factor. With `absolute`, `bounds`
    hold the weights themselves. `cut` trims the factors once all is met and shares what is cut among the others, so that
    totals are met nearly. Raises `DesignError` where the totals cannot be met.
    """
    if method not in METHODS:
        raise DesignError(f"calibration is one of {', '.join(METHODS)}, not {method!r}")
    if set(columns) != set(totals) or not (columns or margins):
        raise DesignError("calibration takes columns, and a total for each of them")
    known = [Known(n, np.asarray(c, dtype=np.float64), float(totals[n])) for n, c in columns.items()]
    _check(d, known, method, bounds, margins, absolute)
    at = counted(d, margins)
    if bad := [k.name for k in known if not np.isfinite(k.values[at]).all()]:
        raise DesignError(f"{', '.join(bad)} has gaps: calibration needs the number of everybody who counts")
    numbers = np.stack([np.where(at, k.values, 0.0) for k in known], axis=1) if known else np.zeros((len(d), 0))
    spread = np.ones(len(d)) if variance is None else _variance(variance, numbers)
    if method == "ratio":
        if (numbers[at] <= 0).any():
            raise DesignError(f"a ratio takes numbers above zero, and {known[0].name} has others")
        method, spread = "linear", np.where(at, numbers[:, 0], 1.0)
    base = np.where(at, d.weights, 0.0)
    if together is not None:
        groups = codes(together, len(d))[0]
        numbers, base, spread = (_averaged(v, groups, at) for v in (numbers, base, spread))
    known_groups = tuple(np.where(at, m.groups, -1) for m in margins)
    x = model(known_groups, numbers)
    aims = np.concatenate([*(m.targets for m in margins), [k.total for k in known]])
    names = [f"{m.name} {label}" for m in margins for label in m.labels] + [k.name for k in known]
    limits: _Limits | None = bounds
    if bounds is not None and absolute:
        limits = (bounds[0] / base[at], bounds[1] / base[at])
    held = f" with {'weights' if absolute else 'factors'} held from {bounds[0]:g} to {bounds[1]:g}" if bounds else ""
    factors, steps, miss = _factors(x[at], base[at], aims, spread[at], _distance(method, limits), names, held)
    if cut is not None:
        factors = _cut(factors, base[at], cut)
    g = np.ones(len(d))
    g[at] = factors
    straight = method == "linear" and bounds is None
    taken = Regressed(known_groups, numbers, base / spread if straight else base, np.where(at, base * g, 0.0))
    done = replace(d, weights=np.where(at, d.weights * g, 0.0), calibrations=(*d.calibrations, taken))

    def again(one: Design) -> Design:
        own = variance if straight else None
        return calibrate(one, columns, totals, method, bounds, own, together, margins, absolute, cut).design

    if straight and variance is None and (spread != 1).any():
        variance = spread
    done = with_replicates(d, done, again)
    if done.replicates is not None and not straight:
        done = replace(done, replicates=replace(done.replicates, freedom=d.df))
    return Raked(done, steps, True, miss)


def _check(
    d: Design,
    known: Sequence[Known],
    method: str,
    bounds: tuple[float, float] | None,
    margins: Sequence[Margin],
    absolute: bool,
) -> None:
    """What a method needs."""
    if any(k.values.shape != (len(d),) for k in known):
        raise DesignError(f"a column has other than {len(d):,} entries, one for each unit")
    if method == "ratio" and (len(known) != 1 or margins or bounds is not None):
        raise DesignError("a ratio takes one column and nothing else")
    if bounds is None:
        if method == "logit":
            raise DesignError("logit calibration needs bounds, such as 0.3 and 3")
    elif absolute:
        if method == "logit" or not 0 <= bounds[0] < bounds[1]:
            raise DesignError("bounds on weights themselves go with linear and raking, the lower one below the higher")
    elif not bounds[0] < 1 < bounds[1] or (method == "logit" and not np.isfinite(bounds).all()):
        raise DesignError(f"bounds lie below and above 1, not {bounds[0]:g} to {bounds[1]:g}")


def _variance(given: Any, numbers: Floats) -> Floats:
    """A variance for each unit, given so or as a sum of the columns."""
    found = np.asarray(given, dtype=np.float64)
    if found.shape == (numbers.shape[1],) and len(found) != len(numbers):
        found = numbers @ found
    if found.shape != (len(numbers),) or not (found > 0).all():
        raise DesignError("the variance is above zero for every unit")
    return found


def _averaged(values: Floats, groups: Any, at: Bools) -> Floats:
    """Means of `values` by group among units that count."""
    size = np.maximum(np.bincount(groups[at], minlength=int(groups.max()) + 1), 1)
    columns = values if values.ndim > 1 else values[:, None]
    sums = np.stack([np.bincount(groups[at], c[at], len(size)) / size for c in columns.T], axis=1)
    out = np.where(at[:, None], sums[groups], 0.0) if columns.shape[1] else columns
    return np.asarray(out if values.ndim > 1 else out[:, 0])


@dataclass(frozen=True)
class _Distance:
    """`factor(u)` = F, its `slope`, and `cost(g)` = the distance G, of which F's integral is u F - G."""

    factor: Callable[[Floats], Floats]
    slope: Callable[[Floats], Floats]
    cost: Callable[[Floats], Floats]


_Limits = tuple[float, float] | tuple[Floats, Floats]
"""Bounds on factors: the same for all, or one for each unit."""


def _distance(method: str, bounds: _Limits | None) -> _Distance:
    low, high = (-np.inf if method == "linear" else 0.0, np.inf) if bounds is None else bounds
    if method == "linear":
        return _Distance(
            lambda u: np.clip(1 + u, low, high),
            lambda u: ((1 + u > low) & (1 + u < high)).astype(np.float64),
            lambda g: (g - 1) ** 2 / 2,
        )
    if method == "raking":

        def grown(u: Floats) -> Floats:
            return np.asarray(np.exp(np.clip(u, -_FAR, _FAR)))

        return _Distance(
            lambda u: np.clip(grown(u), low, high),
            lambda u: np.where((grown(u) > low) & (grown(u) < high), grown(u), 0.0),
            lambda g: special.xlogy(g, g) - g + 1,
        )
    width, a, b = high - low, 1 - low, high - 1
    stretch = width / (a * b)

    def share(u: Floats) -> Floats:
        return np.asarray(special.expit(stretch * u + np.log(a / b)))

    return _Distance(
        lambda u: np.asarray(low + width * share(u), dtype=np.float64),
        lambda u: np.asarray(width * stretch * share(u) * (1 - share(u)), dtype=np.float64),
        lambda g: np.asarray(
            (special.xlogy(g - low, (g - low) / a) + special.xlogy(high - g, (high - g) / b)) / stretch
        ),
    )


def _factors(
    x: sparse.csr_array,
    base: Floats,
    aims: Floats,
    spread: Floats,
    of: _Distance,
    names: Sequence[str],
    held: str,
) -> tuple[Floats, int, float]:
    """Factors on `base[unit]` that meet `aims[total]`, steps taken, and the largest miss as a share of its total."""
    here = x.T @ base
    empty = [n for n, h, a, count in zip(names, here, aims, abs(x).sum(axis=0), strict=True) if count == 0 and a != 0]
    if empty:
        raise DesignError(f"nobody in the sample has any {', '.join(empty)}, so its total cannot be met")
    common = 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        grown = aims / here
    if np.nanmin(grown) > _RESCALED:
        common = float(np.nanmean(grown))
        base, here = base * common, here * common
    eta, miss, steps = np.zeros(len(aims)), np.inf, 0
    for steps in range(_STEPS + 1):  # noqa: B007  # told below
        u = (x @ eta) / spread
        g = of.factor(u)
        off = aims - x.T @ (base * g)
        miss = float((np.abs(off) / (1 + np.abs(aims))).max())
        if miss <= _NEAR:
            break
        moved = _step(x, base, spread, of, eta, u, off, aims)
        if moved is None:
            break
        eta = moved
    if not miss <= _DONE:
        worst = names[int(np.argmax(np.abs(off) / (1 + np.abs(aims))))]
        raise DesignError(
            f"no weights can meet these totals{held}: {worst} stays {abs(off).max():,.4g} away. Join groups"
        )
    return g * common, steps, miss


def _cut(factors: Floats, base: Floats, cut: tuple[float, float]) -> Floats:
    """Factors within `cut`; what is cut of the weights goes to the others, as R's survey shares it."""
    inside = np.clip(factors, *cut)
    out = inside != factors
    if out.all():
        raise DesignError(f"every factor lies outside {cut[0]:g} to {cut[1]:g}")
    more = float(((factors - inside) * base).sum() / base[~out].sum())
    return np.where(out, inside, inside + more)


def _step(
    x: sparse.csr_array, base: Floats, spread: Floats, of: _Distance, eta: Floats, u: Floats, off: Floats, aims: Floats
) -> Floats | None:
    """The next eta: Newton's step, halved until it lowers the dual (or the miss); None where none does."""

    def dual(at: Floats) -> float:
        g = of.factor(at)
        return float((base * spread * (at * g - of.cost(g))).sum())

    now, far = dual(u) - float(eta @ aims), float(np.abs(off).max())
    for weights in (base * of.slope(u) / spread, base / spread):
        curved = sparse.csr_array(x.multiply(weights[:, None]))
        step = solved((x.T @ curved).toarray(), off)
        along = float(off @ step)
        if not np.isfinite(along) or along <= 0:
            continue
        size = 1.0
        while size > 1e-9:
            new = eta + size * step
            v = (x @ new) / spread
            lower = dual(v) - float(new @ aims) <= now - 1e-4 * size * along
            if lower or np.abs(aims - x.T @ (base * of.factor(v))).max() < 0.9 * far:
                return np.asarray(new)
            size /= 2
    return None
