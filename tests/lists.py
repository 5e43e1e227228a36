"""Waiting lists small enough to reason about, made without files."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from places import tiny_place

from withless.place import Instance, Place, Table
from withless.plan import Settings
from withless.service import get

MONTH = "2026-03"


def table(name: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """A table from rows; None is a blank number."""
    columns: dict[str, np.ndarray] = {}
    for i, column in enumerate(header):
        cells = [row[i] for row in rows]
        numbers = all(c is None or isinstance(c, int | float) for c in cells)
        columns[column] = (
            np.array([np.nan if c is None else c for c in cells], dtype=np.float64)
            if numbers
            else np.array(cells, dtype=object)
        )
    return Table(name, columns)


def bands_of(
    specialty: str, part: str, counts: Sequence[float], width: float = 4, month: str = MONTH
) -> list[list[object]]:
    """Rows of `bands` of equal width, the last one open."""
    return [
        [specialty, part, month, width * k, width * (k + 1) if k + 1 < len(counts) else None, float(count)]
        for k, count in enumerate(counts)
    ]


BANDS = ("specialty", "part", "month", "week_from", "week_to", "count")
FLOWS = ("specialty", "month", "clock_starts", "removals", "unit_cost", "name")


def hospital(
    bands: Sequence[Sequence[object]] | None = None,
    flows: Sequence[Sequence[object]] | None = None,
    budget: float = 60e6,
    name: str = "hospital",
    payer: str = "nhs",
) -> Instance:
    """A hospital of two specialties: eyes, mostly without admission, and hips, mostly with one and longer waits."""
    usual = [
        *bands_of("eyes", "incomplete", [2000, 1500, 1100, 800, 550, 350, 220, 130, 80, 50, 30, 15, 8, 4]),
        *bands_of("eyes", "admitted", [120, 90, 80, 60, 50, 40, 25, 18, 10, 8, 5, 3, 2, 1]),
        *bands_of("eyes", "non_admitted", [520, 260, 170, 100, 60, 35, 22, 14, 8, 5, 3, 2, 1, 1]),
        *bands_of("hips", "incomplete", [1500, 1300, 1150, 1000, 880, 760, 650, 540, 430, 320, 220, 140, 80, 60]),
        *bands_of("hips", "admitted", [60, 50, 45, 50, 55, 60, 55, 50, 45, 38, 30, 22, 14, 12]),
        *bands_of("hips", "non_admitted", [200, 120, 80, 60, 45, 35, 28, 22, 16, 12, 8, 5, 3, 2]),
    ]
    told = [["eyes", MONTH, 1950.0, None, 700.0, "Eyes"], ["hips", MONTH, 1450.0, None, 1900.0, "Hips"]]
    return Instance(
        name=name,
        kind="waits",
        title="Hospital",
        payer=payer,
        budget=budget,
        tables={
            "bands": table("bands", BANDS, usual if bands is None else bands),
            "flows": table("flows", FLOWS, told if flows is None else flows),
        },
    )


def place_with(
    instance: Instance, quarters: int = 8, overrides: Mapping[str, Mapping[str, object]] | None = None
) -> Place:
    """A tiny place with this list and nothing else, and people enough for it."""
    whole = tiny_place(quarters=quarters, overrides=overrides)
    areas = replace(whole.areas, people=1_000 * whole.areas.people)
    return Place(
        name=whole.name,
        invented=True,
        calendar=whole.calendar,
        prices=whole.prices,
        areas=areas,
        instances={instance.name: instance},
        overrides=whole.overrides,
    )


def fixed(**values: float) -> dict[str, dict[str, object]]:
    """Overrides that hold assumptions of the waits service at one value: `fixed(phi=0.2, validation__off=0.1)`."""
    return {f"waits.{k.replace('__', '.')}": {"value": v, "source": "a test"} for k, v in values.items()}


STILL = fixed(
    growth=0.0, growth_gap=0.0, level=0.0, capacity_level=0.0, luck=0.0, leave=1.0, late=0.0, longest=0.0,
    front__goes_on=0.0, shielded=1.0,
)  # fmt: skip
"""A list without growth, luck or drives against long waits."""


def settings(place: Place, quarters: int | None = None, **levers: Mapping[str, float] | float) -> Settings:
    """Levers for the whole calendar and all draws: `settings(place, capacity=0.9)` or `capacity={"hips/admitted": 0.9}`."""
    (instance,) = place.instances.values()
    service, n = get("waits"), quarters or place.calendar.quarters
    units = {lever.name: service.units(place, instance, lever.name) for lever in service.levers}
    values = {k: np.repeat(v[None, :, None], n, axis=2) for k, v in service.baseline(place, instance).items()}
    for name, given in levers.items():
        for row, unit in enumerate(units[name]):
            if isinstance(given, Mapping):
                values[name][:, row] = given.get(unit, values[name][:, row])
            else:
                values[name][:, row] = given
    return Settings(units, values)
