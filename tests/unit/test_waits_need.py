"""How a wait is judged and who counts as lost: giving up is not speed, records cleared are no loss, refusing need is one."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from lists import BANDS, STILL, bands_of, fixed, hospital, place_with, settings
from places import draws_for

from withless.api import appraise
from withless.plan import Carried, Measure, Plan, Settings
from withless.plan import settings as laid_over
from withless.service import get
from withless.services.waits import exhibits, project
from withless.services.waits.cohort import Flow, run
from withless.services.waits.model import given_up
from withless.services.waits.problems import plan_problems, problems
from withless.services.waits.side import side
from withless.testing import same

SERVICE = get("waits")
DELIVERED = {
    f"delivery.{name}": {"value": value, "source": "a test"}
    for name, value in (("share.contract", 1.0), ("lag.contract", 0.0), ("spread", 1e3), ("capacity", 1.0))
}
SURE = (
    STILL
    | DELIVERED
    | fixed(urgent=0.5, wait__exponent=1.5, phi=0.2, left__in_need=0.3, validation__in_need=0.0, refused__back=0.0)
)


@pytest.fixture(scope="module")
def still():
    """A hospital without luck or growth, over three years."""
    return place_with(hospital(), quarters=12, overrides=SURE)


def outcomes(place, under: Settings | None = None, **levers):
    (instance,) = place.instances.values()
    return SERVICE.simulate(place, instance, settings(place, **levers) if under is None else under, draws_for(place))


def steady_list(pull: float, leave: float, bins: int = 120) -> Flow:
    """A list of which 100 people a week join, with the same rates at every wait."""
    one = np.ones((1, 1, 1, 1))
    return Flow(
        opening=np.zeros((1, 1, 1, bins)),
        arrivals=100 * one,
        capacity=one * np.nan,
        pull=np.full((1, 1, 1, bins), pull),
        leave=np.full((1, 1, 1, bins), leave),
        costs=(np.arange(520) + 0.5)[None] / 52,
    )


# The life table


@pytest.mark.parametrize("pull", [0.3, 0.05, 0.02])
def test_a_list_that_nobody_gives_up_on_is_waited_for_as_little_has_it(pull: float) -> None:
    """In balance and without leaving, the expected wait is the list over those treated, counted at the weeks' ends."""
    found = run(steady_list(pull, 0.0), np.arange(1300) // 13)
    listed, treated = found.stock[0, 0, 0, -1], found.flow("treated")[0, 0, 0, -1] / 13
    assert 52 * found.expected[0, 0, 0, -1] == pytest.approx(listed / treated + 0.5, rel=1e-4)


def test_giving_up_does_not_look_like_speed() -> None:
    """However many leave untreated, somebody who stays waits as long; list over all who leave would halve."""
    few, many = (run(steady_list(0.05, leave), np.arange(1300) // 13) for leave in (0.0, 0.05))
    assert many.expected[0, 0, 0, -1] == pytest.approx(few.expected[0, 0, 0, -1], rel=1e-6)
    by_exits = [f.stock[0, 0, 0, -1] / (f.flow("treated") + f.flow("removed"))[0, 0, 0, -1] for f in (few, many)]
    assert by_exits[1] < 0.6 * by_exits[0]


def test_beyond_the_last_band_the_last_hazard_goes_on() -> None:
    """A list kept in few bins has the wait of one kept in many."""
    short, long = (run(steady_list(0.03, 0.0, bins), np.arange(1300) // 13) for bins in (24, 240))
    assert short.expected[0, 0, 0, -1] == pytest.approx(long.expected[0, 0, 0, -1], rel=0.01)


def test_one_wait_of_sixty_weeks_costs_more_than_three_of_twenty() -> None:
    costs = project.wait_costs(np.array([1.0, 1.2, 2.0]))
    ratio = costs[:, 60] / (3 * costs[:, 20])
    assert ratio[0] == pytest.approx(1.0, rel=0.02)
    assert (ratio[1:] > [1.2, 2.8]).all()
    assert costs[:, 51] == pytest.approx(1.0, rel=0.02)  # a wait of a year costs phi


def test_an_empty_list_has_no_wait_and_one_where_nobody_is_treated_no_end() -> None:
    flow = steady_list(0.05, 0.01)
    empty = run(replace(flow, arrivals=np.zeros((1, 1, 1, 1))), np.arange(13) // 13)
    shut = run(replace(flow, capacity=np.zeros((1, 1, 1, 1))), np.arange(52) // 13)
    assert np.isnan(empty.expected).all()
    assert shut.expected[0, 0, 0] == pytest.approx(519.5 / 52)  # ten years: no wait is counted longer
    assert np.isfinite(run(flow, np.arange(52) // 13).expected).all()


def test_longest_first_shortens_the_wait_to_be_expected_and_is_not_less(still) -> None:
    """As many are treated, nobody waits very long, fewer leave untreated."""
    before, after = outcomes(still), outcomes(still, longest_first=1.0)
    assert after.counts("served").sum() == pytest.approx(before.counts("served").sum(), rel=1e-6)
    assert after.series["over_52"][:, -1].mean() < 0.2 * before.series["over_52"][:, -1].mean()
    assert (after.series["wait"][:, -1] < before.series["wait"][:, -1]).all()
    assert (after.counts("quality").sum(axis=(0, 2, 3)) > before.counts("quality").sum(axis=(0, 2, 3))).all()


# Need


def verdict(place, *measures: Measure, draws: int = 64):
    found = appraise(Plan("", place, measures), draws=draws)
    return found.verdict.word, found.service("hospital")


def measure(lever: str, amount: float, where=("eyes", "hips"), change: str = "set") -> Measure:
    return Measure(lever, "", "hospital", lever, where, change, amount, start=0.0, evidence="contract")


def test_clearing_records_of_people_who_need_nothing_changes_nothing(still) -> None:
    word, found = verdict(still, measure("validation", 0.5))
    y = found.yearly
    assert word == "same"
    assert y["served1"] == pytest.approx(y["served0"], rel=1e-6)
    assert y["wait1"] == pytest.approx(y["wait0"], rel=1e-9)  # nobody waited behind them
    assert (np.abs(y["fewer"] + y["lower"]) < 1e-6 * y["c0"]).all()
    assert (found.quarterly["list"][1][:, -1] < 0.97 * found.quarterly["list"][0][:, -1]).all()


def test_taking_people_in_need_off_the_list_is_service_lost() -> None:
    place = place_with(hospital(), quarters=12, overrides=SURE | fixed(validation__in_need=1.0, validation__back=0.0))
    word, found = verdict(place, measure("validation", 0.5))
    assert word == "less"
    taken_off = found.quarterly["validated"][1].sum(axis=1)
    lost = (found.yearly["served1"] - found.yearly["quality1"]).sum(axis=1)
    assert lost == pytest.approx(taken_off, rel=1e-6)


def test_refusing_need_is_less_and_preventing_it_is_not(still) -> None:
    """The same fall in who comes on to the list, told three ways, and told in none."""
    refused, prevented, fall = (
        verdict(still, measure(name, amount))
        for name, amount in (("refused", 0.1), ("prevented", 0.1), ("arrivals", 0.9))
    )
    assert refused[0] == fall[0] == "less"
    assert prevented[0] == "more"
    assert np.allclose(refused[1].yearly["lower"], fall[1].yearly["lower"])  # left open, they count as refused
    for _, found in (refused, fall):
        assert not found.yearly["spared1"].any()
    treated, left = (prevented[1].quarterly[k][0] for k in ("treated", "left_untreated"))
    kept_off = prevented[1].quarterly["prevented"][1].sum(axis=1)
    spared = prevented[1].yearly["spared1"].sum(axis=1)
    share = treated.sum(axis=1) / (treated + left).sum(axis=1)
    assert spared == pytest.approx(share * kept_off, rel=0.03)  # as many as would have been treated


def test_prevention_with_as_much_less_capacity_takes_hardly_any_service_away(still) -> None:
    """Nobody goes without; but the backlog takes longer to clear."""
    strata = SERVICE.units(still, still.instances["hospital"], "capacity")
    cut = measure("capacity", 0.9, strata, "scale")
    alone, both = (verdict(still, *m)[1].yearly for m in ((cut,), (cut, measure("prevented", 0.1))))
    lost = [(y["fewer"] + y["lower"])[:, -1] for y in (alone, both)]
    assert (lost[1] < 0.05 * lost[0]).all()
    assert (both["wait1"][:, -1] > both["wait0"][:, -1]).all()


def test_a_cut_cannot_hide_behind_a_validation_drive(still) -> None:
    strata = SERVICE.units(still, still.instances["hospital"], "capacity")
    cut = measure("capacity", 0.95, strata, "scale")
    alone, both = (verdict(still, *m)[1].yearly for m in ((cut,), (cut, measure("validation", 1.0))))
    assert both["spared1"].sum() < 0.01 * (both["served0"] - both["served1"]).sum()
    assert both["fewer"] == pytest.approx(alone["fewer"], rel=0.02)
    assert both["wait1"] == pytest.approx(alone["wait1"], rel=1e-9)


def test_whoever_is_managed_or_sent_elsewhere_is_a_cost_to_who_pays(still) -> None:
    for lever, amount in (("diverted", 0.1), ("sent", 500.0)):
        _, found = verdict(still, measure(lever, amount))
        assert not found.yearly["spared1"].any()
        assert (found.yearly["saving"][:, -1] < 0).all(), lever  # the NHS pays for the list, and for them
        assert "more with less" not in found.verdict.headline.lower()
    council = hospital(payer="council")
    place = place_with(council, quarters=12, overrides=SURE)
    today, sent = (outcomes(place, **levers) for levers in ({}, {"sent": 500.0}))
    assert sent.moved_to("nhs").sum() == 0
    assert (sent.pounds("gross_cost").sum(axis=(0, 2)) > today.pounds("gross_cost").sum(axis=(0, 2))).all()


def test_people_are_not_lost_twice() -> None:
    """Treatments lost explain as many who leave in the end; what is beyond them counts, either way round."""
    cut = np.full(8, 10.0)
    leaving_later = np.linspace(0.0, 10.0, 8)
    assert not given_up(leaving_later, cut).any()
    assert not given_up(-leaving_later, -cut).any()
    for_a_while = np.array([40.0, 40.0, 0, 0, 0, 0, 0, 0])
    assert not given_up(leaving_later, for_a_while).any()  # 80 treatments lost, and at most as many leave
    assert given_up(np.full(4, 5.0), np.zeros(4)) == pytest.approx(5.0)
    assert given_up(np.full(4, -5.0), np.zeros(4)) == pytest.approx(-5.0)
    assert given_up(np.full(4, 5.0), np.full(4, 2.0)) == pytest.approx(3.0)
    assert given_up(np.full(4, 5.0), np.full(4, -2.0)) == pytest.approx(5.0)


def test_a_fall_in_arrivals_is_asked_what_becomes_of_them() -> None:
    both = ("eyes", "hips")
    (found,) = plan_problems([measure("arrivals", 0.6, change="scale")], both)
    assert (found.measure_id, found.severity) == ("arrivals", "error")
    assert "2 specialties at 0.6" in found.found
    assert all(word in found.mend for word in ("prevented", "refused", "diverted"))
    (one,) = plan_problems([measure("arrivals", -0.2, ("hips",), "add")], both)
    assert "hips at 0.8" in one.found
    up_and_back = [measure("arrivals", 1.2), replace(measure("arrivals", 1.0), id="back")]
    assert plan_problems(up_and_back, both) == []
    assert plan_problems([measure("refused", 0.4), measure("capacity", 0.5, ("eyes/admitted",))], both) == []


# Settings of each draw


DRAW_BY_DRAW = {
    "capacity": 0.7,
    "longest_first": 1.0,
    "validation": 0.5,
    "refused": 0.3,
    "prevented": 0.3,
    "sent": 400.0,
}


@pytest.mark.parametrize("lever", DRAW_BY_DRAW)
def test_each_draw_is_the_run_of_its_own_settings(lever: str) -> None:
    """A plan that arrives by a third, by two thirds or not at all in different draws, in some specialties only."""
    place = place_with(hospital(), quarters=6)
    (instance,) = place.instances.values()
    units = {v.name: SERVICE.units(place, instance, v.name) for v in SERVICE.levers}
    where = units[lever][:1]
    m = measure(lever, DRAW_BY_DRAW[lever], where)
    kinds = np.arange(64) % 3

    def under(share: np.ndarray) -> Settings:
        carried = {m.id: Carried(share[:, None], np.zeros(len(share)))}
        return laid_over(SERVICE.levers, units, SERVICE.baseline(place, instance), (m,), 6, carried)

    mixed = outcomes(place, under(kinds / 3))
    for kind in range(3):
        alone, here = outcomes(place, under(np.array([kind / 3]))), kinds == kind
        for part, axis in (("people", 1), ("money", 1), ("moved", 0)):
            for name, values in getattr(alone, part).items():
                found = np.compress(here, getattr(mixed, part)[name], axis=axis)
                assert np.allclose(found, np.compress(here, values, axis=axis), rtol=1e-9, atol=1e-9), (part, name)
        for name, values in alone.series.items():
            assert np.allclose(mixed.series[name][here], values[here], rtol=1e-9, atol=1e-9, equal_nan=True), name


def test_settings_written_out_for_every_draw_give_the_same_to_the_last_bit(still) -> None:
    once = settings(still, capacity={"hips/admitted": 0.8}, longest_first=0.3)
    each = Settings(once.units, {k: np.repeat(v, 64, axis=0) for k, v in once.values.items()})
    assert same(outcomes(still, once), outcomes(still, each))


def test_specialties_that_a_plan_leaves_alone_in_every_draw_are_not_run_again(still, monkeypatch) -> None:
    (instance,) = still.instances.values()
    today = settings(still)
    moved = {k: v.copy() for k, v in today.values.items()}
    moved["capacity"] = np.repeat(moved["capacity"], 64, axis=0)
    moved["capacity"][7, 2:] = 0.9  # hips, in one draw alone
    ran = []
    monkeypatch.setattr(project, "run", lambda *a, **k: ran.append(k.get("known")) or run(*a, **k))
    side.__wrapped__(still, instance, Settings(today.units, moved), draws_for(still))
    assert [list(known[1]) for known in ran if known is not None] in ([[False, True]], [])
    _, rates = project.rates_of(instance)
    line = project_line(still, rates)
    assert list(project.levers_of(rates, moved, line).moved) == [False, True]
    assert list(project.levers_of(rates, today.values, line).moved) == [False, False]


def project_line(place, rates):
    from withless.services.waits.timeline import by_quarter

    return by_quarter(rates.month, place.calendar)


# Money


def test_today_costs_the_budget_in_every_draw() -> None:
    for budget in (60e6, 20e6):
        place = place_with(hospital(budget=budget), quarters=6)  # with luck, growth and an uncertain level
        year = outcomes(place).pounds("gross_cost").sum(axis=0)[:, :4].sum(axis=1)
        assert year == pytest.approx(budget, rel=1e-9)
    dear = place_with(hospital(budget=20e6))
    (told,) = problems(dear, dear.instances["hospital"])
    assert (told.severity, told.table) == ("warning", "flows")
    assert "treatments of £" in told.found


def test_the_stake_of_a_plan_is_what_its_lists_cost(still) -> None:
    (instance,) = still.instances.values()
    draws, cost = draws_for(still), 4 * outcomes(still).pounds("gross_cost")[:, :, 0]
    strata = SERVICE.strata(still, instance)

    def stake(**touched):
        return SERVICE.stake(still, instance, draws, {k: frozenset(v) for k, v in touched.items()})

    hips = [s.startswith("hips") for s in strata]
    assert stake(capacity=["hips/admitted"]) == pytest.approx(cost[strata.index("hips/admitted")])
    assert stake(validation=["hips"]) == pytest.approx(cost[hips].sum(axis=0))
    assert stake(validation=["hips"], capacity=["hips/admitted"]) == pytest.approx(cost[hips].sum(axis=0))  # once
    assert stake(diverted=["eyes", "hips"]) == pytest.approx(cost.sum(axis=0))
    assert stake(unit_cost=[]) == pytest.approx(cost.sum(axis=0))
    assert not stake(capacity=[]).any()


# Attacks


def finite(found) -> None:
    """People, money and what is moved are finite and nobody is counted below 0."""
    assert all(np.isfinite(v).all() and (v >= 0).all() for v in found.people.values())
    assert all(np.isfinite(v).all() for part in (found.money, found.moved) for v in part.values())


@pytest.mark.parametrize(
    "levers",
    [
        {"capacity": 0.0},
        {"capacity": 0.0, "validation": 1.0},
        {"arrivals": 0.0},
        {"arrivals": 0.0, "capacity": 3.0},
        {"prevented": 0.9, "refused": 0.9, "diverted": 0.9},
        {"validation": 1.0, "longest_first": 1.0},
        {"sent": 1e6},
        {"received": 1e6, "capacity": 0.0},
        {"lists": 1e6},
        {"longest_first": {"hips": 1.0}, "urgent_first": 1.0, "capacity": 0.5},
    ],
    ids=str,
)
def test_the_ends_of_every_lever_are_finite(still, levers) -> None:
    found = outcomes(still, **levers)
    finite(found)
    wait, listed = found.series["wait"], found.series["list"]
    assert np.nanmax(wait, initial=0.0) <= 520
    assert np.isnan(found.series["share_within_18"][listed == 0]).all()
    assert np.isfinite(found.series["share_within_18"][listed > 0]).all()


def test_where_nobody_is_treated_the_wait_is_capped_and_it_is_said(still) -> None:
    strata = SERVICE.units(still, still.instances["hospital"], "capacity")
    word, found = verdict(still, measure("capacity", 0.0, strata))
    assert word == "less"
    assert (found.quarterly["wait"][1][:, -1] > 200).all()
    (instance,) = still.instances.values()
    shown = exhibits.exhibits(still, instance, settings(still, capacity=0.0), draws_for(still), found)
    assert any("no end: it is counted as ten years" in e.text for e in shown)


def test_a_list_that_runs_empty_has_no_share_and_its_page_says_so(still) -> None:
    emptied = settings(still, arrivals=0.0, capacity=3.0, lists=1e6)
    (instance,) = still.instances.values()
    before, after = outcomes(still).series, outcomes(still, emptied).series
    assert np.isnan(after["share_within_18"][:, -1]).all()
    found = SimpleNamespace(quarterly={k: np.stack([before[k], after[k]]) for k in before if before[k].ndim == 2})
    shown = exhibits.exhibits(still, instance, emptied, draws_for(still), found)
    (within,) = (e for e in shown if e.title == "Within 18 weeks")
    assert not within.labels
    assert "nobody is on the list" in within.text
    assert np.isnan(quantity(still, emptied, "share_within", weeks=18)[:, -1]).all()


def quantity(place, under: Settings, what: str, **arguments):
    (instance,) = place.instances.values()
    return SERVICE.quantity(place, instance, under, draws_for(place), what, arguments)


def test_the_wait_can_be_promised(still) -> None:
    today = settings(still)
    assert np.array_equal(quantity(still, today, "wait"), outcomes(still).series["wait"])


def test_a_specialty_with_nobody_on_its_list_leaves_the_others_alone() -> None:
    rows = [list(r) for r in zip(*(hospital().tables["bands"].columns[c] for c in BANDS), strict=True)]
    rows = [[None if isinstance(c, float) and np.isnan(c) else c for c in r] for r in rows]
    empty = [[*r[:5], 0.0] if r[0] == "eyes" and r[1] == "incomplete" else r for r in rows]
    place = place_with(hospital(empty), quarters=6)
    finite(outcomes(place))
    assert np.isfinite(outcomes(place).series["wait"]).all()
    assert (
        outcomes(place, capacity={"hips/admitted": 0.8}).series["wait"][:, -1] > outcomes(place).series["wait"][:, -1]
    ).all()


def test_a_list_of_one_specialty_that_everybody_joins_is_its_own_wait() -> None:
    one = hospital(
        [*bands_of("hips", "incomplete", [900, 700, 500, 300, 200, 100]),
         *bands_of("hips", "completed", [500, 200, 100, 60, 40, 30])],
        [["hips", "2026-03", 1000.0, 0.0, 900.0, "Hips"]], 12e6,
    )  # fmt: skip
    place = place_with(one, quarters=6, overrides=SURE)
    found = side(place, one, settings(place), draws_for(place))
    whole = outcomes(place).series["wait"]
    assert whole == pytest.approx(52 * found.cost_of_wait[:, 0] ** (1 / 1.5))
    finite(outcomes(place, validation=1.0, longest_first=1.0))
