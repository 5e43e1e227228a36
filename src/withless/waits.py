"""Waiting lists from Python: a folder's list forecast, targets, backtests, and the closed forms of list management
([docs/python.md](../../docs/python.md)).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import api
from .appraise import DRAWS
from .place import Place
from .service import Model
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
from .study import SEED, Study

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
    return commands.project(_models(folder, service, draws, seed), None, **options).data


def target(
    folder: str | Path, service: str | None = None, draws: int = DRAWS, seed: int = SEED, **options: Any
) -> Mapping[str, Any]:
    """What `withless waits target` finds, as its JSON; options such as share="92%", within=18, by="2029-03"."""
    return targets.target(_models(folder, service, draws, seed), None, **options).data


def backtest(folder: str | Path, **options: Any) -> Mapping[str, Any]:
    """What `withless waits backtest` finds, as its JSON, from a folder with bands.csv and flows.csv."""
    return backtest_command.backtest(api.tables_of(folder, "waits")[0], None, **options).data


def _models(folder: str | Path, service: str | None, draws: int, seed: int) -> Sequence[Model]:
    """The models of a place's list; raises LookupError where it is not clear which is meant."""
    alone = api.alone(folder, "waits")
    place = api.read(folder) if alone is None else alone[0]
    lists = [] if not isinstance(place, Place) else [i for i in place.instances.values() if i.kind == "waits"]
    named = [i for i in lists if service in (None, i.name)]
    if not isinstance(place, Place) or len(named) != 1:
        found = ", ".join(i.name for i in lists) or "none"
        raise LookupError(f"{folder}: found these waiting lists: {found}; expected one, or its name as `service`")
    return Study(place, seed, draws).models(named[0].name)
