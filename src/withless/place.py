"""A place: its areas, its people, its calendar, and one generic table of columns for each thing a service declares."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .units import UNITS

AGE_BANDS = ("0-15", "16-24", "25-64", "65-74", "75-84", "85+")
QUINTILES = ("most deprived fifth", "second fifth", "middle fifth", "fourth fifth", "least deprived fifth")
GROUPS = tuple((quintile, age) for quintile in range(5) for age in AGE_BANDS)
"""Groups in order: deprivation quintile (0 the most deprived) x age band; group index = 6 x quintile + age."""

Array = NDArray[np.generic]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Column:
    """What one column of a table holds.

    `kind` is text | id | number | count (`*` = 1 to 4 allowed) | choice | ref (an id of `refers_to`, "table.column").
    `low` and `high` bound numbers, in `unit`. A blank number is NaN where `required` is False, and `default` if given.
    """

    name: str
    kind: str
    meaning: str
    unit: str = "ratio"
    low: float = -np.inf
    high: float = np.inf
    required: bool = True
    default: float | str | None = None
    blank: bool = False
    """A required column in which single cells may be left blank."""
    choices: tuple[str, ...] = ()
    refers_to: str = ""

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise ValueError(f"column {self.name}: there is no unit {self.unit!r}")


@dataclass(frozen=True)
class TableSpec:
    """A table that a service reads: its columns, its key columns (no two rows alike), whether it must be given."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    required: bool = True


@dataclass(frozen=True)
class Table:
    """Columns of equal length, read-only: numbers as float64 (blank = NaN), words as str objects.

    `suppressed[column]` marks the cells that were `*` (1 to 4 people): the column itself holds NaN there.
    """

    name: str
    columns: Mapping[str, Array]
    suppressed: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lengths = {name: len(column) for name, column in self.columns.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"table {self.name}: columns of different lengths {lengths}")
        for column in (*self.columns.values(), *self.suppressed.values()):
            column.setflags(write=False)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def __contains__(self, column: str) -> bool:
        return column in self.columns

    def numbers(self, column: str) -> Floats:
        """A number column, float64[row]; raises KeyError naming the table's columns."""
        return np.asarray(self._column(column), dtype=np.float64)

    def words(self, column: str) -> tuple[str, ...]:
        """A word column, one str a row."""
        if column not in self._words:
            self._words[column] = tuple(str(word) for word in self._column(column))
        return self._words[column]

    @cached_property
    def _words(self) -> dict[str, tuple[str, ...]]:
        """Word columns already read, because services ask for the same ones again and again."""
        return {}

    def _column(self, column: str) -> Array:
        if column not in self.columns:
            raise KeyError(f"table {self.name} has no column {column!r}; it has {', '.join(self.columns)}")
        return self.columns[column]


