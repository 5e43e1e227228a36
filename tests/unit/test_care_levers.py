"""What moving each lever of social care does, and what can never happen whatever a plan moves."""

from collections.abc import Sequence

import numpy as np
import pytest

from tests.care_places import care_place, client_table, move, settings_for
from tests.places import draws_for
from withless.api import appraise
from withless.outcomes import Outcomes
from withless.place import Place
from withless.plan import Measure, Plan
from withless.service import get
from withless.services.care import (
    baseline,
    calibrate,
    cohort,
    cost_shift,
    eligibility,
    erosion,
    model,
    quantities,
    words,
)
from withless.services.care.exhibits import exhibits, told
from withless.services.care.runs import Run
from withless.services.care.tables import LEVERS

CARE = get("care")
PLACE = care_place()
ANYTHING = (
    move("threshold", 2.0, phase=6.0),
    move("hours", 0.8),
    move("direct_payments", 0.6),
    move("reablement", 0.6),
    move("fees", 0.95),
    move("charge", 60.0),
    move("carers", 300_000.0),
    move("budget", 0.9),
)


def simulate(*measures: Measure, place: Place = PLACE) -> Outcomes:
    return CARE.simulate(place, place.instances["social_care"], settings_for(place, *measures), draws_for(place))


def run(*measures: Measure, place: Place = PLACE) -> Run:
    return model.run(place, place.instances["social_care"], settings_for(place, *measures), draws_for(place))


def asked(what: str, *measures: Measure, place: Place = PLACE) -> np.ndarray:
    instance = place.instances["social_care"]
    return np.asarray(CARE.quantity(place, instance, settings_for(place, *measures), draws_for(place), what, {}))


def pounds(measures: Sequence[Measure], name: str) -> np.ndarray:
    return np.asarray(appraise(Plan("", PLACE, tuple(measures)), draws=64).services[0].yearly[name][:, -1])


def test_nobody_is_made_or_lost_whatever_a_plan_moves() -> None:
    """People of an area's age and deprivation are as many in every quarter as today."""
    r = run(*ANYTHING)
    assert np.allclose(r.state.sum(axis=4), r.today.people[None, :, :, None], rtol=1e-12)
    assert (r.state >= 0).all()
    assert (r.home_now + r.care_home_now <= r.in_need * (1 + 1e-9)).all()


def test_without_a_plan_nothing_moves_for_twenty_years() -> None:
    """Today is where needs settle, so that no saving is found in needs that would have changed anyway."""
    place = care_place(quarters=80)
    instance, draws = place.instances["social_care"], draws_for(place)
    r = run(place=place)
    t = baseline.today(place, instance, draws)
    from withless.services.care.effects import effects

    stepped = model.become(instance, draws, t, effects(instance, settings_for(place), draws, t))
    assert np.allclose(stepped, r.state, rtol=1e-9, atol=1e-9)


def test_the_clients_of_today_are_those_of_the_table() -> None:
    t = run().today
    assert np.allclose(t.home[:, 2].sum(axis=(1, 2)), 40 + 60 + 50 + 30)
    assert np.allclose(t.home.sum(axis=(1, 2))[:, 0], 30 + 50 + 40)
    assert np.allclose(t.care_home.sum(axis=(1, 2, 3)), 180)
    assert np.allclose(t.working.sum(axis=(2, 3, 4)), [70, 90, 60])


@pytest.mark.parametrize("scope", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("score", [1.2, 1.5, 2.0, 3.0])
def test_raising_the_threshold_never_raises_the_number_helped(scope: float, score: float) -> None:
    """Not those helped at today's needs, nor those helped in all, however fast people without help get worse."""
    measures = (move("threshold", score), move("applies_to", scope))
    before, after = asked("people_supported"), asked("people_supported", *measures)
    assert (after <= before * (1 + 1e-9)).all()
    assert (simulate(*measures).counts("served") <= simulate().counts("served") * (1 + 1e-9)).all()


def test_all_at_once_takes_off_more_than_at_review_and_that_more_than_new_people_alone() -> None:
    first_year = [
        asked("people_losing", move("threshold", 2.0), move("applies_to", scope))[:, 3].mean()
        for scope in (0.0, 1.0, 2.0)
    ]
    assert first_year[0] < first_year[1] < first_year[2]


def test_every_client_group_is_taken_off_as_fast_as_its_clients_come_and_go() -> None:
    """New askers alone: what is gone after a quarter is what a quarter's turnover brings, group by group."""
    r = run(move("threshold", 2.0), move("applies_to", 0.0))
    draws = draws_for(PLACE)
    target = 1 - eligibility.eligible(np.array([2.0]), r.today.eligibility.rule) / r.today.eligible[:, 1]
    for i, group in enumerate(("physical", "learning", "mental")):
        way = draws[f"care.turnover.{group}"][:, None] / 4
        expected = target * (1 - (1 - np.exp(-way)) / way)
        assert np.allclose(1 - r.effects.kept_working[:, i, :, 0], expected[:, None], atol=1e-12)


def test_compiled_code_refuses_arrays_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="broadcast"):
        cohort.approach(np.zeros((2, 1, 4, 3)), np.zeros((2, 1, 4, 2)))
    with pytest.raises(ValueError, match="broadcast"):
        cohort.step_cohort(np.zeros((2, 1, 3)), *[np.zeros((2, 1, 4, 4))] * 3, np.zeros((2, 1, 4, 3)), np.zeros((2, 4)))


