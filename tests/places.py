"""Places small enough to work by hand, made without files, and the register drawn for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from withless.appraise import register_for
from withless.assumptions import Draws
from withless.cache import Cache
from withless.place import AGE_BANDS, Areas, Calendar, Instance, Place, Table
from withless.plan import Measure, Plan
from withless.service import get

WORKING_AGE = AGE_BANDS.index("25-64")


@dataclass(frozen=True)
class Area:
    """A small area: position in km, `people` of working age unless given by `ages`."""

    x_km: float
    y_km: float = 0.0
    people: float = 1000.0
    ages: tuple[float, ...] = ()
    decile: int = 5
    urban: float = 0.5
    no_car: float = 0.0
    outside: bool = False


@dataclass(frozen=True)
class Venue:
    """A building; the fields of the venues table, position in km."""

    x_km: float
    y_km: float = 0.0
    users: float = 200.0
    hours: float = 40.0
    visits: float = np.nan
    gross_cost: float = 100_000.0
    income: float = 0.0
    fixed_share: float = 0.4
    run_by: str = "council"
    type: str = "library"
    capital_receipt: float = 0.0
    mothball_cost: float = 0.0
    fee: float = np.nan
    capacity: float = np.nan
    outside: float = 0.0


def tiny_place(
    areas: Sequence[Area] = (Area(0.0), Area(5.0)),
    venues: Sequence[Venue] = (Venue(0.0), Venue(5.0)),
    *,
    name: str = "libraries",
    quarters: int = 8,
    budget: float = np.nan,
    pool_share: float = 0.5,
    use: Sequence[tuple[int, int, float]] | None = None,
    travel: Sequence[tuple[int, int, str, float]] | None = None,
    overrides: Mapping[str, Mapping[str, object]] | None = None,
    others: Mapping[str, Sequence[Venue]] | None = None,
) -> Place:
    """A place with one venues service (ids `LIB1`, `LIB2`, ... by `name`), and `others` of the same kind.

    `use` lists (area, venue, users), NaN users standing for `*`; `travel` lists (area, venue, mode, minutes); both by
    position from 0.
    """
    instances = {name: _instance(name, venues, budget, pool_share, use, travel)}
    instances |= {other: _instance(other, given, np.nan, 0.0, None, None) for other, given in (others or {}).items()}
    return Place(
        name="Tiny",
        invented=True,
        calendar=Calendar(2026, 4, quarters),
        prices="2026-27",
        areas=_areas(areas),
        instances=instances,
        overrides=dict(overrides or {}),
    )


def fixed(**values: float) -> dict[str, dict[str, object]]:
    """Overrides that hold assumptions of the venues service at one value: `fixed(lam=0.2, age__child=0)`."""
    return {f"venues.{k.replace('__', '.')}": {"value": v, "source": "a test"} for k, v in values.items()}


def draws_for(place: Place, block: int = 0, seed: int = 1) -> Draws:
    """One block of 64 draws of every assumption in force in the place."""
    return register_for(Plan("", place, ())).draw(seed, block)


def built(place: Place, instance: Instance, draws: Draws) -> Any:
    """The model of an instance on some draws, with a cache of its own."""
    return get(instance.kind).build(place, instance, draws, Cache())


def change(
    lever: str, amount: float, *where: str, service: str = "libraries", start: float = 0.0, **more: object
) -> Measure:
    """A measure that sets a lever of some venues at once."""
    return Measure(f"{lever}-{'-'.join(where)}", "", service, lever, where, "set", amount, start, **more)  # type: ignore[arg-type]


def ids(name: str, count: int) -> tuple[str, ...]:
    """Ids of the venues of a service: `LIB1`, `LIB2`, ..."""
    return tuple(f"{name[:3].upper()}{i + 1}" for i in range(count))


def _areas(areas: Sequence[Area]) -> Areas:
    people = np.zeros((len(areas), len(AGE_BANDS)))
    for row, a in enumerate(areas):
        people[row] = a.ages if a.ages else np.eye(len(AGE_BANDS))[WORKING_AGE] * a.people

    def column(name: str) -> np.ndarray:
        return np.array([getattr(a, name) for a in areas], dtype=np.float64)

    names = tuple(f"A{i + 1}" for i in range(len(areas)))
    return Areas(
        ids=names,
        names=names,
        x_km=column("x_km"),
        y_km=column("y_km"),
        decile=column("decile").astype(np.int64),
        people=people,
        outside=column("outside") > 0,
        urban=column("urban"),
        no_car_share=column("no_car"),
    )


def _instance(
    name: str,
    venues: Sequence[Venue],
    budget: float,
    pool_share: float,
    use: Sequence[tuple[int, int, float]] | None,
    travel: Sequence[tuple[int, int, str, float]] | None,
) -> Instance:
    names = ids(name, len(venues))
    tables = {"venues": _venues(names, venues)}
    if use is not None:
        counts = np.array([u for _, _, u in use], dtype=np.float64)
        words = {"area": [f"A{a + 1}" for a, _, _ in use], "venue": [names[v] for _, v, _ in use]}
        columns = {k: np.array(v, dtype=object) for k, v in words.items()} | {"users": counts}
        tables["use"] = Table("use", columns, {"users": np.isnan(counts)})
    if travel is not None:
        words = {"area": [f"A{a + 1}" for a, *_ in travel], "venue": [names[v] for _, v, *_ in travel]}
        words["mode"] = [m for _, _, m, _ in travel]
        minutes = np.array([t for *_, t in travel], dtype=np.float64)
        tables["travel"] = Table(
            "travel", {k: np.array(v, dtype=object) for k, v in words.items()} | {"minutes": minutes}
        )
    return Instance(name, "venues", name.title(), "council", budget, tables, pool_share)


def _venues(names: Sequence[str], venues: Sequence[Venue]) -> Table:
    words = {"id": list(names), "name": [f"Venue {n}" for n in names]}
    words |= {k: [getattr(v, k) for v in venues] for k in ("type", "run_by")}
    columns: dict[str, np.ndarray] = {k: np.array(v, dtype=object) for k, v in words.items()}
    numbers = ("hours", "users", "visits", "gross_cost", "income", "fixed_share", "capital_receipt", "mothball_cost")
    columns |= {
        k: np.array([getattr(v, k) for v in venues], dtype=np.float64) for k in (*numbers, "fee", "capacity", "outside")
    }
    columns["staffed_hours"] = columns["hours"].copy()
    columns |= {k: np.array([getattr(v, f"{k}_km") * 1000 for v in venues], dtype=np.float64) for k in ("x", "y")}
    return Table("venues", columns)
