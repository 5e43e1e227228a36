"""Which cells of a question of several columns say that an answer was chosen.

Programs write 1 and 0, Yes and No, True and False, or the answer itself in the cell of whoever chose it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ..files.faults import Fault, one_of, quoted
from ..files.yaml_lines import Document
from .data import Variable, in_order
from .naming import Answers, refuse
from .spec import QuestionSection

YES = frozenset({"1", "yes", "y", "true", "t", "checked", "selected", "chosen", "ticked", "mentioned", "quoted", "x"})
NO = frozenset(
    {"0", "no", "n", "false", "f", "unchecked", "unselected", "not selected", "not chosen", "not ticked", "not mentioned",
     "not quoted", "unticked", "-"}
)  # fmt: skip
_SHOWN = 8


def chosen(
    q: QuestionSection,
    read: Sequence[Variable],
    answers: Answers,
    missing: Collection[str],
    name: str,
    document: Document,
) -> tuple[tuple[str, ...], list[Fault]]:
    """The values that mean chosen, by what poll.yaml says, else by what the columns hold; and what is to be said of it."""
    path = ("questions", name, "chosen" if q.chosen else "columns")
    if q.chosen:
        return _said(q, read, answers, name, document)
    there = [[x for x in v.values if x not in missing and not _is(x, NO, v)] for v in read]
    every = sorted({x for column in there for x in column}, key=in_order)
    yes = tuple(x for x in every if any(x in v.values and _is(x, YES, v) for v in read))
    rest = [x for x in every if x not in yes]
    if not rest:
        return yes or ("1",), []
    told = list(dict.fromkeys(x for column in there for x in column if sum(x in c for c in there) == 1))
    if all(len(c) <= 1 for c in there) and len(told) == len(every) and len(read) > 1 and (not yes or _gaps(read)):
        named = ", ".join(f"{v.name} {quoted(c[0])}" for v, c in list(zip(read, there, strict=True))[:_SHOWN] if c)
        mend = "If other cells mean chosen, say chosen."
        return tuple(every), [
            document.fault(path, named, "1 for chosen", f"Each was taken for chosen. {mend}", "warning")
        ]
    if len(every) == 1:
        mend = f"{quoted(every[0])} was taken for chosen. If it means something else, say chosen."
        return tuple(every), [document.fault(path, quoted(every[0]), "1 for chosen", mend, "warning")]
    if yes == ("1",) and rest == ["2"]:
        mend = "1 was taken for chosen, 2 for not. If it is otherwise, say chosen."
        return yes, [document.fault(path, "1 and 2", "1 for chosen, 0 for not", mend, "warning")]
    mend = f"Say which of them mean that an answer was chosen: chosen: [{every[0]}]."
    return yes, [document.fault(path, f"cells that hold {one_of(every, _SHOWN)}", "1 or Yes, and 0, No or blank", mend)]


def _is(value: str, words: Collection[str], v: Variable) -> bool:
    """Whether a value, or the label that the file gives it, is one of some words."""
    label = v.labels.get(value)
    if label is not None and label.casefold() in YES | NO:
        return label.casefold() in words
    return value.casefold() in words


def _gaps(read: Sequence[Variable]) -> bool:
    """Whether every column has blanks, as where each answer stands in the cells of those who chose it."""
    return all((v.codes < 0).any() for v in read)


def _said(
    q: QuestionSection, read: Sequence[Variable], answers: Answers, name: str, document: Document
) -> tuple[tuple[str, ...], list[Fault]]:
    """The values that poll.yaml calls chosen; each is in a column, and no column writes them otherwise."""
    path, faults = ("questions", name, "chosen"), []
    found = [(w, [c for c in answers.find(w) if c in answers.values]) for w in q.chosen]
    known = tuple(dict.fromkeys(c for _, codes in found for c in codes))
    for word, codes in found:
        if not codes:
            faults.append(refuse(document, path, word, answers, name))
    for v in read if known else ():
        if not set(known) & set(v.values):
            near = [(x, w) for x in v.values for w in known if x.casefold() == w.casefold()]
            odd = [x for x in v.values if not any(x in o.values for o in read if o is not v) and not _is(x, NO, v)]
            if near or odd:
                shown = near[0][0] if near else odd[0]
                mend = f"Add {quoted(shown)} to chosen if it means that."
                faults.append(document.fault(path, f"{quoted(shown)} in {v.name}", one_of(known, _SHOWN), mend))
    return known, faults
