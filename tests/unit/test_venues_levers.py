"""What each lever does to users, visits, money and others, on places small enough to work by hand."""

import numpy as np
import pytest
from places import Area, Venue, change, fixed, tiny_place

from withless.outcomes import Outcomes
from withless.place import Place
from withless.plan import Measure
from withless.service import ask
from withless.testing import Case

TWO_AREAS = (Area(0.0, people=4000), Area(6.0, people=4000))
TWO_VENUES = (
    Venue(0.0, users=600, hours=40, visits=6000, gross_cost=200_000, income=12_000, fixed_share=0.5),
    Venue(6.0, users=300, hours=20, visits=3000, gross_cost=80_000, income=3_000, fixed_share=0.5),
)
ENOUGH = fixed(volunteers__willing=1.0, volunteers__rate=0.5, volunteers__folding=0.0, volunteers__attrition=0.0)
FEW = fixed(volunteers__willing=0.0001, volunteers__folding=0.0)


def run(place: Place, *measures: Measure, name: str = "libraries") -> Outcomes:
    return Case(place, name).simulate(*measures)


def last(outcomes: Outcomes, quantity: str) -> np.ndarray:
    """Pounds a year at the end, [draw]."""
    return 4 * outcomes.pounds(quantity)[0, :, -1]


def moved(outcomes: Outcomes, payer: str) -> np.ndarray:
    """Pounds a year moved at the end, [draw]."""
    return 4 * outcomes.moved_to(payer)[:, -1].sum(axis=1)


def test_half_the_hours_save_half_of_what_is_not_fixed() -> None:
    place = tiny_place(TWO_AREAS, TWO_VENUES)
    before, after = run(place), run(place, change("hours", 20, "LIB1"))
    assert last(before, "gross_cost") == pytest.approx(280_000)
    assert last(after, "gross_cost") == pytest.approx(280_000 - 0.5 * 0.5 * 200_000)
    assert (after.series["users"][:, -1, 0] < 600).all()
    assert (after.series["hours"][:, -1] == [20, 20]).all()


def test_hours_change_a_venues_own_users_by_their_elasticity() -> None:
    """One venue, one area: half the hours, 0.5^eta of the users, whatever lam."""
    place = tiny_place((Area(0.0, people=1000),), (Venue(0.0, users=400),), overrides=fixed(hours__library=0.3))
    found = run(place, change("hours", 20, "LIB1")).series["users"][:, -1, 0]
    assert found == pytest.approx(400 * 0.5**0.3, rel=1e-4)


def test_fewer_hours_thin_out_visits_of_those_who_stay() -> None:
    place = tiny_place(
        (Area(0.0, people=1000),), (Venue(0.0, users=400, visits=4000),), overrides=fixed(hours_visits__library=0.4)
    )
    after = run(place, change("hours", 20, "LIB1"))
    visits = after.series["visits"][:, -1, 0] / after.series["users"][:, -1, 0]
    assert visits == pytest.approx(10 * 0.5**0.4)
    assert after.counts("quality")[0, :, -1].sum(axis=1) / after.counts("served")[0, :, -1].sum(
        axis=1
    ) == pytest.approx(0.5**0.4)


def test_a_higher_fee_brings_income_and_costs_users() -> None:
    place = tiny_place(TWO_AREAS, (Venue(0.0, users=600, visits=6000, income=12_000, fee=2.0), TWO_VENUES[1]))
    before, after = run(place), run(place, change("fee", 3.0, "LIB1"))
    visits = after.series["visits"][:, -1]
    assert (visits[:, 0] < 6000).all()
    assert last(before, "income") == pytest.approx(15_000)
    assert last(after, "income") == pytest.approx(3.0 * visits[:, 0] + 1.0 * visits[:, 1])


def test_closing_saves_its_cost_less_what_it_takes_to_keep_it_shut() -> None:
    venues = (TWO_VENUES[0], Venue(6.0, users=300, gross_cost=80_000, mothball_cost=5_000))
    place = tiny_place(TWO_AREAS, venues, overrides=fixed(closing_cost=0.1))
    after = run(place, change("open", 0, "LIB2", start=2.0))
    assert last(after, "gross_cost") == pytest.approx(205_000)
    assert after.pounds("one_off")[0, 0] == pytest.approx([0, 0, 8_000, 0, 0, 0, 0, 0])
    assert not after.pounds("capital_receipt").any()


