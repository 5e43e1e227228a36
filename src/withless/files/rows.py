"""Rows that would count twice: totals beside their parts, whether their name says so or only their numbers do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from .. import units
from ..place import Column, TableSpec
from .faults import Fault, quoted
from .tables import RawTable

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_KINDS = (
    "ages?|age groups?|services?|specialt(?:y|ies)|libraries|venues|areas|programmes|lines|people|persons|functions?"
    "|treatment functions?|sites|groups|districts|wards|providers|commissioners|clients|outcomes|young people"
)
_TOTAL = re.compile(
    rf"(?:grand|sub|net|gross|overall)?[\s_-]*(?:sub)?totals?[\s_:.-]*(?:of all|for all|all|of)?\s*(?:{_KINDS})?|"
    rf"sum|averages?|mean|avg|median|(?:all|overall)\s*(?:{_KINDS})?|(?:c_?|ap|np|ip)?999"
)
"""A name that only a total has."""

IN_THOUSANDS = re.compile(
    r"[\s_(]*(£?\s*['\u2019]?0{3}s?\b|£\s*(k|m|bn|thousands?|millions?)\b|\bin thousands\b)\s*\)?", re.IGNORECASE
)
"""How a header says that its figures are not in pounds: £000, (£m), in thousands."""

_MAYBE = re.compile(
    r"\b(?:sub|grand)?[\s-]*totals?\b|\bsum of\b|\ball\b|\bnet (?:cost|expenditure|revenue|budget|spend)"
)
"""A name that a total may have; its numbers must bear it out."""

_ADDED = ("money/time", "money", "people", "visits/time", "people/time", "posts")
"""Dimensions of what is added up over the rows of a table."""

_NEVER = ("unit_cost", "pounds", "fee", "low", "high", "week_from", "week_to")
_FEW, _MANY = 3, 3_000
CLOSE, EXACT = 1e-3, 1e-9


@dataclass(frozen=True)
class _Total:
    """A row that is a total: its entry, the column and text that name it (or none), and the rows it is the sum of."""

    entry: int
    column: str
    name: str
    parts: tuple[int, int] | None


def without_totals(raw: RawTable, spec: TableSpec, faults: list[Fault]) -> RawTable:
    """The table without rows that are the sum of others, each told once as an error with the rows it repeats."""
    if len(raw.rows) < _FEW:
        return raw
    added = {c.name: _numbers(raw.cells[c.name], c) for c in spec.columns if _adds_up(c) and c.name in raw.cells}
    named, certain = _named(raw, spec)
    found = list(_by_name(raw, named, certain, added))
    if not found:
        found = list(_by_numbers(raw, spec, added))
    if not found or len(found) == len(raw.rows):
        return raw
    for total in found[:1]:
        of = ""
        if total.parts is not None and len(found) == 1:
            of = f": it is the sum of rows {raw.rows[total.parts[0]]} to {raw.rows[total.parts[1]]}"
        kind = (
            "an average"
            if re.search("av|me", total.name.casefold()) and "total" not in total.name.casefold()
            else "a total"
        )
        shown = f"{quoted(total.name)}, {kind}" if total.name else "a row that is the sum of others"
        faults.append(
            Fault(
                raw.file, int(raw.rows[total.entry]), total.column, shown, "parts alone, or they count twice",
                f"Delete the row{of}.", more=len(found) - 1,
            )
        )  # fmt: skip
    keep = np.ones(len(raw.rows), dtype=bool)
    keep[[t.entry for t in found]] = False
    return replace(raw, cells=raw.cells.filter(pl.Series(keep)), rows=raw.rows[keep])


def without_units(raw: RawTable, spec: TableSpec, faults: list[Fault]) -> RawTable:
    """The table without a second row of headers (units, or what the columns mean) under the first, told as one error."""
    numeric = {c.name for c in spec.columns if c.kind in ("number", "count") and c.name in raw.cells}
    first = {n: t for n in raw.cells.columns if (t := raw.cells[n][0])} if len(raw.rows) > 1 else {}
    filled = [text for name, text in first.items() if name in numeric]
    words = [not any(c.isdigit() for c in IN_THOUSANDS.sub("", text)) and text != "*" for text in filled]
    least = 1 if first.keys() <= numeric else _FEW
    if len(filled) < least or not all(words):
        return raw
    shown = ", ".join(filled[:3])
    mend = "Delete the row: the header is one row."
    if any(IN_THOUSANDS.search(text) for text in filled):
        mend = "Delete the row, and write pounds, or £240k in each cell."
    faults.append(Fault(raw.file, int(raw.rows[0]), "", f"a second row of headers ({shown})", "a row of data", mend))
    return replace(raw, cells=raw.cells.slice(1), rows=raw.rows[1:])


def _adds_up(column: Column) -> bool:
    dimension = units.unit(column.unit).dimension
    return column.kind in ("number", "count") and dimension in _ADDED and column.name not in _NEVER


def _numbers(cells: pl.Series, column: Column) -> Floats:
    """A column's numbers, NaN where a cell holds none; long columns only as far as they are plain."""
    values = cells.cast(pl.Float64, strict=False)
    if len(cells) <= _MANY and (values.is_null() & cells.is_not_null()).any():
        return np.array([_number(text, column) for text in cells.to_list()])
    return np.array(values.fill_null(np.nan).to_numpy(), dtype=np.float64)


def _number(text: str | None, column: Column) -> float:
    try:
        return units.parse(text, column.unit) if text is not None else np.nan
    except units.UnitError:
        return np.nan


