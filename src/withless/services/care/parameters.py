"""The register's numbers for one instance, by draw: how needs change, who is eligible, what is known of each group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws
from ...place import Instance, Place
from . import eligibility, transitions
from .tables import CLIENTS, OLDER_AGES

Floats = NDArray[np.float64]

AGE_NAMES = ("younger", "middle", "oldest")
"""Assumption names of `OLDER_AGES`."""

PUBLISHED_YEARS = (67.5, 88.5)
"""Ages for which need is published (65 to 69, 85 and over), and `MIDDLES` those of our bands, at their average age."""
MIDDLES = (69.5, 79.5, 88.5)


@dataclass(frozen=True)
class Inputs:
    """What everything about a service is worked out from: its place, its tables, and the register's numbers by draw."""

    place: Place
    instance: Instance
    draws: Draws

    def __len__(self) -> int:
        return len(self.draws)

    def of(self, name: str) -> Floats:
        """An assumption of the service, float[draw]: the instance's own, else the general one."""
        return self.draws.of(f"care.{name}", self.instance.name)


@dataclass(frozen=True)
class Needs:
    """How needs come and go: rates[draw, age, fifth, 4, 4] a year with onset as published, `published` [draw, 4, 4] the
    generator that they come from, prevalence[draw, age, fifth] as the register has it, critical[draw].
    """

    rates: Floats
    published: Floats
    prevalence: Floats
    critical: Floats


def needs(inputs: Inputs) -> Needs:
    """The register's rates and prevalence by age band and deprivation fifth."""
    published = generator(inputs)
    mortality = np.stack([inputs.of(f"mortality.{age}") for age in AGE_NAMES], axis=1)
    critical, entry, onset = (inputs.of(f"critical.{k}") for k in ("share", "entry", "onset"))
    rates = transitions.four_bands(
        published[:, None], mortality, critical[:, None], entry[:, None], onset[:, None]
    )  # [draw, age, 4, 4]
    by_fifth = np.broadcast_to(rates[:, :, None], (len(inputs), len(OLDER_AGES), 5, 4, 4))
    return Needs(by_fifth, published, prevalence(inputs), critical)


def generator(inputs: Inputs) -> Floats:
    """The published moves as rates a year, times the pace: [draw, 4, 4]."""
    states = ("none", "moderate", "high", "dead")
    printed = np.stack([np.stack([inputs.of(f"moves.{a}.{b}") for b in states], axis=-1) for a in states[:3]], axis=-2)
    distinct, which = np.unique(printed.reshape(len(inputs), -1), axis=0, return_inverse=True)
    rates = transitions.generator(transitions.two_years(distinct.reshape(-1, 3, 4)))
    paced: Floats = rates[which.reshape(-1)] * inputs.of("moves.pace")[:, None, None]
    return paced


def prevalence(inputs: Inputs) -> Floats:
    """Share of people in need by age band and deprivation fifth, [draw, age, fifth].

    Published for men and women of 65 to 69 and of 85 and over; straight between them on the log odds.
    """
    women = np.stack([inputs.of(f"women.{age}") for age in AGE_NAMES], axis=1)
    share = np.zeros_like(women)
    for sex, part in (("men", 1 - women), ("women", women)):
        ends = [_logit(inputs.of(f"need.{sex}.{end}")) for end in ("younger", "oldest")]
        way = (np.array(MIDDLES) - PUBLISHED_YEARS[0]) / (PUBLISHED_YEARS[1] - PUBLISHED_YEARS[0])
        share += part * _logistic(ends[0][:, None] + way * (ends[1] - ends[0])[:, None])
    odds = _logit(share) + np.log(inputs.of("need.level"))[:, None]
    steps = (np.arange(5) - 2.0) * inputs.of("need.deprivation")[:, None]
    return _logistic(odds[:, :, None] + steps[:, None, :])


@dataclass(frozen=True)
class Eligibility:
    """The soft rule, and how people who would be clients are spread over bands: demand[draw, client group, 3]."""

    rule: eligibility.Rule
    demand: Floats
    kappa: Floats


def eligible(inputs: Inputs) -> Eligibility:
    """The rule calibrated for this block."""
    critical = inputs.of("critical.share")
    ratio = {g: 1 + inputs.of(f"threshold.{g}") for g in CLIENTS}
    own, below = inputs.of("threshold.own"), inputs.of("threshold.below")
    rule = eligibility.calibrated(own, ratio["older"], below, critical)
    demand = np.stack([eligibility.demand(ratio[g], critical, rule) for g in CLIENTS], axis=1)
    return Eligibility(rule, demand, inputs.of("threshold.kappa"))


def _logit(share: Floats) -> Floats:
    odds: Floats = np.log(share / (1 - share))
    return odds


def _logistic(x: Floats) -> Floats:
    share: Floats = 1 / (1 + np.exp(-x))
    return share
