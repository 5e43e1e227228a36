"""A place from official files in one step: any English authority with its areas, people, rim, libraries, and pools and
sports centres where their files lie in the folder.

What the files do not hold is judged, and NOTES.md says so: users of each building, costs, cars.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..writing import write_folder
from . import geography, libraries, sports
from .catalogue import FILES, find, read
from .file_spec import as_number
from .spreadsheets import as_csv

__all__ = ["as_csv", "assemble"]

MEMBERS_PER_PERSON = 0.13
"""Active members of a population: 71,300 of Somerset's 556,000 in October 2018 (LibrariesWest). Elsewhere a judgement."""
POUNDS_PER_PERSON = 13.0
"""Net library spending a head: £744m in 2018/19 (CIPFA) over Great Britain's people is £11 to £13. For one place a judgement."""
SPENT_IN = "2018-19"
"""The year of those pounds, and so of the place's: no deflator here goes further."""
OVERHEAD_SHARE, INCOME_SHARE, FIXED_SHARE = 0.35, 0.08, 0.4

PLACE = """\
withless: 1
name: {name}
calendar: {{start: 2026-04, quarters: 20}}
coordinates: bng
prices: {prices}
areas: areas.csv
people: people.csv
services:
{services}note:
{judged}  - See NOTES.md, and put your own figures into the tables before use.
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
    judged: list[str]
    notes: list[str]


def assemble(authority: str, data: Path, out: Path) -> list[str]:
    """Write place.yaml, its tables, an empty plan.yaml and NOTES.md into `out`; returns the notes.

    Raises `Faults` for an unknown authority or a file that is missing or not what it should be; nothing is written then.
    """
    districts = geography.districts_of(authority, data)
    areas, rim = _with_rim(geography.areas(data, districts))
    inside = areas.filter(pl.col("outside") == 0)
    people = geography.people(data, areas["id"].to_list())
    population = float(people.filter(pl.col("area").is_in(inside["id"].to_list()))["people"].sum())
    parts = [_libraries(authority, data, areas, people), *_sports(data, areas, people, population)]
    name = authority.strip() if authority.strip() != authority.strip().lower() else authority.strip().title()
    judged = [f"Judged. {line}" for part in parts for line in part.judged]
    said = [
        *judged,
        f"{len(inside):,} areas (LSOA 2011) of {', '.join(districts)}; {len(areas) - len(inside):,} in the rim: those in "
        f"England within {rim:g} km{'' if rim == geography.RIM_KM else ', fewer than usual because it is densely settled'}. "
        "Centres are of the shape, not of its people; Welsh areas are left out.",
        f"{population:,.0f} people, mid-2020; deprivation of 2019; town and country of 2011.",
        *(line for part in parts for line in part.notes),
        "Nothing here tells who has a car: the register's wide shares are drawn.",
    ]
    services = "".join(SERVICE.format(name=p.name, title=p.title, budget=p.budget) for p in parts)
    files = {
        "areas.csv": as_csv(areas),
        "people.csv": as_csv(people),
        **{f"{part.name}.csv": as_csv(part.table) for part in parts},
        "place.yaml": PLACE.format(
            name=name,
            services=services,
            prices=SPENT_IN,
            judged="".join(f"  - {_yaml(j)}\n" for j in judged),
        ),
        "plan.yaml": PLAN.format(name=name),
        "NOTES.md": "# How this place was made\n\n" + "".join(f"- {line}\n" for line in said),
    }
    write_folder(out, files, edited=True)
    return said


def _yaml(text: str) -> str:
    """Text in quotes, as YAML takes it; as a warning, so that a report shows it first."""
    return "'Warning: " + text.replace("'", "''") + "'"


def _with_rim(areas: pl.DataFrame) -> tuple[pl.DataFrame, float]:
    """The areas with as wide a rim as is kept: 20 km, but less where the rim would hold many times the place's own areas.

    In a dense city most people use a library within a few kilometres, and a rim of millions only costs time.
    """
    points, own = areas.select("x", "y").to_numpy(), (areas["outside"] == 0).to_numpy()
    km = geography.nearest_km(points, points[own])
    most = MOST_IN_RIM * int(own.sum())
    rim = next((r for r in RIMS if int((~own & (km <= r)).sum()) <= most), RIMS[-1])
    return areas.filter(pl.Series(own | (km <= rim))), rim


RIMS = (geography.RIM_KM, 15.0, 12.0, 10.0, 8.0, 6.0, 5.0, 4.0)
MOST_IN_RIM = 6.0
"""Areas in the rim for each of the place's own: beyond it, the rim is drawn narrower. Judged."""


