"""YAML read as plain text values with the line of every key, refusing what a plan never needs.

PyYAML's parser gives events one by one; we build the tree from them ourselves, so that aliases (which let a few lines
stand for gigabytes), tags, repeated keys and deep nesting are refused as they appear, and nothing is ever executed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from ..writing import reads
from .encoding import decode
from .faults import Fault, quoted

LARGEST = 1_000_000
"""Bytes of the largest YAML file that is read."""

DEEPEST = 12
"""Levels of nesting that are read; a place or a plan has six."""

MOST = 50_000
"""Values that are read from one file."""

Key = str | int
Path_ = tuple[Key, ...]
Value = None | str | list["Value"] | dict[str, "Value"]


@dataclass(frozen=True)
class Document:
    """A YAML file: `value` holds dicts, lists, text and None; `lines[path]` is the line of a key or entry."""

    file: str
    value: Value
    lines: dict[Path_, int]

    def line(self, path: Sequence[Key]) -> int:
        """Line of a value, or of the nearest thing around it."""
        for end in range(len(path), -1, -1):
            if tuple(path[:end]) in self.lines:
                return self.lines[tuple(path[:end])]
        return 1

    def get(self, path: Sequence[Key]) -> Value:
        """The value at a path; None where there is none."""
        here = self.value
        for key in path:
            if isinstance(here, dict) and isinstance(key, str):
                here = here.get(key)
            elif isinstance(here, list) and isinstance(key, int) and key < len(here):
                here = here[key]
            else:
                return None
        return here

    def fault(self, path: Sequence[Key], found: str, expected: str, mend: str = "", severity: str = "error") -> Fault:
        """A fault at a path, named as people say it: `measures[2].change`."""
        return Fault(self.file, None, dotted(path), found, expected, mend, severity, line=self.line(path))


def dotted(path: Sequence[Key]) -> str:
    """`measures.2.change` as `measures 3, change`: entries of a list counted from 1."""
    words: list[str] = []
    for key in path:
        if isinstance(key, int) and words:
            words[-1] += f" {key + 1}"
        else:
            words.append(str(key))
    return ", ".join(words)


class _Stop(Exception):
    """Reading cannot go on; the fault says why."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault


@dataclass
class _Reader:
    """State while the events of one file are read: faults so far, lines of paths, values counted."""

    file: str
    faults: list[Fault]
    lines: dict[Path_, int] = field(default_factory=dict)
    values: int = 0

    def stop(self, line: int, found: str, expected: str, mend: str) -> _Stop:
        return _Stop(Fault(self.file, None, "", found, expected, mend, line=line))


def load(path: Path, file: str, faults: list[Fault]) -> Document | None:
    """Read a YAML file; None where it cannot be read at all. What is wrong is added to `faults`, never raised."""
    try:
        if not path.is_file():
            faults.append(Fault(file, None, "", "no such file", f"a file {path.name} here", _where(path)))
            return None
        if path.stat().st_size > LARGEST:
            faults.append(Fault(file, None, "", f"{path.stat().st_size:,} bytes", f"at most {LARGEST:,}", _NOT_TABLES))
            return None
        reads(path)
        content = path.read_bytes()
    except OSError as e:
        faults.append(Fault(file, None, "", f"a file that cannot be opened ({e.strerror})", "one that can be read"))
        return None
    text = decode(content, file, faults, what="lines")
    return None if text is None else loads(text, file, faults)


def loads(text: str, file: str, faults: list[Fault]) -> Document | None:
    """Read YAML text; see `load`."""
    reader = _Reader(file, faults)
    try:
        events = yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        value = _document(reader, iter(events))
    except _Stop as stop:
        faults.append(stop.fault)
        return None
    except yaml.YAMLError as e:
        faults.append(_syntax(e, text, file))
        return None
    return Document(file, value, reader.lines)


def _document(reader: _Reader, events: Iterator[yaml.Event]) -> Value:
    """The one document of a file."""
    documents: list[Value] = []
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            if documents:
                raise reader.stop(_line(event), "a second document", "one", "Take out the line ---.")
        elif not isinstance(event, yaml.StreamStartEvent | yaml.StreamEndEvent | yaml.DocumentEndEvent):
            documents.append(_value(reader, event, events, ()))
    if not documents or documents[0] is None:
        raise reader.stop(1, "an empty file", "keys and values", "Check that the right file was saved.")
    return documents[0]


def _value(reader: _Reader, event: yaml.Event, events: Iterator[yaml.Event], path: Path_) -> Value:
    """One value: text, list or mapping, with everything in it."""
    line = _line(event)
    reader.lines.setdefault(path, line)
    _guard(reader, event, line, path)
    if isinstance(event, yaml.ScalarEvent):
        blank = not event.style and event.value in ("", "~", "null", "Null", "NULL")
        return None if blank else str(event.value)
    if isinstance(event, yaml.SequenceStartEvent):
        return _list(reader, events, path)
    return _mapping(reader, events, path)


