"""Which inputs move an answer: first-order shares of variance from draws already made, with no new runs.

The share of input x in answer y is Var(E[y | x]) / Var(y), its first-order Sobol index: what of the spread of y would go if x
were known. Draws are cut into B bins of as many draws each by the rank of x; with SSB and SSW the sums of squares between
bins and within,
    share = (SSB - (B - 1) * SSW / (n - B)) / (SSB + SSW)                       (epsilon squared: Kelley, PNAS 21, 1935)
which is 0 on average where x plays no part, and sees effects that go up and down again, as rank correlation does not. An
input counts where its share is above what the largest share of all inputs and answers is in 19 of 20 permutations of the
answers (Westfall and Young, 1993): among any number of inputs without effect, one is named in 1 case of 20.
Inputs that are drawn together (a joint estimate) each have what is common to them.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .streams import Streams, blocks

Floats = NDArray[np.float64]

PERMUTATIONS = 199
FALSE_FINDS = 0.05
"""Chance that any input is named that in truth moves nothing."""
EIGHTHS = 8
"""Parts with as many draws each, into which the range of an input is cut to read the word in each."""


@dataclass(frozen=True)
class Sensitivity:
    """Shares of variance: `share[answer][name]` (0 where none; noise may be below), of which those above `threshold` count.

    `error[answer][name]` is the standard error of a share.
    """

    share: Mapping[str, Mapping[str, float]]
    error: Mapping[str, Mapping[str, float]]
    threshold: float

    def counts(self, answer: str) -> dict[str, float]:
        """The inputs that are clear of chance in an answer, the largest share first."""
        clear = {name: s for name, s in self.share[answer].items() if s > self.threshold}
        return dict(sorted(clear.items(), key=lambda item: -item[1]))

    def explained(self, answer: str) -> float:
        """What the inputs that count explain of an answer one by one, 0 to 1; the rest is interplay and luck."""
        return min(sum(self.counts(answer).values()), 1.0)


def bins_for(draws: int) -> int:
    """Bins for so many draws: fine enough for two turns of a wave, coarse enough to keep noise down (16 for 1,024)."""
    return int(np.clip(round(draws**0.4), 4, 32))


def first_order(inputs: Mapping[str, Floats], answers: Mapping[str, Floats], seed: int = 1) -> Sensitivity:
    """Share of every input[draw] in the variance of every answer[draw]; a constant answer has none."""
    names, asked = tuple(inputs), tuple(answers)
    if not names or not asked:
        return Sensitivity(
            {a: dict.fromkeys(names, 0.0) for a in asked}, {a: dict.fromkeys(names, 0.0) for a in asked}, 1.0
        )
    y = np.stack([_standard(answers[a]) for a in asked], axis=1)
    n, bins = len(y), bins_for(len(y))
    means = _binning(np.stack([inputs[name] for name in names]), bins)
    share = _shares(means, y, bins)
    luck = Streams(seed, 0, blocks(n)).uniforms("sensitivity", ["order"], PERMUTATIONS)[:n, 0]
    shuffled = luck.T.copy().argsort(axis=1)  # every answer by the same one
    chance = _shares(means, y[shuffled].transpose(1, 0, 2).reshape(n, -1), bins)
    largest = np.sort(chance.reshape(len(names), PERMUTATIONS, len(asked)).max(axis=(0, 2)))
    threshold = float(largest[int(np.ceil((1 - FALSE_FINDS) * (PERMUTATIONS + 1))) - 1])
    error = np.sqrt(np.maximum(4 * share * (1 - share) ** 2, 2 * (bins - 1) / n) / n)

    def named(values: Floats) -> dict[str, dict[str, float]]:
        return {a: dict(zip(names, values[:, i].tolist(), strict=True)) for i, a in enumerate(asked)}

    return Sensitivity(named(share), named(error), threshold)


def _standard(values: Floats) -> Floats:
    """Values about their mean, in standard deviations; zeros where nothing varies."""
    about, spread = values - values.mean(), values.std()
    return about / spread if spread > 1e-12 * max(float(np.abs(values).max()), 1e-300) else np.zeros_like(values)


def _binning(x: Floats, bins: int) -> NDArray[np.float32]:
    """A matrix [input, bin, draw] that takes the sum over a bin, divided by the root of its size."""
    k, n = x.shape
    label = np.empty((k, n), np.int64)
    of_rank = np.arange(n) * bins // n
    np.put_along_axis(label, np.argsort(x, axis=1, kind="stable"), np.broadcast_to(of_rank, (k, n)), axis=1)
    one_hot: NDArray[np.bool_] = label[:, None, :] == np.arange(bins)[None, :, None]
    return np.asarray(one_hot / np.sqrt(np.bincount(of_rank))[:, None], np.float32)


def _shares(means: NDArray[np.float32], y: Floats, bins: int) -> Floats:
    """Epsilon squared of every input in every column of y[draw, answer], which are standardised: [input, answer]."""
    k, _, n = means.shape
    between = (means.reshape(-1, n) @ y.astype(np.float32)).reshape(k, bins, -1).astype(np.float64) ** 2
    total = (y**2).sum(axis=0)
    ssb = between.sum(axis=1)
    noise = (bins - 1) * np.maximum(total - ssb, 0.0) / max(n - bins, 1)
    return np.where(total > 0, (ssb - noise) / np.where(total > 0, total, 1.0), 0.0)


@dataclass(frozen=True)
class Eighth:
    """A part of an input's range: from `low` to `high`, the share of each class in it, and whether a class other than that of
    the whole is likelier there by more than two standard errors (`word` is then that class, else the whole's).
    """

    low: float
    high: float
    shares: tuple[float, ...]
    word: int


def eighths(x: Floats, classes: NDArray[np.int64], word: int, kinds: int = 3) -> tuple[Eighth, ...]:
    """The classes of draws in every eighth of an input's range; `word` is the class of the whole."""
    found = []
    for part in np.array_split(np.argsort(x, kind="stable"), EIGHTHS):
        shares = np.bincount(classes[part], minlength=kinds) / len(part)
        other = int(np.argmax(np.where(np.arange(kinds) == word, -1.0, shares)))
        ahead = shares[other] - shares[word]
        error = np.sqrt(max(shares[other] + shares[word] - ahead**2, 1e-12) / len(part))
        found.append(
            Eighth(
                float(x[part].min()), float(x[part].max()), tuple(shares.tolist()), other if ahead > 2 * error else word
            )
        )
    return tuple(found)


@dataclass(frozen=True)
class SwitchPoint:
    """A value of an input at which the word changes, from `below` to `above`."""

    value: float
    below: int
    above: int


def switch_points(parts: tuple[Eighth, ...]) -> tuple[SwitchPoint, ...]:
    """The values at which the word changes from one part of the range to the next."""
    pairs = itertools.pairwise(parts)
    return tuple(SwitchPoint((a.high + b.low) / 2, a.word, b.word) for a, b in pairs if a.word != b.word)


def chance_of_change(parts: tuple[Eighth, ...], word: int) -> float:
    """Chance that the word would be another if the input were known: the part of its range in which another is likelier."""
    return sum(p.word != word for p in parts) / len(parts) if parts else 0.0
