"""A poll for a terminal: disclosure, then tables of at most 80 columns, from the poll's `content` alone."""

from __future__ import annotations

import textwrap
from typing import Any

from ..files import printable

Json = dict[str, Any]
WIDTH, LABEL, CELL = 80, 26, 9


def summary(c: Json, files: list[str] | tuple[str, ...] = ()) -> str:
    """The whole poll as text."""
    lines = [*_wrap(c["title"] + (" (invented)" if c["invented"] else ""))]
    for row in c["disclosure"]:
        lines += _wrap(f"{row['label']:<16}{row['text']}", "  ", " " * 18)
    for note in c["notes"]:
        lines += _wrap(note)
    for q in c["questions"]:
        lines += ["", *_question(q, c["margin_of_error"])]
    lines += ["", *_foot(c), *(f"Written: {name}" for name in files)]
    return "\n".join(map(printable, lines)) + "\n"


def _question(q: Json, margin: bool) -> list[str]:
    lines = _wrap(f"{q['id']}. {q['text']}")
    lines += _total(q, margin)
    for block, wide in _blocks(q):
        lines += ["", *_columns(q, block, wide)]
    for t in q["tests"]:
        lines += _wrap(f"Differs by {t['banner']} beyond chance? p {_p(t['p'])}.", "  ")
    if q["left_out"]:
        lines += _wrap(
            "Left out of the base: " + ", ".join(f"{x['label']} {x['asked']:,}" for x in q["left_out"]) + ".", "  "
        )
    return lines


def _p(p: float) -> str:
    return "under 0.001" if p < 0.001 else f"{p:.3f}"


def _total(q: Json, margin: bool) -> list[str]:
    """The topline: every row with its range."""
    head = q["heads"][0]
    if head["flag"] == "hidden":
        return _wrap(f"Base {head['asked']}: under 30, not shown.", "  ")
    lines = [_base(head)]
    for row in q["rows"]:
        cell = row["cells"][0]
        if cell is None:
            continue
        said = say(row, cell["value"])
        if margin and cell["low"] is not None:
            said += f"  ({say(row, cell['low'])} to {say(row, cell['high'])})"
        label = f"{'= ' if row['kind'] == 'net' else ''}{row['label']}"
        for i, line in enumerate(textwrap.wrap(label, 44) or [""]):
            lines.append(f"  {line:<46}{said if i == 0 else ''}".rstrip())
    return lines


def _base(head: Json) -> str:
    flag = " (small: under 50)" if head["flag"] == "small" else ""
    return f"  Base {head['asked']:,}, weighted {head['weighted']:,.0f}, effective {head['effective']:,.0f}{flag}"


def say(row: Json, value: float) -> str:
    """A share as a percentage, a mean with two decimals."""
    if row["kind"] == "mean":
        return f"{value:.2f}"
    if 0 < value < 0.005:
        return "under 1%"
    return f"{100 * value:.0f}%"


def _blocks(q: Json) -> list[tuple[list[int], int]]:
    """Columns of one banner, as many as fit a line, and how wide each is: no figure runs into the next."""
    blocks: list[tuple[list[int], int]] = []
    heads = q["heads"]
    for banner in dict.fromkeys(h["banner"] for h in heads[1:]):
        own = [j for j, h in enumerate(heads) if h["banner"] == banner]
        wide = max([CELL, *(len(t) + 2 for j in own for t in (*_bases(heads[j]), *_cells(q, j)))])
        fit = max((WIDTH - LABEL - 2) // wide, 1)
        blocks += [(own[i : i + fit], wide) for i in range(0, len(own), fit)]
    return blocks


def _bases(head: Json) -> tuple[str, str]:
    """A column's base with its mark, and its weighted base."""
    marks = {"": "", "small": "*", "hidden": "**", "withheld": "***"}
    return f"{head['asked']:,}{marks[head['flag']]}", f"{head['weighted']:,.0f}"


def _cells(q: Json, j: int) -> list[str]:
    """What stands in a column, row by row."""
    cells = [(row, row["cells"][j]) for row in q["rows"]]
    return ["-" if c is None else f"{say(row, c['value'])} {c['letters']}".strip() for row, c in cells]


def _columns(q: Json, block: list[int], wide: int) -> list[str]:
    heads = [q["heads"][j] for j in block]
    names = [textwrap.wrap(h["label"], wide - 1) or [""] for h in heads]
    lines = [f"  {'By ' + heads[0]['banner']:<{LABEL}}" + "".join(f"{h['letter']:>{wide}}" for h in heads)]
    for i in range(max(map(len, names))):
        lines.append(f"  {'':<{LABEL}}" + "".join(f"{n[i] if i < len(n) else '':>{wide}}" for n in names))
    for label, texts in zip(("Base", "Weighted base"), zip(*map(_bases, heads), strict=True), strict=True):
        lines.append(f"  {label:<{LABEL}}" + "".join(f"{x:>{wide}}" for x in texts))
    columns = [_cells(q, j) for j in block]
    for r, row in enumerate(q["rows"]):
        label = f"{'= ' if row['kind'] == 'net' else ''}{row['label']}"
        said = "".join(f"{c[r]:>{wide}}" for c in columns)
        for i, line in enumerate(textwrap.wrap(label, LABEL - 1) or [""]):
            lines.append((f"  {line:<{LABEL}}" + (said if i == 0 else "")).rstrip())
    return [line.rstrip() for line in lines]


def _foot(c: Json) -> list[str]:
    lines = []
    if c["margin_of_error"]:
        lines += _wrap("Ranges hold 95 in 100 samples drawn and weighted the same way. = marks a net.")
    else:
        lines += _wrap(c["sample_words"])
    if c["by"]:
        withheld = any(h["flag"] == "withheld" for q in c["questions"] for h in q["heads"])
        also = " *** not shown, because with the others it would give away a base under 30." if withheld else ""
        lines += _wrap(f"* base under 50: read with care. ** base under 30: not shown.{also}")
    if c["rule"]:
        lines += _wrap(c["rule"])
    w = c["weights"]
    if w["factor"] > 1.0005:
        lines += _wrap(
            f"Weights run from {w['low']:.2f} to {w['high']:.2f} and swell variance {w['factor']:.2f} times."
        )
    return lines


def belief_lines(beliefs: list[Json]) -> list[str]:
    """What people believe beside what was found."""
    if not beliefs:
        return []
    lines = ["Belief beside evidence"]
    for b in beliefs:
        lines += _wrap(f"Believed: {b['believed']}", "  ", "    ")
        lines += _wrap(f"Found: {b['found']}", "  ", "    ")
    return [*lines, *_wrap(beliefs[0]["warning"], "  ")]


def _wrap(text: str, first: str = "", rest: str | None = None) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=first if rest is None else rest, break_on_hyphens=False
    ) or [""]
