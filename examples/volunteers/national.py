"""What became of England's community-run libraries, by how deprived their areas are, from official files.

    python examples/volunteers/national.py --data FOLDER

FOLDER holds the files that `withless sources` lists. Prints a table; writes nothing.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import polars as pl

from withless.files import Faults
from withless.sources import read
from withless.sources.geography import nearest_area
from withless.sources.libraries import OPEN, listed
from withless.sources.postcodes import place

BY_COMMUNITY = ("CR", "ICL")
FIFTHS = ("most deprived fifth", "second fifth", "middle fifth", "fourth fifth", "least deprived fifth")


def by_fifth(data: Path) -> pl.DataFrame:
    """Static libraries with the deprivation fifth (0 the most deprived) of the area they stand in."""
    table = listed(data)
    found = place([p for p in table["postcode"].to_list() if p])
    table = table.filter(pl.col("postcode").is_in(list(found)))
    points = [found[p] for p in table["postcode"].to_list()]
    areas = pl.Series(nearest_area(data, pl.DataFrame(points, orient="row").to_numpy()))
    deciles = read("deprivation19", data).select(
        area="lsoa11_code", fifth=(pl.col("IMD_decile").cast(pl.Float64).cast(pl.Int64) - 1) // 2
    )
    return table.with_columns(area=areas).join(deciles, on="area")


def lines(table: pl.DataFrame) -> list[str]:
    """One line a fifth, and all England."""
    head = f"{'':<22}{'council':>9}{'handed':>8}{'run by':>8}{'closed':>8}{'back':>6}{'a year':>8}{'hours a week, 2023':>22}"
    under = f"{'':<22}{'in 2016':>9}{'over':>8}{'comm.':>8}{'by 2023':>8}{'':>6}{'lost':>8}{'half lie between':>22}"
    out = [head, under]
    for k, name in [*enumerate(FIFTHS), (None, "England")]:
        here = table if k is None else table.filter(pl.col("fifth") == k)
        council = here.filter(pl.col("operation_16").is_in(["LA", "LAU"]))
        handed = council.filter(pl.col("operation_23").is_in(BY_COMMUNITY))
        community = here.filter(pl.col("operation_16").is_in(BY_COMMUNITY))
        closed = community.filter(~pl.col("operation_23").is_in(OPEN) & (pl.col("operation_23") == "CLOSED"))
        back = community.filter(pl.col("operation_23").is_in(["LA", "LAU", "C"]))
        yearly = 1 - (1 - len(closed) / max(len(community), 1)) ** (1 / 7)
        hours = here.filter(pl.col("operation_23").is_in(BY_COMMUNITY))["hours"].drop_nulls()
        low, high = hours.quantile(0.25, "linear") or 0.0, hours.quantile(0.75, "linear") or 0.0
        out.append(
            f"{name.capitalize() if name != 'England' else name:<22}{len(council):>9,}{len(handed):>8}{len(community):>8}"
            f"{len(closed):>8}{len(back):>6}{100 * yearly:>7.1f}%{f'{low:.0f} and {high:.0f} of {len(hours)}':>22}"
        )
    return out


def lately(table: pl.DataFrame) -> list[str]:
    """What had become by 2023 of libraries handed over since 2016, by when: survivors of earlier years are not among them."""
    out = []
    for before, after in ((16, 19), (19, 21)):
        new = table.filter(
            pl.col(f"operation_{before}").is_in(["LA", "LAU"]) & pl.col(f"operation_{after}").is_in(BY_COMMUNITY)
        )
        closed, back = new["operation_23"] == "CLOSED", new["operation_23"].is_in(["LA", "LAU", "C"])
        out.append(
            f"Of {len(new)} handed over between 20{before} and 20{after}, {closed.sum()} had closed by 2023 and "
            f"{back.sum()} were back with the council."
        )
    council = table.filter(pl.col("operation_16").is_in(["LA", "LAU"]))
    closed_since = len(council.filter(pl.col("operation_23") == "CLOSED"))
    yearly = 1 - (1 - closed_since / len(council)) ** (1 / 7)
    return [*out, f"Of those that the council ran in 2016, {100 * yearly:.1f}% a year closed."]


def main() -> int:
    """Read the command line and print; 2 where a file is missing or wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the downloaded files")
    given = parser.parse_args()
    try:
        found = by_fifth(given.data)
    except Faults as e:
        print(e, file=sys.stderr)
        return 2
    print("\n".join([*lines(found), "", *lately(found)]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
