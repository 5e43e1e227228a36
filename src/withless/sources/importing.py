"""Importers: an official file, as published, to one table that a place can name, with a short account of what was done.

To add one, write a function that takes the data folder and its options and returns `Imported`, and give it a line in
`IMPORTERS`; then give it a command in `withless/cli/imports.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from ..files import Fault, Faults
from ..writing import write_folder, write_whole
from . import activity, geography, libraries, library_schema, membership, rtt, sports
from .catalogue import FILES
from .outturn import outturn
from .places import areas_and_venues, with_users
from .social_care import social_care
from .spreadsheets import as_csv
from .youth_spending import youth_spending


@dataclass(frozen=True)
class Imported:
    """A table and what was read, kept, dropped and judged; `beside` holds further tables by the option that asks for them."""

    table: pl.DataFrame
    notes: list[str]
    beside: Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Importer:
    """What an importer makes: in a few words, for which table of a place, and from which files."""

    makes: str
    table: str
    files: tuple[str, ...]
    run: Callable[..., Imported]


def areas(data: Path, authority: str, deprivation: str = "2019", rim: float = geography.RIM_KM) -> Imported:
    """Small areas of an authority and its rim, with deprivation of 2015, 2019 or 2025."""
    districts = geography.districts_of(authority, data)
    table = geography.areas(data, districts, f"deprivation{deprivation[-2:]}", rim)
    inside = int((table["outside"] == 0).sum())
    notes = [
        f"{inside:,} areas (LSOA 2011) of {', '.join(districts)}; {len(table) - inside:,} in the rim: those in England "
        f"within {rim:g} km.",
        "Centres are of the shape, not of its people. Wales and Scotland are left out.",
        *_mapped(data, deprivation, table["id"]),
    ]
    return Imported(table, notes, {})


def people(data: Path, authority: str, by: str = "area", year: str = "2020", rim: float = geography.RIM_KM) -> Imported:
    """People by age band: of small areas and the rim, of districts, or of output areas with their sex."""
    if by == "output-area":
        table = geography.people_by_output_area(data)
        total = float(table["people"].sum())
        said = [
            f"{table['area'].n_unique():,} output areas (2021) of Trafford, {total:,.0f} people, mid-2024, by sex.",
            "Rows for both sexes together are left out. Output areas are not small areas of 2011: they go with an areas "
            "table of their own.",
        ]
        return Imported(table, said, {})
    districts = geography.districts_of(authority, data)
    if by == "district":
        table = geography.people_by_district(data, districts)
        said = [f"{len(districts)} districts (2021), {float(table['people'].sum()):,.0f} people, mid-2020."]
        return Imported(table, said, {})
    where = geography.areas(data, districts, rim_km=rim)
    table = geography.people(data, where["id"].to_list(), f"people{year[-2:]}")
    inside = table.filter(pl.col("area").is_in(where.filter(pl.col("outside") == 0)["id"].to_list()))
    said = [
        f"{float(inside['people'].sum()):,.0f} people inside, {float(table['people'].sum()):,.0f} with the rim of {rim:g} km, "
        f"mid-{year}, in {where.height:,} areas (LSOA 2011).",
    ]
    return Imported(table, said, {})


def deprivation(data: Path, year: str = "2019") -> Imported:
    """Deprivation of every small area (LSOA 2011) of England: id, decile, rank, and how many areas of 2021 it was made of."""
    table = geography.deprivation(data, f"deprivation{year[-2:]}").rename({"lsoa11_code": "id"})
    return Imported(
        table, [f"{len(table):,} areas of England; 1 is the most deprived.", *_mapped(data, year, None)], {}
    )


def _mapped(data: Path, year: str, ids: pl.Series | None) -> list[str]:
    """What was done to carry the indices of 2025 over to areas of 2011."""
    if year != "2025":
        return [f"Deprivation of {year}, as published."]
    table = geography.deprivation(data, "deprivation25")
    here = table if ids is None else table.filter(pl.col("lsoa11_code").is_in(ids.to_list()))
    split = int((here["parts"] > 1).sum())
    return [
        f"Deprivation of 2025 is on areas of 2021. {split:,} of these {len(here):,} areas were split since 2011: each takes the "
        "mean score of its parts, each part counted once, and the decile of that score; merged ones take that of the whole."
    ]


def libraries_(data: Path, authority: str, year: str = "2023", rim: float = geography.RIM_KM) -> Imported:
    """Libraries of an authority and around; users and costs are in no such file and are left blank."""
    districts = geography.districts_of(authority, data)
    found, notes = libraries.venues(data, geography.areas(data, districts, rim_km=rim), int(year))
    table = found.with_columns(
        *[pl.lit(None, dtype=pl.Float64).alias(c) for c in ("users", "gross_cost", "income")],
        type=pl.lit("library"),
        x=pl.col("x").round(0),
        y=pl.col("y").round(0),
        staffed_hours=pl.when(pl.col("run_by") == "community").then(0.0).otherwise(pl.col("hours")),
        fixed_share=pl.lit(None, dtype=pl.Float64),
        capital_receipt=pl.lit(None, dtype=pl.Float64),
        mothball_cost=pl.lit(None, dtype=pl.Float64),
    ).select(
        *("id", "name", "type", "x", "y", "hours", "staffed_hours", "users", "gross_cost", "income", "fixed_share"),
        *("run_by", "capital_receipt", "mothball_cost", "outside"),
    )
    blank = "Users, costs, receipts and mothballing are left blank: no such file has them. Fill them in before use."
    return Imported(table, [*notes, blank], {})


def activity_(data: Path, authority: str | None = None) -> Imported:
    """Users, visits and loans of library services, 2023/24, for comparison: not a table of a place."""
    table, notes = activity.activity(data, authority)
    return Imported(table, notes, {})


def members(data: Path, place: Path, date: str = "2018-10-24", service: str = "libraries") -> Imported:
    """A `use` table of a place's libraries from membership by area, and the venues table with users as counted."""
    area_table, venues, written = areas_and_venues(place, service)
    found = membership.matched(data, area_table, venues, date)
    if found.table.is_empty():
        name, mend = FILES[membership.DATES[date]].name, "The file holds seven authorities in the West of England."
        raise Faults([Fault(name, None, "", "no member of any library of the place", "at least one", mend)])
    return Imported(found.table, found.notes, {"venues": with_users(written, found.users)})


