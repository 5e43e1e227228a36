"""How many of each bin want treatment in a week, for the compiled `kernel`: see *moving front* in `cohort.py`."""

from __future__ import annotations

from ...kernels import njit
from ...simd import add, exp, fill, greatest, highest, load, mul, store, sub, total
from .layout import Desk, Floats


@njit(cache=True, error_model="numpy")
def pulled(front: float, start: int, bins: int, reach: int, desk: Desk) -> tuple[float, float]:
    """Lay on the desk who wants treatment, `take` and `through`, from bin `start` on (a whole eight), the front down by so many
    weeks; people appear in bins below `reach`. Returns the largest share of a bin that wants it, and how many who appear do.
    """
    take, ahead = desk.take, desk.ahead
    whole = min(int(front), bins)
    part, nothing, one, most = fill(front - whole), fill(0.0), fill(1.0), fill(0.0)
    for i in range(start, bins, 8):
        below = load(ahead, i + whole)
        gain = sub(add(below, mul(part, sub(load(ahead, i + whole + 1), below))), load(ahead, i))
        rate = add(load(desk.pull, i), mul(greatest(gain, nothing), load(desk.moves, i)))
        store(take, i, sub(one, exp(sub(nothing, rate))))
    for i in range(0, bins, 8):
        most = greatest(most, load(take, i))
    take[bins] = take[bins - 1]
    coming = nothing
    for i in range(max(start - 8, 0), bins, 8):
        store(desk.through, i, mul(load(desk.keep, i), load(take, i + 1)))
    for i in range(0, reach, 8):
        coming = add(coming, mul(load(desk.appear, i), load(take, i + 1)))
    return highest(most), total(coming)


@njit(cache=True, error_model="numpy")
def stays(rates: Floats, bins: int) -> None:
    """Turn rates a week into shares who stay, exp(-rate); places beyond the bins stay nought."""
    for i in range(0, bins, 8):
        store(rates, i, exp(sub(fill(0.0), load(rates, i))))
    rates[bins:] = 0.0


# compiled with simd:b407d72c
