"""Programmes under settings that differ by draw, weighed by worth, and where trimming has become closing."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Mapping

import numpy as np
import pytest
from places import draws_for
from portfolios import FIXED, place_with, portfolio_instance

from withless.api import appraise
from withless.outcomes import Outcomes
from withless.place import Instance, Place
from withless.plan import Carried, Measure, Plan, Settings, settings
from withless.report.content import content
from withless.report.terminal import summary
from withless.service import get
from withless.services.programmes.cells import best_of, candidates
from withless.services.programmes.optimum import Choice, FloorsUnmet, best

SERVICE = get("programmes")
HELD = FIXED | {
    f"delivery.{k}": {"value": v, "source": "a test"}
    for k, v in {"share.contract": 0.9999, "lag.contract": 0.0, "spread": 1000.0, "capacity": 1.0}.items()
}


def mentors_and_gala(
    values: Mapping[str, tuple[float, float]] | None = None, worth: bool = False, **more: list[float]
) -> Instance:
    """Mentors who get young people into work, and a gala centre with a large fixed cost that does not."""
    programmes: dict[str, list[object]] = {
        "id": ["A", "B"],
        "fixed_cost": [0.0, 200_000.0],
        "unit_cost": [200.0, 100.0],
        "saturation": [0.9, 0.9],
        "spend": [100_000.0, 220_000.0],
        "cut_order": [np.nan, np.nan],
    }
    rows = values or {"A": (0.1, 0.12), "B": (0.0, 0.001)}
    return portfolio_instance(
        programmes | more,
        {"id": ["Y"], "age_band": ["0-15"], "risk": [0.1], "people": [2_000.0]},
        [("A", "Y", 0.8), ("B", "Y", 0.8)],
        [(i, "in_work", *rows[i]) for i in rows],
        [("in_work", 5_000.0, 15_000.0)] if worth else (),
    )


def move(lever: str, where: str, change: str, amount: float, **more: object) -> Measure:
    """A measure that surely arrives, at once."""
    given = {"start": 0.0, "evidence": "contract"} | more
    return Measure(f"{lever}-{where}", "", "youth", lever, (where,), change, amount, **given)  # type: ignore[arg-type]


def lay(place: Place, instance: Instance, *measures: Measure, carried: Mapping[str, Carried] | None = None) -> Settings:
    """Settings under some measures."""
    units = {lever.name: SERVICE.units(place, instance, lever.name) for lever in SERVICE.levers}
    return settings(
        SERVICE.levers, units, SERVICE.baseline(place, instance), measures, place.calendar.quarters, carried
    )


def judged(instance: Instance, *measures: Measure, held: bool = True) -> dict[str, np.ndarray]:
    """The service's yearly results in the last year."""
    place = place_with(instance, quarters=8, overrides=HELD if held else None)
    found = appraise(Plan("", place, measures), draws=64).service("youth")
    return {k: v[:, -1] for k, v in found.yearly.items()} | {"word": found.verdict.word}


# --- settings by draw


@pytest.mark.parametrize("way", ["pro_rata", "as_planned", "best", "best_for_in_work"])
def test_every_draw_is_run_by_its_own_settings(way: str) -> None:
    instance = mentors_and_gala(worth=True, cut_order=[1.0, np.nan])
    place = place_with(instance)
    draws, n = draws_for(place), 64
    chance = np.random.Generator(np.random.Philox(3))
    measures = (
        move("budget", "all", "scale", 0.5, start=1.0, phase=2.0),
        move("intensity", "A", "set", 0.7, start=3.0),
        move("open", "B", "set", 0.0, start=5.5),
        move("spend_how", "all", "set", float(SERVICE.choices(place, instance, "spend_how").index(way))),
    )
    carried = {
        m.id: Carried(
            (chance.random((n, 1)) < 0.6) * 1.0 if m.lever in ("open", "spend_how") else chance.random((n, 1)),
            2 * chance.random(n),
        )
        for m in measures
    }
    mixed = lay(place, instance, *measures, carried=carried)
    found = SERVICE.simulate(place, instance, mixed, draws)
    for d in (0, 1, 31, 63):
        own = Settings(mixed.units, {k: v[min(d, len(v) - 1)][None].copy() for k, v in mixed.values.items()})
        _same_in_draw(found, SERVICE.simulate(place, instance, own, draws), d)


