"""A fit as a file: estimates that belong together, written by `withless fit`, read with the place that names it."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..assumptions import Component, Joint, Source
from ..writing import reads
from .faults import Fault, quoted

SCALES = ("identity", "log", "logit")
MADE_BY = "Make it again with `withless fit`."


def fit_text(joint: Joint) -> str:
    """The file of a fit."""
    lines = [
        "# Written by withless fit. A mixture of normal estimates; each mean and covariance on the scale named.",
        "withless = 1",
        f"name = {_text(joint.name)}",
        f"names = [{', '.join(map(_text, joint.names))}]",
        f"scales = [{', '.join(map(_text, joint.scales))}]",
        "",
        "[source]",
        *(f"{k} = {_text(str(v))}" for k, v in (("title", joint.source.title), ("where", joint.source.where))),
    ]
    for c in joint.components:
        rows = ", ".join(_row(row) for row in c.covariance)
        lines += ["", "[[components]]", f"label = {_text(c.label)}", f"weight = {c.weight!r}"]
        lines += [f"mean = {_row(c.mean)}", f"covariance = [{rows}]"]
    return "\n".join(lines) + "\n"


def read_fit(path: Path, file: str, instance: str, faults: list[Fault]) -> Joint | None:
    """The joint estimates in a file; None where it cannot be used (told)."""
    try:
        reads(path)
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        faults.append(Fault(file, None, "", "no such file", "the estimates of `withless fit`", MADE_BY))
        return None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        faults.append(Fault(file, None, "", f"what is no TOML ({e})", "the estimates of `withless fit`", MADE_BY))
        return None
    try:
        return _joint(raw, instance)
    except (KeyError, TypeError, ValueError) as e:
        faults.append(Fault(file, None, "", quoted(str(e)), "the estimates of `withless fit`", MADE_BY))
        return None


def _joint(raw: dict[str, object], instance: str) -> Joint:
    """Everything in its place and of its size, else KeyError, TypeError or ValueError with what is wrong."""
    names, scales = tuple(map(str, _list(raw, "names"))), tuple(map(str, _list(raw, "scales")))
    if raw.get("withless") != 1:
        raise ValueError("it is not of version 1")
    if not names or len(names) != len(scales) or set(scales) - set(SCALES):
        raise ValueError(f"names and scales must go together, scales among {', '.join(SCALES)}")
    if any(name.partition("@")[2] != instance for name in names):
        raise ValueError(f"it was fitted for another service than {instance}")
    components = tuple(_component(c, len(names)) for c in _list(raw, "components"))
    if not components or sum(c.weight for c in components) <= 0:
        raise ValueError("it has no component of any weight")
    source = raw.get("source")
    told = source if isinstance(source, dict) else {}
    found = Source(title=str(told.get("title") or "withless fit"), kind="derived", where=str(told.get("where", "")))
    return Joint(str(raw["name"]), names, scales, components, found)


def _component(raw: object, size: int) -> Component:
    if not isinstance(raw, dict):
        raise TypeError("a component is a table")
    mean, covariance = np.array(raw["mean"], dtype=float), np.array(raw["covariance"], dtype=float)
    weight = float(raw["weight"])
    if mean.shape != (size,) or covariance.shape != (size, size) or not np.isfinite([*mean, *covariance.ravel()]).all():
        raise ValueError(f"a mean of {size} numbers and a covariance of {size} by {size} are expected")
    if not np.allclose(covariance, covariance.T) or np.linalg.eigvalsh(covariance).min() < -1e-9:
        raise ValueError("a covariance is not one")
    if not (math.isfinite(weight) and weight >= 0):
        raise ValueError("a weight is a number from 0")
    rows = tuple(tuple(row) for row in covariance.tolist())
    return Component(weight, tuple(mean.tolist()), rows, str(raw.get("label", "")))


def _list(raw: dict[str, object], key: str) -> Sequence[object]:
    value = raw[key]
    if not isinstance(value, list):
        raise TypeError(f"{key} is a list")
    return value


def _text(words: str) -> str:
    """A TOML basic string."""
    plain = words.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in plain) + '"'


def _row(numbers: Sequence[float]) -> str:
    return "[" + ", ".join(repr(float(x)) for x in numbers) + "]"
