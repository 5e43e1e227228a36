"""Scotland's and Wales's published lists by weeks waited, read into the long table of `rtt_long`.

Scotland (Public Health Scotland, Stage of Treatment Waiting Times, distribution of ongoing and of completed waits): a row for a
month or quarter, a health board (`HBT`), a type of patient and a specialty; columns such as 4to8WeekWait. New outpatients and
inpatients wait on lists of their own and stay apart. Wales (StatsWales, patient pathways by month and grouped weeks): a table
saved as CSV, months down and bands such as `Over 18 weeks and up to 19 weeks` across, below a title. Neither has clock starts by
weeks waited; both layouts are read from their published descriptions.
"""

from __future__ import annotations

import calendar
import csv
import io
import re
from itertools import pairwise
from pathlib import Path

import polars as pl

from ..files import Faults
from ..files.faults import quoted
from .rtt_long import LONG, SCHEMA, Read, Wanted, fault, number, numeric

Bands = dict[str, tuple[float, float | None]]

SCOTTISH = ("HBT", "PatientType", "Specialty")
"""Columns by which Scotland's files are known."""

ALL = "Z9"
"""Scotland's code for all specialties; single ones leave out small specialties and do not add up to it."""

WELSH = "WALES"
_SCOTLAND = "Public Health Scotland's Stage of Treatment Waiting Times at https://www.opendata.nhs.scot"
_WALES = "StatsWales's patient pathways by month and grouped weeks at https://statswales.gov.wales"
_MONTHS = {name.lower(): k for k, name in enumerate(calendar.month_abbr) if name}


def _band(column: str) -> tuple[float, float | None] | None:
    """The weeks that a column counts: 4to8WeekWait, LessThan4WeekWait, Over156WeekWait, `Over 18 weeks and up to 19 weeks`."""
    if column.lower().endswith("qf"):
        return None
    text = re.sub(r"[^a-z0-9]", "", column.lower())
    for pattern, low in (
        (r"(?:lessthan|upto|under)(\d+)weeks?(?:wait)?", True),
        (r"(?:over|morethan)(\d+)weeks?(?:wait)?", False),
    ):
        if found := re.fullmatch(pattern, text):
            return (0.0, float(found[1])) if low else (float(found[1]), None)
    found = re.fullmatch(r"x?(?:over)?(\d+)(?:weeks?and)?(?:to|upto)(\d+)weeks?(?:wait)?", text)
    return (float(found[1]), float(found[2])) if found else None


def _bands(path: Path, columns: list[str], page: str) -> Bands:
    """Bands of the columns; raises `Faults` where they leave gaps or have no open end."""
    bands = {c: b for c in columns if (b := _band(c)) is not None}
    in_order = sorted(bands.values())
    whole = bool(in_order) and in_order[0][0] == 0 and in_order[-1][1] is None
    if not whole or any(a[1] != b[0] for a, b in pairwise(in_order)):
        found = f"bands {', '.join(list(bands)[:3])}" if bands else "no bands of weeks waited"
        expected = "bands from 0 weeks on without a gap, the last one open"
        raise Faults([fault(path, 1, "", found, expected, f"The file with a distribution of waits is meant: {page}")])
    return bands


