"""Rows of a service's command as an Excel workbook: one sheet with all of them, and before it, where they are ranges of quantities,
one that a person reads: a row for each list and week, a column for each quantity and the two ends of its range.

All text is written as text: nothing in it can become a formula or a link.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from .. import __version__

Row = Mapping[str, Any]
RANGE = ("mean", "p10", "p90")
HEADS = {"mean": "", "p10": ", from", "p90": ", to"}


def as_bytes(rows: Sequence[Row]) -> bytes:
    """The workbook as a file holds it."""
    import xlsxwriter

    made = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    book = xlsxwriter.Workbook(made, options)
    book.set_properties({"author": f"withless {__version__}"})
    wide = _wide(rows)
    if wide:
        _sheet(book, "Summary", wide)
    _sheet(book, "All rows", rows)
    book.close()
    return made.getvalue()


def _wide(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """One row for all quantities of the same list, week and projection; none where rows hold no ranges of quantities."""
    if not rows or not {"quantity", *RANGE} <= set(rows[0]):
        return []
    keys = [k for k in rows[0] if k not in ("quantity", "naive", *RANGE)]
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        line = found.setdefault(tuple(row[k] for k in keys), {k: row[k] for k in keys})
        line |= {f"{row['quantity']}{HEADS[k]}": row[k] for k in RANGE}
    return list(found.values())


def _sheet(book: Any, name: str, rows: Sequence[Row]) -> None:
    """A sheet with a header that stays in sight and can be filtered by."""
    sheet, head, number = book.add_worksheet(name), book.add_format({"bold": True, "bottom": 1}), {}
    for digits, form in ((0, "#,##0"), (1, "0.0"), (3, "0.000")):
        number[digits] = book.add_format({"num_format": form})
    columns = list(dict.fromkeys(k for row in rows for k in row))
    for c, column in enumerate(columns):
        sheet.write_string(0, c, column, head)
        sheet.set_column(c, c, min(max(len(column) + 2, 9), 28))
    for r, row in enumerate(rows, 1):
        for c, column in enumerate(columns):
            value = row.get(column, "")
            if isinstance(value, bool) or not isinstance(value, int | float):
                sheet.write_string(r, c, str("" if value is None else value))
            else:
                sheet.write_number(r, c, value, number[0 if abs(value) >= 100 else 1 if abs(value) >= 2 else 3])
    sheet.freeze_panes(1, 0)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(columns) - 1)
