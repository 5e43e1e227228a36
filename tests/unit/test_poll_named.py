"""What poll.yaml names is there or refused with the nearest; what files of other programs hold is read for what it means."""

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from withless import api
from withless.files import Faults
from withless.poll import data as poll_data
from withless.poll import stream
from withless.poll.design import design
from withless.poll.naming import several_sign
from withless.poll.weighting import trim
from withless.report.poll_terminal import summary

TOP = "withless: 1\ntitle: T\nsample: probability\n"


def rows(*lines: str, count: int = 60) -> str:
    """Some lines over and over."""
    return "\n".join(lines[i % len(lines)] for i in range(count)) + "\n"


def poll(folder: Path, csv: str, spec: str, by: tuple[str, ...] = (), name: str = "answers.csv") -> Any:
    """A poll's content."""
    file, given = folder / name, folder / "poll.yaml"
    if csv:
        file.write_text(csv, encoding="utf-8")
    given.write_text(TOP + textwrap.dedent(spec), encoding="utf-8")
    return api.poll_content(api.read_poll(file, given), by)


def shares(content: Any, question: int = 0) -> dict[str, float]:
    """Shares of the topline by label, rounded."""
    return {r["label"]: round(r["cells"][0]["value"], 3) for r in content["questions"][question]["rows"]}


def refused(folder: Path, csv: str, spec: str) -> str:
    """What is said of a poll that is refused."""
    with pytest.raises(Faults) as told:
        poll(folder, csv, spec)
    return str(told.value)


MULTIPLE = "questions: {m: {kind: multiple, columns: {a: A, b: B}}}"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("1,0", "0,1", "1,1", "0,0"), (0.5, 0.5)),
        (("1.0,0.0", "0.0,1.0", "1.0,1.0", "0.0,0.0"), (0.5, 0.5)),
        (("Yes,No", "No,Yes", "Yes,Yes", "No,No"), (0.5, 0.5)),
        (("TRUE,FALSE", "FALSE,FALSE", "TRUE,TRUE", "TRUE,FALSE"), (0.75, 0.25)),
        (("Checked,Unchecked", "Unchecked,Unchecked"), (0.5, 0.0)),
        (("Libraries,Pools", "Libraries,", ",Pools", "Libraries,"), (0.75, 0.5)),
        (("1,", "1,2", ",2", "1,"), (0.75, 0.5)),
        (("1,2", "2,2", "1,1", "2,1"), (0.5, 0.5)),
        (("x,", ",x", "x,x", "x,"), (0.75, 0.5)),
    ],
)
def test_an_answer_is_chosen_however_programs_write_it(
    tmp_path: Path, lines: tuple[str, ...], expected: tuple[float, float]
) -> None:
    found = shares(poll(tmp_path, "a,b\n" + rows(*lines), MULTIPLE))
    assert (found["A"], found["B"]) == expected


def test_cells_that_may_or_may_not_mean_chosen_are_asked_about(tmp_path: Path) -> None:
    csv = "a,b\n" + rows("1,3", "2,1", "3,2")
    assert "Say which of them mean that an answer was chosen" in refused(tmp_path, csv, MULTIPLE)
    content = poll(tmp_path, csv, "questions: {m: {kind: multiple, chosen: [1, 2], columns: {a: A, b: B}}}")
    assert shares(content) == {"A": 0.667, "B": 0.667}


def test_what_was_taken_for_chosen_is_told(tmp_path: Path) -> None:
    content = poll(tmp_path, "a,b\n" + rows("Libraries,Pools", "Libraries,"), MULTIPLE)
    assert "was taken for chosen" in " ".join(content["notes"])
    assert "was taken for chosen" in " ".join(summary(content).split())


