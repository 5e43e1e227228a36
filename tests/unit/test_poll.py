"""Polls: faults told in words, small bases, self-selected samples, nothing in a cell that a spreadsheet would run."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from withless import api
from withless.files import Faults
from withless.poll.association import independence
from withless.poll.data import open_data
from withless.poll.design import DesignError, design
from withless.poll.estimates import change, change_within, mean, shares
from withless.poll.published import bounds, simple
from withless.poll.tables import Banner, Frame, frame, holm, tabulate
from withless.poll.weighting import Margin, margin, poststratify, rake, trim
from withless.report.belief import beside
from withless.report.poll_html import render, render_published
from withless.report.poll_published import as_text
from withless.report.poll_terminal import summary
from withless.report.poll_xlsx import write

RNG = np.random.default_rng(7)
SEX, AGE = RNG.integers(0, 2, 400), RNG.integers(0, 3, 400)
SPEC = "withless: 1\ntitle: T\nsample: {sample}\nquestions:\n  q: {{text: Q, nets: {{Yes: [1, 2]}}}}\n"


def written(tmp_path: Path, rows: int = 100, sample: str = "probability", more: str = "") -> tuple[Path, Path]:
    """A file of answers and its poll.yaml."""
    data, spec = tmp_path / "a.csv", tmp_path / "poll.yaml"
    lines = [f"{i % 3 + 1},{'xyz'[0 if i < 60 else 1 if i < 60 + 40 else 2]}" for i in range(rows)]
    data.write_text("\n".join(["q,g", *lines]) + "\n", encoding="utf-8")
    spec.write_text(SPEC.format(sample=sample) + more, encoding="utf-8")
    return data, spec


def raked(bounds: tuple[float, float] | None = None) -> Any:
    margins = [margin("sex", SEX, {0: 250, 1: 150}), margin("age", AGE, {0: 200, 1: 120, 2: 80})]
    return rake(design(RNG.uniform(0.5, 2, 400)), margins, bounds=bounds)


def test_raking_meets_every_margin_and_keeps_within_bounds() -> None:
    for limits in (None, (0.4, 1.8)):
        found = raked(limits)
        w = found.design.weights
        assert found.converged
        assert np.bincount(SEX, w) == pytest.approx([250, 150])
        assert np.bincount(AGE, w) == pytest.approx([200, 120, 80])


def test_bounds_that_no_weights_can_keep_are_refused() -> None:
    with pytest.raises(DesignError, match=r"factors held from 0\.95 to 1\.05"):
        raked((0.95, 1.05))


def test_margins_that_conflict_are_refused_with_the_groups_that_do() -> None:
    a, b = np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1])
    with pytest.raises(DesignError, match=r"town 0|age 0"):
        rake(design(np.ones(4)), [margin("age", a, {0: 3, 1: 1}), margin("town", b, {0: 1, 1: 3})])
    with pytest.raises(DesignError, match="nobody in the sample is 2"):
        margin("age", a, {0: 1, 1: 1, 2: 1})
    with pytest.raises(DesignError, match="different totals"):
        rake(design(np.ones(4)), [margin("age", a, {0: 3, 1: 1}), margin("town", b, {0: 1, 1: 2})])


def test_a_margin_that_was_raked_to_has_no_error_left() -> None:
    assert shares(raked().design, SEX).errors == pytest.approx([0, 0], abs=1e-9)


def test_counting_by_cells_gives_what_counting_by_people_gives() -> None:
    q = RNG.integers(-1, 4, 400)
    strata, clusters = RNG.integers(0, 3, 400), RNG.integers(0, 60, 400)
    one = poststratify(design(RNG.uniform(1, 2, 400), strata), Margin("sex", SEX, ("0", "1"), np.array([300.0, 300.0])))
    many = rake(
        design(RNG.uniform(1, 2, 400), strata, clusters, 100.0), [margin("a", AGE, {0: 9, 1: 8, 2: 7}, 600)]
    ).design
    for d in (raked().design, one, many):
        banner = (Banner("age", "Age", AGE, ("x", "y", "z")),)
        quick = tabulate(frame(d, banner), q, np.eye(4))
        every = np.arange(400)
        slow = tabulate(Frame(d, banner, every, every, False, ("a", "b", "c")), q, np.eye(4))
        np.testing.assert_allclose(quick.covariance, slow.covariance, rtol=1e-8, atol=1e-15)
        group = shares(d.within((AGE == 1) & (q >= 0)), q, [0, 1, 2, 3])
        np.testing.assert_allclose(quick.errors[:, 2], group.errors, rtol=1e-8)
        a, b = quick.tests["age"], independence(d.within(q >= 0), np.where(q < 0, 0, q), AGE)
        assert a is not None
        assert a.statistic == pytest.approx(b.statistic, rel=1e-8)


def test_a_stratum_of_one_needs_a_rule() -> None:
    lonely = design([1, 1, 1, 1], ["a", "a", "a", "b"])
    with pytest.raises(DesignError, match="adjust"):
        mean(lonely, [1, 2, 3, 4])


@pytest.mark.parametrize("weights", [[], [1, -1], [1, np.nan], [0, 0]])
def test_weights_that_cannot_be_are_refused(weights: list[float]) -> None:
    with pytest.raises(DesignError):
        design(weights)


def test_trimming_keeps_the_sum_and_the_limits() -> None:
    d = trim(design([0.1, 1, 1, 1, 9]), 0.5, 3, strict=True)
    assert d.weights.sum() == pytest.approx(12.1)
    assert d.weights.max() <= 3


def test_a_change_between_two_samples_adds_their_variances_and_a_panel_needs_less() -> None:
    before, noise = RNG.normal(0, 1, 200), RNG.normal(0.2, 0.3, 200)
    apart = change(mean(design(np.ones(200)), before), mean(design(np.ones(200)), before + noise))
    people = np.tile(np.arange(200), 2)
    within = change_within(
        design(np.ones(400), None, people), np.repeat([0, 1], 200), np.concatenate([before, before + noise])
    )
    assert within.value == pytest.approx(apart.value)
    assert within.error < 0.5 * apart.error


def test_holm_stops_at_the_first_test_that_fails() -> None:
    assert holm([0.04, 0.001, 0.03], 0.05) == [False, True, False]


def test_frechet_bounds_hold_every_table_with_these_margins() -> None:
    low, high = bounds(0.38, 0.63)
    assert (low, high) == pytest.approx((0.01, 0.38))
    assert simple(0.5, 100) == pytest.approx((0.4038, 0.5962), abs=1e-4)


def test_small_bases_are_flagged_and_the_smallest_are_hidden(tmp_path: Path) -> None:
    data, spec = written(tmp_path, 120)
    c = api.poll(data, spec, ["g"])
    q = c["questions"][0]
    assert [h["flag"] for h in q["heads"]] == ["", "", "small", "hidden"]
    assert all(row["cells"][3] is None for row in q["rows"])
    assert "20**" in summary(c)


@pytest.mark.parametrize("sample", ["self-selected", "not-stated"])
def test_people_who_chose_themselves_get_no_margin_of_error_on_any_output(tmp_path: Path, sample: str) -> None:
    data, spec = written(tmp_path, sample=sample)
    c = api.poll(data, spec, ["g"])
    cells = [x for r in c["questions"][0]["rows"] for x in r["cells"] if x]
    assert all(x["low"] is None and x["error"] is None and not x["letters"] for x in cells)
    assert not c["questions"][0]["tests"]
    words = "no margin of error"
    assert words in summary(c).replace("\n", " ").replace("  ", " ")
    assert words in render(c)
    write(c, tmp_path / "t.xlsx")
    assert words in zipfile.ZipFile(tmp_path / "t.xlsx").read("xl/sharedStrings.xml").decode()


def test_text_of_users_is_text_in_html_and_in_the_workbook(tmp_path: Path) -> None:
    data, spec = written(tmp_path, more="  g: {text: '=1+1<script>', labels: {x: '=cmd()', y: '<b>'}}\n")
    c = api.poll(data, spec)
    assert "<script>" not in render(c)
    write(c, tmp_path / "t.xlsx")
    sheet = zipfile.ZipFile(tmp_path / "t.xlsx").read("xl/worksheets/sheet3.xml").decode()
    assert "<f>" not in sheet


def test_every_fault_of_a_spec_is_told_in_one_go(tmp_path: Path) -> None:
    data, spec = written(
        tmp_path, more="  nowhere: {kind: singel}\nmargins: {g: {x: 50%, y: 60%}}\nbounds: {low: 3, high: 1}\n"
    )
    with pytest.raises(Faults) as told:
        api.poll(data, spec)
    said = str(told.value)
    assert all(w in said for w in ("single", "110.0%", "low below high", "poll.yaml, line"))


def test_columns_and_weights_that_are_not_there_are_told_with_rows(tmp_path: Path) -> None:
    data, spec = written(tmp_path, more="  gg: {text: G}\n")
    with pytest.raises(Faults, match="Did you mean g"):
        api.poll(data, spec)
    data.write_text("q,w\n1,1\n2,\n3,-4\n", encoding="utf-8")
    spec.write_text(SPEC.format(sample="panel") + "weight: w\n", encoding="utf-8")
    with pytest.raises(Faults, match='row 4, w: found "-4"'):
        api.poll(data, spec)


@pytest.mark.parametrize(
    ("name", "content"), [("a.sav", b"junk"), ("a.parquet", b"junk"), ("a.csv", b""), ("a.doc", b"x"), ("a.dta", b"")]
)
def test_files_that_are_none_are_told_in_words(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Faults):
        open_data(tmp_path / name)


def test_labels_and_missing_values_survive_spss_and_parquet_gives_the_same_table(tmp_path: Path) -> None:
    api.example("poll", tmp_path)
    survey = api.read_poll(tmp_path / "residents.csv", tmp_path / "poll.yaml")
    first = api.poll_content(survey)
    api.poll_to_sav(survey, tmp_path / "b.sav")
    read = open_data(tmp_path / "b.sav")[0].variable("improve")
    assert read.label("5") == "Disagree strongly"
    assert read.missing == {"99"}
    pl.read_csv(tmp_path / "residents.csv").write_parquet(tmp_path / "b.parquet")
    again = api.poll(tmp_path / "b.parquet", tmp_path / "poll.yaml")
    assert again["questions"] == first["questions"]


def test_published_polls_say_what_is_known_from_the_press_only() -> None:
    for name in api.PUBLISHED:
        c = api.published(name)
        assert json.loads(api.as_json(c)) == c
        assert max(map(len, as_text(c).splitlines())) <= 80
        assert c["source"].split(";")[0] in render_published(c)
    press = [f["id"] for f in api.published("ipsos-2011")["figures"] if f["known"] == "press"]
    assert press == ["too_fast"]


def test_belief_is_set_beside_what_was_found_with_the_warning() -> None:
    flat = {"mean": 0.0, "p5": 0.0, "p95": 0.0}
    found = {
        "draws": 64, "year": "2028-29", "verdict": {"more": 0.1, "same": 0.2, "less": 0.7},
        "money": {"booked": 1e6, "delivered": flat}, "ledger": {"moved": {"volunteers": flat}, "total": flat},
    }  # fmt: skip
    told = beside(api.published("ipsos-2011"), found)
    assert [b["about"] for b in told] == ["services_improve", "too_fast", "volunteers_no_difference"]
    assert "less in 70%" in told[0]["found"]
    assert "not a probability" in told[0]["warning"]
    assert beside(None, found) == []
