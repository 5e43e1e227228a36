"""What an official file is, and whether a table read from one is whole: the right one, of the right year, all of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl

from ..files import Fault
from ..files.faults import quoted, suggestion

OGL = "Open Government Licence v3.0"
STAR = "*"
"""What stands for 1 to 4 people in a count that is held back."""


@dataclass(frozen=True)
class Published:
    """One file: its name, the folder it may lie in, its title, publisher and year, and what is known of its inside.

    `page` is where the publisher has it, or words to look for it. `rows` is how many the published file has at least.
    `numbers` are columns of numbers with their lowest and highest; `codes` are columns whose values begin so. `key` are
    columns no two rows share. `total` is a column and its sum (stars left out), by which another year's file is known.
    """

    name: str
    folder: str
    title: str
    publisher: str
    year: str
    columns: tuple[str, ...]
    trap: str = ""
    page: str = ""
    licence: str = OGL
    rows: int = 1
    numbers: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    total: tuple[str, float] | None = None

    @property
    def source(self) -> str:
        """Where to get it, as a sentence that ends a fault."""
        at = f" at {self.page}" if self.page.startswith("http") else ""
        return f"It is published as: {self.title} ({self.publisher}, {self.year}){at}."

    def fault(self, row: int | None, column: str, found: str, expected: str, mend: str = "") -> Fault:
        """Something wrong with it; says where to get it where there is nothing better to say."""
        return Fault(self.name, row, column, found, expected, mend or self.source)


def problems(table: pl.DataFrame, file: Published, others: Iterable[Published]) -> list[Fault]:
    """Everything that shows a table not to be this file, whole; columns first, since the rest hangs on them."""
    absent = [c for c in file.columns if c not in table.columns]
    if absent:
        return list(_columns(table, file, absent, others))
    if not len(table):
        return [file.fault(None, "", "no rows", "the whole file")]
    return [*_whole(table, file), *_codes(table, file), *_numbers(table, file), *_twice(table, file)] or list(
        _year(table, file, others)
    )


def _columns(table: pl.DataFrame, file: Published, absent: list[str], others: Iterable[Published]) -> Iterator[Fault]:
    """Columns that are not there: another file by its columns, or one renamed."""
    alike = [o for o in others if o.name != file.name and len(o.columns) > 1 and set(o.columns) <= set(table.columns)]
    if alike:
        found = f"what looks like {alike[0].title} ({alike[0].year})"
        yield file.fault(1, "", found, f"{file.title} ({file.year})")
        return
    for column in absent:
        found = f"no such column; it has {', '.join(table.columns[:6])}..."
        yield file.fault(
            1, column, found, "the column", " ".join(filter(None, (suggestion(column, table.columns), file.source)))
        )


def _whole(table: pl.DataFrame, file: Published) -> Iterator[Fault]:
    """Fewer rows than were published, or a last row that breaks off."""
    if len(table) < file.rows:
        found = f"{len(table):,} rows"
        yield file.fault(None, "", found, f"at least {file.rows:,}: is this half of the file?")
        return
    last = [c for c in file.columns if table[c][-1] is None and table[c].null_count() == 1]
    if last and len(table) > 1:
        found = "nothing, in the last row alone"
        yield file.fault(len(table) + 1, last[0], found, "a whole row: was the file cut off?")


def _codes(table: pl.DataFrame, file: Published) -> Iterator[Fault]:
    """Codes of another kind of area."""
    for column, start in file.codes.items():
        wrong = ~table[column].str.contains(start).fill_null(value=False)
        for row in wrong.arg_true().head(1).to_list():
            others = int(wrong.sum()) - 1
            found = quoted(table[column][row]) + (f", and {others:,} more such" if others else "")
            yield file.fault(row + 2, column, found, "a code of its kind")


def _numbers(table: pl.DataFrame, file: Published) -> Iterator[Fault]:
    """Cells that are no number, or one that cannot be."""
    for column, (low, high) in file.numbers.items():
        value = as_number(table[column])
        held_back = table[column].str.strip_chars() == STAR
        wrong = ~(value.is_between(low, high).fill_null(value=False) | held_back.fill_null(value=False))
        rows = wrong.arg_true()
        for row in rows.head(3).to_list():
            most = f"to {high:,g}" if high < 1e9 else "or more"
            yield file.fault(
                row + 2,
                column,
                quoted(table[column][row]),
                f"a number of {low:g} {most}",
                f"{len(rows):,} cells of {len(table):,} are like this." if len(rows) > 3 else "",
            )


def _twice(table: pl.DataFrame, file: Published) -> Iterator[Fault]:
    """Rows that stand twice, and would count twice."""
    if not file.key:
        return
    again = ~pl.struct(*file.key).is_first_distinct()
    rows = table.select(again.alias("again"))["again"].arg_true()
    if len(rows):
        what = quoted(", ".join(str(table[c][rows[0]]) for c in file.key))
        found = f"{what} for the second time ({len(rows):,} rows in all are doubled)"
        yield file.fault(rows[0] + 2, file.key[0], found, "each once")


def _year(table: pl.DataFrame, file: Published, others: Iterable[Published]) -> Iterator[Fault]:
    """A file whose sum is that of another year."""
    if file.total is None:
        return
    column, total = file.total
    here = float(as_number(table[column]).sum())
    if abs(here - total) <= 1e-3 * total and (abs(here - total) < 1 or not _sum_of(here, column, others)):
        return
    alike = _sum_of(here, column, others)
    found = f"a sum of {here:,.0f}" + (f", that of {alike.title} ({alike.year})" if alike else "")
    yield file.fault(None, column, found, f"{total:,.0f}, that of {file.year}")


def _sum_of(sum_found: float, column: str, others: Iterable[Published]) -> Published | None:
    """The file that is known to have this sum."""
    return next((o for o in others if o.total and o.total[0] == column and abs(o.total[1] - sum_found) < 1), None)


def as_number(column: pl.Series) -> pl.Series:
    """A text column as numbers; thousands may be set off by commas; null where a cell is none, a star among them."""
    return column.str.strip_chars().str.replace_all(",", "").cast(pl.Float64, strict=False)
