"""Commands that services bring: `withless KIND NAME PLACE`, for every name in the service's `commands()`.

Every kind also has `about`: what it reads, what a plan may move, what may be promised. Kinds are read from entry points, which
loads nothing, so that help stays quick; a service is loaded when its own commands are listed.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from .console import FAULTS, MISUSE, hand_over, progress_bar, say, shown, stop, told, writable

GROUP = "withless.services"
GIVEN = ("models", "place", "instance", "blocks", "tables", "progress")
"""What a command of a service is handed; its other parameters are options."""

PlaceFolder = Annotated[Path, typer.Argument(metavar="PLACE", help="A place's folder.")]
DataFolder = Annotated[Path, typer.Argument(metavar="DIR", help="A folder with the tables, such as bands.csv.")]
ServiceName = Annotated[str | None, typer.Option("--service", metavar="NAME", help="Which, where a place has several.")]
DrawCount = Annotated[int, typer.Option("--draws", min=1, help="Runs with other values for what is uncertain.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Another seed draws other values.")]
CsvFile = Annotated[
    str | None, typer.Option("--csv", metavar="FILE|-", help="Write its table as CSV; - for standard output.")
]
JsonFile = Annotated[
    str | None, typer.Option("--json", metavar="FILE|-", help="Write it as JSON; - for standard output.")
]
COMMON = {"folder": (PlaceFolder, ...), "service": (ServiceName, None)}
DRAWN = {"draws": (DrawCount, 256), "seed": (Seed, 1)}
Force = Annotated[bool, typer.Option("--force", help="Write over files that withless did not write.")]
LAST = {"csv_file": (CsvFile, None), "json_file": (JsonFile, None), "force": (Force, False)}


class WithServices(TyperGroup):
    """The top group, with one group a kind of service that has commands of its own, loaded when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The built-in commands, then the kinds of service."""
        return [*super().list_commands(ctx), *(kind for kind in _kinds() if kind not in self.commands)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A built-in command, or the group of a kind of service."""
        if cmd_name in self.commands or cmd_name not in _kinds():
            return super().get_command(ctx, cmd_name)
        return LazyGroup(cmd_name)


class LazyGroup(TyperGroup):
    """The commands of one service; the service is loaded when they are listed or one is run."""

    def __init__(self, kind: str) -> None:
        """Of a kind of service."""
        super().__init__(name=kind, short_help=f"More about {kind}.", no_args_is_help=True, rich_markup_mode=None)
        self.kind = kind
        self.context_settings = {"help_option_names": ["-h", "--help"]}

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # the base's own signature
        """Names in the service's order, and `about`."""
        return [*_functions(self.kind), "about"]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """One of them as a command, or None."""
        function = _functions(self.kind).get(cmd_name)
        if function is not None:
            return as_command(self.kind, cmd_name, function)
        return _about(self.kind) if cmd_name == "about" else None


def _functions(kind: str) -> Mapping[str, Callable[..., Any]]:
    """The commands that a kind of service brings."""
    from ..service import Commands, UnknownService, get

    try:
        service = get(kind)
    except UnknownService as error:
        stop(f"{str(error)[:1].upper()}{str(error)[1:]}.", FAULTS)
    return service.commands() if isinstance(service, Commands) else {}


def _about(kind: str) -> Any:
    """The command that says what a kind of service declares."""

    @told
    def about() -> None:
        from ..report.about import about as described
        from ..service import get

        say(described(get(kind)), nl=False)

    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command("about", help="Say what it reads, what a plan may move and what may be promised.")(about)
    return typer.main.get_command(app)


