"""A service in a package of its own, installed as anybody would install it: found, checked, assessed, held to the contract."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUSES = ROOT / "examples" / "buses"
PLAN = str(BUSES / "place" / "plan.yaml")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package in it; nothing is downloaded."""
    folder = tmp_path_factory.mktemp("buses")
    shutil.copytree(BUSES, folder / "source")
    options = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--target", str(folder / "packages")]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(folder / "source")], check=True)
    return folder / "packages"


def run(installed: Path, *words: str) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join([str(ROOT / "src"), str(installed), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": paths}
    )


def withless(installed: Path, *words: str) -> str:
    done = run(installed, "-c", "from withless.cli import main; main()", *words)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert all(len(line) <= 80 for line in done.stdout.splitlines()), done.stdout
    return done.stdout


def test_it_is_one_short_module() -> None:
    assert len((BUSES / "withless_buses" / "__init__.py").read_text(encoding="utf-8").splitlines()) < 90


def test_it_is_found_and_says_what_it_is(installed: Path) -> None:
    assert "buses" in withless(installed, "--help")
    said = withless(installed, "buses", "about")
    assert "frequency: buses against today's" in said
    assert "journeys a year" in said  # a unit of its own


def test_its_plan_is_checked_and_assessed(installed: Path) -> None:
    assert "can be used: no faults" in withless(installed, "check", PLAN)
    said = withless(installed, "assess", PLAN, "--draws", "64", "--full")
    assert "LESS WITH LESS, IN SUPPORTED BUSES" in said
    assert re.search(r"[0-9]+,000\s+\([0-9]+,000\s+to\s+[0-9]+,000\)\s+journeys\s+a\s+year", said)


def test_a_fault_in_its_own_unit_is_told_as_any_other(installed: Path, tmp_path: Path) -> None:
    shutil.copytree(BUSES / "place", tmp_path / "place")
    routes = tmp_path / "place" / "routes.csv"
    routes.write_text(routes.read_text(encoding="utf-8").replace("118000", "£118k"), encoding="utf-8")
    done = run(installed, "-c", "from withless.cli import main; main()", "check", str(tmp_path / "place"))
    assert done.returncode == 1
    assert 'routes.csv, row 2, journeys: found "£118k"' in done.stderr
    assert "journeys a year" in done.stderr


def test_another_elasticity_may_be_tried_from_the_command_line(installed: Path) -> None:
    held, usual = (
        json.loads(withless_json(installed, *more))["services"][0] for more in (["--assume", "buses.fare=0.6"], [])
    )
    assert held["served"]["plan"]["mean"] < usual["served"]["plan"]["mean"]


def withless_json(installed: Path, *more: str) -> str:
    code = "from withless.cli import main; main()"
    done = run(installed, "-c", code, "assess", PLAN, "--draws", "64", "--json", "-", "--quiet", *more)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_keeps_the_contract(installed: Path) -> None:
    done = run(installed, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, str(BUSES / "tests"))
    assert done.returncode == 0, done.stdout
    assert "failed" not in done.stdout
