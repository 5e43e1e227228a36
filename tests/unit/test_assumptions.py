"""Assumptions: nothing without a unit, a range and a source."""

from pathlib import Path

import numpy as np
import pytest

from withless.assumptions import Assumption, AssumptionError, Component, Joint, Register, Source
from withless.delivery import REGISTER
from withless.service import discover

GOOD = """
[a.b]
meaning = "m"
unit = "share"
low = 0.1
high = 0.5
source = { title = "t", kind = "judged" }
"""
SOURCE = Source("t", "judged")


def load(tmp_path: Path, text: str) -> Register:
    path = tmp_path / "register.toml"
    path.write_text(text)
    return Register.load(path)


def test_loading_fails_without_unit_range_or_source(tmp_path: Path) -> None:
    assert load(tmp_path, GOOD).items["a.b"].high == 0.5
    for line in ('unit = "share"', "low = 0.1", 'source = { title = "t", kind = "judged" }', 'meaning = "m"'):
        with pytest.raises(AssumptionError, match="lacks"):
            load(tmp_path, GOOD.replace(line + "\n", ""))


def test_everything_wrong_in_a_register_is_listed_at_once(tmp_path: Path) -> None:
    bad = GOOD.replace('"share"', '"parsecs"') + GOOD.replace("a.b", "a.c").replace("0.5", "0.01")
    with pytest.raises(AssumptionError) as e:
        load(tmp_path, bad)
    assert "parsecs" in str(e.value)
    assert "a.c" in str(e.value)


def test_quantiles_keep_to_their_range() -> None:
    u = np.linspace(0.001, 0.999, 999)
    for kind in ("uniform", "loguniform", "triangular"):
        a = Assumption("x", "m", "share", kind, 0.1, 0.5, SOURCE, mode=0.2)
        v = a.quantile(u)
        assert v.min() >= 0.1
        assert v.max() <= 0.5
        assert (np.diff(v) > 0).all()
    triangle = Assumption("x", "m", "share", "triangular", 0.1, 0.5, SOURCE, mode=0.2).quantile(u)
    assert triangle.mean() == pytest.approx((0.1 + 0.2 + 0.5) / 3, abs=2e-3)


def test_low_and_high_of_a_normal_are_its_5th_and_95th_percentiles() -> None:
    for kind in ("normal", "lognormal"):
        a = Assumption("x", "m", "ratio", kind, 2.0, 8.0, SOURCE)
        assert a.quantile(np.array([0.05, 0.95])) == pytest.approx([2.0, 8.0], rel=1e-9)


def test_a_place_may_replace_a_number_and_is_named_as_its_origin() -> None:
    changed = REGISTER.override({"delivery.spread": {"low": 5.0, "high": 6.0, "source": "county survey"}}, "place")
    assert changed.items["delivery.spread"].origin == "place"
    draws = changed.draw(1, 0)["delivery.spread"]
    assert draws.min() >= 5
    assert draws.max() <= 6


def test_an_override_needs_a_known_name_a_range_and_a_source() -> None:
    with pytest.raises(AssumptionError, match=r"did you mean delivery\.spread"):
        REGISTER.override({"delivery.spred": {"low": 1, "high": 2, "source": "s"}}, "plan")
    with pytest.raises(AssumptionError, match="give a source"):
        REGISTER.override({"delivery.spread": {"low": 1, "high": 2}}, "plan")
    with pytest.raises(AssumptionError, match="low and high"):
        REGISTER.override({"delivery.spread": {"low": 1, "source": "s"}}, "plan")


def test_a_narrower_name_serves_one_type_or_instance_only() -> None:
    register = REGISTER.override({"delivery.spread.museum": {"value": 9.0, "source": "s"}}, "place")
    draws = register.draw(1, 0)
    assert (draws.of("delivery.spread", "museum") == 9).all()
    assert (draws.of("delivery.spread", "library") != 9).all()


