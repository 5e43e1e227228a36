"""Waiting lists from Python: a folder's list forecast, targets, backtests, and the closed forms of list management
([docs/python.md](../../docs/python.md)).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import api
from .appraise import DRAWS
from .place import Instance, Place
from .services.waits import backtest_command, commands, targets
from .services.waits.cohort import percentile
from .services.waits.individual_simulation import queue
from .services.waits.outlook import today
from .services.waits.theory import (
    exponential_list,
    first_come_list,
    first_come_wait,
    growth_p_value,
    list_after,
    load,
    pressure,
    priority_waits,
    relief_capacity,
    removals,
    target_capacity,
    target_list,
    target_mean_wait,
    to_lift_share,
    weeks_until,
)
from .study import SEED

__all__ = [
    "backtest",
    "exponential_list",
    "first_come_list",
    "first_come_wait",
    "growth_p_value",
    "list_after",
    "load",
    "percentile",
    "pressure",
    "priority_waits",
    "project",
    "queue",
    "relief_capacity",
    "removals",
    "target",
    "target_capacity",
    "target_list",
    "target_mean_wait",
    "to_lift_share",
    "today",
    "weeks_until",
]


def project(
    folder: str | Path, service: str | None = None, draws: int = DRAWS, seed: int = SEED, **options: Any
) -> Mapping[str, Any]:
    """What `withless waits project` finds, as its JSON: a place's folder, or one with bands.csv and flows.csv alone. Options are
    the command's, such as capacity="-5%", weeks=52, by="specialty".
    """
    place, instance = _list_of(folder, service)
    return commands.project(place, instance, api.blocks(place, draws, seed), None, **options).data


def target(
    folder: str | Path, service: str | None = None, draws: int = DRAWS, seed: int = SEED, **options: Any
) -> Mapping[str, Any]:
    """What `withless waits target` finds, as its JSON; options such as share="92%", within=18, by="2029-03"."""
    place, instance = _list_of(folder, service)
    return targets.target(place, instance, api.blocks(place, draws, seed), None, **options).data


def backtest(folder: str | Path, **options: Any) -> Mapping[str, Any]:
    """What `withless waits backtest` finds, as its JSON, from a folder with bands.csv and flows.csv."""
    return backtest_command.backtest(api.tables_of(folder, "waits")[0], None, **options).data


def _list_of(folder: str | Path, service: str | None) -> tuple[Place, Instance]:
    """The place and its list; raises LookupError where it is not clear which is meant."""
    alone = api.alone(folder, "waits")
    place = api.read(folder) if alone is None else alone[0]
    lists = [] if not isinstance(place, Place) else [i for i in place.instances.values() if i.kind == "waits"]
    named = [i for i in lists if service in (None, i.name)]
    if not isinstance(place, Place) or len(named) != 1:
        found = ", ".join(i.name for i in lists) or "none"
        raise LookupError(f"{folder}: found these waiting lists: {found}; expected one, or its name as `service`")
    return place, named[0]
