"""Official files: what each is called, where it is published, its traps, and how it is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ..files import Fault, Faults


@dataclass(frozen=True)
class Published:
    """One file: its name, the folder it may lie in, its title, publisher and year, columns it must have, its traps."""

    name: str
    folder: str
    title: str
    publisher: str
    year: str
    columns: tuple[str, ...]
    trap: str = ""


_ONS, _GEOGRAPHY = "ONS, Open Geography Portal", "geography"
_AGES = ("lsoa11_code", "0", "45", "90+")

FILES = {
    "centroids": Published(
        "lsoa11_centroids.csv.gz",
        _GEOGRAPHY,
        "Lower layer super output areas (2011), centroids",
        _ONS,
        "2011",
        ("LSOA11CD", "LSOA11NM", "BNG_E", "BNG_N"),
        "the middle of the shape, not of its people; England and Wales",
    ),
    "people17": Published(
        "population17_lsoa11.csv.gz",
        _GEOGRAPHY,
        "Population estimates by single year of age, small areas (2011), mid-2017",
        "ONS",
        "2017",
        _AGES,
        "the oldest column is 90+; England and Wales",
    ),
    "people20": Published(
        "population20_lsoa11.csv.gz",
        _GEOGRAPHY,
        "Population estimates by single year of age, small areas (2011), mid-2020",
        "ONS",
        "2020",
        _AGES,
        "the oldest column is 90+; England and Wales",
    ),
    "deprivation15": Published(
        "imd2015_england_lsoa11.csv.gz",
        _GEOGRAPHY,
        "English indices of deprivation 2015, file 1",
        "GOV.UK",
        "2015",
        ("lsoa11_code", "IMD_decile"),
        "decile 1 is the most deprived; England only",
    ),
    "deprivation19": Published(
        "imd2019_england_lsoa11.csv.gz",
        _GEOGRAPHY,
        "English indices of deprivation 2019, file 7",
        "GOV.UK",
        "2019",
        ("lsoa11_code", "IMD_decile"),
        "decile 1 is the most deprived; England only",
    ),
    "districts": Published(
        "lookup_lsoa11_ltla21.csv.gz",
        _GEOGRAPHY,
        "Small areas (2011) to local authority districts (2021)",
        _ONS,
        "2021",
        ("lsoa11_code", "ltla21_name"),
    ),
    "counties": Published(
        "lookup_ltla21_utla21.csv.gz",
        _GEOGRAPHY,
        "Districts to counties and unitary authorities (2021)",
        _ONS,
        "2021",
        ("ltla21_name", "utla21_name"),
    ),
    "setting": Published(
        "ruc11_lsoa11.csv.gz",
        _GEOGRAPHY,
        "Rural-urban classification (2011) of small areas",
        _ONS,
        "2011",
        ("lsoa11_code", "ruc11_code"),
    ),
    "libraries": Published(
        "libraries_england_2023.csv",
        "libraries",
        "Basic dataset for libraries, 2023",
        "Arts Council England",
        "2023",
        ("reporting", "name", "postcode", "type", "operation_16", "operation_19", "operation_21", "closed", "hours"),
        "types are spelt in several ways; hours are of 2023 and missing for closed libraries",
    ),
    "members": Published(
        "members_2018-10-24.csv.gz",
        "libraries/librarieswest",
        "Active library members by home library and small area, 24 October 2018",
        "LibrariesWest, Bristol City Council open data",
        "2018",
        ("registered_authority", "registered_library", "lsoa_code", "users"),
        "* is 1 to 4; one row a ward, so some areas stand twice; mobiles and stores are listed as libraries",
    ),
}
"""Files by a short name."""


def read(key: str, data: Path) -> pl.DataFrame:
    """One file as text columns, from `data` or its usual folder below it.

    Raises `Faults` where it is missing, is no table, lacks a column or has no row.
    """
    file = FILES[key]
    places = [data / file.folder / file.name, data / file.name]
    path = next((p for p in places if p.is_file()), None)
    where = f"It is published as: {file.title} ({file.publisher}, {file.year})."
    if path is None:
        raise Faults(
            [Fault(file.name, None, "", f"no such file in {data} or its folder {file.folder}", "the file", where)]
        )
    try:
        table = pl.read_csv(path, infer_schema_length=0, encoding="utf8-lossy")
    except (pl.exceptions.PolarsError, OSError) as e:
        reason = str(e).splitlines()[0]
        raise Faults([Fault(file.name, None, "", f"what is no table ({reason})", "the file", where)]) from None
    absent = [c for c in file.columns if c not in table.columns]
    if absent:
        begins = ", ".join(table.columns[:6])
        raise Faults(
            [Fault(file.name, 1, c, f"no such column; it has {begins}...", "the column", where) for c in absent]
        )
    if not len(table):
        raise Faults([Fault(file.name, None, "", "no rows", "the whole file", where)])
    return table
