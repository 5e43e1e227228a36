"""How long reserves last, as text, data and rows: a date with a probability."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..runway import Runway, Scenario
from ..service import Shown
from .content.ranges import plain_spread as spread
from .words import and_list, chance, pounds
from .wrapping import columns, wrap

Json = dict[str, Any]


def shown(r: Runway) -> Shown:
    """All of it as text of at most 80 columns, data, and a row a scenario and year."""
    place, f = r.plan.place, r.finances
    invented = " (an invented place)" if place.invented else ""
    lines = wrap(f"{place.name}{invented}: how long reserves last, over {r.draws:,} runs")
    lines += wrap(
        f"Usable reserves {pounds(f.usable)} (opening less earmarked), minimum {pounds(f.minimum)}. The gap without a plan: "
        + and_list([f"{_gap(f.gap[:, i])} in {year}" for i, year in enumerate(f.years)])
        + "."
    )
    lines += ["", *_chances(r), "", *_balances(r), "", *wrap(sentence(r)), "", *wrap(_reading())]
    return Shown("\n".join(lines) + "\n", _data(r), _rows(r))


def _gap(values: np.ndarray[Any, np.dtype[np.float64]]) -> str:
    s = spread(values)
    width = s["p95"] - s["p5"]
    return pounds(s["mean"], width) + (f" ({pounds(s['p5'], width)} to {pounds(s['p95'], width)})" if width > 1 else "")


def _chances(r: Runway) -> list[str]:
    """Chance of being below the minimum by the end of each year."""
    head = ("chance of being below it by", *r.finances.years)
    return columns(head, [(s.name, *(_chance(v) for v in r.below(s))) for s in r.scenarios])


def _chance(v: float) -> str:
    return "none" if v == 0 else "sure" if v == 1 else chance(v)


def _balances(r: Runway) -> list[str]:
    """The middle balance at the end of each year, £m."""
    head = ("balance, £m, middle of all runs", *r.finances.years)
    return columns(head, [(s.name, *(f"{v / 1e6:.0f}" for v in np.median(s.balance, axis=0))) for s in r.scenarios])


def sentence(r: Runway) -> str:
    """When reserves fall below the minimum: doing nothing, with the plan, and at the fastest and slowest pace."""
    nothing, *rest = r.scenarios
    own = next((s for s in rest if s.own), None)
    others = [s for s in rest if not s.own]
    told = [f"Doing nothing, usable reserves {_when(r, nothing)}."]
    if own is not None:
        told.append(f"With the plan as it is they {_when(r, own)}.")
    if others:
        fast, slow = others[0], others[-1]
        told.append(
            f"Carried out {fast.name}, they {_when(r, fast)}"
            + (f"; {slow.name}, they {_when(r, slow)}." if slow is not fast else ".")
        )
    return " ".join(told)


def _when(r: Runway, s: Scenario) -> str:
    """`fall below the minimum in 2028-29 (by then in 82 of 100 runs; 2027-28 to 2029-30)`."""
    middle, early, late = r.year(s), r.year(s, 0.05), r.year(s, 0.95)
    last = r.finances.years[-1]
    if middle is None:
        by = r.below(s)[-1]
        return (
            f"stay above the minimum to {last} in {100 * (1 - by):.0f} of 100 runs"
            if early
            else f"stay above the minimum to {last}"
        )
    at = r.below(s)[r.finances.years.index(middle)]
    span = f", between {early} and {late or f'after {last}'}" if early != late else ""
    return f"fall below the minimum in {middle} (by its end in {100 * at:.0f} of 100 runs{span})"


def _reading() -> str:
    return (
        "Whatever is not covered comes out of reserves. Savings and what is raised are the council's own, as they really "
        "arrive, in the money of each year; one-off costs are paid; sales of buildings are left out, because by law they pay "
        "for investment. A body acts before it gets there: the year says how long there is, not what will happen."
    )


def _data(r: Runway) -> Json:
    f = r.finances
    return {
        "plan": r.plan.title,
        "draws": r.draws,
        "seed": r.seed,
        "usable": f.usable,
        "minimum": f.minimum,
        "years": list(f.years),
        "gap": [spread(f.gap[:, i]) for i in range(len(f.years))],
        "sentence": sentence(r),
        "scenarios": [
            {
                "name": s.name,
                "within_years": s.years or None,
                "as_planned": s.own,
                "below_by": r.below(s).tolist(),
                "year": r.year(s),
                "balance": [spread(s.balance[:, i]) for i in range(len(f.years))],
            }
            for s in r.scenarios
        ],
    }


def _rows(r: Runway) -> list[Json]:
    return [
        {"scenario": s.name, "year": year, "chance_below_by": float(r.below(s)[i])}
        | {f"balance_{k}": v for k, v in spread(s.balance[:, i]).items()}
        for s in r.scenarios
        for i, year in enumerate(r.finances.years)
    ]
