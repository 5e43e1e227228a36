"""`withless import`: an official file, as published, to a table that a place can name."""

from __future__ import annotations

import typer

imports = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Make a table of a place from an official file, as published."
)
