"""Libraries as the national schema for open library data lists them: opening hours by day, names and kinds in its words.

The schema (LibrariesHacked, with the British Library and the Department for Culture) has a row a library: name, postcode,
who runs it, the years it opened and closed, and hours of every day as 08:30-18:00, several spans with commas between. It has
no point on the map, no users and no costs.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import polars as pl

from ..place import TableSpec
from .faults import Fault, quoted
from .tables import RawTable

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SPAN = re.compile(
    r"(\d{1,2})[:.]?(\d\d)?\s*(am|pm)?\s*(?:-|\u2013|to)\s*(\d{1,2})[:.]?(\d\d)?\s*(am|pm)?", re.IGNORECASE
)
_SHUT = ("", "closed", "shut", "-", "n/a", "none", "0")
_RUN_BY = {
    "lal": "council",
    "lal-": "council",
    "cl": "commissioned",
    "crl": "community",
    "icl": "community",
    "cal": "council",
}
RENAMED = {"library_name": "name", "type_of_library": "run_by"}


def adapted(raw: RawTable, spec: TableSpec, faults: list[Fault]) -> RawTable:
    """The table with the columns of `spec` that can be made of the national schema's, told; others as they are."""
    days = [c for c in raw.cells.columns if c.partition("_")[0] in DAYS and c.endswith("hours")]
    if spec.name != "venues" or not days or not set(DAYS) & {d.partition("_")[0] for d in days}:
        return raw
    cells, made = raw.cells, []
    if "hours" not in cells:
        told: list[Fault] = []
        cells = cells.with_columns(hours=_week(raw, days, told), staffed_hours=_week(raw, _staffed(days), []))
        faults.extend(told)
        made += ["hours", "staffed_hours"]
    if "name" not in cells and "library_name" in cells:
        cells = cells.with_columns(name=pl.col("library_name"))
        made.append("name")
    if "id" not in cells and "name" in cells:
        cells = cells.with_columns(id=_ids(cells["name"]))
        made.append("id")
    if "type" not in cells and "library_name" in cells:
        cells = cells.with_columns(type=pl.lit("library"))
        made.append("type")
    if "run_by" not in cells and "type_of_library" in cells:
        kind = pl.col("type_of_library").str.to_lowercase().str.strip_chars()
        shut = pl.col("year_closed").is_not_null() if "year_closed" in cells else pl.lit(False)
        run = pl.when(shut).then(pl.lit("closed")).otherwise(kind.replace(_RUN_BY))
        cells = cells.with_columns(run_by=run)
        made.append("run_by")
    if made:
        week = [float(h) for h in cells["hours"].to_list() if h]
        shown = f", {week[0]:g} a week in the first row" if week and "hours" in made else ""
        mend = f"Made from them: {', '.join(made)}{shown}."
        faults.append(
            Fault(
                raw.file,
                raw.header,
                "",
                "columns of the national library schema",
                "those of a venues table",
                mend,
                "warning",
            )
        )
    used = {*days, "library_name", "type_of_library", "year_closed", "year_opened", "local_authority", "statutory"}
    names = {c: raw.written.get(c, c) for c in cells.columns if c not in used}
    return replace(raw, cells=cells.select(list(names)), written=names)


def _staffed(days: list[str]) -> list[str]:
    """Columns of hours with staff; those of a day that is not split count as staffed."""
    return [d for d in days if "unstaffed" not in d]


def _week(raw: RawTable, days: list[str], faults: list[Fault]) -> pl.Series:
    """Hours a week of every row, as text; blank where no day says any."""
    sums = np.zeros(len(raw.rows))
    said = np.zeros(len(raw.rows), dtype=bool)
    for day in days:
        for i, text in enumerate(raw.cells[day].to_list()):
            hours = spans(text or "")
            if hours is None:
                mend = "Several spans stand with commas between; a day that is shut stays blank."
                faults.append(
                    Fault(raw.file, int(raw.rows[i]), raw.written[day], quoted(text), "such as 08:30-18:00", mend)
                )
                continue
            sums[i] += hours
            said[i] |= hours > 0
    return pl.Series("hours", [f"{h:g}" if s else None for h, s in zip(sums, said, strict=True)], dtype=pl.String)


def spans(text: str) -> float | None:
    """Hours in a day's spans (`09:00-12:30,13:30-17:00`) or as a number; None where it is neither."""
    plain = text.strip().casefold()
    if plain in _SHUT:
        return 0.0
    if re.fullmatch(r"\d{1,2}(\.\d+)?", plain):
        return float(plain) if float(plain) <= 24 else None
    total = 0.0
    for part in re.split(r"\s*[,;&]\s*|\s+and\s+", plain):
        match = _SPAN.fullmatch(part.strip())
        if match is None:
            return None
        start, end = (_hour(match[i], match[i + 1], match[i + 2]) for i in (1, 4))
        if match[3] is None and match[6] is None and end < start <= 12:
            end += 12
        if not 0 <= start < end <= 24:
            return None
        total += end - start
    return total


def _hour(hours: str, minutes: str | None, half: str | None) -> float:
    at = int(hours) + int(minutes or 0) / 60
    if half == "pm" and at < 12:
        return at + 12
    return at - 12 if half == "am" and at >= 12 else at


def _ids(names: pl.Series) -> pl.Series:
    """Short names, each once."""
    seen: dict[str, int] = {}
    ids = []
    for name in names.to_list():
        plain = (
            re.sub(r"[^a-z0-9]+", "_", re.sub(r"\blibrary\b", "", (name or "library").casefold())).strip("_")
            or "library"
        )
        seen[plain] = seen.get(plain, 0) + 1
        ids.append(plain if seen[plain] == 1 else f"{plain}_{seen[plain]}")
    return pl.Series("id", ids, dtype=pl.String)
