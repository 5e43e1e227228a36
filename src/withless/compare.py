"""Two plans, or two versions of a place: what differs, what that changes, and which difference brings how much of it.

Everything is run on the same draws. Each difference is put into the first plan by itself; what the differences do not bring
one by one is interplay between them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from .appraise import Appraisal
from .place import Calendar, Instance, Place, Table
from .plan import Measure, Plan
from .service import Unworkable
from .study import Study

Floats = NDArray[np.float64]

MOST = 40
"""Differences that are each tried by themselves."""
SHOWN_ROWS, SHOWN_COLUMNS = 3, 4


@dataclass(frozen=True)
class Difference:
    """Something that differs: `kind` measure, service, place or assumption; its name; in words; and the first plan with it."""

    kind: str
    name: str
    words: str
    variant: Plan | None


@dataclass(frozen=True)
class Result:
    """What one plan comes to in its target year, float[draw]: saving, service taken away, and the chance of each class."""

    saving: Floats
    taken: Floats
    word: str
    chance: Mapping[str, float]


@dataclass(frozen=True)
class Comparison:
    """Two plans of one place: `differences` with what each brings by itself (None where it cannot stand alone)."""

    first: Plan
    second: Plan
    year: str
    draws: int
    seed: int
    results: tuple[Result, Result]
    appraisals: tuple[Appraisal, Appraisal]
    differences: tuple[tuple[Difference, Result | None], ...]


class NotComparable(ValueError):
    """Two things that are not versions of one; the message says why."""


def compare(
    first: Plan, second: Plan, seed: int, draws: int, progress: Callable[[int, int], None] | None = None
) -> Comparison:
    """Two plans of one place, or of two versions of it; a version of a place is a plan without measures."""
    if first.place.name != second.place.name:
        raise NotComparable(
            f"{first.place.name} and {second.place.name} are two places: what can be compared are two plans of one place, or two "
            "versions of it."
        )
    second = _same_year(first, second)
    found = list(differences(first, second))
    studies: dict[str, Study] = {}

    def ask(plan: Plan) -> Appraisal:
        study = studies.setdefault(plan.place.fingerprint, Study(plan.place, seed, draws))
        return study.appraise(replace(plan, promises=()))

    a, b = ask(first), ask(second)
    results, tried = (_result(a), _result(b)), []
    for k, difference in enumerate(found[:MOST], 1):
        tried.append((difference, _tried(difference, ask)))
        if progress is not None:
            progress(k, min(len(found), MOST))
    rest = [(difference, None) for difference in found[MOST:]]
    return Comparison(first, second, a.target_year, a.draws, seed, results, (a, b), (*tried, *rest))


def _same_year(first: Plan, second: Plan) -> Plan:
    """The second plan read in the target year of the first, where its calendar has that."""
    year = first.target_year
    return replace(second, target_year=year) if year in second.place.calendar.whole_years else second


def _tried(d: Difference, ask: Callable[[Plan], Appraisal]) -> Result | None:
    """What a difference alone makes of the first plan; None where that cannot be run."""
    if d.variant is None:
        return None
    try:
        return _result(ask(d.variant))
    except (
        Unworkable,
        KeyError,
        ValueError,
        IndexError,
    ):  # such as a measure on a unit that only the other version has
        return None


def _result(a: Appraisal) -> Result:
    taken = a.total("fewer", judged=True) + a.total("lower", judged=True)
    return Result(a.total("saving")[:, a.year], taken[:, a.year], a.verdict.word, a.verdict.probability)


def differences(first: Plan, second: Plan) -> Iterator[Difference]:
    """Everything that differs, measures first."""
    yield from _measures(first, second)
    yield from _services(first, second)
    yield from _place(first, second)
    yield from _assumptions(first, second)
    if not _alike(first.target_saving, second.target_saving):
        yield Difference(
            "target", "target", f"target {_said(first.target_saving)} to {_said(second.target_saving)}", None
        )


def _measures(first: Plan, second: Plan) -> Iterator[Difference]:
    before, after = ({m.id: m for m in p.measures} for p in (first, second))
    for name, m in before.items():
        if name not in after:
            left = tuple(other for other in first.measures if other.id != name)
            yield Difference("measure", name, "dropped", replace(first, measures=left))
        elif words := changed_fields(m, after[name], first.place.calendar):
            new = tuple(after[name] if other.id == name else other for other in first.measures)
            yield Difference("measure", name, words, replace(first, measures=new))
    for name, m in after.items():
        if name not in before:
            yield Difference("measure", name, "new", replace(first, measures=(*first.measures, m)))


def changed_fields(a: Measure, b: Measure, calendar: Calendar) -> str:
    """The fields of a measure that differ, from what to what; empty where none does."""
    told = []
    for f in fields(Measure):
        old, new = getattr(a, f.name), getattr(b, f.name)
        if _alike(old, new):
            continue
        if f.name in ("start", "end"):
            old, new = _date(old, calendar), _date(new, calendar)
        told.append(f"{f.name.replace('_', ' ')} {_said(old)} to {_said(new)}")
    return ", ".join(told)


def _date(quarter: float | None, calendar: Calendar) -> str:
    if quarter is None:
        return "none"
    month = calendar.year * 12 + calendar.month - 1 + round(3 * quarter)
    return f"{month // 12}-{month % 12 + 1:02d}"


def _said(value: object) -> str:
    if isinstance(value, tuple):
        return f"{len(value)} units" if len(value) > SHOWN_ROWS else ", ".join(map(str, value)) or "none"
    if isinstance(value, float):
        return "none" if np.isnan(value) else f"{value:,.10g}"
    return str(value) or "none"


def _alike(a: object, b: object) -> bool:
    both_nan = isinstance(a, float) and isinstance(b, float) and np.isnan(a) and np.isnan(b)
    return both_nan or a == b


def _services(first: Plan, second: Plan) -> Iterator[Difference]:
    """Services that are new, gone, or have other tables or another budget."""
    before, after = first.place.instances, second.place.instances
    for name in dict.fromkeys((*before, *after)):
        if name not in after:
            yield Difference("service", name, "gone", None)
        elif name not in before:
            yield Difference("service", name, "new", _with(first, instances={**before, name: after[name]}))
        elif words := changed_service(before[name], after[name]):
            yield Difference("service", name, words, _with(first, instances={**before, name: after[name]}))


def _with(plan: Plan, **parts: object) -> Plan:
    return replace(plan, place=replace(plan.place, **parts))  # type: ignore[arg-type]


def changed_service(a: Instance, b: Instance) -> str:
    """What differs between two versions of a service; empty where nothing does."""
    told = [
        f"{what} {_said(old)} to {_said(new)}"
        for what, old, new in (("kind", a.kind, b.kind), ("payer", a.payer, b.payer), ("budget", a.budget, b.budget),
                               ("share of volunteers", a.pool_share, b.pool_share))
        if not _alike(old, new)
    ]  # fmt: skip
    told += ["other estimates (fit)"] if a.options != b.options else []
    for name in dict.fromkeys((*a.tables, *b.tables)):
        if words := changed_table(a.tables.get(name), b.tables.get(name)):
            told.append(f"table {name}: {words}")
    return "; ".join(told)


def changed_table(a: Table | None, b: Table | None) -> str:
    """What differs between two versions of a table: rows by their ids, and which columns; empty where nothing does."""
    if a is None or b is None:
        return "new" if a is None else "gone" if b is None else ""
    columns = [c for c in dict.fromkeys((*a.columns, *b.columns)) if c not in a or c not in b or not _same(a, b, c)]
    if not columns:
        return ""
    key = _key(a)
    if key not in b.columns:
        return "other columns"
    old, new = (set(map(str, t.columns[key].tolist())) for t in (a, b))
    rows = [f"{_count(some)} {word}" for word, some in (("more", new - old), ("fewer", old - new)) if some]
    if changed := _changed_rows(a, b, columns) if len(a) == len(b) and old == new else []:
        rows.append(f"{_count(changed)} changed ({_first(changed, SHOWN_ROWS)})")
    return f"{', '.join(rows)} in {_first(columns, SHOWN_COLUMNS)}"


def _count(rows: Collection[str]) -> str:
    return f"{len(rows)} row{'' if len(rows) == 1 else 's'}"


def _first(words: Sequence[str], most: int) -> str:
    return ", ".join(words[:most]) + (", ..." if len(words) > most else "")


def _key(table: Table) -> str:
    """The column by which rows are named: ids, or whatever stands first."""
    return "id" if "id" in table else next(iter(table.columns))


def _same(a: Table, b: Table, column: str) -> bool:
    x, y = a.columns[column], b.columns[column]
    if len(x) != len(y):
        return False
    same = np.array_equal(x, y, equal_nan=object not in (x.dtype, y.dtype))
    hidden, other = (t.suppressed.get(column, np.zeros(len(x), bool)) for t in (a, b))
    return bool(same and np.array_equal(hidden, other))


def _changed_rows(a: Table, b: Table, columns: Sequence[str]) -> list[str]:
    """The keys of rows of which any of some columns differs, for tables of the same rows in the same order."""
    differ = np.zeros(len(a), bool)
    for c in (c for c in columns if c in a and c in b):
        x, y = a.columns[c], b.columns[c]
        differ |= (x != y) & ~((x != x) & (y != y))  # noqa: PLR0124  # blank is not other than blank
    names = list(map(str, a.columns[_key(a)].tolist()))
    return list(dict.fromkeys(names[i] for i in np.flatnonzero(differ)))


def _place(first: Plan, second: Plan) -> Iterator[Difference]:
    a, b = first.place, second.place
    if a.calendar != b.calendar:
        words = (
            f"from {a.calendar.quarter_labels[0]}, {a.calendar.quarters} quarters, to {b.calendar.quarter_labels[0]}, "
        )
        yield Difference("place", "calendar", f"{words}{b.calendar.quarters} quarters", None)
    if words := _areas(a, b):
        yield Difference("place", "areas and people", words, _with(first, areas=b.areas))
    for name in dict.fromkeys((*a.tables, *b.tables)):
        if words := changed_table(a.tables.get(name), b.tables.get(name)):
            rest = {k: t for k, t in a.tables.items() if k != name}
            new = {name: b.tables[name]} if name in b.tables else {}
            yield Difference("place", name, f"table {name}: {words}", _with(first, tables={**rest, **new}))


def _areas(a: Place, b: Place) -> str:
    names = [f.name for f in fields(a.areas)]
    other = [
        n for n in names
        if not (np.array_equal(x, y, equal_nan=x.dtype.kind == "f") if isinstance(x := getattr(a.areas, n), np.ndarray)
                and isinstance(y := getattr(b.areas, n), np.ndarray) else getattr(a.areas, n) == getattr(b.areas, n))
    ]  # fmt: skip
    if not other:
        return ""
    people = [float(p.areas.people[~p.areas.outside].sum()) for p in (a, b)]
    return f"{', '.join(n.replace('_', ' ') for n in other)}: {people[0]:,.0f} to {people[1]:,.0f} people"


def _assumptions(first: Plan, second: Plan) -> Iterator[Difference]:
    for of in ("place", "plan"):
        old, new = (p.place.overrides if of == "place" else p.overrides for p in (first, second))
        for name in dict.fromkeys((*old, *new)):
            if old.get(name) == new.get(name):
                continue
            changed = {
                k: v
                for k, v in {**old, **({name: new[name]} if name in new else {})}.items()
                if name in new or k != name
            }
            variant = _with(first, overrides=changed) if of == "place" else replace(first, overrides=changed)
            yield Difference(
                "assumption", name, f"{_range(old.get(name))} to {_range(new.get(name))} (by the {of})", variant
            )


def _range(given: Mapping[str, object] | None) -> str:
    """An override in words; what withless assumes where there is none."""
    if given is None:
        return "what withless assumes"
    return str(given["value"]) if "value" in given else f"{given.get('low')}..{given.get('high')}"
