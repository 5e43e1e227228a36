"""Faults in a venues service that no single cell shows: more users than people, fees beyond income, tables at odds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...place import Instance, Place
from ...service import Problem
from .facts import levers_today, observed_users
from .tables import TYPES, inside, optional


def problems(place: Place, instance: Instance) -> list[Problem]:
    """All faults of an instance; errors stop a run, warnings are told."""
    return [*_rows(place, instance), *_use(instance), *_whole(place, instance)]


def _rows(place: Place, instance: Instance) -> Iterator[Problem]:
    """Faults of single venues."""
    table, ours = instance.tables["venues"], inside(instance)
    people = float(place.areas.people.sum())
    hours, staffed, users = (table.numbers(c) for c in ("hours", "staffed_hours", "users"))
    gross, income = table.numbers("gross_cost"), table.numbers("income")
    visits, capacity, fee = (optional(instance, c) for c in ("visits", "capacity", "fee"))
    shut = np.array([r == "closed" for r in table.words("run_by")])
    for row in range(len(table)):
        if staffed[row] > hours[row]:
            found = f"{staffed[row]:g} staffed hours of {hours[row]:g}"
            yield Problem(
                "venues", row, "staffed_hours", found, "no more than the opening hours", "Check both columns."
            )
        if users[row] > people:
            found = f"{users[row]:,.0f} users"
            yield Problem(
                "venues", row, "users", found, f"at most the {people:,.0f} people of the place", "Are these visits?"
            )
        if hours[row] == 0 and users[row] > 0 and not shut[row]:
            mend = "Give its hours, or run_by closed."
            yield Problem("venues", row, "hours", f"0 hours and {users[row]:,.0f} users", "hours above 0", mend)
        if ours[row] and not shut[row]:
            for column, value in (("gross_cost", gross[row]), ("income", income[row])):
                if np.isnan(value):
                    mend = "Give it, if only your best estimate; only venues outside may leave it blank."
                    yield Problem("venues", row, column, "a blank", "pounds a year", mend)
        if visits[row] < users[row]:
            found = f"{visits[row]:,.0f} visits by {users[row]:,.0f} users"
            mend = "A user visits at least once a year: check both columns."
            yield Problem("venues", row, "visits", found, "at least one visit a user", mend)
        if capacity[row] < visits[row]:
            found = f"room for {capacity[row]:,.0f} visits, but {visits[row]:,.0f} made"
            mend = "Today's visits are taken as its room."
            yield Problem("venues", row, "capacity", found, "at least today's visits", mend, "warning")
        if fee[row] * visits[row] > 1.05 * income[row]:
            found = f"fees of £{fee[row] * visits[row]:,.0f}, income of £{income[row]:,.0f}"
            much = fee[row] * visits[row] > 5 * income[row] + 1000
            mend = "Check the point in the fee." if much else "Is the fee net of refunds?"
            yield Problem(
                "venues", row, "fee", found, "fee x visits within income", mend, "error" if much else "warning"
            )


def _use(instance: Instance) -> Iterator[Problem]:
    """Faults between the use table and the venues' users."""
    use = instance.tables.get("use")
    if use is None:
        return
    if len(use) == 0:
        yield Problem(
            "use", None, "users", "no rows", "users by area and venue", "Leave the table out if there is none."
        )
        return
    table = instance.tables["venues"]
    counted = dict.fromkeys(table.words("id"), 0.0)
    hidden = use.suppressed.get("users", np.zeros(len(use), dtype=bool))
    for venue, count, star in zip(use.words("venue"), use.numbers("users"), hidden, strict=True):
        if venue in counted:
            counted[venue] += 1.0 if star else float(np.nan_to_num(count))
    for row, (venue, users) in enumerate(zip(table.words("id"), table.numbers("users"), strict=True)):
        if users < counted[venue] * 0.98:
            found = f"{users:,.0f} users, but at least {counted[venue]:,.0f} in the use table"
            mend = "The venue's users are from anywhere, so they cannot be fewer."
            yield Problem("venues", row, "users", found, "at least the use table's sum", mend)


def _whole(place: Place, instance: Instance) -> Iterator[Problem]:
    """Faults of the service as a whole."""
    table, ours = instance.tables["venues"], inside(instance)
    open_now = levers_today(instance)["open"] > 0
    if not (open_now & ours).any():
        yield Problem(
            "venues", None, "run_by", "no open venue inside", "at least one", "Is `outside` or `run_by` right?"
        )
    total, people = float(observed_users(instance).sum()), float(place.areas.people.sum())
    if total > 0.95 * people:
        found = f"{total:,.0f} users of {people:,.0f} people"
        mend = "Count people, not visits, and include the areas around (the rim) that they come from."
        yield Problem("venues", None, "users", found, "fewer users than people", mend)
    unknown = int((np.isnan(table.numbers("users")) & open_now).sum())
    if unknown:
        found = f"{unknown} venues without users"
        yield Problem(
            "venues", None, "users", found, "users of every venue", "Their users are taken from their hours.", "warning"
        )
    if len({t for t in table.words("type") if t in TYPES}) > 1:
        found = "venues of several types in one service"
        mend = "Choice is modelled with the commonest type's numbers: a service for each type is better."
        yield Problem("venues", None, "type", found, "one type", mend, "warning")
    net = np.nan_to_num(table.numbers("gross_cost")) - np.nan_to_num(table.numbers("income"))
    if np.isfinite(instance.budget) and net[ours].sum() > 1.02 * max(instance.budget, 0.0) + 1:
        found = f"venues cost £{net[ours].sum():,.0f} net, the budget is £{instance.budget:,.0f}"
        yield Problem(
            "venues", None, "gross_cost", found, "a budget of at least their sum", "Is the budget net?", "warning"
        )
