"""The services of a place: each instance's kind, budget and the tables that its kind declares."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

import numpy as np

from ..assumptions import Joint
from ..place import Array, Instance, Place, Table, TableSpec
from ..service import Problem, Service, discover
from .areas import check_points
from .columns import Checked, check_columns
from .documents import ServiceSection, read_section
from .faults import Fault, nearest, one_of, quoted
from .fit import MADE_BY, read_fit
from .grid import to_metres
from .header import wanted_by
from .names import check_names_alike
from .overrides import known_register
from .tables import read_table
from .workbook import ENDINGS
from .yaml_lines import Document


@dataclass(frozen=True)
class ReadInstance:
    """One service as far as it could be read: `instance` is None where any error was found."""

    name: str
    section: ServiceSection
    service: Service | None = None
    tables: Mapping[str, Checked] = field(default_factory=dict)
    instance: Instance | None = None


def read_instances(
    document: Document,
    folder: Path,
    names: Sequence[str],
    area_ids: tuple[str, ...] | None,
    coordinates: str,
    faults: list[Fault],
    hidden_rows: bool = False,
) -> list[ReadInstance]:
    """Every service of the place, with volunteers' time shared out."""
    read = [_instance(document, folder, name, area_ids, coordinates, faults, hidden_rows) for name in names]
    _one_table_each(document, read, faults)
    return _shared(document, read, faults)


def service_problems(read: ReadInstance, place: Place, faults: list[Fault]) -> None:
    """Faults that only the service can see, in the rows of the files."""
    if read.service is None or read.instance is None:
        return
    for p, more in _once(read.service.problems(place, read.instance)):
        checked = read.tables.get(p.table)
        known = checked is not None and p.row is not None and 0 <= p.row < len(checked.rows)
        row = int(checked.rows[p.row]) if checked is not None and known and p.row is not None else None
        file = checked.file if checked is not None else f"{read.name} {p.table}".strip()
        faults.append(Fault(file, row, p.column, p.found, p.expected, p.mend, p.severity, more=more))


def _one_table_each(document: Document, read: Sequence[ReadInstance], faults: list[Fault]) -> None:
    """Refuse the main table of a service that is another's too: all of it would count twice."""
    first: dict[tuple[str, str], str] = {}
    for r in read:
        if r.service is None:
            continue
        table = r.service.tables[0].name
        file = r.section.tables.get(table, "")
        before = first.setdefault((table, file), r.name)
        if file and before != r.name:
            mend = "What is in it would count twice: give each service its own table"
            mend += f", or sheet: {file}#Sheet2." if file.endswith(ENDINGS) else "."
            path = ("services", r.name, "tables", table)
            faults.append(document.fault(path, f"{quoted(file)}, the table of {before}", "a table of its own", mend))


_EACH = 3
"""Rows with the same mend that are told one by one; beyond it, the first stands for all."""


def _once(problems: list[Problem]) -> list[tuple[Problem, int]]:
    """Problems with how many more each stands for: one cause in many rows is one sentence."""
    cause = [(p.table, p.column, p.expected, p.mend, p.severity) if p.row is not None else id(p) for p in problems]
    often = Counter(cause)
    told: set[object] = set()
    found = []
    for p, key in zip(problems, cause, strict=True):
        if often[key] <= _EACH:
            found.append((p, 0))
        elif key not in told:
            told.add(key)
            found.append((p, often[key] - 1))
    return found


def _instance(
    document: Document,
    folder: Path,
    name: str,
    area_ids: tuple[str, ...] | None,
    coordinates: str,
    faults: list[Fault],
    hidden_rows: bool,
) -> ReadInstance:
    before = len(faults)
    path = ("services", name)
    if not name.replace("_", "").replace("-", "").isalnum() or name == "all":
        faults.append(document.fault(path, quoted(name), "a name of letters, digits, - and _ (not all)"))
    section = read_section(ServiceSection, document, path, faults)
    services = discover()
    if section.kind and section.kind not in services:
        near = nearest(section.kind, services)
        mend = f"Did you mean {near}?" if near else ""
        faults.append(document.fault((*path, "kind"), quoted(section.kind), one_of(list(services)), mend))
    service = services.get(section.kind)
    if service is None:
        return ReadInstance(name, section)
    fit = _fit(document, folder, name, section.fit, faults) if section.fit else None
    tables = _tables(document, folder, name, section, service, area_ids, coordinates, faults, hidden_rows)
    if any(f.severity == "error" for f in faults[before:]):
        return ReadInstance(name, section, service, tables)
    instance = Instance(
        name=name,
        kind=section.kind,
        title=section.title or name.replace("_", " ").capitalize(),
        payer=section.payer,
        budget=section.budget,
        tables={k: _on_grid(c.table, service, k, coordinates) for k, c in tables.items()},
        options={"fit": fit} if fit is not None else {},
    )
    return ReadInstance(name, section, service, tables, instance)


