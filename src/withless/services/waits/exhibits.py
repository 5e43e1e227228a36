"""What a report shows of a waiting list: the list, the share within 18 weeks, and what the order of treatment makes of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws
from ...place import Instance, Place
from ...plan import Settings
from ...service import Exhibit, Found
from . import project
from .cohort import Run, run
from .timeline import by_quarter

Floats = NDArray[np.float64]

ORDERS = {"as observed": (0.0, 0.0), "urgent protected": (0.0, 1.0), "longest first": (1.0, 0.0)}
"""Queue disciplines as (longest, urgent) of `cohort.Flow`."""


def exhibits(place: Place, instance: Instance, settings: Settings, draws: Draws, found: Found) -> list[Exhibit]:
    """The list and the share within 18 weeks without and with the plan; under the plan, by order of treatment."""
    labels = place.calendar.quarter_labels
    listed, share = found.quarterly["list"], 100 * found.quarterly["share_within_18"]
    runs = by_order(place, instance, settings, draws)
    fan = {name: 100 * _share(r) for name, r in runs.items()}
    return [
        Exhibit("On the list", _said(found), "people", labels, {"without the plan": listed[0], "with it": listed[1]}),
        Exhibit("Within 18 weeks", "", "%", labels, {"without the plan": share[0], "with it": share[1]}),
        Exhibit("Within 18 weeks, by order of treatment", _order_said(runs), "%", labels, fan),
    ]


def by_order(place: Place, instance: Instance, settings: Settings, draws: Draws) -> dict[str, Run]:
    """The plan as written, with everybody treated in each of `ORDERS`."""
    _, rates = project.rates_of(instance)
    line = by_quarter(rates.month, place.calendar)
    flow = project.flow_under(instance, draws, line, project.levers_of(rates, settings.values, line))
    return {
        name: run(
            replace(flow, longest=np.full((1, 1, 1, 1), longest), urgent=np.full((1, 1, 1, 1), urgent)), line.period
        )
        for name, (longest, urgent) in ORDERS.items()
    }


def _share(r: Run) -> Floats:
    listed = r.listed[:, -1]
    return np.where(listed > 0, r.within[:, -1, :, 0] / np.where(listed > 0, listed, 1.0), 1.0)


def _said(found: Found) -> str:
    """Treated and left untreated over all quarters, and where the list ends."""
    q = found.quarterly
    (list0, list1), (p0, p1) = (q[n][:, :, -1].mean(axis=1) for n in ("list", "p92_weeks"))
    left, treated = (float((q[n][1] - q[n][0]).sum(axis=1).mean()) for n in ("left_untreated", "treated"))
    over = q["over_52"][:, :, -1].mean(axis=1)
    return (
        f"At the end {_people(list1)} wait, {_people(list0)} without the plan; 92 in 100 of them less than {p1:.0f} weeks "
        f"({p0:.0f} without), {_people(over[1])} of them 52 weeks or longer ({_people(over[0])} without). Over all years "
        f"{_people(abs(treated))} {'fewer' if treated < 0 else 'more'} are treated, and {_people(abs(left))} "
        f"{'more' if left > 0 else 'fewer'} leave the list untreated."
    )


def _order_said(runs: dict[str, Run]) -> str:
    ends = {name: 100 * float(_share(r)[:, -1].mean()) for name, r in runs.items()}
    over = {name: float((r.listed[:, -1, -1] - r.within[:, -1, -1, 1]).mean()) for name, r in runs.items()}
    words = "; ".join(f"{n} {ends[n]:.0f}% within 18 weeks and {_people(over[n])} over 52" for n in runs)
    return f"The plan's own capacity, were all treated in one order, ends with: {words}. Whom it spares is a choice."


def _people(count: float) -> str:
    """A count to three figures."""
    digits = max(len(str(int(abs(count)))) - 3, 0)
    return f"{round(count, -digits):,.0f}"
