"""Blocks put together: probabilities, verdicts by service and year, promises."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .. import promises
from ..assumptions import Register
from ..outcomes import PAYERS
from ..plan import Plan, Promise
from ..promises import PromiseResult
from ..service import get
from ..streams import BLOCK, blocks
from ..verdict import RULE, Groups, Pounds, Verdict, judge, together
from ..workers import shared
from . import standing
from .block import RUNS_IN_HAND, Block, BlockService, Levels, crowding_of, run_block
from .influence import influence, nearest
from .layout import Layout
from .result import Appraisal, ServiceResult
from .simulations import Crowding, Simulations

Floats = NDArray[np.float64]

DRAWS = 1024
NO_VERDICT = "No verdict: nothing that is modelled changes"
NO_MEASURES = "No verdict: the plan has no measures"
NO_CHANGE = "No verdict: the plan changes nothing worth the name by"
"""The headline where a plan moves only what is too crude to be judged, or nothing."""
TOGETHER = 2
"""Blocks that are run as one: calls of small arrays cost as much for 128 draws as for 64."""


def appraise(
    sims: Simulations,
    plan: Plan,
    draws: int = DRAWS,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Appraisal:
    """Simulate a plan against doing nothing, and judge it.

    `draws` is rounded up to whole blocks of 64; `workers` processes share the blocks and change no number; `progress`
    is called with (blocks done, blocks in all), or with services where all blocks are one run.
    """
    register, n, year = sims.register(plan), blocks(draws), target_year(plan)
    layouts = sims.layouts(plan, year)
    crowd = crowding_of(sims, layouts, register, min(TOGETHER, n))
    keys = standing.keys_of(sims, plan, layouts, crowd, register, _runs(n)) if workers == 1 else {}
    known = standing.known(sims, keys)
    levels = {name: one.levels for name, one in known.items()}
    done: list[Block] = []
    if workers == 1 and n <= TOGETHER:
        passed = itertools.count(1)
        each = None if progress is None else lambda: progress(next(passed), len(layouts))
        done.append(run_block(sims, plan, layouts, crowd, register, 0, n, each, levels))
    else:
        for block in _run(sims, plan, layouts, crowd, register, n, workers, levels):
            done.append(block)
            if progress is not None:
                progress(sum(b.blocks for b in done), n)
    results = tuple(
        _as_before(layout, known[name])
        if (name := layout.instance.name) in known
        else _service(
            plan, layout, [b.services.pop(name) for b in done], year
        )  # never are all held both whole and in parts
        for layout in layouts
    )
    standing.keep(sims, keys, results, done)
    return _gather(plan, results, crowd, register, sims.seed, year, done)


def _runs(n: int) -> list[tuple[int, int]]:
    """The first block of each run, and how many it has."""
    return [(first, min(TOGETHER, n - first)) for first in range(0, n, TOGETHER)]


def _as_before(layout: Layout, one: standing.Standing) -> ServiceResult:
    return replace(one.result, instance=layout.instance, measures=layout.measures)


def _run(
    sims: Simulations,
    plan: Plan,
    layouts: Sequence[Layout],
    crowd: Crowding,
    register: Register,
    n: int,
    workers: int,
    known: Mapping[str, Levels],
) -> Iterator[Block]:
    """Blocks in order: side by side in threads here (compiled parts run at once), or in `workers` processes."""
    runs = _runs(n)

    def run(of: tuple[int, int]) -> Block:
        return run_block(sims, plan, layouts, crowd, register, *of, known=known)

    threads = min(RUNS_IN_HAND, os.cpu_count() or 1, len(runs))
    if workers > 1:
        from joblib import delayed

        yield from shared((delayed(run)(of) for of in runs), workers)
    elif threads > 1:
        with ThreadPoolExecutor(threads) as pool:
            yield from pool.map(run, runs)
    else:
        yield from map(run, runs)


def _gather(
    plan: Plan,
    results: Sequence[ServiceResult],
    crowd: Crowding,
    register: Register,
    seed: int,
    year: int,
    done: Sequence[Block],
) -> Appraisal:
    headline = [r for r in results if r.in_verdict and (r.measures or not plan.measures)]
    draws = BLOCK * sum(b.blocks for b in done)
    verdicts = {y: _whole(headline, i, draws) for i, y in enumerate(plan.place.calendar.years)}
    verdict = _whole(headline, year, draws, _groups([(r.measured, r.group) for r in headline if r.verdict.changes > 0]))
    if why := _why_none(plan, headline, verdict, year):
        verdict = replace(verdict, headline=why)
    if not plan.measures:
        verdicts = {y: replace(v, headline=NO_MEASURES) for y, v in verdicts.items()}
    values = [b.values for b in done]
    return Appraisal(
        plan=plan,
        register=register,
        seed=seed,
        draws=draws,
        year=year,
        services=tuple(results),
        promises=tuple(_promise(plan, p, [b.promises[i] for b in done]) for i, p in enumerate(plan.promises)),
        verdict=verdict,
        verdict_by_year=verdicts,
        influence=influence(plan, values, verdict),
        nearest=nearest(plan, values, verdict),
        horizon=_horizon(results, np.concatenate([v["money.discount_rate"] for v in values])),
        crowding=crowd,
    )


def _why_none(plan: Plan, judged: Sequence[ServiceResult], verdict: Verdict, year: int) -> str:
    """Why a plan has no verdict in the target year, as its headline; empty where it has one."""
    if not plan.measures:
        return NO_MEASURES
    if not judged:
        return NO_VERDICT
    return f"{NO_CHANGE} {plan.place.calendar.years[year]}" if verdict.changes == 0 else ""


def _service(plan: Plan, layout: Layout, parts: Sequence[BlockService], year: int) -> ServiceResult:
    """One instance over all blocks, with its own verdicts."""
    instance, service = layout.instance, layout.service
    yearly = _joined([p.yearly for p in parts], axis=0)
    group = _joined([p.group for p in parts], axis=0)
    measured = parts[0].measured
    return ServiceResult(
        instance=instance,
        in_verdict=service.in_verdict,
        nouns=service.nouns,
        measures=layout.measures,
        units=layout.units,
        fates=service.fates(plan.place, instance, layout.written),
        as_written={u: sum(p.as_written[u] for p in parts) / len(yearly["c0"]) for u in parts[0].as_written},
        measured=measured,
        yearly=yearly,
        group=group,
        area={k: np.sum([p.area[k] for p in parts], axis=0) / len(yearly["c0"]) for k in parts[0].area},
        unit=_joined([p.unit for p in parts], axis=1),
        quarterly=_joined([p.quarterly for p in parts], axis=1),
        extra=_joined([p.extra for p in parts], axis=0),
        verdict=judge(pounds_of(yearly, year), _groups([(measured, group)])),
        verdict_by_year={y: judge(pounds_of(yearly, i)) for i, y in enumerate(plan.place.calendar.years)},
    )


def _whole(results: Sequence[ServiceResult], year: int, draws: int, groups: Groups | None = None) -> Verdict:
    """The verdict on some services together in one year, naming those whose own word is *less*."""
    if not results:
        zero, no = np.zeros(draws), np.zeros(draws, dtype=bool)
        return judge(Pounds(zero, zero, zero, zero, zero, no, no, no))
    label = results[0].verdict_by_year.keys()
    losers = [r for r in results if r.verdict_by_year[list(label)[year]].word == "less"]
    names = [_in_a_sentence(r.instance.title or r.instance.name) for r in losers]
    return judge(together([pounds_of(r.yearly, year) for r in results]), groups, names)


def _in_a_sentence(title: str) -> str:
    """A service's title within a sentence: `Adult social care` begins small, `NHS 111` does not."""
    return title[:1].lower() + title[1:] if title[1:2].islower() else title


