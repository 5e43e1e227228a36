"""What the care service reads and what a plan may move: tables, levers, and what they say of themselves."""

from __future__ import annotations

from ...place import Column, TableSpec
from ...plan import Lever

CLIENTS = ("older", "physical", "learning", "mental")
"""Client groups as councils' returns have them: people of 65 and over, and three groups of working age."""

WORKING = CLIENTS[1:]
NEEDS = ("moderate", "substantial", "critical")
SETTINGS = ("home", "direct_payment", "care_home")
MET_BY = ("council", "family", "self", "unmet")
OLDER_AGES = ("65-74", "75-84", "85+")
WORKING_AGES = ("16-24", "25-64")
SCOPES = ("new", "review", "all")
THRESHOLDS = {"low": 0.0, "moderate": 1.0, "substantial": 2.0, "critical": 3.0}
"""Words of the national eligibility criteria of 2003 to 2015 on the score: one band is one point."""

SCOPE_TODAY = SCOPES.index("review")
WEEKS = 365.25 / 7
MOST_POUNDS = 1e10
RULES = ("threshold", "reablement", "means_test")

CLIENTS_TABLE = TableSpec(
    "clients",
    "people by client group, age, need, where they are helped and by whom, on one day; `all` where it is not split",
    (
        Column("group", "choice", "client group", choices=CLIENTS),
        Column(
            "age_band",
            "choice",
            "age band",
            choices=("all", "18-64", "65+", *WORKING_AGES, *OLDER_AGES),
            required=False,
            default="all",
        ),
        Column("sex", "choice", "sex, summed over", choices=("all", "men", "women"), required=False, default="all"),
        Column("need", "choice", "band of need", choices=("all", *NEEDS), required=False, default="all"),
        Column(
            "setting",
            "choice",
            "where and how; community is home and direct payment together",
            choices=("all", "community", *SETTINGS),
            required=False,
            default="all",
        ),
        Column("met_by", "choice", "who helps", choices=MET_BY, required=False, default="council"),
        Column("people", "number", "people on one day", unit="people", low=0, high=1e8),
        Column(
            "hours_week",
            "number",
            "hours of help a week for each, at home",
            unit="hours/week",
            low=0,
            high=168,
            required=False,
            blank=True,
        ),
    ),
    key=("group", "age_band", "sex", "need", "setting", "met_by"),
)
COSTS_TABLE = TableSpec(
    "costs",
    "what an hour, a week or a year of help costs the council before charges, and what clients are charged",
    (
        Column("setting", "choice", "what it is for", choices=("all", "community", *SETTINGS, "carers")),
        Column(
            "unit",
            "choice",
            "pounds for an hour, a week, a person a year, in total a year, or the charge a week to one who pays",
            choices=("hour", "week", "person", "total", "charge"),
        ),
        Column("pounds", "number", "how much", unit="pounds", low=0, high=MOST_POUNDS),
        Column("group", "choice", "client group", choices=("all", *CLIENTS), required=False, default="all"),
    ),
    key=("setting", "unit", "group"),
    required=False,
)
POLICY_TABLE = TableSpec(
    "policy",
    "the council's rules today",
    (
        Column("rule", "choice", "which rule", choices=RULES),
        Column("value", "text", "threshold: a word or a score; reablement and means_test: a share"),
    ),
    key=("rule",),
    required=False,
)

LEVERS = (
    Lever(
        "threshold",
        "least need that the council meets: a word (moderate, substantial, critical) or a score (1, 2, 3), by client group",
        "score",
        low=0.0,
        high=4.0,
        direction=-1,
        words=THRESHOLDS,
    ),
    Lever(
        "applies_to",
        "whom a new threshold meets: new (people who ask), review (them, and clients at their review), all (at once)",
        "choice",
    ),
    Lever(
        "hours",
        "hours in a package at home against today's, by band of need",
        "ratio",
        low=0.0,
        high=3.0,
        direction=1,
    ),
    Lever(
        "direct_payments", "share of clients at home who hold the money themselves, by client group", "share", "", 0, 1
    ),
    Lever("reablement", "share of new older clients at home who first have weeks of reablement", "share", "", 0, 1),
    Lever("fees", "price paid to providers against today's, by setting", "ratio", "", 0.5, 2.0, direction=1),
    Lever("charge", "what a client at home who pays is charged", "pounds/week", "", 0, 1000, direction=-1),
    Lever("means_test", "share of clients at home who are asked to pay", "share", "", 0, 1, direction=-1),
    Lever("carers", "spending on support for family carers", "pounds/year", "", 0, 1e9),
    Lever(
        "budget",
        "net spending at today's needs against today's; a tighter one takes people off and hours away without a word",
        "ratio",
        low=0.3,
        high=2.0,
        direction=1,
    ),
)
LEVER_UNITS = {
    "threshold": CLIENTS,
    "applies_to": CLIENTS,
    "hours": NEEDS,
    "direct_payments": CLIENTS,
    "reablement": ("older",),
    "fees": ("home", "care_home"),
    "charge": ("home",),
    "means_test": ("home",),
    "carers": ("carers",),
    "budget": ("all",),
}
"""Ids of the units of every lever: a measure's `where` names some of these, or all."""
