"""What a report holds, typed: the one description from which JSON, its schema (schema.json) and its page (docs/json.md) are made.

The docstring of a class or a field is what the schema and the page say of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

VERSION = "1"
"""Version of the schema; it changes when a name or a meaning does, not when one is added."""


@dataclass(frozen=True)
class OneOf:
    """Marks text that is one of some words: the core keeps them as text, the schema lists them."""

    words: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.literal_schema(list(self.words))


Word = Annotated[str, OneOf(("more", "same", "less"))]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


class Model(BaseModel):
    """Frozen, and strict: a name that is not declared is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, populate_by_name=True)


class Range(Model):
    """An uncertain number over draws: 90 in 100 lie between `p5` and `p95`."""

    mean: float
    p5: float
    p50: float
    p95: float


class Sides(Model):
    """Without the plan (`baseline`), with it (`plan`), and the `change`, taken draw by draw."""

    baseline: Range
    plan: Range
    change: Range


class Classes(Model):
    """Probabilities of the three words of a verdict."""

    more: Share
    same: Share
    less: Share


class Errors(Model):
    """Standard errors of the three probabilities; null with a single block of draws."""

    more: float | None
    same: float | None
    less: float | None


class MoneyClasses(Model):
    """Probabilities that the plan costs less, the same or more."""

    less: Share
    same: Share
    more: Share


class Pence(Model):
    """Pence of service taken away in each pound saved."""

    mean: float
    p5: float
    p95: float


class Tolerance(Model):
    """The three probabilities with half and with double the tolerance."""

    half: Classes
    double: Classes


class YearVerdict(Model):
    """The verdict on one year."""

    year: str
    more: Share
    same: Share
    less: Share
    headline: str


class Verdict(Model):
    """The verdict on one service, or on the plan: probabilities, words and what lies behind them."""

    more: Share
    same: Share
    less: Share
    word: Word
    """the likeliest of the three"""
    headline: str
    beyond_doubt: bool
    """whether the word is over 99% likely at half and at double the tolerance too"""
    changes: Share
    """share of runs in which the plan changes anything worth the name"""
    standard_error: Errors
    before_guards: Classes
    """without the rules on waits, on gains where people and outcomes fall, and on services of no cost"""
    money: MoneyClasses
    less_for: list[str]
    """groups that lose much while the plan as a whole does not"""
    less_in: list[str]
    """services whose own word is less"""
    by_charging: bool
    """whether users pay more than a tenth of the saving"""
    moved_to_others: bool
    """whether more than a tenth of the saving is moved to others"""
    pence: Pence | None
    """null where the saving is not clear of zero"""
    tolerance: Tolerance
    by_year: list[YearVerdict]


class Nearest(Model):
    """The single assumption, at a value within its range, under which the word is least likely."""

    name: str
    meaning: str
    unit: str
    value: float
    word: Share
    """probability of the verdict's word there"""
    other: Word
    """the likeliest other word there"""
    other_chance: Share
    changes: bool
    """whether the other word is likelier there"""


class PlanVerdict(Verdict):
    """The verdict on the whole plan."""

    nearest: Nearest | None
    """the nearest way to be wrong; null where no assumption sways the word"""


class Target(Model):
    """The saving that the plan aims at."""

    saving: float
    by: str
    reached: Share
    """chance that savings alone reach it in the target year"""
    reached_with_raised: Share
    """chance that savings and what is raised reach it"""


class Payer(Model):
    """What one body saves of the services it pays for."""

    payer: str
    delivered: Range


class YearMoney(Model):
    """Money in one year."""

    year: str
    booked: float
    delivered: Range
    raised: Range
    one_off: Range


class Horizon(Model):
    """All years together, discounted to the first: `net` is saving less one-off costs, plus receipts."""

    saving: Range
    one_off: Range
    capital_receipt: Range
    net: Range


