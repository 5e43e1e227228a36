"""No set of a poll's tables gives back what few people said: an attacker who knows every rule solves for it and cannot."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from withless import api
from withless.poll.disclosure import withheld

LEAST = 30


Banners = list[tuple[np.ndarray, int]]


def member(banners: Banners, people: int) -> np.ndarray:
    """bool[person, column]: everybody, then each group of each banner."""
    sides = [np.ones((people, 1), dtype=bool)]
    sides += [c[:, None] == np.arange(n) for c, n in banners]
    return np.hstack(sides)


def in_none(banners: Banners) -> np.ndarray:
    """bool[person, banner]: who is in no group of a banner; no table shows them, and the total less its groups is about them."""
    return np.stack([c < 0 for c, _ in banners], axis=1)


def recovered(
    kinds: np.ndarray, inside: np.ndarray, answers: np.ndarray, size: int, shown: np.ndarray, target: list[int]
) -> list[int]:
    """Answers of which the number in the `target` columns follows from all shown columns and every base.

    The attacker knows which columns lie within which; unknown are how many people of each conceivable kind
    (`kinds[kind, column]`) gave each answer. Linear programming finds the least and the most there can be.
    """
    rows, right = [], []
    for column in range(inside.shape[1]):
        whole = np.repeat(kinds[:, column].astype(float), size)
        rows.append(whole)
        right.append(inside[:, column].sum())
        for r in range(size if shown[column] else 0):
            rows.append(np.where(np.tile(np.arange(size), len(kinds)) == r, whole, 0.0))
            right.append((answers[inside[:, column]] == r).sum())
    told = []
    for r in range(size):
        aim = np.repeat(kinds[:, target].any(axis=1).astype(float), size) * (np.tile(np.arange(size), len(kinds)) == r)
        low, high = (linprog(s * aim, A_eq=np.array(rows), b_eq=np.array(right)) for s in (1, -1))
        assert low.success
        assert high.success
        if -high.fun - low.fun < 0.5:
            told.append(r)
    return told


def draw_poll(seed: int) -> tuple[Banners, np.ndarray, np.ndarray, int]:
    """Banners by person, every conceivable kind of person by column, answers, and how many answers there are."""
    rng = np.random.default_rng(seed)
    people, size = int(rng.integers(60, 260)), int(rng.integers(2, 5))
    sizes = [int(rng.integers(2, 5)) for _ in range(int(rng.integers(1, 4)))]
    factors = [rng.choice(n, people, p=rng.dirichlet(np.full(n, 0.7))) for n in sizes]
    outside = [bool(rng.random() < 0.3) for _ in sizes]  # whether some people are of no group
    factors = [np.where(o & (rng.random(people) < 0.1), n, f) for f, n, o in zip(factors, sizes, outside, strict=True)]
    half = rng.integers(0, 2, people)
    coarse, fine = rng.random() < 0.5, rng.random() < 0.3
    merged = np.append(rng.integers(0, 2, sizes[0]), -1)

    def banners(by: list[np.ndarray], halves: np.ndarray) -> Banners:
        made = [(np.where(f == n, -1, f), n) for f, n in zip(by, sizes, strict=True)]
        if coarse:  # the first banner's groups put together
            made.append((merged[by[0]], 2))
        if fine:  # and taken apart
            made.append((np.where(by[0] == sizes[0], -1, 2 * by[0] + halves), 2 * sizes[0]))
        return made

    grid = np.array(list(product(*(range(n + o) for n, o in zip(sizes, outside, strict=True)), range(1 + fine))))
    conceivable = banners([*grid.T[:-1]], grid[:, -1])
    kinds = np.hstack([member(conceivable, len(grid)), in_none(conceivable)])
    answers = rng.choice(size, people, p=rng.dirichlet(np.full(size, 0.8)))
    answers[:size] = np.arange(size)
    return banners(factors, half), kinds, answers, size


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 100_000))
def test_no_set_of_tables_recovers_a_hidden_count(seed: int) -> None:
    banners, kinds, answers, size = draw_poll(seed)
    inside = np.hstack([member(banners, len(answers)), in_none(banners)])
    hidden = withheld(banners, np.ones(len(answers), dtype=bool), [(answers, size)], LEAST)
    none = len(hidden) + np.arange(len(banners))
    hidden = np.append(hidden, np.ones(len(banners), dtype=bool))
    base = inside.sum(axis=0)
    assert hidden[(base < LEAST)].all()
    start = 1
    for (_, n), blank in zip(banners, none, strict=True):
        few = [j for j in [*range(start, start + n), blank] if 0 < base[j] < LEAST]
        start += n
        for target in [[j] for j in few] + ([few] if len(few) > 1 and base[few].sum() < LEAST else []):
            people = kinds[:, target].any(axis=1)
            # A whole group that is shown and gave an answer to nobody, or only that answer, says so of its parts by itself.
            plain = {
                r
                for k in np.flatnonzero(~hidden)
                if kinds[people, k].all()
                for r in range(size)
                if (answers[inside[:, k]] == r).sum() in (0, base[k])
            }
            told = recovered(kinds, inside, answers, size, ~hidden, target)
            assert set(told) <= plain, (target, told, base, hidden)


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


@pytest.mark.parametrize("blank", ["", "99"])
def test_the_total_does_not_give_back_those_of_no_group(tmp_path: Path, blank: str) -> None:
    """Seven people left their group out, or gave what counts as missing: the total less both groups is what they said."""
    groups = ["x"] * 93 + ["y"] * 50 + [blank] * 7
    rows = "\n".join(f"{'abcde'[i % 5]},{g}" for i, g in enumerate(groups))
    (tmp_path / "a.csv").write_text(f"q,g\n{rows}\n", encoding="utf-8")
    (tmp_path / "s.yaml").write_text(
        f"withless: 1\ntitle: t\nsample: probability\nquestions:\n  q: {{text: Q}}\ndemographics:\n  g: {{missing: [{blank}]}}\n",
        encoding="utf-8",
    )
    q = api.poll(tmp_path / "a.csv", tmp_path / "s.yaml", by=["g"])["questions"][0]
    assert {h["label"]: h["flag"] for h in q["heads"]} == {"Total": "", "x": "", "y": "withheld"}


@pytest.mark.parametrize(("blanks", "withheld_too"), [(0, False), (29, True), (30, False)])
def test_those_of_no_group_are_protected_where_they_are_few(blanks: int, withheld_too: bool) -> None:
    codes = np.array([0] * 93 + [1] * 50 + [-1] * blanks)
    answers = np.arange(len(codes)) % 3
    hidden = withheld([(codes, 2)], np.ones(len(codes), dtype=bool), [(answers, 3)], LEAST)
    assert list(hidden) == [False, False, withheld_too]


def test_a_region_less_its_parts_does_not_tell_of_the_few_who_gave_no_part() -> None:
    """40 people gave no part, too many to be few, but those of the first region are 10."""
    region = np.array([0] * 110 + [1] * 130)
    part = np.array([0] * 50 + [1] * 50 + [-1] * 10 + [2] * 50 + [3] * 50 + [-1] * 30)
    answers = np.arange(240) % 3
    hidden = withheld([(region, 2), (part, 4)], np.ones(240, dtype=bool), [(answers, 3)], LEAST)
    assert list(hidden) == [False, False, False, True, False, False, False]


SEVERAL = {
    "cells": (
        lambda picked: f'"{picked}"',
        "q",
        'q: {text: Q, kind: multiple, split: ";", labels: {a: A, b: B, c: C}, nets: {Either: [a, b]}}',
    ),
    "columns": (
        lambda picked: ",".join("1" if x in picked.split(";") else "0" for x in "abc"),
        "a,b,c",
        "q: {text: Q, kind: multiple, columns: {a: A, b: B, c: C}, chosen: [1], nets: {Either: [a, b]}}",
    ),
}


def several(folder: Path, how: str, groups: list[str], picked: list[str]) -> dict[str, Any]:
    """The table of a question with several answers, held in one cell or in columns of their own."""
    cell, names, question = SEVERAL[how]
    rows = "\n".join(f"{cell(p)},{g}" for p, g in zip(picked, groups, strict=True))
    (folder / "a.csv").write_text(f"{names},g\n{rows}\n", encoding="utf-8")
    (folder / "s.yaml").write_text(
        f"withless: 1\ntitle: t\nsample: probability\nquestions:\n  {question}\n", encoding="utf-8"
    )
    found: dict[str, Any] = api.poll(folder / "a.csv", folder / "s.yaml", by=["g"])["questions"][0]
    return found


@pytest.mark.parametrize("how", SEVERAL)
def test_of_several_answers_too_the_total_does_not_give_back_the_hidden_group(tmp_path: Path, how: str) -> None:
    groups = ["x"] * 93 + ["y"] * 50 + ["z"] * 7
    picked = [("a", "b", "c", "a;b", "b;c")[i % 5] for i in range(143)] + ["a;c"] * 7
    q = several(tmp_path, how, groups, picked)
    assert [r["label"] for r in q["rows"]] == ["A", "B", "C", "Either"]
    assert [h["flag"] for h in q["heads"]] == ["", "", "withheld", "hidden"]
    for row in q["rows"]:
        assert [c is None for c in row["cells"]] == [False, False, True, True]
        assert row["cells"][1]["letters"] == ""


@pytest.mark.parametrize("how", SEVERAL)
@pytest.mark.parametrize(
    "left",
    [
        ["a", "b", "c"],  # nobody picked both of a net: A and B add up to it
        ["a", "a;b", "c"],  # nobody picked B alone: the net less A is empty
        ["a", "b", "a;b"],  # all picked one of a net
    ],
)
def test_what_a_net_says_of_its_answers_is_not_told_of_the_hidden_groups(
    tmp_path: Path, how: str, left: list[str]
) -> None:
    """Groups y and z are under 30 each and over 30 together; the total less x and w is about just them."""
    groups = ["x"] * 100 + ["w"] * 60 + ["y"] * 25 + ["z"] * 25
    picked = [("a", "b", "c", "a;b", "b;c")[i % 5] for i in range(160)] + [left[i % 3] for i in range(50)]
    q = several(tmp_path, how, groups, picked)
    flags = {h["label"]: h["flag"] for h in q["heads"]}
    assert (flags["y"], flags["z"]) == ("hidden", "hidden")
    assert flags["w"] == "withheld"
    assert flags["x"] == ""


@pytest.mark.parametrize("how", SEVERAL)
def test_a_net_that_tells_nothing_of_the_hidden_groups_withholds_nothing_more(tmp_path: Path, how: str) -> None:
    groups = ["x"] * 100 + ["w"] * 60 + ["y"] * 25 + ["z"] * 25
    picked = [("a", "b", "c", "a;b", "b;c")[i % 5] for i in range(210)]
    q = several(tmp_path, how, groups, picked)
    assert {h["label"]: h["flag"] for h in q["heads"]} == {"Total": "", "w": "", "x": "", "y": "hidden", "z": "hidden"}
