"""What the documents say is so: snippets run, links lead somewhere, nothing public is left out."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

import withless
from withless import api
from withless.cli import app
from withless.files import read_plan
from withless.files.areas import AREAS, PEOPLE
from withless.plan import UNIT_COST
from withless.promises import GENERIC
from withless.report.tables import FILES
from withless.service import discover

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    p
    for p in [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("examples/**/*.md"),
        *ROOT.glob("src/**/*.md"),
        *ROOT.glob("bench/*.md"),
    ]
    if ".venv" not in p.parts
)
HOME = re.compile(r"/(?:home|root|Users|work|tmp)/")


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def snippets(document: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text(document), flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("document", ["README.md", "docs/python.md"])
def test_python_snippets_run_in_their_order(document: str, tmp_path: Path) -> None:
    code = "\n".join(snippets(document, "python"))
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert "with less" in run.stdout.lower()


def test_the_readme_needs_five_lines_of_python() -> None:
    (code,) = snippets("README.md", "python")
    assert len([line for line in code.splitlines() if line.strip()]) == 5


def test_the_example_plan_in_the_documents_is_one(northshire_folder: Path, tmp_path: Path) -> None:
    place, plan = (s for s in snippets("docs/files.md", "yaml"))
    for table in northshire_folder.glob("*.csv"):
        (tmp_path / table.name).symlink_to(table)
    (tmp_path / "place.yaml").write_text(place, encoding="utf-8")
    (tmp_path / "plan.yaml").write_text(plan, encoding="utf-8")
    read, _ = read_plan(tmp_path / "plan.yaml")
    assert read.measures[0].where == ("LIB07", "LIB12")
    assert read.place.overrides


def test_every_command_and_option_is_described() -> None:
    said = text("docs/commands.md")
    group = typer.main.get_command(app)
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        assert f"## withless {name}" in said
        for parameter in command.params:
            assert all(
                f"`{o}" in said or o in ("--help", "-h") or "--force" in said for o in parameter.opts if o[0] == "-"
            )
    for code in (0, 1, 2, 3, 130):
        assert f"| {code} |" in said
    assert all(f"`{name}`" in said for name in FILES)


def test_every_public_function_is_described() -> None:
    said = text("docs/python.md")
    assert all(f"`{name}" in said for name in withless.__all__)
    assert set(withless.__all__) - {"__version__"} <= set(api.__all__)
    assert all(getattr(api, name).__doc__ for name in api.__all__)


def test_every_column_lever_and_promise_is_described() -> None:
    said = text("docs/files.md")
    for spec in (AREAS, PEOPLE, *(t for s in discover().values() for t in s.tables)):
        assert all(f"| `{c.name}` | {c.meaning}" in said for c in spec.columns), spec.name
    for lever in (UNIT_COST, *(lever for s in discover().values() for lever in s.levers)):
        assert f"| `{lever.name}` |" in said
    for what in (*GENERIC, *(q for s in discover().values() for q in s.quantities)):
        assert f"| `{what}` |" in said


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere_and_no_path_of_a_machine_is_told(document: Path) -> None:
    said = document.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#]+)[^)]*\)", said):
        if not link.startswith("http"):
            assert (document.parent / link).exists(), link
    assert not HOME.search(said)


def test_every_test_that_holds_a_promise_is_there() -> None:
    named = re.findall(r"`((?:unit|property|reference|contract|docs|browser)/\w+\.py)`", text("docs/trust.md"))
    assert len(named) > 20
    assert [n for n in named if not (ROOT / "tests" / n).is_file()] == []


def test_every_service_has_its_page() -> None:
    for service in discover().values():
        folder = Path(sys.modules[type(service).__module__].__file__ or "").parent
        assert (folder / "README.md").is_file()


def test_summaries_in_pages_are_what_the_example_gives(northshire_folder: Path) -> None:
    found = withless.appraise(northshire_folder / "plan.yaml")
    for page, mark, full in (("README.md", "WITH LESS", False), ("docs/care.md", "Adult social care: ", True)):
        blocks = re.findall(r"^```\n(.*?)^```", text(page), flags=re.MULTILINE | re.DOTALL)
        assert next(block for block in blocks if mark in block).strip() in withless.summary(found, full=full), page
