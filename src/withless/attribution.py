"""Measure by measure: what each saves, takes away and moves, alone, as a part of the plan, and what would change without it.

A measure's part in a line of the ledger (pounds, never a ratio or a chance) is its Shapley value: what it adds to the measures
before it, averaged over all orders in which the plan's measures could come. With v(T) a line where only the measures T are
carried out,
    part(m) = mean over orders of v(those before m and m) - v(those before m)
so that parts add up to the plan. Every measure arrives as it does in the whole plan, on the same draws throughout. Services do
not act on each other, so orders are only needed within each: exact over all subsets where a service has few measures, else over
orders drawn anew for every run of draws, each with its reverse, whose noise shows in the standard error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from math import factorial

import numpy as np
from numpy.typing import NDArray

from .appraise import Simulations
from .appraise.block import RUNS_IN_HAND, Run, crowding_of, run_one, yearly
from .appraise.gather import TOGETHER, pounds_of, target_year
from .appraise.layout import lay_out
from .assumptions import Draws
from .delivery import Delivery
from .ledger import PARTS
from .outcomes import PAYERS
from .place import Instance
from .plan import Measure, Plan
from .streams import BLOCK, Streams, blocks
from .verdict import CLASSES, Pounds, classify, together

Floats = NDArray[np.float64]

MOVED = tuple(f"moved_{payer}" for payer in PAYERS)
LINES = ("saving", *PARTS, "raised", "one_off", *MOVED)
"""Lines that are shared out: pounds of the target year, one-off cost of all years."""
TAKEN = ("fewer", "lower")
EXACT = 6
"""Measures of a service up to which every subset is run."""

Ids = frozenset[str]
Lines = Mapping[str, Floats]


@dataclass(frozen=True)
class Part:
    """One measure: each of `LINES`, float[draw], as a part of the plan (`share`), by itself (`alone`), and what of the plan goes
    if only this is dropped (`last`). `error[line]` is the standard error of the mean share; `exact` says whether every order was
    counted.

    `word` and `chance` of each class are the verdict on the plan without it.
    """

    measure: Measure
    share: Lines
    alone: Lines
    last: Lines
    error: Mapping[str, float]
    exact: bool
    word: str
    chance: Mapping[str, float]

    @property
    def taken(self) -> Floats:
        """Service taken away as a part of the plan: float[draw]."""
        return self.share["fewer"] + self.share["lower"]


@dataclass(frozen=True)
class Attribution:
    """A plan measure by measure in its target year. `whole` is each of `LINES` for the plan; `judged` are the ids of measures on
    services that the verdict counts; `word` and `chance` the plan's own verdict on these draws.
    """

    plan: Plan
    year: int
    seed: int
    draws: int
    parts: tuple[Part, ...]
    whole: Lines
    judged: frozenset[str]
    word: str
    chance: Mapping[str, float]


@dataclass(frozen=True)
class _Found:
    """One instance in one run of draws: lines of each measure's share, alone and last; of the plan; pounds with all measures
    and without each.
    """

    share: dict[str, Lines]
    alone: dict[str, Lines]
    last: dict[str, Lines]
    whole: Lines
    pounds: Pounds
    without: dict[str, Pounds]


def attribute(
    sims: Simulations, plan: Plan, draws: int, progress: Callable[[int, int], None] | None = None, exact: int = EXACT
) -> Attribution:
    """A plan measure by measure on `draws` draws (rounded up to blocks of 64); raises ValueError for one without measures."""
    if not plan.measures:
        raise ValueError("the plan has no measures: there is nothing to share out")
    year, register, n = target_year(plan), sims.register(plan), blocks(draws)
    crowd = crowding_of(sims, sims.layouts(plan, year), register, min(TOGETHER, n))
    touched = [i for i in plan.place.instances.values() if plan.of(i.name)]
    runs = [(first, min(TOGETHER, n - first)) for first in range(0, n, TOGETHER)]

    def found(run: tuple[int, int], instance: Instance) -> _Found:
        drawn = sims.draws(register, *run)
        return _instance(sims, plan, instance, year, drawn, sims.delivery(plan, crowd, drawn), exact)

    work = [
        (instance, run) for instance in touched for run in runs
    ]  # a service at a time: what it keeps is used while it is there
    done: dict[str, list[_Found]] = {i.name: [] for i in touched}
    with ThreadPoolExecutor(RUNS_IN_HAND) as pool:
        for k, ((instance, _), one) in enumerate(zip(work, pool.map(lambda w: found(w[1], w[0]), work), strict=True)):
            done[instance.name].append(one)
            if progress is not None:
                progress(k + 1, len(work))
    return _together(sims, plan, year, BLOCK * n, done, exact)


def _instance(
    sims: Simulations, plan: Plan, instance: Instance, year: int, draws: Draws, how: Delivery, exact: int
) -> _Found:
    """The measures of one instance in one run of draws."""
    measures = plan.of(instance.name)
    every = frozenset(m.id for m in measures)
    kept: dict[Ids, tuple[Lines, Pounds]] = {}

    def of(some: Ids) -> tuple[Lines, Pounds]:
        if some not in kept:
            chosen = replace(plan, measures=tuple(m for m in measures if m.id in some))
            by_year = yearly(_run(sims, chosen, instance, year, draws, how))
            kept[some] = _lines(by_year, year), pounds_of(by_year, year)
        return kept[some]

    def value(some: Ids) -> Lines:
        return of(some)[0]

    ids = tuple(m.id for m in measures)
    share = shapley(ids, value) if len(ids) <= exact else over_orders(ids, value, _orders(ids, draws))
    return _Found(
        share=share,
        alone={m: value(frozenset({m})) for m in ids},
        last={m: _minus(value(every), value(every - {m})) for m in ids},
        whole=value(every),
        pounds=of(every)[1],
        without={m: of(every - {m})[1] for m in ids},
    )


def _run(sims: Simulations, plan: Plan, instance: Instance, year: int, draws: Draws, how: Delivery) -> Run:
    return run_one(sims, lay_out(plan, instance, year), draws, how)


def _lines(by_year: Mapping[str, Floats], year: int) -> Lines:
    return {k: by_year[k].sum(axis=1) if k == "one_off" else by_year[k][:, year] for k in LINES}


def shapley(ids: Sequence[str], value: Callable[[Ids], Lines]) -> dict[str, Lines]:
    """Every id's Shapley value in every line, from all subsets: {id: {line: float[draw]}}."""
    n = len(ids)
    weight = [factorial(k) * factorial(n - k - 1) / factorial(n) for k in range(n)]
    share: dict[str, Lines] = {}
    for m in ids:
        others = [i for i in ids if i != m]
        total: dict[str, Floats] = {}
        for some in _subsets(others):
            added = _minus(value(some | {m}), value(some))
            for line, pounds in added.items():
                total[line] = total.get(line, 0.0) + weight[len(some)] * pounds
        share[m] = total
    return share


