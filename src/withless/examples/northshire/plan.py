"""The council's invented savings plan: measures chosen by rule from the tables, and promises to check."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .venues import Venue

Services = Mapping[str, Sequence[Venue]]

TITLE = "Northshire savings plan 2026-29"
_POUNDS_A_POST = 36_000


@dataclass(frozen=True)
class Step:
    """A measure as it is written in the plan; `where` are ids, empty for all. Pounds a year at full effect; `booked_saving`
    is None where the plan books nothing, `end` empty where it lasts.
    """

    id: str
    title: str
    service: str
    lever: str
    where: tuple[str, ...]
    change: str
    start: str
    phase: str
    booked_saving: int | None
    one_off_cost: int
    posts: float
    evidence: str
    end: str = ""


CLAIMED: Mapping[str, tuple[str, str]] = {
    "libraries-close-two": ("closure", "Few people use these two, and others are near."),
    "libraries-shorter-hours": ("efficiency", "Opening hours will follow use."),
    "libraries-volunteers": ("efficiency", "The same libraries at less cost, run by those who love them."),
    "libraries-share-building": ("efficiency", "One building costs less than two."),
    "libraries-efficiency": ("efficiency", "Modern ways of working, with no change for users."),
    "museums-close-one": ("closure", "Its collection will be shown elsewhere."),
    "museums-charge": ("income", "Those who visit pay their part."),
    "pools-fees": ("income", "Charges in line with those next door."),
    "pools-close-one": ("closure", "Too old to mend."),
    "sports-contract": ("efficiency", "The same centres for less energy."),
    "care-threshold": ("service", "Help for those who need it most."),
    "care-hours": ("efficiency", "Packages that fit what people need."),
    "care-direct-payments": ("efficiency", "People buy what suits them, for less."),
    "care-reablement": ("prevention", "People who get their strength back need less help."),
    "care-procurement": ("efficiency", "The same care, better bought."),
    "theatres-fewer-sessions": ("service", "Sessions that can be spared."),
    "theatre-use": ("efficiency", "More on each list for the same money."),
    "youth-cut": ("service", "A smaller offer."),
    "youth-most-good": ("efficiency", "More good for the same money."),
    "work-coaches": ("efficiency", "More people into work for the same money."),
    "work-less": ("service", "A smaller offer."),
    "back-office-trim": ("efficiency", "Nothing that residents see."),
    "buying-better": ("efficiency", "The same goods for less."),
    "council-tax": ("income", "A small rise."),
}
"""What the council says of each measure: its purpose, and a sentence."""


def draw_plan(services: Services) -> tuple[Step, ...]:
    """The ten measures. No venue is named by two of them that would undo each other."""
    libraries = _ours(services["libraries"])
    closing = sorted(libraries, key=lambda v: v.users)[:2]
    moving, host = _nearest_pair(_without(libraries, closing), _inside(services["sports_centres"]))
    busiest = sorted(libraries, key=lambda v: -v.users)[:4]
    rest = _without(libraries, [*closing, moving, *busiest])
    volunteers = sorted(rest, key=lambda v: v.users)[:4]
    shorter = sorted(_without(rest, volunteers), key=lambda v: -v.net_cost_per_visit)[:6]
    return (
        _close("libraries-close-two", "Close two libraries", "libraries", closing, "Oct 2026", "2 quarters", 1.0),
        _shorter_hours(shorter),
        _volunteers(volunteers),
        _shared(moving, host),
        _claim(
            "libraries-efficiency", "Modern ways of working in libraries", "libraries",
            _inside(services["libraries"]), 0.95, "Apr 2027", "target",
        ),
        *_museums(services),
        *_pools(services),
        _claim(
            "sports-contract", "New energy and management contract for sports centres", "sports_centres",
            _inside(services["sports_centres"]), 0.97, "Apr 2027", "contract",
        ),
    )  # fmt: skip


def rounded(pounds: float) -> int:
    """Pounds as councils book them: to the nearest £10,000, at least £10,000."""
    return max(10_000, round(pounds / 10_000) * 10_000)


def _inside(venues: Sequence[Venue]) -> list[Venue]:
    return [v for v in venues if not v.outside]


def _ours(venues: Sequence[Venue]) -> list[Venue]:
    return [v for v in _inside(venues) if v.run_by == "council"]


def _without(venues: Sequence[Venue], gone: Sequence[Venue]) -> list[Venue]:
    out = {v.id for v in gone}
    return [v for v in venues if v.id not in out]


def _ids(venues: Sequence[Venue]) -> tuple[str, ...]:
    return tuple(sorted(v.id for v in venues))


def _gross(venues: Sequence[Venue]) -> int:
    return sum(v.gross_cost or 0 for v in venues)


def _net(venues: Sequence[Venue]) -> int:
    return sum(v.net_cost for v in venues)


def _posts(pounds_of_pay: float) -> float:
    return round(2 * pounds_of_pay / _POUNDS_A_POST) / 2


def _nearest_pair(libraries: Sequence[Venue], hosts: Sequence[Venue]) -> tuple[Venue, Venue]:
    """The library nearest to a sports centre, main libraries apart, and that sports centre."""
    middling = sorted(libraries, key=lambda v: v.users)[: len(libraries) * 2 // 3]
    return min(((v, h) for v in middling for h in hosts), key=lambda pair: _metres_apart(*pair))


def _metres_apart(a: Venue, b: Venue) -> float:
    return math.hypot(a.x - b.x, a.y - b.y)


def _close(id: str, title: str, service: str, venues: Sequence[Venue], start: str, phase: str, optimism: float) -> Step:
    """Shut venues; books the whole net cost, with nothing for keeping the buildings."""
    gross, net = _gross(venues), _net(venues)
    return Step(
        id, title, service, "open", _ids(venues), "{set: 0}", start, phase, rounded(optimism * net),
        rounded(0.25 * gross), _posts(0.5 * gross), "business_case",
    )  # fmt: skip


def _shorter_hours(venues: Sequence[Venue]) -> Step:
    """A fifth fewer hours; books a fifth of gross cost, as if the building cost less too."""
    gross = _gross(venues)
    return Step(
        "libraries-shorter-hours", f"Open {_word(len(venues))} libraries a fifth fewer hours", "libraries", "hours",
        _ids(venues), "{scale: 0.8}", "Apr 2027", "2 quarters", rounded(0.2 * gross), rounded(0.03 * gross),
        _posts(0.15 * gross), "business_case",
    )  # fmt: skip


def _volunteers(venues: Sequence[Venue]) -> Step:
    """Hand libraries to volunteers; books 70% of gross cost."""
    gross = _gross(venues)
    return Step(
        "libraries-volunteers", f"Hand {_word(len(venues))} libraries to volunteers", "libraries", "volunteers",
        _ids(venues), "{set: 1}", "Apr 2027", "4 quarters", rounded(0.7 * gross), rounded(0.15 * gross),
        _posts(0.5 * gross), "target",
    )  # fmt: skip


def _shared(library: Venue, host: Venue) -> Step:
    """Move a library into a sports centre; books most of its fixed cost."""
    gross = library.gross_cost or 0
    return Step(
        "libraries-share-building", f"Move {library.name} into {host.name}", "libraries", "shared", (library.id,),
        f"{{set: {host.id}}}", "Apr 2028", "1 quarter", rounded(0.8 * library.fixed_share * gross),
        rounded(0.6 * gross), 0.0, "business_case",
    )  # fmt: skip


def _claim(id: str, title: str, service: str, venues: Sequence[Venue], scale: float, start: str, evidence: str) -> Step:
    """An efficiency claim on every venue of a service: books the claimed share of gross cost."""
    saving = rounded((1 - scale) * _gross(venues))
    posts = _posts(0.6 * saving) if evidence == "target" else 0.0
    return Step(
        id, title, service, "unit_cost", (), f"{{scale: {scale:g}}}", start, "4 quarters", saving,
        rounded(0.2 * saving), posts, evidence,
    )  # fmt: skip


def _museums(services: Services) -> tuple[Step, Step]:
    """Close the museum with most council money in a visit; charge at the second busiest free one.

    The county's first museum stays free, as flagships do, where there is another to charge at.
    Books the charge from nine in ten of today's visits.
    """
    museums = _ours(services["museums"])
    dearest = max(museums, key=lambda v: v.net_cost_per_visit)
    free = [v for v in museums if v.fee == 0 and v.id != dearest.id]
    charged = sorted(free, key=lambda v: -v.visits)[:2][-1]
    fee = 3.0
    closing = _close("museums-close-one", f"Close {dearest.name}", "museums", [dearest], "Apr 2027", "1 quarter", 1.0)
    charging = Step(
        "museums-charge", f"Charge for admission to {charged.name}", "museums", "fee", (charged.id,),
        f"{{set: {fee:.2f}}}", "Apr 2027", "none", rounded(0.9 * fee * charged.visits), 40_000, 0.0, "target",
    )  # fmt: skip
    return closing, charging


def _pools(services: Services) -> tuple[Step, Step]:
    """Close the council pool with most council money in a visit; raise all fees, as if nobody would stop coming."""
    pools = _inside(services["pools"])
    dearest = max(_ours(pools), key=lambda v: v.net_cost_per_visit)
    kept = _without(pools, [dearest])
    raised = sum(v.fee * v.visits for v in kept)
    closing = _close("pools-close-one", f"Close {dearest.name}", "pools", [dearest], "Oct 2027", "none", 1.0)
    fees = Step(
        "pools-fees", "Raise pool charges by 8%", "pools", "fee", (), "{scale: 1.08}", "Apr 2027", "none",
        rounded(0.08 * raised), 10_000, 0.0, "business_case",
    )  # fmt: skip
    return fees, closing


def _word(count: int) -> str:
    return ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")[count]


def plan_yaml(title: str, steps: Sequence[Step], promises: Sequence[tuple[str, str]]) -> str:
    """A plan's text: measures and promises (text, and the check as it is written), marked as invented."""
    total = sum(s.booked_saving or 0 for s in steps)
    head = (
        "# Invented: there is no such county, council or plan. See README.md.\n"
        "withless: 1\n"
        f'title: "{title}"\n'
        "place: .\n"
        f"target: {{saving: {total}, by: 2028-29}}\n"
        "note: Invented for trying out withless.\n"
    )
    checks = "".join(f'  - text: "{text}"\n    check: {{{check}}}\n' for text, check in promises)
    return head + "measures:\n" + "".join(_measure(s) for s in steps) + "promises:\n" + checks


