"""The plan as it is carried out: in each draw venues do what is settled in that draw, and nothing else."""

from collections.abc import Mapping

import numpy as np
import pytest
from places import Area, Venue, change, fixed, tiny_place

from withless.outcomes import Outcomes
from withless.place import Place
from withless.plan import Carried, Measure, Settings
from withless.service import ask
from withless.services.venues import effects
from withless.services.venues.facts import Facts
from withless.testing import Case

AREAS = (Area(0.0, people=4000, no_car=0.2), Area(6.0, people=4000), Area(12.0, people=3000, no_car=0.1))
VENUES = (
    Venue(0.0, users=600, hours=40, visits=6000, gross_cost=200_000, income=12_000, fixed_share=0.5, capacity=6500),
    Venue(6.0, users=300, hours=20, visits=3000, gross_cost=80_000, income=3_000, fee=1.0, capital_receipt=90_000),
    Venue(12.0, users=200, hours=20, visits=2000, gross_cost=70_000, mothball_cost=4_000),
)
LATE = fixed(volunteers__willing=0.3, volunteers__folding=0.3)


def case(place: Place | None = None) -> Case:
    return Case(place or tiny_place(AREAS, VENUES, overrides=LATE), "libraries")


def some(seed: int = 0, where: int = 1, lag: float = 3.0) -> Carried:
    """A measure that happens at each unit in some draws only, late by draw."""
    u = np.random.Generator(np.random.Philox(seed)).random
    return Carried((u((64, where)) < 0.5).astype(float), lag * u(64))


def alone(c: Case, settings: Settings, d: int) -> Outcomes:
    """A run in which every draw has the settings of draw d."""
    return c.under(Settings(settings.units, {k: v[min(d, len(v) - 1)][None] for k, v in settings.values.items()}))


def every_lever() -> tuple[tuple[Measure, ...], Mapping[str, Carried]]:
    measures = (
        change("open", 0, "LIB3", start=2.5),
        change("hours", 12, "LIB1", "LIB2", start=0.5, phase=3.0),
        change("volunteers", 1, "LIB2", start=1.0, phase=2.0),
        change("fee", 2.0, "LIB2", start=1.25),
        change("shared", 0.0, "LIB3", start=1.0, phase=2.0),
    )
    u = np.random.Generator(np.random.Philox(7)).random
    lags = {m.id: 3 * u(64) for m in measures}
    parts = {"hours-LIB1-LIB2": u((64, 1)), "fee-LIB2": u((64, 1))}
    return measures, {
        m.id: Carried(parts.get(m.id, (u((64, len(m.where))) < 0.6).astype(float)), lags[m.id]) for m in measures
    }


def test_every_draw_has_what_it_has_under_its_own_settings_alone() -> None:
    c = case()
    measures, carried = every_lever()
    settings = c.settings(*measures, carried=carried)
    mixed, model = c.under(settings), c.model()
    asked = (
        ("people_beyond", {"minutes": 12.0}),
        ("stay_share", {}),
        ("venues_open", {}),
        ("users_of", {"venue": "LIB1"}),
    )
    for d in (0, 9, 30, 63):
        own = alone(c, settings, d)
        one = Settings(settings.units, {k: v[min(d, len(v) - 1)][None] for k, v in settings.values.items()})
        for part, axis in (("people", 1), ("money", 1), ("moved", 0), ("series", 0)):
            for name, values in getattr(own, part).items():
                found, expected = (np.take(x, d, axis=axis) for x in (getattr(mixed, part)[name], values))
                assert found == pytest.approx(expected, rel=1e-9, abs=1e-9), (part, name)
        for what, arguments in asked:
            found, expected = (ask(model, what, s, arguments)[d] for s in (settings, one))
            assert found == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True), what


def test_users_by_area_are_those_of_all_draws_together() -> None:
    c = case()
    measures, carried = every_lever()
    mixed = c.under(c.settings(*measures, carried=carried))
    assert mixed.area_sum["users"].sum(axis=1) == pytest.approx(mixed.series["users"].sum(axis=(0, 2)), rel=1e-9)


def test_a_venue_that_shuts_in_some_draws_is_used_in_the_others_as_today() -> None:
    c = case()
    shut = some(3)
    after = c.under(c.settings(change("open", 0, "LIB3"), carried={"open-LIB3": shut}))
    gone = shut.share[:, 0] > 0
    assert not after.series["users"][gone, -1, 2].any()
    assert after.series["users"][~gone, -1, 2] == pytest.approx(200)
    stay = ask(c.model(), "stay_share", c.settings(change("open", 0, "LIB3"), carried={"open-LIB3": shut}), {})
    assert np.isnan(stay[~gone]).all()
    assert (stay[gone] > 0).all()


