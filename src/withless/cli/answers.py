"""How a command hands over what it found: text on the screen, or a table as CSV and everything as JSON in files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .console import hand_over, say, writable

if TYPE_CHECKING:
    from ..service import Shown

PlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="The plan's YAML file; it names its place.")]
DrawCount = Annotated[int, typer.Option("--draws", min=1, help="Runs with other values for what is uncertain.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Another seed draws other values.")]
CsvFile = Annotated[
    str | None, typer.Option("--csv", metavar="FILE|-", help="Write its table as CSV; - for standard output.")
]
JsonFile = Annotated[
    str | None, typer.Option("--json", metavar="FILE|-", help="Write it as JSON; - for standard output.")
]
Force = Annotated[bool, typer.Option("--force", help="Write over files that withless did not write.")]


def claim(csv: str | None, json: str | None) -> None:
    """Leave before any work where a result could not be written."""
    writable(json=json, csv_file=csv)


def answer(found: Shown, csv: str | None, json: str | None) -> None:
    """Print what was found, or hand it over as a file or on standard output."""
    from .. import api
    from ..writing import write_whole

    made = {"csv": lambda: api.as_csv(found.rows), "json": lambda: api.as_json(dict(found.data))}
    targets = {"csv": csv, "json": json}
    if "-" not in targets.values():
        say(found.text, nl=False)
    for form, target in targets.items():
        if target == "-":
            hand_over(made[form]())
        elif target is not None:
            write_whole(Path(target), made[form](), sort="json" if form == "json" else "")
            say(f"Written: {target}", err="-" in targets.values())