@pytest.mark.parametrize(
    ("lines", "question", "said"),
    [
        (("Yes", "No"), "{q: {nets: {Any: [yes]}}}", "Did you mean Yes?"),
        (("Strongly agree", "Disagree"), "{q: {nets: {Agree: [Strongly Agree]}}}", "Did you mean Strongly agree?"),
        (("Yes", "Don\u2019t know"), '{q: {missing: ["Don\'t know"]}}', "Did you mean Don\u2019t know?"),
        (("1", "2", "999"), "{q: {missing: [99]}}", "Did you mean 999?"),
        (("1", "2", "-9"), "{q: {missing: [9]}}", "Did you mean -9?"),
        (("1", "2"), "{q: {missing: [8, 9]}}", '"8", which no answer is'),
        (("Agree", "Disagree"), "{q: {labels: {Agre: Yes, Disagree: No}}}", "Did you mean Agree?"),
        (("0", "1", "2"), "{q: {labels: {1: Agree, 2: Neither, 3: Disagree}}}", '"3", which no answer is'),
        (("1", "2"), "{q: {labels: {1: Agree, 2: Not}, about: too_fast, net: Agre}}", "Did you mean Agree?"),
        (("0", "1"), "{q: {missing: [0], nets: {Low: [0, 1]}}}", '"0", which is missing'),
        (("1", "2", "DK"), "{q: {scores: true}}", 'the answer "DK"'),
        (("1", "2"), "{q: {nets: {None: []}}}", "an empty list"),
    ],
)
def test_what_no_answer_has_is_refused_with_the_nearest(
    tmp_path: Path, lines: tuple[str, ...], question: str, said: str
) -> None:
    assert said in refused(tmp_path, "q\n" + rows(*lines), f"questions: {question}")


@pytest.mark.parametrize(
    ("csv", "spec", "said"),
    [
        (
            "a,b\n" + rows("Yes,No"),
            "questions: {m: {kind: multiple, chosen: [yes], columns: {a: A, b: B}}}",
            "mean Yes?",
        ),
        (
            "a,b\n" + rows("1,0"),
            "questions: {m: {kind: multiple, columns: {a: Alpha, b: Beta}, nets: {N: [Alph]}}}",
            "Alpha?",
        ),
        ("g,q\n" + rows("A,1", "Unk,2"), "demographics: {g: {missing: [Unknown]}}\nquestions: {q: }", "mean Unk?"),
        ("q\n" + rows("1", "2"), "missing: [9]\nquestions: {q: }", '"9", which no answer is'),
        ("q\n" + rows("Yes", "No"), "labels: {yes: Y}\nquestions: {q: }", "mean Yes?"),
        (
            "s,q\n" + rows("Male,1", "Female,2"),
            "margins: {s: {male: 49%, Female: 51%}}\nquestions: {q: }",
            "mean Male?",
        ),
        (
            "s,q\n" + rows("Male,1", "Female,2"),
            "margins: {s: {Male: 48%, Female: 51%, X: 1%}}\nquestions: {q: }",
            "join it",
        ),
    ],
)
def test_what_no_answer_has_is_refused_wherever_it_is_named(tmp_path: Path, csv: str, spec: str, said: str) -> None:
    assert said in refused(tmp_path, csv, spec)


def test_answers_that_nobody_gave_but_that_have_a_label_are_no_fault(tmp_path: Path) -> None:
    question = "{q: {labels: {1: Agree, 2: Neither, 3: Disagree, 9: DK}, missing: [9], nets: {Not: [2, 3]}}}"
    content = poll(tmp_path, "q\n" + rows("1", "3"), f"questions: {question}")
    assert shares(content) == {"Agree": 0.5, "Disagree": 0.5, "Not": 0.5}
    assert content["notes"] == []


def test_what_is_said_for_all_questions_need_not_be_in_each(tmp_path: Path) -> None:
    content = poll(tmp_path, "q,r\n" + rows("1,9", "2,1"), "missing: [9]\nquestions: {q: , r: }")
    assert content["questions"][0]["heads"][0]["asked"] == 60
    assert content["questions"][1]["heads"][0]["asked"] == 30


def test_nets_missing_values_and_margins_go_by_label_as_well_as_by_code(tmp_path: Path) -> None:
    spec = """
        margins: {s: {Male: 40%, Female: 60%}}
        demographics: {s: {labels: {1: Male, 2: Female}}}
        questions: {q: {labels: {1: Agree, 2: Disagree, 8: DK}, missing: [DK], nets: {Yes: [Agree]}, about: too_fast, net: 1}}
    """
    content = poll(tmp_path, "s,q\n" + rows("1,1", "2,2", "1,2", "2,8", count=240), spec)
    assert shares(content)["Yes"] == shares(content)["Agree"] == 0.286
    assert content["questions"][0]["left_out"] == [{"label": "DK", "asked": 60}]
    assert content["questions"][0]["net"] == "Agree"


