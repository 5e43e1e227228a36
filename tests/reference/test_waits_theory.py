"""Waiting lists against published numbers, peers' cases and queueing theory."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from numba import njit
from scipy.stats import kstest
from scipy.stats import norm as normal

from withless.services.waits import individual_simulation, theory
from withless.services.waits.cohort import Flow, percentile, run

SHARED = Path(__file__).parents[3] / "shared"
CASES_FILE = SHARED / "cases" / "waiting_list_cases.json"


def cases() -> dict[str, dict]:
    """The kept cases by id; none where the file is absent."""
    return {c["id"]: c for c in json.loads(CASES_FILE.read_text())} if CASES_FILE.exists() else {}


CASES = cases()
SOLVED: set[str] = set()


def case(name: str) -> dict:
    """One kept case, which is then counted as solved."""
    if not CASES:
        pytest.skip(f"{CASES_FILE} is not here")
    SOLVED.add(name)
    return CASES[name]


def holds(name: str, found: object) -> None:
    """What was found is what the case says, within its tolerance."""
    c = CASES[name]
    assert np.asarray(found, float) == pytest.approx(
        np.asarray(c["expected"], float), rel=max(c["rel_tol"], 1e-12), abs=1e-12
    )


def lists(opening, arrivals, capacity, pull, leave, **more) -> Flow:
    """One list in one draw from arrays by week waited and by week of the run."""
    arrays = {"opening": opening, "arrivals": arrivals, "capacity": capacity, "pull": pull, "leave": leave, **more}
    return Flow(**{k: np.asarray(v, float).reshape(1, 1, 1, -1) for k, v in arrays.items()})


@pytest.mark.parametrize("name", ["load-1", "load-vec"])
def test_load(name: str) -> None:
    i = case(name)["inputs"]
    holds(name, theory.load(i["demand"], i["capacity"]))


def test_relief_capacity() -> None:
    i = case("relief-1")["inputs"]
    holds("relief-1", theory.relief_capacity(i["demand"], i["queue_size"], i["target_queue_size"], i["weeks"]))


def test_relief_capacity_knows_of_removals() -> None:
    """4,000 wait, 200 come and 1 in 200 leaves untreated each week: for 2,800 in half a year 229 are treated, not 246."""
    assert theory.relief_capacity(200, 4000, 2800, 26) == pytest.approx(200 + 1200 / 26)
    found = theory.relief_capacity(200, 4000, 2800, 26, 0.005)
    assert found == pytest.approx(229.2, abs=0.1)
    assert theory.list_after(4000, 200, found, 0.005, 26) == pytest.approx(2800)
    assert theory.relief_capacity(200, 4000, 2800, 26, 1e-9) == pytest.approx(200 + 1200 / 26)
    one = lists(
        np.eye(1, 400)[0] * 4000, np.full(2600, 2.0), np.full(2600, found / 100), np.full(400, 10.0), np.full(400, 5e-5)
    )
    weekly = run(one, np.arange(2600))  # a hundredth of a week at a time
    assert weekly.listed[0, -1, -1] == pytest.approx(2800, rel=0.005)


def test_a_list_comes_to_rest_where_as_many_leave_as_are_not_treated() -> None:
    assert theory.list_after(1000, 200, 180, 0.01, 1e6) == pytest.approx(2000)
    weeks = theory.weeks_until(1000, 200, 180, 0.01, 1500)
    assert weeks == pytest.approx(np.log(2) / 0.01)
    assert theory.list_after(1000, 200, 180, 0.01, weeks) == pytest.approx(1500)
    assert theory.weeks_until(1000, 200, 180, 0.01, 2500) == np.inf
    c = case("fluid-fifo")
    i = c["inputs"]
    assert theory.list_after(i["L0"], i["arrivals"], i["capacity"], 0, i["t"]) == c["expected"]["list"]


@pytest.mark.parametrize("leave", [0.0, 0.01])
def test_a_target_list_first_come_first_served_has_as_many_within_the_target(leave: float) -> None:
    listed = theory.first_come_list(100, 0.92, 18, leave)
    wait = theory.first_come_wait(listed, 100, leave)
    ages = (np.arange(200_000) + 0.5) / 200_000 * wait
    there = np.exp(-leave * ages)
    assert there[ages < 18].sum() / there.sum() == pytest.approx(0.92, abs=1e-4)
    assert (100 * there * wait / 200_000).sum() == pytest.approx(listed, rel=1e-6)
    assert theory.first_come_wait(1e9, 100, 0.01) == np.inf


def test_cobham_s_priorities_are_those_of_the_simulated_queue() -> None:
    rates = np.array([60.0, 120.0])
    for servers, fixed in ((1, False), (1, True), (3, False)):
        service = 200.0 / servers
        waits, served, _ = individual_simulation.queue(rates, service, servers, np.inf, fixed, 3_000_000, 5)
        found = theory.priority_waits(rates, service, servers, 0.0 if fixed else 1.0)
        assert waits / served == pytest.approx(found, rel=0.05)
    together = theory.priority_waits(rates, 200.0, first_come=True)
    assert (rates @ theory.priority_waits(rates, 200.0)) == pytest.approx(rates @ together)  # nobody's wait is lost
    assert theory.priority_waits([150, 100], 200.0)[1] == np.inf
    with pytest.raises(ValueError, match="variation"):
        theory.priority_waits([1, 2], 2.0, 3, 0.5)


def test_whether_a_list_grows_is_tested_on_the_months_that_are_known() -> None:
    assert theory.growth_p_value([110, np.nan, 108, 111], [100, 100, 99, np.nan]) < 0.2
    assert theory.growth_p_value([np.nan, 400], [300, 100]) == pytest.approx(2 * normal.sf(300 / np.sqrt(500)))
    assert theory.growth_p_value([5, 5], [5, 5]) == 1.0
    rng = np.random.default_rng(3)
    found = [theory.growth_p_value(*rng.poisson(1000, (2, 12))) for _ in range(400)]
    assert np.mean(np.array(found) < 0.1) == pytest.approx(0.1, abs=0.05)
    with pytest.raises(ValueError, match="no month"):
        theory.growth_p_value([np.nan], [3])


def test_what_is_missing_is_named_and_never_becomes_nothing() -> None:
    for of in (lambda: theory.relief_capacity(np.nan, 1, 1), lambda: theory.load([3, np.nan], 2)):
        with pytest.raises(ValueError, match="demand: found a number missing"):
            of()


def test_target_capacity() -> None:
    i = case("targetcap-1")["inputs"]
    holds(
        "targetcap-1",
        theory.target_capacity(i["demand"], i["target_wait"], i["factor"], i["cv_demand"], i["cv_capacity"]),
    )


def test_target_mean_wait_and_list() -> None:
    i = case("meanwait")["inputs"]
    holds("meanwait", theory.target_mean_wait(i["target_wait"], i["factor"]))
    i = case("targetq")["inputs"]
    holds("targetq", theory.target_list(i["demand"], i["target_wait"], i["factor"]))


def _day(text: str) -> int:
    return (np.datetime64(text) - np.datetime64("2024-01-01")).astype(int)


def _by_day(referrals, removals, days: int):
    """A list day by day through the cohort's own ageing: who comes counts at once, who is removed no longer does."""
    arrivals, gone = np.zeros(days), np.zeros(days)
    np.add.at(arrivals, [_day(r) for r in referrals if _day(r) < days], 1)
    np.add.at(gone, [_day(r) for r in removals if r is not None and _day(r) < days], 1)
    bins = days + 1
    flow = lists(np.zeros(bins), arrivals, gone, np.zeros(bins), np.zeros(bins), longest=[1.0])
    return run(flow, np.arange(days))


