"""Numbers as people say them, rounded as far as their uncertainty allows: "about 4,300 people, 3,600 to 5,100"."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol


class Spread(Protocol):
    """A number with its range of 90 in 100."""

    @property
    def mean(self) -> float:
        """Over all draws."""
        ...

    @property
    def p5(self) -> float:
        """5 in 100 lie below."""
        ...

    @property
    def p95(self) -> float:
        """5 in 100 lie above."""
        ...


Range = Mapping[str, float] | Spread
"""A range of the typed result, or one of its JSON."""

MINUS = "\u2212"
TINY = 1e-9
"""What lies nearer to nil is nil: the last bit of a sum."""


def rounded(value: float, width: float) -> float:
    """`value` to the digit that a range of this width can bear: 4312 within 1,500 is 4300."""
    return float(f"{value / (step := _step(value, width)):.0f}") * step if math.isfinite(value) else value


def number(value: float, width: float = 0.0) -> str:
    """A plain number with thousands separators: `4,300`, `0.85`."""
    step = _step(value, width)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return _signed(f"{abs(rounded(value, width)):,.{decimals}f}", value)


def pounds(value: float, width: float = 0.0) -> str:
    """Money: `£1.42m`, `£410k`, `£4,300`."""
    near = abs(rounded(value, width))
    for size, letter in ((1e9, "bn"), (1e6, "m"), (1e4, "k")):
        if near >= size:
            unit = 1e3 if letter == "k" else size
            decimals = min(2, max(0, -math.floor(math.log10(_step(value, width) / unit) + 1e-9)))
            text = f"{near / unit:,.{decimals}f}"
            exact = letter == "k" and not width > TINY and "." in text
            return _signed(f"£{text.rstrip('0').rstrip('.') if exact else text}{letter}", value)
    return _signed(f"£{near:,.0f}", value)


def percent(value: float, width: float = 0.0) -> str:
    """A share: `34%`; one decimal where it is small and known that well."""
    least = 10.0 if abs(value) >= 0.0995 or value == 0 else 1.0
    return number(100 * value, max(100 * width, least)) + "%"


def chance(probability: float, others: Iterable[float] = ()) -> str:
    """A probability from draws: `86%`, and never quite 0 or 100.

    `over 99%` and `under 1%` are claims: said only where `others`, the same probability counted in other ways, say so too.
    """
    ways = (probability, *others)
    if probability < 0.01:
        return "under 1%" if max(ways) < 0.01 else "1%"
    if probability > 0.99:
        return "over 99%" if min(ways) > 0.99 else "99%"
    return f"{min(max(100 * probability, 1), 99):.0f}%"


def class_chance(verdict: Mapping[str, Any], word: str) -> str:
    """The chance of a class; over 99% only where half and double the tolerance say so too."""
    return chance(verdict[word], [t[word] for t in verdict["tolerance"].values()])


def in_hundred(probability: float) -> str:
    """A probability in words: `in 86 of 100 runs`, `in every run`, `in no run`."""
    if probability in (0.0, 1.0):
        return "in every run" if probability else "in no run"
    n = round(100 * probability)
    return (
        f"in {n} of 100 runs"
        if 0 < n < 100
        else ("in fewer than 1 of 100 runs" if n == 0 else "in over 99 of 100 runs")
    )


def points(value: float, width: float = 0.0) -> str:
    """A difference of two shares, in points: `-0.2`."""
    return number(100 * value, max(100 * width, 0.1))


SAY = {"pounds": pounds, "pounds/year": pounds, "people": number, "share": percent, "ratio": number, "points": points}
COUNTED = ("people", "venues", "programmes")
"""Units of which there is no half: ten or more of them are said whole."""


def say(value: float, unit: str, width: float = 0.0) -> str:
    """A value in its unit, the unit left out where `after(unit)` is to follow."""
    return SAY.get(unit, pounds if unit.startswith("pounds") else number)(value, width)


def after(unit: str) -> str:
    """What follows a number in this unit: ` hours a week`; nothing for money, people, shares and ratios."""
    if unit == "points":
        return " points"
    return (
        "" if unit in SAY else f" {unit.split('/', 1)[-1] if unit.startswith('pounds') else unit}".replace("/", " a ")
    )


def about(r: Range, unit: str = "people", signed: bool = False) -> str:
    """`4,300 (3,600 to 5,100)`: the mean with its range of 90 in 100, or the bare number where there is no range.

    `signed` puts a plus before a rise.
    """
    values = ends(r)
    width = values[2] - values[1]
    if unit in COUNTED and abs(values[0]) >= 9.5:
        values, width = (
            (round(values[0]), round(values[1]), round(values[2])),
            max(width, 10.0) if width > TINY else 0.0,
        )
    if not width > max(1e-6 * abs(values[0]), TINY) or (abs(values[0]) > width and width < _step(values[0], width)):
        return _plus(say(values[0], unit), values[0], signed) + after(unit)
    mean, low, high = (_plus(say(v, unit, width), v, signed) for v in values)
    return f"{mean} ({low} to {high}){after(unit)}" if mean != low or low != high else mean + after(unit)


def ends(r: Range) -> tuple[float, float, float]:
    """Mean, lower and upper end."""
    return (r["mean"], r["p5"], r["p95"]) if isinstance(r, Mapping) else (r.mean, r.p5, r.p95)


def _plus(text: str, value: float, signed: bool) -> str:
    return f"+{text}" if signed and value > 0 and any(c in "123456789" for c in text) else text


def change(r: Range, nouns: str) -> str:
    """`310 fewer people supported (80 to 540)`; `12 more users (from 5 fewer to 30 more)`; `no fewer or more users`.

    `nouns` is what is counted, in the plural.
    """
    mean, low, high = (_whole(v, ends(r)) for v in ends(r))
    if not (mean or low or high):
        return f"no fewer or more {nouns}"
    noun = singular(nouns) if abs(mean) == 1 else nouns
    text = f"{number(abs(mean))} {'fewer' if mean < 0 else 'more'} {noun}" if mean else f"about as many {nouns}"
    if low == high:
        return text
    if low < 0 < high:
        return f"{text} (from {number(-low)} fewer to {number(high)} more)"
    near, far = sorted((abs(low), abs(high)))
    return f"{text} ({number(near)} to {number(far)})"


def _whole(value: float, of: tuple[float, float, float]) -> float:
    """A count to the digit that its range can bear, and never a part of one."""
    return float(round(rounded(value, max(of[2] - of[1], 10.0))))


def singular(nouns: str) -> str:
    """`people supported` as `person supported`, `users` as `user`; what cannot be told stays as it is."""
    first, _, rest = nouns.partition(" ")
    one = "person" if first == "people" else first[:-1] if first.endswith("s") and not first.endswith("ss") else first
    return f"{one} {rest}" if rest else one


def and_list(words: Sequence[str]) -> str:
    """`a, b and c`."""
    return ", ".join(words[:-1]) + f" and {words[-1]}" if len(words) > 1 else "".join(words)


def count(n: int, noun: str) -> str:
    """`1 venue`, `12 venues`."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def _step(value: float, width: float) -> float:
    """The smallest power of ten worth printing: a tenth of a range at most, and never more than three digits."""
    if abs(value) < TINY:
        value = 0.0
    if width > TINY:
        step = float(10.0 ** math.floor(math.log10(width / 10) + 1e-9))
        return max(step, float(10.0 ** (math.floor(math.log10(abs(value))) - 2))) if value else step
    if value == 0 or (abs(value) < 1000 and float(value).is_integer()):
        return 1.0
    return float(10.0 ** (math.floor(math.log10(abs(value))) - 2))


def _signed(text: str, value: float) -> str:
    """A minus sign before what is below nil, unless it rounds to nil."""
    return MINUS + text if value < 0 and any(c in "123456789" for c in text) else text
