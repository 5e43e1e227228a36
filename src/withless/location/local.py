"""Good choices fast: the least harm per pound first, from today; then every change taken back in turn, to be replaced by better.

A closing's harm only grows as others close, so an old figure is a floor: a move is worked out anew only when it comes up.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable

import numpy as np

from .evaluate import move_one
from .limits import SLACK, Limits
from .problem import Floats, Ints, Problem

NEAR = 24
"""Replacements tried for a change that is taken back, those that look cheapest first."""


class Search:
    """A choice that is being improved: `chosen[venue]`, what it has saved, and what each move was last known to add in harm."""

    def __init__(self, p: Problem, target: float, limits: Limits) -> None:
        self.p, self.target, self.limits = p, target, limits
        a, options = p.arrays, p.options
        self.first, self.saving = a.first, options.saving
        self.chosen = np.zeros(p.venues, dtype=np.int64)
        self.allowed = np.ones(len(self.saving), dtype=bool) if limits.allowed is None else limits.allowed
        for v in np.flatnonzero(
            ~self.allowed[self.first[:-1]]
        ):  # today's option is ruled out: the least saving that is not
            here = np.flatnonzero(self.allowed[self.first[v] : self.first[v + 1]])
            self.chosen[v] = here[np.argmin(self.saving[self.first[v] + here])]
        self.left = limits.linear(len(self.saving))
        self.used = self.left[:, self.now()].sum(axis=1)
        self.room = limits.most + SLACK * np.maximum(np.abs(limits.most), 1.0)

    def now(self) -> Ints:
        """Options chosen."""
        return np.asarray(self.first[:-1] + self.chosen)

    def saved(self) -> float:
        """Pounds a year saved."""
        return float(self.saving[self.now()].sum())

    def reached(self) -> bool:
        """Whether the target is met."""
        return self.saved() >= self.target - SLACK * max(1.0, abs(self.target))

    def fits(self, v: int, k: int) -> bool:
        """Whether a move keeps the linear limits."""
        o, was = self.first[v] + k, self.first[v] + self.chosen[v]
        if not self.allowed[o]:
            return False
        return not len(self.room) or bool((self.used + self.left[:, o] - self.left[:, was] <= self.room).all())

    def move(self, v: int, k: int) -> None:
        """Take option k of venue v."""
        if len(self.room):
            self.used = self.used + self.left[:, self.first[v] + k] - self.left[:, self.first[v] + self.chosen[v]]
        self.chosen[v] = k

    def adds(self, v: int) -> Floats:
        """Harm added by each option of venue v."""
        found = np.empty(self.first[v + 1] - self.first[v])
        move_one(self.p.arrays, self.chosen, v, found)
        return found


def greedy(s: Search, score: Callable[[Floats, Floats], Floats] | None = None) -> None:
    """From where the search stands until the target is met: at each step the move with the least harm for each pound saved."""
    queue: list[tuple[float, int, int]] = []
    price = np.full(len(s.saving), np.inf)

    def push(v: int) -> None:
        added, more = s.adds(v), s.saving[s.first[v] : s.first[v + 1]] - s.saving[s.first[v] + s.chosen[v]]
        want = s.target - s.saved()
        for k in np.flatnonzero(more > 0):
            each = added[k] / min(more[k], max(want, 1e-12)) if score is None else score(added[k], more[k])
            price[s.first[v] + k] = each
            heapq.heappush(queue, (float(each), int(v), int(k)))

    for v in range(s.p.venues):
        push(v)
    fresh = np.zeros(s.p.venues, dtype=np.int64)
    turn = 0
    while queue and not s.reached():
        each, v, k = heapq.heappop(queue)
        if each != price[s.first[v] + k] or not s.fits(v, k):
            continue
        if fresh[v] < turn:
            fresh[v] = turn
            push(v)
            continue
        s.move(v, k)
        turn += 1
        fresh[v] = turn
        price[s.first[v] : s.first[v + 1]] = np.inf
        push(v)


def trim(s: Search) -> None:
    """Take back whatever the target does not need, the most harmful first."""
    while True:
        best, which = 1e-12, (-1, -1)
        spare = s.saved() - s.target
        for changed in np.flatnonzero(s.chosen):
            v = int(changed)
            less = s.saving[s.first[v] + s.chosen[v]] - s.saving[s.first[v] : s.first[v + 1]]
            can = np.flatnonzero(less <= spare + SLACK * max(1.0, abs(s.target)))
            if len(can) <= 1:
                continue
            added = s.adds(v)
            for k in can:
                if -added[k] > best and s.fits(int(v), int(k)):
                    best, which = -added[k], (int(v), int(k))
        if which[0] < 0:
            return
        s.move(*which)


def swap(s: Search, until: float, accept: Callable[[Ints], bool] | None = None) -> int:
    """Take back every change in turn and put the best replacement in its place, until nothing gains; returns how many gained.

    Stale figures of other venues choose which replacements are tried; what is accepted is exact.
    """
    known = np.concatenate([s.adds(v) for v in range(s.p.venues)])
    venue = s.p.options.venue
    gained, again = 0, True
    while again and time.monotonic() < until:
        again = False
        for v in np.flatnonzero(s.chosen):
            if time.monotonic() > until:
                break
            if _replace(s, int(v), known, venue, accept):
                gained, again = gained + 1, True
    return gained


def _replace(s: Search, v: int, known: Floats, venue: Ints, accept: Callable[[Ints], bool] | None) -> bool:
    """Try every other option of v with the best one or two moves that then bring the saving back; keep the best if it gains."""
    was, before = int(s.chosen[v]), s.chosen.copy()
    own = s.adds(v)
    known[s.first[v] : s.first[v + 1]] = own
    best, plan = -1e-9 * max(1.0, float(np.abs(own).max())), None
    for k in np.flatnonzero(s.allowed[s.first[v] : s.first[v + 1]]):
        if k == was or not s.fits(v, int(k)):
            continue
        s.move(v, int(k))
        found = _refill(s, v, known, venue)
        if found is not None and own[k] + found[0] < best:
            best, plan = own[k] + found[0], [(v, int(k)), *found[1]]
        s.move(v, was)
    if plan is None:
        return False
    for w, m in plan:
        s.move(w, m)
    if accept is not None and not accept(s.chosen):
        for back in np.flatnonzero(before != s.chosen):
            s.move(int(back), int(before[back]))
        return False
    for w, _ in plan:
        known[s.first[w] : s.first[w + 1]] = s.adds(w)
    return True


def _refill(s: Search, v: int, known: Floats, venue: Ints) -> tuple[float, list[tuple[int, int]]] | None:
    """The cheapest moves (at most two, other than of v) that bring the saving back to the target: (harm added, moves)."""
    want = s.target - s.saved()
    if want <= SLACK * max(1.0, abs(s.target)):
        return 0.0, []
    more = s.saving - s.saving[s.now()][venue]
    near = np.flatnonzero((more >= want - SLACK * max(1.0, abs(s.target))) & s.allowed & (venue != v))
    best: tuple[float, list[tuple[int, int]]] | None = None
    for o in near[np.argsort(known[near], kind="stable")[:NEAR]]:
        w, k = int(venue[o]), int(o - s.first[venue[o]])
        if best is not None and known[o] >= best[0]:
            break
        if not s.fits(w, k):
            continue
        added = s.adds(w)
        known[s.first[w] : s.first[w + 1]] = added
        if best is None or added[k] < best[0]:
            best = float(added[k]), [(w, k)]
    two = _two(s, v, known, venue, want, more, best[0] if best else np.inf)
    return two or best


def _two(
    s: Search, v: int, known: Floats, venue: Ints, want: float, more: Floats, below: float
) -> tuple[float, list[tuple[int, int]]] | None:
    """A cheap move with the cheapest that makes up the rest, if together they add less than `below`."""
    some = np.flatnonzero((more > 0) & (more < want) & s.allowed & (venue != v) & (known < below))
    best = None
    for o in some[np.argsort(known[some] / more[some], kind="stable")[:6]]:
        w, k = int(venue[o]), int(o - s.first[venue[o]])
        if not s.fits(w, k):
            continue
        added, was = s.adds(w)[k], int(s.chosen[w])
        rest = np.flatnonzero((more >= want - more[o]) & s.allowed & (venue != v) & (venue != w))
        if not len(rest) or added >= below:
            continue
        s.move(w, k)
        for q in rest[np.argsort(known[rest], kind="stable")[:3]]:
            if added + known[q] >= below:
                break
            x, m = int(venue[q]), int(q - s.first[venue[q]])
            if s.fits(x, m):
                total = float(added + s.adds(x)[m])
                if total < below:
                    below, best = total, (total, [(w, k), (x, m)])
        s.move(w, was)
    return best
