"""What library services publish in the national schema (schema.librarydata.uk): members by area, visits to buildings.

Members are counted by small area on one day, not by library; visits by library over spells of counting: months of an
automatic counter, or a week a quarter by hand. Opening hours, the schema's third table, are read as a venues table as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..files import Fault, Faults
from ..files.columns import Checked, check_columns
from ..files.dates import DateError, parse_date
from ..files.faults import has_errors, quoted
from ..files.header import wanted_by
from ..files.tables import read_table
from ..numbers import ratio
from ..place import Column, TableSpec
from .membership import plain
from .places import areas_and_venues, with_users, with_visits

YEAR = 365.25
WHOLE = 300
"""Days counted from which a year's visits are taken as counted and not as a sample."""
NEAR_KM = 0.5
"""Least distance of an area to a library: areas have an extent."""
_LISTED = 8

Floats = NDArray[np.float64]
MEMBERSHIP = TableSpec(
    "membership",
    "members by area",
    (
        Column("local_authority", "text", "who counted"),
        Column("count_date", "text", "day of the count"),
        Column("area_code", "text", "small area where members live"),
        Column("members", "count", "members", unit="people"),
    ),
    key=("local_authority", "count_date", "area_code"),
)
VISITS = TableSpec(
    "physical_visits",
    "visits by library and spell of counting",
    (
        Column("local_authority", "text", "who counted"),
        Column("library_name", "text", "library"),
        Column("count_start", "text", "first day"),
        Column("count_end", "text", "last day"),
        Column("count_type", "text", "how it was counted", required=False),
        Column("visits", "number", "visits in that time", unit="ratio", low=0, high=1e9),
    ),
    key=("local_authority", "library_name", "count_start", "count_end"),
)


@dataclass(frozen=True)
class Read:
    """A table, the venues table where it is asked for, and what was read, left out and judged."""

    table: pl.DataFrame
    venues: pl.DataFrame
    notes: list[str]


def membership(file: Path, folder: Path, service: str = "libraries") -> Read:
    """Members by area of a place, and its venues table with users: members shared out among the own libraries.

    The latest count of the file is taken. Raises `Faults`.
    """
    checked = _checked(file, MEMBERSHIP)
    days = _days(checked, "count_date")
    t = checked.table
    last = days == days.max()
    counts = np.where(t.suppressed.get("members", False), 2.5, t.numbers("members"))
    areas, venues, written = areas_and_venues(folder, service)
    people = dict.fromkeys(areas["id"].to_list(), 0.0)
    elsewhere = 0.0
    for area, count in zip(np.array(t.words("area_code"), dtype=object)[last], counts[last], strict=True):
        if area in people:
            people[area] += float(count)
        else:
            elsewhere += float(count)
    inside = float(sum(people.values()))
    if inside == 0:
        mend = "Area codes are those of small areas (LSOA) as they were in 2011: are those of the place others?"
        raise Faults([Fault(file.name, None, "area_code", "no area of the place", "areas of areas.csv", mend)])
    users = _shared(areas, venues, written, np.array(list(people.values())))
    table = pl.DataFrame({"area": list(people), "members": [round(n, 1) for n in people.values()]})
    day = date.fromordinal(int(days.max())).isoformat()
    notes = [
        f"Read: {int(last.sum()):,} areas of {file.name}, counted on {day}"
        + (f"; {int((~last).sum()):,} rows of earlier counts are left out." if not last.all() else "."),
        f"Kept: {inside:,.0f} members in {sum(n > 0 for n in people.values()):,} areas of the place. {elsewhere:,.0f} live in "
        "areas that the place does not have: they are left out.",
        "Members need not have borrowed or come: users are fewer. The schema does not say at which library they are.",
        "Judged: members of an area are shared out among the council's libraries by opening hours over the square of the "
        "distance (Huff's model with its usual exponent). A use table, by area and library, says it better.",
    ]
    return Read(table, with_users(written, users), notes)


def _shared(areas: pl.DataFrame, venues: pl.DataFrame, written: pl.DataFrame, members: Floats) -> dict[str, float]:
    """Members by library: each area's by hours over squared distance, among libraries inside the place."""
    text = {c: written[c] for c in written.columns}
    hours = (
        text["hours"].cast(pl.Float64, strict=False).fill_null(0.0).to_numpy()
        if "hours" in text
        else np.ones(len(venues))
    )
    outside = (
        text["outside"].is_in(["1", "1.0", "yes", "true"]).fill_null(False).to_numpy() if "outside" in text else False
    )
    pull = np.where(outside, 0.0, hours)
    points = (areas.select("x", "y").to_numpy(), venues.select("x", "y").to_numpy())
    km = np.hypot(*np.moveaxis(points[0][:, None, :] - points[1][None, :, :], -1, 0)) / 1000
    weight = pull / np.maximum(km, NEAR_KM) ** 2
    total = members @ ratio(weight, weight.sum(axis=1, keepdims=True), 0.0)
    return {v: float(n) for v, n, p in zip(venues["id"].to_list(), total, pull, strict=True) if p > 0}


