"""The same rules one patient at a time, compiled: a second way to the same numbers, with whole people and chance.

Every week a Poisson number arrives; each patient leaves with chance 1 - exp(-leave) (half a week's in the first), and in each
bin the number treated is that of the cohort's rule, rounded by chance, so that its mean is kept. `queue` is an ordinary queue
in continuous time, with classes of priority and patients who give up, which queueing theory solves.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...kernels import njit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@njit(cache=True, nogil=True, error_model="numpy")
def patients(
    opening: Floats, arrivals: Floats, capacity: Floats, pull: Floats, leave: Floats, longest: float, seed: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """Patients week by week: the list [week, bin] at each week's end, and treated, removed, arrived [week].

    opening[bin] (whole people), arrivals[week] and capacity[week] a week, pull[bin], leave[bin] rates a week; `longest` is
    the share of capacity that goes to the longest waiters first. Patients of a bin differ in nothing that is told, so that
    the first of them stand for any.
    """
    np.random.seed(seed)
    bins, weeks, state = len(opening), len(arrivals), _bits(np.uint64(seed))[0]
    waited = np.empty(int(opening.sum()) + int(arrivals.sum() * 2) + 1000, np.int64)
    stay, stay_first = np.exp(-leave), np.exp(-leave[0] / 2)
    people = 0
    for w in range(bins):
        for _ in range(int(opening[w])):
            waited[people] = w
            people += 1
    lists, treated, removed, arrived = np.zeros((weeks, bins)), np.zeros(weeks), np.zeros(weeks), np.zeros(weeks)
    for t in range(weeks):
        count, kept = np.zeros(bins), 0
        for i in range(people):
            u, state = _uniform(state)
            older = min(waited[i] + 1, bins - 1)
            if u < stay[waited[i]]:
                waited[kept] = older
                count[older] += 1
                kept += 1
        new = np.random.poisson(arrivals[t])
        removed[t], arrived[t] = people - kept + new, new
        people = kept
        for _ in range(new):
            u, state = _uniform(state)
            if u < stay_first:
                waited[people] = 0
                count[0] += 1
                people += 1
        removed[t] -= people - kept
        to_treat = _to_treat(count, capacity[t], pull, longest)
        treated[t], lists[t] = to_treat.sum(), count - to_treat
        people = _gone(waited, people, to_treat)
    return lists, treated, removed, arrived


@njit(cache=True, error_model="numpy")
def _gone(waited: Ints, people: int, to_treat: Floats) -> int:
    """Treat so many in each bin of those who have waited[person] weeks, the first of each; returns how many are left."""
    kept = 0
    for i in range(people):
        w = waited[i]
        if to_treat[w] > 0:
            to_treat[w] -= 1
        else:
            waited[kept] = w
            kept += 1
    return kept


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


@njit(cache=True, nogil=True, error_model="numpy")
def queue(
    rates: Floats, service: float, servers: int, patience: float, fixed: bool, customers: int, seed: int
) -> tuple[Floats, Floats, Floats]:
    """A queue in continuous time: Poisson arrivals rates[class], class 0 served first and first come first within a class,
    `servers` each with mean service time 1 / service (exponential, or always the same if `fixed`), and waiting customers who
    give up after an exponential time of mean `patience` (infinite: never).

    Returns the sum of waits of those served, how many were served, and how many gave up, [class]; the first tenth is not
    counted. Those who give up are found out when their turn comes, which changes nobody's wait. Runs beside others in threads.
    """
    classes, share, state = len(rates), np.cumsum(rates) / rates.sum(), _bits(np.uint64(seed))[0]
    line = np.empty((classes, 1024, 2))  # of each class, a ring of who waits: came, will give up
    head, tail = np.zeros(classes, np.int64), np.zeros(classes, np.int64)
    waits, served, lost = np.zeros(classes), np.zeros(classes), np.zeros(classes)
    busy, first, free = np.zeros(servers), 0, 0.0  # until when; who is free first, and when
    coming, waiting, between, lasts = 0.0, 0, 1.0 / rates.sum(), 1.0 / service
    for seen in range(customers):
        if seen == customers // 10:
            waits[:], served[:], lost[:] = 0.0, 0.0, 0.0
        gap, state = _exponential(state)
        coming += gap * between
        while waiting > 0 and free <= coming:
            c = 0
            while head[c] == tail[c]:
                c += 1
            place = head[c] & (line.shape[1] - 1)
            head[c] += 1
            waiting -= 1
            if line[c, place, 1] < free:
                lost[c] += 1
                continue
            waits[c] += free - line[c, place, 0]
            served[c] += 1
            gap, state = _exponential(state)
            first, free = _busy(busy, first, free + (1.0 if fixed else gap) * lasts)
        u, state = _uniform(state)
        c = 0
        for k in range(classes - 1):
            c += u >= share[k]
        gap, state = _exponential(state)
        if free <= coming:  # nobody waits
            served[c] += 1
            first, free = _busy(busy, first, coming + (1.0 if fixed else gap) * lasts)
            continue
        if tail[c] - head[c] == line.shape[1]:
            line = _longer(line, head, tail)
        place = tail[c] & (line.shape[1] - 1)
        line[c, place, 0], line[c, place, 1] = coming, coming + gap * patience
        tail[c] += 1
        waiting += 1
    return waits, served, lost


@njit(cache=True, error_model="numpy")
def _busy(busy: Floats, server: int, until: float) -> tuple[int, float]:
    """A server is busy until then; returns who is free first, and when."""
    busy[server] = until
    first = 0
    for k in range(1, len(busy)):
        if busy[k] < busy[first]:
            first = k
    return first, busy[first]


@njit(cache=True, error_model="numpy")
def _longer(line: Floats, head: Ints, tail: Ints) -> Floats:
    """The rings line[class, place, ..] with twice the places."""
    places = line.shape[1]
    longer = np.empty((len(line), 2 * places, 2))
    for c in range(len(line)):
        for k in range(head[c], tail[c]):
            longer[c, k & (2 * places - 1)] = line[c, k & (places - 1)]
    return longer


@njit(cache=True, error_model="numpy")
def _bits(state: np.uint64) -> tuple[np.uint64, np.uint64]:
    """64 random bits and the next state: SplitMix64 (Steele, Lea and Flood 2014), which is a mixed counter."""
    state += np.uint64(0x9E3779B97F4A7C15)
    z = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31)), state


@njit(cache=True, error_model="numpy")
def _uniform(state: np.uint64) -> tuple[float, np.uint64]:
    """A number from 0 to 1, and the next state."""
    bits, state = _bits(state)
    return np.int64(bits >> np.uint64(11)) * 2.0**-53, state


@njit(cache=True, error_model="numpy")
def _exponential(state: np.uint64) -> tuple[float, np.uint64]:
    """An exponential time of mean 1, and the next state, by 256 layers (Marsaglia and Tsang 2000): mostly one look-up."""
    beyond = 0.0
    while True:
        bits, state = _bits(state)
        layer = np.int64(bits & np.uint64(255))
        x = np.int64(bits >> np.uint64(11)) * 2.0**-53 * _EDGES[layer]
        if x < _EDGES[layer + 1]:
            return beyond + x, state
        if layer == 0:  # beyond the last edge: it starts anew there
            beyond += _EDGES[1]
            continue
        u, state = _uniform(state)
        low, high = np.exp(-_EDGES[layer]), np.exp(-_EDGES[layer + 1])
        if low + u * (high - low) < np.exp(-x):
            return beyond + x, state


def _layers() -> Floats:
    """Edges of 256 layers of equal area under exp(-x), from the widest; the first also stands for all beyond the second."""
    edge, area = 7.69711747013104972, 0.0039496598225815571993
    edges = [area / np.exp(-edge), edge]
    while len(edges) < 256:
        edges.append(-np.log(np.exp(-edges[-1]) + area / edges[-1]))
    return np.array([*edges, 0.0])


_EDGES = _layers()