def _libraries(authority: str, data: Path, areas: pl.DataFrame, people: pl.DataFrame) -> Part:
    """Libraries inside and around; users of the service as published where they are, else judged; the rest judged."""
    kept, notes = libraries.venues(data, areas)
    living = people.group_by(id="area").agg(pl.col("people").sum())
    where = areas.join(living, on="id", how="left").fill_null(0)
    near = _near(kept, where)
    population = float(where.filter(pl.col("outside") == 0)["people"].sum())
    counted, visits = _as_published(authority, data, population)
    total = counted if counted is not None else MEMBERS_PER_PERSON * population
    around = MEMBERS_PER_PERSON * float(where.filter(pl.col("outside") == 1)["people"].sum())
    weight = near * kept["hours"].to_numpy() * np.where(kept["run_by"].to_numpy() == "community", COMMUNITY, 1.0)
    own = kept["outside"].to_numpy() == 0
    users = np.where(own, total * weight / weight[own].sum(), around * weight / max(weight[~own].sum(), 1e-9))
    kept = kept.with_columns(users=pl.Series(users).round(0), size=pl.Series(weight))
    budget = round(POUNDS_PER_PERSON * population, -3)
    shared = "shared out by opening hours and people nearby, libraries run by communities at half"
    who = (
        f"How {counted:,.0f} users, as the service counted them (2023-24, Arts Council England), are {shared}."
        if counted is not None
        else f"{MEMBERS_PER_PERSON:.0%} of people ({total:,.0f}) use a library, {shared}. No file here counts them."
    )
    judged = [
        who,
        f"Libraries' net budget is £{budget:,.0f} a year, £{POUNDS_PER_PERSON:.0f} a head in prices of {SPENT_IN}; "
        f"{OVERHEAD_SHARE:.0%} of it "
        f"tied to no building, income {INCOME_SHARE:.0%} of gross cost, {FIXED_SHARE:.0%} of a building's cost fixed, shared out "
        "by size. What a sale brings and what a shut building costs are blank.",
    ]
    known = [f"The service counted {visits:,.0f} visits in 2023-24 as well; they are not shared out."] if visits else []
    return Part("libraries", "Libraries", budget, _with_money(kept, budget), judged, [*notes, *known])


COMMUNITY = 0.5
"""Users for each opening hour of a library that a community runs, against the council's. Judged."""
REACH_KM = 2.5
"""Kilometres over which people near a library fall to a third. Judged."""


def _near(kept: pl.DataFrame, where: pl.DataFrame) -> NDArray[np.float64]:
    """People around each library, nearer ones counted more, each shared among the libraries around: float[library]."""
    at = kept.select("x", "y").to_numpy() / 1000
    homes = where.select("x", "y").to_numpy() / 1000
    pull = np.exp(-np.hypot(*(homes[:, None, :] - at[None, :, :]).transpose(2, 0, 1)) / REACH_KM)
    share = pull / np.maximum(pull.sum(axis=1, keepdims=True), 1e-12)
    people = where["people"].to_numpy().astype(np.float64)
    return np.asarray(np.maximum((people[:, None] * share * np.minimum(pull * 10, 1.0)).sum(axis=0), 1.0))


def _as_published(authority: str, data: Path, population: float) -> tuple[float | None, float | None]:
    """Active users and visits of the authority's service in 2023-24, where it sent them and they fit its people."""
    if find(FILES["activity_services"], data) is None:
        return None, None
    table = read("activity_services", data)
    plain = geography.plain_authority(authority)
    named = [geography.plain_authority(n) for n in table["Authority nice name"].to_list()]
    if named.count(plain) != 1:
        return None, None
    row = named.index(plain)
    users, visits = (as_number(table[c])[row] for c in ("Users", "Visits"))
    fits = users is not None and 0.01 * population < float(users) < 0.6 * population
    return (float(users) if fits and users is not None else None), (float(visits) if visits is not None else None)


def _sports(data: Path, areas: pl.DataFrame, people: pl.DataFrame, population: float) -> Iterator[Part]:
    """Pools and sports centres, where the files are there and have any inside."""
    for name, kind in sports.KINDS.items():
        if not sports.there(name, data):
            continue
        table, notes = sports.venues(data, name, areas)
        if (table.filter(pl.col("outside") == 0)["run_by"] == "council").any():
            table, added = sports.with_stand_ins(table, name, areas, people)
            venues, budget, judged = sports.with_use_and_money(table, name, population)
            yield Part(name, kind.title, budget, venues, judged, [*notes, *added])


def _with_money(table: pl.DataFrame, budget: float) -> pl.DataFrame:
    """The venues table in its order, a stated budget shared out over libraries inside that others do not run.

    Half goes by hours, half by size (hours and people nearby).
    """
    pays = (pl.col("outside") == 0) & (pl.col("run_by") != "community")
    hours, size = (pl.when(pays).then(pl.col(c)).otherwise(0.0) for c in ("hours", "size"))
    gross = (1 - OVERHEAD_SHARE) * budget / (1 - INCOME_SHARE)
    cost = (gross * 0.5 * (hours / hours.sum() + size / size.sum()) / 100).round(0) * 100
    inside = pl.col("outside") == 0
    return table.with_columns(
        type=pl.lit("library"),
        x=pl.col("x").round(0),
        y=pl.col("y").round(0),
        staffed_hours=pl.when(pl.col("run_by") == "community").then(0.0).otherwise(pl.col("hours")),
        gross_cost=pl.when(inside).then(cost),
        income=pl.when(inside).then((cost * INCOME_SHARE / 100).round(0) * 100),
        fixed_share=pl.lit(FIXED_SHARE),
        capital_receipt=pl.lit(None, dtype=pl.Float64),
        mothball_cost=pl.lit(None, dtype=pl.Float64),
    ).select(
        *("id", "name", "type", "x", "y", "hours", "staffed_hours", "users", "gross_cost", "income", "fixed_share"),
        *("run_by", "capital_receipt", "mothball_cost", "outside"),
    )
