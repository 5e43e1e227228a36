"""What a plan's settings do to help: who loses it, how many hours are left, how it is held, what providers are paid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...plan import Settings
from .baseline import MOST_HELPED, Baseline
from .cohort import approach
from .eligibility import eligible
from .parameters import Inputs
from .tables import CLIENTS, OLDER_AGES, WORKING
from .transitions import leaving

Floats = NDArray[np.float64]

NEW, REVIEW, ALL = 0, 1, 2


@dataclass(frozen=True)
class Effects:
    """The settings at work, by draw and quarter. Axes as in `baseline.Today`; an axis of draws may have length 1.

    kept[draw, age, fifth, quarter, need]: part of older clients at home who go on being helped (above 1 where more are);
    kept_working[draw, group, fifth, quarter, need] likewise. hours[draw, quarter, need] against today's, and `gives` what those
    hours do for quality of life against today's: less than in proportion is lost as they fall.
    quality_home[draw, client group, quarter] and quality_care[draw, quarter], hours apart; cost_home[draw, client group,
    quarter] and cost_care[draw, quarter], a client at today's hours against today; price_home, price_care: of that, the
    part by what providers are paid. carers[draw, quarter]: part of people in need at home whose carer is newly
    supported. reablement[draw, quarter]: the part of new older clients who have it. Pounds: support[draw, quarter] a year for
    carers, charge[draw, quarter] a week for each client at home, short[draw, quarter] a quarter that a budget is overspent by
    for want of anything left to cut.
    """

    kept: Floats
    kept_working: Floats
    hours: Floats
    gives: Floats
    quality_home: Floats
    quality_care: Floats
    cost_home: Floats
    cost_care: Floats
    price_home: Floats
    price_care: Floats
    carers: Floats
    reablement: Floats
    support: Floats
    charge: Floats
    short: Floats

    @property
    def hours_each(self) -> Floats:
        """Hours of every client at home against today's, in the shape of `kept`: [draw, 1, 1, quarter, need]."""
        return self.hours[:, None, None]

    @property
    def gives_each(self) -> Floats:
        """What the hours of every client at home do against today, in the shape of `kept`: [draw, 1, 1, quarter, need]."""
        return self.gives[:, None, None]

    @cached_property
    def still(self) -> bool:
        """Whether nobody's help changes in a way that changes needs: nobody loses any, no carer is newly supported."""
        same = (self.kept == 1).all() and (self.kept_working == 1).all() and (self.hours == 1).all()
        return bool(same and (self.carers == 0).all())


def effects(base: Baseline, settings: Settings, tighter: Floats | float = 0.0) -> Effects:
    """Everything that the settings change at once; what follows from changed needs is the cohort's.

    `tighter[draw, quarter]`: points by which the threshold rises without a word. A budget is kept to by `budget.within`.
    """
    older, working = _fewer(base, settings, tighter)
    stay = 1 - _leave(base, settings)  # [draw, quarter, fifth]
    kept = (1 - older)[:, :, None] * stay.transpose(0, 2, 1)[:, None, :, :, None]
    room = MOST_HELPED * base.state[..., 1:] - base.care_home
    most = np.maximum(np.where(base.home > 0, room / np.where(base.home > 0, base.home, 1.0), 1.0), 1.0)
    at_work = (1 - working)[:, :, None] * stay.transpose(0, 2, 1)[:, None, :, :, None]
    reach = base.inputs.of("reach.working")[:, None, None, None, None]
    eased, before = _reablement(base, settings)
    held, held_today = settings["direct_payments"], base.levers["direct_payments"]
    supply = base.inputs.of("fees.supply")[:, None]
    fees, in_care = settings["fees"][:, :1], settings["fees"][:, 1]  # [draw or 1, 1, quarter], [draw or 1, quarter]
    paid = held + (1 - held) * fees  # [draw or 1, client group, quarter]
    on_time = held + (1 - held) * fees ** supply[:, None]
    dear = _by_group(base.inputs, "direct_payment.cost")
    better = _by_group(base.inputs, "direct_payment.outcome")
    cost = (1 + dear * held) / (1 + dear * held_today[:, None]) * paid
    quality = on_time * (1 + better * (held - held_today[:, None]))
    eased_by = base.inputs.of("reablement.hours")[:, None]
    cost[:, 0] *= (1 - eased_by * eased) / (1 - eased_by * before)
    quality[:, 0] *= 1 + base.inputs.of("reablement.outcome")[:, None] * (eased - before)
    return Effects(
        kept=np.minimum(kept, most[:, :, :, None]),
        kept_working=np.minimum(at_work, 1 / reach),
        hours=settings.by_quarter("hours"),
        gives=outcome(base.inputs, settings.by_quarter("hours")),
        quality_home=quality,
        quality_care=in_care**supply,
        cost_home=cost,
        cost_care=np.broadcast_to(in_care, eased.shape),
        price_home=np.broadcast_to(1 - 1 / paid, cost.shape),
        price_care=np.broadcast_to(1 - 1 / in_care, eased.shape),
        carers=_carers(base, settings),
        reablement=settings["reablement"][:, 0],
        support=settings["carers"][:, 0],
        charge=settings["charge"][:, 0] * settings["means_test"][:, 0],
        short=np.zeros((1, settings.quarters)),
    )


