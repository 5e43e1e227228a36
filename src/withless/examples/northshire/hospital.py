"""The county's hospital: waiting lists of twelve specialties shaped as England's were in January 2026, and its plan.

Shapes and the balance between specialties are England's, the size is what 800,000 people would have, and every list is
then moved at random: no hospital has these numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .chance import Floats, stream
from .figures import Figure
from .plan import Step

SHARES = (0.10, 0.25, 0.50, 0.75, 0.92, 0.99)
"""Shares of people for which `Curve.weeks` gives the weeks waited."""


@dataclass(frozen=True)
class Curve:
    """Thousands of people in England in January 2026, and the weeks that `SHARES` of them had waited."""

    thousands: float
    weeks: tuple[float, ...]


@dataclass(frozen=True)
class Specialty:
    """One specialty in England: clock starts in the month in thousands, who waits, and who was treated."""

    id: str
    name: str
    starts: float
    waiting: Curve
    admitted: Curve
    non_admitted: Curve


ENGLAND = (
    Specialty(
        "general_surgery", "General surgery", 90.9,
        Curve(386.6, (2.0, 6.4, 14.2, 26.7, 41.7, 57.0)),
        Curve(25.0, (2.3, 6.6, 16.6, 38.5, 57.2, 67.4)),
        Curve(50.1, (0.9, 2.7, 8.2, 23.6, 46.9, 64.1)),
    ),
    Specialty(
        "urology", "Urology", 95.1,
        Curve(390.0, (1.9, 5.8, 13.1, 25.0, 40.4, 56.3)),
        Curve(19.7, (2.3, 5.2, 11.3, 29.9, 53.1, 67.1)),
        Curve(57.8, (1.2, 3.4, 9.8, 27.0, 48.0, 63.3)),
    ),
    Specialty(
        "orthopaedics", "Orthopaedics", 163.5,
        Curve(845.2, (2.4, 7.3, 15.2, 27.6, 42.9, 60.7)),
        Curve(46.9, (5.3, 12.5, 24.9, 43.7, 59.5, 72.1)),
        Curve(102.9, (0.9, 5.3, 13.7, 28.1, 49.0, 65.6)),
    ),
    Specialty(
        "ear_nose_throat", "Ear, nose and throat", 112.1,
        Curve(589.0, (2.4, 7.7, 16.6, 30.1, 44.1, 58.0)),
        Curve(13.0, (3.7, 9.2, 29.3, 51.3, 63.0, 70.9)),
        Curve(88.4, (1.1, 4.3, 17.2, 39.1, 52.7, 65.2)),
    ),
    Specialty(
        "eyes", "Ophthalmology", 176.5,
        Curve(598.6, (1.6, 4.6, 11.3, 20.7, 35.1, 51.4)),
        Curve(53.8, (2.6, 5.9, 10.5, 19.2, 39.6, 61.8)),
        Curve(107.9, (0.6, 2.9, 8.9, 19.8, 38.9, 58.1)),
    ),
    Specialty(
        "gastroenterology", "Gastroenterology", 99.5,
        Curve(383.7, (1.7, 5.5, 12.6, 23.7, 37.9, 53.2)),
        Curve(17.4, (0.8, 1.9, 4.7, 11.6, 32.7, 62.8)),
        Curve(54.6, (1.1, 3.6, 11.6, 30.8, 49.8, 66.3)),
    ),
    Specialty(
        "cardiology", "Cardiology", 90.2,
        Curve(385.0, (1.9, 6.0, 12.9, 24.0, 37.8, 53.2)),
        Curve(9.8, (2.1, 5.5, 11.7, 25.3, 48.1, 64.6)),
        Curve(61.8, (1.5, 5.5, 14.9, 31.6, 48.4, 62.4)),
    ),
    Specialty(
        "dermatology", "Dermatology", 114.0,
        Curve(396.8, (1.6, 5.9, 14.0, 26.6, 40.8, 54.4)),
        Curve(12.0, (2.2, 4.3, 7.8, 18.6, 43.9, 63.0)),
        Curve(97.6, (0.7, 2.0, 7.3, 24.0, 48.0, 63.7)),
    ),
    Specialty(
        "respiratory", "Respiratory medicine", 54.2,
        Curve(185.4, (1.6, 4.4, 11.2, 21.1, 35.5, 50.6)),
        Curve(2.2, (0.6, 2.0, 6.4, 17.1, 27.2, 49.9)),
        Curve(40.8, (0.9, 3.7, 10.5, 24.5, 44.1, 59.1)),
    ),
    Specialty(
        "neurology", "Neurology", 41.9,
        Curve(219.2, (2.4, 7.3, 15.4, 27.3, 41.1, 55.1)),
        Curve(0.6, (0.5, 1.8, 7.0, 15.7, 33.1, 61.6)),
        Curve(33.2, (1.9, 7.5, 20.0, 37.6, 52.3, 64.7)),
    ),
    Specialty(
        "rheumatology", "Rheumatology", 30.6,
        Curve(116.3, (1.7, 5.3, 12.1, 22.5, 36.4, 50.4)),
        Curve(1.4, (0.5, 1.7, 5.0, 11.6, 31.1, 60.7)),
        Curve(27.0, (1.3, 4.9, 11.7, 25.5, 43.4, 58.7)),
    ),
    Specialty(
        "gynaecology", "Gynaecology", 119.8,
        Curve(566.4, (2.2, 7.0, 15.3, 27.9, 42.8, 58.3)),
        Curve(16.0, (2.2, 6.1, 19.3, 47.8, 62.7, 68.8)),
        Curve(91.4, (0.9, 3.3, 11.9, 31.2, 50.1, 64.4)),
    ),
)  # fmt: skip
"""NHS England, consultant-led referral to treatment waiting times, full extract of January 2026; our sums."""

SOURCE = "Referral to treatment waiting times, full extract of January 2026, NHS England; our sums"
MONTH = "2026-01"

SHARE_OF_ENGLAND = 0.9 * 800_000 / 57_700_000
"""Nine in ten of the county's people who wait, wait here; people of England: ONS mid-2023. The nine in ten is judged."""

