"""How far it is: pairs of area and venue with their distance, for people with a car and without.

Minutes = straight-line km x detour / speed, or the travel table where it has the pair. A pair is kept within reach
(`venues.reach`, km by mode), and the nearest three whatever their distance. A venue that moves into another building
is a second site of its own, so that one list of pairs serves the plan from its first quarter to its last.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ...place import Place
from .choice import Links, eights
from .facts import Facts
from .facts import hosts as every_host
from .tables import MODES

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NEAREST = 3
OUT_OF_REACH = 1e5
"""Minutes that stand for a pair the travel table leaves blank: no way at all, in every form of distance."""

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

    @cached_property
    def per_km(self) -> tuple[Floats, Floats]:
        """The minutes by `choice.eights`, each mode's [eight, area, 8]."""
        one, two = self.minutes_per_km
        return eights(one), eights(two)

    @cached_property
    def share(self) -> tuple[Floats, Floats]:
        """Shares of people by mode, by `choice.eights`, each [eight, area, 8]."""
        return eights(1 - self.no_car), eights(self.no_car)


def sites(facts: Facts, hosts: tuple[tuple[int, int], ...] = ()) -> Sites:
    """The venues at their own sites, then every (venue row, host choice) that a plan moves them to."""

    def make() -> Sites:
        table, ids, names = facts.table, facts.ids, facts.host_ids
        x, y = table.numbers("x") / 1000, table.numbers("y") / 1000
        where = every_host(facts.place) if hosts else {}
        moved = [where[names[h]] for _, h in hosts]
        return Sites(
            venue=np.array([*range(len(table)), *(v for v, _ in hosts)], dtype=np.int64),
            x_km=np.concatenate([x, [px for _, px, _ in moved]]),
            y_km=np.concatenate([y, [py for _, _, py in moved]]),
            host=np.array([-1] * len(table) + [h for _, h in hosts], dtype=np.int64),
            host_row=np.array(
                [-1] * len(table) + [ids.index(names[h]) if names[h] in ids else -1 for _, h in hosts], dtype=np.int64
            ),
        )

    return facts.of_sites("sites", hosts, make)


def kilometres(place: Place, s: Sites) -> Floats:
    """Straight-line km[area, site], at least `INTRA_AREA_KM`."""
    dx = place.areas.x_km[:, None] - s.x_km[None, :]
    dy = place.areas.y_km[:, None] - s.y_km[None, :]
    return np.maximum(np.hypot(dx, dy), INTRA_AREA_KM)


@dataclass(frozen=True)
class ToldMinutes:
    """What the travel table says of one mode: minutes[pair] between area[pair] and site[pair]."""

    area: Ints
    site: Ints
    minutes: Floats


def told(facts: Facts, s: Sites) -> tuple[ToldMinutes, ToldMinutes]:
    """The travel table by mode, empty without one; a moved venue takes its host's."""
    table, place = facts.instance.tables.get("travel"), facts.place
    if table is None:
        none = np.zeros(0, dtype=np.int64)
        return (ToldMinutes(none, none, np.zeros(0)),) * 2
    rows = {name: i for i, name in enumerate(facts.ids)}
    area = np.array([place.areas.index[a] for a in table.words("area")], dtype=np.int64)
    site = np.array([rows[v] for v in table.words("venue")], dtype=np.int64)
    mode = np.array([MODES.index(m) for m in table.words("mode")], dtype=np.int64)
    minutes = np.nan_to_num(table.numbers("minutes"), nan=OUT_OF_REACH)
    hosted = [(np.flatnonzero(site == s.host_row[k]), k) for k in np.flatnonzero(s.host_row >= 0)]
    row = np.concatenate([np.arange(len(site)), *(at for at, _ in hosted)])
    moved = np.concatenate([site, *(np.full(len(at), k) for at, k in hosted)])
    one, two = (
        ToldMinutes(area[row][here], moved[here], minutes[row][here])
        for here in (mode[row] == m for m in range(len(MODES)))
    )
    return one, two


def given_minutes(facts: Facts, s: Sites) -> Floats:
    """Minutes of the travel table, [mode, area, site], NaN where it has none."""
    minutes = np.full((len(MODES), len(facts.place.areas), len(s.venue)), np.nan)
    for dense, said in zip(minutes, told(facts, s), strict=True):
        dense[said.area, said.site] = said.minutes
    return minutes


def links(place: Place, s: Sites, said: ToldMinutes, reach_km: Floats | float) -> Links:
    """The pairs of one mode: within reach, given by the table, or among the nearest of an area or a site; those of venues at
    their own sites are the same wherever others may move.

    `reach_km` of every area, or [area]. Only pairs are held, so that a nation fits.
    """
    areas, points = (np.column_stack([p.x_km, p.y_km]) for p in (place.areas, s))
    sites, reach = len(points), np.broadcast_to(np.asarray(reach_km, dtype=np.float64), len(areas))
    of_area, of_site = cKDTree(areas), cKDTree(points)
    within = [np.asarray(w, dtype=np.int64) for w in of_site.query_ball_point(areas, reach + 1e-6)]
    own = int((s.host < 0).sum())  # a site that a venue may move to takes nobody's place among the nearest
    near_own = cKDTree(points[:own]).query(areas, k=range(1, min(NEAREST, own) + 1))[1]
    near_sites = np.column_stack([near_own, of_site.query(areas, k=range(1, min(NEAREST, sites) + 1))[1]])
    near_areas = of_area.query(points, k=range(1, min(NEAREST, len(areas)) + 1))[1]
    given = said.area * sites + said.site
    must = np.concatenate(
        [
            (np.arange(len(areas))[:, None] * sites + near_sites).ravel(),
            (near_areas * sites + np.arange(sites)[:, None]).ravel(),
            given,
        ]
    )
    maybe = np.repeat(np.arange(len(areas)), [len(w) for w in within]) * sites + np.concatenate(within)
    code = np.union1d(maybe, must)
    km = np.maximum(np.hypot(*(areas[code // sites] - points[code % sites]).T), INTRA_AREA_KM)
    keep = (km <= reach[code // sites]) | np.isin(code, must)
    code, distance = code[keep], km[keep]
    distance[np.searchsorted(code, given)] = said.minutes
    start = np.searchsorted(code // sites, np.arange(len(areas) + 1))
    return Links(start.astype(np.int64), (code % sites).astype(np.uint32), distance, np.isin(code, given))


def speeds(facts: Facts) -> Speeds:
    """Minutes a km by mode, draw and area, and who has no car, from the register and the place."""
    areas, draws = facts.place.areas, facts.draws
    urban = np.where(np.isfinite(areas.urban), areas.urban, 0.5)
    detour = draws["venues.detour"][:, None]

    def blend(name: str) -> Floats:
        town, country = draws[f"{name}.urban"][:, None], draws[f"{name}.rural"][:, None]
        return country + urban[None, :] * (town - country)

    def make() -> Speeds:
        given = areas.no_car_share[None, :]
        no_car = np.where(np.isfinite(given), given, blend("venues.no_car"))
        per_km = [60 * detour / blend(f"venues.speed.{mode}") for mode in MODES]
        return Speeds(np.stack(per_km), np.clip(no_car, 0.0, 1.0))

    # alike for all services of venues: their draws are one
    return facts.cache.get(("venues", "", "speeds", draws.key), make, brief=True)
