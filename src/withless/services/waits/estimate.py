"""What keeps a list going, estimated from what was observed of it: `Observed` to `Rates`.

Over month m of d weeks, with X_b people in band b at its two ends (mean M_b), c_b treated out of it and D(e) people a week
who pass the age e (the density of the list there; clock starts a week at age 0):

    pull_b  = c_b / (d M_b)                                    a rate a week at that age
    left_b  = d (D(low) - D(high)) - change of X_b - c_b       the balance of the band; adds up to starts - treated - change
    leave_b = left_b / (d M_b)                                 below 0 where more appeared than left: an inflow

summed over the last twelve months, recent ones weighted more, months of March 2020 to March 2021 left out. Small numbers
are shrunk: a specialty to the whole list's pattern at its own level, the whole list to England's. With c_b seen where e_b
were expected, pull_b = expected pull_b * (c_b + a) / (e_b + a): gamma-Poisson, 1/a the variance of true ratios round 1.
"""

from __future__ import annotations

import calendar
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from . import long_wait_drive
from .backtest_cohort import HALF_LIFE, PANDEMIC, WINDOW
from .balance import drawn_together
from .rates import YEAR_WEEKS, Observed, Rates

Floats = NDArray[np.float64]

FINE = np.array([*range(27), *range(27, 104, 4)])
"""Least week of each band in which pull is estimated: weeks up to 26, since people are treated just before they would have
waited 18; then four-week bands with the edges of the national series, the last one open."""

COARSE = np.array([0, *range(3, 104, 4)])
"""Least week of each band in which leaving is estimated."""

SHRINK = 20.0
"""a: people treated that the pattern a band is shrunk to counts as. In January 2026 the 23 specialties of England, each at its
own level, differed from all together by a variance of 0.05 beyond chance (818 bands in which 50 or more were expected)."""

LEAVE_SHRINK = 4.0
"""How many times more than pull what is left over by balance is shrunk: it is a small difference of large counts; judged."""

SEASON_MONTHS = 1.0
"""England's seasons count months / (months + this) of a list with fewer than twelve: 2, 3, 6 and 9 months of England were taken
on best with four fifths or all of the seasons of other years, two months of the winter of 2015 by specialty with half of them."""

SMALL = 1_000.0
"""People treated in a year, recent months weighted more, under which a specialty is said to be small."""

MOST_PULL = 3.0
"""Rate a week beyond which 95 of 100 are gone within a week: none is put higher."""

_DAYS = np.array([calendar.monthrange(2025, m)[1] for m in range(1, 13)], dtype=np.float64)
_MONTH_OF_DAY = np.repeat(np.arange(12), _DAYS.astype(int))


@dataclass(frozen=True)
class National:
    """England's rates a week by band of `COARSE`, and starts and treatments a day by calendar month against the year's mean."""

    pull: Floats
    leave: Floats
    starts: Floats
    treated: Floats
    source: str


@dataclass(frozen=True)
class _Sums:
    """Weighted sums over months: treated[.., part, fine band], its exposure[.., fine band] in person-weeks, left[.., coarse
    band] and its exposure; `balanced` where any month had a balance.
    """

    treated: Floats
    exposure: Floats
    left: Floats
    left_exposure: Floats
    balanced: bool


@cache
def national() -> National:
    """England's rates, from `national.toml`."""
    told = tomllib.loads(resources.files(__package__).joinpath("national.toml").read_text(encoding="utf-8"))
    arrays = {n: np.array(told[n], dtype=np.float64) for n in ("pull", "leave", "starts", "treated")}
    for array in arrays.values():
        array.setflags(write=False)
    return National(source=str(told["source"]), **arrays)


