"""How needs come, go and end: a generator from published two-year transitions, by age, and its matrix exponentials.

Published (ELSA, ages 50 and over): moves in two years between no need, moderate and high need, and death, printed to two
decimals with a column of people lost to the survey. That column is dropped and rows are made to sum to 1 (our choice);
G = ln(P2)/2 is then a valid generator. Our states are none, moderate, substantial, critical; people who die are
replaced by people without needs, so that a place keeps its size. High need is split so that substantial and critical
together behave as high does: both are left at high's rates, and critical is entered and left at rates that give it its
stated part.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NONE, MODERATE, SUBSTANTIAL, CRITICAL = range(4)


def two_years(printed: Floats) -> Floats:
    """Two-year probabilities [..., 4, 4] of none, moderate, high, dead from printed rows [..., 3, 4], censored left out."""
    rows = printed / printed.sum(axis=-1, keepdims=True)
    dead = np.broadcast_to(np.array([0.0, 0.0, 0.0, 1.0]), (*rows.shape[:-2], 1, 4))
    return np.concatenate([rows, dead], axis=-2)


def generator(p2: Floats) -> Floats:
    """Rates a year [..., 4, 4] whose two-year probabilities are `p2`: the principal logarithm over 2.

    Raises ValueError where that is not a generator: no rates give those probabilities, and none are made up.
    """
    values, vectors = np.linalg.eig(p2.astype(np.complex128))
    g = (vectors @ (np.log(values)[..., :, None] * np.linalg.inv(vectors))).real / 2
    off = g * (1 - np.eye(4))
    if off.min() < -1e-9 or np.abs(values.imag).max() > 1e-9 or values.real.min() <= 0:
        raise ValueError("these two-year transitions come from no rates: a move would have a negative one")
    off = np.maximum(off, 0.0)
    return np.asarray(off - np.eye(4) * off.sum(axis=-1, keepdims=True))


def multiplied(g: Floats, worsening: Floats | float, recovery: Floats | float = 1.0) -> Floats:
    """Three-state rates with moderate to high times `worsening` and moderate to none times `recovery`; g[..., 4, 4]."""
    out = g.copy()
    out[..., 1, 2] *= worsening
    out[..., 1, 0] *= recovery
    out[..., 1, 1] = -(out[..., 1, 0] + out[..., 1, 2] + out[..., 1, 3])
    return out


def four_bands(g: Floats, mortality: Floats, critical: Floats, entry: Floats, onset: Floats) -> Floats:
    """Rates [..., 4, 4] between none, moderate, substantial and critical, with none's own moves as published.

    g[..., 4, 4] is the published generator, `mortality` multiplies deaths, `critical` is the part of high need that is
    critical, `entry` the part of those entering high need who enter critical against that, `onset` the rate a year from
    substantial to critical; all shapes broadcast. Dead people re-enter none.
    """
    entry = entry * critical
    die = g[..., :3, 3] * mortality[..., None]
    leave = g[..., 2, 0] + g[..., 2, 1] + die[..., 2]
    back = np.maximum(((1 - critical) * onset + leave * entry) / critical - leave, 0.0)
    shape = np.broadcast_shapes(g.shape[:-2], mortality.shape, critical.shape, onset.shape)
    r = np.zeros((*shape, 4, 4))
    for row in (NONE, MODERATE):
        other = MODERATE if row == NONE else NONE
        r[..., row, other] = g[..., row, other] + (die[..., row] if row == MODERATE else 0.0)
        r[..., row, SUBSTANTIAL] = g[..., row, 2] * (1 - entry)
        r[..., row, CRITICAL] = g[..., row, 2] * entry
    for row in (SUBSTANTIAL, CRITICAL):
        r[..., row, NONE] = g[..., 2, 0] + die[..., 2]
        r[..., row, MODERATE] = g[..., 2, 1]
    r[..., SUBSTANTIAL, CRITICAL] = onset
    r[..., CRITICAL, SUBSTANTIAL] = back
    return _closed(r)


def mix(rates: Floats) -> tuple[Floats, Floats]:
    """How people in need are spread over moderate, substantial, critical in the long run [..., 3], and how many there
    are for each person without needs, at the published onset [...].
    """
    flow = -np.swapaxes(rates[..., 1:, 1:], -1, -2)
    stock = np.linalg.solve(flow, rates[..., 0, 1:, None])[..., 0]
    total = stock.sum(axis=-1)
    return np.asarray(stock / total[..., None], dtype=np.float64), np.asarray(total, dtype=np.float64)


def with_stock(rates: Floats, stock: Floats, people: Floats) -> tuple[Floats, Floats]:
    """Rates [..., 4, 4] under which `stock` [..., 3] people in need stay as many, of `people` [...], and that stock.

    Only the onset of need is changed. Where people leave a band for another faster than the stock there could be filled,
    the least greater stock that can stay is taken.
    """
    flow = -np.swapaxes(rates[..., 1:, 1:], -1, -2)
    onset = np.maximum((flow @ stock[..., None])[..., 0], 0.0)
    held = np.linalg.solve(flow, onset[..., None])[..., 0]
    without = np.maximum(people - held.sum(axis=-1), 1e-300)
    out = rates.copy()
    out[..., NONE, 1:] = onset / without[..., None]
    return _closed(out), np.asarray(held, dtype=np.float64)


def worsened(rates: Floats, g: Floats, worsening: Floats | float, recovery: Floats | float = 1.0) -> Floats:
    """Rates of people in need, moves to worse needs times `worsening` and recovery of those not critical times `recovery`.

    g[..., 4, 4] is the published generator, which tells recovery to none from death; shapes [...] broadcast.
    """
    worse, better = np.asarray(worsening), np.asarray(recovery)
    shape = np.broadcast_shapes(rates.shape[:-2], worse.shape, better.shape)
    out = np.array(np.broadcast_to(rates, (*shape, 4, 4)))
    for row, column in ((MODERATE, SUBSTANTIAL), (MODERATE, CRITICAL), (SUBSTANTIAL, CRITICAL)):
        out[..., row, column] *= worse
    out[..., MODERATE, NONE] += (better - 1) * g[..., 1, 0]
    out[..., SUBSTANTIAL, NONE] += (better - 1) * g[..., 2, 0]
    out[..., SUBSTANTIAL, MODERATE] *= better
    return _closed(out)


def leaving(rates: Floats) -> Floats:
    """Rate a year at which people leave each band of need, by death or change: [..., 3]."""
    out: Floats = -np.diagonal(rates, axis1=-2, axis2=-1)[..., 1:]
    return out


def _closed(rates: Floats) -> Floats:
    """The same rates with rows that sum to 0."""
    off = rates * (1 - np.eye(rates.shape[-1]))
    return np.asarray(off - np.eye(rates.shape[-1]) * off.sum(axis=-1, keepdims=True))
