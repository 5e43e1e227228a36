"""Charts as SVG text: bars with ranges, a line over years, shares of a whole, dots on a map.

Every chart has a title and a description for those who cannot see it; the template sets a table beside it. Nothing is
told by colour alone: classes differ in pattern, size or shape too. Colours are those of the Government Analysis Function.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from .words import count as amount

Range = Mapping[str, float]

BLUE, TEAL, PINK, ORANGE, GREY = "#12436D", "#28A197", "#801650", "#F46A25", "#6f777b"
LETTERS = 48
"""Of a label and the words at its end, so many fit into one line."""
WIDE = 460
"""Units across: text of 14 units stays readable on a phone and is not huge on a desk."""


@dataclass(frozen=True)
class Row:
    """One bar: its label, its range, the words that stand at its end."""

    label: str
    range: Range
    words: str


def bars(rows: Sequence[Row], title: str) -> Markup:
    """Horizontal bars from nil, with a line from the 5th to the 95th percentile."""
    low = min(0.0, *(r.range["p5"] for r in rows), *(r.range["mean"] for r in rows))
    high = max(0.0, *(r.range["p95"] for r in rows), *(r.range["mean"] for r in rows))
    scale = (WIDE - 8) / ((high - low) or 1.0)

    def x(value: float) -> float:
        return 4 + (value - low) * scale

    parts, y = [], 0
    for r in rows:
        a, b = sorted((x(0), x(r.range["mean"])))
        pattern = "url(#stripes)" if r.range["mean"] < 0 else BLUE
        parts.append(_text(4, y + 15, r.label))
        if len(r.label) + len(r.words) > LETTERS:
            y += 18  # too long to stand side by side
        parts += [
            _text(WIDE - 4, y + 15, r.words, anchor="end"),
            f'<rect x="{a:.1f}" y="{y + 22}" width="{max(b - a, 0.5):.1f}" height="14" fill="{pattern}"/>',
            f'<path d="M{x(r.range["p5"]):.1f} {y + 29}H{x(r.range["p95"]):.1f}" stroke="{ORANGE}" stroke-width="3"/>',
        ]
        y += 48
    parts.append(f'<path d="M{x(0):.1f} 18V{y - 8}" stroke="#0b0c0c"/>')
    return _svg(parts, y, title, "; ".join(f"{r.label}: {r.words}" for r in rows))


def shares(parts: Sequence[tuple[str, float]], title: str) -> Markup:
    """Shares of a whole as one bar in three fillings, each named below with its share."""
    fills = ("url(#dots)", "#d5dbe0", PINK)
    out, x, y = [], 4.0, 60
    for (label, share), fill in zip(parts, fills, strict=False):
        width = share * (WIDE - 8)
        out.append(f'<rect x="{x:.1f}" y="4" width="{width:.1f}" height="32" fill="{fill}"/>')
        out.append(f'<rect x="4" y="{y - 13}" width="16" height="16" fill="{fill}" stroke="#0b0c0c"/>')
        out.append(_text(28, y, label))
        x, y = x + width, y + 26
    out.append(f'<rect x="4" y="4" width="{WIDE - 8}" height="32" fill="none" stroke="#0b0c0c"/>')
    return _svg(out, y - 10, title, "; ".join(label for label, _ in parts))


def years(
    labels: Sequence[str], booked: Sequence[float], found: Sequence[Range], title: str, words: str, top: str
) -> Markup:
    """What is booked (dashed, squares) and what is found (line in its band) over years; `top` labels the highest level."""
    low = min(0.0, *(r["p5"] for r in found), *booked)
    high = max(*(r["p95"] for r in found), *booked, low + 1e-9)
    step = (WIDE - 60) / max(len(labels) - 1, 1)
    xs = [30 + i * step for i in range(len(labels))]

    def y(value: float) -> float:
        return 24 + (high - value) / (high - low) * 170

    def line(values: Sequence[float]) -> str:
        return " ".join(
            f"{'M' if i == 0 else 'L'}{a:.1f} {y(v):.1f}" for i, (a, v) in enumerate(zip(xs, values, strict=True))
        )

    edge = (
        list(zip(xs, [r["p95"] for r in found], strict=True))
        + list(zip(xs, [r["p5"] for r in found], strict=True))[::-1]
    )
    band = " ".join(f"{a:.1f},{y(v):.1f}" for a, v in edge)
    parts = [
        f'<polygon points="{band}" fill="{TEAL}" fill-opacity="0.35"/>',
        f'<path d="M20 {y(0):.1f}H{WIDE - 10}" stroke="#0b0c0c"/>',
        _text(4, 14, top),
        f'<path d="{line(booked)}" fill="none" stroke="{PINK}" stroke-width="2.5" stroke-dasharray="7 5"/>',
        f'<path d="{line([r["mean"] for r in found])}" fill="none" stroke="{BLUE}" stroke-width="3"/>',
    ]
    parts += [
        f'<rect x="{a - 4:.1f}" y="{y(v) - 4:.1f}" width="8" height="8" fill="{PINK}"/>'
        for a, v in zip(xs, booked, strict=True)
    ]
    parts += [
        f'<circle cx="{a:.1f}" cy="{y(r["mean"]):.1f}" r="5" fill="{BLUE}"/>' for a, r in zip(xs, found, strict=True)
    ]
    parts += [_text(a, 218, label, anchor="middle") for a, label in zip(xs, labels, strict=True)]
    parts += [
        f'<path d="M8 240h30" stroke="{PINK}" stroke-width="2.5" stroke-dasharray="7 5"/>',
        f'<rect x="19" y="236" width="8" height="8" fill="{PINK}"/>',
        _text(46, 245, "booked by the plan"),
        f'<rect x="228" y="232" width="30" height="16" fill="{TEAL}" fill-opacity="0.35"/>',
        f'<path d="M228 240h30" stroke="{BLUE}" stroke-width="3"/><circle cx="243" cy="240" r="5" fill="{BLUE}"/>',
        _text(266, 245, "really saved, and range"),
    ]
    return _svg(parts, 256, title, words)


LINES = ((BLUE, ""), (PINK, "7 5"), (ORANGE, "2 4"), (TEAL, "12 4 2 4"))
"""Colour and dashes of the lines of one chart, in order; with more lines they come round again."""


def ends(found: Sequence[Sequence[Range]]) -> tuple[float, float]:
    """The lowest and highest level that a chart of these ranges shows; the lowest is nil unless all is far above it."""
    low = min(r["p5"] for values in found for r in values)
    high = max(r["p95"] for values in found for r in values)
    return (low if low < 0 or low > 0.6 * high else 0.0), (high if high > low else low + 1.0)


def lines(
    labels: Sequence[str], found: Sequence[tuple[str, Sequence[Range]]], title: str, words: str, levels: Sequence[str]
) -> Markup:
    """Named lines over time, each in its band; `levels` are the words for the lowest and the highest level."""
    low, high = ends([values for _, values in found])
    xs = [20 + i * (WIDE - 40) / max(len(labels) - 1, 1) for i in range(len(labels))]

    def y(value: float) -> float:
        return 30 + (high - value) / (high - low) * 170

    parts = [f'<path d="M12 200H{WIDE - 8}M12 30H{WIDE - 8}" stroke="#aab2b7"/>']
    for i, (_, values) in enumerate(found):
        edge = [(x, r["p95"]) for x, r in zip(xs, values, strict=True)]
        edge += [(x, r["p5"]) for x, r in zip(xs, values, strict=True)][::-1]
        band = " ".join(f"{x:.1f},{y(v):.1f}" for x, v in edge)
        parts.append(f'<polygon points="{band}" fill="{LINES[i % len(LINES)][0]}" fill-opacity="0.15"/>')
    for i, (_, values) in enumerate(found):
        points = "L".join(f"{x:.1f} {y(r['mean']):.1f}" for x, r in zip(xs, values, strict=True))
        parts.append(f'<path d="M{points}" {_stroke(i)}/>')
    parts += [_text(4, 24, levels[1]), _text(4, 216, levels[0])]
    shown = sorted({0, len(labels) // 2, len(labels) - 1})
    anchors = {0: "start", len(labels) - 1: "end"}
    parts += [_text(xs[i], 236, labels[i], anchor=anchors.get(i, "middle")) for i in shown]
    for i, (name, _) in enumerate(found):
        parts.append(f'<path d="M8 {256 + 24 * i}h36" {_stroke(i)}/>' + _text(52, 261 + 24 * i, name))
    return _svg(parts, 256 + 24 * len(found), title, words)


def _stroke(i: int) -> str:
    colour, dashes = LINES[i % len(LINES)]
    return f'fill="none" stroke="{colour}" stroke-width="3"' + (f' stroke-dasharray="{dashes}"' if dashes else "")


@dataclass(frozen=True)
class Dots:
    """Areas and units of one service: x, y in km; `change[area]` the share of users gained (lost below nil)."""

    x: Sequence[float]
    y: Sequence[float]
    change: Sequence[float]
    units: Sequence[dict[str, Any]]


LOSSES = (
    (-0.25, PINK, 6.0, "loses over a quarter"),
    (-0.05, ORANGE, 4.2, "loses 5% to 25%"),
    (-0.01, TEAL, 3.0, "loses 1% to 5%"),
)


def dots(d: Dots, title: str, noun: str) -> Markup:
    """A dot for each area, larger and darker where more of its users are lost; a cross where a unit closes."""
    lowest_x, lowest_y = min(d.x), min(d.y)
    wide, tall = (max(d.x) - lowest_x) or 1.0, (max(d.y) - lowest_y) or 1.0
    scale = min((WIDE - 30) / wide, 440 / tall)
    height = tall * scale + 30

    def at(x: float, y: float) -> tuple[float, float]:
        return 15 + (x - lowest_x) * scale, height - 15 - (y - lowest_y) * scale

    parts, counts = [], [0, 0, 0, 0]
    for x, y, change in sorted(zip(d.x, d.y, d.change, strict=True), key=lambda p: -p[2]):
        kind = next((i for i, (limit, *_) in enumerate(LOSSES) if change < limit), 3)
        counts[kind] += 1
        a, b = at(x, y)
        colour, r = (LOSSES[kind][1], LOSSES[kind][2]) if kind < 3 else ("#aab2b7", 1.8)
        parts.append(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="{r}" fill="{colour}"/>')
    for unit in d.units:
        if unit["x_km"] is None:
            continue
        a, b = at(unit["x_km"], unit["y_km"])
        if unit["fate"] == "closes":
            parts.append(f'<path d="M{a - 7:.1f} {b - 7:.1f}l14 14m0 -14l-14 14" stroke="#0b0c0c" stroke-width="3.5"/>')
        else:
            parts.append(f'<rect x="{a - 3:.1f}" y="{b - 3:.1f}" width="6" height="6" fill="#fff" stroke="#0b0c0c"/>')
    y = height + 20
    legend = [(c, r, f"{label} ({amount(n, 'area')})") for (_, c, r, label), n in zip(LOSSES, counts, strict=False)]
    for colour, r, label in [*legend, ("#aab2b7", 1.8, f"about as now, or gains ({amount(counts[3], 'area')})")]:
        parts.append(f'<circle cx="14" cy="{y - 5:.0f}" r="{r}" fill="{colour}"/>' + _text(28, y, label))
        y += 22
    parts.append(f'<path d="M7 {y - 12:.0f}l14 14m0 -14l-14 14" stroke="#0b0c0c" stroke-width="3.5"/>')
    parts.append(_text(28, y, f"{noun} that closes"))
    parts.append(
        f'<rect x="228" y="{y - 8:.0f}" width="6" height="6" fill="#fff" stroke="#0b0c0c"/>'
        + _text(242, y, f"{noun} that stays")
    )
    words = "; ".join(label for _, _, label in legend)
    return _svg(parts, y + 10, title, f"Areas by the share of their users that is lost: {words}.")


def _svg(parts: Sequence[str], height: float, title: str, description: str) -> Markup:
    """The picture, with its name and description for screen readers."""
    return Markup(
        f'<svg viewBox="0 0 {WIDE} {height:.0f}" role="img" aria-label="{escape(title)}. {escape(description)}" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title><desc>{escape(description)}</desc>'
        f"{''.join(parts)}</svg>"
    )


PATTERNS = Markup(
    '<svg width="0" height="0" aria-hidden="true" class="patterns"><defs>'
    f'<pattern id="stripes" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    f'<rect width="6" height="6" fill="#fff"/><rect width="3" height="6" fill="{PINK}"/></pattern>'
    f'<pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse">'
    f'<rect width="6" height="6" fill="{TEAL}"/><circle cx="3" cy="3" r="1.2" fill="#fff"/></pattern>'
    "</defs></svg>"
)
"""Fillings that all charts of a page share."""


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
