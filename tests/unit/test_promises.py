"""Promises are true or false in every draw, at the time they speak of."""

import numpy as np
import pytest

from withless.outcomes import Outcomes
from withless.place import Calendar
from withless.plan import Promise
from withless.promises import at, check, level
from withless.totals import Totals, totals

CALENDAR = Calendar(2026, 4, 8)
LEVELS = np.array([[5.0, 1, 1, 1, 2, 2, 2, 4], [1.0, 1, 1, 1, 1, 1, 1, 1]])


def promise(comparison: str = "<=", value: float = 2.0, when: str = "end", *, relative: bool = False) -> Promise:
    return Promise("text", "libraries", "people_beyond", comparison, value, relative, when)


def test_end_is_the_last_quarter_a_year_its_mean_and_always_the_worst() -> None:
    assert at(LEVELS, promise(), CALENDAR).tolist() == [4, 1]
    assert at(LEVELS, promise(when="2026-27"), CALENDAR).tolist() == [2, 1]
    assert at(LEVELS, promise(when="always"), CALENDAR).tolist() == [5, 1]
    assert at(LEVELS, promise(">=", when="always"), CALENDAR).tolist() == [1, 1]


def test_a_promise_holds_in_the_share_of_draws_that_keep_it() -> None:
    result = check(promise(value=2.0), "people", np.array([1.0, 2.0, 3.0, 4.0]), np.zeros(4))
    assert result.holds.tolist() == [True, True, False, False]
    assert result.probability == 0.5


def test_a_share_of_the_baseline_is_held_against_the_baseline() -> None:
    result = check(promise(">=", 0.95, relative=True), "people", np.array([95.0, 94.0]), np.array([100.0, 100.0]))
    assert result.holds.tolist() == [True, False]


def test_keeping_exactly_what_there_is_survives_rounding_but_strict_words_stay_strict() -> None:
    today = np.array([0.1 + 0.2])
    assert check(promise(">=", 1.0, relative=True), "people", np.array([0.3]), today).holds.all()
    assert not check(promise("<", 0.3), "people", np.array([0.3]), today).holds.any()


def test_what_is_not_defined_is_not_kept() -> None:
    assert not check(promise(), "people", np.array([np.nan]), np.array([1.0])).holds.any()


def test_levels_are_yearly_and_savings_compare_with_doing_nothing() -> None:
    def run(served: float, gross: float) -> Totals:
        people = {"served": np.zeros((1, 64, 8, 30)), "quality": np.zeros((1, 64, 8, 30))}
        people["served"][..., 0], people["quality"][..., 0] = served / 4, served / 8
        return totals(Outcomes(("all",), people, {"gross_cost": np.full((1, 64, 8), gross / 4)}), slice(4, 8))

    before, after = run(1000, 400), run(900, 300)
    assert level("served", after, before) == pytest.approx(900)
    assert level("quality", after, before) == pytest.approx(0.5)
    assert level("gross_cost", after, before) == pytest.approx(300)
    assert level("saving", after, before) == pytest.approx(100)
    with pytest.raises(KeyError):
        level("happiness", after, before)
