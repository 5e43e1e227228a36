"""One side of a comparison: the list under some settings, by stratum and quarter of the calendar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws
from ...memory import Newest
from ...place import Instance, Place
from ...plan import Settings
from . import project
from .timeline import by_quarter

Floats = NDArray[np.float64]

LEAVING = ("removed", "validated")
"""Flows of people who leave untreated: unreported removals, and those a validation drive takes off."""


@dataclass(frozen=True)
class Side:
    """One run by quarter. flow[name][draw, stratum, quarter] people; projection as it came."""

    projection: project.Projection
    levers: project.Levers

    def flow(self, *names: str) -> Floats:
        """Flows added up: float[draw, stratum, quarter]."""
        found = sum((self.projection.run.flow(n) for n in names), np.zeros(1))
        return np.asarray(found.reshape(len(found), -1, found.shape[-1]))

    @property
    def weeks_to_leave(self) -> Floats:
        """W: weeks the list would take to leave: float[draw, stratum, quarter]; 0 for an empty list."""
        left = self.flow("treated", "sent", *LEAVING)
        weeks = self.flow("person_weeks")
        return np.where(weeks > 0, weeks / np.maximum(left, 1e-9), 0.0)


def side(place: Place, instance: Instance, settings: Settings, draws: Draws) -> Side:
    """The list under some settings, kept for as long as the same is asked for."""
    key = (place.fingerprint, instance.name, draws.key, settings.fingerprint)
    return _SIDES.get(key, lambda: _side(place, instance, settings, draws))


def _side(place: Place, instance: Instance, settings: Settings, draws: Draws) -> Side:
    _, rates = project.rates_of(instance)
    line = by_quarter(rates.month, place.calendar)
    levers = project.levers_of(rates, settings.values, line)
    return Side(project.project(instance, draws, line, levers, again=True), levers)


_SIDES: Newest[Side] = Newest(4)
