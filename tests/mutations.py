"""A small invented place, and what Excel, people and programs do to its tables: a seeded stream of mutations.

Each says what must come of it: `told` (an error or a warning names it), `same` (the place is read as before), or `any`
(a listed fault, or numbers that are in range and so are another place's). Nothing may crash, whatever it is.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mutated_place import SERVICES, Read, Rows, base, csv_of, meaning, place_yaml, plan_yaml, read
from sheets import Cell, Error, Formula, ods, xlsx

from withless.files.faults import has_errors


@dataclass(frozen=True)
class Mutation:
    """One thing done to one file: what was done, what must come of it, the file's name and content as they then are."""

    kind: str
    file: str
    must: str
    name: str
    content: bytes


Change = Callable[[random.Random, Rows], Rows | None]
_MONEY = {
    "gross_cost",
    "income",
    "capital_receipt",
    "mothball_cost",
    "net",
    "spend",
    "fixed_cost",
    "unit_cost",
    "pounds",
}
_ALL_COSTS = {"gross_cost", "income", "net", "spend", "unit_cost", "pounds"}
_COUNTS = {"users", "visits", "people", "count", "clock_starts"}
_NAMES = {"outcome", "specialty", "area", "venue", "programme", "young", "group", "setting", "need"}


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


_ARABIC = str.maketrans("0123456789", "".join(chr(0x660 + i) for i in range(10)))
_FULL_WIDTH = str.maketrans("0123456789", "".join(chr(0xFF10 + i) for i in range(10)))


def _in_another_script(text: str, rng: random.Random) -> str:
    return text.translate(rng.choice([_ARABIC, _FULL_WIDTH]))


def _as_in_europe(text: str) -> str:
    whole, _, part = f"{float(text):,.10g}".partition(".")
    return whole.replace(",", ".") + f",{part or '00'}"


def _in_thousands(text: str) -> str:
    pounds = float(text)
    return f"{'-' if pounds < 0 else ''}£{abs(pounds) / 1000:.10g}k"


def _months_otherwise(rng: random.Random, rows: Rows) -> Rows | None:
    how = rng.choice(["Mar-26", "March 2026", "01/03/2026", "2026-03-31", "Mar 2026"])
    return _column(lambda c: how, {"month"})(rng, rows)


def _header_as_typed(rng: random.Random, rows: Rows) -> Rows:
    form: Callable[[str], str] = rng.choice([str.upper, str.title, lambda n: n.replace("_", " ").capitalize()])
    return [[form(n) for n in rows[0]], *rows[1:]]


def _note_below(rng: random.Random, rows: Rows) -> Rows | None:
    """A note under a table; under two columns it may as well be a row that lacks its number."""
    return [*rows, ["Source: the finance team", *[""] * (len(rows[0]) - 1)]] if len(rows[0]) > 2 else None


