"""What help costs and how many hours it is, by need: those at the threshold get less than the average client.

Where the tables do not say: a moderate client costs `care.marginal` times the average, as lowering the threshold did in
England; critical ones get `care.critical.hours` times what substantial ones do; the rest follows from the average.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...place import Instance, Table
from .parameters import Inputs
from .tables import NEEDS, WEEKS, WORKING

Floats = NDArray[np.float64]

AT_HOME = ("home", "direct_payment", "community")
OLDER = "older"


@dataclass(frozen=True)
class Costs:
    """Older people: hours a week at home and pounds a year for each there [draw, need], pounds a year in a care home
    [draw]. Working age: the same, [draw, group, need] and [draw, group].
    """

    hours: Floats
    home: Floats
    care_home: Floats
    working_hours: Floats
    working: Floats
    working_care: Floats


def costs(inputs: Inputs, home: Floats, care_home: Floats, working: Floats) -> Costs:
    """Costs of today's clients: home and care_home[draw, need] older people, working[draw, group, need, setting]."""
    table = inputs.instance.tables.get("costs")
    price = WEEKS * _or(entry(table, AT_HOME, "hour", OLDER), inputs.of("price.home"))
    in_home = care_home_year(inputs.instance, OLDER, care_home.sum(axis=1), inputs.of("price.care_home"))
    hours = _hours(inputs, home, care_home, in_home, price)
    cost = hours * price[:, None]
    total = entry(table, ("community",), "total", OLDER)
    if total is not None:
        cost = cost * (total / np.maximum((home * cost).sum(axis=1), 1e-9))[:, None]
    groups = [_working(inputs, g, working[:, i], price) for i, g in enumerate(WORKING)]
    by_part = [np.stack(part, axis=1) for part in zip(*groups, strict=True)]
    return Costs(hours, cost, in_home, *by_part)


def entry(table: Table | None, settings: tuple[str, ...], unit: str, group: str) -> float | None:
    """A number of the costs table for the first setting that has it: the group's own, else that of all groups.

    Totals are never taken from all groups.
    """
    if table is None:
        return None
    columns = [table.words(c) for c in ("setting", "unit", "group")]
    rows = zip(*columns, strict=True)
    known = {row: float(p) for row, p in zip(rows, table.numbers("pounds"), strict=True) if np.isfinite(p)}
    for wanted in (group,) if unit == "total" else (group, "all"):
        for setting in settings:
            if (setting, unit, wanted) in known:
                return known[setting, unit, wanted]
    return None


def people(clients: Table, group: str, settings: tuple[str, ...]) -> float:
    """Clients of the council in a group and some settings, as the table has them."""
    columns = [clients.words(c) for c in ("group", "setting", "met_by")]
    rows = zip(*columns, clients.numbers("people"), strict=True)
    return float(
        sum(n for g, s, met, n in rows if g == group and s in settings and met == "council" and np.isfinite(n))
    )


def care_home_year(instance: Instance, group: str, clients: Floats, otherwise: Floats) -> Floats:
    """Pounds a year of one person in a care home [draw]: the table's total or price a week, else `otherwise` a week."""
    table = instance.tables.get("costs")
    total = entry(table, ("care_home",), "total", group)
    if total is not None:
        return np.asarray(total / np.maximum(clients, 1e-9))
    week = entry(table, ("care_home",), "week", group)
    return np.asarray(WEEKS * _or(week, otherwise))


def mean_week(instance: Instance, group: str, settings: tuple[str, ...]) -> float | None:
    """Pounds a week of a group's clients in some settings, by how many are in each; None where no price is known."""
    table, clients = instance.tables.get("costs"), instance.tables["clients"]
    known = [(people(clients, group, (s,)), entry(table, (s,), "week", group)) for s in settings]
    priced = [(n, week) for n, week in known if week is not None and n > 0]
    return sum(n * week for n, week in priced) / sum(n for n, _ in priced) if priced else None


