"""How a week's capacity is given out, for the compiled `kernel`: see *treatment* in `cohort.py`."""

from __future__ import annotations

import numpy as np

from ...kernels import njit
from .kernel_arrays import Week


@njit(cache=True, error_model="numpy")
def shares(wanted: float, first: float, last: float, shielded: float, week: Week) -> tuple[float, float, float, float]:
    """The shares of what is wanted that are done, of the urgent, of those between and of long waits, and how many those are;
    `first` want it urgently, `last` have waited long.
    """
    capacity, longest, urgent = week.capacity, week.longest, week.urgent
    if np.isnan(capacity):
        capacity, longest, urgent = wanted, 0.0, 0.0
    spared = shielded * (1.0 - longest) if capacity < wanted else 0.0
    protected = urgent * first + spared * last
    met = 1.0 if protected <= capacity else capacity / protected
    before, spared = urgent * met, spared * met
    rest = wanted - before * first - spared * last
    left = max(capacity - before * first - spared * last, 0.0)
    late = (1.0 - longest) * left / rest if rest > 1e-12 * wanted else 0.0
    early, long = before + late * (1.0 - before), spared + late * (1.0 - spared)
    return early, late, long, first * early + (wanted - first - last) * late + last * long


@njit(cache=True, error_model="numpy")
def remaining(done: float, week: Week) -> float:
    """Treatments that go to the longest waiters: capacity not used so far, beyond what rounding makes of none, and lists."""
    left = max(week.capacity - done, 0.0) if week.capacity >= 0.0 else 0.0
    return (left if left > 1e-9 * done else 0.0) + week.extra
