"""Northshire's help into work: a second portfolio, of adults, in which paying once for coaches may give more for less."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...place import QUINTILES
from .geography import County
from .plan import Step, rounded

BUDGET = 3.3e6
"""Net pounds a year."""

TABLES: Mapping[str, str] = {
    "programmes": "work_programmes.csv",
    "young": "work_groups.csv",
    "reach": "work_reach.csv",
    "values": "work_values.csv",
    "worth": "work_worth.csv",
}
"""Table: file. The table of young people holds adults here: it is a table of groups."""

Rows = tuple[Sequence[str], list[Sequence[object]]]

PROGRAMMES: Sequence[tuple[str, str, int, int, float, int]] = (
    ("COURSES", "Short courses and job fairs", 120_000, 160, 0.6, 1_500_000),
    ("COACHES", "Job coaches", 90_000, 900, 0.5, 420_000),
    ("PLACEMENTS", "Placements with employers", 140_000, 2_100, 0.5, 760_000),
    ("SMALL_LOANS", "Help to start a business", 60_000, 1_400, 0.4, 380_000),
)
"""Id, name, pounds a year fixed, pounds for the first people each, saturation, pounds a year in all."""

OUT_OF_WORK_BY_FIFTH = (0.060, 0.045, 0.032, 0.024, 0.018)
"""Share of people of 25 to 64 who look for work, most deprived fifth first: judged around England's unemployment rate."""
_REACH = {"COURSES": 0.5, "COACHES": 0.35, "PLACEMENTS": 0.2, "SMALL_LOANS": 0.1}
_JUDGED = "our judgement"
VALUES: Sequence[tuple[str, str, float, float, str]] = (
    ("COURSES", "in_work", 0.005, 0.03, _JUDGED),
    ("COACHES", "in_work", 0.05, 0.12, _JUDGED),
    ("PLACEMENTS", "in_work", 0.10, 0.22, _JUDGED),
    ("SMALL_LOANS", "in_work", 0.04, 0.12, _JUDGED),
)
"""Programme, outcome, fewest and most a year for each person engaged beyond those who would find work anyway, source."""


def tables(county: County) -> dict[str, Rows]:
    """Header and rows of every table, by file."""
    ours = ~county.outside
    groups: list[Sequence[object]] = []
    for k, share in enumerate(OUT_OF_WORK_BY_FIFTH):
        adults = float(county.people[ours & ((county.decile - 1) // 2 == k), 2].sum())
        groups.append(
            (f"SEEKING_{k + 1}", "25-64", share, round(adults * share), k + 1, f"looking for work, {QUINTILES[k]}")
        )
    programmes: list[Sequence[object]] = [(*row, 1) for row in PROGRAMMES]
    reach: list[Sequence[object]] = [(i, g[0], share) for i, share in _REACH.items() for g in groups]
    return {
        TABLES["programmes"]: (("id", "name", "fixed_cost", "unit_cost", "saturation", "spend", "open"), programmes),
        TABLES["young"]: (("id", "age_band", "risk", "people", "fifth", "name"), groups),
        TABLES["reach"]: (("programme", "young", "share"), reach),
        TABLES["values"]: (("programme", "outcome", "low", "high", "source"), [list(row) for row in VALUES]),
        TABLES["worth"]: (("outcome", "low", "high", "source"), [["in_work", 8_000, 16_000, _JUDGED]]),
    }


def steps() -> tuple[Step, ...]:
    """An invest-to-save: coaches are hired and trained once, money moves to where it does most, and less is spent."""
    spent = sum(row[-1] for row in PROGRAMMES)
    return (
        Step(
            "work-coaches", "Hire and train job coaches; move money to where it does most", "help_into_work", "spend_how",
            (), "{set: best}", "Apr 2027", "none", 100_000, 450_000, 0.0, "business_case",
        ),
        Step(
            "work-less", "Spend a tenth less on help into work", "help_into_work", "budget", (), "{scale: 0.9}", "Oct 2027",
            "none", rounded(0.1 * spent), 20_000, 0.0, "business_case",
        ),
    )  # fmt: skip


def promises() -> tuple[tuple[str, str], ...]:
    """A promise about help into work: text, and the check as it is written in the plan."""
    return (
        (
            "More people will be helped into work than today, for less",
            'service: help_into_work, what: outcome, outcome: in_work, is: ">=", value: "100% of baseline", when: end',
        ),
    )
