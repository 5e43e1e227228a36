"""A small invented place, a kind of service at a time, whose files are mutated: its tables, its YAML and how it is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from withless.files import areas as area_files
from withless.files import instances as instance_files
from withless.files import place as place_files
from withless.files.areas import read_areas
from withless.files.faults import Fault
from withless.files.plan import gather_plan
from withless.place import Place
from withless.plan import Plan

Rows = list[list[str]]
AREAS: Rows = [["id", "name", "x", "y", "decile", "rural_urban"]] + [
    [f"A{i:02d}", f"Area {i}", str(420_000 + 1_000 * (i % 4)), str(441_000 + 1_100 * (i // 4)), str(i % 10 + 1), "town"]
    for i in range(12)
]
BANDS = {"0-15": 303, "16-24": 151, "25-64": 812, "65-74": 149, "75-84": 83, "85+": 41}
PEOPLE: Rows = [["area", "age_band", "people"]] + [
    [f"A{i:02d}", b, str(n + i)] for i in range(12) for b, n in BANDS.items()
]
_V = "id,name,type,x,y,hours,staffed_hours,users,visits,gross_cost,income,fixed_share,run_by,capital_receipt,mothball_cost"
VENUES: Rows = [r.split(",") for r in (
    _V,
    "L1,Hill Library,library,420100,441100,40,40,903,19020,411000,20100,0.5,council,302000,8100",
    "L2,Mill Library,library,423050,442100,30,30,707,12330,307000,15200,0.45,council,251000,6200",
    "L3,Rise Library,library,422020,443050,20,20,405,7110,203000,10300,0.5,council,122000,4300",
    "L4,Vale Library,library,421020,443150,15,10,211,3190,99000,4400,0.55,trust,83000,2100",
)]  # fmt: skip
USE: Rows = [["area", "venue", "users"]] + [
    [f"A{i:02d}", v, str(n // (1 + (i - at) % 4))]
    for v, n, at in (("L1", 121, 0), ("L2", 91, 7), ("L3", 53, 10), ("L4", 27, 9))
    for i in range(12)
]
TRAVEL: Rows = [["area", "venue", "mode", "minutes"]] + [
    [f"A{i:02d}", v, mode, str(round(5 + 3.1 * abs(i - at) * pace))]
    for v, at in (("L1", 0), ("L2", 7), ("L3", 10), ("L4", 9))
    for mode, pace in (("no_car", 2.4), ("car", 1))
    for i in range(12)
]
LINES: Rows = [r.split(",") for r in (
    "id,name,kind,net,income",
    "ADULTS,Adult care,service,6130000,812000", "ROADS,Roads,service,1310000,307000", "BINS,Waste,service,909000,23000",
    "TAX,Council tax,council_tax,-7100000,7100000", "GRANT,Grants,grant,-1190000,1190000",
)]  # fmt: skip
PROGRAMMES: Rows = [r.split(",") for r in (
    "id,name,fixed_cost,unit_cost,saturation,spend",
    "CLUBS,Youth clubs,140000,91,0.5,310500", "STREET,Street team,60200,420,0.5,190700", "KEY,Key workers,50100,1150,0.8,280300",
)]  # fmt: skip
YOUNG: Rows = [r.split(",") for r in (
    "id,age_band,risk,people,fifth", "SCHOOL,0-15,0.13,1903,1", "YOUTH,16-24,0.2,1107,2",
)]  # fmt: skip
REACH: Rows = [["programme", "young", "share"]] + [
    [p, y, "0.5"] for p in ("CLUBS", "STREET", "KEY") for y in ("SCHOOL", "YOUTH")
]
VALUES: Rows = [["programme", "outcome", "low", "high", "source"]] + [
    [p, o, "0.01", "0.03", "judged"] for p in ("CLUBS", "STREET", "KEY") for o in ("in_education", "offences_averted")
]
WORTH: Rows = [r.split(",") for r in (
    "outcome,low,high,source", "in_education,11000,39000,judged", "offences_averted,3100,9900,judged",
)]  # fmt: skip
CLIENTS: Rows = [r.split(",") for r in (
    "group,age_band,need,setting,met_by,people,hours_week",
    "older,65-74,moderate,home,council,7,6", "older,65-74,substantial,home,council,12,11",
    "older,75-84,moderate,home,council,9,6", "older,75-84,substantial,home,council,21,11",
    "older,85+,substantial,home,council,25,11", "older,85+,critical,home,council,13,19",
    "older,85+,substantial,direct_payment,council,8,11", "older,85+,critical,care_home,council,27,",
    "physical,18-64,all,home,council,17,", "learning,18-64,all,home,council,31,", "mental,18-64,all,home,council,11,",
)]  # fmt: skip
COSTS: Rows = [r.split(",") for r in (
    "setting,unit,pounds,group", "home,hour,25,all", "home,charge,55,all", "care_home,week,1150,older",
    "care_home,charge,300,all", "all,person,25000,physical", "all,person,58000,learning", "all,person,18000,mental",
    "carers,total,40100,all",
)]  # fmt: skip
POLICY: Rows = [["rule", "value"], ["threshold", "moderate"], ["reablement", "20%"], ["means_test", "45%"]]
_WEEKS = ((0, 18), (18, 52), (52, None))
WAITS: Rows = [["specialty", "part", "month", "week_from", "week_to", "count"]] + [
    [s, part, "2026-03", str(a), "" if b is None else str(b), str(n * f // (1 + i))]
    for s, n in (("knees", 301), ("eyes", 613), ("ears", 127))
    for part, f in (("incomplete", 4), ("completed", 1))
    for i, (a, b) in enumerate(_WEEKS)
]
FLOWS: Rows = [["specialty", "month", "clock_starts", "removals", "unit_cost"]] + [
    [s, "2026-03", str(n), "11", str(c)] for s, n, c in (("knees", 431, 2100), ("eyes", 897, 640), ("ears", 181, 450))
]
SERVICES = {
    "venues": ("libraries", "£1.02m", {"venues": VENUES, "use": USE, "travel": TRAVEL}),
    "budget": ("other", "£60k", {"lines": LINES}),
    "programmes": (
        "youth",
        "£800k",
        {"programmes": PROGRAMMES, "young": YOUNG, "reach": REACH, "values": VALUES, "worth": WORTH},
    ),
    "care": ("social_care", "£6.2m", {"clients": CLIENTS, "costs": COSTS, "policy": POLICY}),
    "waits": ("hospital", "£23.6m", {"bands": WAITS, "flows": FLOWS}),
}
"""One service of each kind, with its budget and tables."""
MEASURES = {
    "venues": "lever: hours\n    where: [L1, L3]\n    change: {scale: 0.8}",
    "budget": "lever: net\n    where: [ROADS]\n    change: {add: -£40k}",
    "programmes": "lever: spend\n    where: [CLUBS]\n    change: {scale: 87%}",
    "care": "lever: fees\n    where: [home]\n    change: {scale: 97%}",
    "waits": "lever: capacity\n    where: [knees]\n    change: {scale: 0.9}",
}
"""What the plan for each kind does."""


def csv_of(rows: Rows, end: str = "\n", separator: str = ",") -> bytes:
    """A CSV of rows."""
    held = [[f'"{c}"' if separator in c or '"' in c else c for c in r] for r in rows]
    return "".join(separator.join(r) + end for r in held).encode("utf-8")


def place_yaml(kind: str, files: Mapping[str, str]) -> str:
    """place.yaml of a place with one service; `files` gives the name of each table's file."""
    name, budget, tables = SERVICES[kind]
    listed = ", ".join(f"{t}: {files[t]}" for t in tables)
    return (
        "withless: 1\nname: Testvale\ninvented: true\ncalendar: {start: 2026-04, quarters: 12}\ncoordinates: bng\n"
        f"areas: {files['areas']}\npeople: {files['people']}\nservices:\n  {name}:\n    kind: {kind}\n"
        f"    payer: {'nhs' if kind == 'waits' else 'council'}\n    budget: {budget}\n    tables: {{{listed}}}\n"
    )


