"""An authority's budget lines add up to nothing, whatever the year's layout; every trap of the workbooks is met."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from typer.testing import CliRunner

from withless.cli import app
from withless.files import Faults
from withless.sources.deflator import deflator
from withless.sources.outturn import LINES, outturn
from withless.sources.social_care import social_care

LABELS = {
    "Education services": 400.0,
    "Highways and transport services": 50.0,
    "Adult Social Care": 300.0,
    "Public Health": 0.0,
    "Other services": -10.0,
    "TOTAL SERVICE EXPENDITURE (TOTAL OF LINES 190 TO 698)": 740.0,
    "Internal Trading Accounts net surplus(-)/ deficit(+)": 20.0,
    "NET CURRENT EXPENDITURE": 760.0,
    "Specific and special revenue grants inside AEF": -400.0,
    "NET REVENUE EXPENDITURE": 360.0,
    "Appropriations to(+)/ from(-) other earmarked financial reserves": -30.0,
    "Revenue Support Grant": -100.0,
    "COUNCIL TAX REQUIREMENT (TOTAL OF LINES 805 TO 880)": 230.0,
    "Depreciation": 999.0,
}
Row = list[object]


def workbook(
    folder: Path,
    values: dict[str, object] | None = None,
    year: str = "2014-15",
    labels: Callable[[str], str] = lambda label: label,
    last: str = "ENGLAND",
    hidden: bool = False,
) -> Path:
    """A workbook in the published layout: a front page, a hidden stale sheet, and the sheet of figures."""
    path = folder / "RS.xlsx"
    figures = {**LABELS, **(values or {})}
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Front page").write(0, 0, f"RS - REVENUE OUTTURN SUMMARY {year}")
        stale, sheet = book.add_worksheet("Access (Col 1)"), book.add_worksheet("RS LA Data")
        stale.hide()
        if hidden:
            sheet.hide()
        for one, times in ((stale, 7), (sheet, 1)):
            rows: list[Row] = [
                [f"Revenue Outturn Summary (RS): {year} data"],
                [],
                ["Net current expenditure (£ thousand)"],
                [],
            ]
            rows += [["E-code", "Local authority", "Class", "", *map(labels, figures)]]
            rows += [["E0101", "North Somewhere UA", "UA", "", *[1 for _ in figures]]]
            money: list[object] = [v * times if isinstance(v, float) else v for v in figures.values()]
            rows += [["E3320", "Somewhere CC", "SC", "", *money], [], ["", last, "", "", *[9 for _ in figures]]]
            for i, row in enumerate(rows):
                for j, cell in enumerate(row):
                    one.write(i, j, cell)
    return path


def lines(path: Path, **options: object) -> dict[str, dict[str, object]]:
    table = outturn(path, "Somewhere", **options).table  # type: ignore[arg-type]
    assert table.columns == list(LINES)
    return {row["id"]: row for row in table.iter_rows(named=True)}


def test_lines_are_in_pounds_and_add_up_to_nothing(tmp_path: Path) -> None:
    found = lines(workbook(tmp_path))
    assert found["education"]["net"] == 400_000
    assert found["council_tax"]["net"] == -230_000
    assert sum(float(str(line["net"])) for line in found.values()) == 0
    assert "depreciation" not in found
    assert "public_health" not in found


def test_what_brings_money_in_has_it_as_income_and_a_service_has_none_known(tmp_path: Path) -> None:
    found = lines(workbook(tmp_path))
    assert found["education"]["income"] is None
    assert (found["earmarked_reserves"]["kind"], found["earmarked_reserves"]["income"]) == ("reserves", 30_000)
    assert (found["grants_inside_aef"]["kind"], found["revenue_support_grant"]["kind"]) == ("grant", "grant")
    assert (found["other_services"]["kind"], found["other_services"]["income"]) == ("grant", 10_000)
    assert lines(workbook(tmp_path), income_nil=True)["education"]["income"] == 0


def test_assumptions_of_the_budget_stay_blank(tmp_path: Path) -> None:
    for line in lines(workbook(tmp_path)).values():
        assert (line["fixed_share"], line["elasticity"], line["quality_share"]) == (None, None, None)


def test_hidden_sheets_are_not_read(tmp_path: Path) -> None:
    assert lines(workbook(tmp_path))["education"]["net"] == 400_000
    with pytest.raises(Faults, match=r"no visible sheet.*Hidden sheets are not read: Access"):
        outturn(workbook(tmp_path, hidden=True), "Somewhere")


def test_a_subtotal_that_says_something_else_is_told_and_left(tmp_path: Path) -> None:
    said = outturn(workbook(tmp_path, {"NET CURRENT EXPENDITURE": 800.0}), "Somewhere").notes
    assert any("NET CURRENT EXPENDITURE is £40,000 more than its lines" in note for note in said)


def test_social_care_that_is_not_split_is_said(tmp_path: Path) -> None:
    path = workbook(tmp_path, labels=lambda label: "Social care" if label == "Adult Social Care" else label)
    assert any("does not split it" in note for note in outturn(path, "Somewhere").notes)
    assert "social_care" in lines(path)


@pytest.mark.parametrize("mark", ["..", "...", "-", "*", None])
def test_a_mark_is_a_gap_and_not_nothing(tmp_path: Path, mark: str | None) -> None:
    made = outturn(workbook(tmp_path, {"Highways and transport services": mark}), "Somewhere")
    assert any("Gaps: no figure for Highways and transport services" in note for note in made.notes)
    assert any("more than its lines" in note for note in made.notes)
    assert "highways" not in made.table["id"].to_list()


def test_a_cell_that_is_no_number_is_told_with_its_row(tmp_path: Path) -> None:
    with pytest.raises(Faults, match=r'row 7, Adult Social Care: found "3oo"'):
        outturn(workbook(tmp_path, {"Adult Social Care": "3oo"}), "Somewhere")


def test_a_renamed_column_is_told_with_its_likeness(tmp_path: Path) -> None:
    path = workbook(tmp_path, labels=lambda label: label.replace("Education services", "Educational services"))
    with pytest.raises(Faults, match=r"Education services: found no such column.*Did you mean Educational services"):
        outturn(path, "Somewhere")


def test_the_wrong_file_and_half_a_file_are_told(tmp_path: Path) -> None:
    with pytest.raises(Faults, match="is this half of the file"):
        outturn(workbook(tmp_path, last="WALES"), "Somewhere")
    broken = tmp_path / "broken.xls"
    broken.write_bytes(workbook(tmp_path).read_bytes()[:900])
    with pytest.raises(Faults, match="no workbook, or a damaged one"):
        outturn(broken, "Somewhere")
    with pytest.raises(Faults, match="no such file"):
        outturn(tmp_path / "none.xls", "Somewhere")


def test_an_authority_is_known_with_and_without_its_letters_and_by_its_code(tmp_path: Path) -> None:
    path = workbook(tmp_path)
    assert outturn(path, "E3320").table.equals(outturn(path, "somewhere").table)
    assert outturn(path, "North Somewhere").table["net"][0] == 1_000
    with pytest.raises(Faults, match="Did you mean Somewhere CC"):
        outturn(path, "Somewere")


def test_real_terms_are_by_the_stated_deflator(tmp_path: Path) -> None:
    factor = deflator().factor("2014-15", "2017-18")
    found = lines(workbook(tmp_path), prices="2017-18")
    assert found["education"]["net"] == round(400_000 * factor)
    assert sum(float(str(line["net"])) for line in found.values()) == 0
    with pytest.raises(Faults, match="no 2031-32"):
        outturn(workbook(tmp_path), "Somewhere", prices="2031-32")


def test_the_deflator_moves_as_the_treasury_publishes_it() -> None:
    """Its release of September 2019 has 84.421 for 2008-09 where 2018-19 is 100; 2018-19 is not in ours, so by 2017-18."""
    ten_years = deflator().factor("2008-09", "2017-18")
    assert ten_years == pytest.approx(1.157, abs=0.001)
    assert 1 / 0.84421 / ten_years == pytest.approx(1.02, abs=0.01)  # one more year of about two per cent


def test_the_command_says_what_it_did_and_leaves_nothing_behind_when_wrong(tmp_path: Path) -> None:
    path, out = workbook(tmp_path), tmp_path / "lines.csv"
    call = ["import", "revenue-outturn", str(path), "--authority"]
    wrong = CliRunner().invoke(app, [*call, "Nowhere", "--out", str(out)])
    assert wrong.exit_code == 1
    assert "Traceback" not in wrong.output
    assert not out.exists()
    right = CliRunner().invoke(app, [*call, "Somewhere", "--out", str(out)])
    assert right.exit_code == 0
    assert pl.read_csv(out)["net"].sum() == 0


@pytest.mark.parametrize(
    ("name", "education", "council_tax"),
    [
        ("RS_2010-11_by_LA.xls", 416_373, 200_137),
        ("RS_2014-15_by_LA.xls", 243_136, 186_232),
        ("RS_2017-18_data_by_LA.xlsx", 259_942, 216_792),
    ],
)
def test_somerset_is_as_published_and_its_subtotals_hold(
    shared_data: Path, name: str, education: float, council_tax: float
) -> None:
    made = outturn(shared_data / "finance" / name, "Somerset")
    net = dict(made.table.select("id", "net").iter_rows())
    assert net["education"] == education * 1e3
    assert net["council_tax"] == pytest.approx(-council_tax * 1e3, abs=1_001)
    assert not any("more than its lines" in note for note in made.notes)


def test_two_publishers_agree_on_what_somerset_spent_on_adults(shared_data: Path) -> None:
    """Net current expenditure of the outturn, and of the return on social care; this one without capital charges."""
    net = outturn(shared_data / "finance" / "RS_2014-15_by_LA.xls", "Somerset").table
    spent = social_care(shared_data, "Somerset", "2014-15").tables["spending"]["net"].sum()
    outturned = net.filter(pl.col("id") == "adult_social_care")["net"][0]
    assert outturned == 138_951e3
    assert outturned == pytest.approx(spent - 1_585e3, abs=1)


def test_lines_of_every_kind_of_authority_add_up(shared_data: Path) -> None:
    for name in ("Birmingham", "Kent", "Camden", "Bristol", "Mendip", "South Somerset"):
        table = outturn(shared_data / "finance" / "RS_2014-15_by_LA.xls", name).table
        assert table["net"].sum() == pytest.approx(0, abs=1)
        assert table["id"].is_unique().all()


@pytest.mark.parametrize("mark", ["\u2026", "..", "-", "not sent"])
def test_a_council_that_sent_nothing_is_one_sentence(tmp_path: Path, mark: str) -> None:
    with pytest.raises(Faults) as told:
        outturn(workbook(tmp_path, dict.fromkeys(LABELS, mark)), "Somewhere")
    (fault,) = told.value.faults
    assert "Somewhere CC" in fault.found
    assert "sent nothing" in fault.mend
