"""Figures beyond what there can be are told in a sentence, and work grows no faster than it must."""

from __future__ import annotations

import re
import time
from pathlib import Path

import numpy as np
import pytest

from withless import api
from withless.files import Faults
from withless.services.programmes import kernel
from withless.services.programmes.best import Choice, least_cost


def portfolio(programmes: int, groups: int) -> Choice:
    u = np.random.Generator(np.random.Philox(1)).random
    room = (5 + 200 * u((programmes, groups))) * (u((programmes, groups)) < 0.4) + 1
    return Choice(
        u((programmes, groups)), 50 + 850 * u(programmes), 100 + 20_000 * u(programmes), room,
        0.4 * room.sum(axis=0), np.ones(programmes, dtype=bool),
    )  # fmt: skip


def every_one_tried(c: Choice) -> float:
    """Dropping the dearest programme of all, one at a time, as long as that helps."""
    on = c.allowed.copy()

    def cost(which: np.ndarray) -> float:
        return kernel.floor_cost(c.value, c.unit_cost, c.room, c.need, which) + c.fixed[which].sum()

    now = cost(on)
    while True:
        fewer = [(cost(on & (np.arange(len(on)) != i)), i) for i in np.flatnonzero(on)]
        if min(fewer)[0] >= now:
            return now
        now, drop = min(fewer)
        on[drop] = False


@pytest.mark.parametrize(("programmes", "near"), [(12, 0.0), (40, 0.0), (90, 0.005)])
def test_floors_cost_what_trying_every_programme_finds(programmes: int, near: float) -> None:
    c = portfolio(programmes, 4)
    assert least_cost(c, c.need) == pytest.approx(every_one_tried(c), rel=near + 1e-12)


def test_floors_of_a_thousand_programmes_take_under_two_seconds() -> None:
    least_cost(portfolio(3, 2), portfolio(3, 2).need)  # compiled
    c = portfolio(1_000, 12)
    start = time.process_time()
    least_cost(c, c.need)
    assert time.process_time() - start < 2


@pytest.mark.parametrize("weight", ["1e160", "1e-170"])
def test_a_weight_no_survey_has_is_told(tmp_path: Path, weight: str) -> None:
    (tmp_path / "a.csv").write_text("q,w\n" + f"a,{weight}\nb,{weight}\n" * 20, encoding="utf-8")
    (tmp_path / "s.yaml").write_text(
        "withless: 1\ntitle: t\nsample: probability\nweight: w\nquestions:\n  q: {text: Q}\n", encoding="utf-8"
    )
    with pytest.raises(Faults, match="a weight from"):
        api.poll(tmp_path / "a.csv", tmp_path / "s.yaml")


def test_one_answer_or_one_cluster_is_told(tmp_path: Path) -> None:
    spec = "withless: 1\ntitle: t\nsample: probability\nquestions:\n  q: {text: Q}\n"
    (tmp_path / "one.csv").write_text("q,c\na,1\n", encoding="utf-8")
    (tmp_path / "s.yaml").write_text(spec, encoding="utf-8")
    with pytest.raises(Faults, match="one primary unit only"):
        api.poll(tmp_path / "one.csv", tmp_path / "s.yaml")
    (tmp_path / "same.csv").write_text("q,c\n" + "a,1\nb,1\n" * 30, encoding="utf-8")
    (tmp_path / "s.yaml").write_text(spec.replace("sample: p", "clusters: c\nsample: p"), encoding="utf-8")
    with pytest.raises(Faults, match="one primary unit only"):
        api.poll(tmp_path / "same.csv", tmp_path / "s.yaml")


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("place.yaml", "budget: £9[.]4m", "budget: 1e308", "1e308"),
        ("care_costs.csv", "home,hour,[0-9.]+", "home,hour,0", "£0 for an hour"),
        ("plan.yaml", "place: [.]", 'place: "\\0"', "signs that cannot be seen"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(tmp_path: Path, file: str, old: str, new: str, told: str) -> None:
    api.example("northshire", tmp_path)
    text = (tmp_path / file).read_text(encoding="utf-8")
    changed = re.sub(old, lambda _: new, text, count=1)
    assert changed != text
    (tmp_path / file).write_text(changed, encoding="utf-8")
    errors = [str(f) for f in api.check(tmp_path / "plan.yaml") if f.severity == "error"]
    assert any(told in e for e in errors), errors