def test_a_formal_move_takes_off_fewer_than_the_rule_says() -> None:
    r = run(move("threshold", 2.0), move("applies_to", 2.0))
    by_rule = r.today.home[..., 0].sum(axis=(1, 2))
    gone = quantities.losing(r)[:, :, :, -1, 0].sum(axis=(1, 2))
    assert (gone < 0.8 * by_rule).all()
    assert (gone > 0.3 * by_rule).all()


def test_those_at_the_threshold_cost_less_than_the_average_client() -> None:
    """So a pound saved takes more people off than a pound spent on the average client helps."""
    moves = (move("threshold", 2.0),)
    served0, served1, fewer, cost = (pounds(moves, k) for k in ("served0", "served1", "fewer", "gross_cost0"))
    each = fewer / (served0 - served1) / (cost / served0)
    assert (each < 0.95).all()
    assert each.mean() > 0.25


def test_more_hours_never_lower_quality_and_fewer_never_raise_it() -> None:
    before = simulate().counts("quality")
    assert (simulate(move("hours", 1.2)).counts("quality") >= before * (1 - 1e-12)).all()
    assert (simulate(move("hours", 0.8)).counts("quality") <= before * (1 + 1e-12)).all()


def test_every_lever_moves_an_outcome() -> None:
    still = simulate()
    amounts = {"threshold": 2.0, "hours": 0.9, "direct_payments": 0.6, "reablement": 0.6, "fees": 1.1, "charge": 60.0}
    amounts |= {"means_test": 0.8, "carers": 400_000.0, "budget": 0.9}
    for lever in LEVERS:
        if lever.name == "applies_to":
            continue
        moved = simulate(move(lever.name, amounts[lever.name]))
        assert any(not np.allclose(v, still.money[k], rtol=1e-9) for k, v in moved.money.items()), lever.name
    both = [simulate(move("threshold", 2.0), move("applies_to", scope)) for scope in (0.0, 2.0)]
    assert not np.allclose(both[0].counts("served"), both[1].counts("served"))


def test_direct_payments_help_some_groups_and_not_older_people_on_average() -> None:
    """Choice and control is a real option: its sign differs by group."""

    def quality(group: str, at: slice) -> float:
        gain = (
            simulate(move("direct_payments", 0.8, group)).counts("quality")[at].sum()
            / simulate().counts("quality")[at].sum()
        )
        return float(gain - 1)

    assert quality("older", slice(0, 6)) < 0
    assert quality("mental", slice(12, 15)) > 0.01
    assert quality("physical", slice(6, 9)) > 0.005


def test_reablement_saves_without_taking_service_away() -> None:
    moves = (move("reablement", 0.8),)
    assert (pounds(moves, "fewer") == 0).all()
    assert (pounds(moves, "lower") <= 0).all()


def test_carers_support_costs_now_and_keeps_people_from_worse_needs() -> None:
    r = run(move("carers", 1_000_000.0))
    critical = r.state[..., 3].sum(axis=(1, 2))
    assert (critical[:, -1] <= critical[:, 0] * (1 + 1e-12)).all()
    saving = pounds((move("carers", 1_000_000.0),), "saving")
    assert saving.mean() < 0
    assert saving.mean() > -900_000


def test_a_rise_in_fees_is_a_price_and_not_an_improvement() -> None:
    moves = (move("fees", 1.05),)
    saving, price = pounds(moves, "saving"), pounds(moves, "price")
    assert np.allclose(saving, price, rtol=1e-6)
    assert (price < 0).all()


