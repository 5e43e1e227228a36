"""One run of a waits service on some draws: who is treated, how long they wait, what it costs, who leaves.

Served are treatments; need, in person-years, is a quarter of the list at the start of the quarter and all who come on to it. With
T the wait, in years, that somebody who needs treatment may expect (`expected_wait.py`), p its exponent and 0 the same quarter and
draw if nothing is done,

    quality = 1 - phi * (E[T^p] - E0[T^p]) - given up / treated

`given up` are people who leave, are refused or are taken off though they need treatment, beyond those if nothing is done, as far
as fewer treatments do not explain them: of two people of whom one is treated no more, one leaves in the end, and is not
counted twice (`given_up`). Spared are those whom prevention keeps from needing it, as many as would have been treated, and those
whose cleared records leave fewer to treat.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ...outcomes import Outcomes
from ...place import AGE_BANDS, by_group
from . import costs, project, tables
from .cohort import WITHIN
from .inputs import Inputs
from .quarterly import LEAVING, Quarterly

Floats = NDArray[np.float64]

OLD = (3, 4, 5)
"""Age bands from 65 on."""


def outcomes(plan: Quarterly, baseline: Quarterly) -> Outcomes:
    """The outcomes of a list under some settings; `baseline` is the list if nothing is done."""
    inputs, treated, spared = plan.inputs, plan.flow("treated"), _spared(plan, baseline)
    people = {
        "need": _need(plan),
        "served": treated,
        "quality": np.maximum(treated * _worth(plan, baseline) - _lost(plan, baseline, spared), 0.0),
        "wait_days": 7 * plan.flow("person_weeks"),
        "spared": spared,
    }
    return Outcomes(
        strata=tables.strata(inputs.instance),
        people={name: np.moveaxis(v, 1, 0)[..., None] for name, v in people.items()},
        money={name: np.moveaxis(v, 1, 0) for name, v in costs.money(plan).items()},
        moved={payer: v[..., None] for payer, v in costs.moved(plan).items()},
        spread=group_shares(inputs),
        series=series(plan),
    )


def stake(today: Quarterly, touched: Mapping[str, frozenset[str]]) -> Floats:
    """Gross cost a year, today, of the lists that these units are of, {lever: units}: float[draw]."""
    strata, lists = tables.strata(today.inputs.instance), set[str]()
    for lever, units in touched.items():
        if lever in tables.BY_PART:
            lists |= units
        elif lever in {entry.name for entry in tables.LEVERS}:
            lists |= {k for k in strata if k in units or k.rsplit("/", 1)[0] in units}
        else:
            lists |= set(strata)
    cost = costs.money(today)["gross_cost"][:, :, 0]
    found: Floats = 4 * cost[:, [k in lists for k in strata]].sum(axis=1)
    return found


def _worth(plan: Quarterly, baseline: Quarterly) -> Floats:
    """What a treatment is worth after the wait for it, 1 if nothing is done: float[draw, stratum, quarter], 0 at least."""
    phi = plan.inputs.of("phi")[:, None, None]
    return np.maximum(1 - phi * np.nan_to_num(plan.cost_of_wait - baseline.cost_of_wait), 0.0)


def _spared(plan: Quarterly, baseline: Quarterly) -> Floats:
    """People who would have been treated and need it no longer, by the plan's own doing: float[draw, stratum, quarter].

    Of those prevented, the share of all who leave the list that are treated. Of cleared records, as many as fewer are treated for
    want of them: while there are others to treat, they stood in nobody's way.
    """
    treated, left = baseline.flow("treated"), baseline.flow("removed")
    gone = treated + left
    cleared = np.maximum(plan.would_treat - plan.flow("treated"), 0.0)
    of_those = 1 - plan.inputs.of("validation.in_need")[:, None, None]
    return np.asarray(
        plan.prevented * np.where(gone > 0, treated / np.where(gone > 0, gone, 1.0), 0.0) + cleared * of_those
    )


def _lost(plan: Quarterly, baseline: Quarterly, spared: Floats) -> Floats:
    """People a quarter who go without though they need treatment, beyond today: float[draw, stratum, quarter]; see `given_up`."""
    in_need, wrongly = (plan.inputs.of(f"{k}.in_need")[:, None, None] for k in ("left", "validation"))
    without, before = (
        in_need * s.would_leave + s.refused + wrongly * (s.flow("validated") - s.flow("back")) for s in (plan, baseline)
    )
    return given_up(without - before, baseline.flow("treated") - plan.flow("treated") - spared)


def given_up(without: Floats, fewer: Floats) -> Floats:
    """More people a quarter who go without, float[..., quarter], as far as the fewer who are treated do not explain them.

    Whoever is not treated waits, and leaves untreated sooner or later: from the start on, those who go without are counted as far
    as they are more than the treatments lost, which are counted already. Likewise the other way round.
    """
    more, lost = np.cumsum(without, axis=-1), np.cumsum(fewer, axis=-1)
    up = np.maximum(more - np.maximum(lost, 0.0), 0.0)
    down = np.minimum(more - np.minimum(lost, 0.0), 0.0)
    beyond = np.where(more > 0, up, down)
    found: Floats = np.diff(beyond, axis=-1, prepend=0.0)
    return found


def _need(s: Quarterly) -> Floats:
    """Person-years of need in each quarter: who comes on to the list, and a quarter of who is on it as it begins."""
    came = s.flow("arrived", "other", "received", "back")
    stock = s.run.stock.reshape(came.shape)
    before = np.concatenate([_opening(s)[:, :, None], stock[:, :, :-1]], axis=2)
    return np.asarray(came + s.refused + before / 4)


def _opening(s: Quarterly) -> Floats:
    """The list when the calendar begins: what stands at the first quarter's end, less what came, plus what went."""
    run = s.run
    end = run.stock.reshape(len(run.stock), -1, run.stock.shape[-1])[:, :, 0]
    came = s.flow("arrived", "other", "received", "back")[:, :, 0]
    went = s.flow("treated", "sent", *LEAVING)[:, :, 0]
    return np.maximum(end - came + went, 0.0)


