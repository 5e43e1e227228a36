"""What the page shows, picked and put in order from a `Result` by what matters in this plan."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from ...verdict import RULE
from ...writing import plain, safe
from .. import sentences, words
from ..by_measure import pence
from ..charts import PATTERNS, Chart
from ..content import Result, typed
from ..content.models import Promise, Range, Service, Unit
from . import pictures

Json = dict[str, Any]

SHOWN_FIRST = 6
"""Services listed on the first screen; the rest are counted."""
SIDES = {
    "users": "Users",
    "visits": "Visits a year",
    "hours": "Hours a week",
    "treated_of": "Treated a year",
    "supported": "People supported",
    "cost": "Cost a year",
    "spent": "Spent a year",
    "output": "How much is done",
}
"""Heads of what services report of their units, and `MONEY` those of them that are pounds."""
MONEY = ("cost", "spent")


@dataclass(frozen=True)
class Card:
    """One service: three numbers with what they are, a sentence, and a picture where people change."""

    service: Service
    verdict: str
    numbers: Sequence[tuple[str, str, str]]
    sentence: str
    picture: Chart | None


@dataclass(frozen=True)
class Detail:
    """All of one service, folded: the units that change with the columns that are known, and what it shows of itself."""

    service: Service
    changed: Sequence[Unit]
    columns: Sequence[tuple[str, str]]
    charts: Sequence[Chart]
    texts: Sequence[str]


def render(found: Result | Json, inputs: str = "") -> str:
    """The whole page; `inputs` is what `withless verify` runs it again from."""
    r = typed(found)
    environment = Environment(
        loader=PackageLoader("withless.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        {
            name: getattr(words, name)
            for name in ("about", "pounds", "percent", "number", "chance", "in_hundred", "count")
        },
        and_list=words.and_list,
        in_pence=lambda measure: pence(measure.model_dump()),
        class_chance=words.class_chance,
        say=sentences,
        cell=_cell,
        download=_download,
        judged=sentences.judged(r),
        payer=sentences.PAYER,
        rule=RULE,
    )
    return plain(environment.get_template("report.html.j2").render(r=r, patterns=PATTERNS, inputs=inputs, **_parts(r)))


def _parts(r: Result) -> Json:
    """What the template shows besides the result: charts, cards, rows gathered from several places."""
    changing = sentences.changing(r)
    judged = sentences.judged(r)
    felt = [s for s in changing if s.in_verdict and _felt(s)]
    loses = any(s.served.change.mean < 0 or s.quality.change.mean < 0 for s in felt)
    return {
        "first": felt[:SHOWN_FIRST],
        "more": max(len(felt) - SHOWN_FIRST, 0),
        "who": "Who loses what" if loses or not felt else "Who gains what",
        "cards": [card(s, r.year) for s in changing if s.in_verdict],
        "crude": [s for s in changing if not s.in_verdict],
        "details": [detail(s) for s in changing],
        "pound": pictures.pound(r) if judged else None,
        "bridge": pictures.bridge(r),
        "years": pictures.years(r),
        "map": pictures.areas(r) if judged else None,
        "groups": [c for by in ("deprivation", "age") if (c := pictures.groups(r, by)) is not None],
        "promises": sorted(r.promises, key=lambda p: (sentences.ORDER.index(sentences.standing(p)), -_missed(p))),
        "strict": {
            k: [getattr(r.verdict.tolerance.half, k), getattr(r.verdict.tolerance.double, k)]
            for k in ("more", "same", "less")
        },
        "parts_table": [
            (label, words.about(sentences.part(r.ledger, key), "pounds"), meaning)
            for key, label, meaning in sentences.PARTS
            if not _same(getattr(r.ledger, key))
        ],
        "judged_count": sum(a.kind == "judged" for a in r.assumptions),
        "doubts": _notes(r, "Warning: "),
        "blanks": _notes(r, "Blank: "),
        "notes": [n for n in r.notes if not n.startswith(("Warning: ", "Blank: "))],
    }


def card(s: Service, year: str) -> Card:
    """One service in three numbers, one picture and one sentence."""
    numbers = [
        (*_mean_and_range(s.served.change, "people", signed=True), f"change in {s.people}, {year}"),
        (*_mean_and_range(s.ledger.total, "pounds"), f"saved in {year}"),
        _third(s, year),
    ]
    fates = sentences.fates_line(s)
    sentence = f"{fates[:1].upper()}{fates[1:]}." if fates else "Nothing closes or changes hands."
    verdict = f"{s.verdict.headline} ({words.class_chance(s.verdict, s.verdict.word)})"
    return Card(s, verdict, numbers, sentence, pictures.people(s, year))


def _third(s: Service, year: str) -> tuple[str, str, str]:
    """The third number: what is moved to others where that is much of the saving, else what each of those served gets."""
    if s.moved.total.mean > RULE.moved * max(abs(s.ledger.total.mean), 1.0):
        return *_mean_and_range(s.moved.total, "pounds"), f"moved to others in {year}"
    if s.wait is not None and abs(s.wait.change.mean) >= 0.5:
        return *_mean_and_range(s.wait.change, "days", signed=True), f"waited by each, {year}"
    return *_mean_and_range(s.quality.change, "share", signed=True), f"quality for each, against today, {year}"


def _mean_and_range(r: Range, unit: str, signed: bool = False) -> tuple[str, str]:
    """`-310` and `-540 to -80`; `none` where nothing changes."""
    if _same(r):
        return "none", ""
    mean, _, rest = words.about(r, unit, signed).partition(" (")
    spread, _, after = rest.partition(")")
    return mean + after, spread


def detail(s: Service) -> Detail:
    """All of one service."""
    changed = [u for u in s.units if u.fate != "stays"]
    known = [k for k in SIDES if any(k in (u.model_extra or {}) for u in changed)]
    others = [k for u in changed for k in (u.model_extra or {}) if k not in SIDES]
    columns = [(k, SIDES.get(k, k.replace("_", " ").capitalize())) for k in (*known, *dict.fromkeys(others))]
    charts = [pictures.exhibit(s, e, i) for i, e in enumerate(s.exhibits) if e.labels]
    return Detail(s, changed, columns, charts, [e.text for e in s.exhibits if e.text])


def _cell(u: Unit, key: str) -> tuple[str, str]:
    """What a service reports of a unit with the plan, and today; empty where it reports nothing."""
    sides = (u.model_extra or {}).get(key)
    if sides is None:
        return "", ""
    unit = "pounds" if key in MONEY else "share" if key == "output" else "people"
    if _same(sides.change):
        return words.about(sides.plan, unit), "as today"
    return words.about(sides.plan, unit), f"today {words.say(sides.baseline.mean, unit, abs(sides.baseline.mean) / 5)}"


def _same(change: Range) -> bool:
    return not (change.mean or change.p5 or change.p95)


def _felt(s: Service) -> bool:
    """Whether people or what each of them gets change by more than a trifle."""
    return abs(s.served.change.mean) >= 0.5 or abs(s.quality.change.mean) >= 0.0005


def _missed(p: Promise) -> float:
    """By how much a promise is missed, in people; 0 in other units."""
    return p.miss.mean if p.miss is not None and p.unit == "people" else 0.0


def _notes(r: Result, start: str) -> list[str]:
    return [n[len(start) :] for n in r.notes if n.startswith(start)]


def _download(chart: Chart) -> str:
    """A chart's numbers as an address that a browser saves as a CSV file."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([[safe(cell) for cell in row] for row in chart.data])
    return "data:text/csv;base64," + base64.b64encode(("\ufeff" + out.getvalue()).encode()).decode()
