"""Faults in a portfolio that no single cell shows: programmes nobody can reach, floors that cannot be met."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...place import AGE_BANDS, Instance, Place
from ...service import Problem
from .allocation import BEST, BEST_FOR, choice, floors_told, today
from .optimum import FloorsUnmet, least_cost
from .portfolio import ENGAGED, Portfolio, portfolio

MOST_PROGRAMMES = 300_000


def problems(place: Place, instance: Instance) -> list[Problem]:
    """All faults of an instance; errors stop a run, warnings are told."""
    if len(instance.tables["programmes"]) > MOST_PROGRAMMES:
        many = f"{len(instance.tables['programmes']):,} programmes"
        mend = "Put small ones that are alike together: beyond that the memory of a usual machine does not hold them."
        return [Problem("programmes", None, "id", many, f"at most {MOST_PROGRAMMES:,}", mend)]
    p = portfolio(instance)
    found = [*_programmes(p), *_young(place, instance, p), *_values(instance, p), *_whole(instance, p)]
    return found if any(f.severity == "error" for f in found) else [*found, *_floors(p)]


def _programmes(p: Portfolio) -> Iterator[Problem]:
    """Faults of single programmes."""
    reach = p.could.sum(axis=1)
    for row in range(len(p.ids)):
        if reach[row] <= 0:
            mend = "Add a row to the reach table with a share above 0, for a group that has people."
            yield Problem("programmes", row, "id", f"{p.ids[row]} reaches nobody", "a programme with reach", mend)
        if p.saturation[row] <= 0:
            mend = "Give the share of those within reach who would come if money were no limit."
            yield Problem("programmes", row, "saturation", "0", "a share above 0", mend)
        if p.spend[row] < p.fixed[row]:
            found = f"£{p.spend[row]:,.0f} spent, but a fixed cost of £{p.fixed[row]:,.0f}"
            mend = "It could not run on that: check both columns. Spending includes the fixed cost."
            yield Problem("programmes", row, "spend", found, "at least its fixed cost", mend)
        if p.engaged[row] > reach[row] > 0:
            found = f"{p.engaged[row]:,.0f} engaged of {reach[row]:,.0f} within reach"
            yield Problem(
                "programmes", row, "engaged", found, "no more than it reaches", "Are these visits, not young people?"
            )
        elif p.engaged[row] > p.saturation[row] * reach[row]:
            found = f"{p.engaged[row]:,.0f} engaged, more than {100 * p.saturation[row]:.0f}% of those within reach"
            mend = "Its saturation is taken to be a little above today's."
            yield Problem("programmes", row, "saturation", found, "room for those who come today", mend, "warning")


def _young(place: Place, instance: Instance, p: Portfolio) -> Iterator[Problem]:
    """Faults of groups of young people."""
    table = instance.tables["young"]
    fifth = table.numbers("fifth") if "fifth" in table else np.full(len(table), np.nan)
    for row in np.flatnonzero(np.isfinite(fifth) & (fifth != np.round(fifth))):
        yield Problem("young", int(row), "fifth", f"{fifth[row]:g}", "1, 2, 3, 4 or 5", "1 is the most deprived.")
    residents = place.areas.people[~place.areas.outside].sum(axis=0)
    bands = table.words("age_band")
    for b, band in enumerate(AGE_BANDS):
        here = [row for row, name in enumerate(bands) if name == band]
        total = float(p.people[here].sum())
        if here and total > 1.02 * residents[b] + 1:
            found = f"{total:,.0f} young people aged {band} of {residents[b]:,.0f} who live here"
            mend = "A young person belongs to one group: make groups that do not overlap."
            yield Problem("young", here[-1], "people", found, "no more than live in the place", mend)


def _values(instance: Instance, p: Portfolio) -> Iterator[Problem]:
    """Faults of what comes of it and what that is worth."""
    for name in ("values", "worth"):
        table = instance.tables.get(name)
        if table is None:
            continue
        low, high = table.numbers("low"), table.numbers("high")
        for row in np.flatnonzero(low > high).tolist():
            yield Problem(name, int(row), "low", f"{low[row]:g} to {high[row]:g}", "low at most high", "Swap them.")
        if name == "values":
            yield from _told_twice(instance)
        for row, outcome in enumerate(table.words("outcome")):
            if name == "values" and outcome == ENGAGED:
                mend = "Every young person engaged counts as one already: take the row out."
                yield Problem(name, row, "outcome", repr(outcome), "any other outcome", mend)
            if name == "worth" and outcome not in p.outcomes:
                mend = "Give it in the values table too, or take it out."
                yield Problem(name, row, "outcome", repr(outcome), f"one of {', '.join(p.outcomes)}", mend)
    for i in np.flatnonzero(~(p.row >= 0).any(axis=(0, 2))):
        mend = "Only that young people come to it is counted, not what comes of it."
        yield Problem("programmes", int(i), "id", f"{p.ids[i]} has no values", "a row in values", mend, "warning")


def _told_twice(instance: Instance) -> Iterator[Problem]:
    """Rows of the values table that speak of the same programme, outcome and group."""
    table = instance.tables["values"]
    of = table.words("young") if "young" in table else ("",) * len(table)
    seen: dict[tuple[str, str, str], int] = {}
    for row, key in enumerate(zip(table.words("programme"), table.words("outcome"), of, strict=True)):
        if key in seen:
            found = f"{key[0]}, {key[1]}{', ' + key[2] if key[2] else ''} again"
            yield Problem(
                "values", row, "outcome", found, "each only once", f"It stands in entry {seen[key] + 1} already."
            )
        seen.setdefault(key, row)


def _whole(instance: Instance, p: Portfolio) -> Iterator[Problem]:
    """Faults of the service as a whole."""
    if not (p.open > 0.5).any():
        yield Problem("programmes", None, "open", "no programme that runs", "at least one", "Is `open` right?")
    if np.isfinite(instance.budget) and p.budget > 1.02 * max(instance.budget, 0.0) + 1:
        found = f"programmes cost £{p.budget:,.0f}, the budget is £{instance.budget:,.0f}"
        yield Problem("programmes", None, "spend", found, "a budget of at least their sum", "Is it net?", "warning")


def _floors(p: Portfolio) -> Iterator[Problem]:
    """Floors that today's money cannot meet, each by itself."""
    levers = today(p)
    if not (p.floor > 0).any():
        return
    c = choice(p, levers, BEST if p.weighed else f"{BEST_FOR}{ENGAGED}")
    for g in np.flatnonzero(p.floor > 0):
        alone = np.where(np.arange(len(p.floor)) == g, c.need, 0.0)
        out_of_reach = c.need[g] >= (c.room * c.allowed[:, None]).sum(axis=0)[g]
        cost = np.inf if out_of_reach else least_cost(c, alone, p.budget)
        if cost > p.budget:
            told = floors_told(p, p.floor, FloorsUnmet((int(g),), cost), p.budget)
            first, _, mend = told.partition(". ")
            yield Problem(
                "young", int(g), "floor", f"{100 * p.floor[g]:.0f}%: {first}", "a floor that can be met", mend
            )
    cost = least_cost(c, c.need, p.budget)
    if np.isfinite(cost) and cost > p.budget:
        told = floors_told(p, p.floor, FloorsUnmet(tuple(np.flatnonzero(p.floor > 0)), cost), p.budget)
        yield Problem("young", None, "floor", told, "floors that can be met together", "Lower one of them.")
