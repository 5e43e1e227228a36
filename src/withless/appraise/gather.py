"""Blocks put together: probabilities, verdicts by service and year, promises, and which assumptions matter."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .. import delivery, promises
from ..assumptions import Joint, Register
from ..outcomes import PAYERS
from ..place import Instance
from ..plan import Plan, Promise
from ..promises import PromiseResult
from ..service import discover, get
from ..streams import BLOCK, blocks
from ..verdict import Groups, Verdict, judge
from .block import Block, BlockService, laid_out, lay_out, run_block
from .result import Appraisal, ServiceResult

Floats = NDArray[np.float64]

DRAWS = 1024
SEED = 1
NO_VERDICT = "No verdict: nothing that is modelled changes"
"""The headline where a plan moves only what is too crude to be judged."""
TOGETHER = 2
"""Blocks that are run as one: calls of small arrays cost as much for 128 draws as for 64."""
RUNS_IN_HAND = 2
"""Such runs that one process has at a time at most: what services keep from run to run is sized for as many."""


def base_register() -> Register:
    """Every assumption there is: those of delivery and of all services."""
    return Register.merge([delivery.REGISTER, *(s.assumptions for s in discover().values())])


def register_for(plan: Plan) -> Register:
    """Every assumption in force for a plan: the base register, fits of its services, the place's own, the plan's own."""
    register = base_register()
    for instance in plan.place.instances.values():
        if isinstance(fit := instance.options.get("fit"), Joint):
            register = register.with_joint(fit)
    return register.override(plan.place.overrides, "place").override(plan.overrides, "plan")


def appraise(
    plan: Plan,
    draws: int = DRAWS,
    seed: int = SEED,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Appraisal:
    """Simulate a plan against doing nothing, and judge it.

    `draws` is rounded up to whole blocks of 64; `workers` processes share the blocks and change no number; `progress`
    is called with (blocks done, blocks in all).
    """
    register, n, year = register_for(plan), blocks(draws), _target_year(plan)
    done: list[Block] = []
    for block in _run(plan, register, seed, n, workers, year):
        done.append(block)
        if progress is not None:
            progress(sum(b.blocks for b in done), n)
    return _gather(plan, register, seed, year, done)


def _run(plan: Plan, register: Register, seed: int, n: int, workers: int, year: int) -> Iterator[Block]:
    """Blocks in order: side by side in threads here (compiled parts run at once), or in `workers` processes."""
    layouts, firsts = laid_out(plan, year), range(0, n, TOGETHER)

    def run(first: int) -> Block:
        return run_block(plan, layouts, register, seed, first, min(TOGETHER, n - first))

    threads = min(RUNS_IN_HAND, os.cpu_count() or 1, len(firsts))
    if workers > 1:
        from joblib import Parallel, delayed

        yield from Parallel(n_jobs=workers, return_as="generator")(delayed(run)(first) for first in firsts)
    elif threads > 1:
        with ThreadPoolExecutor(threads) as pool:
            yield from pool.map(run, firsts)
    else:
        yield from map(run, firsts)


def _gather(plan: Plan, register: Register, seed: int, year: int, done: Sequence[Block]) -> Appraisal:
    results = tuple(
        _service(plan, instance, [b.services[name] for b in done], year)
        for name, instance in plan.place.instances.items()
    )
    headline = [r for r in results if r.in_verdict and (r.measures or not plan.measures)]
    yearly = [r.yearly for r in headline]
    verdicts = {y: _verdict(yearly, i) for i, y in enumerate(plan.place.calendar.years)}
    verdict = _verdict(yearly, year, _groups([(r.measured, r.group) for r in headline]))
    if plan.measures and not headline:
        verdict = replace(verdict, headline=NO_VERDICT)
    return Appraisal(
        plan=plan,
        register=register,
        seed=seed,
        draws=BLOCK * sum(b.blocks for b in done),
        year=year,
        services=results,
        promises=tuple(_promise(plan, p, [b.promises[i] for b in done]) for i, p in enumerate(plan.promises)),
        verdict=verdict,
        verdict_by_year=verdicts,
        influence=_influence([b.values for b in done], verdict.margin),
        horizon=_horizon(results, np.concatenate([b.values["money.discount_rate"] for b in done])),
    )


def _service(plan: Plan, instance: Instance, parts: Sequence[BlockService], year: int) -> ServiceResult:
    """One instance over all blocks, with its own verdicts."""
    service, measures = get(instance.kind), plan.of(instance.name)
    yearly = _joined([p.yearly for p in parts], axis=0)
    group = _joined([p.group for p in parts], axis=0)
    measured = parts[0].measured
    return ServiceResult(
        instance=instance,
        in_verdict=service.in_verdict,
        nouns=service.nouns,
        measures=measures,
        units=service.units(plan.place, instance, service.levers[0].name) if service.levers else (),
        fates=service.fates(plan.place, instance, lay_out(plan, instance, measures)),
        measured=measured,
        yearly=yearly,
        group=group,
        area={k: np.sum([p.area[k] for p in parts], axis=0) / len(yearly["c0"]) for k in parts[0].area},
        unit=_joined([p.unit for p in parts], axis=1),
        quarterly=_joined([p.quarterly for p in parts], axis=1),
        extra=_joined([p.extra for p in parts], axis=0),
        verdict=_verdict([yearly], year, _groups([(measured, group)])),
        verdict_by_year={y: _verdict([yearly], i) for i, y in enumerate(plan.place.calendar.years)},
    )


def _verdict(yearly: Sequence[Mapping[str, Floats]], year: int, groups: Groups | None = None) -> Verdict:
    """The verdict on the `yearly` of some services together in one year: pounds are summed before classifying."""

    def pounds(*names: str) -> Floats:
        return sum((y[n][:, year] for y in yearly for n in names), np.zeros(1))

    d, s, c0 = pounds("fewer", "lower"), pounds("saving"), pounds("c0")
    moved = pounds(*(f"moved_{payer}" for payer in PAYERS))
    return judge(d, s, c0, moved, _wait_ratio(yearly[0], year) if len(yearly) == 1 else None, groups)


def _wait_ratio(yearly: Mapping[str, Floats], year: int) -> Floats | None:
    """Wait of those who leave a list, plan over baseline, float[draw]; None where nobody waits.

    By Little's law it is the list over all who leave it a day. A service that loses people untreated tells all who leave
    in its series `exits`: over the treated alone, a list shortened by removals would look like a longer wait.
    """
    left = "exits" if "exits0" in yearly else "served"
    waits = [(yearly[f"wait_days{i}"][:, year], yearly[f"{left}{i}"][:, year]) for i in (0, 1)]
    if any((w <= 0).any() or (n <= 0).any() for w, n in waits):
        return None
    (w0, n0), (w1, n1) = waits
    return (w1 / n1) / (w0 / n0)


def _groups(results: Sequence[tuple[frozenset[str], Mapping[str, Floats]]]) -> Groups | None:
    """Expected losses by group over the (measured, group) of services whose use by deprivation was measured."""
    known = [(measured, group) for measured, group in results if "quintile" in measured]
    if not known:
        return None
    return Groups(
        need=known[0][1]["need"].mean(axis=0),
        before=np.sum([group["reach0"].mean(axis=0) for _, group in known], axis=0),
        after=np.sum([group["output1"].mean(axis=0) for _, group in known], axis=0),
        measured=frozenset.intersection(*(measured for measured, _ in known)),
    )


def _promise(plan: Plan, p: Promise, parts: Sequence[tuple[Floats, Floats]]) -> PromiseResult:
    value, baseline = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    if p.what in promises.GENERIC:
        unit = promises.GENERIC[p.what][0]
    else:
        unit = get(plan.place.instances[p.service].kind).quantities[p.what].unit
    return promises.check(p, unit, value, baseline)


def _influence(values: Sequence[Mapping[str, Floats]], margin: Floats) -> dict[str, float]:
    """Squared rank correlation of every assumption that varies with `margin[draw]`, largest first."""
    target, scores = _ranks(margin), {}
    if not target.any():
        return {}
    for name in values[0]:
        ranks = _ranks(np.concatenate([v[name] for v in values]))
        if ranks.any():
            scores[name] = float((ranks @ target) ** 2 / ((ranks @ ranks) * (target @ target)))
    return dict(sorted(scores.items(), key=lambda item: -item[1]))


def _ranks(values: Floats) -> Floats:
    """Ranks about their mean, ties sharing their average: those of `scipy.stats.rankdata`, which takes long to load."""
    order, ranks = np.argsort(values), np.empty(len(values))
    ordered = values[order]
    twice = np.searchsorted(ordered, ordered, "left") + np.searchsorted(ordered, ordered, "right")
    ranks[order] = (twice - len(values)) / 2
    return ranks


def _horizon(results: Sequence[ServiceResult], rate: Floats) -> dict[str, Floats]:
    """Saving, one-off cost and receipts over the whole calendar, discounted to its first year."""

    def present(name: str) -> Floats:
        total = sum((r.yearly[name] for r in results), np.zeros(1))
        value: Floats = (total / (1 + rate[:, None]) ** np.arange(total.shape[1])).sum(axis=1)
        return value

    parts = {name: present(name) for name in ("saving", "one_off", "capital_receipt")}
    return parts | {"net": parts["saving"] - parts["one_off"] + parts["capital_receipt"]}


def _joined(parts: Sequence[Mapping[str, Floats]], axis: int) -> dict[str, Floats]:
    return {k: np.concatenate([p[k] for p in parts], axis=axis) for k in parts[0]}


def _target_year(plan: Plan) -> int:
    """The year of the plan's target, else the last whole financial year, else the last there is."""
    calendar = plan.place.calendar
    if plan.target_year in calendar.years:
        return calendar.years.index(plan.target_year)
    return calendar.years.index((calendar.whole_years or calendar.years)[-1])
