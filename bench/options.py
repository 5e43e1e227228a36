"""The same saving with less harm: our times and gaps, and peers' on the same p-medians in the same run.

    python bench/options.py [nation] [northshire] [somerset PLACE] [peers]

Peers are used where they are installed (bench/options-requirements.txt): spopt with HiGHS, pbp-pmedian and SCIP by PySCIPOpt, on
OR-Library's p-medians. All get the same distances. Seconds are told by the clock and, of the processor, in brackets.
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy.sparse.csgraph import floyd_warshall
from scipy.spatial import cKDTree

from withless import location

AREAS, LIBRARIES, MINUTES, KM_PER_MINUTE = 32_844, 3_250, 45.0, 0.3
CASES = Path(__file__).parents[1].parent / "shared" / "cases" / "location"


def nation(seed: int = 1) -> tuple[location.Problem, np.ndarray]:
    """An invented nation: areas about towns, libraries where people are, pairs within reach, and what closing each saves."""
    rng = np.random.default_rng(seed)
    towns, size = rng.uniform(0, 450, (300, 2)), rng.pareto(1.2, 300) + 1
    town = rng.choice(300, AREAS, p=size / size.sum())
    areas = towns[town] + rng.normal(0, 1, (AREAS, 2)) * (2 + 1.5 * np.sqrt(size[town]))[:, None]
    libraries = areas[rng.choice(AREAS, LIBRARIES, replace=False)] + rng.normal(0, 0.3, (LIBRARIES, 2))
    near = cKDTree(libraries).query_ball_point(areas, MINUTES * KM_PER_MINUTE)
    count = np.array([len(n) for n in near])
    site = np.concatenate([np.asarray(n, dtype=np.int64) for n in near])
    minutes = np.hypot(*(areas[np.repeat(np.arange(AREAS), count)] - libraries[site]).T).clip(0.3) / KM_PER_MINUTE
    pull = np.exp(-0.13 * minutes) * rng.lognormal(0, 0.5, LIBRARIES)[site]
    start = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    demand = location.Demand(np.full((AREAS, 1), 1_600.0), np.full((AREAS, 1), 0.2), 0.4)
    saving = rng.lognormal(np.log(120e3), 0.5, LIBRARIES)
    return location.problem(location.Pairs(start, site, pull), demand, location.closures(saving)), saving


def _small() -> location.Problem:
    """A few rows and sites, so that what is compiled is compiled before the clock runs."""
    pairs = location.Pairs(np.arange(0, 31, 3), np.tile(np.arange(3), 10), np.linspace(0.1, 2, 30))
    demand = location.Demand(np.ones((10, 1)), np.ones((10, 1)), 0.4)
    return location.problem(pairs, demand, location.closures(np.ones(3)))


def england(share: float = 0.1, seconds: float = 120.0) -> None:
    """A tenth of what all libraries cost, saved by closing some."""
    begun = time.perf_counter()
    p, saving = nation()
    location.solve(_small(), 1.0)  # compiled
    took = time.perf_counter() - begun
    print(f"nation: {AREAS:,} areas, {LIBRARIES:,} libraries, {len(p.arrays.venue):,} pairs, laid out in {took:.1f} s")
    used = time.process_time()
    found = location.solve(p, share * saving.sum(), seconds=seconds, gap=0.005)
    print(
        f"  {share:.0%} saved: {int((found.chosen > 0).sum())} close, {found.harm:,.0f} of "
        f"{location.values(p, 0 * found.chosen).sum():,.0f} users lost; gap {100 * found.gap:.2f}% of the harm, "
        f"{found.seconds:.0f} s ({time.process_time() - used:.0f}) {found.fault}"
    )


def northshire() -> None:
    """All 65 venues of Northshire under one saving, five options each."""
    from withless import api
    from withless.services.venues import suggest

    folder = Path(tempfile.mkdtemp())
    api.example("northshire", folder)
    place = api.read(folder / "plan.yaml").place
    study = api.Study(place, draws=64)
    names = ("libraries", "museums", "pools", "sports_centres")
    some = [suggest.choices(study.models(n)[0]) for n in names]
    p = location.join([suggest.problem(c) for c in some])
    lever = np.array([o.lever for c in some for o in c.options])
    _parts("Northshire, 65 venues", p, lever)


def somerset(folder: str) -> None:
    """Somerset's libraries, as examples/somerset/build.py makes the place."""
    from withless import api
    from withless.services.venues import suggest

    found = api.read(folder)
    place = getattr(found, "place", found)
    c = suggest.choices(api.Study(place, draws=64).models("libraries")[0])
    _parts("Somerset's libraries", suggest.problem(c), np.array([o.lever for o in c.options]))


