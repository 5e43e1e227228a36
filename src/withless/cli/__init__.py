"""The `withless` command.

Exit codes: 0 done; 1 the files have faults, or what was asked cannot be done; 2 the command line is wrong; 3 an error of
ours; 130 stopped by Ctrl-C. Heavy imports wait until a command runs, so that help comes at once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .. import __version__
from .compare import EPILOG as COMPARE_EPILOG
from .compare import compare as compare_command
from .console import (
    FAULTS,
    MISUSE,
    ended_by_signals,
    hand_over,
    list_faults,
    list_notes,
    progress_bar,
    read_plan,
    say,
    shown,
    stop,
    tell_warnings,
    told,
    writable,
)
from .explain import EPILOG as EXPLAIN_EPILOG
from .explain import explain as explain_command
from .imports import imports
from .measures import EPILOG as MEASURES_EPILOG
from .measures import measures as measures_command
from .options import EPILOG as OPTIONS_EPILOG
from .options import options as options_command
from .pace import PACE_EPILOG, RUNWAY_EPILOG
from .pace import pace as pace_command
from .pace import runway as runway_command
from .poll import EPILOG
from .poll import poll as poll_command
from .service_commands import WithServices
from .trace import EPILOG as TRACE_EPILOG
from .trace import trace as trace_command
from .verify import EPILOG as VERIFY_EPILOG
from .verify import verify as verify_command

if TYPE_CHECKING:
    from ..plan import Plan

app = typer.Typer(
    name="withless",
    cls=WithServices,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\b\nTry it:\n  withless example northshire northshire\n  withless assess northshire/plan.yaml --html report.html",
)

Force = Annotated[bool, typer.Option("--force", help="Write over files that withless did not write.")]
PlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="The plan's YAML file; it names its place.")]


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    tell_warnings()
    with ended_by_signals():
        app()


@app.callback(invoke_without_command=True)
def start(
    version: Annotated[bool, typer.Option("--version", help="Show the version and leave.", is_eager=True)] = False,
) -> None:
    """What a savings plan does to public services: more, same or less, with less."""
    if version:
        say(f"withless {__version__}")
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
    xlsx: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the result as an Excel workbook.")] = None,
    parquet: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write the same tables as Parquet files into a folder.")
    ] = None,
    inputs: Annotated[
        bool, typer.Option("--inputs/--no-inputs", help="Put the files into the page, for withless verify.")
    ] = True,
    assume: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=X|LOW..HIGH",
            help="What if an assumption were this, such as venues.lam=0.5..1; withless assumptions lists them. May be repeated.",
        ),
    ] = None,
    poll: Annotated[
        str | None,
        typer.Option(metavar="FILE|NAME", help="Set a poll beside it: poll.yaml, its JSON, or ipsos-2011, ipsos-2013."),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Print everything, not only the summary of 40 lines.")] = False,
    force: Force = False,  # noqa: ARG001  # the door of the run knows of it
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No summary and no progress.")] = False,
) -> None:
    """Say what a plan does, and whether it is more or less with less.

    Money really saved, people served, quality, who bears it, promises kept, and the verdict, each with its uncertainty.
    """
    from ..report.tables import FILES as TABLES

    names = [*(f"{name}.csv" for name in TABLES), "datapackage.json"]
    writable(json=json, html=html, xlsx=xlsx, csv=csv, tables=names)
    if parquet is not None:
        writable(csv=parquet, tables=[f"{name}.parquet" for name in TABLES])
    held = [_assumed(written) for written in assume or []]
    from .. import api
    from ..report.content import content
    from ..writing import files_read

    with progress_bar(quiet) as progress:
        given = read_plan(plan)
        for name, low, high in held:
            given = _what_if(given, name, low, high)
        made_from = files_read()  # a poll's answers are not among them
        asked = api.poll_found(poll) if poll is not None else None
        study = api.Study(given.place, seed, draws)
        found = api.with_measures(study, given, content(study.appraise(given, workers, progress)))
    if asked is not None:
        found = api.with_beliefs(found, asked)

    kept = ""
    if html is not None:
        from ..report.inputs import packed

        tables = poll if asked is None or poll in api.PUBLISHED else api.as_json(asked).encode()
        kept = packed(plan, made_from, seed, draws, held, tables, inputs)
    written = _write(found, kept, json, html, xlsx, csv, parquet)
    if json == "-":
        hand_over(api.as_json(found))
    elif not quiet:
        from ..report.terminal import summary

        say(summary(found, written, full), nl=False)


def _write(
    found: dict[str, Any],
    kept: str,
    json: str | None,
    html: Path | None,
    xlsx: Path | None,
    csv: Path | None,
    parquet: Path | None,
) -> list[str]:
    """Write a result in the forms that are asked for; returns what was written. `kept` are the inputs in the page."""
    from .. import api
    from ..report.page import render
    from ..report.tables import parquet as as_parquet
    from ..report.workbook import workbook
    from ..writing import write_whole

    written = []
    if json is not None and json != "-":
        write_whole(Path(json), api.as_json(found), sort="json")
        written.append(json)
    if html is not None:
        write_whole(html, render(found, kept), sort="html")
        written.append(str(html))
    if xlsx is not None:
        write_whole(xlsx, workbook(found), sort="xlsx")
        written.append(str(xlsx))
    if csv is not None:
        api.write_tables(found, csv)
        written.append(f"{csv} (CSV tables)")
    if parquet is not None:
        for name, data in as_parquet(found).items():
            write_whole(parquet / name, data, sort="parquet")
        written.append(f"{parquet} (Parquet tables)")
    return written


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
    force: Force = False,  # noqa: ARG001  # the door of the run knows of it
) -> None:
    """Estimate a service's numbers from where its users live.

    Takes a place with a use table; says what each way of looking at it finds, which disagree, and what that leaves open.
    """
    writable(toml=out)
    from .. import api
    from ..place import Place

    given = api.read(place)
    if not isinstance(given, Place):
        stop(f"{shown(place)} is a plan. Give the folder of a place.", MISUSE)
    if service not in given.instances:
        stop(f"There is no service {service!r}; there is {', '.join(given.instances)}.", MISUSE)
    with progress_bar(False, "Fitting") as progress:
        findings = api.fit(given, service, progress)
    say(findings.text, nl=False)
    if out is not None:
        from ..writing import write_whole

        write_whole(out, api.fit_text(findings.joint), sort="toml")
        say(f"\nWritten: {out}\nTo use it, put under {service} in place.yaml:\n  fit: {_from(place, out)}")


@app.command(epilog="\b\nExamples:\n  withless check plan.yaml\n  withless check northshire")
@told
def check(
    path: Annotated[Path, typer.Argument(metavar="PLACE_OR_PLAN", help="A place's folder, or a plan's YAML file.")],
) -> None:
    """List everything that is wrong in a place or a plan, and say the plan back.

    Each fault with file, row, column, what was found, what was expected and how to mend it; what every measure is taken to
    do, with today's value; and what was left blank and is taken for a value. Leaves with 0 where all is well (warnings may
    remain), 1 where it is not.
    """
    from .. import api
    from ..files import printable, summary

    found = api.examine(path, run=True)
    faults = found.faults
    if any(f.severity == "error" for f in faults):
        list_faults(faults)
        raise typer.Exit(FAULTS)
    for title, lines in (("The plan as read", found.as_read), ("Blanks, and what they stand for", found.taken)):
        if lines:
            say(f"{title}:")
            list_notes(map(printable, lines))
    if faults:
        say("Warnings:")
    for fault in faults:
        say(f"- {fault}")
    say(f"{shown(path)} can be used" + (f" ({summary(faults)})." if faults else ": no faults."))


@app.command(epilog="\b\nExample:\n  withless sources")
@told
def sources() -> None:
    """List the official files that places are made from."""
    import textwrap

    from ..api import SOURCES

    for file in SOURCES.values():
        say(f"{file.folder}/{file.name}")
        mind = f" Mind: {file.trap}." if file.trap else ""
        for line in textwrap.wrap(f"{file.title}. {file.publisher}, {file.year}. {file.licence}.{mind}", 78):
            say(f"  {line}")
        say(f"  {file.page}")  # an address is never broken
    say(f"{len(SOURCES)} files. Download them into one folder under these names; a CSV may be in gzip.")


places = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Make a place from official files.")
app.add_typer(places, name="place")
app.add_typer(imports, name="import")
app.command("poll", epilog=EPILOG)(poll_command)
app.command("compare", epilog=COMPARE_EPILOG)(compare_command)
app.command("measures", epilog=MEASURES_EPILOG)(measures_command)
app.command("pace", epilog=PACE_EPILOG)(pace_command)
app.command("runway", epilog=RUNWAY_EPILOG)(runway_command)
app.command("explain", epilog=EXPLAIN_EPILOG)(explain_command)
app.command("options", epilog=OPTIONS_EPILOG)(options_command)
app.command("trace", epilog=TRACE_EPILOG)(trace_command)
app.command("verify", epilog=VERIFY_EPILOG)(verify_command)


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
    writable(csv=out)
    if (out / "place.yaml").exists() and not force:
        stop(f"{out} already has a place.yaml. Choose another folder, or say --force to write over it.", FAULTS)
    from .. import api

    notes = api.place_new(authority, data, out, force)
    say(f"A place is in {out}.")
    list_notes(notes)
    say(f"Next: withless check {out}")


@app.command(epilog="\b\nExample:\n  withless example northshire northshire")
@told
def example(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="northshire, an invented county with a plan; poll, an invented poll."),
    ],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to write; made where it is missing.")],
    force: Annotated[bool, typer.Option("--force", help="Write over files that are there.")] = False,
) -> None:
    """Write an invented place with its plan, or an invented poll, to try things on."""
    from .. import api

    if name not in api.EXAMPLES:
        stop(f"There is no example {name!r}; there is {', '.join(api.EXAMPLES)}.", MISUSE)
    written = api.example(name, folder, force)
    if name == "poll":
        say(f"{len(written)} files are in {folder}. The poll is invented: nobody was asked.")
        say(f"Next: withless poll {folder / 'residents.csv'} --spec {folder / 'poll.yaml'} --by age")
        return
    say(f"{len(written)} files are in {folder}. The place is invented.")
    say(f"Next: withless assess {folder / 'plan.yaml'} --html report.html")


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
    force: Force = False,  # noqa: ARG001  # the door of the run knows of it
) -> None:
    """List every number that withless assumes.

    Each with its unit, range and source, and whether it was measured, derived or judged.
    """
    if kind is not None and kind not in ("measured", "derived", "judged"):
        stop(f"--kind is measured, derived or judged, not {kind!r}.", MISUSE)
    writable(json=json, csv_file=csv)
    from .. import api
    from ..report.register import as_text, to_csv, to_json

    rows = [r for r in api.assumptions(path) if kind in (None, r["kind"])]
    for target, make in ((json, to_json), (csv, to_csv)):
        if target == "-":
            hand_over(make(rows))
        elif target is not None:
            from ..writing import write_whole

            write_whole(Path(target), make(rows), sort="json" if make is to_json else "")
            say(f"Written: {target}", err="-" in (json, csv))
    if json is None and csv is None:
        say(as_text(rows), nl=False)


def _assumed(written: str) -> tuple[str, float, float]:
    """`venues.lam=0.3` or `venues.lam=0.05..1` as a name and a range."""
    name, _, value = written.partition("=")
    low, _, high = value.partition("..")
    try:
        return name.strip(), float(low), float(high or low)
    except ValueError:
        stop(f"--assume is NAME=NUMBER or NAME=LOW..HIGH, such as venues.lam=0.05..1; found {written!r}.", MISUSE)


def _what_if(plan: Plan, name: str, low: float, high: float) -> Plan:
    """The plan with an assumption held; one that is not there or cannot be so is a slip of the command line."""
    from .. import api
    from ..assumptions import AssumptionError

    try:
        return api.what_if(plan, name, low, high)
    except AssumptionError as error:
        stop(f"--assume: {error}.", MISUSE)


def _from(place: Path, file: Path) -> str:
    """A file as seen from a place's folder, if it lies there."""
    folder = place if place.is_dir() else place.parent
    try:
        return file.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        return f"{file.name} (once it is in the place's folder)"
