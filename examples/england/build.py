"""Build all England and its public libraries from official files, to ask of each what closing it alone would do.

    python examples/england/build.py --data FOLDER --out FOLDER

FOLDER holds the files that README.md names, as downloaded. Writes a place that withless reads, and NOTES.md with
everything that was dropped or judged on the way.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import polars as pl

from withless.files import Faults
from withless.sources import geography, libraries, read
from withless.sources.activity import activity
from withless.sources.spreadsheets import as_csv
from withless.writing import write_whole

HOURS_ELASTICITY = 1.35
"""Of members on opening hours, between libraries of one authority: 87 libraries of five authorities, error 0.11 (LibrariesWest
members of October 2018 on hours of 2023). What hours do not tell is large: one library in three has less than half or
more than double of what they say."""
SAME = {
    "city of bristol": "bristol, city of",
    "dorset council": "dorset",
    "herefordshire": "herefordshire, county of",
    "kingston upon hull": "kingston upon hull, city of",
    "southend-on-sea": "southend",
}
"""Authorities as the activity tables write them: as the list of libraries does."""

PLACE = """\
withless: 1
name: England
calendar: {start: 2026-04, quarters: 4}
coordinates: bng
prices: 2026-27
areas: areas.csv
people: people.csv
services:
  libraries:
    kind: venues
    title: Libraries
    payer: council
    tables: {venues: libraries.csv}
note: Users of each library are judged from its authority's and its hours; costs are not known and stand at nil (see NOTES.md).
"""


def venues(data: Path) -> tuple[pl.DataFrame, list[str]]:
    """Every library open in 2023 and placed, its users judged, and what to say of that."""
    table = libraries.open_now(data)
    placed = table.filter(pl.col("x").is_not_null())
    no_hours = placed["hours"].null_count()
    placed = placed.with_columns(pl.col("hours").fill_null(pl.col("run_by").replace_strict(libraries.USUAL_HOURS)))
    placed = placed.with_columns(
        weight=pl.col("hours") ** HOURS_ELASTICITY, key=pl.col("reporting").str.to_lowercase().str.strip_chars()
    )
    known = users_of_authorities(data)
    joined = placed.join(known, on="key", how="left", maintain_order="left")
    by_authority = joined.group_by("key").agg(pl.col("weight").sum(), pl.col("members").first())
    told = by_authority.filter(pl.col("members").is_not_null())
    per_weight = float((told["members"] / told["weight"]).median() or 0.0)
    share = pl.col("weight") / pl.col("weight").sum().over("key")
    users = (
        pl.when(pl.col("members").is_null()).then(pl.col("weight") * per_weight).otherwise(pl.col("members") * share)
    )
    out = joined.with_columns(
        users=users.round(0),
        id=pl.Series([f"LIB{i:04d}" for i in range(1, len(joined) + 1)]),
        name=pl.col("name").str.strip_chars() + ", " + pl.col("reporting"),
        type=pl.lit("library"),
        staffed_hours=pl.when(pl.col("run_by") == "community").then(0.0).otherwise(pl.col("hours")),
        **{c: pl.lit(0) for c in ("gross_cost", "income", "fixed_share", "capital_receipt", "mothball_cost")},
    ).select(
        *("id", "name", "type", "x", "y", "hours", "staffed_hours", "users", "gross_cost", "income", "fixed_share"),
        *("run_by", "capital_receipt", "mothball_cost"),
    )
    in_all = len(libraries.listed(data).filter(pl.col("operation_23").is_in(libraries.OPEN)))
    untold = by_authority.filter(pl.col("members").is_null())
    return out, [
        f"{len(out):,} libraries open in 2023, placed by postcode; {in_all - len(out)} whose postcode is not given "
        f"or not known are left out. {no_hours} without hours get the median of their kind.",
        f"{told['members'].sum():,.0f} active members of {len(told)} authorities, 2023/24 (Arts Council England); "
        f"{len(untold)} authorities tell none and get the middle of the others' members for their hours (judged).",
        f"Members of one library: its authority's, shared out by opening hours to the power {HOURS_ELASTICITY} (judged). "
        "One library in three will have less than half or more than double.",
    ]


def users_of_authorities(data: Path) -> pl.DataFrame:
    """Active members by authority: key, members; those that tell none, or none that can be, are left out."""
    table = activity(data)[0]
    key = pl.col("authority").str.to_lowercase().str.strip_chars()
    return table.select(key=key.replace(SAME), members="users").filter(pl.col("members") > 0)


def main() -> None:
    """Write the place."""
    parser = argparse.ArgumentParser(description="Build all England and its public libraries from official files.")
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="where the downloaded files are")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="the folder to write")
    given = parser.parse_args()
    try:
        districts = read("districts", given.data).filter(pl.col("lsoa11_code").str.starts_with("E"))
        areas = geography.areas(given.data, tuple(districts["ltla21_name"].unique().to_list()))
        people = geography.people(given.data, areas["id"].to_list())
        table, said = venues(given.data)
    except Faults as faults:
        sys.exit("\n".join(f"- {fault}" for fault in faults.faults))
    notes = [
        f"{len(areas):,} areas (LSOA 2011), {float(people['people'].sum()):,.0f} people of mid-2020; Wales and Scotland are "
        "left out.",
        *said,
        "Costs are in none of these files and stand at nil: nothing here says what closing a library would save.",
    ]
    files = {
        "areas.csv": as_csv(areas),
        "people.csv": as_csv(people),
        "libraries.csv": as_csv(table),
        "place.yaml": PLACE,
        "NOTES.md": "# How this place was made\n\n" + "".join(f"- {line}\n" for line in notes),
    }
    for name, text in files.items():
        write_whole(given.out / name, text)
    print(f"A place is in {given.out}.\n" + "\n".join(f"- {line}" for line in notes))


if __name__ == "__main__":
    main()
