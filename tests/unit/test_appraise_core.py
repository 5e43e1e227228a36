"""The core on a service worked by hand: what is carried out is what is simulated, promised, paid once and judged."""

from dataclasses import replace

import numpy as np
import pytest

from tests.shops import Shops, install, shop_place
from withless.api import Study, appraise
from withless.appraise import Appraisal
from withless.appraise.gather import pounds_of
from withless.outcomes import PAYERS
from withless.place import Place
from withless.plan import Measure, Plan
from withless.report.trace import as_text as walk
from withless.verdict import RULE

SURE = {
    **{
        f"delivery.share.{t}": {"value": 0.999999, "source": "the test"}
        for t in ("contract", "business_case", "target")
    },
    **{f"delivery.lag.{t}": {"value": 0.0, "source": "the test"} for t in ("contract", "business_case", "target")},
    "delivery.capacity": {"value": 1.0, "source": "the test"},
}


@pytest.fixture(autouse=True)
def _shops(monkeypatch: pytest.MonkeyPatch):
    install(monkeypatch, Shops())


def shut(*where: str, name: str = "m", **more: object) -> Measure:
    fields = {"start": 0.0, "evidence": "business_case", **more}
    return Measure(name, name, "shops", "open", where, "set", 0.0, **fields)  # type: ignore[arg-type]


def run(*measures: Measure, place: Place | None = None, draws: int = 256, **more: object) -> Appraisal:
    return appraise(Plan("", place or shop_place(), measures, **more), draws=draws)  # type: ignore[arg-type]


def place_sure(**more: object) -> Place:
    return shop_place(overrides=SURE, **more)


def test_a_trifling_contract_booked_high_brings_no_closure_about() -> None:
    closures = shut("S1", "S2", evidence="target")
    trifle = Measure("t", "", "shops", "hours", ("S9",), "scale", 0.999999, 0.0, evidence="contract", booked_saving=1e6)
    alone, beside = run(closures), run(closures, trifle)
    a, b = (x.service("shops").yearly["served1"][:, -1] for x in (alone, beside))
    assert np.allclose(a, b, rtol=1e-5)


def test_a_late_measure_does_not_hold_back_an_early_one() -> None:
    early, late = shut("S1"), shut("S2", name="late", start=7.0)
    alone, both = run(early), run(early, late)
    first = slice(0, 1)
    for name in ("served1", "gross_cost1", "one_off"):
        a, b = (x.service("shops").yearly[name][:, first] for x in (alone, both))
        assert np.allclose(a, b), name


def test_one_off_costs_are_paid_in_full_for_what_really_shuts() -> None:
    result = run(shut("S1", "S2", evidence="target"), place=shop_place(quarters=20))
    service = result.service("shops")
    closed = 10 - service.yearly["served1"][:, -1] / 1000
    assert set(np.round(closed, 6)) <= {0.0, 1.0, 2.0}
    assert service.yearly["one_off"].sum(axis=1) == pytest.approx(0.1 * 100_000 * closed)


def test_a_measure_split_in_ten_has_nearly_the_same_range() -> None:
    ids = [f"S{i}" for i in range(1, 11)]
    cut = [Measure(f"m{u}", "", "shops", "hours", (u,), "scale", 0.5, 0.0, evidence="target") for u in ids]
    whole = replace(cut[0], where=tuple(ids))
    one, ten = (run(*m, draws=1024).total("saving")[:, -1] for m in ([whole], cut))
    assert ten.mean() == pytest.approx(one.mean(), rel=0.02)
    assert 0.8 * one.std() < ten.std() < 1.05 * one.std()


def test_what_is_booked_changes_no_outcome() -> None:
    quiet, loud = (run(shut("S1", booked_saving=b, evidence="target")) for b in (np.nan, 5e6))
    for name in ("saving", "fewer", "one_off"):
        assert np.array_equal(quiet.service("shops").yearly[name], loud.service("shops").yearly[name])


def test_changing_more_than_a_body_can_carry_makes_it_late() -> None:
    all_at_once = run(*(shut(f"S{i}", name=f"m{i}") for i in range(1, 11)))
    one = run(shut("S1", name="m1"))
    first = (all_at_once.service("shops").yearly["served1"][:, 0], one.service("shops").yearly["served1"][:, 0])
    assert (first[0] / 10_000).mean() > (first[1] - 9000).mean() / 1000 + 0.2