def over_orders(ids: Sequence[str], value: Callable[[Ids], Lines], orders: Sequence[Sequence[str]]) -> dict[str, Lines]:
    """Every id's mean addition in some orders: what Shapley values are over all of them."""
    total: dict[str, dict[str, Floats]] = {m: {} for m in ids}
    for order in orders:
        before: Ids = frozenset()
        for m in order:
            for line, pounds in _minus(value(before | {m}), value(before)).items():
                total[m][line] = total[m].get(line, 0.0) + pounds / len(orders)
            before = before | {m}
    return dict(total)


def _orders(ids: Sequence[str], draws: Draws) -> tuple[Sequence[str], Sequence[str]]:
    """An order of the run of draws' own, and its reverse, which takes out much of the noise."""
    luck = Streams(draws.seed, draws.block).uniforms("attribution", list(ids), 1)[0, :, 0]
    order = [ids[i] for i in np.argsort(luck)]
    return order, order[::-1]


def _subsets(ids: Sequence[str]) -> Iterator[Ids]:
    for code in range(2 ** len(ids)):
        yield frozenset(m for i, m in enumerate(ids) if code >> i & 1)


def _minus(a: Lines, b: Lines) -> dict[str, Floats]:
    return {k: a[k] - b[k] for k in a}


def _together(
    sims: Simulations, plan: Plan, year: int, draws: int, done: Mapping[str, Sequence[_Found]], exact: int
) -> Attribution:
    """Runs of draws put end to end, and the verdict without each measure."""
    counted = [name for name in done if lay_out(plan, plan.place.instances[name], year).service.in_verdict]
    whole = {k: sum((_joined([f.whole for f in found], k) for found in done.values()), np.zeros(draws)) for k in LINES}
    pounds = {name: _pounds([f.pounds for f in done[name]]) for name in done}
    own = _verdict([pounds[name] for name in counted])
    parts = []
    for m in plan.measures:
        found = done[m.service]
        share = {k: _joined([f.share[m.id] for f in found], k) for k in LINES}
        others = [pounds[name] for name in counted if name != m.service]
        rest = [_pounds([f.without[m.id] for f in found])] if m.service in counted else []
        word, chance = _verdict([*others, *rest])
        parts.append(
            Part(
                measure=m,
                share=share,
                alone={k: _joined([f.alone[m.id] for f in found], k) for k in LINES},
                last={k: _joined([f.last[m.id] for f in found], k) for k in LINES},
                error={k: _error(v) for k, v in share.items()},
                exact=len(plan.of(m.service)) <= exact,
                word=word,
                chance=chance,
            )
        )
    judged = frozenset(m.id for m in plan.measures if m.service in counted)
    return Attribution(plan, year, sims.seed, draws, tuple(parts), whole, judged, *own)


def _joined(found: Sequence[Lines], line: str) -> Floats:
    return np.concatenate([np.broadcast_to(f[line], f["saving"].shape) for f in found])


def _pounds(found: Sequence[Pounds]) -> Pounds:
    return Pounds(*(np.concatenate([getattr(p, name) for p in found]) for name in Pounds.__dataclass_fields__))


def _verdict(some: Sequence[Pounds]) -> tuple[str, dict[str, float]]:
    """The likeliest class of services together, and the chance of each; *same* for certain where there is none."""
    if not some:
        return "same", {"more": 0.0, "same": 1.0, "less": 0.0}
    classes = classify(together(some))
    chance = np.bincount(classes, minlength=len(CLASSES)) / len(classes)
    return CLASSES[int(np.argmax(chance))], dict(zip(CLASSES, chance.tolist(), strict=True))


def _error(values: Floats) -> float:
    """Standard error of a mean from runs of draws that are independent; NaN with a single one."""
    run = BLOCK * TOGETHER
    if len(values) < 2 * run:
        return float("nan")
    means = values[: len(values) // run * run].reshape(-1, run).mean(axis=1)
    return float(means.std(ddof=1) / np.sqrt(len(means)))
