"""The contract that every service must keep, as tests that a third party inherits.

    from withless.testing import Case, ServiceContract

    class TestMyService(ServiceContract):
        @pytest.fixture
        def case(self):
            return Case(place, "my_instance")

`pytest` then runs every claim below against the service that models that instance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from .appraise import register_for
from .assumptions import Draws
from .cache import Cache, forget
from .outcomes import PAYERS, Outcomes
from .place import GROUPS, Areas, Calendar, Instance, Place
from .plan import Carried, Measure, Plan, Settings, settings
from .service import Model, Service, get
from .study import Study

Floats = NDArray[np.float64]

SEED = 11


@dataclass(frozen=True)
class Case:
    """What the contract is tried on: a place and one of its instances.

    `served_within_need` is False for a service that may serve more than are in need (a list that is worked down).
    `budget_within` is how near a year's net cost, the mean of draws, is to the stated budget.
    """

    place: Place
    name: str
    served_within_need: bool = True
    budget_within: float = 0.005

    @property
    def instance(self) -> Instance:
        """The instance under test."""
        return self.place.instances[self.name]

    @property
    def service(self) -> Service:
        """The service that models it."""
        return get(self.instance.kind)

    def draws(self, block: int = 0) -> Draws:
        """One block of draws of every assumption in force."""
        return register_for(Plan("", self.place, ())).draw(SEED, block)

    def settings(self, *measures: Measure, carried: Mapping[str, Carried] | None = None) -> Settings:
        """The levers under some measures, to the letter or as they are `carried` out."""
        service, place, instance = self.service, self.place, self.instance
        units = {lever.name: service.units(place, instance, lever.name) for lever in service.levers}
        baseline = service.baseline(place, instance)
        return settings(service.levers, units, baseline, measures, place.calendar.quarters, carried)

    def simulate(self, *measures: Measure, block: int = 0) -> Outcomes:
        """One run of the service."""
        return self.under(self.settings(*measures), block)

    def under(self, levers: Settings, block: int = 0) -> Outcomes:
        """One run of the service under some settings."""
        return self.model(block).run(levers)

    def model(self, block: int = 0) -> Model:
        """The service's model on one block of draws, built afresh."""
        return self.service.build(self.place, self.instance, self.draws(block), Cache())

    def moved(self, lever: str, share: float) -> tuple[Measure, ...]:
        """Measures that take every unit's lever `share` of the way from today to its upper (or, below 0, lower) bound.

        Where the bound is infinite, to `1 + share` times the most that any unit has today. Units without a number stay.
        """
        declared = next(entry for entry in self.service.levers if entry.name == lever)
        today = np.asarray(self.service.baseline(self.place, self.instance)[lever], dtype=np.float64)
        bound = declared.high if share > 0 else declared.low
        target = bound if np.isfinite(bound) else float(np.nanmax(today)) * (1 + share)
        amounts = today + abs(share) * (target - today)
        units = self.service.units(self.place, self.instance, lever)
        return tuple(
            Measure(f"moved-{unit}", "", self.name, lever, (unit,), "set", float(amount), start=0.0)
            for unit, amount in zip(units, amounts, strict=True)
            if np.isfinite(amount)
        )


def same(a: Outcomes, b: Outcomes) -> bool:
    """Whether two runs agree to the last bit."""
    parts = ("people", "money", "moved")
    arrays = [(v, getattr(b, part)[k]) for part in parts for k, v in getattr(a, part).items()]
    arrays += [(a.series[k], b.series[k]) for k in a.series] + [(a.area_sum[k], b.area_sum[k]) for k in a.area_sum]
    arrays += [(a.spread, b.spread)] if a.spread is not None and b.spread is not None else []
    return a.series.keys() == b.series.keys() and all(np.array_equal(x, y, equal_nan=True) for x, y in arrays)


