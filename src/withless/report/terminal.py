"""The result for a terminal, in plain lines of at most 80 columns: a summary of at most 40 lines, and in full."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Sequence
from typing import Any

from ..files import printable
from . import sentences
from .by_measure import short
from .content import Result, typed
from .content.models import Promise, Range, Service
from .poll_terminal import belief_lines
from .sentences import MOVED, PARTS, PAYER, judged, part
from .words import about, and_list, class_chance, count, in_hundred, percent, pounds
from .words import change as changed

Json = dict[str, Any]

WIDTH, LINES = 80, 40
BAR = 20


def summary(found: Result | Json, files: Sequence[str] = (), full: bool = False) -> str:
    """The result in at most 40 lines, or in full; `files` are the names of what was written."""
    r = typed(found)
    return _in_full(r, files) if full else _short(r, files)


def _short(r: Result, files: Sequence[str]) -> str:
    """The 40 lines: promises give way to the rest, those most in danger last."""
    blocks = [_head(r), _verdict(r), _money_short(r), _services_short(r), _pounds_short(r)]
    foot = [*_foot_short(r), *(f"Written: {name}" for name in files)]
    used = sum(len(b) + 1 for b in blocks if b) + len(foot)
    return _joined([*blocks, _promises_short(r, LINES - used - 1), foot])


def _in_full(r: Result, files: Sequence[str]) -> str:
    measures = short([m.model_dump() for m in r.by_measure])
    blocks = [_head(r), _verdict(r), _money(r), _services(r), _pounds(r), measures, _groups(r), _promises(r)]
    beliefs = belief_lines([b.model_dump() for b in r.belief])
    return _joined([*blocks, beliefs, [*_foot(r), *(f"Written: {name}" for name in files)]])


def _joined(blocks: Sequence[Sequence[str]]) -> str:
    return "\n\n".join("\n".join(map(printable, b)) for b in blocks if b) + "\n"


def _head(r: Result) -> list[str]:
    invented = " (an invented place)" if r.invented else ""
    return [*_wrap(r.plan), *_wrap(f"{r.place}{invented}, results for {r.year}, pounds of {r.prices}")]


def _verdict(r: Result) -> list[str]:
    v = r.verdict
    lines = _wrap(v.headline.upper())
    if not judged(r):
        return lines
    lines += _wrap(f"Chance: {sentences.chances(v)}.", "  ")
    said = (sentences.pence_line(v), sentences.late_line(r), sentences.nearest_line(v), sentences.strict_line(v))
    for line in said:
        lines += _wrap(line, "  ") if line else []
    return lines


def _money_short(r: Result) -> list[str]:
    lines = [f"Money a year in {r.year}"]
    lines += _row("Booked by the plan", pounds(r.money.booked))
    lines += _row("Saved where judged", about(r.money.judged, "pounds"))
    if r.not_modelled is not None:
        lines += _row("Saved, not modelled", about(r.not_modelled.saving, "pounds"))
    lines += _raised(r)
    if r.target is not None:
        lines += _row(f"Target by {r.target.by}", f"{pounds(r.target.saving)}, reached {in_hundred(r.target.reached)}")
    return lines


def _money(r: Result) -> list[str]:
    m, b = r.money, r.money.bridge
    lines = [f"Money a year in {r.year}"]
    if abs(b.phased) >= 0.0005 * abs(b.in_plan):
        lines += _row("In the plan, full effect", pounds(b.in_plan))
        lines += _row(f"Not due in {r.year}", pounds(b.phased))
    lines += _row("Booked by the plan", pounds(m.booked))
    lines += _raised(r)
    if r.not_modelled is not None:
        lines += _row("Saved, not modelled", sentences.not_modelled_line(r.not_modelled))
    if b.booked:
        over = b.not_delivered.mean < 0
        lines += _row(
            "Saved beyond what is booked" if over else "Not delivered", about(_sized(b.not_delivered), "pounds")
        )
    lines += _row("Saved where judged", about(m.judged, "pounds"))
    if len(m.by_payer) > 1:
        for p in m.by_payer:
            lines += _row(f"Saved by the {PAYER.get(p.payer, p.payer)}", about(p.delivered, "pounds"))
    if r.target is not None:
        lines += _row(f"Target by {r.target.by}", sentences.target_line(r.target))
    lines += _row("One-off cost, all years", about(m.one_off, "pounds"))
    if m.capital_receipt.p95 > 0:
        lines += _row("Sales of buildings, once", about(m.capital_receipt, "pounds"))
    return lines


def _raised(r: Result) -> list[str]:
    lines = []
    for value, label in ((r.money.raised, "Raised by tax and grants"), (r.money.drawn, "Drawn from reserves")):
        if value.p5 or value.p95:
            lines += _row(label, f"{about(value, 'pounds')}, which is no saving")
    return lines


def _sized(value: Range) -> Range:
    """A range without the sign of its mean."""
    if value.mean >= 0:
        return value
    return Range(mean=-value.mean, p5=-value.p95, p50=-value.p50, p95=-value.p5)


def _row(label: str, value: str) -> list[str]:
    return _wrap(f"{label:<26}{value}", "  ", " " * 28)


def _services_short(r: Result) -> list[str]:
    """A line for each service that changes, those that lose most first."""
    changing = sentences.changing(r)
    if not changing:
        return ["The plan changes no service."]
    lines = [f"Services that change, people a year in {r.year}"]
    for s in changing:
        if not s.in_verdict:
            continue
        word = f"{s.verdict.word} {class_chance(s.verdict, s.verdict.word)}"
        start, people = f"  {s.name[:24]:<25}{word:<14}", changed(s.served.change, s.people)
        if len(start + people) > WIDTH:
            people = people.partition(" (")[0]
        lines.append(f"{start}{people}"[:WIDTH])
    crude = [s.name for s in changing if not s.in_verdict]
    lines += _wrap(f"Not modelled: {and_list(crude)}.", "  ") if crude else []
    return lines + (_wrap(sentences.alone_line(r), "  ") if sentences.alone_line(r) else [])


def _services(r: Result) -> list[str]:
    changing = sentences.changing(r)
    if not changing:
        return ["The plan changes no service."]
    lines = [f"Services that change, {r.year}"]
    for s in changing:
        lines += _service(s)
    return lines + (_wrap(sentences.alone_line(r), "  ") if sentences.alone_line(r) else [])


def _service(s: Service) -> list[str]:
    word = f"{s.verdict.headline} ({class_chance(s.verdict, s.verdict.word)})"
    lines = _wrap(f"{s.name}: {word if s.in_verdict else 'not modelled, not in the verdict'}", "  ", "    ")
    lines += _wrap(f"saves {about(s.ledger.total, 'pounds')}", "    ", "      ")
    if s.in_verdict:
        lines += _wrap(f"{sentences.people_line(s)}; {sentences.quality_line(s)}", "    ", "      ")
    if sentences.fates_line(s):
        lines += _wrap(sentences.fates_line(s), "    ", "      ")
    for exhibit in s.exhibits:
        lines += _wrap(exhibit.text, "    ", "      ") if exhibit.text else []
    return lines


def _pounds_short(r: Result) -> list[str]:
    """The parts of the saving and what is moved, as two sentences."""
    if not judged(r):
        return []
    parts = [f"{label.lower()} {about(q, 'pounds').partition(' (')[0]}" for label, q in _parts(r)]
    total = about(r.ledger.total, "pounds").partition(" (")[0]
    lines = _wrap(f"Where the {total} comes from: {', '.join(parts)}.")
    moved = [(MOVED[k], q) for k in MOVED if abs((q := getattr(r.ledger.moved, k)).mean) >= 1]
    if moved:
        said = ", ".join(f"{who} {about(q, 'pounds').partition(' (')[0]}" for who, q in moved)
        share = f", {percent(r.ledger.moved.total.mean / r.ledger.total.mean)} of it" if r.ledger.total.mean > 0 else ""
        lines += _wrap(f"Moved to others next to it{share}: {said}.")
    return lines


def _pounds(r: Result) -> list[str]:
    if not judged(r):
        return []
    ledger = r.ledger
    biggest = max(abs(q.mean) for _, q in _parts(r)) or 1.0 if _parts(r) else 1.0
    lines = [f"Where each saved pound comes from, {r.year}"]
    for label, q in _parts(r):
        bar = "#" * round(BAR * abs(q.mean) / biggest)
        lines.append(f"  {label:<16}{about(q, 'pounds'):<30} {bar}{' (a loss)' if q.mean < 0 else ''}"[:WIDTH].rstrip())
    lines.append(f"  {'Saved in all':<16}{about(ledger.total, 'pounds')}")
    moved = sentences.moved_line(ledger.moved, ledger.total.mean, r.year)
    return lines + (_wrap(moved, "  ") if moved else [])


def _parts(r: Result) -> list[tuple[str, Range]]:
    found = [(label, part(r.ledger, key)) for key, label, _ in PARTS]
    return [(label, q) for label, q in found if q.p5 or q.p95]


def _groups(r: Result) -> list[str]:
    fifths = [g for g in r.groups if g.by == "deprivation"]
    if not fifths:
        return []
    lines = [f"Who bears it: change in service in {r.year}, by how deprived an area is"]
    lines += [f"  {g.label.capitalize():<24}{sentences.group_share(g)}" for g in fifths]
    if not all(g.measured for g in fifths):
        lines += _wrap("Use by deprivation is assumed for some services, so these are rough.", "  ")
    return lines


def _promises_short(r: Result, room: int) -> list[str]:
    """How many promises are kept and broken, and those in danger as far as there is room for them."""
    if not r.promises:
        return []
    ordered = sorted(r.promises, key=lambda p: sentences.ORDER.index(sentences.standing(p)))
    words = Counter(map(sentences.standing, ordered))
    lines = _wrap(f"{count(len(ordered), 'promise')}: {and_list([f'{n} {word}' for word, n in words.items()])}.")
    danger = [p for p in ordered if sentences.standing(p) not in ("kept", "likely")]
    for i, p in enumerate(danger):
        line = _wrap(f"{sentences.standing(p):<13}{p.text.rstrip('.')}{_short_miss(p)}", "  ", " " * 15)
        last = i + 1 == len(danger)
        if len(lines) + len(line) + (not last) > room:
            return [*lines, f"  and {len(danger) - i} more in danger"] if len(lines) < room else lines
        lines += line
    return lines


def _short_miss(p: Promise) -> str:
    """How many people a promise fails, or nothing."""
    if p.unit != "people" or p.miss is None or p.miss.mean <= 0:
        return ""
    return f": fails {about(p.miss).partition(' (')[0]} people"


def _promises(r: Result) -> list[str]:
    if not r.promises:
        return []
    lines = ["Promises"]
    for p in r.promises:
        said = " ".join(x for x in (sentences.holds_line(p), sentences.fails_line(p, r.years), p.shown) if x)
        lines += _wrap(f"{sentences.standing(p):<13}{p.text}", "  ", " " * 15)
        lines += _wrap(said, " " * 15, " " * 15)
    return lines


def _foot_short(r: Result) -> list[str]:
    said = f"Ranges hold 90 in 100 of {r.draws:,} runs with other values (seed {r.seed}). More: --full."
    return _wrap(said)


def _foot(r: Result) -> list[str]:
    top = [a for a in r.assumptions if a.influence][:3]
    n = sum(a.kind == "judged" for a in r.assumptions)
    lines = _wrap(f"Ranges hold 90 in 100 of {r.draws:,} runs with other values (seed {r.seed}).")
    if top:
        names = and_list([f"{a.name} ({a.kind})" for a in top])
        lines += _wrap(f"Most influential assumptions: {names}. {sentences.explained_line(r)}")
    verb = "is" if n == 1 else "are"
    return lines + _wrap(
        f"{n} of {count(len(r.assumptions), 'assumption')} {verb} judged: withless assumptions lists them."
    )


def _wrap(text: str, first: str = "", rest: str | None = None) -> list[str]:
    """A sentence on lines of at most 80 columns."""
    rest = first if rest is None else rest
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False) or [""]
