"""Sums over financial years, whatever month a calendar begins in."""

import numpy as np
import pytest

from withless.appraise.block import by_year
from withless.place import Calendar


@pytest.mark.parametrize("month", [1, 4, 7, 10])
@pytest.mark.parametrize("quarters", [1, 3, 8, 10])
def test_quarters_are_summed_by_financial_year_to_the_last_bit_however_long_the_calendar(
    month: int, quarters: int
) -> None:
    calendar, longer = Calendar(2026, month, quarters), Calendar(2026, month, quarters + 5)
    values = np.random.default_rng(month).normal(size=(3, quarters + 5))
    found = by_year(values[:, :quarters], calendar)
    for y in range(len(calendar.years)):
        here = calendar.year_of == y
        assert found[:, y] == pytest.approx(values[:, :quarters][:, here].sum(axis=1))
    whole = [calendar.years.index(y) for y in calendar.whole_years]
    assert np.array_equal(found[:, whole], by_year(values, longer)[:, whole])