class Money(Model):
    """Money in the target year, pounds a year, unless it says otherwise."""

    booked: float
    """what the plan books in the target year"""
    delivered: Range
    """really saved, by all services and budget lines; neither taxes raised nor reserves drawn"""
    judged: Range
    """of it, by the services that the verdict judges"""
    raised: Range
    """council tax and grants beyond today's, never a saving"""
    drawn: Range
    """taken from reserves beyond today's, never a saving"""
    one_off: Range
    """pounds over all years"""
    capital_receipt: Range
    """pounds over all years, never a saving"""
    by_payer: list[Payer]
    by_year: list[YearMoney]
    horizon: Horizon


class NotModelled(Model):
    """What is saved on services that are too crude to count in the verdict."""

    services: list[str]
    saving: Range
    share: float | None
    """its part of the whole saving; null where nothing is saved"""


class Moved(Model):
    """Pounds a year moved to others."""

    users: Range
    carers: Range
    volunteers: Range
    nhs: Range
    other: Range
    total: Range


class Ledger(Model):
    """Where a saving comes from, pounds a year: the first five add up to `total` in every draw, and so do their means."""

    efficiency: Range
    """doing it better, less cost left behind"""
    fewer_people: Range
    """service that people no longer get"""
    lower_quality: Range
    """less service for those who still get it"""
    charged: Range
    """paid by users; below zero where income is lost"""
    price: Range
    """cheaper inputs"""
    total: Range
    """the saving"""
    gained: Range
    """efficiency before cost left behind is taken off: `gained` less `left_behind` is `efficiency`"""
    left_behind: Range
    """cost that stays though the service it paid for is gone, within efficiency"""
    hidden: Range
    """lower quality that hides in efficiency claims"""
    efficiency_with_unpaid_labour_priced: Range
    moved: Moved


class Cost(Sides):
    """Net cost, pounds a year, with gross cost and income."""

    gross: Sides
    income: Sides


class YearService(Model):
    """One service in one year."""

    year: str
    served: Sides
    saving: Range


class Unit(Model):
    """A unit of a service, such as a building or a specialty, with sides of what the service reports of it, such as `users`,
    `visits`, `hours` of a venue.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Sides]

    id: str
    name: str
    fate: str
    """what the plan on paper makes of it"""
    as_written: Share | None
    """share of runs in which the yes-or-no changes here end as the plan has them; null where there are none"""
    x_km: float | None
    y_km: float | None


class Line(Model):
    """A named line of an exhibit: a range for each label."""

    name: str
    values: list[Range]


class Exhibit(Model):
    """What a service has to show of itself: sentences, and lines of ranges over labels."""

    title: str
    text: str
    unit: str
    kind: Annotated[str, OneOf(("lines", "bars"))]
    """`lines` over time, or `bars`"""
    labels: list[str]
    lines: list[Line]


class Service(Model):
    """One service in the target year."""

    id: str
    name: str
    kind: str
    payer: str
    """who pays: council or nhs"""
    people: str
    """what the service calls those it serves"""
    in_verdict: bool
    """whether it counts in the plan's verdict"""
    touched: bool
    """whether the plan has a measure for it"""
    use_by_group: Annotated[str, OneOf(("measured", "assumed"))]
    cost: Cost
    need: Range
    """people it is there for"""
    served: Sides
    """people a year"""
    quality: Sides
    """for those served; 1 is today's"""
    wait: Sides | None
    """days waited for each person served; null where nobody waits"""
    moved: Moved
    ledger: Ledger
    verdict: Verdict
    by_year: list[YearService]
    units: list[Unit]
    stay_share: Range | None
    """users of closed venues who go on using another, closures alone applied; null where none closes"""
    exhibits: list[Exhibit]


