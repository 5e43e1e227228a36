"""Amounts that cannot be meant: tables against the stated budget, unit costs against what such things cost, and sizes.

A table typed in thousands, or a thousand times too large, passes every test of a single cell. Two things give it away: the
budget that stands beside it, and what one visit, one hour or one treatment would then cost. The ranges are wide on purpose
(about twenty times to either side of a published mean): they catch slips of the pen and no unusual place. They are judged;
the published mean each stands around is named with it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..place import Place, Table
from .columns import Checked
from .cross_tables import check_together, column_or_nan, short, tell_rows
from .faults import Fault
from .instances import ReadInstance

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
WEEKS = 365.25 / 7

MUCH, LITTLE = 30.0, 0.2
"""Times the budget beyond which tables are refused; share of it below which they are doubted."""

_THOUSAND = (0.2, 1.5)
"""Share of the budget that tables are, taken a thousand times, where they were typed in thousands."""

LEAST_HOURS = 3.0
"""Hours of home care a week, on average, below which they are hours a day: judged."""

_PAID = ("council", "trust", "commissioned")


@dataclass(frozen=True)
class Range:
    """What a unit of something costs or is: from `low` to `high`, in words, around a published mean."""

    low: float
    high: float
    words: str
    around: str


VISIT = Range(0.2, 100, "a visit", "£744m for 226m visits to libraries in 2018-19 is £3.30 (CIPFA)")
OPEN_HOUR = Range(3, 3_000, "an opening hour", "£208k for each of 3,583 libraries in 2018-19 is about £120 (CIPFA)")
HOME_HOUR = Range(5, 150, "an hour of home care", "councils pay £24.10 in 2025-26 (Homecare Association)")
HOME_WEEK = Range(100, 10_000, "a week in a care home", "about £1,000, judged")
CLIENT_YEAR = Range(300, 500_000, "a client a year", "£14,000 to £24,000, judged")
CHARGE_WEEK = Range(1, 2_000, "a week for one who pays", "what a week of care costs")
TREATMENT = Range(20, 60_000, "a treatment", "£120 to £3,684 in 2016-17 (NHS reference costs)")
YOUNG = Range(2, 50_000, "a young person engaged", "£90 to £1,200, judged")


def check_amounts(read: ReadInstance, place: Place, faults: list[Fault]) -> None:
    """Tell amounts of one service that cannot be meant."""
    if read.service is None or read.instance is None:
        return
    tables = {name: checked for name, checked in read.tables.items() if checked.sound}
    net = _net(tables, read.instance.tables)
    if net is not None:
        _against_budget(read, tables, net, faults)
    for name, checked in tables.items():
        for tell in _TESTS.get(name, ()):
            faults.extend(tell(checked, place))
    faults.extend(check_together(tables))


def _net(checked: Mapping[str, Checked], tables: Mapping[str, Table]) -> tuple[str, str, float] | None:
    """(table, column, pounds a year net) that the tables of a service add up to; None where they do not say."""
    if "venues" in checked and "gross_cost" in tables["venues"]:
        t = tables["venues"]
        ours = ~(np.nan_to_num(column_or_nan(t, "outside")) > 0)
        net = t.numbers("gross_cost") - np.nan_to_num(column_or_nan(t, "income"))
        return "venues", "gross_cost", float(np.nansum(net[ours]))
    if "programmes" in checked:
        return "programmes", "spend", float(np.nansum(tables["programmes"].numbers("spend")))
    if "lines" in checked:
        return "lines", "net", float(np.nansum(tables["lines"].numbers("net")))
    if "flows" in checked and "bands" in checked:
        return _treated(tables["bands"], tables["flows"])
    return _cared(tables["clients"], tables["costs"]) if {"clients", "costs"} <= checked.keys() else None


def _treated(bands: Table, flows: Table) -> tuple[str, str, float] | None:
    """Twelve times what the last month's treatments cost."""
    cost = dict(zip(flows.words("specialty"), np.nan_to_num(column_or_nan(flows, "unit_cost")), strict=True))
    months = bands.words("month")
    last = max(months)
    pounds = 12 * sum(
        float(np.nan_to_num(n)) * cost.get(s, 0.0)
        for s, part, month, n in zip(
            bands.words("specialty"), bands.words("part"), months, bands.numbers("count"), strict=True
        )
        if month == last and part != "incomplete"
    )
    return ("flows", "unit_cost", pounds) if pounds > 0 else None


