"""`withless waits project`: a list taken on by the week, with ranges that hold past forecasts' errors, next to the naive one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from ... import units
from ...assumptions import Draws
from ...place import Instance
from ...service import Misused, Model, Shown
from . import outlook, printing
from . import project as projecting
from .calendar_weeks import by_week
from .observed import names_of
from .rates import Observed, Rates

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None] | None

MOST_WEEKS = 520


def project(
    models: Sequence[Model],
    progress: Progress,
    *,
    capacity: Annotated[str, "Treatments against today's, such as -5% or 0.95."] = "0%",
    arrivals: Annotated[str, "People who come on to the list, likewise."] = "0%",
    only: Annotated[str | None, "Change these specialties or strata alone, by commas."] = None,
    share_longest: Annotated[str, "Share of capacity that goes to the longest waiters first."] = "0%",
    share_urgent: Annotated[str, "How far the urgent are protected beyond what the register says."] = "0%",
    validation: Annotated[str, "Share of those waiting 12 weeks or longer checked in the first quarter."] = "0%",
    weeks: Annotated[int, "How many weeks on from the day the list was counted."] = 104,
    by: Annotated[str | None, "specialty: a row for each as well."] = None,
) -> Shown:
    """Take a list on: who waits, how long, who is treated and who leaves untreated.

    Every range holds what is uncertain in the estimates and what forecasts of England's list were off by in the past. The
    naive forecast, that the list stays as it is, stands beside it.

    Examples:
      withless waits project northshire
      withless waits project northshire --capacity -5% --weeks 104
      withless waits project northshire --capacity -10% --only T_O/admitted --by specialty

    """
    if by not in (None, "specialty"):
        raise Misused(f"--by is specialty, not {by}.")
    if not 4 <= weeks <= MOST_WEEKS:
        raise Misused(f"--weeks is 4 to {MOST_WEEKS}, not {weeks}.")
    change = Change(
        1 + signed("capacity", capacity), 1 + signed("arrivals", arrivals), share("share-longest", share_longest),
        share("share-urgent", share_urgent), share("validation", validation), only,
    )  # fmt: skip
    horizons = (*tuple(h for h in (13, 26, 52) if h < weeks), weeks)
    sides = {"nothing changes": Change()} | ({} if change == Change() else {change.said: change})
    place, instance, blocks = models[0].place, models[0].instance, [model.draws for model in models]
    known = projecting.rates_of(instance)
    found = forecast(instance, known, blocks, sides, horizons, progress)
    told = printing.Told(
        place, instance, known[1], horizons, [*(names_of(instance)[s] for s in known[1].specialties), "all"],
        found.basis, found.figures, found.change, len(blocks) * 64,
    )  # fmt: skip
    return Shown(printing.projection_text(told, by is not None), printing.data(told), printing.rows(told))


@dataclass(frozen=True)
class Forecast:
    """What is printed of a list taken on: what it is stated from, figures[side][quantity][mean, p10, p90][group, horizon], and
    what the change makes of it, `change`[quantity][mean, p10, p90], empty without one.
    """

    basis: outlook.Basis
    figures: Mapping[str, outlook.Figures]
    change: outlook.Figures


def forecast(
    instance: Instance,
    known: tuple[Observed, Rates],
    blocks: Sequence[Draws],
    sides: Mapping[str, Change],
    horizons: tuple[int, ...],
    progress: Progress = None,
) -> Forecast:
    """The list of an instance taken on from what is `known` of it, by every side, the first being that nothing changes."""
    rates, names = known[1], list(sides)
    moving = bool(projecting.front_of(instance, blocks[0], rates, 1).any())
    runs: dict[str, list[outlook.Paths]] = {name: [] for name in (*names, *(["still"] if moving else []))}
    line = by_week(rates.month, horizons[-1])
    for done, draws in enumerate(blocks, 1):
        for name, parts in runs.items():
            levers = sides.get(name, sides[names[0]]).levers(instance, rates, horizons[-1])
            run = projecting.take_on(instance, known, draws, line, levers, still=name not in sides)
            parts.append(outlook.read(run, horizons))
        if progress is not None:
            progress(done, len(blocks))
    paths = {name: outlook.joined(parts) for name, parts in runs.items()}
    basis = outlook.Basis(
        paths[names[0]], paths.get("still"), outlook.today(rates.stock.sum(axis=1)), len(known[0].months)
    )
    uniforms = outlook.uniforms_of(blocks)
    figures = {name: outlook.ranges(paths[name], basis, uniforms) for name in names}
    change = outlook.changed(paths[names[0]], paths[names[1]]) if len(names) > 1 else {}
    return Forecast(basis, figures, change)


@dataclass(frozen=True)
class Change:
    """What a command changes: capacity and arrivals against today's, disciplines and validation as shares."""

    capacity: float = 1.0
    arrivals: float = 1.0
    longest: float = 0.0
    urgent: float = 0.0
    validation: float = 0.0
    only: str | None = None

    @property
    def said(self) -> str:
        """The change in words."""
        words = []
        for name, value in (("capacity", self.capacity), ("arrivals", self.arrivals)):
            if value != 1:
                words.append(f"{name} {100 * (value - 1):+.3g}%")
        for name, value in (
            ("longest first", self.longest),
            ("urgent protected", self.urgent),
            ("checked", self.validation),
        ):
            if value:
                words.append(f"{100 * value:.3g}% {name}")
        return ", ".join(words) + (f" ({self.only})" if self.only else "")

    def levers(self, instance: Instance, rates: Rates, weeks: int) -> projecting.Levers:
        """The levers of a run of so many weeks."""
        today = projecting.today(rates, weeks)
        found = {f.name: getattr(today, f.name).copy() for f in fields(today)}
        cells, rows = _only(self.only, instance, rates)
        found["capacity"][:, cells] *= self.capacity
        found["arrivals"][:, rows] *= self.arrivals
        found["longest_first"][:, rows] = self.longest
        found["urgent_first"][:, rows] = self.urgent
        found["validation"][:, rows, :13] = self.validation
        return projecting.Levers(**found)