def as_command(kind: str, name: str, function: Callable[..., Any]) -> Any:
    """A command that reads the place, hands the service what it needs, and tells what comes back."""

    @told
    def run(**given: Any) -> None:
        _run(kind, function, given)

    hints = typing.get_type_hints(function, include_extras=True)
    own = {
        parameter.name: (_option(hints[parameter.name]), parameter.default)
        for parameter in inspect.signature(function).parameters.values()
        if parameter.name not in GIVEN
    }
    alone = _alone(function)
    parameters = {**({"folder": (DataFolder, ...)} if alone else COMMON), **own, **({} if alone else DRAWN), **LAST}
    run.__annotations__ = {n: kind_of for n, (kind_of, _) in parameters.items()}
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(
                n,
                inspect.Parameter.KEYWORD_ONLY,
                annotation=kind_of,
                default=inspect.Parameter.empty if default is ... else default,
            )
            for n, (kind_of, default) in parameters.items()
        ]
    )
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    doc, _, examples = inspect.cleandoc(function.__doc__ or "").partition("\n\nExamples:\n")
    epilog = f"\b\nExamples:\n{examples}" if examples else None
    app.command(name, help=doc, epilog=epilog)(run)
    return typer.main.get_command(app)


def _alone(function: Callable[..., Any]) -> bool:
    """Whether a command works on a folder of data, without a place."""
    return "tables" in inspect.signature(function).parameters


def _run(kind: str, function: Callable[..., Any], given: dict[str, Any]) -> None:
    from .. import api
    from ..service import Misused
    from ..writing import write_whole

    targets = {"csv": given.pop("csv_file"), "json": given.pop("json_file")}
    writable(json=targets["json"], csv_file=targets["csv"])
    given.pop("force")  # the door knows of it
    folder = given.pop("folder")
    handed = _tables(folder, kind) if _alone(function) else _placed(folder, kind, function, given)
    try:
        with progress_bar(False, "Working") as progress:
            found = function(*handed, progress, **given)
    except Misused as error:
        stop(str(error), MISUSE)
    if targets["csv"] is not None and not found.rows:
        stop("This command has no table to write as CSV; --json has all it found.", MISUSE)
    made = {"csv": lambda: api.as_csv(found.rows), "json": lambda: api.as_json(dict(found.data))}
    if "-" not in targets.values():
        say(found.text, nl=False)
    for form, target in targets.items():
        if target == "-":
            hand_over(made[form]())
        elif target is not None:
            write_whole(Path(target), made[form](), sort="json" if form == "json" else "")
            say(f"Written: {target}", err="-" in targets.values())


def _placed(folder: Path, kind: str, function: Callable[..., Any], given: dict[str, Any]) -> tuple[Any, ...]:
    """Models of the instance that is meant, one for each block of draws."""
    from .. import api
    from ..place import Place
    from ..service import takes_model

    name, draws, seed = (given.pop(k) for k in ("service", "draws", "seed"))
    place = api.read(folder)
    if not isinstance(place, Place):
        stop(f"{shown(folder)} is a plan. Give the folder of a place.", MISUSE)
    names = [n for n, i in place.instances.items() if i.kind == kind]
    if name is None and len(names) == 1:
        name = names[0]
    if not names:
        stop(f"{shown(folder)} has no service of kind {kind}.", FAULTS)
    if name not in names:
        stop(f"Say which with --service: {', '.join(names)}.", MISUSE)
    models = api.Study(place, seed, draws).models(name)
    if not takes_model(function):  # not converted yet
        return place, place.instances[name], tuple(model.draws for model in models)
    return (models,)


def _tables(folder: Path, kind: str) -> tuple[Any, ...]:
    """The tables of a folder of data; warnings are told."""
    from .. import api

    found, warnings = api.tables_of(folder, kind)
    for warning in warnings:
        say(f"Warning: {warning}", err=True)
    return (found,)


def _option(hint: Any) -> Any:
    """`Annotated[type, "help"]` as typer's option."""
    if typing.get_origin(hint) is Annotated:
        inner, *notes = typing.get_args(hint)
        return Annotated[inner, typer.Option(help=" ".join(n for n in notes if isinstance(n, str)))]
    return hint


def _kinds() -> list[str]:
    return sorted({point.name for point in entry_points(group=GROUP)})
