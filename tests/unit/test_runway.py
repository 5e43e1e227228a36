"""How long reserves last: worked by hand where nothing is uncertain, a date with a chance where growth is; and bad tables."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.shops import Shops, install, shop_place
from tests.unit.test_appraise_core import SURE
from withless import api
from withless.finances import balances, finances
from withless.pace import paces
from withless.place import Place, Table
from withless.plan import Measure, Plan
from withless.report.runway import sentence, shown
from withless.runway import NOTHING, runway


def tables(
    demand: tuple[float, float] = (0.0, 0.0),
    prices: tuple[float, float] = (0.0, 0.0),
    funding: float = 950_000.0,
    years: tuple[str, ...] = ("2026-27", "2027-28"),
) -> dict[str, Table]:
    n = len(years)
    reserves = {
        "id": np.array(["A", "B"], object), "opening": np.array([100_000.0, 60_000.0]), "earmarked": np.array([0.0, 40_000.0]),
        "minimum": np.array([50_000.0, 0.0]),
    }  # fmt: skip
    gap = {
        "year": np.array(years, object), "spending": np.array([1_000_000.0] + [np.nan] * (n - 1)), "funding": np.full(n, funding),
        "demand_low": np.full(n, demand[0]), "demand_high": np.full(n, demand[1]),
        "prices_low": np.full(n, prices[0]), "prices_high": np.full(n, prices[1]),
    }  # fmt: skip
    return {"reserves": Table("reserves", reserves), "gap": Table("gap", gap)}


def place(**of: object) -> Place:
    return replace(shop_place(overrides=SURE), tables=tables(**of))  # type: ignore[arg-type]


def test_without_growth_reserves_fall_by_the_gap_each_year() -> None:
    f = finances(place(), 1, 1)
    assert (f.usable, f.minimum) == (120_000.0, 50_000.0)
    assert np.allclose(f.gap, 50_000.0)
    assert np.allclose(balances(f, np.zeros_like(f.gap)), [70_000.0, 20_000.0])


def test_growth_of_demand_and_prices_compounds_and_prices_raise_what_is_saved() -> None:
    f = finances(place(demand=(0.02, 0.02), prices=(0.03, 0.03)), 1, 1)
    grown = 1.02 * 1.03
    assert np.allclose(f.gap, [1_000_000 * grown - 950_000, 1_000_000 * grown**2 - 950_000])
    saved = balances(f, np.full_like(f.gap, 10_000.0)) - balances(f, np.zeros_like(f.gap))
    assert np.allclose(saved, [10_300.0, 10_300.0 + 10_609.0])


def test_uncertain_growth_makes_the_date_a_chance_with_the_stated_range() -> None:
    f = finances(place(demand=(0.0, 0.04)), 1, 16)
    first = f.gap[:, 0] + 950_000
    assert np.quantile(first / 1e6 - 1, [0.05, 0.95]) == pytest.approx([0.0, 0.04], abs=2e-3)
    assert np.corrcoef(f.gap.T)[0, 1] > 0.99  # too low one year, too low the next


def test_doing_nothing_ends_in_the_year_worked_by_hand_and_a_plan_lasts_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Shops())
    shut = Measure("shut", "", "shops", "open", ("S1",), "set", 0.0, 0.0, one_off_cost=0.0)
    plan = Plan("A plan", place(), (shut,))
    r = runway(paces(plan, [1, 2], 1, 64))
    nothing, own, *_ = r.scenarios
    assert nothing.name == NOTHING
    assert r.year(nothing) == "2027-28"
    assert list(r.below(nothing)) == [0.0, 1.0]
    assert r.year(own) is None  # the shop cost £100,000 a year
    assert "stay above the minimum" in sentence(r)
    told = shown(r)
    assert max(map(len, told.text.splitlines())) <= 80
    assert json.dumps(dict(told.data), allow_nan=False)


def test_years_beyond_the_calendar_hold_what_the_last_whole_year_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Shops())
    years = tuple(f"{y}-{(y + 1) % 100:02d}" for y in range(2026, 2036))
    shut = Measure("shut", "", "shops", "open", ("S1",), "set", 0.0, 0.0, one_off_cost=0.0)
    plan = Plan("", replace(shop_place(overrides=SURE), tables=tables(years=years)), (shut,))
    own = runway(paces(plan, [1], 1, 64)).scenarios[1].balance
    assert np.allclose(np.diff(own[:, 3:], axis=1), 50_000.0, rtol=1e-4)  # 100,000 saved, 50,000 short


def test_a_place_without_the_tables_is_told_which(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Shops())
    plan = Plan("", shop_place(), (Measure("a", "", "shops", "open", ("S1",), "set", 0.0, 0.0),))
    with pytest.raises(LookupError, match=r"no table reserves and no table gap.*place.yaml"):
        api.runway(plan, draws=64)


@pytest.fixture
def folder(northshire_folder: Path, tmp_path: Path) -> Path:
    for file in northshire_folder.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def test_northshire_has_reserves_and_a_gap(northshire_place: Place) -> None:
    f = finances(northshire_place, 1, 4)
    assert (f.usable, f.minimum) == (70e6, 20e6)
    assert northshire_place.fingerprint != replace(northshire_place, tables={}).fingerprint


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("reserves.csv", ",minimum", ",least", "minimum"),
        ("reserves.csv", ",20000000", ",", "minimum"),
        ("reserves.csv", "35000000", "-35000000", "opening"),
        ("reserves.csv", "95000000,60000000", "95000000,160000000", "at most the opening balance"),
        ("gap.csv", "2027-28", "2031-32", "Years follow each other"),
        ("gap.csv", "2026-27", "2025-26", "Years follow each other"),
        ("gap.csv", "0.01,0.025", "0.025,0.01", "Swap the two"),
        ("gap.csv", "704600000", "", "net spending in the first year"),
        ("gap.csv", "0.02,0.04", "2,4", "prices_low"),
    ],
)
def test_a_wrong_table_is_answered_with_file_column_and_what_was_expected(
    folder: Path, file: str, old: str, new: str, told: str
) -> None:
    written = (folder / file).read_text(encoding="utf-8")
    assert old in written
    (folder / file).write_text(written.replace(old, new, 1), encoding="utf-8")
    faults = [f for f in api.check(folder) if f.severity == "error"]
    assert faults
    assert any(f.file == file and told in str(f) for f in faults), [str(f) for f in faults]


def test_reserves_below_the_minimum_from_the_start_are_a_warning(folder: Path) -> None:
    written = (folder / "reserves.csv").read_text(encoding="utf-8")
    (folder / "reserves.csv").write_text(written.replace("20000000", "90000000"), encoding="utf-8")
    (warning,) = [f for f in api.check(folder) if f.file == "reserves.csv"]
    assert warning.severity == "warning"
    assert "below the minimum from the start" in str(warning)
