"""A plan file to a `Plan`: its place, its measures against the levers there are, its promises and its target."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..place import Calendar
from ..plan import EVIDENCE, Measure, Plan, Promise
from .as_read import as_read
from .blanks import measures_taken, taken
from .documents import MeasureSection, PlanSection, PromiseSection, TargetSection, read_section
from .faults import Fault, Faults, has_errors, in_order, quoted
from .levels import check_levels
from .measures import check_booked, check_with_services, read_measure
from .overrides import read_overrides
from .place import ReadPlace, gather_place, with_notes
from .plausible import check_plausible
from .promises import read_promise
from .where import Known
from .yaml_lines import Document, load


@dataclass(frozen=True)
class ReadPlan:
    """A plan as far as it could be read: `plan` is None where any error was found.

    `as_read` says every measure back, `taken` what blanks were taken for, in the plan and its place.
    """

    plan: Plan | None
    as_read: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()


def read_plan(path: str | Path) -> tuple[Plan, list[Fault]]:
    """A plan with its place, and warnings; raises `Faults` with everything that is wrong in either."""
    faults: list[Fault] = []
    read = gather_plan(Path(path), faults)
    if read.plan is None or has_errors(faults):
        raise Faults(faults)
    return replace(read.plan, place=with_notes(read.plan.place, faults, read.taken)), in_order(faults)


def gather_plan(path: Path, faults: list[Fault]) -> ReadPlan:
    """Read a plan and its place, adding what is wrong to `faults`; never raises for what the files hold."""
    document = load(path, path.name, faults)
    if document is None:
        return ReadPlan(None)
    section = read_section(PlanSection, document, (), faults)
    read = _place(document, path, section, faults)
    known = Known(document, read)
    measures = _measures(known, section, faults)
    promises = _promises(known, section, faults)
    saving, year = _saving(known, section, faults)
    names = [r.name for r in read.instances]
    overrides = read_overrides(document, ("assumptions",), section.assumptions, names, "plan", faults)
    if read.place is None or has_errors(faults):
        return ReadPlan(None)
    plan = Plan(
        title=section.title,
        place=read.place,
        measures=tuple(m for m in measures if m is not None),
        promises=tuple(p for p in promises if p is not None),
        target_saving=saving,
        target_year=year or _last_year(read.place.calendar),
        overrides=overrides,
    )
    services = {r.name: r.service for r in read.instances if r.service is not None}
    check_levels(document, plan, services, faults)
    if not has_errors(faults):
        check_with_services(document, plan, services, faults)
    if has_errors(faults):
        return ReadPlan(None)
    check_plausible(document, plan, services, faults)
    return ReadPlan(plan, tuple(as_read(plan, services)), (*taken(read.place), *_left_out(document, plan)))


def _left_out(document: Document, plan: Plan) -> list[str]:
    """What the measures leave out and is taken for a value."""
    ids = [m.id for m in plan.measures]
    posts, booked = (
        [m for i, m in enumerate(ids) if document.get(("measures", i, key)) is None]
        for key in ("posts", "booked_saving")
    )
    return measures_taken(posts, booked, len(ids))


def _place(document: Document, path: Path, section: PlanSection, faults: list[Fault]) -> ReadPlace:
    """The plan's place, relative to the folder the plan lies in."""
    if not section.place:
        return ReadPlace(None, None)
    folder = path.parent / section.place
    if not folder.exists():
        expected = "the folder of a place, as seen from this file"
        faults.append(document.fault(("place",), quoted(section.place), expected, "Check the path."))
        return ReadPlace(None, None)
    return gather_place(folder, faults)


def _measures(known: Known, section: PlanSection, faults: list[Fault]) -> list[Measure | None]:
    """Every measure, and what is wrong with them together: ids used twice, more booked than there is."""
    paths = [("measures", i) for i in range(len(section.measures))]
    sections = [read_section(MeasureSection, known.document, path, faults) for path in paths]
    first: dict[str, int] = {}
    for i, measure in enumerate(sections):
        if measure.id in first:
            line = known.document.line(("measures", first[measure.id], "id"))
            mend = f"Line {line} has it already: give each measure its own."
            known.tell(faults, ("measures", i, "id"), "each id once", mend, f"{quoted(measure.id)} again")
        elif measure.id:
            first[measure.id] = i
    _evidence(known, sections, faults)
    read = [read_measure(known, i, measure, faults) for i, measure in enumerate(sections)]
    check_booked(known, sections, faults)
    return read


def _evidence(known: Known, sections: Sequence[MeasureSection], faults: list[Fault]) -> None:
    """Ask for the evidence of every measure without it, in one sentence: it is never taken for granted."""
    blank = [i for i in range(len(sections)) if known.document.get(("measures", i, "evidence")) is None]
    blank = [i for i in blank if isinstance(known.document.get(("measures", i)), dict)]
    if not blank:
        return
    ids = [sections[i].id or str(i + 1) for i in blank]
    shown = ", ".join(ids[:8]) + (" and others" if len(ids) > 8 else "")
    found = f"no evidence in {len(blank)} measure{'s' if len(blank) > 1 else ''} ({shown})"
    mend = (
        "contract: signed or decided; business_case: worked out; target: a number that is still to be found. Of targets 38 to "
        "82 in a hundred pounds arrive, of business cases 72 to 98."
    )
    expected = f"evidence: {', '.join(EVIDENCE[:-1])} or {EVIDENCE[-1]}"
    faults.append(known.document.fault(("measures", blank[0], "evidence"), found, expected, mend))


def _promises(known: Known, section: PlanSection, faults: list[Fault]) -> list[Promise | None]:
    paths = [("promises", i) for i in range(len(section.promises))]
    return [read_promise(known, p, read_section(PromiseSection, known.document, p, faults), faults) for p in paths]


def _saving(known: Known, section: PlanSection, faults: list[Fault]) -> tuple[float, str]:
    """The saving that the plan aims at, and the year."""
    if not section.target:
        return math.nan, ""
    target = read_section(TargetSection, known.document, ("target",), faults)
    if target.by:
        known.year(("target", "by"), target.by, faults)
    return target.saving, target.by


def _last_year(calendar: Calendar) -> str:
    return (calendar.whole_years or calendar.years)[-1]
