"""What Python users import: read, check, appraise, and the forms a result is told in. `import withless` offers the same."""

from __future__ import annotations

import html
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from . import files
from .appraise import DRAWS, Appraisal, base_register, register_for
from .appraise.explain import explain as explained
from .compare import compare as compared
from .examples import northshire
from .examples import poll as poll_example
from .files import Fault, Faults
from .files.alone import is_alone, place_alone
from .files.fit import fit_text
from .files.folder import read_folder
from .finances import finances
from .pace import learn, paces
from .place import Place, Table
from .plan import Plan
from .poll.published import NAMES as PUBLISHED
from .report.belief import beside
from .report.compare import shown as comparison
from .report.content import assumptions as assumption_rows
from .report.content import content
from .report.explain import shown as explanation
from .report.inputs import POLL, Compared, NotOurs, element, stated, unpacked
from .report.inputs import compare as compare_pages
from .report.measures import found_of
from .report.measures import shown as each_measure
from .report.pace import shown as paced
from .report.page import render
from .report.rows_xlsx import as_bytes as rows_workbook
from .report.runway import shown as reserves
from .report.tables import as_csv as table_text
from .report.tables import datapackage, tables
from .report.terminal import summary as told
from .report.trace import as_text as walk
from .report.workbook import workbook
from .runway import runway as reserves_last
from .search import Options, search
from .search.frontier import FRESH
from .service import Findings, Fits, Shown, get
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
    "alone",
    "appraise",
    "assumptions",
    "check",
    "compare",
    "content",
    "examine",
    "example",
    "explain",
    "fit",
    "fit_text",
    "import_rtt",
    "import_social_care",
    "import_table",
    "measures",
    "options",
    "pace",
    "place_new",
    "poll",
    "published",
    "read",
    "report",
    "runway",
    "summary",
    "tables_of",
    "to_csv",
    "to_json",
    "to_xlsx",
    "trace",
    "verify",
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


def is_alone_in(folder: str | Path, kind: str) -> bool:
    """Whether a folder has no place.yaml but the tables of a kind of service."""
    return is_alone(Path(folder), get(kind))


