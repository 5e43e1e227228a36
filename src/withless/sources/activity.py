"""What library services told the Arts Council of 2023/24: users, visits, loans, by authority, with what is missing named.

A blank is not zero: some services sent nothing, some sent no visits, and some sent a few months only.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from ..files import Faults
from ..files.faults import suggestion
from .catalogue import FILES, read
from .file_spec import as_number

MONTHS = {"P1M": 1, "P3M": 3, "P1Y": 12}
YEAR = 12
IN_BUILDINGS = ("Library", "Shared building")
"""Visits to a building; home deliveries and mobile libraries are counted beside."""
BOOKS = ("Physical book",)
MOST_NAMED = 6


def activity(data: Path, authority: str | None = None) -> tuple[pl.DataFrame, list[str]]:
    """One row a library service (or one of them alone), and what was read, missing or partial.

    Columns: code, authority, people, users, visits, visits_in_buildings, visit_months, loans, loan_months, computer_hours,
    wifi_sessions; a month column says how many of twelve are there; what was not sent is blank.
    """
    table = _services(data)
    for file, series, chosen, names in (
        ("activity_visits", "Location", IN_BUILDINGS, ("visits_in_buildings", "visit_months")),
        ("activity_loans", "Format", BOOKS, (None, "loan_months")),
    ):
        table = table.join(_counted(data, file, series, chosen, names), on="code", how="left", maintain_order="left")
    notes = _said(data, table)
    if authority is not None:
        known = table["authority"].to_list()
        found = table.filter(pl.col("authority").str.to_lowercase() == authority.strip().casefold())
        if found.is_empty():
            mend = suggestion(authority, known) or "Library services are named as the Arts Council writes them."
            fault = FILES["activity_services"].fault(None, "", f'no "{authority}"', "a library service", mend)
            raise Faults([fault])
        table, notes = found, [notes[0], *_gaps_of(found)]
    columns = ("code", "authority", "people", "users", "visits", "visits_in_buildings", "visit_months", "loans")
    return table.select(*columns, "loan_months", "computer_hours", "wifi_sessions"), notes


def _services(data: Path) -> pl.DataFrame:
    """The row of each service, numbers as numbers."""
    table = read("activity_services", data)
    renamed = {"Users": "users", "Visits": "visits", "Loans": "loans", "Computer hours": "computer_hours"}
    renamed["Wifi sessions"] = "wifi_sessions"
    ages = [c for c in table.columns if c.startswith("Population")]
    people = pl.sum_horizontal([as_number(table[c]) for c in ages]) if ages else pl.lit(None, dtype=pl.Float64)
    return table.select(
        code="Authority code",
        authority="Authority nice name",
        people=people,
        **{new: as_number(table[old]) for old, new in renamed.items()},
    )


def _counted(
    data: Path, file: str, series: str, chosen: tuple[str, ...], names: tuple[str | None, str]
) -> pl.DataFrame:
    """The sum of some series by service, and how many of the twelve months the thinnest of them has."""
    table = read(file, data).filter(pl.col(series).is_in(list(chosen)))
    months = pl.col("Period").str.split("/").list.last().replace_strict(MONTHS, return_dtype=pl.Int64)
    one = pl.col("Period").n_unique()
    by_series = (
        table.with_columns(count=as_number(table["Count"]), months=months)
        .group_by("Authority", series, "Period")
        .agg(pl.col("count").sum(), pl.col("months").first())
        .group_by("Authority", series)
        .agg(pl.col("count").sum(), pl.col("months").sum().clip(upper_bound=YEAR), one.alias("periods"))
    )
    sums = by_series.group_by(code="Authority").agg(pl.col("count").sum(), pl.col("months").min())
    total, covered = names
    wanted = [pl.col("months").alias(covered)] + ([pl.col("count").alias(total)] if total else [])
    return sums.select("code", *wanted)


def _said(data: Path, table: pl.DataFrame) -> list[str]:
    """What was read, and by how much it is not all England."""
    nothing = table.filter(pl.all_horizontal(pl.col("users", "visits", "loans").is_null()))
    sent = len(table) - len(nothing)
    silent = table.filter(pl.col("visits").is_null() & ~pl.col("code").is_in(nothing["code"].to_list()))
    partial = _partial(table)
    raw = read("activity", data)
    total = as_number(raw["total_active_members"])
    both = raw.with_columns(total=total).join(table, on="authority").drop_nulls(["total", "users"])
    differ = both.filter(pl.col("total") != pl.col("users"))["authority"].to_list()
    visits = table["visits"].drop_nulls()
    return [
        f"Read: {len(table)} library services in the list, {len(raw)} rows as sent in; {sent} sent something.",
        f"Missing, not zero: {_named(nothing['authority'].to_list())} sent nothing; "
        f"{_named(silent['authority'].to_list())} sent no visits. {len(visits)} services give {visits.sum():,.0f} visits.",
        f"In part, fewer than twelve months in a count: {_named(partial)}. The sums are left as they are.",
        f"Users as sent in and as listed differ for {_named(differ)}."
        if differ
        else "Users as sent in and as listed agree wherever both are there.",
        "Visits include home deliveries and mobile libraries; visits_in_buildings do not.",
    ]


def _partial(table: pl.DataFrame) -> list[str]:
    """Services of which a count covers less than the year."""
    short = table.filter((pl.col("visit_months") < YEAR) | (pl.col("loan_months") < YEAR))
    return [
        f"{name} ({', '.join(f'{what} {m}' for what, m in (('visits', v), ('loans', n)) if m is not None and m < YEAR)})"
        for name, v, n in short.select("authority", "visit_months", "loan_months").iter_rows()
    ]


def _gaps_of(one: pl.DataFrame) -> list[str]:
    """What a single service did not send."""
    row = one.row(0, named=True)
    told = ("users", "visits", "loans", "computer_hours", "wifi_sessions")
    blank = [c.replace("_", " ") for c in told if row[c] is None]
    lines = [f"{row['authority']} did not send: {', '.join(blank)}. That is not zero."] if blank else []
    return lines + [f"In part: {name} of twelve months." for name in _partial(one)]


def _named(names: list[str]) -> str:
    """A few names and how many others."""
    if not names:
        return "nobody"
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} others" if more > 0 else "")
