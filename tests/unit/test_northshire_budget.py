"""Northshire's youth service and the rest of its budget: whole, sound, and with measures that turn out differently."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from withless.api import appraise
from withless.appraise import Appraisal
from withless.examples.northshire import budget_lines, work_help, youth
from withless.examples.northshire.plan import Step, _measure
from withless.files import read_plan
from withless.place import Place
from withless.service import get


def plan_text(steps: tuple[Step, ...], promises: tuple[tuple[str, str], ...]) -> str:
    """A plan of some measures."""
    head = "withless: 1\ntitle: A plan\nplace: .\ntarget: {saving: £1m, by: 2028-29}\nmeasures:\n"
    checks = "".join(f'  - text: "{text}"\n    check: {{{check}}}\n' for text, check in promises)
    return head + "".join(_measure(s) for s in steps) + "promises:\n" + checks


@pytest.fixture(scope="module")
def result(northshire_folder: Path) -> Appraisal:
    """All measures of both modules, appraised."""
    file = northshire_folder / "youth-and-lines.yaml"
    promises = (*youth.promises(), *work_help.promises(), *budget_lines.promises())
    steps = (*youth.steps(), *work_help.steps(), *budget_lines.steps())
    file.write_text(plan_text(steps, promises), encoding="utf-8")
    plan, warnings = read_plan(file)
    assert not warnings
    return appraise(plan, draws=128)


def test_youth_and_lines_are_sound(northshire_place: Place) -> None:
    for name in ("youth", "help_into_work", *budget_lines.FILES):
        instance = northshire_place.instances[name]
        assert get(instance.kind).problems(northshire_place, instance) == []


def test_what_pays_for_the_council_comes_to_five_hundred_million(northshire_place: Place) -> None:
    assert budget_lines.net("funding") == -705_000_000
    net = {n: float(northshire_place.instances[n].tables["lines"].numbers("net").sum()) for n in budget_lines.FILES}
    assert net == {n: float(budget_lines.net(n)) for n in budget_lines.FILES}


def test_there_are_fewer_young_people_than_residents_of_their_age(northshire_place: Place) -> None:
    people = northshire_place.instances["youth"].tables["young"].numbers("people")
    residents = northshire_place.areas.people[~northshire_place.areas.outside, :2].sum()
    assert 0.25 * residents < people.sum() < 0.5 * residents


def test_the_measures_are_fewer_people_lower_quality_tax_raised_and_real_efficiency(result: Appraisal) -> None:
    youth_work, other, funding = (result.service(n) for n in ("youth", "other_services", "funding"))
    year = result.year
    assert youth_work.verdict.headline.endswith("with less")
    assert youth_work.verdict.probability["less"] > 0.3  # where the money is not moved, a fifth is lost and more
    assert youth_work.verdict.probability["more"] > 0.3  # where it is, what is left may be worth more than all was
    assert (other.yearly["lower"][:, year] > 0).all()
    assert other.yearly["hidden"][:, year].mean() > 0
    assert (funding.yearly["raised"][:, year] > 0).all()
    assert not any(np.abs(funding.yearly[k]).max() for k in ("saving", "charged", "fewer", "lower"))


def test_some_promises_hold_and_some_are_broken(result: Appraisal) -> None:
    chances = [p.probability for p in result.promises]
    assert max(chances) > 0.95
    assert min(chances) < 0.05


def test_moving_youth_work_to_where_it_does_most_may_or_may_not_be_more(northshire_folder: Path) -> None:
    file = northshire_folder / "move.yaml"
    file.write_text(plan_text((youth.steps()[1],), youth.promises()), encoding="utf-8")
    found = appraise(read_plan(file)[0], draws=128).verdict.probability
    assert 0.1 < found["more"] < 0.9


def test_paying_for_coaches_once_helps_more_into_work_for_less(result: Appraisal) -> None:
    found = result.service("help_into_work")
    assert found.verdict.headline == "More with less"
    assert (found.quarterly["outcome_in_work"][1, :, -1] > found.quarterly["outcome_in_work"][0, :, -1]).mean() > 0.75