def _labels(spec: TableSpec) -> list[Column]:
    """Columns in which the name of a total may stand."""
    return [
        c for c in spec.columns
        if c.kind in ("id", "ref") or c.name in ("name", "specialty", "outcome") or (c.kind == "choice" and c.name in spec.key)
    ]  # fmt: skip


def _named(raw: RawTable, spec: TableSpec) -> tuple[dict[int, tuple[str, str]], Mask]:
    """Entries whose name is, or may be, that of a total: {entry: (column, text)}; which of them only a total has."""
    named: dict[int, tuple[str, str]] = {}
    certain = np.zeros(len(raw.rows), dtype=bool)
    for column in _labels(spec):
        if column.name not in raw.cells:
            continue
        cells = raw.cells[column.name]
        own = {c.casefold() for c in column.choices}
        distinct = [t for t in cells.drop_nulls().unique().to_list() if t.casefold() not in own]
        sure = [t for t in distinct if _TOTAL.fullmatch(t.strip().casefold())]
        perhaps = [t for t in distinct if t not in sure and _MAYBE.search(t.casefold())]
        if column.kind == "choice":
            perhaps = []
        for i in cells.is_in([*sure, *perhaps]).fill_null(False).arg_true().to_list():
            named.setdefault(i, (column.name, str(cells[i])))
            certain[i] |= str(cells[i]) in sure
    return named, certain


def _by_name(
    raw: RawTable, named: dict[int, tuple[str, str]], certain: Mask, added: dict[str, Floats]
) -> Iterator[_Total]:
    """Rows that their name makes totals, and those that might be by name and are by their numbers."""
    if len(named) == len(raw.rows):
        return
    parts = ~certain
    for entry, (column, text) in sorted(named.items()):
        block = _block(entry, added, parts) if len(raw.rows) <= _MANY else None
        if certain[entry] or block is not None:
            yield _Total(entry, column, text, block)


def _block(entry: int, added: dict[str, Floats], parts: Mask) -> tuple[int, int] | None:
    """The rows above (or below, for a total on top) that add up to a row in every column that it fills."""
    filled = {n: v for n, v in added.items() if np.isfinite(v[entry]) and v[entry] != 0}
    if not filled:
        return None
    sums = {n: np.concatenate([[0.0], np.cumsum(np.where(parts, np.nan_to_num(v), 0.0))]) for n, v in filled.items()}
    for first, last in ((0, entry), (entry + 1, len(parts))):
        if last - first < 2:
            continue
        lower, upper = np.triu_indices(last - first + 1, 2)
        fits = np.ones(len(lower), dtype=bool)
        for name, s in sums.items():
            there = s[first + upper] - s[first + lower]
            fits &= np.abs(there - filled[name][entry]) <= CLOSE * abs(filled[name][entry])
        if fits.any():
            found = np.flatnonzero(fits)
            widest = int(found[np.argmax((upper - lower)[found])])
            return first + int(lower[widest]), first + int(upper[widest]) - 1
    return None


def _by_numbers(raw: RawTable, spec: TableSpec, added: dict[str, Floats]) -> Iterator[_Total]:
    """Totals that nothing names: in tables of one row a thing, a row that is all rows above; in tables of groups, a group."""
    ids = next((c.name for c in spec.columns if c.kind == "id"), None)
    if ids is not None and len(raw.rows) <= _MANY:
        yield from _last_rows(added, len(raw.rows))
    elif ids is None and "specialty" in spec.key and "specialty" in raw.cells and "count" in raw.cells:
        yield from _whole_groups(raw, spec)


def _last_rows(added: dict[str, Floats], length: int) -> Iterator[_Total]:
    """Rows that equal, in two columns or more, the sum of all rows above, of which two or more hold something there."""
    sums = {n: np.cumsum(np.nan_to_num(v)) for n, v in added.items()}
    parts = {n: np.cumsum(np.nan_to_num(v) != 0) for n, v in added.items()}
    for entry in range(_FEW, length):
        filled = [n for n, v in added.items() if np.isfinite(v[entry]) and v[entry] != 0 and parts[n][entry - 1] > 1]
        same = [abs(sums[n][entry - 1] - added[n][entry]) <= EXACT * abs(added[n][entry]) for n in filled]
        if len(filled) >= 2 and all(same):
            yield _Total(entry, "", "", (0, entry - 1))


def _whole_groups(raw: RawTable, spec: TableSpec) -> Iterator[_Total]:
    """Rows of a specialty that is, band by band, all others together."""
    cells = raw.cells.with_row_index("entry").with_columns(n=pl.col("count").cast(pl.Float64, strict=False))
    keys = [k for k in spec.key if k != "specialty" and k in cells]
    whole = cells.group_by(keys).agg(pl.col("n").sum().alias("all"), pl.len().alias("of"))
    each = cells.join(whole, on=keys, how="left", nulls_equal=True)
    told = each.group_by("specialty").agg(
        ((pl.col("all") - 2 * pl.col("n")).abs() <= EXACT * pl.col("all")).all().alias("same"),
        (pl.col("n") > 0).sum().alias("filled"),
        pl.col("of").min().alias("of"),
    )
    totals = told.filter(pl.col("same") & (pl.col("filled") >= _FEW) & (pl.col("of") >= _FEW))["specialty"].to_list()
    if len(totals) == 1:
        for i in (cells["specialty"] == totals[0]).fill_null(False).arg_true().to_list():
            yield _Total(int(i), "specialty", totals[0], None)