def visits(file: Path, folder: Path, service: str = "libraries") -> Read:
    """Visits a year by library of a place, and its venues table with them. Raises `Faults`."""
    checked = _checked(file, VISITS)
    start, end = _days(checked, "count_start"), _days(checked, "count_end")
    _spells(checked, start, end)
    _, venues, written = areas_and_venues(folder, service)
    names = checked.table.words("library_name")
    known = {plain(name): venue for venue, name in venues.select("id", "name").iter_rows()}
    rows: list[tuple[str, str | None, float, int]] = []
    for name in dict.fromkeys(names):
        at = np.array([n == name for n in names])
        at &= end > end[at].max() - 365  # the last year that was counted
        counted = int((end[at] - start[at] + 1).sum())
        a_year = float(checked.table.numbers("visits")[at].sum()) * (1.0 if counted >= 365 else YEAR / counted)
        rows.append((name, known.get(plain(name)), round(a_year), counted))
    schema = {"library": pl.String, "venue": pl.String, "visits": pl.Float64, "days_counted": pl.Int64}
    table = pl.DataFrame(rows, schema=schema, orient="row")
    found = table.filter(pl.col("venue").is_not_null())
    if found.is_empty():
        mend = f"The file has {', '.join(table['library'].head(_LISTED))}."
        raise Faults([Fault(file.name, None, "library_name", "no library of the place by name", "one at least", mend)])
    return Read(table, with_visits(written, dict(found.select("venue", "visits").iter_rows())), _said(file, table))


def _said(file: Path, table: pl.DataFrame) -> list[str]:
    """What was read, scaled and not found."""
    lost = table.filter(pl.col("venue").is_null())["library"].to_list()
    sampled = table.filter(pl.col("days_counted") < WHOLE)["library"].to_list()
    named = f"{', '.join(sampled[:_LISTED])}{' and others' if len(sampled) > _LISTED else ''}"
    notes = [
        f"Read: {table['visits'].sum():,.0f} visits a year to {table.height} libraries of {file.name}, in the last year counted."
    ]
    if sampled:
        notes.append(
            f"Judged: counted on fewer than {WHOLE} days and scaled to a year, as if other days were like them: {named}."
        )
    if lost:
        notes.append(
            f"Not found in the place by name: {', '.join(lost[:_LISTED])}{' and others' if len(lost) > _LISTED else ''}."
        )
    return [*notes, "A visit is anybody who comes in: in a shared building, those who come for something else, too."]


def _checked(file: Path, spec: TableSpec) -> Checked:
    """A file in the schema's columns; raises `Faults`."""
    faults: list[Fault] = []
    raw = read_table(file, file.name, faults, wanted_by(spec))
    checked = check_columns(raw, spec, {}, faults) if raw is not None else None
    if checked is None or has_errors(faults):
        raise Faults(faults)
    return checked


def _days(checked: Checked, column: str) -> NDArray[np.int64]:
    """The days of a column, as numbers; raises `Faults`."""
    faults, found = [], []
    for entry, text in enumerate(checked.table.words(column)):
        try:
            found.append(parse_date(text).toordinal())
        except DateError as e:
            faults.append(Fault(checked.file, int(checked.rows[entry]), column, quoted(text), e.expected, e.mend))
    if faults:
        raise Faults(faults)
    return np.array(found, dtype=np.int64)


def _spells(checked: Checked, start: NDArray[np.int64], end: NDArray[np.int64]) -> None:
    """Refuse spells that end before they begin, and two of one library that overlap: visits would count twice."""
    faults = []
    names: Sequence[str] = checked.table.words("library_name")
    order = np.lexsort((start, np.unique(np.array(names, dtype=str), return_inverse=True)[1]))
    for entry in np.flatnonzero(end < start):
        faults.append(
            Fault(checked.file, int(checked.rows[entry]), "count_end", "a day before count_start", "one after it")
        )
    for one, two in pairwise(order):
        if names[one] == names[two] and start[two] <= end[one]:
            found = f"days of {names[two]} that row {checked.rows[one]:,} counts too"
            mend = "Keep one of the two counts, or their visits count twice."
            faults.append(Fault(checked.file, int(checked.rows[two]), "count_start", found, "each day once", mend))
    if faults:
        raise Faults(faults)
