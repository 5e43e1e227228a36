"""What help costs and brings in, by stratum and quarter, in pounds of the base year.

Older clients: hours x price at home, weeks in care homes; working age: pounds a client. Charges are income. Family carers who
are supported are a stratum of their own, and cost what is spent on them. What the budget holds beyond that is overhead; it
and reablement are shared out over clients by today's cost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...place import Instance
from .baseline import Baseline
from .costs import OLDER, entry
from .effects import Effects, episodes
from .projection import Projection
from .tables import NEEDS, WEEKS, WORKING

Floats = NDArray[np.float64]

OF_CLIENTS = (
    *(f"older, {need}, at home" for need in NEEDS),
    *(f"older, {need}, in a care home" for need in NEEDS),
    *(f"{group}, {need}" for group in WORKING for need in NEEDS),
)
"""Client group, need and, for older people, setting, in the order of every array by stratum."""
STRATA = (*OF_CLIENTS, "family carers supported")
_HOME = slice(0, len(NEEDS))


@dataclass(frozen=True)
class Money:
    """Pounds a quarter: cost, income and price [stratum, draw, quarter]; overhead [draw], part of the cost, pounds a year, and
    how it is shared out over strata, weight[stratum, draw].
    """

    cost: Floats
    income: Floats
    price: Floats
    overhead: Floats
    weight: Floats

    @property
    def net(self) -> Floats:
        """Cost less income over all strata, [draw, quarter]."""
        return np.asarray(self.cost.sum(axis=0) - self.income.sum(axis=0))


def money(r: Projection) -> Money:
    """What a run costs."""
    base, e = r.baseline, r.effects
    home, care = _clients(r)
    each_home, each_care = _each(base)
    factor, price = _factors(e)
    at_home = home * each_home[:, :, None] / 4 * factor
    in_care = care * each_care[:, :, None] / 4 * e.cost_care
    once = episodes(base) * e.reablement * home[_HOME].sum(axis=0)
    cost_today, _, left = _today(base)
    total = cost_today.sum(axis=0)
    weight = np.where(total > 0, cost_today / np.where(total > 0, total, 1.0), 1 / len(OF_CLIENTS))
    of_clients = at_home + in_care + weight[:, :, None] * (once + left[:, None] / 4)
    support = np.broadcast_to(e.support / 4, of_clients.shape[1:])[None]
    return Money(
        cost=np.concatenate([of_clients, support]),
        income=_and_carers(_income(base.inputs.instance, home, care, e.charge)),
        price=_and_carers(at_home * price + in_care * e.price_care),
        overhead=left,
        weight=np.concatenate([weight, np.zeros_like(weight[:1])]),
    )


def gross_today(base: Baseline) -> Floats:
    """Gross pounds a year today, overhead included, [draw]."""
    cost, _, left = _today(base)
    return np.asarray(cost.sum(axis=0) + _once(base) + left)


def net_today(base: Baseline) -> Floats:
    """Net pounds a quarter today, overhead included, [draw, 1]."""
    _, net, left = _today(base)
    return (net + left)[:, None] / 4


def of_clients_at_home(base: Baseline, e: Effects, *, kept: bool = False) -> tuple[Floats, Floats]:
    """What today's clients at home cost and are charged under the effects, or those of them who are kept: pounds a quarter
    [draw, quarter, client group, need] each.
    """
    home = np.concatenate([base.home.sum(axis=(1, 2))[:, None], base.working.sum(axis=(2, 3)) * base.at_home], axis=1)
    people = np.broadcast_to(home[:, None], (len(home), e.kept.shape[3], *home.shape[1:]))
    if kept:
        older = (base.home[:, :, :, None] * e.kept).sum(axis=(1, 2))[:, :, None]
        part = base.working.sum(axis=2) * base.at_home[:, :, None]
        working = (part[:, :, :, None] * e.kept_working).sum(axis=2).transpose(0, 2, 1, 3)
        people = np.concatenate([older, working], axis=2)
    each = np.concatenate([base.costs.home[:, None], base.costs.working], axis=1)[
        :, None
    ]  # [draw, 1, client group, need]
    cost = people * each * e.cost_home.transpose(0, 2, 1)[..., None] * e.hours[:, :, None] / 4
    return cost, people * e.charge[:, :, None, None] * WEEKS / 4


def costs_today(base: Baseline) -> tuple[Floats, Floats]:
    """What clients cost a year today, at home and in care homes, overhead apart: [stratum of clients, draw] each."""
    (home, care), (each_home, each_care) = _clients_today(base), _each(base)
    return home[:, :, 0] * each_home, care[:, :, 0] * each_care


def _today(base: Baseline) -> tuple[Floats, Floats, Floats]:
    """Pounds a year today: what clients cost [stratum of clients, draw]; net, overhead apart, and overhead [draw]."""
    home, care = (x[:, :, 0] for x in _clients_today(base))
    instance, levers = base.inputs.instance, base.levers
    a_week = float(levers["charge"][0] * levers["means_test"][0])
    cost = sum(costs_today(base))
    net = np.asarray(cost).sum(axis=0) + _once(base) - 4 * _income(instance, home, care, a_week).sum(axis=0)
    left = np.maximum(instance.budget - net, 0.0) if np.isfinite(instance.budget) else np.zeros_like(net)
    return np.asarray(cost), net, left


def _once(base: Baseline) -> Floats:
    """Pounds a year of reablement and carers' support today, [draw]."""
    return np.asarray(
        4 * episodes(base)[:, 0] * base.levers["reablement"][0] * base.home.sum(axis=(1, 2, 3))
        + base.levers["carers"][0]
    )


def _and_carers(of_clients: Floats) -> Floats:
    """With nothing for the stratum of carers."""
    return np.concatenate([of_clients, np.zeros_like(of_clients[:1])])


def _clients(r: Projection) -> tuple[Floats, Floats]:
    """Clients at home and in care homes at needs as they become, each [stratum, draw, quarter]."""
    home, care = (x.sum(axis=(1, 2)).transpose(2, 0, 1) for x in (r.home_now, r.care_home_now))
    nobody = np.zeros_like(home)
    working = [x.sum(axis=2).transpose(1, 3, 0, 2) for x in (r.working_home, r.working_care)]
    at_work = [w.reshape(-1, *w.shape[2:]) for w in working]
    return np.concatenate([home, nobody, at_work[0]]), np.concatenate([nobody, care, at_work[1]])


def _clients_today(base: Baseline) -> tuple[Floats, Floats]:
    """Today's clients at home and in care homes, each [stratum, draw, 1]."""
    home, care = (x.sum(axis=(1, 2)).T for x in (base.home, base.care_home))
    working, part = base.working.sum(axis=(2, 3)).transpose(1, 2, 0), base.at_home.transpose(1, 2, 0)
    at_work = [(working * p).reshape(-1, working.shape[2]) for p in (part, 1 - part)]
    nobody = np.zeros_like(home)
    parts = np.concatenate([home, nobody, at_work[0]]), np.concatenate([nobody, care, at_work[1]])
    return parts[0][:, :, None], parts[1][:, :, None]


def _each(base: Baseline) -> tuple[Floats, Floats]:
    """Pounds a year of one client today, at home and in a care home, each [stratum, draw]."""
    c = base.costs
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
