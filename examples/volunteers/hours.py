"""How long libraries open once volunteers run them, and what fewer hours did to use, from official files.

    python examples/volunteers/hours.py --data FOLDER

FOLDER holds the Arts Council's list of libraries of 2023 (`withless sources` says where), the Libraries Taskforce's of July
2016 as libraries_england_2016.csv, and Newcastle's loans, visits and opening hours by library as newcastle_loans.csv,
newcastle_visits.csv and newcastle_hours.csv (docs/volunteers.md says where). Prints tables; writes nothing.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from withless.files import Faults
from withless.sources.libraries import listed

Floats = NDArray[np.float64]

COUNCIL, COMMUNITY = ("LA", "LAU"), ("CR", "ICL")
SENSIBLE = (0.5, 90.0)
SMALL = 30.0
"""Hours a week of the council libraries that are most like those handed over."""
FEWEST = 3
"""Libraries handed over by a council of which its own average is shown."""
WORDS = r"\b(community|library|libraries|hub|the|public|and|resource|centre|&)\b"
SPELLS = ((2012, 2014, "2013"), (2015, 2017, "2016"))
"""Financial years on either side of Newcastle's two cuts in hours, and the year of each."""


def both_years(data: Path) -> pl.DataFrame:
    """Static libraries found in both lists by postcode and name: reporting, operation_16, operation_23, hours, before."""
    name = pl.col("name").str.to_lowercase().str.replace_all(WORDS, "").str.replace_all(r"[^a-z]", "")
    code = pl.col("postcode").str.replace_all(" ", "").str.to_uppercase()
    old = pl.read_csv(found(data, "libraries_england_2016.csv"), infer_schema_length=0)
    old = old.select(name=name, code=code, before=pl.col("hours").cast(pl.Float64, strict=False)).unique(
        ["name", "code"], keep="first", maintain_order=True
    )
    table = listed(data).with_columns(name=name, code=code).join(old, on=["name", "code"])
    return table.filter(pl.col("before").is_between(*SENSIBLE) & pl.col("hours").is_between(*SENSIBLE))


def hours_kept(table: pl.DataFrame) -> list[str]:
    """Hours of 2023 over those of 2016, by who ran a library, and how councils' programmes differ."""
    was, now = pl.col("operation_16"), pl.col("operation_23")
    kept = pl.min_horizontal("hours", "before")
    handed = was.is_in(COUNCIL) & now.is_in(COMMUNITY)
    out = [
        f"{'Hours a week of 2016, kept in 2023':<38}{'libraries':>10}{'kept':>7}{'half or less':>14}{'all or more':>13}"
    ]
    for label, chosen in (
        ("handed over in between", handed),
        ("council-run in both years", was.is_in(COUNCIL) & now.is_in(COUNCIL)),
        (
            f"  of them open {SMALL:g} hours or fewer",
            was.is_in(COUNCIL) & now.is_in(COUNCIL) & (pl.col("before") <= SMALL),
        ),
        ("community-run in both years", was.is_in(COMMUNITY) & now.is_in(COMMUNITY)),
    ):
        here = table.filter(chosen)
        if here.is_empty():
            continue
        before, ratio = here["before"].to_numpy(), (here["hours"] / here["before"]).to_numpy()
        share, half, whole = (
            np.minimum(ratio, 1.0) @ before / before.sum(),
            np.mean(ratio <= 0.5),
            np.mean(ratio >= 0.995),
        )
        out.append(f"{label:<38}{len(here):>10,}{share:>7.0%}{half:>14.0%}{whole:>13.0%}")
    councils = table.filter(handed).group_by("reporting").agg(n=pl.len(), share=kept.sum() / pl.col("before").sum())
    shares = councils.filter(pl.col("n") >= FEWEST)["share"].to_numpy()
    if len(shares) > 1:
        out += [
            "",
            f"{len(shares)} councils handed over {FEWEST} or more: between {shares.min():.0%} and {shares.max():.0%} kept, "
            f"on average {shares.mean():.0%}, standing {shares.std(ddof=1):.0%} apart.",
        ]
    return out


