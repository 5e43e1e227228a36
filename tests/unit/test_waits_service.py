"""What the levers of a waiting list do, what its tables may not say, and what its commands answer."""

from dataclasses import replace

import numpy as np
import pytest
from lists import BANDS, FLOWS, MONTH, STILL, bands_of, fixed, hospital, place_with, settings, table
from places import draws_for

from withless import api
from withless.api import appraise
from withless.plan import Measure, Plan
from withless.service import Misused, get
from withless.services.waits import commands, targets
from withless.services.waits.observed import bank_holidays, spread, working_days
from withless.services.waits.problems import problems
from withless.services.waits.side import side

SERVICE = get("waits")


@pytest.fixture(scope="module")
def still():
    """A hospital without luck or growth, over three years."""
    return place_with(hospital(), quarters=12, overrides=STILL | fixed(urgent=0.5))


def outcomes(place, **levers):
    (instance,) = place.instances.values()
    return SERVICE.simulate(place, instance, settings(place, **levers), draws_for(place))


def test_every_lever_moves_a_list_the_way_it_should(still) -> None:
    today = outcomes(still)

    def end(name: str, **levers) -> float:
        return float(outcomes(still, **levers).series[name][:, -1].mean())

    listed, share, p92 = (float(today.series[n][:, -1].mean()) for n in ("list", "share_within_18", "p92_weeks"))
    assert end("list", capacity=0.9) > listed > end("list", capacity=1.1)
    assert end("list", lists=300.0) < listed
    assert end("list", arrivals=1.1) > listed > end("list", diverted=0.1) > end("list", prevented=0.1)
    assert listed > end("list", refused=0.1) > end("list", prevented=0.1)  # some of the refused come all the same
    assert end("list", validation=0.5) < listed
    assert end("p92_weeks", longest_first=0.5) < p92
    assert end("list", sent=500.0) < listed < end("list", received=500.0)
    assert end("share_within_18", capacity=0.9) < share
    urgent, spared = (
        outcomes(still, capacity=0.7, urgent_first=u).series["median_weeks"][:, -1].mean() for u in (0.0, 1.0)
    )
    assert spared > urgent  # where the urgent are spared, the others wait longer


def test_a_cut_in_theatres_leaves_the_lists_without_admission_alone(still) -> None:
    before, after = outcomes(still), outcomes(still, capacity={"hips/admitted": 0.8})
    treated0, treated1 = (o.counts("served").sum(axis=(2, 3)).mean(axis=1) for o in (before, after))
    strata = dict(zip(before.strata, treated1 / treated0, strict=True))
    assert strata["hips/admitted"] == pytest.approx(0.8, abs=0.02)
    assert strata["eyes/admitted"] == strata["hips/non_admitted"] == pytest.approx(1.0)


def test_who_leaves_untreated_is_told_and_is_no_saving(still) -> None:
    """A fall in capacity raises the number who leave untreated; what some of them pay is moved to users."""
    before, after = outcomes(still), outcomes(still, capacity=0.8)
    left0, left1 = (o.series["left_untreated"].sum(axis=1).mean() for o in (before, after))
    assert left1 > left0 * 1.2
    assert (after.moved_to("users") > before.moved_to("users")).any()
    spent = [o.pounds("gross_cost").sum(axis=(0, 2)) for o in (before, after)]
    fewer = (before.counts("served") - after.counts("served")).sum()
    assert fewer > 0
    assert (spent[1] < spent[0]).all()


def test_taking_people_off_by_checks_treats_nobody(still) -> None:
    plan = Plan("", still, (Measure("v", "", "hospital", "validation", ("eyes", "hips"), "set", 0.5, start=0.0),))
    found = appraise(plan, draws=64).service("hospital")
    assert found.quarterly["validated"][1].sum() > 0
    assert (found.yearly["saving"] <= 0).all()  # checks cost, and save nothing
    assert found.yearly["served1"] == pytest.approx(found.yearly["served0"], rel=0.02)


