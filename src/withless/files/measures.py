"""One measure of a plan against its place: its service, its lever, the units it moves, by how much, when, for what."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from .. import units
from ..plan import UNIT_COST, Lever, Measure, Plan
from ..service import Service
from .documents import MeasureSection
from .faults import Fault, has_errors, one_of, quoted, suggestion
from .instances import ReadInstance
from .tables import plain_name
from .where import Known, Path_, picked
from .wording import a_number, a_number_in, hint
from .yaml_lines import Document

MOST_SCALE = 10.0
"""The largest change by a factor that is believed; beyond it a percent sign was probably forgotten."""


def read_measure(known: Known, number: int, section: MeasureSection, faults: list[Fault]) -> Measure | None:
    """A measure checked against its place; None where anything in it is wrong."""
    before = len(faults)
    path: Path_ = ("measures", number)
    read = known.service((*path, "service"), section.service, faults)
    start, end = _dates(known, path, section, faults)
    if section.booked_saving < 0:
        mend = "A measure that costs money books a negative saving; check the sign."
        found = quoted(known.document.get((*path, "booked_saving")))
        faults.append(known.document.fault((*path, "booked_saving"), found, "a saving above 0", mend, "warning"))
    lever = _lever(known, path, section, read, faults) if read is not None else None
    if read is None or lever is None:
        return None
    where = picked(known, (*path, "where"), section.where, lever, read, faults)
    amount = _amount(known, path, section.change, lever, read, faults) if section.change is not None else None
    if where is None or amount is None or section.change is None or has_errors(faults[before:]):
        return None
    return Measure(
        id=section.id,
        title=section.title or section.id,
        service=section.service,
        lever=section.lever,
        where=where,
        change=section.change[0],
        amount=amount,
        start=start,
        end=end,
        phase=section.phase,
        booked_saving=section.booked_saving,
        one_off_cost=section.one_off_cost,
        posts=section.posts,
        evidence=section.evidence,
        source=section.source,
    )


def check_booked(known: Known, sections: Sequence[MeasureSection], faults: list[Fault]) -> None:
    """Tell savings larger than the budget they come from, one by one or together."""
    for read in known.read.instances:
        name, budget = read.name, read.section.budget
        booked = {i: s.booked_saving for i, s in enumerate(sections) if s.service == name and s.booked_saving > 0}
        too_much = [i for i, amount in booked.items() if amount > budget]
        expected = f"at most the budget of {name}, £{budget:,.0f} a year"
        for i in too_much:
            mend = "Check k and m, and the budget in place.yaml."
            known.tell(faults, ("measures", i, "booked_saving"), expected, mend)
        total = math.fsum(booked.values())
        if total > budget and not too_much:
            found = f"£{total:,.0f} a year booked on {name} by {len(booked)} measures"
            mend = "Savings booked together are more than the service costs."
            known.tell(faults, ("measures",), expected, mend, found)


def check_with_services(document: Document, plan: Plan, services: Mapping[str, Service], faults: list[Fault]) -> None:
    """Tell what each service of `services` (one an instance) finds wrong with the plan's measures on it."""
    at = {m.id: i for i, m in enumerate(plan.measures)}
    for name, instance in plan.place.instances.items():
        service, measures = services[name], plan.of(name)
        if not measures:
            continue
        for p in service.plan_problems(plan.place, instance, measures):
            path = ("measures", at[p.measure_id], "change")
            faults.append(document.fault(path, p.found, p.expected, p.mend, p.severity))


def _dates(known: Known, path: Path_, section: MeasureSection, faults: list[Fault]) -> tuple[float, float | None]:
    """Start and end in quarters from the calendar's start."""
    if section.start is not None and section.end is not None and section.end <= section.start:
        known.tell(faults, (*path, "end"), f"a date after the start, {section.start:%d/%m/%Y}")
    if known.read.calendar is None or section.start is None:
        return 0.0, None
    calendar = known.read.calendar
    start = calendar.offset(section.start.year, section.start.month, section.start.day)
    end = calendar.offset(section.end.year, section.end.month, section.end.day) if section.end is not None else None
    first, last = calendar.quarter_labels[0], calendar.quarter_labels[-1]
    if not 0 <= start < calendar.quarters:
        expected = f"a date in the calendar of the place, from {first} to the quarter that starts {last}"
        known.tell(faults, (*path, "start"), expected)
    elif start + section.phase > calendar.quarters and (end is None or end > calendar.quarters):
        found = f"a phase of {section.phase:g} quarters that ends after the calendar"
        mend = "Its full effect is never seen: lengthen the calendar to see it."
        faults.append(known.document.fault((*path, "phase"), found, "an end within it", mend, "warning"))
    return start, end


