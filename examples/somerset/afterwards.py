"""What became of the members of Somerset's libraries after the decision: the two that shut, the eleven handed over.

    python examples/somerset/afterwards.py --data FOLDER

FOLDER holds LibrariesWest's members by library and area as published on four days (membership/members.csv in
github.com/LibrariesWest/opendata, kept as members_DATE.csv.gz; README.md names the versions). Prints tables; writes nothing.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EARLIER, BEFORE, AFTER, LATE, LAST = "2018-10-24", "2019-03-31", "2020-03-10", "2020-06-14", "2021-07-18"
"""While all were open (twice); a year on, before the first lockdown; a year after the two shut; the last published."""
SHUT = ("Highbridge", "Sunningdale")
BESIDE = ("Burnham", "Yeovil")
"""Took in members of those that shut, so they tell nothing of libraries that merely stayed."""
HANDED = (
    *("Bishops Lydeard", "Bruton", "Castle Cary", "Milborne Port", "Nether Stowey", "Priorswood", "Somerton"),
    *("South Petherton", "Street", "Watchet", "Wiveliscombe"),
)
NEIGHBOURS = {
    "Bath and North East Somerset": ("Saltford", "Weston", "Radstock", "Moorland Road"),
    "North Somerset": ("Congresbury",),
    "South Gloucestershire": ("Chipping Sodbury",),
}
"""Council-run in 2016 and community-run by 2019, by the Arts Council's list."""
NO_BUILDING = r"mobile|performing|\bstock\b|reserve|home|archive|local stud|history|access point|healthy living"
DISTRICTS = ("Mendip", "Sedgemoor", "South Somerset", "Somerset West", "Taunton Deane", "West Somerset")
STAR = 1.52
"""People that a star (1 to 4) stands for on average: later.py."""
FEWEST = 30.0
"""Members below which an area says too little."""
NINE_IN_TEN = 1.645
TIMES = 4000


def members(data: Path, date: str) -> pl.DataFrame:
    """Members of a day: authority, library (without the word), district, area, count (a star at its mean)."""
    name = f"members_{date}.csv.gz"
    path = next(iter(sorted(data.rglob(name))), None)
    if path is None:
        raise FileNotFoundError(f"{name} is not in {data}: see README.md beside this file for where it is published.")
    table = pl.read_csv(path, infer_schema_length=0)
    count = pl.when(pl.col("users") == "*").then(STAR).otherwise(pl.col("users").cast(pl.Float64, strict=False))
    library = pl.col("registered_library").str.replace(r" (\(Bath\) )?(Community )?(Library|Hub).*$", "")
    library = library.str.replace("Love ", "").str.strip_chars()
    return table.select(
        authority="registered_authority", library=library, district="district_name", area="lsoa_code", count=count
    )


def by_library(table: pl.DataFrame) -> dict[tuple[str, str], float]:
    """Members of each (authority, library) that is a building, wherever they live."""
    building = ~pl.col("library").str.to_lowercase().str.contains(NO_BUILDING)
    sums = table.filter(building).group_by("authority", "library").agg(pl.col("count").sum())
    return {(a, b): n for a, b, n in sums.iter_rows()}


@dataclass(frozen=True)
class Against:
    """Members of some libraries then and later, and of those they are set against: float[library] each."""

    then: Floats
    later: Floats
    stayed_then: Floats
    stayed_later: Floats

    def relative(self) -> tuple[float, float, float]:
        """Change against those that stayed, and what nine in ten samples of like libraries would give."""
        rng = np.random.default_rng(1)
        ours = rng.integers(0, len(self.then), (TIMES, len(self.then)))
        theirs = rng.integers(0, len(self.stayed_then), (TIMES, len(self.stayed_then)))
        kept = self.later[ours].sum(axis=1) / self.then[ours].sum(axis=1)
        stayed = self.stayed_later[theirs].sum(axis=1) / self.stayed_then[theirs].sum(axis=1)
        whole = self.later.sum() / self.then.sum() / (self.stayed_later.sum() / self.stayed_then.sum())
        low, high = np.quantile(kept / stayed, [0.05, 0.95])
        return whole - 1, float(low) - 1, float(high) - 1


def against(days: dict[str, pl.DataFrame], later: str, handed: tuple[str, ...], authority: str) -> Against:
    """Libraries handed over in an authority against its others."""
    then, after = by_library(days[BEFORE]), by_library(days[later])
    both = [k for k in sorted(then) if k in after and k[0] == authority]
    ours = [k for k in both if k[1] in handed]
    stayed = [k for k in both if k[1] not in (*handed, *SHUT, *BESIDE)]

    def column(keys: list[tuple[str, str]], of: dict[tuple[str, str], float]) -> Floats:
        return np.array([of[k] for k in keys])

    return Against(column(ours, then), column(ours, after), column(stayed, then), column(stayed, after))


