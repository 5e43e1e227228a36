"""Horizontal bars: a waterfall of parts that add up, and values with their ranges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ..content.models import Range
from .svg import LETTER, WIDE, svg, text, ticks, width_of

Say = Callable[[float], str]
LEFT, RIGHT = 8.0, WIDE - 8.0


@dataclass(frozen=True)
class Step:
    """A step of a waterfall: a part that is added (below zero: taken off), or with `whole` a total that stands on zero."""

    label: str
    range: Range
    words: str
    whole: bool = False


def waterfall(steps: Sequence[Step], title: str, axis: Say) -> Markup:
    """Parts one under another, each from where the last one ended; `axis` says a tick."""
    spans, at = [], 0.0
    for s in steps:
        start = 0.0 if s.whole else at
        at = s.range.mean if s.whole else at + s.range.mean
        spans.append((start, at))
    ranged = [(start + s.range.p5, start + s.range.p95) for s, (start, _) in zip(steps, spans, strict=True)]
    marks = ticks(min(0.0, *(min(p) for p in (*spans, *ranged))), max(max(p) for p in (*spans, *ranged)))
    x, parts, y = _scale(marks), [], 4.0
    bottom = y + 42 * len(steps) + 2
    parts += _grid(x, marks, y, bottom, axis)
    for i, (s, (start, end), (low, high)) in enumerate(zip(steps, spans, ranged, strict=True)):
        a, b = sorted((x(start), x(end)))
        fill = "c1" if s.whole else "stripes" if s.range.mean < 0 else "c2"
        parts.append(_two(y + 14, s.label, s.words))
        parts.append(f'<rect x="{a:.1f}" y="{y + 20:.1f}" width="{max(b - a, 1):.1f}" height="14" class="{fill}"/>')
        if high - low > 1e-9 * max(abs(high), 1.0):
            parts.append(_whisker(x(low), x(high), y + 27))
        if i + 1 < len(steps) and not steps[i + 1].whole:
            parts.append(f'<path d="M{x(end):.1f} {y + 34:.1f}v28" class="ax"/>')
        y += 42
    return svg(parts, bottom + 22, title, "; ".join(f"{s.label}: {s.words}" for s in steps))


def ranges(
    rows: Sequence[tuple[str, Sequence[tuple[Range, str]]]], names: Sequence[str], title: str, axis: Say
) -> Markup:
    """A line for each row with a point and a range for each name; two names and more have a key, and differ in shape."""
    every = [r for _, found in rows for r, _ in found]
    marks = ticks(min(0.0, *(min(r.p5, r.mean) for r in every)), max(0.0, *(max(r.p95, r.mean) for r in every)))
    x, parts, y = _scale(marks), [], 4.0
    if len(names) > 1:
        for i, name in enumerate(names):
            parts += [_point(14, y + 8, i), text(26, y + 13, name)]
            y += 20
    tall = 26 + 13 * len(names)
    bottom = y + tall * len(rows) + 4
    parts += _grid(x, marks, y, bottom, axis)
    for label, found in rows:
        parts.append(_two(y + 14, label, found[-1][1]))
        for i, (r, _) in enumerate(found):
            level = y + 26 + 13 * i
            if r.p95 - r.p5 > 1e-9 * max(abs(r.mean), 1e-12):
                parts.append(_whisker(x(r.p5), x(r.p95), level))
            parts.append(_point(x(r.mean), level, i))
        y += tall
    said = "; ".join(f"{label}: {', '.join(words for _, words in found)}" for label, found in rows)
    return svg(parts, bottom + 22, title, said)


def _scale(marks: Sequence[float]) -> Callable[[float], float]:
    low, high = marks[0], marks[-1]
    return lambda value: LEFT + 10 + (value - low) / (high - low) * (RIGHT - LEFT - 20)


def _grid(x: Callable[[float], float], marks: Sequence[float], top: float, bottom: float, axis: Say) -> list[str]:
    """Light lines at round numbers, a dark one at zero, and what they say below."""
    parts = [f'<path d="M{x(v):.1f} {top:.1f}V{bottom:.1f}" class="{"zero" if v == 0 else "grid"}"/>' for v in marks]
    for value in marks:
        words = axis(value)
        half = width_of(words) / 2
        parts.append(text(min(max(x(value), LEFT + half), RIGHT - half), bottom + 16, words, "middle", "muted"))
    return parts


def _two(y: float, label: str, words: str) -> str:
    """A label at the left and words at the right of one line; the label gives way where they would meet."""
    room = RIGHT - LEFT - 1.08 * width_of(words) - 4
    if width_of(label) > room:
        while label and width_of(label) + LETTER > room:
            label = label[:-1]
        label = label.rstrip() + "\u2026"
    return text(LEFT, y, label) + text(RIGHT, y, words, "end", "value")


def _whisker(a: float, b: float, y: float) -> str:
    return f'<path d="M{a:.1f} {y:.1f}H{b:.1f}M{a:.1f} {y - 4:.1f}v8M{b:.1f} {y - 4:.1f}v8" class="whisker"/>'


def _point(x: float, y: float, i: int) -> str:
    """The first name is a hollow ring, the second a full diamond, others full squares; a lone name is a full point."""
    if i == 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" class="ring"/>'
    if i == 1:
        return f'<path d="M{x:.1f} {y - 6:.1f}l6 6l-6 6l-6 -6z" class="c1"/>'
    return f'<rect x="{x - 4.5:.1f}" y="{y - 4.5:.1f}" width="9" height="9" class="c{i % 4 + 1}"/>'
