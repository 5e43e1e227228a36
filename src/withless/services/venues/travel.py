"""How far it is: pairs of area and venue with their distance, for people with a car and without.

Minutes = straight-line km x detour / speed, or the travel table where it has the pair. A pair is kept within reach
(`venues.reach`, km by mode), and the nearest three whatever their distance. A venue that moves into another building
is a second site of its own, so that one list of pairs serves the plan from its first quarter to its last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws
from ...place import Instance, Place
from .choice import Links
from .tables import MODES

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NEAREST = 3
INTRA_AREA_KM = 0.3
"""Least distance: areas have an extent, and nobody lives in the library."""


@dataclass(frozen=True)
class Sites:
    """Where venues are or may go: `venue[site]` its row, position in km, `host[site]` the choice it moves to (-1: its own)."""

    venue: Ints
    x_km: Floats
    y_km: Floats
    host: Ints
    host_row: Ints
    """Row of the host where it is a venue of the same table, else -1."""


@dataclass(frozen=True)
class Speeds:
    """Minutes for a kilometre of straight line: `minutes_per_km[mode, draw, area]`; `no_car[draw, area]` shares of people."""

    minutes_per_km: Floats
    no_car: Floats


def sites(place: Place, instance: Instance, hosts: Sequence[tuple[int, int]], host_ids: Sequence[str]) -> Sites:
    """The venues at their own sites, then every (venue row, host choice) that a plan moves them to."""
    table = instance.tables["venues"]
    x, y = table.numbers("x") / 1000, table.numbers("y") / 1000
    ids = table.words("id")
    where = host_positions(place) if hosts else {}
    moved = [where[host_ids[h]] for _, h in hosts]
    return Sites(
        venue=np.array([*range(len(table)), *(v for v, _ in hosts)], dtype=np.int64),
        x_km=np.concatenate([x, [p[0] for p in moved]]),
        y_km=np.concatenate([y, [p[1] for p in moved]]),
        host=np.array([-1] * len(table) + [h for _, h in hosts], dtype=np.int64),
        host_row=np.array(
            [-1] * len(table) + [ids.index(host_ids[h]) if host_ids[h] in ids else -1 for _, h in hosts], dtype=np.int64
        ),
    )


def host_positions(place: Place) -> dict[str, tuple[float, float]]:
    """Position in km of every venue of the place, by id, over all services that have venues."""
    found: dict[str, tuple[float, float]] = {}
    for instance in place.instances.values():
        if "venues" in instance.tables and "x" in instance.tables["venues"]:
            table = instance.tables["venues"]
            x, y = table.numbers("x") / 1000, table.numbers("y") / 1000
            for name, px, py in zip(table.words("id"), x, y, strict=True):
                found.setdefault(name, (float(px), float(py)))
    return found


def host_names(place: Place) -> dict[str, str]:
    """Name of every venue of the place, by id, in the order of `host_positions`."""
    found: dict[str, str] = {}
    for instance in place.instances.values():
        if "venues" in instance.tables and "x" in instance.tables["venues"]:
            table = instance.tables["venues"]
            found = {**dict(zip(table.words("id"), table.words("name"), strict=True)), **found}
    return found


def kilometres(place: Place, s: Sites) -> Floats:
    """Straight-line km[area, site], at least `INTRA_AREA_KM`."""
    dx = place.areas.x_km[:, None] - s.x_km[None, :]
    dy = place.areas.y_km[:, None] - s.y_km[None, :]
    return np.maximum(np.hypot(dx, dy), INTRA_AREA_KM)


def given_minutes(place: Place, instance: Instance, s: Sites) -> Floats:
    """Minutes of the travel table, [mode, area, site], NaN where it has none; a moved venue takes its host's."""
    minutes = np.full((len(MODES), len(place.areas), len(s.venue)), np.nan)
    table = instance.tables.get("travel")
    if table is None:
        return minutes
    rows = {name: i for i, name in enumerate(instance.tables["venues"].words("id"))}
    area = np.array([place.areas.index[a] for a in table.words("area")], dtype=np.int64)
    venue = np.array([rows[v] for v in table.words("venue")], dtype=np.int64)
    mode = np.array([MODES.index(m) for m in table.words("mode")], dtype=np.int64)
    minutes[mode, area, venue] = table.numbers("minutes")
    for k in np.flatnonzero(s.host_row >= 0):
        minutes[:, :, k] = minutes[:, :, s.host_row[k]]
    for k in np.flatnonzero((s.host >= 0) & (s.host_row < 0)):
        minutes[:, :, k] = np.nan
    return minutes


def links(km: Floats, minutes: Floats, reach_km: float) -> Links:
    """The pairs of one mode: within reach, given by the table, or among the nearest of an area or a site.

    km and minutes [area, site].
    """
    given = np.isfinite(minutes)
    keep = (km <= reach_km) | given
    for axis in (0, 1):
        nearest = np.take(np.argsort(km, axis=axis, kind="stable"), range(min(NEAREST, km.shape[axis])), axis=axis)
        np.put_along_axis(keep, nearest, True, axis=axis)
    area, site = np.nonzero(keep)
    start = np.searchsorted(area, np.arange(len(km) + 1))
    distance = np.where(given, minutes, km)[area, site]
    return Links(start.astype(np.int64), site.astype(np.int64), distance, given[area, site])


def speeds(place: Place, draws: Draws) -> Speeds:
    """Minutes a km by mode, draw and area, and who has no car, from the register and the place."""
    urban = np.where(np.isfinite(place.areas.urban), place.areas.urban, 0.5)
    detour = draws["venues.detour"][:, None]

    def blend(name: str) -> Floats:
        town, country = draws[f"{name}.urban"][:, None], draws[f"{name}.rural"][:, None]
        return country + urban[None, :] * (town - country)

    no_car = np.where(
        np.isfinite(place.areas.no_car_share)[None, :], place.areas.no_car_share[None, :], blend("venues.no_car")
    )
    per_km = [60 * detour / blend(f"venues.speed.{mode}") for mode in MODES]
    return Speeds(np.stack(per_km), np.clip(no_car, 0.0, 1.0))
