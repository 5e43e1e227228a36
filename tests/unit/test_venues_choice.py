"""Who uses which venue: the compiled model against one written out in NumPy, and against what can be worked by hand."""

import numpy as np
import pytest
from places import Area, Venue, change, draws_for, fixed, tiny_place

from withless.assumptions import Draws
from withless.cache import Cache
from withless.place import Place
from withless.services.venues import baseline, choice
from withless.services.venues.facts import Facts, observed_users
from withless.testing import Case

PLAIN = fixed(
    curve=0, deprivation=0, urban=0, fade=0, detour=1.3, speed__car__urban=30, speed__car__rural=30,
    age__child=0, age__young=0, age__older=0, age__old=0, age__oldest=0,
    deprivation__library=0, age__child__library=0, decay__library=0.1,
)  # fmt: skip
"""Everybody alike, 2.6 minutes for each kilometre, the logarithm of minutes."""

AREAS = (
    Area(0, ages=(300, 200, 900, 150, 80, 30), decile=1, urban=1, no_car=0.4),
    Area(4, 1, ages=(150, 90, 700, 160, 90, 40), decile=4, no_car=0.2),
    Area(9, -2, ages=(200, 100, 800, 220, 120, 50), decile=8, urban=0, no_car=0.1),
    Area(12, 3, ages=(90, 40, 400, 90, 60, 20), decile=10, urban=0, no_car=0.05),
    Area(14, 0, ages=(500, 250, 1500, 300, 100, 60), decile=6, outside=True, no_car=0.2),
)
VENUES = (
    Venue(0.5, users=420, visits=5000),
    Venue(8.0, users=230, visits=2000),
    Venue(11.0, 2, users=90, visits=800),
    Venue(14.0, users=500, visits=6000, outside=1),
)


def users(place: Place, *measures: object, name: str = "libraries") -> np.ndarray:
    """Users of every venue at the end, [draw, venue]."""
    return Case(place, name).simulate(*measures).series["users"][:, -1]  # type: ignore[arg-type]


