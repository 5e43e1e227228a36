"""What a choice must keep to besides its saving: linear limits, and no group losing more than the average."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .problem import Floats, Ints

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Limits:
    """`allowed[option]` False: never (keep this one: only its first option). Linear: at_most[k, option] . y <= most[k], named for
    people. `fair[row]`: group of each row (-1: none); no group loses a larger share of its value today than (1 + `more`) times
    what all together lose. With `more` at 0 only equal shares would do: the largest is never below the average.
    """

    allowed: Bools | None = None
    at_most: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    most: Floats = field(default_factory=lambda: np.zeros(0))
    names: tuple[str, ...] = ()
    fair: Ints | None = None
    more: float = 0.25

    def linear(self, options: int) -> Floats:
        """The left sides, [limit, option]."""
        return self.at_most if len(self.most) else np.zeros((0, options))


SLACK = 1e-9
"""Sums of money and of people are compared with this relative slack."""


def keeps(limits: Limits, y: Floats) -> bool:
    """Whether y[option] of zeros and ones keeps the linear limits."""
    if limits.allowed is not None and (y[~limits.allowed] > 0.5).any():
        return False
    left = limits.linear(len(y)) @ y
    return bool((left <= limits.most + SLACK * np.maximum(np.abs(limits.most), 1.0)).all())


def is_fair(limits: Limits, today: Floats, now: Floats) -> bool:
    """Whether no group loses too much more than all of them together; today and now [row]."""
    if limits.fair is None:
        return True
    here = limits.fair >= 0
    groups = int(limits.fair.max()) + 1
    had = np.bincount(limits.fair[here], today[here], groups)
    lost = np.bincount(limits.fair[here], (today - now)[here], groups)
    average = lost.sum() / max(had.sum(), 1e-300)
    return bool((lost <= had * average * (1 + limits.more) + 1e-9 * had.sum()).all())
