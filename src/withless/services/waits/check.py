"""The closed forms of list management next to what was simulated: do both point the same way?

They are `theory.py`'s, at today's rates, with the factor at which a target of `share` within so many weeks is met where waits
are exponential, -ln(1 - share). Who leaves untreated does so at today's rate, of the list as it then is. It is a rule of thumb,
shown so that a simulation which points elsewhere is looked at twice; no figure of ours is made of it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import theory
from .cohort import Flow

Floats = NDArray[np.float64]

YEAR = 52
STILL = 0.05
"""A list that changes by less than this until the date is said to stand still; judged."""

ENOUGH = 0.005
"""Capacity within this of today's is said to be enough: a halving of the search is a fifth of a per cent."""

SAYS_NOTHING_OF = (
    "A rule of thumb. It takes waits to be exponential and today's rates to last; it knows nothing of who leaves "
    "untreated after how long a wait, of seasons, or of the order of treatment. It checks the simulation and is no part of it."
)


@dataclass(frozen=True)
class Today:
    """A list's flows a week in the year ahead, were it to stay as it is, float[draw, specialty]: who come on to it, treatments,
    who leave untreated from the list as counted; and that list.
    """

    come: Floats
    treated: Floats
    removed: Floats
    listed: Floats


def today(flow: Flow) -> Today:
    """What moves a list before anything is simulated."""
    draws, cells = len(flow.arrivals), flow.opening.shape[1:3]

    def summed(array: Floats) -> Floats:
        by_part: Floats = np.broadcast_to(array, (draws, *cells)).sum(axis=2)
        return by_part

    other, leaves = flow.other.sum(axis=3), flow.opening * -np.expm1(-flow.leave)
    return Today(
        summed(flow.arrivals[..., :YEAR].mean(axis=3)) + summed(other),
        summed(flow.capacity[..., :YEAR].mean(axis=3)),
        summed(leaves.sum(axis=3)),
        summed(flow.opening.sum(axis=3)),
    )


def reckoned(
    now: Mapping[str, float], share: float, within: int, weeks: int, simulated: Mapping[str, float | None]
) -> dict[str, Any]:
    """Closed forms of one list, from means over draws of `Today`, beside its simulation: list at the date, share within the
    target there, and capacity to reach it against today's (None: out of reach).
    """
    factor = -np.log1p(-share)
    come, treated, removed, listed = (now[k] for k in ("come", "treated", "removed", "listed"))
    leave = treated + removed
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = float(np.nan_to_num(np.divide(removed, listed), posinf=0.0))
        found: dict[str, float] = {
            "load": float(theory.load(come, leave)),
            "load_on_treated": float(theory.load(come, treated)),
            "list_at_date": float(theory.list_after(listed, come, treated, rate, weeks)),
            "mean_wait": float(np.divide(listed, leave)),
            "target_mean_wait": float(theory.target_mean_wait(within, factor)),
            "pressure": float(theory.pressure(np.nan_to_num(np.divide(listed, leave), posinf=np.inf), within, factor)),
            "target_list": float(theory.target_list(come, within, factor)),
            "first_come_list": float(theory.first_come_list(come, share, within, rate)),
        }
        relief = float(theory.relief_capacity(come, listed, found["target_list"], weeks, rate))
        found |= {"relief_capacity": relief, "relief_change": float(np.divide(relief, treated)) - 1}
    rule = {
        "list": _way(found["list_at_date"], listed, STILL, ("grows", "stands still", "shrinks")),
        "target": "is missed" if found["pressure"] > 1 else "is met",
        "capacity": _way(relief, treated, ENOUGH, ("more", "enough", "less")),
    }
    reach = simulated["capacity"]
    ours = {
        "list": _way(simulated["list"] or 0.0, listed, STILL, ("grows", "stands still", "shrinks")),
        "target": "is missed" if (simulated["share"] or 0.0) < share else "is met",
        "capacity": "more" if reach is None else _way(reach, 1.0, ENOUGH, ("more", "enough", "less")),
    }
    return {
        **{k: v if np.isfinite(v) else None for k, v in {**now, **found}.items()},
        "rule": rule,
        "simulated": {**simulated, "says": ours},
        "agrees": {k: rule[k] == ours[k] for k in rule},
    }


def _way(value: float, base: float, band: float, words: tuple[str, str, str]) -> str:
    """More, about the same, or less than a base."""
    up, same, down = words
    if abs(value - base) <= band * base:
        return same
    return up if value > base else down


def lines(whole: Mapping[str, Any], specialties: Sequence[Mapping[str, Any]], about: Mapping[str, Any]) -> list[str]:
    """The check of the list as a whole in plain English, 80 columns, and on how many specialties both agree."""
    w, ours, agrees = whole, whole["simulated"], whole["agrees"]
    target = f"{100 * about['share']:g}% within {about['within']} weeks"
    told = [
        f"Load {_figure(w['load'], 2)}: {_people(w['come'])} come on to the list a week; {_people(w['treated'])} are treated and "
        f"{_people(w['removed'])} leave untreated (of those treated alone, {_figure(w['load_on_treated'], 2)}). So the list "
        f"{w['rule']['list']}; simulated, it {ours['says']['list']} ({_people(w['listed'])} now, {_people(ours['list'])} "
        f"then). {_verdict(agrees['list'])}",
        f"Pressure {_figure(w['pressure'], 1)}: the mean wait of {_figure(w['mean_wait'], 1)} weeks over the "
        f"{_figure(w['target_mean_wait'], 1)} at which {target} would hold. So the target {w['rule']['target']}; simulated, it "
        f"{ours['says']['target']} ({100 * ours['share']:.0f}%). {_verdict(agrees['target'])}",
        f"Target list {_people(w['target_list'])}: those who come, times that wait. Treated first come, first served, "
        f"{_people(w['first_come_list'])} could wait.",
        f"Relief capacity {_people(w['relief_capacity'])} treatments a week to be there in {about['weeks']} weeks, "
        f"{_percent(w['relief_change'])} on today's; simulated, each specialty at its own, {_reach(ours['capacity'])}. "
        f"{_verdict(agrees['capacity'])}",
    ]
    lists, targets, capacities = (sum(s["agrees"][k] for s in specialties) for k in ("list", "target", "capacity"))
    many = len(specialties)
    if many > 1:
        told.append(
            f"Specialty by specialty both agree on the list in {lists} of {many}, on the target in {targets}, and on whether "
            f"capacity must rise in {capacities}."
        )
    head = "As a check, the closed forms of list management at today's rates:"
    return [head, *(line for text in told for line in _item(text)), *textwrap.wrap(SAYS_NOTHING_OF, 80)]


def _item(text: str) -> list[str]:
    return textwrap.wrap(text, 80, initial_indent="- ", subsequent_indent="  ")


def _verdict(agrees: bool) -> str:
    return "They agree." if agrees else "They differ."


def _reach(capacity: float | None) -> str:
    return "out of reach" if capacity is None else _percent(capacity - 1)


def _percent(change: float | None) -> str:
    return "-" if change is None else f"{100 * change:+.0f}%"


def _figure(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _people(value: float | None) -> str:
    """People to three figures."""
    if value is None:
        return "-"
    digits = max(len(str(int(abs(value)))) - 3, 0)
    return f"{round(value, -digits):,.0f}"
