"""The page on options shows what the command prints."""

import re
from pathlib import Path

from typer.testing import CliRunner

from withless.cli import app

PAGE = (Path(__file__).parents[2] / "docs" / "options.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^```\n\$ withless ([^\n]*)\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)


def test_the_page_shows_the_buildings_that_the_command_chooses_with_proof(northshire_folder: Path) -> None:
    assert SHOWN
    for command, shown in SHOWN:
        words = [str(northshire_folder) if w == "northshire" else w for w in command.split()]
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, done.output
        assert shown.strip("\n") in done.output
        assert "Proved" in done.output
        assert max(map(len, done.output.splitlines())) <= 80
