"""Text cells to checked columns, by the columns that a table declares: numbers, words, choices, ids and references."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from .. import units
from ..place import Array, Column, Table, TableSpec
from .faults import LISTED, Fault, nearest, one_of, quoted, suggestion
from .libraries import adapted
from .rows import IN_THOUSANDS, without_totals, without_units
from .spelling import bare, made_a_date, mend_date, minutes, months, of_another_alphabet
from .tables import Ints, RawTable, plain_name, unworked, unworked_fault
from .wording import UNSEEN, a_number, mend_number

_TRIED = 2_000
"""Different texts that must fail to be numbers before the rest of a column is taken to fail too."""

Rewrite = Callable[[pl.Series], pl.Series]
REWRITES: Mapping[str, Rewrite] = {"month": months, "minutes": minutes}
"""Columns that are brought to one spelling in every table, by name."""

_SHORT = 5_000
"""Rows up to which a loop is quicker than setting up a join."""

_ALIKE, _READ = 3, 2_000
"""Faults in the very same words that are listed one by one, and how many are compared."""

ALIKE_LETTERS = "A letter of it is of another alphabet and looks the same: type it again."
_TOO_MANY = 3
"""Columns missing beyond which one sentence names them all."""


@dataclass(frozen=True)
class Checked:
    """A table with the columns it declares, all of them present; cells at fault hold NaN or what was written.

    `rows[i]` is the spreadsheet's row of entry i; `sound` is False where any error was found.
    """

    file: str
    table: Table
    rows: Ints
    sound: bool
    given: frozenset[str]


def check_columns(
    raw: RawTable,
    spec: TableSpec,
    ids: Mapping[str, Collection[str]],
    faults: list[Fault],
    rewrite: Mapping[str, Rewrite] | None = None,
) -> Checked:
    """Turn a raw table into the columns of `spec`, with every fault found added to `faults`.

    `ids["table.column"]` are the ids that a ref may name; a ref to a table not in it is not checked (that table is
    itself at fault). `rewrite[column]` may change a column's text first, such as age bands in other words.
    """
    before = len(faults)
    rewrite = {**REWRITES, **(rewrite or {})}
    raw = adapted(raw, spec, faults)
    _check_names(raw, spec, faults)
    raw = without_totals(without_units(raw, spec, faults), spec, faults)
    columns: dict[str, Array] = {}
    suppressed: dict[str, NDArray[np.bool_]] = {}
    for column in spec.columns:
        reader = _Reader(raw, column, faults)
        cells = raw.cells.get_column(column.name, default=None)
        if cells is None:
            columns[column.name] = _absent(column, len(raw.rows))
            continue
        if column.name in rewrite:
            cells = rewrite[column.name](cells)
        broken = unworked(cells)
        if broken.any():
            reader.tell(broken, lambda i, cells=cells: unworked_fault(str(cells[i])))  # type: ignore[misc]
            cells = cells.set(broken, None)
        reader.blanks(cells, broken)
        if column.kind in ("number", "count"):
            columns[column.name], stars = reader.numbers(cells)
            if stars is not None:
                suppressed[column.name] = stars
        else:
            columns[column.name] = reader.words(cells, ids)
    _check_key(raw, spec, faults, rewrite)
    sound = not any(f.severity == "error" for f in faults[before:])
    given = frozenset(c.name for c in spec.columns if c.name in raw.cells)
    return Checked(raw.file, Table(spec.name, columns, suppressed), raw.rows, sound, given)


def report(
    faults: list[Fault],
    file: str,
    rows: Ints,
    at: NDArray[np.bool_],
    column: str,
    describe: Callable[[int], tuple[str, str, str]],
    severity: str = "error",
) -> None:
    """Add a fault for every entry where `at` is true: `describe(entry)` gives found, expected and mend.

    The first `LISTED` are described; the last of these counts the rest. More than a few of the very same words are one.
    """
    entries = np.flatnonzero(at)
    told = [describe(int(entry)) for entry in entries[:_READ]]
    alike = Counter(told)
    listed: dict[tuple[str, str, str], Fault] = {}
    for entry, words in zip(entries.tolist(), told, strict=False):
        row = int(rows[entry])
        one = Fault(file, row, column, *words, severity)
        if alike[words] <= _ALIKE:
            if len(listed) < LISTED:
                listed[(*words[:2], f"{words[2]}{row}")] = one
        elif words not in listed and len(listed) < LISTED:
            first = [int(rows[e]) for e, w in zip(entries.tolist(), told, strict=False) if w == words][1:6]
            listed[words] = replace(one, more=alike[words] - 1, also=tuple(first))
    found = list(listed.values())
    rest = len(entries) - sum(1 + f.more for f in found)
    if rest > 0:
        found[-1] = replace(found[-1], more=found[-1].more + rest)
    faults += found


def _check_names(raw: RawTable, spec: TableSpec, faults: list[Fault]) -> None:
    """Columns that are missing are errors, columns that nothing reads are told."""
    declared = {c.name for c in spec.columns}
    extra = [name for name in raw.written if name not in declared]
    missing = [c.name for c in spec.columns if c.required and c.name not in raw.written]
    for column in spec.columns:
        across = [n for n in extra if n in {plain_name(c) for c in column.choices}]
        if column.name in missing and len(across) > 1:
            found = f"{column.name} as columns ({', '.join(raw.written[n] for n in across[:3])}...)"
            mend = f"Put each into a row of its own: {', '.join(c.name for c in spec.columns if c.required)}."
            faults.append(Fault(raw.file, raw.header, "", found, f"a column {column.name}", mend))
            return
    far = [name for name in missing if not nearest(name, extra)]
    shown = ", ".join(raw.written[n] for n in list(raw.written)[:8])
    if len(far) > _TOO_MANY:
        needed = [c for c in spec.columns if c.required]
        expected = f"the columns {', '.join(far)}"
        if len(far) > len(needed) - 3:
            found = f"no header (row {raw.header} is {shown[:80]})"
            mend = "Is this the right file? The names of the columns stand in one row above the data."
        else:
            found, mend = f"a table without {len(far)} of its columns (it has {shown})", "Add them."
        faults.append(Fault(raw.file, raw.header, "", found, expected, mend))
    in_thousands = {plain_name(IN_THOUSANDS.sub("", raw.written[n])): n for n in extra}
    in_thousands = {name: n for name, n in in_thousands.items() if name in missing}
    for name in missing if len(far) <= _TOO_MANY else [n for n in missing if n not in far]:
        near = in_thousands.get(name) or nearest(name, extra)
        mend = f"Did you mean {raw.written[near]}? Rename it to {name}." if near else "Add it."
        if near and IN_THOUSANDS.search(raw.written[near]):
            mend = f"{raw.written[near]} is not in pounds: write pounds, or £240k in each cell, and name it {name}."
        faults.append(Fault(raw.file, raw.header, name, f"no such column among {shown}", f"a column {name}", mend))
    if len(far) > _TOO_MANY:
        return
    optional = declared - set(raw.written)
    for name in extra:
        if nearest(name, missing) or name in in_thousands.values():
            continue
        near = nearest(name, optional)
        mend = f"Did you mean {near}? " if near else ""
        found = "a column that is not read"
        expected = f"{one_of([c.name for c in spec.columns], most=30)}"
        faults.append(
            Fault(raw.file, raw.header, raw.written[name], found, expected, f"{mend}It is left out.", "warning")
        )


def _absent(column: Column, length: int) -> Array:
    """An optional column that the table lacks: its default, NaN or empty text."""
    if column.kind in ("number", "count"):
        fill = float(column.default) if isinstance(column.default, int | float) else np.nan
        return np.full(length, fill)
    words = np.empty(length, dtype=object)
    words[:] = str(column.default) if column.default is not None else ""
    return words


@dataclass(frozen=True)
class _Reader:
    """Reads the cells of one column of one table."""

    raw: RawTable
    column: Column
    faults: list[Fault]

    def tell(self, at: pl.Series, describe: Callable[[int], tuple[str, str, str]]) -> None:
        if not at.any():
            return
        mask = at.fill_null(False).to_numpy()
        report(self.faults, self.raw.file, self.raw.rows, mask, self.column.name, describe)

    def blanks(self, cells: pl.Series, told: pl.Series) -> None:
        """A blank cell where the column needs one filled; those already told of are left out."""
        if not self.column.required or self.column.blank or self.column.default is not None or not cells.null_count():
            return
        expected = self._expected()
        self.tell(cells.is_null() & ~told, lambda _: ("nothing", expected, "Fill the cell, or delete the row."))

    def _expected(self) -> str:
        if self.column.kind in ("number", "count"):
            return a_number(self.column)
        if self.column.kind == "choice":
            return one_of(self.column.choices)
        return "an id" if self.column.kind in ("id", "ref") else "text"

    def numbers(self, cells: pl.Series) -> tuple[Array, NDArray[np.bool_] | None]:
        """float64 with NaN for blanks, faults and `*`; where `*` stood, for a count."""
        stars = (cells == "*").fill_null(False) if self.column.kind == "count" else None
        written = cells if stars is None else cells.set(stars, None)
        values = written.cast(pl.Float64, strict=False)
        odd = written.is_not_null() & ~(values.abs() <= units.LARGEST).fill_null(False)
        if odd.any():
            values = self._human(written, values, odd)
        self._bounds(written, values)
        numbers = np.array(values.fill_null(np.nan).to_numpy(), dtype=np.float64)
        if self.column.default is not None:
            blank = cells.is_null().to_numpy()
            numbers[blank] = float(self.column.default)
        return numbers, None if stars is None else np.array(stars.to_numpy(), dtype=np.bool_)

    def _human(self, written: pl.Series, values: pl.Series, odd: pl.Series) -> pl.Series:
        """`values` with what plain casting could not read: first thousands separators, then each text by itself."""
        pound = "£?" if units.unit(self.column.unit).dimension.startswith("money") else ""
        grouped = rf"^-?{pound}[0-9]{{1,3}}(,[0-9]{{3}})+(\.[0-9]+)?$|^-?{pound}[0-9]+(\.[0-9]+)?$"
        easy = odd & written.str.contains(grouped).fill_null(False)
        if easy.any():
            plain = written.str.replace_all("[£,]", "").cast(pl.Float64, strict=False)
            values = values.zip_with(~easy, plain)
        texts = written.filter(odd & ~easy).unique(maintain_order=True).to_list()
        read: dict[str, float | None] = {}
        wrong = 0
        for text in texts:
            read[text] = None if wrong > _TRIED else self._parse(text)
            wrong += read[text] is None
        if not read:
            return values
        hard = odd & ~easy
        looked_up = written.replace_strict(read, default=None, return_dtype=pl.Float64)
        values = values.zip_with(~hard, looked_up)
        expected, column = a_number(self.column), self.column
        self.tell(
            hard & values.is_null(),
            lambda i: (quoted(written[i]), expected, mend_number(written[i], column)),
        )
        return values

    def _parse(self, text: str) -> float | None:
        try:
            return units.parse(text, self.column.unit)
        except units.UnitError:
            return None

    def _bounds(self, written: pl.Series, values: pl.Series) -> None:
        column = self.column
        low = max(column.low, 0.0) if column.kind == "count" else column.low
        out = (values < low) | (values > column.high)
        if column.unit in ("switch", "decile"):
            out = out | (values != values.round()) | (values < 0)
        if column.unit == "switch":
            out = out | (values > 1)
        expected = a_number(column)
        self.tell(out, lambda i: (quoted(written[i]), expected, _why_out(values[i], column)))

    def words(self, cells: pl.Series, ids: Mapping[str, Collection[str]]) -> Array:
        """Text, blank as empty or the default; choices in their own spelling; refs checked."""
        column = self.column
        if column.kind == "choice":
            spelling = {plain_name(c): c for c in column.choices}
            plain = cells.str.to_lowercase().str.replace_all(r"[\s\-]+", "_")
            chosen = plain.replace_strict(spelling, default=None, return_dtype=pl.String)
            expected = one_of(column.choices)
            self.tell(
                cells.is_not_null() & chosen.is_null(),
                lambda i: (
                    quoted(cells[i]), expected, mend_date(cells[i], column.choices) or suggestion(cells[i], column.choices)
                ),
            )  # fmt: skip
            cells = chosen
            return as_objects(cells.fill_null(str(column.default) if column.default is not None else ""))
        cells = self._printable(cells)
        if column.kind == "ref" and column.refers_to in ids:
            self._refs(cells, ids[column.refers_to])
        return as_objects(cells.fill_null(str(column.default) if column.default is not None else ""))

    def _printable(self, cells: pl.Series) -> pl.Series:
        """Line breaks within a cell as spaces; other signs that nobody sees are refused: they steer a terminal."""
        cells = cells.str.replace_all(r"[\r\n\t]+", " ")
        self.tell(
            cells.str.contains(UNSEEN).fill_null(False),
            lambda i: (quoted(cells[i]), "text", "It holds a sign that cannot be seen: type the cell again."),
        )
        return cells

    def _refs(self, cells: pl.Series, known: Collection[str]) -> None:
        """Ids that the other table lacks; where the two only spell them in two ways, one sentence for all."""
        table = self.column.refers_to.partition(".")[0]
        expected = f"an id from the table {table}"
        unknown = (cells.is_not_null() & ~cells.is_in(list(known))).fill_null(False)
        if not unknown.any():
            return
        here = cells.filter(unknown).unique(maintain_order=True).to_list()
        spelt = {bare(k): k for k in known}
        if known and all(bare(h) in spelt for h in here):
            first, there = here[0], spelt[bare(here[0])]
            mend = f"The ids of the two tables differ only in zeros, spaces or capitals ({len(here):,} ids): spell them alike."
            self._once(unknown, quoted(first), f"{quoted(there)}, as in the table {table}", mend)
            return
        if known and len(here) > LISTED and cells.n_unique() - int(cells.is_null().any()) == len(here):
            some = ", ".join(list(known)[:3])
            mend = f"No id of the two tables agrees: there they are such as {some}."
            if of_another_alphabet(here[0], some):
                mend = ALIKE_LETTERS
            self._once(unknown, quoted(here[0]), expected, mend)
            return
        self.tell(
            unknown,
            lambda i: (
                quoted(cells[i]), expected,
                ("" if not made_a_date(cells[i]) else mend_date(cells[i], known))
                or ALIKE_LETTERS * of_another_alphabet(cells[i], "".join(known))
                or suggestion(cells[i], known) or f"Add it to {table}.",
            ),
        )  # fmt: skip

    def _once(self, at: pl.Series, found: str, expected: str, mend: str) -> None:
        """One fault for all cells of one cause, at the first of them."""
        entries = at.arg_true()
        row = int(self.raw.rows[int(entries[0])])
        more = len(entries) - 1
        self.faults.append(Fault(self.raw.file, row, self.column.name, found, expected, mend, more=more))


def as_objects(cells: pl.Series) -> Array:
    """Text as an array of str, with one object for each different text: a long column repeats few ids."""
    codes, distinct = _codes(cells)
    objects = np.array([*distinct, None], dtype=object)[:-1]
    return np.asarray(objects[codes])


def _codes(cells: pl.Series) -> tuple[Ints, list[str]]:
    """Every text as its number in the list of different texts."""
    if len(cells) <= _SHORT:
        seen: dict[str, int] = {}
        few = [seen.setdefault(text, len(seen)) for text in cells.to_list()]
        return np.array(few, dtype=np.int64), list(seen)
    distinct = cells.unique(maintain_order=True).alias("text")
    numbered = pl.DataFrame({"text": distinct, "code": np.arange(len(distinct), dtype=np.int64)})
    codes = cells.alias("text").to_frame().join(numbered, on="text", how="left", maintain_order="left")["code"]
    return codes.to_numpy(), distinct.to_list()


def _check_key(raw: RawTable, spec: TableSpec, faults: list[Fault], rewrite: Mapping[str, Rewrite]) -> None:
    """No two rows alike in the key; each later one is told with the row it repeats."""
    key = [name for name in spec.key if name in raw.cells]
    if not spec.key or not key:
        return
    named = raw.cells.select(key)
    named = named.with_columns(rewrite[n](named[n]).alias(n) for n in key if n in rewrite)
    may_be_blank = {c.name: str(c.default or "") for c in spec.columns if c.blank or not c.required}
    named = named.with_columns(pl.col(n).fill_null(may_be_blank[n]) for n in key if n in may_be_blank)
    whole = named.select(pl.all_horizontal(pl.all().is_not_null())).to_series()
    combined = np.zeros(len(named), dtype=np.int64)
    for name in key:  # one number for each different key: cheaper by far than comparing rows of text
        codes, distinct = _codes(named[name].fill_null(""))
        if (int(combined.max()) + 1) * len(distinct) >= 2**62:
            combined = np.unique(combined, return_inverse=True)[1].astype(np.int64)
        combined = combined * len(distinct) + codes
    again = whole & ~pl.Series(combined).is_first_distinct()
    if not again.any():
        return

    def describe(entry: int) -> tuple[str, str, str]:
        same = named.select(pl.all_horizontal(pl.col(n) == named[n][entry] for n in key)).to_series()
        first = int(raw.rows[int(same.arg_true()[0])])
        shown = ", ".join(named[n][entry] or "blank" for n in key)
        return f"{quoted(shown)} again", "each only once", f"It already stands in row {first:,}."

    report(faults, raw.file, raw.rows, again.to_numpy(), ", ".join(key), describe)


def _why_out(value: float | None, column: Column) -> str:
    """A hint for a number outside its bounds."""
    if value is not None and column.unit == "share" and 1 < value <= 100:
        return f"Did you mean {value:g}%?"
    if value is not None and value < 0 and column.low == 0:
        return "It cannot be negative."
    return ""
