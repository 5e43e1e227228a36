"""Measures over time, and the settings they give."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from withless.place import Calendar, financial_year
from withless.plan import Carried, Lever, Measure, Settings, in_force, settings

LEVERS = (
    Lever("open", "", "switch", low=0, high=1),
    Lever("hours", "", "hours/week", low=0, high=168),
    Lever("host", "", "choice", low=-1, high=9),
)
UNITS = {lever.name: ("a", "b") for lever in LEVERS}
TODAY = {"open": np.array([1.0, 1.0]), "hours": np.array([40.0, 20.0]), "host": np.array([-1.0, -1.0])}


def measure(lever: str, change: str, amount: float, **more: float | None) -> Measure:
    return Measure("m", "", "libraries", lever, ("a",), change, amount, **{"start": 2.0, **more})  # type: ignore[arg-type]


def test_a_measure_bites_from_its_start_and_a_ramp_counts_by_its_mean() -> None:
    assert in_force(1.0, None, 0.0, 3).tolist() == [0, 1, 1]
    assert in_force(0.5, None, 0.0, 2).tolist() == [0.5, 1]
    assert in_force(0.0, None, 2.0, 3).tolist() == pytest.approx([0.25, 0.75, 1])
    assert in_force(0.0, 1.5, 0.0, 3).tolist() == [1, 0.5, 0]


def test_a_delay_moves_the_ramp_and_not_the_end() -> None:
    assert in_force(0.0, 3.0, 0.0, 4, np.array([0.0, 1.0])).tolist() == [[1, 1, 1, 0], [0, 1, 1, 0]]


@given(st.floats(-2, 12), st.floats(0, 6), st.floats(0, 4))
def test_a_ramp_never_falls_and_stays_within_nil_and_one(start: float, phase: float, lag: float) -> None:
    w = in_force(start, None, phase, 12, lag)
    assert (w >= -1e-9).all()
    assert (w <= 1 + 1e-9).all()
    assert (np.diff(w) >= -1e-9).all()


def test_set_scale_and_add_move_only_their_units_within_bounds() -> None:
    s = settings(LEVERS, UNITS, TODAY, [measure("hours", "scale", 0.5)], 4)
    assert s["hours"][0].tolist() == [[40, 40, 20, 20], [20, 20, 20, 20]]
    s = settings(LEVERS, UNITS, TODAY, [measure("hours", "add", 500)], 4)
    assert s["hours"][0, 0].tolist() == [40, 40, 168, 168]
    s = settings(LEVERS, UNITS, TODAY, [measure("open", "set", 0), measure("open", "set", 1, start=3.0)], 4)
    assert s["open"][0, 0].tolist() == [1, 1, 0, 1]


def test_a_choice_changes_when_half_of_its_ramp_is_done() -> None:
    s = settings(LEVERS, UNITS, TODAY, [measure("host", "set", 3, phase=2.0, start=0.0)], 4)
    assert s["host"][0, 0].tolist() == [-1, 3, 3, 3]


def test_each_draw_has_the_levers_that_its_own_share_and_delay_bring() -> None:
    how = {"m": Carried(np.array([[1.0], [0.5], [0.0]]), np.array([0.0, 0.0, 1.0]))}
    s = settings(LEVERS, UNITS, TODAY, [measure("hours", "scale", 0.5, start=0.0)], 2, how)
    assert s["hours"].shape == (3, 2, 2)
    assert s["hours"][:, 0].tolist() == [[20, 20], [30, 30], [40, 40]]
    assert (s["hours"][:, 1] == 20).all()
    assert s["open"].shape == (1, 2, 2)


def test_a_late_measure_leaves_an_early_one_alone() -> None:
    how = {"m": Carried(np.ones((2, 1)), np.zeros(2)), "n": Carried(np.ones((2, 1)), np.array([0.0, 9.0]))}
    early, late = measure("hours", "scale", 0.5, start=0.0), Measure("n", "", "s", "hours", ("b",), "set", 10.0, 1.0)
    alone = settings(LEVERS, UNITS, TODAY, [early], 4, how)["hours"][:, 0]
    both = settings(LEVERS, UNITS, TODAY, [early, late], 4, how)["hours"]
    assert np.array_equal(both[:, 0], np.broadcast_to(alone, both[:, 0].shape))
    assert both[:, 1].tolist() == [[20, 10, 10, 10], [20, 20, 20, 20]]


def test_settings_without_an_axis_of_draws_are_refused() -> None:
    with pytest.raises(ValueError, match="draw, unit, quarter"):
        Settings({"open": ("a",)}, {"open": np.ones((1, 4))})


def test_financial_years_run_from_april() -> None:
    assert financial_year(2027, 3) == "2026-27"
    assert financial_year(1999, 4) == "1999-00"
    c = Calendar(2026, 1, 6)
    assert c.years == ("2025-26", "2026-27", "2027-28")
    assert c.whole_years == ("2026-27",)
    assert c.offset(2026, 4) == 1.0
    with pytest.raises(ValueError, match="January, April"):
        Calendar(2026, 2, 4)
