"""Programmes and budget lines keep the contract on places of their own: with and without a worth table, money in and out."""

from dataclasses import replace

import numpy as np
import pytest
from places import tiny_place
from portfolios import place_with, portfolio_instance, table

from withless.place import Instance, Place
from withless.testing import Case, ServiceContract

WORTH = (("back", 10_000.0, 30_000.0), ("offences", 2_000.0, 8_000.0))


def portfolio_place(worth: tuple[tuple[str, float, float], ...]) -> Place:
    """Three programmes, one of them closed today, for two groups of young people."""
    instance = portfolio_instance(
        {
            "id": ["CLUB", "KEY", "NEW"],
            "fixed_cost": [50_000.0, 20_000.0, 10_000.0],
            "unit_cost": [100.0, 1_000.0, 300.0],
            "saturation": [0.5, 0.8, 0.5],
            "spend": [150_000.0, 120_000.0, 40_000.0],
            "open": [1.0, 1.0, 0.0],
            "cut_order": [1.0, np.nan, np.nan],
            "engaged": [700.0, np.nan, np.nan],
            "targeting": [0.2, 0.0, 0.0],
        },
        {
            "id": ["SAFE", "RISK"],
            "age_band": ["0-15", "16-24"],
            "risk": [0.02, 0.5],
            "people": [4_000.0, 500.0],
            "fifth": [np.nan, 1.0],
        },
        [("CLUB", "SAFE", 0.5), ("CLUB", "RISK", 0.4), ("KEY", "RISK", 1.0), ("NEW", "SAFE", 0.1)],
        [("CLUB", "back", 0.001, 0.003), ("KEY", "back", 0.05, 0.15), ("CLUB", "offences", 0.0, 0.04)],
        worth,
        budget=300_000.0,
    )
    return place_with(instance)


def council() -> Place:
    """Lines that spend, and what pays for them, with a net budget of their own."""
    lines = table(
        "lines",
        id=["ROADS", "LAW", "TAX", "GRANT", "RESERVES"],
        name=["Roads", "Law", "Council tax", "A grant", "Reserves"],
        kind=["service", "service", "council_tax", "grant", "reserves"],
        net=[800_000.0, 100_000.0, -500_000.0, -100_000.0, -50_000.0],
        income=[200_000.0, 0.0, 500_000.0, 100_000.0, 50_000.0],
    )
    instance = Instance("other", "budget", "Other services", "council", 270_000.0, {"lines": lines})
    return replace(tiny_place(quarters=8), instances={"other": instance})


class TestPortfolios(ServiceContract):
    """The contract on portfolios and lines."""

    @pytest.fixture(params=["worth", "cost", "lines"])
    def case(self, request: pytest.FixtureRequest) -> Case:
        """One place after another."""
        if request.param == "lines":
            return Case(council(), "other")
        return Case(portfolio_place(WORTH if request.param == "worth" else ()), "youth", served_within_need=False)
