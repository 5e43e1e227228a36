"""Which assumptions move the answer, and what single one would change the word: from the draws already made.

An assumption counts only if the plan uses it, and only where its share of the variance is clear of what chance alone would show
among so many: see `withless.sensitivity`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from ..plan import UNIT_COST, Plan
from ..sensitivity import EIGHTHS, FALSE_FINDS, Sensitivity, first_order
from ..verdict import CLASSES, Verdict

Floats = NDArray[np.float64]


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


PENCE, MARGIN, WORD = "pence", "margin", "word"
"""What assumptions may move: the pence of service taken away in each pound saved, D - tol, and whether the word holds."""


def sensitivity(plan: Plan, values: Sequence[Mapping[str, Floats]], verdict: Verdict) -> Sensitivity:
    """First-order shares of every assumption that the plan uses in the variance of `PENCE`, `MARGIN` and `WORD`.

    The pence are taken as what D is above or below the plan's average pence of S, a linearised ratio: D/S itself has no variance
    where S may be near zero.
    """
    saving = float(verdict.saving.mean())
    pence = verdict.taken - float(verdict.taken.mean()) / saving * verdict.saving if saving > 1.0 else 0 * verdict.taken
    right = (verdict.classes == CLASSES.index(verdict.word)).astype(np.float64)
    return first_order(varying(plan, values), {PENCE: pence, MARGIN: verdict.margin, WORD: right})


def nearest(plan: Plan, values: Sequence[Mapping[str, Floats]], verdict: Verdict) -> Switch | None:
    """The single assumption, at the value within its range, under which the word is least likely; None where no assumption
    sways the word beyond chance.

    Each range is cut into eighths with as many draws in each. The word changes where another is likelier there by more than
    two standard errors.
    """
    word, some = CLASSES.index(verdict.word), varying(plan, values)
    overall = verdict.probability[verdict.word]
    beyond = float(ndtri(1 - FALSE_FINDS / (EIGHTHS * max(len(some), 1))))
    found = []
    for name, drawn in some.items():
        for part in np.array_split(np.argsort(drawn, kind="stable"), EIGHTHS):
            shares = np.bincount(verdict.classes[part], minlength=3) / len(part)
            if overall - shares[word] <= beyond * np.sqrt(overall * (1 - overall) / len(part)):
                continue
            other = int(np.argmax(np.where(np.arange(3) == word, -1.0, shares)))
            error = np.sqrt(max(shares[word] * (1 - shares[word]), 1e-12) / len(part))
            changes = bool(shares[other] - shares[word] > 2 * error)
            middle = float(np.median(drawn[part]))
            found.append(Switch(name, middle, float(shares[word]), CLASSES[other], float(shares[other]), changes))
    return min(found, key=lambda s: s.word, default=None)


def varying(plan: Plan, values: Sequence[Mapping[str, Floats]]) -> dict[str, Floats]:
    """Draws of every assumption that the plan uses and that is not fixed: {name: float[draw]}."""
    drawn = {name: np.concatenate([v[name] for v in values]) for name in values[0] if used(plan, name)}
    return {name: v for name, v in drawn.items() if v.min() < v.max()}
