"""A plan faster and slower: the reference problem exactly, the same final saving, harm that grows with time, learning."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.shops import Shops, install, shop_place
from tests.unit.test_appraise_core import SURE
from withless.api import Study
from withless.pace import at_pace, calendar_for, discounted, haste, learn, on_calendar, optimal_path, paces, span
from withless.plan import Measure, Plan
from withless.report.pace import sentence, shown


@pytest.fixture(autouse=True)
def _shops(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Shops())


def measure(
    name: str, start: float, phase: float, lever: str = "hours", amount: float = 0.8, **more: object
) -> Measure:
    change = "set" if lever == "open" else "scale"
    return Measure(name, name, "shops", lever, (f"S{len(name)}",), change, amount, start, phase=phase, **more)  # type: ignore[arg-type]


PLAN = (measure("a", 0.0, 4.0), measure("bb", 4.0, 4.0), measure("ccc", 2.0, 0.0, "open", 0.0))


def test_the_reference_problem_is_solved_exactly(shared: Path) -> None:
    case = json.loads((shared / "cases" / "pace_reference.json").read_text(encoding="utf-8"))
    for name, (path, cost) in case["solution"].items():
        found, least = optimal_path(float(name.removeprefix("pace_k")), 0.035, 5)
        assert found == pytest.approx(path, abs=5e-5), name
        assert least == pytest.approx(cost, abs=1e-9), name


@pytest.mark.parametrize("k", [0.3, 2.0, 12.0])
def test_no_path_costs_less_than_the_best_one(k: float) -> None:
    path, least = optimal_path(k, 0.035, 5)
    b = 1.035 ** -np.arange(5.0)
    steps = np.random.default_rng(1).normal(0, 0.05, (4000, 5))
    for other in np.clip(path + steps, 0, 1):
        assert (b * ((1 - other) + k / 2 * np.diff(other, prepend=0.0) ** 2)).sum() >= least - 1e-12


def test_what_haste_costs_is_the_reference_in_its_limit() -> None:
    """Where all is delivered and nobody loses, missed saving and haste together are the reference problem's cost."""
    for k in (0.5, 2.0, 6.0):
        path, least = optimal_path(k, 0.035, 5)
        saving = 1e6 * path[None]
        cost = (1e6 - saving) + haste(saving, np.array([k]))
        assert float(discounted(cost, np.array([0.035]))[0]) / 1e6 == pytest.approx(least, rel=1e-9)


def test_every_pace_is_complete_in_its_years_and_at_its_own_pace_nothing_moves() -> None:
    plan = Plan("", shop_place(), PLAN)
    assert span(plan) == (0.0, 8.0)
    for years in (1, 2, 3.5, 6):
        assert span(at_pace(plan, years))[1] == pytest.approx(4 * years)
    assert at_pace(plan, 2).measures == plan.measures
    assert [m.amount for m in at_pace(plan, 6).measures] == [m.amount for m in plan.measures]


def test_a_temporary_measure_lasts_longer_at_a_slower_pace() -> None:
    plan = Plan("", shop_place(), (*PLAN, measure("dddd", 4.0, 0.0, end=6.0)))
    assert at_pace(plan, 4).measures[-1].end == pytest.approx(12.0)


def test_a_plan_that_comes_all_at_once_is_spread_over_the_years() -> None:
    plan = Plan("", shop_place(), (measure("a", 2.0, 0.0), measure("bb", 2.0, 0.0)))
    assert {(m.start, m.phase) for m in at_pace(plan, 3).measures} == {(2.0, 12.0)}


def test_paces_end_in_the_same_saving_and_a_faster_one_has_saved_and_taken_away_more() -> None:
    plan = Plan("", shop_place(overrides=SURE), PLAN, target_saving=1.0, target_year="2026-27")
    found = paces(plan, [1, 2, 4], 1, 128)
    assert found.calendar.quarters == calendar_for(plan, [4]).quarters == 20
    by = {p.years: p for p in found.paces if not p.own}
    finals = [p.saving[:, -1].mean() for p in found.paces]
    assert finals == pytest.approx([finals[0]] * 4, rel=1e-6)
    assert by[1].saving.sum() > by[2].saving.sum() > by[4].saving.sum()
    assert by[1].lost["shops"].sum() > by[2].lost["shops"].sum() > by[4].lost["shops"].sum()
    own = next(p for p in found.paces if p.own)
    assert np.allclose(own.saving, by[2].saving)
    assert found.misses(own) == 0.0