@pytest.mark.parametrize("name", ["qsize-series", "qsize-removals"])
def test_a_list_counts_who_is_on_it_day_by_day(name: str) -> None:
    i, expected = case(name)["inputs"], CASES[name]["expected"]
    found = _by_day(i["referrals"], i["removals"], 16).stock[0, 0, 0]
    wanted = expected if isinstance(expected, dict) else {f"2024-01-{d + 1:02d}": n for d, n in enumerate(expected)}
    assert {day: found[_day(day)] for day in wanted} == wanted


def test_mean_wait_of_those_waiting() -> None:
    i = case("meanwait-stats")["inputs"]
    at = _day(i["at"])
    waits = _by_day(i["referrals"], i["removals"], at + 1).closing[0, 0, 0]
    assert (waits * np.arange(len(waits))).sum() / waits.sum() == pytest.approx(CASES["meanwait-stats"]["expected"])


def test_an_operation_is_used_only_by_somebody_referred_before_it() -> None:
    i = case("schedule")["inputs"]
    days = 15
    arrivals, slots = np.zeros(days), np.zeros(days)
    np.add.at(arrivals, [_day(r) + 1 for r in i["referrals"]], 1)  # on the list from the next day on
    np.add.at(slots, [_day(s) for s in i["schedule"]], 1)
    flow = lists(np.zeros(days), arrivals, slots, np.zeros(days), np.zeros(days), longest=[1.0])
    assert run(flow, np.zeros(days, int)).flow("treated").sum() == CASES["schedule"]["expected"]["treated"]