def test_a_building_is_sold_once_and_its_price_is_no_saving() -> None:
    venues = (TWO_VENUES[0], Venue(6.0, users=300, gross_cost=80_000, mothball_cost=5_000, capital_receipt=400_000))
    place = tiny_place(TWO_AREAS, venues, overrides=fixed(receipt_delay=3, receipt_share=0.8))
    after = run(place, change("open", 0, "LIB2"))
    assert after.pounds("capital_receipt")[0, 0] == pytest.approx([0, 0, 0, 320_000, 0, 0, 0, 0])
    assert 4 * after.pounds("gross_cost")[0, 0] == pytest.approx([205_000] * 3 + [200_000] * 5)


def test_extra_minutes_are_moved_to_users_and_never_also_quality() -> None:
    still = fixed(fade=0.0, hours_visits=0.0)
    place = tiny_place(TWO_AREAS, TWO_VENUES, overrides=still)
    after = run(place, change("open", 0, "LIB2"))
    assert (moved(after, "users") > 0).all()
    assert np.allclose(after.counts("quality"), after.counts("served"))
    dearer = tiny_place(TWO_AREAS, TWO_VENUES, overrides=still | fixed(value_of_time=20.0, running_cost=0.0))
    cheaper = tiny_place(TWO_AREAS, TWO_VENUES, overrides=still | fixed(value_of_time=5.0, running_cost=0.0))
    a, b = (moved(run(p, change("open", 0, "LIB2")), "users") for p in (dearer, cheaper))
    assert a == pytest.approx(4 * b)


def test_enough_volunteers_keep_every_hour_and_their_time_is_counted() -> None:
    place = tiny_place(TWO_AREAS, TWO_VENUES, overrides=ENOUGH | fixed(volunteers__crew=2, volunteers__value=10))
    after = run(place, change("volunteers", 1, "LIB2"))
    assert (after.series["hours"][:, -1] == [40, 20]).all()
    assert moved(after, "volunteers") == pytest.approx(20 * 52.1775 * 2 * 10)


def test_the_payer_keeps_part_of_the_fixed_cost_of_a_venue_handed_over() -> None:
    place = tiny_place(TWO_AREAS, TWO_VENUES, overrides=ENOUGH | fixed(volunteers__residual=0.3))
    after = run(place, change("volunteers", 1, "LIB2"))
    assert last(after, "gross_cost") == pytest.approx(200_000 + 0.3 * 0.5 * 80_000)


def test_too_few_volunteers_close_a_venue() -> None:
    after = run(tiny_place(TWO_AREAS, TWO_VENUES, overrides=FEW), change("volunteers", 1, "LIB2"))
    assert not after.series["users"][:, -1, 1].any()
    assert not moved(after, "volunteers").any()


def test_groups_of_volunteers_give_up_at_the_rate_of_the_register() -> None:
    yearly = 0.2
    place = tiny_place(
        TWO_AREAS,
        TWO_VENUES,
        quarters=20,
        overrides=ENOUGH | fixed(volunteers__folding=yearly, volunteers__folding_step=0.0),
    )
    gone = np.mean(
        [
            Case(place, "libraries").simulate(change("volunteers", 1, "LIB2"), block=b).series["users"][:, -1, 1] == 0
            for b in range(16)
        ]
    )
    assert gone == pytest.approx(1 - (1 - yearly) ** 5, abs=0.05)


def test_groups_last_longer_where_people_are_better_off() -> None:
    areas = (Area(0.0, people=4000, decile=1), Area(6.0, people=4000, decile=10))
    often = ENOUGH | fixed(volunteers__folding=0.1, volunteers__folding_step=-0.4)
    place = tiny_place(areas, TWO_VENUES, quarters=20, overrides=often)
    runs = [Case(place, "libraries").simulate(change("volunteers", 1, "LIB1", "LIB2"), block=b) for b in range(16)]
    gone = np.mean([r.series["users"][:, -1] == 0 for r in runs], axis=(0, 1))
    for found, fifth in zip(gone, (-2, 2), strict=True):
        assert found == pytest.approx(1 - (1 - 0.1 * np.exp(-0.4 * fifth)) ** 5, abs=0.05)


def test_a_volunteer_pool_is_shared_and_not_counted_twice() -> None:
    """Half the pool keeps half the hours, where there are too few for all."""
    some = fixed(volunteers__willing=0.002, volunteers__folding=0.0, volunteers__least_hours=0.0)
    hours = [
        run(tiny_place(TWO_AREAS, TWO_VENUES, pool_share=s, overrides=some), change("volunteers", 1, "LIB2")).series[
            "hours"
        ][:, -1, 1]
        for s in (1.0, 0.5)
    ]
    assert (hours[0] < 20).any()
    scarce = hours[0] < 20
    assert hours[1][scarce] == pytest.approx(hours[0][scarce] / 2)


