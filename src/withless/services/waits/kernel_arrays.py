"""What `cohort` hands to the compiled `kernel`, and what that works on: arrays of one layout, so that it compiles once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Given(NamedTuple):
    """`Flow` with the periods and what is asked of them; arrays of a kind are all laid out alike, so that this compiles once."""

    opening: Floats
    pull: Floats
    leave: Floats
    other: Floats
    shape: Floats
    arrivals: Floats
    capacity: Floats
    extra: Floats
    validated: Floats
    sent: Floats
    received: Floats
    longest: Floats
    urgent: Floats
    front: Floats
    restart: Floats
    shielded: Floats
    waits: Floats
    costs: Floats
    validate_from: int
    urgent_weeks: int
    front_from: int
    front_to: int
    period: Ints
    within: Ints
    quantiles: Floats


class Out(NamedTuple):
    """The arrays of `Run`, to be filled."""

    flows: Floats
    stock: Floats
    within: Floats
    percentile: Floats
    expected: Floats
    closing: Floats


class Desk(NamedTuple):
    """Room to work on one list, `room` places each (bins, and noughts up to whole sixteens and beyond): people, twice that;
    shares kept in a week, of those who want treatment by bin (the last one twice: for those who grow out of it), who
    appears, `through`; the pull, and its shape so many weeks ahead, twice as many places; and 1 where they are urgent, where
    they have waited long, and where the front moves. Of a period: the list as it began, lists at its weeks' beginnings added up,
    who was taken off before treatment less who was put on, room for who was there and who was treated, and counts of who was
    new, weeks, and bins up to the longest waiter: see `expected_wait`.
    """

    line: Floats
    keep: Floats
    take: Floats
    appear: Floats
    through: Floats
    pull: Floats
    ahead: Floats
    is_urgent: Floats
    is_long: Floats
    moves: Floats
    began: Floats
    stood: Floats
    driven: Floats
    there: Floats
    cured: Floats
    counts: Floats


class ListLevers(NamedTuple):
    """What changes by week for one list, [t] or [1]."""

    arrivals: Floats
    capacity: Floats
    extra: Floats
    validated: Floats
    sent: Floats
    received: Floats
    longest: Floats
    urgent: Floats
    front: Floats


class Week(NamedTuple):
    """One week of `ListLevers`."""

    arrivals: float
    capacity: float
    extra: float
    validated: float
    sent: float
    received: float
    longest: float
    urgent: float
    front: float
