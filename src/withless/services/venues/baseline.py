"""Today, per draw: the appeals at which the model gives every venue its observed users.

Where a `use` table tells users by deprivation, users by quintile inside are met too. The worst miss is checked.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws
from ...cache import Newest, kept
from ...place import Instance, Place
from ...service import Unworkable
from . import choice, nests, newton, parameters, travel
from .choice import Came, Crowd, Links
from .nests import Nests, Tree
from .tables import MODES, inside

Floats = NDArray[np.float64]

MISS = 1e-6
"""Worst relative miss of a venue's users that is let pass."""


@dataclass(frozen=True)
class World:
    """All that does not depend on the plan for some draws: pairs, nests seen and attraction[eight, pair, 8] by mode, alike
    rho[eight, node, 8] of nests of the tree, who chooses (by `choice.eights`), parameters.
    """

    sites: travel.Sites
    links: tuple[Links, Links]
    tree: Tree
    seen: tuple[Nests, Nests]
    alike: Floats
    attraction: tuple[Floats, Floats]
    crowd: Crowd
    speeds: travel.Speeds
    parameters: parameters.Choice


@dataclass(frozen=True)
class Today:
    """The baseline in some draws: log weights[draw, venue], shifts[draw, 6], users of venues[draw, venue]; and `weights` as
    the choice model has them, for one quarter.
    """

    log_weights: Floats
    shifts: Floats
    users: Floats
    weights: Floats


class Infeasible(Unworkable):
    """No appeals give a venue its observed users: more users than people who could come."""


def came_today(place: Place, instance: Instance, draws: Draws) -> Came:
    """Who comes today, for one quarter. It is large and quick to find again, so less of it is kept."""
    base = today(place, instance, draws)  # first, since it asks for the same

    def make() -> Came:
        w = world(place, instance, draws, travel.sites(place, instance, (), ()))
        return _as_today(w, place, base.weights, base.shifts)

    return _CAME.get((place.fingerprint, instance.name, draws.key), make)


@kept(6, lambda place, instance, draws, sites: (draws.key, *_where(place, instance, sites)))
def world(place: Place, instance: Instance, draws: Draws, sites: travel.Sites) -> World:
    """Pairs, attraction and parameters for some sites."""
    reach = [float(parameters.of(draws, instance, f"reach.{mode}")[0]) for mode in MODES]
    links = _links(place, instance, sites, *reach)
    speeds, p = travel.speeds(place, draws), parameters.choice(instance, draws)
    near, seen = _nests(place, instance, sites, *reach)
    one, two = speeds.per_km
    return World(
        sites=sites,
        links=links,
        tree=near,
        seen=seen,
        alike=choice.eights(nests.alike(near, p.next_door, p.short_walk)),
        attraction=(_attraction(links[0], one, p), _attraction(links[1], two, p)),
        crowd=crowd(place, instance, draws, speeds, p),
        speeds=speeds,
        parameters=p,
    )


def _where(place: Place, instance: Instance, sites: travel.Sites) -> tuple[object, ...]:
    """What pairs of areas and sites hang on."""
    return (place.fingerprint, instance.name, sites.venue.tobytes(), sites.host.tobytes())


@kept(16, lambda place, instance, sites, *reach: (*_where(place, instance, sites), *reach))
def _links(place: Place, instance: Instance, sites: travel.Sites, by_car: float, without: float) -> tuple[Links, Links]:
    one, two = travel.told(place, instance, sites)
    return travel.links(place, sites, one, by_car), travel.links(place, sites, two, without)


@kept(16, lambda place, instance, sites, *reach: (*_where(place, instance, sites), *reach))
def _nests(
    place: Place, instance: Instance, sites: travel.Sites, by_car: float, without: float
) -> tuple[Tree, tuple[Nests, Nests]]:
    near = nests.tree(sites.x_km, sites.y_km, len(instance.tables["venues"]))
    one, two = _links(place, instance, sites, by_car, without)
    many = len(sites.venue)
    return near, (nests.nests(near, one.start, one.site, many), nests.nests(near, two.start, two.site, many))


@kept(64, lambda place, instance, draws: (place.fingerprint, instance.name, draws.key))
def today(place: Place, instance: Instance, draws: Draws) -> Today:
    """The baseline in some draws; kept, because baseline, plan and a second plan all start from it."""
    w = world(place, instance, draws, travel.sites(place, instance, (), ()))
    users = observed_users(instance)
    target = quintile_targets(place, instance, draws, users)
    log_weights, shifts = newton.solve(w.attraction, w.links, w.tree, w.seen, w.alike, w.crowd, users, target)
    flat = np.where(users > 0, np.exp(np.minimum(log_weights, 600.0)), 0.0)[:, None, :]
    came = _CAME.get((place.fingerprint, instance.name, draws.key), lambda: _as_today(w, place, flat, shifts))
    found = choice.by_draw(came.by_site[:, 0, 0])
    miss = np.abs(found - users)[:, users > 0] / users[users > 0]
    if miss.size and not miss.max() <= MISS:
        worst = instance.tables["venues"].words("name")[int(np.flatnonzero(users > 0)[miss.max(axis=0).argmax()])]
        raise Infeasible(
            f"{instance.title or instance.name}: no appeal gives {worst} its users (off by {100 * miss.max():.2g}%). "
            "Is it given more users than there are people within reach?"
        )
    # a venue closed today, if a plan opens it, is taken to be as well liked as the middle one of those that have users; an
    # open one that nobody uses draws nobody
    usual = np.median(log_weights[:, users > 0], axis=1) if (users > 0).any() else np.zeros(len(draws))
    unused = np.where(closed_today(instance), usual[:, None], -np.inf)
    return Today(np.where(users > 0, log_weights, unused), shifts, found, flat)


