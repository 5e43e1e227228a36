"""A promise as it is told: its bar in words, the chance that it holds, and whether the bar can be what was meant."""

from __future__ import annotations

from ...promises import PromiseResult
from ..words import about, say
from .models import Promise, Range

FAR = 10.0
"""A bare number this many times today's, or this fraction of it, is questioned."""
SIGNS = {"<=": "at most", ">=": "at least", "<": "less than", ">": "more than"}
MOMENTS = {"end": "at the end", "always": "in every quarter"}


def promise(p: PromiseResult, value: Range | None, before: Range | None, change: Range | None) -> Promise:
    """A promise, the chance that it holds, its bar, and what was found where it looks, as ranges."""
    said = "It is not defined, so it does not hold."
    if value is not None:
        said = f"With the plan: {about(value, p.unit)}."
        if before is not None and change is not None:
            said += f" Without it: {about(before, p.unit)}. Change: {about(change, p.unit, signed=True)}."
    question = _question(p, before)
    return Promise(
        text=p.promise.text,
        holds_probability=p.probability,
        bar=bar(p),
        question=question,
        shown=" ".join(part for part in (f"The bar: {bar(p)}.", question, said) if part),
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
    )


def bar(p: PromiseResult) -> str:
    """`at least 99% of what it is without the plan, at the end`; `at most 1,200 people, in every quarter`."""
    if p.promise.relative:
        asked = f"{100 * p.promise.value:.10g}% of what it is without the plan"
    else:
        asked = plainly(p.promise.value, p.unit)
    return f"{SIGNS[p.promise.comparison]} {asked}, {MOMENTS.get(p.promise.when, f'in {p.promise.when}')}"


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
