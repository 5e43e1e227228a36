"""What a forecast of a waiting list has been off by, by months ahead: measured on England 2022-24 (`errors.toml`).

    stated   = ((1 - w) * cohort + w * naive) * exp(-lean * months / 12)          of counts; of others the lean is taken off
    w(fall)  = naive_weight / (1 + (fall / ln 2)^2)
    error(h) = t(u) * scale * months(h) ** power

`fall` is how far the front of long waits lowers the quantity by then, as a logarithm: the naive forecast knows nothing of it,
and where the front is to halve a quantity, its weight is halved. A draw has one uniform u, so that it is high or low all the
way; t is Student's, since the years behind the scale are few.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

Floats = NDArray[np.float64]

WEEKS_A_MONTH = 365.25 / 12 / 7
QUANTITIES = ("list", "within_18", "median", "percentile_92", "over_52", "over_65", "over_78", "over_104")
"""What is forecast: people; per cent of them; weeks; weeks; people who have waited so many weeks or longer."""

COUNTS = frozenset(q for q in QUANTITIES if q == "list" or q.startswith("over_"))
"""Quantities whose errors multiply; those of the others are added."""

HALVED_AT = float(np.log(2.0))
"""Fall through the front, as a logarithm, at which the naive forecast's weight is halved; judged."""

FREEDOM = 10.0
"""Degrees of freedom of the errors: about as many quarters that do not overlap as were measured."""

LEAN_MONTHS = 12.0
"""Months over which the lean grows, in proportion; no lean was measured beyond."""

MEASURED_WEEKS = 52
"""Weeks ahead to which errors were measured; beyond, they are taken to go on growing by the same power, which is judged."""


@dataclass(frozen=True)
class Error:
    """Of one quantity: weight of the naive forecast while the front stands still; lean a year ahead, and scale of the error a
    month ahead (of the logarithm of a count, in points, or in weeks); power of the months by which that grows; `kept`, the
    share of the draws' own spread that hindcasts bear out, 0 to 1.
    """

    naive_weight: float
    lean: float
    scale: float
    power: float
    kept: float


Errors = Mapping[str, Error]


@cache
def measured() -> Errors:
    """{quantity: its error}."""
    told = tomllib.loads(resources.files(__package__).joinpath("errors.toml").read_text(encoding="utf-8"))
    return {name: Error(**told[name]) for name in QUANTITIES}


@cache
def source() -> str:
    """Where the errors come from."""
    told = tomllib.loads(resources.files(__package__).joinpath("errors.toml").read_text(encoding="utf-8"))
    return str(told["source"])


def naive_weight(error: Error, fall: ArrayLike = 0.0) -> Floats:
    """Weight of the naive forecast where the front lowers the quantity by a `fall`, as a logarithm (0 or more)."""
    weight: Floats = error.naive_weight / (1 + (np.asarray(fall, np.float64) / HALVED_AT) ** 2)
    return weight


def lean(error: Error, horizon_weeks: ArrayLike) -> Floats:
    """By how much it came out too high so many weeks ahead, on the scale of `standard_error`: to be taken off."""
    months = np.asarray(horizon_weeks, np.float64) / WEEKS_A_MONTH
    off: Floats = error.lean * np.clip(months / LEAN_MONTHS, 0.0, 1.0)
    return np.asarray(off, np.float64)


def standard_error(error: Error, horizon_weeks: ArrayLike) -> Floats:
    """Scale of the error so many weeks ahead: of the logarithm of a count, in points (0 to 100), or in weeks; 0 at and before
    the start, in proportion to time within the first month.
    """
    months = np.maximum(np.asarray(horizon_weeks, np.float64) / WEEKS_A_MONTH, 0.0)
    grown = np.minimum(months, 1.0) * error.scale * np.maximum(months, 1.0) ** error.power
    return np.asarray(grown, np.float64)


def draw(error: Error, horizon_weeks: ArrayLike, uniforms: ArrayLike, own: ArrayLike = 0.0) -> Floats:
    """What to add to a forecast, on the scale of `standard_error`: [draw, horizon].

    uniforms[draw] lie in 0 to 1, from `draws.streams()`. Measured errors hold those of the estimates as well: what is kept of the
    draws' own spread, `own`[horizon], is taken off in squares, so that nothing counts twice.
    """
    whole = standard_error(error, horizon_weeks)
    rest = np.sqrt(np.maximum(whole**2 - (error.kept * np.asarray(own, np.float64)) ** 2, 0.0))
    luck = stdtrit(FREEDOM, np.clip(np.asarray(uniforms, np.float64), 1e-9, 1 - 1e-9))
    off = np.asarray(luck, np.float64)[..., None] * np.asarray(rest, np.float64)
    return np.asarray(off, np.float64)


def added(quantity: str, values: Floats) -> Floats:
    """Values on the scale on which errors are added: logarithms of counts, of which half a person stands for nobody."""
    return np.log(np.maximum(values, 0.0) + 0.5) if quantity in COUNTS else values


def back(quantity: str, values: Floats) -> Floats:
    """Back from `added`: nobody is fewer than none, no share above 100."""
    if quantity in COUNTS:
        return np.maximum(np.exp(values) - 0.5, 0.0)
    return np.clip(values, 0.0, 100.0 if quantity == "within_18" else np.inf)
