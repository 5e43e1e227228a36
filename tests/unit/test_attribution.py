"""What each measure is given of the plan is its Shapley value: found here again by brute force, from whole appraisals."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from tests.shops import Shops, install, shop_place
from tests.unit.test_appraise_core import SURE
from withless.api import Study
from withless.attribution import LINES, attribute, over_orders, shapley
from withless.plan import Measure, Plan
from withless.report.measures import by_purpose, rows, shown

CERTAIN = {**SURE, "delivery.capacity": {"value": 1.0, "source": "the test"}}


@pytest.fixture(autouse=True)
def _shops(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Shops())


def measure(name: str, lever: str, where: tuple[str, ...], change: str, amount: float, **more: object) -> Measure:
    return Measure(name, name, "shops", lever, where, change, amount, 0.0, **{"evidence": "business_case", **more})  # type: ignore[arg-type]


SIX = (
    measure("shut", "open", ("S1", "S2"), "set", 0.0, purpose="closure", booked_saving=50_000.0),
    measure("shorter", "hours", ("S1", "S2", "S3"), "scale", 0.8, purpose="efficiency", says="Hours follow use."),
    measure("shorter-still", "hours", ("S2", "S3", "S4"), "scale", 0.7),
    measure("claim", "unit_cost", ("all",), "scale", 0.95, purpose="efficiency"),
    measure("longer", "hours", ("S3",), "add", 0.3, purpose="service"),
    measure("shut-too", "open", ("S3",), "set", 0.0),
)


def brute_force(plan: Plan, study: Study, line: str) -> dict[str, float]:
    """Mean addition over all 720 orders, each set of measures appraised as a plan of its own."""
    worth: dict[frozenset[str], float] = {}
    for n in range(len(plan.measures) + 1):
        for some in itertools.combinations(plan.measures, n):
            a = study.appraise(replace(plan, measures=some))
            found = a.total(line)
            total = found.sum(axis=1) if line == "one_off" else found[:, a.year]
            worth[frozenset(m.id for m in some)] = float(total.mean())
    ids = [m.id for m in plan.measures]
    share = dict.fromkeys(ids, 0.0)
    orders = list(itertools.permutations(ids))
    for order in orders:
        for i, m in enumerate(order):
            share[m] += worth[frozenset(order[: i + 1])] - worth[frozenset(order[:i])]
    return {m: s / len(orders) for m, s in share.items()}


def test_six_measures_that_act_on_each_other_are_given_what_brute_force_finds() -> None:
    plan = Plan("", shop_place(overrides=CERTAIN), SIX)
    study = Study(plan.place, draws=64)
    found = study.measures(plan)
    for line in ("saving", "fewer", "lower", "better", "one_off"):
        exact = brute_force(plan, study, line)
        for part in found.parts:
            assert part.share[line].mean() == pytest.approx(exact[part.measure.id], rel=1e-9, abs=1e-6), (
                line,
                part.measure.id,
            )
    assert all(part.exact for part in found.parts)


def test_parts_add_up_to_the_plan_in_every_draw_and_line() -> None:
    plan = Plan("", shop_place(), SIX)
    study = Study(plan.place, draws=256)
    a, found = study.appraise(plan), study.measures(plan)
    for line in LINES:
        whole = a.total(line).sum(axis=1) if line == "one_off" else a.total(line)[:, a.year]
        assert np.allclose(sum(p.share[line] for p in found.parts), whole, atol=1e-6), line
        assert np.allclose(found.whole[line], whole, atol=1e-6), line
    assert found.word == a.verdict.word
    assert found.chance == pytest.approx(dict(a.verdict.probability))


def test_orders_drawn_for_many_measures_find_the_same_within_their_error() -> None:
    plan = Plan("", shop_place(), SIX)
    study = Study(plan.place, draws=1024)
    exact = study.measures(plan)
    drawn = attribute(study.simulations, plan, 1024, exact=2)
    assert not any(p.exact for p in drawn.parts)
    for line in ("saving", "fewer"):
        assert np.allclose(sum(p.share[line] for p in drawn.parts), exact.whole[line], atol=1e-6)  # whatever the orders
        for p, q in zip(drawn.parts, exact.parts, strict=True):
            assert abs(p.share[line].mean() - q.share[line].mean()) <= 4 * p.error[line] + 1.0, (line, p.measure.id)


def test_measures_that_do_not_act_on_each_other_are_each_given_what_they_do_alone() -> None:
    apart = (measure("a", "open", ("S1",), "set", 0.0), measure("b", "hours", ("S4",), "scale", 0.8))
    plan = Plan("", shop_place(), apart)
    for p in Study(plan.place, draws=128).measures(plan).parts:
        for line in ("saving", "fewer", "lower"):
            assert np.allclose(p.share[line], p.alone[line], atol=1e-6)
            assert np.allclose(p.share[line], p.last[line], atol=1e-6)


def test_the_values_of_a_game_known_by_hand_are_found() -> None:
    gloves = {frozenset("LR"), frozenset("LS"), frozenset("LRS")}  # one left glove, two right ones: 4/6, 1/6, 1/6

    def value(some: frozenset[str]) -> dict[str, np.ndarray]:
        return {"pairs": np.array([1.0 if some in gloves else 0.0])}

    exact = shapley(tuple("LRS"), value)
    assert [float(exact[m]["pairs"][0]) for m in "LRS"] == pytest.approx([4 / 6, 1 / 6, 1 / 6])
    every = over_orders(tuple("LRS"), value, list(itertools.permutations("LRS")))
    assert [float(every[m]["pairs"][0]) for m in "LRS"] == pytest.approx([4 / 6, 1 / 6, 1 / 6])


def test_dropping_the_one_measure_that_takes_service_away_changes_the_word() -> None:
    closing = measure("shut", "open", ("S1", "S2"), "set", 0.0)
    buying = measure("claim", "unit_cost", ("all",), "scale", 0.97, evidence="contract")
    plan = Plan("", shop_place(overrides=CERTAIN), (closing, buying))
    shut, claim = Study(plan.place, draws=128).measures(plan).parts
    assert shut.word != "less"
    assert claim.word == "less"


def test_an_efficiency_that_is_fewer_hours_is_shown_not_to_be_one() -> None:
    plan = Plan("", shop_place(overrides=CERTAIN), SIX)
    found = Study(plan.place, draws=128).measures(plan)
    row = next(r for r in rows(found) if r["id"] == "shorter")
    assert row["better_share"] is not None
    assert row["better_share"] < 0.5
    (efficiency,) = [p for p in by_purpose(found) if p["purpose"] == "efficiency"]
    assert efficiency["measures"] == 2
    told = shown(found)
    assert "Hours follow use." in told.text
    assert max(map(len, told.text.splitlines())) <= 80
    assert len(told.rows) == 6


def test_a_plan_without_measures_has_nothing_to_share_out() -> None:
    place = shop_place()
    with pytest.raises(ValueError, match="no measures"):
        Study(place, draws=64).measures(Plan("", place, ()))
