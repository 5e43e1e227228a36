"""The summary for a terminal: plain lines of at most 80 columns, from `content` alone."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from ..files import printable
from .by_measure import short
from .poll_terminal import belief_lines
from .words import about, after, and_list, chance, class_chance, count, in_hundred, number, percent, pounds

Json = dict[str, Any]

WIDTH = 80
BAR = 20
NEARLY_ALWAYS = 0.9
"""Share of runs in which a plan changes something, above which nothing is said of those in which it does not."""

PARTS = (
    ("gained", "Doing it better", "the same service for less money"),
    ("left_behind", "Left behind", "cost that stays though the service it paid for is gone: it takes off the saving"),
    ("fewer_people", "Fewer people", "service that people no longer get"),
    ("lower_quality", "Lower quality", "less service for those who still get it"),
    ("charged", "Charging more", "paid by users; below nil where income is lost"),
    ("price", "Cheaper inputs", "lower prices for what is bought"),
)
"""The parts of a saving: their keys, what they are called, what they mean. `left_behind` is taken off, the others add up."""
PAYER = {"council": "council", "nhs": "NHS"}
MOVED = {"users": "users", "carers": "family carers", "volunteers": "volunteers", "nhs": "the NHS", "other": "others"}


def summary(c: Json, files: Sequence[str] = ()) -> str:
    """The whole summary; `files` are the names of what was written."""
    told = [
        _head(c),
        _verdict(c),
        _money(c),
        _services(c),
        _pounds(c),
        short(c["by_measure"]),
        _groups(c),
        _promises(c),
    ]
    blocks = [*told, belief_lines(c["belief"]), _foot(c, files)]
    return "\n\n".join("\n".join(map(printable, b)) for b in blocks if b) + "\n"


def _head(c: Json) -> list[str]:
    invented = " (an invented place)" if c["invented"] else ""
    return [*_wrap(c["plan"]), *_wrap(f"{c['place']}{invented}, results for {c['year']}, pounds of {c['prices']}")]


def _verdict(c: Json) -> list[str]:
    v = c["verdict"]
    lines = _wrap(v["headline"].upper())
    if not judged(c):
        return lines
    lines += _wrap(f"Chance: {chances(v)}.", "  ")
    for told in (pence_line(v), late_line(c), nearest_line(v), strict_line(v)):
        lines += _wrap(told, "  ") if told else []
    return lines


def judged(c: Json) -> bool:
    """Whether there is a verdict: what the plan touches is modelled, and changes in some run by the target year."""
    if c["verdict"]["changes"] == 0:
        return False
    return c["not_modelled"] is None or any(s["touched"] and s["in_verdict"] for s in c["services"])


def chances(v: Json) -> str:
    """`more with less under 1%, same 13%, less 87% (give or take 1%)`."""
    text = ", ".join(f"{k} {class_chance(v, k)}" for k in ("more", "same", "less"))
    error = v["standard_error"]["less"]
    if error is None or error < 0.0005:
        return text
    return (
        f"{text} (give or take {200 * error:.0f} in 100)" if error >= 0.005 else f"{text} (give or take under 1 in 100)"
    )


def strict_line(v: Json) -> str:
    """What half and double the tolerance would say, where they would say another word."""
    words = {name: max(t, key=t.__getitem__) for name, t in v["tolerance"].items()}
    parts = [f"with {name} the tolerance, *{word}*" for name, word in words.items() if word != v["word"]]
    return f"It depends on how much counts as a change: {and_list(parts)} is likelier." if parts else ""


def late_line(c: Json) -> str:
    """How often the plan has changed nothing by the target year; empty where it nearly always has, or is not meant to."""
    share = c["verdict"]["changes"]
    if share > NEARLY_ALWAYS or share == 0:  # the headline says it of a plan that never has
        return ""
    return (
        f"By {c['year']} it has changed nothing worth the name {in_hundred(1 - share)}: it is late, or not carried out."
    )


def nearest_line(v: Json) -> str:
    """The nearest way for the word to be wrong, in a sentence; empty where there is none to speak of."""
    n = v.get("nearest")
    if n is None:
        sure = v["changes"] > 0
        return "No single assumption makes the word doubtful anywhere within its range." if sure else ""
    value = f"{number(n['value'])}{after(n['unit']) or ('' if n['unit'] in ('ratio', 'share') else ' ' + n['unit'])}"
    if not n["changes"]:
        least = chance(n["word"])
        found = f"{n['name']} (at {value}: {v['word']} {least})"
        return f"No single assumption changes the word within its range; the nearest is {found}."
    other = f"*{n['other']}* is likelier ({chance(n['other_chance'])})"
    return f"The nearest way to be wrong: with {n['name']} near {value}, {other}."


def pence_line(v: Json) -> str:
    """How much of a saved pound is service taken away, in a sentence; empty where it is not clear of nil."""
    p = v["pence"]
    if p is None:
        return ""
    mean, low, high = (f"{p[k]:.0f}p" for k in ("mean", "p5", "p95"))
    if p["mean"] < 0:
        return f"For each pound saved, services grow by about {mean[1:]} ({low} to {high} taken away)."
    over = " Over 100p, more is taken away than is saved: cost stays though people leave." if p["mean"] > 100 else ""
    return f"Of each pound saved, about {mean} ({low} to {high}) is service taken away.{over}"


def _money(c: Json) -> list[str]:
    m, target = c["money"], c["target"]
    lines = [f"Money a year in {c['year']}"]
    lines += _row("Booked by the plan", pounds(m["booked"]))
    lines += _row("Really saved", about(m["judged"], "pounds"))
    if c["not_modelled"] is not None:
        lines += _row("Saved, not modelled", not_modelled_line(c["not_modelled"]))
    for name, label in (("raised", "Raised by tax and grants"), ("drawn", "Drawn from reserves")):
        if m[name]["p5"] or m[name]["p95"]:
            lines += _row(label, f"{about(m[name], 'pounds')}, which is no saving")
    if len(m["by_payer"]) > 1:
        for p in m["by_payer"]:
            lines += _row(f"Saved by the {PAYER.get(p['payer'], p['payer'])}", about(p["delivered"], "pounds"))
    if target is not None:
        lines += _row(f"Target by {target['by']}", target_line(target))
    lines += _row("One-off cost, all years", about(m["one_off"], "pounds"))
    if m["capital_receipt"]["p95"] > 0:
        lines += _row("Sales of buildings, once", about(m["capital_receipt"], "pounds"))
    return lines


def target_line(target: Json) -> str:
    """The target, and how often savings reach it, alone and with what is raised."""
    alone, both = target["reached"], target["reached_with_raised"]
    text = f"{pounds(target['saving'])}, reached by savings {in_hundred(alone)}"
    return text if both == alone else f"{text}, with what is raised {in_hundred(both)}"


def not_modelled_line(n: Json) -> str:
    """What is saved on services that are not modelled: `£3.1m, 24% of the saving: Other services`."""
    share = f", {percent(n['share'])} of the saving" if n["share"] is not None else ""
    return f"{about(n['saving'], 'pounds')}{share}: {and_list(n['services'])}"


def _row(label: str, value: str) -> list[str]:
    return _wrap(f"{label:<26}{value}", "  ", " " * 28)


def _services(c: Json) -> list[str]:
    touched = [s for s in c["services"] if s["touched"]]
    if not touched:
        return ["The plan changes no service."]
    lines = ["Services that change"]
    for s in touched:
        told = f"{s['verdict']['headline']} ({class_chance(s['verdict'], s['verdict']['word'])})"
        lines += _wrap(f"{s['name']}: {told if s['in_verdict'] else 'not modelled, not in the verdict'}", "  ", "    ")
        lines += _wrap(f"saves {about(s['ledger']['total'], 'pounds')} a year", "    ", "      ")
        lines += _wrap(served_line(s), "    ", "      ") if s["in_verdict"] else []
        if fates_line(s):
            lines += _wrap(fates_line(s), "    ", "      ")
        for exhibit in s["exhibits"]:
            lines += _wrap(exhibit["text"], "    ", "      ") if exhibit["text"] else []
    left = [s["name"] for s in c["services"] if not s["touched"]]
    return lines + (_wrap(f"The plan leaves alone: {and_list(left)}.", "  ") if left else [])


def served_line(s: Json) -> str:
    """People served and quality in a line."""
    change, before = s["served"]["change"], s["served"]["baseline"]["mean"]
    text = f"{s['people']}: {about(change, signed=True)}, {percent(change['mean'] / before) if before else '0%'}"
    quality = s["quality"]["change"]
    width = quality["p95"] - quality["p5"]
    return f"{text}; quality {percent(quality['mean'], width)}"


def fates_line(s: Json) -> str:
    """What becomes of units that do not simply stay: `closes: A, B; shorter hours: 6`."""
    fates: dict[str, list[str]] = {}
    for v in s["units"]:
        if v["fate"] != "stays":
            fates.setdefault(v["fate"], []).append(v["name"])
    parts = [f"{fate}: {and_list(names) if len(names) <= 2 else len(names)}" for fate, names in fates.items()]
    return "; ".join(parts)


def _pounds(c: Json) -> list[str]:
    if not judged(c):
        return []
    ledger = c["ledger"]
    total = ledger["total"]["mean"]
    biggest = max(abs(ledger[k]["mean"]) for k, *_ in PARTS) or 1.0
    lines = ["Where each saved pound comes from"]
    for key, label, _ in PARTS:
        r = part(ledger, key)
        if r["p5"] == r["p95"] == 0.0:
            continue
        bar = "#" * round(BAR * abs(r["mean"]) / biggest)
        lines.append(
            f"  {label:<16}{about(r, 'pounds'):<30} {bar}{' (a loss)' if r['mean'] < 0 else ''}"[:WIDTH].rstrip()
        )
    lines.append(f"  {'Saved in all':<16}{about(ledger['total'], 'pounds')}")
    moved = moved_line(ledger["moved"], total)
    return lines + (_wrap(moved, "  ") if moved else [])


def part(ledger: Json, key: str) -> Json:
    """One of `PARTS` as it adds to the saving: cost left behind takes away."""
    r: Json = ledger[key]
    return {"mean": -r["mean"], "p5": -r["p95"], "p50": -r["p50"], "p95": -r["p5"]} if key == "left_behind" else r


def moved_line(moved: Json, total: float) -> str:
    """What was only moved to others, in a sentence; empty where nothing was."""
    parts = [f"{MOVED[k]} {about(moved[k], 'pounds')}" for k in MOVED if abs(moved[k]["mean"]) >= 1]
    if not parts:
        return ""
    share = f", {percent(moved['total']['mean'] / total)} of the saving" if total > 0 else ""
    return f"Beside it, moved to others each year{share}: {'; '.join(parts)}."


def _groups(c: Json) -> list[str]:
    fifths = [g for g in c["groups"] if g["by"] == "deprivation"]
    if not fifths:
        return []
    lines = ["Who bears it: change in service, by how deprived an area is"]
    for g in fifths:
        lines.append(f"  {g['label'].capitalize():<24}{group_share(g)}")
    if not all(g["measured"] for g in fifths):
        lines += _wrap("Use by deprivation is assumed for some services, so these are rough.", "  ")
    return lines


def group_share(g: Json) -> str:
    """The change in service of a group, or that there is nobody to bear one."""
    if g["residents"] == 0:
        return "nobody lives there" if g["by"] == "deprivation" else "nobody of that age lives here"
    return about(g["change_share"], "share", signed=True)


def _promises(c: Json) -> list[str]:
    if not c["promises"]:
        return []
    lines = ["Promises"]
    for p in c["promises"]:
        lines += _wrap(f"{standing(p)}  {p['text']}", "  ", " " * 15)
        lines += _wrap(f"holds {in_hundred(p['holds_probability'])}. {p['shown']}", " " * 15, " " * 15)
    return lines


def standing(p: Json) -> str:
    """The word for a promise; one whose bar can hardly be what was meant is neither kept nor broken."""
    return f"{'in question':<11}" if p["question"] else kept(p["holds_probability"])


def kept(probability: float) -> str:
    """One word of equal length for how safe a promise is: kept, likely, in doubt, unlikely, broken."""
    for limit, word in ((0.95, "kept"), (0.66, "likely"), (0.34, "in doubt"), (0.05, "unlikely")):
        if probability >= limit:
            return f"{word:<11}"
    return f"{'broken':<11}"


def _foot(c: Json, files: Sequence[str]) -> list[str]:
    top = [a for a in c["assumptions"] if a["influence"]][:3]
    judged = sum(a["kind"] == "judged" for a in c["assumptions"])
    lines = _wrap(f"Ranges hold 90 in 100 of {c['draws']:,} runs with other values (seed {c['seed']}).")
    if top:
        names = and_list([f"{a['name']} ({a['kind']})" for a in top])
        lines += _wrap(f"Most influential assumptions: {names}. {explained_line(c)}")
    said = f"{judged} of {count(len(c['assumptions']), 'assumption')} are judged: withless assumptions lists them."
    lines += _wrap(said)
    return lines + [f"Written: {name}" for name in files]


def explained_line(c: Json) -> str:
    """How much of what is uncertain single assumptions explain."""
    share = c["explained"]["pence" if c["verdict"]["pence"] is not None else "margin"]
    return f"Explained one by one: {100 * share:.0f}%; the rest is interplay and luck."


def _wrap(text: str, first: str = "", rest: str | None = None) -> list[str]:
    """A sentence on lines of at most 80 columns."""
    rest = first if rest is None else rest
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False) or [""]
