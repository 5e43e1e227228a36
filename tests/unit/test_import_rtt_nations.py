"""Scotland's and Wales's lists become the tables of England's; the files are invented, in the published layouts."""

from __future__ import annotations

from pathlib import Path

import pytest

from withless import api, waits

SCOTTISH = (
    "LessThan4WeekWait",
    *(f"{k}to{k + 4}WeekWait" for k in range(4, 52, 4)),
    "52to65WeekWait",
    "65to78WeekWait",
    "Over78WeekWait",
)
WELSH = ("Up to 1 week", *(f"Over {k} weeks and up to {k + 1} weeks" for k in range(1, 53)),
         *(f"Over {k} weeks and up to {k + 4} weeks" for k in range(53, 105, 4)), "Over 105 weeks")  # fmt: skip


def scottish(path: Path, when: str, days: list[str], people: int) -> Path:
    """A file of two boards, two types of patient and a specialty, with the qualifiers that stand behind counts."""
    head = f"{when},HBT,HBTQF,PatientType,Specialty,SpecialtyQF," + ",".join(f"{c},{c}QF" for c in SCOTTISH)
    counts = ",".join(f"{max(people - 9 * k, 3)}," for k in range(len(SCOTTISH)))
    rows = [
        f"{day},{board},,{kind},{code},{'d' if code == 'Z9' else ''},{counts}"
        for day in days
        for board in ("S08000015", "S08000016")
        for kind in ("New Outpatient", "Inpatient/Day case")
        for code in ("C8", "Z9")
    ]
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def welsh(path: Path, title: str, months: list[str], people: int) -> Path:
    """A table saved from StatsWales: a title, a line without anything, bands across, months down."""
    rows = [",".join([m, *(f'"{max(people - 17 * k, 5):,}"' for k in range(len(WELSH)))]) for m in months]
    path.write_text("\n".join([f'"{title}"', "", "," + ",".join(WELSH), *rows]) + "\n", encoding="utf-8")
    return path


def test_a_health_board_s_list_can_be_forecast(tmp_path: Path) -> None:
    waiting = scottish(tmp_path / "ongoing.csv", "MonthEnding", ["20240731", "20240831", "20240930"], 900)
    seen = scottish(tmp_path / "completed.csv", "QuarterEnding", ["20240930"], 1_500)
    notes = api.import_rtt([waiting, seen], tmp_path / "board", provider="S08000015")
    assert any("lists of their own" in n for n in notes)
    assert any("a third of each" in n for n in notes)
    found = waits.project(tmp_path / "board", draws=64, weeks=26)
    assert found["counted"] == "2024-09"
    listed = sum(max(900 - 9 * k, 3) for k in range(len(SCOTTISH)))
    assert found["today"]["list"] == pytest.approx([listed, listed, 2 * listed])
    assert found["today"]["over_52"][0] == pytest.approx(sum(900 - 9 * k for k in (13, 14, 15)))


def test_wales_s_list_can_be_forecast(tmp_path: Path) -> None:
    months = ["Jul-2024", "Aug-2024", "Sep-2024"]
    files = [
        welsh(
            tmp_path / "open.csv", "Patient pathways waiting to start treatment by month, grouped weeks", months, 6_000
        ),
        welsh(tmp_path / "closed.csv", "Closed patient pathways by month and weeks waiting", months, 900),
    ]
    api.import_rtt(files, tmp_path / "wales", provider="WALES")
    found = waits.project(tmp_path / "wales", draws=64, weeks=26)
    assert found["today"]["list"][-1] == pytest.approx(sum(max(6_000 - 17 * k, 5) for k in range(len(WELSH))))
    assert found["projections"]["nothing changes"]["list"]["mean"][-1][-1] > 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("8to12WeekWait", "9to12WeekWait"), "without a gap"),
        (("MonthEnding", "Day"), "no column MonthEnding"),
    ],
)
def test_a_scottish_file_that_is_another_is_said_to_be(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    path = scottish(tmp_path / "ongoing.csv", "MonthEnding", ["20240930"], 900)
    path.write_text(path.read_text().replace(*change))
    with pytest.raises(api.Faults, match=said):
        api.import_rtt([path], tmp_path / "board", provider="S08000015")


def test_a_welsh_table_says_which_pathways_it_counts(tmp_path: Path) -> None:
    path = welsh(tmp_path / "t.csv", "Pathways", ["Sep-2024"], 100)
    with pytest.raises(api.Faults, match="title"):
        api.import_rtt([path], tmp_path / "wales", provider="WALES")
