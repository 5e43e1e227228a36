"""What an appraisal needs of a run: its outcomes summed over groups, and for one year over strata by group.

Totals are small enough to be kept, so that another plan on the same place simulates only what it changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from .outcomes import MONEY, PAYERS, PEOPLE, Outcomes, every_quarter, single

Floats = NDArray[np.float64]

BY_STRATUM = ("served", "quality", "spared", "gross_cost", "overhead")
"""What the ledger needs of each stratum."""


@dataclass(frozen=True)
class Totals:
    """One run on some draws, every part a mapping {name: array}; `year` is the slice of quarters of the target year.

    by_stratum[stratum, draw, quarter]: `BY_STRATUM`. overall[draw, quarter]: need, wait_days, the rest of `MONEY`, `moved_`
    each payer but the one who pays for the service, and what is moved to that one, `own_cost`. series[draw, quarter]: what
    the service alone has. by_group[draw, quarter of the year, group]: need, served, reach and output (pounds at the standard
    costs of the baseline, who is spared counted in), moved. by_unit[draw, quarter of the year, unit] and by_area[quarter of
    the year, area] (summed over draws): what the service alone has. c0[stratum, draw]: the standard costs.
    worth[stratum, draw]: see `Outcomes`. once[lever]: (units, pounds[draw, quarter, unit]). Where groups share alike
    `by_group` has a single one, and `spread[draw, group]` says how. Arrays may be views that repeat themselves.
    """

    year: slice
    by_stratum: Mapping[str, Floats]
    overall: Mapping[str, Floats]
    series: Mapping[str, Floats]
    by_group: Mapping[str, Floats]
    by_unit: Mapping[str, Floats]
    by_area: Mapping[str, Floats]
    c0: Floats
    measured: frozenset[str]
    spread: Floats | None = None
    worth: Floats | None = None
    once: Mapping[str, tuple[tuple[str, ...], Floats]] = field(default_factory=dict)

    def all(self, quantity: str) -> Floats:
        """One of `PEOPLE` or `MONEY` over all strata, float[draw, quarter]; gross cost with `own_cost`."""
        found: Floats = self.by_stratum[quantity].sum(axis=0) if quantity in BY_STRATUM else self.overall[quantity]
        return found + self.overall["own_cost"] if quantity == "gross_cost" else found

    def of_groups(self) -> dict[str, Floats]:
        """Each of `by_group` over the target year: float[draw, group]."""
        yearly = {k: v.sum(axis=1) for k, v in self.by_group.items()}
        return yearly if self.spread is None else {k: v * self.spread for k, v in yearly.items()}


def totals(
    outcomes: Outcomes,
    year: slice,
    payer: str = "",
    c0: Floats | None = None,
    units: Mapping[str, tuple[str, ...]] | None = None,
) -> Totals:
    """The totals of a run; what is moved to `payer`, who pays for the service, is a cost of the service.

    `c0` are the standard costs of the baseline; None for the baseline itself. `units[lever]` are the ids of `outcomes.once`.
    """
    one, quarters = single(outcomes), outcomes.people["served"].shape[2]
    if one is not None and quarters > 1:
        return _repeated(totals(one, slice(0, 1), payer, c0, units), quarters, year)
    spread = outcomes.spread
    people = {q: _all_groups(v, spread) for q, v in outcomes.people.items()}
    moved = {who: v for who, v in outcomes.moved.items() if who != payer}
    told, none = people | dict(outcomes.money), np.zeros(outcomes.people["served"].shape[:3])
    by_stratum = {q: np.array(told[q]) if q in told else none for q in BY_STRATUM}  # a view would hold on to the cube
    cost = _standard_costs(by_stratum, year, outcomes.worth) if c0 is None else c0
    nil = none[0]

    def summed(parts: Mapping[str, Floats], names: Sequence[str]) -> dict[str, Floats]:
        return {q: parts[q].sum(axis=0) if q in parts else nil for q in names if q not in BY_STRATUM}

    def by_group(quantity: str, weight: Floats | None = None) -> Floats:
        values = outcomes.people.get(quantity, np.broadcast_to(0.0, outcomes.people["served"].shape))
        return _each_group(values[:, :, year], weight)

    return Totals(
        year=year,
        by_stratum=by_stratum,
        overall=summed(people, PEOPLE)
        | summed(outcomes.money, MONEY)
        | {f"moved_{who}": np.array(_all_groups(moved[who], spread)) if who in moved else nil for who in PAYERS}
        | {"own_cost": np.array(_all_groups(outcomes.moved[payer], spread)) if payer in outcomes.moved else nil},
        series={k: v for k, v in outcomes.series.items() if v.ndim == 2},
        by_group={
            "need": by_group("need"),
            "served": by_group("served"),
            "reach": by_group("served", cost),
            "output": by_group("quality", cost) + by_group("spared", cost),
            "moved": sum((v[:, year] for v in moved.values()), 0 * by_group("served")),
        },
        by_unit={k: np.array(v[:, year]) for k, v in outcomes.series.items() if v.ndim == 3},
        by_area={k: np.array(v[year]) for k, v in outcomes.area_sum.items()},
        c0=cost,
        measured=outcomes.measured,
        spread=spread,
        worth=outcomes.worth,
        once={lever: ((units or {})[lever], np.array(v)) for lever, v in outcomes.once.items()},
    )


def _repeated(one: Totals, quarters: int, year: slice) -> Totals:
    """Totals of a single quarter for each of `quarters` like it."""
    parts = {part: every_quarter(getattr(one, part), axis, quarters) for part, axis in _WHOLE.items()}
    of_year = {part: every_quarter(getattr(one, part), axis, year.stop - year.start) for part, axis in _YEAR.items()}
    every = every_quarter({lever: pounds for lever, (_, pounds) in one.once.items()}, 1, quarters)
    once = {lever: (units, every[lever]) for lever, (units, _) in one.once.items()}
    return replace(one, year=year, once=once, **parts, **of_year)  # type: ignore[arg-type]


_WHOLE = {"by_stratum": 2, "overall": 1, "series": 1}
_YEAR = {"by_group": 1, "by_unit": 1, "by_area": 0}
"""Axis of quarters in each part, of the whole calendar and of the target year."""


def _standard_costs(by_stratum: Mapping[str, Floats], year: slice, worth: Floats | None) -> Floats:
    """Pounds in the year for each person served in it, by cost or by `worth[stratum, draw]`: float[stratum, draw]."""
    gross, served = (by_stratum[q][:, :, year].sum(axis=2) for q in ("gross_cost", "served"))
    return standard_cost(gross, served, worth)


def standard_cost(gross: Floats, served: Floats, worth: Floats | None = None) -> Floats:
    """Pounds a person served stands for, axes [stratum, ...] of both: what one costs, or, where the service values its
    outcomes, `worth` scaled so that all that is done today is worth what it costs. By cost, 0 where nobody is served.
    """
    if worth is None:
        return np.where(served > 0, gross / np.where(served > 0, served, 1.0), 0.0)
    total = (worth * served).sum(axis=0)
    return np.where(
        served > 0, worth * np.where(total > 0, gross.sum(axis=0) / np.where(total > 0, total, 1.0), 0.0), 0.0
    )


def _all_groups(values: Floats, spread: Floats | None) -> Floats:
    """Sum of values[..., draw, quarter, group] over groups."""
    found: Floats = values[..., 0] if spread is not None else np.einsum("...g->...", values)
    return found


def _each_group(values: Floats, weight: Floats | None = None) -> Floats:
    """Sum of values[row, draw, quarter, group] over rows, weighed by weight[row, draw]: float[draw, quarter, group]."""
    found: Floats = values.sum(axis=0) if weight is None else np.einsum("kd,kdqg->dqg", weight, values)
    return found
