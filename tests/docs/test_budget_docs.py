"""The page on budgets shows what the commands give on Somerset's own files."""

import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "budget.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^```\n\$ (withless [^\n]*)\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)


def run(command: str, folder: Path) -> str:
    """Standard output of a command."""
    done = subprocess.run(
        [sys.executable, "-c", "from withless.cli import main; main()", *command.split()[1:]],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Path:
    """A folder with the real files beside it and the page's two documents."""
    made = tmp_path_factory.mktemp("budget")
    (made / "downloads").symlink_to(shared_data)
    for name, text in zip(
        ("place.yaml", "cut.yaml"), re.findall(r"^```yaml\n(.*?)^```", PAGE, flags=re.M | re.S), strict=True
    ):
        (made / name).write_text(text, encoding="utf-8")
    return made


def test_the_page_shows_what_the_commands_print_one_after_another(folder: Path) -> None:
    assert len(SHOWN) == 4
    for command, shown in SHOWN:
        said = run(command, folder)
        assert shown.strip("\n") in said, command
        assert max(map(len, said.splitlines())) <= 80


def test_the_table_of_three_years_is_what_the_import_gives_in_real_terms(folder: Path) -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", PAGE, flags=re.MULTILINE)
    assert len(rows) == 4
    for k, file in enumerate(("RS_2010-11_by_LA.xls", "RS_2014-15_by_LA.xls", "RS_2017-18_data_by_LA.xlsx")):
        out = folder / f"year{k}.csv"
        ask = f"withless import revenue-outturn downloads/finance/{file} --authority Somerset --prices 2014-15"
        run(f"{ask} --out {out}", folder)
        net = {r["id"]: float(r["net"]) for r in csv.DictReader(out.read_text(encoding="utf-8").splitlines())}
        assert [f"{net[row[0]] / 1e6:.1f}" for row in rows] == [row[k + 1] for row in rows]


def test_the_plain_words_are_true_of_the_run(folder: Path) -> None:
    assess = next(shown for command, shown in SHOWN if "assess" in command)
    booked, saved = (
        float(re.search(rf"{label}\s+£([\d.]+)m", assess)[1]) for label in ("Booked by the plan", "Saved, not modelled")
    )  # type: ignore[index]
    assert booked == 32.0
    assert saved < booked
    assert "Saved where judged        £0\n" in assess
    left = float(re.search(r"With the plan:\s+(\d+)%", assess)[1])  # type: ignore[index]
    assert 87 < left < 92
    assert "NO VERDICT" in assess
