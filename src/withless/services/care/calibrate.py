"""Iterative proportional fitting: a full table of clients that agrees with every figure a council has published.

The seed says who is likely to be a client (need by age and deprivation, times eligibility, times setting). Each row of the
clients table is a sum over some of its cells, and the seed is scaled to one row after another until all hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...place import Table
from .tables import NEEDS, OLDER_AGES, SETTINGS, WORKING_AGES

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SWEEPS = 500
CLOSE = 1e-9
"""Largest relative miss of any row at which fitting stops."""


@dataclass(frozen=True)
class Row:
    """A published figure: the people in the cells[age, need, setting] that it covers, with the table's row."""

    cells: Bools
    people: float
    number: int


def ages_of(group: str) -> tuple[str, ...]:
    """Age bands of a client group."""
    return OLDER_AGES if group == "older" else WORKING_AGES


def rows_of(table: Table, group: str) -> tuple[Row, ...]:
    """The council's rows of one client group, men and women added up where both together are not given."""
    ages = ages_of(group)
    names = ("group", "age_band", "sex", "need", "setting", "met_by")
    cells: dict[tuple[str, ...], dict[str, tuple[float, int]]] = {}
    people = table.numbers("people")
    for number, words in enumerate(zip(*(table.words(n) for n in names), strict=True)):
        given = dict(zip(names, words, strict=True))
        if given["group"] == group and given["met_by"] == "council" and np.isfinite(people[number]):
            key = (given["age_band"], given["need"], given["setting"])
            cells.setdefault(key, {})[given["sex"]] = (float(people[number]), number)
    found = []
    for (age, need, setting), by_sex in cells.items():
        total = by_sex["all"][0] if "all" in by_sex else sum(p for p, _ in by_sex.values())
        covers = (_picked(age, ages), _picked(need, NEEDS), _settings(setting))
        mask = covers[0][:, None, None] & covers[1][:, None] & covers[2]
        found.append(Row(mask, total, min(n for _, n in by_sex.values())))
    return tuple(found)


def fit(seed: Floats, rows: Sequence[Row]) -> tuple[Floats, Floats]:
    """The seed[draw, age, fifth, need, setting] scaled to every row, and the largest relative miss of each row [row].

    Cells that no row covers hold nobody. Where rows contradict each other the misses say so.
    """
    if not rows:
        return np.zeros_like(seed), np.zeros(0)
    shape = seed.shape
    covered = np.any([row.cells for row in rows], axis=0)
    flat = (seed * covered[:, None]).reshape(shape[0], -1)
    where = [np.flatnonzero(np.broadcast_to(r.cells[:, None], shape[1:]).reshape(-1)) for r in rows]
    miss = np.zeros(len(rows))
    for _ in range(SWEEPS):
        for i, (cells, row) in enumerate(zip(where, rows, strict=True)):
            total = flat[:, cells].sum(axis=1)
            scale = np.where(total > 0, row.people / np.where(total > 0, total, 1.0), 0.0)
            flat[:, cells] *= scale[:, None]
            miss[i] = np.abs(total - row.people).max() / max(row.people, 1.0)
        if miss.max() < CLOSE:
            break
    return flat.reshape(shape), miss


def direct_payment_share(table: Table, group: str) -> float:
    """Part of the clients at home who hold a direct payment, as the table has it; 0 where it does not say."""
    people = dict.fromkeys(("home", "community", "direct_payment"), 0.0)
    for row, g, setting, met in zip(
        table.numbers("people"), table.words("group"), table.words("setting"), table.words("met_by"), strict=True
    ):
        if g == group and met == "council" and setting in people and np.isfinite(row):
            people[setting] += float(row)
    at_home = people["community"] or people["home"] + people["direct_payment"]
    return min(people["direct_payment"] / at_home, 1.0) if at_home > 0 else 0.0


def _picked(word: str, names: Sequence[str]) -> Bools:
    """Which of some names a cell's word covers: itself, or all of them."""
    return np.array([word == n for n in names]) if word in names else np.ones(len(names), dtype=bool)


def _settings(word: str) -> Bools:
    """Which settings a cell's word covers; community is home and direct payment."""
    covers = {"all": SETTINGS, "community": SETTINGS[:2]}.get(word, (word,))
    return np.array([s in covers for s in SETTINGS])
