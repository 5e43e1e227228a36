"""The part of an assessment's content that sets belief beside evidence: what was found on each quantity, in words."""

from __future__ import annotations

from typing import Any

from ..poll.belief import QUANTITIES, beliefs
from .words import about, class_chance, percent, pounds

Json = dict[str, Any]


def beside(poll: Json | None, c: Json) -> list[Json]:
    """Every belief of a poll with what the assessment `c` found on the same matter."""
    found = {"services_improve": _services, "too_fast": _pace, "volunteers_no_difference": _volunteers}
    return [b | {"quantity": QUANTITIES[b["about"]], "found": found[b["about"]](c)} for b in beliefs(poll)]


def _services(c: Json) -> str:
    v = c["verdict"]
    return (
        f"of {c['draws']:,} runs with other values, services give more in {class_chance(v, 'more')}, the same in "
        f"{class_chance(v, 'same')} and less in {class_chance(v, 'less')} ({c['year']})."
    )


def _pace(c: Json) -> str:
    m = c["money"]
    return (
        f"by {c['year']} the plan books {pounds(m['booked'])} a year and really saves {about(m['delivered'], 'pounds')}. "
        "Whether slower would be better is a question of its own, not answered here."
    )


def _volunteers(c: Json) -> str:
    moved, total = c["ledger"]["moved"]["volunteers"], c["ledger"]["total"]["mean"]
    if not (moved["p5"] or moved["p95"]):
        return "the plan moves no work to volunteers."
    share = f", {percent(moved['mean'] / total)} of the saving" if total > 0 else ""
    return f"work worth {about(moved, 'pounds')} a year moves to volunteers{share}."
