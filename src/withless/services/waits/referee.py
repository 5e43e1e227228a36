"""The same rules one patient at a time, compiled: a second way to the same numbers, with whole people and chance.

Every week a Poisson number arrives; each patient leaves with chance 1 - exp(-leave) (half a week's in the first), and in each
bin the number treated is that of the cohort's rule, rounded by chance, so that its mean is kept. Which patients of a bin go
is by lot. `queue` is an ordinary queue in continuous time, with classes of priority and patients who give up, which
queueing theory solves.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@njit(cache=True, error_model="numpy")
def patients(  # noqa: PLR0912  # one loop over weeks and people, as compiled code likes it
    opening: Floats, arrivals: Floats, capacity: Floats, pull: Floats, leave: Floats, longest: float, seed: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """Patients week by week: the list [week, bin] at each week's end, and treated, removed, arrived [week].

    opening[bin] (whole people), arrivals[week] and capacity[week] a week, pull[bin], leave[bin] rates a week; `longest` is
    the share of capacity that goes to the longest waiters first.
    """
    np.random.seed(seed)
    bins, weeks = len(opening), len(arrivals)
    waited = np.empty(int(opening.sum()) + int(arrivals.sum() * 2) + 1000, np.int64)
    people = 0
    for w in range(bins):
        for _ in range(int(opening[w])):
            waited[people] = w
            people += 1
    lists, treated, removed, arrived = np.zeros((weeks, bins)), np.zeros(weeks), np.zeros(weeks), np.zeros(weeks)
    for t in range(weeks):
        kept = 0
        for i in range(people):
            if np.random.random() < np.exp(-leave[waited[i]]):
                waited[kept] = min(waited[i] + 1, bins - 1)
                kept += 1
            else:
                removed[t] += 1
        people = kept
        new = np.random.poisson(arrivals[t])
        arrived[t] = new
        for _ in range(new):
            if np.random.random() < np.exp(-leave[0] / 2):
                waited[people] = 0
                people += 1
            else:
                removed[t] += 1
        count = np.zeros(bins)
        for i in range(people):
            count[waited[i]] += 1
        to_treat = _to_treat(count, capacity[t], pull, longest)
        treated[t] = to_treat.sum()
        np.random.shuffle(waited[:people])
        kept = 0
        for i in range(people):
            if to_treat[waited[i]] > 0:
                to_treat[waited[i]] -= 1
            else:
                waited[kept] = waited[i]
                kept += 1
        people = kept
        for i in range(people):
            lists[t, waited[i]] += 1
    return lists, treated, removed, arrived


@njit(cache=True, error_model="numpy")
def _to_treat(count: Floats, capacity: float, pull: Floats, longest: float) -> Floats:
    """Whole people to treat in each bin; what rounding leaves over goes to the longest waiters, as what is left does."""
    bins = len(count)
    want = count * (1.0 - np.exp(-pull))
    wanted = want.sum()
    room = np.floor(capacity) + (1.0 if np.random.random() < capacity - np.floor(capacity) else 0.0)
    done = np.zeros(bins)
    if wanted > 0.0:
        carry = np.random.random()
        for w in range(bins):  # one start for all bins: the sum is right to within a person, and each mean exactly
            share = min(count[w], want[w] * (1.0 - longest) * room / wanted)
            carry += share
            done[w] = min(count[w], np.floor(carry))
            carry -= np.floor(carry)
    left = room - done.sum()
    for w in range(bins - 1, -1, -1):
        if left <= 0.0:
            break
        more = min(count[w] - done[w], left)
        done[w] += more
        left -= more
    return done


@njit(cache=True, error_model="numpy")
def queue(
    rates: Floats, service: float, servers: int, patience: float, fixed: bool, customers: int, seed: int
) -> tuple[Floats, Floats, Floats]:
    """A queue in continuous time: Poisson arrivals rates[class], class 0 served first and first come first within a class,
    `servers` each with mean service time 1 / service (exponential, or always the same if `fixed`), and waiting customers who
    give up after an exponential time of mean `patience` (infinite: never).

    Returns the sum of waits of those served, how many were served, and how many gave up, [class]; the first tenth is not
    counted.
    """
    np.random.seed(seed)
    classes = len(rates)
    total = rates.sum()
    arrival, give_up = np.empty((classes, customers)), np.empty((classes, customers))
    head, tail = np.zeros(classes, np.int64), np.zeros(classes, np.int64)
    busy = np.full(servers, 0.0)
    waits, served, lost = np.zeros(classes), np.zeros(classes), np.zeros(classes)
    clock, seen = 0.0, 0
    coming = np.random.exponential(1.0 / total)
    while seen < customers:
        first = np.argmin(busy)
        waiting = False
        for c in range(classes):
            waiting = waiting or head[c] < tail[c]
        clock = max(busy[first], clock) if waiting else np.inf
        if coming <= clock:  # somebody comes before anybody can be served
            clock = coming
            u, c = np.random.random() * total, 0
            while u > rates[c]:
                u -= rates[c]
                c += 1
            arrival[c, tail[c]] = coming
            give_up[c, tail[c]] = coming + (np.random.exponential(patience) if np.isfinite(patience) else np.inf)
            tail[c] += 1
            seen += 1
            coming += np.random.exponential(1.0 / total)
            continue
        for c in range(classes):
            taken = False
            while head[c] < tail[c] and not taken:
                k = head[c]
                head[c] += 1
                if give_up[c, k] < clock:
                    lost[c] += 1 if seen > customers // 10 else 0
                    continue
                taken = True
                if seen > customers // 10:
                    waits[c] += clock - arrival[c, k]
                    served[c] += 1
            if taken:
                busy[first] = clock + (1.0 / service if fixed else np.random.exponential(1.0 / service))
                break
    return waits, served, lost
