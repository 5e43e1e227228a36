"""`withless programmes curve`: what is lost for each pound cut, by the way a smaller budget is spent."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ...service import Misused, Shown
from .allocation import AS_PLANNED, BEST, BEST_FOR, PRO_RATA, words
from .curve import CurvePoint, as_today, closed_when_counting_one, first_closing, points
from .model import ProgrammesModel
from .portfolio import ENGAGED, Portfolio

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None] | None

SPOKEN = {PRO_RATA: "pro rata", AS_PLANNED: "as planned", BEST: "best by worth"}

LONDON = (
    "Counting one thing alone decides what closes. Open-access clubs bring few back into education or work for their "
    "money, so whoever counts only those returns always closes clubs first. When London lost 30% of its youth clubs "
    "from 2010 to 2019, teenagers near a closed club did worse at GCSE, by 4% of a standard deviation (12% of those on "
    "free school meals), and 14% more of them offended: from 14 to 16 in 1,000. Each pound saved cost society nearly "
    "three (Institute for Fiscal Studies, working paper 24/51, 2024). So look at every outcome, not at one."
)
"""What the command says of clubs."""

LONDON_IN_SHORT = (
    "Counted by returns to education or work alone, open-access clubs would always close first; yet where London's clubs "
    "closed from 2010 to 2019, 14% more teenagers offended, and each pound saved cost society nearly three (IFS, 2024)."
)
"""The same for a report."""


def has_clubs(p: Portfolio) -> bool:
    """Whether a portfolio has clubs, by the names of its programmes: only then is London's experience told."""
    return any("club" in name.lower() for name in p.names)


def curve(
    models: Sequence[ProgrammesModel],
    progress: Progress,
    *,
    step: Annotated[int, "Per cent of the budget between one cut and the next."] = 10,
    to: Annotated[int, "Deepest cut, per cent of the budget."] = 70,
    outcome: Annotated[str | None, "Count this outcome; else the worth of all, or young people engaged."] = None,
) -> Shown:
    """Say what is lost for each pound cut from a portfolio of programmes, by the way the rest is spent.

    Three ways side by side: pro rata, as planned (in the table's cut_order) and best; what runs, who is engaged, what comes
    of it; and where trimming becomes dismantling.

    Examples:
      withless programmes curve northshire --service youth
      withless programmes curve northshire --service youth --outcome grades --step 5 --csv curve.csv

    """
    p = models[0].portfolio
    if not 1 <= step <= 50:
        raise Misused(f"--step is 1 to 50, not {step}.")
    if not step <= to <= 99:
        raise Misused(f"--to is {step} (the step) to 99, not {to}.")
    if outcome is not None and outcome not in p.outcomes:
        raise Misused(f"--outcome: no outcome {outcome}; there are {', '.join(p.outcomes)}.")
    cuts = [c / 100 for c in range(0, to + 1, step)]
    ways = ways_of(p, outcome)
    found = {}
    for k, way in enumerate(ways):
        found[way] = points(models, way, cuts)
        if progress is not None:
            progress(k + 1, len(ways))
    now = as_today(models)
    data = _data(models[0], found, now, outcome)
    return Shown("".join(f"{line}\n" for line in _text(data, p)), data, _rows(data))


def ways_of(p: Portfolio, outcome: str | None) -> tuple[str, ...]:
    """The ways to set side by side: all there are but those for single outcomes, and the best for `outcome` if given."""
    general = tuple(w for w in words(p) if not w.startswith(BEST_FOR) and not (outcome and w == BEST))
    if outcome is not None or BEST not in general:
        return (*general, f"{BEST_FOR}{outcome or ENGAGED}")
    return general


def spoken(way: str) -> str:
    """A way to spend in words."""
    return SPOKEN.get(way, "best for " + way.removeprefix(BEST_FOR).replace("_", " "))


def _heading(way: str) -> str:
    """A way to spend as the head of a column."""
    return "best for that" if way.startswith(BEST_FOR) else spoken(way)


def counted(p: Portfolio, outcome: str | None) -> str:
    """What is counted: an outcome, else the worth of all, else young people engaged."""
    return outcome or ("worth" if p.weighed else ENGAGED)


def values(point: CurvePoint, p: Portfolio, what: str) -> Floats:
    """What is counted at a point, a year: float[draw]."""
    return point.worth if what == "worth" else point.outcomes[:, p.outcomes.index(what)]


