"""Calibration, replicate weights, beta intervals and tests give the numbers of R's package survey on random designs.

The numbers lie in poll_calibrate.json, made by poll_calibrate.R beside it.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from withless.poll.association import independence
from withless.poll.calibrating import calibrate
from withless.poll.design import Design, DesignError, design, replicated
from withless.poll.estimates import mean, ratio, share_interval, shares, total
from withless.poll.tables import Banner, frame, tabulate
from withless.poll.weighting import Margin, rake

CASES = json.loads((Path(__file__).parent / "poll_calibrate.json").read_text(encoding="utf-8"))["cases"]
METHODS = sorted(CASES[1]["found"])
REPLICATED = [(i, j) for i, c in enumerate(CASES) for j in range(len(c["replicates"]))]
NEAR = 1e-6


def column(values: Any) -> np.ndarray:
    return np.array(
        [np.nan if v in (None, "NA", "NaN") else v for v in np.ravel(np.array(values, dtype=object))], float
    )


def data_of(case: Any) -> dict[str, np.ndarray]:
    return {k: column(v) for k, v in case["data"].items()}


def drawn(case: Any) -> Design:
    d, kind = data_of(case), case["kind"]
    strata = d["st"] if kind in ("strata", "both", "fpc") else None
    clusters = d["cl"] if kind in ("strata", "both", "clusters") else None
    return design(d["w"], strata, clusters, d["fpc"] if kind == "fpc" else None)


def margins(case: Any) -> tuple[Margin, ...]:
    d, t = data_of(case), case["totals"]
    return tuple(
        Margin(n, (d[n] - 1).astype(np.int64), tuple(str(i + 1) for i in range(len(t[n]))), np.array(t[n]))
        for n in "ab"
    )


def calibrated(case: Any, method: str, d: Design) -> Design:
    """What a call of survey's calibrate gives, by the name that poll_calibrate.R has for it."""
    if method == "none":
        return d
    data, t, limits = data_of(case), case["totals"], tuple(case["bounds"])
    way = next((m for m in ("raking", "logit", "ratio") if m in method), "linear")
    bounds = limits if "bounded" in method or way == "logit" else None
    if method == "ratio":
        return calibrate(d, {"x": data["x"]}, {"x": t["x"]}, "ratio").design
    if method.startswith("margins"):
        return calibrate(d, {}, {}, way, bounds, margins=margins(case)).design
    columns = {"1": np.ones(len(d)), "x": data["x"], "a2": data["a"] == 2, "a3": data["a"] == 3, "b2": data["b"] == 2}
    totals = {"1": t["N"], "x": t["x"], "a2": t["a"][1], "a3": t["a"][2], "b2": t["b"][1]}
    variance = data["x"] if method == "variance" else None
    together = data["cl"] if "together" in method else None
    return calibrate(d, columns, totals, way, bounds, variance, together).design


def numbers(d: Design, data: dict[str, np.ndarray]) -> dict[str, Any]:
    part = d.within(data["a"] == 2)
    m, f, t, r, p = mean(d, data["y"]), shares(d, data["q"]), total(d, data["y"]), ratio(d, data["y"], data["x"]), None
    p = mean(part, data["y"])
    found: dict[str, Any] = {
        "weights": d.weights, "mean": m.values, "mean_se": m.errors, "share": f.values, "share_se": f.errors,
        "total": t.values, "total_se": t.errors, "domain": p.values, "domain_se": p.errors, "domain_df": part.df,
        "df": d.df, "ratio": r.values, "ratio_se": r.errors,
    }  # fmt: skip
    test = independence(d, data["q"], data["a"])
    found["chisq"] = [test.statistic, *test.parameters, test.p]
    first = np.where(np.isnan(data["q"]), np.nan, data["q"] == 1)
    for way in ("beta", "logit", "mean"):
        found[way] = share_interval(d, first, way)[2:]
        found[f"{way}_domain"] = share_interval(part, first, way)[2:]
    return found


