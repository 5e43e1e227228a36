"""Who loses, in words that a councillor can read out, with numbers rounded as their uncertainty allows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...place import QUINTILES
from .projection import Projection
from .quantities import losing, losing_working
from .tables import NEEDS, OLDER_AGES, WORKING

Floats = NDArray[np.float64]

MOST = 0.6
"""Part of those who lose above which `most` is said."""
NAMES = {
    "physical": "a physical disability",
    "learning": "a learning disability",
    "mental": "mental health needs",
}


def about(values: Floats) -> str:
    """`about 430 (300 to 560)`: the mean of values[draw] and where 90 in 100 of them lie."""
    low, high = np.quantile(values, [0.05, 0.95])
    width = float(high - low)
    mean, ends = rounded(float(values.mean()), width), (rounded(float(low), width), rounded(float(high), width))
    return f"about {mean}" if len({mean, *ends}) == 1 else f"about {mean} ({ends[0]} to {ends[1]})"


def rounded(value: float, width: float) -> str:
    """A number of people rounded to a power of ten below a third of the width of its range, at least to one."""
    step = 10.0 ** max(0, int(np.floor(np.log10(max(width / 3, 1.0)))))
    return f"{round(value / step) * step:,.0f}"


def who_loses(r: Projection, when: str, quarter: int = -1) -> str:
    """One or two sentences on the people who would be helped and are not, in a quarter of a run: `when`, `by the end of ..`."""
    older = losing(r)[:, :, :, quarter]  # [draw, age, fifth, need]
    working = losing_working(r)[:, :, :, quarter]  # [draw, group, fifth, need]
    total = older.sum(axis=(1, 2, 3)) + working.sum(axis=(1, 2, 3))
    if total.mean() < 1:
        return " ".join(s for s in (_shorter(r, when, quarter), _overspent(r, when, quarter)) if s)
    parts = [*_ages(older, total), "living at home", *_needs(older, working)]
    said = f"{about(total).capitalize()} people would no longer be helped {when}: {', '.join(parts)}."
    groups = [
        f"{about(working[:, i].sum(axis=(1, 2)))} have {NAMES[g]}"
        for i, g in enumerate(WORKING)
        if _some(working[:, i])
    ]
    if groups:
        said += f" Of them, {_and(groups)}."
    poorest = older[:, :, 0].sum(axis=(1, 2)) + working[:, :, 0].sum(axis=(1, 2))
    said += f" Some {100 * poorest.mean() / total.mean():.0f} in 100 live in the {QUINTILES[0]} of areas."
    return " ".join(s for s in (said, _shorter(r, when, quarter), _overspent(r, when, quarter)) if s)


def _ages(older: Floats, total: Floats) -> list[str]:
    """`most of 75 or over`."""
    by_age = older.sum(axis=(0, 2, 3)) / total.sum()
    if by_age[2] > MOST:
        return [f"most of {OLDER_AGES[2][:2]} or over"]
    if by_age[1:].sum() > MOST:
        return [f"most of {OLDER_AGES[1][:2]} or over"]
    return [f"most of {OLDER_AGES[0][:2]} or over"] if by_age.sum() > MOST else ["of all ages from 18"]


def _needs(older: Floats, working: Floats) -> list[str]:
    """`nearly all with moderate needs`."""
    by_need = older.sum(axis=(0, 1, 2)) + working.sum(axis=(0, 1, 2))
    share = by_need / by_need.sum()
    top = int(np.argmax(share))
    if share[top] > 0.9:
        return [f"nearly all with {NEEDS[top]} needs"]
    return [f"most with {NEEDS[top]} needs"] if share[top] > MOST else ["with needs of every band"]


def _shorter(r: Projection, when: str, quarter: int) -> str:
    """A sentence on those whose hours are cut, or nothing."""
    hours = r.effects.hours[:, quarter]  # [draw or 1, need]
    cut = hours < 1 - 1e-9
    if not cut.any():
        return ""
    home = r.home_now[:, :, :, quarter].sum(axis=(1, 2))
    working = r.baseline.working.sum(axis=2) * r.baseline.at_home[:, :, None] * r.effects.kept_working[:, :, :, quarter]
    people = ((home + working.sum(axis=(1, 2))) * cut).sum(axis=1)
    if people.mean() < 1:
        return ""
    low, high = np.quantile(100 * (1 - hours[cut]), [0.05, 0.95]) if len(hours) > 1 else _ends(100 * (1 - hours[cut]))
    span = f"{low:.0f}%" if high - low < 0.5 else f"{low:.0f} to {high:.0f}%"
    return f"{about(people).capitalize()} people at home would have {span} fewer hours {when}."


def _overspent(r: Projection, when: str, quarter: int) -> str:
    """A sentence on a budget that cannot be kept to, or nothing."""
    short = 4 * r.effects.short[:, quarter]
    if short.mean() < 1e5:
        return ""
    low, high = np.quantile(short / 1e6, [0.05, 0.95])
    return (
        f"The budget could not be kept to: about £{short.mean() / 1e6:.1f}m a year ({low:.1f} to {high:.1f}) would be overspent "
        f"{when}, since nobody is taken from a care home and hours are cut only so far."
    )


def families(hours: Floats, stepping: NDArray[np.bool_]) -> str:
    """What families do more, hours a week [draw], told apart by which of two answers holds, `stepping`[draw]."""
    both = (
        (hours[stepping], "where families step in ({} in 100 runs)"),
        (hours[~stepping], "where they do not ({} in 100)"),
    )
    told = [f"{_changed(h)} {words.format(round(100 * len(h) / len(hours)))}" for h, words in both if len(h)]
    return (
        f"Families give {', and '.join(told)}."
        if np.abs(hours).max() >= 1
        else "Families give as many hours as before."
    )


def _changed(hours: Floats) -> str:
    """`about 600 (-200 to 900) hours a week less`."""
    less = hours.mean() < 0
    return f"{about(-hours if less else hours)} hours a week {'less' if less else 'more'}"


def _ends(values: Floats) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def _some(people: Floats) -> bool:
    return bool(people.sum(axis=(1, 2)).mean() >= 5)


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]
