"""How many young people money engages: engaged = N*s*tanh(spend / (u*N*s)), and how money is split between groups.

N*s are those a programme could reach at most; the first pounds engage one young person for u each, the later ones ever
fewer. The curve is that of coverage in the open-source tool Atomica.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def engaged(spend: Floats, unit_cost: Floats, room: Floats) -> Floats:
    """Young people engaged by `spend` pounds (beyond fixed cost), of `room` at most; arrays that broadcast."""
    scale = unit_cost * room
    return np.where(scale > 0, room * np.tanh(spend / np.where(scale > 0, scale, 1.0)), 0.0)


def split(could: Floats, risk: Floats, targeting: Floats, variable: Floats) -> Floats:
    """Pounds [..., programme, young] of variable[..., programme]: by numbers within reach, and by risk as far as targeted."""
    weighed = could * risk
    by_risk = np.where(weighed.sum(axis=1, keepdims=True) > 0, weighed, could)
    share = (1 - targeting)[..., None] * _shares(could) + targeting[..., None] * _shares(by_risk)
    return share * variable[..., None]


def different(engaged: Floats, people: Floats, overlap: Floats) -> Floats:
    """Different young people engaged by at least one programme, from engaged[case, programme, young]: [case, young].

    With c the share of a group that each programme engages, 1 - prod(1 - c) where programmes are joined independently,
    max(c) where those in the smaller are all in the larger too; `overlap[case]` (0 to 1) is how far towards that.
    """
    share = np.minimum(engaged / np.where(people > 0, people, 1.0), 1.0)
    alone, nested = 1 - np.prod(1 - share, axis=-2), share.max(axis=-2)
    part = overlap.reshape(-1, *([1] * (alone.ndim - 1)))
    total: Floats = (alone + part * (nested - alone)) * people
    return total


def _shares(weights: Floats) -> Floats:
    total = weights.sum(axis=1, keepdims=True)
    return np.where(total > 0, weights / np.where(total > 0, total, 1.0), 0.0)