def test_what_is_managed_elsewhere_is_moved_to_the_nhs(still) -> None:
    nothing, diverted = outcomes(still), outcomes(still, diverted=0.1)
    fifty, hundred = (outcomes(still, sent=people) for people in (50.0, 100.0))
    assert nothing.moved_to("nhs").sum() == 0
    assert diverted.moved_to("nhs").sum() > 0
    assert hundred.moved_to("nhs").sum() > fifty.moved_to("nhs").sum() > 0


def test_a_deep_cut_is_less_with_less_whatever_it_saves(still) -> None:
    where = ("hips/admitted", "hips/non_admitted")
    plan = Plan(
        "", still, (Measure("c", "", "hospital", "capacity", where, "scale", 0.8, start=0.0, booked_saving=1e6),)
    )
    found = appraise(plan, draws=64).service("hospital")
    assert found.verdict.headline.startswith("Less with less")
    assert (found.yearly["saving"][:, -1] > 0).all()
    assert (found.yearly["better"][:, -1] < 0).all()  # theatres cost their rent: less is saved than is taken away


def test_no_capacity_treats_nobody_and_all_of_it_is_finite(still) -> None:
    found = outcomes(still, capacity=0.0)
    assert found.counts("served").sum() == 0
    assert all(np.isfinite(v).all() for v in found.people.values())
    assert all(np.isfinite(v).all() for v in found.series.values())


def test_quantities_that_promises_speak_of(still) -> None:
    (instance,) = still.instances.values()
    draws, today = draws_for(still), settings(still)

    def ask(what: str, **arguments):
        return SERVICE.quantity(still, instance, today, draws, what, arguments)

    assert ask("list") == pytest.approx(ask("list_of", specialty="eyes") + ask("list_of", specialty="hips"))
    assert ask("over", weeks=52) == pytest.approx(outcomes(still).series["over_52"])
    assert ask("share_within", weeks=18) == pytest.approx(outcomes(still).series["share_within_18"])
    between = ask("share_within", weeks=18.5)
    assert (ask("share_within", weeks=18) < between).all()
    assert (between < ask("share_within", weeks=19)).all()
    assert ask("treated") == pytest.approx(4 * outcomes(still).series["treated"])


def faults(bands=None, flows=None) -> str:
    place = place_with(hospital(bands, flows))
    return "\n".join(f"{p.severity}: {p.found}; {p.expected}" for p in problems(place, place.instances["hospital"]))


def changed(specialty: str, part: str, low: float, **cells: object) -> list[list[object]]:
    """The usual bands with one row changed (a cell by its column), or left out with drop=True."""
    rows = [list(r) for r in zip(*(hospital().tables["bands"].columns[c] for c in BANDS), strict=True)]
    out = []
    for row in rows:
        if row[0] == specialty and row[1] == part and row[3] == low:
            if cells.get("drop"):
                continue
            for name, value in cells.items():
                row[BANDS.index(name)] = value
        out.append([None if isinstance(c, float) and np.isnan(c) else c for c in row])
    return out


