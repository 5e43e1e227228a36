"""A trial run of every service as it is today: what cannot be worked out is found by `check`, not only by an appraisal."""

from __future__ import annotations

import numpy as np

from ..appraise import Simulations, cache_of
from ..cache import MOST_BYTES
from ..place import Place
from ..plan import Plan
from ..service import Unworkable
from .faults import Fault

SEED = 1


def trial(place: Place) -> list[Fault]:
    """A fault for every service that has no outcome with its levers as they are, in the first block of draws."""
    sims = Simulations(place, SEED, cache_of(MOST_BYTES))
    draws = sims.draws(sims.register(Plan("", place, ())), 0)
    faults = []
    for name, instance in place.instances.items():
        try:
            with np.errstate(all="ignore"):
                sims.model(instance, draws).run(sims.today(instance))
        except Unworkable as error:
            told = str(error).rstrip(".")
            faults.append(
                Fault(name, None, "", f"tables without an outcome ({told})", "a service that can be worked out")
            )
    return faults
