"""England's series of referral to treatment: bands of four weeks, stock and flow, headlines."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from ..files import Faults
from ..files.faults import quoted
from .rtt_long import LONG, SCHEMA, Read, Wanted, fault, is_total, iso, number, numeric


def four_weeks(path: Path, table: pl.DataFrame, wanted: Wanted) -> Read:
    """England's list and completed pathways in bands of about four weeks, month by month."""
    if wanted.kind != "england":
        raise Faults([fault(path, None, "", "England alone", f"a file by {wanted.kind}", "Use --england.")])
    frame = table
    numeric(path, frame, ["incomplete", "completed", "weeks_from"])
    months = frame["date"].map_elements(iso, return_dtype=pl.String)
    bad = months.is_null().arg_true()
    if len(bad):
        raise Faults(
            [
                fault(
                    path,
                    int(frame["row"][bad[0]]) + 2,
                    "date",
                    quoted(frame["date"][bad[0]]),
                    "a month such as 2024-09",
                )
            ]
        )
    sizes = frame.with_columns(month=months).group_by("month", maintain_order=True).len()
    odd = sizes.filter(pl.col("len") != sizes["len"].mode()[0])
    if len(odd):
        found = f"{odd['len'][0]} bands in {odd['month'][0]}"
        raise Faults([fault(path, None, "", found, f"{sizes['len'].mode()[0]} in every month: was the file cut off?")])
    end = pl.col("weeks_to").str.strip_chars().str.to_lowercase()
    return Read(
        pl.concat(
            frame.select(
                month=months, provider=pl.lit("ENGLAND"), provider_name=pl.lit("England"), commissioner=pl.lit(""),
                part=pl.lit(part), code=pl.lit("C_999"), name=pl.lit("All specialties"), week_from=number("weeks_from"),
                week_to=pl.when(end.is_in(["inf", "", "nan"])).then(None).otherwise(end.cast(pl.Float64, strict=False)),
                count=number(part),
            )
            for part in ("incomplete", "completed")
        ).select(LONG)
    )  # fmt: skip


def stock_flow(path: Path, table: pl.DataFrame, wanted: Wanted) -> Read:
    """England's clock starts and removals month by month."""
    if wanted.kind != "england":
        raise Faults([fault(path, None, "", "England alone", f"a file by {wanted.kind}", "Use --england.")])
    frame = table
    numeric(path, frame, ["clock_starts"])
    common: dict[str, pl.Expr | pl.Series] = {
        "month": frame["date"].map_elements(iso, return_dtype=pl.String),
        "provider": pl.lit("ENGLAND"), "provider_name": pl.lit("England"), "commissioner": pl.lit(""),
        "code": pl.lit("C_999"), "name": pl.lit("All specialties"),
        "week_from": pl.lit(None, pl.Float64), "week_to": pl.lit(None, pl.Float64),
    }  # fmt: skip
    starts = frame.select(**common, part=pl.lit("starts"), count=number("clock_starts")).select(LONG)
    gone = frame.select(
        **common,
        part=pl.lit("removals"),
        count=pl.col("net_unreported_removals").str.strip_chars().cast(pl.Float64, strict=False),
    )
    return Read(pl.concat([starts, gone.drop_nulls("count").select(LONG)]))


def headlines(path: Path, table: pl.DataFrame, wanted: Wanted) -> Read:
    """Published figures of the list, by month: no bands, but the others are held to them."""
    if wanted.kind != "england":
        raise Faults([fault(path, None, "", "England alone", f"a file by {wanted.kind}", "Use --england.")])
    frame = table.filter(is_total(pl.col("Treatment Function Code")))
    numeric(path, frame, ["Total number of incomplete pathways", "% within 18 weeks"])
    figures = frame.select(
        month=frame["Period"].map_elements(iso, return_dtype=pl.String),
        people=number("Total number of incomplete pathways"),
        share=number("% within 18 weeks"),
    )
    return Read(pl.DataFrame(schema=SCHEMA), (), None, figures)
