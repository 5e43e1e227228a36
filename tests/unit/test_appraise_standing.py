"""What a second plan leaves alone need not be found again, and is what it would be if it were."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from withless import api
from withless.appraise import gather
from withless.appraise.result import ServiceResult
from withless.cache import forget
from withless.plan import Plan

DRAWS = 192


@pytest.fixture(scope="module")
def plan(northshire_folder: Path) -> Plan:
    """The county's own plan."""
    read = api.read(northshire_folder / "plan.yaml")
    assert isinstance(read, Plan)
    return read


def _with_less(plan: Plan, service: str, times: float) -> Plan:
    """The plan with the first measure of hours of a service changed."""
    at = next(i for i, m in enumerate(plan.measures) if m.service == service and m.lever == "hours")
    changed = replace(plan.measures[at], amount=plan.measures[at].amount * times)
    return replace(plan, measures=(*plan.measures[:at], changed, *plan.measures[at + 1 :]))


def _watched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The instances of which a result is put together from now on."""
    ran: list[str] = []
    one = gather._service

    def noted(*of: Any) -> ServiceResult:
        ran.append(of[1].instance.name)
        return one(*of)

    monkeypatch.setattr(gather, "_service", noted)
    return ran


def test_a_second_plan_says_the_same_as_if_it_were_the_first(plan: Plan) -> None:
    second = _with_less(plan, "libraries", 0.9)
    forget()
    alone = api.appraise(second, draws=DRAWS)
    forget()
    api.appraise(plan, draws=DRAWS)
    after = api.appraise(second, draws=DRAWS)
    assert repr(after.verdict) == repr(alone.verdict)
    assert repr(after.influence) == repr(alone.influence)
    for a, b in zip(after.services, alone.services, strict=True):
        assert repr(a.verdict) == repr(b.verdict)
        for name in a.yearly:
            assert np.array_equal(a.yearly[name], b.yearly[name], equal_nan=True), (a.instance.name, name)
    for p, q in zip(after.promises, alone.promises, strict=True):
        assert repr(p) == repr(q)


def test_only_the_service_that_a_second_plan_changes_is_run(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    forget()
    api.appraise(plan, draws=DRAWS)
    ran = _watched(monkeypatch)
    api.appraise(_with_less(plan, "libraries", 0.9), draws=DRAWS)
    assert ran == ["libraries"]


def test_another_seed_or_more_draws_find_everything_again(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    forget()
    api.appraise(plan, draws=64)
    ran = _watched(monkeypatch)
    api.appraise(plan, draws=64, seed=2)
    assert len(ran) == len(plan.place.instances)
    api.appraise(plan, draws=128)
    assert len(ran) == 2 * len(plan.place.instances)
