"""The libraries decision of November 2018 as a plan: close two, hand eleven to community groups, from April 2019."""

from __future__ import annotations

import polars as pl

HANDED_OVER_BY = 2021
SAVING = 323_000
"""Pounds a year that the county expected from fifteen libraries, reported in the Western Daily Press of 7 November 2018."""
FIFTEEN = 15
CLOSED = ("Highbridge", "Sunningdale")
ALSO_AMONG_THE_FIFTEEN = ("North Petherton", "Porlock")

PLAN = """\
withless: 1
title: Somerset libraries decision of November 2018
place: .
target: {{saving: £{total}, by: 2021-22}}
measures:
  - id: close-two
    title: Close Highbridge and Sunningdale
    service: libraries
    lever: open
    where: [{closed}]
    change: {{set: 0}}
    start: Apr 2019
    booked_saving: £{closing}
    evidence: business_case
    source: Cabinet decision of 5 November 2018; the split of the booked saving is judged
  - id: hand-over-eleven
    title: Hand eleven libraries to community groups
    service: libraries
    lever: volunteers
    where: [{handed}]
    change: {{set: 1}}
    start: Apr 2019
    booked_saving: £{handing}
    evidence: business_case
    source: Cabinet decision of 5 November 2018; which eleven is known from lists of 2016 and 2021
promises:
  - text: (ours, to try the plan) Somerset's libraries keep 95 in every 100 of their users
    check: {{service: libraries, what: served, is: ">=", value: 95% of baseline, when: end}}
  - text: (ours, to try the plan) No more people than in 2018 live over 20 minutes from a library
    check: {{service: libraries, what: people_beyond, minutes: 20, is: "<=", value: 100% of baseline, when: end}}
  - text: (from the decision) All but two of the 34 libraries go on, with communities where need be
    check: {{service: libraries, what: venues_open, is: ">=", value: 32, when: end}}
  - text: (from the decision) The changes save what was reported for them
    check: {{service: libraries, what: saving, is: ">=", value: £{total}, when: 2021-22}}
"""


def plan_text(inside: pl.DataFrame) -> str:
    """plan.yaml for the county's libraries, a table with id, name, cost and handed_over."""
    closed = inside.filter(pl.col("name").is_in(CLOSED))
    handed = inside.filter(pl.col("handed_over"))
    others = inside.filter(pl.col("name").is_in(ALSO_AMONG_THE_FIFTEEN))
    costs = [float(t["cost"].sum()) for t in (closed, handed, others)]
    each = SAVING / max(sum(costs), 1.0)
    closing, handing = round(costs[0] * each, -3), round(costs[1] * each, -3)
    return PLAN.format(
        total=f"{closing + handing:.0f}",
        closing=f"{closing:.0f}",
        handing=f"{handing:.0f}",
        closed=", ".join(closed["id"]),
        handed=", ".join(handed["id"]),
    )
