"""What every service must offer, and how services are found: entry points in the group `withless.services`."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from .assumptions import Draws, Joint, Register
from .cache import Cache, T
from .outcomes import Outcomes
from .place import Instance, Place, TableSpec
from .plan import Lever, Measure, Settings

Floats = NDArray[np.float64]
GROUP = "withless.services"
MOST_BYTES = 160 * 2**20
"""What a run of one instance may take: an instance that takes more is run some draws at a time."""


@dataclass(frozen=True)
class Quantity:
    """Something a promise may be checked on: its unit, its meaning, the arguments it takes, {name: unit or "id"}, and the
    function that finds it: `of(model, settings, **arguments)` gives float[draw, quarter], NaN where it is not defined.
    """

    unit: str
    meaning: str
    arguments: Mapping[str, str]
    of: Callable[..., Floats]


@dataclass(frozen=True)
class Problem:
    """Something in an instance's tables that cannot be right, found by the service that knows what they mean.

    `row` counts data rows from 0 (None: the whole table); `severity` is "error" or "warning".
    """

    table: str
    row: int | None
    column: str
    found: str
    expected: str
    mend: str
    severity: str = "error"


@dataclass(frozen=True)
class PlanProblem:
    """Something that a plan asks of a service and that cannot be, or is not what it looks like, found by that service.

    `found` and `expected` complete "found ..., expected ..."; `severity` is "error" or "warning".
    """

    measure_id: str
    found: str
    expected: str
    mend: str
    severity: str = "error"


@runtime_checkable
class Model(Protocol):
    """One instance of a service on some draws: built once, run under many settings. Threads may share it."""

    place: Place
    instance: Instance
    draws: Draws

    def run(self, settings: Settings) -> Outcomes:
        """What happens under the settings, on `len(draws)` draws: a block of 64, or some blocks in a row.

        A lever's settings are those of each draw, [draw, unit, quarter], or the same for all, [1, unit, quarter]. The same
        settings give the same outcomes, and nobody writes to them later.
        """
        ...

    def stake(self, touched: Mapping[str, frozenset[str]]) -> Floats | None:
        """Gross cost a year, today, of what a plan that moves these units changes, {lever: units} -> pounds, float[draw].

        It is what the verdict's tolerance is a share of; a unit that two levers move counts once. None: all of the service.
        """
        ...


class BaseModel:
    """A model of one instance of a service; a service says what `run` does.

    `cache` is the study's: what takes long or is large is kept there and not in the model, under keys that lead with the
    service's kind and the instance's name. What depends on the place alone is `shared` by the models of all draws.
    """

    def __init__(self, place: Place, instance: Instance, draws: Draws, cache: Cache) -> None:
        self.place, self.instance, self.draws, self.cache = place, instance, draws, cache

    def run(self, settings: Settings) -> Outcomes:
        """See `Model`."""
        raise NotImplementedError

    def stake(self, touched: Mapping[str, frozenset[str]]) -> Floats | None:  # noqa: ARG002
        """All of the service; see `Model`."""
        return None

    def shared(self, what: str, make: Callable[[], T]) -> T:
        """A fact that depends on the place alone, made once in a study."""
        return self.cache.get((self.instance.kind, self.instance.name, what), make)

    def kept(self, what: str, make: Callable[[], T], under: Settings | None = None, *, brief: bool = False) -> T:
        """Something that depends on these draws, and on the settings where they are given, made once while it is held.

        `brief`: only the rest of a run asks for it (see `Cache`).
        """
        key = (self.instance.kind, self.instance.name, what, self.draws.key, under and under.fingerprint)
        return self.cache.get(key, make, brief=brief)

    def parts(self, settings: Settings) -> list[tuple[Self, Settings]]:
        """Models of some of the draws after another with their settings, as many as fit into memory at a time: see `Weighs`."""
        rows = parts_of(self.place, self.instance, len(self.draws))
        if len(rows) == 1:
            return [(self, settings)]
        some = [type(self)(self.place, self.instance, self.draws.some(*part), self.cache) for part in rows]
        return [(model, settings.some(*part)) for model, part in zip(some, rows, strict=True)]

    def uniforms(self, name: str, entities: Sequence[str]) -> Floats:
        """Luck of every entity, [draw, entity]: see `streams.Streams.uniforms`. Models of parts of the same draws share it."""
        d = self.draws
        whole = self.cache.get(
            (self.instance.kind, self.instance.name, name, d.seed, d.block, d.blocks),
            lambda: replace(d, part=None).streams().uniforms(name, entities, 1)[:, :, 0],
        )
        return whole if d.part is None else whole[slice(*d.part)]


@runtime_checkable
class Service(Protocol):
    """One kind of service; `BaseService` has defaults for all that can have one.

    Attributes: `kind` its name in place.yaml; `tables` it reads; `levers` it has (not `unit_cost`, which all have);
    `unit_lever`, the lever whose units results are told by, "" where they are not; `assumptions` it draws; `quantities` of its
    own that promises may check; `extras`, the quantities among those that every result shows; `in_verdict`, False where it is
    too crude to count in the headline; `nouns`, what it calls a unit and the people it serves, such as ("library",
    "users"); `main_outcome`, the name in `Outcomes.series` of what the service is there for, "" where that is people served
    times quality; `uses_volunteers`, whether it has a share of the time that the place's volunteers give.

    Four optional parts: `Fits`, `Exhibits`, `Weighs` and `Commands`. A service has one by having its method.
    """

    kind: str
    tables: tuple[TableSpec, ...]
    levers: tuple[Lever, ...]
    unit_lever: str
    assumptions: Register
    quantities: Mapping[str, Quantity]
    extras: tuple[str, ...]
    in_verdict: bool
    nouns: tuple[str, str]
    main_outcome: str
    uses_volunteers: bool

    def strata(self, place: Place, instance: Instance) -> tuple[str, ...]:
        """Names of the strata that `Outcomes` of this instance carries, at least one."""
        ...

    def units(self, place: Place, instance: Instance, lever: str) -> tuple[str, ...]:
        """Ids of the units of a lever, in the order of its values."""
        ...

    def choices(self, place: Place, instance: Instance, lever: str) -> tuple[str, ...]:
        """Words that a lever of unit `choice` takes, in the order of their numbers; empty for others."""
        ...

    def baseline(self, place: Place, instance: Instance) -> Mapping[str, Floats]:
        """Today's value of every lever: {lever: float[unit]}."""
        ...

    def problems(self, place: Place, instance: Instance) -> list[Problem]:
        """Faults across rows and tables that single cells do not show; empty when all is well."""
        ...

    def plan_problems(self, place: Place, instance: Instance, measures: Sequence[Measure]) -> list[PlanProblem]:
        """What is wrong with a plan beyond levers and bounds; empty when all is well.

        Called with all measures of the instance, in the plan's order, once they read well.
        """
        ...

    def build(self, place: Place, instance: Instance, draws: Draws, cache: Cache) -> Model:
        """The model of an instance on some draws."""
        ...

    def fates(self, place: Place, instance: Instance, settings: Settings) -> Mapping[str, str]:
        """What becomes of every unit that the plan may touch by the end, in a word or two: {unit id: fate}.

        Under settings of a single draw: the plan carried out to the letter.
        """
        ...


