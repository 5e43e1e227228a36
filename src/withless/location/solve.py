"""The least harm for a saving: good choices first, then a bound, then branch and cut until no better choice can be left.

`proved` is said only where our own bound (master.py) meets the best choice found, and never where a bound passes a choice
that is known: then the arithmetic is at fault, and `Answer.fault` says so.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import reverse_cuthill_mckee

from . import knapsack, local
from .cuts import LEVELS, cuts
from .evaluate import harm, values
from .limits import SLACK, Limits, is_fair, keeps
from .master import Bound, Master
from .problem import Arrays, Floats, Ints, Problem

Bools = NDArray[np.bool_]

CLOSE = 1e-7
"""A bound within this part of the harm of the best choice proves it, the rest being rounding."""
ROUNDS = 60
ROUND_OFF = 10
"""Nodes between attempts to make a choice of what the programme divides."""
STALL = 1e-3
"""A round that lifts the bound by less than this part of the gap, three times running, is the last."""


MOST_GROUPS = 400
"""Groups of rows whose value is bounded together; with more venues, neighbours share one."""


def _neighbours(a: Arrays, venues: int) -> Ints:
    """Venues in so many groups of neighbours: cut in pieces along an order in which those that share rows stand close."""
    reach = csr_array((np.ones(len(a.venue)), (a.row, a.venue)), shape=(len(a.start) - 1, venues))
    order = reverse_cuthill_mckee(csr_array(reach.T @ reach), symmetric_mode=True)
    place = np.empty(venues, dtype=np.int64)
    place[order] = np.arange(venues)
    return place * MOST_GROUPS // venues


class Unreachable(ValueError):
    """No choice saves as much; `most` is what can be saved."""

    def __init__(self, most: float) -> None:
        super().__init__(f"no choice saves more than {most:,.0f}")
        self.most = most


class Contradiction(ValueError):
    """Limits that no choice keeps together with the saving; `names` says which."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__("no choice keeps all of: " + "; ".join(names))
        self.names = tuple(names)


class NoneFound(ValueError):
    """No choice that keeps the limits was found in the time, and none was proved not to be."""


@dataclass(frozen=True)
class Answer:
    """The best choice found (chosen[venue] counts options within the venue), its harm and saving, and a floor under any other.

    `gap` is what is open between them as a share of the harm. `proved`: no other choice does less harm, but for rounding.
    """

    chosen: Ints
    harm: float
    saving: float
    bound: float
    proved: bool
    seconds: float
    nodes: int = 0
    fault: str = ""

    @property
    def gap(self) -> float:
        """What is open between the harm and its floor, as a share of the harm."""
        return max(0.0, self.harm - self.bound) / max(abs(self.harm), 1e-300) if self.harm > self.bound else 0.0


@dataclass(order=True)
class _Node:
    bound: float
    tie: int
    allowed: Bools = field(compare=False)


def solve(
    p: Problem,
    target: float,
    limits: Limits | None = None,
    seconds: float = 60.0,
    starts: Sequence[Ints] = (),
    gap: float = CLOSE,
) -> Answer:
    """Choose options that save at least `target` with the least harm. `starts` are choices known to be good; stops at `gap`."""
    begun = time.monotonic()
    limits = limits or Limits()
    run = _Run(p, target, limits, begun + seconds, gap)
    run.feasible_at_all()
    run.first_choices(starts)
    run.root()
    nodes = run.tree()
    return run.answer(time.monotonic() - begun, nodes)


