"""Location problems that tests share: published instances as problems, random ones, and the least harm by trying all choices."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
from scipy.sparse.csgraph import floyd_warshall

from withless import location

CASES = Path(__file__).parents[2] / "shared" / "cases" / "location"


def haase_mueller(beta: float, alpha: float, lam: float = 1.0) -> location.Problem:
    """HM14 with 25 sites: pull over the competitor's, sites open or closed, each closure saving 1."""
    lines = [x for x in (CASES / "hm14" / "HM14_800_25.data").read_text().splitlines() if x.strip()]
    table = np.array([[float(x) for x in line.split()] for line in lines[1:28]])
    pull = np.exp(beta * table[2:27] - alpha * beta * table[1]).T
    rows, sites = pull.shape
    pairs = location.Pairs(np.arange(0, rows * sites + 1, sites), np.tile(np.arange(sites), rows), pull.ravel())
    demand = location.Demand(table[0][:, None], np.ones((rows, 1)), lam)
    return location.problem(pairs, demand, location.closures(np.ones(sites)))


def nearest(minutes: np.ndarray, people: np.ndarray) -> location.Problem:
    """People times minutes[row, site] to the nearest open site; each closure saves 1."""
    rows, sites = minutes.shape
    pairs = location.Pairs(np.arange(0, rows * sites + 1, sites), np.tile(np.arange(sites), rows), -minutes.ravel())
    demand = location.Demand(people[:, None], np.zeros((rows, 1)), nearest=True, nothing=-10 * float(minutes.max()))
    return location.problem(pairs, demand, location.closures(np.ones(sites)))


def p_median(k: int) -> tuple[location.Problem, int]:
    """OR-Library's pmed k, every node a customer and a site, and how many stay open."""
    numbers = np.array((CASES / f"pmed{k}.txt").read_text().split(), dtype=np.int64)
    n, _, p = numbers[:3]
    far = np.full((n, n), np.inf)
    for a, b, length in numbers[3:].reshape(-1, 3):
        far[a - 1, b - 1] = far[b - 1, a - 1] = length
    np.fill_diagonal(far, 0)
    return nearest(floyd_warshall(far), np.ones(n)), int(p)


def invented(seed: int, sites: int, rows: int = 20, lam: float = 0.4, nests: bool = False, modes: bool = False):
    """People about sites on a square; with `nests` neighbours are near substitutes, with `modes` five options a venue."""
    rng = np.random.default_rng(seed)
    at, home = rng.uniform(0, 10, (sites, 2)), rng.uniform(0, 10, (rows, 2))
    km = np.hypot(*(home[:, None] - at[None]).transpose(2, 0, 1)).clip(0.3)
    pull = np.exp(-0.9 * km) * rng.lognormal(0, 0.6, sites)[None, :]
    saving = rng.uniform(0.5, 2.0, sites)
    pairs = location.Pairs(np.arange(0, rows * sites + 1, sites), np.tile(np.arange(sites), rows), pull.ravel())
    demand = location.Demand(rng.integers(10, 90, (rows, 2)).astype(float), rng.uniform(0.2, 3, (rows, 2)), lam)
    options = location.closures(saving)
    if modes:
        factor, part = np.array([1.0, 0.93, 0.8, 0.6, 0.0]), np.array([0.0, 0.2, 0.45, 0.7, 1.0])
        venue = np.repeat(np.arange(sites), 5)
        site = np.where(np.tile(factor, sites) > 0, venue, -1)
        options = location.Options(venue, site, np.tile(factor, sites), (saving[:, None] * part).ravel())
    steps = None
    if nests:  # sites 0 and 1 are near each other, 2 a little farther from both, 3 and 4 near each other
        one, two, rho = [0, sites, 3], [1, 2, 4], [0.15, 0.5, 0.3]
        steps = location.NestSteps(
            np.arange(0, 3 * rows + 1, 3), *(np.tile(x, rows) for x in (one, two)), np.tile(rho, rows)
        )
    return location.problem(pairs, demand, options, steps), km


def by_trying_all(p: location.Problem, target: float, allowed=lambda y, chosen: True) -> tuple[float, np.ndarray]:
    """The least harm over every choice that saves the target."""
    first = p.arrays.first
    best, which = np.inf, None
    for some in itertools.product(*(range(k) for k in np.diff(first))):
        chosen = np.array(some)
        if p.options.saving[first[:-1] + chosen].sum() < target - 1e-9:
            continue
        found = location.harm(p, chosen)
        if found < best:
            y = np.zeros(len(p.options.venue))
            y[first[:-1] + chosen] = 1
            if allowed(y, chosen):
                best, which = found, chosen
    return best, which
