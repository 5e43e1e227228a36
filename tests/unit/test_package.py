"""What a user meets first: the version, the quick import, the data files that must travel with the code."""

import subprocess
import sys
import tomllib
from importlib.metadata import entry_points, metadata
from importlib.resources import files
from pathlib import Path

import pytest

import withless

ROOT = Path(__file__).parents[2]
HEAVY = ("numpy", "scipy", "numba", "polars", "pydantic", "jinja2", "joblib")
ASK_FOR_HELP = """
import sys
from withless.cli import main
sys.argv = ["withless", "--help"]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""


def heavy_after(code: str) -> set[str]:
    """Heavy libraries that a fresh Python has loaded once `code` has run; they are told on the last line printed."""
    tail = f"import sys; print('\\n' + ' '.join(n for n in {HEAVY!r} if n in sys.modules))"
    run = subprocess.run([sys.executable, "-c", f"{code}\n{tail}"], capture_output=True, text=True, check=True)
    return set(run.stdout.splitlines()[-1].split())


def test_the_check_for_heavy_libraries_sees_one() -> None:
    assert "numpy" in heavy_after("import numpy")


def test_importing_withless_loads_nothing_heavy() -> None:
    assert heavy_after("import withless; withless.__version__; dir(withless)") == set()


def test_asking_for_help_loads_nothing_heavy() -> None:
    assert heavy_after(ASK_FOR_HELP) == set()


def test_the_version_is_the_one_of_the_project_file() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert withless.__version__ == project["version"] == metadata("withless")["Version"]


def test_every_public_name_is_there() -> None:
    assert all(getattr(withless, name) is not None for name in withless.__all__)


def test_a_subpackage_never_takes_the_place_of_a_function() -> None:
    code = "import withless, withless.appraise.result, withless.report.words; print(callable(withless.appraise))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "True"


def test_a_name_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(AttributeError, match="appraise"):
        withless.apraise  # noqa: B018


def test_venues_are_found_through_the_entry_point() -> None:
    assert "venues" in entry_points(group="withless.services").names


def test_the_marker_of_typed_packages_and_the_numbers_travel_with_the_code() -> None:
    package = files("withless")
    assert (package / "py.typed").is_file()
    assert (package / "delivery.toml").is_file()
