"""A plan at several paces, as text, data and rows: saved by year, cost once, service taken away, and whether faster is worse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..pace import Learnt, Pace, Paces, discounted, optimal_path
from ..service import Shown
from .content.ranges import plain_spread as spread
from .words import and_list, chance, number, percent, pounds
from .wrapping import columns, wrap

Json = dict[str, Any]

CLEAR = 0.9
"""Chance from which one pace is called worse than another."""
AT_ONCE = 0.05
"""Years within which all of a plan comes at once."""
HARDLY = 0.02
"""Difference in the cost of a pound saved below which pace is said to matter hardly."""


def shown(
    found: Paces, learnt: Mapping[float, Learnt] | None = None, bound: float = 1.0, *, undo: bool = False
) -> Shown:
    """All of it as text of at most 80 columns, data, and a row a pace and year."""
    place, years = found.plan.place, found.calendar.years
    invented = " (an invented place)" if place.invented else ""
    a = found.paces[0].appraisal
    lines = wrap(f"{found.plan.title}, faster and slower")
    lines += wrap(f"{place.name}{invented}, {years[0]} to {years[-1]}, pounds of {place.prices}, over {a.draws:,} runs")
    lines += ["", *_by_year(found), "", *_money(found), "", *_people(found), ""]
    lines += [*wrap(sentence(found)), "", *wrap(_reading(found))]
    if learnt:
        lines += ["", *_learning(found, learnt, bound, undo=undo)]
    return Shown("\n".join(lines).rstrip() + "\n", _data(found, learnt), _rows(found))


def _name(p: Pace) -> str:
    own = "at once" if p.years < AT_ONCE else number(p.years, 1)
    return f"as planned ({own})" if p.own else f"{p.years:g} year{'' if p.years == 1 else 's'}"


def _order(found: Paces) -> list[Pace]:
    return sorted(found.paces, key=lambda p: (p.years, not p.own))


def _by_year(found: Paces) -> list[str]:
    """Saved in every year, £m."""
    head = ("saved, £m, within", *(y[2:] for y in found.calendar.years))
    body = [
        (_name(p), *(f"{v / 1e6:.1f}".replace("-0.0", "0.0") for v in p.saving.mean(axis=0))) for p in _order(found)
    ]
    return columns(head, body)


def _money(found: Paces) -> list[str]:
    """One-off cost, present values, and the chance to miss the target."""
    aim = found.misses(found.paces[0]) is not None
    head = (
        "within",
        "cost once",
        "haste",
        "money",
        "service lost",
        "each £",
        *(("misses",) if aim else ()),
    )
    body = []
    for p in _order(found):
        each = found.cost(p).mean() / max(found.present(p.judged).mean(), 1.0)
        values = (
            pounds(p.one_off.sum(axis=1).mean()), pounds(found.present(p.haste).mean()), pounds(found.net(p).mean()),
            pounds(found.present(p.taken).mean()), f"{100 * each:.0f}p",
        )  # fmt: skip
        miss = found.misses(p)
        body.append((_name(p), *values, *((chance(miss),) if miss is not None else ())))
    return columns(head, body)


def _people(found: Paces) -> list[str]:
    """Fewer people served, in years of service to one person, plain and discounted."""
    order = _order(found)
    short = [f"{p.years:.1f}*" if p.own else f"{p.years:g}" for p in order]
    lines = []
    for title, rate in (("people-years", 0 * found.health_rate), ("discounted", found.health_rate)):
        body = []
        for s in order[0].lost:
            values = [discounted(p.lost[s], rate) for p in order]
            body.append(
                (
                    found.plan.place.instances[s].title,
                    *(number(v.mean(), np.ptp(np.quantile(v, (0.05, 0.95)))) for v in values),
                )
            )
        lines += [*columns((f"{title}, within", *short), body), ""]
    return lines[:-1]


def sentence(found: Paces) -> str:
    """Whether faster is worse for this plan, in one sentence."""
    order = [p for p in _order(found) if not p.own]
    fast, slow = order[0], order[-1]
    if fast is slow:
        return "One pace alone cannot be called faster or slower: give a range, such as --years 1..6."
    each_fast, each_slow, dearer = found.dearer(fast, slow)
    more = found.present(fast.judged).mean() - found.present(slow.judged).mean()
    lost = found.present(fast.taken).mean() - found.present(slow.taken).mean()
    cost = f"each pound saved costs {100 * each_fast:.0f}p within {_name(fast)} and {100 * each_slow:.0f}p within {_name(slow)}"
    swap = f"it saves {pounds(more)} more by {found.calendar.years[-1]} and takes away {pounds(lost)} more service"
    if np.isnan([each_fast, each_slow]).any():
        return "At one of these paces the plan saves nothing, so none can be called better."
    if abs(each_fast - each_slow) < HARDLY or 1 - CLEAR < dearer < CLEAR:
        return f"For this plan pace hardly changes what a pound saved costs ({cost}): faster, {swap}."
    if dearer >= CLEAR:
        return f"For this plan faster is worse: {cost} ({chance(dearer)} likely to be higher); faster, {swap}."
    return f"For this plan faster is not worse: {cost}; faster, {swap}."


def _reading(found: Paces) -> str:
    """What the columns are, and what the cost of haste alone would advise."""
    rate, health, k = (float(v.mean()) for v in (found.rate, found.health_rate, found.adjustment))
    path, _ = optimal_path(k, rate, 5)
    said = (
        "all in the first year"
        if path[0] > 0.995
        else f"{and_list([percent(s) for s in path[:3]])} by the first three years"
    )
    dated = found.paces[0].appraisal.register.items["money.discount_rate"].source
    return (
        "Money (savings less costs once and haste) and service lost are of all years as of the first, at "
        f"{percent(rate, 0.001)} a year ({dated.title}, {dated.year}), people-years not discounted and at "
        f"{percent(health, 0.001)}; * is as planned. Each £ saved costs service taken away, costs once and haste, in services "
        "that are modelled; *misses* is the chance that what is saved and raised falls short of the target. Haste is judged: "
        f"{number(k / 2, 0.1)} times the square of what changes in a year, over the final saving; by it alone the best path "
        f"would be {said}."
    )


def _learning(found: Paces, learnt: Mapping[float, Learnt], bound: float, *, undo: bool) -> list[str]:
    """What watching the first phase would change in the last year."""
    ends = "stopped, and what was begun is put back" if undo else "stopped there"
    intro = (
        f"If harm is watched: a measure that seems to take away more than {100 * bound:.0f}p for a pound saved, once its harm "
        f"shows, is {ends}. Of one that is complete by then nothing can be stopped."
    )
    body = []
    for p in _order(found):
        x = learnt[p.years]
        often = [name for name, share in sorted(x.stopped.items(), key=lambda item: -item[1]) if share >= 0.5]
        body.append(
            (_name(p), pounds(x.saving.mean()), pounds(x.taken.mean()), f"{sum(x.stopped.values()):.1f}", _few(often))
        )
    return [*wrap(intro), *columns(("in the end, within", "saves", "takes away", "stopped", "mostly"), body)]


def _few(names: Sequence[str]) -> str:
    return "none" if not names else names[0] + (f" +{len(names) - 1}" if len(names) > 1 else "")


def _data(found: Paces, learnt: Mapping[float, Learnt] | None) -> Json:
    a = found.paces[0].appraisal
    return {
        "plan": found.plan.title,
        "draws": a.draws,
        "seed": a.seed,
        "years": list(found.calendar.years),
        "discount_rate": float(found.rate.mean()),
        "health_discount_rate": float(found.health_rate.mean()),
        "sentence": sentence(found),
        "paces": [_pace(found, p, (learnt or {}).get(p.years)) for p in _order(found)],
    }


def _pace(found: Paces, p: Pace, x: Learnt | None) -> Json:
    each = {
        k: [spread(getattr(p, k)[:, i]) for i in range(p.saving.shape[1])]
        for k in ("saving", "raised", "taken", "one_off", "haste")
    }
    lost = {
        s: {"people_years": spread(v.sum(axis=1)), "discounted": spread(discounted(v, found.health_rate))}
        for s, v in p.lost.items()
    }
    watched = (
        None if x is None else {"saves": spread(x.saving), "takes_away": spread(x.taken), "stopped": dict(x.stopped)}
    )
    return {
        "years": p.years,
        "as_planned": p.own,
        **each,
        "present": {"net": spread(found.net(p)), "taken": spread(found.present(p.taken)), "cost": spread(found.cost(p))},
        "lost": lost,
        "misses_target": found.misses(p),
        "with_learning": watched,
    }  # fmt: skip


def _rows(found: Paces) -> list[Json]:
    return [
        {"within_years": round(p.years, 2), "as_planned": p.own, "year": year}
        | {k: float(getattr(p, k)[:, i].mean()) for k in ("saving", "raised", "taken", "one_off", "haste")}
        for p in _order(found)
        for i, year in enumerate(found.calendar.years)
    ]