def group_shares(inputs: Inputs) -> Floats:
    """How people on the list are spread over groups, by age alone: float[draw, group], sums to 1."""
    ages = np.ones((len(inputs.draws), len(AGE_BANDS)))
    ages[:, 0] = inputs.of("age.child")
    ages[:, OLD] = inputs.of("age.old")[:, None]
    people = by_group(inputs.place, inputs.place.areas.people)
    weight = people[None] * np.tile(ages, 5)
    total = weight.sum(axis=1, keepdims=True)
    return np.where(total > 0, weight / np.where(total > 0, total, 1.0), 1 / weight.shape[1])


def series(s: Quarterly) -> dict[str, Floats]:
    """What a list alone has, of all specialties together by quarter: float[draw, quarter], and treated by stratum. A share or a
    wait of an empty list is NaN.
    """
    run = s.run
    listed, within = run.listed[:, -1], run.within[:, -1]
    over = {f"over_{k}": listed - within[:, :, i] for i, k in enumerate(WITHIN) if k != WITHIN[0]}
    flows = {name: s.flow(*parts).sum(axis=1) for name, parts in _SERIES.items()}
    return {
        "list": listed,
        "share_within_18": np.where(listed > 0, within[:, :, 0] / np.where(listed > 0, listed, 1.0), np.nan),
        "median_weeks": run.percentile[:, -1, :, 0],
        "p92_weeks": run.percentile[:, -1, :, 1],
        "wait": expected_wait(s),
        **over,
        **flows,
        "prevented": s.prevented.sum(axis=1),
        "refused": s.refused.sum(axis=1),
        "treated_of": np.moveaxis(s.flow("treated"), 1, 2),
    }


def expected_wait(s: Quarterly) -> Floats:
    """Weeks that somebody who needs treatment may expect to wait, if all waited alike and it cost them as much: float[draw,
    quarter]. Lists count by who would join them if nothing were done; NaN where nobody is on any.
    """
    known = np.isfinite(s.cost_of_wait)
    weight = np.where(known, s.joining, 0.0)
    total = weight.sum(axis=1)
    mean = (weight * np.nan_to_num(s.cost_of_wait)).sum(axis=1) / np.where(total > 0, total, 1.0)
    weeks = project.WORTH_WEEKS * mean ** (1 / s.inputs.of("wait.exponent")[:, None])
    return np.where(total > 0, weeks, np.nan)


_SERIES = {
    "arrived": ("arrived",),
    "treated": ("treated",),
    "left_untreated": LEAVING,
    "validated": ("validated",),
    "sent": ("sent",),
    "idle": ("idle",),
}
