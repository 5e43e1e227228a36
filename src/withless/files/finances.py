"""reserves.csv and gap.csv to tables of a place: what it has in hand, and what it is short of each year."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from ..finances import GAP, RESERVES
from ..place import Calendar, Table, financial_year
from .columns import Checked, check_columns
from .faults import Fault, quoted
from .header import wanted_by
from .tables import read_table


def read_finances(
    folder: Path, given: Mapping[str, str], calendar: Calendar | None, faults: list[Fault], hidden_rows: bool = False
) -> dict[str, Table]:
    """Both tables as far as they are given: {name: table}; every fault in them is added to `faults`."""
    found: dict[str, Table] = {}
    for spec, check in ((RESERVES, _reserves), (GAP, _gap)):
        file = given.get(spec.name, "")
        raw = read_table(folder / file, file, faults, wanted_by(spec), hidden_rows) if file else None
        if raw is None:
            continue
        checked = check_columns(raw, spec, {}, faults)
        if checked.sound:
            faults.extend(check(checked, calendar))
        found[spec.name] = checked.table
    return found


def _reserves(checked: Checked, _: Calendar | None) -> Iterator[Fault]:
    """More promised out of a reserve than is in it, and less than the minimum from the start."""
    opening, earmarked, minimum = (checked.table.numbers(c) for c in ("opening", "earmarked", "minimum"))
    for i in np.flatnonzero(earmarked > opening):
        found = f"£{earmarked[i]:,.0f} of £{opening[i]:,.0f}"
        yield Fault(
            checked.file, int(checked.rows[i]), "earmarked", found, "at most the opening balance", "Check both."
        )
    usable, least = float((opening - earmarked).sum()), float(minimum.sum())
    if usable < least:
        found = f"usable reserves of £{usable:,.0f}, minimum of £{least:,.0f}"
        mend = "They are below the minimum from the start: check earmarked and minimum."
        yield Fault(checked.file, None, "minimum", found, "less than what is usable", mend, "warning")


def _gap(checked: Checked, calendar: Calendar | None) -> Iterator[Fault]:
    """Years that are none, do not follow each other or start elsewhere; ranges the wrong way round; no spending to start from."""
    table = checked.table
    if calendar is not None:
        yield from _years(checked, calendar)
    for what in ("demand", "prices"):
        low, high = table.numbers(f"{what}_low"), table.numbers(f"{what}_high")
        for i in np.flatnonzero(low > high):
            found = f"{100 * low[i]:g}% to {100 * high[i]:g}%"
            yield Fault(checked.file, int(checked.rows[i]), f"{what}_low", found, "low to high", "Swap the two.")
    if np.isnan(table.numbers("spending")[0]):
        mend = "Later rows may be blank: they are as the one above."
        yield Fault(checked.file, int(checked.rows[0]), "spending", "nothing", "net spending in the first year", mend)


def _years(checked: Checked, calendar: Calendar) -> Iterator[Fault]:
    first = int(calendar.years[0][:4])
    for i, written in enumerate(checked.table.words("year")):
        expected = financial_year(first + i, 4)
        plain = re.sub(r"[/\u2013]", "-", written.strip())
        if plain != expected:
            mend = "Years follow each other from the first of the calendar, one a row."
            yield Fault(checked.file, int(checked.rows[i]), "year", quoted(written), expected, mend)
            return