@pytest.mark.parametrize("name", ["steady-0", "steady-1", "steady-2", "steady-4", "steady-6"])
def test_a_steady_list_by_months_waited(name: str) -> None:
    """x_m = x_{m-1} (1 - r_m) - s_m: the cohort with every bin's own service, run until it stands still."""
    i = case(name)["inputs"]
    r, service, referrals = np.array(i["r"], float), np.array(i["service"], float), float(i["referrals"])
    x = np.zeros(len(r))
    treated = np.zeros(len(r))
    for _ in range(len(r) + 2):
        n = np.concatenate([[referrals], x[:-1]]) * (1 - r)
        want = np.minimum(n, service)
        with np.errstate(divide="ignore", invalid="ignore"):
            pull = np.where(n > 0, -np.log1p(-np.where(n > 0, want / np.where(n > 0, n, 1), 0)), 0.0)
        leave = -np.log1p(-r)
        # the share of arrivals that stays is exp(-leave_0 / 2): doubled, it is the month's
        opening = np.concatenate([x[1:], [0.0]]) * 0 + x
        flow = lists(
            np.append(opening, 0.0), [referrals], [want.sum()], np.append(pull, 0.0),
            np.append(np.concatenate([leave[1:], [0.0]]), 0.0),
        )  # fmt: skip
        first = float(np.exp(-flow.leave[0, 0, 0, 0] / 2))
        flow = lists(
            np.append(opening, 0.0), [referrals * (1 - r[0]) / first], [want.sum()], np.append(pull, 0.0),
            np.append(np.concatenate([leave[1:], [0.0]]), 0.0),
        )  # fmt: skip
        found = run(flow, np.zeros(1, int))
        x, treated = found.closing[0, 0, 0, : len(r)], want
    assert x == pytest.approx(CASES[name]["expected"]["wlsize"], abs=1e-9)
    assert treated == pytest.approx(CASES[name]["expected"]["treated"], abs=1e-9)


def test_percentiles_are_linear_inside_a_bin() -> None:
    for name in ("pctile-bin", "pctile-0", "pctile-1"):
        i = case(name)["inputs"]
        holds(name, percentile(np.array(i["counts"], float), i["q"]))


def test_a_monthly_projection_by_compartment() -> None:
    """A peer's months: capacity goes to compartments by pull, as in the cohort; its reneging, taken of the list before
    treatment and below 0 by design, is laid on outside.
    """
    i, expected = case("projection-4x5")["inputs"], CASES["projection-4x5"]["expected"]
    renege, pull = np.array(i["renege"]), -np.log1p(-np.array(i["capacity_param"]) / 10)
    x = np.array(i["incompletes_t0"], float)
    treated, left = [], []
    for capacity, referrals in zip(i["capacity"], i["referrals"], strict=True):
        before = np.concatenate([[referrals], x[:-2], [x[-2] + x[-1]]])
        found = run(lists(x, [referrals], [capacity], pull, np.zeros(5)), np.zeros(1, int)).closing[0, 0, 0]
        treated.append(before - found)
        x = found - before * renege
        left.append(x)
    assert np.concatenate(treated) == pytest.approx(expected["treatments"], rel=1e-6)
    assert np.concatenate(left) == pytest.approx(expected["incompletes"], rel=1e-6)


def _still(counts) -> np.ndarray:
    """within[k] of a list on which nothing moves: it is run for one week with its bins moved back by one."""
    counts = np.asarray(counts, float)
    return lists(np.append(counts[1:], 0.0), [counts[0]], [0.0], np.zeros(len(counts)), np.zeros(len(counts)))


