"""Lines over time in their ranges, with their names at their ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markupsafe import Markup

from ..content.models import Range
from .svg import WIDE, svg, text, ticks, width_of

Say = Callable[[float], str]
TOP = 12.0


def over_time(
    labels: Sequence[str],
    lines: Sequence[tuple[str, Sequence[Range]]],
    title: str,
    axis: Say,
    ends: Sequence[str],
    tall: float = 170.0,
) -> Markup:
    """Named lines over `labels`, each in its range. `axis` says a tick; `ends` are the words for the last value of each line.

    The axis starts at zero unless all lies far above it, and then the chart says so.
    """
    low = min(r.p5 for _, values in lines for r in values)
    high = max(r.p95 for _, values in lines for r in values)
    off_zero = low > 0.6 * high > 0
    marks = ticks(low if off_zero else min(low, 0.0), high if off_zero else max(high, 0.0), round(tall / 28))
    named = len(lines) > 1
    left = max(width_of(axis(v)) for v in marks) + 12
    inside = WIDE - left - 14
    top = TOP + 20 * len(lines) if named else TOP
    xs = [left + 8 + i * (inside - 8) / max(len(labels) - 1, 1) for i in range(len(labels))]

    def y(value: float) -> float:
        return top + (marks[-1] - value) / (marks[-1] - marks[0]) * tall

    parts = []
    for value in marks:
        parts.append(f'<path d="M{left:.1f} {y(value):.1f}H{WIDE - 8}" class="{"zero" if value == 0 else "grid"}"/>')
        parts.append(text(left - 6, y(value) + 4.5, axis(value), "end", "muted"))
    for i, (_, values) in enumerate(lines):
        edge = [(x, r.p95) for x, r in zip(xs, values, strict=True)]
        edge += [(x, r.p5) for x, r in zip(xs, values, strict=True)][::-1]
        points = " ".join(f"{x:.1f},{y(v):.1f}" for x, v in edge)
        parts.append(f'<polygon points="{points}" class="band c{i % 4 + 1}"/>')
    for i, (_, values) in enumerate(lines):
        points = "L".join(f"{x:.1f} {y(r.mean):.1f}" for x, r in zip(xs, values, strict=True))
        parts.append(f'<path d="M{points}" class="line l{i % 4 + 1}"/>')
        parts.append(f'<circle cx="{xs[-1]:.1f}" cy="{y(values[-1].mean):.1f}" r="4" class="c{i % 4 + 1}"/>')
    if named:
        for i, ((name, _), end) in enumerate(zip(lines, ends, strict=True)):
            parts.append(f'<path d="M4 {TOP + 20 * i + 2:.0f}h30" class="line l{i % 4 + 1}"/>')
            parts.append(text(40, TOP + 20 * i + 6, f"{name}: {end}"))
    parts += _times(xs, labels, top + tall + 20)
    note = "Range of 90 in 100 runs shaded" + ("; the axis does not start at zero." if off_zero else ".")
    said = "; ".join(f"{name}: {end} at {labels[-1]}" for (name, _), end in zip(lines, ends, strict=True))
    return svg(parts, top + tall + 30, title, f"{said}. {note}")


def _times(xs: Sequence[float], labels: Sequence[str], y: float) -> list[str]:
    """As many labels as fit, the last always among them, and none over another."""
    kept: list[str] = []
    taken = WIDE + 100.0
    for x, label in zip(reversed(xs), reversed(labels), strict=True):
        half = width_of(label) / 2
        centre = min(max(x, half + 2), WIDE - half - 2)
        if centre + half + 8 <= taken:
            kept.append(text(centre, y, label, "middle", "muted"))
            taken = centre - half
    return kept
