"""What help costs and brings in, by stratum and quarter, in pounds of the base year.

Older clients: hours x price at home, weeks in care homes; working age: pounds a client. Charges are income. What the
budget holds beyond that is overhead; it, reablement and carers' support are shared out over strata by today's cost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...place import Instance
from .baseline import Today
from .costs import OLDER, entry
from .effects import Effects
from .model import Run
from .tables import NEEDS, WEEKS, WORKING

Floats = NDArray[np.float64]

STRATA = (
    *(f"older, {need}, at home" for need in NEEDS),
    *(f"older, {need}, in a care home" for need in NEEDS),
    *(f"{group}, {need}" for group in WORKING for need in NEEDS),
)
"""Client group, need and, for older people, setting, in the order of every array by stratum."""
_HOME = slice(0, len(NEEDS))


@dataclass(frozen=True)
class Money:
    """Pounds a quarter: cost, income and price [stratum, draw, quarter]; overhead [draw], part of the cost."""

    cost: Floats
    income: Floats
    price: Floats
    overhead: Floats

    @property
    def net(self) -> Floats:
        """Cost less income over all strata, [draw, quarter]."""
        return np.asarray(self.cost.sum(axis=0) - self.income.sum(axis=0))


def money(instance: Instance, r: Run) -> Money:
    """What a run costs."""
    e, levers, t = r.effects, r.today.levers, r.today
    home, care = _clients(r)
    each_home, each_care = _each(r)
    factor, price = _factors(e)
    at_home = home * each_home[:, :, None] / 4 * factor
    in_care = care * each_care[:, :, None] / 4 * e.cost_care
    home_today, care_today = (x[:, :, 0] for x in _clients_today(t))
    once = e.episodes * e.reablement * home[_HOME].sum(axis=0) + e.support / 4
    once_today = e.episodes[:, 0] * levers["reablement"][0] * home_today[_HOME].sum(axis=0) + levers["carers"][0] / 4
    a_week = float(levers["charge"][0] * levers["means_test"][0])
    income = _income(instance, home, care, e.charge)
    income_today = _income(instance, home_today, care_today, a_week)
    cost_today = home_today * each_home + care_today * each_care
    total = cost_today.sum(axis=0)
    net = total + 4 * (once_today - income_today.sum(axis=0))
    left = np.maximum(instance.budget - net, 0.0) if np.isfinite(instance.budget) else np.zeros_like(net)
    weight = np.where(total > 0, cost_today / np.where(total > 0, total, 1.0), 1 / len(STRATA))
    cost = at_home + in_care + weight[:, :, None] * (once + left[:, None] / 4)
    return Money(cost, income, at_home * price + in_care * e.price_care, left)


def _clients(r: Run) -> tuple[Floats, Floats]:
    """Clients at home and in care homes at needs as they become, each [stratum, draw, quarter]."""
    home, care = (x.sum(axis=(1, 2)).transpose(2, 0, 1) for x in (r.home_now, r.care_home_now))
    nobody = np.zeros_like(home)
    working = [x.sum(axis=2).transpose(1, 3, 0, 2) for x in (r.working_home, r.working_care)]
    at_work = [w.reshape(-1, *w.shape[2:]) for w in working]
    return np.concatenate([home, nobody, at_work[0]]), np.concatenate([nobody, care, at_work[1]])


def _clients_today(t: Today) -> tuple[Floats, Floats]:
    """Today's clients at home and in care homes, each [stratum, draw, 1]."""
    home, care = (x.sum(axis=(1, 2)).T for x in (t.home, t.care_home))
    working, part = t.working.sum(axis=(2, 3)).transpose(1, 2, 0), t.at_home.transpose(1, 2, 0)
    at_work = [(working * p).reshape(-1, working.shape[2]) for p in (part, 1 - part)]
    nobody = np.zeros_like(home)
    parts = np.concatenate([home, nobody, at_work[0]]), np.concatenate([nobody, care, at_work[1]])
    return parts[0][:, :, None], parts[1][:, :, None]


def _each(r: Run) -> tuple[Floats, Floats]:
    """Pounds a year of one client today, at home and in a care home, each [stratum, draw]."""
    c = r.today.costs
    older_care = np.repeat(c.care_home[None], len(NEEDS), axis=0)
    working = c.working.transpose(1, 2, 0).reshape(-1, len(c.home))
    working_care = np.repeat(c.working_care.T, len(NEEDS), axis=0)
    home = np.concatenate([c.home.T, c.home.T, working])
    return home, np.concatenate([older_care, older_care, working_care])


def _factors(e: Effects) -> tuple[Floats, Floats]:
    """Cost of a client at home against today, and the part of it that providers' pay brought, [stratum, draw, quarter]."""
    groups = [0, 0, *(g for g in range(1, 1 + len(WORKING)))]
    hours = np.tile(np.moveaxis(e.hours, 2, 0), (len(groups), 1, 1))  # [stratum, draw or 1, quarter]
    factor, price = (
        np.repeat(x[:, groups].transpose(1, 0, 2), len(NEEDS), axis=0) for x in (e.cost_home, e.price_home)
    )
    return factor * hours, price


def _income(instance: Instance, home: Floats, care: Floats, charge: Floats | float) -> Floats:
    """Charges, pounds a quarter, in the shape of clients; charge a week for each client at home."""
    in_care = entry(instance.tables.get("costs"), ("care_home",), "charge", OLDER) or 0.0
    return np.asarray((home * charge + care * in_care) * WEEKS / 4)
