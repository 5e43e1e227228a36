"""Places and plans read from files and checked, with every fault found in one pass and told in plain words."""

from __future__ import annotations

from pathlib import Path

from ..place import Place
from ..plan import Plan
from .faults import Fault, Faults, in_order, printable, summary
from .place import FILE, gather_place, read_place
from .plan import gather_plan, read_plan
from .yaml_lines import load

__all__ = ["Fault", "Faults", "check", "printable", "read", "read_place", "read_plan", "summary"]


def read(path: str | Path) -> tuple[Place | Plan, list[Fault]]:
    """A place (a folder, or its place.yaml) or a plan, by what lies there, with warnings; raises `Faults`."""
    return read_plan(path) if _is_plan(Path(path)) else read_place(path)


def check(path: str | Path) -> list[Fault]:
    """Every fault of a place or a plan, errors first; empty when all is well. Bad content never raises."""
    faults: list[Fault] = []
    where = Path(path)
    if not where.exists():
        mend = f"A place is a folder with {FILE} in it; a plan is one YAML file."
        return [Fault(where.name, None, "", "nothing there", "a place or a plan", mend)]
    if _is_plan(where):
        gather_plan(where, faults)
    else:
        gather_place(where, faults)
    return in_order(faults)


def _is_plan(path: Path) -> bool:
    """Whether a file holds a plan: it has measures, or names its place."""
    if path.is_dir():
        return False
    document = load(path, path.name, [])
    value = document.value if document is not None else None
    return isinstance(value, dict) and ("measures" in value or "place" in value)