class BaseService:
    """A service with nothing out of the ordinary; see `Service` for what each part means.

    A service must give what has no default here: `kind`, `tables`, `levers`, `assumptions`, `nouns`, and `model`, the class of
    its models (or `build`); and `baseline` and `units` where the defaults are not what it has.
    """

    model: type[BaseModel]
    levers: tuple[Lever, ...]
    unit_lever = ""
    quantities: Mapping[str, Quantity] = {}
    extras: tuple[str, ...] = ()
    in_verdict = True
    main_outcome = ""
    uses_volunteers = False

    def strata(self, place: Place, instance: Instance) -> tuple[str, ...]:  # noqa: ARG002
        """One stratum."""
        return ("all",)

    def units(self, place: Place, instance: Instance, lever: str) -> tuple[str, ...]:  # noqa: ARG002
        """The rows of the lever's table."""
        (table,) = (given.table for given in self.levers if given.name == lever)
        return instance.tables[table].words("id")

    def baseline(self, place: Place, instance: Instance) -> Mapping[str, Floats]:
        """1 at every unit: switches that are on, ratios to what there is."""
        return {lever.name: np.ones(len(self.units(place, instance, lever.name))) for lever in self.levers}

    def choices(self, place: Place, instance: Instance, lever: str) -> tuple[str, ...]:  # noqa: ARG002
        """No lever is a choice."""
        return ()

    def problems(self, place: Place, instance: Instance) -> list[Problem]:  # noqa: ARG002
        """None beyond those of cells."""
        return []

    def plan_problems(
        self,
        place: Place,  # noqa: ARG002
        instance: Instance,  # noqa: ARG002
        measures: Sequence[Measure],  # noqa: ARG002
    ) -> list[PlanProblem]:
        """None beyond levers and bounds."""
        return []

    def fates(self, place: Place, instance: Instance, settings: Settings) -> Mapping[str, str]:  # noqa: ARG002
        """Nothing to say of single units."""
        return {}

    def build(self, place: Place, instance: Instance, draws: Draws, cache: Cache) -> Model:
        """One of its models."""
        return self.model(place, instance, draws, cache)


