"""What the pages say of the code is what the code is."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def laws() -> dict[str, dict[str, Any]]:
    """The contracts that import-linter holds, by id."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    return {law["id"]: law for law in settings["contracts"]}


def test_the_layers_of_the_guide_are_those_that_are_held(laws: dict[str, dict[str, Any]]) -> None:
    told = " ".join(line.removeprefix("> ") for line in GUIDE.splitlines() if line.startswith("> ")).split(", ")
    held = [layer.strip("()").replace(" | ", " + ") for layer in reversed(laws["layers"]["layers"])]
    assert told == held


def test_every_module_has_its_layer(laws: dict[str, dict[str, Any]]) -> None:
    layers = {name.strip("()") for layer in laws["layers"]["layers"] for name in layer.split(" | ")}
    there = {
        p.stem for p in (ROOT / "src" / "withless").iterdir() if p.suffix == ".py" or (p / "__init__.py").is_file()
    }
    assert there - layers == {"__init__"}


def test_the_core_is_all_up_to_the_study(laws: dict[str, dict[str, Any]]) -> None:
    upward = [n.strip("()") for layer in reversed(laws["layers"]["layers"]) for n in layer.split(" | ")]
    core = [f"withless.{n}" for n in upward[: upward.index("study") + 1] if n in _modules()]
    assert sorted(laws["core"]["source_modules"]) == sorted(core)


def test_a_page_of_architecture_is_a_page_and_names_fifteen_changes() -> None:
    assert len(PAGE.splitlines()) < 90
    assert [int(n) for n in re.findall(r"^\| ([0-9]+)\. ", PAGE, flags=re.MULTILINE)] == list(range(1, 16))


def test_every_file_that_the_page_names_is_there() -> None:
    named = [n for n in re.findall(r"`([\w/<>.-]+)`", PAGE) if re.search(r"/|\.(?:py|toml|md|j2)$", n)]
    assert len(named) > 40
    for name in named:
        places = [name.replace("<kind>", kind) for kind in ("venues", "waits", "care", "programmes", "budget")]
        roots = (ROOT, ROOT / "src" / "withless", ROOT / "src" / "withless" / "report")
        assert any((root / place).exists() for place in places for root in roots), name


def _modules() -> set[str]:
    package = ROOT / "src" / "withless"
    return {p.stem for p in package.iterdir() if p.suffix == ".py" or (p / "__init__.py").is_file()}
