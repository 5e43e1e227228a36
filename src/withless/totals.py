"""What an appraisal needs of a run: its outcomes summed over groups, and for one year over strata by group.

Everything here still adds up, so delivery acts on totals as it would on the whole cube. They are small enough to be kept, so
that another plan on the same place simulates only what it changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .outcomes import MONEY, PAYERS, PEOPLE, Outcomes

Floats = NDArray[np.float64]

BY_STRATUM = ("served", "quality", "gross_cost")
"""What the ledger needs of each stratum."""


@dataclass(frozen=True)
class Totals:
    """One run in one block, every part a mapping {name: array}; `year` is the slice of quarters of the target year.

    by_stratum[stratum, draw, quarter]: `BY_STRATUM`. overall[draw, quarter]: need, wait_days, the rest of `MONEY`, and
    `moved_` each payer. series[draw, quarter]: what the service alone has. by_group[draw, quarter of the year, group]:
    need, served, reach and output (pounds at the standard costs of the baseline), moved. by_unit[draw, quarter of the
    year, unit] and by_area[quarter of the year, area] (summed over draws): what the service alone has.
    c0[stratum, draw]: the standard costs.
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

    def all(self, quantity: str) -> Floats:
        """One of `PEOPLE` or `MONEY` over all strata: float[draw, quarter]."""
        found: Floats = self.by_stratum[quantity].sum(axis=0) if quantity in BY_STRATUM else self.overall[quantity]
        return found


def totals(outcomes: Outcomes, year: slice, elsewhere: tuple[str, ...] = (), c0: Floats | None = None) -> Totals:
    """The totals of a run; what is moved to payers in `elsewhere` is left out, since another service models their costs.

    `c0` are the standard costs of the baseline; None for the baseline itself.
    """
    people = {q: _all_groups(outcomes.people[i], outcomes) for i, q in enumerate(PEOPLE)}
    moved = outcomes.moved * np.array([payer not in elsewhere for payer in PAYERS])[:, None, None, None]
    pounds = {q: outcomes.pounds(q) for q in MONEY}
    by_stratum = {q: np.array((people | pounds)[q]) for q in BY_STRATUM}  # a view would hold on to the whole cube
    cost = _standard_costs(by_stratum, year) if c0 is None else c0
    return Totals(
        year=year,
        by_stratum=by_stratum,
        overall={q: v.sum(axis=0) for q, v in (people | pounds).items() if q not in BY_STRATUM}
        | {f"moved_{payer}": np.array(_all_groups(moved[i], outcomes)) for i, payer in enumerate(PAYERS)},
        series={k: v for k, v in outcomes.series.items() if v.ndim == 2},
        by_group={
            "need": _each_group(outcomes.people[PEOPLE.index("need")][:, :, year], outcomes),
            "served": _each_group(outcomes.people[PEOPLE.index("served")][:, :, year], outcomes),
            "reach": _each_group(outcomes.people[PEOPLE.index("served")][:, :, year], outcomes, cost),
            "output": _each_group(outcomes.people[PEOPLE.index("quality")][:, :, year], outcomes, cost),
            "moved": _each_group(moved[:, :, year], outcomes),
        },
        by_unit={k: np.array(v[:, year]) for k, v in outcomes.series.items() if v.ndim == 3},
        by_area={k: np.array(v[year]) for k, v in outcomes.area_sum.items()},
        c0=cost,
        measured=outcomes.measured,
    )


def _standard_costs(by_stratum: Mapping[str, Floats], year: slice) -> Floats:
    """Pounds of gross cost in the year for each person served in it: float[stratum, draw]; 0 where nobody was."""
    gross, served = (by_stratum[q][:, :, year].sum(axis=2) for q in ("gross_cost", "served"))
    return np.where(served > 0, gross / np.where(served > 0, served, 1.0), 0.0)


def _all_groups(values: Floats, outcomes: Outcomes) -> Floats:
    """Sum of values[..., draw, quarter, group] over groups."""
    found: Floats = values[..., 0] if outcomes.spread is not None else np.einsum("...g->...", values)
    return found


def _each_group(values: Floats, outcomes: Outcomes, weight: Floats | None = None) -> Floats:
    """Sum of values[row, draw, quarter, group] over rows, weighed by weight[row, draw]: float[draw, quarter, group]."""
    found: Floats = values.sum(axis=0) if weight is None else np.einsum("kd,kdqg->dqg", weight, values)
    return found if outcomes.spread is None else found * outcomes.spread[:, None, :]
