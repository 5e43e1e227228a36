"""What every service must offer, and how services are found: entry points in the group `withless.services`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from .assumptions import Draws, Joint, Register
from .outcomes import Outcomes
from .place import Instance, Place, TableSpec
from .plan import Lever, Measure, Settings

Floats = NDArray[np.float64]
GROUP = "withless.services"


@dataclass(frozen=True)
class Quantity:
    """Something a promise may be checked on: its unit, its meaning, and the arguments it takes, {name: unit or "id"}."""

    unit: str
    meaning: str
    arguments: Mapping[str, str]


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
class Service(Protocol):
    """One kind of service. Pure: the same place, instance, settings and draws give the same outcomes.

    Attributes: `kind` its name in place.yaml; `tables` it reads; `levers` it has (not `unit_cost`, which all have);
    `assumptions` it draws; `quantities` of its own that promises may check; `extras`, the quantities among those that
    every result shows; `in_verdict`, False where it is too crude to count in the headline; `nouns`, what it calls
    a unit and the people it serves, such as ("library", "users"); `main_outcome`, the name in `Outcomes.series` of what the
    service is there for, "" where that is people served times quality.

    A service that can say what a part of it costs also has `stake(place, instance, draws, touched)`: gross cost a year, today, of
    what a plan that moves these units changes, {lever: units} -> pounds, float[draw]. It is what the verdict's tolerance is a
    share of; a unit that two levers move counts once. Without it a plan is taken to change all of the service.

    A service whose numbers can be estimated from its own tables also has
    `fit(place, instance, draws, progress) -> Findings`.

    A service that has more to show than what all services share also has `exhibits(place, instance, settings, draws, found)
    -> Sequence[Exhibit]`, called once for a report with the plan's settings, the first block of draws and what was `Found`.

    A service that can tell what is wrong with a plan beyond levers and bounds also has `plan_problems(place, instance,
    measures) -> list[PlanProblem]`, called with all measures of the instance, in the plan's order, once they read well.

    A service with commands of its own has `commands() -> {name: function}` and is named under the entry points
    `withless.commands` as well: `withless KIND NAME PLACE` calls `function(place, instance, blocks, progress, **options)`
    with the register's draws in blocks. Options are keywords annotated `Annotated[type, "help"]`; the docstring is the
    help, what follows "Examples:" in it its examples. It returns `Shown`; an option that cannot be raises `Misused`.
    With `tables` in its signature it is called as `function(tables, progress, **options)` instead, on a folder of data
    alone (`withless KIND NAME DIR`): the tables its kind declares, from files of their names.
    """

    kind: str
    tables: tuple[TableSpec, ...]
    levers: tuple[Lever, ...]
    assumptions: Register
    quantities: Mapping[str, Quantity]
    extras: tuple[str, ...]
    in_verdict: bool
    nouns: tuple[str, str]
    main_outcome: str

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

    def simulate(self, place: Place, instance: Instance, settings: Settings, draws: Draws) -> Outcomes:
        """What happens under the settings, on `len(draws)` draws: a block of 64, or some blocks in a row.

        A lever's settings are those of each draw, [draw, unit, quarter], or the same for all, [1, unit, quarter].
        """
        ...

    def quantity(
        self,
        place: Place,
        instance: Instance,
        settings: Settings,
        draws: Draws,
        what: str,
        arguments: Mapping[str, float | str],
    ) -> Floats:
        """One of `quantities` under the settings, float[draw, quarter]; NaN where it is not defined."""
        ...

    def fates(self, place: Place, instance: Instance, settings: Settings) -> Mapping[str, str]:
        """What becomes of every unit that the plan may touch by the end, in a word or two: {unit id: fate}.

        Under settings of a single draw: the plan carried out to the letter.
        """
        ...


@runtime_checkable
class TellsPlanProblems(Protocol):
    """A service with `plan_problems`: see `Service`."""

    def plan_problems(self, place: Place, instance: Instance, measures: Sequence[Measure]) -> list[PlanProblem]:
        """What is wrong with a plan's measures of an instance; empty when all is well."""
        ...


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


@dataclass(frozen=True)
class Findings:
    """What a fit found: `text` for people, at most 80 columns, and the joint estimate that later runs draw from."""

    text: str
    joint: Joint


@dataclass(frozen=True)
class Shown:
    """What a command of a service's own found: `text` for people, at most 80 columns; `data` for JSON, all of it finite;
    `rows` for a spreadsheet, {column: value} each.
    """

    text: str
    data: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]] = ()


class Misused(ValueError):
    """An option of a service's command that cannot be; the message names it, what was found and what was expected."""


class Unworkable(ValueError):
    """A place and plan that read well and yet have no outcome; the message says why and how to mend it."""


class UnknownService(LookupError):
    """No service of that kind is installed."""


@cache
def discover() -> Mapping[str, Service]:
    """Every installed service by kind: the only dynamic import. Raises TypeError for one that lacks part of the protocol."""
    found: dict[str, Service] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda p: p.name):
        service = point.load()
        if not isinstance(service, Service):
            raise TypeError(f"{point.value} is not a service: see withless.service.Service for what it must offer")
        found[service.kind] = service
    return found


def get(kind: str) -> Service:
    """The service of a kind; raises `UnknownService` naming those there are."""
    services = discover()
    if kind not in services:
        raise UnknownService(f"there is no service of kind {kind!r}; there are {', '.join(services)}")
    return services[kind]


def key_of(place: Place, instance: Instance, settings: Settings, draws: Draws, *_: object) -> tuple[str, ...]:
    """All that decides what a run of a service gives, by which it may be kept."""
    return (place.fingerprint, instance.name, settings.fingerprint, draws.key)
