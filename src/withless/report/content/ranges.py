"""Numbers over draws as ranges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .models import Range, Sides

Floats = NDArray[np.float64]


def spread(values: Floats) -> Range:
    """The range of `values[draw]`."""
    p5, p50, p95 = np.quantile(values, [0.05, 0.5, 0.95]).tolist()
    return Range(mean=float(values.mean()), p5=p5, p50=p50, p95=p95)


def sides(before: Floats, after: Floats) -> Sides:
    """Two float[draw] and their difference, taken draw by draw."""
    return Sides(baseline=spread(before), plan=spread(after), change=spread(after - before))


def defined(values: Floats | None) -> Range | None:
    """The range of what is defined; None where nothing is."""
    if values is None or not np.isfinite(values).any():
        return None
    return spread(values[np.isfinite(values)])


def per(top: Floats, bottom: Floats, empty: float = 0.0) -> Floats:
    """`top / bottom` draw by draw; `empty` where there is nobody."""
    return np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1.0), empty)
