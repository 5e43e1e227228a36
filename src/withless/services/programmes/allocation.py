"""From levers to money: what each programme is given in every quarter, by the way a budget is shared out.

Every programme has a budget of its own (lever `spend`). Where the lever `budget` differs from today's, the difference is
shared out: `pro_rata` scales all alike, `as_planned` takes it from programmes in the table's `cut_order`, `best` spends
all there is where it is worth most. A programme given less than its fixed cost cannot run: it is closed, and what it was
given is not spent.

The best way is found on the middle of every range, as somebody must who decides beforehand; how it turns out is then
drawn like all else. It knows nothing that the other ways do not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...cache import Cache
from ...plan import Settings
from ...service import Unworkable
from . import response
from .candidate_sets import CELLS, best_of, candidates
from .optimum import AllocationProblem, FloorsUnmet, Optimum, best
from .portfolio import ENGAGED, Portfolio, middle

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Levers = Mapping[str, Floats]

PRO_RATA, AS_PLANNED, BEST, BEST_FOR = "pro_rata", "as_planned", "best", "best_for_"
CAUSES = ("open", "spend", "budget", "spend_how")
"""Levers that can close a programme."""
_PENNY = 0.005


@dataclass(frozen=True)
class Spending:
    """Pounds a year in the rows of settings that differ: given[row, programme] in all, variable[row, programme, young] beyond
    fixed cost while it runs; running[row, programme], the part of the quarter in which it does; intensity[row, programme].
    unspent[row, programme] is what a programme is left with that cannot run on it; cause[row, programme] the place in `CAUSES`
    of the lever that closes it, if one does.

    `which[draw, quarter]` is the row of each; its axis of draws has length 1 where all draws are alike.
    """

    given: Floats
    variable: Floats
    running: Floats
    intensity: Floats
    unspent: Floats
    cause: Ints
    which: Ints


def words(p: Portfolio) -> tuple[str, ...]:
    """The ways to spend that a portfolio has, in the order of their numbers; as things are, the first."""
    planned = (AS_PLANNED,) if np.isfinite(p.cut_order).any() else ()
    weighed = (BEST,) if p.weighed else ()
    return (PRO_RATA, *planned, *weighed, *(f"{BEST_FOR}{outcome}" for outcome in p.outcomes))


def today(p: Portfolio) -> dict[str, Floats]:
    """Today's value of every lever."""
    return {
        "spend": p.spend,
        "open": p.open,
        "targeting": p.targeting,
        "intensity": np.ones(len(p.ids)),
        "budget": np.array([p.budget]),
        "floor": p.floor,
        "weight": np.ones(len(p.outcomes)),
        "spend_how": np.zeros(1),
    }


def spending(p: Portfolio, settings: Settings, cache: Cache) -> Spending:
    """What every programme is given in every draw and quarter. Raises `Unworkable` where the best way cannot meet a floor.

    `cache` keeps what the search for the best way found, here and below.
    """
    levers, which = rows_of(settings)
    return of_rows(p, levers, which, cache)


def rows_of(settings: Settings) -> tuple[dict[str, Floats], Ints]:
    """The rows of settings that differ between draws and quarters, levers[name][row, unit], and which[draw, quarter] of them."""

    def numbered(name: str) -> Ints:
        seen: dict[bytes, int] = {}
        return np.array([[seen.setdefault(row.tobytes(), len(seen)) for row in d] for d in settings.by_quarter(name)])

    ids = [numbered(name) for name in settings.values]
    which = np.zeros((max(len(v) for v in ids), settings.quarters), dtype=np.int64)
    first = np.zeros(1, dtype=np.int64)
    for each in ids:
        if each.any():
            _, first, rows = np.unique(which * (each.max() + 1) + each, return_index=True, return_inverse=True)
            which = rows.reshape(which.shape).astype(np.int64)
    draw, quarter = np.divmod(first, settings.quarters)
    levers = {k: v[np.minimum(draw, len(v) - 1), :, quarter] for k, v in settings.values.items()}
    return levers, which


def of_rows(p: Portfolio, levers: Levers, which: Ints, cache: Cache) -> Spending:
    """The spending of rows of levers[name][row, unit]."""
    own, opened = levers["open"] * levers["spend"], levers["open"]
    total = np.maximum(own.sum(axis=1) + levers["budget"][:, 0] - p.budget, 0.0)
    way = levers["spend_how"][:, 0].astype(np.int64)
    given = _shared(p, own, total, planned=np.array([w == AS_PLANNED for w in words(p)])[way])
    runs = (opened > 0) & (_rate(given, opened) >= p.fixed - _PENNY)
    beyond = np.maximum(_rate(given, opened) - p.fixed, 0.0) * runs
    variable = response.split(p.could, p.risk, levers["targeting"], beyond)
    unspent = np.where(~runs & (opened > 0) & (given > _PENNY), given, 0.0)
    given, running = given * runs, opened * runs
    best_rows = np.flatnonzero([words(p)[k].startswith(BEST) for k in way])
    for row, found in zip(best_rows, _best_ways(p, levers, total, way, best_rows, cache), strict=True):
        running[row], variable[row] = found.open, found.variable
        given[row], unspent[row] = found.open * (p.fixed + found.variable.sum(axis=1)), 0.0
    return Spending(given, variable, running, levers["intensity"], unspent, _cause(p, levers, best_rows), which)


