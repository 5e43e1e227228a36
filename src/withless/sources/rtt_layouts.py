"""The layouts in which NHS England's referral-to-treatment files come, each read into a long table (`rtt_long`)."""

from __future__ import annotations

import calendar
import csv
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl

from ..files import Fault, Faults
from ..files.faults import quoted, suggestion
from ..writing import reads
from . import rtt_nations, rtt_series, rtt_workbooks
from .rtt_long import ABROAD, LONG, Read, Wanted, fault, is_total, number, numeric

PARTS = {
    "part_1a": "admitted",
    "part_1b": "non_admitted",
    "part_2": "incomplete",
    "part_2a": None,  # those of part 2 with a decision to admit: they would count twice
    "part_3": "starts",
    "adm": "admitted",
    "nonadm": "non_admitted",
    "incomplete": "incomplete",
    "incomplete_dta": None,
    "clock_starts": "starts",
}
_BAND = re.compile(r"^gt (\d+) (?:to (\d+) )?weeks sum 1$")
_WEEK = re.compile(r"^w(\d+)$")
_EXTRACT = (
    "Period",
    "Provider Org Code",
    "Commissioner Org Code",
    "RTT Part Type",
    "Treatment Function Code",
    "Total All",
)
_HEADLINE = ("Period", "Treatment Function Code", "Total number of incomplete pathways", "% within 18 weeks")


def read(path: Path, wanted: Wanted) -> Read:
    """A file in any of the layouts; raises `Faults` where it is none of them, or not whole."""
    if not path.is_file():
        raise Faults([fault(path, None, "", "no such file", "one of the files of this publication")])
    if path.suffix.lower() in (".xls", ".xlsx", ".ods"):
        frame, notes, known = rtt_workbooks.read(path, wanted)
        return Read(frame, notes, known)
    if path.suffix.lower() == ".csv" and rtt_nations.is_wales(head := path.read_bytes()):
        return rtt_nations.wales(path, head, wanted)
    table, above = _table(path)
    for columns, reader in _LAYOUTS.items():
        if set(columns) <= set(table.columns):
            return reader(path, table.with_row_index("row", offset=above), wanted)
    raise Faults([_unknown(path, table)])


def _table(path: Path) -> tuple[pl.DataFrame, int]:
    """A CSV, gzip or zip with one CSV in it, as text columns from its header on, and how many lines stand above that."""
    reads(path)
    try:
        content = _content(path)
    except (OSError, ValueError, EOFError, zlib.error, zipfile.BadZipFile):
        raise Faults([fault(path, None, "", "a file that cannot be unpacked", "a CSV file")]) from None
    above = _above(content)
    try:
        table = pl.read_csv(io.BytesIO(content), infer_schema_length=0, encoding="utf8-lossy", skip_lines=above)
    except pl.exceptions.PolarsError:
        raise Faults([fault(path, None, "", *_no_table(content, above))]) from None
    if not len(table):
        raise Faults([fault(path, None, "", "no rows", "the whole file")])
    return table, above


def _content(path: Path) -> bytes:
    """The bytes of the CSV."""
    if path.suffix.lower() == ".zip":
        return _unzipped(path)
    raw = path.read_bytes()
    return gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw


def _above(content: bytes) -> int:
    """Lines above the header: older files begin with a title."""
    names = {name.casefold() for columns in _LAYOUTS for name in columns}
    lines = content[: 1 << 16].decode("utf-8", "replace").splitlines()[:40]
    for n, line in enumerate(lines):
        cells = next(csv.reader([line]), [])
        if len({c.strip().lstrip("\ufeff").casefold() for c in cells} & names) >= _ENOUGH:
            return n
    return 0


_ENOUGH = 3
"""Names of columns that a line must hold to be the header."""


def _no_table(content: bytes, above: int) -> tuple[str, str]:
    """Why a CSV could not be read, in words."""
    lines = content.decode("utf-8", "replace").splitlines()[above:]
    widths = [len(next(csv.reader([line]), [])) for line in lines[:1000]]
    wide = next((n for n, w in enumerate(widths) if w > widths[0]), None) if widths else None
    if wide is not None:
        return f"{widths[wide]} cells in row {above + wide + 1}", f"{widths[0]}, as in its header (row {above + 1})"
    return "what is no table", "a CSV file with one header"


