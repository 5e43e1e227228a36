"""`withless import`: an official file, as published, to a table that a place can name."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from .console import list_notes, told, writable

imports = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Make a table of a place from an official file, as published."
)


class Deprivation(StrEnum):
    """Years of the indices."""

    y2015, y2019, y2025 = "2015", "2019", "2025"


class PeopleYear(StrEnum):
    """Years of the estimates."""

    y2017, y2020 = "2017", "2020"


class By(StrEnum):
    """Kinds of area that people are counted by."""

    area, district, output_area = "area", "district", "output-area"


class LibraryYear(StrEnum):
    """Years of which the list says who ran a library."""

    y2016, y2019, y2021, y2022, y2023 = "2016", "2019", "2021", "2022", "2023"


class MemberDate(StrEnum):
    """Dates of the membership files."""

    aug18, oct18, feb19 = "2018-08-15", "2018-10-24", "2019-02-01"


Data = Annotated[Path, typer.Option(metavar="DIR", help="The folder with the files that withless sources lists.")]
Out = Annotated[Path, typer.Option(metavar="FILE", help="The CSV file to write.")]
Authority = Annotated[str, typer.Option(help="An English county, district or unitary authority, as of 2021.")]
Service = Annotated[str | None, typer.Option("--authority", help="Only this one.")]
Rim = Annotated[float, typer.Option(min=0, max=100, metavar="KM", help="Kilometres around that are taken in, too.")]
Force = Annotated[bool, typer.Option("--force", help="Write over files that are there.")]
Joining = Annotated[bool, typer.Option("--members-only", help="Also sites for registered members.")]


def _example(line: str) -> str:
    return f"\b\nExample:\n  withless import {line}"


@imports.command(epilog=_example("areas --authority Somerset --data downloads --out areas.csv"))
@told
def areas(
    authority: Authority,
    data: Data,
    out: Out,
    deprivation: Annotated[Deprivation, typer.Option(help="Year of the deprivation deciles.")] = Deprivation.y2019,
    rim: Rim = 20.0,
    force: Force = False,
) -> None:
    """Make the areas table: small areas of an authority and its rim."""
    _make("areas", data, out, force, authority=authority, deprivation=deprivation.value, rim=rim)


@imports.command(epilog=_example("people --authority Somerset --year 2017 --data downloads --out people.csv"))
@told
def people(
    authority: Authority,
    data: Data,
    out: Out,
    by: Annotated[By, typer.Option(help="Small areas and the rim; districts; or Trafford's output areas.")] = By.area,
    year: Annotated[PeopleYear, typer.Option(help="Mid-year of small areas' people.")] = PeopleYear.y2020,
    rim: Rim = 20.0,
    force: Force = False,
) -> None:
    """Make the people table: people by age band."""
    _make("people", data, out, force, authority=authority, by=by.value, year=year.value, rim=rim)


@imports.command(epilog=_example("deprivation --year 2025 --data downloads --out deprivation.csv"))
@told
def deprivation(
    data: Data,
    out: Out,
    year: Annotated[Deprivation, typer.Option(help="Year of the indices.")] = Deprivation.y2019,
    force: Force = False,
) -> None:
    """List the deprivation decile of every small area (2011) of England."""
    _make("deprivation", data, out, force, year=year.value)


@imports.command(epilog=_example("libraries --authority Trafford --data downloads --out libraries.csv"))
@told
def libraries(
    authority: Authority,
    data: Data,
    out: Out,
    year: Annotated[LibraryYear, typer.Option(help="Libraries that were open in this year.")] = LibraryYear.y2023,
    rim: Rim = 20.0,
    force: Force = False,
) -> None:
    """Make a venues table of static libraries; users and costs stay blank."""
    _make("libraries", data, out, force, authority=authority, year=year.value, rim=rim)


@imports.command(epilog=_example("activity --authority Barnsley --data downloads --out activity.csv"))
@told
def activity(data: Data, out: Out, authority: Service = None, force: Force = False) -> None:
    """List users, visits and loans of library services in 2023/24, with what is missing."""
    _make("activity", data, out, force, authority=authority)


@imports.command(
    epilog=_example("members --place somerset --data downloads --out somerset/members.csv")
    + "\n  (then put  use: members.csv  into the tables of libraries in place.yaml)"
)
@told
def members(
    place: Annotated[Path, typer.Option(metavar="PLACE", help="The place's folder, with its libraries.")],
    data: Data,
    out: Out,
    date: Annotated[MemberDate, typer.Option(help="Date of the membership file.")] = MemberDate.oct18,
    service: Annotated[str, typer.Option(help="The name of the libraries in the place.")] = "libraries",
    venues: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write the venues table with users as counted.")
    ] = None,
    force: Force = False,
) -> None:
    """Make a use table of a place's libraries: members by area and library."""
    beside = {"venues": venues} if venues is not None else {}
    _make("members", data, out, force, beside, place=place, date=date.value, service=service)


