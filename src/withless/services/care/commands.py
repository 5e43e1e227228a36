"""`withless care project`: what a change to help would do over the years, for a place without a plan."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ... import units
from ...place import AGE_BANDS, QUINTILES, Calendar, Instance
from ...plan import Measure, Settings, settings
from ...service import Misused, Shown
from . import cost_shift, erosion, exhibits, words
from .model import CareModel
from .outcome import supported
from .policy import today_levers
from .projection import Projection
from .quantities import hours, losing, losing_working, others, without
from .tables import CLIENTS, LEVER_UNITS, LEVERS, NEEDS, OLDER_AGES, SCOPES, THRESHOLDS

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None] | None

BY_LEVER = {lever.name: lever for lever in LEVERS}


def project(
    models: Sequence[CareModel],
    progress: Progress,
    *,
    threshold: Annotated[str | None, "Least need that is met: moderate, substantial, critical or a score."] = None,
    applies_to: Annotated[str | None, "Whom a new threshold meets: new, review or all."] = None,
    hours_by: Annotated[str | None, "Change of hours in packages at home, such as -10%."] = None,
    direct_payments: Annotated[str | None, "Share of clients at home with a direct payment, such as 45%."] = None,
    reablement: Annotated[str | None, "Share of new older clients with reablement first, such as 50%."] = None,
    budget: Annotated[
        str | None, "Change of money for each person in need, such as -10%, which tightens unsaid."
    ] = None,
    phase: Annotated[int, "Quarters over which the change comes in."] = 6,
    years: Annotated[int, "Years to follow, 1 to 20."] = 10,
) -> Shown:
    """Say what a change to adult social care would do over the years.

    Who loses, what is saved, what comes back as cost once people without help get worse, what families take on; without a
    change, the service as it stands.

    Examples:
      withless care project northshire --threshold substantial
      withless care project somerset --threshold critical --applies-to all --years 10
      withless care project northshire --hours-by -10% --phase 0 --csv care.csv

    """
    if not 1 <= years <= 20:
        raise Misused(f"--years: found {years}, expected 1 to 20.")
    if not 0 <= phase <= 4 * years:
        raise Misused(f"--phase: found {phase}, expected 0 to {4 * years} quarters.")
    wanted = {
        "threshold": _threshold(threshold),
        "applies_to": _scope(applies_to),
        "hours": _change("hours-by", hours_by),
        "direct_payments": _share("direct-payments", direct_payments),
        "reablement": _share("reablement", reablement),
        "budget": _change("budget", budget),
    }
    plan = _settings(models[0].instance, {k: v for k, v in wanted.items() if v is not None}, phase, 4 * years)
    first = models[0].place.calendar
    calendar = Calendar(first.year, first.month, 4 * years)
    parts = []
    for i, model in enumerate(models):
        parts.append(_block(model, plan, calendar))
        if progress is not None:
            progress(i + 1, len(models))
    rows = _rows(calendar, parts)
    followed = _joined([p["erosion"] for p in parts])
    said = {
        "who_loses": parts[0]["who_loses"],
        "left": exhibits.told(followed) if followed.first.any() else "",
    }
    about = _about(models, plan)
    splits = _splits(parts)
    text = "\n".join([*_head(about), *_table(rows), *_last(parts), *_by(splits), *_said(said)]) + "\n"
    data = {"about": about, "years": rows, "by": splits, **said}
    return Shown(text, data, [_flat(row) for row in rows])


def _threshold(text: str | None) -> float | None:
    if text is None:
        return None
    if text.strip().lower() in THRESHOLDS:
        return THRESHOLDS[text.strip().lower()]
    try:
        score = units.parse(text, "score")
    except units.UnitError:
        score = np.nan
    if not 0 <= score <= 4:
        raise Misused(f"--threshold: found {text!r}, expected {', '.join(THRESHOLDS)} or a score from 0 to 4.")
    return score


def _scope(text: str | None) -> float | None:
    if text is None:
        return None
    if text not in SCOPES:
        raise Misused(f"--applies-to: found {text!r}, expected {', '.join(SCOPES)}.")
    return float(SCOPES.index(text))


def _share(name: str, text: str | None) -> float | None:
    if text is None:
        return None
    try:
        share = units.parse(text, "share")
    except units.UnitError:
        share = np.nan
    if not 0 <= share <= 1:
        raise Misused(f"--{name}: found {text!r}, expected a share such as 45%.")
    return share


def _change(name: str, text: str | None) -> float | None:
    """A signed percentage as a ratio to today's."""
    if text is None:
        return None
    lever = BY_LEVER["hours" if name == "hours-by" else name]
    ratio = 1 + units.parse(text, "share") if units.is_signed_percent(text) else np.nan
    if not lever.low <= ratio <= lever.high:
        low, high = 100 * (lever.low - 1), 100 * (lever.high - 1)
        raise Misused(f"--{name}: found {text!r}, expected a change from {low:.0f}% to +{high:.0f}%, such as -10%.")
    return ratio


