"""Measures that can be carried out but hardly can be meant: a fifth for a cut of a fifth, pounds for thousands, hours of a
building that closes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from .. import units
from ..plan import Plan
from ..service import Service
from .as_read import Step, level, money, steps
from .faults import Fault
from .yaml_lines import Document

SMALL = 1_000.0
"""Pounds a year below which no saving is booked that anybody would plan for."""

_LEFT = 0.5
"""A factor below this is more likely to be the cut than what is left."""

_ORDER = 50.0
"""Times today's money, or part of it, that no measure sets: pounds and thousands are a thousand apart."""

_A_POST = 5_000.0
"""Pounds a year saved for each post that goes below which one of the two is a slip: the least a post costs, and judged."""

_YEARS = 50
"""Years of a saving beyond which no one-off cost is paid for it: buildings last about so long."""

_APART = (0.5, 1.5)
"""Share of a change in a budget that is booked; outside, one of the two is a slip, or a reason is missing."""


def check_plausible(document: Document, plan: Plan, services: Mapping[str, Service], faults: list[Fault]) -> None:
    """Warn of measures that can hardly be meant so."""
    found = steps(plan, services)
    if not found:
        mend = "Nothing changes, so there is no verdict."
        faults.append(document.fault(("measures",), "no measure", "at least one", mend, "warning"))
    for i, step in enumerate(found):
        for path, words in (*_scale(document, i, step), *_booked(plan, step), *_closed(step, found)):
            faults.append(document.fault(("measures", i, *path), *words, severity="warning"))
    faults.extend(_target(document, plan))


Doubt = tuple[tuple[str, ...], tuple[str, str, str]]


def _scale(document: Document, i: int, step: Step) -> Iterator[Doubt]:
    """A factor that looks like the size of the cut."""
    m = step.measure
    if m.change != "scale":
        yield from _size(step)
        return
    written = str(document.get(("measures", i, "change", "scale")) or "").strip()
    signed = written[:1] in "+-\u2212" or not written
    if m.amount < _LEFT and not signed:
        percent = written if "%" in written else f"{100 * m.amount:g}%"
        found = f"{written}, which leaves {100 * m.amount:g} in a hundred ({_change(step)})"
        mend = f"For a cut of {percent}, write scale: -{percent}."
        yield ("change",), (found, "what is left, not what is cut", mend)
    elif m.amount > 2:
        found = f"{written}, which is {m.amount:g} times today's ({_change(step)})"
        yield ("change",), (found, "what is left of today's", "Is a percent sign missing?")


def _size(step: Step) -> Iterator[Doubt]:
    """An amount of money set or added that is of another order than today's."""
    before, after = (math.fsum(x.values()) for x in (step.before, step.after))
    if not units.unit(step.lever.unit).dimension.startswith("money") or before <= 0 or after <= 0:
        return
    if not 1 / _ORDER <= after / before <= _ORDER:
        yield ("change",), (_change(step), "an amount of the order of today's", "Check k and m.")


def _change(step: Step) -> str:
    before, after = (math.fsum(x.values()) for x in (step.before, step.after))
    if units.unit(step.lever.unit).dimension.startswith("money"):
        return f"{money(before)} to {money(after)}"
    unit = next(iter(step.before))
    return f"{unit}: {level(step.before[unit], step.lever)} to {level(step.after[unit], step.lever)}"


def _booked(plan: Plan, step: Step) -> Iterator[Doubt]:
    """Money booked that is pounds for thousands, more than the thing costs, or not what the change is."""
    m = step.measure
    if math.isfinite(m.one_off_cost) and 0 < m.one_off_cost < SMALL:
        found = f"a one-off cost of {money(m.one_off_cost)}"
        yield (
            ("one_off_cost",),
            (found, f"{money(SMALL)} or more, or 0", f"Write £{m.one_off_cost:g}k if it is thousands."),
        )
    booked = m.booked_saving
    if not math.isfinite(booked) or booked <= 0:
        return
    if math.isfinite(m.one_off_cost) and booked >= SMALL and m.one_off_cost > _YEARS * booked:
        found = f"a one-off cost of {money(m.one_off_cost)} for {money(booked)} a year booked"
        yield ("one_off_cost",), (found, f"at most {_YEARS} years of the saving", "Check k and m in both.")
    if booked < SMALL:
        mend = f"Write £{booked:g}k if it is thousands."
        yield ("booked_saving",), (f"a saving of {money(booked)} a year", f"{money(SMALL)} or more", mend)
        return
    if m.posts > 0 and booked < _A_POST * m.posts:
        found = f"{m.posts:g} posts fewer for {money(booked)} a year booked"
        yield ("posts",), (found, f"{money(_A_POST)} a year or more for each post", "Check both.")
    cost = _cost(plan, step)
    if cost is not None and booked > 1.05 * cost:
        mend = "Check k and m, and which ids the measure names."
        what = ", ".join(m.where[:3]) + (" and others" if len(m.where) > 3 else "")
        yield (
            ("booked_saving",),
            (f"{money(booked)} a year booked", f"at most what {what} costs, {money(cost)} a year", mend),
        )
        return
    if step.lever.unit != "pounds/year" or step.lever.name == "income":
        return
    less = math.fsum(step.before.values()) - math.fsum(step.after.values())
    if less > 0 and not _APART[0] <= booked / less <= _APART[1]:
        found = f"{money(booked)} a year booked on a change of {money(less)} ({_change(step)})"
        yield ("booked_saving",), (found, "about the change", "Check the change and the saving against each other.")


def _cost(plan: Plan, step: Step) -> float | None:
    """What the units of a measure cost today, gross, where their table says."""
    table = plan.place.instances[step.measure.service].tables.get(step.lever.table)
    column = next((c for c in ("gross_cost", "spend") if table is not None and c in table), None)
    if table is None or column is None or "id" not in table:
        return None
    cost = dict(zip(table.words("id"), table.numbers(column), strict=True))
    pounds = np.array([cost.get(u, np.nan) for u in step.measure.where])
    return float(pounds.sum()) if np.isfinite(pounds).all() and pounds.sum() > 0 else None


def _closed(step: Step, found: Sequence[Step]) -> Iterator[Doubt]:
    """A change to what another measure closes at the same time or before."""
    m = step.measure
    if step.lever.closes:
        return
    for other in found:
        o, shuts = other.measure, other.lever.closes
        both = [u for u in m.where if shuts and o.amount == 0 and o.service == m.service and u in o.where]
        if both and o.end is None and o.start <= m.start + 1e-9:
            shown = f"{m.lever} of {', '.join(both[:3])}, which {o.id} closes"
            yield ("where",), (shown, "what stays open", "It changes nothing there: leave it out, or start it earlier.")


def _target(document: Document, plan: Plan) -> Iterator[Fault]:
    """A target that is pounds for thousands, or a thousand times what is booked."""
    aim = plan.target_saving
    booked = math.fsum(m.booked_saving for m in plan.measures if math.isfinite(m.booked_saving))
    small = any(0 < m.booked_saving < SMALL for m in plan.measures)  # told already, and the cause
    if not math.isfinite(aim) or aim <= 0:
        return
    path = ("target", "saving")
    if aim < SMALL:
        found, mend = f"a target of {money(aim)}", f"Write £{aim:g}k or £{aim:g}m."
        yield document.fault(path, found, f"{money(SMALL)} or more", mend, "warning")
    elif booked > 0 and not small and not 0.02 <= booked / aim <= 50:
        found = f"a target of {money(aim)}, the measures book {money(booked)}"
        yield document.fault(path, found, "amounts of one order", "Check k and m.", "warning")
