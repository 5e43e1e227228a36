"""The verdict gives common sense on changes made by hand, and stands on either side of every threshold."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from withless.verdict import CLASSES, RULE, Groups, Pounds, classify, judge, losing_groups, money_class, together

N = 128
JUST = 1e-6


def flat(value: float) -> np.ndarray:
    return np.full(N, float(value))


def pounds(
    d: float = 0.0,
    s: float = 0.0,
    c: float = 1000.0,
    moved: float = 0.0,
    charged: float = 0.0,
    *,
    longer: bool = False,
    fell: bool = False,
    lost: bool = False,
) -> Pounds:
    flags = (np.full(N, f) for f in (longer, fell, lost))
    return Pounds(flat(d), flat(s), flat(c), flat(moved), flat(charged), *flags)


def verdict(**what: float) -> str:
    return judge(pounds(**what)).headline


def test_pure_efficiency_is_the_same_with_less() -> None:
    assert verdict(d=0, s=50) == "Same with less"


def test_a_dear_venue_closed_whose_few_users_are_lost_is_the_same_with_less() -> None:
    # it cost 100 and its users, at the service's average cost, were worth 8
    assert verdict(d=8, s=100) == "Same with less"


def test_a_venue_closed_at_average_cost_is_less_with_less() -> None:
    assert verdict(d=100, s=100) == "Less with less"


def test_better_service_for_less_is_found() -> None:
    assert verdict(d=-60, s=100) == "More with less"


def test_a_fee_rise_that_keeps_everybody_is_by_charging_users() -> None:
    assert verdict(d=0, s=40, charged=40) == "Same with less, by charging users"


def test_fewer_served_at_higher_cost_is_less_with_more() -> None:
    assert verdict(d=50, s=-50) == "Less with more"


@pytest.mark.parametrize("side", [-1, 1])
def test_the_tolerance_is_a_tenth_of_the_saving_or_half_a_percent_of_what_changes(side: int) -> None:
    word = {-1: "Same", 1: "Less"}[side]
    assert verdict(d=RULE.of_saving * 100 + side * JUST, s=100) == f"{word} with less"
    assert verdict(d=RULE.of_cost * 1000 + side * JUST, s=10) == f"{word} with less"


@pytest.mark.parametrize("side", [-1, 1])
def test_money_counts_from_half_a_percent_of_what_changes(side: int) -> None:
    word = {-1: "the same", 1: "less"}[side]
    assert verdict(d=20, s=RULE.of_cost * 1000 + side * JUST) == f"Less with {word}"


@pytest.mark.parametrize("side", [-1, 1])
def test_a_service_that_moves_by_a_trifle_is_unchanged(side: int) -> None:
    changed = pounds(d=0, s=RULE.unchanged * 1000 + side * JUST).changed
    assert changed.all() == (side > 0)


def test_a_trifling_measure_elsewhere_changes_no_word() -> None:
    closures, trifle = pounds(d=800, s=1000, c=1500), pounds(d=0, s=1, c=300_000)
    alone, beside = judge(closures), judge(together([closures, trifle]), less_in=["Libraries"])
    assert alone.word == beside.word == "less"
    assert alone.probability == beside.probability


def test_a_losing_service_is_named_however_large_the_rest() -> None:
    small, large = pounds(d=90, s=100, c=500), pounds(d=0, s=9000, c=100_000)
    v = judge(together([small, large]), less_in=["Museums"])
    assert v.headline == "Same with less, but less in Museums"


def test_a_service_taken_away_counts_after_services_are_summed() -> None:
    assert judge(together([pounds(d=400, s=400), pounds(d=-350, s=600)])).word == "same"


def test_a_gain_in_pounds_is_no_gain_where_people_and_main_outcome_fall() -> None:
    assert judge(pounds(d=-60, s=100, fell=True)).headline == "Same with less"
    assert judge(together([pounds(d=-60, s=100, fell=True)])).word == "same"
    assert judge(together([pounds(d=-600, s=100, fell=True), pounds(d=-300, s=0)])).word == "more"


def test_a_longer_wait_is_less_alone_and_in_the_whole() -> None:
    longer = pounds(d=-500, s=100, longer=True)
    assert judge(longer).headline == "Less with less"
    assert judge(longer).before_guards["more"] == 1
    assert judge(together([longer, pounds(d=0, s=9000, c=100_000)])).word == "less"
    assert judge(pounds(d=-500, s=100)).headline == "More with less"


def test_a_service_that_costs_nothing_can_still_be_lost() -> None:
    assert judge(pounds(d=0, s=0, c=0, lost=True)).word == "less"
    assert judge(together([pounds(d=0, s=0, c=0, lost=True)])).word == "less"
    assert judge(pounds(d=0, s=0, c=0)).word == "same"


@pytest.mark.parametrize("side", [-1, 1])
def test_costs_moved_or_charged_above_a_tenth_are_said_whether_or_not_anything_is_saved(side: int) -> None:
    for s, larger in ((100.0, 100.0), (-100.0, 100.0), (0.0, RULE.of_cost * 100_000)):
        c = 100_000.0 if s == 0 else 1000.0
        at = RULE.moved * larger + side * JUST
        assert judge(pounds(d=0, s=s, c=c, moved=at)).moved_to_others == (side > 0)
        assert judge(pounds(d=0, s=s, c=c, charged=at)).by_charging == (side > 0)
    assert verdict(s=100, moved=11) == "Same with less, by moving it to others"


def groups(*losses: float, measured: bool = True, need: float = 0.2) -> Groups:
    """Groups in the most deprived fifth and on: those given lose so much; the last of all has the rest of the need."""
    need_by_group, before = np.zeros(30), np.zeros(30)
    for i in range(len(losses)):
        need_by_group[6 * i], before[6 * i] = need, 100
    need_by_group[29], before[29] = 1 - need * len(losses), 1000 - before.sum()
    after = before.copy()
    for i, loss in enumerate(losses):
        after[6 * i] *= 1 - loss
    return Groups(need_by_group, before, after, frozenset({"quintile"} if measured else ()))


def test_groups_that_lose_are_named_where_their_use_was_measured() -> None:
    v = judge(pounds(d=0, s=100), groups(0.05))
    assert v.headline == "Same with less, but less for people in the most deprived fifth of areas"
    two = judge(pounds(d=0, s=100), groups(0.05, 0.05))
    assert two.headline.endswith("in the most deprived fifth of areas and people in the second fifth of areas")


def test_no_group_is_named_where_use_was_assumed_small_or_hardly_touched() -> None:
    assert losing_groups(groups(0.5, measured=False), 100, 1000) == ()
    assert losing_groups(groups(0.5, need=RULE.group_need - JUST), 100, 1000) == ()
    assert losing_groups(groups(0.5, need=RULE.group_need + JUST), 100, 1000) != ()
    limit = RULE.group_loss_of_saving * 0.1
    assert losing_groups(groups(limit - JUST), 100, 1000) == ()
    assert losing_groups(groups(limit + JUST), 100, 1000) != ()
    assert losing_groups(groups(RULE.group_loss - JUST), 0, 1000) == ()
    assert losing_groups(groups(RULE.group_loss + JUST), 0, 1000) != ()


def test_pence_in_the_pound_are_given_only_where_the_saving_is_clear_of_zero() -> None:
    v = judge(pounds(d=38, s=100))
    assert v.pence is not None
    assert v.pence["mean"] == pytest.approx(38)
    mixed = np.where(np.arange(1280) < 1280 * RULE.clear, 100.0, -100.0)  # twenty blocks
    n = len(mixed)
    no = np.zeros(n, dtype=bool)
    p = Pounds(np.full(n, 38.0), mixed, np.full(n, 1000.0), np.zeros(n), np.zeros(n), no, no, no)
    assert judge(p).pence is not None
    mixed[0] = -100.0
    assert judge(replace(p, s=mixed)).pence is None


def test_over_99_percent_is_said_only_where_half_and_double_the_tolerance_say_so_too() -> None:
    assert judge(pounds(d=100, s=100)).beyond_doubt("less")
    close = judge(pounds(d=15, s=100))
    assert close.probability["less"] == 1
    assert close.tolerance["double"]["less"] == 0
    assert not close.beyond_doubt("less")


def test_the_standard_error_comes_from_whole_blocks() -> None:
    d = np.where(np.arange(N) < 64, 500.0, 0.0)  # one block all less, one all same
    v = judge(replace(pounds(s=100), d=d))
    assert v.probability["less"] == 0.5
    assert v.standard_error["less"] == pytest.approx(0.5)
    few = Pounds(*(getattr(pounds(s=1), f)[:64] for f in Pounds.__dataclass_fields__))
    assert np.isnan(judge(few).standard_error["less"])


def of(d: np.ndarray, s: np.ndarray, c: np.ndarray) -> Pounds:
    zero, no = np.zeros(len(d)), np.zeros(len(d), dtype=bool)
    return Pounds(d, s, c, zero, zero, no, no, no)


@given(st.lists(st.tuples(*[st.floats(-1e6, 1e6)] * 2, st.floats(0, 1e6)), min_size=1, max_size=50))
def test_every_draw_has_exactly_one_class_and_shares_sum_to_one(rows: list[tuple[float, float, float]]) -> None:
    v = judge(of(*np.array(rows).T))
    assert sum(v.probability.values()) == pytest.approx(1)
    assert sum(v.money.values()) == pytest.approx(1)
    assert set(v.probability) == set(CLASSES)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(0, 1e6), st.floats(1e-3, 1e3))
def test_the_unit_of_money_does_not_change_the_verdict(d: float, s: float, c: float, k: float) -> None:
    tol, trifle = max(RULE.of_saving * abs(s), RULE.of_cost * c), RULE.unchanged * c
    edges = ((d, tol), (s, RULE.of_cost * c), (d, trifle), (s, trifle))
    if any(abs(abs(v) - edge) < 1e-6 * (1 + edge) for v, edge in edges):
        return
    a, b = (of(*(np.array([v * scale]) for v in (d, s, c))) for scale in (1.0, k))
    assert classify(a) == classify(b)
    assert money_class(a) == money_class(b)


def test_a_losing_service_is_named_behind_a_comma_where_the_whole_is_less_too() -> None:
    assert judge(pounds(d=100, s=100), less_in=("libraries",)).headline == "Less with less, in libraries"
    assert judge(pounds(d=0, s=100), less_in=("libraries",)).headline == "Same with less, but less in libraries"


def test_a_longer_wait_is_a_change_whatever_else_changes() -> None:
    for s in (0.0, 100.0):
        assert pounds(s=s, longer=True).changed.all()
        assert pounds(d=s, s=s, longer=True).changed.all()


def test_the_standard_error_of_many_blocks_is_that_of_their_means() -> None:
    d = np.repeat([0.0, 100.0, 100.0, 100.0], 64)
    p = Pounds(d, *(np.full(256, v) for v in (100.0, 1000.0, 0.0, 0.0)), *(np.zeros(256, dtype=bool),) * 3)  # type: ignore[arg-type]
    assert judge(p).standard_error["less"] == pytest.approx(0.25)  # of means 0, 1, 1, 1


def test_pence_in_the_pound_need_a_saving_of_more_than_a_pound() -> None:
    assert judge(pounds(d=0.2, s=0.5, c=1.0)).pence is None
    assert judge(pounds(d=0.2, s=1.5, c=1.0)).pence is not None


def test_a_group_of_little_use_loses_as_any_other() -> None:
    """Half a pound of service a head is service."""
    small = groups(*([0.5] * 5))
    halved = Groups(small.need, small.before * 1e-4, small.after * 1e-4, small.measured)
    assert losing_groups(halved, 0.0, 100.0) == losing_groups(small, 0.0, 100.0) != ()


def test_the_thresholds_are_those_that_the_page_says() -> None:
    assert (RULE.wait, RULE.reach, RULE.fall, RULE.group_need, RULE.clear) == (0.02, 0.02, 0.005, 0.05, 0.95)
