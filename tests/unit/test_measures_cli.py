"""What cannot be asked of measures, pace, runway, compare and explain is answered in one sentence, before any work."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from withless import api
from withless.cli import app


def ask(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(w) for w in words])
    return done.exit_code, done.output


@pytest.fixture
def folder(northshire_folder: Path, tmp_path: Path) -> Path:
    for file in northshire_folder.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def changed(folder: Path, file: str, old: str, new: str) -> Path:
    """The plan, with one thing in a file of its folder written otherwise."""
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder / "plan.yaml"


@pytest.mark.parametrize("years", ["0..3", "6..1", "1..99", "soon", "", "1,2,x"])
@pytest.mark.parametrize("command", ["pace", "runway"])
def test_paces_that_cannot_be_are_refused_with_what_was_found(folder: Path, command: str, years: str) -> None:
    code, said = ask(command, folder / "plan.yaml", "--years", years)
    assert code == 2
    assert said.strip().startswith("--years is a range of years such as 1..6")
    assert repr(years) in said


def test_putting_back_goes_with_watching(folder: Path) -> None:
    code, said = ask("pace", folder / "plan.yaml", "--undo")
    assert (code, "--undo goes with --learn" in said) == (2, True)


@pytest.mark.parametrize("command", ["measures", "pace", "runway"])
def test_a_plan_without_measures_is_told_to_have_none(folder: Path, command: str) -> None:
    plan = folder / "plan.yaml"
    text = plan.read_text(encoding="utf-8")
    head, rest = text.split("measures:\n")
    plan.write_text(head + "measures: []\n", encoding="utf-8")
    assert rest
    code, said = ask(command, plan)
    assert code == 1
    assert "The plan has no measures" in said


@pytest.mark.parametrize("command", ["measures", "pace", "runway"])
def test_a_place_is_no_plan(folder: Path, command: str) -> None:
    code, said = ask(command, folder)
    assert code == 2
    assert "is a place" in said


def test_a_place_without_reserves_is_told_what_to_add(folder: Path) -> None:
    plan = changed(folder, "place.yaml", "reserves: reserves.csv\n", "")
    code, said = ask("runway", plan)
    assert code == 1
    assert "Northshire has no table reserves. Add reserves: reserves.csv to place.yaml" in said


def test_a_plan_and_a_place_are_not_compared(folder: Path) -> None:
    code, said = ask("compare", folder / "plan.yaml", folder)
    assert code == 2
    assert "give two plans, or two places" in said


def test_an_assumption_that_is_not_there_is_answered_with_the_nearest(folder: Path) -> None:
    code, said = ask("explain", folder / "plan.yaml", "care.hour.outcome")
    assert code == 2
    assert said.startswith("There is no assumption 'care.hour.outcome'; did you mean care.hours.outcome")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("booked_saving: 140000", "booked_saving: 14000000", "at most the budget of libraries"),
        ("by: 2028-29}", "by: 2035-36}", "a whole year of the calendar"),
        ("posts: 2\n", "posts: -2\n", "It cannot be negative"),
        ("purpose: closure", "purpose: closing", "efficiency, service, income, prevention or closure"),
        ('says: "Few people use these two, and others are near."', "says: []", "text"),
    ],
)
def test_a_plan_that_cannot_be_meant_is_told_in_one_sentence(folder: Path, old: str, new: str, told: str) -> None:
    faults = api.check(changed(folder, "plan.yaml", old, new))
    assert [f for f in faults if told in str(f)], [str(f) for f in faults]


def test_help_of_every_command_has_an_example_and_fits_eighty_columns() -> None:
    for command in ("measures", "pace", "runway", "compare", "explain"):
        code, said = ask(command, "--help")
        assert code == 0
        assert f"withless {command} " in said.partition("Options")[2]
        assert max(map(len, said.splitlines())) <= 80
