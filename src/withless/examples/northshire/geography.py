"""The small areas of Northshire and of the rim around it: places, deprivation, cars and people by age."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from . import layout, names
from .chance import Floats, Ints, frozen, stream
from .figures import AGE_SHARES_BY_DECILE, PEOPLE
from .layout import Settlement

Texts = NDArray[np.str_]

AREAS = 500
RIM_AREAS = 70
RIM_KM = 15.0
_PEOPLE_AN_AREA = PEOPLE / AREAS
_OPEN_COUNTRY = -1
_GOLDEN_ANGLE = np.pi * (3.0 - np.sqrt(5.0))


@dataclass(frozen=True)
class County:
    """Small areas in and around the county, one entry an area; the rim's have `outside` true.

    `x`, `y` km from the layout's corner; `decile` 1 (most deprived) to 10; `no_car_share` of people, 0..1;
    `people[area, age band]`; `settlement` index in `layout.SETTLEMENTS`, -1 in open country; `centrality` 1 at a
    settlement's centre, 0 at its edge and in open country.
    """

    ids: Texts
    names: Texts
    x: Floats
    y: Floats
    decile: Ints
    rural_urban: Texts
    no_car_share: Floats
    district: Texts
    outside: NDArray[np.bool_]
    people: Ints
    settlement: Ints
    centrality: Floats

    def __post_init__(self) -> None:
        for field in fields(self):
            frozen(getattr(self, field.name))

    @property
    def residents(self) -> Ints:
        """People of every age: int[area]."""
        total: Ints = self.people.sum(axis=1)
        return total


@dataclass(frozen=True)
class _Spots:
    """Where areas are, before anything is known about who lives there."""

    points: Floats
    settlement: Ints
    centrality: Floats
    names: list[str]


def draw_county(seed: int) -> County:
    """The county of a seed: 500 areas inside, 70 in the rim."""
    inside = _inside_spots(seed)
    rim = _rim_spots(seed, inside)
    points = np.concatenate([inside.points, rim.points])
    settlement = np.concatenate([inside.settlement, rim.settlement])
    centrality = np.concatenate([inside.centrality, rim.centrality])
    outside = np.arange(len(points)) >= AREAS
    decile = _deciles(seed, points, settlement, centrality, outside)
    return County(
        ids=np.array([f"NS{i + 1:03d}" if i < AREAS else f"NX{i - AREAS + 1:03d}" for i in range(len(points))]),
        names=np.array(inside.names + rim.names),
        x=points[:, 0],
        y=points[:, 1],
        decile=decile,
        rural_urban=np.array(["urban" if k == "city" else k for k in _kinds(settlement)]),
        no_car_share=_no_car(seed, decile, settlement, centrality),
        district=_districts(points, settlement, outside),
        outside=outside,
        people=_people(seed, points, decile, settlement),
        settlement=settlement,
        centrality=centrality,
    )


def _kinds(settlement: Ints) -> list[str]:
    """What each area is part of: city, urban (a large town), town (a market town) or rural."""
    plain = {"city": "city", "town": "urban", "market": "town"}
    return ["rural" if s < 0 else plain[layout.SETTLEMENTS[s].kind] for s in settlement.tolist()]


def _inside_spots(seed: int) -> _Spots:
    """Settlements inside filled with areas, then villages wherever they leave most room."""
    rng = stream(seed, "places")
    built = [_filled(i, s, layout.OUTLINE, rng) for i, s in enumerate(layout.SETTLEMENTS) if not s.outside]
    towns = _joined(built)
    count = AREAS - len(towns.points)
    points = _villages(count, layout.OUTLINE, towns.points, rng)
    return _joined([towns, _open_country(points, names.villages(count, stream(seed, "village names")))])


def _rim_spots(seed: int, inside: _Spots) -> _Spots:
    """Areas on land outside, within the rim."""
    rng = stream(seed, "rim")
    built = [_filled(i, s, layout.LAND, rng) for i, s in enumerate(layout.SETTLEMENTS) if s.outside]
    towns = _joined(built)
    count = RIM_AREAS - len(towns.points)
    taken = np.concatenate([inside.points, towns.points])
    points = _villages(count, layout.LAND, taken, rng, avoid=layout.OUTLINE)
    used = len(inside.points) - sum(1 for s in inside.settlement.tolist() if s >= 0)
    every = names.villages(used + count, stream(seed, "village names"))
    return _joined([towns, _open_country(points, every[used:])])


def _joined(spots: list[_Spots]) -> _Spots:
    return _Spots(
        np.concatenate([s.points for s in spots]),
        np.concatenate([s.settlement for s in spots]),
        np.concatenate([s.centrality for s in spots]),
        [name for s in spots for name in s.names],
    )


def _open_country(points: Floats, village_names: list[str]) -> _Spots:
    return _Spots(points, np.full(len(points), _OPEN_COUNTRY), np.zeros(len(points)), village_names)


def _filled(index: int, town: Settlement, land: Floats, rng: np.random.Generator) -> _Spots:
    """A settlement's areas, packed like seeds in a sunflower and closer at the centre; those at sea are mirrored."""
    count = round(town.people / _PEOPLE_AN_AREA)
    share = (np.arange(count) + 0.5) / count
    reach = layout.radius_km(town) * share**0.6
    angle = np.arange(count) * _GOLDEN_ANGLE + rng.uniform(0, 2 * np.pi)
    centre = np.array([town.x, town.y])
    away = np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1) + rng.normal(0.0, 0.12, (count, 2))
    points = centre + away
    at_sea = ~layout.within(points, land)
    points[at_sea] = (centre - away)[at_sea]
    return _Spots(points, np.full(count, index), 1.0 - share, _quarters(town, share, away))


