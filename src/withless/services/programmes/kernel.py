"""The optimum for a fixed set of programmes, compiled: closed form in the price of money, floors by bisection.

Maximise sum_ig v_ig * n_ig * tanh(x_ig / (u_i n_ig)) over x >= 0 with sum x = money and, for each group g with a floor,
sum_i engaged_ig >= need_g. At price mu of money and nu_g of group g's floor,
    x_ig = u_i n_ig arcosh(sqrt((v_ig + nu_g) / (u_i mu)))  where v_ig + nu_g > u_i mu, else 0,
    engaged_ig = n_ig sqrt(1 - u_i mu / (v_ig + nu_g)).
nu_g(mu) and mu are found by steps within a bracket, for everything is monotone in them.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ...kernels import njit

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

HALVINGS = 100
"""Enough to reach the last bit of a double, were every step a halving."""


@njit(cache=True, nogil=True)
def prices(mu: float, v: Floats, u: Floats, n: Floats, need: Floats, on: Bools, nu: Floats) -> bool:
    """Fill nu[group], the price at which each floor is just met by the programmes that are on; False where none is."""
    for g in range(len(need)):
        nu[g] = 0.0
        if need[g] <= 0 or _engaged(mu, 0.0, v, u, n, on, g)[0] >= need[g]:
            continue
        low, high = 0.0, 1.0
        while _engaged(mu, mu * high, v, u, n, on, g)[0] < need[g]:
            low, high = high, 2 * high
            if high > 1e18:
                return False
        nu[g] = mu * _floor_price(mu, low, high, v, u, n, need[g], on, g)
    return True


@njit(cache=True, nogil=True)
def _floor_price(
    mu: float, low: float, high: float, v: Floats, u: Floats, n: Floats, need: float, on: Bools, g: int
) -> float:
    """The price in units of mu, between low and high, at which group g's floor is met: Newton's steps, halving where one leaves
    the bracket or gains too little; never below the floor by more than the last digits.
    """
    at = (low + high) / 2
    for step in range(HALVINGS):
        found, slope = _engaged(mu, mu * at, v, u, n, on, g)
        if found < need:
            low = at
        else:
            high = at
            if found <= need * (1 + 1e-14):
                break
        if high - low <= 1e-15 * high:
            break
        following = at + (need * (1 + 5e-15) - found) / (slope * mu) if slope > 0 else low
        at = following if low < following < high and step % 8 != 7 else (low + high) / 2
    return high


@njit(cache=True, nogil=True)
def _engaged(mu: float, nu: float, v: Floats, u: Floats, n: Floats, on: Bools, g: int) -> tuple[float, float]:
    """Engaged of group g at these prices, and how fast that rises with nu."""
    total, slope = 0.0, 0.0
    for i in range(len(u)):
        price = v[i, g] + nu
        if on[i] and price > u[i] * mu:
            share = u[i] * mu / price
            root = math.sqrt(1 - share)
            total += n[i, g] * root
            slope += n[i, g] * share / (2 * price * root) if root > 0 else 0.0
    return total, slope


@njit(cache=True, nogil=True)
def demand(mu: float, v: Floats, u: Floats, n: Floats, nu: Floats, spend: Floats, gain: Floats, worth: Floats) -> None:
    """Fill spend[programme], what each would take at these prices; worth, its value; gain, value and floors' worth less cost."""
    for i in range(len(u)):
        spend[i] = 0.0
        gain[i] = 0.0
        worth[i] = 0.0
        for g in range(v.shape[1]):
            price = v[i, g] + nu[g]
            if n[i, g] > 0 and price > u[i] * mu:
                ratio = price / (u[i] * mu)
                x = u[i] * n[i, g] * math.acosh(math.sqrt(ratio))
                reached = n[i, g] * math.sqrt(1 - 1 / ratio)
                spend[i] += x
                worth[i] += v[i, g] * reached
                gain[i] += price * reached - mu * x


@njit(cache=True, nogil=True)
def floor_cost(v: Floats, u: Floats, n: Floats, need: Floats, on: Bools) -> float:
    """Least pounds beyond fixed cost at which the programmes that are on meet every floor; infinite where they cannot."""
    return floor_gains(v, u, n, need, on, np.zeros(len(u)))


@njit(cache=True, nogil=True)
def floor_gains(v: Floats, u: Floats, n: Floats, need: Floats, on: Bools, gain: Floats) -> float:
    """The same, and gain[programme]: what its part in meeting the floors is worth at their prices, less what is spent on it."""
    nu, nothing = np.zeros(len(need)), np.zeros_like(v)
    if not prices(1.0, nothing, u, n, need, on, nu):
        return math.inf
    spend, worth = np.zeros(len(u)), np.zeros(len(u))
    demand(1.0, nothing, u, n, nu, spend, gain, worth)
    total = 0.0
    for i in range(len(u)):
        if on[i]:
            total += spend[i]
    return total


@njit(cache=True, nogil=True)
def _used(mu: float, v: Floats, u: Floats, n: Floats, need: Floats, on: Bools, nu: Floats, parts: Floats) -> float:
    """Pounds that the programmes that are on take at price mu; infinite where floors cannot be met."""
    if not prices(mu, v, u, n, need, on, nu):
        return math.inf
    demand(mu, v, u, n, nu, parts[0], parts[1], parts[2])
    total = 0.0
    for i in range(len(u)):
        if on[i]:
            total += parts[0, i]
    return total


