"""A service of venues on some draws: what its tables, the place and the register say of it, each found once for all who ask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ...cache import T
from ...place import Instance, Place, Table
from ...service import BaseModel
from .tables import TYPES, optional
from .tables import inside as is_inside

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Facts(BaseModel):
    """What does not depend on a plan. What the rest of the service takes, so that nothing is handed on piece by piece."""

    @property
    def table(self) -> Table:
        """The venues."""
        return self.instance.tables["venues"]

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the venues."""
        return self.table.words("id")

    @property
    def title(self) -> str:
        """What people call the service."""
        return self.instance.title or self.instance.name

    @property
    def inside(self) -> Bools:
        """Which venues are the place's own; not to be written to."""
        return self.shared("inside", lambda: is_inside(self.instance))

    @property
    def levers(self) -> Mapping[str, Floats]:
        """Today's value of every lever, float[venue], read-only."""
        return self.shared("levers", lambda: levers_today(self.instance))

    @property
    def users(self) -> Floats:
        """Users of every venue today, float[venue], see `observed_users`."""
        return self.shared("users", lambda: observed_users(self.instance))

    @property
    def host_ids(self) -> tuple[str, ...]:
        """Venues that another may move in with, in the order of the numbers that stand for them."""
        return self.shared("host ids", lambda: tuple(hosts(self.place)))

    @property
    def type(self) -> str:
        """The commonest type of venue; the first of `TYPES` among equals."""

        def make() -> str:
            counts = Counter(self.table.words("type"))
            return max(TYPES, key=lambda t: (counts[t], -TYPES.index(t)))

        return self.shared("type", make)

    def number(self, name: str) -> Floats:
        """An assumption of the service, float[draw]: the instance's own, else its type's, else the general one."""
        return self.draws.of(f"venues.{name}", self.type, self.instance.name)

    def column(self, name: str) -> Floats:
        """The same as [draw, 1, 1]: beside quarters and venues."""
        return self.number(name)[:, None, None]

    def of_sites(self, what: str, sites: tuple[object, ...], make: Callable[[], T], *, drawn: bool = False) -> T:
        """Something that depends on where venues may be, and on the draws where so said, for the rest of a run."""
        key = (self.instance.kind, self.instance.name, what, self.draws.key if drawn else "", sites)
        return self.cache.get(key, make, brief=drawn)


def levers_today(instance: Instance) -> Mapping[str, Floats]:
    """Today's value of every lever, float[venue], read-only."""
    table = instance.tables["venues"]
    found = {
        "open": np.where(closed_today(instance), 0.0, 1.0),
        "hours": table.numbers("hours").copy(),
        "volunteers": np.array([1.0 if r == "community" else 0.0 for r in table.words("run_by")]),
        "fee": fees(instance),
        "shared": np.full(len(table), -1.0),
    }
    for array in found.values():
        array.setflags(write=False)
    return MappingProxyType(found)


def closed_today(instance: Instance) -> Bools:
    """Which venues are closed today, [venue]."""
    return np.array([r == "closed" for r in instance.tables["venues"].words("run_by")])


def observed_users(instance: Instance) -> Floats:
    """Users of every venue today, float[venue]; where blank, hours times the median users an hour of those known.

    A venue closed today has none; an open one with a count of 0 has nobody.
    """
    table = instance.tables["venues"]
    users, hours = table.numbers("users"), table.numbers("hours")
    shut = closed_today(instance)
    known = np.isfinite(users) & (hours > 0) & (users > 0) & ~shut
    rate = float(np.median(users[known] / hours[known])) if known.any() else 50.0
    return np.where(shut, 0.0, np.where(np.isfinite(users), users, rate * hours))


def fees(instance: Instance) -> Floats:
    """Average paid for a visit today, pounds[venue]: the fee column, else income over visits, else zero."""
    given = optional(instance, "fee")
    visits = np.nan_to_num(optional(instance, "visits"))
    income = np.nan_to_num(instance.tables["venues"].numbers("income"))
    derived = np.where(visits > 0, income / np.where(visits > 0, visits, 1.0), 0.0)
    return np.where(np.isfinite(given), given, derived)


def hosts(place: Place) -> dict[str, tuple[str, float, float]]:
    """Every venue of the place by id, over all services that have venues: its name, and where it is in km."""
    found: dict[str, tuple[str, float, float]] = {}
    for instance in place.instances.values():
        if "venues" in instance.tables and "x" in instance.tables["venues"]:
            table = instance.tables["venues"]
            x, y = (table.numbers(c) / 1000 for c in ("x", "y"))
            for key, name, px, py in zip(table.words("id"), table.words("name"), x, y, strict=True):
                found.setdefault(key, (name, float(px), float(py)))
    return found
