"""areas.csv and people.csv to `Areas`: coordinates on one flat grid, deprivation, and people by age band."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..place import AGE_BANDS, Areas, Column, TableSpec
from .columns import Checked, check_columns, report
from .faults import Fault
from .grid import BOUNDS, other_system, outside_country, to_metres, what_went_wrong
from .header import wanted_by
from .tables import read_table

Floats = NDArray[np.float64]

AREAS = TableSpec(
    name="areas",
    meaning="small areas, one a row",
    columns=(
        Column("id", "id", "code of the area"),
        Column("name", "text", "name of the area"),
        Column("x", "number", "easting in metres, or longitude in degrees"),
        Column("y", "number", "northing in metres, or latitude in degrees"),
        Column("decile", "number", "deprivation decile, 1 the most deprived", unit="decile", low=1, high=10),
        Column("rural_urban", "choice", "kind of area", required=False, choices=("urban", "town", "rural")),
        Column(
            "no_car_share",
            "number",
            "share of people in households without a car",
            unit="share",
            low=0,
            high=1,
            required=False,
        ),
        Column("district", "text", "district the area lies in", required=False),
        Column("outside", "number", "1 where it lies beyond the boundary", unit="switch", required=False, default=0.0),
    ),
    key=("id",),
)

PEOPLE = TableSpec(
    name="people",
    meaning="people by area and age band",
    columns=(
        Column("area", "ref", "id of the area", refers_to="areas.id"),
        Column("age_band", "choice", "age band", choices=AGE_BANDS),
        Column("people", "number", "people of that age in the area", unit="people", low=0, high=1e6),
        Column("sex", "text", "sex, summed over", required=False),
    ),
    key=("area", "age_band", "sex"),
)

_URBAN = {"urban": 1.0, "town": 0.5, "rural": 0.0, "": np.nan}
_BOTH_SEXES = ("all", "both", "both sexes", "persons", "people", "total", "t", "p", "m+f", "all persons", "all people")


@dataclass(frozen=True)
class ReadAreas:
    """The areas as far as they could be read: `ids` for references, `areas` None where any error was found."""

    ids: tuple[str, ...] | None
    areas: Areas | None
    rows: tuple[int, ...] = ()
    """The spreadsheet's row of every area."""


def read_areas(
    folder: Path, areas_file: str, people_file: str, coordinates: str, faults: list[Fault], hidden_rows: bool = False
) -> ReadAreas:
    """Read both tables and everything that can be said of them, in one pass."""
    wanted = wanted_by(AREAS)
    raw = read_table(folder / areas_file, areas_file, faults, wanted, hidden_rows) if areas_file else None
    checked = check_columns(raw, AREAS, {}, faults) if raw is not None else None
    ids = _ids(checked) if checked is not None else None
    sound = checked is not None and checked.sound
    if checked is not None:
        sound &= check_points(checked, coordinates, faults)
    people = _people(folder, people_file, checked, ids, faults, hidden_rows) if people_file else None
    if checked is None or people is None or not sound:
        return ReadAreas(ids, None)
    found = _areas(checked, people, coordinates)
    if found.outside.all():
        expected, mend = "areas inside the place", "Leave `outside` blank or 0 for those that are the place's own."
        faults.append(Fault(areas_file, None, "outside", "1 in every row", expected, mend))
        return ReadAreas(ids, None)
    _sizes(found, people_file, faults)
    return ReadAreas(ids, found, tuple(int(row) for row in checked.rows))


