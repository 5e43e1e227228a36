"""The same saving with less harm, as people read it: the answer, the frontier, the changes, a plan file and a picture."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from textwrap import wrap
from typing import Any

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

from ..place import Place
from ..plan import UNIT_COST, Measure, Plan
from ..search import Options, Point
from ..service import get
from ..writing import plain_json
from .words import pounds

Floats = NDArray[np.float64]
WIDTH = 80
BLUE, PINK, ORANGE, GREY = "#12436D", "#801650", "#F46A25", "#6f777b"
"""Of the Government Analysis Function: the picture is a file of its own, with no page to take colours from."""
WHAT = {
    "service": "of service",
    "users": "users",
    "minutes": "of service",
    "worst-off": "of service to the most deprived fifth",
    "beyond": "of service",
}


def spread(x: Floats) -> dict[str, float]:
    """Mean, 5% and 95%."""
    p5, p95 = np.quantile(x, [0.05, 0.95])
    return {"mean": float(x.mean()), "p5": float(p5), "p95": float(p95)}


def amount(x: Floats, harm: str) -> str:
    """A mean with its 90% range: pounds, or people."""
    r = spread(x)
    width = r["p95"] - r["p5"]
    if harm == "users":
        return f"{r['mean']:,.0f} ({r['p5']:,.0f} to {r['p95']:,.0f})"
    return f"{pounds(r['mean'], width)} ({pounds(r['p5'], width)} to {pounds(r['p95'], width)})"


def answer(o: Options) -> str:
    """The first line: how much of the harm is avoidable."""
    what, saving = WHAT[o.harm], pounds(float(o.target), 0.01 * abs(o.target))
    yours = amount(o.plan.harm, o.harm)
    if not o.better:
        return (
            f"Nothing better was found: in {o.tried:,} trials no plan that saves {saving} a year takes less {what} away than "
            f"yours ({yours}). That is no proof that there is none."
        )
    gain = o.plan.harm - o.best.harm
    return (
        f"The best plan found at this saving ({saving} a year) still takes {amount(o.best.harm, o.harm)} {what} away; yours "
        f"takes {yours}: {amount(gain, o.harm)} of the harm is avoidable{_in_people(o)}."
    )


def _in_people(o: Options) -> str:
    """The largest differences in people served, a service each, since one person may use several."""
    found = []
    for title, (noun, lost) in o.plan.people.items():
        less = lost - o.best.people.get(title, (noun, 0.0))[1]
        if abs(less) >= 1:
            found.append((less, f"{abs(less):,.0f} {'fewer' if less > 0 else 'more'} {noun} lost by {title.lower()}"))
    found.sort(key=lambda f: -abs(f[0]))
    return ", in people " + ", ".join(words for _, words in found[:3]) if found else ""


def told(o: Options) -> str:
    """All of it for a terminal, at most 80 columns."""
    lines = [*wrap(answer(o), WIDTH), ""]
    lines += [f"{'':<34}{'saves':>9}{'takes away':>29}", f"{'':<34}{'a year':>9}{'(90% uncertainty range)':>29}"]
    for p in o.points:
        width = float(np.quantile(p.saving, 0.95) - np.quantile(p.saving, 0.05))
        lines.append(f"{p.name:<34}{pounds(float(p.saving.mean()), width):>9}{amount(p.harm, o.harm):>29}")
    lines += ["", *wrap(_parts(o), WIDTH)]
    for note in o.notes:
        lines += wrap(note, WIDTH)
    otherwise = "does otherwise" if o.better else "does otherwise, without clearly less harm"
    lines += ["", f"What the best plan found {otherwise}:", *_changes(o), *_proofs(o), ""]
    lines += wrap(
        f"Measures were tried on 128 draws, {o.tried:,} times; what is told comes from {len(o.plan.harm):,} draws of a seed "
        f"that no choice was made on ({o.seed}). Efficiency claims are as in the plan: none is made larger. It is the "
        "best found in the time, not the best there is.",
        WIDTH,
    )
    return "\n".join(lines) + "\n"


def _parts(o: Options) -> str:
    """What the harm is made of and what is put on others: never one hidden number."""
    said = []
    for name, p in (("The plan", o.plan), ("The best found", o.best)):
        said.append(
            f"{name}: fewer people served {pounds(float(p.fewer.mean()), 1e5)}, lower quality "
            f"{pounds(float(p.lower.mean()), 1e5)}; charged to users {pounds(float(p.charged.mean()), 1e5)} and moved to others "
            f"{pounds(float(p.moved.mean()), 1e5)}, not counted as harm."
        )
    return " ".join(said)


def _changes(o: Options) -> list[str]:
    """Measures that are in one plan and not in the other, in words."""
    mine, theirs = set(o.plan.plan.measures), set(o.best.plan.measures)
    place, lines = o.plan.plan.place, []
    for sign, some in (("instead of", mine - theirs), ("it would", theirs - mine)):
        for m in sorted(some, key=lambda m: (m.service, m.id)):
            lines += wrap(f"{sign}: {in_words(place, m)}", WIDTH, initial_indent="  ", subsequent_indent="    ")
    return lines or ["  nothing"]


def in_words(place: Place, m: Measure) -> str:
    """One measure: service, what, to what, where."""
    instance = place.instances[m.service]
    service = get(instance.kind)
    choices = service.choices(place, instance, m.lever) if m.lever != UNIT_COST.name else ()
    to = choices[int(m.amount)] if choices and m.change == "set" else f"{m.amount:g}"
    how = {"set": f"to {to}", "scale": f"times {m.amount:.3g}", "add": f"by {m.amount:+g}"}[m.change]
    units = service.units(place, instance, m.lever) if m.lever != UNIT_COST.name else m.where
    where = "everywhere" if len(units) > 1 and set(m.where) == set(units) else ", ".join(m.where[:8])
    more = f" and {len(m.where) - 8} more" if where != "everywhere" and len(m.where) > 8 else ""
    return f"{instance.title or m.service}: {m.title} ({m.lever} {how}; {where}{more})"


def _proofs(o: Options) -> list[str]:
    """How near a service's own suggestion is to the least there can be, at middle values."""
    lines = []
    for name, s in o.bounds.items():
        title = o.plan.plan.place.instances[name].title or name
        if s.proved:
            said = f"{title}: at middle values, no other choice of buildings and hours saves as much with less harm: proved."
        else:
            gap = max(0.0, s.harm - s.bound) / max(abs(s.harm), 1e-9)
            said = f"{title}: at middle values, a choice with up to {100 * gap:.1f}% less harm is not ruled out."
        lines += wrap(said, WIDTH, initial_indent="  ", subsequent_indent="    ")
    return ["", "How far that is proved:", *lines] if lines else []