def _cared(clients: Table, costs: Table) -> tuple[str, str, float] | None:
    """What the council's clients cost a year at the prices of the table, where it has them."""
    price = {
        key: pounds
        for *key_, pounds in zip(
            costs.words("setting"), costs.words("unit"), costs.words("group"), costs.numbers("pounds"), strict=True
        )
        for key in (tuple(key_),)
    }
    total = sum(p for (_, unit, _), p in price.items() if unit == "total")
    hours = np.nan_to_num(column_or_nan(clients, "hours_week"))
    columns = (clients.words(c) for c in ("group", "setting", "met_by"))
    for group, setting, met, people, each in zip(*columns, clients.numbers("people"), hours, strict=True):
        if met != "council":
            continue
        for unit, times in (("hour", each * WEEKS), ("week", WEEKS), ("person", 1.0)):
            found = price.get((setting, unit, group), price.get((setting, unit, "all")))
            if found is not None:
                total += float(np.nan_to_num(people)) * times * found
                break
    return ("costs", "pounds", total) if total > 0 else None


def _against_budget(
    read: ReadInstance, tables: Mapping[str, Checked], net: tuple[str, str, float], faults: list[Fault]
) -> None:
    """Hold what the tables add up to against the budget, both ways."""
    budget = read.section.budget
    table, column, pounds = net
    if math.isnan(budget) or budget <= 0 or pounds == 0:
        return
    ratio = pounds / budget
    found = f"£{short(pounds)} a year in all, the budget of {read.name} is £{short(budget)}"
    if abs(ratio) > MUCH:
        _leave_out(faults, tables[table].file, column)
        mend = "Is the table in pence, or a thousand times too large, or the budget in thousands?"
        faults.append(Fault(tables[table].file, None, column, found, "about the budget", mend))
    elif _THOUSAND[0] <= 1000 * ratio <= _THOUSAND[1]:
        mend = "Is the table in thousands of pounds? Write pounds, or £240k."
        faults.append(Fault(tables[table].file, None, column, found, "about the budget", mend))
    elif 0 < ratio < LITTLE and table != "lines":
        mend = "The rest is taken for fixed overhead, which no plan can save: is some of the table missing, or in thousands?"
        faults.append(Fault(tables[table].file, None, column, found, "about the budget", mend, "warning"))


def _leave_out(faults: list[Fault], file: str, column: str) -> None:
    """Take out what the service itself has said of the table against its budget: one cause is one sentence."""
    for f in [f for f in faults if (f.file, f.row, f.column) == (file, None, column) and "budget" in f.expected]:
        faults.remove(f)


def _out(checked: Checked, column: str, unit: Floats, r: Range, where: Mask | None = None) -> Iterator[Fault]:
    """Rows in which a unit costs less or more than such things do: one warning, at the first of them."""
    at = np.isfinite(unit) & ((unit < r.low) | (unit > r.high))
    at &= where if where is not None else np.ones(len(unit), dtype=bool)
    rows = np.flatnonzero(at)
    if not len(rows):
        return
    least, most = unit[rows].min(), unit[rows].max()
    shown = f"£{short(least)}" + (f" to £{short(most)}" if most > least else "")
    slip = "in thousands" if most < r.low else "a thousand times too large" if least > r.high else "of another unit"
    yield Fault(
        checked.file, int(checked.rows[rows[0]]), column, f"{shown} {r.words}",
        f"£{short(r.low)} to £{short(r.high)} (judged, wide; {r.around})", f"Is it {slip}?", "warning",
        more=len(rows) - 1, also=tuple(int(n) for n in checked.rows[rows[1:6]]),
    )  # fmt: skip


