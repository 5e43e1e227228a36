"""The service as it stands: who has needs, who is a client, at what hours and cost, in some draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...place import AGE_BANDS, Instance, by_group
from ...service import Unworkable
from . import calibrate, transitions
from .costs import Costs, costs
from .eligibility import eligible
from .parameters import Eligibility, Inputs, Needs, needs
from .parameters import eligible as eligible_now
from .policy import today_levers
from .tables import NEEDS, OLDER_AGES, SETTINGS, WORKING, WORKING_AGES

Floats = NDArray[np.float64]

MOST_HELPED = 0.98
"""No more than this part of the people with a need can be clients: else the need is taken to be higher."""
MOST_NEED = 0.95
DIRECT_PAYMENT_SEED = 0.25
"""Starting point of the fit only: what the table says of direct payments replaces it, and nothing else depends on it."""
_OLDER = tuple(AGE_BANDS.index(a) for a in OLDER_AGES)
_WORKING = tuple(AGE_BANDS.index(a) for a in WORKING_AGES)


@dataclass(frozen=True)
class Baseline:
    """The service today, by draw. Axes: age (of `OLDER_AGES` or `WORKING_AGES`), fifth (0 the most deprived), need (3 bands).

    people[age, fifth] of 65 and over; state[draw, age, fifth, 4] of them by need; rates[draw, age, fifth, 4, 4] a year;
    home and care_home[draw, age, fifth, need] older clients; working[draw, group, age, fifth, need] clients of working
    age, at_home[draw, group, need] the part of them at home; eligible[draw, group, need] at today's threshold;
    raised[draw] people in need over those that surveys would have, where clients would not fit;
    miss[client group] how far each row of the clients table is missed; levers: today's value of each.
    """

    inputs: Inputs
    people: Floats
    needs: Needs
    eligibility: Eligibility
    state: Floats
    rates: Floats
    home: Floats
    care_home: Floats
    working: Floats
    at_home: Floats
    eligible: Floats
    costs: Costs
    raised: Floats
    miss: Mapping[str, Floats]
    levers: Mapping[str, Floats]


def baseline(inputs: Inputs) -> Baseline:
    """Today's needs and clients."""
    place, tables = inputs.place, inputs.instance.tables
    people = by_group(place, place.areas.people).reshape(5, len(AGE_BANDS)).T  # [age, fifth]
    older, adults = people[list(_OLDER)], people[list(_WORKING)]
    n, found = needs(inputs), eligible_now(inputs)
    levers = today_levers(inputs.instance)
    helped = eligible(levers["threshold"][None], found.rule)  # [draw, group, need]
    mixes, _ = transitions.mix(n.rates)
    seed = _older_seed(inputs, older * n.prevalence, mixes, found, helped)
    clients, miss = calibrate.fit(seed, calibrate.rows_of(tables["clients"], "older"))
    usual = (older * n.prevalence)[..., None] * mixes
    least = np.maximum(usual, clients.sum(axis=4) / MOST_HELPED)
    rates, in_need = transitions.with_stock(n.rates, least, np.broadcast_to(older, least.shape[:-1]))
    raised = _raised(inputs.instance, older, usual, in_need)
    state = np.concatenate([(older - in_need.sum(axis=3))[..., None], in_need], axis=-1)
    working, misses = _working(inputs, adults, found, helped)
    home, care_home = clients[..., :2].sum(axis=4), clients[..., 2]
    by_need = working.sum(axis=(2, 3))  # [draw, group, need, setting]
    total = np.maximum(by_need.sum(axis=3), 1e-12)
    return Baseline(
        inputs=inputs,
        people=older,
        needs=n,
        eligibility=found,
        state=state,
        rates=rates,
        home=home,
        care_home=care_home,
        working=working.sum(axis=5),
        at_home=by_need[..., :2].sum(axis=3) / total,
        eligible=helped,
        costs=costs(inputs, home.sum(axis=(1, 2)), care_home.sum(axis=(1, 2)), by_need),
        raised=raised,
        miss={"older": miss, **misses},
        levers=levers,
    )


def _older_seed(inputs: Inputs, in_need: Floats, mixes: Floats, found: Eligibility, helped: Floats) -> Floats:
    """Who is likely to be an older client: [draw, age, fifth, need, setting].

    Need by age and fifth, bands as asked for where they are (the published mix of clients), those found eligible.
    """
    usual = (in_need[..., None] * mixes).sum(axis=(1, 2))
    usual = usual / usual.sum(axis=1, keepdims=True)
    asked = found.demand[:, 0] / usual * helped[:, 0]
    fifths = np.exp((np.arange(5) - 2.0) * inputs.of("council.deprivation")[:, None])
    older = np.exp((np.arange(3) - 1.0) * inputs.of("council.age")[:, None])
    cells = in_need[..., None] * mixes * asked[:, None, None] * fifths[:, None, :, None] * older[:, :, None, None]
    care = np.stack([inputs.of(f"care_home.{need}") for need in NEEDS], axis=1)
    split = np.stack([(1 - care) * (1 - DIRECT_PAYMENT_SEED), (1 - care) * DIRECT_PAYMENT_SEED, care], axis=2)
    return np.asarray(cells[..., None] * split[:, None, None])


def _raised(instance: Instance, people: Floats, usual: Floats, in_need: Floats) -> Floats:
    """How many more people are in need than surveys would have it, so that today's clients fit, a ratio [draw].

    Raises `Unworkable` where more people are clients than could have needs.
    """
    total = in_need.sum(axis=3)
    if (total > MOST_NEED * people + 1e-9).any():
        age = OLDER_AGES[int(np.argmax((total - MOST_NEED * people).max(axis=(0, 2))))]
        raise Unworkable(
            f"{instance.title or instance.name}: more people of {age} are clients than can have needs. "
            "Check `people` in the clients table against the place's people of that age."
        )
    return np.asarray(in_need.sum(axis=(1, 2, 3)) / np.maximum(usual.sum(axis=(1, 2, 3)), 1e-12))


def _working(inputs: Inputs, adults: Floats, found: Eligibility, helped: Floats) -> tuple[Floats, dict[str, Floats]]:
    """Clients of working age [draw, group, age, fifth, need, setting], and the miss of every row by group."""
    fifths = np.exp((np.arange(5) - 2.0) * inputs.of("council.deprivation")[:, None])
    care = inputs.of("care_home.working")[:, None]
    split = np.concatenate([(1 - care) * (1 - DIRECT_PAYMENT_SEED), (1 - care) * DIRECT_PAYMENT_SEED, care], axis=1)
    cells, misses = [], {}
    for i, group in enumerate(WORKING, start=1):
        bands = found.demand[:, i] * helped[:, i] + 1e-9
        who = (adults * fifths[:, None])[..., None, None] * bands[:, None, None, :, None]
        who = who * split[:, None, None, None, :]
        fitted, misses[group] = calibrate.fit(who, calibrate.rows_of(inputs.instance.tables["clients"], group))
        cells.append(fitted)
    return np.stack(cells, axis=1), misses


assert len(SETTINGS) == 3  # noqa: S101  # home, direct payment, care home: the last axis of clients
