"""What is moved to a payer is counted once: not beside, where a service of the place models that payer's own costs."""

from dataclasses import replace

import numpy as np
import pytest

from tests.care_places import care_place, move
from tests.places import tiny_place
from withless.appraise import appraise, block
from withless.place import Place
from withless.plan import Plan


@pytest.fixture
def both() -> Place:
    """Social care, and another service that stands in for the hospital."""
    care = care_place(quarters=8)
    return replace(care, instances={**care.instances, **tiny_place(quarters=8).instances})


def test_costs_of_the_nhs_are_left_out_where_a_service_models_the_hospital(
    both: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Plan("", both, (move("threshold", 2.0),))
    counted = appraise(plan, draws=64)
    monkeypatch.setattr(block, "MODELLED", {"nhs": "venues"})
    left_out = appraise(plan, draws=64)
    assert counted.total("moved_nhs")[:, -1].mean() > 0
    assert not left_out.total("moved_nhs").any()
    assert np.array_equal(counted.total("moved_carers"), left_out.total("moved_carers"))
    by_group = [a.service("social_care").group["moved"].sum(axis=1) for a in (counted, left_out)]
    nhs = counted.service("social_care").yearly["moved_nhs"][:, counted.year]
    assert np.allclose(by_group[0] - by_group[1], nhs)


def test_only_waiting_lists_model_the_hospital_and_not_for_themselves(both: Place) -> None:
    care = both.instances["social_care"]
    hospital = replace(care, name="hospital", kind="waits")
    with_hospital = replace(both, instances={**both.instances, "hospital": hospital})
    assert block.elsewhere(both, care) == ()
    assert block.elsewhere(with_hospital, care) == ("nhs",)
    assert block.elsewhere(with_hospital, hospital) == ()
