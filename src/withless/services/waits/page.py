"""`withless waits project --html`: one page with charts for whoever runs theatres and clinics, no script, no network.

A panel a figure: today, what is forecast, the range that holds 80 in 100 outcomes shaded, and with a change a second line.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from ... import __version__
from .printing import PEOPLE, Figures, Told, number

Floats = NDArray[np.float64]

PANELS = {
    "list": ("People waiting", ""),
    "over_52": ("Waiting a year or longer", ""),
    "percentile_92": ("92 in 100 have waited less than", " weeks"),
    "within_18": ("Waiting less than 18 weeks", "%"),
}
"""Figures shown, with their titles and what stands behind a number."""

COLOURS = ("#1d5f8a", "#b3501b")
"""If nothing changes, and with the change: told apart without colour by dashes, too."""

SHADED = "Shaded: 8 outcomes of 10 lie within."
WIDE, HIGH, LEFT, RIGHT, TOP, BOTTOM = 560, 300, 78, 118, 18, 40
STYLE = """
body{font:16px/1.5 system-ui,sans-serif;color:#1b1b1b;margin:0 auto;max-width:1180px;padding:16px}
h1{font-size:1.5rem;line-height:1.25;margin:.3em 0}h2{font-size:1.05rem;margin:0 0 4px}
.panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,460px),1fr));gap:20px}
figure{margin:0;border:1px solid #d5d5d5;border-radius:6px;padding:12px}svg{width:100%;height:auto;display:block}
text{font:16px system-ui,sans-serif;fill:#333}.lead{font-size:1.1rem;max-width:46em}.key span{margin-right:1.6em}
.key i{display:inline-block;width:26px;height:0;border-top:3px solid;vertical-align:middle;margin-right:.5em}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th,td{text-align:right;padding:4px 8px;
border-bottom:1px solid #e2e2e2}th:first-child,td:first-child{text-align:left}.wide{overflow-x:auto}
.note{color:#444;max-width:60em}
"""


def page(told: Told, title: str, notes: Sequence[str]) -> str:
    """The page as a file holds it."""
    sides = list(told.figures.items())
    panels = "".join(_panel(told, name, head, unit) for name, (head, unit) in PANELS.items())
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="generator" content="withless {__version__}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head><body><h1>{escape(title)}</h1>{_lead(told)}{_key([name for name, _ in sides])}"
        f'<div class="panels">{panels}</div>{_table(told)}'
        f'<p class="note">{escape(" ".join(notes))}</p></body></html>\n'
    )


def _at(told: Told) -> int:
    """The horizon that is spoken of: a year, or the last."""
    return next((h for h, weeks in enumerate(told.horizons) if weeks >= 52), len(told.horizons) - 1)


def _lead(told: Told) -> str:
    """The answer in plain words."""
    h = _at(told)
    figures = next(iter(told.figures.values()))
    when = f"In {told.horizons[h]} weeks" if told.horizons[h] != 52 else "In a year"
    listed, long = ({k: _number(q, v[-1][h]) for k, v in figures[q].items()} for q in ("list", "over_52"))
    words = [
        f"{_number('list', told.now['list'][-1])} people wait, {_number('over_52', told.now['over_52'][-1])} of them a year or "
        f"longer. {when}, if nothing changes, {listed['mean']} will wait ({listed['p10']} to {listed['p90']} in 8 cases of "
        f"10), {long['mean']} of them a year or longer ({long['p10']} to {long['p90']}). About "
        f"{_number('list', figures['treated']['mean'][-1][h] / told.horizons[h])} are treated a week."
    ]
    if told.change:
        name = list(told.figures)[1]
        gap = {q: told.change[q]["mean"][-1][h] for q in ("treated", "list", "over_52", "left_untreated")}
        words.append(
            f"With {name}: {_more(gap['treated'] / told.horizons[h])} treated a week. Then {_more(gap['list'])} wait, "
            f"{_more(gap['over_52'])} of them a year or longer, and {_more(gap['left_untreated'])} have left the list untreated."
        )
    return "".join(f'<p class="lead">{escape(w)}</p>' for w in words)


def _number(name: str, value: float) -> str:
    """As in the tables, people in full."""
    if name in PEOPLE and np.isfinite(value) and abs(value) >= 1000:
        return f"{float(f'{value:.3g}'):,.0f}"
    return number(name, value)


def _more(change: float) -> str:
    """A change in people, in words."""
    return f"{_number('list', abs(change))} {'fewer' if change < 0 else 'more'}"


def _key(names: Sequence[str]) -> str:
    lines = [
        f'<span><i style="border-color:{COLOURS[k]};border-top-style:{("solid", "dashed")[k]}"></i>'
        f"{escape(('if ' if not k else 'with ') + name)}</span>"
        for k, name in enumerate(names)
    ]
    rest = "".join(f"<span>{said}</span>" for said in (SHADED, "Scales need not start at zero."))
    return f'<p class="key">{"".join(lines)}{rest}</p>'


def _panel(told: Told, name: str, head: str, unit: str) -> str:
    """One figure from today on."""
    weeks = [0, *told.horizons]
    today = float(told.now[name][-1])
    paths = [{k: [today, *(float(x) for x in v[-1])] for k, v in f[name].items()} for f in told.figures.values()]
    values = np.array([v for p in paths for v in p.values()])
    values = values[np.isfinite(values)]
    low, high = (values.min(), values.max()) if len(values) else (0.0, 1.0)
    ticks = _ticks(low, high)
    low, high = ticks[0], ticks[-1]

    def x(week: float) -> float:
        return LEFT + (WIDE - LEFT - RIGHT) * week / weeks[-1]

    def y(value: float) -> float:
        return TOP + (HIGH - TOP - BOTTOM) * (1 - (value - low) / (high - low))

    parts = [
        f'<line x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{y(t):.1f}" y2="{y(t):.1f}" stroke="#e2e2e2"/>'
        f'<text x="{LEFT - 8}" y="{y(t) + 4:.1f}" text-anchor="end">{_number(name, t)}</text>'
        for t in ticks
    ]
    shown = [w for w in weeks if w % 26 == 0] if weeks[-1] > 52 else weeks
    parts += [
        f'<text x="{x(w):.1f}" y="{HIGH - 12}" text-anchor="middle">{"today" if w == 0 else f"{w} wks"}</text>'
        for w in shown
        if w == 0 or x(w) - x(0) > 70
    ]
    ends: list[tuple[float, str, str]] = []
    for k, path in enumerate(paths):
        if not np.isfinite(path["mean"]).all():
            continue
        there = [(x(w), y(v)) for w, v in zip(weeks, path["p90"], strict=True)]
        back = [(x(w), y(v)) for w, v in zip(reversed(weeks), reversed(path["p10"]), strict=True)]
        area = " ".join(f"{a:.1f},{b:.1f}" for a, b in [*there, *back])
        line = " ".join(f"{x(w):.1f},{y(v):.1f}" for w, v in zip(weeks, path["mean"], strict=True))
        dash = ' stroke-dasharray="7 4"' if k else ""
        parts += [
            f'<polygon points="{area}" fill="{COLOURS[k]}" fill-opacity=".15"/>',
            f'<polyline points="{line}" fill="none" stroke="{COLOURS[k]}" stroke-width="3"{dash}/>',
        ]
        ends.append((y(path["mean"][-1]), _number(name, path["mean"][-1]) + unit, COLOURS[k]))
    parts += [
        f'<text x="{WIDE - RIGHT + 8}" y="{at + 4:.1f}" style="fill:{colour};font-weight:600">{escape(label)}</text>'
        for at, label, colour in _apart(ends)
    ]
    said = escape(f"{head}: today {_number(name, today)}{unit}; {ends[0][1] if ends else '-'} after {weeks[-1]} weeks")
    return (
        f'<figure><h2>{escape(head)}</h2><svg viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{said}">'
        f"{''.join(parts)}</svg></figure>"
    )


def _apart(ends: list[tuple[float, str, str]]) -> list[tuple[float, str, str]]:
    """Labels at the ends of lines, none over another."""
    out: list[tuple[float, str, str]] = []
    for at, label, colour in sorted(ends):
        out.append((max(at, out[-1][0] + 20) if out else at, label, colour))
    return out


def _ticks(low: float, high: float) -> list[float]:
    """Three to six round numbers that hold low and high; from zero where the lowest is small against the highest."""
    low = 0.0 if low < 0.4 * high else low
    span = max(high - low, 1e-9 + 0.02 * abs(high), 1.0)
    step = 10 ** np.floor(np.log10(span / 3))
    step *= next(m for m in (1, 2, 5, 10) if span / (m * step) <= 4)
    first, last = np.floor(low / step), np.ceil(high / step)
    return [float(k * step) for k in np.arange(first, max(last, first + 1) + 1)]


def _table(told: Told) -> str:
    """Every specialty at the horizon that is spoken of, with the last side shown."""
    name, figures = list(told.figures.items())[-1]
    h, heads = _at(told), ("", "wait now", "will wait", "under 18 weeks", "a year or longer", "treated a week")
    rows = "".join(_table_row(told, figures, g, group, h) for g, group in enumerate(told.groups))
    cells = "".join(f"<th>{escape(c)}</th>" for c in heads)
    said = f"By specialty, {told.horizons[h]} weeks on, {'if' if len(told.figures) < 2 else 'with'} {name}"
    return (
        f'<h2 style="margin-top:24px">{escape(said)}</h2><div class="wide"><table><tr>{cells}</tr>{rows}</table></div>'
    )


def _table_row(told: Told, figures: Figures, g: int, group: str, h: int) -> str:
    values = (
        _number("list", told.now["list"][g]),
        _number("list", figures["list"]["mean"][g][h]),
        _number("within_18", figures["within_18"]["mean"][g][h]) + "%",
        _number("over_52", figures["over_52"]["mean"][g][h]),
        _number("treated", figures["treated"]["mean"][g][h] / told.horizons[h]),
    )
    return f"<tr><td>{escape(group)}</td>{''.join(f'<td>{v}</td>' for v in values)}</tr>"