def test_replacing_one_number_leaves_the_draws_of_all_others() -> None:
    before = REGISTER.draw(1, 0)
    after = REGISTER.override({"delivery.spread": {"value": 9.0, "source": "s"}}, "plan").draw(1, 0)
    for name in REGISTER.items:
        assert name == "delivery.spread" or np.array_equal(before[name], after[name])


def test_two_registers_may_not_share_a_name() -> None:
    with pytest.raises(AssumptionError, match="declared twice"):
        Register.merge([REGISTER, REGISTER])


def plain(*names: str) -> Register:
    """A register of plain numbers for estimates to be laid over."""
    return Register({n: Assumption(n, "a number", "ratio", "uniform", 0, 1, SOURCE) for n in names})


def test_joint_estimates_keep_their_means_spread_and_correlation() -> None:
    covariance = ((0.04, 0.018), (0.018, 0.01))
    joint = Joint("fit", ("p", "q"), ("identity", "identity"), (Component(1.0, (1.0, 2.0), covariance),), SOURCE)
    register = plain("p", "q").with_joint(joint)
    blocks = [register.draw(3, k) for k in range(32)]
    drawn = np.array([np.concatenate([b[n] for b in blocks]) for n in ("p", "q")])
    assert drawn.mean(axis=1) == pytest.approx([1.0, 2.0], abs=0.01)
    assert np.cov(drawn) == pytest.approx(np.array(covariance), rel=0.1)


def test_a_mixture_draws_its_components_by_weight() -> None:
    parts = (Component(0.25, (0.0,), ((0.0,),)), Component(0.75, (1.0,), ((0.0,),)))
    register = plain("p").with_joint(Joint("fit", ("p",), ("identity",), parts, SOURCE))
    assert register.draw(1, 0)["p"].mean() == pytest.approx(0.75, abs=1 / 64)


def test_a_joint_estimate_is_the_same_to_the_last_bit_however_many_blocks_are_drawn_at_once() -> None:
    names = tuple("abcdef")
    rng = np.random.default_rng(5)
    square = rng.normal(size=(6, 6))
    covariance = tuple(map(tuple, square @ square.T))
    parts = tuple(Component(w, (m,) * 6, covariance) for w, m in ((0.98, 0.0), (0.02, 3.0)))  # the second is rare
    register = plain(*names).with_joint(Joint("fit", names, ("identity",) * 6, parts, SOURCE))
    for seed in range(20):
        together, apart = register.draw(seed, 0, 2), [register.draw(seed, k) for k in (0, 1)]
        for name in names:
            assert np.array_equal(together[name], np.concatenate([d[name] for d in apart])), (seed, name)


def test_logit_and_log_scales_come_back_as_shares_and_positive_numbers() -> None:
    parts = (Component(1.0, (0.0, 0.0), ((1.0, 0.0), (0.0, 1.0))),)
    draws = plain("s", "x").with_joint(Joint("f", ("s", "x"), ("logit", "log"), parts, SOURCE)).draw(1, 0)
    assert 0 < draws["s"].min() < draws["s"].max() < 1
    assert draws["x"].min() > 0


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("delivery.share.business_case", -1, 3),
        ("delivery.spread", 0, 0),
        ("efficiency.real.target", 0.5, 2),
        ("money.discount_rate", -1, -1),
    ],
)
def test_an_override_beyond_what_a_number_can_be_is_refused(name: str, low: float, high: float) -> None:
    with pytest.raises(AssumptionError, match="all that it can be"):
        REGISTER.override({name: {"low": low, "high": high, "source": "s"}}, "plan")


@pytest.mark.parametrize(
    ("name", "low", "high"), [("venues.lam", 0, 0), ("venues.lam", 0.5, 9), ("venues.detour", 0.1, 0.5)]
)
def test_a_service_sets_limits_of_its_own(name: str, low: float, high: float) -> None:
    with pytest.raises(AssumptionError, match="all that it can be"):
        discover()["venues"].assumptions.override({name: {"low": low, "high": high, "source": "s"}}, "plan")
