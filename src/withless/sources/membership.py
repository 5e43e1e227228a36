"""Active library members by home library and small area: cleaned, one row a pair, matched to a place's libraries.

A star is 1 to 4 people, held back; a pair without a row is nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from .catalogue import FILES, read
from .file_spec import STAR, as_number

DATES = {"2018-08-15": "members_2018_08_15", "2018-10-24": "members", "2019-02-01": "members_2019_02_01"}
"""Files by their date."""
STAR_PEOPLE = 1.5
"""People that a star stands for on average: what the summary by library leaves for them (docs/fit.md)."""
FAR_METRES = 15_000
RENAMED = {"burnham": "burnham-on-sea"}  # LibrariesWest's word: the Arts Council's
NOT_A_BUILDING = (
    *("mobile", "performing arts", r"\bstock\b", "reserve", "at home", "home library", "archive", "local stud"),
    *("services", "history centre", "council connect", "access point"),
)
WORDS = (
    *(" library & information service", " library & information centre", " library & information point"),
    *(" library & children's centre", " community library & post office", " community library", " community hub"),
    *(" library", " lending", " central", " (bath)"),
)
Points = dict[tuple[str, str], tuple[float, float]]


def plain(name: str) -> str:
    """A library's name without the words that differ between lists."""
    text = name.lower().replace("\u2019", "'").strip()
    for word in WORDS:
        text = text.replace(word, "")
    return RENAMED.get(text.strip(), text.strip())


def members(data: Path, date: str = "2018-10-24") -> tuple[pl.DataFrame, pl.DataFrame]:
    """Members by library and area, of buildings, and of what is none: authority, library, area, cell, count."""
    table = read(DATES[date], data).select(
        authority="registered_authority", library="registered_library", area="lsoa_code", cell="users"
    )
    table = table.filter(pl.col("area").is_not_null() & pl.col("library").is_not_null())
    stars = pl.when(pl.col("cell") == STAR).then(STAR_PEOPLE).otherwise(pl.col("cell").cast(pl.Float64, strict=False))
    table = table.with_columns(count=stars)
    lower = pl.col("library").str.to_lowercase()
    building = ~pl.any_horizontal([lower.str.contains(word) for word in NOT_A_BUILDING])
    return table.filter(building), table.filter(~building)


def not_buildings(dropped: pl.DataFrame, authority: str) -> list[str]:
    """A line for each thing of an authority that members are registered with and nobody can visit."""
    return [
        f"Dropped: {library}, about {rows['count'].sum():,.0f} members: not a building to visit."
        for (library,), rows in dropped.filter(pl.col("authority") == authority).group_by(
            ["library"], maintain_order=True
        )
    ]


def one_row_a_pair(use: pl.DataFrame, keys: Sequence[str] = ("authority", "library", "area")) -> pl.DataFrame:
    """One row a library and area: the file has one a ward, and some areas were split between two.

    Stars alone stay a star; with a number beside them they count as `STAR_PEOPLE` each.
    """
    pairs = use.group_by(*keys, maintain_order=True).agg(
        pl.col("count").sum(), stars_only=(pl.col("cell") == STAR).all()
    )
    whole = pl.col("count").round(0).cast(pl.Int64).cast(pl.String)
    return pairs.with_columns(cell=pl.when("stars_only").then(pl.lit(STAR)).otherwise(whole))


def homes(areas: pl.DataFrame, use: pl.DataFrame) -> Points:
    """Where each library's members in the place live on average, by the five areas with most of them."""
    joined = use.join(areas.select("id", "x", "y"), left_on="area", right_on="id")
    out = {}
    for (authority, library), rows in joined.group_by(["authority", "library"], maintain_order=True):
        top = rows.sort("count", descending=True).head(5)
        w = top["count"].to_numpy()
        out[(str(authority), str(library))] = (
            float((top["x"] * w).sum() / w.sum()),
            float((top["y"] * w).sum() / w.sum()),
        )
    return out


