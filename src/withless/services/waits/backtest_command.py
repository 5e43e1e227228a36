"""`withless waits backtest`: what forecasts of a list would have been off by, beside other ways of making them."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np

from ...place import Table
from ...service import Misused, Shown
from .backtest import FIRST, HORIZON, METHODS, TITLES, Hindcast, NoPeer, Progress, coverage_interval, hindcast
from .backtest_series import QUANTITIES, UNITS, Floats, Series
from .backtest_short import short
from .observed import counts_of, month_of
from .tables import WAITING, parts_of

AHEAD = (1, 3, 6, 12)
HEADS = ("list", "18 weeks", "median", "92nd", "over 52")
MEANING = (
    "list: people waiting. 18 weeks: share of them within 18 weeks. median, 92nd: weeks waited by 50 and 92 in 100. "
    "over 52: people beyond 52 weeks."
)


def backtest(
    tables: Mapping[str, Table],
    progress: Progress,
    *,
    specialty: Annotated[str | None, "Only this one; else all together."] = None,
    by: Annotated[str | None, "specialty: a month ahead, each by itself; for as few as three months."] = None,
) -> Shown:
    """Forecast the past of a list, and hold it to what came.

    DIR holds bands.csv and flows.csv, as withless import rtt makes them: two years of months or more. At every month the
    list is taken on for a year from what was known then, and from other simple rules beside it.

    Examples:
      withless import rtt england_4week_bands.csv stock_flow.csv --england --out data
      withless waits backtest data
      withless waits backtest data --specialty C_110 --json backtest.json
      withless waits backtest three-months --by specialty

    """
    if by not in (None, "specialty"):
        raise Misused(f"--by is specialty, not {by}.")
    if by is not None:
        return short(tables, specialty)
    series = series_of(tables, specialty)
    missing = ""
    try:
        found = _run(series, True, progress)
    except NoPeer as absent:
        missing, found = str(absent), _run(series, False, progress)
    data = _data(found) | ({"missing": missing} if missing else {})
    return Shown(_text(found, specialty, missing), data, _rows(found))


def series_of(tables: Mapping[str, Table], specialty: str | None = None) -> Series:
    """The months of the tables as one list, all specialties together or one; raises `Misused` where they make none."""
    bands, flows = tables["bands"], tables["flows"]
    specialties = tuple(dict.fromkeys(bands.words("specialty")))
    if specialty is not None and specialty not in specialties:
        raise Misused(f"--specialty: no {specialty} in bands; there is {', '.join(specialties[:12])}.")
    wanted = set(specialties if specialty is None else (specialty,))
    numbers = sorted({y * 12 + m - 1 for y, m in filter(None, map(month_of, bands.words("month")))})
    if not numbers:
        raise Misused("bands has no month, such as 2026-01.")
    months = tuple((n // 12, n % 12 + 1) for n in range(numbers[0], numbers[-1] + 1))
    edges = sorted(set(bands.numbers("week_from")))
    stock = _summed(bands, (WAITING,), wanted, months, edges)
    completed = _summed(bands, parts_of(bands), wanted, months, edges)
    return Series(months, np.append(edges, np.inf), stock, completed, _starts(flows, wanted, months))


def _summed(
    bands: Table, parts: tuple[str, ...], wanted: set[str], months: tuple[tuple[int, int], ...], edges: list[float]
) -> Floats:
    """People by month and band; NaN for a month that is not there, or of which the bands are others."""
    out = np.zeros((len(months), len(edges)))
    rows = np.zeros((len(months), len(edges)), dtype=bool)
    at, place = {m: i for i, m in enumerate(months)}, {e: i for i, e in enumerate(edges)}
    columns = (bands.words("specialty"), bands.words("part"), bands.words("month"), bands.numbers("week_from"))
    for name, part, month, low, count in zip(*columns, counts_of(bands), strict=True):
        when = month_of(month)
        if name in wanted and part in parts and when in at:
            out[at[when], place[low]] += count
            rows[at[when], place[low]] = True
    out[~rows.any(axis=1)] = np.nan
    odd = [m for m, told in zip(months, rows, strict=True) if told.any() and not told.all()]
    if odd and not _only_long(rows):
        raise Misused(
            f"bands of {odd[0][0]}-{odd[0][1]:02d} are others than those of the other months: a backtest needs alike."
        )
    return out


def _only_long(rows: np.ndarray[Any, np.dtype[np.bool_]]) -> bool:
    """Whether months lack nothing but some of the longest bands, in which nobody waited."""
    told = rows[rows.any(axis=1)]
    return bool((np.diff(told.astype(int), axis=1) <= 0).all())


def _starts(flows: Table, wanted: set[str], months: tuple[tuple[int, int], ...]) -> Floats:
    out = np.full(len(months), np.nan)
    for name, month, count in zip(
        flows.words("specialty"), flows.words("month"), flows.numbers("clock_starts"), strict=True
    ):
        when = month_of(month)
        if name in wanted and when in months:
            at = months.index(when)
            out[at] = np.nansum([out[at], count]) if np.isfinite(count) else out[at]
    return out


def _run(series: Series, ets: bool, progress: Progress) -> Hindcast:
    try:
        return hindcast(series, ets, progress)
    except ValueError as short_of:
        raise Misused(
            f"DIR: found {short_of}; a backtest needs {FIRST + 2} or more in a row. For fewer: --by specialty."
        ) from None


def _month(month: tuple[int, int]) -> str:
    return f"{month[0]}-{month[1]:02d}"


def _text(found: Hindcast, specialty: str | None, missing: str) -> str:
    months = found.series.months
    told = [h for h in AHEAD if len(found.errors("naive", h))]
    who = "All specialties together" if specialty is None else specialty
    lines = textwrap.wrap(
        f"{who}, {len(months)} months, {_month(months[0])} to {_month(months[-1])}. Forecasts from {_month(months[FIRST])} "
        "on, each from what was known in its month.",
        80,
    )
    lines += ["", "Mean absolute error", _row("", HEADS), _row("", UNITS)]
    for h in told:
        lines.append(f"{h} month{'s' if h > 1 else ''} ahead, {len(found.errors('naive', h))} forecasts")
        lines += [
            _row(f"  {TITLES[m]}", _numbers(np.abs(found.errors(m, h)).mean(axis=0)))
            for m in METHODS
            if m in found.forecasts
        ]
    lines += ["", *textwrap.wrap(MEANING, 80), *_coverage(found, told), *_ahead(found)]
    if missing:
        lines += ["", f"Not shown: {missing}"]
    return "".join(f"{line}\n" for line in lines)


def _row(head: str, cells: tuple[str, ...] | list[str]) -> str:
    return f"{head:<28}" + "".join(f"{c:>10}" for c in cells)


def _numbers(values: Floats) -> list[str]:
    return [f"{v:.{1 if q in (0, 4) else 2}f}" for q, v in enumerate(values)]


def _coverage(found: Hindcast, told: list[int]) -> list[str]:
    """How often what came lay in the range, and between what and what that share may truly lie."""
    lines = ["", "Of what came, share that lay in the 80% range of ours (95% interval of it)"]
    lines.append(_row("", HEADS))
    for h in told:
        hits = found.covered(h)
        if len(hits):
            cells = [coverage_interval(hits[:, q], h) for q in range(len(QUANTITIES))]
            lines.append(_row(f"  {h} month{'s' if h > 1 else ''} ahead", [f"{100 * c[0]:.0f}%" for c in cells]))
            lines.append(_row("", [f"{100 * c[1]:.0f}-{100 * c[2]:.0f}%" for c in cells]))
    note = "Forecasts a month apart share most of their months: the interval counts only as many as do not overlap, and is wide."
    return [*lines, *textwrap.wrap(note, 80)]


def _ahead(found: Hindcast) -> list[str]:
    """What the last month's forecast says of a year on, beside the naive one."""
    last, h = len(found.series.months) - 1, HORIZON - 1
    if not np.isfinite(found.low[last, h]).all():
        return []
    lines = ["", f"A year on from {_month(found.series.months[last])}", _row("", HEADS)]
    for title, values in (
        ("  now, and naive", found.forecasts["naive"][last, h]),
        ("  ours", found.forecasts["weekly"][last, h]),
        ("    from", found.low[last, h]),
        ("    to (80% range)", found.high[last, h]),
    ):
        cells = [
            f"{v:,.0f}" if q in (0, 4) else f"{v:.1f}{'%' if q == 1 else ''}" for q, v in enumerate(_rounded(values))
        ]
        lines.append(_row(title, cells))
    return lines


