"""Faults in a care service that no single cell shows: more clients than people, no hours, figures at odds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...assumptions import Draws, Register
from ...place import AGE_BANDS, Instance, Place, by_group
from ...service import Problem, Unworkable
from ...streams import BLOCK
from ...units import UnitError
from . import calibrate
from .baseline import Baseline, baseline
from .costs import AT_HOME, entry, table_hours
from .money import net_today
from .parameters import Inputs
from .policy import rule, today_levers
from .tables import CLIENTS, OLDER_AGES, RULES, THRESHOLDS, WORKING_AGES

MISS = 0.005
"""Relative miss of a published figure that is named, and beyond `FAR_OFF` stops a run."""
FAR_OFF = 0.05
LEAST_PRICE = 1.0
"""Pounds for an hour or a week of care below which the figure is a slip."""
RAISED = 1.1
"""Need raised by more than this to hold the clients is named."""


def problems(place: Place, instance: Instance, register: Register) -> list[Problem]:
    """All faults of an instance; errors stop a run, warnings are told."""
    found = [*_rows(place, instance), *_prices(instance), *_policy(instance)]
    if any(p.severity == "error" for p in found):
        return found
    return [*found, *_gaps(instance), *_fitted(place, instance, register)]


def _rows(place: Place, instance: Instance) -> Iterator[Problem]:
    """Faults of single rows, and of client groups as a whole."""
    table = instance.tables["clients"]
    people, residents = (
        table.numbers("people"),
        by_group(place, place.areas.people).reshape(5, len(AGE_BANDS)).sum(axis=0),
    )
    hours = table.numbers("hours_week") if "hours_week" in table else np.full(len(table), np.nan)
    columns = [table.words(c) for c in ("group", "age_band", "setting", "met_by")]
    for row, (group, age, setting, met) in enumerate(zip(*columns, strict=True)):
        ages = calibrate.ages_of(group)
        if age in (*OLDER_AGES, *WORKING_AGES, "65+", "18-64") and age not in (
            *ages,
            "65+" if group == "older" else "18-64",
        ):
            mend = "Older people are of 65 and over; the other groups are of working age."
            yield Problem("clients", row, "age_band", f"{group} people of {age}", f"an age of {', '.join(ages)}", mend)
            continue
        there = sum(residents[AGE_BANDS.index(a)] for a in ((age,) if age in ages else ages))
        if people[row] > there:
            found = f"{people[row]:,.0f} clients of {there:,.0f} people of that age"
            mend = "Is this a count over the year, or of another place?"
            yield Problem("clients", row, "people", found, "no more clients than people", mend)
        if met == "council" and setting in AT_HOME and people[row] > 0 and hours[row] == 0:
            mend = "Give the hours of those who have help, or leave the cell blank."
            yield Problem(
                "clients", row, "hours_week", f"0 hours for {people[row]:,.0f} clients", "hours above 0", mend
            )
    if not sum(people[i] for i, met in enumerate(columns[3]) if met == "council" and people[i] > 0) > 0:
        mend = "Rows met_by council are the service itself."
        yield Problem("clients", None, "people", "no client of the council", "at least one", mend)


def _prices(instance: Instance) -> Iterator[Problem]:
    """Care that costs nothing: what is spent would buy hours without end."""
    table = instance.tables.get("costs")
    if table is None:
        return
    for row, (unit, pounds) in enumerate(zip(table.words("unit"), table.numbers("pounds"), strict=True)):
        if unit in ("hour", "week") and pounds < LEAST_PRICE:
            mend = "Give what is paid for it, or leave the row out: then the register's price is taken."
            found = f"£{pounds:g} for {'an' if unit == 'hour' else 'a'} {unit}"
            yield Problem("costs", row, "pounds", found, "£1 or more", mend)


def _policy(instance: Instance) -> Iterator[Problem]:
    """Rules that are no number or word."""
    table = instance.tables.get("policy")
    for name in RULES:
        row = table.words("rule").index(name) if table is not None and name in table.words("rule") else None
        try:
            value = rule(instance, name)
        except UnitError:
            value = np.nan
        if table is not None and row is not None and value is not None:
            top = 4.0 if name == "threshold" else 1.0
            if not 0 <= value <= top:
                expected = (
                    f"{', '.join(THRESHOLDS)} or a score from 0 to 4" if name == "threshold" else "a share from 0 to 1"
                )
                yield Problem("policy", row, "value", repr(table.words("value")[row]), expected, "Check the word.")


def _gaps(instance: Instance) -> Iterator[Problem]:
    """What the tables do not say, and what stands in."""
    table, clients = instance.tables.get("costs"), instance.tables["clients"]
    gaps = []
    if rule(instance, "threshold") is None:
        gaps.append(("policy", "threshold", "substantial is taken, close to the national minimum"))
    for setting, unit, words in (
        ("home", "hour", "an hour of home care"),
        ("care_home", "week", "a week in a care home"),
    ):
        names = AT_HOME if setting == "home" else (setting,)
        if entry(table, names, unit, "older") is None and entry(table, names, "total", "older") is None:
            gaps.append(("costs", "pounds", f"the register's price of {words} is taken"))
    if table_hours(clients, "older", None) is None and entry(table, ("community",), "total", "older") is None:
        gaps.append(("clients", "hours_week", "the register's hours are taken"))
    if today_levers(instance)["charge"][0] == 0:
        gaps.append(("costs", "charge", "no charges are taken to be made at home"))
    for where, column, words in gaps:
        yield Problem(where, None, column, "nothing", "a figure", f"Until then {words}.", "warning")


def _fitted(place: Place, instance: Instance, register: Register) -> Iterator[Problem]:
    """Figures that cannot hold together, and need that had to be raised: at the middle of every assumption."""
    try:
        base = baseline(Inputs(place, instance, central(register)))
    except Unworkable as error:
        yield Problem(
            "clients", None, "people", str(error).partition(": ")[2], "clients within those in need", "", "error"
        )
        return
    yield from _misses(base)
    yield from _beyond_budget(base)
    if base.raised[0] > RAISED:
        found = f"clients that only fit if {100 * (base.raised[0] - 1):.0f}% more people are in need than surveys find"
        mend = "So many are taken to be. Is this a count over the year?"
        yield Problem("clients", None, "people", found, "clients within those in need", mend, "warning")


def _beyond_budget(base: Baseline) -> Iterator[Problem]:
    """Tables that cost more than the budget holds: results then stand on the tables."""
    instance, net = base.inputs.instance, float(4 * net_today(base)[0, 0])
    if np.isfinite(instance.budget) and net > (1 + MISS) * instance.budget:
        found = f"£{net / 1e6:,.1f}m a year net of charges by clients, hours, prices and charges"
        expected = f"no more than the budget of £{instance.budget / 1e6:,.1f}m"
        mend = "Check prices, hours and charges, or the budget: until then results stand on the tables."
        yield Problem("costs", None, "pounds", found, expected, mend, "warning")


def _misses(base: Baseline) -> Iterator[Problem]:
    for group in CLIENTS:
        rows = calibrate.rows_of(base.inputs.instance.tables["clients"], group)
        for row, miss in zip(rows, base.miss[group], strict=True):
            if miss > MISS:
                found = f"{row.people:,.0f} people, at odds with other rows by {100 * miss:.1f}%"
                mend = "A sum and its parts differ: check them, or leave one out."
                severity = "error" if miss > FAR_OFF else "warning"
                yield Problem("clients", row.number, "people", found, "rows that add up", mend, severity)


def central(register: Register) -> Draws:
    """Every assumption of the service at the middle of its range, as a block of draws that are all alike."""
    half = np.full(BLOCK, 0.5)
    return Draws(0, 0, {name: a.quantile(half) for name, a in register.items.items()}, "care:central")
