"""The result as an Excel workbook that finance officers pass on: a sheet a table, numbers as numbers, heads that stay in sight.

All text is written as text: nothing in it can become a formula or a link.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from .. import __version__
from . import sentences
from .content import Result, plain, typed
from .tables import Rows, rows_of
from .words import chance

Json = dict[str, Any]
Row = Sequence[object]

FORMATS = {
    "pounds": "[$£-809]#,##0;[Red]-[$£-809]#,##0",
    "share": "0.0%",
    "count": "#,##0",
    "number": "#,##0.00",
}
NOTES = {
    "p5": "5 in 100 runs lie below this.",
    "p50": "Half of all runs lie below this.",
    "p95": "5 in 100 runs lie above this.",
    "mean": "Average over all runs.",
    "served_baseline": "People a year without the plan.",
    "served_change": "People a year, with the plan less without it.",
    "holds_probability": "Share of runs in which the promise holds.",
    "holds_without": "Share of runs in which it would hold without the plan.",
    "as_written": "Share of runs in which the yes-or-no changes end as the plan has them.",
    "influence": "Squared rank correlation with the verdict; blank where not clear of chance.",
    "kind": "measured, derived or judged, for assumptions; the kind of service otherwise.",
}
SHARES = (
    "more",
    "same",
    "less",
    "holds_probability",
    "holds_without",
    "as_written",
    "stay_share",
    "change_share",
    "influence",
)
SHEETS = {
    "Ledger": "ledger",
    "Services": "services",
    "Units": "units",
    "Promises": "promises",
    "Assumptions": "assumptions",
}


def workbook(found: Result | Json) -> bytes:
    """The workbook as a file holds it."""
    import xlsxwriter

    r = typed(found)
    made = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    book = xlsxwriter.Workbook(made, options)
    book.set_properties({"title": r.plan, "author": f"withless {__version__}"})
    styles = {name: book.add_format({"num_format": code}) for name, code in FORMATS.items()}
    styles["head"] = book.add_format({"bold": True, "text_wrap": True, "bottom": 1, "valign": "top"})
    styles["bold"] = book.add_format({"bold": True})
    styles["wrap"] = book.add_format({"text_wrap": True, "valign": "top"})
    _summary(book, r, styles)
    tables = rows_of(plain(r))
    for title, name in SHEETS.items():
        _sheet(book, title, tables[name], styles)
    book.close()
    return made.getvalue()


def _summary(book: Any, r: Result, styles: Json) -> None:
    """The verdict in words, then money from the plan to what is saved, with the ranges in columns of their own."""
    sheet = book.add_worksheet("Summary")
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 4, 16)
    sheet.write_string(0, 0, f"{r.place}: {r.plan}", styles["bold"])
    sheet.write_string(1, 0, sentences.verdict_sentence(r), styles["bold"])
    sheet.write_string(
        2, 0, f"Results for {r.year}, pounds of {r.prices}, {r.draws} runs, seed {r.seed}, withless {r.withless}"
    )
    if sentences.judged(r):
        shares = ", ".join(f"{word} {chance(getattr(r.verdict, word))}" for word in ("more", "same", "less"))
        sheet.write_string(3, 0, f"Chance of more, the same or less service: {shares}")
    row = 5
    for k, head in enumerate((f"Pounds a year in {r.year}", "mean", "p5", "p50", "p95")):
        sheet.write_string(row, k, head, styles["head"])
        if head in NOTES:
            sheet.write_comment(row, k, NOTES[head])
    for label, value in _bridge(r):
        row += 1
        sheet.write_string(row, 0, label)
        numbers = [value] if isinstance(value, float) else [value.mean, value.p5, value.p50, value.p95]
        for k, number in enumerate(numbers):
            sheet.write_number(row, 1 + k, number, styles["pounds"])


def _bridge(r: Result) -> list[tuple[str, Any]]:
    b, m = r.money.bridge, r.money
    return [
        ("In the plan, at full effect", b.in_plan),
        (f"Not due in {r.year}", b.phased),
        (f"Booked for {r.year}", b.booked),
        ("Raised by tax and grants, not saved", b.raised),
        ("Drawn from reserves, not saved", b.drawn),
        ("Not delivered", b.not_delivered),
        ("Saved, not modelled", b.not_modelled),
        ("Saved by the services that the verdict judges", b.saved),
        ("One-off cost, all years", m.one_off),
        ("Sales of buildings, once", m.capital_receipt),
        ("All years together, discounted", m.horizon.net),
    ]


def _sheet(book: Any, title: str, rows: Rows, styles: Json) -> None:
    """A table: heads that stay in sight, with notes, a filter, and every column in its format."""
    sheet = book.add_worksheet(title)
    columns = list(dict.fromkeys(key for row in rows for key in row))
    for k, name in enumerate(columns):
        sheet.write_string(0, k, name, styles["head"])
        if note := NOTES.get(name) or NOTES.get(name.rpartition("_")[2]) or NOTES.get(name.rpartition("_")[0]):
            sheet.write_comment(0, k, note)
        longest = max((len(str(row.get(name, ""))) for row in rows if isinstance(row.get(name), str)), default=8)
        sheet.set_column(k, k, min(max(longest, len(name), 9) + 1, 60))
        for i, row in enumerate(rows):
            _write(sheet, i + 1, k, row.get(name), styles[_format(title, name, row)])
    sheet.freeze_panes(1, 2 if len(columns) > 2 else 0)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(columns) - 1)


def _write(sheet: Any, row: int, column: int, value: object, style: Any) -> None:
    """A number as a number in its format, text as text, a truth as one, nothing as nothing."""
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, style)
    elif value is not None and value != "":
        sheet.write_string(row, column, str(value))


def _format(title: str, column: str, row: dict[str, object]) -> str:
    """The format of a cell: by the sheet, the name of its column, and in promises by its unit."""
    name = column
    for end in ("_mean", "_p5", "_p50", "_p95"):
        name = name.removesuffix(end)
    if title == "Ledger" or name.startswith(("cost", "spent")):
        return "pounds"
    if name in SHARES:
        return "share"
    unit = str(row.get("unit", ""))
    if title == "Promises" and name in ("plan", "baseline", "change", "value", "miss"):
        if name == "value" and row.get("of_baseline"):
            return "share"
        return "pounds" if unit.startswith("pounds") else "share" if unit == "share" else "number"
    if name.startswith("quality"):
        return "share"
    return "count" if name.startswith(("served", "users", "visits", "treated", "supported", "need")) else "number"
