"""The Revenue Outturn Summary of one authority as lines of a budget that add up to nothing: what is spent, and what pays for it.

Workbooks of 2010-11, 2014-15 and 2017-18 as published, in thousands of pounds. Only visible sheets are read: that of 2017-18
hides older ones. Service by service they hold net current expenditure alone, so a service's own income is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ..files import Fault, Faults
from ..files.faults import quoted, suggestion
from ..files.workbook import BadWorkbook, open_workbook
from ..writing import reads
from .deflator import deflator
from .matrix import Grid, number, position

LINES = ("id", "name", "kind", "net", "income", "fixed_share", "elasticity", "quality_share")
SERVICE, COUNCIL_TAX, RESERVES, GRANT = "service", "council_tax", "reserves", "grant"
"""Kinds of line: what spends; the tax; to and from reserves and accounts; all else that brings money in."""

TO_POUNDS = 1e3
TOLERANCE = 5.0
"""Thousands by which lines and a total may miss each other through rounding."""

TOTALS = re.compile(
    r"^(TOTAL SERVICE EXPENDITURE|NET CURRENT EXPENDITURE|SUB-?TOTAL|REVENUE EXPENDITURE|NET REVENUE EXPENDITURE|"
    r"(THE )?BUDGET REQUIREMENT|COUNCIL TAX REQUIREMENT)\b"
)
LAST = "COUNCIL TAX REQUIREMENT"
NEEDED = ("Education services", "Highways and transport services", "TOTAL SERVICE EXPENDITURE", LAST)
TO_RESERVES = re.compile(r"^Appropriations to", re.IGNORECASE)
MONEY_IN = re.compile(
    r"grant|redistributed non-domestic|rate retention|investment income|\(income\)|collection fund|supplement",
    re.IGNORECASE,
)
SHORT = {
    "Education services": "education",
    "Highways and transport services": "highways",
    "Social care": "social_care",
    "Children Social Care": "childrens_social_care",
    "Adult Social Care": "adult_social_care",
    "Public Health": "public_health",
    "Housing services (GFRA only)": "housing",
    "Cultural and related services": "culture",
    "Environmental and regulatory services": "environment",
    "Planning and development services": "planning",
    "Police services": "police",
    "Fire and rescue services": "fire",
    "Central services": "central",
    "Other services": "other_services",
}
"""Ids of services, alike in every year."""
ALIKE = (
    (r"grants? outside AEF", "grants_outside_aef"),
    (r"grants? inside AEF", "grants_inside_aef"),
    (r"^Appropriations .*school", "schools_reserves"),
    (r"^Appropriations .*public health", "public_health_reserves"),
    (r"^Appropriations .*earmarked", "earmarked_reserves"),
    (r"^Appropriations .*unallocated", "unallocated_reserves"),
    (r"^Revenue Support Grant", "revenue_support_grant"),
    (r"^Redistributed non-domestic|Rate Retention", "business_rates"),
    (r"^Interest and investment income", "investment_income"),
    (r"^Interest(:| payable)", "interest"),
    (r"^Provision for repayment", "debt_repayment"),
    (r"^Capital expenditure charged", "capital_from_revenue"),
    (r"^Leasing", "leasing"),
    (r"^Levy: Environment", "flood_levy"),
    (r"^External Trading", "external_trading"),
    (r"^Internal Trading", "internal_trading"),
    (r"^Collection fund", "collection_fund"),
    (r"^Parish", "parish_precepts"),
)
"""Ids of other lines, by their words; what is not listed takes its id from its name."""


@dataclass(frozen=True)
class Outturn:
    """An authority's lines of a year and what was read, made and missing."""

    table: pl.DataFrame
    notes: list[str]


