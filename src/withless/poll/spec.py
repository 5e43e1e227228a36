"""poll.yaml: which columns are weights, strata, clusters, margins, groups and questions, and how people were found."""

from __future__ import annotations

import re
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
    _text,
    number,
    read_section,
    wrong,
)
from ..files.faults import Fault, Faults, has_errors, nearest, one_of, quoted
from ..files.yaml_lines import Document, load
from .calibrating import METHODS
from .cells import plain_code
from .design import LONELY
from .replicates import KINDS

SAMPLES = ("probability", "panel", "self-selected", "not-stated")
ABOUT = ("services_improve", "too_fast", "volunteers_no_difference")
"""What a question can be tied to in an assessment."""


def _words(value: object) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return tuple(plain_code(v) for v in value)
    if isinstance(value, str):
        return tuple(plain_code(v) for v in value.split(","))
    raise wrong("a list, such as [1, 2]")


def _labels(value: object) -> dict[str, str]:
    group = _group(value)
    if not all(isinstance(v, str) for v in group.values()):
        raise wrong("value: label, such as {1: Agree}")
    return {plain_code(str(k)): str(v).strip() for k, v in group.items()}


def _split(value: object) -> str:
    """The sign between several answers in one cell; `none` says that there is none."""
    written = _text(value)
    if written.casefold() in ("no", "false", "none", "off"):
        return NO_SPLIT
    if any(c.isalnum() for c in written):
        raise wrong('the sign between answers, such as ";", or no')
    return written


def _kind(value: object) -> str:
    written = _text(value).casefold()
    known = {k.casefold(): k for k in KINDS}
    if written not in known:
        near = nearest(written, known)
        raise wrong(one_of(KINDS), f"Did you mean {known[near]}?" if near else "")
    return known[written]


def _rows(value: object) -> int:
    written = _text(value)
    if not written.isdecimal() or not 1 <= int(written) <= 9:
        raise wrong("how many rows of names stand above the answers, from 1 to 9")
    return int(written)


def _numbers(value: object) -> tuple[float, ...]:
    read = number("ratio", 0)
    return tuple(read(v) for v in value) if isinstance(value, list) else (read(value),)


def _sample(value: object) -> str:
    return _choice("probability", "panel", "self_selected", "not_stated")(value).replace("_", "-")


Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
Labels = Annotated[Mapping[str, str], BeforeValidator(_labels)]
NO_SPLIT = "none"
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
    header_rows: Annotated[int, BeforeValidator(_rows)] = 0
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
    replicates: Group = Field(default_factory=dict)
    calibrate: Annotated[str, BeforeValidator(_choice(*METHODS))] = "raking"
    totals: Group = Field(default_factory=dict)
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


class ReplicateSection(Section):
    """Replicate weights: their columns, how they were made, and the scales of R's svrepdesign."""

    required: ClassVar[Mapping[str, str]] = {
        "columns": "the columns of replicate weights: a list, or a pattern such as rep*",
        "kind": f"how they were made: {', '.join(KINDS)}",
    }
    columns: Words = ()
    kind: Annotated[str, BeforeValidator(_kind)] = "other"
    scale: Annotated[float | None, BeforeValidator(number("ratio", 0))] = None
    rscales: Annotated[tuple[float, ...], BeforeValidator(_numbers)] = ()
    rho: Annotated[float | None, BeforeValidator(number("ratio", 0, 1))] = None
    combined: Switch = True
    mse: Switch = False


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
    chosen: Words = ()
    split: Annotated[str, BeforeValidator(_split)] = ""
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
    totals: dict[str, float] = field(default_factory=dict)
    replicates: ReplicateSection | None = None
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
    margins = {name: _margin(name, top, document, faults) for name in top.margins}
    totals = {name: _total(name, document, faults) for name in top.totals}
    replicates = read_section(ReplicateSection, document, ("replicates",), faults) if top.replicates else None
    _check_weighting(top, document, faults)
    limits = {k: read_section(LimitSection, document, (k,), faults) for k in ("bounds", "trim") if getattr(top, k)}
    for name, limit in limits.items():
        if not limit.low < limit.high:
            faults.append(document.fault((name,), f"{limit.low:g} to {limit.high:g}", "low below high"))
    demographics = _sections(GroupSection, "demographics", top.demographics, document, faults)
    questions = _sections(QuestionSection, "questions", top.questions, document, faults)
    for name, q in questions.items():
        _check(name, q, document, faults)
        if q.kind == "single" and (q.columns or q.split not in ("", NO_SPLIT)):
            questions[name] = q.model_copy(update={"kind": "multiple"})
    if has_errors(faults):
        raise Faults(faults)
    pairs = {k: (v.low, v.high) for k, v in limits.items()}
    return Spec(
        top, margins, pairs.get("bounds"), pairs.get("trim"), totals, replicates, demographics, questions, document
    )


def _sections(
    model: Any, key: str, given: Mapping[str, Any], document: Document, faults: list[Fault]
) -> dict[str, Any]:
    """A group of sections by name; an empty one holds the defaults."""
    return {n: model() if v is None else read_section(model, document, (key, n), faults) for n, v in given.items()}


