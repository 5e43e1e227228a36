"""A poll of a million people by withless, the same table by samplics and svy, and the same raking by weightipy, in one run.

    python -m pip install -r bench/poll-requirements.txt
    python bench/poll.py [PEOPLE]

Sixty questions of five answers by six ages. withless rakes to four margins and its errors know of that; then, with weights as
fixed numbers, all work the same question, and must give the same errors before a time is told. A peer that is not
installed is skipped, which is said.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np

from withless.poll.design import design
from withless.poll.tables import Banner, frame, tabulate
from withless.poll.weighting import margin, rake

PEOPLE = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
QUESTIONS, AGES = 60, 6


def main() -> None:
    """Print every time."""
    rng = np.random.default_rng(1)
    sizes = {"sex": 2, "age": AGES, "region": 12, "edu": 3}
    groups = {k: rng.integers(0, n, PEOPLE) for k, n in sizes.items()}
    answers = [rng.integers(0, 5, PEOPLE) for _ in range(QUESTIONS)]
    begun = time.perf_counter()
    margins = [margin(k, v, {i: 1.0 + i / sizes[k] for i in range(sizes[k])}, PEOPLE) for k, v in groups.items()]
    raked = rake(design(np.ones(PEOPLE)), margins).design
    mine = time.perf_counter() - begun
    print(f"{'raking to four margins: withless':<44}{mine:8.2f} s")
    try:
        begun = time.perf_counter()
        weights = by_weightipy(groups, sizes)
        theirs = time.perf_counter() - begun
        off = float(np.abs(weights / weights.mean() / raked.weights - 1).max())
        assert off < 0.01, off
        print(
            f"{'raking to four margins: weightipy':<44}{theirs:8.2f} s  {theirs / mine:.0f} times, weights off by {off:.1e}"
        )
    except ImportError:
        print("weightipy is not installed: skipped")
    ages = (Banner("age", "Age", groups["age"], tuple(map(str, range(AGES)))),)
    begun = time.perf_counter()
    ready = frame(raked, ages)
    for answer in answers:
        tabulate(ready, answer, np.eye(5))
    print(f"{f'{QUESTIONS} questions by age, with tests and letters':<44}{time.perf_counter() - begun:8.2f} s")
    print(f"{'memory at most':<44}{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MB")
    begun = time.perf_counter()
    ours = tabulate(frame(design(raked.weights), ages), answers[0], np.eye(5))
    mine = time.perf_counter() - begun
    print(f"{'one question, weights fixed: withless':<44}{mine:8.2f} s")
    for name, work in (("samplics", by_samplics), ("svy", by_svy)):
        try:
            begun = time.perf_counter()
            errors = work(answers[0], groups["age"], raked.weights)
            theirs = time.perf_counter() - begun
        except ImportError:
            print(f"{name} is not installed: skipped")
            continue
        assert np.allclose(errors, ours.errors[:, 1:], rtol=1e-6), name
        print(f"{f'one question, weights fixed: {name}':<44}{theirs:8.2f} s  {theirs / mine:.0f} times")


def by_weightipy(groups: dict[str, np.ndarray], sizes: dict[str, int]) -> np.ndarray:
    """Raked weights [person]; it stops once margins are met nearly."""
    import pandas as pd
    import weightipy

    targets = {k: {i: 1.0 + i / n for i in range(n)} for k, n in sizes.items()}
    shares = {k: {i: 100 * t / sum(aims.values()) for i, t in aims.items()} for k, aims in targets.items()}
    found = weightipy.weight_dataframe(pd.DataFrame(groups), weightipy.scheme_from_dict(shares), "w")
    return np.asarray(found["w"], dtype=float)


def by_samplics(answer: np.ndarray, age: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Standard errors [answer, age]."""
    from samplics import PopParam, TaylorEstimator

    peer = TaylorEstimator(PopParam.prop)
    peer.estimate(y=answer, samp_weight=weights, domain=age)
    return np.array([[peer.stderror[a][c] for a in range(AGES)] for c in range(5)], dtype=float)


def by_svy(answer: np.ndarray, age: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Standard errors [answer, age]."""
    import polars as pl
    import svy

    sample = svy.Sample(pl.DataFrame({"q": answer, "age": age, "w": weights}), svy.Design(wgt="w"))
    errors = np.zeros((5, AGES))
    for e in sample.estimation.prop("q", by="age").estimates:
        errors[int(e.y_level), int(e.by_level[0])] = e.se
    return errors


if __name__ == "__main__":
    main()
