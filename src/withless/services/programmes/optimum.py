"""The best way to spend a budget on programmes that cost something just to run: branch and bound on the closed form.

For a fixed set of open programmes the optimum is a closed form (kernel.py). Which to open is a search: a node has some
programmes open, some closed, the rest free; its bound is the Lagrangian one, in which each free programme is taken where
its gain at the price of money exceeds its fixed cost. A node whose bound is no better than the best found is dropped, so
the answer is exact, to `TOLERANCE`, for any number of programmes; should the search be cut off, `gap` says how far a
better one could be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import kernel

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

TOLERANCE = 1e-9
"""Share of the value by which a better answer may be missed."""
MOST_NODES = 20_000
FEW, TRIED = 40, 8
"""Programmes up to which every one is tried when floors are to be met for less; of more, so many are tried one by one."""


class FloorsUnmet(ValueError):
    """No spending within the budget meets the floors; `groups` are those at fault, `cost` the least that would do."""

    def __init__(self, groups: tuple[int, ...], cost: float) -> None:
        self.groups = groups
        self.cost = cost
        super().__init__(f"floors of groups {groups} take £{cost:,.0f}")


@dataclass(frozen=True)
class AllocationProblem:
    """What may be chosen: value[programme, young] of one engaged, unit_cost and fixed [programme], room[programme, young]
    at most engaged, need[young] to be engaged at least (counting every programme), allowed[programme] to run.
    """

    value: Floats
    unit_cost: Floats
    fixed: Floats
    room: Floats
    need: Floats
    allowed: Bools


@dataclass(frozen=True)
class Optimum:
    """The optimum: its value, which run, pounds beyond fixed cost [programme, young], the price of money (value of one
    more pound), how many nodes the search took and the share of the value by which a better one could have been missed.
    """

    value: float
    open: Bools
    variable: Floats
    price: float
    nodes: int
    gap: float


def best(choice: AllocationProblem, budget: float, most_nodes: int = MOST_NODES) -> Optimum:
    """Spend `budget` pounds a year, fixed costs included, so that the value is largest and every floor is met.

    Raises `FloorsUnmet` naming the floors that cannot be.
    """
    _floors_within_reach(choice)
    closed = np.zeros(len(choice.fixed), dtype=np.bool_)
    found = _Search(choice, budget)
    found.visit(closed, choice.allowed.astype(np.bool_), most_nodes)
    if found.open is None:
        raise _unmet(choice, budget)
    return Optimum(found.value, found.open, found.variable, found.price, found.nodes, found.gap)


def fixed_set(choice: AllocationProblem, on: Bools, budget: float) -> tuple[float, Floats, float] | None:
    """Value, variable pounds [programme, young] and price of money of the best spending on just these programmes.

    None where the budget does not cover their fixed costs and floors.
    """
    c, nu = choice, np.zeros(len(choice.need))
    money = budget - float(c.fixed[on].sum())
    if not on.any():
        return (0.0, np.zeros_like(c.value), 0.0) if budget >= 0 and not (c.need > 0).any() else None
    mu = kernel.fixed_set(c.value, c.unit_cost, c.room, c.need, on, money, nu)
    if mu < 0:
        return None
    variable = np.zeros_like(c.value)
    value = kernel.allot(mu, c.value, c.unit_cost, c.room, on, nu, variable) if mu > 0 else 0.0
    return float(value), variable, float(mu)


class _Search:
    """Depth first, the more promising side first; holds the best found."""

    def __init__(self, choice: AllocationProblem, budget: float) -> None:
        self.choice, self.budget = choice, budget
        self.value, self.price, self.gap = -np.inf, 0.0, 0.0
        self.open: Bools | None = None
        self.variable = np.zeros_like(choice.value)
        self.nodes = 0
        self.tried: set[bytes] = set()

    def visit(self, on: Bools, free: Bools, most_nodes: int) -> None:
        """Search below a node: programmes that are on run, those that are free may."""
        stack = [(np.inf, on, free)]
        while stack:
            promised, on, free = stack.pop()
            if not self._could_beat(promised):
                continue
            if self.nodes >= most_nodes:
                self._cut_off([promised, *(s[0] for s in stack)])
                return
            stack += self._split(on, free)

    def _split(self, on: Bools, free: Bools) -> list[tuple[float, Bools, Bools]]:
        """The nodes below one; none where it cannot hold a better answer."""
        self.nodes += 1
        c, chosen = self.choice, np.zeros_like(on)
        limit, _ = kernel.bound(c.value, c.unit_cost, c.room, c.need, c.fixed, on, free, self.budget, chosen)
        for candidate in (chosen, on):
            self._try(candidate)
        if not free.any() or not self._could_beat(limit):
            return []
        pick = self._next(free, chosen)
        rest = free.copy()
        rest[pick] = False
        opened = on.copy()
        opened[pick] = True
        sides = [(limit, on, rest), (limit, opened, rest)]
        return sides if chosen[pick] else sides[::-1]

    def _try(self, candidate: Bools) -> None:
        if candidate.tobytes() in self.tried:
            return
        self.tried.add(candidate.tobytes())
        found = fixed_set(self.choice, candidate, self.budget)
        if found is not None and found[0] > self.value:
            self.value, self.variable, self.price = found
            self.open = candidate.copy()

    def _next(self, free: Bools, chosen: Bools) -> int:
        """The free programme with the largest fixed cost that the relaxed answer runs, else simply the largest."""
        weight = np.where(free, self.choice.fixed + 1.0, -1.0) * np.where(chosen, 2.0, 1.0)
        return int(weight.argmax())

    def _could_beat(self, promised: float) -> bool:
        if self.open is None:
            return promised > -np.inf
        return promised > self.value + TOLERANCE * max(abs(self.value), 1e-9)

    def _cut_off(self, promised: list[float]) -> None:
        top = max(promised)
        self.gap = np.inf if self.open is None else max(top - self.value, 0.0) / max(abs(self.value), 1e-12)


def _floors_within_reach(c: AllocationProblem) -> None:
    """Raise for floors that no money could meet with the programmes that may run."""
    most = (c.room * c.allowed[:, None]).sum(axis=0)
    out = np.flatnonzero((c.need > 0) & (c.need >= most))
    if len(out):
        raise FloorsUnmet(tuple(int(g) for g in out), np.inf)


def _unmet(c: AllocationProblem, budget: float) -> FloorsUnmet:
    """Which floors the budget cannot meet: those that alone cost more, else all that there are."""
    asked = np.flatnonzero(c.need > 0)
    alone = {int(g): least_cost(c, np.where(np.arange(len(c.need)) == g, c.need, 0.0), budget) for g in asked}
    dear = tuple(g for g, cost in alone.items() if cost > budget)
    return FloorsUnmet(dear or tuple(alone), max(alone[g] for g in dear) if dear else least_cost(c, c.need))


def least_cost(c: AllocationProblem, need: Floats, enough: float = -np.inf) -> float:
    """Least pounds, fixed costs included, at which floors can be met; found by trying sets, dropping the dearest first.

    Programmes that no floor asks for go at once; of more than `FEW`, those that are not worth their fixed cost at the floors'
    prices go many at a time while that helps. A cost of at most `enough` is not made any less.
    """
    on = (c.allowed.astype(np.bool_)) & (c.room[:, need > 0] > 0).any(axis=1)
    gain = np.zeros(len(on))

    def cost(which: Bools) -> float:
        fixed = float(c.fixed[which].sum())
        return float(kernel.floor_gains(c.value, c.unit_cost, c.room, need, which, gain)) + fixed

    now, some = cost(on), 1 << 30
    while now > enough:
        at = np.flatnonzero(on)
        idle = at[np.argsort(gain[at] - c.fixed[at])]
        if len(at) > FEW and some > 1:
            some = min(some, max(int((gain[idle] < c.fixed[idle]).sum()) // 2, 1))
            tries = [idle[:some]]
        else:
            tries = [idle[k : k + 1] for k in range(len(at) if len(at) <= FEW else TRIED)]
        fewer = [(cost(_without(on, drop)), k) for k, drop in enumerate(tries)]
        if fewer and min(fewer)[0] < now:
            on = _without(on, tries[min(fewer)[1]])
            now = cost(on)
        elif some > 1 and len(at) > FEW:
            some //= 2
            now = cost(on)  # so that the gains are those of this set again
        else:
            return now
    return now


def _without(on: Bools, drop: NDArray[np.int64]) -> Bools:
    left = on.copy()
    left[drop] = False
    return left
