"""A location problem as arrays: rows of people, what every option of every venue draws from each row, and what it saves.

A *row* is people who choose alike: those of one area by one mode of travel. A *venue* takes exactly one of its *options*: as
today, shorter hours, volunteers, another building, closed. With y the pull of the options chosen,

    use of row r = sum_k people_rk * x / (1 + x),    x = odds_rk * (sum_j y_rj) ** lam        (nested logit, `lam` <= 1)

where venues that share a nest add up as (y_a^(1/rho) + y_b^(1/rho))^rho. Or, `nearest`, the value of row r is people times the
largest value among the options chosen: minutes to the nearest open venue, or whether one lies within so many minutes. Both
are coverage functions: what a closing loses never falls as more venues close.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Pairs:
    """Pairs of row and site, by row: those of row r are start[r]:start[r + 1]. `value[pair]` is the pull exp(V/lam), at least
    0, or, where the nearest counts, what the site is worth there (such as minus minutes), at least `Demand.nothing`.
    """

    start: Ints
    site: Ints
    value: Floats


@dataclass(frozen=True)
class Demand:
    """Who chooses: people[row, kind] (or any weight at least 0) and odds[row, kind] of use at a pull of 1, and lam.

    `nearest`: the value of the best site counts, `odds` and `lam` play no part; with no site at all it is `nothing`.
    """

    people: Floats
    odds: Floats
    lam: float = 1.0
    nearest: bool = False
    nothing: float = 0.0


@dataclass(frozen=True)
class NestSteps:
    """Nests, by row: steps first[r]:first[r + 1] join two slots (the row's pairs in order, then its steps) with dissimilarity
    rho[step], which never falls from the leaves to the root and is at most 1.
    """

    first: Ints
    one: Ints
    two: Ints
    rho: Floats


@dataclass(frozen=True)
class Options:
    """What may become of venues, those of a venue in a row and its first as it is today.

    `venue[option]` from 0 without gaps; `site[option]` where it is then (-1: closed), `factor[option]` times the pull there;
    `saving[option]` pounds a year against today (0 for the first of each venue; may be below 0).
    """

    venue: Ints
    site: Ints
    factor: Floats
    saving: Floats


class Arrays(NamedTuple):
    """What compiled code reads. An *entry* is a venue that a row can reach: entries start[row]:start[row + 1], each of
    venue[entry], in row[entry]; the values of its options are value[at[entry] + k] for its k-th option, and each lies in the
    row's nest slot `slot` (-1: closed), `joined` if a nest holds it. `first[venue]` is a venue's first option, and
    by_venue[seen[venue]:seen[venue + 1]] are its entries.
    """

    start: Ints
    venue: Ints
    row: Ints
    at: Ints
    value: Floats
    slot: Ints
    joined: Bools
    first: Ints
    seen: Ints
    by_venue: Ints
    people: Floats
    odds: Floats
    lam: Floats
    nearest: bool
    nothing: float
    step: Ints
    one: Ints
    two: Ints
    rho: Floats
    pairs: Ints


@dataclass(frozen=True)
class Problem:
    """A problem ready to solve: `arrays` for compiled code, and `options` as they were given."""

    options: Options
    arrays: Arrays

    @property
    def venues(self) -> int:
        """How many venues there are."""
        return len(self.arrays.first) - 1


def problem(pairs: Pairs, demand: Demand, options: Options, nests: NestSteps | None = None) -> Problem:
    """Lay out pairs and options for the solver."""
    _check(pairs, demand, options)
    rows = len(pairs.start) - 1
    first = np.concatenate([[0], np.cumsum(np.bincount(options.venue))]).astype(np.int64)
    many, venues = np.diff(first), len(first) - 1
    row_of = np.repeat(np.arange(rows), np.diff(pairs.start))
    by_site = np.argsort(options.site, kind="stable")
    low = np.searchsorted(options.site[by_site], pairs.site, "left")
    count = np.searchsorted(options.site[by_site], pairs.site, "right") - low
    pair = np.repeat(np.arange(len(pairs.site)), count)
    option = by_site[np.repeat(low, count) + np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)]
    code, entry = np.unique(row_of[pair] * venues + options.venue[option], return_inverse=True)
    venue = code % venues
    at = np.concatenate([[0], np.cumsum(many[venue])]).astype(np.int64)
    value = np.full(at[-1], demand.nothing if demand.nearest else 0.0)
    slot = np.full(at[-1], -1, dtype=np.int64)
    here = at[entry] + option - first[options.venue[option]]
    value[here] = pairs.value[pair] if demand.nearest else pairs.value[pair] * options.factor[option]
    slot[here] = pair - pairs.start[row_of[pair]]
    none = np.zeros(0, dtype=np.int64)
    steps = nests or NestSteps(np.zeros(rows + 1, dtype=np.int64), none, none, np.zeros(0))
    arrays = Arrays(
        start=np.searchsorted(code // venues, np.arange(rows + 1)).astype(np.int64),
        venue=venue,
        row=code // venues,
        at=at[:-1],
        value=value,
        slot=slot,
        joined=_joined(slot, here, row_of[pair], np.diff(pairs.start), steps),
        first=first,
        seen=np.concatenate([[0], np.cumsum(np.bincount(venue, minlength=venues))]).astype(np.int64),
        by_venue=np.argsort(venue, kind="stable"),
        people=np.ascontiguousarray(demand.people, dtype=np.float64),
        odds=np.ascontiguousarray(demand.odds, dtype=np.float64),
        lam=np.full(rows, float(demand.lam)),
        nearest=demand.nearest,
        nothing=float(demand.nothing),
        step=steps.first,
        one=steps.one,
        two=steps.two,
        rho=steps.rho,
        pairs=np.diff(pairs.start).astype(np.int64),
    )
    return Problem(options, arrays)


def _joined(slot: Ints, here: Ints, row: Ints, pairs: Ints, steps: NestSteps) -> Bools:
    """Which values lie in a slot that a nest of their row holds."""
    found = np.zeros(len(slot), dtype=np.bool_)
    if len(steps.rho) == 0:
        return found
    offset = np.concatenate([[0], np.cumsum(pairs)]).astype(np.int64)
    held = np.zeros(offset[-1], dtype=np.bool_)
    of = np.repeat(np.arange(len(pairs)), np.diff(steps.first))
    for side in (steps.one, steps.two):
        leaf = side < pairs[of]
        held[offset[of[leaf]] + side[leaf]] = True
    found[here] = held[offset[row] + slot[here]]
    return found


def join(problems: Sequence[Problem]) -> Problem:
    """Several services under one saving: their rows and venues side by side. Not where the nearest counts."""
    parts = [p.arrays for p in problems]
    if any(a.nearest for a in parts):
        raise ValueError("problems in which the nearest counts are not joined")

    def shifted(name: str, by: Sequence[int]) -> Ints:
        """Members of a field with what came before added; of starts, the last of each but the last is left out."""
        return np.concatenate([getattr(a, name) + b for a, b in zip(parts, by, strict=True)]).astype(np.int64)

    def before(sizes: Sequence[int]) -> list[int]:
        return [0, *np.cumsum(sizes)[:-1].tolist()]

    def starts(name: str, by: Sequence[int]) -> Ints:
        ends = [getattr(a, name)[1:] + b for a, b in zip(parts, by, strict=True)]
        return np.concatenate([[0], *ends]).astype(np.int64)

    rows, entries, values = (
        [len(x) for x in group] for group in zip(*((a.people, a.venue, a.value) for a in parts), strict=True)
    )
    venues, steps = before([len(a.first) - 1 for a in parts]), before([len(a.rho) for a in parts])
    options = before([len(p.options.venue) for p in problems])
    kinds = max(a.people.shape[1] for a in parts)

    def padded(name: str) -> Floats:
        return np.concatenate([np.pad(getattr(a, name), ((0, 0), (0, kinds - a.people.shape[1]))) for a in parts])

    arrays = Arrays(
        start=starts("start", before(entries)),
        venue=shifted("venue", venues),
        row=shifted("row", before(rows)),
        at=shifted("at", before(values)),
        value=np.concatenate([a.value for a in parts]),
        slot=np.concatenate([a.slot for a in parts]),
        joined=np.concatenate([a.joined for a in parts]),
        first=starts("first", options),
        seen=starts("seen", before(entries)),
        by_venue=shifted("by_venue", before(entries)),
        people=padded("people"),
        odds=padded("odds"),
        lam=np.concatenate([a.lam for a in parts]),
        nearest=False,
        nothing=0.0,
        step=starts("step", steps),
        one=np.concatenate([a.one for a in parts]),
        two=np.concatenate([a.two for a in parts]),
        rho=np.concatenate([a.rho for a in parts]),
        pairs=np.concatenate([a.pairs for a in parts]),
    )
    last, joined = 0, []
    for p, v in zip(problems, venues, strict=True):
        o = p.options
        joined.append((o.venue + v, np.where(o.site >= 0, o.site + last, -1), o.factor, o.saving))
        last += int(o.site.max()) + 1
    return Problem(Options(*(np.concatenate(x) for x in zip(*joined, strict=True))), arrays)


def closures(saving: Floats) -> Options:
    """As today or closed, for as many venues as there are savings, each at the site of its own number."""
    many = len(saving)
    twice = np.repeat(np.arange(many), 2)
    shut = np.tile([False, True], many)
    return Options(twice, np.where(shut, -1, twice), np.where(shut, 0.0, 1.0), np.where(shut, saving[twice], 0.0))


def _check(pairs: Pairs, demand: Demand, options: Options) -> None:
    """Refuse what the solver's reasoning does not hold for."""
    if len(options.venue) == 0 or not np.array_equal(np.unique(options.venue), np.arange(options.venue.max() + 1)):
        raise ValueError("options: venues are counted from 0 without gaps")
    if (np.diff(options.venue) < 0).any() or (options.saving[np.r_[True, np.diff(options.venue) > 0]] != 0).any():
        raise ValueError("options: those of a venue stand together, the first as it is today, with no saving")
    if len(demand.people) != len(pairs.start) - 1:
        raise ValueError("demand: one row of people for each row of pairs")
    numbers = (pairs.value, demand.people, demand.odds, options.factor, options.saving)
    if not all(np.isfinite(x).all() for x in numbers):
        raise ValueError("pulls, people, odds, factors and savings are finite numbers")
    if demand.nearest:
        if (pairs.value < demand.nothing).any():
            raise ValueError("nearest: no site is worth less than none")
    elif not (0 < demand.lam <= 1 and (pairs.value >= 0).all() and (options.factor >= 0).all()):
        raise ValueError("lam lies above 0 and at most at 1, pulls and factors are at least 0")
    if (demand.people < 0).any():
        raise ValueError("people: at least 0")
