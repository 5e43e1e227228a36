"""A promise in words: what was asked, what was found, by how much it is missed, and whether the bar can be what was meant."""

from __future__ import annotations

import numpy as np

from ...promises import PromiseResult, check
from ..words import about, say
from .models import Promise, Range
from .ranges import Floats, defined

FAR = 10.0
"""A bare number this many times today's, or this fraction of it, is questioned."""
SIGNS = {"<=": "at most", ">=": "at least", "<": "less than", ">": "more than"}
MOMENTS = {"end": "at the end", "always": "in every quarter"}


def promise(
    p: PromiseResult, value: Range | None, before: Range | None, change: Range | None, last: str = ""
) -> Promise:
    """A promise, the chance that it holds, its bar, and what was found where it looks, as ranges; `last` is the last year."""
    said = _found(p, value, before, change)
    question = _question(p, before)
    return Promise(
        text=p.promise.text,
        holds_probability=p.probability,
        bar=bar(p, last),
        question=question,
        shown=" ".join(part for part in (f"The bar: {bar(p, last)}.", question, said) if part),
        service=p.promise.service,
        what=p.promise.what,
        arguments=dict(p.promise.arguments),
        comparison=p.promise.comparison,
        value=p.promise.value,
        of_baseline=p.promise.relative,
        when=p.promise.when,
        unit=p.unit,
        plan=value,
        baseline=before,
        change=change,
        holds_without=check(p.promise, p.unit, p.baseline, p.baseline).probability,
        miss=defined(_miss(p)),
    )


def _found(p: PromiseResult, value: Range | None, before: Range | None, change: Range | None) -> str:
    """What was found, in sentences; an index, whose today is 1, as a share of today."""
    if value is None:
        return "It is not defined, so it does not hold."
    if before is None or change is None:
        return f"With the plan: {about(value, p.unit)}."
    if p.unit == "ratio" and before.p5 == before.p95 == 1.0:
        return f"With the plan: {about(value, 'share')} of today's."
    if not (change.mean or change.p5 or change.p95):
        return f"It stays as it is without the plan: {about(value, p.unit)}."
    moved = about(change, "points" if p.unit == "share" else p.unit, signed=True)
    return f"With the plan: {about(value, p.unit)}. Without it: {about(before, p.unit)}. Change: {moved}."


def _miss(p: PromiseResult) -> Floats:
    """How far beyond its bar a promise is in every draw, in its unit: float[draw]."""
    bound = p.promise.value * p.baseline if p.promise.relative else np.full_like(p.value, p.promise.value)
    return p.value - bound if p.promise.comparison in ("<=", "<") else bound - p.value


def bar(p: PromiseResult, last: str = "") -> str:
    """`at least 99% of what it is without the plan, at the end`; `at most 1,200 people, in every quarter`."""
    if p.promise.relative:
        asked = f"{100 * p.promise.value:.10g}% of what it is without the plan"
    else:
        asked = plainly(p.promise.value, p.unit)
    when = MOMENTS.get(p.promise.when, f"in {p.promise.when}") + (
        f" of {last}" if last and p.promise.when == "end" else ""
    )
    return f"{SIGNS[p.promise.comparison]} {asked}, {when}"


def plainly(value: float, unit: str) -> str:
    """A number as it was written, with its unit: nothing is rounded away that a reader could stumble on."""
    if unit.startswith("pounds"):
        return f"£{value:,.10g}{'' if unit == 'pounds' else ' ' + unit.removeprefix('pounds').replace('/', 'a ')}"
    if unit == "share":
        return f"{100 * value:,.10g}%"
    return f"{value:,.10g}" + ("" if unit == "ratio" else f" {unit.replace('/', ' a ')}")


def _question(p: PromiseResult, before: Range | None) -> str | None:
    """Asks whether a bare number is the one that was meant, where it is far from what there is today."""
    today = abs(before.mean) if before is not None else 0.0
    given = abs(p.promise.value)
    if p.promise.relative or not given or not today or today / FAR <= given <= today * FAR:
        return None
    hint = ""
    if before is not None and p.promise.comparison in (">=", ">"):
        share = given if given <= 2 else given / 100
        hint = f" Was {100 * share:.10g}% of baseline meant?" if 0.2 <= share <= 2 else ""
    return f"In question: that is far from the {say(today, p.unit)} without the plan.{hint}"
