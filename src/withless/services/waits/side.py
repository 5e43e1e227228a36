"""One side of a comparison: the list under some settings, by stratum and quarter of the calendar."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws
from ...memory import kept
from ...place import Instance, Place
from ...plan import Settings
from ...service import key_of
from . import project
from .cohort import Run
from .rates import Rates
from .timeline import QUARTER_WEEKS, by_quarter

Floats = NDArray[np.float64]

LEAVING = ("removed", "validated")
"""Flows of people who leave untreated: unreported removals, and those a validation drive takes off."""


@dataclass(frozen=True)
class Side:
    """One run by quarter: people by [draw, stratum, quarter] and what goes with them, without the weeks it came of.

    capacity_today[draw, stratum, quarter]: who could be treated without the levers; diverted[draw, quarter]: referrals
    managed elsewhere for good.
    """

    run: Run
    rates: Rates
    levers: project.Levers
    capacity_today: Floats
    diverted: Floats

    def flow(self, *names: str) -> Floats:
        """Flows added up: float[draw, stratum, quarter]."""
        found = sum((self.run.flow(n) for n in names), np.zeros(1))
        return np.asarray(found.reshape(len(found), -1, found.shape[-1]))

    @property
    def weeks_to_leave(self) -> Floats:
        """W: weeks the list would take to leave: float[draw, stratum, quarter]; 0 for an empty list."""
        left = self.flow("treated", "sent", *LEAVING)
        weeks = self.flow("person_weeks")
        return np.where(weeks > 0, weeks / np.maximum(left, 1e-9), 0.0)


@kept(4, key_of)
def side(place: Place, instance: Instance, settings: Settings, draws: Draws) -> Side:
    """The list under some settings, kept for as long as the same is asked for."""
    _, rates = project.rates_of(instance)
    line = by_quarter(rates.month, place.calendar)
    levers = project.levers_of(rates, settings.values, line)
    found = project.compared(instance, draws, line, levers)
    quarters = found.run.stock.shape[-1]
    return Side(
        run=replace(found.run, closing=np.zeros(0)),
        rates=rates,
        levers=levers,
        capacity_today=of_quarters(found.still.capacity, quarters),
        diverted=_diverted(
            found.flow.arrivals, levers.diverted, project.of(draws, instance, "diverted.back"), quarters
        ),
    )


def _diverted(arrivals: Floats, levers: Floats, back: Floats, quarters: int) -> Floats:
    """Referrals managed elsewhere for good [draw, quarter]; arrivals[draw, specialty, part, week] are the others."""
    if not levers.any():
        return np.zeros((len(arrivals), quarters))
    share = levers[None] * (1 - back)[:, None, None]
    would = arrivals / np.maximum(1 - share, 1e-12)[:, :, None]
    total: Floats = of_quarters(would * share[:, :, None], quarters).sum(axis=1)
    return total


def of_quarters(weekly: Floats, quarters: int) -> Floats:
    """Sum weekly[draw, specialty, part, week] over the calendar's quarters: float[draw, stratum, quarter]."""
    last = weekly[..., weekly.shape[-1] - QUARTER_WEEKS * quarters :]
    return np.asarray(last.reshape(len(last), -1, quarters, QUARTER_WEEKS).sum(axis=3))
