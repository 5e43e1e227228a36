"""Every discovered service keeps the contract, on the built-in place."""

import pytest

from withless.place import Place
from withless.service import discover
from withless.testing import Case, ServiceContract


@pytest.fixture(scope="module")
def place(northshire_place: Place) -> Place:
    """The built-in place, read from its files."""
    return northshire_place


class TestServices(ServiceContract):
    """The contract on every service instance of Northshire."""

    @pytest.fixture(
        params=["libraries", "museums", "pools", "sports_centres", "social_care", "hospital", "youth", "other_services"]
    )
    def case(self, request: pytest.FixtureRequest, place: Place) -> Case:
        """One instance after another."""
        return Case(place, request.param, served_within_need=request.param != "hospital")


def test_every_discovered_kind_is_tried_on_the_built_in_place(place: Place) -> None:
    assert {instance.kind for instance in place.instances.values()} == set(discover())
