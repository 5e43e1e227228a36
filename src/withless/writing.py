"""The one door for every file that is written, and what text may hold on its way out.

A run (a command, or one call of an importer) knows what it has read and what it writes. The door refuses to write over
what was read, to write one file twice, and, unless forced, over what withless did not write itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

from . import atomic

STARTS_A_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
"""Signs that steer a terminal, turn the direction of text, or cannot be seen; newlines and tabs are none of them."""

HEAD = 1 << 16
FORCE = "or say --force to write over it"

Key = tuple[int, int] | str
"""What a file is known by: its device and number, or its resolved path while it is not there."""


class WontWrite(Exception):
    """A file that the door does not write; the message says why and how to mend it."""


class Twice(WontWrite):
    """Two outputs with one name."""


@dataclass
class _Run:
    """What a run has read, what it said it would write, and what it has written."""

    force: bool
    read: dict[Key, Path] = field(default_factory=dict)
    claimed: dict[Key, Path] = field(default_factory=dict)
    written: dict[Key, Path] = field(default_factory=dict)


_RUN: ContextVar[_Run | None] = ContextVar("run", default=None)


@contextlib.contextmanager
def run(force: bool = False) -> Iterator[None]:
    """A stretch of work whose outputs never eat its inputs; one inside another belongs to the outer."""
    if _RUN.get() is not None:
        yield
        return
    token = _RUN.set(_Run(force))
    try:
        yield
    finally:
        _RUN.reset(token)


def reads(path: Path) -> None:
    """Note that the run reads a file; raises `WontWrite` where it is to write there, before any work is done."""
    now = _RUN.get()
    if now is None:
        return
    for key in _keys(path):
        if key in now.claimed:
            raise WontWrite(_eats(now.claimed[key]))
        now.read[key] = path


def files_read() -> list[Path]:
    """The files that this run has read so far."""
    now = _RUN.get()
    return [] if now is None else list(dict.fromkeys(now.read.values()))


def claim(paths: Iterable[Path], sort: str = "") -> None:
    """Say what the run will write, so that it can be refused before the work; `sort` is html, json, xlsx, sav, parquet or toml.

    Raises `WontWrite` for a file that is claimed twice, was read, or is in the way.
    """
    now = _RUN.get()
    for path in paths:
        if now is not None and _single(path):
            for key in _keys(path):
                if key in now.claimed:
                    raise Twice(f"{path} would be written twice. Give each output a file of its own.")
                if key in now.read:
                    raise WontWrite(_eats(path))
                now.claimed[key] = path
        _refuse(path, None, sort, now is not None and now.force)


def write_whole(path: Path, text: str | bytes, *, force: bool = False, edited: bool = False, sort: str = "") -> None:
    """Write a file so that a reader sees the old one or the new one, never half.

    `edited` is a table or a plan that people go on to edit: nothing is written over it unless it is the same. Raises
    `WontWrite` where the door refuses, OSError with the file's name where the system does.
    """
    content = _bytes(text)
    _pass(path, content, force, edited, sort)
    atomic.put(path, content)
    _wrote(path)


def write_folder(folder: Path, texts: Mapping[str, str], *, force: bool = False, edited: bool = False) -> list[Path]:
    """Write some files of one folder together, all or none, as `write_whole` writes one; returns their paths."""
    contents = {name: _bytes(text) for name, text in texts.items()}
    for name, content in contents.items():
        _pass(folder / name, content, force, edited, "")
    atomic.put_all(folder, contents)
    for name in contents:
        _wrote(folder / name)
    return [folder / name for name in contents]


def why_not(path: Path, folder: bool = False) -> str:
    """What keeps a file (or a folder of files) from being written there, in words; empty where nothing does."""
    if "\0" in str(path):
        return "is no name of a file"
    target = path if folder else path.parent
    if not folder and path.is_dir():
        return "is a folder; a file name is expected"
    if folder and path.exists() and not path.is_dir():
        return "is a file; a folder is expected"
    if not folder and path.exists() and not path.is_file():
        return "" if os.access(path, os.W_OK) else "cannot be written to"
    if not folder:
        target = atomic.real(path).parent
    while not target.exists():
        target = target.parent
    if not target.is_dir():
        return f"cannot be made, because {target} is a file"
    return "" if os.access(target, os.W_OK) else f"cannot be written, because {target} is not ours to write in"


def safe(value: object) -> object:
    """A cell that a spreadsheet takes as what it is: text that would start a formula gets a `'` before it."""
    if not isinstance(value, str):
        return "" if value is None else value
    starts = value[:1] in ("\t", "\r", "\n") or value.lstrip()[:1] in STARTS_A_FORMULA
    return f"'{plain(value)}" if starts else plain(value)


def plain(text: str) -> str:
    """Text with every sign written out that would steer a terminal, turn its direction or stay unseen."""
    return _UNSEEN.sub(lambda sign: sign[0].encode("unicode_escape", "surrogatepass").decode("ascii"), text)


def plain_json(text: str) -> str:
    r"""JSON with the same signs written as \\uXXXX, which every reader takes for the signs themselves."""
    return _UNSEEN.sub(lambda sign: json.dumps(sign[0])[1:-1], text)


def _pass(path: Path, content: bytes, force: bool, edited: bool, sort: str) -> None:
    """Raise `WontWrite` where the door refuses to write `content` there."""
    now = _RUN.get()
    if now is not None and _single(path):
        for key in _keys(path):
            if key in now.read:
                raise WontWrite(_eats(path))
            if key in now.written:
                raise Twice(f"{path} would be written twice. Give each output a file of its own.")
    _refuse(path, content, sort, force or (now is not None and now.force), edited)


def _refuse(path: Path, content: bytes | None, sort: str, force: bool, edited: bool = False) -> None:
    """Raise `WontWrite` for a file in the way that is not ours to write over; `content` is None before it is known."""
    with contextlib.suppress(OSError, ValueError):
        if force or not atomic.replaces(path) or path.stat().st_size == 0:
            return
        if not path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
            raise WontWrite(f"{path} is marked as not to be written. Choose another name, {FORCE}.")
        if content is not None and path.stat().st_size == len(content) and path.read_bytes() == content:
            return
        if edited and content is not None:
            raise WontWrite(f"{path} is there already and differs. Choose another name, {FORCE}.")
        if not edited and not _ours(path, content, sort):
            raise WontWrite(f"{path} was not written by withless as this output. Choose another name, {FORCE}.")


def _ours(path: Path, content: bytes | None, sort: str) -> bool:
    """Whether a file is an earlier output of the same kind, by the marks that ours bear."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    start = b"" if content is None else content[:HEAD]
    if sort == "html" or start.startswith(b"<!DOCTYPE html"):
        return b'<meta name="generator" content="withless' in head
    if sort == "json" or start[:1] in (b"{", b"["):
        return _same_keys(path, content)
    if sort == "xlsx":
        return _workbook_of_ours(path)
    if sort in ("sav", "parquet"):
        return head.startswith(b"PAR1") or (head.startswith(b"$FL") and b"withless_weight" in head)
    if sort == "toml":
        return head.startswith(b"# Written by withless fit.")
    return content is None or head.splitlines()[:1] == start.splitlines()[:1]


