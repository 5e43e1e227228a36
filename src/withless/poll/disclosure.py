"""Which columns of a table must not be shown, so that nothing about a few people can be worked out from the rest.

A column of few people is hidden (primary suppression). What is shown elsewhere may give it back: the total less the other
columns, a region less its parts, groups of one kind less groups of another. So more columns are hidden, the smallest first,
until no sum and no difference of shown columns is about few people (secondary suppression). People of no group (a blank, or
what counts as missing) are a group too, one that is never shown: the total less all groups is about them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_NEAR = 1e-7
MOST_ATOMS = 3_000
"""Different combinations of groups up to which any sum of columns is looked at, not only parts of one column."""


@dataclass(frozen=True)
class Columns:
    """The columns of a table: column 0 is everybody, then the groups of every banner and last the people who are in none of them.

    `banner[column]` numbers the banners (-1 for everybody); `asked[column]` people; `counts[column, row]` of them who gave an
    answer, or picked an item; `member[atom, column]` says which columns people alike in all groups are in; `never[column]` are
    not shown, whatever their number.
    """

    banner: Ints
    asked: Ints
    counts: Ints
    member: Bools
    never: Bools


Coded = tuple[Ints, int]
"""Codes by unit, below 0 for none of them, and how many different ones there are."""


def withheld(banners: Sequence[Coded], inside: Bools, parts: Sequence[Coded], least: int) -> Bools:
    """Which columns of a question are not shown, bool[column]: everybody, then the groups of every banner.

    `inside[unit]` is who is in the base, `parts` what they answered: one set of codes, or a yes and no for every item.
    """
    sizes = [size + 1 for _, size in banners]
    codes = [np.where(c[inside] < 0, size, c[inside]) for c, size in banners]  # the last group: none
    asked = np.concatenate([[inside.sum()], *map(_counted, codes, sizes)]).astype(np.int64)
    number = np.concatenate([[-1], *(np.full(size, i) for i, size in enumerate(sizes))]).astype(np.int64)
    never = np.concatenate([[False], *(np.arange(size) == size - 1 for size in sizes)])
    if asked[0] < least:
        return np.asarray(asked[~never] < least)
    rows = [_rows(codes, sizes, answer[inside], size) for answer, size in parts]
    counts = np.hstack(rows) if rows else np.zeros((len(asked), 0), dtype=np.int64)
    hidden = suppressed(Columns(number, asked, counts, _member(codes, sizes), never), least)
    return np.asarray(hidden[~never])


def _rows(codes: Sequence[Ints], sizes: Sequence[int], answer: Ints, size: int) -> Ints:
    """How many of each column gave each answer: [column, answer]."""
    by_group = [_counted(_pair(c, answer, size), n * size).reshape(n, size) for c, n in zip(codes, sizes, strict=True)]
    return np.vstack([_counted(answer, size)[None, :], *by_group])


def _counted(codes: Ints, size: int) -> Ints:
    return np.bincount(codes[codes >= 0], minlength=size)


def _pair(group: Ints, answer: Ints, size: int) -> Ints:
    return np.where((group >= 0) & (answer >= 0), group * size + answer, -1)


def _member(codes: Sequence[Ints], sizes: Sequence[int]) -> Bools:
    """Which columns each kind of people is in."""
    kind, kinds = np.zeros(len(codes[0]) if codes else 0, dtype=np.int64), np.zeros((1, 0), dtype=np.int64)
    for code, size in zip(codes, sizes, strict=True):
        kind = kind * size + code
        if len(kinds) * size <= 4 * len(kind):  # counted; else sorted, which takes longer and less room
            there = np.bincount(kind, minlength=len(kinds) * size) > 0
            found, kind = np.flatnonzero(there), (np.cumsum(there) - 1)[kind]
        else:
            found, kind = np.unique(kind, return_inverse=True)
            kind = kind.reshape(-1)
        kinds = np.column_stack([kinds[found // size], found % size])
    sides = [np.ones((len(kinds), 1), dtype=bool)]
    sides += [kinds[:, i : i + 1] == np.arange(size) for i, size in enumerate(sizes)]
    return np.hstack(sides)


def suppressed(c: Columns, least: int) -> Bools:
    """Which columns are not shown, bool[column]: those of fewer than `least` people, and those that would give one away."""
    hidden = (c.asked < least) | c.never
    few = (c.asked < least) & (c.asked > 0)
    if hidden[0]:
        return hidden
    within = _within(c)
    while True:
        more = _gives_away(c, few, hidden, within, least)
        if more is None:
            more = _adds_up(c, few, hidden)
        if more is None:
            return hidden
        hidden[more] = True


def _within(c: Columns) -> Bools:
    """Whether all people of a column are in another: bool[column, column]."""
    member = c.member.astype(np.float64)
    both = member.T @ member
    return np.asarray(both >= np.diagonal(both)[:, None] - 0.5)


def _gives_away(c: Columns, few: Bools, hidden: Bools, within: Bools, least: int) -> int | None:
    """The smallest shown part of a shown column whose other parts tell of hidden people; None where nothing does.

    What is left of a column, once its shown parts are taken off, must be many or nobody, and neither all nor none of them may
    have given an answer that some of the whole column gave and some did not.
    """
    for whole in np.flatnonzero(~hidden):
        for banner in np.unique(c.banner[1:]):
            parts = (c.banner == banner) & within[:, whole] & (c.asked > 0)
            parts[whole] = False
            shown = np.flatnonzero(parts & ~hidden)
            left = c.asked[whole] - c.asked[shown].sum()
            if not len(shown) or not (0 < left < least or (parts & few).any()):
                continue
            rows = c.counts[whole] - c.counts[shown].sum(axis=0)
            open_rows = (c.counts[whole] > 0) & (c.counts[whole] < c.asked[whole])
            if left < least or ((rows <= 0) | (rows >= left))[open_rows].any():
                return int(shown[np.argmin(c.asked[shown])])
    return None


def _adds_up(c: Columns, few: Bools, hidden: Bools) -> int | None:
    """A shown column that a hidden one is a sum or difference of, with others; None where none is."""
    if len(c.member) > MOST_ATOMS:
        return None
    shown = np.flatnonzero(~hidden)
    sides = c.member[:, shown].astype(np.float64)
    for column in np.flatnonzero(few):
        wanted = c.member[:, column].astype(np.float64)
        weights = np.linalg.lstsq(sides, wanted, rcond=None)[0]
        if np.abs(sides @ weights - wanted).max() < _NEAR:
            used = shown[(np.abs(weights) > _NEAR) & (shown > 0)]
            return int(used[np.argmin(c.asked[used])]) if len(used) else None
    return None
