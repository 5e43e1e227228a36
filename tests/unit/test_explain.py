"""What an assumption does in a plan: its share, its range, and what knowing it would be worth."""

from __future__ import annotations

import json

import numpy as np
import pytest

from withless import api
from withless.appraise import Appraisal
from withless.appraise.explain import explain
from withless.sensitivity import first_order


def test_the_most_influential_assumption_ranks_first_and_its_effect_runs_over_its_range(
    northshire_result: Appraisal,
) -> None:
    a = northshire_result
    name = next(iter(a.influence))
    e = explain(a, name)
    assert (e.rank, e.of) == (1, len(a.influence))
    assert e.share["pence"][2] or e.share["margin"][2]
    assert len(e.steps) == 8
    assert all(x.high <= y.low + 1e-12 for x, y in zip(e.steps, e.steps[1:], strict=False))
    drawn = a.register.draw(a.seed, 0, a.draws // 64)[name]
    assert (e.steps[0].low, e.steps[-1].high) == (drawn.min(), drawn.max())
    assert np.mean([s.saved for s in e.steps]) == pytest.approx(a.verdict.saving.mean())


def test_what_nothing_depends_on_and_what_is_fixed_is_said_to_be_so(northshire_result: Appraisal) -> None:
    assert "depends on it" in api.explain(northshire_result, "money.discount_rate").text
    assert not explain(northshire_result, "money.discount_rate").steps


def test_what_is_told_fits_eighty_columns_and_is_finite(northshire_result: Appraisal) -> None:
    for name in list(northshire_result.influence)[:2]:
        told = api.explain(northshire_result, name)
        assert max(map(len, told.text.splitlines())) <= 80
        assert json.dumps(dict(told.data), allow_nan=False)
        assert "one by one" in told.text


def test_a_name_that_is_not_there_is_answered_with_the_nearest(northshire_result: Appraisal) -> None:
    with pytest.raises(KeyError, match=r"care\.hours\.outcome"):
        explain(northshire_result, "care.hour.outcome")


def test_influence_is_the_larger_share_of_pence_and_margin(northshire_result: Appraisal) -> None:
    s = northshire_result.sensitivity
    for name, share in northshire_result.influence.items():
        assert share == max(s.share["pence"][name], s.share["margin"][name])
        assert share > s.threshold


def test_the_verdict_s_own_word_is_an_answer_that_never_varies_where_it_is_sure() -> None:
    found = first_order({"x": np.linspace(0, 1, 128)}, {"word": np.ones(128)})
    assert not found.counts("word")