def outcome(inputs: Inputs, hours: Floats) -> Floats:
    """What hours against today's, [draw or 1, quarter, need], do for quality of life against today: hours to a power."""
    power: Floats = hours ** inputs.of("hours.outcome")[:, None, None]
    return power


def _fewer(base: Baseline, settings: Settings, tighter: Floats | float) -> tuple[Floats, Floats]:
    """Part of those who would be helped that the threshold has taken off by each quarter, below 0 where it lets in more.

    Older people [draw, age, quarter, need] and groups of working age [draw, group, quarter, need]. New askers meet the
    threshold as clients come and go; those at review meet it once a year or so besides; `all` meets it at once.
    """
    threshold = settings["threshold"] + np.asarray(tighter)[..., None, :] if np.ndim(tighter) else settings["threshold"]
    target = (
        1 - eligible(threshold, base.eligibility.rule) / base.eligible[:, :, None]
    )  # [draw, client group, quarter, need]
    scope = settings["applies_to"]  # [draw or 1, client group, quarter]
    review = base.inputs.of("threshold.review")[:, None, None, None]

    def speed(leave: Floats, row: int) -> Floats:
        """How fast those below the threshold go, a year; leave[draw, row, 1, need] is how fast clients come and go."""
        whom = scope[:, None, row, :, None]  # [draw or 1, 1, quarter, 1]
        return np.where(whom >= ALL, np.inf, leave + review * (whom >= REVIEW))

    shape = (len(base.inputs), len(OLDER_AGES), *target.shape[2:])
    go = leaving(base.needs.rates)[:, :, 0, None]
    older = approach(np.broadcast_to(target[:, :1], shape), speed(go, 0))
    rows = []
    for i, group in enumerate(WORKING, start=1):
        end = base.inputs.of(f"turnover.{group}")[:, None, None, None]
        rows.append(approach(target[:, i : i + 1], speed(end, i)))
    return older, np.concatenate(rows, axis=1)


def _leave(base: Baseline, settings: Settings) -> Floats:
    """Part of clients at home who give up help because it costs them more, [draw, quarter, fifth]."""
    levers = base.levers
    asked = settings["charge"][:, 0] * settings["means_test"][:, 0]
    more = asked - float(levers["charge"][0] * levers["means_test"][0])  # [draw or 1, quarter]
    gradient = 1 + base.inputs.of("charge.gradient")[:, None] * (np.arange(5) - 2.0)
    clients = base.home.sum(axis=(1, 3)) + 1e-12
    share = gradient / ((gradient * clients).sum(axis=1) / clients.sum(axis=1))[:, None]
    gone: Floats = 1 - np.exp(-base.inputs.of("charge.leave")[:, None, None] * more[:, :, None] * share[:, None, :])
    return gone


def episodes(base: Baseline) -> Floats:
    """Pounds a quarter for each older client at home if all new ones had reablement, [draw, 1]."""
    return (_new(base) * base.inputs.of("reablement.cost"))[:, None]


def _new(base: Baseline) -> Floats:
    """New clients a quarter for each older client at home, [draw]."""
    home = base.home.sum(axis=2)
    new: Floats = (
        (home * leaving(base.needs.rates)[:, :, 0]).sum(axis=(1, 2)) / np.maximum(home.sum(axis=(1, 2)), 1e-12) / 4
    )
    return new


def _reablement(base: Baseline, settings: Settings) -> tuple[Floats, Floats]:
    """Part of older clients at home for whom reablement still works, [draw, quarter]; and today's, [draw, 1]."""
    new = _new(base)
    lasting = base.inputs.of("reablement.lasting")
    most = np.minimum(new * lasting, 1.0)
    fade = 1 - np.exp(-1 / lasting)
    today = most * base.levers["reablement"][0]
    share = today
    wanted = settings["reablement"][:, 0]
    out = np.empty((len(base.inputs), wanted.shape[1]))
    for q in range(wanted.shape[1]):
        after = share + (most * wanted[:, q] - share) * fade
        out[:, q] = (share + after) / 2
        share = after
    return out, today[:, None]


def _carers(base: Baseline, settings: Settings) -> Floats:
    """Part of people in need at home whose family carer is supported, less today's, [draw, quarter]."""
    now, before = settings["carers"][:, 0], base.levers["carers"]
    return supported_carers(base, now) - supported_carers(base, before)


def supported_carers(base: Baseline, pounds: Floats) -> Floats:
    """Part of people in need at home whose family carer is supported by so many pounds a year, [draw, quarter]."""
    at_home = np.maximum((base.state[..., 1:] - base.care_home).sum(axis=(1, 2, 3)), 1e-9)[:, None]
    return np.asarray(np.minimum(pounds / (base.inputs.of("carers.cost")[:, None] * at_home), 1.0))


def _by_group(inputs: Inputs, name: str) -> Floats:
    """An assumption by client group: [draw, client group, 1]."""
    return np.stack([inputs.of(f"{name}.{g}") for g in CLIENTS], axis=1)[:, :, None]
