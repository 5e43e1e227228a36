"""Tables of a service by themselves: a folder of data without a place, for commands that need no more."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from ..place import Table, TableSpec
from .columns import check_columns
from .faults import Fault, Faults, has_errors, in_order
from .header import wanted_by
from .tables import read_table

ENDINGS = (".csv", ".csv.gz", ".xlsx", ".ods")


def read_folder(folder: Path, specs: Sequence[TableSpec]) -> tuple[Mapping[str, Table], list[Fault]]:
    """The tables that a service declares, from files of their names (bands.csv), with warnings.

    Raises `Faults`, with everything that is wrong in any of them; a table that is not required may be missing.
    """
    faults: list[Fault] = []
    found: dict[str, Table] = {}
    ids: dict[str, Collection[str]] = {}
    for spec in specs:
        path = next((p for e in ENDINGS if (p := folder / f"{spec.name}{e}").is_file()), None)
        if path is None:
            if spec.required:
                mend = "The commands of withless import make such tables from official files."
                where = folder.name or str(folder)
                faults.append(Fault(f"{spec.name}.csv", None, "", f"no such file in {where}", spec.meaning, mend))
            continue
        raw = read_table(path, path.name, faults, wanted_by(spec))
        if raw is None:
            continue
        found[spec.name] = check_columns(raw, spec, ids, faults).table
    if has_errors(faults):
        raise Faults(faults)
    return found, in_order(faults)
