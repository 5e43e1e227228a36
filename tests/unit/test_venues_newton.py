"""Appeals of eight draws side by side: the same model and the same answers as one draw at a time."""

from typing import NamedTuple

import numpy as np
import pytest

from withless.services.venues import calibration, choice, derivatives, nests, newton
from withless.services.venues.participation import Mode, Person

LAM = np.repeat([0.02, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 1.0], 2)


class Town(NamedTuple):
    """Everything that `newton.solve` takes, attraction by draw."""

    t: tuple[np.ndarray, np.ndarray]
    links: tuple[choice.Links, choice.Links]
    crowd: choice.Crowd
    users: np.ndarray
    target: np.ndarray
    tree: nests.Tree
    seen: tuple[nests.Nests, nests.Nests]
    rho: np.ndarray


NEAR = (0.0, 0.06, 0.3, 9.0, 20.0, 20.4, 40.0)
"""Where the venues of a town with nests lie, in km on a line: three near each other, then two."""


def town(
    seed: int, quintiles: bool = False, areas: int = 21, venues: int = 7, lam: np.ndarray = LAM, near: bool = False
) -> Town:
    """A made-up town, in which weights drawn for the first draw of lam 0.2 or more give the users, so that they can be met."""
    rng = np.random.Generator(np.random.Philox(seed))
    draws, links, t = len(lam), [], []
    for most in (venues, 3):
        many = np.minimum(1 + (most * rng.random(areas)).astype(int), venues)
        many[0] = venues
        sites = [np.sort(rng.permutation(venues)[:n]) for n in many]
        start, site = np.concatenate([[0], np.cumsum(many)]), np.concatenate(sites).astype(np.uint32)
        links.append(choice.Links(start, site, np.zeros(len(site)), np.zeros(len(site), dtype=bool)))
        t.append(np.exp(-3 * rng.random(len(site)) * (0.5 + rng.random((draws, 1)))))
    people = 300 * rng.random((areas, 6))
    people[3:4] = 0
    odds, ages = np.exp(rng.normal(-1, 0.5, (draws, areas))), np.exp(rng.normal(0, 0.3, (draws, 6)))
    by_car = rng.random((draws, areas))
    by_car[:, 5:6] = 1
    quintile = np.arange(areas) % 6
    crowd = choice.Crowd(lam, lam, odds, ages, quintile, people, (by_car, 1 - by_car))
    x = np.array(NEAR[:venues]) if near else 10.0 * np.arange(venues)
    tree = nests.tree(x, np.zeros(venues), venues)
    one, two = (nests.nests(tree, link.start, link.site, venues) for link in links)
    rho = nests.alike(tree, 0.05 + 0.15 * rng.random(draws), 0.3 + 0.5 * rng.random(draws))
    blank = np.zeros((0, 5))
    made = Town((t[0], t[1]), (links[0], links[1]), crowd, np.ones(venues), blank, tree, (one, two), rho)
    first = int(np.argmax(lam >= 0.2))
    found = look_alone(made, first, rng.normal(0, 0.5, venues))
    target = np.tile(found.by_quintile[:5], (draws, 1)) if quintiles else made.target
    return made._replace(users=found.use, target=target)


def alone(place: Town, d: int) -> tuple[tuple[Mode, Mode], Person, calibration.Aim]:
    """One draw of a town."""
    crowd = place.crowd
    one, two = (
        Mode(t[d], link.start, link.site, share[d], seen, place.rho[d])
        for t, link, share, seen in zip(place.t, place.links, crowd.mode_share, place.seen, strict=True)
    )
    who = Person(crowd.lam[d : d + 1], crowd.odds[d], crowd.ages[d], crowd.quintile, crowd.people)
    target = place.target[d] if len(place.target) else np.zeros(0)
    return (one, two), who, calibration.Aim(place.users, target, place.tree.one, place.tree.two, place.rho[d])


def look_alone(place: Town, d: int, trial: np.ndarray) -> derivatives.Look:
    modes, who, _ = alone(place, d)
    return look(modes, who, place.users, trial)


