"""Two plans, or two versions of a place, as text, data and rows: what differs, by how much, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compare import Comparison, Result
from ..service import Shown
from .content.ranges import plain_spread as spread
from .words import about, chance, pounds
from .wrapping import columns, wrap

Json = dict[str, Any]
Floats = NDArray[np.float64]

LONGEST = 16
"""Letters of a name that a table has room for."""


def shown(c: Comparison, names: tuple[str, str]) -> Shown:
    """All of it as text of at most 80 columns, data, and a row a difference; `names` are what the two are called."""
    names = (names[0][:LONGEST], names[1][:LONGEST])
    invented = " (an invented place)" if c.first.place.invented else ""
    lines = wrap(f"{names[1]} against {names[0]}: {c.first.place.name}{invented}, {c.year}, over {c.draws:,} runs")
    lines.append("")
    if not c.differences:
        return Shown("\n".join([*lines, "Nothing differs."]) + "\n", _data(c, names), [])
    planned = bool(c.first.measures or c.second.measures)
    lines += [*(_plans(c, names) if planned else []), *_today(c, names), "", *_why(c, planned=planned)]
    return Shown("\n".join(lines) + "\n", _data(c, names), _rows(c))


def _plans(c: Comparison, names: tuple[str, str]) -> list[str]:
    """What the two plans save, take away, and the verdict."""
    a, b = c.results
    head = ("a year", *names, "difference")
    body = [
        (label, pounds(x.mean()), pounds(y.mean()), about(spread(y - x), "pounds", signed=True))
        for label, x, y in (("saved", a.saving, b.saving), ("service taken away", a.taken, b.taken))
    ]
    words, chances = (r.word for r in c.results), (chance(r.chance[r.word]) for r in c.results)
    return [*columns(head, [*body, ("word", *words, ""), ("its chance", *chances, "")]), ""]


def _today(c: Comparison, names: tuple[str, str]) -> list[str]:
    """What differs of services as they are without any plan; empty where nothing does."""
    body = []
    for s in c.appraisals[1].services:
        old = next((o for o in c.appraisals[0].services if o.instance.name == s.instance.name), None)
        if old is None:
            continue
        for label, key, unit in (("costs", "gross_cost0", "pounds"), (s.nouns[1], "served0", "people")):
            x, y = (r.yearly[key][:, 0].mean() for r in (old, s))
            if abs(y - x) > 1e-6 * max(abs(x), 1.0):
                say = pounds if unit == "pounds" else lambda v: f"{v:,.0f}"
                body.append((f"{s.instance.title}: {label}", say(x), say(y), say(y - x)))
    return (
        columns(("without a plan, first year", *names, "difference"), body)
        if body
        else ["Without a plan both are alike."]
    )


def _why(c: Comparison, *, planned: bool) -> list[str]:
    """Every difference, with what it brings by itself."""
    lines, a = ["What differs, and what each brings by itself"], c.results[0]
    for d, r in c.differences:
        lines += wrap(f"{d.kind} {d.name}: {d.words}" if d.kind != d.name else d.words, "  ", "    ")
        if planned:
            lines += wrap(_effect(a, r) if d.kind != "target" else "changes no result", "    ")
    if planned:
        lines += ["", *wrap(_interplay(c))]
    return lines


def _effect(a: Result, r: Result | None) -> str:
    if r is None:
        return "cannot be tried by itself: it is counted as interplay"
    saved, taken = r.saving - a.saving, r.taken - a.taken
    shift = r.chance[a.word] - a.chance[a.word]
    moved = (
        f"; chance of {a.word} {chance(a.chance[a.word])} to {chance(r.chance[a.word])}" if abs(shift) >= 0.005 else ""
    )
    if not (np.abs(saved).max() > 1 or np.abs(taken).max() > 1 or moved):
        return "changes nothing"
    return f"saves {_more(saved)}, takes away {_more(taken)}{moved}"


def _more(values: Floats) -> str:
    """`£1.2m (£0.8m to £1.6m) more`."""
    mean = float(values.mean())
    if np.abs(values).max() <= 1:
        return "the same"
    return f"{about(spread(values if mean >= 0 else -values), 'pounds')} {'more' if mean >= 0 else 'less'}"


def _interplay(c: Comparison) -> str:
    a, b = c.results
    alone = [r for _, r in c.differences if r is not None]
    rest = [
        float((getattr(b, k) - getattr(a, k)).mean())
        - sum(float((getattr(r, k) - getattr(a, k)).mean()) for r in alone)
        for k in ("saving", "taken")
    ]
    return f"Interplay between them: {pounds(rest[0])} of what is saved, {pounds(rest[1])} of what is taken away."


def _result(r: Result) -> Json:
    return {"saving": spread(r.saving), "taken": spread(r.taken), "word": r.word, "chance": dict(r.chance)}


def _data(c: Comparison, names: tuple[str, str]) -> Json:
    a, b = c.results
    return {
        "first": {"name": names[0], **_result(a)},
        "second": {"name": names[1], **_result(b)},
        "change": {"saving": spread(b.saving - a.saving), "taken": spread(b.taken - a.taken)},
        "year": c.year,
        "draws": c.draws,
        "seed": c.seed,
        "differences": [
            {"kind": d.kind, "name": d.name, "words": d.words, "alone": None if r is None else _change(a, r)}
            for d, r in c.differences
        ],
    }


def _change(a: Result, r: Result) -> Mapping[str, Any]:
    return {"saving": spread(r.saving - a.saving), "taken": spread(r.taken - a.taken), "chance": dict(r.chance)}


def _rows(c: Comparison) -> list[Json]:
    a = c.results[0]
    return [
        {"kind": d.kind, "name": d.name, "differs": d.words}
        | {
            f"{k}_{q}": None if r is None else spread(getattr(r, k) - getattr(a, k))[q]
            for k in ("saving", "taken") for q in ("mean", "p5", "p95")
        }
        for d, r in c.differences
    ]  # fmt: skip
