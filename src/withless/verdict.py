"""The verdict in the words of the debate: more, same or less, with less, the same or more money.

Per service, draw and year: D = fewer + lower is service taken away, S the recurrent net saving, C the gross cost today of what
the plan changes there. With tol = max(share of |S|, share of C) a draw is *more* if D < -tol, *same* if |D| <= tol, *less* if
D > tol. A service with |D| and |S| both within `unchanged` of C is unchanged and counts nowhere. The whole is summed over the
services that change before it is classified. Then the guards, alone and in the whole:
    gain    where people served and the main outcome both fall, D counts as 0 at least: no *more*
    wait    a wait up by more than its tolerance is *less*
    reach   a service of no cost is *less* where people served, weighed by quality, fall by more than the tolerance
Every service whose own word is *less* is named, whatever the whole says. Money: with less if S > share of C, with the same
within it, with more below. Probabilities are shares of draws; standard errors come from the means of blocks, which are
independent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .place import AGE_BANDS, QUINTILES
from .streams import BLOCK

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

CLASSES = ("more", "same", "less")
MONEY = {"less": "with less", "same": "with the same", "more": "with more"}


@dataclass(frozen=True)
class Thresholds:
    """Every number that the rule hangs from; the page, the docs and the tests read them here. Shares of 1."""

    of_saving: float = 0.10
    """Service taken away, or given, that counts as *same*: of the saving."""
    of_cost: float = 0.005
    """The same, of the gross cost of what changes; and the saving that counts as money."""
    unchanged: float = 0.005
    """Of the same cost: service and saving both within it, and the service is unchanged."""
    wait: float = 0.02
    """How far a wait may rise."""
    reach: float = 0.02
    """How far the people served by a service of no cost may fall."""
    fall: float = 0.005
    """How far people served and the main outcome may both fall before a gain in pounds counts as none."""
    moved: float = 0.10
    """Costs moved to others, or to users by charging them, against the saving or the tolerance, whichever is larger."""
    group_need: float = 0.05
    """Share of need from which a group counts."""
    group_loss: float = 0.02
    """What a group may lose of what it had."""
    group_loss_of_saving: float = 0.25
    """The same, as a part of the share of cost that is saved."""
    clear: float = 0.95
    """Share of draws with a saving from which pence in the pound are given."""
    certain: float = 0.99
    """Above it a chance is called over 99%, if it is so at half and double the tolerance too."""


RULE = Thresholds()


@dataclass(frozen=True)
class Pounds:
    """What one service, or some together, come to in one year: float[draw] each.

    `d`, `s`, `c` as in the module; `moved` pounds moved to others and `charged` to users. `longer`, `fell` and `lost`,
    bool[draw], are the guards on waits, gains and reach; `changed` says where the plan changes the service at all.
    """

    d: Floats
    s: Floats
    c: Floats
    moved: Floats
    charged: Floats
    longer: Bools
    fell: Bools
    lost: Bools

    @property
    def changed(self) -> Bools:
        """Where service, money or a wait moves by more than a trifle of what the plan touches."""
        trifle = RULE.unchanged * self.c
        return (np.abs(self.d) > trifle) | (np.abs(self.s) > trifle) | self.longer | self.lost


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

    `word` is the likeliest class; `before_guards` the probabilities without the guards; `money` P(with less, the same, more);
    `tolerance` P(class) after guards with half and with double the tolerance; `pence` service taken away in each pound saved,
    {mean, p5, p95}, None where the saving is not clear of zero; `margin` is D - tol, float[draw]; `classes[draw]` each draw's
    class, 0 more to 2 less; `changes` the share of draws in which the plan changes anything.
    """

    word: str
    probability: Mapping[str, float]
    standard_error: Mapping[str, float]
    before_guards: Mapping[str, float]
    money: Mapping[str, float]
    headline: str
    less_for: tuple[str, ...]
    less_in: tuple[str, ...]
    moved_to_others: bool
    by_charging: bool
    tolerance: Mapping[str, Mapping[str, float]]
    pence: Mapping[str, float] | None
    changes: float
    margin: Floats = field(repr=False)
    saving: Floats = field(repr=False)
    taken: Floats = field(repr=False)
    classes: NDArray[np.int64] = field(repr=False)

    def beyond_doubt(self, word: str) -> bool:
        """Whether a class is over 99% likely, at half and at double the tolerance too."""
        return min(self.probability[word], *(t[word] for t in self.tolerance.values())) > RULE.certain


def tolerance(p: Pounds) -> Floats:
    """Pounds of service within which nothing is called a change, per draw."""
    return np.maximum(RULE.of_saving * np.abs(p.s), RULE.of_cost * p.c)


def classify(p: Pounds, strictness: float = 1.0, *, guards: bool = True) -> NDArray[np.int64]:
    """Class of every draw: 0 more, 1 same, 2 less; `strictness` multiplies the tolerance."""
    tol = strictness * tolerance(p)
    d = np.where(p.fell, np.maximum(p.d, 0.0), p.d) if guards else p.d
    found = np.where(d < -tol, 0, np.where(d > tol, 2, 1))
    found = np.where(p.changed, found, 1)
    return (np.where(p.longer | p.lost, 2, found) if guards else found).astype(np.int64)