SPREAD = 0.12
"""How far each list is moved from England's balance, as the standard deviation of a logarithm; judged."""

POUNDS = {"admitted": 1_800, "non_admitted": 380}
"""Cost of a treatment with and without admission, pounds of 2026-27: 2016/17 reference costs raised by 45%; judged."""

TREATMENTS_SHARE = 0.85
"""Part of the hospital's budget for these lists that goes with treatments; the rest is overhead; judged."""

BANDS_HEADER = ("specialty", "part", "month", "week_from", "week_to", "count")
FLOWS_HEADER = ("specialty", "month", "clock_starts", "removals", "unit_cost", "name")
_EDGES = (*range(52), *range(52, 108, 4))
_TAIL_WEEKS = 14.0
"""Weeks beyond those of the last share within which all are; England's tail is about as short."""

SERVICE = "hospital"
FILES = ("bands.csv", "flows.csv", "hospital.yaml")


PUBLISHED = (
    Figure(
        "Hospital waiting lists",
        "people waiting, treated and starting to wait in January 2026 in twelve specialties, and the weeks that 10, 25, 50, "
        "75, 92 and 99 in 100 of them had waited",
        SOURCE,
    ),
)
JUDGED = (
    "That nine in ten of the county's patients wait at its own hospital, how far each list differs from England's, what a "
    "treatment costs, and the hospital's overhead.",
)


@dataclass(frozen=True)
class Hospital:
    """Rows of the two tables, the net budget in pounds, and what a treatment of a specialty costs."""

    bands: tuple[tuple[object, ...], ...]
    flows: tuple[tuple[object, ...], ...]
    budget: int
    unit_cost: dict[str, int]
    treated: dict[tuple[str, str], int]


def draw_hospital(seed: int) -> Hospital:
    """The hospital of a seed."""
    bands: list[tuple[object, ...]] = []
    flows: list[tuple[object, ...]] = []
    treated: dict[tuple[str, str], int] = {}
    costs: dict[str, int] = {}
    for s in ENGLAND:
        rng = stream(seed, f"hospital {s.id}")
        size, wait = np.exp(SPREAD * rng.standard_normal(2))
        for part, curve in (("incomplete", s.waiting), ("admitted", s.admitted), ("non_admitted", s.non_admitted)):
            people = 1000 * curve.thousands * SHARE_OF_ENGLAND * size * (wait if part == "incomplete" else 1.0)
            counts = _counts(curve, people)
            bands += [(s.id, part, MONTH, low, high, int(n)) for low, high, n in zip(*_spans(), counts, strict=True)]
            if part != "incomplete":
                treated[s.id, part] = int(counts.sum())
        costs[s.id] = _unit_cost(treated[s.id, "admitted"], treated[s.id, "non_admitted"])
        starts = round(1000 * s.starts * SHARE_OF_ENGLAND * size)
        flows.append((s.id, MONTH, starts, "", costs[s.id], s.name))
    return Hospital(tuple(bands), tuple(flows), budget(), costs, treated)


