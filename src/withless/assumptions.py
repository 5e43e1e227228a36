"""Assumptions as data: every number with its unit, range and source, drawn once a block and handed to services.

Registers are TOML files beside the code that uses them. Loading fails on a number without unit, range or source.
`judged` means that we chose the range; a place or a plan may replace any assumption, and results say which were.
"""

from __future__ import annotations

import difflib
import hashlib
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from .streams import BLOCK, Streams
from .units import UNITS

Floats = NDArray[np.float64]

KINDS = ("measured", "derived", "judged")
LIMITS: Mapping[str, tuple[float, float]] = {
    "share": (0.0, 1.0),
    "elasticity": (-5.0, 5.0),
    "utility": (-20.0, 20.0),
    "per minute": (0.0, 10.0),
    "per pound": (0.0, 100.0),
    "quarters": (0.0, 80.0),
    "hours/week": (0.0, 168.0),
    "hours/year": (0.0, 8784.0),
    "visits/person/year": (0.0, 1000.0),
    "people": (0.0, 1e4),
    "km": (0.1, 1000.0),
    "km/hour": (0.1, 300.0),
    "pounds/hour": (0.0, 1e4),
    "pounds/post": (0.0, 1e7),
}
"""What a number in a unit can be at all; `least` and `most` of an assumption narrow or widen that."""
_Z90 = 1.6448536269514722  # 95th percentile of the standard normal


class AssumptionError(ValueError):
    """An assumption is incomplete, impossible or unknown; the message names it and how to mend it."""


@dataclass(frozen=True)
class Source:
    """Where a number comes from. `kind` is measured (published as such), derived (worked out) or judged (ours)."""

    title: str
    kind: str
    publisher: str = ""
    year: int = 0
    where: str = ""


@dataclass(frozen=True)
class Assumption:
    """One uncertain number: `low` to `high` in `unit`.

    distribution: fixed (low = high), uniform, loguniform, triangular (with `mode`), and normal or lognormal, for which
    low and high are the 5th and 95th percentiles. `origin` says who set it: register, place or plan.
    """

    name: str
    meaning: str
    unit: str
    distribution: str
    low: float
    high: float
    source: Source
    mode: float = np.nan
    note: str = ""
    origin: str = "register"
    least: float = np.nan
    most: float = np.nan

    @property
    def limits(self) -> tuple[float, float]:
        """What the number can be at all: its own limits, else its unit's."""
        least, most = LIMITS.get(self.unit, (-np.inf, np.inf))
        return (least if np.isnan(self.least) else self.least, most if np.isnan(self.most) else self.most)

    def __post_init__(self) -> None:
        problems = _problems(self)
        if problems:
            raise AssumptionError(f"assumption {self.name}: {'; '.join(problems)}")

    def quantile(self, u: Floats) -> Floats:
        """Inverse CDF at `u` in (0, 1), same shape, in `unit`."""
        value: Floats = _QUANTILES[self.distribution](self, u)
        return value


@dataclass(frozen=True)
class Component:
    """One estimate of several numbers together: `mean[name]`, `covariance[name, name]`, its weight in a mixture."""

    weight: float
    mean: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    label: str = ""


@dataclass(frozen=True)
class Joint:
    """Correlated estimates of `names`, as a mixture of normal components on each name's `scale`.

    scale: identity, log or logit, one a name. The mixture component is drawn by its own uniform, the rest through
    Phi^-1 and a Cholesky factor in the order of `names`, so results do not depend on anything else in the register.
    """

    name: str
    names: tuple[str, ...]
    scales: tuple[str, ...]
    components: tuple[Component, ...]
    source: Source

    def draw(self, uniforms: Mapping[str, Floats], pick: Floats) -> dict[str, Floats]:
        """Values of every name from its uniform `uniforms[name][draw]`; `pick[draw]` chooses the component."""
        z = np.stack([ndtri(uniforms[n]) for n in self.names])
        weights = np.array([c.weight for c in self.components])
        chosen = np.searchsorted(np.cumsum(weights / weights.sum()), pick).clip(0, len(weights) - 1)
        values = np.empty_like(z)
        for k, c in enumerate(self.components):
            here = chosen == k
            values[:, here] = np.array(c.mean)[:, None] + _cholesky(self.name, c) @ z[:, here]
        return {n: _SCALES[s](values[i]) for i, (n, s) in enumerate(zip(self.names, self.scales, strict=True))}

    def ranges(self) -> dict[str, tuple[float, float]]:
        """The 5th and 95th percentile of every name over the whole mixture."""
        weights = np.array([c.weight for c in self.components])
        grid = ndtri((np.arange(2000) + 0.5) / 2000)
        found = {}
        for i, (name, scale) in enumerate(zip(self.names, self.scales, strict=True)):
            points = np.concatenate([c.mean[i] + np.sqrt(c.covariance[i][i]) * grid for c in self.components])
            order = np.argsort(points)
            below = np.cumsum(np.repeat(weights / weights.sum() / len(grid), len(grid))[order])
            low, high = _SCALES[scale](points[order][np.searchsorted(below, [0.05, 0.95])])
            found[name] = (float(low), float(high))
        return found