def estimate(seen: Observed, england: National | None = None) -> Rates:
    """Rates of every specialty; raises ValueError where the last month has no list, or nobody was treated in any month."""
    pattern = national() if england is None else england
    weeks = seen.stock.shape[2]
    opening = np.nan_to_num(seen.stock[-1])
    if not opening.sum() > 0:
        raise ValueError("the last month has nobody on the list")
    sums = _summed(seen)
    if not sums.treated.sum() > 0:
        raise ValueError("nobody was treated in any month")
    pull, leave = _shrunk(sums, pattern, seen)
    by_week = _half_a_week_back(_weekly(pull, FINE, weeks))
    gone = _half_a_week_on(_weekly(leave, COARSE, weeks))
    share = _way_off(by_week)
    stock = opening[:, None] * share
    split = np.minimum(np.divide(by_week, share, out=np.zeros_like(by_week), where=share > 0), MOST_PULL)
    growth, treated_growth, notes = _growths(seen)
    starts = told_starts(seen)
    arrivals = _by_week_of_year(seen.months, starts, pattern.starts, growth)
    capacity = np.stack(
        [
            _by_week_of_year(seen.months, seen.completed[:, :, p].sum(axis=2), pattern.treated, treated_growth)
            for p in range(len(seen.parts))
        ],
        axis=1,
    )
    shape = (len(seen.specialties), len(seen.parts))
    found = Rates(
        specialties=seen.specialties,
        parts=seen.parts,
        month=seen.months[-1],
        stock=stock,
        pull=split,
        leave=np.repeat(np.maximum(gone, 0.0)[:, None], len(seen.parts), axis=1),
        other=np.maximum(-gone, 0.0)[:, None] * stock,
        arrivals=arrivals[:, None] * share[:, :, :1],
        capacity=capacity,
        growth=np.full(shape, growth),
        treated_growth=np.full(shape, treated_growth),
        front_speed=long_wait_drive.speed(seen, starts),
        behind=long_wait_drive.behind(seen.months),
        notes=(*_notes(seen, sums, pattern), *notes),
    )
    return drawn_together(found) if sums.balanced else found


def bands(weekly: Floats, starts: NDArray[np.int64]) -> Floats:
    """weekly[.., week] summed into bands that begin at `starts`; the last takes all that is left."""
    summed: Floats = np.add.reduceat(weekly, starts[starts < weekly.shape[-1]], axis=-1)
    return summed


def month_weights(months: tuple[tuple[int, int], ...]) -> Floats:
    """Weight of every month: half for every `HALF_LIFE` months ago; 0 beyond a year and in the pandemic's."""
    number = np.array([y * 12 + m for y, m in months])
    ago = number[-1] - number
    pandemic = np.array([PANDEMIC[0] <= m <= PANDEMIC[1] for m in months])
    weight: Floats = np.where((ago < WINDOW) & ~pandemic, 0.5 ** (ago / HALF_LIFE), 0.0)
    return weight


def _summed(seen: Observed) -> _Sums:
    """Sums over the months that count, each specialty's own; a month without the one before it has no balance."""
    specialties, parts = len(seen.specialties), len(seen.parts)
    sums = _Sums(
        np.zeros((specialties, parts, len(FINE))),
        np.zeros((specialties, len(FINE))),
        np.zeros((specialties, len(COARSE))),
        np.zeros((specialties, len(COARSE))),
        False,
    )
    starts, weight, balanced = told_starts(seen), month_weights(seen.months), False
    if not weight.any():
        weight[-1] = 1.0
    for m, month in enumerate(seen.months):
        told = ~np.isnan(seen.completed[m]).any(axis=(1, 2)) & ~np.isnan(seen.stock[m]).any(axis=1)
        before = m > 0 and _follows(seen.months[m - 1], month)
        for s in np.flatnonzero(told & (weight[m] > 0)):
            known = before and not np.isnan(seen.stock[m - 1, s]).any()
            earlier = seen.stock[m - 1, s] if known else seen.stock[m, s]
            d = calendar.monthrange(*month)[1] / 7
            mean = (earlier + seen.stock[m, s]) / 2
            sums.treated[s] += weight[m] * bands(seen.completed[m, s], FINE)
            sums.exposure[s] += weight[m] * d * bands(mean, FINE)
            if known and np.isfinite(starts[m, s]):
                balanced = True
                off = _balance(earlier, seen.stock[m, s], seen.completed[m, s].sum(axis=0), float(starts[m, s]), d)
                sums.left[s] += weight[m] * off
                sums.left_exposure[s] += weight[m] * d * bands(mean, COARSE)
    return _Sums(sums.treated, sums.exposure, sums.left, sums.left_exposure, balanced)


def _balance(earlier: Floats, now: Floats, completed: Floats, starts: float, weeks: float) -> Floats:
    """left[coarse band]: who came in at its lower age, less who went out at its upper one, were treated, or are still there."""
    mean = (earlier + now) / 2
    edges = COARSE[1:]
    passing = np.concatenate([[starts / weeks], (mean[edges - 1] + mean[edges]) / 2, [0.0]])
    change = bands(now, COARSE) - bands(earlier, COARSE)
    left: Floats = weeks * (passing[:-1] - passing[1:]) - change - bands(completed, COARSE)
    return left


