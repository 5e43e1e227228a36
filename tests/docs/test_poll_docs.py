"""The page on polls shows what the commands give."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "poll.md").read_text(encoding="utf-8")
POLL2000 = ROOT.parent / "shared" / "cases" / "polls" / "poll2000.csv"
SHOWN = re.findall(r"^```\n\$ (withless [^\n]*)\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the page's commands take."""
    made = tmp_path_factory.mktemp("poll")
    for name, text in zip(
        ("poll2000.yaml", "back.yaml"), re.findall(r"^```yaml\n(.*?)^```", PAGE, flags=re.M | re.S), strict=True
    ):
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
    assert run.returncode == 0, run.stderr
    assert shown.strip("\n") in run.stdout
    assert max(map(len, run.stdout.splitlines()), default=0) <= 80


def test_the_python_of_the_page_runs(tmp_path: Path) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert "From these two figures alone" in run.stdout
