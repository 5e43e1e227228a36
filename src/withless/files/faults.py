"""What is wrong in a file, where, what was expected there and how to mend it: one `Fault` for each thing to mend."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

LISTED = 10
"""Faults of one kind in one column that are listed one by one; the rest are counted."""

_SHOWN = 60  # characters of a cell that a message repeats
_FEW = 2000  # names that difflib compares one by one in a blink


@dataclass(frozen=True)
class Fault:
    """One thing to mend. `row` is the row that a spreadsheet shows (header = 1), `line` the line of a YAML file.

    `found` and `expected` are phrases that complete "found ..., expected ..."; `more` counts further faults of the
    same kind in the same column that are not listed. `severity` is "error" or "warning".
    """

    file: str
    row: int | None
    column: str
    found: str
    expected: str
    mend: str = ""
    severity: str = "error"
    line: int | None = None
    more: int = 0
    also: tuple[int, ...] = ()
    """Rows of the first of those `more`."""

    def __str__(self) -> str:
        place = [self.file]
        if self.row is not None:
            place.append(f"row {self.row:,}")
        if self.line is not None:
            place.append(f"line {self.line:,}")
        if self.column:
            place.append(self.column)
        text = f"{', '.join(place)}: found {self.found}, expected {self.expected}"
        text = text if text.endswith("?") else text + "."
        text += f" {self.mend}" if self.mend else ""
        text += f" (and {self.more:,} more like this{self._rows()})" if self.more else ""
        return printable(text)

    def _rows(self) -> str:
        """`, in rows 8, 14 and others`."""
        if not self.also:
            return ""
        listed = ", ".join(f"{row:,}" for row in self.also)
        return (
            f", in row{'s' if len(self.also) > 1 else ''} {listed}{' and others' if self.more > len(self.also) else ''}"
        )


class Faults(Exception):
    """A place or plan cannot be used: `faults` lists every error found, then every warning."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(in_order(faults))
        super().__init__(self.faults)

    def __str__(self) -> str:
        return "\n".join([f"{summary(self.faults)}:", *(f"- {f}" for f in self.faults)])


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """Errors first, then by file in the order they were read, then by row; many of one kind folded into `more`."""
    listed = fold(faults)
    files = {f.file: i for i, f in reversed(list(enumerate(listed)))}
    return sorted(listed, key=lambda f: (f.severity != "error", files[f.file], f.line or 0, f.row or 0))


def fold(faults: Iterable[Fault]) -> list[Fault]:
    """Keep the first `LISTED` faults of a kind; the last of them counts the rest in `more`.

    A kind is one expectation in one column of a table, or in one YAML file.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    last: dict[tuple[str, ...], int] = {}
    kept: list[Fault] = []
    for fault in faults:
        kind = (fault.severity, fault.file, fault.column if fault.line is None else "", fault.expected)
        seen[kind] += 1
        if seen[kind] <= LISTED:
            last[kind] = len(kept)
            kept.append(fault)
        else:
            first = kept[last[kind]]
            kept[last[kind]] = replace(first, more=first.more + 1 + fault.more)
    return kept


def has_errors(faults: Iterable[Fault]) -> bool:
    """Whether any of them stops the file from being used."""
    return any(f.severity == "error" for f in faults)


def summary(faults: Sequence[Fault]) -> str:
    """`3 errors and 1 warning`."""
    counts = Counter[str]()
    for f in faults:
        counts[f.severity] += 1 + f.more
    words = [f"{n:,} {word}{'s' if n > 1 else ''}" for word in ("error", "warning") if (n := counts[word])]
    return " and ".join(words) or "no faults"


def quoted(value: object) -> str:
    """A cell as a message repeats it: in quotes, cut at 60 characters; `nothing` where it is blank."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a group of keys"
    text = str(value)
    return f'"{text[: _SHOWN - 1]}\u2026"' if len(text) > _SHOWN else f'"{text}"'


def printable(text: str) -> str:
    """`text` with every character that would move a terminal's cursor or colour written out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def nearest(word: str, known: Collection[str]) -> str:
    """The known name most like `word`, or nothing. Long lists are narrowed by their first letters before comparing."""
    plain = word.strip().casefold()[:_SHOWN]
    candidates = {k.casefold(): k for k in known}
    if plain in candidates:
        return candidates[plain]
    for length in range(len(plain) + 1):
        if len(candidates) <= _FEW:
            break
        candidates = {c: k for c, k in candidates.items() if c.startswith(plain[:length])} or candidates
    close = difflib.get_close_matches(plain, list(candidates)[:_FEW], n=20, cutoff=0.6)
    return candidates[max(close, key=lambda c: _likeness(plain, c))] if close else ""


def _likeness(word: str, name: str) -> tuple[float, int]:
    """How alike two words are; among equals, the one that begins alike comes first."""
    begins = next((i for i, (a, b) in enumerate(zip(word, name, strict=False)) if a != b), min(len(word), len(name)))
    return difflib.SequenceMatcher(None, name, word).ratio(), begins


def suggestion(word: str, known: Collection[str]) -> str:
    """`Did you mean hours?`, or nothing where no known name is near."""
    near = nearest(word, known)
    return f"Did you mean {near}?" if near else ""


def one_of(words: Collection[str], most: int = 12) -> str:
    """`one of a, b or c`, cut where the list is long."""
    listed = list(words)
    if len(listed) > most:
        return f"one of {', '.join(listed[:most])} and {len(listed) - most:,} others"
    if len(listed) == 1:
        return listed[0]
    return f"one of {', '.join(listed[:-1])} or {listed[-1]}" if listed else "nothing, for there is none"
