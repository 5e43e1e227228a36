"""The keys of place.yaml and plan.yaml, section by section, as pydantic models read from text.

A section is read twice where something in it is wrong: once to find every fault, once more without the keys at fault,
so that the rest can still be checked in the same pass. Keys at fault then hold the defaults given here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from .. import units
from ..plan import CHANGES, EVIDENCE
from .dates import DateError, parse_date, parse_length, parse_year
from .faults import Fault, nearest, one_of, quoted, suggestion
from .wording import UNSEEN, a_number_in, hint
from .yaml_lines import Document, Key

VERSION = 1
_LONGEST = 2_000
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")


def wrong(expected: str, mend: str = "") -> PydanticCustomError:
    """The error that a value raises: what was expected and how to mend it."""
    return PydanticCustomError("wrong", "{expected}", {"expected": expected, "mend": mend})


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise wrong("text")
    if len(value) > _LONGEST:
        raise wrong(f"at most {_LONGEST:,} characters")
    plain = re.sub(r"[\r\n\t]+", " ", value.strip())
    if re.search(UNSEEN, plain):
        raise wrong("text without signs that cannot be seen", "Type it again: a sign in it steers the terminal.")
    return plain


def _name(value: object) -> str:
    written = _text(value)
    if not _NAME.fullmatch(written) or written == "all":
        raise wrong("a name of letters, digits, - and _ (not all)", "Put its full wording in title.")
    return written


def number(unit: str, low: float = -math.inf, high: float = math.inf, whole: bool = False) -> Callable[[object], float]:
    """A reader of numbers in `unit` between bounds."""
    expected = ("a whole number" if whole else "") or a_number_in(unit, low, high)
    expected = f"a whole number of {unit} from {low:g} to {high:g}" if whole else expected

    def read(value: object) -> float:
        written = _text(value)
        try:
            amount = units.parse(written, unit)
        except units.UnitError:
            raise wrong(expected, hint(written, unit)) from None
        if not low <= amount <= high or (whole and amount != round(amount)):
            raise wrong(expected, "It cannot be negative." if amount < 0 <= low else "")
        return amount

    return read


def _choice(*words: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        written = _text(value).casefold().replace(" ", "_").replace("-", "_")
        if written not in words:
            raise wrong(one_of(words), suggestion(written, words))
        return written

    return read


def _dated(parse: Callable[[str], Any]) -> Callable[[object], Any]:
    def read(value: object) -> Any:
        try:
            return parse(_text(value))
        except DateError as e:
            raise wrong(e.expected, e.mend) from None

    return read


def _version(value: object) -> int:
    if value != str(VERSION):
        raise wrong(f"{VERSION}, the version of this file format", "Newer files need a newer withless.")
    return VERSION


def _switch(value: object) -> bool:
    try:
        read = units.parse(_text(value), "switch")
    except units.UnitError:
        read = math.nan
    if read not in (0.0, 1.0):
        raise wrong("true or false")
    return read == 1.0


def _notes(value: object) -> tuple[str, ...]:
    return tuple(_text(v) for v in value) if isinstance(value, list) else (_text(value),)


def _group(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise wrong("a group of keys, one a line and indented")
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise wrong("a list, each entry led by a dash")
    return value


def _files(value: object) -> dict[str, str]:
    group = _group(value)
    for table, file in group.items():
        if not isinstance(file, str) or not file.strip():
            raise wrong("table: file, such as {venues: libraries.csv}", f"The table {table} has no file.")
    return {table: file.strip() for table, file in group.items()}


def _where(value: object) -> object:
    if isinstance(value, str) and value.strip():
        return value.strip()
    if isinstance(value, list) and value and all(isinstance(v, str) and v for v in value):
        return tuple(value)
    if isinstance(value, dict) and value:
        return value
    raise wrong("all, a list of ids such as [LIB01, LIB02], or {column: value}")


def _change(value: object) -> tuple[str, str]:
    """`{set: 0}` and the like; a signed amount by itself is a change by so much (-20%: scale, -£410k: add)."""
    if isinstance(value, str) and value.strip()[:1] in ("+", "-", "\u2212") and any(c.isdigit() for c in value):
        return ("scale" if units.is_signed_percent(value) else "add"), value.strip()
    if isinstance(value, str) and value.strip():
        written = value.strip()
        to = f"{{set: {written}}}"
        written = re.sub(r"^(minus|less|down)\s+", "", written)
        by = f", or -{written} for a cut by so much" if any(c.isdigit() for c in written) else ""
        raise wrong("exactly one of set, scale or add, such as {set: 0}", f"Write {to} to set it so{by}.")
    if not isinstance(value, dict) or len(value) != 1 or not set(value) <= set(CHANGES):
        near = suggestion(next(iter(value)), CHANGES) if isinstance(value, dict) and len(value) == 1 else ""
        raise wrong("exactly one of set, scale or add, such as {set: 0}", near)
    ((change, amount),) = value.items()
    return change, _text(amount)


Text = Annotated[str, BeforeValidator(_text)]
Name = Annotated[str, BeforeValidator(_name)]
Group = Annotated[dict[str, Any], BeforeValidator(_group)]
List = Annotated[list[Any], BeforeValidator(_list)]
Year = Annotated[str, BeforeValidator(_dated(parse_year))]
Day = Annotated[date | None, BeforeValidator(_dated(parse_date))]
Version = Annotated[int, BeforeValidator(_version)]
PoundsAYear = Annotated[float, BeforeValidator(number("pounds/year"))]
Notes = Annotated[tuple[str, ...], BeforeValidator(_notes)]


class Section(BaseModel):
    """A group of keys. `required` must be given; the defaults of these only stand in where they are at fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    required: ClassVar[Mapping[str, str]] = {}
    open: ClassVar[bool] = False