def library_members(file: Path, place: Path, service: str = "libraries") -> Imported:
    """Members by area from a file in the national schema, and the venues table with users shared out."""
    made = library_schema.membership(file, place, service)
    return Imported(made.table, made.notes, {"venues": made.venues})


def library_visits(file: Path, place: Path, service: str = "libraries") -> Imported:
    """Visits a year by library from a file in the national schema, and the venues table with them."""
    made = library_schema.visits(file, place, service)
    return Imported(made.table, made.notes, {"venues": made.venues})


def members_summary(data: Path, authority: str | None = None) -> Imported:
    """Members by library, rounded to 10, with the least and the most that each may stand for."""
    table = membership.by_library(data)
    if authority is not None:
        table = table.filter(pl.col("authority").str.to_lowercase() == authority.strip().casefold())
    if table.is_empty():
        name = FILES["members_summary"].name
        known = "one of the seven authorities of LibrariesWest"
        raise Faults([Fault(name, None, "registered_authority", f'no "{authority}"', known, "")])
    rounded = (
        f"{len(table)} libraries, {table['users'].sum():,.0f} members; each number is rounded to 10, so 5 either way."
    )
    return Imported(table, [rounded], {})


def venues(
    data: Path, kind: str, authority: str, members_only: bool = False, rim: float = geography.RIM_KM
) -> Imported:
    """Pools or sports centres of an authority that the public can use; users and costs are left blank."""
    districts = geography.districts_of(authority, data)
    access = (*sports.PUBLIC, *sports.CLUBS, *(sports.MEMBERS if members_only else ()))
    found, notes = sports.venues(data, kind, geography.areas(data, districts, rim_km=rim), access)
    if not (found["outside"] == 0).any():
        file = FILES[sports.KINDS[kind].files[0]]
        raise Faults(
            [file.fault(None, "", f"no site inside {authority}", "at least one", "The files are of Trafford.")]
        )
    blank = "Users and costs are left blank: no such file has them. Fill them in before use."
    return Imported(sports.as_venues(found, sports.KINDS[kind].type), [*notes, blank], {})


def pools(data: Path, authority: str, members_only: bool = False, rim: float = geography.RIM_KM) -> Imported:
    """Swimming pools."""
    return venues(data, "pools", authority, members_only, rim)


def sports_centres(data: Path, authority: str, members_only: bool = False, rim: float = geography.RIM_KM) -> Imported:
    """Sports halls and gyms, one row a site."""
    return venues(data, "sports_centres", authority, members_only, rim)


def facilities(data: Path) -> Imported:
    """Sites of every kind of facility, by who may come in, for a look at what there is."""
    table = sports.facilities(data)
    return Imported(
        table, [f"{table['sites'].sum():,} sites of {table['facility_type'].n_unique()} kinds, in Trafford."], {}
    )


