"""A published poll for a terminal."""

from __future__ import annotations

from typing import Any

from ..files import printable
from .poll_terminal import _wrap

Json = dict[str, Any]


def said(f: Json) -> str:
    """A figure with the range that its base allows."""
    text = str(f["words"] or f"{100 * f['share']:.0f}%")
    if f["low"] is not None:
        text += f" ({100 * f['low']:.0f}% to {100 * f['high']:.0f}%)"
    return text


def disclosure(c: Json) -> list[tuple[str, str]]:
    """What is known of how the poll was made."""
    return [
        ("Carried out by", c["by"]),
        ("Fieldwork", c["fieldwork"]),
        ("Who was asked", c["universe"]),
        ("How", c["method"]),
        ("Answers", c["size_words"]),
        ("Source", c["source"]),
    ]


def as_text(c: Json, files: list[str] | tuple[str, ...] = ()) -> str:
    """The whole poll as text of 80 columns."""
    lines = [*_wrap(f"{c['title']}: published figures")]
    for label, text in disclosure(c):
        lines += _wrap(f"{label:<16}{text}", "  ", " " * 18)
    lines += [*_wrap(c["caution"]), ""]
    for question in dict.fromkeys(f["question"] for f in c["figures"]):
        lines += _wrap(question)
        for f in (f for f in c["figures"] if f["question"] == question):
            press = " [press only]" if f["known"] == "press" else ""
            lines += _wrap(f"{f['answer']}: {said(f)}{press}", "  ", "    ")
            doubt = f"; doubt: {f['doubt']}" if f["doubt"] else ""
            lines += _wrap(f"base: {f['base']}{doubt}", "    ")
    lines += ["", *_wrap("Two answers together: what the published shares allow")]
    for cell in c["pair"]["cells"]:
        lines += _wrap(f"{cell['row']}, and {cell['column']}:", "  ")
        lines += _wrap(
            f"{100 * cell['low']:.0f}% to {100 * cell['high']:.0f}%; with the error of both shares "
            f"{100 * cell['widest_low']:.0f}% to {100 * cell['widest_high']:.0f}%",
            "    ",
        )
    lines += [*_wrap(c["pair"]["words"]), *(f"Written: {name}" for name in files)]
    return "\n".join(map(printable, lines)) + "\n"