def test_one_off_costs_fall_due_where_and_when_a_venue_shuts_and_are_told_by_what_shut_it() -> None:
    place = tiny_place(AREAS, VENUES, overrides=LATE | fixed(closing_cost=0.1, volunteers__willing=1e-4))
    c, shut = case(place), some(5, lag=0.0)
    measures = (
        change("open", 0, "LIB3", start=2.0),
        change("volunteers", 1, "LIB2", start=3.0),
        change("hours", 0, "LIB1"),
    )
    whole = Carried(np.ones((1, 1)), np.zeros(1))
    carried = {"open-LIB3": shut, "volunteers-LIB2": whole, "hours-LIB1": whole}
    after = c.under(c.settings(*measures, carried=carried))
    gone = shut.share[:, 0] > 0
    assert after.once["open"][:, 2, 2] == pytest.approx(np.where(gone, 7_000, 0))
    assert after.once["volunteers"][:, 3, 1] == pytest.approx(8_000)
    assert after.once["hours"][:, 0, 0] == pytest.approx(20_000)
    total = sum(pounds.sum(axis=2) for pounds in after.once.values())
    assert after.pounds("one_off")[0] == pytest.approx(total)


def test_a_library_moved_into_one_that_shuts_in_some_draws_stays_where_it_moved() -> None:
    """It has a site of its own there; the host's closing is the host's."""
    c = case()
    shut = some(2, lag=0.0)
    whole = Carried(np.ones((1, 1)), np.zeros(1))
    measures = (change("shared", 0.0, "LIB2"), change("open", 0, "LIB1"))
    after = c.under(c.settings(*measures, carried={"shared-LIB2": whole, "open-LIB1": shut}))
    gone = shut.share[:, 0] > 0
    assert not after.series["users"][gone, -1, 0].any()
    assert (after.series["users"][:, -1, 1] > 0).all()
    assert after.series["users"][gone, -1, 1].mean() > after.series["users"][~gone, -1, 1].mean()


def test_hosts_are_those_that_any_draw_asks_for() -> None:
    c = case()
    half = np.arange(64)[:, None] % 2 == 0
    carried = {k: Carried(x.astype(float), np.zeros(64)) for k, x in (("shared-LIB2", half), ("shared-LIB3", ~half))}
    settings = c.settings(change("shared", 0.0, "LIB2"), change("shared", 1.0, "LIB3"), carried=carried)
    model = c.model()
    assert isinstance(model, Facts)
    sites = effects.world_under(model, settings).sites
    assert (sites.venue[3:].tolist(), sites.host[3:].tolist()) == ([1, 2], [0, 1])


def test_volunteers_take_over_in_some_draws_and_the_others_are_as_today() -> None:
    c, taken = case(), some(8, lag=0.0)
    after = c.under(c.settings(change("volunteers", 1, "LIB2"), carried={"volunteers-LIB2": taken}))
    before = c.simulate()
    kept = taken.share[:, 0] == 0
    assert after.series["users"][kept] == pytest.approx(before.series["users"][kept])
    assert not after.moved_to("volunteers")[kept].any()
    assert after.moved_to("volunteers")[~kept].any()


def test_a_pound_more_hours_changes_next_to_nothing() -> None:
    c = case()
    before, after = c.simulate(), c.simulate(change("hours", 40 * (1 - 1e-5), "LIB1"))
    for name in ("served", "quality"):
        assert after.counts(name).sum() == pytest.approx(before.counts(name).sum(), rel=1e-5)
    assert after.counts("served").sum() < before.counts("served").sum()


def test_the_stake_is_todays_cost_of_the_venues_inside_that_any_lever_moves_once_each() -> None:
    venues = (
        *VENUES,
        Venue(14.0, users=50, gross_cost=60_000, outside=1),
        Venue(3.0, run_by="closed", gross_cost=5_000),
    )
    place = tiny_place(AREAS, venues)
    touched = {"open": frozenset({"LIB3", "LIB4", "LIB5"}), "hours": frozenset({"LIB3", "LIB1"})}
    c = case(place)
    assert c.model().stake(touched) == pytest.approx(270_000)
    assert c.model().stake({}) == pytest.approx(0)


def test_without_hours_a_venue_is_shut_and_nothing_breaks() -> None:
    c = case()
    after = c.simulate(change("hours", 0, "LIB1", "LIB2", "LIB3"))
    assert not after.counts("served")[0, :, -1].any()
    assert all(np.isfinite(v).all() for v in after.people.values())


def test_an_open_venue_that_nobody_uses_is_missed_by_nobody() -> None:
    venues = (*VENUES, Venue(3.0, users=0, visits=0, gross_cost=60_000))
    c = case(tiny_place(AREAS, venues))
    before, after = c.simulate(), c.simulate(change("open", 0, "LIB4"))
    assert before.series["users"][:, 0] == pytest.approx(np.tile([600, 300, 200, 0], (64, 1)))
    assert np.array_equal(before.counts("quality"), after.counts("quality"))
    longer = c.simulate(change("hours", 60, "LIB4"), change("volunteers", 1, "LIB4"), change("fee", 0, "LIB4"))
    assert np.array_equal(before.series["users"], longer.series["users"])


def test_a_blank_is_still_estimated_and_a_closed_venue_that_opens_is_used() -> None:
    venues = (*VENUES, Venue(3.0, users=np.nan), Venue(4.0, users=0, run_by="closed"))
    c = case(tiny_place(AREAS, venues))
    before, after = c.simulate(), c.simulate(change("open", 1, "LIB5"))
    assert (before.series["users"][:, 0, 3] > 100).all()
    assert (after.series["users"][:, -1, 4] > 1).all()