def _parts(name: str, p: location.Problem, lever: np.ndarray) -> None:
    most = p.options.saving[lever == "open"].sum()
    location.solve(p, 0.01 * most)  # compiled and warm
    for words, allowed in (
        ("all options", np.ones(len(lever), bool)),
        ("closures alone", np.isin(lever, ["", "open"])),
    ):
        for part in (0.05, 0.1, 0.2):
            used = time.process_time()
            found = location.solve(p, part * most, location.Limits(allowed))
            used = time.process_time() - used
            said = "proved" if found.proved else f"gap {100 * found.gap:.2f}%"
            print(f"{name}, {words}, {part:.0%} saved: harm {found.harm:,.1f}, {said}, {found.nodes} nodes, ", end="")
            print(f"{found.seconds:.2f} s ({used:.2f}) {found.fault}", flush=True)


def p_median(k: int) -> tuple[np.ndarray, int]:
    """Distances of OR-Library's pmed k and how many are opened."""
    numbers = np.array((CASES / f"pmed{k}.txt").read_text().split(), dtype=np.int64)
    n, _, p = numbers[:3]
    far = np.full((n, n), np.inf)
    for a, b, length in numbers[3:].reshape(-1, 3):
        far[a - 1, b - 1] = far[b - 1, a - 1] = length
    np.fill_diagonal(far, 0)
    return floyd_warshall(far), int(p)


def peers() -> None:
    """OR-Library's p-medians by all."""
    for k in (1, 5, 6, 10):
        far, p = p_median(k)
        n = len(far)
        pairs = location.Pairs(np.arange(0, n * n + 1, n), np.tile(np.arange(n), n), -far.ravel())
        demand = location.Demand(np.ones((n, 1)), np.zeros((n, 1)), nearest=True, nothing=-2 * far.max())
        found = location.solve(location.problem(pairs, demand, location.closures(np.ones(n))), n - p, seconds=100)
        said = [f"withless {found.harm:,.0f} {'proved' if found.proved else 'not proved'} {found.seconds:.2f} s"]
        for name, run in (("spopt", _spopt), ("pbp_pmedian", _pbp), ("pyscipopt", _scip)):
            if importlib.util.find_spec(name):
                begun = time.perf_counter()
                value = run(far, p)
                said.append(f"{name} {value} {time.perf_counter() - begun:.2f} s")
        print(f"pmed{k}: " + "; ".join(said), flush=True)


def _spopt(far: np.ndarray, p: int) -> str:
    import pulp
    from spopt.locate import PMedian

    model = PMedian.from_cost_matrix(far, np.ones(len(far)), p_facilities=p)
    solver = (
        pulp.HiGHS(msg=False, timeLimit=100)
        if pulp.HiGHS().available()
        else pulp.PULP_CBC_CMD(msg=False, timeLimit=100)
    )
    model = model.solve(solver)
    return f"{model.problem.objective.value():,.0f} {pulp.LpStatus[model.problem.status].lower()}"


def _pbp(far: np.ndarray, p: int) -> str:
    import pbp_pmedian

    value, _, _, status, _ = pbp_pmedian.solve(far, p)
    return f"{value:,.0f} {status}"


def _scip(far: np.ndarray, p: int) -> str:
    from pyscipopt import Model, quicksum

    n = len(far)
    m = Model()
    m.hideOutput()
    m.setParam("limits/time", 100)
    y = [m.addVar(vtype="B") for _ in range(n)]
    x = [[m.addVar(lb=0, ub=1) for _ in range(n)] for _ in range(n)]
    for i in range(n):
        m.addCons(quicksum(x[i]) == 1)
        for j in range(n):
            m.addCons(x[i][j] <= y[j])
    m.addCons(quicksum(y) == p)
    m.setObjective(quicksum(float(far[i, j]) * x[i][j] for i in range(n) for j in range(n)))
    m.optimize()
    return f"{m.getObjVal():,.0f} {m.getStatus()}"


def main() -> None:
    """Run what is asked for."""
    asked = sys.argv[1:] or ["nation", "northshire", "peers"]
    if "nation" in asked:
        england()
    if "northshire" in asked:
        northshire()
    if "somerset" in asked:
        somerset(asked[asked.index("somerset") + 1])
    if "peers" in asked:
        peers()


if __name__ == "__main__":
    main()
