"""Numbers as people write them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from withless.units import UNITS, Unit, UnitError, convert, declare, is_signed_percent, parse


@pytest.mark.parametrize(
    ("written", "unit", "value"),
    [
        ("£1.2m", "pounds/year", 1_200_000),
        ("410k", "pounds/year", 410_000),
        ("£410k a year", "pounds/year", 410_000),
        ("-£60k", "pounds", -60_000),
        ("£-60k", "pounds", -60_000),
        ("£1.5bn", "pounds", 1.5e9),
        ("1,234,567", "people", 1_234_567),
        ("-20%", "share", -0.2),
        ("20%", "percent", 20),
        ("95%", "ratio", 0.95),
        ("18 hours/week", "hours/week", 18),
        ("18 hours a week", "hours/week", 18),
        ("2 hours", "minutes", 120),
        ("6 months", "quarters", 2),
        ("yes", "switch", 1),
        ("closed", "switch", 0),
        ("1e3", "people", 1000),
        (0.5, "share", 0.5),
        ("\u22125", "ratio", -5),
    ],
)
def test_numbers_are_read_as_written(written: str | float, unit: str, value: float) -> None:
    assert parse(written, unit) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("written", "unit", "says"),
    [
        ("4O", "hours/week", "letter O"),
        ("", "people", "found ''"),
        ("nan", "people", "found 'nan'"),
        ("1.234.567", "people", "found"),
        ("12,34", "people", "found"),
        ("£20", "people", "which is money"),
        ("20 minutes", "pounds", "expected a number in pounds"),
        ("20%", "pounds", "a percentage"),
        ("18 hours/week", "people", "expected a number in people"),
        (float("inf"), "people", "a finite one"),
        ("1e999", "people", "a finite one"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(written: str | float, unit: str, says: str) -> None:
    with pytest.raises(UnitError, match=says):
        parse(written, unit)


def test_units_of_different_kinds_never_mix() -> None:
    assert convert(1, "years", "quarters") == pytest.approx(4)
    with pytest.raises(UnitError, match="cannot become"):
        convert(1, "people", "pounds")
    with pytest.raises(UnitError, match="the units are"):
        convert(1, "furlongs", "km")


@given(st.sampled_from(sorted(UNITS)), st.floats(-1e9, 1e9))
def test_a_written_number_comes_back(unit: str, value: float) -> None:
    assert math.isclose(parse(f"{value:.6f}", unit), round(value, 6), rel_tol=1e-12, abs_tol=1e-9)


@given(st.text(max_size=30))
def test_any_text_gives_a_number_or_a_unit_error(text: str) -> None:
    try:
        value, told = parse(text, "people"), "expected"
    except UnitError as e:
        value, told = 0.0, str(e)
    assert math.isfinite(value)
    assert "expected" in told


def test_signed_percentages_are_changes() -> None:
    assert is_signed_percent("-20%")
    assert is_signed_percent("+5 %")
    assert not is_signed_percent("95%")


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Units declared in a test go with it."""
    monkeypatch.setattr("withless.units.UNITS", dict(UNITS))


@pytest.mark.usefixtures("own")
def test_a_service_of_ones_own_may_declare_a_unit_and_people_may_write_it() -> None:
    trips = Unit("trips/day", "trips/time", 365.25, "trips a day", ("a day",))
    assert declare(trips) == declare(trips) == trips
    declare(Unit("trips/year", "trips/time", 1.0, "trips a year"))
    assert parse("12 trips/day", "trips/day") == parse("12 a day", "trips/day") == 12
    assert convert(2, "trips/day", "trips/year") == 730.5
    with pytest.raises(UnitError, match="cannot become"):
        convert(2, "trips/day", "people")


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(
    ("new", "why"),
    [
        (Unit("people", "passengers", 1.0, "passengers"), "'people' is declared already, as people"),
        (Unit("riders", "people", 1.0, "riders", ("users",)), "would be written 'users', which means people"),
        (Unit("hrs", "work", 1.0, "work", ("hours",)), "would be written 'hours', which means hours"),
        (Unit("zone", "zone", 0.0, "zones"), "a factor of 0.0, expected one above 0"),
    ],
)
def test_a_unit_that_would_mean_two_things_is_refused(new: Unit, why: str) -> None:
    with pytest.raises(UnitError, match=why):
        declare(new)
    assert new.name == "people" or new.name not in UNITS


@pytest.mark.parametrize("written", ["--5", "- -5", "-+5", "+-5", "-£-5", "\u2212\u22125"])
def test_two_signs_are_no_number(written: str) -> None:
    with pytest.raises(UnitError):
        parse(written, "pounds/year")
