"""A small invented place, and what Excel, people and programs do to its tables: a seeded stream of mutations.

Each says what must come of it: `told` (an error or a warning names it), `same` (the place is read as before), or `any`
(a listed fault, or numbers that are in range and so are another place's). Nothing may crash, whatever it is.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from sheets import Cell, Error, Formula, ods, xlsx

from withless.files import place as place_files
from withless.files.areas import ReadAreas, read_areas
from withless.files.faults import Fault, has_errors
from withless.files.place import gather_place
from withless.place import Place

Rows = list[list[str]]
AREAS: Rows = [["id", "name", "x", "y", "decile", "rural_urban"]] + [
    [f"A{i:02d}", f"Area {i}", str(420_000 + 1_000 * (i % 4)), str(441_000 + 1_100 * (i // 4)), str(i % 10 + 1), "town"]
    for i in range(12)
]
BANDS = {"0-15": 303, "16-24": 151, "25-64": 812, "65-74": 149, "75-84": 83, "85+": 41}
PEOPLE: Rows = [["area", "age_band", "people"]] + [
    [f"A{i:02d}", b, str(n + i)] for i in range(12) for b, n in BANDS.items()
]
_V = "id,name,type,x,y,hours,staffed_hours,users,visits,gross_cost,income,fixed_share,run_by,capital_receipt,mothball_cost"
VENUES: Rows = [r.split(",") for r in (
    _V,
    "L1,Hill Library,library,420100,441100,40,40,903,19020,411000,20100,0.5,council,302000,8100",
    "L2,Mill Library,library,423050,442100,30,30,707,12330,307000,15200,0.45,council,251000,6200",
    "L3,Rise Library,library,422020,443050,20,20,405,7110,203000,10300,0.5,council,122000,4300",
    "L4,Vale Library,library,421020,443150,15,10,211,3190,99000,4400,0.55,trust,83000,2100",
)]  # fmt: skip
LINES: Rows = [r.split(",") for r in (
    "id,name,kind,net,income",
    "ADULTS,Adult care,service,6130000,812000", "ROADS,Roads,service,1310000,307000", "BINS,Waste,service,909000,23000",
    "TAX,Council tax,council_tax,-7100000,7100000", "GRANT,Grants,grant,-1190000,1190000",
)]  # fmt: skip
PROGRAMMES: Rows = [r.split(",") for r in (
    "id,name,fixed_cost,unit_cost,saturation,spend",
    "CLUBS,Youth clubs,140000,91,0.5,310500", "STREET,Street team,60200,420,0.5,190700", "KEY,Key workers,50100,1150,0.8,280300",
)]  # fmt: skip
YOUNG: Rows = [r.split(",") for r in (
    "id,age_band,risk,people,fifth", "SCHOOL,0-15,0.13,1903,1", "YOUTH,16-24,0.2,1107,2",
)]  # fmt: skip
REACH: Rows = [["programme", "young", "share"]] + [
    [p, y, "0.5"] for p in ("CLUBS", "STREET", "KEY") for y in ("SCHOOL", "YOUTH")
]
VALUES: Rows = [["programme", "outcome", "low", "high", "source"]] + [
    [p, o, "0.01", "0.03", "judged"] for p in ("CLUBS", "STREET", "KEY") for o in ("in_education", "offences_averted")
]
_WEEKS = ((0, 18), (18, 52), (52, None))
WAITS: Rows = [["specialty", "part", "month", "week_from", "week_to", "count"]] + [
    [s, part, "2026-03", str(a), "" if b is None else str(b), str(n * f // (1 + i))]
    for s, n in (("knees", 301), ("eyes", 613), ("ears", 127))
    for part, f in (("incomplete", 4), ("completed", 1))
    for i, (a, b) in enumerate(_WEEKS)
]
FLOWS: Rows = [["specialty", "month", "clock_starts", "removals", "unit_cost"]] + [
    [s, "2026-03", str(n), "11", str(c)] for s, n, c in (("knees", 431, 2100), ("eyes", 897, 640), ("ears", 181, 450))
]
SERVICES = {
    "venues": ("libraries", "£1.02m", {"venues": VENUES}),
    "budget": ("other", "£60k", {"lines": LINES}),
    "programmes": ("youth", "£800k", {"programmes": PROGRAMMES, "young": YOUNG, "reach": REACH, "values": VALUES}),
    "waits": ("hospital", "£22.6m", {"bands": WAITS, "flows": FLOWS}),
}
"""One service of each kind that reads quickly, with its budget and tables."""


@dataclass(frozen=True)
class Mutation:
    """One thing done to one table: what was done, what must come of it, and the file as it then is."""

    kind: str
    table: str
    must: str
    name: str
    content: bytes


def csv_of(rows: Rows, end: str = "\n") -> bytes:
    """A CSV of rows."""
    return "".join(",".join(f'"{c}"' if "," in c or '"' in c else c for c in r) + end for r in rows).encode("utf-8")


def place_yaml(kind: str, files: dict[str, str]) -> str:
    """place.yaml of a place with one service; `files` gives the name of each table's file."""
    name, budget, tables = SERVICES[kind]
    listed = ", ".join(f"{t}: {files[t]}" for t in tables)
    return (
        "withless: 1\nname: Testvale\ninvented: true\ncalendar: {start: 2026-04, quarters: 12}\n"
        f"areas: {files['areas']}\npeople: {files['people']}\nservices:\n  {name}:\n    kind: {kind}\n"
        f"    payer: {'nhs' if kind == 'waits' else 'council'}\n    budget: {budget}\n    tables: {{{listed}}}\n"
    )


