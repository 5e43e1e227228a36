"""Clients, unit costs and spending of a council are what its returns say; every trap of the files is met, every gap named."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from care_files import activity, costs, write
from typer.testing import CliRunner

from withless.cli import app
from withless.files import Faults
from withless.sources.care_tables import CLIENTS, COSTS
from withless.sources.catalogue import FILES
from withless.sources.matrix import number, plain_council
from withless.sources.published_spending import TITLED
from withless.sources.social_care import BY_SETTING, Care, social_care

HOME = {"Total 65 and over, Home care": "1,200", "Learning disability, 18-64, Home care": "100"}
HOME |= {"Total all ages, Home care": "1,340", "Total all ages, Day care": "..", "Provided by the council": "52,000"}


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which small files count as whole."""
    for known in (FILES, TITLED):
        for key, file in known.items():
            monkeypatch.setitem(known, key, replace(file, rows=1))
    return tmp_path


def run(*arguments: object) -> tuple[int, str]:
    told = CliRunner().invoke(app, ["import", "social-care", *map(str, arguments)])
    assert "Traceback" not in told.output
    return told.exit_code, " ".join(told.output.split())


def people(care: Care, group: str, setting: str, age: str = "") -> list[float]:
    table = care.tables["clients_by_setting"].filter((pl.col("group") == group) & (pl.col("setting") == setting))
    return table.filter(pl.col("age_band").str.contains(age, literal=True))["people"].to_list()


def of_2013(folder: Path, **cells: str) -> Path:
    said = {k.replace("_", " "): v for k, v in cells.items()}
    activity(folder, "care_activity_1314", "2013-14", lambda item: said.get(item, HOME.get(item, "10")))
    costs(folder, "care_costs_1314", "2013-14", lambda item, part: ("1,000", "500", "38.5")[part])
    return folder


def test_people_of_groups_not_listed_are_what_is_left_of_all(small: Path) -> None:
    care = social_care(of_2013(small), "Somewhere", "2013-14")
    assert care.tables["clients_by_setting"].columns == list(BY_SETTING)
    assert people(care, "older", "home") == [1200]
    assert people(care, "other", "home") == [1340 - 1200 - 100 - 10 - 10]
    assert people(care, "other", "day_care") == []
    assert any("day_care: clients of groups not listed are unknown" in n for n in care.notes)


def test_weeks_in_care_homes_become_people_and_both_kinds_of_home_are_added_up(small: Path) -> None:
    key = "Residents aged 65 and over in "
    cells = {f"{key}nursing placements": "5,200", f"{key}own provision residential placements": "520"}
    cells |= {f"{key}residential placements provided by others": "1,040"}
    care = social_care(of_2013(small, **{k.replace(" ", "_"): v for k, v in cells.items()}), "102", "2013-14")
    assert people(care, "older", "nursing") == [100]
    assert people(care, "older", "residential") == [30]


def test_hours_shared_out_by_spending_add_up_to_the_hours_published(small: Path) -> None:
    of_2013(small)
    spent = {"to adults and older people": 4000, "to older people": 3000, "with a Learning disability": 800}

    def cell(item: str, part: int) -> str:
        if "home care/home help for all" in item or "home care to" in item:
            gross = next((v for k, v in spent.items() if item.endswith(k)), 4000 if "for all" in item else 100)
            clients = {"to older people": 1200, "with a Learning disability": 100}
            divisor = next((v for k, v in clients.items() if item.endswith(k)), 10)
            return (f"{gross}", f"{divisor}", "20")[part]
        return "1"

    costs(small, "care_costs_1314", "2013-14", cell)
    table = (
        social_care(small, "Somewhere", "2013-14")
        .tables["clients_by_setting"]
        .filter(pl.col("hours_week").is_not_null())
    )
    weekly = dict(table.select("group", "hours_week").iter_rows())
    total = 52_010  # by the council and by others
    assert weekly["older"] == pytest.approx(total * 0.75 / 52 / 1200, abs=0.005)
    assert weekly["learning"] == pytest.approx(total * 0.2 / 52 / 100, abs=0.005)


def test_clients_and_costs_are_in_the_words_of_a_place(small: Path) -> None:
    """Four groups and three settings; each row once; who has no row is said."""
    care = social_care(of_2013(small), "Somewhere", "2013-14")
    clients, costs = care.tables["clients"], care.tables["costs"]
    assert clients.columns == list(CLIENTS)
    assert costs.columns == list(COSTS)
    assert set(clients["group"]) == {"older", "physical", "learning", "mental"}
    assert set(clients["setting"]) == {"home", "direct_payment", "care_home"}
    assert clients.select("group", "age_band", "setting").is_unique().all()
    assert costs.select("setting", "unit", "group").is_unique().all()
    assert set(costs["unit"]) == {"hour", "week"}
    assert any("of other groups" in n and "in day care" in n for n in care.notes)


