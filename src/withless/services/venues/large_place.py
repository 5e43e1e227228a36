"""Venues of a place of any size, draw by draw: what closing each alone, or some together, would do to users.

Nothing here grows with areas times venues or with draws times pairs, so all England fits in a desktop's memory. Appeals
are solved in full at the middle of the register and at a few values of lam across its draws (`ANCHORS`); every draw starts
from there, in 1/lam, and takes Newton steps with the second derivatives of the nearest of them until no venue is missed by
more than `MISS`. What is then still missed is reported.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeVar

import numpy as np
from joblib import delayed
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from ...assumptions import Draws
from ...place import Instance, Place
from ...service import Unworkable
from ...workers import shared
from . import calibration, choice, derivatives, nests, parameters, single_closures, travel
from .baseline import observed_users, quintile_targets
from .calibration import Aim
from .participation import Mode, Person
from .tables import MODES

Floats = NDArray[np.float64]

Arrays = TypeVar("Arrays", choice.Links, nests.Nests, nests.Tree)
Turn = tuple[NDArray[np.int64], Floats] | None

ANCHORS = 5
MISS = 1e-4
"""Worst part of a venue's users that a draw may miss them by."""
ANCHOR_MISS = 1e-6
STEPS = 60
PATIENCE = 6
"""Steps without halving the miss after which a draw works out its own second derivatives."""
CHUNK = 8
"""Draws handed to a worker at a time."""


@dataclass(frozen=True)
class World:
    """What all draws share: pairs by mode, who lives where, users of venues, and nests of those near each other."""

    place: Place
    instance: Instance
    links: tuple[choice.Links, choice.Links]
    users: Floats
    tree: nests.Tree
    seen: tuple[nests.Nests, nests.Nests]


@dataclass(frozen=True)
class Anchor:
    """Appeals at one value of lam: log weights[venue] and shifts of quintiles, the Cholesky factor of the second
    derivatives there; rho[node] of nests.
    """

    lam: float
    found: Floats
    factor: tuple[Floats, bool]
    rho: Floats


@dataclass(frozen=True)
class Alone:
    """Every venue closed on its own: users, lost (give up) and minutes (more each way for those who go on), [draw, venue].

    `miss[draw]`: worst part of a venue's users by which the appeals miss them. `after`, where some close together:
    users[draw, venue], and `areas[2, area]` mean users before and after.
    """

    users: Floats
    lost: Floats
    minutes: Floats
    miss: Floats
    after: Floats | None = None
    areas: Floats | None = None


class One(NamedTuple):
    """One draw: modes of travel with minutes[pair] of each, who chooses, and what is to be met."""

    modes: tuple[Mode, Mode]
    minutes: tuple[Floats, Floats]
    who: Person
    aim: Aim


def world(place: Place, instance: Instance, draws: Draws, minutes: float | None = None) -> World:
    """Pairs within the register's reach, or within `minutes` at the middle of its speeds; the nearest three always."""
    sites = travel.sites(place, instance, (), ())
    reach: list[Floats | float]
    if minutes is None:
        reach = [float(parameters.of(draws, instance, f"reach.{mode}")[0]) for mode in MODES]
    else:
        reach = list(minutes / travel.speeds(place, draws).minutes_per_km.mean(axis=1))
    one, two = (
        travel.links(place, sites, said, r) for said, r in zip(travel.told(place, instance, sites), reach, strict=True)
    )
    tree, many = nests.tree(sites.x_km, sites.y_km, len(sites.venue)), len(sites.venue)
    seen = nests.nests(tree, one.start, one.site, many), nests.nests(tree, two.start, two.site, many)
    return World(place, instance, (one, two), observed_users(instance), tree, seen)


