"""The plan said back: what each measure is taken to do, with what stands there today, so that a slip of the pen is seen."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .. import units
from ..plan import UNIT_COST, Lever, Measure, Plan
from ..service import Service
from .dates import MONTHS

_SHOWN = 3
_ADDED = ("money/time", "money", "people", "people/time", "visits/time", "posts")
"""Dimensions whose levels are added up over the units of a measure; of others the levels are named."""


@dataclass(frozen=True)
class Step:
    """One measure at full effect: its lever and, by unit, the level before it and after it."""

    measure: Measure
    lever: Lever
    before: Mapping[str, float]
    after: Mapping[str, float]


def steps(plan: Plan, services: Mapping[str, Service]) -> list[Step]:
    """Every measure laid over today's levels in the plan's order; `services` holds the service of every instance."""
    levels: dict[tuple[str, str, str], float] = {}
    found = []
    for m in plan.measures:
        lever, today = today_of(plan, m, services[m.service])
        before = {u: levels.get((m.service, m.lever, u), today.get(u, 1.0)) for u in m.where}
        after = {u: {"set": m.amount, "scale": b * m.amount, "add": b + m.amount}[m.change] for u, b in before.items()}
        levels |= {(m.service, m.lever, u): level for u, level in after.items()}
        found.append(Step(m, lever, before, after))
    return found


def today_of(plan: Plan, m: Measure, service: Service) -> tuple[Lever, dict[str, float]]:
    """The lever of a measure, and today's level of each of its units."""
    if m.lever == UNIT_COST.name:
        return UNIT_COST, {}
    instance = plan.place.instances[m.service]
    lever = next(entry for entry in service.levers if entry.name == m.lever)
    values = service.baseline(plan.place, instance)[m.lever]
    return lever, dict(zip(service.units(plan.place, instance, m.lever), map(float, values), strict=True))


def as_read(plan: Plan, services: Mapping[str, Service]) -> list[str]:
    """A sentence a measure: what it moves, from what to what, from when, and what it books."""
    return [_sentence(plan, step, services[step.measure.service]) for step in steps(plan, services)]


def _sentence(plan: Plan, step: Step, service: Service) -> str:
    m = step.measure
    booked = f"; books {money(m.booked_saving)} a year" if math.isfinite(m.booked_saving) else "; books nothing"
    return f"{m.id}: {m.service}, {_what(plan, step, service)}, from {when(plan, m.start)}{_phase(m)}{booked}"


def _what(plan: Plan, step: Step, service: Service) -> str:
    """The levels before and after, in words."""
    m, lever = step.measure, step.lever
    one = f" of {m.where[0]}" if len(m.where) == 1 and m.where != ("all",) else ""
    many = (
        ""
        if len(m.where) == 1
        else f" of {len(m.where)} ({', '.join(m.where[:_SHOWN])}{', ...' if len(m.where) > _SHOWN else ''})"
    )
    name = f"{lever.name.replace('_', ' ')}{one}{many}"
    if lever.unit == "choice":
        return f"{name}: to {service.choices(plan.place, plan.place.instances[m.service], m.lever)[int(m.amount)]}"
    if units.unit(lever.unit).dimension in _ADDED:
        before, after = (math.fsum(x.values()) for x in (step.before, step.after))
        together = " together" if len(m.where) > 1 else ""
        return f"{name}: {level(before, lever)} to {level(after, lever)}{together}"
    pairs = list(dict.fromkeys((step.before[u], step.after[u]) for u in m.where))
    said = [f"{level(a, lever)} to {level(b, lever)}" for a, b in pairs[:_SHOWN]]
    return f"{name}: {', '.join(said)}{' and others' if len(pairs) > _SHOWN else ''}"


def level(value: float, lever: Lever) -> str:
    """A level in the lever's unit, as people say it."""
    if lever.unit == "switch":
        words = ("closed", "open") if lever.closes else ("no", "yes")
        return words[int(value > 0.5)]
    word = next((w for w, v in lever.words.items() if math.isclose(v, value)), None)
    if word is not None:
        return word
    dimension = units.unit(lever.unit).dimension
    if dimension == "share":
        return f"{100 * value:.3g}%"
    if dimension.startswith("money"):
        per = {"money/time": " a year", "money/visit": " a visit", "money/week": " a week", "money/hour": " an hour"}
        pence = f"£{value:,.2f}" if dimension in ("money/visit", "money/hour") else money(value)
        return pence + per.get(dimension, "")
    if lever.unit == "ratio":
        return "as today" if math.isclose(value, 1.0) else f"{100 * value:.3g}% of today's"
    return f"{value:,.4g} {units.unit(lever.unit).meaning}"


def money(pounds: float) -> str:
    """`£900k`, `£1.25m`, `£210`."""
    if not math.isfinite(pounds):
        return "an amount that is not known"
    sign, size = "-" if pounds < 0 else "", abs(pounds)
    for step, letter in ((1e9, "bn"), (1e6, "m"), (1e4, "k")):
        if size >= step:
            return f"{sign}£{size / (1000 if letter == 'k' else step):.4g}{letter}"
    return f"{sign}£{size:,.0f}"


def when(plan: Plan, quarters: float) -> str:
    """The month that a number of quarters from the calendar's start falls in: `Apr 2027`."""
    c = plan.place.calendar
    months = c.year * 12 + c.month - 1 + int(np.floor(3 * quarters + 1e-9))
    return f"{MONTHS[months % 12][:3].capitalize()} {months // 12}"


def _phase(m: Measure) -> str:
    if m.phase > 0:
        return f" over {m.phase * 3:g} months"
    return ""
