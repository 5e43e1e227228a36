"""What the budget service reads and what a plan may move: lines of spending and income."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...place import Column, Instance, TableSpec
from ...plan import Lever

Floats = NDArray[np.float64]

MOST_POUNDS = 1e11
"""More than any body's line: beyond it, pounds were taken for thousands."""

SPENDING, COUNCIL_TAX, RESERVES, GRANT = "service", "council_tax", "reserves", "grant"
KINDS = (SPENDING, COUNCIL_TAX, RESERVES, GRANT)

LINES = TableSpec(
    "lines",
    "one row a line of the budget: what it spends, or what it brings in",
    (
        Column("id", "id", "short name, used in plans"),
        Column("name", "text", "name it has in the budget"),
        Column("kind", "choice", "what kind of line", choices=KINDS),
        Column(
            "net",
            "number",
            "spending less the line's own income, a year; of council tax, reserves and grants, minus what they bring in",
            unit="pounds/year",
            low=-MOST_POUNDS,
            high=MOST_POUNDS,
        ),
        Column(
            "income",
            "number",
            "its own income in a year: fees, charges and grants for it; or what council tax, reserves, a grant bring in",
            unit="pounds/year",
            low=-MOST_POUNDS,
            high=MOST_POUNDS,
            blank=True,
        ),
        Column(
            "fixed_share",
            "number",
            "part of its cost that the plan's years cannot change",
            unit="share",
            low=0,
            high=1,
            required=False,
            blank=True,
        ),
        Column(
            "elasticity",
            "number",
            "per cent less done for one per cent less of the money that can change",
            unit="elasticity",
            low=0,
            high=3,
            required=False,
            blank=True,
        ),
        Column(
            "quality_share",
            "number",
            "of what is done less, how much is done worse and not less often",
            unit="share",
            low=0,
            high=1,
            required=False,
            blank=True,
        ),
    ),
    key=("id",),
)

LEVERS = (
    Lever(
        "net",
        "spending less today's own income, a year; only lines of kind service",
        "pounds/year",
        "lines",
        direction=1,
    ),
    Lever(
        "income",
        "what the line brings in, a year: fees; council tax and grants (raised, never saved); a draw on reserves (drawn)",
        "pounds/year",
        "lines",
    ),
)


def spends(instance: Instance) -> NDArray[np.bool_]:
    """Lines that spend, bool[line]; the others only bring money in."""
    return np.array([kind == SPENDING for kind in instance.tables["lines"].words("kind")], dtype=np.bool_)


def of_kind(instance: Instance, kind: str) -> NDArray[np.bool_]:
    """Lines of a kind, bool[line]."""
    return np.array([k == kind for k in instance.tables["lines"].words("kind")], dtype=np.bool_)


def gross(instance: Instance) -> Floats:
    """Spending before income, pounds a year: float[line], nil for lines that only bring money in."""
    table = instance.tables["lines"]
    return np.where(spends(instance), np.maximum(table.numbers("net") + income(instance), 0.0), 0.0)


def income(instance: Instance) -> Floats:
    """What every line brings in today, pounds a year: float[line]; nil where it is blank."""
    return np.nan_to_num(instance.tables["lines"].numbers("income"))
