"""Assumptions that a place or a plan replaces, read in each assumption's own unit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from .. import units
from ..assumptions import Assumption, AssumptionError, Register
from ..service import discover
from .documents import Group
from .faults import Fault, nearest, one_of, quoted
from .wording import a_number_in, hint
from .yaml_lines import Document, Key, Value

_NUMBERS = ("low", "high", "value", "mode")
_FIELDS = ("low", "high", "value", "mode", "distribution", "source", "note")


def known_register() -> Register:
    """Every assumption that there is: those of delivery and of all installed services."""
    from ..delivery import REGISTER

    return Register.merge([REGISTER, *(s.assumptions for s in discover().values())])


def read_overrides(
    document: Document,
    path: Sequence[Key],
    given: Group,
    instances: Collection[str],
    origin: str,
    faults: list[Fault],
) -> dict[str, Mapping[str, object]]:
    """`{name: fields}` as `Register.override` takes them, numbers read; entries at fault are told and left out."""
    if not given:
        return {}
    register = known_register()
    read: dict[str, Mapping[str, object]] = {}
    for name in given:
        fields = _one(document, (*path, name), name, register, instances, faults)
        if fields is None:
            continue
        try:
            register.override({name: fields}, origin)
        except AssumptionError as e:
            reason = str(e).removeprefix(f"assumption {name}: ")
            faults.append(document.fault((*path, name), "a range that cannot be", "one that can", f"{reason}."))
        else:
            read[name] = fields
    return read


def _one(
    document: Document,
    path: Sequence[Key],
    name: str,
    register: Register,
    instances: Collection[str],
    faults: list[Fault],
) -> Mapping[str, object] | None:
    """The fields of one override; None where something is wrong with it."""
    general = _general(register, name)
    if general is None:
        near = nearest(name, register.items)
        mend = f"Did you mean {near}?" if near else "`withless assumptions` lists them."
        faults.append(document.fault(path, quoted(name), "the name of an assumption", mend))
        return None
    instance = name.partition("@")[2]
    if instance and instance not in instances:
        faults.append(document.fault(path, quoted(instance), f"a service here: {one_of(instances)}"))
        return None
    value = document.get(path)
    if not isinstance(value, dict):
        faults.append(document.fault(path, quoted(value), "{low: ..., high: ..., source: ...}"))
        return None
    before = len(faults)
    fields = {k: _field(document, (*path, k), k, v, general, faults) for k, v in value.items() if v is not None}
    if not ({"low", "high"} <= fields.keys() or "value" in fields):
        faults.append(document.fault(path, "no full range", "low and high, or value"))
    if "source" not in fields:
        faults.append(document.fault(path, "no source", "where the range comes from", "Write `source: our judgement`."))
    return fields if len(faults) == before else None


def _field(
    document: Document, path: Sequence[Key], key: str, value: Value, general: Assumption, faults: list[Fault]
) -> object:
    """One field: numbers in the assumption's unit, the rest as written."""
    if key in _NUMBERS:
        try:
            if not isinstance(value, str):
                raise units.UnitError("no number")
            return units.parse(value, general.unit)
        except units.UnitError:
            mend = hint(value, general.unit) if isinstance(value, str) else ""
            faults.append(document.fault(path, quoted(value), a_number_in(general.unit), mend))
            return 0.0
    if key not in _FIELDS:
        near = nearest(key, _FIELDS)
        faults.append(
            document.fault(path, f"a key {quoted(key)}", one_of(_FIELDS), f"Did you mean {near}?" if near else "")
        )
    if key == "source" and isinstance(value, dict):
        return {k: int(v) if isinstance(v, str) and k == "year" and v.isdecimal() else v for k, v in value.items()}
    return value


def _general(register: Register, name: str) -> Assumption | None:
    """The assumption that `name` replaces, or narrows to a type (`name.museum`) or an instance (`name@libraries`)."""
    for candidate in (name, name.rpartition(".")[0], name.partition("@")[0]):
        if candidate in register.items:
            return register.items[candidate]
    return None