def test_higher_charges_bring_income_and_lose_some_who_pay() -> None:
    moves = (move("charge", 60.0),)
    assert (pounds(moves, "charged") > 0).all()
    assert (pounds(moves, "fewer") >= 0).all()
    assert pounds(moves, "fewer").mean() > 0


def test_a_tenth_fewer_hours_saves_a_tenth_and_loses_less_than_a_tenth_of_what_they_do() -> None:
    """Diminishing returns: the elasticity of quality of life to hours is drawn, below 1."""
    power = draws_for(PLACE)["care.hours.outcome"]
    at_home = simulate(move("hours", 0.9)).counts("quality")[:3] / np.maximum(simulate().counts("quality")[:3], 1e-12)
    expected = 0.9**power
    assert np.allclose(at_home.max(axis=(0, 2, 3)), expected)
    assert (expected > 0.9).all()
    assert 0.3 <= power.min() < 0.4 < 0.8 < power.max() <= 0.9
    cost = simulate().money["gross_cost"][:3]
    hours_cost = run().today.home.sum(axis=(1, 2)).T * run().today.costs.home.T
    saved = (cost - simulate(move("hours", 0.9)).money["gross_cost"][:3])[:, :, 0]
    assert np.allclose(saved, 0.1 * hours_cost / 4, rtol=0.02)


def test_needs_get_worse_as_quality_of_life_is_lost_and_not_as_hours_are() -> None:
    """Without diminishing returns more of the saving comes back."""
    left = {
        power: asked("saving_kept", move("hours", 0.6), place=care_place(overrides={"hours.outcome": power}))[
            :, -1
        ].mean()
        for power in (0.3, 1.0)
    }
    assert left[0.3] > left[1.0]


def test_support_for_carers_is_a_service_that_is_lost_when_it_ends() -> None:
    moves = (move("carers", 0.0),)
    saving, fewer, better = (pounds(moves, name) for name in ("saving", "fewer", "better"))
    assert (fewer > 30_000).all()
    assert (fewer <= 100_000 + 1e-6).all()
    assert (saving <= fewer + 1e-6).all()
    assert (better <= 1e-6).all()
    assert (asked("carers_supported", *moves) == 0).all()
    assert (asked("carers_supported")[:, 0] > 40).all()


def test_a_pound_on_carers_is_a_trifle() -> None:
    """Its stake is what carers' support costs today, its word the same with the same."""
    result = appraise(Plan("", PLACE, (move("carers", 1.0, change="add"),)), draws=64).services[0]
    assert (result.yearly["stake"][:, 1] == 100_000.0).all()
    assert result.verdict.word == "same"
    assert np.abs(result.yearly["saving"]).max() < 2


def test_a_tighter_budget_takes_people_off_with_no_word_of_the_threshold() -> None:
    settings = settings_for(PLACE, move("budget", 0.8))
    assert (settings["threshold"] == 1.0).all()
    assert asked("people_losing", move("budget", 0.8))[:, -1].mean() > 5


def test_families_may_do_less_when_the_council_does_as_the_evidence_disagrees() -> None:
    """Both signs are drawn, and what families can add is capped."""
    more = asked("family_hours", move("hours", 0.7))[:, -1]
    assert (more < 0).any()
    assert (more > 0).mean() > 0.6
    tight = care_place(overrides={"family.pool": 0.0, "family.regime": 1.0})
    assert np.allclose(asked("family_hours", move("hours", 0.7), place=tight), 0)


def test_families_step_in_or_do_not_and_no_draw_holds_a_mean_of_the_two() -> None:
    instance, draws = PLACE.instances["social_care"], draws_for(PLACE)
    r = run(move("hours", 0.7))
    gone = cost_shift.lost(r)
    part = cost_shift.family_hours(PLACE, instance, draws, gone)[0].sum(axis=(2, 3)) / gone.hours.sum(axis=(2, 3))
    stepping = cost_shift.steps_in(draws, instance)
    assert stepping.mean() == pytest.approx(2 / 3, abs=0.02)
    assert (part[stepping] >= 0.3 - 1e-9).all()
    assert (part[~stepping] <= 0.1 + 1e-9).all()
    said = words.families(np.where(stepping, 900.0, 20.0), stepping)
    assert said == (
        "Families give about 900 hours a week more where families step in (67 in 100 runs), "
        "and about 20 hours a week more where they do not (33 in 100)."
    )


def test_no_effect_on_hospital_beds_stays_possible() -> None:
    nhs = simulate(move("threshold", 2.0)).moved_to("nhs").sum(axis=(1, 2))
    emergency_alone = draws_for(PLACE)["care.nhs.inpatient"] <= 0
    assert emergency_alone.mean() == 0.75
    assert nhs[~emergency_alone].mean() > 1.5 * nhs[emergency_alone].mean()
    assert (nhs > 0).all()