def together(parts: Sequence[Pounds]) -> Pounds:
    """Services summed before they are classified, each only in the draws in which it changes.

    A gain where people and outcome fell is no gain in the whole either; a service of no cost that is lost counts alone where
    nothing else changes.
    """

    def total(values: Sequence[Floats]) -> Floats:
        return np.asarray(np.sum([np.where(p.changed, v, 0.0) for p, v in zip(parts, values, strict=True)], axis=0))

    def any_of(flags: Sequence[Bools]) -> Bools:
        found: Bools = np.any(flags, axis=0)
        return found

    c = total([p.c for p in parts])
    return Pounds(
        d=total([np.where(p.fell, np.maximum(p.d, 0.0), p.d) for p in parts]),
        s=total([p.s for p in parts]),
        c=c,
        moved=total([p.moved for p in parts]),
        charged=total([p.charged for p in parts]),
        longer=any_of([p.longer for p in parts]),
        fell=np.all([p.fell | ~p.changed for p in parts], axis=0) & any_of([p.fell for p in parts]),
        lost=any_of([p.lost for p in parts]) & (c <= 0),
    )


def judge(p: Pounds, groups: Groups | None = None, less_in: Sequence[str] = ()) -> Verdict:
    """The verdict on pounds of one year; draws are whole blocks. `less_in` names the services whose own word is *less*."""
    after, pounds = classify(p), money_class(p)
    word = CLASSES[int(np.argmax(_shares(after)))]
    changed = p.changed
    c0 = float(groups.before.sum()) if groups is not None else 0.0
    less_for = losing_groups(groups, float(p.s.mean()), c0) if groups is not None and word != "less" else ()
    larger = max(float(np.abs(p.s.mean())), float(tolerance(p).mean()))
    to_others = bool(p.moved.mean() > RULE.moved * larger)
    by_charging = bool(p.charged.mean() > RULE.moved * larger)
    return Verdict(
        word=word,
        probability=_named(_shares(after)),
        standard_error={c: _standard_error(after == i) for i, c in enumerate(CLASSES)},
        before_guards=_named(_shares(classify(p, guards=False))),
        money=dict(zip(("less", "same", "more"), _shares(pounds).tolist(), strict=True)),
        headline=_headline(word, int(np.argmax(_shares(pounds))), less_for, less_in, by_charging, to_others),
        less_for=less_for,
        less_in=tuple(less_in),
        moved_to_others=to_others,
        by_charging=by_charging,
        tolerance={name: _named(_shares(classify(p, k))) for name, k in (("half", 0.5), ("double", 2.0))},
        pence=_pence(p),
        changes=float(changed.mean()),
        margin=p.d - tolerance(p),
        saving=p.s,
        taken=p.d,
        classes=after,
    )


def money_class(p: Pounds) -> NDArray[np.int64]:
    """Money of every draw: 0 with less, 1 with the same, 2 with more."""
    tol = RULE.of_cost * p.c
    return np.where(p.s > tol, 0, np.where(p.s < -tol, 2, 1)).astype(np.int64)


def losing_groups(groups: Groups, saving: float, c0: float) -> tuple[str, ...]:
    """Groups with at least 5% of need, use measured, that lose more than max(2%, a quarter of S/C0) of what they had."""
    labels, matrix = measured_groups(groups.measured)
    need, before, after = (matrix @ v for v in (groups.need, groups.before, groups.after))
    limit = max(RULE.group_loss, RULE.group_loss_of_saving * saving / c0 if c0 > 0 else 0.0)
    loss = np.where(before > 0, 1 - after / np.where(before > 0, before, 1.0), 0.0)
    counts = (need >= RULE.group_need * max(groups.need.sum(), 1e-12)) & (loss > limit)
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


def _headline(
    verdict: str, money: int, less_for: Sequence[str], less_in: Sequence[str], by_charging: bool, to_others: bool
) -> str:
    """The verdict in words: `Same with less, but less in libraries and for ..., by charging users, by moving it to others`."""
    text = f"{verdict.capitalize()} {list(MONEY.values())[money]}"
    losers = [f"{word} {listed(names)}" for word, names in (("in", less_in), ("for", less_for)) if names]
    if losers:
        text += (", " if verdict == "less" else ", but less ") + " and ".join(losers)
    return text + (", by charging users" if by_charging else "") + (", by moving it to others" if to_others else "")


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else "".join(words)


def _shares(classes: NDArray[np.int64]) -> Floats:
    return np.bincount(classes, minlength=3) / len(classes)


def _named(shares: Floats) -> dict[str, float]:
    return dict(zip(CLASSES, shares.tolist(), strict=True))


def _standard_error(hit: Bools) -> float:
    """Standard error of a share from independent blocks; NaN with a single block."""
    if len(hit) < 2 * BLOCK:
        return float("nan")
    means = hit.reshape(-1, BLOCK).mean(axis=1)
    return float(means.std(ddof=1) / np.sqrt(len(means)))


def _pence(p: Pounds) -> dict[str, float] | None:
    """Service taken away in each pound saved, in pence, where nearly all draws save money worth the name.

    That is more than a pound and more than the tolerance on money; the range is over those draws.
    """
    clear = p.s > np.maximum(RULE.of_cost * p.c, 1.0)
    if clear.mean() < RULE.clear:
        return None
    low, high = np.quantile(100 * p.d[clear] / p.s[clear], [0.05, 0.95])
    return {"mean": float(100 * p.d[clear].mean() / p.s[clear].mean()), "p5": float(low), "p95": float(high)}
