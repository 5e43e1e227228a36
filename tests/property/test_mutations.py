"""Whatever is done to a table gives a listed fault, a warning, or the right answer: no crash, no wrong place in silence."""

from __future__ import annotations

import os
from pathlib import Path

import mutations

COUNT = int(os.environ.get("WITHLESS_MUTATIONS", "2000"))


def test_every_mutation_is_told_or_means_the_same(tmp_path: Path) -> None:
    outcomes, wrong = mutations.run(tmp_path, COUNT)
    assert wrong == []
    assert sum(outcomes.values()) == COUNT


def test_the_place_that_is_mutated_is_sound_itself(tmp_path: Path) -> None:
    for kind in mutations.SERVICES:
        place, faults = mutations.read(tmp_path, kind)
        assert place is not None
        assert faults == [], kind