def look(modes: tuple[Mode, Mode], who: Person, users: np.ndarray, trial: np.ndarray) -> derivatives.Look:
    """The model at a trial of one draw, or of eight, with its second derivatives."""
    made = derivatives.look_for(modes, len(users), len(trial) ** 2, 0)
    derivatives.look_at(trial, modes, who, users, made)
    return made


def whole(system: np.ndarray) -> np.ndarray:
    """A symmetric system of one draw of which the upper triangle is given in a row."""
    n = round(len(system) ** 0.5)
    upper = np.triu(system.reshape(n, n))
    return np.asarray(upper + np.triu(upper, 1).T)


def beside(place: Town) -> tuple[tuple[Mode, Mode], Person]:
    """The first eight draws of a town."""
    crowd, first = place.crowd, lambda x: choice.eights(x)[0]
    one, two = (
        Mode(first(t), link.start, link.site, first(share), seen, first(place.rho))
        for t, link, share, seen in zip(place.t, place.links, crowd.mode_share, place.seen, strict=True)
    )
    return (one, two), Person(
        first(crowd.lam)[None], first(crowd.odds), first(crowd.ages), crowd.quintile, crowd.people
    )


def guessed(place: Town, d: int) -> np.ndarray:
    """What Newton starts from in one draw."""
    modes, who, aim = alone(place, d)
    first, level = derivatives.first_guess(modes[0], who, aim.users)
    calibration.settle(first, aim)
    return np.asarray(first + level)