def _settings(instance: Instance, wanted: dict[str, float], phase: int, quarters: int) -> Settings:
    """The levers with what is wanted laid over them, from the first quarter."""
    measures = [
        Measure(
            name,
            "",
            instance.name,
            name,
            LEVER_UNITS[name],
            "set",
            value,
            0.0,
            phase=0.0 if name == "applies_to" else phase,
        )
        for name, value in wanted.items()
    ]
    return settings(LEVERS, LEVER_UNITS, today_levers(instance), measures, quarters)


def _block(model: CareModel, plan: Settings, calendar: Calendar) -> dict[str, Any]:
    """What is said of one block, [draw, year] or [draw] each."""
    inputs, r, still = model.baseline.inputs, model.project(plan), model.unchanged
    years = calendar.quarters // 4
    family, _ = cost_shift.family_hours(inputs, cost_shift.lost(r))
    pounds = cost_shift.moved(r)
    needed, met = hours(r)
    first_needed, first_met = hours(still)

    def end(x: Floats) -> Floats:
        return np.asarray(np.broadcast_to(x, (len(inputs), 4 * years))[:, 3::4])

    marks = tuple(m for m in (5, 10, years) if m <= years)
    return {
        "who_loses": words.who_loses(r, f"by the end of {calendar.years[-1]}"),
        "erosion": erosion.follow(still, r, tuple(dict.fromkeys(marks))),
        "supported": end(supported(r).sum(axis=2)),
        "supported_today": end(supported(still).sum(axis=2)),
        "losing": end(losing(r).sum(axis=(1, 2, 4)) + losing_working(r).sum(axis=(1, 2, 4))),
        "without": end(without(r)),
        "without_today": end(without(still)),
        "unmet": end(without(r) * others(inputs)["unmet"][:, None]),
        "family_hours": end(family.sum(axis=(2, 3))),
        "steps_in": cost_shift.steps_in(inputs),
        "hours_share": end(met / needed),
        "hours_share_today": end(first_met / first_needed),
        "moved": {k: x.reshape(len(inputs), years, -1).sum(axis=2) for k, x in pounds.items()},
        "splits": _splits_of(r, still),
    }


def _splits_of(r: Projection, still: Projection) -> dict[str, dict[str, Floats]]:
    """Older people at the end by age, fifth and need, [draw] each: in need, helped as things stand and in the plan; hours a
    week that those at home need, and that the council meets as things stand and in the plan.
    """
    hours_each = r.baseline.costs.hours[:, None, None]
    home = (r.in_need - r.care_home_now)[:, :, :, -1]
    cubes = {
        "in_need": r.in_need[:, :, :, -1],
        "today": (still.home_now + still.care_home_now)[:, :, :, -1],
        "plan": (r.home_now + r.care_home_now)[:, :, :, -1],
        "hours_needed": home * hours_each,
        "hours_needed_today": (still.in_need - still.care_home_now)[:, :, :, -1] * hours_each,
        "hours_met_today": still.home_now[:, :, :, -1] * hours_each,
        "hours_met": r.home_now[:, :, :, -1] * hours_each * r.effects.hours_each[:, :, :, -1],
    }
    names = {"aged": OLDER_AGES, "fifth": QUINTILES, "needs": NEEDS}
    out: dict[str, dict[str, Floats]] = {}
    for axis, (by, labels) in enumerate(names.items(), start=1):
        others_ = tuple(a for a in (1, 2, 3) if a != axis)
        for i, label in enumerate(labels):
            out[f"{by}: {label}"] = {k: np.asarray(c.sum(axis=others_)[:, i]) for k, c in cubes.items()}
    return out


