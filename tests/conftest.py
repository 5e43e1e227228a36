"""Fixtures that all tests share: the built-in place, and the real files where they are at hand."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from withless import api
from withless.appraise import Appraisal
from withless.examples import northshire
from withless.files import read_place
from withless.place import Place
from withless.report.content import content

ROOT = Path(__file__).parents[1]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip browser tests, saying so, where there is no Chromium."""
    if item.get_closest_marker("browser") and not shutil.which("chromium"):
        pytest.skip("Chromium is not installed: apt-get install chromium")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real files beside the project; skips, saying so, where it is absent."""
    folder = ROOT.parent / "shared"
    if not (folder / "data").is_dir():
        pytest.skip("the real data files are not here: they are looked for in ../shared")
    return folder


@pytest.fixture(scope="session")
def shared_data(shared: Path) -> Path:
    """Real official files."""
    return shared / "data"


@pytest.fixture(scope="session")
def northshire_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built-in place written once."""
    folder = tmp_path_factory.mktemp("northshire")
    northshire.write(folder)
    return folder


@pytest.fixture(scope="session")
def northshire_place(northshire_folder: Path) -> Place:
    """The built-in place read once."""
    return read_place(northshire_folder)[0]


@pytest.fixture(scope="session")
def northshire_result(northshire_folder: Path) -> Appraisal:
    """The built-in plan appraised once, on 128 draws."""
    return api.appraise(northshire_folder / "plan.yaml", draws=128)


@pytest.fixture(scope="session")
def northshire_content(northshire_result: Appraisal) -> dict[str, Any]:
    """What its report says."""
    return content(northshire_result)
