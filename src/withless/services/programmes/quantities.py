"""What promises may be checked on, and what becomes of each programme in a word."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ...cache import Cache
from ...place import Instance
from ...plan import Settings
from ...service import Unworkable
from .allocation import BEST, spending, words
from .model import ProgrammesModel
from .portfolio import portfolio

Floats = NDArray[np.float64]


def engaged(model: ProgrammesModel, settings: Settings) -> Floats:
    """Different young people engaged, float[draw, quarter]."""
    r = model.reached(settings)
    return np.asarray(r.different.sum(axis=1)[r.at])


def engaged_of(model: ProgrammesModel, settings: Settings, young: str) -> Floats:
    """The same of one group."""
    r = model.reached(settings)
    return np.asarray(r.different[r.at, _place(model.portfolio.young, young, "group of young people")])


def coverage_of(model: ProgrammesModel, settings: Settings, young: str) -> Floats:
    """Share of a group that is engaged, float[draw, quarter]."""
    p = model.portfolio
    many = max(float(p.people[_place(p.young, young, "group of young people")]), 1e-12)
    return engaged_of(model, settings, young) / many


def outcome(model: ProgrammesModel, settings: Settings, outcome: str) -> Floats:
    """One outcome a year, float[draw, quarter]."""
    r = model.reached(settings)
    return np.asarray(r.outcomes[r.at, _place(model.portfolio.outcomes, outcome, "outcome")])


def cost_per_outcome(model: ProgrammesModel, settings: Settings, outcome: str) -> Floats:
    """Pounds for one of an outcome, float[draw, quarter]; NaN where none comes of it."""
    s, r = model.spending(settings), model.reached(settings)
    o = r.outcomes[r.at, _place(model.portfolio.outcomes, outcome, "outcome")]
    return np.where(o > 0, s.given.sum(axis=1)[r.row][r.at] / np.where(o > 0, o, 1.0), np.nan)


def programmes_open(model: ProgrammesModel, settings: Settings) -> Floats:
    """Programmes that run, float[draw, quarter]."""
    s, r = model.spending(settings), model.reached(settings)
    return np.asarray(s.running.sum(axis=1)[r.row][r.at])


def _place(names: tuple[str, ...], name: str, what: str) -> int:
    if name not in names:
        raise Unworkable(f"there is no {what} {name!r}; there are {', '.join(names)}")
    return names.index(name)


def fates(instance: Instance, settings: Settings) -> dict[str, str]:
    """What becomes of every programme by the last quarter, as the plan has it: {id: words}."""
    p = portfolio(instance)
    s = spending(p, settings, Cache())
    row = s.which[0, -1]
    last = {k: v[0, :, -1] for k, v in settings.values.items()}
    best = words(p)[int(last["spend_how"][0])].startswith(BEST)
    return {
        name: _fate(i, s.running[row, i], s.given[row, i], p.open[i], p.spend[i], last, best=best)
        for i, name in enumerate(p.ids)
    }


def _fate(
    i: int, runs: float, given: float, ran: float, spent: float, last: Mapping[str, Floats], *, best: bool
) -> str:
    if ran < 0.5:
        return "opens" if runs >= 0.5 else "closed already"
    if runs < 0.5:
        return "closes" if last["open"][i] < 0.5 or best else "closes for want of money"
    words = []
    if not np.isclose(given, spent, rtol=1e-6):
        words.append("smaller budget" if given < spent else "larger budget")
    if not np.isclose(last["intensity"][i], 1.0):
        words.append("less time for each" if last["intensity"][i] < 1 else "more time for each")
    return ", ".join(words) or "stays"
