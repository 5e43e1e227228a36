"""What leaves the program: a workbook, a data package, Parquet, a page in a notebook, and a page that can be verified."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import python_calamine
from typer.testing import CliRunner

from withless import api
from withless.appraise import Appraisal
from withless.cli import app
from withless.report import inputs
from withless.report.inputs import POLL, NotOurs, compare, packed, unpacked
from withless.report.tables import FILES, datapackage, parquet, tables
from withless.report.workbook import workbook

Json = dict[str, Any]
NASTY = '=HYPERLINK("http://x")'


def sheets(c: Json) -> dict[str, list[list[Any]]]:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(workbook(c)))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_the_workbook_holds_the_figures_of_the_result_as_numbers(northshire_content: Json) -> None:
    found = sheets(northshire_content)
    assert list(found) == ["Summary", "Ledger", "Services", "Units", "Promises", "Assumptions"]
    saved = next(row for row in found["Summary"] if str(row[0]).startswith("Saved by the services"))
    assert saved[1] == pytest.approx(northshire_content["money"]["judged"]["mean"])
    assert len(found["Promises"]) == 1 + len(northshire_content["promises"])
    assert len(found["Assumptions"]) == 1 + len(northshire_content["assumptions"])
    head, first = found["Services"][0], found["Services"][1]
    assert first[head.index("served_change_mean")] == pytest.approx(
        northshire_content["services"][0]["served"]["change"]["mean"]
    )


def test_text_in_the_workbook_is_never_a_formula_and_heads_stay_in_sight(northshire_content: Json) -> None:
    c = northshire_content | {"plan": NASTY, "promises": [northshire_content["promises"][0] | {"text": NASTY}]}
    with zipfile.ZipFile(io.BytesIO(workbook(c))) as parts:
        for name in parts.namelist():
            if name.startswith("xl/worksheets/sheet"):
                xml = parts.read(name).decode()
                assert "<f>" not in xml
                assert "<hyperlink" not in xml
                assert 'state="frozen"' in xml or name.endswith("sheet1.xml")
        assert any(name.startswith("xl/comments") for name in parts.namelist())
        assert "withless" in parts.read("docProps/core.xml").decode()


def test_the_data_package_describes_every_table_by_its_columns(northshire_content: Json) -> None:
    package = json.loads(datapackage(northshire_content))
    made = tables(northshire_content)
    assert [r["path"] for r in package["resources"]] == [f"{name}.csv" for name in FILES]
    for resource in package["resources"]:
        head = made[resource["path"]].splitlines()[0]
        assert head == ",".join(f["name"] for f in resource["schema"]["fields"])
    units = next(r for r in package["resources"] if r["name"] == "units")
    assert {f["name"]: f["type"] for f in units["schema"]["fields"]}["users_change_mean"] == "number"


def test_parquet_holds_the_same_rows_as_csv(northshire_content: Json) -> None:
    made = parquet(northshire_content)
    assert set(made) == {f"{name}.parquet" for name in FILES}
    services = pl.read_parquet(io.BytesIO(made["services.parquet"]))
    assert services["id"].to_list() == [s["id"] for s in northshire_content["services"]]
    assert services["served_change_mean"].dtype == pl.Float64


def test_a_result_shows_itself_in_a_notebook(northshire_result: Appraisal) -> None:
    shown = northshire_result._repr_html_()  # type: ignore[attr-defined]
    assert shown.startswith("<iframe")
    assert "<h1" not in shown  # the page is escaped within its frame
    assert "&lt;h1" in shown


@pytest.fixture(scope="module")
def written(northshire_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of 64 draws with its files in it."""
    page = tmp_path_factory.mktemp("verify") / "report.html"
    run = CliRunner().invoke(
        app, ["assess", str(northshire_folder / "plan.yaml"), "--draws", "64", "-q", "--html", str(page)]
    )
    assert run.exit_code == 0, run.output
    return page


def test_a_page_run_again_from_its_own_inputs_is_the_same_bit_for_bit(written: Path) -> None:
    found = api.verify(written).compared
    assert found.identical
    assert found.reproduced == found.figures > 3000


