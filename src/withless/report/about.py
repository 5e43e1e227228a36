"""What a kind of service declares, in plain text: what it reads, what a plan may move, what may be promised."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from ..service import Service
from ..units import unit

WIDTH = 80


def about(service: Service) -> str:
    """Tables with their columns, levers, quantities and how many assumptions there are, at most 80 columns wide."""
    one, people = service.nouns
    lines = _wrapped(f"A service of kind {service.kind}: its unit is a {one}; those it serves are {people}.")
    for spec in service.tables:
        lines += ["", *_wrapped(f"Table {spec.name}{'' if spec.required else ' (may be left out)'}: {spec.meaning}")]
        lines += _listed((c.name, c.meaning + _in(c.unit, c.kind in ("number", "count"))) for c in spec.columns)
    lines += ["", "A plan may move:"]
    lines += _listed((lever.name, lever.meaning + _in(lever.unit, True)) for lever in service.levers)
    if service.quantities:
        lines += ["", "A plan may promise:"]
        lines += _listed((name, q.meaning + _in(q.unit, True)) for name, q in service.quantities.items())
    lines += ["", f"It rests on {len(service.assumptions.items)} assumptions: see withless assumptions."]
    return "\n".join(lines) + "\n"


def _in(name: str, told: bool) -> str:
    """The unit of a number, where it says more than that it is one."""
    return f"; {unit(name).meaning}" if told and name not in ("ratio", "switch", "choice") else ""


def _listed(entries: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, meaning in entries:
        yield from textwrap.wrap(f"  {name}: {meaning}", WIDTH, subsequent_indent="    ")


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH)
