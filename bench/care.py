"""Adult social care, 1,024 draws over ten years, and the cohort beside `scipy.linalg.expm`, in one run on one machine.

    python bench/care.py

The peer makes a matrix exponential for every cell and quarter with SciPy, which takes a whole stack at a call, and one more
for the mean over the quarter; it must give the same people before its time is told. It is given one block of 64 draws.
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from scipy.linalg import expm

from withless import api
from withless.appraise import register_for
from withless.appraise.layout import Layout, lay_out
from withless.assumptions import Draws
from withless.cache import Cache
from withless.place import Calendar, Place
from withless.plan import Carried, Plan, Settings
from withless.service import get
from withless.services.care import cohort, effects, transitions

REPEATS = 3
YEARS = 10


def best(work: Callable[[], object], repeats: int = REPEATS) -> tuple[float, float]:
    """Seconds by the clock of the fastest of some runs, and the least of the processor: others may share the machine."""
    times = []
    for _ in range(repeats):
        begun = time.perf_counter(), time.process_time()
        work()
        times.append((time.perf_counter() - begun[0], time.process_time() - begun[1]))
    return min(t for t, _ in times), min(t for _, t in times)


def as_delivered(layout: Layout, blocks: Sequence[Draws]) -> list[Settings]:
    """The plan's settings in every draw of each block: as much of each measure as luck has it, at once."""
    luck = np.random.default_rng(1)
    return [
        layout.carried_out(
            {m.id: Carried(luck.beta(8, 2, (len(b), 1)), luck.uniform(0, 3, len(b))) for m in layout.measures}
        )
        for b in blocks
    ]


def peer(plan: Plan, place: Place) -> tuple[float, float]:
    """Processor seconds of one block of the cohort by us and by SciPy."""
    instance = place.instances["social_care"]
    draws = register_for(plan).draw(1, 0)
    settings = lay_out(plan, instance).written
    model = get("care").build(place, instance, draws, Cache())
    t = model.baseline
    e = effects.effects(t, settings)
    wide = t.needs.published[:, None, None]
    more, recovery = (t.inputs.of(f"lost.{k}")[:, None, None] for k in ("worsening", "recovery"))
    without = transitions.worsened(t.rates, wide, more, recovery)
    before = t.state[:, :, :, None, 1:]
    lost = np.clip(t.home[:, :, :, None] / before * (1 - e.kept * e.gives_each), -0.5, 1.0)
    n, quarters = len(draws), lost.shape[3]
    g, other = (np.ascontiguousarray(x).reshape(n, -1, 4, 4) for x in (t.rates, without - t.rates))
    share, start = np.ascontiguousarray(lost.reshape(n, -1, quarters, 3)), t.state.reshape(n, -1, 4)
    nobody = np.zeros((n, quarters))

    def ours() -> np.ndarray:
        return cohort.step_cohort(start, g, other, other * 0, share, nobody)

    def theirs() -> np.ndarray:
        x, out = start, np.empty((*start.shape[:2], quarters, 4))
        for q in range(quarters):
            rates = g.copy()
            rates[..., 1:, :] += share[:, :, q, :, None] * other[..., 1:, :]
            doubled = np.zeros((*rates.shape[:2], 8, 8))  # its exponential holds the integral over the quarter as well
            doubled[..., :4, :4] = rates / 4
            doubled[..., :4, 4:] = np.eye(4)
            whole = expm(doubled)
            out[:, :, q] = np.einsum("dci,dcij->dcj", x, whole[..., :4, 4:])
            x = np.einsum("dci,dcij->dcj", x, whole[..., :4, :4])
        return out

    assert np.allclose(ours(), theirs(), rtol=1e-9)
    assert np.allclose(ours(), model.project(settings).state.reshape(n, -1, quarters, 4), rtol=1e-9)
    return best(ours)[1], best(theirs, 1)[1]


def main() -> None:
    """Print times and ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "northshire"
        api.example("northshire", folder)
        plan = api.read(folder / "plan.yaml")
    assert isinstance(plan, Plan)
    start = plan.place.calendar
    instances = {"social_care": plan.place.instances["social_care"]}
    place = Place(
        **{
            **{k: getattr(plan.place, k) for k in ("name", "invented", "prices", "areas", "overrides")},
            "calendar": Calendar(start.year, start.month, 4 * YEARS),
            "instances": instances,
        }
    )
    plan = Plan(plan.title, place, tuple(m for m in plan.measures if m.service == "social_care"))
    instance = instances["social_care"]
    register = register_for(plan)
    blocks = [register.draw(1, k) for k in range(16)]
    layout = lay_out(plan, instance)
    carried = as_delivered(layout, blocks)

    cache = Cache()
    models = [get("care").build(place, instance, draws, cache) for draws in blocks]

    def one_side(clients_known: bool = True) -> None:
        forget(clients_known)
        for model, after in zip(models, carried, strict=True):
            model.run(after)

    def to_the_letter() -> None:
        forget()
        for model in models:
            model.run(layout.written)

    def both(clients_known: bool = True) -> None:
        forget(clients_known)
        for model, after in zip(models, carried, strict=True):
            model.run(layout.before)
            model.run(after)

    def forget(clients_known: bool = True) -> None:
        cache.clear()
        if clients_known:
            for model, baseline in zip(models, baselines, strict=True):
                model.kept("baseline", lambda found=baseline: found)

    baselines = [model.baseline for model in models]

    both()
    print(f"{'1,024 draws, ten years, 40 quarters, 16 strata':<52}{'seconds':>10}{'of processor':>14}")
    rows: tuple[tuple[str, Callable[[], object]], ...] = (
        ("with the plan as it is delivered, clients known", one_side),
        ("with the plan to the letter, clients known", to_the_letter),
        ("without and with the plan, clients to be fitted", lambda: both(False)),
        ("without and with the plan, clients known", both),
        ("appraised, nothing known but what is compiled", lambda: api.appraise(plan)),
    )
    for label, work in rows:
        clock, processor = best(work)
        print(f"{label:<52}{clock:>10.2f}{processor:>14.2f}")
    print(f"{'memory at most, MB':<52}{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:>10.0f}")
    ours, theirs = peer(plan, place)
    print()
    print(f"{'the cohort, 64 draws':<40}{'withless':>12}{'SciPy expm':>14}{'ratio':>8}")
    print(f"{'':<40}{1000 * ours:>9.1f} ms{1000 * theirs:>11.0f} ms{theirs / ours:>8.0f}")


if __name__ == "__main__":
    main()
