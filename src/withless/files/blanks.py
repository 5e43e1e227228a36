"""What was left blank and is taken for a value all the same: what it stands for, and what that moves."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..place import Instance, Place
from .overrides import known_register

WORDS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("venues", "users"): ("taken from opening hours", "who is lost where a venue closes"),
    ("venues", "visits"): ("taken from users and the register's visits a user", "visits lost"),
    ("venues", "fixed_share"): ("taken as 0.4", "what fewer hours save"),
    ("venues", "capital_receipt"): ("taken as £0", "what comes in where a building is sold"),
    ("venues", "mothball_cost"): ("taken as £0", "what a closed building goes on costing"),
    ("venues", "fee"): ("taken from income and visits", "what a change of fees does"),
    ("lines", "income"): ("taken as none", "what the line spends"),
    ("lines", "fixed_share"): ("drawn from the register", "how much a smaller budget cuts"),
    ("lines", "elasticity"): ("drawn from the register", "how much a smaller budget cuts"),
    ("lines", "quality_share"): ("drawn from the register", "whether less is done or done worse"),
    ("clients", "hours_week"): ("taken from the register", "what a client costs, and what fewer hours save"),
    ("programmes", "engaged"): ("worked out from spending and unit cost", "how many young people a pound reaches"),
    ("programmes", "cut_order"): ("taken as never", "what is cut where a budget is shared out as planned"),
    ("flows", "clock_starts"): ("taken to keep the first weeks of the list in balance", "how the list grows"),
    ("flows", "removals"): ("taken from the balance of the list", "how the list grows"),
    ("flows", "unit_cost"): ("taken from the budget, or drawn from the register", "what fewer treatments save"),
    ("young", "fifth"): ("taken as spread over all fifths", "who bears it"),
}
"""What a blank cell of a table's column stands for, and what depends on it."""


def taken(place: Place) -> list[str]:
    """A sentence for every column of every service with blanks that are taken for a value."""
    return [line for instance in place.instances.values() for line in _of(instance)]


def _of(instance: Instance) -> list[str]:
    lines = []
    for (name, column), (stands, moves) in WORDS.items():
        table = instance.tables.get(name)
        if table is None or column not in table or not len(table):
            continue
        ours = np.ones(len(table), dtype=bool)
        if "outside" in table:
            ours &= ~(np.nan_to_num(table.numbers("outside")) > 0)
        if "run_by" in table:
            ours &= np.array([r != "closed" for r in table.words("run_by")])
        if name == "lines":
            ours &= np.array([k == "service" for k in table.words("kind")])
        if (name, column) == ("clients", "hours_week"):  # hours are asked of those who are helped at home
            ours &= np.array(
                [
                    m == "council" and s in ("home", "direct_payment", "community", "all")
                    for m, s in zip(table.words("met_by"), table.words("setting"), strict=True)
                ]
            )
        blank = np.isnan(table.numbers(column)) & ours & ~table.suppressed.get(column, np.zeros(len(table), dtype=bool))
        if blank.any():
            many = "all" if blank.sum() == ours.sum() else f"{int(blank.sum())} of {int(ours.sum())}"
            lines.append(f"{instance.name}: {column} is blank in {many} rows of {name}; {stands}. It moves {moves}.")
    return lines


def measures_taken(without_posts: list[str], without_booked: list[str], of: int) -> list[str]:
    """The same of a plan's measures, by id."""
    lines = []
    if without_posts:
        a = known_register().items["delivery.exit_cost"]
        each = f"£{a.low:,.0f} to £{a.high:,.0f}"
        lines.append(
            f"posts is left out of {_ids(without_posts, of)}: it counts as none that go, so no redundancy is paid; "
            f"each post that goes costs {each} once."
        )
    if without_booked:
        lines.append(f"booked_saving is left out of {_ids(without_booked, of)}: it counts as nothing booked.")
    return lines


def _ids(ids: list[str], of: int) -> str:
    shown = ", ".join(ids[:6]) + (" and others" if len(ids) > 6 else "")
    return f"{'all' if len(ids) == of else len(ids)} measures ({shown})"
