"""A poll as one HTML page: no network, no script, every chart with its table."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ..writing import plain
from .poll_charts import Point, points, stacked
from .poll_published import disclosure, said
from .poll_terminal import _p, say

Json = dict[str, Any]
MOST_BARS = 13


def render(c: Json) -> str:
    """The page of a poll from its `content`."""
    charts = {q["id"]: _charts(q) for q in c["questions"]}
    return plain(_environment().get_template("poll.html.j2").render(c=c, charts=charts, say=say, p=_p))


def render_published(c: Json) -> str:
    """The page of a published poll."""
    rows = [
        Point(f"{f['short']}: {f['answer']}", f["share"], f["low"], f["high"], said(f))
        for f in c["figures"]
        if f["share"] is not None
    ]
    chart = points(rows, "Published shares and what chance alone allows")
    page = _environment().get_template("published.html.j2")
    return plain(page.render(c=c, chart=chart, said=said, disclosure=disclosure(c)))


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("withless.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _charts(q: Json) -> list[tuple[Markup, str]]:
    """Charts of a question with what is said below them."""
    found = []
    answers = [r for r in q["rows"] if r["kind"] == "answer"]
    shown = [j for j, h in enumerate(q["heads"]) if h["flag"] not in ("hidden", "withheld")][:MOST_BARS]
    if answers and shown and len(answers) <= 12:
        bars = [(q["heads"][j]["label"], [r["cells"][j]["value"] for r in answers if r["cells"][j]]) for j in shown]
        bars = [(name, values) for name, values in bars if len(values) == len(answers)]
        found.append((stacked([r["label"] for r in answers], bars, q["text"]), "Shares of those who answered."))
    rows = [r for r in q["rows"] if r["kind"] in ("net", "item") and r["cells"][0] is not None]
    if rows:
        made = [_point(r, r["cells"][0]) for r in rows]
        ranged = any(p.low is not None for p in made)
        found.append(
            (
                points(made, f"{q['text']}: together"),
                "The orange bar is the margin of error." if ranged else "No margin of error.",
            )
        )
    return found


def _point(row: Json, cell: Json) -> Point:
    words = say(row, cell["value"])
    if cell["low"] is not None:
        words += f" ({say(row, cell['low'])} to {say(row, cell['high'])})"
    return Point(row["label"], cell["value"], cell["low"], cell["high"], words)
