"""The Arts Council's list of public libraries: which were open, who runs them, where they are, how long they open."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from ..files import Faults
from . import geography, postcodes
from .catalogue import FILES, read

STATIC = "STATIC LIBRARY"
RUN_BY = {"LA": "council", "LAU": "council", "C": "commissioned", "CR": "community", "ICL": "community"}
"""Who runs a library, by the list's letters: council (LA, LAU), commissioned (C), community (CR, ICL)."""
OPEN = tuple(RUN_BY)
YEARS = (2016, 2019, 2021, 2022, 2023)
"""Years of which the list says who ran a library."""
USUAL_HOURS = {"council": 36.5, "commissioned": 34.0, "community": 18.0}
"""Median opening hours a week of static libraries, by who runs them (Arts Council England, 2023)."""


def listed(data: Path) -> pl.DataFrame:
    """Every static library, whatever became of it; types and letters cleaned, hours as numbers (null where not sensible)."""
    return _cleaned(read("libraries", data)).filter(pl.col("type") == STATIC)


def open_now(data: Path, year: int = 2023) -> pl.DataFrame:
    """Libraries open in a year of the list and placed by postcode.

    Columns: name, reporting, x, y, sharing (postcodes on the same point), hours, run_by, postcode.
    """
    letters = f"operation_{year % 100}"
    table = listed(data)
    if letters not in table.columns:
        raise Faults([FILES["libraries"].fault(1, letters, "no such column", f"who ran each library in {year}")])
    table = table.filter(pl.col(letters).is_in(OPEN) & pl.col("postcode").is_not_null())
    found = postcodes.spots(table["postcode"].to_list())
    points = [found.get(p) for p in table["postcode"].to_list()]
    return (
        table.with_columns(
            x=pl.Series([p.x if p else None for p in points], dtype=pl.Float64),
            y=pl.Series([p.y if p else None for p in points], dtype=pl.Float64),
            sharing=pl.Series([p.sharing if p else None for p in points], dtype=pl.Int64),
            run_by=pl.col(letters).replace_strict(RUN_BY),
        )
        .select("name", "reporting", "x", "y", "sharing", "hours", "run_by", "postcode")
        .sort("reporting", "name")
    )


def venues(data: Path, areas: pl.DataFrame, year: int = 2023) -> tuple[pl.DataFrame, list[str]]:
    """Libraries inside and around some areas, and what was left out or guessed; inside is where the nearest area is.

    Columns: id, name, x, y, hours, run_by, outside. Raises `Faults` where none is inside.
    """
    table = open_now(data, year)
    unplaced = table.filter(pl.col("x").is_null())
    placed = table.filter(pl.col("x").is_not_null())
    placed = placed.with_columns(home=pl.Series(geography.nearest_area(data, placed.select("x", "y").to_numpy())))
    elsewhere = _at_another_authority(data, placed)
    kept = placed.filter(~elsewhere).join(
        areas.select("outside", home="id"), on="home", maintain_order="left", how="inner"
    )
    if not (kept["outside"] == 0).any():
        found = f"no library open inside in {year}"
        raise Faults([FILES["libraries"].fault(None, "", found, "at least one", "Check the name.")])
    kept = kept.with_columns(
        name=pl.when(pl.col("outside") == 0).then("name").otherwise(pl.format("{} ({})", "name", "reporting"))
    ).sort("outside", maintain_order=True)
    guessed = int(kept["hours"].is_null().sum())
    notes = [
        f"{(kept['outside'] == 0).sum()} libraries inside, {(kept['outside'] == 1).sum()} around, as open in {year} and "
        f"placed by postcode; {len(unplaced)} of all England have a postcode that is not known and are left out.",
        *_left_out(data),
        f"Hours of 2023; {guessed} libraries without get the median of their kind.",
        *_defaults(kept, placed.filter(elsewhere)),
    ]
    return (
        kept.with_columns(
            pl.col("hours").fill_null(pl.col("run_by").replace_strict(USUAL_HOURS)),
            id=pl.Series([f"LIB{i:04d}" for i in range(1, len(kept) + 1)]),
        ).select("id", "name", "x", "y", "hours", "run_by", "outside"),
        notes,
    )


def _cleaned(table: pl.DataFrame) -> pl.DataFrame:
    """Types and letters in capitals without spaces around them; hours as numbers, the year of closing too."""
    letters = [c for c in table.columns if c.startswith("operation_")]
    hours = pl.col("hours").cast(pl.Float64, strict=False)
    return table.with_columns(
        pl.col("type").str.strip_chars().str.to_uppercase(),
        pl.col(*letters).str.strip_chars().str.to_uppercase(),
        pl.col("closed").cast(pl.Int64, strict=False),
        hours=pl.when(hours.is_between(0, 100, closed="right")).then(hours),
    )


def _left_out(data: Path) -> list[str]:
    """What in the list is no library to walk into."""
    others = _cleaned(read("libraries", data)).filter(pl.col("type") != STATIC)["type"].str.to_lowercase()
    kinds = others.value_counts(sort=True).iter_rows()
    told = ", ".join(f"{n} {kind}" for kind, n in kinds)
    return [f"Left out of all England, being no static library: {told}."] if told else []


def _at_another_authority(data: Path, placed: pl.DataFrame) -> pl.Series:
    """Libraries whose postcode's point is a default one and lies in another authority than theirs: surely misplaced."""
    names = read("counties", data).select("ltla21_name", "utla21_name")
    homes = read("districts", data).join(names, on="ltla21_name").select(home="lsoa11_code", lies_in="utla21_name")
    lies_in = placed.join(homes, on="home", how="left", maintain_order="left")["lies_in"]
    known = placed["reporting"].is_in(names["utla21_name"].to_list())
    return (known & (placed["sharing"] >= postcodes.MANY) & (lies_in != placed["reporting"])).fill_null(value=False)


def _defaults(kept: pl.DataFrame, dropped: pl.DataFrame) -> list[str]:
    """Libraries whose postcode lies on a point that many share."""
    shared = kept.filter(pl.col("sharing") >= postcodes.MANY)
    notes = []
    if len(shared):
        named = ", ".join(f"{n} ({p})" for n, p in shared.select("name", "postcode").iter_rows())
        notes.append(
            f"Their postcode's point is shared by {postcodes.MANY} or more postcodes, so it may be a sorting office or a "
            f"large user and not the door: {named}. Look at them on a map."
        )
    if len(dropped):
        named = ", ".join(f"{n}, {r} ({p})" for n, r, p in dropped.select("name", "reporting", "postcode").iter_rows())
        notes.append(f"Left out, because such a point lies in another authority: {named}.")
    return notes
