"""What a plan bears on: today's gross cost of the clients, and of the support, that the levers it moves are about."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from .baseline import Baseline
from .money import costs_today, gross_today
from .tables import CLIENTS, LEVER_UNITS, NEEDS, WORKING

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_GROUP = np.array([CLIENTS.index(g) for g in ("older", "older", *WORKING) for _ in NEEDS])
_NEED = np.tile(np.arange(len(NEEDS)), 2 + len(WORKING))
"""Client group and band of need of every stratum of clients."""


def stake(base: Baseline, touched: Mapping[str, frozenset[str]]) -> Floats:
    """Pounds a year today of what a plan that moves these units changes, float[draw]; what two levers move counts once.

    Overheads are in it for a budget alone, which is of the whole service; support for carers only where a plan moves that.
    """
    home, care = costs_today(base)
    at_home, in_care = np.zeros(len(home), dtype=bool), False
    pounds = np.zeros(len(base.inputs))
    for lever, units in touched.items():
        if lever == "budget" and units:
            return gross_today(base)
        if lever == "carers" and units:
            pounds = pounds + float(base.levers["carers"][0])
        at_home |= _at_home(lever, units)
        in_care |= lever == "fees" and "care_home" in units
    return np.asarray(pounds + (home * at_home[:, None]).sum(axis=0) + (care.sum(axis=0) if in_care else 0.0))


def _at_home(lever: str, units: frozenset[str]) -> Bools:
    """Strata of clients whose help at home a lever bears on at some units."""
    if lever in ("threshold", "applies_to", "direct_payments", "reablement"):
        return np.isin(_GROUP, [CLIENTS.index(u) for u in units])
    if lever == "hours":
        return np.isin(_NEED, [NEEDS.index(u) for u in units])
    whole = lever in ("fees", "charge", "means_test") and "home" in units
    return np.full(len(_GROUP), whole)


assert set(LEVER_UNITS["reablement"]) <= set(CLIENTS)  # noqa: S101  # its unit is a client group: `_at_home` counts on it
