"""The location solver against every choice tried, on places small enough for that; and its refusals."""

from __future__ import annotations

import numpy as np
import pytest
from location_cases import by_trying_all, invented, nearest

from withless import location
from withless.location import cuts as bounds
from withless.location.master import Bound, Master

OBJECTIVES = ("users", "one lam", "nests", "minutes", "beyond", "worst-off")


def sixteen(kind: str) -> location.Problem:
    p, km = invented(3, 16, lam=1.0 if kind == "one lam" else 0.3, nests=kind == "nests")
    if kind == "minutes":
        return nearest(km, np.linspace(1, 3, len(km)))
    if kind == "beyond":
        return nearest((km > 2.5).astype(float), np.linspace(1, 3, len(km)))
    if kind == "worst-off":
        people = p.arrays.people * np.where(np.arange(len(km)) < 8, 1.0, 1e-3)[:, None]
        return location.Problem(p.options, p.arrays._replace(people=people))
    return p


@pytest.mark.parametrize("kind", OBJECTIVES)
def test_the_least_harm_of_all_subsets_of_sixteen_sites_is_found_and_proved(kind: str) -> None:
    p = sixteen(kind)
    target = 0.4 * p.options.saving.sum()
    least, _ = by_trying_all(p, target)
    found = location.solve(p, target)
    assert found.proved
    assert found.harm == pytest.approx(least, rel=1e-9, abs=1e-9)
    assert found.bound <= least + 1e-6 * abs(least)
    assert found.saving >= target - 1e-9


@pytest.mark.parametrize("nests", [False, True])
@pytest.mark.parametrize("part", [0.15, 0.35])
def test_five_options_a_venue_are_chosen_as_by_trying_all(nests: bool, part: float) -> None:
    p, _ = invented(5, 6, nests=nests, modes=True)
    target = part * p.options.saving[4::5].sum()
    least, _ = by_trying_all(p, target)
    found = location.solve(p, target)
    assert found.proved
    assert found.harm == pytest.approx(least, rel=1e-9)


@pytest.mark.parametrize("nests", [False, True])
def test_no_bound_of_a_row_lies_below_any_choice(nests: bool) -> None:
    p, _ = invented(11, 9, nests=nests, modes=True)
    rng, first, rows = np.random.default_rng(2), p.arrays.first, np.arange(20)
    for _ in range(40):
        y = np.concatenate([rng.dirichlet(np.full(k, 0.3)) for k in np.diff(first)])
        for level in bounds.LEVELS:
            constant, coefficient = np.zeros(20), np.zeros((20, len(y)))
            bounds.cuts(p.arrays, y, np.ones(len(y), bool), rows, rows, np.array([level]), constant, coefficient)
            for _ in range(10):
                chosen = rng.integers(0, np.diff(first))
                bound = constant + coefficient[:, first[:-1] + chosen].sum(axis=1)
                assert (bound >= location.values(p, chosen) * (1 - 1e-12) - 1e-9).all()


def test_moves_are_the_difference_of_two_evaluations() -> None:
    for nests in (False, True):
        p, _ = invented(4, 8, nests=nests, modes=True)
        chosen = np.array([0, 4, 1, 0, 3, 0, 2, 4])
        added, first = location.moves(p, chosen), p.arrays.first
        for v in range(8):
            for k in range(5):
                other = chosen.copy()
                other[v] = k
                assert added[first[v] + k] == pytest.approx(
                    location.harm(p, other) - location.harm(p, chosen), abs=1e-8
                )


def test_limits_are_kept_and_the_answer_is_the_best_that_keeps_them() -> None:
    p, _ = invented(7, 12)
    options = len(p.options.venue)
    allowed = np.ones(options, bool)
    allowed[2 * 3 + 1] = False  # venue 3 stays
    here = np.zeros((1, options))
    here[0, 1:12:2] = 1  # of the first six venues at most two close
    limits = location.Limits(allowed, here, np.array([2.0]), ("at most two close in the north",))
    target = 0.45 * p.options.saving.sum()
    least, _ = by_trying_all(p, target, lambda y, chosen: chosen[3] == 0 and chosen[:6].sum() <= 2)
    found = location.solve(p, target, limits)
    assert found.proved
    assert found.harm == pytest.approx(least, rel=1e-9)


