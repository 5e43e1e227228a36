"""Propose, appraise, keep: plans that save as much as a plan with less harm, and those that councils would otherwise make.

Services are bought one bundle each. Every bundle is appraised alone on few draws; one bundle a service is picked for the
saving of each payer; at the price that sets (harm for one more pound saved) CMA-ES proposes further bundles for each service
whose measures can be scaled; and all is picked again. The pick is then appraised whole on all draws, and what is told of it
comes from a fresh seed. Nothing that charges users more, or moves more cost to others, than the plan does is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..appraise import DRAWS
from ..plan import Measure, Plan
from ..service import Beyond, Suggestion, Suggests, Unworkable, Wanted, get
from ..study import SEED, Study
from . import bundles
from .bundles import Bundle
from .pick import pick
from .points import Effect, Point, effect, point

Floats = NDArray[np.float64]
HARMS = ("service", "users", "minutes", "worst-off", "beyond")
SCREEN = 128
FRESH = 1_000
"""Seed of the draws that the answer comes from, unless another is asked for."""
SHORT = 0.005
"""A plan saves as much as another if it is short by no more than this part."""
STEPS = (0.25, 0.5, 0.75, 1.25)
"""Other savings on the frontier, as parts of the one asked for."""


@dataclass(frozen=True)
class Options:
    """The answer: the plan and the best found on the same fresh draws, every point of the frontier, and proofs of suggestions."""

    harm: str
    target: float
    plan: Point
    best: Point
    points: tuple[Point, ...]
    bounds: dict[str, Suggestion]
    tried: int
    seconds: float
    seed: int
    notes: tuple[str, ...] = ()

    @property
    def better(self) -> bool:
        """Whether the best plan found does clearly less harm: by more than the draws' own error."""
        gain = self.plan.harm - self.best.harm
        return bool(gain.mean() > 2 * gain.std() / np.sqrt(len(gain)) and gain.mean() > 0)