def _fit(document: Document, folder: Path, name: str, file: str, faults: list[Fault]) -> Joint | None:
    """The estimates that a service names, if its file is in the place's folder and sound."""
    if not safe(file):
        mend = "Copy the file into the place's folder."
        faults.append(document.fault(("services", name, "fit"), quoted(file), "a file inside the place's folder", mend))
        return None
    found = read_fit(folder / file, file, name, faults)
    unknown = [n for n in found.names if n.partition("@")[0] not in known_register().items] if found else []
    if unknown:
        faults.append(Fault(file, None, "names", quoted(unknown[0]), "the name of an assumption", MADE_BY))
        return None
    return found


def _tables(
    document: Document,
    folder: Path,
    name: str,
    section: ServiceSection,
    service: Service,
    area_ids: tuple[str, ...] | None,
    coordinates: str,
    faults: list[Fault],
    hidden_rows: bool,
) -> dict[str, Checked]:
    """Read and check every table of an instance, those first that others refer to."""
    specs = {spec.name: spec for spec in service.tables}
    path = ("services", name, "tables")
    for table in section.tables:
        if table not in specs:
            near = nearest(table, specs)
            mend = f"Did you mean {near}?" if near else "Take it out."
            faults.append(document.fault((*path, table), f"a table {quoted(table)}", one_of(list(specs)), mend))
    for spec in service.tables:
        if not spec.required or spec.name in section.tables:
            continue
        if not nearest(spec.name, section.tables.keys() - specs.keys()):
            expected = f"a table {spec.name} ({spec.meaning})"
            faults.append(document.fault((*path, spec.name), "nothing", expected, f"Add {spec.name}: and its file."))
    ids: dict[str, tuple[str, ...]] = {} if area_ids is None else {"areas.id": area_ids}
    checked: dict[str, Checked] = {}
    for spec in _in_order(service.tables):
        if spec.name not in section.tables:
            continue
        file = section.tables[spec.name]
        if not safe(file):
            mend = "Copy the table into the place's folder."
            told = document.fault((*path, spec.name), quoted(file), "a file inside the place's folder", mend)
            faults.append(told)
            continue
        raw = read_table(folder / file, file, faults, wanted_by(spec), hidden_rows)
        if raw is None:
            continue
        done = check_columns(raw, spec, ids, faults)
        checked[spec.name] = done
        check_names_alike(done, spec, faults)
        ids |= {f"{spec.name}.{c.name}": done.table.words(c.name) for c in spec.columns if _is_id(c.kind, c.name, done)}
        check_points(done, coordinates, faults)
    return checked


def safe(file: str) -> bool:
    """Whether a path stays inside the place's folder, so that a place can be passed on whole."""
    parts = PurePosixPath(file.replace("\\", "/"))
    inside = bool(parts.parts) and not parts.is_absolute() and ".." not in parts.parts
    return inside and not set(file) & {":", "\0"}


def _is_id(kind: str, column: str, checked: Checked) -> bool:
    return kind == "id" and column in checked.given


def _in_order(specs: Sequence[TableSpec]) -> list[TableSpec]:
    """Tables that refer to no other of the same service first."""
    own = {spec.name for spec in specs}

    def refers(spec: TableSpec) -> bool:
        return any(c.refers_to.partition(".")[0] in own - {spec.name} for c in spec.columns)

    return sorted(specs, key=refers)


def _on_grid(table: Table, service: Service, name: str, coordinates: str) -> Table:
    """The table with x and y on the National Grid, in metres, or in the unit that the service declares for them."""
    if "x" not in table or "y" not in table:
        return table
    spec = next(spec for spec in service.tables if spec.name == name)
    scale = {c.name: 0.001 if c.unit == "km" else 1.0 for c in spec.columns}
    x, y = to_metres(table.numbers("x"), table.numbers("y"), coordinates)
    moved: dict[str, Array] = {"x": x * scale["x"], "y": y * scale["y"]}
    return replace(table, columns={**table.columns, **moved})


def _shared(document: Document, read: list[ReadInstance], faults: list[Fault]) -> list[ReadInstance]:
    """Share out volunteers' time: as given, the rest equally among the other services that can use it."""
    uses = [r.service is not None and r.service.uses_volunteers for r in read]
    given = np.array([r.section.volunteer_share for r in read], dtype=np.float64)
    total = float(np.nansum(given)) if len(read) else 0.0
    if total > 1 + 1e-9:
        found = f"volunteer_share adding up to {100 * total:.0f}%"
        mend = "Volunteers have their time once: lower the shares."
        faults.append(document.fault(("services",), found, "at most 100% over all services", mend))
        return [replace(r, instance=None) for r in read]
    waiting = [u and math.isnan(s) for u, s in zip(uses, given, strict=True)]
    rest = max(1.0 - total, 0.0) / max(sum(waiting), 1)
    shares = [rest if w else 0.0 if math.isnan(s) else float(s) for w, s in zip(waiting, given, strict=True)]
    return [
        replace(r, instance=replace(r.instance, pool_share=share)) if r.instance is not None else r
        for r, share in zip(read, shares, strict=True)
    ]
