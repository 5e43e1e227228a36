"""The Arts Council's list of public libraries: which were open, who runs them, where they are, how long they open."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from . import postcodes
from .published import read

STATIC = "STATIC LIBRARY"
RUN_BY = {"LA": "council", "LAU": "council", "C": "commissioned", "CR": "community", "ICL": "community"}
"""Who runs a library, by the list's letters: council (LA, LAU), commissioned (C), community (CR, ICL)."""
OPEN = tuple(RUN_BY)


def listed(data: Path) -> pl.DataFrame:
    """Every static library, whatever became of it; types and letters cleaned, hours as numbers (null where not sensible)."""
    table = read("libraries", data)
    letters = [c for c in table.columns if c.startswith("operation_")]
    hours = pl.col("hours").cast(pl.Float64, strict=False)
    return table.with_columns(
        pl.col("type").str.strip_chars().str.to_uppercase(),
        pl.col(*letters).str.strip_chars().str.to_uppercase(),
        pl.col("closed").cast(pl.Int64, strict=False),
        hours=pl.when(hours.is_between(0, 100, closed="right")).then(hours),
    ).filter(pl.col("type") == STATIC)


def open_now(data: Path) -> pl.DataFrame:
    """Libraries open in the list's last year and placed by postcode: name, reporting, x, y, hours, run_by."""
    table = listed(data).filter(pl.col("operation_23").is_in(OPEN) & pl.col("postcode").is_not_null())
    found = postcodes.place(table["postcode"].to_list())
    points = [found.get(p, (None, None)) for p in table["postcode"].to_list()]
    return (
        table.with_columns(
            x=pl.Series([p[0] for p in points], dtype=pl.Float64),
            y=pl.Series([p[1] for p in points], dtype=pl.Float64),
            run_by=pl.col("operation_23").replace_strict(RUN_BY),
        )
        .select("name", "reporting", "x", "y", "hours", "run_by", "postcode")
        .sort("reporting", "name")
    )
