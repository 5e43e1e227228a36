"""Polls: faults told in words, small bases, self-selected samples, nothing in a cell that a spreadsheet would run."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from withless import api
from withless.files import Faults
from withless.poll import stream
from withless.poll.association import independence
from withless.poll.data import open_data
from withless.poll.design import DesignError, design
from withless.poll.estimates import change, change_within, mean, shares
from withless.poll.published import bounds, simple
from withless.poll.tables import Banner, frame, holm, tabulate
from withless.poll.weighting import Margin, margin, poststratify, rake, trim
from withless.report.belief import beside
from withless.report.poll_html import render, render_published
from withless.report.poll_published import as_text
from withless.report.poll_terminal import summary
from withless.report.poll_xlsx import as_bytes

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
        ready = frame(d, banner)
        quick = tabulate(ready, q, np.eye(4))
        every = np.arange(400)
        slow = tabulate(replace(ready, cell=every, first=every, quick=False), q, np.eye(4))
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


def test_the_smallest_bases_are_hidden_and_so_is_what_would_give_them_away(tmp_path: Path) -> None:
    data, spec = written(tmp_path, 120)
    c = api.poll(data, spec, ["g"])
    q = c["questions"][0]
    assert [h["flag"] for h in q["heads"]] == ["", "", "withheld", "hidden"]  # the total less x and y would be z
    assert all(row["cells"][j] is None for row in q["rows"] for j in (2, 3))
    assert "40***" in summary(c)
    assert "20**" in summary(c)
    without = api.poll(*written(tmp_path, 100), ["g"])["questions"][0]
    assert [h["flag"] for h in without["heads"]] == ["", "", "small"]


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
    (tmp_path / "t.xlsx").write_bytes(as_bytes(c))
    assert words in zipfile.ZipFile(tmp_path / "t.xlsx").read("xl/sharedStrings.xml").decode()


def test_text_of_users_is_text_in_html_and_in_the_workbook(tmp_path: Path) -> None:
    data, spec = written(tmp_path, more="  g: {text: '=1+1<script>', labels: {x: '=cmd()', y: '<b>'}}\n")
    c = api.poll(data, spec)
    assert "<script>" not in render(c)
    (tmp_path / "t.xlsx").write_bytes(as_bytes(c))
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
    classes = {"more": 0.1, "same": 0.2, "less": 0.7}
    found = {
        "draws": 64, "year": "2028-29", "verdict": classes | {"tolerance": {"half": classes, "double": classes}},
        "money": {"booked": 1e6, "delivered": flat}, "ledger": {"moved": {"volunteers": flat}, "total": flat},
    }  # fmt: skip
    told = beside(api.published("ipsos-2011"), found)
    assert [b["about"] for b in told] == ["services_improve", "too_fast", "volunteers_no_difference"]
    assert "less in 70%" in told[0]["found"]
    assert "not a probability" in told[0]["warning"]
    assert beside(None, found) == []


@pytest.mark.parametrize(
    "text",
    [
        "q,w,note\n" + "".join(f"{i % 4},{1 + i % 3},n{i}\n" for i in range(300)),
        "\n\nq;w;note\r\n" + "".join(f'{i % 4};{1 + i % 3};"a ""{i}"" \r\nb"\r\n' for i in range(300)) + "\r\n\r\n",
        "q,w,note\n" + "".join(f"{i % 4},{1 + i % 3},{'' if i % 7 else 'x'}\n\n" for i in range(300)),
    ],
)
def test_a_csv_read_in_pieces_holds_what_it_holds_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode())
    whole, told = open_data(path)
    monkeypatch.setattr(stream, "LARGE", 1)
    monkeypatch.setattr(stream, "PIECE", 200)
    pieces, told_too = open_data(path)
    assert (pieces.rows, pieces.names, list(map(str, told_too))) == (whole.rows, whole.names, list(map(str, told)))
    for name in whole.names:
        a, b = whole.variable(name), pieces.variable(name)
        assert (a.values, a.title) == (b.values, b.title)
        assert np.array_equal(a.codes, b.codes)
    assert [pieces.row(i) for i in range(300)] == [whole.row(i) for i in range(300)]


def test_faults_of_a_csv_read_in_pieces_name_the_row_of_the_whole_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("q,w\n" + "1,1\n" * 200 + "1,2,3\n" + "1,1\n" * 200, encoding="utf-8")
    monkeypatch.setattr(stream, "LARGE", 1)
    monkeypatch.setattr(stream, "PIECE", 100)
    with pytest.raises(Faults, match="row 202: found 3 cells"):
        open_data(path)


def test_people_of_no_weight_count_for_nothing_and_are_told(tmp_path: Path) -> None:
    data, spec = tmp_path / "a.csv", tmp_path / "poll.yaml"
    spec.write_text(SPEC.format(sample="panel") + "weight: w\n", encoding="utf-8")
    data.write_text("q,w\n" + "1,1\n2,3\n" * 40 + "3,0\n" * 5, encoding="utf-8")
    c = api.poll(data, spec)
    q = c["questions"][0]
    assert (c["size"], q["heads"][0]["asked"]) == (80, 80)
    assert [r["cells"][0]["value"] for r in q["rows"]] == pytest.approx([0.25, 0.75, 0, 1])
    assert any("row 82, w" in n and "count for nothing" in n for n in c["notes"])


def test_a_stratum_of_one_is_told_by_name_with_the_rules_there_are(tmp_path: Path) -> None:
    data, spec = tmp_path / "a.csv", tmp_path / "poll.yaml"
    data.write_text("q,s\n1,north\n2,north\n1,isle\n", encoding="utf-8")
    spec.write_text(SPEC.format(sample="panel") + "strata: s\n", encoding="utf-8")
    with pytest.raises(Faults, match=r'line 6, strata: found one primary unit only in "isle".*adjust'):
        api.poll(data, spec)


def test_a_question_nobody_answered_has_a_base_of_nil(tmp_path: Path) -> None:
    data, spec = tmp_path / "a.csv", tmp_path / "poll.yaml"
    data.write_text("q,w\n,1\n,2\n", encoding="utf-8")
    spec.write_text(SPEC.format(sample="panel"), encoding="utf-8")
    c = api.poll(data, spec)
    assert c["questions"][0]["heads"][0]["asked"] == 0
    assert "Base 0: under 30, not shown" in summary(c)
    assert "blank" in render(c)


def test_a_blank_beside_an_answer_is_not_chosen_and_all_columns_share_a_base(tmp_path: Path) -> None:
    data, spec = tmp_path / "a.csv", tmp_path / "poll.yaml"
    data.write_text("id,a,b\n" + "1,1,\n2,,1\n3,1,1\n4,,\n" * 20, encoding="utf-8")
    spec.write_text(
        "withless: 1\ntitle: T\nsample: panel\nquestions:\n  m: {kind: multiple, columns: {a: A, b: B}}\n",
        encoding="utf-8",
    )
    q = api.poll(data, spec)["questions"][0]
    assert q["heads"][0]["asked"] == 60
    assert [r["cells"][0]["value"] for r in q["rows"]] == pytest.approx([2 / 3, 2 / 3])
    assert q["left_out"] == [{"label": "no answer in any column", "asked": 20}]


def test_a_column_of_numbers_is_not_taken_for_a_table_of_answers(tmp_path: Path) -> None:
    data, spec = tmp_path / "a.csv", tmp_path / "poll.yaml"
    data.write_text("q\n" + "".join(f"{i}\n" for i in range(300)), encoding="utf-8")
    spec.write_text("withless: 1\ntitle: T\nsample: panel\nquestions: {q: }\n", encoding="utf-8")
    with pytest.raises(Faults, match=r"300 answers.*kind: number"):
        api.poll(data, spec)
    spec.write_text("withless: 1\ntitle: T\nsample: panel\nquestions: {q: {kind: number}}\n", encoding="utf-8")
    assert api.poll(data, spec)["questions"][0]["rows"][0]["cells"][0]["value"] == pytest.approx(149.5)


def test_more_missing_values_than_spss_holds_one_by_one_become_a_range(tmp_path: Path) -> None:
    data, spec = tmp_path / "a.csv", tmp_path / "poll.yaml"
    data.write_text("q\n" + "1\n2\n95\n96\n97\n98\n" * 10, encoding="utf-8")
    spec.write_text(
        "withless: 1\ntitle: T\nsample: panel\nmissing: [95, 96, 97, 98]\nquestions: {q: }\n", encoding="utf-8"
    )
    api.poll_to_sav(api.read_poll(data, spec), tmp_path / "b.sav")
    assert open_data(tmp_path / "b.sav")[0].variable("q").missing == {"95", "96", "97", "98"}
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_where_all_were_asked_nothing_varies_and_a_test_says_so() -> None:
    everyone = design(np.ones(40), fpc=np.ones(40))
    a, b = np.repeat([0, 1], 20), np.repeat([0, 1, 1, 1], 10)
    assert mean(everyone, a).errors[0] == 0
    assert np.isnan(independence(everyone, a, b).p)
    assert independence(everyone, a, b, "Chisq").p == 0


def test_a_wald_test_with_too_few_primary_units_is_refused_not_invented() -> None:
    few = design(np.ones(60), None, np.repeat([0, 1, 2], 20))
    with pytest.raises(DesignError, match="too few primary units"):
        independence(few, RNG.integers(0, 3, 60), RNG.integers(0, 3, 60), "Wald")
