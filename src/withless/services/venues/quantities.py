"""What promises may be checked on, and what becomes of each venue in a word."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws
from ...cache import kept
from ...place import Instance, Place
from ...plan import Settings
from . import effects, travel
from .baseline import today, world
from .effects import State
from .model import hours_open, result, stay_share
from .tables import inside

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def quantity(
    place: Place,
    instance: Instance,
    settings: Settings,
    draws: Draws,
    what: str,
    arguments: Mapping[str, float | str],
    host_ids: tuple[str, ...],
) -> Floats:
    """One of `tables.QUANTITIES` under the settings, float[draw, quarter]."""
    ours, quarters = inside(instance), settings.quarters
    if what == "stay_share":
        share = stay_share(place, instance, settings, draws)
        return np.repeat(share[:, None], quarters, axis=1)
    if what in ("visits", "users_of"):
        r = result(place, instance, settings, draws, host_ids)
        if what == "visits":
            return np.asarray(r.visits[:, :, ours].sum(axis=2))
        return np.asarray(r.users[:, :, instance.tables["venues"].words("id").index(str(arguments["venue"]))])
    sites = effects.sites_for(place, instance, settings, host_ids)
    w = world(place, instance, draws, sites)
    state = effects.state(place, instance, settings, draws, w, today(place, instance, draws))
    if what == "venues_open":
        return np.asarray(state.open[:, :, ours].sum(axis=2))
    if what == "hours_open":
        return np.asarray(hours_open(instance, state)[:, :, ours].sum(axis=2))
    people, no_car = place.areas.people.sum(axis=1), w.speeds.no_car
    by_mode = np.stack([1 - no_car, no_car], axis=1) * (people * ~place.areas.outside)
    draw, which, minutes = nearest_minutes(place, instance, draws, sites, state)
    if what == "people_beyond":
        levels = np.einsum("pma,pma->p", by_mode[draw], minutes > float(arguments["minutes"]))
    else:
        levels = np.where(by_mode[draw] > 0, minutes, 0.0).max(axis=(1, 2))
    return np.where(np.isfinite(levels), levels, np.nan)[which]


def nearest_minutes(
    place: Place, instance: Instance, draws: Draws, sites: travel.Sites, state: State
) -> tuple[Ints, Ints, Floats]:
    """Minutes to the nearest open venue, inside or out, for every case: a draw with a set of open venues.

    Returns the draw of each case, which[draw, quarter] case it is, and minutes[case, mode, area], infinite where none is
    open. A venue counts as open while it is for at least half of the quarter.
    """
    straight, table = _distances(place, instance, sites)
    per_km = travel.speeds(place, draws).minutes_per_km
    standing = state.standing
    n, quarters, venues = standing.shape
    bits = np.packbits(standing.reshape(-1, venues), axis=1)
    padded = np.ascontiguousarray(np.pad(bits, ((0, 0), (0, -bits.shape[1] % 8))))
    words = padded.view(np.uint64)  # sooner told apart than bytes
    patterns, pattern = np.unique(words if words.shape[1] > 1 else words[:, 0], axis=0, return_inverse=True)
    open_sites = np.unpackbits(patterns.reshape(len(patterns), -1).view(np.uint8), axis=1, count=venues).astype(bool)
    cases, which = np.unique(
        np.repeat(np.arange(n), quarters) * len(patterns) + pattern.reshape(-1), return_inverse=True
    )
    draw, pattern = cases // len(patterns), cases % len(patterns)
    minutes = np.empty((len(cases), 2, len(place.areas)))
    for m in range(2):
        nearest_km, nearest = (_nearest(x[m], open_sites) for x in (straight, table))
        minutes[:, m] = np.minimum(nearest_km[pattern] * per_km[m][draw], nearest[pattern])
    return draw, which.reshape(n, quarters), minutes


@kept(4, lambda place, instance, s: (place.fingerprint, instance.name, s.venue.tobytes(), s.host.tobytes()))
def _distances(place: Place, instance: Instance, s: travel.Sites) -> tuple[Floats, Floats]:
    """Straight-line km and minutes of the travel table, [mode, area, site] each, infinite where it is the other that holds."""
    km, given = travel.kilometres(place, s), travel.given_minutes(place, instance, s)
    return np.where(np.isfinite(given), np.inf, km), np.where(np.isfinite(given), given, np.inf)


def _nearest(distance: Floats, open_sites: NDArray[np.bool_]) -> Floats:
    """The least of distance[area, site] over the open sites of each pattern: [pattern, area], infinite where none is."""
    if not np.isfinite(distance).any():
        return np.full((len(open_sites), len(distance)), np.inf)
    return np.stack([distance[:, here].min(axis=1, initial=np.inf) for here in open_sites])


def fates(place: Place, instance: Instance, settings: Settings, host_ids: tuple[str, ...]) -> dict[str, str]:
    """What becomes of every venue inside by the last quarter, as the plan has it: {id: words}."""
    table, before = instance.tables["venues"], effects.baseline_levers(instance)
    names = travel.host_names(place)
    hosts = tuple(names[i] for i in host_ids)
    return {
        name: _fate(
            {k: float(v[0, row, -1]) for k, v in settings.values.items()}, {k: v[row] for k, v in before.items()}, hosts
        )
        for row, (name, ours) in enumerate(zip(table.words("id"), inside(instance), strict=True))
        if ours
    }


def _fate(now: Mapping[str, float], was: Mapping[str, float], hosts: tuple[str, ...]) -> str:
    if was["open"] < 0.5:
        return "reopens" if now["open"] >= 0.5 else "closed already"
    if now["open"] < 0.5 or now["hours"] <= 0 < was["hours"]:
        return "closes"
    words = []
    if now["volunteers"] > was["volunteers"]:
        words.append("run by volunteers")
    if now["shared"] >= 0:
        words.append(f"moves in with {hosts[int(now['shared'])]}")
    for lever, less, more in (("hours", "shorter hours", "longer hours"), ("fee", "lower fee", "higher fee")):
        if not np.isclose(now[lever], was[lever]):
            words.append(less if now[lever] < was[lever] else more)
    return ", ".join(words) or "stays"
