"""`withless trace`: one measure followed from the plan to the verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .console import MISUSE, read_plan, say, stop, told

EPILOG = "\b\nExample:\n  withless trace plan.yaml close-two"


@told
def trace(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="The plan's YAML file.")],
    measure: Annotated[str, typer.Argument(metavar="MEASURE", help="The id of one of its measures.")],
    seed: Annotated[int, typer.Option(min=0, help="Another seed draws other values.")] = 1,
) -> None:
    """Follow one measure by hand, from the plan to the word of the verdict.

    How it is carried out, the levers, people and costs, standard costs, each line of the ledger and the tolerance, in three
    of the first 64 draws. The measure is followed by itself, carried out as it is beside the rest of the plan.
    """
    from .. import api

    try:
        text = api.trace(read_plan(plan), measure, seed)
    except KeyError as e:
        stop(str(e.args[0]), MISUSE)
    say(text, nl=False)
