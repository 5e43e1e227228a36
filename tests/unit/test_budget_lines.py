"""Budget lines: what a cut really saves and does, what brings money in, and what is wrong with a table of lines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from places import draws_for, tiny_place
from portfolios import table

from withless.api import appraise
from withless.place import Instance, Place
from withless.plan import Measure, Plan, Settings, settings
from withless.report.content import content
from withless.report.html import render as html
from withless.report.terminal import summary
from withless.service import get

SERVICE = get("budget")
FIXED = {
    f"budget.{k}": {"value": v, "source": "a test"}
    for k, v in {"fixed_share": 0.2, "elasticity": 1.0, "quality_share": 0.5, "doubt": 0.0, "income_lost": 0.0}.items()
} | {"budget.collected": {"value": 0.96, "source": "a test"}}


def council(fixed: bool = True, **columns: list[object]) -> Place:
    """A place whose only service is a budget of three lines: two that spend, one that brings in."""
    lines = {
        "id": ["ROADS", "LAW", "TAX", "RESERVES"],
        "name": ["Roads", "Law", "Council tax", "Reserves"],
        "kind": ["service", "service", "council_tax", "reserves"],
        "net": [800_000.0, 100_000.0, -900_000.0, -50_000.0],
        "income": [200_000.0, 0.0, 900_000.0, 50_000.0],
        "fixed_share": [0.5, np.nan, np.nan, np.nan],
    } | columns
    instance = Instance("other", "budget", "Other services", "council", np.nan, {"lines": table("lines", **lines)})
    return replace(tiny_place(quarters=12), instances={"other": instance}, overrides=FIXED if fixed else {})


def lay(place: Place, *moves: tuple[str, str, float]) -> Settings:
    """Settings with levers of lines set from the start."""
    instance = place.instances["other"]
    units = {lever.name: SERVICE.units(place, instance, lever.name) for lever in SERVICE.levers}
    measures = [Measure(u, "", "other", lever, (u,), "set", v, start=0.0) for lever, u, v in moves]
    return settings(SERVICE.levers, units, SERVICE.baseline(place, instance), measures, place.calendar.quarters)


def asked(place: Place, what: str, *moves: tuple[str, str, float], **arguments: str) -> float:
    """A quantity at the end."""
    found = SERVICE.quantity(place, place.instances["other"], lay(place, *moves), draws_for(place), what, arguments)
    return float(found[:, -1].mean())


def net_cost(place: Place, *moves: tuple[str, str, float]) -> float:
    """Pounds a year by the end."""
    run = SERVICE.simulate(place, place.instances["other"], lay(place, *moves), draws_for(place))
    return float(4 * (run.pounds("gross_cost") - run.pounds("income"))[0, :, -1].mean())


def test_a_tenth_off_a_line_half_of_whose_cost_is_fixed_does_a_fifth_less() -> None:
    place = council()
    # a tenth of the gross million is a fifth of the half that can change
    assert asked(place, "output_of", ("net", "ROADS", 700_000.0), line="ROADS") == pytest.approx(0.8)
    assert net_cost(place) - net_cost(place, ("net", "ROADS", 700_000.0)) == pytest.approx(100_000.0)


def test_what_is_done_worse_and_what_is_done_less_make_up_what_is_lost() -> None:
    place = council()
    run = SERVICE.simulate(place, place.instances["other"], lay(place, ("net", "ROADS", 700_000.0)), draws_for(place))
    served, need, quality = (run.counts(k)[0, 0, -1].sum() for k in ("served", "need", "quality"))
    roads = 1_000_000 / 1_100_000
    assert served / need == pytest.approx(1 - roads * (1 - 0.8**0.5))
    assert quality / need == pytest.approx(1 - roads * (1 - 0.8))


def test_money_below_the_fixed_part_is_not_saved() -> None:
    place = council()
    assert net_cost(place) - net_cost(place, ("net", "ROADS", -100_000.0)) == pytest.approx(500_000.0)
    assert asked(place, "output_of", ("net", "ROADS", -100_000.0), line="ROADS") == 0.0


def money(place: Place, name: str, *moves: tuple[str, str, float]) -> float:
    """Pounds a year by the end."""
    run = SERVICE.simulate(place, place.instances["other"], lay(place, *moves), draws_for(place))
    return float(4 * run.pounds(name)[0, :, -1].mean())


def test_a_rise_in_council_tax_is_raised_and_not_saved_and_not_all_collected() -> None:
    place = council()
    assert net_cost(place, ("income", "TAX", 950_000.0)) == net_cost(place)
    assert money(place, "raised") == pytest.approx(900_000)
    assert money(place, "raised", ("income", "TAX", 950_000.0)) == pytest.approx(900_000 + 0.96 * 50_000)
    assert money(place, "raised", ("income", "TAX", 850_000.0)) == pytest.approx(850_000)
    rise = Measure("tax", "", "other", "income", ("TAX",), "set", 950_000.0, start=0.0, evidence="contract")
    found = appraise(Plan("", place, (rise,)), draws=64).service("other").yearly
    assert all(not found[k].any() for k in ("saving", "charged", "fewer", "lower", "better", "drawn"))
    assert (found["raised"][:, -1] > 0).all()
    assert (found["raised"][:, -1] <= 0.96 * 50_000 * (1 + 1e-9)).all()


def test_a_tax_rise_does_not_dilute_what_a_cut_beside_it_takes_away() -> None:
    place = council()
    cut = Measure("cut", "", "other", "net", ("ROADS",), "scale", 0.9, start=0.0, evidence="contract")
    rise = Measure("tax", "", "other", "income", ("TAX",), "scale", 1.05, start=0.0, evidence="contract")
    alone, both = (appraise(Plan("", place, ms), draws=64).service("other").yearly for ms in ((cut,), (cut, rise)))
    assert both["raised"][:, -1].mean() > 30_000
    for name in ("saving", "fewer", "lower", "stake"):
        assert np.array_equal(alone[name], both[name]), name


def test_drawing_on_reserves_is_drawn_and_neither_saved_nor_a_one_off_gain() -> None:
    place, more = council(), ("income", "RESERVES", 80_000.0)
    assert net_cost(place, more) == net_cost(place)
    assert money(place, "drawn") == pytest.approx(50_000)
    assert money(place, "drawn", more) == pytest.approx(80_000)
    assert money(place, "one_off", more) == 0.0


def test_what_is_spent_less_all_that_comes_in_is_the_net_of_the_lines() -> None:
    place = council()
    net = sum(float(v) for v in place.instances["other"].tables["lines"].numbers("net"))
    assert money(place, "gross_cost") - sum(money(place, k) for k in ("income", "raised", "drawn")) == pytest.approx(
        net
    )


def test_a_report_says_that_tax_is_raised_and_reserves_are_drawn() -> None:
    place = council()
    rise = Measure("tax", "Raise tax", "other", "income", ("TAX",), "set", 950_000.0, start=0.0, evidence="contract")
    more = Measure("more", "Draw more", "other", "income", ("RESERVES",), "add", 30_000.0, start=0.0)
    said = " ".join(summary(content(appraise(Plan("Money in", place, (rise, more)), draws=64))).split())
    assert "it is raised, not saved" in said
    assert "it is drawn, not saved" in said
    assert "Really saved £0" in said


def test_each_draw_follows_its_own_settings_to_the_last_digits() -> None:
    place = council(fixed=False)
    instance, draws = place.instances["other"], draws_for(place)
    whole = lay(place, ("net", "ROADS", 700_000.0), ("income", "ROADS", 250_000.0), ("income", "TAX", 950_000.0))
    today, share = lay(place), np.linspace(0, 1, 64)[:, None, None]
    mixed = {k: today[k] + share * (v - today[k]) for k, v in whole.values.items()}
    found = SERVICE.simulate(place, instance, Settings(whole.units, mixed), draws)
    for d in (0, 17, 63):
        alone = SERVICE.simulate(
            place, instance, Settings(whole.units, {k: v[d : d + 1].copy() for k, v in mixed.items()}), draws
        )
        for part in ("people", "money"):
            for name, values in getattr(alone, part).items():
                assert np.allclose(getattr(found, part)[name][:, d], values[:, d], rtol=1e-9), (name, d)


@pytest.mark.parametrize("net", [0.0, -200_000.0, -1e9])
def test_a_line_cut_to_nothing_or_below_does_nothing_and_still_costs_what_cannot_be_cut(net: float) -> None:
    place = council()
    run = SERVICE.simulate(place, place.instances["other"], lay(place, ("net", "LAW", net)), draws_for(place))
    assert money(place, "gross_cost", ("net", "LAW", net)) == pytest.approx(1_000_000 + 20_000)
    assert all(np.isfinite(v).all() for v in run.money.values())
    assert asked(place, "output_of", ("net", "LAW", net), line="LAW") == 0.0


def test_a_pound_off_a_line_is_judged_by_that_line_alone() -> None:
    place = council()
    instance, draws = place.instances["other"], draws_for(place)
    of = SERVICE.stake(place, instance, draws, {"net": frozenset({"LAW"}), "income": frozenset({"LAW", "TAX"})})
    assert of == pytest.approx(np.full(64, 100_000.0))
    assert not SERVICE.stake(place, instance, draws, {"income": frozenset({"TAX"})}).any()


def test_lines_of_nothing_have_an_outcome() -> None:
    place = council(net=[0.0, 0.0, 0.0, 0.0], income=[0.0, 0.0, 0.0, 0.0])
    run = SERVICE.simulate(place, place.instances["other"], lay(place, ("net", "ROADS", 100.0)), draws_for(place))
    assert np.isfinite(run.counts("quality")).all()
    assert run.pounds("gross_cost")[0, 0, 0] == pytest.approx(25.0)


def test_what_the_table_does_not_say_is_drawn_wide_and_what_it_says_is_doubted() -> None:
    place = council(fixed=False)
    ask = (place, place.instances["other"], lay(place, ("net", "ROADS", 700_000.0), ("net", "LAW", 90_000.0)))
    roads, law = (SERVICE.quantity(*ask, draws_for(place), "output_of", {"line": i})[:, -1] for i in ("ROADS", "LAW"))
    assert 0.6 < roads.min() < 0.8 < roads.max() < 0.9
    assert 0.7 < law.min() < law.max() < 0.97


def test_lines_of_another_year_are_put_into_the_place_s_prices_by_one_deflator() -> None:
    place = council()
    dearer = replace(place, overrides=FIXED | {"budget.prices": {"value": 1.3, "source": "a test"}})
    assert net_cost(dearer) == pytest.approx(1.3 * net_cost(place))
    assert asked(dearer, "brought_in", line="TAX") == pytest.approx(1.3 * 900_000)


def test_only_lines_that_spend_can_be_told_to_spend_less() -> None:
    place = council()
    assert SERVICE.units(place, place.instances["other"], "net") == ("ROADS", "LAW")
    assert SERVICE.units(place, place.instances["other"], "income") == ("ROADS", "LAW", "TAX", "RESERVES")


def test_a_line_that_spends_less_than_nothing_or_brings_in_what_it_does_not_is_told() -> None:
    place = council(net=[-300_000.0, 100_000.0, 900_000.0, -50_000.0])
    told = SERVICE.problems(place, place.instances["other"])
    assert [(f.row, f.column) for f in told] == [(0, "net"), (2, "net")]
    assert "minus its income" in told[1].expected


def test_it_stays_out_of_the_verdict_and_the_report_says_how_much_is_not_modelled() -> None:
    place = council()
    cut = Measure("cut", "Cut roads", "other", "net", ("ROADS",), "scale", 0.9, start=0.0, booked_saving=80_000.0)
    result = appraise(Plan("A cut", place, (cut,)), draws=64)
    assert result.verdict.headline == "No verdict: nothing that is modelled changes"
    found = content(result)
    assert found["not_modelled"]["share"] == pytest.approx(1.0)
    for text in (summary(found), html(found)):
        said = " ".join(text.split())
        assert "not modelled" in said
        assert "Chance" not in said
        assert "100% of the saving: Other services" in said
