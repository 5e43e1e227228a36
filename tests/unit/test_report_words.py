"""Numbers are said as far as they are known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from withless.report.words import about, and_list, chance, change, in_hundred, number, percent, pounds, singular

finite = st.floats(-1e12, 1e12, allow_nan=False)


def spread(mean: float, low: float, high: float) -> dict[str, float]:
    return {"mean": mean, "p5": low, "p50": mean, "p95": high}


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (spread(4312, 3622, 5098), "people", "4,300 (3,600 to 5,100)"),
        (spread(1_931_000, 1_503_000, 2_311_000), "pounds/year", "£1.93m (£1.50m to £2.31m)"),
        (spread(-32_000, -50_000, 2_000), "pounds", "\u2212£32k (\u2212£50k to £2,000)"),
        (spread(42.3, 40, 45), "hours/week", "42.3 (40.0 to 45.0) hours a week"),
        (spread(0.8, 0.6, 0.99), "share", "80% (60% to 99%)"),
        (spread(36, 36, 36), "venues", "36 venues"),
        (spread(0, 0, 0), "people", "0"),
    ],
)
def test_a_range_is_rounded_to_what_it_can_bear(value: dict[str, float], unit: str, said: str) -> None:
    assert about(value, unit) == said


def test_a_rise_has_its_plus_and_nil_has_none() -> None:
    assert about(spread(6_000, 0, 17_000), signed=True) == "+6,000 (0 to +17,000)"


def test_money_has_its_letter() -> None:
    assert [pounds(v) for v in (0, 345, 9_400, 410_000, 2_980_000, 1.2e9)] == [
        "£0",
        "£345",
        "£9,400",
        "£410k",
        "£2.98m",
        "£1.20bn",
    ]


def test_shares_are_whole_unless_small() -> None:
    assert [percent(v) for v in (0.0, 0.345, 0.0123, -0.034)] == ["0%", "34%", "1.2%", "\u22123.4%"]


def test_a_chance_is_never_quite_nil_or_sure() -> None:
    assert [chance(p) for p in (0.0, 0.5, 1.0)] == ["under 1%", "50%", "over 99%"]
    assert [in_hundred(p) for p in (0.0, 0.001, 0.5, 0.999, 1.0)] == [
        "in no run",
        "in fewer than 1 of 100 runs",
        "in 50 of 100 runs",
        "in over 99 of 100 runs",
        "in every run",
    ]


def test_lists_read_as_people_write_them() -> None:
    assert and_list(["a", "b", "c"]) == "a, b and c"
    assert and_list(["a"]) == "a"


@given(finite, finite, finite)
def test_any_range_can_be_said(a: float, b: float, c: float) -> None:
    low, mean, high = sorted((a, b, c))
    for unit in ("people", "pounds", "share", "venues", "minutes"):
        assert about(spread(mean, low, high), unit)


@given(st.floats(1, 1e9), st.floats(0.001, 1))
def test_rounding_moves_a_number_by_less_than_a_tenth_of_its_range_or_half_a_hundredth(
    value: float, width: float
) -> None:
    said = float(number(value, value * width).replace(",", ""))
    assert abs(said - value) <= max(0.1 * value * width, 0.005 * value) + 1e-9 * value


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (spread(75_746, 75_738, 75_754), "people", "75,700"),
        (spread(34.1, 33.0, 35.0), "venues", "34 (33 to 35) venues"),
        (spread(36, 36, 36), "venues", "36 venues"),
    ],
)
def test_no_more_digits_are_said_than_a_reader_can_use(value: dict[str, float], unit: str, said: str) -> None:
    assert about(value, unit) == said


def test_a_difference_of_shares_is_in_points_not_per_cent() -> None:
    assert about(spread(-0.002, -0.05, 0.03), "points", signed=True) == "\u22120.2 (\u22125.0 to +3.0) points"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (spread(-310, -540, -80), "310 fewer people supported (80 to 540)"),
        (spread(2775, 1600, 3900), "2,800 more people supported (1,600 to 3,900)"),
        (spread(12, -5, 30), "12 more people supported (from 5 fewer to 30 more)"),
        (spread(-1, -1, -1), "1 fewer person supported"),
        (spread(0, 0, 0), "no fewer or more people supported"),
        (spread(-0.2, -0.4, 0.1), "no fewer or more people supported"),
        (spread(0.3, -12, 13), "about as many people supported (from 12 fewer to 13 more)"),
    ],
)
def test_a_change_of_people_is_grammatical_at_none_one_many_and_across_zero(value: dict[str, float], said: str) -> None:
    assert change(value, "people supported") == said


def test_one_of_a_noun_is_one() -> None:
    assert [singular(n) for n in ("users", "people in programmes", "treatments")] == [
        "user",
        "person in programmes",
        "treatment",
    ]
