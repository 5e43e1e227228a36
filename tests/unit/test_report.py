"""The report in all its forms says what the appraisal found, to the letter of the schema, and is safe to open."""

import csv
import io
import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from withless import api
from withless.appraise import Appraisal, shown
from withless.files import read_plan
from withless.plan import Plan
from withless.report.content import content
from withless.report.page import render
from withless.report.tables import FILES, safe, tables
from withless.report.terminal import summary
from withless.service import Exhibit, get
from withless.writing import why_not, write_whole

Json = dict[str, Any]
PARTS = ("efficiency", "fewer_people", "lower_quality", "charged", "price")
SCHEMA = json.loads((files("withless.report") / "schema.json").read_text(encoding="utf-8"))
NASTY = "<script>alert(1)</script>\x1b[31m\" onload='x' =1+1"


@pytest.fixture
def nasty(northshire_folder: Path) -> Appraisal:
    """A plan whose title, promise and measures try to get out of their place."""
    plan, _ = read_plan(northshire_folder / "plan.yaml")
    changed = Plan(NASTY, plan.place, plan.measures[:1], plan.promises[:1], plan.target_saving, plan.target_year)
    object.__setattr__(changed.measures[0], "title", NASTY)
    return api.appraise(changed, draws=64)


def test_json_keeps_to_its_schema(northshire_content: Json) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(northshire_content)


def test_the_schema_is_strict(northshire_content: Json) -> None:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    assert not validator.is_valid(northshire_content | {"surprise": 1})
    assert not validator.is_valid({k: v for k, v in northshire_content.items() if k != "ledger"})


def test_an_empty_plan_has_a_report_of_every_kind(northshire_folder: Path) -> None:
    plan, _ = read_plan(northshire_folder / "plan.yaml")
    c = content(api.appraise(Plan("Nothing", plan.place, ()), draws=64))
    jsonschema.Draft202012Validator(SCHEMA).validate(c)
    assert c["money"]["booked"] == 0
    assert c["verdict"]["same"] == 1
    assert c["verdict"]["headline"] == "No verdict: the plan has no measures"
    assert {y["headline"] for y in c["verdict"]["by_year"]} == {c["verdict"]["headline"]}
    for told in (render(c), summary(c)):
        assert "changes no service" in told
        assert "no verdict: the plan has no measures" in told.lower()
        assert "Chance: " not in told
        assert "Chance of each verdict" not in told
    assert set(tables(c)) == {f"{name}.csv" for name in FILES}


def test_a_fifth_and_an_age_without_people_are_not_said_to_keep_all(northshire_folder: Path) -> None:
    plan, _ = read_plan(northshire_folder / "plan.yaml")
    areas = plan.place.areas
    people = np.array(areas.people)
    people[:, -1] = 0
    lived_in = replace(areas, decile=np.maximum(areas.decile, 3), people=people)
    c = content(api.appraise(replace(plan, place=replace(plan.place, areas=lived_in)), draws=64))
    jsonschema.Draft202012Validator(SCHEMA).validate(c)
    groups = {g["label"]: g for g in c["groups"] if g["by"] != "both"}
    assert [label for label, g in groups.items() if g["residents"] == 0] == ["most deprived fifth", "aged 85+"]
    assert groups["most deprived fifth"]["people"] == 0
    row = next(line for line in summary(c, full=True).splitlines() if line.strip().startswith("Most deprived fifth"))
    assert row.split(maxsplit=3)[3] == "nobody lives there"
    page = render(c)
    assert "<td>nobody lives there</td><td></td><td></td>" in page
    assert "<td>nobody of that age lives here</td><td></td><td></td>" in page
    assert "ost deprived fifth: nobody lives there" in page


def test_the_first_five_parts_of_the_ledger_sum_to_the_saving(northshire_content: Json) -> None:
    ledgers = [northshire_content["ledger"], *(s["ledger"] for s in northshire_content["services"])]
    for ledger in ledgers:
        assert sum(ledger[p]["mean"] for p in PARTS) == pytest.approx(ledger["total"]["mean"], abs=0.01)
    assert northshire_content["ledger"]["total"] == northshire_content["money"]["judged"]


def test_services_add_up_to_the_plan(northshire_content: Json) -> None:
    for part in PARTS:
        apart = sum(s["ledger"][part]["mean"] for s in northshire_content["services"] if s["in_verdict"])
        assert apart == pytest.approx(northshire_content["ledger"][part]["mean"], abs=0.01)


def test_groups_of_each_kind_add_up_to_the_same(northshire_content: Json) -> None:
    totals = {
        by: sum(g["change"]["mean"] for g in northshire_content["groups"] if g["by"] == by)
        for by in ("deprivation", "age", "both")
    }
    assert totals["deprivation"] == pytest.approx(totals["age"])
    assert totals["deprivation"] == pytest.approx(totals["both"])
    assert sum(g["people"] for g in northshire_content["groups"] if g["by"] == "age") == pytest.approx(
        sum(northshire_content["areas"]["people"])
    )


def test_what_the_report_says_is_what_the_appraisal_found(
    northshire_result: Appraisal, northshire_content: Json
) -> None:
    a, c = northshire_result, northshire_content
    saving = a.total("saving")[:, a.year]
    assert c["money"]["delivered"]["mean"] == pytest.approx(saving.mean())
    assert c["money"]["delivered"]["p5"] == pytest.approx(np.quantile(saving, 0.05))
    closed = [v for s in c["services"] for v in s["units"] if v["fate"] == "closes" and s["kind"] == "venues"]
    assert len(closed) == 4
    assert all(v["users"]["change"]["mean"] < 0 for v in closed)