def test_groups_put_together_cost_all_spending_over_all_weeks(shared_data: Path) -> None:
    care = social_care(shared_data, "Somerset", "2014-15")
    costs = {(s, g): p for s, _, p, g in care.tables["costs"].iter_rows()}
    spent = (
        care.tables["spending"]
        .filter(pl.col("setting").is_in(["nursing", "residential"]) & (pl.col("age_band") == "65+"))["gross"]
        .sum()
    )
    people = care.tables["clients"].filter(group="older", setting="care_home")["people"].item()
    assert costs["care_home", "older"] == pytest.approx(spent / people / 52, rel=1e-4)


def test_a_cell_that_was_not_sent_is_a_gap_and_never_nothing(small: Path) -> None:
    care = social_care(of_2013(small, **{"Total_65_and_over,_Home_care": ".."}), "Somewhere", "2013-14")
    assert people(care, "older", "home") == []
    row = (
        care.tables["published"].filter(pl.col("item").str.contains("Total 65 and over, Home care")).row(0, named=True)
    )
    assert (row["value"], row["gap"]) == (None, "not available")
    assert row["code"] in next(n for n in care.notes if n.startswith("Gaps"))


def test_a_dash_is_one_to_five_people_in_2009_and_no_number_in_other_years(small: Path) -> None:
    def cell(item: str) -> str:
        return "-" if item == "Mental health, 18-64, Home care" else "10"

    activity(small, "care_activity_0910", "2009-10", cell)
    care = social_care(small, "Somewhere", "2009-10")
    assert people(care, "mental", "home") == [3]
    assert any("1 to 5 people" in n for n in care.notes)
    assert (
        people(social_care(of_2013(small, **{"Mental_health,_18-64,_Home_care": "-"}), "102"), "mental", "home") == []
    )


def test_there_are_no_unit_costs_for_2009_and_three_ages_of_direct_payments(small: Path) -> None:
    activity(small, "care_activity_0910", "2009-10", lambda item: "10")
    care = social_care(small, "Somewhere", "2009-10")
    assert set(care.tables) == {"clients", "clients_by_setting", "published"}
    assert any("No unit costs" in n for n in care.notes)
    ages = care.tables["clients"].filter((pl.col("group") == "older") & (pl.col("setting") == "direct_payment"))
    assert ages["age_band"].to_list() == ["65-74", "75-84", "85+"]


def test_unit_costs_of_2009_are_read_where_the_file_is_there(small: Path) -> None:
    activity(small, "care_activity_0910", "2009-10", lambda item: "10")
    costs(small, "care_costs_1011", "2009-10", lambda item, part: ("1,000", "500", "38.5")[part])
    (small / FILES["care_costs_1011"].name).rename(small / "anything.csv")
    care = social_care(small, "Somewhere", "2009-10")
    assert {"costs", "costs_by_setting", "spending"} <= set(care.tables)
    assert set(care.tables["costs_by_setting"]["pounds"]) == {38.5}
    assert not any("No unit costs" in n for n in care.notes)


@pytest.mark.parametrize("year", ["2011-12", "2012-13"])
def test_years_between_are_known_by_their_title_under_any_name(small: Path, year: str) -> None:
    activity(small, "care_activity_1314", year, lambda item: HOME.get(item, "10"))
    costs(small, "care_costs_1314", year, lambda item, part: ("1,000", "500", "38.5")[part])
    for i, key in enumerate(("care_activity_1314", "care_costs_1314")):
        (small / FILES[key].name).rename(small / f"download ({i}).csv")
    care = social_care(small, "Somewhere", year)
    assert people(care, "older", "home") == [1200]
    assert set(care.tables["costs_by_setting"]["pounds"]) == {38.5}
    with pytest.raises(Faults):
        social_care(small, "Somewhere", "2010-11")


@pytest.mark.parametrize("year", ["2011-12", "2012-13"])
def test_a_year_whose_files_are_not_there_says_where_they_are_published(small: Path, year: str) -> None:
    code, told = run("--council", "Somewhere", "--year", year, "--data", small, "--out", small / "o")
    assert code == 1
    assert year in told
    assert "http" in told


