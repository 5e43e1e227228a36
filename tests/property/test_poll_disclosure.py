"""No set of a poll's tables gives back what few people said: an attacker who knows every rule solves for it and cannot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from withless import api
from withless.poll.disclosure import withheld

LEAST = 30


def member(banners: list[tuple[np.ndarray, int]], people: int) -> np.ndarray:
    """bool[person, column]: everybody, then each group of each banner."""
    sides = [np.ones((people, 1), dtype=bool)]
    sides += [c[:, None] == np.arange(n) for c, n in banners]
    return np.hstack(sides)


def recovered(inside: np.ndarray, answers: np.ndarray, size: int, shown: np.ndarray, target: np.ndarray) -> list[int]:
    """Answers of which the number in `target[column]` follows from all shown columns and every base, by linear programming.

    The unknowns are how many of each kind of people gave each answer.
    """
    kinds, which = np.unique(inside, axis=0, return_inverse=True)
    which = which.reshape(-1)
    truth = np.zeros((len(kinds), size))
    np.add.at(truth, (which, answers), 1)
    base = inside.sum(axis=0)
    rows, right = [], []
    for column in range(inside.shape[1]):
        whole = np.repeat(kinds[:, column].astype(float), size)
        rows.append(whole)
        right.append(base[column])
        if shown[column]:
            for r in range(size):
                rows.append(np.where(np.tile(np.arange(size), len(kinds)) == r, whole, 0.0))
                right.append((truth * kinds[:, [column]])[:, r].sum())
    told = []
    for r in range(size):
        aim = np.repeat((kinds @ target.astype(int) > 0).astype(float), size) * (
            np.tile(np.arange(size), len(kinds)) == r
        )
        low, high = (linprog(s * aim, A_eq=np.array(rows), b_eq=np.array(right)) for s in (1, -1))
        assert low.success
        assert high.success
        if -high.fun - low.fun < 0.5:
            told.append(r)
    return told


@st.composite
def polls(draw: st.DrawFn) -> tuple[list[tuple[np.ndarray, int]], np.ndarray, int]:
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    people, size = int(rng.integers(60, 260)), int(rng.integers(2, 6))
    banners = []
    for _ in range(int(rng.integers(1, 4))):
        n = int(rng.integers(2, 5))
        codes = rng.choice(n, people, p=rng.dirichlet(np.full(n, 0.7)))
        if rng.random() < 0.3:
            codes = np.where(rng.random(people) < 0.1, -1, codes)  # people of no group
        banners.append((codes, n))
    if rng.random() < 0.6:  # the same groups put together otherwise: coarser, or finer within the first
        first, n = banners[0]
        coarse = rng.integers(0, 2, n)
        banners.append((np.where(first >= 0, coarse[first], -1), 2))
    if rng.random() < 0.3:
        first, n = banners[0]
        banners.append((np.where(first >= 0, first * 2 + rng.integers(0, 2, people), -1), 2 * n))
    answers = rng.choice(size, people, p=rng.dirichlet(np.full(size, 0.8)))
    answers[:size] = np.arange(size)
    return banners, answers, size


@settings(max_examples=60, deadline=None)
@given(polls())
def test_no_set_of_tables_recovers_a_hidden_count(given_poll) -> None:
    banners, answers, size = given_poll
    inside = member(banners, len(answers))
    hidden = withheld(banners, np.ones(len(answers), dtype=bool), [(answers, size)], LEAST)
    base = inside.sum(axis=0)
    assert hidden[(base < LEAST)].all()
    start = 1
    for _, n in banners:
        few = [j for j in range(start, start + n) if 0 < base[j] < LEAST]
        targets = [[j] for j in few] + ([few] if len(few) > 1 and base[few].sum() < LEAST else [])
        for columns in targets:
            target = np.zeros(inside.shape[1], dtype=bool)
            target[columns] = True
            people = inside[:, columns].any(axis=1)
            # A whole group that is shown and gave an answer to nobody, or only that answer, says so of its parts by itself.
            plain = {
                r
                for k in np.flatnonzero(~hidden)
                if inside[people, k].all()
                for r in range(size)
                if (answers[inside[:, k]] == r).sum() in (0, base[k])
            }
            told = recovered(inside, answers, size, ~hidden, target)
            assert set(told) <= plain, (columns, told, base, hidden)
        start += n


def test_where_nobody_is_few_nothing_more_is_hidden() -> None:
    codes = np.repeat([0, 1, 2], 40)
    assert not withheld([(codes, 3)], np.ones(120, dtype=bool), [(codes % 2, 2)], LEAST).any()


def test_the_total_does_not_give_back_the_one_hidden_group_in_any_form(tmp_path: Path) -> None:
    """Counts 4, 3, 0, 0, 0 of seven people came out of the total less the two groups that were shown."""
    groups = ["x"] * 93 + ["y"] * 50 + ["z"] * 7
    said = [*("abcde"[i % 5] for i in range(143)), *"aaaabbb"]
    rows = "\n".join(f"{q},{g}" for q, g in zip(said, groups, strict=True))
    (tmp_path / "a.csv").write_text(f"q,g\n{rows}\n", encoding="utf-8")
    (tmp_path / "s.yaml").write_text(
        "withless: 1\ntitle: t\nsample: probability\nquestions:\n  q: {text: Q, scores: no}\n", encoding="utf-8"
    )
    q = api.poll(tmp_path / "a.csv", tmp_path / "s.yaml", by=["g"])["questions"][0]
    assert [h["flag"] for h in q["heads"]] == ["", "", "withheld", "hidden"]
    for row in q["rows"]:
        assert [c is None for c in row["cells"]] == [False, False, True, True]
        assert row["cells"][1]["letters"] == ""
    assert q["tests"] == []
