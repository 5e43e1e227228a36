"""What a report shows of a care service besides: who loses, what is left of the saving, how sure one would have to be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws
from ...place import Instance, Place
from ...plan import Settings
from ...service import Exhibit
from . import erosion, words
from .model import run
from .moved import family_hours, lost
from .quantities import hours, without

Floats = NDArray[np.float64]

YEARS = 10
LEFT = 0.95
"""Part of the draws in which a saving must be there before what is left of it is told."""


def exhibits(place: Place, instance: Instance, settings: Settings, draws: Draws) -> tuple[Exhibit, ...]:
    """The exhibits of a plan; none where it leaves the service as it is."""
    r = run(place, instance, settings, draws)
    still = erosion.unchanged(place, instance, draws)
    e = erosion.follow(place, instance, settings, draws, years=YEARS)
    if np.allclose(e.saving, 0, atol=1.0):
        return ()
    said = words.who_loses(r)
    made = [_who(said)] if said else []
    made.append(_saving(e))
    needed, met = hours(r)
    needed_today, met_today = hours(still)
    more = without(instance, draws, r) - without(instance, draws, still)
    family, _ = family_hours(place, instance, draws, lost(r))
    text = (
        f"By the end {words.about(more[:, -1])} more people have needs and no help from the council. Of the hours that "
        f"people at home need, the council meets {_share(met, needed)} in 100, and without the plan "
        f"{_share(met_today, needed_today)}. Families give {words.about(family[:, -1].sum(axis=(1, 2)))} hours a week more."
    )
    made.append(Exhibit("Needs and help", text))
    return tuple(made)


def told(e: erosion.Erosion) -> str:
    """What is left of a saving and how much faster people must get worse for it to be gone, in sentences."""
    said = []
    for i, mark in enumerate(e.marks):
        left = e.kept[:, i]
        if np.isfinite(left).mean() < LEFT:
            return "The plan saves too little for what is left of it to be told."
        low, high = 100 * np.nanquantile(left, [0.05, 0.95])
        said.append(f"{100 * np.nanmean(left):.0f} in 100 pounds ({low:.0f} to {high:.0f}) after {_years(mark)}")
    text = f"As people without help get worse, some of the saving comes back as cost. Left: {'; '.join(said)}."
    return f"{text} {_break_even(e)}"


def _break_even(e: erosion.Erosion) -> str:
    last = e.break_even[:, -1]
    gone = np.isfinite(last)
    when = _years(e.marks[-1])
    if gone.mean() < LEFT:
        never = 100 * (1 - gone.mean())
        return f"In {never:.0f} of 100 runs no faster worsening, however fast, would use all of it up within {when}."
    low, middle, high = np.quantile(last[gone], [0.05, 0.5, 0.95])
    return (
        f"It would all be gone after {when} if people without help got worse {middle:.1f} times as fast as with it "
        f"({low:.1f} to {high:.1f}); nobody has measured how fast they do."
    )


def _who(said: str) -> Exhibit:
    return Exhibit("Who loses", f"If the plan is carried out in full, {said[0].lower()}{said[1:]}")


def _saving(e: erosion.Erosion) -> Exhibit:
    """Saving by year, beside what it would be had nobody's needs changed."""
    labels = tuple(f"year {y + 1}" for y in range(e.years))
    lines = {"saving": e.saving, "had needs not changed": e.first}
    return Exhibit("What is left of the saving", told(e), "pounds/year", labels, lines)


def _share(part: Floats, whole: Floats) -> str:
    return f"{100 * (part[:, -1] / whole[:, -1]).mean():.0f}"


def _years(count: int) -> str:
    return {5: "five years", 10: "ten years"}.get(count, f"{count} years")