def _list(reader: _Reader, events: Iterator[yaml.Event], path: Path_) -> list[Value]:
    entries: list[Value] = []
    for event in events:
        if isinstance(event, yaml.SequenceEndEvent):
            break
        entries.append(_value(reader, event, events, (*path, len(entries))))
    return entries


def _mapping(reader: _Reader, events: Iterator[yaml.Event], path: Path_) -> dict[str, Value]:
    """A mapping; a key that stands twice is a fault, because readers would silently keep one of the two."""
    entries: dict[str, Value] = {}
    for event in events:
        if isinstance(event, yaml.MappingEndEvent):
            break
        line = _line(event)
        _guard(reader, event, line, path)
        if not isinstance(event, yaml.ScalarEvent):
            raise reader.stop(line, "a list or group as a key", "a word as the key", "Put text before the colon.")
        key = str(event.value)
        here = (*path, key)
        if key in entries:
            first = reader.lines[here]
            found, mend = f"{quoted(key)} a second time", f"It already stands in line {first}: keep one of them."
            reader.faults.append(Fault(reader.file, None, dotted(here), found, "each key once", mend, line=line))
        else:
            reader.lines[here] = line
        value = _value(reader, next(events), events, here)
        entries.setdefault(key, value)
    return entries


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark is not None else 1


def _guard(reader: _Reader, event: yaml.Event, line: int, path: Path_) -> None:
    """Refuse what makes YAML dangerous."""
    reader.values += 1
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        name = quoted(f"{'*' if isinstance(event, yaml.AliasEvent) else '&'}{getattr(event, 'anchor', '')}")
        mend = "Write it out, or put it in quotes if it is text."
        raise reader.stop(line, name, "no anchors (&) or aliases (*)", mend)
    if tag := getattr(event, "tag", None):
        raise reader.stop(line, f"the tag {quoted(tag)}", "no tags (!)", "Put the text in quotes.")
    if len(path) > DEEPEST:
        raise reader.stop(line, *_TOO_DEEP)
    if reader.values > MOST:
        raise reader.stop(line, f"more than {MOST:,} values", "fewer", _NOT_TABLES)


_TOO_DEEP = (f"more than {DEEPEST} levels of nesting", "fewer", "Look for a bracket too many.")
_NOT_TABLES = "Long lists belong in a table (CSV), not in YAML."

_PLAIN_WORDS = (
    ("mapping values are not allowed", "Put text that holds a colon in quotes, and check the spaces before the key."),
    ("block scalar", 'Put signs such as >= in quotes: ">=".'),
    ("cannot start any token", "Put text that starts with @, `, % or a tab in quotes."),
    ("expected ',' or ']'", "A list [ ... ] lacks its comma or its closing bracket."),
    ("expected ',' or '}'", "A group { ... } lacks its comma or its closing brace."),
    ("end of stream", "A quotation mark or a bracket is opened and never closed."),
    ("expected key", "Check that keys of one group start at the same column."),
    ("expected ':'", "A key needs a colon and a space after it."),
    ("expected '-' indicator", "Check that the dashes of a list start at the same column."),
    ("escape", "Use single quotes around text with a backslash."),
    ("special characters", "Save the file again as plain text, UTF-8."),
    ("control characters", "Save the file again as plain text, UTF-8."),
)


def _syntax(error: yaml.YAMLError, text: str, file: str) -> Fault:
    """A fault for text that is no YAML, in plain words."""
    mark = getattr(error, "problem_mark", None)
    words = " ".join(str(getattr(error, name, "") or "") for name in ("context", "problem", "reason"))
    lines = text.splitlines() or [""]
    line = min(mark.line if mark is not None else 0, len(lines) - 1)
    written = lines[line]
    if "nesting depth" in words:  # newer parsers refuse before their events reach `_guard`
        return Fault(file, None, "", *_TOO_DEEP, line=line + 1)
    if "\t" in written[: len(written) - len(written.lstrip())]:
        return Fault(file, None, "", "a tab before the text", "spaces", "YAML indents with spaces only.", line=line + 1)
    if re.search(r":\s*>=?\s*([,}]|$)", written):
        words = "block scalar"
    mend = next((m for part, m in _PLAIN_WORDS if part in words), "Check colons, brackets, quotes and spaces here.")
    found = quoted(written.strip()) if written.strip() else "an unfinished value"
    return Fault(file, None, "", found, "a key, a colon and a value", mend, line=line + 1)


def _where(path: Path) -> str:
    here = path.parent.is_dir()
    return "Check the name and the folder." if here else f"There is no folder {path.parent.name} either."
