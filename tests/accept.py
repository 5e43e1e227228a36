"""Write what code says into documents: `make accept`. It says what moved: marked blocks, and the schema of the result with its
page.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests import result_schema
from tests.verdict_cases import as_markdown
from withless.report.words import percent
from withless.verdict import RULE

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"

THRESHOLDS = {
    "of_saving": "service taken away or given that counts as *same*, of the saving",
    "of_cost": "the same, of C; and the saving that counts as money, of C",
    "unchanged": "D and S both within it, of C: the service is unchanged",
    "wait": "how far a wait may rise",
    "reach": "how far the people served by a service of no cost may fall",
    "fall": "how far people served and the main outcome may both fall before a gain in pounds counts as none",
    "moved": "costs moved, or charged to users, of the saving or the tolerance",
    "group_need": "share of need from which a group counts",
    "group_loss": "what a group may lose of what it had",
    "group_loss_of_saving": "the same, as a part of the share of cost that is saved",
    "clear": "share of draws with a saving from which pence are given",
    "certain": "above it, a chance is called over 99%",
}


def thresholds() -> str:
    """The table of `verdict.RULE`."""
    rows = [f"| {percent(getattr(RULE, f.name))} | {THRESHOLDS[f.name]} |" for f in fields(RULE)]
    return "\n".join(["| threshold | what it is for |", "|---|---|", *rows]) + "\n"


BLOCKS: Mapping[str, Mapping[str, Callable[[], str]]] = {
    "method.md": {"thresholds": thresholds, "cases": as_markdown},
}
"""Makers of the blocks of each document."""

WHOLE: Mapping[str, Callable[[], str]] = {
    "src/withless/report/schema.json": result_schema.schema_text,
    "docs/json.md": result_schema.page,
}
"""Makers of whole files."""


def put(text: str, name: str, block: str) -> str:
    """The text with a block between its marks."""
    marks = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", flags=re.DOTALL)
    return marks.sub(lambda m: f"{m[1]}\n{block}\n{m[2]}", text, count=1)


def block_of(text: str, name: str) -> str:
    """What stands between the marks of a block."""
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- end -->", text, flags=re.DOTALL)
    return found[1].strip() + "\n" if found else ""


def main() -> None:
    """Write every file and block, and say which moved."""
    for name, make in WHOLE.items():
        path = ROOT / name
        before, after = path.read_text(encoding="utf-8"), make()
        path.write_text(after, encoding="utf-8")
        sys.stdout.write(f"{name}: {'moved' if after != before else 'as it was'}\n")
    for document, makers in BLOCKS.items():
        path = DOCS / document
        for name, make in makers.items():
            before = path.read_text(encoding="utf-8")
            after = put(before, name, make())
            path.write_text(after, encoding="utf-8")
            sys.stdout.write(f"{document}, {name}: {'moved' if after != before else 'as it was'}\n")


if __name__ == "__main__":
    main()
