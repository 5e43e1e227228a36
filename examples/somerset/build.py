"""Build the Somerset of 2018 and its libraries decision from official files, and fit it to where members live.

    python examples/somerset/build.py --data FOLDER --out FOLDER

FOLDER holds the files that README.md names, as downloaded. Writes a place and plan.yaml that withless reads, the fit that
the place draws from (fit/libraries.toml, what it found in fit/libraries.txt), and NOTES.md with everything that was
dropped, guessed or judged on the way. Takes about half a minute, nearly all of it the fit.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).parent))
from finances import write as write_finances
from plan import HANDED_OVER_BY, SAVING, plan_text

from withless import api
from withless.files import Faults
from withless.sources.geography import RIM_KM, areas, nearest_km, people
from withless.sources.libraries import OPEN, RUN_BY, listed
from withless.sources.membership import FAR_METRES, STAR_PEOPLE, homes, members, not_buildings, one_row_a_pair, plain
from withless.sources.postcodes import place
from withless.sources.spreadsheets import as_csv
from withless.writing import write_whole

DISTRICTS = ("Mendip", "Sedgemoor", "South Somerset", "Somerset West and Taunton")
Points = dict[str, tuple[float, float]]
BUDGET = 4_300_000
FIXED_SHARE = 0.4
OVERHEAD_SHARE = 0.35
INCOME_SHARE = 0.08
SET_ASIDE = ("Burton Bradstock Library", "Radstock Library", "Stockwood Library")
"""Libraries around that the figures in docs/somerset.md and docs/fit.md were made without."""
HOURS_BEFORE = {
    "Bishops Lydeard": 11.0,
    "Bruton": 12.0,
    "Castle Cary": 19.5,
    "Highbridge": 9.5,
    "Milborne Port": 14.5,
    "Nether Stowey": 20.0,
    "Priorswood": 29.0,
    "Somerton": 28.5,
    "South Petherton": 16.5,
    "Street": 34.0,
    "Sunningdale": 14.0,
    "Watchet": 17.5,
    "Wiveliscombe": 17.5,
}
"""Hours a week before the decision, of those that it shut or handed over (Libraries Taskforce, list of July 2016)."""


@dataclass
class Notes:
    """What was dropped, guessed or judged, told at the end and kept in NOTES.md."""

    lines: list[str] = field(default_factory=list)

    def say(self, line: str) -> None:
        """Keep a line."""
        self.lines.append(line)


def venues(data: Path, area_table: pl.DataFrame, use: pl.DataFrame, notes: Notes) -> pl.DataFrame:
    """Libraries inside and around: one row each, with where they are, when they open and how many use them."""
    static = listed(data).filter(open_in_2018())
    found = place(static["postcode"].to_list())
    centres = homes(area_table, use)
    inside_xy = area_table.filter(pl.col("outside") == 0).select("x", "y").to_numpy()
    listing = {(r["reporting"], plain(r["name"])): r for r in static.iter_rows(named=True)}
    here = use.filter((pl.col("authority") == "Somerset") | pl.col("area").is_in(area_table["id"].to_list()))
    counted = here.group_by("authority", "library").agg(pl.col("count").sum()).sort("authority", "library")
    rows = [
        placed(Library(authority, library, listing.get((authority, plain(library)), {}), users), found, centres, notes)
        for authority, library, users in counted.iter_rows()
        if (authority, library) in centres
    ]
    uncounted = static.filter(~pl.col("reporting").is_in(use["authority"].unique().to_list())).sort("reporting", "name")
    rows += [
        Library(r["reporting"], "", r, None, found[r["postcode"]])
        for r in uncounted.iter_rows(named=True)
        if r["postcode"] in found
    ]
    near = nearest_km(np.array([r.at for r in rows]), inside_xy) <= RIM_KM
    kept = [r for r, keep in zip(rows, near, strict=True) if keep or r.authority == "Somerset"]
    return pl.DataFrame([r.row(i) for i, r in enumerate(kept, 1)], infer_schema_length=None)


def open_in_2018() -> pl.Expr:
    """Rows of the Arts Council's list that were open in October 2018."""
    was_open, opened_since = (pl.col(f"operation_{year}").is_in(OPEN) for year in (16, 19))
    return (was_open | opened_since) & (pl.col("closed").is_null() | (pl.col("closed") >= 2019))


