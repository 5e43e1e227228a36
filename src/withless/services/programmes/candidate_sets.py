"""The best way to spend for many budgets near each other, as exact as for one: which sets of programmes can be best there.

A budget that is cut by a share which differs from draw to draw asks for the best way at hundreds of budgets. They fall into
narrow cells, and for a cell [a, b] one search finds the sets that can be best anywhere in it; of these few, each budget then
takes its own best by the closed form. The search is that of `optimum.py` with another rule for dropping a node: its Lagrangian
bound is a straight line in the budget, and what a set is worth is concave in it, so a node whose line is below the worth of one
set at both ends is below it in between.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import kernel
from .optimum import TOLERANCE, AllocationProblem, Optimum, best, fixed_set

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

CELLS = 128
"""Cells to today's budget."""
MOST_WORK = 200_000
"""Nodes of a search times programmes: a portfolio of thousands is searched as far as this allows."""


@dataclass(frozen=True)
class Ends:
    """Worth at both ends of a cell."""

    low: float
    high: float

    def below(self, other: Ends) -> bool:
        """Whether it is nowhere above another, but for a trifle."""
        room = TOLERANCE * max(abs(other.high), 1e-9)
        return self.low <= other.low + room and self.high <= other.high + room


def candidates(choice: AllocationProblem, low: float, high: float) -> tuple[Bools, ...]:
    """Sets of programmes [programme] of which one is best for every budget from `low` to `high` pounds a year.

    Empty where floors cannot be met at the lower end.
    """
    found = _Cell(choice, low, high)
    found.search(max(MOST_WORK // max(len(choice.fixed), 1), 50))
    return found.kept()


def best_of(choice: AllocationProblem, sets: tuple[Bools, ...], budget: float) -> Optimum:
    """The best spending of a budget on one of some sets; searched for afresh where there are none.

    Raises `FloorsUnmet` as `best` does.
    """
    top: tuple[float, Floats, float] | None = None
    on = np.zeros(len(choice.fixed), dtype=np.bool_)
    for candidate in sets:
        found = fixed_set(choice, candidate, budget)
        if found is not None and (top is None or found[0] > top[0]):
            top, on = found, candidate
    return best(choice, budget) if top is None else Optimum(top[0], on, top[1], top[2], 0, 0.0)


class _Cell:
    """Depth first over one cell; holds every set tried, its worth at both ends and the line above it."""

    def __init__(self, choice: AllocationProblem, low: float, high: float) -> None:
        self.choice, self.low, self.high = choice, low, high
        self.sets: dict[bytes, Bools] = {}
        self.worth: dict[bytes, Ends] = {}
        self.above: dict[bytes, Ends] = {}

    def search(self, most_nodes: int) -> None:
        """Visit nodes until none can hold a set that is best anywhere in the cell."""
        c, nodes = self.choice, 0
        stack = [(np.zeros(len(c.fixed), dtype=np.bool_), c.allowed.astype(np.bool_))]
        while stack and nodes < most_nodes:
            on, free = stack.pop()
            nodes += 1
            chosen, middle = np.zeros_like(on), (self.low + self.high) / 2
            value, price = kernel.bound(c.value, c.unit_cost, c.room, c.need, c.fixed, on, free, middle, chosen)
            self._try(chosen)
            self._try(on)
            half = price * (self.high - self.low) / 2
            if not free.any() or value == -np.inf or self._beaten(Ends(value - half, value + half)):
                continue
            pick = int((np.where(free, c.fixed + 1.0, -1.0) * np.where(chosen, 2.0, 1.0)).argmax())
            rest, opened = free.copy(), on.copy()
            rest[pick], opened[pick] = False, True
            sides = [(on, rest), (opened, rest)]
            stack += sides if chosen[pick] else sides[::-1]

    def kept(self) -> tuple[Bools, ...]:
        """The sets that are not beaten by another; none where none can be paid for at the lower end."""
        if not any(line.low > -np.inf for line in self.worth.values()):
            return ()
        order = sorted(self.worth, key=lambda k: -self.worth[k].high)
        kept: list[bytes] = []
        for key in order:
            if not any(self.above[key].below(self.worth[k]) for k in kept):
                kept.append(key)
        return tuple(self.sets[k] for k in kept)

    def _try(self, candidate: Bools) -> None:
        key = candidate.tobytes()
        if key in self.sets:
            return
        self.sets[key] = candidate.copy()
        high = fixed_set(self.choice, candidate, self.high)
        if high is None:
            return
        low = fixed_set(self.choice, candidate, self.low)
        self.worth[key] = Ends(low[0] if low is not None else -np.inf, high[0])
        self.above[key] = Ends(high[0] - high[2] * (self.high - self.low), high[0])

    def _beaten(self, line: Ends) -> bool:
        return any(line.below(worth) for worth in self.worth.values())
