"""What Northshire has in reserve, and what it is short of each year if it does nothing: invented, and set so that the plan's
target is about what the council is short of in the target year.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...place import financial_year
from . import budget_lines

Rows = tuple[Sequence[str], list[Sequence[object]]]

FILES = ("reserves.csv", "gap.csv")
SPENDING = 704_600_000
"""Net budgets of all services that the council pays for."""
FUNDING = (699_000_000, 717_000_000, 735_500_000, 754_500_000, 774_000_000)
"""Council tax, rates and grants without the plan, growing by some 2.6% a year."""
DEMAND, PRICES = (0.010, 0.025), (0.020, 0.040)

RESERVES: tuple[tuple[str, str, int, int, int], ...] = (
    ("GENERAL", "General fund", 35_000_000, 0, 20_000_000),
    ("SET_ASIDE", "Set aside for risks and change", 95_000_000, 60_000_000, 0),
)
"""Id, name, opening balance, what is promised of it, and the minimum that must stay."""


def tables() -> Mapping[str, Rows]:
    """Header and rows of both tables, by file."""
    assert sum(line.income for line in budget_lines.FUNDING if line.id != "RESERVES") == FUNDING[0]  # noqa: S101
    none = (0, 0)  # the first year is at the place's own demand and prices
    years: list[Sequence[object]] = [
        (
            financial_year(2026 + i, 4),
            SPENDING if i == 0 else "",
            funding,
            *(DEMAND if i else none),
            *(PRICES if i else none),
        )
        for i, funding in enumerate(FUNDING)
    ]
    return {
        "reserves.csv": (("id", "name", "opening", "earmarked", "minimum"), list(RESERVES)),
        "gap.csv": (("year", "spending", "funding", "demand_low", "demand_high", "prices_low", "prices_high"), years),
    }
