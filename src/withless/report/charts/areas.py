"""A map: areas shaded by what their people lose, places where something changes, towns by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from .cells import cells
from .svg import WIDE, svg, text, width_of

Floats = NDArray[np.float64]
MOST = 2500
"""More areas than these are drawn as squares of a grid, each with the mean of the people in it."""
SQUARES = 60
TALLEST = 430.0


@dataclass(frozen=True)
class Mark:
    """A place on the map: x, y in km; kind closes, changes or stays; a name that is written next to it, or ""."""

    x: float
    y: float
    kind: str
    name: str = ""


SYMBOLS = {
    "closes": "".join(
        f'<path d="M{{x}} {{y}}m-6 -6l12 12m0 -12l-12 12" class="{kind}"/>' for kind in ("halo", "cross")
    ),
    "changes": '<path d="M{x} {y}m0 -5l5 5l-5 5l-5 -5z" class="diamond"/>',
    "stays": '<circle cx="{x}" cy="{y}" r="1.8" class="stay"/>',
}


def loss_map(
    x: Sequence[float],
    y: Sequence[float],
    people: Sequence[float],
    loss: Sequence[float],
    marks: Sequence[Mark],
    towns: Sequence[tuple[str, float, float]],
    classes: Sequence[float],
    say: Callable[[float], str],
    title: str,
    unit: str,
) -> Markup:
    """Areas shaded in classes of `loss` a head (upper bounds of all but the last in `classes`), with marks and towns."""
    xs, ys, weight, values = (np.asarray(v, dtype=np.float64) for v in (x, y, people, loss))
    if len(xs) > MOST:
        xs, ys, values = _gridded(xs, ys, weight, values)
    shapes = cells(xs, ys)
    corners = np.vstack([s for s in shapes if len(s)])
    low, high = corners.min(axis=0), corners.max(axis=0)
    scale = min((WIDE - 8) / max(high[0] - low[0], 1e-9), TALLEST / max(high[1] - low[1], 1e-9))
    inset = (WIDE - (high[0] - low[0]) * scale) / 2
    tall = (high[1] - low[1]) * scale

    def at(point: Floats) -> tuple[float, float]:
        return float(inset + (point[0] - low[0]) * scale), float(4 + tall - (point[1] - low[1]) * scale)

    step = np.searchsorted(np.asarray(classes), values, side="right")
    parts = []
    for k in range(len(classes) + 1):
        paths = [_path([at(p) for p in shape]) for shape, s in zip(shapes, step, strict=True) if s == k and len(shape)]
        if paths:
            parts.append(f'<path d="{"".join(paths)}" class="m{k}"/>')
    parts += _marks(marks, at)
    parts += _towns(marks, towns, at)
    legend, y_end = _legend(classes, say, tall + 22, marks, unit)
    return svg([*parts, *legend], y_end, title, _said(classes, step, say, marks))


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in points) + "Z"


def _gridded(x: Floats, y: Floats, people: Floats, loss: Floats) -> tuple[Floats, Floats, Floats]:
    """Centres of the squares of a grid in which somebody lives, with the mean loss of their people."""
    size = max(np.ptp(x), np.ptp(y)) / SQUARES
    column, row = ((v - v.min()) // size for v in (x, y))
    _, where = np.unique(column * 10_000 + row, return_inverse=True)
    weight = np.bincount(where, people)
    centre = [np.bincount(where, v * people) / np.maximum(weight, 1e-9) for v in (x, y, loss)]
    kept = weight > 0
    return centre[0][kept], centre[1][kept], centre[2][kept]


def _marks(marks: Sequence[Mark], at: Callable[[Floats], tuple[float, float]]) -> list[str]:
    """Symbols, those that close on top."""
    order = ("stays", "changes", "closes")
    parts = []
    for mark in sorted(marks, key=lambda m: order.index(m.kind)):
        a, b = at(np.array([mark.x, mark.y]))
        parts.append(SYMBOLS[mark.kind].replace("{x}", f"{a:.1f}").replace("{y}", f"{b:.1f}"))
    return parts


def _towns(
    marks: Sequence[Mark], towns: Sequence[tuple[str, float, float]], at: Callable[[Floats], tuple[float, float]]
) -> list[str]:
    """Names: first what closes, then towns, each where none is yet."""
    parts: list[str] = []
    taken: list[tuple[float, float, float, float]] = []
    named = [(m.name, m.x, m.y, "name") for m in marks if m.name] + [(n, x, y, "town") for n, x, y in towns]
    for name, px, py, kind in named:
        a, b = at(np.array([px, py]))
        wide = width_of(name)
        for dx, dy, anchor in ((10, 5, "start"), (-10, 5, "end"), (0, -11, "middle"), (0, 21, "middle")):
            left = a + dx - {"start": 0, "middle": wide / 2, "end": wide}[anchor]
            box = (left, b + dy - 12, left + wide, b + dy + 4)
            if left < 2 or box[2] > WIDE - 2 or box[1] < 0 or any(_meet(box, other) for other in taken):
                continue
            taken.append(box)
            parts.append(text(a + dx, b + dy, name, anchor, kind))
            break
    return parts


def _meet(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _legend(
    classes: Sequence[float], say: Callable[[float], str], y: float, marks: Sequence[Mark], unit: str
) -> tuple[list[str], float]:
    """A strip of the shades with their bounds between them, and the symbols that are there; returns where it ends."""
    wide = (WIDE - 40) / (len(classes) + 1)
    parts = [text(4, y + 4, unit, kind="muted")]
    for k in range(len(classes) + 1):
        parts.append(
            f'<rect x="{8 + k * wide:.1f}" y="{y + 12:.1f}" width="{wide:.1f}" height="12" class="m{k} edge"/>'
        )
    parts += [text(8 + (k + 1) * wide, y + 39, say(c), "middle", "muted") for k, c in enumerate(classes)]
    y += 60
    names = {"closes": "closes", "changes": "changes", "stays": "stays as it is"}
    at = 14.0
    for kind in ("closes", "changes", "stays"):
        if any(m.kind == kind for m in marks):
            parts.append(SYMBOLS[kind].replace("{x}", f"{at:.0f}").replace("{y}", f"{y - 4:.0f}"))
            parts.append(text(at + 14, y, names[kind]))
            at += 34 + width_of(names[kind])
    return parts, y + 10


def _said(classes: Sequence[float], step: NDArray[np.int64], say: Callable[[float], str], marks: Sequence[Mark]) -> str:
    bounds = [f"under {say(classes[0])}"]
    bounds += [f"{say(a)} to {say(b)}" for a, b in pairwise(classes)]
    bounds.append(f"{say(classes[-1])} and more")
    counted = "; ".join(f"{b}: {int((step == k).sum())} areas" for k, b in enumerate(bounds))
    closing = [m.name for m in marks if m.kind == "closes" and m.name]
    return counted + (f". Closing: {', '.join(closing)}." if closing else ".")