def _rounded(values: Floats) -> Floats:
    """Counts to three figures."""
    out = values.copy()
    for q in (0, 4):
        place = 10 ** max(int(np.floor(np.log10(max(out[q], 1.0)))) - 2, 0)
        out[q] = np.round(out[q] / place) * place
    return out


def _rows(found: Hindcast) -> list[dict[str, Any]]:
    """A row for each method, horizon and quantity."""
    return [
        {
            "method": m,
            "months_ahead": h,
            "quantity": q,
            "unit": UNITS[k],
            "forecasts": len(off),
            "mean_absolute_error": float(np.abs(off[:, k]).mean()),
            "mean_error": float(off[:, k].mean()),
        }
        for h in range(1, HORIZON + 1)
        for m in METHODS
        if m in found.forecasts and len(off := found.errors(m, h))
        for k, q in enumerate(QUANTITIES)
    ]


def _data(found: Hindcast) -> dict[str, Any]:
    coverage = [
        {
            "months_ahead": h,
            "quantity": q,
            "forecasts": len(hits),
            "share": share,
            "low": low,
            "high": high,
        }
        for h in range(1, HORIZON + 1)
        if len(hits := found.covered(h))
        for k, q in enumerate(QUANTITIES)
        for share, low, high in [coverage_interval(hits[:, k], h)]
    ]
    months = found.series.months
    return {
        "months": [_month(months[0]), _month(months[-1])],
        "first_forecast": _month(months[FIRST]),
        "errors": _rows(found),
        "coverage": coverage,
        "naive_weight": {
            q: float(found.weights[-1, k]) for k, q in enumerate(QUANTITIES) if np.isfinite(found.weights[-1, k])
        },
    }