def pounds_of(yearly: Mapping[str, Floats], year: int) -> Pounds:
    """What the verdict on one service rests on in one year, from its `yearly`."""

    def of(*names: str) -> Floats:
        return np.asarray(np.sum([yearly[n][:, year] for n in names], axis=0))

    people0, people1 = of("served0"), of("served1", "spared1")
    fell = (people1 < (1 - RULE.fall) * people0) & (of("main1") < (1 - RULE.fall) * of("main0"))
    lost = of("quality1", "spared1") < (1 - RULE.reach) * of("quality0")
    return Pounds(
        d=of("fewer", "lower"),
        s=of("saving"),
        c=of("stake"),
        moved=of(*(f"moved_{payer}" for payer in PAYERS)),
        charged=of("charged"),
        longer=_waits_longer(yearly, year),
        fell=fell,
        lost=lost & (of("stake") <= 0),
    )


def _waits_longer(yearly: Mapping[str, Floats], year: int) -> NDArray[np.bool_]:
    """Where the wait of somebody who still needs treatment is up by more than its tolerance: bool[draw]."""
    if "wait0" not in yearly:
        return np.zeros(len(yearly["c0"]), dtype=bool)
    before, after = yearly["wait0"][:, year], yearly["wait1"][:, year]
    none_before = np.isnan(before) & np.isfinite(after) & (after > 0)
    longer: NDArray[np.bool_] = none_before | (
        np.nan_to_num(after) > (1 + RULE.wait) * np.nan_to_num(before, nan=np.inf)
    )
    return longer


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


def target_year(plan: Plan) -> int:
    """The year of the plan's target, else the last whole financial year, else the last there is."""
    calendar = plan.place.calendar
    if plan.target_year in calendar.years:
        return calendar.years.index(plan.target_year)
    return calendar.years.index((calendar.whole_years or calendar.years)[-1])
