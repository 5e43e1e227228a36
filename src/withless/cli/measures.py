"""`withless measures`: a plan measure by measure."""

from __future__ import annotations

from .answers import CsvFile, DrawCount, Force, JsonFile, PlanFile, Seed, answer, claim
from .console import progress_bar, read_plan, told, with_measures

EPILOG = "\b\nExamples:\n  withless measures plan.yaml\n  withless measures plan.yaml --csv measures.csv"


@told
def measures(
    plan: PlanFile,
    draws: DrawCount = 512,
    seed: Seed = 1,
    csv: CsvFile = None,
    json: JsonFile = None,
    force: Force = False,  # noqa: ARG001  # the door of the run knows of it
) -> None:
    """Say what each measure saves, takes away and moves, and what would change without it.

    As a part of the plan (Shapley values: they add up), by itself, and if only this one is dropped; what a measure is said to
    be (purpose and says in the plan) next to how much of its saving is really doing it better.
    """
    claim(csv, json)
    from .. import api

    given = with_measures(read_plan(plan))
    with progress_bar(False, "Sharing out") as progress:
        found = api.measures(given, draws, seed, progress)
    answer(found, csv, json)
