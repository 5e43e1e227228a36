"""The register's numbers for one instance, by draw: the choice model's parameters and what each group does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .facts import Facts

Floats = NDArray[np.float64]

AGE_NAMES = ("child", "young", "", "older", "old", "oldest")
"""Assumption that shifts each band of `place.AGE_BANDS`; those of working age are the reference."""
NAMES = (
    "lam", "decay", "curve", "hours", "fee", "run_by_volunteers", "shared_building", "fade", "hours_visits", "next_door",
    "short_walk",
)  # fmt: skip
"""Assumptions in the order of `ChoiceParameters`."""


@dataclass(frozen=True)
class ChoiceParameters:
    """Parameters of the choice model, float[draw]: see choice.py and nests.py. `hours`, `volunteers` and `shared` say how
    a venue's own users change; `fee` is on the scale of V.
    """

    lam: Floats
    kappa: Floats
    alpha: Floats
    hours: Floats
    fee: Floats
    volunteers: Floats
    shared: Floats
    fade: Floats
    hours_visits: Floats
    next_door: Floats
    short_walk: Floats


def choice(facts: Facts) -> ChoiceParameters:
    """The parameters of the choice model."""
    return ChoiceParameters(*(facts.number(name) for name in NAMES))


def area_index(facts: Facts) -> Floats:
    """gamma.X of an area: what deprivation and setting add to the index, float[draw, area]."""
    areas = facts.place.areas
    steps = areas.quintile - 2.0
    urban = np.where(np.isfinite(areas.urban), areas.urban, 0.5) - 0.5
    index: Floats = facts.number("deprivation")[:, None] * steps + facts.number("urban")[:, None] * urban
    return index


def age_odds(facts: Facts) -> Floats:
    """Exp of what each age band adds to the index, float[draw, age]."""
    ages = [facts.number(f"age.{name}") if name else np.zeros(len(facts.draws)) for name in AGE_NAMES]
    odds: Floats = np.exp(np.stack(ages, axis=1))
    return odds
