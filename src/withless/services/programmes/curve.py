"""What is lost for each pound cut: one budget after another, spent in each of the ways, on the same draws.

A programme closes where what it is given falls below its fixed cost, or where the best way spends its money elsewhere. The
first closing is where trimming becomes dismantling; it is found to a thousandth of the budget.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...service import Unworkable
from .allocation import BEST_FOR, Spending, one_quarter, today, words
from .model import ProgrammesModel, reached

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CurvePoint:
    """One budget in one way: `spent` pounds a year, what runs [programme], outcomes[draw, outcome], different[draw, young]
    young people, worth[draw] pounds a year. `unmet` says which floor it cannot meet; all else is then nil.
    """

    cut: float
    spent: float
    running: NDArray[np.bool_]
    given: Floats
    outcomes: Floats
    different: Floats
    worth: Floats
    unmet: str = ""


def points(models: Sequence[ProgrammesModel], way: str, cuts: Sequence[float]) -> list[CurvePoint]:
    """The curve of one way to spend at every cut, shares of today's budget."""
    return [_point(models, way, cut) for cut in cuts]


def as_today(models: Sequence[ProgrammesModel]) -> CurvePoint:
    """Today, spent as it is."""
    return points(models, words(models[0].portfolio)[0], [0.0])[0]


def spending_at(model: ProgrammesModel, way: str, cut: float) -> Spending:
    """What every programme is given when the budget is cut by a share; raises `Unworkable` where a floor cannot be met."""
    p = model.portfolio
    levers = today(p) | {
        "budget": np.array([p.budget * (1 - cut)]),
        "spend_how": np.array([float(words(p).index(way))]),
    }
    return one_quarter(p, levers, model.cache)


def _point(models: Sequence[ProgrammesModel], way: str, cut: float) -> CurvePoint:
    p, parameters = models[0].portfolio, [model.parameters for model in models]
    try:
        s = spending_at(models[0], way, cut)
    except Unworkable as e:
        nothing = np.zeros((sum(len(m.overlap) for m in parameters), len(p.outcomes)))
        none = np.zeros(len(p.ids))
        return CurvePoint(cut, 0.0, none > 0, none, nothing, nothing[:, :1], nothing[:, 0], str(e))
    found = [reached(p, m, s) for m in parameters]
    outcomes = np.concatenate([r.outcomes for r in found])
    worth = np.concatenate([(m.worth * r.outcomes).sum(axis=1) for m, r in zip(parameters, found, strict=True)])
    return CurvePoint(
        cut=cut,
        spent=float(s.given.sum()),
        running=s.running[0] > 0.5,
        given=s.given[0],
        outcomes=outcomes,
        different=np.concatenate([r.different for r in found]),
        worth=worth,
    )


def first_closing(
    model: ProgrammesModel, way: str, most: float = 1.0, step: float = 0.02
) -> tuple[float, tuple[str, ...]] | None:
    """The smallest cut at which a programme that runs today does not, to a thousandth, and which; None where none does.

    Where the best way would close one even with today's money, that cut is nil.
    """
    before = -step
    for cut in np.arange(0.0, most + step / 2, step):
        gone = _gone(model, way, float(cut))
        if gone:
            low, high = before, float(cut)
            while high - low > 0.0005 and high > 0:
                mid = (low + high) / 2
                there = _gone(model, way, max(mid, 0.0))
                low, high, gone = (low, mid, there) if there else (mid, high, gone)
            return max(high, 0.0), gone
        if gone is None:
            return None
        before = float(cut)
    return None


def _gone(model: ProgrammesModel, way: str, cut: float) -> tuple[str, ...] | None:
    """Programmes that run today and not at a cut; None where a floor cannot be met."""
    try:
        s = spending_at(model, way, cut)
    except Unworkable:
        return None
    p = model.portfolio
    return tuple(name for name, was, runs in zip(p.names, p.open, s.running[0], strict=True) if was > 0.5 > runs)


def closed_when_counting_one(model: ProgrammesModel, cut: float) -> dict[str, tuple[str, ...]]:
    """Programmes that the best way closes at a cut when a single outcome is all that counts: {outcome: names}."""
    return {o: _gone(model, f"{BEST_FOR}{o}", cut) or () for o in model.portfolio.outcomes}