@dataclass(frozen=True)
class Register:
    """All assumptions in force, by name, with the joint estimates that replace some of them."""

    items: Mapping[str, Assumption]
    joints: Mapping[str, Joint] = field(default_factory=dict)

    @staticmethod
    def load(path: Path) -> Register:
        """Read a register from a TOML file; raises `AssumptionError` listing everything that is wrong in it."""
        items: dict[str, Assumption] = {}
        problems: list[str] = []
        for name, fields in _leaves(tomllib.loads(path.read_text(encoding="utf-8"))):
            try:
                items[name] = _assumption(name, fields)
            except AssumptionError as e:
                problems.append(str(e))
        if problems:
            raise AssumptionError(f"{path.name}: " + "\n".join(problems))
        return Register(items)

    @staticmethod
    def merge(registers: Iterable[Register]) -> Register:
        """One register of several; a name in two of them raises, because two things would share its draws."""
        items: dict[str, Assumption] = {}
        joints: dict[str, Joint] = {}
        for register in registers:
            for taken in register.items.keys() & items.keys():
                raise AssumptionError(f"assumption {taken} is declared twice")
            items.update(register.items)
            joints.update(register.joints)
        return Register(items, joints)

    def override(self, changes: Mapping[str, Mapping[str, object]], origin: str) -> Register:
        """This register with some assumptions replaced by a place or a plan (`origin`).

        A change gives `low` and `high` (or `value`), a `source`, and where it differs a `distribution` and `mode`.
        A name such as `venues.lam.museum` may also narrow a general one (`venues.lam`) to a type or an instance.
        """
        items, problems = dict(self.items), []
        for name, fields in changes.items():
            try:
                items[name] = _overridden(self._general(name), name, fields, origin)
            except AssumptionError as e:
                problems.append(str(e))
        if problems:
            raise AssumptionError("\n".join(problems))
        joints = {k: j for k, j in self.joints.items() if not set(j.names) & changes.keys()}
        return Register(items, joints)

    def with_joint(self, joint: Joint, origin: str = "place") -> Register:
        """This register with a joint estimate laid over its names; each is listed with the range that it then has."""
        items = dict(self.items)
        for name, (low, high) in joint.ranges().items():
            base = self._general(name)
            least, most = base.limits
            listed = replace(base, name=name, low=max(low, least), high=min(high, most), distribution="normal")
            items[name] = replace(listed, source=joint.source, origin=origin)
        return Register(items, {**self.joints, joint.name: joint})

    def draw(self, seed: int, block: int, blocks: int = 1) -> Draws:
        """Every assumption drawn for a block of 64, or for some that follow each other."""
        streams = Streams(seed, block, blocks)
        uniforms = {name: streams.lhs(name) for name in sorted(self.items)}
        values = {name: a.quantile(uniforms[name]) for name, a in self.items.items()}
        for joint in self.joints.values():
            missing = {n: streams.lhs(n) for n in joint.names if n not in uniforms}
            u, pick = {**uniforms, **missing}, streams.lhs(f"joint:{joint.name}")
            # block by block: the last digits of a matrix product hang on how many columns there are
            parts = [joint.draw({n: u[n][b] for n in joint.names}, pick[b]) for b in streams.each_block()]
            values.update({n: np.concatenate([part[n] for part in parts]) for n in joint.names})
        for array in values.values():
            array.setflags(write=False)
        return Draws(seed, block, values, f"{self.fingerprint}:{seed}:{block}:{blocks}", blocks)

    @cached_property
    def fingerprint(self) -> str:
        """BLAKE2b of every assumption and joint estimate in force."""
        text = repr(sorted(self.items.items())) + repr(sorted(self.joints.items()))
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def _general(self, name: str) -> Assumption:
        """The assumption that `name` replaces or narrows; raises with the nearest names when there is none."""
        for candidate in (name, name.rpartition(".")[0], name.partition("@")[0]):
            if candidate in self.items:
                return self.items[candidate]
        near = difflib.get_close_matches(name, self.items, n=3, cutoff=0.5)
        hint = f"; did you mean {' or '.join(near)}" if near else ""
        raise AssumptionError(f"there is no assumption {name!r}{hint}")


