"""The likelihood of a `use` table under the choice model, with its first derivatives and expected information.

Counts are Poisson: n_ij ~ Poisson(mu_ij), where of the N_i people of area i
    mu_ij = (1 - e) * sum_m share_im * N_i * P_im * s_ijm  +  e * U_j * N_i / N
goes to venue j. P and s are those of choice.py for a person of average age; m is with or without a car; e is a judged share
of members whom distance does not hold (they live anywhere in proportion to people). A cell `*` says 1 to 4, an absent
one nil. Parameters: log weights of venues, lam, kappa, alpha (power of minutes; nil is the logarithm), gamma.
Venues next door to each other are taken to be as separate as any: nests.py plays no part here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, gammaln

from .choice import REFERENCE_MINUTES

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

STARS = np.arange(1, 5)
"""Counts that a suppressed cell may stand for."""


@dataclass(frozen=True)
class Counts:
    """What is fitted: n[area, venue] (nil where suppressed), star[area, venue], minutes[mode, area, venue], share[mode,
    area], people[area], covariates[area, column], and `far[area, venue]`: pairs that are no part of the fit.
    """

    n: Floats
    star: Bools
    minutes: Floats
    share: Floats
    people: Floats
    covariates: Floats
    far: Bools


@dataclass(frozen=True)
class Parameters:
    """One set of parameters: log weights[venue], lam, kappa, alpha, gamma[column]."""

    log_weights: Floats
    lam: float
    kappa: float
    alpha: float
    gamma: Floats


@dataclass(frozen=True)
class Fitted:
    """The model at a point: mu[area, venue] in all, by_mode[mode, area, venue], and its slopes in two parts.

    d ln mu_ij = sum_m (by_mode_mij / mu_ij) * area_m[i, parameter]  +  pair_ij[parameter] / mu_ij, where the second part is
    `weight[area, venue]` for the venue's own log weight, `kappa` and `alpha` [area, venue] for those, and nil for the rest.
    """

    mu: Floats
    by_mode: Floats
    area: Floats
    kappa: Floats
    alpha: Floats

    @property
    def weight(self) -> Floats:
        """Users whom distance holds, over modes."""
        return np.asarray(self.by_mode.sum(axis=0))


def model(c: Counts, p: Parameters, insensitive: float) -> Fitted:
    """Expected users and their slopes, parameters in the order log weights, lam, kappa, alpha, gamma."""
    bend, by_alpha = curve(c.minutes, p.alpha)
    modes, areas, venues = c.minutes.shape
    by_mode = np.zeros((modes, areas, venues))
    area = np.zeros((modes, areas, venues + 3 + c.covariates.shape[1]))
    kappa, alpha = np.zeros((areas, venues)), np.zeros((areas, venues))
    for m in range(modes):
        u = np.where(c.far, -np.inf, p.log_weights[None, :] - p.kappa * bend[m])
        top = u.max(axis=1, keepdims=True)
        pull = np.exp(u - top)
        total = pull.sum(axis=1, keepdims=True)
        s, inclusive = pull / total, (np.log(total) + top)[:, 0]
        use = expit(p.lam * inclusive + c.covariates @ p.gamma)
        stays_out = 1 - use
        turn = (p.lam * stays_out - 1)[:, None]  # d ln mu_ij / d u_ik = [j = k] + turn_i * s_ik
        by_mode[m] = (1 - insensitive) * (c.share[m] * c.people * use)[:, None] * s
        area[m, :, :venues] = turn * s
        area[m, :, venues] = stays_out * inclusive
        area[m, :, venues + 1] = -(turn * s * bend[m]).sum(axis=1)
        area[m, :, venues + 2] = -p.kappa * (turn * s * by_alpha[m]).sum(axis=1)
        area[m, :, venues + 3 :] = stays_out[:, None] * c.covariates
        kappa -= by_mode[m] * bend[m]
        alpha -= by_mode[m] * p.kappa * by_alpha[m]
    anywhere = insensitive * c.people[:, None] / c.people.sum() * observed(c)[None, :]
    return Fitted(np.maximum(by_mode.sum(axis=0) + anywhere, 1e-12), by_mode, area, kappa, alpha)


def score_by_area(fitted: Fitted, residual: Floats) -> Floats:
    """D ln L / d parameter of every area, [area, parameter]; residual[area, venue] as `score_per_mu` gives it."""
    venues, per_mu = fitted.mu.shape[1], residual / fitted.mu
    out = np.einsum("mij,ij,mip->ip", fitted.by_mode, per_mu, fitted.area, optimize=True)
    out[:, :venues] += per_mu * fitted.weight
    out[:, venues + 1] += (per_mu * fitted.kappa).sum(axis=1)
    out[:, venues + 2] += (per_mu * fitted.alpha).sum(axis=1)
    return np.asarray(out)


def information(c: Counts, f: Fitted) -> Floats:
    """Expected information, sum of d ln mu d ln mu' mu over the pairs of the fit: [parameter, parameter]."""
    venues, per_mu = f.mu.shape[1], np.where(c.far, 0.0, 1 / f.mu)
    both = np.einsum("mij,nij,ij->mni", f.by_mode, f.by_mode, per_mu, optimize=True)
    total = np.einsum("mip,mni,niq->pq", f.area, both, f.area, optimize=True)
    own = slice(venues), venues + 1, venues + 2
    parts = f.weight, f.kappa, f.alpha
    across = np.zeros_like(total)
    for where, part in zip(own, parts, strict=True):
        by_pair = f.by_mode * (per_mu * part)[None]
        summed = by_pair if isinstance(where, slice) else by_pair.sum(axis=2)
        across[:, where] = np.einsum("mip,mi...->p...", f.area, summed, optimize=True)
    total += across + across.T
    index = np.arange(venues)
    total[index, index] += (f.weight**2 * per_mu).sum(axis=0)
    for where, part in zip(own[1:], parts[1:], strict=True):
        mixed = (f.weight * part * per_mu).sum(axis=0)
        total[:venues, where] += mixed
        total[where, :venues] += mixed
        for other, second in zip(own[1:], parts[1:], strict=True):
            total[where, other] += (part * second * per_mu).sum()
    return np.asarray(total)


