"""A plan is checked against its place: services, levers, units, amounts, dates, money and promises."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from files_case import LIBRARIES, PLACE, PLAN, StandIn, stand_in, swap, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from withless.files import Fault, Faults, check, examine, read, read_plan
from withless.plan import Measure, Plan
from withless.service import PlanProblem

__all__ = ["stand_in"]


def plan_of(folder: Path, text: str = PLAN) -> Plan:
    return read_plan(write(folder, plan=text) / "plan.yaml")[0]


def measure(folder: Path, old: str, new: str) -> Measure:
    return plan_of(folder, swap(PLAN, old, new)).measures[0]


def faults(folder: Path, old: str, new: str) -> list[Fault]:
    return check(write(folder, plan=swap(PLAN, old, new)) / "plan.yaml")


def test_a_sound_plan_is_read_without_a_fault(tmp_path: Path) -> None:
    plan, warnings = read_plan(write(tmp_path) / "plan.yaml")
    assert warnings == []
    assert plan.place.name == "Testshire"
    assert (plan.target_saving, plan.target_year) == (80_000, "2028-29")
    (measure,) = plan.measures
    assert measure == Measure(
        "close-one", "Close a library", "libraries", "open", ("LIB02",), "set", 0.0, 2.0, None, 2.0,
        60_000, 5_000, 2, "contract", "Cabinet paper 12",
    )  # fmt: skip
    (promise,) = plan.promises
    assert (promise.what, promise.comparison, promise.value, promise.when) == ("people_beyond", "<=", 0.0, "end")
    assert promise.arguments == {"minutes": 20.0}


def test_read_tells_a_plan_from_a_place_by_what_is_in_it(tmp_path: Path) -> None:
    assert isinstance(read(write(tmp_path) / "plan.yaml")[0], Plan)


def test_a_plan_may_lie_elsewhere_than_its_place(tmp_path: Path) -> None:
    (tmp_path / "county").mkdir()
    (tmp_path / "plans").mkdir()
    write(tmp_path / "county")
    (tmp_path / "plans" / "p.yaml").write_text(swap(PLAN, "place: .", "place: ../county"))
    assert read_plan(tmp_path / "plans" / "p.yaml")[0].place.name == "Testshire"


def test_what_a_plan_leaves_out_has_plain_defaults(tmp_path: Path) -> None:
    short = PLAN.split("promises:")[0]
    for line in ("target: {saving: £80k, by: 2028-29}\n", "    title: Close a library\n", "    phase: 2 quarters\n"):
        short = swap(short, line, "")
    short = short.split("    booked_saving")[0] + "    evidence: target\n"
    plan = plan_of(tmp_path, short)
    assert np.isnan(plan.target_saving)
    assert plan.target_year == "2028-29"
    (m,) = plan.measures
    assert (m.title, m.phase, m.evidence, m.posts) == ("close-one", 0.0, "target", 0.0)
    assert np.isnan(m.booked_saving)


def test_a_plan_without_measures_is_a_plan(tmp_path: Path) -> None:
    assert plan_of(tmp_path, PLAN.split("measures:")[0] + "measures: []\n").measures == ()


def test_faults_of_the_place_and_of_the_plan_come_together(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        place=swap(PLACE, "coordinates: bng", "coordinates: bgn"),
        libraries=swap(LIBRARIES, "130100,40,", "130100,4O,"),
        plan=swap(swap(PLAN, "lever: open", "lever: opne"), "£60k", "£600k"),
    )
    found = {(f.file, f.column) for f in check(folder / "plan.yaml")}
    assert found == {
        ("place.yaml", "coordinates"),
        ("libraries.csv", "hours"),
        ("plan.yaml", "measures 1, lever"),
        ("plan.yaml", "measures 1, booked_saving"),
    }
    with pytest.raises(Faults, match="4 errors"):
        read_plan(folder / "plan.yaml")


WRONG = [
    # old, new, column, part of the message
    ("lever: open", "lever: opne", "lever", "Did you mean open?"),
    ("service: libraries\n", "service: librarys\n", "service", "Did you mean libraries?"),
    ("[LIB02]", "[LIB2]", "where", "Did you mean LIB02?"),
    ("[LIB02]", "[LIB03]", "where", "lies outside"),
    ("[LIB02]", "[LIB02, LIB02]", "where", "again"),
    ("[LIB02]", "[]", "where", "a list of ids"),
    ("    where: [LIB02]\n", "", "where", "Say which"),
    ("[LIB02]", "{typ: library}", "where, typ", "Did you mean type?"),
    ("[LIB02]", "{type: libary}", "where, type", "Did you mean library?"),
    ("[LIB02]", "{type: library, hours: 99}", "where, hours", "a value in that column"),
    ("[LIB02]", "{id: LIB01, hours: 18}", "where", "none that match"),
    ("{set: 0}", "{set: 0, add: 1}", "change", "exactly one of"),
    ("{set: 0}", "{sett: 0}", "change", "Did you mean set?"),
    ("{set: 0}", "{}", "change", "exactly one of"),
    ("{set: 0}", "{set: 2}", "change, set", "yes or no"),
    ("{set: 0}", "{scale: 0.5}", "change, scale", "open is not a quantity"),
    ("Oct 2026", "10/13/2026", "start", "no month 13"),
    ("Oct 2026", "Mar 2026", "start", "from 2026-04"),
    ("Oct 2026", "Apr 2029", "start", "2029-01"),
    ("phase: 2 quarters", "end: Sep 2026", "end", "after the start, 01/10/2026"),
    ("phase: 2 quarters", "phase: -1 year", "phase", "cannot be negative"),
    ("phase: 2 quarters", "phase: soon", "phase", "6 months"),
    ("booked_saving: £60k", "booked_saving: £600k", "booked_saving", "at most the budget of libraries, £300,000"),
    ("booked_saving: £60k", "booked_saving: 20%", "booked_saving", "percentage"),
    ("one_off_cost: 5k", "one_off_cost: -5k", "one_off_cost", "cannot be negative"),
    ("posts: 2", "posts: -2", "posts", "cannot be negative"),
    ("evidence: contract", "evidence: hearsay", "evidence", "business_case"),
    ("source: Cabinet paper 12", "sauce: Cabinet paper 12", "sauce", "Did you mean source?"),
    ("id: close-one", "id: close one", "id", "letters"),
]


@pytest.mark.parametrize(("old", "new", "column", "message"), WRONG)
def test_what_a_measure_cannot_say_is_told(tmp_path: Path, old: str, new: str, column: str, message: str) -> None:
    (fault,) = [f for f in faults(tmp_path, old, new) if f.severity == "error"]
    assert fault.column.startswith(f"measures 1, {column}")
    assert message in str(fault)
    assert fault.file == "plan.yaml"
    assert fault.line


def test_all_means_those_inside(tmp_path: Path) -> None:
    assert measure(tmp_path, "[LIB02]", "all").where == ("LIB01", "LIB02")


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ("{type: Library}", ("LIB01", "LIB02")),
        ("{hours: 18}", ("LIB02",)),
        ("{hours: [40, 18], name: Mill End Library}", ("LIB01",)),
        ("LIB01", ("LIB01",)),
    ],
)
def test_a_filter_picks_rows_inside_by_their_columns(tmp_path: Path, where: str, ids: tuple[str, ...]) -> None:
    assert measure(tmp_path, "[LIB02]", where).where == ids


def changed(folder: Path, lever: str, change: str) -> str:
    return PLAN.replace("lever: open", f"lever: {lever}").replace("{set: 0}", change)


@pytest.mark.parametrize(
    ("change", "how", "amount"),
    [
        ("{set: 30}", "set", 30.0),
        ("{set: 18 hours/week}", "set", 18.0),
        ("{add: -4}", "add", -4.0),
        ("{scale: 0.95}", "scale", 0.95),
        ("{scale: 95%}", "scale", 0.95),
        ("{scale: -5%}", "scale", 0.95),
        ("{scale: +5%}", "scale", 1.05),
    ],
)
def test_amounts_are_read_as_people_write_them(tmp_path: Path, change: str, how: str, amount: float) -> None:
    (m,) = plan_of(tmp_path, changed(tmp_path, "hours", change)).measures
    assert (m.change, m.amount) == (how, pytest.approx(amount))


@pytest.mark.parametrize(
    ("lever", "change", "message"),
    [
        ("hours", "{set: 200}", "from 0 to 168"),
        ("hours", "{set: -20%}", "Write scale: -20%"),
        ("hours", "{set: £4}", "Money has no meaning"),
        ("hours", "{scale: 95}", "Did you mean 95%?"),
        ("hours", "{scale: -0.05}", "write -5% or 0.95"),
        ("hours", "{scale: lots}", "a factor"),
        ("shared", "{set: LIB9}", "Did you mean LIB"),
        ("shared", "{add: 1}", "is not a quantity"),
        ("unit_cost", "{set: -4%}", "Did you mean scale: -4%?"),
    ],
)
def test_amounts_that_cannot_be_are_told(tmp_path: Path, lever: str, change: str, message: str) -> None:
    told = check(write(tmp_path, plan=changed(tmp_path, lever, change)) / "plan.yaml")
    assert any(message in str(f) for f in told), told


def test_a_choice_is_set_by_its_word(tmp_path: Path) -> None:
    (m,) = plan_of(tmp_path, changed(tmp_path, "shared", "{set: lib01}")).measures
    assert m.amount == 1.0


def test_the_unit_cost_is_one_number_for_the_service(tmp_path: Path) -> None:
    text = changed(tmp_path, "unit_cost", "{scale: 0.96}").replace("[LIB02]", "all")
    assert plan_of(tmp_path, text).measures[0].where == ("all",)
    (fault,) = check(write(tmp_path, plan=text.replace("where: all", "where: [LIB02]")) / "plan.yaml")
    assert "one number" in fault.expected


def second(booked: str, name: str = "close-two") -> str:
    entry = PLAN.split("measures:\n")[1].split("promises:")[0]
    entry = entry.replace("close-one", name).replace("£60k", booked).replace("LIB02", "LIB01")
    return PLAN.replace("promises:", entry + "promises:")


def test_savings_that_together_exceed_the_budget_are_told_once(tmp_path: Path) -> None:
    (fault,) = check(write(tmp_path, plan=second("£250k")) / "plan.yaml")
    assert "£310,000 a year booked on libraries by 2 measures" in fault.found


def test_two_measures_of_one_id_are_told(tmp_path: Path) -> None:
    (fault,) = check(write(tmp_path, plan=second("£10k", "close-one")) / "plan.yaml")
    assert fault.column == "measures 2, id"
    assert "Line 6" in fault.mend


def test_a_negative_saving_is_a_warning(tmp_path: Path) -> None:
    (warning,) = faults(tmp_path, "£60k", "-£60k")
    assert (warning.severity, warning.line) == ("warning", 14)


def test_a_phase_that_outlasts_the_calendar_is_a_warning(tmp_path: Path) -> None:
    (warning,) = faults(tmp_path, "phase: 2 quarters", "phase: 3 years")
    assert warning.severity == "warning"


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("{saving: £80k, by: 2029-30}", "2028-29"),
        ("{saving: £80k, by: Apr 2028}", "financial year"),
        ("{by: 2028-29}", "£4.2m"),
        ("{saving: -£80k}", "cannot be negative"),
    ],
)
def test_a_target_is_a_saving_by_a_whole_year(tmp_path: Path, target: str, message: str) -> None:
    (fault,) = faults(tmp_path, "{saving: £80k, by: 2028-29}", target)
    assert message in str(fault)


# promises


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("what: people_beyond", "what: people_beyonf", "Did you mean people_beyond?"),
        ("minutes: 20, ", "", "a number of minutes"),
        ("minutes: 20", "minuts: 20", "Did you mean minutes?"),
        ("minutes: 20", "minutes: soon", "a number of minutes"),
        ('is: "<="', "is: about", "at most"),
        ("value: 0", "value: none", "95% of baseline"),
        ("value: 0", "value: many of baseline", "95% of baseline"),
        ("when: end", "when: 2029-30", "a whole year of the calendar"),
        ("when: end", "when: later", "always"),
        ("{service: libraries,", "{service: librarys,", "Did you mean libraries?"),
        ("minutes: 20", "minutes: 20, venue: LIB9", "Did you mean LIB"),
        ("{service: libraries, what: people_beyond, minutes: 20", "{service: all, what: served", "Only money adds up"),
    ],
)
def test_a_promise_that_cannot_be_checked_is_told(tmp_path: Path, old: str, new: str, message: str) -> None:
    told = faults(tmp_path, old, new)
    assert any(message in str(f) and f.column.startswith("promises 1") for f in told), told


@pytest.mark.parametrize(
    ("written", "sign"),
    [
        ('"<="', "<="),
        ("at most", "<="),
        ("at least", ">="),
        ("no fewer than", ">="),
        ("under", "<"),
        ("more than", ">"),
    ],
)
def test_a_comparison_may_be_said_in_words(tmp_path: Path, written: str, sign: str) -> None:
    plan = plan_of(tmp_path, swap(PLAN, 'is: "<="', f"is: {written}"))
    assert plan.promises[0].comparison == sign


@pytest.mark.parametrize(
    ("written", "value", "relative"),
    [
        ("95% of baseline", 0.95, True),
        ("baseline", 1.0, True),
        ("0.9 of the baseline", 0.9, True),
        ("1,200", 1200, False),
    ],
)
def test_a_value_may_be_a_share_of_the_baseline(tmp_path: Path, written: str, value: float, relative: bool) -> None:
    (promise,) = plan_of(tmp_path, swap(PLAN, "value: 0", f'value: "{written}"')).promises
    assert (promise.value, promise.relative) == (pytest.approx(value), relative)


def test_money_may_be_promised_over_all_services(tmp_path: Path) -> None:
    check_ = "{service: all, what: saving, is: at least, value: £60k, when: 2028-29}"
    text = PLAN.split("    check:")[0] + f"    check: {check_}\n"
    (promise,) = plan_of(tmp_path, text).promises
    assert (promise.service, promise.value, promise.when) == ("all", 60_000, "2028-29")


def test_the_place_of_a_plan_must_be_there(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, "place: .", "place: nowhere")
    assert (fault.column, fault.found) == ("place", '"nowhere"')


BOMB = "measures: &a [x, x]\n" + "".join(f"k{i}: &b{i} [*a, *a, *a, *a, *a, *a, *a, *a]\n" for i in range(9))


def test_a_yaml_bomb_for_a_plan_is_one_fault(tmp_path: Path) -> None:
    (fault,) = check(write(tmp_path, plan=BOMB) / "plan.yaml")
    assert "anchors" in fault.expected


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(content=st.one_of(st.binary(max_size=200), st.text(max_size=100).map(lambda t: (PLAN + t).encode())))
def test_garbage_for_a_plan_gives_faults_and_nothing_else(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path, plan=content) / "plan.yaml"
    if any(f.severity == "error" for f in check(path)):
        with pytest.raises(Faults) as raised:
            read(path)
        assert list(raised.value.faults) == check(path)
    else:
        plan, warnings = read(path)
        assert isinstance(plan, Plan)
        assert warnings == check(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=80)
@given(
    line=st.integers(0, len(PLAN.splitlines()) - 1),
    junk=st.text(st.sampled_from("a1:-[]{},%£*&!#'\" \t>|"), max_size=12),
)
def test_a_plan_with_any_line_spoilt_gives_faults_or_a_plan(tmp_path: Path, line: int, junk: str) -> None:
    lines = PLAN.splitlines()
    lines[line] += junk
    path = write(tmp_path, plan="\n".join(lines)) / "plan.yaml"
    errors = [f for f in check(path) if f.severity == "error"]
    with suppress(Faults):
        read(path)
        assert errors == []


@pytest.mark.parametrize(
    ("lever", "change", "message"),
    [
        ("hours", "{scale: 9.5}", "hours of LIB02 at 171"),
        ("hours", "{add: -30}", "hours of LIB02 at -12"),
        ("unit_cost", "{add: -3}", "unit_cost at -2"),
        ("unit_cost", "{scale: 0.01}", "unit_cost at 0.01"),
    ],
)
def test_a_level_that_cannot_be_is_told_with_where_it_comes_from(
    tmp_path: Path, lever: str, change: str, message: str
) -> None:
    (fault,) = check(write(tmp_path, plan=changed_plan(lever, change)) / "plan.yaml")
    assert message in fault.found
    assert fault.severity == "error"


def changed_plan(lever: str, change: str) -> str:
    plan = swap(swap(PLAN, "lever: open", f"lever: {lever}"), "{set: 0}", change)
    return swap(plan, "    where: [LIB02]\n", "") if lever == "unit_cost" else plan


def test_a_measure_that_changes_nothing_is_a_warning(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, "{set: 0}", "{set: 1}")
    assert fault.severity == "warning"
    assert "already" in fault.found


def test_a_library_cannot_move_in_with_itself(tmp_path: Path) -> None:
    plan = swap(swap(PLAN, "lever: open", "lever: shared"), "{set: 0}", "{set: LIB02}")
    (fault,) = check(write(tmp_path, plan=plan) / "plan.yaml")
    assert (fault.found, fault.expected) == ('"LIB02"', "another than itself")


def test_evidence_is_asked_for_and_never_taken_for_granted(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, "    evidence: contract\n", "")
    assert (fault.severity, "close-one" in fault.found) == ("error", True)
    assert "contract, business_case or target" in fault.expected


def test_a_plan_is_said_back_with_what_stands_there_today(tmp_path: Path) -> None:
    hours = swap(swap(PLAN, "lever: open", "lever: hours"), "change: {set: 0}", "change: -20%")
    (line,) = examine(write(tmp_path, plan=hours) / "plan.yaml").as_read
    assert line == (
        "close-one: libraries, hours of LIB02: 18 hours a week to 14.4 hours a week, from Oct 2026 over 6 months; "
        "books £60k a year"
    )


@pytest.mark.parametrize(
    ("written", "change", "amount"),
    [("-20%", "scale", 0.8), ("+5%", "scale", 1.05), ("-4 hours/week", "add", -4.0), ("{scale: -20%}", "scale", 0.8)],
)
def test_a_signed_change_needs_no_brackets(tmp_path: Path, written: str, change: str, amount: float) -> None:
    text = swap(swap(PLAN, "lever: open", "lever: hours"), "change: {set: 0}", f"change: {written}")
    (m,) = plan_of(tmp_path, text).measures
    assert (m.change, m.amount) == (change, pytest.approx(amount))


def test_a_change_without_a_sign_is_asked_about(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, "change: {set: 0}", "change: 20%")
    assert "{set: 20%}" in fault.mend
    assert "-20%" in fault.mend


def test_ids_in_a_row_without_brackets_are_answered_with_brackets(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, "where: [LIB02]", "where: LIB01, LIB02")
    assert "[LIB01, LIB02]" in fault.mend


def doubts(folder: Path, *changes: tuple[str, str]) -> list[Fault]:
    text = PLAN
    for old, new in changes:
        text = swap(text, old, new)
    found = check(write(folder, plan=text) / "plan.yaml")
    assert all(f.severity == "warning" for f in found)
    return found


@pytest.mark.parametrize("written", ["20%", "0.2"])
def test_a_factor_that_is_the_size_of_the_cut_is_doubted(tmp_path: Path, written: str) -> None:
    (fault,) = doubts(tmp_path, ("lever: open", "lever: hours"), ("{set: 0}", f"{{scale: {written}}}"))
    assert "scale: -20%" in fault.mend


def test_pounds_for_thousands_are_doubted(tmp_path: Path) -> None:
    (fault,) = doubts(tmp_path, ("booked_saving: £60k", "booked_saving: 60"))
    assert "£60k" in fault.mend


def test_a_saving_beyond_what_the_thing_costs_is_doubted(tmp_path: Path) -> None:
    (fault,) = doubts(tmp_path, ("booked_saving: £60k", "booked_saving: £120k"))
    assert "£80k" in fault.expected


def test_hours_of_a_building_that_closes_are_doubted(tmp_path: Path) -> None:
    more = """    source: Cabinet paper 12
  - id: shorter
    service: libraries
    lever: hours
    where: [LIB02]
    change: {scale: -10%}
    start: Apr 2027
    booked_saving: £5k
    posts: 0
    evidence: target
