"""What promises may be checked on, and what becomes of each stratum."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws
from ...place import Instance, Place
from ...plan import Settings
from . import project, tables
from .cohort import QUANTILES, WITHIN, Run
from .model import expected_wait
from .side import LEAVING, side
from .timeline import by_quarter

Floats = NDArray[np.float64]


def quantity(
    place: Place,
    instance: Instance,
    settings: Settings,
    draws: Draws,
    what: str,
    arguments: Mapping[str, float | str],
) -> Floats:
    """One of `tables.QUANTITIES` under the settings, float[draw, quarter]."""
    if what in ("share_within", "over"):
        return _within(place, instance, settings, draws, what, float(arguments["weeks"]))
    s = side(place, instance, settings, draws)
    run = s.run
    if what == "list":
        return run.listed[:, -1]
    if what == "list_of":
        return run.listed[:, tables.specialties(instance).index(str(arguments["specialty"]))]
    if what in ("median_weeks", "p92_weeks"):
        return np.asarray(run.percentile[:, -1, :, 0 if what == "median_weeks" else 1])
    if what == "wait":
        return expected_wait(s, project.of(draws, instance, "wait.exponent"))
    flows = ("treated",) if what == "treated" else LEAVING
    return np.asarray(4 * s.flow(*flows).sum(axis=1))


def _within(place: Place, instance: Instance, settings: Settings, draws: Draws, what: str, weeks: float) -> Floats:
    """The share of the list that has waited less than so many weeks, or the number that has waited them: part of a bin
    counts in part.
    """
    if weeks in WITHIN:
        run = side(place, instance, settings, draws).run
        return _counted(run, run.within[:, -1, :, WITHIN.index(int(weeks))], what)
    _, rates = project.rates_of(instance)
    low = int(np.floor(np.clip(weeks, 0, rates.stock.shape[2])))
    line = by_quarter(rates.month, place.calendar)
    levers = project.levers_of(rates, settings.values, line)
    run = project.project(instance, draws, line, levers, (low, low + 1), QUANTILES)
    counted = run.within[:, -1]
    return _counted(run, counted[:, :, 0] + (weeks - low) * (counted[:, :, 1] - counted[:, :, 0]), what)


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
