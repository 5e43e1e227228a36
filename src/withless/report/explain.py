"""What one assumption is, where it comes from and what it does in a plan, as text and data."""

from __future__ import annotations

from ..appraise import Appraisal
from ..appraise.explain import Explanation, Step
from ..appraise.influence import MARGIN, PENCE, WORD
from ..service import Shown
from ..verdict import CLASSES
from .content import assumptions
from .register import as_text
from .words import and_list, chance, number, pounds
from .wrapping import wrap

RANKED = 5
"""Assumptions that are named as the most influential."""


def shown(a: Appraisal, e: Explanation) -> Shown:
    """An explanation as text of at most 80 columns, data and a table of the eighths of the range."""
    row = assumptions([e.assumption])[0].model_dump()
    what = as_text([row]).rsplit("\n\n", 1)[0] + "\n"
    note = wrap(f"Note: {e.assumption.note}", "  ") if e.assumption.note else []
    lines = [*note, "", *(_effect(a, e) if e.steps else wrap(_none(a, e)))]
    rows = [_row(s) for s in e.steps]
    data = {
        **row,
        "used": e.used,
        "share": {k: {"share": s, "error": error, "counts": clear} for k, (s, error, clear) in e.share.items()},
        "chance_of_another_word": e.change,
        "switches": [{"value": s.value, "below": CLASSES[s.below], "above": CLASSES[s.above]} for s in e.switches],
        "range": rows,
    }
    return Shown(what + "\n".join(lines) + "\n", data, rows)


def _none(a: Appraisal, e: Explanation) -> str:
    if not e.used:
        return f"Nothing in {a.plan.title} depends on it."
    return f"It is fixed, so nothing in {a.plan.title} varies with it."


def _effect(a: Appraisal, e: Explanation) -> list[str]:
    """What it does here: shares, a table over its range, and what knowing it would be worth."""
    lines = wrap(f"In {a.plan.title}, {a.target_year}, over {a.draws:,} runs:")
    named = (
        (PENCE, "the pence of service taken away in each pound saved"),
        (MARGIN, "how far the plan is from *same*"),
    )
    for answer, words in named:
        share, error, clear = e.share[answer]
        found = f"{100 * share:.0f}% (give or take {100 * error:.0f}%)" if clear else "no more than chance"
        lines += wrap(f"- explains {found} of what is uncertain in {words};", "  ", "    ")
    place = (
        f"number {e.rank} of {e.of} assumptions that matter here."
        if e.rank
        else f"not one of the {e.of} that matter here."
    )
    lines += [*wrap(f"- is {place}", "  ", "    "), "", *_table(a, e), "", *wrap(_worth(a, e)), ""]
    return lines + wrap(_ranking(a))


def _ranking(a: Appraisal) -> str:
    """The assumptions that matter most for the pence, or for the word where there are none, and what is left to interplay."""
    answer = PENCE if a.verdict.pence is not None else MARGIN
    most = [f"{name} ({100 * share:.0f}%)" for name, share in list(a.sensitivity.counts(answer).items())[:RANKED]]
    if not most:
        return "No single assumption explains more than chance would: what is uncertain is interplay between them, and luck."
    whole = f"Explained one by one: {100 * a.sensitivity.explained(answer):.0f}%; the rest is interplay between them, and luck."
    return f"Most influential: {and_list(most)}. {whole}"


def _table(a: Appraisal, e: Explanation) -> list[str]:
    width = abs(e.assumption.high - e.assumption.low) or 1.0
    head = f"  {'where it is':<20}{'saved':>9}{'taken away':>12}{'in each £':>11}   chance of {a.verdict.word}"
    rows = [
        f"  {f'{number(s.low, width)} to {number(s.high, width)}':<20}{pounds(s.saved, s.saved):>9}{pounds(s.taken, s.taken):>12}"
        f"{f'{100 * s.taken / s.saved:.0f}p' if s.saved > 1 else '-':>11}   {chance(s.chance[CLASSES.index(a.verdict.word)])}"
        for s in e.steps
    ]
    return [head, *rows]


def _worth(a: Appraisal, e: Explanation) -> str:
    """What knowing it would be worth, in words."""
    if e.change == 0:
        clear = e.share[WORD][2]
        more = ", though it makes the word more or less sure" if clear else ""
        return f"Whatever it is within its range, the word stays *{a.verdict.word}*{more}: to know it would change no verdict."
    width = abs(e.assumption.high - e.assumption.low) or 1.0
    where = and_list(
        [f"at {number(s.value, width)} from *{CLASSES[s.below]}* to *{CLASSES[s.above]}*" for s in e.switches]
    )
    return (
        f"If it were known, the word would be another than *{a.verdict.word}* in {100 * e.change:.0f} cases of 100. "
        f"Going up, the word changes {where}."
    )


def _row(s: Step) -> dict[str, float]:
    chances = dict(zip(CLASSES, s.chance, strict=True))
    return {"from": s.low, "to": s.high, "saved": s.saved, "taken_away": s.taken, **chances}
