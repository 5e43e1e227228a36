"""Today, per draw: the appeals at which the model gives every venue its observed users.

Where a `use` table tells users by deprivation, users by quintile inside are met too. The worst miss is checked.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...service import Unworkable
from . import choice, nests, newton, parameters, travel
from .choice import Came, Crowd, Links
from .facts import Facts, closed_today
from .nests import Nests, Tree
from .participation import AGES
from .tables import MODES

Floats = NDArray[np.float64]

MISS = 1e-6
"""Worst relative miss of a venue's users that is let pass."""


@dataclass(frozen=True)
class World:
    """All that does not depend on the plan for some draws and some sites: pairs, nests seen and attraction by mode, alike
    rho[eight, node, 8] of nests of the tree, who chooses (by `choice.eights`), parameters.
    """

    sites: travel.Sites
    links: tuple[Links, Links]
    tree: Tree
    seen: tuple[Nests, Nests]
    alike: Floats
    attraction: choice.Attraction
    crowd: Crowd
    speeds: travel.Speeds
    parameters: parameters.ChoiceParameters


@dataclass(frozen=True)
class Calibrated:
    """The baseline in some draws: log weights[draw, venue], shifts[draw, 6], users of venues[draw, venue]; and `weights` as
    the choice model has them, for one quarter.
    """

    log_weights: Floats
    shifts: Floats
    users: Floats
    weights: Floats


class Infeasible(Unworkable):
    """No appeals give a venue its observed users: more users than people who could come."""


def came_today(facts: Facts) -> Came:
    """Who comes today, for one quarter. It is large and quick to find again, so less of it is kept."""
    base = calibrated(facts)  # first, since it asks for the same
    return facts.kept("came today", lambda: _as_today(facts, at_home(facts), base.weights, base.shifts), brief=True)


def at_home(facts: Facts) -> World:
    """The world of the venues at their own sites."""
    return world(facts, travel.sites(facts))


def world(facts: Facts, sites: travel.Sites) -> World:
    """Pairs, attraction and parameters for some sites."""
    where = (sites.venue.tobytes(), sites.host.tobytes())
    reach = tuple(float(facts.number(f"reach.{mode}")[0]) for mode in MODES)

    def pairs() -> tuple[tuple[Links, Links], Tree, tuple[Nests, Nests]]:
        one, two = (
            travel.links(facts.place, sites, told, far)
            for told, far in zip(travel.told(facts, sites), reach, strict=True)
        )
        near, many = nests.tree(sites.x_km, sites.y_km, len(facts.table)), len(sites.venue)
        return (
            (one, two),
            near,
            (nests.nests(near, one.start, one.site, many), nests.nests(near, two.start, two.site, many)),
        )

    def make() -> World:
        links, near, seen = facts.of_sites("pairs", (*where, *reach), pairs)
        speeds, p = travel.speeds(facts), parameters.choice(facts)
        return World(
            sites=sites,
            links=links,
            tree=near,
            seen=seen,
            alike=choice.eights(nests.alike(near, p.next_door, p.short_walk)),
            attraction=choice.Attraction.of(links, speeds.per_km, p.kappa, p.alpha),
            crowd=crowd(facts, speeds, p),
            speeds=speeds,
            parameters=p,
        )

    return facts.of_sites("world", where, make, drawn=True)


def calibrated(facts: Facts) -> Calibrated:
    """The baseline in some draws; kept, because baseline, plan and a second plan all start from it."""
    return facts.kept("calibrated", lambda: _calibrated(facts))


