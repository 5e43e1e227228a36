"""Sentences and tables on lines of at most 80 columns, for what commands print."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

WIDTH = 80


def wrap(text: str, first: str = "", rest: str | None = None) -> list[str]:
    """A sentence on lines of at most 80 columns."""
    indent = first if rest is None else rest
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=indent, break_on_hyphens=False)


def columns(head: Sequence[str], rows: Sequence[Sequence[str]], gap: int = 2) -> list[str]:
    """A table: the first column to the left, the others to the right, each as wide as what it holds."""
    every = [head, *rows]
    widths = [max(len(row[i]) for row in every) for i in range(len(head))]

    def line(row: Sequence[str]) -> str:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))]
        return (" " * gap).join(cells).rstrip()

    return [line(row) for row in every]
