"""What Python users import: read, check, appraise, and the forms a result is told in. `import withless` offers the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import files
from .appraise import DRAWS, Appraisal, base_register, register_for
from .assumptions import Draws
from .examples import northshire
from .examples import poll as poll_example
from .files import Fault, Faults
from .files.fit import fit_text
from .files.folder import read_folder
from .place import Place, Table
from .plan import Plan
from .poll.published import NAMES as PUBLISHED
from .report.belief import beside
from .report.content import assumptions as assumption_rows
from .report.content import content
from .report.html import render
from .report.tables import as_csv as table_text
from .report.tables import tables
from .report.terminal import summary as told
from .report.trace import as_text as walk
from .search import Options, search
from .search.frontier import FRESH
from .service import Findings, Fits, get, takes_model
from .sources import FILES as SOURCES
from .sources import assemble
from .sources.importing import run as run_import
from .sources.importing import run_folder as run_import_folder
from .sources.importing import waiting_list
from .streams import BLOCK
from .study import SEED, Study
from .writing import plain_json, reads, run, write_folder, write_whole

__all__ = [
    "PUBLISHED",
    "SOURCES",
    "Appraisal",
    "Fault",
    "Faults",
    "Place",
    "Plan",
    "Study",
    "appraise",
    "assumptions",
    "blocks",
    "check",
    "content",
    "examine",
    "example",
    "fit",
    "fit_text",
    "import_rtt",
    "import_social_care",
    "import_table",
    "options",
    "place_new",
    "poll",
    "published",
    "read",
    "report",
    "summary",
    "tables_of",
    "to_csv",
    "to_json",
    "trace",
    "what_if",
]

EXAMPLES: dict[str, Callable[..., list[Path]]] = {"northshire": northshire.write, "poll": poll_example.write}
"""Built-in places by name, and a poll."""


def read(path: str | Path) -> Place | Plan:
    """A plan (a YAML file) with its place, or a place (a folder with place.yaml).

    Raises `Faults`, listing everything that is wrong in any of the files, each with file, row, column and how to mend it.
    """
    return files.read(path)[0]


def check(path: str | Path) -> list[Fault]:
    """Every fault of a place or a plan, errors first; empty when all is well. Bad files never raise."""
    return files.check(path)


def examine(path: str | Path, run: bool = False) -> files.Examined:
    """The same, with every measure said back and what blanks were taken for; `run` tries every service once as well."""
    return files.examine(path, run)


def tables_of(folder: str | Path, kind: str) -> tuple[Mapping[str, Table], list[Fault]]:
    """The tables that a kind of service reads, from files of their names in a folder (bands.csv), with warnings.

    Raises `Faults`, listing everything that is wrong in any of them; LookupError for a kind that is not there.
    """
    return read_folder(Path(folder), get(kind).tables)


def appraise(
    plan: Plan | str | Path,
    draws: int = DRAWS,
    seed: int = SEED,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Appraisal:
    """What a plan does against doing nothing, with its uncertainty; `plan` may be the path of its file.

    The same plan, `draws` (rounded up to blocks of 64) and `seed` give the same numbers, however many `workers`
    (processes) share the work. `progress` is called with (blocks done, blocks in all). Raises `Faults` for a file that
    cannot be used, `service.Unworkable` for numbers that no outcome fits, TypeError for a place without a plan.
    """
    given = plan if isinstance(plan, Plan) else read(plan)
    if not isinstance(given, Plan):
        raise TypeError(f"{plan} is a place; to appraise takes a plan, whose file names its place")
    return Study(given.place, seed, draws).appraise(given, workers, progress)


def options(
    plan: Plan | str | Path,
    saving: float | None = None,
    keep: Sequence[str] = (),
    harm: str = "service",
    seconds: float = 60.0,
    fresh_seed: int = FRESH,
    draws: int = DRAWS,
) -> Options:
    """Other plans of the same place that save as much (or `saving` pounds a year) with less harm: see docs/options.md.

    `keep` names units that stay as they are. Raises `service.Beyond` where no plan found saves as much.
    """
    given = plan if isinstance(plan, Plan) else read(plan)
    if not isinstance(given, Plan):
        raise TypeError(f"{plan} is a place; options are those of a plan, whose file names its place")
    return search(given, saving, keep, harm, seconds, fresh_seed, draws)


def fit(place: Place | str | Path, name: str, progress: Callable[[int, int], None] | None = None) -> Findings:
    """Estimate a service's numbers from the place's own tables; `fit_text` of its joint is what place.yaml can name.

    What the place assumes in the register's stead, of travel above all, holds here too.

    Raises LookupError for a service that is not there or cannot be fitted, `service.Unworkable` without the table it takes.
    """
    given = place if isinstance(place, Place) else read(place)
    found = given if isinstance(given, Place) else given.place
    if name not in found.instances:
        raise LookupError(f"there is no service {name!r}; there is {', '.join(found.instances)}")
    instance = found.instances[name]
    service = get(instance.kind)
    if not isinstance(service, Fits):
        raise LookupError(f"{name} is of kind {instance.kind}, which has nothing to fit")
    (model,) = Study(found, SEED, BLOCK).models(name)
    if not takes_model(service.fit):  # not converted yet
        return service.fit(found, instance, model.draws, progress)  # type: ignore[call-arg, arg-type]
    return service.fit(model, progress)


def blocks(place: Place, draws: int = DRAWS, seed: int = SEED) -> tuple[Draws, ...]:
    """What a place assumes, drawn: whole blocks of 64, as many as hold `draws`."""
    register = register_for(Plan("", place, ()))
    return tuple(register.draw(seed, k) for k in range(-(-draws // BLOCK)))


def what_if(plan: Plan, name: str, low: float, high: float) -> Plan:
    """The plan with an assumption, and all that narrow it to a type or a service, held within `low` to `high`.

    Raises `AssumptionError` for a name that is not there or a range that cannot be.
    """
    register = register_for(plan)
    names = [n for n in register.items if n == name or n.startswith((f"{name}.", f"{name}@"))]
    change = {"low": low, "high": high, "source": "what-if", "distribution": "fixed" if low == high else "uniform"}
    overrides = {**plan.overrides, **dict.fromkeys(names or [name], change)}
    register.override(overrides, "plan")
    return replace(plan, overrides=overrides)


def trace(plan: Plan | str | Path, measure: str, seed: int = SEED) -> str:
    """One measure followed from the plan to the verdict, as text that an auditor can redo by hand; raises KeyError for an
    id that the plan does not have.
    """
    given = plan if isinstance(plan, Plan) else read(plan)
    if not isinstance(given, Plan):
        raise TypeError(f"{plan} is a place; a measure stands in a plan")
    return walk(Study(given.place, seed, BLOCK).trace(given, measure))


def report(appraisal: Appraisal, path: str | Path | None = None, force: bool = False) -> str:
    """The report as one HTML page, written to `path` if given: no network, no script, opens from disk.

    As everywhere here, raises `writing.WontWrite` for a file in the way that withless did not write, unless `force`.
    """
    return _written(render(content(appraisal)), path, "html", force)


def summary(appraisal: Appraisal) -> str:
    """The result as plain text, at most 80 columns wide."""
    return told(content(appraisal))


def to_json(appraisal: Appraisal, path: str | Path | None = None, force: bool = False) -> str:
    """The result as JSON (docs/json.md says what is in it), written to `path` if given."""
    return _written(as_json(content(appraisal)), path, "json", force)


def to_csv(appraisal: Appraisal, folder: str | Path, force: bool = False) -> list[Path]:
    """The result as tables for a spreadsheet, one file each, in `folder`, which is swapped whole; returns the files."""
    return write_tables(content(appraisal), Path(folder), force)


def place_new(authority: str, data: str | Path, out: str | Path, force: bool = False) -> list[str]:
    """Make a place of an English authority from the official files in `data`; returns what was left out or judged.

    Raises `Faults` for a name that no list has, or a file that is missing or not what it should be, and
    `writing.WontWrite` where a file is in the way that differs, unless `force`; nothing is written then.
    """
    with run(force):
        return assemble(authority, Path(data), Path(out))


def import_table(name: str, data: str | Path, out: str | Path, **options: Any) -> list[str]:
    """Make one table from official files in `data`; returns what was read, kept, dropped and judged.

    `name` and `options` are those of `withless import`. Raises `Faults` for a file that is missing or not what it should
    be, LookupError for a name that is not there, `writing.WontWrite` where a file is in the way that differs (unless
    `force` is among the options); nothing is written then.
    """
    beside = {key: Path(path) for key, path in options.pop("beside", {}).items()}
    with run(options.pop("force", False)):
        return run_import(name, Path(data), Path(out), beside, **options)


def import_social_care(
    data: str | Path, out: str | Path, council: str, year: str = "2013-14", force: bool = False
) -> list[str]:
    """Write the tables on a council's adult social care of a year into the folder `out`; returns what was read and is missing.

    Raises `Faults` for a file or a council that is not there, LookupError for another year, and `writing.WontWrite` where
    files are in the way that differ and `force` is false; nothing is written then.
    """
    with run(force):
        return run_import_folder(Path(data), Path(out), council, year)


def import_rtt(files: Sequence[str | Path], folder: str | Path, **options: Any) -> list[str]:
    """Make `bands.csv` and `flows.csv` of a waiting list in `folder` from NHS England's files; returns what was read.

    Options are `provider`, `commissioner` (codes, with commas) or `england`, `english_only`, `month`, and `force` to write
    over tables that are there. Raises `Faults`.
    """
    with run(options.pop("force", False)):
        return waiting_list([Path(f) for f in files], Path(folder), **options)


def poll(
    file: str | Path, spec: str | Path | None = None, by: Sequence[str] = (), interval: str = "logit"
) -> dict[str, Any]:
    """The tables of a poll as one dictionary (docs/poll.md): shares, bases, errors that know of the weighting, letters.

    `file` holds answers (CSV, xlsx, Parquet, SPSS, Stata), `spec` is a poll.yaml, `by` names columns to split tables by.
    Raises `Faults`.
    """
    return poll_content(read_poll(Path(file), None if spec is None else Path(spec)), by, interval)


def read_poll(file: Path, spec: Path | None = None) -> Any:
    """Answers and weights made ready; raises `Faults`."""
    from .poll.survey import read_survey

    return read_survey(file, spec)


def poll_content(
    survey: Any, by: Sequence[str] = (), interval: str = "logit", progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """The tables of a poll that was read."""
    from .poll.content import content as told_poll

    return told_poll(survey, by, interval, progress)


def poll_to_sav(survey: Any, path: Path) -> None:
    """Answers with labels, user-missing values and the weights made, as SPSS."""
    from .poll.survey import as_sav

    write_whole(path, as_sav(survey, path.name), sort="sav")


def published(name: str) -> dict[str, Any]:
    """A published poll of leaders, with the error that its base allows; raises LookupError."""
    from .poll.published import content as told_published

    return told_published(name)


def poll_found(name: str) -> dict[str, Any]:
    """What a poll found: a published poll by name, a poll.yaml that names its data, or what `withless poll --json` wrote.

    Raises `Faults`.
    """
    if name in PUBLISHED:
        return published(name)
    if name.endswith((".yaml", ".yml")):
        from .poll.survey import data_of

        return poll(data_of(Path(name)), name)
    return _written_poll(Path(name))


def with_beliefs(found: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """An assessment's `content` with the beliefs of a poll (`poll_found`) beside what was found."""
    return found | {"belief": beside(asked, found)}


