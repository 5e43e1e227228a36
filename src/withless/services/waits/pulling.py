"""How many of each bin want treatment in a week, for the compiled `kernel`: see *moving front* in `cohort.py`."""

from __future__ import annotations

import numpy as np
from numba import njit

from ...lanes import add, fill, greatest, highest, least, load, mul, store, sub, total
from .layout import Desk, Floats


@njit(cache=True, error_model="numpy")
def pulled(front: float, start: int, bins: int, desk: Desk) -> tuple[float, float]:
    """Lay on the desk who wants treatment, `take` and `through`, from bin `start` on (a whole eight), the front down by so many
    weeks; returns the largest share of a bin that wants it, and how many of those who appear in a week.
    """
    take, pull, ahead = desk.take, desk.pull, desk.ahead
    whole = min(int(front), bins)
    part, nothing, one = fill(front - whole), fill(0.0), fill(1.0)
    for i in range(start, bins, 8):
        below = load(ahead, i + whole)
        gain = sub(add(below, mul(part, sub(load(ahead, i + whole + 1), below))), load(ahead, i))
        gain = mul(sub(gain, least(gain, nothing)), load(desk.moves, i))
        store(take, i, add(load(pull, i), gain))
    stays(take, start, bins)
    most = nothing
    for i in range(start, bins, 8):
        store(take, i, sub(one, load(take, i)))
    for i in range(0, bins, 8):
        most = greatest(most, load(take, i))
    take[bins] = take[bins - 1]
    coming = nothing
    for i in range(0, bins, 8):
        store(desk.through, i, mul(load(desk.keep, i), load(take, i + 1)))
        coming = add(coming, mul(load(desk.appear, i), load(take, i + 1)))
    return highest(most), total(coming)


@njit(cache=True, error_model="numpy")
def stays(rates: Floats, start: int, bins: int) -> None:
    """Turn rates a week from bin `start` on into shares who stay, exp(-rate); by its series for rates of 1 or less, which all
    of a list's are or none: a call for each bin costs more than weeks of a list do.
    """
    most = fill(0.0)
    for i in range(start, bins, 8):
        most = greatest(most, load(rates, i))
    if highest(most) > 1.0:
        for w in range(start, bins):
            rates[w] = np.exp(-rates[w])
        return
    one, quarter = fill(1.0), fill(-0.25)
    for i in range(
        start, bins, 8
    ):  # of a quarter of the rate, to the twelfth power: what is left out is below one in 10^16
        x = mul(quarter, load(rates, i))
        y = one
        for k in range(12, 0, -1):
            y = add(one, mul(mul(x, fill(1.0 / k)), y))
        squared = mul(y, y)
        store(rates, i, mul(squared, squared))
