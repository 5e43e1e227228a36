"""Charts of a poll as SVG: answers in order as one stacked bar for each column, nets as points with their ranges.

Parts differ in shade and are told apart by a number in or above them; the table beside each chart has every figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from .charts import BLUE, ORANGE
from .charts import svg as _svg
from .charts import text as _text

WIDE = 460
SHADES = (
    "#12436D",
    "#5c86ab",
    "#d5dbe0",
    "#c98aa8",
    "#801650",
    "#28A197",
    "#8fd0c9",
    "#F46A25",
    "#f9b58f",
    "#6f777b",
    "#aab2b7",
    "#3D3D3D",
)
LIGHT = {"#d5dbe0", "#c98aa8", "#8fd0c9", "#f9b58f", "#aab2b7", "#28A197", "#F46A25"}


@dataclass(frozen=True)
class Point:
    """A share with its range, and the words for it; the range may be missing."""

    label: str
    value: float
    low: float | None
    high: float | None
    words: str


def stacked(labels: Sequence[str], bars: Sequence[tuple[str, Sequence[float]]], title: str) -> Markup:
    """A bar for each column; parts numbered as in the key below."""
    out, y, said = [], 0.0, []
    for name, shares in bars:
        out.append(_text(4, y + 15, name))
        x = 4.0
        for i, share in enumerate(shares):
            width, fill = share * (WIDE - 8), SHADES[i % len(SHADES)]
            out.append(
                f'<rect x="{x:.1f}" y="{y + 20:.0f}" width="{width:.1f}" height="24" fill="{fill}" stroke="#fff"/>'
            )
            if width > 16:
                ink = "#0b0c0c" if fill in LIGHT else "#fff"
                out.append(
                    f'<text x="{x + width / 2:.1f}" y="{y + 37:.0f}" text-anchor="middle" style="fill:{ink}">{i + 1}</text>'
                )
            x += width
        said.append(f"{name}: " + ", ".join(f"{a} {100 * b:.0f}%" for a, b in zip(labels, shares, strict=True)))
        y += 54
    for i, label in enumerate(labels):
        out.append(
            f'<rect x="4" y="{y:.0f}" width="16" height="16" fill="{SHADES[i % len(SHADES)]}" stroke="#0b0c0c"/>'
        )
        out.append(_text(28, y + 13, f"{i + 1}  {_short(label)}"))
        y += 24
    return _svg(out, y + 4, title, "; ".join(said), WIDE)


def points(rows: Sequence[Point], title: str) -> Markup:
    """A point for each share on a line from nil to all, with its range where there is one."""
    out, y = [], 0.0
    for r in rows:
        x = 4 + r.value * (WIDE - 8)
        out += [_text(4, y + 15, _short(r.label)), _text(WIDE - 4, y + 15, r.words, anchor="end")]
        out.append(f'<path d="M4 {y + 29:.0f}H{WIDE - 4}" stroke="#d5dbe0" stroke-width="2"/>')
        if r.low is not None and r.high is not None:
            a, b = (4 + v * (WIDE - 8) for v in (r.low, r.high))
            out.append(f'<path d="M{a:.1f} {y + 29:.0f}H{b:.1f}" stroke="{ORANGE}" stroke-width="6"/>')
        out.append(f'<circle cx="{x:.1f}" cy="{y + 29:.0f}" r="6" fill="{BLUE}"/>')
        y += 48
    return _svg(out, y, title, "; ".join(f"{r.label}: {r.words}" for r in rows), WIDE)


def _short(text: str) -> str:
    return text if len(text) <= 44 else text[:43] + "\u2026"
