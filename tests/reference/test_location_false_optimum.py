"""A published outer approximation that HiGHS with presolve, and SCIP, call solved at a value below a known choice."""

from __future__ import annotations

import gzip
from pathlib import Path

import highspy
import numpy as np
import pytest
from location_cases import CASES
from scipy.sparse import csc_array

from withless.location import knapsack
from withless.location.solve import CLOSE

CLAIMED, KNOWN = 65.20977, 65.59425

pytestmark = pytest.mark.skipif(not CASES.exists(), reason="the published cases are looked for in ../shared")


def test_the_false_optimum_is_never_called_proved(tmp_path: Path) -> None:
    """Whatever is claimed, our own bound from the duals lies above the choice that is known, far from the claim."""
    file = tmp_path / "case.mps"
    file.write_bytes(gzip.decompress((CASES / "highs_false_optimum.mps.gz").read_bytes()))
    lp = highspy.Highs()
    for name, value in (("output_flag", False), ("presolve", "off"), ("solve_relaxation", True)):
        lp.setOptionValue(name, value)
    lp.readModel(str(file))
    lp.run()
    model, dual = lp.getLp(), np.array(lp.getSolution().row_dual)
    shape = (model.num_row_, model.num_col_)
    matrix = csc_array((model.a_matrix_.value_, model.a_matrix_.index_, model.a_matrix_.start_), shape=shape)
    cost, upper = np.array(model.col_cost_), np.array(model.row_upper_)
    lower, whole = np.array(model.row_lower_), [x == highspy.HighsVarType.kInteger for x in model.integrality_]
    equal = np.isfinite(lower)
    price = np.where(equal, 0.0, np.minimum(dual, 0.0))
    # minimise cost.x with rows <= upper priced: cost.x >= price.upper + (cost - price A).x, the rest one knapsack over sites
    rest = cost - matrix.T @ price
    sites, served = np.flatnonzero(whole), np.flatnonzero(~np.array(whole))
    most = np.array(model.col_upper_)[served]
    least = np.where(rest[served] < 0, rest[served] * np.where(np.isfinite(most), most, 1.0), 0.0).sum()
    opened = round(float(upper[equal][0]))
    twice = np.repeat(np.arange(len(sites)), 2)
    gain = np.where(np.arange(2 * len(sites)) % 2 == 0, -rest[sites][twice], 0.0)
    saving = np.where(np.arange(2 * len(sites)) % 2 == 0, 0.0, 1.0)
    first = np.arange(0, 2 * len(sites) + 1, 2)
    top, _ = knapsack.upper(
        first, gain, saving, np.ones(2 * len(sites), bool), len(sites) - opened, np.empty(len(sites))
    )
    bound = -(price @ np.where(equal, 0.0, upper) + least - top)
    assert bound >= KNOWN - 1e-9
    assert bound < KNOWN * 1.001
    assert bound - CLAIMED > CLOSE * CLAIMED
