"""The fit finds what simulated places were made with, says how sure it is, and writes what a place can read."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from places import Area, Venue, tiny_place

from withless import api
from withless.appraise import register_for
from withless.assumptions import Joint
from withless.files import Fault, check, read_place
from withless.files.fit import fit_text, read_fit
from withless.plan import Plan
from withless.service import Unworkable, get
from withless.services.venues import likelihood
from withless.services.venues.fit import Estimate, Specification, estimate_counts
from withless.services.venues.likelihood import Counts, Point

PLAIN = Specification("plain", covariates=False)
TRUE_LAM = 0.35


def simulated(
    seed: int, *, areas: int = 120, venues: int = 12, effect: float = 0.0, insensitive: float = 0.0
) -> Counts:
    """Counts of a made-up county: Poisson about the model, areas unlike by `effect`, small cells suppressed."""
    rng = np.random.Generator(np.random.Philox(seed))
    home, site = rng.uniform(0, 40, (areas, 2)), rng.uniform(0, 40, (venues, 2))
    km = np.hypot(*(home[:, None] - site[None]).transpose(2, 0, 1))
    minutes = np.stack([np.maximum(km, 0.3) * 1.8, np.maximum(km, 0.3) * 8.0])
    blank = np.zeros((areas, venues))
    unlike = rng.normal(0, effect, areas)[:, None]
    c = Counts(
        n=blank,
        star=blank.astype(bool),
        minutes=minutes,
        share=np.stack([np.full(areas, 0.8), np.full(areas, 0.2)]),
        people=rng.uniform(1000, 2000, areas),
        covariates=unlike,
        far=blank.astype(bool),
    )
    point = Point(rng.normal(-5.0, 1.0, venues), TRUE_LAM, 0.12, 0.3, np.ones(1))
    mu = likelihood.model(c, point, 0.0).mu
    mu = (1 - insensitive) * mu + insensitive * mu.sum(axis=0) * c.people[:, None] / c.people.sum()
    n = rng.poisson(mu).astype(float)
    star = (n > 0) & (n < 5)
    return Counts(np.where(star, 0.0, n), star, minutes, c.share, c.people, np.zeros((areas, 0)), c.far)


def fitted(c: Counts, spec: Specification = PLAIN) -> Estimate:
    return estimate_counts(c, np.ones(c.n.shape[1], dtype=bool), spec)


@pytest.mark.parametrize("insensitive", [0.0, 0.05])
def test_slopes_and_information_are_those_of_the_likelihood(insensitive: float) -> None:
    c = simulated(1, areas=12, venues=4)
    theta = np.array([-4.0, -5.0, -4.5, -6.0, 0.4, 0.12, 0.3])

    def at(x: np.ndarray) -> likelihood.Fitted:
        return likelihood.model(c, Point(x[:4], x[4], x[5], x[6], x[7:]), insensitive)

    def slope(k: int, of: object) -> object:
        up, down = theta.copy(), theta.copy()
        up[k] += 1e-5
        down[k] -= 1e-5
        return (of(up) - of(down)) / 2e-5  # type: ignore[operator]

    here = at(theta)
    score = likelihood.score_by_area(here, likelihood.score_per_mu(c, here.mu)).sum(axis=0)
    numeric = [slope(k, lambda x: likelihood.log_likelihood(c, at(x).mu)) for k in range(7)]
    assert score == pytest.approx(numeric, rel=1e-5, abs=1e-3)
    rows = np.array([slope(k, lambda x: np.log(at(x).mu).ravel()) for k in range(7)])
    assert likelihood.information(c, here) == pytest.approx(rows * here.mu.ravel() @ rows.T, rel=1e-5, abs=1e-4)


def test_a_star_is_worth_what_one_to_four_people_are() -> None:
    c = simulated(2, areas=5, venues=2)
    mu = np.full(c.n.shape, 3.0)
    only = Counts(c.n * 0, np.ones_like(c.star), c.minutes, c.share, c.people, c.covariates, c.far)
    exact = np.log(sum(np.exp(-3.0) * 3.0**k / f for k, f in ((1, 1), (2, 2), (3, 6), (4, 24))))
    assert likelihood.log_likelihood(only, mu) == pytest.approx(c.n.size * exact)


def test_the_truth_is_found_and_covered_as_often_as_is_said() -> None:
    """Twenty counties without more noise than Poisson's: nine in ten 90% intervals hold the truth, give or take."""
    covered, found = 0, []
    for seed in range(20):
        e = fitted(simulated(seed))
        found.append(e.point.lam)
        covered += abs(e.point.lam - TRUE_LAM) < 1.645 * e.lam_error
    assert np.mean(found) == pytest.approx(TRUE_LAM, abs=0.02)
    assert covered >= 14


