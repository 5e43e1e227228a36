"""The lie of the land: the county's outline, its coast to the east, and where its city and towns are, in kilometres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .chance import Floats

ORIGIN_METRES = (590_000, 700_000)
"""British National Grid easting and northing of the layout's corner: open sea, some 150 km from any real county."""

OUTLINE: Floats = np.array(
    [(4, 10), (0, 26), (6, 42), (3, 54), (20, 62), (38, 59), (52, 64), (58, 56), (62, 46), (60, 38), (66, 30), (70, 20),
     (64, 10), (58, 2), (44, 5), (30, 0), (16, 4)],
    dtype=np.float64,
)  # fmt: skip
LAND: Floats = np.array(
    [(-24, -24), (50, -24), (54, -10), (58, 2), (64, 10), (70, 20), (66, 30), (60, 38), (62, 46), (58, 56), (52, 64),
     (48, 74), (44, 86), (-24, 86)],
    dtype=np.float64,
)  # fmt: skip
COAST: Floats = LAND[2:13]


@dataclass(frozen=True)
class Settlement:
    """A city, town or market town. `x`, `y` km; `fortune` shifts how well off it is, in spreads of the county."""

    name: str
    kind: str
    x: float
    y: float
    people: int
    fortune: float
    coastal: bool = False
    outside: bool = False


SETTLEMENTS = (
    Settlement("Kesterham", "city", 30, 30, 200_000, 0.00),
    Settlement("Ironbeck", "town", 14, 44, 66_000, -0.75),
    Settlement("Marlethorpe", "town", 46, 14, 60_000, 0.35),
    Settlement("Saltrigg", "town", 58.5, 47, 58_000, -0.80, coastal=True),
    Settlement("Winterness", "town", 65, 22, 44_000, -0.45, coastal=True),
    Settlement("Brackenstow", "town", 12, 16, 42_000, 0.15),
    Settlement("Aldwith", "market", 41, 45, 18_000, 0.10),
    Settlement("Maplewith", "market", 38, 20, 16_000, 0.80),
    Settlement("Elderby", "market", 20, 35, 15_000, 0.60),
    Settlement("Oldersby", "market", 23, 9, 14_000, 0.05),
    Settlement("Stannick", "market", 25, 54, 13_000, -0.25),
    Settlement("Grainsford", "market", 51, 33, 12_000, 0.10),
    Settlement("Staveholme", "market", 57, 9, 11_000, 0.00, coastal=True),
    Settlement("Fenwold", "market", 49, 56, 10_000, -0.10),
    Settlement("Tarnwick", "market", 6, 31, 10_000, 0.15),
    Settlement("Thistleby", "market", 34, 5, 9_000, 0.30),
    Settlement("Harrowmere", "town", -5, 34, 34_000, -0.10, outside=True),
    Settlement("Rushwater", "market", 38, -6, 22_000, 0.10, outside=True),
    Settlement("Coldmere", "market", 29, 68, 16_000, -0.10, outside=True),
)

DISTRICTS = {
    "Kesterham": "Kesterham",
    "Ironbeck": "Ironbeck Vale",
    "Marlethorpe": "South Marle",
    "Saltrigg": "Saltrigg Coast",
    "Winterness": "Winterness and Marsh",
    "Brackenstow": "West Bracken",
}
"""District by the town that is its seat."""

PEOPLE_PER_KM2 = {"city": 2_700.0, "town": 2_600.0, "market": 2_300.0}


def radius_km(settlement: Settlement) -> float:
    """How far a settlement reaches from its centre, km."""
    return float(np.sqrt(settlement.people / PEOPLE_PER_KM2[settlement.kind] / np.pi))


def within(points: Floats, outline: Floats) -> NDArray[np.bool_]:
    """Which `points[point, 2]` lie inside the closed `outline[corner, 2]`: bool[point], by counting crossings."""
    x, y = points[:, 0:1], points[:, 1:2]
    (x0, y0), (x1, y1) = outline.T, np.roll(outline, -1, axis=0).T
    spans = (y0 > y) != (y1 > y)
    rise = np.where(y1 == y0, 1.0, y1 - y0)
    crossings: NDArray[np.int64] = (spans & (x < x0 + (y - y0) * (x1 - x0) / rise)).sum(axis=1)
    odd: NDArray[np.bool_] = crossings % 2 == 1
    return odd


def km_to_line(points: Floats, line: Floats, *, closed: bool) -> Floats:
    """Distance of `points[point, 2]` from the nearest point of a line of corners: float[point], km."""
    start = line if closed else line[:-1]
    along = (np.roll(line, -1, axis=0) if closed else line[1:]) - start
    gap = points[:, None, :] - start
    share = np.clip((gap * along).sum(axis=2) / (along**2).sum(axis=1), 0.0, 1.0)
    distance: Floats = np.sqrt(((gap - share[:, :, None] * along) ** 2).sum(axis=2)).min(axis=1)
    return distance
