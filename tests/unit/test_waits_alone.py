"""Lists without a place: one folder or several, as text, page, workbook or from Python."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from withless import api, waits
from withless.cli import app

RUNNER = CliRunner()


def listed(folder: Path, name: str = "Eyes & ears", people: int = 400, months: tuple[str, ...] = ("2026-01",)) -> Path:
    """A folder with a list of one specialty in week bands."""
    folder.mkdir(parents=True)
    rows, flows = ["specialty,part,month,week_from,week_to,count"], ["specialty,month,clock_starts,name"]
    for month in months:
        flows.append(f'eyes,{month},{4 * people},"{name}"')
        for part, share in (("incomplete", 1.0), ("completed", 0.3)):
            rows += [
                f"eyes,{part},{month},{w},{w + 1 if w < 60 else ''},{round(people * share * np.exp(-w / 14))}"
                for w in range(61)
            ]
    (folder / "bands.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "flows.csv").write_text("\n".join(flows) + "\n", encoding="utf-8")
    return folder


def run(*words: str) -> str:
    found = RUNNER.invoke(app, ["waits", *words])
    assert found.exit_code == 0, found.output
    return found.output


def test_a_list_alone_is_forecast_and_held_to_a_target(tmp_path: Path) -> None:
    folder = listed(tmp_path / "leeds")
    told = run("project", str(folder), "--draws", "64", "--weeks", "52")
    assert told.startswith("leeds: the list, taken on\nCounted at the end of 2026-01")
    assert "capacity to reach it" in run("target", str(folder), "--by", "2027-03", "--draws", "64")


def test_a_list_with_a_fault_is_said_to_have_it(tmp_path: Path) -> None:
    folder = listed(tmp_path / "leeds")
    text = (folder / "bands.csv").read_text()
    (folder / "bands.csv").write_text(text.replace("eyes,incomplete,2026-01,3,4,", "eyes,incomplete,2026-01,3,5,"))
    found = RUNNER.invoke(app, ["waits", "project", str(folder)])
    assert found.exit_code != 0
    assert "bands.csv" in found.output
    assert "Traceback" not in found.output


def test_a_folder_of_lists_becomes_one_workbook_in_which_no_text_is_a_formula(tmp_path: Path) -> None:
    names = ("=1+1", "@sum", "leeds")
    for k, name in enumerate(names):
        listed(tmp_path / "trusts" / name, people=300 + 100 * k)
    book = tmp_path / "trusts.xlsx"
    told = run(
        "project", str(tmp_path / "trusts"), "--draws", "64", "--weeks", "26", "--by", "specialty", "--xlsx", str(book)
    )
    places = [told.index(f"{name}: the list") for name in names]
    assert places == sorted(places)
    with zipfile.ZipFile(book) as parts:
        sheets = [parts.read(n).decode() for n in parts.namelist() if n.startswith("xl/worksheets/sheet")]
        strings = parts.read("xl/sharedStrings.xml").decode()
        assert "Summary" in parts.read("xl/workbook.xml").decode()
    assert len(sheets) == 2
    assert not any("<f>" in s for s in sheets)
    assert "=1+1" in strings
    assert sheets[0].count("<row") == 1 + 3 * 2 * 2  # a header; three lists, each a specialty and all, at two weeks


def test_the_page_shows_four_figures_with_their_ranges_and_needs_no_network(tmp_path: Path) -> None:
    folder, page = listed(tmp_path / "leeds", "<Eyes>"), tmp_path / "page.html"
    run("project", str(folder), "--capacity", "-5%", "--draws", "64", "--html", str(page))
    text = page.read_text(encoding="utf-8")
    assert text.count("<svg") == 4
    assert text.count("<polygon") == text.count("<polyline") == 8  # if nothing changes, and with the change
    assert "&lt;Eyes&gt;" in text
    assert not re.search(r"<script|https?://|url\(", text)
    assert "treated a week" in text
    assert all(np.isfinite(float(n)) for n in re.findall(r'points="([-\d.]+),', text))


def test_several_lists_have_no_page_together(tmp_path: Path) -> None:
    for k in range(2):
        listed(tmp_path / "trusts" / f"t{k}")
    found = RUNNER.invoke(
        app, ["waits", "project", str(tmp_path / "trusts"), "--draws", "64", "--html", str(tmp_path / "p.html")]
    )
    assert found.exit_code != 0
    assert "no page with charts" in found.output


def test_the_wait_that_a_verdict_goes_by_stands_next_to_the_published_ones(tmp_path: Path) -> None:
    """People who give up shorten the list and nobody's wait."""
    found = waits.project(listed(tmp_path / "leeds"), draws=64, weeks=52, capacity="-10%")
    wait = found["projections"]["nothing changes"]["expected_wait"]
    assert all(a < b < c for a, b, c in zip(wait["p10"][0], wait["mean"][0], wait["p90"][0], strict=True))
    assert all(x > 0 for x in found["change"]["expected_wait"]["mean"][0])
    printed = run("project", str(tmp_path / "leeds"), "--draws", "64", "--weeks", "52")
    assert "wait to expect, wks" in printed
    assert max(map(len, printed.splitlines())) <= 80


def test_from_python_a_list_that_is_not_there_is_named(tmp_path: Path) -> None:
    api.example("northshire", tmp_path / "northshire")
    with pytest.raises(LookupError, match="expected one"):
        waits.project(tmp_path / "northshire", service="clinic")
    found = waits.target(listed(tmp_path / "leeds"), draws=64, share="80%", within=18, by="2027-03")
    assert found["groups"][0]["group"] == "Eyes & ears"