def test_a_code_that_means_something_else_in_another_year_misleads_nobody(small: Path) -> None:
    """The column after direct payments of all under 65 is home care in one year and direct payments in another."""
    activity(small, "care_activity_1011", "2010-11", lambda item: "725" if "65 and over, Home care" in item else "10")
    costs(small, "care_costs_1011", "2010-11", lambda item, part: "1", codes=False)
    assert people(social_care(small, "Somewhere", "2010-11"), "older", "home") == [725]


def test_a_file_of_another_year_or_kind_is_told(small: Path) -> None:
    of_2013(small)
    activity(small, "care_activity_1314", "2010-11", lambda item: "10")
    with pytest.raises(Faults, match=r"row 1: found .*2010-11.*expected a title with Activity Data and 2013-14"):
        social_care(small, "Somewhere")
    activity(small, "care_activity_1314", "2013-14", lambda item: "10", kind="Unit Costs")
    with pytest.raises(Faults, match="expected a title with Activity Data"):
        social_care(small, "Somewhere")


def test_half_a_file_is_told(small: Path) -> None:
    path = of_2013(small) / FILES["care_activity_1314"].name
    path.write_bytes(path.read_bytes().split(b"TOTAL England")[0])
    with pytest.raises(Faults, match="is this half of the file"):
        social_care(small, "Somewhere")


def test_a_renamed_column_and_a_cell_that_is_no_number_are_told(small: Path) -> None:
    path = of_2013(small) / FILES["care_activity_1314"].name
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"Total 65 and over, Day care", b"Total 65 and over, Day centres"))
    with pytest.raises(Faults, match=r"Total 65 and over, Day care: found no such column.*Did you mean"):
        social_care(small, "Somewhere")
    path.write_bytes(whole.replace(b"1,200", b"1,2OO"))
    with pytest.raises(Faults, match=r"row 8, A4\.\d+: found \"1,2OO\""):
        social_care(small, "Somewhere")


def test_a_council_that_is_not_there_is_answered_with_the_nearest(small: Path) -> None:
    of_2013(small)
    out = small / "out"
    code, said = run("--council", "Somewere", "--data", small, "--out", out)
    assert code == 1
    assert "Did you mean Somewhere UA?" in said
    assert not out.exists()


def test_tables_that_are_there_are_not_written_over_unasked(small: Path) -> None:
    of_2013(small)
    call = ("--council", "somewhere", "--data", small, "--out", small / "out")
    assert run(*call)[0] == 0
    with (small / "out" / "clients.csv").open("a", encoding="utf-8") as file:
        file.write("put in by hand\n")
    code, said = run(*call)
    assert code == 1
    assert "is there already" in said
    assert run(*call, "--force")[0] == 0
    rows = list(csv.DictReader(io.StringIO((small / "out" / "clients.csv").read_text(encoding="utf-8"))))
    assert {r["sex"] for r in rows} == {r["need"] for r in rows} == {"all"}
    assert {r["met_by"] for r in rows} == {"council"}


def test_a_folder_without_files_is_a_sentence(tmp_path: Path) -> None:
    code, said = run("--council", "Somerset", "--data", tmp_path, "--out", tmp_path / "out")
    assert code == 1
    assert "no such file" in said


def test_councils_are_known_under_the_names_of_every_year() -> None:
    assert plain_council("104-Northumberland UA") == plain_council("104 - Northumberland ")
    assert plain_council("803 - Isle of Wight Council ") == plain_council("Isle of Wight")
    assert plain_council("Bristol, City of") == plain_council("909-Bristol UA")
    assert plain_council("Somerset") != plain_council("North Somerset")


def test_marks_are_no_numbers_and_numbers_may_be_written_in_many_ways() -> None:
    assert [number(t) for t in ("", "..", ".", ":", "*", "-")] == [None] * 6
    assert [number(t) for t in ("1,234.5", "-3", "(3)", "$0.00", "1.54E-09")] == [1234.5, -3, -3, 0, 1.54e-9]
    with pytest.raises(ValueError, match="3l"):
        number("3l")


def wide(rows: list[list[str]], keys: int, councils: str = "102 - Somewhere") -> list[list[str]]:
    first = ["Support type", "Age category", "Summary", "Delivery mechanism", "Accounting category"]
    if keys == 6:
        first = [
            *first[:2],
            "Primary support reason",
            "Service delivery mechanism",
            "Unit cost category",
            "Unit cost provision",
        ]
    head = [[""] * keys + ["NE", "NE", "Eng"], [*first, "101 - Northton", councils, "England"]]
    return head + [[*r[:keys], "1", r[keys], "9"] for r in rows]