def test_share_below_a_target() -> None:
    i = case("perf")["inputs"]
    found = run(_still(i["counts"]), np.zeros(1, int), (i["target_bin"],))
    holds("perf", found.within[0, -1, 0, 0] / found.listed[0, -1, 0])


def test_share_below_a_week_inside_a_month() -> None:
    i = case("pct-at-week")["inputs"]
    months = i["week"] / (365.25 / 12 / 7)
    low = int(months)
    found = run(_still(i["counts"]), np.zeros(1, int), (low, low + 1))
    (below, above), listed = found.within[0, -1, 0], found.listed[0, -1, 0]
    holds("pct-at-week", (below + (months - low) * (above - below)) / listed)


def _england(file: str, part: str | None) -> np.ndarray:
    path = SHARED / "data" / "waits" / file
    if not path.exists():
        pytest.skip(f"{path} is not here")
    with path.open(encoding="utf-8-sig", newline="") as f:
        rows = [r for r in csv.DictReader(f) if r["tfc"] == "C_999" and (part is None or r["part"] == part)]
    weeks = sorted((c for c in rows[0] if c[0] == "w" and c[1:].isdigit()), key=lambda c: int(c[1:]))
    return np.array([float(rows[0][c] or 0) for c in weeks])


def test_the_published_figures_of_england_in_january_2026_come_out_exactly() -> None:
    expected = case("eng-2026-01")["expected"]
    counts = _england("england_2026-01_incomplete_english_commissioners.csv", None)
    assert counts.sum() == expected["total"]
    assert counts[:18].sum() == expected["within18"]
    assert counts[:18].sum() / counts.sum() == pytest.approx(expected["share18"], rel=1e-12)
    assert percentile(counts, 0.5) == pytest.approx(expected["median"], rel=1e-9)
    assert percentile(counts, 0.92) == pytest.approx(expected["p92"], rel=1e-7)
    found = run(_still(counts), np.zeros(1, int), (18, 52, 65, 78))
    over = found.listed[0, -1, 0] - found.within[0, -1, 0]
    assert over[1:] == pytest.approx([expected["w52"], expected["w65"], expected["w78"]])


def test_january_2026_with_every_commissioner_adds_up() -> None:
    expected = case("eng-2026-01-nonc")["expected"]
    path = SHARED / "data" / "waits" / "england_2026-01_specialty_week_bands.csv"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    with path.open(encoding="utf-8-sig", newline="") as f:
        total = {r["part"]: float(r["total_all"]) for r in csv.DictReader(f) if r["tfc"] == "C_999"}
    names = {
        "incomplete": "total_incomplete", "adm": "completed_admitted", "nonadm": "completed_nonadmitted",
        "clock_starts": "clock_starts", "incomplete_dta": "dta",
    }  # fmt: skip
    assert {names[part]: n for part, n in total.items()} == expected


def test_unreported_removals_of_march_2025() -> None:
    i, expected = case("bal-2025-03")["inputs"], CASES["bal-2025-03"]["expected"]
    treated = i["non_admitted"] + i["admitted"]
    assert theory.removals(i["list_feb"], i["clock_starts"], treated, i["list_mar"]) == expected["unreported_removals"]
    assert i["list_feb"] + i["clock_starts"] - treated == expected["expected_list"]


def test_exponential_waits() -> None:
    case("exp-tail")
    holds("exp-tail", np.exp(-CASES["exp-tail"]["inputs"]["factor"]))
    i, expected = case("exp-92")["inputs"], CASES["exp-92"]["expected"]
    listed = theory.exponential_list(i["arrivals"], i["p"], i["target"])
    mean = listed / i["arrivals"]
    assert [listed, mean, mean * np.log(2)] == pytest.approx(
        [expected[k] for k in ("list", "mean", "median")], rel=1e-9
    )
    for name in ("journey-0.6", "journey-0.7", "journey-0.92"):
        i = case(name)["inputs"]
        holds(name, theory.exponential_list(i["arrivals"], i["p"], 18))