def written_out(place: Place, draws: Draws, d: int, is_open: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Users by venue and served by group of one draw: the formulas of the README in plain NumPy, area by area."""
    instance = place.instances["libraries"]
    today = baseline.calibrated(Facts(place, instance, draws, Cache()))
    table, areas = instance.tables["venues"], place.areas

    def of(name: str) -> float:
        return float(draws.of(f"venues.{name}", "library", "libraries")[d])

    kappa, curve, lam = of("decay"), of("curve"), of("lam")
    ages = np.array([of("age.child"), of("age.young"), 0, of("age.older"), of("age.old"), of("age.oldest")])
    by_venue, by_group = np.zeros(len(table)), np.zeros((5, 6))
    for i in range(len(areas)):
        km = np.hypot(areas.x_km[i] - table.numbers("x") / 1000, areas.y_km[i] - table.numbers("y") / 1000)
        g = of("deprivation") * (areas.quintile[i] - 2) + of("urban") * (areas.urban[i] - 0.5) + ages
        g = g + (0 if areas.outside[i] else today.shifts[d, areas.quintile[i]])
        for mode, share in (("car", 1 - areas.no_car_share[i]), ("no_car", areas.no_car_share[i])):
            speed = of(f"speed.{mode}.rural") + areas.urban[i] * (of(f"speed.{mode}.urban") - of(f"speed.{mode}.rural"))
            minutes = np.maximum(km, 0.3) * of("detour") * 60 / speed
            f = 20 * ((minutes / 20) ** curve - 1) / curve
            pull = np.exp(-kappa * f + today.log_weights[d]) * is_open
            reachable = (km <= of(f"reach.{mode}")) | (np.argsort(np.argsort(km)) < 3)
            pull = pull * reachable
            come = 1 / (1 + np.exp(-(lam * np.log(pull.sum()) + g))) * areas.people[i] * share
            by_venue += come.sum() * pull / pull.sum()
            if not areas.outside[i]:
                by_group[areas.quintile[i]] += come
    return by_venue, by_group


@pytest.mark.parametrize("closed", [(), (1,), (0, 3)])
def test_the_compiled_model_agrees_with_the_formulas_written_out(closed: tuple[int, ...]) -> None:
    place = tiny_place(AREAS, VENUES)
    case = Case(place, "libraries")
    measures = [change("open", 0, *(f"LIB{v + 1}" for v in closed))] if closed else []
    outcomes, draws = case.simulate(*measures), case.draws()
    is_open = np.array([v not in closed for v in range(len(VENUES))])
    for d in (0, 17, 63):
        by_venue, by_group = written_out(place, draws, d, is_open)
        assert outcomes.series["users"][d, -1] == pytest.approx(by_venue, rel=1e-9, abs=1e-9)
        assert 4 * outcomes.counts("served")[0, d, -1] == pytest.approx(by_group.ravel(), rel=1e-9, abs=1e-9)


def test_today_every_venue_has_the_users_that_were_counted_there_in_every_draw() -> None:
    place = tiny_place(AREAS, VENUES)
    counted = np.array([v.users for v in VENUES])
    assert np.abs(users(place) / counted - 1).max() < 1e-8
    served = Case(place, "libraries").simulate()
    assert np.allclose(served.counts("served"), served.counts("quality"), rtol=1e-12)


def test_with_a_use_table_users_by_deprivation_are_met_too() -> None:
    use = [
        (0, 0, 300),
        (1, 0, 80),
        (2, 0, 40),
        (1, 1, 60),
        (2, 1, 150),
        (3, 1, 20),
        (3, 2, 80),
        (2, 2, 10),
        (4, 3, 500),
    ]
    place = tiny_place(AREAS, VENUES, use=use)
    outcomes = Case(place, "libraries").simulate()
    assert outcomes.measured == {"quintile"}
    by_quintile = 4 * outcomes.counts("served")[0, :, 0].reshape(64, 5, 6).sum(axis=2)
    assert by_quintile == pytest.approx(np.tile([300, 140, 0, 200, 100], (64, 1)), rel=1e-6, abs=1e-6)
    assert users(place) == pytest.approx(np.tile([420, 230, 90, 500], (64, 1)), rel=1e-8)


def test_a_suppressed_cell_counts_as_one_to_two_people() -> None:
    use = [(0, 0, 418.0), (1, 0, np.nan), (2, 1, 230.0), (3, 2, 90.0), (4, 3, 500.0)]
    place = tiny_place(AREAS, VENUES, use=use)
    second = 4 * Case(place, "libraries").simulate().counts("served")[0, :, 0].reshape(64, 5, 6)[:, 1].sum(axis=1)
    assert (second > 1.2).all()
    assert (second < 1.9).all()


def test_a_use_table_that_leaves_out_some_venues_still_meets_every_count() -> None:
    use = [(0, 0, 300), (1, 0, 80), (2, 0, 40), (1, 1, 60), (2, 1, 150), (3, 1, 20), (3, 2, 80), (2, 2, 10)]
    place = tiny_place(AREAS, VENUES, use=use)
    assert users(place) == pytest.approx(np.tile([420, 230, 90, 500], (64, 1)), rel=1e-8)


def test_a_use_table_that_counts_too_few_is_scaled_to_the_users_of_its_venues() -> None:
    areas = (Area(0, decile=1), Area(6, decile=9))
    use = [(0, 0, 90), (1, 1, 45), (1, 0, 15)]
    place = tiny_place(areas, (Venue(0, users=210), Venue(6, users=90)), use=use)
    by_quintile = 4 * Case(place, "libraries").simulate().counts("served")[0, :, 0].reshape(64, 5, 6).sum(axis=2)
    assert by_quintile[:, [0, 4]] == pytest.approx(np.tile([180, 120], (64, 1)), rel=1e-6)


def test_closing_the_only_library_within_an_hour_loses_nearly_all_its_users() -> None:
    place = tiny_place((Area(0), Area(150)), (Venue(0), Venue(150)), overrides=fixed(lam=0.5))
    after = users(place, change("open", 0, "LIB1"))
    assert (after[:, 0] == 0).all()
    assert (after[:, 1] < 220).all()


def test_with_a_twin_next_door_and_lam_near_nil_nobody_gives_up() -> None:
    place = tiny_place((Area(0),), (Venue(0), Venue(0)), overrides=PLAIN | fixed(lam=0.01))
    assert users(place, change("open", 0, "LIB1"))[:, 1] == pytest.approx(400, rel=0.01)


@pytest.mark.parametrize("lam", [0.05, 0.3, 0.7, 1.0])
def test_the_share_lost_to_a_closure_is_the_closed_form(lam: float) -> None:
    """Of two twins one closes: the odds of use fall by 2^lam, so odds 2/3 (400 of 1,000) become (2/3) / 2^lam.

    If nearness made no difference; else by 2^(lam rho).
    """
    near = tiny_place((Area(0),), (Venue(0), Venue(0)), overrides=PLAIN | fixed(lam=lam, next_door=0.1))
    odds = (400 / 600) / 2 ** (0.1 * lam)
    assert users(near, change("open", 0, "LIB1"))[:, 1] == pytest.approx(1000 * odds / (1 + odds), rel=1e-9)
    place = tiny_place((Area(0),), (Venue(0), Venue(0)), overrides=PLAIN | fixed(lam=lam, next_door=1))
    odds = (400 / 600) / 2**lam
    assert users(place, change("open", 0, "LIB1"))[:, 1] == pytest.approx(1000 * odds / (1 + odds), rel=1e-9)


def test_at_lam_of_one_most_users_of_a_closed_library_give_up_even_with_one_near_by() -> None:
    place = tiny_place((Area(0),), (Venue(0, users=30), Venue(1.0, users=30)), overrides=PLAIN | fixed(lam=1))
    kept = users(place, change("open", 0, "LIB1"))[:, 1] - 30
    assert (kept < 0.1 * 30).all()


def test_one_more_minute_costs_what_the_decay_says() -> None:
    """Log odds between venues: kappa x 20 ln(minutes ratio), on the logarithm."""
    place = tiny_place((Area(0), Area(4)), (Venue(0), Venue(4)), overrides=PLAIN | fixed(lam=1, reach__car=100))
    case = Case(place, "libraries")
    today = baseline.calibrated(Facts(place, case.instance, case.draws(), Cache()))
    minutes = np.array([[0.3, 4.0], [4.0, 0.3]]) * 2.6
    pull = np.exp(-0.1 * 20 * np.log(minutes / 20) + today.log_weights[0])
    shares = pull / (1 + pull.sum(axis=1, keepdims=True))
    assert (1000 * shares).sum(axis=0) == pytest.approx([200, 200], rel=1e-8)


def test_people_of_the_rim_use_our_venues_but_are_not_served_by_us() -> None:
    areas = (Area(0, people=500), Area(3, people=2000, outside=True))
    place = tiny_place(areas, (Venue(1, users=400), Venue(3, users=300, outside=1)))
    outcomes = Case(place, "libraries").simulate()
    assert outcomes.series["users"][:, 0].sum(axis=1) == pytest.approx(700, rel=1e-8)
    assert (4 * outcomes.counts("served")[0, :, 0].sum(axis=1) < 400).all()
    assert 4 * outcomes.counts("need")[0, 0, 0].sum() == pytest.approx(500)
    assert outcomes.area_sum["users"][0].sum() / 64 == pytest.approx(700, rel=1e-8)


def test_closing_ours_sends_some_across_the_border() -> None:
    areas = (Area(0), Area(3, outside=True))
    place = tiny_place(areas, (Venue(0, users=300), Venue(3, users=300, outside=1)))
    assert (users(place, change("open", 0, "LIB1"))[:, 1] > 301).all()


def test_a_venue_without_a_count_gets_users_by_its_hours() -> None:
    venues = (Venue(0, users=200, hours=40), Venue(1, users=np.nan, hours=20), Venue(2, users=300, hours=50))
    instance = tiny_place((Area(0), Area(2)), venues).instances["libraries"]
    assert observed_users(instance) == pytest.approx([200, 20 * 5.5, 300])


def test_more_users_than_people_is_said_and_not_run() -> None:
    place = tiny_place((Area(0, people=100),), (Venue(0, users=150),))
    with pytest.raises(baseline.Infeasible, match="more users than there are people"):
        users(place)


def test_a_travel_table_is_believed_over_the_straight_line() -> None:
    areas, venues = (Area(0), Area(1)), (Venue(0, users=150), Venue(1, users=150))
    near = tiny_place(areas, venues, overrides=PLAIN)
    far = tiny_place(areas, venues, travel=[(0, 1, "car", 55.0), (1, 0, "car", 55.0)], overrides=PLAIN)
    closing = change("open", 0, "LIB1")
    assert (users(far, closing)[:, 1] < users(near, closing)[:, 1]).all()


def test_a_block_of_draws_is_the_same_whatever_ran_before() -> None:
    place = tiny_place(AREAS, VENUES)
    first = users(place, change("open", 0, "LIB1"))
    draws_for(place, block=3)
    Case(place, "libraries").simulate(block=2)
    assert np.array_equal(users(place, change("open", 0, "LIB1")), first)


def test_who_comes_today_can_be_asked_for_before_today_is_known() -> None:
    place = tiny_place(AREAS, VENUES)
    instance, draws = place.instances["libraries"], draws_for(place)
    known = baseline.calibrated(Facts(place, instance, draws, Cache()))
    came = baseline.came_today(Facts(place, instance, draws, Cache()))
    assert choice.by_draw(came.by_site[:, 0, 0]) == pytest.approx(known.users)