def test_the_tolerance_is_a_share_of_what_changes() -> None:
    whole = run(shut("S1"), place=place_sure(shops=400)).service("shops")
    assert whole.yearly["stake"][:, -1] == pytest.approx(100_000)
    assert whole.verdict.word == "less"


def test_a_trifle_everywhere_does_not_widen_what_one_closure_is_held_against() -> None:
    place = place_sure(shops=400)
    trifle = Measure("t", "", "shops", "hours", tuple(f"S{i}" for i in range(2, 401)), "scale", 0.9999, 0.0)
    alone, beside = run(shut("S1"), place=place), run(shut("S1"), trifle, place=place)
    assert beside.service("shops").yearly["stake"][:, -1] == pytest.approx(100_000)
    assert alone.verdict.word == beside.verdict.word == "less"


def test_a_pound_elsewhere_changes_no_word() -> None:
    place = place_sure(names=("shops", "other"))
    closes = shut("S1", "S2")
    pound = Measure("p", "", "other", "hours", ("S1",), "scale", 1 - 1e-5, 0.0)
    alone, beside = run(closes, place=place), run(closes, pound, place=place)
    assert alone.verdict.headline == beside.verdict.headline == "Less with less, in shops"
    assert alone.verdict.pence == beside.verdict.pence


def test_a_set_to_what_is_there_touches_nothing() -> None:
    same = replace(shut("S1"), amount=1.0)
    result = run(same, place=place_sure())
    assert result.verdict.changes == 0
    assert not result.total("saving").any()
    assert result.verdict.probability["same"] == 1
    assert result.verdict.headline.startswith("No verdict: the plan changes nothing worth the name by 20")


def test_a_longer_wait_makes_it_less_whatever_the_money_says(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Shops(wait_rises=True))
    trim = Measure("t", "", "shops", "hours", ("S1",), "scale", 0.5, 0.0)
    assert run(trim, place=place_sure()).verdict.word == "less"
    more = replace(trim, amount=1.5)
    assert run(more, place=place_sure()).verdict.word != "less"


def test_fates_say_in_how_many_runs_they_come_about() -> None:
    s = run(shut("S1", evidence="target")).service("shops")
    share = (s.yearly["served1"][:, -1] < s.yearly["served0"][:, -1]).mean()
    assert s.fates["S1"] == "shuts"
    assert s.as_written == {"S1": pytest.approx(share)}
    assert 0.3 < s.as_written["S1"] < 0.9


def test_the_most_influential_assumptions_are_ones_that_the_plan_uses() -> None:
    result = run(shut("S1", evidence="target"), draws=1024)
    assert "delivery.share.target" in result.influence
    assert not any(name.startswith("efficiency") or "contract" in name for name in result.influence)


def test_the_nearest_way_to_be_wrong_is_a_value_within_a_range_that_the_plan_rests_on() -> None:
    result = run(shut("S1", "S2", "S3", evidence="target"), draws=1024)
    assert result.nearest is not None
    assert result.nearest.word <= result.verdict.probability[result.verdict.word]
    sure = run(shut("S1"), place=place_sure())
    assert sure.nearest is None or not sure.nearest.changes


def test_a_booking_that_is_a_lie_saves_nothing_and_takes_nothing_away() -> None:
    lie = replace(shut("S1"), amount=1.0, booked_saving=5e6)
    result = run(lie, place=place_sure())
    assert result.total("booked")[:, -1] == pytest.approx(5e6)
    assert result.verdict.changes == 0
    assert result.verdict.pence is None


def test_where_nobody_is_served_shutting_harms_nobody_and_saves_the_cost() -> None:
    result = run(shut("S1"), place=place_sure(people=0.0))
    assert result.verdict.headline == "Same with less"
    assert result.total("saving")[:, -1] == pytest.approx(100_000)


def test_a_service_of_no_cost_that_goes_is_less() -> None:
    assert run(shut("S1"), place=place_sure(cost=0.0)).verdict.word == "less"


