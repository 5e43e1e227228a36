"""A poll as one plain dictionary: disclosure, then every question's table; what terminal, HTML, Excel and JSON render.

Shares are 0 to 1. `low` to `high` hold 95 in 100 of samples drawn the same way; they, errors and letters are None where
people chose themselves or nothing is said of how they were found, because there chance tells nothing of the error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import __version__
from ..files.faults import Fault, Faults
from .data import Variable, in_order
from .disclosure import withheld
from .estimates import LEVEL
from .naming import pieces
from .residuals import Bools, Floats, Ints
from .spec import NO_SPLIT, QuestionSection
from .survey import Survey, group
from .tables import FLAGGED, HIDDEN, Banner, Frame, Tabled, frame, tabulate
from .weighting import spread

Json = dict[str, Any]
VERSION = "1"
MOST_ROWS = 200
"""Different answers up to which a question is a table."""

WITH_MARGIN = ("probability", "panel")
SAMPLES = {
    "probability": "Drawn by chance: the margins of error hold for the chance of the draw, weighting included.",
    "panel": "From a panel: the margins of error take it as if drawn by chance, which it was not quite.",
    "self-selected": "People chose themselves to answer: no margin of error holds, and shares speak for those who answered only.",
    "not-stated": "Nothing is said of how people were found: no margin of error is given. Say sample in poll.yaml.",
}
RULE = (
    "A letter after a figure marks columns of the same group that it is above, at 95 in 100 by Holm's rule over all pairs "
    "in its row."
)


def content(
    s: Survey, by: Sequence[str] = (), method: str = "logit", progress: Callable[[int, int], None] | None = None
) -> Json:
    """Everything that is said of a poll; `by` names columns to split tables by. Raises `Faults` for ones not there."""
    names = list(by)
    if missing := [n for n in names if n not in s.data]:
        raise Faults([s.data.fault(n, "a column to split by") for n in missing])
    f = frame(s.design, [_banner(s, n) for n in names])
    margin = s.spec.top.sample in WITH_MARGIN
    questions = []
    for i, (name, q) in enumerate(s.spec.questions.items()):
        questions.append(_question(s, f, name, q, method, margin))
        if progress is not None:
            progress(i + 1, len(s.spec.questions))
    weights = spread(s.design.weights)
    return {
        "version": VERSION,
        "withless": __version__,
        "kind": "poll",
        "title": s.spec.top.title,
        "invented": s.spec.top.invented,
        "sample": s.spec.top.sample,
        "sample_words": SAMPLES[s.spec.top.sample],
        "margin_of_error": margin,
        "level": LEVEL,
        "rule": RULE if margin and names else "",
        "disclosure": _disclosure(s, weights.effective),
        "size": int((s.base > 0).sum()),
        "weights": {"effective": weights.effective, "factor": weights.factor, "low": weights.low, "high": weights.high}
        | _how(s),
        "by": names,
        "questions": questions,
        "notes": [*s.spec.top.note, *(str(w) for w in s.warnings), *_blank_groups(s, names), *_groups_alike(s, names)],
    }


def _groups_alike(s: Survey, names: Sequence[str]) -> list[str]:
    """Groups that differ in capitals only, and likely are one."""
    found = []
    for n in (n for n in names if n not in s.spec.demographics):  # those have been told with their line
        first: dict[str, str] = {}
        values = s.data.variable(n).values
        apart = [(first.setdefault(x.casefold(), x), x) for x in values]
        found += [f"{n} has {a} and {b}: they are counted as two groups." for a, b in apart if a != b][:1]
    return found


def _blank_groups(s: Survey, names: Sequence[str]) -> list[str]:
    """People who are in none of the groups that tables are split by."""
    found = []
    for n in names:
        v = s.data.variable(n)
        if blank := int(((s.base > 0) & (v.codes < 0)).sum()):
            found.append(
                f"{blank:,} people have no {group(s.spec, v.name).title or v.title}: they are in the totals, and in no group."
            )
    return found


def _how(s: Survey) -> Json:
    return {
        "rounds": s.raked.rounds if s.raked else None,
        "converged": s.raked.converged if s.raked else None,
        "miss": s.raked.miss if s.raked else None,
    }


def _disclosure(s: Survey, effective: float) -> list[Json]:
    """What the British Polling Council asks a pollster to tell; what is not told says so."""
    top = s.spec.top
    weighting = "not weighted"
    if s.spec.margins or s.spec.totals:
        weighting = _met(s)
    elif top.weight:
        weighting = f"weights as given in {top.weight}" + (", trimmed" if s.spec.trim else "")
    parts = [f"{k} {getattr(top, k)}" for k in ("strata", "clusters", "fpc") if getattr(top, k)]
    if s.design.replicates is not None and s.spec.replicates is not None:
        count = s.design.replicates.weights.shape[1]
        parts = [f"{count} replicate weights ({s.spec.replicates.kind}): errors are the spread of what they give"]
    told = "not told"
    rows = [
        ("Client", top.client or told),
        ("Carried out by", top.by or told),
        ("Fieldwork", top.fieldwork or told),
        ("Who was asked", top.universe or told),
        ("How", top.method or told),
        ("Sample", SAMPLES[top.sample]),
        ("Answers", f"{(s.base > 0).sum():,}, worth {effective:,.0f} of equal weight"),
        ("Weighting", weighting),
        ("Design", ", ".join(parts) or "one stage, no strata or clusters"),
    ]
    return [{"label": a, "text": b} for a, b in rows]


def _met(s: Survey) -> str:
    """How weights were made to meet what is known."""
    top = s.spec.top
    plain = not s.spec.totals and top.calibrate == "raking"
    way = ("raked" if s.raked else "post-stratified") if plain else f"calibrated ({top.calibrate})"
    known = [*s.spec.margins, *(f"the total of {n}" for n in s.spec.totals)]
    said = f"{way} to {', '.join(known)}" + (f", from the weights in {top.weight}" if top.weight else "")
    if s.raked and (plain or top.calibrate in ("raking", "logit")):
        said += f"; {'margins' if plain else 'totals'} met in {s.raked.rounds} rounds"
    if s.spec.bounds:
        said += f", factors kept from {s.spec.bounds[0]:g} to {s.spec.bounds[1]:g}"
    return said


def _banner(s: Survey, name: str) -> Banner:
    v = s.data.variable(name)
    g = group(s.spec, v.name)
    labels, missing = {**v.labels, **g.labels}, v.missing | set(g.missing)
    if len(v.values) > 60:
        raise Faults([Fault(s.data.file, None, name, f"{len(v.values):,} different values", "at most 60 groups")])
    keep = [i for i, value in enumerate(v.values) if value not in missing]
    place = np.full(len(v.values) + 1, -1)
    place[keep] = np.arange(len(keep))
    title = g.title or v.title
    return Banner(v.name, title, place[v.codes], tuple(labels.get(v.values[i], v.values[i]) for i in keep))


def _question(s: Survey, f: Frame, name: str, q: QuestionSection, method: str, margin: bool) -> Json:
    if q.kind == "multiple":
        heads, rows, left = _several(s, f, name, q, method)
        tests: list[Json] = []  # of several answers none is made
        text = q.text or (s.data.variable(name).title if not q.columns else name)
    else:
        v = s.data.variable(name)
        text = q.text or v.title
        codes, used, left = _answers(s, v, q)
        names, kinds, worth = _rows(v, q, s, used)
        table = tabulate(f, codes, worth, method=method, tests=q.kind != "number")
        hidden = withheld(_coded(f), codes >= 0, [(codes, len(used))] if q.kind != "number" else [], HIDDEN)
        heads, rows = (
            _heads(table, hidden),
            [_row(label, kind, table, r, hidden) for r, (label, kind) in enumerate(zip(names, kinds, strict=True))],
        )
        gaps = {h["banner"] for h in heads if h["flag"] in ("hidden", "withheld") and h["asked"]}
        tests = [
            {"banner": b, "statistic": t.statistic, "parameters": list(t.parameters), "p": t.p}
            for b, t in table.tests.items()
            if t is not None and b not in gaps  # what a test of hidden people finds would tell of them
        ]
    if not margin:
        tests = []
        for cell in (c for row in rows for c in row["cells"] if c is not None):
            cell |= {"error": None, "low": None, "high": None, "letters": "", "effect": None}
    return {
        "id": name, "text": text, "kind": q.kind, "heads": heads, "rows": rows, "left_out": left, "tests": tests,
        "about": q.about or None, "net": q.net or None,
    }  # fmt: skip


def _answers(s: Survey, v: Variable, q: QuestionSection) -> tuple[Ints, list[int], list[Json]]:
    """Codes 0, 1, ... of answers in the base, which values they are, and what was left out of the base."""
    missing = v.missing | set(q.missing or s.spec.top.missing)
    labels = {**v.labels, **s.spec.top.labels, **q.labels}
    declared = [x for x in q.labels if x in v.values] if q.labels else []
    used = [v.values.index(x) for x in declared if x not in missing]
    used += [i for i, x in enumerate(v.values) if x not in missing and i not in used]
    place = np.full(len(v.values) + 1, -1)
    place[used] = np.arange(len(used))
    counts = s.base > 0
    left = [
        {"label": labels.get(x, x), "asked": int((counts & (v.codes == i)).sum())}
        for i, x in enumerate(v.values)
        if x in missing
    ]
    if blank := int((counts & (v.codes < 0)).sum()):
        left.append({"label": "blank", "asked": blank})
    return np.where(counts, place[v.codes], -1), used, left


def _rows(v: Variable, q: QuestionSection, s: Survey, used: list[int]) -> tuple[list[str], list[str], Floats]:
    """Labels, kinds and what each answer counts for: answers, nets, the mean."""
    labels = {**v.labels, **s.spec.top.labels, **q.labels}
    values = [v.values[i] for i in used]
    if not values:
        return ["No answers"], ["answer"], np.ones((1, 1))
    if q.kind == "single" and len(values) > MOST_ROWS:
        mend = f"Say kind: number for {v.name} in poll.yaml if its answers are numbers, or put answers into groups."
        raise Faults([Fault(s.data.file, None, v.name, f"{len(values):,} answers", f"at most {MOST_ROWS}", mend)])
    numbers = np.array([_float(x) for x in values])
    mean = numbers[None, :] if np.isfinite(numbers).all() else np.zeros((0, len(values)))
    if q.kind == "number":
        if not len(mean):
            bad = next(x for x in values if not np.isfinite(_float(x)))
            raise Faults(
                [Fault(s.data.file, None, v.name, f'"{bad}"', "numbers, because the question is of kind number")]
            )
        return ["Mean"], ["mean"], mean
    names, kinds, rows = [labels.get(x, x) for x in values], ["answer"] * len(values), [*np.eye(len(values))]
    for net, members in q.nets.items():
        names.append(net)
        kinds.append("net")
        rows.append(np.isin(values, members).astype(float))
    if q.scores and len(mean):
        names.append("Mean")
        kinds.append("mean")
        rows.append(mean[0])
    return names, kinds, np.array(rows).reshape(len(rows), len(values))


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _several(
    s: Survey, f: Frame, name: str, q: QuestionSection, method: str
) -> tuple[list[Json], list[Json], list[Json]]:
    """A question with several answers: heads, a row for each answer and net, and what was left out.

    Its base are those who gave one answer at least; a blank column beside an answer is an answer not chosen.
    """
    items = _in_cells(s, name, q) if q.split not in ("", NO_SPLIT) else _in_columns(s, q)
    hidden = withheld(_coded(f), items.asked, [(p.astype(np.int64), 2) for p in _followed(items, q)], HIDDEN)
    rows, heads = [], None
    for kind, label, picked in (
        *(("item", label, picked) for label, picked in items.picked),
        *(("net", net, _any_of(items, members)) for net, members in q.nets.items()),
    ):
        table = tabulate(f, np.where(items.asked, picked, -1), np.array([[0.0, 1.0]]), method=method)
        heads = heads or _heads(table, hidden)
        rows.append(_row(label, kind, table, 0, hidden))
    out = int(((s.base > 0) & ~items.asked).sum())
    words = "no answer in any column" if q.columns else "blank or no answer"
    if heads is None:
        empty = tabulate(f, np.full(len(s.design), -1), np.ones((1, 1)), method=method)
        heads, rows = _heads(empty, hidden), [_row("No answers", "item", empty, 0, hidden)]
    return heads, rows, [{"label": words, "asked": out}] if out else []


@dataclass(frozen=True)
class _Items:
    """Who was asked [unit], and for each answer its label and who picked it [unit]; `codes` name the answers."""

    asked: Bools
    codes: tuple[str, ...]
    picked: tuple[tuple[str, Bools], ...]


def _any_of(items: _Items, members: Sequence[str]) -> Bools:
    """Who picked one of some answers."""
    out = np.zeros(len(items.asked), dtype=bool)
    for code, (_, picked) in zip(items.codes, items.picked, strict=True):
        if code in members:
            out |= picked
    return out


def _followed(items: _Items, q: QuestionSection) -> list[Bools]:
    """Who picked each answer and each net, and all that follows from those by taking one off another [unit].

    A net less an answer of its own is who picked others of it only; answers that add up to more than their net tell of
    people who picked several. In a question of one answer each, both are sums of answers, and tell nothing more.
    """
    rows = [({code}, picked) for code, (_, picked) in zip(items.codes, items.picked, strict=True)]
    rows += [(set(members), _any_of(items, members)) for members in q.nets.values()]
    found = [picked for _, picked in rows]
    found += [whole & ~part for some, part in rows for more, whole in rows if some < more]
    for members in q.nets.values():
        own = [picked for code, (_, picked) in zip(items.codes, items.picked, strict=True) if code in members]
        found.append(np.sum(own, axis=0) > 1 if own else np.zeros(len(items.asked), dtype=bool))
    return found


def _in_columns(s: Survey, q: QuestionSection) -> _Items:
    """Answers of which each has a column."""
    asked = np.zeros(len(s.design), dtype=bool)
    picked = []
    for column, label in q.columns.items():
        v = s.data.variable(column)
        codes, used, _ = _answers(s, v, q)
        chosen = np.array([v.values[i] in q.chosen for i in used] + [False])
        asked |= codes >= 0
        picked.append((label, chosen[codes]))
    return _Items(asked, tuple(q.columns), tuple(picked))


def _in_cells(s: Survey, name: str, q: QuestionSection) -> _Items:
    """Answers of which one cell may hold several."""
    v = s.data.variable(name)
    missing = v.missing | set(q.missing or s.spec.top.missing)
    parted = [[p for p in pieces(x, q.split) if p not in missing] for x in v.values]
    labels = {**v.labels, **s.spec.top.labels, **q.labels}
    there = {p for parts in parted for p in parts}
    codes = [c for c in q.labels if c in there]
    codes += sorted(there - set(codes), key=in_order)
    has = np.array([[c in parts for c in codes] for parts in parted] + [[False] * len(codes)]).reshape(-1, len(codes))
    asked = (s.base > 0) & np.array([*(bool(parts) for parts in parted), False])[v.codes]
    if len(codes) > MOST_ROWS:
        raise Faults([Fault(s.data.file, None, v.name, f"{len(codes):,} answers", f"at most {MOST_ROWS}")])
    return _Items(asked, tuple(codes), tuple((labels.get(c, c), has[v.codes, i]) for i, c in enumerate(codes)))


def _coded(f: Frame) -> list[tuple[Ints, int]]:
    return [(b.codes, len(b.labels)) for b in f.banners]


def _heads(t: Tabled, hidden: NDArray[np.bool_]) -> list[Json]:
    """Columns; `hidden` is one with a base under 30, `withheld` one that would give such a column away."""
    return [
        {
            "banner": h.banner, "label": h.label, "letter": h.letter, "asked": h.asked, "weighted": h.weighted,
            "effective": h.effective, "flag": _flag(h.asked, bool(out)),
        }
        for h, out in zip(t.heads, hidden, strict=True)
    ]  # fmt: skip


def _flag(asked: int, out: bool) -> str:
    if asked < HIDDEN:
        return "hidden"
    return "withheld" if out else "small" if asked < FLAGGED else ""


def _row(label: str, kind: str, t: Tabled, r: int, hidden: NDArray[np.bool_]) -> Json:
    """A row; cells of columns that are not shown are None, and no letter names one."""
    unnamed = [h.letter for h, out in zip(t.heads, hidden, strict=True) if out and h.asked >= HIDDEN]
    long = any(len(h.letter) > 1 for h in t.heads)

    def letters(j: int) -> str:
        if long and unnamed:  # which letters are meant is no longer plain
            return ""
        return "".join(x for x in t.letters[r][j] if x not in unnamed)

    cells = [
        None
        if hidden[j] or np.isnan(t.values[r, j])
        else {
            "value": float(t.values[r, j]), "error": _number(t.errors[r, j]), "low": _number(t.low[r, j]),
            "high": _number(t.high[r, j]), "effect": _number(t.effects[r, j]), "letters": letters(j),
        }
        for j, h in enumerate(t.heads)
    ]  # fmt: skip
    return {"label": label, "kind": kind, "cells": cells}


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
