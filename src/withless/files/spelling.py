"""What a spreadsheet makes of a cell on its own: dates of texts, numbers of ids, and how to undo each in a sentence."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

import polars as pl

from .dates import MONTHS, DateError, parse_month

_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_SHORT = re.compile(r"(\d{1,2})-([A-Za-z]{3})|([A-Za-z]{3})-(\d{2})")


def months(cells: pl.Series) -> pl.Series:
    """Months as people and spreadsheets write them (Mar-26, 01/03/2026, a date cell) in the one form 2026-03."""
    read: dict[str, str] = {}
    for text in cells.drop_nulls().unique().to_list():
        try:
            year, month = parse_month(text)
        except DateError:
            continue
        read[text] = f"{year}-{month:02d}"
    return cells.replace(read) if read else cells


def minutes(cells: pl.Series) -> pl.Series:
    """Minutes with a blank where somebody wrote that there is no way."""
    return cells.set(cells.str.to_lowercase().is_in(_NO_WAY).fill_null(False), None)


_NO_WAY = (
    "unreachable",
    "cannot be reached",
    "out of reach",
    "not reachable",
    "no route",
    "none",
    "nan",
    "inf",
    "na",
    "n/a",
)


def made_a_date(text: str) -> tuple[int, ...] | None:
    """The numbers behind a text that a spreadsheet has turned into a date (day, month, year of two figures); else None."""
    if match := _DAY.fullmatch(text):
        return int(match[3]), int(match[2]), int(match[1]) % 100
    if match := _SHORT.fullmatch(text):
        word = (match[2] or match[3]).casefold()
        number = next((i for i, m in enumerate(MONTHS, start=1) if m.startswith(word)), None)
        return None if number is None else (int(match[1] or match[4]), number)
    return None


def mend_date(text: str, choices: Collection[str]) -> str:
    """How to undo that, with the choice it most likely was."""
    numbers = made_a_date(text)
    if numbers is None:
        return ""
    was = [c for c in choices if (ends := [int(n) for n in re.findall(r"\d+", c)]) and ends[-1] in numbers[:1]]
    was = was or [c for c in choices if set(map(int, re.findall(r"\d+", c))) & set(numbers)]
    guess = f" It probably was {was[0]}." if len(was) == 1 else ""
    return f"The spreadsheet has made a date of it.{guess} Format the column as text and type it again."


def bare(identity: str) -> str:
    """An id without what a spreadsheet takes away or adds: leading zeros, .0, spaces, case, wide letters."""
    plain = re.sub(r"[\s\u200b-\u200d\ufeff]+", "", unicodedata.normalize("NFKC", identity)).casefold()
    plain = re.sub(r"(?<=\d)\.0+$", "", plain)
    return re.sub(r"^0+(?=\d)", "", plain)


def of_another_alphabet(text: str, known: str) -> bool:
    """Whether letters of a text are no Latin ones (Cyrillic and Greek have some that look the same), though all known are."""
    return known.isascii() and any(c.isalpha() and not unicodedata.name(c, "").startswith("LATIN") for c in text)