class _Run:
    """What one call of `solve` carries along."""

    def __init__(self, p: Problem, target: float, limits: Limits, until: float, gap: float) -> None:
        self.p, self.target, self.limits, self.until, self.gap = p, target, limits, until, max(gap, CLOSE)
        self.first, self.saving = p.arrays.first, p.options.saving
        self.venue = p.options.venue
        self.allowed = np.ones(len(self.venue), bool) if limits.allowed is None else limits.allowed.copy()
        self.today_rows = values(p, np.zeros(p.venues, dtype=np.int64))
        self.best: Ints | None = None
        self.best_harm, self.floor = np.inf, -np.inf
        self.fault = ""
        self.seen: set[bytes] = set()
        self.rows = np.arange(len(p.arrays.start) - 1)
        self.nodes, self.least_left, self.out_of_time = 0, np.inf, False

    # -- choices ---------------------------------------------------------------------------------------------------------

    def feasible_at_all(self) -> None:
        """Raise where the saving or the limits cannot be met."""
        most = knapsack.most_saved(self.first, self.saving, np.ones_like(self.allowed))
        slack = SLACK * max(1.0, abs(self.target))
        if most < self.target - slack:
            raise Unreachable(most)
        within = knapsack.most_saved(self.first, self.saving, self.allowed)
        if within < self.target - slack:
            raise Unreachable(within)

    def offer(self, chosen: Ints) -> bool:
        """Take a choice if it is allowed and better than the best."""
        y = np.zeros(len(self.venue))
        y[self.first[:-1] + chosen] = 1.0
        if self.saving @ y < self.target - SLACK * max(1.0, abs(self.target)) or not keeps(self.limits, y):
            return False
        now = values(self.p, chosen)
        if not is_fair(self.limits, self.today_rows, now):
            return False
        found = float((self.today_rows - now).sum())
        if found < self.floor - 1e-6 * max(abs(found), 1e-9 * self.today_rows.sum()):
            self.fault = f"a bound of {self.floor:.9g} passed a choice of {found:.9g}"
        if found < self.best_harm:
            self.best, self.best_harm = chosen.copy(), found
            return True
        return False

    def first_choices(self, starts: Sequence[Ints]) -> None:
        """Greedy choices by harm per pound and by harm alone, and those given, each improved by swaps."""
        ways = [None, lambda harm, _: harm]
        time_left = self.until - time.monotonic()
        for way in ways[: 1 if len(self.venue) > 2000 else 2]:
            s = local.Search(self.p, self.target, self.limits)
            local.greedy(s, way)
            self.improve(s, 0.35 * time_left)
        for start in starts:
            s = local.Search(self.p, self.target, self.limits)
            for v in np.flatnonzero(start):
                s.move(int(v), int(start[v]))
            self.improve(s, 0.15 * time_left)

    def improve(self, s: local.Search, seconds: float) -> None:
        """Trim and swap a choice that meets the saving, and offer it."""
        if not s.reached():
            return
        self.offer(s.chosen)
        local.trim(s)
        self.offer(s.chosen)
        fair = (
            None if self.limits.fair is None else (lambda c: is_fair(self.limits, self.today_rows, values(self.p, c)))
        )
        local.swap(s, min(self.until, time.monotonic() + seconds), fair)
        local.trim(s)
        self.offer(s.chosen)

    def round_off(self, y: Floats) -> None:
        """A choice near a fractional y: each venue's largest part, repaired greedily."""
        s = local.Search(self.p, self.target, self.limits)
        for v in range(self.p.venues):
            k = int(np.argmax(y[self.first[v] : self.first[v + 1]]))
            if k != s.chosen[v] and s.fits(v, k):
                s.move(v, k)
        key = s.chosen.tobytes()
        if key in self.seen:
            return
        self.seen.add(key)
        local.greedy(s)
        if s.reached():
            local.trim(s)
            if self.offer(s.chosen):
                self.improve(s, 1.0)

    # -- bounds ----------------------------------------------------------------------------------------------------------

    def root(self) -> None:
        """Rounds of cuts with every option open."""
        group, today, weight = self.groups()
        self.group = group
        if not np.isfinite(self.best_harm):
            scale = max(self.today_rows.sum() * 0.01, 1e-9)
        else:
            scale = max(abs(self.best_harm), 1e-9 * self.today_rows.sum(), 1e-12)
        self.master = Master(self.p, self.target, self.limits, today, weight, scale / 10.0)
        for chosen in [np.zeros(self.p.venues, dtype=np.int64), *([self.best] if self.best is not None else [])]:
            y = np.zeros(len(self.venue))
            y[self.first[:-1] + chosen] = 1.0
            self.cut(y, np.zeros(len(today)) - np.inf)
        bound = self.rounds(self.allowed, ROUNDS, at_root=True)
        if bound is None:
            if self.best is None:
                raise Contradiction(self.limits.names)
            return
        self.floor = max(self.floor, bound.harm)

    def groups(self) -> tuple[Ints, Floats, Floats]:
        """Rows put together by the venue that draws most of them (and by fairness group); groups' value today, fair limits."""
        a = self.p.arrays
        today = a.at  # value of the first option of each entry
        top = np.full(len(self.rows), 0, dtype=np.int64)
        order = np.argsort(a.value[today], kind="stable")
        top[a.row[order]] = a.venue[order]
        code = top
        if self.limits.fair is not None:
            code = top * (self.limits.fair.max() + 2) + self.limits.fair + 1
        elif self.p.venues > MOST_GROUPS:
            code = _neighbours(a, self.p.venues)[top]
        names, found = np.unique(code, return_inverse=True)
        group: Ints = found.astype(np.int64)
        value: Floats = np.bincount(group, self.today_rows, len(names)).astype(np.float64)
        if self.limits.fair is None:
            return group, value, np.zeros((0, len(names)))
        fair = names % (self.limits.fair.max() + 2) - 1
        had = np.array([value[fair == f].sum() for f in range(self.limits.fair.max() + 1)])
        weight = [
            (fair == f) * had.sum() - (1 + self.limits.more) * (fair >= 0) * had[f]
            for f in range(len(had))
            if had[f] > 0
        ]
        return group, value, np.array(weight, dtype=np.float64)

    def cut(self, y: Floats, harm_of: Floats, levels: Floats = LEVELS) -> int:
        """Add cuts of groups that are violated at y; returns how many."""
        many = len(self.master.today)
        constant, coefficient = np.zeros(many), np.zeros((many, len(y)))
        cuts(self.p.arrays, y, self.allowed, self.rows, self.group, levels, constant, coefficient)
        floor = self.master.today - constant - coefficient @ y
        some = np.flatnonzero(floor > harm_of + 1e-9 * self.master.scale)
        if len(some):
            self.master.add(constant[some], coefficient[some], some)
        return len(some)

    def rounds(self, allowed: Bools, most: int, *, at_root: bool = False) -> Bound | None:
        """Solve and cut in turn; the best bound, its y left in self.y. None where no choice is left."""
        best: Bound | None = None
        stalled = 0
        for turn in range(most):
            found = self.master.solve(allowed)
            if found is None:
                return self.no_answer(allowed, best)
            self.y, harm_of, dual = found
            bound = self.master.bound(dual, allowed)
            gain = np.inf if best is None else bound.harm - best.harm
            if best is None or bound.harm > best.harm:
                best = bound
            self.fix(allowed, bound, everywhere=at_root)
            open_gap = self.best_harm - best.harm
            if self.done(best.harm) or time.monotonic() > self.until:
                break
            stalled = stalled + 1 if gain < STALL * open_gap else 0
            if stalled >= 3:
                break
            if at_root and turn % 4 == 3:
                self.round_off(self.y)
            if not self.cut(self.y, harm_of, LEVELS if at_root else LEVELS[:1]):
                break
            if turn % 8 == 7:
                self.master.drop(12)
        if at_root or self.nodes % ROUND_OFF == 0:
            self.round_off(self.y)
        return best

    def no_answer(self, allowed: Bools, best: Bound | None) -> Bound | None:
        """HiGHS calls it infeasible, or has failed: believed only where our knapsack says so, or limits do."""
        if knapsack.most_saved(self.first, self.saving, allowed) < self.target - SLACK * max(1.0, abs(self.target)):
            return None
        if len(self.limits.most) or self.limits.fair is not None:
            import highspy

            if self.master.lp.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
                return None
        self.y = allowed / np.maximum(np.add.reduceat(allowed.astype(float), self.first[:-1]), 1)[self.venue]
        return best or Bound(self.floor, np.zeros(len(allowed)))

    def fix(self, allowed: Bools, bound: Bound, *, everywhere: bool) -> None:
        """Rule out options that, forced, could not beat the best choice."""
        out = bound.harm + bound.reduced > self.best_harm + 1e-9 * abs(self.best_harm)
        keep = np.add.reduceat((allowed & ~out).astype(int), self.first[:-1]) > 0
        allowed &= ~out | ~keep[self.venue]
        if everywhere and allowed is not self.allowed:
            self.allowed &= allowed

    def done(self, bound: float) -> bool:
        """Whether a bound leaves nothing better to find, to the gap asked for."""
        return bool(bound >= self.best_harm - self.gap * abs(self.best_harm) - 1e-12 * np.abs(self.today_rows).sum())

    # -- the tree --------------------------------------------------------------------------------------------------------

    def tree(self) -> int:
        """Branch until the floor meets the best choice or time is up; returns nodes looked at."""
        if self.done(self.floor):
            return 0
        ties = itertools.count()
        heap = [_Node(self.floor, next(ties), self.allowed.copy())]
        while heap and time.monotonic() < self.until:
            if self.done(heap[0].bound):
                break
            node = heapq.heappop(heap)
            self.nodes += 1
            allowed = node.allowed & self.allowed
            if (np.add.reduceat(allowed.astype(int), self.first[:-1]) == 0).any():
                continue
            bound = self.rounds(allowed, 3)
            if bound is None:
                continue
            if time.monotonic() > self.until:
                heapq.heappush(heap, _Node(max(node.bound, bound.harm), next(ties), allowed))
                break
            here = max(node.bound, bound.harm)
            if self.done(here):
                self.least_left = min(self.least_left, here)
                continue
            for child in self.branch(allowed):
                heapq.heappush(heap, _Node(here, next(ties), child))
        self.out_of_time = bool(heap)
        left = min([n.bound for n in heap], default=np.inf)
        self.floor = max(self.floor, min(left, self.least_left, self.best_harm))
        return self.nodes

    def branch(self, allowed: Bools) -> list[Bools]:
        """Two parts of what is allowed: the most divided venue with one option forced, and without it."""
        open_ = allowed & (np.add.reduceat(allowed.astype(int), self.first[:-1]) > 1)[self.venue]
        if not open_.any():
            only = np.array(
                [np.flatnonzero(allowed[a:b])[0] for a, b in itertools.pairwise(self.first)], dtype=np.int64
            )
            self.offer(only)
            return []
        weight = np.where(open_, 0.5 - np.abs(self.y - 0.5) + 1e-6, -1.0)
        o = int(np.argmax(weight))
        with_it, without = allowed.copy(), allowed.copy()
        here = slice(self.first[self.venue[o]], self.first[self.venue[o] + 1])
        with_it[here] = False
        with_it[o] = True
        without[o] = False
        return [with_it, without]

    def answer(self, seconds: float, nodes: int) -> Answer:
        """What was found."""
        if self.best is None and self.out_of_time:
            raise NoneFound("no choice that keeps all limits was found in the time given")
        if self.best is None:
            raise Contradiction(self.limits.names)
        found = harm(self.p, self.best)
        bound = self.floor
        if bound > found + 1e-6 * max(abs(found), 1e-9 * self.today_rows.sum()):
            self.fault = self.fault or f"the bound {bound:.9g} passes the choice {found:.9g}"
        proved = bool(not self.fault and self.done(bound) and self.gap <= CLOSE)
        saving = float(self.saving[self.first[:-1] + self.best].sum())
        return Answer(self.best, float(found), saving, float(bound), proved, seconds, nodes, self.fault)
