"""Today's value of every lever: from the policy, clients and costs tables, and plainly none where they do not say."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ... import units
from ...place import Instance
from . import calibrate
from .costs import AT_HOME, entry
from .tables import CLIENTS, LEVER_UNITS, SCOPE_TODAY, THRESHOLDS

Floats = NDArray[np.float64]

THRESHOLD_UNSAID = THRESHOLDS["substantial"]
"""The national minimum since 2015 is close to what councils called substantial."""


def today_levers(instance: Instance) -> Mapping[str, Floats]:
    """Today's value of every lever, in the order of `LEVER_UNITS`: {lever: float[unit]}."""
    table, clients = instance.tables.get("costs"), instance.tables["clients"]
    ones = {name: np.ones(len(LEVER_UNITS[name])) for name in ("hours", "fees", "budget")}
    threshold = rule(instance, "threshold")
    share = {name: rule(instance, name) for name in ("reablement", "means_test")}
    charge = entry(table, AT_HOME, "charge", "older")
    carers = entry(table, ("carers",), "total", "all")
    return ones | {
        "threshold": np.full(len(CLIENTS), THRESHOLD_UNSAID if threshold is None else threshold),
        "applies_to": np.full(len(CLIENTS), float(SCOPE_TODAY)),
        "direct_payments": np.array([calibrate.direct_payment_share(clients, g) for g in CLIENTS]),
        "reablement": np.array([share["reablement"] or 0.0]),
        "means_test": np.array([share["means_test"] or 0.0]),
        "charge": np.array([charge or 0.0]),
        "carers": np.array([carers or 0.0]),
    }


def rule(instance: Instance, name: str) -> float | None:
    """A rule of the policy table as a number; None where it is not there. Raises `units.UnitError` on what is none."""
    table = instance.tables.get("policy")
    if table is None:
        return None
    for word, value in zip(table.words("rule"), table.words("value"), strict=True):
        if word == name:
            plain = value.strip().lower()
            if name == "threshold" and plain in THRESHOLDS:
                return THRESHOLDS[plain]
            return units.parse(value, "score" if name == "threshold" else "share")
    return None
