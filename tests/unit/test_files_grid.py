"""Longitude and latitude land where the Ordnance Survey's map has them."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from withless.files.grid import national_grid, other_system, outside_country, what_went_wrong


def test_the_surveys_own_example_is_met() -> None:
    """Caister water tower, the worked example of A guide to coordinate systems in Great Britain (OSGB36 51 km N)."""
    east, north = national_grid(np.array([1.716073973]), np.array([52.658007833]))
    assert east[0] == pytest.approx(651_409.9, abs=6)
    assert north[0] == pytest.approx(313_177.3, abs=6)


def test_every_small_area_of_england_and_wales_is_within_ten_metres(shared_data: Path) -> None:
    areas = pl.read_csv(shared_data / "geography" / "lsoa11_centroids.csv.gz")
    east, north = national_grid(areas["LONG"].to_numpy(), areas["LAT"].to_numpy())
    assert np.abs(east - areas["BNG_E"].to_numpy()).max() < 10
    assert np.abs(north - areas["BNG_N"].to_numpy()).max() < 10


def test_paris_and_swapped_points_lie_outside_the_country() -> None:
    assert outside_country(np.array([2.35]), np.array([48.85]), "lonlat").all()
    swapped = np.array([51.5]), np.array([-0.1])
    assert outside_country(*swapped, "lonlat").all()
    assert "swapped" in what_went_wrong(*swapped, "lonlat")


def test_real_points_raise_no_doubt() -> None:
    east, north = national_grid(np.array([-3.0, -0.1, -4.2]), np.array([51.0, 51.5, 57.5]))
    assert other_system(east, north, "bng") == ""
