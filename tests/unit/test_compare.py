"""Two plans and two versions of a place: every difference is found, and what each brings adds up with their interplay."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.shops import Shops, install, shop_place
from tests.unit.test_appraise_core import SURE
from withless import api
from withless.compare import NotComparable, changed_table, compare, differences
from withless.place import Place, Table
from withless.plan import Measure, Plan
from withless.report.compare import shown


@pytest.fixture(autouse=True)
def _shops(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Shops())


def measure(name: str, amount: float = 0.8, where: tuple[str, ...] = ("S1",), **more: object) -> Measure:
    return Measure(name, name, "shops", "hours", where, "scale", amount, 0.0, **more)  # type: ignore[arg-type]


PLACE = shop_place(overrides=SURE)
PLAN = Plan("Before", PLACE, (measure("a"), measure("b", where=("S2",)), measure("c", where=("S3",))))


def dearer(place: Place) -> Place:
    """The place with its first shop twice as dear."""
    instance = place.instances["shops"]
    table = instance.tables["shops"]
    cost = table.numbers("cost").copy()
    cost[0] *= 2
    other = replace(instance, tables={"shops": Table("shops", {**table.columns, "cost": cost})})
    return replace(place, instances={"shops": other})


def test_every_sort_of_difference_is_found_and_named() -> None:
    milder = replace(
        PLAN,
        place=dearer(PLACE),
        measures=(measure("a", 0.9), measure("c", where=("S3",)), measure("d", where=("S4",))),
        overrides={"shops.pull": {"value": 0.5, "source": "the test"}},
        target_saving=5.0,
    )
    found = {(d.kind, d.name): d.words for d in differences(PLAN, milder)}
    assert found[("measure", "a")] == "amount 0.8 to 0.9"
    assert found[("measure", "b")] == "dropped"
    assert found[("measure", "d")] == "new"
    assert (
        found[("service", "shops")] == "table shops: 1 rows changed (1000.0) in cost"
        or "cost" in found[("service", "shops")]
    )
    assert found[("assumption", "shops.pull")] == "what withless assumes to 0.5 (by the plan)"
    assert found[("target", "target")] == "target none to 5"
    assert len(found) == 6


def test_a_dropped_measure_brings_what_the_whole_loses_where_nothing_acts_on_it() -> None:
    fewer = replace(PLAN, measures=PLAN.measures[:2])
    c = compare(PLAN, fewer, 1, 128)
    ((difference, alone),) = c.differences
    assert (difference.kind, difference.name) == ("measure", "c")
    assert alone is not None
    assert np.allclose(alone.saving, c.results[1].saving)
    assert c.results[1].saving.mean() == pytest.approx(c.results[0].saving.mean() * 2 / 3, rel=1e-3)
    assert "Interplay between them: £0 of what is saved" in shown(c, ("a", "b")).text


def test_what_differences_bring_and_their_interplay_add_up_to_the_whole() -> None:
    other = replace(PLAN, place=dearer(PLACE), measures=(measure("a", 0.5), *PLAN.measures[1:]))
    c = compare(PLAN, other, 1, 128)
    a, b = c.results
    alone = [r for _, r in c.differences if r is not None]
    assert len(alone) == 2
    interplay = (b.saving - a.saving).mean() - sum((r.saving - a.saving).mean() for r in alone)
    assert interplay > 1_000  # a dearer shop that shuts more saves more than either alone
    told = shown(c, ("before", "after"))
    assert max(map(len, told.text.splitlines())) <= 80
    assert json.dumps(dict(told.data), allow_nan=False)


def test_two_versions_of_a_place_differ_in_what_services_cost_today() -> None:
    told = api.compare(PLACE, dearer(PLACE), draws=64, names=("old", "new")).text
    assert "Shops: costs" in told
    assert "£100k" in told


def test_things_alike_have_no_difference() -> None:
    assert "Nothing differs." in api.compare(PLAN, replace(PLAN), draws=64).text


def test_a_difference_that_cannot_stand_alone_is_counted_as_interplay() -> None:
    longer = shop_place(shops=11, overrides=SURE)
    other = replace(PLAN, place=longer, measures=(*PLAN.measures, measure("e", where=("S11",))))
    tried = {d.name: r for d, r in compare(PLAN, other, 1, 64).differences}
    assert tried["e"] is None  # there is no shop S11 in the first version
    assert tried["shops"] is not None


def test_two_places_are_not_compared() -> None:
    with pytest.raises(NotComparable, match="two places"):
        compare(PLAN, replace(PLAN, place=replace(PLACE, name="Elsewhere")), 1, 64)


def test_a_blank_cell_is_not_other_than_a_blank_cell() -> None:
    table = Table("t", {"id": np.array(["A", "B"], object), "x": np.array([1.0, np.nan])})
    again = Table("t", {"id": np.array(["A", "B"], object), "x": np.array([1.0, np.nan])})
    filled = Table("t", {"id": np.array(["A", "B"], object), "x": np.array([1.0, 2.0])})
    assert changed_table(table, again) == ""
    assert changed_table(table, filled) == "1 row changed (B) in x"
    assert changed_table(table, None) == "gone"
