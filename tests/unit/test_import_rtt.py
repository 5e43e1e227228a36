"""Files of referral to treatment in every layout: read as they are published, and told in a sentence where they are wrong."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from withless.cli import app
from withless.files import Faults
from withless.files.folder import read_folder
from withless.services.waits.tables import BANDS, FLOWS
from withless.sources.rtt import Tables, tables

WEEKS = [f"Gt {w:02d} To {w + 1:02d} Weeks SUM 1" for w in range(104)] + ["Gt 104 Weeks SUM 1"]
HEAD = [
    "Period", "Provider Parent Org Code", "Provider Parent Name", "Provider Org Code", "Provider Org Name",
    "Commissioner Parent Org Code", "Commissioner Parent Name", "Commissioner Org Code", "Commissioner Org Name",
    "RTT Part Type", "RTT Part Description", "Treatment Function Code", "Treatment Function Name", *WEEKS, "Total",
    "Patients with unknown clock start date", "Total All",
]  # fmt: skip
PARTS = ("Part_1A", "Part_1B", "Part_2", "Part_2A", "Part_3")


def line(provider: str, commissioner: str, part: str, code: str, each: int, month: str = "January-2026") -> list[str]:
    """A row of the full extract: `each` people in each of the first four weeks and beyond two years; the rest blank or -."""
    counts = [str(each) if w < 4 or w == 104 else "-" if w % 2 else "" for w in range(105)]
    counts = [""] * 105 if part == "Part_3" else counts
    unknown = "1" if part in ("Part_1A", "Part_1B") else ""
    total = str(5 * each) if unknown else ""
    everyone = 7 * each if part == "Part_3" else 5 * each + (1 if unknown else 0)
    named = [
        f"RTT-{month}",
        "QX",
        "BOARD",
        provider,
        f"{provider} TRUST",
        "QX",
        "BOARD",
        commissioner,
        "ANY",
        part,
        "text",
    ]
    return [*named, code, f"{code} Service", *counts, total, unknown, str(everyone)]


def extract(path: Path, month: str = "January-2026", providers: tuple[str, ...] = ("RX1", "RX2")) -> Path:
    """A small full extract: two providers, an English and a foreign commissioner, two functions and their total."""
    rows = [
        line(p, c, part, code, each * (2 if code == "C_999" else 1), month)
        for p in providers
        for c, each in (("01C", 10), ("NONC", 1))
        for part in PARTS
        for code in ("C_100", "X02", "C_999")
    ]
    text = "\n".join(",".join(r) for r in [HEAD, *rows]) + "\n"
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as parts:
            parts.writestr("20260131-RTT-January-2026-full-extract.csv", text)
    else:
        path.write_text(text, encoding="utf-8")
    return path


def people(made: Tables, part: str, code: str | None = None) -> float:
    chosen = made.bands.filter(pl.col("part") == part)
    chosen = chosen if code is None else chosen.filter(pl.col("specialty") == code)
    return float(chosen["count"].sum())


def test_the_full_extract_gives_a_provider_its_bands_and_clock_starts(tmp_path: Path) -> None:
    made = tables([extract(tmp_path / "x.csv")], provider="rx1")
    assert people(made, "incomplete") == 2 * 5 * 11
    assert people(made, "admitted", "C_100") == people(made, "non_admitted", "C_100") == 55
    assert set(made.bands["part"]) == {"incomplete", "admitted", "non_admitted"}
    assert made.flows["clock_starts"].to_list() == [77, 77]
    last = made.bands.filter(pl.col("week_from") == 104)
    assert last["week_to"].null_count() == len(last)
    assert any("4 completed pathways of unknown clock start" in n or "unknown clock start" in n for n in made.notes)
    assert made.flows["name"].to_list() == ["General surgery", "Other, medical"]


def test_decisions_to_admit_and_totals_count_nobody_twice(tmp_path: Path) -> None:
    made = tables([extract(tmp_path / "x.csv")], england=True)
    assert people(made, "incomplete") == 2 * 2 * 5 * 11
    assert "C_999" not in made.bands["specialty"].to_list()


def test_commissioners_outside_england_can_be_left_out(tmp_path: Path) -> None:
    path = extract(tmp_path / "x.csv")
    assert people(tables([path], england=True, english_only=True), "incomplete") == 2 * 2 * 5 * 10
    assert any("outside England are in" in n for n in tables([path], england=True).notes)
    assert people(tables([path], commissioner="NONC"), "incomplete") == 2 * 2 * 5


def test_a_zip_is_read_like_its_file(tmp_path: Path) -> None:
    one, other = extract(tmp_path / "x.csv"), extract(tmp_path / "x.zip")
    assert tables([one], provider="RX1").bands.equals(tables([other], provider="RX1").bands)


def test_providers_that_merged_are_added_up_over_both_codes(tmp_path: Path) -> None:
    files = [extract(tmp_path / "a.csv", providers=("RX1",)), extract(tmp_path / "b.csv", "February-2026", ("RX9",))]
    made = tables(files, provider="RX1,RX9")
    assert sorted(set(made.bands["month"])) == ["2026-01", "2026-02"]
    assert any("RX1 from 2026-01 to 2026-01; RX9 from 2026-02" in n for n in made.notes)


def test_a_month_that_two_files_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Faults, match="each month and part once"):
        tables([extract(tmp_path / "a.csv"), extract(tmp_path / "b.csv")], provider="RX1")


def test_functions_that_were_split_are_put_together_over_the_break(tmp_path: Path) -> None:
    old = extract(tmp_path / "old.csv", "March-2021")
    old.write_text(old.read_text().replace("X02", "X01"))
    made = tables([old, extract(tmp_path / "new.csv", "April-2021")], provider="RX1")
    assert set(made.bands["specialty"]) == {"C_100", "X01"}
    assert any("X01" in n for n in made.notes)


def wrong(path: Path, **who: object) -> str:
    with pytest.raises(Faults) as told:
        tables([path], **(who or {"provider": "RX1"}))  # type: ignore[arg-type]
    return str(told.value)


def test_a_renamed_column_is_told_with_its_likeness(tmp_path: Path) -> None:
    path = extract(tmp_path / "x.csv")
    path.write_text(path.read_text().replace("Total All", "Total Alls", 1))
    assert "Total All: found no such column" in wrong(path)
    assert "Did you mean Total Alls?" in wrong(path)


def test_a_missing_week_is_told(tmp_path: Path) -> None:
    path = extract(tmp_path / "x.csv")
    path.write_text(path.read_text().replace("Gt 17 To 18 Weeks SUM 1", "Weeks 17", 1))
    assert "no band from 17 weeks" in wrong(path)


def test_a_cell_that_is_no_count_is_told_with_its_row(tmp_path: Path) -> None:
    path = extract(tmp_path / "x.csv")
    lines = path.read_text().splitlines()
    lines[1] = lines[1].replace(",10,10,", ",1O,10,", 1)
    path.write_text("\n".join(lines) + "\n")
    assert 'row 2, Gt 00 To 01 Weeks SUM 1: found "1O"' in wrong(path)


@pytest.mark.parametrize("share", [0.35, 0.6, 0.97])
def test_half_of_a_full_extract_is_told(tmp_path: Path, share: float) -> None:
    path = extract(tmp_path / "x.csv")
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    assert wrong(path, england=True)
    packed = tmp_path / "y.csv.gz"
    packed.write_bytes(gzip.compress(content)[:-200])
    assert "cannot be unpacked" in wrong(packed, england=True)


def test_a_provider_that_is_not_there_is_told_with_the_nearest(tmp_path: Path) -> None:
    assert "Did you mean RX1 (RX1 TRUST)?" in wrong(extract(tmp_path / "x.csv"), provider="RX11")


@pytest.mark.parametrize(
    ("who", "said"),
    [({}, "none of --provider"), ({"provider": "RX1", "england": True}, "several of --provider")],
)
def test_whose_list_is_meant_must_be_said_once(tmp_path: Path, who: dict[str, object], said: str) -> None:
    with pytest.raises(Faults, match=said):
        tables([extract(tmp_path / "x.csv")], **who)  # type: ignore[arg-type]


def test_files_of_other_kinds_are_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("fruit,price\npear,3\n")
    (tmp_path / "b.xls").write_bytes(b"\xd0\xcf\x11\xe0 not a workbook")
    (tmp_path / "c.zip").write_bytes(b"PK not a zip")
    (tmp_path / "d.csv").write_bytes(b"")
    for name, said in (
        ("a.csv", "one of the layouts"),
        ("b.xls", "workbook"),
        ("c.zip", "cannot be unpacked"),
        ("d.csv", "no table"),
    ):
        assert said in wrong(tmp_path / name, england=True)
    assert "no such file" in wrong(tmp_path / "e.csv", england=True)


def test_a_series_with_a_month_cut_off_is_told(tmp_path: Path) -> None:
    rows = [f"2024-0{m},{k},{4 * k},{'inf' if k == 2 else 4 * k + 4},9,3" for m in (1, 2, 3) for k in range(3)][:-1]
    path = tmp_path / "s.csv"
    path.write_text("date,band4,weeks_from,weeks_to,incomplete,completed\n" + "\n".join(rows) + "\n")
    assert "2 bands in 2024-03" in wrong(path, england=True)


def test_the_command_writes_tables_that_the_service_reads(tmp_path: Path) -> None:
    path, out = extract(tmp_path / "x.csv"), tmp_path / "list"
    done = CliRunner().invoke(app, ["import", "rtt", str(path), "--provider", "RX1", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert max(map(len, done.output.splitlines())) <= 110
    found, warnings = read_folder(out, (BANDS, FLOWS))
    assert not warnings
    assert found["bands"].numbers("count").sum() == 3 * 110
    bad = CliRunner().invoke(app, ["import", "rtt", str(path), "--provider", "ZZ", "--out", str(tmp_path / "none")])
    assert (bad.exit_code, "Traceback" in bad.output) == (1, False)
    assert not (tmp_path / "none").exists()


def test_the_workbooks_of_2015_add_up_to_england(shared_data: Path) -> None:
    files = sorted((shared_data / "waits" / "commissioner_2014-15").glob("*.xls"))
    made = tables(files, england=True)
    lists = made.bands.filter(pl.col("part") == "incomplete").group_by("month").agg(pl.col("count").sum()).sort("month")
    assert lists["count"].to_list() == [2_928_414, 2_924_045, 2_928_213]
    assert made.flows["clock_starts"].null_count() == len(made.flows)
    one = tables(files, commissioner="01C")
    assert people(one, "incomplete") > 0
    assert "a workbook by commissioner" in wrong(files[0], provider="RWE")


def test_january_2026_is_as_published_for_england_and_its_providers(shared_data: Path) -> None:
    folder = shared_data / "waits"
    england = tables([folder / "england_2026-01_specialty_week_bands.csv"], england=True)
    assert people(england, "incomplete") == 7_187_677
    assert england.flows["clock_starts"].sum() == 1_773_734
    english = tables([folder / "england_2026-01_incomplete_english_commissioners.csv"], england=True)
    assert people(english, "incomplete") == 7_155_958
    one = tables([folder / "england_2026-01_provider_specialty_week_bands.csv.gz"], provider="RWE")
    assert people(one, "incomplete") == 105_825


def test_the_series_is_held_to_the_headlines(shared_data: Path) -> None:
    folder = shared_data / "waits"
    names = ("england_4week_bands_2021-04_2024-09.csv", "england_stock_flow_2021-04_2024-09.csv")
    made = tables([folder / n for n in (*names, "england_headline_2022-10_2024-09.csv")], england=True)
    assert len(made.flows) == 42
    assert made.flows["removals"].null_count() == 1
    assert any("differ by up to 0.4%" in n for n in made.notes)


def test_lines_above_the_header_of_an_extract_are_passed_over_and_rows_keep_their_numbers(tmp_path: Path) -> None:
    plain = extract(tmp_path / "plain.csv")
    titled = tmp_path / "titled.csv"
    titled.write_text("Referral to treatment, monthly extract\n\n" + plain.read_text())
    one, two = (tables([p], provider="RX1").bands for p in (plain, titled))
    assert one.equals(two)
    rows = plain.read_text().splitlines()
    titled.write_text("\n".join(["Title", "", rows[0], rows[1].replace("Part_1A", "Part_9"), *rows[2:]]))
    assert "row 4" in wrong(titled, provider="RX1")


def test_rows_that_stand_twice_in_one_file_are_refused_with_both(tmp_path: Path) -> None:
    path = extract(tmp_path / "x.csv")
    rows = path.read_text().splitlines()
    path.write_text("\n".join([*rows, rows[3]]))
    said = wrong(path, provider="RX1")
    assert f"row {len(rows) + 1}" in said
    assert "repeats row 4" in said


def test_a_row_with_more_cells_than_the_header_is_told_in_words(tmp_path: Path) -> None:
    path = extract(tmp_path / "x.csv")
    rows = path.read_text().splitlines()
    path.write_text("\n".join([rows[0], rows[1] + ",9,9", *rows[2:]]))
    said = wrong(path, provider="RX1")
    assert "cells in row 2" in said
    assert "chema" not in said


BAND_HEADS = [*(f">{w}-{w + 1}" for w in range(52)), "52 plus"]


def workbook(
    path: Path, by: str = "Provider", code: str = "Provider Code", said: str = "Period:", text: str = "March 2024"
) -> Path:
    """A workbook as published, by provider or commissioner, that says its month in one place or another."""
    from sheets import xlsx

    top: list[list[str | int | None]] = [
        ["Title:", "Consultant-led Referral to Treatment Waiting Times"],
        ["Summary:", f"{text} {by} returns - incomplete pathways" if said == "Summary:" else "Incomplete Pathways"],
        [said if said != "Summary:" else "Basis:", text if said != "Summary:" else by],
        [],
    ]
    counts = [[i] * 53 for i in (1, 2, 3)]
    functions = (("IP100", "General Surgery"), ("IP101", "Urology"), ("IP999", "Total"))
    head = ["Treatment Function Code", "Treatment Function", *BAND_HEADS]
    national = [*top, head, *([*f, *c] for f, c in zip(functions, counts, strict=True))]
    owners = [
        *top,
        ["Region Code", code, code.replace("Code", "Name"), *head],
        *(["Y1", "RZZ", "ASHBY", *f, *c] for f, c in zip(functions, counts, strict=True)),
    ]
    return xlsx(path, {"National": national, by: owners})


def test_a_workbook_by_provider_gives_the_providers_list(tmp_path: Path) -> None:
    made = tables([workbook(tmp_path / "w.xlsx")], provider="RZZ")
    assert made.bands["count"].sum() == 3 * 53
    assert set(made.bands["month"]) == {"2024-03"}
    assert "a workbook by provider" in wrong(tmp_path / "w.xlsx", commissioner="RZZ")


@pytest.mark.parametrize(("by", "code"), [("PCT", "PCT Code"), ("Commissioner", "CCG Code")])
def test_workbooks_of_primary_care_trusts_and_of_groups_are_by_commissioner(tmp_path: Path, by: str, code: str) -> None:
    path = workbook(tmp_path / "w.xlsx", by, code, "Summary:", "December 2009")
    assert set(tables([path], commissioner="RZZ").bands["month"]) == {"2009-12"}


def test_month_is_that_of_a_file_that_does_not_say_it_and_never_passed_over(tmp_path: Path) -> None:
    silent = workbook(tmp_path / "w.xlsx", said="Source:", text="returns")
    assert "--month" in wrong(silent, provider="RZZ")
    assert set(tables([silent], provider="RZZ", month="2011-02").bands["month"]) == {"2011-02"}
    assert "but the files are of 2026-01" in wrong(extract(tmp_path / "x.csv"), provider="RX1", month="2026-02")