def _as_today(w: World, place: Place, weights: Floats, shifts: Floats) -> Came:
    blank = np.full((len(weights) // 8, 2, 3, len(place.areas), 8), np.nan)
    return run(w, place, weights, np.ones_like(weights), shifts, blank)


def run(
    w: World,
    place: Place,
    weights: Floats,
    often: Floats,
    shifts: Floats,
    before: Floats,
    again: tuple[Came, NDArray[np.bool_]] | None = None,
) -> Came:
    """The choice model for weights[draw, quarter, site]; `again` is what came before and the draws to do once more, in
    place.
    """
    draws, quarters, sites = weights.shape
    areas = len(place.areas)
    came, wanted = again or (
        Came(
            by_site=np.zeros((draws // 8, quarters, 2, sites, 8)),
            by_area=np.zeros((draws // 8, quarters, areas)),
            by_group=np.zeros((draws // 8, quarters, 3, 6, choice.AGES, 8)),
            trips=np.zeros((draws // 8, 2, 3, areas, 8)),
        ),
        np.ones(draws, dtype=np.bool_),
    )
    choice.evaluate(
        w.attraction, w.links, w.seen, w.alike, w.speeds.per_km, weights, often, w.crowd, shifts, before, wanted, came
    )
    return came


def crowd(place: Place, instance: Instance, draws: Draws, speeds: travel.Speeds, p: parameters.Choice) -> Crowd:
    """Who chooses, by `choice.eights`."""
    odds, ages = np.exp(parameters.area_index(place, instance, draws)), parameters.age_odds(instance, draws)
    lam, fade, odds, ages = (choice.eights(x) for x in (p.lam, p.fade, odds, ages))
    quintile = np.where(place.areas.outside, 5, place.areas.quintile).astype(np.int64)
    return Crowd(lam, fade, odds, ages, quintile, place.areas.people, speeds.share)


def observed_users(instance: Instance) -> Floats:
    """Users of every venue today, float[venue]; where blank, hours times the median users an hour of those known.

    A venue closed today has none; an open one with a count of 0 has nobody.
    """
    table = instance.tables["venues"]
    users, hours = table.numbers("users"), table.numbers("hours")
    shut = closed_today(instance)
    known = np.isfinite(users) & (hours > 0) & (users > 0) & ~shut
    rate = float(np.median(users[known] / hours[known])) if known.any() else 50.0
    return np.where(shut, 0.0, np.where(np.isfinite(users), users, rate * hours))


def closed_today(instance: Instance) -> NDArray[np.bool_]:
    """Which venues are closed today, [venue]."""
    return np.array([r == "closed" for r in instance.tables["venues"].words("run_by")])


def quintile_targets(place: Place, instance: Instance, draws: Draws, users: Floats) -> Floats:
    """Users by deprivation quintile inside from the `use` table, float[draw, 5]; empty [0, 5] without one.

    A `*` counts as `venues.suppressed` people. Scaled so that the table's users of the place's own venues sum to those
    venues' figures: whoever it does not place lives as the others do. A table that places nobody in the rim is never
    scaled up: the rest live there.
    """
    table = instance.tables.get("use")
    if table is None or len(table) == 0:
        return np.zeros((0, 5))
    home = np.asarray([place.areas.index[a] for a in table.words("area")], dtype=np.int64)
    rows = {name: row for row, name in enumerate(instance.tables["venues"].words("id"))}
    venue = np.asarray([rows[v] for v in table.words("venue")], dtype=np.int64)
    counts = np.nan_to_num(table.numbers("users"))
    hidden = table.suppressed.get("users", np.zeros(len(table), dtype=bool)).astype(np.float64)
    star = parameters.of(draws, instance, "suppressed")

    def people(index: NDArray[np.int64], size: int) -> Floats:
        exact, stars = (np.bincount(index, weights=x, minlength=size) for x in (counts, hidden))
        return np.asarray(exact + star[:, None] * stars)

    by_quintile = people(np.where(place.areas.outside, 5, place.areas.quintile)[home], 6)
    by_venue = people(venue, len(rows))
    told = inside(instance) & (by_venue > 0).any(axis=0)
    scale = users[told].sum() / np.maximum(by_venue[:, told].sum(axis=1), 1e-9) if told.any() else np.ones(len(draws))
    rest_in_rim = bool(place.areas.outside.any()) and not by_quintile[:, 5].any()
    target: Floats = by_quintile[:, :5] * (np.minimum(scale, 1.0) if rest_in_rim else scale)[:, None]
    return target


def _attraction(links: Links, per_km: Floats, p: parameters.Choice) -> Floats:
    area = np.repeat(np.arange(len(links.start) - 1), np.diff(links.start))
    kappa, alpha = choice.eights(p.kappa), choice.eights(p.alpha)
    made: Floats = choice.attractions(links.distance, links.given, area, per_km, kappa, alpha)
    return made


_CAME: Newest[Came] = Newest(4)