@dataclass(frozen=True)
class Draws:
    """Draws of `blocks` blocks from `block` on: `values[name][draw]`; `key` identifies them (register, seed, blocks). Where they
    are a `part` of those blocks, the first of it and the one after its last.
    """

    seed: int
    block: int
    values: Mapping[str, Floats]
    key: str
    blocks: int = 1
    part: tuple[int, int] | None = None

    def __len__(self) -> int:
        return BLOCK * self.blocks if self.part is None else self.part[1] - self.part[0]

    def some(self, first: int, last: int) -> Draws:
        """Draws `first` up to `last` of these, by themselves; what is drawn on them is what it is among all."""
        values = {name: v[first:last] for name, v in self.values.items()}
        return replace(self, values=values, key=f"{self.key}[{first}:{last}]", part=(first, last))

    def __getitem__(self, name: str) -> Floats:
        return self.values[name]

    def of(self, name: str, *narrower: str) -> Floats:
        """The draws of the narrowest assumption there is: `of("venues.lam", "library", "libraries")`.

        Tries `name@instance` and `name.type` for each of `narrower`, the last first, then `name` itself.
        """
        for word in reversed(narrower):
            for candidate in (f"{name}@{word}", f"{name}.{word}"):
                if candidate in self.values:
                    return self.values[candidate]
        return self.values[name]

    def streams(self) -> Streams:
        """A fresh set of random streams for one run of one service on these draws: same names, same numbers."""
        return Streams(self.seed, self.block, self.blocks, self.part)


def _leaves(tree: Mapping[str, object], prefix: str = "") -> list[tuple[str, Mapping[str, object]]]:
    """Flatten nested TOML tables: a table that holds a `unit` or a `low` is an assumption."""
    found: list[tuple[str, Mapping[str, object]]] = []
    for key, value in tree.items():
        if isinstance(value, Mapping) and key != "source":
            name = f"{prefix}{key}"
            if any(not isinstance(v, Mapping) for v in value.values()):
                found.append((name, {k: v for k, v in value.items() if k == "source" or not isinstance(v, Mapping)}))
            found += _leaves(value, f"{name}.")
    return found


def _assumption(name: str, fields: Mapping[str, object]) -> Assumption:
    """An assumption from its TOML table, refusing what is incomplete."""
    missing = [f for f in ("meaning", "unit", "low", "high", "source") if f not in fields]
    unknown = sorted(
        fields.keys() - {"meaning", "unit", "distribution", "low", "high", "mode", "source", "note", "least", "most"}
    )
    if missing or unknown:
        words = [f"lacks {', '.join(missing)}"] * bool(missing) + [f"does not take {', '.join(unknown)}"] * bool(
            unknown
        )
        raise AssumptionError(f"assumption {name}: {'; '.join(words)}")
    return Assumption(
        name=name,
        meaning=str(fields["meaning"]),
        unit=str(fields["unit"]),
        distribution=str(fields.get("distribution", "uniform")),
        low=_number(name, fields["low"]),
        high=_number(name, fields["high"]),
        mode=_number(name, fields.get("mode", np.nan)),
        source=_source(name, fields["source"], "judged"),
        note=str(fields.get("note", "")),
        least=_number(name, fields.get("least", np.nan)),
        most=_number(name, fields.get("most", np.nan)),
    )


def _overridden(base: Assumption, name: str, fields: Mapping[str, object], origin: str) -> Assumption:
    """`base` under `name` with the fields a place or plan gave."""
    if not ({"low", "high"} <= fields.keys() or "value" in fields):
        raise AssumptionError(f"assumption {name}: give low and high, or value; found {', '.join(fields) or 'nothing'}")
    if "source" not in fields:
        raise AssumptionError(f"assumption {name}: give a source, if only 'our judgement'")
    low = _number(name, fields.get("low", fields.get("value")))
    high = _number(name, fields.get("high", fields.get("value")))
    keeps = base.distribution in ("uniform", "normal", "lognormal", "loguniform") and low < high
    chosen = str(fields.get("distribution", "fixed" if low == high else base.distribution if keeps else "uniform"))
    source = _source(name, fields["source"], "judged")
    mode = _number(name, fields.get("mode", np.nan))
    return replace(base, name=name, low=low, high=high, mode=mode, distribution=chosen, source=source, origin=origin)


