"""What promises may be checked on, and what becomes of each stratum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...place import Instance
from ...plan import Settings
from . import tables
from .cohort import QUANTILES, WITHIN, Run, run
from .model import WaitsModel
from .outcome import expected_wait
from .quarterly import LEAVING

Floats = NDArray[np.float64]


def quantity(model: WaitsModel, settings: Settings, what: str, **arguments: float | str) -> Floats:
    """One of the service's quantities under some settings, float[draw, quarter]."""
    if what in ("share_within", "over"):
        return _within(model, settings, what, float(arguments["weeks"]))
    found = model.quarterly(settings)
    if what == "list":
        return found.run.listed[:, -1]
    if what == "list_of":
        return found.run.listed[:, tables.specialties(model.instance).index(str(arguments["specialty"]))]
    if what in ("median_weeks", "p92_weeks"):
        return np.asarray(found.run.percentile[:, -1, :, 0 if what == "median_weeks" else 1])
    if what == "wait":
        return expected_wait(found)
    flows = ("treated",) if what == "treated" else LEAVING
    return np.asarray(4 * found.flow(*flows).sum(axis=1))


def _within(model: WaitsModel, settings: Settings, what: str, weeks: float) -> Floats:
    """The share of the list that has waited less than so many weeks, or the number that has waited them: part of a bin
    counts in part.
    """
    if weeks in WITHIN:
        found = model.quarterly(settings).run
        return _counted(found, found.within[:, -1, :, WITHIN.index(int(weeks))], what)
    low = int(np.floor(np.clip(weeks, 0, model.inputs.rates.stock.shape[2])))
    flow = replace(model.flow(model.levers(settings)), costs=np.zeros((1, 0)))
    found = run(flow, model.inputs.timeline.period, (low, low + 1), QUANTILES)
    counted = found.within[:, -1]
    return _counted(found, counted[:, :, 0] + (weeks - low) * (counted[:, :, 1] - counted[:, :, 0]), what)


def _counted(run: Run, below: Floats, what: str) -> Floats:
    """The share of the list that is `below[draw, quarter]`, or the number that is over."""
    listed = run.listed[:, -1]
    if what == "over":
        return np.asarray(listed - below)
    return np.where(listed > 0, below / np.where(listed > 0, listed, 1.0), np.nan)


def fates(instance: Instance, settings: Settings) -> dict[str, str]:
    """What becomes of the capacity of each stratum by the last quarter, as the plan has it: {id: words}; of a single draw."""
    words = {}
    for row, unit in enumerate(tables.strata(instance)):
        now = float(settings["capacity"][0, row, -1])
        said = "stays" if np.isclose(now, 1) else f"{'fewer' if now < 1 else 'more'} treatments ({now - 1:+.0%})"
        words[unit] = said if now > 0 else "no more treatments"
    return words