def handed_over(days: dict[str, pl.DataFrame]) -> list[str]:
    """The eleven one by one, all of them against the libraries that stayed, and those of the neighbours."""
    then, after, last = (by_library(days[d]) for d in (BEFORE, AFTER, LAST))
    out = [f"{'Handed over in 2019':<24}{'Mar 2019':>10}{'Mar 2020':>10}{'change':>9}{'Jul 2021':>10}{'change':>9}"]

    def row(name: str, a: float, b: float, c: float) -> str:
        return f"{name:<24}{a:>10,.0f}{b:>10,.0f}{percent(b / a - 1):>9}{c:>10,.0f}{percent(c / a - 1):>9}"

    out += [row(n, then["Somerset", n], after["Somerset", n], last["Somerset", n]) for n in HANDED]
    year, end = (against(days, d, HANDED, "Somerset") for d in (AFTER, LAST))
    out.append(row("All eleven", year.then.sum(), year.later.sum(), end.later.sum()))
    out.append(
        row(
            f"{len(year.stayed_then)} that stayed",
            *(x.sum() for x in (year.stayed_then, year.stayed_later, end.stayed_later)),
        )
    )
    out += ["", f"{'Handed over, against those that stayed':<44}{'Mar 2020':>22}{'Jul 2021':>22}"]
    out.append(f"{'Somerset, 11 against 19':<44}{told(year):>22}{told(end):>22}")
    out.append(
        f"{'  against those no larger than the eleven':<44}{told(no_larger(year)):>22}{told(no_larger(end)):>22}"
    )
    for authority, names in NEIGHBOURS.items():
        a, z = against(days, AFTER, names, authority), against(days, LAST, names, authority)
        label = f"{authority}, {len(a.then)} against {len(a.stayed_then)}"
        out.append(f"{label:<44}{percent(a.relative()[0]):>22}{percent(z.relative()[0]):>22}")
    return out


def no_larger(a: Against) -> Against:
    """Against those that stayed and had no more members than the largest that was handed over."""
    small = a.stayed_then <= a.then.max()
    return Against(a.then, a.later, a.stayed_then[small], a.stayed_later[small])


def told(a: Against) -> str:
    """A change and its range."""
    change, low, high = a.relative()
    return f"{percent(change)} ({percent(low)} to {percent(high)})"


def stayed(then: pl.DataFrame, later: pl.DataFrame, names: tuple[str, ...]) -> tuple[float, float]:
    """Share of the members of `names` who are members of any library later, and its standard error.

    An area's members change by the trend of its district, t, and by those of the closed library who are lost: beyond the
    trend by -t (1 - share) h, for h of its members there. By least squares over all areas of the county, weighted by
    their members; the error from how far areas stand from it.
    """
    inside = pl.any_horizontal([pl.col("district").str.contains(d) for d in DISTRICTS])

    def total(t: pl.DataFrame, name: str) -> pl.DataFrame:
        return t.filter(inside).group_by("area").agg(pl.col("count").sum().alias(name), pl.col("district").first())

    table = total(then, "m").join(total(later, "n").drop("district"), on="area", how="left")
    there = total(then.filter(pl.col("library").is_in(names)), "h").drop("district")
    table = table.join(there, on="area", how="left").with_columns(pl.col("n", "h").fill_null(0.0))
    apart = pl.col("h") == 0
    trend = pl.col("n").filter(apart).sum().over("district") / pl.col("m").filter(apart).sum().over("district")
    table = table.filter(pl.col("m") >= FEWEST).sort("area").with_columns(trend=trend)
    m, n, h, t = table.select("m", "n", "h", "trend").to_numpy().T
    lost, weight = t * h, 1 / m
    slope = (weight * lost * (n - t * m)).sum() / (weight * lost**2).sum()
    noise = (weight * (n - t * m - slope * lost) ** 2).sum() / (len(m) - 1)
    return float(1 + slope), float(np.sqrt(noise / (weight * lost**2).sum()))


def shut(days: dict[str, pl.DataFrame]) -> list[str]:
    """Whether members of the two that shut stayed members of any library, by where they live."""
    out = [f"{'Members of the two that shut, still members of any library':<62}{'share':>7}{'nine in ten':>18}"]
    for label, a, b in (
        ("Oct 2018 to Mar 2019, both open (ought to be 1)", EARLIER, BEFORE),
        ("Oct 2018 to Mar 2020", EARLIER, AFTER),
        ("Oct 2018 to Jun 2020, a year after they shut", EARLIER, LATE),
    ):
        share, error = stayed(days[a], days[b], SHUT)
        spread = NINE_IN_TEN * error
        out.append(
            f"{label:<62}{share:>7.2f}{f'{share - spread:.2f} to {share + spread:.2f}':>18}".replace("-", "\u2212")
        )
    return out


def percent(share: float) -> str:
    """A change in per cent, with its sign."""
    return f"{100 * share:+.0f}%".replace("-", "\u2212")


def main() -> int:
    """Read the command line and print; 2 where a file is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the downloaded files")
    given = parser.parse_args()
    try:
        days = {date: members(given.data, date) for date in (EARLIER, BEFORE, AFTER, LATE, LAST)}
    except FileNotFoundError as e:
        print(e, file=sys.stderr)
        return 2
    print("\n".join([*handed_over(days), "", *shut(days)]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
