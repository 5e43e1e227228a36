"""What an authority spent on services for young people, universal and targeted, by year: Section 251 outturn files.

A line's number changes every year, so lines are found by their words. In 2010-11 Connexions, substance misuse and teenage
pregnancy stood on lines of their own; later the last two are within universal and targeted services, and Connexions is gone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ..files import Fault, Faults
from ..files.faults import quoted, suggestion
from .deflator import deflator
from .matrix import NOTHING, Grid, csv_grid, number, position

COLUMNS = ("year", "authority", "service", "line", "gross", "income", "net", "prices")
MONEY = ("gross", "income", "net")
OLD = (
    "LA",
    "LA Name",
    "Line",
    "S52 Line Reference",
    "Total Expenditure (k)",
    "Income (l)",
    "NET Current Expenditure (m)",
)
EARLY = (
    "LEA",
    "LEA Name",
    "Line",
    "S52 Line Reference",
    "Total Expenditure (k)",
    "Income (l)",
    "NET Current Expenditure (m)",
)
FIRST = (
    "LEA Number:",
    "LA Name:",
    "",
    "S52 Line Reference:",
    "TOTAL EXPENDITURE (k)",
    "INCOME (l)",
    "NET Current Expenditure (m)",
)
NEW = ("LA", "LA Name", "LineNumber", "CYPServiceDescription", "TotalExpenditure", "Income", "NetCurrentExpenditure")
"""Headers of 2010-11, 2009-10, 2008-09 (the number of a line stands in its words) and from 2011-12 on: number and name of
the authority, number and words of the line, gross, income, net."""

WORDS = {
    "universal": r"^universal services for young people",
    "targeted": r"^targeted services for young people",
    "substance_misuse": r"^substances? misuse services(?!.*included in)",
    "teenage_pregnancy": r"^teenage pregnancy services(?!.*included in)",
    "connexions": r"^connexions",
}
ALWAYS = ("universal", "targeted")
YEARS: dict[tuple[tuple[str, ...], int], str] = {
    (OLD, 41): "2010-11", (NEW, 29): "2011-12", (NEW, 27): "2012-13", (NEW, 28): "2013-14",
}  # fmt: skip
"""The year of a file by its headers and the number of the line on universal services."""

WITHOUT = {FIRST: "2008-09", EARLY: "2009-10"}
"""Years whose table of children's services has no line on youth services: these stood in the table on education."""

APART = ("2008-09", "2009-10", "2010-11", "2011-12")
"""Years in which substance misuse and teenage pregnancy stand on lines of their own, beside the two."""

LEAST_AUTHORITIES = 150


@dataclass(frozen=True)
class YouthSpending:
    """An authority's lines by year and what was read and is missing."""

    table: pl.DataFrame
    notes: list[str]


@dataclass(frozen=True)
class _Outturn:
    """One file: its grid, headers, year, and which rows are of which authority."""

    cells: Grid
    at: dict[str, int]
    header: tuple[str, ...]
    year: str
    authorities: dict[str, list[int]]


def youth_spending(
    files: Sequence[Path], authority: str, prices: str | None = None, least: int = LEAST_AUTHORITIES
) -> YouthSpending:
    """Spending of an authority by year and service in pounds, in each year's prices or in those of `prices`.

    Files may be in any order, one a year; `least` is how many authorities a whole file has. Raises `Faults`.
    """
    read: list[_Outturn] = []
    faults: list[Fault] = []
    for path in files:
        try:
            read.append(_read(path, least))
        except Faults as told:
            faults += told.faults
    twice = [o for i, o in enumerate(read) if any(p.year == o.year for p in read[:i])]
    faults += [o.cells.fault(None, "", f"{o.year} for the second time", "one file a year") for o in twice]
    if faults:
        raise Faults(faults)
    rows: list[tuple[object, ...]] = []
    notes: list[str] = []
    for one in sorted(read, key=lambda o: o.year):
        found, said = _of(one, authority, prices)
        rows += found
        notes += said
    schema = {c: pl.Float64 if c in MONEY else pl.String for c in COLUMNS}
    return YouthSpending(pl.DataFrame(rows, schema=schema, orient="row"), [*notes, *_breaks(read, prices)])


