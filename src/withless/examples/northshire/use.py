"""Who uses which venue: a nested choice (whether to go at all, then where) with chance: the county's invented truth.

For area i and venue j: `V = 0.22 (pull ln(size) + 0.3 ln(hours) + luck) - decay minutes**0.7`,
`I = ln sum exp(V / 0.22)`,
`P(go) = logistic(level + 0.22 I + traits of the area)`, `P(j | go) = exp(V / 0.22 - I)`. A few in every hundred choose
without regard to distance: they borrow online, or kept a card from where they used to live. `level` is set so that the
county's residents use the service as often as published figures say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from . import figures
from .chance import Floats, Ints, stream
from .geography import County
from .sites import Site

_NEST = 0.22
_DETOUR = 1.3
_CAR_KM_A_MINUTE, _CAR_PARKING_MINUTES = 0.6, 4.0
_WALK_KM_A_MINUTE, _BUS_KM_A_MINUTE, _BUS_WAIT_MINUTES = 0.08, 0.3, 12.0


@dataclass(frozen=True)
class Habit:
    """How a service is used.

    `per_head`: users among residents; `pull` of size; `decay` of V with minutes**0.7; `by_decile`: index per decile
    above the middle; `by_age`: relative use of each age band; `loose`: share who choose without regard to distance.
    """

    per_head: float
    pull: float
    decay: float
    by_decile: float
    by_age: tuple[float, float, float, float, float, float]
    loose: float


HABITS = {
    "libraries": Habit(figures.LIBRARY_USERS_PER_HEAD, 0.5, 0.22, 0.01, (1.8, 0.7, 0.75, 1.0, 0.95, 0.6), 0.04),
    "museums": Habit(figures.MUSEUM_USERS_PER_HEAD, 0.8, 0.12, 0.05, (1.1, 0.8, 1.0, 1.2, 0.8, 0.4), 0.15),
    "pools": Habit(figures.POOL_USERS_PER_HEAD, 0.6, 0.18, 0.04, (2.2, 0.9, 0.8, 0.8, 0.4, 0.1), 0.0),
    "sports_centres": Habit(figures.SPORTS_USERS_PER_HEAD, 0.6, 0.18, 0.03, (1.1, 1.6, 1.05, 0.6, 0.3, 0.1), 0.0),
}


def draw_use(seed: int, service: str, county: County, sites: Sequence[Site]) -> Ints:
    """Users of every venue from every area, rim included: int[area, venue]."""
    rng = stream(seed, f"use {service}")
    habit = HABITS[service]
    liked = habit.pull * np.log([s.size for s in sites]) + 0.3 * np.log([s.hours for s in sites])
    appeal = _NEST * (liked + rng.normal(0.0, 0.3, len(sites)))
    traits = _traits(habit, county) + rng.normal(0.0, 0.15, len(county.ids))
    by_mode = [_chances(appeal - habit.decay * minutes**0.7) for minutes in minutes_by_mode(county, sites)]
    level = _level(habit, county, traits, [index for index, _ in by_mode])
    shares = np.stack([1.0 - county.no_car_share, county.no_car_share])
    near = np.zeros((len(county.ids), len(sites)))
    for share, (index, where) in zip(shares, by_mode, strict=True):
        near += (share * county.residents * _logistic(level + traits + _NEST * index))[:, None] * where
    anywhere = near.sum(axis=0) / near.sum()
    expected = (1 - habit.loose) * near + habit.loose * near.sum(axis=1)[:, None] * anywhere
    users: Ints = rng.poisson(expected * rng.lognormal(-0.03, 0.25, expected.shape))
    return users


def nearest_share(county: County, sites: Sequence[Site], use: Ints) -> float:
    """Share of the county's users who use the venue nearest to their area, 0..1, given int[area, venue]."""
    gap = np.hypot(county.x[:, None] - [s.x for s in sites], county.y[:, None] - [s.y for s in sites])
    at_nearest = use[np.arange(len(use)), gap.argmin(axis=1)]
    inside = ~county.outside
    return float(at_nearest[inside].sum() / use[inside].sum())


def minutes_by_mode(county: County, sites: Sequence[Site]) -> tuple[Floats, Floats]:
    """Minutes one way by car, and on foot or by bus: two float[area, venue]."""
    x, y = np.array([s.x for s in sites]), np.array([s.y for s in sites])
    road_km = _DETOUR * np.hypot(county.x[:, None] - x, county.y[:, None] - y)
    by_car = _CAR_PARKING_MINUTES + road_km / _CAR_KM_A_MINUTE
    without = np.minimum(road_km / _WALK_KM_A_MINUTE, _BUS_WAIT_MINUTES + road_km / _BUS_KM_A_MINUTE)
    return by_car, without


def _traits(habit: Habit, county: County) -> Floats:
    """What the area's people add to the index of going, by deprivation and age."""
    by_age = np.log(county.people @ np.array(habit.by_age) / county.residents)
    traits: Floats = by_age + habit.by_decile * (county.decile - 5.5)
    return traits


def _chances(value: Floats) -> tuple[Floats, Floats]:
    """Inclusive value float[area], and the choice among venues given going float[area, venue]."""
    scaled = value / _NEST
    top = scaled.max(axis=1, keepdims=True)
    grown = np.exp(scaled - top)
    total = grown.sum(axis=1, keepdims=True)
    return (top + np.log(total))[:, 0], grown / total


def _level(habit: Habit, county: County, traits: Floats, indices: Sequence[Floats]) -> float:
    """The level at which residents of the county go as often as `per_head` says, by bisection."""
    weights = [1.0 - county.no_car_share, county.no_car_share]
    inside = ~county.outside
    low, high = -15.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        going = sum(w * _logistic(middle + traits + _NEST * i) for w, i in zip(weights, indices, strict=True))
        rate = float((going * county.residents)[inside].sum() / county.residents[inside].sum())
        low, high = (middle, high) if rate < habit.per_head else (low, middle)
    return (low + high) / 2


def _logistic(index: Floats) -> Floats:
    grown: Floats = 1.0 / (1.0 + np.exp(-index))
    return grown
