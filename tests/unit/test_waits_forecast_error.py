"""What a forecast may be off by: nothing at the start, more as months go on, both ways alike, never twice."""

from __future__ import annotations

import numpy as np
import pytest

from withless.services.waits.forecast_error import METHODS, forecast_error, measured, source, standard_error

UNIFORMS = (np.arange(2_000) + 0.5) / 2_000


@pytest.mark.parametrize("quantity", ["list", "within_18", "median", "percentile_92", "over_52"])
def test_errors_grow_from_nothing(quantity: str) -> None:
    for method in METHODS:
        grown = standard_error(quantity, np.arange(0, 105), method)
        assert grown[0] == 0.0
        assert (np.diff(grown) > 0).all()


def test_counts_are_multiplied_and_shares_are_added_to() -> None:
    assert np.median(forecast_error("list", [52.0], UNIFORMS)) == pytest.approx(1.0, abs=1e-3)
    assert np.median(forecast_error("median", [52.0], UNIFORMS)) == pytest.approx(0.0, abs=1e-3)
    assert forecast_error("over_52", [0.0], UNIFORMS).tolist() == [[1.0]] * 2_000


def test_a_draw_is_high_or_low_all_the_way() -> None:
    off = forecast_error("within_18", [4.0, 26.0, 104.0], [0.1, 0.9])
    assert (off[0] < 0).all()
    assert (off[1] > 0).all()


def test_what_parameters_spread_already_is_not_counted_twice() -> None:
    whole = standard_error("within_18", [52.0])
    rest = forecast_error("within_18", [52.0], UNIFORMS, spread_already=0.6 * whole)
    assert np.hypot(rest.std(), 0.6 * whole[0]) == pytest.approx(whole[0], rel=0.01)
    assert not forecast_error("within_18", [52.0], UNIFORMS, spread_already=2 * whole).any()


def test_a_quantity_that_was_not_measured_is_refused_by_name() -> None:
    with pytest.raises(LookupError, match="over_104"):
        forecast_error("over_104", [52.0], [0.5])
    assert "NHS England" in source()
    assert set(measured()) == set(METHODS)