def _same_in_draw(found: Outcomes, alone: Outcomes, d: int) -> None:
    for name in ("need", "served", "quality"):
        assert np.allclose(found.counts(name)[:, d], alone.counts(name)[:, d], rtol=1e-9, atol=1e-9), name
    for name in ("gross_cost", "overhead", "one_off"):
        assert np.allclose(found.pounds(name)[:, d], alone.pounds(name)[:, d], rtol=1e-9, atol=1e-6), name
    for name, values in alone.series.items():
        assert np.allclose(found.series[name][d], values[d], rtol=1e-9, atol=1e-9), name
    for lever, values in alone.once.items():
        assert np.allclose(found.once.get(lever, 0 * values)[d], values[d], rtol=1e-9, atol=1e-6), lever


def test_a_programme_that_shuts_in_some_draws_is_paid_for_and_lost_in_those_alone() -> None:
    instance = mentors_and_gala()
    place = place_with(instance, overrides=FIXED)
    shut = move("open", "B", "set", 0.0, start=2.0)
    some = (np.arange(64) % 4 == 0)[:, None] * 1.0
    run = SERVICE.simulate(
        place, instance, lay(place, instance, shut, carried={shut.id: Carried(some, np.zeros(64))}), draws_for(place)
    )
    gone = run.counts("served")[1, :, -1].sum(axis=1) == 0
    assert np.array_equal(gone, some[:, 0] > 0)
    assert run.pounds("one_off")[1].sum(axis=1) == pytest.approx(some[:, 0] * 0.3 * 200_000)
    assert np.array_equal(run.once["open"][:, :, 1], run.pounds("one_off")[1])
    assert np.array_equal(run.pounds("gross_cost")[1, :, -1] == 0, gone)


def test_what_closing_costs_once_is_kept_with_the_lever_that_closes() -> None:
    instance = mentors_and_gala(worth=True)
    place = place_with(instance, overrides=FIXED)
    for lever, where, amount in (("open", "B", 0.0), ("spend", "B", 199_000.0), ("budget", "all", 280_000.0)):
        run = SERVICE.simulate(
            place, instance, lay(place, instance, move(lever, where, "set", amount)), draws_for(place)
        )
        assert set(run.once) == {lever}
        assert run.once[lever].sum(axis=(1, 2)) == pytest.approx(run.pounds("one_off").sum(axis=(0, 2)))
        assert run.once[lever].sum(axis=(1, 2)) == pytest.approx(np.full(64, 0.3 * 200_000))


# --- the best way at many budgets


@pytest.mark.parametrize("floors", [False, True])
def test_the_best_of_a_cell_is_the_best_of_all_at_every_budget_in_it(floors: bool) -> None:
    chance = np.random.Generator(np.random.Philox(8))
    tried = 0
    for _ in range(6):
        room = chance.uniform(50, 800, (7, 3)) * (chance.random((7, 3)) < 0.7)
        choice = Choice(
            value=chance.uniform(0.01, 0.2, (7, 3)),
            unit_cost=chance.uniform(100, 1_500, 7),
            fixed=chance.uniform(20_000, 300_000, 7),
            room=room,
            need=np.where(np.arange(3) == 0, 0.2 * room.sum(axis=0), 0.0) * floors,
            allowed=np.ones(7, dtype=bool),
        )
        whole = float(choice.fixed.sum() + (choice.unit_cost[:, None] * choice.room).sum())
        for share in (0.25, 0.4, 0.7):
            low, high = share * whole, (share + 0.04) * whole
            sets = candidates(choice, low, high)
            for budget in np.linspace(low, high, 9):
                try:
                    found = best(choice, float(budget))
                except FloorsUnmet:
                    with pytest.raises(FloorsUnmet):
                        best_of(choice, sets, float(budget))
                    continue
                assert best_of(choice, sets, float(budget)).value == pytest.approx(found.value, rel=2e-9)
                tried += 1
            assert len(sets) < 12
    assert tried > 60


# --- worth


def test_taking_money_from_those_who_get_people_into_work_for_a_gala_is_less() -> None:
    plan = (move("spend", "A", "add", -40_000.0), move("spend", "B", "add", 20_000.0))
    for worth in (False, True):
        found = judged(mentors_and_gala(worth=worth), *plan)
        assert found["word"] == "less"
        assert found["main0"].mean() / found["main1"].mean() == pytest.approx(53 / 33, rel=0.03)
        assert (found["served1"] > found["served0"]).mean() > 0.5


