"""What a few months allow: each specialty a month ahead, its rates from the months before, held to what came.

The forecast is what `withless waits project` prints from the months up to an origin, small specialties shrunk.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ...place import Instance, Table
from ...service import Misused, Shown
from . import commands
from .backtest_series import UNITS, Floats, figures
from .backtest_weekly import BLOCKS, SEED, month_ends, register
from .estimate import estimate
from .forecast_error import QUANTITIES
from .observed import observed
from .rates import Observed

_LIST = Instance("list", "waits", "", "nhs", np.nan, {})
LEAST = 3
"""Months: two to estimate from, and one to come."""


def short(tables: Mapping[str, Table], specialty: str | None = None) -> Shown:
    """Every specialty a month ahead from each month but the first and the last, next to the naive forecast."""
    seen = observed(Instance("data", "waits", "", "nhs", np.nan, tables))
    if specialty is not None and specialty not in seen.specialties:
        raise Misused(f"--specialty: no {specialty} in bands; there is {', '.join(seen.specialties[:12])}.")
    origins = [t for t in range(1, len(seen.months) - 1) if _run_of_three(seen, t)]
    if not origins:
        raise Misused(f"DIR: found {len(seen.months)} months, expected {LEAST} or more in a row.")
    wanted = [s for s, name in enumerate(seen.specialties) if specialty in (None, name)]
    found = {t: _month_ahead(seen, t) for t in origins}
    rows = [row for s in wanted if (row := _row(seen, found, s))]
    if not rows:
        raise Misused("DIR: no specialty has a list in three months in a row.")
    return Shown(_text(rows, len(origins), found[origins[-1]][1]), {"origins": len(origins), "specialties": rows}, rows)


def _run_of_three(seen: Observed, t: int) -> bool:
    number = [y * 12 + m for y, m in seen.months[t - 1 : t + 2]]
    return bool(np.diff(number).tolist() == [1, 1])


def _month_ahead(seen: Observed, t: int) -> tuple[Floats, tuple[str, ...]]:
    """figures[specialty, quantity] forecast for the month after t, and the notes of the estimate."""
    cut = slice(0, t + 1)
    past = replace(
        seen,
        months=seen.months[cut],
        stock=seen.stock[cut].copy(),
        completed=seen.completed[cut].copy(),
        starts=seen.starts[cut].copy(),
        removals=seen.removals[cut].copy(),
        working_days=seen.working_days[cut].copy(),
    )
    known = (past, estimate(past))
    end = float(month_ends(past.months[-1], 1)[0])
    weeks = tuple(sorted({int(end), int(np.ceil(end))}))
    blocks = [register().draw(SEED, block) for block in range(BLOCKS)]
    found = commands.forecast(_LIST, known, blocks, {"nothing changes": commands.Change()}, weeks)
    paths = (found.figures["nothing changes"][q]["mean"][:-1] for q in QUANTITIES)
    return np.array([[np.interp(end, weeks, group) for group in path] for path in paths]).T, known[1].notes


def _row(seen: Observed, found: Mapping[int, tuple[Floats, tuple[str, ...]]], s: int) -> dict[str, Any]:
    """Mean absolute errors of one specialty over the origins, ours and naive; empty where it has no list."""
    edges = np.append(np.arange(float(seen.stock.shape[2])), np.inf)
    ours, naive, people = [], [], 0.0
    for t, (forecast, _) in found.items():
        came, was = (figures(np.nan_to_num(seen.stock[k, s]), edges) for k in (t + 1, t))
        if not np.isfinite([came, was, forecast[s]]).all() or np.isnan(seen.stock[t + 1, s]).any():
            continue
        people = was[0]
        floor = np.maximum(came, 1.0)  # nobody over 52 weeks is a number that nothing can be a share of
        off = [np.where(np.array(UNITS) == "%", 100 * (f - came) / floor, f - came) for f in (forecast[s], was)]
        ours.append(np.abs(off[0]))
        naive.append(np.abs(off[1]))
    if not ours:
        return {}
    row: dict[str, Any] = {"specialty": seen.specialties[s], "people": float(people)}
    for k, q in enumerate(QUANTITIES[:4]):
        row |= {f"{q}_ours": float(np.mean(ours, axis=0)[k]), f"{q}_naive": float(np.mean(naive, axis=0)[k])}
    return row


def _text(rows: list[dict[str, Any]], origins: int, notes: tuple[str, ...]) -> str:
    """A line a specialty, largest first: errors a month ahead, ours next to naive."""
    shown = QUANTITIES[:4]
    lines = [
        f"A month ahead, {len(rows)} specialties, {origins} forecast{'s' if origins > 1 else ''} of each: absolute error",
        f"{'':<20}{'people':>10}" + "".join(f"{h:>12}" for h in ("list, %", "18w, points", "median, w", "92nd, w")),
        f"{'':<30}" + "  ours naive" * 4,
    ]
    for row in sorted(rows, key=lambda r: -r["people"]):
        cells = "".join(f"  {row[f'{q}_ours']:>4.1f} {row[f'{q}_naive']:>5.1f}" for q in shown)
        lines.append(f"{row['specialty'][:20]:<20}{row['people']:>10,.0f}{cells}")
    mean = [(np.mean([r[f"{q}_ours"] for r in rows]), np.mean([r[f"{q}_naive"] for r in rows])) for q in shown]
    lines.append(f"{'Mean':<30}" + "".join(f"  {a:>4.1f} {b:>5.1f}" for a, b in mean))
    nearer = [sum(r[f"{q}_ours"] < r[f"{q}_naive"] for r in rows) for q in shown]
    lines.append(f"{'Ours is nearer in':<30}" + "".join(f"{n:>12}" for n in nearer))
    lines += [""]
    for note in notes:
        lines += textwrap.wrap(note, 80)
    lines += textwrap.wrap("So few months say nothing of a year ahead, and ranges cannot be had from them.", 80)
    return "".join(f"{line}\n" for line in lines)
