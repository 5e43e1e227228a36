"""Every command of `withless import`, with its options, is in the page on commands."""

from pathlib import Path

import typer

from withless.cli.imports import imports

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"


def test_every_import_is_described_with_its_options() -> None:
    said = PAGE.read_text(encoding="utf-8")
    for name, command in typer.main.get_command(imports).commands.items():  # type: ignore[attr-defined]
        assert f"`withless import {name}`" in said
        row = next(line for line in said.splitlines() if line.startswith(f"| `withless import {name}`"))
        for parameter in command.params:
            assert all(o in row or o in ("--data", "--out", "--force", "--help") for o in parameter.opts)
        assert "Example" in (command.epilog or "")