def test_an_spss_file_has_its_nets_missing_values_and_yes_by_label(tmp_path: Path) -> None:
    pyreadstat = pytest.importorskip("pyreadstat")
    frame = pl.DataFrame({"q": [1.0, 2.0, 3.0, 8.0] * 30, "s": [1.0, 2.0] * 60, "m": [1.0, 2.0, 2.0, 2.0] * 30})
    labels = {
        "q": {1.0: "Strongly agree", 2.0: "Tend to agree", 3.0: "Disagree", 8.0: "Don't know"},
        "s": {1.0: "Male", 2.0: "Female"},
        "m": {1.0: "Yes", 2.0: "No"},
    }
    pyreadstat.write_sav(frame, tmp_path / "a.sav", variable_value_labels=labels)
    spec = """
        margins: {s: {Male: 50%, Female: 50%}}
        questions:
          q: {nets: {Agree: [Strongly agree, Tend to agree]}, missing: ["Don't know"]}
          n: {kind: multiple, columns: {m: M}}
    """
    content = poll(tmp_path, "", spec, name="a.sav")
    assert shares(content)["Agree"] == 0.667
    assert shares(content, 1) == {"M": 0.25}
    with pytest.raises(Faults, match="Did you mean Tend to agree"):
        poll(tmp_path, "", "questions: {q: {nets: {Agree: [Tends to agree]}}}", name="a.sav")


def test_codes_with_a_point_as_pandas_writes_them_are_the_codes(tmp_path: Path) -> None:
    spec = "missing: [0]\nquestions: {q: {labels: {1: Agree, 2.0: Not, 0: DK}, nets: {Both: [1.0, 2]}}}"
    content = poll(tmp_path, "i,q\n" + rows("7,1.0", "7,2.0", "7,0.0", "7,1.0", "7,"), spec)
    assert shares(content) == {"Agree": 0.667, "Not": 0.333, "Both": 1.0}
    assert content["questions"][0]["left_out"] == [{"label": "DK", "asked": 12}, {"label": "blank", "asked": 12}]


@pytest.mark.parametrize("word", ["NA", "NaN", "<NA>", "NULL"])
def test_a_word_for_nothing_is_a_blank_and_is_told(tmp_path: Path, word: str) -> None:
    csv = "i,q,a,b\n" + rows(f"7,{word},{word},{word}", "7,1,1,0", "7,2,0,1")
    content = poll(tmp_path, csv, "questions: {q: {nets: {One: [1]}}, m: {kind: multiple, columns: {a: A, b: B}}}")
    assert shares(content) == {"1": 0.5, "2": 0.5, "One": 0.5}
    assert shares(content, 1) == {"A": 0.5, "B": 0.5}
    assert "words for nothing in q 20, a 20, b 20" in " ".join(content["notes"])


def test_na_is_an_answer_where_it_has_a_label(tmp_path: Path) -> None:
    content = poll(tmp_path, "q\n" + rows("NA", "1"), "questions: {q: {labels: {NA: Not applicable, 1: Yes}}}")
    assert shares(content) == {"Not applicable": 0.5, "Yes": 0.5}


SPLIT = 'questions: {q: {kind: multiple, split: ";", missing: [9], labels: {1: A, 3: C}, nets: {Both: [A, 3]}}}'


def test_several_answers_in_one_cell_are_split_when_told_and_noticed_when_not(tmp_path: Path) -> None:
    csv = "i,q\n" + rows("7,1;3;", "7,3;", "7,2.0;", "7,9;", count=120)
    content = poll(tmp_path, csv, SPLIT.replace("1: A, ", "1: A, 2: B, "))
    assert shares(content) == {"A": 0.333, "B": 0.333, "C": 0.667, "Both": 0.667}
    assert content["questions"][0]["heads"][0]["asked"] == 90
    assert 'split: ";" under q' in refused(tmp_path, csv, "questions: {q: }")
    assert "1;3;" in shares(poll(tmp_path, csv, "questions: {q: {split: no}}"))


@pytest.mark.parametrize(
    ("cells", "sign"),
    [
        (["a;b;", "a;", "c;"], ";"),
        (["Libraries;Pools", "Pools", "Libraries"], ";"),
        (["1|2", "2|3", "1|3"], "|"),
        (["Libraries, Pools", "Libraries", "Pools", "None"], ","),
        (["Yes, definitely", "Yes, probably", "No"], ""),
        (["Yes; with conditions", "No", "Maybe"], ""),
        (["Agree", "Neither"], ""),
        (["1", "2"], ""),
    ],
)
def test_the_sign_between_answers_is_told_from_a_sign_within_one(cells: list[str], sign: str) -> None:
    assert several_sign(cells) == sign


