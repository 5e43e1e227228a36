"""Spending on adult social care by reason for support, 2014-15 and 2016-17, and measures of it from 2015-16 to 2022-23.

In the files of 2014-15 councils are columns. That of 2016-17 holds bare keys and no dictionary: what a key stands for was
worked out (names in order of the alphabet) and agrees with England's spending of 2014-15 setting by setting.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ..files import Fault, Faults
from ..files.faults import quoted, suggestion
from .catalogue import FILES
from .file_spec import Published
from .matrix import Grid, grid, number, position

MEASURED = ("2015-16", "2016-17", "2017-18", "2018-19", "2019-20", "2020-21", "2021-22", "2022-23")
"""Years of the measures; that of 2020-21 lacks the surveys."""

REASONS = {
    "Physical support": "physical",
    "Sensory support": "sensory",
    "Support with memory and cognition": "memory",
    "Learning disability support": "learning",
    "Mental health support": "mental",
}
AGES = {"Age 18 to 64": "18-64", "Age 65 and over": "65+"}
SETTINGS = {
    "Nursing": "nursing",
    "Residential": "residential",
    "Supported accommodation": "supported_accommodation",
    "Community: Direct Payments": "direct_payment",
    "Community: home care": "home",
    "Community: supported living": "supported_living",
    "Community: other long term care": "other_long_term",
    "Fairer Charging income": "charges_at_home",
    "To maximise independence": "reablement",
    "Other short term": "other_short_term",
}
BOTH = {"Residential and nursing care": "care_home"}
"""Both kinds of care home together, in unit costs."""
REST = {
    "Social Support: Substance Misuse Support": "substance_misuse",
    "Social Support: Asylum Seeker Support": "asylum_seekers",
    "Social Support: Support for Social Isolation / Other": "social_isolation",
    "Assistive equipment and technology": "equipment",
    "Social care activities": "social_care_activities",
    "Information and early intervention": "information",
    "Commissioning and service delivery": "commissioning",
}
CARERS = {"Community: Direct Payments": "direct_payment", "Community: other": "other_community"}
CARER = "Social Support: Support to Carer"
GROSS, CHARGES, INCOME, NET = (
    "Gross total cost: total expenditure",
    "Income: client contributions",
    "Income: total",
    "Net total expenditure",
)
TO_POUNDS = 1e3
"""The files are in thousands of pounds."""

Spent = tuple[str, str, str, float | None, float | None, float | None, float | None]
"""Group, age band, setting; gross, charges, other income, net, in pounds."""


def spending_1415(data: Path, council: str) -> tuple[str, list[Spent], list[str]]:
    """A council's spending of 2014-15: its name, rows, and how they add up to its total."""
    file = FILES["care_spending_1415"]
    cells = grid(file, data)
    name, said = _column(cells, file, council, 5, ("Support type", "Age category", "Summary", "Delivery mechanism"))
    faults: list[Fault] = []
    found = [_spent(group, age, setting, said, keys, cells, faults) for group, age, setting, keys in _lines_1415()]
    total = _spent("all", "18+", "all", said, ("Non Salt Totals", "", "Adult Social Care", "Total"), cells, faults)
    if faults:
        raise Faults(faults)
    rows = [r for r in found if any(r[3:])]
    net, of = sum(r[6] or 0 for r in rows), total[6] or 0
    notes = [
        f"Spending: {len(rows)} lines, net £{net:,.0f} of £{of:,.0f}. Gross is before all income; charges are what clients pay; "
        "`charges_at_home` is what the council could not place by service. Lines of nothing are left out.",
    ]
    return name, rows, notes


def _lines_1415() -> Iterator[tuple[str, str, str, tuple[str, str, str, str]]]:
    """Lines that add up to all adult social care, no line twice: group, age band, setting, keys of the file."""
    for term, settings in (("Long term", list(SETTINGS)[:8]), ("Short term", list(SETTINGS)[8:])):
        for age, band in AGES.items():
            for reason, group in REASONS.items():
                for setting in settings:
                    yield group, band, SETTINGS[setting], (term, age, reason, setting)
    for summary, setting in REST.items():
        yield "all", "18+", setting, ("Non Salt Totals", "", summary, "")
    for mechanism, setting in CARERS.items():
        yield "carers", "18+", setting, ("Non Salt Totals", "", CARER, mechanism)


