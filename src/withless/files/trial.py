"""A trial run of every service as it is today: what cannot be worked out is found by `check`, not only by an appraisal."""

from __future__ import annotations

import numpy as np

from ..appraise.gather import register_for
from ..place import Place
from ..plan import Plan, steady
from ..service import Unworkable, get
from .faults import Fault

SEED = 1


def trial(place: Place) -> list[Fault]:
    """A fault for every service that has no outcome with its levers as they are, in the first block of draws."""
    draws = register_for(Plan("", place, ())).draw(SEED, 0)
    faults = []
    for name, instance in place.instances.items():
        service = get(instance.kind)
        units = {lever.name: tuple(service.units(place, instance, lever.name)) for lever in service.levers}
        settings = steady(units, service.baseline(place, instance), place.calendar.quarters)
        try:
            with np.errstate(all="ignore"):
                service.simulate(place, instance, settings, draws)
        except Unworkable as error:
            told = str(error).rstrip(".")
            faults.append(
                Fault(name, None, "", f"tables without an outcome ({told})", "a service that can be worked out")
            )
    return faults
