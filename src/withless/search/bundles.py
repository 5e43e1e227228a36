"""Bundles: measures that one service could take instead of its own in the plan. Proposals only: `appraise` says what they do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..place import Instance, Place
from ..plan import UNIT_COST, Lever, Measure
from ..service import Beyond, Model, Suggestion, Suggests, Wanted, get

Floats = NDArray[np.float64]
FACTORS = (0.0, 0.5, 1.5, 2.0)
"""Measures are tried at these parts of what the plan has."""
LEVELS = (0.6, 1.4)
"""A service's suggestions are asked for at what the plan saves there, and at these parts of it."""
DELIVERED = 0.85
"""First guess of what part of a saving on paper arrives; then the appraisal's own."""


@dataclass(frozen=True)
class Bundle:
    """Measures of one service, and how they came about. `closes` where any unit is closed."""

    name: str
    measures: tuple[Measure, ...]
    closes: bool = False


def levers_of(instance: Instance) -> Mapping[str, Lever]:
    """Levers of an instance by name, efficiency claims among them."""
    return {lever.name: lever for lever in (*get(instance.kind).levers, UNIT_COST)}


def spare(measures: Sequence[Measure], keep: Sequence[str]) -> tuple[Measure, ...]:
    """The same measures with some units left as they are."""
    return tuple(
        replace(m, where=where) for m in measures if (where := tuple(unit for unit in m.where if unit not in keep))
    )


def closes(levers: Mapping[str, Lever], measures: Sequence[Measure]) -> bool:
    """Whether any measure closes a unit."""
    return any(closing(levers[m.lever], m) for m in measures)


def closing(lever: Lever, m: Measure) -> bool:
    """Whether a measure closes units."""
    return lever.closes and m.amount == 0


def scalable(lever: Lever, m: Measure) -> bool:
    """Whether half or twice of a measure means something: never an efficiency claim, which does not come true by being larger."""
    return not lever.yes_or_no and m.lever != UNIT_COST.name


def scaled(place: Place, instance: Instance, m: Measure, factor: float) -> Measure | None:
    """So much of a measure, within its lever's bounds; None at nothing. A `set` needs units that stand alike today."""
    if factor <= 0:
        return None
    lever, amount = levers_of(instance)[m.lever], m.amount
    if m.change == "set":
        service = get(instance.kind)
        units = service.units(place, instance, m.lever)
        today = service.baseline(place, instance)[m.lever][[units.index(u) for u in m.where]]
        if np.ptp(today) > 1e-9 * max(1.0, float(np.abs(today).max())):
            return m
        amount = float(np.clip(today[0] + factor * (m.amount - today[0]), lever.low, lever.high))
    elif m.change == "scale":
        amount = max(0.0, 1 + factor * (m.amount - 1))
    else:
        amount = factor * m.amount
    booked, once, posts = (factor * x for x in (m.booked_saving, m.one_off_cost, m.posts))
    return replace(m, amount=amount, booked_saving=booked, one_off_cost=once, posts=posts)


def with_factors(
    place: Place, instance: Instance, measures: Sequence[Measure], factors: Sequence[float]
) -> tuple[Measure, ...]:
    """The measures, those that can be scaled by their factors in turn."""
    levers, turn, out = levers_of(instance), iter(factors), []
    for m in measures:
        changed = scaled(place, instance, m, next(turn)) if scalable(levers[m.lever], m) else m
        if changed is not None:
            out.append(changed)
    return tuple(out)


def variations(place: Place, instance: Instance, own: Sequence[Measure]) -> Iterator[Bundle]:
    """The plan's own measures of a service, more or less of them, each alone or all together, closures or none."""
    levers = levers_of(instance)
    some = [m for m in own if scalable(levers[m.lever], m)]

    def bundle(name: str, measures: Sequence[Measure]) -> Bundle:
        return Bundle(name, tuple(measures), closes(levers, measures))

    yield bundle("as planned", own)
    yield Bundle("no change", ())
    for factor in FACTORS if some else ():
        yield bundle(f"{factor:g} of each measure", with_factors(place, instance, own, [factor] * len(some)))
    for k, m in enumerate(some if len(some) > 1 else []):
        for factor in (0.0, 2.0):
            factors = [factor if j == k else 1.0 for j in range(len(some))]
            yield bundle(f"{factor:g} of {m.id}", with_factors(place, instance, own, factors))
    for m in own:
        if levers[m.lever].yes_or_no:
            yield bundle(f"without {m.id}", [other for other in own if other is not m])


def replaced(instance: Instance, own: Sequence[Measure]) -> tuple[tuple[Measure, ...], tuple[Measure, ...]]:
    """(stay, make way): a suggestion takes the place of all but efficiency claims and charges."""
    levers = levers_of(instance)
    stay = tuple(m for m in own if m.lever == UNIT_COST.name or levers[m.lever].direction < 0)
    return stay, tuple(m for m in own if m not in stay)


def suggested(
    model: Model,
    own: Sequence[Measure],
    wanted: Wanted,
    target: float,
    saving_of: Callable[[Sequence[Measure]], float],
    tries: int = 2,
) -> tuple[Bundle, Suggestion] | None:
    """A suggestion that, with what stays, saves about `target` pounds a year by the appraisal; None where none can."""
    service = get(model.instance.kind)
    if not isinstance(service, Suggests):
        return None
    stay, _ = replaced(model.instance, own)
    need = target - saving_of(stay)
    if need <= 0:
        return None
    asked, found = need / DELIVERED, None
    for _ in range(tries):
        try:
            s = service.suggest(model, replace(wanted, saving=asked))
        except Beyond:
            return found
        measures = (*stay, *s.measures)
        found = Bundle(f"suggested ({wanted.rule})", measures, closes(levers_of(model.instance), measures)), s
        got = saving_of(measures) - saving_of(stay)
        if abs(got - need) < 0.02 * need or got <= 0:
            break
        asked *= need / got
    return found


def across(place: Place, instance: Instance, start: float, keep: Sequence[str]) -> Callable[[float], Measure] | None:
    """A cut to everything alike: the service's first lever in number of which more never takes service away, all of it scaled."""
    service = get(instance.kind)
    for lever in service.levers:
        if lever.direction > 0 and not lever.yes_or_no:
            units = tuple(u for u in service.units(place, instance, lever.name) if u not in keep)
            name = lever.name
            return lambda x: Measure(
                f"{instance.name}-alike", f"Everything alike: {lever.meaning}", instance.name, name, units, "scale", x, start,
                phase=2.0,
            )  # fmt: skip
    return None