def told_starts(seen: Observed) -> Floats:
    """Clock starts[month, specialty]; where none are told, those that keep the first weeks in balance, nobody leaving then."""
    out = seen.starts.copy()
    for m, month in enumerate(seen.months):
        blank = np.isnan(out[m])
        if not blank.any():
            continue
        d = calendar.monthrange(*month)[1] / 7
        follows = m > 0 and _follows(seen.months[m - 1], month)
        earlier = seen.stock[m - 1] if follows else seen.stock[m]
        first, edge = slice(0, COARSE[1]), COARSE[1]
        mean = (earlier + seen.stock[m]) / 2
        passing = (mean[:, edge - 1] + mean[:, edge]) / 2
        change = (seen.stock[m] - earlier)[:, first].sum(axis=1)
        treated = seen.completed[m][:, :, first].sum(axis=(1, 2))
        out[m] = np.where(blank, np.maximum(d * passing + change + treated, 0.0), out[m])
    return out


def _follows(earlier: tuple[int, int], later: tuple[int, int]) -> bool:
    return later[0] * 12 + later[1] - earlier[0] * 12 - earlier[1] == 1


def _shrunk(sums: _Sums, england: National, seen: Observed) -> tuple[Floats, Floats]:
    """pull[specialty, part, fine band] and leave[specialty, coarse band], small numbers shrunk."""
    base = england.pull[np.searchsorted(COARSE, FINE, side="right") - 1]
    treated, exposure = sums.treated.sum(axis=(0, 1)), sums.exposure.sum(axis=0)
    whole = _towards(treated, exposure, base)
    total = np.stack(
        [
            _towards(sums.treated[s].sum(axis=0), sums.exposure[s], whole) if sums.exposure[s].sum() > 0 else whole
            for s in range(len(seen.specialties))
        ]
    )
    share = (sums.treated + 1e-9 + SHRINK * _part_shares(sums)[:, :, None]) / (
        sums.treated.sum(axis=1, keepdims=True) + 1e-9 * len(seen.parts) + SHRINK
    )
    share = share / share.sum(axis=1, keepdims=True)
    pooled = _leaving(sums.left.sum(axis=0), sums.left_exposure.sum(axis=0), england.leave, england.pull)
    leave = np.stack(
        [_leaving(sums.left[s], sums.left_exposure[s], pooled, england.pull) for s in range(len(seen.specialties))]
    )
    return total[:, None] * share, leave


def _part_shares(sums: _Sums) -> Floats:
    """share[specialty, part] of all it treated; that of all specialties where it treated nobody."""
    by_part = sums.treated.sum(axis=2)
    overall = by_part.sum(axis=0) / by_part.sum()
    total = by_part.sum(axis=1, keepdims=True)
    shares: Floats = np.where(total > 0, by_part / np.where(total > 0, total, 1.0), overall)
    return shares


def _towards(treated: Floats, exposure: Floats, base: Floats) -> Floats:
    """pull[band] shrunk to a pattern at the list's own level."""
    expected = base * exposure
    level = treated.sum() / expected.sum() if expected.sum() > 0 else 1.0
    pull: Floats = base * level * (treated + SHRINK) / (expected * level + SHRINK)
    capped: Floats = np.minimum(pull, MOST_PULL)
    return capped


def _leaving(left: Floats, exposure: Floats, base: Floats, pull: Floats) -> Floats:
    """leave[band] shrunk to a pattern, which counts as the exposure in which so many more people are treated than for pull."""
    worth = SHRINK * LEAVE_SHRINK / np.maximum(pull, 1e-6)
    leave: Floats = (left + worth * base) / (exposure + worth)
    return leave


def _weekly(by_band: Floats, starts: NDArray[np.int64], weeks: int) -> Floats:
    """by_band[.., band] for every week."""
    weekly: Floats = by_band[..., np.searchsorted(starts, np.arange(weeks), side="right") - 1]
    return weekly


def _half_a_week_back(pull: Floats) -> Floats:
    """What the cohort is to take out of a bin at a week's end: over that week its people waited, on average, half a week
    less than the middle of the bin, and those of the first bin were there for half of it.
    """
    before = np.concatenate([np.zeros_like(pull[..., :1]), pull[..., :-1]], axis=-1)
    mean: Floats = (before + pull) / 2
    return mean


def _half_a_week_on(leave: Floats) -> Floats:
    """What the cohort is to take off a bin as it grows a week older: half of that week lies in the next bin."""
    after = np.concatenate([leave[..., 1:], leave[..., -1:]], axis=-1)
    mean: Floats = (leave + after) / 2
    return mean


