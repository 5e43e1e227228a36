"""A poll made ready: file and poll.yaml read together, weights made, every fault in one go."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..files.columns import report
from ..files.faults import LISTED, Fault, Faults, has_errors, quoted
from ..files.tables import plain_name
from .calibrating import calibrate
from .checking import resolved
from .data import Data, Variable, open_data, sav_bytes
from .design import Design, DesignError, Rules, design, replicated
from .residuals import Floats
from .spec import GroupSection, PollSection, QuestionSection, Spec, read_spec
from .weighting import Margin, Raked, margin, poststratify, rake, scaled, trim

MOST_ANSWERS = 12
"""Different values up to which a column without a word in poll.yaml is taken for a question."""


LEAST_WEIGHT, MOST_WEIGHT = 1e-9, 1e9
"""Weights beyond which squares of them leave what numbers hold well, and which no survey has."""


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
    kept, rows = (words(spec), spec.top.header_rows) if spec is not None else ((), 0)
    data, faults = open_data(file, kept, rows)
    spec = spec or _plain(data, file)
    for name, key in _columns(spec):
        if name not in data:
            fault = data.fault(name)
            line = spec.document.line(key) if spec.document is not None else None
            faults.append(replace(fault, mend=f"{fault.mend} It is named in poll.yaml, line {line}.".strip()))
    if has_errors(faults):
        raise Faults(faults)
    spec = resolved(spec, data, faults)
    clear = not has_errors(faults)
    drawn, base = _drawn(spec, data, faults)
    margins = _margins(spec, data, drawn, faults) if drawn is not None and clear else []
    known = _totals(spec, data, drawn, faults) if drawn is not None else {}
    if has_errors(faults) or drawn is None:
        raise Faults(faults)
    try:
        drawn, raked = _weighted(spec, drawn, margins, known)
    except DesignError as error:
        where = next((k for k in ("margins", "totals", "trim") if getattr(spec.top, k)), "title")
        raise Faults([_said(spec, data, (where,), str(error))]) from None
    if below := int((drawn.weights < 0).sum()):
        found = f"{below:,} {'people whose weights are' if below > 1 else 'person whose weight is'} below zero"
        mend = "Linear calibration can do so. Say bounds, such as {low: 0.3, high: 3}, or calibrate: raking."
        faults.append(
            replace(
                _said(spec, data, ("calibrate",), ""),
                found=found,
                expected="weights above zero",
                mend=mend,
                severity="warning",
            )
        )
    return Survey(spec, data, drawn, base, raked, tuple(faults))


def _weighted(
    spec: Spec, drawn: Design, margins: Sequence[Margin], known: Mapping[str, Floats]
) -> tuple[Design, Raked | None]:
    """The design with final weights, and how its margins and totals were met; raises `DesignError`."""
    top = spec.top
    if not margins and not known:
        if spec.trim is None:
            return drawn, None
        middle = float(drawn.weights[drawn.weights > 0].mean())
        return trim(drawn, spec.trim[0] * middle, spec.trim[1] * middle, strict=True), None
    if not known and top.calibrate == "raking":
        if len(margins) == 1 and spec.bounds is None:
            return poststratify(drawn, margins[0]), None
        raked = rake(drawn, margins, bounds=spec.bounds)
        return raked.design, raked
    columns, totals = dict(known), dict(spec.totals)
    everyone = float(margins[0].targets.sum()) if margins else top.population
    if everyone:
        drawn = scaled(drawn, everyone / float(drawn.weights.sum()))
    if top.population and not margins and top.calibrate != "ratio":
        columns["everybody"], totals["everybody"] = np.ones(len(drawn)), top.population
    raked = calibrate(drawn, columns, totals, top.calibrate, spec.bounds, margins=margins)
    return raked.design, raked


def words(spec: Spec) -> set[str]:
    """All values that poll.yaml names."""
    found = {*spec.top.missing, *spec.top.labels, *(w for m in spec.margins.values() for t in m for w in t.split("*"))}
    for g in spec.demographics.values():
        found |= {*g.missing, *g.labels}
    for q in spec.questions.values():
        found |= {*q.missing, *q.labels, *q.chosen, *(w for members in q.nets.values() for w in members)}
    return found


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
    named += [(n, ("totals", n)) for n in spec.totals]
    named += [(n, ("demographics", n)) for n in spec.demographics]
    for n, q in spec.questions.items():
        named += [(c, ("questions", n, "columns", c)) for c in q.columns] if q.columns else [(n, ("questions", n))]
    return named


def _said(spec: Spec, data: Data, path: tuple[str, ...], message: str) -> Fault:
    """What a design or margin cannot be, at its line of poll.yaml."""
    text = message[:1].upper() + message[1:]
    found = "targets that cannot be met" if path[0] in ("margins", "bounds", "trim") else "a design that cannot be"
    expected = "targets that the answers can meet" if path[0] in ("margins", "bounds", "trim") else "one that can"
    if spec.document is not None:
        return spec.document.fault(path, found, expected, f"{text}.")
    return Fault(data.file, None, "", found, expected, f"{text}.")


def _lonely(spec: Spec, data: Data, drawn: Design) -> list[Fault]:
    """Strata of one primary unit where poll.yaml says no rule for them."""
    try:
        Rules.of(drawn)
    except DesignError:
        alone = np.flatnonzero(drawn.sampled == 1)
        names = data.variable(spec.top.strata).values if spec.top.strata else ("the whole sample",)
        told = ", ".join(quoted(names[i]) for i in alone[:LISTED]) + (" and others" if len(alone) > LISTED else "")
        found = f"one primary unit only in {told}" if spec.top.strata else "one primary unit only"
        mend = "Its spread is unknown. Join strata, or say lonely: remove, certainty, adjust or average."
        key = "strata" if spec.top.strata else "clusters" if spec.top.clusters else "title"
        if spec.document is not None:
            return [spec.document.fault((key,), found, "two or more in every stratum", mend)]
        return [Fault(data.file, None, key, found, "two or more in every stratum", mend)]
    return []


def _at_rows(
    data: Data, column: str, wrong: NDArray[np.bool_], expected: str, mend: str = "", severity: str = "error"
) -> list[Fault]:
    """Rows where a column is wrong: what stands there, each once with the rows; the first few, the rest as a number."""
    at = np.flatnonzero(wrong)
    parts = [data.variable(p) for p in column.split("*")]
    rows = np.array([data.row(int(entry)) for entry in at[:_TOLD]], dtype=np.int64)

    def describe(i: int) -> tuple[str, str, str]:
        cells = [v.values[v.codes[at[i]]] if v.codes[at[i]] >= 0 else "" for v in parts]
        return quoted("*".join(cells) if all(cells) else ""), expected, mend

    found: list[Fault] = []
    report(found, data.file, rows, np.ones(len(at), dtype=np.bool_), column, describe, severity)
    return found


_TOLD = 2_000  # rows of one doubt that are looked at


def _drawn(spec: Spec, data: Data, faults: list[Fault]) -> tuple[Design | None, Floats]:
    """The design before calibration, and its weights."""
    top = spec.top
    weights = np.ones(data.rows)
    if top.weight:
        weights = data.variable(top.weight).numbers()
        faults += _at_rows(data, top.weight, ~np.isfinite(weights) | (weights < 0), "a weight, nil or above")
        told = "Such people are not in the weighted population: they count for nothing."
        faults += _at_rows(data, top.weight, weights == 0, "a weight above nil", told, "warning")
        odd = (weights > 0) & ((weights < LEAST_WEIGHT) | (weights > MOST_WEIGHT))
        faults += _at_rows(data, top.weight, odd, f"a weight from {LEAST_WEIGHT:g} to {MOST_WEIGHT:g}", "Scale them.")
        if not has_errors(faults) and not (weights > 0).any():
            faults.append(Fault(data.file, None, top.weight, "nil in every row", "weights above nil"))
    columns = {}
    for key in ("strata", "clusters"):
        if name := getattr(top, key):
            v = data.variable(name)
            columns[key] = v.codes
            faults += _at_rows(data, name, v.codes < 0, f"the {key} of this answer")
    fpc = data.variable(top.fpc).numbers() if top.fpc else None
    if fpc is not None:
        faults += _at_rows(data, top.fpc, ~(np.isfinite(fpc) & (fpc > 0)), "a number above nil")
    if has_errors(faults):
        return None, weights
    if spec.replicates is not None:
        return _replicated(spec, data, weights, faults), weights
    try:
        drawn = design(weights, columns.get("strata"), columns.get("clusters"), fpc, top.lonely)
    except DesignError as error:
        path = next((k,) for k in ("fpc", "strata", "clusters", "title") if getattr(top, k))
        faults.append(_said(spec, data, path, str(error)))
        return None, weights
    alone = _lonely(spec, data, drawn)
    faults += alone
    return None if alone else drawn, weights


def _replicated(spec: Spec, data: Data, weights: Floats, faults: list[Fault]) -> Design | None:
    """The design whose errors come from replicate weights."""
    r = spec.replicates
    assert r is not None  # noqa: S101  # the caller looked
    names = [n for w in r.columns for n in (fnmatch.filter(data.names, plain_name(w)) if set("*?[") & set(w) else [w])]
    gone = [n for n in names if n not in data] or ([] if names else list(r.columns))
    if gone:
        found = f"no column {quoted(gone[0])}"
        faults.append(
            replace(
                _said(spec, data, ("replicates", "columns"), ""), found=found, expected="columns of the file", mend=""
            )
        )
        return None
    table = np.stack([data.variable(n).numbers() for n in names], axis=1)
    for n, column in zip(names, table.T, strict=True):
        faults += _at_rows(data, n, ~np.isfinite(column) | (column < 0), "a weight, zero or above")
    if has_errors(faults):
        return None
    factors = None if not r.rscales else r.rscales[0] if len(r.rscales) == 1 else np.array(r.rscales)
    try:
        return replicated(weights, table, r.kind, r.scale, factors, r.combined, r.rho, r.mse)
    except (DesignError, ValueError) as error:
        faults.append(_said(spec, data, ("replicates",), str(error)))
        return None


def _totals(spec: Spec, data: Data, drawn: Design, faults: list[Fault]) -> dict[str, Floats]:
    """Columns whose totals are known; a gap in one is a fault for people who count."""
    found = {}
    for name in spec.totals:
        column = data.variable(name).numbers()
        gaps = ~np.isfinite(column) & (drawn.weights > 0)
        faults += _at_rows(
            data, name, gaps, "a number, because its total is known", "Leave these answers out, or fill the gap."
        )
        found[name] = np.where(np.isfinite(column), column, 0.0)
    return found


def _margins(spec: Spec, data: Data, drawn: Design, faults: list[Fault]) -> list[Margin]:
    """Margins with targets that sum to the population."""
    total = spec.top.population or float(drawn.weights.sum())
    faults += _unlike_totals(spec)
    found = []
    for name, targets in spec.margins.items():
        parts = [data.variable(p) for p in name.split("*")]
        blank = np.any([p.codes < 0 for p in parts], axis=0)
        mend = "Give it a value of its own (such as not known) with a target, or leave these answers out."
        faults += _at_rows(data, name, blank, "a value, because it is a margin", mend)
        if blank.any():
            continue
        try:
            found.append(margin(name, crossed(parts), targets, total))
        except DesignError as error:
            faults.append(_said(spec, data, ("margins", name), str(error)))
    return found


def _unlike_totals(spec: Spec) -> list[Fault]:
    """Margins in numbers of people that add up to different numbers."""
    sums = {n: sum(t.values()) for n, t in spec.margins.items() if abs(sum(t.values()) - 1) > 0.005}
    people = {n: s for n, s in sums.items() if abs(s - 100) > 0.5}
    if (
        spec.document is None
        or len(people) < 2
        or max(people.values()) - min(people.values()) <= 0.01 * max(people.values())
    ):
        return []
    said = ", ".join(f"{n} adds up to {s:,.6g}" for n, s in people.items())
    mend = "Each was scaled to the same total. Check that they are of the same people."
    return [spec.document.fault(("margins",), said, "the same number of people in each", mend, "warning")]


def data_of(spec_file: Path) -> Path:
    """The file of answers that a poll.yaml names; raises `Faults`."""
    spec = read_spec(spec_file)
    if spec.top.data:
        return spec_file.parent / spec.top.data
    assert spec.document is not None  # noqa: S101  # it was read from a file
    raise Faults([spec.document.fault(("data",), "nothing", "the file of answers, such as residents.csv", "Add it.")])


def as_sav(s: Survey, file: str) -> bytes:
    """All columns with the labels and missing values of poll.yaml, and the weights made, as the content of an SPSS file."""
    own = {c: q for n, q in s.spec.questions.items() for c in (q.columns or {n: ""})}
    variables = []
    for name in s.data.names:
        v, q, g = s.data.variable(name), own.get(name), s.spec.demographics.get(name)
        labels = {**v.labels, **({**s.spec.top.labels, **q.labels} if q else {}), **(g.labels if g else {})}
        missing = v.missing | (set(q.missing or s.spec.top.missing) if q else set()) | (set(g.missing) if g else set())
        title = (q.columns.get(name) or q.text if q else g.title if g else "") or v.title
        labels = {k: t for k, t in labels.items() if k in v.values}
        variables.append(replace(v, title=title, labels=labels, missing=frozenset(missing & set(v.values))))
    return sav_bytes(file, variables, {"withless_weight": s.design.weights}, s.spec.top.title)


def crossed(parts: list[Variable]) -> np.ndarray:
    """The values of some columns as one column: `x*y`."""
    text = np.array(parts[0].values, dtype=object)[parts[0].codes]
    for p in parts[1:]:
        text = text + "*" + np.array(p.values, dtype=object)[p.codes]
    return text.astype(str)


def group(spec: Spec, name: str) -> GroupSection:
    """What poll.yaml says of a demographic; nothing where it says nothing."""
    return spec.demographics.get(name, GroupSection())
