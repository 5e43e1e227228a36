"""Tables of a question by groups, with errors, for samples of any size.

Units that are alike in margins and groups share a cell. A question is counted once into cells x answers: how many units,
their weight, its square, and where primary units or strata hold it. All that linearisation needs follows from those sums,
so that the cost beyond one count grows with cells, not with people. Designs that this cannot hold (weights trimmed after
calibration, several calibrations) are worked unit by unit; both ways give the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from .association import Test, rao_scott
from .design import Design, DesignError, Rules, covariance, pooled, strata_of_clusters
from .estimates import LEVEL, beta_interval, difference, interval, logit_interval
from .replicates import replicated_covariance, replicated_logits
from .residuals import SWEEPS, Calibration, Floats, Ints, Regressed, one_hot, solved
from .weighting import _cells

HIDDEN, FLAGGED = 30, 50
"""Unweighted bases below which a column is hidden, and below which it is flagged."""

MOST_CELLS = 300
"""Cells of a table up to which it is tested for association."""

_AT_ONCE = 4_000_000  # numbers worked at a time
_SPARSE = 4  # possible pairs of cell and answer for each unit, from which only those that occur are numbered


@dataclass(frozen=True)
class Banner:
    """Groups that a table is split by: `codes[unit]` (-1 = none of them), their labels."""

    name: str
    title: str
    codes: Ints
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Head:
    """A column of a table: banner and label, its letter, and bases: `asked` unweighted, `weighted`, `effective` (Kish)."""

    banner: str
    label: str
    letter: str
    asked: int
    weighted: float
    effective: float
    df: int


@dataclass(frozen=True)
class Tabled:
    """A question by columns: `values[row, column]`, `errors`, `low`, `high` (NaN where nobody is), `effects`, `letters`.

    `covariance[row]` is between columns. `tests[banner]` is Rao and Scott's second-order F, None where there is none.
    """

    heads: tuple[Head, ...]
    values: Floats
    errors: Floats
    low: Floats
    high: Floats
    effects: Floats
    covariance: Floats
    letters: tuple[tuple[str, ...], ...]
    tests: dict[str, Test | None]


@dataclass(frozen=True)
class Frame:
    """A design made ready for tables by some banners.

    For each column, `freedom` are the degrees of freedom of all people in it, whether or not they answered, and `sizes` how
    many of them there are (all of the sample where weights were calibrated): what R's survey takes.
    """

    design: Design
    banners: tuple[Banner, ...]
    cell: Ints
    first: Ints
    quick: bool
    letters: tuple[str, ...] = field(default=())
    freedom: tuple[int, ...] = field(default=())
    sizes: tuple[int, ...] = field(default=())


def frame(d: Design, banners: Sequence[Banner] = ()) -> Frame:
    """Number the cells of a design and some banners."""
    quick = _simple(d)
    if quick:
        margins = d.calibrations[0].groups if d.calibrations else ()
        columns = [*(g + 1 for g in margins), *(b.codes + 1 for b in banners)]
        cell, _ = _cells(columns or [np.zeros(len(d), dtype=np.int64)])
        first = np.unique(cell, return_index=True)[1].astype(np.int64)
    else:
        cell = first = np.arange(len(d), dtype=np.int64)
    letters = _letters(sum(len(b.labels) for b in banners))
    domains = [d, *(d.within(b.codes == g) for b in banners for g in range(len(b.labels)))]
    freedom, sizes = tuple(x.df for x in domains), tuple(int(x.kept.sum()) for x in domains)
    return Frame(d, tuple(banners), cell, first, quick, letters, freedom, sizes)


def _simple(d: Design) -> bool:
    """Whether residuals are those of one calibration whose weights are the final ones."""
    if not d.calibrations:
        return True
    c, *more = d.calibrations
    if more or (isinstance(c, Regressed) and not c.by_groups):
        return False
    after, on = c.after if isinstance(c, Calibration) else (c.after,), c.groups[0] >= 0
    return all(np.allclose(a[on], d.weights[on], rtol=1e-7, atol=0) for a in after)


def _letters(count: int) -> tuple[str, ...]:
    """Letters of columns: a to z, then aa, ab and so on."""
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    return tuple((alphabet[i // 26 - 1] if i >= 26 else "") + alphabet[i % 26] for i in range(count))


@dataclass(frozen=True)
class _Counts:
    """Sums over units alike in cell and answer: number, weight, its square (plain, and times the factor of the stratum),
    weight before calibration; `held[primary unit or stratum, count]`, the weight by where it was drawn; and
    `replicated[count, replicate]`, the weight in each replicate (None where there are none).
    """

    cell: Ints
    answer: Ints
    number: Floats
    weight: Floats
    square: Floats
    scaled: Floats
    before: Floats
    held: sparse.csr_array
    replicated: Floats | None


def _count(f: Frame, answers: Ints, size: int) -> _Counts:
    """Answers below nil are outside the base; they are kept as one more answer, for calibration knows them."""
    d, wide = f.design, size + 1
    flat = f.cell * wide + np.where(answers < 0, size, answers)
    if len(f.first) * wide > _SPARSE * len(d):  # most pairs of cell and answer are empty: number those there are
        kinds, flat = np.unique(flat, return_inverse=True)
    else:
        kinds = np.flatnonzero(np.bincount(flat, minlength=len(f.first) * wide))
        place = np.zeros(len(f.first) * wide, dtype=np.int64)
        place[kinds] = np.arange(len(kinds))
        flat = place[flat]

    def summed(values: Floats | None) -> Floats:
        return np.asarray(np.bincount(flat, values, len(kinds)), dtype=np.float64)

    w, before = d.weights, _before(d)
    square = w**2
    scaled = square * Rules.of(d).scale[d.strata] if d.clusters is None else square
    return _Counts(
        kinds // wide, kinds % wide, summed(None), summed(w), summed(square), summed(scaled),
        np.empty(0) if before is None else summed(before), _held(d, flat, len(kinds)), _replicated(d, flat, len(kinds)),
    )  # fmt: skip


def _before(d: Design) -> Floats | None:
    """Weights that count in a calibration's regression; None where people do, or nothing was calibrated."""
    known = d.calibrations[0] if d.calibrations else None
    return None if known is None or (isinstance(known, Calibration) and known.raked) else known.before


