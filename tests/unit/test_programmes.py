"""Programmes: who is engaged for what money, floors, the ways to spend, and what is wrong with a portfolio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from places import draws_for
from portfolios import FIXED, place_with, portfolio_instance, table

from withless.api import appraise
from withless.outcomes import Outcomes
from withless.place import AGE_BANDS, Instance, Place
from withless.plan import Measure, Plan, Settings, settings
from withless.service import Unworkable, get
from withless.services.programmes import optimum
from withless.services.programmes.optimum import Choice, FloorsUnmet, best, fixed_set
from withless.services.programmes.response import different, engaged

SERVICE = get("programmes")


def two_programmes(**more: object) -> Instance:
    """A cheap club for all and dear key workers for those at risk."""
    programmes = {
        "id": ["CLUB", "KEY"],
        "fixed_cost": [50_000.0, 20_000.0],
        "unit_cost": [100.0, 1_000.0],
        "saturation": [0.5, 0.8],
        "spend": [150_000.0, 120_000.0],
        "cut_order": [1.0, np.nan],
    }
    young = {
        "id": ["SAFE", "RISK"],
        "age_band": ["0-15", "16-24"],
        "risk": [0.02, 0.5],
        "people": [4_000.0, 500.0],
        "fifth": [np.nan, 1.0],
        "floor": [0.0, 0.0],
    }
    programmes |= {k: v for k, v in more.items() if k in ("cut_order", "spend", "saturation", "engaged", "fixed_cost")}
    young |= {k: v for k, v in more.items() if k in ("floor", "people")}
    return portfolio_instance(
        programmes,
        young,
        more.get("reach") or [("CLUB", "SAFE", 0.5), ("CLUB", "RISK", 0.4), ("KEY", "RISK", 1.0)],  # type: ignore[arg-type]
        [("CLUB", "back", 0.002, 0.002), ("KEY", "back", 0.1, 0.1), ("CLUB", "offences", 0.02, 0.02)],
        [("back", 20_000.0, 20_000.0), ("offences", 5_000.0, 5_000.0)],
    )


def lay(place: Place, instance: Instance, *moves: tuple[str, str, float]) -> Settings:
    """Settings with levers of units set from the start."""
    units = {lever.name: SERVICE.units(place, instance, lever.name) for lever in SERVICE.levers}
    measures = [
        Measure(f"m{i}", "", instance.name, lever, (unit,), "set", value, start=0.0)
        for i, (lever, unit, value) in enumerate(moves)
    ]
    return settings(SERVICE.levers, units, SERVICE.baseline(place, instance), measures, place.calendar.quarters)


def run(instance: Instance, *moves: tuple[str, str, float], fixed: bool = True) -> Outcomes:
    """One run with some levers set."""
    place = place_with(instance, overrides=FIXED if fixed else None)
    return SERVICE.simulate(place, instance, lay(place, instance, *moves), draws_for(place))


def asked(instance: Instance, what: str, *moves: tuple[str, str, float], **arguments: str) -> float:
    """A quantity at the end, the same in every draw."""
    place = place_with(instance, overrides=FIXED)
    found = SERVICE.quantity(place, instance, lay(place, instance, *moves), draws_for(place), what, arguments)
    return float(found[:, -1].mean())


def way(instance: Instance, name: str) -> tuple[str, str, float]:
    """A move of `spend_how` to a way by name."""
    return "spend_how", "all", float(SERVICE.choices(place_with(instance), instance, "spend_how").index(name))


def yearly(outcomes: Outcomes) -> np.ndarray:
    """Young people in each programme, a year, by the last quarter: [programme]."""
    return 4 * outcomes.counts("served")[:, 0, -1].sum(axis=1)


def test_engagement_is_the_saturating_curve_worked_by_hand() -> None:
    found = yearly(run(two_programmes()))
    # 100,000 beyond fixed cost over 2,200 within reach of whom half would come; 100,000 over 500 of whom four in five would
    assert found[0] == pytest.approx(1_100 * np.tanh(100_000 / (100 * 1_100)), rel=1e-12)
    assert found[1] == pytest.approx(400 * np.tanh(100_000 / (1_000 * 400)), rel=1e-12)


def test_the_first_pounds_engage_one_for_each_unit_cost_and_later_ones_ever_fewer() -> None:
    spent = np.linspace(0, 1e6, 2001)
    got = engaged(spent, np.array(250.0), np.array(800.0))
    slope = np.diff(got) / np.diff(spent)
    assert slope[0] == pytest.approx(1 / 250, rel=1e-3)
    assert (np.diff(slope) < 0).all()
    assert got[-1] <= 800.0


def test_those_in_two_programmes_are_counted_once() -> None:
    people = np.array([100.0])
    both = np.array([[[50.0], [20.0]]])
    assert different(both, people, np.array([0.0]))[0, 0] == pytest.approx(100 * (1 - 0.5 * 0.8))
    assert different(both, people, np.array([1.0]))[0, 0] == pytest.approx(50.0)
    assert asked(two_programmes(), "engaged") < yearly(run(two_programmes())).sum()


def test_counted_young_people_set_the_unit_cost_in_every_draw() -> None:
    counted = run(two_programmes(engaged=[700.0, np.nan]), fixed=False)
    assert 4 * counted.counts("served")[0, :, 0].sum(axis=1) == pytest.approx(np.full(64, 700.0), rel=1e-9)
    assert np.ptp(4 * counted.counts("served")[1, :, 0].sum(axis=1)) > 1.0


def test_spending_by_risk_reaches_more_of_those_at_risk_and_fewer_of_all() -> None:
    plain, aimed = run(two_programmes()), run(two_programmes(), ("targeting", "CLUB", 1.0))
    at_risk = AGE_BANDS.index("16-24")
    assert aimed.counts("served")[0, 0, -1, at_risk] > plain.counts("served")[0, 0, -1, at_risk]
    assert yearly(aimed)[0] < yearly(plain)[0]


def test_less_time_for_each_engages_more_and_helps_each_less() -> None:
    plain, thin = run(two_programmes()), run(two_programmes(), ("intensity", "KEY", 0.5))
    assert yearly(thin)[1] > yearly(plain)[1]
    quality = thin.counts("quality")[1, 0, -1].sum() / thin.counts("served")[1, 0, -1].sum()
    assert quality == pytest.approx(0.5**0.65)


def test_a_programme_below_its_fixed_cost_closes_and_costs_nothing() -> None:
    closed = run(two_programmes(), ("spend", "CLUB", 49_999.0))
    assert yearly(closed)[0] == 0.0
    assert 4 * closed.pounds("gross_cost")[0, 0, -1] == 0.0
    assert closed.pounds("one_off")[0, 0].sum() == pytest.approx(0.3 * 50_000)
    open_still = run(two_programmes(), ("spend", "CLUB", 50_000.0))
    assert 4 * open_still.pounds("gross_cost")[0, 0, -1] == pytest.approx(50_000.0)


def test_pro_rata_cuts_all_alike_and_as_planned_cuts_in_its_order() -> None:
    instance, cut = two_programmes(), ("budget", "all", 270_000.0 - 60_000.0)
    gross = 4 * run(instance, cut).pounds("gross_cost")[:, 0, -1]
    assert gross == pytest.approx(np.array([150_000, 120_000]) * (210 / 270))
    gross = 4 * run(instance, cut, way(instance, "as_planned")).pounds("gross_cost")[:, 0, -1]
    assert gross == pytest.approx([90_000, 120_000])


def test_a_cut_as_planned_beyond_what_is_named_falls_on_the_rest() -> None:
    instance = two_programmes()
    gross = 4 * run(instance, ("budget", "all", 100_000.0), way(instance, "as_planned")).pounds("gross_cost")[:, 0, -1]
    assert gross == pytest.approx([0.0, 100_000.0])


def test_without_an_order_or_worth_those_ways_are_not_offered() -> None:
    instance = two_programmes(cut_order=[np.nan, np.nan])
    bare = replace(instance, tables={k: v for k, v in instance.tables.items() if k != "worth"})
    offered = SERVICE.choices(place_with(bare), bare, "spend_how")
    assert offered == ("pro_rata", "best_for_engaged", "best_for_back", "best_for_offences")


@pytest.mark.parametrize("budget", [80_000.0, 160_000.0, 270_000.0, 500_000.0])
def test_the_best_way_is_never_worth_less_than_the_others(budget: float) -> None:
    instance = two_programmes()

    def worth(name: str) -> float:
        moves = (("budget", "all", budget), way(instance, name))
        return sum(
            w * asked(instance, "outcome", *moves, outcome=o) for o, w in (("back", 20_000), ("offences", 5_000))
        )

    assert worth("best") >= max(worth("pro_rata"), worth("as_planned")) * (1 - 1e-12)


def test_counting_returns_to_education_alone_closes_the_club_and_counting_heads_closes_key_work() -> None:
    instance, cut = two_programmes(), ("budget", "all", 150_000.0)
    assert yearly(run(instance, cut, way(instance, "best_for_back")))[0] == 0.0
    assert yearly(run(instance, cut, way(instance, "best_for_engaged")))[1] == 0.0


def test_a_floor_keeps_a_group_engaged_at_a_price() -> None:
    instance, cut = two_programmes(), ("budget", "all", 150_000.0)
    alone = way(instance, "best_for_back")
    free = asked(instance, "outcome", cut, alone, outcome="back")
    held = (cut, alone, ("floor", "SAFE", 0.1))
    assert asked(instance, "coverage_of", *held, young="SAFE") == pytest.approx(0.1, rel=1e-6)
    assert asked(instance, "outcome", *held, outcome="back") < free


def test_floors_that_cannot_be_met_are_named() -> None:
    instance, cut = two_programmes(), ("budget", "all", 40_000.0)
    with pytest.raises(Unworkable, match=r"cannot meet the floor of SAFE \(20% engaged\), which takes £"):
        run(instance, cut, way(instance, "best"), ("floor", "SAFE", 0.2))
    with pytest.raises(Unworkable, match=r"no programme that runs reaches enough .* SAFE"):
        run(instance, way(instance, "best"), ("floor", "SAFE", 0.6))


@pytest.mark.parametrize("floors", [False, True])
def test_the_search_finds_what_trying_every_set_finds(floors: bool) -> None:
    chance = np.random.Generator(np.random.Philox(5))
    met = 0
    for _ in range(12):
        choice = _portfolio(chance, 7, 3, floors=floors)
        budget = 0.35 * float(choice.fixed.sum() + (choice.unit_cost[:, None] * choice.room).sum())
        sets = [np.array([k >> i & 1 for i in range(7)], dtype=bool) for k in range(2**7)]
        tried = [found[0] for on in sets if (found := fixed_set(choice, on, budget)) is not None]
        if not tried:
            with pytest.raises(FloorsUnmet):
                best(choice, budget)
            continue
        found = best(choice, budget)
        met += 1
        assert found.value == pytest.approx(max(tried), rel=1e-9)
        assert found.variable.sum() + choice.fixed[found.open].sum() <= budget * (1 + 1e-9)
        reached = engaged(found.variable, choice.unit_cost[:, None], choice.room).sum(axis=0)
        assert (reached >= choice.need * (1 - 1e-6)).all()
    assert met >= 6


def test_no_random_spending_beats_the_best() -> None:
    shape = (5, 2)
    chance = np.random.Generator(np.random.Philox(6))
    choice = _portfolio(chance, *shape, floors=False)
    budget = 0.4 * float(choice.fixed.sum() + (choice.unit_cost[:, None] * choice.room).sum())
    found = best(choice, budget)
    for _ in range(2_000):
        on = chance.random(shape[0]) < 0.6
        money = budget - choice.fixed[on].sum()
        if money < 0 or not on.any():
            continue
        shares = chance.dirichlet(np.ones(shape[0] * shape[1])).reshape(shape) * on[:, None]
        x = money * shares / max(shares.sum(), 1e-12)
        assert (choice.value * engaged(x, choice.unit_cost[:, None], choice.room)).sum() <= found.value * (1 + 1e-9)


def test_a_search_that_is_cut_off_says_how_far_a_better_answer_could_be() -> None:
    choice = _portfolio(np.random.Generator(np.random.Philox(9)), 14, 2, floors=True)
    budget = 0.3 * float(choice.fixed.sum() + (choice.unit_cost[:, None] * choice.room).sum())
    whole, part = best(choice, budget), best(choice, budget, most_nodes=1)
    assert whole.gap == 0.0
    assert part.gap >= whole.value / part.value - 1 - optimum.TOLERANCE


def _portfolio(chance: np.random.Generator, programmes: int, groups: int, *, floors: bool) -> Choice:
    room = chance.uniform(50, 800, (programmes, groups)) * (chance.random((programmes, groups)) < 0.7)
    return Choice(
        value=chance.uniform(0.01, 0.2, (programmes, groups)),
        unit_cost=chance.uniform(100, 1_500, programmes),
        fixed=chance.uniform(20_000, 300_000, programmes),
        room=room,
        need=np.where(np.arange(groups) == 0, 0.2 * room.sum(axis=0), 0.0) * floors,
        allowed=np.ones(programmes, dtype=bool),
    )


def faults(instance: Instance, severity: str = "error") -> list[str]:
    """Faults of an instance as `table row column: found; mend`."""
    found = SERVICE.problems(place_with(instance), instance)
    return [f"{f.table} {f.row} {f.column}: {f.found}; {f.expected}" for f in found if f.severity == severity]


def test_a_sound_portfolio_has_no_faults() -> None:
    assert faults(two_programmes()) == []
    assert faults(two_programmes(), "warning") == []


def test_a_programme_that_reaches_nobody_is_told() -> None:
    reach = [("CLUB", "SAFE", 0.5), ("KEY", "RISK", 0.0)]
    assert any("programmes 1 id: KEY reaches nobody" in f for f in faults(two_programmes(reach=reach)))


def test_a_budget_below_fixed_cost_is_told() -> None:
    told = faults(two_programmes(spend=[40_000.0, 120_000.0]))
    assert any("programmes 0 spend: £40,000 spent, but a fixed cost of £50,000" in f for f in told)


def test_every_floor_that_today_s_money_cannot_meet_is_told() -> None:
    told = faults(two_programmes(floor=[0.25, 0.9]))
    assert [f.split(":")[0] for f in told] == ["young 0 floor", "young 1 floor"]
    assert "SAFE (25% engaged)" in told[0]
    assert "RISK (90% engaged), which takes £" in told[1]
    assert any("reaches enough" in f for f in faults(two_programmes(floor=[0.3, 0.0])))


def test_more_young_people_than_live_there_are_told() -> None:
    assert any("young 0 people" in f for f in faults(two_programmes(people=[40_000.0, 500.0])))


def test_values_upside_down_and_worth_of_nothing_known_are_told() -> None:
    instance = two_programmes()
    values = instance.tables["values"]
    wrong = table("values", **{k: list(values.columns[k]) for k in values.columns} | {"low": [1.0, 0.1, 0.02]})
    worth = table("worth", outcome=["jobs"], low=[1.0], high=[2.0], source=["a test"])
    told = faults(replace(instance, tables={**instance.tables, "values": wrong, "worth": worth}))
    assert any(f.startswith("values 0 low") for f in told)
    assert any(f.startswith("worth 0 outcome: 'jobs'") for f in told)


def test_the_same_value_given_twice_is_told() -> None:
    instance = two_programmes()
    columns = instance.tables["values"].columns
    twice = table("values", **{k: [*columns[k], columns[k][0]] for k in columns})
    told = faults(replace(instance, tables={**instance.tables, "values": twice}))
    assert told == ["values 3 outcome: CLUB, back again; each only once"]


def fates_of(instance: Instance, *moves: tuple[str, str, float]) -> Sequence[str]:
    """What becomes of both programmes."""
    place = place_with(instance)
    return tuple(SERVICE.fates(place, instance, lay(place, instance, *moves)).values())


def test_fates_say_what_becomes_of_each_programme() -> None:
    instance = two_programmes()
    assert fates_of(instance) == ("stays", "stays")
    assert fates_of(instance, ("open", "CLUB", 0.0)) == ("closes", "stays")
    assert fates_of(instance, ("spend", "CLUB", 10_000.0)) == ("closes for want of money", "stays")
    assert fates_of(instance, ("budget", "all", 200_000.0)) == ("smaller budget", "smaller budget")


def test_the_saving_of_a_cut_is_what_is_no_longer_spent() -> None:
    place = place_with(two_programmes(), quarters=12)
    cut = Measure("cut", "", "youth", "budget", ("all",), "scale", 0.8, start=0.0, evidence="contract")
    found = appraise(Plan("", place, (cut,)), draws=64).service("youth")
    assert found.yearly["saving"][:, -1].max() == pytest.approx(0.2 * 270_000, rel=0.01)
    parts = sum(found.yearly[name] for name in ("better", "fewer", "lower", "charged", "price"))
    assert np.allclose(parts, found.yearly["saving"])
    assert found.verdict.headline.startswith("Less with less")