class PlaceSection(Section):
    """place.yaml as a whole."""

    required: ClassVar[Mapping[str, str]] = {
        "withless": "1, the version of this file format",
        "name": "the name of the place",
        "calendar": "{start: 2026-04, quarters: 20}",
        "areas": "the file of areas, such as areas.csv",
        "people": "the file of people, such as people.csv",
        "services": "at least one service",
    }
    withless: Version = VERSION
    name: Text = ""
    invented: Annotated[bool, BeforeValidator(_switch)] = False
    calendar: Group = {}
    coordinates: Annotated[str, BeforeValidator(_choice("bng", "lonlat"))] = "bng"
    prices: Year = ""
    hidden_rows: Annotated[str, BeforeValidator(_choice("leave_out", "read"))] = "leave_out"
    areas: Text = ""
    people: Text = ""
    services: Group = {}
    assumptions: Group = {}
    note: Notes = ()


class CalendarSection(Section):
    """The quarters under study."""

    required: ClassVar[Mapping[str, str]] = {"start": "a month such as 2026-04", "quarters": "a number from 1 to 80"}
    start: Day = None
    quarters: Annotated[float, BeforeValidator(number("quarters", 1, 80, whole=True))] = 0.0


class ServiceSection(Section):
    """One service instance."""

    required: ClassVar[Mapping[str, str]] = {"kind": "the kind of service, such as venues"}
    kind: Text = ""
    title: Text = ""
    payer: Annotated[str, BeforeValidator(_choice("council", "nhs"))] = "council"
    budget: Annotated[float, BeforeValidator(number("pounds/year", 0))] = math.nan
    tables: Annotated[dict[str, str], BeforeValidator(_files)] = {}
    volunteer_share: Annotated[float, BeforeValidator(number("share", 0, 1))] = math.nan
    fit: Text = ""


