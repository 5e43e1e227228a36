"""The bus service keeps the contract of withless: `pytest tests`, once the package is installed."""

from pathlib import Path

import pytest

from withless.api import read
from withless.place import Place
from withless.testing import Case, ServiceContract

PLACE = read(Path(__file__).parents[1] / "place")


class TestBuses(ServiceContract):
    """Every claim of the contract, on the invented valley."""

    @pytest.fixture
    def case(self) -> Case:
        """The routes of the valley."""
        assert isinstance(PLACE, Place)
        return Case(PLACE, "buses")
