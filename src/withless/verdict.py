"""The verdict in the words of the debate: more, same or less, with less, the same or more money.

D = fewer + lower is service taken away, S the recurrent net saving, C0 the baseline gross cost, pounds of one year, per
draw. With tol = max(0.10*|S|, 0.005*C0): more if D < -tol, same if |D| <= tol, less if D > tol. Money: with less if
S > 0.005*C0, with the same within it, with more below. Probabilities are shares of draws; standard errors come from the
means of blocks, which are independent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .place import AGE_BANDS, QUINTILES
from .streams import BLOCK

Floats = NDArray[np.float64]

CLASSES = ("more", "same", "less")
MONEY = {"less": "with less", "same": "with the same", "more": "with more"}

SAVING_TOLERANCE = 0.10
COST_TOLERANCE = 0.005
WAIT_TOLERANCE = 0.02
MOVED_SHARE = 0.10
GROUP_NEED = 0.05
GROUP_LOSS = 0.02
GROUP_LOSS_OF_SAVING = 0.25


@dataclass(frozen=True)
class Groups:
    """Expected standard-cost pounds by group in the target year: need (people), reach0 and output1, float[group].

    `measured` says by which parts of a group ("quintile", "age") use was observed.
    """

    need: Floats
    before: Floats
    after: Floats
    measured: frozenset[str]


@dataclass(frozen=True)
class Verdict:
    """P(more), P(same), P(less) after guards with standard errors, the words, and what lies behind them.

    `before_guards` are the probabilities without the waiting rule; `money` P(with less, the same, more); `tolerance`
    P(class) with half and with double the tolerance; `pence` service taken away in each pound saved, {mean, p5, p95},
    None where the saving is not clear of nil; `margin` is D - tol, float[draw].
    """

    probability: Mapping[str, float]
    standard_error: Mapping[str, float]
    before_guards: Mapping[str, float]
    money: Mapping[str, float]
    headline: str
    less_for: tuple[str, ...]
    moved_to_others: bool
    tolerance: Mapping[str, Mapping[str, float]]
    pence: Mapping[str, float] | None
    margin: Floats = field(repr=False)


def classify(d: Floats, s: Floats, c0: Floats, strictness: float = 1.0) -> NDArray[np.int64]:
    """Class of every draw: 0 more, 1 same, 2 less; `strictness` multiplies the tolerance."""
    tol = strictness * tolerance(s, c0)
    return np.where(d < -tol, 0, np.where(d > tol, 2, 1)).astype(np.int64)


def tolerance(s: Floats, c0: Floats) -> Floats:
    """Pounds of service within which nothing is called a change: max(0.10*|S|, 0.005*C0), per draw."""
    return np.maximum(SAVING_TOLERANCE * np.abs(s), COST_TOLERANCE * c0)


def money_class(s: Floats, c0: Floats) -> NDArray[np.int64]:
    """Money of every draw: 0 with less, 1 with the same, 2 with more."""
    tol = COST_TOLERANCE * c0
    return np.where(s > tol, 0, np.where(s < -tol, 2, 1)).astype(np.int64)


def judge(
    d: Floats,
    s: Floats,
    c0: Floats,
    moved: Floats,
    wait_ratio: Floats | None = None,
    groups: Groups | None = None,
) -> Verdict:
    """The verdict on pounds of one year, each float[draw]; draws are whole blocks.

    `wait_ratio[draw]` is the plan's wait over the baseline's where there is a list: above 1.02 the draw is *less*.
    """
    before = classify(d, s, c0)
    waits_longer = wait_ratio > 1 + WAIT_TOLERANCE if wait_ratio is not None else np.zeros(len(d), dtype=bool)
    after = np.where(waits_longer, 2, before)
    pounds = money_class(s, c0)
    less_for = losing_groups(groups, float(s.mean()), float(c0.mean())) if groups is not None else ()
    word = CLASSES[int(np.argmax(_shares(after)))]
    less_for = less_for if word != "less" else ()
    to_others = bool(moved.mean() > MOVED_SHARE * s.mean() > 0)
    return Verdict(
        probability=_named(_shares(after)),
        standard_error={c: _standard_error(after == i) for i, c in enumerate(CLASSES)},
        before_guards=_named(_shares(before)),
        money=dict(zip(("less", "same", "more"), _shares(pounds).tolist(), strict=True)),
        headline=_headline(word, int(np.argmax(_shares(pounds))), less_for, to_others),
        less_for=less_for,
        moved_to_others=to_others,
        tolerance={name: _named(_shares(classify(d, s, c0, k))) for name, k in (("half", 0.5), ("double", 2.0))},
        pence=_pence(d, s, c0),
        margin=d - tolerance(s, c0),
    )


def losing_groups(groups: Groups, saving: float, c0: float) -> tuple[str, ...]:
    """Groups with at least 5% of need, use measured, that lose more than max(2%, 0.25*S/C0) of what they had."""
    labels, matrix = measured_groups(groups.measured)
    need, before, after = (matrix @ v for v in (groups.need, groups.before, groups.after))
    limit = max(GROUP_LOSS, GROUP_LOSS_OF_SAVING * saving / c0 if c0 > 0 else 0.0)
    loss = np.where(before > 0, 1 - after / np.where(before > 0, before, 1.0), 0.0)
    counts = (need >= GROUP_NEED * max(groups.need.sum(), 1e-12)) & (loss > limit)
    return tuple(label for label, losing in zip(labels, counts, strict=True) if losing)


def measured_groups(measured: frozenset[str]) -> tuple[Sequence[str], Floats]:
    """Labels and a summing matrix [label, group] for the parts of a group by which use was observed."""
    ages, quintiles = np.tile(np.eye(len(AGE_BANDS)), 5), np.repeat(np.eye(5), len(AGE_BANDS), axis=1)
    if measured >= {"quintile", "age"}:
        return [f"people aged {a} in the {q}" for q in QUINTILES for a in AGE_BANDS], np.eye(5 * len(AGE_BANDS))
    if "quintile" in measured:
        return [f"people in the {q} of areas" for q in QUINTILES], quintiles
    if "age" in measured:
        return [f"people aged {a}" for a in AGE_BANDS], ages
    return [], np.zeros((0, 5 * len(AGE_BANDS)))


def _headline(word: str, money: int, less_for: Sequence[str], to_others: bool) -> str:
    """The verdict in words: `Same with less, but less for ..., by moving it to others`."""
    with_money = list(MONEY.values())[money]
    text = f"{word.capitalize()} {with_money}"
    if less_for:
        text += f", but less for {_and(less_for)}"
    return text + (", by moving it to others" if to_others else "")


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def _shares(classes: NDArray[np.int64]) -> Floats:
    return np.bincount(classes, minlength=3) / len(classes)


def _named(shares: Floats) -> dict[str, float]:
    return dict(zip(CLASSES, shares.tolist(), strict=True))


def _standard_error(hit: NDArray[np.bool_]) -> float:
    """Standard error of a share from independent blocks; NaN with a single block."""
    if len(hit) < 2 * BLOCK:
        return float("nan")
    means = hit.reshape(-1, BLOCK).mean(axis=1)
    return float(means.std(ddof=1) / np.sqrt(len(means)))


def _pence(d: Floats, s: Floats, c0: Floats) -> dict[str, float] | None:
    """Service taken away in each pound saved, in pence, where at least 95% of draws save money worth the name.

    That is more than a pound and more than 0.005*C0; the range is over those draws.
    """
    clear = s > np.maximum(COST_TOLERANCE * c0, 1.0)
    if clear.mean() < 0.95:
        return None
    low, high = np.quantile(100 * d[clear] / s[clear], [0.05, 0.95])
    return {"mean": float(100 * d[clear].mean() / s[clear].mean()), "p5": float(low), "p95": float(high)}
