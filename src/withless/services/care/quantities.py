"""What promises may be checked on, and what becomes of each client group in a few words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from ...place import Instance
from ...plan import Settings
from . import erosion
from .cost_shift import family_hours, lost
from .effects import supported_carers
from .model import CareModel
from .outcome import carers_in_need, supported
from .parameters import Inputs
from .policy import today_levers
from .projection import Projection
from .tables import CLIENTS, LEVER_UNITS, SCOPES, THRESHOLDS

Floats = NDArray[np.float64]


def quantity(model: CareModel, settings: Settings, what: str) -> Floats:
    """One of the service's quantities under some settings, float[draw, quarter]."""
    r = model.unchanged if model.as_today(settings) else model.project(settings)
    ways: Mapping[str, Callable[[], Floats]] = {
        "people_supported": lambda: supported(r).sum(axis=2),
        "people_without": lambda: without(r),
        "people_unmet": lambda: without(r) * others(r.baseline.inputs)["unmet"][:, None],
        "people_with_family": lambda: without(r) * others(r.baseline.inputs)["family"][:, None],
        "people_paying": lambda: without(r) * others(r.baseline.inputs)["self"][:, None],
        "people_losing": lambda: losing(r).sum(axis=(1, 2, 4)) + losing_working(r).sum(axis=(1, 2, 4)),
        "hours_needed": lambda: hours(r)[0],
        "hours_met": lambda: hours(r)[1],
        "family_hours": lambda: family_hours(r.baseline.inputs, lost(r))[0].sum(axis=(2, 3)),
        "saving_kept": lambda: erosion.kept(model.unchanged, r),
        "carers_supported": lambda: carers_supported(r),
        "over_budget": lambda: np.broadcast_to(4 * r.effects.short, r.effects.carers.shape),
    }
    found = ways[what]()
    return np.broadcast_to(found, (len(found), settings.quarters))


def losing(r: Projection) -> Floats:
    """Older people at home who would be helped and are not, [draw, age, fifth, quarter, need]; none below zero."""
    gone: Floats = r.baseline.home[:, :, :, None] * np.maximum(1 - r.effects.kept, 0.0)
    return gone


def losing_working(r: Projection) -> Floats:
    """People of working age who would be helped and are not, [draw, group, fifth, quarter, need]."""
    clients = r.baseline.working.sum(axis=2) * r.baseline.at_home[:, :, None]
    return np.asarray(clients[:, :, :, None] * np.maximum(1 - r.effects.kept_working, 0.0))


def carers_supported(r: Projection) -> Floats:
    """Family carers whom the council supports, [draw, quarter]."""
    part = supported_carers(r.baseline, r.effects.support)
    return np.asarray(4 * part * carers_in_need(r).sum(axis=(2, 3)))


def without(r: Projection) -> Floats:
    """People with needs and no help from the council, [draw, quarter]."""
    older = r.in_need.sum(axis=(1, 2, 4)) - supported(r)[..., 0]
    need = r.baseline.working.sum(axis=(1, 2, 3, 4)) / r.baseline.inputs.of("reach.working")
    return np.asarray(older + need[:, None] - r.working.sum(axis=(1, 2, 4)))


def others(inputs: Inputs) -> Mapping[str, Floats]:
    """How people without the council's help are spread over family alone, paying themselves, and nobody: shares [draw].

    From the clients table where it counts any of them, else from the register.
    """
    table = inputs.instance.tables["clients"]
    counts = dict.fromkeys(("family", "self", "unmet"), 0.0)
    for met, people in zip(table.words("met_by"), table.numbers("people"), strict=True):
        if met in counts and np.isfinite(people):
            counts[met] += float(people)
    total = sum(counts.values())
    if total > 0:
        return {k: np.full(len(inputs), n / total) for k, n in counts.items()}
    unmet, family = inputs.of("without.unmet"), inputs.of("without.family")
    return {"unmet": unmet, "family": (1 - unmet) * family, "self": (1 - unmet) * (1 - family)}


def hours(r: Projection) -> tuple[Floats, Floats]:
    """Hours a week that people with needs at home need, and those that the council provides, each [draw, quarter]."""
    c, e = r.baseline.costs, r.effects
    at_home = r.in_need - r.care_home_now
    needed = np.einsum("dafqk,dk->dq", at_home, c.hours)
    met = np.einsum("dafqk,dk->dq", r.home_now * e.hours_each, c.hours)
    clients = r.baseline.working.sum(axis=2) * r.baseline.at_home[:, :, None]
    needed = needed + np.einsum("dgfk,dgk->d", clients, c.working_hours)[:, None]
    kept = clients[:, :, :, None] * e.kept_working * e.hours_each
    return needed, met + np.einsum("dgfqk,dgk->dq", kept, c.working_hours)


def fates(instance: Instance, settings: Settings) -> dict[str, str]:
    """What a plan does to help by the last quarter, as it has it: {client group: words}. The settings are of one draw."""
    before, end = today_levers(instance), {lever: values[0, :, -1] for lever, values in settings.values.items()}
    common = []
    for lever, units in LEVER_UNITS.items():
        if lever not in ("threshold", "applies_to", "direct_payments"):
            common += _changes(lever, units, end[lever], before[lever])
    found = {}
    for i, group in enumerate(CLIENTS):
        now, was = float(end["threshold"][i]), float(before["threshold"][i])
        words = []
        if not np.isclose(now, was):
            scope = SCOPES[round(float(end["applies_to"][i]))]
            words.append(f"threshold from {_word(was)} to {_word(now)} ({scope})")
        words += _changes(
            "direct_payments", (group,), end["direct_payments"][i : i + 1], before["direct_payments"][i : i + 1]
        )
        found[group] = ", ".join([*words, *common]) or "as today"
    return found


def _changes(lever: str, units: tuple[str, ...], now: Floats, was: Floats) -> list[str]:
    """`more reablement`, `less hours (moderate)`: what moved and which way."""
    moved = {u: bool(a > b) for u, a, b in zip(units, now, was, strict=True) if not np.isclose(a, b)}
    name = lever.replace("_", " ")
    out = []
    for up, word in ((True, "more"), (False, "less")):
        which = [u for u, rises in moved.items() if rises is up]
        if which:
            out.append(f"{word} {name}" + (f" ({', '.join(which)})" if 0 < len(which) < len(units) else ""))
    return out


def _word(score: float) -> str:
    """A threshold in its word, or as a score."""
    return next((w for w, s in THRESHOLDS.items() if np.isclose(s, score)), f"{score:.2g}")
