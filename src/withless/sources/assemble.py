"""A place from official files in one step: any English authority with its areas, people, rim, libraries, and pools and
sports centres where their files lie in the folder.

What the files do not hold is judged, and NOTES.md says so: users of each building, costs, cars.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ..writing import write_folder
from . import geography, libraries, sports
from .spreadsheets import as_csv

__all__ = ["as_csv", "assemble"]

MEMBERS_PER_PERSON = 0.13
"""Active members of a population: 71,300 of Somerset's 556,000 in October 2018 (LibrariesWest). Elsewhere a judgement."""
POUNDS_PER_PERSON = 13.0
"""Net library spending a head: £744m in 2018/19 (CIPFA) over Great Britain's people is £11 to £13. For one place a judgement."""
OVERHEAD_SHARE, INCOME_SHARE, FIXED_SHARE = 0.35, 0.08, 0.4

PLACE = """\
withless: 1
name: {name}
calendar: {{start: 2026-04, quarters: 20}}
coordinates: bng
prices: 2026-27
areas: areas.csv
people: people.csv
services:
{services}note: Users and costs are judged, not counted (see NOTES.md). Put your own into the tables before use.
"""
SERVICE = """\
  {name}:
    kind: venues
    title: {title}
    payer: council
    budget: £{budget:.0f}
    tables: {{venues: {name}.csv}}
"""
PLAN = """\
withless: 1
title: {name}, a plan to be written
place: .
measures: []   # docs/files.md says what goes here
"""


@dataclass(frozen=True)
class Part:
    """One service of the place: its name and title, net budget in pounds a year, its venues, and what to say of it."""

    name: str
    title: str
    budget: float
    table: pl.DataFrame
    notes: list[str]


def assemble(authority: str, data: Path, out: Path) -> list[str]:
    """Write place.yaml, its tables, an empty plan.yaml and NOTES.md into `out`; returns the notes.

    Raises `Faults` for an unknown authority or a file that is missing or not what it should be; nothing is written then.
    """
    districts = geography.districts_of(authority, data)
    areas = geography.areas(data, districts)
    inside = areas.filter(pl.col("outside") == 0)
    people = geography.people(data, areas["id"].to_list())
    population = float(people.filter(pl.col("area").is_in(inside["id"].to_list()))["people"].sum())
    parts = [_libraries(data, areas, people, population), *_sports(data, areas, people, population)]
    name = authority.strip() if authority.strip() != authority.strip().lower() else authority.strip().title()
    said = [
        f"{len(inside):,} areas (LSOA 2011) of {', '.join(districts)}; {len(areas) - len(inside):,} in the rim: those in "
        f"England within {geography.RIM_KM:.0f} km. Centres are of the shape, not of its people; Welsh areas are left out.",
        f"{population:,.0f} people, mid-2020; deprivation of 2019; town and country of 2011.",
        *(line for part in parts for line in part.notes),
        "Nothing here tells who has a car: the register's wide shares are drawn.",
    ]
    services = "".join(SERVICE.format(name=p.name, title=p.title, budget=p.budget) for p in parts)
    files = {
        "areas.csv": as_csv(areas),
        "people.csv": as_csv(people),
        **{f"{part.name}.csv": as_csv(part.table) for part in parts},
        "place.yaml": PLACE.format(name=name, services=services),
        "plan.yaml": PLAN.format(name=name),
        "NOTES.md": "# How this place was made\n\n" + "".join(f"- {line}\n" for line in said),
    }
    write_folder(out, files, edited=True)
    return said


def _libraries(data: Path, areas: pl.DataFrame, people: pl.DataFrame, population: float) -> Part:
    """Libraries inside and around, with users and money judged."""
    kept, notes = libraries.venues(data, areas)
    around = float(people["people"].sum()) - population
    per_hour = MEMBERS_PER_PERSON * population / float(kept.filter(pl.col("outside") == 0)["hours"].sum())
    rim_hours = float(kept.filter(pl.col("outside") == 1)["hours"].sum())
    rim = MEMBERS_PER_PERSON * around / rim_hours if rim_hours else 0.0
    kept = kept.with_columns(
        users=(pl.col("hours") * pl.when(pl.col("outside") == 0).then(per_hour).otherwise(rim)).round(0)
    )
    budget = round(POUNDS_PER_PERSON * population, -3)
    judged = [
        f"Judged: {MEMBERS_PER_PERSON:.0%} of people use a library, shared out by opening hours. No file here counts them.",
        f"Judged: net budget £{budget:,.0f} a year, £{POUNDS_PER_PERSON:.0f} a head; {OVERHEAD_SHARE:.0%} of it tied to no "
        f"building, income {INCOME_SHARE:.0%} of gross cost, {FIXED_SHARE:.0%} of a building's cost fixed, shared out by hours.",
    ]
    return Part("libraries", "Libraries", budget, _with_money(kept, budget), [*notes, *judged])


def _sports(data: Path, areas: pl.DataFrame, people: pl.DataFrame, population: float) -> Iterator[Part]:
    """Pools and sports centres, where the files are there and have any inside."""
    for name, kind in sports.KINDS.items():
        if not sports.there(name, data):
            continue
        table, notes = sports.venues(data, name, areas)
        if (table.filter(pl.col("outside") == 0)["run_by"] == "council").any():
            table, added = sports.with_stand_ins(table, name, areas, people)
            venues, budget, judged = sports.with_use_and_money(table, name, population)
            yield Part(name, kind.title, budget, venues, [*notes, *added, *judged])


def _with_money(table: pl.DataFrame, budget: float) -> pl.DataFrame:
    """The venues table in its order, a stated budget shared out by hours over libraries inside that others do not run."""
    pays = (pl.col("outside") == 0) & (pl.col("run_by") != "community")
    hours = pl.when(pays).then(pl.col("hours")).otherwise(0.0)
    gross = (1 - OVERHEAD_SHARE) * budget / (1 - INCOME_SHARE)
    cost = (gross * hours / hours.sum() / 100).round(0) * 100
    inside = pl.col("outside") == 0
    return table.with_columns(
        type=pl.lit("library"),
        x=pl.col("x").round(0),
        y=pl.col("y").round(0),
        staffed_hours=pl.when(pl.col("run_by") == "community").then(0.0).otherwise(pl.col("hours")),
        gross_cost=pl.when(inside).then(cost),
        income=pl.when(inside).then((cost * INCOME_SHARE / 100).round(0) * 100),
        fixed_share=pl.lit(FIXED_SHARE),
        capital_receipt=pl.lit(0),
        mothball_cost=pl.lit(0),
    ).select(
        *("id", "name", "type", "x", "y", "hours", "staffed_hours", "users", "gross_cost", "income", "fixed_share"),
        *("run_by", "capital_receipt", "mothball_cost", "outside"),
    )
