"""What the report says in sentences, from a `Result` alone: the page and the terminal print the same ones."""

from __future__ import annotations

from collections.abc import Sequence

from .content.models import (
    Group,
    Ledger,
    Moved,
    NotModelled,
    PlanVerdict,
    Promise,
    Range,
    Result,
    Service,
    Target,
    Verdict,
)
from .words import about, after, and_list, chance, class_chance, in_hundred, number, percent, pounds
from .words import change as changed

NEARLY_ALWAYS = 0.9
"""Share of runs in which a plan changes something, above which nothing is said of those in which it does not."""

PARTS = (
    ("gained", "Doing it better", "the same service for less money"),
    ("left_behind", "Left behind", "cost that stays though the service it paid for is gone: it takes off the saving"),
    ("fewer_people", "Fewer people", "service that people no longer get"),
    ("lower_quality", "Lower quality", "less service for those who still get it"),
    ("charged", "Charging more", "paid by users; below zero where income is lost"),
    ("price", "Cheaper inputs", "lower prices for what is bought"),
)
"""The parts of a saving: their keys, what they are called, what they mean. `left_behind` is taken off, the others add up."""
PAYER = {"council": "council", "nhs": "NHS"}
MOVED = {"users": "users", "carers": "family carers", "volunteers": "volunteers", "nhs": "the NHS", "other": "others"}
SERVICE = {"more": "More service", "same": "The same service", "less": "Less service"}
MONEY = {"less": "less money", "same": "the same money", "more": "more money"}
ORDER = ("broken", "unlikely", "not met", "in doubt", "in question", "likely", "kept")
"""The words for promises, those most in danger first."""
TIERS = ((0.95, "kept"), (0.66, "likely"), (0.34, "in doubt"), (0.05, "unlikely"))


def judged(r: Result) -> bool:
    """Whether there is a verdict: what the plan touches is modelled, and changes in some run by the target year."""
    if r.verdict.changes == 0:
        return False
    return r.not_modelled is None or any(s.touched and s.in_verdict for s in r.services)


def verdict_sentence(r: Result) -> str:
    """`Less service for less money: in 2028-29 services are less in 99 of 100 runs.`"""
    if not judged(r):
        return f"{r.verdict.headline}."
    v = r.verdict
    odds = {"less": v.money.less, "same": v.money.same, "more": v.money.more}
    return f"{SERVICE[v.word]} for {MONEY[max(odds, key=odds.__getitem__)]}."


def odds_line(r: Result) -> str:
    """How sure the word is: `Services are less in 99 of 100 runs with other values for what is uncertain.`"""
    words = {"more": "Services give more", "same": "Services stay the same", "less": "Services give less"}
    return f"{words[r.verdict.word]} by {r.year}: the chance is {class_chance(r.verdict, r.verdict.word)}."


def saved_line(r: Result) -> str:
    """What is saved in the target year against what is booked for it."""
    saved, booked = r.money.delivered, r.money.booked
    text = f"In {r.year} the plan saves {about(saved, 'pounds')} a year"
    rest = r.money.bridge
    apart = [f"{about(part, 'pounds')} is {words}" for part, words in _no_saving(r)]
    if not booked:
        return f"{text}; it books nothing."
    text += (
        f" of the {pounds(booked)} that it books for that year"
        if saved.mean < booked
        else f"; it books {pounds(booked)}"
    )
    return f"{text}. Of what is booked, {and_list(apart)}." if apart and rest.booked else f"{text}."


def _no_saving(r: Result) -> list[tuple[Range, str]]:
    bridge = r.money.bridge
    named = ((bridge.raised, "raised by tax and grants, not saved"), (bridge.drawn, "drawn from reserves, not saved"))
    return [(part, words) for part, words in named if part.p5 or part.p95]


def chances(v: Verdict) -> str:
    """`more under 1%, same 13%, less 87% (give or take 1 in 100)`."""
    text = ", ".join(f"{k} {class_chance(v, k)}" for k in ("more", "same", "less"))
    error = v.standard_error.less
    if error is None or error < 0.0005:
        return text
    return (
        f"{text} (give or take {200 * error:.0f} in 100)" if error >= 0.005 else f"{text} (give or take under 1 in 100)"
    )


