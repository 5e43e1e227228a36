"""A small invented place and plan on disk, and a stand-in service, for the tests of reading files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from withless.assumptions import Assumption, Register, Source
from withless.place import Column, Instance, Place, TableSpec
from withless.plan import Lever
from withless.service import BaseService, Problem, Quantity

KINDS = ("library", "museum", "pool", "sports")

VENUES = TableSpec(
    "venues",
    "buildings",
    (
        Column("id", "id", "id"),
        Column("name", "text", "name"),
        Column("type", "choice", "type", choices=KINDS),
        Column("x", "number", "easting", unit="metres"),
        Column("y", "number", "northing", unit="metres"),
        Column("hours", "number", "opening hours", unit="hours/week", low=0, high=168),
        Column("users", "count", "users", unit="people", blank=True),
        Column("visits", "number", "visits", unit="visits/year", low=0, required=False),
        Column("gross_cost", "number", "cost", unit="pounds/year", low=0),
        Column("fixed_share", "number", "fixed share", unit="share", low=0, high=1, default=0.5),
        Column("outside", "number", "outside", unit="switch", required=False, default=0.0),
    ),
    key=("id",),
)
USE = TableSpec(
    "use",
    "users by area and venue",
    (
        Column("area", "ref", "area", refers_to="areas.id"),
        Column("venue", "ref", "venue", refers_to="venues.id"),
        Column("users", "count", "users", unit="people"),
    ),
    key=("area", "venue"),
    required=False,
)
DETOUR = Assumption(
    "venues.detour", "road over straight line", "ratio", "uniform", 1.1, 1.6, Source("our judgement", "judged")
)
VALUE_OF_TIME = Assumption(
    "venues.value_of_time", "an hour", "pounds/hour", "uniform", 3, 9, Source("our judgement", "judged")
)


def never(model: object, settings: object, **arguments: object) -> NDArray[np.float64]:
    """A quantity that nothing here asks for."""
    raise NotImplementedError


class StandIn(BaseService):
    """Declares what a service of buildings declares, and simulates nothing."""

    kind = "venues"
    tables = (VENUES, USE)
    levers = (
        Lever("open", "open or closed", "switch", "venues", 0, 1, closes=True),
        Lever("hours", "opening hours", "hours/week", "venues", 0, 168),
        Lever("volunteers", "run by volunteers", "switch", "venues", 0, 1),
        Lever("shared", "building it moves into", "choice", "venues"),
    )
    assumptions = Register({a.name: a for a in (DETOUR, VALUE_OF_TIME)})
    quantities: Mapping[str, Quantity] = {
        "people_beyond": Quantity("people", "people further than", {"minutes": "minutes", "venue": "id?"}, never),
        "venues_open": Quantity("venues", "open", {}, never),
    }
    extras = ("venues_open",)
    uses_volunteers = True
    nouns = ("library", "users")

    def units(self, place: Place, instance: Instance, lever: str) -> tuple[str, ...]:
        return instance.tables["venues"].words("id")

    def choices(self, place: Place, instance: Instance, lever: str) -> tuple[str, ...]:
        return ("none", *instance.tables["venues"].words("id")) if lever == "shared" else ()

    def baseline(self, place: Place, instance: Instance) -> Mapping[str, np.ndarray]:
        hours = instance.tables["venues"].numbers("hours")
        ones = np.ones(len(hours))
        return {"open": ones, "hours": hours, "volunteers": 0 * ones, "shared": 0 * ones}

    def problems(self, place: Place, instance: Instance) -> list[Problem]:
        venues = instance.tables["venues"]
        idle = (venues.numbers("hours") == 0) & (venues.numbers("users") > 0)
        return [
            Problem("venues", int(i), "hours", "users of a venue that never opens", "hours above 0", "Give its hours.")
            for i in np.flatnonzero(idle)
        ]


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """Only the stand-in is installed."""
    service = StandIn()
    for module in ("overrides", "instances"):
        monkeypatch.setattr(f"withless.files.{module}.discover", lambda: {"venues": service})
    return service


AREAS = """id,name,x,y,decile,rural_urban,no_car_share,outside
A1,Mill End,330000,130000,1,urban,35%,0
A2,High Town,331000,131000,5,town,0.2,no
A3,Far Moor,360000,140000,10,rural,,1
"""
PEOPLE = "area,age_band,people\n" + "".join(
    f"{area},{band},{count}\n"
    for area in ("A1", "A2", "A3")
    for band, count in zip(
        ("0-15", "16-24", "25-64", "65-74", "75-84", "85+"), (300, 150, 800, 150, 80, 40), strict=True
    )
)
LIBRARIES = """id,name,type,x,y,hours,users,visits,gross_cost,fixed_share,outside
LIB01,Mill End Library,library,330100,130100,40,900,20000,"£150,000",60%,0
LIB02,High Town Library,library,331100,131100,18 hours/week,*,"4,000",80k,,0
LIB03,Far Moor Library,library,360100,140100,30,700,9000,100000,0.6,1
"""
USERS = "area,venue,users\nA1,LIB01,600\nA2,LIB01,300\nA2,LIB02,*\n"
PLACE = """withless: 1
name: Testshire
invented: true
calendar: {start: 2026-04, quarters: 12}
coordinates: bng
prices: 2026-27
areas: areas.csv
people: people.csv
services:
  libraries:
    kind: venues
    payer: council
    budget: £0.3m
    tables: {venues: libraries.csv, use: members.csv}
assumptions:
  venues.detour: {low: 1.2, high: 1.5, source: county survey 2025}
"""
PLAN = """withless: 1
title: Savings plan
place: .
target: {saving: £80k, by: 2028-29}
measures:
  - id: close-one
    title: Close a library
    service: libraries
    lever: open
    where: [LIB02]
    change: {set: 0}
    start: Oct 2026
    phase: 2 quarters
    booked_saving: £60k
    one_off_cost: 5k
    posts: 2
    evidence: contract
    source: Cabinet paper 12
promises:
  - text: Nobody will be more than 20 minutes from a library
    check: {service: libraries, what: people_beyond, minutes: 20, is: "<=", value: 0, when: end}
"""
FILES = {
    "areas.csv": AREAS,
    "people.csv": PEOPLE,
    "libraries.csv": LIBRARIES,
    "members.csv": USERS,
    "place.yaml": PLACE,
    "plan.yaml": PLAN,
}


def write(folder: Path, **changed: str | bytes | None) -> Path:
    """The place and plan in `folder`, with files replaced: `areas="..."` replaces areas.csv; None leaves it out."""
    named = {name.partition(".")[0]: name for name in FILES}
    contents: dict[str, str | bytes | None] = {**FILES, **{named[k]: v for k, v in changed.items()}}
    for name, content in contents.items():
        if content is not None:
            data = content.encode() if isinstance(content, str) else content
            (folder / name).write_bytes(data)
    return folder


def swap(text: str, old: str, new: str) -> str:
    """`text` with the one `old` replaced; fails where it is not there, so that a test cannot go stale."""
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    return text.replace(old, new)
