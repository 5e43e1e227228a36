"""What people believe, to be set beside what an assessment finds; never compared: a share of people is not a probability."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

WARNING = (
    "A share of people is not a probability: it says how many hold a view, not how likely it is to be true. The two are set "
    "side by side, not compared."
)
QUANTITIES = {
    "services_improve": "whether services give more or less",
    "too_fast": "how far the saving keeps pace with what is booked",
    "volunteers_no_difference": "what volunteers take over",
}


def beliefs(poll: Json | None) -> list[Json]:
    """Every answer of a poll that is tied to a quantity: `about`, the words for it, and its share and range if known."""
    if poll is None:
        return []
    if poll["kind"] == "published":
        return [_published(poll, f) for f in poll["figures"] if f["about"]]
    return [b for q in poll["questions"] if q["about"] for b in _asked(poll, q)]


def _published(poll: Json, f: Json) -> Json:
    said = f["words"] or f"{100 * f['share']:.0f}%"
    if f["low"] is not None:
        said += f" ({_range(f['low'], f['high'])} by chance alone)"
    known = ", known from the press only" if f["known"] == "press" else ""
    who = f"{poll['title']}, {poll['by']}, base {f['base']}"
    return _belief(
        f["about"], f"{f['question']}: {f['answer']}, {said} ({who}{known}).", f["share"], f["low"], f["high"]
    )


def _asked(poll: Json, q: Json) -> list[Json]:
    found = []
    for row in q["rows"]:
        cell = row["cells"][0]
        if row["label"] != q["net"] or cell is None:
            continue
        said = f"{100 * cell['value']:.0f}%"
        said += f" ({_range(cell['low'], cell['high'])})" if cell["low"] is not None else " (no margin of error holds)"
        who = f"{poll['title']}{', invented' if poll['invented'] else ''}, base {q['heads'][0]['asked']:,}"
        words = f"{q['text']} {row['label']}: {said} ({who})."
        found.append(_belief(q["about"], words, cell["value"], cell["low"], cell["high"]))
    return found


def _belief(about: str, words: str, share: float | None, low: float | None, high: float | None) -> Json:
    return {"about": about, "believed": words, "share": share, "low": low, "high": high, "warning": WARNING}


def _range(low: float, high: float) -> str:
    return f"{100 * low:.0f}% to {100 * high:.0f}%"
