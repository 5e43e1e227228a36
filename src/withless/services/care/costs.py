"""What help costs and how many hours it is, by need: those at the threshold get less than the average client.

Where the tables do not say: a moderate client costs `care.marginal` times the average, as lowering the threshold did in
England; critical ones get `care.critical.hours` times what substantial ones do; the rest follows from the average.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws
from ...place import Instance, Table
from .parameters import of
from .tables import NEEDS, SETTINGS, WEEKS, WORKING

Floats = NDArray[np.float64]

AT_HOME = ("home", "community", "direct_payment")


@dataclass(frozen=True)
class Costs:
    """Older people at home: hours a week [draw, need] and pounds a year for each [draw, need]; in care homes: pounds a
    year [draw]. Working age: hours at home and pounds a year [draw, group, need].
    """

    hours: Floats
    home: Floats
    care_home: Floats
    working_hours: Floats
    working: Floats


def costs(instance: Instance, draws: Draws, home: Floats, care_home: Floats, working: Floats) -> Costs:
    """Costs of today's clients: home and care_home[draw, need] older people, working[draw, group, need, setting]."""
    table, clients = instance.tables.get("costs"), instance.tables["clients"]
    price = _or(entry(table, AT_HOME, "hour", "older"), of(draws, instance, "price.home"))
    total_care = entry(table, ("care_home",), "total", "older")
    weekly = _or(entry(table, ("care_home",), "week", "older"), of(draws, instance, "price.care_home"))
    in_home = WEEKS * weekly
    if total_care is not None:
        in_home = total_care / np.maximum(care_home.sum(axis=1), 1e-9)
    hours, known = _hours(instance, draws, clients, home, care_home, in_home, WEEKS * price)
    cost = hours * (WEEKS * price)[:, None]
    total = entry(table, ("home", "community"), "total", "older")
    if total is not None:
        scale = (total / np.maximum((home * cost).sum(axis=1), 1e-9))[:, None]
        cost = cost * scale
        hours = hours if known else hours * scale
    by_group = [_working(instance, draws, table, clients, i, working[:, i], hours, home) for i in range(len(WORKING))]
    return Costs(
        hours, cost, in_home, np.stack([h for h, _ in by_group], axis=1), np.stack([c for _, c in by_group], axis=1)
    )


def entry(table: Table | None, settings: tuple[str, ...], unit: str, group: str) -> float | None:
    """A number of the costs table for some setting: the group's own, else (but for totals) that of all groups."""
    if table is None:
        return None
    rows = list(zip(table.words("setting"), table.words("unit"), table.words("group"), strict=True))
    pounds = table.numbers("pounds")
    for wanted in (group,) if unit == "total" else (group, "all"):
        for setting in settings:
            for i, row in enumerate(rows):
                if row == (setting, unit, wanted) and np.isfinite(pounds[i]):
                    return float(pounds[i])
    return None


def _hours(
    instance: Instance,
    draws: Draws,
    clients: Table,
    home: Floats,
    care_home: Floats,
    in_home: Floats,
    a_year: Floats,
) -> tuple[Floats, bool]:
    """Hours a week of older clients at home by need [draw, need], and whether the table gives them.

    `in_home[draw]` is a year in a care home, `a_year[draw]` the pounds a year of an hour a week.
    """
    given = [table_hours(clients, "older", need) for need in NEEDS]
    if all(h is not None for h in given):
        return np.broadcast_to(np.array([float(h or 0.0) for h in given]), home.shape), True
    overall = table_hours(clients, "older", None)
    mean = np.full(len(draws), overall) if overall is not None else of(draws, instance, "hours.home")
    people = np.maximum(home.sum(axis=1), 1e-9)
    share = home / people[:, None]
    all_people = people + care_home.sum(axis=1)
    average = (people * mean * a_year + care_home.sum(axis=1) * in_home) / all_people
    least = np.minimum(of(draws, instance, "marginal.older") * average / a_year, 0.95 * mean)
    return spread(mean, least, of(draws, instance, "critical.hours"), share), overall is not None


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
    total = people = 0.0
    columns = [clients.words(c) for c in ("group", "need", "setting", "met_by")]
    for i, (g, k, setting, met) in enumerate(zip(*columns, strict=True)):
        count, hours = clients.numbers("people")[i], clients.numbers("hours_week")[i]
        if g == group and met == "council" and setting in AT_HOME and need in (None, k) and hours > 0 and count > 0:
            total, people = total + count * hours, people + count
    return total / people if people > 0 else None


def _working(
    instance: Instance,
    draws: Draws,
    table: Table | None,
    clients: Table,
    i: int,
    people: Floats,
    hours: Floats,
    home: Floats,
) -> tuple[Floats, Floats]:
    """Hours at home and pounds a year of one working-age group [draw, need]; people[draw, need, setting]."""
    name = WORKING[i]
    by_need = people.sum(axis=2)
    everybody = by_need.sum(axis=1)
    total = entry(table, ("all",), "total", name)
    mean = _or(entry(table, ("all", *SETTINGS), "person", name), of(draws, instance, f"price.{name}"))
    if total is not None:
        mean = np.where(everybody > 0, total / np.maximum(everybody, 1e-9), mean)
    share = by_need / np.maximum(everybody, 1e-9)[:, None]
    share = np.where(everybody[:, None] > 0, share, 1 / 3)
    least = np.minimum(of(draws, instance, f"marginal.{name}"), 0.98) * mean
    cost = spread(mean, least, of(draws, instance, "critical.hours"), share)
    weights = home / np.maximum(home.sum(axis=1), 1e-9)[:, None]
    own = table_hours(clients, name, None)
    average = np.full(len(draws), own) if own is not None else np.maximum((hours * weights).sum(axis=1), hours[:, 0])
    return average[:, None] * cost / mean[:, None], cost


def _or(given: float | None, draws: Floats) -> Floats:
    return draws if given is None else np.full(draws.shape, given)
