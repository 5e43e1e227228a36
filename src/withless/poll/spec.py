"""poll.yaml: which columns are weights, strata, clusters, margins, groups and questions, and how people were found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from .. import units
from ..files.documents import (
    VERSION,
    Group,
    Notes,
    Section,
    Text,
    Version,
    _choice,
    _group,
    _switch,
    number,
    read_section,
    wrong,
)
from ..files.faults import Fault, Faults, has_errors
from ..files.yaml_lines import Document, load
from .design import LONELY

SAMPLES = ("probability", "panel", "self-selected", "not-stated")
ABOUT = ("services_improve", "too_fast", "volunteers_no_difference")
"""What a question can be tied to in an assessment."""


def _words(value: object) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return tuple(v.strip() for v in value)
    if isinstance(value, str):
        return tuple(v.strip() for v in value.split(","))
    raise wrong("a list, such as [1, 2]")


def _labels(value: object) -> dict[str, str]:
    group = _group(value)
    if not all(isinstance(v, str) for v in group.values()):
        raise wrong("value: label, such as {1: Agree}")
    return {str(k).strip(): str(v).strip() for k, v in group.items()}


def _sample(value: object) -> str:
    return _choice("probability", "panel", "self_selected", "not_stated")(value).replace("_", "-")


Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
Labels = Annotated[Mapping[str, str], BeforeValidator(_labels)]
Switch = Annotated[bool, BeforeValidator(_switch)]


class PollSection(Section):
    """poll.yaml as a whole."""

    required: ClassVar[Mapping[str, str]] = {
        "withless": "1, the version of this file format",
        "title": "the name of the poll",
        "sample": "how people were found: probability, panel or self-selected",
        "questions": "at least one question, by the name of its column",
    }
    withless: Version = VERSION
    title: Text = ""
    invented: Switch = False
    sample: Annotated[str, BeforeValidator(_sample)] = "not-stated"
    data: Text = ""
    client: Text = ""
    by: Text = ""
    universe: Text = ""
    method: Text = ""
    fieldwork: Text = ""
    weight: Text = ""
    strata: Text = ""
    clusters: Text = ""
    fpc: Text = ""
    lonely: Annotated[str, BeforeValidator(_choice(*LONELY))] = "fail"
    population: Annotated[float, BeforeValidator(number("people", 1, 1e11))] = 0.0
    margins: Group = Field(default_factory=dict)
    bounds: Group = Field(default_factory=dict)
    trim: Group = Field(default_factory=dict)
    labels: Labels = Field(default_factory=dict)
    missing: Words = ()
    demographics: Group = Field(default_factory=dict)
    questions: Group = Field(default_factory=dict)
    note: Notes = ()


class LimitSection(Section):
    """The smallest and largest factor or weight."""

    required: ClassVar[Mapping[str, str]] = {"low": "a number such as 0.3", "high": "a number such as 3"}
    low: Annotated[float, BeforeValidator(number("ratio", 0))] = 0.0
    high: Annotated[float, BeforeValidator(number("ratio", 0))] = 1e9


class GroupSection(Section):
    """A demographic."""

    title: Text = ""
    labels: Labels = Field(default_factory=dict)
    missing: Words = ()


class QuestionSection(Section):
    """A question: `kind` single (one answer), multiple (several columns, each yes or no) or number."""

    text: Text = ""
    kind: Annotated[str, BeforeValidator(_choice("single", "multiple", "number"))] = "single"
    labels: Labels = Field(default_factory=dict)
    missing: Words = ()
    columns: Labels = Field(default_factory=dict)
    chosen: Words = ("1",)
    nets: Group = Field(default_factory=dict)
    scores: Switch = False
    about: Annotated[str, BeforeValidator(_choice(*ABOUT))] = ""
    net: Text = ""


@dataclass(frozen=True)
class Spec:
    """What poll.yaml says; `margins` are targets by column (crossed ones `a*b`, values `x*y`)."""

    top: PollSection
    margins: dict[str, dict[str, float]] = field(default_factory=dict)
    bounds: tuple[float, float] | None = None
    trim: tuple[float, float] | None = None
    demographics: dict[str, GroupSection] = field(default_factory=dict)
    questions: dict[str, QuestionSection] = field(default_factory=dict)
    document: Document | None = None


def read_spec(path: Path) -> Spec:
    """poll.yaml; raises `Faults` with everything wrong in it."""
    faults: list[Fault] = []
    document = load(path, path.name, faults)
    if document is None:
        raise Faults(faults)
    top = read_section(PollSection, document, (), faults)
    margins = {name: _margin(name, document, faults) for name in top.margins}
    limits = {k: read_section(LimitSection, document, (k,), faults) for k in ("bounds", "trim") if getattr(top, k)}
    if top.trim and top.margins:
        mend = "With margins, say bounds: weights then keep within them while margins are met."
        faults.append(document.fault(("trim",), "trim beside margins", "one of the two", mend))
    for name, limit in limits.items():
        if not limit.low < limit.high:
            faults.append(document.fault((name,), f"{limit.low:g} to {limit.high:g}", "low below high"))
    demographics = _sections(GroupSection, "demographics", top.demographics, document, faults)
    questions = _sections(QuestionSection, "questions", top.questions, document, faults)
    for name, q in questions.items():
        _check(name, q, document, faults)
    if has_errors(faults):
        raise Faults(faults)
    pairs = {k: (v.low, v.high) for k, v in limits.items()}
    return Spec(top, margins, pairs.get("bounds"), pairs.get("trim"), demographics, questions, document)


def _sections(
    model: Any, key: str, given: Mapping[str, Any], document: Document, faults: list[Fault]
) -> dict[str, Any]:
    """A group of sections by name; an empty one holds the defaults."""
    return {n: model() if v is None else read_section(model, document, (key, n), faults) for n, v in given.items()}


def _margin(name: str, document: Document, faults: list[Fault]) -> dict[str, float]:
    """Targets by value: shares, or numbers of people."""
    given = document.get(("margins", name))
    if not isinstance(given, dict) or not given:
        faults.append(document.fault(("margins", name), "no targets", "value: share, such as {1: 49%, 2: 51%}"))
        return {}
    targets = {}
    for value, text in given.items():
        try:
            targets[value.strip()] = units.parse(str(text), "share")
        except units.UnitError:
            faults.append(
                document.fault(("margins", name, value), f'"{text}"', "a share such as 49%, or a number of people")
            )
    if targets and abs(sum(targets.values()) - 1) > 0.005 and sum(targets.values()) < 2:
        mend = "Shares of a margin add up to 100%."
        faults.append(
            document.fault(("margins", name), f"shares that add up to {sum(targets.values()):.1%}", "100%", mend)
        )
    return targets


def _check(name: str, q: QuestionSection, document: Document, faults: list[Fault]) -> None:
    """Nets are lists of values; a question of several columns names them."""
    for net, values in q.nets.items():
        if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
            faults.append(
                document.fault(("questions", name, "nets", net), "no list", "a list of values, such as [1, 2]")
            )
    if q.kind == "multiple" and not q.columns:
        faults.append(document.fault(("questions", name, "columns"), "nothing", "column: label, one for each answer"))
    if q.about and not q.net:
        mend = "Say which answer or net speaks of it."
        faults.append(document.fault(("questions", name, "net"), "nothing", "the name of a net or an answer", mend))
