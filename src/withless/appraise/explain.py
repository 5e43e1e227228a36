"""One assumption in one appraisal: what it does to the answer over its range, and what knowing it would be worth."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..assumptions import Assumption, Register
from ..sensitivity import EIGHTHS, SwitchPoint, chance_of_change, eighths, switch_points
from ..verdict import CLASSES
from .influence import WORD, used
from .result import Appraisal

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Step:
    """An eighth of an assumption's range: its bounds, mean pounds taken away and saved, and the chance of each class."""

    low: float
    high: float
    taken: float
    saved: float
    chance: tuple[float, ...]


@dataclass(frozen=True)
class Explanation:
    """What an assumption does in an appraisal. `used` is False where nothing in the plan depends on it; `steps` are empty then,
    and where it is fixed. `share[answer]` is (share of variance, its standard error, whether it counts); `rank` its place among
    those that count (0: does not), `of` how many do.

    `change` is the chance that the word would be another if it were known, `switches` where in its range.
    """

    assumption: Assumption
    used: bool
    steps: tuple[Step, ...]
    share: dict[str, tuple[float, float, bool]]
    rank: int
    of: int
    change: float
    switches: tuple[SwitchPoint, ...]


def explain(a: Appraisal, name: str) -> Explanation:
    """What the assumption `name` does in an appraisal; raises KeyError, naming the nearest, where there is none."""
    if name not in a.register.items:
        raise KeyError(no_assumption(a.register, name))
    item, found = a.register.items[name], a.sensitivity
    if not any(name in share for share in found.share.values()):
        return Explanation(item, used(a.plan, name), (), {}, 0, len(a.influence), 0.0, ())
    drawn = a.register.draw(a.seed, 0, a.draws // 64)[name]
    word = CLASSES.index(a.verdict.word)
    parts = eighths(drawn, a.verdict.classes, word)
    sways = name in found.counts(WORD)  # else the parts differ by chance
    ranked = list(a.influence)
    return Explanation(
        assumption=item,
        used=True,
        steps=tuple(_steps(a, drawn)),
        share={k: (max(s[name], 0.0), found.error[k][name], s[name] > found.threshold) for k, s in found.share.items()},
        rank=ranked.index(name) + 1 if name in ranked else 0,
        of=len(ranked),
        change=chance_of_change(parts, word) if sways else 0.0,
        switches=switch_points(parts) if sways else (),
    )


def no_assumption(register: Register, name: str) -> str:
    """That there is no assumption of a name, with the nearest that there are."""
    near = difflib.get_close_matches(name, register.items, n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(near)}?" if near else "; withless assumptions lists them."
    return f"There is no assumption {name!r}{hint}"


def _steps(a: Appraisal, drawn: Floats) -> list[Step]:
    v, found = a.verdict, []
    for part in np.array_split(np.argsort(drawn, kind="stable"), EIGHTHS):
        chance = np.bincount(v.classes[part], minlength=len(CLASSES)) / len(part)
        taken, saved = float(v.taken[part].mean()), float(v.saving[part].mean())
        low, high = float(drawn[part].min()), float(drawn[part].max())
        found.append(Step(low, high, taken, saved, tuple(chance.tolist())))
    return found
