"""Savings booked and delivered, as published, next to what the delivery model says of a whole plan.

    python examples/past/savings.py

Two kinds of evidence stand apart: what a body reported of itself, and what an auditor could substantiate.
"""

from __future__ import annotations

import numpy as np

from withless import delivery
from withless.assumptions import Draws
from withless.plan import EVIDENCE, Measure

MEASURES, DRAWS = 10, 1024
"""Measures of one size in the plan that the model is asked about (judged), and draws."""
CASES = (
    # body, year, share delivered, kind, used to set the ranges, source
    ("22 Welsh councils together", "2015-16", 0.88, "reported", True, "Auditor General for Wales 2017"),
    ("Brighton & Hove", "2022-23", 0.89, "reported", True, "savings monitoring"),
    ("Brighton & Hove, net of pressures", "2022-23", 0.57, "net", False, "savings monitoring"),
    ("Brighton & Hove, net of pressures", "2020-21", 0.72, "net", True, "committee of 1 July 2021"),
    ("Brighton & Hove, forecast in May", "2025-26", 0.74, "net", False, "month 2 monitoring"),
    ("English acute trusts together", "2010-11", 0.90, "reported", True, "HSJ 2011"),
    ("NHS in England", "2011-12", 0.98, "reported", True, "Department of Health, in NAO HC 686"),
    ("NHS in England", "2011-12", 0.58, "substantiated", True, "NAO HC 686"),
    ("Departments, of what was due by then", "2008-10", 0.64, "reported", True, "PAC HC 440"),
    ("Departments, sample: sustainable", "2010", 0.38, "substantiated", True, "NAO, in PAC HC 440"),
    ("Departments, sample: and uncertain", "2010", 0.82, "substantiated", True, "NAO, in PAC HC 440"),
)


def shares(evidence: str, draws: Draws) -> np.ndarray:
    """Share of a plan of `MEASURES` like measures that is carried out in the end: float[draw]."""
    measures = [
        Measure(f"m{i}", "", "any", "budget", ("all",), "scale", 0.9, 0.0, evidence=evidence) for i in range(MEASURES)
    ]
    still = {m.id: np.zeros(len(draws)) for m in measures}
    how = delivery.delivery(measures, frozenset(), draws, still)
    return np.mean([how.carried[m.id].share[:, 0] for m in measures], axis=0)


def main() -> None:
    """Print both tables."""
    draws = delivery.REGISTER.draw(1, 0, DRAWS // 64)
    ranges = {e: np.quantile(shares(e, draws), [0.05, 0.5, 0.95]) for e in EVIDENCE}
    print(f"The model: part of a plan of {MEASURES} like measures that is carried out in the end")
    print(f"{'evidence':<20}{'middle':>8}{'90% uncertainty range':>25}")
    for name, (low, middle, high) in ranges.items():
        print(f"{name:<20}{100 * middle:>7.0f}%{f'{100 * low:.0f}% to {100 * high:.0f}%':>25}")
    print(f"\n{'published':<38}{'year':<9}{'share':>6}  {'kind':<15}inside the range of")
    for body, year, share, kind, used, _ in CASES:
        inside = [name for name, (low, _, high) in ranges.items() if low <= share <= high]
        star = "*" if used else " "
        print(f"{body:<38}{year:<9}{100 * share:>5.0f}%{star} {kind:<15}{', '.join(inside) or 'none'}")
    print("\n* used when the ranges were set: that the range holds it is no test.")


if __name__ == "__main__":
    main()
