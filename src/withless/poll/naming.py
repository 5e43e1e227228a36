"""What poll.yaml names, held against the answers there are: by value or by label, or refused with the nearest answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..files.faults import Fault, nearest, one_of, quoted
from ..files.yaml_lines import Document
from .cells import plain_code

_SHOWN = 8  # answers that a message lists


@dataclass(frozen=True)
class Answers:
    """The answers of a column: `values` that people gave, `labels` of values that are given or may be, by value."""

    values: tuple[str, ...]
    labels: Mapping[str, str]

    def find(self, word: str) -> tuple[str, ...]:
        """The values that a word means: itself, those that it labels, or one that has a label though nobody gave it."""
        if word in self.values:
            return (word,)
        by_label = [v for v, label in self.labels.items() if label == word]
        given = tuple(v for v in by_label if v in self.values)
        if given or by_label:
            return given or tuple(by_label)
        return (word,) if word in self.labels else ()

    def names(self, among: Collection[str] | None = None) -> list[str]:
        """What the answers are called: by label where there is one, else by value."""
        return [self.labels.get(v, v) for v in self.values if among is None or v in among]

    def near(self, word: str, among: Collection[str] | None = None) -> str:
        """The answer most like a word, or nothing; numbers are alike where one is the other with a sign or doubled."""
        values = [v for v in self.values if among is None or v in among]
        if _number(word):
            alike = [v for v in values if _number(v) and _digits(v) == _digits(word)]
            return alike[0] if alike else ""
        known = [*values, *(self.labels[v] for v in values if v in self.labels)]
        return nearest(word, known) if known else ""


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _digits(text: str) -> str:
    """The digits of a number; 9, 99 and -99 have the same."""
    plain = text.lstrip("+-").lstrip("0") or "0"
    return plain[0] if len(set(plain)) == 1 else plain


def refuse(document: Document, path: Sequence[str], word: str, answers: Answers, of: str, mend: str = "") -> Fault:
    """A word that no answer is, with the nearest."""
    near = answers.near(word)
    hint = f"Did you mean {near}?" if near else mend
    names = answers.names()
    expected = f"an answer of {of}: {one_of(names, _SHOWN)}" if names else f"an answer of {of}, which nobody answered"
    return document.fault(path, f"{quoted(word)}, which no answer is", expected, hint)


def several_sign(values: Iterable[str]) -> str:
    """The sign that seems to part several answers in one cell, or nothing."""
    cells = list(values)[:_MANY]
    for sign in (";", "|", ","):
        parted = [pieces(v, sign) for v in cells]
        several = [p for p in parted if len(p) > 1]
        trailing = sum(v.endswith(sign) for v in cells)
        if sign != "," and trailing * 2 > len(cells):
            return sign
        if not several:
            continue
        told, alone = Counter(x for p in several for x in p), {p[0] for p in parted if len(p) == 1}
        if sign == ",":
            lower = sum(x[:1].islower() for x in told)
            if (
                len(told) > 1
                and len(alone & set(told)) * 2 >= len(told)
                and (lower * 2 <= len(told) or alone >= set(told))
            ):
                return sign
        elif trailing or 2 * sum(n > 1 or x in alone for x, n in told.items()) >= len(told):
            return sign
    return ""


_MANY = 5_000  # different cells that are looked at


def pieces(cell: str, sign: str) -> list[str]:
    """The answers of one cell, each once, as codes are compared."""
    return list(dict.fromkeys(plain_code(p) for p in cell.split(sign) if p.strip()))