def test_service_taken_away_is_the_share_of_worth_that_is_lost() -> None:
    found = judged(mentors_and_gala(worth=True), move("spend", "A", "scale", 0.5), move("intensity", "B", "set", 0.8))
    lost = found["c0"] * (1 - found["main1"] / found["main0"])
    assert found["fewer"] + found["lower"] == pytest.approx(lost, rel=1e-9)


def test_without_a_worth_table_a_person_more_does_not_stand_for_the_fixed_cost_again() -> None:
    instance = mentors_and_gala()
    found = judged(instance, move("spend", "B", "add", 20_000.0))
    extra = found["served1"] - found["served0"]
    assert -found["fewer"] == pytest.approx(extra * 20_000 / (extra / np.tanh(40 / 144) * np.tanh(20 / 144)), rel=0.6)
    assert (-found["fewer"] < 21_000).all()


@pytest.mark.parametrize("values", [{"A": (0.0, 0.0), "B": (0.0, 0.0)}, {"A": (-0.2, -0.1), "B": (-0.1, 0.0)}])
def test_where_nothing_is_worth_anything_people_are_worth_what_they_cost(
    values: dict[str, tuple[float, float]],
) -> None:
    by_cost = judged(mentors_and_gala(), move("open", "A", "set", 0.0))
    found = judged(mentors_and_gala(values, worth=True), move("open", "A", "set", 0.0))
    assert found["fewer"] == pytest.approx(by_cost["fewer"], rel=1e-9)
    assert found["word"] == "less"


def test_a_programme_that_does_harm_is_worth_nothing_and_cannot_make_the_others_worth_any_multiple() -> None:
    harmful = mentors_and_gala({"A": (0.1, 0.12), "B": (-0.24, -0.2)}, worth=True)  # together about nothing
    shut_harm, shut_good = (judged(harmful, move("open", i, "set", 0.0)) for i in ("B", "A"))
    assert shut_harm["fewer"] == pytest.approx(np.zeros(64), abs=1e-6)
    assert shut_good["fewer"] == pytest.approx(shut_good["c0"], rel=1e-9)
    assert shut_good["word"] == "less"


def test_closing_everything_takes_all_of_it_away() -> None:
    for worth in (False, True):
        found = judged(mentors_and_gala(worth=worth), move("open", "A", "set", 0.0), move("open", "B", "set", 0.0))
        assert found["fewer"] == pytest.approx(found["c0"], rel=1e-9)
        assert found["saving"] == pytest.approx(found["c0"], rel=1e-9)
        assert found["word"] == "less"


def test_money_cut_to_nothing_is_a_closing() -> None:
    found = judged(mentors_and_gala(worth=True), move("budget", "all", "set", 0.0))
    assert found["served1"].max() < 0.01 * found["served0"].min()
    assert found["fewer"] == pytest.approx(found["c0"], rel=0.01)


# --- what a change bears on


def test_a_pound_bears_on_its_own_programme_and_the_budget_on_all() -> None:
    instance = mentors_and_gala()
    place = place_with(instance)

    def stake(**touched: frozenset[str]) -> float:
        found = SERVICE.stake(place, instance, draws_for(place), touched)
        assert found.shape == (64,)
        return float(found.mean())

    assert stake(spend=frozenset({"A"})) == 100_000
    assert stake(spend=frozenset({"A"}), intensity=frozenset({"A"})) == 100_000
    assert stake(spend=frozenset({"A"}), open=frozenset({"B"})) == 320_000
    assert stake(budget=frozenset({"all"}), spend=frozenset({"A"})) == 320_000
    assert stake(spend_how=frozenset({"all"})) == 320_000


def test_a_measure_of_one_pound_changes_nothing_that_counts() -> None:
    assert judged(mentors_and_gala(worth=True), move("spend", "A", "add", -1.0))["word"] == "same"


# --- where trimming becomes closing


def warned(instance: Instance, *measures: Measure) -> list[str]:
    """What the check of a plan says: measure and sentence."""
    place = place_with(instance)
    found = SERVICE.plan_problems(place, instance, measures)
    assert all(f.severity == "warning" for f in found)
    return [f"{f.measure_id}: {f.found}; {f.expected}; {f.mend}" for f in found]