def strict_line(v: Verdict) -> str:
    """What half and double the tolerance would say, where they would say another word."""
    found = {"half": v.tolerance.half, "double": v.tolerance.double}
    words = {name: max((t.more, "more"), (t.same, "same"), (t.less, "less"))[1] for name, t in found.items()}
    parts = [f"with {name} the tolerance, *{word}*" for name, word in words.items() if word != v.word]
    return f"It depends on how much counts as a change: {and_list(parts)} is likelier." if parts else ""


def late_line(r: Result) -> str:
    """How often the plan has changed nothing by the target year; empty where it nearly always has, or is not meant to."""
    share = r.verdict.changes
    if share > NEARLY_ALWAYS or share == 0:  # the headline says it of a plan that never has
        return ""
    return f"By {r.year} it has changed nothing worth the name {in_hundred(1 - share)}: it is late, or not carried out."


def nearest_line(v: PlanVerdict) -> str:
    """The nearest way for the word to be wrong, in a sentence; empty where there is none to speak of."""
    n = v.nearest
    if n is None:
        return "No single assumption makes the word doubtful anywhere within its range." if v.changes > 0 else ""
    value = percent(n.value) if n.unit == "share" else f"{number(n.value)}{after(n.unit)}"
    if not n.changes:
        found = f"{n.name} (at {value}: {v.word} {chance(n.word)})"
        return f"No single assumption changes the word within its range; the nearest is {found}."
    other = f"*{n.other}* is likelier ({chance(n.other_chance)})"
    return f"The nearest way to be wrong: with {n.name} near {value}, {other}."


def pence_line(v: Verdict) -> str:
    """How much of a saved pound is service taken away, in a sentence; empty where it is not clear of zero."""
    p = v.pence
    if p is None:
        return ""
    mean, low, high = (f"{k:.0f}p" for k in (p.mean, p.p5, p.p95))
    if p.mean < 0:
        return f"For each pound saved, services grow by about {mean[1:]} ({low} to {high} taken away)."
    over = " Over 100p, more is taken away than is saved: cost stays though people leave." if p.mean > 100 else ""
    return f"Of each pound saved, about {mean} ({low} to {high}) is service taken away.{over}"


def target_line(target: Target) -> str:
    """The target, and how often savings reach it, alone and with what is raised."""
    text = f"{pounds(target.saving)}, reached by savings {in_hundred(target.reached)}"
    if target.reached_with_raised == target.reached:
        return text
    return f"{text}, with what is raised {in_hundred(target.reached_with_raised)}"


def not_modelled_line(n: NotModelled) -> str:
    """What is saved on services that are not modelled: `£3.1m, 24% of the saving: Other services`."""
    share = f", {percent(n.share)} of the saving" if n.share is not None else ""
    return f"{about(n.saving, 'pounds')}{share}: {and_list(n.services)}"


def people_line(s: Service) -> str:
    """Whom a service loses or gains, in people: `310 fewer people supported (80 to 540), 2.5% of 12,400`."""
    before = s.served.baseline.mean
    text = changed(s.served.change, s.people)
    share = abs(s.served.change.mean / before) if before else 0.0
    return f"{text}, {percent(share)} of {number(before, before / 5)}" if share >= 0.0005 else text


def quality_line(s: Service) -> str:
    """How much less or more each of those still served gets, against today."""
    change = s.quality.change.mean
    if abs(change) < 0.0005:
        return "as much for each of them as today"
    return f"{percent(abs(change))} {'less' if change < 0 else 'more'} for each of the others"


def taken(s: Service) -> float:
    """Service taken away, pounds a year at standard cost, with no gain set against it: what services are put in order by."""
    return max(s.ledger.fewer_people.mean, 0.0) + max(s.ledger.lower_quality.mean, 0.0)


def changing(r: Result) -> list[Service]:
    """The services that the plan changes, those that lose most first, those not in the verdict last."""
    return sorted((s for s in r.services if s.touched), key=lambda s: (not s.in_verdict, -taken(s)))


