"""The phrases in which messages say what number was expected, and the hints that help to mend one."""

from __future__ import annotations

import math
import re

from .. import units
from ..place import Column
from ..plan import Lever
from .spelling import made_a_date, mend_date

UNSEEN = r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
"""Signs that steer a terminal or turn the direction of text: in no name."""

_NOT_KNOWN = {"nan", "na", "n/a", "null", "none", "-", "--", "unknown", "not known", "?", "..", ":", "c", "[c]", "[x]"}


def a_number(column: Column | Lever) -> str:
    """`a number of hours a week from 0 to 168`, from a column or lever."""
    return a_number_in(column.unit, column.low, column.high, kind=getattr(column, "kind", "number"))


def a_number_in(unit: str, low: float = -math.inf, high: float = math.inf, kind: str = "number") -> str:
    """What a number in a unit with bounds looks like."""
    if unit == "switch":
        return "yes or no (1 or 0)"
    low = max(low, 0.0) if kind == "count" else low
    dimension = units.unit(unit).dimension
    if dimension == "share":
        return f"a share{_range(low, high) or ' from 0 to 1'}, or a percentage"
    if dimension.startswith("money"):
        return f"an amount in {units.unit(unit).meaning}{_range(low, high)}, such as £410k"
    meaning = "" if unit == "ratio" else f" of {units.unit(unit).meaning}"
    if unit in ("decile", "score", "elasticity", "utility"):
        meaning = f" ({units.unit(unit).meaning})"
    stars = ", or * for 1 to 4" if kind == "count" else ""
    return f"a {'whole ' if unit == 'decile' else ''}number{meaning}{_range(low, high)}{stars}"


def _range(low: float, high: float) -> str:
    if math.isfinite(low) and math.isfinite(high):
        return f" from {_plain(low)} to {_plain(high)}"
    if math.isfinite(low):
        return f", {_plain(low)} or more"
    return f", at most {_plain(high)}" if math.isfinite(high) else ""


def _plain(value: float) -> str:
    return f"{value:,.10g}"


def mend_number(written: str, column: Column) -> str:
    """A hint for text that is no number."""
    blank = "Leave the cell blank where it is not known." if column.blank or not column.required else ""
    if written.startswith("#"):
        return "That is an error of the spreadsheet. " + blank
    if written.strip().casefold() in _NOT_KNOWN:
        return blank or "This number is needed."
    if written == "*":
        return "Only counts of people may be suppressed."
    return hint(written, column.unit)


def hint(written: str, unit: str) -> str:
    """What may be behind text that could not be read as a number in `unit`."""
    text, dimension = written.strip(), units.unit(unit).dimension
    bracketed = _BRACKETS.fullmatch(text)
    letters = re.findall(r"[OolI]", text) if re.fullmatch(r"[\d.,OolI]+", text) else []
    continental = re.fullmatch(r"[-+]?\d{1,3}(\.\d{3})*,\d{1,2}|[-+]?\d{1,3}(\.\d{3})+", text)
    foreign = any(c.isdigit() and not c.isascii() for c in text)
    reasons = (
        (foreign, "Write the digits 0 to 9."),
        (bracketed, f"Write -{(bracketed[1] or bracketed[2]).strip()} if it is negative." if bracketed else ""),
        (_CLOCK.fullmatch(text), "That is a time of day: write hours as a number, such as 7.5."),
        (made_a_date(text), mend_date(text, ())),
        (letters, f"Is that a letter {letters[0]}?" if letters else ""),
        ("%" in text and dimension != "share", "A percentage has no meaning here."),
        ("£" in text and not dimension.startswith("money"), "Money has no meaning here."),
        (continental, "Write the decimal with a point and thousands with commas."),
    )
    return next((said for reason, said in reasons if reason), "")


_BRACKETS = re.compile(r"\(\s*-?(£?[\d,.]+\s*[kKmMbn]*)\s*\)|(£?[\d,.]+\s*[kKmMbn]*)\s*(?:-|CR|cr)")
_CLOCK = re.compile(r"\d{1,2}:\d\d(:\d\d)?")
