"""The venues of a service as rows of its table: users, visits, cost, income and what a building would fetch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from . import figures, layout
from .chance import Floats, Ints, stream
from .sites import SERVICES, Site

HEADER = (
    "id", "name", "type", "x", "y", "hours", "staffed_hours", "users", "visits", "gross_cost", "income", "fixed_share",
    "run_by", "capital_receipt", "mothball_cost", "fee", "capacity", "outside",
)  # fmt: skip


@dataclass(frozen=True)
class Venue:
    """One row: `x`, `y` metres; hours a week; users and visits a year; pounds a year; `fee` pounds a visit.

    Costs are None outside the county, where nobody asks what they are; `capacity` is None where it is not a limit.
    """

    id: str
    name: str
    type: str
    x: int
    y: int
    hours: float
    staffed_hours: float
    users: int
    visits: int
    gross_cost: int | None
    income: int | None
    fixed_share: float
    run_by: str
    capital_receipt: int
    mothball_cost: int
    fee: float
    capacity: int | None
    outside: bool

    @property
    def net_cost(self) -> int:
        """Pounds a year that the council pays, 0 outside."""
        return (self.gross_cost or 0) - (self.income or 0)

    @property
    def net_cost_per_visit(self) -> float:
        """Pounds of council money in each visit."""
        return self.net_cost / self.visits


@dataclass(frozen=True)
class _Money:
    """How a service's money works. `other_income` pounds a visit beside fees; `visits_per_user` a year."""

    visits_per_user: float
    fee: float
    other_income: float
    scale: float
    fixed: tuple[float, float]
    spread: float
    filled: tuple[float, float] | None


_LIBRARY_VISITS_PER_USER = figures.LIBRARY_VISITS_PER_HEAD / figures.LIBRARY_USERS_PER_HEAD

_MONEY = {
    "libraries": _Money(_LIBRARY_VISITS_PER_USER, 0.0, figures.LIBRARY_INCOME_PER_VISIT, 0.0, (0.36, 0.56), 0.22, None),
    "museums": _Money(figures.MUSEUM_VISITS_PER_USER, 2.9, 1.2, 0.70, (0.50, 0.70), 0.30, None),
    "pools": _Money(figures.POOL_VISITS_PER_USER, 3.9, 0.4, 0.65, (0.60, 0.74), 0.13, (0.60, 0.94)),
    "sports_centres": _Money(figures.SPORTS_VISITS_PER_USER, 3.8, 0.5, 0.80, (0.48, 0.64), 0.12, (0.55, 0.90)),
}
_CREW = {"city": 8.5, "town": 3.4, "market": 2.0, "branch": 1.8, "village": 1.2}
_PAY_POUNDS_AN_HOUR = 19.5
_WEEKS = 52


def draw_venues(seed: int, service: str, sites: Sequence[Site], users: Ints) -> tuple[Venue, ...]:
    """The table of a service, given the users of each venue int[venue]."""
    rng = stream(seed, f"money {service}")
    money = _MONEY[service]
    inside = np.array([not s.outside for s in sites])
    visits = users * rng.lognormal(0.0, 0.12, len(sites))
    visits = np.round(visits * money.visits_per_user * users[inside].sum() / visits[inside].sum(), -1)
    fee = _fees(service, sites, money, rng)
    income = np.round(visits * (fee + money.other_income * rng.lognormal(0.0, 0.2, len(sites))), -2)
    fixed = np.round(rng.uniform(*money.fixed, len(sites)), 2)
    if service == "libraries":
        income[_run_alone(sites)] = 0.0
    gross = _gross(service, sites, visits, income, fixed, rng)
    receipt, mothball = _buildings(service, gross, rng)
    room = np.round(visits / rng.uniform(*money.filled, len(sites)), -3) if money.filled else None
    return tuple(
        Venue(
            s.id, s.name, SERVICES[service], *_metres(s), s.hours, s.staffed_hours, int(users[i]), int(visits[i]),
            None if s.outside else int(gross[i]), None if s.outside else int(income[i]), float(fixed[i]), s.run_by,
            int(receipt[i]) * (not s.outside), int(mothball[i]) * (not s.outside), float(fee[i]),
            None if room is None or s.outside else int(room[i]), s.outside,
        )
        for i, s in enumerate(sites)
    )  # fmt: skip


def _metres(site: Site) -> tuple[int, int]:
    return round(layout.ORIGIN_METRES[0] + 1000 * site.x), round(layout.ORIGIN_METRES[1] + 1000 * site.y)


def _run_alone(sites: Sequence[Site]) -> Ints:
    """Venues whose income stays with the community that runs them, as the council's table sees it."""
    return np.flatnonzero([s.run_by == "community" for s in sites])


def _fees(service: str, sites: Sequence[Site], money: _Money, rng: np.random.Generator) -> Floats:
    """Average paid for each visit, pounds; among museums one in three charges, never the first."""
    fee = np.round(money.fee * rng.lognormal(0.0, 0.09, len(sites)), 2)
    if service == "museums":
        inside = sum(1 for s in sites if not s.outside)
        charging = rng.permutation(np.arange(1, inside))[: round(inside * figures.CHARGING_MUSEUMS)]
        fee[np.setdiff1d(np.arange(len(sites)), charging)] = 0.0
    return fee


def _gross(
    service: str, sites: Sequence[Site], visits: Floats, income: Floats, fixed: Floats, rng: np.random.Generator
) -> Floats:
    """Gross cost of each venue, pounds a year, to hundreds: by staff and hours for libraries, by visits elsewhere.

    Scaled so that the net cost of all inside venues is the budget less its overhead.
    """
    money = _MONEY[service]
    if service == "libraries":
        shape = np.array([_CREW[s.tier] * s.staffed_hours * _WEEKS * _PAY_POUNDS_AN_HOUR for s in sites]) / (1 - fixed)
        shape[_run_alone(sites)] *= 1.5  # the little that is left to the council: building, computers, books
    else:
        shape = visits**money.scale
    shape = shape * rng.lognormal(0.0, money.spread, len(sites))
    inside = np.array([not s.outside for s in sites])
    wanted = figures.BUDGETS[service] * (1 - figures.OVERHEADS[service]) + income[inside].sum()
    gross: Floats = np.round(shape * wanted / shape[inside].sum(), -2)
    return gross


def _buildings(service: str, gross: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """What each building would fetch (nothing where it is leased or listed) and cost to keep shut, pounds."""
    owned = rng.uniform(size=len(gross)) < (0.4 if service == "museums" else 0.65)
    worth = gross * rng.uniform(0.7, 2.2, len(gross)) * (0.5 if service in ("pools", "sports_centres") else 1.0)
    mothball = np.round(gross * rng.uniform(0.03, 0.07, len(gross)), -2)
    return np.where(owned, np.round(worth, -4), 0.0), mothball
