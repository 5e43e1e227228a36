"""A nation of 32,844 areas and 3,250 libraries (invented): what-ifs, and closing each library alone, by us and by peers.

    python bench/nation.py

The same pairs of area and library (45 minutes, straight lines) go to all. A Huff model with an outside option in SciPy's
sparse matrices does the same sums and must give the same users before its time is told. `access` (PySAL) answers another
question, supply within reach (E2SFCA); its time stands here because it is what is used for such maps.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from withless.services.venues import nests, single_closures
from withless.services.venues.participation import Mode, Person

AREAS, LIBRARIES, MINUTES, KM_PER_MINUTE, LAM = 32_844, 3_250, 45.0, 0.3, 0.4


def best(work: Callable[[], object], repeats: int) -> float:
    """Seconds of the fastest of some runs."""
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times)


def invented() -> tuple[Mode, np.ndarray, Person, np.ndarray]:
    """Areas about towns, libraries where people are: pairs within reach with their minutes, who chooses, weights of libraries.

    No nests: a Huff model has none.
    """
    rng = np.random.default_rng(1)
    towns = rng.uniform(0, 450, (300, 2))
    size = rng.pareto(1.2, 300) + 1
    town = rng.choice(300, AREAS, p=size / size.sum())
    areas = towns[town] + rng.normal(0, 1, (AREAS, 2)) * (2 + 1.5 * np.sqrt(size[town]))[:, None]
    libraries = areas[rng.choice(AREAS, LIBRARIES, replace=False)] + rng.normal(0, 0.3, (LIBRARIES, 2))
    near = cKDTree(libraries).query_ball_point(areas, MINUTES * KM_PER_MINUTE)
    count = np.array([len(n) for n in near])
    site = np.concatenate([np.asarray(n, dtype=np.int64) for n in near])
    area = np.repeat(np.arange(AREAS), count)
    minutes = np.maximum(np.hypot(*(areas[area] - libraries[site]).T), 0.3) / KM_PER_MINUTE
    start = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    site = site.astype(np.uint32)
    no_nests = nests.tree(libraries[:1, 0], libraries[:1, 1], 1)
    seen = nests.nests(no_nests, start, site, LIBRARIES)
    mode = Mode(np.exp(-0.13 * minutes), start, site, np.ones(AREAS), seen, np.zeros(0))
    people = rng.multinomial(1_600, [0.19, 0.11, 0.52, 0.1, 0.06, 0.02], AREAS).astype(float)
    who = Person(np.array([LAM]), np.full(AREAS, 0.2), np.ones(6), np.zeros(AREAS, dtype=np.int64), people)
    return mode, minutes, who, rng.lognormal(0, 0.5, LIBRARIES)


def main() -> None:
    """Print every time and ratio."""
    way, minutes, who, w = invented()
    shape = (AREAS, LIBRARIES)
    matrix = csr_array((way.t, way.site, way.start), shape=shape)
    people = who.people.sum(axis=1)

    def ours(weights: np.ndarray) -> np.ndarray:
        by_site, by_area = np.zeros(LIBRARIES), np.zeros(AREAS)
        single_closures.together(way, weights, who, by_site, by_area)
        return by_site

    def huff(weights: np.ndarray) -> np.ndarray:
        total = matrix @ weights
        x = who.odds * np.power(total, LAM)
        each = np.divide(people * x / (1 + x), total, out=np.zeros(AREAS), where=total > 0)
        return weights * (matrix.T @ each)

    def all_alone() -> np.ndarray:
        out = np.zeros((3, LIBRARIES))
        single_closures.each_alone(way, minutes, w, who, out)
        return out

    def without(j: int) -> np.ndarray:
        less = w.copy()
        less[j] = 0.0
        return huff(less)

    assert np.allclose(ours(w), huff(w), rtol=1e-9)
    some = range(0, LIBRARIES, LIBRARIES // 20)
    lost = all_alone()[1]
    assert np.allclose([huff(w).sum() - without(j).sum() for j in some], lost[list(some)], rtol=1e-5)

    one, theirs = best(lambda: ours(w), 20), best(lambda: huff(w), 20)
    every, each = best(all_alone, 5), best(lambda: [without(j) for j in some], 2) / len(some) * LIBRARIES
    print(f"{AREAS:,} areas, {LIBRARIES:,} libraries, {len(way.site):,} pairs, one draw, one mode of travel")
    print(f"{'the same work':<44}{'withless':>12}{'SciPy Huff':>14}{'ratio':>8}")
    print(f"{'what-ifs a second':<44}{1 / one:>12.0f}{1 / theirs:>14.0f}{theirs / one:>8.1f}")
    print(f"{'every library closed alone':<44}{every:>10.2f} s{each:>12.1f} s{each / every:>8.0f}")
    print("(SciPy's from 20 libraries, times as many as there are)")
    print(f"{'supply within reach (E2SFCA), another measure':<56}{e2sfca(way, minutes, people, w)}")


def e2sfca(way: Mode, minutes: np.ndarray, people: np.ndarray, supply: np.ndarray) -> str:
    """Seconds of one run of `access` on the same pairs."""
    try:
        import pandas as pd

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from access import fca
    except ImportError:
        return "access is not installed: pip install access"
    area = np.repeat(np.arange(AREAS), np.diff(way.start))
    pairs = pd.DataFrame({"origin": area, "dest": way.site, "cost": minutes})
    demand = pd.DataFrame({"id": np.arange(AREAS), "people": people})
    offered = pd.DataFrame({"id": np.arange(LIBRARIES), "supply": supply})

    def step(minutes: pd.Series) -> pd.Series:
        return 1.0 * (minutes <= 15) + 0.68 * ((minutes > 15) & (minutes <= 30)) + 0.22 * (minutes > 30)

    def run() -> object:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return fca.two_stage_fca(
                demand, offered, pairs, max_cost=MINUTES, demand_index="id", demand_name="people",
                supply_index="id", supply_name="supply", weight_fn=step,
            )  # fmt: skip

    return f"access {best(run, 2):.1f} s a what-if"


if __name__ == "__main__":
    main()
