"""A division has no surprise, and an amount is written one way."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from withless.numbers import percent, pounds, ratio, short
from withless.units import parse


def test_a_whole_of_zero_gives_what_was_asked_for_and_no_warning() -> None:
    assert ratio([1.0, 0.0, 6.0], [0.0, 0.0, 3.0], empty=-1.0).tolist() == [-1.0, -1.0, 2.0]
    assert math.isnan(float(ratio(1.0, 0.0)))


def test_shapes_are_those_of_numpy_and_nothing_is_written_into() -> None:
    top, bottom = np.ones((2, 1)), np.array([1.0, 0.0, 4.0])
    assert ratio(top, bottom, 0.0).tolist() == [[1.0, 0.0, 0.25]] * 2
    assert (top == 1).all()
    assert bottom.tolist() == [1.0, 0.0, 4.0]


def test_what_is_not_a_number_stays_so() -> None:
    assert np.isnan(ratio([np.nan, 1.0], [1.0, np.nan], 0.0)).all()


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (900_000, "£900k"), (1_250_000, "£1.25m"), (210, "£210"), (-40, "-£40"), (0, "£0"), (9_999, "£9,999"),
        (10_000, "£10k"), (2.5e9, "£2.5bn"), (-1.3e6, "-£1.3m"), (math.nan, "an amount that is not known"),
    ],
)  # fmt: skip
def test_pounds_are_written_with_a_letter(amount: float, written: str) -> None:
    assert pounds(amount) == written


@given(st.floats(-1e12, 1e12))
def test_pounds_as_written_are_read_as_the_same_amount(amount: float) -> None:
    assert parse(pounds(amount), "pounds") == pytest.approx(amount, rel=1e-3, abs=0.5)


@pytest.mark.parametrize(
    ("size", "written"), [(2_400_000, "2.4m"), (240_000, "240k"), (9_876, "9,876"), (0.131, "0.131"), (-31_000, "-31k")]
)
def test_a_size_has_three_figures(size: float, written: str) -> None:
    assert short(size) == written


def test_a_share_is_per_cent() -> None:
    assert (percent(0.345), percent(1.0), percent(-0.02)) == ("34.5%", "100%", "-2%")