_STRAY = (
    "#REF!", "#N/A", "#DIV/0!", "=A1*2", "tbc", "12;5", "1O", "-", "\u0663\u0664\u066b", "\x1b[31mred", "1e400", "nan", "inf",
    "12 500 000 000 000 000", "1,23", "--5", "£", "5%%", "12 apples", "0x1F", "1_000", "\u00bd", "true",
)  # fmt: skip
CHANGES: tuple[tuple[str, str, Change], ...] = (
    ("error cell or junk in a number", "told", _set(lambda c, r: r.choice(_STRAY), _MONEY | _COUNTS | {"hours", "x", "y"})),
    ("blank cell", "any", _set(lambda c, r: "")),
    ("typo", "any", _set(_typo)),
    ("a name misspelt", "told", _set(_typo, _NAMES)),
    ("another sign", "any", _set(lambda c, r: f"-{c}" if c[:1].isdigit() else c, _MONEY | _COUNTS)),
    ("negative in brackets", "told", _set(lambda c, r: f"({c})", _MONEY)),
    ("one number a thousand times", "any", _set(lambda c, r: _times(1000)(c), _MONEY | _COUNTS)),
    ("costs in thousands", "told", _column(_times(1e-3), _ALL_COSTS, True)),
    ("costs a thousand times", "told", _column(_times(1e3), _ALL_COSTS, True)),
    ("hours in minutes", "told", _column(_times(60), {"hours", "staffed_hours", "hours_week"}, True)),
    ("x and y swapped", "told", _swap_xy),
    ("a total row", "told", _total),
    ("a row twice", "told", lambda rng, rows: [*rows, list(rng.choice(rows[1:]))]),
    ("all rows twice", "told", lambda rng, rows: [*rows, *(list(r) for r in rows[1:])]),
    ("the header again", "told", lambda rng, rows: [*rows, list(rows[0])]),
    ("a column left out", "any", _leave_out),
    ("a column all blank", "any", _column(lambda c: "", _MONEY | _COUNTS | {"hours", "x", "decile", "minutes"})),
    ("rows in another order", "same", _mixed),
    ("columns in another order", "same", _columns_mixed),
    ("pounds and commas", "same", _column(_with_commas, _MONEY - {"unit_cost", "pounds"}, True)),
    ("pounds with k", "same", _column(_in_thousands, _MONEY - {"unit_cost"}, True)),
    ("hours with their unit", "same", _column(lambda c: f"{c} hours/week", {"hours", "staffed_hours", "hours_week"}, True)),
    ("months in another form", "same", _months_otherwise),
    ("digits of another script", "told", _set(_in_another_script, _MONEY | _COUNTS | {"hours", "x", "y", "decile"})),
    ("points and commas of the continent", "told", _column(_as_in_europe, _MONEY, True)),
    ("spaces around", "same", lambda rng, rows: [[f" {c} " if c else c for c in r] for r in rows]),
    ("header in capitals and spaces", "same", _header_as_typed),
    ("a title above", "same", lambda rng, rows: [["Council tables 2026-27"], [""], *rows]),
    ("row numbers without a name", "same", lambda rng, rows: [["", *rows[0]], *([str(i), *r] for i, r in enumerate(rows[1:]))]),
    ("empty rows and columns", "same", lambda rng, rows: [*([*r, "", ""] for r in rows), [""] * (len(rows[0]) + 2)]),
    ("a note below", "same", _note_below),
)  # fmt: skip


def _bytes(rng: random.Random, rows: Rows, must: str) -> tuple[str, bytes]:
    """A file of the rows: mostly plain, at times with another end of line, mark or encoding that means the same."""
    how = rng.randrange(60) if must != "any" else 0
    text = csv_of(rows, "\r\n" if 4 <= how < 8 else "\n")
    if 8 <= how < 11:
        return "csv", b"\xef\xbb\xbf" + text
    if 11 <= how < 14:
        return "csv", text.decode("utf-8").encode("utf-16")
    if 14 <= how < 16:
        return "csv", csv_of(rows, separator=";")
    if 16 <= how < 18:
        return "tsv", csv_of(rows, separator="\t")
    if 18 <= how < 22:
        return "xlsx", _workbook(rows, xlsx)
    if how == 22:
        return "xlsx", _workbook(rows, xlsx, before=True)
    if how == 23:
        return "xlsx", _workbook(rows, xlsx, merge=True)
    if 24 <= how < 26:
        return "ods", _workbook(rows, ods)
    return "csv", text


