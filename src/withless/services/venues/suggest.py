"""Which venues to change for a saving: the choice model at middle values as a location problem, and its answer as measures.

One option a venue: as it is, shorter hours, volunteers, the building of another venue near by, closed. What an option draws is
what `effects.state` makes of it, what it saves is what `money.running_cost` makes of it less income that goes with its own
users. The proof is at the middle of every assumption; what a suggestion does is for `appraise` to say, on all draws.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ... import location
from ...assumptions import Draws
from ...place import Instance, Place
from ...plan import Measure, Settings
from ...service import BaseModel, Beyond, Suggestion, Wanted
from . import baseline, effects, money, travel
from .choice import by_draw
from .facts import Facts
from .facts import hosts as hosts_of
from .model import VenuesModel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HOURS = (0.8, 0.6, 0.4)
"""Shorter hours that are tried, as parts of today's."""
SHARE_WITHIN_KM = 1.5
"""A venue may move in with another no farther off."""
LAST = 1e-3
"""What a user outside the most deprived fifth counts for where the worst off come first: only to decide between equals."""


@dataclass(frozen=True)
class Option:
    """One option of a venue: the lever it moves (empty: as it is) and to what."""

    venue: int
    lever: str
    amount: float
    words: str


@dataclass(frozen=True)
class Choices:
    """Options with what they draw and save at middle values; pairs of area and site by mode."""

    place: Place
    instance: Instance
    options: tuple[Option, ...]
    arrays: location.Options
    pairs: tuple[location.Pairs, location.Pairs]
    minutes: tuple[Floats, Floats]
    nests: tuple[location.NestSteps, location.NestSteps]
    share: tuple[Floats, Floats]
    odds: Floats
    lam: float


def middle(draws: Draws) -> Draws:
    """Every assumption at its mean over the draws."""
    values = {name: np.full(len(x), x.mean()) for name, x in draws.values.items()}
    return Draws(draws.seed, draws.block, values, f"{draws.key}:middle", draws.blocks)


def choices(model: BaseModel) -> Choices:
    """All options of the place's own open venues, at the middle of a model's draws."""
    facts = VenuesModel(model.place, model.instance, middle(model.draws), model.cache)
    hosts = _hosts(facts)
    settings = _trial(facts, hosts)
    w, base, state = effects.world_under(facts, settings), baseline.calibrated(facts), effects.state(facts, settings)
    weights = state.weights.mean(axis=0)  # [quarter, site]: luck of folding is averaged
    options, arrays = _options(facts, settings, weights, _savings(facts, state), w.sites)
    areas = facts.place.areas
    shifts = np.exp(base.shifts[0])[np.where(areas.outside, 5, areas.quintile).astype(int)]
    odds = (by_draw(w.crowd.odds)[0] * shifts)[:, None] * by_draw(w.crowd.ages)[0][None, :]
    _, *attraction = next(iter(w.attraction))  # all draws are alike: those of the first eight
    pairs, minutes, nests, share = [], [], [], []
    for mode in range(2):
        link, seen = w.links[mode], w.seen[mode]
        area = np.repeat(np.arange(len(link.start) - 1), np.diff(link.start))
        per_km = by_draw(w.speeds.per_km[mode])[0]
        pairs.append(location.Pairs(link.start, link.site.astype(np.int64), by_draw(attraction[mode])[0]))
        minutes.append(np.where(link.given, link.distance, link.distance * per_km[area]))
        nests.append(location.NestSteps(seen.first, seen.one, seen.two, by_draw(w.alike)[0][seen.node]))
        share.append(by_draw(w.crowd.mode_share[mode])[0])
    return Choices(
        facts.place, facts.instance, options, arrays, (pairs[0], pairs[1]), (minutes[0], minutes[1]), (nests[0], nests[1]),
        (share[0], share[1]), odds, float(w.parameters.lam[0]),
    )  # fmt: skip


def _hosts(facts: Facts) -> dict[int, int]:
    """The venue of another service that each own venue could move in with: {venue row: place in `host_ids`}."""
    table, where, own = facts.table, hosts_of(facts.place), set(facts.ids)
    others = [k for k, name in enumerate(facts.host_ids) if name not in own]
    if not others:
        return {}
    at = np.array([where[facts.host_ids[k]][1:] for k in others])
    found = {}
    for v in np.flatnonzero(facts.inside):
        away = np.hypot(at[:, 0] - table.numbers("x")[v] / 1000, at[:, 1] - table.numbers("y")[v] / 1000)
        if away.min() <= SHARE_WITHIN_KM:
            found[int(v)] = others[int(away.argmin())]
    return found


