"""What venues cost, earn and leave to others, by quarter.

cost = gross x (fixed_share + (1 - fixed_share) x hours ratio) while open; a shut building costs its upkeep, a building
run by volunteers what is left to pay, a shared one less of its fixed part. Income follows visits and the fee.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws
from ...outcomes import MONEY
from ...place import Instance
from . import effects, parameters
from .effects import State

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Habits:
    """Visits today: `per_user[draw]` for the service, and `scale[draw, venue]` of each venue against it."""

    per_user: Floats
    scale: Floats


def habits(instance: Instance, draws: Draws, users: Floats) -> Habits:
    """Visits per user: all visits over all users where both are known, else the register's; users[draw, venue] today."""
    visits, known_users = effects.optional(instance, "visits"), instance.tables["venues"].numbers("users")
    known = np.isfinite(visits) & (known_users > 0)
    per_user = parameters.of(draws, instance, "visits_per_user")
    if known.any():
        per_user = np.full(len(draws), visits[known].sum() / known_users[known].sum())
    usual = per_user[:, None] * users
    scale = np.where(known[None, :] & (usual > 0), visits[None, :] / np.where(usual > 0, usual, 1.0), 1.0)
    return Habits(per_user, scale)


def money(instance: Instance, draws: Draws, s: State, visits: Floats, visits_today: Floats) -> Floats:
    """Pounds by `MONEY`: float[quantity, draw, quarter]; visits[draw, quarter, venue] a year, visits_today[draw, venue]."""
    table, ours = instance.tables["venues"], effects.inside(instance).astype(np.float64)
    cost, shut = running_cost(instance, draws, s)
    income = (other_income(instance, visits_today)[:, None, :] + s.fee) * visits
    closing = closings(instance, s)
    gross = np.nan_to_num(table.numbers("gross_cost"))
    once = parameters.of(draws, instance, "closing_cost")[:, None, None] * gross * closing
    left = overhead(instance)
    parts = {
        "gross_cost": ((cost + shut) * ours).sum(axis=2) / 4 + left / 4,
        "income": (income * ours).sum(axis=2) / 4,
        "one_off": (once * ours).sum(axis=2),
        "capital_receipt": (receipts(instance, draws, closing) * ours).sum(axis=2),
        "overhead": (shut * ours).sum(axis=2) / 4 + left / 4,
        "price": np.zeros(cost.shape[:2]),
    }
    return np.stack([parts[name] for name in MONEY])


def running_cost(instance: Instance, draws: Draws, s: State) -> tuple[Floats, Floats]:
    """Pounds a year of open venues and of shut ones, [draw, quarter, venue]."""
    table = instance.tables["venues"]
    gross, share = np.nan_to_num(table.numbers("gross_cost")), np.nan_to_num(table.numbers("fixed_share"), nan=0.4)

    def number(name: str) -> Floats:
        return parameters.of(draws, instance, name)[:, None, None]

    fixed = gross * share * (1 - s.sharing * number("shared_saving"))
    paid = fixed + gross * (1 - share) * s.ratio
    handed = number("volunteers.residual") * fixed
    was_open = np.array([r != "closed" for r in table.words("run_by")])
    cost = s.open * (paid * (1 - s.by_volunteers) + handed * s.by_volunteers)
    shut = (1 - s.open) * np.nan_to_num(table.numbers("mothball_cost")) * was_open
    return cost, shut


def other_income(instance: Instance, visits_today: Floats) -> Floats:
    """Income that is not fees, pounds a visit [draw, venue]: hire, shop, fines; taken to follow visits."""
    income, fee = np.nan_to_num(instance.tables["venues"].numbers("income")), effects.fees(instance)
    per_visit = np.where(visits_today > 0, income / np.where(visits_today > 0, visits_today, 1.0), 0.0)
    return per_visit - fee


def closings(instance: Instance, s: State) -> Floats:
    """How much of each venue closes in each quarter for good, 0 to 1: [draw, quarter, venue]."""
    today = effects.baseline_levers(instance)["open"]
    shut = np.maximum.accumulate(today - s.open, axis=1).clip(0)
    return np.diff(np.concatenate([np.zeros((len(shut), 1, shut.shape[2])), shut], axis=1), axis=1)


def receipts(instance: Instance, draws: Draws, closing: Floats) -> Floats:
    """Capital receipts, some quarters after closing, at the part of the stated value that is realised."""
    value = np.nan_to_num(instance.tables["venues"].numbers("capital_receipt"))
    delay = np.round(parameters.of(draws, instance, "receipt_delay")).astype(int)
    out = np.zeros_like(closing)
    for d, late in enumerate(delay):
        out[d, late:] = closing[d, : closing.shape[1] - late] if late else closing[d]
    return out * value * parameters.of(draws, instance, "receipt_share")[:, None, None]


def overhead(instance: Instance) -> float:
    """Pounds a year that no venue carries: the service's net budget beyond its own venues' net cost."""
    table, ours = instance.tables["venues"], effects.inside(instance)
    net = np.nan_to_num(table.numbers("gross_cost")) - np.nan_to_num(table.numbers("income"))
    return max(0.0, instance.budget - float(net[ours].sum())) if np.isfinite(instance.budget) else 0.0
