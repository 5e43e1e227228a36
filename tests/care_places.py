"""A place with an adult social care service, made without files, small enough to look at."""

from collections.abc import Mapping, Sequence

import numpy as np

from tests.places import Area, _areas
from withless.place import Calendar, Instance, Place, Table
from withless.plan import Measure, Settings, settings
from withless.service import get

AGES = (180.0, 100.0, 500.0, 100.0, 65.0, 30.0)
"""People of an area by age band, for each thousand: near England's."""

Client = tuple[str, str, str, str, float, float]
"""group, age_band, need, setting, people, hours a week."""

CLIENTS: Sequence[Client] = (
    ("older", "65-74", "moderate", "home", 30, 6),
    ("older", "65-74", "substantial", "home", 50, 10),
    ("older", "65-74", "critical", "home", 30, 18),
    ("older", "75-84", "moderate", "home", 50, 6),
    ("older", "75-84", "substantial", "home", 90, 10),
    ("older", "75-84", "critical", "home", 60, 18),
    ("older", "85+", "moderate", "home", 40, 6),
    ("older", "85+", "substantial", "home", 60, 10),
    ("older", "85+", "critical", "home", 50, 18),
    ("older", "85+", "substantial", "direct_payment", 30, 10),
    ("older", "all", "all", "care_home", 180, np.nan),
    ("physical", "18-64", "all", "community", 70, np.nan),
    ("physical", "18-64", "all", "direct_payment", 30, np.nan),
    ("learning", "18-64", "all", "all", 90, np.nan),
    ("mental", "18-64", "all", "community", 60, np.nan),
)
COSTS = (
    ("home", "hour", 20.0, "all"),
    ("care_home", "week", 800.0, "older"),
    ("care_home", "charge", 200.0, "all"),
    ("home", "charge", 40.0, "all"),
    ("carers", "total", 100_000.0, "all"),
)
POLICY = (("threshold", "moderate"), ("reablement", "0.2"), ("means_test", "0.5"))


def care_place(
    clients: Sequence[Client] = CLIENTS,
    costs: Sequence[tuple[str, str, float, str]] = COSTS,
    policy: Sequence[tuple[str, str]] = POLICY,
    *,
    name: str = "social_care",
    quarters: int = 20,
    budget: float = np.nan,
    thousands: float = 30.0,
    deciles: Sequence[int] = (1, 4, 5, 8, 10),
    overrides: Mapping[str, float] | None = None,
) -> Place:
    """A place of equal areas, one for each decile given, `thousands` of people in all, ages as in England."""
    each = tuple(a * thousands / len(deciles) for a in AGES)
    areas = [Area(float(i), ages=each, decile=d) for i, d in enumerate(deciles)]
    tables = {"clients": client_table(clients)}
    if costs:
        tables["costs"] = table("costs", ("setting", "unit", "pounds", "group"), costs)
    if policy:
        tables["policy"] = table("policy", ("rule", "value"), policy)
    return Place(
        name="Tiny",
        invented=True,
        calendar=Calendar(2026, 4, quarters),
        prices="2026-27",
        areas=_areas(areas),
        instances={name: Instance(name, "care", "Social care", "council", budget, tables)},
        overrides={f"care.{k}": {"value": v, "source": "a test"} for k, v in (overrides or {}).items()},
    )


def client_table(clients: Sequence[Client], met_by: str = "council") -> Table:
    """A clients table from its rows."""
    rows = [(g, a, "all", n, s, met_by, p, h) for g, a, n, s, p, h in clients]
    return table("clients", ("group", "age_band", "sex", "need", "setting", "met_by", "people", "hours_week"), rows)


def table(name: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """A table of words and numbers."""
    made = {}
    for i, column in enumerate(columns):
        values = [row[i] for row in rows]
        numbers = all(isinstance(v, int | float) for v in values)
        made[column] = np.array(values, dtype=np.float64 if numbers else object)
    return Table(name, made)


def settings_for(place: Place, *measures: Measure, name: str = "social_care") -> Settings:
    """The levers of the service under some measures."""
    service, instance = get("care"), place.instances[name]
    units = {lever.name: service.units(place, instance, lever.name) for lever in service.levers}
    return settings(service.levers, units, service.baseline(place, instance), measures, place.calendar.quarters)


def move(lever: str, amount: float, *where: str, change: str = "set", start: float = 0.0, **more: object) -> Measure:
    """A measure on a lever of the service; every unit where none is named."""
    from withless.services.care.tables import LEVER_UNITS

    units = where or LEVER_UNITS[lever]
    return Measure(f"{lever}-{'-'.join(where)}", "", "social_care", lever, units, change, amount, start, **more)  # type: ignore[arg-type]
