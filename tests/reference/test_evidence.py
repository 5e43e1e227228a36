"""The commands behind the ranges for volunteers, hours and closing find on made-up files what was put into them."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def module(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(Path(path).stem, EXAMPLES / path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture(scope="module")
def hours() -> ModuleType:
    return module("volunteers/hours.py")


@pytest.fixture(scope="module")
def afterwards() -> ModuleType:
    return module("somerset/afterwards.py")


def test_what_hours_do_to_loans_is_found_beside_the_trend_of_all(hours: ModuleType) -> None:
    """Loans fall by 30% everywhere, and by 0.4 per cent a per cent of hours."""
    after = {"A": 40.0, "B": 20.0, "C": 10.0, "D": 30.0}
    known = {k: {2015: 40.0, 2016: 40.0, 2017: h, 2018: h} for k, h in after.items()}
    counts = {(k, 2015): 1000.0 for k in after} | {(k, 2017): 700.0 * (h / 40) ** 0.4 for k, h in after.items()}
    slope, error, libraries = hours.elasticity(counts, known, 2015, 2017)
    assert slope == pytest.approx(0.4)
    assert error == pytest.approx(0.0, abs=1e-9)
    assert libraries == 4


def test_a_library_that_closed_says_nothing_of_hours(hours: ModuleType, tmp_path: Path) -> None:
    file = tmp_path / "newcastle_hours.csv"
    file.write_text("Library,2015,2016,2017\nA Library,40,20,closed\nB Library,30,,12.5\n", encoding="utf-8")
    assert hours.opening(file) == {"A": {2015: 40.0, 2016: 20.0}, "B": {2015: 30.0, 2017: 12.5}}


def test_a_financial_year_runs_from_april(hours: ModuleType, tmp_path: Path) -> None:
    file = tmp_path / "newcastle_loans.csv"
    file.write_text('Library,2015-03,2015-04,2016-3,2016-4\nA,"1,000",10,20,40\nB,,5,0,6\n', encoding="utf-8")
    found = hours.by_year(file)
    assert found == {("A", 2014): 1000.0, ("A", 2015): 15.0, ("A", 2016): 40.0, ("B", 2015): 5.0, ("B", 2016): 6.0}


def test_hours_kept_count_no_library_for_more_than_it_opened_before(hours: ModuleType) -> None:
    table = pl.DataFrame(
        {
            "reporting": ["X", "X", "X", "Y"],
            "operation_16": ["LA", "LA", "LAU", "LA"],
            "operation_23": ["CR", "CR", "ICL", "LA"],
            "hours": [10.0, 30.0, 20.0, 50.0],
            "before": [20.0, 20.0, 20.0, 40.0],
        }
    )
    elsewhere = table.with_columns(reporting=pl.lit("Z"), hours=pl.lit(10.0))
    lines = hours.hours_kept(table.vstack(elsewhere))
    handed = next(line for line in lines if line.startswith("handed over")).split()
    assert handed[-4:] == ["6", "67%", "67%", "33%"]
    assert "2 councils handed over 3 or more: between 50% and 83% kept" in lines[-1]


def day(cells: list[tuple[str, str, str, float]]) -> pl.DataFrame:
    """Members of a day: (authority, library, area, count)."""
    table = pl.DataFrame(cells, schema=["authority", "library", "area", "count"], orient="row")
    return table.with_columns(district=pl.lit("Mendip District"))


def test_the_share_of_members_who_stay_is_found_from_where_they_lived(afterwards: ModuleType) -> None:
    """Forty areas lose a tenth of their members; where the closed library had members, three in four of these as well."""
    rng = np.random.default_rng(3)
    other = {f"E{k:02d}": float(n) for k, n in enumerate(rng.integers(100, 300, 40))}
    closed = {f"E{k:02d}": float(10 * (k + 1)) for k in range(6)}
    then = day(
        [("Somerset", "Town", a, n) for a, n in other.items()]
        + [("Somerset", "Small", a, n) for a, n in closed.items()]
    )
    later = day([("Somerset", "Town", a, 0.9 * (n + 0.25 * closed.get(a, 0.0))) for a, n in other.items()])
    share, error = afterwards.stayed(then, later, ("Small",))
    assert share == pytest.approx(0.25)
    assert error == pytest.approx(0.0, abs=1e-6)


def test_libraries_handed_over_are_set_against_those_that_stayed(afterwards: ModuleType) -> None:
    names = [f"L{k}" for k in range(6)]
    then = day([("Somerset", n, "E01", 100.0) for n in names] + [("Somerset", "Highbridge", "E01", 50.0)])
    later = day([("Somerset", n, "E01", 80.0 if n in names[:2] else 90.0) for n in names])
    found = afterwards.against(
        {afterwards.BEFORE: then, afterwards.AFTER: later}, afterwards.AFTER, tuple(names[:2]), "Somerset"
    )
    assert found.relative() == pytest.approx((80 / 90 - 1,) * 3)


@pytest.mark.parametrize("script", ["volunteers/hours.py", "somerset/afterwards.py"])
def test_a_missing_file_is_named_with_where_it_is_described(
    script: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", [script, "--data", str(tmp_path)])
    assert module(script).main() == 2
    said = capsys.readouterr().err
    assert ".md" in said
    assert "Traceback" not in said
