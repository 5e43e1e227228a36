"""Results of services that a second plan leaves as they were: its measures and how they arrive decide what a service becomes."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import delivery
from ..assumptions import Register
from ..plan import Plan
from .block import RUNS_IN_HAND, Asked, Block, Levels, asked
from .layout import Layout
from .result import ServiceResult
from .simulations import Crowding, Simulations

Floats = NDArray[np.float64]

AT_MOST = 16
"""Runs beyond which nothing is kept: no more draws are in hand."""


@dataclass(frozen=True)
class Standing:
    """The result of an instance, and what promises ask of it in all draws."""

    result: ServiceResult
    levels: Levels


def keys_of(
    sims: Simulations,
    plan: Plan,
    layouts: Sequence[Layout],
    crowd: Crowding,
    register: Register,
    runs: Sequence[tuple[int, int]],
) -> dict[str, Hashable]:
    """All that decides the result of each instance, by which it is kept; empty where none is; `runs` of (first block, blocks)."""
    if len(runs) > AT_MOST:
        return {}

    def arrive(run: tuple[int, int]) -> dict[str, tuple[str, str]]:
        draws = sims.draws(register, *run)
        how = sims.delivery(plan, crowd, draws)
        return {layout.instance.name: (draws.key, _arrival(layout, how)) for layout in layouts}

    with ThreadPoolExecutor(RUNS_IN_HAND) as pool:
        arrivals = list(pool.map(arrive, runs))
    return {
        name: (
            "standing",
            name,
            repr(layout.measures),
            (layout.year.start, layout.year.stop),
            tuple(repr((p.service, asked(p))) for p in plan.promises if p.service in (name, "all")),
            tuple(arrival[name] for arrival in arrivals),
        )
        for layout in layouts
        for name in (layout.instance.name,)
    }


def _arrival(layout: Layout, how: delivery.Delivery) -> str:
    """How the measures of one instance arrive, in few letters."""
    digest = hashlib.blake2b(digest_size=16)
    for m in layout.measures:
        for array in (how.carried[m.id].share, how.carried[m.id].lag):
            digest.update(repr(array.shape).encode() + np.ascontiguousarray(array).tobytes())
    if layout.measures:
        digest.update(np.ascontiguousarray(how.honest[layout.instance.name]).tobytes())
    return digest.hexdigest()


def known(sims: Simulations, keys: Mapping[str, Hashable]) -> dict[str, Standing]:
    """The instances whose result is kept."""
    found = {name: sims.cache.held(key) for name, key in keys.items()}
    return {name: one for name, one in found.items() if one is not None}


def keep(
    sims: Simulations, keys: Mapping[str, Hashable], results: Sequence[ServiceResult], done: Sequence[Block]
) -> None:
    """Keep the results that were not known."""
    for result in results:
        name = result.instance.name
        if name not in keys or name not in done[0].levels:
            continue
        parts = [block.levels[name] for block in done]
        levels = {what: (_joined(parts, what, 0), _joined(parts, what, 1)) for what in parts[0]}
        one = Standing(result, levels)
        for held in (result.yearly, result.group, result.area, result.unit, result.quarterly, result.extra):
            for array in held.values():
                array.flags.writeable = False
        sims.cache.get(keys[name], lambda one=one: one)  # type: ignore[misc]


def _joined(parts: Sequence[Levels], what: Asked, side: int) -> Floats:
    return np.concatenate([part[what][side] for part in parts])