def fates(s: Service) -> dict[str, list[str]]:
    """Units that do not simply stay, by what becomes of them."""
    found: dict[str, list[str]] = {}
    for unit in s.units:
        if unit.fate != "stays":
            found.setdefault(unit.fate, []).append(unit.name)
    return found


def fates_line(s: Service) -> str:
    """What becomes of units that do not simply stay: `closes: A, B; shorter hours: 6`."""
    return "; ".join(
        f"{fate}: {and_list(names) if len(names) <= 2 else len(names)}" for fate, names in fates(s).items()
    )


def part(ledger: Ledger, key: str) -> Range:
    """One of `PARTS` as it adds to the saving: cost left behind takes away."""
    r: Range = getattr(ledger, key)
    return Range(mean=-r.mean, p5=-r.p95, p50=-r.p50, p95=-r.p5) if key == "left_behind" else r


def moved_line(moved: Moved, total: float, year: str) -> str:
    """What was only moved to others, in a sentence; empty where nothing was."""
    parts = [f"{MOVED[k]} {about(r, 'pounds')}" for k in MOVED if abs((r := getattr(moved, k)).mean) >= 1]
    if not parts:
        return ""
    share = f", {percent(moved.total.mean / total)} of the saving" if total > 0 else ""
    return f"Next to the saving, moved to others in {year}{share}: {'; '.join(parts)}."


def group_share(g: Group) -> str:
    """The change in service of a group, or that there is nobody to bear one."""
    if g.change_share is None:
        return "nobody lives there" if g.by == "deprivation" else "nobody of that age lives here"
    return about(g.change_share, "share", signed=True)


def standing(p: Promise) -> str:
    """The word for a promise. One whose bar can hardly be what was meant is neither kept nor broken; one that would not hold
    without the plan either is not met, and the plan did not break it.
    """
    if p.question:
        return "in question"
    if p.holds_probability < 0.34 and p.holds_without < 0.34:
        return "not met"
    return kept(p.holds_probability)


def kept(probability: float) -> str:
    """One word for how safe a promise is: kept, likely, in doubt, unlikely, broken."""
    return next((word for limit, word in TIERS if probability >= limit), "broken")


def holds_line(p: Promise) -> str:
    """How often a promise holds, with the plan and, where that is not nearly always, without it."""
    text = f"Holds {in_hundred(p.holds_probability)}"
    if p.holds_without >= 0.95 or p.what == "saving":  # without a plan nothing is saved
        return f"{text}."
    return f"{text}; without the plan {in_hundred(p.holds_without)}."


def fails_line(p: Promise, years: Sequence[str]) -> str:
    """Whom a promise fails, in people, or by how much it is missed, and when; empty where it is kept or not missed."""
    if standing(p) in ("kept", "likely", "in question") or p.miss is None or p.miss.mean <= 0:
        return ""
    when = {"end": f"at the end of {years[-1]}", "always": "in the worst quarter"}.get(p.when, f"in {p.when}")
    index = p.unit == "ratio" and p.baseline is not None and p.baseline.p5 == p.baseline.p95 == 1.0
    missed = about(p.miss, "share" if index else "points" if p.unit == "share" else p.unit)
    if p.miss.p5 < 0:
        missed = f"{missed.partition('(')[0]}(none to {missed.partition(' to ')[2]}"
    if p.unit == "people":
        return f"It fails {missed} people {when}."
    return f"It is missed by {missed} {'of today’s ' if index else ''}{when}."


def alone_line(r: Result) -> str:
    """Services that the plan leaves alone, in one sentence."""
    left: Sequence[str] = [s.name for s in r.services if not s.touched]
    return f"The plan leaves alone: {and_list(left)}." if left else ""


def explained_line(r: Result) -> str:
    """How much of what is uncertain single assumptions explain."""
    share = r.explained.margin if r.verdict.pence is None else r.explained.pence
    return f"Explained one by one: {100 * share:.0f}%; the rest is interplay and luck."
