"""Times of questions asked of one plan: measure by measure, at six paces, and what is most influential, on Northshire.

    python bench/measures.py

Seconds on the clock and of computing (both cores), the best of some runs, in one process that has compiled everything.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from withless import api
from withless.pace import paces
from withless.plan import Plan
from withless.sensitivity import first_order
from withless.streams import Streams

PACES = (1, 2, 3, 4, 5, 6)


def timed(work: Callable[[], object], repeats: int = 3) -> tuple[float, float]:
    """Seconds on the clock and of computing, of the fastest of some runs."""
    found = []
    for _ in range(repeats):
        clock, computing = time.perf_counter(), time.process_time()
        work()
        found.append((time.perf_counter() - clock, time.process_time() - computing))
    return min(a for a, _ in found), min(b for _, b in found)


def plan() -> Plan:
    folder = Path(tempfile.mkdtemp())
    api.example("northshire", folder)
    given = api.read(folder / "plan.yaml")
    assert isinstance(given, Plan)
    return given


def main() -> None:
    given = plan()
    api.appraise(given, draws=128)  # compiles
    streams = Streams(1, 0, 16)
    inputs = {f"x{i}": streams.lhs(f"x{i}") for i in range(80)}
    answers = {"pence": inputs["x0"] ** 2, "margin": inputs["x1"] * inputs["x2"], "word": np.round(inputs["x3"])}
    asked = (
        ("most influential of 80 assumptions, 1,024 draws", "0.1", lambda: first_order(inputs, answers), 5),
        ("24 measures of Northshire, 512 draws", "15", lambda: api.Study(given.place, 1, 512).measures(given), 2),
        ("six paces and its own, 256 draws", "10", lambda: paces(given, PACES, 1, 256), 2),
    )
    print(f"{'':<50}{'seconds':>9}{'computing':>11}{'wanted':>8}")
    for name, wanted, work, repeats in asked:
        clock, computing = timed(work, repeats)
        print(f"{name:<50}{clock:>9.2f}{computing:>11.2f}{wanted:>8}")


if __name__ == "__main__":
    main()
