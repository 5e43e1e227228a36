"""A wrong input is a sentence: where, what was found, what was expected, how to mend it."""

import pytest

from withless.files import Fault, Faults, summary
from withless.files.faults import LISTED, fold, in_order, nearest, one_of, quoted

HOURS = Fault("libraries.csv", 14, "hours", '"4O"', "a number of hours a week from 0 to 168", "Is that a letter O?")


def test_a_fault_reads_as_a_sentence_with_its_row_and_how_to_mend_it() -> None:
    expected = (
        'libraries.csv, row 14, hours: found "4O", expected a number of hours a week from 0 to 168. Is that a letter O?'
    )
    assert str(HOURS) == expected


def test_a_fault_in_yaml_names_its_line() -> None:
    fault = Fault("plan.yaml", None, "title", "nothing", "text", line=3)
    assert str(fault) == "plan.yaml, line 3, title: found nothing, expected text."


def test_the_exception_lists_errors_before_warnings_and_counts_both() -> None:
    warning = Fault("areas.csv", 2, "x", "a", "b", severity="warning")
    raised = Faults([warning, HOURS])
    assert [f.severity for f in raised.faults] == ["error", "warning"]
    assert str(raised).startswith("1 error and 1 warning:\n- libraries.csv")


def test_faults_of_one_file_stay_together_in_the_order_of_its_rows() -> None:
    rows = [("b.csv", 9), ("a.csv", 4), ("b.csv", 2)]
    listed = in_order(Fault(file, row, f"c{row}", "a", "b") for file, row in rows)
    assert [(f.file, f.row) for f in listed] == [("b.csv", 2), ("b.csv", 9), ("a.csv", 4)]


def test_many_faults_alike_are_folded_and_counted() -> None:
    many = [Fault("use.csv", row, "users", f'"x{row}"', "a number") for row in range(2, 1_215)]
    folded = fold(many)
    assert len(folded) == LISTED
    assert "(and 1,203 more like this)" in str(folded[-1])
    assert summary(folded) == "1,213 errors"


def test_folding_twice_loses_no_count() -> None:
    many = [Fault("use.csv", row, "users", "x", "a number") for row in range(50)]
    assert sum(1 + f.more for f in fold(fold(many))) == 50


def test_what_a_cell_holds_cannot_move_the_cursor_or_colour_the_terminal() -> None:
    fault = Fault("a\x1b[31m.csv", 2, "x\n", quoted("\x1b[2J\x07[bold]red[/bold]"), "b")
    assert str(fault).isprintable()
    assert "[bold]red[/bold]" in str(fault)


def test_a_very_long_cell_is_cut() -> None:
    assert len(quoted("x" * 10_000)) < 70


@pytest.mark.parametrize(
    ("word", "known"), [("hous", "hours"), ("HOURS", "hours"), ("opne", "open"), ("LIB1", "LIB01")]
)
def test_a_slip_of_the_finger_finds_the_name_meant(word: str, known: str) -> None:
    assert nearest(word, ["hours", "open", "fee", "LIB01", "LIB02"]) == known


def test_a_word_like_no_name_finds_none() -> None:
    assert nearest("zebra", ["hours", "open", "fee"]) == ""


def test_the_nearest_of_thirty_thousand_ids_is_found() -> None:
    ids = [f"E{number:08d}" for number in range(30_000)]
    assert nearest("e00012345", ids) == "E00012345"
    assert nearest("E0001234X", ids).startswith("E0001234")


def test_a_long_list_of_choices_is_cut() -> None:
    assert one_of(["a", "b", "c"]) == "one of a, b or c"
    assert one_of([str(i) for i in range(100)], most=2) == "one of 0, 1 and 98 others"
