"""Eight numbers at a time: each lane by itself, and a sum whose order is the one written."""

import numpy as np
import pytest
from numba import njit

from withless.simd import above, add, choose, div, exp, fill, least, load, log, mul, store, sub, total


@njit
def worked(a, b, out):
    """out[row, 1:9]: every operation on a[1:9] and b[1:9]; returns the total of a[1:9]."""
    x, y = load(a, 1), load(b, 1)
    store(out[0], 1, add(x, y))
    store(out[1], 1, sub(x, y))
    store(out[2], 1, mul(x, y))
    store(out[3], 1, least(x, y))
    store(out[4], 1, fill(2.5))
    return total(x)


def test_every_lane_is_reckoned_by_itself_and_nothing_beside_it_is_touched() -> None:
    a, b = np.random.default_rng(1).normal(size=(2, 10))
    out = np.full((5, 10), 7.0)
    worked(a, b, out)
    expected = [a + b, a - b, a * b, np.minimum(a, b), np.full(10, 2.5)]
    assert np.array_equal(out[:, 1:9], np.array(expected)[:, 1:9])
    assert (out[:, [0, 9]] == 7.0).all()


@pytest.mark.parametrize("seed", range(5))
def test_a_total_is_taken_in_the_order_written_to_the_last_bit(seed) -> None:
    a = np.random.default_rng(seed).normal(size=10) * 10.0 ** np.arange(10)
    v = a[1:9]
    assert worked(a, a, np.zeros((5, 10))) == ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]))


@njit
def _each(numbers, out, natural):
    for i in range(0, len(numbers), 8):
        store(out, i, log(load(numbers, i)) if natural else exp(load(numbers, i)))


def test_exponentials_and_logarithms_are_right_to_the_last_places() -> None:
    u = np.random.Generator(np.random.Philox(2)).random
    x = np.concatenate([1400 * u(8000) - 700, 2 * u(8000) - 1, np.zeros(8)])
    found = np.empty_like(x)
    _each(x, found, False)
    assert found == pytest.approx(np.exp(x), rel=5e-16)
    assert (found[-8:] == 1.0).all()
    y = np.concatenate([np.exp(x), 0.5 + u(8000), np.full(8, 1.0), np.repeat([1e-300, 1e300], 4)])
    found = np.empty_like(y)
    _each(y, found, True)
    assert found == pytest.approx(np.log(y), rel=5e-16, abs=2e-16)
    assert (found[-16:-8] == 0.0).all()


def test_exponentials_stay_finite_and_above_nil() -> None:
    x, found = np.array([-1e9, -np.inf, -710.0, 709.0, 710.0, 1e9, np.inf, 0.0]), np.empty(8)
    _each(x, found, False)
    assert np.isfinite(found).all()
    assert (found > 0).all()


@njit
def _chosen(a, b, out):
    store(out, 0, choose(load(a, 0), load(b, 0), fill(1.0), div(fill(1.0), fill(4.0))))
    return above(load(a, 0), load(b, 0)), above(load(b, 0), load(b, 0))


def test_lanes_are_chosen_one_by_one_and_what_is_not_a_number_is_never_above() -> None:
    a, b, out = np.array([1.0, 2, 3, np.nan, 5, -1, 0, 9]), np.array([2.0, 1, 3, 0, np.nan, -2, 0, 8]), np.empty(8)
    assert _chosen(a, b, out) == (True, False)
    assert out.tolist() == [0.25, 1, 0.25, 0.25, 0.25, 1, 0.25, 1]