def _lever(known: Known, path: Path_, section: MeasureSection, read: ReadInstance, faults: list[Fault]) -> Lever | None:
    """The lever that a measure moves; None where the service has no such one."""
    if read.service is None or not section.lever:
        return None
    levers = {lever.name: lever for lever in (*read.service.levers, UNIT_COST)}
    if section.lever not in levers:
        expected = f"a lever of {read.service.kind}: {one_of(levers)}"
        known.tell(faults, (*path, "lever"), expected, suggestion(section.lever, levers))
    return levers.get(section.lever)


def _amount(
    known: Known,
    path: Path_,
    change: tuple[str, str],
    lever: Lever,
    read: ReadInstance,
    faults: list[Fault],
) -> float | None:
    """What a change does, in the lever's unit (scale: a ratio); None where it is wrong."""
    how, written = change
    path = (*path, "change", how) if known.document.get((*path, "change", how)) is not None else (*path, "change")
    if lever.unit in ("choice", "switch") and how != "set":
        known.tell(faults, path, f"set: {lever.name} is not a quantity", found=quoted(how))
        return None
    if lever.unit == "choice":
        words = known.choices(read, lever.name)
        return None if words is None else _word(known, path, written, words, faults)
    if how == "scale":
        return _scale(known, path, written, faults)
    return _level(known, path, written, how, lever, faults)


def _word(known: Known, path: Path_, written: str, choices: Sequence[str], faults: list[Fault]) -> float | None:
    """The number of a word in the lever's list."""
    spelling = {plain_name(c): i for i, c in enumerate(choices)}
    if plain_name(written) in spelling:
        return float(spelling[plain_name(written)])
    known.tell(faults, path, one_of(choices, 8), suggestion(written, choices))
    return None


def _level(known: Known, path: Path_, written: str, how: str, lever: Lever, faults: list[Fault]) -> float | None:
    """A number to set or add, in the lever's unit, or a word for one; a level that is set lies within the lever's bounds."""
    if how == "set" and lever.words and not written[:1].isdigit():
        return _named(known, path, written, lever, faults)
    try:
        amount = units.parse(written, lever.unit)
    except units.UnitError:
        mend = f"Write scale: {written}" if units.is_signed_percent(written) else hint(written, lever.unit)
        expected = a_number(lever) if how == "set" else a_number_in(lever.unit)
        known.tell(faults, path, expected, mend)
        return None
    whole = lever.unit != "switch" or amount in (0.0, 1.0)
    if how == "set" and not (lever.low <= amount <= lever.high and whole):
        signed = lever.unit == "ratio" and units.is_signed_percent(written)
        known.tell(faults, path, a_number(lever), f"Did you mean scale: {written}?" if signed else "")
        return None
    return amount


def _named(known: Known, path: Path_, written: str, lever: Lever, faults: list[Fault]) -> float | None:
    """The number behind one of a lever's words."""
    words = {plain_name(word): value for word, value in lever.words.items()}
    if plain_name(written) in words:
        return words[plain_name(written)]
    expected = f"{one_of(list(lever.words))}, or {a_number(lever)}"
    known.tell(faults, path, expected, suggestion(written, lever.words))
    return None


def _scale(known: Known, path: Path_, written: str, faults: list[Fault]) -> float | None:
    """A factor: 0.95, 95% and -5% all leave 95 in a hundred."""
    expected = f"a factor from 0 to {MOST_SCALE:g}, such as 0.95, 95% or -5%"
    try:
        amount = units.parse(written, "ratio")
    except units.UnitError:
        known.tell(faults, path, expected, hint(written, "share"))
        return None
    amount = 1 + amount if units.is_signed_percent(written) else amount
    if not 0 <= amount <= MOST_SCALE:
        mend = f"Did you mean {written.strip()}%?" if MOST_SCALE < abs(amount) <= 200 else ""
        mend = "For a cut of 5%, write -5% or 0.95." if -1 < amount < 0 else mend
        known.tell(faults, path, expected, mend)
        return None
    return amount
