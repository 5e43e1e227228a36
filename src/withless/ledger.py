"""Where each saved pound comes from: standard costs, as management accountants keep them.

For stratum k with baseline unit cost c0_k = gross cost / served (both of the baseline run, same draw and year),
    fewer   = sum_k c0_k * (N0_k - N1_k)              fewer people served
    lower   = sum_k c0_k * N1_k * (1 - q1_k)          lower quality for those still served
    charged = income1 - income0                       charging more
    price   = the fall in cost that changed input prices bring
    better  = saving - fewer - lower - charged - price
and saving is the fall in recurrent net spending in base-year prices. It sums exactly, stays continuous when a service
closes, and adds over strata, groups and services. It is accounting, not causation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PARTS = ("better", "fewer", "lower", "charged", "price")
"""The five parts that sum to the saving."""


@dataclass(frozen=True)
class Side:
    """One run of one service by year. served, quality, gross_cost: float[stratum, draw, year]; the rest float[draw, year].

    Pounds in base-year prices; served in person-years; quality = served x quality.
    """

    served: Floats
    quality: Floats
    gross_cost: Floats
    income: Floats
    price: Floats
    overhead: Floats


def unit_cost(baseline: Side) -> Floats:
    """Baseline pounds of gross cost for each person served: float[stratum, draw, year]; 0 where nobody was served."""
    served = baseline.served
    return np.where(served > 0, baseline.gross_cost / np.where(served > 0, served, 1.0), 0.0)


def ledger(baseline: Side, plan: Side) -> Mapping[str, Floats]:
    """The five parts, `saving`, and the memo line `stranded`, each float[draw, year] in pounds.

    `stranded` is cost left behind, a memo within `better`: overhead that served the people who are gone, and overhead
    that the plan adds (shut buildings). `c0` is the baseline gross cost.
    """
    c0 = unit_cost(baseline)
    fewer = (c0 * (baseline.served - plan.served)).sum(axis=0)
    lower = (c0 * (plan.served - plan.quality)).sum(axis=0)
    gross0, gross1 = baseline.gross_cost.sum(axis=0), plan.gross_cost.sum(axis=0)
    charged = plan.income - baseline.income
    price = baseline.price - plan.price
    saving = gross0 - gross1 + charged
    left = np.where(gross0 > 0, fewer / np.where(gross0 > 0, gross0, 1.0), 0.0)
    stranded = baseline.overhead * np.maximum(left, 0.0) + np.maximum(plan.overhead - baseline.overhead, 0.0)
    return {
        "saving": saving,
        "better": saving - fewer - lower - charged - price,
        "fewer": fewer,
        "lower": lower,
        "charged": charged,
        "price": price,
        "stranded": stranded,
        "c0": gross0,
    }