def budget() -> int:
    """Net pounds a year, to millions: what lists of England's balance would cost to treat, and the overhead."""
    month = sum(
        s.admitted.thousands * POUNDS["admitted"] + s.non_admitted.thousands * POUNDS["non_admitted"] for s in ENGLAND
    )
    return round(12_000 * SHARE_OF_ENGLAND * month / TREATMENTS_SHARE / 1e6) * 1_000_000


def _spans() -> tuple[tuple[int, ...], tuple[object, ...]]:
    """Where bands begin and end: single weeks for a year, then four at a time, the last one open."""
    return _EDGES, (*_EDGES[1:], "")


def _counts(curve: Curve, people: float) -> Floats:
    """People in each band, whole numbers, from a smooth curve through the weeks that shares of them have waited."""
    from scipy.interpolate import PchipInterpolator  # takes a while to load, and every command loads this file

    edges = np.minimum(np.array(_EDGES, dtype=np.float64), curve.weeks[-1] + _TAIL_WEEKS)
    below = PchipInterpolator((0.0, *curve.weeks, curve.weeks[-1] + _TAIL_WEEKS), (0.0, *SHARES, 1.0))
    shares = np.append(below(edges), 1.0)
    whole: Floats = np.diff(np.round(people * shares))
    return whole


def _unit_cost(admitted: int, non_admitted: int) -> int:
    """Pounds for each treatment of a specialty, admitted or not, to tens."""
    total = POUNDS["admitted"] * admitted + POUNDS["non_admitted"] * non_admitted
    return 10 * round(total / max(admitted + non_admitted, 1) / 10)


CUT = ("orthopaedics", "gynaecology")
"""The two specialties that lose theatre sessions: the longest lists for an operation."""
TITLE = "Northshire hospital: savings and recovery plan 2026-29"


def steps(h: Hospital) -> tuple[Step, ...]:
    """The trust's measures: two that save money, one that checks the list, one that works it down."""
    theatres = sum(12 * h.treated[s, "admitted"] * POUNDS["admitted"] for s in CUT)
    booked, claim = round(0.12 * theatres / 1e4) * 10_000, round(0.02 * h.budget / 1e4) * 10_000
    lists = round(12 * 0.06 * h.treated["eyes", "admitted"] / 10) * 10
    first, second = ({s.id: s.name for s in ENGLAND}[c].lower() for c in CUT)
    return (
        Step(
            "theatres-fewer-sessions", f"Fewer theatre sessions in {first} and {second}", SERVICE, "capacity",
            tuple(f"{s}/admitted" for s in CUT), "{scale: 0.88}", "Oct 2026", "2 quarters", booked,
            round(0.1 * booked / 1e4) * 10_000, round(0.5 * booked / 45_000), "business_case",
        ),
        Step(
            "theatre-use", "Better use of theatres: more on each list for the same money", SERVICE, "unit_cost", (),
            "{scale: 0.98}", "Apr 2027", "4 quarters", claim, round(0.2 * claim / 1e4) * 10_000, 0, "target",
        ),
        Step(
            "list-validation", "Check everybody who has waited 12 weeks", SERVICE, "validation", (), "{set: 0.5}",
            "Jul 2026", "none", None, 0, 0, "contract", end="Jan 2027",
        ),
        Step(
            "recovery-lists", "Weekend lists for cataracts until the target is met", SERVICE, "lists", ("eyes/admitted",),
            f"{{set: {lists}}}", "Apr 2027", "none", None, 0, 0, "business_case", end="Apr 2029",
        ),
    )  # fmt: skip


def promises(h: Hospital) -> tuple[tuple[str, str], ...]:
    """The trust's promises: text, and the check as it is written in the plan."""
    booked = sum(s.booked_saving or 0 for s in steps(h))

    def waiting_less(share: int) -> tuple[str, str]:
        return (
            f"By 2028-29, {share} in 100 on the list will have waited less than 18 weeks",
            f'service: hospital, what: share_within, weeks: 18, is: ">=", value: {share}%, when: 2028-29',
        )

    return (
        waiting_less(92),
        waiting_less(65),
        (
            "No more people than without the plan will wait 52 weeks or longer",
            'service: hospital, what: over, weeks: 52, is: "<=", value: "100% of baseline", when: end',
        ),
        (
            "The hospital will save all that is booked by 2028-29",
            f'service: hospital, what: saving, is: ">=", value: {booked}, when: 2028-29',
        ),
    )
