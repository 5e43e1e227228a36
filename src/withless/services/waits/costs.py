"""What a list costs and what it leaves to others, by stratum and quarter, in pounds.

A treatment costs the table's pounds for its specialty, an admitted one `admitted_cost` times one without. What is there
costs whether it is used or not: cost = today's * (1 - cost_saved * what is cut + cost_added * what is added), one-off
lists, checks and transfers on top. What the budget holds beyond is overhead: today's cost of the first year is the budget.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .calendar_weeks import QUARTER_WEEKS
from .inputs import Inputs
from .quarterly import Quarterly, of_quarters

Floats = NDArray[np.float64]


def money(s: Quarterly) -> dict[str, Floats]:
    """Pounds by name of `outcomes.MONEY`: float[draw, stratum, quarter]."""
    each, fixed = prices(s)
    quarters = s.run.stock.shape[-1]
    today = each * s.capacity_today
    moved = _lever(s.levers.capacity, quarters)
    saved, added, lists = (
        s.inputs.of(f"cost_{w}" if w != "list" else "list_cost")[:, None, None] for w in ("saved", "added", "list")
    )
    running = today * (1 - saved * np.maximum(1 - moved, 0.0) + added * np.maximum(moved - 1, 0.0))
    extra = lists * each * _lever(s.levers.lists, quarters) / 4
    checks = checked(s) * s.inputs.of("validation.cost")[:, None, None]
    total = today.sum(axis=1, keepdims=True)
    overhead = fixed * np.where(total > 0, today / np.where(total > 0, total, 1.0), 1 / today.shape[1])
    paid = elsewhere(s) if s.inputs.instance.payer != "nhs" else 0.0
    return {"gross_cost": running + extra + checks + overhead + paid, "overhead": overhead}


def moved(s: Quarterly) -> dict[str, Floats]:
    """Pounds that others bear: float[draw, quarter] by payer.

    Users: treatment they pay for themselves once they have been refused or have left the list untreated. NHS: what is done for
    a list of the NHS elsewhere; for any other list it is a cost of its own, since whoever pays for the list pays for that.
    """
    each, _ = prices(s)
    share = s.inputs.of("private.share") * s.inputs.of("private.price")
    users = ((s.flow("removed") + s.refused) * each).sum(axis=1) * share[:, None]
    own = elsewhere(s).sum(axis=1)
    return {"users": users} | ({"nhs": own} if s.inputs.instance.payer == "nhs" else {})


def elsewhere(s: Quarterly) -> Floats:
    """Pounds that referrals managed elsewhere and treatment by another provider cost: float[draw, stratum, quarter]."""
    each, _ = prices(s)
    managed = s.diverted * s.inputs.of("diverted.cost")[:, None, None]
    return np.asarray(s.flow("sent") * each + managed)


def prices(s: Quarterly) -> tuple[Floats, Floats]:
    """Pounds for each treatment, float[draw, stratum, 1], and what the budget holds beyond treatments a quarter.

    The budget is known and how many it treats is not: what can be treated without the levers in the first year costs what the
    table says of a usual year, and at most the budget. The rest of the budget is there whatever is treated.
    """
    instance, each = s.inputs.instance, unit_costs(s.inputs)
    if not np.isfinite(instance.budget):
        return each, np.zeros((1, 1, 1))
    usual = (each[:, :, 0] * s.inputs.rates.capacity.sum(axis=2).reshape(-1)).sum(axis=1)
    treatments = np.minimum(usual, instance.budget)
    quarters = min(4, s.capacity_today.shape[2])
    first = (each * s.capacity_today[:, :, :quarters]).sum(axis=(1, 2)) * 4 / quarters
    factor = np.where(first > 0, treatments / np.where(first > 0, first, 1.0), 1.0)
    fixed = (instance.budget - np.where(first > 0, treatments, 0.0)) / 4
    return each * factor[:, None, None], fixed[:, None, None]


def unit_costs(inputs: Inputs) -> Floats:
    """Pounds for each treatment: float[draw, stratum, 1].

    From the table; what it lacks is the budget over all treatments; without a budget the register's.
    """
    instance, rates, known = inputs.instance, inputs.rates, inputs.observed.unit_cost
    yearly = rates.capacity.sum(axis=2)
    ratio = np.where([p == "admitted" for p in rates.parts], inputs.of("admitted_cost")[:, None], 1.0)
    if len(rates.parts) == 1:
        ratio = np.ones_like(ratio)
    weight = np.einsum("dp,sp->ds", ratio, yearly)
    total = yearly.sum(axis=1)
    typical = inputs.of("unit_cost")
    if np.isfinite(instance.budget) and total.sum() > 0:
        typical = np.full(len(inputs.draws), instance.budget / total.sum())
    average = np.where(np.isfinite(known)[None], np.nan_to_num(known)[None], typical[:, None])
    base = average * total[None] / np.where(weight > 0, weight, 1.0)
    return np.asarray((base[:, :, None] * ratio[:, None, :]).reshape(len(inputs.draws), -1, 1))


def checked(s: Quarterly) -> Floats:
    """People checked in validation drives: float[draw, stratum, quarter]."""
    off = s.inputs.of("validation.off")[:, None, None]
    return s.flow("validated") / np.maximum(off, 1e-12)


def _lever(weekly: Floats, quarters: int) -> Floats:
    """A lever's mean in each quarter: float[1, stratum, quarter]."""
    return of_quarters(weekly, quarters) / QUARTER_WEEKS