def test_a_cut_that_leaves_a_programme_below_its_fixed_cost_is_warned_of_by_name() -> None:
    (said,) = warned(mentors_and_gala(), move("intensity", "A", "set", 0.9), move("budget", "all", "scale", 0.9))
    assert said.startswith("budget-all: trimming becomes closing: £198,000 a year left for B (B)")
    assert "which costs £200,000 whoever comes" in said
    assert "take £32,000 a year and £230,000 is then saved" in said
    (said,) = warned(mentors_and_gala(), move("spend", "B", "add", -21_000.0))
    assert said.startswith("spend-B: ")
    assert "take £21,000 a year and £220,000 is then saved" in said


def test_a_cut_that_closes_only_for_a_while_is_warned_of_too() -> None:
    assert len(warned(mentors_and_gala(), move("budget", "all", "scale", 0.9, start=2.0, end=4.0))) == 1


@pytest.mark.parametrize(
    "measure",
    [
        ("open", "B", "set", 0.0),
        ("spend", "B", "set", 0.0),
        ("spend", "B", "set", 200_000.0),
        ("budget", "all", "scale", 0.95),
    ],
)
def test_a_closing_that_the_plan_names_and_a_cut_that_closes_nothing_are_not(
    measure: tuple[str, str, str, float],
) -> None:
    assert warned(mentors_and_gala(), move(*measure)) == []


def test_floors_that_a_plan_cannot_meet_are_found_before_it_runs() -> None:
    instance = mentors_and_gala(worth=True)
    place = place_with(instance)
    how = float(SERVICE.choices(place, instance, "spend_how").index("best"))
    plan = (move("spend_how", "all", "set", how), move("floor", "Y", "set", 0.99))
    (found,) = SERVICE.plan_problems(place, instance, plan)
    assert (found.severity, found.measure_id) == ("error", "floor-Y")
    assert "floor of Y" in found.found


def test_the_result_says_that_trimming_has_become_closing_and_what_happens_with_the_rest_of_the_money() -> None:
    place = place_with(mentors_and_gala(), overrides=HELD)
    said = " ".join(
        summary(content(appraise(Plan("", place, (move("budget", "all", "scale", 0.9),)), draws=64))).split()
    )
    assert "B shuts in 100 of 100 runs" in said
    assert "less than the £200,000 that it costs whoever comes" in said
    assert "not spent on anything else and counts as saved" in said


def test_a_programme_that_shuts_in_some_runs_is_told_with_how_many() -> None:
    place = place_with(mentors_and_gala(), overrides=FIXED)
    cut = move("budget", "all", "scale", 0.85, evidence="target")
    said = " ".join(summary(content(appraise(Plan("", place, (cut,)), draws=64))).split())
    runs = int(said.split("B shuts in ")[1].split(" of 100")[0])
    assert 0 < runs < 100


# --- size


def test_a_thousand_programmes_that_differ_in_every_draw_are_quick_and_small() -> None:
    n = 1_000
    ids = [f"P{i}" for i in range(n)]
    instance = portfolio_instance(
        {
            "id": ids, "fixed_cost": [1_000.0] * n, "unit_cost": [100.0] * n, "saturation": [0.5] * n,
            "spend": [float(2_000 + i) for i in range(n)], "cut_order": [float(i + 1) for i in range(n)],
        },
        {"id": ["Y"], "age_band": ["0-15"], "risk": [0.1], "people": [9_000.0]},
        [(i, "Y", 0.01) for i in ids],
        [(i, "back", 0.01, 0.02) for i in ids],
        [("back", 1_000.0, 2_000.0)],
    )  # fmt: skip
    place = place_with(instance, quarters=4)
    draws = draws_for(place)
    cut = move("budget", "all", "scale", 0.8, start=1.0)
    for way in ("pro_rata", "as_planned"):
        how = move("spend_how", "all", "set", float(SERVICE.choices(place, instance, "spend_how").index(way)))
        carried = {
            cut.id: Carried(np.linspace(0, 1, 64)[:, None], np.linspace(0, 2, 64)),
            how.id: Carried(np.ones((64, 1)), np.zeros(64)),
        }
        laid = lay(place, instance, cut, how, carried=carried)
        tracemalloc.start()
        begun = time.process_time()
        run = SERVICE.simulate(place, instance, laid, draws)
        took, most = time.process_time() - begun, tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        held = sum(v.nbytes for v in (run.counts("served"), run.counts("quality")))
        assert took < 10
        assert most < 5 * held + 100e6
        spent = 4 * run.pounds("gross_cost").sum(axis=0)[:, -1]
        assert (np.diff(spent) <= 1e-6).all()