def outturn(file: Path, authority: str, prices: str | None = None, income_nil: bool = False) -> Outturn:
    """Lines of an authority in pounds a year, in the prices of the year or of `prices`; raises `Faults`.

    Columns as a budget reads them; fixed_share, elasticity and quality_share are blank: no file has them. Income of a
    service is blank, or nil where `income_nil` says so; what brings money in has it as income, and minus that as net.
    """
    cells = _sheet(file)
    year = _year(cells)
    factor, said = _prices(cells, year, prices)
    head, labels, column = _header(cells)
    row = _row(cells, head, column, authority)
    thousands, gaps = _values(cells, row, labels)
    lines, checked = _lines(thousands)
    rows: list[tuple[object, ...]] = []
    left = 0.0
    for key, name, kind, net in lines:
        pounds = -left if kind == COUNCIL_TAX else round(net * factor * TO_POUNDS)
        left += pounds
        income = -pounds if kind != SERVICE else 0.0 if income_nil else None
        rows.append((key, name, kind, pounds, income, None, None, None))
    schema = {c: pl.String if c in LINES[:3] else pl.Float64 for c in LINES}
    table = pl.DataFrame(rows, schema=schema, orient="row")
    spent = float(table.filter(pl.col("kind") == SERVICE)["net"].sum())
    notes = [
        f"{cells.rows[row][column]}, {year}: {table.height} lines; spending £{spent:,.0f}, {said}. Lines of nothing are "
        "left out.",
        *checked,
        *_missing(labels, income_nil),
        *([f"Gaps: no figure for {'; '.join(gaps)}."] if gaps else []),
    ]
    return Outturn(table, notes)


def _sheet(file: Path) -> Grid:
    """The one visible sheet of net current expenditure by authority, as text."""

    def wrong(found: str, expected: str, mend: str = "") -> Faults:
        return Faults([Fault(file.name, None, "", found, expected, mend)])

    if not file.is_file():
        raise wrong("no such file", "a workbook of the Revenue Outturn Summary")
    reads(file)
    try:
        book = open_workbook(file)
        for name in (n for n in book.names if n not in book.hidden):
            rows = [[cell.strip() for cell in row] for row in book.sheet(name).rows]
            top = " ".join(cell for row in rows[:4] for cell in row)
            if "net current expenditure (" in top.casefold() and any("E-code" in row for row in rows[:12]):
                return Grid(file.name, rows)
    except BadWorkbook:
        raise wrong(
            "a file that is no workbook, or a damaged one", "one in .xls, .xlsx or .ods, as published"
        ) from None
    hidden = sorted(book.hidden)
    mend = f"Hidden sheets are not read: {', '.join(hidden[:4])}." if hidden else ""
    raise wrong("no visible sheet of net current expenditure by authority", "one, below a row that begins E-code", mend)


def _year(cells: Grid) -> str:
    """The financial year in the title."""
    found = re.search(r"\b(20\d\d-\d\d)\b", " ".join(cells.rows[0]))
    if found is None or "Revenue Outturn" not in " ".join(cells.rows[0]):
        title = quoted(" ".join(filter(None, cells.rows[0])))
        raise Faults([cells.fault(0, "", title, "a title with Revenue Outturn Summary and a year such as 2014-15")])
    return found[1]


def _prices(cells: Grid, year: str, prices: str | None) -> tuple[float, str]:
    """What pounds are multiplied by, and in whose prices they then stand."""
    if prices is None or prices == year:
        return 1.0, f"in the prices of {year}"
    try:
        factor = deflator().factor(year, prices)
    except LookupError as error:
        raise Faults(
            [cells.fault(None, "", f"prices of {prices} asked for", "a year that the deflator has", f"{error}.")]
        ) from None
    return factor, f"in the prices of {prices} (times {factor:.4f}: {deflator().source})"


def _header(cells: Grid) -> tuple[int, dict[int, str], int]:
    """The header's row, its labels by column up to the council tax requirement, and the column of names."""
    head = next(i for i, row in enumerate(cells.rows[:12]) if "E-code" in row)
    header = cells.rows[head]
    names = [re.sub(r"\s+", " ", cell) for cell in header]
    name_column = next((j for j, cell in enumerate(names) if cell == "Local authority"), None)
    absent = [n for n in NEEDED if not any(cell.startswith(n) for cell in names)]
    faults = [
        cells.fault(head, n, "no such column", "the column", suggestion(n, [c for c in names if c])) for n in absent
    ]
    if name_column is None:
        faults.append(cells.fault(head, "Local authority", "no such column", "the column"))
    if faults or name_column is None:
        raise Faults(faults)
    first = next(j for j, cell in enumerate(names) if cell.startswith(NEEDED[0]))
    last = next(j for j, cell in enumerate(names) if cell.startswith(LAST))
    return head, {j: names[j] for j in range(first, last + 1) if names[j]}, name_column


