"""Names held against each other: one that differs by a letter from another is a group of its own, and is lost to the sum."""

from __future__ import annotations

import difflib
from collections import Counter

from ..place import TableSpec
from .columns import Checked
from .faults import Fault, quoted
from .spelling import bare

ALIKE = 0.8
_MOST = 400
"""Different names beyond which they are not compared."""

_READ = ("outcome", "specialty", "district", "group")


def check_names_alike(checked: Checked, spec: TableSpec, faults: list[Fault]) -> None:
    """Warn of a name that stands seldom and is spelt like one that stands often."""
    _ids_alike(checked, spec, faults)
    for column in spec.columns:
        if column.name not in _READ or column.name not in checked.given or column.kind == "choice":
            continue
        words = checked.table.words(column.name)
        counts = Counter(w for w in words if w)
        if not 2 <= len(counts) <= _MOST or max(counts.values()) < 2:
            continue
        for name, often in counts.items():
            near = [o for o in counts if counts[o] >= 2 * often and _alike(name, o)]
            if near:
                row = int(checked.rows[words.index(name)])
                found, expected = (
                    f"{quoted(name)}, only {often} time{'s' if often > 1 else ''}",
                    f"{quoted(near[0])}, as in {counts[near[0]]} other rows",
                )
                mend = "If it is the same, spell it alike: it counts as another."
                faults.append(Fault(checked.file, row, column.name, found, expected, mend, "warning"))


def _ids_alike(checked: Checked, spec: TableSpec, faults: list[Fault]) -> None:
    """Warn of two rows that seem to be one thing: ids that differ in capitals or spaces, or one name at one place."""
    if len(spec.key) != 1 or spec.key[0] != "id" or "id" not in checked.given:
        return
    t = checked.table
    ids = t.words("id")
    places = [c for c in ("name", "x", "y") if c in checked.given]
    keys = [[bare(i) for i in ids]]
    if len(places) == 3:
        keys.append(
            [f"{n.casefold()} {x} {y}" for n, x, y in zip(t.words("name"), t.numbers("x"), t.numbers("y"), strict=True)]
        )
    for same in keys:
        first: dict[str, int] = {}
        for entry, key in enumerate(same):
            before = first.setdefault(key, entry)
            if before == entry or ids[before] == ids[entry]:
                continue
            found = (
                f"{quoted(ids[entry])} and {quoted(ids[before])} (row {checked.rows[before]:,}), alike but for the id"
            )
            mend = "If it is the same, delete one row: it counts twice."
            faults.append(Fault(checked.file, int(checked.rows[entry]), "id", found, "each only once", mend, "warning"))
            return


def _alike(a: str, b: str) -> bool:
    """Whether two names are one letter or so apart; those that differ in a number are two names."""
    one, two = (x.casefold() for x in (a, b))
    if a == b or [c for c in one if c.isdigit()] != [c for c in two if c.isdigit()]:
        return False
    return one == two or (
        abs(len(a) - len(b)) <= 2
        and min(len(a), len(b)) >= 4
        and _distance(one, two) <= 2
        and difflib.SequenceMatcher(None, one, two).ratio() >= ALIKE
    )


def _distance(a: str, b: str) -> int:
    """Letters to change, add, take out or swap with the next."""
    before: list[list[int]] = [[i + j if i * j == 0 else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            cost = int(a[i - 1] != b[j - 1])
            before[i][j] = min(before[i - 1][j] + 1, before[i][j - 1] + 1, before[i - 1][j - 1] + cost)
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                before[i][j] = min(before[i][j], before[i - 2][j - 2] + 1)
    return before[-1][-1]