def _venues(checked: Checked, _: Place) -> Iterator[Fault]:
    """Costs by visit and by opening hour, income, receipts and users of buildings."""
    t = checked.table
    gross, income, hours = t.numbers("gross_cost"), column_or_nan(t, "income"), t.numbers("hours")
    ours = ~(np.nan_to_num(column_or_nan(t, "outside")) > 0)
    run = np.array([r in _PAID for r in t.words("run_by")]) if "run_by" in t else np.ones(len(t), dtype=bool)
    with np.errstate(divide="ignore", invalid="ignore"):
        by_hour = np.where(hours > 0, gross / (hours * WEEKS), np.nan)
        by_visit = np.where(column_or_nan(t, "visits") > 0, gross / column_or_nan(t, "visits"), np.nan)
    told = list(_out(checked, "gross_cost", np.where(gross > 0, by_hour, np.nan), OPEN_HOUR, run))
    told = told or list(_out(checked, "gross_cost", np.where(gross > 0, by_visit, np.nan), VISIT, run))
    yield from told
    if told:
        return  # the other columns are held against the cost
    free = ours & run & (gross == 0) & (hours > 0)
    yield from tell_rows(
        checked,
        free,
        "gross_cost",
        lambda __: ("an open building that costs nothing", "what it costs", "Closing it saves nothing."),
    )
    yield from tell_rows(
        checked, (income > 2 * gross) & (income > 10_000), "income",
        lambda i: (f"£{short(income[i])}, its cost is £{short(gross[i])}", "income of the order of its cost", "Check both."),
    )  # fmt: skip
    receipt, shut = column_or_nan(t, "capital_receipt"), column_or_nan(t, "mothball_cost")
    dear = (receipt > np.maximum(10e6, 60 * np.nan_to_num(gross))) | (receipt > 500e6)
    cheap = (receipt > 0) & (receipt < 1_000)
    yield from tell_rows(
        checked, dear | cheap, "capital_receipt",
        lambda i: (f"£{short(receipt[i])}", "what such a building fetches", "Is it in pounds?"),
    )  # fmt: skip
    yield from tell_rows(
        checked, (shut > gross) & (shut > 1_000), "mothball_cost",
        lambda i: (f"£{short(shut[i])}, open it costs £{short(gross[i])}", "less than open", "Check both."),
    )  # fmt: skip
    users = column_or_nan(t, "users")
    yield from tell_rows(
        checked, ours & (users == 0) & (hours > 0), "users",
        lambda __: (
            "0 users of an open building", "its users", "It counts as used by nobody: leave a blank where it is not known."
        ),
    )  # fmt: skip


def _programmes(checked: Checked, _: Place) -> Iterator[Fault]:
    """What engaging one young person costs."""
    yield from _out(checked, "unit_cost", checked.table.numbers("unit_cost"), YOUNG)


def _lines(checked: Checked, place: Place) -> Iterator[Fault]:
    """Money in with its sign turned, and spending a head that no council has."""
    t = checked.table
    brings = np.nan_to_num(column_or_nan(t, "income"))
    kinds = np.array(t.words("kind"), dtype=object)
    turned = np.isin(kinds, ("council_tax", "grant")) & (brings < 0)
    rows = np.flatnonzero(turned)
    if len(rows):
        found = f"£{short(brings[rows[0]])} brought in by {kinds[rows[0]].replace('_', ' ')}"
        mend = "Its income is what it brings in, above 0, and its net is minus that."
        yield Fault(
            checked.file, int(checked.rows[rows[0]]), "income", found, "an amount above 0", mend, more=len(rows) - 1
        )
    people = float(place.areas.people[~place.areas.outside].sum())
    spent = np.where(kinds == "service", t.numbers("net") + brings, 0.0)
    most = 20_000 * people
    if people > 0 and np.nansum(spent) > most:
        found = f"£{short(float(np.nansum(spent)))} for {people:,.0f} people"
        mend = (
            "England's councils spend about £2,000 a head (Revenue Outturn 2017-18). Is it a thousand times too large?"
        )
        yield Fault(checked.file, None, "net", found, f"at most £{short(most)}", mend, "warning")
    net = np.where(kinds == "service", t.numbers("net"), 0.0)
    yield from tell_rows(
        checked, (kinds == "service") & (brings < 0), "income",
        lambda i: (f"£{short(brings[i])} of income", "what it brings in, above 0", "Spending is net plus income."),
    )  # fmt: skip
    yield from tell_rows(
        checked, (kinds == "service") & (spent == 0) & (brings > 0), "kind",
        lambda i: (f"a service that brings in £{short(brings[i])} and spends nothing", "spending", "Is it a grant?"),
    )  # fmt: skip
    most_income = 5 * float(np.nansum(np.maximum(net, 0)))
    yield from tell_rows(
        checked, (kinds == "service") & (brings > most_income) & (most_income > 0), "income",
        lambda i: (f"£{short(brings[i])}, five times what all services cost net", "less", "Is it a thousand times too large?"),
    )  # fmt: skip
    yield from tell_rows(
        checked, (kinds == "service") & (spent > 0) & (spent < 100), "net",
        lambda i: (f"£{short(spent[i])} a year", "pounds, not thousands or millions", "Is it in thousands?"),
    )  # fmt: skip


