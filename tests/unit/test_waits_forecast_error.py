"""What a forecast may be off by: nothing at the start, more as months go on, both ways alike, never twice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from withless.services.waits import outlook
from withless.services.waits.forecast_error import (
    COUNTS,
    HALVED_AT,
    QUANTITIES,
    Error,
    added,
    back,
    draw,
    lean,
    measured,
    naive_weight,
    source,
    standard_error,
)

UNIFORMS = (np.arange(2_000) + 0.5) / 2_000
ERROR = Error(naive_weight=0.5, lean=0.1, scale=0.04, power=0.5, kept=1.0)


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_errors_grow_from_nothing_at_every_threshold(quantity: str) -> None:
    grown = standard_error(measured()[quantity], np.arange(0, 105))
    assert grown[0] == 0.0
    assert (np.diff(grown) > 0).all()
    assert "NHS England" in source()


def test_a_draw_is_high_or_low_all_the_way() -> None:
    off = draw(ERROR, [4.0, 26.0, 104.0], [0.1, 0.9])
    assert (off[0] < 0).all()
    assert (off[1] > 0).all()


def test_eight_in_ten_lie_within_student_s_range() -> None:
    off = draw(ERROR, [52.0], UNIFORMS)
    assert np.quantile(off, 0.9) == pytest.approx(1.372 * standard_error(ERROR, 52.0), rel=0.01)


def test_what_parameters_spread_already_is_not_counted_twice() -> None:
    whole = standard_error(ERROR, [52.0])
    rest = draw(ERROR, [52.0], UNIFORMS, 0.6 * whole)
    assert rest / draw(ERROR, [52.0], UNIFORMS) == pytest.approx(0.8)
    assert not draw(ERROR, [52.0], UNIFORMS, 2 * whole).any()
    half = replace(ERROR, kept=0.5)
    assert draw(half, [52.0], UNIFORMS, 1.2 * whole) == pytest.approx(rest)


def test_counts_are_told_as_logarithms_and_nobody_can_be_fewer_than_none() -> None:
    for q in QUANTITIES:
        values = np.array([0.0, 3.0, 70.0])
        assert back(q, added(q, values)) == pytest.approx(values)
        assert back(q, np.array([-50.0])) == pytest.approx([0.0], abs=1e-9)
        assert (q in COUNTS) == (added(q, values)[2] < 5)
    assert back("within_18", np.array([104.0])) == 100.0


def test_the_naive_forecast_weighs_half_where_the_front_is_to_halve_a_quantity() -> None:
    assert naive_weight(ERROR) == 0.5
    assert naive_weight(ERROR, HALVED_AT) == pytest.approx(0.25)
    assert (np.diff(naive_weight(ERROR, np.linspace(0, 3, 20))) < 0).all()


def test_the_lean_grows_over_a_year_and_no_further() -> None:
    assert lean(ERROR, [0.0, 26.09, 52.18, 104.0]) == pytest.approx([0.0, 0.05, 0.1, 0.1], abs=1e-3)


def paths(shift: float, wide: float) -> outlook.Paths:
    """One list at 52 weeks whose draws lie `wide` apart."""
    spread = np.exp(wide * np.linspace(-1.7, 1.7, 512))[:, None, None]
    counts = {f"over_{k}": n * spread for k, n in ((52, 900.0), (65, 90.0), (78, 9.0), (104, 0.1))}
    return outlook.Paths(
        (52,),
        {
            "list": 9_000 * spread * np.exp(shift), "within_18": 60 + 0 * spread, "median": 14 + 0 * spread,
            "percentile_92": 40 + 0 * spread, **counts,
        },
    )  # fmt: skip


def ranges(wide: float, months: int = 24, kept: float = 0.3) -> outlook.Figures:
    now = {"list": 9_000.0, "within_18": 60.0, "median": 14.0, "percentile_92": 40.0, "over_52": 900.0, "over_65": 90.0,
           "over_78": 9.0, "over_104": 0.0}  # fmt: skip
    run = paths(0.0, wide)
    basis = outlook.Basis(run, None, {q: np.array([n]) for q, n in now.items()}, months)
    errors = {q: replace(e, kept=kept) for q, e in measured().items()}
    rng = np.random.default_rng(1)
    return outlook.ranges(run, basis, dict.fromkeys(QUANTITIES, rng.permutation((np.arange(512) + 0.5) / 512)), errors)


def test_a_range_can_be_narrower_than_the_draws_as_well_as_wider() -> None:
    measured_half = 1.37 * standard_error(measured()["list"], 52.0)
    for wide in (0.001, 0.1):  # far less, and three times more, than what was measured
        found = ranges(wide)["list"]
        half = np.log(found["p90"] / found["p10"])[0, 0] / 2
        assert half == pytest.approx(measured_half, rel=0.12)
    assert np.log(ranges(0.1, kept=1.0)["list"]["p90"] / 9_000)[0, 0] > 2.5 * measured_half


def test_what_is_stated_lies_within_its_range_at_every_threshold() -> None:
    found = ranges(0.5)
    for q in QUANTITIES:
        assert found[q]["p10"] <= found[q]["mean"] <= found[q]["p90"], q


def test_of_few_months_the_naive_forecast_weighs_more() -> None:
    run = paths(0.1, 0.0)
    now = {q: np.array([9_000.0 if q == "list" else 1.0]) for q in QUANTITIES}
    told = [
        outlook.mixed(run, outlook.Basis(run, None, now, months), measured())["list"].mean()
        for months in (1, 2, 11, 12)
    ]
    assert told[0] == pytest.approx((9_000 + 9_000 * np.exp(0.1)) / 2)
    assert (np.diff(told) > 0).all()
    assert told[3] == pytest.approx(9_000 * np.exp(0.1))
