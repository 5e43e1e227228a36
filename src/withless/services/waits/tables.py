"""What the waits service reads and what a plan may move: tables, levers, and what promises may be checked on."""

from __future__ import annotations

from ...place import Column, Instance, Table, TableSpec
from ...plan import Lever

WAITING = "incomplete"
TREATED = ("admitted", "non_admitted", "completed")
"""Parts of `bands` that count people taken off the list: to a bed or day case, without one, or either."""

MOST_PEOPLE = 1e8

BANDS = TableSpec(
    "bands",
    "people by weeks waited: on the list at the end of a month, and taken off it during the month",
    (
        Column("specialty", "text", "specialty, or any kind of case that has a queue of its own"),
        Column(
            "part",
            "choice",
            "incomplete: on the list at the month's end; admitted, non_admitted: treated in the month; completed: "
            "treated, where a list tells no two ways apart",
            choices=(WAITING, *TREATED),
        ),
        Column("month", "text", "the month, such as 2026-01"),
        Column("week_from", "number", "least weeks waited", unit="ratio", low=0, high=1040),
        Column(
            "week_to",
            "number",
            "weeks waited that are one band on; blank: and longer",
            unit="ratio",
            low=0,
            high=1041,
            blank=True,
        ),
        Column("count", "count", "people", unit="people", low=0, high=MOST_PEOPLE),
    ),
    key=("specialty", "part", "month", "week_from"),
)
FLOWS = TableSpec(
    "flows",
    "what comes on to the list in a month, what leaves it unreported, and what a treatment costs",
    (
        Column("specialty", "text", "specialty, as in bands"),
        Column("month", "text", "the month, such as 2026-01"),
        Column(
            "clock_starts",
            "number",
            "people new on the list in the month; blank: not published (before October 2015), taken from the first weeks",
            unit="people",
            low=0,
            high=MOST_PEOPLE,
            blank=True,
        ),
        Column(
            "removals",
            "number",
            "people who left it in the month without treatment, net of those who appeared; blank: not known",
            unit="people",
            low=-MOST_PEOPLE,
            high=MOST_PEOPLE,
            blank=True,
            required=False,
        ),
        Column(
            "unit_cost",
            "number",
            "pounds for each treatment, admitted or not",
            unit="pounds",
            low=0,
            high=1e6,
            blank=True,
            required=False,
        ),
        Column("name", "text", "name people know the specialty by", required=False, blank=True),
    ),
    key=("specialty", "month"),
)

LEVERS = (
    Lever("capacity", "treatments that can be done, against today's", "ratio", low=0, high=3, direction=1),
    Lever(
        "lists", "treatments a year on top, from one-off lists, to the longest waiters", "people/year", low=0, high=1e6,
        direction=1,
    ),
    Lever("arrivals", "need for the list, against what is expected; never lowered: see the next three", "ratio", low=0, high=3),
    Lever("prevented", "share of those who would come that no longer need it: no service lost", "share", low=0, high=0.9),
    Lever("refused", "share of referrals that is refused though the need stays: service lost", "share", low=0, high=0.9),
    Lever("diverted", "share of referrals that is managed elsewhere before it comes on to the list", "share", low=0, high=0.9),
    Lever("validation", "share of those who have waited long that is checked in a quarter", "share", low=0, high=1),
    Lever("longest_first", "share of capacity that goes to the longest waiters first", "share", low=0, high=1),
    Lever(
        "urgent_first", "how far the urgent (the first four weeks) are treated in full before others: 0 as observed, 1 wholly",
        "share", low=0, high=1,
    ),
    Lever("sent", "people a year sent on to another provider, longest waiters first", "people/year", low=0, high=1e6),
    Lever("received", "people a year taken over from another provider, with their wait", "people/year", low=0, high=1e6),
)  # fmt: skip

RATIOS = ("capacity", "arrivals")
"""Levers that are 1 today; the others are nil."""

BY_PART = ("capacity", "lists")
"""Levers with one value for each specialty and part; the others have one for each specialty."""


def parts_of(bands: Table) -> tuple[str, ...]:
    """The ways off the list that a table of bands counts, in the order of `TREATED`."""
    there = set(bands.words("part"))
    return tuple(p for p in TREATED if p in there)


def specialties(instance: Instance) -> tuple[str, ...]:
    """Specialties in the order in which they first appear in `bands`."""
    return tuple(dict.fromkeys(instance.tables["bands"].words("specialty")))


def strata(instance: Instance) -> tuple[str, ...]:
    """Ids of the strata: `specialty/part`, by specialty and then part; the specialty alone where there are no two parts."""
    parts = parts_of(instance.tables["bands"])
    if len(parts) < 2:
        return specialties(instance)
    return tuple(f"{s}/{p}" for s in specialties(instance) for p in parts)
