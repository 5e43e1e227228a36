"""The care service keeps the contract on places of its own, with tables in full and with the least there can be."""

import pytest

from tests.care_places import care_place
from withless.testing import Case, ServiceContract

LEAST = (("older", "all", "all", "all", 900.0, float("nan")),)


class TestCare(ServiceContract):
    """The contract, on tables in full and on one figure."""

    @pytest.fixture(params=["in full", "one figure"])
    def case(self, request: pytest.FixtureRequest) -> Case:
        """A place with every table, then one that knows only how many clients there are."""
        place = care_place(budget=25e6) if request.param == "in full" else care_place(LEAST, (), ())
        return Case(place, "social_care")
