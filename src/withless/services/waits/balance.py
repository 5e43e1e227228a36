"""Whether a list grows: of which one month is known that cannot be seen, so it is set to stand still, give or take.

Clock starts, treatments and England's removals seldom balance in a single month: across English trusts starts were 0.85
to 1.9 times treatments in January 2026, since what is removed and when it is recorded differ. Taken as they stand they
would halve some lists within a year and double others. So each specialty's flows are brought to a drift of the list that
is drawn: first by the rate of leaving, which nobody reported (0 to 3 times England's), then, for what is left, by starts and
treatments alike.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .rates import YEAR_WEEKS, Observed, Rates

Floats = NDArray[np.float64]

OWN_GROWTH = 0.1
"""How far a specialty's growth against the whole list's is taken to go on. In 42 boards and 23 specialties (NHS England, October
2022 to September 2024) growth in one year told nothing of the next (slope 0.0), in one quarter 0.1 of the next."""

MOST_LEAVE = 3.0
"""England's rate of leaving is multiplied by no more."""

MOST_FLOW = 0.5
"""Neither starts nor treatments are changed by more than half."""

NOTE = (
    "One month cannot show whether a list grows: it is taken to stand still, give or take a tenth a year, by the rate of "
    "leaving and, where that is not enough, by clock starts and treatments."
)


@dataclass(frozen=True)
class Balance:
    """Factors on the rates of a specialty: float[draw, specialty] each."""

    leave: Floats
    arrivals: Floats
    capacity: Floats


def balanced(seen: Observed, rates: Rates, drift: Floats) -> Balance:
    """Factors that make each list change by drift[draw] of itself a year, at first, or lose those whom its table says."""
    listed = rates.stock.sum(axis=(1, 2))
    coming, leaving, treated = _flows(rates)
    excess = (coming - leaving - treated)[None] - drift[:, None] * listed[None] / YEAR_WEEKS
    leave = np.clip(1 + excess / np.maximum(leaving, 1e-9), 0.0, MOST_LEAVE)
    rest = excess - (leave - 1) * leaving
    starts = np.maximum(rates.arrivals.mean(axis=2).sum(axis=1), 1e-9)
    told = seen.removals[-1] * 7 / calendar.monthrange(*rates.month)[1]
    known = np.isfinite(told)[None]
    net = np.nan_to_num(told) + rates.other.sum(axis=(1, 2))
    leave = np.where(known, np.clip(net / np.maximum(leaving, 1e-9), 0.0, MOST_LEAVE)[None], leave)
    rest = np.where(known, 0.0, rest)
    return Balance(
        leave=leave,
        arrivals=np.clip(1 - rest / 2 / starts, 1 - MOST_FLOW, 1 + MOST_FLOW),
        capacity=np.clip(1 + rest / 2 / np.maximum(treated, 1e-9), 1 - MOST_FLOW, 1 + MOST_FLOW),
    )


def drawn_together(rates: Rates) -> Rates:
    """The same rates, each specialty's list growing at first nearly as the whole list does: what is more or less is taken half
    off who comes and half off who is treated.
    """
    listed = rates.stock.sum(axis=(1, 2))
    coming, leaving, treated = _flows(rates)
    net = coming - leaving - treated
    off = (1 - OWN_GROWTH) * (net - listed * net.sum() / listed.sum())
    least, most = 1 - MOST_FLOW, 1 + MOST_FLOW
    starts = rates.arrivals.mean(axis=2).sum(axis=1)
    arrivals = np.clip(1 - off / 2 / np.maximum(starts, 1e-9), least, most)
    capacity = np.clip(1 + off / 2 / np.maximum(treated, 1e-9), least, most)
    return replace(
        rates, arrivals=rates.arrivals * arrivals[:, None, None], capacity=rates.capacity * capacity[:, None, None]
    )


def _flows(rates: Rates) -> tuple[Floats, Floats, Floats]:
    """People a week by specialty, at the list as counted: who come, who leave untreated, who are treated."""
    starts = rates.arrivals.mean(axis=2)
    early = (starts * -np.expm1(-rates.leave[:, :, 0] / 2)).sum(axis=1)
    return (
        starts.sum(axis=1) + rates.other.sum(axis=(1, 2)),
        (rates.stock * -np.expm1(-rates.leave)).sum(axis=(1, 2)) + early,
        rates.capacity.mean(axis=2).sum(axis=1),
    )
