"""A place from official files in one step: any English authority with its areas, people, rim and libraries.

What the files do not hold is judged, and NOTES.md says so: users of each library, costs, cars.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import polars as pl

from ..files import Fault, Faults
from ..writing import write_whole
from . import geography, libraries
from .published import FILES

MEMBERS_PER_PERSON = 0.13
"""Active members of a population: 71,300 of Somerset's 556,000 in October 2018 (LibrariesWest). Elsewhere a judgement."""
POUNDS_PER_PERSON = 13.0
"""Net library spending a head: £744m in 2018/19 (CIPFA) over Great Britain's people is £11 to £13. For one place a judgement."""
OVERHEAD_SHARE, INCOME_SHARE, FIXED_SHARE = 0.35, 0.08, 0.4
USUAL_HOURS = {"council": 36.5, "commissioned": 34.0, "community": 18.0}
"""Median opening hours a week of static libraries, by who runs them (Arts Council England, 2023)."""

PLACE = """\
withless: 1
name: {name}
calendar: {{start: 2026-04, quarters: 20}}
coordinates: bng
prices: 2026-27
areas: areas.csv
people: people.csv
services:
  libraries:
    kind: venues
    title: Libraries
    payer: council
    budget: £{budget:.0f}
    tables: {{venues: libraries.csv}}
note: Users and costs of libraries are judged, not counted (see NOTES.md). Put your own in libraries.csv before use.
"""
PLAN = """\
withless: 1
title: {name}, a plan to be written
place: .
measures: []   # docs/files.md says what goes here
"""


def assemble(authority: str, data: Path, out: Path) -> list[str]:
    """Write place.yaml, its tables, an empty plan.yaml and NOTES.md into `out`; returns the notes.

    Raises `Faults` for an unknown authority or a file that is missing or not what it should be; nothing is written then.
    """
    districts = geography.districts_of(authority, data)
    areas = geography.areas(data, districts)
    inside = areas.filter(pl.col("outside") == 0)
    if inside.is_empty():
        found, mend = f'no small area of England in "{authority}"', "Is it in Wales or Scotland?"
        raise Faults([Fault(FILES["districts"].name, None, "", found, "at least one", mend)])
    people = geography.people(data, areas["id"].to_list())
    population = float(people.filter(pl.col("area").is_in(inside["id"].to_list()))["people"].sum())
    table, notes = _venues(data, libraries.open_now(data), areas, people, population)
    name = authority.strip() if authority.strip() != authority.strip().lower() else authority.strip().title()
    budget = round(POUNDS_PER_PERSON * population, -3)
    said = [
        f"{len(inside):,} areas (LSOA 2011) of {', '.join(districts)}; {len(areas) - len(inside):,} in the rim: those in "
        f"England within {geography.RIM_KM:.0f} km. Centres are of the shape, not of its people; Welsh areas are left out.",
        f"{population:,.0f} people, mid-2020; deprivation of 2019; town and country of 2011.",
        *notes,
        f"Judged: net budget £{budget:,.0f} a year, £{POUNDS_PER_PERSON:.0f} a head; {OVERHEAD_SHARE:.0%} of it tied to no "
        f"building, income {INCOME_SHARE:.0%} of gross cost, {FIXED_SHARE:.0%} of a building's cost fixed, shared out by hours.",
        "Nothing here tells who has a car: the register's wide shares are drawn.",
    ]
    files = {
        "areas.csv": as_csv(areas),
        "people.csv": as_csv(people),
        "libraries.csv": as_csv(_with_money(table, budget)),
        "place.yaml": PLACE.format(name=name, budget=budget),
        "plan.yaml": PLAN.format(name=name),
        "NOTES.md": "# How this place was made\n\n" + "".join(f"- {line}\n" for line in said),
    }
    for file, text in files.items():
        write_whole(out / file, text)
    return said


def _venues(
    data: Path, table: pl.DataFrame, areas: pl.DataFrame, people: pl.DataFrame, population: float
) -> tuple[pl.DataFrame, list[str]]:
    """Libraries inside and around, users and hours filled; one lies inside where the nearest area does."""
    unplaced = table.filter(pl.col("x").is_null())
    placed = table.filter(pl.col("x").is_not_null())
    home = pl.Series(geography.nearest_area(data, placed.select("x", "y").to_numpy()))
    kept = placed.with_columns(home=home).join(areas.select("outside", home="id"), on="home", maintain_order="left")
    guessed = int(kept["hours"].is_null().sum())
    kept = kept.with_columns(pl.col("hours").fill_null(pl.col("run_by").replace_strict(USUAL_HOURS)))
    ours = kept.filter(pl.col("outside") == 0)
    if ours.is_empty():
        raise Faults(
            [Fault(FILES["libraries"].name, None, "", "no open library inside", "at least one", "Check the name.")]
        )
    around = float(people["people"].sum()) - population
    per_hour = MEMBERS_PER_PERSON * population / float(ours["hours"].sum())
    rim_hours = float(kept.filter(pl.col("outside") == 1)["hours"].sum())
    rim = MEMBERS_PER_PERSON * around / rim_hours if rim_hours else 0.0
    kept = kept.with_columns(
        users=(pl.col("hours") * pl.when(pl.col("outside") == 0).then(per_hour).otherwise(rim)).round(0),
        id=pl.Series([f"LIB{i:04d}" for i in range(1, len(kept) + 1)]),
    )
    notes = [
        f"{len(ours)} libraries inside, {len(kept) - len(ours)} around, as open in 2023 and placed by postcode; "
        f"{len(unplaced)} of all England have a postcode that is not known and are left out.",
        f"Hours of 2023; {guessed} libraries without get the median of their kind.",
        f"Judged: {MEMBERS_PER_PERSON:.0%} of people use a library, shared out by opening hours. No file here counts them.",
    ]
    return kept, notes


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


def as_csv(table: pl.DataFrame) -> str:
    """A table as CSV text with short numbers."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    for row in table.iter_rows():
        writer.writerow(["" if v is None else f"{v:.10g}" if isinstance(v, float) else v for v in row])
    return out.getvalue()
