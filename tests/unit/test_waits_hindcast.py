"""Hindcasts know nothing of what came after them, follow a list that was made by rule, and say what they cannot do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from lists import hospital, place_with

from withless import api
from withless.files.folder import read_folder
from withless.service import Misused
from withless.services.waits import backtest as b
from withless.services.waits import backtest_calibration as calibration
from withless.services.waits import backtest_cohort as c
from withless.services.waits import backtest_weekly as weekly
from withless.services.waits import commands, project
from withless.services.waits.backtest_command import backtest, series_of
from withless.services.waits.backtest_series import Series, coarser, counted, cumulative, figures
from withless.services.waits.forecast_error import QUANTITIES
from withless.services.waits.tables import BANDS, FLOWS

EDGES = np.append(np.arange(0.0, 105.0, 4.0) - 1, np.inf)
EDGES[0] = 0.0
BANDS_ = len(EDGES) - 1


def made(months: int = 30, noise: float = 0.0, drift: float = 0.0) -> Series:
    """A list a month at a time under known rates; late pull rises by `drift` a month."""
    rng = np.random.default_rng(1)
    dates = tuple((2022 + m // 12, m % 12 + 1) for m in range(months))
    empty = np.zeros((months, BANDS_))
    weeks = Series(dates, EDGES, empty, empty.copy(), np.zeros(months)).weeks
    pull = 0.03 + 0.05 * np.exp(-EDGES[:-1] / 10)
    counts = 50_000 * np.exp(-EDGES[:-1] / 25)
    for _ in range(60):  # until the list is in balance
        counts = c.moved_on(counts, EDGES, 70_000 * 4.35, 4.35) * np.exp(-(pull + 0.005) * 4.35)
    stock, completed, starts = [], [], []
    for m in range(months):
        new = 70_000 * weeks[m] * (1 + noise * rng.standard_normal())
        late = pull * np.where(EDGES[:-1] > 50, 1 + drift * m, 1.0)
        before = c.moved_on(counts, EDGES, new, weeks[m])
        counts = before * np.exp(-(late + 0.005) * weeks[m])
        stock.append(counts)
        completed.append((before - counts) * late / (late + 0.005))
        starts.append(new)
    return Series(dates, EDGES, np.array(stock), np.array(completed), np.array(starts))


def test_a_forecast_does_not_change_with_what_came_after_it() -> None:
    series = made(26, noise=0.05)
    later = replace(series, stock=series.stock.copy(), completed=series.completed.copy(), starts=series.starts.copy())
    for array in (later.stock, later.completed, later.starts):
        array.setflags(write=True)
        array[20:] *= 3.0
    one, other = b.hindcast(series, ets=False), b.hindcast(later, ets=False)
    for method, path in one.forecasts.items():
        np.testing.assert_array_equal(path[:20], other.forecasts[method][:20])
    np.testing.assert_array_equal(one.printed.low[:20], other.printed.low[:20])


def test_a_list_that_goes_by_the_rule_is_forecast_by_the_rule() -> None:
    found = b.hindcast(made(30), ets=False)
    off = np.abs(found.errors("cohort", 6)).mean(axis=0)
    assert (off[:5] < [3.0, 1.0, 0.5, 1.0, 5.0]).all()


def test_rates_add_up_to_all_who_are_gone() -> None:
    series = made(4)
    known = c.rates(series)
    d = series.weeks[1]
    before = c.moved_on(series.stock[0], EDGES, series.starts[1], d)
    kept = before * np.exp(-(known.pull[0] + known.leave[0]) * d)
    assert kept == pytest.approx(series.stock[1])


def test_the_front_of_long_waits_moves_down_and_lowers_nobodys_pull() -> None:
    ages = np.maximum(EDGES[:-1], 0)
    rows = np.array([0.03 + 0.1 / (1 + np.exp(-(ages - (90 - 1.5 * m)) / 6)) for m in range(14)])
    speed = c.front_speed(rows, EDGES, 14)
    assert speed == pytest.approx(1.5, rel=0.25)
    moved = c.moved_down(rows[-1], EDGES, 6.0)
    assert (moved >= rows[-1]).all()
    assert (moved[ages < c.LATE] == rows[-1][ages < c.LATE]).all()
    assert c.front_speed(rows[::-1], EDGES, 14) == 0.0


def test_moving_people_on_loses_none_of_them() -> None:
    counts = np.abs(np.random.default_rng(2).normal(1000, 300, BANDS_))
    assert counted(cumulative(counts, EDGES), EDGES, 4.35).sum() == pytest.approx(counts.sum())
    assert c.moved_on(counts, EDGES, 500.0, 4.35).sum() == pytest.approx(counts.sum() + 500)


def test_percentiles_lie_on_a_straight_line_inside_a_band() -> None:
    found = figures(np.array([10.0, 20, 30, 40]), np.array([0.0, 10, 20, 30, np.inf]))
    assert found[:3] == pytest.approx([100, 26.0, 20 + 10 * 20 / 30])


def test_narrow_bands_are_put_together_with_edges_at_18_and_52() -> None:
    weeks = np.append(np.arange(105.0), np.inf)
    series = Series(((2024, 1),), weeks, np.ones((1, 105)), np.ones((1, 105)), np.array([1.0]))
    coarse = coarser(series)
    assert {18.0, 52.0} <= set(coarse.edges)
    assert coarse.stock.sum() == 105
    assert len(coarse.edges) < 32


def test_months_of_the_pandemic_have_no_rates() -> None:
    series = made(6)
    moved = replace(series, months=tuple((2020, m) for m in range(1, 7)))
    assert np.isfinite(c.rates(moved).pull).all(axis=1).tolist() == [True, False, False, False, False]


def test_a_missing_month_is_skipped_and_the_rest_still_forecast() -> None:
    series = made(30, noise=0.03)
    for array in (series.stock, series.completed, series.starts):
        array.setflags(write=True)
        array[15] = np.nan
    found = b.hindcast(series, ets=False)
    assert np.isnan(found.forecasts["combined"][15]).all()
    assert len(found.errors("combined", 12)) == 30 - 12 - 12 - 1
    assert np.isfinite(np.array([found.errors(m, 3).sum() for m in found.forecasts])).all()


def test_overlapping_forecasts_are_not_counted_as_so_many() -> None:
    hits = np.array([1.0] * 15 + [0.0] * 3)
    share, low, high = b.coverage_interval(hits, 12)
    assert share == pytest.approx(15 / 18)
    alone = b.coverage_interval(hits, 1)
    assert high - low > 1.5 * (alone[2] - alone[1])


def test_errors_that_grow_as_a_square_root_are_seen_to() -> None:
    rng = np.random.default_rng(3)
    ahead = np.tile(np.arange(1.0, 13.0), 60)
    scale, power = calibration.spread_of(rng.standard_normal((720, 1)) * 2 * ahead[:, None] ** 0.5, ahead)
    assert scale[0] == pytest.approx(2, rel=0.15)
    assert power[0] == pytest.approx(0.5, abs=0.07)


def test_a_forecast_left_out_shares_no_month_with_those_that_its_errors_are_from() -> None:
    truth = np.ones((40, 12, 8))
    pairs = calibration.pairs_of(list(range(12, 40)), truth, 39)
    assert max(t + h for t, h in pairs) == 39
    for origin in (12, 25, 38):
        for t, h in calibration.apart(pairs, origin, 12):
            assert not set(range(t + 1, t + h + 1)) & set(range(origin + 1, origin + 13))


def test_errors_are_calibrated_back_to_those_that_were_made() -> None:
    """A lean of long waits, half of it taken off for want of years; a scale; and as much spread as errors bear out."""
    rng, months = np.random.default_rng(4), np.arange(1, 13.0)[None, :, None]
    off = 0.05 * np.sqrt(months) * rng.standard_normal((48, 12, 8)) + 0.2 * months / 12
    own = np.repeat(0.1 * np.sqrt(months), 48, axis=0) * np.ones(8)
    found = calibration.calibrated(off, own, calibration.pairs_of(list(range(12, 36)), off, 48))
    years = 24 / 12
    assert found["over_52"].lean == pytest.approx(0.2 * years / (years + calibration.PRIOR_YEARS), abs=0.03)
    assert found["list"].lean == found["over_104"].lean == 0.0
    assert found["over_65"].scale * 12 ** found["over_65"].power == pytest.approx(
        np.hypot(0.05 * 12**0.5, 0.06), rel=0.2
    )
    assert found["over_52"].kept == pytest.approx(0.5, rel=0.25)


def test_the_damped_trend_goes_on_and_flattens() -> None:
    past = np.outer(np.arange(1, 31), np.ones(5)) + 100
    path = b.damped_trend(past)
    assert (path[:, 1] > past[-1, 1]).all()
    steps = np.diff(path[:, 1])
    assert (np.diff(steps) <= 1e-6).all()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    series = made(30, noise=0.03)
    rows, flows = ["specialty,part,month,week_from,week_to,count"], ["specialty,month,clock_starts"]
    for m, (y, month) in enumerate(series.months):
        flows.append(f"all,{y}-{month:02d},{series.starts[m]:.0f}")
        for k in range(BANDS_):
            to = "" if k + 1 == BANDS_ else f"{EDGES[k + 1]:g}"
            for part, counts in (("incomplete", series.stock), ("completed", series.completed)):
                rows.append(f"all,{part},{y}-{month:02d},{EDGES[k]:g},{to},{counts[m, k]:.0f}")
    (tmp_path / "bands.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "flows.csv").write_text("\n".join(flows) + "\n")
    return tmp_path


def test_the_command_shows_every_peer_and_how_often_ranges_held(folder: Path) -> None:
    tables, warnings = read_folder(folder, (BANDS, FLOWS))
    assert not warnings
    shown = backtest(tables, None)
    assert all(b.TITLES[m] in shown.text for m in b.METHODS)
    assert max(map(len, shown.text.splitlines())) <= 80
    assert {r["method"] for r in shown.rows} == set(b.METHODS)
    assert {r["quantity"] for r in shown.data["coverage"]} == set(QUANTITIES)


def test_the_peer_that_is_not_installed_is_left_out_and_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent() -> None:
        raise b.NoPeer("the damped trend needs statsmodels: pip install 'withless[backtest]'")

    monkeypatch.setattr(b, "_statsmodels", absent)
    tables, _ = read_folder(folder, (BANDS, FLOWS))
    shown = backtest(tables, None)
    assert "pip install 'withless[backtest]'" in shown.text
    assert b.TITLES["ets"] not in shown.text


def test_specialties_a_month_ahead_need_three_months(folder: Path) -> None:
    tables, _ = read_folder(folder, (BANDS, FLOWS))
    shown = backtest(tables, None, by="specialty")
    assert max(map(len, shown.text.splitlines())) <= 80
    assert shown.rows[0]["list_ours"] < 5


@pytest.mark.parametrize(
    ("options", "said"),
    [({"specialty": "C_1"}, "no C_1"), ({"by": "week"}, "--by is specialty"), ({}, "a backtest needs")],
)
def test_what_cannot_be_is_said(folder: Path, options: dict[str, str], said: str) -> None:
    lines = (folder / "bands.csv").read_text().splitlines()
    (folder / "bands.csv").write_text("\n".join([lines[0], *(x for x in lines[1:] if ",2022-0" in x)]) + "\n")
    tables, _ = read_folder(folder, (BANDS, FLOWS))
    with pytest.raises(Misused, match=said):
        backtest(tables, None, **options)


def test_a_month_missing_from_the_table_is_a_gap_not_a_shift(folder: Path) -> None:
    lines = (folder / "bands.csv").read_text().splitlines()
    (folder / "bands.csv").write_text("\n".join(x for x in lines if ",2023-03," not in x) + "\n")
    tables, _ = read_folder(folder, (BANDS, FLOWS))
    series = series_of(tables)
    assert len(series.months) == 30
    assert np.isnan(series.stock[14]).all()
    assert np.isfinite(series.stock[15]).all()


def test_growth_is_of_months_that_both_years_and_both_flows_have() -> None:
    """A month that one flow lacks would else make the other seem to grow by a twelfth more."""
    flow = np.concatenate([np.full(12, 100.0), np.full(12, 105.0)])
    told = np.ones(24, dtype=bool)
    told[15] = False
    assert c.growth(flow, 23, told) == pytest.approx(np.log(1.05))
    assert c.growth(flow, 20, told) == c.LONG_RUN_GROWTH
    told[14:20] = False
    assert c.growth(flow, 23, told) == pytest.approx(np.log(1.05))
    told[13:] = False
    assert c.growth(flow, 23, told) == c.LONG_RUN_GROWTH


def test_the_backtest_scores_what_project_prints() -> None:
    """The same list by the command and by the hindcast: the same figures and the same ranges, to the last digit but few."""
    place = place_with(hospital(name="list"))
    instance = place.instances["list"]
    models = api.Study(place, weekly.SEED, 64 * weekly.BLOCKS).models(instance.name)
    printed = commands.project(models, None, weeks=52).data
    found = weekly.taken_on(project.rates_of(instance), np.array([26.0, 52.0]))
    for path, key in zip(found.printed(), ("mean", "p10", "p90"), strict=True):
        for q, name in enumerate(QUANTITIES):
            said = printed["projections"]["nothing changes"][name][key][-1][1:]
            assert said == pytest.approx(path[:, q], rel=1e-9), (name, key)