def test_all_shut_is_less_and_every_pound_of_it_is_service() -> None:
    result = run(shut(*(f"S{i}" for i in range(1, 11))), place=place_sure())
    assert result.verdict.headline == "Less with less, in shops"
    assert result.verdict.pence is not None
    assert result.verdict.pence["mean"] == pytest.approx(100, abs=1)


def test_a_measure_that_is_undone_by_another_changes_nothing_in_the_end() -> None:
    back = replace(shut("S1", name="back"), amount=1.0, start=1.0)
    result = run(shut("S1"), back, place=place_sure())
    assert result.verdict.changes == 0


def test_two_measures_that_undo_each_other_on_paper_may_not_in_practice() -> None:
    down = Measure("down", "", "shops", "hours", ("S1",), "scale", 0.5, 0.0, evidence="contract")
    up = replace(down, id="up", amount=2.0, evidence="target")
    result = run(down, up)
    assert result.service("shops").yearly["stake"][:, -1] == pytest.approx(100_000)
    assert (np.abs(result.total("saving")[:, -1]) > 1000).any()


def test_a_plan_without_measures_changes_nothing() -> None:
    assert run(place=place_sure()).verdict.changes == 0


def test_a_trace_adds_up_to_what_the_plan_does_where_it_is_the_only_measure() -> None:
    plan = Plan("", shop_place(), (shut("S1", evidence="target"),))
    study = Study(plan.place, draws=64)
    t, whole = study.trace(plan, "m"), study.appraise(plan)
    for name in ("saving", "fewer", "lower", "left", "gained", "stake", "one_off"):
        assert np.allclose(t.yearly[name], whole.service("shops").yearly[name]), name
    low, middle, high = t.typical
    share = t.carried.share.mean(axis=1)
    assert share[low] <= share[middle] <= share[high]
    with pytest.raises(KeyError, match="there are m"):
        study.trace(plan, "x")


def test_a_trace_can_be_followed_by_hand() -> None:
    plan = Plan("", shop_place(), (shut("S1", evidence="target"),))
    text = walk(Study(plan.place).trace(plan, "m"))
    assert all(len(line) <= 80 for line in text.splitlines())
    for step in "1234567":
        assert f"\n{step}. " in f"\n{text}"
    assert "saving S" in text


def year_of(**values: float) -> dict[str, np.ndarray]:
    """A year in one draw, in which nothing changes but what is given."""
    names = ("fewer", "lower", "saving", "charged", *(f"moved_{p}" for p in PAYERS), "spared1")
    same = dict.fromkeys(names, 0.0) | {"c0": 100.0, "stake": 100.0}
    same |= {f"{name}{side}": 100.0 for name in ("served", "quality", "main") for side in "01"}
    return {name: np.array([[v]]) for name, v in (same | values).items()}


@pytest.mark.parametrize("side", [-1, 1])
def test_waits_reach_and_outcomes_count_from_their_thresholds(side: int) -> None:
    just = side * 1e-6
    assert pounds_of(year_of(wait0=10.0, wait1=10 * (1 + RULE.wait) + just), 0).longer.all() == (side > 0)
    least = 100 * (1 - RULE.fall) - just
    assert pounds_of(year_of(served1=least, main1=least), 0).fell.all() == (side > 0)
    assert not pounds_of(year_of(served1=least), 0).fell.any()
    assert not pounds_of(year_of(main1=least), 0).fell.any()
    least = 100 * (1 - RULE.reach) - just
    assert pounds_of(year_of(quality1=least, stake=0.0), 0).lost.all() == (side > 0)
    assert not pounds_of(year_of(quality1=least), 0).lost.any()


def test_people_who_no_longer_need_it_are_no_fall() -> None:
    assert not pounds_of(year_of(served1=50.0, main1=50.0, spared1=50.0), 0).fell.any()


def test_a_wait_where_there_was_none_is_longer_and_one_that_is_gone_is_not() -> None:
    assert pounds_of(year_of(wait0=np.nan, wait1=3.0), 0).longer.all()
    assert not pounds_of(year_of(wait0=3.0, wait1=np.nan), 0).longer.any()
    assert not pounds_of(year_of(wait0=np.nan, wait1=np.nan), 0).longer.any()
