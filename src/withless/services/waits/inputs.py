"""What everything about a waiting list is worked out from: its place, its tables, the rates they show, the register's numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws
from ...place import Instance, Place
from .calendar_weeks import Timeline
from .rates import Observed, Rates

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Inputs:
    """`observed` is what the tables say, `rates` what they show, `timeline` the weeks of the place's calendar."""

    place: Place
    instance: Instance
    draws: Draws
    observed: Observed
    rates: Rates
    timeline: Timeline

    def of(self, name: str) -> Floats:
        """An assumption of the service, float[draw]: the instance's own, else the general one."""
        return self.draws.of(f"waits.{name}", self.instance.name)
