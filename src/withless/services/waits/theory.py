"""Closed forms of waiting lists: a sanity check on what the cohort finds, not what it is made of. Whatever is missing (NaN) among
what they are given raises ValueError: no figure of them is silently none.

With demand and capacity a week, a target wait (within which nearly all are to be seen) and a factor that is its ratio to
the mean wait (4: one in 55 waits longer, were waits exponential), after R. Fong and others, The Lancet 2022 (waiting list
management): load = demand / capacity, target list = demand * target / factor (Little's law), relief capacity = demand +
(list - target list) / weeks, pressure = factor * mean wait / target.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, stdtr

Floats = NDArray[np.float64]


def load(demand: ArrayLike, capacity: ArrayLike) -> Floats:
    """Demand over capacity: above 1 the list grows for ever."""
    d, c = _given(demand=demand, capacity=capacity)
    return np.asarray(d / c, np.float64)


def target_mean_wait(target_wait: ArrayLike, factor: ArrayLike = 4.0) -> Floats:
    """The mean wait, in the unit of the target, at which nearly all are within it."""
    wait, f = _given(target_wait=target_wait, factor=factor)
    return np.asarray(wait / f, np.float64)


def target_list(demand: ArrayLike, target_wait: ArrayLike, factor: ArrayLike = 4.0) -> Floats:
    """People on a list on which nearly all are within the target: demand times the target mean wait."""
    found: Floats = _given(demand=demand)[0] * target_mean_wait(target_wait, factor)
    return found


def relief_capacity(
    demand: ArrayLike, listed: ArrayLike, wanted: ArrayLike, weeks: ArrayLike = 26.0, leave: ArrayLike = 0.0
) -> Floats:
    """Treatments a week that bring a list to a wanted size in so many weeks, of whom a share `leave` a week goes untreated.

    Without anybody leaving: demand + (list - wanted) / weeks. Else what solves dL/dt = demand - capacity - leave * L, by which
    those who leave do part of the work, and fewer as the list shrinks.
    """
    d, now, then, t, r = _given(demand=demand, listed=listed, wanted=wanted, weeks=weeks, leave=leave)
    gone = -np.expm1(-r * t)
    with np.errstate(divide="ignore", invalid="ignore"):
        leaving = d - r * (then - now * (1 - gone)) / gone
    return np.where(r > 0, leaving, d + (now - then) / t)


def list_after(listed: ArrayLike, demand: ArrayLike, capacity: ArrayLike, leave: ArrayLike, weeks: ArrayLike) -> Floats:
    """The list after so many weeks at constant flows: L* + (L - L*) exp(-leave * weeks) with L* = (demand - capacity) / leave,
    where it would come to rest; a straight line where nobody leaves. Never below 0.
    """
    now, d, c, r, t = _given(listed=listed, demand=demand, capacity=capacity, leave=leave, weeks=weeks)
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = (d - c) / r
        return np.maximum(np.where(r > 0, rest + (now - rest) * np.exp(-r * t), now + (d - c) * t), 0.0)


def weeks_until(
    listed: ArrayLike, demand: ArrayLike, capacity: ArrayLike, leave: ArrayLike, wanted: ArrayLike
) -> Floats:
    """Weeks until a list is of a wanted size, by `list_after`; infinite where it never is."""
    now, d, c, r, then = _given(listed=listed, demand=demand, capacity=capacity, leave=leave, wanted=wanted)
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = (d - c) / r
        curve = np.log((now - rest) / (then - rest)) / r
        line = (then - now) / (d - c)
    found = np.where(r > 0, curve, line)
    return np.where(now == then, 0.0, np.where(np.isfinite(found) & (found >= 0), found, np.inf))


def first_come_list(demand: ArrayLike, share: ArrayLike, within: ArrayLike, leave: ArrayLike = 0.0) -> Floats:
    """People on a list treated first come, first served, of which a `share` has waited less than `within` weeks.

    Then all who are treated have waited as long, W weeks, and demand * exp(-leave * w) of those who joined w weeks ago are there:
    the share is that of w below `within` among w below W. Where nobody leaves it is demand * within / share.
    """
    d, p, t, r = _given(demand=demand, share=share, within=within, leave=leave)
    with np.errstate(divide="ignore", invalid="ignore"):
        return d * np.where(r > 0, -np.expm1(-r * t) / r, t) / p


def first_come_wait(listed: ArrayLike, demand: ArrayLike, leave: ArrayLike = 0.0) -> Floats:
    """Weeks that all wait on such a list: infinite where so many could not have come."""
    now, d, r = _given(listed=listed, demand=demand, leave=leave)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(r > 0, np.where(r * now < d, -np.log1p(-r * now / d) / r, np.inf), now / d)


def priority_waits(
    demand: ArrayLike, service: float, servers: int = 1, variation: float = 1.0, first_come: bool = False
) -> Floats:
    """Mean wait of each class of a queue that serves class 0 first and interrupts nobody (Cobham 1954), in the unit of the rates.

    demand[class] and `service` are rates, the latter of one server; `variation` the squared coefficient of variation of service
    times (1 exponential, 0 always the same), which with several servers must be 1. Infinite for a class for which no capacity is
    left. `first_come`: all classes are one, first come, first served.
    """
    rates = _given(demand=demand)[0]
    if servers > 1 and variation != 1.0:
        raise ValueError(
            f"variation: found {variation:g} with {servers} servers, expected 1 (exponential service times)"
        )
    load = np.cumsum(rates) / (servers * service)
    before = np.concatenate([[0.0], load[:-1]])
    if load[-1] < 1 or servers == 1:
        busy = min(load[-1], 1.0) if servers == 1 else _all_busy(rates.sum() / service, servers)
        left = busy * (1 + variation) / 2 / (servers * service)
    else:
        left = 1 / (servers * service)
    with np.errstate(divide="ignore"):
        if first_come:
            return np.full(len(rates), left / (1 - load[-1]) if load[-1] < 1 else np.inf)
        return np.where(load < 1, left / np.where(load < 1, (1 - before) * (1 - load), 1.0), np.inf)


def _all_busy(offered: float, servers: int) -> float:
    """Chance that all servers are busy (Erlang's C)."""
    block = 1.0
    for k in range(1, servers + 1):
        block = offered * block / (k + offered * block)
    return servers * block / (servers - offered * (1 - block))


def growth_p_value(joined: ArrayLike, left: ArrayLike) -> float:
    """Two-sided chance that a list which stands still would show so large a mean monthly difference between who joined and who
    left (treated or not): a t-test on the months in which both are known, others left out; Poisson's spread where one is known.
    """
    gap = np.asarray(joined, np.float64) - np.asarray(left, np.float64)
    flows = (np.asarray(joined, np.float64) + np.asarray(left, np.float64))[np.isfinite(gap)]
    gap = gap[np.isfinite(gap)]
    if not len(gap):
        raise ValueError("joined, left: found no month in which both are known, expected one or more")
    if len(gap) == 1 or not gap.std() > 0:
        spread = np.sqrt(flows.sum())
        return float(2 * ndtr(-abs(gap.sum()) / spread)) if spread > 0 else 1.0
    t = gap.mean() / (gap.std(ddof=1) / np.sqrt(len(gap)))
    return float(2 * stdtr(len(gap) - 1, -abs(t)))


def _given(**values: ArrayLike) -> list[Floats]:
    """Arrays of what is given; raises ValueError, naming it, where some of it is missing."""
    found = []
    for name, value in values.items():
        array = np.asarray(value, np.float64)
        if np.isnan(array).any():
            raise ValueError(f"{name}: found a number missing (NaN), expected one everywhere")
        found.append(array)
    return found


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
    found: Floats = _given(mean_wait=mean_wait)[0] / target_mean_wait(target_wait, factor)
    return found


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