def test_haste_costs_more_the_faster_a_plan_that_comes_in_evenly_is() -> None:
    found = paces(Plan("", shop_place(overrides=SURE), PLAN[:2]), [1, 2, 4], 1, 64)
    assert sorted((p.haste.sum() for p in found.paces if not p.own), reverse=True) == [
        p.haste.sum() for p in found.paces if not p.own
    ]


def test_people_years_are_discounted_by_the_rate_for_health_and_money_by_the_green_book() -> None:
    plan = Plan("", shop_place(overrides=SURE), PLAN)
    found = paces(plan, [1, 2], 1, 64)
    assert set(found.rate) == {0.035}
    assert set(found.health_rate) == {0.015}
    lost = found.paces[0].lost["shops"]
    assert lost.sum() > discounted(lost, found.health_rate).sum() > discounted(lost, found.rate).sum()


def test_more_than_a_year_can_carry_is_late_so_a_faster_pace_gains_less_than_it_should() -> None:
    tight = {**SURE, "delivery.capacity": {"value": 0.006, "source": "the test"}}
    wide = {**SURE, "delivery.capacity": {"value": 1.0, "source": "the test"}}
    gained = []
    for overrides in (tight, wide):
        found = paces(Plan("", shop_place(overrides=overrides), PLAN[:2]), [1, 4], 1, 64)
        fast, slow = (next(p for p in found.paces if p.years == y and not p.own) for y in (1, 4))
        gained.append((fast.saving.sum() - slow.saving.sum()) / slow.saving.sum())
    assert gained[0] < gained[1]


def test_watching_a_first_phase_saves_more_service_at_a_slower_pace() -> None:
    shutting = Measure("shut", "", "shops", "open", ("S1", "S2"), "set", 0.0, 0.0, phase=4.0)
    plan = Plan("", shop_place(overrides=SURE), (shutting, measure("bb", 0.0, 8.0)))
    found = paces(plan, [1, 2, 6], 1, 128)
    shares = Study(plan.place, 1, 128).measures(plan)
    taken = [learn(p, shares, 1.0).taken.mean() for p in found.paces if not p.own]
    assert taken[0] >= taken[1] > taken[2]
    slow = next(p for p in found.paces if p.years == 6)
    assert learn(slow, shares, 1.0, undo=True).taken.mean() < taken[2]
    assert learn(slow, shares, 1e9).taken.mean() == pytest.approx(sum(p.taken.mean() for p in shares.parts))
    assert set(learn(slow, shares, 1e9).stopped.values()) == {0.0}


def test_what_is_said_fits_eighty_columns_and_answers_in_one_sentence() -> None:
    plan = Plan("A plan", shop_place(overrides=SURE), PLAN)
    found = paces(plan, [1, 6], 1, 128)
    shares = Study(plan.place, 1, 128).measures(plan)
    told = shown(found, {p.years: learn(p, shares, 1.0) for p in found.paces})
    assert max(map(len, told.text.splitlines())) <= 80
    assert sentence(found).startswith("For this plan")
    assert json.dumps(dict(told.data), allow_nan=False)
    assert len(told.rows) == len(found.paces) * len(found.calendar.years)


def test_a_plan_without_measures_has_no_pace() -> None:
    with pytest.raises(ValueError, match="no measures"):
        paces(Plan("", shop_place(), ()), [1, 2], 1, 64)


def test_a_longer_calendar_changes_no_year_that_was_there() -> None:
    plan = Plan("", shop_place(), PLAN)
    longer = on_calendar(plan, replace(plan.place.calendar, quarters=16))
    short, long = (Study(p.place, draws=64).appraise(replace(p, target_year="2027-28")) for p in (plan, longer))
    assert np.allclose(short.total("saving"), long.total("saving")[:, :2])
