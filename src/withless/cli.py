"""The `withless` command: assess, check, fit, example, assumptions.

Exit codes: 0 done; 1 the files have faults, or what was asked cannot be done; 2 the command line is wrong; 3 an error of
ours; 130 stopped by Ctrl-C. Heavy imports wait until a command runs, so that help comes at once.
"""

from __future__ import annotations

import functools
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from . import __version__

if TYPE_CHECKING:
    from .files import Fault
    from .plan import Plan

FAULTS, MISUSE, OURS, STOPPED = 1, 2, 3, 130
WAS_STOPPED = "Stopped. Files that were not finished were not written."
SLOW = 5.0
"""Seconds between lines of progress where there is no terminal to draw a bar on."""

app = typer.Typer(
    name="withless",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\b\nTry it:\n  withless example northshire northshire\n  withless assess northshire/plan.yaml --html report.html",
)

PlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="The plan's YAML file; it names its place.")]


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    app()


def told(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose errors are told in words, never as a traceback."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except typer.Exit:
            raise
        except KeyboardInterrupt:
            _stop(WAS_STOPPED, STOPPED)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except Exception as error:  # noqa: BLE001  # the last place where an error can be put into words
            if _came_of_a_stop(error):
                _stop(WAS_STOPPED, STOPPED)
            _tell(error)

    return run


def _came_of_a_stop(error: BaseException | None) -> bool:
    """Whether Ctrl-C lies behind an error: compiled code wraps it in one of its own."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


def _tell(error: Exception) -> NoReturn:
    """Say what went wrong and leave with its exit code; WITHLESS_DEBUG=1 shows the traceback as well."""
    from .files import Faults, printable
    from .service import Unworkable

    if os.environ.get("WITHLESS_DEBUG"):
        import traceback

        traceback.print_exception(error)
    if isinstance(error, Faults):
        _list(error.faults)
        raise typer.Exit(FAULTS)
    if isinstance(error, Unworkable | FileExistsError):
        _stop(printable(str(error)), FAULTS)
    if isinstance(error, OSError):
        _stop(printable(f"{error.filename or 'A file'}: {error.strerror or error}."), FAULTS)
    _stop(
        printable(f"withless met an error that it did not expect ({type(error).__name__}: {error}).")
        + "\nThis is a fault of ours. WITHLESS_DEBUG=1 in front of the command shows where it arose.",
        OURS,
    )


@app.callback(invoke_without_command=True)
def start(
    version: Annotated[bool, typer.Option("--version", help="Show the version and leave.", is_eager=True)] = False,
) -> None:
    """What a savings plan does to public services: more, same or less, with less."""
    if version:
        typer.echo(f"withless {__version__}")
        raise typer.Exit


@app.command(
    epilog="\b\nExamples:\n  withless assess plan.yaml --html report.html\n  withless assess plan.yaml --json - > result.json\n"
    "  withless assess plan.yaml --draws 4096 --workers 4 --csv tables"
)
@told
def assess(
    plan: PlanFile,
    draws: Annotated[
        int, typer.Option(min=1, help="Runs with other values for what is uncertain; whole blocks of 64.")
    ] = 1024,
    seed: Annotated[
        int, typer.Option(min=0, help="Another seed draws other values; the same gives the same result.")
    ] = 1,
    workers: Annotated[int, typer.Option(min=1, help="Processes that share the work; they change no number.")] = 1,
    json: Annotated[
        str | None, typer.Option(metavar="FILE|-", help="Write the result as JSON; - for standard output.")
    ] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report as one HTML page.")] = None,
    csv: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write the result as CSV tables into a folder.")
    ] = None,
    lam: Annotated[
        str | None,
        typer.Option(
            metavar="X|LOW..HIGH", help="What if users of a closed venue were this loath to use another (0.05 to 1)."
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No summary and no progress.")] = False,
) -> None:
    """Say what a plan does, and whether it is more or less with less.

    Money really saved, people served, quality, who bears it, promises kept, and the verdict, each with its uncertainty.
    """
    _writable(json=json, html=html, csv=csv)
    held = _range(lam) if lam is not None else None
    from . import api
    from .report.content import content
    from .report.html import render
    from .report.terminal import summary
    from .writing import write_whole

    with _progress(quiet) as progress:
        given = _plan(plan)
        if held is not None:
            given = api.what_if(given, "venues.lam", *held)
        found = content(api.appraise(given, draws, seed, workers, progress))
    written = []
    if json is not None and json != "-":
        write_whole(Path(json), api.as_json(found))
        written.append(json)
    if html is not None:
        write_whole(html, render(found))
        written.append(str(html))
    if csv is not None:
        written += [str(path) for path in api.write_tables(found, csv)[:1]]
        written[-1] = f"{csv} (CSV tables)"
    if json == "-":
        typer.echo(api.as_json(found), nl=False)
    elif not quiet:
        typer.echo(summary(found, written), nl=False)


@app.command(
    epilog="\b\nExamples:\n  withless fit somerset libraries\n  withless fit somerset libraries --out somerset/fit/libraries.toml"
)
@told
def fit(
    place: Annotated[Path, typer.Argument(metavar="PLACE", help="A place's folder.")],
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="The name of a service in it, such as libraries.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the estimates, for the key fit of the service in place.yaml."),
    ] = None,
) -> None:
    """Estimate a service's numbers from where its users live.

    Takes a place with a use table; says what each way of looking at it finds, which disagree, and what that leaves open.
    """
    if out is not None:
        _writable(html=out)
    from . import api
    from .place import Place

    given = api.read(place)
    if not isinstance(given, Place):
        _stop(f"{_name(place)} is a plan. Give the folder of a place.", MISUSE)
    if service not in given.instances:
        _stop(f"There is no service {service!r}; there is {', '.join(given.instances)}.", MISUSE)
    with _progress(False, "Fitting") as progress:
        findings = api.fit(given, service, progress)
    typer.echo(findings.text, nl=False)
    if out is not None:
        from .writing import write_whole

        write_whole(out, api.fit_text(findings.joint))
        typer.echo(f"\nWritten: {out}\nTo use it, put under {service} in place.yaml:\n  fit: {_from(place, out)}")


@app.command(epilog="\b\nExamples:\n  withless check plan.yaml\n  withless check northshire")
@told
def check(
    path: Annotated[Path, typer.Argument(metavar="PLACE_OR_PLAN", help="A place's folder, or a plan's YAML file.")],
) -> None:
    """List everything that is wrong in a place or a plan.

    Each fault with file, row, column, what was found, what was expected and how to mend it. Leaves with 0 where all is
    well (warnings may remain), 1 where it is not.
    """
    from . import api
    from .files import summary

    faults = api.check(path)
    if any(f.severity == "error" for f in faults):
        _list(faults)
        raise typer.Exit(FAULTS)
    for fault in faults:
        typer.echo(f"- {fault}")
    typer.echo(f"{_name(path)} can be used" + (f" ({summary(faults)})." if faults else ": no faults."))


@app.command(epilog="\b\nExample:\n  withless sources")
@told
def sources() -> None:
    """List the official files that places are made from."""
    import textwrap

    from .api import SOURCES

    for file in SOURCES.values():
        typer.echo(f"{file.folder}/{file.name}")
        mind = f" Mind: {file.trap}." if file.trap else ""
        for line in textwrap.wrap(f"{file.title}. {file.publisher}, {file.year}.{mind}", 78):
            typer.echo(f"  {line}")
    typer.echo(f"{len(SOURCES)} files. Download them into one folder under these names, as CSV or gzip CSV.")


places = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Make a place from official files.")
app.add_typer(places, name="place")


@places.command("new", epilog="\b\nExample:\n  withless place new --authority Somerset --data downloads --out somerset")
@told
def new(
    authority: Annotated[str, typer.Option(help="An English county, district or unitary authority, as of 2021.")],
    data: Annotated[Path, typer.Option(metavar="DIR", help="The folder with the files that withless sources lists.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder to write; made where it is missing.")],
    force: Annotated[bool, typer.Option("--force", help="Write over a place that is there.")] = False,
) -> None:
    """Make a place with areas, people, a rim and libraries.

    Users and costs of libraries are in no official file: they are judged, and NOTES.md says how. Put your own in.
    """
    _writable(csv=out)
    if (out / "place.yaml").exists() and not force:
        _stop(f"{out} already has a place.yaml. Choose another folder, or say --force to write over it.", FAULTS)
    from . import api

    notes = api.place_new(authority, data, out)
    typer.echo(f"A place is in {out}.")
    for note in notes:
        typer.echo(f"- {note}")
    typer.echo(f"Next: withless check {out}")


@app.command(epilog="\b\nExample:\n  withless example northshire northshire")
@told
def example(
    name: Annotated[str, typer.Argument(metavar="NAME", help="northshire, an invented county with a savings plan.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to write; made where it is missing.")],
    force: Annotated[bool, typer.Option("--force", help="Write over files that are there.")] = False,
) -> None:
    """Write an invented place with its plan, to try things on."""
    from . import api

    if name not in api.EXAMPLES:
        _stop(f"There is no example {name!r}; there is {', '.join(api.EXAMPLES)}.", MISUSE)
    written = api.example(name, folder, force)
    typer.echo(f"{len(written)} files are in {folder}. The place is invented.")
    typer.echo(f"Next: withless assess {folder / 'plan.yaml'} --html report.html")


@app.command(
    epilog="\b\nExamples:\n  withless assumptions\n  withless assumptions plan.yaml --kind judged\n  withless assumptions --csv -"
)
@told
def assumptions(
    path: Annotated[
        Path | None, typer.Argument(metavar="[PLACE_OR_PLAN]", help="With what this place or plan puts in their stead.")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="Only those that are measured, derived or judged.")] = None,
    json: Annotated[
        str | None, typer.Option(metavar="FILE|-", help="Write them as JSON; - for standard output.")
    ] = None,
    csv: Annotated[str | None, typer.Option(metavar="FILE|-", help="Write them as CSV; - for standard output.")] = None,
) -> None:
    """List every number that withless assumes.

    Each with its unit, range and source, and whether it was measured, derived or judged.
    """
    if kind is not None and kind not in ("measured", "derived", "judged"):
        _stop(f"--kind is measured, derived or judged, not {kind!r}.", MISUSE)
    _writable(json=json, csv_file=csv)
    from . import api
    from .report.register import as_text, to_csv, to_json

    rows = [r for r in api.assumptions(path) if kind in (None, r["kind"])]
    for target, make in ((json, to_json), (csv, to_csv)):
        if target == "-":
            typer.echo(make(rows), nl=False)
        elif target is not None:
            from .writing import write_whole

            write_whole(Path(target), make(rows))
            typer.echo(f"Written: {target}")
    if json is None and csv is None:
        typer.echo(as_text(rows), nl=False)


def _plan(path: Path) -> Plan:
    """Read a plan, telling its warnings; a place is a slip of the command line."""
    from .files import read
    from .plan import Plan

    given, warnings = read(path)
    if not isinstance(given, Plan):
        _stop(f"{_name(path)} is a place. Give the YAML file of a plan, such as {path / 'plan.yaml'}.", MISUSE)
    for warning in warnings:
        typer.echo(f"Warning: {warning}", err=True)
    return given


def _writable(
    json: str | None = None, html: Path | None = None, csv: Path | None = None, csv_file: str | None = None
) -> None:
    """Leave before any work where a result could not be written."""
    from .writing import why_not

    files = [Path(p) for p in (json, html, csv_file) if p is not None and str(p) != "-"]
    problems = [f"{p} {why}." for p in files if (why := why_not(p))]
    if csv is not None and (why := why_not(csv, folder=True)):
        problems.append(f"{csv} {why}.")
    if problems:
        _stop("\n".join(problems), MISUSE)


def _range(written: str) -> tuple[float, float]:
    """`0.3` or `0.05..1` as a range."""
    low, _, high = written.partition("..")
    try:
        found = float(low), float(high or low)
    except ValueError:
        found = (0.0, 0.0)
    if not 0.01 <= found[0] <= found[1] <= 1:
        _stop(f"--lam is a number from 0.01 to 1, or a range such as 0.05..1; found {written!r}.", MISUSE)
    return found


def _from(place: Path, file: Path) -> str:
    """A file as seen from a place's folder, if it lies there."""
    folder = place if place.is_dir() else place.parent
    try:
        return file.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        return f"{file.name} (once it is in the place's folder)"


@contextmanager
def _progress(quiet: bool, doing: str = "Assessing") -> Iterator[Callable[[int, int], None] | None]:
    """A bar on a terminal; elsewhere a line now and then; nothing where quiet."""
    if quiet:
        yield None
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(doing, total=None)
            yield lambda done, of: bar.update(task, completed=done, total=of)
    else:
        last = [time.monotonic()]

        def line(done: int, of: int) -> None:
            if time.monotonic() - last[0] > SLOW and done < of:
                last[0] = time.monotonic()
                typer.echo(f"{doing}: {100 * done // of}% done", err=True)

        yield line


def _list(faults: tuple[Fault, ...] | list[Fault]) -> None:
    """Faults on standard error, one a line, after how many there are."""
    from .files import summary

    typer.echo(f"{summary(faults)}:", err=True)
    for fault in faults:
        typer.echo(f"- {'warning: ' if fault.severity != 'error' else ''}{fault}", err=True)


def _name(path: Path) -> str:
    from .files import printable

    return printable(path.name or str(path))


def _stop(message: str, code: int) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)