def test_the_summary_fits_a_terminal_and_says_the_verdict(northshire_content: Json) -> None:
    lines = summary(northshire_content, ["result.json"]).splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 40
    assert northshire_content["verdict"]["headline"].upper() in " ".join(lines)
    assert "invented" in lines[1]
    assert lines[-1] == "Written: result.json"
    assert "14 promises: " in "\n".join(lines)


def test_in_full_it_says_every_promise(northshire_content: Json) -> None:
    text = summary(northshire_content, full=True)
    assert max(map(len, text.splitlines())) <= 80
    for promise in northshire_content["promises"]:
        assert promise["text"].split()[0] in text


def test_the_page_is_one_file_without_network_or_script(northshire_content: Json) -> None:
    page = render(northshire_content)
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in page
    assert "An invented place." in page
    assert page.count("<svg viewBox") == page.count("<title>") - 1 == page.count('role="img"')
    assert len(page.encode()) < 3_000_000


def test_user_text_stays_text_wherever_it_is_shown(nasty: Appraisal) -> None:
    c = content(nasty)
    page, words = render(c), summary(c)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "\x1b" not in words
    assert json.loads(api.as_json(c))["plan"] == NASTY


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@A1", " =1", "\t=1", "\r=1", "\uff1d1"])
def test_no_cell_of_text_starts_a_formula(text: str) -> None:
    assert str(safe(text)).startswith("'")


def test_numbers_in_tables_stay_numbers() -> None:
    assert safe(-1.5) == -1.5
    assert safe(None) == ""
    assert safe("plain") == "plain"


def test_tables_hold_every_unit_and_area(
    northshire_content: Json, northshire_result: Appraisal, tmp_path: Path
) -> None:
    made = {name: list(csv.DictReader(io.StringIO(text))) for name, text in tables(northshire_content).items()}
    assert len(made["areas.csv"]) == len(northshire_content["areas"]["id"])
    assert len(made["units.csv"]) == sum(len(s["units"]) for s in northshire_content["services"])
    assert len(made["assumptions.csv"]) == len(northshire_content["assumptions"])
    written = api.to_csv(northshire_result, tmp_path)
    assert (
        sorted(p.name for p in written)
        == sorted(p.name for p in tmp_path.iterdir())
        == sorted([*made, "datapackage.json"])
    )
    assert written[0].read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "report.html"
    target.write_text("old", encoding="utf-8")
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_whole(target, "new", force=True)
    assert target.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_place_that_cannot_be_written_is_told_beforehand(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert why_not(tmp_path / "new" / "report.html") == ""
    assert "folder" in why_not(tmp_path)
    assert "file" in why_not(tmp_path / "file" / "report.html")
    assert "file" in why_not(tmp_path / "file", folder=True)


def exhibits(model, settings, found):
    """What a service might show: users over time on both sides, and a bar with hostile text."""
    assert set(found.yearly) >= {"saving", "served0", "served1"}
    lines = {"today": np.ones((len(model.draws), 3)), "with the plan": np.ones((len(model.draws), 3)) * np.arange(1, 4)}
    return [
        Exhibit("Users over time", "About 40 people lose a place near them.", "people", ("a", "b", "c"), lines),
        Exhibit(NASTY, NASTY, "pounds", ("=1+1",), {NASTY: np.full((len(model.draws), 1), 5.0)}, "bars"),
        Exhibit("Only words", "Nothing more."),
    ]


def test_what_a_service_shows_of_itself_is_in_every_form(nasty: Appraisal, monkeypatch: pytest.MonkeyPatch) -> None:
    class Showing(type(get("venues"))):  # a class of its own: what a class offers is remembered for good
        exhibits = staticmethod(exhibits)

    monkeypatch.setattr(shown, "get", lambda kind: Showing() if kind == "venues" else get(kind))
    c = content(nasty)
    jsonschema.Draft202012Validator(SCHEMA).validate(c)
    touched = [s for s in c["services"] if s["touched"]]
    assert [len(s["exhibits"]) for s in touched] == [3]
    assert not any(s["exhibits"] for s in c["services"] if not s["touched"])
    line = touched[0]["exhibits"][0]["lines"][1]
    assert (line["name"], line["values"][2]["mean"]) == ("with the plan", 3.0)
    page = render(c)
    assert "<script" not in page
    assert page.count("Users over time") >= 3
    assert "About 40 people lose a place near them." in " ".join(summary(c, full=True).split())
    rows = list(csv.DictReader(io.StringIO(tables(c)["exhibits.csv"])))
    assert len(rows) == 7
    assert not any(cell.startswith("=") for row in rows for cell in row.values())


def test_an_exhibit_whose_numbers_do_not_fit_its_labels_is_refused() -> None:
    with pytest.raises(ValueError, match="2 labels"):
        Exhibit("t", labels=("a", "b"), lines={"x": np.ones((4, 3))})
    with pytest.raises(ValueError, match="finite"):
        Exhibit("t", labels=("a",), lines={"x": np.array([[np.nan]])})
    with pytest.raises(ValueError, match="lines or bars"):
        Exhibit("t", kind="pie")
