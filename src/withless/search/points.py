"""What a plan does in the target year, as far as the search needs it: by service for a bundle, by draw for a whole plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..appraise import Appraisal, ServiceResult
from ..outcomes import PAYERS
from ..plan import Plan
from ..study import Study

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Effect:
    """What one service's bundle does in the target year, means over draws, pounds: saving, harm, and what is put on others."""

    saving: float
    harm: float
    others: float


@dataclass(frozen=True)
class Point:
    """One plan on the frontier: pounds in the target year by draw, over services that are judged."""

    name: str
    plan: Plan
    saving: Floats
    harm: Floats
    fewer: Floats
    lower: Floats
    charged: Floats
    moved: Floats
    people: dict[str, tuple[str, float]] = field(default_factory=dict)
    """By service: what its people are called, and how many fewer are served in a year."""


def _others_pay(a: Appraisal, r: ServiceResult) -> Floats:
    """Pounds put on users by charges and moved to others, by draw."""
    moved = sum((r.yearly[f"moved_{payer}"][:, a.year] for payer in PAYERS), np.zeros(a.draws))
    return np.asarray(moved + r.yearly["charged"][:, a.year])


def _harm(a: Appraisal, r: ServiceResult, kind: str) -> Floats:
    """What a service loses, by draw: pounds of service, or people, or pounds of the most deprived fifth."""
    if kind == "users":
        return np.asarray(
            (r.yearly["served0"] - r.yearly["served1"] - (r.yearly["spared1"] - r.yearly["spared0"]))[:, a.year]
        )
    if kind == "worst-off":
        ages = r.group["output0"].shape[1] // 5
        return np.asarray((r.group["output0"] - r.group["output1"])[:, :ages].sum(axis=1))
    return np.asarray((r.yearly["fewer"] + r.yearly["lower"])[:, a.year])


def effect(a: Appraisal, r: ServiceResult, kind: str) -> Effect:
    """Means over draws of one service in the target year."""
    return Effect(
        float(r.yearly["saving"][:, a.year].mean()), float(_harm(a, r, kind).mean()), float(_others_pay(a, r).mean())
    )


def point(name: str, plan: Plan, found: Appraisal | None, kind: str, study: Study | None = None) -> Point:
    """One plan on all draws."""
    if found is None:
        assert study is not None  # noqa: S101  # either is given
        if not plan.measures:
            zero = np.zeros(1)
            return Point(name, plan, zero, zero, zero, zero, zero, zero)
        found = study.appraise(plan)
    judged = [r for r in found.services if r.in_verdict]

    def total(one: Callable[[ServiceResult], Floats]) -> Floats:
        return sum((one(r) for r in judged), np.zeros(found.draws))

    a = found
    return Point(
        name,
        plan,
        total(lambda r: r.yearly["saving"][:, a.year]),
        total(lambda r: _harm(a, r, kind)),
        total(lambda r: r.yearly["fewer"][:, a.year]),
        total(lambda r: r.yearly["lower"][:, a.year]),
        total(lambda r: r.yearly["charged"][:, a.year]),
        total(lambda r: _others_pay(a, r) - r.yearly["charged"][:, a.year]),
        {r.instance.title or r.instance.name: (r.nouns[1], float(_harm(a, r, "users").mean())) for r in judged if r.measures},
    )  # fmt: skip
