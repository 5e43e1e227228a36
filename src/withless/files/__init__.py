"""Places and plans read from files and checked, with every fault found in one pass and told in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..place import Place
from ..plan import Plan
from .blanks import taken
from .faults import Fault, Faults, in_order, printable, summary
from .place import FILE, gather_place, read_place
from .plan import gather_plan, read_plan
from .trial import trial
from .yaml_lines import load

__all__ = ["Examined", "Fault", "Faults", "check", "examine", "printable", "read", "read_place", "read_plan", "summary"]


def read(path: str | Path) -> tuple[Place | Plan, list[Fault]]:
    """A place (a folder, or its place.yaml) or a plan, by what lies there, with warnings; raises `Faults`."""
    return read_plan(path) if _is_plan(Path(path)) else read_place(path)


@dataclass(frozen=True)
class Examined:
    """What there is to say of a place or a plan: faults, errors first; each measure said back; what blanks stand for."""

    faults: list[Fault]
    as_read: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()


def check(path: str | Path) -> list[Fault]:
    """Every fault of a place or a plan, errors first; empty when all is well. Bad content never raises."""
    return examine(path).faults


def examine(path: str | Path, run: bool = False) -> Examined:
    """The same, with the plan as it was read and what blanks were taken for, where nothing stops it from being used.

    `run` tries every service once, as it is today (a few seconds): what no appraisal could work out is a fault.
    """
    faults: list[Fault] = []
    where = Path(path)
    if not where.exists():
        mend = f"A place is a folder with {FILE} in it; a plan is one YAML file."
        return Examined([Fault(where.name, None, "", "nothing there", "a place or a plan", mend)])
    if _is_plan(where):
        plan = gather_plan(where, faults)
        faults += trial(plan.plan.place) if run and plan.plan is not None else []
        return Examined(in_order(faults), plan.as_read, plan.taken)
    place = gather_place(where, faults).place
    faults += trial(place) if run and place is not None else []
    return Examined(in_order(faults), (), tuple(taken(place)) if place is not None else ())


def _is_plan(path: Path) -> bool:
    """Whether a file holds a plan: it has measures, or names its place."""
    if path.is_dir():
        return False
    document = load(path, path.name, [])
    value = document.value if document is not None else None
    return isinstance(value, dict) and ("measures" in value or "place" in value)
