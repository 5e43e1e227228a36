"""England 2022-24, forecast from what was known in each month: errors beside every peer's, and how often ranges held.

The published months are looked for in ../shared/data and skipped, saying so, where they are absent.
"""

from __future__ import annotations

import calendar
import csv
import re
from pathlib import Path

import numpy as np
import pytest

from withless.files.folder import read_folder
from withless.place import Instance, Table
from withless.service import get
from withless.services.waits import backtest as b
from withless.services.waits import estimate as e
from withless.services.waits import long_wait_drive
from withless.services.waits.backtest_command import series_of
from withless.services.waits.backtest_series import errors, figures
from withless.services.waits.backtest_short import short
from withless.services.waits.backtest_weekly import as_observed, weekly
from withless.services.waits.forecast_error import METHODS, lean, measured, naive_weight
from withless.services.waits.observed import observed
from withless.services.waits.tables import BANDS, FLOWS
from withless.sources.importing import waiting_list

PAGE = Path(__file__).parents[2] / "docs" / "waits_backtest.md"
PROTOTYPE = np.array([2.75, 1.28, 0.47, 1.7, 33.0])
"""Mean absolute errors a year ahead that an earlier calculation had, of the better of it and the naive forecast: list in per
cent, points within 18 weeks, weeks of the median and the 92nd percentile, per cent of those over 52 weeks."""


@pytest.fixture(scope="module")
def tables(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Table]:
    folder, out = shared_data / "waits", tmp_path_factory.mktemp("england")
    names = ("england_4week_bands_2021-04_2024-09.csv", "england_stock_flow_2021-04_2024-09.csv")
    waiting_list([folder / n for n in names], out, england=True)
    return dict(read_folder(out, (BANDS, FLOWS))[0])


@pytest.fixture(scope="module")
def found(tables: dict[str, Table]) -> b.Hindcast:
    return b.hindcast(series_of(tables))


@pytest.mark.parametrize("peer", ["naive", "ets", "flat"])
def test_a_year_ahead_it_is_nearer_than_every_peer_on_all_five(found: b.Hindcast, peer: str) -> None:
    for ours in ("weekly", "combined"):
        nearer, farther = (np.abs(found.errors(m, 12)).mean(axis=0) for m in (ours, peer))
        assert (nearer < farther).all()


def test_a_year_ahead_it_is_nearer_than_the_first_calculation(found: b.Hindcast) -> None:
    """On the list and the median the first calculation, from other months, was a hair nearer than what `project` prints."""
    off = {m: np.abs(found.errors(m, 12)).mean(axis=0) for m in ("weekly", "combined")}
    assert (off["combined"] < PROTOTYPE).all()
    assert (off["weekly"] < 1.05 * PROTOTYPE).all()


def test_what_came_lay_in_the_range_of_four_in_five_about_four_times_in_five(found: b.Hindcast) -> None:
    """Over all horizons; at single ones there are too few forecasts that do not overlap to tell."""
    hits = np.concatenate([found.covered(h) for h in range(1, 13)]).mean(axis=0)
    assert (hits > 0.6).all()
    assert (hits < 0.95).all()


def test_the_errors_that_are_drawn_from_are_those_measured(found: b.Hindcast) -> None:
    origins = list(range(b.FIRST, len(found.series.months) - 1))
    s, h = map(np.array, b._pairs(len(found.series.months) - 1, origins, found.truth))
    for method in METHODS:
        off = b.logged(found.forecasts[method][s, h]) - b.logged(found.truth[s, h])
        scale, power = b.spread_of(off, h + 1.0)
        for q, name in enumerate(b.QUANTITIES):
            assert measured()[method][name]["scale"] == pytest.approx(scale[q], rel=0.02)
            assert measured()[method][name]["power"] == pytest.approx(power[q], abs=0.01)
    for q, name in enumerate(b.QUANTITIES):
        assert naive_weight(name) == pytest.approx(found.weights[-1, q], abs=0.005)
    assert lean("over_52") == pytest.approx(found.errors("weekly", 12)[:, 4].mean() / 100, abs=0.005)