class _Search:
    """What one call carries along."""

    def __init__(self, plan: Plan, harm: str, keep: tuple[str, ...], minutes: float, until: float) -> None:
        self.given, self.harm, self.keep, self.minutes, self.until = plan, harm, keep, minutes, until
        self.study = Study(plan.place, SEED, SCREEN)
        self.known: dict[tuple[str, tuple[Measure, ...]], Effect] = {}
        self.bounds: dict[str, Suggestion] = {}
        self.pool: dict[str, list[Bundle]] = {}
        self.names = [n for n in plan.place.instances if plan.of(n) and get(plan.place.instances[n].kind).in_verdict]
        starts = [m.start for m in plan.measures]
        self.start = float(np.median(starts)) if starts else 0.0

    def effect(self, name: str, measures: Sequence[Measure]) -> Effect:
        """One service under some measures, nothing else changed, on few draws."""
        key = (name, tuple(measures))
        if key not in self.known:
            if measures:
                found = self.study.appraise(replace(self.given, measures=tuple(measures), promises=()))
                self.known[key] = effect(found, found.service(name), self.harm)
            else:
                self.known[key] = Effect(0.0, 0.0, 0.0)
        return self.known[key]

    def own(self, name: str) -> tuple[Measure, ...]:
        """The plan's measures of a service, units that are kept left out."""
        return bundles.spare(self.given.of(name), self.keep)

    def fill(self, seconds: float) -> None:
        """The first bundles of every service."""
        each = seconds / max(1, len(self.names))
        for name in self.names:
            instance, until = self.given.place.instances[name], min(self.until, time.monotonic() + each)
            self.pool[name] = []
            for bundle in bundles.variations(self.given.place, instance, self.own(name)):
                self.add(name, bundle)
                if time.monotonic() > until and bundle.name != "as planned":
                    break
            self.suggestions(name, until)

    def suggestions(self, name: str, until: float) -> None:
        """What the service itself suggests at some savings, with closures and without."""
        instance = self.given.place.instances[name]
        if not isinstance(get(instance.kind), Suggests):
            return
        planned = self.effect(name, self.own(name)).saving
        for level, may_close in ((1.0, True), (1.0, False), *((x, True) for x in bundles.LEVELS)):
            found = self.suggest(name, level * planned, may_close=may_close)
            if found is not None:
                self.add(name, found[0])
                if level == 1.0 and may_close:
                    self.bounds[name] = found[1]
            if time.monotonic() > until:
                return

    def suggest(
        self, name: str, target: float, *, may_close: bool = True, rule: str = "least"
    ) -> tuple[Bundle, Suggestion] | None:
        """A suggestion that saves about `target` by the appraisal."""
        model = self.study.models(name)[0]
        harm = self.harm if self.harm != "service" else "users"
        wanted = Wanted(0.0, rule, harm, self.minutes, self.keep, may_close, self.start, 3.0)

        def saving_of(measures: Sequence[Measure]) -> float:
            return self.effect(name, measures).saving

        return bundles.suggested(model, self.own(name), wanted, target, saving_of)

    def add(self, name: str, bundle: Bundle) -> None:
        """Take a bundle into the pool if it works."""
        try:
            self.effect(name, bundle.measures)
        except Unworkable:
            return
        self.pool[name].append(bundle)

    def on_others(self, name: str, bundle: Bundle) -> bool:
        """Whether a bundle puts more on users and others than the plan does there."""
        most = max(self.effect(name, self.given.of(name)).others, 0.0)
        return bundle.name != "as planned" and self.effect(name, bundle.measures).others > most * (1 + SHORT) + 1.0

    def pick(self, part: float, *, closing: bool = True, on_others: bool = False) -> dict[str, Bundle] | None:
        """One bundle a service for `part` of each payer's saving: with closures or without, more on others or not."""

        def allowed(name: str, b: Bundle) -> bool:
            return (closing or not b.closes) and (on_others or not self.on_others(name, b))

        chosen: dict[str, Bundle] = {}
        for payer, target in self.targets().items():
            names = [n for n in self.names if self.given.place.instances[n].payer == payer]
            some = {n: [b for b in self.pool[n] if allowed(n, b)] for n in names}
            effects = {n: [self.effect(n, b.measures) for b in some[n]] for n in names}
            found = pick(
                [[e.saving for e in effects[n]] for n in names],
                [[e.harm for e in effects[n]] for n in names],
                part * target,
            )
            if found is None:
                return None
            chosen |= {n: some[n][k] for n, k in zip(names, found, strict=True)}
        return chosen

    def most(self, *, closing: bool = True) -> dict[str, Bundle]:
        """The bundle of every service that saves the most."""
        return {
            n: max(
                (b for b in self.pool[n] if closing or not b.closes), key=lambda b: self.effect(n, b.measures).saving
            )
            for n in self.names
        }

    def targets(self) -> dict[str, float]:
        """What the plan saves by payer, as the same bundles appraised alone."""
        out: dict[str, float] = {}
        for n in self.names:
            payer = self.given.place.instances[n].payer
            out[payer] = out.get(payer, 0.0) + self.effect(n, self.given.of(n)).saving
        return out

    def harm_of(self, chosen: dict[str, Bundle] | None) -> float:
        return np.nan if chosen is None else sum(self.effect(n, b.measures).harm for n, b in chosen.items())

    def price(self, part: float) -> float:
        """Harm for one more pound saved."""
        low, high = self.harm_of(self.pick(0.9 * part)), self.harm_of(self.pick(1.1 * part))
        total = 0.2 * part * sum(self.targets().values())
        found = (high - low) / total if total > 0 else 1.0
        return float(found) if np.isfinite(found) and found > 0 else 1.0

    def refine(self, part: float, chosen: dict[str, Bundle]) -> None:
        """CMA-ES over how much of each measure, service by service, at the price of a pound saved."""
        if self.harm in ("minutes", "beyond"):
            return
        price, todo = self.price(part), []
        for n in self.names:
            levers = bundles.levers_of(self.given.place.instances[n])
            for bundle in dict.fromkeys((chosen[n], Bundle("as planned", self.own(n)))):
                many = sum(bundles.scalable(levers[m.lever], m) for m in bundle.measures)
                if many:
                    todo.append((n, bundle, many))
        for k, (n, bundle, many) in enumerate(todo):
            self.descend(n, bundle, many, price, time.monotonic() + (self.until - time.monotonic()) / (len(todo) - k))

    def descend(self, n: str, bundle: Bundle, many: int, price: float, until: float) -> None:
        """New bundles of one service for as long as `until`."""
        from cmaes import CMA

        instance = self.given.place.instances[n]
        levers = bundles.levers_of(instance)
        most = max(self.effect(n, self.given.of(n)).others, 0.0)
        scale = max(abs(self.effect(n, self.given.of(n)).saving), 1.0)
        bounds = np.tile([0.0, 2.5], (many, 1))
        cma = CMA(
            mean=np.ones(many), sigma=0.35, bounds=bounds, seed=SEED, population_size=4 + int(3 * np.log(many + 1))
        )
        best, stalled = np.inf, 0
        while time.monotonic() < until and stalled < 4 and not cma.should_stop():
            told = []
            for _ in range(cma.population_size):
                x = cma.ask()
                measures = bundles.with_factors(self.given.place, instance, bundle.measures, x.tolist())
                if time.monotonic() > until:
                    return
                e = self.effect(n, measures)
                worth = e.harm - price * e.saving + 2 * max(0.0, e.others - most)
                told.append((x, worth / scale))
                self.add(n, Bundle(f"{bundle.name}, so much of each", measures, bundles.closes(levers, measures)))
            cma.tell(told)
            now = min(w for _, w in told)
            stalled, best = (stalled + 1, best) if now > best - 1e-3 else (0, now)

    def plan_of(self, title: str, chosen: dict[str, Bundle]) -> Plan:
        """The picked bundles, and the plan's own measures of services that are not judged."""
        measures = [m for b in chosen.values() for m in b.measures]
        measures += [m for m in self.given.measures if m.service not in chosen]
        return replace(self.given, title=title, measures=tuple(measures), promises=())


