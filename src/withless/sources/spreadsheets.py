"""Tables as CSV text with short numbers, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io

import polars as pl

from ..writing import safe


def as_csv(table: pl.DataFrame) -> str:
    """A table as CSV text with short numbers; a cell of text can start no formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([safe(c) for c in table.columns])
    for row in table.iter_rows():
        writer.writerow([f"{v:.10g}" if isinstance(v, float) else safe(v) for v in row])
    return out.getvalue()
