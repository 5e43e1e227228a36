"""Where the libraries, museums, pools and sports centres are, how large, how long they open and who runs them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from . import layout
from .chance import Floats, stream
from .geography import County

SERVICES = {"libraries": "library", "museums": "museum", "pools": "pool", "sports_centres": "sports"}
"""Service by the type its venues have."""

_PREFIX = {"libraries": "LIB", "museums": "MUS", "pools": "POL", "sports_centres": "SPO"}


@dataclass(frozen=True)
class Site:
    """A venue before its users and money: `x`, `y` km, `size` relative to a market town's, hours a week."""

    id: str
    name: str
    tier: str
    x: float
    y: float
    size: float
    hours: float
    staffed_hours: float
    run_by: str
    outside: bool


@dataclass(frozen=True)
class _Spot:
    """A venue's name and place. `tier`: city, town, market, branch or village."""

    name: str
    tier: str
    x: float
    y: float
    outside: bool = False


_SIZES = {
    "libraries": {"city": 9.0, "town": 3.2, "market": 1.5, "branch": 1.0, "village": 0.5},
    "museums": {"city": 5.0, "town": 1.6, "market": 0.8, "branch": 1.4},
    "pools": {"city": 2.0, "town": 1.3, "market": 0.9, "branch": 1.1},
    "sports_centres": {"city": 2.0, "town": 1.4, "market": 0.8, "branch": 1.0},
}
_HOURS = {
    "libraries": {"city": 59.0, "town": 47.5, "market": 36.5, "branch": 32.0, "village": 18.5},
    "museums": {"city": 45.0, "town": 36.0, "market": 28.0, "branch": 36.0},
    "pools": {"city": 96.0, "town": 88.0, "market": 70.0, "branch": 78.0},
    "sports_centres": {"city": 101.0, "town": 95.0, "market": 84.0, "branch": 88.0},
}
_MOST_HOURS = 105.0
_BRANCHES = {"Kesterham": 6, "Ironbeck": 2, "Marlethorpe": 2, "Saltrigg": 1, "Winterness": 1, "Brackenstow": 1}
_VILLAGE_LIBRARIES = 7
_MUSEUMS = (
    ("Kesterham Museum and Art Gallery", "Kesterham", "city"),
    ("Kesterham Mill Museum", "Kesterham", "branch"),
    ("Castle House", "Kesterham", "branch"),
    ("Ironbeck Foundry Museum", "Ironbeck", "town"),
    ("Saltrigg Seaside Museum", "Saltrigg", "town"),
    ("Winterness Harbour Museum", "Winterness", "town"),
    ("Marlethorpe Museum", "Marlethorpe", "town"),
    ("Aldwith Wool Hall", "Aldwith", "market"),
    ("Harrowmere Museum", "Harrowmere", "town"),
)
_SPORTS_MARKETS = ("Maplewith", "Oldersby", "Elderby", "Stannick")
_RUN_BY = {
    "museums": {"Kesterham Mill Museum": "trust", "Aldwith Wool Hall": "trust"},
    "pools": {"Kesterham": "commissioned", "Marlethorpe": "trust", "Aldwith": "trust"},
    "sports_centres": {"Kesterham": "commissioned", "Saltrigg": "trust", "Marlethorpe": "trust", "Maplewith": "trust"},
}
_COMMUNITY_LIBRARIES = 5


def draw_sites(seed: int, county: County) -> dict[str, tuple[Site, ...]]:
    """Every service's venues, those inside the county first: {service: sites}."""
    return {
        "libraries": _dressed(seed, "libraries", _libraries(seed, county)),
        "museums": _dressed(seed, "museums", [_at(name, town, tier, seed) for name, town, tier in _MUSEUMS]),
        "pools": _dressed(seed, "pools", _leisure(seed, county, "Pool", ("Aldwith",))),
        "sports_centres": _dressed(seed, "sports_centres", _leisure(seed, county, "Sports Centre", _SPORTS_MARKETS)),
    }


def _town(name: str) -> layout.Settlement:
    return next(s for s in layout.SETTLEMENTS if s.name == name)


def _at(name: str, town_name: str, tier: str, seed: int) -> _Spot:
    """A venue near the middle of a town, within a third of its reach."""
    town = _town(town_name)
    rng = stream(seed, f"spot {name}")
    away = layout.radius_km(town) * 0.33 * np.sqrt(rng.uniform())
    angle = rng.uniform(0, 2 * np.pi)
    # Toward the land where the town is by the sea, so that no venue floats.
    east = -abs(np.cos(angle)) if town.coastal else np.cos(angle)
    return _Spot(name, tier, town.x + away * east, town.y + away * np.sin(angle), town.outside)


