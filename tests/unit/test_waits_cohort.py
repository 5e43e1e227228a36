"""The compiled cohort: it is the plain one, loses nobody, and gives each draw the same bits in any company."""

from dataclasses import replace

import cohort_reference as plain
import numpy as np
import pytest

from withless.services.waits.backtest_cohort import LATE, moved_down, smooth
from withless.services.waits.cohort import FLOWS, Flow, percentile, run

DRAWS, SPECIALTIES, PARTS, BINS, WEEKS = 11, 3, 2, 40, 30
AXES = (DRAWS, SPECIALTIES, PARTS)


def flow(seed: int = 3) -> Flow:
    """A list on which everything happens at once."""
    u = np.random.Generator(np.random.Philox(seed)).random
    waits = u(BINS)
    return Flow(
        opening=50 * u((*AXES, BINS)),
        arrivals=100 * u((*AXES, WEEKS)),
        capacity=140 * u((*AXES, WEEKS)),
        pull=0.15 * u((*AXES, BINS)),
        leave=0.02 * u((*AXES, BINS)),
        other=u((*AXES, BINS)),
        extra=10 * u((*AXES, WEEKS)),
        validated=0.1 * u((*AXES, WEEKS)) * (u((*AXES, WEEKS)) < 0.2),
        sent=5 * u((*AXES, WEEKS)),
        received=5 * u((*AXES, WEEKS)),
        longest=u((*AXES, 1)) * (u((*AXES, 1)) < 0.6),
        urgent=u((*AXES, 1)) * (u((*AXES, 1)) < 0.6),
        front=np.repeat(12 * u((*AXES, WEEKS // 5)) * (u((*AXES, WEEKS // 5)) < 0.8), 5, axis=3),
        shape=0.15 * u((*AXES, BINS)),
        restart=u(DRAWS),
        shielded=u(DRAWS) * (u(DRAWS) < 0.7),
        received_waits=waits / waits.sum(),
        validate_from=8,
        front_from=20,
        front_to=BINS - 3,
    )


@pytest.fixture(scope="module", params=["everything at once", "no drives, no transfers"])
def weekly(request):
    f = replace(flow(), **KINDS[request.param])
    return f, run(f, np.arange(WEEKS))


COSTS = ((np.arange(130) + 0.5) / 52) ** np.linspace(1.0, 2.0, DRAWS)[:, None]
NOTHING = np.zeros((1, 1, 1, 1))
QUIET = {"sent": NOTHING, "received": NOTHING, "validated": NOTHING}
SHORT = np.arange(BINS) < 9
KINDS = {
    "everything at once": {},
    "no drives, no transfers": QUIET,
    "a list that fills from the start": QUIET | {"opening": flow().opening * SHORT, "other": flow().other * SHORT},
    "as many as want": QUIET | {"capacity": NOTHING * np.nan},
    "more capacity than want": QUIET | {"capacity": flow().capacity * 20, "longest": NOTHING},
    "longest first": QUIET | {"longest": NOTHING + 1, "other": NOTHING},
    "rates beyond one a week": QUIET | {"pull": 3 * flow().pull / 0.15, "leave": 100 * flow().leave},
    "nobody at all": QUIET | {"opening": np.zeros((1, *AXES[1:], BINS)), "arrivals": NOTHING, "other": NOTHING},
    "sixteen bins": {"opening": flow().opening[..., :16]},
    "two bins": QUIET | {"opening": flow().opening[..., :2], "urgent_weeks": 1},
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_compiled_list_is_the_plain_one_week_by_week(kind) -> None:
    changed = KINDS[kind]
    bins = changed.get("opening", np.empty(BINS)).shape[-1]
    by_wait = {k: getattr(flow(), k)[..., :bins] for k in ("pull", "leave", "other", "shape")}
    f = replace(flow(), **by_wait | {"received_waits": flow().received_waits[:bins], "costs": COSTS} | changed)
    found, by_tens = run(f, np.arange(WEEKS)), run(f, np.arange(WEEKS) // 10)
    for d, s, p in np.ndindex(AXES):
        x, ten = at(f.opening, d, s, p), []
        for t in range(WEEKS):
            levers = {name: at(getattr(f, name), d, s, p, t) for name in LEVERS}
            rates = {name: np.broadcast_to(at(getattr(f, name), d, s, p), bins) for name in ("leave", "other")}
            front, last = at(f.front, d, s, p, t), min(BINS - 3, bins - 1)
            rates["pull"] = plain.moved_front(at(f.pull, d, s, p), at(f.shape, d, s, p), front, 20, last)
            of_all = {
                "restart": f.restart[d],
                "waits": f.received_waits,
                "validate_from": 8,
                "urgent_weeks": f.urgent_weeks,
                "shielded": f.shielded[d],
                "late": 20,
            }
            x, flows = plain.week(x, **levers, **rates, **of_all)
            for name in FLOWS:
                assert found.flow(name)[d, s, p, t] == pytest.approx(flows[name], rel=1e-9, abs=1e-9), name
            assert found.stock[d, s, p, t] == pytest.approx(x.sum(), rel=1e-9, abs=1e-12)
            ten = [*ten, flows["by_wait"]] if t % 10 else [flows["by_wait"]]
            if t % 10 == 9:
                wait = by_tens.expected[d, s, p, t // 10]
                assert wait == pytest.approx(plain.expected(ten, COSTS[d]), rel=1e-7, nan_ok=True)
        assert found.closing[d, s, p] == pytest.approx(x, rel=1e-9, abs=1e-9)


LEVERS = ("arrivals", "capacity", "extra", "validated", "sent", "received", "longest", "urgent")


def at(array, d, s, p, t=None):
    """One list's, by week or by bin, of an array of which an axis of length 1 stands for all."""
    row = array[d % len(array), s % array.shape[1], p % array.shape[2]]
    return row if t is None else row[t % len(row)]


def test_no_patient_is_lost_or_made(weekly) -> None:
    f, found = weekly
    came = sum(found.flow(name) for name in ("arrived", "other", "received", "back")).sum(axis=3)
    went = sum(found.flow(name) for name in ("treated", "removed", "validated", "sent")).sum(axis=3)
    change = found.closing.sum(axis=3) - f.opening.sum(axis=3)
    assert came - went == pytest.approx(change, rel=1e-9, abs=1e-9)
    assert (found.closing >= 0).all()


def test_two_runs_one_after_the_other_are_one_long_run(weekly) -> None:
    f, whole = weekly
    halves = [
        {
            k: v[..., h : h + 15]
            for k, v in vars(f).items()
            if k not in ("opening",) and np.ndim(v) == 4 and v.shape[3] == WEEKS
        }
        for h in (0, 15)
    ]
    first = run(replace(f, **halves[0]), np.arange(15))
    second = run(replace(f, opening=first.closing, **halves[1]), np.arange(15))
    assert np.array_equal(second.closing, whole.closing)
    assert np.array_equal(second.percentile, whole.percentile[:, :, 15:])


def test_a_draw_has_the_same_bits_in_any_company(weekly) -> None:
    f, whole = weekly
    few = {k: v[4:7] for k, v in vars(f).items() if np.ndim(v) == 4 and len(v) == DRAWS}
    few |= {"restart": f.restart[4:7], "shielded": f.shielded[4:7]}
    found = run(replace(f, **few), np.arange(WEEKS))
    assert np.array_equal(found.closing, whole.closing[4:7])
    assert np.array_equal(found.flows, whole.flows[:, 4:7])


def front_at(f: Flow, weeks: float) -> Flow:
    """The flow with its front down by so many weeks in every draw and week."""
    return replace(f, front=np.full((1, 1, 1, 1), weeks))


def test_a_front_that_has_not_moved_changes_nothing(weekly) -> None:
    f, _ = weekly
    flat = {k: v for k, v in vars(f).items() if k not in ("front", "shape", "front_to")}
    still, never = run(front_at(f, 0.0), np.arange(WEEKS)), run(Flow(**flat), np.arange(WEEKS))
    for name in ("flows", "stock", "within", "percentile", "closing"):
        assert np.array_equal(getattr(still, name), getattr(never, name)), name


def test_a_shortage_is_borne_by_those_who_have_not_waited_long() -> None:
    opening = np.full((1, 1, 1, 60), 100.0)
    short = Flow(
        opening=opening,
        arrivals=np.zeros((1, 1, 1, 1)),
        capacity=np.full((1, 1, 1, 1), 200.0),
        pull=np.full((1, 1, 1, 60), 0.05),
        leave=np.zeros((1, 1, 1, 60)),
        shielded=np.ones(1),
    )
    once = np.zeros(1, np.int64)
    left = [run(f, once).closing[0, 0, 0] for f in (short, replace(short, shielded=np.zeros(1)))]
    gone = [100.0 - x[1:] for x in left]  # the first bin is empty: nobody came
    assert gone[0][38:-1] == pytest.approx(100 * (1 - np.exp(-0.05)))
    assert (gone[0][:38] < gone[1][:38]).all()
    assert left[0].sum() == pytest.approx(left[1].sum()) == pytest.approx(6_000 - 200)
    plenty = replace(short, capacity=np.full((1, 1, 1, 1), 400.0))
    assert np.array_equal(run(plenty, once).closing, run(replace(plenty, shielded=np.zeros(1)), once).closing)


def test_a_front_that_goes_back_leaves_the_pull_as_it_was(weekly) -> None:
    f, _ = weekly
    moved = np.zeros((1, 1, 1, WEEKS))
    moved[..., :5] = 7.5
    first = run(front_at(replace(f, **until(f, 5)), 7.5), np.arange(5))
    rest = {k: v[..., 5:] for k, v in vars(f).items() if np.ndim(v) == 4 and v.shape[3] == WEEKS}
    second = run(front_at(replace(f, opening=first.closing, **rest), 0.0), np.arange(WEEKS - 5))
    assert np.array_equal(run(replace(f, front=moved), np.arange(WEEKS)).closing, second.closing)


def until(f: Flow, weeks: int) -> dict[str, np.ndarray]:
    """What a flow has by week of the run, of its first weeks."""
    return {k: v[..., :weeks] for k, v in vars(f).items() if np.ndim(v) == 4 and v.shape[3] == WEEKS}


def test_the_front_of_the_weekly_list_is_that_of_the_back_test() -> None:
    edges = np.append(np.arange(104.0), np.inf)
    pull = 0.03 + 0.08 / (1 + np.exp(-(edges[:-1] - 65) / 4)) + 0.05 * np.exp(-edges[:-1] / 6)
    f = Flow(
        opening=np.full((1, 1, 1, 104), 10.0),
        arrivals=np.zeros((1, 1, 1, 1)),
        capacity=np.full((1, 1, 1, 1), np.nan),
        pull=pull[None, None, None],
        leave=np.zeros((1, 1, 1, 1)),
        front=np.full((1, 1, 1, 1), 9.3),
        shape=smooth(pull, edges)[None, None, None],
        front_from=int(LATE),
        front_to=101,
    )
    found = run(f, np.arange(1)).closing[0, 0, 0, 1:-1]  # all are one bin on by the time they are treated
    assert found == pytest.approx(10 * np.exp(-moved_down(pull, edges, 9.3))[1:-1], rel=1e-9)
    assert found[50] < 10 * np.exp(-pull[51]) * 0.99


def test_quarters_are_their_weeks(weekly) -> None:
    f, by_week = weekly
    period = np.concatenate([np.full(4, -1), np.arange(26) // 13])
    found = run(f, period)
    for q in (0, 1):
        weeks = np.flatnonzero(period == q)
        assert found.flows[..., q] == pytest.approx(by_week.flows[..., weeks].sum(axis=-1), rel=1e-9, abs=1e-9)
        assert np.array_equal(found.stock[..., q], by_week.stock[..., weeks[-1]])
        assert np.array_equal(found.within[:, :, q], by_week.within[:, :, weeks[-1]])


def test_the_list_as_a_whole_is_its_specialties(weekly) -> None:
    _, found = weekly
    assert found.within[:, -1] == pytest.approx(found.within[:, :-1].sum(axis=1))
    assert found.listed[:, -1] == pytest.approx(found.stock.sum(axis=(1, 2)))


def test_a_percentile_is_linear_inside_its_week() -> None:
    assert percentile(np.array([10.0, 10.0, 80.0]), 0.5) == pytest.approx(2.375)
    assert percentile(np.array([0.0, 10.0, 0.0, 10.0]), 1.0) == 4.0
    assert np.isnan(percentile(np.zeros(3), 0.5))


def test_an_array_that_does_not_fit_is_named() -> None:
    with pytest.raises(ValueError, match="arrivals: found shape"):
        run(replace(flow(), arrivals=np.ones((DRAWS, SPECIALTIES, PARTS, 7))), np.arange(WEEKS))


def test_specialties_that_nothing_moves_are_taken_over_to_the_last_bit() -> None:
    before, quarters = flow(), np.arange(WEEKS) // 10
    moved = np.array([False, True, False])
    after = replace(before, capacity=before.capacity * np.where(moved, 0.8, 1.0)[:, None, None])
    known = run(before, quarters, keep=True)
    found, whole = run(after, quarters, known=(known, moved)), run(after, quarters)
    for name in ("flows", "stock", "within", "percentile", "closing"):
        assert np.array_equal(getattr(found, name), getattr(whole, name), equal_nan=True), name
    assert not np.array_equal(found.stock, known.stock)
    assert found.lists is None
    assert known.lists[:, :, -1] == pytest.approx(known.closing.sum(axis=2))
