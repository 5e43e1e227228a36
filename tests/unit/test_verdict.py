"""The verdict gives common sense on changes made by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from withless.verdict import CLASSES, Groups, classify, judge, losing_groups, money_class

N = 128


def flat(value: float) -> np.ndarray:
    return np.full(N, value)


def verdict(d: float, s: float, c0: float = 1000.0, moved: float = 0.0) -> str:
    return judge(flat(d), flat(s), flat(c0), flat(moved)).headline


def test_pure_efficiency_is_the_same_with_less() -> None:
    assert verdict(d=0, s=50) == "Same with less"


def test_a_dear_venue_closed_whose_few_users_are_lost_is_the_same_with_less() -> None:
    # it cost 100 and its users, at the service's average cost, were worth 8
    assert verdict(d=8, s=100) == "Same with less"


def test_a_venue_closed_at_average_cost_is_less_with_less() -> None:
    assert verdict(d=100, s=100) == "Less with less"


def test_better_service_for_less_is_found() -> None:
    assert verdict(d=-60, s=100) == "More with less"


def test_a_fee_rise_that_keeps_everybody_is_the_same_with_less() -> None:
    assert verdict(d=0, s=40) == "Same with less"


def test_fewer_served_at_higher_cost_is_less_with_more() -> None:
    assert verdict(d=50, s=-50) == "Less with more"


def test_a_saving_of_nearly_nil_is_with_the_same_and_small_losses_within_half_a_percent_do_not_count() -> None:
    assert verdict(d=4, s=1) == "Same with the same"
    assert verdict(d=6, s=1) == "Less with the same"


def test_a_longer_wait_is_less_whatever_the_pounds_say() -> None:
    v = judge(flat(-500), flat(100), flat(1000), flat(0), wait_ratio=flat(1.03))
    assert v.headline == "Less with less"
    assert v.before_guards["more"] == 1
    assert judge(flat(-500), flat(100), flat(1000), flat(0), wait_ratio=flat(1.01)).headline == "More with less"


def test_much_moved_to_others_is_said() -> None:
    assert verdict(d=0, s=100, moved=11) == "Same with less, by moving it to others"
    assert verdict(d=0, s=100, moved=9) == "Same with less"


def groups(loss: float, *, measured: bool = True, need: float = 0.2) -> Groups:
    need_by_group, before = np.zeros(30), np.zeros(30)
    need_by_group[0], need_by_group[29] = need, 1 - need
    before[0], before[29] = 100, 900
    after = before.copy()
    after[0] *= 1 - loss
    return Groups(need_by_group, before, after, frozenset({"quintile"} if measured else ()))


def test_a_group_that_loses_is_named_where_its_use_was_measured() -> None:
    v = judge(flat(0), flat(100), flat(1000), flat(0), groups=groups(0.05))
    assert v.headline == "Same with less, but less for people in the most deprived fifth of areas"


def test_no_group_is_named_where_use_was_assumed_small_or_hardly_touched() -> None:
    assert losing_groups(groups(0.5, measured=False), 100, 1000) == ()
    assert losing_groups(groups(0.5, need=0.04), 100, 1000) == ()
    assert losing_groups(groups(0.024), 100, 1000) == ()
    assert losing_groups(groups(0.026), 100, 1000) != ()


def test_pence_in_the_pound_are_given_only_where_the_saving_is_clear_of_nil() -> None:
    v = judge(flat(38), flat(100), flat(1000), flat(0))
    assert v.pence is not None
    assert v.pence["mean"] == pytest.approx(38)
    s = np.linspace(-10, 100, N)
    assert judge(flat(38), s, flat(1000), flat(0)).pence is None


def test_the_standard_error_comes_from_whole_blocks() -> None:
    d = np.where(np.arange(N) < 64, 500.0, 0.0)  # one block all less, one all same
    v = judge(d, flat(100), flat(1000), flat(0))
    assert v.probability["less"] == 0.5
    assert v.standard_error["less"] == pytest.approx(0.5)
    assert np.isnan(judge(flat(0)[:64], flat(1)[:64], flat(1)[:64], flat(0)[:64]).standard_error["less"])


@given(st.lists(st.tuples(*[st.floats(-1e6, 1e6)] * 2, st.floats(0, 1e6)), min_size=1, max_size=50))
def test_every_draw_has_exactly_one_class_and_shares_sum_to_one(rows: list[tuple[float, float, float]]) -> None:
    d, s, c0 = np.array(rows).T
    v = judge(d, s, c0, np.zeros(len(d)))
    assert sum(v.probability.values()) == pytest.approx(1)
    assert sum(v.money.values()) == pytest.approx(1)
    assert set(v.probability) == set(CLASSES)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(0, 1e6), st.floats(1e-3, 1e3))
def test_the_unit_of_money_does_not_change_the_verdict(d: float, s: float, c0: float, k: float) -> None:
    tol = max(0.1 * abs(s), 0.005 * c0)
    if abs(abs(d) - tol) < 1e-6 * (1 + tol) or abs(abs(s) - 0.005 * c0) < 1e-6 * (1 + c0):
        return
    a, b = np.array([d, s, c0]), k * np.array([d, s, c0])
    assert classify(*a[:, None]) == classify(*b[:, None])
    assert money_class(*a[1:, None]) == money_class(*b[1:, None])
