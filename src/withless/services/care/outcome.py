"""A run as the additive cube that every service gives: people by stratum and group, money, what is moved, series."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...kernels import njit
from ...outcomes import Outcomes
from ...place import AGE_BANDS, Instance, Place
from . import cost_shift
from .effects import supported_carers
from .money import STRATA, money
from .projection import Projection
from .tables import NEEDS, OLDER_AGES, WORKING, WORKING_AGES

Floats = NDArray[np.float64]

_N = len(NEEDS)
_FIRST_WORKING = AGE_BANDS.index(WORKING_AGES[0])
_FIRST_OLDER = AGE_BANDS.index(OLDER_AGES[0])
assert AGE_BANDS[_FIRST_OLDER:] == OLDER_AGES  # noqa: S101  # who is older is in the last bands: `_fill` counts on it


def outcomes(r: Projection) -> Outcomes:
    """The outcomes of a run; see `service.Service.simulate`."""
    inputs = r.baseline.inputs
    n, quarters = r.home.shape[0], r.home.shape[3]
    served = np.zeros((len(STRATA), n, quarters, 5 * len(AGE_BANDS)))
    _serve(r, served.reshape(*served.shape[:3], 5, len(AGE_BANDS)))
    carers = carers_in_need(r)
    served[-1] = (carers * supported_carers(r.baseline, r.effects.support)[:, :, None, None]).reshape(n, quarters, -1)
    need = np.broadcast_to(_need(r, carers) / 4, served.shape)
    found = money(r)
    return Outcomes(
        strata=STRATA,
        people={"need": need, "served": served, "quality": served * _quality(r)[..., None]},
        money={
            "gross_cost": found.cost,
            "income": found.income,
            "price": found.price,
            "overhead": np.broadcast_to((found.weight * found.overhead / 4)[:, :, None], found.cost.shape),
        },
        moved={} if r.effects.still else cost_shift.moved(r),
        area_sum={"users": _by_area(inputs.place, 4 * served.sum(axis=(0, 1)))},
        series={"supported": supported(r)},
        measured=measured(inputs.instance),
    )


def supported(r: Projection) -> Floats:
    """People the council truly supports, by client group: [draw, quarter, client group]."""
    older = (r.home_now + r.care_home_now).sum(axis=(1, 2, 4))
    return np.stack([older, *np.moveaxis(r.working.sum(axis=(2, 4)), 1, 0)], axis=2)


def measured(instance: Instance) -> frozenset[str]:
    """Parts of a group by which the clients table tells clients: age, where older people's band is always given."""
    table = instance.tables["clients"]
    older = [age for g, age in zip(table.words("group"), table.words("age_band"), strict=True) if g == "older"]
    return frozenset({"age"}) if older and all(age in OLDER_AGES for age in older) else frozenset()


def _serve(r: Projection, out: Floats) -> None:
    """Fill person-quarters/4 of those helped at today's needs into out[stratum, draw, quarter, fifth, age]."""
    home, care_home, working = (np.ascontiguousarray(x) for x in (r.home, r.care_home, r.working))
    _fill(home, care_home, working, cost_shift.working_ages(r.baseline), _FIRST_WORKING, out)


@njit(cache=True, nogil=True)
def _fill(home: Floats, care_home: Floats, working: Floats, ages: Floats, first_working: int, out: Floats) -> None:
    """`_serve`, compiled: home and care_home[draw, age, fifth, quarter, need], working[draw, group, fifth, quarter, need],
    ages[draw, group, fifth, age].
    """
    draws, older, fifths, quarters, needs = home.shape
    first_older, groups, young = out.shape[4] - older, working.shape[1], ages.shape[3]
    for d in range(draws):
        for q in range(quarters):
            for f in range(fifths):
                for k in range(needs):
                    for a in range(older):
                        out[k, d, q, f, first_older + a] = 0.25 * home[d, a, f, q, k]
                        out[needs + k, d, q, f, first_older + a] = 0.25 * care_home[d, a, f, q, k]
                    for g in range(groups):
                        for a in range(young):
                            here = 0.25 * working[d, g, f, q, k] * ages[d, g, f, a]
                            out[(2 + g) * needs + k, d, q, f, first_working + a] = here


def _quality(r: Projection) -> Floats:
    """What the hours given do against today, and what direct payments, reablement and fees do: [stratum, draw, quarter]."""
    e, base = r.effects, r.baseline
    gives = np.moveaxis(e.gives, 2, 0)
    parts = [gives * e.quality_home[:, 0], np.broadcast_to(e.quality_care, (_N, *e.quality_care.shape))]
    for i in range(len(WORKING)):
        at_home = base.at_home[:, i].T[:, :, None]
        parts.append(at_home * gives * e.quality_home[:, i + 1] + (1 - at_home) * e.quality_care)
    parts.append(np.ones((1, *e.quality_care.shape)))
    return np.concatenate(parts)


def carers_in_need(r: Projection) -> Floats:
    """Person-quarters/4 of family carers whom support could reach, one for each older person in need at home, in the group of
    the person they care for: [draw, 1, fifth, age].
    """
    base = r.baseline
    out = np.zeros((len(base.state), 1, 5, len(AGE_BANDS)))
    out[:, 0, :, _FIRST_OLDER:] = 0.25 * (base.state[..., 1:] - base.care_home).sum(axis=3).transpose(0, 2, 1)
    return out


def _need(r: Projection, carers: Floats) -> Floats:
    """People with moderate needs or more, as there would be without the plan, and their carers: [stratum, draw, 1, group]."""
    base = r.baseline
    n = len(base.inputs)
    out = np.zeros((len(STRATA), n, 1, 5, len(AGE_BANDS)))
    out[-1] = 4 * carers
    out[:_N, :, 0, :, _FIRST_OLDER:] = (base.state[..., 1:] - base.care_home).transpose(3, 0, 2, 1)
    out[_N : 2 * _N, :, 0, :, _FIRST_OLDER:] = base.care_home.transpose(3, 0, 2, 1)
    reach = base.inputs.of("reach.working")
    ages = cost_shift.working_ages(r.baseline)
    for i in range(len(WORKING)):
        at = 2 * _N + i * _N
        clients = base.working[:, i].sum(axis=1).transpose(2, 0, 1)[..., None] * ages[:, i]
        out[at : at + _N, :, 0, :, cost_shift.WORK] = clients / reach[:, None, None]
    return out.reshape(len(STRATA), n, 1, -1)


def _by_area(place: Place, served: Floats) -> Floats:
    """People helped by area, [quarter, area], shared out by where people of the group live; served[quarter, group]."""
    areas = place.areas
    people = np.where(areas.outside[:, None], 0.0, areas.people)
    total = np.zeros((5, len(AGE_BANDS)))
    np.add.at(total, areas.quintile, people)
    rate = served.reshape(-1, 5, len(AGE_BANDS)) / np.maximum(total, 1e-12)
    out = np.zeros((len(served), len(people)))
    for fifth in range(5):
        here = areas.quintile == fifth
        out[:, here] = rate[:, fifth] @ people[here].T
    return out
