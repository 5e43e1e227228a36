"""YAML is read as text with lines, and what makes YAML dangerous is refused at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from withless.files.faults import Fault
from withless.files.yaml_lines import LARGEST, Document, loads


def faults_of(text: str) -> list[Fault]:
    faults: list[Fault] = []
    loads(text, "plan.yaml", faults)
    return faults


def read(text: str) -> Document:
    faults: list[Fault] = []
    document = loads(text, "plan.yaml", faults)
    assert document is not None
    assert faults == []
    return document


def test_values_stay_text_so_that_nothing_is_guessed() -> None:
    assert read("a: no\nb: 2026-04-01\nc: 010\nd: 1e3\ne: ~\nf:\ng: ''").value == {
        "a": "no", "b": "2026-04-01", "c": "010", "d": "1e3", "e": None, "f": None, "g": "",
    }  # fmt: skip


def test_every_key_and_entry_has_its_line() -> None:
    document = read("a: 1\nb:\n  - x: 2\n  - x: 3\n    y: 4\n")
    assert document.line(("b", 1, "y")) == 5
    assert document.line(("b", 1, "missing")) == 4
    assert document.get(("b", 0, "x")) == "2"


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (BOMB, "&a"),
        ("a: *b", "*b"),
        ("[" * 500_000, "nesting"),
        ("{a: " * 200_000, "nesting"),
        ("- " * 400_000, "nesting"),
        ("- 1\n" * 240_000, "values"),
        ("a: !!python/object/apply:os.system [ls]", "tag"),
    ],
    ids=["billion laughs", "alias", "brackets", "braces", "dashes", "list", "tag"],
)
def test_a_yaml_bomb_is_refused(text: str, found: str) -> None:
    (fault,) = faults_of(text)
    assert found in fault.found


def test_a_key_that_stands_twice_is_told_with_both_lines() -> None:
    (fault,) = faults_of("a: 1\nb: 2\na: 3\n")
    assert fault.line == 3
    assert "line 1" in fault.mend


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("a:\n\tb: 1\n", 2, "spaces"),
        ("a: b: c\n", 1, "colon in quotes"),
        ('a: 1\nb: "open\n', 2, "never closed"),
        ("check: {is: >=, value: 1}\n", 1, '">="'),
        ("is: >=\nvalue: 1\n", 1, '">="'),
        ("a: [1, 2\nb: 3\n", 2, "list"),
        ("a: 1\n---\nb: 2\n", 2, "---"),
        ("? [a, b]\n: 1\n", 1, "colon"),
        ("", 1, "right file"),
    ],
)
def test_broken_yaml_is_told_with_its_line_in_plain_words(text: str, line: int, word: str) -> None:
    (fault,) = faults_of(text)
    assert fault.line == line
    assert word in fault.mend


@given(st.text(max_size=200))
def test_any_text_gives_a_document_or_a_fault(text: str) -> None:
    faults: list[Fault] = []
    assert loads(text, "plan.yaml", faults) is not None or faults


def test_the_largest_yaml_read_is_a_megabyte() -> None:
    assert LARGEST == 1_000_000
