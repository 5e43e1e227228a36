"""The README that goes with the folder: that the county is invented, what it is set to, and what is judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from . import budget_lines, care, figures, hospital, work_help, youth
from .geography import County
from .plan import Step
from .venues import Venue

_TITLES = {
    "libraries": "Libraries",
    "museums": "Museums",
    "pools": "Swimming pools",
    "sports_centres": "Sports centres",
    care.SERVICE: care.TITLE,
    hospital.SERVICE: "Hospital waiting lists",
    "youth": "Youth service",
    "help_into_work": "Help into work",
    **budget_lines.TITLES,
}


def readme_text(
    seed: int,
    county: County,
    services: Mapping[str, Sequence[Venue]],
    social_care: care.Care,
    trust: hospital.Hospital,
    steps: Sequence[Step],
    nearest_share: float,
) -> str:
    """README.md, with the totals of these very tables; `nearest_share` of library users use the nearest, 0..1."""
    beside = _beside(county, services, nearest_share)
    parts = [
        _top(seed, county),
        _files(),
        _totals(services),
        _others(social_care, trust),
        beside,
        _plan(steps),
        _published(),
        _judged(),
    ]
    return "\n".join(parts)


def _top(seed: int, county: County) -> str:
    inside = ~county.outside
    people = int(county.residents[inside].sum())
    return (
        "# Northshire\n\n"
        "**Northshire is invented. No such county exists.** Its towns, people, venues, council and savings plan were "
        "made up by a program, and any likeness to a real place is chance. On the British National Grid it lies in the "
        "North Sea.\n\n"
        "It is for trying out withless, and for nothing else: results for Northshire say nothing about any real "
        "council. It was made to be like an English county in its averages, which are set to or held against the "
        "published figures below.\n\n"
        f"Made with seed {seed}. The same seed makes the same files.\n\n"
        f"- {int(inside.sum())} small areas with {people:,} people: one city, five large towns, ten market towns, "
        "and villages; the sea is to the east.\n"
        f"- A rim of {int(county.outside.sum())} areas outside the county, and some venues there, marked "
        "`outside`: people cross the border both ways.\n"
    )


def _files() -> str:
    return (
        "## Files\n\n"
        "| file | what it holds |\n|---|---|\n"
        "| `place.yaml` | the place: calendar, services, budgets, which table is which |\n"
        "| `areas.csv` | small areas: where they are, deprivation decile (1 is the most deprived), cars, district |\n"
        "| `people.csv` | people in each area by age band |\n"
        "| `libraries.csv` | libraries: hours, users, visits, cost, who runs them |\n"
        "| `members.csv` | library users by the area they live in; `*` is 1 to 4, as libraries publish it |\n"
        "| `museums.csv`, `pools.csv`, `sports_centres.csv` | the other venues, likewise |\n"
        "| `youth_*.csv`, `work_*.csv` | the youth service and help into work: programmes, groups of people, whom each "
        "reaches, what comes of it, what that is worth |\n"
        "| `other_services.csv`, `funding.csv` | every other line of the council's budget, and what pays for it |\n"
        "| `reserves.csv`, `gap.csv` | what the council has in reserve, and what it would spend and receive each year |\n"
        "| `care_clients.csv`, `care_costs.csv`, `care_policy.csv` | adult social care: who is helped, prices and charges, "
        "the rules |\n"
        "| `bands.csv`, `flows.csv` | the hospital's waiting lists by weeks waited, treatments, clock starts |\n"
        "| `plan.yaml` | the savings plan of council and hospital, and its promises |\n"
        "| `hospital.yaml` | the hospital's own plan: savings and recovery |\n\n"
        "A library's `users` is the true total of its rows in `members.csv`, with the starred cells counted in full "
        "and users from the rim included.\n"
    )


def _totals(services: Mapping[str, Sequence[Venue]]) -> str:
    rows = [_total_row(service, venues) for service, venues in services.items()]
    return (
        "## What the tables add up to\n\n"
        "A year, for the venues inside the county. Overhead is the part of the net budget that is above the sum of the "
        "venues and does not vary with them.\n\n"
        "| service | venues | users | visits | gross cost | income | net cost | net budget | overhead |\n"
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|\n" + "\n".join(rows) + "\n"
    )


def _total_row(service: str, venues: Sequence[Venue]) -> str:
    inside = [v for v in venues if not v.outside]
    gross, income = sum(v.gross_cost or 0 for v in inside), sum(v.income or 0 for v in inside)
    budget = figures.BUDGETS[service]
    money = [f"£{pounds / 1e6:.2f}m" for pounds in (gross, income, gross - income, budget)]
    users, visits = sum(v.users for v in inside), sum(v.visits for v in inside)
    overhead = 1 - (gross - income) / budget
    return f"| {_TITLES[service]} | {len(inside)} | {users:,} | {visits:,} | {' | '.join(money)} | {overhead:.0%} |"


def _others(social_care: care.Care, trust: hospital.Hospital) -> str:
    """Social care, youth work, help into work, the rest of the budget, and the hospital."""
    waiting = sum(int(str(row[-1])) for row in trust.bands if row[1] == "incomplete")
    rows = [f"| {care.TITLE} | {care.people(social_care):,} people helped | £{care.budget(social_care) / 1e6:.1f}m |"]
    rows += [
        f"| {title} | {len(programmes)} programmes | £{module_budget / 1e6:.1f}m |"
        for title, programmes, module_budget in (
            ("Youth service", youth.PROGRAMMES, youth.BUDGET),
            ("Help into work", work_help.PROGRAMMES, work_help.BUDGET),
        )
    ]
    rows += [
        f"| {budget_lines.TITLES[service]} | {len(lines)} lines | {_millions(budget_lines.net(service))} |"
        for service, lines in budget_lines.LINES.items()
    ]
    rows.append(f"| Hospital waiting lists (NHS) | {waiting:,} people waiting | £{trust.budget / 1e6:.0f}m |")
    paid = -budget_lines.net("funding")
    children = next(line.net for line in budget_lines.OTHER if line.id == "CHILDREN")
    return (
        "## The rest of the council, and the hospital\n\n| service | what it holds | net budget |\n|---|---|--:|\n"
        + "\n".join(rows)
        + "\n\n"
        f"The council is paid for with £{paid / 1e6:.0f}m, of which care for adults and children takes "
        f"{(care.budget(social_care) + children) / paid:.0%}, somewhat more than in English counties. "
        + care.readme_text(social_care)
        + " The hospital's twelve lists have the shapes of England's in January 2026, the size of the county, and a chance of "
        "their own; its plan is `hospital.yaml`, and the first two of its measures are in the county's plan too. Money, reach "
        "and most of what comes of a programme are judged; each line of the values and worth tables names its source.\n"
    )


def _millions(pounds: float) -> str:
    return f"{'-' if pounds < 0 else ''}£{abs(pounds) / 1e6:.1f}m"


def _beside(county: County, services: Mapping[str, Sequence[Venue]], nearest_share: float) -> str:
    """Northshire's averages beside the published ones."""
    residents = float(county.residents[~county.outside].sum())
    libraries, museums, pools, sports = ([v for v in services[s] if not v.outside] for s in services)
    council = [v.hours for v in libraries if v.run_by == "council"]
    community = sum(1 for v in libraries if v.run_by == "community")
    users, visits = sum(v.users for v in libraries), sum(v.visits for v in libraries)
    leisure = [v.visits for v in [*pools, *sports]]
    rows = (
        ("library users for each 100 residents", 100 * figures.LIBRARY_USERS_PER_HEAD, 100 * users / residents),
        ("library visits a resident", figures.LIBRARY_VISITS_PER_HEAD, visits / residents),
        ("hours a week at council libraries", figures.COUNCIL_LIBRARY_HOURS, sum(council) / len(council)),
        ("community-run libraries in 100", 100 * figures.COMMUNITY_LIBRARY_SHARE, 100 * community / len(libraries)),
        ("library users in 100 who use the nearest", 100 * figures.NEAREST_LIBRARY_SHARE, 100 * nearest_share),
        ("visits a museum", figures.MUSEUM_VISITS_A_SITE, sum(v.visits for v in museums) / len(museums)),
        ("visits a pool or sports centre", figures.LEISURE_VISITS_A_SITE, sum(leisure) / len(leisure)),
    )
    lines = [f"| {about} | {_short(published)} | {_short(ours)} |" for about, published, ours in rows]
    return (
        "## Beside the published averages\n\n"
        "| average | published | Northshire |\n|---|--:|--:|\n" + "\n".join(lines) + "\n"
    )


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= 1000 else f"{number:.3g}"


