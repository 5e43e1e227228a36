"""Small areas and their people: who lives where, how deprived, in town or country, inside a place or around it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..files import Fault, Faults
from ..files.faults import suggestion
from .published import FILES, read

Floats = NDArray[np.float64]

RIM_KM = 20.0
AGES = {"0-15": (0, 15), "16-24": (16, 24), "25-64": (25, 64), "65-74": (65, 74), "75-84": (75, 84), "85+": (85, 90)}
SETTING = {"A": "urban", "B": "urban", "C": "urban", "D": "town", "E": "rural"}


def districts_of(authority: str, data: Path) -> tuple[str, ...]:
    """The districts (2021) of a county, or a district or unitary authority itself; the name in any case.

    Raises `Faults` for a name that no list has.
    """
    table = read("counties", data)
    wanted = authority.strip().casefold()
    for column in ("utla21_name", "ltla21_name"):
        found = table.filter(pl.col(column).str.to_lowercase() == wanted)
        if len(found):
            return tuple(sorted(found["ltla21_name"].unique().to_list()))
    known = {*table["utla21_name"].to_list(), *table["ltla21_name"].to_list()}
    mend = suggestion(authority, known) or "Give its name as ONS writes it."
    raise Faults([Fault(FILES["counties"].name, None, "", f'no "{authority}"', "an English authority of 2021", mend)])


def areas(data: Path, districts: tuple[str, ...], deprivation: str = "deprivation19") -> pl.DataFrame:
    """Areas of some districts, and the rim: those in England within `RIM_KM` of the centre of one of them.

    Columns: id, name, x, y, decile, rural_urban, district, outside.
    """
    table = (
        read("centroids", data)
        .rename({"LSOA11CD": "lsoa11_code"})
        .join(read("districts", data).select("lsoa11_code", "ltla21_name"), on="lsoa11_code")
        .join(read(deprivation, data).select("lsoa11_code", "IMD_decile"), on="lsoa11_code")
        .join(read("setting", data).select("lsoa11_code", "ruc11_code"), on="lsoa11_code")
        .with_columns(pl.col("BNG_E", "BNG_N", "IMD_decile").cast(pl.Float64))
    )
    inside = table["ltla21_name"].is_in(list(districts)).to_numpy()
    points = table.select("BNG_E", "BNG_N").to_numpy()
    near = nearest_km(points, points[inside]) <= RIM_KM
    return (
        table.with_columns(
            outside=pl.Series((~inside).astype(int)),
            rural_urban=pl.col("ruc11_code").str.slice(0, 1).replace_strict(SETTING),
            decile=pl.col("IMD_decile").cast(pl.Int64),
        )
        .filter(pl.Series(near))
        .select(
            "decile",
            "rural_urban",
            "outside",
            id="lsoa11_code",
            name="LSOA11NM",
            x="BNG_E",
            y="BNG_N",
            district="ltla21_name",
        )
        .select("id", "name", "x", "y", "decile", "rural_urban", "district", "outside")
        .sort("id")
    )


def nearest_area(data: Path, points: Floats) -> list[str]:
    """The small area of England or Wales whose centre is nearest to each point, metres [point, 2]."""
    table = read("centroids", data)
    centres = table.select(pl.col("BNG_E", "BNG_N").cast(pl.Float64)).to_numpy()
    nearest = np.asarray(cKDTree(centres).query(points)[1], dtype=np.int64)
    return [str(code) for code in table["LSOA11CD"].to_numpy()[nearest]]


def people(data: Path, ids: list[str], year: str = "people20") -> pl.DataFrame:
    """People by area and age band: area, age_band, people."""
    table = read(year, data).filter(pl.col("lsoa11_code").is_in(ids)).rename({"lsoa11_code": "area"})
    bands = [
        pl.sum_horizontal([pl.col("90+" if a == 90 else str(a)).cast(pl.Float64) for a in range(low, high + 1)]).alias(
            band
        )
        for band, (low, high) in AGES.items()
    ]
    long = table.select("area", *bands).unpivot(index="area", variable_name="age_band", value_name="people")
    return long.sort("area", "age_band")


def nearest_km(points: Floats, targets: Floats) -> Floats:
    """Kilometres from each point to the nearest target, both in metres."""
    return np.asarray(cKDTree(targets).query(points)[0] / 1000)