def _unzipped(path: Path) -> bytes:
    with zipfile.ZipFile(path) as parts:
        names = [n for n in parts.namelist() if n.lower().endswith(".csv")]
        if len(names) != 1 or parts.getinfo(names[0]).file_size > 2_000_000_000:
            raise ValueError(f"a zip with {len(names)} CSV files")
        return parts.read(names[0])


def _unknown(path: Path, table: pl.DataFrame) -> Fault:
    """A file of another kind, or one with a column renamed."""
    best = max(_LAYOUTS, key=lambda columns: len(set(columns) & set(table.columns)))
    absent = [c for c in best if c not in table.columns]
    if len(absent) < len(best) / 2:
        near = suggestion(absent[0], table.columns)
        return fault(path, 1, absent[0], "no such column", "the column", near)
    return fault(path, 1, "", f"columns {', '.join(table.columns[:5])}", "one of the layouts of this publication")


def _full_extract(path: Path, table: pl.DataFrame, wanted: Wanted) -> Read:
    """The monthly full CSV extract: provider x commissioner x part x treatment function, 104 weeks and over (52 in its
    first years).
    """
    bands = {
        c: (int(m[1]), int(m[2]) if m[2] else None) for c in table.columns if (m := _BAND.match(c.strip().lower()))
    }
    _contiguous(path, bands)
    owner = "Commissioner" if wanted.kind == "commissioner" else "Provider"
    name = f"{owner} Org Name" if f"{owner} Org Name" in table.columns else f"{owner} Org Code"
    frame = table.select(
        pl.col("row"),
        pl.col("Period").map_elements(_period, return_dtype=pl.String).alias("month"),
        pl.col("Provider Org Code").str.strip_chars().alias("provider"),
        pl.col(name).alias("provider_name"),
        pl.col("Commissioner Org Code").str.strip_chars().alias("commissioner"),
        pl.col("RTT Part Type").str.strip_chars().str.to_lowercase().alias("part"),
        pl.col("Treatment Function Code").str.strip_chars().alias("code"),
        (pl.col("Treatment Function Name") if "Treatment Function Name" in table.columns else pl.col("Treatment Function Code"))
        .alias("name"),
        *[pl.col(c) for c in bands],
        pl.col("Total All").alias("all"),
    )  # fmt: skip
    _whole(path, frame, "month", "a period such as RTT-January-2026")
    _each_once(path, frame, ("month", "provider", "commissioner", "part", "code"))
    long, known, notes = _melted(path, frame, bands, wanted)
    return Read(long, notes, known)


def _pivoted(path: Path, table: pl.DataFrame, wanted: Wanted) -> Read:
    """The extract of one month as a table of weeks: provider x part x treatment function, or England's alone."""
    bands: dict[str, tuple[int, int | None]] = {
        c: (int(m[1]), int(m[1]) + 1) for c in table.columns if (m := _WEEK.match(c))
    }
    if bands:
        last = max(bands, key=lambda c: bands[c][0])
        bands[last] = (bands[last][0], None)
    _contiguous(path, bands)
    month = wanted.month or month_in(path.name)
    if month is None:
        raise Faults([fault(path, None, "", "no month", "its month", "Give it with --month 2026-01.")])
    has = table.columns
    total = next((c for c in ("total_all", "total") if c in has), None)
    frame = table.select(
        pl.col("row"),
        pl.lit(month).alias("month"),
        (pl.col("provider").str.strip_chars() if "provider" in has else pl.lit("ENGLAND")).alias("provider"),
        (pl.col("provider_name") if "provider_name" in has else pl.lit("England")).alias("provider_name"),
        pl.lit("").alias("commissioner"),
        (pl.col("part").str.strip_chars().str.to_lowercase() if "part" in has else pl.lit("incomplete")).alias("part"),
        pl.col("tfc").str.strip_chars().alias("code"),
        (pl.col("tfc_name") if "tfc_name" in has else pl.col("tfc")).alias("name"),
        *[pl.col(c) for c in bands],
        (pl.col(total) if total else pl.lit(None, dtype=pl.String)).alias("all"),
    )
    _each_once(path, frame, ("month", "provider", "part", "code"))
    if wanted.kind == "commissioner":
        raise Faults(
            [fault(path, None, "", "no commissioners", "a file by commissioner", "Use --provider or --england.")]
        )
    if wanted.kind == "provider" and "provider" not in has:
        raise Faults([fault(path, None, "", "no providers", "a file by provider", "Use --england.")])
    long, known, notes = _melted(path, frame, bands, wanted)
    if "part" in has:
        notes = (*notes, "Pathways of commissioners outside England are in: this file cannot tell them apart.")
    return Read(long, notes, known)


