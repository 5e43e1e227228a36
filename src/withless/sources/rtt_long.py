"""What every reader of referral-to-treatment files shares: whose counts are wanted, and the long table they are read into.

A *long* table has a row for a count: month (2026-01), provider, provider_name, commissioner, part (incomplete, admitted,
non_admitted, completed, starts, removals), code, name, week_from, week_to (null: and longer), count. What is not counted by
weeks waited (starts, removals) has none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ..files import Fault, Faults
from ..files.faults import quoted
from .file_spec import as_number

PAGE = "https://www.england.nhs.uk/statistics/statistical-work-areas/rtt-waiting-times/"
TITLE = "Consultant-led referral to treatment waiting times (NHS England)"
LONG = ("month", "provider", "provider_name", "commissioner", "part", "code", "name", "week_from", "week_to", "count")
SCHEMA = {c: pl.Float64 if c in ("week_from", "week_to", "count") else pl.String for c in LONG}


@dataclass(frozen=True)
class Wanted:
    """Whose counts are wanted: `kind` is provider, commissioner or england; `codes` of the one or several that are.

    `english_only` leaves out pathways that commissioners outside England pay for, where a file tells them apart.
    `month` is that of a file that does not say it.
    """

    kind: str
    codes: tuple[str, ...] = ()
    month: str | None = None
    english_only: bool = False


ABROAD = "NONC"
"""The code that stands for all commissioners outside England."""


@dataclass(frozen=True)
class Read:
    """What a file gave: counts (`long`), flows by month where it has them, notes, and the codes it has, for likeness."""

    long: pl.DataFrame
    notes: tuple[str, ...] = ()
    known: Mapping[str, str] | None = None
    headline: pl.DataFrame | None = None


def fault(path: Path, row: int | None, column: str, found: str, expected: str, mend: str = "") -> Fault:
    """Something wrong with a file, ending in where such files are published."""
    return Fault(path.name, row, column, found, expected, mend or f"They are published as: {TITLE} at {PAGE}")


def number(column: str) -> pl.Expr:
    """Text as a count; blank and - are nobody."""
    text = pl.col(column).str.strip_chars().str.replace_all(",", "")
    return pl.when(text.is_in(["", "-"]) | text.is_null()).then(0.0).otherwise(text.cast(pl.Float64, strict=False))


def is_total(code: pl.Expr) -> pl.Expr:
    """Whether a treatment function is all of them together."""
    return code.str.ends_with("999") | (code == "Total")


def numeric(path: Path, frame: pl.DataFrame, columns: list[str]) -> None:
    """Refuse cells that are no count, each column's first."""
    faults = []
    for column in columns:
        text = frame[column].str.strip_chars()
        value = as_number(text)
        wrong = (value.is_null() & text.is_not_null() & ~text.is_in(["", "-"])) | (value < 0)
        for i in wrong.fill_null(value=False).arg_true().head(1).to_list():
            row = int(frame["row"][i]) + 2
            faults.append(fault(path, row, column, quoted(frame[column][i]), "a number of people, 0 or more"))
    if faults:
        raise Faults(faults)


def iso(text: str) -> str | None:
    """`2024-09` or `2024-09-01` as 2024-09."""
    found = re.match(r"^(\d{4})-(0[1-9]|1[0-2])(-\d\d)?$", text.strip())
    return f"{found[1]}-{found[2]}" if found else None
