"""Build the place and the plan of a library decision whose end is known, from official files and what was known then.

    python examples/past/build.py CASE --data FOLDER --out FOLDER

CASE is a name in cases.toml. FOLDER holds the files that README.md names, as downloaded. Writes a place and plan.yaml that
withless reads, and NOTES.md with everything that was judged on the way.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1] / "england"))
from build import HOURS_ELASTICITY
from withless.files import Faults
from withless.sources import geography, libraries, postcodes
from withless.sources.spreadsheets import as_csv
from withless.writing import run, write_whole

HERE = Path(__file__).parent
USERS_SHARE = 0.18
"""Residents who borrow a book within a year: 18.1% in Great Britain, 2011/12 (CIPFA, as Tim Coates has put it together)."""
USUAL_HOURS, PLAN_HOURS = 36.5, 20.0
"""Opening hours a week: the median of council libraries (Arts Council England, 2023), and judged for those in the plan."""
OVERHEAD, INCOME, FIXED_SHARE = 0.35, 0.08, 0.4
"""Of the budget, tied to no building; of gross cost, income; of a building's cost, fixed: judged, as for Somerset."""

PLACE = """\
withless: 1
name: {name}
calendar: {{start: {start}, quarters: 16}}
coordinates: bng
prices: {prices}
areas: areas.csv
people: people.csv
services:
  libraries:
    kind: venues
    title: Libraries
    payer: council
    budget: £{budget:.0f}
    tables: {{venues: libraries.csv}}
note: Built from official files of later years; users, hours and costs are judged (see NOTES.md).
"""


def cases() -> dict[str, dict[str, Any]]:
    """What is known of every case."""
    return tomllib.loads((HERE / "cases.toml").read_text(encoding="utf-8"))


def venues(case: dict[str, Any], data: Path, area_table: pl.DataFrame) -> pl.DataFrame:
    """Libraries open then, inside and around, placed, with hours; `in_plan` those that the plan closes or hands over."""
    year = int(case["start"][:4])
    since = pl.col("opened").cast(pl.Int64, strict=False)
    gone = pl.col("closed").is_not_null() & (pl.col("closed") < year)
    lost = pl.col("closed").is_null() & (pl.col("operation_16") == "CLOSED")
    later = (pl.col("operation_16") == "FACILITY NOT OPEN") | (since > year).fill_null(False)
    plan = [*case.get("close", ()), *case.get("hand_over", ())]
    ours = pl.col("reporting").str.strip_chars().is_in(case["authority"])
    decided = ours & pl.col("name").str.strip_chars().is_in(plan)  # the list dates some of these closures a year early
    was_open = decided | (~gone & ~lost & ~later)
    table = libraries.listed(data).filter(was_open & pl.col("postcode").is_not_null())
    spots = postcodes.spots(table["postcode"].to_list())
    points = [spots.get(p) for p in table["postcode"].to_list()]
    table = table.with_columns(
        x=pl.Series([p.x if p else None for p in points], dtype=pl.Float64),
        y=pl.Series([p.y if p else None for p in points], dtype=pl.Float64),
        name=pl.col("name").str.strip_chars(),
        outside=(~ours).cast(pl.Int64),
    ).filter(pl.col("x").is_not_null())
    inside_xy = area_table.filter(pl.col("outside") == 0).select("x", "y").to_numpy()
    near = geography.nearest_km(table.select("x", "y").to_numpy(), inside_xy) <= geography.RIM_KM
    in_plan = (pl.col("outside") == 0) & pl.col("name").is_in(plan)
    table = table.filter(pl.Series(near) | (pl.col("outside") == 0)).with_columns(in_plan=in_plan)
    missing = sorted(set(plan) - set(table.filter(pl.col("in_plan"))["name"].to_list()))
    if missing:
        sys.exit(f"cases.toml: no library of {', '.join(case['authority'])} is called {', '.join(missing)}.")
    known = pl.when(pl.col("operation_23") == "LA").then(pl.col("hours"))
    return table.with_columns(
        hours=pl.when(pl.col("in_plan")).then(PLAN_HOURS).otherwise(known.fill_null(USUAL_HOURS)),
        id=pl.Series([f"LIB{i:03d}" for i in range(1, len(table) + 1)]),
    )


def with_users_and_money(case: dict[str, Any], table: pl.DataFrame, residents: float) -> tuple[pl.DataFrame, float]:
    """Users and costs: the authority's, shared out by hours; the plan's libraries together as the council said."""
    ours, plan = table["outside"].to_numpy() == 0, table["in_plan"].to_numpy()
    weight = table["hours"].to_numpy() ** HOURS_ELASTICITY
    share = np.where(ours, weight / weight[ours].sum(), 0.0)
    if "share_of_use" in case:
        part = share[plan].sum()
        share = np.where(plan, share * case["share_of_use"] / part, share * (1 - case["share_of_use"]) / (1 - part))
    budget = residents * case["per_head"]
    gross = (1 - OVERHEAD) * budget / (1 - INCOME)
    hours = table["hours"].to_numpy()
    mean = share[ours].mean()
    size = np.where(ours, hours * (0.5 + 0.5 * share / mean), 0.0)
    cost = np.round(gross * size / size.sum(), -2)
    inside = pl.col("outside") == 0
    return table.with_columns(
        users=pl.when(inside).then(pl.Series(np.round(USERS_SHARE * residents * share))),
        gross_cost=pl.when(inside).then(pl.Series(cost)),
        income=pl.when(inside).then(pl.Series(np.round(INCOME * cost, -2))),
        type=pl.lit("library"),
        staffed_hours=pl.col("hours"),
        fixed_share=pl.lit(FIXED_SHARE),
        run_by=pl.lit("council"),
        capital_receipt=pl.lit(None, dtype=pl.Float64),
        mothball_cost=pl.lit(None, dtype=pl.Float64),
    ), budget