def _costs(checked: Checked, _: Place) -> Iterator[Fault]:
    """Prices of care by hour, week, person and charge."""
    unit, pounds = np.array(checked.table.words("unit"), dtype=object), checked.table.numbers("pounds")
    ranges = {"hour": HOME_HOUR, "week": HOME_WEEK, "person": CLIENT_YEAR, "charge": CHARGE_WEEK}
    for name, r in ranges.items():
        yield from _out(checked, "pounds", pounds, r, (unit == name) & (pounds > 0))


def _clients(checked: Checked, _: Place) -> Iterator[Fault]:
    """Hours a week that are minutes, or parts of an hour."""
    hours = column_or_nan(checked.table, "hours_week")
    known = np.where(hours > 0, np.nan_to_num(checked.table.numbers("people")), 0.0)
    mean = float((known * np.nan_to_num(hours)).sum() / known.sum()) if known.sum() > 0 else np.nan
    if mean < LEAST_HOURS:
        found, mend = f"{mean:.2g} hours a week for each client at home", "Are these hours a day?"
        expected = f"{LEAST_HOURS:g} or more (judged; councils gave 14.9 in Somerset in 2013-14)"
        yield Fault(checked.file, None, "hours_week", found, expected, mend, "warning")
    yield from tell_rows(
        checked, (hours > 112) | ((hours > 0) & (hours < 0.5)), "hours_week",
        lambda i: (f"{hours[i]:g} hours a week for each", "0.5 to 112 hours a week", "Are these minutes, or hours a day?"),
    )  # fmt: skip


def _flows(checked: Checked, _: Place) -> Iterator[Fault]:
    """What a treatment costs."""
    cost = column_or_nan(checked.table, "unit_cost")
    yield from _out(checked, "unit_cost", cost, TREATMENT, cost > 0)


def _bands(checked: Checked, place: Place) -> Iterator[Fault]:
    """A list that is longer than people would stand in, or of hardly anybody."""
    t = checked.table
    months = t.words("month")
    last = np.array([m == max(months) and p == "incomplete" for m, p in zip(months, t.words("part"), strict=True)])
    waiting, people = float(np.nansum(t.numbers("count")[last])), float(place.areas.people.sum())
    if waiting > 2 * people > 0:
        found = f"{waiting:,.0f} waiting of {people:,.0f} people"
        mend = "In England one in eight waits (January 2026). Is it a thousand times too large, or of a larger place?"
        yield Fault(checked.file, None, "count", found, "fewer waiting than people", mend, "warning")


_TESTS: Mapping[str, tuple[Callable[[Checked, Place], Iterator[Fault]], ...]] = {
    "venues": (_venues,),
    "programmes": (_programmes,),
    "lines": (_lines,),
    "costs": (_costs,),
    "clients": (_clients,),
    "flows": (_flows,),
    "bands": (_bands,),
}
