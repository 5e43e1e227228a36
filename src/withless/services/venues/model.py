"""One run of a venues service on some draws: choice, visits, money, and what is moved to others."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws
from ...cache import Newest, kept
from ...outcomes import Outcomes
from ...place import AGE_BANDS, Instance, Place, by_group
from ...plan import Settings
from ...service import key_of
from . import effects, parameters
from .baseline import Today, World, came_today, run, today, world
from .choice import Came, by_draw
from .effects import State
from .money import Habits, closings, habits, money
from .tables import inside, optional

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

CAPACITY_ROUNDS = 60
CAPACITY_SLACK = 0.005
"""A full venue ends within half a per cent of its room."""


@dataclass(frozen=True)
class Result:
    """Who came: users and visits (a year) [draw, quarter, venue] from anywhere, by_area[quarter, area] summed over draws,
    by_group[draw, quarter, 3, quintile, age] (users, users x quality, that x extra minutes) of people inside.
    """

    state: State
    habits: Habits
    users: Floats
    visits: Floats
    by_area: Floats
    by_group: Floats
    visits_today: Floats


@kept(6, key_of)
def result(place: Place, instance: Instance, settings: Settings, draws: Draws, host_ids: tuple[str, ...]) -> Result:
    """Run the choice model under the settings, with full venues turning people away."""
    base = today(place, instance, draws)
    w = world(place, instance, draws, effects.sites_for(place, instance, settings, host_ids))
    state = effects.state(place, instance, settings, draws, w, base)
    usual = habits(instance, draws, base.users)
    visits_today = usual.per_user[:, None] * usual.scale * base.users
    room = np.maximum(np.nan_to_num(optional(instance, "capacity"), nan=np.inf), visits_today)
    let_in = np.ones(state.open.shape)
    still = came_today(place, instance, draws)
    came = _come(w, place, state.weights, state.often, base, still)
    for _ in range(CAPACITY_ROUNDS):
        by_venue = _by_venue(by_draw(came.by_site), w, base.users.shape[1])
        visits = by_venue[:, :, 1] * (usual.per_user[:, None] * usual.scale)[:, None, :]
        fits = np.where(visits > 0, room[:, None, :] / np.where(visits > 0, visits, 1.0), np.inf)
        amiss = (fits < 1 - CAPACITY_SLACK) | ((let_in < 1) & (fits > 1 + CAPACITY_SLACK))
        if not amiss.any():
            break
        let_in = np.where(amiss, np.minimum(1.0, let_in * fits**1.5), let_in)
        weights = state.weights * let_in[:, :, w.sites.venue]
        again = (came, np.asarray(amiss.any(axis=(1, 2))))
        came = run(w, place, weights, state.often, base.shifts, still.trips, again)
    groups = by_draw(came.by_group[:, :, :, :5])
    return Result(state, usual, by_venue[:, :, 0], visits, came.by_area.sum(axis=0), groups, visits_today)


def _come(w: World, place: Place, weights: Floats, often: Floats, base: Today, still: Came) -> Came:
    """The choice model, or today's numbers, `still`, where nothing stands otherwise than today."""
    as_today = weights.shape[2] == base.weights.shape[2] and bool(
        (weights == base.weights).all() and (often == 1).all()
    )
    if not as_today:
        return run(w, place, weights, often, base.shifts, still.trips)

    def in_every_quarter(x: Floats) -> Floats:
        return np.broadcast_to(x, (x.shape[0], weights.shape[1], *x.shape[2:]))

    by_site, by_area, by_group = (in_every_quarter(x) for x in (still.by_site, still.by_area, still.by_group))
    return Came(by_site, by_area, by_group, still.trips)