def _source(name: str, given: object, kind: str) -> Source:
    """A source from a word or a table."""
    if isinstance(given, str):
        return Source(title=given, kind=kind)
    if not isinstance(given, Mapping) or not given.get("title"):
        raise AssumptionError(f"assumption {name}: its source needs a title")
    year = int(_number(name, given.get("year", 0)))
    words = {k: str(given.get(k, "")) for k in ("publisher", "where")}
    return Source(title=str(given["title"]), kind=str(given.get("kind", kind)), year=year, **words)


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise AssumptionError(f"assumption {name}: found {value!r}, expected a number")
    return float(value)


def _problems(a: Assumption) -> list[str]:
    """What is wrong with an assumption, in words."""
    found = []
    if not a.meaning:
        found.append("it has no meaning")
    if a.unit not in UNITS:
        found.append(f"there is no unit {a.unit!r}")
    if a.distribution not in _QUANTILES:
        found.append(f"there is no distribution {a.distribution!r} (there are {', '.join(_QUANTILES)})")
    if not np.isfinite([a.low, a.high]).all() or a.low > a.high:
        found.append(f"its range {a.low} to {a.high} is not one")
    least, most = a.limits
    if a.low < least or a.high > most:
        found.append(
            f"its range {a.low:g} to {a.high:g} goes beyond {least:g} to {most:g}, which is all that it can be"
        )
    if a.distribution == "fixed" and a.low != a.high:
        found.append("it is fixed, yet low and high differ")
    if a.distribution in ("lognormal", "loguniform") and a.low <= 0:
        found.append(f"a {a.distribution} range must lie above 0")
    if a.distribution == "triangular" and not a.low <= a.mode <= a.high:
        found.append("a triangular range needs a mode inside it")
    if not a.source.title or a.source.kind not in KINDS:
        found.append(f"its source needs a title and a kind of {', '.join(KINDS)}")
    return found


def _triangular(a: Assumption, u: Floats) -> Floats:
    width = a.high - a.low
    if width == 0:
        return np.full_like(u, a.low)
    split = (a.mode - a.low) / width
    rising = a.low + np.sqrt(u * width * (a.mode - a.low))
    falling = a.high - np.sqrt((1 - u) * width * (a.high - a.mode))
    return np.where(u < split, rising, falling)


def _normal(a: Assumption, u: Floats) -> Floats:
    return (a.low + a.high) / 2 + ndtri(u) * (a.high - a.low) / (2 * _Z90)


def _lognormal(a: Assumption, u: Floats) -> Floats:
    low, high = np.log(a.low), np.log(a.high)
    value: Floats = np.exp((low + high) / 2 + ndtri(u) * (high - low) / (2 * _Z90))
    return value


_QUANTILES: Mapping[str, Callable[[Assumption, Floats], Floats]] = {
    "fixed": lambda a, u: np.full_like(u, a.low),
    "uniform": lambda a, u: a.low + u * (a.high - a.low),
    "loguniform": lambda a, u: np.exp(np.log(a.low) + u * (np.log(a.high) - np.log(a.low))),
    "triangular": _triangular,
    "normal": _normal,
    "lognormal": _lognormal,
}


_SCALES: Mapping[str, Callable[[Floats], Floats]] = {
    "identity": lambda v: v,
    "log": np.exp,
    "logit": lambda v: 1 / (1 + np.exp(-v)),
}


def _cholesky(name: str, c: Component) -> Floats:
    """Lower factor of a covariance; a singular one (a number held fixed) is factored through its eigenvalues."""
    covariance = np.array(c.covariance, dtype=np.float64)
    values, vectors = np.linalg.eigh(covariance)
    if values.min() < -1e-9 * max(1.0, abs(values).max()):
        raise AssumptionError(f"joint estimate {name}: its covariance is not positive semi-definite")
    if values.min() > 1e-12:
        return np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)
    return np.asarray(vectors @ np.diag(np.sqrt(values.clip(0))), dtype=np.float64)