class Group(Model):
    """Service for one group in pounds a year at standard cost, of the services in the verdict."""

    by: Annotated[str, OneOf(("deprivation", "age", "both"))]
    label: str
    people: float
    """people in need of the service"""
    residents: float
    """people who live in the place; 0 where nobody does, and then no change is anyone's"""
    baseline: Range
    plan: Range
    change: Range
    change_share: Range
    """change over baseline"""
    moved: Range
    """pounds a year moved to them"""
    measured: bool
    """false where use by group was assumed for a service"""


class AreaUsers(Model):
    """Mean users of a service in each area, without the plan and with it."""

    baseline: list[float]
    plan: list[float]


class Areas(Model):
    """Areas inside the place, as columns of one length."""

    id: list[str]
    name: list[str]
    x_km: list[float]
    y_km: list[float]
    decile: list[int]
    people: list[float]
    users: dict[str, AreaUsers]
    """{service: users}, of services that report them"""


class Promise(Model):
    """A promise of the plan against what was found."""

    text: str
    holds_probability: Share
    bar: str
    """what was asked, in words"""
    question: str | None
    """asks whether the bar is what was meant, where a bare number is far from today's; else null"""
    shown: str
    """bar and finding in words"""
    service: str
    what: str
    arguments: dict[str, float | str]
    comparison: Annotated[str, OneOf(("<=", ">=", "<", ">"))] = Field(validation_alias="is", serialization_alias="is")
    value: float
    of_baseline: bool
    """whether `value` is a share of what it is without the plan"""
    when: str
    unit: str
    plan: Range | None
    baseline: Range | None
    change: Range | None


class Measure(Model):
    """A measure as the plan gives it."""

    id: str
    title: str
    service: str
    lever: str
    where: list[str]
    change: dict[Annotated[str, OneOf(("set", "scale", "add"))], float | str] = Field(min_length=1, max_length=1)
    """{set, scale or add: number}; a choice from a list by its word"""
    booked_saving: float | None
    one_off_cost: float | None
    posts: float
    evidence: Annotated[str, OneOf(("contract", "business_case", "target"))]
    source: str


class Belief(Model):
    """An answer of a poll beside what was found; a share of people is not a probability."""

    about: str
    believed: str
    share: float | None
    low: float | None
    high: float | None
    warning: str
    quantity: str
    found: str


class Source(Model):
    """Where an assumption comes from."""

    title: str
    publisher: str
    year: int | None
    where: str


class Assumption(Model):
    """One number that the result rests on."""

    name: str
    meaning: str
    unit: str
    distribution: str
    low: float
    high: float
    mode: float | None
    kind: Annotated[str, OneOf(("measured", "derived", "judged"))]
    source: Source
    note: str
    set_by: Annotated[str, OneOf(("register", "place", "plan"))]
    influence: Share | None
    """squared rank correlation with the verdict's margin or the pence, whichever is larger; null where not clear of chance"""


class Result(Model):
    """What withless found a plan to do."""

    version: Annotated[str, OneOf((VERSION,))]
    """of this schema"""
    withless: str
    """version of the program"""
    place: str
    invented: bool
    """whether the place is invented"""
    plan: str
    """title of the plan"""
    seed: Count
    draws: int = Field(ge=64, multiple_of=64)
    year: str
    """the target year: all numbers are of this year unless they say otherwise"""
    years: list[str]
    prices: str
    """pounds are of this year"""
    fingerprint: str
    """changes when any input of the place does"""
    notes: list[str]
    """the place's own; those that begin `Warning: ` are doubts about the files, those that begin `Blank: ` say what a blank was
    taken for"""
    target: Target | None
    """null where the plan has none"""
    money: Money
    not_modelled: NotModelled | None
    """null where the plan touches no such service"""
    verdict: PlanVerdict
    services: list[Service]
    ledger: Ledger
    groups: list[Group]
    areas: Areas
    promises: list[Promise]
    measures: list[Measure]
    belief: list[Belief]
    """answers of a poll tied to what was found; empty without `--poll`"""
    assumptions: list[Assumption]
    """of the kinds of service that the place has, the most influential first"""
