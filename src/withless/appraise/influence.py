"""Which assumptions move the answer, and what single one would change the word: from the draws already made.

An assumption counts only if the plan uses it, and only where its rank correlation with the margin of the verdict (D - tol) or
with the saving's split (D/S) is clear of what chance alone would show among so many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from ..plan import UNIT_COST, Plan
from ..verdict import CLASSES, Verdict

Floats = NDArray[np.float64]

FALSE_FINDS = 0.05
"""Chance that any assumption is named that in truth moves nothing."""
BINS = 8


@dataclass(frozen=True)
class Switch:
    """The assumption under which the word is least likely. At `value`, the middle of the eighth of its range in which that is so,
    the word has probability `word` and `other` has `chance`; `changes` says whether the word would change there.
    """

    name: str
    value: float
    word: float
    other: str
    chance: float
    changes: bool


def used(plan: Plan, name: str) -> bool:
    """Whether an assumption can move what the plan does: its kind of service is touched, its tier of evidence claimed."""
    room, *rest = name.split(".")
    claims = [m for m in plan.measures if m.lever == UNIT_COST.name]
    if room in ("delivery", "efficiency"):
        some = claims if room == "efficiency" else plan.measures
        tiers = {m.evidence for m in some}
        return bool(some) and (rest[-1] not in ("contract", "business_case", "target") or rest[-1] in tiers)
    touched = {plan.place.instances[m.service].kind for m in plan.measures if m.lever != UNIT_COST.name}
    return room in touched


def influence(plan: Plan, values: Sequence[Mapping[str, Floats]], verdict: Verdict) -> dict[str, float]:
    """Squared rank correlation of every assumption that counts with the margin or with D/S, the larger, largest first."""
    clear = verdict.saving > 1.0
    targets = [
        _ranks(verdict.margin),
        _ranks(np.where(clear, verdict.taken / np.where(clear, verdict.saving, 1.0), 0.0)),
    ]
    scores = {}
    varying = _varying(plan, values)
    for name, drawn in varying.items():
        ranks = _ranks(drawn)
        found = [float((ranks @ t) ** 2 / ((ranks @ ranks) * (t @ t))) for t in targets if t.any()]
        scores[name] = max(found, default=0.0)
    limit = _noise(len(verdict.margin), 2 * len(varying))
    return {name: score for name, score in sorted(scores.items(), key=lambda item: -item[1]) if score > limit}


def nearest(plan: Plan, values: Sequence[Mapping[str, Floats]], verdict: Verdict) -> Switch | None:
    """The single assumption, at the value within its range, under which the word is least likely; None where no assumption
    sways the word beyond chance.

    Each range is cut into eighths with as many draws in each. The word changes where another is likelier there by more than
    two standard errors.
    """
    word, varying = CLASSES.index(verdict.word), _varying(plan, values)
    overall = verdict.probability[verdict.word]
    beyond = float(ndtri(1 - FALSE_FINDS / (BINS * max(len(varying), 1))))
    found = []
    for name, drawn in varying.items():
        for part in np.array_split(np.argsort(drawn, kind="stable"), BINS):
            shares = np.bincount(verdict.classes[part], minlength=3) / len(part)
            if overall - shares[word] <= beyond * np.sqrt(overall * (1 - overall) / len(part)):
                continue
            other = int(np.argmax(np.where(np.arange(3) == word, -1.0, shares)))
            error = np.sqrt(max(shares[word] * (1 - shares[word]), 1e-12) / len(part))
            changes = bool(shares[other] - shares[word] > 2 * error)
            middle = float(np.median(drawn[part]))
            found.append(Switch(name, middle, float(shares[word]), CLASSES[other], float(shares[other]), changes))
    return min(found, key=lambda s: s.word, default=None)


def _varying(plan: Plan, values: Sequence[Mapping[str, Floats]]) -> dict[str, Floats]:
    """Draws of every assumption that the plan uses and that is not fixed: {name: float[draw]}."""
    drawn = {name: np.concatenate([v[name] for v in values]) for name in values[0] if used(plan, name)}
    return {name: v for name, v in drawn.items() if v.min() < v.max()}


def _noise(draws: int, tests: int) -> float:
    """Squared rank correlation that chance alone passes with `FALSE_FINDS`, over so many tests on independent draws."""
    z = ndtri(1 - FALSE_FINDS / (2 * max(tests, 1)))
    return float(min(z**2 / max(draws - 1, 1), 1.0))


def _ranks(values: Floats) -> Floats:
    """Ranks about their mean, ties sharing their average: those of `scipy.stats.rankdata`, which takes long to load."""
    order, ranks = np.argsort(values), np.empty(len(values))
    ordered = values[order]
    twice = np.searchsorted(ordered, ordered, "left") + np.searchsorted(ordered, ordered, "right")
    ranks[order] = (twice - len(values)) / 2
    return ranks
