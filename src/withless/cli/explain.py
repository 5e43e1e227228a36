"""`withless explain`: one assumption, and what it does in a plan."""

from __future__ import annotations

from typing import Annotated

import typer

from .answers import CsvFile, DrawCount, Force, JsonFile, PlanFile, Seed, answer, claim
from .console import MISUSE, progress_bar, read_plan, stop, told

EPILOG = "\b\nExample:\n  withless explain plan.yaml delivery.share.target"


@told
def explain(
    plan: PlanFile,
    assumption: Annotated[str, typer.Argument(metavar="ASSUMPTION", help="Its name: withless assumptions lists them.")],
    draws: DrawCount = 1024,
    seed: Seed = 1,
    csv: CsvFile = None,
    json: JsonFile = None,
    force: Force = False,  # noqa: ARG001  # the door of the run knows of it
) -> None:
    """Say what an assumption is, where it comes from, and what it does in a plan.

    How much of what is uncertain it explains, what the plan saves and takes away over its range, where the word of the
    verdict changes, and in how many cases knowing it would change the word. From the runs of an assessment: no new ones.
    """
    claim(csv, json)
    from .. import api
    from ..appraise import register_for
    from ..appraise.explain import no_assumption

    given = read_plan(plan)
    register = register_for(given)
    if assumption not in register.items:  # told before the work
        stop(no_assumption(register, assumption), MISUSE)
    with progress_bar(False) as progress:
        found = api.explain(api.appraise(given, draws, seed, progress=progress), assumption)
    answer(found, csv, json)
