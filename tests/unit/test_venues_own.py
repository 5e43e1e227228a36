"""What is said of a venue's own users is what happens to them, whoever is near; and near venues stand in for each other."""

import numpy as np
import pytest
from places import Area, Venue, change, fixed, tiny_place

from withless.place import Place
from withless.plan import Measure
from withless.services.venues import nests
from withless.testing import Case

GRID = tuple(
    Area(
        3.0 * i, 3.0 * j, people=900 + 130 * ((5 * i + 3 * j) % 7), decile=1 + (3 * i + j) % 10, urban=(i + j) % 3 / 2,
        no_car=0.05 * ((i + 2 * j) % 5),
    )
    for i in range(7)
    for j in range(5)
)  # fmt: skip
SPREAD = (
    Venue(1.0, 2.0, users=900), Venue(8.0, 9.0, users=1500), Venue(9.3, 8.4, users=400),
    Venue(15.0, 3.0, users=1100), Venue(17.5, 10.0, users=250), Venue(4.0, 11.0, users=600),
)  # fmt: skip
TWINS = (*SPREAD[:2], Venue(8.05, 9.0, users=700), *SPREAD[3:])
STEADY = fixed(volunteers__willing=1.0, volunteers__rate=0.9, volunteers__folding=0.0, volunteers__attrition=0.0)


def users(place: Place, *measures: Measure) -> np.ndarray:
    return Case(place, "libraries").simulate(*measures).series["users"][:, -1]


@pytest.mark.parametrize("lam", [None, 0.05, 0.3, 1.0])
@pytest.mark.parametrize("hours", [36.0, 44.0])
def test_an_elasticity_to_hours_is_that_of_a_venues_own_users(lam: float | None, hours: float) -> None:
    over = fixed(hours__library=0.45) | ({} if lam is None else fixed(lam=lam))
    place = tiny_place(GRID, SPREAD, overrides=over)
    for j in (1, 2, 4):
        found = users(place, change("hours", hours, f"LIB{j + 1}"))[:, j] / SPREAD[j].users
        assert found == pytest.approx((hours / 40) ** 0.45, abs=1e-4)


@pytest.mark.parametrize("hours", [4.0, 20.0])
def test_large_cuts_in_hours_are_met_nearly_as_well(hours: float) -> None:
    place = tiny_place(GRID, SPREAD, overrides=fixed(hours__library=0.6))
    for j in (1, 2):
        found = users(place, change("hours", hours, f"LIB{j + 1}"))[:, j] / SPREAD[j].users
        assert found == pytest.approx((hours / 40) ** 0.6, rel=0.02)


def test_volunteers_lose_the_share_of_own_users_that_the_register_says() -> None:
    place = tiny_place(GRID, SPREAD, overrides=STEADY | fixed(run_by_volunteers__library=0.2))
    found = users(place, change("volunteers", 1, "LIB2"))[:, 1]
    assert found == pytest.approx(0.8 * 1500, rel=1e-3)


def test_of_a_venue_next_door_to_another_own_users_change_as_said_too() -> None:
    place = tiny_place(GRID, TWINS, overrides=fixed(hours__library=0.45))
    found = users(place, change("hours", 36, "LIB3"))[:, 2] / 700
    assert found == pytest.approx(0.9**0.45, abs=0.01)


def test_a_change_of_many_venues_loses_fewer_of_each_than_its_own() -> None:
    """Users of one that opens less go to others; if all open less there is nowhere better to go."""
    place = tiny_place(GRID, SPREAD, overrides=fixed(hours__library=0.45))
    all_of_them = users(place, change("hours", 36, *(f"LIB{j + 1}" for j in range(6))))
    assert (all_of_them.sum(axis=1) > sum(v.users for v in SPREAD) * 0.9**0.45).all()
    assert (all_of_them.sum(axis=1) < sum(v.users for v in SPREAD)).all()


def test_of_two_libraries_50_metres_apart_nearly_all_users_of_one_go_to_the_other() -> None:
    place = tiny_place(GRID, TWINS)
    before, after = users(place), users(place, change("open", 0, "LIB3"))
    assert before[:, 2] == pytest.approx(700)
    lost = (before.sum(axis=1) - after.sum(axis=1)) / 700
    assert lost.mean() < 0.06
    assert lost.max() < 0.15
    assert ((after[:, 1] - before[:, 1]) / 700).mean() > 0.85


def test_the_farther_apart_the_more_give_up() -> None:
    found = []
    for km in (0.0, 0.1, 0.25, 0.5, 0.9, 2.0):
        place = tiny_place(GRID, (*SPREAD[:2], Venue(8.0 + km, 9.0, users=700), *SPREAD[3:]))
        found.append((users(place).sum(axis=1) - users(place, change("open", 0, "LIB3")).sum(axis=1)).mean())
    assert (np.diff(found) > 0).all()


def test_where_nearness_makes_no_difference_it_is_the_plain_model() -> None:
    """At a dissimilarity of 1 next door, nests are sums."""
    plain = tiny_place(GRID, TWINS, overrides=fixed(next_door=1.0))
    far = tiny_place(GRID, TWINS, overrides=fixed(short_walk=0.1, next_door=1.0))
    shut = change("open", 0, "LIB3")
    assert users(plain, shut) == pytest.approx(users(far, shut), rel=1e-9)


def test_a_third_venue_half_a_kilometre_off_leaves_twins_twins() -> None:
    three = (*TWINS, Venue(8.5, 9.0, users=300))
    lost = [
        (users(p).sum(axis=1) - users(p, change("open", 0, "LIB3")).sum(axis=1)) / 700
        for p in (tiny_place(GRID, TWINS), tiny_place(GRID, three))
    ]
    assert lost[1].mean() < lost[0].mean() + 0.02


def test_moving_a_library_next_door_to_another_changes_nothing_for_those_that_stay_today() -> None:
    """The site that it might move to is in the model from the start, and nobody is there."""
    place = tiny_place(GRID, SPREAD, overrides=fixed(shared_building=0.0))
    case = Case(place, "libraries")
    late = case.simulate(change("shared", 1.0, "LIB3", start=4.0))
    assert late.series["users"][:, :4] == pytest.approx(case.simulate().series["users"][:, :4], rel=1e-9)
    assert (late.series["users"][:, -1, 2] > 0).all()


def test_nests_are_by_nearness_and_a_site_moved_to_joins_its_nearest_without_changing_others() -> None:
    x, y = np.array([0.0, 0.05, 0.6, 5.0, 9.0]), np.zeros(5)
    own = nests.tree(x, y, 5)
    assert own.height == pytest.approx([0.05, 0.6])
    assert (own.one.tolist(), own.two.tolist()) == ([0, 2], [1, 5])
    more = nests.tree(np.array([*x, 0.25, 5.0]), np.zeros(7), 5)
    assert sorted(more.height) == pytest.approx([0.0, 0.05, 0.2, 0.6])
    assert {0.05, 0.6} <= set(np.round(more.height, 9))
    assert len(nests.tree(np.arange(5.0) * 2, y, 5).height) == 0


def test_a_venue_that_nobody_can_reach_but_by_far_is_still_solved() -> None:
    place = tiny_place(
        (Area(0.0), Area(60.0)), (Venue(0.0), Venue(60.0, users=20)), overrides=fixed(hours__library=0.4)
    )
    assert users(place, change("hours", 20, "LIB2"))[:, 1] / 20 == pytest.approx(0.5**0.4, rel=1e-3)
