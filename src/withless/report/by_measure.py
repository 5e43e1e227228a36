"""The measures that save or take away most, in a short table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .words import MINUS, pounds
from .wrapping import columns

Json = dict[str, Any]

SHORT = 6
"""Measures that the short table shows."""
TRIFLE = 1_000.0
"""Pounds a year below which nothing is said to be saved."""


def short(found: Sequence[Json]) -> list[str]:
    """The measures that save or take away most, for the summary of an assessment: `by_measure` of a result."""
    if not found:
        return []
    first = sorted(found, key=lambda r: -max(abs(r["saves"]["mean"]), abs(r["takes_away"]["mean"])))[:SHORT]
    head = ("  measure", "saves", "takes away", "in each £", "moves")
    body = [(f"  {r['id']}", mean(r["saves"]), mean(r["takes_away"]), pence(r), mean(r["moves"])) for r in first]
    more = len(found) - len(first)
    rest = f"  {more} more, and what each is said to be: withless measures."
    return ["Measure by measure, a year", *columns(head, body), *([rest] if more else [])]


def mean(r: Mapping[str, float]) -> str:
    """A mean in pounds, as far as its range bears it."""
    return pounds(r["mean"], r["p95"] - r["p5"])


def pence(r: Json) -> str:
    """Service taken away in each pound that a measure saves; a dash where it saves nothing."""
    saved = r["saves"]["mean"]
    found = 100 * r["takes_away"]["mean"] / saved if saved > TRIFLE else 0.0
    return f"{found:.0f}p".replace("-", MINUS) if saved > TRIFLE else "-"