class ServiceContract:
    """Inherit, give the fixture `case`, and run."""

    @pytest.fixture
    def case(self) -> Case:
        """The place and instance to try; a subclass must give it."""
        pytest.skip("the contract is run by subclasses that give a case")

    def test_it_declares_itself_in_full(self, case: Case) -> None:
        """Levers have units and baseline values, tables have columns, assumptions have sources."""
        service = case.service
        assert isinstance(service, Service)
        baseline = service.baseline(case.place, case.instance)
        assert set(baseline) == {lever.name for lever in service.levers}
        for lever in service.levers:
            assert len(baseline[lever.name]) == len(service.units(case.place, case.instance, lever.name))
            assert (lever.unit == "choice") == bool(service.choices(case.place, case.instance, lever.name))
        assert all(spec.columns and spec.meaning for spec in service.tables)
        assert all(a.source.title and a.meaning for a in service.assumptions.items.values())
        assert set(service.extras) <= set(service.quantities)

    def test_an_empty_plan_equals_the_baseline_bit_for_bit(self, case: Case) -> None:
        """Nothing done changes nothing, to the last bit, through the whole appraisal."""
        assert same(case.simulate(), case.simulate())
        result = Study(case.place, SEED, 64).appraise(Plan("", case.place, ())).service(case.name)
        for name in ("served", "quality", "gross_cost", "income"):
            assert np.array_equal(result.yearly[f"{name}0"], result.yearly[f"{name}1"])
        assert not result.yearly["saving"].any()

    def test_today_is_today(self, case: Case) -> None:
        """At baseline quality is 1, a year's net cost is the stated budget, and need is counted in person-years."""
        outcomes, calendar = case.simulate(), case.place.calendar
        served, quality = (outcomes.counts(name).sum(axis=3) for name in ("served", "quality"))
        assert np.allclose(quality, served, rtol=1e-9, atol=1e-9)
        if np.isfinite(case.instance.budget) and calendar.quarters >= 4:
            brought_in = [outcomes.pounds(name) for name in ("income", "raised", "drawn")]
            net = outcomes.pounds("gross_cost") - sum(brought_in)
            year = net.sum(axis=0)[:, :4].sum(axis=1)
            assert np.allclose(year.mean(), case.instance.budget, rtol=case.budget_within), (
                "four quarters' net is the budget"
            )
        residents = case.place.areas.people[~case.place.areas.outside].sum()
        need = outcomes.counts("need").sum(axis=(0, 3))
        assert (4 * need.mean(axis=1) <= residents * (1 + 1e-9)).all(), (
            "stocks are person-years: a quarter counts a quarter"
        )

    def test_each_draw_follows_its_own_settings(self, case: Case) -> None:
        """A run in which draws differ gives every draw what it has under its own settings in all of them."""
        measures = self._measures(case)
        half = np.arange(64) % 2 == 0
        some = {m.id: Carried(np.where(half, 1.0, 0.0)[:, None], np.zeros(64)) for m in measures}
        mixed = case.under(case.settings(*measures, carried=some))
        for done, here in ((case.simulate(*measures), half), (case.simulate(), ~half)):
            for part, axis in (("people", 1), ("money", 1), ("moved", 0)):
                for name, values in getattr(done, part).items():
                    found = np.compress(here, getattr(mixed, part).get(name, 0 * values), axis=axis)
                    expected = np.compress(here, values, axis=axis)
                    assert np.allclose(found, expected, rtol=1e-9, atol=1e-9), (part, name)

    def test_settings_written_out_for_every_draw_are_those_of_all(self, case: Case) -> None:
        """An axis of draws of length 1 stands for all of them."""
        levers = case.settings(*self._measures(case))
        written = Settings(levers.units, {k: np.repeat(v, 64, axis=0) for k, v in levers.values.items()})
        one, each = case.under(levers), case.under(written)
        assert all(np.allclose(v, each.people[k], rtol=1e-9, atol=1e-9) for k, v in one.people.items())
        assert all(np.allclose(v, each.money[k], rtol=1e-9, atol=1e-6) for k, v in one.money.items())

    def test_the_stake_of_a_change_is_what_it_bears_on_and_never_more_than_all(self, case: Case) -> None:
        """What a plan changes costs something where the service does, and at most what all of it costs."""
        service, place, instance, model = case.service, case.place, case.instance, case.model()
        if model.stake({}) is None:
            pytest.skip("this service takes every plan to change all of it")
        whole = 4 * case.simulate().pounds("gross_cost").sum(axis=0)[:, 0]
        for lever in service.levers:
            units = service.units(place, instance, lever.name)
            stake = model.stake({lever.name: frozenset(units)})
            assert stake is not None
            assert (stake >= 0).all(), lever.name
            assert (stake <= 1.02 * whole + 1).all(), lever.name

    def test_a_measure_that_sets_what_is_there_changes_nothing(self, case: Case) -> None:
        """Setting a lever to today's value gives the baseline, to the last bit."""
        for lever in case.service.levers:
            today = case.service.baseline(case.place, case.instance)[lever.name]
            units = case.service.units(case.place, case.instance, lever.name)
            measures = [
                Measure(f"m{i}", "", case.name, lever.name, (unit,), "set", float(value), start=1.0)
                for i, (unit, value) in enumerate(zip(units, today, strict=True))
                if np.isfinite(value)
            ]
            assert same(case.simulate(*measures), case.simulate()), lever.name

    def test_cubes_have_their_shape_and_no_negative_people(self, case: Case) -> None:
        """Strata, draws, quarters and groups as declared; people and gross cost are never below nil."""
        outcomes = case.simulate()
        assert outcomes.strata == case.service.strata(case.place, case.instance)
        assert outcomes.counts("need").shape[1:] == (64, case.place.calendar.quarters, len(GROUPS))
        assert outcomes.moved_to(PAYERS[0]).shape == (64, case.place.calendar.quarters, len(GROUPS))
        assert all((v >= 0).all() for v in outcomes.people.values())
        assert (outcomes.pounds("gross_cost") >= 0).all()

    def test_no_more_are_served_than_need_it(self, case: Case) -> None:
        """People served stay within need, group by group."""
        if not case.served_within_need:
            pytest.skip("this service may serve more than are in need")
        outcomes = case.simulate()
        served, need = outcomes.counts("served").sum(axis=0), outcomes.counts("need").sum(axis=0)
        assert (served <= need * (1 + 1e-9) + 1e-9).all()

    def test_a_run_is_pure(self, case: Case) -> None:
        """A run between two equal runs leaves them equal."""
        first = case.simulate()
        forget()
        for lever in case.service.levers:
            if lever.unit != "choice":
                case.simulate(*case.moved(lever.name, -0.5))
        assert same(first, case.simulate())

    def test_more_draws_and_more_workers_change_no_existing_number(self, case: Case) -> None:
        """128 draws start with the 64; two workers give what one gives."""
        plan = Plan("", case.place, self._measures(case))
        few = Study(case.place, SEED, 64).appraise(plan)
        forget()
        many = Study(case.place, SEED, 128).appraise(plan)
        shared = Study(case.place, SEED, 128).appraise(plan, workers=2)
        for part in ("yearly", "group", "extra"):
            parts = [getattr(a.service(case.name), part) for a in (few, many, shared)]
            for name, values in parts[0].items():
                assert np.array_equal(values, parts[1][name][:64], equal_nan=True), (part, name)
                assert np.array_equal(parts[2][name], parts[1][name], equal_nan=True), (part, name)

    def test_a_longer_calendar_changes_no_existing_number(self, case: Case) -> None:
        """The first quarters of a longer run are the shorter run."""
        calendar = case.place.calendar
        longer = replace(case.place, calendar=Calendar(calendar.year, calendar.month, calendar.quarters + 4))
        for measures in ((), self._measures(case)):
            short = case.simulate(*measures)
            long = replace(case, place=longer).simulate(*measures)
            q = calendar.quarters
            assert all(np.array_equal(v, long.people[k][:, :, :q]) for k, v in short.people.items())
            assert all(np.array_equal(v, long.money[k][:, :, :q]) for k, v in short.money.items())

    def test_another_service_changes_no_existing_number(self, case: Case) -> None:
        """A second instance in the place leaves the first alone, to the last bit."""
        twin = replace(case.instance, name="twin_of_it", pool_share=0.0)
        place = replace(case.place, instances={**case.place.instances, twin.name: twin})
        measures = self._measures(case)
        assert same(case.simulate(*measures), replace(case, place=place).simulate(*measures))

    def test_declared_directions_hold(self, case: Case) -> None:
        """Moving a lever the way it is declared never takes service away: output in every draw."""
        before = case.simulate().counts("quality").sum(axis=(0, 2, 3))
        for lever in case.service.levers:
            if lever.direction == 0:
                continue
            measures = case.moved(lever.name, 0.3 * lever.direction)
            assert measures, f"{lever.name} declares a direction but cannot be moved"
            after = case.simulate(*measures).counts("quality").sum(axis=(0, 2, 3))
            assert (after >= before * (1 - 1e-9)).all(), lever.name

    def test_the_order_of_areas_does_not_matter(self, case: Case) -> None:
        """Permuting the areas of a place changes totals by no more than rounding."""
        order = np.random.Generator(np.random.Philox(SEED)).permutation(len(case.place.areas))
        place = replace(case.place, areas=permuted(case.place.areas, order))
        measures = self._measures(case)
        a, b = case.simulate(*measures), replace(case, place=place).simulate(*measures)
        assert all(np.allclose(v, b.people[k], rtol=1e-7, atol=1e-7) for k, v in a.people.items())
        assert all(np.allclose(v, b.money[k], rtol=1e-7, atol=1e-4) for k, v in a.money.items())

    def test_baseline_and_plan_share_their_luck(self, case: Case) -> None:
        """A very small change varies far less on the same draws than its two sides do on independent ones."""
        measures = self._measures(case, -1e-4)
        before, after = (case.simulate(*m).counts("quality").sum(axis=(0, 2, 3)) for m in ((), measures))
        other = case.simulate(block=1).counts("quality").sum(axis=(0, 2, 3))
        assert (after - before).std() < 0.2 * (after - other).std() + 1e-5 * before.mean()

    @staticmethod
    def _measures(case: Case, share: float = -1.0) -> tuple[Measure, ...]:
        """A measure on the first lever that is a plain number or switch, `share` of the way down, from the second quarter."""
        lever = next(lever for lever in case.service.levers if lever.unit != "choice")
        return (replace(case.moved(lever.name, share)[0], id="contract", start=1.0, phase=2.0),)


def permuted(areas: Areas, order: NDArray[np.int64]) -> Areas:
    """The same areas in another order."""
    arrays: Mapping[str, NDArray[np.generic]] = {
        name: getattr(areas, name)[order]
        for name in ("x_km", "y_km", "decile", "people", "outside", "urban", "no_car_share")
    }
    words = {
        name: tuple(getattr(areas, name)[i] for i in order)
        for name in ("ids", "names", "districts")
        if getattr(areas, name)
    }
    return replace(areas, **arrays, **words)  # type: ignore[arg-type]
