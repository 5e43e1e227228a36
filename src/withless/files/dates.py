"""Dates as people in Britain write them (`Apr 2026`, `01/04/2026`, `2026-04`), financial years, and lengths of time."""

from __future__ import annotations

import re
from datetime import date

from .. import units

_NAMES = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october")
MONTHS = (*_NAMES, "november", "december")
A_DATE = "a date such as Apr 2026, 2026-04, 1 April 2026 or 01/04/2026"
A_YEAR = "a financial year such as 2028-29"
A_LENGTH = "a length of time such as 2 quarters, 6 months or 1 year"

_EARLIEST, _LATEST = 1980, 2150

_ISO = re.compile(r"(\d{4})[-/](\d{1,2})(?:[-/](\d{1,2}))?")
_UK = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_MONTH_YEAR = re.compile(r"(\d{1,2})/(\d{4})")
_WORDS = re.compile(r"(?:(\d{1,2})(?:st|nd|rd|th)?\s+)?([a-z]{3,9})\.?[\s,-]+(\d{4})")
_AMERICAN_WORDS = re.compile(r"([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_SIX = re.compile(r"(\d{4})(0[1-9]|1[0-2])")
_SHORT_YEAR = re.compile(r"(?:\d{1,2}[/.-])?(?:\d{1,2}|[a-z]{3,9})[/. -]\d{2}")
_SHORT_MONTH = re.compile(r"([a-z]{3,9})[\s/.'\u2019-]+(\d{2})")
_LAST_MONTH = re.compile(r"(\d{4})[\s/.-]+([a-z]{3,9})")
_FINANCIAL = re.compile(r"(\d{4})\s*[-/\u2013]\s*(\d{2}|\d{4})")


class DateError(ValueError):
    """Text is no date; `expected` and `mend` say what would be."""

    def __init__(self, expected: str, mend: str = "") -> None:
        self.expected, self.mend = expected, mend
        super().__init__(expected)


def parse_date(text: str) -> date:
    """The day that `text` names; a month alone is its first day. Raises `DateError`."""
    written = " ".join(text.strip().lower().split())
    if any(c.isdigit() and not c.isascii() for c in written):
        raise DateError(A_DATE, "Write the digits 0 to 9.")
    if match := _UK.fullmatch(written):
        return _day(int(match[3]), int(match[2]), int(match[1]))
    if match := _ISO.fullmatch(written):
        if int(match[2]) > 12 and match[3] is None and financial_year(written):
            first = int(match[1])
            raise DateError(A_DATE, f"{text.strip()} is a year: write the month, such as Apr {first}.")
        return _day(int(match[1]), int(match[2]), int(match[3] or 1))
    if match := _MONTH_YEAR.fullmatch(written):
        return _day(int(match[2]), int(match[1]), 1)
    if match := _WORDS.fullmatch(written):
        return _day(int(match[3]), _month(match[2]), int(match[1] or 1))
    if match := _AMERICAN_WORDS.fullmatch(written):
        return _day(int(match[3]), _month(match[1]), int(match[2]))
    if (match := _SHORT_MONTH.fullmatch(written)) and "-" in written:  # as spreadsheets shorten it
        return _day(2000 + int(match[2]), _month(match[1]), 1)
    mend = "Write the year in full." if _SHORT_YEAR.fullmatch(written) else ""
    raise DateError(A_DATE, mend)


def parse_month(text: str) -> tuple[int, int]:
    """Year and month that `text` names: as `parse_date`, and as spreadsheets shorten it (`Mar-26`). Raises `DateError`."""
    written = " ".join(text.strip().lower().split()).removesuffix(" 00:00:00").removesuffix("t00:00:00")
    if (match := _SIX.fullmatch(written)) and match[1].isascii():
        return parse_date(f"{match[1]}-{match[2]}").year, int(match[2])
    if match := _SHORT_MONTH.fullmatch(written):
        return 2000 + int(match[2]), _month(match[1])
    if match := _LAST_MONTH.fullmatch(written):
        return int(match[1]), _month(match[2])
    found = parse_date(written)
    return found.year, found.month


def parse_year(text: str) -> str:
    """A financial year in its usual form, `2028-29`. Raises `DateError`."""
    written = text.strip()
    label = financial_year(written)
    if not label and re.fullmatch(r"(19|20)\d\d", written) and written.isascii():
        year = int(written)
        raise DateError(A_YEAR, f"Write {year - 1}-{written[2:]} or {year}-{(year + 1) % 100:02d}.")
    if not label:
        raise DateError(A_YEAR)
    return label


def parse_length(text: str) -> float:
    """A length of time in quarters, 0 or more; a bare number counts quarters. Raises `DateError`."""
    if text.strip().lower() in ("none", "at once", "immediate"):
        return 0.0
    try:
        quarters = units.parse(text, "quarters")
    except units.UnitError:
        raise DateError(A_LENGTH) from None
    if quarters < 0:
        raise DateError(A_LENGTH, "It cannot be negative.")
    return quarters


def financial_year(text: str) -> str:
    """`2028-29` for 2028-29, 2028/29 or 2028-2029; empty where it is no such year."""
    match = _FINANCIAL.fullmatch(text)
    if match is None or not match[1].isascii() or not match[2].isascii():
        return ""
    first = int(match[1])
    following = f"{first + 1:04d}"
    return f"{first:04d}-{following[2:]}" if match[2] in (following, following[2:]) else ""


def _month(word: str) -> int:
    """1 to 12 from a month's name or the start of it."""
    for number, name in enumerate(MONTHS, start=1):
        if name.startswith(word) or (word == "sept" and number == 9):
            return number
    raise DateError(A_DATE, f"There is no month {word}.")


def _day(year: int, month: int, day: int) -> date:
    """A date that exists, in a year that a plan may mean."""
    if month > 12:
        swap = " This one looks like the American order." if day <= 12 else ""
        raise DateError(A_DATE, f"Dates are read as day, month, year, and there is no month {month}.{swap}")
    if not _EARLIEST <= year <= _LATEST:
        raise DateError(A_DATE, f"The year {year} is out of range.")
    try:
        return date(year, month, day)
    except ValueError:
        raise DateError(A_DATE, "There is no such day.") from None
