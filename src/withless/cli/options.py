"""`withless options`: the same saving with less harm, and whether any plan found could avoid it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from .console import MISUSE, hand_over, read_plan, say, stop, told, writable

EPILOG = (
    "\b\nExamples:\n  withless options plan.yaml\n  withless options plan.yaml --harm worst-off --keep LIB07 --time 5m\n"
    "  withless options plan.yaml --plan better.yaml --svg frontier.svg"
)
KINDS = ("service", "users", "minutes", "worst-off", "beyond")


@told
def options(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="The plan's YAML file; it names its place.")],
    saving: Annotated[
        str | None, typer.Option(metavar="£", help="Pounds a year to save in all; else what the plan saves.")
    ] = None,
    keep: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="A unit that stays as it is; may be given again.")
    ] = None,
    harm: Annotated[
        str, typer.Option(help="What is kept low: service, users, minutes, worst-off or beyond.")
    ] = "service",
    minutes: Annotated[float, typer.Option(min=1, help="With --harm beyond: how far is too far.")] = 20.0,
    time: Annotated[str, typer.Option(metavar="60s|5m", help="How long to look.")] = "60s",
    fresh_seed: Annotated[int, typer.Option(min=0, help="Seed of the draws that the answer is told from.")] = 1000,
    draws: Annotated[int, typer.Option(min=1, help="Draws that the answer is told from; whole blocks of 64.")] = 1024,
    json: Annotated[
        str | None, typer.Option(metavar="FILE|-", help="Write the answer as JSON; - for standard output.")
    ] = None,
    plan_out: Annotated[
        Path | None, typer.Option("--plan", metavar="FILE", help="Write the best plan found, to assess.")
    ] = None,
    svg: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a picture of saving against harm.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over files that withless did not write.")] = False,  # noqa: ARG001
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Look for the same saving with less harm.

    Says how much of a plan's harm is avoidable at its saving, with do nothing, close nothing, pro rata and the rules that
    councils use next to it. Every plan is assessed as any other; the answer comes from draws that no choice was made on.
    """
    if harm not in KINDS:
        stop(f"--harm is {', '.join(KINDS[:-1])} or {KINDS[-1]}, not {harm!r}.", MISUSE)
    wanted, seconds = _pounds(saving), _seconds(time)
    writable(json=json, plan=plan_out, svg=svg)
    from ..report.options import as_json, picture, plan_file, relative
    from ..report.options import told as in_words
    from ..search import search
    from ..service import Beyond
    from ..writing import write_whole

    given = read_plan(plan)
    try:
        found = search(
            given, wanted, tuple(keep or ()), harm, seconds, fresh_seed, draws, minutes,
            None if quiet or json == "-" else lambda words: say(f"{words} ...", err=True),
        )  # fmt: skip
    except Beyond as error:
        most = f"the most that was found is £{error.most:,.0f}"
        stop(f"No plan saves that much a year with these measures and units kept as they are; {most}.", 1)
    except ValueError as error:
        stop(f"{error}.", MISUSE)
    if json is not None and json != "-":
        write_whole(Path(json), as_json(found), sort="json")
    if plan_out is not None:
        write_whole(plan_out, plan_file(found, relative(_folder(plan), plan_out)), edited=True)
    if svg is not None:
        write_whole(svg, str(picture(found)))
    if json == "-":
        hand_over(as_json(found))
        return
    say(in_words(found), nl=False)
    for name, file in (("Plan", plan_out), ("Picture", svg), ("JSON", json)):
        if file is not None:
            say(f"{name} written: {file}")


def _folder(plan: Path) -> Path:
    """The folder of the place that a plan file names."""
    found = re.search(r"^place:\s*(.+?)\s*$", plan.read_text(encoding="utf-8"), re.MULTILINE)
    return plan.parent / (found.group(1).strip("\"'") if found else ".")


def _pounds(written: str | None) -> float | None:
    """£4.2m, 4200000 or 410k as pounds."""
    if written is None:
        return None
    found = re.fullmatch(r"£?([0-9][0-9,]*(?:\.[0-9]+)?)\s*(k|m|bn)?", written.strip(), re.IGNORECASE)
    if not found or float(found.group(1).replace(",", "")) <= 0:
        stop(f"--saving is pounds a year above zero, such as £4.2m, not {written!r}.", MISUSE)
    return (
        float(found.group(1).replace(",", ""))
        * {"": 1.0, "k": 1e3, "m": 1e6, "bn": 1e9}[(found.group(2) or "").lower()]
    )


def _seconds(written: str) -> float:
    """60s, 5m or 90 as seconds."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*(s|m|min|h)?", written.strip())
    if not found or float(found.group(1)) <= 0:
        stop(f"--time is a length such as 60s or 5m, not {written!r}.", MISUSE)
    return float(found.group(1)) * {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}[found.group(2) or "s"]
