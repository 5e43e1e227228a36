"""Rates of a waiting list: what made a list is found again in it, small numbers lean on large ones, gaps are told."""

from __future__ import annotations

import calendar
from dataclasses import replace

import numpy as np
import pytest

from withless.services.waits import estimate as e
from withless.services.waits.balance import drawn_together
from withless.services.waits.cohort import Flow, run
from withless.services.waits.rates import Observed, Rates

WEEK = np.arange(120)
PULL = 0.02 + 0.08 * np.exp(-WEEK / 3.0) + 0.0004 * np.maximum(WEEK - 40, 0)
LEAVE = 0.008
MONTHS = tuple((2023 + m // 12, m % 12 + 1) for m in range(13))


@pytest.fixture
def four_weeks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Months of four weeks, so that the weekly cohort can make them exactly."""
    monkeypatch.setattr(calendar, "monthrange", lambda *_: (0, 28))


def flow(opening: np.ndarray, scale: float = 1.0) -> Flow:
    shape = (1, 1, 1, 120)
    return Flow(
        opening=opening.reshape(shape),
        arrivals=np.full((1, 1, 1, 1), 3000.0 * scale),
        capacity=np.full((1, 1, 1, 1), np.nan),
        pull=PULL.reshape(shape),
        leave=np.full(shape, LEAVE),
    )


def made(months: int = 13, scale: float = 1.0) -> Observed:
    """A list in balance under known rates, as it would be published; half of each week's treatments a week younger."""
    x = run(flow(np.zeros(120), scale), np.zeros(500, np.int64)).closing.reshape(120)
    stock, completed = [], []
    for _ in range(months):
        month = np.zeros(120)
        for _week in range(4):
            n = np.roll(x * np.exp(-LEAVE), 1)
            n[0], n[-1] = 3000 * scale * np.exp(-LEAVE / 2), n[-1] + n[0]
            out = n * (1 - np.exp(-PULL))
            x = n - out
            month += out / 2 + np.roll(out, -1) / 2
            month[0], month[-1] = month[0] + out[0] / 2, month[-1] - out[0] / 2
        stock.append(x)
        completed.append(month)
    blank = np.full((months, 1), np.nan)
    return Observed(
        ("all",), ("treated",), MONTHS[-months:], np.array(stock)[:, None], np.array(completed)[:, None, None],
        np.full((months, 1), 12_000.0 * scale), blank, np.array([np.nan]), np.ones(months),
    )  # fmt: skip


def within_18(seen: Observed, shift: int = 0, weeks: int = 52) -> float:
    """Share within 18 weeks so many weeks on at the estimated rates, the list's bins read `shift` weeks off."""
    moved = np.zeros_like(seen.stock)
    moved[..., shift:] = seen.stock[..., : 120 - shift]
    r = e.estimate(replace(seen, stock=moved))
    made_of = Flow(
        opening=r.stock[None], arrivals=r.arrivals[None][..., :weeks], capacity=np.full((1, 1, 1, 1), np.nan), pull=r.pull[None],
        leave=r.leave[None], other=r.other[None],
    )  # fmt: skip
    found = run(made_of, np.r_[np.full(weeks - 1, -1), 0].astype(np.int64))
    return float(100 * found.within[0, -1, 0, 0] / found.listed[0, -1, 0])


@pytest.mark.usefixtures("four_weeks")
def test_the_rates_that_made_a_list_keep_it_as_it_is() -> None:
    seen = made()
    true = 100 * seen.stock[-1, 0, :18].sum() / seen.stock[-1].sum()
    assert within_18(seen) == pytest.approx(true, abs=0.3)


@pytest.mark.usefixtures("four_weeks")
def test_a_bin_off_by_one_costs_the_18_week_share_more_than_all_else() -> None:
    """Why bins are lined up with care: read right, the share is met a month on; read a week off, it is not."""
    seen = made()
    true = 100 * seen.stock[-1, 0, :18].sum() / seen.stock[-1].sum()
    assert abs(within_18(seen, weeks=4) - true) < 0.1
    assert abs(within_18(seen, shift=1, weeks=4) - true) > 1.0


@pytest.mark.usefixtures("four_weeks")
def test_who_leaves_untreated_is_found_by_the_balance() -> None:
    r = e.estimate(made())
    people = r.stock.sum()
    assert float((r.leave * r.stock - r.other).sum() / people) == pytest.approx(LEAVE, rel=0.05)
    assert r.growth.max() == 0.0
    assert any("Growth" in note for note in r.notes)


@pytest.mark.usefixtures("four_weeks")
def test_one_month_takes_removals_from_england_and_says_so() -> None:
    r = e.estimate(made(1))
    assert any("removals" in n and "England" in n for n in r.notes)
    mature = slice(20, 60)
    england = e.national().leave[np.searchsorted(e.COARSE, WEEK, side="right") - 1]
    assert r.leave[0, 0, mature] == pytest.approx((england[mature] + england[21:61]) / 2, rel=0.2, abs=0.003)


def two(small: float) -> Observed:
    """A large specialty and a small one that treats nobody but the longest waiters."""
    big, little = made(), made(scale=small)
    odd = np.zeros_like(little.completed)
    odd[..., 60:] = little.completed.sum(axis=-1, keepdims=True) / 60
    return replace(
        big,
        specialties=("big", "little"),
        stock=np.concatenate([big.stock, little.stock], axis=1),
        completed=np.concatenate([big.completed, odd], axis=1),
        starts=np.concatenate([big.starts, little.starts], axis=1),
        removals=np.concatenate([big.removals, little.removals], axis=1),
        unit_cost=np.full(2, np.nan),
    )


@pytest.mark.usefixtures("four_weeks")
@pytest.mark.parametrize(("scale", "leans"), [(1e-3, True), (1.0, False)])
def test_a_small_specialty_leans_on_the_pattern_of_all(scale: float, leans: bool) -> None:
    r = e.estimate(two(scale))
    young = r.pull[1, 0, 2] / r.pull[1, 0, 70]
    assert (young > 0.2) == leans
    assert any("small" in note for note in r.notes) == leans


def test_months_of_the_pandemic_and_beyond_a_year_do_not_count() -> None:
    months = ((2020, 2), (2020, 3), (2021, 3), (2021, 4), (2021, 5))
    weight = e.month_weights(months)
    assert list(weight > 0) == [False, False, False, True, True]
    assert weight[-1] > weight[-2]


@pytest.mark.usefixtures("four_weeks")
def test_people_who_appear_with_a_wait_behind_them_are_an_inflow_not_a_negative_rate() -> None:
    seen = made()
    more = seen.stock.copy()
    more[:, 0, 20:24] += 300 * np.arange(13)[:, None]
    r = e.estimate(replace(seen, stock=more))
    assert (r.leave >= 0).all()
    assert r.other[0, 0, 16:24].sum() > 0


@pytest.mark.usefixtures("four_weeks")
def test_parts_share_the_list_by_the_way_people_will_leave_it() -> None:
    seen = made()
    late = np.where(WEEK >= 30, 0.9, 0.1)
    both = np.concatenate([seen.completed * late, seen.completed * (1 - late)], axis=2)
    r = e.estimate(replace(seen, parts=("admitted", "non_admitted"), completed=both))
    assert r.stock.sum(axis=1)[0] == pytest.approx(seen.stock[-1, 0])
    treated = (r.stock * r.pull).sum(axis=1)[0]
    assert treated == pytest.approx((e.estimate(seen).stock * e.estimate(seen).pull)[0, 0], rel=0.05)
    assert r.stock[0, 0, 60] > 0.8 * r.stock[0, :, 60].sum()


@pytest.mark.usefixtures("four_weeks")
def test_clock_starts_that_are_not_told_are_those_that_keep_the_first_weeks_in_balance() -> None:
    seen = made()
    r = e.estimate(replace(seen, starts=np.full((13, 1), np.nan)))
    assert r.arrivals.mean() == pytest.approx(3000, rel=0.05)
    assert any("Clock starts" in note for note in r.notes)


@pytest.mark.usefixtures("four_weeks")
def test_nothing_can_be_estimated_from_nobody() -> None:
    seen = made()
    with pytest.raises(ValueError, match="nobody on the list"):
        e.estimate(replace(seen, stock=np.zeros_like(seen.stock)))
    with pytest.raises(ValueError, match="nobody was treated"):
        e.estimate(replace(seen, completed=np.zeros_like(seen.completed)))


@pytest.mark.parametrize(("months", "share"), [(1, 1 / 2), (2, 2 / 3), (6, 6 / 7)])
def test_the_fewer_months_the_less_of_england_s_seasons(months: int, share: float) -> None:
    """One month of a list may be off its own season: England's moves it half as far as its own twelve would."""
    flows = e._by_week_of_year(MONTHS[-months:], np.full((months, 1), 1000.0), e.national().starts, 0.0)[0]
    by_month = np.array([flows[int((30.4 * m + 12) / 7)] for m in range(12)])
    swing = by_month / by_month.mean() - 1
    england = e.national().starts / e.national().starts.mean() - 1
    assert (swing @ england) / (england @ england) == pytest.approx(share, rel=0.1)


def test_a_specialty_grows_nearly_as_its_whole_list() -> None:
    """What sets it apart in some months is mostly not there in the next: nine tenths are taken off, half from each flow."""
    blank = np.zeros((2, 1, 120))
    rates = Rates(
        ("grows", "stands"), ("treated",), (2024, 9), blank + 10.0, blank + 0.04, blank + 0.0, blank + 0.0,
        np.stack([np.full((1, 52), 60.0), np.full((1, 52), 50.0)]), np.full((2, 1, 52), 50.0),
        np.zeros((2, 1)), np.zeros((2, 1)),
    )  # fmt: skip
    together = drawn_together(rates)
    net = (together.arrivals - together.capacity).mean(axis=2)[:, 0]
    assert net.sum() == pytest.approx(10.0)
    assert net == pytest.approx([5.0 + 0.1 * 5.0, 5.0 - 0.1 * 5.0])
    assert together.arrivals[0, 0, 0] == pytest.approx(60.0 - 0.9 * 5.0 / 2)
