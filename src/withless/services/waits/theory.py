"""Closed forms of waiting lists: a sanity check on what the cohort finds, not what it is made of.

With demand and capacity a week, a target wait (within which nearly all are to be seen) and a factor that is its ratio to
the mean wait (4: one in 55 waits longer, were waits exponential), after R. Fong and others, The Lancet 2022 (waiting list
management): load = demand / capacity, target list = demand * target / factor (Little's law), relief capacity = demand +
(list - target list) / weeks, pressure = factor * mean wait / target.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def load(demand: ArrayLike, capacity: ArrayLike) -> Floats:
    """Demand over capacity: above 1 the list grows for ever."""
    return np.asarray(demand, np.float64) / np.asarray(capacity, np.float64)


def target_mean_wait(target_wait: ArrayLike, factor: ArrayLike = 4.0) -> Floats:
    """The mean wait, in the unit of the target, at which nearly all are within it."""
    return np.asarray(target_wait, np.float64) / np.asarray(factor, np.float64)


def target_list(demand: ArrayLike, target_wait: ArrayLike, factor: ArrayLike = 4.0) -> Floats:
    """People on a list on which nearly all are within the target: demand times the target mean wait."""
    return np.asarray(demand, np.float64) * target_mean_wait(target_wait, factor)


def relief_capacity(demand: ArrayLike, listed: ArrayLike, wanted: ArrayLike, weeks: ArrayLike = 26.0) -> Floats:
    """Treatments a week that bring a list to a wanted size in so many weeks."""
    gap = np.asarray(listed, np.float64) - np.asarray(wanted, np.float64)
    return np.asarray(demand, np.float64) + gap / np.asarray(weeks, np.float64)


def target_capacity(
    demand: ArrayLike,
    target_wait: ArrayLike,
    factor: ArrayLike = 4.0,
    cv_demand: ArrayLike = 1.0,
    cv_capacity: ArrayLike = 1.0,
) -> Floats:
    """Treatments a week that hold a target once the list is there: what variation costs (Kingman's heavy-traffic bound)."""
    variation = (np.asarray(cv_demand, np.float64) ** 2 + np.asarray(cv_capacity, np.float64) ** 2) / 2
    return np.asarray(demand, np.float64) + variation / target_mean_wait(target_wait, factor)


def pressure(mean_wait: ArrayLike, target_wait: ArrayLike, factor: ArrayLike = 4.0) -> Floats:
    """The mean wait over the target mean wait: above 1 the target is not being met."""
    return np.asarray(mean_wait, np.float64) / target_mean_wait(target_wait, factor)


def exponential_list(arrivals: float, share: float, within: float) -> float:
    """People on a list with exponential waits of which `share` are within so many weeks: arrivals * within / -ln(1 - share)."""
    return float(arrivals * within / -np.log1p(-share))


def removals(before: float, starts: float, treated: float, after: float) -> float:
    """Net unreported removals of a month: what its flows do not account for."""
    return before + starts - treated - after


def to_lift_share(above: float, total: float, target: float) -> float:
    """How many who have waited longest must go for the share within a target to reach `target`.

    `above` of `total` are beyond it; their number over what is left falls to 1 - target.
    """
    return (above - (1 - target) * total) / target