@imports.command(
    "members-summary", epilog=_example("members-summary --authority Somerset --data downloads --out m.csv")
)
@told
def members_summary(data: Data, out: Out, authority: Service = None, force: Force = False) -> None:
    """List members by library, rounded to 10, with the least and the most they stand for."""
    _make("members-summary", data, out, force, authority=authority)


SchemaFile = Annotated[Path, typer.Argument(metavar="FILE", help="A file in the national library schema.")]
OfPlace = Annotated[Path, typer.Option("--place", metavar="PLACE", help="The place's folder, with its libraries.")]
OfLibraries = Annotated[str, typer.Option("--service", help="The name of the libraries in the place.")]
VenuesToo = Annotated[
    Path | None, typer.Option("--venues", metavar="FILE", help="Also write the venues table with them.")
]


@imports.command(
    "library-members", epilog=_example("library-members membership.csv --place bristol --out m.csv --venues l.csv")
)
@told
def library_members(
    file: SchemaFile,
    place: OfPlace,
    out: Out,
    service: OfLibraries = "libraries",
    venues: VenuesToo = None,
    force: Force = False,
) -> None:
    """List members by area from a file in the national library schema."""
    beside = {"venues": venues} if venues is not None else {}
    _make("library-members", file, out, force, beside, place=place, service=service)


@imports.command(
    "library-visits", epilog=_example("library-visits visits.csv --place plymouth --out v.csv --venues l.csv")
)
@told
def library_visits(
    file: SchemaFile,
    place: OfPlace,
    out: Out,
    service: OfLibraries = "libraries",
    venues: VenuesToo = None,
    force: Force = False,
) -> None:
    """List visits a year by library from a file in the national library schema."""
    beside = {"venues": venues} if venues is not None else {}
    _make("library-visits", file, out, force, beside, place=place, service=service)


@imports.command(epilog=_example("pools --authority Trafford --data downloads --out pools.csv"))
@told
def pools(
    authority: Authority, data: Data, out: Out, members_only: Joining = False, rim: Rim = 20.0, force: Force = False
) -> None:
    """Make a venues table of swimming pools that the public can use; users and costs stay blank."""
    _make("pools", data, out, force, authority=authority, members_only=members_only, rim=rim)


@imports.command("sports-centres", epilog=_example("sports-centres --authority Trafford --data downloads --out s.csv"))
@told
def sports_centres(
    authority: Authority, data: Data, out: Out, members_only: Joining = False, rim: Rim = 20.0, force: Force = False
) -> None:
    """Make a venues table of halls and gyms that the public can use; users and costs stay blank."""
    _make("sports-centres", data, out, force, authority=authority, members_only=members_only, rim=rim)


@imports.command(epilog=_example("facilities --data downloads --out facilities.csv"))
@told
def facilities(data: Data, out: Out, force: Force = False) -> None:
    """Count sports sites of every kind by who may come in."""
    _make("facilities", data, out, force)