def search(
    plan: Plan,
    saving: float | None = None,
    keep: Sequence[str] = (),
    harm: str = "service",
    seconds: float = 60.0,
    fresh_seed: int = FRESH,
    draws: int = DRAWS,
    minutes: float = 20.0,
    progress: Callable[[str], None] | None = None,
) -> Options:
    """Plans of the same place that save `saving` pounds a year (the plan's own if none) with the least harm found in the time.

    `keep`: units that stay as they are. `harm`: what is kept low, see `HARMS`. Raises ValueError for what cannot be.
    """
    begun = time.monotonic()
    say = progress or (lambda _: None)
    unknown = [u for u in keep if not any(u in _units(plan, n) for n in plan.place.instances)]
    if unknown:
        raise ValueError(f"--keep: no service of {plan.place.name} has a unit {', '.join(unknown)}")
    s = _Search(plan, harm, tuple(keep), minutes, begun + 0.75 * seconds)
    if not s.names:
        raise ValueError("the plan changes no service that counts in the verdict")
    say("Trying each service by itself")
    s.fill(0.5 * seconds)
    total = sum(s.targets().values())
    part = 1.0 if saving is None else saving / max(total, 1e-9)
    chosen = s.pick(part)
    if chosen is None:
        chosen = s.pick(part, on_others=True)
    if chosen is None:
        most = sum(s.effect(n, b.measures).saving for n, b in s.most().items())
        raise Beyond(most)
    say("Refining")
    s.refine(part, chosen)
    chosen = s.pick(part) or chosen
    say("Finishing on all draws")
    return _finished(s, part, chosen, fresh_seed, draws, begun)


def _finished(s: _Search, part: float, chosen: dict[str, Bundle], seed: int, draws: int, begun: float) -> Options:
    """The pick appraised whole, made up where it falls short, and every point of the frontier from the fresh seed."""
    fresh = Study(s.given.place, seed, draws)
    plan = point("The plan", s.given, fresh.appraise(s.given), s.harm)
    need = part * plan.saving.mean()
    best, asked = None, part
    for _ in range(4):
        here = point("The best found", s.plan_of(f"Less harm than: {s.given.title}", chosen), None, s.harm, fresh)
        if best is None or here.saving.mean() >= need * (1 - SHORT):
            best = here
        if here.saving.mean() >= need * (1 - SHORT):
            break
        asked *= 1.005 * need / max(here.saving.mean(), 1e-9)
        again = s.pick(asked)
        if again is None:
            break
        chosen = again
    assert best is not None  # noqa: S101  # the loop runs at least once
    points, notes = _others(s, part, fresh)
    if saves_more_on_others(best, plan):
        notes.append("The best found puts more on users or others than the plan does: no other saves as much.")
    for other in (plan, *points):
        enough = other.saving.mean() >= need * (1 - SHORT) and not saves_more_on_others(other, plan)
        if enough and other.harm.mean() < best.harm.mean() * (1 + 1e-9):
            best = replace(other, name="The best found")
    return Options(
        s.harm, float(need), plan, best, (best, plan, *points), s.bounds, len(s.known), time.monotonic() - begun, seed,
        tuple(notes),
    )  # fmt: skip


