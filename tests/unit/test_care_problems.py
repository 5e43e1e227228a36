"""Tables of social care that cannot be right are answered with what was found, what was expected and how to mend it."""

from pathlib import Path

import numpy as np
import pytest

from tests.care_places import CLIENTS, care_place
from withless.files import check
from withless.service import Problem, get

CARE = get("care")


def faults(*, severity: str = "error", **tables: object) -> list[Problem]:
    place = care_place(**tables)  # type: ignore[arg-type]
    return [p for p in CARE.problems(place, place.instances["social_care"]) if p.severity == severity]


def test_sound_tables_have_no_fault() -> None:
    assert faults() == []
    assert faults(severity="warning") == []


@pytest.mark.parametrize(
    ("row", "column", "found"),
    [
        (("older", "85+", "moderate", "home", 5000.0, 6.0), "people", "5,000 clients of 900 people"),
        (("older", "85+", "moderate", "home", 10.0, 0.0), "hours_week", "0 hours for 10 clients"),
        (("older", "18-64", "all", "home", 10.0, 6.0), "age_band", "older people of 18-64"),
        (("learning", "75-84", "all", "home", 10.0, 6.0), "age_band", "learning people of 75-84"),
    ],
)
def test_a_row_that_cannot_be_is_told(row: tuple[str, str, str, str, float, float], column: str, found: str) -> None:
    told = faults(clients=[row, *CLIENTS[1:]])
    assert [(p.table, p.row, p.column) for p in told] == [("clients", 0, column)]
    assert found in told[0].found
    assert told[0].mend


def test_more_clients_than_can_be_in_need_are_told() -> None:
    told = faults(clients=[("older", "85+", "critical", "home", 880.0, 20.0)])
    assert "more people of 85+ are clients than can have needs" in told[0].found


def test_a_sum_at_odds_with_its_parts_is_told() -> None:
    told = faults(clients=[*CLIENTS, ("older", "85+", "all", "home", 200.0, 9.0)])
    assert {p.row for p in told} == {6, 7, 8, len(CLIENTS)}
    assert all("at odds with other rows" in p.found for p in told)
    told = faults(clients=[*CLIENTS, ("older", "85+", "all", "home", 152.0, 9.0)], severity="warning")
    assert any("at odds with other rows" in p.found for p in told)


def test_no_client_of_the_council_is_told() -> None:
    assert "no client of the council" in faults(clients=[("older", "all", "all", "home", 0.0, 9.0)])[0].found


def test_tables_that_cost_more_than_the_budget_are_told() -> None:
    (told,) = faults(budget=9e6, severity="warning")
    assert (told.table, told.expected) == ("costs", "no more than the budget of £9.0m")
    assert faults(budget=25e6, severity="warning") == []


def test_a_rule_that_is_no_word_is_told() -> None:
    told = faults(policy=[("threshold", "severe")])
    assert (told[0].table, told[0].row, told[0].found) == ("policy", 0, "'severe'")
    assert "moderate" in told[0].expected
    assert faults(policy=[("reablement", "140%")])[0].expected == "a share from 0 to 1"


def test_what_the_tables_do_not_say_is_named_with_what_stands_in() -> None:
    told = faults(clients=[("older", "all", "all", "all", 700.0, np.nan)], costs=(), policy=(), severity="warning")
    words = " ".join(p.mend for p in told)
    for part in (
        "substantial is taken",
        "an hour of home care",
        "a week in a care home",
        "hours are taken",
        "no charges",
    ):
        assert part in words


def test_need_words_and_negative_fees_are_caught_on_reading(northshire_folder: Path, tmp_path: Path) -> None:
    for file in northshire_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    clients, costs = tmp_path / "care_clients.csv", tmp_path / "care_costs.csv"
    clients.write_text(clients.read_text().replace("older,65-74,all,moderate,home", "older,65-74,all,moderat,home", 1))
    costs.write_text(costs.read_text().replace("home,hour,25", "home,hour,-25"))
    told = {(f.file, f.column): f for f in check(tmp_path)}
    need = told["care_clients.csv", "need"]
    assert (need.row, need.found) == (2, '"moderat"')
    assert "moderate" in need.mend
    assert "cannot be negative" in told["care_costs.csv", "pounds"].mend


def test_a_plan_may_write_the_threshold_as_a_word_or_a_score(northshire_folder: Path, tmp_path: Path) -> None:
    for file in northshire_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    plan = tmp_path / "plan.yaml"
    text = plan.read_text()
    plan.write_text(text.replace("{set: substantial}", "{set: 2.5}"))
    assert not [f for f in check(plan) if f.severity == "error"]
    plan.write_text(text.replace("{set: substantial}", "{set: substansial}"))
    (told,) = (f for f in check(plan) if f.severity == "error")
    assert "substantial" in told.mend
    assert "a number" in told.expected
