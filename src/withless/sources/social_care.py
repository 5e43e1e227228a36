"""Adult social care of one council in one year: clients, unit costs and spending, as far as the official files go, and all gaps.

The returns changed twice: to 2013-14 they count people by client group, in 2014-15 weeks by the reason for support, from
2015-16 on there are spending totals of one year, and measures. Nothing is carried across such a break.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ..files import Faults
from . import care_activity as returns
from . import care_spending as later
from .care_activity import FEW, TOTALS, WEEKS, Council, Item
from .care_tables import costs_for_place, for_place

BY_SETTING = ("group", "age_band", "setting", "people", "hours_week")
COSTS_BY_SETTING = ("setting", "unit", "pounds", "group", "age_band", "provider")
SPENDING = ("group", "age_band", "setting", "gross", "charges", "other_income", "net")
PUBLISHED = ("file", "code", "item", "value", "gap")
MEASURES = ("year", "code", "measure", "value")
YEARS = (*returns.YEARS, "2014-15", *later.MEASURED)

COUNT_AS = 3.0
"""What `-`, 1 to 5 people, counts as in the file of 2009-10: the middle."""
Costed = tuple[str, str, str, str, str, returns.Triple]
"""Setting, group, age band, provider, unit, (gross, divisor, pounds)."""
ROUNDING = 15.0
"""People by which totals and parts, each rounded to 5, may miss each other."""


@dataclass(frozen=True)
class Care:
    """Tables by name, those that the year holds, and what was done."""

    tables: dict[str, pl.DataFrame]
    notes: list[str]


def social_care(data: Path, council: str, year: str = "2013-14") -> Care:
    """Everything the files say of a council's adult social care in a year.

    `clients` and `costs` are tables of a place: people by client group and setting, of whom sex and need are in no file and
    say `all`, with hours of home care a week for each; pounds for an hour or a week. `clients_by_setting` and
    `costs_by_setting` are finer. `spending`: pounds a year; gross is before any income, `charges` is paid by clients,
    `other_income` by the NHS and others; what the file does not say is blank.
    `published`: every cell of the council, with what a mark in it means. Raises `Faults`.
    """
    if year in returns.YEARS:
        return _to_2013(data, council, year)
    if year == "2014-15":
        return _of_2014(data, council)
    if year in later.MEASURED:
        return _from_2015(data, council, year)
    raise LookupError(f"there is no year {year!r}; there is {', '.join(YEARS)}")


def _to_2013(data: Path, council: str, year: str) -> Care:
    """Years in which people were counted by client group."""
    counted = returns.activity(data, council, year)
    costed = returns.unit_costs(data, council, year)
    triples = list(returns.costs(costed)) if costed else []
    clients, notes = _clients(counted, year, triples)
    made, said = for_place(clients)
    tables = {"clients": made, "clients_by_setting": clients}
    notes += said
    income = list(returns.other_income(costed)) if costed else []
    if costed:
        each = _costs(triples)
        tables |= {"costs": costs_for_place(each, clients), "costs_by_setting": each}
        tables["spending"] = _spending(triples, income)
        notes.append(
            f"Costs: {each.height} unit costs. Spending is gross. Charges to clients are in no file of this year; "
            "income from the NHS and others is known for care homes alone, nursing and residential together."
        )
    else:
        notes.append(
            "No unit costs and no spending: the file on unit costs of 2009-10, which is published apart, is not among the data."
        )
    faults = [*counted.faults, *(costed.faults if costed else [])]
    if faults:
        raise Faults(faults)
    items = [*counted.items, *(costed.items if costed else [])]
    tables["published"] = _published(items)
    return Care(tables, [f"{counted.name}, {year}: {len(items)} cells read.", *notes, _gaps(counted.items)])


def _gaps(items: Sequence[Item]) -> str:
    """Which items the council did not send, by code."""
    absent = list(dict.fromkeys(i.code for i in items if i.value is None and i.mark != FEW))
    if not absent:
        return "Gaps: none."
    return f"Gaps: {len(absent)} items have no figure ({', '.join(absent)}); published.csv says what they are."


def _clients(one: Council, year: str, triples: Sequence[Costed]) -> tuple[pl.DataFrame, list[str]]:
    """People at home at 31 March and, on average over the year, in care homes and elsewhere."""
    notes = [
        "Clients at home are those of 31 March, rounded to 5. One with home care and day care stands under both: "
        "settings do not add up to people. Sex and need (`all`) are in no file.",
        f"Clients in care homes are weeks of the year divided by {WEEKS}, without those who pay in full; hours a week are blank.",
    ]
    home = [(g, a, s, _people(item, notes)) for g, a, s, item in returns.at_home(one, year)]
    rows = [(g, a, s, p) for g, a, s, p in [*home, *_others(one, home, notes)] if p is not None]
    hours, said = _hours(one, triples)
    for group, age, setting, items in returns.in_care_homes(one):
        weeks = [i.value for i in items]
        if None not in weeks:
            rows.append((group, age, setting, sum(w for w in weeks if w is not None) / WEEKS))
    for group, age, setting, item in returns.elsewhere(one):
        if item.value:
            rows.append((group, age, setting, item.value / WEEKS))
    table = [(g, a, s, round(p, 1), hours.get((g, s))) for g, a, s, p in rows]
    return pl.DataFrame(table, schema=_schema(BY_SETTING, BY_SETTING[3:]), orient="row"), [*notes, *said]


def _people(item: Item, notes: list[str]) -> float | None:
    """People in one cell; a mark for 1 to 5 counts as 3, and that is said."""
    if item.mark == FEW:
        notes.append(f"{item.code}: 1 to 5 people, held back, count as {COUNT_AS:g}.")
        return COUNT_AS
    return item.value


def _others(
    one: Council, home: Iterable[tuple[str, str, str, float | None]], notes: list[str]
) -> list[tuple[str, str, str, float | None]]:
    """Clients of groups that the file does not list (substance misuse, other vulnerable people): what is left of all."""
    listed = list(home)
    left: list[tuple[str, str, str, float | None]] = []
    for setting, pattern in TOTALS.items():
        parts = [p for _, _, s, p in listed if s == setting]
        total = one.value(pattern)
        if total is None or None in parts:
            notes.append(f"{setting}: clients of groups not listed are unknown, because a part or the total is.")
            continue
        rest = total - sum(p for p in parts if p is not None)
        if rest < -ROUNDING:
            notes.append(f"{setting}: the groups add up to {-rest:,.0f} more than the total of {total:,.0f}.")
        elif rest > 0:
            left.append(("other", "18-64", setting, rest))
    return left


def _hours(one: Council, triples: Sequence[Costed]) -> tuple[dict[tuple[str, str], float], list[str]]:
    """Hours of home care a week for each client by (group, setting), shared out by spending at one cost an hour."""
    total, people = returns.hours_of_home_care(one), one.value(TOTALS["home"])
    if total is None or not people:
        return {}, ["Hours of home care are not known."]
    said = f"Home care: {total:,.0f} hours in the year, {total / WEEKS / people:.1f} a week for each of {people:,.0f} clients."
    whole = next((t[0] for s, g, _, p, u, t in triples if (s, g, p, u) == ("home", "all", "all", "hour")), None)
    if not whole:
        return {}, [f"{said} No file has hours by group: hours_week is blank."]
    found: dict[tuple[str, str], float] = {}
    for setting, group, _, provider, unit, (gross, clients, _) in triples:
        if (setting, provider, unit) == ("home", "all", "week") and group != "all" and gross and clients:
            found[group, setting] = round(total * gross / whole / WEEKS / clients, 2)
    way = "No file has hours by group: hours_week shares them out by spending, as if an hour cost each group the same."
    return found, [f"{said} {way}"]


def _costs(triples: Sequence[Costed]) -> pl.DataFrame:
    """Unit costs that are there and above nothing."""
    rows = [(s, unit, each, g, a, who) for s, g, a, who, unit, (_, _, each) in triples if each]
    return pl.DataFrame(rows, schema=_schema(COSTS_BY_SETTING, ("pounds",)), orient="row")


def _spending(triples: Sequence[Costed], income: Iterable[tuple[str, str, float | None]]) -> pl.DataFrame:
    """Gross spending by group and setting; what the groups leave of all goes to `other`; income of care homes beside."""
    wanted = [t for t in triples if t[3] == "all" and t[4] in ("week", "meal") and t[0] != "care_home"]
    rows: list[tuple[object, ...]] = []
    for setting, group, age, _, _, (gross, _, _) in wanted:
        if gross is not None and (group != "all" or setting == "meals"):
            rows.append((group, age, setting, gross * 1e3, None, None, None))
    for setting in TOTALS:
        parts = [t[5][0] for t in wanted if t[0] == setting]  # the first is of all groups
        whole, each = parts[0], parts[1:]
        if whole is not None and None not in each:
            rest = whole - sum(e for e in each if e is not None)
            if rest > 2:  # thousands, rounded
                rows.append(("other", "18-64", setting, rest * 1e3, None, None, None))
    for group, age, other in income:
        if other is not None:
            rows.append((group, age, "care_home", None, None, other * 1e3, None))
    return pl.DataFrame(rows, schema=_schema(SPENDING, SPENDING[3:]), orient="row")


def _published(items: Iterable[Item]) -> pl.DataFrame:
    """Every cell of the council, with what a mark in it means."""
    rows = [(i.file, i.code, i.words, i.value, i.mark) for i in items]
    return pl.DataFrame(rows, schema=_schema(PUBLISHED, ("value",)), orient="row")


def _of_2014(data: Path, council: str) -> Care:
    """The year in which reasons for support took the place of client groups."""
    name, rows, notes = later.spending_1415(data, council)
    weeks, each, said = later.weeks_1415(data, council)
    people = [(g, a, s, w / WEEKS, None) for g, a, s, w in weeks]
    clients = pl.DataFrame(people, schema=_schema(BY_SETTING, BY_SETTING[3:]), orient="row")
    costs = pl.DataFrame(each, schema=_schema(COSTS_BY_SETTING, ("pounds",)), orient="row")
    made, left_out = for_place(clients)
    tables = {
        "clients": made,
        "clients_by_setting": clients.with_columns(pl.col("people").round(1)),
        "costs": costs_for_place(costs, clients),
        "costs_by_setting": costs,
        "spending": pl.DataFrame(rows, schema=_schema(SPENDING, SPENDING[3:]), orient="row"),
    }
    judged = "In clients, sensory support stands with physical and memory with mental health: judged, few under 65 have either."
    return Care(tables, [f"{name}, 2014-15.", *notes, *said, *left_out, judged])


def _from_2015(data: Path, council: str, year: str) -> Care:
    """Years of which there are measures, and in one of them spending."""
    measured, notes = later.measures(data, council, year)
    tables = {"measures": pl.DataFrame(measured, schema=_schema(MEASURES, ("value",)), orient="row")}
    if year == "2016-17":
        rows, said = later.spending_1617(data, council)
        tables["spending"] = pl.DataFrame(rows, schema=_schema(SPENDING, SPENDING[3:]), orient="row")
        notes += said
    else:
        notes.append(f"No clients, unit costs or spending: for {year} the files have none.")
    return Care(tables, notes)


def _schema(columns: Iterable[str], numbers: Iterable[str]) -> dict[str, type[pl.DataType]]:
    """Columns of text, and of numbers where named."""
    wanted = set(numbers)
    return {c: pl.Float64 if c in wanted else pl.String for c in columns}