def by_library(data: Path) -> pl.DataFrame:
    """Members by library, 1 February 2019, rounded to 10: authority, library, users, low, high."""
    table = read("members_summary", data).select("users", authority="registered_authority", library="name")
    users = as_number(table["users"])
    return table.with_columns(users=users, low=(users - 5).clip(0), high=users + 5).select(
        "authority", "library", "users", "low", "high"
    )


@dataclass(frozen=True)
class Use:
    """Members matched to a place: the `use` table, members of each venue from anywhere, and what was read and left out."""

    table: pl.DataFrame
    users: dict[str, float]
    notes: list[str]


def matched(data: Path, areas: pl.DataFrame, venues: pl.DataFrame, date: str = "2018-10-24") -> Use:
    """Members of a date for a place's areas (id, x, y) and libraries (id, name, x, y, easting and northing)."""
    use, dropped = members(data, date)
    near = homes(areas, use)
    found = {pair: _venue(pair, home, venues) for pair, home in near.items()}
    pairs = [(*pair, venue) for pair, venue in found.items() if venue]
    schema = dict.fromkeys(("authority", "library", "venue"), pl.String)
    names = pl.DataFrame(pairs, schema=schema, orient="row")
    kept = use.join(names, on=["authority", "library"], maintain_order="left")
    here = one_row_a_pair(kept.filter(pl.col("area").is_in(areas["id"].to_list())), ("area", "venue"))
    users = dict(kept.group_by("venue").agg(pl.col("count").sum().round(0)).iter_rows())
    table = here.select("area", "venue", users="cell").sort("area", "venue")
    return Use(table, users, _said(data, date, use, dropped, table, kept, found, areas))


def _venue(pair: tuple[str, str], home: tuple[float, float], venues: pl.DataFrame) -> str | None:
    """The venue of a library's name that lies nearest to where its members live, within 15 km of them."""
    authority, library = pair
    wanted = plain(library)
    best: tuple[float, str] | None = None
    for venue, name, x, y in venues.select("id", "name", "x", "y").iter_rows():
        if wanted not in (plain(name), plain(name.removesuffix(f", {authority}"))):
            continue
        away = float(np.hypot(x - home[0], y - home[1]))
        if away <= FAR_METRES and (best is None or away < best[0]):
            best = (away, venue)
    return best[1] if best else None


def _said(
    data: Path,
    date: str,
    use: pl.DataFrame,
    dropped: pl.DataFrame,
    table: pl.DataFrame,
    kept: pl.DataFrame,
    found: dict[tuple[str, str], str | None],
    areas: pl.DataFrame,
) -> list[str]:
    """What was read, kept, dropped and judged."""
    rows = len(use) + len(dropped)
    stars = int((table["users"] == STAR).sum()) / max(len(table), 1)
    gone = (
        use.filter(pl.col("area").is_in(areas["id"].to_list()))
        .group_by("authority", "library")
        .agg(pl.col("count").sum())
    )
    lost = gone.filter(
        pl.Series(
            [found.get((a, b)) is None for a, b in gone.select("authority", "library").iter_rows()], dtype=pl.Boolean
        )
    ).sort("count", descending=True)
    named = ", ".join(f"{b} ({n:,.0f})" for b, n in lost.select("library", "count").head(8).iter_rows())
    away = kept.filter(~pl.col("area").is_in(areas["id"].to_list()))["count"].sum()
    unplaced = int(read(DATES[date], data)["lsoa_code"].null_count())
    return [
        f"Read: {rows:,} cells of {FILES[DATES[date]].name}; {unplaced:,} more have no area and are left out.",
        f"Kept: {len(table):,} pairs of area and library, {stars:.0%} of them * (1 to 4 people); a pair without a row is "
        f"nobody. {len({v for v in found.values() if v})} libraries were found by name.",
        f"Left out, being no building to visit: {dropped['library'].n_unique()} mobiles, stores and the like.",
        *(
            [f"Not found in the place, by members in it: {named}{' and others' if len(lost) > 8 else ''}."]
            if len(lost)
            else []
        ),
        f"About {away:,.0f} members of the libraries found live beyond the place and its rim: they count as users of their "
        "library and in no area.",
        f"Judged: a star counts as {STAR_PEOPLE:g} people in a library's total.",
    ]
