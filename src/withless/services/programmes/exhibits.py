"""What a report shows of a portfolio: what comes of it, who is engaged, and what is lost for each pound cut."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...place import Instance
from ...plan import Settings
from ...service import Exhibit, Found, Unworkable
from . import closures
from .commands import LONDON_IN_SHORT, counted, has_clubs, spoken, two_figures, values, ways_of
from .curve import as_today, first_closing, points
from .model import ProgrammesModel
from .portfolio import ENGAGED, Portfolio

Floats = NDArray[np.float64]

CUTS = tuple(k / 10 for k in range(8))


def exhibits(model: ProgrammesModel, settings: Settings, found: Found) -> Sequence[Exhibit]:
    """Outcomes, young people by group, and the curve of cuts."""
    shut = closures.exhibit(model.portfolio, model.spending(settings), len(model.draws))
    return [*shut, _outcomes(model.portfolio, found), _groups(model, settings), *_curve(model, settings)]


def _outcomes(p: Portfolio, found: Found) -> Exhibit:
    """Change of every outcome by the last quarter, as a share of what there would be."""
    series = {name: "users" if name == ENGAGED else f"outcome_{name}" for name in p.outcomes}
    sides = {
        name: found.unit[key].sum(axis=2) if key == "users" else found.quarterly[key][:, :, -1]
        for name, key in series.items()
    }
    names = [name for name, side in sides.items() if (side[0] > 0).all()]
    change = np.stack([sides[n][1] / sides[n][0] - 1 for n in names], axis=1) if names else np.zeros((1, 0))
    spent = [float(found.unit["cost"][side].sum(axis=1).mean()) for side in (0, 1)]
    told = [f"{n.replace('_', ' ')} {_both([sides[n][k].mean() for k in (0, 1)], spent)}" for n in names]
    return Exhibit(
        title="Change in each outcome with the plan",
        text=f"A year, without the plan and with it: {'; '.join(told)}." if told else "",
        unit="share",
        labels=tuple(n.replace("_", " ") for n in names),
        lines={"change": change} if names else {},
        kind="bars",
    )


def _both(many: Sequence[float], spent: Sequence[float]) -> str:
    """`220 and 160, at £25,000 and £28,000 each`, to two figures."""
    each = [
        f"£{two_figures(pounds / n)}" if n > 0 else "no end of money" for n, pounds in zip(many, spent, strict=True)
    ]
    return f"{' and '.join(two_figures(float(n)) for n in many)}, at {' and '.join(each)} each"


def _groups(model: ProgrammesModel, settings: Settings) -> Exhibit:
    """Different young people engaged in every group today and by the end of the plan, as it is carried out."""
    before, after = [], []
    for part, laid in model.parts(settings):
        r = part.reached(laid)
        before.append(np.broadcast_to(part.reached_today().different, (len(part.draws), len(part.portfolio.young))))
        after.append(r.different[r.at[:, -1]])
    return Exhibit(
        title="Young people engaged by at least one programme, by group",
        labels=_names(model.instance),
        lines={"today": np.concatenate(before), "with the plan": np.concatenate(after)},
        kind="bars",
    )


def _names(instance: Instance) -> tuple[str, ...]:
    """What reports call every group."""
    table = instance.tables["young"]
    ids = table.words("id")
    names = table.words("name") if "name" in table else ids
    return tuple(name or group for name, group in zip(names, ids, strict=True))


def _curve(model: ProgrammesModel, settings: Settings) -> list[Exhibit]:
    """Share of what is counted that is left at every cut, in each way to spend, as far as floors can be met."""
    p, models = model.portfolio, [part for part, _ in model.parts(settings)]
    what, now = counted(p, None), as_today(models)
    base = np.maximum(values(now, p, what), 1e-12)
    lines, closings = {}, []
    for way in ways_of(p, None):
        try:
            at = points(models, way, CUTS)
        except Unworkable:
            continue
        if not any(point.unmet for point in at):
            lines[spoken(way)] = np.stack([values(point, p, what) / base for point in at], axis=1)
        first = first_closing(model, way)
        if first is not None:
            when = "even without a cut" if first[0] <= 0 else f"from a cut of {100 * first[0]:.0f}%"
            closings.append(f"{spoken(way)} {when}")
    title = "worth of all outcomes" if what == "worth" else "young people engaged"
    text = f"The first programme closes: {'; '.join(closings)}. " if closings else ""
    return [
        Exhibit(
            title=f"What is left of the {title} when the budget is cut, by how the rest is spent",
            text=text + (LONDON_IN_SHORT if has_clubs(p) else ""),
            unit="share",
            labels=tuple(f"{100 * cut:.0f}% cut" for cut in CUTS),
            lines=lines,
        )
    ]
