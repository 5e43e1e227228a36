"""What a plan file is checked against, and the units of a service that the `where` of a measure picks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .. import units
from ..place import Calendar, Column, Table
from ..plan import UNIT_COST, Lever
from .faults import Fault, one_of, quoted, suggestion
from .instances import ReadInstance
from .place import ReadPlace
from .tables import plain_name
from .yaml_lines import Document, Key

Path_ = tuple[Key, ...]
_ALL = ("all", ("all",))


@dataclass(frozen=True)
class Known:
    """What a plan file is checked against: its own lines, and the place as far as it could be read."""

    document: Document
    read: ReadPlace

    def tell(self, faults: list[Fault], path: Sequence[Key], expected: str, mend: str = "", found: str = "") -> None:
        """Add an error at a path, with what stands there as what was found."""
        shown = found or quoted(self.document.get(path))
        faults.append(self.document.fault(path, shown, expected, mend))

    def service(self, path: Sequence[Key], name: str, faults: list[Fault]) -> ReadInstance | None:
        """The service called `name`; None where there is none (told here), or none whose kind is known."""
        names = {r.name: r for r in self.read.instances}
        if name and names and name not in names:
            self.tell(faults, path, f"a service of the place: {one_of(names)}", suggestion(name, names))
        return names.get(name)

    def year(self, path: Sequence[Key], year: str, faults: list[Fault]) -> None:
        """Tell a financial year of which the calendar does not hold all four quarters."""
        calendar: Calendar | None = self.read.calendar
        if calendar is None or year in calendar.whole_years:
            return
        partly = "Only part of that year lies in the calendar." if year in calendar.years else ""
        self.tell(faults, path, f"a whole year of the calendar: {one_of(calendar.whole_years)}", partly, quoted(year))

    def units(self, read: ReadInstance, lever: str) -> Sequence[str] | None:
        """Ids of the units of a lever; None where the tables they come from are at fault."""
        if read.service is None or read.instance is None or self.read.partial is None:
            return None
        return read.service.units(self.read.partial, read.instance, lever)

    def choices(self, read: ReadInstance, lever: str) -> Sequence[str] | None:
        """Words that a lever takes; None where the tables they come from are at fault."""
        sound = self.read.partial is not None and all(r.instance is not None for r in self.read.instances)
        if read.service is None or read.instance is None or self.read.partial is None or not sound:
            return None
        return read.service.choices(self.read.partial, read.instance, lever)


@dataclass(frozen=True)
class Reach:
    """What one lever can move: all ids, those inside the boundary, and the table that describes them (if any)."""

    ids: Sequence[str]
    inside: Sequence[str]
    table: Table | None
    rows: Mapping[str, int]
    columns: Mapping[str, Column]


def picked(
    known: Known, path: Path_, where: object, lever: Lever, read: ReadInstance, faults: list[Fault]
) -> tuple[str, ...] | None:
    """Ids of the units that a measure moves; None where they are wrong, none, or not known."""
    if lever.name == UNIT_COST.name:
        if where not in (None, *_ALL):
            known.tell(faults, path, "all: the cost of a unit is one number for the whole service")
        return ("all",)
    if where is None:
        if known.document.get(path) is None:
            known.tell(faults, path, "all, a list of ids, or {column: value}", "Say which it moves.", "nothing")
        return None
    reach = _reach(known, read, lever)
    if reach is None:
        return None
    if where in _ALL:
        chosen: Sequence[str] | None = reach.inside
    elif isinstance(where, Mapping):
        chosen = _filtered(known, path, where, reach, faults)
    else:
        chosen = _listed(known, path, where if isinstance(where, tuple) else (str(where),), reach, faults)
    if chosen is not None and not chosen:
        known.tell(faults, path, "at least one row inside the place that matches", found="none that match")
    return tuple(chosen) if chosen else None


def _reach(known: Known, read: ReadInstance, lever: Lever) -> Reach | None:
    """The units of a lever with their rows; where the service's own files are at fault, the ids of its table."""
    spec = next((s for s in read.service.tables if s.name == lever.table), None) if read.service is not None else None
    checked = read.tables.get(lever.table)
    id_column = next((c.name for c in spec.columns if c.kind == "id"), "") if spec is not None else ""
    if spec is None or checked is None or id_column not in checked.given:
        ids = known.units(read, lever.name)
        return None if ids is None else Reach(ids, ids, None, {}, {})
    row = {unit: i for i, unit in enumerate(checked.table.words(id_column))}
    found = known.units(read, lever.name)
    ids = found if found is not None else [unit for unit in row if unit]
    inside = [unit for unit in ids if not _is_outside(checked.table, row.get(unit))]
    return Reach(ids, inside, checked.table, row, {c.name: c for c in spec.columns})