def data(o: Options) -> dict[str, Any]:
    """All of it for JSON."""

    def point(p: Point) -> dict[str, Any]:
        parts = {n: spread(getattr(p, n)) for n in ("saving", "harm", "fewer", "lower", "charged", "moved")}
        people = {k: {"people": noun, "lost": lost} for k, (noun, lost) in p.people.items()}
        return {
            "name": p.name,
            **parts,
            "people": people,
            "measures": [document(p.plan.place, m) for m in p.plan.measures],
        }

    return {
        "version": 1,
        "answer": answer(o),
        "harm": o.harm,
        "target": o.target,
        "better": o.better,
        "avoidable": spread(o.plan.harm - o.best.harm),
        "frontier": [point(p) for p in o.points],
        "proofs": {k: {"harm": s.harm, "bound": s.bound, "proved": s.proved} for k, s in o.bounds.items()},
        "trials": o.tried,
        "seed": o.seed,
        "notes": list(o.notes),
    }


def as_json(o: Options) -> str:
    """`data` as text."""
    return plain_json(json.dumps(data(o), ensure_ascii=False, indent=2) + "\n")


def document(place: Place, m: Measure) -> dict[str, Any]:
    """A measure as a plan file has it."""
    instance = place.instances[m.service]
    service, amount = get(instance.kind), m.amount
    value: Any = round(amount, 6)
    if m.lever != UNIT_COST.name:
        choices = service.choices(place, instance, m.lever)
        lever = next(x for x in service.levers if x.name == m.lever)
        words = {v: k for k, v in lever.words.items()}
        if m.change == "set":
            value = choices[int(amount)] if choices else words.get(amount, value)
    out: dict[str, Any] = {
        "id": m.id,
        "title": m.title,
        "service": m.service,
        "lever": m.lever,
        "where": list(m.where) or "all",
    }
    if m.lever == UNIT_COST.name:
        out["where"] = "all"
    out |= {"change": {m.change: value}, "start": _date(place, m.start)}
    if m.end is not None:
        out["end"] = _date(place, m.end)
    if m.phase:
        out["phase"] = f"{m.phase:g} quarters"
    for name in ("booked_saving", "one_off_cost"):
        if np.isfinite(getattr(m, name)):
            out[name] = round(getattr(m, name))
    out |= {"posts": round(m.posts, 1), "evidence": m.evidence}
    return out | ({"source": m.source} if m.source else {})


