"""Small files on social care in the layout of the real ones: headers of several rows, Windows-1252, marks for nothing."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

from withless.sources.catalogue import FILES

GROUPS = {
    "Physical disability": "a Physical disability",
    "Mental health": "Mental health needs",
    "Learning disability": "a Learning disability",
}
COST_OF = {"Physical disability": "a Physical disability", "Mental health": "mental health needs"}
COST_OF["Learning disability"] = "a Learning disability"

Rows = list[list[str]]


def write(folder: Path, key: str, rows: Rows) -> Path:
    """One file under its published name, in Windows-1252."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    path = folder / FILES[key].name
    path.write_bytes(out.getvalue().encode("cp1252"))
    return path


def activity_columns(year: str) -> list[tuple[str, str, str, str]]:
    """(code, top, section, item) of every column that matters, in order, with a few that do not."""
    found = [("A1.1", "ASSESSMENTS", "Overall total of clients", "")]
    spelt = "Existing / new Direct payments and Personal Budgets" if year != "2013-14" else "Direct payments"
    items = [f"{g}, 18-64, {what}" for g in GROUPS for what in ("Home care", "Day care", spelt)]
    items += [f"Total 18-64, {spelt}", *(f"Total 65 and over, {w}" for w in ("Home care", "Day care", "Meals"))]
    items += [f"Total {age}, {spelt}" for age in ("65-74", "75-84", "85 and over")] if year == "2009-10" else []
    items += [f"Total 65 and over, {spelt}"] if year != "2009-10" else []
    items += [f"Total all ages, {w}" for w in ("Home care", "Day care", "Meals", spelt)]
    found += [(f"A4.{i}", "ASSESSMENTS", "People receiving services", item) for i, item in enumerate(items, 1)]
    homes = ["Residents aged 65 and over", *(f"Residents aged 18-64 with {w}" for w in GROUPS.values())]
    kinds = ("nursing placements", "own provision residential placements", "residential placements provided by others")
    placed = [f"{h} in {k}" for h in homes for k in kinds]
    found += [(f"D1.{i}", "SUPPORTED RESIDENTS", "Weeks of residents", item) for i, item in enumerate(placed, 1)]
    found += [("E1", "OTHER", "Weeks", "Older People in Extra Care Housing")]
    found += [("E2.1", "OTHER", "Adult Placement settings", "People aged 65 and over")]
    for section, code in (("Supported living / group homes", "E3"), ("Adult Placement settings", "E4")):
        found += [
            (f"{code}.{i}", "OTHER", section, f"People aged 18-64 with {w}") for i, w in enumerate(GROUPS.values())
        ]
    hours = ("Provided by the council", "Provided by the independent sector")
    return found + [(f"F2.{i}", "HOME CARE", "Actual hours of home care", who) for i, who in enumerate(hours, 1)]


def spanned(words: list[str]) -> list[str]:
    """Words of a header that spans columns: written once, blank to the right."""
    return ["" if i and words[i - 1] == w else w for i, w in enumerate(words)]


def activity(folder: Path, key: str, year: str, value: Callable[[str], str], kind: str = "Activity Data") -> Path:
    """A file on activity; `value(item)` gives what one council wrote."""
    columns = activity_columns(year)
    items = [item or section for _, _, section, item in columns]
    rows = [[f"Social services, {year}: {kind}", *[""] * len(columns)]]
    rows += [["", *spanned([c[n] for c in columns])] for n in (1, 2)] + [["", *[c[3] for c in columns]]]
    rows += [[""] * (len(columns) + 1), ["", *[c[0] for c in columns]]]
    rows += [["101 - Northton\u2019s ", *["5"] * len(columns)], ["102-Somewhere UA", *map(value, items)]]
    rows += [["TOTAL England", *["9"] * len(columns)], [".. not available", *[""] * len(columns)]]
    return write(folder, key, rows)


def cost_columns() -> list[str]:
    """Columns of a file on unit costs, three for each."""
    whom = ["older people", *(f"adults aged 18-64 with {w}" for w in COST_OF.values())]
    who = ("for all adult client groups", "provided by LA for all", "provided by independent sector for all")
    found = [f"Gross total cost for home care/home help {w}" for w in who]
    for w in whom:
        found += [f"Gross total cost for {k} for {w} during" for k in ("nursing care", "residential care")]
        found += [f"Gross total cost for own provision residential care for {w} during"]
        found += [f"Gross total cost for residential care for {w} provided by others during"]
    for k in ("home care", "direct payments", "day care or day services"):
        found += [f"Gross total cost for {k} to {w}" for w in ("adults and older people", "older people")]
        found += [f"Gross total cost for {k} to adults aged under 65 with {w}" for w in COST_OF.values()]
    found += ["Gross total cost for meals for all adult client groups"]
    both = ["older people", "adults with a Learning disability", "adults with mental illness"]
    for w in [*both, "adults aged 18-64 with a Physical disability"]:
        found += [f"Gross total cost for residential and nursing care for {w} during"]
        found += [f"Gross total cost (less income from NHS) for residential and nursing care for {w} during"]
    return found


def costs(folder: Path, key: str, year: str, value: Callable[[str, int], str], codes: bool = True) -> Path:
    """A file on unit costs; `value(item, part)` gives gross, divisor or cost of one (part 0, 1, 2)."""
    named = cost_columns()
    labels = [w for n in named for w in (n, "The total number of weeks", "Average gross expenditure")]
    rows = [[f"Social services, {year}: Unit Costs", *[""] * len(labels)], [""] * (len(labels) + 1), ["", *labels]]
    if codes:
        rows += [["", *[f"2.{i // 3 + 1}" for i in range(len(labels))]]]
        rows += [["", *["Numerator", "Denominator", "Unit Cost"] * len(named)]]
    body = [value(named[i // 3], i % 3) for i in range(len(labels))]
    rows += [["101 - Northton", *["1"] * len(labels)], ["102-Somewhere UA", *body]]
    return write(folder, key, [*rows, ["TOTAL England", *["9"] * len(labels)]])
