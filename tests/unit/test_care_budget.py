"""A budget of social care is kept to: by fewer people, then by fewer hours, and it says where it cannot be."""

import numpy as np
import pytest

from tests.care_places import care_place, move, settings_for
from tests.places import built, draws_for
from withless.plan import Measure, Settings
from withless.service import ask, get
from withless.services.care import words
from withless.services.care.money import money
from withless.services.care.projection import Projection
from withless.services.care.tables import LEVER_UNITS

CARE = get("care")
PLACE = care_place(budget=19e6, policy=(("threshold", "substantial"), ("means_test", "0.5")))
INSTANCE = PLACE.instances["social_care"]
DRAWS = draws_for(PLACE)


def run(*measures: Measure) -> Projection:
    return built(PLACE, INSTANCE, DRAWS).project(settings_for(PLACE, *measures))


def saved(r: Projection, *, at_todays_needs: bool = True) -> np.ndarray:
    """Part of today's net spending that is saved, [draw, quarter]."""
    today = money(run()).net
    return np.asarray(
        1 - money(Projection.at_todays_needs(r.baseline, r.effects) if at_todays_needs else r).net / today
    )


@pytest.mark.parametrize("budget", [0.999, 0.97, 0.93, 0.9, 0.85])
def test_a_budget_saves_what_it_says_at_todays_needs(budget: float) -> None:
    r = run(move("budget", budget, start=2.0))
    short = 4 * r.effects.short / INSTANCE.budget
    assert np.allclose(saved(r) + short, np.where(np.arange(20) < 2, 0.0, 1 - budget), atol=1e-6)
    assert short[:, -1].max() < 0.002
    assert saved(r, at_todays_needs=False)[:, -1].mean() == pytest.approx(1 - budget, rel=0.2)


def test_people_go_as_they_are_reviewed_and_hours_bear_what_is_missing_until_then() -> None:
    r = run(move("budget", 0.9))
    hours, kept = r.effects.hours.mean(axis=(0, 2)), r.effects.kept[..., 1].mean(axis=(0, 1, 2))
    assert hours[0] < hours[4] < hours[-1]
    assert kept[0] > kept[4] > kept[-1]
    assert (r.effects.kept[..., 0] <= 1 + 1e-12).all()


def test_the_stronger_kappa_the_more_is_met_by_helping_fewer_people() -> None:
    kappa = DRAWS["care.threshold.kappa"]
    r = run(move("budget", 0.93))
    gone = (r.baseline.home.sum(axis=(1, 2, 3)) - r.home[:, :, :, -1].sum(axis=(1, 2, 3))) / r.baseline.home.sum(
        axis=(1, 2, 3)
    )
    hours = r.effects.hours[:, -1, 0]
    assert np.corrcoef(np.log(kappa), gone)[0, 1] > 0.5
    assert np.corrcoef(np.log(kappa), hours)[0, 1] > 0.5


def test_a_budget_that_cannot_be_kept_is_told_and_nobody_in_a_care_home_pays_for_it() -> None:
    r = run(move("budget", 0.2))
    short = ask(built(PLACE, INSTANCE, DRAWS), "over_budget", settings_for(PLACE, move("budget", 0.2)), {})
    assert (short[:, -1] > 1e6).all()
    assert "could not be kept to: about £" in words.who_loses(r, "by the end of 2030-31")
    assert np.allclose(r.care_home, r.baseline.care_home[:, :, :, None])
    assert (r.effects.hours >= 0.6 - 1e-9).all()


def test_what_other_measures_save_counts_towards_a_budget() -> None:
    alone, both = run(move("hours", 0.7)), run(move("hours", 0.7), move("budget", 0.98))
    assert (saved(alone) > 0.02).all()
    assert np.allclose(saved(both), saved(alone))