def base(kind: str) -> dict[str, Rows]:
    """The tables of the place with one kind of service."""
    return {"areas": AREAS, "people": PEOPLE, **SERVICES[kind][2]}


def read(folder: Path, kind: str, mutation: Mutation | None = None) -> tuple[Place | None, list[Fault]]:
    """The place with one table changed, and every fault; files that are not changed are written once."""
    files = {t: f"{t}.csv" for t in base(kind)}
    here = folder / kind
    if not here.is_dir():
        here.mkdir()
        for table, rows in base(kind).items():
            (here / files[table]).write_bytes(csv_of(rows))
    if mutation is not None:
        files[mutation.table] = f"changed.{mutation.name}"
        (here / files[mutation.table]).write_bytes(mutation.content)
    (here / "place.yaml").write_text(place_yaml(kind, files), encoding="utf-8")
    faults: list[Fault] = []
    changed = mutation is not None and mutation.table in ("areas", "people")
    with pytest.MonkeyPatch.context() as patch:
        if not changed:
            patch.setattr(place_files, "read_areas", lambda *a, **k: _areas_of(here))
        return gather_place(here, faults).place, faults


@cache
def _areas_of(folder: Path) -> ReadAreas:
    """The areas as they are, read once: most mutations leave them alone."""
    return read_areas(folder, "areas.csv", "people.csv", "bng", [])


def meaning(place: Place) -> object:
    """What a place holds, whatever the order of its rows."""
    areas = place.areas
    order = np.argsort(areas.ids)
    tables = tuple(
        (
            name,
            key,
            tuple(
                sorted(
                    zip(
                        *(map(str, np.round(c, 6) if c.dtype != object else c) for c in t.columns.values()), strict=True
                    )
                )
            ),
        )
        for name, instance in place.instances.items()
        for key, t in sorted(instance.tables.items())
    )
    return (
        tuple(np.round(areas.x_km[order], 6)),
        tuple(map(tuple, areas.people[order])),
        tuple(areas.decile[order]),
        tables,
    )


Change = Callable[[random.Random, Rows], Rows | None]
_MONEY = {"gross_cost", "income", "capital_receipt", "mothball_cost", "net", "spend", "fixed_cost", "unit_cost"}
_COUNTS = {"users", "visits", "people", "count", "clock_starts"}


def _cell(rng: random.Random, rows: Rows, columns: set[str] | None = None) -> tuple[int, int] | None:
    at = [j for j, name in enumerate(rows[0]) if columns is None or name in columns]
    return (rng.randrange(1, len(rows)), rng.choice(at)) if at else None


def _set(text: Callable[[str, random.Random], str], columns: set[str] | None = None) -> Change:
    """One cell changed."""

    def change(rng: random.Random, rows: Rows) -> Rows | None:
        at = _cell(rng, rows, columns)
        if at is None or not rows[at[0]][at[1]]:
            return None
        new = text(rows[at[0]][at[1]], rng)
        if new == rows[at[0]][at[1]]:
            return None
        rows[at[0]][at[1]] = new
        return rows

    return change