def ask(model: Model, what: str, settings: Settings, arguments: Mapping[str, float | str]) -> Floats:
    """One of a service's quantities under the settings, float[draw, quarter]."""
    return np.asarray(get(model.instance.kind).quantities[what].of(model, settings, **arguments))


class Found(Protocol):
    """What an appraisal found for one instance: see `withless.appraise.ServiceResult` for names and axes."""

    @property
    def yearly(self) -> Mapping[str, Floats]:
        """[draw, year]."""
        ...

    @property
    def group(self) -> Mapping[str, Floats]:
        """[draw, group], target year."""
        ...

    @property
    def unit(self) -> Mapping[str, Floats]:
        """[side, draw, unit], target year; side 0 is the baseline, 1 the plan."""
        ...

    @property
    def quarterly(self) -> Mapping[str, Floats]:
        """[side, draw, quarter]."""
        ...


@dataclass(frozen=True)
class Exhibit:
    """What a report shows of one service beyond what all services share: sentences, and a chart that is also a table.

    `text` is plain sentences for the public, which the summary prints too. `lines` are {name: float[draw, label]} in
    `unit`, finite; with no labels there is no chart. `kind` is "lines" (labels are points in time, in order) or "bars".
    """

    title: str
    text: str = ""
    unit: str = "people"
    labels: tuple[str, ...] = ()
    lines: Mapping[str, Floats] = field(default_factory=dict)
    kind: str = "lines"

    def __post_init__(self) -> None:
        if self.kind not in ("lines", "bars"):
            raise ValueError(f"exhibit {self.title!r}: kind {self.kind!r}, expected lines or bars")
        for name, values in self.lines.items():
            if values.ndim != 2 or values.shape[1] != len(self.labels) or not np.isfinite(values).all():
                raise ValueError(f"exhibit {self.title!r}, {name}: expected finite [draw, {len(self.labels)} labels]")


@runtime_checkable
class Exhibits(Protocol):
    """A service that has more to show than what all services share."""

    def exhibits(self, model: Model, settings: Settings, found: Found) -> Sequence[Exhibit]:
        """What a report shows: called once, with the model of the first block of draws, the plan's settings as it is carried out
        in them, and what was found.
        """
        ...


@dataclass(frozen=True)
class Findings:
    """What a fit found: `text` for people, at most 80 columns, and the joint estimate that later runs draw from."""

    text: str
    joint: Joint


@runtime_checkable
class Fits(Protocol):
    """A service whose numbers can be estimated from its own tables."""

    def fit(self, model: Model, progress: Callable[[int, int], None] | None) -> Findings:
        """Estimate them; `model` is that of the first block of draws."""
        ...


RULES = ("least", "lowest_use", "single_loss")
"""How a suggestion chooses: the least harm, lowest use for each pound first, or least loss for each pound if it alone closed."""


@dataclass(frozen=True)
class Wanted:
    """What is wanted of `Suggests`: pounds a year to save at full effect, by which of `RULES`, against which kind of harm
    ("users", "minutes", "worst-off", "beyond" `minutes`), which units stay as they are, whether any may close, when it
    starts (quarters from the calendar's start), and how long to think.
    """

    saving: float
    rule: str = "least"
    harm: str = "users"
    minutes: float = 20.0
    keep: tuple[str, ...] = ()
    may_close: bool = True
    start: float = 4.0
    seconds: float = 10.0


@dataclass(frozen=True)
class Suggestion:
    """Measures, with the harm they do at middle values in the unit of its kind, and the least that any choice of the same options
    does there; `proved` where that is the same.
    """

    measures: tuple[Measure, ...]
    harm: float
    bound: float
    proved: bool


class Beyond(ValueError):
    """No choice saves as much; `most` is what can be saved."""

    def __init__(self, most: float) -> None:
        super().__init__(f"no choice saves more than £{most:,.0f} a year")
        self.most = most


@runtime_checkable
class Suggests(Protocol):
    """A service that can say itself how to save a sum with little harm."""

    def suggest(self, model: Model, wanted: Wanted) -> Suggestion:
        """Measures that save what is wanted, at middle values of what is assumed. Raises `Beyond`."""
        ...