def _measure(step: Step) -> str:
    where = f"[{', '.join(step.where)}]" if step.where else "all"
    end = f"    end: {step.end}\n" if step.end else ""
    booked = f"    booked_saving: {step.booked_saving}\n" if step.booked_saving is not None else ""
    purpose, says = CLAIMED.get(step.id, ("", ""))
    claimed = f'    purpose: {purpose}\n    says: "{says}"\n' if purpose else ""
    return (
        f"  - id: {step.id}\n"
        f'    title: "{step.title}"\n'
        f"    service: {step.service}\n"
        f"    lever: {step.lever}\n"
        f"    where: {where}\n"
        f"    change: {step.change}\n"
        f"    start: {step.start}\n{end}"
        f"    phase: {step.phase}\n{booked}"
        f"    one_off_cost: {step.one_off_cost}\n"
        f"    posts: {step.posts:g}\n"
        f"    evidence: {step.evidence}\n{claimed}"
        f"    source: invented\n"
    )


def promises(steps: Sequence[Step], services: Services) -> tuple[tuple[str, str], ...]:
    """Promises about culture and leisure: text, and the check as it is written in the plan."""
    booked = sum(s.booked_saving or 0 for s in steps if s.service == "libraries")
    closed = sum(len(s.where) for s in steps if s.service == "libraries" and s.lever == "open")
    left = len(_inside(services["libraries"])) - closed
    return (
        (
            "No more people than today will live over 20 minutes from a library",
            'service: libraries, what: people_beyond, minutes: 20, is: "<=", value: "100% of baseline", when: end',
        ),
        (
            "Libraries will keep 95 in every 100 of their users",
            'service: libraries, what: served, is: ">=", value: "95% of baseline", when: end',
        ),
        (
            f"At least {left} libraries will stay open",
            f'service: libraries, what: venues_open, is: ">=", value: {left}, when: always',
        ),
        (
            "The library changes will save all that is booked by 2028-29",
            f'service: libraries, what: saving, is: ">=", value: {booked}, when: 2028-29',
        ),
        (
            "Museums will welcome as many visits as today, give or take a tenth",
            'service: museums, what: visits, is: ">=", value: "90% of baseline", when: end',
        ),
        (
            "Every sports centre will open as many hours as today",
            'service: sports_centres, what: hours_open, is: ">=", value: "100% of baseline", when: always',
        ),
    )
