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

from ...memory import Newest
from ...place import Instance
from ...plan import Settings
from ...service import Unworkable
from . import response
from .best import Best, Choice, FloorsUnmet, best
from .portfolio import ENGAGED, Portfolio, middle, portfolio

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Levers = Mapping[str, Floats]

PRO_RATA, AS_PLANNED, BEST, BEST_FOR = "pro_rata", "as_planned", "best", "best_for_"
_PENNY = 0.005


@dataclass(frozen=True)
class Spending:
    """Pounds a year: given[quarter, programme] in all, variable[quarter, programme, young] beyond fixed cost while it
    runs; running[quarter, programme], the part of the quarter in which it does.

    Many quarters are alike: `first` are quarters that differ, `which[quarter]` the one of these that each is like.
    """

    given: Floats
    variable: Floats
    running: Floats
    first: Ints
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


def spending(instance: Instance, settings: Settings) -> Spending:
    """What every programme is given in every quarter. Raises `Unworkable` where the best way cannot meet a floor."""
    p = portfolio(instance)
    return _KEPT.get((id(p), settings.fingerprint), lambda: (p, _spending(instance, settings)))[1]


def _spending(instance: Instance, settings: Settings) -> Spending:
    p = portfolio(instance)
    stacked = np.concatenate([settings.values[name] for name in sorted(settings.values)])
    _, different, which = np.unique(stacked, axis=1, return_index=True, return_inverse=True)
    parts = [one_quarter(instance, {k: v[:, q] for k, v in settings.values.items()}, p) for q in different]
    at = np.asarray(which, dtype=np.int64).reshape(-1)
    given, variable, running = (
        np.stack([getattr(s, name)[0] for s in parts])[at] for name in ("given", "variable", "running")
    )
    return Spending(given, variable, running, np.asarray(different, dtype=np.int64), at)


def one_quarter(instance: Instance, levers: Levers, p: Portfolio) -> Spending:
    """The spending of one quarter, [1, ...], from its levers[name][unit]."""
    way = words(p)[int(levers["spend_how"][0])]
    own = levers["open"] * levers["spend"]
    total = max(float(own.sum() + levers["budget"][0] - p.budget), 0.0)
    if way.startswith(BEST):
        found = best_way(instance, levers, total, way)
        running = found.open.astype(np.float64)
        given = running * (p.fixed + found.variable.sum(axis=1))
        return _one(given, found.variable, running)
    given = _shared(p, own, total, way)
    runs = (levers["open"] > 0) & (_rate(given, levers["open"]) >= p.fixed - _PENNY)
    running = levers["open"] * runs
    beyond = np.maximum(_rate(given, levers["open"]) - p.fixed, 0.0) * runs
    variable = response.split(p.could, p.risk, levers["targeting"], beyond)
    return _one(given * runs, variable, running)


def _one(given: Floats, variable: Floats, running: Floats) -> Spending:
    """The spending of a single quarter."""
    alone = np.zeros(1, dtype=np.int64)
    return Spending(given[None], variable[None], running[None], alone, alone)


def _rate(given: Floats, opened: Floats) -> Floats:
    """Pounds a year while it runs, of a programme that runs for part of the quarter."""
    return np.where(opened > 0, given / np.where(opened > 0, opened, 1.0), 0.0)


def _shared(p: Portfolio, own: Floats, total: float, way: str) -> Floats:
    """Pounds a year for each programme when `own` add up to something else than `total`."""
    have = float(own.sum())
    cut = have - total
    if way != AS_PLANNED or cut <= 0:
        return own * (total / have) if have > 0 else own
    left = own.copy()
    order = np.where(np.isfinite(p.cut_order), p.cut_order, np.inf)
    for i in np.argsort(order, kind="stable"):
        if np.isfinite(order[i]):
            taken = min(cut, left[i])
            left[i] -= taken
            cut -= taken
            if (
                _PENNY < left[i] < p.fixed[i]
            ):  # what is left cannot run it: it closes, and that much less is to be found
                cut, left[i] = max(cut - left[i], 0.0), 0.0
    rest = float(left.sum())
    return left * max(1 - cut / rest, 0.0) if cut > 0 and rest > 0 else left


def choice(instance: Instance, levers: Levers, way: str) -> Choice:
    """What the best way chooses between, by the middle of every range: worth of all outcomes, or one outcome alone."""
    p, m = portfolio(instance), middle(instance)
    weight = m.worth[0] * levers["weight"]
    if way != BEST:
        weight = (np.array(p.outcomes) == way.removeprefix(BEST_FOR)).astype(np.float64)
    depth = levers["intensity"] ** m.depth[0]
    by_outcome = m.value[0] * np.where(np.array(p.outcomes) == ENGAGED, 1.0, depth[:, None]).T[:, :, None]
    return Choice(
        value=np.maximum(np.einsum("o,oig->ig", weight, by_outcome), 0.0),
        unit_cost=m.unit_cost[0] * levers["intensity"],
        fixed=p.fixed,
        room=p.could * m.saturation[0][:, None],
        need=levers["floor"] * p.people,
        allowed=(levers["open"] >= 0.5) & (p.could.sum(axis=1) > 0),
    )


def best_way(instance: Instance, levers: Levers, total: float, way: str) -> Best:
    """The best spending of `total` pounds a year; raises `Unworkable` naming the floors that cannot be met."""
    p = portfolio(instance)
    try:
        return best(choice(instance, levers, way), total)
    except FloorsUnmet as e:
        raise Unworkable(f"{instance.title or instance.name}: {floors_told(p, levers['floor'], e, total)}") from None


def floors_told(p: Portfolio, floor: Floats, e: FloorsUnmet, total: float) -> str:
    """Which floors cannot be met, why, and how to mend it."""
    which = ", ".join(f"{p.young[g]} ({100 * floor[g]:.0f}% engaged)" for g in e.groups)
    if not np.isfinite(e.cost):
        return f"no programme that runs reaches enough young people for the floor of {which}. Lower it."
    return f"£{total:,.0f} a year cannot meet the floor of {which}, which takes £{e.cost:,.0f}. Lower it or give more."


_KEPT: Newest[tuple[Portfolio, Spending]] = Newest(32)  # holding the portfolio, so that no other can have its id
