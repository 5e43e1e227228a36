"""From paper to practice: what is not delivered brings neither saving nor harm."""

from dataclasses import replace

import numpy as np
import pytest

from withless import delivery
from withless.delivery import (
    REGISTER,
    Luck,
    apply_claims,
    blend,
    claims,
    crowding,
    delivered,
    delivered_to,
    luck,
    one_off,
)
from withless.outcomes import MONEY, PAYERS, PEOPLE, Outcomes
from withless.place import Calendar
from withless.plan import Measure
from withless.totals import Totals, totals

Q = 8
DRAWS = REGISTER.draw(5, 0)


def measure(name: str = "m", lever: str = "open", amount: float = 0.0, **more: object) -> Measure:
    fields = {"change": "set", "start": 0.0, "booked_saving": 100.0, **more}
    return Measure(name, "", "s", lever, ("a",), amount=amount, **fields)  # type: ignore[arg-type]


YEAR = slice(4, Q)


def run(value: float) -> Totals:
    """Totals of a run in which every number of the cube is `value`."""
    shape = (64, Q)
    outcomes = Outcomes(
        strata=("all",),
        people={name: np.full((1, *shape, 30), value) for name in PEOPLE},
        money={name: np.full((1, *shape), value) for name in MONEY},
        moved={name: np.full((*shape, 30), value) for name in PAYERS},
        area_sum={"users": np.full((Q, 3), value)},
        series={"users": np.full((*shape, 2), value), "list": np.full(shape, value)},
    )
    return totals(outcomes, YEAR)


def every_array(t: Totals) -> dict[tuple[str, str], np.ndarray]:
    parts = ("by_stratum", "overall", "series", "by_group", "by_unit", "by_area")
    return {(part, name): array for part in parts for name, array in getattr(t, part).items()}


def flat(share: float, lag: float = 0.0) -> Luck:
    return Luck({"m": np.full(64, share), "n": np.full(64, 0.0)}, {"m": np.full(64, lag), "n": np.full(64, 0.0)})


def test_half_delivered_is_half_of_every_quantity() -> None:
    d = np.broadcast_to(delivered([measure()], flat(0.5), Q), (64, Q))
    before, after = run(10.0), run(4.0)
    mixed = every_array(blend(before, after, d, np.repeat(d[:, :, None], 2, axis=2)))
    for name, array in every_array(before).items():
        assert mixed[name] == pytest.approx((array + every_array(after)[name]) / 2), name


def test_sides_that_are_spread_over_groups_otherwise_are_blended_group_by_group() -> None:
    d = np.full((64, Q), 0.25)
    before, after = run(10.0), run(4.0)
    one = {k: v.sum(axis=2, keepdims=True) for k, v in after.by_group.items()}
    spread = np.zeros((64, 30))
    spread[:, 0] = 1.0
    mixed = blend(before, replace(after, by_group=one, spread=spread), d, np.repeat(d[:, :, None], 2, axis=2))
    for name, array in before.of_groups().items():
        first = 0.75 * array[:, 0] + 0.25 * one[name].sum(axis=(1, 2))
        assert mixed.of_groups()[name][:, 0] == pytest.approx(first), name
        assert mixed.of_groups()[name][:, 1] == pytest.approx(0.75 * array[:, 1]), name


def test_delivery_of_totals_is_totals_of_what_is_delivered() -> None:
    """Rolling up first and delivering after is the same as the other way round."""
    rng = np.random.default_rng(3)
    d = rng.random((64, Q))

    def cube() -> Outcomes:
        return Outcomes(
            ("a", "b"),
            {name: rng.random((2, 64, Q, 30)) for name in PEOPLE},
            {name: rng.random((2, 64, Q)) for name in MONEY},
            {name: rng.random((64, Q, 30)) for name in PAYERS},
        )

    cubes = [cube(), cube()]

    def part_of_the_way(part: str, weight: np.ndarray) -> dict[str, np.ndarray]:
        before, after = (getattr(one, part) for one in cubes)
        return {k: before[k] + weight * (v - before[k]) for k, v in after.items()}

    whole = Outcomes(
        ("a", "b"),
        part_of_the_way("people", d[None, :, :, None]),
        part_of_the_way("money", d[None]),
        part_of_the_way("moved", d[:, :, None]),
    )
    before = totals(cubes[0], YEAR, ("nhs",))
    after = totals(cubes[1], YEAR, ("nhs",), before.c0)
    found = every_array(blend(before, after, d, d[:, :, None]))
    for name, array in every_array(totals(whole, YEAR, ("nhs",), before.c0)).items():
        assert found[name] == pytest.approx(array), name


def test_nothing_changed_stays_the_same_to_the_last_bit_however_little_arrives() -> None:
    rng = np.random.default_rng(1)
    before = run(0.1)
    d = rng.random((64, Q))
    same = every_array(blend(before, replace(before), d, np.repeat(d[:, :, None], 2, axis=2)))
    assert all(np.array_equal(same[name], array) for name, array in every_array(before).items())


def test_a_late_measure_has_delivered_nothing_at_first_and_all_in_the_end() -> None:
    d = delivered([measure()], flat(1.0, lag=2.0), Q)
    assert d[0].tolist() == [0, 0, 1, 1, 1, 1, 1, 1]


def test_a_unit_stands_where_its_own_measures_have_brought_it() -> None:
    """A late second measure holds back the totals, and not the unit that the first one names."""
    both = [measure("m", booked_saving=100.0), replace(measure("n", booked_saving=100.0), where=("b",), start=4.0)]
    late = Luck({"m": np.full(64, 0.8), "n": np.full(64, 1.0)}, {"m": np.zeros(64), "n": np.full(64, 2.0)})
    by_unit = delivered_to(("a", "b", "c"), both, late, Q)
    assert by_unit[0, :, 0] == pytest.approx(0.8)
    assert by_unit[0, 4:, 1].tolist() == [0, 0, 1, 1]
    assert by_unit[0, :, 2] == pytest.approx(delivered(both, late, Q)[0])