def _libraries(seed: int, county: County) -> list[_Spot]:
    """A main library in every town, branches where a town has most people far from one, seven villages."""
    spots = [_at("Kesterham Central Library", "Kesterham", "city", seed)]
    for town in layout.SETTLEMENTS[1:]:
        spots.append(_at(f"{town.name} Library", town.name, "town" if town.kind == "town" else "market", seed))
    weight = county.residents.astype(np.float64)
    for index, town in enumerate(layout.SETTLEMENTS):
        for _ in range(_BRANCHES.get(town.name, 0)):
            area = _least_served(county, spots, weight * (county.settlement == index))
            spots.append(_branch(county, area, "branch", "Library"))
    for _ in range(_VILLAGE_LIBRARIES):
        area = _least_served(county, spots, weight * ((county.settlement < 0) & ~county.outside))
        spots.append(_branch(county, area, "village", "Library"))
    return spots


def _leisure(seed: int, county: County, what: str, markets: tuple[str, ...]) -> list[_Spot]:
    """One in every town inside and in the rim, two more in the city, and some market towns."""
    spots = [_at(f"Kesterham {what}", "Kesterham", "city", seed)]
    for town in layout.SETTLEMENTS[1:]:
        if town.kind == "town" or town.name in markets or town.name == "Rushwater":
            spots.append(_at(f"{town.name} {what}", town.name, "town" if town.kind == "town" else "market", seed))
    in_city = county.residents * (county.settlement == 0) * (county.centrality > 0.3)
    for _ in range(2):
        spots.append(_branch(county, _least_served(county, spots, in_city.astype(np.float64)), "branch", what))
    return spots


def _least_served(county: County, spots: list[_Spot], weight: Floats) -> int:
    """The area of most weight times distance from the nearest venue so far."""
    gaps = [np.hypot(county.x - s.x, county.y - s.y) for s in spots]
    return int((weight * np.min(gaps, axis=0)).argmax())


def _branch(county: County, area: int, tier: str, what: str) -> _Spot:
    """A venue in an area, named after it: the quarter's own name in the city, with the town's elsewhere."""
    plain = str(county.names[area]).rstrip("0123456789 ")
    plain = plain.removeprefix("Kesterham ")
    return _Spot(f"{plain} {what}", tier, float(county.x[area]), float(county.y[area]))


def _dressed(seed: int, service: str, spots: list[_Spot]) -> tuple[Site, ...]:
    """Ids, sizes, hours and who runs each; inside first, then the rim."""
    rng = stream(seed, f"sites {service}")
    ordered = sorted(spots, key=lambda s: s.outside)
    inside = sum(1 for s in ordered if not s.outside)
    sites = []
    for i, spot in enumerate(ordered):
        number = f"{i + 1:02d}" if i < inside else f"X{i - inside + 1}"
        size = _SIZES[service][spot.tier] * float(rng.lognormal(0.0, 0.22))
        hours = min(round(2 * _HOURS[service][spot.tier] * float(rng.lognormal(0.0, 0.10))) / 2, _MOST_HOURS)
        unstaffed = 0.22 if service == "libraries" and rng.uniform() < 0.4 else 0.0
        sites.append(
            Site(
                f"{_PREFIX[service]}{number}", spot.name, spot.tier, spot.x, spot.y, size, hours,
                round(2 * hours * (1 - unstaffed)) / 2, _run_by(service, spot.name), spot.outside,
            )
        )  # fmt: skip
    return _handed_over(_named_apart(sites)) if service == "libraries" else tuple(_named_apart(sites))


def _run_by(service: str, name: str) -> str:
    """Who runs a venue: the first listed name that its own begins with, else the council."""
    listed = _RUN_BY.get(service, {})
    return next((who for start, who in listed.items() if name.startswith(start)), "council")


def _named_apart(sites: list[Site]) -> list[Site]:
    """A venue of a name that is taken gets a word more, such as `Parkside Road Library`."""
    used: set[str] = set()
    apart = []
    for site in sites:
        first, _, last = site.name.rpartition(" ")
        options = [site.name, *(f"{first} {word} {last}" for word in ("Road", "Green", "Cross", "Lane"))]
        name = next(option for option in options if option not in used)
        used.add(name)
        apart.append(replace(site, name=name))
    return apart


def _handed_over(sites: list[Site]) -> tuple[Site, ...]:
    """The smallest branch and village libraries that communities already run, as 14 in 100 of England's are."""
    small = sorted((s for s in sites if s.tier in ("branch", "village") and not s.outside), key=lambda s: s.size)
    given = {s.id for s in small[:_COMMUNITY_LIBRARIES]}
    return tuple(
        replace(s, run_by="community", hours=min(s.hours, 21.0), staffed_hours=min(s.staffed_hours, 4.0))
        if s.id in given
        else s
        for s in sites
    )
