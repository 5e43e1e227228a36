"""Keeping to a budget: fewer people through a tighter threshold, then fewer hours, then fewer people still.

A budget is net spending at today's needs against today's. What other measures save counts towards it; what they cost more comes
on top. In every draw and quarter what is still to be saved is found in this order:
1. The threshold tightens without a word, by at most kappa * ln(1 / budget) points, and by no more than saves what is missing
   once it has met every client. It takes people off as any threshold does: new askers and clients at review.
2. Until it has, and where it saves too little, packages at home are cut, down to `budget.least_hours`.
3. Where both together are too little, the threshold tightens further, at the least hours.
4. What then is missing is overspent, and told: nobody is taken from a care home, and overheads stand.
More money goes the other way, through 1 and 2. What comes back as needs get worse is spent on top of the budget.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...plan import Settings
from .baseline import Baseline
from .effects import Effects, effects, outcome
from .eligibility import eligible
from .money import money, net_today, of_clients_at_home
from .projection import Projection

Floats = NDArray[np.float64]

FURTHEST = 4.0
"""Points beyond the plan's threshold at which hardly anybody at home is eligible."""
HALVINGS = 32


@dataclass(frozen=True)
class _Room:
    """What can be saved at today's needs, pounds a quarter [draw, quarter, client group, need]: `net` of charges by a client at
    home who goes, `hours` by each client's hours; `left[draw]` the part of hours that stays at least.
    """

    net: Floats
    hours: Floats
    left: Floats

    def by_people(self, goes: Floats) -> Floats:
        """Saved once part `goes` of clients at home is gone [draw, quarter, client group, need]: [draw, quarter]."""
        return np.asarray((self.net * goes).sum(axis=(2, 3)))

    def by_both(self, goes: Floats) -> Floats:
        """The same with those who stay at their least hours."""
        shorter = (1 - self.left)[:, None] * (self.hours * (1 - goes)).sum(axis=(2, 3))
        return np.asarray(self.by_people(goes) + shorter)


def within(base: Baseline, settings: Settings, e: Effects) -> Effects:
    """The effects `e` of the settings, kept to their budget."""
    share = settings["budget"][:, 0]  # [draw or 1, quarter]
    if (share == 1).all():
        return e
    today = net_today(base)
    before = _net(base, e)
    missing = _missing(today, before, share)
    if not missing.any():
        return e
    room = _room(base, e)
    tighter = _tighter(base, settings, room, missing, np.maximum(1 - missing / today, 0.01))
    fewer = effects(base, settings, tighter)
    return _shorter(base, fewer, missing - (before - _net(base, fewer)), missing, room.left)


def _net(base: Baseline, e: Effects) -> Floats:
    """Net pounds a quarter at today's needs, [draw, quarter]."""
    net: Floats = money(Projection.at_todays_needs(base, e)).net
    return net


def _missing(today: Floats, before: Floats, share: Floats) -> Floats:
    """Pounds a quarter that the budget still asks for, below 0 where it allows more: [draw, quarter]."""
    asked, saved = (1 - share) * today, today - before
    cut = np.maximum(asked - np.maximum(saved, 0.0), 0.0)
    more = np.minimum(asked - np.minimum(saved, 0.0), 0.0)
    return np.where(asked > 0, cut, np.where(asked < 0, more, 0.0))


def _room(base: Baseline, e: Effects) -> _Room:
    cost, charges = of_clients_at_home(base, e)
    return _Room(cost - charges, cost, base.inputs.of("budget.least_hours"))


def _tighter(base: Baseline, settings: Settings, room: _Room, missing: Floats, share: Floats) -> Floats:
    """Points by which the threshold rises (falls, below 0) without a word, [draw, quarter]."""
    formal = settings["threshold"].transpose(0, 2, 1)  # [draw or 1, quarter, client group]
    now, rule = base.eligible[:, None], base.eligibility.rule
    stay = eligible(formal, rule)

    def goes(points: Floats) -> Floats:
        """Part of today's clients at home who go beyond those whom the plan's own threshold takes."""
        return np.asarray((stay - eligible(formal + points[..., None], rule)) / now)

    unsaid = base.eligibility.kappa[:, None] * -np.log(share)
    enough = _solved(lambda points: room.by_people(goes(points)), missing)
    first = np.where(missing > 0, np.minimum(enough, unsaid), np.maximum(enough, unsaid))
    first = np.where(missing == 0, 0.0, first)
    if (room.by_both(goes(first)) >= missing).all():
        return first
    further = _solved(lambda points: room.by_both(goes(points)), missing)
    return np.where(missing > 0, np.maximum(first, further), first)


def _solved(saves: Callable[[Floats], Floats], wanted: Floats) -> Floats:
    """Points at which so many pounds are saved, [draw, quarter], within `FURTHEST`; by bisection, as saving only rises."""
    low, high = np.full(wanted.shape, -FURTHEST), np.full(wanted.shape, FURTHEST)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        under = saves(middle) < wanted
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    return high


def _shorter(base: Baseline, e: Effects, still: Floats, missing: Floats, least: Floats) -> Effects:
    """The effects with hours cut (or raised, by no more than they could be cut) for what is `still` to save, [draw, quarter]."""
    cost, _ = of_clients_at_home(base, e, kept=True)
    whole = np.maximum(cost.sum(axis=(2, 3)), 1e-9)
    low, high = np.where(missing > 0, least[:, None], 1.0), np.where(missing < 0, 2 - least[:, None], 1.0)
    part = np.clip(1 - still / whole, low, high)
    short = np.where(missing > 0, np.maximum(still - (1 - part) * whole, 0.0), 0.0)
    hours = e.hours * part[:, :, None]
    return replace(e, hours=hours, gives=outcome(base.inputs, hours), short=short)
