"""The command line as a user meets it: output, exit codes, nothing half-written, never a traceback."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = (sys.executable, "-c", "from withless.cli import main; main()")


def withless(*arguments: object, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a terminal of 80 columns."""
    env = os.environ | {"COLUMNS": "80", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"} | environment
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=cwd,
        env=env,
        check=False,
    )


@pytest.fixture(scope="module")
def plan(northshire_folder: Path) -> Path:
    """The built-in plan."""
    return northshire_folder / "plan.yaml"


@pytest.mark.parametrize(
    "command",
    [(), ("assess",), ("check",), ("fit",), ("example",), ("assumptions",), ("sources",), ("place", "new"), ("poll",)],
)
def test_help_has_examples_and_fits_eighty_columns(command: tuple[str, ...]) -> None:
    said = withless(*command, "--help")
    assert said.returncode == 0
    assert "withless " in said.stdout.partition("Options")[2]
    assert max(map(len, said.stdout.splitlines())) <= 80


def test_the_version_is_told() -> None:
    assert withless("--version").stdout.startswith("withless 0.")


def test_assess_writes_all_it_is_asked_for_and_says_so(plan: Path, tmp_path: Path) -> None:
    said = withless(
        *(
            "assess",
            plan,
            "--draws",
            64,
            "--json",
            tmp_path / "r.json",
            "--html",
            tmp_path / "r.html",
            "--csv",
            tmp_path / "t",
        )
    )
    assert said.returncode == 0, said.stderr
    assert "promises: " in said.stdout
    assert str(tmp_path / "r.html") in said.stdout
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["draws"] == 64
    assert (tmp_path / "t" / "units.csv").is_file()
    assert not list(tmp_path.rglob("*.part"))


def test_json_to_standard_output_is_nothing_but_json(plan: Path) -> None:
    said = withless("assess", plan, "--draws", 64, "--json", "-")
    assert json.loads(said.stdout)["place"] == "Northshire"


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(plan: Path) -> None:
    first, second, other = (
        withless("assess", plan, "--draws", 64, "--json", "-", "--seed", s).stdout for s in (1, 1, 2)
    )
    assert first == second != other


def test_quiet_says_nothing(plan: Path, tmp_path: Path) -> None:
    said = withless("assess", plan, "--draws", 64, "--quiet", "--html", tmp_path / "r.html")
    assert (said.stdout, said.stderr) == ("", "")


def test_check_tells_good_from_bad_by_its_exit_code(plan: Path, tmp_path: Path) -> None:
    assert withless("check", plan).returncode == 0
    assert withless("check", plan.parent).returncode == 0
    bad = tmp_path / "plan.yaml"
    text = plan.read_text(encoding="utf-8").replace("place: .", f"place: {os.path.relpath(plan.parent, tmp_path)}")
    bad.write_text(text.replace("lever: hours", "lever: hour", 1).replace("LIB31", "LIB99"), encoding="utf-8")
    said = withless("check", bad)
    assert said.returncode == 1
    assert "hours" in said.stderr
    assert "LIB99" in said.stderr
    assert said.stderr.startswith("2 errors")
    assert withless("assess", bad).returncode == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("assess",), 2),
        (("assess", "nowhere.yaml"), 1),
        (("check", "nowhere"), 1),
        (("assess", "{place}"), 2),
        (("assess", "{plan}", "--draws", "0"), 2),
        (("assess", "{plan}", "--seed", "-1"), 2),
        (("assess", "{plan}", "--html", "{place}"), 2),
        (("assess", "{plan}", "--json", "{plan}/x.json"), 2),
        (("assess", "{plan}", "--csv", "{plan}"), 2),
        (("example", "southshire", "x"), 2),
        (("example", "northshire", "{place}"), 1),
        (("assumptions", "--kind", "guessed"), 2),
        (("poll",), 2),
        (("poll", "nowhere.csv"), 1),
        (("poll", "--published", "gallup-1936"), 2),
        (("poll", "{plan}"), 1),
        (("assess", "{plan}", "--draws", "64", "--poll", "nowhere.json"), 1),
        (("frobnicate",), 2),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_told_in_words(plan: Path, arguments: tuple[str, ...], code: int) -> None:
    said = withless(*(a.format(plan=plan, place=plan.parent) for a in arguments), cwd=plan.parent)
    assert said.returncode == code, said.stderr
    assert said.stderr.strip()
    assert "Traceback" not in said.stderr


def test_a_number_of_users_that_nobody_could_be_is_told_with_the_venue(plan: Path, tmp_path: Path) -> None:
    withless("example", "northshire", tmp_path)
    table = tmp_path / "museums.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    column = lines[0].split(",").index("users")
    cells = lines[1].split(",")
    cells[column] = "99000000"
    table.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n", encoding="utf-8")
    said = withless("assess", tmp_path / "plan.yaml", "--draws", 64)
    assert said.returncode == 1
    assert cells[1] in said.stderr or "museums.csv" in said.stderr
    assert "Traceback" not in said.stderr


def test_an_error_of_ours_is_owned_up_to_and_debug_shows_where(plan: Path) -> None:
    code = (
        "import withless.api as api\n"
        "def bad(*a, **k): raise RuntimeError('out of cheese')\n"
        "api.Study.appraise = bad\n"
        "from withless.cli import main; main()"
    )
    for debug, shown in (("", False), ("1", True)):
        said = subprocess.run(
            [sys.executable, "-c", code, "assess", str(plan)],
            capture_output=True,
            text=True,
            env=os.environ | {"WITHLESS_DEBUG": debug},
            check=False,
        )
        assert said.returncode == 3
        assert "out of cheese" in said.stderr
        assert ("Traceback" in said.stderr) == shown


@pytest.mark.skipif(sys.platform == "win32", reason="signals work otherwise there")
def test_a_run_that_is_stopped_leaves_nothing_behind(plan: Path, tmp_path: Path) -> None:
    run = subprocess.Popen(
        [*COMMAND, "assess", str(plan), "--draws", "64000", "--html", str(tmp_path / "r.html")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"COLUMNS": "80"},
    )
    time.sleep(4)
    run.send_signal(signal.SIGINT)
    _, told = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "Traceback" not in told
    assert not list(tmp_path.iterdir())


def test_a_reader_that_goes_away_is_no_error() -> None:
    run = subprocess.run(
        f"{sys.executable} -c 'from withless.cli import main; main()' assumptions | head -1",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in run.stderr
    assert "BrokenPipe" not in run.stderr


def test_assumptions_are_listed_with_unit_range_source_and_kind(plan: Path) -> None:
    said = withless("assumptions", plan)
    assert "venues.lam: 0.15 to 0.85 ratio (uniform)" in said.stdout
    assert max(map(len, said.stdout.splitlines())) <= 80
    judged = json.loads(withless("assumptions", "--kind", "judged", "--json", "-").stdout)
    assert judged
    assert {row["kind"] for row in judged} == {"judged"}
    assert all(row["unit"] and row["source"]["title"] for row in judged)