QUALTRICS = 'i,q,age\nResponse ID,Do you use it?,Your age\n"{""ImportId"":""a""}","{""ImportId"":""b""}","{""ImportId"":""c""}"\n'


def test_rows_of_names_below_the_first_are_no_people(tmp_path: Path) -> None:
    people = rows("R_1,Yes,30", "R_2,No,40", "R_3,Yes,50")
    content = poll(tmp_path, QUALTRICS + people, "questions: {q: , age: {kind: number}}")
    assert content["size"] == 60
    assert content["questions"][0]["text"] == "Do you use it?"
    assert "2 rows of names below the first" in content["notes"][0]
    monkey = "Respondent ID,q\n,Response\n" + rows("1,Yes", "2,No")
    assert poll(tmp_path, monkey, "questions: {q: }")["size"] == 60
    other = "q,age\nDo you use the library?,How old are you?\n" + rows("1,30", "2,40")
    assert "row 2, q" in refused(tmp_path, other, "questions: {q: }")
    assert poll(tmp_path, other, "header_rows: 2\nquestions: {q: }")["size"] == 60
    assert poll(tmp_path, other, "header_rows: 1\nquestions: {q: }")["size"] == 61


def test_a_first_person_who_answers_at_length_is_a_person(tmp_path: Path) -> None:
    csv = "q,why\n1,Because it is the one place that is warm and open\n" + rows("1,x y", "2,no", "1,z", count=59)
    assert poll(tmp_path, csv, "questions: {q: }")["size"] == 60
    assert poll(tmp_path, "q,r\nRefused,1\n" + rows("1,1", "2,2", count=59), "questions: {q: }")["size"] == 60


def test_rows_of_names_and_words_for_nothing_are_seen_in_a_large_file_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LARGE", 1)
    monkeypatch.setattr(stream, "PIECE", 64)
    content = poll(tmp_path, QUALTRICS + rows("R_1,Yes,30.0", "R_2,NA,40.0"), "questions: {q: , age: {kind: number}}")
    assert content["size"] == 60
    assert shares(content) == {"Yes": 1.0}
    assert content["questions"][0]["text"] == "Do you use it?"


def test_columns_or_a_sign_make_a_question_of_several_answers(tmp_path: Path) -> None:
    content = poll(tmp_path, "a,b\n" + rows("1,0", "0,1"), "questions: {m: {columns: {a: A, b: B}}}")
    assert shares(content) == {"A": 0.5, "B": 0.5}
    assert shares(poll(tmp_path, "q\n" + rows("a;b;", "a;"), 'questions: {q: {split: ";"}}')) == {"a": 1.0, "b": 0.5}
    assert "without columns" in refused(tmp_path, "q\n" + rows("1"), "questions: {q: {chosen: [1]}}")


def test_answers_in_capitals_and_not_are_told(tmp_path: Path) -> None:
    content = poll(tmp_path, "q\n" + rows("Yes", "yes", "No"), "questions: {q: }")
    assert '"Yes" and "yes"' in content["notes"][0]


def test_people_in_no_group_are_told(tmp_path: Path) -> None:
    content = poll(tmp_path, "g,q\n" + rows("a,1", "b,2", "NA,1"), "questions: {q: }", ("g",))
    assert content["notes"] == ["20 people have no g: they are in the totals, and in no group."]


def test_a_missing_number_that_nobody_gave_is_no_fault_beside_numbers_like_it(tmp_path: Path) -> None:
    csv = "age\n" + "".join(f"{i % 70 + 5}\n" for i in range(140))
    content = poll(tmp_path, csv, "questions: {age: {kind: number, missing: [99]}}")
    assert "99, which no answer is" in content["notes"][0]


