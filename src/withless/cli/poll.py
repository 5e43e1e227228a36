"""`withless poll`: a poll's tables with honest errors, or a published poll of leaders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .console import MISUSE, hand_over, progress_bar, say, stop, told, writable


@told
def poll(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Answers: CSV, xlsx, Parquet, SPSS .sav or Stata .dta.")
    ] = None,
    spec: Annotated[Path | None, typer.Option(metavar="FILE", help="poll.yaml: weights, margins, questions.")] = None,
    by: Annotated[str, typer.Option(metavar="A,B", help="Split every table by these columns.")] = "",
    published: Annotated[
        str | None, typer.Option(metavar="NAME", help="A published poll instead: ipsos-2011 or ipsos-2013.")
    ] = None,
    interval: Annotated[str, typer.Option(help="How ranges of shares are made: logit, wald or beta.")] = "logit",
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write one HTML page with charts.")] = None,
    xlsx: Annotated[Path | None, typer.Option(metavar="FILE", help="Write an Excel workbook of tables.")] = None,
    json: Annotated[str | None, typer.Option(metavar="FILE|-", help="Write JSON; - for standard output.")] = None,
    sav: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the answers and their weights as SPSS.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over files that withless did not write.")] = False,  # noqa: ARG001  # the door of the run knows of it
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No tables and no progress.")] = False,
) -> None:
    """Tables of a poll: shares, groups, margins of error that know of the weighting.

    Without a spec every column of few answers is a question, and nothing is weighted.
    """
    if (file is None) == (published is None):
        stop("Give a file of answers, or --published with a name, not both.", MISUSE)
    if interval not in ("logit", "wald", "beta"):
        stop(f"--interval is logit, wald or beta, not {interval!r}.", MISUSE)
    if published is not None and any((xlsx, sav, spec, by)):
        stop("A published poll has no answers to tabulate: it takes --html and --json.", MISUSE)
    writable(json=json, html=html, xlsx=xlsx, sav=sav)
    from .. import api
    from ..report.poll_html import render, render_published
    from ..report.poll_terminal import summary
    from ..writing import write_whole

    written: list[str] = []
    if published is not None:
        if published not in api.PUBLISHED:
            stop(f"There is no poll {published!r}; there is {', '.join(api.PUBLISHED)}.", MISUSE)
        from ..report.poll_published import as_text

        c = api.published(published)
        page, text = render_published, as_text
    else:
        assert file is not None  # noqa: S101  # one of the two was given
        with progress_bar(quiet, "Tabulating") as progress:
            s = api.read_poll(file, spec)
            c = api.poll_content(s, [n.strip() for n in by.split(",") if n.strip()], interval, progress)
        page, text = render, summary
        if xlsx is not None:
            from ..report.poll_xlsx import as_bytes

            write_whole(xlsx, as_bytes(c), sort="xlsx")
            written.append(str(xlsx))
        if sav is not None:
            api.poll_to_sav(s, sav)
            written.append(str(sav))
    if html is not None:
        write_whole(html, page(c), sort="html")
        written.append(str(html))
    if json is not None and json != "-":
        write_whole(Path(json), api.as_json(c), sort="json")
        written.append(json)
    if json == "-":
        hand_over(api.as_json(c))
    elif not quiet:
        say(text(c, written), nl=False)


EPILOG = (
    "\b\nExamples:\n  withless poll answers.csv --spec poll.yaml --by age,region\n"
    "  withless poll answers.sav --spec poll.yaml --html poll.html --xlsx poll.xlsx\n"
    "  withless poll --published ipsos-2011"
)