def _workbook(rows: Rows, write: Callable[..., Path], before: bool = False, merge: bool = False) -> bytes:
    """A workbook of the rows, numbers as numbers, errors and formulas as such; with a hidden older sheet `before`, or with
    the same text down the first column merged into one cell.
    """
    cells = [[_typed(c) for c in row] for row in rows]
    sheets = {"Old": cells[: len(cells) // 2 + 1], "Sheet1": cells} if before else {"Sheet1": cells}
    how = {"hidden": ["Old"]} if before else {}
    if merge:
        how = {"merged": list(_merged(cells))}
    with tempfile.TemporaryDirectory() as folder:
        return write(Path(folder) / "t", sheets, **how).read_bytes()


def _merged(cells: list[list[Cell]]) -> Iterator[str]:
    """Runs of one text in the first column, as ranges; their later cells are emptied."""
    start = 1
    for i in range(2, len(cells) + 1):
        if i == len(cells) or cells[i][:1] != cells[start][:1] or not cells[i]:
            if i - start > 1:
                yield f"A{start + 1}:A{i}"
                for row in cells[start + 1 : i]:
                    row[0] = None
            start = i


def _typed(text: str) -> Cell:
    if text.startswith("="):
        return Formula(text[1:])
    if text.startswith("#"):
        return Error(text)
    if text and all(c.isdigit() or c == "." for c in text) and text.isascii() and text.count(".") < 2:
        return float(text) if "." in text else int(text)
    return "".join(c if c.isprintable() else "?" for c in text) or None


_KEY = re.compile(r"^( *(?:- )?)([a-z_]+): *(.*)$")
ChangeText = Callable[[random.Random, list[str]], list[str] | None]


def _line(change: Callable[[random.Random, str, str, str], str | None], keys: str = "") -> ChangeText:
    """One line with a key changed: `change(rng, indent, key, value)`; only lines of `keys`, where some are named."""

    def changed(rng: random.Random, lines: list[str]) -> list[str] | None:
        found = [
            (i, m) for i, line in enumerate(lines) if (m := _KEY.match(line)) and (not keys or m[2] in keys.split())
        ]
        if not found:
            return None
        i, m = rng.choice(found)
        new = change(rng, m[1], m[2], m[3])
        return None if new is None or new == lines[i] else [*lines[:i], *new.split("\n"), *lines[i + 1 :]]

    return changed


def _block_moved(rng: random.Random, lines: list[str]) -> list[str]:
    """The parts of a file (a key and what is indented under it) in another order."""
    blocks: list[list[str]] = []
    for line in lines:
        if line[:1].strip() or not blocks:
            blocks.append([])
        blocks[-1].append(line)
    rng.shuffle(blocks)
    return [line for block in blocks for line in block]


def _otherwise(rng: random.Random, start: str, key: str, value: str) -> str:
    return f"{start}{key}: {rng.choice(['2026-10', 'October 2026', '01/10/2026', 'Oct-26', '2026-10-01'])}"


_MORE = {"k": "m", "m": "bn"}
_CHOSEN = "kind payer evidence lever service"
_MONEY_KEYS = "budget booked_saving one_off_cost"
_JUNK = (
    "tbc",
    "yes",
    "[1, 2]",
    "{a: 1}",
    "1e999",
    "-",
    "'#REF!'",
    "\u0663",
    "*name",
    "!!python/object:os.system ls",
)
_ODD_KEYS = (
    "start phase budget booked_saving one_off_cost posts evidence kind payer calendar change where lever service"
)
CHANGES_OF_YAML: tuple[tuple[str, str, ChangeText], ...] = (
    ("YAML: a key misspelt", "told", _line(lambda r, s, k, v: f"{s}{_typo(k, r)}: {v}" if len(k) > 3 else None)),
    ("YAML: a key twice", "told", _line(lambda r, s, k, v: f"{s}{k}: {v}\n{s.replace('-', ' ')}{k}: {v}" if v else None)),
    ("YAML: a key left out", "any", _line(lambda r, s, k, v: f"{s}# {k}" if "-" not in s else None)),
    ("YAML: a value blank", "any", _line(lambda r, s, k, v: f"{s}{k}:" if v else None)),
    ("YAML: junk for a value", "told", _line(lambda r, s, k, v: f"{s}{k}: {r.choice(_JUNK)}" if v else None, _ODD_KEYS)),
    ("YAML: a value misspelt", "told", _line(lambda r, s, k, v: f"{s}{k}: {_typo(v, r)}" if v else None, _CHOSEN)),
    ("YAML: a tab before a key", "told", _line(lambda r, s, k, v: f"{s}\t{k}: {v}" if s else None)),
    ("YAML: indented otherwise", "any", _line(lambda r, s, k, v: f" {s}{k}: {v}")),
    ("YAML: money without k or m", "told", _line(lambda r, s, k, v: f"{s}{k}: {v.rstrip('km')}", _MONEY_KEYS)),
    ("YAML: money a thousand times", "told", _line(lambda r, s, k, v: f"{s}{k}: {v[:-1]}{_MORE[v[-1]]}", _MONEY_KEYS)),
    ("YAML: another sign", "any", _line(lambda r, s, k, v: f"{s}{k}: -{v}", _MONEY_KEYS + " posts")),
    ("YAML: months in another form", "same", _line(_otherwise, "start")),
    ("YAML: quotes around a value", "same", _line(lambda r, s, k, v: f"{s}{k}: '{v}'" if v and v[0] not in "[{" else None)),
    ("YAML: comments and blank lines", "same", _line(lambda r, s, k, v: f"\n  # so\n{s}{k}: {v}  # it says" if v else None)),
    ("YAML: parts in another order", "same", _block_moved),
)  # fmt: skip


def _of_yaml(rng: random.Random, kind: str) -> Mutation | None:
    """A mutation of the place's or the plan's YAML."""
    file = rng.choice(["place.yaml", "plan.yaml"])
    text = plan_yaml(kind) if file == "plan.yaml" else place_yaml(kind, {t: f"{t}.csv" for t in base(kind)})
    what, must, change = rng.choice(CHANGES_OF_YAML)
    lines = change(rng, text.splitlines())
    if lines is None:
        return None
    end = rng.choice(["\n", "\n", "\r\n"])
    start = b"\xef\xbb\xbf" if rng.randrange(8) == 0 else b""
    return Mutation(what, file, must, file, start + (end.join(lines) + end).encode())


def _of_table(rng: random.Random, kind: str) -> Mutation | None:
    """A mutation of one table."""
    tables = base(kind)
    table = rng.choice([*SERVICES[kind][2], *(() if rng.random() < 0.7 else ("areas", "people"))])
    what, must, change = rng.choice(CHANGES)
    rows = change(rng, [list(r) for r in tables[table]])
    if rows is None or rows == tables[table]:
        return None
    if what == "x and y swapped" and kind != "venues":
        must = "any"  # nothing is far from anything there
    ending, content = _bytes(rng, rows, must)
    return Mutation(what, table, must, f"{table}.{ending}", content)


def mutations(seed: int) -> Iterator[tuple[str, Mutation]]:
    """(kind of service, mutation) without end, the same for a seed: one in five of YAML."""
    rng = random.Random(seed)
    while True:
        kind = rng.choice(list(SERVICES))
        mutation = _of_yaml(rng, kind) if rng.randrange(5) == 0 else _of_table(rng, kind)
        if mutation is not None:
            yield kind, mutation


def sound(folder: Path, kind: str) -> dict[str, object]:
    """What the place and its plan mean as they are: {table or YAML file: meaning}."""
    alone = meaning(read(folder, kind))
    return {"plan.yaml": meaning(read(folder, kind, "plan.yaml", "", plan_yaml(kind).encode())), "": alone}


def outcome_of(folder: Path, kind: str, mutation: Mutation, whole: dict[str, object]) -> tuple[str, Read]:
    """How reading it ends: error, warning, same, or other (read without a word, as another place)."""
    found = read(folder, kind, mutation.file, mutation.name, mutation.content)
    if has_errors(found.faults):
        return "error", found
    if meaning(found) == whole["plan.yaml" if mutation.file.endswith(".yaml") else ""]:
        return "same", found
    return ("warning" if found.faults else "other"), found


def run(folder: Path, count: int, seed: int = 1) -> tuple[Counter[tuple[str, str]], list[str]]:
    """{(kind, outcome): how many} of so many mutations, and a line for each that did not come out as it must."""
    whole = {kind: sound(folder, kind) for kind in SERVICES}
    outcomes: Counter[tuple[str, str]] = Counter()
    wrong: list[str] = []
    for _, (kind, m) in zip(range(count), mutations(seed), strict=False):
        try:
            outcome, found = outcome_of(folder, kind, m, whole[kind])
        except Exception as e:
            e.add_note(f"{m.kind} in {m.file} of {kind}:\n{m.content[:2000]!r}")
            raise
        outcomes[m.kind, outcome] += 1
        if (m.must == "told" and outcome == "other") or (m.must == "same" and outcome != "same"):
            told = "; ".join(str(f) for f in found.faults[:2])
            changed = _difference(kind, m)
            wrong.append(f"{m.kind} in {m.name} of {kind} ({changed}): {outcome} {told[:200]}")
    return outcomes, wrong


def _difference(kind: str, m: Mutation) -> str:
    """The first line that a mutation changed."""
    files = {t: f"{t}.csv" for t in base(kind)}
    before = {"plan.yaml": plan_yaml(kind), "place.yaml": place_yaml(kind, files)}.get(m.file, "")
    before = before or csv_of(base(kind)[m.file]).decode()
    after = m.content.decode("utf-8", "replace").splitlines()
    return next((b for a, b in zip(before.splitlines(), after, strict=False) if a != b), "at its end")[:100]


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
