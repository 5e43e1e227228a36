"""Times of the whole county, and of the best way to spend on fifteen programmes beside peers, in one run on one machine.

    python bench/whole.py

The peers: HiGHS through `scipy.optimize.milp`, on the curve made of straight pieces; SLSQP from many starts, once for each
likely set; and trying all 32,768 sets by the closed form. Answers are compared before times are told.
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp, minimize
from scipy.sparse import lil_array

from withless import api
from withless.api import appraise
from withless.cache import forget
from withless.plan import Plan
from withless.services.programmes.optimum import Choice, best, fixed_set
from withless.services.programmes.response import engaged

PIECES = 40
"""Straight pieces of each curve in the peers' mixed-integer program."""


def timed(work: Callable[[], object], repeats: int = 1) -> tuple[float, object]:
    """Seconds of the fastest of some runs, and what came of it."""
    times, found = [], None
    for _ in range(repeats):
        begun = time.perf_counter()
        found = work()
        times.append(time.perf_counter() - begun)
    return min(times), found


def fifteen(seed: int = 4, programmes: int = 15) -> tuple[Choice, float]:
    """A portfolio of one group, invented, and a budget that runs about half of it."""
    chance = np.random.Generator(np.random.Philox(seed))
    room = chance.uniform(100, 2_000, (programmes, 1))
    unit, fixed = chance.uniform(100, 1_500, programmes), chance.uniform(40_000, 400_000, programmes)
    choice = Choice(
        value=chance.uniform(0.01, 0.2, (programmes, 1)),
        unit_cost=unit,
        fixed=fixed,
        room=room,
        need=np.zeros(1),
        allowed=np.ones(programmes, dtype=bool),
    )
    return choice, 0.35 * float(fixed.sum() + (unit[:, None] * room).sum())


def value(c: Choice, x: np.ndarray, on: np.ndarray) -> float:
    """What some spending is worth."""
    return float((c.value * engaged(x * on[:, None], c.unit_cost[:, None], c.room)).sum())


def every_set(c: Choice, budget: float) -> float:
    """The best of all sets by the closed form."""
    n = len(c.fixed)
    sets = (np.array([k >> i & 1 for i in range(n)], dtype=bool) for k in range(2**n))
    return max(found[0] for on in sets if (found := fixed_set(c, on, budget)) is not None)


def highs(c: Choice, budget: float) -> float:
    """A mixed-integer program on `PIECES` straight pieces of each curve, its answer valued on the curve itself."""
    n, most = len(c.fixed), 3.0 * c.unit_cost * c.room[:, 0]
    knots = np.linspace(0.0, 1.0, PIECES + 1) ** 1.5
    width = np.diff(knots)[None, :] * most[:, None]
    reach = engaged(knots[None, :] * most[:, None], c.unit_cost[:, None], c.room)
    slope = c.value * np.diff(reach, axis=1) / width
    columns = n + n * PIECES
    rows = lil_array((1 + n * PIECES, columns))
    rows[0, :n], rows[0, n:] = c.fixed, 1.0
    for i in range(n):
        for k in range(PIECES):
            row, column = 1 + i * PIECES + k, n + i * PIECES + k
            rows[row, column], rows[row, i] = 1.0, -width[i, k]
    found = milp(
        c=-np.concatenate([np.zeros(n), slope.reshape(-1)]),
        constraints=LinearConstraint(rows.tocsr(), -np.inf, np.concatenate([[budget], np.zeros(n * PIECES)])),
        integrality=np.concatenate([np.ones(n), np.zeros(n * PIECES)]),
        bounds=Bounds(0.0, np.concatenate([np.ones(n), width.reshape(-1)])),
        options={"mip_rel_gap": 1e-6},
    )
    spent = found.x[n:].reshape(n, PIECES).sum(axis=1)
    return value(c, spent[:, None], found.x[:n] > 0.5)


def slsqp(c: Choice, budget: float, starts: int = 200) -> float:
    """SciPy's SLSQP from many random sets and spendings; the best it finds."""
    chance, top = np.random.Generator(np.random.Philox(8)), 0.0
    for _ in range(starts):
        on = chance.random(len(c.fixed)) < 0.5
        money = budget - c.fixed[on].sum()
        if money <= 0 or not on.any():
            continue
        u, n, v = c.unit_cost[on] / 1e3, c.room[on, 0], c.value[on, 0]
        found = minimize(
            lambda x, u=u, n=n, v=v: -(v * n * np.tanh(x / (u * n))).sum(),
            chance.dirichlet(np.ones(on.sum())) * money / 1e3,
            jac=lambda x, u=u, n=n, v=v: -v / u / np.cosh(np.minimum(x / (u * n), 300.0)) ** 2,
            bounds=[(0, money / 1e3)] * int(on.sum()),
            constraints={
                "type": "ineq",
                "fun": lambda x, m=money / 1e3: m - x.sum(),
                "jac": lambda x: -np.ones(len(x)),
            },
            method="SLSQP",
        )
        top = max(top, -float(found.fun))
    return top


def county(folder: Path) -> tuple[float, list[tuple[str, float]]]:
    """Times of the whole county: a first plan with nothing known but what is compiled, a second without one of its measures,
    a third in which every measure is another; the memory these take; and its services alone.
    """
    api.example("northshire", folder)
    plan = api.read(folder / "plan.yaml")
    assert isinstance(plan, Plan)
    appraise(plan, draws=64)
    forget()
    first, _ = timed(lambda: appraise(plan))
    fewer = tuple(m for m in plan.measures if m.id != "youth-cut")
    second, _ = timed(lambda: appraise(replace(plan, measures=fewer)))
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    later = tuple(replace(m, start=m.start + 1) for m in plan.measures)
    third, _ = timed(lambda: appraise(replace(plan, measures=later)))
    alone = []
    for kind in ("venues", "waits", "care", "programmes", "budget"):
        instances = {n: i for n, i in plan.place.instances.items() if i.kind == kind}
        measures = tuple(m for m in plan.measures if m.service in instances)
        only = replace(plan, place=replace(plan.place, instances=instances), measures=measures, promises=())
        forget()
        alone.append((f"  {kind} alone", timed(lambda only=only: appraise(only))[0]))
    return held, [
        (f"whole county, {len(plan.measures)} measures, 1,024 draws", first),
        ("a second plan, without one measure", second),
        ("a third plan, every measure a quarter later", third),
        *alone,
    ]


def main() -> None:
    """Print every time and ratio."""
    choice, budget = fifteen()
    best(choice, budget)
    ours, found = timed(lambda: best(choice, budget), 20)
    print(f"{'best of 15 programmes':<44}{1000 * ours:10.1f} ms  value {found.value:.4f}, {found.nodes} nodes")
    for label, peer in (
        ("HiGHS by scipy.optimize.milp, 40 pieces", highs),
        ("SLSQP, 200 starts", slsqp),
        ("all 32,768 sets, closed form", every_set),
    ):
        seconds, theirs = timed(lambda peer=peer: peer(choice, budget))
        assert theirs <= found.value * (1 + 1e-9), label
        short = 100 * (1 - theirs / found.value)
        print(f"{label:<44}{1000 * seconds:10.0f} ms  {short:.4f}% short, {seconds / ours:,.0f} times as long")
    print()
    with tempfile.TemporaryDirectory() as name:
        held, times = county(Path(name) / "northshire")
        for label, seconds in times:
            print(f"{label:<44}{seconds:10.2f} s")
    print(f"{'memory at most, two plans':<44}{held:10.0f} MB")


if __name__ == "__main__":
    main()