def of_2014(small: Path, nursing: str = "100") -> Path:
    from withless.sources import care_spending as lines

    rows = []
    for _, _, setting, keys in [
        *lines._lines_1415(),
        ("", "", "", ("Non Salt Totals", "", "Adult Social Care", "Total")),
    ]:
        for what, value in ((lines.GROSS, nursing), (lines.CHARGES, "30"), (lines.INCOME, "50"), (lines.NET, "50")):
            if not (what == lines.GROSS and setting == "charges_at_home"):
                rows.append([*keys, what, value])
    write(small, "care_spending_1415", wide(rows, 5))
    said = [["Long term", "Age 65 and over", "Physical support", "Nursing", w, "All", v] for w, v in WEEK.items()]
    said += [
        ["Long term", "Age 65 and over", "Physical support", "Residential and nursing care", w, "All", "7"]
        for w in WEEK
    ]
    write(small, "care_costs_1415", wide(said, 6))
    return small


WEEK = {"Numerator": "31.2", "Denominator": "52", "Unit costs": "600"}


def test_after_the_break_of_2014_people_are_weeks_by_reason_for_support(small: Path) -> None:
    care = social_care(of_2014(small), "Somewhere", "2014-15")
    assert care.tables["clients_by_setting"].rows() == [("physical", "65+", "nursing", 1.0, None)]
    assert care.tables["clients"].rows() == [("older", "65+", "all", "all", "care_home", "council", 1.0, None)]
    assert care.tables["costs_by_setting"].filter(setting="nursing").rows() == [
        ("nursing", "week", 600.0, "physical", "65+", "all")
    ]
    assert care.tables["costs"].rows() == [("care_home", "week", 7.0, "older")]
    line = care.tables["spending"].row(0, named=True)
    assert (line["gross"], line["charges"], line["other_income"], line["net"]) == (100e3, 30e3, 20e3, 50e3)
    assert any("do not join up with 2013-14" in n for n in care.notes)


def test_a_last_row_that_breaks_off_is_told(small: Path) -> None:
    path = of_2014(small) / FILES["care_spending_1415"].name
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(Faults, match="was the file cut off"):
        social_care(small, "Somewhere", "2014-15")


def test_a_line_that_is_not_there_and_a_council_that_is_a_region_are_told(small: Path) -> None:
    of_2014(small, nursing="x")
    with pytest.raises(Faults, match='found "x", expected a number'):
        social_care(small, "Somewhere", "2014-15")
    with pytest.raises(Faults, match="expected a council of the file"):
        social_care(of_2014(small), "England", "2014-15")


def keys_1617(small: Path, year: str = "2017", setting: str = "6") -> Path:
    from withless.sources.care_spending import KEY_COLUMNS

    def row(council: str, age: str, *money: str) -> list[str]:
        return [year, council, "2", age, "6", setting, "", "", *money]

    rows = [row("102", "2", "100", "40", "60", "90"), row("102", "5", "70", "30", "40", "60")]
    rows += [row("", "2", "9", "9", "9", "9"), row("101", "2", "8", "8", "8", "8")]
    write(small, "care_spending_1617", [list(KEY_COLUMNS), *rows])
    head = ["Financial year", "Local authority name", "Measure", "Code", "Value"]
    said = [
        ["2016-17", "Somewhere", "Outcome, Turnover", "ASC7", "33"],
        ["2016-17", "Somewhere", "Outcome, Life", "ASC1", ""],
    ]
    write(small, "care_measures", [head, *said, ["2017-18", "Somewhere", "Outcome, Life", "ASC1", "8"]])
    return of_2014(small)


def test_ages_that_stand_whole_and_in_parts_count_once_and_england_is_no_council(small: Path) -> None:
    care = social_care(keys_1617(small), "Somewhere", "2016-17")
    assert care.tables["spending"].rows() == [("physical", "65+", "nursing", 100e3, 30e3, 10e3, 60e3)]
    assert set(care.tables) == {"measures", "spending"}
    assert any("bare keys without a dictionary" in n for n in care.notes)


def test_a_measure_that_is_blank_is_a_gap(small: Path) -> None:
    care = social_care(keys_1617(small), "Somewhere", "2016-17")
    assert care.tables["measures"].rows()[1][1:] == ("ASC7", "Turnover", 33.0)
    assert any(n == "Gaps: ASC1 (Life)." for n in care.notes)


def test_keys_that_nobody_knows_and_another_year_are_told(small: Path) -> None:
    keys_1617(small, setting="8")
    with pytest.raises(Faults, match="expected known keys"):
        social_care(small, "Somewhere", "2016-17")
    keys_1617(small, year="2018")
    with pytest.raises(Faults, match='FY_Ending: found "2018", expected 2017'):
        social_care(small, "Somewhere", "2016-17")


