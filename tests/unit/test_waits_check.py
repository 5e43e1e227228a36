"""The closed forms beside a simulation: what they are made of, and whether both point the same way."""

import numpy as np
import pytest
from lists import STILL, fixed, hospital, place_with

from withless import api
from withless.services.waits import check, targets
from withless.services.waits.cohort import Flow, run

NOW = {"come": 30.0, "treated": 27.0, "removed": 0.0, "listed": 1200.0}
SHORT = {"list": 1300.0, "share": 0.4, "capacity": 2.0}


def test_a_list_that_more_come_to_than_leave_grows_misses_its_target_and_needs_more() -> None:
    found = check.reckoned(NOW, share=1 - np.exp(-4), within=52, weeks=26, simulated=SHORT)
    assert found["load"] == pytest.approx(30 / 27)
    assert found["target_list"] == pytest.approx(30 * 52 / 4)
    assert found["relief_capacity"] == pytest.approx(61.153846)  # the kept case of a peer
    assert found["relief_change"] == pytest.approx(61.153846 / 27 - 1)
    assert found["pressure"] == pytest.approx(4 * (1200 / 27) / 52)
    assert found["rule"] == {"list": "grows", "target": "is missed", "capacity": "more"}
    assert all(found["agrees"].values())


def test_who_leaves_untreated_is_taken_off_what_must_be_treated() -> None:
    found = check.reckoned(NOW | {"removed": 3.0}, share=1 - np.exp(-4), within=52, weeks=26, simulated=SHORT)
    assert found["load"] == 1.0
    assert found["load_on_treated"] == pytest.approx(30 / 27)
    left = 1200 * np.exp(-3 / 1200 * 26)  # of today's list, were nobody treated or to come
    assert found["relief_capacity"] == pytest.approx(30 - 3 / 1200 * (390 - left) / (1 - left / 1200))
    assert 58.153846 < found["relief_capacity"] < 61.153846  # fewer leave as the list shrinks
    assert found["rule"]["list"] == "stands still"
    assert found["agrees"] == {"list": False, "target": True, "capacity": True}


@pytest.mark.parametrize(
    ("simulated", "differs"),
    [
        ({"list": 900.0}, "list"),
        ({"share": 0.999}, "target"),
        ({"capacity": 0.9}, "capacity"),
        ({"capacity": 1.001}, "capacity"),
    ],
)
def test_a_simulation_that_points_elsewhere_is_said_to_differ(simulated, differs) -> None:
    found = check.reckoned(NOW, 0.92, 18, 104, SHORT | simulated)
    assert [k for k, same in found["agrees"].items() if not same] == [differs]
    said = " ".join(" ".join(check.lines(found, [found], {"share": 0.92, "within": 18, "weeks": 104})).split())
    assert said.count("They differ.") == 1


def test_what_no_capacity_reaches_needs_more_and_no_treatments_leave_nothing_undefined() -> None:
    found = check.reckoned(NOW | {"treated": 0.0}, 0.92, 18, 104, SHORT | {"capacity": None})
    assert found["load"] is None
    assert found["agrees"]["capacity"]
    said = check.lines(found, [found], {"share": 0.92, "within": 18, "weeks": 104})
    assert any("out of reach" in line for line in said)
    assert max(map(len, said)) <= 80


def test_today_counts_every_part_of_a_list_where_an_axis_stands_for_all() -> None:
    flow = Flow(
        opening=np.full((1, 2, 2, 30), 10.0),
        arrivals=np.full((3, 2, 1, 104), 50.0) * np.where(np.arange(104) < 52, 1, 9),
        capacity=np.full((1, 1, 1, 1), 40.0),
        pull=np.full((1, 1, 1, 1), 0.1),
        leave=np.full((1, 1, 1, 1), 0.01),
        other=np.full((1, 1, 1, 30), 0.1),
    )
    now = check.today(flow)
    assert np.array_equal(now.come, np.full((3, 2), 2 * (50 + 3.0)))
    assert np.array_equal(now.treated, np.full((3, 2), 80.0))
    assert now.listed == pytest.approx(np.full((3, 2), 600.0))
    assert now.removed == pytest.approx(600 * -np.expm1(-0.01) * np.ones((3, 2)))


def test_where_waits_are_exponential_and_nobody_leaves_the_rule_is_what_the_cohort_finds() -> None:
    """A constant hazard in balance: Little's law gives the list, and the share within the target is the wanted one."""
    within, share, come = 18, 0.92, 100.0
    mean = within / -np.log1p(-share)
    flow = Flow(
        opening=np.full((1, 1, 1, 200), 0.0),
        arrivals=np.full((1, 1, 1, 1), come),
        capacity=np.full((1, 1, 1, 1), np.nan),
        pull=np.full((1, 1, 1, 1), 1 / mean),
        leave=np.zeros((1, 1, 1, 1)),
    )
    found = run(flow, np.full(400, 0), (within,))
    now = {"come": come, "treated": come, "removed": 0.0, "listed": float(found.stock[0, 0, 0, 0])}
    rule = check.reckoned(now, share, within, 52, SHORT)
    assert found.within[0, 0, 0, 0] / found.listed[0, 0, 0] == pytest.approx(share, rel=1e-3)
    half_a_week = come / 2  # a week's treatments come at its end
    assert now["listed"] == pytest.approx(rule["target_list"] - half_a_week, rel=0.01)
    assert rule["pressure"] == pytest.approx(1, abs=0.08)


def test_the_target_command_ends_with_the_check_and_gives_it_by_specialty() -> None:
    place = place_with(hospital(), overrides=STILL | fixed(urgent=0.5))
    (instance,) = place.instances.values()
    found = targets.target(api.Study(place, 1, 64).models(instance.name), None, share="75%", within=18, by="2027-09")
    whole, by_specialty = found.data["check"]["whole"], found.data["check"]["specialties"]
    assert set(by_specialty) == {r["group"] for r in found.rows[:-2]}
    for name in ("come", "treated", "removed", "listed", "target_list"):
        assert whole[name] == pytest.approx(sum(s[name] for s in by_specialty.values()))
    assert whole["simulated"]["capacity"] == found.rows[-2]["reach_p50"]
    assert "They agree." in found.text
    assert found.text.rstrip().endswith("It checks the simulation and is no part of it.")
    assert max(map(len, found.text.splitlines())) <= 80


def test_a_target_of_everybody_has_no_closed_form() -> None:
    place = place_with(hospital(), overrides=STILL | fixed(urgent=0.5))
    (instance,) = place.instances.values()
    found = targets.target(api.Study(place, 1, 64).models(instance.name), None, share="100%", within=18, by="2026-09")
    assert found.data["check"] is None
    assert "closed forms" not in found.text