def _trial(facts: Facts, hosts: Mapping[int, int]) -> Settings:
    """Settings of one draw in which every quarter is one kind of option for all venues; volunteers last, since they may fold."""
    today, ids = facts.levers, facts.ids
    quarters = len(HOURS) + 3
    values = {k: np.repeat(np.asarray(v, np.float64)[None, :, None], quarters, 2) for k, v in today.items()}
    for q, part in enumerate(HOURS, 1):
        values["hours"][0, :, q] *= part
    for v, host in hosts.items():
        values["shared"][0, v, quarters - 2] = host
    values["volunteers"][0, :, quarters - 1] = 1.0
    return Settings(dict.fromkeys(values, ids), values)


def _savings(facts: Facts, state: effects.State) -> Floats:
    """Pounds a year that each quarter of the trial saves at each venue, [quarter + 1, venue]; the last row: closed."""
    cost, _ = money.running_cost(facts, state, np.zeros(state.open.shape))
    table = facts.table
    income, shut = np.nan_to_num(table.numbers("income")), np.nan_to_num(table.numbers("mothball_cost"))
    by_quarter = cost.mean(axis=0)
    sold = np.nan_to_num(table.numbers("capital_receipt")) > 0
    closed = np.where(sold, 0.0, shut) + income
    with_it = np.minimum(state.ratio.mean(axis=0), 1.0) ** float(
        (facts.number("hours") + facts.number("hours_visits"))[0]
    )
    lost = income[None, :] * (1 - with_it)
    return np.concatenate([by_quarter[:1] - by_quarter - lost, by_quarter[:1] - closed[None, :]])


def _options(
    facts: Facts, settings: Settings, weights: Floats, saving: Floats, sites: travel.Sites
) -> tuple[tuple[Option, ...], location.Options]:
    """Options of every venue; those that save nothing are left out, and venues outside or closed today have but one."""
    table, today, ours = facts.table, facts.levers, facts.inside
    names, where = table.words("name"), hosts_of(facts.place)
    moved = {int(v): int(s) for s, v in enumerate(sites.venue) if sites.host[s] >= 0}
    options, rows = [], []
    last = weights.shape[0] - 1
    for v in range(len(table)):
        options.append(Option(v, "", 0.0, f"{names[v]} stays as it is"))
        rows.append((v, v, weights[0, v], 0.0))
        if not ours[v] or today["open"][v] < 0.5:
            continue
        tried = []
        for q in range(1, len(HOURS) + 1):
            hours = float(settings["hours"][0, v, q])
            tried.append((q, "hours", hours, f"opens {hours:.3g} hours a week, not {today['hours'][v]:.3g}", v))
        if v in moved:
            host = int(sites.host[moved[v]])
            tried.append((last - 1, "shared", float(host), f"moves in with {where[facts.host_ids[host]][0]}", moved[v]))
        if today["volunteers"][v] < 0.5:
            tried.append((last, "volunteers", 1.0, "is run by volunteers", v))
        for q, lever, amount, words, site in tried:
            if saving[q, v] > 0:
                options.append(Option(v, lever, amount, f"{names[v]} {words}"))
                rows.append((v, site, weights[q, site], saving[q, v]))
        options.append(Option(v, "open", 0.0, f"{names[v]} closes"))
        rows.append((v, -1, 0.0, saving[-1, v]))
    numbers = np.array(rows)
    at = numbers[:, :2].astype(np.int64)
    return tuple(options), location.Options(
        at[:, 0].copy(), at[:, 1].copy(), numbers[:, 2].copy(), numbers[:, 3].copy()
    )