def scotland(path: Path, table: pl.DataFrame, wanted: Wanted) -> Read:
    """A health board's list (by month) or completed waits (by quarter, a third to each of its months)."""
    if wanted.kind != "provider":
        raise Faults(
            [fault(path, None, "", "health boards", f"a file by {wanted.kind}", "Use --provider with a board's code.")]
        )
    bands = _bands(path, table.columns, _SCOTLAND)
    when = next((c for c in table.columns if re.fullmatch(r"(?i)(month|quarter)end(ing)?", c)), None)
    if when is None:
        raise Faults([fault(path, 1, "", "no column MonthEnding or QuarterEnding", "the date of each row", _SCOTLAND)])
    known = dict.fromkeys(table["HBT"].drop_nulls().unique().sort().to_list(), "Health board")
    kept = table.filter(pl.col("HBT").is_in(list(wanted.codes)))
    numeric(path, kept, list(bands))
    quarter = when.lower().startswith("quarter")
    rows = kept.unpivot(
        index=[when, "HBT", "PatientType", "Specialty"], on=list(bands), variable_name="band"
    ).with_columns(
        count=number("value") / (3 if quarter else 1),
        week_from=pl.col("band").replace_strict({k: b[0] for k, b in bands.items()}, return_dtype=pl.Float64),
        week_to=pl.col("band").replace_strict({k: b[1] for k, b in bands.items()}, return_dtype=pl.Float64),
    )
    single = bool((rows["Specialty"] != ALL).any())
    rows = rows.filter((pl.col("Specialty") != ALL) if single else pl.lit(value=True))
    group = (
        pl.when(pl.col("PatientType").str.to_lowercase().str.contains("out")).then(pl.lit("OP")).otherwise(pl.lit("IP"))
    )
    day = pl.col(when).str.replace_all(r"\D", "")
    year, month = day.str.slice(0, 4).cast(pl.Int32, strict=False), day.str.slice(4, 2).cast(pl.Int32, strict=False)
    months = [
        rows.select(
            month=pl.format("{}-{}", year, (month - back).cast(pl.String).str.zfill(2)), provider="HBT",
            provider_name=pl.lit("Health board"), commissioner=pl.lit(""),
            part=pl.lit("completed" if quarter else "incomplete"), code=pl.format("{}_{}", "Specialty", group),
            name=pl.format("{}, {}", "Specialty", pl.col("PatientType").str.to_lowercase()),
            week_from="week_from", week_to="week_to", count="count",
        ).select(LONG)
        for back in (range(3) if quarter else range(1))
    ]  # fmt: skip
    notes = ["Scotland counts new outpatients and inpatients on lists of their own: they stay apart."]
    if quarter:
        notes.append("Completed waits are of quarters: a third of each is given to each of its months.")
    if single:
        notes.append("All specialties together (Z9) is left out: single ones leave out small specialties.")
    return Read(pl.concat(months), tuple(notes), known)


def is_wales(content: bytes) -> bool:
    """Whether a CSV is a table of StatsWales saved as it is shown."""
    return any(
        sum(_band(c) is not None for c in cells) > 2
        for cells in _rows(content)[:20]
        if not cells[:1] or not cells[0].strip()
    )


def wales(path: Path, content: bytes, wanted: Wanted) -> Read:
    """Wales's open or closed pathways by month, whichever the title says."""
    rows = _rows(content)
    head = next(k for k, cells in enumerate(rows) if sum(_band(c) is not None for c in cells) > 2)
    title = " ".join(c for cells in rows[:head] for c in cells).lower()
    part = (
        "incomplete" if "waiting to start" in title else "completed" if "closed" in title or "treated" in title else ""
    )
    if not part:
        above, expected = (
            f"above the header: {quoted(title[:60])}",
            "the table's title: pathways waiting to start, or closed",
        )
        raise Faults([fault(path, 1, "", above, expected, f"Save the whole table, title and all: {_WALES}")])
    if wanted.kind != "provider" or WELSH not in wanted.codes:
        raise Faults([fault(path, None, "", "a list of Wales", f"--provider {WELSH}", f"Use --provider {WELSH}.")])
    bands, columns = _bands(path, rows[head], _WALES), rows[head]
    made = []
    for n, cells in enumerate(rows[head + 1 :], head + 2):
        found = re.fullmatch(r"(?i)([a-z]{3})[a-z]*[- ](\d{4})", cells[0].strip()) if cells else None
        if found is None or found[1].lower() not in _MONTHS:
            continue
        for column, cell in zip(columns, cells, strict=False):
            if column in bands:
                made.append(
                    _count(path, n, column, cell, f"{found[2]}-{_MONTHS[found[1].lower()]:02d}", part, bands[column])
                )
    if not made:
        raise Faults(
            [fault(path, None, "", "no month such as Sep-2024 in the first column", "a row for each month", _WALES)]
        )
    return Read(pl.DataFrame(made, schema=SCHEMA, orient="row"), (), {WELSH: "Wales"})


def _count(
    path: Path, row: int, column: str, cell: str, month: str, part: str, band: tuple[float, float | None]
) -> tuple[object, ...]:
    """One row of the long table."""
    text = cell.strip().replace(",", "")
    if text not in ("", "-", ".") and not re.fullmatch(r"\d+(\.\d+)?", text):
        raise Faults([fault(path, row, column, quoted(cell), "a number of pathways", _WALES)])
    count = float(text) if text not in ("", "-", ".") else 0.0
    return month, WELSH, "Wales", "", part, "C_999", "All specialties", band[0], band[1], count


def _rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig", "replace"))))
