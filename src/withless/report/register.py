"""The register of assumptions as text, JSON and CSV."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Sequence
from typing import Any

from .tables import as_csv
from .words import and_list

Json = dict[str, Any]


def as_text(rows: Sequence[Json]) -> str:
    """One paragraph an assumption, at most 80 columns: what it is, its range, where it comes from."""
    lines: list[str] = []
    for r in rows:
        lines += _wrapped(f"{r['name']}: {span(r)}", "", "    ")
        lines += _wrapped(f"{r['meaning']}.")
        said = f"{r['kind']}{'' if r['set_by'] == 'register' else ', set by the ' + r['set_by']}: {source(r)}."
        lines += [*_wrapped(said), ""]
    kinds = Counter(r["kind"] for r in rows)
    counted = and_list([f"{n} {kind}" for kind, n in kinds.most_common()])
    return (
        "\n".join([*lines, f"{len(rows)} assumptions: {counted}." if rows else "No assumption is of that kind."]) + "\n"
    )


def _wrapped(text: str, first: str = "  ", rest: str = "  ") -> list[str]:
    return textwrap.wrap(text, 80, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)


def span(r: Json) -> str:
    """`0.1 to 0.95 ratio (uniform)`, or the one value of a fixed number."""
    if r["low"] == r["high"]:
        return f"{r['low']:g} {r['unit']}"
    peak = f", most likely {r['mode']:g}" if r["mode"] is not None else ""
    return f"{r['low']:g} to {r['high']:g} {r['unit']} ({r['distribution']}{peak})"


def source(r: Json) -> str:
    """Title, publisher, year and where in it, as far as they are known."""
    s = r["source"]
    text = ", ".join(str(v) for v in (s["title"], s["publisher"], s["year"]) if v)
    return f"{text} ({s['where']})" if s["where"] else text


def to_json(rows: Sequence[Json]) -> str:
    """The rows as a JSON list."""
    return json.dumps(list(rows), ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def to_csv(rows: Sequence[Json]) -> str:
    """The rows as CSV, the source in one column."""
    flat: list[dict[str, object]] = [
        {k: v for k, v in r.items() if k != "influence"} | {"source": source(r)} for r in rows
    ]
    return "\ufeff" + as_csv(flat)
