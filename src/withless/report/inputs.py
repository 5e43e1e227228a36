"""The inputs of a report within its page, and whether a page run again says the same figures.

Inputs are canonical JSON (RFC 8785: one text for one content) with its SHA-256; the page holds it packed, in an element that
browsers do not show.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from .. import __version__

MOST = 2_000_000
"""Inputs that are larger once packed stay out of the page; it says their SHA-256 all the same."""
UNPACKED = 256 * 2**20
"""Bytes beyond which inputs are not unpacked: a page may come from anybody."""
POLL = "withless-poll.json"
"""The name that a poll's tables have among the files."""
FIGURE = re.compile(r"\d[\d,.]*")


class NotOurs(ValueError):
    """A page that cannot be verified; the message says why and how to mend it."""


@dataclass(frozen=True)
class Inputs:
    """What a report was made from: `files` by path under one folder, the plan among them, and how it was run.

    `assume` are assumptions held for a what-if: name, low, high. `poll` is a published one's name, or `POLL`.
    """

    plan: str
    files: Mapping[str, bytes]
    seed: int
    draws: int
    assume: tuple[tuple[str, float, float], ...]
    poll: str | None
    version: str


@dataclass(frozen=True)
class Compared:
    """How a page compares with one made again: figures in the words of the page, and those that differ (given, found)."""

    figures: int
    reproduced: int
    differ: tuple[tuple[str, str], ...]
    identical: bool


def packed(
    plan: Path,
    files: Iterable[Path],
    seed: int,
    draws: int,
    assume: Iterable[tuple[str, float, float]],
    poll: str | bytes | None,
    keep: bool,
) -> str:
    """The element for the page. With `keep` false, or where the files are too large, only their SHA-256 is in it.

    `poll` is a published one's name, or the JSON of a poll's tables: never the answers, which are people's own.
    """
    paths = sorted({p.resolve() for p in (plan, *files) if p.is_file()})
    root = Path(os.path.commonpath([p.parent for p in paths]))
    held = {p.relative_to(root).as_posix(): p.read_bytes() for p in paths}
    held |= {POLL: poll} if isinstance(poll, bytes) else {}
    given = {
        "withless": __version__,
        "plan": plan.resolve().relative_to(root).as_posix(),
        "files": {name: base64.b64encode(data).decode() for name, data in held.items()},
        "seed": seed,
        "draws": draws,
        "assume": [list(one) for one in assume],
        "poll": POLL if isinstance(poll, bytes) else poll,
    }
    canonical = _canonical(given)
    text = base64.b64encode(gzip.compress(canonical, mtime=0)).decode()
    shown = text if keep and len(text) <= MOST else ""
    return f'<template id="inputs" data-sha256="{hashlib.sha256(canonical).hexdigest()}">{shown}</template>'


def _canonical(given: Mapping[str, Any]) -> bytes:
    import rfc8785

    return bytes(rfc8785.dumps(dict(given)))


def unpacked(page: str) -> Inputs | None:
    """The inputs in a page, checked against their SHA-256; None where the page was written without them."""
    found = re.search(r'<template id="inputs" data-sha256="([0-9a-f]{64})">([^<]*)</template>', page)
    if found is None:
        raise NotOurs("this is no report that withless assess wrote with --html, or its inputs were taken out.")
    if not found[2]:
        return None
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(base64.b64decode(found[2], validate=True))) as packed_text:
            canonical = packed_text.read(UNPACKED + 1)
    except (ValueError, OSError, EOFError):
        raise NotOurs("the inputs in the page are damaged. Ask for the page as it was written.") from None
    if len(canonical) > UNPACKED:
        raise NotOurs(f"the inputs in the page take more than {UNPACKED >> 20} MB when unpacked.")
    if hashlib.sha256(canonical).hexdigest() != found[1]:
        raise NotOurs("the inputs in the page are not those that it was written with: their SHA-256 differs.")
    return _inputs(json.loads(canonical))


def _inputs(given: dict[str, Any]) -> Inputs:
    files = {name: base64.b64decode(text) for name, text in given["files"].items()}
    for name in (*files, given["plan"], given["poll"] or ""):
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise NotOurs(f"the inputs in the page name a file outside their folder: {name}.")
    assume = tuple((name, low, high) for name, low, high in given["assume"])
    return Inputs(given["plan"], files, given["seed"], given["draws"], assume, given["poll"], given["withless"])


def stated(page: str) -> tuple[int, int]:
    """Seed and draws as a page states them."""
    found = re.search(r"seed (\d+), ([\d,]+) draws", page)
    if found is None:
        raise NotOurs("the page does not say its seed and draws, so it cannot be run again.")
    return int(found[1]), int(found[2].replace(",", ""))


def element(page: str) -> str:
    """The packed inputs of a page as they stand in it."""
    found = re.search(r'<template id="inputs".*?</template>', page, flags=re.DOTALL)
    return found[0] if found else ""


def without_inputs(page: str) -> str:
    """The page without its packed inputs."""
    return re.sub(r'<template id="inputs".*?</template>', "", page, flags=re.DOTALL)


def compare(given: str, again: str) -> Compared:
    """Whether every figure in the words of a page is in the same place of the page made again."""
    a, b = without_inputs(given), without_inputs(again)
    mine, other = _words(a), _words(b)
    figures = sum(len(FIGURE.findall(text)) for text in mine)
    if mine == other:
        return Compared(figures, figures, (), a == b)
    differ: list[tuple[str, str]] = []
    missed = 0
    for kind, i, j, k, m in SequenceMatcher(None, mine, other, autojunk=False).get_opcodes():
        if kind != "equal":
            gone, come = " ".join(mine[i:j]), " ".join(other[k:m])
            missed += max(len(FIGURE.findall(gone)) - _shared(gone, come), 0)
            differ.append((gone, come))
    return Compared(figures, figures - missed, tuple(differ), False)


def _shared(a: str, b: str) -> int:
    """How many figures two texts have in common, in order."""
    x, y = FIGURE.findall(a), FIGURE.findall(b)
    return sum(block.size for block in SequenceMatcher(None, x, y, autojunk=False).get_matching_blocks())


class _Words(HTMLParser):
    """The words of a page, piece by piece, and those for people who cannot see its pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        self.found += [value for name, value in attrs if name == "aria-label" and value]

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.found.append(" ".join(data.split()))


def _words(page: str) -> list[str]:
    parser = _Words()
    parser.feed(page)
    return parser.found
