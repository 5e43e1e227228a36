"""Where each saved pound comes from: standard costs, as management accountants keep them.

For stratum k with baseline unit cost c0_k = gross cost / served (baseline run, same draw and year; or the worth of one person
served, where the service values its outcomes; what is new under the plan counts for what it costs),
    fewer   = sum_k c0_k * (N0_k - N1_k - spared_k)   fewer people served, but for those who no longer need it
    lower   = sum_k c0_k * N1_k * (1 - q1_k)          lower quality for those still served
    charged = income1 - income0                       charging more
    price   = the fall in cost that changed input prices bring
    better  = saving - fewer - lower - charged - price = gained - left
and saving is the fall in recurrent net spending in base-year prices; council tax and grants are raised and reserves drawn,
neither is saved. Where more people are served, a person more stands for c0 without the fixed cost, which is not spent again.
`left` is cost left behind: at least the overhead that served people who are gone and the overhead that the plan adds (shut
buildings), and all of what the service taken away used to cost and still does (average against marginal cost). `gained` is
what is then left of doing it better; neither is below 0. It sums exactly, is continuous when a service closes, and adds over
strata, services and payers. It is accounting, not causation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .totals import standard_cost

Floats = NDArray[np.float64]

PARTS = ("better", "fewer", "lower", "charged", "price")
"""The five parts that sum to the saving."""

STRATA = ("served", "quality", "spared", "gross_cost", "overhead")
WHOLE = ("own_cost", "income", "price", "raised", "drawn")


@dataclass(frozen=True)
class Side:
    """One run of one service by year. served, quality, spared, gross_cost, overhead: float[stratum, draw, year]; the rest
    float[draw, year].

    Pounds in base-year prices; served and spared in person-years; quality = served x quality. `own_cost` is what the service
    moves to the body that pays for it.
    """

    served: Floats
    quality: Floats
    spared: Floats
    gross_cost: Floats
    overhead: Floats
    own_cost: Floats
    income: Floats
    price: Floats
    raised: Floats
    drawn: Floats

    @property
    def gross(self) -> Floats:
        """Pounds spent by the body that pays: float[draw, year]."""
        spent: Floats = self.gross_cost.sum(axis=0) + self.own_cost
        return spent


def fewer_people(baseline: Side, plan: Side, worth: Floats | None = None) -> Floats:
    """Pounds of service that fewer people have, below 0 where more have it: float[draw, year]; worth[stratum, draw]."""
    each = standard_cost(baseline.gross_cost, baseline.served, None if worth is None else worth[:, :, None])
    lost = baseline.served - plan.served - plan.spared
    one_more = each
    if worth is None:
        today, new = (standard_cost(np.maximum(s.gross_cost - s.overhead, 0.0), s.served) for s in (baseline, plan))
        one_more = np.where(baseline.served > 0, today, new)
    pounds: Floats = (np.where(lost < 0, one_more, each) * lost).sum(axis=0)
    return pounds


def lower_quality(baseline: Side, plan: Side, worth: Floats | None = None) -> Floats:
    """Pounds of service that lower quality takes from those still served, below 0 where it is higher: float[draw, year]."""
    each = standard_cost(baseline.gross_cost, baseline.served, None if worth is None else worth[:, :, None])
    pounds: Floats = (each * (plan.served - plan.quality)).sum(axis=0)
    return pounds


def ledger(baseline: Side, plan: Side, worth: Floats | None = None) -> Mapping[str, Floats]:
    """The five parts, `saving`, `gained` and `left` (better = gained - left), `raised` and `drawn` against today, and the
    baseline's gross cost `c0`: each float[draw, year] in pounds. `worth[stratum, draw]` as in `Outcomes`.
    """
    fewer, lower = fewer_people(baseline, plan, worth), lower_quality(baseline, plan, worth)
    charged, price = plan.income - baseline.income, baseline.price - plan.price
    saving = baseline.gross - plan.gross + charged
    better = saving - fewer - lower - charged - price
    left = np.maximum(_stranded(baseline, plan, fewer), -better)
    return {
        "saving": saving,
        "better": better,
        "fewer": fewer,
        "lower": lower,
        "charged": charged,
        "price": price,
        "gained": better + left,
        "left": left,
        "raised": plan.raised - baseline.raised,
        "drawn": plan.drawn - baseline.drawn,
        "c0": baseline.gross,
    }


def _stranded(baseline: Side, plan: Side, fewer: Floats) -> Floats:
    """Overhead that served people who are gone, and overhead that the plan adds: float[draw, year]."""
    gross, before, after = baseline.gross_cost.sum(axis=0), baseline.overhead.sum(axis=0), plan.overhead.sum(axis=0)
    gone = np.where(gross > 0, np.maximum(fewer, 0.0) / np.where(gross > 0, gross, 1.0), 0.0)
    stranded: Floats = np.minimum(before, after) * gone + np.maximum(after - before, 0.0)
    return stranded
