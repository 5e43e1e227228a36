"""What a report shows of a care service besides: who loses, what is left of the saving, how sure one would have to be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...place import Calendar, Place
from ...plan import Settings
from ...service import Exhibit
from . import erosion, words
from .cost_shift import family_hours, lost, steps_in
from .model import CareModel
from .projection import Projection
from .quantities import carers_supported, hours, losing, losing_working, without

Floats = NDArray[np.float64]

YEARS = 10
LEFT = 0.95
"""Part of the draws in which a saving must be there before what is left of it is stated."""


def exhibits(model: CareModel, settings: Settings) -> tuple[Exhibit, ...]:
    """The exhibits of a plan; none where it leaves the service as it is."""
    unchanged, r, place = model.unchanged, model.project(settings), model.place
    e = erosion.follow(unchanged, model.project(erosion.over(settings, YEARS)))
    if np.allclose(e.saving, 0, atol=1.0):
        return ()
    said = words.who_loses(r, f"by the end of {place.calendar.years[-1]}")
    made = [_who(place, r, said)] if said else []
    made.append(_saving(e))
    needed, met = hours(r)
    needed_today, met_today = hours(unchanged)
    more = without(r) - without(unchanged)
    family, _ = family_hours(r.baseline.inputs, lost(r))
    text = (
        f"{_more(more[:, -1])} Of the hours that "
        f"people at home need, the council meets {_share(met, needed)} in 100, and without the plan "
        f"{_share(met_today, needed_today)}. {words.families(family[:, -1].sum(axis=(1, 2)), steps_in(r.baseline.inputs))}"
        f"{_carers(unchanged, r)}"
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
    return f"{text} {_break_even(e)}".strip()


def _break_even(e: erosion.Erosion) -> str:
    last = e.break_even[:, -1]
    gone = np.isfinite(last)
    when = _years(e.marks[-1])
    if not gone.any():
        return ""
    if gone.mean() < LEFT:
        never = 100 * (1 - gone.mean())
        return f"In {never:.0f} of 100 runs no faster worsening, however fast, would use all of it up within {when}."
    low, middle, high = np.quantile(last[gone], [0.05, 0.5, 0.95])
    return (
        f"It would all be gone after {when} if people without help got worse {middle:.1f} times as fast as with it "
        f"({low:.1f} to {high:.1f}); nobody has measured how fast they do."
    )


def _who(place: Place, r: Projection, said: str) -> Exhibit:
    """Who loses by the end, and how many have lost help on average in every year."""
    text = f"As the plan is likely to be carried out, {said[0].lower()}{said[1:]}"
    gone = losing(r).sum(axis=(1, 2, 4)) + losing_working(r).sum(axis=(1, 2, 4))
    if gone.mean() < 1:
        return Exhibit("Who loses", text)
    years = place.calendar.years
    counts = by_year(np.ones(gone.shape[1]), place.calendar)
    text += " Fewer have lost help in earlier years: people supported, above, are the average of a year."
    lines = {"no longer helped, average of the year": by_year(gone, place.calendar) / counts}
    return Exhibit("Who loses", text, "people", years, lines)


def by_year(values: Floats, calendar: Calendar) -> Floats:
    """Sums by financial year of values[..., quarter]."""
    return np.add.reduceat(values, calendar.year_starts, axis=-1)


def _more(people: Floats) -> str:
    if abs(people.mean()) < 1:
        return "By the end as many people have needs and no help from the council as without the plan."
    less = people.mean() < 0
    told = words.about(-people if less else people)
    return f"By the end {told} {'fewer' if less else 'more'} people have needs and no help from the council."


def _carers(unchanged: Projection, r: Projection) -> str:
    """A sentence on family carers who are supported no more, or newly."""
    change = (carers_supported(r) - carers_supported(unchanged))[:, -1]
    if abs(change.mean()) < 1:
        return ""
    less = change.mean() < 0
    return f" {words.about(-change if less else change).capitalize()} {'fewer' if less else 'more'} family carers are supported."


def _saving(e: erosion.Erosion) -> Exhibit:
    """Saving by year, beside what it would be had nobody's needs changed."""
    labels = tuple(f"year {y + 1}" for y in range(e.years))
    lines = {"saving": e.saving, "had needs not changed": e.first}
    return Exhibit("What is left of the saving", told(e), "pounds/year", labels, lines)


def _share(part: Floats, whole: Floats) -> str:
    return f"{100 * (part[:, -1] / whole[:, -1]).mean():.0f}"


def _years(count: int) -> str:
    return {5: "five years", 10: "ten years"}.get(count, f"{count} years")
