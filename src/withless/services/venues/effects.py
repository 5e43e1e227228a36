"""From settings to what stands in every quarter: which sites are open, how long, who runs them, how they draw people.

Volunteers: hours offered = adults x volunteering rate (by deprivation) x part of the county's pool x part willing x
hours a year x (1 - attrition), in a venue's catchment of today; needed = opening hours x crew. Kept hours are what the
offered ones cover after training, never more than the plan asks for; below `volunteers.least_hours` (or what the plan
asks for, if that is less) a venue closes, and each year it may fold (luck of its own).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ...plan import Settings
from . import travel
from .baseline import Calibrated, World, at_home, calibrated, came_today, world
from .choice import by_draw, eights, shared_out
from .facts import Facts
from .own import moves

Floats = NDArray[np.float64]

WEEKS = 52.1775
NEARLY_NOBODY = 0.01
"""Part of its users that a venue keeps at least when it is handed over and goes on."""


@dataclass(frozen=True)
class State:
    """Every quarter in some draws: weights and often [draw, quarter, site]; the rest [draw, quarter, venue].

    `standing` [draw, quarter, site]: open there for at least half of the quarter. `open` 0 to 1 (part of the quarter);
    `ratio` hours kept over today's; `by_volunteers` 0 to 1, of a venue newly handed over; `volunteer_hours` a year;
    `sharing` 0 or 1; `fee` pounds a visit.
    """

    weights: Floats
    often: Floats
    standing: NDArray[np.bool_]
    open: Floats
    ratio: Floats
    by_volunteers: Floats
    volunteer_hours: Floats
    sharing: Floats
    fee: Floats


def world_under(facts: Facts, settings: Settings) -> World:
    """The world of all the sites that the settings ever use: every (venue row, host choice) that they ask for in any draw."""
    shared = settings["shared"]
    found: set[tuple[int, int]] = set()
    if (shared >= 0).any():
        found = {(v, int(h)) for v in range(shared.shape[1]) for h in np.unique(shared[:, v]) if h >= 0}
    return world(facts, travel.sites(facts, tuple(sorted(found))))


def state(facts: Facts, settings: Settings) -> State:
    """What stands under the settings."""
    return facts.kept("state", lambda: _state(facts, settings), settings, brief=True)


def _state(facts: Facts, settings: Settings) -> State:
    w, today = world_under(facts, settings), calibrated(facts)
    before, p, hours0 = facts.levers, w.parameters, facts.table.numbers("hours")
    asked = np.where(hours0 > 0, settings.by_quarter("hours") / np.where(hours0 > 0, hours0, 1.0), 1.0)
    new = np.clip(settings.by_quarter("volunteers") - before["volunteers"], 0.0, 1.0)
    able, needed = np.full(today.log_weights.shape, np.inf), np.zeros(today.log_weights.shape)
    if new.any():
        able, needed = volunteer_hours(facts, w)
    keeps = np.minimum(asked, able[:, None, :])
    runs = keeps * hours0 >= np.minimum(facts.column("volunteers.least_hours"), asked * hours0)
    stands = runs & ~folded(facts, new)
    handed = np.broadcast_to(new, stands.shape)
    ratio = asked * (1 - handed) + keeps * handed
    is_open = settings.by_quarter("open") * (1 - handed * ~stands) * (asked > 0)
    shared, fee = settings.by_quarter("shared"), settings.by_quarter("fee")
    sharing = np.broadcast_to((shared >= 0).astype(np.float64), ratio.shape)
    dearer = fee - before["fee"]

    def column(x: Floats) -> Floats:
        return x[:, None, None]

    own = column(p.hours) * np.log(np.maximum(ratio, 1e-12)) + column(p.shared) * sharing
    own = np.where(is_open > 0, own + np.log(np.maximum(1 - column(p.volunteers) * handed, NEARLY_NOBODY)), 0.0)
    move = own
    if own.any():
        move = moves(at_home(facts), today.weights[:, 0], came_today(facts), own)
    log_weights = today.log_weights[:, None, :] + move - column(p.fee) * dearer / column(p.lam)
    drawn = is_open * np.exp(np.minimum(log_weights, 600.0))
    otherwise = (is_open > 0) & (ratio != 1)
    often = np.ones(ratio.shape)
    often[otherwise] = np.maximum(ratio[otherwise], 1e-12) ** p.hours_visits[np.nonzero(otherwise)[0]]
    venue, host = w.sites.venue, w.sites.host
    here = shared[:, :, venue] == np.where(host >= 0, host, -1)
    return State(
        weights=drawn[:, :, venue] * here,
        standing=(is_open >= 0.5)[:, :, venue] & here,
        often=np.ascontiguousarray(often[:, :, venue]),
        open=is_open,
        ratio=ratio,
        by_volunteers=handed * stands,
        volunteer_hours=handed * stands * needed[:, None, :] * keeps,
        sharing=sharing,
        fee=np.broadcast_to(fee, ratio.shape),
    )


def volunteer_hours(facts: Facts, w: World) -> tuple[Floats, Floats]:
    """Part of today's hours that volunteers could keep (above 1: more than needed), and the hours a year that all of
    today's would take: two [draw, venue].
    """
    areas = facts.place.areas

    def number(name: str) -> Floats:
        return facts.number(f"volunteers.{name}")[:, None]

    needed = facts.table.numbers("hours")[None, :] * WEEKS * number("crew")
    steps = areas.quintile - 2.0
    rate = np.clip(number("rate") + number("rate_step") * steps[None, :], 0.01, 0.9)
    adults = areas.people[:, 1:].sum(axis=1)
    hours = (
        rate
        * adults[None, :]
        * facts.instance.pool_share
        * number("willing")
        * number("hours")
        * (1 - number("attrition"))
    )
    offered = catchment(w, calibrated(facts), hours)
    able = offered * number("effectiveness") * (1 - number("training"))
    return able / np.maximum(needed, 1e-9), needed


def catchment(w: World, today: Calibrated, amounts: Floats) -> Floats:
    """Share out amounts[draw, area] to venues by where each area's users go today, car owners' way: [draw, venue]."""
    venues = today.log_weights.shape[1]
    own = np.zeros((len(amounts), len(w.sites.venue)))
    own[:, :venues] = today.weights[:, 0]
    weights, given = eights(own), eights(amounts)
    found = [
        shared_out(by_car, w.links[0], w.seen[0], w.alike[here], weights[here], given[here])
        for here, by_car, _ in w.attraction
    ]
    return by_draw(np.concatenate(found))[:, :venues]


def folded(facts: Facts, new: Floats) -> NDArray[np.bool_]:
    """Whether a venue newly run by volunteers has folded by a quarter: bool[draw, quarter, venue]; luck is each venue's own.

    `new[draw or 1, quarter, venue]` is above 0 where it is run so. The chance in a year is that of the middle fifth, times e
    to `folding_step` for each less deprived fifth.
    """
    ids = facts.ids
    touched, quarters = new.max(axis=(0, 1)) > 0, new.shape[1]
    out = np.zeros((len(facts.draws), quarters, len(ids)), dtype=bool)
    if not touched.any():
        return out
    names = [v for v, t in zip(ids, touched, strict=True) if t]
    luck = facts.draws.streams().uniforms(f"venues.folding:{facts.instance.name}", names, quarters)
    step = facts.number("volunteers.folding_step")[:, None]
    fifths = facts.shared("fifths", lambda: _fifths(facts))
    yearly = facts.number("volunteers.folding")[:, None] * np.exp(step * fifths[touched])
    hazard = 1 - (1 - np.minimum(yearly, 0.999)) ** 0.25
    running = new[:, :, touched].transpose(0, 2, 1) > 0
    falls = (luck < hazard[:, :, None]) & running
    out[:, :, touched] = np.maximum.accumulate(falls, axis=2).transpose(0, 2, 1)
    return out


def _fifths(facts: Facts) -> Floats:
    """Deprivation fifth of the area nearest to each venue, the middle one 0: -2 (most deprived) to 2."""
    table, areas = facts.table, facts.place.areas
    here = np.stack([table.numbers("x"), table.numbers("y")], axis=1) / 1000
    nearest = cKDTree(np.stack([areas.x_km, areas.y_km], axis=1)).query(here)[1]
    return np.asarray(areas.quintile[np.asarray(nearest, dtype=np.int64)] - 2.0)