def _row(cells: Grid, head: int, column: int, authority: str) -> int:
    """The row of an authority, by name or E-code, after the sheet has been found whole."""
    code_column = cells.rows[head].index("E-code")
    coded = [i for i in range(head + 1, len(cells.rows)) if re.fullmatch(r"E\d{4}", cells.rows[i][code_column])]
    if not any(cells.rows[i][column] == "ENGLAND" for i in range(head + 1, len(cells.rows))) or not coded:
        found = f"{len(coded):,} authorities and no row ENGLAND"
        raise Faults([cells.fault(None, "", found, "both: is this half of the file?")])
    wanted = authority.strip().upper()
    by_code = [i for i in coded if cells.rows[i][code_column] == wanted]
    if by_code:
        return by_code[0]
    return position(authority, [(i, cells.rows[i][column]) for i in coded], cells.file, "Local authority")


def _values(cells: Grid, row: int, labels: dict[int, str]) -> tuple[list[tuple[str, float]], list[str]]:
    """(label, thousands) of every column that has a figure, and the labels of those without."""
    found: list[tuple[str, float]] = []
    gaps: list[str] = []
    faults: list[Fault] = []
    written = [cells.rows[row][j] for j in labels]
    if not any(any(c.isdigit() for c in cell) for cell in written):
        marks = ", ".join(dict.fromkeys(quoted(c) for c in written))
        name = next(c for c in cells.rows[row][:4] if c and not re.fullmatch(r"E\d+", c))
        mend = "It sent nothing in this year: take another year, or its own budget book."
        raise Faults([cells.fault(row, "", f"no figure of {name} in any column ({marks})", "what it spent", mend)])
    for j, label in labels.items():
        try:
            value = number(cells.rows[row][j])
        except ValueError:
            faults.append(cells.fault(row, label[:60], quoted(cells.rows[row][j]), "a number in thousands of pounds"))
            continue
        if value is None:
            gaps.append(label)
        else:
            found.append((label, value))
    if faults:
        raise Faults(faults)
    return found, gaps


def _lines(values: list[tuple[str, float]]) -> tuple[list[tuple[str, str, str, float]], list[str]]:
    """Lines (id, name, kind, thousands) that add up to nothing, and where a total says something else."""
    lines: list[tuple[str, str, str, float]] = []
    notes: list[str] = []
    running, turned = 0.0, 0
    for label, value in values:
        if TOTALS.match(label):
            if abs(value - running) > TOLERANCE:
                notes.append(
                    f"{_plain(label)} is £{(value - running) * TO_POUNDS:,.0f} more than its lines: it is left so."
                )
            continue
        running += value
        if value:
            kind = _kind(label, value)
            turned += kind == GRANT and not MONEY_IN.search(label)
            lines.append((_id(label, [line[0] for line in lines]), _plain(label), kind, value))
    lines.append(("council_tax", "Council tax", COUNCIL_TAX, -running))
    if turned:
        notes.append(f"{turned} lines that bring in more than they cost stand as money in, with kind {GRANT}.")
    return lines, notes


def _kind(label: str, value: float) -> str:
    """What kind of line it is; a service that brings in more than it costs is money in."""
    if TO_RESERVES.match(label):
        return RESERVES
    return GRANT if MONEY_IN.search(label) or value < 0 else SERVICE


def _plain(label: str) -> str:
    """A label without signs, notes and the numbers of its lines."""
    text = re.sub(r"\s*[\[(](TOTAL OF LINES|total of lines|SG line)[^\])]*[\])]", "", label)
    return re.sub(r"\s*\([-+/ 0-9]*\)", "", text).replace("/ ", "/").replace(" /", "/").strip()


def _id(label: str, taken: list[str]) -> str:
    """A short id of a line: one word where the service is well known, else words of its label."""
    plain = _plain(label)
    alike = (short for words, short in ALIKE if re.search(words, plain, re.IGNORECASE))
    made = SHORT.get(plain) or next(alike, "") or "_".join(re.sub(r"[^a-z0-9 ]", " ", plain.casefold()).split()[:6])
    return made if made not in taken else f"{made}_{sum(t.startswith(made) for t in taken) + 1}"


def _missing(labels: dict[int, str], income_nil: bool) -> Iterator[str]:
    """What this summary does not hold."""
    names = set(labels.values())
    if "Adult Social Care" not in names:
        yield "Social care is one line: this year's summary does not split it into children and adults."
    if "Public Health" not in names:
        yield "There is no public health: councils have it since 2013-14."
    yield (
        "Services are totals (libraries are within culture) and net of their own income, which is in no such file: "
        + ("income is put in as nil, as asked." if income_nil else "income is blank. Fill it in, or ask for nil.")
    )
    yield "fixed_share, elasticity and quality_share are blank: they are assumptions."


__all__ = ["LINES", "Outturn", "outturn"]