def _melted(
    path: Path, frame: pl.DataFrame, bands: Mapping[str, tuple[int, int | None]], wanted: Wanted
) -> tuple[pl.DataFrame, dict[str, str], tuple[str, ...]]:
    """Rows of whoever is wanted, a row a band."""
    unknown = sorted(set(frame["part"].drop_nulls()) - set(PARTS))
    if unknown:
        row = int(frame.filter(pl.col("part") == unknown[0])["row"][0]) + 2
        raise Faults([fault(path, row, "RTT Part Type", quoted(unknown[0]), "one of Part_1A, 1B, 2, 2A or 3")])
    by = "commissioner" if wanted.kind == "commissioner" else "provider"
    names = frame.select(by, "provider_name").unique().drop_nulls().rows()
    known = {str(code): str(name) for code, name in names}
    kept = frame if wanted.kind == "england" else frame.filter(pl.col(by).is_in(wanted.codes))
    notes = []
    abroad = kept["commissioner"] == ABROAD
    if wanted.english_only:
        kept = kept.filter(~abroad)
    elif abroad.any():
        notes.append("Pathways of commissioners outside England are in; --english-only leaves them out.")
    kept = kept.with_columns(pl.col("part").replace_strict(PARTS, return_dtype=pl.String)).drop_nulls("part")
    numeric(path, kept, [*bands, "all"])
    summed = _summed(kept, bands, by if wanted.kind != "england" else None)
    done = summed.filter(~pl.col("part").is_in(["incomplete", "starts"]) & ~is_total(pl.col("code")))
    missing = float((done["all"] - done.select(list(bands)).sum_horizontal()).clip(0.0).sum()) if len(done) else 0.0
    if missing > 0:
        notes.append(f"{missing:,.0f} completed pathways of unknown clock start are in no band and left out.")
    return pl.concat([_in_rows(summed, bands), _starts(summed)]), known, tuple(notes)


_KEYS = ["month", "provider", "provider_name", "commissioner", "part", "code", "name"]


def _summed(kept: pl.DataFrame, bands: Mapping[str, tuple[int, int | None]], by: str | None) -> pl.DataFrame:
    """Counts as numbers, a row for each month, part and function of whoever is meant (England: of all together)."""
    owners = {c: pl.lit("") for c in ("provider", "provider_name", "commissioner") if c != by}
    if by is None:
        owners |= {"provider": pl.lit("ENGLAND"), "provider_name": pl.lit("England")}
    return (
        kept.with_columns(**owners, **{c: number(c) for c in [*bands, "all"]})
        .group_by(_KEYS, maintain_order=True)
        .agg(pl.col([*bands, "all"]).sum())
    )


def _in_rows(summed: pl.DataFrame, bands: Mapping[str, tuple[int, int | None]]) -> pl.DataFrame:
    """A row a band."""
    lows = {b: float(low) for b, (low, _) in bands.items()}
    highs = {b: None if high is None else float(high) for b, (_, high) in bands.items()}
    return (
        summed.filter(pl.col("part") != "starts")
        .unpivot(list(bands), index=_KEYS, variable_name="band", value_name="count")
        .with_columns(
            week_from=pl.col("band").replace_strict(lows, return_dtype=pl.Float64),
            week_to=pl.col("band").replace_strict(highs, return_dtype=pl.Float64),
        )
        .select(LONG)
    )


