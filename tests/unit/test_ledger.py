"""The ledger on changes small enough to work by hand."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from withless.ledger import PARTS, Side, ledger


def side(
    served: float, quality: float, gross: float, overhead: float = 0.0, spared: float = 0.0, **whole: float
) -> Side:
    """One stratum, one draw, one year; `quality` is per person."""
    strata = (served, served * quality, spared, gross, overhead)
    names = ("own_cost", "income", "price", "raised", "drawn")
    return Side(*(np.array([[[v]]]) for v in strata), **{name: np.array([[whole.get(name, 0.0)]]) for name in names})


def parts(before: Side, after: Side, worth: float | None = None) -> dict[str, float]:
    drawn = None if worth is None else np.array([[worth]])
    return {k: float(v[0, 0]) for k, v in ledger(before, after, drawn).items()}


def test_pure_efficiency_is_all_better() -> None:
    p = parts(side(100, 1, 1000), side(100, 1, 900))
    assert (p["saving"], p["better"], p["fewer"], p["lower"]) == (100, 100, 0, 0)


def test_closing_everything_is_all_fewer() -> None:
    p = parts(side(50, 1, 400), side(0, 1, 0))
    assert (p["saving"], p["better"], p["fewer"], p["lower"]) == (400, 0, 400, 0)


def test_a_quality_cut_is_all_lower() -> None:
    p = parts(side(80, 1, 800), side(80, 0.9, 720))
    assert (p["fewer"], p["lower"]) == (0, pytest.approx(80))
    assert p["better"] == pytest.approx(0)


def test_a_fee_rise_that_drives_nobody_away_is_all_charged() -> None:
    p = parts(side(10, 1, 100, income=20), side(10, 1, 100, income=35))
    assert (p["saving"], p["charged"], p["better"]) == (15, 15, 0)


def test_a_closure_that_leaves_the_heating_on_is_stranded_and_counts_against_better() -> None:
    p = parts(side(100, 1, 1000, overhead=200), side(50, 1, 700, overhead=300))
    assert p["fewer"] == 500
    assert p["saving"] == 300
    assert p["better"] == -200
    assert p["left"] == pytest.approx(200 * 0.5 + 100)
    assert p["gained"] == pytest.approx(0)


def test_service_that_goes_while_its_cost_stays_is_all_left_behind() -> None:
    p = parts(side(100, 1, 1000), side(60, 1, 1000))
    assert (p["saving"], p["fewer"], p["better"], p["left"], p["gained"]) == (0, 400, -400, 400, 0)


def test_efficiency_is_gained_even_where_overhead_is_left_behind() -> None:
    p = parts(side(100, 1, 1000, overhead=200), side(50, 1, 400, overhead=200))
    assert p["better"] == 100
    assert p["left"] == pytest.approx(100)
    assert p["gained"] == pytest.approx(200)


def test_people_who_no_longer_need_it_are_not_lost() -> None:
    p = parts(side(100, 1, 1000), side(70, 1, 800, spared=30))
    assert (p["fewer"], p["better"]) == (0, 200)


def test_a_person_more_is_not_worth_the_fixed_cost_again() -> None:
    p = parts(side(100, 1, 1000, overhead=600), side(110, 1, 1040, overhead=600))
    assert p["fewer"] == pytest.approx(-40)
    assert p["better"] == pytest.approx(0)


def test_where_outcomes_are_valued_people_weigh_by_their_worth_and_today_is_worth_what_it_costs() -> None:
    names = ("own_cost", "income", "price", "raised", "drawn")
    flat = {name: np.zeros((1, 1)) for name in names}

    def two(a: float, b: float, cost: tuple[float, float]) -> Side:
        people, none = np.array([[[a]], [[b]]]), np.zeros((2, 1, 1))
        return Side(people, people, none, np.array([[[cost[0]]], [[cost[1]]]]), none, **flat)

    before, after = two(10, 10, (500, 500)), two(5, 20, (250, 700))
    p = {k: float(v[0, 0]) for k, v in ledger(before, after, np.array([[9.0], [1.0]])).items()}
    assert p["fewer"] == pytest.approx(90 * 5 - 10 * 10)  # scaled: 900 and 100 of 1,000 pounds
    assert p["saving"] == 50


def test_what_is_new_counts_for_what_it_costs() -> None:
    p = parts(side(0, 1, 0), side(10, 1, 100))
    assert (p["saving"], p["fewer"], p["better"]) == (-100, -100, 0)


def test_taxes_raised_and_reserves_drawn_save_nothing() -> None:
    p = parts(side(10, 1, 100, raised=50, drawn=0), side(10, 1, 100, raised=60, drawn=5))
    assert (p["saving"], p["raised"], p["drawn"]) == (0, 10, 5)


def test_what_is_moved_to_the_body_that_pays_is_a_cost_of_the_service() -> None:
    p = parts(side(10, 1, 100), side(10, 1, 80, own_cost=25))
    assert (p["saving"], p["better"]) == (-5, -5)


def test_dearer_inputs_are_price_and_not_waste() -> None:
    p = parts(side(10, 1, 100), side(10, 1, 110, price=10))
    assert (p["saving"], p["price"], p["better"]) == (-10, -10, 0)


def test_the_published_style_synthetic_decomposition_is_reproduced(shared: Path) -> None:
    case = json.loads((shared / "cases" / "decomposition_synthetic.json").read_text())
    for name, ((n0, q0, cost0), (n1, q1, cost1)) in case["services"].items():
        p = parts(side(n0, q0, n0 * q0 * cost0), side(n1, q1, n1 * q1 * cost1))
        reach, quality, better = (-x for x in case["decomp"][name])
        assert p["fewer"] == pytest.approx(reach, abs=1e-9), name
        assert p["lower"] == pytest.approx(quality, abs=1e-9), name
        assert p["better"] == pytest.approx(better, abs=1e-9), name


positive = st.just(0.0) | st.floats(1e-3, 1e6)
cube = arrays(np.float64, (2, 3, 2), elements=positive)
flat = arrays(np.float64, (3, 2), elements=positive)
sides = st.builds(Side, cube, cube, cube, cube, cube, flat, flat, flat, flat, flat)


@given(sides, sides)
def test_the_five_parts_sum_to_the_saving_whatever_happens(before: Side, after: Side) -> None:
    p = ledger(before, after)
    scale = 1 + sum(np.abs(p[name]) for name in PARTS)
    assert np.all(np.abs(sum(p[name] for name in PARTS) - p["saving"]) <= 1e-9 * scale)
    assert np.all(np.abs(p["gained"] - p["left"] - p["better"]) <= 1e-9 * scale)
    assert (p["gained"] >= -1e-9 * scale).all()
    assert (p["left"] >= 0).all()


@given(st.floats(0.001, 1))
def test_the_ledger_is_continuous_as_a_service_closes(left: float) -> None:
    p = parts(side(100, 1, 1000), side(100 * left, 1, 1000 * left))
    assert p["fewer"] == pytest.approx(1000 * (1 - left), abs=1e-6)