def test_moving_into_anothers_building_moves_the_venue_and_cuts_its_fixed_cost() -> None:
    place = tiny_place(
        (Area(0.0, people=4000), Area(12.0, people=4000)),
        TWO_VENUES[:1],
        others={"sports": (Venue(12.0, users=300, type="sports"),)},
        overrides=fixed(shared_saving=0.4, shared_building=0.0),
    )
    case = Case(place, "libraries")
    host = float(case.service.choices(place, case.instance, "shared").index("SPO1"))
    after = case.simulate(change("shared", host, "LIB1"))
    assert last(after, "gross_cost") == pytest.approx(100_000 * (1 - 0.4) + 100_000)
    before = case.simulate()
    near, far = (after.area_sum["users"] - before.area_sum["users"])[-1]
    assert near < 0 < far


def test_a_full_venue_turns_people_away() -> None:
    venues = (Venue(0.0, users=600, visits=6000, capacity=6300), Venue(1.0, users=600, visits=6000))
    after = run(tiny_place(TWO_AREAS, venues), change("open", 0, "LIB2"))
    free = run(tiny_place(TWO_AREAS, (Venue(0.0, users=600, visits=6000), venues[1])), change("open", 0, "LIB2"))
    assert (after.series["visits"][:, -1, 0] <= 6300 * 1.006).all()
    crowded = free.series["visits"][:, -1, 0] > 6400
    assert crowded.any()
    assert (after.series["users"][crowded, -1, 0] < free.series["users"][crowded, -1, 0]).all()


def test_a_cheaper_venue_farther_off_takes_no_service_away() -> None:
    venues = (Venue(0.0, users=600, visits=6000, fee=2.0), Venue(6.0, users=300, visits=3000, fee=4.0))
    place = tiny_place(TWO_AREAS, venues)
    before, after = (run(place, *m).counts("quality").sum(axis=(0, 2, 3)) for m in ((), (change("fee", 1.0, "LIB2"),)))
    assert (after >= before).all()


def test_what_the_budget_holds_beyond_the_venues_is_overhead_that_stays() -> None:
    place = tiny_place(TWO_AREAS, TWO_VENUES, budget=400_000)
    after = run(place, change("open", 0, "LIB1"), change("open", 0, "LIB2"))
    assert last(after, "gross_cost") == pytest.approx(400_000 - (280_000 - 15_000))
    assert last(after, "overhead") == pytest.approx(135_000)


def test_a_place_where_everything_is_closed_serves_nobody_and_breaks_nothing() -> None:
    after = run(tiny_place(TWO_AREAS, TWO_VENUES), change("open", 0, "LIB1"), change("open", 0, "LIB2"))
    assert not after.counts("served")[0, :, -1].any()
    assert all(np.isfinite(v).all() for v in after.people.values())


def test_areas_without_people_change_nothing() -> None:
    with_empty = tiny_place((*TWO_AREAS, Area(3.0, people=0.0)), TWO_VENUES)
    a, b = (run(p, change("open", 0, "LIB2")).series["users"] for p in (tiny_place(TWO_AREAS, TWO_VENUES), with_empty))
    assert np.allclose(a, b, rtol=1e-9)


def test_a_closed_library_that_opens_again_is_used_as_the_middle_one_is() -> None:
    venues = (*TWO_VENUES, Venue(3.0, users=200, visits=2000, run_by="closed"))
    place = tiny_place(TWO_AREAS, venues)
    before, after = run(place), run(place, change("open", 1, "LIB3"))
    assert not before.series["users"][:, -1, 2].any()
    assert not before.series["visits"][:, -1, 2].any()
    assert (after.series["users"][:, -1, 2] > 1).all()
    each = after.series["visits"][:, -1, 2] / after.series["users"][:, -1, 2]
    assert (each < 15).all()


def test_a_building_too_dear_to_enter_is_still_there() -> None:
    case = Case(tiny_place(TWO_AREAS, TWO_VENUES), "libraries")
    dear = case.settings(change("fee", 1000, "LIB1", "LIB2"))
    for what, arguments in (("people_beyond", {"minutes": 20.0}), ("farthest_minutes", {})):
        found = [ask(case.model(), what, s, arguments) for s in (case.settings(), dear)]
        assert np.array_equal(*found)