def _way_off(pull: Floats) -> Floats:
    """share[specialty, part, week] of those on the list who will be treated in that part, if these rates last and nobody
    leaves otherwise: V_w = pull_part / pull * (1 - exp(-pull)) + exp(-pull) * V_{w+1}, pull that of the week, all parts.
    """
    total = pull.sum(axis=1)
    share = np.empty_like(pull)
    now = pull[:, :, -1] / np.maximum(total[:, None, -1], 1e-300)
    for w in range(pull.shape[2] - 1, -1, -1):
        stays = np.exp(-total[:, None, w])
        now = pull[:, :, w] / np.maximum(total[:, None, w], 1e-300) * (1 - stays) + stays * now
        share[:, :, w] = now
    shares: Floats = share / share.sum(axis=1, keepdims=True)
    return shares


def _growths(seen: Observed) -> tuple[float, float, tuple[str, ...]]:
    """Growth a year of clock starts and of treatments, of all specialties together; 0 each without two years of both."""
    came, treated = seen.starts.sum(axis=1), seen.completed.sum(axis=(1, 2, 3))
    grown, treated_grown = _growth(seen.months, came), _growth(seen.months, treated)
    if not np.isfinite([grown, treated_grown]).all():
        return 0.0, 0.0, ("Growth of clock starts cannot be told from fewer than two years of months.",)
    return grown, treated_grown, ()


def _growth(months: tuple[tuple[int, int], ...], flow: Floats) -> float:
    """Twelve months of a flow on the twelve before, less 1; NaN where one of them is not known or of the pandemic."""
    number = [y * 12 + m for y, m in months]
    last = [flow[number.index(number[-1] - k)] if number[-1] - k in number else np.nan for k in range(24)]
    pandemic = any(
        PANDEMIC[0] <= ((number[-1] - k - 1) // 12, (number[-1] - k - 1) % 12 + 1) <= PANDEMIC[1] for k in range(24)
    )
    now, before = float(np.sum(last[:12])), float(np.sum(last[12:]))
    return np.nan if pandemic or not before > 0 else now / before - 1


def _by_week_of_year(months: tuple[tuple[int, int], ...], flow: Floats, season: Floats, growth: float) -> Floats:
    """A flow a week, [specialty, week of year], at today's level, from flow[month, specialty].

    With each of the last twelve months at hand the seasons are their own, grown on by half a year; else England's, drawn towards
    none.
    """
    weight = month_weights(months) > 0
    weight = weight if weight.any() else np.arange(len(months)) == len(months) - 1
    days = np.array([calendar.monthrange(*m)[1] for m in months], dtype=np.float64)
    month = np.array([m - 1 for _, m in months])
    rows = np.flatnonzero(weight)
    out = np.empty((flow.shape[1], YEAR_WEEKS))
    for s in range(flow.shape[1]):
        told = rows[np.isfinite(flow[rows, s])]
        if len(set(month[told])) == 12:
            by_month = np.array([(flow[told, s] / days[told])[month[told] == m].mean() for m in range(12)])
            by_month *= 1 + growth / 2
        elif len(told):
            ours = 1 + len(told) / (len(told) + SEASON_MONTHS) * (season - 1)
            by_month = ours * flow[told, s].sum() / (ours[month[told]] * days[told]).sum()
        else:
            by_month = np.zeros(12)
        by_day = by_month[_MONTH_OF_DAY]
        out[s] = [by_day[7 * k : 7 * k + 7].sum() for k in range(YEAR_WEEKS)]
    capped: Floats = np.maximum(out, 0.0)
    return capped


def _notes(seen: Observed, sums: _Sums, england: National) -> tuple[str, ...]:
    """What was assumed, in sentences."""
    said = []
    if not sums.balanced:
        said.append(f"One month shows no removals: they are England's, by weeks waited ({england.source}).")
    elif len(seen.months) < WINDOW:
        said.append(f"{len(seen.months)} months are at hand: seasons are England's ({england.source}).")
    if np.isnan(seen.starts).any():
        said.append("Clock starts that are not told are those that keep the first weeks in balance.")
    small = int((sums.treated.sum(axis=(1, 2)) < SMALL).sum())
    if small and len(seen.specialties) > 1:
        word = "specialty is" if small == 1 else "specialties are"
        said.append(f"{small} small {word} shrunk in good part to the pattern of the whole list.")
    return tuple(said)


def pattern(told: Mapping[str, Floats], source: str) -> National:
    """England's pattern from arrays of the same names; for tests, and for whoever makes `national.toml` anew."""
    return National(told["pull"], told["leave"], told["starts"], told["treated"], source)