def _is_outside(table: Table, row: int | None) -> bool:
    if row is None or "outside" not in table:
        return False
    return bool(np.nan_to_num(table.numbers("outside")[row]) > 0)


def _listed(known: Known, path: Path_, listed: Sequence[str], reach: Reach, faults: list[Fault]) -> list[str] | None:
    """Ids as they were listed, each once; None where any is unknown or outside."""
    before = len(faults)
    for i, unit in enumerate(listed):
        here = (*path, i) if known.document.get((*path, i)) is not None else path
        if unit not in reach.ids:
            parts = [p.strip() for p in re.split(r"[,;]| and ", unit) if p.strip()]
            several = len(parts) > 1 and all(p in reach.ids for p in parts)
            mend = f"For several, write brackets: [{', '.join(parts)}]." if several else _meant(unit, reach)
            known.tell(faults, here, f"an id from the table: {one_of(reach.inside, most=8)}", mend)
        elif unit not in reach.inside:
            known.tell(faults, here, "an id inside the place", f"{unit} lies outside: the plan cannot change it.")
        elif unit in listed[:i]:
            known.tell(faults, here, "each id once", found=f"{quoted(unit)} again")
    return list(listed) if len(faults) == before else None


def _meant(unit: str, reach: Reach) -> str:
    """What somebody meant who wrote no id: all, a name, or an id nearly so."""
    if unit.casefold() in ("all", "every", "everything", "any", "*"):
        return "Did you mean all?"
    if reach.table is not None and "name" in reach.columns:
        names = {n.casefold(): i for n, i in zip(reach.table.words("name"), reach.rows, strict=False)}
        if unit.casefold() in names:
            return f"That is the name of {names[unit.casefold()]}: write its id."
    return suggestion(unit, reach.ids)


def _filtered(
    known: Known, path: Path_, where: Mapping[str, object], reach: Reach, faults: list[Fault]
) -> list[str] | None:
    """Units inside whose row matches every {column: value}; a value may be a list of values."""
    if reach.table is None:
        known.tell(faults, path, "all or a list of ids", "This lever has no table to choose from.")
        return None
    before = len(faults)
    keep = [unit for unit in reach.inside if unit in reach.rows]
    rows = {unit: reach.rows[unit] for unit in keep}
    for name, wanted in where.items():
        if name not in reach.columns:
            expected = f"a column: {one_of(list(reach.columns), 20)}"
            known.tell(faults, (*path, name), expected, suggestion(name, reach.columns), f"a column {quoted(name)}")
            continue
        values = {_comparable(v, reach.columns[name]): v for v in (wanted if isinstance(wanted, list) else [wanted])}
        cells = [_comparable(cell, reach.columns[name]) for cell in reach.table.columns[name].tolist()]
        there = {cells[row] for row in rows.values()}
        for value in (v for key, v in values.items() if key not in there):
            words = sorted(str(cell) for cell in there)
            mend = suggestion(str(value), words)
            known.tell(faults, (*path, name), f"a value in that column: {one_of(words, 8)}", mend, quoted(value))
        keep = [unit for unit in keep if cells[rows[unit]] in values]
    return keep if len(faults) == before else None


def _comparable(value: object, column: Column) -> object:
    """A cell or a wanted value in the form in which they are compared: numbers as numbers, words in lower case."""
    if column.kind in ("number", "count"):
        try:
            return units.parse(value, column.unit) if isinstance(value, str | float | int) else None
        except units.UnitError:
            return None
    return plain_name(str(value))
