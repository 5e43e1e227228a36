"""Tables of one service against each other: starts and treatments, charges and costs, what is spent and what it is worth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from ..place import Table
from .columns import Checked
from .faults import Fault

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

APART = 5.0
"""Times that people who join a list in a month may be those who leave it: years of months stand between, and all are judged."""
FEW = 50
"""People a month below which a list is too small to say."""
WORTH = (0.01, 100.0)
"""Pounds of worth for a pound of the first people engaged that anybody has found: judged, wide."""
DEAREST_PERSON = 20_000.0
"""Pounds a year spent for each young person of the place beyond which their number is a slip: judged."""


def check_together(tables: Mapping[str, Checked]) -> Iterator[Fault]:
    """Tell figures of one table that those of another make implausible."""
    for needed, tell in _TESTS:
        if set(needed) <= tables.keys():
            yield from tell(*(tables[name] for name in needed))


def _starts(flows: Checked, bands: Checked) -> Iterator[Fault]:
    """Clock starts of a month against those treated and removed, and removals against the list."""
    treated, listed = _by_month(bands.table, "completed"), _by_month(bands.table, "incomplete")
    t = flows.table
    starts, removed = column_or_nan(t, "clock_starts"), np.nan_to_num(column_or_nan(t, "removals"))
    keys = list(zip(t.words("specialty"), t.words("month"), strict=True))
    left = np.array([treated.get(k, np.nan) for k in keys]) + removed
    list_ = np.array([listed.get(k, np.nan) for k in keys])
    enough = np.maximum(starts, left) >= FEW
    yield from tell_rows(
        flows, enough & ((starts > APART * left) | (APART * starts < left)), "clock_starts",
        lambda i: (
            f"{starts[i]:,.0f} clock starts, {left[i]:,.0f} treated or removed in the month",
            "joiners of the order of leavers", "Are these of a year, or in thousands?",
        ),
    )  # fmt: skip
    yield from tell_rows(
        flows, removed > np.nan_to_num(list_, nan=np.inf) + np.nan_to_num(starts), "removals",
        lambda i: (f"{removed[i]:,.0f} removals from a list of {list_[i]:,.0f}", "fewer than wait", "Is it of a year?"),
    )  # fmt: skip


def _by_month(bands: Table, part: str) -> dict[tuple[str, str], float]:
    """People of a part by specialty and month (of completed pathways, all parts that end in treatment)."""
    found: dict[tuple[str, str], float] = {}
    columns = (bands.words("specialty"), bands.words("month"), bands.words("part"), bands.numbers("count"))
    for specialty, month, which, count in zip(*columns, strict=True):
        if which == part or (part == "completed" and which != "incomplete"):
            found[specialty, month] = found.get((specialty, month), 0.0) + float(np.nan_to_num(count))
    return found


def _charges(costs: Checked, clients: Checked) -> Iterator[Fault]:
    """A charge a week against what the care costs that it is for."""
    t = costs.table
    pounds, setting, unit = t.numbers("pounds"), t.words("setting"), t.words("unit")
    price = {(s, u): float(p) for s, u, p in zip(setting, unit, pounds, strict=True)}
    hours = column_or_nan(clients.table, "hours_week")
    at_home = price.get(("home", "hour"), np.nan) * (np.nanmax(hours) if np.isfinite(hours).any() else np.nan)
    week = {"home": at_home, "care_home": price.get(("care_home", "week"), np.nan)}
    most = np.array([week.get(s, np.nan) if u == "charge" else np.nan for s, u in zip(setting, unit, strict=True)])
    yield from tell_rows(
        costs, pounds > most, "pounds",
        lambda i: (
            f"a charge of £{pounds[i]:,.0f} a week for care of £{most[i]:,.0f} at most", "less than it costs",
            "Is it of a month or a year?",
        ),
    )  # fmt: skip


def _worth(worth: Checked, values: Checked, programmes: Checked) -> Iterator[Fault]:
    """Worth of what a pound of the first people engaged brings, at the middle of both ranges."""
    each = _middle(worth.table, "outcome")
    cost = dict(zip(programmes.table.words("id"), programmes.table.numbers("unit_cost"), strict=True))
    gains: dict[str, float] = {}
    t = values.table
    for programme, outcome, value in zip(
        t.words("programme"), t.words("outcome"), (t.numbers("low") + t.numbers("high")) / 2, strict=True
    ):
        gains[programme] = gains.get(programme, 0.0) + abs(value) * abs(each.get(outcome, 0.0))
    ratio = np.array([gain / cost[p] for p, gain in gains.items() if gain > 0 and cost.get(p, 0) > 0])
    if not len(ratio) or WORTH[0] <= float(np.median(ratio)) <= WORTH[1]:
        return
    found = f"£{short(float(np.median(ratio)))} of worth for a pound spent on the first people engaged"
    expected, mend = (
        f"£{WORTH[0]:g} to £{WORTH[1]:g} (judged, wide)",
        "Are worth and costs both in pounds, and values shares?",
    )
    yield Fault(worth.file, None, "low, high", found, expected, mend, "warning")


def _middle(t: Table, key: str) -> dict[str, float]:
    return dict(zip(t.words(key), (t.numbers("low") + t.numbers("high")) / 2, strict=True))


def _young(young: Checked, programmes: Checked) -> Iterator[Fault]:
    """Money for each young person of the place."""
    people = float(np.nansum(young.table.numbers("people")))
    spent = float(np.nansum(programmes.table.numbers("spend")))
    if people > 0 and spent > DEAREST_PERSON * people:
        found = f"£{short(spent)} a year for {people:,.0f} young people"
        mend = "Are people in thousands, or is spending a thousand times too large?"
        yield Fault(
            young.file, None, "people", found, f"at most £{short(DEAREST_PERSON)} each (judged)", mend, "warning"
        )


_TESTS: tuple[tuple[tuple[str, ...], Callable[..., Iterator[Fault]]], ...] = (
    (("flows", "bands"), _starts),
    (("costs", "clients"), _charges),
    (("worth", "values", "programmes"), _worth),
    (("young", "programmes"), _young),
)


def short(x: float) -> str:
    """`2.4m`, `240k`, `0.13`."""
    for size, letter in ((1e9, "bn"), (1e6, "m"), (1e4, "k")):
        if abs(x) >= size:
            return f"{x / (1000 if letter == 'k' else size):.3g}{letter}"
    return f"{x:,.0f}" if abs(x) >= 100 else f"{x:.3g}"


def tell_rows(checked: Checked, at: Mask, column: str, words: Callable[[int], tuple[str, str, str]]) -> Iterator[Fault]:
    """One warning for all rows of one doubt, at the first."""
    rows = np.flatnonzero(at)
    if len(rows):
        found, expected, mend = words(int(rows[0]))
        also = tuple(int(n) for n in checked.rows[rows[1:6]])
        row = int(checked.rows[rows[0]])
        yield Fault(checked.file, row, column, found, expected, mend, "warning", more=len(rows) - 1, also=also)


def column_or_nan(t: Table, name: str) -> Floats:
    """A column, or no figures where the table lacks it."""
    return t.numbers(name) if name in t else np.full(len(t), np.nan)