class CareYear(StrEnum):
    """Years that the files on adult social care are of."""

    y0910, y1011, y1112, y1213 = "2009-10", "2010-11", "2011-12", "2012-13"
    y1314, y1415, y1516 = "2013-14", "2014-15", "2015-16"
    y1617, y1718, y1819, y1920, y2021 = "2016-17", "2017-18", "2018-19", "2019-20", "2020-21"
    y2122, y2223 = "2021-22", "2022-23"


@imports.command(
    "social-care", epilog=_example("social-care --council Somerset --year 2013-14 --data downloads --out care")
)
@told
def social_care(
    council: Annotated[str, typer.Option(help="A council with adult social care, by name or number, such as 905.")],
    data: Data,
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder to write the tables into.")],
    year: Annotated[CareYear, typer.Option(help="The year of the files.")] = CareYear.y1314,
    force: Force = False,
) -> None:
    """Make tables of a council's clients, unit costs and spending in adult social care."""
    writable(csv=out)
    from .. import api

    list_notes(api.import_social_care(data, out, council, year.value, force))


Prices = Annotated[str | None, typer.Option(metavar="YEAR", help="In real terms: prices of this year, as 2017-18.")]
AnyAuthority = Annotated[str, typer.Option("--authority", help="An authority of the file, by name.")]


@imports.command(
    "revenue-outturn", epilog=_example("revenue-outturn RS_2014-15_by_LA.xls --authority Somerset --out lines.csv")
)
@told
def revenue_outturn(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A workbook of the Revenue Outturn Summary.")],
    authority: AnyAuthority,
    out: Out,
    prices: Prices = None,
    income_nil: Annotated[
        bool, typer.Option("--income-nil", help="Put in nil for services' own income, which is in no such file.")
    ] = False,
    force: Force = False,
) -> None:
    """Make a lines table of a whole budget: what is spent, and what pays for it."""
    _make("revenue-outturn", file, out, force, authority=authority, prices=prices, income_nil=income_nil)


@imports.command(
    "youth-spending", epilog=_example("youth-spending s251_outturn_*.csv --authority Somerset --out youth.csv")
)
@told
def youth_spending(
    files: Annotated[list[Path], typer.Argument(metavar="FILES", help="Section 251 outturn files, one a year.")],
    authority: AnyAuthority,
    out: Out,
    prices: Prices = None,
    force: Force = False,
) -> None:
    """List what was spent on services for young people, universal and targeted, by year."""
    _make("youth-spending", files[0], out, force, authority=authority, others=files[1:], prices=prices)


@imports.command(epilog=_example("rtt full-extract-*.csv --provider RWE --out leicester"))
@told
def rtt(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="NHS England's files: CSV, zip, xls.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder for bands.csv and flows.csv.")],
    provider: Annotated[
        str | None, typer.Option(metavar="CODE", help="A provider; several codes of one, by commas.")
    ] = None,
    commissioner: Annotated[str | None, typer.Option(metavar="CODE", help="A commissioner; as above.")] = None,
    england: Annotated[bool, typer.Option("--england", help="All England.")] = False,
    english_only: Annotated[
        bool, typer.Option("--english-only", help="Without what commissioners outside England pay for.")
    ] = False,
    month: Annotated[
        str | None, typer.Option(metavar="2026-01", help="The month of a file that does not say it.")
    ] = None,
    force: Force = False,
) -> None:
    """Make the tables of a waiting list: people by weeks waited, and clock starts."""
    writable(csv=out)
    from .. import api

    list_notes(
        api.import_rtt(
            files,
            out,
            provider=provider,
            commissioner=commissioner,
            england=england,
            english_only=english_only,
            month=month,
            force=force,
        )
    )


def _make(name: str, data: Path, out: Path, force: bool, beside: dict[str, Path] | None = None, **options: Any) -> None:
    """Run an importer and say what it did."""
    for path in (out, *(beside or {}).values()):
        writable(csv_file=str(path))
    from .. import api

    list_notes(api.import_table(name, data, out, beside=beside or {}, force=force, **options))
