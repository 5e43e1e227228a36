"""Whatever is done to a table gives a listed fault, a warning, or the right answer: no crash, no wrong place in silence."""

from __future__ import annotations

import os
from pathlib import Path

import mutated_place
import mutations

COUNT = int(os.environ.get("WITHLESS_MUTATIONS", "2000"))


def test_every_mutation_is_told_or_means_the_same(tmp_path: Path) -> None:
    outcomes, wrong = mutations.run(tmp_path, COUNT)
    assert wrong == []
    assert sum(outcomes.values()) == COUNT


def test_the_place_that_is_mutated_is_sound_itself(tmp_path: Path) -> None:
    for kind in mutated_place.SERVICES:
        found = mutated_place.read(tmp_path, kind, "plan.yaml", "", mutated_place.plan_yaml(kind).encode())
        assert found.place is not None
        assert found.faults == [], kind
