"""The budget service as the rest of withless sees it; see README.md for the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws
from ...cache import Cache
from ...place import Instance, Place, TableSpec
from ...plan import Lever, Settings
from ...service import BaseService, Exhibit, Found, Problem, Quantity
from .exhibits import exhibits
from .model import REGISTER, BudgetModel, weighed
from .tables import LEVERS, LINES, gross, income, spends

Floats = NDArray[np.float64]


def _volume(model: BudgetModel, settings: Settings) -> Floats:
    return weighed(model.lines(settings).volume, gross(model.instance))


def _output_of(model: BudgetModel, settings: Settings, line: str) -> Floats:
    found, row = model.lines(settings), model.row(line)
    return np.asarray(found.volume[:, :, row] * found.quality[:, :, row])


def _brought_in(model: BudgetModel, settings: Settings, line: str) -> Floats:
    return np.asarray(model.lines(settings).income[:, :, model.row(line)] * model.of("prices")[:, None])


QUANTITIES = {
    "volume": Quantity("ratio", "how much is done on all lines, today's = 1, weighed by cost", {}, _volume),
    "output_of": Quantity(
        "ratio", "how much one line does and how well, today's = 1 (give `line`)", {"line": "id"}, _output_of
    ),
    "brought_in": Quantity("pounds/year", "what one line brings in, a year (give `line`)", {"line": "id"}, _brought_in),
}


class Budget(BaseService):
    """Lines of a budget that nothing else models, and what pays for them. It is too crude to count in the verdict."""

    kind = "budget"
    unit_lever = "net"
    tables: tuple[TableSpec, ...] = (LINES,)
    levers: tuple[Lever, ...] = LEVERS
    assumptions = REGISTER
    quantities: Mapping[str, Quantity] = QUANTITIES
    in_verdict = False
    nouns = ("budget line", "residents, by how much is done")

    def units(self, place: Place, instance: Instance, lever: str) -> tuple[str, ...]:
        """Lines; of those that only bring money in, the spending cannot be moved."""
        ids = instance.tables["lines"].words("id")
        return tuple(i for i, s in zip(ids, spends(instance), strict=True) if s) if lever == "net" else ids

    def baseline(self, place: Place, instance: Instance) -> Mapping[str, Floats]:
        """Today's money of every line."""
        table = instance.tables["lines"]
        return {"net": table.numbers("net")[spends(instance)], "income": income(instance)}

    def problems(self, place: Place, instance: Instance) -> list[Problem]:
        """Faults between the columns of a line, and between lines and the budget."""
        return [*_lines(instance), *_whole(instance)]

    def build(self, place: Place, instance: Instance, draws: Draws, cache: Cache) -> BudgetModel:
        """The lines on some draws."""
        return BudgetModel(place, instance, draws, cache)

    def exhibits(self, model: BudgetModel, settings: Settings, found: Found) -> Sequence[Exhibit]:
        """How much the lines do that the plan moves, and what it raises."""
        return exhibits(model, settings, found)

    def fates(self, place: Place, instance: Instance, settings: Settings) -> Mapping[str, str]:
        """What becomes of every line that spends: {id: words}."""
        ids = self.units(place, instance, "net")
        change = settings["net"][0, :, -1] - self.baseline(place, instance)["net"]
        words = np.where(change < -0.5, "smaller budget", np.where(change > 0.5, "larger budget", "stays"))
        return dict(zip(ids, words.tolist(), strict=True))


def _lines(instance: Instance) -> Iterator[Problem]:
    """Faults of single lines."""
    table = instance.tables["lines"]
    net, brings, kinds = table.numbers("net"), income(instance), table.words("kind")
    for row, spending in enumerate(spends(instance)):
        if spending and net[row] + brings[row] < -0.5:
            found = f"net £{net[row]:,.0f} with an income of £{brings[row]:,.0f}"
            mend = "Net is spending less income: a line cannot spend less than nothing. Is it a grant?"
            yield Problem("lines", row, "net", found, "net plus income at least nil", mend)
        if not spending and abs(net[row] + brings[row]) > 0.5:
            found = f"net £{net[row]:,.0f} with an income of £{brings[row]:,.0f}"
            expected = f"minus its income (£{-brings[row]:,.0f})"
            mend = f"A line of kind {kinds[row]} spends nothing: it only brings money in."
            yield Problem("lines", row, "net", found, expected, mend)


def _whole(instance: Instance) -> Iterator[Problem]:
    """Faults of the service as a whole."""
    table = instance.tables["lines"]
    total = float(table.numbers("net").sum())
    blank = int((np.isnan(table.numbers("income")) & spends(instance)).sum())
    if blank:
        found, mend = f"{blank} lines without income", "They are taken to have none: net is then all that they spend."
        yield Problem("lines", None, "income", found, "the income of every line", mend, "warning")
    if np.isfinite(instance.budget) and total > instance.budget + 0.02 * abs(instance.budget) + 1:
        found = f"lines of £{total:,.0f} net, the budget is £{instance.budget:,.0f}"
        mend = "Are some of these thousands, or gross?"
        yield Problem("lines", None, "net", found, "a budget of at least their sum", mend, "warning")


SERVICE = Budget()
