"""From paper to practice: every measure arrives by its own share and delay, and what is not done harms nobody."""

from dataclasses import replace

import numpy as np
import pytest

from withless import delivery
from withless.delivery import REGISTER, Delivery, apply_claims, claims, crowding, one_off
from withless.outcomes import MONEY, PAYERS, PEOPLE, Outcomes
from withless.place import Calendar
from withless.plan import Carried, Measure
from withless.totals import Totals, totals

Q = 8
DRAWS = REGISTER.draw(5, 0)
MANY = REGISTER.draw(5, 0, 16)
CALENDAR = Calendar(2026, 4, Q)
YEAR = slice(4, Q)


def measure(name: str = "m", lever: str = "hours", amount: float = 0.0, **more: object) -> Measure:
    fields = {"change": "set", "start": 0.0, "where": ("a",), **more}
    return Measure(name, "", "s", lever, amount=amount, **fields)  # type: ignore[arg-type]


def arrives(measures: list[Measure], draws=DRAWS, switches: tuple[str, ...] = ()) -> Delivery:
    return delivery.delivery(measures, frozenset(switches), draws, {m.id: np.zeros(len(draws)) for m in measures})


def surely(m: Measure, share: float = 1.0, lag: float = 0.0) -> Delivery:
    """One measure that arrives as `share` of itself in every draw; its claims hide what they can."""
    n = len(m.where)
    return Delivery({m.id: Carried(np.full((64, n), share), np.full(64, lag))}, {"s": np.ones(64)})


def run(value: float) -> Totals:
    """Totals of a run in which every number of the cube is `value`, and closing costs fall on two units."""
    shape = (64, Q)
    outcomes = Outcomes(
        strata=("all",),
        people={name: np.full((1, *shape, 30), value) for name in PEOPLE},
        money={name: np.full((1, *shape), value) for name in MONEY},
        moved={name: np.full((*shape, 30), value) for name in PAYERS},
        once={"open": np.full((*shape, 2), value / 2)},
    )
    return totals(outcomes, YEAR, units={"open": ("a", "b")})


def test_stronger_evidence_arrives_more_and_sooner() -> None:
    tiers = ("contract", "business_case", "target")
    found = arrives([measure(t, evidence=t) for t in tiers])
    share, lag = ([getattr(found.carried[t], part).mean() for t in tiers] for part in ("share", "lag"))
    assert share == sorted(share, reverse=True)
    assert lag == sorted(lag)
    assert all(0 <= c.share.min() <= c.share.max() <= 1 for c in found.carried.values())


def test_a_measure_keeps_its_luck_when_another_joins_the_plan() -> None:
    alone, joined = arrives([measure("m")]), arrives([measure("n"), measure("m")])
    assert np.array_equal(alone.carried["m"].share, joined.carried["m"].share)
    assert np.array_equal(alone.carried["m"].lag, joined.carried["m"].lag)


def test_what_is_booked_changes_nothing_that_is_carried_out() -> None:
    quiet, loud = (arrives([measure("m", booked_saving=b), measure("n")]) for b in (1.0, 1e6))
    for name in ("m", "n"):
        assert np.array_equal(quiet.carried[name].share, loud.carried[name].share)


def test_measures_of_one_body_turn_out_alike_by_the_correlation_drawn() -> None:
    found = arrives([measure("m"), measure("n")], MANY)
    one, two = (found.carried[k].share[:, 0] for k in ("m", "n"))
    assert 0.5 < np.corrcoef(one, two)[0, 1] < 0.95


def test_a_body_that_delivers_little_delivers_late() -> None:
    found = arrives([measure("m"), measure("n")], MANY)
    assert np.corrcoef(found.carried["m"].share[:, 0], found.carried["n"].lag)[0, 1] < -0.3


def test_a_measure_split_in_ten_varies_little_less_than_the_one() -> None:
    whole = arrives([measure("m")], MANY).carried["m"].share[:, 0]
    parts = arrives([measure(f"m{i}") for i in range(10)], MANY).carried
    split = np.mean([c.share[:, 0] for c in parts.values()], axis=0)
    assert split.mean() == pytest.approx(whole.mean(), abs=0.01)
    assert 0.8 * whole.std() < split.std() <= whole.std()


def test_a_switch_happens_to_a_unit_or_does_not_with_the_share_as_its_chance() -> None:
    m = measure("m", "open", where=tuple("abcdefgh"), evidence="target")
    happens = arrives([m], MANY, ("m",)).carried["m"].share
    share = arrives([m], MANY).carried["m"].share[:, 0]
    assert set(np.unique(happens)) == {0.0, 1.0}
    assert happens.shape == (1024, 8)
    assert happens.mean() == pytest.approx(share.mean(), abs=0.02)


