"""A service's command may take a folder of data instead of a place: its tables are read, checked and handed over."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import pytest
from typer.testing import CliRunner

from withless import api
from withless.cli import app, service_commands
from withless.files.folder import read_folder
from withless.place import Column, Table, TableSpec
from withless.service import Shown

SPEC = TableSpec(
    "crowds", "people by day", (Column("day", "text", "the day"), Column("people", "count", "people", unit="people"))
)


def most(tables: Mapping[str, Table], progress: object, *, least: Annotated[int, "Days."] = 1) -> Shown:
    """Find the largest crowd."""
    return Shown(f"{tables['crowds'].numbers('people').max():g}, {least}\n", {"days": len(tables["crowds"])})


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(service_commands, "_kinds", lambda: ["crowds"])
    monkeypatch.setattr(service_commands, "_functions", lambda kind: {"most": most})
    monkeypatch.setattr(api, "tables_of", lambda folder, kind: read_folder(Path(folder), (SPEC,)))
    return lambda *words: CliRunner().invoke(app, list(words))


def test_the_tables_of_a_folder_are_handed_over(run, tmp_path: Path) -> None:
    (tmp_path / "crowds.csv").write_text("day,people\nMonday,3\nTuesday,7\n")
    done = run("crowds", "most", str(tmp_path), "--least", "2")
    assert (done.exit_code, done.output) == (0, "7, 2\n")


def test_its_help_asks_for_a_folder_and_offers_no_draws(run) -> None:
    said = run("crowds", "most", "--help").output
    assert "DIR" in said
    assert "--draws" not in said
    assert "--service" not in said


def test_everything_wrong_in_a_folder_is_told_at_once(run, tmp_path: Path) -> None:
    (tmp_path / "crowds.csv").write_text("day,people\nMonday,many\nTuesday,-7\n")
    done = run("crowds", "most", str(tmp_path))
    assert done.exit_code == 1
    assert "Traceback" not in done.output
    assert "row 2, people" in done.output
    assert "row 3, people" in done.output


def test_a_folder_without_the_table_says_how_to_make_it(run, tmp_path: Path) -> None:
    done = run("crowds", "most", str(tmp_path))
    assert done.exit_code == 1
    assert "crowds.csv: found no such file" in done.output
    assert "withless import" in done.output
