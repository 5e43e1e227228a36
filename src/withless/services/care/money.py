"""What help costs and brings in, by stratum and quarter, in pounds of the base year.

Older clients: hours x price at home, weeks in care homes; working age: pounds a client. Charges are income. What the
budget holds beyond that is overhead; it, reablement and carers' support are shared out over strata by today's cost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...place import Instance
from .costs import entry
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
_HOME, _CARE, _WORK = slice(0, 3), slice(3, 6), slice(6, None)


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
    e, (each, at_home), levers = r.effects, _today(r), r.today.levers
    clients = _clients(r)
    factor, price = _factors(e, at_home)
    direct = clients * each[:, :, None] / 4 * factor
    before = _clients_today(r)
    once = e.episodes * e.reablement * clients[_HOME].sum(axis=0) + e.support / 4
    once_today = e.episodes[:, 0] * levers["reablement"][0] * before[_HOME].sum(axis=0) + levers["carers"][0] / 4
    a_week = float(levers["charge"][0] * levers["means_test"][0])
    income = _income(instance, clients, at_home, e.charge)
    income_today = _income(instance, before[:, :, None], at_home, np.array([a_week]))[..., 0]
    cost_today = before * each
    net = cost_today.sum(axis=0) + 4 * (once_today - income_today.sum(axis=0))
    left = np.maximum(instance.budget - net, 0.0) if np.isfinite(instance.budget) else np.zeros_like(net)
    total = cost_today.sum(axis=0)
    weight = np.where(total > 0, cost_today / np.where(total > 0, total, 1.0), 1 / len(STRATA))
    cost = direct + weight[:, :, None] * (once + left[:, None] / 4)
    return Money(cost, income, direct * price, left)


def _clients(r: Run) -> Floats:
    """Clients at needs as they become, [stratum, draw, quarter]."""
    home, care = (x.sum(axis=(1, 2)).transpose(2, 0, 1) for x in (r.home_now, r.care_home_now))
    working = r.working.sum(axis=2).transpose(1, 3, 0, 2)  # [group, need, draw, quarter]
    return np.concatenate([home, care, working.reshape(-1, *working.shape[2:])])


def _clients_today(r: Run) -> Floats:
    """Today's clients, [stratum, draw]."""
    t = r.today
    working = t.working.sum(axis=(2, 3)).transpose(1, 2, 0)
    parts = [t.home.sum(axis=(1, 2)).T, t.care_home.sum(axis=(1, 2)).T, working.reshape(-1, working.shape[2])]
    return np.concatenate(parts)


def _today(r: Run) -> tuple[Floats, Floats]:
    """Pounds a year of one client today, and the part of clients at home, each [stratum, draw]."""
    c, at_home = r.today.costs, r.today.at_home.transpose(1, 2, 0)
    working = c.working.transpose(1, 2, 0)
    each = [c.home.T, np.repeat(c.care_home[None], len(NEEDS), axis=0), working.reshape(-1, working.shape[2])]
    parts = [np.ones_like(c.home.T), np.zeros_like(c.home.T), at_home.reshape(-1, at_home.shape[2])]
    return np.concatenate(each), np.concatenate(parts)


def _factors(e: Effects, at_home: Floats) -> tuple[Floats, Floats]:
    """Cost of a client against today, and the part of it that providers' pay brought, [stratum, draw, quarter]."""
    groups = [0, 0, *(g for g in range(1, 1 + len(WORKING)))]
    hours = np.tile(e.hours.T[:, None], (len(groups), 1, 1))  # [stratum, 1, quarter]
    home = np.repeat(e.cost_home[:, groups].transpose(1, 0, 2), len(NEEDS), axis=0) * hours
    price_home = np.repeat(e.price_home[:, groups].transpose(1, 0, 2), len(NEEDS), axis=0)
    part = at_home[:, :, None]
    factor = part * home + (1 - part) * e.cost_care
    pay = part * home * price_home + (1 - part) * e.cost_care * e.price_care
    return factor, pay / factor


def _income(instance: Instance, clients: Floats, at_home: Floats, charge: Floats) -> Floats:
    """Charges, pounds a quarter [stratum, draw, quarter]; charge[quarter] a week for each client at home."""
    in_care = entry(instance.tables.get("costs"), ("care_home",), "charge", "older") or 0.0
    income = clients * at_home[:, :, None] * charge * WEEKS / 4
    income[_CARE] += clients[_CARE] * in_care * WEEKS / 4
    return income