def curve(minutes: Floats, alpha: float) -> tuple[Floats, Floats]:
    """f(m) = (20/alpha) * ((m/20)^alpha - 1), the logarithm at nil, and df/dalpha."""
    x = np.log(np.maximum(minutes, 0.1) / REFERENCE_MINUTES)
    if abs(alpha) < 1e-4:
        return REFERENCE_MINUTES * (x + alpha * x**2 / 2), REFERENCE_MINUTES * (x**2 / 2 + alpha * x**3 / 3)
    power = np.exp(alpha * x)
    return REFERENCE_MINUTES * (power - 1) / alpha, REFERENCE_MINUTES * (alpha * x * power - power + 1) / alpha**2


def observed(c: Counts) -> Floats:
    """Users of each venue, a star counted as one and a half."""
    return np.asarray(c.n.sum(axis=0) + 1.5 * c.star.sum(axis=0))


def log_likelihood(c: Counts, mu: Floats) -> float:
    """The sum over pairs of ln P(count | mu)."""
    exact = c.n * np.log(mu) - mu - gammaln(c.n + 1)
    stars = np.log(np.maximum(_star_terms(mu).sum(axis=0), 1e-300)) - mu
    return float(np.where(c.far, 0.0, np.where(c.star, stars, exact)).sum())


def score_per_mu(c: Counts, mu: Floats) -> Floats:
    """D ln P / d ln mu of every pair: count less mu, a star counted as its expectation within 1 to 4."""
    terms = _star_terms(mu)
    expected = (STARS[:, None, None] * terms).sum(axis=0) / np.maximum(terms.sum(axis=0), 1e-300)
    return np.where(c.far, 0.0, np.where(c.star, expected, c.n) - mu)


def _star_terms(mu: Floats) -> Floats:
    """P(k | mu) e^mu for k = 1 to 4: mu^k / k!."""
    return np.asarray(np.exp(STARS[:, None, None] * np.log(mu)[None] - gammaln(STARS + 1)[:, None, None]))
