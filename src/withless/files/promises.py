"""One promise of a plan: what is to be checked of which service, against what, and when."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .. import units
from ..plan import Promise
from ..promises import ADDS_UP, COMPARISONS, GENERIC
from .dates import financial_year
from .documents import PromiseSection
from .faults import Fault, has_errors, one_of, quoted, suggestion
from .instances import ReadInstance
from .where import Known, Path_
from .wording import a_number_in, hint

_WORDS = {
    "<=": ("at most", "no more than", "not more than", "up to", "\u2264", "=<"),
    ">=": ("at least", "no less than", "no fewer than", "not less than", "\u2265", "=>"),
    "<": ("less than", "fewer than", "below", "under"),
    ">": ("more than", "above", "over"),
}
_OF_BASELINE = re.compile(r"(?:(.+?)\s+of\s+)?(?:the\s+)?(?:baseline|today)", re.IGNORECASE)
_FIXED = ("service", "what", "is", "value", "when")


def read_promise(known: Known, path: Path_, section: PromiseSection, faults: list[Fault]) -> Promise | None:
    """A promise checked against its place; None where anything in it is wrong."""
    before = len(faults)
    check = {k: v for k, v in section.check_.items() if v is not None}
    here = (*path, "check")
    if not check:
        return None
    wanted = {"service": "a service or all", "what": "what is checked", "is": "<=, >=, < or >", "value": "a number"}
    for key, expected in wanted.items():
        if key not in check:
            known.tell(faults, (*here, key), expected, "Add it.", "nothing")
    written = {k: v for k, v in check.items() if isinstance(v, str)}
    for key in check.keys() - written.keys():
        known.tell(faults, (*here, key), "a word or a number")
    comparison = _comparison(known, here, written.get("is", ""), faults)
    when = _when(known, here, written.get("when", "end"), faults)
    service = written.get("service", "")
    read = known.service((*here, "service"), service, faults) if service != "all" else None
    found = _quantity(known, here, written.get("what", ""), service, read, faults)
    if found is None:
        return None
    unit, wants = found
    arguments = _arguments(known, here, written, wants, read, faults)
    value, relative = _value(known, here, written.get("value", "0"), unit, faults)
    if has_errors(faults[before:]):
        return None
    return Promise(section.text, service, written["what"], comparison, value, relative, when, arguments)


def _comparison(known: Known, path: Path_, written: str, faults: list[Fault]) -> str:
    """The sign of a comparison, from the sign itself or the words for it."""
    plain = " ".join(written.lower().replace("_", " ").split())
    for sign in COMPARISONS:
        if plain == sign or plain in _WORDS[sign]:
            return sign
    if written:
        known.tell(faults, (*path, "is"), "<=, >=, < or >, or at most, at least, less than, more than")
    return "<="


def _when(known: Known, path: Path_, written: str, faults: list[Fault]) -> str:
    """`end`, `always` or a whole financial year of the calendar."""
    if written.lower() in ("end", "always"):
        return written.lower()
    year = financial_year(written)
    if not year:
        known.tell(faults, (*path, "when"), "end, always or a financial year such as 2028-29")
    else:
        known.year((*path, "when"), year, faults)
    return year


def _quantity(
    known: Known, path: Path_, what: str, service: str, read: ReadInstance | None, faults: list[Fault]
) -> tuple[str, Mapping[str, str]] | None:
    """Unit and arguments of what is checked; None where the service has no such quantity or is not known."""
    if not what:
        return None
    if service == "all":
        if what not in ADDS_UP:
            mend = "Only money adds up over services: check the others service by service."
            known.tell(faults, (*path, "what"), one_of(ADDS_UP), mend if what in GENERIC else suggestion(what, ADDS_UP))
            return None
        return GENERIC[what][0], {}
    if read is None or read.service is None:
        return None
    takes: dict[str, tuple[str, Mapping[str, str]]] = {name: (unit, {}) for name, (unit, _) in GENERIC.items()}
    takes |= {name: (q.unit, q.arguments) for name, q in read.service.quantities.items()}
    if what not in takes:
        known.tell(faults, (*path, "what"), one_of(takes, 20), suggestion(what, takes))
    return takes.get(what)


def _arguments(
    known: Known,
    path: Path_,
    written: Mapping[str, str],
    wants: Mapping[str, str],
    read: ReadInstance | None,
    faults: list[Fault],
) -> dict[str, float | str]:
    """The rest of a check by the arguments that the quantity takes, {name: unit or "id"}, `?` for those not needed."""
    units_of = {name.rstrip("?"): unit.rstrip("?") for name, unit in wants.items()}
    optional = {name.rstrip("?") for name, unit in wants.items() if (name + unit).count("?")}
    given = {k: v for k, v in written.items() if k not in _FIXED}
    for name in given.keys() - units_of.keys():
        takes = [*_FIXED, *units_of]
        known.tell(faults, (*path, name), one_of(takes), suggestion(name, takes), f"a key {quoted(name)}")
    arguments: dict[str, float | str] = {}
    for name, unit in units_of.items():
        if name not in given:
            if name not in optional:
                expected = "an id" if unit == "id" else a_number_in(unit)
                known.tell(faults, (*path, name), expected, "Add it.", "nothing")
        elif unit == "id":
            _known_id(known, (*path, name), given[name], read, faults)
            arguments[name] = given[name]
        else:
            arguments[name] = _number(known, (*path, name), given[name], unit, faults)
    return arguments


def _known_id(known: Known, path: Path_, written: str, read: ReadInstance | None, faults: list[Fault]) -> None:
    """Tell an id that is no unit of the service."""
    if read is None or read.service is None:
        return
    by_lever = [known.units(read, lever.name) for lever in read.service.levers]
    ids = list(dict.fromkeys(unit for units_ in by_lever if units_ is not None for unit in units_))
    if ids and written not in ids:
        known.tell(faults, path, f"an id of {read.name}: {one_of(ids, 8)}", suggestion(written, ids))


def _value(known: Known, path: Path_, written: str, unit: str, faults: list[Fault]) -> tuple[float, bool]:
    """A number in the quantity's unit, or a share of the baseline and True."""
    match = _OF_BASELINE.fullmatch(written.strip())
    if match is None:
        return _number(known, (*path, "value"), written, unit, faults), False
    if match[1] is None:
        return 1.0, True
    try:
        return units.parse(match[1], "share"), True
    except units.UnitError:
        known.tell(faults, (*path, "value"), "a share of the baseline, such as 95% of baseline")
        return 1.0, True


def _number(known: Known, path: Path_, written: str, unit: str, faults: list[Fault]) -> float:
    try:
        return units.parse(written, unit)
    except units.UnitError:
        more = " or a share such as 95% of baseline" if path[-1] == "value" else ""
        known.tell(faults, path, a_number_in(unit) + more, hint(written, unit))
        return 0.0
