"""Tests of association in a two-way table of a survey: Rao and Scott's corrections and Wald tests.

J. N. K. Rao and A. J. Scott, On chi-squared tests for multiway contingency tables with cell proportions estimated from
survey data, Annals of Statistics 12 (1984). With V the covariance of the cell shares, Delta = (C'D^-1 C/n)^-1 (C'D^-1 V D^-1 C)
has Pearson's statistic distributed as a sum of its eigenvalues times chi-squared ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import integrate, optimize, special

from .design import Design, DesignError, codes
from .estimates import mean, total
from .residuals import Floats

STATISTICS = ("F", "Chisq", "Wald", "adjWald", "lincom", "saddlepoint")
"""Second-order and first-order Rao-Scott, Wald, Wald adjusted for few degrees of freedom, and the exact distribution of the
Pearson statistic by integration or by a saddlepoint."""


@dataclass(frozen=True)
class Test:
    """A test: its `statistic`, degrees of freedom (`parameters`), and `p`, how often chance alone gives as much."""

    statistic: float
    parameters: tuple[float, ...]
    p: float


def independence(d: Design, rows: Any, columns: Any, statistic: str = "F") -> Test:
    """Whether two columns of answers go together; units with a gap (NaN) in either are left out."""
    if statistic not in STATISTICS:
        raise DesignError(f"a test is one of {', '.join(STATISTICS)}, not {statistic!r}")
    kept = d.kept
    r, c = (_coded(column, kept) for column in (rows, columns))
    known = (r >= 0) & (c >= 0)
    nr, nc = int(r[kept].max()) + 1, int(c[kept].max()) + 1
    if min(nr, nc) < 2:
        raise DesignError("a test of association takes two columns with two values or more each")
    cell = np.where(known, c * nr + r, 0)
    cells = (cell[:, None] == np.arange(nr * nc)).astype(np.float64)
    inside = d.within(known)
    size, df = int(kept.sum()), d.df_kept
    if statistic in ("Wald", "adjWald"):
        sides = [np.where(known[:, None], (v[:, None] == np.arange(n)), False) for v, n in ((r, nr), (c, nc))]
        both = total(inside, np.hstack([cells * known[:, None], *sides, np.ones((len(d), 1))]))
        return _wald(both.values, both.covariance, nr, nc, df, statistic == "adjWald")
    found = mean(inside, cells)
    return rao_scott(found.values.reshape(nc, nr).T, found.covariance, size, df, statistic)


def _coded(column: Any, kept: Any) -> Any:
    values = np.asarray(column)
    gaps = np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), dtype=bool)
    out = np.full(len(values), -1, dtype=np.int64)
    use = kept & ~gaps
    out[use] = codes(values[use])[0]
    return out


def rao_scott(shares: Floats, found: Floats, size: int, df: float, statistic: str = "F") -> Test:
    """From cell shares[row, column] and their covariance (cells column by column); `size` scales Pearson's statistic."""
    nr, nc = shares.shape
    pi = shares.T.reshape(-1)
    expected = np.outer(shares.sum(axis=1), shares.sum(axis=0)) / shares.sum()
    if (expected <= 0).any():
        raise DesignError("a row or a column of the table is empty")
    pearson = size * float(((shares - expected) ** 2 / expected).sum())
    contrast = _contrasts(nr, nc)
    inverse = np.where(pi > 0, 1 / np.where(pi > 0, pi, 1.0), 0.0)
    scaled = inverse[:, None] * contrast
    try:
        delta = np.linalg.solve(contrast.T @ scaled / size, scaled.T @ found @ scaled)
    except np.linalg.LinAlgError:
        raise DesignError("too many cells of the table are empty for a test") from None
    trace = float(np.trace(delta))
    if not trace > 0:
        return _without_spread(pearson, trace, len(delta), statistic)
    d0 = trace**2 / float(np.trace(delta @ delta))
    if statistic == "F":
        value = pearson / trace
        return Test(value, (d0, d0 * df), float(special.fdtrc(d0, d0 * df, value)))
    if statistic == "Chisq":
        k = len(delta)
        return Test(pearson, (float(k),), float(special.chdtrc(k, pearson * k / trace)))
    eigenvalues = np.linalg.eigvals(delta).real
    exact = _saddlepoint if statistic == "saddlepoint" else _integral
    return Test(pearson, (), exact(pearson, eigenvalues, d0 * df))


def _without_spread(pearson: float, trace: float, k: int, statistic: str) -> Test:
    """Where nothing varies (everybody was asked) or nothing is known of how it does: as R's survey says it."""
    nan = float("nan")
    if statistic == "F":
        return Test(nan, (nan, nan), nan)
    if statistic == "Chisq":
        return Test(pearson, (float(k),), 0.0 if trace == 0 and pearson > 0 else nan)
    return Test(pearson, (), nan)


