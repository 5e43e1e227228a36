"""A place's own areas and venues, as an importer needs them: checked, with the venues table as it was written."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from ..files import Fault, Faults, read_place
from ..files.tables import read_table
from ..files.yaml_lines import load


def areas_and_venues(folder: Path, service: str) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Areas (id, x, y) and venues (id, name, x, y) of a place, metres, and its venues table as written.

    Raises `Faults` for a place that cannot be used, has no such service with venues, or is not on the National Grid.
    """
    place, _ = read_place(folder)
    instance = place.instances.get(service)
    if instance is None or "venues" not in instance.tables:
        found = f"no service {service!r} with venues; there is {', '.join(place.instances)}"
        raise Faults([Fault("place.yaml", None, "services", found, "one that has them")])
    if place.raw_coordinates != "bng":
        found, mend = f"coordinates: {place.raw_coordinates}", "Members are placed on the National Grid."
        raise Faults([Fault("place.yaml", None, "coordinates", found, "bng", mend)])
    table = instance.tables["venues"]
    areas = pl.DataFrame({"id": list(place.areas.ids), "x": place.areas.x_km * 1000.0, "y": place.areas.y_km * 1000.0})
    venues = pl.DataFrame(
        {
            "id": list(table.words("id")),
            "name": list(table.words("name")),
            "x": table.numbers("x"),
            "y": table.numbers("y"),
        }
    )
    return areas, venues, _as_written(folder, service)


def with_users(written: pl.DataFrame, users: dict[str, float]) -> pl.DataFrame:
    """A venues table with users as counted; those of venues that were not counted stay as they are."""
    counted = pl.col("id").replace_strict(users, default=None, return_dtype=pl.Float64).round(0)
    return written.with_columns(
        users=pl.coalesce(counted.cast(pl.Int64).cast(pl.String), pl.col("users").cast(pl.String))
    )


def with_visits(written: pl.DataFrame, visits: dict[str, float]) -> pl.DataFrame:
    """A venues table with visits a year as counted; those of venues that were not counted stay as they are."""
    counted = pl.col("id").replace_strict(visits, default=None, return_dtype=pl.Float64).round(0)
    before = pl.col("visits").cast(pl.String) if "visits" in written.columns else pl.lit(None, dtype=pl.String)
    return written.with_columns(visits=pl.coalesce(counted.cast(pl.Int64).cast(pl.String), before))


def _as_written(folder: Path, service: str) -> pl.DataFrame:
    """The venues table's cells as text."""
    faults: list[Fault] = []
    home = folder if folder.is_dir() else folder.parent
    file = home / "place.yaml" if folder.is_dir() else folder
    document = load(file, file.name, faults)
    name = str(document.get(("services", service, "tables", "venues"))) if document is not None else ""
    raw = read_table(home / name, name, faults)
    if raw is None:
        raise Faults(faults)
    return raw.cells