def test_what_other_measures_cost_more_comes_on_top_of_a_budget() -> None:
    dear, both = run(move("fees", 1.05)), run(move("fees", 1.05), move("budget", 0.97))
    assert np.allclose(saved(both) - saved(dear), 0.03, atol=1e-6)


def test_more_money_helps_more_people_for_longer() -> None:
    r = run(move("budget", 1.05))
    assert np.allclose(saved(r)[:, -1], -0.05, atol=0.02)
    assert (r.effects.kept >= 1 - 1e-12).all()
    assert (r.effects.hours >= 1 - 1e-12).all()


def test_a_budget_that_ends_gives_hours_back_at_once_and_people_as_they_ask_again() -> None:
    r = run(move("budget", 0.9, end=8.0))
    assert np.allclose(r.effects.hours[:, 8:], 1)
    kept = r.effects.kept[..., 1].mean(axis=(0, 1, 2))
    assert kept[7] < kept[12] < kept[19] < 1
    assert (r.effects.short[:, 8:] == 0).all()


def test_a_threshold_that_goes_back_and_forth_in_some_draws_leaves_the_others_alone() -> None:
    back = settings_for(PLACE, move("threshold", 3.0, start=1.0, end=5.0), move("budget", 0.95, start=3.0))
    today = settings_for(PLACE)
    which = (np.arange(64) % 2 == 0)[:, None, None]
    mixed = Settings(LEVER_UNITS, {k: np.where(which, v, today[k]) for k, v in back.values.items()})
    found = built(PLACE, INSTANCE, DRAWS).run(mixed).counts("served")
    still, moved = (built(PLACE, INSTANCE, DRAWS).run(s).counts("served") for s in (today, back))
    assert np.allclose(found[:, 1::2], still[:, 1::2], rtol=1e-12)
    assert np.allclose(found[:, ::2], moved[:, ::2], rtol=1e-12)
    assert (moved <= still * (1 + 1e-9)).all()


def test_without_any_hours_nobody_gains_and_nothing_breaks() -> None:
    outcomes = built(PLACE, INSTANCE, DRAWS).run(settings_for(PLACE, move("hours", 0.0)))
    assert np.allclose(outcomes.counts("quality")[:3], 0)
    assert all(np.isfinite(v).all() for v in outcomes.money.values())


def test_fees_that_double_are_a_price_and_no_gain_of_people() -> None:
    r, outcomes = run(move("fees", 2.0)), built(PLACE, INSTANCE, DRAWS).run(settings_for(PLACE, move("fees", 2.0)))
    before = built(PLACE, INSTANCE, DRAWS).run(settings_for(PLACE))
    assert np.allclose(outcomes.counts("served"), before.counts("served"))
    dearer = (outcomes.money["gross_cost"] - before.money["gross_cost"]).sum(axis=0)
    assert np.allclose(dearer, outcomes.money["price"].sum(axis=0), rtol=1e-6)
    assert (saved(r) < -0.4).all()


def test_the_stake_of_a_lever_is_what_it_bears_on_and_two_levers_on_one_client_count_once() -> None:
    def stake(**touched: frozenset[str]) -> np.ndarray:
        return np.asarray(built(PLACE, INSTANCE, DRAWS).stake(touched))  # type: ignore[attr-defined]

    whole = 4 * money(run()).cost.sum(axis=0)[:, 0]
    everybody = frozenset(("moderate", "substantial", "critical"))
    home = stake(hours=everybody)
    assert np.allclose(home, stake(fees=frozenset({"home"}), hours=frozenset({"critical"})))
    assert (stake(hours=frozenset({"critical"})) < home).all()
    assert np.allclose(
        stake(threshold=frozenset({"older"}), reablement=frozenset({"older"})), stake(threshold=frozenset({"older"}))
    )
    assert (home + 100_000 == stake(hours=everybody, carers=frozenset({"carers"}))).all()
    assert (home < 0.8 * whole).all()
    assert (stake(carers=frozenset({"carers"})) == 100_000).all()
    assert (stake() == 0).all()