def test_a_constant_hazard_gives_exponential_waits_and_its_treated_share() -> None:
    """The cohort in steady state against the fluid: as fine as a week allows, and better with finer bins."""
    i, expected = case("fluid-hazard")["inputs"], CASES["fluid-hazard"]["expected"]
    for finer, tolerance in ((1, 0.03), (8, 0.004)):
        bins = 600 * finer
        s, r = np.full(bins, i["s"] / finer), np.full(bins, i["r"] / finer)
        s[0] = s[0] / 2  # those of the first bin have been there for half of it
        flow = lists(np.zeros(bins), [i["arrivals"] / finer], [np.nan], s, r)
        found = run(
            flow, np.minimum(np.arange(bins * 2) - (bins * 2 - finer), 0), (18 * finer, 52 * finer), (0.5, 0.92)
        )
        listed, within = found.listed[0, -1, 0], found.within[0, -1, 0]
        assert listed == pytest.approx(expected["list"], rel=tolerance)
        assert within[0] / listed == pytest.approx(expected["share18"], rel=tolerance)
        assert listed - within[1] == pytest.approx(expected["over52"], rel=tolerance * 2)
        assert found.percentile[0, -1, 0] / finer == pytest.approx([expected["median"], expected["p92"]], rel=tolerance)
        treated = found.flow("treated")[0, 0, 0, 0]
        share = treated / (treated + found.flow("removed")[0, 0, 0, 0])
        assert share == pytest.approx(expected["treated_share"], rel=tolerance)


def test_first_come_first_served_as_a_fluid() -> None:
    i, expected = case("fluid-fifo")["inputs"], CASES["fluid-fifo"]["expected"]
    opening = np.zeros(200)
    opening[:20] = i["L0"] / 20
    flow = lists(opening, [i["arrivals"]], [i["capacity"]], np.zeros(200), np.zeros(200), longest=[1.0])
    found = run(flow, np.zeros(i["t"], int))
    assert found.stock[0, 0, 0, 0] == pytest.approx(expected["list"], rel=1e-9)
    assert found.stock[0, 0, 0, 0] / i["capacity"] == pytest.approx(expected["clearance_weeks_now"], rel=1e-9)
    oldest = np.flatnonzero(found.closing[0, 0, 0] > 1e-9)[-1]
    assert oldest == pytest.approx(
        expected["list"] / i["arrivals"], abs=1.0
    )  # arrivals come at one rate: wait = list / rate


def test_patients_are_conserved() -> None:
    case("conservation")
    flow = lists(np.full(60, 30.0), 90 + 20 * np.sin(np.arange(150)), [95.0], np.full(60, 0.04), np.full(60, 0.004))
    found = run(flow, np.zeros(150, int))
    came, went = found.flow("arrived").sum(), found.flow("treated").sum() + found.flow("removed").sum()
    assert came - went == pytest.approx(found.closing.sum() - flow.opening.sum(), rel=1e-9)
    assert (found.closing >= 0).all()


def test_treating_the_longest_waiters_lifts_the_share_within_a_target() -> None:
    i = case("perf-identity")["inputs"]
    holds("perf-identity", theory.to_lift_share(i["above"], i["total"], i["target"]))
    flow = lists(
        [30.0 + 0 * k for k in range(1)] + [0.0] * 17 + [70.0, 0.0],
        [0.0],
        [62.5],
        np.zeros(20),
        np.zeros(20),
        longest=[1.0],
    )
    found = run(flow, np.zeros(1, int), (18,))
    assert found.within[0, -1, 0, 0] / found.listed[0, -1, 0] == pytest.approx(i["target"])


def test_times_of_the_referee_are_exponential_to_the_tail() -> None:
    times = np.empty(1_000_000)
    drawn(times, 3)
    assert kstest(times, "expon").pvalue > 0.001
    assert np.mean(times > 7.7) == pytest.approx(np.exp(-7.7), rel=0.15)  # beyond the last layer
    assert np.mean(times**2) == pytest.approx(2, rel=0.02)
    assert abs(np.corrcoef(times[1:], times[:-1])[0, 1]) < 0.005


@njit
def drawn(times, seed):
    """Fill times with what the referee draws."""
    state = np.uint64(seed)
    for k in range(len(times)):
        times[k], state = individual_simulation._exponential(state)