def plan_yaml(kind: str) -> str:
    """A plan with one measure for that place."""
    return (
        "withless: 1\ntitle: Savings plan\nplace: .\ntarget: {saving: £50k, by: 2028-29}\nmeasures:\n  - id: less\n"
        f"    service: {SERVICES[kind][0]}\n    {MEASURES[kind]}\n"
        "    start: Oct 2026\n    phase: 2 quarters\n    booked_saving: £40k\n    one_off_cost: £21k\n    posts: 2\n"
        "    evidence: business_case\n    source: Cabinet paper 12\n"
    )


def base(kind: str) -> dict[str, Rows]:
    """The tables of the place with one kind of service."""
    return {"areas": AREAS, "people": PEOPLE, **SERVICES[kind][2]}


@dataclass(frozen=True)
class Read:
    """A place, and its plan where that was read too, as far as they are sound; with every fault."""

    place: Place | None
    plan: Plan | None
    faults: list[Fault]


def read(folder: Path, kind: str, file: str = "", name: str = "", content: bytes = b"") -> Read:
    """The place with one file changed: a table, by its name, or place.yaml or plan.yaml, which are read with the plan."""
    files = {t: f"{t}.csv" for t in base(kind)}
    here = folder / kind
    if not here.is_dir():
        here.mkdir()
        for table, rows in base(kind).items():
            (here / files[table]).write_bytes(csv_of(rows))
    documents = {"place.yaml": place_yaml(kind, files).encode(), "plan.yaml": plan_yaml(kind).encode()}
    if file in documents:
        documents[file] = content
    elif file:
        files[file] = f"{CHANGED}{name}"
        documents["place.yaml"] = place_yaml(kind, files).encode()
        (here / files[file]).write_bytes(content)
    for document, text in documents.items():
        (here / document).write_bytes(text)
    faults: list[Fault] = []
    with pytest.MonkeyPatch.context() as patch:
        for module in (instance_files, area_files):
            patch.setattr(module, "read_table", _once(module.read_table, here))
            patch.setattr(module, "check_columns", _checked_once(module.check_columns, here))
        patch.setattr(place_files, "read_areas", _areas_once(read_areas, here))
        if file in documents:
            plan = gather_plan(here / "plan.yaml", faults).plan
            return Read(plan.place if plan is not None else None, plan, faults)
        return Read(place_files.gather_place(here, faults).place, None, faults)