def test_long_waits_are_nearer_with_the_naive_forecast_and_the_rest_is_as_near_without(found: b.Hindcast) -> None:
    for ahead in range(1, 13):
        ours, alone, naive = (np.abs(found.errors(m, ahead)).mean(axis=0) for m in ("weekly", "alone", "naive"))
        assert (ours[3:] < np.minimum(alone[3:], naive[3:])).all()
    usable = list(range(b.LEARN, len(found.series.months)))
    mixed, _ = b._combined(found.forecasts["alone"], found.forecasts["naive"], found.truth, usable)
    s, h = b._pairs(len(found.series.months) - 1, list(range(b.FIRST, usable[-1])), found.truth)
    alone, both = (
        np.sqrt((errors(f[s, h], found.truth[s, h])[:, :3] ** 2).mean(axis=0))
        for f in (found.forecasts["alone"], mixed)
    )
    assert both == pytest.approx(alone, rel=0.12)


def test_the_months_that_were_not_looked_at_are_nearer_than_if_nothing_changed(
    found: b.Hindcast, shared_data: Path
) -> None:
    """Sixteen months on from the last month of the series, January 2026, which taught nothing: one forecast, and no more."""
    path = shared_data / "waits" / "england_2026-01_specialty_week_bands.csv"
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    first = rows[0].index("w00")
    kept = [r[:2] for r in rows if r[0] == "incomplete" and r[1] != "C_999"]
    waiting = np.sum([[float(x or 0) for x in r[first : first + 105]] for r in rows if r[:2] in kept], axis=0)
    came = figures(waiting, np.append(np.arange(105.0), np.inf))
    weights, now = found.weights[-1], found.series.figures()[-1]
    cohort = weekly(found.series, 16)["alone"][-1]
    ours = weights * now + (1 - weights) * cohort
    off, naive = np.abs(errors(ours, came)), np.abs(errors(now, came))
    assert (off < naive).all()
    said = " ".join(PAGE.read_text(encoding="utf-8").split())
    for value, digits in zip(off, (1, 1, 1, 1, 0), strict=True):
        assert f"{value:.{digits}f}" in said.split("January 2026")[1]


def test_the_speed_of_the_front_in_the_register_is_that_of_the_months(found: b.Hindcast, shared_data: Path) -> None:
    seen = as_observed(found.series)
    assert long_wait_drive.speed(seen, seen.starts) == pytest.approx(
        get("waits").assumptions.items["waits.front.speed"].high, abs=0.05
    )


def test_england_s_rates_in_the_package_are_those_of_its_months(tables: dict[str, Table]) -> None:
    seen = as_observed(series_of(tables))
    flat = e.pattern(
        {"pull": np.full(27, 0.04), "leave": np.full(27, 0.01), "starts": np.ones(12), "treated": np.ones(12)}, "none"
    )
    sums = e._summed(seen)
    treated = np.add.reduceat(sums.treated[0, 0], np.searchsorted(e.FINE, e.COARSE))
    exposure = np.add.reduceat(sums.exposure[0], np.searchsorted(e.FINE, e.COARSE))
    assert e.national().pull == pytest.approx(treated / exposure, abs=0.0006)
    assert e.national().leave == pytest.approx(sums.left[0] / sums.left_exposure[0], abs=0.0006)
    assert e.estimate(seen, flat).stock.sum() == pytest.approx(7_603_031)


def test_the_months_of_the_year_are_those_of_three_years(tables: dict[str, Table]) -> None:
    series = series_of(tables)
    days = np.array([calendar.monthrange(*m)[1] for m in series.months])
    for name, flow in (("starts", series.starts), ("treated", series.completed.sum(axis=1))):
        season = np.zeros(12)
        for first in (6, 18, 30):
            year = slice(first, first + 12)
            level = flow[year].sum() / days[year].sum()
            for m, rate in zip(series.months[year], flow[year] / days[year], strict=True):
                season[m[1] - 1] += rate / level / 3
        assert getattr(e.national(), name) == pytest.approx(season, abs=0.0006)


