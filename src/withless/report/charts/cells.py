"""Cells of areas of which only the centres are known: everything nearer to a centre than to any other, within reach of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
NEIGHBOURS = 6
"""A cell reaches no further than this many-th neighbour of its centre, a little more: so a coast is not drawn out to sea."""
REACH = 1.15
CORNERS = 20


def cells(x: Floats, y: Floats) -> list[Floats]:
    """A convex polygon [corner, 2] around every centre; empty for the second of two centres in one place."""
    from scipy.spatial import Voronoi, cKDTree

    centres = np.column_stack([x, y]).astype(np.float64)
    span = float(np.ptp(centres, axis=0).max()) or 1.0
    n = len(centres)
    if n < 3:
        return [_disc(c, 0.2 * span) for c in centres]
    far = span * 20
    turn = np.arange(8) * np.pi / 4 + 0.1
    guards = centres.mean(axis=0) + far * np.column_stack([np.cos(turn), np.sin(turn)])
    found = Voronoi(np.vstack([centres, guards]), qhull_options="Qbb Qc Qz QJ")
    apart, _ = cKDTree(centres).query(centres, k=min(NEIGHBOURS + 1, n))
    reach = REACH * np.asarray(apart)[:, -1]
    made = []
    for i, centre in enumerate(centres):
        region = found.regions[found.point_region[i]]
        if not region or -1 in region:
            made.append(np.empty((0, 2)))
            continue
        polygon = found.vertices[region]
        if np.hypot(*(polygon - centre).T).max() > reach[i]:
            polygon = _clipped(polygon, _disc(centre, float(reach[i])))
        made.append(polygon)
    return made


def _disc(centre: Floats, radius: float) -> Floats:
    turn = np.arange(CORNERS) * 2 * np.pi / CORNERS
    return np.asarray(centre + radius * np.column_stack([np.cos(turn), np.sin(turn)]))


def _clipped(polygon: Floats, window: Floats) -> Floats:
    """The part of a convex polygon inside a convex window whose corners go anticlockwise (Sutherland and Hodgman, 1974)."""
    for a, b in zip(window, np.roll(window, -1, axis=0), strict=True):
        if len(polygon) == 0:
            break
        side = (b[0] - a[0]) * (polygon[:, 1] - a[1]) - (b[1] - a[1]) * (polygon[:, 0] - a[0])
        if (side >= 0).all():
            continue
        after, side_after = np.roll(polygon, -1, axis=0), np.roll(side, -1)
        kept = []
        for p, q, s, t in zip(polygon, after, side, side_after, strict=True):
            if s >= 0:
                kept.append(p)
            if (s >= 0) != (t >= 0):
                kept.append(p + (q - p) * s / (s - t))
        polygon = np.asarray(kept).reshape(-1, 2)
    return polygon