def _same_keys(path: Path, content: bytes | None) -> bool:
    """Whether both are JSON with the same names; before the new one is known, whether the old one is JSON at all."""
    try:
        old = json.loads(path.read_bytes())
    except ValueError:
        return False
    return content is None or _names(old) == _names(json.loads(content))


def _names(value: object) -> object:
    if isinstance(value, list):
        return [_names(v) for v in value[:1]]
    return sorted(value) if isinstance(value, dict) else type(value).__name__


def _workbook_of_ours(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as parts:
            return b"withless" in parts.read("docProps/core.xml")
    except (zipfile.BadZipFile, KeyError):
        return False


def _single(path: Path) -> bool:
    """Whether two outputs there would be one too many: a device such as /dev/null takes any number."""
    return atomic.replaces(path) or atomic.stream_of(path) is not None


def _keys(path: Path) -> tuple[Key, ...]:
    """A file's number and its resolved path; a hard link or another spelling of the name is the same file."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return (str(atomic.real(path)),) if "\0" not in str(path) else ()
    return (found.st_dev, found.st_ino), str(atomic.real(path))


def _wrote(path: Path) -> None:
    now = _RUN.get()
    if now is not None and _single(path):
        now.written |= dict.fromkeys(_keys(path), path)


def _eats(path: Path) -> str:
    return f"{path} is read by this very run, and is never written over. Choose another name."


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "backslashreplace")
