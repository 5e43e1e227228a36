"""Eight numbers at a time: each lane by itself, and a sum whose order is the one written."""

import numpy as np
import pytest
from numba import njit

from withless.services.waits.lanes import add, fill, least, load, mul, store, sub, total


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
