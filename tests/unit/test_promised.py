"""Promises say what was asked, and a bar that can hardly be what was meant is questioned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from withless import api
from withless.plan import Plan, Promise
from withless.promises import check
from withless.report.content.build import measure
from withless.report.content.models import Range
from withless.report.content.promised import bar, promise
from withless.report.terminal import standing


def told(value: float, relative: bool = False, sign: str = ">=", unit: str = "people", today: float = 50_000.0) -> dict:
    asked = Promise("As many as today", "libraries", "served", sign, value, relative, "end", {})
    found = check(asked, unit, np.full(64, 0.9 * today), np.full(64, today))
    before = Range(mean=today, p5=today, p50=today, p95=today)
    return promise(found, before, before, before).model_dump(by_alias=True)


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (0.99, "Was 99% of baseline meant?"),
        (99, "Was 99% of baseline meant?"),
        (100, "Was 100% of"),
        (5, "that is far"),
    ],
)
def test_a_bare_number_where_a_share_was_meant_is_questioned_and_not_called_kept(value: float, hint: str) -> None:
    p = told(value)
    assert p["holds_probability"] == 1.0
    assert hint in p["question"]
    assert p["question"] in p["shown"]
    assert standing(p).strip() == "in question"


@pytest.mark.parametrize("value", [45_000, 60_000, 5_001, 499_000])
def test_a_bar_near_todays_figure_is_not(value: float) -> None:
    assert told(value)["question"] is None


def test_a_share_none_and_what_is_none_today_are_never_questioned() -> None:
    assert told(0.99, relative=True)["question"] is None
    assert told(0.99, relative=True)["holds_probability"] == 0.0
    assert told(0, sign="<=")["question"] is None
    assert told(4e6, unit="pounds/year", today=0.0)["question"] is None


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (told(0.99, relative=True), "at least 99% of what it is without the plan, at the end"),
        (told(1200, sign="<="), "at most 1,200 people, at the end"),
        (told(0.99), "at least 0.99 people, at the end"),
        (told(4_200_000, unit="pounds/year", sign=">"), "more than £4,200,000 a year, at the end"),
        (told(0.95, unit="ratio", today=1.0), "at least 0.95, at the end"),
        (told(0.1, unit="share", sign="<", today=0.2), "less than 10%, at the end"),
    ],
)
def test_the_bar_is_said_in_words(p: dict, words: str) -> None:
    assert p["bar"] == words
    assert f"The bar: {words}." in p["shown"]


def test_a_choice_is_told_by_its_word_whatever_the_order_of_rows(tmp_path: Path) -> None:
    api.example("northshire", tmp_path)
    rows = (tmp_path / "libraries.csv").read_text(encoding="utf-8").splitlines()
    told_first = _shared(tmp_path)
    (tmp_path / "libraries.csv").write_text("\n".join([rows[0], *reversed(rows[1:])]) + "\n", encoding="utf-8")
    assert told_first == _shared(tmp_path)
    assert told_first
    assert all(isinstance(word, str) and not word.isdigit() for word in told_first)


def _shared(folder: Path) -> list[object]:
    plan = api.read(folder / "plan.yaml")
    assert isinstance(plan, Plan)
    return [measure(m, plan.place).change["set"] for m in plan.measures if m.lever == "shared"]


def test_the_bar_of_a_year_names_the_year() -> None:
    asked = Promise("x", "all", "saving", ">=", 1e6, False, "2028-29", {})
    assert bar(check(asked, "pounds/year", np.ones(64), np.zeros(64))).endswith("in 2028-29")