@dataclass(frozen=True)
class Library:
    """A library on its way to a row: its name among members, its row in the Arts Council's list, users, easting, northing."""

    authority: str
    library: str
    listed: Mapping[str, str | None]
    users: float | None
    at: tuple[float, float] = (0.0, 0.0)

    def row(self, number: int) -> dict[str, object]:
        """A row of the venues table, money left for later."""
        inside = self.authority == "Somerset"
        plain_name = (self.listed.get("name") or self.library).replace(" Library", "").replace(" library", "")
        name = plain_name if inside else f"{plain_name}, {self.authority}"
        run, later = (str(self.listed.get(k) or "") for k in ("operation_16", "operation_21"))
        return {
            "id": f"LIB{number:03d}",
            "name": name,
            "x": round(self.at[0]),
            "y": round(self.at[1]),
            "hours": (HOURS_BEFORE.get(name) if inside else None) or self.listed.get("hours"),
            "users": self.users,
            "run_by": RUN_BY.get(run, "council"),
            "outside": 0 if inside else 1,
            "authority": self.authority,
            "library": self.library,
            "handed_over": inside and run in ("LA", "") and later == "CR",
        }


def placed(
    library: Library, found: Points, centres: Mapping[tuple[str, str], tuple[float, float]], notes: Notes
) -> Library:
    """A library put where its postcode is, or where its members live if the postcode is unknown or far from them."""
    home = centres[library.authority, library.library]
    at = found.get(library.listed.get("postcode") or "", home)
    if at is home or np.hypot(at[0] - home[0], at[1] - home[1]) > FAR_METRES:
        at = home
        if library.authority == "Somerset":
            notes.say(f"Placed by where its members live, not by postcode: {library.library}.")
    return replace(library, at=at)


def with_money(table: pl.DataFrame, notes: Notes) -> pl.DataFrame:
    """Hours filled where missing, and judged costs: a stated budget shared out by users and hours."""
    ours = table.filter(pl.col("outside") == 0)
    usual = float(ours["hours"].median() or 25)
    guessed = table.filter(pl.col("hours").is_null())
    notes.say(
        f"Hours are of 2023, and of July 2016 for the {len(HOURS_BEFORE)} that the decision shuts or hands over. Judged: "
        f"{len(guessed)} libraries outside without hours get the county's median of {usual:g}."
    )
    table = table.with_columns(pl.col("hours").fill_null(usual))
    paid = (pl.col("outside") == 0) & (pl.col("run_by") == "council")
    size = (
        pl.when(paid)
        .then(pl.col("hours") * (0.5 + 0.5 * pl.col("users") / pl.col("users").filter(paid).mean()))
        .otherwise(0.0)
    )
    net = (1 - OVERHEAD_SHARE) * BUDGET
    gross = net / (1 - INCOME_SHARE)
    notes.say(
        f"Judged: net budget £{BUDGET:,} a year (£5.4m in 2010, less the 20% that the county said it had saved since 2011), "
        f"{OVERHEAD_SHARE:.0%} of it not tied to a building, income {INCOME_SHARE:.0%} of gross cost, {FIXED_SHARE:.0%} of a "
        "building's cost fixed, the rest shared out half by opening hours and half by hours times users. Porlock, run by its "
        "community already, is taken to cost nothing."
    )
    return table.with_columns(cost=hundreds(gross * size / size.sum())).with_columns(
        gross_cost=pl.when(pl.col("outside") == 0).then(pl.col("cost")),
        income=pl.when(pl.col("outside") == 0).then(hundreds(pl.col("cost") * INCOME_SHARE)),
        staffed_hours=pl.when(pl.col("run_by") == "community").then(0.0).otherwise(pl.col("hours")),
    )


def hundreds(pounds: pl.Expr) -> pl.Expr:
    """Pounds to the nearest hundred: a judged cost bears no more."""
    return (pounds / 100).round(0) * 100


def use_table(table: pl.DataFrame, use: pl.DataFrame, area_table: pl.DataFrame, notes: Notes) -> pl.DataFrame:
    """area, venue, users with its stars, for the areas of the place."""
    kept = one_row_a_pair(use).join(
        table.filter(pl.col("library") != "").select("authority", "library", "id"), on=["authority", "library"]
    )
    here = kept.filter(pl.col("area").is_in(area_table["id"].to_list()))
    somerset = kept.filter(pl.col("authority") == "Somerset")
    away = somerset.filter(~pl.col("area").is_in(area_table["id"].to_list()))["count"].sum()
    notes.say(
        f"{len(here):,} cells of members, {(here['cell'] == '*').mean():.0%} of them * (1 to 4 people, counted as "
        f"{STAR_PEOPLE} for a library's total). About {away:,.0f} members of Somerset libraries live beyond the rim: they "
        "count as users of their library and in no area."
    )
    return here.select("area", venue="id", users="cell").sort("area", "venue")