def solve(place: Town, *, held: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Appeals of all draws, whose attraction is held or asked for eight draws at a time."""
    t, c, eights = (choice.eights(place.t[0]), choice.eights(place.t[1])), place.crowd, choice.eights
    share = (eights(c.mode_share[0]), eights(c.mode_share[1]))
    crowd = c._replace(lam=eights(c.lam), odds=eights(c.odds), ages=eights(c.ages), mode_share=share)
    attraction = choice.Attraction(len(t[0]), t if held else None, lambda e: (t[0][e : e + 1], t[1][e : e + 1]))
    return newton.solve(
        attraction, place.links, place.tree, place.seen, eights(place.rho), crowd, place.users, place.target
    )


def misses(place: Town, weights: np.ndarray, shifts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Worst relative miss of venues' users and of quintiles', by draw, as the formulas for one draw have it."""
    quintiles, venues, groups = place.target.shape[1] if len(place.target) else 0, [], []
    for d in range(len(weights)):
        seen = look_alone(place, d, np.concatenate([weights[d], shifts[d, :quintiles]]))
        some = place.users > 0
        venues.append(np.abs(seen.use - place.users)[some].max() / place.users[some].min())
        aim = place.target[d] if quintiles else seen.by_quintile[:5]
        groups.append((np.abs(seen.by_quintile[:5] - aim) / np.maximum(aim, 1e-9)).max())
    return np.array(venues), np.array(groups)


def one_by_one(place: Town, d: int) -> np.ndarray:
    """Log weights and shifts of one draw by damped Newton steps until nothing is missed, in NumPy."""
    modes, who, aim = alone(place, d)
    x = np.concatenate([guessed(place, d), np.zeros(len(aim.by_quintile))])
    for _ in range(100):
        here = look(modes, who, aim.users, x)
        gradient, _ = calibration.gradient_at(x, here.use, here.by_quintile, who.lam[0], aim)
        step = np.linalg.solve(whole(here.system), gradient)
        x = x - step * min(1.0, 1.0 / np.abs(step).max())
        if np.abs(step).max() < 1e-9:
            break
    return x


@pytest.mark.parametrize("near", [False, True])
@pytest.mark.parametrize("quintiles", [False, True])
def test_eight_draws_see_at_a_trial_what_each_sees_alone(quintiles: bool, near: bool) -> None:
    place = town(1, quintiles, near=near)
    place.users[2] = 0
    trial = np.random.Generator(np.random.Philox(7)).normal(0, 0.5, (8, len(place.users) + (5 if quintiles else 0)))
    found = look(*beside(place), place.users, np.ascontiguousarray(trial.T))
    for d in range(8):
        expected = look_alone(place, d, trial[d])
        assert found.use[:, d] == pytest.approx(expected.use, rel=1e-11)
        assert found.by_quintile[:, d] == pytest.approx(expected.by_quintile, rel=1e-11)
        assert whole(found.system[:, d]) == pytest.approx(whole(expected.system), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("near", [False, True])
def test_first_guesses_are_those_of_one_draw(near: bool) -> None:
    place = town(2, near=near)
    modes, who = beside(place)
    first, level = derivatives.first_guess(modes[0], who, place.users)
    for d in range(8):
        aim = alone(place, d)[2]
        calibration.settle(first[:, d], aim)
        assert first[:, d] + level[0, d] == pytest.approx(guessed(place, d), rel=1e-11)


def test_second_derivatives_are_the_slopes_of_users() -> None:
    place = town(12, near=True)
    trial, step = np.random.Generator(np.random.Philox(2)).normal(0, 0.1, 7), 1e-6
    system = whole(look_alone(place, 3, trial).system)
    for j in range(7):
        up, down = (look_alone(place, 3, trial + s * step * np.eye(7)[j]).use for s in (1, -1))
        assert (up - down) / (2 * step) == pytest.approx(system[:, j], rel=1e-5, abs=1e-5 * np.abs(system).max())


@pytest.mark.parametrize("seed", range(4))
def test_appeals_of_venues_next_door_to_each_other_are_met(seed: int) -> None:
    place = town(seed, near=True)
    assert len(place.tree.height) == 3
    weights, shifts = solve(place)
    assert misses(place, weights, shifts)[0].max() < 1e-7
    lopsided = place._replace(users=place.users * np.array([1.0, 0.02, 1, 1, 1, 1, 1]))
    assert misses(lopsided, *solve(lopsided))[0].max() < 1e-7


@pytest.mark.parametrize("quintiles", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_appeals_meet_every_count_and_are_those_found_one_draw_at_a_time(seed: int, quintiles: bool) -> None:
    place = town(seed, quintiles, lam=np.maximum(LAM, 0.2) if quintiles else LAM)
    weights, shifts = solve(place)
    venues, groups = misses(place, weights, shifts)
    assert venues.max() < 1e-7
    assert groups.max() < 1e-5
    for d in range(0, len(LAM), 3):
        expected = one_by_one(place, d)
        assert weights[d] == pytest.approx(expected[: len(place.users)], abs=1e-5)
        assert shifts[d, : len(expected) - len(place.users)] == pytest.approx(expected[len(place.users) :], abs=1e-5)


def test_a_draw_has_the_same_appeals_to_the_last_bit_whichever_draws_stand_beside_it() -> None:
    place = town(3, quintiles=True, near=True)
    order = np.random.Generator(np.random.Philox(4)).permutation(len(LAM))
    c = place.crowd
    crowd = c._replace(
        lam=c.lam[order],
        odds=c.odds[order],
        ages=c.ages[order],
        mode_share=(c.mode_share[0][order], c.mode_share[1][order]),
    )
    t = place.t[0][order], place.t[1][order]
    other = place._replace(t=t, crowd=crowd, target=place.target[order], rho=place.rho[order])
    for found, again in zip(solve(place), solve(other), strict=True):
        assert np.array_equal(found[order], again)


def test_eight_draws_at_a_time_are_all_draws_to_the_last_bit() -> None:
    place = town(3, quintiles=True, near=True)
    for found, streamed in zip(solve(place), solve(place, held=False), strict=True):
        assert np.array_equal(found, streamed)


def test_a_venue_without_users_is_shut_and_the_others_are_met() -> None:
    place = town(5)
    place.users[[0, 4]] = 0
    weights, shifts = solve(place)
    assert (weights[:, [0, 4]] == calibration.SHUT).all()
    assert misses(place, weights, shifts)[0].max() < 1e-7


def test_where_nobody_uses_anything_there_is_nothing_to_find() -> None:
    place = town(5)
    place.users[:] = 0
    weights, shifts = solve(place)
    assert (weights == calibration.SHUT).all()
    assert (shifts == 0).all()


@pytest.mark.parametrize(("areas", "venues"), [(1, 1), (1, 3), (9, 1)])
def test_places_with_one_area_or_one_venue_are_met(areas: int, venues: int) -> None:
    place = town(6, areas=areas, venues=venues)
    assert misses(place, *solve(place))[0].max() < 1e-7


@pytest.mark.parametrize("part", [1e-4, 0.97])
def test_next_to_no_users_and_nearly_everybody_are_met(part: float) -> None:
    """Far from the first guess, where steps are cut or halved; all of the town can reach the first two venues by both modes."""
    place = town(8, areas=1, venues=2)
    place.crowd.people[:] = 100.0
    place.users[:] = part * 600.0 * np.array([0.7, 0.3])
    assert misses(place, *solve(place))[0].max() < 1e-7


def test_more_users_of_a_quintile_than_people_are_never_met() -> None:
    place = town(9, quintiles=True, lam=np.full(8, 0.4))
    place.target[:, 0] += place.crowd.people[place.crowd.quintile == 0].sum()
    assert (misses(place, *solve(place))[1] > 1e-3).all()


def test_more_users_than_people_are_never_met() -> None:
    place = town(10)
    place.users[1] = 1.1 * place.crowd.people.sum()
    assert (misses(place, *solve(place))[0] > 1e-3).all()


def test_eight_positive_systems_are_solved_each_by_itself() -> None:
    rng = np.random.Generator(np.random.Philox(11))
    root, right = rng.normal(size=(8, 9, 9)), rng.normal(size=(8, 9))
    systems = root @ root.swapaxes(1, 2) + np.eye(9)
    x = np.ascontiguousarray(right.T)
    newton.positive_solve(choice.eights(np.triu(systems))[0].reshape(-1, 8), x)
    expected = np.linalg.solve(systems, right[:, :, None])[:, :, 0]
    assert np.allclose(x.T, expected, rtol=1e-9, atol=0)


@pytest.mark.parametrize("near", [False, True])
@pytest.mark.parametrize("quintiles", [False, True])
def test_conjugate_gradients_give_what_cholesky_gives(quintiles: bool, near: bool) -> None:
    """Without laying the system out: out of the parts of areas' use that make it up, nests and quintiles among them."""
    place = town(12, quintiles, near=near)
    place.users[2] = 0
    modes, who = beside(place)
    n = len(place.users) + (5 if quintiles else 0)
    rng = np.random.Generator(np.random.Philox(12))
    trial, right = rng.normal(0, 0.5, (n, 8)), rng.normal(size=(n, 8))
    right[2] = 0.0
    right[:, 3] = 0.0  # a draw that has nothing to do
    made = derivatives.look_for(modes, len(place.users), 0, 1)
    derivatives.look_at(trial, modes, who, place.users, made)
    dense, conjugate = right.copy(), right.copy()
    newton.conjugate_solve(made, modes, who, place.users, np.full(8, 1e-13), conjugate)
    newton.positive_solve(look(modes, who, place.users, trial).system, dense)
    assert np.abs(conjugate - dense).max() < 1e-9 * np.abs(dense).max()


def test_a_town_of_hundreds_of_venues_meets_its_users_by_conjugate_gradients() -> None:
    place = town(13, areas=300, venues=newton.DENSE + 40)
    assert (misses(place, *solve(place))[0] < 1e-7).all()


def test_attraction_is_the_same_one_draw_at_a_time_and_eight_at_a_time() -> None:
    """A nation takes one draw at a time; the logarithm of minutes, the limit of the curve, is among the eight."""
    u = np.random.Generator(np.random.Philox(6)).random
    distance, given, area = 60 * u(50), u(50) < 0.3, (7 * u(50)).astype(np.int64)
    per_km, kappa, alpha = 1 + 2 * u((16, 7)), 0.02 + 0.2 * u(16), np.where(u(16) < 0.3, 0.0, u(16))
    assert 0 < (alpha == 0).sum() < 16
    distance[0] = 0.0
    one_by_one = np.empty((16, 50))
    for d in range(16):
        one = slice(d, d + 1)
        choice.attraction(distance, given, area, per_km[d], kappa[one], alpha[one], one_by_one[d])
    in_eights = choice.attractions(distance, given, area, *(choice.eights(x) for x in (per_km, kappa, alpha)))
    assert choice.by_draw(in_eights) == pytest.approx(one_by_one, rel=1e-13)