def revenue_outturn(file: Path, authority: str, prices: str | None = None, income_nil: bool = False) -> Imported:
    """Lines of an authority's budget from a workbook of the Revenue Outturn Summary."""
    made = outturn(file, authority, prices, income_nil)
    return Imported(made.table, made.notes, {})


def youth_lines(file: Path, authority: str, others: Sequence[Path] = (), prices: str | None = None) -> Imported:
    """What an authority spent on services for young people, by year, from one Section 251 file or more."""
    made = youth_spending([file, *others], authority, prices)
    return Imported(made.table, made.notes, {})


_AREAS = ("counties", "districts", "centroids", "setting", "deprivation19")
IMPORTERS = {
    "areas": Importer("small areas of an authority and its rim", "areas", (*_AREAS, "changes"), areas),
    "people": Importer("people by age band", "people", (*_AREAS, "people20"), people),
    "deprivation": Importer("deprivation of every small area of England", "", ("deprivation19",), deprivation),
    "libraries": Importer("static libraries, inside and around", "venues", (*_AREAS, "libraries"), libraries_),
    "activity": Importer(
        "users, visits and loans of library services",
        "",
        tuple(k for k in FILES if k.startswith("activity")),
        activity_,
    ),
    "members": Importer("members of a place's libraries by area", "use", tuple(membership.DATES.values()), members),
    "members-summary": Importer("members by library, rounded", "", ("members_summary",), members_summary),
    "library-members": Importer("members by area, of the national library schema", "", (), library_members),
    "library-visits": Importer("visits by library, of the national library schema", "", (), library_visits),
    "pools": Importer("swimming pools that the public can use", "venues", (*_AREAS, "pools"), pools),
    "sports-centres": Importer(
        "sports halls and gyms that the public can use", "venues", (*_AREAS, "halls", "gyms"), sports_centres
    ),
    "revenue-outturn": Importer(
        "an authority's spending and what pays for it",
        "lines",
        tuple(k for k in FILES if k.startswith("outturn")),
        revenue_outturn,
    ),
    "youth-spending": Importer(
        "spending on services for young people", "", tuple(k for k in FILES if k.startswith("youth")), youth_lines
    ),
    "facilities": Importer("sports sites of every kind, counted", "", ("facilities",), facilities),
}
"""Importers by the name of their command; `table` is what they make of a place, or nothing."""


def run(name: str, data: Path, out: Path, beside: Mapping[str, Path] | None = None, **options: Any) -> list[str]:
    """Import by name into `out`, and tables beside it where they are asked for; returns the notes, the last of them
    what was written. Nothing is written where anything is wrong: raises `Faults`.
    """
    if name not in IMPORTERS:
        raise LookupError(f"there is no import {name!r}; there is {', '.join(IMPORTERS)}")
    made = IMPORTERS[name].run(data, **options)
    targets = {out: made.table, **{path: made.beside[key] for key, path in (beside or {}).items()}}
    texts = {path: as_csv(table) for path, table in targets.items()}
    for path, text in texts.items():
        write_whole(path, text, edited=True)
    return [*made.notes, *(f"Written: {path}, {table.height:,} rows." for path, table in targets.items())]


def run_folder(data: Path, folder: Path, council: str, year: str) -> list[str]:
    """Write every table on a council's adult social care of a year into a folder, as `<name>.csv`; returns the notes.

    Nothing is written where anything is wrong: raises `Faults`, or `WontWrite` where files are in the way that differ.
    """
    made = social_care(data, council, year)
    texts = {f"{name}.csv": as_csv(table) for name, table in made.tables.items()}
    write_folder(folder, texts, edited=True)
    written = (f"Written: {folder / name}, {text.count(chr(10)) - 1:,} rows." for name, text in texts.items())
    return [*made.notes, *written]


def waiting_list(files: Sequence[Path], folder: Path, **options: Any) -> list[str]:
    """The tables `bands` and `flows` of a waiting list into a folder, from NHS England's files; returns the notes, the
    last of them what was written. Nothing is written where anything is wrong: raises `Faults`. Options: see `rtt.tables`.
    """
    made = rtt.tables(files, **options)
    texts = {"bands.csv": made.bands, "flows.csv": made.flows}
    write_folder(folder, {name: as_csv(table) for name, table in texts.items()}, edited=True)
    return [*made.notes, *(f"Written: {folder / name}, {table.height:,} rows." for name, table in texts.items())]


__all__ = ["IMPORTERS", "Imported", "Importer", "run", "run_folder", "waiting_list"]