def _data(
    model: ProgrammesModel,
    found: dict[str, list[CurvePoint]],
    now: CurvePoint,
    outcome: str | None,
) -> dict[str, Any]:
    place, p, what = model.place, model.portfolio, counted(model.portfolio, outcome)
    closings = {way: first_closing(model, way) for way in found}
    return {
        "place": place.name,
        "invented": place.invented,
        "service": p.title,
        "budget": p.budget,
        "draws": len(now.worth),
        "counted": what,
        "today": _point(now, now, p, what),
        "ways": {way: [_point(at, now, p, what) for at in line] for way, line in found.items()},
        "first_closing": {
            way: None if at is None else {"cut": at[0], "programmes": list(at[1])} for way, at in closings.items()
        },
        "closed_when_one_outcome_counts": {
            "cut": 0.3,
            "outcomes": {o: list(names) for o, names in closed_when_counting_one(model, 0.3).items()},
        },
        "programmes": list(p.ids),
    }


def _point(at: CurvePoint, now: CurvePoint, p: Portfolio, what: str) -> dict[str, Any]:
    """One budget in one way as plain numbers; losses against today draw by draw."""
    saved = now.spent - at.spent
    lost = values(now, p, what) - values(at, p, what)
    outcomes = {
        name: {
            "a_year": _range(at.outcomes[:, k]),
            "pounds_each": at.spent / float(at.outcomes[:, k].mean()) if at.outcomes[:, k].mean() > 0 else None,
        }
        for k, name in enumerate(p.outcomes)
    }
    return {
        "cut": at.cut,
        "spent": at.spent,
        "unmet_floor": at.unmet or None,
        "running": [i for i, runs in zip(p.ids, at.running, strict=True) if runs],
        "given": dict(zip(p.ids, at.given.tolist(), strict=True)),
        "outcomes": outcomes,
        "different_young_people": None if at.unmet else _range(at.different.sum(axis=1)),
        "engaged_of_group": {} if at.unmet else {g: _range(at.different[:, k]) for k, g in enumerate(p.young)},
        "counted": None if at.unmet else _range(values(at, p, what)),
        "lost": None if at.unmet else _range(lost),
        "lost_share": None if at.unmet else _range(lost / np.maximum(values(now, p, what), 1e-12)),
        "lost_per_pound": None if at.unmet or saved < 1 else _range(lost / saved),
    }


def _range(x: Floats) -> dict[str, float]:
    p5, p50, p95 = np.quantile(x, [0.05, 0.5, 0.95]).tolist()
    return {"mean": float(x.mean()), "p5": p5, "p50": p50, "p95": p95}


def _text(data: dict[str, Any], p: Portfolio) -> list[str]:
    return [*_head(data), "", *_table(data), "", *_closings(data), "", *_vector(data, p), "", *_one(data, p)]


def _head(data: dict[str, Any]) -> list[str]:
    invented = " (an invented place)" if data["invented"] else ""
    names = {"worth": "worth to society, in pounds a year", ENGAGED: "young people engaged, each programme counted"}
    about = names.get(data["counted"], data["counted"].replace("_", " ") + ", a year")
    return [
        *textwrap.wrap(f"{data['service']} of {data['place']}{invented}: what is lost when it is cut", 80),
        *textwrap.wrap(
            f"Today £{data['budget']:,.0f} a year on {len(data['programmes'])} programmes. Counted: {about}.", 80
        ),
    ]


def _table(data: dict[str, Any]) -> list[str]:
    """Cuts down, ways across: share lost with its range, and programmes that still run."""
    ways = list(data["ways"])
    head = f"{'cut':>5}" + "".join(f"{_heading(w):>25}" for w in ways)
    under = f"{'':>5}" + "".join(f"{'% lost (range), open':>25}" for _ in ways)
    rows = [
        f"{100 * cut:>4.0f}%" + "".join(f"{_cell(data['ways'][w][k]):>25}" for w in ways)
        for k, cut in enumerate(at["cut"] for at in data["ways"][ways[0]])
    ]
    unmet = [(w, at["unmet_floor"]) for w in ways for at in data["ways"][w] if at["unmet_floor"]]
    why = textwrap.wrap(f"Floor not met, {spoken(unmet[0][0])}: {unmet[0][1]}", 80) if unmet else []
    return [head, under, *rows, *why, *_per_pound(data)]