def test_what_is_left_of_a_saving_falls_with_time_and_with_how_fast_people_get_worse() -> None:
    kept = {}
    for m in (1.0, 1.5, 2.0):
        place = care_place(quarters=40, overrides={"lost.worsening": m, "lost.recovery": 1.0})
        kept[m] = asked("saving_kept", move("threshold", 2.0), move("applies_to", 2.0), place=place)
    assert np.allclose(kept[1.0], 1)
    assert (kept[2.0] < kept[1.5]).all()
    assert (kept[1.5][:, -1] < kept[1.5][:, 3]).all()
    assert kept[2.0][:, -1].min() > 0


def test_at_the_break_even_multiplier_the_saving_is_gone() -> None:
    settings = settings_for(PLACE, move("threshold", 2.0))
    instance, draws = PLACE.instances["social_care"], draws_for(PLACE)
    e = erosion.follow(PLACE, instance, settings, draws, (10,), 10)
    middle = float(np.median(e.break_even))
    at = int(np.argmin(np.abs(e.break_even[:, 0] - middle)))
    exact = float(e.break_even[at, 0])
    place = care_place(overrides={"lost.worsening": exact})
    again = erosion.follow(place, place.instances["social_care"], settings, draws_for(place), (10,), 10)
    assert abs(again.saving[at, -1]) < 0.02 * again.first[at, -1]
    assert "all be gone after ten years if people without help got worse" in told(e)


def test_words_for_a_councillor_say_how_many_how_old_and_where_they_live() -> None:
    said = words.who_loses(run(move("threshold", 2.0)), "by the end of 2030-31")
    assert said.startswith("About 1")
    for part in (
        "would no longer be helped by the end of 2030-31",
        "of 65 or over",
        "living at home",
        "moderate needs",
        "in 100 live in the",
    ):
        assert part in said
    assert "would have 10% fewer hours" in words.who_loses(run(move("hours", 0.9)), "by then")
    assert words.who_loses(run(), "by then") == ""


def test_a_plan_that_leaves_care_alone_has_nothing_to_show_of_it() -> None:
    instance, draws = PLACE.instances["social_care"], draws_for(PLACE)
    assert exhibits(PLACE, instance, settings_for(PLACE), draws) == ()
    shown = exhibits(PLACE, instance, settings_for(PLACE, move("threshold", 2.0)), draws)
    assert [e.title for e in shown] == ["Who loses", "What is left of the saving", "Needs and help"]


def test_iterative_fitting_meets_every_figure_and_says_which_cannot_hold() -> None:
    rows = (
        ("older", "65-74", "all", "community", 100.0, np.nan),
        ("older", "all", "all", "community", 500.0, np.nan),
        ("older", "all", "critical", "all", 150.0, np.nan),
        ("older", "all", "all", "care_home", 200.0, np.nan),
    )
    found = calibrate.rows_of(client_table(rows), "older")
    seed = np.random.Generator(np.random.Philox(3)).random((2, 3, 5, 3, 3))
    cells, miss = calibrate.fit(seed, found)
    assert miss.max() < 1e-8
    for row in found:
        assert np.allclose(cells.sum(axis=2)[:, row.cells].sum(axis=1), row.people)
    at_odds = calibrate.rows_of(client_table((*rows, ("older", "all", "all", "all", 900.0, np.nan))), "older")
    assert calibrate.fit(seed, at_odds)[1].max() > 0.05


def test_men_and_women_are_added_up_where_both_together_are_not_given() -> None:
    table = client_table((("older", "all", "all", "home", 30.0, 5.0), ("older", "all", "all", "home", 50.0, 5.0)))
    sexes = np.array(["men", "women"], dtype=object)
    from dataclasses import replace

    (row,) = calibrate.rows_of(replace(table, columns={**table.columns, "sex": sexes}), "older")
    assert row.people == 80


def test_a_threshold_lets_in_more_of_worse_needs_and_fewer_as_it_rises() -> None:
    rule = eligibility.calibrated(*(np.array([v]) for v in (0.95, 1.26, 0.16, 0.4)))
    shares = np.array([eligibility.eligible(np.array([t]), rule)[0] for t in np.linspace(0, 4, 9)])
    assert (np.diff(shares, axis=0) < 0).all()
    assert (np.diff(shares, axis=1) > 0).all()
    assert shares[2, 0] == pytest.approx(0.95)
