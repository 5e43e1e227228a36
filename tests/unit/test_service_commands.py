"""Commands that services bring: mounted with the place read, the draws made and faults told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import pytest
from typer.testing import CliRunner

from withless.api import example
from withless.cli import app, service_commands
from withless.service import Misused, Model, Shown


def crowd(models: Sequence[Model], progress: object, *, weeks: Annotated[int, "How many weeks."] = 52) -> Shown:
    """Count a crowd.

    Examples:
      withless venues crowd place --weeks 3
    """
    if weeks < 1:
        raise Misused(f"--weeks is 1 or more, not {weeks}.")
    place, instance = models[0].place, models[0].instance
    draws = sum(len(model.draws) for model in models)
    return Shown(f"{place.name}, {instance.name}: {weeks} weeks\n", {"weeks": weeks, "draws": draws})


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(service_commands, "_functions", lambda kind: {"crowd": crowd} if kind == "venues" else {})
    return lambda *words: CliRunner().invoke(app, list(words))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("place")
    example("northshire", folder / "it")
    return folder / "it"


def test_a_command_has_its_help_its_options_and_its_examples(run) -> None:
    assert "venues" in run("--help").output
    said = run("venues", "crowd", "--help").output
    assert "Count a crowd." in said
    assert "How many weeks." in said
    assert "withless venues crowd place --weeks 3" in said


def test_a_command_is_given_the_place_and_its_options(run, place: Path) -> None:
    done = run("venues", "crowd", str(place), "--service", "libraries", "--weeks", "3")
    assert (done.exit_code, done.output) == (0, "Northshire, libraries: 3 weeks\n")


def test_what_it_found_can_be_had_as_json(run, place: Path, tmp_path: Path) -> None:
    ask = ("venues", "crowd", str(place), "--service", "libraries", "--draws", "65")
    assert json.loads(run(*ask, "--json", "-").output) == {"weeks": 52, "draws": 128}
    assert run(*ask, "--json", str(tmp_path / "it.json")).exit_code == 0
    assert json.loads((tmp_path / "it.json").read_text()) == {"weeks": 52, "draws": 128}


def test_several_services_of_the_kind_are_listed_where_none_was_named(run, place: Path) -> None:
    done = run("venues", "crowd", str(place))
    assert done.exit_code == 2
    assert "libraries, museums, pools, sports_centres" in done.output


def test_an_option_that_cannot_be_is_a_slip_of_the_command_line(run, place: Path) -> None:
    done = run("venues", "crowd", str(place), "--service", "pools", "--weeks", "0")
    assert done.exit_code == 2
    assert "--weeks is 1 or more, not 0." in done.output


def test_every_kind_says_what_it_reads_what_may_be_moved_and_what_may_be_promised() -> None:
    for kind in ("budget", "venues"):
        said = CliRunner().invoke(app, [kind, "about"])
        assert said.exit_code == 0
        assert all(len(line) <= 80 for line in said.output.splitlines())
    assert "Table venues:" in said.output
    assert "hours: opening hours a week" in said.output
    assert "people_beyond" in said.output