def test_where_neighbours_choose_alike_only_errors_by_catchment_are_honest() -> None:
    clustered = naive = 0
    for seed in range(16):
        e = fitted(simulated(100 + seed, effect=0.4))
        error = np.sqrt(e.naive[0, 0]) * e.point.lam * (1 - e.point.lam)
        clustered += abs(e.point.lam - TRUE_LAM) < 1.96 * e.lam_error
        naive += abs(e.point.lam - TRUE_LAM) < 1.96 * error
    assert clustered >= 11
    assert naive < clustered


def test_members_whom_distance_does_not_hold_mislead_unless_their_share_is_allowed_for() -> None:
    misled, allowed = [], []
    for seed in range(6):
        c = simulated(200 + seed, insensitive=0.05)
        misled.append(fitted(c).point)
        allowed.append(fitted(c, Specification("5%", covariates=False, insensitive=0.05)).point)
    assert abs(np.mean([p.lam for p in misled]) - TRUE_LAM) > 2 * abs(np.mean([p.lam for p in allowed]) - TRUE_LAM)
    assert np.mean([p.kappa for p in misled]) < 0.115
    assert np.mean([p.kappa for p in allowed]) == pytest.approx(0.12, rel=0.05)


def test_the_plain_logit_fits_worse_and_says_that_most_give_up() -> None:
    c = simulated(7)
    free, plain = fitted(c), fitted(c, Specification("lam = 1", covariates=False, lam=1.0))
    assert free.gain > 20
    assert plain.stay_share < free.stay_share


def test_a_service_without_a_use_table_is_told_so() -> None:
    place = tiny_place((Area(0.0),), (Venue(0.0),))
    instance = place.instances["libraries"]
    with pytest.raises(Unworkable, match="no `use` table"):
        get("venues").fit(place, instance, register_for(Plan("", place, ())).draw(1, 0))  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def joint(northshire_folder: Path) -> Joint:
    """The built-in county's libraries fitted."""
    return api.fit(northshire_folder, "libraries").joint


