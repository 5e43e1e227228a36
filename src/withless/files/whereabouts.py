"""Where things lie against each other: areas and venues far apart, x and y swapped, and travel times that are not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..place import Place
from .columns import Checked
from .faults import Fault
from .instances import ReadInstance

Floats = NDArray[np.float64]

FAR_KM = 15.0
"""Least distance to the nearest area at which a venue is far from all."""

SLOWEST, FASTEST = 1.0, 130.0
"""Usual speeds, in a straight line, beyond which a table of travel times is in another unit."""

_SPREAD = 5.0
"""Times the widest usual gap between neighbouring areas beyond which a point is far from all."""


def check_points_together(
    place: Place, read: Sequence[ReadInstance], areas: tuple[str, Sequence[int]], faults: list[Fault]
) -> None:
    """Tell areas far from all other areas, and venues far from every area.

    `areas` are the file of areas and the row of each.
    """
    points = np.column_stack([place.areas.x_km, place.areas.y_km])
    near = _to_next(points)
    far = np.maximum(FAR_KM, _SPREAD * float(np.quantile(near, 0.8))) if len(points) > 1 else FAR_KM
    _areas(points, near, float(far), areas, faults)
    for instance in read:
        if instance.instance is None:
            continue
        for name, checked in instance.tables.items():
            table = instance.instance.tables[name]
            if checked.sound and {"x", "y"} <= checked.given:
                there = np.column_stack([table.numbers("x"), table.numbers("y")]) / 1000
                _venues(points, there, float(far), checked, faults)


def _to_next(points: Floats) -> Floats:
    """Kilometres from every point to the next."""
    if len(points) < 2:
        return np.zeros(len(points))
    return np.asarray(cKDTree(points).query(points, k=2)[0], dtype=np.float64)[:, 1]


def _areas(points: Floats, near: Floats, far: float, areas: tuple[str, Sequence[int]], faults: list[Fault]) -> None:
    """Single areas far from all others: zeros, swapped coordinates, a digit lost."""
    file, rows = areas
    if len(points) < 4:
        return
    far = max(far, 20.0)
    for i in np.flatnonzero(near > far)[:3]:
        others = np.delete(points, i, axis=0)
        swapped = np.hypot(*(others - points[i][::-1]).T).min() < far
        mend = "With x and y swapped it lies among them." if swapped else "Check its coordinates."
        found = f"an area {near[i]:,.0f} km from the next"
        severity = "error" if swapped or not points[i].any() else "warning"
        faults.append(Fault(file, int(rows[i]), "x, y", found, "areas next to each other", mend, severity))


def _venues(points: Floats, there: Floats, far: float, checked: Checked, faults: list[Fault]) -> None:
    """Venues far from every area: one sentence for all, an error where most are or where they only have x and y swapped."""
    known = np.isfinite(there).all(axis=1)
    tree = cKDTree(points)
    away = np.zeros(len(there))
    away[known] = tree.query(there[known])[0]
    out = np.flatnonzero(away > far)
    if not len(out):
        return
    back = np.asarray(tree.query(there[out][:, ::-1])[0], dtype=np.float64) < far
    swapped = bool(back.mean() > 0.5)
    mend = "With x and y swapped, in this table or in the areas, they lie among them." if swapped else (
        "Check the coordinates of both tables; a venue that nobody can reach is used by nobody."
    )  # fmt: skip
    found = f"{len(out)} of {len(there)} farther than {far:,.0f} km from every area (the first {away[out[0]]:,.0f} km)"
    severity = "error" if swapped or len(out) > len(there) / 2 else "warning"
    faults.append(
        Fault(checked.file, int(checked.rows[out[0]]), "x, y", found, "venues within reach of an area", mend, severity)
    )


def check_travel(place: Place, tables: Mapping[str, Checked], faults: list[Fault]) -> None:
    """Say how many pairs of area, venue and mode the travel table lacks, and how many it says cannot be reached."""
    travel, venues = tables.get("travel"), tables.get("venues")
    if travel is None or venues is None or not travel.sound or not venues.sound:
        return
    t = travel.table
    modes = sorted(set(t.words("mode")))
    pairs = len(place.areas) * len(venues.rows) * 2
    missing = pairs - len(t)
    if missing > 0:
        only = f", none of mode {'no_car' if modes == ['car'] else 'car'}" if len(modes) == 1 else ""
        found = f"{len(t):,} of {pairs:,} pairs of area, venue and mode{only}"
        mend = (
            f"Straight lines stand for the other {missing:,}. For a pair that cannot be reached, write the row with minutes "
            "blank or unreachable."
        )
        faults.append(Fault(travel.file, None, "minutes", found, "every pair", mend, "warning"))
    _speeds(place, travel, venues, faults)
    cut = np.isnan(t.numbers("minutes"))
    if cut.any():
        found = f"{int(cut.sum()):,} pairs without minutes"
        row = int(travel.rows[int(np.flatnonzero(cut)[0])])
        faults.append(
            Fault(travel.file, row, "minutes", found, "minutes", "They are taken as out of reach.", "warning")
        )


def _speeds(place: Place, travel: Checked, venues: Checked, faults: list[Fault]) -> None:
    """Warn of times that are hours or seconds: the usual speed, in a straight line, is no car's and no bus's."""
    t, v = travel.table, venues.table
    if not {"x", "y"} <= venues.given:
        return
    x, y = v.numbers("x") / 1000, v.numbers("y") / 1000
    at_venue = dict(zip(v.words("id"), zip(x, y, strict=True), strict=True))
    at_area = dict(zip(place.areas.ids, zip(place.areas.x_km, place.areas.y_km, strict=True), strict=True))
    ends = np.array([(*at_area[a], *at_venue[b]) for a, b in zip(t.words("area"), t.words("venue"), strict=True)])
    km = np.hypot(ends[:, 0] - ends[:, 2], ends[:, 1] - ends[:, 3])
    far = (km > 1) & (t.numbers("minutes") >= 0)
    if far.sum() < 5:
        return
    speed = float(np.median(60 * km[far] / np.maximum(t.numbers("minutes")[far], 0.1)))
    if not SLOWEST <= speed <= FASTEST:
        found = f"a usual speed of {speed:,.3g} km an hour in a straight line"
        mend = (
            "Are the times in hours?"
            if speed > FASTEST
            else "Are the times in seconds, or there and back with waiting?"
        )
        expected = f"{SLOWEST:g} to {FASTEST:g} km an hour (judged)"
        faults.append(Fault(travel.file, None, "minutes", found, expected, mend, "warning"))
