"""Programmes that close: what that costs once, and where trimming has become closing, by leaving less than it takes to run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...cache import Cache
from ...place import Instance, Place
from ...plan import Lever, Measure, Settings, settings
from ...service import Exhibit, PlanProblem, Unworkable
from .allocation import CAUSES, Spending, rows_of, spending, today
from .portfolio import Portfolio, portfolio, units

Floats = NDArray[np.float64]

TOLD = 0.02
"""Share of runs from which a report tells of a closing."""
_LEVERS_BEHIND = {"spend": ("spend",), "budget": ("budget", "spend_how", "spend", "open"), "spend_how": ("spend_how",)}


@dataclass(frozen=True)
class Starved:
    """A programme, by its row, that cannot run on what it is left with: pounds a year left, and the lever that left it so."""

    programme: int
    left: float
    cause: str


def one_off(p: Portfolio, s: Spending, each: Floats) -> tuple[Floats, dict[str, Floats]]:
    """What closing costs once, pounds [programme, draw, quarter], and by lever and unit, {lever: [draw, quarter, unit]}.

    `each[draw]` is the cost of closing as a share of a year's fixed cost. A programme that opens and closes again pays once.
    """
    shut = np.maximum.accumulate(np.maximum(p.open - s.running[s.which], 0.0), axis=1)
    falls = np.diff(shut, axis=1, prepend=0.0) * p.fixed
    pounds = each[:, None, None] * falls
    if not falls.any():
        return np.moveaxis(pounds, 2, 0), {}
    cause = s.cause[s.which]
    by_lever = {lever: np.where(cause == k, pounds, 0.0) for k, lever in enumerate(CAUSES)}
    return np.moveaxis(pounds, 2, 0), {
        lever: found if lever in ("open", "spend") else found.sum(axis=2, keepdims=True)
        for lever, found in by_lever.items()
        if found.any()
    }


def starved(p: Portfolio, s: Spending, row: int) -> list[Starved]:
    """Programmes that run today and that a row of settings leaves with too little to run."""
    short = np.flatnonzero((p.open > 0.5) & (s.unspent[row] > 0))
    return [Starved(int(i), float(s.unspent[row, i]), CAUSES[s.cause[row, i]]) for i in short]


def plan_problems(
    levers: Sequence[Lever], place: Place, instance: Instance, measures: Sequence[Measure]
) -> list[PlanProblem]:
    """What is not as it looks in a plan, carried out to the letter: trimming that closes a programme, floors out of reach."""
    p = portfolio(instance)
    at = {lever.name: units(instance, lever.name) for lever in levers}
    laid = settings(levers, at, today(p), measures, place.calendar.quarters)
    try:
        s = spending(p, laid, Cache())
    except Unworkable as e:
        how = [m for m in measures if m.lever in ("spend_how", "floor", "budget")] or list(measures)
        return [PlanProblem(how[-1].id, str(e), "floors that can be met", "Lower a floor, or cut less.")]
    return list(_starved(p, s, laid, measures))


def _starved(p: Portfolio, s: Spending, laid: Settings, measures: Sequence[Measure]) -> Iterator[PlanProblem]:
    """A warning for each programme, at the measure that starves it, where it is starved the longest."""
    seen: set[int] = set()
    levers, _ = rows_of(laid)
    for row in dict.fromkeys(s.which[0, ::-1].tolist()):
        for short in starved(p, s, row):
            if short.programme in seen:
                continue
            seen.add(short.programme)
            asked = p.budget - float(
                (levers["open"] * levers["spend"])[row].sum() + levers["budget"][row, 0] - p.budget
            )
            saved = p.budget - float(s.given[row].sum())
            name, fixed = p.names[short.programme], p.fixed[short.programme]
            yield PlanProblem(
                _behind(p, short, measures),
                f"trimming becomes closing: £{short.left:,.0f} a year left for {name} ({p.ids[short.programme]}), which costs "
                f"£{fixed:,.0f} whoever comes, so it shuts",
                f"at least £{fixed:,.0f}, or a closing that the plan names",
                f"The £{short.left:,.0f} is not spent on anything else: all measures here take £{asked:,.0f} a year and "
                f"£{saved:,.0f} is then saved. Trim less, close it by its lever `open`, or give its money to others by `spend`.",
                "warning",
            )


def _behind(p: Portfolio, short: Starved, measures: Sequence[Measure]) -> str:
    """The measure that leaves a programme with too little: the last that moves what does."""
    unit, chosen = p.ids[short.programme], measures[-1]
    for lever in reversed(_LEVERS_BEHIND.get(short.cause, ())):
        for m in measures:
            if m.lever == lever and (unit in m.where or lever in ("budget", "spend_how", "open")):
                chosen = m
    return chosen.id


def exhibit(p: Portfolio, s: Spending, draws: int) -> list[Exhibit]:
    """What a report says of programmes that shut for want of money, or because their money goes elsewhere, by the end."""
    rows = np.broadcast_to(s.which[:, -1], (draws,)) if len(s.which) == 1 else s.which[:, -1]
    want, elsewhere = s.unspent[rows] > 0, s.running[rows] < 0.5
    moved = elsewhere & ~want & (s.cause[rows] == CAUSES.index("spend_how"))
    told = [*_want(p, s, rows, want), *_moved(p, moved)]
    return [Exhibit(title="Where trimming becomes closing", text=" ".join(told))] if told else []


def _want(p: Portfolio, s: Spending, rows: NDArray[np.int64], want: NDArray[np.bool_]) -> Iterator[str]:
    """A sentence for each programme that shuts because too little is left for it."""
    for i in np.flatnonzero((p.open > 0.5) & (want.mean(axis=0) >= TOLD)):
        runs = want[:, i]
        left = f"£{round(float(s.unspent[rows, i][runs].mean()), -2):,.0f}"
        yield (
            f"{p.names[i]} shuts in {100 * runs.mean():.0f} of 100 runs: it is left with {left} a year, less than the "
            f"£{p.fixed[i]:,.0f} that it costs whoever comes. That {left} is not spent on anything else and counts as saved, "
            "beyond what was to be cut."
        )


def _moved(p: Portfolio, moved: NDArray[np.bool_]) -> Iterator[str]:
    """One sentence for all programmes whose money goes elsewhere."""
    found = [
        f"{p.names[i]} ({100 * moved[:, i].mean():.0f} of 100 runs)"
        for i in np.flatnonzero((p.open > 0.5) & (moved.mean(axis=0) >= TOLD))
    ]
    if found:
        yield f"Shut, their money going to other programmes by the way it is shared out: {', '.join(found)}."
