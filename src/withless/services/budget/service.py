"""The budget service as the rest of withless sees it; see README.md for the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws
from ...outcomes import Outcomes
from ...place import Instance, Place, TableSpec
from ...plan import Lever, Settings
from ...service import BaseService, Exhibit, Found, Problem, Quantity, Unworkable
from .exhibits import exhibits
from .model import REGISTER, lines, simulate, stake, weighed
from .tables import LEVERS, LINES, QUANTITIES, gross, income, spends

Floats = NDArray[np.float64]


class Budget(BaseService):
    """Lines of a budget that nothing else models, and what pays for them. It is too crude to count in the verdict."""

    kind = "budget"
    tables: tuple[TableSpec, ...] = (LINES,)
    levers: tuple[Lever, ...] = LEVERS
    unit_lever = "net"
    assumptions = REGISTER
    quantities: Mapping[str, Quantity] = QUANTITIES
    extras: tuple[str, ...] = ()
    in_verdict = False
    nouns = ("budget line", "residents, by how much is done")
    main_outcome = ""

    def strata(self, place: Place, instance: Instance) -> tuple[str, ...]:
        """One stratum: lines are weighed by their cost, which gives the ledger the same as one for each."""
        return ("all",)

    def units(self, place: Place, instance: Instance, lever: str) -> tuple[str, ...]:
        """Lines; of those that only bring money in, the spending cannot be moved."""
        ids = instance.tables["lines"].words("id")
        return tuple(i for i, s in zip(ids, spends(instance), strict=True) if s) if lever == "net" else ids

    def choices(self, place: Place, instance: Instance, lever: str) -> tuple[str, ...]:
        """No lever is a choice."""
        return ()

    def baseline(self, place: Place, instance: Instance) -> Mapping[str, Floats]:
        """Today's money of every line."""
        table = instance.tables["lines"]
        return {"net": table.numbers("net")[spends(instance)], "income": income(instance)}

    def problems(self, place: Place, instance: Instance) -> list[Problem]:
        """Faults between the columns of a line, and between lines and the budget."""
        return [*_lines(instance), *_whole(instance)]

    def simulate(self, place: Place, instance: Instance, settings: Settings, draws: Draws) -> Outcomes:
        """What is done for what money under the settings, on some draws."""
        return simulate(place, instance, settings, draws)

    def stake(self, place: Place, instance: Instance, draws: Draws, touched: Mapping[str, frozenset[str]]) -> Floats:
        """Today's gross cost of the lines that are touched."""
        return stake(instance, draws, touched)

    def quantity(
        self,
        place: Place,
        instance: Instance,
        settings: Settings,
        draws: Draws,
        what: str,
        arguments: Mapping[str, float | str],
    ) -> Floats:
        """One of `QUANTITIES`, float[draw, quarter]."""
        found = lines(instance, settings, draws)
        if what == "volume":
            return weighed(found.volume, gross(instance))
        ids = instance.tables["lines"].words("id")
        if arguments["line"] not in ids:
            raise Unworkable(f"there is no line {arguments['line']!r}; there are {', '.join(ids)}")
        row = ids.index(str(arguments["line"]))
        if what == "brought_in":
            return found.income[:, :, row] * draws.of("budget.prices", instance.name)[:, None]
        return np.asarray(found.volume[:, :, row] * found.quality[:, :, row])

    def exhibits(
        self, place: Place, instance: Instance, settings: Settings, draws: Draws, found: Found
    ) -> Sequence[Exhibit]:
        """How much the lines do that the plan moves, and what it raises."""
        return exhibits(instance, settings, draws, found)

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