def problem(c: Choices, harm: str = "users", minutes: float = 20.0) -> location.Problem:
    """The location problem for one kind of harm: users lost, users of the most deprived fifth first, people times minutes to
    the nearest, or people farther than `minutes`.
    """
    areas = c.place.areas
    ours = np.flatnonzero(~areas.outside)
    weight = np.where(areas.quintile == 0, 1.0, LAST) if harm == "worst-off" else np.ones(len(areas))
    parts = [_rows(c, m, ours) for m in range(2)]
    start = np.concatenate([parts[0][0], parts[0][0][-1] + parts[1][0][1:]])
    pair = [p[1] for p in parts]
    site = np.concatenate([c.pairs[m].site[pair[m]] for m in range(2)])
    people = np.concatenate([(areas.people * (weight * c.share[m])[:, None])[ours] for m in range(2)])
    if harm in ("minutes", "beyond"):
        far = np.concatenate([c.minutes[m][pair[m]] for m in range(2)])
        value = -far if harm == "minutes" else (far <= minutes).astype(np.float64)
        nothing = -2.0 * float(far.max()) if harm == "minutes" else 0.0
        demand = location.Demand(
            people.sum(axis=1, keepdims=True), people[:, :1] * 0, 1.0, nearest=True, nothing=nothing
        )
        return location.problem(location.Pairs(start, site, value), demand, c.arrays)
    value = np.concatenate([c.pairs[m].value[pair[m]] for m in range(2)])
    demand = location.Demand(people, np.concatenate([c.odds[ours], c.odds[ours]]), c.lam)
    steps = [p[2] for p in parts]
    nests = location.NestSteps(
        np.concatenate([steps[0].first, steps[0].first[-1] + steps[1].first[1:]]),
        *(np.concatenate([getattr(s, name) for s in steps]) for name in ("one", "two", "rho")),
    )
    return location.problem(location.Pairs(start, site, value), demand, c.arrays, nests)


def _rows(c: Choices, mode: int, ours: Ints) -> tuple[Ints, Ints, location.NestSteps]:
    """Row starts, which pairs, and the nests of the areas inside, for one mode."""
    start, pair = _cut(c.pairs[mode].start, ours)
    n = c.nests[mode]
    first, step = _cut(n.first, ours)
    return start, pair, location.NestSteps(first, n.one[step], n.two[step], n.rho[step])


def _cut(start: Ints, rows: Ints) -> tuple[Ints, Ints]:
    """The starts of some rows only, and the places of their members."""
    many = np.diff(start)[rows]
    first = np.concatenate([[0], np.cumsum(many)]).astype(np.int64)
    return first, np.arange(first[-1]) + np.repeat(start[:-1][rows] - first[:-1], many)


def limits(
    c: Choices,
    keep: Sequence[str] = (),
    within: float | None = None,
    at_most: int | None = None,
    fair: bool = False,
    levers: Sequence[str] | None = None,
) -> location.Limits:
    """Venues of `keep` stay as they are; nobody who has a venue within so many minutes today is left without; at most so many
    close in a district; no fifth loses much more than all together (`location.Limits.more`). `levers`: only these are moved.
    """
    ids, venue = c.instance.tables["venues"].words("id"), c.arrays.venue
    lever = np.array([o.lever for o in c.options])
    allowed = ~(np.isin(np.array(ids)[venue], list(keep)) & (lever != ""))
    if levers is not None:
        allowed &= np.isin(lever, ["", *levers])
    left, most, names = [], [], []
    if within is not None:
        for row in _cover(c, within):
            left.append(-row)
            most.append(-1.0)
            names.append(f"nobody is left beyond {within:g} minutes")
    if at_most is not None:
        district = _districts(c)
        for name in sorted(set(district)):
            here = (np.array(district)[venue] == name) & (lever == "open")
            left.append(here.astype(np.float64))
            most.append(float(at_most))
            names.append(f"at most {at_most} close in {name}")
    rows = np.flatnonzero(~c.place.areas.outside)
    fifths = np.tile(c.place.areas.quintile[rows].astype(np.int64), 2) if fair else None
    many = len(c.options)
    return location.Limits(
        allowed, np.array(left).reshape(-1, many), np.array(most), tuple(dict.fromkeys(names)), fifths
    )


def _cover(c: Choices, within: float) -> list[Floats]:
    """For every area that has a venue within so many minutes by car, options that keep it so; only the smallest sets."""
    start, pair = _cut(c.pairs[0].start, np.flatnonzero(~c.place.areas.outside))
    near = c.minutes[0][pair] <= within
    sets = set()
    for a, b in itertools.pairwise(start.tolist()):
        sites = c.pairs[0].site[pair[a:b]][near[a:b]]
        options = np.flatnonzero(np.isin(c.arrays.site, sites) & (c.arrays.factor > 0))
        today = np.isin([o.lever == "" for o in c.options], [True])[options]
        if today.any():
            sets.add(frozenset(options.tolist()))
    smallest = [s for s in sets if not any(other < s for other in sets)]
    rows = []
    for s in smallest:
        row = np.zeros(len(c.options))
        row[list(s)] = 1.0
        rows.append(row)
    return rows


