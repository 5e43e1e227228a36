"""Northshire's youth service: programmes, groups of young people, who can reach whom, what comes of it, and its measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...place import QUINTILES
from .geography import County
from .plan import Step, rounded

BUDGET = 6.0e6
"""Net pounds a year, of which the programmes' own cost leaves some 7% for head office."""

TABLES: Mapping[str, str] = {
    "programmes": "youth_programmes.csv",
    "young": "youth_groups.csv",
    "reach": "youth_reach.csv",
    "values": "youth_values.csv",
    "worth": "youth_worth.csv",
}
"""Table: file."""

Rows = tuple[Sequence[str], list[Sequence[object]]]


@dataclass(frozen=True)
class Programme:
    """A programme: pounds a year fixed, for the first young people each, and in all; `saturation` 0..1; when it would be cut.

    It reaches `school` of those of 11 to 15, `leavers` of those of 16 to 19, as shares; where `of_risk`, of those at risk
    alone. `tilt` is how much less it reaches in each better-off fifth.
    """

    id: str
    name: str
    fixed: int
    unit: int
    saturation: float
    spend: int
    cut_order: int | None
    school: float
    leavers: float
    of_risk: bool = False
    tilt: float = 0.0


AGES = {"0-15": "11 to 15", "16-24": "16 to 19"}

PROGRAMMES = (
    Programme("CLUBS_TOWN", "Open-access clubs in towns", 510_000, 90, 0.5, 1_300_000, 4, 0.55, 0.2, tilt=0.05),
    Programme("CLUBS_VILLAGE", "Open-access clubs in villages", 230_000, 130, 0.5, 430_000, 2, 0.12, 0.05, tilt=-0.02),
    Programme("DETACHED", "Youth workers on the street", 150_000, 420, 0.5, 680_000, 3, 0.10, 0.10, tilt=0.02),
    Programme(
        "KEYWORK", "Key workers for those out of work", 160_000, 1_150, 0.8, 1_150_000, None, 0.0, 0.9, of_risk=True
    ),
    Programme("MENTORS", "Mentoring", 110_000, 620, 0.6, 640_000, None, 0.6, 0.5, of_risk=True),
    Programme("LEARNING", "Alternative learning centre", 260_000, 2_400, 0.7, 620_000, None, 0.25, 0.0, of_risk=True),
    Programme("ADVICE", "Counselling and advice", 90_000, 310, 0.6, 460_000, 5, 0.05, 0.10),
    Programme("HOLIDAYS", "Holiday activities", 30_000, 60, 0.6, 280_000, 1, 0.30, 0.0, tilt=0.04),
)

RISK_BY_FIFTH = (0.14, 0.10, 0.07, 0.05, 0.04)
"""Share of young people out of education and work or likely to be, most deprived fifth first."""
OF_BAND = {"0-15": 5 / 16, "16-24": 4 / 9}
"""Part of an age band that is 11 to 15, and 16 to 19."""
FLOORS = (0.1, 0.04)
"""Share of each group that the best way to spend must keep engaged: in the most deprived fifth, and elsewhere."""

_CONTRACT = (
    "Youth Contract provision for 16- and 17-year-olds not in education, employment or training, RR318B, DfE 2014: "
    "1,375 more of 11,144 back in education in one arm, 131 of 1,431 in another"
)
_CLUBS = (
    "Effects of youth clubs on education and crime, IFS working paper 24/51, 2024: offenders up from 14 to 16 in 1,000 "
    "where clubs closed, about half a grade in one subject lost; 40% of teenagers went weekly; our sums"
)
_JUDGED = "our judgement"
VALUES: Sequence[tuple[str, str, float, float, str]] = (
    ("CLUBS_TOWN", "back_in_education", 0.0005, 0.003, _JUDGED),
    ("CLUBS_TOWN", "offences_averted", 0.004, 0.012, _CLUBS),
    ("CLUBS_TOWN", "grades", 0.05, 0.25, _CLUBS),
    ("CLUBS_VILLAGE", "back_in_education", 0.0005, 0.003, _JUDGED),
    ("CLUBS_VILLAGE", "offences_averted", 0.002, 0.010, _CLUBS),
    ("CLUBS_VILLAGE", "grades", 0.03, 0.25, _CLUBS),
    ("DETACHED", "back_in_education", 0.01, 0.04, _JUDGED),
    ("DETACHED", "offences_averted", 0.04, 0.12, _JUDGED),
    ("KEYWORK", "back_in_education", 0.06, 0.14, _CONTRACT),
    ("KEYWORK", "offences_averted", 0.02, 0.08, _JUDGED),
    ("MENTORS", "back_in_education", 0.03, 0.09, _JUDGED),
    ("MENTORS", "grades", 0.1, 0.5, _JUDGED),
    ("LEARNING", "back_in_education", 0.1, 0.3, _JUDGED),
    ("LEARNING", "grades", 0.3, 1.5, _JUDGED),
    ("ADVICE", "back_in_education", 0.004, 0.02, _JUDGED),
    ("ADVICE", "grades", 0.0, 0.1, _JUDGED),
    ("HOLIDAYS", "offences_averted", 0.001, 0.006, _JUDGED),
)
"""Programme, outcome, fewest and most a year for each young person engaged, source. Grades are of those still at school."""

