"""Dates are read as people in Britain write them, and never guessed."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from withless.files.dates import DateError, financial_year, parse_date, parse_length, parse_year
from withless.place import Calendar

FIRST_OF_APRIL = (
    "Apr 2026 | April 2026 | apr. 2026 | 2026-04 | 2026-4 | 2026-04-01 | 2026/04/01 | 01/04/2026 | 1/4/2026 | "
    "1 April 2026 | 1st Apr 2026 | 01.04.2026 | 01-04-2026 |  1  april  2026  | 04/2026 | April 1, 2026 | Apr-26"
)


@pytest.mark.parametrize("written", FIRST_OF_APRIL.split("|"))
def test_the_first_of_april_is_read_in_every_usual_form(written: str) -> None:
    assert parse_date(written) == date(2026, 4, 1)


def test_september_may_be_shortened_to_four_letters() -> None:
    assert parse_date("Sept 2027") == date(2027, 9, 1)


def test_a_slashed_date_is_day_first() -> None:
    assert parse_date("02/10/2026") == date(2026, 10, 2)


def test_an_american_date_is_refused_and_says_why() -> None:
    with pytest.raises(DateError) as raised:
        parse_date("04/13/2026")
    assert "no month 13" in raised.value.mend
    assert "American" in raised.value.mend


@pytest.mark.parametrize(
    "written",
    [
        "31/02/2026",
        "2026-13-01",
        "0 April 2026",
        "Apr 26",
        "01/04/26",
        "soon",
        "",
        "2026",
        "Foo 2026",
        "1/1/0026",
        "Q1 2026",
    ],
)
def test_what_is_no_date_is_refused(written: str) -> None:
    with pytest.raises(DateError):
        parse_date(written)


def test_a_two_digit_year_is_asked_for_in_full() -> None:
    with pytest.raises(DateError) as raised:
        parse_date("01/04/26")
    assert raised.value.mend == "Write the year in full."


def test_a_financial_year_is_no_date_and_the_message_gives_one() -> None:
    with pytest.raises(DateError) as raised:
        parse_date("2028-29")
    assert "Apr 2028" in raised.value.mend


@pytest.mark.parametrize("written", ["2028-29", "2028/29", "2028-2029", " 2028-29 "])
def test_a_financial_year_is_read_in_its_usual_forms(written: str) -> None:
    assert parse_year(written) == "2028-29"


def test_years_that_do_not_follow_are_no_financial_year() -> None:
    with pytest.raises(DateError):
        parse_year("2028-30")
    assert financial_year("2099-00") == "2099-00"


@pytest.mark.parametrize(
    ("written", "quarters"),
    [("2 quarters", 2), ("6 months", 2), ("1 year", 4), ("1.5 years", 6), ("3", 3), ("none", 0)],
)
def test_lengths_of_time_are_read_in_quarters(written: str, quarters: float) -> None:
    assert parse_length(written) == pytest.approx(quarters)


@pytest.mark.parametrize("written", ["-1 year", "a while", "6 parsecs", ""])
def test_what_is_no_length_of_time_is_refused(written: str) -> None:
    with pytest.raises(DateError):
        parse_length(written)


def test_october_is_two_quarters_after_april() -> None:
    day = parse_date("Oct 2026")
    assert Calendar(2026, 4, 20).offset(day.year, day.month, day.day) == 2.0


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 12, 31)))
def test_every_day_reads_alike_in_iso_uk_and_words(day: date) -> None:
    words = f"{day.day} {day:%B} {day.year}"
    assert parse_date(day.isoformat()) == parse_date(f"{day:%d/%m/%Y}") == parse_date(words) == day


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_a_date_error(text: str) -> None:
    for parse in (parse_date, parse_year, parse_length):
        with suppress(DateError):
            assert parse(text) is not None
