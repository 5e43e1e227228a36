"""`withless compare`: two plans, or two versions of a place."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .answers import CsvFile, DrawCount, Force, JsonFile, Seed, answer, claim
from .console import MISUSE, progress_bar, shown, stop, told

EPILOG = "\b\nExamples:\n  withless compare plan.yaml milder.yaml\n  withless compare northshire-2026 northshire-2027"


@told
def compare(
    first: Annotated[Path, typer.Argument(metavar="A", help="A plan's YAML file, or a place's folder.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="The other, of the same sort.")],
    draws: DrawCount = 256,
    seed: Seed = 1,
    csv: CsvFile = None,
    json: JsonFile = None,
    force: Force = False,  # noqa: ARG001  # the door of the run knows of it
) -> None:
    """Say what differs between two plans, or two versions of a place, by how much, and why.

    Measures, tables, budgets, assumptions: each difference is listed, and put into the first by itself on the same draws.
    """
    claim(csv, json)
    from .. import api
    from ..compare import NotComparable
    from ..plan import Plan

    given = api.read(first), api.read(second)
    if isinstance(given[0], Plan) != isinstance(given[1], Plan):
        stop(f"{shown(first)} and {shown(second)} are a plan and a place: give two plans, or two places.", MISUSE)
    names = (first.stem, second.stem) if first.stem != second.stem else ("the first", "the second")
    try:
        with progress_bar(False, "Comparing") as progress:
            found = api.compare(given[0], given[1], draws, seed, names, progress)
    except NotComparable as e:
        stop(str(e), MISUSE)
    answer(found, csv, json)