def _only(only: str | None, instance: Instance, rates: Rates) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which lists are changed: bool[specialty, part] and, where all parts are, bool[specialty]."""
    cells = np.zeros((len(rates.specialties), len(rates.parts)), dtype=bool)
    if only is None:
        return np.ones_like(cells), np.ones(len(cells), dtype=bool)
    for word in (w.strip() for w in only.split(",") if w.strip()):
        specialty, _, part = word.partition("/")
        if specialty not in rates.specialties or (part and part not in rates.parts):
            known = ", ".join(rates.specialties)
            raise Misused(
                f"--only: no {word!r} in {instance.name}; there are {known}, each with /{' or /'.join(rates.parts)}."
            )
        s = rates.specialties.index(specialty)
        cells[s, rates.parts.index(part) if part else slice(None)] = True
    rows = np.asarray(cells.any(axis=1), dtype=np.bool_)
    return cells, rows


def signed(name: str, text: str) -> float:
    """A change as a share: -5%, +3%, or a level such as 0.95 (a change of -0.05)."""
    try:
        value = units.parse(text, "ratio")
    except units.UnitError as error:
        raise Misused(f"--{name}: {error}") from None
    change = value if text.strip().endswith("%") else value - 1
    if not -1 <= change <= 2:
        raise Misused(f"--{name} is -100% to +200%, or 0 to 3 times today's, not {text}.")
    return change


def share(name: str, text: str) -> float:
    """A share, 0 to 1, as people write it: 92% or 0.92."""
    try:
        value = units.parse(text, "share")
    except units.UnitError as error:
        raise Misused(f"--{name}: {error}") from None
    if not 0 <= value <= 1:
        raise Misused(f"--{name} is 0% to 100%, not {text}.")
    return value