def _check_weighting(top: PollSection, document: Document, faults: list[Fault]) -> None:
    """What goes with what among weights, margins, totals and replicates."""

    def clash(key: str, found: str, expected: str, mend: str) -> None:
        faults.append(document.fault((key,), found, expected, mend))

    if top.trim and (top.margins or top.totals):
        mend = "With margins, say bounds: weights then keep within them while margins are met."
        clash("trim", "trim beside margins", "one of the two", mend)
    given = "calibrate" in document.value if isinstance(document.value, dict) else False
    if given and not (top.margins or top.totals):
        clash("calibrate", "nothing to calibrate to", "margins or totals", "Say what is known of everybody.")
    if top.calibrate == "logit" and not top.bounds and given:
        clash("calibrate", "logit without bounds", "bounds", "Add bounds, such as {low: 0.3, high: 3}.")
    if top.calibrate == "ratio" and (len(top.totals) != 1 or top.margins or top.bounds):
        clash("calibrate", "ratio beside margins or bounds, or not one total", "one entry in totals", "")
    if top.replicates:
        if beside := [k for k in ("strata", "clusters", "fpc") if getattr(top, k)]:
            clash(
                beside[0],
                f"{beside[0]} beside replicates",
                "one of the two",
                "Replicate weights hold the design already.",
            )
        if not top.weight:
            clash("replicates", "replicate weights without a weight", "weight: the column of weights", "")


def _total(name: str, document: Document, faults: list[Fault]) -> float:
    """The total of a column over everybody."""
    text = document.get(("totals", name))
    try:
        return units.parse(str(text), "ratio")
    except units.UnitError:
        faults.append(document.fault(("totals", name), quoted(text), "the column's total over everybody, a number"))
        return 0.0


def _margin(name: str, top: PollSection, document: Document, faults: list[Fault]) -> dict[str, float]:
    """Targets by value: all per cent, all shares, or all numbers of people."""
    given = document.get(("margins", name))
    if not isinstance(given, dict) or not given:
        faults.append(document.fault(("margins", name), "no targets", "value: share, such as {1: 49%, 2: 51%}"))
        return {}
    targets, signed = {}, 0
    for value, text in given.items():
        try:
            amount = units.parse(str(text), "share")
        except units.UnitError:
            amount = -1.0
        if amount < 0:
            expected = "a share such as 49%, or a number of people"
            faults.append(document.fault(("margins", name, value), quoted(text), expected))
            continue
        targets["*".join(plain_code(part) for part in value.split("*"))] = amount
        signed += bool(_PER_CENT.search(str(text)))
    wrong_sum = _wrong_sum(list(targets.values()), signed, top.population) if targets else None
    if wrong_sum is not None:
        faults.append(document.fault(("margins", name), *wrong_sum))
    return targets


_PER_CENT = re.compile(r"%|\bper ?cent\b", re.IGNORECASE)
_LIKE_PER_CENT = (80.0, 120.0)  # numbers that add up to between these look like per cent that do not add up


def _wrong_sum(targets: list[float], signed: int, population: float) -> tuple[str, str, str] | None:
    """What is wrong with the targets of a margin taken together: found, expected, how to mend it."""
    total = sum(targets)
    if 0 < signed < len(targets):
        return "per cent beside numbers without a sign", "one of the two", "Write all of them with %, or none."
    mend = "Shares of a margin add up to 100%."
    if signed or total < 2:
        return None if abs(total - 1) <= 0.005 else (f"shares that add up to {total:.1%}", "100%", mend)
    low, high = _LIKE_PER_CENT
    if not low < total < high or abs(total - 100) <= 0.5 or max(targets) > 100 or abs(total - population) <= 0.5:
        return None
    mend = "Per cent add up to 100. If they are people, say how many there are in all: population."
    return f"numbers that add up to {total:g}", "100, because they look like per cent", mend


def _check(name: str, q: QuestionSection, document: Document, faults: list[Fault]) -> None:
    """Nets are lists of values; a question of several columns names them."""
    for net, values in q.nets.items():
        if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
            faults.append(
                document.fault(("questions", name, "nets", net), "no list", "a list of values, such as [1, 2]")
            )
        elif not values:
            faults.append(document.fault(("questions", name, "nets", net), "an empty list", "values, such as [1, 2]"))
    if q.kind == "multiple" and not q.columns and q.split in ("", NO_SPLIT):
        mend = 'Where one cell holds several answers, say split: ";" instead.'
        faults.append(
            document.fault(("questions", name, "columns"), "nothing", "column: label, one for each answer", mend)
        )
    if q.split not in ("", NO_SPLIT) and q.columns:
        faults.append(document.fault(("questions", name, "split"), "split beside columns", "one of the two"))
    if q.kind == "number" and (q.nets or q.columns or q.split not in ("", NO_SPLIT)):
        found = "nets, columns or split in a number"
        faults.append(document.fault(("questions", name, "kind"), found, "kind: single or multiple"))
    if q.chosen and not q.columns:
        found, expected = "chosen without columns", "columns: one for each answer"
        faults.append(document.fault(("questions", name, "chosen"), found, expected))
    if q.about and not q.net:
        mend = "Say which answer or net speaks of it."
        faults.append(document.fault(("questions", name, "net"), "nothing", "the name of a net or an answer", mend))
