"""What a report shows of a waiting list: the list, the share within 18 weeks, and what the order of treatment makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...plan import Settings
from ...service import Exhibit, Found
from . import project
from .cohort import run
from .model import WaitsModel

Floats = NDArray[np.float64]

ENDLESS = 0.5 * (project.MOST_WEEKS / project.WORTH_WEEKS)
"""Cost of a wait, a wait of a year being 1, from which on most never come to an end; judged."""

ORDERS = {"as observed": (0.0, 0.0), "urgent protected": (0.0, 1.0), "longest first": (1.0, 0.0)}
"""Queue disciplines as (longest, urgent) of `cohort.Flow`."""


def exhibits(model: WaitsModel, settings: Settings, found: Found) -> list[Exhibit]:
    """The list, the wait to be expected and the share within 18 weeks, without and with the plan and by order of treatment."""
    labels = model.place.calendar.quarter_labels
    parts = model.parts(settings)
    runs = by_order(parts)

    def both(name: str, scale: float = 1.0) -> dict[str, Floats]:
        without, with_it = scale * found.quarterly[name]
        return {"without the plan": without, "with it": with_it}

    endless = np.concatenate([m.quarterly(s).cost_of_wait[:, :, -1] for m, s in parts]) > ENDLESS
    return [
        Exhibit("On the list", _said(found), "people", labels, both("list")),
        _drawn("Wait to be expected", _wait_said(found, endless), "weeks", labels, both("wait")),
        _drawn("Within 18 weeks", "", "%", labels, both("share_within_18", 100)),
        _drawn(
            "Within 18 weeks, by order of treatment", _order_said(runs), "%", labels,
            {name: 100 * _share(r) for name, r in runs.items()},
        ),
    ]  # fmt: skip


def _drawn(title: str, text: str, unit: str, labels: tuple[str, ...], lines: dict[str, Floats]) -> Exhibit:
    """A chart of the draws in which every line is there throughout; without a chart, and saying so, where that is none."""
    there = np.all([np.isfinite(v).all(axis=1) for v in lines.values()], axis=0)
    if not there.any():
        return Exhibit(title, f"{text} In every run there are quarters in which nobody is on the list.".strip())
    return Exhibit(title, text, unit, labels, {name: v[there] for name, v in lines.items()})


@dataclass(frozen=True)
class Listed:
    """A list: people on it, and those who have waited less than 18 and less than 52 weeks: [draw, quarter] each."""

    people: Floats
    within_18: Floats
    within_52: Floats


def by_order(parts: Sequence[tuple[WaitsModel, Settings]]) -> dict[str, Listed]:
    """The plan as written, with everybody treated in each of `ORDERS`."""
    found: dict[str, list[tuple[Floats, Floats, Floats]]] = {name: [] for name in ORDERS}
    for model, settings in parts:
        flow = replace(model.flow(model.levers(settings)), costs=np.zeros((1, 0)))
        for name, order in ORDERS.items():
            longest, urgent = (np.full((1, 1, 1, 1), x) for x in order)
            whole = run(replace(flow, longest=longest, urgent=urgent), model.inputs.timeline.period)
            found[name].append(
                (whole.listed[:, -1], whole.within[:, -1, :, 0].copy(), whole.within[:, -1, :, 1].copy())
            )
    return {name: Listed(*(np.concatenate(x) for x in zip(*of, strict=True))) for name, of in found.items()}


def _share(r: Listed) -> Floats:
    return np.where(r.people > 0, r.within_18 / np.where(r.people > 0, r.people, 1.0), np.nan)


def _said(found: Found) -> str:
    """Treated and left untreated over all quarters, and where the list ends."""
    q = found.quarterly
    list0, list1 = q["list"][:, :, -1].mean(axis=1)
    p0, p1 = (_weeks(x) for x in q["p92_weeks"][:, :, -1])
    left, treated = (float((q[n][1] - q[n][0]).sum(axis=1).mean()) for n in ("left_untreated", "treated"))
    over = q["over_52"][:, :, -1].mean(axis=1)
    return (
        f"At the end {_people(list1)} wait, {_people(list0)} without the plan; 92 in 100 of them less than {p1} weeks "
        f"({p0} without), {_people(over[1])} of them 52 weeks or longer ({_people(over[0])} without). Over all years "
        f"{_people(abs(treated))} {'fewer' if treated < 0 else 'more'} are treated, and {_people(abs(left))} "
        f"{'more' if left > 0 else 'fewer'} leave the list untreated."
    )


def _wait_said(found: Found, endless: NDArray[np.bool_]) -> str:
    """The wait in the last quarter, and how waits without an end are counted; endless[draw, stratum] with the plan."""
    w0, w1 = (_weeks(x) for x in found.quarterly["wait"][:, :, -1])
    text = (
        f"Somebody who joins at the end and needs treatment waits {w1} weeks for it ({w0} without the plan), "
        "long waits counting for more than their weeks."
    )
    if endless.mean(axis=0).max(initial=0.0) > 0.05:
        text += " Where hardly anybody is treated any more a wait has no end: it is counted as ten years."
    return text


def _weeks(values: Floats) -> str:
    """Mean weeks over the draws in which somebody waits."""
    known = values[np.isfinite(values)]
    return f"{known.mean():.0f}" if len(known) else "no"


def _order_said(runs: dict[str, Listed]) -> str:
    ends = {name: _weeks(100 * _share(r)[:, -1]) for name, r in runs.items()}
    over = {name: float((r.people[:, -1] - r.within_52[:, -1]).mean()) for name, r in runs.items()}
    words = "; ".join(f"{n} {ends[n]}% within 18 weeks and {_people(over[n])} over 52" for n in runs)
    return f"The plan's own capacity, were all treated in one order, ends with: {words}. Whom it spares is a choice."


def _people(count: float) -> str:
    """A count to three figures."""
    digits = max(len(str(int(abs(count)))) - 3, 0)
    return f"{round(count, -digits):,.0f}"
