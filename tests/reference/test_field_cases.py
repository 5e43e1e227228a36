"""Files from the field, and tables as a person types them: each is refused or told in a sentence, or read right."""

from __future__ import annotations

from pathlib import Path

import cases
import pytest

FIELD = {
    "01-xlsx-error-cell": (1, "row 4, capital_receipt", "#REF!"),
    "04-xlsx-formula-stored-as-nil": (1, "row 4, gross_cost", "110000*2"),
    "05-hidden-first-sheet": (0, "Only Sheet was read", "Old 2019 is hidden"),
    "06-cover-sheet-first": (0, "Only Table_1 was read, not Cover"),
    "08-total-row-in-budget-lines": (1, "row 7", "the sum of rows 2 to 4"),
    "09-total-specialty-in-bands": (1, "bands.csv, row 8", "a total"),
    "11-rtt-extract-rows-twice": (1, "which repeats row 2"),
    "13-easting-northing-swapped": (1, "x and y swapped"),
    "15-travel-pairs-missing": (0, "4 of 8 pairs"),
    "17-open-venue-with-0-users": (0, "0 users of an open building"),
    "24-unnamed-index-column": (0, "numbers without a name above them"),
    "25-rtt-extract-lines-above-header": (0, "207 people"),
    "26-rtt-provider-workbook": (0, "1,921 people"),
    "27-rtt-month-option-ignored": (0, "2009-12", "1,921 people"),
    "28-month-as-excel-writes-it": (0, "can be used"),
    "30-section-251-of-2011-12": (0, "£5,400 net"),
    "31-outturn-not-sent": (1, "no figure of Denby UA"),
    "32-opening-hours-by-day": (1, "57.5 a week"),
    "34-negative-in-brackets": (1, "Write -90,000,000"),
}
TYPED = {
    "01_merged_title_row": (0, "above the header"),
    "04_totals_row_budget": (1, "row 10", "the sum of rows 2 to 7"),
    "06_totals_row_youth": (1, "row 6", "the sum of rows 2 to 5"),
    "12_hidden_rows": (1, "2 hidden rows"),
    "14_error_cells": (1, "#N/A", "#DIV/0!"),
    "16_ids_001_vs_1": (1, '"001"', '"1"'),
    "18_ageband_as_date": (1, "It probably was 0-15"),
    "20_cost_in_thousands": (0, "Is it in thousands?"),
    "21_xy_swapped_areas": (1, "x and y swapped"),
}


def held(code: int, text: str, expected: tuple[int | str, ...]) -> None:
    plain = " ".join(text.split())
    assert "Traceback" not in plain
    assert code == expected[0], plain[:600]
    for words in expected[1:]:
        assert str(words) in plain, plain[:600]


@pytest.mark.parametrize("name", FIELD)
def test_a_file_from_the_field_is_read_right_or_answered_in_a_sentence(shared: Path, name: str) -> None:
    folder = shared / "cases" / "field" / name
    poll = (folder / "poll.yaml").is_file()
    usual = (
        "poll answers.csv --spec poll.yaml"
        if poll
        else f"check {'plan.yaml' if (folder / 'plan.yaml').is_file() else '.'}"
    )
    held(*cases.run(folder, cases.COMMANDS.get(name, usual)), FIELD[name])


@pytest.mark.parametrize("name", TYPED)
def test_what_excel_or_a_person_does_to_a_table_is_told(shared: Path, tmp_path: Path, name: str) -> None:
    folder = cases.with_evidence(shared / "cases" / "typed" / name, tmp_path)
    held(*cases.run(folder, "check plan.yaml"), TYPED[name])