def check_points(checked: Checked, coordinates: str, faults: list[Fault]) -> bool:
    """Tell every row whose x and y lie outside the country; whether all lie inside."""
    if not {"x", "y"} <= checked.given:
        return True
    x, y = checked.table.numbers("x"), checked.table.numbers("y")
    outside = outside_country(x, y, coordinates)
    (x0, x1), (y0, y1) = BOUNDS[coordinates]
    expected = f"a point in the country: x from {x0:,.10g} to {x1:,.10g}, y from {y0:,.10g} to {y1:,.10g}"
    reason = what_went_wrong(x[outside], y[outside], coordinates) if outside.any() else ""
    report(
        faults,
        checked.file,
        checked.rows,
        outside,
        "x, y",
        lambda i: (f'"{x[i]:.10g}, {y[i]:.10g}"', expected, reason or "Check the coordinates of this row."),
    )
    doubt = "" if outside.any() else other_system(x, y, coordinates)
    if doubt:
        certain = "swapped" not in doubt
        shown = f'"{x[0]:.10g}, {y[0]:.10g}" in the first row' if len(x) else "coordinates"
        severity = "error" if certain else "warning"
        faults.append(Fault(checked.file, None, "x, y", shown, "points on the National Grid", doubt, severity))
        return not certain
    return not outside.any()


def people_rewrite(cells: pl.Series) -> pl.Series:
    """Age bands in their usual other spellings: `0 to 15`, `Aged 16-24`, `85 and over`, `Under 16`."""
    plain = cells.str.to_lowercase().str.replace(r"^(age[ds]?)\s*", "").str.replace(r"\s*(years?|yrs)( old)?$", "")
    plain = plain.str.replace_all("[\u2010-\u2015]", "-").str.replace(r"\s*(-|\bto\b)\s*", "-")
    plain = plain.str.replace(r"^(\d+)\s*(\+|plus|and (over|older|above)|or (over|older|more))$", "$1+")
    plain = plain.str.replace(r"^(under 16|<\s*16)$", "0-15").str.replace(r"^(over 84|>\s*84|85-90\+?)$", "85+")
    return plain.str.replace_all(r"\s+", "")


def _ids(checked: Checked) -> tuple[str, ...] | None:
    """Ids of the areas; None where the column is missing, so that nothing is held against it."""
    return checked.table.words("id") if "id" in checked.given else None


def _people(
    folder: Path,
    file: str,
    areas: Checked | None,
    ids: tuple[str, ...] | None,
    faults: list[Fault],
    hidden_rows: bool,
) -> Floats | None:
    """People by area and age band; None where they could not be read."""
    raw = read_table(folder / file, file, faults, wanted_by(PEOPLE), hidden_rows)
    if raw is None:
        return None
    known: Mapping[str, tuple[str, ...]] = {"areas.id": ids} if ids is not None else {}
    checked = check_columns(raw, PEOPLE, known, faults, {"age_band": people_rewrite})
    sound = checked.sound & _one_kind_of_total(checked, faults)
    if areas is None or ids is None or not {"area", "age_band", "people"} <= checked.given:
        return None
    _every_band(checked, ids, faults)
    people = _summed(checked, ids)
    if any(f.file == file and f.column == "area" and f.severity == "error" for f in faults):
        return None  # ids that do not agree leave areas empty: they are the cause, and told already
    return people if _somebody_everywhere(people, areas, file, faults) and sound else None


def _summed(checked: Checked, ids: tuple[str, ...]) -> Floats:
    """`people[area, age_band]`, summed over sex; rows at fault are left out."""
    row = {area: i for i, area in enumerate(ids)}
    band = {name: i for i, name in enumerate(AGE_BANDS)}
    where = np.array([row.get(a, -1) for a in checked.table.words("area")], dtype=np.int64)
    which = np.array([band.get(b, -1) for b in checked.table.words("age_band")], dtype=np.int64)
    good = (where >= 0) & (which >= 0)
    people = np.zeros((len(ids), len(AGE_BANDS)))
    np.add.at(people, (where[good], which[good]), np.nan_to_num(checked.table.numbers("people"))[good])
    return people


