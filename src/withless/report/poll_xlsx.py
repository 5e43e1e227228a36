"""A poll as an Excel workbook, as pollsters publish tables: a cover, an index, a sheet for every question.

All text is written as text: nothing in it can become a formula or a link.
"""

from __future__ import annotations

import io
from typing import Any

from .. import __version__

Json = dict[str, Any]


def as_bytes(c: Json) -> bytes:
    """The workbook as a file holds it."""
    import xlsxwriter

    made = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    book = xlsxwriter.Workbook(made, options)
    book.set_properties({"author": f"withless {__version__}"})
    styles = {
        "bold": book.add_format({"bold": True}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        "percent": book.add_format({"num_format": "0%"}),
        "mean": book.add_format({"num_format": "0.00"}),
        "whole": book.add_format({"num_format": "#,##0"}),
        "head": book.add_format({"bold": True, "text_wrap": True, "bottom": 1}),
    }
    _cover(book, c, styles)
    for i, q in enumerate(c["questions"]):
        _question(book, c, q, f"T{i + 1}", styles)
    book.close()
    return made.getvalue()


def _cover(book: Any, c: Json, styles: Json) -> None:
    sheet = book.add_worksheet("Cover")
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 90)
    sheet.write_string(0, 0, c["title"] + (" (invented)" if c["invented"] else ""), styles["bold"])
    row = 2
    for d in c["disclosure"]:
        sheet.write_string(row, 0, d["label"], styles["bold"])
        sheet.write_string(row, 1, d["text"], styles["wrap"])
        row += 1
    for text in (c["sample_words"], c["rule"], *c["notes"]):
        if text:
            sheet.write_string(row + 1, 1, text, styles["wrap"])
            row += 1
    row += 2
    sheet.write_string(row, 0, "Table", styles["head"])
    sheet.write_string(row, 1, "Question", styles["head"])
    for i, q in enumerate(c["questions"]):
        sheet.write_string(row + i + 1, 0, f"T{i + 1}")
        sheet.write_string(row + i + 1, 1, f"{q['id']}. {q['text']}", styles["wrap"])


def _question(book: Any, c: Json, q: Json, name: str, styles: Json) -> None:
    sheet = book.add_worksheet(name)
    sheet.set_column(0, 0, 34)
    sheet.freeze_panes(5, 1)
    sheet.write_string(0, 0, f"{name}. {q['id']}. {q['text']}", styles["bold"])
    who = next(d["text"] for d in c["disclosure"] if d["label"] == "Fieldwork")
    sheet.write_string(
        1, 0, f"{c['title']}{' (invented)' if c['invented'] else ''}. Fieldwork: {who}. {c['sample_words']}"
    )
    for j, h in enumerate(q["heads"]):
        at = 1 + 2 * j
        sheet.write_string(2, at, h["banner"])
        sheet.write_string(3, at, h["label"], styles["head"])
        sheet.write_string(4, at, h["letter"])
    lines = [("Unweighted base", "asked"), ("Weighted base", "weighted"), ("Effective base", "effective")]
    for i, (label, key) in enumerate(lines):
        sheet.write_string(5 + i, 0, label)
        for j, h in enumerate(q["heads"]):
            sheet.write_number(5 + i, 1 + 2 * j, h[key], styles["whole"])
            if i == 0 and h["flag"]:
                sheet.write_string(
                    5, 2 + 2 * j, {"small": "under 50", "hidden": "under 30", "withheld": "not shown"}[h["flag"]]
                )
    row = 8
    for r in q["rows"]:
        row = _row(sheet, row, r, c["margin_of_error"], styles)
    for t in q["tests"]:
        row += 1
        sheet.write_string(
            row, 0, f"By {t['banner']}: F {t['statistic']:.3f}, p {t['p']:.4f} (Rao and Scott, second order)"
        )
    for x in q["left_out"]:
        row += 1
        sheet.write_string(row, 0, f"Left out of the base: {x['label']} {x['asked']:,}")
    for text in (c["rule"], "A dash: a base under 30, or one that would give such a base away; not shown."):
        row += 1
        sheet.write_string(row, 0, text)


def _row(sheet: Any, row: int, r: Json, margin: bool, styles: Json) -> int:
    """A row of figures, and below it the range of each where there is one; returns the next row."""
    style = styles["mean" if r["kind"] == "mean" else "percent"]
    sheet.write_string(row, 0, f"Net: {r['label']}" if r["kind"] == "net" else r["label"], styles["wrap"])
    for j, cell in enumerate(r["cells"]):
        if cell is None:
            sheet.write_string(row, 1 + 2 * j, "-")
            continue
        sheet.write_number(row, 1 + 2 * j, cell["value"], style)
        sheet.write_string(row, 2 + 2 * j, cell["letters"])
        if margin and cell["low"] is not None:
            sheet.write_number(row + 1, 1 + 2 * j, cell["low"], style)
            sheet.write_number(row + 1, 2 + 2 * j, cell["high"], style)
    if margin:
        sheet.write_string(row + 1, 0, "   95 in 100: from, to")
    return row + (2 if margin else 1)