def test_no_group_loses_much_more_than_the_average_where_that_is_asked() -> None:
    p, _ = invented(9, 10, rows=60)
    group = np.minimum(np.arange(60) // 20, 2)
    today = location.values(p, np.zeros(10, int))

    def fair(_: np.ndarray, chosen: np.ndarray) -> bool:
        lost = today - location.values(p, chosen)
        shares = [lost[group == g].sum() / today[group == g].sum() for g in range(3)]
        return max(shares) <= 1.25 * lost.sum() / today.sum() + 1e-9

    target = 0.25 * p.options.saving.sum()
    least, _ = by_trying_all(p, target, fair)
    freely, _ = by_trying_all(p, target)
    assert np.isfinite(least)
    assert least > freely * 1.0001
    found = location.solve(p, target, location.Limits(fair=group))
    assert found.proved
    assert found.harm == pytest.approx(least, rel=1e-9)


def test_a_saving_out_of_reach_is_refused_with_the_most_there_is() -> None:
    p, _ = invented(1, 5)
    with pytest.raises(location.Unreachable) as refused:
        location.solve(p, 1e6)
    assert refused.value.most == pytest.approx(p.options.saving.sum())


def test_limits_that_contradict_each_other_are_named() -> None:
    p, _ = invented(1, 5)
    none = np.zeros((1, 10))
    none[0, 1::2] = 1
    limits = location.Limits(None, none, np.array([0.0]), ("nothing closes",))
    with pytest.raises(location.Contradiction, match="nothing closes"):
        location.solve(p, 1.0, limits)


def test_one_venue_is_a_problem_like_any_other() -> None:
    p, _ = invented(1, 1)
    found = location.solve(p, 0.1)
    assert found.proved
    assert found.chosen.tolist() == [1]


def test_nothing_is_called_proved_where_a_bound_passes_a_choice_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Master.bound

    def too_high(self: Master, dual: np.ndarray, allowed: np.ndarray) -> Bound:
        found = right(self, dual, allowed)
        return Bound(found.harm + 5.0, found.reduced)

    monkeypatch.setattr(Master, "bound", too_high)
    p, _ = invented(3, 16)
    found = location.solve(p, 0.4 * p.options.saving.sum())
    assert not found.proved
    assert "passes the choice" in found.fault or "passed a choice" in found.fault


def test_pulls_of_any_size_leave_the_bound_below_the_choice() -> None:
    rng = np.random.default_rng(0)
    rows, sites = 60, 10
    pull = np.exp(rng.normal(0, 60, rows * sites).clip(-300, 60))
    pairs = location.Pairs(np.arange(0, rows * sites + 1, sites), np.tile(np.arange(sites), rows), pull)
    p = location.problem(
        pairs, location.Demand(np.ones((rows, 1)), np.ones((rows, 1))), location.closures(np.ones(sites))
    )
    least, _ = by_trying_all(p, 6)
    found = location.solve(p, 6)
    assert found.proved
    assert found.harm == pytest.approx(least)
    assert found.bound <= least * (1 + 1e-6)


def test_services_under_one_saving_are_solved_as_one() -> None:
    one, two = invented(1, 5)[0], invented(2, 5, lam=0.8)[0]
    both = location.join([one, two])
    target = 0.4 * both.options.saving.sum()
    least, chosen = by_trying_all(both, target)
    assert location.harm(one, chosen[:5]) + location.harm(two, chosen[5:]) == pytest.approx(least)
    assert location.solve(both, target).harm == pytest.approx(least, rel=1e-9)
