"""The rest of Northshire's budget: services that nothing else models, what pays for them, and the measures on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .plan import Step, rounded

Rows = tuple[Sequence[str], list[Sequence[object]]]

FILES: Mapping[str, str] = {"other_services": "other_services.csv", "funding": "funding.csv"}
"""Service: file of its lines."""
TITLES = {"other_services": "Other services", "funding": "Council tax, grants and reserves"}


@dataclass(frozen=True)
class Line:
    """A line: pounds a year; shares are None where the register's ranges stand for want of anything better."""

    id: str
    name: str
    net: int
    income: int
    kind: str = "service"
    fixed_share: float | None = None
    elasticity: float | None = None
    quality_share: float | None = None


OTHER = (
    Line("CHILDREN", "Children's social care", 214_000_000, 22_000_000, fixed_share=0.3, elasticity=1.0, quality_share=0.5),
    Line("SCHOOLS", "Special needs and support for schools", 12_000_000, 11_000_000),
    Line("SCHOOL_BUS", "Getting children to school", 19_000_000, 1_200_000, fixed_share=0.6, elasticity=1.0, quality_share=0.2),
    Line("ROADS", "Roads: mending, winter, lighting", 17_000_000, 2_500_000, elasticity=0.9, quality_share=0.8),
    Line("BUSES", "Buses and community transport", 5_000_000, 1_800_000, elasticity=1.0, quality_share=0.2),
    Line("WASTE", "Waste: tips and disposal", 24_000_000, 4_000_000, fixed_share=0.6),
    Line("HEALTH", "Public health", 1_000_000, 32_000_000),
    Line("PLANNING", "Planning, economy, countryside", 2_600_000, 2_000_000),
    Line("STANDARDS", "Trading standards, registrars, coroner", 2_400_000, 2_000_000),
    Line("CONTACT", "Contact centre and front desks", 2_400_000, 200_000),
    Line("FINANCE", "Finance and audit", 3_400_000, 700_000, quality_share=0.7),
    Line("PEOPLE", "Human resources", 2_000_000, 500_000, quality_share=0.7),
    Line("DIGITAL", "Computers and networks", 6_000_000, 600_000, fixed_share=0.4, quality_share=0.7),
    Line("PROPERTY", "Buildings and land", 6_600_000, 3_500_000, fixed_share=0.5),
    Line("LAW", "Law, elections, councillors", 3_000_000, 500_000),
    Line("DEBT", "Interest and repayment of loans", 14_100_000, 2_500_000, fixed_share=0.97, elasticity=0.0),
)  # fmt: skip
BACK_OFFICE = ("CONTACT", "FINANCE", "PEOPLE", "DIGITAL", "PROPERTY", "LAW")

FUNDING = (
    Line("COUNCIL_TAX", "Council tax", -480_000_000, 480_000_000, "council_tax"),
    Line("RATES", "Business rates and government grants", -219_000_000, 219_000_000, "grant"),
    Line("RESERVES", "Drawn from reserves", -6_000_000, 6_000_000, "reserves"),
)
LINES: Mapping[str, Sequence[Line]] = {"other_services": OTHER, "funding": FUNDING}

HEADER = ("id", "name", "kind", "net", "income", "fixed_share", "elasticity", "quality_share")


def tables() -> dict[str, Rows]:
    """Header and rows of every table, by file."""

    def cell(value: object) -> object:
        return "" if value is None else value

    return {
        FILES[service]: (HEADER, [[cell(getattr(line, column)) for column in HEADER] for line in lines])
        for service, lines in LINES.items()
    }


def net(service: str) -> int:
    """Net pounds a year of a service's lines."""
    return sum(line.net for line in LINES[service])


def steps() -> tuple[Step, ...]:
    """Measures on the rest of the budget: a trim of the back office, an efficiency claim, and funding."""
    trimmed = sum(line.net for line in OTHER if line.id in BACK_OFFICE)
    gross = sum(line.net + line.income for line in OTHER)
    tax = sum(line.income for line in FUNDING if line.kind == "council_tax")
    return (
        Step(
            "back-office-trim", "Trim every back office by a tenth", "other_services", "net", BACK_OFFICE,
            "{scale: 0.9}", "Apr 2027", "2 quarters", rounded(0.1 * trimmed), 300_000, 60.0, "business_case",
        ),
        Step(
            "buying-better", "Better buying across the council", "other_services", "unit_cost", (), "{scale: 0.99}",
            "Apr 2027", "8 quarters", rounded(0.01 * gross), 150_000, 0.0, "business_case",
        ),
        Step(
            "council-tax", "Raise council tax by 1%", "funding", "income", ("COUNCIL_TAX",), "{scale: 1.01}",
            "Apr 2027", "none", rounded(0.01 * tax), 10_000, 0.0, "contract",
        ),
    )  # fmt: skip


def promises() -> tuple[tuple[str, str], ...]:
    """Promises about the rest of the budget: text, and the check as it is written in the plan."""
    booked = sum(s.booked_saving or 0 for s in steps() if s.service == "other_services")
    return (
        (
            "Roads will be looked after as they are today",
            'service: other_services, what: output_of, line: ROADS, is: ">=", value: "99% of baseline", when: end',
        ),
        (
            "The council's other services will save all that is booked for them",
            f'service: other_services, what: saving, is: ">=", value: {booked}, when: 2028-29',
        ),
    )
