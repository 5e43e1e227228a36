"""The register's numbers for one instance, by draw: the choice model's parameters and what each group does."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws
from ...cache import kept
from ...place import Instance, Place
from .tables import TYPES

Floats = NDArray[np.float64]

AGE_NAMES = ("child", "young", "", "older", "old", "oldest")
"""Assumption that shifts each band of `place.AGE_BANDS`; those of working age are the reference."""


@dataclass(frozen=True)
class Choice:
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


@kept(32, lambda instance: instance.fingerprint)
def main_type(instance: Instance) -> str:
    """The commonest type of venue of an instance; the first of `TYPES` among equals."""
    counts = Counter(instance.tables["venues"].words("type"))
    return max(TYPES, key=lambda t: (counts[t], -TYPES.index(t)))


def of(draws: Draws, instance: Instance, name: str) -> Floats:
    """An assumption of the service for this instance: its own, else its type's, else the general one."""
    return draws.of(f"venues.{name}", main_type(instance), instance.name)


def choice(instance: Instance, draws: Draws) -> Choice:
    """The parameters of the choice model."""
    names: tuple[str, ...] = (
        "lam",
        "decay",
        "curve",
        "hours",
        "fee",
        "run_by_volunteers",
        "shared_building",
        "fade",
        "hours_visits",
    )
    names += ("next_door", "short_walk")
    return Choice(*(of(draws, instance, name) for name in names))


def area_index(place: Place, instance: Instance, draws: Draws) -> Floats:
    """gamma.X of an area: what deprivation and setting add to the index, float[draw, area]."""
    steps = place.areas.quintile - 2.0
    urban = np.where(np.isfinite(place.areas.urban), place.areas.urban, 0.5) - 0.5
    index: Floats = of(draws, instance, "deprivation")[:, None] * steps + of(draws, instance, "urban")[:, None] * urban
    return index


def age_odds(instance: Instance, draws: Draws) -> Floats:
    """Exp of what each age band adds to the index, float[draw, age]."""
    ages = [of(draws, instance, f"age.{name}") if name else np.zeros(len(draws)) for name in AGE_NAMES]
    odds: Floats = np.exp(np.stack(ages, axis=1))
    return odds