WORTH: Sequence[tuple[str, int, int, str]] = (
    (
        "back_in_education", 10_000, 40_000,
        "Lifetime cost of 16- to 18-year-olds out of education and work, for the Audit Commission, 2010: £56,000 to the "
        "public purse and £104,000 in lost output; the part of it that one return to education averts is judged",
    ),
    (
        "offences_averted", 3_000, 10_000,
        "Cost of a cohort of young offenders to the criminal justice system, National Audit Office, 2011: £8,000 a year for "
        "each; the range is judged, and leaves victims out",
    ),
    (
        "grades", 1_000, 8_500,
        "GCSE attainment and lifetime earnings, DfE, 2021: £8,500 of discounted earnings for a grade in one subject, an "
        "association; the low end is judged",
    ),
)  # fmt: skip
"""Outcome, pounds that one is worth to society at least and at most, source."""


def tables(county: County) -> dict[str, Rows]:
    """Header and rows of every table, by file."""
    groups = _groups(county)
    programmes: list[Sequence[object]] = [
        (p.id, p.name, p.fixed, p.unit, p.saturation, p.spend, 1, "" if p.cut_order is None else p.cut_order)
        for p in PROGRAMMES
    ]
    header = ("id", "name", "fixed_cost", "unit_cost", "saturation", "spend", "open", "cut_order")
    return {
        TABLES["programmes"]: (header, programmes),
        TABLES["young"]: (("id", "age_band", "risk", "people", "fifth", "floor", "name"), groups),
        TABLES["reach"]: (("programme", "young", "share"), _reach()),
        TABLES["values"]: (("programme", "outcome", "low", "high", "source", "young"), _values()),
        TABLES["worth"]: (("outcome", "low", "high", "source"), [list(row) for row in WORTH]),
    }


def _group(band: str, fifth: int) -> str:
    return f"{'SCHOOL' if band == '0-15' else 'LEAVERS'}_{fifth}"


def _groups(county: County) -> list[Sequence[object]]:
    """Young people of 11 to 15 and 16 to 19 by deprivation fifth."""
    ours = ~county.outside
    bands = {"0-15": 0, "16-24": 1}
    return [
        (
            _group(band, k + 1), band, RISK_BY_FIFTH[k],
            round(float(county.people[ours & ((county.decile - 1) // 2 == k), column].sum()) * OF_BAND[band]), k + 1,
            FLOORS[0] if k == 0 else FLOORS[1], f"aged {AGES[band]}, {QUINTILES[k]}",
        )
        for band, column in bands.items()
        for k in range(5)
    ]  # fmt: skip


def _reach() -> list[Sequence[object]]:
    """Share of each group within each programme's reach; rows with nobody are left out."""
    rows: list[Sequence[object]] = []
    for p in PROGRAMMES:
        for band, share in (("0-15", p.school), ("16-24", p.leavers)):
            for k in range(5):
                risk = RISK_BY_FIFTH[k] if p.of_risk else 1.0
                within = float(np.clip((share - p.tilt * k if share else 0.0) * risk, 0.0, 1.0))
                if within > 0:
                    rows.append((p.id, _group(band, k + 1), f"{within:.4g}"))
    return rows


def _values() -> list[Sequence[object]]:
    """What comes of it: grades for each group still at school, all else for everybody."""
    rows: list[Sequence[object]] = []
    for row in VALUES:
        groups = [_group("0-15", k + 1) for k in range(5)] if row[1] == "grades" else [""]
        rows += [(*row, group) for group in groups]
    return rows


def steps() -> tuple[Step, ...]:
    """The youth service's measures: a cut shared by all, and then money moved to where it does most."""
    spent = sum(p.spend for p in PROGRAMMES)
    return (
        Step(
            "youth-cut", "Cut the youth service by a fifth, all alike", "youth", "budget", (), "{scale: 0.8}", "Apr 2027",
            "none", rounded(0.2 * spent), 60_000, 16.0, "business_case",
        ),
        Step(
            "youth-most-good", "Move youth work to where it does most, after training", "youth", "spend_how", (),
            "{set: best}", "Apr 2028", "none", 10_000, 250_000, 0.0, "business_case",
        ),
    )  # fmt: skip


def promises() -> tuple[tuple[str, str], ...]:
    """Promises about youth work: text, and the check as it is written in the plan."""
    return (
        (
            "Every youth programme will go on running",
            'service: youth, what: programmes_open, is: ">=", value: "100% of baseline", when: always',
        ),
        (
            "As many young people will be brought back into education or work as today, give or take a tenth",
            'service: youth, what: outcome, outcome: back_in_education, is: ">=", value: "90% of baseline", when: end',
        ),
        (
            "A third of 11- to 15-year-olds in the most deprived areas will take part in something",
            'service: youth, what: coverage_of, young: SCHOOL_1, is: ">=", value: 33%, when: end',
        ),
    )
