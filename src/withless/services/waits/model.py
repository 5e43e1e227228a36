"""One run of a waits service on some draws: who is treated, how long they wait, what it costs, who leaves.

Served are treatments, need is the list at the start of a financial year and all who come on to it, and with W the weeks
that the list would take to leave at the rate people leave it (list / (treated + removed), the mean wait by Little's law)

    quality = 1 - phi * (W - W0) / 52            W0 that of the same quarter and draw if nothing is done
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws
from ...outcomes import Outcomes
from ...place import AGE_BANDS, Instance, Place, by_group
from ...plan import Settings
from . import costs, project, tables
from .cohort import WITHIN
from .side import LEAVING, Side, side

Floats = NDArray[np.float64]

OLD = (3, 4, 5)
"""Age bands from 65 on."""


def simulate(place: Place, instance: Instance, settings: Settings, draws: Draws, today: Settings) -> Outcomes:
    """The outcomes of one run; `today` are the settings if nothing is done."""
    plan, baseline = (side(place, instance, s, draws) for s in (settings, today))
    phi = project.of(draws, instance, "phi")[:, None, None]
    quality = np.maximum(1 - phi * (plan.weeks_to_leave - baseline.weeks_to_leave) / 52, 0.0)
    treated = plan.flow("treated")
    people = {
        "need": _need(place, plan),
        "served": treated,
        "quality": treated * quality,
        "wait_days": 7 * plan.flow("person_weeks"),
    }
    money, moved = costs.money(place, instance, draws, plan), costs.moved(instance, draws, plan)
    return Outcomes(
        strata=tables.strata(instance),
        people={name: np.moveaxis(v, 1, 0)[..., None] for name, v in people.items()},
        money={name: np.moveaxis(v, 1, 0) for name, v in money.items()},
        moved={payer: v[..., None] for payer, v in moved.items()},
        spread=group_shares(place, instance, draws),
        series=series(plan),
    )


def _need(place: Place, s: Side) -> Floats:
    """Who comes on to the list in each quarter, and in the first of a financial year who is on it already."""
    came = s.flow("arrived", "other", "received", "back")
    stock = s.run.stock.reshape(came.shape)
    quarters = place.calendar.quarter_labels
    need = came.copy()
    for q, label in enumerate(quarters):
        if q == 0 or label.endswith("-04"):
            need[:, :, q] += _opening(s) if q == 0 else stock[:, :, q - 1]
    return need


def _opening(s: Side) -> Floats:
    """The list when the calendar begins: what stands at the first quarter's end, less what came, plus what went."""
    run = s.run
    end = run.stock.reshape(len(run.stock), -1, run.stock.shape[-1])[:, :, 0]
    came = s.flow("arrived", "other", "received", "back")[:, :, 0]
    went = s.flow("treated", "sent", *LEAVING)[:, :, 0]
    return np.maximum(end - came + went, 0.0)


def group_shares(place: Place, instance: Instance, draws: Draws) -> Floats:
    """How people on the list are spread over groups, by age alone: float[draw, group], sums to 1."""
    ages = np.ones((len(draws), len(AGE_BANDS)))
    ages[:, 0] = project.of(draws, instance, "age.child")
    ages[:, OLD] = project.of(draws, instance, "age.old")[:, None]
    people = by_group(place, place.areas.people)
    weight = people[None] * np.tile(ages, 5)
    total = weight.sum(axis=1, keepdims=True)
    return np.where(total > 0, weight / np.where(total > 0, total, 1.0), 1 / weight.shape[1])


def series(s: Side) -> dict[str, Floats]:
    """What a list alone has, of all specialties together by quarter: float[draw, quarter], and treated by stratum.

    A share or a wait of an empty list is given as nil.
    """
    run = s.run
    listed, within = run.listed[:, -1], run.within[:, -1]
    over = {f"over_{k}": listed - within[:, :, i] for i, k in enumerate(WITHIN) if k != WITHIN[0]}
    flows = {name: s.flow(*parts).sum(axis=1) for name, parts in _SERIES.items()}
    return {
        "list": listed,
        "share_within_18": np.where(listed > 0, within[:, :, 0] / np.where(listed > 0, listed, 1.0), 0.0),
        "median_weeks": np.nan_to_num(run.percentile[:, -1, :, 0]),
        "p92_weeks": np.nan_to_num(run.percentile[:, -1, :, 1]),
        **over,
        **flows,
        "treated_of": np.moveaxis(s.flow("treated"), 1, 2),
    }


_SERIES = {
    "arrived": ("arrived",),
    "treated": ("treated",),
    "left_untreated": LEAVING,
    "validated": ("validated",),
    "sent": ("sent",),
    "idle": ("idle",),
    "exits": ("treated", "sent", *LEAVING),
}
