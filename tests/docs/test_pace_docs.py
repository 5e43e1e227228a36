"""The page on pace shows what the commands give on Northshire; Somerset's part is held where its files are at hand."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "pace.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^```\n\$ (withless [^\n]*)\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def beside(northshire_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds Northshire with its plan and a milder one, as the page describes it."""
    out = tmp_path_factory.mktemp("page") / "northshire"
    out.mkdir()
    for file in northshire_folder.iterdir():
        if file.is_file():
            (out / file.name).write_bytes(file.read_bytes())
    text = (out / "plan.yaml").read_text(encoding="utf-8")
    dropped, kept = text.index("  - id: care-threshold"), text.index("  - id: care-hours")
    milder = text[kept:].replace("{scale: 0.9}", "{scale: 0.95}", 1)
    (out / "milder.yaml").write_text(text[:dropped] + milder, encoding="utf-8")
    return out.parent


def test_the_page_shows_all_five_commands() -> None:
    assert {command.split()[1] for command, _ in SHOWN} == {"measures", "pace", "runway", "explain", "compare"}


@pytest.mark.parametrize(("command", "shown"), [s for s in SHOWN if "northshire" in s[0]], ids=lambda s: s.split()[1])
def test_the_page_shows_what_the_command_prints(beside: Path, command: str, shown: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from withless.cli import main; main()", *command.split()[1:]],
        cwd=beside, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == shown
    assert max(map(len, shown.splitlines())) <= 80