def as_workbook(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Rows of a service's command as an Excel workbook; text in them never becomes a formula."""
    return rows_workbook(rows)


def alone(folder: str | Path, kind: str) -> tuple[Place, list[Fault]] | None:
    """A folder with the tables of one kind of service and no place.yaml, as a place without areas or people, and its warnings;
    None where it is none. Raises `Faults`, listing everything that is wrong in any table.
    """
    service = get(kind)
    return place_alone(Path(folder), service) if is_alone(Path(folder), service) else None


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
    study = Study(given.place, seed, draws)
    try:
        return study.appraise(given, workers, progress)
    finally:
        study.cache.clear()  # models and what is kept of them refer to each other, and would be let go some time later


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
    return service.fit(model, progress)


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


def explain(appraisal: Appraisal, assumption: str) -> Shown:
    """What an assumption is and does in an appraisal: `text`, `data`, and `rows` over its range; raises KeyError."""
    return explanation(appraisal, explained(appraisal, assumption))


def measures(plan: Plan, draws: int = 512, seed: int = 1, progress: Callable[[int, int], None] | None = None) -> Shown:
    """A plan measure by measure: what each saves, takes away and moves, is said to be and does; raises ValueError for none."""
    return each_measure(Study(plan.place, seed, draws).measures(plan, progress=progress))


def pace(
    plan: Plan,
    years: Sequence[float] = (1, 2, 3, 4, 5, 6),
    draws: int = 256,
    seed: int = 1,
    bound: float | None = None,
    undo: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Shown:
    """A plan within each number of `years`: saved, cost once, taken away, and whether faster is worse; raises ValueError for a
    plan without measures.

    With `bound` also what comes of it if a measure that shows more harm than so many pounds for a pound saved is stopped after
    its first phase, or with `undo` put back.
    """
    found = paces(plan, years, seed, draws, progress)
    if bound is None:
        return paced(found)
    shares = Study(plan.place, seed, draws).measures(plan)
    return paced(found, {p.years: learn(p, shares, bound, undo=undo) for p in found.paces}, bound, undo=undo)


def runway(
    plan: Plan,
    years: Sequence[float] = (1, 2, 3, 4, 5, 6),
    draws: int = 256,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Shown:
    """How long reserves last, doing nothing, with the plan, and within each number of `years`; raises LookupError for a place
    without the tables.
    """
    finances(plan.place, seed, 1)  # told before the work
    return reserves(reserves_last(paces(plan, years, seed, draws, progress)))


def compare(
    first: Plan | Place,
    second: Plan | Place,
    draws: int = 256,
    seed: int = 1,
    names: tuple[str, str] = ("the first", "the second"),
    progress: Callable[[int, int], None] | None = None,
) -> Shown:
    """What differs between two plans, or two versions of a place, by how much, and why; raises `compare.NotComparable`."""
    a, b = (given if isinstance(given, Plan) else Plan("", given, ()) for given in (first, second))
    return comparison(compared(a, b, seed, draws, progress), names)


def report(appraisal: Appraisal, path: str | Path | None = None, force: bool = False) -> str:
    """The report as one HTML page, written to `path` if given: no network, no script, opens from disk.

    As everywhere here, raises `writing.WontWrite` for a file in the way that withless did not write, unless `force`.
    """
    return _written(render(content(appraisal)), path, "html", force)


def summary(appraisal: Appraisal, full: bool = False) -> str:
    """The result as plain text of at most 80 columns: 40 lines, or in full."""
    return told(content(appraisal), full=full)


def to_json(appraisal: Appraisal, path: str | Path | None = None, force: bool = False) -> str:
    """The result as JSON (docs/json.md says what is in it), written to `path` if given."""
    return _written(as_json(content(appraisal)), path, "json", force)


def to_csv(appraisal: Appraisal, folder: str | Path, force: bool = False) -> list[Path]:
    """The result as tables for a spreadsheet, one file each, in `folder`, which is swapped whole; returns the files."""
    return write_tables(content(appraisal), Path(folder), force)


def to_xlsx(appraisal: Appraisal, path: str | Path, force: bool = False) -> None:
    """The result as an Excel workbook: summary, ledger, services, units, promises and assumptions."""
    write_whole(Path(path), workbook(content(appraisal)), sort="xlsx", force=force)


def verify(
    report: str | Path, plan: str | Path | None = None, progress: Callable[[int, int], None] | None = None
) -> Verified:
    """Run a page of `withless assess --html` again from the inputs in it, or from `plan`, and compare every figure.

    Raises `report.inputs.NotOurs` for a page that cannot be verified, `Faults` for inputs that cannot be used.
    """
    page = Path(report).read_text(encoding="utf-8")
    held = unpacked(page)
    if held is None and plan is None:
        raise NotOurs("it was written without its files. Give the plan with --plan.")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        if plan is None and held is not None:
            for name, data in held.files.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                write_whole(root / name, data)
        seed, draws = stated(page) if held is None else (held.seed, held.draws)
        given = read(root / held.plan if plan is None and held is not None else Path(str(plan)))
        if not isinstance(given, Plan):
            raise NotOurs("a place was given, not a plan.")
        for name, low, high in held.assume if held is not None else ():
            given = what_if(given, name, low, high)
        study = Study(given.place, seed, draws)
        found = with_measures(study, given, content(study.appraise(given, 1, progress)))
        if held is not None and held.poll is not None:
            found = with_beliefs(found, poll_found(str(root / POLL) if held.poll == POLL else held.poll))
    again = render(found, element(page))
    return Verified(compare_pages(page, again), held.version if held is not None else found["withless"])


@dataclass(frozen=True)
class Verified:
    """A page compared with itself made again, and the version that wrote it."""

    compared: Compared
    version: str


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


FIRST = 128
"""Draws of the short table of measures in a report."""


def with_measures(study: Study, plan: Plan, found: dict[str, Any]) -> dict[str, Any]:
    """An assessment's `content` with what each measure does as a part of the plan, from the study's first draws."""
    return found | {"by_measure": found_of(study.measures(plan, FIRST)) if plan.measures else []}


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
    texts = {name: "\ufeff" + text for name, text in tables(c).items()}
    return write_folder(folder, texts | {"datapackage.json": datapackage(c)}, force=force)


def _written(text: str, path: str | Path | None, sort: str, force: bool) -> str:
    if path is not None:
        write_whole(Path(path), text, sort=sort, force=force)
    return text


def _in_a_notebook(appraisal: Appraisal) -> str:
    """The page in a frame, which keeps its style to itself."""
    page = html.escape(render(content(appraisal)), quote=True)
    return f'<iframe title="The report" style="width:100%;height:42rem;border:0" srcdoc="{page}"></iframe>'


setattr(Appraisal, "_repr_html_", _in_a_notebook)  # noqa: B010  # notebooks look for it there; the core knows no reports
