"""What others take on when the council helps less: families, people themselves, the NHS; pounds a quarter by group.

Lost hours are what clients of today's kind would have, less what they have. Families either step in and give
`family.response` of them, as far as their time goes, or do not (`family.otherwise`, which may be below zero); people buy
`self.response`; the rest is met by nobody. The NHS bears pounds for
each pound of help that goes. All of it counts from today, so that more help moves the other way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...place import AGE_BANDS, by_group
from .baseline import Baseline
from .parameters import Inputs
from .projection import Projection
from .tables import OLDER_AGES, WEEKS, WORKING_AGES

Floats = NDArray[np.float64]

_OLDER = slice(AGE_BANDS.index(OLDER_AGES[0]), None)
WORK = slice(AGE_BANDS.index(WORKING_AGES[0]), AGE_BANDS.index(WORKING_AGES[-1]) + 1)
_CAN_HELP = slice(AGE_BANDS.index("16-24"), AGE_BANDS.index("75-84"))


@dataclass(frozen=True)
class Lost:
    """By fifth and age band [draw, quarter, fifth, age]: hours a week that the council no longer gives, and pounds a year."""

    hours: Floats
    pounds: Floats


def lost(r: Projection) -> Lost:
    """Help that goes, at today's needs."""
    base, e, c = r.baseline, r.effects, r.baseline.costs
    gone = base.home[:, :, :, None] * (1 - e.kept * e.hours_each)  # [draw, age, fifth, quarter, need]
    shape = (gone.shape[0], gone.shape[3], 5, len(AGE_BANDS))
    hours, pounds = np.zeros(shape), np.zeros(shape)
    for into, each in ((hours, c.hours), (pounds, c.home)):
        into[..., _OLDER] = np.einsum("dafqk,dk->dqfa", gone, each)
    clients = base.working.sum(axis=2) * base.at_home[:, :, None]  # [draw, group, fifth, need]
    less = clients[:, :, :, None] * (1 - e.kept_working * e.hours_each)
    ages = working_ages(base)  # [draw, group, fifth, age]
    for into, each in ((hours, c.working_hours), (pounds, c.working)):
        into[..., WORK] = np.einsum("dgfqk,dgk,dgfa->dqfa", less, each, ages)
    return Lost(hours, pounds)


def moved(r: Projection) -> dict[str, Floats]:
    """Pounds a quarter that others bear, by payer: [draw, quarter, group]."""
    inputs, gone = r.baseline.inputs, lost(r)
    family, bought = family_hours(inputs, gone)
    hour, price = (inputs.of(name) * WEEKS / 4 for name in ("family.value", "self.price"))
    hospital = inputs.of("nhs.emergency") + np.maximum(inputs.of("nhs.inpatient"), 0.0)
    pounds = {"carers": (family, hour), "users": (bought, price), "nhs": (gone.pounds, hospital / 4)}
    return {
        payer: (amount * each[:, None, None, None]).reshape(*amount.shape[:2], -1)
        for payer, (amount, each) in pounds.items()
    }


def family_hours(inputs: Inputs, gone: Lost) -> tuple[Floats, Floats]:
    """Hours a week given by families and hours bought, [draw, quarter, fifth, age]."""
    adults = by_group(inputs.place, inputs.place.areas.people).reshape(5, len(AGE_BANDS))[:, _CAN_HELP].sum()
    room = (inputs.of("family.pool") * adults)[:, None]
    response = np.where(steps_in(inputs), inputs.of("family.response"), inputs.of("family.otherwise"))
    given = gone.hours * response[:, None, None, None]
    total = given.sum(axis=(2, 3))
    scale = np.where(total > room, room / np.where(total > room, total, 1.0), 1.0)
    buy = np.minimum(inputs.of("self.response"), 1 - np.maximum(response, 0.0))
    return given * scale[:, :, None, None], gone.hours * buy[:, None, None, None]


def steps_in(inputs: Inputs) -> NDArray[np.bool_]:
    """Whether families stand in for help that goes, bool[draw]: one of two answers holds, and never a mean of them."""
    return np.asarray(inputs.of("family.regime") > 0)


def working_ages(base: Baseline) -> Floats:
    """How clients of working age are spread over age bands, [draw, group, fifth, age]."""
    by_age = base.working.sum(axis=4).transpose(0, 1, 3, 2)
    total = by_age.sum(axis=3, keepdims=True)
    return np.asarray(np.where(total > 0, by_age / np.where(total > 0, total, 1.0), 1 / by_age.shape[3]))
