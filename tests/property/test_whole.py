"""What must hold for any place and any plan, from the choice model to the verdict."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.places import Area, Venue, tiny_place
from withless.api import appraise
from withless.appraise import Appraisal
from withless.ledger import PARTS
from withless.place import Place
from withless.plan import Measure, Plan
from withless.report.content import content
from withless.report.html import render
from withless.report.terminal import summary

QUICK = (Phase.explicit, Phase.reuse, Phase.generate)  # finding the smallest failing case takes minutes
FEW = settings(max_examples=15, deadline=None, phases=QUICK, suppress_health_check=[HealthCheck.too_slow])

areas = st.lists(
    st.builds(
        Area,
        x_km=st.floats(0, 15),
        y_km=st.floats(0, 15),
        people=st.floats(500, 5000),
        decile=st.integers(1, 10),
        no_car=st.floats(0, 0.6),
        outside=st.booleans(),
    ),
    min_size=2,
    max_size=6,
).filter(lambda found: not all(a.outside for a in found))
venues = st.lists(
    st.builds(
        Venue,
        x_km=st.floats(0, 15),
        y_km=st.floats(0, 15),
        users=st.floats(5, 80),
        hours=st.floats(5, 60),
        gross_cost=st.floats(0, 1e6),
        income=st.floats(0, 1e5),
        fixed_share=st.floats(0, 1),
        mothball_cost=st.floats(0, 1e4),
        capital_receipt=st.floats(0, 1e6),
    ),
    min_size=1,
    max_size=4,
)
changes = st.lists(
    st.sampled_from(
        [
            ("open", "set", 0.0),
            ("hours", "scale", 0.5),
            ("hours", "scale", 1.5),
            ("volunteers", "set", 1.0),
            ("fee", "add", 1.0),
            ("unit_cost", "scale", 0.9),
            ("unit_cost", "scale", 1.1),
        ]
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda c: c[0],
)


def plan_of(place: Place, moves: Sequence[tuple[str, str, float]], evidence: str = "contract") -> Plan:
    """A measure for each move, on every venue, from the second quarter."""
    ids = place.instances["libraries"].tables["venues"].words("id")
    measures = tuple(
        Measure(
            f"m{i}", "", "libraries", lever, () if lever == "unit_cost" else ids, change, amount, 1.0, evidence=evidence
        )
        for i, (lever, change, amount) in enumerate(moves)
    )
    return Plan("any", place, measures)


def run(found_areas: list[Area], found_venues: list[Venue], moves: Sequence[tuple[str, str, float]]) -> Appraisal:
    return appraise(plan_of(tiny_place(found_areas, found_venues), moves), draws=64)


@FEW
@given(areas, venues, changes)
def test_the_ledger_adds_up_and_everything_stays_within_bounds(
    found_areas: list[Area], found_venues: list[Venue], moves: list[tuple[str, str, float]]
) -> None:
    (service,) = run(found_areas, found_venues, moves).services
    y = service.yearly
    assert np.allclose(sum(y[p] for p in PARTS), y["saving"], rtol=1e-9, atol=1e-6)
    assert np.allclose(y["saving"], y["gross_cost0"] - y["income0"] - y["gross_cost1"] + y["income1"], atol=1e-6)
    for name in ("need0", "served0", "served1", "quality0", "quality1", "gross_cost0", "gross_cost1"):
        assert (y[name] >= 0).all(), name
        assert np.isfinite(y[name]).all(), name
    assert (y["served1"] <= y["need0"] * (1 + 1e-9)).all()


@FEW
@given(areas, venues, changes)
def test_chances_sum_to_one_and_every_report_can_be_made(
    found_areas: list[Area], found_venues: list[Venue], moves: list[tuple[str, str, float]]
) -> None:
    c = content(run(found_areas, found_venues, moves))
    for v in (c["verdict"], *(s["verdict"] for s in c["services"])):
        assert v["more"] + v["same"] + v["less"] == pytest.approx(1)
        assert sum(v["money"].values()) == pytest.approx(1)
    assert render(c)
    assert max(map(len, summary(c).splitlines())) <= 80


@FEW
@given(areas, venues, changes, st.floats(1.5, 20))
def test_pounds_in_other_units_give_the_same_verdict(
    found_areas: list[Area], found_venues: list[Venue], moves: list[tuple[str, str, float]], scale: float
) -> None:
    """Money multiplied throughout changes no chance; fees are left alone, because people feel them in pounds."""
    moves = [m for m in moves if m[0] not in ("fee",)] or [("open", "set", 0.0)]
    free = [Venue(**{**vars(v), "income": 0.0, "gross_cost": v.gross_cost + 1000}) for v in found_venues]
    dear = [
        Venue(**{**vars(v), **{k: getattr(v, k) * scale for k in ("gross_cost", "mothball_cost", "capital_receipt")}})
        for v in free
    ]
    a, b = run(found_areas, free, moves), run(found_areas, dear, moves)
    assert np.allclose(a.verdict.margin * scale, b.verdict.margin, rtol=1e-6, atol=1e-3)


def test_better_work_and_longer_hours_are_found_to_be_more_with_less() -> None:
    """The tool is not made to say no: cheaper by contract and open for half as long again."""
    place = tiny_place(
        (Area(0.0, people=4000), Area(4.0, people=4000)),
        (Venue(0.0, users=900, fixed_share=0.95), Venue(4.0, users=900, fixed_share=0.95)),
    )
    a = appraise(plan_of(place, (("unit_cost", "scale", 0.7), ("hours", "scale", 1.5))), draws=256)
    assert a.verdict.headline.startswith("More with less")


def test_closing_everything_is_less_with_less() -> None:
    whole_in_a_year = {"delivery.capacity": {"value": 1.0, "source": "the test"}}
    a = appraise(plan_of(tiny_place(overrides=whole_in_a_year), (("open", "set", 0.0),)), draws=256)
    assert a.verdict.headline.startswith("Less with less")
    assert a.verdict.probability["less"] > 0.95
