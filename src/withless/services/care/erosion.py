"""What is left of a saving once people's needs have changed, against the same people with help, never against year one.

kept(t) = saving(t) / what it would be at t had the plan changed nobody's needs. The break-even multiplier is how much
faster people without help must get worse for the saving to be gone by a year: no trial can tell how much faster they do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...plan import Settings
from .model import become
from .money import money
from .projection import Projection

Floats = NDArray[np.float64]

SAVES = 1e-4
"""Part of today's spending that a plan must save for what is left of the saving to be defined."""
HIGHEST = 64.0
"""Multipliers above this are not looked for: nothing known comes near."""
HALVINGS = 16
"""Of the logarithm of `HIGHEST`: to one part in ten thousand, of a number told to two digits."""


@dataclass(frozen=True)
class Erosion:
    """A saving followed for years. Pounds a year [draw, year]: saving, and `first`, had nobody's needs changed. kept[draw,
    mark] and break_even[draw, mark] at the end of each year in `marks`; NaN where there is no saving, or where no
    multiplier up to `HIGHEST` would undo it.
    """

    years: int
    marks: tuple[int, ...]
    saving: Floats
    first: Floats
    kept: Floats
    break_even: Floats


def kept(unchanged: Projection, r: Projection) -> Floats:
    """Saving over what it would be had nobody's needs changed, [draw, quarter]; NaN where it saves next to nothing."""
    today = money(unchanged).net
    first, now = (today - money(x).net for x in (Projection.at_todays_needs(r.baseline, r.effects), r))
    return _ratio(now, first, today)


def over(settings: Settings, years: int) -> Settings:
    """The settings for so many years: cut short, or the last quarter's held."""
    quarters = 4 * years

    def held(values: Floats) -> Floats:
        last = np.repeat(values[..., -1:], max(quarters - values.shape[2], 0), axis=2)
        return np.concatenate([values[..., :quarters], last], axis=2)

    return Settings(settings.units, {name: held(values) for name, values in settings.values.items()})


def follow(unchanged: Projection, r: Projection, marks: Sequence[int] = (5, 10)) -> Erosion:
    """What a plan saves in the years that a projection runs; `marks` are years at which it is stated."""
    today, years = money(unchanged).net, r.state.shape[3] // 4
    first, saving = (today - money(x).net for x in (Projection.at_todays_needs(r.baseline, r.effects), r))
    at = [4 * mark - 1 for mark in marks]
    left = _ratio(saving[:, at], first[:, at], today)
    even = np.full(left.shape, np.nan)
    if np.isfinite(left).any():
        even = _break_even(r, today, at)
        even = np.where(np.isfinite(left), even, np.nan)
    by_year = [x.reshape(len(x), years, 4).sum(axis=2) for x in (saving, first)]
    return Erosion(years, tuple(marks), by_year[0], by_year[1], left, even)


def _break_even(r: Projection, today: Floats, at: Sequence[int]) -> Floats:
    """The multiplier at which the saving is gone in each quarter of `at`, [draw, mark], by bisection on its logarithm.

    The saving falls as the multiplier rises: more people with worse needs never cost less.
    """

    def gone(multiplier: Floats, quarter: int) -> NDArray[np.bool_]:
        worse = replace(r, state=become(r.baseline, r.effects, multiplier))
        lost: NDArray[np.bool_] = today[:, 0] - money(worse).net[:, quarter] <= 0
        return lost

    out = np.full((len(today), len(at)), np.nan)
    for i, quarter in enumerate(at):
        low, high = np.zeros(len(today)), np.full(len(today), np.log(HIGHEST))
        ever = gone(np.exp(high), quarter)
        for _ in range(HALVINGS if ever.any() else 0):
            middle = (low + high) / 2
            undone = gone(np.exp(middle), quarter)
            low, high = np.where(undone, low, middle), np.where(undone, middle, high)
        out[:, i] = np.where(ever, np.exp(high), np.nan)
    return out


def _ratio(now: Floats, first: Floats, today: Floats) -> Floats:
    clear = first > SAVES * today
    return np.where(clear, now / np.where(clear, first, 1.0), np.nan)