def test_percentiles_are_those_published_for_january_2026(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "waits" / "england_2026-01_incomplete_english_commissioners.csv"
    waiting_list([path], tmp_path, england=True)
    instance = Instance("england", "waits", "", "nhs", np.nan, read_folder(tmp_path, (BANDS, FLOWS))[0])
    weeks = observed(instance).stock[0].sum(axis=0)
    of = figures(weeks, np.append(np.arange(120.0), np.inf))
    assert of == pytest.approx([7_155_958, 61.4307406499591, 13.6209059591753, 40.347456, 133_860], rel=1e-9)


def test_the_page_says_what_the_command_finds(found: b.Hindcast) -> None:
    page = PAGE.read_text(encoding="utf-8")
    for method in b.METHODS:
        cells = re.search(rf"^\| {re.escape(b.TITLES[method])} \|(.*)\|$", page, re.MULTILINE)
        assert cells, method
        said = [float(c) for c in cells[1].split("|")]
        is_so = np.abs(found.errors(method, 12)).mean(axis=0)
        assert said == pytest.approx(is_so, abs=0.0501 * np.array([1, 0.1, 0.1, 0.1, 1]).max())
    for ahead in (1, 3, 6, 12):
        cells = re.search(rf"^\| {ahead} months? \|(.*)\|$", page, re.MULTILINE)
        assert cells, ahead
        shares = [int(n) for n in re.findall(r"(\d+)% \(", cells[1])]
        assert shares == [round(100 * s) for s in found.covered(ahead).mean(axis=0)]


def test_specialties_differ_from_the_whole_as_much_as_shrinking_supposes(shared_data: Path, tmp_path: Path) -> None:
    waiting_list([shared_data / "waits" / "england_2026-01_specialty_week_bands.csv"], tmp_path, england=True)
    instance = Instance("england", "waits", "", "nhs", np.nan, read_folder(tmp_path, (BANDS, FLOWS))[0])
    sums = e._summed(observed(instance))
    treated, exposure = sums.treated.sum(axis=1), sums.exposure
    expected = treated.sum(axis=0) / exposure.sum(axis=0) * exposure
    expected *= treated.sum(axis=1, keepdims=True) / expected.sum(axis=1, keepdims=True)
    many = expected[:, :39] > 50
    ratio = treated[:, :39][many] / expected[:, :39][many]
    beyond_chance = float(((ratio - 1) ** 2 - 1 / expected[:, :39][many]).mean())
    assert beyond_chance == pytest.approx(1 / e.SHRINK, rel=0.1)


def test_the_page_says_what_three_months_allow(shared_data: Path, tmp_path: Path) -> None:
    waiting_list(sorted((shared_data / "waits" / "commissioner_2014-15").glob("*.xls")), tmp_path, england=True)
    shown = short(read_folder(tmp_path, (BANDS, FLOWS))[0])
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    mean = {k: np.mean([row[k] for row in shown.rows]) for k in shown.rows[0] if k not in ("specialty", "people")}
    worse = sum(row["median_ours"] < row["median_naive"] for row in shown.rows)
    for said in (
        f"over {len(shown.rows)} specialties the list was off by {mean['list_ours']:.1f}% (naive {mean['list_naive']:.1f}%)",
        f"median by {mean['median_ours']:.1f} weeks (naive {mean['median_naive']:.1f}, worse in {worse} of {len(shown.rows)})",
        f"18-week share by {mean['within_18_ours']:.1f} points (naive {mean['within_18_naive']:.1f})",
        f"{mean['percentile_92_ours']:.1f} weeks (naive {mean['percentile_92_naive']:.1f})",
    ):
        assert said in page