def test_somerset_and_birmingham_are_as_published(shared_data: Path) -> None:
    care = social_care(shared_data, "Somerset", "2013-14")
    assert people(care, "older", "home") == [2620]
    assert people(care, "older", "nursing") == [pytest.approx(51_680 / 52, abs=0.05)]
    costs = {(s, u, g): p for s, u, p, g in care.tables["costs"].iter_rows()}
    assert costs["home", "hour", "all"] == 17.9
    assert costs["care_home", "week", "older"] == 501.7
    assert costs["direct_payment", "week", "physical"] == 232.7
    table = care.tables["clients"].filter(group="older", setting="care_home")
    assert table["people"].to_list() == [pytest.approx((51_680 + 680 + 60_865) / 52, abs=0.1)]
    assert care.tables["spending"]["gross"].sum() == pytest.approx((139_252 + 9_938 + 8_868) * 1e3, abs=3e3)
    city = social_care(shared_data, "Birmingham", "2013-14")
    gaps = city.tables["published"].filter(pl.col("gap") == "not available")["code"].to_list()
    assert {"B1", "E1", "F3.1"} <= set(gaps)
    assert people(city, "older", "residential") == [pytest.approx((6_800 + 86_160) / 52, abs=0.05)]


def test_people_at_home_with_the_groups_left_over_make_the_total_of_every_year(shared_data: Path) -> None:
    for year, total in (("2009-10", 4010), ("2010-11", 4460), ("2013-14", 3790)):
        table = social_care(shared_data, "Somerset", year).tables["clients_by_setting"]
        assert table.filter(pl.col("setting") == "home")["people"].sum() == total


def test_every_council_can_be_read_in_every_year_of_clients(shared_data: Path) -> None:
    from withless.sources.matrix import grid

    for year, key in (
        ("2009-10", "care_activity_0910"),
        ("2010-11", "care_activity_1011"),
        ("2013-14", "care_activity_1314"),
    ):
        names = [row[0] for row in grid(FILES[key], shared_data).rows if row[0][:3].isdigit()]
        assert len(names) in (152, 150)
        for name in names[::12]:
            assert social_care(shared_data, name, year).tables["clients"]["people"].min() >= 0


def test_lines_of_2014_add_up_to_all_adult_social_care(shared_data: Path) -> None:
    spent = social_care(shared_data, "Somerset", "2014-15").tables["spending"]
    assert spent["net"].sum() == 140_536e3
    assert spent["gross"].sum() == 219_622e3
    assert spent["charges"].sum() == 29_757e3


def test_what_the_keys_of_2016_stand_for_agrees_with_england_two_years_before(shared_data: Path) -> None:
    """Setting by setting England spent within a quarter of what it had, and the settings stand in the same order."""
    from withless.sources import care_spending as lines
    from withless.sources.matrix import grid

    before: dict[str, float] = {}
    for row in grid(FILES["care_spending_1415"], shared_data).rows:
        if row[0] == "Long term" and row[2] in lines.REASONS and row[4] == lines.GROSS and row[3] in lines.SETTINGS:
            setting = lines.SETTINGS[row[3]]
            before[setting] = before.get(setting, 0) + sum(number(c) or 0 for c in row[5:])
    now: dict[str, float] = {}
    for row in grid(FILES["care_spending_1617"], shared_data).rows[1:]:
        if row[3] == "E92000001" and row[4] == "2" and row[5] in lines.AGE_KEYS:
            setting = lines.SETTING_KEYS[row[7]]
            now[setting] = now.get(setting, 0) + float(row[11])
    for setting, spent in before.items():
        assert now[setting] == pytest.approx(spent, rel=0.25), setting
    assert sorted(before, key=before.__getitem__) == sorted(before, key=now.__getitem__)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
@pytest.mark.parametrize(
    ("key", "year"),
    [
        ("care_activity_0910", "2009-10"),
        ("care_costs_1314", "2013-14"),
        ("care_spending_1415", "2014-15"),
        ("care_costs_1415", "2014-15"),
        ("care_spending_1617", "2016-17"),
        ("care_measures", "2020-21"),
    ],
)
def test_half_of_a_real_file_is_told(shared_data: Path, tmp_path: Path, key: str, year: str, share: float) -> None:
    for name, file in FILES.items():
        if name.startswith("care"):
            raw = (shared_data / file.folder / file.name).read_bytes()
            (tmp_path / file.name).write_bytes(raw[: int(len(raw) * share)] if name == key else raw)
    with pytest.raises(Faults):
        social_care(tmp_path, "Somerset", year)
