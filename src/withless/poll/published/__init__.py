"""Polls of which only published figures are known: what their base allows, and what two margins say of a pair of answers.

The joint share of two answers with shares a and b lies from max(0, a + b - 1) to min(a, b): bounds of Hoeffding and
Frechet. Nothing narrower follows from the two shares alone.
"""

from __future__ import annotations

import math
import tomllib
from importlib.resources import files
from typing import Any

from ... import __version__
from ..estimates import quantile

Json = dict[str, Any]

NAMES = ("ipsos-2011", "ipsos-2013")
CAUTION = (
    "How leaders were drawn, and how answers were weighted, is not known here. Ranges are what chance alone would give a "
    "simple random sample of this size; the true ones are hardly narrower."
)
KNOWN = {"published": "published by the pollster", "press": "known from the press only"}


def content(name: str) -> Json:
    """A published poll as a plain dictionary; raises LookupError for a name that is not there."""
    if name not in NAMES:
        raise LookupError(f"there is no poll {name!r}; there is {', '.join(NAMES)}")
    given = tomllib.loads((files(__package__) / f"{name}.toml").read_text(encoding="utf-8"))
    figures = [_figure(f, given) for f in given["figure"]]
    return {
        "version": "1",
        "withless": __version__,
        "kind": "published",
        **{
            k: given[k]
            for k in ("id", "title", "by", "fieldwork", "universe", "method", "size", "size_words", "source")
        },
        "caution": CAUTION,
        "figures": figures,
        "pair": _pair(given["pair"], {f["id"]: f for f in figures}),
    }


def _figure(f: Json, poll: Json) -> Json:
    share = f.get("share")
    low, high = simple(share, int(f.get("part_size") or poll["size"])) if share is not None else (None, None)
    return {
        "id": f["id"],
        "question": f["question"],
        "short": f.get("short", f["question"]),
        "answer": f["answer"],
        "share": share,
        "words": f.get("words", ""),
        "low": low,
        "high": high,
        "base": f.get("part", f"all {poll['size_words']}"),
        "part": "part" in f,
        "known": f["known"],
        "source": f.get("source", poll["source"]),
        "doubt": f.get("doubt", ""),
        "about": f.get("about"),
    }


def simple(share: float, size: int, level: float = 0.95) -> tuple[float, float]:
    """Wilson's interval of a share in a simple random sample (Journal of the American Statistical Association 22, 1927)."""
    z = quantile(level, math.inf)
    middle = (share + z**2 / (2 * size)) / (1 + z**2 / size)
    half = z / (1 + z**2 / size) * math.sqrt(share * (1 - share) / size + z**2 / (4 * size**2))
    return middle - half, middle + half


def bounds(a: float, b: float) -> tuple[float, float]:
    """The smallest and largest share that can hold two answers at once, given their shares."""
    return max(0.0, a + b - 1), min(a, b)


def _pair(pair: Json, figures: dict[str, Json]) -> Json:
    """The two-way table of a pair of answers: each cell's bounds, alone and with the error of the shares."""
    first, second = figures[pair["first"]], figures[pair["second"]]
    a, b = first["share"], second["share"]
    cells = [
        {"row": row, "column": column, **_cell(*args)}
        for row, column, args in (
            (pair["says"], pair["and"], (first, second, False, False)),
            (pair["says"], f"do not say that they {pair['and']}", (first, second, False, True)),
            (f"do not {pair['says']}", pair["and"], (first, second, True, False)),
            (f"do not {pair['says']}", f"do not say that they {pair['and']}", (first, second, True, True)),
        )
    ]
    low, high = bounds(a, b)
    words = (
        f"{100 * a:.0f}% {pair['says']} and {100 * b:.0f}% {pair['and']}. From these two figures alone, {_percent(low)} to "
        f"{_percent(high)} do both at once. "
        "So the two answers need not contradict each other, and how many hold both is not known."
    )
    if first["part"] != second["part"]:
        words += " The two shares have different bases; the table takes them as if they were of the same people."
    return {"rows": [pair["says"], f"do not {pair['says']}"], "columns": [pair["and"], f"do not say that they {pair['and']}"],
            "shares": [a, b], "cells": cells, "words": words}  # fmt: skip


def _cell(first: Json, second: Json, not_first: bool, not_second: bool) -> Json:
    def side(f: Json, flip: bool) -> tuple[float, float, float]:
        return (1 - f["share"], 1 - f["high"], 1 - f["low"]) if flip else (f["share"], f["low"], f["high"])

    (a, al, ah), (b, bl, bh) = side(first, not_first), side(second, not_second)
    low, high = bounds(a, b)
    return {"low": low, "high": high, "widest_low": bounds(al, bl)[0], "widest_high": bounds(ah, bh)[1]}


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"