PLACE = """\
withless: 1
name: Somerset
calendar: {{start: 2018-04, quarters: 20}}
coordinates: bng
prices: 2018-19
areas: areas.csv
people: people.csv
reserves: reserves.csv
gap: gap.csv
services:
  libraries:
    kind: venues
    title: Libraries
    payer: council
    budget: £{budget}
    tables: {{venues: libraries.csv, use: members.csv}}
{fit}assumptions:
  venues.visits_per_user.library:
    low: 11
    high: 15
    source: Arts Council England, activity 2023/24, Somerset, 905,057 visits and 70,478 active members (12.8)
  venues.value_of_time:
    low: 4.5
    high: 8.5
    source: the register's range at prices of 2018-19
  venues.volunteers.value:
    low: 9
    high: 14
    source: national living wage of 7.83 pounds to a library assistant's hour with employer's costs, 2018-19
note: Built from official files; costs and cars are judged, hours are of other years (see NOTES.md).
"""
FIT = "fit/libraries.toml"


def build(data: Path, out: Path) -> list[str]:
    """Build everything into `out`; returns the notes."""
    notes = Notes()
    area_table = areas(data, DISTRICTS, "deprivation15")
    notes.say(
        f"{(area_table['outside'] == 0).sum()} areas (LSOA 2011) inside, {(area_table['outside'] == 1).sum()} in the rim: "
        f"those in England within {RIM_KM:.0f} km of the centre of an area inside. Centres are geometric, not weighted by "
        "people."
    )
    use, dropped = members(data)
    use = use.filter(~pl.col("library").is_in(SET_ASIDE))
    for line in not_buildings(dropped, "Somerset"):
        notes.say(line)
    table = with_money(venues(data, area_table, use, notes), notes)
    inside = table.filter(pl.col("outside") == 0)
    unknown = int(table["users"].is_null().sum())
    notes.say(
        f"{len(inside)} libraries inside, {len(table) - len(inside)} around, of which {unknown} have no membership data "
        "(Devon and Wiltshire): "
        "their users are taken from their hours. Users of libraries around are those who live in the place or its rim."
    )
    notes.say("Nothing here tells who has a car: the register's wide shares are drawn.")
    notes.say(f"Where users of a closed library go is drawn from a fit to where members live ({FIT}).")
    notes.say(f"Handed over in the plan: council-run in 2016 and community-run in {HANDED_OVER_BY}.")
    notes.say(
        f"Booked: £{SAVING:,} a year for fifteen libraries, as reported after the decision; shared out by judged cost."
    )
    columns = "id name type x y hours staffed_hours users gross_cost income fixed_share run_by"
    libraries = table.with_columns(
        type=pl.lit("library"), fixed_share=pl.lit(FIXED_SHARE), capital_receipt=pl.lit(0), mothball_cost=pl.lit(0)
    ).select(*columns.split(), "capital_receipt", "mothball_cost", "outside")
    out.mkdir(parents=True, exist_ok=True)
    write_whole(out / "areas.csv", as_csv(area_table))
    write_whole(out / "people.csv", as_csv(people(data, area_table["id"].to_list(), "people17")))
    write_whole(out / "libraries.csv", as_csv(libraries))
    write_whole(out / "members.csv", as_csv(use_table(table, use, area_table, notes)))
    write_finances(data, out, notes.say)
    write_whole(out / "place.yaml", PLACE.format(budget=BUDGET, fit=""))
    write_whole(out / "plan.yaml", plan_text(inside))
    write_whole(out / "NOTES.md", "# How this place was built\n\n" + "".join(f"- {line}\n" for line in notes.lines))
    fit(out)
    return notes.lines


def fit(out: Path) -> None:
    """Fit the place to its own members, and name the fit in place.yaml, so that every later run draws from it."""
    found = api.fit(out, "libraries")
    write_whole(out / FIT, api.fit_text(found.joint))
    write_whole(out / "fit" / "libraries.txt", found.text)
    write_whole(out / "place.yaml", PLACE.format(budget=BUDGET, fit=f"    fit: {FIT}\n"))


def main() -> int:
    """Read the command line, build, say what was done; 2 where a file is missing or wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the downloaded files")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    given = parser.parse_args()
    try:
        lines = build(given.data, given.out)
    except Faults as e:
        print(e, file=sys.stderr)
        print("README.md beside this file lists all that it takes.", file=sys.stderr)
        return 2
    print(f"Somerset is in {given.out}.")
    for line in lines:
        print(f"- {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