def _splits(parts: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    labels = parts[0]["splits"]
    return {
        label: {k: _range(np.concatenate([p["splits"][label][k] for p in parts])) for k in labels[label]}
        for label in labels
    }


def _joined(found: Sequence[erosion.Erosion]) -> erosion.Erosion:
    return replace(
        found[0],
        saving=np.concatenate([f.saving for f in found]),
        first=np.concatenate([f.first for f in found]),
        kept=np.concatenate([f.kept for f in found]),
        break_even=np.concatenate([f.break_even for f in found]),
    )


def _rows(calendar: Calendar, parts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row a year."""
    e = _joined([p["erosion"] for p in parts])

    def of(name: str, i: int) -> Floats:
        return np.concatenate([p[name][:, i] for p in parts])

    rows = []
    for i in range(e.years):
        row: dict[str, Any] = {"year": calendar.years[i]}
        row |= {
            k: _range(of(k, i)) for k in ("supported", "supported_today", "losing", "without", "unmet", "family_hours")
        }
        row |= {"saving": _range(e.saving[:, i]), "had_needs_not_changed": _range(e.first[:, i])}
        steps_in = np.concatenate([p["steps_in"] for p in parts])
        for part, where in ((steps_in, "families_step_in"), (~steps_in, "families_do_not")):
            if part.any():
                row[f"family_hours_{where}"] = _range(of("family_hours", i)[part])
        row |= {f"moved_{k}": _range(np.concatenate([p["moved"][k][:, i] for p in parts])) for k in parts[0]["moved"]}
        rows.append(row)
    return rows


def _range(values: Floats) -> dict[str, float]:
    """Mean, 5%, 50% and 95% over draws."""
    p5, p50, p95 = np.quantile(values, [0.05, 0.5, 0.95])
    return {"mean": float(values.mean()), "p5": float(p5), "p50": float(p50), "p95": float(p95)}


def _about(models: Sequence[CareModel], plan: Settings) -> dict[str, Any]:
    from .quantities import fates

    place, instance = models[0].place, models[0].instance
    told: dict[str, list[str]] = {}
    for group, fate in fates(instance, plan).items():
        told.setdefault(fate, []).append(group)
    change = "; ".join(f"{fate} ({', '.join(g)})" if len(g) < len(CLIENTS) else fate for fate, g in told.items())
    return {
        "place": place.name,
        "invented": place.invented,
        "service": instance.title or instance.name,
        "change": change,
        "draws": sum(len(m.draws) for m in models),
        "prices": place.prices,
    }


def _head(about: dict[str, Any]) -> list[str]:
    invented = " (an invented place)" if about["invented"] else ""
    return [
        f"{about['service']} of {about['place']}{invented}, {about['draws']} draws",
        *textwrap.wrap(f"The change: {about['change']}.", 80, break_on_hyphens=False),
        "",
    ]


def _table(rows: list[dict[str, Any]]) -> list[str]:
    """The years, at most 80 columns."""
    head = f"{'end of':<10}{'people':>10}{'would be helped':>32}{'saved that year':>28}"
    second = f"{'':<10}{'helped':>10}{'and are not':>32}{'£m':>28}"
    return [head, second] + [
        f"{row['year']:<10}{row['supported']['mean']:>10,.0f}{_people(row['losing']):>32}{_millions(row['saving']):>28}"
        for row in rows
    ]


def _last(parts: Sequence[dict[str, Any]]) -> list[str]:
    """What else there is at the end, a line each."""

    def of(name: str) -> Floats:
        return np.concatenate([p[name][:, -1] for p in parts])

    pounds = {k: np.concatenate([p["moved"][k][:, -1] for p in parts]) for k in parts[0]["moved"]}
    steps_in = np.concatenate([p["steps_in"] for p in parts])
    families = [
        (part, where) for part, where in ((steps_in, "where they step in"), (~steps_in, "where not")) if part.any()
    ]
    share, before = 100 * of("hours_share").mean(), 100 * of("hours_share_today").mean()
    lines = [
        ("people helped today", f"{of('supported_today').mean():,.0f}"),
        ("people with needs and no help from the council", _people(_range(of("without")))),
        ("as things stand", _people(_range(of("without_today")))),
        ("of them with needs that nobody meets", _people(_range(of("unmet")))),
        ("of 100 hours needed at home, met by the council", f"{share:.0f}; as things stand {before:.0f}"),
        *(
            (f"hours a week more from families, {where}", _people(_range(of("family_hours")[a])))
            for a, where in families
        ),
        *(
            (f"moved to family carers, £m a year, {where}", _millions(_range(pounds["carers"][a])))
            for a, where in families
        ),
        ("moved to people who pay for themselves, £m a year", _millions(_range(pounds["users"]))),
        ("moved to the NHS, £m a year", _millions(_range(pounds["nhs"]))),
    ]
    return ["", "At the end", *(f"  {label:<53}{value:>24}" for label, value in lines)]


def _by(splits: dict[str, dict[str, Any]]) -> list[str]:
    """Older people by age, fifth and need; and of 100 hours needed at home, those met as things stand and in the plan."""
    title = f"People of {AGE_BANDS[3][:2]} and over at the end"
    lines = [
        f"{title:<36}{'in need':>9}{'helped':>9}{'in the':>9}{'of 100 hours':>17}",
        f"{'':<36}{'':>9}{'today':>9}{'plan':>9}{'met today, plan':>17}",
    ]
    for label, v in splits.items():
        met = [100 * v[f"hours_met{k}"]["mean"] / max(v[f"hours_needed{k}"]["mean"], 1e-9) for k in ("_today", "")]
        people = "".join(f"{_whole(v[k]):>9}" for k in ("in_need", "today", "plan"))
        lines.append(f"  {label:<34}{people}{f'{met[0]:.0f}, {met[1]:.0f}':>17}")
    return ["", *lines]


def _said(said: dict[str, str]) -> list[str]:
    lines: list[str] = []
    for text in said.values():
        if text:
            lines += ["", *textwrap.wrap(text, 80, break_on_hyphens=False)]
    return lines


def _whole(r: dict[str, float]) -> str:
    return words.rounded(r["mean"], r["p95"] - r["p5"])


def _people(r: dict[str, float]) -> str:
    """A mean and its range, as rounded as the range allows."""
    width = r["p95"] - r["p5"]
    mean, low, high = (words.rounded(r[k], width) for k in ("mean", "p5", "p95"))
    return mean if mean == low == high else f"{mean} ({low} to {high})"


def _millions(r: dict[str, float]) -> str:
    """Pounds in millions, to one or two decimals."""
    places = 1 if max(abs(r["p5"]), abs(r["p95"])) >= 1e6 else 2
    mean, low, high = (f"{r[k] / 1e6:.{places}f}" for k in ("mean", "p5", "p95"))
    plain = [t.removeprefix("-") if float(t) == 0 else t for t in (mean, low, high)]
    return plain[0] if len(set(plain)) == 1 else f"{plain[0]} ({plain[1]} to {plain[2]})"


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """A row for a spreadsheet."""
    out: dict[str, Any] = {k: v for k, v in row.items() if not isinstance(v, dict)}
    for name, value in row.items():
        if isinstance(value, dict):
            out |= {f"{name}_{k}": v for k, v in value.items()}
    return out
