"""The front of long waits: its speed is read off a list's own months, it slows down, and it can be switched off."""

from dataclasses import replace

import numpy as np
import pytest
from lists import STILL, bands_of, fixed, hospital, place_with
from places import draws_for

from withless import api
from withless.services.waits import backtest_cohort as monthly
from withless.services.waits import commands, long_wait_drive, outlook, project
from withless.services.waits.backtest_series import Series
from withless.services.waits.backtest_weekly import as_observed
from withless.services.waits.calendar_weeks import by_week
from withless.services.waits.forecast_error import measured
from withless.services.waits.rates import Observed

EDGES = long_wait_drive.EDGES


def coming_down(speed: float, months: int = 14, people: float = 70_000.0) -> Observed:
    """A list whose longest waiters are treated at an age that comes down by `speed` weeks a month."""
    dates = tuple((2022 + m // 12, m % 12 + 1) for m in range(months))
    blank = np.zeros((months, len(EDGES) - 1))
    weeks = Series(dates, EDGES, blank, blank.copy(), np.zeros(months)).weeks
    counts, stock, completed = people * 0.7 * np.exp(-EDGES[:-1] / 25), [], []
    for m in range(-40, months):
        d = weeks[max(m, 0)]
        pull = 0.03 + 0.1 / (1 + np.exp(-(EDGES[:-1] - (90 - speed * max(m, 0))) / 6))
        before = monthly.moved_on(counts, EDGES, people * d, d)
        counts = before * np.exp(-(pull + 0.005) * d)
        if m >= 0:
            stock.append(counts)
            completed.append((before - counts) * pull / (pull + 0.005))
    return as_observed(Series(dates, EDGES, np.array(stock), np.array(completed), people * weeks))


def test_the_speed_is_read_off_the_months() -> None:
    seen = coming_down(1.5)
    assert long_wait_drive.speed(seen, seen.starts) == pytest.approx(1.5, rel=0.25)
    still = coming_down(0.0)
    assert long_wait_drive.speed(still, still.starts) == pytest.approx(0.0, abs=0.1)


def test_few_months_or_few_people_show_no_speed() -> None:
    for seen in (coming_down(1.5, months=8), coming_down(1.5, people=50.0)):
        assert np.isnan(long_wait_drive.speed(seen, seen.starts))


def test_a_month_that_is_missing_is_a_gap() -> None:
    seen = coming_down(1.5, months=16)
    kept = [m for m in range(16) if m != 7]
    arrays = {n: getattr(seen, n)[kept].copy() for n in ("stock", "completed", "starts", "removals", "working_days")}
    gap = replace(seen, months=tuple(seen.months[m] for m in kept), **arrays)
    assert long_wait_drive.speed(gap, gap.starts) == pytest.approx(1.5, rel=0.25)


def test_the_front_slows_down_and_never_goes_back() -> None:
    down = long_wait_drive.path(np.array([0.0, 1.0, 2.0]), np.array([0.8, 0.8, 0.9]), 4.0, 520)
    assert (down[0] == 0).all()
    assert (np.diff(down) >= 0).all()
    assert down[1, -1] == pytest.approx(4 + 0.8 / 0.2)
    assert down[2, -1] == pytest.approx(2 * (4 + 0.9 / 0.1), rel=0.01)
    assert (down[1, : long_wait_drive.STEP] == down[1, 0]).all()
    assert np.array_equal(long_wait_drive.path(np.array([2.0]), np.array([0.9]), 4.0, 52)[0], down[2, :52])


def over_52(place, **kwargs) -> float:
    instance = next(iter(place.instances.values()))
    known = project.rates_of(instance)
    seen, rates = known[0], replace(known[1], **kwargs)
    line = by_week(rates.month, 52)
    found = project.take_on(instance, (seen, rates), draws_for(place), line, project.today(rates, 52))
    return float((found.listed[:, -1, -1] - found.within[:, -1, -1, 1]).mean())


def rising(payer: str = "nhs"):
    """A list on which those who have waited longest are treated soonest."""
    waiting = [900, 800, 700, 620, 550, 500, 450, 400, 360, 330, 300, 270, 240, 180, 120, 60, 20]
    treated = [300, 90, 70, 60, 50, 45, 42, 38, 36, 33, 32, 33, 36, 45, 55, 45, 20]
    return hospital(
        [*bands_of("hips", "incomplete", waiting), *bands_of("hips", "completed", treated)],
        [["hips", "2026-03", 1000.0, 0.0, 900.0, "Hips"]], 9e6, payer=payer,
    )  # fmt: skip


def test_a_front_leaves_fewer_long_waits_and_can_be_switched_off() -> None:
    moving, off = (place_with(rising(), overrides=STILL | fixed(front__goes_on=g)) for g in (1.0, 0.0))
    assert over_52(moving) < 0.9 * over_52(off)
    assert over_52(off, front_speed=2.0) == over_52(off)


def test_months_of_its_own_count_before_what_is_drawn() -> None:
    place = place_with(rising(), overrides=STILL | fixed(front__goes_on=1.0))
    assert over_52(place, front_speed=0.0) == over_52(place_with(rising(), overrides=STILL | fixed(front__goes_on=0.0)))
    assert over_52(place, front_speed=2.0, behind=4.0) < over_52(place, front_speed=2.0) < over_52(place)


def test_only_the_nhs_has_been_told_to_clear_long_waits() -> None:
    council, off = (place_with(rising("council"), overrides=STILL | fixed(front__goes_on=g)) for g in (1.0, 0.0))
    assert over_52(council) == over_52(off)


def told(place):
    (instance,) = place.instances.values()
    return commands.project(api.Study(place, 1, 64).models(instance.name), None, weeks=52)


def test_the_words_say_whether_drives_go_on_and_how_much_the_naive_forecast_weighs() -> None:
    going_on, stopped = told(place_with(rising())), told(place_with(rising(), overrides=fixed(front__goes_on=0.0)))
    assert "Drives against waits of over 39 weeks are taken to go on" in going_on.text
    assert "Drives against" not in stopped.text
    assert "Drives against" not in told(place_with(rising("council"))).text
    still, moving = (np.array(t.data["naive_weight"]["over_52"])[-1] for t in (stopped, going_on))
    assert (still == measured()["over_52"].naive_weight).all()
    assert (moving < still).all()
    assert not np.any(going_on.data["naive_weight"]["list"])
    assert max(map(len, going_on.text.splitlines())) <= 80


def paths(**values: list[float]) -> outlook.Paths:
    """One draw of one group at two horizons."""
    usual = {"list": [100, 100], "within_18": [60, 60], "median": [14, 14], "percentile_92": [40, 44]}
    usual |= {"over_52": [4, 8], "over_65": [1, 2], "over_78": [0, 0], "over_104": [0, 0], "treated": [50, 100]}
    return outlook.Paths((26, 52), {k: np.array([[v]], dtype=float) for k, v in (usual | values).items()})


NOW = {"list": 100.0, "within_18": 58.0, "median": 13.0, "percentile_92": 38.0}
NOW |= {"over_52": 2.0, "over_65": 1.0, "over_78": 0.0, "over_104": 0.0}
BASIS = outlook.Basis(paths(), None, {k: np.array([v]) for k, v in NOW.items()}, 24)


def test_all_but_the_list_are_stated_as_a_mean_with_the_naive_forecast() -> None:
    said = outlook.mixed(paths(), BASIS, measured())
    w = measured()["over_52"].naive_weight
    assert 0 < w < 1
    assert said["over_52"][0, 0] == pytest.approx([w * 2 + (1 - w) * 4, w * 2 + (1 - w) * 8])
    assert said["percentile_92"][0, 0, 0] == pytest.approx(40 - 2 * measured()["percentile_92"].naive_weight)
    assert said["median"][0, 0, 0] == pytest.approx(14 - measured()["median"].naive_weight)
    for name in ("list", "treated"):
        assert np.array_equal(said[name], paths().values[name])


def test_the_faster_the_front_moves_the_less_the_naive_forecast_weighs() -> None:
    nearer = []
    for there in (8.0, 12.0, 24.0):  # over 52 weeks, had the front stood still
        basis = replace(BASIS, still=paths(over_52=[4, there]))
        nearer.append(outlook.mixed(paths(), basis, measured())["over_52"][0, 0, 1])
    assert nearer[0] < nearer[1] < nearer[2] < 8.0


def test_a_change_is_stated_as_far_from_the_baseline_as_its_run_is() -> None:
    plan = paths(over_52=[6, 12], percentile_92=[41, 46])
    said, base = (outlook.mixed(p, BASIS, measured()) for p in (plan, paths()))
    assert (said["over_52"] - base["over_52"])[0, 0] == pytest.approx([2, 4])
    assert (said["percentile_92"] - base["percentile_92"])[0, 0] == pytest.approx([1, 2])


def test_nothing_stated_is_impossible() -> None:
    emptied = paths(list=[1, 0], over_52=[0, 0], over_65=[0, 0], median=[2, np.nan], percentile_92=[3, np.nan])
    draws = outlook.mixed(emptied, BASIS, measured())
    said = outlook.stated(draws, (26, 52), measured())
    for whole, part in (("list", "over_52"), ("over_52", "over_65"), ("over_65", "over_78")):
        assert (said[part] >= 0).all()
        assert (said[part] <= said[whole]).all()
    assert said["percentile_92"][0, 0] >= said["median"][0, 0]
