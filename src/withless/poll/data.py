"""Answers read from a file: CSV, Excel, Parquet, SPSS (.sav) or Stata (.dta), with labels and user-missing values kept.

Every column becomes codes into a short list of values as text, so that `1`, `1.0` and `"1"` are one answer whatever the
file. Parquet, SPSS and Stata are read a column at a time: memory holds one question, not the file.
"""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from ..files.faults import Fault, Faults, has_errors, one_of, quoted, suggestion
from ..files.tables import plain_name, read_table
from ..writing import reads
from .cells import BLANKS, plain_code
from .headers import HEAD, names_below
from .residuals import Floats, Ints
from .stream import lay_down, streams

ENDINGS = (".csv", ".csv.gz", ".tsv", ".txt", ".xlsx", ".parquet", ".sav", ".zsav", ".dta")
_NARROW = 127  # answers of a column that is held once read
_HELD = 1 << 26  # cells that are held, a byte each
NEEDS = "pip install 'withless[poll]' brings the reader of SPSS and Stata files."


@dataclass(frozen=True)
class Variable:
    """A column: `codes[unit]` into `values` (-1 = blank), labels by value, and the values that stand for no answer."""

    name: str
    title: str
    codes: Ints
    values: tuple[str, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    blanks: int = 0
    """Cells that hold a word for nothing, such as R's NA, and were taken for blank."""

    def label(self, value: str) -> str:
        """What a value stands for."""
        return self.labels.get(value, value)

    def numbers(self) -> Floats:
        """The column as numbers, NaN where blank or no number."""
        read = np.array([*map(_number, self.values), np.nan])
        return np.asarray(read[self.codes])


@dataclass(frozen=True)
class Data:
    """A file of answers: how many rows, its columns by plain name, how one is read, and rows as a spreadsheet shows them.

    `numbers` is None where a file has no header row: entry 0 is then row 1.
    """

    file: str
    rows: int
    names: tuple[str, ...]
    read: Callable[[str], Variable]
    numbers: Ints | None = None
    held: dict[str, Variable] = field(default_factory=dict, repr=False)

    def row(self, entry: int) -> int:
        """The row that the user's program shows."""
        return entry + 1 if self.numbers is None else int(self.numbers[entry])

    def __contains__(self, name: str) -> bool:
        return plain_name(name) in self.names

    def variable(self, name: str) -> Variable:
        """One column; the first ones read are held in few bytes, so that they need not be read again."""
        plain = plain_name(name)
        if plain not in self.held:
            v = self.read(plain)
            if len(v.values) > _NARROW or (len(self.held) + 1) * self.rows > _HELD:
                return v
            self.held[plain] = replace(v, codes=v.codes.astype(np.int8))
        v = self.held[plain]
        return replace(v, codes=v.codes.astype(np.int64))

    def fault(self, name: str, expected: str = "a column of the file") -> Fault:
        """What to say of a column that is not there."""
        return Fault(self.file, None, name, "no such column", expected, suggestion(plain_name(name), self.names))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def as_text(value: Any) -> str:
    """A value as text: whole numbers without a point."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def open_data(path: Path, kept: Collection[str] = (), header_rows: int = 0) -> tuple[Data, list[Fault]]:
    """A file of answers and warnings about it; raises `Faults`.

    `kept` are words that are answers here, though they look like words for nothing (such as NA). `header_rows` is how many
    rows of names stand above the answers; 0 finds out.
    """
    faults: list[Fault] = []
    name = path.name.lower()
    if not name.endswith(ENDINGS):
        faults.append(
            Fault(path.name, None, "", "a file of another kind", one_of(ENDINGS), "Export it as one of these.")
        )
    elif not path.is_file():
        faults.append(Fault(path.name, None, "", "no such file", "a file of answers", "Check its name and folder."))
    if faults:
        raise Faults(faults)
    reads(path)
    blank = BLANKS - set(kept)
    if name.endswith((".sav", ".zsav", ".dta")):
        data = _labelled(path, blank, faults)
    elif name.endswith(".parquet"):
        data = _parquet(path, blank, faults)
    else:
        data = _table(path, blank, header_rows, faults)
        faults = [_left_out(f) for f in faults]
    if data is None or has_errors(faults):
        raise Faults(faults)
    return data, faults


def _left_out(fault: Fault) -> Fault:
    """Columns without a name are no question's: left out, and told."""
    if fault.found != "cells without a name above them":
        return fault
    mend = "The column was left out. R and pandas write one with the numbers of rows; name it if it holds answers."
    return replace(fault, severity="warning", mend=mend)


def _table(path: Path, blank: Collection[str], header_rows: int, faults: list[Fault]) -> Data | None:
    if streams(path):
        return _streamed(path, blank, header_rows, faults)
    raw = read_table(path, path.name, faults)
    if raw is None:
        return None
    above = names_below(path.name, raw.cells.head(HEAD), raw.written, raw.rows, header_rows, faults)
    if above.rows >= len(raw.cells):
        faults.append(Fault(path.name, None, "", "rows of names and no answers", "at least one answer"))
        return None
    cells = raw.cells.slice(above.rows)

    def read(name: str) -> Variable:
        return coded(name, above.titles.get(name, raw.written.get(name, name)), cells[name], blank)

    return Data(path.name, len(cells), tuple(cells.columns), read, raw.rows[above.rows :])


def _streamed(path: Path, blank: Collection[str], header_rows: int, faults: list[Fault]) -> Data | None:
    laid = lay_down(path, faults)
    if laid is None:
        return None
    above = names_below(path.name, laid.head(HEAD), laid.written, laid.rows, header_rows, faults)

    def read(name: str) -> Variable:
        return coded(name, above.titles.get(name, laid.written[name]), laid.column(name).slice(above.rows), blank)

    data = Data(path.name, len(laid.rows) - above.rows, tuple(laid.written), read, laid.rows[above.rows :])
    laid.kept_for(data)
    return data


def _parquet(path: Path, blank: Collection[str], faults: list[Fault]) -> Data | None:
    try:
        lazy = pl.scan_parquet(path)
        written = {plain_name(n): n for n in lazy.collect_schema().names()}
        rows = int(lazy.select(pl.len()).collect().item())
    except (pl.exceptions.PolarsError, OSError):
        faults.append(Fault(path.name, None, "", "a file that is no Parquet, or a damaged one", "Parquet"))
        return None
    if rows == 0:
        faults.append(Fault(path.name, None, "", "no rows", "at least one answer"))
        return None

    def read(name: str) -> Variable:
        return coded(name, written[name], lazy.select(written[name]).collect().to_series(), blank)

    return Data(path.name, rows, tuple(written), read)


def _labelled(path: Path, blank: Collection[str], faults: list[Fault]) -> Data | None:
    """SPSS or Stata by pyreadstat."""
    try:
        import pyreadstat
    except ImportError:
        faults.append(Fault(path.name, None, "", "an SPSS or Stata file", "CSV or Parquet", NEEDS))
        return None
    reader = pyreadstat.read_dta if path.name.lower().endswith(".dta") else pyreadstat.read_sav
    try:
        _, meta = reader(path, metadataonly=True, user_missing=True, output_format="polars")
        first = reader(path, usecols=meta.column_names[:1], user_missing=True, output_format="polars")[0]
    except (pyreadstat.ReadstatError, OSError, UnicodeError):
        faults.append(Fault(path.name, None, "", "a damaged file, or one of another kind", "SPSS or Stata"))
        return None
    if len(first) == 0:
        faults.append(Fault(path.name, None, "", "no rows", "at least one answer"))
        return None
    written = {plain_name(n): n for n in meta.column_names}
    titles = dict(zip(meta.column_names, meta.column_labels, strict=True))

    def read(name: str) -> Variable:
        own = written[name]
        column = reader(path, usecols=[own], user_missing=True, output_format="polars")[0].to_series()
        labels = {as_text(k): str(v) for k, v in meta.variable_value_labels.get(own, {}).items()}
        found = coded(name, titles[own] or own, column, blank)
        return replace(found, labels=labels, missing=_missing(meta, own, found.values))

    return Data(path.name, len(first), tuple(written), read)


def _missing(meta: Any, name: str, values: tuple[str, ...]) -> frozenset[str]:
    """Values that the file itself marks as no answer: ranges (SPSS) and letters (Stata)."""
    ranges = meta.missing_ranges.get(name, [])
    numbers = {v: _number(v) for v in values}
    inside = {
        v
        for v, x in numbers.items()
        for r in ranges
        if (isinstance(r["lo"], str) and v == r["lo"]) or (not isinstance(r["lo"], str) and r["lo"] <= x <= r["hi"])
    }
    return frozenset(inside | {as_text(v) for v in meta.missing_user_values.get(name, [])})


def coded(name: str, title: str, column: pl.Series, blank: Collection[str] = BLANKS) -> Variable:
    """A column as codes: numbers in their order, text in the alphabet's; words in `blank` are no answer."""
    distinct = column.drop_nulls().unique()
    if column.dtype.is_float():
        distinct = distinct.filter(~distinct.is_nan())
    pairs = [(plain_code(as_text(v)), v) for v in distinct.to_list()]
    nothing = [v for t, v in pairs if t in blank]
    texts = sorted({t for t, _ in pairs if t and t not in blank}, key=in_order)
    place = {t: i for i, t in enumerate(texts)}
    old = pl.Series(distinct.name, [v for _, v in pairs], dtype=column.dtype)
    new = pl.Series("code", [place.get(t, -1) for t, _ in pairs], dtype=pl.Int64)
    filled = (
        column.replace_strict(old, new, default=-1, return_dtype=pl.Int64)
        if pairs
        else pl.repeat(-1, len(column), eager=True)
    )
    blanks = int(column.is_in(pl.Series(distinct.name, nothing, dtype=column.dtype)).sum()) if nothing else 0
    return Variable(name, title, filled.fill_null(-1).to_numpy().astype(np.int64), tuple(texts), blanks=blanks)


def in_order(text: str) -> tuple[bool, float, str]:
    """Sorts answers: numbers by size, then text by the alphabet."""
    number = _number(text)
    return (math.isnan(number), 0.0 if math.isnan(number) else number, text)


def sav_bytes(file: str, variables: list[Variable], numbers: Mapping[str, Floats], note: str = "") -> bytes:
    """Columns as the content of an SPSS file, with labels and user-missing values; `numbers` are more of them, as weights."""
    try:
        import pyreadstat
    except ImportError:
        raise Faults([Fault(file, None, "", "an SPSS file asked for", "its writer", NEEDS)]) from None
    frame: dict[str, Any] = {}
    labels: dict[str, dict[Any, str]] = {}
    missing: dict[str, list[Any]] = {}
    for v in variables:
        read = np.array([*map(_number, v.values), np.nan])
        numeric = not np.isnan(read[:-1]).any()
        cells = read[v.codes] if numeric else np.array([*v.values, ""], dtype=object)[v.codes]
        frame[v.name] = pl.Series(v.name, cells, nan_to_null=True) if numeric else pl.Series(v.name, list(cells))
        as_value: Callable[[str], Any] = _number if numeric else str
        labels[v.name] = {as_value(k): t for k, t in v.labels.items()}
        missing[v.name] = _as_ranges(v, as_value, file)
    frame |= {name: pl.Series(name, column) for name, column in numbers.items()}

    def write(draft: Path) -> None:
        pyreadstat.write_sav(
            pl.DataFrame(frame),
            draft,
            file_label=note[:64],
            column_labels=[*(v.title for v in variables), *numbers],
            variable_value_labels={k: v for k, v in labels.items() if v},
            missing_ranges={k: v for k, v in missing.items() if v},
        )

    return _made(write)


def _made(write: Callable[[Path], None]) -> bytes:
    """What `write` puts into a file, by way of one in memory where the system has such, else of a short-lived one."""
    if hasattr(os, "memfd_create"):
        handle = os.memfd_create("withless")
        with os.fdopen(handle, "rb") as file:
            write(Path(f"/proc/self/fd/{handle}"))
            file.seek(0)
            return file.read()
    with tempfile.TemporaryDirectory(prefix="withless-") as folder:
        draft = Path(folder) / "made.sav"
        write(draft)
        return draft.read_bytes()


def _as_ranges(v: Variable, as_value: Callable[[str], Any], file: str) -> list[Any]:
    """Missing values as SPSS holds them: three at most, or one range that no answer lies in."""
    values = sorted(as_value(m) for m in v.missing)
    if len(values) <= 3:
        return values
    inside = [x for x in v.values if x not in v.missing and values[0] <= as_value(x) <= values[-1]]
    if isinstance(values[0], str) or inside:
        mend = "Give values that are no answer codes of their own, side by side, such as 97 to 99."
        raise Faults([Fault(file, None, v.name, f"{len(values)} missing values", "three, or a range", mend)])
    return [{"lo": values[0], "hi": values[-1]}]


def shown(value: str) -> str:
    """A value as a message repeats it."""
    return quoted(value)