def test_a_tampered_figure_is_found_and_said(written: Path, tmp_path: Path) -> None:
    page = written.read_text(encoding="utf-8")
    figure = "It fails "
    at = page.index(figure) + len(figure)
    bad = tmp_path / "bad.html"
    bad.write_text(page[:at] + "9" + page[at:], encoding="utf-8")
    run = CliRunner().invoke(app, ["verify", str(bad), "-q"])
    assert run.exit_code == 1
    assert "The page says: Holds" in " ".join(run.output.split())


def test_tampered_inputs_are_found(written: Path) -> None:
    page = written.read_text(encoding="utf-8")
    at = page.index('data-sha256="') + len('data-sha256="')
    with pytest.raises(NotOurs, match="SHA-256"):
        unpacked(page[:at] + ("0" if page[at] != "0" else "1") + page[at + 1 :])
    with pytest.raises(NotOurs, match="no report"):
        unpacked("<p>hello</p>")


def test_inputs_may_be_left_out_and_given_apart(written: Path, northshire_folder: Path, tmp_path: Path) -> None:
    page, plan = written.read_text(encoding="utf-8"), northshire_folder / "plan.yaml"
    empty = packed(plan, northshire_folder.iterdir(), 1, 64, (), None, keep=False)
    assert unpacked(empty) is None
    start, end = page.index('<template id="inputs"'), page.index("</template>") + len("</template>")
    bare = tmp_path / "bare.html"
    bare.write_text(page[:start] + empty + page[end:], encoding="utf-8")
    with pytest.raises(NotOurs, match="--plan"):
        api.verify(bare)
    assert api.verify(bare, plan).compared.reproduced == api.verify(bare, plan).compared.figures


def test_the_same_inputs_are_the_same_text_whatever_the_order_of_files(northshire_folder: Path) -> None:
    plan, files = northshire_folder / "plan.yaml", sorted(northshire_folder.iterdir())
    one = packed(plan, files, 1, 64, (), None, keep=True)
    assert one == packed(plan, reversed(files), 1, 64, (), None, keep=True)
    assert one != packed(plan, files, 2, 64, (), None, keep=True)


def test_words_are_compared_not_their_layout() -> None:
    assert compare("<p>12 people</p>", "<p>12  people</p>").differ == ()
    assert not compare("<p>12 people</p>", "<p>12  people</p>").identical
    (differ,) = compare("<p>12 people</p><p>7</p>", "<p>13 people</p><p>7</p>").differ
    assert differ == ("12 people", "13 people")


def test_a_page_with_a_poll_holds_its_tables_and_never_its_answers(northshire_folder: Path, tmp_path: Path) -> None:
    assert api.example("poll", tmp_path / "poll")
    spec, page = tmp_path / "poll" / "poll.yaml", tmp_path / "report.html"
    words = ["assess", str(northshire_folder / "plan.yaml"), "--draws", "64", "-q", "--html", str(page)]
    run = CliRunner().invoke(app, [*words, "--poll", str(spec)])
    assert run.exit_code == 0, run.output
    held = unpacked(page.read_text(encoding="utf-8"))
    assert held is not None
    answers = {p.name for p in (tmp_path / "poll").iterdir()}
    assert not answers & {Path(name).name for name in held.files}
    assert held.poll == POLL in held.files
    assert api.verify(page).compared.identical


def test_inputs_that_would_fill_the_memory_or_leave_their_folder_are_refused(
    northshire_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = northshire_folder / "plan.yaml"
    fine = packed(plan, [plan], 1, 64, (), None, keep=True)
    assert unpacked(fine) is not None
    with pytest.raises(NotOurs, match="outside their folder"):
        unpacked(packed(plan, [plan], 1, 64, (), "../answers.csv", keep=True))
    monkeypatch.setattr(inputs, "UNPACKED", 100)
    with pytest.raises(NotOurs, match="when unpacked"):
        unpacked(fine)