def _written_poll(path: Path) -> dict[str, Any]:
    """A poll that was written as JSON; raises `Faults`."""
    mend = "Give a published poll, a poll.yaml with data, or JSON that withless poll wrote."
    fault = Fault(path.name, None, "", "no poll", f"{', '.join(PUBLISHED)}, poll.yaml or JSON of withless poll", mend)
    reads(path)
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise Faults([fault]) from None
    if not isinstance(given, dict) or given.get("kind") not in ("poll", "published"):
        raise Faults([fault])
    return given


def example(name: str, folder: str | Path, force: bool = False) -> list[Path]:
    """Write a built-in place with its plan; returns the files.

    Raises LookupError for a name that is not there, FileExistsError where files are in the way and `force` is false.
    """
    if name not in EXAMPLES:
        raise LookupError(f"there is no example {name!r}; there is {', '.join(EXAMPLES)}")
    return EXAMPLES[name](Path(folder), force=force)


def assumptions(path: str | Path | None = None) -> list[dict[str, Any]]:
    """Every assumption: name, meaning, unit, range, source, kind; those of a place or a plan where `path` names one."""
    if path is None:
        register = base_register()
    else:
        given = read(path)
        register = register_for(given if isinstance(given, Plan) else Plan("", given, ()))
    return [row.model_dump() for row in assumption_rows(register.items.values())]


def as_json(c: dict[str, Any]) -> str:
    """`content` as JSON text; a number that is not finite would raise, because JSON has none."""
    return plain_json(json.dumps(c, ensure_ascii=False, allow_nan=False, indent=1)) + "\n"


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as CSV text that a spreadsheet reads safely and knows to be UTF-8."""
    return "\ufeff" + table_text([dict(row) for row in rows])


def write_tables(c: dict[str, Any], folder: Path, force: bool = False) -> list[Path]:
    """`content` as CSV files in `folder`, with the mark by which spreadsheets know UTF-8."""
    return write_folder(folder, {name: "\ufeff" + text for name, text in tables(c).items()}, force=force)


def _written(text: str, path: str | Path | None, sort: str, force: bool) -> str:
    if path is not None:
        write_whole(Path(path), text, sort=sort, force=force)
    return text
