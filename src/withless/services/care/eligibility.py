"""Who is found eligible: a soft threshold, calibrated on what formal changes did and who was helped under them.

P(eligible | band k, threshold t) = logistic((k - t + margin) / spread), k = 1 moderate, 2 substantial, 3 critical. The
spread holds how needs differ within a band and how councils differ in reading them. Three facts fix it: the part of a
band that a threshold at that band lets in (judged), the clients gained by lowering it from substantial to moderate
(Fernandez, Snell, Forder and Wittenberg, 2013), and the part of clients below substantial where substantial is the rule
(published for England). A hard rule would take off everybody below; that a formal move took off far fewer is kept.
Budgets tighten without words: see `budget`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BANDS = np.array([1.0, 2.0, 3.0])


@dataclass(frozen=True)
class Rule:
    """How soft a threshold is, float[draw]: see `eligible`."""

    margin: Floats
    spread: Floats


def eligible(threshold: Floats, rule: Rule) -> Floats:
    """Share of each band found eligible [draw, ..., 3]; threshold[draw or 1, ...] in points of the score."""
    shape = (-1, *(1,) * np.ndim(threshold))
    ahead = BANDS - np.asarray(threshold)[..., None] + rule.margin.reshape(shape)
    share: Floats = 0.5 * (1 + np.tanh(ahead / rule.spread.reshape(shape) / 2))
    return share


def calibrated(own: Floats, ratio: Floats, below: Floats, critical: Floats) -> Rule:
    """The rule under which a threshold lets in `own` of its own band, clients at moderate are `ratio` times those at
    substantial, and `below` of clients at substantial have moderate needs; all float[draw].

    `critical` is the part of those above moderate who are critical, let in whole by either threshold. Closed form; where the
    three facts cannot hold together, the part let in from below stays within 0.02 and 0.98 of `own`.
    """
    above = (1 - critical) * own + critical
    moderate = (ratio * above / (1 - below) - 1) / own
    let_in = below * above / (1 - below) / np.maximum(moderate, 1e-9)
    let_in = np.clip(np.where(moderate > 0, let_in, np.inf), 0.02 * own, 0.98 * own)
    spread = 1 / (_logit(own) - _logit(let_in))
    return Rule(spread * _logit(own), spread)


def demand(ratio: Floats, critical: Floats, rule: Rule) -> Floats:
    """People who would be clients, by band [draw, 3], in a group whose clients change by `ratio` between thresholds.

    Closed form: clients are linear in the mix. No one moderate where `ratio` is less than those above alone would give.
    """
    low, high = (eligible(np.array([t]), rule) for t in (1.0, 2.0))
    above = np.stack([np.zeros_like(critical), 1 - critical, critical], axis=-1)
    missing = ratio * (above * high).sum(axis=-1) - (above * low).sum(axis=-1)
    gain = missing / np.maximum(low[:, 0] - ratio * high[:, 0], 1e-9)
    found = above.copy()
    found[:, 0] = np.maximum(gain, 0.0)
    return np.asarray(found / found.sum(axis=-1, keepdims=True))


def _logit(share: Floats) -> Floats:
    odds: Floats = np.log(share / (1 - share))
    return odds
