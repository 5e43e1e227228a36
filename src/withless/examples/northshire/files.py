"""Northshire as files: the tables, place.yaml, plan.yaml and README.md, the same bytes for the same seed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ...writing import write_folder
from . import budget_lines, care, figures, finances, hospital, layout, work_help, youth
from .chance import Ints
from .geography import County, draw_county
from .plan import TITLE, draw_plan, plan_yaml, promises
from .readme import readme_text
from .sites import SERVICES, Site, draw_sites
from .use import draw_use, nearest_share
from .venues import HEADER, Venue, draw_venues

FILES = (
    "place.yaml", "areas.csv", "people.csv", "libraries.csv", "members.csv", "museums.csv", "pools.csv",
    "sports_centres.csv", *care.FILES, *youth.TABLES.values(), *work_help.TABLES.values(),
    *budget_lines.FILES.values(), *finances.FILES, "plan.yaml", *hospital.FILES, "README.md",
)  # fmt: skip
"""Everything that `write` makes, in order."""

_SUPPRESSED_BELOW = 5
_VOLUNTEER_SHARES = {"libraries": 0.5, "museums": 0.3, "pools": 0.1, "sports_centres": 0.1}


def write(folder: Path, seed: int = 2026, *, force: bool = False) -> list[Path]:
    """Make the invented county of `seed` (0 or more) in `folder`, and return the files in the order of `FILES`.

    The folder is made where it is missing, and no file is ever half there. Raises FileExistsError, with nothing written,
    where the folder has any of the files and `force` is false.
    """
    there = [name for name in FILES if (folder / name).exists()]
    if there and not force:
        raise FileExistsError(
            f"{folder} already has {', '.join(there)}. Choose an empty folder, or say force to write over them."
        )
    made = texts(seed)
    return write_folder(folder, {name: made[name] for name in FILES}, force=force)


def texts(seed: int) -> dict[str, str]:
    """The text of every file of a seed: {file: text}."""
    county = draw_county(seed)
    sites = draw_sites(seed, county)
    use = {service: draw_use(seed, service, county, sites[service]) for service in SERVICES}
    venues = {s: draw_venues(seed, s, sites[s], use[s].sum(axis=0)) for s in SERVICES}
    social_care = care.draw_care(seed, county)
    trust = hospital.draw_hospital(seed)
    culture = draw_plan(venues)
    steps = (
        *culture, *care.steps(social_care), *hospital.steps(trust)[:2], *youth.steps(), *work_help.steps(), *budget_lines.steps(),
    )  # fmt: skip
    promised = (
        *promises(culture, venues), *care.promises(), hospital.promises(trust)[2], *youth.promises(), *work_help.promises(),
        *budget_lines.promises(),
    )  # fmt: skip
    return {
        "place.yaml": _place_yaml(social_care, trust),
        "bands.csv": _csv(hospital.BANDS_HEADER, trust.bands),
        "flows.csv": _csv(hospital.FLOWS_HEADER, trust.flows),
        "hospital.yaml": plan_yaml(hospital.TITLE, hospital.steps(trust), hospital.promises(trust)),
        "areas.csv": _areas_csv(county),
        "people.csv": _people_csv(county),
        "members.csv": _members_csv(county, sites["libraries"], use["libraries"]),
        **{f"{service}.csv": _venues_csv(venues[service]) for service in SERVICES},
        **{file: _csv(*rows) for file, rows in _others(county).items()},
        **{file: _csv(*table) for file, table in care.rows_of(social_care).items()},
        "plan.yaml": plan_yaml(TITLE, steps, promised),
        "README.md": readme_text(
            seed, county, venues, social_care, trust, steps, nearest_share(county, sites["libraries"], use["libraries"])
        ),
    }


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def _areas_csv(county: County) -> str:
    header = ("id", "name", "x", "y", "decile", "rural_urban", "no_car_share", "district", "outside")
    x0, y0 = layout.ORIGIN_METRES
    rows = (
        (
            county.ids[i], county.names[i], round(x0 + 1000 * county.x[i]), round(y0 + 1000 * county.y[i]),
            county.decile[i], county.rural_urban[i], f"{county.no_car_share[i]:.3f}", county.district[i],
            int(county.outside[i]),
        )
        for i in range(len(county.ids))
    )  # fmt: skip
    return _csv(header, rows)


def _people_csv(county: County) -> str:
    rows = (
        (county.ids[i], band, county.people[i, b])
        for i in range(len(county.ids))
        for b, band in enumerate(figures.AGE_BANDS)
    )
    return _csv(("area", "age_band", "people"), rows)


def _members_csv(county: County, libraries: Sequence[Site], use: Ints) -> str:
    """Users by area and library; 1 to 4 are starred and none is left out, as real releases do."""
    rows = (
        (county.ids[i], library.id, use[i, j] if use[i, j] >= _SUPPRESSED_BELOW else "*")
        for i in range(len(county.ids))
        for j, library in enumerate(libraries)
        if use[i, j] > 0
    )
    return _csv(("area", "venue", "users"), rows)


def _venues_csv(venues: Sequence[Venue]) -> str:
    return _csv(HEADER, ([_cell(getattr(v, column)) for column in HEADER] for v in venues))


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return int(value)
    return f"{value:g}" if isinstance(value, float) else value


def _place_yaml(social_care: care.Care, trust: hospital.Hospital) -> str:
    tables: Mapping[str, str] = {
        s: f"venues: {s}.csv" + (", use: members.csv" if s == "libraries" else "") for s in SERVICES
    }
    services = "".join(
        f"  {service}:\n"
        f"    kind: venues\n"
        f"    title: {service.replace('_', ' ').capitalize()}\n"
        f"    payer: council\n"
        f"    budget: £{figures.BUDGETS[service] / 1e6:.1f}m\n"
        f"    volunteer_share: {_VOLUNTEER_SHARES[service]}\n"
        f"    tables: {{{tables[service]}}}\n"
        for service in SERVICES
    ) + (
        "  hospital:\n"
        "    kind: waits\n"
        "    title: Hospital waiting lists\n"
        "    payer: nhs\n"
        f"    budget: £{trust.budget / 1e6:.0f}m\n"
        "    tables: {bands: bands.csv, flows: flows.csv}\n"
    )
    return (
        "# Invented: there is no such county. See README.md for what it is set to.\n"
        "withless: 1\n"
        "name: Northshire\n"
        "invented: true\n"
        "calendar: {start: 2026-04, quarters: 20}\n"
        "coordinates: bng\n"
        "prices: 2026-27\n"
        "areas: areas.csv\n"
        "people: people.csv\n"
        "reserves: reserves.csv\n"
        "gap: gap.csv\n"
        f"services:\n{services}{care.place_yaml(social_care)}{_programmes_yaml()}{_lines_yaml()}"
        "note: Invented. No such county exists; any likeness to a real place is chance.\n"
    )


def _others(county: County) -> Mapping[str, youth.Rows]:
    """Header and rows of the tables that are not of venues, by file."""
    return {**youth.tables(county), **work_help.tables(county), **budget_lines.tables(), **finances.tables()}


def _programmes_yaml() -> str:
    return "".join(
        f"  {name}:\n    kind: programmes\n    title: {title}\n    payer: council\n"
        f"    budget: £{module.BUDGET / 1e6:.1f}m\n"
        f"    tables: {{{', '.join(f'{table}: {file}' for table, file in module.TABLES.items())}}}\n"
        for name, title, module in (("youth", "Youth service", youth), ("help_into_work", "Help into work", work_help))
    )


def _lines_yaml() -> str:
    return "".join(
        f"  {service}:\n    kind: budget\n    title: {budget_lines.TITLES[service]}\n    payer: council\n"
        + (f"    budget: £{budget_lines.net(service) / 1e6:.1f}m\n" if budget_lines.net(service) > 0 else "")
        + f"    tables: {{lines: {file}}}\n"
        for service, file in budget_lines.FILES.items()
    )