def _cell(at: dict[str, Any]) -> str:
    if at["unmet_floor"]:
        return "floor not met"
    r = {k: round(100 * v) + 0 for k, v in at["lost_share"].items()}
    return f"{r['mean']} ({r['p5']} to {r['p95']}), {len(at['running'])}"


def _per_pound(data: dict[str, Any]) -> list[str]:
    """What one pound cut loses at the middle cut, in each way."""
    middle = len(next(iter(data["ways"].values()))) // 2
    lines = []
    for way, line in data["ways"].items():
        at = line[middle]
        if at["lost_per_pound"] is None:
            continue
        r, cut = at["lost_per_pound"], f"{100 * at['cut']:.0f}%"
        if data["counted"] == "worth":
            lost = f"£{r['mean']:.2f} (£{r['p5']:.2f} to £{r['p95']:.2f}) of worth"
        else:
            each = {k: 1e6 * v for k, v in r.items()}
            lost = f"{each['mean']:,.0f} ({each['p5']:,.0f} to {each['p95']:,.0f}) for each million"
        lines += textwrap.wrap(
            f"Cut by {cut}, {spoken(way)}: each pound saved loses {lost}."
            if data["counted"] == "worth"
            else f"Cut by {cut}, {spoken(way)}: saving loses {lost} pounds.",
            80,
        )
    return ["", *[line.replace("£-", "-£") for line in lines]] if lines else []


def _closings(data: dict[str, Any]) -> list[str]:
    lines = ["Where trimming becomes dismantling: the first cut at which a programme closes"]
    for way, at in data["first_closing"].items():
        if at is None:
            told = "none closes before floors or money run out"
        elif at["cut"] <= 0:
            told = f"with today's money already: {', '.join(at['programmes'])}"
        else:
            told = f"at {100 * at['cut']:.0f}%: {', '.join(at['programmes'])}"
        lines += textwrap.wrap(f"{spoken(way)}: {told}", 80, initial_indent="  ", subsequent_indent="    ")
    return lines


def _vector(data: dict[str, Any], p: Portfolio) -> list[str]:
    """Every outcome today and at the middle cut in each way, with pounds for each."""
    middle = len(next(iter(data["ways"].values()))) // 2
    ways = list(data["ways"])
    cut = data["ways"][ways[0]][middle]["cut"]
    lines = [
        f"What comes of it, a year, and pounds for each: today, and cut by {100 * cut:.0f}%",
        f"{'':<20}{'today':>15}" + "".join(f"{_heading(w):>15}" for w in ways),
    ]
    for name in p.outcomes:
        at = [data["today"], *(data["ways"][w][middle] for w in ways)]
        lines.append(f"{name.replace('_', ' ')[:19]:<20}" + "".join(f"{_many(x['outcomes'][name]):>15}" for x in at))
    return lines


def _many(o: dict[str, Any]) -> str:
    if o["pounds_each"] is None:
        return "none"
    return f"{two_figures(o['a_year']['mean'])}, £{two_figures(o['pounds_each'])}"


def two_figures(x: float) -> str:
    """Two figures: what stands here was judged or observed with no more behind it."""
    digits = 1 - int(np.floor(np.log10(abs(x)))) if x else 0
    return f"{round(x, digits):,.{max(digits, 0)}f}"


def _one(data: dict[str, Any], p: Portfolio) -> list[str]:
    """What closes when one outcome is all that counts, and what London's closures showed."""
    one = data["closed_when_one_outcome_counts"]
    lines = [f"With {100 * one['cut']:.0f}% less, the best way closes, if all that counts is"]
    for name, closed in one["outcomes"].items():
        told = ", ".join(closed) or "nothing"
        lines += textwrap.wrap(f"{name.replace('_', ' ')}: {told}", 80, initial_indent="  ", subsequent_indent="    ")
    return [*lines, "", *textwrap.wrap(LONDON, 80)] if has_clubs(p) else lines


def _rows(data: dict[str, Any]) -> list[dict[str, Any]]:
    """A row for each way and cut."""
    rows = []
    for way, line in data["ways"].items():
        for at in line:
            row: dict[str, Any] = {
                "way": way,
                "cut": at["cut"],
                "spent": at["spent"],
                "running": " ".join(at["running"]),
            }
            for name, o in at["outcomes"].items():
                row |= {f"{name}_{k}": v for k, v in o["a_year"].items()}
            for name in ("lost_share", "lost_per_pound"):
                row |= {f"{name}_{k}": (at[name] or {}).get(k, "") for k in ("mean", "p5", "p95")}
            rows.append(row)
    return rows