@pytest.mark.parametrize(
    ("unnamed", "said"),
    [
        (lambda i: i, "Row numbers, as R and pandas write them: the column is left out."),
        (lambda i: i % 2, "The column is left out: name it if it holds answers."),
    ],
)
def test_a_column_without_a_name_is_left_out_and_told_once(
    tmp_path: Path, unnamed: Callable[[int], int], said: str
) -> None:
    csv = ",q\n" + "".join(f"{unnamed(i)},{'Yes' if i % 2 else 'No'}\n" for i in range(60))
    content = poll(tmp_path, csv, "questions: {q: }")
    assert shares(content) == {"No": 0.5, "Yes": 0.5}
    assert [n for n in content["notes"] if "without a name" in n] == content["notes"]
    assert len(content["notes"]) == 1
    assert content["notes"][0].endswith(said)


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        ("{1: 49, 2: 51%}", "per cent beside numbers"),
        ("{1: 0.49, 2: 51%}", "per cent beside numbers"),
        ("{1: 49%, 2: 49%}", "98.0%"),
        ("{1: 140%, 2: 110%}", "250.0%"),
        ("{1: 0.5, 2: 0.6}", "110.0%"),
        ("{1: 49, 2: 49}", "add up to 98"),
        ("{1: 60, 2: 50}", "add up to 110"),
        ("{1: -49, 2: 51}", "-49"),
    ],
)
def test_margins_that_mix_units_or_do_not_add_up_are_refused(tmp_path: Path, targets: str, said: str) -> None:
    assert said in refused(tmp_path, "s,q\n" + rows("1,1", "2,2"), f"margins: {{s: {targets}}}\nquestions: {{q: }}")


@pytest.mark.parametrize("targets", ["{1: 40, 2: 60}", "{1: 40%, 2: 60%}", "{1: 0.4, 2: 0.6}", "{1: 4000, 2: 6000}"])
def test_margins_in_any_one_unit_are_met(tmp_path: Path, targets: str) -> None:
    content = poll(tmp_path, "s,q\n" + rows("1,1", "2,2"), f"margins: {{s: {targets}}}\nquestions: {{q: }}")
    assert shares(content) == {"1": 0.4, "2": 0.6}


def test_margins_of_different_numbers_of_people_are_told(tmp_path: Path) -> None:
    spec = "margins: {s: {1: 4000, 2: 6000}, q: {1: 3000, 2: 6000}}\nquestions: {q: }"
    content = poll(tmp_path, "s,q\n" + rows("1,1", "2,2", "1,2", "2,1"), spec)
    assert "s adds up to 10,000, q adds up to 9,000" in content["notes"][0]


def test_people_of_no_weight_do_not_move_the_limits_of_trimming(tmp_path: Path) -> None:
    spec = "weight: w\ntrim: {low: 0.2, high: 2}\nquestions: {q: }"
    some = "q,w\n" + rows("1,1", "2,1", "1,6", "2,1", "2,1", "2,1", count=120)
    first = shares(poll(tmp_path, some, spec))
    assert shares(poll(tmp_path, some + rows("1,0", count=500), spec)) == first
    weights = np.array([1.0, 1.0, 5.0, 0.0, 0.0])
    assert trim(design(weights), 0.5, 3).weights[3:].sum() == 0


def test_bases_of_wide_tables_stay_apart(tmp_path: Path) -> None:
    csv = "g,q,w\n" + "".join(f"{i % 6},{i % 3},{94_606 + i % 7 * 1_111}\n" for i in range(4_000))
    text = summary(poll(tmp_path, csv, "weight: w\nquestions: {q: }", ("g",)))
    bases = [line for line in text.splitlines() if "Weighted base" in line]
    assert len(bases) > 1
    assert all(len(line) <= 80 and "  " in line for line in text.splitlines() if line.startswith("  Weighted base"))
    assert sum(len(line.split()) - 2 for line in bases) == 6


def replicated(folder: Path) -> str:
    rng = np.random.default_rng(3)
    weights, count = rng.uniform(1, 3, 200).round(3), 20
    columns = {f"rep{k + 1}": weights * (np.arange(200) % count != k) * count / (count - 1) for k in range(count)}
    frame = {
        "g": np.arange(200) % 3 + 1,
        "q": rng.integers(1, 4, 200),
        "x": rng.gamma(3, 1, 200).round(3) + 0.1,
        "w": weights,
    }
    pl.DataFrame(frame | columns).write_csv(folder / "answers.csv")
    return "weight: w\nreplicates: {columns: rep*, kind: JK1}\n"


def test_replicate_weights_are_named_by_pattern_and_calibrated_with_the_others(tmp_path: Path) -> None:
    top = replicated(tmp_path)
    plain = poll(tmp_path, "", top + "questions: {q: }")
    assert "20 replicate weights (JK1)" in plain["disclosure"][-1]["text"]
    met = poll(tmp_path, "", top + "margins: {g: {1: 30%, 2: 30%, 3: 40%}}\nquestions: {g: }")
    assert shares(met) == {"1": 0.3, "2": 0.3, "3": 0.4}
    assert max(r["cells"][0]["error"] for r in met["questions"][0]["rows"]) < 1e-9
    with pytest.raises(Faults, match="need rscales"):
        poll(tmp_path, "", top.replace("JK1", "JKn") + "questions: {q: }")
    with pytest.raises(Faults, match="one of the two"):
        poll(tmp_path, "", top + "strata: g\nquestions: {q: }")
    with pytest.raises(Faults, match="Did you mean JK1"):
        poll(tmp_path, "", top.replace("JK1", "JK11") + "questions: {q: }")


