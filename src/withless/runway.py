"""How long reserves last: the year in which they fall below the minimum that the place states, doing nothing and at each pace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .appraise import Appraisal
from .finances import Finances, balances, finances, over_years
from .pace import Paces
from .plan import Plan
from .streams import blocks

Floats = NDArray[np.float64]

NOTHING = "doing nothing"


@dataclass(frozen=True)
class Scenario:
    """What becomes of reserves: balance[draw, year] at the end of each year, pounds in the money of that year; `years` is the
    pace (0: doing nothing), `own` where it is the plan's own.
    """

    name: str
    years: float
    own: bool
    balance: Floats


@dataclass(frozen=True)
class Runway:
    """Reserves of a place under some scenarios, doing nothing first."""

    plan: Plan
    finances: Finances
    draws: int
    seed: int
    scenarios: tuple[Scenario, ...]

    def below(self, s: Scenario) -> Floats:
        """Chance that reserves have been below the minimum by the end of each year: float[year]."""
        return np.asarray(np.maximum.accumulate(s.balance < self.finances.minimum, axis=1).mean(axis=0))

    def year(self, s: Scenario, chance: float = 0.5) -> str | None:
        """The first year by which that has happened with at least this chance; None where in no year that is known."""
        reached = np.flatnonzero(self.below(s) >= chance)
        return self.finances.years[reached[0]] if len(reached) else None


def runway(found: Paces) -> Runway:
    """Reserves doing nothing, with the plan as it is and at each other pace; raises LookupError without the tables."""
    a = found.paces[0].appraisal
    money = finances(found.plan.place, a.seed, blocks(a.draws))
    rest = [(p.years, p.own, relief(p.appraisal, money.years)) for p in found.paces]
    scenarios = [Scenario(NOTHING, 0.0, False, balances(money, np.zeros_like(money.gap)))]
    for years, own, pounds in sorted(rest, key=lambda r: (not r[1], r[0])):
        name = "with the plan" if own else f"within {years:g} year{'' if years == 1 else 's'}"
        scenarios.append(Scenario(name, years, own, balances(money, pounds)))
    return Runway(found.plan, money, a.draws, a.seed, tuple(scenarios))


def relief(a: Appraisal, years: Sequence[str]) -> Floats:
    """What a plan saves and raises for the council less what it costs once, [draw, year], in the place's prices; beyond the
    calendar as in its last whole year.
    """
    calendar = a.place.calendar
    payer = "council" if any(s.instance.payer == "council" for s in a.services) else ""
    last = calendar.years.index((calendar.whole_years or calendar.years)[-1])

    def of(name: str, *, lasts: bool) -> Floats:
        return over_years(a.total(name, payer), calendar.years, last, years, lasts=lasts)

    return of("saving", lasts=True) + of("raised", lasts=True) - of("one_off", lasts=False)
