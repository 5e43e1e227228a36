"""What a report shows of a budget: how much the lines do that a plan moves, and what it raises or draws."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ...place import Instance
from ...plan import Settings
from ...service import Exhibit, Found
from .model import BudgetModel
from .tables import COUNCIL_TAX, RESERVES, SPENDING, income, spends

Floats = NDArray[np.float64]

_MOVED = 0.5
"""Pounds a year from which a line is moved."""


def exhibits(model: BudgetModel, settings: Settings, found: Found) -> list[Exhibit]:
    """What there is to show of the lines that the plan moves."""
    return [*_done(model.instance, settings, found), *_brought_in(model, settings)]


def _done(instance: Instance, settings: Settings, found: Found) -> Iterator[Exhibit]:
    """How much every line does whose money the plan moves, against today."""
    table, spending = instance.tables["lines"], spends(instance)
    names = [n for n, s in zip(table.words("name"), spending, strict=True) if s]
    change = np.abs(settings["net"] - table.numbers("net")[spending][:, None]).max(axis=(0, 2))
    moved = np.flatnonzero(change > _MOVED)
    if len(moved):
        yield Exhibit(
            title="How much each line does that the plan moves, against today",
            text="This is judged, not modelled: a line's output is taken from its money by shares that few have measured.",
            unit="share",
            labels=tuple(names[i] for i in moved),
            lines={"of today's": found.unit["output"][1][:, moved]},
            kind="bars",
        )


def _brought_in(model: BudgetModel, settings: Settings) -> Iterator[Exhibit]:
    """What the plan raises by tax and grants and draws from reserves, by the end, in the place's prices."""
    table, today = model.table, income(model.instance)
    change = np.abs(settings["income"] - today[:, None]).max(axis=(0, 2))
    rows = [i for i, kind in enumerate(table.words("kind")) if kind != SPENDING and change[i] > _MOVED]
    if not rows:
        return
    more = model.of("prices")[:, None] * (model.lines(settings).income[:, -1] - today)
    told = [_sentence(table.words("name")[i], table.words("kind")[i], more[:, i]) for i in rows]
    yield Exhibit(title="What the plan raises or draws, and does not save", text=" ".join(told))


def _sentence(name: str, kind: str, more: Floats) -> str:
    """`Council tax brings in £3.2m more a year (£2.9m to £3.3m): raised, not saved.`"""
    way, sizes = ("more" if more.mean() >= 0 else "less"), np.sort(np.abs(np.quantile(more, [0.05, 0.95])))
    range_ = f"£{_millions(abs(float(more.mean())))} {way} a year ({' to '.join('£' + _millions(x) for x in sizes)})"
    if kind == RESERVES:
        return f"{name}: {range_} is drawn. Reserves can be spent once; it is drawn, not saved."
    who = "by those who pay it" if kind == COUNCIL_TAX else "by whoever gives it"
    return f"{name} brings in {range_}, paid {who}: it is raised, not saved."


def _millions(pounds: float) -> str:
    """`3.2m`, `450k`, `12`: three figures."""
    for size, letter in ((1e6, "m"), (1e3, "k")):
        if pounds >= size:
            return f"{float(f'{pounds / size:.3g}'):g}{letter}"
    return f"{pounds:.0f}"
