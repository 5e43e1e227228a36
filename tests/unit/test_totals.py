"""Totals of a run: what an appraisal needs of the cube."""

from dataclasses import replace

import numpy as np
import pytest

from withless.outcomes import MONEY, PAYERS, PEOPLE, Outcomes, repeated
from withless.totals import totals

N, Q, GROUPS = 3, 8, 30
YEAR = slice(4, 8)


def cube(seed: int = 1, strata: int = 2, groups: int = GROUPS, **more: object) -> Outcomes:
    rng = np.random.default_rng(seed)
    return Outcomes(
        strata=tuple("abcdefgh"[:strata]),
        people={name: rng.random((strata, N, Q, groups)) for name in PEOPLE},
        money={name: rng.random((strata, N, Q)) for name in MONEY},
        moved={name: rng.random((N, Q, groups)) for name in PAYERS},
        **more,  # type: ignore[arg-type]
    )


def test_totals_are_plain_sums() -> None:
    o = cube()
    t = totals(o, YEAR)
    for name in PEOPLE:
        assert t.all(name) == pytest.approx(o.counts(name).sum(axis=(0, 3)))
    for name in MONEY:
        assert t.all(name) == pytest.approx(o.pounds(name).sum(axis=0))
    for payer in PAYERS:
        assert t.overall[f"moved_{payer}"] == pytest.approx(o.moved_to(payer).sum(axis=2))


def test_groups_add_up_to_the_whole_at_standard_costs() -> None:
    o = cube()
    t = totals(o, YEAR)
    c0 = o.pounds("gross_cost")[:, :, YEAR].sum(axis=2) / o.counts("served")[:, :, YEAR].sum(axis=(2, 3))
    assert t.c0 == pytest.approx(c0)
    for name, quantity in (("reach", "served"), ("output", "quality")):
        people = o.counts(quantity) + (o.counts("spared") if name == "output" else 0.0)
        expected = (c0[:, :, None] * people[:, :, YEAR].sum(axis=3)).sum(axis=0)
        assert t.by_group[name].sum(axis=2) == pytest.approx(expected)
    gross = o.pounds("gross_cost")[:, :, YEAR].sum(axis=(0, 2))
    assert t.by_group["reach"].sum(axis=(1, 2)) == pytest.approx(gross)


def test_a_plan_is_valued_at_the_standard_costs_of_the_baseline() -> None:
    before, after = totals(cube(1), YEAR), cube(2)
    found = totals(after, YEAR, "", before.c0)
    assert np.array_equal(found.c0, before.c0)
    expected = np.einsum("kd,kdqg->dqg", before.c0, after.counts("served")[:, :, YEAR])
    assert found.by_group["reach"] == pytest.approx(expected)


def test_nobody_served_costs_nothing_a_head() -> None:
    people = {name: np.zeros((1, N, Q, GROUPS)) for name in ("served", "quality")}
    t = totals(Outcomes(("a",), people, {"gross_cost": np.ones((1, N, Q))}), YEAR)
    assert (t.c0 == 0).all()
    assert (t.by_group["reach"] == 0).all()


def test_what_is_moved_to_the_body_that_pays_is_its_own_cost_and_stands_beside_no_more() -> None:
    o = cube()
    t = totals(o, YEAR, "nhs")
    assert (t.overall["moved_nhs"] == 0).all()
    assert t.overall["own_cost"] == pytest.approx(o.moved_to("nhs").sum(axis=2))
    assert t.all("gross_cost") == pytest.approx(o.pounds("gross_cost").sum(axis=0) + o.moved_to("nhs").sum(axis=2))
    others = [o.moved_to(payer)[:, YEAR] for payer in PAYERS if payer != "nhs"]
    assert t.by_group["moved"] == pytest.approx(np.sum(others, axis=0))
    assert totals(o, YEAR, "council").overall["moved_nhs"] == pytest.approx(o.moved_to("nhs").sum(axis=2))


def test_a_spread_over_groups_gives_what_the_whole_cube_gives() -> None:
    rng = np.random.default_rng(9)
    spread = rng.random((N, GROUPS))
    spread /= spread.sum(axis=1, keepdims=True)
    short = cube(groups=1, spread=spread)
    whole = Outcomes(
        short.strata,
        {q: short.counts(q) for q in PEOPLE},
        short.money,
        {payer: short.moved_to(payer) for payer in PAYERS},
    )
    assert whole.people["need"].shape[-1] == GROUPS
    a, b = totals(short, YEAR), totals(whole, YEAR)
    for part in ("by_stratum", "overall"):
        for name, array in getattr(b, part).items():
            assert getattr(a, part)[name] == pytest.approx(array), (part, name)
    for name, array in b.of_groups().items():
        assert a.of_groups()[name] == pytest.approx(array), name


def test_a_spread_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="spread"):
        cube(groups=GROUPS, spread=np.full((N, GROUPS), 1 / GROUPS))
    with pytest.raises(ValueError, match="spread"):
        cube(groups=1, spread=np.full((N + 1, GROUPS), 1 / GROUPS))


def test_what_is_left_out_is_nil_and_what_nobody_knows_is_refused() -> None:
    o = Outcomes(("a",), {"served": np.ones((1, N, Q, GROUPS))}, {})
    assert not o.counts("need").any()
    assert not o.pounds("income").any()
    assert not o.moved_to("nhs").any()
    t = totals(
        replace(o, people=dict(o.people, quality=o.people["served"]), money={"gross_cost": np.ones((1, N, Q))}), YEAR
    )
    assert not t.by_group["need"].any()
    assert not t.overall["moved_users"].any()
    with pytest.raises(ValueError, match="happiness"):
        replace(o, people=dict(o.people, happiness=o.people["served"]))
    with pytest.raises(ValueError, match="shape"):
        replace(o, money={"gross_cost": np.ones((1, N, Q + 1))})
    with pytest.raises(ValueError, match="not finite"):
        replace(o, money={"gross_cost": np.full((1, N, Q), np.nan)})


def test_totals_of_a_quarter_that_repeats_are_those_of_every_quarter_written_out() -> None:
    rng = np.random.default_rng(8)
    one = Outcomes(
        strata=("a", "b"),
        people={name: rng.random((2, N, 1, GROUPS)) for name in PEOPLE},
        money={name: rng.random((2, N, 1)) for name in MONEY},
        moved={name: rng.random((N, 1, GROUPS)) for name in PAYERS},
        area_sum={"users": rng.random((1, 5))},
        series={"users": rng.random((N, 1, 4)), "list": rng.random((N, 1))},
    )
    views = repeated(one, Q)
    parts = ("people", "money", "moved", "area_sum", "series")
    written = replace(views, **{p: {k: v.copy() for k, v in getattr(views, p).items()} for p in parts})
    short, whole = totals(views, YEAR), totals(written, YEAR)
    for part in ("by_stratum", "overall", "series", "by_group", "by_unit", "by_area"):
        for name, array in getattr(whole, part).items():
            assert getattr(short, part)[name].shape == array.shape, (part, name)
            assert getattr(short, part)[name] == pytest.approx(array), (part, name)
    assert short.c0 == pytest.approx(whole.c0)
    assert short.by_group["need"].strides[1] == 0
