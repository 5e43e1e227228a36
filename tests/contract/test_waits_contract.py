"""A waiting list keeps the contract: a hospital of two specialties, and a council list with one way off it."""

import pytest
from lists import bands_of, hospital, place_with

from withless.testing import Case, ServiceContract

COUNCIL = hospital(
    bands=[
        *bands_of("assessment", "incomplete", [210, 120, 70, 40, 20, 10]),
        *bands_of("assessment", "completed", [150, 60, 25, 12, 6, 3]),
    ],
    flows=[["assessment", "2026-03", 280.0, 20.0, 450.0, "Care assessments"]],
    budget=2e6,
    name="assessments",
    payer="council",
)


class TestWaits(ServiceContract):
    """The contract on lists made for it."""

    @pytest.fixture(params=["hospital", "assessments"])
    def case(self, request: pytest.FixtureRequest) -> Case:
        """One list after another; a list that is worked down treats more than come."""
        instance = hospital() if request.param == "hospital" else COUNCIL
        return Case(place_with(instance), instance.name, served_within_need=False)
