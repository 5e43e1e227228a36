"""Longitude and latitude to the British National Grid, and whether points lie in the country.

The shift from WGS84 to OSGB36 is the Ordnance Survey's published seven-number transformation (good to about 5 metres)
and the projection its transverse Mercator: Ordnance Survey, A guide to coordinate systems in Great Britain, annexes
B and C. Every place is thus on one flat grid, whatever its tables give, and distances are those of the map.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BOUNDS = {"bng": ((0.0, 700_000.0), (0.0, 1_300_000.0)), "lonlat": ((-9.0, 2.5), (49.0, 61.0))}
"""What counts as inside the country: (x from, to), (y from, to), in metres or degrees."""

_LONLAT = "These look like longitude and latitude: write coordinates: lonlat in place.yaml."

_WGS84 = (6_378_137.0, 6_356_752.314245)
_AIRY = (6_377_563.396, 6_356_256.909)  # semi-axes in metres
_SHIFT = (-446.448, 125.157, -542.060)  # metres
_SCALE = 20.4894e-6
_TURN = tuple(np.deg2rad(seconds / 3600) for seconds in (-0.1502, -0.2470, -0.8421))
_F0, _LAT0, _LON0, _E0, _N0 = 0.9996012717, np.deg2rad(49.0), np.deg2rad(-2.0), 400_000.0, -100_000.0


def to_metres(x: Floats, y: Floats, coordinates: str) -> tuple[Floats, Floats]:
    """Easting and northing in metres from coordinates `bng` (metres already) or `lonlat` (degrees, WGS84)."""
    return (x, y) if coordinates == "bng" else national_grid(x, y)


def national_grid(longitude: Floats, latitude: Floats) -> tuple[Floats, Floats]:
    """Easting and northing in metres of points in degrees on WGS84."""
    lat, lon = _shifted(np.deg2rad(latitude), np.deg2rad(longitude))
    a, b = _AIRY[0] * _F0, _AIRY[1] * _F0
    e2 = 1 - (b / a) ** 2
    sin, cos, tan2 = np.sin(lat), np.cos(lat), np.tan(lat) ** 2
    nu = a / np.sqrt(1 - e2 * sin**2)
    eta2 = (1 - e2 * sin**2) / (1 - e2) - 1
    p = (lon - _LON0) * cos
    even = p**2 / 2 + (5 - tan2 + 9 * eta2) * p**4 / 24 + (61 - 58 * tan2 + tan2**2) * p**6 / 720
    north = _N0 + _meridian(lat, a, b) + nu * np.tan(lat) * even
    fifth = (5 - 18 * tan2 + tan2**2 + 14 * eta2 - 58 * tan2 * eta2) * p**5 / 120
    east = _E0 + nu * (p + (1 + eta2 - tan2) * p**3 / 6 + fifth)
    return east, north


def outside_country(x: Floats, y: Floats, coordinates: str) -> NDArray[np.bool_]:
    """Which points lie outside `BOUNDS`; a missing coordinate does not count."""
    (x0, x1), (y0, y1) = BOUNDS[coordinates]
    return (x < x0) | (x > x1) | (y < y0) | (y > y1)


def what_went_wrong(x: Floats, y: Floats, coordinates: str) -> str:
    """The likely reason why points lie outside the country: swapped, in the other system, or in kilometres."""

    def inside(a: Floats, b: Floats, system: str) -> bool:
        return bool(np.mean(outside_country(a, b, system)) < 0.5)

    if coordinates == "bng" and (inside(x, y, "lonlat") or inside(y, x, "lonlat")):
        return _LONLAT
    if coordinates == "lonlat" and inside(y, x, "lonlat"):
        return "Longitude and latitude look swapped: x is longitude (-9 to 2.5), y latitude (49 to 61)."
    if coordinates == "lonlat" and (np.abs(x) > 180).mean() > 0.5 and inside(x, y, "bng"):
        return "These look like metres on the National Grid: write coordinates: bng in place.yaml."
    if coordinates == "bng" and inside(y, x, "bng"):
        return "x and y look swapped: x is the easting (0 to 700,000), y the northing (0 to 1,300,000)."
    return ""


def other_system(x: Floats, y: Floats, coordinates: str) -> str:
    """A reason to doubt points that lie inside the bounds: degrees or kilometres where metres are due, or swapped."""
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    if coordinates != "bng" or not len(x):
        return ""
    if not outside_country(x, y, "lonlat").any() or not outside_country(y, x, "lonlat").any():
        return _LONLAT
    if x.max() <= 700 and y.max() <= 1_300:
        return "These look like kilometres: give metres."
    if _on_land(x, y).mean() < 0.5 and _on_land(y, x).all():
        return "Most of these lie in the sea, and on land with x and y swapped: x is the easting, y the northing."
    return ""


_LAND = "012345 123456 123456 23456 2345 12345 1234 0123 01234 0123 1234 34 4"
"""Hundred-kilometre squares of the National Grid with land: their eastings, for each northing from 0."""


def _on_land(x: Floats, y: Floats) -> NDArray[np.bool_]:
    land = np.zeros((13, 7), dtype=bool)
    for northing, eastings in enumerate(_LAND.split()):
        land[northing, [int(e) for e in eastings]] = True
    inside = ~outside_country(x, y, "bng") & (x < 700_000) & (y < 1_300_000)
    row, column = (np.where(inside, v // 100_000, 0).astype(np.int64) for v in (y, x))
    return inside & land[row, column]


def _shifted(lat: Floats, lon: Floats) -> tuple[Floats, Floats]:
    """Radians on WGS84 to radians on OSGB36, through earth-centred coordinates."""
    a, b = _WGS84
    e2 = 1 - (b / a) ** 2
    nu = a / np.sqrt(1 - e2 * np.sin(lat) ** 2)
    x, y, z = nu * np.cos(lat) * np.cos(lon), nu * np.cos(lat) * np.sin(lon), (1 - e2) * nu * np.sin(lat)
    rx, ry, rz = _TURN
    k = 1 + _SCALE
    x, y, z = (
        _SHIFT[0] + k * x - rz * y + ry * z,
        _SHIFT[1] + rz * x + k * y - rx * z,
        _SHIFT[2] - ry * x + rx * y + k * z,
    )
    a, b = _AIRY
    e2 = 1 - (b / a) ** 2
    across = np.hypot(x, y)
    latitude = np.arctan2(z, across * (1 - e2))
    for _ in range(6):
        nu = a / np.sqrt(1 - e2 * np.sin(latitude) ** 2)
        latitude = np.arctan2(z + e2 * nu * np.sin(latitude), across)
    return latitude, np.arctan2(y, x)


def _meridian(lat: Floats, a: float, b: float) -> Floats:
    """Length of the meridian from the true origin, metres."""
    n = (a - b) / (a + b)
    less, more = lat - _LAT0, lat + _LAT0
    terms: Floats = (
        (1 + n + 5 / 4 * n**2 + 5 / 4 * n**3) * less
        - (3 * n + 3 * n**2 + 21 / 8 * n**3) * np.sin(less) * np.cos(more)
        + (15 / 8 * n**2 + 15 / 8 * n**3) * np.sin(2 * less) * np.cos(2 * more)
        - 35 / 24 * n**3 * np.sin(3 * less) * np.cos(3 * more)
    )
    return b * terms