def _spent(
    group: str,
    age: str,
    setting: str,
    said: dict[tuple[str, ...], tuple[int, str]],
    keys: tuple[str, str, str, str],
    cells: Grid,
    faults: list[Fault],
) -> Spent:
    """One line from its rows of the file; income alone has no row on gross spending."""
    values = {}
    for what in (GROSS, CHARGES, INCOME, NET):
        row, written = said.get((*keys, what), (-1, ""))
        if row < 0 and not (what == GROSS and setting == "charges_at_home"):
            faults.append(cells.fault(None, what, f"no row {', '.join(filter(None, keys))}", "one"))
        values[what] = _number(cells, row, what, written, faults)
    gross, charges, income, net = (None if v is None else v * TO_POUNDS for v in values.values())
    if setting == "charges_at_home":
        gross = 0.0
    other = None if income is None or charges is None else round(income - charges, 2)
    return group, age, setting, gross, charges, other, net


def _number(cells: Grid, row: int, column: str, written: str, faults: list[Fault]) -> float | None:
    """A cell as a number, or a fault."""
    try:
        return number(written)
    except ValueError:
        faults.append(cells.fault(row, column, quoted(written), "a number, or `:` where there is none"))
        return None


def weeks_1415(
    data: Path, council: str
) -> tuple[list[tuple[str, str, str, float]], list[tuple[str, str, float, str, str, str]], list[str]]:
    """Weeks of care homes and reablement in 2014-15 (group, age band, setting, weeks), costs of a week, and notes."""
    file = FILES["care_costs_1415"]
    cells = grid(file, data)
    first = ("Support type", "Age category", "Primary support reason", "Service delivery mechanism")
    _, said = _column(cells, file, council, 6, first)
    faults: list[Fault] = []
    weeks, each = [], []
    providers = {"All": "all", "Own provision": "council", "Provision by others": "others"}
    for (_, age, reason, mechanism, what, provision), (row, written) in said.items():
        setting, group = SETTINGS.get(mechanism, BOTH.get(mechanism)), REASONS.get(reason)
        if setting is None or group is None or provision not in providers:
            continue
        value = _number(cells, row, what, written, faults)
        if value and what == "Denominator" and provision == "All" and mechanism not in BOTH:
            weeks.append((group, AGES[age], setting, value))
        elif value and what == "Unit costs":
            each.append((setting, "week", value, group, AGES[age], providers[provision]))
    if not weeks:
        faults.append(cells.fault(None, "Denominator", "no weeks of this council", "some"))
    if faults:
        raise Faults(faults)
    return (
        weeks,
        each,
        [
            "Clients: in care homes and in reablement alone, as weeks of the year divided by 52. People with help at home, "
            "their hours and costs are in no file of this year. Counts rest on the reason for support and do not join up with "
            "2013-14.",
        ],
    )


def _column(
    cells: Grid, file: Published, council: str, keys: int, first: Sequence[str]
) -> tuple[str, dict[tuple[str, ...], tuple[int, str]]]:
    """A council's column by the words left of it: its name and, by key, (row, what is written)."""
    head = next((i for i, row in enumerate(cells.rows[:6]) if row[0] == first[0]), None)
    if head is None:
        found = quoted(" ".join(filter(None, cells.rows[0]))[:60])
        raise Faults([cells.fault(0, "", found, f"a row of headers that begins with {first[0]}", file.source)])
    header = cells.rows[head]
    wrong = [(j, w) for j, w in enumerate(first) if header[j] != w]
    if wrong:
        raise Faults(
            [
                cells.fault(head, w, quoted(header[j]), "this column", suggestion(w, header) or file.source)
                for j, w in wrong
            ]
        )
    named = [(j, name) for j, name in enumerate(header) if j >= keys and name[:3].isdigit()]
    body = [i for i in range(head + 1, len(cells.rows)) if cells.rows[i][0] and any(cells.rows[i][1:keys])]
    if len(body) < file.rows:
        expected = f"at least {file.rows:,}: is this half of the file?"
        raise Faults([cells.fault(None, "", f"{len(body):,} rows", expected, file.source)])
    if not cells.rows[body[-1]][-1]:
        raise Faults([cells.fault(body[-1], "", "a row that breaks off", "a whole one: was the file cut off?")])
    at = position(council, named, file.name, "council")
    found_rows: dict[tuple[str, ...], tuple[int, str]] = {}
    for i in body:
        found_rows.setdefault(tuple(cells.rows[i][:keys]), (i, cells.rows[i][at]))
    return header[at], found_rows