def _replicated(d: Design, kind: Ints, kinds: int) -> Floats | None:
    if d.replicates is None:
        return None
    return np.stack([np.bincount(kind, w, kinds) for w in d.replicates.weights.T], axis=1)


def _held(d: Design, kind: Ints, kinds: int) -> sparse.csr_array:
    """Weight [primary unit, kind] where there are clusters, [stratum, kind] where each unit is one."""
    where = d.strata if d.clusters is None else d.clusters
    size = int(where.max()) + 1
    if size * kinds <= max(len(d), 10_000):
        sums = np.bincount(where * kinds + kind, d.weights, size * kinds)
        return sparse.csr_array(sums.reshape(size, kinds))
    return sparse.csr_array((d.weights, (where, kind)), shape=(size, kinds))


def tabulate(
    f: Frame, answers: Ints, rows: Floats, level: float = LEVEL, method: str = "logit", tests: bool = True
) -> Tabled:
    """A table of `answers[unit]` (codes; below nil = outside the base) by all columns of a frame.

    `rows[row, code]` says what each code counts for: 1 for an answer and for each code of a net, a score for a mean.
    """
    size = rows.shape[1]
    c = _count(f, answers, size)
    asked = c.answer < size
    columns = np.stack([asked, *(asked & side for side in _sides(f, c))], axis=1).astype(np.float64)
    worth = np.hstack([rows, np.zeros((len(rows), 1))])[:, c.answer]
    weight = c.weight @ columns
    known = weight > 0
    safe = np.where(known, weight, 1.0)
    values = (worth * c.weight) @ columns / safe
    spread = ((worth**2 * c.weight) @ columns) / safe - values**2
    found = _covariances(f, c, columns / safe, worth, values)
    number = c.number @ columns
    heads = _heads(f, c, columns, number, weight)
    errors = np.sqrt(np.maximum(np.diagonal(found, axis1=1, axis2=2), 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        effects = errors**2 / (spread / np.maximum(number - 1, 1))
    values, errors = np.where(known, values, np.nan), np.where(known, errors, np.nan)
    logits = None
    if method == "logit" and c.replicated is not None and f.design.replicates is not None:
        logits = replicated_logits(f.design.replicates, c.replicated, columns, worth, values)
    low, high = _intervals(values, errors, logits, heads, f.sizes, rows, level, method)
    letters = _significant(f, heads, values, found, level)
    tested = {b.name: _test(f, c, b, size, float(number[0])) if tests else None for b in f.banners}
    return Tabled(heads, values, errors, low, high, effects, found, letters, tested)


def _covariances(f: Frame, c: _Counts, parts: Floats, worth: Floats, values: Floats) -> Floats:
    """Covariances [row, column, column], some rows at a time; `parts[count, column]` is 1 over the base, or nil outside."""
    if c.replicated is not None and f.design.replicates is not None:
        return np.stack(
            [
                replicated_covariance(f.design.replicates, c.replicated, parts, w, v)
                for w, v in zip(worth, values, strict=True)
            ]
        )
    some = max(1, _AT_ONCE // parts.size)
    found = []
    for start in range(0, len(worth), some):
        pairs = list(zip(worth[start : start + some], values[start : start + some], strict=True))
        left = _residual(f, c, np.hstack([parts * (w[:, None] - v) for w, v in pairs]))
        found += [_pool(f, c, part) for part in np.split(left, len(pairs), axis=1)]
    return np.stack(found)


def _sides(f: Frame, c: _Counts) -> list[np.ndarray]:
    """Which counts belong to each group of each banner."""
    return [b.codes[f.first][c.cell] == g for b in f.banners for g in range(len(b.labels))]


def _residual(f: Frame, c: _Counts, influence: Floats) -> Floats:
    """`influence[count, k]`, alike for all units of a count, less what calibration knows of it."""
    if not f.quick or not f.design.calibrations:
        return influence
    return influence - _told(f.design, c, f.first[c.cell], influence)


def _pool(f: Frame, c: _Counts, left: Floats) -> Floats:
    """Covariance [k, k] of statistics from the residuals `left[count, k]`."""
    d = f.design
    if not f.quick:
        return covariance(d, left * c.weight[:, None])
    sums = c.held @ left
    if d.clusters is not None:
        return pooled(d, sums, strata_of_clusters(d))
    rules = Rules.of(d)
    centre = np.where(rules.off_centre, 0.0, rules.scale / d.sampled)
    within = (left * c.scaled[:, None]).T @ left
    return np.asarray(within - (sums * centre[:, None]).T @ sums) * rules.inflation


def _told(d: Design, c: _Counts, units: Ints, influence: Floats) -> Floats:
    """What the margins tell of each count's influence: what calibration takes off."""
    calibration = d.calibrations[0]
    raked = isinstance(calibration, Calibration) and calibration.raked
    groups = [g[units] for g in calibration.groups]
    mass = c.number if raked else c.before
    hots = [one_hot(g, mass, int(h.max()) + 1) for g, h in zip(groups, calibration.groups, strict=True)]
    plain = [one_hot(g, np.ones(len(g)), h.shape[0]) for g, h in zip(groups, hots, strict=True)]
    if isinstance(calibration, Regressed):
        weighed, known = sparse.vstack(hots), sparse.vstack(plain)
        return np.asarray(known.T @ solved((weighed @ known.T).toarray(), weighed @ influence))
    sums = [h @ influence for h in hots]
    cross = [[(h @ p.T).toarray() for p in plain] for h in hots]
    told = [np.zeros_like(s) for s in sums]
    for _ in range(SWEEPS if raked else 1):
        for m, row in enumerate(cross):
            gone = sum(table @ t for table, t in zip(row, told, strict=True))
            told[m] = told[m] + (sums[m] - gone) / np.maximum(row[m].diagonal(), 1e-300)[:, None]
    return np.asarray(sum(p.T @ t for p, t in zip(plain, told, strict=True)))


def _heads(f: Frame, c: _Counts, columns: Floats, number: Floats, weight: Floats) -> tuple[Head, ...]:
    square = c.square @ columns
    names = [("", "Total", "")]
    labels = [(b.name, label) for b in f.banners for label in b.labels]
    names += [(b, label, letter) for (b, label), letter in zip(labels, f.letters, strict=True)]
    found = []
    for j, (banner, label, letter) in enumerate(names):
        effective = weight[j] ** 2 / square[j] if square[j] > 0 else 0.0
        asked = int(number[j])
        found.append(Head(banner, label, letter, asked, float(weight[j]), float(effective), f.freedom[j]))
    return tuple(found)


def _intervals(
    values: Floats,
    errors: Floats,
    logits: Floats | None,
    heads: Sequence[Head],
    sizes: Sequence[int],
    rows: Floats,
    level: float,
    method: str,
) -> tuple[Floats, Floats]:
    """Intervals [row, column]; a share of nil or all gets Clopper and Pearson's on the effective base."""
    low, high = np.full(values.shape, np.nan), np.full(values.shape, np.nan)
    for r, row in enumerate(rows):
        of_share = bool(np.isin(row, (0.0, 1.0)).all())
        for j, head in enumerate(heads):
            p, se = float(values[r, j]), float(errors[r, j])
            if np.isnan(p) or head.df < 1:
                continue
            if not of_share:
                low[r, j], high[r, j] = interval(p, se**2, "wald", level, head.df)
            elif se > 0 and 0 < p < 1 and logits is not None and np.isfinite(logits[r, j]):
                low[r, j], high[r, j] = logit_interval(p, float(logits[r, j]) ** 2, level, head.df)
            elif se > 0 and 0 < p < 1:
                given = method != "beta"
                low[r, j], high[r, j] = (
                    interval(p, se**2, method, level, head.df)
                    if given
                    else beta_interval(p, se**2, level, head.df, sizes[j] - 1)
                )
            elif p in (0.0, 1.0):
                edge = 1 - ((1 - level) / 2) ** (1 / max(head.effective, 1.0))
                low[r, j], high[r, j] = (0.0, edge) if p == 0 else (1 - edge, 1.0)
            else:
                low[r, j] = high[r, j] = p
    return low, high


def _significant(
    f: Frame, heads: Sequence[Head], values: Floats, found: Floats, level: float
) -> tuple[tuple[str, ...], ...]:
    """For each cell the letters of the columns of its banner that it is above, by Holm's rule within row and banner."""
    marks = [["" for _ in heads] for _ in values]
    for b in f.banners:
        own = [j for j, h in enumerate(heads) if h.banner == b.name and h.asked >= HIDDEN]
        pairs = [(i, j) for n, i in enumerate(own) for j in own[n + 1 :]]
        for r, row in enumerate(values):
            chances = []
            for i, j in pairs:
                v = found[r, i, i] + found[r, j, j] - 2 * found[r, i, j]
                df = min(heads[i].df, heads[j].df)
                told = row[i] != row[j] and v > 0 and df > 0
                chances.append(difference(row[i] - row[j], float(np.sqrt(v)), df, level).p if told else 1.0)
            for (i, j), beats in zip(pairs, holm(chances, 1 - level), strict=True):
                if beats:
                    up, down = (i, j) if row[i] > row[j] else (j, i)
                    marks[r][up] += heads[down].letter
    return tuple(
        tuple("".join(sorted(m)) if max(map(len, f.letters), default=1) == 1 else m for m in row) for row in marks
    )


def holm(chances: Sequence[float], alpha: float) -> list[bool]:
    """Which of several tests stand when all are looked at together (Holm, Scandinavian Journal of Statistics 6, 1979)."""
    stands, left = [False] * len(chances), len(chances)
    for i in sorted(range(len(chances)), key=lambda k: chances[k]):
        if chances[i] > alpha / left:
            break
        stands[i], left = True, left - 1
    return stands


def _test(f: Frame, c: _Counts, b: Banner, size: int, number: float) -> Test | None:
    """Whether answers and the groups of a banner go together; degrees of freedom are those of the whole design."""
    side = b.codes[f.first][c.cell]
    on = (side >= 0) & (c.answer < size)
    present = [np.unique(v[on & (c.weight > 0)]) for v in (c.answer, side)]
    if min(map(len, present)) < 2:
        return None
    nr, nc = map(len, present)
    if nr * nc > MOST_CELLS:
        return None
    row, column = (np.searchsorted(p, v) for p, v in zip(present, (c.answer, side), strict=True))
    cells = np.where(on, column * nr + row, -1)[:, None] == np.arange(nr * nc)
    total = c.weight[on].sum()
    shares = c.weight @ cells / total
    if c.replicated is not None and f.design.replicates is not None:
        sums = c.replicated[on].sum(axis=0)[:, None]
        found = f.design.replicates.covariance(c.replicated.T @ cells / sums, shares)
    else:
        found = _pool(f, c, _residual(f, c, np.where(on[:, None], cells - shares, 0.0) / total))
    try:
        test = rao_scott(shares.reshape(nc, nr).T, found, int(number), f.design.df_kept)
    except (DesignError, np.linalg.LinAlgError):
        return None
    return test if np.isfinite(test.p) else None