class PlanSection(Section):
    """plan.yaml as a whole."""

    required: ClassVar[Mapping[str, str]] = {
        "withless": "1, the version of this file format",
        "title": "the name of the plan",
        "place": "the folder of the place, such as .",
        "measures": "the list of measures (it may be empty: [])",
    }
    withless: Version = VERSION
    title: Text = ""
    place: Text = ""
    target: Group = {}
    measures: List = []
    promises: List = []
    assumptions: Group = {}
    note: Notes = ()


class TargetSection(Section):
    """What the plan as a whole is to save."""

    required: ClassVar[Mapping[str, str]] = {"saving": "pounds a year, such as £4.2m"}
    saving: Annotated[float, BeforeValidator(number("pounds/year", 0))] = math.nan
    by: Year = ""


class MeasureSection(Section):
    """One measure, as written."""

    required: ClassVar[Mapping[str, str]] = {
        "id": "a short name that no other measure has",
        "service": "a service of the place",
        "lever": "what it moves, such as open or hours",
        "change": "exactly one of set, scale or add, such as {set: 0}",
        "start": "a date such as Apr 2027",
    }
    id: Name = ""
    title: Text = ""
    service: Text = ""
    lever: Text = ""
    where: Annotated[Any, BeforeValidator(_where)] = None
    change: Annotated[tuple[str, str] | None, BeforeValidator(_change)] = None
    start: Day = None
    end: Day = None
    phase: Annotated[float, BeforeValidator(_dated(parse_length))] = 0.0
    booked_saving: PoundsAYear = math.nan
    one_off_cost: Annotated[float, BeforeValidator(number("pounds", 0, 1e11))] = math.nan
    posts: Annotated[float, BeforeValidator(number("posts", 0, 1e6))] = 0.0
    evidence: Annotated[str, BeforeValidator(_choice(*EVIDENCE))] = "business_case"
    source: Text = ""


class PromiseSection(Section):
    """One promise, as written."""

    required: ClassVar[Mapping[str, str]] = {"text": "the promise in its own words", "check": "how it is checked"}
    text: Text = ""
    check_: Annotated[dict[str, Any], BeforeValidator(_group), Field(alias="check")] = {}


S = TypeVar("S", bound=Section)


def read_section(model: type[S], document: Document, path: Sequence[Key], faults: list[Fault]) -> S:
    """One section of a document, every fault in it added to `faults`; keys at fault hold their defaults."""
    given = document.get(path)
    if not isinstance(given, dict):
        found = quoted(given) if given is not None else "nothing"
        faults.append(document.fault(path, found, f"the keys {', '.join(_keys(model))}"))
        return model()
    filled = {k: v for k, v in given.items() if v is not None}
    unknown = [k for k in given if k not in _keys(model)]
    for key, expected in model.required.items():
        if key not in filled and not nearest(key, unknown):
            faults.append(document.fault((*path, key), "nothing", expected, "Add it."))
    try:
        return model.model_validate(filled)
    except ValidationError as e:
        at_fault = set()
        for error in e.errors(include_url=False):
            key = str(error["loc"][0])
            at_fault.add(key)
            faults.append(_fault(error, model, document, (*path, key), set(model.required) - set(filled)))
    return model.model_validate({k: v for k, v in filled.items() if k not in at_fault})


def _keys(model: type[Section]) -> list[str]:
    return [f.alias or name for name, f in model.model_fields.items()]


def _fault(
    error: Mapping[str, Any], model: type[Section], document: Document, path: Sequence[Key], missing: set[str]
) -> Fault:
    """A fault from pydantic's account of an error."""
    if error["type"] == "extra_forbidden":
        keys = _keys(model)
        near = nearest(str(path[-1]), missing) or nearest(str(path[-1]), keys)
        mend = f"Did you mean {near}?" if near else ""
        return document.fault(path, f"a key {quoted(path[-1])}", one_of(keys, 20), mend)
    context = error.get("ctx", {})
    expected = str(context.get("expected", error["msg"]))
    return document.fault(path, quoted(error["input"]), expected, str(context.get("mend", "")))
