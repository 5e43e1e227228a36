"""What promises may be checked on, and what becomes of each venue in a word."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ...place import Instance, Place
from ...plan import Settings
from . import effects, travel
from .effects import State
from .facts import Facts, hosts, levers_today
from .model import VenuesModel, result
from .model import hours_open as hours_of
from .model import stay_share as stayed
from .tables import inside

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def stay_share(model: VenuesModel, settings: Settings) -> Floats:
    """Users of closed venues who go on using another, see `model.stay_share`."""
    return np.repeat(stayed(model, settings)[:, None], model.place.calendar.quarters, axis=1)


def visits(model: VenuesModel, settings: Settings) -> Floats:
    """Visits a year to venues inside."""
    found = result(model, model.steady(settings) or settings).visits
    return _in_every_quarter(model, found[:, :, model.inside].sum(axis=2))


def users_of(model: VenuesModel, settings: Settings, venue: str) -> Floats:
    """Users of one venue, from anywhere."""
    found = result(model, model.steady(settings) or settings).users
    return _in_every_quarter(model, found[:, :, model.ids.index(str(venue))])


def venues_open(model: VenuesModel, settings: Settings) -> Floats:
    """Venues inside that are open."""
    found = effects.state(model, model.steady(settings) or settings).open
    return _in_every_quarter(model, found[:, :, model.inside].sum(axis=2))


def hours_open(model: VenuesModel, settings: Settings) -> Floats:
    """Opening hours a week over all venues inside."""
    found = hours_of(model, effects.state(model, model.steady(settings) or settings))
    return _in_every_quarter(model, found[:, :, model.inside].sum(axis=2))


def people_beyond(model: VenuesModel, settings: Settings, minutes: float) -> Floats:
    """Residents whose nearest open venue is further than so many minutes."""
    draw, which, nearest, people = _nearest_under(model, settings)
    levels = np.einsum("pma,pma->p", people[draw], nearest > float(minutes))
    return _in_every_quarter(model, levels[which])


def farthest_minutes(model: VenuesModel, settings: Settings) -> Floats:
    """Minutes to the nearest open venue for the worst-placed residents."""
    draw, which, nearest, people = _nearest_under(model, settings)
    levels = np.where(people[draw] > 0, nearest, 0.0).max(axis=(1, 2))
    return _in_every_quarter(model, np.where(np.isfinite(levels), levels, np.nan)[which])


def _in_every_quarter(model: VenuesModel, found: Floats) -> Floats:
    """[draw, quarter], where a run of one quarter stands for all."""
    return np.broadcast_to(np.asarray(found), (len(found), model.place.calendar.quarters))


def _nearest_under(model: VenuesModel, settings: Settings) -> tuple[Ints, Ints, Floats, Floats]:
    """`nearest_minutes` under the settings, and residents[draw, mode, area]."""
    settings = model.steady(settings) or settings
    areas, no_car = model.place.areas, travel.speeds(model).no_car
    people = np.stack([1 - no_car, no_car], axis=1) * (areas.people.sum(axis=1) * ~areas.outside)
    sites = effects.world_under(model, settings).sites
    return *nearest_minutes(model, sites, effects.state(model, settings)), people


def nearest_minutes(facts: Facts, sites: travel.Sites, state: State) -> tuple[Ints, Ints, Floats]:
    """Minutes to the nearest open venue, inside or out, for every case: a draw with a set of open venues.

    Returns the draw of each case, which[draw, quarter] case it is, and minutes[case, mode, area], infinite where none is
    open. A venue counts as open while it is for at least half of the quarter.
    """
    where = (sites.venue.tobytes(), sites.host.tobytes())
    straight, table = facts.of_sites("distances", where, lambda: _distances(facts, sites))
    per_km = travel.speeds(facts).minutes_per_km
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
    minutes = np.empty((len(cases), 2, len(facts.place.areas)))
    for m in range(2):
        nearest_km, nearest = (_nearest(x[m], open_sites) for x in (straight, table))
        minutes[:, m] = np.minimum(nearest_km[pattern] * per_km[m][draw], nearest[pattern])
    return draw, which.reshape(n, quarters), minutes


def _distances(facts: Facts, s: travel.Sites) -> tuple[Floats, Floats]:
    """Straight-line km and minutes of the travel table, [mode, area, site] each, infinite where it is the other that holds."""
    km, given = travel.kilometres(facts.place, s), travel.given_minutes(facts, s)
    return np.where(np.isfinite(given), np.inf, km), np.where(np.isfinite(given), given, np.inf)


def _nearest(distance: Floats, open_sites: NDArray[np.bool_]) -> Floats:
    """The least of distance[area, site] over the open sites of each pattern: [pattern, area], infinite where none is."""
    if not np.isfinite(distance).any():
        return np.full((len(open_sites), len(distance)), np.inf)
    return np.stack([distance[:, here].min(axis=1, initial=np.inf) for here in open_sites])


def fates(place: Place, instance: Instance, settings: Settings) -> dict[str, str]:
    """What becomes of every venue inside by the last quarter, as the plan has it: {id: words}."""
    table, before = instance.tables["venues"], levers_today(instance)
    names = tuple(name for name, _, _ in hosts(place).values())
    return {
        name: _fate(
            {k: float(v[0, row, -1]) for k, v in settings.values.items()}, {k: v[row] for k, v in before.items()}, names
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