def simulate(place: Place, instance: Instance, settings: Settings, draws: Draws, host_ids: tuple[str, ...]) -> Outcomes:
    """The outcomes of one run; see `service.Service.simulate`."""
    r = result(place, instance, settings, draws, host_ids)
    n, quarters = r.users.shape[:2]
    cells = 5 * len(AGE_BANDS)
    users, quality, minutes = (r.by_group[:, :, k].reshape(n, quarters, cells) / 4 for k in range(3))
    once = closings(instance, draws, settings, r.state)
    need = np.broadcast_to(by_group(place, place.areas.people) / 4, (n, quarters, cells))
    each_minute = (r.habits.per_user * _pounds_per_minute(instance, draws))[:, None, None]
    return Outcomes(
        strata=("all",),
        people={"need": need[None], "served": users[None], "quality": quality[None]},
        money={k: v[None] for k, v in money(instance, draws, r.state, r.visits, r.visits_today, once).items()},
        moved={"users": minutes * each_minute, "volunteers": _volunteers(place, instance, draws, r.state)},
        area_sum={"users": r.by_area},
        series={"users": r.users, "visits": r.visits, "hours": hours_open(instance, r.state)},
        once=once,
        measured=frozenset({"quintile"}) if "use" in instance.tables else frozenset(),
    )


def stay_share(place: Place, instance: Instance, settings: Settings, draws: Draws) -> Floats:
    """1 - lost users / today's users of closed venues, with only the plan's closures applied, by the last quarter:
    float[draw], NaN in draws in which none closes, or only such as nobody uses.
    """
    shut = (settings["open"][:, :, -1] < 0.5) & (effects.baseline_levers(instance)["open"] > 0.5)
    key = (place.fingerprint, instance.name, draws.key, shut.shape, shut.tobytes())
    return _STAYED.get(key, lambda: _stayed(place, instance, settings, draws, shut))


def _stayed(place: Place, instance: Instance, settings: Settings, draws: Draws, shut: Bools) -> Floats:
    """`stay_share` of shut[draw, venue]: of the settings only what units there are plays a part."""
    levers, base = effects.baseline_levers(instance), today(place, instance, draws).users
    of_closed = (base * shut).sum(axis=1)
    if not of_closed.any():
        return np.full(len(draws), np.nan)
    closed = {k: v[None, :, None] for k, v in levers.items()} | {"open": (levers["open"] * ~shut)[:, :, None]}
    r = result(place, instance, replace(settings, values=closed), draws, ())
    lost: Floats = base.sum(axis=1) - r.users[:, 0].sum(axis=1)
    return np.where(of_closed > 0, 1 - lost / np.where(of_closed > 0, of_closed, 1.0), np.nan)


def hours_open(instance: Instance, s: State) -> Floats:
    """Opening hours a week [draw, quarter, venue]."""
    hours: Floats = s.open * s.ratio * instance.tables["venues"].numbers("hours")
    return hours


def _by_venue(by_site: Floats, w: World, venues: int) -> Floats:
    """Sum [draw, quarter, 2, site] over the sites of each venue."""
    out: Floats = by_site[..., :venues].copy()
    for k in range(venues, by_site.shape[-1]):
        out[..., w.sites.venue[k]] += by_site[..., k]
    return out


def _pounds_per_minute(instance: Instance, draws: Draws) -> Floats:
    """What one more minute each way costs a visitor: there and back, time and running costs."""
    value: Floats = (
        2 / 60 * (parameters.of(draws, instance, "value_of_time") + parameters.of(draws, instance, "running_cost"))
    )
    return value


def _volunteers(place: Place, instance: Instance, draws: Draws, s: State) -> Floats:
    """Pounds of volunteers' time by group, shared out over adults: [draw, quarter, group]."""
    hours = (s.volunteer_hours * inside(instance)).sum(axis=2) / 4
    adults = by_group(place, place.areas.people * (np.arange(len(AGE_BANDS)) > 0))
    pounds = hours * parameters.of(draws, instance, "volunteers.value")[:, None]
    shared: Floats = pounds[:, :, None] * (adults / max(adults.sum(), 1e-12))[None, None, :]
    return shared


_STAYED: Newest[Floats] = Newest(128)
"""A figure a draw: plans that close the same venues, whatever else they change, share the run behind it."""
