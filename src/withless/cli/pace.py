"""`withless pace`: the same plan faster or slower. `withless runway`: how long reserves last at each pace."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from .answers import CsvFile, DrawCount, Force, JsonFile, PlanFile, Seed, answer, claim
from .console import FAULTS, MISUSE, progress_bar, read_plan, stop, told, with_measures

PACE_EPILOG = "\b\nExamples:\n  withless pace plan.yaml\n  withless pace plan.yaml --years 2..4 --learn 100"
RUNWAY_EPILOG = "\b\nExample:\n  withless runway plan.yaml --years 1,3,6"
MOST_YEARS = 10

Years = Annotated[
    str, typer.Option(metavar="A..B|A,B", help="Paces: years from the first start to the last completion.")
]


@told
def pace(
    plan: PlanFile,
    years: Years = "1..6",
    learn: Annotated[
        float | None,
        typer.Option(
            metavar="PENCE", min=0, help="Stop what seems to take away more than so much service for a pound saved."
        ),
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="With --learn: what was begun is put back as well.")] = False,
    draws: DrawCount = 256,
    seed: Seed = 1,
    csv: CsvFile = None,
    json: JsonFile = None,
    force: Force = False,  # noqa: ARG001  # the door of the run knows of it
) -> None:
    """Say what the same plan does faster or slower.

    What is saved year by year, costs once, service taken away in pounds and in years of people, net present value, the chance
    to miss the target, and in one sentence whether faster is worse for this plan.
    """
    claim(csv, json)
    asked = _years(years)
    if undo and learn is None:
        stop("--undo goes with --learn: say from what harm on, such as --learn 100 --undo.", MISUSE)
    from .. import api

    given = with_measures(read_plan(plan))
    with progress_bar(False, "Trying paces") as progress:
        found = api.pace(given, asked, draws, seed, None if learn is None else learn / 100, undo, progress)
    answer(found, csv, json)


@told
def runway(
    plan: PlanFile,
    years: Years = "1..6",
    draws: DrawCount = 256,
    seed: Seed = 1,
    csv: CsvFile = None,
    json: JsonFile = None,
    force: Force = False,  # noqa: ARG001  # the door of the run knows of it
) -> None:
    """Say when reserves fall below the minimum, with its chance by year.

    Doing nothing, with the plan as it is, and at each pace. The place needs the tables reserves and gap.
    """
    claim(csv, json)
    asked = _years(years)
    from .. import api

    given = with_measures(read_plan(plan))
    try:
        with progress_bar(False, "Trying paces") as progress:
            found = api.runway(given, asked, draws, seed, progress)
    except LookupError as e:
        stop(str(e.args[0]), FAULTS)
    answer(found, csv, json)


def _years(written: str) -> tuple[float, ...]:
    """`1..6` or `1,2.5,4` as years, each once, in order."""
    whole = re.fullmatch(r"\s*(\d+)\s*\.\.\s*(\d+)\s*", written)
    try:
        found = range(int(whole[1]), int(whole[2]) + 1) if whole else [float(part) for part in written.split(",")]
    except ValueError:
        found = []
    years = tuple(sorted({float(y) for y in found}))
    if not years or not 0.25 <= years[0] <= years[-1] <= MOST_YEARS:
        stop(
            f"--years is a range of years such as 1..6, or some of them such as 1,2.5,4, each from 0.25 to {MOST_YEARS}; found "
            f"{written!r}.",
            MISUSE,
        )
    return years
