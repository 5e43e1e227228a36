"""What a forecast of a waiting list has been off by, by horizon: measured on England 2022-24 (`errors.toml`), to be drawn from.

A draw has one uniform, so that it is high or low all the way: error(h) = Phi^-1(u) * scale * months(h) ** power.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]

WEEKS_A_MONTH = 365.25 / 12 / 7
METHODS = ("weekly", "combined", "naive")
MULTIPLIES = frozenset({"list", "over_52"})
"""Quantities whose error multiplies; that of the others is added."""

MEASURED_WEEKS = 52
"""Weeks ahead to which errors were measured; beyond, they are taken to go on growing by the same power, which is judged."""


@cache
def _told() -> Mapping[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("errors.toml").read_text(encoding="utf-8"))


def measured() -> Mapping[str, Mapping[str, Mapping[str, float]]]:
    """{method: {quantity: {"scale", "power"}}}."""
    return {method: _told()[method] for method in METHODS}


def naive_weight(quantity: str) -> float:
    """Weight of the naive forecast in what is stated of a quantity, 0 to 1; those beyond 52 weeks all have that of `over_52`."""
    weights: Mapping[str, float] = _told()["naive_weight"]
    return weights.get("over_52" if quantity.startswith("over_") else quantity, 0.0)


def lean(quantity: str) -> float:
    """By how much a quantity came out too high a year ahead, on average, as a share."""
    return float(_told()["lean"][quantity])


def source() -> str:
    """Where the errors come from."""
    return str(_told()["source"])


def standard_error(quantity: str, horizon_weeks: ArrayLike, method: str = "weekly") -> Floats:
    """Standard deviation of the error so many weeks ahead: of the logarithm of `list` and `over_52`, of `within_18` in points
    (0 to 100), of `median` and `percentile_92` in weeks; 0 at and before the start.

    Raises LookupError for a quantity or method that was not measured.
    """
    if method not in METHODS or quantity not in measured()[method]:
        known = ", ".join(measured()["weekly"])
        raise LookupError(
            f"no error was measured of {quantity!r} by {method!r}; there are {known} by {', '.join(METHODS)}"
        )
    months = np.maximum(np.asarray(horizon_weeks, dtype=np.float64) / WEEKS_A_MONTH, 0.0)
    of = measured()[method][quantity]
    within = np.minimum(months, 1.0)  # nothing is off at the start; within a month an error is in proportion
    grown: Floats = within * of["scale"] * np.maximum(months, 1.0) ** of["power"]
    return grown


def forecast_error(
    quantity: str,
    horizon_weeks: ArrayLike,
    uniforms: ArrayLike,
    method: str = "weekly",
    spread_already: ArrayLike = 0.0,
) -> Floats:
    """What to multiply a forecast by (`list`, `over_52`) or add to it (the others): error[draw, horizon].

    horizon_weeks[horizon] are weeks ahead; uniforms[draw] lie in 0 to 1, from `draws.streams()`. Measured errors hold
    those of the estimates as well: `spread_already[horizon]`, the standard deviation that the draws of parameters show by
    themselves (on the scale of `standard_error`), is taken off in squares, so that nothing counts twice.
    """
    whole = standard_error(quantity, horizon_weeks, method)
    rest = np.sqrt(np.maximum(whole**2 - np.asarray(spread_already, dtype=np.float64) ** 2, 0.0))
    luck = ndtri(np.clip(np.asarray(uniforms, dtype=np.float64), 1e-9, 1 - 1e-9))
    off: Floats = np.asarray(luck)[..., None] * rest
    return np.exp(off) if quantity in MULTIPLIES else off