def test_a_line_longer_than_its_ring_loses_nobody() -> None:
    """Twice as many come as can be served and nobody gives up: waits grow as the line does, by half a service for each."""
    customers, mu = 20_000, 200.0
    waits, served, lost = individual_simulation.queue(np.array([2 * mu]), mu, 1, np.inf, True, customers, 8)
    assert lost[0] == 0
    first, last = customers / 10 / 2, served[0] + customers / 10 / 2
    assert waits[0] / served[0] == pytest.approx((first + last) / 2 / (2 * mu), rel=0.05)


@pytest.mark.parametrize(("name", "fixed"), [("mm1", False), ("md1", True)])
def test_a_single_server_waits_as_theory_says(name: str, fixed: bool) -> None:
    """The patient-level referee against the Pollaczek-Khinchine formula."""
    i = case(name)["inputs"]
    waits, served, _ = individual_simulation.queue(
        np.array([float(i["lam"])]), float(i["mu"]), 1, np.inf, fixed, 3_000_000, 5
    )
    assert waits[0] / served[0] == pytest.approx(CASES[name]["expected"], rel=0.05)


def test_priority_classes_wait_as_cobham_says() -> None:
    """W_k = W_0 / ((1 - s_{k-1}) (1 - s_k)), W_0 = rho / mu for exponential service (Cobham 1954)."""
    rates, mu = np.array([60.0, 80.0, 40.0]), 200.0
    load = np.cumsum(rates) / mu
    w0 = load[-1] / mu
    expected = w0 / ((1 - np.concatenate([[0.0], load[:-1]])) * (1 - load))
    waits, served, _ = individual_simulation.queue(rates, mu, 1, np.inf, False, 3_000_000, 6)
    assert waits / served == pytest.approx(expected, rel=0.05)


def test_customers_who_give_up_do_so_as_often_as_theory_says() -> None:
    """M/M/1+M: the chain of people present has death rates mu + (n - 1) / patience (Palm 1957)."""
    lam, mu, patience = 220.0, 200.0, 0.05
    n = np.arange(1, 400)
    weight = np.concatenate([[1.0], np.cumprod(lam / (mu + (n - 1) / patience))])
    given_up = (weight[1:] * (n - 1) / patience).sum() / (weight.sum() * lam)
    _, served, lost = individual_simulation.queue(np.array([lam]), mu, 1, patience, False, 2_000_000, 7)
    assert lost[0] / (served[0] + lost[0]) == pytest.approx(given_up, rel=0.03)


@pytest.mark.parametrize("longest", [0.0, 0.4])
def test_the_cohort_is_what_patients_do_on_average(longest: float) -> None:
    """The same rules with whole people and chance: means of 40 runs lie round the cohort, list, waits and all."""
    bins, weeks = 80, 104
    pull, leave = np.linspace(0.03, 0.12, bins), np.full(bins, 0.004)
    opening = np.round(150 * np.exp(-np.arange(bins) / 18))
    arrivals, capacity = 150 + 15 * np.sin(np.arange(weeks) / 8), np.full(weeks, 128.0)
    cohort = run(lists(opening, arrivals, capacity, pull, leave, longest=[longest]), np.arange(weeks), (18, 52))
    runs = [
        individual_simulation.patients(opening, arrivals, capacity, pull, leave, longest, seed) for seed in range(40)
    ]
    listed = np.mean([r[0] for r in runs], axis=0)
    spread = np.std([r[0].sum(axis=1) for r in runs], axis=0).max() / np.sqrt(len(runs))
    assert np.abs(listed.sum(axis=1) - cohort.stock[0, 0, 0]).max() < 4.5 * spread
    assert listed[-1, :18].sum() == pytest.approx(cohort.within[0, -1, -1, 0], rel=0.01)
    assert np.mean([r[1].sum() for r in runs]) == pytest.approx(cohort.flow("treated").sum(), rel=0.002)
    assert np.mean([r[2].sum() for r in runs]) == pytest.approx(cohort.flow("removed").sum(), rel=0.02)
    assert [percentile(listed[-1], q) for q in (0.5, 0.92)] == pytest.approx(cohort.percentile[0, -1, -1], rel=0.02)


def test_no_kept_case_is_left_out() -> None:
    if not CASES:
        pytest.skip(f"{CASES_FILE} is not here")
    assert set(CASES) == SOLVED