COLUMNS = (
    *(
        "id",
        "name",
        "type",
        "x",
        "y",
        "hours",
        "staffed_hours",
        "users",
        "gross_cost",
        "income",
        "fixed_share",
        "run_by",
    ),
    *("outside", "capital_receipt", "mothball_cost"),
)


def plan_text(case: dict[str, Any], table: pl.DataFrame) -> str:
    """plan.yaml of the case: closing, handing over, and what was booked for both."""
    lines = ["withless: 1", f"title: {case['title']}", "place: ."]
    year = int(case["start"][:4])
    if "booked" in case:
        lines.append(f"target: {{saving: £{case['booked']}, by: {year + 2}-{(year + 3) % 100:02d}}}")
    lines.append("measures:")
    for key, lever, value in (("close", "open", 0), ("hand_over", "volunteers", 1)):
        ids = table.filter(pl.col("in_plan") & pl.col("name").is_in(case.get(key, [])))["id"].to_list()
        if not ids:
            continue
        what = f"{'Close' if key == 'close' else 'Hand to volunteers'} {len(ids)} libraries"
        lines += [
            f"  - id: {key.replace('_', '-')}",
            f"    title: {what}",
            "    service: libraries",
            f"    lever: {lever}",
            f"    where: [{', '.join(ids)}]",
            f"    change: {{set: {value}}}",
            f"    start: {case['change']}",
            *([f"    booked_saving: £{case['booked']}"] if "booked" in case else []),
            *([f"    one_off_cost: £{case['one_off']}"] if "one_off" in case else []),
            "    evidence: business_case",
            f'    source: "{case["source"]}"',
        ]
    return "\n".join(lines) + "\n"


def notes(case: dict[str, Any], table: pl.DataFrame, budget: float) -> list[str]:
    """What was judged."""
    ours = table.filter(pl.col("outside") == 0)
    said = f"{case['share_of_use']:.1%} of them" if "share_of_use" in case else "by opening hours, as for the rest"
    return [
        f"{case['source']}.",
        f"{len(ours)} libraries inside as open then, {len(table) - len(ours)} around.",
        f"Judged: {USERS_SHARE:.0%} of residents use a library; the {ours['in_plan'].sum()} of the plan have {said}.",
        f"Judged: hours of 2023 where a library is still the council's, {USUAL_HOURS} where not, {PLAN_HOURS:.0f} in the plan.",
        f"Judged: a net budget of £{budget:,.0f} a year, £{case['per_head']} a resident, the mean of Great Britain.",
        "People of mid-2017: no file of an earlier year is read.",
    ]


def build(name: str, data: Path, out: Path) -> list[str]:
    """Build a case into a folder; returns the notes."""
    case = cases()[name]
    area_table = geography.areas(data, tuple(case["districts"]), "deprivation15")
    people = geography.people(data, area_table["id"].to_list(), "people17")
    inside = area_table.filter(pl.col("outside") == 0)["id"]
    residents = float(people.filter(pl.col("area").is_in(inside.implode()))["people"].sum())
    table, budget = with_users_and_money(case, venues(case, data, area_table), residents)
    told = notes(case, table, budget)
    files = {
        "areas.csv": as_csv(area_table),
        "people.csv": as_csv(people),
        "libraries.csv": as_csv(table.select(COLUMNS)),
        "place.yaml": PLACE.format(name=name.capitalize(), budget=budget, **{k: case[k] for k in ("start", "prices")}),
        "plan.yaml": plan_text(case, table),
        "NOTES.md": "# How this place was built\n\n" + "".join(f"- {line}\n" for line in told),
    }
    with run(force=True):
        for file, text in files.items():
            write_whole(out / file, text)
    return told


def main() -> None:
    """Read the command line, build, say what was judged."""
    parser = argparse.ArgumentParser(description="Build a library decision whose end is known.")
    parser.add_argument("case", choices=sorted(cases()), help="a name in cases.toml")
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="where the downloaded files are")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="the folder to write")
    given = parser.parse_args()
    try:
        told = build(given.case, given.data, given.out)
    except Faults as faults:
        sys.exit("\n".join(f"- {fault}" for fault in faults.faults))
    print(f"A place and a plan are in {given.out}.\n" + "\n".join(f"- {line}" for line in told))


if __name__ == "__main__":
    main()
