"""One run of a venues service on some draws: choice, visits, money, and what is moved to others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...outcomes import Outcomes, repeated
from ...place import AGE_BANDS, by_group
from ...plan import Settings
from . import effects
from . import money as pounds
from .baseline import Calibrated, World, calibrated, came_today, run
from .choice import Came, by_draw
from .effects import State
from .facts import Facts
from .money import Habits
from .tables import optional

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

CAPACITY_ROUNDS = 60
CAPACITY_SLACK = 0.005
"""A full venue ends within half a per cent of its room."""


@dataclass(frozen=True)
class Attendance:
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


class VenuesModel(Facts):
    """A service of venues on some draws, run under many settings."""

    def run(self, settings: Settings) -> Outcomes:
        """See `service.Model`."""
        steady = self.steady(settings)
        if steady is None:
            return _outcomes(self, settings)
        return repeated(_outcomes(self, steady), self.place.calendar.quarters)

    def stake(self, touched: Mapping[str, frozenset[str]]) -> Floats:
        """Gross cost a year of the venues that a plan moves, float[draw]."""
        return pounds.stake(self, touched)

    def steady(self, settings: Settings) -> Settings | None:
        """The settings of one quarter, where every quarter is as today in every draw: all the others are like it."""

        def make() -> Settings | None:
            if all(
                np.array_equal(v, np.broadcast_to(self.levers[k][:, None], v.shape), equal_nan=True)
                for k, v in settings.values.items()
            ):
                return Settings(settings.units, {k: v[:1, :, :1].copy() for k, v in settings.values.items()})
            return None

        return self.kept("steady", make, settings)


def result(facts: Facts, settings: Settings) -> Attendance:
    """Run the choice model under the settings, with full venues turning people away."""
    return facts.kept("result", lambda: _result(facts, settings), settings, brief=True)


def _result(facts: Facts, settings: Settings) -> Attendance:
    base, w = calibrated(facts), effects.world_under(facts, settings)
    state = effects.state(facts, settings)
    usual = pounds.habits(facts, base.users)
    visits_today = usual.per_user[:, None] * usual.scale * base.users
    room = np.maximum(np.nan_to_num(optional(facts.instance, "capacity"), nan=np.inf), visits_today)
    let_in = np.ones(state.open.shape)
    still = came_today(facts)
    came = _come(w, state.weights, state.often, base, still)
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
        came = run(w, weights, state.often, base.shifts, still.trips, again)
    groups = by_draw(came.by_group[:, :, :, :5])
    return Attendance(state, usual, by_venue[:, :, 0], visits, came.by_area.sum(axis=0), groups, visits_today)


def _come(w: World, weights: Floats, often: Floats, base: Calibrated, still: Came) -> Came:
    """The choice model, or today's numbers, `still`, where nothing stands otherwise than today."""
    as_today = weights.shape[2] == base.weights.shape[2] and bool(
        (weights == base.weights).all() and (often == 1).all()
    )
    if not as_today:
        return run(w, weights, often, base.shifts, still.trips)

    def in_every_quarter(x: Floats) -> Floats:
        return np.broadcast_to(x, (x.shape[0], weights.shape[1], *x.shape[2:]))

    by_site, by_area, by_group = (in_every_quarter(x) for x in (still.by_site, still.by_area, still.by_group))
    return Came(by_site, by_area, by_group, still.trips)


def _outcomes(facts: Facts, settings: Settings) -> Outcomes:
    """The outcomes of one run."""
    r, people = result(facts, settings), facts.place.areas.people
    n, quarters = r.users.shape[:2]
    cells = 5 * len(AGE_BANDS)
    users, quality, minutes = (r.by_group[:, :, k].reshape(n, quarters, cells) / 4 for k in range(3))
    once = pounds.closings(facts, settings, r.state)
    need = np.broadcast_to(by_group(facts.place, people) / 4, (n, quarters, cells))
    each_minute = (r.habits.per_user * _pounds_per_minute(facts))[:, None, None]
    return Outcomes(
        strata=("all",),
        people={"need": need[None], "served": users[None], "quality": quality[None]},
        money={k: v[None] for k, v in pounds.money(facts, r.state, r.visits, r.visits_today, once).items()},
        moved={"users": minutes * each_minute, "volunteers": _volunteers(facts, r.state)},
        area_sum={"users": r.by_area},
        series={"users": r.users, "visits": r.visits, "hours": hours_open(facts, r.state)},
        once=once,
        measured=frozenset({"quintile"}) if "use" in facts.instance.tables else frozenset(),
    )


def stay_share(facts: Facts, settings: Settings) -> Floats:
    """1 - lost users / today's users of closed venues, with only the plan's closures applied, by the last quarter:
    float[draw], NaN in draws in which none closes, or only such as nobody uses.
    """
    shut = (settings["open"][:, :, -1] < 0.5) & (facts.levers["open"] > 0.5)
    # a figure a draw: plans that close the same venues, whatever else they change, share the run behind it
    key = (facts.instance.kind, facts.instance.name, "stay share", facts.draws.key, shut.shape, shut.tobytes())
    return facts.cache.get(key, lambda: _stayed(facts, settings, shut))


def _stayed(facts: Facts, settings: Settings, shut: Bools) -> Floats:
    """`stay_share` of shut[draw, venue]: of the settings only what units there are plays a part."""
    levers, base = facts.levers, calibrated(facts).users
    of_closed = (base * shut).sum(axis=1)
    if not of_closed.any():
        return np.full(len(base), np.nan)
    closed = {k: v[None, :, None] for k, v in levers.items()} | {"open": (levers["open"] * ~shut)[:, :, None]}
    r = result(facts, replace(settings, values=closed))
    lost: Floats = base.sum(axis=1) - r.users[:, 0].sum(axis=1)
    return np.where(of_closed > 0, 1 - lost / np.where(of_closed > 0, of_closed, 1.0), np.nan)


def hours_open(facts: Facts, s: State) -> Floats:
    """Opening hours a week [draw, quarter, venue]."""
    hours: Floats = s.open * s.ratio * facts.table.numbers("hours")
    return hours


def _by_venue(by_site: Floats, w: World, venues: int) -> Floats:
    """Sum [draw, quarter, 2, site] over the sites of each venue."""
    out: Floats = by_site[..., :venues].copy()
    for k in range(venues, by_site.shape[-1]):
        out[..., w.sites.venue[k]] += by_site[..., k]
    return out


def _pounds_per_minute(facts: Facts) -> Floats:
    """What one more minute each way costs a visitor: there and back, time and running costs."""
    value: Floats = 2 / 60 * (facts.number("value_of_time") + facts.number("running_cost"))
    return value


def _volunteers(facts: Facts, s: State) -> Floats:
    """Pounds of volunteers' time by group, shared out over adults: [draw, quarter, group]."""
    hours = (s.volunteer_hours * facts.inside).sum(axis=2) / 4
    adults = by_group(facts.place, facts.place.areas.people * (np.arange(len(AGE_BANDS)) > 0))
    value = hours * facts.number("volunteers.value")[:, None]
    shared: Floats = value[:, :, None] * (adults / max(adults.sum(), 1e-12))[None, None, :]
    return shared
