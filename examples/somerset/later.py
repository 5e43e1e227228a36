"""Somerset's library members of 24 October 2018 beside those of 1 February 2019, when nothing had closed yet.

    python examples/somerset/later.py --data FOLDER

FOLDER holds the files that `withless sources` lists. Prints a table; writes nothing.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import polars as pl

from withless.files import Faults
from withless.sources.catalogue import read
from withless.sources.file_spec import STAR
from withless.sources.membership import DATES, NOT_A_BUILDING, by_library

THEN, LATER = "2018-10-24", "2019-02-01"
NINE_IN_TEN = 1.645
HALF_STEP = 5.0 / np.sqrt(3.0)
"""Standard error of a number rounded to 10."""


def compared(data: Path) -> pl.DataFrame:
    """Each library of Somerset: members then and later, the change, and the change that chance and rounding allow.

    Then: visible counts, and each star at the mean that a star stands for, found from the later file, whose totals are
    published rounded to 10. Later: those totals. Chance: both counts as Poisson, which is wider than it need be, since
    most members are the same people. `expected` is the county's own change, shared by all.
    """
    then, later = _cells(data, THEN), _cells(data, LATER)
    building = ~pl.col("library").str.to_lowercase().str.contains("|".join(NOT_A_BUILDING))
    totals = by_library(data).filter((pl.col("authority") == "Somerset") & building).select("library", total="users")
    known = later.join(totals, on="library")
    share = (known["total"] - known["seen"]).sum() / known["stars"].sum()
    each = ((known["total"] - known["seen"]) / known["stars"]).to_numpy()
    weights = known["stars"].to_numpy()
    spread = float(np.sqrt(np.average((each - share) ** 2, weights=weights)))
    table = then.join(totals, on="library").sort("library").with_columns(then=pl.col("seen") + share * pl.col("stars"))
    trend = table["total"].sum() / table["then"].sum()
    hidden = spread * pl.col("stars")
    error = (pl.col("then") + pl.col("total") + hidden**2 + HALF_STEP**2).sqrt()
    return table.with_columns(
        change=pl.col("total") - pl.col("then"),
        expected=pl.col("then") * (trend - 1),
        allowed=NINE_IN_TEN * error,
        star=pl.lit(share),
        star_spread=pl.lit(spread),
        trend=pl.lit(trend),
    )


def _cells(data: Path, date: str) -> pl.DataFrame:
    """Somerset's libraries on a date: library, seen (visible members), stars; those without a home area too."""
    cell = pl.col("users")
    table = read(DATES[date], data).filter(pl.col("registered_authority") == "Somerset")
    return table.group_by(library="registered_library").agg(
        seen=cell.filter(cell != STAR).cast(pl.Float64).sum(), stars=(cell == STAR).sum().cast(pl.Float64)
    )


def lines(table: pl.DataFrame) -> list[str]:
    """The table as text, and what it comes to."""
    head = f"{'':<20}{'Oct 2018':>10}{'Feb 2019':>10}{'change':>9}{'allowed':>10}{'no':>10}{'as the':>9}"
    out = [head, f"{'':<20}{'':>10}{'':>10}{'':>9}{'either way':>10}{'change':>10}{'county':>9}"]
    steady = table["change"].abs() <= table["allowed"]
    shared = (table["change"] - table["expected"]).abs() <= table["allowed"]
    for row, a, b in zip(table.iter_rows(named=True), steady, shared, strict=True):
        name = row["library"].removesuffix(" Library")
        out.append(
            f"{name:<20}{row['then']:>10,.0f}{row['total']:>10,.0f}{signed(row['change']):>9}{row['allowed']:>10,.0f}"
            f"{'within' if a else 'beyond':>10}{'within' if b else 'beyond':>9}"
        )
    first = table.row(0, named=True)
    then, later = table["then"].sum(), table["total"].sum()
    out += [
        f"{'All':<20}{then:>10,.0f}{later:>10,.0f}{signed(later - then):>9}",
        "",
        f"A star stands for {first['star']:.2f} people on average ({first['star_spread']:.2f} either way from library to "
        "library).",
        f"All libraries together changed by {100 * (first['trend'] - 1):+.1f}%.".replace("-", "\u2212"),
        f"Within what chance and rounding allow: {steady.sum()} of {len(table)} about no change, {shared.sum()} of "
        f"{len(table)} about the county's own change.",
    ]
    return out


def signed(number: float) -> str:
    """A whole number with its sign."""
    return f"{number:+,.0f}".replace("-", "\u2212")


def main() -> int:
    """Read the command line and print; 2 where a file is missing or wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the downloaded files")
    given = parser.parse_args()
    try:
        found = compared(given.data)
    except Faults as e:
        print(e, file=sys.stderr)
        return 2
    print("\n".join(lines(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