def same(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    for name, value in wanted.items():
        want = column(value)
        np.testing.assert_allclose(np.ravel(np.asarray(found[name], float)), want, rtol=NEAR, atol=1e-8, err_msg=name)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("number", range(len(CASES)))
def test_a_calibrated_design_has_the_numbers_of_survey(number: int, method: str) -> None:
    case = CASES[number]
    if method not in case["found"]:
        pytest.skip("survey was not asked: units of no cluster cannot be calibrated together")
    if "failed" in case["found"][method]:
        with pytest.raises(DesignError, match="no weights can meet"):
            calibrated(case, method, drawn(case))
        return
    same(numbers(calibrated(case, method, drawn(case)), data_of(case)), case["found"][method])


@pytest.mark.parametrize(("number", "which"), REPLICATED)
def test_replicate_weights_give_the_numbers_of_survey_calibrated_or_not(number: int, which: int) -> None:
    case = CASES[number]
    given, data = case["replicates"][which], data_of(case)
    own = {} if given["kind"] in ("BRR", "Fay") else {"scale": given["scale"], "factors": given["rscales"]}
    rho = 0.3 if given["kind"] == "Fay" else None
    d = replicated(data["w"], given["columns"], given["kind"], **own, rho=rho, about_estimate=given["mse"])
    same(numbers(d, data), given["stats"])
    for key in (k for k in given if k.startswith("calibrated_")):
        made = calibrated(case, key.removeprefix("calibrated_"), d)
        wanted = dict(given[key])
        if made.replicates is not None and (made.replicates.weights < 0).any():
            wanted.pop("logit")  # survey fits a logistic model there, which knows no weights below zero
        same(numbers(made, data), wanted)


@pytest.mark.parametrize("number", range(len(CASES)))
@pytest.mark.parametrize("method", ["none", "margins_linear", "margins_logit", "margins_raking_bounded", "raking"])
def test_a_table_says_what_survey_says_of_calibrated_weights_intervals_and_tests(number: int, method: str) -> None:
    case = CASES[number]
    wanted, data = case["found"][method], data_of(case)
    if "failed" in wanted:
        pytest.skip("survey found no weights")
    d = calibrated(case, method, drawn(case))
    check_table(d, data, wanted)


@pytest.mark.parametrize(("number", "which"), REPLICATED)
def test_a_table_with_replicate_weights_says_what_survey_says(number: int, which: int) -> None:
    case = CASES[number]
    given, data = case["replicates"][which], data_of(case)
    own = {} if given["kind"] in ("BRR", "Fay") else {"scale": given["scale"], "factors": given["rscales"]}
    rho = 0.3 if given["kind"] == "Fay" else None
    d = replicated(data["w"], given["columns"], given["kind"], **own, rho=rho, about_estimate=given["mse"])
    check_table(d, data, given["stats"])


def check_table(d: Design, data: dict[str, np.ndarray], wanted: dict[str, Any]) -> None:
    banner = Banner("a", "A", data["a"].astype(np.int64) - 1, ("1", "2", "3"))
    answers = np.where(np.isnan(data["q"]), 0, data["q"]).astype(np.int64) - 1
    for way in ("beta", "logit"):
        t = tabulate(frame(d, (banner,)), answers, np.eye(4), method=way)
        np.testing.assert_allclose(t.values[:, 0], column(wanted["share"]), rtol=NEAR)
        np.testing.assert_allclose(t.errors[:, 0], column(wanted["share_se"]), rtol=NEAR)
        np.testing.assert_allclose([t.low[0, 0], t.high[0, 0]], column(wanted[way]), rtol=NEAR)
        if f"{way}_domain" in wanted:
            np.testing.assert_allclose([t.low[0, 2], t.high[0, 2]], column(wanted[f"{way}_domain"]), rtol=NEAR)
    test = t.tests["a"]
    assert test is not None
    np.testing.assert_allclose([test.statistic, *test.parameters, test.p], column(wanted["chisq"]), rtol=NEAR)


def test_raking_within_bounds_has_the_weights_and_errors_of_calibrating_so() -> None:
    case = CASES[0]
    wanted, data = case["found"]["margins_raking_bounded"], data_of(case)
    d = rake(drawn(case), margins(case), bounds=tuple(case["bounds"])).design
    np.testing.assert_allclose(d.weights, column(wanted["weights"]), rtol=NEAR)
    np.testing.assert_allclose(mean(d, data["y"]).errors, column(wanted["mean_se"]), rtol=NEAR)


def test_totals_that_no_bounds_allow_are_refused_by_name() -> None:
    case = CASES[0]
    data = data_of(case)
    with pytest.raises(DesignError, match="no weights can meet these totals"):
        calibrate(drawn(case), {"x": data["x"]}, {"x": 3 * case["totals"]["x"]}, "logit", (0.9, 1.1))
    with pytest.raises(DesignError, match="nobody in the sample has any empty"):
        calibrate(drawn(case), {"empty": np.zeros(len(data["x"]))}, {"empty": 3.0})
