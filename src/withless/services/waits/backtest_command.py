"""`withless waits backtest`: what forecasts of a list would have been off by, next to other ways of making them."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

import numpy as np

from ...place import Table
from ...service import Misused, Shown
from .backtest import FIRST, HORIZON, METHODS, TITLES, Hindcast, NoPeer, Progress, coverage_interval, hindcast
from .backtest_series import FIVE, UNITS, Floats, Series, errors
from .backtest_short import short
from .forecast_error import QUANTITIES
from .observed import counts_of, month_of
from .tables import WAITING, parts_of

AHEAD = (1, 3, 6, 9, 12)
HEADS = ("list", "18 wks", "median", "92nd", "52+", "65+", "78+", "104+")
MEANING = (
    "list: people waiting. 18 wks: share of them within 18 weeks. median, 92nd: weeks waited by 50 and 92 in 100. "
    "52+ and so on: people who have waited so many weeks or longer."
)
PRINTED = (
    "Ours is what withless waits project prints, range and all. Its errors were measured on England's months of April 2021 to "
    "September 2024: of those months this says how well they fit. Left out: each forecast by errors measured anew on forecasts "
    "that share no month with its year ahead."
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
    list is taken on for a year from what was known then, as withless waits project would have, and by other methods.

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
    lines += ["", "Mean absolute error", _row("", HEADS[:FIVE]), _row("", UNITS[:FIVE])]
    for h in told:
        lines.append(f"{_ahead(h)}, {len(found.errors('naive', h))} forecasts")
        lines += [
            _row(f"  {TITLES[m]}", _numbers(np.abs(found.errors(m, h))[:, :FIVE].mean(axis=0)))
            for m in METHODS
            if m in found.forecasts
        ]
        lines.append(_row("  ours, others' errors", _numbers(np.abs(_left_out(found, h))[:, :FIVE].mean(axis=0))))
    lines += [*_long(found, told), *_leans(found, told), *_coverage(found, told), *_year_on(found), ""]
    lines += [*textwrap.wrap(MEANING, 80), *textwrap.wrap(PRINTED, 80)]
    if missing:
        lines += ["", f"Not shown: {missing}"]
    return "".join(f"{line}\n" for line in lines)


def _ahead(h: int) -> str:
    return f"{h} month{'s' if h > 1 else ''} ahead"


def _left_out(found: Hindcast, h: int) -> Floats:
    """errors[origin, quantity] of ours so many months ahead, by errors measured on other months."""
    off = errors(found.left_out.mean[FIRST:, h - 1], found.truth[FIRST:, h - 1])
    return off[np.isfinite(off[:, :FIVE]).all(axis=1)]


def _row(head: str, cells: Sequence[str], wide: int = 10) -> str:
    return f"{head:<{80 - wide * len(cells)}}" + "".join(f"{c:>{wide}}" for c in cells)


def _numbers(values: Floats) -> list[str]:
    return [f"{v:.{1 if UNITS[q] == '%' else 2}f}" for q, v in enumerate(values)]


def _long(found: Hindcast, told: list[int]) -> list[str]:
    """Long waits as factors: their errors are too large and too lopsided for per cent."""
    lines = ["", "Long waits: typically too high or too low by a factor of"]
    lines.append(_row("", [f"{head} {who}" for head in HEADS[FIVE:] for who in ("ours", "naive")], 11))
    for h in told:
        cells = []
        for q in range(FIVE, len(QUANTITIES)):
            for method in ("weekly", "naive"):
                off = found.errors(method, h)[:, q] / 100
                cells.append(f"{np.exp(np.abs(np.log1p(off[off > -1])).mean()):.2f}" if (off > -1).any() else "-")
        lines.append(_row(f"  {h:>2} ahead", cells, 11))
    return lines


def _leans(found: Hindcast, told: list[int]) -> list[str]:
    """By how much ours was too high on average."""
    lines = ["", "Mean error of ours (above 0: too high)", _row("", HEADS[:FIVE])]
    return [*lines, *(_row(f"  {_ahead(h)}", _signed(found.errors("weekly", h)[:, :FIVE].mean(axis=0))) for h in told)]


def _signed(values: Floats) -> list[str]:
    return [f"{v:+.{1 if UNITS[q] == '%' else 2}f}" for q, v in enumerate(values)]


def _coverage(found: Hindcast, told: list[int]) -> list[str]:
    """How often what came lay in the range, and between what and what that share may truly lie."""
    lines = ["", "Of what came, share in the 80% range of ours", _row("", HEADS, 8)]
    for h in told:
        for by, head in (("printed", f"  {h:>2} ahead"), ("left_out", "     left out")):
            hits = found.covered(h, by)
            if len(hits):
                lines.append(_row(head, [f"{100 * share:.0f}%" for share in hits.mean(axis=0)], 8))
    hits = found.covered(told[-1])
    if len(hits):
        share, low, high = coverage_interval(np.repeat([1.0, 0.0], [4, 1]).repeat(max(len(hits) // 5, 1)), told[-1])
        lines += textwrap.wrap(
            f"Forecasts a month apart share most of their months. Counting only as many as do not overlap, {100 * share:.0f}% "
            f"at {told[-1]} months is between {100 * low:.0f}% and {100 * high:.0f}% (95% interval).",
            80,
        )
    return lines


def _year_on(found: Hindcast) -> list[str]:
    """What the last month's forecast says of a year on, next to the naive one."""
    last, h = len(found.series.months) - 1, HORIZON - 1
    if not np.isfinite(found.printed.low[last, h]).all():
        return []
    lines = ["", f"A year on from {_month(found.series.months[last])}", _row("", HEADS, 8)]
    for title, values in (
        ("  now, and naive", found.forecasts["naive"][last, h]),
        ("  ours", found.printed.mean[last, h]),
        ("    from", found.printed.low[last, h]),
        ("    to", found.printed.high[last, h]),
    ):
        lines.append(_row(title, [_figure(q, v) for q, v in enumerate(values)], 8))
    return lines


def _figure(q: int, value: float) -> str:
    """People to three figures, in thousands where many; others to a tenth."""
    if UNITS[q] != "%":
        return f"{value:.1f}{'%' if q == 1 else ''}"
    if value >= 99_950:
        return f"{float(f'{value:.3g}') / 1000:,.0f}k"
    return f"{float(f'{value:.3g}'):,.0f}"


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
        if np.isfinite(off[:, k]).all()
    ]


def _data(found: Hindcast) -> dict[str, Any]:
    coverage = [
        {"months_ahead": h, "quantity": q, "by": by, "forecasts": len(hits), "share": share, "low": low, "high": high}
        for h in range(1, HORIZON + 1)
        for by in ("printed", "left_out")
        if len(hits := found.covered(h, by))
        for k, q in enumerate(QUANTITIES)
        for share, low, high in [coverage_interval(hits[:, k], h)]
    ]
    months = found.series.months
    return {
        "months": [_month(months[0]), _month(months[-1])],
        "first_forecast": _month(months[FIRST]),
        "errors": _rows(found),
        "coverage": coverage,
        "these_months_show": {q: asdict(error) for q, error in found.fitted.items()},
    }
