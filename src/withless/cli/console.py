"""What every command shares: errors told in words, exit codes, progress, and files that cannot be written found out first."""

from __future__ import annotations

import functools
import logging
import os
import signal
import sys
import textwrap
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from .. import writing

if TYPE_CHECKING:
    from ..files import Fault
    from ..plan import Plan

FAULTS, MISUSE, OURS, STOPPED = 1, 2, 3, 130
WAS_STOPPED = "Stopped. Files that were not finished were not written."
SLOW = 5.0
"""Seconds between lines of progress where there is no terminal to draw a bar on."""


def told(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose errors are told in words, never as a traceback."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            with writing.run(force=bool(kwargs.get("force"))):
                command(*args, **kwargs)
        except typer.Exit:
            raise
        except KeyboardInterrupt as stopped:
            stop(WAS_STOPPED, stopped.code if isinstance(stopped, Ended) else STOPPED)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except Exception as error:  # noqa: BLE001  # the last place where an error can be put into words
            behind = _stop_behind(error)
            if behind is not None:
                stop(WAS_STOPPED, behind.code if isinstance(behind, Ended) else STOPPED)
            _tell(error)

    return run


class Ended(KeyboardInterrupt):
    """Stopped by a signal other than Ctrl-C's; `code` is what a shell expects then."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.code = 128 + number


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let a polite signal end a run as Ctrl-C does, with its worker processes; a second one, or one that comes when the run is
    over and Python cleans up, ends it at once.
    """

    def end(number: int, _: object) -> NoReturn:
        signal.signal(number, signal.SIG_DFL)
        raise Ended(number)

    known = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    ours = [number for number in known if signal.getsignal(number) == signal.SIG_DFL]  # nohup has it ignored
    for number in ours:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def tell_warnings() -> None:
    """Let a warning that is for people (a service left out) reach them as a sentence, and no line of code with it."""
    usual = warnings.showwarning

    def show(message: Warning | str, category: type[Warning], *more: Any, **named: Any) -> None:
        if category.__name__ == "BrokenService":
            say(f"Warning: {message}", err=True)
        else:
            usual(message, category, *more, **named)

    warnings.showwarning = show


def _stop_behind(error: BaseException | None) -> KeyboardInterrupt | None:
    """The stop that lies behind an error, if one does: compiled code wraps Ctrl-C in an error of its own."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return error
        error = error.__cause__ or error.__context__
    return None


def _tell(error: Exception) -> NoReturn:
    """Say what went wrong and leave with its exit code; WITHLESS_DEBUG=1 shows the traceback as well."""
    from ..files import Faults, printable
    from ..service import Unworkable

    if os.environ.get("WITHLESS_DEBUG"):
        import traceback

        traceback.print_exception(error)
    if isinstance(error, Faults):
        list_faults(error.faults)
        raise typer.Exit(FAULTS)
    if isinstance(error, writing.Twice):
        stop(str(error), MISUSE)
    if isinstance(error, Unworkable | FileExistsError | writing.WontWrite) and not getattr(error, "filename", None):
        stop(printable(str(error)), FAULTS)
    if isinstance(error, OSError):
        stop(printable(f"{error.filename or 'A file'}: {error.strerror or error}."), FAULTS)
    if isinstance(error, MemoryError):
        stop(
            "There is not enough memory for this. Ask for fewer draws (--draws), or run it on a larger machine.", FAULTS
        )
    stop(
        printable(f"withless met an error that it did not expect ({type(error).__name__}: {error}).")
        + "\nThis is a fault of ours. WITHLESS_DEBUG=1 in front of the command shows where it arose.",
        OURS,
    )


def read_plan(path: Path) -> Plan:
    """Read a plan, telling its warnings; a place is a slip of the command line."""
    from ..files import read
    from ..plan import Plan

    given, warnings = read(path)
    if not isinstance(given, Plan):
        stop(f"{shown(path)} is a place. Give the YAML file of a plan, such as {path / 'plan.yaml'}.", MISUSE)
    for warning in warnings:
        say(f"Warning: {warning}", err=True)
    return given


def with_measures(plan: Plan) -> Plan:
    """The plan, if it has measures."""
    if not plan.measures:
        stop("The plan has no measures: nothing can be shared out, or done faster or slower.", FAULTS)
    return plan


def writable(
    csv: Path | None = None, tables: Iterable[str] = (), csv_file: str | None = None, **files: Path | str | None
) -> None:
    """Leave before any work where a result could not be written, or would be written over what must stay.

    `csv` is a folder for `tables`; the others are files, `-` for standard output, named by what goes into them: html,
    json, xlsx, sav, toml.
    """
    named = {sort: Path(p) for sort, p in (("", csv_file), *files.items()) if p is not None and str(p) != "-"}
    problems = [f"{p} {why}." for p in named.values() if (why := writing.why_not(p))]
    if csv is not None and (why := writing.why_not(csv, folder=True)):
        problems.append(f"{csv} {why}.")
    if sum(str(p) == "-" for p in (csv_file, *files.values())) > 1:
        problems.append("Only one result can go to standard output.")
    if problems:
        stop("\n".join(problems), MISUSE)
    for sort, path in named.items():
        writing.claim([path], sort)
    if csv is not None:
        writing.claim(csv / name for name in tables)


@contextmanager
def progress_bar(quiet: bool, doing: str = "Assessing") -> Iterator[Callable[[int, int], None] | None]:
    """A bar on a terminal; elsewhere a line now and then; nothing where quiet. Says too what the package says of waiting."""
    if quiet:
        yield None
        return
    logger, handler = logging.getLogger("withless"), _Said()
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        with _bar(doing) as progress:
            yield progress
    finally:
        logger.removeHandler(handler)


class _Said(logging.Handler):
    """What the package says while it works, on standard error."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line."""
        say(record.getMessage(), err=True)


@contextmanager
def _bar(doing: str) -> Iterator[Callable[[int, int], None] | None]:
    if sys.stderr.isatty():
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
                say(f"{doing}: {100 * done // of}% done", err=True)

        yield line


def list_faults(faults: tuple[Fault, ...] | list[Fault]) -> None:
    """Faults on standard error, one a line, after how many there are."""
    from ..files import summary

    say(f"{summary(faults)}:", err=True)
    for fault in faults:
        say(f"- {'warning: ' if fault.severity != 'error' else ''}{fault}", err=True)


def list_notes(notes: Iterable[str]) -> None:
    """Notes, one after the other, broken to 80 columns; a path or an address is left whole."""
    for note in notes:
        say("\n".join(textwrap.wrap(f"- {note}", 80, subsequent_indent="  ", break_long_words=False)))


def shown(path: Path) -> str:
    """A file's name, safe to print."""
    from ..files import printable

    return printable(path.name or str(path))


def say(text: str = "", err: bool = False, nl: bool = True) -> None:
    """The one door for what is printed: nothing that a name or a cell holds can steer the terminal."""
    typer.echo(writing.plain(text), err=err, nl=nl)


def hand_over(text: str) -> None:
    """A result in a machine's form on standard output: JSON or CSV, already safe, and left as it is."""
    typer.echo(text, nl=False)


def stop(message: str, code: int) -> NoReturn:
    """Say why and leave with an exit code."""
    say(message, err=True)
    raise typer.Exit(code)
