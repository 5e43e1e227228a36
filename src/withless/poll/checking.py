"""poll.yaml held against the answers before anything is counted: what it names is there, and what it leaves open is plain.

Gives a spec in which nets, missing values, margins and the answers that count as chosen are codes of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from ..files.faults import Fault, has_errors, nearest, one_of, quoted
from ..files.yaml_lines import Document
from .cells import plain_code
from .chosen import chosen
from .data import Data, Variable
from .naming import Answers, pieces, refuse, several_sign
from .spec import NO_SPLIT, GroupSection, QuestionSection, Spec

_LISTED = 6
_COMPARED = 2_000  # answers that are compared with each other


def resolved(spec: Spec, data: Data, faults: list[Fault]) -> Spec:
    """The spec with codes of the file for all that it names; what is not there is added to `faults`."""
    nothing: dict[str, int] = {}
    document = spec.document
    common: dict[str, set[str]] = {"missing": set(), "labels": set()}
    seen: list[Answers] = []
    questions = {}
    for name, q in spec.questions.items():
        read = [data.variable(c) for c in (q.columns or {name: ""})]
        nothing |= {v.name: v.blanks for v in read if v.blanks}
        answers = _answers(spec, q, read)
        seen.append(answers)
        common["labels"] |= {k for k in spec.top.labels if k in answers.values}
        common["missing"] |= {w for w in spec.top.missing if answers.find(w)}
        questions[name] = _question(spec, name, q, read, answers, faults)
    demographics = {
        n: _demographic(document, n, g, data.variable(n), faults) for n, g in spec.demographics.items() if n in data
    }
    margins = {
        n: _margin(spec, n, t, [data.variable(p) for p in n.split("*")], faults) for n, t in spec.margins.items()
    }
    nothing |= {v.name: v.blanks for n in (*demographics, *_parts(margins)) if (v := data.variable(n)).blanks}
    if document is not None:
        for key, found in common.items():
            faults += _in_common(document, key, tuple(getattr(spec.top, key)), found, seen)
    if nothing:
        faults.append(_told_blank(data, nothing))
    return replace(spec, questions=questions, demographics=demographics, margins=margins)


def _parts(margins: Iterable[str]) -> list[str]:
    return [p for m in margins for p in m.split("*")]


def _told_blank(data: Data, nothing: Mapping[str, int]) -> Fault:
    some = ", ".join(f"{n} {c:,}" for n, c in list(nothing.items())[:_LISTED])
    more = " and others" if len(nothing) > _LISTED else ""
    mend = "NA, NaN and NULL are how programs write a blank: they are in no base. If one is an answer, give it a label."
    return Fault(data.file, None, "", f"words for nothing in {some}{more}", "answers or blanks", mend, "warning")


def _answers(spec: Spec, q: QuestionSection, read: Sequence[Variable]) -> Answers:
    """The answers of a question: of its column, of all its columns, or the pieces of its cells."""
    labels: dict[str, str] = {}
    for v in read:
        labels |= v.labels
    labels |= {**spec.top.labels, **q.labels}
    values = [x for v in read for x in v.values]
    if q.split not in ("", NO_SPLIT):
        values = [p for x in values for p in pieces(x, q.split)]
    return Answers(tuple(dict.fromkeys(values)), labels)


def _question(
    spec: Spec, name: str, q: QuestionSection, read: Sequence[Variable], answers: Answers, faults: list[Fault]
) -> QuestionSection:
    """One question with codes for what it names."""
    document, before = spec.document, len(faults)
    path = ("questions", name)
    q = q.model_copy(update={"nets": {n: [plain_code(w) for w in words] for n, words in q.nets.items()}})
    missing = q.missing or tuple(w for w in spec.top.missing if answers.find(w))
    codes = tuple(dict.fromkeys(c for w in missing for c in answers.find(w)))
    own = frozenset().union(*(v.missing for v in read))
    if document is None:
        _plain_question(name, q, read, faults)
        return q
    if not answers.values or all(v in own for v in answers.values):
        return q  # nobody answered: nothing can be held against it
    multiple = q.kind == "multiple"
    members = _members(q, answers)
    nets = {n: [c for w in words for c in members(w)] for n, words in q.nets.items()}
    named = {*q.labels, *answers.labels, *codes, *own, *(c for m in nets.values() for c in m)}
    open_ = [v for v in answers.values if v not in named]
    like = open_ if q.kind != "number" else []  # numbers are all unlike each other
    faults += _absent(document, (*path, "missing"), name, q.missing, answers, like, "missing")
    faults += _absent(document, (*path, "labels"), name, tuple(q.labels), answers, open_, "labels")
    if q.kind == "single":
        faults += _by_case(document, path, answers.values)
        if not has_errors(faults[before:]):
            faults += _labels_doubted(document, path, answers, open_)
    for net, words in q.nets.items():
        where = (*path, "nets", net)
        known = list(q.columns.values()) if q.columns else []
        faults += [_no_member(document, where, w, name, answers, known) for w in words if not members(w)]
        if out := [w for w in words if set(members(w)) & {*codes, *own} and not q.columns]:
            mend = "What is missing is in no base, so in no net."
            faults.append(document.fault(where, f"{quoted(out[0])}, which is missing", "answers in the base", mend))
    found: dict[str, object] = {"missing": codes, "nets": nets}
    if multiple and q.columns:
        picked, told = chosen(q, read, answers, {*codes, *own}, name, document)
        faults += told
        found["chosen"] = picked
    if q.kind == "single" and not q.split and (sign := several_sign(_open(read[0], codes))):
        mend = f'Say kind: multiple and split: "{sign}" under {name}; or split: no, if each of them is one answer.'
        shown = next(x for x in read[0].values if len(pieces(x, sign)) > 1 or x.endswith(sign))
        faults.append(
            document.fault(path, f"several answers in one cell, such as {quoted(shown)}", "one answer a cell", mend)
        )
    if q.scores and (bad := [x for x in answers.values if x not in {*codes, *own} and not _is_number(x)]):
        mend = "A mean is of numbers: name it under missing, or leave scores out."
        faults.append(
            document.fault((*path, "scores"), f"the answer {quoted(bad[0])}", "answers that are numbers", mend)
        )
    if q.net and not has_errors(faults[before:]):
        found["net"] = _row_named(document, name, q, answers, faults)
    return q.model_copy(update=found)


def _labels_doubted(document: Document, path: Sequence[str], answers: Answers, open_: Sequence[str]) -> list[Fault]:
    """Answers without a label where others have one, which often are codes for no answer; and two answers of one label."""
    told = []
    if answers.labels and open_:
        shown = ", ".join(quoted(v) for v in open_[:_LISTED]) + (" and others" if len(open_) > _LISTED else "")
        mend = "Counted as answers: give each a label, or name it under missing."
        told.append(document.fault((*path, "labels"), f"no label for {shown}", "one for every answer", mend, "warning"))
    given = [answers.labels[v] for v in answers.values if v in answers.labels]
    if twice := next((label for label in given if given.count(label) > 1), ""):
        mend = "They are counted apart: give both one code, or two labels."
        told.append(document.fault((*path, "labels"), f"{quoted(twice)} twice", "a label each", mend, "warning"))
    return told


def _by_case(document: Document, path: Sequence[str], values: Sequence[str]) -> list[Fault]:
    """Answers that differ in capitals only: likely one answer."""
    first: dict[str, str] = {}
    for v in values[:_COMPARED]:
        other = first.setdefault(v.casefold(), v)
        if other != v:
            mend = "They were counted as two answers: write them alike, or give both one net."
            return [
                document.fault(path, f"{quoted(other)} and {quoted(v)}", "one spelling of an answer", mend, "warning")
            ]
    return []


def _open(v: Variable, codes: Collection[str]) -> list[str]:
    return [x for x in v.values if x not in codes and x not in v.missing]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _members(q: QuestionSection, answers: Answers) -> Callable[[str], tuple[str, ...]]:
    """What a word in a net means: answers; in a question of several columns, columns by name or label."""
    if not q.columns:
        return answers.find
    return lambda w: tuple(c for c, label in q.columns.items() if w in (c, label))


def _no_member(
    document: Document, path: Sequence[str], word: str, name: str, answers: Answers, columns: Sequence[str]
) -> Fault:
    if not columns:
        return refuse(document, path, word, answers, name)
    near = nearest(word, columns)
    hint = f"Did you mean {near}?" if near else ""
    return document.fault(path, f"{quoted(word)}, which is no column of {name}", one_of(columns), hint)


def _absent(
    document: Document,
    path: Sequence[str],
    of: str,
    words: Sequence[str],
    answers: Answers,
    open_: Sequence[str],
    key: str,
) -> list[Fault]:
    """Words that no answer is. They are refused where an answer is like them, or where no word of the list is there: then
    poll.yaml means other answers; a label also where answers are left without one. Else nobody gave that answer: told.
    """
    gone = [w for w in words if (not answers.find(w) if key == "missing" else w not in answers.values)]
    if not gone:
        return []
    wrong = [w for w in gone if answers.near(w, open_)]
    if open_ and (wrong or key == "labels" or len(gone) == len(words)):
        left = replace(answers, values=tuple(open_))
        mend = f"If nobody gave it, take it out of {key}."
        return [refuse(document, path, w, left, of, mend) for w in (wrong or gone)[:_LISTED]]
    if key == "labels":
        return []
    found, mend = f"{', '.join(gone[:_LISTED])}, which no answer is", "Nobody gave it."
    return [document.fault(path, found, "answers that people gave", mend, "warning")]


def _in_common(
    document: Document, key: str, words: Sequence[str], found: Collection[str], seen: Sequence[Answers]
) -> list[Fault]:
    """The same for what is said for all questions: a word counts as there if any of them has it."""
    gone = [w for w in words if w not in found]
    every = Answers(
        tuple(dict.fromkeys(v for a in seen for v in a.values)), {k: x for a in seen for k, x in a.labels.items()}
    )
    if not gone or not every.values:
        return []
    plain = [v for v in every.values if v not in every.labels]
    if wrong := [w for w in gone if every.near(w, plain)]:
        return [
            refuse(document, (key,), w, replace(every, values=tuple(plain)), "any question") for w in wrong[:_LISTED]
        ]
    if key == "labels":
        return []
    if len(gone) == len(words):
        return [refuse(document, (key,), w, every, "any question") for w in gone[:_LISTED]]
    mend = "No question has it."
    return [document.fault((key,), f"{', '.join(gone[:_LISTED])}, which no answer is", "answers", mend, "warning")]


def _plain_question(name: str, q: QuestionSection, read: Sequence[Variable], faults: list[Fault]) -> None:
    """Without poll.yaml: several answers in a cell are told."""
    if q.kind == "single" and (sign := several_sign(read[0].values)):
        mend = f'Write a poll.yaml that says kind: multiple and split: "{sign}".'
        faults.append(
            Fault("the file", None, name, "several answers in one cell", "one answer a cell", mend, "warning")
        )


def _row_named(document: Document, name: str, q: QuestionSection, answers: Answers, faults: list[Fault]) -> str:
    """The label of the row that `net` names."""
    if q.kind == "number":
        rows = {"Mean": "Mean"}
    elif q.columns:
        rows = {**q.columns, **{label: label for label in q.columns.values()}}
    else:
        rows = {v: answers.labels.get(v, v) for v in answers.values}
        rows |= {label: label for label in rows.values()} | ({"Mean": "Mean"} if q.scores else {})
    rows |= {n: n for n in q.nets}
    if (found := rows.get(q.net) or rows.get(plain_code(q.net))) is not None:
        return found
    near = nearest(q.net, list(rows))
    expected = f"a net or an answer of {name}: {one_of(list(dict.fromkeys(rows.values())), 8)}"
    hint = f"Did you mean {rows[near]}?" if near else ""
    faults.append(document.fault(("questions", name, "net"), quoted(q.net), expected, hint))
    return q.net


def _demographic(
    document: Document | None, name: str, g: GroupSection, v: Variable, faults: list[Fault]
) -> GroupSection:
    """A demographic with codes for what is missing."""
    answers = Answers(v.values, {**v.labels, **g.labels})
    codes = tuple(dict.fromkeys(c for w in g.missing for c in answers.find(w)))
    open_ = [x for x in v.values if x not in answers.labels and x not in codes and x not in v.missing]
    if document is not None and v.values:
        path = ("demographics", name)
        faults += _absent(document, (*path, "missing"), name, g.missing, answers, open_, "missing")
        faults += _absent(document, (*path, "labels"), name, tuple(g.labels), answers, open_, "labels")
        faults += _by_case(document, path, answers.values)
    return g.model_copy(update={"missing": codes})


def _margin(
    spec: Spec, name: str, targets: Mapping[str, float], parts: Sequence[Variable], faults: list[Fault]
) -> dict[str, float]:
    """Targets by code: what a margin names by label has the code instead."""
    found: dict[str, float] = {}
    document, sides = spec.document, [Answers(v.values, {**v.labels, **_labels(spec, v.name)}) for v in parts]
    for value, target in targets.items():
        words = value.split("*") if len(parts) > 1 else [value]
        codes = [a.find(w) for a, w in zip(sides, words, strict=False)]
        if len(words) == len(parts) and all(len(c) == 1 for c in codes):
            found["*".join(c[0] for c in codes)] = target
            continue
        found[value] = target
        if document is None or target == 0:
            continue
        at = next((i for i, c in enumerate(codes) if not c), 0)
        word = words[at] if at < len(words) else value
        others = tuple(x for x in sides[at].values if not any(sides[at].find(t) == (x,) for t in _words(targets)))
        of = f"{parts[at].name} that has no target yet" if others else parts[at].name
        left = replace(sides[at], values=others or sides[at].values)
        mend = "Its target cannot be met: join it to another." if not others else ""
        faults.append(refuse(document, ("margins", name, value), word, left, of, mend))
    return found


def _words(targets: Iterable[str]) -> list[str]:
    return [w for t in targets for w in t.split("*")]


def _labels(spec: Spec, name: str) -> Mapping[str, str]:
    """What poll.yaml says that a column's values stand for."""
    own = spec.demographics.get(name) or spec.questions.get(name)
    return own.labels if own is not None else {}