def saves_more_on_others(point: Point, plan: Point) -> bool:
    """Whether a plan charges users and moves to others more than the plan given does."""
    put, most = ((p.charged + p.moved).mean() for p in (point, plan))
    return bool(put > max(most, 0.0) * 1.01 + 0.001 * abs(plan.saving.mean()))


def _others(s: _Search, part: float, fresh: Study) -> tuple[list[Point], list[str]]:
    """Do nothing, close nothing, pro rata, two rules of councils, and the least harm found at other savings."""
    notes: list[str] = []
    zero = replace(s.given, title="Do nothing", measures=(), promises=())
    wanted: list[tuple[str, dict[str, Bundle] | None]] = [
        ("Close nothing", _close_nothing(s, part, notes)),
        ("Pro rata", _pro_rata(s, part)),
        ("Lowest use per pound first", _by_rule(s, "lowest_use")),
        ("Least loss if alone, first", _by_rule(s, "single_loss")),
        *((f"Least harm found at {100 * x:.0f}%", s.pick(part * x)) for x in STEPS),
    ]
    points = [point("Do nothing", zero, None, s.harm, fresh)]
    for name, chosen in wanted:
        if chosen is None:
            notes.append(f"{name}: no plan found saves as much.")
        else:
            points.append(point(name, s.plan_of(name, chosen), None, s.harm, fresh))
    return points, notes


def _close_nothing(s: _Search, part: float, notes: list[str]) -> dict[str, Bundle]:
    """The least harm without a closure; where that cannot save as much, more put on others; else the most it saves."""
    chosen = s.pick(part, closing=False)
    if chosen is None:
        chosen = s.pick(part, closing=False, on_others=True)
        if chosen is not None:
            notes.append("Close nothing: only by putting more on users or others than the plan does.")
    if chosen is None:
        chosen = s.most(closing=False)
        notes.append("Close nothing: no plan found saves as much; the one shown saves the most.")
    return chosen


def _by_rule(s: _Search, rule: str) -> dict[str, Bundle] | None:
    """The plan with its venues chosen by a rule, service by service, for what the plan saves there."""
    chosen, any_ = {n: Bundle("as planned", s.given.of(n)) for n in s.names}, False
    for n in s.names:
        if isinstance(get(s.given.place.instances[n].kind), Suggests):
            try:
                found = s.suggest(n, s.effect(n, s.given.of(n)).saving, rule=rule)
            except Beyond:
                found = None
            if found is not None:
                chosen[n], any_ = found[0], True
    return chosen if any_ else None


def _pro_rata(s: _Search, part: float) -> dict[str, Bundle] | None:
    """Every service that the plan changes saves the same part of what it costs, all of it cut alike."""
    cost = {n: _cost(s, n) for n in s.names}
    target, chosen = s.targets(), {}
    for n in s.names:
        instance = s.given.place.instances[n]
        paid = sum(cost[o] for o in s.names if s.given.place.instances[o].payer == instance.payer)
        need = part * target[instance.payer] * cost[n] / max(paid, 1e-9)
        cut = bundles.across(s.given.place, instance, s.start, s.keep)
        if cut is None:
            chosen[n] = Bundle("as planned", s.given.of(n))
            continue
        low, high = 0.0, 1.0
        for _ in range(5):
            x = (low + high) / 2
            low, high = (x, high) if s.effect(n, (cut(x),)).saving > need else (low, x)
        chosen[n] = Bundle("all alike", (cut(round((low + high) / 2, 4)),))
    return chosen


def _cost(s: _Search, name: str) -> float:
    """Gross cost a year today."""
    found = s.study.appraise(replace(s.given, measures=s.given.of(name), promises=()))
    return float(found.service(name).yearly["gross_cost0"][:, found.year].mean())


def _units(plan: Plan, name: str) -> set[str]:
    instance = plan.place.instances[name]
    service = get(instance.kind)
    return {u for lever in service.levers for u in service.units(plan.place, instance, lever.name)}
