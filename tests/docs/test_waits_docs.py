"""The page on waiting lists shows what the commands give."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from withless import api

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "waits.md").read_text(encoding="utf-8")
JANUARY = ROOT.parent / "shared" / "data" / "waits" / "england_2026-01_provider_specialty_week_bands.csv.gz"
SHOWN = re.findall(r"^```\n\$ (withless [^\n]*)\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
AREAS = 'id,name,x,y,decile\nALL,"Leicester, Leicestershire and Rutland",458000,304000,5\n'
PEOPLE = "area,age_band,people\n" + "".join(
    f"ALL,{band},{n}\n"
    for band, n in (
        ("0-15", 210000),
        ("16-24", 140000),
        ("25-64", 560000),
        ("65-74", 110000),
        ("75-84", 75000),
        ("85+", 30000),
    )
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the places that the page's commands take."""
    made = tmp_path_factory.mktemp("waits")
    api.example("northshire", made / "northshire")
    place, stopped = re.findall(r"^```yaml\n(.*?)^```", PAGE, flags=re.M | re.S)
    bands, flows = re.findall(r"^```csv\n(.*?)^```", PAGE, flags=re.M | re.S)
    council = place.replace("name: Leicester", "name: A council").replace("hospitals:", "assessments:")
    council = council.replace("University Hospitals of Leicester", "Care assessments").replace(
        "payer: nhs", "payer: council"
    )
    for name, text in (("leicester", place), ("stopped", place + stopped), ("assessments", council)):
        (made / name).mkdir()
        for file, words in (("place.yaml", text), ("areas.csv", AREAS), ("people.csv", PEOPLE)):
            (made / name / file).write_text(words, encoding="utf-8")
    (made / "assessments" / "bands.csv").write_text(bands, encoding="utf-8")
    (made / "assessments" / "flows.csv").write_text(flows, encoding="utf-8")
    if JANUARY.exists():
        for name in ("leicester", "stopped"):
            api.import_rtt([JANUARY], made / name, provider="RWE")
    return made


@pytest.mark.parametrize(("command", "shown"), SHOWN, ids=[c for c, _ in SHOWN])
def test_the_page_shows_what_the_command_prints(folder: Path, command: str, shown: str) -> None:
    if "leicester" in command and not JANUARY.exists():
        pytest.skip(f"the file is not at {JANUARY}")
    run = subprocess.run(
        [sys.executable, "-c", "from withless.cli import main; main()", *command.split()[1:]],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert shown.strip("\n") in run.stdout
    assert max(map(len, run.stdout.splitlines()), default=0) <= 80


def test_drives_that_have_stopped_leave_as_many_long_waits_as_the_page_says(folder: Path) -> None:
    if not JANUARY.exists():
        pytest.skip(f"the file is not at {JANUARY}")
    (stopped, going_on) = re.findall(r"then ([\d,]+) wait 52 weeks or longer after a year, not ([\d,]+)", PAGE)[0]
    for name, said in (("stopped", stopped), ("leicester", going_on)):
        run = subprocess.run(
            [sys.executable, "-c", "from withless.cli import main; main()", "waits", "project", name, "--weeks", "52",
             "--draws", "64"], cwd=folder, capture_output=True, text=True, check=True,
        )  # fmt: skip
        (row,) = [line for line in run.stdout.splitlines() if line.startswith("52 weeks or longer")]
        assert row.split()[-1] == said