CHANGED = "changed."
"""How the name of a table's file begins that is changed: all others are read once."""
_kept: dict[object, tuple[Any, list[Fault]]] = {}


def _keeping(key: object, faults: list[Fault], work: Callable[[list[Fault]], Any]) -> Any:
    if key not in _kept:
        found: list[Fault] = []
        _kept[key] = (work(found), found)
    result, found = _kept[key]
    faults += found
    return result


def _once(reads: Callable[..., Any], here: Path) -> Callable[..., Any]:
    def read_table(path: Path, file: str, faults: list[Fault], *how: Any) -> Any:
        if file.startswith(CHANGED) or not path.is_file():
            return reads(path, file, faults, *how)
        return _keeping((here, "table", file, how[1:]), faults, lambda f: reads(path, file, f, *how))

    return read_table


def _checked_once(checks: Callable[..., Any], here: Path) -> Callable[..., Any]:
    def check_columns(raw: Any, spec: Any, ids: Mapping[str, Any], faults: list[Fault], *how: Any) -> Any:
        if raw.file.startswith(CHANGED):
            return checks(raw, spec, ids, faults, *how)
        known = tuple((c.name, tuple(ids[c.refers_to])) for c in spec.columns if c.refers_to in ids)
        return _keeping(
            (here, "checked", raw.file, spec.name, known), faults, lambda f: checks(raw, spec, ids, f, *how)
        )

    return check_columns


def _areas_once(reads: Callable[..., Any], here: Path) -> Callable[..., Any]:
    def areas(folder: Path, areas_file: str, people_file: str, *how: Any) -> Any:
        *how, faults, hidden = how
        if (areas_file, people_file) != ("areas.csv", "people.csv"):
            return reads(folder, areas_file, people_file, *how, faults, hidden)
        key = (here, "areas", *how, hidden)
        return _keeping(key, faults, lambda f: reads(folder, areas_file, people_file, *how, f, hidden))

    return areas


def meaning(read: Read) -> object:
    """What a place and a plan hold, whatever the order of rows; None where they are not sound."""
    if read.place is None:
        return None
    place, plan = read.place, read.plan
    order = np.argsort(place.areas.ids)
    areas = (place.areas.x_km[order].round(6), place.areas.people[order], place.areas.decile[order])
    tables = [
        (name, key, sorted(zip(*map(_told, table.columns.values()), strict=True)))
        for name, instance in place.instances.items()
        for key, table in sorted(instance.tables.items())
    ]
    services = [(i.name, i.kind, i.payer, i.budget) for i in place.instances.values()]
    planned = None
    if plan is not None:
        planned = [
            repr(x) for x in (plan.measures, plan.promises, plan.target_saving, plan.target_year, plan.overrides)
        ]
    return repr((*(a.tolist() for a in areas), tables, services, str(place.calendar), planned))


def _told(column: Any) -> list[str]:
    return [str(v) for v in (column if column.dtype == object else np.round(column, 6))]
