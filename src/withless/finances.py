"""What a body has in reserve and what it is short of each year: two tables of a place, and where the balance goes from there.

With growth of demand d and of prices p drawn for every year (the same luck in all years: a forecast that is too low one year
is too low the next), D and P compounded, and the rest in prices of the place,
    gap[year]     = spending * D[year] * P[year] - funding[year]
    balance[year] = balance[year - 1] - gap[year] + P[year] * (saving[year] + raised[year] - one_off[year])
from the opening balance less what is earmarked. What a plan draws from reserves is not taken off twice: whatever is not
covered comes out of the balance. Sales of buildings pay for investment, not for running costs (Local Government Act 2003),
and are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from .place import Column, Place, TableSpec
from .streams import Streams

Floats = NDArray[np.float64]

RESERVES = TableSpec(
    name="reserves",
    meaning="reserves of the body that pays, one a row",
    columns=(
        Column("id", "id", "short name of the reserve"),
        Column("name", "text", "what it is called", required=False),
        Column("opening", "number", "balance when the calendar starts", unit="pounds", low=0),
        Column(
            "earmarked",
            "number",
            "part of it that is promised to something",
            unit="pounds",
            low=0,
            required=False,
            default=0.0,
        ),
        Column("minimum", "number", "balance that the body says must stay in it", unit="pounds", low=0),
    ),
    key=("id",),
)

GAP = TableSpec(
    name="gap",
    meaning="spending and funding by financial year without a plan",
    columns=(
        Column("year", "id", "financial year such as 2026-27"),
        Column(
            "spending", "number",
            "net spending on today's services, at the place's own demand and prices; blank: as above",
            unit="pounds/year", low=0, blank=True,
        ),
        Column("funding", "number", "council tax, rates and grants, in the money of that year", unit="pounds/year", low=0),
        Column("demand_low", "number", "growth of demand over the year before, low end", unit="share", low=-0.5, high=0.5),
        Column("demand_high", "number", "growth of demand over the year before, high end", unit="share", low=-0.5, high=0.5),
        Column("prices_low", "number", "growth of prices over the year before, low end", unit="share", low=-0.5, high=0.5),
        Column("prices_high", "number", "growth of prices over the year before, high end", unit="share", low=-0.5, high=0.5),
    ),
    key=("year",),
)  # fmt: skip

_Z90 = 1.6448536269514722  # low and high are the 5th and 95th percentiles


@dataclass(frozen=True)
class Finances:
    """Pounds: `usable` (opening less earmarked) and `minimum` of all reserves together; `years` of the gap, and
    gap[draw, year] in the money of each year; prices[draw, year] against the place's own.
    """

    usable: float
    minimum: float
    years: tuple[str, ...]
    gap: Floats
    prices: Floats


def finances(place: Place, seed: int, blocks: int) -> Finances:
    """The reserves and the gap of a place over `blocks` blocks of draws; raises LookupError where it has no such tables."""
    missing = [name for name in ("reserves", "gap") if name not in place.tables]
    if missing:
        raise LookupError(
            f"{place.name} has no table {' and no table '.join(missing)}. Add {missing[0]}: {missing[0]}.csv to place.yaml: "
            "docs/files.md says what it holds."
        )
    reserves, gap = place.tables["reserves"], place.tables["gap"]
    streams = Streams(seed, 0, blocks)
    demand, prices = (
        _growth(gap.numbers(f"{k}_low"), gap.numbers(f"{k}_high"), streams.lhs(f"gap.{k}"))
        for k in ("demand", "prices")
    )
    spending = _carried_on(gap.numbers("spending"))
    return Finances(
        usable=float((reserves.numbers("opening") - reserves.numbers("earmarked")).sum()),
        minimum=float(reserves.numbers("minimum").sum()),
        years=gap.words("year"),
        gap=spending * demand * prices - gap.numbers("funding"),
        prices=prices,
    )


def _growth(low: Floats, high: Floats, u: Floats) -> Floats:
    """Growth compounded, [draw, year], normal between its 5th and 95th percentile by the same luck u[draw] in every year."""
    each = (low + high) / 2 + ndtri(u)[:, None] * (high - low) / (2 * _Z90)
    return np.cumprod(1 + np.maximum(each, -0.9), axis=1)


def _carried_on(values: Floats) -> Floats:
    """Blanks filled with what stands above them."""
    last = np.maximum.accumulate(np.where(np.isnan(values), 0, np.arange(len(values))))
    return values[last]


def balances(f: Finances, relief: Floats) -> Floats:
    """Usable reserves at the end of every year, [draw, year]; relief[draw, year] is what a plan saves and raises less what it
    costs once, in the place's prices.
    """
    return f.usable + np.cumsum(f.prices * relief - f.gap, axis=1)


def over_years(yearly: Floats, years: Sequence[str], last: int, wanted: Sequence[str], *, lasts: bool) -> Floats:
    """yearly[draw, year] for the `wanted` years; beyond the calendar that of year `last` where it `lasts`, else zero."""
    at = {year: yearly[:, i] for i, year in enumerate(years[: last + 1])}
    beyond = yearly[:, last] if lasts else np.zeros(len(yearly))
    return np.stack([at.get(year, beyond) for year in wanted], axis=1)