REASON_KEYS = {
    "4": "learning",
    "5": "mental",
    "6": "physical",
    "7": "sensory",
    "13": "memory",
}
SETTING_KEYS = {
    "1": "direct_payment",
    "2": "home",
    "3": "other_long_term",
    "4": "supported_living",
    "5": "charges_at_home",
    "6": "nursing",
    "7": "residential",
    "9": "supported_accommodation",
}
PURPOSE_KEYS = {"1": "other_short_term", "2": "reablement"}
AGE_KEYS = {"1": "18-64", "2": "65+"}
"""Keys 3, 4 and 5 split 65 and over once more; where councils sent them they add up to key 2."""
REST_KEYS = {
    "1": "equipment",
    "2": "commissioning",
    "3": "information",
    "8": "social_care_activities",
    "9": "social_support_9",
    "10": "social_support_10",
    "11": "social_support_11",
    "12": "carers",
}
KEY_COLUMNS = (
    *("FY_Ending", "CASSR_CODE", "CareType_KEY", "AgeBand_KEY", "PrimarySupportReason_KEY", "SupportSetting_KEY"),
    *("Purpose_KEY", "CarerSupportType_KEY", "TOTALEXPENDITURE", "TOTALINCOME", "NETTOTALEXPENDITURE"),
    "GROSSTOTALEXPENDITURE",
)


def spending_1617(data: Path, council: str) -> tuple[list[Spent], list[str]]:
    """A council's spending of 2016-17; charges are gross total less net total expenditure, as the return defines them."""
    code = _code_of(data, council)
    file = FILES["care_spending_1617"]
    cells = grid(file, data)
    header, body = cells.rows[0], cells.rows[1:]
    absent = [c for c in KEY_COLUMNS if c not in header]
    if absent:
        faults = [
            cells.fault(0, c, "no such column", "the column", suggestion(c, header) or file.source) for c in absent
        ]
        raise Faults(faults)
    if len(body) < file.rows:
        found, expected = f"{len(body):,} rows", f"at least {file.rows:,}: is this half of the file?"
        raise Faults([cells.fault(None, "", found, expected, file.source)])
    at = {c: header.index(c) for c in KEY_COLUMNS}
    of = [(i, dict(zip(KEY_COLUMNS, (r[at[c]] for c in KEY_COLUMNS), strict=True))) for i, r in enumerate(body, 1)]
    years = {r["FY_Ending"] for _, r in of} - {""}
    if years != {"2017"}:
        raise Faults([cells.fault(None, "FY_Ending", quoted(", ".join(sorted(years))), "2017", file.source)])
    faults = []
    rows = [s for i, r in of if r["CASSR_CODE"] == code and (s := _of_keys(cells, i, r, faults)) is not None]
    if faults:
        raise Faults(faults)
    if not rows:
        raise Faults([cells.fault(None, "CASSR_CODE", f"no row of {code}", "the council")])
    net = sum(r[6] or 0 for r in rows)
    kept = [r for r in rows if any(r[3:])]
    return kept, [
        f"Spending: {len(kept)} lines, net £{net:,.0f}. The file holds bare keys without a dictionary: their meaning is worked "
        "out, and agrees with England's spending of 2014-15. `social_support_9` to `_11` are left as keys.",
        "No clients and no unit costs: for 2016-17 the files have none.",
    ]


