"""What the venues service reads and what a plan may move: tables, levers, and what they say of themselves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...cache import kept
from ...place import Column, Instance, TableSpec
from ...plan import Lever
from ...service import Quantity

Floats = NDArray[np.float64]

TYPES = ("library", "museum", "pool", "sports")
RUN_BY = ("council", "community", "trust", "commissioned", "closed")
MODES = ("car", "no_car")

_POUNDS = "pounds/year"
MOST_POUNDS = 1e10
"""More than any one building costs, earns or fetches: beyond it, somebody slipped."""

VENUES = TableSpec(
    "venues",
    "one row a building: where it is, when it opens, who uses it, what it costs",
    (
        Column("id", "id", "short name, used in plans"),
        Column("name", "text", "name people know it by"),
        Column("type", "choice", "what kind of venue", choices=TYPES),
        Column("x", "number", "easting or longitude"),
        Column("y", "number", "northing or latitude"),
        Column("hours", "number", "opening hours a week", unit="hours/week", low=0, high=168),
        Column("staffed_hours", "number", "of those, hours with paid staff", unit="hours/week", low=0, high=168),
        Column(
            "users",
            "number",
            "people with at least one visit a year; of a venue outside, those who live in the place or its rim",
            unit="people",
            low=0,
            high=1e8,
            blank=True,
        ),
        Column("visits", "number", "visits a year", unit="visits/year", low=0, high=1e9, required=False, blank=True),
        Column("gross_cost", "number", "gross cost a year", unit=_POUNDS, low=0, high=MOST_POUNDS, blank=True),
        Column("income", "number", "income a year", unit=_POUNDS, low=0, high=MOST_POUNDS, blank=True),
        Column(
            "fixed_share",
            "number",
            "part of the cost that hours do not change",
            unit="share",
            low=0,
            high=1,
            blank=True,
        ),
        Column("run_by", "choice", "who runs it", choices=RUN_BY),
        Column(
            "capital_receipt",
            "number",
            "pounds if the building is sold",
            unit="pounds",
            low=0,
            high=MOST_POUNDS,
            blank=True,
        ),
        Column(
            "mothball_cost",
            "number",
            "yearly cost of keeping it shut",
            unit=_POUNDS,
            low=0,
            high=MOST_POUNDS,
            blank=True,
        ),
        Column(
            "fee",
            "number",
            "average paid for a visit",
            unit="pounds/visit",
            low=0,
            high=1000,
            required=False,
            blank=True,
        ),
        Column(
            "capacity", "number", "visits a year it can take", unit="visits/year", low=0, required=False, blank=True
        ),
        Column(
            "outside",
            "number",
            "1 where it lies outside the place",
            unit="switch",
            low=0,
            high=1,
            required=False,
            default=0.0,
        ),
    ),
    key=("id",),
)
USE = TableSpec(
    "use",
    "users by home area and venue; * stands for 1 to 4, an absent row for none",
    (
        Column("area", "ref", "home area", refers_to="areas.id"),
        Column("venue", "ref", "venue used", refers_to="venues.id"),
        Column("users", "count", "people", unit="people", low=0),
    ),
    key=("area", "venue"),
    required=False,
)
TRAVEL = TableSpec(
    "travel",
    "minutes from areas to venues, one way, where straight lines will not do",
    (
        Column("area", "ref", "home area", refers_to="areas.id"),
        Column("venue", "ref", "venue", refers_to="venues.id"),
        Column("mode", "choice", "with or without a car", choices=MODES),
        Column(
            "minutes",
            "number",
            "one way; blank or unreachable where there is no way",
            unit="minutes",
            low=0,
            high=600,
            blank=True,
        ),
    ),
    key=("area", "venue", "mode"),
    required=False,
)

LEVERS = (
    Lever("open", "open to the public (1) or closed (0)", "switch", "venues", 0, 1, direction=1, closes=True),
    Lever(
        "hours", "opening hours a week; staffed hours follow in proportion", "hours/week", "venues", 0, 168, direction=1
    ),
    Lever("volunteers", "run by volunteers (1) or not (0)", "switch", "venues", 0, 1),
    Lever("fee", "average paid for a visit", "pounds/visit", "venues", 0, 1000, direction=-1),
    Lever("shared", "the venue whose building it moves into", "choice", "venues", -1, 1e9),
)

QUANTITIES = {
    "people_beyond": Quantity(
        "people", "residents whose nearest open venue is further than so many minutes", {"minutes": "minutes"}
    ),
    "farthest_minutes": Quantity("minutes", "minutes to the nearest open venue for the worst-placed residents", {}),
    "visits": Quantity("visits/year", "visits a year to venues inside, by anybody", {}),
    "venues_open": Quantity("venues", "venues inside that are open", {}),
    "hours_open": Quantity("hours/week", "opening hours a week over all venues inside", {}),
    "users_of": Quantity("people", "users of one venue, from anywhere", {"venue": "id"}),
    "stay_share": Quantity("share", "users of closed venues who go on using another, closures alone applied", {}),
}


def optional(instance: Instance, column: str) -> Floats:
    """A number column that a table may lack, NaN where it does."""
    table = instance.tables["venues"]
    return table.numbers(column) if column in table else np.full(len(table), np.nan)


@kept(32, lambda instance: instance.fingerprint)
def inside(instance: Instance) -> NDArray[np.bool_]:
    """Which venues are the place's own; not to be written to."""
    ours: NDArray[np.bool_] = ~(np.nan_to_num(optional(instance, "outside")) > 0)
    ours.setflags(write=False)
    return ours
