"""The report as one HTML file: no network, no script, every chart with its table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ..verdict import RULE
from ..writing import plain
from . import charts, words
from .by_measure import pence
from .terminal import (
    MOVED,
    PARTS,
    PAYER,
    chances,
    group_share,
    judged,
    late_line,
    moved_line,
    nearest_line,
    not_modelled_line,
    part,
    pence_line,
    standing,
    strict_line,
    target_line,
)

Json = dict[str, Any]

AREAS_LISTED = 25
NO_BAR = dict.fromkeys(("mean", "p5", "p50", "p95"), 0.0)
"""What is drawn of a group in which nobody lives; the words beside it say so."""


def render(c: Json) -> str:
    """The whole page from `content`."""
    environment = Environment(
        loader=PackageLoader("withless.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        about=words.about,
        group_share=group_share,
        pounds=words.pounds,
        percent=words.percent,
        number=words.number,
        chance=words.chance,
        in_hundred=words.in_hundred,
        count=words.count,
        and_list=words.and_list,
        chances=chances,
        class_chance=words.class_chance,
        nearest_line=nearest_line,
        late_line=late_line,
        strict_line=strict_line,
        target_line=target_line,
        part=part,
        in_pence=pence,
        payer=PAYER,
        kept=lambda p: standing(p).strip(),
        pence_line=pence_line,
        moved_line=moved_line,
        judged=judged(c),
        not_modelled_line=not_modelled_line,
    )
    return plain(environment.get_template("report.html.j2").render(c=c, patterns=charts.PATTERNS, **_parts(c)))


def _parts(c: Json) -> dict[str, Any]:
    """What the template shows besides `content`: charts, and rows gathered from several places."""
    return {
        "touched": [s for s in c["services"] if s["touched"]],
        "strict": {k: [t[k] for t in c["verdict"]["tolerance"].values()] for k in ("more", "same", "less")},
        "rule": RULE,
        "parts": PARTS,
        "moved_names": MOVED,
        "area_people": float(f"{sum(c['areas']['people']) / max(len(c['areas']['people']), 1):.2g}"),
        "verdict_chart": _verdict_chart(c["verdict"]),
        "ledger_chart": _ledger_chart(c["ledger"]),
        "group_charts": _group_charts(c["groups"]),
        "measure_chart": _measure_chart(c["by_measure"]),
        "year_chart": _year_chart(c),
        "exhibit_chart": _exhibit_chart,
        "maps": [_map(c, s) for s in c["services"] if s["touched"] and s["id"] in c["areas"]["users"] and _loses(c, s)],
    }


def _verdict_chart(v: Json) -> Markup:
    names = {"more": "more", "same": "the same", "less": "less"}
    parts = [(f"{label}: {words.class_chance(v, k)}", v[k]) for k, label in names.items()]
    return charts.shares(parts, "Chance of more, the same or less service")


def _ledger_chart(ledger: Json) -> Markup:
    rows = [charts.Row(label, r, words.about(r, "pounds")) for k, label, _ in PARTS if _any(r := part(ledger, k))]
    rows.append(charts.Row("Saved in all", ledger["total"], words.about(ledger["total"], "pounds")))
    return charts.bars(rows, "Where the yearly saving comes from")


def _measure_chart(found: list[Json]) -> Markup:
    """What each measure saves, with what it takes away in words; empty where measures were not told apart."""
    rows = [charts.Row(m["id"], m["saves"], words.about(m["saves"], "pounds")) for m in found]
    return charts.bars(rows, "What each measure saves a year") if rows else Markup("")


def _group_charts(groups: list[Json]) -> list[tuple[str, Markup, list[Json]]]:
    """A chart and its rows by deprivation and by age."""
    found = []
    for by, title in (
        ("deprivation", "Change in service by how deprived an area is"),
        ("age", "Change in service by age"),
    ):
        rows = [g for g in groups if g["by"] == by and (g["people"] > 0 or g["residents"] == 0)]
        if any(g["people"] > 0 for g in rows):
            drawn = [charts.Row(_capital(g["label"]), g["change_share"] or NO_BAR, group_share(g)) for g in rows]
            found.append((title, charts.bars(drawn, title), rows))
    return found


def _year_chart(c: Json) -> Markup:
    rows = c["money"]["by_year"]
    top = max(max(r["delivered"]["p95"], r["booked"]) for r in rows)
    said = "; ".join(
        f"{r['year']}: booked {words.pounds(r['booked'])}, saved {words.about(r['delivered'], 'pounds')}" for r in rows
    )
    labels, booked = [r["year"][2:] for r in rows], [r["booked"] for r in rows]
    title = "Saving a year, booked and real"
    return charts.years(labels, booked, [r["delivered"] for r in rows], title, said, words.pounds(top))


def _exhibit_chart(e: Json) -> Markup:
    """Lines over time, or bars where an exhibit says so."""
    unit = e["unit"]
    if e["kind"] == "bars":
        rows = [
            charts.Row(label if len(e["lines"]) == 1 else f"{label}, {line['name']}", r, words.about(r, unit))
            for i, label in enumerate(e["labels"])
            for line, r in ((line, line["values"][i]) for line in e["lines"])
        ]
        return charts.bars(rows, e["title"])
    said = "; ".join(f"{n['name']}: {words.about(n['values'][-1], unit)} at {e['labels'][-1]}" for n in e["lines"])
    ends = [words.say(v, unit) + words.after(unit) for v in charts.ends([n["values"] for n in e["lines"]])]
    return charts.lines(e["labels"], [(n["name"], n["values"]) for n in e["lines"]], e["title"], said, ends)


def _map(c: Json, s: Json) -> dict[str, Any]:
    """A map of one service, and the areas that lose most of their users."""
    areas = c["areas"]
    change = _change(areas["users"][s["id"]])
    title = f"{s['name']}: share of users lost, by area"
    order = sorted(range(len(change)), key=lambda i: change[i])[:AREAS_LISTED]
    noun = {"users": "a venue"}.get(s["people"], "a unit")
    users = areas["users"][s["id"]]
    return {
        "title": title,
        "svg": charts.dots(charts.Dots(areas["x_km"], areas["y_km"], change, s["units"]), title, noun),
        "rows": [
            (areas["name"][i] or areas["id"][i], users["baseline"][i], users["plan"][i], change[i])
            for i in order
            if change[i] < -0.001
        ],
    }


def _loses(c: Json, s: Json) -> bool:
    """Whether any area loses one in a hundred of its users."""
    return bool(min(_change(c["areas"]["users"][s["id"]]), default=0.0) < -0.01)


def _change(users: Mapping[str, list[float]]) -> list[float]:
    return [b / a - 1 if a > 0 else 0.0 for a, b in zip(users["baseline"], users["plan"], strict=True)]


def _any(r: Json) -> bool:
    return bool(r["p5"] or r["p95"] or r["mean"])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