def _starts(summed: pl.DataFrame) -> pl.DataFrame:
    """New clock starts, which have no weeks."""
    blank = pl.lit(None, pl.Float64)
    return (
        summed.filter(pl.col("part") == "starts")
        .with_columns(week_from=blank, week_to=blank, count=pl.col("all"))
        .select(LONG)
    )


def _whole(path: Path, frame: pl.DataFrame, column: str, expected: str) -> None:
    """Refuse a file that breaks off in its last row, or whose months are none."""
    if frame["all"][-1] is None and frame["all"].null_count() == 1 and len(frame) > 1:
        row = len(frame) + 1
        raise Faults(
            [fault(path, row, "Total All", "nothing, in the last row alone", "a whole row: was the file cut off?")]
        )
    bad = frame[column].is_null().arg_true()
    if len(bad):
        raise Faults([fault(path, int(frame["row"][bad[0]]) + 2, "Period", "no month", expected)])


def _each_once(path: Path, frame: pl.DataFrame, key: tuple[str, ...]) -> None:
    """Refuse rows that stand twice, as where a month and its revision were put together: they would count twice."""
    again = frame.filter(~pl.struct(key).is_first_distinct())
    if not len(again):
        return
    first = frame.filter(pl.all_horizontal(pl.col(k).eq_missing(again[k][0]) for k in key))
    rows = [int(r) + 2 for r in (again["row"][0], first["row"][0])]
    found = f"row {rows[0]}, which repeats row {rows[1]} ({', '.join(str(again[k][0]) for k in key if again[k][0])})"
    found += f"; {len(again):,} rows in all" if len(again) > 1 else ""
    mend = "Is a month with its revision in one file? Keep one of the two."
    raise Faults([fault(path, rows[0], "", found, "each period, organisation, part and function once", mend)])


def _contiguous(path: Path, bands: Mapping[str, tuple[int, int | None]]) -> None:
    """Refuse bands with a gap, or without an open end."""
    at = 0
    for column, (low, high) in sorted(bands.items(), key=lambda b: b[1][0]):
        if low != at:
            raise Faults([fault(path, 1, column, f"no band from {at} weeks", "every week up to the open band")])
        at = low + 1 if high is None else high
    if not bands or all(high is not None for _, high in bands.values()):
        raise Faults(
            [fault(path, 1, "", "no open band", "weeks waited, the last band open (52 or 104 weeks and over)")]
        )


def _period(text: str) -> str | None:
    """`RTT-January-2026` as 2026-01."""
    found = re.match(r"^RTT-([A-Za-z]+)-(\d{4})$", text.strip())
    names = {n.lower(): i for i, n in enumerate(calendar.month_name) if n}
    return f"{found[2]}-{names[found[1].lower()]:02d}" if found and found[1].lower() in names else None


def month_in(name: str) -> str | None:
    """The month in a file's name, such as england_2026-01_provider.csv."""
    found = re.search(r"(?<!\d)(\d{4})-(0[1-9]|1[0-2])(?!\d)", name)
    return f"{found[1]}-{found[2]}" if found else None


_LAYOUTS: dict[tuple[str, ...], Callable[[Path, pl.DataFrame, Wanted], Read]] = {
    _EXTRACT: _full_extract,
    ("provider", "part", "tfc", "w00"): _pivoted,
    ("part", "tfc", "w00"): _pivoted,
    ("tfc", "tfc_name", "w00"): _pivoted,
    ("date", "weeks_from", "weeks_to", "incomplete", "completed"): rtt_series.four_weeks,
    ("date", "clock_starts", "net_unreported_removals"): rtt_series.stock_flow,
    _HEADLINE: rtt_series.headlines,
    rtt_nations.SCOTTISH: rtt_nations.scotland,
}
