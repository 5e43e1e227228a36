"""Official files: what each is called, where it is published, its traps, and how it is read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl

from ..files import Faults
from ..writing import reads
from .file_spec import Published, problems
from .published_spending import SPENDING_FILES

__all__ = ["FILES", "Published", "find", "read"]

_GEOGRAPHY, _LIBRARIES, _WEST, _SPORTS = "geography", "libraries", "libraries/librarieswest", "sports"
_ONS, _ONS_PEOPLE = "ONS, Open Geography Portal", "ONS"
_PORTAL = "https://geoportal.statistics.gov.uk"
_ESTIMATES = "https://www.ons.gov.uk/peoplepopulationandcommunity/populationandmigration/populationestimates/datasets/"
_INDICES = "https://www.gov.uk/government/statistics/english-indices-of-deprivation-"
_ARTS, _ARTS_PAGE = "Arts Council England", "look for the title on https://www.artscouncil.org.uk"
_MEMBERS_BY = "LibrariesWest"
_MEMBERS_PAGE = "https://github.com/LibrariesWest/opendata"
_LAB = "Trafford Data Lab, from Sport England's Active Places"
_LAB_PAGE = "https://github.com/traffordDataLab/open_data"
_AREA, _ENGLISH = r"^[EW]01\d{6}$", r"^E01\d{6}$"
_YEARS = (*(str(a) for a in range(90)), "90+")
_PEOPLE = {"total_population": (0.0, 1e8), **dict.fromkeys(_YEARS, (0.0, 1e7))}
_ANY = (0.0, 1e10)
_DECILE = {"IMD_decile": (1.0, 10.0)}
_SITE = ("site_id", "site_name", "facility_type", "access_type", "postcode", "lsoa_code", "lon", "lat")
_POINT = {"lon": (-10.0, 3.0), "lat": (49.0, 61.0)}
_ACCESS = "access says who may come in, not who owns it; no hours, users or costs; small areas are those of 2021"

FILES = {
    "centroids": Published(
        "lsoa11_centroids.csv.gz",
        _GEOGRAPHY,
        "Lower layer super output areas (2011), centroids",
        _ONS,
        "2011",
        ("LSOA11CD", "LSOA11NM", "BNG_E", "BNG_N"),
        "the middle of the shape, not of its people; England and Wales",
        _PORTAL,
        rows=34_753,
        numbers={"BNG_E": (0.0, 700_000.0), "BNG_N": (0.0, 1_300_000.0)},
        codes={"LSOA11CD": _AREA},
        key=("LSOA11CD",),
    ),
    "people17": Published(
        "population17_lsoa11.csv.gz",
        _GEOGRAPHY,
        "Population estimates by single year of age, small areas (2011), mid-2017",
        _ONS_PEOPLE,
        "2017",
        ("lsoa11_code", "total_population", *_YEARS),
        "the oldest column is 90+; whole people written with a decimal point; England and Wales",
        f"{_ESTIMATES}lowersuperoutputareamidyearpopulationestimates",
        rows=34_753,
        numbers=_PEOPLE,
        codes={"lsoa11_code": _AREA},
        key=("lsoa11_code",),
        total=("total_population", 58_744_595),
    ),
    "people20": Published(
        "population20_lsoa11.csv.gz",
        _GEOGRAPHY,
        "Population estimates by single year of age, small areas (2011), mid-2020",
        _ONS_PEOPLE,
        "2020",
        ("lsoa11_code", "total_population", *_YEARS),
        "the oldest column is 90+; whole people written with a decimal point; England and Wales",
        f"{_ESTIMATES}lowersuperoutputareamidyearpopulationestimates",
        rows=34_753,
        numbers=_PEOPLE,
        codes={"lsoa11_code": _AREA},
        key=("lsoa11_code",),
        total=("total_population", 59_719_724),
    ),
    "people20_districts": Published(
        "population20_ltla21.csv.gz",
        _GEOGRAPHY,
        "Population estimates by single year of age, districts (2021), mid-2020",
        _ONS_PEOPLE,
        "2020",
        ("ltla21_code", "ltla21_name", "total_population", *_YEARS),
        "England and Wales; districts as they were in 2021",
        f"{_ESTIMATES}populationestimatesforukenglandandwalesscotlandandnorthernireland",
        rows=331,
        numbers=_PEOPLE,
        codes={"ltla21_code": r"^[EW]0\d{7}$"},
        key=("ltla21_code",),
    ),
    "deprivation15": Published(
        "imd2015_england_lsoa11.csv.gz",
        _GEOGRAPHY,
        "English indices of deprivation 2015, file 1",
        "GOV.UK",
        "2015",
        ("lsoa11_code", "lad13_code", "IMD_score", "IMD_rank", "IMD_decile"),
        "decile 1 is the most deprived; England only",
        f"{_INDICES}2015",
        rows=32_844,
        numbers={**_DECILE, "IMD_rank": (1.0, 32_844.0)},
        codes={"lsoa11_code": _ENGLISH},
        key=("lsoa11_code",),
    ),
    "deprivation19": Published(
        "imd2019_england_lsoa11.csv.gz",
        _GEOGRAPHY,
        "English indices of deprivation 2019, file 7",
        "GOV.UK",
        "2019",
        ("lsoa11_code", "IMD_decile", "IMD_rank", "Income_decile"),
        "decile 1 is the most deprived; England only",
        f"{_INDICES}2019",
        rows=32_844,
        numbers={**_DECILE, "IMD_rank": (1.0, 32_844.0)},
        codes={"lsoa11_code": _ENGLISH},
        key=("lsoa11_code",),
    ),
    "deprivation25": Published(
        "imd2025_england_lsoa21.csv.gz",
        _GEOGRAPHY,
        "English indices of deprivation 2025, file 7",
        "GOV.UK",
        "2025",
        ("lsoa21_code", "IMD_decile", "IMD_rank", "IMD_score"),
        "decile 1 is the most deprived; England only; on the small areas of 2021, so it goes through a lookup",
        f"{_INDICES}2025",
        rows=33_755,
        numbers={**_DECILE, "IMD_rank": (1.0, 33_755.0), "IMD_score": (0.0, 100.0)},
        codes={"lsoa21_code": _ENGLISH},
        key=("lsoa21_code",),
    ),
    "districts": Published(
        "lookup_lsoa11_ltla21.csv.gz",
        _GEOGRAPHY,
        "Small areas (2011) to local authority districts (2021)",
        _ONS,
        "2021",
        ("lsoa11_code", "ltla21_name"),
        "districts as they were in 2021: Somerset still had four",
        _PORTAL,
        rows=34_753,
        codes={"lsoa11_code": _AREA},
        key=("lsoa11_code",),
    ),
    "counties": Published(
        "lookup_ltla21_utla21.csv.gz",
        _GEOGRAPHY,
        "Districts to counties and unitary authorities (2021)",
        _ONS,
        "2021",
        ("ltla21_name", "utla21_name"),
        "England and Wales",
        _PORTAL,
        rows=331,
        key=("ltla21_name",),
    ),
    "changes": Published(
        "lookup_lsoa11_lsoa21_ltla22.csv.gz",
        _GEOGRAPHY,
        "Small areas (2011) to small areas (2021) to districts (2022)",
        _ONS,
        "2022",
        ("lsoa11_code", "lsoa21_code", "change_code"),
        "U is unchanged, S split, M merged, X neither: one area may stand in several rows",
        _PORTAL,
        rows=35_795,
        codes={"lsoa11_code": _AREA, "lsoa21_code": _AREA, "change_code": "^[USMX]$"},
        key=("lsoa11_code", "lsoa21_code"),
    ),
    "setting": Published(
        "ruc11_lsoa11.csv.gz",
        _GEOGRAPHY,
        "Rural-urban classification (2011) of small areas",
        _ONS,
        "2011",
        ("lsoa11_code", "ruc11_code"),
        "A, B and C are cities, D small towns, E villages",
        _PORTAL,
        rows=34_753,
        codes={"lsoa11_code": _AREA, "ruc11_code": "^[A-E][12]$"},
        key=("lsoa11_code",),
    ),
    "libraries": Published(
        "libraries_england_2023.csv",
        _LIBRARIES,
        "Basic dataset for libraries, 2023",
        _ARTS,
        "2023",
        (
            *("reporting", "name", "postcode", "type", "closed", "hours"),
            *("operation_16", "operation_19", "operation_21", "operation_23"),
        ),
        "types and letters are spelt in several ways; mobile and prison libraries among them; hours are of 2023 and "
        "missing for closed libraries; a postcode may stand for a sorting office",
        _ARTS_PAGE,
        rows=3_000,
    ),
    "members": Published(
        "members_2018-10-24.csv.gz",
        _WEST,
        "Active library members by home library and small area, 24 October 2018",
        _MEMBERS_BY,
        "2018",
        ("registered_authority", "registered_library", "lsoa_code", "users"),
        "* is 1 to 4; no row is nobody; one row a ward, so some areas stand twice; mobiles and stores are listed as "
        "libraries; members stay on for up to a year after a library closes",
        _MEMBERS_PAGE,
        numbers={"users": (5.0, 1e6)},
        total=("users", 315_927),
    ),
    "members_2018_08_15": Published(
        "members_2018-08-15.csv.gz",
        _WEST,
        "Active library members by home library and small area, 15 August 2018",
        _MEMBERS_BY,
        "2018",
        ("registered_authority", "registered_library", "lsoa_code", "users"),
        "as the file of October 2018",
        _MEMBERS_PAGE,
        numbers={"users": (5.0, 1e6)},
        total=("users", 322_217),
    ),
    "members_2019_02_01": Published(
        "members_2019-02-01.csv.gz",
        _WEST,
        "Active library members by home library and small area, 1 February 2019",
        _MEMBERS_BY,
        "2019",
        ("registered_authority", "registered_library", "lsoa_code", "users"),
        "as the file of October 2018",
        _MEMBERS_PAGE,
        numbers={"users": (5.0, 1e6)},
        total=("users", 307_872),
    ),
    "members_summary": Published(
        "members_summary_2019-02-01.csv",
        _WEST,
        "Active library members by library, 1 February 2019",
        _MEMBERS_BY,
        "2019",
        ("registered_authority", "name", "users"),
        "rounded to the nearest 10",
        _MEMBERS_PAGE,
        numbers={"users": (0.0, 1e6)},
        key=("registered_authority", "name"),
    ),
    "activity": Published(
        "activity_libraries_activity_data_2023_2024.csv",
        _LIBRARIES,
        "Libraries activity data 2023/24, as sent in",
        _ARTS,
        "2024",
        ("library_details", "authority", "total_active_members"),
        "a column a month; blank cells were not sent, and are not zero",
        _ARTS_PAGE,
    ),
    "activity_services": Published(
        "activity_services.csv",
        _LIBRARIES,
        "Libraries activity data 2023/24, a row a service",
        _ARTS,
        "2024",
        ("Authority code", "Authority nice name", "Users", "Loans", "Visits", "Computer hours", "Wifi sessions"),
        "by authority, not by library; services that sent nothing have blanks; sums of months, some of them not whole years",
        _ARTS_PAGE,
        codes={"Authority code": r"^E\d{8}$"},
        key=("Authority code",),
    ),
    "activity_visits": Published(
        "activity_visits.csv",
        _LIBRARIES,
        "Libraries activity data 2023/24, visits",
        _ARTS,
        "2024",
        ("Authority", "Location", "Period", "Count"),
        "months, quarters and years side by side; home delivery and mobile libraries are among the visits",
        _ARTS_PAGE,
        numbers={"Count": _ANY},
        codes={"Period": r"^\d{4}-\d\d-\d\d/P(1M|3M|1Y)$"},
        key=("Authority", "Location", "Period"),
    ),
    "activity_loans": Published(
        "activity_loans.csv",
        _LIBRARIES,
        "Libraries activity data 2023/24, loans",
        _ARTS,
        "2024",
        ("Authority", "Format", "Content age group", "Period", "Count"),
        "months, quarters and years side by side",
        _ARTS_PAGE,
        numbers={"Count": _ANY},
        codes={"Period": r"^\d{4}-\d\d-\d\d/P(1M|3M|1Y)$"},
    ),
    "activity_users": Published(
        "activity_users.csv",
        _LIBRARIES,
        "Libraries activity data 2023/24, active users",
        _ARTS,
        "2024",
        ("Authority", "Period", "Age group", "Count"),
        "some services give no ages",
        _ARTS_PAGE,
        numbers={"Count": _ANY},
        key=("Authority", "Age group"),
    ),
    "pools": Published(
        "trafford2025_swimming_pools.csv",
        _SPORTS,
        "Sport facilities: swimming pools, Trafford, September 2025",
        _LAB,
        "2025",
        (*_SITE, "pools_on_site", "lanes_total", "site_last_updated_date"),
        f"{_ACCESS}; a pool may have no lanes",
        _LAB_PAGE,
        numbers={**_POINT, "lanes_total": (0.0, 60.0)},
        key=("site_id",),
    ),
    "halls": Published(
        "trafford2025_sports_hall.csv",
        _SPORTS,
        "Sport facilities: sports halls, Trafford, September 2025",
        _LAB,
        "2025",
        (*_SITE, "badminton_courts_total", "site_last_updated_date"),
        f"{_ACCESS}; many are in schools",
        _LAB_PAGE,
        numbers={**_POINT, "badminton_courts_total": (0.0, 60.0)},
        key=("site_id",),
    ),
    "gyms": Published(
        "trafford2025_health_and_fitness_gym.csv",
        _SPORTS,
        "Sport facilities: health and fitness gyms, Trafford, September 2025",
        _LAB,
        "2025",
        (*_SITE, "stations_on_site", "site_last_updated_date"),
        f"{_ACCESS}; most are commercial",
        _LAB_PAGE,
        numbers={**_POINT, "stations_on_site": (0.0, 5_000.0)},
        key=("site_id",),
    ),
    "facilities": Published(
        "trafford2025_sports_facilities.csv",
        _SPORTS,
        "Sport facilities of every kind, Trafford, September 2025",
        _LAB,
        "2025",
        (*_SITE, "facility_areas_on_site"),
        f"{_ACCESS}; a site stands once for each kind it has",
        _LAB_PAGE,
        numbers=_POINT,
    ),
    "people24_output_areas": Published(
        "trafford_pop2024_oa.csv",
        _SPORTS,
        "Population estimates by single year of age, output areas (2021), Trafford, mid-2024",
        "Trafford Data Lab, from ONS",
        "2024",
        ("period", "area_code", "geography", "sex", "all_ages", *_YEARS),
        "men, women and both stand in rows of their own: adding all up counts everybody twice",
        _LAB_PAGE,
        numbers=dict.fromkeys(("all_ages", *_YEARS), (0.0, 1e6)),
        codes={"area_code": r"^E00\d{6}$", "sex": "^(Persons|Males|Females)$"},
        key=("area_code", "sex"),
    ),
    **SPENDING_FILES,
}
"""Files by a short name."""


def find(file: Published, data: Path) -> Path | None:
    """Where a file lies: in its usual folder below `data`, or in `data` itself."""
    places = [data / file.folder / file.name, data / file.name]
    return next((p for p in places if p.is_file()), None)


def read(file: str | Published, data: Path, name: str | None = None) -> pl.DataFrame:
    """One file as text columns, from `data` or its usual folder below it; under another `name`, if given.

    Raises `Faults` where it is missing, is no table, lacks a column or a row, is of another year, or is not whole.
    """
    known = FILES[file] if isinstance(file, str) else file
    known = known if name is None else replace(known, name=name)
    path = find(known, data)
    if path is None:
        found = f"no such file in {data} or its folder {known.folder}"
        raise Faults([known.fault(None, "", found, "the file")])
    reads(path)
    try:
        table = pl.read_csv(path, infer_schema_length=0, encoding="utf8-lossy")
    except (pl.exceptions.PolarsError, OSError):
        raise Faults([known.fault(None, "", "what is no table with one header in its first row", "the file")]) from None
    faults = problems(table, known, FILES.values())
    if faults:
        raise Faults(faults)
    return table