def run(
    w: World,
    blocks: Sequence[Draws],
    closed: Sequence[str] = (),
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Alone:
    """Every venue alone, and `closed` together, on every draw; `workers` change no number.

    Inside `joblib.parallel_config(backend=...)` the draws go to that backend: Dask or Ray by name.
    """
    tasks = [(k, range(d, d + CHUNK)) for k in range(len(blocks)) for d in range(0, len(blocks[k]), CHUNK)]
    shut = np.isin(w.instance.tables["venues"].words("id"), list(closed))
    anchors = _anchors(w, blocks)
    jobs = (delayed(_chunk)(w, blocks[k], which, anchors, shut) for k, which in tasks)
    done = []
    for result in shared(jobs, workers):
        done.append(result)
        if progress is not None:
            progress(len(done), len(tasks))
    users, lost, minutes, after = (np.concatenate([r[i] for r in done]) for i in range(4))
    return Alone(
        users=users,
        lost=lost,
        minutes=minutes,
        miss=np.concatenate([r[4] for r in done]),
        after=after if shut.any() else None,
        areas=np.sum([r[5] for r in done], axis=0) / len(users) if shut.any() else None,
    )


def _chunk(
    w: World, draws: Draws, which: range, anchors: Sequence[Anchor], shut: NDArray[np.bool_]
) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
    """Some draws of a block: users, lost, minutes and after [draw, venue], miss[draw], areas[2, area] summed."""
    seen = _own(w.seen[0]), _own(w.seen[1])
    w = replace(w, links=(_own(w.links[0]), _own(w.links[1])), tree=_own(w.tree), seen=seen)
    n, venues = len(which), len(w.users)
    users, lost, minutes, after = (np.zeros((n, venues)) for _ in range(4))
    miss, areas = np.zeros(n), np.zeros((2, len(w.place.areas)))
    spread = _spread(w, draws)
    for row, d in enumerate(which):
        one = spread(d)
        found, miss[row] = _appeals(one, anchors)
        weights = np.where(w.users > 0, np.exp(np.minimum(found[:venues], 600.0)), 0.0)
        who = one.who._replace(odds=one.who.odds * _odds(w, found[venues:]))
        sums = np.zeros((3, venues))
        for mode, minutes_by in zip(one.modes, one.minutes, strict=True):
            single_closures.each_alone(mode, minutes_by, weights, who, sums)
        users[row], lost[row] = sums[0], sums[1]
        stay = np.maximum(sums[0] - sums[1], 0.0)
        minutes[row] = np.where(stay > 0, sums[2] / np.where(stay > 0, stay, 1.0), np.nan)
        if shut.any():
            for mode in one.modes:
                single_closures.together(mode, np.where(shut, 0.0, weights), who, after[row], areas[1])
                single_closures.together(mode, weights, who, np.zeros(venues), areas[0])
    return users, lost, minutes, after, miss, areas


def _own(arrays: Arrays) -> Arrays:
    """The same in arrays of this process: what comes from another may be read-only, and compiled code tells those apart."""
    make: Any = type(arrays)
    found: Arrays = make(*(np.require(x, requirements=["C", "W"]) for x in arrays))
    return found


def _spread(w: World, draws: Draws) -> Callable[[int], One]:
    """A function that makes one draw of a block at a time: attraction, minutes and people."""
    p, speeds = parameters.choice(w.instance, draws), travel.speeds(w.place, draws)
    index, ages = parameters.area_index(w.place, w.instance, draws), parameters.age_odds(w.instance, draws)
    target = quintile_targets(w.place, w.instance, draws, w.users)
    area = [np.repeat(np.arange(len(link.start) - 1), np.diff(link.start)) for link in w.links]
    rho, quintile = nests.alike(w.tree, p.next_door, p.short_walk), _quintile(w)

    def make(d: int) -> One:
        at, no_car = slice(d, d + 1), speeds.no_car[d]
        modes, minutes = [], []
        for m, (share, link) in enumerate(zip((1 - no_car, no_car), w.links, strict=True)):
            per_km, t = speeds.minutes_per_km[m, d], np.empty(len(link.site))
            choice.attraction(link.distance, link.given, area[m], per_km, p.kappa[at], p.alpha[at], t)
            modes.append(Mode(t, link.start, link.site, share, w.seen[m], rho[d]))
            minutes.append(np.where(link.given, link.distance, link.distance * per_km[area[m]]))
        who = Person(p.lam[at], np.exp(index[d]), ages[d], quintile, w.place.areas.people)
        aim = Aim(w.users, target[d] if len(target) else np.zeros(0), w.tree.one, w.tree.two, rho[d])
        return One((modes[0], modes[1]), (minutes[0], minutes[1]), who, aim)

    return make


def _quintile(w: World) -> NDArray[np.int64]:
    """0 to 4 inside, 5 outside."""
    return np.where(w.place.areas.outside, 5, w.place.areas.quintile).astype(np.int64)


def _odds(w: World, shifts: Floats) -> Floats:
    """What the shifts of quintiles make of the odds of use, [area]."""
    return np.asarray(np.exp(np.concatenate([shifts, np.zeros(6 - len(shifts))]))[_quintile(w)])


def _anchors(w: World, blocks: Sequence[Draws]) -> list[Anchor]:
    """Appeals solved in full in the draws whose lam is nearest to some quantiles of it, the lowest lam last."""
    lam = np.concatenate([parameters.choice(w.instance, d).lam for d in blocks])
    wanted = np.quantile(lam, np.linspace(1, 0, ANCHORS))
    picks = list(dict.fromkeys(int(np.abs(lam - x).argmin()) for x in wanted))
    anchors: list[Anchor] = []
    for pick in picks:
        one = _spread(w, blocks[pick // len(blocks[0])])(pick % len(blocks[0]))
        start = _start(one.who.lam[0], anchors) if anchors else None
        anchors.append(_solve(w, one, start))
    return anchors


def _start(lam: float, anchors: Sequence[Anchor]) -> Floats:
    """Log weights and shifts to start from: between anchors, straight in 1/lam."""
    if len(anchors) == 1:
        return anchors[0].found
    at = np.array([1 / a.lam for a in anchors])
    order = np.argsort(at)
    k = int(np.clip(np.searchsorted(at[order], 1 / lam), 1, len(at) - 1))
    low, high = anchors[order[k - 1]], anchors[order[k]]
    part = (1 / lam - 1 / low.lam) / max(1 / high.lam - 1 / low.lam, 1e-12)
    return np.asarray(low.found + np.clip(part, -0.5, 1.5) * (high.found - low.found))


def _solve(w: World, one: One, start: Floats | None) -> Anchor:
    """Appeals of one draw by Newton's method, with the factor at the end."""
    aim = one.aim
    if start is None:
        first, level = derivatives.first_guess(one.modes[0], one.who, aim.users)
        calibration.settle(first, aim)
        guess = np.where(aim.users > 0, first + level, calibration.SHUT)
        start = np.concatenate([guess, np.zeros(len(aim.by_quintile))])
    found, miss = _steps(start, one, None, ANCHOR_MISS)
    if not miss <= MISS:
        off = np.abs(_look(found, one).use - aim.users) / np.where(aim.users > 0, aim.users, np.inf)
        worst = w.instance.tables["venues"].words("name")[int(off.argmax())]
        raise Unworkable(
            f"{w.instance.title or w.instance.name}: no appeal gives {worst} its users (off by {100 * miss:.2g}%). "
            "Is it given more users than there are people within reach?"
        )
    return Anchor(float(one.who.lam[0]), found, _factor(found, one), aim.rho)


def _appeals(one: One, anchors: Sequence[Anchor]) -> tuple[Floats, float]:
    """Log weights[venue] and shifts of one draw, and its worst miss of a venue."""
    lam = one.who.lam[0]
    nearest = min(anchors, key=lambda a: abs(np.log(a.lam / lam)))
    return _steps(_start(lam, anchors), one, nearest.factor, MISS, _turn(one.aim, nearest.rho))


def _turn(aim: Aim, rho: Floats) -> Turn:
    """What makes steps with second derivatives of other `rho` those of a draw's own: (venues, matrix between them).

    In coordinates in which venues of a nest lie 1/rho apart the second derivatives are about the same for any rho.
    """
    venues, nodes = len(aim.users), len(aim.one)
    if nodes == 0:
        return None
    slots = np.unique(np.concatenate([aim.one, aim.two]))
    some = slots[slots < venues]
    spread = np.zeros((2, len(some), len(some)))
    for side, own in enumerate((aim.rho, rho)):
        for column, venue in enumerate(some):
            level = np.zeros(venues + nodes)
            level[venue] = 1.0
            for k in range(nodes):
                level[venues + k] = (level[aim.one[k]] + level[aim.two[k]]) / 2
            nests.handed_down(level, aim.one, aim.two, own)
            spread[side, :, column] = level[some]
    return some, spread[0] @ np.linalg.inv(spread[1])


def _steps(
    start: Floats, one: One, factor: tuple[Floats, bool] | None, enough: float, turn: Turn = None
) -> tuple[Floats, float]:
    """Newton steps until no venue is missed by more than `enough`; returns log weights with shifts, and the worst miss.

    With a `factor` from elsewhere, `turn` its steps; second derivatives are only worked out afresh where its steps stop gaining.
    """
    x, lam = start, one.who.lam[0]
    best, best_miss, stuck, own = start, np.inf, 0, factor is None
    for _ in range(STEPS):
        look = _look(x, one)
        gradient, miss = calibration.gradient_at(x, look.use, look.by_quintile, lam, one.aim)
        stuck = 0 if miss < 0.5 * best_miss else stuck + 1
        if miss < best_miss:
            best, best_miss = x, miss
        if miss <= enough:
            break
        if miss > 0.5:
            x = calibration.balanced(x, look.use, look.by_quintile, lam, one.aim)
            continue
        if factor is None or own or stuck >= PATIENCE:
            factor, stuck, turn = _factor(x, one), 0, None
        right = np.array(gradient)
        if turn is not None:
            right[turn[0]] = turn[1].T @ right[turn[0]]
        step = cho_solve(factor, right)
        if turn is not None:
            step[turn[0]] = turn[1] @ step[turn[0]]
        x = x - step * min(1.0, 2.0 / max(np.abs(step).max(), 1e-12))
    return best, float(best_miss)


def _look(x: Floats, one: One, *, system: bool = False) -> derivatives.Look:
    """The model at a trial."""
    look = derivatives.look_for(one.modes, len(one.aim.users), len(x) ** 2 if system else 0, 0)
    derivatives.look_at(x, one.modes, one.who, one.aim.users, look)
    return look


def _factor(x: Floats, one: One) -> tuple[Floats, bool]:
    """Cholesky factor of the second derivatives."""
    system = _look(x, one, system=True).system.reshape(len(x), len(x))
    factor: tuple[Floats, bool] = cho_factor(system, lower=False, overwrite_a=True, check_finite=False)
    return factor