def _column(text: Callable[[str], str], columns: set[str], together: bool = False) -> Change:
    """One column changed, or all of those named."""

    def change(rng: random.Random, rows: Rows) -> Rows | None:
        here = [j for j, name in enumerate(rows[0]) if name in columns]
        if not here:
            return None
        for j in here if together else [rng.choice(here)]:
            for row in rows[1:]:
                row[j] = text(row[j]) if row[j] else ""
        return rows

    return change


def _with_commas(text: str) -> str:
    pounds = float(text)
    return f"£{pounds:,.0f}" if pounds >= 0 else f"-£{-pounds:,.0f}"


def _times(factor: float) -> Callable[[str], str]:
    return lambda c: f"{float(c) * factor:.10g}"


def _swap_xy(rng: random.Random, rows: Rows) -> Rows | None:
    if "x" not in rows[0]:
        return None
    x, y = rows[0].index("x"), rows[0].index("y")
    for row in rows[1:]:
        row[x], row[y] = row[y], row[x]
    return rows


def _total(rng: random.Random, rows: Rows) -> Rows | None:
    """A total row, named so, under the table."""
    additive = [j for j, n in enumerate(rows[0]) if n in (_MONEY - {"unit_cost"}) | _COUNTS]
    if not additive or rows[0][0] not in ("id", "specialty", "area"):
        return None
    last = list(rows[-1])
    last[0] = rng.choice(["Total", "TOTAL", "All", "Grand total"])
    for j in additive:
        last[j] = f"{sum(float(r[j] or 0) for r in rows[1:]):.10g}"
    return [*rows, last]


def _mixed(rng: random.Random, rows: Rows) -> Rows:
    body = rows[1:]
    rng.shuffle(body)
    return [rows[0], *body]


def _columns_mixed(rng: random.Random, rows: Rows) -> Rows:
    order = list(range(len(rows[0])))
    rng.shuffle(order)
    return [[r[j] for j in order] for r in rows]


def _typo(text: str, rng: random.Random) -> str:
    i = rng.randrange(len(text))
    return rng.choice([text[:i] + text[i + 1 :], text[:i] + text[i] + text[i:], text[:i] + "x" + text[i + 1 :]])


def _leave_out(rng: random.Random, rows: Rows) -> Rows:
    j = rng.randrange(len(rows[0]))
    return [[c for i, c in enumerate(r) if i != j] for r in rows]


_STRAY = (
    "#REF!",
    "#N/A",
    "#DIV/0!",
    "=A1*2",
    "tbc",
    "12;5",
    "1O",
    "-",
    "\u0663\u0664",
    "\x1b[31mred",
    "1e400",
    "nan",
    "inf",
)
CHANGES: tuple[tuple[str, str, Change], ...] = (
    ("error cell or junk in a number", "told", _set(lambda c, r: r.choice(_STRAY), _MONEY | _COUNTS | {"hours", "x", "y"})),
    ("blank cell", "any", _set(lambda c, r: "")),
    ("typo", "any", _set(_typo)),
    ("another sign", "any", _set(lambda c, r: f"-{c}" if c[:1].isdigit() else c, _MONEY | _COUNTS)),
    ("negative in brackets", "told", _set(lambda c, r: f"({c})", _MONEY)),
    ("one number a thousand times", "any", _set(lambda c, r: _times(1000)(c), _MONEY | _COUNTS)),
    ("costs in thousands", "told", _column(_times(1e-3), {"gross_cost", "income", "net", "spend", "unit_cost"} , True)),
    ("costs a thousand times", "told", _column(_times(1e3), {"gross_cost", "income", "net", "spend", "unit_cost"}, True)),
    ("x and y swapped", "told", _swap_xy),
    ("a total row", "told", _total),
    ("a row twice", "told", lambda rng, rows: [*rows, list(rng.choice(rows[1:]))]),
    ("the header again", "told", lambda rng, rows: [*rows, list(rows[0])]),
    ("a column left out", "any", _leave_out),
    ("a column all blank", "any", _column(lambda c: "", _MONEY | _COUNTS | {"hours", "x", "decile"})),
    ("rows in another order", "same", _mixed),
    ("columns in another order", "same", _columns_mixed),
    ("pounds and commas", "same", _column(_with_commas, _MONEY - {"unit_cost"}, True)),
    ("spaces around", "same", lambda rng, rows: [[f" {c} " if c else c for c in r] for r in rows]),
    ("a title above", "same", lambda rng, rows: [["Council tables 2026-27"], [""], *rows]),
    ("row numbers without a name", "same", lambda rng, rows: [["", *rows[0]], *([str(i), *r] for i, r in enumerate(rows[1:]))]),
    ("a note below", "same", lambda rng, rows: [*rows, ["Source: the finance team", *[""] * (len(rows[0]) - 1)]]),
)  # fmt: skip


