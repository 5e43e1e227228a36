"""Text cells to checked columns, by the columns that a table declares: numbers, words, choices, ids and references."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from .. import units
from ..place import Array, Column, Table, TableSpec
from .faults import LISTED, Fault, nearest, one_of, quoted, suggestion
from .tables import Ints, RawTable, plain_name
from .wording import a_number, mend_number

_TRIED = 2_000
"""Different texts that must fail to be numbers before the rest of a column is taken to fail too."""

Rewrite = Callable[[pl.Series], pl.Series]


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
    _check_names(raw, spec, faults)
    columns: dict[str, Array] = {}
    suppressed: dict[str, NDArray[np.bool_]] = {}
    for column in spec.columns:
        reader = _Reader(raw, column, faults)
        cells = raw.cells.get_column(column.name, default=None)
        if cells is None:
            columns[column.name] = _absent(column, len(raw.rows))
            continue
        if rewrite and column.name in rewrite:
            cells = rewrite[column.name](cells)
        reader.blanks(cells)
        if column.kind in ("number", "count"):
            columns[column.name], stars = reader.numbers(cells)
            if stars is not None:
                suppressed[column.name] = stars
        else:
            columns[column.name] = reader.words(cells, ids)
    _check_key(raw, spec, faults, rewrite or {})
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

    The first `LISTED` are described; the last of these counts the rest.
    """
    entries = np.flatnonzero(at)
    for i, entry in enumerate(entries[:LISTED]):
        more = max(len(entries) - LISTED, 0) if i == LISTED - 1 else 0
        found, expected, mend = describe(int(entry))
        faults.append(Fault(file, int(rows[entry]), column, found, expected, mend, severity, more=more))


def _check_names(raw: RawTable, spec: TableSpec, faults: list[Fault]) -> None:
    """Columns that are missing are errors, columns that nothing reads are told."""
    declared = {c.name for c in spec.columns}
    extra = [name for name in raw.written if name not in declared]
    missing = [c.name for c in spec.columns if c.required and c.name not in raw.written]
    for name in missing:
        near = nearest(name, extra)
        mend = f"Did you mean {raw.written[near]}? Rename it to {name}." if near else "Add it."
        found = f"no such column among {', '.join(raw.written[n] for n in list(raw.written)[:12])}"
        faults.append(Fault(raw.file, 1, name, found, f"a column {name}", mend))
    optional = declared - set(raw.written)
    for name in extra:
        if nearest(name, missing):
            continue
        near = nearest(name, optional)
        mend = f"Did you mean {near}? " if near else ""
        found = "a column that is not read"
        expected = f"{one_of([c.name for c in spec.columns], most=30)}"
        faults.append(Fault(raw.file, 1, raw.written[name], found, expected, f"{mend}It is left out.", "warning"))


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
        mask = at.fill_null(False).to_numpy()
        report(self.faults, self.raw.file, self.raw.rows, mask, self.column.name, describe)

    def blanks(self, cells: pl.Series) -> None:
        """A blank cell where the column needs one filled."""
        if not self.column.required or self.column.blank or self.column.default is not None:
            return
        expected = self._expected()
        self.tell(cells.is_null(), lambda _: ("nothing", expected, "Fill the cell, or delete the row."))

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
        grouped = rf"^-?{pound}\d{{1,3}}(,\d{{3}})+(\.\d+)?$|^-?{pound}\d+(\.\d+)?$"
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
                lambda i: (quoted(cells[i]), expected, suggestion(cells[i], column.choices)),
            )
            cells = chosen
        elif column.kind == "ref" and column.refers_to in ids:
            self._refs(cells, ids[column.refers_to])
        return as_objects(cells.fill_null(str(column.default) if column.default is not None else ""))

    def _refs(self, cells: pl.Series, known: Collection[str]) -> None:
        table = self.column.refers_to.partition(".")[0]
        expected = f"an id from the table {table}"
        unknown = cells.is_not_null() & ~cells.is_in(list(known))
        self.tell(unknown, lambda i: (quoted(cells[i]), expected, suggestion(cells[i], known) or f"Add it to {table}."))


def as_objects(cells: pl.Series) -> Array:
    """Text as an array of str, with one object for each different text: a long column repeats few ids."""
    codes, distinct = _codes(cells)
    objects = np.array([*distinct, None], dtype=object)[:-1]
    return np.asarray(objects[codes])


def _codes(cells: pl.Series) -> tuple[Ints, list[str]]:
    """Every text as its number in the list of different texts."""
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
        shown = ", ".join(named[n][entry] for n in key)
        return f"{quoted(shown)} again", "each only once", f"It already stands in row {first:,}."

    report(faults, raw.file, raw.rows, again.to_numpy(), ", ".join(key), describe)


def _why_out(value: float | None, column: Column) -> str:
    """A hint for a number outside its bounds."""
    if value is not None and column.unit == "share" and 1 < value <= 100:
        return f"Did you mean {value:g}%?"
    if value is not None and value < 0 and column.low == 0:
        return "It cannot be negative."
    return ""