def _of_keys(cells: Grid, row: int, keys: dict[str, str], faults: list[Fault]) -> Spent | None:
    """One row by its keys; None for ages that another row holds already."""
    kind, age, reason = keys["CareType_KEY"], keys["AgeBand_KEY"], keys["PrimarySupportReason_KEY"]
    if kind in ("2", "4") and age in ("3", "4", "5"):
        return None
    setting = SETTING_KEYS.get(keys["SupportSetting_KEY"]) if kind == "2" else PURPOSE_KEYS.get(keys["Purpose_KEY"])
    group, band = REASON_KEYS.get(reason), AGE_KEYS.get(age)
    if kind == "3":
        setting, group, band = REST_KEYS.get(reason), "all", "18+"
        if reason == "12":
            group, setting = "carers", f"carer_support_{keys['CarerSupportType_KEY']}"
    if setting is None or group is None or band is None:
        found = quoted(f"{kind}, {age}, {reason}, {keys['SupportSetting_KEY']}, {keys['Purpose_KEY']}")
        faults.append(cells.fault(row, "CareType_KEY and others", found, "known keys"))
        return None
    money = [_number(cells, row, c, keys[c], faults) for c in KEY_COLUMNS[-4:]]
    if None in money:
        return group, band, setting, None, None, None, None
    total, income, net, gross = (round(m * TO_POUNDS, 2) for m in money if m is not None)
    charges = round(gross - net, 2)
    return group, band, setting, total, charges, round(income - charges, 2), net


def _code_of(data: Path, council: str) -> str:
    """A council's number, by which alone the file of 2016-17 knows it, from the columns of 2014-15."""
    if len(council.strip()) == 3 and council.strip().isdigit():
        return council.strip()
    file = FILES["care_spending_1415"]
    name, _ = _column(grid(file, data), file, council, 5, ("Support type",))
    return name[:3]


def measures(data: Path, council: str, year: str) -> tuple[list[tuple[str, str, str, float | None]], list[str]]:
    """Measures of a council in a year (year, code, measure, value), and which of the seven are not there."""
    file = FILES["care_measures"]
    cells = grid(file, data)
    header, body = cells.rows[0], cells.rows[1:]
    wanted = ("Financial year", "Local authority name", "Measure", "Code", "Value")
    faults = [
        cells.fault(0, c, "no such column", "the column", suggestion(c, header) or file.source)
        for c in wanted
        if c not in header
    ]
    if faults:
        raise Faults(faults)
    if len(body) < file.rows:
        found, expected = f"{len(body):,} rows", f"at least {file.rows:,}: is this half of the file?"
        raise Faults([cells.fault(None, "", found, expected, file.source)])
    at = [header.index(c) for c in wanted]
    named = list(dict.fromkeys(r[at[1]] for r in body if r[at[1]]))
    name = named[position(_name_of(data, council), list(enumerate(named)), file.name, "Local authority name")]
    codes = {r[at[3]]: r[at[2]] for r in body if r[at[3]]}
    rows: list[tuple[str, str, str, float | None]] = []
    for i, r in enumerate(body, 1):
        if r[at[0]] == year and r[at[1]] == name:
            value = _number(cells, i, "Value", r[at[4]], faults)
            rows.append((year, r[at[3]], r[at[2]].removeprefix("Outcome, "), value))
    if faults:
        raise Faults(faults)
    there = {code for _, code, _, value in rows if value is not None}
    gone = [f"{c} ({m.removeprefix('Outcome, ')})" for c, m in sorted(codes.items()) if c not in there]
    notes = [f"{name}, {year}: {len(there)} of {len(codes)} measures, as published; the file gives no units."]
    return sorted(rows), notes + ([f"Gaps: {'; '.join(gone)}."] if gone else [])


def _name_of(data: Path, council: str) -> str:
    """A council's name where its number was given; the file of measures knows names alone."""
    if len(council.strip()) == 3 and council.strip().isdigit():
        file = FILES["care_spending_1415"]
        return _column(grid(file, data), file, council, 5, ("Support type",))[0]
    return council