@dataclass(frozen=True)
class Shown:
    """What a command of a service's own found: `text` for people, at most 80 columns; `data` for JSON, all of it finite;
    `rows` for a spreadsheet, {column: value} each; `page`, HTML with charts, "" where there is none.
    """

    text: str
    data: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]] = ()
    page: str = ""


class Misused(ValueError):
    """An option of a service's command that cannot be; the message names it, what was found and what was expected."""


class Unworkable(ValueError):
    """A place and plan that read well and yet have no outcome; the message says why and how to mend it."""


@runtime_checkable
class Weighs(Protocol):
    """A service whose instances can be so large that they are run some draws at a time: nothing else changes."""

    def bytes_a_draw(self, place: Place, instance: Instance) -> float:
        """Bytes of memory that a run without the plan and one with it take together, at most, for each draw."""
        ...


@runtime_checkable
class Commands(Protocol):
    """A service with commands of its own: `withless KIND NAME PLACE`."""

    def commands(self) -> Mapping[str, Callable[..., Shown]]:
        """Functions by name, called as `function(models, progress, **options)` with a model for each block of draws.

        Options are keywords annotated `Annotated[type, "help"]`; the docstring is the help, what follows "Examples:" in it its
        examples. An option that cannot be raises `Misused`. A function with `tables` in its signature is called as
        `function(tables, progress, **options)` on a folder of data alone (`withless KIND NAME DIR`): the tables that its
        kind declares, from files of their names.
        """
        ...


class UnknownService(LookupError):
    """No service of that kind is installed."""


class BrokenService(UserWarning):
    """A service that is installed and cannot be used; the message names it and says what it lacks."""


@cache
def discover() -> Mapping[str, Service]:
    """Every installed service by kind: the only dynamic import. A broken one is left out, with a `BrokenService` warning."""
    found: dict[str, Service] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda p: p.name):
        service, fault = _loaded(point)
        if not fault and point.name in found:
            fault = f"there is another service of the kind {point.name}"
        if service is None or fault:
            package = f" of the package {point.dist.name}" if point.dist else ""
            message = f"The service {point.name}{package} ({point.value}) is left out: {fault}."
            warnings.warn(message, BrokenService, stacklevel=2)
        else:
            found[point.name] = service
    return found


def _loaded(point: EntryPoint) -> tuple[Any, str]:
    """The service behind an entry point, and what is wrong with it, "" where nothing is."""
    try:
        service = point.load()
        fault = "; ".join(lacks(service))
        if not fault and service.kind != point.name:
            fault = f"its kind is {service.kind} and its entry point's name {point.name}: they are one"
        return service, fault
    except Exception as error:  # noqa: BLE001  # whatever a stranger's module does, the others work
        return None, f"{type(error).__name__}: {error}".rstrip(".")


def lacks(service: object) -> Iterator[str]:
    """What a service would have to mend before it can be used, each in a few words."""
    wanted = [*Service.__annotations__, *(n for n in vars(Service) if not n.startswith("_"))]
    if missing := [name for name in dict.fromkeys(wanted) if not hasattr(service, name)]:
        yield f"it has no {', '.join(missing)}"
        return
    given: Any = service
    levers, tables = {lever.name for lever in given.levers}, {spec.name for spec in given.tables}
    if given.unit_lever and given.unit_lever not in levers:
        yield f"its unit_lever {given.unit_lever!r} is none of its levers ({', '.join(sorted(levers))})"
    if unknown := sorted({lever.table for lever in given.levers if lever.table} - tables):
        yield f"its levers move tables that it does not read ({', '.join(unknown)})"
    if unknown := sorted(set(given.extras) - set(given.quantities)):
        yield f"its extras are none of its quantities ({', '.join(unknown)})"


def get(kind: str) -> Service:
    """The service of a kind; raises `UnknownService` naming those there are."""
    services = discover()
    if kind not in services:
        raise UnknownService(f"there is no service of kind {kind!r}; there are {', '.join(services)}")
    return services[kind]


def parts_of(place: Place, instance: Instance, draws: int) -> list[tuple[int, int]]:
    """The first draw and the one after the last of each part in which an instance is run: one part, unless it is very large."""
    service = get(instance.kind)
    each = service.bytes_a_draw(place, instance) if isinstance(service, Weighs) else 0.0
    at_once = max(int(MOST_BYTES / each), 1) if each > 0 else draws
    at_once = draws if at_once >= draws else 1 << (at_once.bit_length() - 1)
    return [(first, min(first + at_once, draws)) for first in range(0, draws, at_once)]
