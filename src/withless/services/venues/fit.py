"""Estimating the choice model from a `use` table: several specifications, errors by catchment, a mixture for later draws.

What comes out is association, not effect: where people go today, not what they did when something closed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...place import AGE_BANDS, Place
from ...service import Unworkable
from . import likelihood, travel
from .facts import Facts
from .likelihood import Counts, Parameters

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FARTHEST = 90.0
"""Minutes by car beyond which a pair counts only if somebody was seen to make the trip."""
ROUNDS = 60
ENOUGH = 1e-6
LAMS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
MODEL_FORM = 1.0
"""Judged: standard deviation on the logit of lam that every specification shares, because all of them may be wrong alike.

Ways of looking at Somerset's counts disagree by 0.35, which the mixture holds already: a floor for what they share. When
two of its libraries shut, about 15% of their members were members anywhere a year later (none to half), where the fit says
61%: 2.5 on this scale, by one case with an error of more than 1. See docs/fit.md.
"""


@dataclass(frozen=True)
class Specification:
    """One way to look at the same counts.

    `rim`: with areas and venues outside; `covariates`: deprivation, age and setting in the index; `catchments`: an effect
    for each catchment (areas with the same nearest venue); `power`: minutes to a power, else their logarithm;
    `insensitive`: judged share of members whom distance does not hold; `lam`: held at this value (NaN: fitted); `weight`
    in the mixture.
    """

    name: str
    rim: bool = True
    covariates: bool = True
    catchments: bool = False
    power: bool = True
    insensitive: float = 0.0
    lam: float = np.nan
    weight: float = 1.0


SPECIFICATIONS = (
    Specification("as it stands"),
    Specification("without the rim", rim=False),
    Specification("without deprivation, age and setting", covariates=False),
    Specification("an effect for each catchment", catchments=True),
    Specification("logarithm of minutes", power=False),
    Specification("2% of members not held by distance (judged)", insensitive=0.02),
    Specification("5% of members not held by distance (judged)", insensitive=0.05),
    Specification("plain logit, lam = 1", lam=1.0, weight=0.0),
)


@dataclass(frozen=True)
class FittedChoice:
    """What one specification gives.

    `mean` and `covariance` are of (logit lam, ln kappa, alpha), by catchment and `naive`; `gain` is the log likelihood over
    that of lam = 1; `stay[venue]` the share of a venue's users who would go on elsewhere if it alone closed, of those in
    the place that are open; `users[venue]` observed.
    """

    specification: Specification
    point: Parameters
    mean: Floats
    covariance: Floats
    naive: Floats
    log_likelihood: float
    gain: float
    stay: Floats
    users: Floats
    pairs: int
    clusters: int

    @property
    def stay_share(self) -> float:
        """The share of users who would stay, over venues by their users."""
        known = np.isfinite(self.stay)
        return float((self.stay[known] * self.users[known]).sum() / self.users[known].sum())

    @property
    def lam_error(self) -> float:
        """Standard error of lam, by catchment."""
        return float(np.sqrt(self.covariance[0, 0]) * self.point.lam * (1 - self.point.lam))


def fit(
    facts: Facts,
    specifications: Sequence[Specification] = SPECIFICATIONS,
    progress: Callable[[int], None] | None = None,
) -> list[FittedChoice]:
    """Every specification on the instance's `use` table; travel at the middle of the register's ranges.

    Raises `Unworkable` where there is no table to fit.
    """
    found = []
    for k, spec in enumerate(specifications):
        found.append(estimate(facts, spec))
        if progress is not None:
            progress(k + 1)
    return found


def profile(facts: Facts, lams: Sequence[float] = LAMS) -> list[FittedChoice]:
    """The first specification with lam held at each value in turn."""
    return [estimate(facts, replace(SPECIFICATIONS[0], name=f"lam = {lam:g}", lam=lam)) for lam in lams]


def estimate(facts: Facts, spec: Specification) -> FittedChoice:
    """One specification of an instance; see `estimate_counts`."""
    return estimate_counts(*counts_of(facts, spec), spec)


def estimate_counts(counts: Counts, ours: Bools, spec: Specification) -> FittedChoice:
    """Fisher scoring, sandwich errors by catchment, and what closing each venue that is ours alone would do."""
    free = _free(counts, spec)
    point, value, info = _maximise(counts, spec, free)
    if np.isfinite(spec.lam):
        gain = 0.0
    else:
        held = replace(spec, lam=1.0)
        gain = value - _maximise(counts, held, _free(counts, held))[1]
    fitted = likelihood.model(counts, point, spec.insensitive)
    catchment = np.argmin(np.where(counts.far, np.inf, counts.minutes[0]), axis=1)
    bread = np.asarray(np.linalg.pinv(info, hermitian=True), dtype=np.float64)
    scores = likelihood.score_by_area(fitted, likelihood.score_per_mu(counts, fitted.mu))[:, free]
    sums = np.stack([scores[catchment == k].sum(axis=0) for k in np.unique(catchment)])
    correction = len(sums) / max(len(sums) - 1, 1)
    clustered = np.asarray(correction * bread @ (sums.T @ sums) @ bread, dtype=np.float64)
    where = np.flatnonzero(free)
    structural = [
        int(np.flatnonzero(where == counts.n.shape[1] + k)[0]) if free[counts.n.shape[1] + k] else -1 for k in range(3)
    ]
    scale = np.array([1 / max(point.lam * (1 - point.lam), 1e-6), 1 / point.kappa, 1.0])
    return FittedChoice(
        specification=spec,
        point=point,
        mean=np.array([np.log(point.lam / max(1 - point.lam, 1e-9)), np.log(point.kappa), point.alpha]),
        covariance=_block(clustered, structural) * np.outer(scale, scale),
        naive=_block(bread, structural) * np.outer(scale, scale),
        log_likelihood=value,
        gain=gain,
        stay=_stay(counts, point, spec.insensitive, ours),
        users=likelihood.observed(counts)[ours],
        pairs=int((~counts.far).sum()),
        clusters=len(sums),
    )


def counts_of(facts: Facts, spec: Specification) -> tuple[Counts, Bools]:
    """The counts of a specification, and which of its venues are ours.

    Venues of whom the table says nothing are left out, as are areas outside where the rim is.
    """
    table, place, inside = facts.instance.tables.get("use"), facts.place, facts.inside
    if table is None or not len(table):
        raise Unworkable(f"{facts.instance.title}: there is no `use` table (users by home area and venue) to fit")
    ids = facts.ids
    rows = {name: row for row, name in enumerate(ids)}
    home = np.array([place.areas.index[a] for a in table.words("area")])
    venue = np.array([rows[v] for v in table.words("venue")])
    n, star = np.zeros((len(place.areas), len(ids))), np.zeros((len(place.areas), len(ids)), dtype=bool)
    hidden = table.suppressed.get("users", np.zeros(len(table), dtype=bool))
    np.add.at(n, (home, venue), np.nan_to_num(table.numbers("users")) * ~hidden)
    star[home, venue] = hidden
    areas = place.areas.people.sum(axis=1) > 0
    venues = (n + star).sum(axis=0) > 0
    if not spec.rim:
        areas, venues = areas & ~place.areas.outside, venues & inside
    minutes = middle_minutes(facts, travel.sites(facts))[:, areas][:, :, venues]
    n, star = n[areas][:, venues], star[areas][:, venues]
    no_car = travel.speeds(facts).no_car.mean(axis=0)[areas]
    far = (minutes[0] > FARTHEST) & (n == 0) & ~star
    counts = Counts(
        n=n,
        star=star,
        minutes=minutes,
        share=np.stack([1 - no_car, no_car]),
        people=place.areas.people.sum(axis=1)[areas],
        covariates=_covariates(place, areas, minutes[0], spec),
        far=far,
    )
    return counts, inside[venues]


def middle_minutes(facts: Facts, sites: travel.Sites) -> Floats:
    """Minutes [mode, area, site] at the mean of the draws."""
    km, given = travel.kilometres(facts.place, sites), travel.given_minutes(facts, sites)
    per_km = travel.speeds(facts).minutes_per_km.mean(axis=1)
    return np.where(np.isfinite(given), given, per_km[:, :, None] * km[None])


def _covariates(place: Place, areas: Bools, minutes: Floats, spec: Specification) -> Floats:
    """Columns of the index beside the inclusive value: deprivation, setting, age, catchments; each with mean nil."""
    columns: list[Floats] = []
    if spec.covariates:
        people = place.areas.people[areas]
        urban = np.where(np.isfinite(place.areas.urban), place.areas.urban, 0.5)[areas]
        ages = people / people.sum(axis=1, keepdims=True)
        children, old = AGE_BANDS.index("0-15"), AGE_BANDS.index("65-74")
        columns += [np.asarray(place.areas.quintile[areas] - 2.0), urban, ages[:, children], ages[:, old:].sum(axis=1)]
    if spec.catchments:
        nearest = minutes.argmin(axis=1)
        sizes = np.bincount(nearest, minlength=minutes.shape[1])
        large = [k for k in np.argsort(-sizes, kind="stable") if sizes[k] >= 3]
        columns += [(nearest == k).astype(np.float64) for k in large[1:]]
    if not columns:
        return np.zeros((int(areas.sum()), 0))
    made: Floats = np.stack(columns, axis=1)
    centred: Floats = made - made.mean(axis=0)
    return centred


def _free(c: Counts, spec: Specification) -> Bools:
    """Which parameters are fitted: log weights, lam, kappa, alpha, gamma."""
    free = np.ones(c.n.shape[1] + 3 + c.covariates.shape[1], dtype=bool)
    free[c.n.shape[1]] = not np.isfinite(spec.lam)
    free[c.n.shape[1] + 2] = spec.power
    return free


def _maximise(c: Counts, spec: Specification, free: Bools) -> tuple[Parameters, float, Floats]:
    """Fisher scoring with halved steps; returns the point, the log likelihood and the expected information."""
    venues = c.n.shape[1]
    lam = spec.lam if np.isfinite(spec.lam) else 0.4
    theta = np.concatenate([_first(c, lam), [lam, 0.12, 0.3 if spec.power else 0.0], np.zeros(c.covariates.shape[1])])

    def point(x: Floats) -> Parameters:
        return Parameters(x[:venues], float(x[venues]), float(x[venues + 1]), float(x[venues + 2]), x[venues + 3 :])

    def value_at(x: Floats) -> float:
        p = point(x)
        if not (0.005 <= p.lam <= 1.5 and 0.001 <= p.kappa <= 1.0 and -1.0 <= p.alpha <= 1.5):
            return -np.inf
        return likelihood.log_likelihood(c, likelihood.model(c, p, spec.insensitive).mu)

    value = value_at(theta)
    info = np.eye(int(free.sum()))
    for _ in range(ROUNDS):
        fitted = likelihood.model(c, point(theta), spec.insensitive)
        score = likelihood.score_by_area(fitted, likelihood.score_per_mu(c, fitted.mu)).sum(axis=0)[free]
        info = likelihood.information(c, fitted)[np.ix_(free, free)]
        direction = np.linalg.lstsq(info + 1e-9 * np.diag(np.diag(info) + 1e-9), score, rcond=None)[0]
        gain, step = float(direction @ score), 1.0
        if gain < ENOUGH:
            break
        while step > 1e-6:
            trial = theta.copy()
            trial[free] += step * direction
            better = value_at(trial)
            if better > value:
                theta, value = trial, better
                break
            step *= 0.5
        else:
            break
    return point(theta), value, info


def _first(c: Counts, lam: float) -> Floats:
    """Log weights to start from: users over people near, at about the right level."""
    users = likelihood.observed(c)
    near = (c.people[:, None] * np.exp(-0.12 * likelihood.curve(c.minutes[0], 0.3)[0]) * ~c.far).sum(axis=0)
    first = np.log(users / np.maximum(near, 1e-9))
    level = users.sum() / c.people.sum()
    return np.asarray(first - np.log(np.exp(first).mean()) + np.log(level / (1 - min(level, 0.9))) / lam)


def _stay(c: Counts, p: Parameters, insensitive: float, ours: Bools) -> Floats:
    """Share of users of each of our venues who would go on elsewhere if it alone closed."""

    def users(log_weights: Floats) -> Floats:
        return np.asarray(likelihood.model(c, replace(p, log_weights=log_weights), 0.0).mu.sum(axis=0))

    before, out = users(p.log_weights), []
    for j in np.flatnonzero(ours):
        shut = p.log_weights.copy()
        shut[j] = -700.0
        after = users(shut)
        held = 1 - (before.sum() - (after.sum() - after[j])) / before[j]
        out.append(held * (1 - insensitive) + insensitive)
    return np.array(out)


def _block(matrix: Floats, where: Sequence[int]) -> Floats:
    """Rows and columns of a matrix, nil where a parameter was held."""
    out = np.zeros((len(where), len(where)))
    for i, a in enumerate(where):
        for j, b in enumerate(where):
            out[i, j] = matrix[a, b] if a >= 0 and b >= 0 else 0.0
    return out