def _cause(p: Portfolio, levers: Levers, best_rows: Ints) -> Ints:
    """Which of `CAUSES` closes each programme [row, programme] that closes."""
    cause = np.where(levers["spend"] < p.fixed - _PENNY, CAUSES.index("spend"), CAUSES.index("budget"))
    cause[best_rows] = CAUSES.index("spend_how")
    return np.where(levers["open"] < p.open, CAUSES.index("open"), cause)


def one_quarter(p: Portfolio, levers: Levers, cache: Cache) -> Spending:
    """The spending of one quarter in all draws, from its levers[name][unit]."""
    return of_rows(p, {k: np.asarray(v)[None] for k, v in levers.items()}, np.zeros((1, 1), dtype=np.int64), cache)


def _rate(given: Floats, opened: Floats) -> Floats:
    """Pounds a year while it runs, of a programme that runs for part of the quarter."""
    return np.where(opened > 0, given / np.where(opened > 0, opened, 1.0), 0.0)


def _shared(p: Portfolio, own: Floats, total: Floats, planned: NDArray[np.bool_]) -> Floats:
    """Pounds a year [row, programme] when own[row, programme] add up to something else than total[row].

    Where `planned[row]`, what is to be cut is cut in order, else all have their share of it.
    """
    have = own.sum(axis=1)
    in_order = planned & (have > total)
    alike = own * np.where(have > 0, total / np.where(have > 0, have, 1.0), 1.0)[:, None]
    return np.where(in_order[:, None], _cut_in_order(p, own, have - total), alike) if in_order.any() else alike


def _cut_in_order(p: Portfolio, own: Floats, cut: Floats) -> Floats:
    """What is left [row, programme] of `own` when programmes give up cut[row] one after another, and beyond those alike."""
    left, cut = own.copy(), np.maximum(cut, 0.0)
    order = np.where(np.isfinite(p.cut_order), p.cut_order, np.inf)
    for i in np.argsort(order, kind="stable")[: int(np.isfinite(order).sum())]:
        taken = np.minimum(cut, left[:, i])
        left[:, i] -= taken
        cut = cut - taken
        closes = (left[:, i] > _PENNY) & (left[:, i] < p.fixed[i]) & (taken > 0)
        # what is left cannot run it: it closes, and that much less is to be found
        cut = np.where(closes, np.maximum(cut - left[:, i], 0.0), cut)
        left[:, i] = np.where(closes, 0.0, left[:, i])
    rest = left.sum(axis=1)
    kept = np.where(rest > 0, np.maximum(1 - cut / np.where(rest > 0, rest, 1.0), 0.0), 1.0)
    return left * kept[:, None]


def _best_ways(p: Portfolio, levers: Levers, total: Floats, way: Ints, rows: Ints, cache: Cache) -> list[Optimum]:
    """The best spending in each of some rows."""
    names, choices = words(p), dict[tuple[object, ...], AllocationProblem]()
    here = ({k: levers[k][row] for k in ("open", "intensity", "floor", "weight")} for row in rows)
    return [
        best_way(p, levels, float(total[row]), names[way[row]], cache, choices)
        for row, levels in zip(rows, here, strict=True)
    ]


def choice(p: Portfolio, levers: Levers, way: str) -> AllocationProblem:
    """What the best way chooses between, by the middle of every range: worth of all outcomes, or one outcome alone."""
    m = middle(p)
    weight = m.worth[0] * levers["weight"]
    if way != BEST:
        weight = (np.array(p.outcomes) == way.removeprefix(BEST_FOR)).astype(np.float64)
    depth = levers["intensity"] ** m.depth[0]
    by_outcome = m.value[0] * np.where(np.array(p.outcomes) == ENGAGED, 1.0, depth[:, None]).T[:, :, None]
    return AllocationProblem(
        value=np.maximum(np.einsum("o,oig->ig", weight, by_outcome), 0.0),
        unit_cost=m.unit_cost[0] * levers["intensity"],
        fixed=p.fixed,
        room=p.could * m.saturation[0][:, None],
        need=levers["floor"] * p.people,
        allowed=(levers["open"] >= 0.5) & (p.could.sum(axis=1) > 0),
    )


def best_way(
    p: Portfolio,
    levers: Levers,
    total: float,
    way: str,
    cache: Cache,
    choices: dict[tuple[object, ...], AllocationProblem] | None = None,
) -> Optimum:
    """The best spending of `total` pounds a year; raises `Unworkable` naming the floors that cannot be met.

    Budgets near each other share the search for the sets of programmes that can be best there, and `choices` what is chosen
    between.
    """
    known = {} if choices is None else choices
    key = (way, *(levers[k].tobytes() for k in ("open", "intensity", "floor", "weight")))
    if key not in known:
        known[key] = choice(p, levers, way)
    c, width = known[key], p.budget / CELLS
    try:
        if width <= 0:
            return best(c, total)
        cell = int(total // width)
        found = "programmes", p.name, "candidate sets", cell, *key
        sets = cache.get(found, lambda: candidates(c, cell * width, (cell + 1) * width))
        return best_of(c, sets, total)
    except FloorsUnmet as e:
        raise Unworkable(f"{p.title}: {floors_told(p, levers['floor'], e, total)}") from None


def floors_told(p: Portfolio, floor: Floats, e: FloorsUnmet, total: float) -> str:
    """Which floors cannot be met, why, and how to mend it."""
    which = ", ".join(f"{p.young[g]} ({100 * floor[g]:.0f}% engaged)" for g in e.groups)
    if not np.isfinite(e.cost):
        return f"no programme that runs reaches enough young people for the floor of {which}. Lower it."
    return f"£{total:,.0f} a year cannot meet the floor of {which}, which takes £{e.cost:,.0f}. Lower it or give more."
