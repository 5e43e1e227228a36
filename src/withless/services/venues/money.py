"""What venues cost, earn and leave to others, by quarter.

cost = gross x (fixed_share + (1 - fixed_share) x hours ratio) while open; a shut building costs its upkeep until it is
sold, one run by volunteers what is left to pay, a shared one less of its fixed part. Income follows visits and the fee.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...plan import Settings
from .effects import State
from .facts import Facts
from .tables import optional

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Habits:
    """Visits today: `per_user[draw]` for the service, and `scale[draw, venue]` of each venue against it."""

    per_user: Floats
    scale: Floats


def habits(facts: Facts, users: Floats) -> Habits:
    """Visits per user: all visits over all users where both are known, else the register's; users[draw, venue] today."""
    visits, known_users = optional(facts.instance, "visits"), facts.table.numbers("users")
    open_now = facts.levers["open"] > 0
    known = np.isfinite(visits) & (known_users > 0) & open_now
    per_user = facts.number("visits_per_user")
    if known.any():
        per_user = np.full(len(users), visits[known].sum() / known_users[known].sum())
    usual = per_user[:, None] * users
    scale = np.where(known[None, :] & (usual > 0), visits[None, :] / np.where(usual > 0, usual, 1.0), 1.0)
    return Habits(per_user, scale)


def money(
    facts: Facts, s: State, visits: Floats, visits_today: Floats, once: Mapping[str, Floats]
) -> dict[str, Floats]:
    """Pounds by name of `outcomes.MONEY`: float[draw, quarter]; visits[draw, quarter, venue] a year, visits_today[draw,
    venue], `once` as `closings` has it.
    """
    ours = facts.inside.astype(np.float64)
    gone = sold(facts, s)
    cost, shut = running_cost(facts, s, gone)
    income = (other_income(facts, visits_today)[:, None, :] + s.fee) * visits
    left = overhead(facts)
    return {
        "gross_cost": ((cost + shut) * ours).sum(axis=2) / 4 + left / 4,
        "income": (income * ours).sum(axis=2) / 4,
        "one_off": sum((pounds.sum(axis=2) for pounds in once.values()), np.zeros(visits.shape[:2])),
        "capital_receipt": (receipts(facts, gone) * ours).sum(axis=2),
        "overhead": (shut * ours).sum(axis=2) / 4 + left / 4,
    }


def running_cost(facts: Facts, s: State, gone: Floats) -> tuple[Floats, Floats]:
    """Pounds a year of open venues and of shut ones, [draw, quarter, venue], of which some are `gone`, see `sold`."""
    table = facts.table
    gross, share = np.nan_to_num(table.numbers("gross_cost")), np.nan_to_num(table.numbers("fixed_share"), nan=0.4)
    fixed = gross * share * (1 - s.sharing * facts.column("shared_saving"))
    paid = fixed + gross * (1 - share) * s.ratio
    handed = facts.column("volunteers.residual") * fixed
    cost = s.open * (paid * (1 - s.by_volunteers) + handed * s.by_volunteers)
    kept_shut = np.clip(facts.levers["open"] - s.open - gone, 0.0, None)
    return cost, kept_shut * np.nan_to_num(table.numbers("mothball_cost"))


def other_income(facts: Facts, visits_today: Floats) -> Floats:
    """Income that is not fees, pounds a visit [draw, venue]: hire, shop, fines; taken to follow visits."""
    income, fee = np.nan_to_num(facts.table.numbers("income")), facts.levers["fee"]
    per_visit = np.where(visits_today > 0, income / np.where(visits_today > 0, visits_today, 1.0), 0.0)
    return per_visit - fee


def closings(facts: Facts, settings: Settings, s: State) -> dict[str, Floats]:
    """One-off pounds of closing by the lever that closes a venue inside, the first time only: {lever: [draw, quarter, venue]}.

    A venue closes by `open`, by `hours` of none, or, handed to `volunteers`, for want of them.
    """
    today = facts.levers["open"]
    each = np.nan_to_num(facts.table.numbers("gross_cost")) * facts.inside
    rest, out = _steps(np.maximum.accumulate(today - s.open, axis=1).clip(0)), {}
    cost = facts.column("closing_cost") * each
    without = {"open": settings.by_quarter("open"), "hours": today * (settings.by_quarter("hours") > 0)}
    for lever, is_open in without.items():
        if rest.any():
            part = np.minimum(rest, _steps(np.maximum.accumulate(today - is_open, axis=1).clip(0)))
            out[lever], rest = cost * part, rest - part
    out["volunteers"] = cost * rest
    return {lever: pounds for lever, pounds in out.items() if pounds.any()}


def stake(facts: Facts, touched: Mapping[str, frozenset[str]]) -> Floats:
    """Gross cost a year, today, of the open venues inside that any lever of a plan moves: pounds, float[draw]."""
    here = np.isin(facts.ids, list(frozenset().union(*touched.values()))) & facts.inside
    gross = np.nan_to_num(facts.table.numbers("gross_cost")) * facts.levers["open"]
    return np.full(len(facts.draws), float(gross[here].sum()))


def sold(facts: Facts, s: State) -> Floats:
    """Part of each building that is sold by a quarter, 0 to 1: [draw, quarter, venue].

    A building with a stated value is sold once it has stood shut for `venues.receipt_delay` quarters, and stays sold.
    """
    shut = (facts.levers["open"] - s.open).clip(0)
    has_value = np.nan_to_num(facts.table.numbers("capital_receipt")) > 0
    if not (shut * has_value).any():
        return np.zeros_like(shut)
    delay = np.round(facts.number("receipt_delay"))
    through = shut * has_value
    for quarters in range(1, int(delay.max()) + 1):
        earlier = np.zeros_like(shut)
        earlier[:, quarters:] = shut[:, : max(0, shut.shape[1] - quarters)]
        waits = (quarters <= delay)[:, None, None]
        through = np.where(waits, np.minimum(through, earlier), through)
    return np.maximum.accumulate(through, axis=1)


def receipts(facts: Facts, gone: Floats) -> Floats:
    """Capital receipts of each quarter, at the part of the stated value that is realised: [draw, quarter, venue]."""
    value = np.nan_to_num(facts.table.numbers("capital_receipt"))
    realised = facts.column("receipt_share")
    return _steps(gone) * value * realised


def _steps(level: Floats) -> Floats:
    """What is new in each quarter: differences along axis 1, from nothing."""
    return np.diff(level, axis=1, prepend=0.0)


def overhead(facts: Facts) -> float:
    """Pounds a year that no venue carries: the service's net budget beyond its own venues' net cost."""
    table, ours, budget = facts.table, facts.inside, facts.instance.budget
    net = np.nan_to_num(table.numbers("gross_cost")) - np.nan_to_num(table.numbers("income"))
    return max(0.0, budget - float(net[ours].sum())) if np.isfinite(budget) else 0.0
