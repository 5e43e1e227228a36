"""What a plan saves on services that are too crude to count in the verdict, such as other budget lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..appraise import Appraisal

Floats = NDArray[np.float64]


def not_modelled(a: Appraisal, spread: Callable[[Floats], dict[str, Any]]) -> dict[str, Any] | None:
    """Names, the saving of the target year and its part of the whole saving (None where nothing is saved); None without any."""
    left_out = [s for s in a.services if s.measures and not s.in_verdict]
    if not left_out:
        return None
    saving, total = np.asarray(sum(s.yearly["saving"][:, a.year] for s in left_out)), a.total("saving")[:, a.year]
    share = float(saving.mean() / total.mean()) if total.mean() > 0 else None
    return {
        "services": [s.instance.title or s.instance.name for s in left_out],
        "saving": spread(saving),
        "share": share,
    }
