"""Small areas and their people: who lives where, how deprived, in town or country, inside a place or around it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..files import Faults
from ..files.faults import suggestion
from .catalogue import FILES, read

Floats = NDArray[np.float64]

RIM_KM = 20.0
AGES = {"0-15": (0, 15), "16-24": (16, 24), "25-64": (25, 64), "65-74": (65, 74), "75-84": (75, 84), "85+": (85, 90)}
SETTING = {"A": "urban", "B": "urban", "C": "urban", "D": "town", "E": "rural"}
NEIGHBOURS = 60
"""Centres around a point that longitude and latitude are turned into metres by."""
FAR_DEGREES = 0.5
"""A point further than this from every centre is not in England or Wales."""


SINCE = {
    "cumberland": ("Allerdale", "Carlisle", "Copeland"),
    "westmorland and furness": ("Barrow-in-Furness", "Eden", "South Lakeland"),
}
"""Authorities made since 2021 of districts of then; Somerset and North Yorkshire are what their counties were."""

_SCOTLAND = frozenset(
    (
        "aberdeen", "aberdeenshire", "angus", "argyll bute", "clackmannanshire", "dumfries galloway", "dundee", "east ayrshire",
        "east dunbartonshire", "east lothian", "east renfrewshire", "edinburgh", "falkirk", "fife", "glasgow", "highland",
        "inverclyde", "midlothian", "moray", "na h eileanan siar", "north ayrshire", "north lanarkshire", "orkney islands",
        "perth kinross", "renfrewshire", "scottish borders", "shetland islands", "south ayrshire", "south lanarkshire",
        "stirling", "west dunbartonshire", "west lothian",
    )
)  # fmt: skip
ELSEWHERE = (
    "Areas, deprivation and libraries are read for England alone. For {where} make areas.csv and people.csv of {areas} with "
    "their index of deprivation as deciles, and libraries.csv of the council's own list; its waiting lists and finance returns "
    "are in layouts that nothing here reads."
)


def plain_authority(name: str) -> str:
    """A name as people use it: without city of, county, council, the, and signs (Bristol, Hull, Durham)."""
    words = re.sub(r"[^a-z ]", " ", name.casefold().replace("&", " and ").replace("-", " ")).split()
    return " ".join(w for w in words if w not in _UNSAID)


_UNSAID = frozenset(
    (
        "city",
        "of",
        "county",
        "council",
        "the",
        "borough",
        "district",
        "metropolitan",
        "royal",
        "london",
        "and",
        "upon",
        "kingston",
    )
)


def districts_of(authority: str, data: Path) -> tuple[str, ...]:
    """The districts (2021) of a county, or a district or unitary authority itself; the name as people write it.

    Raises `Faults` for a name that no list has.
    """
    table = read("counties", data)
    wanted = authority.strip().casefold()
    columns = ("utla21_name", "ltla21_name")
    for column in columns:
        found = table.filter(pl.col(column).str.to_lowercase() == wanted)
        if len(found):
            return tuple(sorted(found["ltla21_name"].unique().to_list()))
    plain = plain_authority(authority)
    for name, districts in SINCE.items():
        if plain and plain == plain_authority(name):
            return districts
    for column in columns:
        names = [
            n for n in table[column].unique(maintain_order=True).to_list() if plain and plain_authority(n) == plain
        ]
        if len(names) == 1:
            return tuple(sorted(table.filter(pl.col(column) == names[0])["ltla21_name"].unique().to_list()))
    known = {*table["utla21_name"].to_list(), *table["ltla21_name"].to_list(), *(n.title() for n in SINCE)}
    mend = suggestion(authority, known) or "Give its name as ONS writes it."
    if plain in _SCOTLAND:
        mend = ELSEWHERE.format(where="Scotland", areas="Data Zones")
    raise Faults([FILES["counties"].fault(None, "", f'no "{authority}"', "an English authority", mend)])


def areas(
    data: Path, districts: tuple[str, ...], deprived: str = "deprivation19", rim_km: float = RIM_KM
) -> pl.DataFrame:
    """Areas of some districts, and the rim: those in England within `rim_km` of the centre of one of them.

    Columns: id, name, x, y, decile, rural_urban, district, outside. Raises `Faults` where a file lacks an area.
    """
    centres = read("centroids", data).select("LSOA11NM", "BNG_E", "BNG_N", lsoa11_code="LSOA11CD")
    table = read("districts", data).filter(pl.col("lsoa11_code").str.starts_with("E"))
    table = table.select("lsoa11_code", "ltla21_name")
    parts = {
        "centroids": centres.with_columns(pl.col("BNG_E", "BNG_N").cast(pl.Float64)),
        deprived: deprivation(data, deprived).select("lsoa11_code", "decile"),
        "setting": read("setting", data).select("lsoa11_code", "ruc11_code"),
    }
    for file, part in parts.items():
        _has_all(file, part, table["lsoa11_code"])
        table = table.join(part, on="lsoa11_code")
    inside = table["ltla21_name"].is_in(list(districts)).to_numpy()
    if not inside.any():
        found = f"no small area of England in {', '.join(districts)}"
        mend = ELSEWHERE.format(where="Wales", areas="its own LSOAs")
        raise Faults([FILES["districts"].fault(None, "", found, "an English authority", mend)])
    points = table.select("BNG_E", "BNG_N").to_numpy()
    near = nearest_km(points, points[inside]) <= rim_km
    return (
        table.with_columns(
            outside=pl.Series((~inside).astype(int)),
            rural_urban=pl.col("ruc11_code").str.slice(0, 1).replace_strict(SETTING),
        )
        .filter(pl.Series(near))
        .rename({"lsoa11_code": "id", "LSOA11NM": "name", "BNG_E": "x", "BNG_N": "y", "ltla21_name": "district"})
        .select("id", "name", "x", "y", "decile", "rural_urban", "district", "outside")
        .sort("id")
    )


def deprivation(data: Path, file: str) -> pl.DataFrame:
    """Deprivation of England's small areas of 2011: lsoa11_code, decile (1 the most deprived), rank or null, parts.

    The indices of 2025 are on the areas of 2021. An area of 2011 takes the mean score of the areas that it became or went
    into, each counted once, and the decile that this score has among those published; an unchanged one keeps its own.
    """
    table = read(file, data)
    if file != "deprivation25":
        return table.select(
            "lsoa11_code",
            decile=pl.col("IMD_decile").cast(pl.Float64).cast(pl.Int64),
            rank=pl.col("IMD_rank").cast(pl.Float64).cast(pl.Int64),
            parts=pl.lit(1),
        )
    scores = table.select("lsoa21_code", pl.col("IMD_score", "IMD_rank").cast(pl.Float64))
    links = read("changes", data).filter(pl.col("lsoa11_code").str.starts_with("E"))
    _has_all(file, scores.rename({"lsoa21_code": "lsoa11_code"}), links["lsoa21_code"])
    alone = pl.col("change_code").first() == "U"
    mapped = (
        links.join(scores, on="lsoa21_code")
        .group_by("lsoa11_code")
        .agg(pl.col("IMD_score").mean(), own=pl.col("IMD_rank").first(), unchanged=alone, parts=pl.len())
    )
    published = np.sort(scores["IMD_score"].to_numpy())
    above = len(published) - np.searchsorted(published, mapped["IMD_score"].to_numpy(), side="right")
    rank = pl.when("unchanged").then("own").otherwise(pl.Series(above + 1.0)).clip(1, len(published))
    return (
        mapped.with_columns(rank=rank.cast(pl.Int64))
        .with_columns(decile=(pl.col("rank") * 10 / len(published)).ceil().cast(pl.Int64))
        .select("lsoa11_code", "decile", "rank", pl.col("parts").cast(pl.Int32))
        .sort("lsoa11_code")
    )


def nearest_area(data: Path, points: Floats) -> list[str]:
    """The small area of England or Wales whose centre is nearest to each point, metres [point, 2]."""
    table = read("centroids", data)
    centres = table.select(pl.col("BNG_E", "BNG_N").cast(pl.Float64)).to_numpy()
    nearest = np.asarray(cKDTree(centres).query(points)[1], dtype=np.int64)
    return [str(code) for code in table["LSOA11CD"].to_numpy()[nearest]]


def to_grid(data: Path, lonlat: Floats) -> Floats:
    """Easting and northing, metres [point, 2], of longitudes and latitudes, degrees [point, 2]; NaN off the map.

    The published centres have both; a quadratic through the 60 around a point carries one into the other to a few metres.
    """
    table = read("centroids", data).select(pl.col("LONG", "LAT", "BNG_E", "BNG_N").cast(pl.Float64, strict=False))
    known = table.drop_nulls().to_numpy()
    metric = np.array([np.cos(np.radians(53.0)), 1.0])
    tree = cKDTree(known[:, :2] * metric)
    out = np.full((len(lonlat), 2), np.nan)
    for i, point in enumerate(lonlat):
        far, around = tree.query(point * metric, k=min(NEIGHBOURS, len(known)))
        if np.min(far) > FAR_DEGREES:
            continue
        d = (known[around, :2] - point) * metric
        terms = np.column_stack([np.ones(len(d)), d, d**2, d.prod(axis=1)])
        out[i] = np.linalg.lstsq(terms, known[around, 2:], rcond=None)[0][0]
    return out


def people(data: Path, ids: list[str], year: str = "people20") -> pl.DataFrame:
    """People by small area and age band: area, age_band, people. Raises `Faults` where the file lacks an area."""
    table = read(year, data)
    _has_all(year, table, pl.Series(ids, dtype=pl.String))
    return by_age(table.filter(pl.col("lsoa11_code").is_in(ids)), "lsoa11_code")


def people_by_district(data: Path, districts: tuple[str, ...] | None = None) -> pl.DataFrame:
    """People of districts (2021), or of all England and Wales, by age band, mid-2020: area (its code), age_band, people."""
    table = read("people20_districts", data)
    return by_age(table if districts is None else table.filter(pl.col("ltla21_name").is_in(districts)), "ltla21_code")


def people_by_output_area(data: Path) -> pl.DataFrame:
    """People of Trafford by output area (2021), age band and sex, mid-2024: area, age_band, sex, people.

    Rows for both sexes together are left out, or everybody would count twice; raises `Faults` where they do not agree.
    """
    table = read("people24_output_areas", data)
    total = table.group_by("sex").agg(pl.col("all_ages").cast(pl.Float64).sum())
    sums: dict[str, float] = dict(total.iter_rows())
    apart = sums.get("Males", 0.0) + sums.get("Females", 0.0)
    if apart != sums.get("Persons", apart):
        found = f"{sums['Persons']:,.0f} people, but {apart:,.0f} men and women"
        raise Faults([FILES["people24_output_areas"].fault(None, "all_ages", found, "the same")])
    parts = [
        by_age(table.filter(pl.col("sex") == sex), "area_code").with_columns(sex=pl.lit(word))
        for sex, word in (("Females", "female"), ("Males", "male"))
    ]
    return pl.concat(parts).select("area", "age_band", "sex", "people").sort("area", "age_band", "sex")


def by_age(table: pl.DataFrame, code: str) -> pl.DataFrame:
    """Single years of age, a column each, as age bands, a row each: area, age_band, people."""
    bands = [
        pl.sum_horizontal([pl.col("90+" if a == 90 else str(a)).cast(pl.Float64) for a in range(low, high + 1)]).alias(
            band
        )
        for band, (low, high) in AGES.items()
    ]
    long = table.select(pl.col(code).alias("area"), *bands).unpivot(
        index="area", variable_name="age_band", value_name="people"
    )
    return long.sort("area", "age_band")


def nearest_km(points: Floats, targets: Floats) -> Floats:
    """Kilometres from each point to the nearest target, both in metres."""
    return np.asarray(cKDTree(targets).query(points)[0] / 1000)


def _has_all(file: str, part: pl.DataFrame, wanted: pl.Series) -> None:
    """Raise where areas that another file has are not in this one: a file cut short, or of other boundaries."""
    absent = wanted.filter(~wanted.is_in(part["lsoa11_code"].to_list()))
    if len(absent):
        found = f"no row for {len(absent):,} areas, {absent[0]} the first"
        raise Faults([FILES[file].fault(None, "", found, f"all {len(wanted):,}", "Is it the whole file?")])
