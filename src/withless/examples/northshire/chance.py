"""Seeded chance for the generator: one stream a name, so that a change to one part of the county moves no other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def stream(seed: int, name: str) -> np.random.Generator:
    """The random numbers of one part of the county, the same for ever for a seed (0 or more) and a name."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *name.encode()])))


def frozen(array: NDArray[np.generic]) -> None:
    """Make an array read-only."""
    array.setflags(write=False)
