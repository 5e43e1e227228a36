"""A place folder to a `Place`: place.yaml, areas, people and every service's tables, with all faults in one pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ..place import Calendar, Place, Table
from .amounts import check_amounts
from .areas import ReadAreas, read_areas
from .blanks import taken
from .documents import CalendarSection, PlaceSection, read_section
from .faults import Fault, Faults, has_errors, in_order, quoted
from .finances import read_finances
from .instances import ReadInstance, read_instances, safe, service_problems
from .overrides import read_overrides
from .tables import ONE_SHEET
from .whereabouts import check_points_together, check_travel
from .yaml_lines import Document, load

FILE = "place.yaml"
WARNING, BLANK = "Warning: ", "Blank: "
"""How notes begin that are a warning, or say what a blank was taken for."""


@dataclass(frozen=True)
class ReadPlace:
    """A place as far as it could be read: `place` is None where any error was found.

    `partial` is what is sound of it; with the calendar and the services it lets a plan be checked all the same.
    """

    place: Place | None
    partial: Place | None
    calendar: Calendar | None = None
    instances: tuple[ReadInstance, ...] = ()


def read_place(path: str | Path) -> tuple[Place, list[Fault]]:
    """A place from its folder (or its place.yaml), with warnings; raises `Faults` with everything that is wrong."""
    faults: list[Fault] = []
    read = gather_place(Path(path), faults)
    if read.place is None or has_errors(faults):
        raise Faults(faults)
    return with_notes(read.place, faults, taken(read.place)), in_order(faults)


def with_notes(place: Place, faults: Iterable[Fault], blanks: Iterable[str]) -> Place:
    """The place with its warnings, and what blanks were taken for, among its notes: they go with every result."""
    warned = [f"{WARNING}{f}" for f in in_order(faults) if f.severity != "error"]
    return replace(place, notes=(*place.notes, *warned, *(f"{BLANK}{b}" for b in blanks)))


def gather_place(path: Path, faults: list[Fault]) -> ReadPlace:
    """Read a place, adding what is wrong to `faults`; never raises for what the files hold."""
    file = path / FILE if path.is_dir() else path
    document = load(file, file.name, faults)
    if document is None:
        return ReadPlace(None, None)
    before = len(faults)
    section = read_section(PlaceSection, document, (), faults)
    calendar = _calendar(document, faults)
    folder = file.parent
    areas = read_areas(
        folder,
        _table(document, "areas", section.areas, faults),
        _table(document, "people", section.people, faults),
        section.coordinates,
        faults,
        section.hidden_rows == "read",
    )
    names = tuple(section.services)
    if not names and isinstance(document.get(("services",)), dict):
        faults.append(document.fault(("services",), "no service", "at least one"))
    instances = read_instances(
        document, folder, names, areas.ids, section.coordinates, faults, section.hidden_rows == "read"
    )
    _sheets_once(faults)
    overrides = read_overrides(document, ("assumptions",), section.assumptions, names, "place", faults)
    given = {name: _table(document, name, getattr(section, name), faults) for name in ("reserves", "gap")}
    tables = read_finances(folder, given, calendar, faults, section.hidden_rows == "read")
    partial = _build(section, calendar, areas, instances, overrides, tables)
    if partial is not None:
        check_points_together(partial, instances, (section.areas, areas.rows), faults)
        for instance in instances:
            service_problems(instance, partial, faults)
            check_amounts(instance, partial, faults)
            check_travel(partial, instance.tables, faults)
    whole = not has_errors(faults[before:])
    return ReadPlace(partial if whole else None, partial, calendar, tuple(instances))


def _sheets_once(faults: list[Fault]) -> None:
    """Of a workbook that several tables are read from, nobody needs to hear each time that it has other sheets."""
    told = [f for f in faults if f.severity == "warning" and f.expected == ONE_SHEET]
    files = Counter(f.file for f in told)
    for f in told:
        if files[f.file] > 1:
            faults.remove(f)


def _table(document: Document, key: str, file: str, faults: list[Fault]) -> str:
    """The name of a table's file, if it stays in the folder."""
    if file and not safe(file):
        mend = "Copy the table into the place's folder."
        faults.append(document.fault((key,), quoted(file), "a file inside the place's folder", mend))
        return ""
    return file


def _calendar(document: Document, faults: list[Fault]) -> Calendar | None:
    """The calendar, if it is sound."""
    path = ("calendar",)
    if not isinstance(document.get(path), dict):
        return None
    before = len(faults)
    section = read_section(CalendarSection, document, path, faults)
    if section.start is not None and (section.start.month not in (1, 4, 7, 10) or section.start.day != 1):
        found = quoted(document.get((*path, "start")))
        mend = "Quarters start in January, April, July and October."
        faults.append(document.fault((*path, "start"), found, "the first month of a quarter, such as 2026-04", mend))
    if section.start is None or has_errors(faults[before:]):
        return None
    return Calendar(section.start.year, section.start.month, int(section.quarters))


def _build(
    section: PlaceSection,
    calendar: Calendar | None,
    areas: ReadAreas,
    instances: list[ReadInstance],
    overrides: Mapping[str, Mapping[str, object]],
    tables: Mapping[str, Table],
) -> Place | None:
    """The place from its sound parts; None where calendar or areas are not."""
    if calendar is None or areas.areas is None:
        return None
    return Place(
        name=section.name,
        invented=section.invented,
        calendar=calendar,
        prices=section.prices or calendar.years[0],
        areas=areas.areas,
        instances={r.name: r.instance for r in instances if r.instance is not None},
        overrides=overrides,
        notes=section.note,
        tables=tables,
    )