@njit(cache=True, nogil=True)
def _dearest(v: Floats, u: Floats, n: Floats, on: Bools) -> float:
    """The highest price of money at which a programme that is on still takes any, floors apart."""
    top = 0.0
    for i in range(len(u)):
        if on[i]:
            for g in range(v.shape[1]):
                if n[i, g] > 0:
                    top = max(top, v[i, g] / u[i])
    return top


@njit(cache=True, nogil=True)
def fixed_set(v: Floats, u: Floats, n: Floats, need: Floats, on: Bools, money: float, nu: Floats) -> float:
    """The price mu at which the programmes that are on spend `money` beyond fixed cost; nu is filled with the floors'.

    Nil where nothing they could do has value; negative where floors cannot be met for the money.
    """
    least = floor_cost(v, u, n, need, on)
    if money < 0 or least > money:
        return -1.0
    top = _dearest(v, u, n, on)
    if top <= 0:
        return 0.0
    parts = np.zeros((3, len(u)))
    high = math.log(top)
    over = _used(math.exp(high), v, u, n, need, on, nu, parts) - money
    for _ in range(60):
        if over <= 0:
            break
        high += 1.0
        over = _used(math.exp(high), v, u, n, need, on, nu, parts) - money
    low = high - 1.0
    under = _used(math.exp(low), v, u, n, need, on, nu, parts) - money
    while under < 0 and low > high - 700:
        low -= 2 * (high - low)
        under = _used(math.exp(low), v, u, n, need, on, nu, parts) - money
    side, short = 0, over
    for step in range(2 * HALVINGS):
        if high - low <= 1e-15 * (1 + abs(high)) or -1e-13 * money <= short <= 0:
            break
        mid = (low + high) / 2
        if (
            step % 4 != 3 and under > over and math.isfinite(under)
        ):  # regula falsi, the end that stays counting half each time
            mid = high - over * (high - low) / (over - under)
            if not low < mid < high:
                mid = (low + high) / 2
        left = _used(math.exp(mid), v, u, n, need, on, nu, parts) - money
        if left > 0:
            low, under = mid, left
            over = over / 2 if side == 1 else over
            side = 1
        else:
            high, over, short = mid, left, left
            under = under / 2 if side == -1 else under
            side = -1
    mu = math.exp(high)
    prices(mu, v, u, n, need, on, nu)
    return mu


@njit(cache=True, nogil=True)
def allot(mu: float, v: Floats, u: Floats, n: Floats, on: Bools, nu: Floats, x: Floats) -> float:
    """Fill x[programme, group], pounds beyond fixed cost at these prices of the programmes that are on; returns their value."""
    total = 0.0
    for i in range(len(u)):
        for g in range(v.shape[1]):
            x[i, g] = 0.0
            price = v[i, g] + nu[g]
            if on[i] and n[i, g] > 0 and price > u[i] * mu:
                x[i, g] = u[i] * n[i, g] * math.acosh(math.sqrt(price / (u[i] * mu)))
                total += v[i, g] * n[i, g] * math.tanh(x[i, g] / (u[i] * n[i, g]))
    return total


@njit(cache=True, nogil=True)
def bound(
    v: Floats, u: Floats, n: Floats, need: Floats, fixed: Floats, on: Bools, free: Bools, money: float, chosen: Bools
) -> tuple[float, float]:
    """No set of all that is on and some that are free is worth more than this with `money`, and with other money than it plus
    so much for each pound more; `chosen` is filled with a good one.

    For any mu and nu >= 0 the value of a set S is at most sum_S (gain_i - mu*fixed_i) + mu*money - nu.need; the best S for
    that takes each free programme whose gain is above mu*fixed. The least over mu is sought by halving, on the sign of
    what is left of the money.
    """
    both = on | free
    nu, parts = np.zeros(len(need)), np.zeros((3, len(u)))
    top = _dearest(v, u, n, both)
    if top <= 0:
        return 0.0, 0.0
    high = math.log(top) + 12.0
    low = high - 60.0
    best, price = math.inf, 0.0
    for _ in range(60):
        mid = (low + high) / 2
        mu = math.exp(mid)
        if not prices(mu, v, u, n, need, both, nu):
            return -math.inf, 0.0
        demand(mu, v, u, n, nu, parts[0], parts[1], parts[2])
        value, left = mu * money, money
        for g in range(len(need)):
            value -= nu[g] * need[g]
        for i in range(len(u)):
            takes = on[i] or (free[i] and parts[1, i] > mu * fixed[i])
            if takes:
                value += parts[1, i] - mu * fixed[i]
                left -= parts[0, i] + fixed[i]
            if left >= 0 or on[i]:
                chosen[i] = takes
        if value < best:
            best, price = value, mu
        if left < 0:
            low = mid
        else:
            high = mid
            for i in range(len(u)):
                chosen[i] = on[i] or (free[i] and parts[1, i] > mu * fixed[i])
    return best, price