def _read(path: Path, least: int) -> _Outturn:
    """One file, found whole: every authority has the same lines."""
    if not path.is_file():
        raise Faults([Fault(path.name, None, "", "no such file", "a Section 251 outturn file in CSV")])
    cells = csv_grid(path, "Section 251 outturn by authority and line, in CSV, is expected.")
    header = cells.rows[0]
    known = max((OLD, NEW, EARLY, FIRST), key=lambda names: sum(n in header for n in names if n))
    absent = [n for n in known if n and n not in header]
    if absent:
        few = "a Section 251 outturn file has it"
        raise Faults([cells.fault(0, n, "no such column", f"the column: {few}", suggestion(n, header)) for n in absent])
    at = {name: header.index(name) for name in known if name}
    authorities: dict[str, list[int]] = {}
    for i, row in enumerate(cells.rows[1:], 1):
        if any(row):
            authorities.setdefault(row[at[known[1]]], []).append(i)
    counts = sorted(len(rows) for rows in authorities.values())
    short = [name for name, rows in authorities.items() if len(rows) != counts[len(counts) // 2]] if counts else []
    if len(authorities) < least or short:
        found = f"{len(authorities)} authorities" + (f", {short[0]} with other lines than the rest" if short else "")
        raise Faults(
            [cells.fault(None, "", found, f"{least} or more, all with the same lines: is this half of the file?")]
        )
    return _Outturn(cells, at, known, _year(cells, known, at), authorities)


def _year(cells: Grid, known: tuple[str, ...], at: dict[str, int]) -> str:
    """The year of a file, by its headers and the number of its line on universal services."""
    if known in WITHOUT:
        return WITHOUT[known]
    for row in cells.rows[1:]:
        if re.match(WORDS["universal"], _words(row[at[known[3]]]), re.IGNORECASE):
            line = row[at[known[2]]]
            year = YEARS.get((known, int(line))) if line.isdigit() else None
            if year:
                return year
            known_lines = ", ".join(f"{n} in {y}" for (_, n), y in YEARS.items())
            raise Faults([cells.fault(None, known[2], f"universal services on line {line}", f"line {known_lines}")])
    words = "no line on universal services for young people"
    raise Faults([cells.fault(None, known[3], words, "one", "Is it the budget, or of another year?")])


def _words(cell: str) -> str:
    """The words of a line without its number and doubled or unbreakable blanks."""
    return re.sub(r"^\d+\s*", "", " ".join(cell.replace("\xa0", " ").split()))


def _of(one: _Outturn, authority: str, prices: str | None) -> tuple[list[tuple[object, ...]], list[str]]:
    """The lines of an authority in one year."""
    names = list(one.authorities)
    name = names[position(authority, list(enumerate(names)), one.cells.file, one.header[1].strip(":"))]
    factor, stand_in = _prices(one, prices)
    rows: list[tuple[object, ...]] = []
    faults: list[Fault] = []
    gaps: list[str] = []
    for service, pattern in WORDS.items():
        at = [i for i in one.authorities[name] if _is(one, i, pattern)]
        if service not in ALWAYS and one.year not in APART:
            continue  # from 2012-13 on such lines repeat what is within the two
        if len(at) != 1:
            if (service in ALWAYS and one.header not in WITHOUT) or len(at) > 1:
                faults.append(one.cells.fault(None, one.header[3], f"{len(at)} lines on {service} services", "one"))
            continue
        row = one.cells.rows[at[0]]
        money = [_pounds(one, at[0], column, faults, gaps) for column in one.header[4:]]
        gaps += _unlike(one, at[0], money)
        pounds = [None if m is None else round(m * factor, 2) for m in money]
        rows.append((one.year, name.strip(), service, _line(one, row), *pounds, stand_in))
    if faults:
        raise Faults(faults)
    net = sum(float(str(r[6])) for r in rows if r[6] is not None)
    notes = [f"{name.strip()}, {one.year}: lines {', '.join(str(r[3]) for r in rows)}; £{net:,.0f} net."]
    return rows, notes + ([f"Gaps in {one.year}: {'; '.join(gaps)}."] if gaps else [])


def _line(one: _Outturn, row: Sequence[str]) -> str:
    """The number of a line, from its own column or from the start of its words."""
    if one.header[2]:
        return row[one.at[one.header[2]]]
    found = re.match(r"\d+", row[one.at[one.header[3]]].strip())
    return found[0] if found else ""


def _is(one: _Outturn, row: int, pattern: str) -> bool:
    """Whether a row's words are those of a service."""
    return re.match(pattern, _words(one.cells.rows[row][one.at[one.header[3]]]), re.IGNORECASE) is not None


def _prices(one: _Outturn, prices: str | None) -> tuple[float, str]:
    """What pounds are multiplied by, and the year in whose prices they then stand."""
    if prices is None:
        return 1.0, one.year
    try:
        return deflator().factor(one.year, prices), prices
    except LookupError as error:
        expected = "a year that the deflator has"
        raise Faults([one.cells.fault(None, "", f"prices of {prices} asked for", expected, f"{error}.")]) from None


def _pounds(one: _Outturn, row: int, column: str, faults: list[Fault], gaps: list[str]) -> float | None:
    """A cell in pounds; a mark for none is a gap."""
    written = one.cells.rows[row][one.at[column]]
    try:
        value = number(written)
    except ValueError:
        faults.append(one.cells.fault(row, column, quoted(written), "a number of pounds"))
        return None
    if value is None:
        gaps.append(
            f"{_words(one.cells.rows[row][one.at[one.header[3]]])[:40]}, {column}: no figure ({NOTHING[written]})"
        )
    return value


def _unlike(one: _Outturn, row: int, money: Sequence[float | None]) -> list[str]:
    """Where net as published is not gross less income, by more than a few pounds."""
    gross, income, net = money
    if gross is None or income is None or net is None or abs(gross - income - net) <= 5:
        return []
    words = _words(one.cells.rows[row][one.at[one.header[3]]])[:40]
    return [
        f"{words}: net £{net:,.0f} is not gross £{gross:,.0f} less income £{income:,.0f}; all are left as published"
    ]


def _breaks(read: Iterable[_Outturn], prices: str | None) -> list[str]:
    """Why years are not quite alike."""
    years = {o.year for o in read}
    notes = []
    without = sorted(years & set(WITHOUT.values()))
    if without:
        notes.append(
            f"{' and '.join(without)}: the table of children's services has no line on youth services or Connexions, which stood "
            "in the table on education: only substance misuse and teenage pregnancy are in it."
        )
    if years & set(APART) and years - set(APART):
        notes.append(
            "Break after 2011-12: substance misuse and teenage pregnancy, then on lines of their own, are within universal and "
            "targeted services from 2012-13 on; Connexions has a line in 2010-11 alone. Compare all lines of the earlier years "
            "with both of the later, not two with two."
        )
    if prices is not None:
        notes.append(f"All in prices of {prices}: {deflator().source}.")
    return notes


__all__ = ["COLUMNS", "YouthSpending", "youth_spending"]