@pytest.mark.parametrize(
    ("bands", "said"),
    [
        (changed("eyes", "incomplete", 8.0, week_from=7.0), "bands that do not overlap"),
        (changed("eyes", "incomplete", 8.0, drop=True), "nothing from 8 to 12 weeks"),
        (changed("eyes", "incomplete", 0.0, drop=True), "bands begin at 4 weeks"),
        (changed("eyes", "incomplete", 8.0, week_to=8.0), "more than week_from"),
        (changed("eyes", "non_admitted", 0.0, count=90_000.0), "no more treated than were on the list or new"),
        ([*changed("eyes", "admitted", 0.0), ["skin", "incomplete", MONTH, 0.0, None, 9.0]], "one band only"),
        ([r for r in changed("eyes", "x", 0.0) if r[1] != "incomplete"], "people on the list"),
        ([r for r in changed("eyes", "x", 0.0) if r[1] == "incomplete"], "nobody treated"),
        ([[*r[:5], 0.0] if r[1] == "incomplete" else r for r in changed("eyes", "x", 0.0)], "a list of nil"),
        ([[*r[:2], "March 2026", *r[3:]] for r in changed("eyes", "x", 0.0)], "a month such as 2026-01"),
        (
            [*changed("eyes", "x", 0.0), *[[*r[:2], "2026-01", *r[3:]] for r in changed("eyes", "x", 0.0)]],
            "1 months missing before 2026-03",
        ),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(bands, said: str) -> None:
    assert said in faults(bands)


def test_sound_tables_have_no_faults() -> None:
    assert faults() == ""


def test_a_clock_start_that_is_missing_is_told() -> None:
    assert "no clock starts of hips" in faults(flows=[["eyes", MONTH, 1950.0, None, 700.0, "Eyes"]])


def test_negative_weeks_are_refused_in_the_file(tmp_path) -> None:
    """The column's own bounds hold them."""
    column = next(c for c in SERVICE.tables[0].columns if c.name == "week_from")
    assert column.low == 0


def test_a_band_is_spread_over_its_weeks_without_losing_anybody() -> None:
    weekly = spread([(0, 4, 40), (4, 52, 480), (52, np.nan, 100)], 120)
    assert weekly.sum() == pytest.approx(620)
    assert weekly[:4] == pytest.approx(10)
    assert (np.diff(weekly[52:]) <= 0).all()


def test_working_days_leave_out_bank_holidays() -> None:
    assert working_days(2026, 1) == 21
    assert working_days(2022, 9) == 21  # one more holiday that year
    assert len(bank_holidays(2025)) == 8


def run_command(function, place, **options):
    (instance,) = place.instances.values()
    return function(place, instance, api.blocks(place, 64, 1), None, **options)


def test_project_tells_both_sides_the_naive_forecast_and_ranges() -> None:
    place = place_with(hospital())
    found = run_command(commands.project, place, capacity="-5%", weeks=52, by="specialty")
    assert max(map(len, found.text.splitlines())) <= 80
    assert "With capacity -5%" in found.text
    assert "today" in found.text
    projections = found.data["projections"]
    listed = {name: p["list"]["mean"][-1][-1] for name, p in projections.items()}
    assert listed["capacity -5%"] > listed["nothing changes"]
    for p in projections.values():
        for parts in p.values():
            assert all(a <= b for a, b in zip(parts["p10"][-1], parts["p90"][-1], strict=True))


def test_ranges_hold_what_past_forecasts_were_off_by() -> None:
    """With every assumption held still, the range is that of past errors alone: wider the farther ahead."""
    place = place_with(hospital(), overrides=STILL | fixed(urgent=0.5))
    found = run_command(commands.project, place, weeks=52)
    low, high = (np.array(found.data["projections"]["nothing changes"]["list"][k][-1]) for k in ("p10", "p90"))
    assert (high > low).all()
    assert (np.diff(high - low) > 0).all()


def test_target_finds_what_reaches_it_and_what_holds_it() -> None:
    place = place_with(hospital(), overrides=STILL | fixed(urgent=0.5))
    found = run_command(targets.target, place, share="75%", within=18, by="2027-09")
    assert max(map(len, found.text.splitlines())) <= 80
    rows = {r["group"]: r for r in found.rows}
    assert rows["Hips"]["reach_p50"] > 1 > 0
    again = run_command(
        commands.project, place, capacity=f"{100 * (rows['Hips']['reach_p50'] - 1):+.2f}%", only="hips", weeks=78
    )
    side = next(p for name, p in again.data["projections"].items() if name != "nothing changes")
    assert side["within_18"]["mean"][1][-1] == pytest.approx(75, abs=0.5)
    assert rows["Hips"]["hold_p50"] < rows["Hips"]["reach_p50"]  # a list once short is held with less


def test_a_target_that_cannot_be_reached_is_said_to_be_out_of_reach() -> None:
    place = place_with(hospital(), overrides=STILL | fixed(urgent=0.5))
    found = run_command(targets.target, place, share="100%", within=1, by="2026-06")
    assert "out of reach" in found.text
    assert all(r["reachable"] == 0 for r in found.rows)


@pytest.mark.parametrize(
    ("function", "options", "said"),
    [
        (commands.project, {"weeks": 2}, "--weeks is 4 to 520"),
        (commands.project, {"by": "ward"}, "--by is specialty"),
        (commands.project, {"capacity": "lots"}, "--capacity"),
        (commands.project, {"capacity": "-300%"}, "--capacity is"),
        (commands.project, {"only": "teeth", "capacity": "-5%"}, "no 'teeth'"),
        (commands.project, {"share_longest": "140%"}, "0% to 100%"),
        (targets.target, {"by": "soon"}, "--by is a month"),
        (targets.target, {"by": "2020-01"}, "--by 2020-01"),
        (targets.target, {"by": "2027-03", "within": 500}, "--within is"),
    ],
)
def test_an_option_that_cannot_be_is_said_in_a_sentence(function, options, said: str) -> None:
    with pytest.raises(Misused, match=said):
        run_command(function, place_with(hospital()), **options)


def test_a_council_list_runs_on_the_same_service() -> None:
    """Care assessments: bands of its own, one way off the list, no specialty split."""
    instance = replace(
        hospital(
            [*bands_of("assessment", "incomplete", [210, 120, 70, 40, 20, 10]),
             *bands_of("assessment", "completed", [150, 60, 25, 12, 6, 3])],
            [["assessment", MONTH, 280.0, 20.0, 450.0, "Care assessments"]], 2e6, "assessments", "council",
        ),
    )  # fmt: skip
    place = place_with(instance)
    assert SERVICE.strata(place, instance) == ("assessment",)
    more = run_command(commands.project, place, capacity="-10%", weeks=52).data["projections"]
    assert more["capacity -10%"]["list"]["mean"][-1][-1] > more["nothing changes"]["list"]["mean"][-1][-1]


def test_tables_have_the_columns_that_the_service_declares() -> None:
    assert tuple(c.name for c in SERVICE.tables[0].columns) == BANDS
    assert tuple(c.name for c in SERVICE.tables[1].columns) == FLOWS
    assert table("bands", BANDS, bands_of("a", "incomplete", [1, 2])).numbers("count").sum() == 3


def test_a_list_of_one_month_stands_still_unless_told_otherwise() -> None:
    """Starts far below treatments in a single month do not halve the list."""
    flows = [["eyes", MONTH, 900.0, None, 700.0, "Eyes"], ["hips", MONTH, 2300.0, None, 1900.0, "Hips"]]
    place = place_with(hospital(flows=flows), quarters=8, overrides=STILL | fixed(urgent=0.5, drift=0.0))
    (instance,) = place.instances.values()
    draws, today = draws_for(place), settings(place)
    for specialty in ("eyes", "hips"):
        listed = SERVICE.quantity(place, instance, today, draws, "list_of", {"specialty": specialty}).mean(axis=0)
        assert listed[-1] == pytest.approx(listed[0], rel=0.12)
    falling = place_with(hospital(flows=flows), quarters=8, overrides=STILL | fixed(urgent=0.5, drift=-0.2))
    less = SERVICE.quantity(falling, instance, today, draws_for(falling), "list", {}).mean(axis=0)
    assert less[-1] < SERVICE.quantity(place, instance, today, draws, "list", {}).mean(axis=0)[-1] * 0.9


def test_twice_the_removals_in_the_table_are_twice_as_many_who_leave() -> None:
    net = []
    for times in (1.0, 2.0):
        flows = [
            ["eyes", MONTH, 1950.0, 125 * times, 700.0, "Eyes"],
            ["hips", MONTH, 1450.0, 60 * times, 1900.0, "Hips"],
        ]
        place = place_with(hospital(flows=flows), quarters=4, overrides=STILL | fixed(urgent=0.5))
        (instance,) = place.instances.values()
        found = side(place, instance, settings(place), draws_for(place))
        net.append((found.flow("removed") - found.flow("other")).sum(axis=1).mean(axis=0)[0])
    assert 4 * net[0] == pytest.approx(12 * 185, rel=0.25)  # the list has grown since, and more leave a longer list
    assert net[1] / net[0] == pytest.approx(2, rel=0.1)
