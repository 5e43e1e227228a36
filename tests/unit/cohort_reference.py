"""The weekly cohort written plainly in NumPy, one list at a time: what the compiled kernel is held to."""

import numpy as np


def expected(weeks, costs, thin=0.001):
    """Expected cost of the wait over some weeks of a list, (n_w, treated_w) each: nobody who leaves untreated counts."""
    n, treated = (np.sum([week[k] for week in weeks], axis=0) for k in (0, 1))
    if n.sum() <= 0:
        return np.nan
    oldest = np.cumsum(n[::-1])[::-1]
    few = max(w for w in range(len(n)) if oldest[w] >= thin * n.sum())
    few = min(few, len(costs) - 1)
    hazard = np.full(len(costs), treated[few:].sum() / n[few:].sum())
    hazard[:few] = np.where(n > 0, treated / np.where(n > 0, n, 1.0), 0.0)[:few]
    hazard[-1] = 1.0  # no wait is counted longer
    still = np.concatenate([[1.0], np.cumprod(1 - hazard)[:-1]])
    return (still * hazard * costs).sum()


def week(x, arrivals, capacity, pull, leave, other, extra=0.0, validated=0.0, sent=0.0, received=0.0, longest=0.0,
         urgent=0.0, restart=0.0, waits=None, validate_from=12, urgent_weeks=4, shielded=0.0, late=39):  # fmt: skip
    """One week of a list x[w]: (the list after it, {flow: people})."""
    kept = x * np.exp(-leave)
    n = np.zeros_like(x)
    n[0] = arrivals * np.exp(-leave[0] / 2)
    n[1:] = (kept + other)[:-1]
    n[-1] += kept[-1] + other[-1]
    flows = {"removed": (x - kept).sum() + arrivals - n[0], "arrived": arrivals, "other": other.sum()}
    off = n[validate_from:] * validated
    n[validate_from:] -= off
    n[0] += restart * off.sum()
    flows |= {"validated": off.sum(), "back": restart * off.sum()}
    gone = longest_first(n, sent)
    n = n - gone + received * (np.zeros_like(x) if waits is None else waits)
    flows |= {"sent": gone.sum(), "received": received * (0.0 if waits is None else waits.sum())}
    treated, idle = treat(n, capacity, 1 - np.exp(-pull), extra, longest, urgent, urgent_weeks, shielded, late)
    after = n - treated
    return after, flows | {
        "treated": treated.sum(),
        "idle": idle,
        "person_weeks": (x.sum() + after.sum()) / 2,
        "by_wait": (n, treated),
    }


def moved_front(pull, shape, front, front_from=39, front_to=None):
    """pull[w] once the front of long waits has come down by so many weeks."""
    w = np.arange(len(pull))
    last = len(pull) - 1 if front_to is None else front_to
    gain = np.interp(np.minimum(w + front, last), w, shape) - np.interp(np.minimum(w, last), w, shape)
    return pull + np.where((w >= front_from) & (front > 0), np.maximum(gain, 0.0), 0.0)


def treat(n, capacity, take, extra, longest, urgent, urgent_weeks, shielded=0.0, late=39):
    """Treatments by week waited, and what capacity stays idle."""
    want = n * take
    if np.isnan(capacity):
        done, left = np.minimum(n, want), extra
    else:
        e = np.zeros_like(want)
        e[:urgent_weeks] = want[:urgent_weeks] * urgent
        if capacity < want.sum():
            e[late:] = want[late:] * shielded * (1 - longest)
        e *= min(1.0, capacity / e.sum()) if e.sum() > 0 else 0.0
        rest = want - e
        scale = (1 - longest) * (capacity - e.sum()) / rest.sum() if rest.sum() > 0 else 0.0
        done = np.minimum(n, e + rest * scale)
        left = max(capacity - done.sum(), 0.0) + extra
    beyond = longest_first(n - done, left)
    return done + beyond, left - beyond.sum()


def longest_first(n, people):
    """People taken from the longest waiters first, by week waited."""
    above = np.concatenate([np.cumsum(n[::-1])[::-1][1:], [0.0]])
    return np.clip(people - above, 0.0, n)