def _contrasts(nr: int, nc: int) -> Floats:
    """Interactions of a saturated log-linear model, freed of the main effects; cells column by column."""
    row, column = np.tile(np.arange(nr), nc), np.repeat(np.arange(nc), nr)
    rows = (row[:, None] == np.arange(1, nr)).astype(float)
    columns = (column[:, None] == np.arange(1, nc)).astype(float)
    main = np.hstack([np.ones((nr * nc, 1)), rows, columns])
    cross = (columns[:, :, None] * rows[:, None, :]).reshape(nr * nc, -1)
    return np.asarray(cross - main @ np.linalg.lstsq(main, cross, rcond=None)[0])


def _wald(cells: Floats, found: Floats, nr: int, nc: int, df: float, adjusted: bool) -> Test:
    """Wald's test that the cells are the products of their margins; `cells` holds cells, rows, columns and the total."""
    k = nr * nc
    rows, columns, everyone = cells[k : k + nr], cells[k + nr : k + nr + nc], cells[-1]
    product = np.outer(columns, rows).reshape(-1)
    row, column = np.tile(np.arange(nr), nc), np.repeat(np.arange(nc), nr)
    slope = np.hstack(
        [
            np.eye(k),
            (row[:, None] == np.arange(nr)) * (-columns[column] / everyone)[:, None],
            (column[:, None] == np.arange(nc)) * (-rows[row] / everyone)[:, None],
            (product / everyone**2)[:, None],
        ]
    )
    off = cells[:k] - product / everyone
    spread = slope @ found @ slope.T
    use = np.flatnonzero((row > 0) & (column > 0))
    spread = spread[np.ix_(use, use)]
    if not np.isfinite(spread).all() or np.linalg.matrix_rank(spread, hermitian=True) < len(use):
        raise DesignError("too few primary units for a Wald test of so many cells")
    value = float(off[use] @ np.linalg.solve(spread, off[use]))
    free = (nr - 1) * (nc - 1)
    rest = df - free + 1 if adjusted else df
    value *= rest / (free * df) if adjusted else 1 / free
    p = float(special.fdtrc(free, rest, value)) if rest > 0 and value >= 0 else float("nan")
    return Test(value, (float(free), float(rest)), p)


def _saddlepoint(x: float, eigenvalues: Floats, df: float) -> float:
    """Lugannani and Rice's approximation of P(sum a_i chi2_1 - x/df chi2_df > 0); the corrected F where it has none."""
    whole = max(int(df), 1)
    weights = np.concatenate([eigenvalues, [-x / df]])
    number = np.concatenate([np.ones(len(eigenvalues)), [whole]])
    weights = weights / weights.max()
    low, high = float((0.5 / weights[weights < 0]).max()), 0.5 / float(weights.max())

    def slope(zeta: float) -> float:
        return float((number * weights / (1 - 2 * zeta * weights)).sum())

    zeta = optimize.brentq(slope, low * 0.99999, high * 0.99999, xtol=1e-14)
    if abs(zeta) < 1e-4:
        return _satterthwaite(x, eigenvalues, df)
    level = -float((number * np.log(1 - 2 * zeta * weights)).sum()) / 2
    w = np.sign(zeta) * np.sqrt(-2 * level)
    v = zeta * np.sqrt(2 * float((number * weights**2 / (1 - 2 * zeta * weights) ** 2).sum()))
    return float(special.ndtr(-(w + np.log(v / w) / w)))


def _satterthwaite(x: float, eigenvalues: Floats, df: float) -> float:
    trace = eigenvalues.sum()
    free = trace**2 / (eigenvalues**2).sum()
    return float(special.fdtrc(free, df, x / trace))


def _integral(x: float, eigenvalues: Floats, df: float) -> float:
    """The same chance by Imhof's integral (Biometrika 48, 1961)."""
    weights, number = np.concatenate([eigenvalues, [-x / df]]), np.concatenate([np.ones(len(eigenvalues)), [df]])

    def integrand(u: float) -> float:
        angle = 0.5 * float((number * np.arctan(weights * u)).sum())
        size = float((0.25 * number * np.log1p((weights * u) ** 2)).sum())
        return float(np.sin(angle) * np.exp(-size) / u)

    scale = 1 / float(np.abs(weights * np.sqrt(number)).max())
    parts = [integrate.quad(integrand, a * scale, b * scale, limit=500)[0] for a, b in ((1e-12, 1), (1, 10), (10, 100))]
    rest = integrate.quad(integrand, 100 * scale, np.inf, limit=500)[0]
    return float(min(max(0.5 + (sum(parts) + rest) / np.pi, 0.0), 1.0))
