"""Figures beyond what there can be are told in a sentence, and work grows no faster than it must."""

from __future__ import annotations

import dataclasses
import re
import sys
import time
from pathlib import Path

import lists
import mutated_place
import numpy as np
import pytest

from withless import api
from withless.cli import main
from withless.files import Faults
from withless.outcomes import Outcomes
from withless.place import Instance, Table
from withless.plan import Settings
from withless.service import MOST_BYTES, get, parts_of
from withless.services.budget.model import BudgetModel
from withless.services.programmes import kernel
from withless.services.programmes.optimum import AllocationProblem, least_cost


def portfolio(programmes: int, groups: int) -> AllocationProblem:
    u = np.random.Generator(np.random.Philox(1)).random
    room = (5 + 200 * u((programmes, groups))) * (u((programmes, groups)) < 0.4) + 1
    return AllocationProblem(
        u((programmes, groups)), 50 + 850 * u(programmes), 100 + 20_000 * u(programmes), room,
        0.4 * room.sum(axis=0), np.ones(programmes, dtype=bool),
    )  # fmt: skip


def every_one_tried(c: AllocationProblem) -> float:
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


def small_place(folder: Path, kind: str, **changed: mutated_place.Rows) -> Path:
    """A place of twelve areas with one service, and a plan without a measure; `changed` tables in the place of its own."""
    tables = {**mutated_place.base(kind), **changed}
    for table, rows in tables.items():
        (folder / f"{table}.csv").write_bytes(mutated_place.csv_of(rows))
    (folder / "place.yaml").write_text(
        mutated_place.place_yaml(kind, {t: f"{t}.csv" for t in tables}), encoding="utf-8"
    )
    plan = folder / "plan.yaml"
    plan.write_text("withless: 1\ntitle: t\nplace: .\nmeasures: []\n", encoding="utf-8")
    return plan


@pytest.mark.parametrize(("many", "refused"), [(10_000, False), (10_001, True)])
def test_more_programmes_than_memory_holds_are_refused_in_a_sentence(tmp_path: Path, many: int, refused: bool) -> None:
    head = {name: rows[0] for name, rows in mutated_place.base("programmes").items()}
    table = [head["programmes"], *([f"P{i}", f"Programme {i}", "1000", "91", "0.5", "2000"] for i in range(many))]
    reach = [head["reach"], *([f"P{i}", "YOUTH", "0.5"] for i in range(many))]
    values = [head["values"], *([f"P{i}", "in_education", "0.01", "0.03", "judged"] for i in range(many))]
    plan = small_place(tmp_path, "programmes", programmes=table, reach=reach, values=values)
    told = [str(f) for f in api.check(plan) if f.severity == "error"]
    assert any("10,001 programmes" in e and "at most 10,000" in e for e in told) == refused, told


@pytest.mark.parametrize("kind", ["waits", "programmes"])
def test_memory_of_a_run_does_not_grow_with_what_a_service_holds(kind: str) -> None:
    """A part of the draws takes what it may, or is a single draw."""
    service, counts = get(kind), {}
    for many in (1, 40, 4_000):
        columns = {
            "id": [f"p{i}" for i in range(many)],
            "specialty": [f"s{i}" for i in range(many)],
            "part": ["completed"] * many,
        }
        table = Table("t", {k: np.array(v, dtype=object) for k, v in columns.items()})
        instance = Instance("one", kind, "One", "nhs", np.nan, {"bands": table, "programmes": table, "young": table})
        place = lists.place_with(instance, quarters=20)
        each = service.bytes_a_draw(place, instance)
        (first, last), *_ = parts_of(place, instance, 128)
        assert (last - first) * each <= MOST_BYTES or last - first == 1
        counts[many] = last - first
    assert counts[1] == 128
    assert counts[4_000] < 16


def test_an_amount_that_is_not_finite_ends_in_a_sentence_that_says_where_to_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, right = small_place(tmp_path, "budget"), BudgetModel.run

    def overflows(model: BudgetModel, settings: Settings) -> Outcomes:
        found = right(model, settings)
        money = {k: np.full_like(v, np.inf) if k == "gross_cost" else v for k, v in found.money.items()}
        return dataclasses.replace(found, money=money)

    monkeypatch.setattr(BudgetModel, "run", overflows)
    monkeypatch.setattr(sys, "argv", ["withless", "assess", str(plan), "--draws", "64", "-q"])
    with pytest.raises(SystemExit) as ended:
        main()
    said = " ".join(capsys.readouterr().err.split())
    assert ended.value.code == 1, said
    assert "other: no result, because an amount is not finite" in said
    assert "far too large, far too small" in said
    assert "Traceback" not in said
