"""England 2022-24, forecast from what was known in each month: errors next to every peer's, and how often ranges held.

The published months are looked for in ../shared/data and skipped, saying so, where they are absent.
"""

from __future__ import annotations

import calendar
import csv
import re
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from withless.files.folder import read_folder
from withless.place import Instance, Table
from withless.service import get
from withless.services.waits import backtest as b
from withless.services.waits import backtest_command, long_wait_drive
from withless.services.waits import estimate as e
from withless.services.waits.backtest_command import series_of
from withless.services.waits.backtest_series import FIVE, errors, figures
from withless.services.waits.backtest_short import short
from withless.services.waits.backtest_weekly import as_observed, origin
from withless.services.waits.forecast_error import QUANTITIES, measured
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


@pytest.mark.parametrize("ahead", [3, 6, 9, 12])
@pytest.mark.parametrize("peer", ["naive", "ets", "flat"])
def test_it_is_nearer_than_every_peer_on_all_five_at_every_horizon(found: b.Hindcast, peer: str, ahead: int) -> None:
    nearer, farther = (np.abs(found.errors(m, ahead)).mean(axis=0)[:FIVE] for m in ("weekly", peer))
    assert (nearer < farther).all()


def test_a_year_ahead_waits_over_52_weeks_are_off_by_less_than_an_eighth(found: b.Hindcast) -> None:
    """With the errors of the package, and with errors of other months alone."""
    of = QUANTITIES.index("over_52")
    left = errors(found.left_out.mean[b.FIRST :, 11], found.truth[b.FIRST :, 11])[:, of]
    for off in (found.errors("weekly", 12)[:, of], left[np.isfinite(left)]):
        assert np.abs(off).mean() < 12.0


def test_a_year_ahead_it_is_nearer_than_the_first_calculation(found: b.Hindcast) -> None:
    """On the list the first calculation, from other months, was a hair nearer."""
    assert (np.abs(found.errors("weekly", 12)).mean(axis=0)[:FIVE] < 1.05 * PROTOTYPE).all()


@pytest.mark.parametrize("ahead", [3, 6, 9, 12])
def test_the_range_of_four_in_five_holds_what_came_about_four_times_in_five(found: b.Hindcast, ahead: int) -> None:
    """At every threshold; a share of some twenty that overlap moves by a tenth with two of them."""
    hits = found.covered(ahead).mean(axis=0)
    assert (hits >= 0.6).all()
    assert (hits <= 0.95).all()
    assert 0.7 <= hits.mean() <= 0.9


def test_ranges_by_errors_of_other_months_hold_nearly_as_often(found: b.Hindcast) -> None:
    """Long waits of 78 weeks and more do not: two and a half years hold one such drive, not two."""
    hits = np.concatenate([found.covered(h, "left_out") for h in (3, 6, 9, 12)]).mean(axis=0)
    assert (hits[:6] > 0.7).all()
    assert (hits[:6] < 0.95).all()


def test_the_errors_that_are_drawn_from_are_those_measured(found: b.Hindcast) -> None:
    for name, error in measured().items():
        fresh = asdict(found.fitted[name])
        for key, value in asdict(error).items():
            assert value == pytest.approx(fresh[key], rel=0.03, abs=0.003), (name, key)


def test_the_cohort_gains_from_the_naive_forecast_at_every_horizon_but_on_the_list(found: b.Hindcast) -> None:
    for ahead in range(1, 13):
        ours, alone = (np.abs(found.errors(m, ahead)).mean(axis=0)[:FIVE] for m in ("weekly", "alone"))
        assert (ours[1:] < alone[1:]).all()
        assert ours[0] == pytest.approx(alone[0], rel=1e-6)


def test_in_the_month_that_taught_nothing_ranges_held_up_to_65_weeks(found: b.Hindcast, shared_data: Path) -> None:
    """Sixteen months on from the last month of the series, January 2026: one forecast, and no more."""
    path = shared_data / "waits" / "england_2026-01_specialty_week_bands.csv"
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    first = rows[0].index("w00")
    waiting = [
        [float(x or 0) for x in r[first : first + 105]] for r in rows if r[0] == "incomplete" and r[1] != "C_999"
    ]
    came = figures(np.sum(waiting, axis=0), np.append(np.arange(105.0), np.inf))
    mean, low, high = (x[-1] for x in origin(found.series, 16).printed())
    off, naive = (np.abs(errors(of, came))[:FIVE] for of in (mean, found.series.figures()[-1]))
    assert (off < naive).all()
    assert ((low <= came) & (came <= high)).tolist() == [True] * 6 + [False, True]
    lines = dict(
        re.findall(r"^(\w+) +(.*)$", PAGE.read_text(encoding="utf-8").split("January 2026, 16 months on")[1], re.M)
    )
    for q, name in enumerate(QUANTITIES):
        said = lines[name].split()
        for value, cell in zip((came[q], mean[q], low[q], high[q]), said, strict=False):
            assert float(cell.replace(",", "")) == pytest.approx(value, abs=0.051 if q in (1, 2, 3) else 0.51)


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
    assert of[:FIVE] == pytest.approx([7_155_958, 61.4307406499591, 13.6209059591753, 40.347456, 133_860], rel=1e-9)
    assert of[FIVE : FIVE + 2] == pytest.approx([7_417, 1_614])


def test_the_page_shows_what_the_command_prints(found: b.Hindcast) -> None:
    page = PAGE.read_text(encoding="utf-8")
    shown = page.split("$ withless waits backtest england\n")[1].split("```")[0]
    assert shown == backtest_command._text(found, None, "")


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


def test_the_page_shows_what_three_months_allow(shared_data: Path, tmp_path: Path) -> None:
    waiting_list(sorted((shared_data / "waits" / "commissioner_2014-15").glob("*.xls")), tmp_path, england=True)
    shown = short(read_folder(tmp_path, (BANDS, FLOWS))[0])
    page = PAGE.read_text(encoding="utf-8")
    assert page.split("$ withless waits backtest winter --by specialty\n")[1].split("```")[0] == shown.text
    nearer = [r["median_ours"] < r["median_naive"] for r in shown.rows]
    assert np.mean(nearer) > 0.9
