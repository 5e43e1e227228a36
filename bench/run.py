"""Times of the built-in place, and the same work by withless and by plain NumPy and SciPy, in one run on one machine.

    python bench/run.py

The peers are written the way one would without compiling: dense arrays and broadcasting for the choice model, and
`scipy.optimize.minimize` (L-BFGS-B) for the appeals. They must give the same answer before their time is told.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from withless import api
from withless.api import appraise
from withless.appraise import register_for
from withless.cache import forget
from withless.plan import Plan
from withless.services.venues import baseline, travel
from withless.services.venues.choice import by_draw

REPEATS = 5


def best(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Seconds of the fastest of some runs."""
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times)


def command(*arguments: str) -> float:
    """Seconds of the whole command in a process of its own."""
    code = "from withless.cli import main; main()"
    return best(lambda: subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True), 3)


def northshire(folder: Path) -> list[tuple[str, float, str]]:
    """Times of what a user does."""
    api.example("northshire", folder)
    file = str(folder / "plan.yaml")
    plan = api.read(file)
    assert isinstance(plan, Plan)
    venues = {name: i for name, i in plan.place.instances.items() if i.kind == "venues"}
    measures = tuple(m for m in plan.measures if m.service in venues)
    only = replace(plan, place=replace(plan.place, instances=venues), measures=measures, promises=())
    appraise(only, draws=64)
    forget()
    begun = time.perf_counter()
    appraise(only)
    first = time.perf_counter() - begun
    begun = time.perf_counter()
    appraise(replace(only, measures=tuple(replace(m, start=m.start + 1) for m in measures)))
    second = time.perf_counter() - begun
    return [
        ("withless --help", command("--help"), ""),
        ("withless check, whole command", command("check", file), ""),
        (
            "withless assess, whole command, 1,024 draws",
            command("assess", file, "--quiet"),
            "10 services, 570 areas, 20 quarters",
        ),
        ("reading place and plan", best(lambda: api.read(file)), ""),
        ("its 4 services of venues, both sides, 1,024 draws", first, "compiled already, appeals not yet known"),
        ("another plan for them, every measure later", second, "appeals known"),
    ]


def peers(folder: Path) -> list[tuple[str, float, float]]:
    """The same work by withless and by a peer, for the libraries and one block of 64 draws: (work, ours, theirs)."""
    plan = api.read(folder / "plan.yaml")
    assert isinstance(plan, Plan)
    libraries = plan.place.instances["libraries"]
    instance = replace(libraries, tables={"venues": libraries.tables["venues"]})  # without `use`: appeals alone
    place = replace(plan.place, instances={"libraries": instance})
    draws = register_for(plan).draw(1, 0)
    world = baseline.world(place, instance, draws, travel.sites(place, instance, (), ()))
    today = baseline.today(place, instance, draws)
    dense = [_dense(world, mode, len(place.areas)) for mode in (0, 1)]
    users = baseline.observed_users(instance)

    def ours() -> np.ndarray:
        blank = np.full((len(draws) // 8, 2, 3, len(place.areas), 8), np.nan)
        often = np.ones_like(today.weights)
        return by_draw(baseline.run(world, place, today.weights, often, today.shifts, blank).by_site[:, 0, 0])

    def theirs() -> np.ndarray:
        return np.stack([_users(world, place, dense, d, today.log_weights[d])[0] for d in range(len(draws))])

    assert np.allclose(ours(), theirs(), rtol=1e-9)

    def solve() -> np.ndarray:
        baseline.today.forget()
        return baseline.today(place, instance, draws).log_weights

    def minimized() -> list[np.ndarray]:
        return [_minimize(world, place, dense, d, users) for d in range(8)]

    assert np.allclose(solve()[:8], minimized(), atol=2e-3)
    return [
        ("users of every venue, 64 draws", best(ours), best(theirs, 2)),
        ("appeals that meet every venue's users, 64 draws", best(solve), 8 * best(minimized, 1)),
    ]


def _dense(world: baseline.World, mode: int, areas: int) -> np.ndarray:
    """Attraction as a full array [draw, area, site], nil out of reach."""
    links, t = world.links[mode], by_draw(world.attraction[mode])
    full = np.zeros((len(t), areas, len(world.sites.venue)))
    full[:, np.repeat(np.arange(areas), np.diff(links.start)), links.site] = t
    return full


def _users(world, place, dense, d, log_weights):  # type: ignore[no-untyped-def]
    """Users of every venue and the convex function whose gradient they are, one draw, plain NumPy."""
    lam, odds, people = world.parameters.lam[d], by_draw(world.crowd.odds)[d], place.areas.people
    weights, use, phi = np.exp(log_weights), np.zeros(len(log_weights)), 0.0
    no_car = world.speeds.no_car[d]
    for share, t in zip((1 - no_car, no_car), dense, strict=True):
        pull = t[d] * weights
        total = pull.sum(axis=1)
        x = (total**lam * odds)[:, None] * by_draw(world.crowd.ages)[d]
        by_area = (people * share[:, None] * x / (1 + x)).sum(axis=1)
        use += (by_area / total) @ pull
        phi += (people * share[:, None] * np.log1p(x)).sum() / lam
    return use, phi


def _minimize(world, place, dense, d, users):  # type: ignore[no-untyped-def]
    """The appeals of one draw by SciPy."""

    def aim(log_weights):  # type: ignore[no-untyped-def]
        use, phi = _users(world, place, dense, d, log_weights)
        return (phi - users @ log_weights) / users.sum(), (use - users) / users.sum()

    begin = np.log(users / users.sum())
    return minimize(
        aim, begin, jac=True, method="L-BFGS-B", options={"maxiter": 5000, "maxfun": 10000, "ftol": 0, "gtol": 1e-9}
    ).x


def main() -> None:
    """Print every time and ratio."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "northshire"
        for label, seconds, note in northshire(folder):
            print(f"{label:<52}{seconds:8.2f} s  {note}".rstrip())
        print(
            f"{'memory at most, this process':<52}{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MB"
        )
        print()
        print(f"{'the same work':<52}{'withless':>10}{'NumPy/SciPy':>14}{'ratio':>8}")
        for label, ours, theirs in peers(folder):
            print(f"{label:<52}{1000 * ours:8.1f} ms{1000 * theirs:11.0f} ms{theirs / ours:8.0f}")


if __name__ == "__main__":
    main()