def _bytes(rng: random.Random, rows: Rows, must: str) -> tuple[str, bytes]:
    """A file of the rows: mostly plain, at times with another end of line, mark or encoding that means the same."""
    how = rng.randrange(48) if must != "any" else 0  # a workbook is read by a process of its own: few
    text = csv_of(rows, "\r\n" if how < 4 and must != "any" else "\n")
    if 4 <= how < 8:
        return "csv", b"\xef\xbb\xbf" + text
    if 8 <= how < 12:
        return "csv", text.decode("utf-8").encode("utf-16")
    if how in (12, 13):
        return ("xlsx", "ods")[how - 12], _workbook(rows, (xlsx, ods)[how - 12])
    return "csv", text


def _workbook(rows: Rows, write: Callable[..., Path]) -> bytes:
    """A workbook of the rows, numbers as numbers, errors and formulas as such."""
    cells = [[_typed(c) for c in row] for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        return write(Path(folder) / "t", {"Sheet1": cells}).read_bytes()


def _typed(text: str) -> Cell:
    if text.startswith("="):
        return Formula(text[1:])
    if text.startswith("#"):
        return Error(text)
    if text and all(c.isdigit() or c == "." for c in text) and text.isascii():
        return float(text) if "." in text else int(text)
    return "".join(c if c.isprintable() else "?" for c in text) or None


def mutations(seed: int) -> Iterator[tuple[str, Mutation]]:
    """(kind of service, mutation) without end, the same for a seed."""
    rng = random.Random(seed)
    while True:
        kind = rng.choice(list(SERVICES))
        tables = base(kind)
        table = rng.choice([*SERVICES[kind][2], *(() if rng.random() < 0.5 else ("areas", "people"))])
        what, must, change = rng.choice(CHANGES)
        rows = change(rng, [list(r) for r in tables[table]])
        if rows is None:
            continue
        if what == "x and y swapped" and kind != "venues":
            must = "any"  # nothing is far from anything there
        ending, content = _bytes(rng, rows, must)
        yield kind, Mutation(what, table, must, f"{table}.{ending}", content)


def run(folder: Path, count: int, seed: int = 1) -> tuple[Counter[tuple[str, str]], list[str]]:
    """{(kind, outcome): how many} of so many mutations, and a line for each that did not come out as it must.

    Outcomes: error, warning, same, other (read without a word, as another place).
    """
    whole = {kind: meaning(p) for kind in SERVICES if (p := read(folder, kind)[0]) is not None}
    outcomes: Counter[tuple[str, str]] = Counter()
    wrong: list[str] = []
    for _, (kind, m) in zip(range(count), mutations(seed), strict=False):
        place, faults = read(folder, kind, m)
        if has_errors(faults):
            outcome = "error"
        elif place is not None and meaning(place) == whole[kind]:
            outcome = "same"
        else:
            outcome = "warning" if faults else "other"
        outcomes[m.kind, outcome] += 1
        if (m.must == "told" and outcome == "other") or (m.must == "same" and outcome != "same"):
            told = "; ".join(str(f) for f in faults[:2])
            wrong.append(f"{m.kind} in {m.table} of {kind}: {outcome} {told[:200]}")
    return outcomes, wrong


def main() -> None:
    """Run as many as asked and say what came of them."""
    count, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with tempfile.TemporaryDirectory() as folder:
        outcomes, wrong = run(Path(folder), count, seed)
    kinds = dict.fromkeys(k for k, _ in sorted(outcomes))
    words = ("error", "warning", "same", "other")
    print(f"{'':34}" + "".join(f"{w:>9}" for w in words))
    for kind in kinds:
        print(f"{kind:34}" + "".join(f"{outcomes[kind, w]:9,}" for w in words))
    print(f"{'all':34}" + "".join(f"{sum(outcomes[k, w] for k in kinds):9,}" for w in words))
    print("\n".join(wrong[:40]))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
