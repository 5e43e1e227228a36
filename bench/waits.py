"""A waiting list five years on, and the same queue of single patients by withless, ciw and simpy, in one run on one machine.

    python -m pip install -r bench/waits-requirements.txt
    python bench/waits.py

The cohort: twelve specialties, two ways off each, 1,024 draws, 260 weeks; it moves people by week waited and is another class
of model, told beside the others and not compared with them. The queue: two classes of priority, one server, exponential
service, and customers who give up; all must agree on the mean wait and on who gives up before a time is told. Each runs on one
core, in processor time, which other work on the machine does not lengthen much; then ours on every core, a queue each.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace

import numpy as np

from withless.services.waits import individual_simulation
from withless.services.waits.cohort import Flow, run
from withless.services.waits.project import wait_costs

RATES, SERVICE, PATIENCE = (60.0, 120.0), 200.0, 0.1
OURS, THEIRS = 2_000_000, 60_000


def main() -> None:
    """Print every time."""
    flow, quarters = twelve_specialties(), np.arange(260) // 13
    blocks = [block(flow, k) for k in range(0, len(flow.arrivals), 64)]
    with ThreadPoolExecutor() as threads:
        best = min(timed(lambda: list(threads.map(lambda one: run(one, quarters), blocks))) for _ in range(5))
    alone = min(timed(lambda: [run(one, quarters) for one in blocks], time.process_time) for _ in range(3))
    print(f"{'cohort: 12 specialties, 1,024 draws, 5 years':<52}{best:8.2f} s, {alone:.2f} s of one core")
    costs = wait_costs(np.linspace(1.2, 2.0, 64))
    told = min(
        timed(lambda: [run(replace(one, costs=costs), quarters) for one in blocks], time.process_time) for _ in range(3)
    )
    print(f"{'  with the wait to be expected':<52}{'':8}   {told:.2f} s of one core")
    queue(1000)
    ours = figures(*queue(OURS))
    mine = OURS / min(timed(lambda: queue(OURS), time.process_time) for _ in range(3))
    print(f"{'patients a second and core: withless':<52}{mine:10,.0f}")
    cores = os.cpu_count() or 1
    with ThreadPoolExecutor(cores) as threads:
        every = cores * OURS / min(timed(lambda: list(threads.map(queue, [OURS] * cores))) for _ in range(3))
    print(f"{f'patients a second: withless, {cores} cores, a queue each':<52}{every:10,.0f}")
    for name, work in (("simpy", by_simpy), ("ciw", by_ciw)):
        try:
            begun = time.process_time()
            theirs = work()
            rate = THEIRS / (time.process_time() - begun)
        except ImportError:
            print(f"{name} is not installed: skipped")
            continue
        assert np.allclose(theirs, ours, rtol=0.15), (name, theirs, ours)
        print(f"{f'patients a second and core: {name}':<52}{rate:10,.0f}  {mine / rate:,.0f} times")


def queue(customers: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The queue by our referee."""
    return individual_simulation.queue(np.array(RATES), SERVICE, 1, PATIENCE, False, customers, 2)


def timed(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    begun = clock()
    work()
    return clock() - begun


def block(flow: Flow, first: int) -> Flow:
    """Draws `first` to `first + 64` of a flow, as an appraisal runs them."""
    arrays = {f.name: getattr(flow, f.name) for f in fields(flow)}
    return replace(
        flow, **{k: a[first : first + 64] for k, a in arrays.items() if isinstance(a, np.ndarray) and len(a) > 64}
    )


def twelve_specialties() -> Flow:
    """A list in balance, a little different in every draw."""
    rng = np.random.default_rng(1)
    draws, cells, bins, weeks = 1024, (12, 2), 120, 260
    pull = np.broadcast_to(np.linspace(0.03, 0.15, bins), (1, *cells, bins))
    arrivals = 100 * (1 + 0.1 * rng.random((draws, *cells, weeks)))
    return Flow(
        opening=np.broadcast_to(120 * np.exp(-np.arange(bins) / 20), (1, *cells, bins)),
        arrivals=arrivals,
        capacity=0.9 * arrivals,
        pull=pull * np.exp(0.1 * rng.standard_normal((draws, 1, 1, 1))),
        leave=np.full((1, 1, 1, bins), 0.005),
        longest=0.01 * rng.random((draws, 1, 1, 1)),
        urgent=rng.random((draws, 1, 1, 1)),
    )


def figures(waits: np.ndarray, served: np.ndarray, lost: np.ndarray) -> np.ndarray:
    """Mean wait of those served and share who gave up, by class."""
    return np.concatenate([waits / served, lost / (served + lost)])


def by_simpy() -> np.ndarray:
    """The queue as simpy's processes."""
    import simpy

    rng = np.random.default_rng(3)
    env = simpy.Environment()
    server = simpy.PriorityResource(env, capacity=1)
    waits, served, lost = np.zeros(2), np.zeros(2), np.zeros(2)
    counted = [0]

    def patient(c: int):
        came = env.now
        counted[0] += 1
        late = counted[0] > THEIRS // 10
        with server.request(priority=c) as turn:
            yield turn | env.timeout(rng.exponential(PATIENCE))
            if not turn.triggered:
                lost[c] += late
                return
            if late:
                waits[c] += env.now - came
                served[c] += 1
            yield env.timeout(rng.exponential(1 / SERVICE))

    def arrivals(c: int):
        while counted[0] < THEIRS:
            yield env.timeout(rng.exponential(1 / RATES[c]))
            env.process(patient(c))

    for c in range(2):
        env.process(arrivals(c))
    env.run(until=THEIRS / sum(RATES))
    return figures(waits, served, lost)


def by_ciw() -> np.ndarray:
    """The queue as a network of ciw."""
    import ciw

    classes = ("first", "second")
    network = ciw.create_network(
        arrival_distributions={c: [ciw.dists.Exponential(r)] for c, r in zip(classes, RATES, strict=True)},
        service_distributions={c: [ciw.dists.Exponential(SERVICE)] for c in classes},
        reneging_time_distributions={c: [ciw.dists.Exponential(1 / PATIENCE)] for c in classes},
        priority_classes={"first": 0, "second": 1},
        number_of_servers=[1],
    )
    ciw.seed(4)
    simulation = ciw.Simulation(network)
    until = THEIRS / sum(RATES)
    simulation.simulate_until_max_time(until)
    waits, served, lost = np.zeros(2), np.zeros(2), np.zeros(2)
    for record in simulation.get_all_records():
        if record.arrival_date < until / 10:
            continue
        c = classes.index(record.customer_class)
        if record.record_type == "renege":
            lost[c] += 1
        else:
            waits[c] += record.waiting_time
            served[c] += 1
    return figures(waits, served, lost)


if __name__ == "__main__":
    main()
