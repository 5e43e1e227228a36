"""A study answers every plan as if it were the first, runs only what a plan changes, and keeps no more than it may."""

from __future__ import annotations

import gc
import pickle
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.shops import Model, Shops, install, shop_place
from withless import api
from withless.api import Study
from withless.appraise import gather
from withless.appraise.result import Appraisal, ServiceResult
from withless.plan import Measure, Plan

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


def assert_same(found: Appraisal, alone: Appraisal) -> None:
    """To the last bit."""
    assert repr(found.verdict) == repr(alone.verdict)
    assert repr(found.influence) == repr(alone.influence)
    for a, b in zip(found.services, alone.services, strict=True):
        assert repr(a.verdict) == repr(b.verdict)
        for part in ("yearly", "group", "area", "unit", "quarterly", "extra"):
            ours, theirs = getattr(a, part), getattr(b, part)
            assert ours.keys() == theirs.keys()
            for name in ours:
                assert np.array_equal(ours[name], theirs[name], equal_nan=True), (a.instance.name, part, name)
    for p, q in zip(found.promises, alone.promises, strict=True):
        assert repr(p) == repr(q)


def test_a_second_plan_says_the_same_as_if_it_were_the_first(plan: Plan) -> None:
    second = _with_less(plan, "libraries", 0.9)
    study = Study(plan.place, draws=DRAWS)
    first = study.appraise(plan)
    assert_same(study.appraise(second), Study(plan.place, draws=DRAWS).appraise(second))
    assert_same(study.appraise(plan), first)


def test_only_the_service_that_a_second_plan_changes_is_run(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    study = Study(plan.place, draws=DRAWS)
    study.appraise(plan)
    ran = _watched(monkeypatch)
    study.appraise(_with_less(plan, "libraries", 0.9))
    assert ran == ["libraries"]


# On a service worked by hand, where a plan takes milliseconds


@pytest.fixture
def shops(monkeypatch: pytest.MonkeyPatch) -> Shops:
    return install(monkeypatch, Shops())


@pytest.fixture
def runs(shops: Shops, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The instances that are simulated, one entry a run."""
    made: list[str] = []
    run = Model.run

    def noted(self: Model, settings: Any) -> Any:
        made.append(self.instance.name)
        return run(self, settings)

    monkeypatch.setattr(Model, "run", noted)
    return made


PLACE = shop_place(names=("shops", "other"))


def cut(amount: float, service: str = "shops", unit: str = "S1", evidence: str = "target") -> Measure:
    return Measure(f"{service}-{unit}-{amount}", "", service, "hours", (unit,), "scale", amount, 1.0, evidence=evidence)


def plans() -> list[Plan]:
    of = [(cut(0.5),), (cut(0.8), cut(0.4, "other")), (), (cut(0.5), cut(0.9, unit="S2"))]
    made = [Plan(f"{i}", PLACE, measures) for i, measures in enumerate(of)]
    return [*made, replace(made[0], overrides={"shops.pull": {"value": 0.5, "source": "the test"}})]


def test_the_order_in_which_plans_are_asked_does_not_matter(shops: Shops) -> None:
    alone = [Study(PLACE, draws=256).appraise(p) for p in plans()]
    for order in ((0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (2, 0, 4, 0, 1, 3, 2)):
        study = Study(PLACE, draws=256)
        for i in order:
            assert_same(study.appraise(plans()[i]), alone[i])


def test_threads_that_share_a_study_get_what_each_would_alone(shops: Shops) -> None:
    alone = [Study(PLACE, draws=256).appraise(p) for p in plans()]
    study = Study(PLACE, draws=256)
    with ThreadPoolExecutor(4) as pool:
        for found, expected in zip(pool.map(study.appraise, plans() * 3), alone * 3, strict=True):
            assert_same(found, expected)


def test_a_study_that_may_keep_nothing_says_the_same(shops: Shops) -> None:
    study = Study(PLACE, draws=256, most_bytes=0)
    for p in plans():
        assert_same(study.appraise(p), Study(PLACE, draws=256).appraise(p))
    assert study.cache.bytes == 0


def test_what_a_study_keeps_stays_within_its_bytes(shops: Shops) -> None:
    most = 400_000
    study = Study(PLACE, draws=1024, most_bytes=most)
    for p in plans():
        study.appraise(p)
        assert 0 < study.cache.bytes <= most


def test_an_instance_whose_settings_do_not_change_is_not_simulated_again(runs: list[str]) -> None:
    study = Study(PLACE, draws=64)
    study.appraise(Plan("", PLACE, (cut(0.5), cut(0.4, "other"))))
    runs.clear()
    study.appraise(Plan("", PLACE, (cut(0.6), cut(0.4, "other"))))
    assert set(runs) == {"shops"}
    runs.clear()
    study.appraise(Plan("", PLACE, (cut(0.5), cut(0.4, "other"))))
    assert runs == []


def test_another_promise_needs_no_other_run(runs: list[str]) -> None:
    from withless.plan import Promise

    study, plan = Study(PLACE, draws=64), Plan("", PLACE, (cut(0.5),))
    study.appraise(plan)
    runs.clear()
    promised = replace(plan, promises=(Promise("Ten stay open", "shops", "shops_open", ">=", 10.0),))
    assert study.appraise(promised).promises[0].probability == 1
    assert runs == []


def test_other_assumptions_are_other_draws_and_other_models(runs: list[str]) -> None:
    study, plan = Study(PLACE, draws=64), Plan("", PLACE, (cut(0.5),))
    study.appraise(plan)
    runs.clear()
    study.appraise(replace(plan, overrides={"shops.pull": {"value": 0.5, "source": "the test"}}))
    assert set(runs) == {"shops", "other"}


def test_a_plan_of_another_place_is_refused(shops: Shops) -> None:
    with pytest.raises(ValueError, match="of another place"):
        Study(PLACE).appraise(Plan("", shop_place(shops=3), ()))
    with pytest.raises(ValueError, match="1 or more"):
        Study(PLACE, draws=0)


def test_what_a_study_kept_goes_with_it(shops: Shops) -> None:
    study = Study(PLACE, draws=256)
    found = study.appraise(plans()[0])
    cache = weakref.ref(study.cache)
    del study
    gc.collect()
    assert cache() is None
    assert found.service("shops").yearly["saving"].any()


def test_a_study_sent_to_another_process_arrives_empty_and_says_the_same(shops: Shops) -> None:
    study = Study(PLACE, draws=64)
    found = study.appraise(plans()[0])
    sent = pickle.loads(pickle.dumps(study))
    assert study.cache.bytes > 0
    assert sent.cache.bytes == 0
    assert_same(sent.appraise(plans()[0]), found)
