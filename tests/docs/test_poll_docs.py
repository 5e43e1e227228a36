"""The page on polls shows what the commands give."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import withless

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "poll.md").read_text(encoding="utf-8")
POLL2000 = ROOT.parent / "shared" / "cases" / "polls" / "poll2000.csv"
SHOWN = re.findall(r"^```\n\$ (withless [^\n]*)\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the page's commands take."""
    made = tmp_path_factory.mktemp("poll")
    names = ("poll2000.yaml", "slip.yaml", "several.yaml", "back.yaml")
    for name, text in zip(names, re.findall(r"^```yaml\n(.*?)^```", PAGE, flags=re.M | re.S), strict=True):
        (made / name).write_text(text, encoding="utf-8")
    if POLL2000.exists():
        shutil.copy(POLL2000, made)
    return made


@pytest.mark.parametrize(("command", "shown"), SHOWN, ids=[c for c, _ in SHOWN])
def test_the_page_shows_what_the_command_prints(folder: Path, command: str, shown: str) -> None:
    if "poll2000" in command and not POLL2000.exists():
        pytest.skip(f"the case is not at {POLL2000}")
    run = subprocess.run(
        [sys.executable, "-c", "from withless.cli import main; main()", *command.split()[1:]],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "1 error" in shown:
        assert run.returncode == 1
        assert run.stderr.strip("\n") == shown.strip("\n")
        return
    assert run.returncode == 0, run.stderr
    assert shown.strip("\n") in run.stdout
    assert max(map(len, run.stdout.splitlines()), default=0) <= 80


def test_the_python_of_the_page_runs(tmp_path: Path) -> None:
    said = []
    for code in re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL):
        run = subprocess.run(
            [sys.executable, "-W", "error", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stderr
        said.append(run.stdout)
    assert "From these two figures alone" in said[0]
    assert said[1] == "6194.0 3914069.0\n"


def test_the_page_splits_several_answers_in_a_cell_as_it_says(tmp_path: Path, folder: Path) -> None:
    people = "\n".join(["uses", *["Libraries;Pools;", "Libraries;", "None;"] * 20])
    (tmp_path / "a.csv").write_text(people + "\n", encoding="utf-8")
    part = (folder / "several.yaml").read_text(encoding="utf-8")
    (tmp_path / "poll.yaml").write_text(f"withless: 1\ntitle: T\nsample: panel\n{part}", encoding="utf-8")
    rows = withless.poll(tmp_path / "a.csv", tmp_path / "poll.yaml")["questions"][0]["rows"]
    assert [(r["label"], round(r["cells"][0]["value"], 2)) for r in rows] == [
        ("Libraries", 0.67), ("Swimming pools", 0.33), ("None", 0.33),
    ]  # fmt: skip