def test_a_fit_is_read_as_it_was_written_and_later_runs_draw_from_it(
    joint: Joint, northshire_folder: Path, tmp_path: Path
) -> None:
    for file in northshire_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "libraries.toml").write_text(fit_text(joint), encoding="utf-8")
    assert read_fit(tmp_path / "libraries.toml", "libraries.toml", "libraries", []) == joint
    place_file = tmp_path / "place.yaml"
    text = place_file.read_text(encoding="utf-8").replace("budget: £9.4m", "budget: £9.4m\n    fit: libraries.toml")
    place_file.write_text(text, encoding="utf-8")
    place, _ = read_place(tmp_path)
    register = register_for(Plan("", place, ()))
    drawn = np.concatenate([register.draw(1, k).of("venues.lam", "library", "libraries") for k in range(16)])
    low, high = joint.ranges()["venues.lam@libraries"]
    assert np.mean((drawn >= low) & (drawn <= high)) == pytest.approx(0.9, abs=0.04)
    assert register.items["venues.lam@libraries"].source.kind == "derived"
    held = api.what_if(Plan("", place, ()), "venues.lam", 0.3, 0.3)
    assert (register_for(held).draw(1, 0).of("venues.lam", "library", "libraries") == 0.3).all()


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("withless = 1", "withless = 2", "version"),
        ("@libraries", "@museums", "another service"),
        ("weight = 1.0", "weight = -1.0", "weight"),
        ("mean = [", "mean = [1.0, ", "mean"),
        ("[[components]]", "[components", "TOML"),
        ("scales", "scalings", "scales"),
    ],
)
def test_a_spoilt_fit_is_told_by_what_is_wrong(joint: Joint, tmp_path: Path, old: str, new: str, found: str) -> None:
    (tmp_path / "fit.toml").write_text(fit_text(joint).replace(old, new), encoding="utf-8")
    faults: list[Fault] = []
    assert read_fit(tmp_path / "fit.toml", "fit.toml", "libraries", faults) is None
    assert found in faults[0].found


def test_a_fit_of_what_nobody_assumes_is_told(joint: Joint, northshire_folder: Path, tmp_path: Path) -> None:
    for file in northshire_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "fit.toml").write_text(fit_text(joint).replace("venues.lam@", "venues.lamb@"), encoding="utf-8")
    text = (northshire_folder / "place.yaml").read_text(encoding="utf-8")
    text = text.replace("budget: £9.4m", "budget: £9.4m\n    fit: fit.toml")
    (tmp_path / "place.yaml").write_text(text, encoding="utf-8")
    (fault,) = check(tmp_path)
    assert "venues.lamb@libraries" in fault.found


def test_a_fit_outside_the_places_folder_is_refused(northshire_folder: Path, tmp_path: Path) -> None:
    for file in northshire_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    for name, said in (("../fit.toml", "folder"), ("fit.toml", "withless fit")):
        text = (northshire_folder / "place.yaml").read_text(encoding="utf-8")
        text = text.replace("budget: £9.4m", f"budget: £9.4m\n    fit: {name}")
        (tmp_path / "place.yaml").write_text(text, encoding="utf-8")
        (fault,) = check(tmp_path)
        assert said in str(fault)


def test_the_command_says_what_it_found_in_eighty_columns(northshire_folder: Path, tmp_path: Path) -> None:
    code = "from withless.cli import main; main()"

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)

    said = run("fit", str(northshire_folder), "libraries", "--out", str(tmp_path / "fit.toml"))
    assert said.returncode == 0, said.stderr
    assert "Association, not effect" in said.stdout
    assert max(len(line) for line in said.stdout.splitlines() if str(tmp_path) not in line) <= 80
    assert (tmp_path / "fit.toml").is_file()
    assert run("fit", str(northshire_folder), "museums").returncode == 1
    assert run("fit", str(northshire_folder), "swamps").returncode == 2
    assert run("fit", str(northshire_folder / "plan.yaml"), "libraries").returncode == 2
    assert run("assess", str(northshire_folder / "plan.yaml"), "--assume", "venues.lam=3").returncode == 2
    what_if = run("assess", str(northshire_folder / "plan.yaml"), "--assume", "venues.lam=0.05..1", "--draws", "64")
    assert what_if.returncode == 0


def test_what_the_place_knows_of_travel_holds_for_its_fit(northshire_folder: Path, tmp_path: Path) -> None:
    for file in northshire_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    with (tmp_path / "place.yaml").open("a", encoding="utf-8") as place:
        place.write("assumptions:\n  venues.detour: {value: 3.0, source: a county survey}\n")
    usual, slow = (api.fit(folder, "libraries").joint for folder in (northshire_folder, tmp_path))
    kappa, slow_kappa = (np.exp(j.components[0].mean[1]) for j in (usual, slow))
    assert slow_kappa < 0.8 * kappa