def _quarters(town: Settlement, share: Floats, away: Floats) -> list[str]:
    """Names such as `Kesterham Castle 3`: a quarter by direction, and a number within it."""
    turn = (np.arctan2(away[:, 1], away[:, 0]) / (2 * np.pi)) % 1.0
    counted: dict[str, int] = {}
    found = []
    for around, out in zip(turn.tolist(), share.tolist(), strict=True):
        quarter = _quarter(town.kind, around, out)
        counted[quarter] = counted.get(quarter, 0) + 1
        found.append(" ".join(word for word in (town.name, quarter, str(counted[quarter])) if word))
    return found


def _quarter(kind: str, around: float, out: float) -> str:
    """The quarter of a settlement at a direction (0..1, anticlockwise from east) and a share of the way out."""
    if kind == "market":
        return ""
    if out < (0.08 if kind == "city" else 0.2):
        return "Centre"
    ring = names.TOWN_SECTORS if kind == "town" else names.CITY_INNER if out < 0.4 else names.CITY_OUTER
    offset = 0.5 / len(ring) if kind == "town" else 0.0
    return ring[int(((around + offset) % 1.0) * len(ring))]


def _villages(count: int, land: Floats, taken: Floats, rng: np.random.Generator, avoid: Floats | None = None) -> Floats:
    """`count` points on `land`, each the one of six tries furthest from its neighbours: even but not regular."""
    low, high = land.min(axis=0), land.max(axis=0)
    every = rng.uniform(low, high, (count * 60, 2))
    keep = layout.within(every, land)
    if avoid is not None:
        keep &= ~layout.within(every, avoid) & (layout.km_to_line(every, avoid, closed=True) < RIM_KM)
    every = every[keep]
    tries = min(6, len(every) // count)
    for i in range(count):
        offered = every[i * tries : (i + 1) * tries]
        room = np.hypot(*(offered[:, None, :] - taken).transpose(2, 0, 1)).min(axis=1)
        taken = np.concatenate([taken, offered[[room.argmax()]]])
    return taken[-count:]


def _deciles(seed: int, points: Floats, settlement: Ints, centrality: Floats, outside: NDArray[np.bool_]) -> Ints:
    """Deciles 1..10: near a tenth of the inside areas each, as nationally; poor at town centres and on the coast."""
    rng = stream(seed, "deprivation")
    city = layout.SETTLEMENTS[0]
    base = np.array(
        [0.0, *({"city": 0.35, "town": 0.2, "market": 0.3}[s.kind] + s.fortune for s in layout.SETTLEMENTS)]
    )
    score = base[settlement + 1] - 1.1 * centrality * (base[settlement + 1] < 0.6)
    from_city = np.hypot(points[:, 0] - city.x, points[:, 1] - city.y)
    score += np.where(settlement < 0, 0.65 * np.exp(-(((from_city - 12) / 7) ** 2)), 0.0)
    west = np.clip((city.x - points[:, 0]) / 5.0, -1, 1)
    score += np.where(settlement == 0, 0.55 * west, 0.0)
    score += _bumps(points, rng) + rng.normal(0.0, np.where(settlement < 0, 0.38, 0.5))
    cuts = np.quantile(score[~outside], np.cumsum([0.095, 0.098, 0.1, 0.102, 0.105, 0.105, 0.102, 0.1, 0.098]))
    return np.searchsorted(cuts, score) + 1


def _bumps(points: Floats, rng: np.random.Generator) -> Floats:
    """A smooth pattern of better and worse off country: what neighbours share."""
    centres = rng.uniform(points.min(axis=0), points.max(axis=0), (40, 2))
    height = rng.normal(0.0, 0.3, 40)
    squared = ((points[:, None, :] - centres) ** 2).sum(axis=2)
    pattern: Floats = (height * np.exp(-squared / (2 * 5.0**2))).sum(axis=1)
    return pattern


def _no_car(seed: int, decile: Ints, settlement: Ints, centrality: Floats) -> Floats:
    """Share of people without a car: more where it is dense and where it is deprived; judged."""
    density = {"city": 0.45, "urban": 0.25, "town": -0.15, "rural": -0.75}
    dense = np.array([density[kind] for kind in _kinds(settlement)])
    noise = stream(seed, "cars").normal(0.0, 0.15, len(decile))
    odds = -2.15 + dense + 0.75 * centrality + 0.17 * (5.5 - decile) + noise
    return np.round(1.0 / (1.0 + np.exp(-odds)), 3)


def _districts(points: Floats, settlement: Ints, outside: NDArray[np.bool_]) -> Texts:
    """The district of the nearest seat, a settlement whole; `Beyond the county` in the rim."""
    seats = [s for s in layout.SETTLEMENTS if s.name in layout.DISTRICTS]
    centres = np.array([(s.x, s.y) for s in layout.SETTLEMENTS])
    home = np.where((settlement >= 0)[:, None], centres[settlement], points)
    # The city's district is drawn tight, as cities' are: it counts as further from any point than it is.
    stretch = np.array([1.5 if s.kind == "city" else 1.0 for s in seats])
    away = stretch * np.hypot(*(home[:, None, :] - np.array([(s.x, s.y) for s in seats])).transpose(2, 0, 1))
    named = np.array([layout.DISTRICTS[s.name] for s in seats])[away.argmin(axis=1)]
    return np.where(outside, "Beyond the county", named)


def _people(seed: int, points: Floats, decile: Ints, settlement: Ints) -> Ints:
    """People by age band: int[area, band]; students near the university, older people by the sea and in the country."""
    rng = stream(seed, "people")
    total = _PEOPLE_AN_AREA * rng.lognormal(0.0, 0.14, len(points))
    inside = total[:AREAS]
    total = np.round(total * PEOPLE / inside.sum()).astype(np.int64)
    log_shares = np.log(np.array(AGE_SHARES_BY_DECILE))[decile - 1]
    by_sea = np.exp(-layout.km_to_line(points, layout.COAST, closed=False) / 4.0)
    rural = np.array([{"city": -0.5, "urban": 0.0, "town": 0.55, "rural": 0.8}[k] for k in _kinds(settlement)])
    older = 0.28 * rural + 0.8 * by_sea + rng.normal(0.0, 0.14, len(points))
    log_shares += np.outer(older, [-0.15, -0.3, -0.05, 1.0, 1.0, 0.8])
    city = layout.SETTLEMENTS[0]
    campus = np.array([city.x + 0.9, city.y - 1.6])
    students = 2.1 * (settlement == 0) * np.exp(-(np.hypot(*(points - campus).T) ** 2) / (2 * 1.1**2))
    log_shares += np.outer(students, [-0.5, 1.0, -0.15, -0.5, -0.5, -0.4])
    log_shares += rng.normal(0.0, 0.06, log_shares.shape)
    shares = np.exp(log_shares)
    shares /= shares.sum(axis=1, keepdims=True)
    return rng.multinomial(total, shares)
