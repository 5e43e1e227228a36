"""Every case of files as people have them, run through the command line: what is said now, for docs/cases.md.

A case is a folder of `../shared/cases/field` or `typed`, or a file of `poll_spec`; the right answer is in its README.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner

from withless.cli import app

SHARED = Path(__file__).parents[2] / "shared" / "cases"
COMMANDS = {
    "11-rtt-extract-rows-twice": "import rtt extract.csv --provider RZZ --out o",
    "25-rtt-extract-lines-above-header": "import rtt extract.csv --provider RZZ --out o",
    "26-rtt-provider-workbook": "import rtt incomplete_provider.xlsx --provider RZZ --out o",
    "27-rtt-month-option-ignored": "import rtt incomplete_2009.xlsx --england --month 2009-12 --out o",
    "30-section-251-of-2011-12": "import youth-spending outturn_1112.csv --authority Ashby_Vale --out y.csv",
    "31-outturn-not-sent": "import revenue-outturn RS.xlsx --authority Denby_UA --out y.csv",
}
"""Commands of cases that are no place; _ in a name stands for a space."""
EVIDENCE = "    evidence: business_case\n    start:"


@dataclass(frozen=True)
class Said:
    """What a case says now: its name, the command, its exit code and its words in one line each."""

    name: str
    command: str
    code: int
    text: str


def run(folder: Path, command: str) -> tuple[int, str]:
    """A command on a copy of a folder, so that nothing is written beside the case."""
    with tempfile.TemporaryDirectory() as there:
        copy = Path(there) / folder.name
        shutil.copytree(folder, copy)
        words = [w.replace("_", " ") if "_" in w and "." not in w else w for w in command.split()]
        words = [str(copy / w) if (copy / w).exists() or w in ("o", "y.csv") else w for w in words]
        words = [str(copy) if w == "." else w for w in words]
        told = CliRunner().invoke(app, words)
        return told.exit_code, told.output.replace(str(copy) + "/", "").replace(str(copy), ".")


def with_evidence(folder: Path, there: Path) -> Path:
    """A copy of a typed case whose plan gives the evidence that every measure now must."""
    copy = there / folder.name
    shutil.copytree(folder, copy)
    plan = (copy / "plan.yaml").read_text(encoding="utf-8").replace("    evidence: business_case\n", "")
    (copy / "plan.yaml").write_text(plan.replace("    start:", EVIDENCE), encoding="utf-8")
    return copy


def cases(root: Path = SHARED) -> Iterator[Said]:
    """Every case, one by one."""
    for folder in sorted((root / "field").iterdir()):
        if not folder.is_dir():
            continue
        if folder.name in COMMANDS:
            command = COMMANDS[folder.name]
        elif (folder / "poll.yaml").is_file():
            command = "poll answers.csv --spec poll.yaml"
        else:
            command = "check plan.yaml" if (folder / "plan.yaml").is_file() else "check ."
        yield Said(f"field/{folder.name}", command, *run(folder, command))
    with tempfile.TemporaryDirectory() as there:
        for folder in sorted((root / "typed").iterdir()):
            if folder.is_dir():
                copy = with_evidence(folder, Path(there))
                yield Said(f"typed/{folder.name}", "check plan.yaml", *run(copy, "check plan.yaml"))
    for spec in sorted((root / "poll_spec").glob("*.yaml")):
        answers = spec.with_suffix(".csv")
        if answers.is_file():
            command = f"poll {answers.name} --spec {spec.name}"
            yield Said(f"poll_spec/{spec.stem}", command, *run(root / "poll_spec", command))


def shortened(text: str) -> str:
    """The sentences that matter: faults and warnings, else the first lines."""
    lines = text.splitlines()
    faults = [line for line in lines if line.startswith("- ") and ": found " in line]
    return "\n".join(textwrap.shorten(line, 400) for line in (faults or lines)[:6])


def main() -> None:
    """Print all, or write them as a page where one is named."""
    parts = [
        "# Files as people have them\n",
        __doc__.split("\n\n")[1].replace("\n", " ") + " `make cases` writes this page.\n",
    ]
    for said in cases():
        parts.append(f"## {said.name}\n\n`withless {said.command}` leaves with {said.code}:\n")
        parts.append("```text\n" + shortened(said.text) + "\n```\n")
    page = "\n".join(parts)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(page, encoding="utf-8")
    else:
        print(page)


if __name__ == "__main__":
    main()
