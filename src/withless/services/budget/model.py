"""One run of a budget's lines on some draws: what is done, how well, for what money.

With G a line's gross cost, f its fixed share, e its elasticity and q its quality share,
    output = (max(G1 - f*G0, 0) / ((1 - f)*G0)) ^ e,   volume = output ^ (1 - q),   quality = output ^ q.
Money below the fixed part is not saved: it goes on being spent. A line that only brings money in has no output: council tax and
grants are *raised* and reserves *drawn*, all of it, today's as well as what a plan adds. Neither is income, for neither is saved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws, Register
from ...outcomes import Outcomes, repeated
from ...place import Instance, Place, by_group
from ...plan import Settings
from .tables import COUNCIL_TAX, GRANT, RESERVES, SPENDING, gross, of_kind, spends
from .tables import income as today_s_income

Floats = NDArray[np.float64]

REGISTER = Register.load(Path(__file__).with_name("assumptions.toml"))


@dataclass(frozen=True)
class Lines:
    """Every line in every quarter, [draw, quarter, line]: volume and quality against today's, and pounds a year spent and
    brought in, of the table's prices.
    """

    volume: Floats
    quality: Floats
    spent: Floats
    income: Floats


def lines(instance: Instance, settings: Settings, draws: Draws) -> Lines:
    """What becomes of every line under the settings."""
    table, before = instance.tables["lines"], gross(instance)
    own, spending = today_s_income(instance), spends(instance)
    net = settings.by_quarter("net")
    planned = np.zeros((*net.shape[:2], len(table)))
    planned[..., spending] = np.maximum(net + own[spending], 0.0)
    f, e, q = (_number(instance, draws, name)[:, None, :] for name in ("fixed_share", "elasticity", "quality_share"))
    spent = np.where(spending, np.maximum(planned, np.minimum(f * before, before)), 0.0)
    can_change, moved = (1 - f) * before, planned != before
    quarter, line = np.nonzero(moved.any(axis=0))
    room = can_change[:, 0, line]
    rate = np.where(room > 0, (spent - f * before)[:, quarter, line] / np.where(room > 0, room, 1.0), 1.0)
    output = np.where(moved[:, quarter, line], np.maximum(rate, 0.0), 1.0) ** e[:, 0, line]
    volume, quality = np.ones((2, *spent.shape))
    volume[:, quarter, line], quality[:, quarter, line] = output ** (1 - q[:, 0, line]), output ** q[:, 0, line]
    return Lines(volume, quality, spent, _income(instance, settings, draws, volume))


def _number(instance: Instance, draws: Draws, name: str) -> Floats:
    """One of the three shares by draw and line: the table's, more or less the doubt about it; else the register's.

    One draw holds for all lines: whoever misjudges one is likely to misjudge the others the same way.
    """
    table = instance.tables["lines"]
    given = table.numbers(name) if name in table else np.full(len(table), np.nan)
    doubt = draws.of("budget.doubt", instance.name)[:, None]
    high = 3.0 if name == "elasticity" else 0.999
    stated = np.clip(np.nan_to_num(given) * (1 + doubt), 0.0, high)
    assumed = draws.of(f"budget.{name}", instance.name)[:, None]
    return np.where(np.isfinite(given), stated, np.minimum(assumed, high))


def _income(instance: Instance, settings: Settings, draws: Draws, volume: Floats) -> Floats:
    """Pounds a year brought in: fees follow what is done, and not all of a rise in council tax is paid."""
    own, asked = today_s_income(instance), settings.by_quarter("income")
    lost = draws.of("budget.income_lost", instance.name)[:, None, None] * np.maximum(1 - volume, 0.0)
    collected = draws.of("budget.collected", instance.name)[:, None, None]
    fees = np.where(spends(instance) & (own > 0), asked * (1 - lost), asked)
    tax = np.where(asked > own, own + (asked - own) * collected, asked)
    return np.where(of_kind(instance, COUNCIL_TAX), tax, fees)


def simulate(place: Place, instance: Instance, settings: Settings, draws: Draws) -> Outcomes:
    """The outcomes of one run; see `service.Service.simulate`. All residents are served, by as much as is done."""
    if settings.quarters > 1 and all((v == v[:, :, :1]).all() for v in settings.values.values()):
        once = Settings(settings.units, {k: v[:, :, :1].copy() for k, v in settings.values.items()})
        return repeated(_simulated(place, instance, once, draws), settings.quarters)
    return _simulated(place, instance, settings, draws)


def _simulated(place: Place, instance: Instance, settings: Settings, draws: Draws) -> Outcomes:
    found, before = lines(instance, settings, draws), gross(instance)
    n, quarters = found.spent.shape[:2]
    residents = by_group(place, place.areas.people)
    all_of_them = np.full((n, quarters), residents.sum() / 4)
    shares = residents / residents.sum() if residents.any() else np.full(len(residents), 1 / len(residents))
    people = {
        "need": all_of_them,
        "served": all_of_them * weighed(found.volume, before),
        "quality": all_of_them * weighed(found.volume * found.quality, before),
    }
    spending = spends(instance)
    return Outcomes(
        strata=("all",),
        people={name: v[None, :, :, None] for name, v in people.items()},
        money={name: v[None] for name, v in _money(instance, found, draws).items()},
        spread=np.broadcast_to(shares, (n, len(shares))),
        series={
            "spent": draws.of("budget.prices", instance.name)[:, None, None] * found.spent[:, :, spending],
            "output": (found.volume * found.quality)[:, :, spending],
        },
    )


def _money(instance: Instance, found: Lines, draws: Draws) -> dict[str, Floats]:
    """Pounds of every quarter by name of `outcomes.MONEY`: float[draw, quarter]."""
    prices = draws.of("budget.prices", instance.name)[:, None]
    left = np.broadcast_to(overhead(instance, prices), found.spent.shape[:2])

    def brought_in(*kinds: str) -> Floats:
        rows = np.any([of_kind(instance, kind) for kind in kinds], axis=0)
        return np.asarray(prices * found.income[:, :, rows].sum(axis=2) / 4)

    return {
        "gross_cost": (prices * found.spent.sum(axis=2) + left) / 4,
        "overhead": left / 4,
        "income": brought_in(SPENDING),
        "raised": brought_in(COUNCIL_TAX, GRANT),
        "drawn": brought_in(RESERVES),
    }


def stake(instance: Instance, draws: Draws, touched: Mapping[str, frozenset[str]]) -> Floats:
    """Gross pounds a year, today, of the lines that a plan moves, float[draw]; nothing is spent on what only brings money in."""
    moved = frozenset().union(*touched.values())
    rows = [i in moved for i in instance.tables["lines"].words("id")]
    return np.asarray(draws.of("budget.prices", instance.name) * float(gross(instance)[rows].sum()))


def weighed(values: Floats, before: Floats) -> Floats:
    """Mean of values[draw, quarter, line] weighed by today's cost, [draw, quarter]; 1 where nothing is spent."""
    total = float(before.sum())
    return (values * before).sum(axis=2) / total if total > 0 else np.ones(values.shape[:2])


def overhead(instance: Instance, prices: Floats) -> Floats:
    """Pounds a year that no line carries, at prices[...]: the service's net budget beyond its lines."""
    beyond = instance.budget - prices * float(instance.tables["lines"].numbers("net").sum())
    return np.maximum(np.nan_to_num(beyond), 0.0)