def _districts(c: Choices) -> list[str]:
    """District of each venue: that of the nearest area."""
    areas, table = c.place.areas, c.instance.tables["venues"]
    district = areas.districts
    if not district:
        return [c.place.name] * len(table)
    x, y = table.numbers("x") / 1000, table.numbers("y") / 1000
    return [district[int(np.hypot(areas.x_km - a, areas.y_km - b).argmin())] for a, b in zip(x, y, strict=True)]


def suggest(model: BaseModel, wanted: Wanted) -> Suggestion:
    """See `service.Suggests`."""
    key = (model.instance.kind, model.instance.name, "choices", model.draws.key)
    c = model.cache.get(key, lambda: choices(model))
    levers = None if wanted.may_close else ("hours", "volunteers", "shared")
    bounds = limits(c, wanted.keep, levers=levers)
    p = problem(c, wanted.harm, wanted.minutes)
    try:
        if wanted.rule == "least":
            answer = location.solve(p, wanted.saving, bounds, wanted.seconds)
            chosen, harm, bound, proved = answer.chosen, answer.harm, answer.bound, answer.proved
        else:
            chosen = ranked(c, p, wanted.saving, wanted.rule, bounds)
            harm = bound = location.harm(p, chosen)
            proved = False
    except location.Unreachable as error:
        raise Beyond(error.most) from None
    return Suggestion(measures(c, chosen, wanted.start), harm, bound, proved)


def ranked(c: Choices, p: location.Problem, saving: float, rule: str, bounds: location.Limits) -> Ints:
    """Close venues one by one until the saving is met: lowest use for each pound first, or least loss if it alone closed."""
    chosen = np.zeros(p.venues, dtype=np.int64)
    lost = location.moves(p, chosen)
    use = own_use(p)
    shut = [
        o
        for o, option in enumerate(c.options)
        if option.lever == "open" and (bounds.allowed is None or bounds.allowed[o])
    ]
    worth = {o: (use[c.options[o].venue] if rule == "lowest_use" else lost[o]) for o in shut if c.arrays.saving[o] > 0}
    saved, first = 0.0, np.searchsorted(c.arrays.venue, np.arange(p.venues))
    for o in sorted(worth, key=lambda o: worth[o] / c.arrays.saving[o]):
        if saved >= saving:
            break
        chosen[c.options[o].venue] = o - first[c.options[o].venue]
        saved += c.arrays.saving[o]
    if saved < saving:
        raise location.Unreachable(saved)
    return chosen


def own_use(p: location.Problem) -> Floats:
    """Users of every venue today, [venue]: use of each row shared out by pull (venues that share a nest count by their own)."""
    a = p.arrays
    pull = a.value[a.at]
    total = np.bincount(a.row, pull, len(a.start) - 1)
    use = location.values(p, np.zeros(p.venues, dtype=np.int64))
    part = np.where(total > 0, use / np.where(total > 0, total, 1.0), 0.0)
    found: Floats = np.bincount(a.venue, pull * part[a.row], p.venues).astype(np.float64)
    return found


def taken(c: Choices, chosen: Ints) -> list[int]:
    """Options chosen that change something."""
    first = np.searchsorted(c.arrays.venue, np.arange(len(chosen)))
    return [int(first[v] + k) for v, k in enumerate(chosen) if k > 0]


TITLES = {
    "open": "Close {names}",
    "hours": "Open {names} for shorter hours",
    "volunteers": "Hand {names} to volunteers",
    "shared": "Move {names} into another building",
}


def measures(c: Choices, chosen: Ints, start: float) -> tuple[Measure, ...]:
    """The choice as measures of a plan, one for every lever and amount."""
    table = c.instance.tables["venues"]
    ids, names, hours = table.words("id"), table.words("name"), table.numbers("hours")
    by: dict[tuple[str, str, float], list[int]] = {}
    for o in taken(c, chosen):
        option = c.options[o]
        change, amount = "set", option.amount
        if option.lever == "hours":
            change, amount = "scale", round(option.amount / hours[option.venue], 6)
        by.setdefault((option.lever, change, amount), []).append(option.venue)
    out = []
    for n, ((lever, change, amount), venues) in enumerate(sorted(by.items()), 1):
        some = [names[v] for v in venues]
        title = TITLES[lever].format(names=", ".join(some) if len(some) <= 3 else f"{len(some)} venues")
        out.append(
            Measure(
                id=f"{c.instance.name}-{lever}-{n}",
                title=title,
                service=c.instance.name,
                lever=lever,
                where=tuple(ids[v] for v in venues),
                change=change,
                amount=amount,
                start=start,
                phase=2.0 if lever in ("open", "hours") else 4.0,
            )
        )
    return tuple(out)
