"""Adult social care in Northshire: who is helped, what it costs, the council's rules, and its plan for all three."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from . import figures
from .chance import stream
from .figures import Figure
from .geography import County
from .plan import Step, rounded

WEEKS = 365.25 / 7

SERVICE = "social_care"
TITLE = "Adult social care"
NEEDS = ("moderate", "substantial", "critical")
HOURS = {"moderate": 6.0, "substantial": 11.0, "critical": 19.0}
"""Hours a week of an older client at home."""

_OLDER_AT_HOME = {"65-74": 0.011, "75-84": 0.032, "85+": 0.105}
_OLDER_IN_HOMES = {"65-74": 0.003, "75-84": 0.014, "85+": 0.058}
_NEED_SHARES = {"home": (0.24, 0.44, 0.32), "care_home": (0.0, 0.35, 0.65)}
_WORKING = {"physical": (0.0019, 0.06), "learning": (0.0042, 0.18), "mental": (0.0014, 0.07)}
"""Clients for each resident of 16 to 64, and the part of them in care homes."""

_DIRECT_PAYMENTS = 0.25
_ROUNDED_TO = 5

COSTS: tuple[tuple[str, str, float, str], ...] = (
    ("home", "hour", 25.0, "all"),
    ("home", "charge", 55.0, "all"),
    ("care_home", "week", 1_150.0, "older"),
    ("care_home", "charge", 300.0, "all"),
    ("all", "person", 25_000, "physical"),
    ("all", "person", 58_000, "learning"),
    ("all", "person", 18_000, "mental"),
    ("carers", "total", 1_800_000, "all"),
)
MEANS_TEST = 0.45
"""Part of the clients at home, of whatever age, who are charged."""
POLICY = (("threshold", "moderate"), ("reablement", "20%"), ("means_test", f"{MEANS_TEST:.0%}"))
OVERHEAD = 0.07
"""Part of the net budget that is social work, commissioning and head office."""

FILES = ("care_clients.csv", "care_costs.csv", "care_policy.csv")
CLIENTS_HEADER = ("group", "age_band", "sex", "need", "setting", "met_by", "people", "hours_week")
COSTS_HEADER = ("setting", "unit", "pounds", "group")
POLICY_HEADER = ("rule", "value")

PUBLISHED = (
    Figure(
        "Adult social care",
        "818,000 people had long-term support from councils in England in 2021-22, 529,000 of them of 65 and over; "
        "£22.0bn gross, about £390 a resident",
        "Adult Social Care Activity and Finance Report, England 2021-22, NHS Digital, October 2022",
    ),
    Figure(
        "Adult social care",
        "£24.7bn spent by councils in England in 2024-25 net of charges and other income (£29.4bn gross), about £430 a resident; "
        "£23.56 for an hour of home care from outside providers, £1,186 for a week in a care home; clients paid £4.7bn",
        "Adult social care finance report, England: 2024 to 2025, Department of Health and Social Care, October 2025; people: "
        "ONS mid-2023 estimates; what clients paid is our sum",
    ),
    Figure(
        "Adult social care",
        "26% of people who get help in the community hold a direct payment",
        "Adult Social Care Outcomes Framework 2022-23, NHS England, December 2023",
    ),
)
JUDGED = (
    "Clients of social care by age, need and setting: rates near England's for long-term support on one day, somewhat "
    "more at home because Northshire still helps people with moderate needs; most councils stopped before 2015.",
    "Hours of a client at home by need, prices of an hour and a week, charges and who pays them, reablement, and spending on "
    "carers.",
)


@dataclass(frozen=True)
class Care:
    """The service's rows: clients as in `CLIENTS_HEADER`, and pounds a year worked out from them for the plan."""

    clients: tuple[tuple[object, ...], ...]
    moderate_home: float
    all_home: float
    gross: float
    net: float


def draw_care(seed: int, county: County) -> Care:
    """Clients by rate and age with a little chance, each count rounded to 5."""
    people = county.people[~county.outside].sum(axis=0)
    by_age = dict(zip(figures.AGE_BANDS, people.tolist(), strict=True))
    g = stream(seed, "care clients")
    rows: list[tuple[object, ...]] = []
    home, care = dict.fromkeys(NEEDS, 0), 0
    for age, rate in _OLDER_AT_HOME.items():
        for need, share in zip(NEEDS, _NEED_SHARES["home"], strict=True):
            count = by_age[age] * rate * share * g.uniform(0.93, 1.07)
            for setting, part in (("home", 1 - _DIRECT_PAYMENTS), ("direct_payment", _DIRECT_PAYMENTS)):
                n = _to_five(count * part)
                rows.append(("older", age, "all", need, setting, "council", n, f"{HOURS[need]:g}"))
                home[need] += n
        for need, share in zip(NEEDS, _NEED_SHARES["care_home"], strict=True):
            n = _to_five(by_age[age] * _OLDER_IN_HOMES[age] * share * g.uniform(0.93, 1.07))
            if n:
                rows.append(("older", age, "all", need, "care_home", "council", n, ""))
            care += n
    adults = by_age["16-24"] + by_age["25-64"]
    working = {}
    for group, (rate, in_homes) in _WORKING.items():
        count = adults * rate * g.uniform(0.93, 1.07)
        working[group] = _to_five(count)
        at_home = count * (1 - in_homes)
        split = (("home", at_home * (1 - _DIRECT_PAYMENTS)), ("direct_payment", at_home * _DIRECT_PAYMENTS))
        for setting, n_of in (*split, ("care_home", count * in_homes)):
            rows.append((group, "18-64", "all", "all", setting, "council", _to_five(n_of), ""))
    return _with_money(tuple(rows), home, care, working)


