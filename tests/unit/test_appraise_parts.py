"""A very large service is run some draws at a time: nothing that is found depends on how many."""

from __future__ import annotations

from dataclasses import replace

import lists
import numpy as np
import portfolios
import pytest
from places import draws_for, tiny_place

from withless import api, service
from withless.plan import Measure, Plan, Promise


def waits() -> Plan:
    place = lists.place_with(lists.hospital(), quarters=6)
    cut = Measure("cut", "", "hospital", "capacity", ("hips/admitted",), "scale", 0.8, start=1.0, phase=2.0)
    drive = Measure("drive", "", "hospital", "validation", ("eyes",), "set", 0.5, start=2.0)
    promise = Promise("Nobody waits a year", "hospital", "over", "<=", 0.0, arguments={"weeks": 52.0})
    return Plan("Less", place, (cut, drive), promises=(promise,))


def youth() -> Plan:
    instance = portfolios.portfolio_instance(
        {
            "id": ["CLUB", "KEY"], "fixed_cost": [50_000.0, 20_000.0], "unit_cost": [150.0, 900.0],
            "saturation": [0.5, 0.6], "spend": [150_000.0, 120_000.0],
        },
        {"id": ["young"], "age_band": ["16-24"], "risk": [0.1], "people": [3_000.0]},
        [("CLUB", "young", 0.5), ("KEY", "young", 0.2)],
        [("CLUB", "grades", 0.01, 0.05), ("KEY", "grades", 0.05, 0.2)],
        [("grades", 1_000.0, 3_000.0)],
    )  # fmt: skip
    cut = Measure("cut", "", "youth", "budget", ("all",), "scale", 0.7, start=1.0, phase=3.0)
    shut = Measure("shut", "", "youth", "open", ("CLUB",), "set", 0.0, start=4.0)
    return Plan("Less", portfolios.place_with(instance), (cut, shut))


@pytest.mark.parametrize("plan", [waits(), youth()], ids=["waits", "youth"])
@pytest.mark.parametrize("draws", [64, 192])
def test_a_service_run_a_few_draws_at_a_time_gives_the_same_to_the_last_bit(
    plan: Plan, draws: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = api.to_json(api.appraise(plan, draws))
    (instance,) = plan.place.instances.values()
    each = api.Study(plan.place).models(instance.name)[0]
    assert len(each.draws) == 64
    monkeypatch.setattr(service, "MOST_BYTES", 1.0)
    told: list[tuple[int, int]] = []
    assert api.to_json(api.appraise(plan, draws, progress=lambda *at: told.append(at))) == whole
    assert told == [(k + 1, len(told)) for k in range(len(told))]
    assert len(told) >= draws


def test_draws_by_themselves_are_what_they_are_among_all() -> None:
    draws = draws_for(tiny_place())
    some = draws.some(5, 9)
    assert len(some) == 4
    assert np.array_equal(some["delivery.common"], draws["delivery.common"][5:9])
    assert np.array_equal(
        some.streams().uniforms("x", ["a", "b"], 3), draws.streams().uniforms("x", ["a", "b"], 3)[5:9]
    )
    assert some.key != draws.key
    assert replace(some, part=None).streams().lhs("y")[5:9] == pytest.approx(some.streams().lhs("y"), abs=0)
