"""What promises may be checked on, and what becomes of each programme in a word."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws
from ...place import Instance
from ...plan import Settings
from ...service import Unworkable
from .allocation import BEST, spending, words
from .model import run
from .portfolio import portfolio

Floats = NDArray[np.float64]


def quantity(
    instance: Instance, settings: Settings, draws: Draws, what: str, arguments: Mapping[str, float | str]
) -> Floats:
    """One of `tables.QUANTITIES` under the settings, float[draw, quarter]."""
    p = portfolio(instance)
    s, r = run(instance, settings, draws)
    found: Floats
    if what == "engaged":
        found = r.different.sum(axis=1)[r.at]
    elif what == "programmes_open":
        found = s.running.sum(axis=1)[r.row][r.at]
    elif what in ("engaged_of", "coverage_of"):
        g = _place(p.young, str(arguments["young"]), "group of young people")
        found = r.different[r.at, g] / (1.0 if what == "engaged_of" else max(float(p.people[g]), 1e-12))
    else:
        o, spent = r.outcomes[r.at, _place(p.outcomes, str(arguments["outcome"]), "outcome")], s.given.sum(axis=1)
        found = o if what == "outcome" else np.where(o > 0, spent[r.row][r.at] / np.where(o > 0, o, 1.0), np.nan)
    return found


def _place(names: tuple[str, ...], name: str, what: str) -> int:
    if name not in names:
        raise Unworkable(f"there is no {what} {name!r}; there are {', '.join(names)}")
    return names.index(name)


def fates(instance: Instance, settings: Settings) -> dict[str, str]:
    """What becomes of every programme by the last quarter, as the plan has it: {id: words}."""
    p, s = portfolio(instance), spending(instance, settings)
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
