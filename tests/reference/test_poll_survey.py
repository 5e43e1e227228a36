"""The poll's numbers are those of R's package survey, on every case that is kept of it: estimates to 1e-9, errors to 1e-6."""

import csv
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from withless.poll.association import independence
from withless.poll.design import Design, design
from withless.poll.estimates import By, Estimate, by, counts, mean, quantile, share_interval, shares, total
from withless.poll.weighting import margin, poststratify, rake, spread, trim

CASES = Path(__file__).parents[3] / "shared" / "cases" / "polls"
ORACLE = CASES / "oracle.json"
if not ORACLE.exists():
    pytest.skip(f"the cases are not at {ORACLE}", allow_module_level=True)
GIVEN = json.loads(ORACLE.read_text(encoding="utf-8"))["cases"]


@cache
def table(name: str) -> dict[str, np.ndarray]:
    """A file of the cases by column: numbers where all cells are, else text; blank numbers are NaN."""
    with (CASES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = {}
    for key in rows[0]:
        cells = [r[key] for r in rows]
        try:
            found[key] = np.array([float(c) if c else np.nan for c in cells])
        except ValueError:
            found[key] = np.array(cells)
    return found


def raked() -> Design:
    """The weights of poll2000 as survey's rake left them."""
    data = table("poll2000")
    given = json.loads((CASES / "poll2000_margins.json").read_text(encoding="utf-8"))["margins"]
    margins = [
        margin(name, data[name], {float(i + 1): s for i, s in enumerate(shares)}, 2000)
        for name, shares in given.items()
    ]
    return rake(design(np.ones(2000)), margins).design


@cache
def drawn(name: str, call: str) -> Design:
    """The design that a case names."""
    data = table(name)
    if name == "lonely":
        rule = re.search(r'lonely\.psu="(\w+)"', call)[1]  # type: ignore[index]
        return design(data["w"], data["str"], lonely=rule)
    if name == "poll2000":
        return raked() if call.startswith("rake") else design(table("poll2000_weights")["w"])
    strata = data["stype"] if "strata=~stype" in call else None
    clusters = data["dnum"] if "id=~dnum" in call else None
    return design(data["pw"], strata, clusters, data["fpc"] if "fpc=~fpc" in call else None)


def statistic(call: str, d: Design, data: dict[str, np.ndarray]) -> Any:
    """What a call of survey gives, as an estimate of ours."""
    words = re.search(r"~([\w. +]+)[,)]", call)
    names = [w.strip() for w in words[1].split("+")] if words else []
    if domain := re.search(r'subset\(d, ([\w.]+) (==|!=) "(\w+)"\)', call):
        level = float(domain[3]) if domain[3].isdigit() else domain[3]
        d = d.within((data[domain[1]] == level) == (domain[2] == "=="))
    effect = "with" if 'deff = "replace"' in call else "without" if "deff = TRUE" in call else ""
    if "interaction" in call:
        a, b = (data[n] for n in ("sch.wide", "stype"))
        cells = [f"{x}.{y}" for y in np.unique(b) for x in np.unique(a)]
        return shares(d, np.array([f"{x}.{y}" for x, y in zip(a, b, strict=True)]), cells)
    if "factor(q3)" in call:
        return shares(d, data["q3"], np.unique(data["q3"][d.kept]).tolist())
    if data[names[0]].dtype.kind == "U" or re.fullmatch(r"q\d+", names[0]):
        of = shares if "svymean" in call else counts
        return of(d, data[names[0]], np.unique(data[names[0]]).tolist(), *([effect] if of is shares else []))
    function = mean if "svymean" in call else total
    return function(d, np.stack([data[n] for n in names], axis=1), names, effect)


def grouped(call: str, d: Design, data: dict[str, np.ndarray]) -> By:
    """svyby."""
    formula, groups, function = re.search(r"svyby\((~[\w.]+), ~([\w. +]+), d, (\w+)", call).groups()  # type: ignore[union-attr]
    inner = f"{function}({formula}, d)"
    columns = {n.strip(): data[n.strip()] for n in groups.split("+")}
    return by(
        d, columns if len(columns) > 1 else next(iter(columns.values())), lambda domain: statistic(inner, domain, data)
    )


def near(found: Any, expected: Any, tolerance: float) -> None:
    expected = np.asarray(
        [np.nan if e in (None, "NA") else e for e in np.ravel(np.asarray(expected, dtype=object))], float
    )
    np.testing.assert_allclose(
        np.ravel(found).astype(float), expected, rtol=tolerance, atol=1e-9 if tolerance < 1e-8 else 1e-13
    )


def check_estimate(found: Estimate, expected: dict[str, Any]) -> None:
    near(found.values, expected["est"], 1e-9)
    near(found.errors[np.atleast_1d(expected["se"]) != 0], [e for e in np.atleast_1d(expected["se"]) if e], 1e-6)
    wanted = np.asarray(expected["vcov"], float)
    np.testing.assert_allclose(found.covariance, wanted, rtol=1e-6, atol=1e-8 * np.abs(wanted).max() + 1e-20)
    if expected["deff"] is not None and found.effects is not None:
        near(np.diag(found.effects) if np.ndim(expected["deff"]) < 2 else found.effects, expected["deff"], 1e-6)


@pytest.mark.parametrize("case", GIVEN, ids=lambda c: c["id"])
def test_the_number_is_that_of_survey(case: dict[str, Any]) -> None:
    call, expected, data = case["call"], case["result"], table(case["data"])
    if case["design"] == "weights w":
        w = table("poll2000_weights")["w"]
        if "trim" in case["id"]:
            near(trim(design(w), 0.3, 3).weights, expected["values"], 1e-9)
            return
        found = spread(w)
        near(
            [found.effective, found.factor, found.low, found.high],
            [expected[k] for k in ("neff", "weff", "min", "max")],
            1e-9,
        )
        return
    d = drawn(case["data"], case["design"])
    if call.startswith("degf"):
        assert d.df == expected["values"]
    elif call.startswith("svyby"):
        check_groups(grouped(call, d, data), expected["rows"])
    elif call.startswith("svychisq"):
        a, b = re.search(r"~([\w.]+) \+ ([\w.]+)", call).groups()  # type: ignore[union-attr]
        which = re.search(r'statistic = "(\w+)"', call)
        test = independence(d, data[a], data[b], which[1] if which else "F")
        near([test.statistic, *test.parameters], [expected["statistic"], *np.atleast_1d(expected["parameter"])], 1e-6)
        near(test.p, expected["p"], 1e-6)
    elif call.startswith("svyciprop"):
        name, level = re.search(r'I\(([\w.]+) == "(\w+)"\)', call).groups()  # type: ignore[union-attr]
        method = re.search(r'method = "(\w+)"', call)
        wanted = float(level) if level.isdigit() else level
        p, se, low, high = share_interval(d, data[name] == wanted, method[1] if method else "logit")
        near(p, expected["est"], 1e-9)
        near(se, expected["se"], 1e-6)
        near([low, high], expected["ci"], 1e-6)
    elif call.startswith("confint"):
        found = statistic(call[len("confint(") :], d, data).interval(df=None if "degf" in call else np.inf)
        near(found, expected["values"], 1e-6)
    elif call.startswith("svytable"):
        a, b = expected["dimnames"]
        values = [
            [total(d, (data["sch.wide"] == x) & (data["stype"] == y)).values[0] for y in b and expected["dimnames"][b]]
            for x in expected["dimnames"][a]
        ]
        near(values, expected["values"], 1e-9)
    else:
        check_estimate(statistic(call, d, data), expected)


def check_groups(found: By, rows: list[dict[str, Any]]) -> None:
    for estimate, row in zip(found.estimates, rows, strict=True):
        numbers = [v for k, v in row.items() if k != "_row" and isinstance(v, int | float)]
        k = len(estimate.values)
        near(estimate.values, numbers[-2 * k : -k], 1e-9)
        near(estimate.errors, numbers[-k:], 1e-6)


def test_student_and_normal_quantiles_are_the_textbook_ones() -> None:
    assert quantile(0.95, np.inf) == pytest.approx(1.959963985)
    assert quantile(0.95, 10) == pytest.approx(2.228138852)


TYPES = {"E": 4421, "H": 755, "M": 1018}
WIDE = {"No": 1072, "Yes": 5122}


def agrees(found: Estimate, value: float, error: float) -> None:
    near(found.values[0], value, 1e-9)
    near(found.errors[0], error, 1e-6)


def test_raking_a_clustered_sample_gives_what_survey_gives_when_it_stops_early() -> None:
    """R survey 4.1-1: rake(svydesign(id=~dnum, weights=~pw, fpc=~fpc, data=apiclus1), list(~stype, ~sch.wide), ...)."""
    a = table("apiclus1")
    margins = [margin("stype", a["stype"], TYPES), margin("sch.wide", a["sch.wide"], WIDE)]
    raked = rake(design(a["pw"], None, a["dnum"], a["fpc"]), margins, rounds=10, change=1.0)
    d = raked.design
    assert raked.converged
    near(d.weights[:2], [50.33015277267507, 29.87046387273454], 1e-9)
    agrees(mean(d, a["api00"]), 641.2302468622088, 23.70364124023768)
    agrees(total(d, a["enroll"]), 3647300.031314311, 400602.7197336193)
    near(mean(d, a["api00"], effect="without").effects, 9.637016887438174, 1e-6)
    winners = d.within(a["awards"] == "Yes")
    assert winners.df == 13
    near(share_interval(winners, a["stype"] == "E", "beta")[2:], [0.7482240179711401, 0.8613815095820704], 1e-6)
    test = independence(d.within(a["meals"] > 40), a["stype"], a["both"])
    near(
        [test.statistic, *test.parameters, test.p],
        [0.3664032832685244, 1.93317705153202, 27.06447872144828, 0.6895544487915428],
        1e-6,
    )


def test_post_stratification_gives_what_survey_gives_where_weights_differ_before_it() -> None:
    """R survey 4.1-1: postStratify on apiclus1 by stype, and on apistrat (its own weights, no strata) by sch.wide."""
    a, b = table("apiclus1"), table("apistrat")
    d = poststratify(design(a["pw"], None, a["dnum"], a["fpc"]), margin("stype", a["stype"], TYPES))
    agrees(mean(d, a["api00"]), 642.3107882115821, 23.92048644509039)
    agrees(total(d, a["enroll"]), 3680892.945119048, 406292.6362948024)
    d = poststratify(design(b["pw"]), margin("sch.wide", b["sch.wide"], WIDE))
    agrees(mean(d, b["api00"]), 662.2030294504443, 9.383521336542206)
    agrees(mean(d.within(b["stype"] == "H"), b["api00"]), 625.7164347710892, 15.33335814652077)


def test_trimming_after_raking_gives_what_survey_gives() -> None:
    """R survey 4.1-1: trimWeights of apistrat raked to sch.wide and awards."""
    b = table("apistrat")
    margins = [margin("sch.wide", b["sch.wide"], WIDE), margin("awards", b["awards"], {"No": 2027, "Yes": 4167})]
    d = rake(design(b["pw"], b["stype"], None, b["fpc"]), margins).design
    agrees(mean(d, b["api00"]), 662.4897615042672, 9.292177618041753)
    agrees(mean(trim(d, 16, 50), b["api00"]), 662.1550155327369, 9.225014806023568)
    agrees(mean(trim(d, 16, 40, strict=True), b["api00"]), 659.5273715399024, 8.866191644390106)


def test_a_share_with_gaps_has_the_degrees_of_freedom_of_the_whole_design() -> None:
    """R survey 4.1-1: svyciprop(~I(acs.46 > 30), apistrat by stype with fpc, na.rm = TRUE)."""
    b = table("apistrat")
    d = design(b["pw"], b["stype"], None, b["fpc"])
    over = np.where(np.isnan(b["acs.46"]), np.nan, b["acs.46"] > 30)
    for method, low, high in (
        ("logit", 0.1810180914607431, 0.3308395846350288),
        ("beta", 0.1764844207110621, 0.3323532004454586),
        ("mean", 0.1732824813025921, 0.3236057616653025),
    ):
        found = share_interval(d, over, method)
        near(found[0], 0.2484441214839473, 1e-9)
        near(found[2:], [low, high], 1e-6)


def test_the_saddlepoint_stands_near_the_exact_chance_where_few_clusters_leave_eigenvalues_at_nil() -> None:
    a = table("apiclus1")
    d = design(a["pw"], None, a["dnum"], a["fpc"])
    saddle, exact = (independence(d, a["stype"], a["cnum"], s).p for s in ("saddlepoint", "lincom"))
    assert saddle == pytest.approx(exact, abs=0.02)
