"""`withless verify`: a report run again from the inputs in its page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .console import FAULTS, progress_bar, say, stop, told

EPILOG = "\b\nExamples:\n  withless verify report.html\n  withless verify report.html --plan plan.yaml"
SHOWN = 12


@told
def verify(
    report: Annotated[Path, typer.Argument(metavar="REPORT", help="A page that withless assess wrote with --html.")],
    plan: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The plan, where the page was written without its files.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Run a report again, and say which of its figures come out the same.

    The files, the seed and the number of draws are in the page. Leaves with 0 where every figure is reproduced at printed
    precision, with 1 where one is not.
    """
    from .. import __version__, api
    from ..report.inputs import NotOurs

    try:
        with progress_bar(quiet, "Running it again") as progress:
            found = api.verify(report, plan, progress)
    except NotOurs as error:
        stop(f"{report}: {error}", FAULTS)
    if found.version != __version__:
        say(f"The page was written by withless {found.version}; this is {__version__}.")
    c = found.compared
    say(f"{c.reproduced:,} of {c.figures:,} figures are reproduced at printed precision.")
    if c.identical:
        say("The page comes out the same, bit for bit.")
    elif not c.differ:
        say("Its words come out the same; its pictures or its layout do not, bit for bit.")
    for given, again in c.differ[:SHOWN]:
        say(f"- The page says: {given[:200] or 'nothing'}\n  Run again: {again[:200] or 'nothing'}")
    if len(c.differ) > SHOWN:
        say(f"- and {len(c.differ) - SHOWN} more")
    if c.differ or not c.identical:
        raise typer.Exit(FAULTS)