@dataclass(frozen=True)
class Calendar:
    """Quarters from `year`-`month`; results are read by financial year (April to March)."""

    year: int
    month: int
    quarters: int

    def __post_init__(self) -> None:
        if self.month not in (1, 4, 7, 10):
            raise ValueError(f"a calendar starts in January, April, July or October, not in month {self.month}")
        if self.quarters < 1:
            raise ValueError(f"a calendar has at least one quarter, not {self.quarters}")

    def offset(self, year: int, month: int, day: int = 1) -> float:
        """Quarters from the start of the calendar to a date; below 0 before it, above `quarters` after it."""
        return ((year - self.year) * 12 + (month - self.month) + (day - 1) / 31) / 3

    @cached_property
    def years(self) -> tuple[str, ...]:
        """Financial years touched, in order, such as `2026-27`."""
        return tuple(dict.fromkeys(self._labels))

    @cached_property
    def year_of(self) -> NDArray[np.int64]:
        """Index into `years` of every quarter: int[quarter]."""
        return np.array([self.years.index(label) for label in self._labels], dtype=np.int64)

    @cached_property
    def year_starts(self) -> NDArray[np.int64]:
        """The first quarter of every year: int[year]."""
        return np.searchsorted(self.year_of, np.arange(len(self.years)))

    @cached_property
    def whole_years(self) -> tuple[str, ...]:
        """The financial years of which all four quarters lie in the calendar."""
        counts = np.bincount(self.year_of, minlength=len(self.years))
        return tuple(label for label, n in zip(self.years, counts, strict=True) if n == 4)

    @cached_property
    def quarter_labels(self) -> tuple[str, ...]:
        """The first month of every quarter, `2026-04`."""
        return tuple(f"{y}-{m:02d}" for y, m in self._months)

    @cached_property
    def _months(self) -> tuple[tuple[int, int], ...]:
        months = [self.year * 12 + self.month - 1 + 3 * q for q in range(self.quarters)]
        return tuple((m // 12, m % 12 + 1) for m in months)

    @cached_property
    def _labels(self) -> tuple[str, ...]:
        return tuple(financial_year(year, month) for year, month in self._months)


def financial_year(year: int, month: int) -> str:
    """The financial year (April to March) that holds a month: `financial_year(2027, 1)` is `2026-27`."""
    first = year if month >= 4 else year - 1
    return f"{first}-{(first + 1) % 100:02d}"


@dataclass(frozen=True)
class Areas:
    """Small areas, one entry each: coordinates in kilometres on a flat grid, deprivation, and who lives there.

    `people[area, age_band]`; `outside` marks the rim, whose people choose and are chosen from but are not ours.
    `no_car_share` is NaN where the place does not give it.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    x_km: Floats
    y_km: Floats
    decile: NDArray[np.int64]
    people: Floats
    outside: NDArray[np.bool_]
    urban: Floats
    """1 in a city or town, 0.5 in a small town, 0 in the country; NaN where not given."""
    no_car_share: Floats
    districts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("x_km", "y_km", "decile", "people", "outside", "urban", "no_car_share"):
            getattr(self, name).setflags(write=False)

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def quintile(self) -> NDArray[np.int64]:
        """Deprivation quintile of every area, 0 the most deprived: int[area]."""
        return (self.decile - 1) // 2

    @cached_property
    def index(self) -> dict[str, int]:
        """Row of every area id."""
        return {area: row for row, area in enumerate(self.ids)}


@dataclass(frozen=True)
class Instance:
    """One named service of a place: which kind models it, who pays, its net budget and its tables."""

    name: str
    kind: str
    title: str
    payer: str
    budget: float
    """Net pounds a year; NaN where the place does not give it."""
    tables: Mapping[str, Table]
    pool_share: float = 0.0
    """Its share of the place's volunteers' hours; over all instances they sum to at most 1."""
    options: Mapping[str, object] = field(default_factory=dict)

    @cached_property
    def fingerprint(self) -> str:
        """BLAKE2b of the instance and its tables, 32 hexadecimal digits."""
        digest = hashlib.blake2b(digest_size=16)
        scalars = (self.name, self.kind, self.payer, self.budget, self.pool_share)
        digest.update(repr((scalars, sorted(self.options.items(), key=str))).encode())
        for part in _table_parts(self.tables):
            digest.update(part)
        return digest.hexdigest()


@dataclass(frozen=True)
class Place:
    """A place under study; see `files.read_place` for the folder it is read from.

    `overrides` are assumptions the place replaces, {name: fields}; `fingerprint` changes when any input does.
    """

    name: str
    invented: bool
    calendar: Calendar
    prices: str
    areas: Areas
    instances: Mapping[str, Instance]
    overrides: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    raw_coordinates: str = "bng"
    tables: Mapping[str, Table] = field(default_factory=dict)
    """Tables of the place as a whole: `reserves` and `gap` (see `finances`), where it has them."""

    def __post_init__(self) -> None:
        total = sum(instance.pool_share for instance in self.instances.values())
        if total > 1 + 1e-9:
            raise ValueError(f"volunteer_share adds up to {total:.2f} over the services; at most 1 is there to share")

    @cached_property
    def fingerprint(self) -> str:
        """BLAKE2b of everything that a result depends on, 32 hexadecimal digits."""
        digest = hashlib.blake2b(digest_size=16)
        for part in _parts(self):
            digest.update(part)
        return digest.hexdigest()


def by_group(place: Place, values: Floats) -> Floats:
    """Sum `values[area, age_band]` over the areas inside into `float[group]`."""
    inside = ~place.areas.outside
    totals = np.zeros((5, len(AGE_BANDS)))
    np.add.at(totals, place.areas.quintile[inside], values[inside])
    return totals.reshape(-1)


def _table_parts(tables: Mapping[str, Table]) -> Iterator[bytes]:
    """The bytes of tables in a fixed order."""
    for name, table in sorted(tables.items()):
        for column in sorted(table.columns):
            values = table.columns[column]
            data = values.tobytes() if values.dtype != object else repr(values.tolist()).encode()
            yield f"{name}.{column}".encode() + data
        for column, mask in sorted(table.suppressed.items()):
            yield column.encode() + mask.tobytes()


def _parts(place: Place) -> list[bytes]:
    """The bytes of a place in a fixed order, each led by its name."""
    areas = place.areas
    parts = [repr((place.name, place.invented, place.calendar, place.prices, areas.ids)).encode()]
    arrays = (areas.x_km, areas.y_km, areas.decile, areas.people, areas.outside, areas.urban, areas.no_car_share)
    parts += [np.ascontiguousarray(a).tobytes() for a in arrays]
    for name, instance in sorted(place.instances.items()):
        parts.append(instance.fingerprint.encode() + name.encode())
    parts.append(repr(sorted((k, sorted(v.items(), key=str)) for k, v in place.overrides.items())).encode())
    return [*parts, *_table_parts(place.tables)]
