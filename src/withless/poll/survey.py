"""A poll made ready: file and poll.yaml read together, weights made, every fault in one go."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..files.faults import Fault, Faults, fold, has_errors
from .data import Data, Variable, open_data, write_sav
from .design import Design, DesignError, Floats, design
from .spec import GroupSection, PollSection, QuestionSection, Spec, read_spec
from .weighting import Margin, Raked, margin, poststratify, rake, trim

MOST_ANSWERS = 12
"""Different values up to which a column without a word in poll.yaml is taken for a question."""


@dataclass(frozen=True)
class Survey:
    """A poll: what its spec says, its data, the design with final weights, and how raking went (None = none)."""

    spec: Spec
    data: Data
    design: Design
    base: Floats
    raked: Raked | None
    warnings: tuple[Fault, ...] = ()


def read_survey(file: Path, spec_file: Path | None = None) -> Survey:
    """Read answers and poll.yaml (or go without it); raises `Faults`."""
    spec = read_spec(spec_file) if spec_file is not None else None
    data, faults = open_data(file)
    spec = spec or _plain(data, file)
    for name, key in _columns(spec):
        if name not in data:
            fault = data.fault(name)
            line = spec.document.line(key) if spec.document is not None else None
            faults.append(replace(fault, mend=f"{fault.mend} It is named in poll.yaml, line {line}.".strip()))
    if has_errors(faults):
        raise Faults(faults)
    drawn, base = _drawn(spec, data, faults)
    margins = _margins(spec, data, drawn, faults) if drawn is not None else []
    if has_errors(faults) or drawn is None:
        raise Faults(faults)
    raked = None
    try:
        if len(margins) == 1 and spec.bounds is None:
            drawn = poststratify(drawn, margins[0])
        elif margins:
            raked = rake(drawn, margins, bounds=spec.bounds)
            drawn = raked.design
        elif spec.trim is not None:
            middle = float(drawn.weights.mean())
            drawn = trim(drawn, spec.trim[0] * middle, spec.trim[1] * middle, strict=True)
    except DesignError as error:
        raise Faults([_said(spec, data, ("margins",), str(error))]) from None
    return Survey(spec, data, drawn, base, raked, tuple(faults))


def _plain(data: Data, file: Path) -> Spec:
    """Without poll.yaml: every column of few values is a question, nothing is weighted, and nothing is known of the sample."""
    names = [n for n in data.names if 2 <= len(data.variable(n).values) <= MOST_ANSWERS]
    if not names:
        mend = "Write a poll.yaml that names the questions."
        raise Faults([Fault(file.name, None, "", "no column of few values", "at least one question", mend)])
    return Spec(PollSection(title=file.stem), questions={n: QuestionSection() for n in names})


def _columns(spec: Spec) -> list[tuple[str, tuple[str, ...]]]:
    """Every column that poll.yaml names, and where it does."""
    top = spec.top
    named: list[tuple[str, tuple[str, ...]]] = [
        (getattr(top, k), (k,)) for k in ("weight", "strata", "clusters", "fpc") if getattr(top, k)
    ]
    named += [(part, ("margins", m)) for m in spec.margins for part in m.split("*")]
    named += [(n, ("demographics", n)) for n in spec.demographics]
    for n, q in spec.questions.items():
        named += (
            [(c, ("questions", n, "columns", c)) for c in q.columns]
            if q.kind == "multiple"
            else [(n, ("questions", n))]
        )
    return named


def _said(spec: Spec, data: Data, path: tuple[str, ...], message: str) -> Fault:
    text = message[:1].upper() + message[1:]
    if spec.document is not None:
        return spec.document.fault(path, "what cannot be", "a design that can be used", f"{text}.")
    return Fault(data.file, None, "", "what cannot be", "a design that can be used", f"{text}.")


def _drawn(spec: Spec, data: Data, faults: list[Fault]) -> tuple[Design | None, Floats]:
    """The design before calibration, and its weights."""
    top = spec.top
    weights = np.ones(data.rows)
    if top.weight:
        weights = data.variable(top.weight).numbers()
        bad = ~np.isfinite(weights) | (weights <= 0)
        for row in np.flatnonzero(bad).tolist():
            v = data.variable(top.weight)
            found = f'"{v.values[v.codes[row]]}"' if v.codes[row] >= 0 else "nothing"
            faults.append(Fault(data.file, row + 2, top.weight, found, "a weight above nil"))
    columns = {}
    for key in ("strata", "clusters"):
        if name := getattr(top, key):
            v = data.variable(name)
            columns[key] = v.codes
            faults += [
                Fault(data.file, row + 2, name, "nothing", f"the {key} of this answer")
                for row in np.flatnonzero(v.codes < 0).tolist()
            ]
    faults[:] = fold(faults)
    if has_errors(faults):
        return None, weights
    fpc = data.variable(top.fpc).numbers() if top.fpc else None
    try:
        return design(weights, columns.get("strata"), columns.get("clusters"), fpc, top.lonely), weights
    except DesignError as error:
        faults.append(_said(spec, data, ("strata",), str(error)))
        return None, weights


def _margins(spec: Spec, data: Data, drawn: Design, faults: list[Fault]) -> list[Margin]:
    """Margins with targets that sum to the population."""
    total = spec.top.population or float(drawn.weights.sum())
    found = []
    for name, targets in spec.margins.items():
        parts = [data.variable(p) for p in name.split("*")]
        blank = np.any([p.codes < 0 for p in parts], axis=0)
        for row in np.flatnonzero(blank).tolist():
            mend = "Give it a value of its own (such as not known) with a target, or leave these answers out."
            faults.append(Fault(data.file, row + 2, name, "nothing", "a value, because it is a margin", mend))
        if blank.any():
            continue
        try:
            found.append(margin(name, crossed(parts), targets, total))
        except DesignError as error:
            faults.append(_said(spec, data, ("margins", name), str(error)))
    faults[:] = fold(faults)
    return found


def data_of(spec_file: Path) -> Path:
    """The file of answers that a poll.yaml names; raises `Faults`."""
    spec = read_spec(spec_file)
    if spec.top.data:
        return spec_file.parent / spec.top.data
    assert spec.document is not None  # noqa: S101  # it was read from a file
    raise Faults([spec.document.fault(("data",), "nothing", "the file of answers, such as residents.csv", "Add it.")])


def to_sav(s: Survey, path: Path) -> None:
    """All columns with the labels and missing values of poll.yaml, and the weights made, as SPSS."""
    own = {c: q for n, q in s.spec.questions.items() for c in (q.columns or {n: ""})}
    variables = []
    for name in s.data.names:
        v, q, g = s.data.variable(name), own.get(name), s.spec.demographics.get(name)
        labels = {**v.labels, **({**s.spec.top.labels, **q.labels} if q else {}), **(g.labels if g else {})}
        missing = v.missing | (set(q.missing or s.spec.top.missing) if q else set()) | (set(g.missing) if g else set())
        title = (q.columns.get(name) or q.text if q else g.title if g else "") or v.title
        labels = {k: t for k, t in labels.items() if k in v.values}
        variables.append(replace(v, title=title, labels=labels, missing=frozenset(missing & set(v.values))))
    write_sav(path, variables, {"withless_weight": s.design.weights}, s.spec.top.title)


def crossed(parts: list[Variable]) -> np.ndarray:
    """The values of some columns as one column: `x*y`."""
    text = np.array(parts[0].values, dtype=object)[parts[0].codes]
    for p in parts[1:]:
        text = text + "*" + np.array(p.values, dtype=object)[p.codes]
    return text.astype(str)


def group(spec: Spec, name: str) -> GroupSection:
    """What poll.yaml says of a demographic; nothing where it says nothing."""
    return spec.demographics.get(name, GroupSection())