def _date(place: Place, quarters: float) -> str:
    """A date, from quarters since the calendar's start."""
    months = place.calendar.year * 12 + place.calendar.month - 1 + int(3 * quarters + 1e-9)
    day = 1 + round(31 * (3 * quarters + place.calendar.year * 12 + place.calendar.month - 1 - months))
    return f"{months // 12}-{months % 12 + 1:02d}-{min(day, 28):02d}"


def plan_file(o: Options, where: str) -> str:
    """The best plan found as a plan file; `where` is the place's folder as seen from the file."""
    plan: Plan = replace(o.best.plan, title=f"The same saving with less harm than: {o.plan.plan.title}")
    head: dict[str, Any] = {"withless": 1, "title": plan.title, "place": where}
    if np.isfinite(plan.target_saving):
        head["target"] = {"saving": round(plan.target_saving), "by": plan.target_year}
    lines = [f"{k}: {json.dumps(v, ensure_ascii=False)}" for k, v in head.items()]
    lines.append("measures:")
    for n, m in enumerate(plan.measures, 1):
        entry = document(plan.place, m)
        if sum(other.id == m.id for other in plan.measures) > 1:
            entry["id"] = f"{m.id}-{n}"
        for k, (key, value) in enumerate(entry.items()):
            lines.append(f"  {'-' if k == 0 else ' '} {key}: {json.dumps(value, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"


def picture(o: Options) -> Markup:
    """Saving against harm: every point with its name, the plan and the best found marked by shape as well as colour."""
    wide, high, left, base = 640, 420, 70, 360
    most_s = max(1.0, *(float(p.saving.mean()) for p in o.points))
    low = min(0.0, *(float(p.harm.mean()) for p in o.points))
    most_h = max(low + 1.0, *(float(p.harm.mean()) for p in o.points))

    def at(p: Point) -> tuple[float, float]:
        x = left + (wide - left - 150) * float(p.saving.mean()) / most_s
        return x, base - (base - 30) * (float(p.harm.mean()) - low) / (most_h - low)

    parts = [f'<path d="M{left} 20V{base}H{wide - 20}" fill="none" stroke="#0b0c0c"/>']
    taken: list[tuple[float, float]] = []
    for p in sorted(o.points, key=lambda p: float(p.harm.mean())):
        x, y = at(p)
        line = y + 5
        while any(abs(line - b) < 15 and abs(x - a) < 200 for a, b in taken):
            line -= 15
        taken.append((x, line))
        shape = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{GREY}"/>'
        if p is o.plan or p.name == "The plan":
            shape = f'<rect x="{x - 6:.1f}" y="{y - 6:.1f}" width="12" height="12" fill="{PINK}"/>'
        elif p.name == "The best found":
            shape = f'<path d="M{x:.1f} {y - 8:.1f}l8 14h-16z" fill="{BLUE}"/>'
        elif p.name == "Close nothing":
            shape = f'<path d="M{x:.1f} {y - 7:.1f}l7 7l-7 7l-7-7z" fill="{ORANGE}"/>'
        parts += [shape, f'<text x="{x + 10:.1f}" y="{line:.1f}">{escape(p.name)}</text>']
    unit = "users" if o.harm == "users" else ""
    top = f"{most_h:,.0f} {unit}" if unit else pounds(most_h, most_h / 10)
    parts += [
        f'<text x="{left - 6}" y="30" text-anchor="end">{escape(top)}</text>',
        f'<text x="{wide - 150}" y="{base + 20}" text-anchor="end">{escape(pounds(most_s, most_s / 10))}</text>',
        f'<text x="{left}" y="{base + 40}">Saved a year (to the right) against service taken away (upwards)</text>',
    ]
    said = "; ".join(
        f"{p.name}: saves {pounds(float(p.saving.mean()), most_s / 100)}, takes away {amount(p.harm, o.harm)}"
        for p in o.points
    )
    return Markup(  # noqa: S704  # what is not ours was escaped
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" font-family="sans-serif" font-size="13" role="img">'
        f"<title>The same saving with less harm</title><desc>{escape(said)}</desc>{''.join(parts)}</svg>\n"
    )


def relative(place_folder: Path, file: Path) -> str:
    """The place's folder as a plan file in another folder names it."""
    import os

    return Path(os.path.relpath(place_folder.resolve(), file.resolve().parent)).as_posix()
