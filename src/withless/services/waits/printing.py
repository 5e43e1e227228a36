"""What the commands of the waits service say: tables of 80 columns, JSON and rows, from the same figures."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...place import Instance, Place
from . import outlook
from .forecast_error import MEASURED_WEEKS, measured, naive_weight
from .rates import Rates

Floats = NDArray[np.float64]
Figures = Mapping[str, Mapping[str, Floats]]

TITLES = {
    "list": "on the list",
    "within_18": "within 18 weeks, %",
    "median": "median, weeks",
    "percentile_92": "92 in 100, weeks",
    "over_52": "52 weeks or longer",
    "over_65": "65 weeks or longer",
    "over_78": "78 weeks or longer",
    "over_104": "104 weeks or longer",
    "treated": "treated so far",
    "left_untreated": "left untreated",
    "person_days": "days waited, 1,000",
}
PEOPLE = ("list", "over_52", "over_65", "over_78", "over_104", "treated", "left_untreated")
LABEL, TODAY, CELL, WIDE = 20, 7, 17, 20
SHOWN = 3
"""Horizons that a table of 80 columns holds."""


@dataclass(frozen=True)
class Told:
    """What a projection found, and what it is stated from; figures[side][quantity][mean, p10, p90][group, horizon]."""

    place: Place
    instance: Instance
    rates: Rates
    horizons: tuple[int, ...]
    groups: Sequence[str]
    basis: outlook.Basis
    figures: Mapping[str, Figures]
    change: Figures
    draws: int

    @property
    def now(self) -> Mapping[str, Floats]:
        """The list as it was counted: {quantity: float[group]}."""
        return self.basis.now

    def weight(self, quantity: str, horizon: int) -> float:
        """Weight of the naive forecast in what is stated of the whole list at a horizon."""
        weight = naive_weight(measured()[quantity], outlook.fall(self.basis, quantity))[-1, horizon]
        return float(1 - (1 - weight) * (1 - self.basis.lacking))


def projection_text(told: Told, by_specialty: bool) -> str:
    """The projection for people."""
    lines = [*_intro(told)]
    for name, figures in told.figures.items():
        lines += [f"If {name}:" if name == "nothing changes" else f"With {name}:", *_table(told, figures), ""]
    if told.change:
        lines += ["What that changes, on the same draws:", *_table(told, told.change, naive=False), ""]
    if by_specialty:
        lines += _by_specialty(told)
    return "".join(f"{line}\n" for line in [*lines, *_notes(told)])


def _intro(told: Told) -> list[str]:
    invented = " (an invented place)" if told.place.invented else ""
    year, month = told.rates.month
    many = len(told.rates.specialties)
    return [
        *textwrap.wrap(
            f"{told.instance.title or told.instance.name}, {told.place.name}{invented}: the list, taken on", 80
        ),
        f"Counted at the end of {year}-{month:02d}; {many} specialt{'y' if many == 1 else 'ies'}, {told.draws} draws.",
        "",
    ]


def _table(told: Told, figures: Figures, naive: bool = True) -> list[str]:
    """Rows of quantities, columns of weeks from now; beneath each figure the range that holds 80 in 100."""
    at = list(range(len(told.horizons)))[-SHOWN:]
    cell, before = (CELL, TODAY) if naive else (WIDE, 0)
    today = "today" if naive else ""
    lines = [" " * LABEL + f"{today:>{before}}" + "".join(f"{f'{told.horizons[h]} weeks':>{cell}}" for h in at)]
    for name, title in TITLES.items():
        if name not in figures or (name in ("over_65", "over_78", "over_104") and not _matters(figures[name], at)):
            continue
        row = {k: v[-1] for k, v in figures[name].items()}
        now = _number(name, told.now[name][-1]) if naive and name in told.now else ""
        signed = not naive
        lines.append(
            f"{title:<{LABEL}}{now:>{TODAY}}" + "".join(f"{_number(name, row['mean'][h], signed):>{CELL}}" for h in at)
        )
        ranges = (f"{_number(name, row['p10'][h], signed)} to {_number(name, row['p90'][h], signed)}" for h in at)
        lines.append(" " * (LABEL + before) + "".join(f"{r:>{cell}}" for r in ranges))
    return lines


def _matters(figures: Mapping[str, Floats], at: Sequence[int]) -> bool:
    return bool(np.abs(np.stack(list(figures.values()))[:, -1, at]).max() >= 0.5)


def _by_specialty(told: Told) -> list[str]:
    """A row a specialty at the last horizon, under the last side shown."""
    name, figures = list(told.figures.items())[-1]
    words = ("list", "within_18", "median", "percentile_92", "over_52", "treated")
    heads = ("list", "18 wks %", "median", "92nd", "over 52", "treated")
    lines = [
        f"By specialty, {told.horizons[-1]} weeks on, {'if' if name == 'nothing changes' else 'with'} {name}:",
        f"{'':<22}{'list now':>9}" + "".join(f"{h:>8}" if h != "18 wks %" else f"{h:>9}" for h in heads),
    ]
    for g, group in enumerate(told.groups):
        cells = [_number(w, figures[w]["mean"][g, -1]) for w in words]
        row = "".join(f"{c:>{9 if w == 'within_18' else 8}}" for c, w in zip(cells, words, strict=True))
        lines.append(f"{group[:21]:<22}{_number('list', told.now['list'][g]):>9}{row}")
    return [*lines, ""]


def _notes(told: Told) -> list[str]:
    year = next((h for h, weeks in enumerate(told.horizons) if weeks >= MEASURED_WEEKS), len(told.horizons) - 1)
    weights = {q: f"{100 * told.weight(q, year):.0f}" for q in ("list", "within_18", "percentile_92", "over_52")}
    few = told.basis.lacking > 0
    of_list = f"{weights['list']} in 100 of the list, " if few else ""
    notes = [
        "Under each figure is the range that holds 80 in 100 outcomes: what forecasts of England's list were off by, and what "
        "is uncertain in the estimates beyond that. The naive forecast is that all stays as in the column of today.",
        "Left untreated are people who went elsewhere, got better, gave up or died, and those taken off by checks: no "
        "saving.",
        f"{'All' if few else 'All but the list'} are a mean with the naive forecast, which weighs "
        f"{of_list}{weights['within_18']} in 100 of the 18 weeks and the "
        f"median, and after {told.horizons[year]} weeks {weights['percentile_92']} of the 92nd percentile and "
        f"{weights['over_52']} of those over 52 weeks: the less, the more the front of long waits moves. From long waits is "
        "taken off what they came out too high by in hindcasts of England."
        + (" It weighs more than in a list of a year of months or more, since so few show less." if few else ""),
    ]
    if told.basis.still is not None:
        how = (
            "at the speed of the months at hand" if np.isfinite(told.rates.front_speed) else "at a speed that is drawn"
        )
        notes.append(f"Drives against waits of over 39 weeks are taken to go on {how}, ever slower.")
    if told.horizons[-1] > MEASURED_WEEKS:
        notes.append(
            f"Errors were measured to {MEASURED_WEEKS} weeks; beyond, that they go on growing alike is judged."
        )
    notes += told.rates.notes
    return [line for note in notes for line in textwrap.wrap(note, 80)]


def _number(name: str, value: float, signed: bool = False) -> str:
    """A number as its quantity is read: people to three figures, weeks and points to a tenth."""
    if not np.isfinite(value):
        return "-"
    if name == "person_days":
        value = value / 1000
    sign = "+" if signed and value > 0 else ""
    if name in ("within_18", "median", "percentile_92"):
        return f"{sign}{value:.1f}"
    if abs(value) >= 99_950:
        return f"{sign}{value / 1000:,.0f}k"
    if abs(value) >= 1000:
        digits = len(str(int(abs(value)))) - 3
        value = round(value, -digits)
    return "0" if abs(value) < 0.5 else f"{sign}{value:,.0f}"


def data(told: Told) -> dict[str, Any]:
    """The same for JSON; what is undefined is null."""
    return {
        "place": told.place.name,
        "invented": told.place.invented,
        "service": told.instance.name,
        "counted": f"{told.rates.month[0]}-{told.rates.month[1]:02d}",
        "draws": told.draws,
        "weeks": list(told.horizons),
        "groups": list(told.groups),
        "today": {k: _list(v) for k, v in told.now.items()},
        "naive": "as today",
        "naive_weight": {
            q: naive_weight(error, outlook.fall(told.basis, q)).tolist() for q, error in measured().items()
        },
        "projections": {name: _figures(f) for name, f in told.figures.items()},
        "change": _figures(told.change),
        "notes": list(told.rates.notes),
    }


def _figures(figures: Figures) -> dict[str, Any]:
    return {q: {k: _list(v) for k, v in parts.items()} for q, parts in figures.items()}


def _list(values: Floats) -> Any:
    """Nested lists with None for what is not finite."""
    array = np.asarray(values)
    if array.ndim > 1:
        return [_list(row) for row in array]
    return [float(v) if np.isfinite(v) else None for v in array]


def rows(told: Told) -> list[dict[str, Any]]:
    """A row for each projection, group, week and quantity."""
    out = []
    for name, figures in told.figures.items():
        for q, parts in figures.items():
            for g, group in enumerate(told.groups):
                for h, weeks in enumerate(told.horizons):
                    naive = float(told.now[q][g]) if q in told.now and np.isfinite(told.now[q][g]) else ""
                    cells = {k: float(v[g, h]) if np.isfinite(v[g, h]) else "" for k, v in parts.items()}
                    out.append({"if": name, "group": group, "weeks": weeks, "quantity": q, **cells, "naive": naive})
    return out