def _somebody_everywhere(people: Floats, areas: Checked, file: str, faults: list[Fault]) -> bool:
    """Tell the areas where nobody lives: an error inside, a warning beyond the boundary."""
    empty = people.sum(axis=1) <= 0
    outside = areas.table.numbers("outside") > 0
    ids = areas.table.words("id")

    def describe(i: int) -> tuple[str, str, str]:
        return f'nobody in {file} for "{ids[i]}"', "people in every area", "Add its people, or delete the area."

    report(faults, areas.file, areas.rows, empty & ~outside, "id", describe)
    report(faults, areas.file, areas.rows, empty & outside, "id", describe, "warning")
    return not (empty & ~outside).any()


def _every_band(checked: Checked, ids: tuple[str, ...], faults: list[Fault]) -> None:
    """Say how many areas lack a row for an age band: nobody of that age is taken to live there."""
    t = checked.table
    there = set(zip(t.words("area"), t.words("age_band"), strict=True))
    bands = [b for b in AGE_BANDS if any(band == b for _, band in there)]
    some = {area for area, _ in there}  # an area without any row is told by itself
    absent = [(a, b) for a in ids if a in some for b in bands if (a, b) not in there]
    if absent and checked.sound and len(bands) == len(AGE_BANDS):
        found = f"no row for {absent[0][0]}, {absent[0][1]}"
        mend = "Nobody of that age is taken to live there: add the row, with 0 if that is so."
        more = len(absent) - 1
        faults.append(
            Fault(checked.file, None, "age_band", found, "every age of every area", mend, "warning", more=more)
        )


LARGEST_AREA, ALIKE = 100_000, 50.0
"""People of the usual area beyond which areas are no small ones; times the usual number of an age that one area may have."""


def _sizes(areas: Areas, file: str, faults: list[Fault]) -> None:
    """Warn of areas as large as districts, and of one that has many times the people of the others."""
    usual = float(np.median(areas.people.sum(axis=1)))
    if usual > LARGEST_AREA:
        found, mend = (
            f"{usual:,.0f} people in the usual area",
            "Is it a thousand times too large, or are these districts?",
        )
        expected = "small areas (of England's, 1,000 to 3,000 people)"
        faults.append(Fault(file, None, "people", found, expected, mend, "warning"))
    typical = np.median(areas.people, axis=0)
    many = (areas.people > ALIKE * np.maximum(typical, 20)) & (len(areas.ids) > 3)
    for area, band in np.argwhere(many)[:1]:
        found = f"{areas.people[area, band]:,.0f} people of {AGE_BANDS[band]} in {areas.ids[area]}"
        expected = f"about as many as in other areas, {typical[band]:,.0f}"
        mend = "Is it a thousand times too large?"
        faults.append(Fault(file, None, "people", found, expected, mend, "warning", more=int(many.sum()) - 1))


def _one_kind_of_total(checked: Checked, faults: list[Fault]) -> bool:
    """Refuse rows for both sexes together beside rows for each, which would count people twice."""
    words = np.array([w.casefold() for w in checked.table.words("sex")], dtype=object)
    total = np.isin(words, _BOTH_SEXES)
    if not total.any() or total.all():
        return True
    mend = "Keep the rows by sex or the rows for all, or people count twice."
    report(
        faults, checked.file, checked.rows, total, "sex", lambda i: (f'"{words[i]}"', "one sex, as in other rows", mend)
    )
    return False


def _areas(checked: Checked, people: Floats, coordinates: str) -> Areas:
    table = checked.table
    x, y = to_metres(table.numbers("x"), table.numbers("y"), coordinates)
    districts = table.words("district")
    return Areas(
        ids=table.words("id"),
        names=table.words("name"),
        x_km=x / 1000,
        y_km=y / 1000,
        decile=table.numbers("decile").astype(np.int64),
        people=people,
        outside=table.numbers("outside") > 0,
        urban=np.array([_URBAN[word] for word in table.words("rural_urban")]),
        no_car_share=table.numbers("no_car_share").copy(),
        districts=districts if any(districts) else (),
    )
