"""Closures of 2012 and 2013 in all England: use lost by the model, next to how book issues changed, authority by authority.

    python examples/past/england.py --data FOLDER [--out FOLDER] [--draws 64] [--workers 2]

FOLDER holds the files that README.md names, as downloaded. Builds the England of early 2012, closes what closed in the two
years, and prints the slope of the change in issues on the share of users that the model takes away.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1] / "england"))
from build import HOURS_ELASTICITY, PLACE, users_of_authorities
from withless import api
from withless.files import Faults
from withless.plan import Plan
from withless.services.venues import large_place
from withless.sources import geography, libraries, postcodes, read
from withless.sources.spreadsheets import as_csv
from withless.writing import run, write_whole

Floats = NDArray[np.float64]

YEARS = (2012, 2013)
CLOSED_HOURS = 20.0
"""Opening hours a week of a library that closed in those years (judged: no list has them; between the medians of council
libraries, 36.5, and of community libraries, 18, and nearer to the second: what closes is small)."""
MERGED = {
    "Cumberland": "Cumbria",
    "Westmorland and Furness": "Cumbria",
    "North Northamptonshire": "Northamptonshire",
    "West Northamptonshire": "Northamptonshire",
}
"""Authorities of 2023 that were one in 2012."""
SAME = {
    "bristol": "bristol, city of",
    "durham": "county durham",
    "herefordshire": "herefordshire, county of",
    "kingston upon hull": "kingston upon hull, city of",
    "southend on sea": "southend",
    "st helens": "st. helens",
    "stockton on tees": "stockton-on-tees",
    "stoke on trent": "stoke-on-trent",
}
"""Authorities as the table of issues writes them: as the list of libraries does."""


def open_then(data: Path) -> tuple[pl.DataFrame, list[str]]:
    """Static libraries open at the start of 2012 and placed, `closing` those that closed in the two years."""
    table = libraries.listed(data).with_columns(since=pl.col("opened").cast(pl.Int64, strict=False))
    gone = pl.col("closed").is_not_null() & (pl.col("closed") < YEARS[0])
    unknown = pl.col("closed").is_null() & (pl.col("operation_16") == "CLOSED")
    later = (pl.col("operation_16") == "FACILITY NOT OPEN") | (pl.col("since") >= YEARS[0]).fill_null(False)
    then = table.filter(~gone & ~unknown & ~later & pl.col("postcode").is_not_null())
    found = postcodes.spots(then["postcode"].to_list())
    points = [found.get(p) for p in then["postcode"].to_list()]
    then = then.with_columns(
        x=pl.Series([p.x if p else None for p in points], dtype=pl.Float64),
        y=pl.Series([p.y if p else None for p in points], dtype=pl.Float64),
        closing=pl.col("closed").is_in(YEARS),
        authority=pl.col("reporting").str.strip_chars().replace(MERGED),
    )
    placed = then.filter(pl.col("x").is_not_null())
    n = placed["closing"].sum()
    return placed, [
        f"{len(placed):,} static libraries open at the start of {YEARS[0]}, {n} of them closed in {YEARS[0]} or {YEARS[1]}; "
        f"{len(then) - len(placed)} whose postcode is not known are left out, and {table.filter(unknown).height} closed in an "
        "unknown year.",
        "Hours of 2023 where the library was still open then; those that closed have the hours asked for (judged).",
    ]


def with_users(placed: pl.DataFrame, data: Path, closed_hours: float) -> pl.DataFrame:
    """The table of venues: members of 2023/24 of an authority shared out by hours, as for England today."""
    known = users_of_authorities(data)
    placed = placed.with_columns(
        pl.when(pl.col("closing")).then(closed_hours).otherwise(pl.col("hours").fill_null(30.0)).alias("hours"),
        key=pl.col("reporting").str.to_lowercase().str.strip_chars(),
    ).with_columns(weight=pl.col("hours") ** HOURS_ELASTICITY)
    joined = placed.join(known, on="key", how="left", maintain_order="left")
    by_key = joined.group_by("key").agg(pl.col("weight").sum(), pl.col("members").first())
    told = by_key.filter(pl.col("members").is_not_null())
    usual = float((told["members"] / told["weight"]).median() or 0.0)
    share = pl.col("weight") / pl.col("weight").sum().over("key")
    users = pl.when(pl.col("members").is_null()).then(pl.col("weight") * usual).otherwise(pl.col("members") * share)
    return joined.with_columns(
        users=users.round(0),
        id=pl.Series([f"LIB{i:04d}" for i in range(1, len(joined) + 1)]),
        name=pl.col("name").str.strip_chars(),
        type=pl.lit("library"),
        run_by=pl.lit("council"),
        staffed_hours=pl.col("hours"),
        **{c: pl.lit(0) for c in ("gross_cost", "income", "fixed_share", "capital_receipt", "mothball_cost")},
    )


COLUMNS = (
    *("id", "name", "type", "x", "y", "hours", "staffed_hours", "users", "gross_cost", "income", "fixed_share"),
    *("run_by", "capital_receipt", "mothball_cost"),
)


def issues(data: Path) -> dict[str, float]:
    """Change in the logarithm of book issues from 2012 to 2014 by authority, in small letters; incomplete ones left out."""
    found = next(data.rglob("library_issues_2012_2014_by_authority.csv"))
    lines = [line for line in found.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines))
    out = {}
    for row in rows:
        before, after = row["Book issues 2012"], row["Book issues 2014"]
        if row["Missing number"] == "FALSE" and before.isdigit() and after.isdigit() and int(before) and int(after):
            name = row["Authority"].strip().lower()
            out[SAME.get(name, name)] = float(np.log(int(after) / int(before)))
    return out


def lost_by_authority(table: pl.DataFrame, folder: Path, draws: int, workers: int) -> tuple[list[str], Floats]:
    """Authorities, and the share of users of their libraries that closing takes away: [draw, authority]."""
    place = api.read(folder)
    place = place.place if isinstance(place, Plan) else place
    models = api.Study(place, draws=draws).models("libraries")
    w = large_place.large_place(models[0], 45.0)
    shut = table.filter(pl.col("closing"))["id"].to_list()
    found = large_place.run(w, models, shut, workers)
    after = found.users if found.after is None else found.after
    names = sorted(set(table["authority"].to_list()))
    own = np.array([[a == name for a in table["authority"].to_list()] for name in names], dtype=float).T
    before, after = found.users @ own, after @ own
    return names, 1 - after / before


def slope(x: Floats, y: Floats) -> tuple[float, float, float]:
    """Least-squares slope of y on x, its error that allows for unequal spread (HC3), and the intercept."""
    one = np.column_stack([np.ones_like(x), x])
    inverse = np.linalg.inv(one.T @ one)
    found = inverse @ one.T @ y
    off = (y - one @ found) / (1 - np.einsum("ij,jk,ik->i", one, inverse, one))
    spread = inverse @ (one.T * off**2) @ one @ inverse
    return float(found[1]), float(np.sqrt(spread[1, 1])), float(found[0])


def text(names: Sequence[str], lost: Floats, change: dict[str, float]) -> str:
    """What was found, in words and a table of the authorities that lost most."""
    mean, keys = lost.mean(axis=0), [n.lower() for n in names]
    both = [i for i, key in enumerate(keys) if key in change]
    x, y = mean[both], np.array([change[keys[i]] for i in both])
    closed = x > 0.005
    b, error, level = slope(np.log(1 - x), y)
    lines = [
        f"{len(both)} authorities with issues of both years; {closed.sum()} lose more than 0.5% of users by the model.",
        f"Issues, all authorities: {100 * np.expm1(y.mean()):.0f}%; of those that lose more than 0.5%: "
        f"{100 * np.expm1(y[closed].mean()):.0f}%; of the others: {100 * np.expm1(y[~closed].mean()):.0f}%.",
        f"Change in log issues for a change of 1 in log users by the model: {b:.2f} (standard error {error:.2f}); 1 if issues "
        f"follow users and the model is right, 0 if closing changes nothing. Without closures: {100 * np.expm1(level):.0f}%.",
        f"Correlation {np.corrcoef(np.log(1 - x), y)[0, 1]:.2f}: most of what differs between authorities is not closures.",
        "",
        f"{'':<28}{'users lost, model':>24}{'issues 2012 to 2014':>24}",
    ]
    low, high = np.quantile(lost, [0.05, 0.95], axis=0)
    for k in np.argsort(-x)[:20]:
        i = both[k]
        model = f"{100 * x[k]:.1f}% ({100 * low[i]:.1f} to {100 * high[i]:.1f})"
        lines.append(f"{names[i][:28]:<28}{model:>24}{100 * np.expm1(y[k]):>23.0f}%")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Build, close, compare, print."""
    parser = argparse.ArgumentParser(description="Closures of 2012 and 2013 next to the change in book issues.")
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="where the downloaded files are")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="keep the place that is built here")
    parser.add_argument(
        "--hours", type=float, default=CLOSED_HOURS, help="a week, of libraries that closed (judged) [20]"
    )
    parser.add_argument("--draws", type=int, default=64, help="whole blocks of 64 [64]")
    parser.add_argument("--workers", type=int, default=2, help="processes [2]")
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        out = given.out or Path(folder)
        try:
            districts = read("districts", given.data).filter(pl.col("lsoa11_code").str.starts_with("E"))
            areas = geography.areas(given.data, tuple(districts["ltla21_name"].unique().to_list()))
            people = geography.people(given.data, areas["id"].to_list())
            placed, notes = open_then(given.data)
            table = with_users(placed, given.data, given.hours)
        except Faults as faults:
            sys.exit("\n".join(f"- {fault}" for fault in faults.faults))
        files = {
            "areas.csv": as_csv(areas),
            "people.csv": as_csv(people),
            "libraries.csv": as_csv(table.select(COLUMNS)),
            "place.yaml": PLACE.replace("2026-04", "2012-04").replace("2026-27", "2012-13"),
        }
        with run(force=True):
            for name, content in files.items():
                write_whole(out / name, content)
        names, lost = lost_by_authority(table, out, given.draws, given.workers)
    print("\n".join(f"- {note}" for note in notes) + "\n\n" + text(names, lost, issues(given.data)), end="")


if __name__ == "__main__":
    main()
