"""The list of units: reading numbers as people write them, converting, refusing silent mixing.

A unit is a name from `UNITS`, which a service of one's own may add to (`declare`). Two units convert into each other when they
share a dimension; anything else raises `UnitError`, because a number in the wrong unit is worse than no number.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass


class UnitError(ValueError):
    """A number could not be read in the unit that was expected; the message says what would have been."""


@dataclass(frozen=True)
class Unit:
    """A unit of measure: `factor` turns one of it into the first unit of its dimension."""

    name: str
    dimension: str
    factor: float
    meaning: str
    words: tuple[str, ...] = ()


_TABLE = (
    # name, dimension, factor, meaning, words people write for it
    ("ratio", "number", 1.0, "a plain number", ()),
    ("share", "share", 1.0, "a part of a whole, 0 to 1", ()),
    ("percent", "share", 0.01, "a part of a whole, in hundredths", ("%", "per cent")),
    ("elasticity", "number", 1.0, "per cent change for one per cent change", ()),
    ("pounds", "money", 1.0, "pounds sterling", ("gbp",)),
    ("pounds/year", "money/time", 1.0, "pounds a year", ("a year", "per year", "/year", "p.a.", "pa", "per annum")),
    ("pounds/week", "money/week", 1.0, "pounds a week", ("a week", "per week", "/week")),
    ("pounds/hour", "money/hour", 1.0, "pounds an hour", ("an hour", "per hour", "/hour")),
    ("pounds/visit", "money/visit", 1.0, "pounds a visit", ("a visit", "per visit", "/visit")),
    ("pounds/post", "money/post", 1.0, "pounds a post", ("a post", "per post", "/post")),
    ("people", "people", 1.0, "people", ("persons", "residents", "users")),
    ("people/year", "people/time", 1.0, "people a year", ()),
    ("visits/year", "visits/time", 1.0, "visits a year", ("visits", "visits a year")),
    ("visits/person/year", "visits/person/time", 1.0, "visits a person a year", ()),
    ("posts", "posts", 1.0, "full-time equivalent posts", ("fte", "post")),
    ("venues", "venues", 1.0, "buildings open to the public", ()),
    ("quarters", "time", 0.25, "quarters of a year", ("quarter",)),
    ("years", "time", 1.0, "years", ("year",)),
    ("months", "time", 1 / 12, "months", ("month",)),
    ("weeks", "time", 1 / 52.1775, "weeks", ("week",)),
    ("minutes", "travel time", 1.0, "minutes of travel, one way", ("mins", "min", "minute")),
    ("hours", "travel time", 60.0, "hours", ("hour", "hrs")),
    ("hours/week", "hours/time", 1.0, "hours a week", ("hours a week", "hours per week", "hrs/week", "hours")),
    ("hours/year", "hours/time", 1 / 52.1775, "hours a year", ("hours a year", "hours per year")),
    ("km", "distance", 1.0, "kilometres", ("kilometres",)),
    ("metres", "distance", 0.001, "metres", ("m",)),
    ("km/hour", "speed", 1.0, "kilometres an hour", ("kph", "km/h")),
    ("per pound", "1/money", 1.0, "for each pound", ()),
    ("per minute", "1/travel time", 1.0, "for each minute", ()),
    ("per year", "1/time", 1.0, "for each year", ()),
    ("utility", "utility", 1.0, "points on the scale of the choice model", ()),
    ("score", "score", 1.0, "points on a stated scale", ()),
    ("decile", "decile", 1.0, "tenth of England's areas, 1 the most deprived", ()),
    ("switch", "switch", 1.0, "0 for no, 1 for yes", ()),
    ("choice", "choice", 1.0, "one of a list", ()),
)
UNITS: dict[str, Unit] = {row[0]: Unit(*row) for row in _TABLE}


LARGEST = 1e15
"""The largest number that anything can be: ten times what the whole world earns in a year, in pounds."""

_YES = {"yes", "true", "on", "open", "1"}
_NO = {"no", "false", "off", "closed", "0"}
_MULTIPLIERS = {"k": 1e3, "m": 1e6, "bn": 1e9, "thousand": 1e3, "million": 1e6, "billion": 1e9}
_NUMBER = re.compile(
    r"^(?P<sign>[-+\u2212]?)\s*£?\s*(?P<sign2>[-+\u2212]?)(?P<digits>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+\.?[0-9]*|\.[0-9]+)"
    r"(?P<exponent>[eE][-+]?[0-9]+)?\s*(?P<multiplier>bn|billion|million|thousand|[kKmM](?![a-zA-Z]))?\s*(?P<words>.*)$"
)


def declare(new: Unit) -> Unit:
    """Add a unit that a service of one's own needs, before its tables and assumptions name it.

    Declaring the same once more is no harm. Raises `UnitError` where its name, or a word that people write for it, means
    another unit of its dimension or any name there is.
    """
    if UNITS.get(new.name, new) != new:
        raise UnitError(f"the unit {new.name!r} is declared already, as {UNITS[new.name].meaning}")
    if not (math.isfinite(new.factor) and new.factor > 0):
        raise UnitError(f"the unit {new.name!r} has a factor of {new.factor}, expected one above 0")
    for other in UNITS.values():
        names = {other.name} | (set(other.words) if other.dimension == new.dimension else set())
        if other != new and (taken := names & {new.name, *new.words}):
            raise UnitError(f"the unit {new.name!r} would be written {sorted(taken)[0]!r}, which means {other.name}")
    UNITS[new.name] = new
    return new


def unit(name: str) -> Unit:
    """The unit called `name`; raises `UnitError` naming those there are when there is none."""
    if name not in UNITS:
        raise UnitError(f"there is no unit {name!r}; the units are {', '.join(UNITS)}")
    return UNITS[name]


def convert(value: float, source: str, target: str) -> float:
    """`value` in unit `source` expressed in unit `target`; raises `UnitError` across dimensions."""
    a, b = unit(source), unit(target)
    if a.dimension != b.dimension:
        raise UnitError(f"{source} ({a.dimension}) cannot become {target} ({b.dimension})")
    return value * a.factor / b.factor


def parse(text: str | float | int, expected: str) -> float:
    """Read a number as people write it (`£1.2m`, `410k`, `-20%`, `18 hours/week`) in the unit `expected`.

    Returns a finite float in that unit. Raises `UnitError` with what was found and what would be read.
    """
    target = unit(expected)
    if isinstance(text, bool):
        text = "yes" if text else "no"
    if isinstance(text, int | float):
        return _finite(float(text), text, target)
    written = text.strip()
    if target.dimension == "switch" and written.lower() in _YES | _NO:
        return 1.0 if written.lower() in _YES else 0.0
    match = _NUMBER.match(written)
    if match is None or (match["sign"] and match["sign2"]):
        raise UnitError(f"found {written!r}, expected {_describe(target)}{_letter_hint(written)}")
    value = float(match["digits"].replace(",", "") + (match["exponent"] or ""))
    value *= _MULTIPLIERS.get((match["multiplier"] or "").lower(), 1.0)
    if "-" in (signs := match["sign"] + match["sign2"]) or "\u2212" in signs:
        value = -value
    if "£" in written and not target.dimension.startswith("money"):
        raise UnitError(f"found {written!r}, which is money; expected {_describe(target)}")
    return _finite(_in_words(value, match["words"].strip().lower(), target, written), written, target)


def is_signed_percent(text: object) -> bool:
    """Whether `text` is a change such as `-20%` or `+5%` (a share of what is there, not a level)."""
    return isinstance(text, str) and bool(re.match(r"^\s*[-+\u2212]\s*[\d.,]+\s*(%|per cent)\s*$", text))


def _in_words(value: float, words: str, target: Unit, written: str) -> float:
    """Apply the unit people wrote after a number; an unknown or foreign one is refused."""
    if not words or words == target.name or words in target.words:
        return value
    if words in ("%", "per cent", "percent"):
        if target.dimension in ("share", "number"):
            return value / 100 / target.factor
        raise UnitError(f"found {written!r}, a percentage; expected {_describe(target)}")
    named = [u for u in UNITS.values() if words == u.name or words in u.words]
    for found in named:
        if found.dimension == target.dimension:
            return value * found.factor / target.factor
    raise UnitError(f"found {written!r}, expected {_describe(target)}{_letter_hint(written)}")


def _finite(value: float, written: object, target: Unit) -> float:
    if not math.isfinite(value):
        raise UnitError(f"found {written!r}, expected {_describe(target)}, and a finite one")
    if abs(value) > LARGEST:
        raise UnitError(f"found {written!r}, expected {_describe(target)}, and none beyond {LARGEST:.0e}")
    return value


def _describe(target: Unit) -> str:
    meaning = f" ({target.meaning})" if target.name != target.meaning else ""
    return f"a number in {target.name}{meaning}"


def _letter_hint(written: str) -> str:
    """Point at the usual slip of the finger: a letter O or l standing in a number."""
    if re.fullmatch(r"[\d.,OolI]+", written) and re.search(r"\d", written):
        letters = sorted(set(re.findall(r"[OolI]", written)))
        return f". Is that a letter {letters[0]}?" if letters else ""
    return ""