def _with_money(rows: tuple[tuple[object, ...], ...], home: dict[str, int], care: int, working: dict[str, int]) -> Care:
    """The rows with what they cost a year."""
    price = {(setting, unit, group): pounds for setting, unit, pounds, group in COSTS}
    by_need = {need: home[need] * HOURS[need] * WEEKS * price["home", "hour", "all"] for need in NEEDS}
    homes = care * WEEKS * price["care_home", "week", "older"]
    others = sum(n * price["all", "person", group] for group, n in working.items())
    gross = sum(by_need.values()) + homes + others + price["carers", "total", "all"]
    at_home, in_homes = (
        sum(int(str(row[6])) for row in rows if (row[4] == "care_home") is where) for where in (False, True)
    )
    charges = WEEKS * (
        at_home * MEANS_TEST * price["home", "charge", "all"] + in_homes * price["care_home", "charge", "all"]
    )
    return Care(rows, by_need["moderate"], sum(by_need.values()), gross, gross - charges)


def budget(care: Care) -> float:
    """Net pounds a year, overhead included, to the nearest £100,000."""
    return round(care.net / (1 - OVERHEAD) / 1e5) * 1e5


def place_yaml(care: Care) -> str:
    """The service in place.yaml."""
    tables = ", ".join(f"{f.removeprefix('care_').removesuffix('.csv')}: {f}" for f in FILES)
    return (
        f"  {SERVICE}:\n"
        f"    kind: care\n"
        f"    title: {TITLE}\n"
        f"    payer: council\n"
        f"    budget: £{budget(care) / 1e6:.1f}m\n"
        f"    volunteer_share: 0\n"
        f"    tables: {{{tables}}}\n"
    )


def steps(care: Care) -> tuple[Step, ...]:
    """Five measures, booked as councils book them: every moderate client goes, every hour cut is saved."""
    return (
        Step(
            "care-threshold", "Care for substantial and critical needs only, at each client's review", SERVICE,
            "threshold", (), "{set: substantial}", "Apr 2027", "6 quarters", rounded(care.moderate_home), 250_000, 0.0,
            "business_case",
        ),
        Step(
            "care-hours", "A tenth fewer hours in care packages at home", SERVICE, "hours", (), "{scale: 0.9}",
            "Apr 2027", "4 quarters", rounded(0.1 * (care.all_home - care.moderate_home)), 100_000, 0.0, "target",
        ),
        Step(
            "care-direct-payments", "Direct payments for 45 in 100 people at home", SERVICE, "direct_payments", (),
            "{set: 0.45}", "Oct 2026", "8 quarters", rounded(0.2 * 0.05 * care.all_home), 200_000, 0.0, "target",
        ),
        Step(
            "care-reablement", "Reablement first for half of new older clients", SERVICE, "reablement", ("older",),
            "{set: 0.5}", "Oct 2026", "4 quarters", rounded(0.03 * care.all_home), 300_000, 0.0, "business_case",
        ),
        Step(
            "care-procurement", "Better buying of care", SERVICE, "unit_cost", (), "{scale: 0.99}", "Apr 2027",
            "4 quarters", rounded(0.01 * care.gross), 150_000, 0.0, "target",
        ),
    )  # fmt: skip


def promises() -> tuple[tuple[str, str], ...]:
    """A promise about care: text, and the check as it is written in the plan."""
    return (
        (
            "Nobody who needs care will lose it",
            f'service: {SERVICE}, what: people_losing, is: "<=", value: 0, when: end',
        ),
    )


def people(care: Care) -> int:
    """Everybody whom the council helps on one day."""
    return sum(int(str(row[6])) for row in care.clients)


def readme_text(care: Care) -> str:
    """What the tables add up to, in a sentence."""
    by_group: dict[str, int] = {}
    for row in care.clients:
        by_group[str(row[0])] = by_group.get(str(row[0]), 0) + int(str(row[6]))
    listed = ", ".join(f"{n:,} {group}" for group, n in by_group.items())
    return (
        f"Adult social care helps {people(care):,} people on one day ({listed}); it costs £{care.gross / 1e6:.0f}m gross and "
        f"£{care.net / 1e6:.0f}m net of charges at home and in care homes, beside head office."
    )


def _to_five(people: float) -> int:
    return int(_ROUNDED_TO * np.round(people / _ROUNDED_TO))


def rows_of(care: Care) -> dict[str, tuple[Sequence[str], Sequence[Sequence[object]]]]:
    """The three tables: {file: (header, rows)}."""
    costs = [
        (setting, unit, f"{pounds:g}" if pounds < 1e6 else f"{pounds:.0f}", group)
        for setting, unit, pounds, group in COSTS
    ]
    made: tuple[tuple[Sequence[str], Sequence[Sequence[object]]], ...] = (
        (CLIENTS_HEADER, care.clients),
        (COSTS_HEADER, costs),
        (POLICY_HEADER, POLICY),
    )
    return dict(zip(FILES, made, strict=True))
