"""Whole plans: what is picked, what is proposed, and what is refused."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from withless import api
from withless.cli import app
from withless.plan import Measure, Plan
from withless.search import bundles
from withless.search.pick import pick


def test_the_pick_is_that_of_trying_all() -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        savings = [[0.0, *rng.uniform(-0.2, 3, 4)] for _ in range(4)]
        harms = [[0.0, *rng.uniform(-1, 5, 4)] for _ in range(4)]
        target = 5.0
        best = min(
            (sum(h[k] for h, k in zip(harms, which, strict=True)), which)
            for which in itertools.product(range(5), repeat=4)
            if sum(s[k] for s, k in zip(savings, which, strict=True)) >= target
        )
        found = pick(savings, harms, target)
        assert found is not None
        saved = sum(s[k] for s, k in zip(savings, found, strict=True))
        assert saved >= target * 0.99
        assert sum(h[k] for h, k in zip(harms, found, strict=True)) <= best[0] + 1e-9


def test_no_pick_is_made_where_no_choice_saves_as_much() -> None:
    assert pick([[0.0, 1.0], [0.0, 1.0]], [[0.0, 1.0], [0.0, 1.0]], 5.0) is None


@pytest.fixture
def plan(northshire_folder: Path) -> Plan:
    found = api.read(northshire_folder / "plan.yaml")
    assert isinstance(found, Plan)
    return found


def test_efficiency_claims_are_in_every_variation_as_they_are_in_the_plan_or_not_at_all(plan: Plan) -> None:
    own = plan.of("libraries")
    claim = next(m for m in own if m.lever == "unit_cost")
    for bundle in bundles.variations(plan.place, plan.place.instances["libraries"], own):
        assert all(m == claim for m in bundle.measures if m.lever == "unit_cost")


def test_half_of_a_measure_moves_its_lever_half_as_far(plan: Plan) -> None:
    instance = plan.place.instances["libraries"]
    shorter = next(m for m in plan.of("libraries") if m.lever == "hours")
    half = bundles.scaled(plan.place, instance, shorter, 0.5)
    assert half is not None
    assert half.amount == pytest.approx(0.9)
    assert half.booked_saving == pytest.approx(shorter.booked_saving / 2)
    assert bundles.scaled(plan.place, instance, shorter, 0.0) is None


def test_units_that_are_kept_are_left_out_of_measures() -> None:
    m = Measure("a", "A", "libraries", "open", ("L1", "L2"), "set", 0.0, 1.0)
    assert bundles.spare([m], ["L1"])[0].where == ("L2",)
    assert bundles.spare([m], ["L1", "L2"]) == ()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--harm", "luck"], "--harm is service, users"),
        (["--saving", "lots"], "--saving is pounds a year above zero"),
        (["--time", "soon"], "--time is a length"),
        (["--keep", "NOWHERE"], "has a unit NOWHERE"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(northshire_folder: Path, words: list[str], said: str) -> None:
    done = CliRunner().invoke(app, ["options", str(northshire_folder / "plan.yaml"), *words])
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())
