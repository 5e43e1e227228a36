"""The best way to spend a youth budget against a reference problem solved by other means, and pro rata beside it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from places import built, draws_for
from portfolios import FIXED, place_with, reference

from withless.cache import Cache
from withless.plan import Measure, settings
from withless.service import ask, get
from withless.services.programmes.allocation import BEST, best_way, today
from withless.services.programmes.portfolio import portfolio

BUDGETS = (1_500_000, 1_050_000, 750_000, 450_000, 200_000)


@pytest.fixture(scope="module")
def case(shared: Path) -> dict[str, Any]:
    """The kept reference case."""
    found: dict[str, Any] = json.loads((shared / "cases" / "youth_reference_optimum.json").read_text())
    return found


def value(case: dict[str, Any], budget: float, way: str) -> tuple[float, np.ndarray]:
    """Outcomes a year and the pounds for each programme beyond fixed cost, through the service and its levers."""
    first = case["results"]["youth_1500000"]["x"]
    instance = reference(case, [x + f for x, f in zip(first, case["F"], strict=True)])
    place, service = place_with(instance, overrides=FIXED), get("programmes")
    ways = service.choices(place, instance, "spend_how")
    measures = (
        Measure("cut", "", "youth", "budget", ("all",), "set", budget, start=0.0),
        Measure("how", "", "youth", "spend_how", ("all",), "set", float(ways.index(way)), start=0.0),
    )
    units = {lever.name: service.units(place, instance, lever.name) for lever in service.levers}
    laid = settings(service.levers, units, service.baseline(place, instance), measures, 8)
    model = built(place, instance, draws_for(place))
    outcome = ask(model, "outcome", laid, {"outcome": "back"})
    assert np.ptp(outcome) < 1e-9 * outcome.mean()
    given = 4 * model.run(laid).pounds("gross_cost")[:, 0, -1]
    return float(outcome.mean()), np.maximum(given - np.array(case["F"]), 0.0)


@pytest.mark.parametrize("budget", BUDGETS)
def test_the_best_way_finds_the_reference_optimum(case: dict[str, Any], budget: int) -> None:
    expected = case["results"][f"youth_{budget}"]
    found, spent = value(case, budget, "best")
    assert found == pytest.approx(expected["value"], rel=1e-9)
    assert spent == pytest.approx(expected["x"], abs=0.01)  # the reference is rounded to pennies
    assert [name for name, x in zip(case["programmes"], spent, strict=True) if x > 0] == expected["open"]


@pytest.mark.parametrize("budget", [1_050_000, 750_000, 450_000])
def test_pro_rata_buys_what_the_reference_says(case: dict[str, Any], budget: int) -> None:
    found, _ = value(case, budget, "pro_rata")
    assert found == pytest.approx(case["results"][f"youth_prorata_{budget}"], rel=1e-8)
    assert found < case["results"][f"youth_{budget}"]["value"]


def test_the_price_of_money_is_the_reference_s(case: dict[str, Any]) -> None:
    first = case["results"]["youth_1500000"]["x"]
    instance = reference(case, [x + f for x, f in zip(first, case["F"], strict=True)])
    for budget in BUDGETS:
        found = best_way(portfolio(instance), today(portfolio(instance)), float(budget), BEST, Cache())
        assert found.price == pytest.approx(case["results"][f"youth_{budget}"]["lam"], rel=1e-9)
        assert found.gap == 0.0