def _plan(steps: Sequence[Step]) -> str:
    rows = [
        f"| {s.title} | {_TITLES[s.service]} | £{s.booked_saving or 0:,} | {s.evidence.replace('_', ' ')} |"
        for s in steps
    ]
    total = sum(s.booked_saving or 0 for s in steps)
    return (
        "## The plan\n\n"
        "Invented too. The venues in it were picked by rule (the fewest users, the most council money in each visit, "
        "the nearest to a sports centre), as councils often do. The savings are booked the way plans book them: "
        "rounded to £10,000, with nothing for empty buildings, for people who stop coming, or for work that "
        "falls through. What they would really come to is for withless to say.\n\n"
        "| measure | service | booked a year | evidence |\n|---|---|--:|---|\n" + "\n".join(rows) + "\n\n"
        f"Booked in all: £{total:,} a year by 2028-29.\n"
    )


def _published() -> str:
    rows = [
        f"| {f.about} | {f.says} | {f.source} |" for f in (*figures.PUBLISHED, *care.PUBLISHED, *hospital.PUBLISHED)
    ]
    return (
        "## Published figures, and where they are from\n\n"
        "| about | figure | source |\n|---|---|---|\n" + "\n".join(rows) + "\n\n"
        "Money in the tables is in 2026-27 prices. The published money is in the prices of its own year; it set the "
        "order of size, not the last pound.\n"
    )


def _judged() -> str:
    lines = "\n".join(f"- {line}" for line in (*figures.JUDGED, *care.JUDGED, *hospital.JUDGED))
    return f"## What is judged\n\nNo published figure was found or used for these:\n\n{lines}\n"