def _calibrated(facts: Facts) -> Calibrated:
    w, users, target = at_home(facts), facts.users, quintile_targets(facts)
    log_weights, shifts = newton.solve(w.attraction, w.links, w.tree, w.seen, w.alike, w.crowd, users, target)
    flat = np.where(users > 0, np.exp(np.minimum(log_weights, 600.0)), 0.0)[:, None, :]
    came = facts.kept("came today", lambda: _as_today(facts, w, flat, shifts), brief=True)
    found = choice.by_draw(came.by_site[:, 0, 0])
    miss = np.abs(found - users)[:, users > 0] / users[users > 0]
    if miss.size and not miss.max() <= MISS:
        worst = facts.table.words("name")[int(np.flatnonzero(users > 0)[miss.max(axis=0).argmax()])]
        raise Infeasible(
            f"{facts.title}: no appeal gives {worst} its users (off by {100 * miss.max():.2g}%). "
            "Is it given more users than there are people within reach?"
        )
    # a venue closed today, if a plan opens it, is taken to be as well liked as the middle one of those that have users; an
    # open one that nobody uses draws nobody
    usual = np.median(log_weights[:, users > 0], axis=1) if (users > 0).any() else np.zeros(len(facts.draws))
    unused = np.where(closed_today(facts.instance), usual[:, None], -np.inf)
    return Calibrated(np.where(users > 0, log_weights, unused), shifts, found, flat)


def _as_today(facts: Facts, w: World, weights: Floats, shifts: Floats) -> Came:
    blank = np.full((len(weights) // 8, 2, 3, len(facts.place.areas), 8), np.nan)
    return run(w, weights, np.ones_like(weights), shifts, blank)


def run(
    w: World,
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
    areas = before.shape[3]
    came, wanted = again or (
        Came(
            by_site=np.zeros((draws // 8, quarters, 2, sites, 8)),
            by_area=np.zeros((draws // 8, quarters, areas)),
            by_group=np.zeros((draws // 8, quarters, 3, 6, AGES, 8)),
            trips=np.zeros((draws // 8, 2, 3, areas, 8)),
        ),
        np.ones(draws, dtype=np.bool_),
    )
    choice.evaluate(
        w.attraction, w.links, w.seen, w.alike, w.speeds.per_km, weights, often, w.crowd, shifts, before, wanted, came
    )
    return came


def crowd(facts: Facts, speeds: travel.Speeds, p: parameters.ChoiceParameters) -> Crowd:
    """Who chooses, by `choice.eights`."""
    odds, ages, areas = np.exp(parameters.area_index(facts)), parameters.age_odds(facts), facts.place.areas
    lam, fade, odds, ages = (choice.eights(x) for x in (p.lam, p.fade, odds, ages))
    quintile = np.where(areas.outside, 5, areas.quintile).astype(np.int64)
    return Crowd(lam, fade, odds, ages, quintile, areas.people, speeds.share)


def quintile_targets(facts: Facts) -> Floats:
    """Users by deprivation quintile inside from the `use` table, float[draw, 5]; empty [0, 5] without one.

    A `*` counts as `venues.suppressed` people. Scaled so that the table's users of the place's own venues sum to those
    venues' figures: whoever it does not place lives as the others do. A table that places nobody in the rim is never
    scaled up: the rest live there.
    """
    table, place, users = facts.instance.tables.get("use"), facts.place, facts.users
    if table is None or len(table) == 0:
        return np.zeros((0, 5))
    home = np.asarray([place.areas.index[a] for a in table.words("area")], dtype=np.int64)
    rows = {name: row for row, name in enumerate(facts.ids)}
    venue = np.asarray([rows[v] for v in table.words("venue")], dtype=np.int64)
    counts = np.nan_to_num(table.numbers("users"))
    hidden = table.suppressed.get("users", np.zeros(len(table), dtype=bool)).astype(np.float64)
    star = facts.number("suppressed")

    def people(index: NDArray[np.int64], size: int) -> Floats:
        exact, stars = (np.bincount(index, weights=x, minlength=size) for x in (counts, hidden))
        return np.asarray(exact + star[:, None] * stars)

    by_quintile = people(np.where(place.areas.outside, 5, place.areas.quintile)[home], 6)
    by_venue = people(venue, len(rows))
    told = facts.inside & (by_venue > 0).any(axis=0)
    scale = users[told].sum() / np.maximum(by_venue[:, told].sum(axis=1), 1e-9) if told.any() else np.ones(len(star))
    rest_in_rim = bool(place.areas.outside.any()) and not by_quintile[:, 5].any()
    target: Floats = by_quintile[:, :5] * (np.minimum(scale, 1.0) if rest_in_rim else scale)[:, None]
    return target