def _hours(inputs: Inputs, home: Floats, care_home: Floats, in_home: Floats, price: Floats) -> Floats:
    """Hours a week of older clients at home by need [draw, need].

    `in_home[draw]` is a year in a care home, `price[draw]` the pounds a year of an hour a week.
    """
    clients = inputs.instance.tables["clients"]
    given = [table_hours(clients, OLDER, need) for need in NEEDS]
    if all(h is not None for h in given):
        return np.broadcast_to(np.array([float(h or 0.0) for h in given]), home.shape)
    week, overall = mean_week(inputs.instance, OLDER, AT_HOME), table_hours(clients, OLDER, None)
    mean = week * WEEKS / price if week is not None else _or(overall, inputs.of("hours.home"))
    at_home, all_people = home.sum(axis=1), np.maximum((home + care_home).sum(axis=1), 1e-9)
    average = (at_home * mean * price + care_home.sum(axis=1) * in_home) / all_people
    least = np.minimum(inputs.of("marginal.older") * average / price, 0.95 * mean)
    share = home / np.maximum(at_home, 1e-9)[:, None]
    return spread(mean, least, inputs.of("critical.hours"), share)


def spread(mean: Floats, moderate: Floats, ratio: Floats, share: Floats) -> Floats:
    """Levels by need [draw, 3] with this mean over share[draw, 3], moderate as given, critical `ratio` x substantial.

    Substantial is never below moderate: where it would be, critical takes less than its ratio.
    """
    above = np.maximum(mean - share[:, 0] * moderate, 0.0)
    rest = share[:, 1] + ratio * share[:, 2]
    substantial = np.maximum(above / np.maximum(rest, 1e-9), moderate)
    left = above - share[:, 1] * substantial
    critical = np.where(share[:, 2] > 1e-9, left / np.maximum(share[:, 2], 1e-9), ratio * substantial)
    levels: Floats = np.stack([moderate, substantial, critical], axis=1)
    return levels


def table_hours(clients: Table, group: str, need: str | None) -> float | None:
    """Mean hours a week of a group's clients at home in the table, of one need or of all; None where it gives none."""
    if "hours_week" not in clients:
        return None
    total = counted = 0.0
    columns = [clients.words(c) for c in ("group", "need", "setting", "met_by")]
    for i, (g, k, setting, met) in enumerate(zip(*columns, strict=True)):
        count, hours = clients.numbers("people")[i], clients.numbers("hours_week")[i]
        if g == group and met == "council" and setting in AT_HOME and need in (None, k) and hours > 0 and count > 0:
            total, counted = total + count * hours, counted + count
    return total / counted if counted > 0 else None


def _working(inputs: Inputs, group: str, clients: Floats, price: Floats) -> tuple[Floats, ...]:
    """Hours at home and pounds a year there [draw, need], and in a care home [draw], of one group of working age.

    clients[draw, need, setting]; without prices by setting, a client costs the same in all of them.
    """
    table, by_need = inputs.instance.tables.get("costs"), clients[:, :, :2].sum(axis=2)
    everybody = clients.sum(axis=(1, 2))
    total = entry(table, ("all",), "total", group)
    mean = _or(entry(table, ("all",), "person", group), inputs.of(f"price.{group}"))
    if total is not None:
        mean = np.where(everybody > 0, total / np.maximum(everybody, 1e-9), mean)
    week = mean_week(inputs.instance, group, AT_HOME)
    at_home = mean if week is None else np.full(len(inputs), WEEKS * week)
    in_care = care_home_year(inputs.instance, group, clients[:, :, 2].sum(axis=1), mean / WEEKS)
    people_home = by_need.sum(axis=1)
    share = np.where(people_home[:, None] > 0, by_need / np.maximum(people_home, 1e-9)[:, None], 1 / 3)
    average = (people_home * at_home + (everybody - people_home) * in_care) / np.maximum(everybody, 1e-9)
    average = np.where(everybody > 0, average, at_home)
    least = np.minimum(inputs.of(f"marginal.{group}") * average, 0.95 * at_home)
    cost = spread(at_home, least, inputs.of("critical.hours"), share)
    hours = table_hours(inputs.instance.tables["clients"], group, None)
    mean_hours = at_home / price if hours is None or week is not None else np.full(len(inputs), hours)
    return mean_hours[:, None] * cost / at_home[:, None], cost, in_care


def _or(given: float | None, draws: Floats) -> Floats:
    return draws if given is None else np.full(draws.shape, given)
