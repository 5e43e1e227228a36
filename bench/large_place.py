"""Invented places of any size with one service of libraries: how long `assess` takes, and how much memory.

    python bench/large_place.py [AREAS [VENUES [DRAWS]]]

Areas lie about towns of uneven size, libraries where people live; the plan closes one in twelve and opens as many for fewer
hours. Prints seconds of the processor and of the clock, and the most memory the process had.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np

from withless.place import Areas, Calendar, Instance, Place, Table
from withless.plan import Measure, Plan

AGES = np.array([0.19, 0.11, 0.52, 0.1, 0.06, 0.02])
PEOPLE, VISITS, POUNDS = 1_600.0, 8.0, 60.0
"""People of an area, visits of a user and pounds for each hour open a week, of the invented libraries."""


def invented(areas: int, venues: int, seed: int = 1) -> Place:
    """A place of so many areas of 1,600 people, as crowded as England: 4 km2 an area."""
    rng = np.random.default_rng(seed)
    side, towns = np.sqrt(4.0 * areas), max(3, areas // 110)
    centre, size = rng.uniform(0, side, (towns, 2)), rng.pareto(1.2, towns) + 1
    town = rng.choice(towns, areas, p=size / size.sum())
    at = centre[town] + rng.normal(0, 1, (areas, 2)) * (2 + 1.5 * np.sqrt(size[town]))[:, None]
    there = at[rng.choice(areas, venues, replace=False)] + rng.normal(0, 0.3, (venues, 2))
    users = np.round(PEOPLE * areas / venues * 0.15 * rng.lognormal(0, 0.6, venues) / np.exp(0.18)) + 1
    hours = np.round(rng.uniform(12, 50, venues))
    columns = {
        "id": np.array([f"V{j}" for j in range(venues)], dtype=object), "type": np.full(venues, "library", dtype=object),
        "name": np.array([f"Library {j}" for j in range(venues)], dtype=object),
        "run_by": np.full(venues, "council", dtype=object), "x": there[:, 0] * 1000, "y": there[:, 1] * 1000,
        "hours": hours, "staffed_hours": hours, "users": users, "visits": users * VISITS, "gross_cost": hours * 52 * POUNDS,
        "income": users * 1.0, "fixed_share": np.full(venues, 0.4), "capital_receipt": np.zeros(venues),
        "mothball_cost": np.zeros(venues), "outside": np.zeros(venues),
    }  # fmt: skip
    ids = tuple(f"A{i}" for i in range(areas))
    return Place(
        name="Invented",
        invented=True,
        calendar=Calendar(2026, 4, 12),
        prices="2026-27",
        areas=Areas(
            ids=ids, names=ids, x_km=at[:, 0], y_km=at[:, 1], decile=1 + rng.integers(0, 10, areas), urban=rng.random(areas),
            no_car_share=rng.uniform(0.1, 0.4, areas), outside=np.zeros(areas, dtype=bool),
            people=PEOPLE * np.tile(AGES, (areas, 1)),
        ),
        instances={
            "libraries": Instance("libraries", "venues", "Libraries", "council", np.nan, {"venues": Table("venues", columns)})
        },
    )  # fmt: skip


def plan_for(place: Place) -> Plan:
    """One library in twelve closes, one in twelve opens a fifth fewer hours."""
    ids = place.instances["libraries"].tables["venues"].words("id")
    close = Measure("close", "", "libraries", "open", ids[::12], "set", 0.0, 1.0)
    fewer = Measure("hours", "", "libraries", "hours", ids[6::12], "scale", 0.8, 2.0)
    return Plan("Invented", place, (close, fewer))


def main() -> None:
    """Time one assessment."""
    from withless.study import Study

    areas, venues, draws = (int(n) for n in (*sys.argv[1:], *(5_000, 900, 64)[len(sys.argv) - 1 :]))
    small = plan_for(invented(60, 12))
    Study(small.place, draws=64).appraise(small)  # what is compiled is compiled before
    plan = plan_for(invented(areas, venues))
    clock, processor = time.perf_counter(), time.process_time()
    result = Study(plan.place, draws=draws).appraise(plan)
    spent = time.process_time() - processor
    gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    saved = result.services[0].yearly["saving"][:, -1].mean()
    print(
        f"{areas:,} areas, {venues:,} libraries, {draws} draws: {time.perf_counter() - clock:.1f} s of the clock, "
        f"{spent:.1f} s of the processor, {gigabytes:.2f} GB at most; saves £{saved / 1e6:.6f}m"
    )


if __name__ == "__main__":
    main()
