"""A folder that holds the tables of one service and nothing else, as a place: no areas, no people, no plan."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..place import AGE_BANDS, Areas, Calendar, Instance, Place, Table
from ..service import Service
from .faults import Fault, Faults, has_errors, in_order
from .folder import ENDINGS, read_folder

YEARS = 3
"""Financial years of the calendar; nothing that needs one is asked of a service alone."""

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def is_alone(folder: Path, service: Service) -> bool:
    """Whether a folder has no place.yaml but the first table of a service."""
    first = service.tables[0].name
    return not (folder / "place.yaml").exists() and any((folder / f"{first}{e}").is_file() for e in ENDINGS)


def place_alone(folder: Path, service: Service) -> tuple[Place, list[Fault]]:
    """The place, with warnings; raises `Faults` with everything that is wrong in any table."""
    tables, faults = read_folder(folder, service.tables)
    name = folder.resolve().name
    instance = Instance(name, service.kind, "", "nhs", np.nan, tables)
    place = Place(name, False, _calendar(tables), "", _nowhere(), {name: instance})
    for p in service.problems(place, instance):
        row = None if p.row is None else p.row + 2
        faults.append(Fault(f"{p.table}.csv", row, p.column, p.found, p.expected, p.mend, p.severity))
    if has_errors(faults):
        raise Faults(faults)
    return place, in_order(faults)


def _calendar(tables: Mapping[str, Table]) -> Calendar:
    """From the quarter after the last month that any table names."""
    words = [w for t in tables.values() if "month" in t for w in t.words("month") if _MONTH.fullmatch(w)]
    year, month = (int(part) for part in max(words, default="2026-03").split("-"))
    quarter = year * 4 + (month - 1) // 3 + 1
    return Calendar(quarter // 4, quarter % 4 * 3 + 1, 4 * YEARS)


def _nowhere() -> Areas:
    """One area in which nobody is counted."""
    one = np.zeros(1)
    return Areas(
        ("all",), ("all",), one, one.copy(), np.array([5]), np.zeros((1, len(AGE_BANDS))), np.zeros(1, np.bool_), one * np.nan,
        one * np.nan,
    )  # fmt: skip
