"""The list under some settings, by stratum and quarter of the calendar."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from . import project
from .calendar_weeks import QUARTER_WEEKS
from .cohort import Flow, Run
from .inputs import Inputs

Floats = NDArray[np.float64]

LEAVING = ("removed", "validated")
"""Flows of people who leave untreated: unreported removals, and those a validation drive takes off."""


@dataclass(frozen=True)
class Quarterly:
    """One run by quarter: people by [draw, stratum, quarter] and what goes with them, without the weeks it came of.

    capacity_today: who could be treated without the levers; joining: who would come without them. prevented, refused, diverted:
    those who would come and do not, for good, since they no longer need it, though they need it, or as they are managed
    elsewhere. cost_of_wait: what the wait costs that somebody who needs treatment may expect, a wait of a year being 1, and
    would_treat, would_leave: who would be treated and leave untreated, all three on the list with the records still on it that a
    validation drive clears: nobody waits behind somebody who no longer needs it. NaN where nobody was there.
    """

    inputs: Inputs
    run: Run
    levers: project.Levers
    capacity_today: Floats
    joining: Floats
    prevented: Floats
    refused: Floats
    diverted: Floats
    cost_of_wait: Floats
    would_treat: Floats
    would_leave: Floats

    def flow(self, *names: str) -> Floats:
        """Flows added up: float[draw, stratum, quarter]."""
        return by_stratum(self.run, *names)


def quarterly(inputs: Inputs, levers: project.Levers, still: Flow, found: Run, with_records: Run) -> Quarterly:
    """A run by quarter, with what moved it if nothing was done (`still`); `with_records` is the run with the records still on the
    list that a validation drive clears.
    """
    quarters = found.stock.shape[-1]
    return Quarterly(
        inputs=inputs,
        run=replace(found, closing=np.zeros(0)),
        levers=levers,
        capacity_today=of_quarters(still.capacity, quarters),
        joining=of_quarters(still.arrivals, quarters),
        **_kept_off(inputs, still.arrivals, levers, quarters),
        cost_of_wait=with_records.expected.reshape(len(found.stock), -1, quarters),
        would_treat=by_stratum(with_records, "treated"),
        would_leave=by_stratum(with_records, "removed"),
    )


def _kept_off(inputs: Inputs, joining: Floats, levers: project.Levers, quarters: int) -> dict[str, Floats]:
    """Who would come, joining[draw, specialty, part, week], and does not: {name: [draw, stratum, quarter]}. Where a plan lowers
    arrivals without saying why, those who are missing are refused.
    """
    names, none = ("prevented", "refused", "diverted"), np.zeros((len(joining), 1, 1))
    shape = (len(joining), joining.shape[1] * joining.shape[2], quarters)
    found: dict[str, Floats] = dict.fromkeys(names, np.broadcast_to(none, shape))
    left = levers.arrivals
    for name, stays in zip(names, project.come_on(inputs.instance, inputs.draws, levers), strict=True):
        gone = left * (1 - stays)
        if name == "refused":
            gone = gone + np.maximum(1 - levers.arrivals, 0.0)
        if gone.any():
            found[name] = of_quarters(joining * gone[:, :, None], quarters)
        left = left * stays
    return found


def by_stratum(run: Run, *names: str) -> Floats:
    """Flows of a run added up: float[draw, stratum, quarter]."""
    found = sum((run.flow(n) for n in names), np.zeros(1))
    return np.asarray(found.reshape(len(found), -1, found.shape[-1]))


def of_quarters(weekly: Floats, quarters: int) -> Floats:
    """Sum weekly[draw, specialty, part, week] over the calendar's quarters: float[draw, stratum, quarter]."""
    last = weekly[..., weekly.shape[-1] - QUARTER_WEEKS * quarters :]
    return np.asarray(last.reshape(len(last), -1, quarters, QUARTER_WEEKS).sum(axis=3))
