"""What the programmes service reads and what a plan may move: tables, levers, and what they say of themselves."""

from __future__ import annotations

from ...place import AGE_BANDS, Column, TableSpec
from ...plan import Lever
from ...service import Quantity

MOST_POUNDS = 1e10
"""More than any one programme costs: beyond it, somebody slipped."""

_POUNDS = "pounds/year"

PROGRAMMES = TableSpec(
    "programmes",
    "one row a programme: what it costs whoever comes, what one more young person costs, what is spent on it today",
    (
        Column("id", "id", "short name, used in plans"),
        Column("name", "text", "name people know it by"),
        Column(
            "fixed_cost",
            "number",
            "what it costs as long as it runs at all: building, head worker",
            unit=_POUNDS,
            low=0,
            high=MOST_POUNDS,
        ),
        Column(
            "unit_cost",
            "number",
            "beyond that, what engaging the first young people costs each",
            unit=_POUNDS,
            low=0.01,
            high=1e6,
        ),
        Column(
            "saturation",
            "number",
            "share of those it could reach who would come if money were no limit",
            unit="share",
            low=0,
            high=1,
        ),
        Column(
            "spend",
            "number",
            "spent on it in a year, fixed cost included; of a closed one, what opening it would take",
            unit=_POUNDS,
            low=0,
            high=MOST_POUNDS,
        ),
        Column("open", "number", "1 where it runs today", unit="switch", low=0, high=1, required=False, default=1.0),
        Column(
            "engaged",
            "number",
            "young people engaged in a year, where counted; its unit cost is then taken from that",
            unit="people",
            low=0,
            high=1e8,
            required=False,
            blank=True,
        ),
        Column(
            "targeting",
            "number",
            "part of its money that follows risk and not numbers alone",
            unit="share",
            low=0,
            high=1,
            required=False,
            default=0.0,
        ),
        Column(
            "cut_order",
            "number",
            "its place in the order in which the council means to cut, 1 first; blank: never",
            low=1,
            high=1e6,
            required=False,
            blank=True,
        ),
    ),
    key=("id",),
)

YOUNG = TableSpec(
    "young",
    "one row a group of young people",
    (
        Column("id", "id", "short name of the group"),
        Column("age_band", "choice", "age band they belong to", choices=AGE_BANDS),
        Column(
            "risk",
            "number",
            "share of them who are, or are likely to be, out of education and work",
            unit="share",
            low=0,
            high=1,
        ),
        Column("people", "number", "young people in the group", unit="people", low=0, high=1e8),
        Column("name", "text", "what reports call the group; its id where there is none", required=False, blank=True),
        Column(
            "fifth",
            "number",
            "deprivation fifth they live in, 1 the most deprived; blank: as people of their age live",
            low=1,
            high=5,
            required=False,
            blank=True,
        ),
        Column(
            "floor",
            "number",
            "share of them that the best way to spend must keep engaged, counting each programme",
            unit="share",
            low=0,
            high=1,
            required=False,
            default=0.0,
        ),
    ),
    key=("id",),
)

REACH = TableSpec(
    "reach",
    "whom each programme could reach; absent: nobody of that group",
    (
        Column("programme", "ref", "programme", refers_to="programmes.id"),
        Column("young", "ref", "group of young people", refers_to="young.id"),
        Column("share", "number", "share of the group it could reach", unit="share", low=0, high=1),
    ),
    key=("programme", "young"),
)

VALUES = TableSpec(
    "values",
    "what comes of it: outcomes a year for each young person engaged, with the range that evidence leaves",
    (
        Column("programme", "ref", "programme", refers_to="programmes.id"),
        Column(
            "outcome", "text", "what it is counted in, such as back_in_education, offences_averted, grades; not engaged"
        ),
        Column("low", "number", "fewest for each young person engaged", low=-1e6, high=1e6),
        Column("high", "number", "most for each young person engaged", low=-1e6, high=1e6),
        Column("source", "text", "where the range is from"),
        Column(
            "young",
            "ref",
            "group of young people it holds for; blank: all others",
            refers_to="young.id",
            required=False,
            blank=True,
        ),
    ),
    key=("programme", "outcome", "young"),
)

WORTH = TableSpec(
    "worth",
    "what society gains from one of each outcome, so that the best way to spend can weigh them together",
    (
        Column("outcome", "text", "an outcome of the values table, or engaged"),
        Column("low", "number", "least that one is worth", unit="pounds", low=0, high=1e9),
        Column("high", "number", "most that one is worth", unit="pounds", low=0, high=1e9),
        Column("source", "text", "where the range is from"),
    ),
    key=("outcome",),
    required=False,
)

LEVERS = (
    Lever(
        "spend",
        "what the programme is given in a year, fixed cost included; below its fixed cost it cannot run",
        "pounds/year",
        "programmes",
        low=0.0,
        high=MOST_POUNDS,
        direction=1,
    ),
    Lever("open", "runs (1) or is closed (0)", "switch", "programmes", 0.0, 1.0, direction=1, closes=True),
    Lever(
        "targeting", "part of its money that follows risk and not numbers alone", "share", "programmes", low=0, high=1
    ),
    Lever(
        "intensity",
        "time given to each young person against today's: more costs more and does more",
        "ratio",
        "programmes",
        low=0.1,
        high=10.0,
    ),
    Lever(
        "budget",
        "all programmes' money in a year; a change of it is shared out as spend_how says",
        "pounds/year",
        low=0.0,
        high=MOST_POUNDS,
        direction=1,
    ),
    Lever(
        "floor",
        "share of a group of young people that the best way to spend must keep engaged",
        "share",
        "young",
        low=0.0,
        high=1.0,
    ),
    Lever("weight", "how far the best way to spend counts an outcome's worth", "ratio", low=0.0, high=100.0),
    Lever(
        "spend_how",
        "how a budget is shared out: pro_rata, as_planned (in the table's cut_order), best (by worth), "
        "best_for_ and an outcome",
        "choice",
    ),
)

QUANTITIES = {
    "engaged": Quantity("people", "different young people engaged by at least one programme", {}),
    "engaged_of": Quantity("people", "the same in one group of young people (give `young`)", {"young": "id"}),
    "coverage_of": Quantity("share", "share of one group that is engaged (give `young`)", {"young": "id"}),
    "outcome": Quantity("ratio", "one outcome a year (give `outcome`)", {"outcome": "id"}),
    "cost_per_outcome": Quantity(
        "pounds", "pounds of spending for one of an outcome (give `outcome`)", {"outcome": "id"}
    ),
    "programmes_open": Quantity("ratio", "programmes that run", {}),
}
