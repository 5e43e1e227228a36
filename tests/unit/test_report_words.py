"""Numbers are said as far as they are known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from withless.report.words import about, and_list, chance, in_hundred, number, percent, pounds

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
def test_rounding_moves_a_number_by_less_than_a_tenth_of_its_range(value: float, width: float) -> None:
    said = float(number(value, value * width).replace(",", ""))
    assert abs(said - value) <= 0.1 * value * width + 1e-9 * value