def test_the_luck_of_a_unit_is_its_own_whatever_measure_names_it() -> None:
    one = measure("m", "open", where=("a", "b"), evidence="target")
    two = [replace(one, where=("a",)), replace(one, id="n", where=("b",))]
    alike = {"delivery.common": {"value": 1.0, "source": "the test"}}  # all measures of a tier share one draw
    draws = REGISTER.override(alike, "place").draw(5, 0)
    together, apart = arrives([one], draws, ("m",)), arrives(two, draws, ("m", "n"))
    assert np.array_equal(together.carried["m"].share[:, 1:], apart.carried["n"].share)
    assert 0 < apart.carried["n"].share.mean() < 1


def test_a_year_that_holds_too_much_change_makes_its_measures_wait() -> None:
    early, late = measure("m"), measure("n", start=4.0)
    wait = crowding([early, late], np.array([1.0, 1000.0]), 1000.0, CALENDAR, DRAWS)
    assert (wait["m"] == 0).all()
    assert wait["n"] == pytest.approx(2 * (1 / DRAWS["delivery.capacity"] - 1))


def test_claims_that_pile_up_never_make_a_service_free() -> None:
    pile = [measure(f"m{i}", lever="unit_cost", amount=0.3) for i in range(4)]
    how = Delivery({m.id: Carried(np.ones((64, 1)), np.zeros(64)) for m in pile}, {"s": np.ones(64)})
    c = claims(pile, how, DRAWS, Q)
    assert (1 - c.real - c.hidden >= 0.2 - 1e-12).all()


def test_an_efficiency_claim_splits_into_real_hidden_and_never_saved() -> None:
    claim = measure(lever="unit_cost", change="scale", amount=0.9, evidence="target")
    before, after = (apply_claims(run(100.0), claims(c, surely(claim), DRAWS, Q)) for c in ([], [claim]))
    r, u = DRAWS["efficiency.real.target"], DRAWS["efficiency.hidden"]
    cost, quality = 1 - 0.1 * (r + (1 - r) * u), 1 - 0.1 * (1 - r) * u
    for name in ("gross_cost", "overhead"):
        assert (after.by_stratum[name] / before.by_stratum[name])[0, :, -1] == pytest.approx(cost)
    assert (after.by_stratum["quality"] / before.by_stratum["quality"])[0, :, -1] == pytest.approx(quality)
    assert np.array_equal(after.by_stratum["served"], before.by_stratum["served"])


def test_claims_that_are_nearly_true_hide_less_often() -> None:
    tiers = ("contract", "target")
    hides = []
    for tier in tiers:
        claim = measure(lever="unit_cost", change="scale", amount=0.9, evidence=tier)
        c = claims([claim], arrives([claim], MANY), MANY, Q)
        hides.append((c.hidden[:, -1] > 0).mean())
        assert hides[-1] == pytest.approx(1 - MANY[f"efficiency.real.{tier}"].mean(), abs=0.05)
    assert hides[0] < 0.3 < hides[1] < 0.9


def test_a_claim_that_units_will_cost_more_is_believed() -> None:
    claim = measure(lever="unit_cost", change="scale", amount=1.1)
    before = run(100.0)
    after = apply_claims(before, claims([claim], surely(claim), DRAWS, Q))
    assert after.by_stratum["gross_cost"] == pytest.approx(110)
    assert np.array_equal(after.by_stratum["quality"], before.by_stratum["quality"])


def test_stated_one_off_costs_carry_optimism_bias_and_exits_and_fall_due_once_as_far_as_they_are_carried_out() -> None:
    m = measure(one_off_cost=1000.0, posts=2.0, phase=2.0)
    total = one_off([m], surely(m, 0.5), run(0.0), DRAWS).sum(axis=1)
    expected = 0.5 * (1000 * (1 + DRAWS["delivery.optimism_bias"]) + 2 * DRAWS["delivery.exit_cost"])
    assert total == pytest.approx(expected)


def test_a_stated_cost_replaces_the_computed_one_of_its_own_units_and_lever_alone() -> None:
    computed = run(10.0)
    free = measure(lever="open", where=("a",), one_off_cost=0.0)
    assert one_off([free], surely(free), computed, DRAWS) == pytest.approx(10 - 5)
    elsewhere = measure(lever="hours", where=("a",), one_off_cost=0.0)
    assert one_off([elsewhere], surely(elsewhere), computed, DRAWS) == pytest.approx(10)
    silent = measure(lever="open", where=("a", "b"))
    assert one_off([silent], surely(silent), computed, DRAWS) == pytest.approx(10)


def test_booked_savings_follow_the_plans_own_dates() -> None:
    booked = delivery.booked([measure(start=2.0, end=6.0, booked_saving=400.0)], Q)
    assert booked.tolist() == [0, 0, 100, 100, 100, 100, 0, 0]


def test_the_gross_delivery_of_a_mixed_plan_is_near_what_auditors_found() -> None:
    tiers = ("contract", "business_case", "target")
    found = arrives([measure(t, evidence=t) for t in tiers], MANY)
    assert 0.6 < np.mean([c.share.mean() for c in found.carried.values()]) < 0.95