def test_one_that_books_nothing_weighs_as_the_smallest_that_does() -> None:
    three = [measure("m", booked_saving=300.0), measure("m", booked_saving=100.0), measure("n", booked_saving=np.nan)]
    assert delivered(three, flat(1.0), Q)[0, 0] == pytest.approx(0.8)


def test_claims_that_pile_up_never_make_a_service_free() -> None:
    pile = [measure("m", lever="unit_cost", amount=0.3) for _ in range(4)]
    c = claims(pile, flat(1.0), DRAWS, Q)
    assert (1 - c.real - c.hidden >= 0.2 - 1e-12).all()


def test_measures_count_by_what_they_book() -> None:
    both = [measure("m", booked_saving=300.0), measure("n", booked_saving=100.0)]
    assert delivered(both, flat(1.0), Q)[0, 0] == pytest.approx(0.75)


def test_nothing_due_counts_as_delivered() -> None:
    assert delivered([], flat(1.0), Q).tolist() == [[1.0] * Q]
    assert delivered([measure(start=4.0)], flat(0.5), Q)[0].tolist() == [1] * 4 + [0.5] * 4


def test_stronger_evidence_is_delivered_more_and_sooner() -> None:
    tiers = [measure(t, evidence=t) for t in ("contract", "business_case", "target")]
    found = luck(tiers, DRAWS, {t.id: np.zeros(64) for t in tiers})
    share = [found.share[t].mean() for t in ("contract", "business_case", "target")]
    lag = [found.lag[t].mean() for t in ("contract", "business_case", "target")]
    assert share == sorted(share, reverse=True)
    assert lag == sorted(lag)
    assert all(s.min() >= 0 and s.max() <= 1 for s in found.share.values())


def test_a_measure_keeps_its_luck_when_another_joins_the_plan() -> None:
    none = {"m": np.zeros(64), "n": np.zeros(64)}
    alone = luck([measure("m")], DRAWS, none)
    joined = luck([measure("n"), measure("m")], DRAWS, none)
    assert np.array_equal(alone.share["m"], joined.share["m"])


def test_a_year_that_holds_too_much_change_makes_its_measures_wait() -> None:
    calendar = Calendar(2026, 4, Q)
    small, large = measure("m", booked_saving=1.0), measure("n", booked_saving=1000.0, start=4.0)
    wait = crowding([small, large], calendar, np.full(64, 1000.0), DRAWS)
    assert (wait["m"] == 0).all()
    assert wait["n"] == pytest.approx(2 * (1 / DRAWS["delivery.capacity"] - 1))


def test_an_efficiency_claim_splits_into_real_hidden_and_never_saved() -> None:
    claim = measure(lever="unit_cost", change="scale", amount=0.9, evidence="target")
    before, after = (apply_claims(run(100.0), claims(c, flat(1.0), DRAWS, Q)) for c in ([], [claim]))
    r, u = DRAWS["efficiency.real.target"], DRAWS["efficiency.hidden"]
    cost, quality = 1 - 0.1 * (r + (1 - r) * u), 1 - 0.1 * (1 - r) * u
    assert (after.by_stratum["gross_cost"] / before.by_stratum["gross_cost"])[0, :, -1] == pytest.approx(cost)
    assert (after.overall["overhead"] / before.overall["overhead"])[:, -1] == pytest.approx(cost)
    assert (after.by_stratum["quality"] / before.by_stratum["quality"])[0, :, -1] == pytest.approx(quality)
    assert (after.by_group["output"] / before.by_group["output"])[:, -1, 0] == pytest.approx(quality)
    assert np.array_equal(after.by_stratum["served"], before.by_stratum["served"])


def test_a_claim_that_units_will_cost_more_is_believed() -> None:
    claim = measure(lever="unit_cost", change="scale", amount=1.1)
    before = run(100.0)
    after = apply_claims(before, claims([claim], flat(1.0), DRAWS, Q))
    assert after.all("gross_cost") == pytest.approx(110)
    assert np.array_equal(after.by_stratum["quality"], before.by_stratum["quality"])


def test_one_off_costs_carry_optimism_bias_and_exits_and_fall_due_once() -> None:
    m = measure(one_off_cost=1000.0, posts=2.0, phase=2.0)
    total = one_off([m], flat(0.5), DRAWS, Q).sum(axis=1)
    expected = 0.5 * (1000 * (1 + DRAWS["delivery.optimism_bias"]) + 2 * DRAWS["delivery.exit_cost"])
    assert total == pytest.approx(expected)
    unbiased = one_off([measure(posts=0.0)], flat(1.0), DRAWS, Q)
    assert not unbiased.any()


def test_booked_savings_follow_the_plans_own_dates() -> None:
    booked = delivery.booked([measure(start=2.0, end=6.0, booked_saving=400.0)], Q)
    assert booked.tolist() == [0, 0, 100, 100, 100, 100, 0, 0]


def test_the_gross_delivery_of_a_mixed_plan_is_near_what_auditors_found() -> None:
    tiers = ("contract", "business_case", "target")
    found = [
        luck([measure(t, evidence=t)], REGISTER.draw(s, 0), {t: np.zeros(64)}).share[t].mean()
        for t in tiers
        for s in range(8)
    ]
    assert 0.6 < np.mean(found) < 0.95
