"""The page on youth services shows what the commands give, and its figures are those of the cases and files it names."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "youth.md").read_text(encoding="utf-8")


def run(folder: Path, *words: str) -> str:
    """Standard output of a command."""
    done = subprocess.run(
        [sys.executable, "-c", "from withless.cli import main; main()", *words],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_page_shows_the_curve_that_the_command_prints(northshire_folder: Path) -> None:
    ((command, shown),) = re.findall(r"^```\n\$ (withless [^\n]*)\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
    words = [str(northshire_folder) if w == "northshire" else w for w in command.split()[1:]]
    said = run(ROOT, *words)
    assert said == shown
    assert max(map(len, said.splitlines())) <= 80


def test_the_table_of_the_reference_problem_is_the_reference(shared: Path) -> None:
    found = json.loads((shared / "cases" / "youth_reference_optimum.json").read_text())["results"]
    rows = re.findall(r"^\| £([\d,]+) \| ([\d.]+) \| ([a-z, ]+) \| ([\d.]+) \|$", PAGE, flags=re.MULTILINE)
    assert len(rows) == 4
    for budget, best, runs, pro_rata in rows:
        case = found[f"youth_{budget.replace(',', '')}"]
        assert best == f"{case['value']:.1f}"
        assert runs == ("all four" if len(case["open"]) == 4 else ", ".join(case["open"]))
        beside = found.get(f"youth_prorata_{budget.replace(',', '')}", case["value"])
        assert pro_rata == f"{beside:.1f}"
    half, whole = found["youth_750000"]["value"], found["youth_1500000"]["value"]
    kept = re.search(r"keeps (\d+) of 100 returns and pro rata (\d+)", PAGE)
    assert kept is not None
    assert kept.groups() == (f"{100 * half / whole:.0f}", f"{100 * found['youth_prorata_750000'] / whole:.0f}")


def test_the_evidence_is_that_of_the_kept_cases(shared: Path) -> None:
    case = json.loads((shared / "cases" / "youth.json").read_text())
    villa, contract, spend = case["villa"], case["youth_contract"], case["spend_per_5_17_E"]
    assert f"{100 * villa['clubs_closed_share']:.0f}% of London's youth clubs" in PAGE
    assert f"{100 * villa['offending_rel']:.0f}% more of" in PAGE
    assert f"{-100 * villa['gcse_sd']:.0f}% of a standard deviation ({-100 * villa['fsm_gcse_sd']:.0f}%" in PAGE
    assert f"{contract['efa_additional']:,} of {contract['efa_participants']:,}" in PAGE
    assert f"{sum(contract['core_additional'])} of {contract['core_participants']:,}" in PAGE
    assert all(f"£{pounds}" in PAGE for pounds in spend.values())


@pytest.mark.parametrize(("year", "said"), [("2010-11", "£8.5m"), ("2012-13", "£4.5m"), ("2013-14", "£3.2m")])
def test_somersets_spending_is_what_the_import_says(shared_data: Path, tmp_path: Path, year: str, said: str) -> None:
    files = sorted(str(f) for f in (shared_data / "youth").glob("s251_outturn_*.csv"))
    ask = ("--authority", "Somerset", "--prices", "2013-14", "--out", str(tmp_path / "youth.csv"))
    (net,) = re.findall(rf"Somerset, {year}: .*£([\d,]+) net", run(tmp_path, "import", "youth-spending", *files, *ask))
    assert f"£{float(net.replace(',', '')) / 1e6:.1f}m" == said
    assert f"{said}" in PAGE