def by_year(path: Path) -> dict[tuple[str, int], float]:
    """A month's average of each library and financial year, of months with any: {(library, year): count}."""
    table = pl.read_csv(path, infer_schema_length=0, truncate_ragged_lines=True)
    table = table.unpivot(index="Library", variable_name="month", value_name="n")
    year, month = (pl.col("month").str.split("-").list.get(k).cast(pl.Int64, strict=False) for k in (0, 1))
    count = pl.col("n").str.replace_all(r"[^0-9.]", "").cast(pl.Float64, strict=False)
    table = table.select("Library", n=count, year=year - (month < 4).cast(pl.Int64)).filter(pl.col("n") > 0)
    means = table.group_by("Library", "year").agg(pl.col("n").mean())
    return {(library, int(y)): n for library, y, n in means.iter_rows()}


def opening(path: Path) -> dict[str, dict[int, float]]:
    """Hours a week at 31 March of each year, by library; years closed or unknown are left out."""
    table = pl.read_csv(path, infer_schema_length=0)
    return {
        str(row["Library"]).replace(" Library", ""): {
            int(year): float(hours)
            for year, hours in row.items()
            if year != "Library" and hours not in (None, "", "closed")
        }
        for row in table.iter_rows(named=True)
    }


def elasticity(
    counts: dict[tuple[str, int], float], hours: dict[str, dict[int, float]], a: int, b: int
) -> tuple[float, ...]:
    """Slope of log use on log hours over libraries open in both financial years, its standard error, and how many.

    The trend that all share is the intercept. Hours of a financial year: the mean of those at its two ends.
    """
    x, y = [], []
    for library, known in hours.items():
        if all(k in known for k in (a, a + 1, b, b + 1)) and all((library, k) in counts for k in (a, b)):
            x.append(np.log((known[b] + known[b + 1]) / (known[a] + known[a + 1])))
            y.append(np.log(counts[library, b] / counts[library, a]))
    design: Floats = np.column_stack([np.ones(len(x)), x])
    beta = np.linalg.lstsq(design, np.array(y), rcond=None)[0]
    left = np.array(y) - design @ beta
    variance = left @ left / (len(x) - 2) * np.linalg.inv(design.T @ design)[1, 1]
    return float(beta[1]), float(np.sqrt(variance)), len(x)


def newcastle(data: Path) -> list[str]:
    """Per cent of loans and visits for a per cent of hours, at each cut."""
    hours = opening(found(data, "newcastle_hours.csv"))
    out = [f"{'Newcastle: per cent for a per cent of hours':<46}{'loans':>16}{'visits':>16}{'libraries':>11}"]
    loans, visits = (by_year(found(data, f"newcastle_{k}.csv")) for k in ("loans", "visits"))
    for a, b, label in SPELLS:
        (one, error, count), (two, other, _) = (elasticity(c, hours, a, b) for c in (loans, visits))
        cut = f"cuts of {label}, {a}-{a % 100 + 1} to {b}-{b % 100 + 1}"
        out.append(f"{cut:<46}{f'{one:.2f} ({error:.2f})':>16}{f'{two:.2f} ({other:.2f})':>16}{count:>11}")
    return [*out, "Standard errors in brackets."]


def found(data: Path, name: str) -> Path:
    """Where a file is, in FOLDER or a folder in it."""
    path = next(iter(sorted(data.rglob(name))), None)
    if path is None:
        raise FileNotFoundError(f"{name} is not in {data}: docs/volunteers.md says where it is published.")
    return path


def main() -> int:
    """Read the command line and print; 2 where a file is missing or wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the downloaded files")
    given = parser.parse_args()
    try:
        lines = [*hours_kept(both_years(given.data)), "", *newcastle(given.data)]
    except (Faults, FileNotFoundError) as e:
        print(e, file=sys.stderr)
        return 2
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
