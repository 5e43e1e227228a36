"""What all charts share: text, the frame with its words for those who cannot see it, round ticks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

BLUE, TEAL, PINK, ORANGE = "#12436D", "#28A197", "#801650", "#F46A25"
"""Categorical colours of the Government Analysis Function."""
WIDE = 400
"""Units across: text of 13 units stays readable on a phone and is not huge on a desk."""
LETTER = 8.3
"""Width of a digit and of most letters at 13 units, in the widest of common fonts; `WIDTHS` has those that differ much."""
WIDTHS = {**dict.fromkeys("%mwMW", 12.6), "\u2212": 10.9, **dict.fromkeys("iljtfr.,:;'()-| I", 5.0)}


@dataclass(frozen=True)
class Chart:
    """A picture with the table that holds the same: `head` and `rows` are words for people, `data` the numbers for a CSV."""

    id: str
    title: str
    svg: Markup
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    data: Sequence[Sequence[object]]
    note: str = ""


def text(x: float, y: float, words: str, anchor: str = "start", kind: str = "") -> str:
    """Words at a point; `kind` is a class of the page's style."""
    style = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{style}>{escape(words)}</text>'


def svg(parts: Sequence[str], height: float, title: str, description: str, wide: float = WIDE) -> Markup:
    """The picture, with its name and description for screen readers."""
    return Markup(
        f'<svg viewBox="0 0 {wide:.0f} {height:.0f}" role="img" aria-label="{escape(title)}. {escape(description)}" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title><desc>{escape(description)}</desc>'
        f"{''.join(parts)}</svg>"
    )


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten apart) that cover `low` to `high`, at most about `most` of them."""
    if not high > low:
        high = low + 1.0
    rough = (high - low) / max(most - 1, 1)
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * k for k in (1, 2, 5, 10) if size * k >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(k * step, 12) for k in range(first, last + 1)]


def width_of(words: str) -> float:
    """About how many units wide words are."""
    return sum(WIDTHS.get(sign, LETTER) for sign in words)


PATTERNS = Markup(
    '<svg width="0" height="0" aria-hidden="true" class="patterns"><defs>'
    '<pattern id="stripes" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" class="paper"/><rect width="3" height="6" class="c3"/></pattern>'
    "</defs></svg>"
)
"""Fillings that all charts of a page share."""