"""
    (fault,) = doubts(tmp_path, ("    source: Cabinet paper 12\n", more))
    assert "which close-one closes" in fault.found


def test_a_plan_without_measures_has_no_verdict_and_check_says_so(tmp_path: Path) -> None:
    text = PLAN.split("measures:")[0] + "measures: []\n"
    (fault,) = check(write(tmp_path, plan=text) / "plan.yaml")
    assert "no verdict" in fault.mend


def test_blanks_and_warnings_go_with_the_place_into_every_result(tmp_path: Path) -> None:
    text = swap(swap(PLAN, "    posts: 2\n", ""), "booked_saving: £60k", "booked_saving: 60")
    plan = plan_of(tmp_path, text)
    assert any(n.startswith("Blank: posts is left out of all measures (close-one)") for n in plan.place.notes)
    assert any(n.startswith("Warning: plan.yaml") for n in plan.place.notes)
    assert examine(tmp_path / "plan.yaml").taken


@pytest.mark.parametrize("severity", ["error", "warning"])
def test_what_a_service_finds_wrong_with_a_plan_is_told_at_its_measure(tmp_path: Path, monkeypatch, severity) -> None:
    seen = []

    def plan_problems(self, place, instance, measures) -> list[PlanProblem]:
        seen.append((instance.name, [m.id for m in measures]))
        return [PlanProblem("close-one", "a closure", "a plan that closes nothing", "Keep it.", severity)]

    monkeypatch.setattr(StandIn, "plan_problems", plan_problems, raising=False)
    (fault,) = check(write(tmp_path) / "plan.yaml")
    assert seen == [("libraries", ["close-one"])]
    assert (fault.severity, fault.column, fault.line) == (severity, "measures 1, change", 11)
    assert (fault.found, fault.expected, fault.mend) == ("a closure", "a plan that closes nothing", "Keep it.")