@pytest.mark.parametrize("way", ["linear", "raking", "logit"])
def test_totals_of_numbers_are_met_and_leave_no_error(tmp_path: Path, way: str) -> None:
    replicated(tmp_path)
    spec = f"weight: w\ncalibrate: {way}\nbounds: {{low: 0.3, high: 3}}\ntotals: {{x: 1300}}\npopulation: 400\n"
    content = poll(tmp_path, "", spec + "margins: {g: {1: 30%, 2: 30%, 3: 40%}}\nquestions: {x: {kind: number}, g: }")
    cell = content["questions"][0]["rows"][0]["cells"][0]
    assert cell["value"] == pytest.approx(1300 / 400)
    assert cell["error"] < 1e-9
    assert shares(content, 1) == {"1": 0.3, "2": 0.3, "3": 0.4}
    assert f"calibrated ({way}) to g, the total of x" in content["disclosure"][7]["text"]


def test_weights_below_zero_are_told(tmp_path: Path) -> None:
    replicated(tmp_path)
    spec = "weight: w\ncalibrate: linear\ntotals: {x: 300}\npopulation: 400\nquestions: {q: }"
    assert "below zero" in poll(tmp_path, "", spec)["notes"][0]


def test_a_column_read_once_is_the_same_when_it_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").write_text("q\n" + rows("1", "2", ""), encoding="utf-8")
    held = poll_data.open_data(tmp_path / "a.csv")[0]
    codes = [held.variable("q").codes for _ in range(2)]
    monkeypatch.setattr(poll_data, "_HELD", 0)
    again = poll_data.open_data(tmp_path / "a.csv")[0]
    codes += [again.variable("q").codes for _ in range(2)]
    assert all((c == codes[0]).all() and c.dtype == np.int64 for c in codes)
    assert (len(held.held), len(again.held)) == (1, 0)


def test_a_design_of_replicates_takes_no_gaps(tmp_path: Path) -> None:
    replicated(tmp_path)
    lines = (tmp_path / "answers.csv").read_text(encoding="utf-8").splitlines()
    lines[5] = ",".join([*lines[5].split(",")[:-1], ""])
    (tmp_path / "answers.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(Faults, match="row 6, rep20"):
        poll(tmp_path, "", "weight: w\nreplicates: {columns: rep*, kind: JK1}\nquestions: {q: }")


ODD = "questions: {q: {labels: {1: Agree, 2: Disagree}}}"


@pytest.mark.parametrize("odd", ["3", "-99", "-", ".", "Total"])
def test_an_answer_without_a_label_where_others_have_one_is_told(tmp_path: Path, odd: str) -> None:
    (note,) = poll(tmp_path, "q\n" + rows("1", "2", odd), ODD)["notes"]
    assert f'no label for "{odd}"' in note


def test_two_answers_of_one_label_are_told(tmp_path: Path) -> None:
    (note,) = poll(tmp_path, "q\n" + rows("1", "2"), ODD.replace("Disagree", "Agree"))["notes"]
    assert '"Agree" twice' in note


def test_groups_that_differ_in_capitals_are_told(tmp_path: Path) -> None:
    notes = poll(tmp_path, "g,q\n" + rows("North,1", "NORTH,2", count=200), ODD, ("g",))["notes"]
    assert notes == ["g has NORTH and North: they are counted as two groups."]


def test_several_answers_in_a_cell_are_noticed_though_one_of_them_stands_once(tmp_path: Path) -> None:
    assert "several answers in one cell" in refused(tmp_path, "m\n" + rows("a;b", "b", "a; c"), "questions: {m: {}}")


def test_one_weight_that_is_none_in_many_rows_is_one_sentence(tmp_path: Path) -> None:
    told = refused(tmp_path, "q,w\n" + rows("1,-1", "2,1"), "weight: w\nquestions: {q: {}}")
    assert told.count("found") == 1
    assert "and 29 more like this" in told
